//! What broke other implementations, from identifiers to crashes: a test for
//! each numbered row that a session can answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::num::NonZeroU16;
use std::time::Duration;

use puremqtt::delivery::{Mark, Outcome, Receiver, Request, Sender, Slot};
use puremqtt::{
    Ack, Agreed, Delivery, Dropped, Incoming, Message, Outgoing, Packet, PacketId,
    ProtocolErrorKind, Publish, QoS, QueueLimits, ReasonCode, Session, SubAck, Terms, TopicName,
    Version, WhenFull,
};

const T: TopicName = TopicName::literal("t");
const NOW: Duration = Duration::ZERO;
const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];

fn id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

fn publish(qos: QoS, packet_id: u16, dup: bool) -> Packet<'static> {
    let packet_id = id(packet_id);
    let delivery = match qos {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce { packet_id, dup },
        QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id, dup },
    };
    Packet::Publish(Publish {
        delivery,
        ..Publish::new(T, b"x")
    })
}

fn ack(packet_id: u16, reason: ReasonCode) -> Ack<'static> {
    Ack {
        reason,
        ..Ack::new(id(packet_id))
    }
}

fn connected(version: Version, receive_maximum: u16) -> Session<u32> {
    let mut session = Session::new();
    session.connected(Agreed {
        receive_maximum,
        ..Agreed::new(version)
    });
    session
}

/// Queues a message and sends all that is due: their identifiers.
fn send(session: &mut Session<u32>, message: u32, qos: QoS) -> Vec<u16> {
    let terms = Terms {
        qos,
        ..Terms::default()
    };
    session.publish(message, terms, NOW).unwrap();
    flush(session)
}

fn flush(session: &mut Session<u32>) -> Vec<u16> {
    let mut ids = Vec::new();
    while let Some(next) = session.transmit(NOW) {
        ids.extend(match next.outgoing() {
            Outgoing::Reply(reply) => Some(reply.packet_id()),
            Outgoing::Message { delivery, .. } => delivery.packet_id(),
        });
        next.sent();
    }
    ids.into_iter().map(PacketId::get).collect()
}

/// The peer's PUBLISH arrives and is handled at once.
fn handle(session: &mut Session<u32>, packet: &Packet<'_>) {
    match session.receive(packet).unwrap().incoming {
        Some(Incoming::Message(Some(receipt))) => assert!(session.acknowledge(receipt)),
        other => panic!("{other:?}"),
    }
    while let Some(next) = session.transmit(NOW) {
        next.sent();
    }
}

