//! What real clients and brokers sent (see `tests/captures/README.md`) is
//! decoded, and encoded back to the same bytes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use puremqtt::{Decoder, Encoder, Packet, PacketType, Version};

const VERSIONS: [(&str, Version); 3] = [
    ("3.1", Version::V3_1),
    ("3.1.1", Version::V3_1_1),
    ("5", Version::V5),
];

/// Packets that a peer wrote longer than it had to, and what we write instead.
/// All are legal: with Reason Code 0x00 and no properties both the code and the
/// Property Length may be left out (5.0, 3.4.2.1, 3.5.2.1, 3.6.2.1, 3.7.2.1, 3.14.2.1).
const LONGER: [(&str, PacketType, &[u8], &[u8]); 4] = [
    (
        "mqttjs",
        PacketType::PubRec,
        &[0x50, 4, 0, 0, 0, 0],
        &[0x50, 2, 0, 0],
    ),
    (
        "mqttjs",
        PacketType::PubRel,
        &[0x62, 4, 0, 0, 0, 0],
        &[0x62, 2, 0, 0],
    ),
    (
        "mqttjs",
        PacketType::PubComp,
        &[0x70, 4, 0, 0, 0, 0],
        &[0x70, 2, 0, 0],
    ),
    ("", PacketType::Disconnect, &[0xe0, 2, 0, 0], &[0xe0, 0]),
];

/// The peers whose DISCONNECT is longer than it had to be.
const LONG_DISCONNECTS: [&str; 2] = ["mqttjs", "paho_c"];

#[test]
fn every_packet_is_decoded_and_encoded_back_to_the_same_bytes() {
    let mut packets = 0;
    for (version, path, bytes) in captures() {
        let name = path.file_name().unwrap().to_str().unwrap();
        for (at, packet, wire) in decode_all(version, &path, &bytes) {
            packets += 1;
            let mut encoded = Vec::new();
            let mut encoder = Encoder::new(version).with_topic_alias_maximum(u16::MAX);
            encoder
                .encode(packet, &mut encoded)
                .unwrap_or_else(|error| panic!("{name} at {at}: {error}"));
            if encoded != wire {
                let shorter = shorter_form(name, packet.packet_type(), wire);
                assert_eq!(Some(encoded), shorter, "{name} at {at}: {packet}");
            }
        }
    }
    assert!(packets > 500, "{packets} packets");
}

#[test]
fn every_kind_of_packet_but_auth_is_among_them_in_each_version() {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (version, path, bytes) in captures() {
        let folder = VERSIONS.iter().find(|(_, v)| *v == version).unwrap().0;
        for (_, packet, _) in decode_all(version, &path, &bytes) {
            kinds
                .entry(folder)
                .or_default()
                .insert(packet.packet_type().name());
        }
    }
    for (folder, kinds) in kinds {
        assert_eq!(kinds.len(), 14, "{folder}: {kinds:?}");
    }
}

#[test]
fn the_decoder_of_the_receiving_role_takes_every_file_but_those_with_topic_aliases_it_must_resolve()
{
    for (version, path, bytes) in captures() {
        let from_client = path.to_str().unwrap().ends_with(".client.bin");
        let decoder = if from_client {
            Decoder::server()
        } else {
            Decoder::client(version)
        };
        let mut decoder = decoder.with_topic_alias_maximum(100);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let decoded = decoder
                .decode(rest)
                .unwrap_or_else(|error| panic!("{path:?}: {error}"));
            let (packet, used) = decoded.unwrap_or_else(|| panic!("{path:?} ends within a packet"));
            if let Packet::Publish(publish) = packet {
                assert!(!publish.topic.is_empty(), "{path:?}");
                assert_eq!(publish.topic_alias, None, "{path:?}");
            }
            rest = &rest[used..];
        }
        assert_eq!(decoder.version(), Some(version), "{path:?}");
    }
}

/// The bytes we write for a packet that the peer wrote longer, if it is one of [`LONGER`].
fn shorter_form(name: &str, packet_type: PacketType, wire: &[u8]) -> Option<Vec<u8>> {
    let (peer, _, long, short) = LONGER
        .iter()
        .find(|(_, listed, ..)| *listed == packet_type)?;
    let listed = match packet_type {
        PacketType::Disconnect => LONG_DISCONNECTS.iter().any(|peer| name.starts_with(peer)),
        _ => name.starts_with(peer),
    };
    // The Packet Identifier, where there is one, is whatever it was.
    let mut expected = long.to_vec();
    let mut shorter = short.to_vec();
    if let (Some(expected), Some(shorter)) = (expected.get_mut(2..4), shorter.get_mut(2..4)) {
        expected.copy_from_slice(&wire[2..4]);
        shorter.copy_from_slice(&wire[2..4]);
    }
    (listed && wire == expected).then_some(shorter)
}

/// The packets of one direction, each with its offset and its bytes.
fn decode_all<'a>(
    version: Version,
    path: &Path,
    bytes: &'a [u8],
) -> Vec<(usize, Packet<'a>, &'a [u8])> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        // A decoder lends what it decodes, so each packet that is kept has one of its own.
        let decoder = Box::leak(Box::new(Decoder::observer()));
        decoder.set_version(version);
        let decoded = decoder
            .decode(&bytes[at..])
            .unwrap_or_else(|error| panic!("{path:?} at {at}: {error}"));
        let (packet, used) = decoded.unwrap_or_else(|| panic!("{path:?} ends within a packet"));
        found.push((at, packet, &bytes[at..at + used]));
        at += used;
    }
    found
}

/// All files of one direction of a connection, with their version.
fn captures() -> Vec<(Version, PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures");
    let mut found = Vec::new();
    for (folder, version) in VERSIONS {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            found.push((version, path, bytes));
        }
    }
    assert!(found.len() > 100, "{} captures", found.len());
    found
}
