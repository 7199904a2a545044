//! The statements on connections, from bytes to bytes: what comes in, what
//! goes out, and how it ends.

use std::time::Duration;

use puremqtt::{
    CallError, Cause, ConnAckProperties, Connect, Disconnect, Limits, Message, Properties, QoS,
    ReasonCode, Session, TopicFilter,
};

use super::{A, CONNECT, EACH, V3_1_1};
use crate::check::packet;
use crate::parties::{Client, NONE, OPEN, SILENCE, Server, text};

const CONNACK: &str = "20 02 00 00";
const START: Duration = Duration::ZERO;
/// Says [`CONNECT`].
const CLIENT: Connect = Connect {
    version: V3_1_1,
    client_id: "a",
    clean_start: true,
    keep_alive: 0,
    will: None,
    user_name: None,
    password: None,
    properties: Properties::NONE,
};

fn new_server() -> Server {
    Server::new(Limits::default())
}

fn open_server() -> Server {
    Server::open(Limits::default(), CONNECT)
}

#[test]
fn v3_1_1_mqtt_3_1_0_1_the_first_packet_of_a_connection_is_connect() {
    for wire in EACH.into_iter().filter(|&wire| wire != CONNECT) {
        let mut server = new_server();
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.farewell(), SILENCE, "{wire}");
        assert_eq!(server.sent(), NONE);
    }
    // A client sends nothing before its CONNECT, and nothing but it before the CONNACK.
    let mut client = Client::new(&CLIENT);
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(
        client.subscribes(TopicFilter::literal("a")),
        Err(CallError::NotOpen)
    );
    assert_eq!(client.sent(), [CONNECT]);
}

#[test]
fn v3_1_1_mqtt_3_1_0_2_a_second_connect_ends_the_connection() {
    let mut server = new_server();
    assert_eq!(server.receives(CONNECT), ["CONNECT a"]);
    server.accepts();
    assert_eq!(server.sent(), [CONNACK]);
    assert_eq!(server.receives(CONNECT), NONE);
    assert_eq!(server.broken(), Some("3.1.1/MQTT-3.1.0-2"));
    assert_eq!(server.farewell(), SILENCE);
    assert_eq!(server.sent(), NONE);
}

