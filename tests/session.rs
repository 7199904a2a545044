//! The delivery halves and the session where no table and no numbered row
//! shows them: storage, requests, giving up, receipts, Session Present.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::time::Duration;

use puremqtt::delivery::{Entry, Exchange, Mark, Receiver, Request, Sender, Slot, Slots};
use puremqtt::{
    Ack, Agreed, Delivery, Dropped, EncodeError, Encoder, Incoming, List, Message, Outgoing,
    Packet, PacketId, Publish, PublishProperties, QoS, QueueLimits, ReasonCode, Receipt,
    Resumption, Session, SubAck, Terms, TopicName, Version, WhenFull,
};

const T: TopicName = TopicName::literal("t");
const NOW: Duration = Duration::ZERO;

fn id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

fn publish(qos: QoS, packet_id: u16) -> Packet<'static> {
    let packet_id = id(packet_id);
    let delivery = match qos {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce {
            packet_id,
            dup: false,
        },
        QoS::ExactlyOnce => Delivery::ExactlyOnce {
            packet_id,
            dup: false,
        },
    };
    Packet::Publish(Publish {
        delivery,
        ..Publish::new(T, b"x")
    })
}

fn terms(qos: QoS) -> Terms {
    Terms {
        qos,
        ..Terms::default()
    }
}

// --- what is due, encoded ---

/// Each that is due, by `encode`; beside it by its packet.
fn encoded(session: &mut Session<Message>, version: Version) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(version);
    let mut all = Vec::new();
    while let Some(next) = session.transmit(NOW) {
        let (mut wire, mut beside) = (Vec::new(), Vec::new());
        let written = next.encode(&mut encoder, &mut wire);
        assert_eq!(written, encoder.encode(next.packet(), &mut beside));
        assert_eq!(wire, beside);
        match written {
            Ok(()) => drop(next.sent()),
            Err(_) => drop(next.discard()),
        }
        all.push(wire);
    }
    all
}

#[test]
fn what_is_due_is_written_as_its_packet_is() {
    let properties = PublishProperties {
        content_type: Some("c"),
        ..PublishProperties::default()
    };
    let plain = Publish::new(T, b"x");
    let messages = [
        plain,
        Publish {
            retain: true,
            ..plain
        },
        Publish::new(T, b""),
        Publish {
            message_expiry_interval: Some(7),
            ..plain
        },
        Publish {
            properties: (&properties).into(),
            ..plain
        },
    ];
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        let mut session = Session::new();
        session.connected(Agreed::new(version));
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            for message in messages.iter().map(Message::from) {
                let terms = message.terms(qos, NOW);
                session.publish(message, terms, NOW).unwrap();
            }
        }
        let sent = encoded(&mut session, version);
        assert_eq!(sent.len(), 15);
        let of_qos_1: [&[u8]; 5] = match version {
            // What has a property of MQTT 5 cannot be said.
            Version::V3_1 | Version::V3_1_1 => [
                b"\x32\x06\x00\x01t\x00\x01x",
                b"\x33\x06\x00\x01t\x00\x02x",
                b"\x32\x05\x00\x01t\x00\x03",
                b"",
                b"",
            ],
            Version::V5 => [
                b"\x32\x07\x00\x01t\x00\x01\x00x",
                b"\x33\x07\x00\x01t\x00\x02\x00x",
                b"\x32\x06\x00\x01t\x00\x03\x00",
                b"\x32\x0c\x00\x01t\x00\x04\x05\x02\x00\x00\x00\x07x",
                b"\x32\x0b\x00\x01t\x00\x05\x04\x03\x00\x01cx",
            ],
        };
        assert_eq!(sent[5..10], of_qos_1);

        // On the next connection it is sent again; and there is an answer.
        let last = session.entries().last().unwrap().packet_id;
        let pubrec = Packet::PubRec(Ack::new(last));
        let _ = session.receive(&pubrec).unwrap();
        session.connected(Agreed::new(version));
        let taken = session.receive(&publish(QoS::AtLeastOnce, 9)).unwrap();
        let Some(Incoming::Message(Some(receipt))) = taken.incoming else {
            panic!("it is new")
        };
        session.acknowledge(receipt);
        let again = encoded(&mut session, version);
        assert_eq!(again[0], b"\x40\x02\x00\x09");
        assert_eq!(again[1][..2], *b"\x62\x02");
        assert_eq!(again[2][0], 0x3a);
    }
}

