//! MQTT 3.1.1.

use puremqtt::{
    Agreed, Cause, ConnAckProperties, Connect, Limits, Properties, QoS, ReasonCode, Resumption,
    TopicFilter,
};

use super::*;
use crate::parties::{Client, Server};

/// Clean Session 1, and 0.
const CONNECT: &str = "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61";
const CONNECT_0: &str = "10 0d 00 04 4d 51 54 54 04 00 00 00 00 01 61";
const CONNACK: &str = "20 02 00 00";
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
/// Says [`CONNECT_0`].
const RESUMING: Connect = Connect {
    clean_start: false,
    ..CLIENT
};

fn server() -> Server {
    Server::open(Limits::default(), CONNECT)
}

#[test]
fn v3_1_1_mqtt_2_3_1_2_a_new_identifier_is_none_in_use() {
    identifiers_are_never_in_use(V3_1_1);
}

#[test]
fn v3_1_1_mqtt_2_3_1_3_an_identifier_is_kept_by_re_sends_and_free_after_its_acknowledgement() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::ExactlyOnce), ["34 06 00 01 61 00 01 78"]);
    party.reconnect();
    assert_eq!(party.sent(), ["3c 06 00 01 61 00 01 78"]);
    assert_eq!(party.replies("50 02 00 01"), "62 02 00 01");
    assert_eq!(party.in_flight(), [1]);
    party.completes("70 02 00 01");
    assert_eq!(party.in_flight(), [0; 0]);

    let id = party.request(Request::Subscribe);
    let suback = format!("90 03 00 {id:02x} 00");
    assert!(matches!(
        party.receive(&suback).0,
        Some(Incoming::Answer(Outcome::Answered { .. }))
    ));
    assert!(party.is_unknown(&suback));
}

#[test]
fn v3_1_1_mqtt_2_3_1_4_a_server_keeps_the_same_rules() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::AtLeastOnce), ["32 06 00 01 61 00 01 78"]);
    assert_eq!(party.publish(QoS::AtLeastOnce), ["32 06 00 01 61 00 02 78"]);
    party.reconnect();
    assert_eq!(
        party.sent(),
        ["3a 06 00 01 61 00 01 78", "3a 06 00 01 61 00 02 78"]
    );
    party.completes("40 02 00 01");
    assert_eq!(party.in_flight(), [2]);
}

#[test]
fn v3_1_1_mqtt_2_3_1_6_answers_bear_the_identifier_of_the_publish() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("32 05 00 01 61 00 0a"), ["40 02 00 0a"]);
    assert_eq!(party.handles("34 05 00 01 61 00 0b"), ["50 02 00 0b"]);
    for _ in 0..12 {
        party.publish(QoS::ExactlyOnce);
    }
    assert_eq!(party.replies("50 02 00 0c"), "62 02 00 0c");
}

#[test]
fn v3_1_1_mqtt_2_3_1_7_suback_and_unsuback_bear_the_identifier_of_the_request() {
    let mut server = server();
    assert_eq!(
        server.receives("82 06 00 10 00 01 61 01 a2 05 00 11 00 01 61"),
        ["SUBSCRIBE 16", "UNSUBSCRIBE 17"]
    );
    // Neither another identifier nor the other kind is an answer.
    for packet_id in [0x0f, 0x11] {
        has_no_answer(&mut server, Request::Subscribe, packet_id);
    }
    for packet_id in [0x10, 0x12] {
        has_no_answer(&mut server, Request::Unsubscribe, packet_id);
    }
    let suback = answer(
        &mut server,
        Request::Subscribe,
        0x10,
        ReasonCode::GRANTED_QOS_1,
    );
    assert_eq!(suback, "90 03 00 10 01");
    let unsuback = answer(&mut server, Request::Unsubscribe, 0x11, ReasonCode::SUCCESS);
    assert_eq!(unsuback, "b0 02 00 11");
    // Once.
    has_no_answer(&mut server, Request::Subscribe, 0x10);
    has_no_answer(&mut server, Request::Unsubscribe, 0x11);
    // What nobody asked for is reported and changes nothing.
    let mut party = Party::new(V3_1_1);
    assert!(party.is_unknown("90 03 00 10 01"));
    assert!(party.is_unknown("b0 02 00 11"));
}

