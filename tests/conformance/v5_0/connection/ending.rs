//! Sections 3.12, 3.14 and 4.13: PINGREQ, DISCONNECT and errors.

use puremqtt::{
    CallError, Cause, Connect, Disconnect, DisconnectProperties, EncodeError, PropertyId, QoS,
    ReasonCode, Role, TopicFilter,
};

use super::{CLIENT, CONNACK, CONNECT, connect, new_server, open_client, open_server};
use crate::parties::{Client, NONE, OPEN, SILENCE, Server};

#[test]
fn v5_0_mqtt_3_12_4_1_pingreq_has_pingresp() {
    let mut server = open_server();
    assert_eq!(server.receives("c0 00 c0 00"), NONE);
    assert_eq!(server.sent(), ["d0 00", "d0 00"]);
}

#[test]
fn v5_0_mqtt_3_14_0_1_before_connack_a_server_sends_no_disconnect() {
    for code in 0..=u8::MAX {
        let reason = ReasonCode::from_u8(code);
        // Before a CONNECT there is nobody to talk to.
        let mut server = new_server();
        server.ends(reason);
        assert_eq!(server.farewell(), SILENCE);
        // After one there is CONNACK, with the code if that is one of its own.
        let mut server = new_server();
        server.receives(CONNECT);
        let packet = Disconnect::new(reason);
        let early = server.connection().disconnect(packet);
        assert_eq!(early, Err(CallError::NotOpen));
        server.ends(reason);
        let farewell = server.farewell().unwrap();
        assert!(farewell.starts_with("20 03 00 "), "{farewell}");
    }
    for (connect, farewell) in [
        (
            "10 0e 00 04 4d 51 54 54 05 03 00 00 00 00 01 61",
            "20 03 00 81 00",
        ),
        (&connect("21 00 00"), "20 03 00 82 00"),
    ] {
        let mut server = new_server();
        server.receives(connect);
        assert_eq!(server.farewell(), Some(farewell));
    }
}

#[test]
fn v5_0_mqtt_3_14_2_2_a_server_s_disconnect_has_no_session_expiry() {
    let mut client = open_client();
    assert_eq!(client.receives("e0 07 00 05 11 00 00 00 05"), NONE);
    assert_eq!(client.broken(), Some("5.0/MQTT-3.14.2-2"));
    assert_eq!(client.farewell(), Some("e0 01 82"));

    let properties = DisconnectProperties {
        session_expiry_interval: Some(5),
        ..DisconnectProperties::default()
    };
    let packet = Disconnect {
        properties: (&properties).into(),
        ..Disconnect::default()
    };
    let mut server = open_server();
    let id = PropertyId::SESSION_EXPIRY_INTERVAL;
    assert_eq!(
        server.disconnects(packet),
        Err(CallError::PropertyOfOtherRole(id))
    );
    assert_eq!(
        server.says(packet),
        Err(EncodeError::PropertyOfOtherRole {
            role: Role::Server,
            property: id
        })
    );
    assert_eq!(server.sent(), NONE);
}

#[test]
fn v5_0_mqtt_3_14_4_1_after_its_disconnect_a_side_sends_nothing() {
    let connect = Connect {
        keep_alive: 10,
        ..CLIENT
    };
    let mut client = Client::open(&connect, CONNACK);
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(client.disconnects(Disconnect::default()), Ok(()));
    assert_eq!(client.sent(), ["e0 00"]);
    let filter = TopicFilter::literal("a");
    assert_eq!(client.subscribes(filter), Err(CallError::NotOpen));
    assert_eq!(client.unsubscribes(filter), Err(CallError::NotOpen));
    assert_eq!(
        client.disconnects(Disconnect::default()),
        Err(CallError::NotOpen)
    );

    let mut server = Server::open(
        super::LIMITS,
        "10 0e 00 04 4d 51 54 54 05 02 00 0a 00 00 01 61",
    );
    assert_eq!(
        server.receives("32 07 00 01 61 00 01 00 78"),
        ["message a x"]
    );
    assert!(server.publishes(QoS::AtLeastOnce));
    assert_eq!(server.disconnects(Disconnect::default()), Ok(()));
    assert_eq!(server.sent(), ["e0 00"]);
    server.acknowledges();
    assert_eq!(
        server.disconnects(Disconnect::default()),
        Err(CallError::NotOpen)
    );

    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        assert!(!client.publishes(qos));
        assert!(!server.publishes(qos));
    }
    // Neither by a timer nor as an answer.
    client.at(1_000_000);
    server.at(1_000_000);
    assert_eq!(
        client.receives("34 07 00 01 61 00 01 00 78 62 02 00 01"),
        NONE
    );
    assert_eq!(server.receives("c0 00 82 07 00 01 00 00 01 61 00"), NONE);
    assert_eq!((client.sent(), client.farewell()), (vec![], OPEN));
    assert_eq!((server.sent(), server.farewell()), (vec![], OPEN));
}

