//! Time.

use std::time::Duration;

use puremqtt::{Connect, Due, KeepAlive, Limits, QoS};

use super::{START, V3_1_1, V5, client, connack};
use crate::parties::{Client, NONE, OPEN, SILENCE, Server};

#[test]
fn row_52_a_clock_that_jumps() {
    let moments = [
        0,
        1,
        9_999,
        10_000,
        15_000,
        u64::MAX / 2,
        u64::MAX - 1,
        u64::MAX,
    ];
    for now in moments {
        for then in moments {
            let connect = Connect {
                keep_alive: 10,
                ..client(V3_1_1)
            };
            let mut client = Client::open(&connect, connack(V3_1_1));
            client.at(now);
            client.at(then);
            // Backwards nothing is due, however far.
            if now <= 9_999 && then <= now {
                assert_eq!((client.sent(), client.farewell()), (vec![], OPEN));
            }
            let keep_alive = "10 0d 00 04 4d 51 54 54 04 02 00 0a 00 01 61";
            let mut server = Server::open(Limits::default(), keep_alive);
            server.at(now);
            let is_over = now >= 15_000;
            assert_eq!(server.farewell().is_some(), is_over, "{now}");
            if !is_over {
                server.receives("c0 00");
                server.at(then);
                let is_over = then >= now + 15_000;
                assert_eq!(server.farewell().is_some(), is_over, "{now} {then}");
            }
        }
    }
    for now in [START, Duration::MAX] {
        let mut keep_alive = KeepAlive::client(u16::MAX, now);
        assert_eq!(
            keep_alive.deadline(),
            Some(now.saturating_add(Duration::from_secs(65_535)))
        );
        let _ = keep_alive.poll(Duration::MAX);
        let _ = keep_alive.poll(START);
        let mut keep_alive = KeepAlive::server(u16::MAX, now);
        assert_eq!(keep_alive.poll(Duration::MAX), Some(Due::Timeout));
        keep_alive.received(START);
        assert_eq!(keep_alive.poll(START), None);
    }
}

#[test]
fn row_52_what_comes_between_pingreq_and_pingresp() {
    let connect = Connect {
        keep_alive: 10,
        ..client(V5)
    };
    // Without an answer the server is gone, for which a client says 0x80.
    let mut client = Client::open(&connect, connack(V5));
    client.at(10_000);
    assert_eq!(client.sent(), ["c0 00"]);
    client.at(19_999);
    assert_eq!(client.farewell(), OPEN);
    client.at(20_000);
    assert_eq!(client.farewell(), Some("e0 01 80"));
    // A message is a sign of life, as good as a PINGRESP.
    for answer in ["d0 00", "30 05 00 01 61 00 78"] {
        let mut client = Client::open(&connect, connack(V5));
        client.at(10_000);
        assert_eq!(client.sent(), ["c0 00"]);
        client.receives(answer);
        client.at(19_999);
        assert_eq!(client.sent(), NONE);
        client.at(20_000);
        assert_eq!(
            (client.sent(), client.farewell()),
            (vec!["c0 00".into()], OPEN)
        );
    }
    // One that keeps sending has nothing to ask, and nobody to miss.
    let mut client = Client::open(&connect, connack(V5));
    for second in 1..100 {
        client.at(second * 9_000);
        assert!(client.publishes(QoS::AtMostOnce));
        assert_eq!(client.sent(), ["30 05 00 01 61 00 78"]);
    }
    // An answer that nobody asked for is no matter.
    assert_eq!(client.receives("d0 00 d0 00"), NONE);
    assert_eq!(client.farewell(), OPEN);
}

#[test]
fn row_52_one_and_a_half_of_an_odd_number() {
    for (keep_alive, milliseconds) in [("00 01", 1_500), ("00 03", 4_500), ("00 05", 7_500)] {
        let connect = format!("10 0d 00 04 4d 51 54 54 04 02 {keep_alive} 00 01 61");
        let mut server = Server::open(Limits::default(), &connect);
        server.at(milliseconds - 1);
        assert_eq!(server.farewell(), OPEN);
        server.at(milliseconds);
        assert_eq!(server.farewell(), SILENCE);
    }
}