/// RETAIN is the lowest bit of the first byte, QoS the two above it (3.3.1).
#[test]
fn a_message_keeps_qos_and_retain_where_an_encoder_has_more_to_do() {
    let message = Message::from(&Publish {
        retain: true,
        ..Publish::new(TopicName::literal("a/bc"), b"x")
    });
    let mut session = Session::new();
    session.connected(Agreed::new(Version::V5));
    let terms = message.terms(QoS::AtLeastOnce, NOW);
    session.publish(message, terms, NOW).unwrap();
    let next = session.transmit(NOW).unwrap();

    let mut wire = Vec::new();
    let mut assigning = Encoder::new(Version::V5)
        .with_topic_alias_maximum(1)
        .with_automatic_aliases(100);
    assert_eq!(next.encode(&mut assigning, &mut wire), Ok(()));
    assert_eq!(wire, b"\x33\x0d\x00\x04a/bc\x00\x01\x03\x23\x00\x01x");

    wire.clear();
    let mut refusing = Encoder::new(Version::V5);
    refusing.set_retain_available(false);
    let refused = next.encode(&mut refusing, &mut wire);
    assert_eq!(refused, Err(EncodeError::RetainNotSupported));
}

// --- storage ---

#[test]
fn storage_grows_under_what_is_in_flight() {
    let mut sender = Sender::new(Vec::<Slot<u16>>::new());
    sender.connected(Version::V5, u16::MAX);
    let mut ids = Vec::new();
    for message in 0..1_000 {
        sender.publish(message, QoS::AtLeastOnce).unwrap();
        let next = sender.transmit().unwrap();
        ids.push(next.packet_id());
        next.sent();
    }
    let entries = sender.entries();
    let entries = entries.map(|entry| (entry.packet_id, *entry.message.unwrap()));
    assert!(entries.eq(ids.iter().copied().zip(0..)));
    for (message, id) in ids.into_iter().enumerate() {
        let progress = sender.receive(&Packet::PubAck(Ack::new(id))).unwrap();
        assert_eq!(
            progress.delivered(),
            Some((message as u16, ReasonCode::SUCCESS))
        );
    }
    assert_eq!(sender.in_flight(), 0);
}

#[test]
fn storage_of_any_length_is_used_up_to_a_power_of_two() {
    fn places<const N: usize>() -> (u16, usize) {
        let owned = places_in([Slot::EMPTY; N]);
        assert_eq!(places_in(&mut [Slot::EMPTY; N][..]), owned);
        owned
    }
    fn places_in<S: Slots<u8>>(slots: S) -> (u16, usize) {
        let mut sender = Sender::new(slots);
        sender.connected(Version::V3_1_1, u16::MAX);
        let quota = sender.send_quota();
        while sender.publish(0, QoS::AtLeastOnce).is_ok() {}
        while let Some(next) = sender.transmit() {
            next.sent();
        }
        assert_eq!((sender.send_quota(), sender.in_flight()), (0, quota));
        let requests = std::iter::from_fn(|| sender.reserve(Request::Subscribe)).count();
        (quota, requests)
    }
    assert_eq!(places::<0>(), (0, 0));
    assert_eq!(places::<1>(), (1, 0));
    assert_eq!(places::<2>(), (1, 1));
    assert_eq!(places::<4>(), (3, 1));
    assert_eq!(places::<8>(), (6, 2));
    assert_eq!(places::<15>(), (6, 2));
    assert_eq!(places::<128>(), (112, 16));
}

#[test]
fn storage_of_any_length_grows() {
    let mut sender = Sender::new(vec![Slot::EMPTY; 15]);
    sender.connected(Version::V5, u16::MAX);
    for message in 0..40 {
        sender.publish(message, QoS::AtLeastOnce).unwrap();
        sender.transmit().unwrap().sent();
    }
    let sent = sender.entries().map(|entry| entry.packet_id);
    for (message, id) in (0..).zip(sent.collect::<Vec<_>>()) {
        let progress = sender.receive(&Packet::PubAck(Ack::new(id))).unwrap();
        assert_eq!(progress.delivered().unwrap().0, message);
    }
    assert_eq!(sender.in_flight(), 0);
}

