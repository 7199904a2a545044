//! PUBACK, PUBREC, PUBREL and PUBCOMP in all of their forms (3.4 to 3.7): they are so frequent
//! that a decoder takes a short way for most of them, which has to lead to the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use puremqtt::{Ack, DecodeErrorKind, Decoder, Field, Packet, PacketId, ReasonCode, Version};

type Kind = fn(Ack<'static>) -> Packet<'static>;
const KINDS: [(u8, Kind); 4] = [
    (0x40, Packet::PubAck),
    (0x50, Packet::PubRec),
    (0x62, Packet::PubRel),
    (0x70, Packet::PubComp),
];
const OLD: [Version; 2] = [Version::V3_1, Version::V3_1_1];

fn ack(kind: Kind, reason: ReasonCode) -> Packet<'static> {
    let id = PacketId::new(0x0102).unwrap();
    let ack = Ack {
        reason,
        ..Ack::new(id)
    };
    kind(ack)
}

/// What comes of these bytes: this packet of this length, or what is wrong.
fn reads(version: Version, wire: &[u8], expected: Result<(Packet<'_>, usize), DecodeErrorKind>) {
    let mut decoder = Decoder::new(version);
    let decoded = decoder
        .decode(wire)
        .map(|packet| packet.expect("all of it"));
    assert_eq!(
        decoded.map_err(|error| error.kind()),
        expected,
        "{version}: {wire:02x?}"
    );
}

#[test]
fn before_mqtt_5_there_is_an_identifier_and_nothing_else() {
    for version in OLD {
        for (first, kind) in KINDS {
            let packet = ack(kind, ReasonCode::SUCCESS);
            reads(version, &[first, 2, 1, 2], Ok((packet, 4)));
            let trailing = Err(DecodeErrorKind::TrailingBytes);
            reads(version, &[first, 3, 1, 2, 0], trailing);
            reads(version, &[first, 4, 1, 2, 0, 0], trailing);
            let ends = Err(DecodeErrorKind::EndsBefore(Field::PacketIdentifier));
            reads(version, &[first, 1, 1], ends);
            reads(version, &[first, 0], ends);
            let zero = Err(DecodeErrorKind::PacketIdZero);
            reads(version, &[first, 2, 0, 0], zero);
            // A Remaining Length of more bytes than it needs.
            reads(version, &[first, 0x82, 0, 1, 2], Ok((packet, 5)));
        }
    }
}

#[test]
fn in_mqtt_5_reason_and_properties_may_be_left_out() {
    for (first, kind) in KINDS {
        let success = ack(kind, ReasonCode::SUCCESS);
        reads(Version::V5, &[first, 2, 1, 2], Ok((success, 4)));
        reads(Version::V5, &[first, 3, 1, 2, 0], Ok((success, 5)));
        reads(Version::V5, &[first, 4, 1, 2, 0, 0], Ok((success, 6)));
        let code = if first < 0x60 { 0x80 } else { 0x92 };
        let refusal = ack(kind, ReasonCode::from(code));
        reads(Version::V5, &[first, 3, 1, 2, code], Ok((refusal, 5)));
        reads(Version::V5, &[first, 4, 1, 2, code, 0], Ok((refusal, 6)));
        let trailing = Err(DecodeErrorKind::TrailingBytes);
        reads(Version::V5, &[first, 5, 1, 2, code, 0, 0], trailing);
        let zero = Err(DecodeErrorKind::PacketIdZero);
        reads(Version::V5, &[first, 2, 0, 0], zero);
        // [5.0/MQTT-1.5.5-1]
        let long = Err(DecodeErrorKind::IntegerNotMinimal);
        reads(Version::V5, &[first, 0x82, 0, 1, 2], long);
    }
}
