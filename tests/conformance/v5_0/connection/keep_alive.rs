//! Sections 3.1.2.10 and 3.2.2.3.14: Keep Alive.

use puremqtt::{ConnAckProperties, Connect, QoS, Session};

use super::{CLIENT, CONNACK, LIMITS, new_server};
use crate::parties::{Client, NONE, OPEN, Server};

/// Keep Alive 10.
const CONNECT_10: &str = "10 0e 00 04 4d 51 54 54 05 02 00 0a 00 00 01 61";
/// Server Keep Alive 10, and 0.
const CONNACK_10: &str = "20 06 00 00 03 13 00 0a";
const CONNACK_0: &str = "20 06 00 00 03 13 00 00";

fn every(keep_alive: u16) -> Connect<'static> {
    Connect {
        keep_alive,
        ..CLIENT
    }
}

#[test]
fn v5_0_mqtt_3_1_2_20_a_client_that_sends_nothing_else_sends_pingreq() {
    let mut client = Client::open(&every(10), CONNACK);
    client.at(9_999);
    assert_eq!(client.sent(), NONE);
    client.at(10_000);
    assert_eq!(client.sent(), ["c0 00"]);
    // Whatever is sent moves the deadline.
    let mut client = Client::open(&every(10), CONNACK);
    client.at(6_000);
    assert!(client.publishes(QoS::AtMostOnce));
    assert_eq!(client.sent(), ["30 05 00 01 61 00 78"]);
    client.at(15_999);
    assert_eq!(client.sent(), NONE);
    client.at(16_000);
    assert_eq!(client.sent(), ["c0 00"]);
    // With 0 it never has to.
    let mut client = Client::open(&every(0), CONNACK);
    client.at(u64::from(u32::MAX));
    assert_eq!(client.sent(), NONE);
    assert_eq!(client.farewell(), OPEN);
}

#[test]
fn v5_0_mqtt_3_1_2_21_a_client_keeps_to_the_server_s_keep_alive() {
    let mut client = Client::open(&every(60), CONNACK_10);
    client.at(9_999);
    assert_eq!(client.sent(), NONE);
    client.at(10_000);
    assert_eq!(client.sent(), ["c0 00"]);
}

#[test]
fn v5_0_mqtt_3_1_2_22_after_one_and_a_half_keep_alives_a_server_closes() {
    let mut server = Server::open(LIMITS, CONNECT_10);
    server.at(14_999);
    assert_eq!(server.farewell(), OPEN);
    server.at(15_000);
    assert_eq!(server.farewell(), Some("e0 01 8d"));
    assert_eq!(server.broken(), Some("5.0/MQTT-3.1.2-22"));

    let mut server = Server::open(LIMITS, CONNECT_10);
    server.at(14_000);
    server.receives("c0 00");
    server.at(28_999);
    assert_eq!(server.farewell(), OPEN);
    server.at(29_000);
    assert_eq!(server.farewell(), Some("e0 01 8d"));

    // Server Keep Alive holds in place of it, and 0 is for ever.
    for (keep_alive, connack, end) in [
        (4, "20 06 00 00 03 13 00 04", 6_000),
        (60, "20 06 00 00 03 13 00 3c", 90_000),
        (0, CONNACK_0, u64::MAX),
    ] {
        let mut server = new_server();
        server.receives(CONNECT_10);
        let properties = ConnAckProperties {
            server_keep_alive: Some(keep_alive),
            ..ConnAckProperties::default()
        };
        let accepted = server.accepts_with(Session::new(), false, properties);
        assert_eq!(accepted, Ok(()));
        assert_eq!(server.sent(), [connack]);
        server.at(end - 1);
        assert_eq!(server.farewell(), OPEN);
        server.at(end);
        let farewell = Some("e0 01 8d").filter(|_| keep_alive > 0);
        assert_eq!(server.farewell(), farewell);
    }
}

#[test]
fn v5_0_mqtt_3_2_2_21_a_server_keep_alive_replaces_the_client_s() {
    // Shorter, longer, where there was none, and none where there was one.
    for (asked, connack, first_ping) in [
        (60, CONNACK_10, Some(10_000)),
        (5, CONNACK_10, Some(10_000)),
        (0, CONNACK_10, Some(10_000)),
        (10, CONNACK_0, None),
    ] {
        let mut client = Client::open(&every(asked), connack);
        client.at(first_ping.unwrap_or(u64::MAX) - 1);
        assert_eq!(client.sent(), NONE);
        if let Some(time) = first_ping {
            client.at(time);
            assert_eq!(client.sent(), ["c0 00"]);
        }
    }
}

#[test]
fn v5_0_mqtt_3_2_2_22_without_a_server_keep_alive_the_client_s_holds() {
    let mut server = new_server();
    server.receives(CONNECT_10);
    server.accepts();
    assert_eq!(server.sent(), [CONNACK]);
    server.at(14_999);
    assert_eq!(server.farewell(), OPEN);
    server.at(15_000);
    assert_eq!(server.farewell(), Some("e0 01 8d"));
}
