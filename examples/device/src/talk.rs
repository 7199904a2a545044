//! What client and server say to each other, byte by byte.
//!
//! Fixed headers are those of tables 2.1 and 2.2 in 3.1.1 (2-1 and 2-2 in MQTT 5), bodies those of
//! chapter 3; the text of a string stands behind its length in two bytes.

use puremqtt::{QoS::*, ReasonCode};

use crate::script::Step::{self, *};

pub const V3_1_1: &[Step] = &[
    // CONNECT: level 4, no flags, 60 seconds. CONNACK: no session.
    Client(b"\x10\x12\0\x04MQTT\x04\x00\x00\x3c\x00\x06pump-3"),
    Server(b"\x20\x02\x00\x00"),
    // SUBSCRIBE 1 with QoS 2, SUBACK.
    Client(b"\x82\x0f\x00\x01\x00\x0apump/3/set\x02"),
    Server(b"\x90\x03\x00\x01\x02"),
    // PUBLISH with QoS 0, 1 and 2; PUBACK 2; PUBREC, PUBREL, PUBCOMP 3.
    Publish(AtMostOnce, *b"20.0"),
    Client(b"\x30\x15\x00\x0fpump/3/measured20.0"),
    Publish(AtLeastOnce, *b"20.1"),
    Client(b"\x32\x17\x00\x0fpump/3/measured\x00\x0220.1"),
    Publish(ExactlyOnce, *b"20.2"),
    Client(b"\x34\x17\x00\x0fpump/3/measured\x00\x0320.2"),
    Server(b"\x40\x02\x00\x02"),
    Published(*b"20.1", ReasonCode::SUCCESS),
    Server(b"\x50\x02\x00\x03"),
    Client(b"\x62\x02\x00\x03"),
    Server(b"\x70\x02\x00\x03"),
    Published(*b"20.2", ReasonCode::SUCCESS),
    // From the server: QoS 0; QoS 1, PUBACK 7; QoS 2, PUBREC, PUBREL, PUBCOMP 8.
    Server(b"\x30\x0f\x00\x0apump/3/seton0"),
    Message(b"on0"),
    Server(b"\x32\x11\x00\x0apump/3/set\x00\x07on1"),
    Message(b"on1"),
    Client(b"\x40\x02\x00\x07"),
    Server(b"\x34\x11\x00\x0apump/3/set\x00\x08on2"),
    Message(b"on2"),
    Client(b"\x50\x02\x00\x08"),
    Server(b"\x62\x02\x00\x08"),
    Client(b"\x70\x02\x00\x08"),
    // The connection is lost behind PUBREL 4, PUBLISH 5 and PUBREC 9.
    Publish(ExactlyOnce, *b"20.4"),
    Client(b"\x34\x17\x00\x0fpump/3/measured\x00\x0420.4"),
    Server(b"\x50\x02\x00\x04"),
    Client(b"\x62\x02\x00\x04"),
    Publish(AtLeastOnce, *b"20.5"),
    Client(b"\x32\x17\x00\x0fpump/3/measured\x00\x0520.5"),
    Server(b"\x34\x11\x00\x0apump/3/set\x00\x09off"),
    Message(b"off"),
    Client(b"\x50\x02\x00\x09"),
    Cut,
    // The server has the session. PUBREL 4 and PUBLISH 5 again, this with DUP [MQTT-4.4.0-1].
    Client(b"\x10\x12\0\x04MQTT\x04\x00\x00\x3c\x00\x06pump-3"),
    Server(b"\x20\x02\x01\x00"),
    Client(b"\x62\x02\x00\x04"),
    Client(b"\x3a\x17\x00\x0fpump/3/measured\x00\x0520.5"),
    Server(b"\x70\x02\x00\x04"),
    Published(*b"20.4", ReasonCode::SUCCESS),
    Server(b"\x40\x02\x00\x05"),
    Published(*b"20.5", ReasonCode::SUCCESS),
    // PUBLISH 9 again is answered again, and is no message again [MQTT-4.3.3-2].
    Server(b"\x3c\x11\x00\x0apump/3/set\x00\x09off"),
    Client(b"\x50\x02\x00\x09"),
    Server(b"\x62\x02\x00\x09"),
    Client(b"\x70\x02\x00\x09"),
    // PINGREQ, PINGRESP, DISCONNECT.
    Wait(60),
    Client(b"\xc0\x00"),
    Server(b"\xd0\x00"),
    Disconnect,
    Client(b"\xe0\x00"),
];

