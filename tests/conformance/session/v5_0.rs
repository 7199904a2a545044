//! MQTT 5.

use std::num::NonZeroU16;

use puremqtt::{
    Agreed, Cause, Connect, Decoder, Dropped, Encoder, Limits, QoS, ReasonCode, Resumption,
    TopicFilter,
};

use super::*;
use crate::parties::{Client, Server};

const CONNECT: &str = "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61";
const CONNACK: &str = "20 03 00 00 00";

fn server() -> Server {
    Server::open(Limits::default(), CONNECT)
}

#[test]
fn v5_0_mqtt_2_2_1_3_a_clients_new_identifier_is_none_in_use() {
    identifiers_are_never_in_use(V5);
    let zero = hex("82 07 00 00 00 00 01 61 00");
    assert!(Decoder::server().decode(&zero).is_err());
    assert!(Decoder::new(V5).decode(&zero).is_err());
}

#[test]
fn v5_0_mqtt_2_2_1_4_a_servers_new_identifier_is_none_in_use() {
    let mut party = Party::new(V5);
    assert_eq!(
        party.publish(QoS::AtLeastOnce),
        ["32 07 00 01 61 00 01 00 78"]
    );
    assert_eq!(
        party.publish(QoS::ExactlyOnce),
        ["34 07 00 01 61 00 02 00 78"]
    );
    assert_eq!(
        party.publish(QoS::ExactlyOnce),
        ["34 07 00 01 61 00 03 00 78"]
    );
    assert_eq!(party.completes("40 02 00 01"), 0);
    assert_eq!(party.completes("50 03 00 02 87"), 0x87);
    assert_eq!(party.in_flight(), [3]);
    party.replies("50 02 00 03");
    assert_eq!(party.completes("70 02 00 03"), 0);
    assert!(party.session.is_empty());
}

#[test]
fn v5_0_mqtt_2_2_1_5_answers_bear_the_identifier_of_the_publish() {
    let mut party = Party::new(V5);
    assert_eq!(party.handles("32 06 00 01 61 00 0a 00"), ["40 02 00 0a"]);
    assert_eq!(party.handles("34 06 00 01 61 00 0b 00"), ["50 02 00 0b"]);
    assert_eq!(party.replies("62 02 00 0b"), "70 02 00 0b");
}