#[test]
fn borrowed_storage_serves_as_well() {
    let (mut slots, mut marks) = ([Slot::<u8>::EMPTY; 4], [Mark::EMPTY; 4]);
    let mut sender = Sender::new(&mut slots[..]);
    let mut receiver = Receiver::new(&mut marks[..]);
    sender.connected(Version::V5, 1);
    receiver.connected(Version::V5, 1);
    sender.publish(1, QoS::AtLeastOnce).unwrap();
    sender.transmit().unwrap().sent();
    let receipt = receiver
        .receive(&publish(QoS::AtLeastOnce, 1))
        .unwrap()
        .receipt;
    assert!(receiver.acknowledge(receipt.unwrap()));
    let answer = receiver.transmit().unwrap();
    let puback = answer.reply().packet();
    answer.sent();
    assert!(sender.receive(&puback).unwrap().delivered().is_some());
}

#[test]
fn qos_0_is_handed_back_by_a_sender() {
    let mut sender = Sender::new([Slot::EMPTY; 4]);
    assert_eq!(sender.publish(5, QoS::AtMostOnce), Err(5));
}

#[test]
fn restored_exchanges_find_their_places_in_storage_of_any_size() {
    let entry = |packet_id, message| Entry {
        packet_id: id(packet_id),
        exchange: Exchange::AtLeastOnce,
        message: Some(message),
    };
    let mut sender = Sender::new(Vec::new());
    for (message, packet_id) in [7, 7 + 64, 7 + 8, 65_535].into_iter().enumerate() {
        sender.restore(entry(packet_id, message)).unwrap();
    }
    assert!(sender.restore(entry(71, 9)).is_err(), "it is in use");
    let mut sent = Vec::new();
    sender.connected(Version::V5, u16::MAX);
    sender.publish(4, QoS::AtLeastOnce).unwrap();
    while let Some(next) = sender.transmit() {
        sent.push(next.packet_id().get());
        next.sent();
    }
    assert_eq!(sent[..4], [7, 71, 15, 65_535]);
    assert_eq!(sent.len(), 5);
    assert!(
        sender.restore(entry(200, 9)).is_err(),
        "there is a connection"
    );

    let mut small = Sender::new([Slot::EMPTY; 8]);
    assert!(small.restore(entry(7, 0)).is_ok());
    assert!(small.restore(entry(15, 1)).is_err(), "its place is taken");
}

// --- giving up ---

#[test]
fn a_new_message_that_is_discarded_spends_nothing() {
    let mut sender = Sender::new([Slot::EMPTY; 8]);
    sender.connected(Version::V5, 1);
    sender.publish("large", QoS::ExactlyOnce).unwrap();
    sender.publish("small", QoS::ExactlyOnce).unwrap();
    let next = sender.transmit().unwrap();
    assert_eq!(next.packet_id(), id(1));
    assert_eq!(next.discard(), Some("large"));
    let next = sender.transmit().unwrap();
    next.sent();
    assert_eq!(sender.in_flight(), 1);
}

#[test]
fn a_re_send_of_qos_2_that_is_discarded_frees_the_peers_memory_too() {
    let mut sender = Sender::new([Slot::EMPTY; 8]);
    let mut receiver = Receiver::new([Mark::EMPTY; 8]);
    sender.connected(Version::V5, 1);
    receiver.connected(Version::V5, 1);
    sender.publish("large", QoS::ExactlyOnce).unwrap();
    sender.transmit().unwrap().sent();
    // The receiver has it open when the connection is lost.
    let arrived = receiver.receive(&publish(QoS::ExactlyOnce, 1)).unwrap();
    let receipt = arrived.receipt.unwrap();
    sender.connected(Version::V5, 1);
    receiver.connected(Version::V5, 1);
    assert_eq!(sender.transmit().unwrap().discard(), Some("large"));
    assert_eq!(sender.send_quota(), 0);
    let next = sender.transmit().unwrap();
    let Outgoing::Reply(pubrel) = next.outgoing() else {
        panic!();
    };
    let pubrel = pubrel.packet();
    assert_eq!(pubrel, Packet::PubRel(Ack::new(id(1))));
    next.sent();
    let pubcomp = receiver.receive(&pubrel).unwrap().reply.unwrap().packet();
    assert!(receiver.is_empty());
    assert!(!receiver.acknowledge(receipt), "it is stale");
    let progress = sender.receive(&pubcomp).unwrap();
    assert_eq!(progress.delivered(), None);
    assert_eq!((sender.in_flight(), sender.send_quota()), (0, 1));
}