#[test]
fn row_36_identifiers_that_are_never_released_are_bounded_by_our_receive_maximum() {
    let mut session = connected(Version::V5, 10);
    // The same one again and again is one.
    handle(&mut session, &publish(QoS::ExactlyOnce, 1, false));
    for _ in 0..1_000 {
        let taken = session
            .receive(&publish(QoS::ExactlyOnce, 1, true))
            .unwrap();
        assert_eq!(taken.incoming, None);
        assert_eq!(
            taken.reply.map(Packet::from),
            Some(Packet::PubRec(Ack::new(id(1))))
        );
    }
    for n in 2..=10 {
        handle(&mut session, &publish(QoS::ExactlyOnce, n, false));
    }
    let before = session.clone();
    let error = session
        .receive(&publish(QoS::ExactlyOnce, 11, false))
        .unwrap_err();
    assert_eq!(error.reason(), ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
    assert_eq!(session, before);
    // On new connections no more than twice as many are kept.
    let mut kept = 10;
    for n in 11..1_000 {
        session.disconnected();
        session.connected(Agreed {
            receive_maximum: 10,
            ..Agreed::new(Version::V5)
        });
        if session
            .receive(&publish(QoS::ExactlyOnce, n, false))
            .is_ok()
        {
            let receipt = session.receipt(id(n)).unwrap();
            assert!(session.acknowledge(receipt));
            while let Some(next) = session.transmit(NOW) {
                next.sent();
            }
            kept += 1;
        }
    }
    assert_eq!(kept, 20);
}

#[test]
fn row_37_a_duplicate_before_pubrel_has_its_pubrec_every_time_and_is_delivered_once() {
    for version in VERSIONS {
        let mut session = connected(version, 10);
        let first = session
            .receive(&publish(QoS::ExactlyOnce, 5, false))
            .unwrap();
        // The identifier is known before anybody hears of the message.
        assert!(session.is_in_use(id(5)));
        let Some(Incoming::Message(Some(receipt))) = first.incoming else {
            panic!("{first:?}");
        };
        // A burst of repeats, before and after the answer.
        for _ in 0..3 {
            let taken = session
                .receive(&publish(QoS::ExactlyOnce, 5, true))
                .unwrap();
            assert_eq!((taken.incoming, taken.reply), (None, None));
        }
        assert!(session.acknowledge(receipt));
        assert_eq!(flush(&mut session), [5]);
        for _ in 0..3 {
            let taken = session
                .receive(&publish(QoS::ExactlyOnce, 5, true))
                .unwrap();
            assert_eq!(taken.incoming, None);
            assert_eq!(
                taken.reply.map(Packet::from),
                Some(Packet::PubRec(Ack::new(id(5))))
            );
        }
    }
}

#[test]
fn row_38_unknown_identifiers_are_answered_and_not_punished() {
    let not_found = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
    for version in VERSIONS {
        let mut session = connected(version, 10);
        let reason = match version {
            Version::V5 => not_found,
            _ => ReasonCode::SUCCESS,
        };
        let pubrel = Packet::PubRel(Ack::new(id(9)));
        let taken = session.receive(&pubrel).unwrap();
        assert_eq!(
            taken.reply.map(Packet::from),
            Some(Packet::PubComp(ack(9, reason)))
        );
        let pubrec = Packet::PubRec(Ack::new(id(9)));
        let taken = session.receive(&pubrec).unwrap();
        assert_eq!(
            taken.reply.map(Packet::from),
            Some(Packet::PubRel(ack(9, reason)))
        );
    }
    // And what the peer does not know ends, rather than to be sent for ever.
    let mut session = connected(Version::V5, 10);
    send(&mut session, 1, QoS::ExactlyOnce);
    let _ = session.receive(&Packet::PubRec(Ack::new(id(1)))).unwrap();
    let taken = session
        .receive(&Packet::PubComp(ack(1, not_found)))
        .unwrap();
    assert!(matches!(
        taken.incoming,
        Some(Incoming::Answer(Outcome::Delivered {
            message: Some(1),
            ..
        }))
    ));
    handle(&mut session, &publish(QoS::ExactlyOnce, 3, false));
    let taken = session.receive(&Packet::PubRel(ack(3, not_found))).unwrap();
    assert_eq!(
        taken.reply.map(Packet::from),
        Some(Packet::PubComp(Ack::new(id(3))))
    );
    assert!(session.is_empty());
}

#[test]
fn row_39_no_publish_after_pubrel_and_no_pubrel_after_a_refusal() {
    let mut session = connected(Version::V5, 10);
    send(&mut session, 1, QoS::ExactlyOnce);
    send(&mut session, 2, QoS::ExactlyOnce);
    let _ = session.receive(&Packet::PubRec(Ack::new(id(1)))).unwrap();
    let refusal = Packet::PubRec(ack(2, ReasonCode::QUOTA_EXCEEDED));
    let taken = session.receive(&refusal).unwrap();
    assert_eq!(taken.reply, None);
    session.connected(Agreed::new(Version::V5));
    let next = session.transmit(NOW).unwrap();
    let Outgoing::Reply(pubrel) = next.outgoing() else {
        panic!();
    };
    assert_eq!(pubrel.packet(), Packet::PubRel(Ack::new(id(1))));
    next.sent();
    assert!(session.transmit(NOW).is_none());
}

#[test]
fn row_40_an_acknowledgement_of_the_wrong_kind_is_a_protocol_error() {
    for version in VERSIONS {
        let mut session = connected(version, 10);
        send(&mut session, 1, QoS::AtLeastOnce);
        send(&mut session, 2, QoS::ExactlyOnce);
        let wrong = [
            Packet::PubRec(Ack::new(id(1))),
            Packet::PubComp(Ack::new(id(1))),
            Packet::PubAck(Ack::new(id(2))),
            Packet::PubComp(Ack::new(id(2))),
            Packet::SubAck(SubAck::new(id(2), (&[ReasonCode::SUCCESS]).into())),
        ];
        for packet in wrong {
            let before = session.clone();
            let error = session.receive(&packet).unwrap_err();
            assert_eq!(error.kind(), ProtocolErrorKind::WrongExchange, "{packet}");
            assert_eq!(error.reason(), ReasonCode::PROTOCOL_ERROR);
            assert_eq!(error.packet_type(), packet.packet_type());
            assert_eq!(session, before);
        }
    }
}

#[test]
fn row_41_an_acknowledgement_nobody_awaits_is_reported_and_changes_nothing() {
    for version in VERSIONS {
        let mut session = connected(version, 10);
        send(&mut session, 1, QoS::AtLeastOnce);
        let quota = session.send_quota();
        let codes = [ReasonCode::SUCCESS];
        for n in [2, 8, 9, 1_000, u16::MAX] {
            for packet in [
                Packet::PubAck(Ack::new(id(n))),
                Packet::PubComp(Ack::new(id(n))),
                Packet::SubAck(SubAck::new(id(n), (&codes).into())),
                Packet::UnsubAck(SubAck::new(id(n), (&codes).into())),
            ] {
                let before = session.clone();
                let taken = session.receive(&packet).unwrap();
                let unknown = Outcome::Unknown { packet_id: id(n) };
                assert_eq!(taken.incoming, Some(Incoming::Answer(unknown)), "{packet}");
                assert_eq!(session, before);
                assert_eq!(session.send_quota(), quota);
            }
        }
    }
}

#[test]
fn row_42_identifiers_run_out_without_harm_and_come_back() {
    let limits = QueueLimits {
        messages: 70_000,
        bytes: usize::MAX,
    };
    let mut session = Session::new().with_queue_limits(limits);
    session.connected(Agreed::new(Version::V5));
    let terms = Terms {
        qos: QoS::AtLeastOnce,
        ..Terms::default()
    };
    for message in 0..66_000 {
        session.publish(message, terms, NOW).unwrap();
    }
    let mut ids = flush(&mut session);
    assert_eq!(ids.len(), 65_519);
    assert_eq!(session.pending(), 66_000 - 65_519);
    // Requests have places of their own, and they too run out.
    for _ in 0..16 {
        ids.push(session.reserve(Request::Subscribe).unwrap().get());
    }
    assert_eq!(session.reserve(Request::Unsubscribe), None);
    ids.sort_unstable();
    assert!(ids.iter().copied().eq(1..=u16::MAX));
    // One is acknowledged, and one goes out.
    let puback = Packet::PubAck(Ack::new(id(777)));
    let _ = session.receive(&puback).unwrap();
    assert_eq!(flush(&mut session), [777]);
    // A new session has nothing that sticks.
    let mut session = connected(Version::V5, 10);
    assert_eq!(send(&mut session, 1, QoS::AtLeastOnce), [1]);
}

#[test]
fn row_42_an_identifier_is_never_given_twice_over_many_wraps() {
    let mut sender = Sender::new([Slot::<u32>::EMPTY; 16]);
    sender.connected(Version::V5, u16::MAX);
    let mut in_use = std::collections::BTreeSet::new();
    let mut seed = 1_u32;
    for n in 0..300_000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if sender.publish(n, QoS::AtLeastOnce).is_ok() {
            let next = sender.transmit().unwrap();
            let id = next.packet_id();
            next.sent();
            assert!(in_use.insert(id), "{id} is in use");
        }
        if seed >> 30 != 0 || in_use.len() == 12 {
            let at = (seed >> 8) as usize % in_use.len();
            let id = *in_use.iter().nth(at).unwrap();
            let puback = Packet::PubAck(Ack::new(id));
            assert!(sender.receive(&puback).unwrap().delivered().is_some());
            in_use.remove(&id);
        }
    }
}