pub const V5: &[Step] = &[
    // CONNECT: level 5, Clean Start, 60 seconds, Session Expiry Interval 3,600, Receive Maximum 4,
    // Maximum Packet Size 128. CONNACK: no session, Receive Maximum 1, Maximum Packet Size 64,
    // Server Keep Alive 30.
    Client(
        b"\x10\x20\x00\x04MQTT\x05\x02\x00\x3c\
          \x0d\x11\x00\x00\x0e\x10\x21\x00\x04\x27\x00\x00\x00\x80\x00\x06pump-3",
    ),
    Server(b"\x20\x0e\x00\x00\x0b\x21\x00\x01\x27\x00\x00\x00\x40\x13\x00\x1e"),
    // SUBSCRIBE 1 with QoS 2, SUBACK.
    Client(b"\x82\x10\x00\x01\x00\x00\x0apump/3/set\x02"),
    Server(b"\x90\x04\x00\x01\x00\x02"),
    // The server's Keep Alive holds [MQTT-3.1.2-21].
    Wait(30),
    Client(b"\xc0\x00"),
    Server(b"\xd0\x00"),
    // PUBLISH with QoS 0, 1 and 2. One at a time: PUBACK 2, nobody has subscribed; PUBREC, PUBREL,
    // PUBCOMP 3.
    Publish(AtMostOnce, *b"20.0"),
    Client(b"\x30\x16\x00\x0fpump/3/measured\x0020.0"),
    Publish(AtLeastOnce, *b"20.1"),
    Publish(ExactlyOnce, *b"20.2"),
    Client(b"\x32\x18\x00\x0fpump/3/measured\x00\x02\x0020.1"),
    Server(b"\x40\x03\x00\x02\x10"),
    Published(*b"20.1", ReasonCode::NO_MATCHING_SUBSCRIBERS),
    Client(b"\x34\x18\x00\x0fpump/3/measured\x00\x03\x0020.2"),
    Server(b"\x50\x02\x00\x03"),
    Client(b"\x62\x02\x00\x03"),
    Server(b"\x70\x02\x00\x03"),
    Published(*b"20.2", ReasonCode::SUCCESS),
    // From the server: QoS 0 with Content Type "t"; QoS 1, PUBACK 7; QoS 2, PUBREC, PUBREL,
    // PUBCOMP 8.
    Server(b"\x30\x14\x00\x0apump/3/set\x04\x03\x00\x01ton0"),
    Message(b"on0"),
    Server(b"\x32\x12\x00\x0apump/3/set\x00\x07\x00on1"),
    Message(b"on1"),
    Client(b"\x40\x02\x00\x07"),
    Server(b"\x34\x12\x00\x0apump/3/set\x00\x08\x00on2"),
    Message(b"on2"),
    Client(b"\x50\x02\x00\x08"),
    Server(b"\x62\x02\x00\x08"),
    Client(b"\x70\x02\x00\x08"),
    // The connection is lost behind PUBREL 4 and PUBREC 9; PUBLISH 5 has waited for PUBCOMP 4.
    Publish(ExactlyOnce, *b"20.4"),
    Publish(AtLeastOnce, *b"20.5"),
    Client(b"\x34\x18\x00\x0fpump/3/measured\x00\x04\x0020.4"),
    Server(b"\x50\x02\x00\x04"),
    Client(b"\x62\x02\x00\x04"),
    Server(b"\x34\x12\x00\x0apump/3/set\x00\x09\x00off"),
    Message(b"off"),
    Client(b"\x50\x02\x00\x09"),
    Cut,
    // No Clean Start; the server has the session, and takes two at once now. PUBREL 4 again,
    // PUBLISH 5 for the first time.
    Client(
        b"\x10\x20\x00\x04MQTT\x05\x00\x00\x3c\
          \x0d\x11\x00\x00\x0e\x10\x21\x00\x04\x27\x00\x00\x00\x80\x00\x06pump-3",
    ),
    Server(b"\x20\x06\x01\x00\x03\x21\x00\x02"),
    Client(b"\x62\x02\x00\x04"),
    Client(b"\x32\x18\x00\x0fpump/3/measured\x00\x05\x0020.5"),
    Cut,
    // And once more, now with DUP [MQTT-4.4.0-1].
    Client(
        b"\x10\x20\x00\x04MQTT\x05\x00\x00\x3c\
          \x0d\x11\x00\x00\x0e\x10\x21\x00\x04\x27\x00\x00\x00\x80\x00\x06pump-3",
    ),
    Server(b"\x20\x06\x01\x00\x03\x21\x00\x02"),
    Client(b"\x62\x02\x00\x04"),
    Client(b"\x3a\x18\x00\x0fpump/3/measured\x00\x05\x0020.5"),
    Server(b"\x70\x02\x00\x04"),
    Published(*b"20.4", ReasonCode::SUCCESS),
    Server(b"\x40\x02\x00\x05"),
    Published(*b"20.5", ReasonCode::SUCCESS),
    // PUBLISH 9 again is answered again, and is no message again [MQTT-4.3.3-10].
    Server(b"\x3c\x12\x00\x0apump/3/set\x00\x09\x00off"),
    Client(b"\x50\x02\x00\x09"),
    Server(b"\x62\x02\x00\x09"),
    Client(b"\x70\x02\x00\x09"),
    // DISCONNECT: Normal disconnection.
    Disconnect,
    Client(b"\xe0\x00"),
    // A PUBLISH with QoS 3 is a malformed packet, whatever its body would be [MQTT-3.3.1-4].
    Client(
        b"\x10\x20\x00\x04MQTT\x05\x00\x00\x3c\
          \x0d\x11\x00\x00\x0e\x10\x21\x00\x04\x27\x00\x00\x00\x80\x00\x06pump-3",
    ),
    Server(b"\x20\x03\x01\x00\x00"),
    Server(b"\x36\x10"),
    Client(b"\xe0\x01\x81"),
    Fault(ReasonCode::MALFORMED_PACKET),
];