#[test]
fn a_re_send_of_qos_1_that_is_discarded_is_over() {
    let mut sender = Sender::new([Slot::EMPTY; 8]);
    sender.connected(Version::V5, 9);
    sender.publish("large", QoS::AtLeastOnce).unwrap();
    sender.transmit().unwrap().sent();
    sender.connected(Version::V5, 9);
    assert_eq!(sender.transmit().unwrap().discard(), Some("large"));
    assert_eq!(sender.in_flight(), 0);
    assert!(sender.transmit().is_none());
}

#[test]
fn a_pubrel_cannot_be_discarded() {
    let mut sender = Sender::new([Slot::EMPTY; 8]);
    sender.connected(Version::V5, 9);
    sender.publish("m", QoS::ExactlyOnce).unwrap();
    sender.transmit().unwrap().sent();
    let _ = sender.receive(&Packet::PubRec(Ack::new(id(1)))).unwrap();
    sender.connected(Version::V5, 9);
    let before = sender.clone();
    assert_eq!(sender.transmit().unwrap().discard(), None);
    assert_eq!(sender, before);
}

#[test]
fn a_pubrec_that_overtakes_resumed_pubrels_waits_for_its_turn() {
    let mut sender = Sender::new([Slot::EMPTY; 8]);
    sender.connected(Version::V5, 9);
    for message in ["a", "b"] {
        sender.publish(message, QoS::ExactlyOnce).unwrap();
        sender.transmit().unwrap().sent();
    }
    let _ = sender.receive(&Packet::PubRec(Ack::new(id(1)))).unwrap();
    sender.connected(Version::V5, 9);
    // Not even sent again, the second is answered.
    let progress = sender.receive(&Packet::PubRec(Ack::new(id(2)))).unwrap();
    assert_eq!(progress.reply, None);
    let mut pubrels = Vec::new();
    while let Some(next) = sender.transmit() {
        pubrels.push(next.packet_id().get());
        next.sent();
    }
    assert_eq!(pubrels, [1, 2]);
}

// --- requests ---

#[test]
fn requests_end_with_their_connection() {
    let mut sender = Sender::new([Slot::<u8>::EMPTY; 8]);
    sender.connected(Version::V5, 9);
    let subscribe = sender.reserve(Request::Subscribe).unwrap();
    let unsubscribe = sender.reserve(Request::Unsubscribe).unwrap();
    assert_eq!(
        sender.requests().collect::<Vec<_>>(),
        [
            (subscribe, Request::Subscribe),
            (unsubscribe, Request::Unsubscribe)
        ]
    );
    assert_eq!(sender.reserve(Request::Subscribe), None);
    sender.disconnected();
    assert_eq!(sender.requests().count(), 0);
    assert!(!sender.release(subscribe));
    sender.connected(Version::V5, 9);
    let again = sender.reserve(Request::Subscribe).unwrap();
    assert!(sender.release(again));
    assert!(!sender.release(again));
}

#[test]
fn the_requests_that_a_cut_leaves_unanswered_can_be_told_before_it_ends_them() {
    let mut session = Session::<u8>::new();
    session.connected(Agreed::new(Version::V5));
    session.publish(0, terms(QoS::AtLeastOnce), NOW).unwrap();
    assert!(session.transmit(NOW).unwrap().sent().is_none());
    let answered = session.reserve(Request::Unsubscribe).unwrap();
    let unsubscribe = session.reserve(Request::Unsubscribe).unwrap();
    let given_up = session.reserve(Request::Subscribe).unwrap();
    let subscribe = session.reserve(Request::Subscribe).unwrap();
    assert!(session.release(given_up));
    let unsuback = Packet::UnsubAck(SubAck::new(answered, List::EMPTY));
    assert!(session.receive(&unsuback).unwrap().incoming.is_some());
    let unanswered = [
        (unsubscribe, Request::Unsubscribe),
        (subscribe, Request::Subscribe),
    ];
    assert!(session.requests().eq(unanswered));
    session.disconnected();
    assert_eq!((session.requests().count(), session.in_flight()), (0, 1));
}

// --- receipts ---

fn arrive(receiver: &mut Receiver<[Mark; 8]>, qos: QoS, n: u16) -> Receipt {
    receiver.receive(&publish(qos, n)).unwrap().receipt.unwrap()
}