#[test]
fn v3_1_1_mqtt_3_1_2_4_without_clean_session_it_outlives_the_connection() {
    let in_flight = "32 06 00 01 61 00 01 78";
    let again = "3a 06 00 01 61 00 01 78";
    // A server keeps it for as long as nobody asks for another one.
    let mut server = Server::open(Limits::default(), CONNECT_0);
    assert!(server.publishes(QoS::AtLeastOnce));
    assert_eq!(server.receives("34 05 00 01 61 00 09"), ["message a "]);
    server.acknowledges();
    assert_eq!(server.sent(), ["50 02 00 09", in_flight]);
    server.ends(Cause::Lost);
    let closed = server.closed();
    assert_eq!(closed.session_expiry_interval, u32::MAX);
    let mut server = Server::new(Limits::default());
    server.receives(CONNECT_0);
    let stored = closed.session.unwrap();
    let accepted = server.accepts_with(stored, true, ConnAckProperties::default());
    assert_eq!(accepted, Ok(()));
    assert_eq!(server.sent(), ["20 02 01 00", again]);
    assert_eq!(server.receives("3c 05 00 01 61 00 09"), NONE);
    assert_eq!(server.sent(), ["50 02 00 09"]);
    // So does a client.
    let mut client = Client::open(&RESUMING, CONNACK);
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(client.sent(), [in_flight]);
    client.ends(Cause::Lost);
    let mut client = Client::with(client.closed().session, &RESUMING);
    assert_eq!(client.receives("20 02 01 00"), ["connected: Resumed"]);
    assert_eq!(client.sent(), [CONNECT_0, again]);
}

#[test]
fn v3_1_1_mqtt_3_1_2_6_a_clean_session_begins_with_nothing_and_is_never_used_again() {
    let mut client = Client::open(&RESUMING, CONNACK);
    assert!(client.publishes(QoS::ExactlyOnce));
    assert_eq!(client.receives("34 06 00 01 61 00 07 78"), ["message a x"]);
    client.acknowledges();
    assert_eq!(client.sent(), ["50 02 00 07", "34 06 00 01 61 00 01 78"]);
    client.ends(Cause::Lost);
    let mut client = Client::with(client.closed().session, &CLIENT);
    assert_eq!(client.receives(CONNACK), ["connected: New"]);
    assert_eq!(client.sent(), [CONNECT]);
    let (given_up, _) = client.connection().dropped().unwrap();
    assert_eq!(given_up.payload(), b"x");
    // An identifier of the server's is a new message's.
    assert_eq!(client.receives("34 06 00 01 61 00 07 79"), ["message a y"]);
    // A server keeps it no longer than the connection.
    let mut server = server();
    assert!(server.publishes(QoS::AtLeastOnce));
    assert_eq!(server.sent().len(), 1);
    server.ends(Cause::Lost);
    assert_eq!(server.closed().session_expiry_interval, 0);
}

#[test]
fn v3_1_1_mqtt_3_3_1_1_a_re_delivery_has_dup() {
    let mut party = Party::new(V3_1_1);
    party.queue(QoS::AtLeastOnce, b"");
    assert_eq!(party.sent(), ["32 05 00 01 61 00 01"]);
    party.reconnect();
    assert_eq!(party.sent(), ["3a 05 00 01 61 00 01"]);
}

#[test]
fn v3_1_1_mqtt_3_3_4_1_a_publish_is_answered_by_its_qos() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("30 03 00 01 61"), NONE);
    assert_eq!(party.handles("32 05 00 01 61 00 01"), ["40 02 00 01"]);
    assert_eq!(party.handles("34 05 00 01 61 00 01"), ["50 02 00 01"]);
}