#[test]
fn row_43_the_receive_maximum_holds_in_both_directions() {
    // Inwards: one too many, held-back PUBACKs included.
    let mut session = connected(Version::V5, 2);
    for n in [1, 2] {
        let _ = session
            .receive(&publish(QoS::AtLeastOnce, n, false))
            .unwrap();
    }
    let again = session
        .receive(&publish(QoS::AtLeastOnce, 2, true))
        .unwrap();
    assert_eq!(again.incoming, None);
    let error = session
        .receive(&publish(QoS::AtLeastOnce, 3, false))
        .unwrap_err();
    assert_eq!(error.kind(), ProtocolErrorKind::ReceiveMaximumExceeded);
    assert_eq!(error.reason(), ReasonCode::RECEIVE_MAXIMUM_EXCEEDED);
    let error = error.from_role(puremqtt::Role::Server);
    assert_eq!(error.statement(), Some("5.0/MQTT-3.3.4-9"));

    // Outwards: restored by what ends an exchange and by nothing else.
    let mut session = Session::new();
    session.connected(Agreed {
        send_maximum: 3,
        ..Agreed::new(Version::V5)
    });
    for message in 0..8 {
        send(&mut session, message, QoS::ExactlyOnce);
    }
    let receive = |session: &mut Session<u32>, packet| {
        let _ = session.receive(&packet).unwrap();
        (session.send_quota(), flush(session))
    };
    assert_eq!(session.send_quota(), 0);
    let unknown = Packet::PubAck(Ack::new(id(99)));
    assert_eq!(receive(&mut session, unknown), (0, vec![]));
    let pubrec = Packet::PubRec(Ack::new(id(1)));
    assert_eq!(receive(&mut session, pubrec), (0, vec![]));
    assert_eq!(receive(&mut session, pubrec), (0, vec![]));
    let refusal = Packet::PubRec(ack(2, ReasonCode::NOT_AUTHORIZED));
    assert_eq!(receive(&mut session, refusal), (1, vec![4]));
    let pubcomp = Packet::PubComp(Ack::new(id(1)));
    assert_eq!(receive(&mut session, pubcomp), (1, vec![5]));
    assert_eq!(receive(&mut session, pubcomp), (0, vec![]));

    // Never above what it was, also when the next connection allows less.
    let _ = session.receive(&Packet::PubRec(Ack::new(id(3)))).unwrap();
    session.connected(Agreed {
        send_maximum: 2,
        ..Agreed::new(Version::V5)
    });
    // The PUBREL goes at once and counts; of two PUBLISHes one has room.
    assert_eq!(flush(&mut session), [3, 4]);
    let pubcomp = Packet::PubComp(Ack::new(id(3)));
    assert_eq!(receive(&mut session, pubcomp), (1, vec![5]));
    assert_eq!(session.send_quota(), 0);
}

