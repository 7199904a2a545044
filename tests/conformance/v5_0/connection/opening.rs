//! Sections 3.1 and 3.2: from CONNECT to CONNACK.

use std::time::Duration;

use puremqtt::{
    CallError, Cause, ConnAckProperties, Connect, ConnectProperties, Disconnect, Limits, Message,
    QoS, ReasonCode, Session, SubAck, TopicFilter,
};

use super::super::EACH;
use super::{CLIENT, CONNACK, CONNECT, LIMITS, client, connect, new_server, open_client};
use crate::check::id;
use crate::parties::{A, Client, NONE, OPEN, SILENCE, Server};

#[test]
fn v5_0_mqtt_3_1_0_1_the_first_packet_of_a_connection_is_connect() {
    for wire in EACH.into_iter().filter(|&wire| wire != CONNECT) {
        let mut server = new_server();
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.broken(), Some("5.0/MQTT-3.1.0-1"), "{wire}");
        assert_eq!(server.farewell(), SILENCE, "{wire}");
    }
    // A client sends nothing before its CONNECT, and nothing but it before the CONNACK.
    let mut client = Client::new(&CLIENT);
    assert!(client.publishes(QoS::AtLeastOnce));
    let filter = TopicFilter::literal("a");
    assert_eq!(client.subscribes(filter), Err(CallError::NotOpen));
    assert_eq!(client.unsubscribes(filter), Err(CallError::NotOpen));
    assert_eq!(client.sent(), [CONNECT]);
}

