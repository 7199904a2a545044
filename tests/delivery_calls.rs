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
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use puremqtt::delivery::{Entry, Exchange, Mark, Marks, Receiver, Sender, Slot};
use puremqtt::{
    Agreed, Delivery, Message, Packet, PacketId, ProtocolErrorKind, Publish, QoS, ReasonCode,
    Session, Terms, TopicName, Version,
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
fn an_identifier_that_is_not_in_use_has_no_entry() {
    let mut sender = busy(&[1]);
    assert_eq!(sender.entry(id(1)).unwrap().message, Some(&1));
    // Free; never given out; it would have the place of 1.
    assert_eq!([2, 4, 5].map(|number| sender.entry(id(number))), [None; 3]);
    let ended = sender.forget(id(1)).unwrap();
    assert_eq!(ended.message, Some(1));
    assert_eq!(sender.entry(id(1)), None);
    assert_eq!(sender.forget(id(1)), None);
}

#[test]
fn of_storage_for_more_identifiers_than_there_are_no_more_is_used() {
    fn all_come_in_and_are_released<S: Marks>(marks: S) {
        let mut receiver = Receiver::new(marks);
        receiver.connected(Version::V5, u16::MAX);
        for number in 1..=u16::MAX {
            assert!(receiver.receive(&publish(id(number))).unwrap().is_new);
        }
        for number in 1..=u16::MAX {
            let again = receiver.receive(&publish(id(number))).unwrap();
            assert!(!again.is_new && receiver.is_in_use(id(number)));
            let answered = receiver.receive_pubrel(id(number)).unwrap().reply;
            assert_eq!(answered.unwrap().reason(), ReasonCode::SUCCESS);
        }
        assert!(receiver.is_empty());
    }
    let mut marks = vec![Mark::EMPTY; 70_000];
    all_come_in_and_are_released(&mut marks[..]);
    all_come_in_and_are_released(marks);
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
    let hash = |numbers| {
        let mut hasher = DefaultHasher::new();
        with(numbers).hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(&[1, 2]), hash(&[1, 2]));
    assert_ne!(hash(&[1, 2]), hash(&[1, 3]));
    assert_ne!(hash(&[1, 2]), hash(&[1]));
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
fn a_receipt_of_qos_1_ends_with_its_connection() {
    let mut receiver = receiver();
    let delivery = Delivery::AtLeastOnce {
        packet_id: id(7),
        dup: false,
    };
    let receipt = receiver.receive_publish(delivery).unwrap().receipt.unwrap();
    receiver.disconnected();
    assert!(!receiver.is_open(&receipt) && !receiver.is_in_use(id(7)));
    assert!(!receiver.acknowledge(receipt));
}

/// A PUBLISH of QoS 2 with this identifier: 3.3.4 lets a peer have no more of them unfinished
/// than the Receive Maximum.
fn takes(receiver: &mut Receiver<Vec<Mark>>, number: u16) -> bool {
    match receiver.receive(&publish(id(number))) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ProtocolErrorKind::ReceiveMaximumExceeded);
            false
        }
    }
}

/// Took 1 and 2 on an earlier connection; of this one it takes two.
fn resumed() -> Receiver<Vec<Mark>> {
    let mut receiver = Receiver::new(Vec::new());
    receiver.connected(Version::V5, 2);
    for number in [1, 2] {
        let receipt = receiver.receive(&publish(id(number))).unwrap().receipt;
        assert!(receiver.acknowledge(receipt.unwrap()));
        receiver.transmit().unwrap().sent();
    }
    receiver.connected(Version::V5, 2);
    receiver
}

#[test]
fn what_is_left_of_an_earlier_connection_takes_no_room_on_this_one() {
    let mut receiver = resumed();
    assert!(takes(&mut receiver, 3) && takes(&mut receiver, 4));
    assert!(!takes(&mut receiver, 5));
}

#[test]
fn what_is_left_of_an_earlier_connection_counts_once_it_is_repeated() {
    let mut receiver = resumed();
    assert!(takes(&mut receiver, 1) && takes(&mut receiver, 1));
    assert!(takes(&mut receiver, 3));
    assert!(!takes(&mut receiver, 4));
    // What is open is repeated as well.
    let mut receiver = Receiver::new(Vec::new());
    receiver.connected(Version::V5, 1);
    assert!(takes(&mut receiver, 1));
    receiver.connected(Version::V5, 1);
    assert!(takes(&mut receiver, 1));
    assert!(!takes(&mut receiver, 2));
}

#[test]
fn what_is_left_of_an_earlier_connection_is_gone_with_its_pubrel() {
    let mut receiver = resumed();
    for number in [1, 2] {
        assert!(receiver.receive_pubrel(id(number)).is_ok());
    }
    assert!(takes(&mut receiver, 3) && takes(&mut receiver, 4));
    assert!(!takes(&mut receiver, 5));
}

#[test]
fn what_is_restored_takes_no_room_either() {
    let mut receiver = Receiver::new(Vec::new());
    assert!((1..=3).all(|number| receiver.restore(id(number))));
    receiver.connected(Version::V5, 1);
    assert!(takes(&mut receiver, 4));
    assert!(!takes(&mut receiver, 5));
    // On a connection too.
    let mut receiver = Receiver::new(Vec::new());
    receiver.connected(Version::V5, 1);
    assert!(receiver.restore(id(1)));
    assert!(takes(&mut receiver, 2));
    assert!(!takes(&mut receiver, 3));
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
