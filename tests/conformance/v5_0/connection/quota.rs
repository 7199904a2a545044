//! Sections 3.3.4 and 4.9: Receive Maximum and flow control.

use std::num::NonZeroU16;

use puremqtt::{
    Cause, ConnAckProperties, Connect, ConnectProperties, Limits, QoS, ReasonCode, SubAck,
    TopicFilter,
};

use super::{CLIENT, CONNACK, CONNECT, LIMITS, client, connect, new_server};
use super::{open_client, open_server};
use crate::check::id;
use crate::parties::{Client, NONE, OPEN, Server};

/// A Receive Maximum of 2, and of 1.
const CONNACK_2: &str = "20 06 00 00 03 21 00 02";
const CONNACK_1: &str = "20 06 00 00 03 21 00 01";

/// PUBLISHes of "x" with their identifier.
const QOS_1: [&str; 4] = [
    "32 07 00 01 61 00 01 00 78",
    "32 07 00 01 61 00 02 00 78",
    "32 07 00 01 61 00 03 00 78",
    "32 07 00 01 61 00 04 00 78",
];

#[test]
fn v5_0_mqtt_3_3_4_7_a_client_keeps_to_the_server_s_receive_maximum() {
    let mut client = Client::open(&CLIENT, CONNACK_2);
    assert!(client.publishes(QoS::AtLeastOnce));
    assert!(client.publishes(QoS::ExactlyOnce));
    assert!(client.publishes(QoS::AtLeastOnce));
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(client.sent(), [QOS_1[0], "34 07 00 01 61 00 02 00 78"]);
    // A PUBACK makes room, a PUBREC does not before its PUBCOMP.
    assert_eq!(client.receives("40 02 00 01"), ["published 1 00"]);
    assert_eq!(client.sent(), [QOS_1[2]]);
    assert_eq!(client.receives("50 02 00 02"), ["released 2"]);
    assert_eq!(client.sent(), ["62 02 00 02"]);
    assert_eq!(client.receives("70 02 00 02"), ["published 2 00"]);
    assert_eq!(client.sent(), [QOS_1[3]]);
    // So does a PUBREC that refuses.
    let mut client = Client::open(&CLIENT, CONNACK_1);
    assert!(client.publishes(QoS::ExactlyOnce));
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(client.sent(), ["34 07 00 01 61 00 01 00 78"]);
    assert_eq!(client.receives("50 03 00 01 87"), ["published 1 87"]);
    assert_eq!(client.sent(), [QOS_1[1]]);
    // A server that is sent more closes: an answer that is held back counts.
    let limits = Limits {
        receive_maximum: NonZeroU16::new(2).unwrap(),
        ..LIMITS
    };
    let mut server = Server::new(limits);
    server.receives(CONNECT);
    server.accepts();
    assert_eq!(server.sent(), [CONNACK_2]);
    server.receives(QOS_1[0]);
    server.acknowledges();
    assert_eq!(server.sent(), ["40 02 00 01"]);
    server.receives(QOS_1[1]);
    server.receives(QOS_1[2]);
    assert_eq!(server.farewell(), OPEN);
    assert_eq!(server.receives(QOS_1[3]), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-3.3.4-7"));
    assert_eq!(server.farewell(), Some("e0 01 93"));
}

#[test]
fn v5_0_mqtt_3_3_4_8_a_client_without_quota_holds_back_publishes_alone() {
    let connect = Connect {
        keep_alive: 10,
        ..CLIENT
    };
    let mut client = Client::open(&connect, CONNACK_1);
    assert!(client.publishes(QoS::ExactlyOnce));
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(client.sent(), ["34 07 00 01 61 00 01 00 78"]);
    // PUBREL, PUBACK, PUBREC, PUBCOMP.
    client.receives("50 02 00 01 32 07 00 01 62 00 07 00 78 34 07 00 01 62 00 08 00 78");
    client.acknowledges();
    client.receives("");
    assert_eq!(client.sent(), ["62 02 00 01", "40 02 00 07", "50 02 00 08"]);
    client.receives("62 02 00 08");
    assert_eq!(client.sent(), ["70 02 00 08"]);
    // SUBSCRIBE, UNSUBSCRIBE, PINGREQ, QoS 0, DISCONNECT.
    assert_eq!(client.subscribes(TopicFilter::literal("a")), Ok(()));
    assert_eq!(client.unsubscribes(TopicFilter::literal("a")), Ok(()));
    assert!(client.publishes(QoS::AtMostOnce));
    assert_eq!(
        client.sent(),
        [
            "82 07 00 02 00 00 01 61 00",
            "a2 06 00 03 00 00 01 61",
            "30 05 00 01 61 00 78"
        ]
    );
    client.at(10_000);
    assert_eq!(client.sent(), ["c0 00"]);
    client.ends(ReasonCode::NORMAL_DISCONNECTION);
    assert_eq!(client.farewell(), Some("e0 00"));
}

#[test]
fn v5_0_mqtt_3_3_4_9_a_server_keeps_to_the_client_s_receive_maximum() {
    let mut server = Server::open(LIMITS, &connect("21 00 01"));
    assert!(server.publishes(QoS::AtLeastOnce));
    assert!(server.publishes(QoS::AtLeastOnce));
    assert_eq!(server.sent(), [QOS_1[0]]);
    assert_eq!(server.receives("40 02 00 01"), ["published 1 00"]);
    assert_eq!(server.sent(), [QOS_1[1]]);
    // Without one it is 65,535, of which requests have 16; and 0 is an error.
    let mut server = open_server();
    let quota = server.connection().session().unwrap().send_quota();
    assert_eq!(quota, 65_535 - 16);
    let mut server = new_server();
    assert_eq!(server.receives(&connect("21 00 00")), NONE);
    assert_eq!(server.farewell(), Some("20 03 00 82 00"));
    // A client that is sent more closes.
    let two = ConnectProperties {
        receive_maximum: NonZeroU16::new(2),
        ..ConnectProperties::default()
    };
    let mut receiver = Client::open(&client(&two), CONNACK);
    receiver.receives(QOS_1[0]);
    receiver.receives(QOS_1[1]);
    assert_eq!(receiver.farewell(), OPEN);
    assert_eq!(receiver.receives(QOS_1[2]), NONE);
    assert_eq!(receiver.broken(), Some("5.0/MQTT-3.3.4-9"));
    assert_eq!(receiver.farewell(), Some("e0 01 93"));
}

#[test]
fn v5_0_mqtt_3_3_4_10_a_server_without_quota_holds_back_publishes_alone() {
    let mut server = Server::open(LIMITS, &connect("21 00 01"));
    assert!(server.publishes(QoS::ExactlyOnce));
    assert!(server.publishes(QoS::AtLeastOnce));
    assert_eq!(server.sent(), ["34 07 00 01 61 00 01 00 78"]);
    server.receives("50 02 00 01 32 07 00 01 62 00 07 00 78 c0 00");
    server.acknowledges();
    assert_eq!(server.sent(), ["62 02 00 01", "d0 00", "40 02 00 07"]);
    assert_eq!(
        server.receives("82 07 00 05 00 00 01 61 00"),
        ["SUBSCRIBE 5"]
    );
    let codes = [ReasonCode::GRANTED_QOS_0];
    let suback = SubAck::new(id(5), (&codes).into());
    let suback = server.connection().suback(suback).unwrap();
    assert_eq!(server.says(suback), Ok(()));
    assert!(server.publishes(QoS::AtMostOnce));
    assert_eq!(server.sent(), ["90 04 00 05 00 00", "30 05 00 01 61 00 78"]);
}

#[test]
fn v5_0_mqtt_4_9_0_1_the_quota_begins_at_the_peer_s_receive_maximum() {
    let mut client = Client::open(&CLIENT, "20 06 00 00 03 21 00 05");
    assert_eq!(client.connection().session().send_quota(), 5);
    for _ in 0..7 {
        assert!(client.publishes(QoS::AtLeastOnce));
    }
    assert_eq!(client.sent().len(), 5);
    let mut client = open_client();
    let quota = client.connection().session().send_quota();
    assert!((1..=u16::MAX).contains(&quota));

    let mut server = Server::open(LIMITS, &connect("21 00 05"));
    assert_eq!(server.connection().session().unwrap().send_quota(), 5);
    for _ in 0..7 {
        assert!(server.publishes(QoS::AtLeastOnce));
    }
    assert_eq!(server.sent().len(), 5);
    // On each connection anew: what is sent again is within it, too.
    server.ends(Cause::Lost);
    let session = server.closed().session.unwrap();
    let mut server = Server::new(LIMITS);
    server.receives(&connect("21 00 03").replace(" 05 02 ", " 05 00 "));
    let accepted = server.accepts_with(session, true, ConnAckProperties::default());
    assert_eq!(accepted, Ok(()));
    let again = ["01", "02", "03"].map(|id| format!("3a 07 00 01 61 00 {id} 00 78"));
    assert_eq!(
        server.sent()[..],
        [&["20 03 01 00 00".into()][..], &again].concat()
    );
}

#[test]
fn v5_0_mqtt_4_9_0_2_a_publish_takes_one_and_its_end_gives_one_back() {
    let mut client = Client::open(&CLIENT, CONNACK_1);
    for _ in 0..5 {
        assert!(client.publishes(QoS::AtLeastOnce));
    }
    assert_eq!(client.sent(), [QOS_1[0]]);
    client.receives("40 02 00 01");
    assert_eq!(client.sent(), [QOS_1[1]]);
    // What ends nothing gives nothing back.
    assert_eq!(client.receives("40 02 00 01"), ["unknown 1"]);
    assert_eq!(client.receives("70 02 00 01"), ["unknown 1"]);
    assert_eq!(client.sent(), NONE);
    assert_eq!(client.connection().session().send_quota(), 0);

    // A PUBREL that is sent again, and two PUBLISHes: the PUBCOMP frees one of two places.
    let keeps = ConnectProperties {
        session_expiry_interval: Some(100),
        ..ConnectProperties::default()
    };
    let mut client = Client::open(&self::client(&keeps), CONNACK_2);
    assert!(client.publishes(QoS::ExactlyOnce));
    assert_eq!(client.sent(), ["34 07 00 01 61 00 01 00 78"]);
    client.receives("50 02 00 01");
    client.ends(Cause::Lost);
    let connect = Connect {
        clean_start: false,
        ..self::client(&keeps)
    };
    let mut client = Client::with(client.closed().session, &connect);
    for _ in 0..4 {
        assert!(client.publishes(QoS::AtLeastOnce));
    }
    client.receives("20 06 01 00 03 21 00 02");
    let sent = client.sent();
    assert_eq!(sent[1], "62 02 00 01");
    let in_flight = sent.len() - 2;
    client.receives("70 02 00 01");
    // At no time are more than two PUBLISHes without an answer.
    assert_eq!(in_flight + client.sent().len(), 2);
}

#[test]
fn v5_0_mqtt_4_9_0_3_without_quota_all_else_is_processed() {
    let mut client = Client::open(&CLIENT, CONNACK_1);
    assert!(client.publishes(QoS::ExactlyOnce));
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(client.sent(), ["34 07 00 01 61 00 01 00 78"]);
    assert_eq!(client.connection().session().send_quota(), 0);
    assert_eq!(client.receives("32 06 00 01 61 00 01 00"), ["message a "]);
    client.acknowledges();
    assert_eq!(client.sent(), ["40 02 00 01"]);
    assert_eq!(client.receives("d0 00"), NONE);
    assert_eq!(client.receives("62 02 00 09"), NONE);
    assert_eq!(client.sent(), ["70 03 00 09 92"]);

    let mut server = Server::open(LIMITS, &connect("21 00 01"));
    assert!(server.publishes(QoS::ExactlyOnce));
    assert_eq!(server.sent(), ["34 07 00 01 61 00 01 00 78"]);
    assert_eq!(server.receives("32 06 00 01 61 00 01 00"), ["message a "]);
    server.acknowledges();
    server.receives("c0 00");
    server.receives("50 02 00 01");
    let sent = server.sent();
    assert_eq!(sent, ["d0 00", "62 02 00 01", "40 02 00 01"]);
    assert_eq!(
        server.receives("82 07 00 05 00 00 01 61 00"),
        ["SUBSCRIBE 5"]
    );
}