#[test]
fn v5_0_mqtt_3_1_0_2_a_second_connect_ends_the_connection() {
    let mut server = new_server();
    assert_eq!(server.receives(CONNECT), ["CONNECT a"]);
    server.accepts();
    assert_eq!(server.sent(), [CONNACK]);
    assert_eq!(server.receives(CONNECT), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-3.1.0-2"));
    assert_eq!(server.farewell(), Some("e0 01 82"));
    // Before the first one is answered, it is answered by this.
    let mut server = new_server();
    server.receives(CONNECT);
    server.receives_at_once(CONNECT);
    assert_eq!(server.broken(), Some("5.0/MQTT-3.1.0-2"));
    assert_eq!(server.farewell(), Some("20 03 00 82 00"));
}

#[test]
fn v5_0_mqtt_3_1_2_1_who_names_another_protocol_gets_no_byte() {
    let mut server = new_server();
    let events = server.receives("10 0e 00 04 4d 51 54 58 05 02 00 00 00 00 01 61");
    assert_eq!(events, NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-3.1.2-1"));
    assert_eq!(server.farewell(), SILENCE);
}

#[test]
fn v5_0_mqtt_3_1_2_2_another_version_has_connack_1_of_the_oldest() {
    for level in (0..=u8::MAX).filter(|level| ![4, 5].contains(level)) {
        let mut server = new_server();
        server.receives(&format!(
            "10 0e 00 04 4d 51 54 54 {level:02x} 02 00 00 00 00 01 61"
        ));
        assert_eq!(server.farewell(), Some("20 02 00 01"), "level {level}");
    }
    for level in (0..=u8::MAX).filter(|&level| level != 3) {
        let mut server = new_server();
        server.receives(&format!(
            "10 0f 00 06 4d 51 49 73 64 70 {level:02x} 02 00 00 00 01 61"
        ));
        assert_eq!(server.farewell(), Some("20 02 00 01"), "level {level}");
    }
    // One that does not want MQTT 3.1.1 after all says so in its words, and MQTT 5 in its own.
    for (connect, connack) in [
        (
            "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61",
            "20 02 00 01",
        ),
        (CONNECT, "20 03 00 84 00"),
    ] {
        let mut server = new_server();
        assert_eq!(server.receives(connect), ["CONNECT a"]);
        server.ends(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
        assert_eq!(server.farewell(), Some(connack));
    }
}

#[test]
fn v5_0_mqtt_3_1_2_28_response_information_is_for_who_asks() {
    let properties = ConnAckProperties {
        response_information: Some("x"),
        ..ConnAckProperties::default()
    };
    let with = "20 07 00 00 04 1a 00 01 78";
    for (connect, connack) in [
        (CONNECT, CONNACK),
        (&connect("19 00"), CONNACK),
        (
            "10 10 00 04 4d 51 54 54 05 02 00 00 02 19 01 00 01 61",
            with,
        ),
    ] {
        let mut server = new_server();
        server.receives(connect);
        let accepted = server.accepts_with(Session::new(), false, properties);
        assert_eq!(accepted, Ok(()));
        assert_eq!(server.sent(), [connack]);
    }
    // Nor does a refusal have it.
    let mut refusing = new_server();
    refusing.receives(CONNECT);
    let refused = refusing.rejects(ReasonCode::BANNED, properties);
    assert_eq!(refused, Ok(()));
    assert_eq!(refusing.sent(), ["20 03 00 8a 00"]);
    // A client takes none that it did not ask for.
    let mut unasked = Client::new(&CLIENT);
    assert_eq!(unasked.receives(with), NONE);
    assert_eq!(unasked.broken(), Some("5.0/MQTT-3.1.2-28"));
    assert_eq!(unasked.farewell(), Some("e0 01 82"));
    let asks = ConnectProperties {
        request_response_information: Some(true),
        ..ConnectProperties::default()
    };
    let mut asked = Client::new(&client(&asks));
    assert_eq!(asked.receives(with), ["connected: New"]);
}

#[test]
fn v5_0_mqtt_3_1_3_8_a_rejected_client_identifier_has_connack_85() {
    let mut server = new_server();
    let events = server.receives("10 10 00 04 4d 51 54 54 05 02 00 00 00 00 03 62 61 64");
    assert_eq!(events, ["CONNECT bad"]);
    server.ends(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
    assert_eq!(server.farewell(), Some("20 03 00 85 00"));
}

#[test]
fn v5_0_mqtt_3_1_4_1_an_ill_formed_connect_has_a_connack_and_no_more() {
    for (connect, connack) in [
        // The reserved flag, a will of QoS 3, and a property that is no CONNECT's.
        (
            "10 0e 00 04 4d 51 54 54 05 03 00 00 00 00 01 61",
            "20 03 00 81 00",
        ),
        (
            "10 15 00 04 4d 51 54 54 05 1e 00 00 00 00 01 61 00 00 01 77 00 01 6d",
            "20 03 00 81 00",
        ),
        (&connect("13 00 0a"), "20 03 00 81 00"),
        // Receive Maximum 0, and a property that stands twice.
        (&connect("21 00 00"), "20 03 00 82 00"),
        (&connect("19 00 19 00"), "20 03 00 82 00"),
    ] {
        let mut server = new_server();
        assert_eq!(server.receives(connect), NONE);
        assert_eq!(server.farewell(), Some(connack), "{connect}");
        assert_eq!(server.sent(), NONE);
    }
}

#[test]
fn v5_0_mqtt_3_1_4_5_a_valid_connect_has_connack_0() {
    let mut server = new_server();
    assert_eq!(server.receives(CONNECT), ["CONNECT a"]);
    assert_eq!(server.sent(), NONE);
    server.accepts();
    assert_eq!(server.sent(), [CONNACK]);
    assert_eq!(server.farewell(), OPEN);
    // An identifier that the client does not have is the server's to give.
    let mut server = new_server();
    server.receives("10 0d 00 04 4d 51 54 54 05 02 00 00 00 00 00");
    let nameless = server.accepts_with(Session::new(), false, ConnAckProperties::default());
    assert_eq!(nameless, Err(CallError::NoClientIdentifier));
    let properties = ConnAckProperties {
        assigned_client_identifier: Some("x"),
        ..ConnAckProperties::default()
    };
    let named = server.accepts_with(Session::new(), false, properties);
    assert_eq!(named, Ok(()));
    assert_eq!(server.sent(), ["20 07 00 00 04 12 00 01 78"]);
}

#[test]
fn v5_0_mqtt_3_1_4_6_after_a_refusal_nothing_is_processed() {
    let mut server = new_server();
    let both = "10 0e 00 04 4d 51 54 54 06 02 00 00 00 00 01 61 30 05 00 01 61 00 78";
    assert_eq!(server.receives(both), NONE);
    assert_eq!(server.farewell(), Some("20 02 00 01"));
    // Nor where the server refuses what it could take; what it lets in is read on.
    for lets_in in [true, false] {
        let mut server = new_server();
        let events = server.receives(&format!("{CONNECT} 30 05 00 01 61 00 78 c0 00"));
        assert_eq!(events, ["CONNECT a"]);
        if lets_in {
            server.accepts();
            assert_eq!(server.receives(""), ["message a x"]);
            assert_eq!(server.sent(), [CONNACK, "d0 00"]);
        } else {
            let refused = server.rejects(ReasonCode::NOT_AUTHORIZED, ConnAckProperties::default());
            assert_eq!(refused, Ok(()));
            assert_eq!(server.sent(), ["20 03 00 87 00"]);
            assert_eq!(server.receives_at_once(""), NONE);
            assert_eq!(server.sent(), NONE);
        }
    }
}

#[test]
fn v5_0_mqtt_3_2_0_1_before_connack_a_server_sends_auth_alone() {
    for wire in EACH.into_iter().filter(|&wire| wire != CONNACK) {
        let mut client = Client::new(&CLIENT);
        assert_eq!(client.receives(wire), NONE);
        assert_eq!(client.farewell(), Some("e0 01 82"), "{wire}");
    }
    let mut client = Client::new(&CLIENT);
    client.receives("d0 00");
    assert_eq!(client.broken(), Some("5.0/MQTT-3.2.0-1"));

    let mut session = Session::new();
    let message = Message::new(A, b"x");
    let terms = message.terms(QoS::AtLeastOnce, Duration::ZERO);
    session.publish(message, terms, Duration::ZERO).unwrap();
    let mut server = new_server();
    server.receives(&connect("11 00 00 00 05 15 00 01 4d").replace(" 05 02 ", " 05 00 "));
    let codes = [ReasonCode::SUCCESS];
    let suback = SubAck::new(id(1), (&codes).into());
    let connection = server.connection();
    assert_eq!(connection.suback(suback), Err(CallError::NotOpen));
    assert_eq!(connection.unsuback(suback), Err(CallError::NotOpen));
    assert!(connection.transmit(Duration::ZERO).is_none());
    assert_eq!(
        connection.disconnect(Disconnect::default()),
        Err(CallError::NotOpen)
    );
    assert!(!server.publishes(QoS::AtMostOnce));
    server.at(1_000_000);
    assert_eq!(server.sent(), NONE);
    // An AUTH passes, and what waits for the client goes behind the CONNACK.
    assert_eq!(server.challenges(Default::default()), Ok(()));
    assert_eq!(server.sent(), ["f0 06 18 04 15 00 01 4d"]);
    assert_eq!(server.receives("f0 06 18 04 15 00 01 4d"), ["AUTH 18"]);
    let accepted = server.accepts_with(session, true, ConnAckProperties::default());
    assert_eq!(accepted, Ok(()));
    let connack = "20 07 01 00 04 15 00 01 4d";
    assert_eq!(server.sent(), [connack, "32 07 00 01 61 00 01 00 78"]);
}

#[test]
fn v5_0_mqtt_3_2_0_2_there_is_one_connack() {
    let mut client = open_client();
    assert_eq!(client.receives(CONNACK), NONE);
    assert_eq!(client.broken(), Some("5.0/MQTT-3.2.0-2"));
    assert_eq!(client.farewell(), Some("e0 01 82"));

    let mut server = Server::open(LIMITS, CONNECT);
    let again = server.accepts_with(Session::new(), false, ConnAckProperties::default());
    assert_eq!(again, Err(CallError::NothingToDecide));
    let refused = server.rejects(ReasonCode::BANNED, ConnAckProperties::default());
    assert_eq!(refused, Err(CallError::NothingToDecide));
    server.ends(ReasonCode::NOT_AUTHORIZED);
    assert_eq!(server.farewell(), Some("e0 01 87"));
}

#[test]
fn v5_0_mqtt_3_2_2_2_after_a_clean_start_no_session_is_present() {
    let mut server = new_server();
    server.receives(CONNECT);
    let stored = server.accepts_with(Session::new(), true, ConnAckProperties::default());
    assert_eq!(stored, Err(CallError::SessionPresentAfterCleanStart));
    server.accepts();
    assert_eq!(server.sent(), [CONNACK]);
    // A client that is told of one closes, though it may have one itself.
    let known = Session::new().known_to_server();
    let mut client = Client::with(known, &CLIENT);
    assert_eq!(client.receives("20 03 01 00 00"), NONE);
    assert_eq!(client.broken(), Some("5.0/MQTT-3.2.2-2"));
    assert_eq!(client.farewell(), Some("e0 01 82"));
}

#[test]
fn v5_0_mqtt_3_1_2_4_a_clean_start_gives_up_what_was_in_flight() {
    let mut client = open_client();
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(
        client.receives("34 07 00 01 61 00 07 00 78"),
        ["message a x"]
    );
    client.acknowledges();
    assert_eq!(client.sent(), ["50 02 00 07", "32 07 00 01 61 00 01 00 78"]);
    client.ends(Cause::Lost);
    let mut client = Client::with(client.closed().session, &CLIENT);
    assert_eq!(client.receives(CONNACK), ["connected: New"]);
    assert_eq!(client.sent(), [CONNECT]);
    let (given_up, _) = client.connection().dropped().unwrap();
    assert_eq!(given_up.payload(), b"x");
    // The identifier is a new message's.
    assert_eq!(
        client.receives("34 07 00 01 61 00 07 00 79"),
        ["message a y"]
    );
    // Nor does a server go on with the one that it has stored.
    let mut server = new_server();
    server.receives(CONNECT);
    let stored = server.accepts_with(Session::new(), true, ConnAckProperties::default());
    assert_eq!(stored, Err(CallError::SessionPresentAfterCleanStart));
}

#[test]
fn v5_0_mqtt_3_2_2_4_a_client_without_a_session_takes_none() {
    let resumes = Connect {
        clean_start: false,
        ..CLIENT
    };
    let mut client = Client::new(&resumes);
    assert_eq!(client.receives("20 03 01 00 00"), NONE);
    assert_eq!(client.broken(), Some("5.0/MQTT-3.2.2-4"));
    assert_eq!(client.farewell(), Some("e0 01 82"));
    // One that knows of a session at the server goes on with it.
    let known = Session::new().known_to_server();
    let mut client = Client::with(known, &resumes);
    assert_eq!(client.receives("20 03 01 00 00"), ["connected: Resumed"]);
}

#[test]
fn v5_0_mqtt_3_2_2_7_after_a_refusal_the_server_closes() {
    let mut server = new_server();
    server.receives(CONNECT);
    let refused = server.rejects(ReasonCode::NOT_AUTHORIZED, ConnAckProperties::default());
    assert_eq!(refused, Ok(()));
    assert_eq!(server.sent(), ["20 03 00 87 00"]);
    server.ends(ReasonCode::NOT_AUTHORIZED);
    assert_eq!(server.farewell(), SILENCE);
    // Whatever the client would still send is not taken, nor sent by it.
    let mut client = Client::new(&CLIENT);
    assert_eq!(
        client.receives("20 03 00 87 00"),
        ["Connection Refused: not authorised."]
    );
    let _ = client.sent();
    assert!(!client.publishes(QoS::AtLeastOnce));
    assert_eq!(client.receives("d0 00"), NONE);
    assert_eq!(client.sent(), NONE);
    client.ends(Cause::Reason(ReasonCode::NORMAL_DISCONNECTION));
    assert_eq!(client.farewell(), SILENCE);
}

#[test]
fn v5_0_mqtt_3_2_2_12_a_will_above_the_maximum_qos_is_refused() {
    let wire = "10 15 00 04 4d 51 54 54 05 0e 00 00 00 00 01 61 00 00 01 77 00 01 6d";
    for (maximum_qos, farewell) in [
        (QoS::AtMostOnce, Some("20 03 00 9b 00")),
        (QoS::AtLeastOnce, OPEN),
    ] {
        let mut server = Server::new(Limits {
            maximum_qos,
            ..LIMITS
        });
        server.receives(wire);
        assert_eq!(server.farewell(), farewell);
        let broken = farewell.map(|_| "5.0/MQTT-3.2.2-12");
        assert_eq!(server.broken(), broken);
    }
}

#[test]
fn v5_0_mqtt_3_2_2_13_a_will_to_be_retained_is_refused_where_nothing_is() {
    let wire = "10 15 00 04 4d 51 54 54 05 26 00 00 00 00 01 61 00 00 01 77 00 01 6d";
    for (retain_available, farewell) in [(false, Some("20 03 00 9a 00")), (true, OPEN)] {
        let mut server = Server::new(Limits {
            retain_available,
            ..LIMITS
        });
        server.receives(wire);
        assert_eq!(server.farewell(), farewell);
        let broken = farewell.map(|_| "5.0/MQTT-3.2.2-13");
        assert_eq!(server.broken(), broken);
    }
}