#[test]
fn a_stale_receipt_does_nothing_even_when_its_identifier_is_in_use_again() {
    let mut receiver = Receiver::new([Mark::EMPTY; 8]);
    receiver.connected(Version::V5, 8);
    // QoS 1, of an earlier connection.
    let stale = arrive(&mut receiver, QoS::AtLeastOnce, 1);
    receiver.connected(Version::V5, 8);
    let fresh = arrive(&mut receiver, QoS::AtLeastOnce, 1);
    assert!(!receiver.is_open(&stale));
    assert!(!receiver.acknowledge(stale));
    assert!(receiver.transmit().is_none());
    assert!(receiver.acknowledge(fresh));
    receiver.transmit().unwrap().sent();
    // QoS 2, of a lost session.
    let stale = arrive(&mut receiver, QoS::ExactlyOnce, 2);
    receiver.clear();
    let fresh = arrive(&mut receiver, QoS::ExactlyOnce, 2);
    assert!(!receiver.refuse(stale, ReasonCode::NOT_AUTHORIZED));
    assert!(receiver.is_open(&fresh));
    assert!(receiver.acknowledge(fresh));
}

#[test]
fn a_stale_receipt_does_nothing_even_in_storage_for_a_single_identifier() {
    let mut receiver = Receiver::new([Mark::EMPTY; 1]);
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        receiver.connected(Version::V5, 1);
        let arrived = receiver.receive(&publish(qos, 1)).unwrap();
        let stale = arrived.receipt.unwrap();
        match qos {
            QoS::ExactlyOnce => drop(receiver.receive_pubrel(id(1)).unwrap()),
            _ => receiver.connected(Version::V5, 1),
        }
        let arrived = receiver.receive(&publish(qos, 1)).unwrap();
        let fresh = arrived.receipt.unwrap();
        assert!(!receiver.is_open(&stale) && receiver.is_open(&fresh));
        assert!(!receiver.acknowledge(stale));
        assert!(receiver.transmit().is_none());
        assert!(receiver.acknowledge(fresh));
        receiver.transmit().unwrap().sent();
        receiver.clear();
    }
}

#[test]
fn of_two_receipts_for_one_publish_the_other_is_for_none_that_comes_later() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut receiver = Receiver::new([Mark::EMPTY; 1]);
        receiver.connected(Version::V5, 1);
        let first = receiver.receive(&publish(qos, 1)).unwrap().receipt;
        let second = receiver.receipt(id(1)).unwrap();
        assert!(receiver.acknowledge(first.unwrap()));
        receiver.transmit().unwrap().sent();
        if qos == QoS::ExactlyOnce {
            let _ = receiver.receive_pubrel(id(1)).unwrap();
        }
        assert!(receiver.receive(&publish(qos, 1)).unwrap().is_new);
        assert!(!receiver.is_open(&second) && !receiver.acknowledge(second));
        assert!(receiver.transmit().is_none());
    }
}

#[test]
fn a_receipt_is_for_no_publish_of_the_other_qos() {
    let complete = |receiver: &mut Receiver<[Mark; 1]>, qos| {
        receiver.connected(Version::V5, 1);
        let arrived = receiver.receive(&publish(qos, 1)).unwrap();
        let second = receiver.receipt(id(1)).unwrap();
        assert!(receiver.acknowledge(arrived.receipt.unwrap()));
        receiver.transmit().unwrap().sent();
        if qos == QoS::ExactlyOnce {
            let _ = receiver.receive_pubrel(id(1)).unwrap();
        }
        assert!(receiver.is_empty());
        second
    };
    for (before, now) in [
        (QoS::AtLeastOnce, QoS::ExactlyOnce),
        (QoS::ExactlyOnce, QoS::AtLeastOnce),
    ] {
        let mut receiver = Receiver::new([Mark::EMPTY; 1]);
        let second = complete(&mut receiver, before);
        assert!(receiver.receive(&publish(now, 1)).unwrap().is_new);
        assert!(!receiver.is_open(&second) && !receiver.acknowledge(second));
        assert!(receiver.transmit().is_none());
    }
    // Nor for one of an earlier connection.
    let mut receiver = Receiver::new([Mark::EMPTY; 1]);
    let second = complete(&mut receiver, QoS::AtLeastOnce);
    let arrived = receiver.receive(&publish(QoS::ExactlyOnce, 1)).unwrap();
    receiver.disconnected();
    assert!(!receiver.acknowledge(second));
    assert!(receiver.acknowledge(arrived.receipt.unwrap()));
}

