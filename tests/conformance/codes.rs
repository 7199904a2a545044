//! The table of codes by packet, cell by cell (2.4 in 5; 3.2.2.3 and 3.9.3 in 3.1.1).

use puremqtt::{
    Ack, Auth, AuthProperties, ConnAck, Decoder, Disconnect, Encoder, List, Packet, ReasonCode,
    SubAck, Version,
};

use crate::check::{decode, encoded, hex, id, is_published_as_a_packet, packet, vectors_of};

/// Codes of MQTT 5, with the packets that bear them.
const CODES: [(u8, &str); 43] = [
    (
        0x00,
        "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH",
    ),
    (0x01, "SUBACK"),
    (0x02, "SUBACK"),
    (0x04, "DISCONNECT"),
    (0x10, "PUBACK PUBREC"),
    (0x11, "UNSUBACK"),
    (0x18, "AUTH"),
    (0x19, "AUTH"),
    (0x80, "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT"),
    (0x81, "CONNACK DISCONNECT"),
    (0x82, "CONNACK DISCONNECT"),
    (0x83, "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT"),
    (0x84, "CONNACK"),
    (0x85, "CONNACK"),
    (0x86, "CONNACK"),
    (0x87, "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT"),
    (0x88, "CONNACK"),
    (0x89, "CONNACK DISCONNECT"),
    (0x8a, "CONNACK"),
    (0x8b, "DISCONNECT"),
    (0x8c, "CONNACK DISCONNECT"),
    (0x8d, "DISCONNECT"),
    (0x8e, "DISCONNECT"),
    (0x8f, "SUBACK UNSUBACK DISCONNECT"),
    (0x90, "CONNACK PUBACK PUBREC DISCONNECT"),
    (0x91, "PUBACK PUBREC SUBACK UNSUBACK"),
    (0x92, "PUBREL PUBCOMP"),
    (0x93, "DISCONNECT"),
    (0x94, "DISCONNECT"),
    (0x95, "CONNACK DISCONNECT"),
    (0x96, "DISCONNECT"),
    (0x97, "CONNACK PUBACK PUBREC SUBACK DISCONNECT"),
    (0x98, "DISCONNECT"),
    (0x99, "CONNACK PUBACK PUBREC DISCONNECT"),
    (0x9a, "CONNACK DISCONNECT"),
    (0x9b, "CONNACK DISCONNECT"),
    (0x9c, "CONNACK DISCONNECT"),
    (0x9d, "CONNACK DISCONNECT"),
    (0x9e, "SUBACK DISCONNECT"),
    (0x9f, "CONNACK DISCONNECT"),
    (0xa0, "DISCONNECT"),
    (0xa1, "SUBACK DISCONNECT"),
    (0xa2, "SUBACK DISCONNECT"),
];

const PACKETS: [&str; 9] = [
    "CONNACK",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBACK",
    "UNSUBACK",
    "DISCONNECT",
    "AUTH",
];

fn bears(name: &str, code: u8, version: Version) -> bool {
    match (name, version) {
        (_, Version::V5) => CODES
            .iter()
            .any(|(listed, names)| *listed == code && names.split(' ').any(|named| named == name)),
        ("CONNACK", _) => code <= 5,
        ("SUBACK", Version::V3_1) => code <= 2,
        ("SUBACK", Version::V3_1_1) => code <= 2 || code == 0x80,
        _ => false,
    }
}

/// A packet whose one code this is, with its properties in MQTT 5.
fn wire(name: &str, code: u8, version: Version) -> Vec<u8> {
    let (first, before, after) = match (name, version) {
        ("CONNACK", Version::V5) => (0x20, "00", "00"),
        ("CONNACK", _) => (0x20, "00", ""),
        ("PUBACK", _) => (0x40, "00 01", "00"),
        ("PUBREC", _) => (0x50, "00 01", "00"),
        ("PUBREL", _) => (0x62, "00 01", "00"),
        ("PUBCOMP", _) => (0x70, "00 01", "00"),
        ("SUBACK", Version::V5) => (0x90, "00 01 00", ""),
        ("SUBACK", _) => (0x90, "00 01", ""),
        ("UNSUBACK", Version::V5) => (0xb0, "00 01 00", ""),
        ("UNSUBACK", _) => (0xb0, "00 01", ""),
        ("DISCONNECT", _) => (0xe0, "", "00"),
        ("AUTH", _) => (0xf0, "", "04 15 00 01 4d"),
        other => panic!("{other:?}"),
    };
    packet(first, &[hex(before), vec![code], hex(after)].concat())
}

/// The code of a packet that was read.
fn code_of(packet: &Packet<'_>) -> Option<ReasonCode> {
    match packet {
        Packet::ConnAck(connack) => Some(connack.reason),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            Some(ack.reason)
        }
        Packet::SubAck(suback) | Packet::UnsubAck(suback) => suback.reasons.iter().next(),
        Packet::Disconnect(disconnect) => Some(disconnect.reason),
        Packet::Auth(auth) => Some(auth.reason),
        _ => None,
    }
}