#[test]
fn row_45_a_queue_never_holds_more_than_its_limits() {
    let limits = QueueLimits {
        messages: 4,
        bytes: 100,
    };
    let terms = |size| Terms {
        qos: QoS::AtLeastOnce,
        expires: None,
        size,
    };
    // By count and by bytes, whatever the policy.
    for when_full in [
        WhenFull::HandBack,
        WhenFull::DropOldest,
        WhenFull::DropNewest,
    ] {
        let mut session = Session::new()
            .with_queue_limits(limits)
            .with_when_full(when_full);
        let (mut handed_back, mut dropped) = (Vec::new(), Vec::new());
        for (message, size) in (0_u32..).zip([10, 10, 10, 10, 10, 90, 101]) {
            handed_back.extend(session.publish(message, terms(size), NOW).err());
            assert!(session.pending() <= 4 && session.pending_bytes() <= 100);
            while let Some((message, why)) = session.dropped() {
                assert_eq!(why, Dropped::QueueFull);
                dropped.push(message);
            }
        }
        let pending: Vec<_> = session.pending_messages().copied().collect();
        let all = (pending, handed_back, dropped);
        match when_full {
            WhenFull::HandBack => assert_eq!(all, (vec![0, 1, 2, 3], vec![4, 5, 6], vec![])),
            // What alone is above the limit pushes nobody out.
            WhenFull::DropOldest => assert_eq!(all, (vec![4, 5], vec![6], vec![0, 1, 2, 3])),
            WhenFull::DropNewest => assert_eq!(all, (vec![0, 1, 2, 3], vec![6], vec![4, 5])),
        }
    }
    // For those who never ask what was dropped, that is bounded too.
    let mut session = Session::new()
        .with_queue_limits(limits)
        .with_when_full(WhenFull::DropOldest);
    for message in 0..1_000_u32 {
        session.publish(message, terms(1), NOW).unwrap();
    }
    assert_eq!(std::iter::from_fn(|| session.dropped()).count(), 4);
}