#[test]
fn an_open_receipt_of_qos_2_outlives_its_connection() {
    let mut receiver = Receiver::new([Mark::EMPTY; 8]);
    receiver.connected(Version::V5, 8);
    let receipt = arrive(&mut receiver, QoS::ExactlyOnce, 1);
    receiver.connected(Version::V5, 8);
    // Redeemed before the PUBLISH is repeated: PUBREC goes with the repeat.
    assert!(receiver.acknowledge(receipt));
    assert!(receiver.transmit().is_none());
    let arrived = receiver.receive(&publish(QoS::ExactlyOnce, 1)).unwrap();
    assert!(!arrived.is_new);
    assert_eq!(
        arrived.reply.map(Packet::from),
        Some(Packet::PubRec(Ack::new(id(1))))
    );

    // Redeemed after it: PUBREC goes when its turn comes.
    let receipt = arrive(&mut receiver, QoS::ExactlyOnce, 2);
    receiver.connected(Version::V5, 8);
    let arrived = receiver.receive(&publish(QoS::ExactlyOnce, 2)).unwrap();
    assert_eq!((arrived.is_new, arrived.reply), (false, None));
    assert!(receiver.acknowledge(receipt));
    assert_eq!(
        receiver.transmit().unwrap().reply().packet(),
        Packet::PubRec(Ack::new(id(2)))
    );
}

#[test]
fn a_repeat_does_not_overtake_answers_that_are_due() {
    let mut receiver = Receiver::new([Mark::EMPTY; 8]);
    receiver.connected(Version::V5, 8);
    let first = arrive(&mut receiver, QoS::ExactlyOnce, 1);
    let second = arrive(&mut receiver, QoS::ExactlyOnce, 2);
    assert!(receiver.acknowledge(second));
    receiver.connected(Version::V5, 8);
    for n in [1, 2] {
        let arrived = receiver.receive(&publish(QoS::ExactlyOnce, n)).unwrap();
        assert_eq!((arrived.is_new, arrived.reply), (false, None), "{n}");
    }
    assert!(receiver.acknowledge(first));
    for n in [1, 2] {
        let answer = receiver.transmit().unwrap();
        assert_eq!(answer.reply().packet(), Packet::PubRec(Ack::new(id(n))));
        answer.sent();
    }
}

#[test]
fn a_lost_receipt_can_be_had_again() {
    let mut receiver = Receiver::new([Mark::EMPTY; 8]);
    receiver.connected(Version::V5, 8);
    drop(arrive(&mut receiver, QoS::ExactlyOnce, 1));
    let receipt = receiver.receipt(id(1)).unwrap();
    let other = receiver.receipt(id(1)).unwrap();
    assert!(receiver.acknowledge(receipt));
    assert!(!receiver.acknowledge(other));
    assert_eq!(receiver.receipt(id(1)), None);
}

#[test]
fn a_reason_that_cannot_be_said_becomes_one_that_can() {
    let cases = [
        (Version::V5, 0x10, 0x10),
        (Version::V5, 0x97, 0x97),
        (Version::V5, 0x8d, 0x80),
        (Version::V5, 0x04, 0x00),
        (Version::V3_1_1, 0x97, 0x00),
        (Version::V3_1_1, 0x10, 0x00),
    ];
    for (version, reason, expected) in cases {
        let mut receiver = Receiver::new([Mark::EMPTY; 8]);
        receiver.connected(version, 8);
        let receipt = arrive(&mut receiver, QoS::AtLeastOnce, 1);
        assert!(receiver.refuse(receipt, ReasonCode::from_u8(reason)));
        let expected = Ack {
            reason: ReasonCode::from_u8(expected),
            ..Ack::new(id(1))
        };
        assert_eq!(
            receiver.transmit().unwrap().reply().packet(),
            Packet::PubAck(expected)
        );
    }
}

// --- sessions ---

#[test]
fn qos_0_waits_for_no_quota_and_is_given_back_when_sent() {
    let mut session = Session::new();
    session.connected(Agreed {
        send_maximum: 1,
        ..Agreed::new(Version::V5)
    });
    for (message, qos) in (0..).zip([
        QoS::AtLeastOnce,
        QoS::AtMostOnce,
        QoS::AtLeastOnce,
        QoS::AtMostOnce,
    ]) {
        session.publish(message, terms(qos), NOW).unwrap();
    }
    let sent = std::iter::from_fn(|| Some(session.transmit(NOW)?.sent()));
    assert_eq!(sent.collect::<Vec<_>>(), [None, Some(1), Some(3)]);
    assert!(session.pending_messages().eq(&[2]));
}

