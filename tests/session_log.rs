//! The records of a session's log, one by one: what each may bear, and what
//! comes out of it.
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

use std::num::NonZeroU16;
use std::time::Duration;

use puremqtt::{
    Agreed, Delivery, Message, Outgoing, PacketId, Publish, QoS, Record, RestoreErrorKind, Session,
    TopicName, Version,
};

const T: TopicName = TopicName::literal("t");
const NOW: Duration = Duration::ZERO;
const PLAIN: Publish = Publish::new(T, b"x");

fn id(number: u16) -> PacketId {
    PacketId::new(number).unwrap()
}

fn of_qos_1(packet_id: u16, dup: bool) -> Delivery {
    Delivery::AtLeastOnce {
        packet_id: id(packet_id),
        dup,
    }
}

/// The log of a session in which nothing has happened yet.
fn new() -> Vec<u8> {
    let mut log = Vec::new();
    let session = Session::<Message>::new();
    session.save(NOW, Message::publish, &mut log).unwrap();
    log
}

fn log(records: &[Record<'_>]) -> Vec<u8> {
    let mut log = new();
    for record in records {
        record.append_to(&mut log).unwrap();
    }
    log
}

/// The log of one record that nobody of us would write: tag, packet and CRC-32.
fn log_of(tag: u8, packet: &[u8]) -> Vec<u8> {
    let record = [&[tag], packet].concat();
    let sum = crc_32(&record).to_be_bytes();
    [&new()[..], &record, &sum].concat()
}

/// CRC-32 as of Ethernet (IEEE 802.3): the remainder of a division, bit by bit.
fn crc_32(bytes: &[u8]) -> u32 {
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).map(move |at| byte >> at & 1));
    let remainder = bits.fold(u32::MAX, |rest, bit| {
        let carried = (rest & 1) ^ u32::from(bit);
        (rest >> 1) ^ (carried * 0xedb8_8320)
    });
    !remainder
}

fn restored(log: &[u8]) -> Result<Session, RestoreErrorKind> {
    let build = |publish: &Publish<'_>| (Message::from(publish), 1);
    let session = Session::new().restored(log, NOW, NOW, build);
    session.map_err(|error| error.kind())
}

#[test]
fn what_is_in_flight_has_an_identifier() {
    let of_qos_1 = log_of(2, b"\x32\x07\x00\x01t\x00\x07\x00x");
    assert_eq!(restored(&of_qos_1).unwrap().in_flight(), 1);
    let of_qos_0 = log_of(2, b"\x30\x05\x00\x01t\x00x");
    assert_eq!(restored(&of_qos_0), Err(RestoreErrorKind::Altered));
}

#[test]
fn a_refusal_is_the_end_of_an_exchange_and_no_step_of_it() {
    // Tag 3: PUBREL is due; tag 4: the peer's message is taken.
    for tag in [3, 4] {
        let taken = log_of(tag, b"\x50\x02\x00\x07");
        assert!(restored(&taken).is_ok(), "{tag}");
        let nobody = log_of(tag, b"\x50\x03\x00\x07\x10");
        assert!(restored(&nobody).is_ok(), "{tag}");
        let refused = log_of(tag, b"\x50\x03\x00\x07\x80");
        let error = restored(&refused).unwrap_err();
        assert_eq!(error, RestoreErrorKind::Altered, "{tag}");
    }
}

#[test]
fn a_record_is_of_a_known_kind_with_a_packet_that_fits() {
    let publish = b"\x32\x07\x00\x01t\x00\x07\x00x";
    for (tag, packet) in [
        (0, &publish[..]),
        (6, publish),
        (3, publish),
        (1, b"\x50\x02\x00\x07"),
        (5, b"\x50\x02\x00\x07"),
        (1, b"\xc0\x00"),
    ] {
        let error = restored(&log_of(tag, packet)).unwrap_err();
        assert_eq!(error, RestoreErrorKind::Altered, "{tag}, {packet:02x?}");
    }
}

#[test]
fn a_topic_alias_is_its_connections_and_none_of_a_logs() {
    let aliased = Publish {
        delivery: of_qos_1(7, false),
        topic_alias: NonZeroU16::new(3),
        ..PLAIN
    };
    for record in [Record::Pending, Record::InFlight] {
        let session = restored(&log(&[record(aliased)])).unwrap();
        assert_eq!(session.pending() + usize::from(session.in_flight()), 1);
    }
}

#[test]
fn a_pending_message_has_no_identifier_yet() {
    let with = |packet_id, dup| {
        log(&[Record::Pending(Publish {
            delivery: of_qos_1(packet_id, dup),
            ..PLAIN
        })])
    };
    assert_eq!(with(7, true), with(9, false));
}

#[test]
fn a_message_that_has_waited_is_the_same_with_less_time_left() {
    let with = |seconds| Publish {
        delivery: of_qos_1(1, false),
        message_expiry_interval: Some(seconds),
        ..PLAIN
    };
    let sent = log(&[Record::Pending(with(60)), Record::InFlight(with(50))]);
    let session = restored(&sent).unwrap();
    assert_eq!((session.pending(), session.in_flight()), (0, 1));
    let dropped = log(&[Record::Pending(with(60)), Record::Unqueued(with(1))]);
    assert!(restored(&dropped).unwrap().is_empty());
}

#[test]
fn a_message_that_differs_is_not_the_one_that_was_pending() {
    let pending = Publish {
        delivery: of_qos_1(1, false),
        ..PLAIN
    };
    let others = [
        Publish {
            retain: true,
            ..pending
        },
        Publish {
            payload: b"y",
            ..pending
        },
        Publish {
            delivery: Delivery::ExactlyOnce {
                packet_id: id(1),
                dup: false,
            },
            ..pending
        },
    ];
    for other in others {
        let records = [Record::Pending(pending), Record::InFlight(other)];
        let session = restored(&log(&records)).unwrap();
        assert_eq!(
            (session.pending(), session.in_flight()),
            (1, 1),
            "{other:?}"
        );
        let records = [Record::Pending(pending), Record::Unqueued(other)];
        let error = restored(&log(&records)).unwrap_err();
        assert_eq!(error, RestoreErrorKind::Contradiction, "{other:?}");
    }
}

#[test]
fn a_save_keeps_what_is_left_of_a_messages_time() {
    let expiring = Publish {
        message_expiry_interval: Some(60),
        ..PLAIN
    };
    let message = Message::from(&expiring);
    let terms = message.terms(QoS::AtLeastOnce, NOW);
    let mut session = Session::new();
    session.publish(message, terms, NOW).unwrap();
    let mut saved = Vec::new();
    let later = Duration::from_secs(50);
    session.save(later, Message::publish, &mut saved).unwrap();

    let mut session = restored(&saved).unwrap();
    session.connected(Agreed::new(Version::V5));
    let next = session.transmit(NOW).unwrap();
    let Outgoing::Message {
        message_expiry_interval,
        ..
    } = next.outgoing()
    else {
        panic!("{next:?}")
    };
    assert_eq!(message_expiry_interval, Some(10));
}
