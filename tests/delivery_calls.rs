//! What can be asked of a sender, a receiver and a session besides packets.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::collections::HashSet;
use std::time::Duration;

use puremqtt::delivery::{Entry, Exchange, Mark, Receiver, Sender, Slot};
use puremqtt::{
    Agreed, Delivery, Message, Packet, PacketId, Publish, QoS, Session, Terms, TopicName, Version,
};

const NOW: Duration = Duration::ZERO;

fn id(number: u16) -> PacketId {
    PacketId::new(number).unwrap()
}

fn sender() -> Sender<u8, [Slot<u8>; 4]> {
    Sender::new([Slot::EMPTY; 4])
}

/// Has sent these messages of QoS 2.
fn busy(messages: &[u8]) -> Sender<u8, [Slot<u8>; 4]> {
    let mut sender = sender();
    sender.connected(Version::V5, u16::MAX);
    for &message in messages {
        assert_eq!(sender.publish(message, QoS::ExactlyOnce), Ok(()));
        sender.transmit().unwrap().sent();
    }
    sender
}

fn receiver() -> Receiver<[Mark; 4]> {
    let mut receiver = Receiver::new([Mark::EMPTY; 4]);
    receiver.connected(Version::V5, u16::MAX);
    receiver
}

fn publish(packet_id: PacketId) -> Packet<'static> {
    let delivery = Delivery::ExactlyOnce {
        packet_id,
        dup: false,
    };
    let publish = Publish::new(TopicName::literal("a"), b"x");
    Publish {
        delivery,
        ..publish
    }
    .into()
}

#[test]
fn a_sender_knows_whether_it_is_connected() {
    let mut sender = sender();
    assert!(!sender.is_connected());
    sender.connected(Version::V5, u16::MAX);
    assert!(sender.is_connected());
    sender.disconnected();
    assert!(!sender.is_connected());
}

#[test]
fn to_clear_a_sender_ends_its_exchanges_even_if_nobody_looks() {
    let mut looked_at = busy(&[1, 2, 3]);
    looked_at.disconnected();
    let ended: Vec<_> = looked_at.clear().map(|entry| entry.message).collect();
    assert_eq!(ended, [Some(1), Some(2), Some(3)]);
    assert_eq!(looked_at.entries().count(), 0);

    let mut begun = busy(&[1, 2, 3]);
    begun.disconnected();
    assert_eq!(begun.clear().next().unwrap().message, Some(1));
    assert_eq!(begun.in_flight(), 0);

    let mut ignored = busy(&[1, 2, 3]);
    ignored.disconnected();
    drop(ignored.clear());
    assert_eq!((ignored.in_flight(), ignored.entries().count()), (0, 0));
}

#[test]
fn to_clear_a_sender_leaves_what_was_never_sent() {
    let mut sender = busy(&[1]);
    assert_eq!(sender.publish(2, QoS::AtLeastOnce), Ok(()));
    sender.disconnected();
    assert_eq!(sender.clear().count(), 1);
    assert_eq!(sender.in_flight(), 1);
}

#[test]
fn an_exchange_is_restored_before_anything_else_happens() {
    let entry = |number| Entry {
        packet_id: id(number),
        exchange: Exchange::AtLeastOnce,
        message: Some(7),
    };
    let mut sender = sender();
    assert_eq!(sender.restore(entry(1)), Ok(()));
    // The identifier is in use; the message is missing.
    assert_eq!(sender.restore(entry(1)), Err(entry(1)));
    let lost = Entry {
        message: None,
        ..entry(2)
    };
    assert_eq!(sender.restore(lost), Err(lost));
    assert_eq!(sender.restore(entry(2)), Ok(()));
    assert_eq!(sender.in_flight(), 2);
    // A message that was never sent waits already.
    let mut waiting = self::sender();
    assert_eq!(waiting.publish(8, QoS::AtLeastOnce), Ok(()));
    assert_eq!(waiting.restore(entry(3)), Err(entry(3)));
    // There is a connection.
    let mut connected = self::sender();
    connected.connected(Version::V5, u16::MAX);
    assert_eq!(connected.restore(entry(3)), Err(entry(3)));
    // No place is left.
    let mut full = self::sender();
    let restored = (1..=9).filter(|&number| full.restore(entry(number)).is_ok());
    assert_eq!(restored.count(), usize::from(full.in_flight()));
    assert!(full.in_flight() < 9);
}

#[test]
fn a_receiver_is_empty_until_an_identifier_comes_in() {
    let mut receiver = receiver();
    assert!(receiver.is_empty() && !receiver.is_in_use(id(7)));
    assert!(receiver.receive(&publish(id(7))).is_ok());
    assert!(!receiver.is_empty() && receiver.is_in_use(id(7)));
    receiver.clear();
    assert!(receiver.is_empty() && !receiver.is_in_use(id(7)));
}

#[test]
fn receivers_are_equal_when_the_same_identifiers_came_in() {
    let with = |numbers: &[u16]| {
        let mut receiver = receiver();
        for &number in numbers {
            assert!(receiver.receive(&publish(id(number))).is_ok());
        }
        receiver
    };
    assert_eq!(with(&[1, 2]), with(&[1, 2]));
    assert_ne!(with(&[1, 2]), with(&[1, 3]));
    assert_ne!(with(&[1, 2]), with(&[1]));
    assert_ne!(with(&[]), with(&[1]));
    let all = [with(&[]), with(&[1]), with(&[2]), with(&[1, 2]), with(&[1])];
    assert_eq!(HashSet::from(all).len(), 4);
}

#[test]
fn a_receipt_is_of_its_connection() {
    let mut receiver = receiver();
    let receipt = receiver.receive(&publish(id(7))).unwrap().receipt.unwrap();
    assert!(receiver.is_open(&receipt));
    receiver.disconnected();
    receiver.connected(Version::V5, u16::MAX);
    // The PUBLISH comes again, with a receipt of its own.
    let again = receiver.receive(&publish(id(7))).unwrap().receipt;
    assert!(receiver.acknowledge(again.unwrap_or(receipt)));
    let answer = receiver.transmit().unwrap().reply();
    assert_eq!(Packet::from(answer).to_string(), "PUBREC (m7)");
}

#[test]
fn a_session_counts_what_waits_and_is_empty_without_any_of_it() {
    let message = Message::new(TopicName::literal("a"), b"x");
    let terms = |qos| Terms {
        size: 10,
        ..message.terms(qos, NOW)
    };
    let new = Session::<Message>::new;
    assert!(new().is_empty());
    let mut waiting = new();
    for count in 1..=3 {
        let taken = waiting.publish(message.clone(), terms(QoS::AtLeastOnce), NOW);
        assert!(taken.is_ok() && !waiting.is_empty());
        assert_eq!(
            (waiting.pending(), waiting.pending_bytes()),
            (count, 10 * count)
        );
    }
    // What is in flight, on either side.
    let mut sending = new();
    sending.connected(Agreed::new(Version::V5));
    assert!(
        sending
            .publish(message.clone(), terms(QoS::ExactlyOnce), NOW)
            .is_ok()
    );
    sending.transmit(NOW).unwrap().sent();
    assert_eq!((sending.pending(), sending.pending_bytes()), (0, 0));
    assert!(!sending.is_empty());
    let mut receiving = new();
    receiving.connected(Agreed::new(Version::V5));
    assert!(receiving.receive(&publish(id(7))).is_ok());
    assert!(!receiving.is_empty());
}