#[test]
fn qos_0_does_not_even_wait_for_what_is_sent_again() {
    let mut session = Session::new();
    session.connected(Agreed::new(Version::V5));
    for message in [1, 2] {
        let terms = terms(QoS::AtLeastOnce);
        session.publish(message, terms, NOW).unwrap();
        assert_eq!(session.transmit(NOW).unwrap().sent(), None);
    }
    session.connected(Agreed {
        send_maximum: 1,
        ..Agreed::new(Version::V5)
    });
    assert_eq!(session.transmit(NOW).unwrap().sent(), None);
    assert_eq!(session.send_quota(), 0);
    session.publish(3, terms(QoS::AtMostOnce), NOW).unwrap();
    assert_eq!(session.transmit(NOW).unwrap().sent(), Some(3));
}

#[test]
fn no_more_are_in_flight_than_the_session_may_have_whatever_the_peer_takes() {
    let mut session = Session::new().with_max_in_flight(2.try_into().unwrap());
    session.connected(Agreed::new(Version::V3_1_1));
    assert_eq!(session.send_quota(), 2);
    for message in 1..=3 {
        let terms = terms(QoS::AtLeastOnce);
        session.publish(message, terms, NOW).unwrap();
    }
    while let Some(next) = session.transmit(NOW) {
        next.sent();
    }
    assert_eq!((session.in_flight(), session.pending()), (2, 1));
}

#[test]
fn qos_0_ends_with_the_connection_unless_it_is_to_stay() {
    let mut session = Session::new();
    assert_eq!(session.publish(1, terms(QoS::AtMostOnce), NOW), Err(1));
    session.connected(Agreed::new(Version::V5));
    session.publish(2, terms(QoS::AtMostOnce), NOW).unwrap();
    session.publish(3, terms(QoS::AtLeastOnce), NOW).unwrap();
    session.disconnected();
    assert_eq!(session.dropped(), Some((2, Dropped::Disconnected)));
    assert_eq!(session.dropped(), None);
    assert!(session.pending_messages().eq(&[3]));

    let mut session = Session::new().keeping_at_most_once();
    session.publish(1, terms(QoS::AtMostOnce), NOW).unwrap();
    session.disconnected();
    session.connected(Agreed::new(Version::V5));
    assert_eq!(session.transmit(NOW).unwrap().sent(), Some(1));
}

#[test]
fn a_pending_message_can_be_withdrawn_and_one_in_flight_cannot() {
    let mut session = Session::new();
    session.connected(Agreed {
        send_maximum: 1,
        ..Agreed::new(Version::V5)
    });
    for message in 1..=4 {
        session
            .publish(message, terms(QoS::AtLeastOnce), NOW)
            .unwrap();
    }
    session.transmit(NOW).unwrap().sent();
    assert_eq!(session.withdraw(|&message| message == 1), None);
    assert_eq!(session.withdraw(|&message| message >= 3), Some(3));
    assert!(session.pending_messages().eq(&[2, 4]));
    assert_eq!((session.pending(), session.in_flight()), (2, 1));
}

#[test]
fn a_session_that_is_dropped_on_the_way_changes_nothing() {
    let mut session = Session::new();
    session.connected(Agreed::new(Version::V5));
    session.publish(1, terms(QoS::ExactlyOnce), NOW).unwrap();
    session.transmit(NOW);
    let before = session.clone();
    for _ in 0..3 {
        let next = session.transmit(NOW).unwrap();
        assert!(matches!(
            next.outgoing(),
            Outgoing::Message { message: 1, .. }
        ));
        drop(next);
    }
    assert_eq!(session, before);
    assert_eq!(session.transmit(NOW).unwrap().discard(), Some(1));
    assert!(session.is_empty());
}

#[test]
fn an_expired_message_makes_room_before_any_policy_does() {
    let mut session = Session::new().with_queue_limits(QueueLimits {
        messages: 1,
        bytes: 10,
    });
    let brief = Terms {
        expires: Some(Duration::from_secs(1)),
        ..terms(QoS::AtLeastOnce)
    };
    session.publish(1, brief, NOW).unwrap();
    assert_eq!(session.publish(2, brief, NOW), Err(2));
    session.publish(3, brief, Duration::from_secs(2)).unwrap();
    assert_eq!(session.dropped(), Some((1, Dropped::Expired)));
}