#[test]
fn row_47_a_message_expires_in_the_queue_and_not_in_flight() {
    let second = Duration::from_secs(1);
    let mut session = Session::new();
    let message = |text: &str, seconds| {
        Message::from(&Publish {
            message_expiry_interval: Some(seconds),
            ..Publish::new(T, text.as_bytes())
        })
    };
    for (text, seconds) in [("a", 2), ("b", 10), ("d", 100), ("c", 3)] {
        let message = message(text, seconds);
        let terms = message.terms(QoS::AtLeastOnce, NOW);
        session.publish(message, terms, NOW).unwrap();
    }
    session.connected(Agreed {
        send_maximum: 1,
        ..Agreed::new(Version::V5)
    });
    // Four and a half seconds later only one has time, of which the begun second counts.
    let now = 4 * second + second / 2;
    let interval = |session: &mut Session, now| {
        let next = session.transmit(now)?;
        let Packet::Publish(publish) = next.packet() else {
            panic!();
        };
        let sent = (publish.payload.to_vec(), publish.message_expiry_interval);
        next.sent();
        Some(sent)
    };
    assert_eq!(interval(&mut session, now), Some((b"b".to_vec(), Some(6))));
    assert_eq!(interval(&mut session, now), None);
    let (dropped, why) = session.dropped().unwrap();
    assert_eq!((dropped.payload(), why), (&b"a"[..], Dropped::Expired));
    // Behind what waits for quota it goes when asked for.
    assert!(session.dropped().is_none());
    session.expire(now);
    assert_eq!(session.dropped().unwrap().0.payload(), b"c");
    // In flight it has no end, and never less than no time.
    session.connected(Agreed::new(Version::V5));
    let late = 1_000 * second;
    assert_eq!(interval(&mut session, late), Some((b"b".to_vec(), Some(0))));
}

#[test]
fn row_53_a_process_that_dies_between_event_and_answer_has_the_message_again() {
    for version in VERSIONS {
        let mut session = connected(version, 10);
        let _ = session
            .receive(&publish(QoS::ExactlyOnce, 1, false))
            .unwrap();
        handle_behind(&mut session, 2);
        let mut saved = Vec::new();
        session
            .save(NOW, |_| Publish::new(T, b""), &mut saved)
            .unwrap();
        let mut session = Session::new()
            .restored(&saved, NOW, NOW, |_| (0, 0))
            .unwrap();
        session.connected(Agreed::new(version));
        // The open one is new again; the other was taken and is not.
        let taken = session
            .receive(&publish(QoS::ExactlyOnce, 1, true))
            .unwrap();
        assert!(matches!(taken.incoming, Some(Incoming::Message(Some(_)))));
        let taken = session
            .receive(&publish(QoS::ExactlyOnce, 2, true))
            .unwrap();
        assert_eq!(taken.incoming, None);
    }
}

/// Takes and acknowledges one whose answer has to wait.
fn handle_behind(session: &mut Session<u32>, n: u16) {
    let taken = session
        .receive(&publish(QoS::ExactlyOnce, n, false))
        .unwrap();
    match taken.incoming {
        Some(Incoming::Message(Some(receipt))) => assert!(session.acknowledge(receipt)),
        other => panic!("{other:?}"),
    }
    assert!(session.transmit(NOW).is_none());
}

#[test]
fn fixed_storage_bounds_what_a_peer_can_ask_for() {
    // 3.1.1 knows no Receive Maximum: what has no place is an error.
    let mut receiver = Receiver::new([Mark::EMPTY; 3]);
    receiver.connected(Version::V3_1_1, u16::MAX);
    for n in 1..=3 {
        assert!(
            receiver
                .receive(&publish(QoS::AtLeastOnce, n, false))
                .unwrap()
                .is_new
        );
    }
    let error = receiver
        .receive(&publish(QoS::AtLeastOnce, 4, false))
        .unwrap_err();
    assert_eq!(error.kind(), ProtocolErrorKind::ReceiveMaximumExceeded);
    // And of what the peer offers no more is used than there is.
    let mut sender = Sender::new([Slot::<u8>::EMPTY; 8]);
    sender.connected(Version::V5, u16::MAX);
    assert_eq!(sender.send_quota(), 6);
    let mut sender = sender.with_max_in_flight(NonZeroU16::MIN);
    sender.connected(Version::V5, u16::MAX);
    assert_eq!(sender.send_quota(), 1);
}