#[test]
fn every_code_that_is_read_in_mqtt_5() {
    vectors_of(Version::V5, "every code in every packet");
    vectors_of(Version::V5, "every code in every short form");
    for name in PACKETS {
        for code in 0..=u8::MAX {
            let decoded = decode(Decoder::new(Version::V5), wire(name, code, Version::V5));
            let expected = bears(name, code, Version::V5);
            let published = is_published_as_a_packet(Version::V5, &wire(name, code, Version::V5));
            let is_listed = CODES.iter().any(|(listed, _)| *listed == code);
            assert_eq!(
                published.unwrap_or(expected),
                expected,
                "{name} {code:#04x}"
            );
            assert!(published.is_some() || !is_listed, "{name} {code:#04x}");
            assert_eq!(decoded.is_ok(), expected, "{name} {code:#04x}");
            if let Ok(packet) = decoded {
                assert_eq!(code_of(&packet), Some(ReasonCode::from_u8(code)));
                assert_eq!(packet.packet_type().name(), name);
            }
        }
    }
}

#[test]
fn every_code_that_is_read_before_mqtt_5() {
    let reasons = [
        ReasonCode::SUCCESS,
        ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
        ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
        ReasonCode::SERVER_UNAVAILABLE,
        ReasonCode::BAD_USER_NAME_OR_PASSWORD,
        ReasonCode::NOT_AUTHORIZED,
    ];
    for version in [Version::V3_1, Version::V3_1_1] {
        vectors_of(version, "every code in every packet");
        for code in 0..=u8::MAX {
            for name in ["CONNACK", "SUBACK"] {
                let decoded = decode(Decoder::new(version), wire(name, code, version));
                let expected = bears(name, code, version);
                let published = is_published_as_a_packet(version, &wire(name, code, version));
                assert_eq!(
                    published.unwrap_or(expected),
                    expected,
                    "{name} {code:#04x}"
                );
                assert!(published.is_some() || code > 7, "{name} {code:#04x}");
                assert_eq!(decoded.is_ok(), expected, "{version} {name} {code:#04x}");
                let Ok(packet) = decoded else {
                    continue;
                };
                // A return code of CONNACK has the meaning of a Reason Code.
                let reason = match name {
                    "CONNACK" => reasons[usize::from(code)],
                    _ => ReasonCode::from_u8(code),
                };
                assert_eq!(code_of(&packet), Some(reason));
            }
            // The others have none, so it is a byte too many.
            for name in [
                "PUBACK",
                "PUBREC",
                "PUBREL",
                "PUBCOMP",
                "UNSUBACK",
                "DISCONNECT",
            ] {
                let decoded = decode(Decoder::new(version), wire(name, code, version));
                assert!(decoded.is_err(), "{version} {name} {code:#04x}");
            }
        }
    }
}

#[test]
fn every_code_that_is_written() {
    let method = AuthProperties {
        authentication_method: Some("M"),
        ..Default::default()
    };
    for code in 0..=u8::MAX {
        let reason = ReasonCode::from_u8(code);
        let reasons = [reason];
        let ack = Ack {
            reason,
            ..Ack::new(id(1))
        };
        let suback = SubAck::new(id(1), List::from(&reasons));
        let packets = [
            Packet::ConnAck(ConnAck {
                reason,
                ..ConnAck::default()
            }),
            Packet::PubAck(ack),
            Packet::PubRec(ack),
            Packet::PubRel(ack),
            Packet::PubComp(ack),
            Packet::SubAck(suback),
            Packet::UnsubAck(suback),
            Packet::Disconnect(Disconnect::new(reason)),
            Packet::Auth(Auth::new(reason, &method)),
        ];
        for (name, packet) in PACKETS.into_iter().zip(packets) {
            let written = encoded(&mut Encoder::new(Version::V5), packet);
            // 3.14.2.1 does not list 0x8c and table 2-6 does: it is never sent.
            let unsent = name == "DISCONNECT" && code == 0x8c;
            let expected = bears(name, code, Version::V5) && !unsent;
            assert_eq!(written.is_ok(), expected, "{name} {code:#04x}");
            if let Ok(written) = written {
                let read = decode(Decoder::new(Version::V5), written).unwrap();
                assert_eq!(read, packet);
            }
            for version in [Version::V3_1, Version::V3_1_1] {
                let written = encoded(&mut Encoder::new(version), packet);
                let expected = match name {
                    "CONNACK" => matches!(code, 0x00 | 0x84..=0x88),
                    "SUBACK" => bears(name, code, version),
                    // Without a code there is nothing to leave out.
                    "AUTH" | "UNSUBACK" => false,
                    _ => code == 0,
                };
                assert_eq!(written.is_ok(), expected, "{version} {name} {code:#04x}");
            }
        }
    }
}