#[test]
fn v3_1_1_mqtt_3_8_4_2_suback_has_the_identifier_of_its_subscribe() {
    let mut server = server();
    assert_eq!(
        server.receives("82 06 00 01 00 01 61 00 82 06 00 02 00 01 62 01"),
        ["SUBSCRIBE 1", "SUBSCRIBE 2"]
    );
    // In whatever order they are answered.
    for (packet_id, code, suback) in [
        (2, ReasonCode::GRANTED_QOS_1, "90 03 00 02 01"),
        (1, ReasonCode::GRANTED_QOS_0, "90 03 00 01 00"),
    ] {
        let said = answer(&mut server, Request::Subscribe, packet_id, code);
        assert_eq!(said, suback);
    }
    // A client knows by it which of its requests is answered.
    let mut client = Client::open(&CLIENT, CONNACK);
    for filter in [TopicFilter::literal("a"), TopicFilter::literal("b")] {
        assert_eq!(client.subscribes(filter), Ok(()));
    }
    assert_eq!(
        client.sent(),
        ["82 06 00 01 00 01 61 00", "82 06 00 02 00 01 62 00"]
    );
    assert_eq!(
        client.receives("90 03 00 02 00 90 03 00 01 00 90 03 00 09 00"),
        ["subscribed 2", "subscribed 1", "unknown 9"]
    );
}

#[test]
fn v3_1_1_mqtt_3_10_4_3_what_is_in_flight_is_completed_after_an_unsubscribe() {
    let mut server = server();
    assert!(server.publishes(QoS::ExactlyOnce));
    assert!(server.publishes(QoS::AtLeastOnce));
    assert_eq!(
        server.sent(),
        ["34 06 00 01 61 00 01 78", "32 06 00 01 61 00 02 78"]
    );
    assert_eq!(server.receives("a2 05 00 07 00 01 61"), ["UNSUBSCRIBE 7"]);
    let unsuback = answer(&mut server, Request::Unsubscribe, 7, ReasonCode::SUCCESS);
    assert_eq!(unsuback, "b0 02 00 07");
    assert_eq!(server.receives("50 02 00 01"), ["released 1"]);
    assert_eq!(server.sent(), ["62 02 00 01"]);
    let ends = server.receives("70 02 00 01 40 02 00 02");
    assert_eq!(ends, ["published 1 00", "published 2 00"]);
}

#[test]
fn v3_1_1_mqtt_4_1_0_1_the_session_is_stored_as_long_as_it_lasts() {
    let mut party = Party::new(V3_1_1);
    party.publish(QoS::AtLeastOnce);
    party.handles("34 05 00 01 61 00 07");
    party.restart();
    assert_eq!(party.sent(), ["3a 06 00 01 61 00 01 78"]);
    assert_eq!(party.replies("3c 05 00 01 61 00 07"), "50 02 00 07");
    assert_eq!(party.replies("62 02 00 07"), "70 02 00 07");
}

#[test]
fn v3_1_1_mqtt_4_1_0_2_a_session_lasts_as_long_as_its_connection() {
    let mut party = Party::new(V3_1_1);
    party.publish(QoS::AtLeastOnce);
    let before = party.session.clone();
    party.now = Duration::from_secs(1 << 40);
    assert_eq!(party.sent(), NONE);
    party.session.expire(party.now);
    assert_eq!(party.session, before);
}

#[test]
fn v3_1_1_mqtt_4_3_1_1_qos_0_is_sent_once_and_forgotten() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::AtMostOnce), ["30 04 00 01 61 78"]);
    assert!(party.session.is_empty());
}

