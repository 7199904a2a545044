//! The table of fixed headers, cell by cell (2.2 in 3.1.1, 2.1 in 5).

use puremqtt::{DecodeErrorKind, Decoder, Version};

use crate::check::{
    MALFORMED, accepts, decode, hex, is_published_as_a_packet, packet, refuses,
    server_after_connect, vectors_of,
};

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];

/// The first bytes there are: the type, its name's flags, then who sends it.
/// PUBLISH is left to [`is_publish`].
const FIRST_BYTES: [(u8, bool, bool); 14] = [
    (0x10, true, false),
    (0x20, false, true),
    (0x40, true, true),
    (0x50, true, true),
    (0x62, true, true),
    (0x70, true, true),
    (0x82, true, false),
    (0x90, false, true),
    (0xa2, true, false),
    (0xb0, false, true),
    (0xc0, true, false),
    (0xd0, false, true),
    (0xe0, true, true),
    (0xf0, true, true),
];

/// A PUBLISH of QoS 0 to 2, with DUP from QoS 1 on.
fn is_publish(first: u8) -> bool {
    let (dup, qos) = (first & 8 != 0, first >> 1 & 3);
    first >> 4 == 3 && qos < 3 && !(dup && qos == 0)
}

/// From a client, from a server; `None` where no packet begins so.
fn senders(first: u8, version: Version) -> Option<(bool, bool)> {
    if is_publish(first) {
        return Some((true, true));
    }
    let mut listed = first;
    // 3.1 has DUP on three more.
    if version == Version::V3_1 && matches!(first, 0x6a | 0x8a | 0xaa) {
        listed &= !8;
    }
    let row = FIRST_BYTES.iter().find(|row| row.0 == listed)?;
    match (row.0, version) {
        (0xf0, Version::V3_1 | Version::V3_1_1) => None,
        // A server's DISCONNECT came with 5.
        (0xe0, Version::V3_1 | Version::V3_1_1) => Some((true, false)),
        _ => Some((row.1, row.2)),
    }
}

/// The shortest body behind a first byte.
fn body(first: u8, version: Version) -> Vec<u8> {
    let v5 = version == Version::V5;
    hex(match (first >> 4, version) {
        (1, Version::V3_1) => "00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61",
        (1, Version::V3_1_1) => "00 04 4d 51 54 54 04 02 00 00 00 01 61",
        (1, Version::V5) => "00 04 4d 51 54 54 05 02 00 00 00 00 01 61",
        (2, _) if v5 => "00 00 00",
        (2, _) => "00 00",
        (3, _) if v5 && first & 6 == 0 => "00 01 61 00",
        (3, _) if v5 => "00 01 61 00 01 00",
        (3, _) if first & 6 == 0 => "00 01 61",
        (3, _) => "00 01 61 00 01",
        (4..=7, _) => "00 01",
        (8, _) if v5 => "00 01 00 00 01 61 00",
        (8, _) => "00 01 00 01 61 00",
        (9, _) if v5 => "00 01 00 00",
        (9, _) => "00 01 00",
        (10, _) if v5 => "00 01 00 00 01 61",
        (10, _) => "00 01 00 01 61",
        (11, _) if v5 => "00 01 00 00",
        (11, _) => "00 01",
        // 0x00 is the server's alone, 0x18 of both.
        (15, _) => "18 04 15 00 01 4d",
        _ => "",
    })
}

#[test]
fn every_first_byte_in_every_version() {
    for version in VERSIONS {
        vectors_of(version, "every first byte");
        for first in 0..=u8::MAX {
            let wire = packet(first, &body(first, version));
            let is_packet = senders(first, version).is_some();
            let published = is_published_as_a_packet(version, &wire);
            assert_eq!(published, Some(is_packet), "{version} {first:#04x}");
            if is_packet {
                accepts(version, wire);
            } else {
                let error = refuses(version, wire);
                assert_eq!(error.reason(), MALFORMED, "{first:#04x}: {error}");
                // The first byte is enough to know.
                let mut early = Decoder::new(version);
                assert_eq!(early.decode(&[first]), Err(error));
            }
        }
    }
}

#[test]
fn every_first_byte_from_either_role() {
    for version in VERSIONS {
        for first in 0..=u8::MAX {
            let wire = packet(first, &body(first, version));
            let (from_client, from_server) = senders(first, version).unwrap_or_default();
            let server = decode(server_after_connect(version), wire.clone());
            assert_eq!(server.is_ok(), from_client, "{first:#04x} to a server");
            let client = decode(Decoder::client(version), wire);
            assert_eq!(client.is_ok(), from_server, "{first:#04x} to a client");
        }
    }
}

#[test]
fn every_first_byte_before_connect() {
    for first in 0..=u8::MAX {
        let decoded = decode(Decoder::server(), packet(first, &body(first, Version::V5)));
        match decoded {
            Ok(packet) => assert_eq!((first, packet.packet_id()), (0x10, None)),
            Err(error) if matches!(first >> 4, 0 | 1) => assert_eq!(error.reason(), MALFORMED),
            Err(error) => assert_eq!(error.kind(), DecodeErrorKind::ConnectExpected),
        }
    }
}