#[test]
fn v5_0_mqtt_2_2_1_6_suback_and_unsuback_bear_the_identifier_of_the_request() {
    let mut server = server();
    assert_eq!(
        server.receives("82 07 00 10 00 00 01 61 01 a2 06 00 11 00 00 01 61"),
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
    assert_eq!(suback, "90 04 00 10 00 01");
    let unsuback = answer(&mut server, Request::Unsubscribe, 0x11, ReasonCode::SUCCESS);
    assert_eq!(unsuback, "b0 04 00 11 00 00");
    // What nobody asked for is reported and changes nothing.
    let mut party = Party::new(V5);
    assert!(party.is_unknown("90 04 00 10 00 01"));
    assert!(party.is_unknown("b0 04 00 11 00 00"));
}

#[test]
fn v5_0_mqtt_3_1_2_23_a_session_that_expires_later_is_kept_after_the_connection() {
    let with =
        |expiry: &str| format!("10 13 00 04 4d 51 54 54 05 02 00 00 05 11 {expiry} 00 01 61");
    for (connect, disconnect, seconds) in [
        (with("00 00 00 3c"), "", 60),
        (with("ff ff ff ff"), "", u32::MAX),
        (with("00 00 00 00"), "", 0),
        (CONNECT.to_owned(), "", 0),
        (with("00 00 00 3c"), "e0 07 00 05 11 00 00 00 05", 5),
        (with("00 00 00 3c"), "e0 07 00 05 11 00 00 00 00", 0),
    ] {
        let mut server = Server::open(Limits::default(), &connect);
        assert!(server.publishes(QoS::ExactlyOnce));
        server.receives("34 06 00 01 61 00 07 00");
        server.acknowledges();
        assert_eq!(server.sent(), ["50 02 00 07", "34 07 00 01 61 00 01 00 78"]);
        server.receives(disconnect);
        server.ends(Cause::Lost);
        let closed = server.closed();
        // How long is for the caller to count; what is kept is all of it.
        assert_eq!(closed.session_expiry_interval, seconds, "{connect}");
        let mut session = closed.session.unwrap();
        session.expire(Duration::MAX);
        assert_eq!(session.in_flight(), 1);
        assert_eq!(session.received().collect::<Vec<_>>(), [id(7)]);
    }
    // A client keeps its part, and knows for how long the server does.
    let connect = Connect {
        client_id: "a",
        keep_alive: 0,
        ..Connect::default()
    };
    let mut client = Client::open(&connect, "20 08 00 00 05 11 00 00 00 3c");
    assert_eq!(client.connection().session_expiry_interval(), 60);
    assert!(client.publishes(QoS::ExactlyOnce));
    assert_eq!(client.sent().len(), 1);
    client.ends(Cause::Lost);
    assert_eq!(client.closed().session.in_flight(), 1);
}

#[test]
fn v5_0_mqtt_3_1_2_25_a_message_too_large_for_the_client_counts_as_sent() {
    let mut party = Party::new(V5);
    let agreed = Agreed {
        send_maximum: 1,
        ..Agreed::new(V5)
    };
    party.session.connected(agreed);
    party.encoder = Encoder::new(V5).with_max_packet_size(20);
    party.queue(QoS::AtLeastOnce, b"a message of more than twenty bytes");
    party.queue(QoS::AtLeastOnce, b"x");
    let mut wire = Vec::new();
    let next = party.session.transmit(party.now).unwrap();
    assert!(party.encoder.encode(next.packet(), &mut wire).is_err());
    assert!(wire.is_empty());
    assert!(next.discard().is_some());
    // Neither identifier nor quota is spent.
    assert_eq!(party.session.send_quota(), 1);
    assert_eq!(party.sent(), ["32 07 00 01 61 00 01 00 78"]);
}

#[test]
fn v5_0_mqtt_3_2_2_5_a_client_drops_what_the_server_has_lost() {
    let mut party = Party::new(V5);
    party.publish(QoS::AtLeastOnce);
    party.handles("34 06 00 01 61 00 07 00");
    party.session.disconnected();
    let resumed = party.session.connack(Agreed::new(V5), false);
    assert_eq!(resumed, Ok(Resumption::Lost));
    assert_eq!(party.sent(), NONE);
    assert_eq!(party.in_flight(), [0; 0]);
    assert_eq!(party.session.received().count(), 0);
    let (message, why) = party.session.dropped().unwrap();
    assert_eq!((message.payload(), why), (&b"x"[..], Dropped::SessionLost));
    assert!(party.session.dropped().is_none());
}

#[test]
fn v5_0_mqtt_3_3_1_1_a_re_delivery_has_dup() {
    let mut party = Party::new(V5);
    party.queue(QoS::AtLeastOnce, b"");
    assert_eq!(party.sent(), ["32 06 00 01 61 00 01 00"]);
    party.reconnect();
    assert_eq!(party.sent(), ["3a 06 00 01 61 00 01 00"]);
}

#[test]
fn v5_0_mqtt_3_3_4_1_a_publish_is_answered_by_its_qos() {
    let mut party = Party::new(V5);
    assert_eq!(party.handles("30 04 00 01 61 00"), NONE);
    assert_eq!(party.handles("32 06 00 01 61 00 01 00"), ["40 02 00 01"]);
    assert_eq!(party.handles("34 06 00 01 61 00 01 00"), ["50 02 00 01"]);
}

#[test]
fn v5_0_mqtt_3_8_4_2_suback_has_the_identifier_of_its_subscribe() {
    let mut server = server();
    assert_eq!(
        server.receives("82 07 00 01 00 00 01 61 00 82 07 00 02 00 00 01 62 01"),
        ["SUBSCRIBE 1", "SUBSCRIBE 2"]
    );
    // In whatever order they are answered, and once.
    for (packet_id, code, suback) in [
        (2, ReasonCode::GRANTED_QOS_1, "90 04 00 02 00 01"),
        (1, ReasonCode::NOT_AUTHORIZED, "90 04 00 01 00 87"),
    ] {
        let said = answer(&mut server, Request::Subscribe, packet_id, code);
        assert_eq!(said, suback);
        has_no_answer(&mut server, Request::Subscribe, packet_id);
    }
    // A client knows by it which of its requests is answered.
    let connect = Connect {
        client_id: "a",
        keep_alive: 0,
        ..Connect::default()
    };
    let mut client = Client::open(&connect, CONNACK);
    for filter in [TopicFilter::literal("a"), TopicFilter::literal("b")] {
        assert_eq!(client.subscribes(filter), Ok(()));
    }
    assert_eq!(client.sent().len(), 2);
    assert_eq!(
        client.receives("90 04 00 02 00 00 90 04 00 01 00 00 90 04 00 09 00 00"),
        ["subscribed 2", "subscribed 1", "unknown 9"]
    );
}

#[test]
fn v5_0_mqtt_3_10_4_3_what_is_in_flight_is_completed_after_an_unsubscribe() {
    let mut server = server();
    assert!(server.publishes(QoS::ExactlyOnce));
    assert!(server.publishes(QoS::AtLeastOnce));
    assert_eq!(
        server.sent(),
        ["34 07 00 01 61 00 01 00 78", "32 07 00 01 61 00 02 00 78"]
    );
    assert_eq!(
        server.receives("a2 06 00 07 00 00 01 61"),
        ["UNSUBSCRIBE 7"]
    );
    let unsuback = answer(&mut server, Request::Unsubscribe, 7, ReasonCode::SUCCESS);
    assert_eq!(unsuback, "b0 04 00 07 00 00");
    assert_eq!(server.receives("50 02 00 01"), ["released 1"]);
    assert_eq!(server.sent(), ["62 02 00 01"]);
    let ends = server.receives("70 02 00 01 40 02 00 02");
    assert_eq!(ends, ["published 1 00", "published 2 00"]);
}

#[test]
fn v5_0_mqtt_4_1_0_1_no_state_is_dropped_while_connected() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.handles("34 06 00 01 61 00 07 00");
    let before = party.session.clone();
    party.now = Duration::from_secs(1 << 40);
    assert_eq!(party.sent(), NONE);
    party.session.expire(party.now);
    assert_eq!(party.session, before);
}

