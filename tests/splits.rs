//! However a stream of packets is cut, the same packets come out of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

#[path = "common/model.rs"]
mod model;
#[path = "common/rules.rs"]
mod rules;
#[path = "common/samples.rs"]
mod samples;
#[path = "common/strategy.rs"]
mod strategy;

use proptest::collection::vec;
use proptest::prelude::*;
use puremqtt::{DecodeErrorKind, Decoder, Packet, Role, Version};

use crate::rules::{VERSIONS, join, observer, read_as, wire};
use crate::samples::samples;
use crate::strategy::{packets, versions};

/// Every sample of a version, one after the other: the packets' bytes.
fn stream(version: Version) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    samples(version, |packet| packets.push(wire(version, packet)));
    packets
}

/// Reads pieces as a connection does: appends each to what is left, takes off
/// whole packets. Gives the packets, encoded again.
fn read_in_pieces<'p>(
    decoder: &mut Decoder,
    version: Version,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> Vec<Vec<u8>> {
    let mut buffer: Vec<u8> = Vec::new();
    let mut packets = Vec::new();
    for piece in pieces {
        buffer.extend(piece);
        loop {
            let frame_len = decoder.frame_len(&buffer).unwrap();
            let found = decoder.decode(&buffer).unwrap();
            assert_eq!(found.map(|(_, used)| used), frame_len);
            let Some((packet, used)) = found else { break };
            packets.push(wire(read_as(&packet, version), packet));
            buffer.drain(..used);
        }
        assert_ne!(decoder.needed(&buffer), 0);
    }
    assert!(buffer.is_empty());
    packets
}

#[test]
fn two_pieces_cut_anywhere_give_the_same_packets() {
    for version in VERSIONS {
        let packets = stream(version);
        let bytes = packets.concat();
        // A cut concerns the packet it is in and its neighbours.
        for window in packets.windows(3) {
            let bytes = window.concat();
            for cut in 0..=bytes.len() {
                let (start, end) = bytes.split_at(cut);
                assert_eq!(
                    read_in_pieces(&mut observer(version), version, [start, end]),
                    window
                );
            }
        }
        assert_eq!(
            read_in_pieces(&mut observer(version), version, [&bytes[..]]),
            packets
        );
    }
}

#[test]
fn pieces_of_any_length_give_the_same_packets() {
    for version in VERSIONS {
        let packets = stream(version);
        let bytes = packets.concat();
        for length in [1, 2, 3, 7, 64, 1460] {
            let read = read_in_pieces(&mut observer(version), version, bytes.chunks(length));
            assert_eq!(read, packets, "pieces of {length}");
        }
    }
}

proptest! {
    #[test]
    fn random_pieces_give_the_same_packets(
        models in vec(packets(), 1..6), version in versions(),
        lengths in vec(1..200_usize, 1..20),
    ) {
        let packets: Vec<Vec<u8>> = models
            .iter()
            .map(|model| model.lend(version, |packet| wire(version, packet)))
            .collect();
        let bytes = packets.concat();
        let mut rest = &bytes[..];
        let mut lengths = lengths.into_iter().cycle();
        let pieces = std::iter::from_fn(|| {
            // Large packets in larger pieces, so that there are not too many.
            let length = lengths.next()?.max(bytes.len() / 500).min(rest.len());
            let (piece, after) = rest.split_at(length);
            rest = after;
            (!piece.is_empty()).then_some(piece)
        });
        prop_assert_eq!(read_in_pieces(&mut observer(version), version, pieces), packets);
    }
}

#[test]
fn the_pieces_that_a_decoder_asks_for_give_one_packet_each() {
    for version in VERSIONS {
        let packets = stream(version);
        let bytes = packets.concat();
        let mut decoder = observer(version);
        let (mut start, mut end) = (0, 0);
        for packet in &packets {
            let mut questions = 0;
            while let needed @ 1.. = decoder.needed(&bytes[start..end]) {
                end += needed;
                questions += 1;
            }
            // Once for the shortest header, for each byte that it has more, for the body.
            assert!(questions <= 5);
            let (_, used) = decoder.decode(&bytes[start..end]).unwrap().unwrap();
            assert_eq!((used, end - start), (packet.len(), packet.len()));
            start = end;
        }
    }
}