#[test]
fn v3_1_1_mqtt_3_1_2_2_an_unsupported_level_has_connack_1() {
    let levels = (0..=u8::MAX).filter(|level| ![4, 5].contains(level));
    for level in levels {
        let mut server = new_server();
        server.receives(&format!(
            "10 0d 00 04 4d 51 54 54 {level:02x} 02 00 00 00 01 61"
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
    // Who does not name the protocol gets no byte.
    let mut server = new_server();
    server.receives("10 0d 00 04 4d 51 54 58 04 02 00 00 00 01 61");
    assert_eq!(server.farewell(), SILENCE);
}

#[test]
fn v3_1_1_mqtt_3_1_2_23_a_client_that_sends_nothing_else_sends_pingreq() {
    let ten_seconds = Connect {
        keep_alive: 10,
        ..CLIENT
    };
    let mut client = Client::open(&ten_seconds, CONNACK);
    client.at(9_999);
    assert_eq!(client.sent(), NONE);
    client.at(10_000);
    assert_eq!(client.sent(), ["c0 00"]);
    // Whatever is sent moves the deadline.
    let mut client = Client::open(&ten_seconds, CONNACK);
    client.at(6_000);
    assert!(client.publishes(QoS::AtMostOnce));
    assert_eq!(client.sent(), ["30 04 00 01 61 78"]);
    client.at(15_999);
    assert_eq!(client.sent(), NONE);
    client.at(16_000);
    assert_eq!(client.sent(), ["c0 00"]);
    // With 0 it never has to.
    let mut client = Client::open(&CLIENT, CONNACK);
    client.at(u64::from(u32::MAX));
    assert_eq!(client.sent(), NONE);
    assert_eq!(client.farewell(), OPEN);
}

#[test]
fn v3_1_1_mqtt_3_1_2_24_after_one_and_a_half_keep_alives_a_server_closes() {
    // Keep Alive 10, and a will.
    const CONNECT: &str = "10 13 00 04 4d 51 54 54 04 06 00 0a 00 01 61 00 01 77 00 01 6d";
    let mut server = Server::open(Limits::default(), CONNECT);
    server.at(14_999);
    assert_eq!(server.farewell(), OPEN);
    server.at(15_000);
    assert_eq!(server.farewell(), SILENCE);
    assert_eq!(server.broken(), Some("3.1.1/MQTT-3.1.2-24"));
    // As if the network had failed: the will is published.
    let will = server.closed().will.unwrap();
    assert_eq!(
        (will.message.payload(), will.delay_interval),
        (&b"m"[..], 0)
    );

    let mut server = Server::open(Limits::default(), CONNECT);
    server.at(14_000);
    server.receives("c0 00");
    server.at(28_999);
    assert_eq!(server.farewell(), OPEN);
    server.at(29_000);
    assert_eq!(server.farewell(), SILENCE);

    let mut server = open_server();
    server.at(u64::from(u32::MAX));
    assert_eq!(server.farewell(), OPEN);
}

#[test]
fn v3_1_1_mqtt_3_1_3_8_an_empty_client_identifier_without_clean_session_has_connack_2() {
    let mut server = new_server();
    let events = server.receives("10 0c 00 04 4d 51 54 54 04 00 00 00 00 00");
    assert_eq!(events, NONE);
    assert_eq!(server.farewell(), Some("20 02 00 02"));
    assert_eq!(server.broken(), Some("3.1.1/MQTT-3.1.3-8"));
    // With Clean Session it is one of the server's own making.
    let mut server = new_server();
    server.receives("10 0c 00 04 4d 51 54 54 04 02 00 00 00 00");
    server.accepts();
    assert_eq!(server.sent(), [CONNACK]);
}

#[test]
fn v3_1_1_mqtt_3_1_3_9_a_rejected_client_identifier_has_connack_2() {
    let bad = "10 0f 00 04 4d 51 54 54 04 02 00 00 00 03 62 61 64";
    let mut server = new_server();
    assert_eq!(server.receives(bad), ["CONNECT bad"]);
    server.ends(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
    assert_eq!(server.farewell(), Some("20 02 00 02"));
    // With a packet of its own it is the same.
    let mut server = new_server();
    server.receives(bad);
    let reason = ReasonCode::CLIENT_IDENTIFIER_NOT_VALID;
    let refused = server.rejects(reason, ConnAckProperties::default());
    assert_eq!(refused, Ok(()));
    assert_eq!(server.sent(), ["20 02 00 02"]);
    server.ends(reason);
    assert_eq!(server.farewell(), SILENCE);
}

#[test]
fn v3_1_1_mqtt_3_1_4_1_an_ill_formed_connect_has_no_connack() {
    for wire in [
        "10 0d 00 04 4d 51 54 54 04 03 00 00 00 01 61",
        "10 13 00 04 4d 51 54 54 04 1e 00 00 00 01 61 00 01 77 00 01 6d",
    ] {
        let mut server = new_server();
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.farewell(), SILENCE);
        assert_eq!(server.sent(), NONE);
    }
}

#[test]
fn v3_1_1_mqtt_3_1_4_4_a_valid_connect_has_connack_0() {
    let mut server = new_server();
    assert_eq!(server.receives(CONNECT), ["CONNECT a"]);
    assert_eq!(server.sent(), NONE);
    server.accepts();
    assert_eq!(server.sent(), [CONNACK]);
    assert_eq!(server.farewell(), OPEN);
}

#[test]
fn v3_1_1_mqtt_3_1_4_5_after_a_refusal_nothing_is_processed() {
    let mut server = new_server();
    let both = "10 0d 00 04 4d 51 54 54 07 02 00 00 00 01 61 30 04 00 01 61 78";
    assert_eq!(server.receives(both), NONE);
    assert_eq!(server.farewell(), Some("20 02 00 01"));
    // Nor where the server refuses what it could take.
    let mut server = new_server();
    let events = server.receives(&format!("{CONNECT} 30 04 00 01 61 78 c0 00"));
    assert_eq!(events, ["CONNECT a"]);
    let refused = server.rejects(ReasonCode::NOT_AUTHORIZED, ConnAckProperties::default());
    assert_eq!(refused, Ok(()));
    assert_eq!(server.sent(), ["20 02 00 05"]);
    assert_eq!(server.receives_at_once(""), NONE);
    assert_eq!(server.sent(), NONE);
}

#[test]
fn v3_1_1_mqtt_3_2_0_1_the_first_packet_of_a_server_is_connack() {
    for wire in EACH.into_iter().filter(|&wire| wire != CONNACK) {
        let mut client = Client::new(&CLIENT);
        assert_eq!(client.receives(wire), NONE);
        assert_eq!(client.farewell(), SILENCE, "{wire}");
    }
    for wire in ["d0 00", "30 03 00 01 61"] {
        let mut client = Client::new(&CLIENT);
        client.receives(wire);
        assert_eq!(client.broken(), Some("3.1.1/MQTT-3.2.0-1"));
    }
    // What waits for the client goes behind it.
    let mut session = Session::new();
    let message = Message::new(A, b"x");
    let terms = message.terms(QoS::AtLeastOnce, START);
    session.publish(message, terms, START).unwrap();
    let mut server = new_server();
    server.receives("10 0d 00 04 4d 51 54 54 04 00 00 00 00 01 61");
    assert!(server.connection().transmit(START).is_none());
    assert!(!server.publishes(QoS::AtMostOnce));
    let accepted = server.accepts_with(session, true, ConnAckProperties::default());
    assert_eq!(accepted, Ok(()));
    let publish = "32 06 00 01 61 00 01 78";
    assert_eq!(server.sent(), ["20 02 01 00", publish]);
}

#[test]
fn v3_1_1_mqtt_3_2_2_1_with_clean_session_no_session_is_present() {
    let mut server = new_server();
    server.receives(CONNECT);
    let stored = server.accepts_with(Session::new(), true, ConnAckProperties::default());
    assert_eq!(stored, Err(CallError::SessionPresentAfterCleanStart));
    server.accepts();
    assert_eq!(server.sent(), [CONNACK]);
    // A client that is told of one closes.
    let mut client = Client::new(&CLIENT);
    assert_eq!(client.receives("20 02 01 00"), NONE);
    assert_eq!(client.broken(), Some("3.1.1/MQTT-3.2.2-1"));
    assert_eq!(client.farewell(), SILENCE);
}

#[test]
fn v3_1_1_mqtt_3_2_2_5_after_a_refusal_the_server_closes() {
    let mut server = new_server();
    server.receives(CONNECT);
    let refused = server.rejects(ReasonCode::NOT_AUTHORIZED, ConnAckProperties::default());
    assert_eq!(refused, Ok(()));
    assert_eq!(server.sent(), ["20 02 00 05"]);
    server.ends(ReasonCode::NOT_AUTHORIZED);
    assert_eq!(server.farewell(), SILENCE);
    for code in 1..=5 {
        let mut client = Client::new(&CLIENT);
        let events = client.receives(&text(&packet(0x20, &[0, code])));
        assert!(events[0].starts_with("Connection Refused: "), "{events:?}");
        assert!(!client.connection().is_open());
        assert_eq!(client.receives("d0 00"), NONE);
        client.ends(Cause::Lost);
        assert_eq!(client.farewell(), SILENCE);
    }
}

#[test]
fn v3_1_1_mqtt_3_2_2_6_without_a_code_for_it_there_is_no_connack() {
    let with_code = [
        (ReasonCode::UNSUPPORTED_PROTOCOL_VERSION, "20 02 00 01"),
        (ReasonCode::CLIENT_IDENTIFIER_NOT_VALID, "20 02 00 02"),
        (ReasonCode::SERVER_UNAVAILABLE, "20 02 00 03"),
        (ReasonCode::SERVER_SHUTTING_DOWN, "20 02 00 03"),
        (ReasonCode::BAD_USER_NAME_OR_PASSWORD, "20 02 00 04"),
        (ReasonCode::NOT_AUTHORIZED, "20 02 00 05"),
    ];
    for code in 0..=u8::MAX {
        let reason = ReasonCode::from_u8(code);
        let mut row = with_code.iter().filter(|(with, _)| *with == reason);
        let connack = row.next().map_or("", |(_, connack)| connack);
        let mut server = new_server();
        server.receives(CONNECT);
        server.ends(reason);
        assert_eq!(server.farewell(), Some(connack), "{reason:?}");
    }
    // Nor is there another code to read.
    for code in 6..=u8::MAX {
        let mut client = Client::new(&CLIENT);
        assert_eq!(client.receives(&text(&packet(0x20, &[0, code]))), NONE);
        assert_eq!(client.broken(), Some("3.1.1/MQTT-3.2.2-6"));
        assert_eq!(client.farewell(), SILENCE);
    }
}

#[test]
fn v3_1_1_mqtt_3_12_4_1_pingreq_has_pingresp() {
    let mut server = open_server();
    assert_eq!(server.receives("c0 00 c0 00"), NONE);
    assert_eq!(server.sent(), ["d0 00", "d0 00"]);
}

#[test]
fn v3_1_1_mqtt_3_14_4_1_after_its_disconnect_a_client_closes() {
    let mut client = Client::open(&CLIENT, CONNACK);
    client.ends(ReasonCode::NORMAL_DISCONNECTION);
    assert_eq!(client.farewell(), Some("e0 00"));
    // Sent beforehand it is not repeated.
    let mut client = Client::open(&CLIENT, CONNACK);
    assert_eq!(client.disconnects(Disconnect::default()), Ok(()));
    assert_eq!(client.sent(), ["e0 00"]);
    assert_eq!(client.connection().deadline(), None);
    client.ends(ReasonCode::NORMAL_DISCONNECTION);
    assert_eq!(client.farewell(), SILENCE);
}

#[test]
fn v3_1_1_mqtt_3_14_4_2_after_its_disconnect_a_client_sends_nothing() {
    let connect = Connect {
        keep_alive: 10,
        ..CLIENT
    };
    let mut client = Client::open(&connect, CONNACK);
    assert!(client.publishes(QoS::ExactlyOnce));
    assert_eq!(client.sent(), ["34 06 00 01 61 00 01 78"]);
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(client.disconnects(Disconnect::default()), Ok(()));
    assert_eq!(client.sent(), ["e0 00"]);

    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        assert!(!client.publishes(qos));
    }
    let filter = TopicFilter::literal("a");
    assert_eq!(client.subscribes(filter), Err(CallError::NotOpen));
    assert_eq!(client.unsubscribes(filter), Err(CallError::NotOpen));
    let again = client.connection().disconnect(Disconnect::default());
    assert_eq!(again, Err(CallError::NotOpen));
    client.at(1_000_000);
    // What crosses it has no answer.
    assert_eq!(client.receives("50 02 00 01 32 05 00 01 61 00 01"), NONE);
    assert_eq!(client.sent(), NONE);
    assert_eq!(client.farewell(), OPEN);
}

#[test]
fn v3_1_1_mqtt_4_8_0_1_a_violation_closes_the_connection() {
    let violations = [
        CONNECT,                   // a second one
        "60 02 00 01",             // PUBREL without its flags
        "36 06 00 01 61 00 01 78", // QoS 3
        "82 02 00 01",             // SUBSCRIBE without a filter
        "82 06 00 01 00 01 61 03", // QoS 3
        "f0 00",                   // no type
        "20 02 00 00",             // a server's packets
        "90 03 00 01 00",
        "d0 00",
    ];
    for wire in violations {
        let mut server = open_server();
        assert_eq!(server.receives(wire), NONE, "{wire}");
        assert_eq!(server.farewell(), SILENCE, "{wire}");
        assert_eq!(server.sent(), NONE, "{wire}");
    }
    // An identifier that is taken, which MQTT 5 would answer.
    let mut server = open_server();
    let twice = "34 06 00 01 61 00 01 78 82 06 00 01 00 01 61 00";
    assert_eq!(server.receives(twice), ["message a x"]);
    assert_eq!(server.farewell(), SILENCE);
    assert_eq!(server.broken(), Some("3.1.1/MQTT-2.3.1-2"));

    let violations = [
        "20 02 00 00", // a second CONNACK
        "20 02 00 07",
        "60 02 00 01",
        "f0 00",
        "c0 00", // a client's packets
        "82 06 00 01 00 01 61 00",
        "e0 00",
    ];
    for wire in violations {
        let mut client = Client::open(&CLIENT, CONNACK);
        assert_eq!(client.receives(wire), NONE, "{wire}");
        // A DISCONNECT would delete the will.
        assert_eq!(client.farewell(), SILENCE, "{wire}");
        assert_eq!(client.sent(), NONE, "{wire}");
    }
}

#[test]
fn v3_1_1_mqtt_4_8_0_2_a_transient_error_closes_the_connection_it_came_on() {
    let mut other = open_server();
    let mut server = open_server();
    let publish = "32 06 00 01 61 00 01 78";
    assert_eq!(server.receives(publish), ["message a x"]);
    // There is no room for it.
    server.ends(ReasonCode::QUOTA_EXCEEDED);
    assert_eq!(server.sent(), NONE);
    assert_eq!(server.farewell(), SILENCE);
    assert_eq!(other.receives(publish), ["message a x"]);
    other.acknowledges();
    assert_eq!(other.sent(), ["40 02 00 01"]);
    assert_eq!(other.farewell(), OPEN);
}
