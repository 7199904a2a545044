//! A flood is handled in turns, between which others have theirs.

use std::time::Duration;

use puremqtt::Rope;
use puremqtt_examples::broker::core::{Broker, LinkNo, Port};

use crate::opening::A_V3;
use crate::wire::bytes;
use crate::world::plain;

const NOW: Duration = Duration::ZERO;
const PING: &[u8] = b"\xc0\x00";

fn broker() -> Broker {
    Broker::new(plain(), None, None, NOW)
}

/// A client with this letter for its name, which has said this after its CONNECT.
fn client(broker: &mut Broker, name: u8, said: &[u8]) -> (LinkNo, Port) {
    let (no, mut port) = (broker.connected("peer", NOW), Port::new());
    let mut connect = bytes(A_V3);
    connect.pop();
    connect.push(name);
    port.input.extend_from_slice(&connect);
    assert!(!broker.receive(no, &mut port, NOW));
    port.output = Rope::new();
    port.input.extend_from_slice(said);
    (no, port)
}

/// One of those that get their names from the broker.
fn nameless(broker: &mut Broker, said: &[u8]) -> (LinkNo, Port) {
    let (no, mut port) = (broker.connected("peer", NOW), Port::new());
    let connect = bytes("10 0c 00 04 4d 51 54 54 04 02 00 00 00 00");
    port.input.extend_from_slice(&connect);
    assert!(!broker.receive(no, &mut port, NOW));
    port.input.extend_from_slice(said);
    (no, port)
}

#[test]
fn links_with_much_to_say_share_a_round() {
    let mut broker = broker();
    let flood = PING.repeat(20_000);
    let (a, mut at_a) = client(&mut broker, b'a', &flood);
    let (b, mut at_b) = client(&mut broker, b'b', &flood);
    // As nobody else is known to have much: a whole round.
    assert!(broker.receive(a, &mut at_a, NOW));
    assert_eq!(at_a.output.len() / 2, 8_192);
    assert!(broker.receive(b, &mut at_b, NOW));
    at_a.output = Rope::new();
    assert!(broker.receive(a, &mut at_a, NOW));
    assert_eq!(at_a.output.len() / 2, 4_096);
    // With the other one gone, all of it again.
    broker.lost(b, NOW);
    at_a.output = Rope::new();
    assert!(!broker.receive(a, &mut at_a, NOW));
    assert_eq!(at_a.output.len() / 2, 20_000 - 8_192 - 4_096);
    assert!(at_a.input.is_empty());
}

#[test]
fn a_message_for_many_counts_for_each_of_them() {
    let mut broker = broker();
    let mut subscribers = Vec::new();
    for name in b'0'..b'0' + 49 {
        // To "t".
        let subscribe = bytes("82 06 00 01 00 01 74 00");
        let (no, mut port) = client(&mut broker, name, &subscribe);
        assert!(!broker.receive(no, &mut port, NOW));
        subscribers.push((no, port));
    }
    let publish = bytes("30 04 00 01 74 78");
    let (a, mut at_a) = client(&mut broker, b'z', &publish.repeat(400));
    let left = |port: &Port| port.input.len() / publish.len();
    // A packet and 49 copies are 50, so that 164 fill a round of 8,192, with 8 too much.
    assert!(broker.receive(a, &mut at_a, NOW));
    assert_eq!(left(&at_a), 400 - 164);
    // A little debt changes little: 163 are too few for 8,184.
    assert!(broker.receive(a, &mut at_a, NOW));
    assert_eq!(left(&at_a), 400 - 164 - 164);
    assert!(!broker.receive(a, &mut at_a, NOW));
    assert_eq!(left(&at_a), 0);
}

#[test]
fn who_has_taken_more_than_a_turn_waits_for_as_long() {
    let mut broker = broker();
    for name in b'0'..b'0' + 49 {
        let subscribe = bytes("82 06 00 01 00 01 74 00");
        let (no, mut port) = client(&mut broker, name, &subscribe);
        assert!(!broker.receive(no, &mut port, NOW));
    }
    // 1,000 others have much to say, so that a turn is the least there is, 16.
    let flood = PING.repeat(9_000);
    for _ in 0..1_000 {
        let (no, mut port) = nameless(&mut broker, &flood);
        assert!(broker.receive(no, &mut port, NOW));
    }
    let publish = bytes("30 04 00 01 74 78");
    let (a, mut at_a) = client(&mut broker, b'z', &publish.repeat(3));
    let mut left = || {
        assert!(broker.receive(a, &mut at_a, NOW));
        at_a.input.len() / publish.len()
    };
    // 50 for the first one, in place of 16: the next two turns pay for 32 of the 34 too many, the
    // one after that has 14 left, and so on.
    assert_eq!([left(), left(), left(), left()], [2, 2, 2, 1]);
}