#[test]
fn a_message_as_large_as_the_queue_has_the_place_of_all_others() {
    let mut session = Session::new()
        .with_queue_limits(QueueLimits {
            messages: 9,
            bytes: 10,
        })
        .with_when_full(WhenFull::DropOldest);
    let of_size = |size| Terms {
        size,
        ..terms(QoS::AtLeastOnce)
    };
    session.publish(1, of_size(4), NOW).unwrap();
    session.publish(2, of_size(10), NOW).unwrap();
    assert!(session.pending_messages().eq(&[2]));
    assert_eq!(session.dropped(), Some((1, Dropped::QueueFull)));
    // One that is larger takes nobody's place.
    assert_eq!(session.publish(3, of_size(11), NOW), Err(3));
    assert!(session.pending_messages().eq(&[2]));
}

#[test]
fn session_present_means_what_the_version_says() {
    let with_state = || {
        let mut session = Session::new();
        session.connected(Agreed::new(Version::V5));
        for message in 1..=3 {
            session
                .publish(message, terms(QoS::ExactlyOnce), NOW)
                .unwrap();
        }
        session.transmit(NOW).unwrap().sent();
        session.transmit(NOW).unwrap().sent();
        let _ = session.receive(&Packet::PubRec(Ack::new(id(1)))).unwrap();
        let taken = session.receive(&publish(QoS::ExactlyOnce, 9)).unwrap();
        let Some(Incoming::Message(Some(receipt))) = taken.incoming else {
            panic!();
        };
        session.disconnected();
        (session, receipt)
    };
    let cases = [
        // version, present, what it is, in flight, known identifiers of the peer
        (Version::V5, true, Resumption::Resumed, 2, true),
        (Version::V5, false, Resumption::Lost, 0, false),
        (Version::V3_1_1, true, Resumption::Resumed, 2, true),
        (Version::V3_1_1, false, Resumption::Lost, 2, false),
        (Version::V3_1, false, Resumption::Resumed, 2, true),
    ];
    for (version, present, resumption, in_flight, known) in cases {
        let (mut session, receipt) = with_state();
        let agreed = Agreed::new(version);
        assert_eq!(
            session.connack(agreed, present),
            Ok(resumption),
            "{version}"
        );
        assert_eq!(session.in_flight(), in_flight, "{version}");
        assert_eq!(session.is_in_use(id(9)), known, "{version}");
        assert_eq!(session.is_open(&receipt), known, "{version}");
        assert!(session.pending_messages().eq(&[3]), "{version}");
        let dropped: Vec<_> = std::iter::from_fn(|| session.dropped()).collect();
        if in_flight == 0 {
            let lost = [(1, Dropped::SessionLost), (2, Dropped::SessionLost)];
            assert_eq!(dropped, lost);
        } else {
            assert!(dropped.is_empty());
        }
    }

    // A session that is not known here.
    let agreed = Agreed::new(Version::V5);
    let error = Session::<u8>::new().connack(agreed, true).unwrap_err();
    assert_eq!(error.statement(), Some("5.0/MQTT-3.2.2-4"));
    assert_eq!(error.reason(), ReasonCode::PROTOCOL_ERROR);
    let resumed = Session::<u8>::new().known_to_server().connack(agreed, true);
    assert_eq!(resumed, Ok(Resumption::Resumed));
    let agreed = Agreed::new(Version::V3_1_1);
    let resumed = Session::<u8>::new().connack(agreed, true);
    assert_eq!(resumed, Ok(Resumption::Resumed));
}

#[test]
fn a_session_crosses_versions() {
    let mut session = Session::new();
    session.connected(Agreed::new(Version::V3_1_1));
    session.publish(1, terms(QoS::ExactlyOnce), NOW).unwrap();
    session.transmit(NOW).unwrap().sent();
    session.connected(Agreed::new(Version::V5));
    session.transmit(NOW).unwrap().sent();
    let refusal = Ack {
        reason: ReasonCode::NOT_AUTHORIZED,
        ..Ack::new(id(1))
    };
    let _ = session.receive(&Packet::PubRec(refusal)).unwrap();
    assert!(session.is_empty());
}