/// Of the connection's statements, those that a session keeps: no more than
/// the peer takes, and nothing but PUBLISHes of QoS 1 and 2 is held back.
#[test]
fn v5_0_mqtt_3_3_4_7_the_receive_maximum_holds_back_publishes_alone() {
    let mut party = Party::with(Session::new().with_max_in_flight(NonZeroU16::MAX), V5);
    party.session.connected(Agreed {
        send_maximum: 2,
        ..Agreed::new(V5)
    });
    party.queue(QoS::AtLeastOnce, b"");
    party.queue(QoS::ExactlyOnce, b"");
    party.queue(QoS::AtLeastOnce, b"");
    party.queue(QoS::AtMostOnce, b"");
    let both = ["32 06 00 01 61 00 01 00", "34 06 00 01 61 00 02 00"];
    let sent = party.sent();
    assert_eq!(sent[..2], both);
    assert_eq!(sent[2..], ["30 04 00 01 61 00"]);
    assert_eq!(party.request(Request::Subscribe), 3);
    assert_eq!(party.replies("50 02 00 02"), "62 02 00 02");
    assert_eq!(party.sent(), NONE);
    party.completes("40 02 00 01");
    assert_eq!(party.sent(), ["32 06 00 01 61 00 04 00"]);
    party.completes("70 02 00 02");
    assert_eq!(party.session.send_quota(), 1);
}