#[test]
fn a_decoder_remembers_topic_aliases_however_the_packets_come() {
    let stream = b"\x30\x07\x00\x01a\x03\x23\x00\x01\x30\x07\x00\x00\x03\x23\x00\x01x";
    for length in 1..=stream.len() {
        let mut decoder = Decoder::client(Version::V5).with_topic_alias_maximum(1);
        let read = read_in_pieces(&mut decoder, Version::V5, stream.chunks(length));
        assert_eq!(
            read,
            [&b"\x30\x04\x00\x01a\x00"[..], b"\x30\x05\x00\x01a\x00x"]
        );
    }
}

/// A PUBLISH of 1 MiB whose topic is no UTF-8.
fn broken_megabyte() -> Vec<u8> {
    let mut body = vec![0xff; 1 << 20];
    body[..2].copy_from_slice(&[0x00, 0x10]);
    join(0x30, &body)
}

#[test]
fn the_body_of_an_incomplete_packet_is_not_looked_at() {
    let bytes = broken_megabyte();
    let last = bytes.len() - 1;
    let mut decoder = Decoder::new(Version::V3_1_1);
    // A byte at a time: each costs a look at the header, else the error came early.
    for end in 0..=last {
        assert_eq!(decoder.decode(&bytes[..end]), Ok(None));
    }
    let error = decoder.decode(&bytes).unwrap_err();
    assert!(matches!(error.kind(), DecodeErrorKind::NotUtf8(_)));
    assert_eq!(error.offset(), 1 + 3 + 2);
}

#[test]
fn a_megabyte_that_comes_byte_by_byte_is_one_packet() {
    let mut bytes = broken_megabyte();
    bytes[6..6 + 16].fill(b't');
    let mut decoder = Decoder::new(Version::V3_1_1);
    let found = (0..bytes.len()).find(|&end| decoder.decode(&bytes[..end]).unwrap().is_some());
    assert_eq!(found, None);
    let (packet, used) = decoder.decode(&bytes).unwrap().unwrap();
    assert_eq!(used, bytes.len());
    let Packet::Publish(publish) = packet else {
        panic!("{packet}")
    };
    assert_eq!(publish.payload.len(), (1 << 20) - 18);
}

#[test]
fn type_flags_direction_and_size_are_judged_before_the_body_comes() {
    let header = |mut decoder: Decoder, bytes: &[u8]| {
        assert_eq!(
            decoder.frame_len(bytes),
            decoder.clone().decode(bytes).map(|_| None)
        );
        decoder.decode(bytes).unwrap_err().kind()
    };
    let v3 = || Decoder::new(Version::V3_1_1);
    assert_eq!(header(v3(), b"\x00"), DecodeErrorKind::ReservedPacketType);
    assert_eq!(header(v3(), b"\xf0"), DecodeErrorKind::ReservedPacketType);
    assert_eq!(header(v3(), b"\x80"), DecodeErrorKind::ReservedFlags);
    assert_eq!(header(v3(), b"\x1f"), DecodeErrorKind::ReservedFlags);
    assert_eq!(header(v3(), b"\x60"), DecodeErrorKind::ReservedFlags);
    assert_eq!(
        header(Decoder::client(Version::V5), b"\x10"),
        DecodeErrorKind::WrongDirection(Role::Server)
    );
    assert_eq!(
        header(Decoder::server(), b"\xc0"),
        DecodeErrorKind::ConnectExpected
    );
    assert_eq!(
        header(Decoder::observer(), b"\xc0"),
        DecodeErrorKind::VersionUnknown
    );
    let (size, maximum) = (268_435_460, 100);
    let too_large = DecodeErrorKind::PacketTooLarge { size, maximum };
    assert_eq!(
        header(v3().with_max_packet_size(100), b"\x30\xff\xff\xff\x7f"),
        too_large
    );
    // A first packet has a limit of its own.
    let maximum = 100_000;
    let too_large = DecodeErrorKind::ConnectTooLarge { size, maximum };
    assert_eq!(
        header(Decoder::server(), b"\x10\xff\xff\xff\x7f"),
        too_large
    );
}

#[test]
fn a_limit_lets_in_a_packet_of_just_that_size() {
    for version in VERSIONS {
        for packet in stream(version) {
            let size = packet.len();
            let maximum = size as u32;
            let mut decoder = observer(version);
            decoder.set_max_packet_size(maximum);
            assert!(decoder.decode(&packet).unwrap().is_some());
            let maximum = maximum - 1;
            decoder.set_max_packet_size(maximum);
            let error = decoder.decode(&packet).map(|_| ()).unwrap_err();
            assert_eq!(
                error.kind(),
                DecodeErrorKind::PacketTooLarge { size, maximum }
            );
        }
    }
}