#[test]
fn v5_0_mqtt_3_14_4_2_after_its_disconnect_a_side_closes() {
    let mut client = open_client();
    client.ends(ReasonCode::NORMAL_DISCONNECTION);
    assert_eq!(client.farewell(), Some("e0 00"));
    let mut server = open_server();
    server.ends(ReasonCode::NORMAL_DISCONNECTION);
    assert_eq!(server.farewell(), Some("e0 00"));
    // Sent beforehand it is not repeated.
    let (mut client, mut server) = (open_client(), open_server());
    let packet = Disconnect::new(ReasonCode::ADMINISTRATIVE_ACTION);
    assert_eq!(client.disconnects(packet), Ok(()));
    assert_eq!(server.disconnects(packet), Ok(()));
    assert_eq!(client.sent(), ["e0 01 98"]);
    assert_eq!(server.sent(), ["e0 01 98"]);
    client.ends(Cause::Lost);
    server.ends(ReasonCode::UNSPECIFIED_ERROR);
    assert_eq!(client.farewell(), SILENCE);
    assert_eq!(server.farewell(), SILENCE);
}

#[test]
fn v5_0_mqtt_4_13_1_1_an_error_with_a_code_closes_the_connection_with_it() {
    let to_a_new_connection = [
        (CONNECT.replace(" 05 02 ", " 05 03 "), "20 03 00 81 00"),
        (connect("21 00 00"), "20 03 00 82 00"),
        (connect("16 00 01 64"), "20 03 00 82 00"),
    ];
    for (wire, farewell) in to_a_new_connection {
        let mut server = new_server();
        server.receives(&wire);
        assert_eq!(server.farewell(), Some(farewell), "{wire}");
    }
    let to_an_open_one = [
        ("36 07 00 01 61 00 01 00 78", "e0 01 81"),    // QoS 3
        ("3a 07 00 01 61 00 00 00 78", "e0 01 82"),    // Packet Identifier 0
        ("60 02 00 01", "e0 01 81"),                   // PUBREL without its flags
        ("82 07 00 01 00 00 01 61 03", "e0 01 82"),    // QoS 3
        ("82 03 00 01 00", "e0 01 82"),                // no filter
        ("30 05 00 01 2b 00 78", "e0 01 90"),          // a wildcard in a topic
        ("82 07 00 01 00 00 01 61 c0", "e0 01 81"),    // reserved options
        ("82 08 00 01 00 00 02 61 23 00", "e0 01 8f"), // an ill-formed filter
        ("30 07 00 01 61 03 23 00 01", "e0 01 94"),    // an alias nobody offered
        ("40 03 00 01 01", "e0 01 82"),                // a code of another packet
        ("c1 00", "e0 01 81"),
        ("c0 01 00", "e0 01 81"),
        ("00 00", "e0 01 81"),
        (CONNECT, "e0 01 82"),
        ("20 03 00 00 00", "e0 01 82"),
    ];
    for (wire, farewell) in to_an_open_one {
        let mut server = open_server();
        assert_eq!(server.receives(wire), NONE, "{wire}");
        assert_eq!(server.farewell(), Some(farewell), "{wire}");
        assert_eq!(server.sent(), NONE, "{wire}");
    }
}

#[test]
fn v5_0_mqtt_4_13_2_1_an_error_closes_the_connection_whether_it_is_said_or_not() {
    // Said, and nothing after it: the rest of what was read is not looked at.
    let mut server = open_server();
    assert_eq!(
        server.receives("60 02 00 01 c0 00 30 05 00 01 61 00 78"),
        NONE
    );
    assert_eq!(server.farewell(), Some("e0 01 81"));
    assert_eq!(server.sent(), NONE);
    let mut client = open_client();
    assert_eq!(client.receives("60 02 00 01 30 05 00 01 61 00 78"), NONE);
    assert_eq!(client.farewell(), Some("e0 01 81"));
    assert_eq!(client.sent(), NONE);
    // To a client that takes no packet of five bytes a CONNACK is not.
    for (maximum, farewell) in [("05", "20 03 00 8a 00"), ("04", "")] {
        let mut server = new_server();
        server.receives(&connect(&format!("27 00 00 00 {maximum}")));
        server.ends(ReasonCode::BANNED);
        assert_eq!(server.farewell(), Some(farewell));
    }
    // Output that is blocked holds nothing up.
    let mut server = open_server();
    server.ends(Cause::Lost);
    assert_eq!(server.farewell(), SILENCE);
}