#[test]
fn v3_1_1_mqtt_4_3_2_1_qos_1_is_unacknowledged_until_its_puback() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::AtLeastOnce), ["32 06 00 01 61 00 01 78"]);
    assert!(party.is_unknown("40 02 00 02"));
    assert_eq!(party.in_flight(), [1]);
    party.completes("40 02 00 01");
    assert!(party.session.is_empty());
}

#[test]
fn v3_1_1_mqtt_4_3_2_2_after_puback_an_identifier_is_new_whatever_its_dup() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("32 05 00 01 61 00 01"), ["40 02 00 01"]);
    assert_eq!(party.handles("3a 05 00 01 61 00 01"), ["40 02 00 01"]);
}

#[test]
fn v3_1_1_mqtt_4_3_3_1_qos_2_is_sent_released_and_completed() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::ExactlyOnce), ["34 06 00 01 61 00 01 78"]);
    assert_eq!(party.replies("50 02 00 01"), "62 02 00 01");
    party.reconnect();
    assert_eq!(party.sent(), ["62 02 00 01"]);
    assert_eq!(party.replies("50 02 00 01"), "62 02 00 01");
    party.completes("70 02 00 01");
    assert!(party.session.is_empty());
}

#[test]
fn v3_1_1_mqtt_4_3_3_2_qos_2_is_delivered_once() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("34 05 00 01 61 00 01"), ["50 02 00 01"]);
    assert_eq!(party.replies("3c 05 00 01 61 00 01"), "50 02 00 01");
    assert_eq!(party.replies("62 02 00 01"), "70 02 00 01");
    assert_eq!(party.handles("34 05 00 01 61 00 01"), ["50 02 00 01"]);
}

#[test]
fn v3_1_1_mqtt_4_4_0_1_what_is_unacknowledged_is_sent_again_whatever_session_present_says() {
    for session_present in [true, false] {
        let mut party = Party::new(V3_1_1);
        party.queue(QoS::AtLeastOnce, b"");
        party.queue(QoS::ExactlyOnce, b"");
        party.sent();
        party.replies("50 02 00 02");
        party.session.disconnected();
        let agreed = Agreed::new(V3_1_1);
        let resumed = party.session.connack(agreed, session_present).unwrap();
        assert_eq!(resumed == Resumption::Lost, !session_present);
        // PUBRELs go first: they wait for no quota.
        assert_eq!(party.sent(), ["62 02 00 02", "3a 05 00 01 61 00 01"]);
    }
}

#[test]
fn v3_1_1_mqtt_4_5_0_2_a_client_acknowledges_what_it_never_asked_for() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("32 06 00 02 7a 7a 00 03"), ["40 02 00 03"]);
}

#[test]
fn v3_1_1_mqtt_4_6_0_1_re_sends_go_in_the_order_of_the_first_sending() {
    re_sends_are_in_order(V3_1_1, ["3a 05 00 01 61", "3c 05 00 01 61"], "");
}

#[test]
fn v3_1_1_mqtt_4_6_0_2_pubacks_go_in_the_order_of_the_publishes() {
    let mut party = Party::new(V3_1_1);
    for packet_id in ["07", "03", "09"] {
        assert!(party.takes(&format!("32 05 00 01 61 00 {packet_id}")));
    }
    answers_are_in_order(party, ["40 02 00 07", "40 02 00 03", "40 02 00 09"]);
}

#[test]
fn v3_1_1_mqtt_4_6_0_3_pubrecs_go_in_the_order_of_the_publishes() {
    let mut party = Party::new(V3_1_1);
    for packet_id in ["07", "03", "09"] {
        assert!(party.takes(&format!("34 05 00 01 61 00 {packet_id}")));
    }
    answers_are_in_order(party, ["50 02 00 07", "50 02 00 03", "50 02 00 09"]);
}

#[test]
fn v3_1_1_mqtt_4_6_0_4_pubrels_go_in_the_order_of_the_pubrecs() {
    pubrels_are_in_order(V3_1_1);
}
