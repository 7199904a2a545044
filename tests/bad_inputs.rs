//! What broke other implementations, as far as one packet shows it. The rows
//! are numbered as in the table of bad inputs that all tests of that name share.
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

#[allow(dead_code, reason = "shared with other tests, which use all of it")]
#[path = "conformance/check.rs"]
mod check;

use check::{
    MALFORMED, PROTOCOL_ERROR, UNNUMBERED, accepts, accepts_v3_1_1, accepts_v5, cannot_encode,
    decode, decodes, encoded, encodes, hex, id, length, packet, refuses, refuses_v3_1_1,
    refuses_v5, server_after_connect,
};
use puremqtt::{
    Connect, DecodeErrorKind, Decoder, EncodeError, Encoder, List, Output, Packet, Publish,
    PublishProperties, QoS, ReasonCode, Role, Subscribe, Subscription, TopicErrorKind, TopicFilter,
    TopicName, UserProperty, Version, Will,
};

const V3_1_1: Version = Version::V3_1_1;
const V5: Version = Version::V5;
const VERSIONS: [Version; 3] = [Version::V3_1, V3_1_1, V5];
const A: TopicName = TopicName::literal("a");

/// Valid packets of a version, large and small.
fn examples(version: Version) -> Vec<Vec<u8>> {
    let examples: &[&str] = match version {
        Version::V3_1 => &[
            "10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61",
            "10 1b 00 06 4d 51 49 73 64 70 03 c6 00 00 00 01 61 00 01 77 00 01 6d 00 01 75 00 01 70",
            "20 02 00 00",
            "6a 02 00 01",
            "8a 0a 00 01 00 01 61 00 00 01 62 01",
            "90 04 00 01 00 01",
            "aa 08 00 01 00 01 61 00 01 62",
        ],
        Version::V3_1_1 => &[
            "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61",
            "10 19 00 04 4d 51 54 54 04 c6 00 00 00 01 61 00 01 77 00 01 6d 00 01 75 00 01 70",
            "20 02 00 05",
            "30 04 00 01 61 78",
            "32 09 00 03 61 2f 62 00 01 78 79",
            "3d 05 00 01 61 ff ff",
            "40 02 00 01",
            "62 02 00 01",
            "82 0b 00 01 00 02 61 62 00 00 01 62 01",
            "90 04 00 01 00 80",
            "a2 09 00 01 00 02 61 62 00 01 62",
            "b0 02 00 01",
            "c0 00",
            "d0 00",
            "e0 00",
        ],
        Version::V5 => &[
            "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61",
            "10 34 00 04 4d 51 54 54 05 c6 00 00 14 15 00 01 4d 16 00 01 64 21 00 05 \
             26 00 01 6b 00 01 76 17 00 00 01 61 05 18 00 00 00 01 00 01 77 00 01 6d \
             00 01 75 00 01 70",
            "20 0e 00 00 0b 12 00 01 61 24 01 27 00 00 00 10",
            "30 05 00 01 61 00 78",
            "32 18 00 01 61 00 01 11 03 00 01 74 08 00 01 72 0b 81 01 26 00 01 6b 00 00 78",
            "40 0b 00 01 10 07 26 00 01 6b 00 01 76",
            "50 03 00 01 97",
            "62 03 00 01 92",
            "70 09 00 01 92 05 1f 00 02 6e 6f",
            "82 0e 00 01 02 0b 05 00 02 61 62 01 00 01 62 2e",
            "90 0a 00 01 05 1f 00 02 6e 6f 00 87",
            "a2 11 00 01 07 26 00 01 6b 00 01 76 00 02 61 62 00 01 62",
            "b0 05 00 01 00 00 11",
            "e0 08 8e 06 1f 00 03 62 79 65",
            "f0 0a 18 08 15 00 01 4d 16 00 01 64",
        ],
    };
    examples.iter().map(|example| hex(example)).collect()
}

/// An error, or a packet that is written as it was read.
///
/// Four exceptions of the standards: long forms of what has a short one, what a
/// CONNECT of 3.1 flags and lacks, client identifiers that a server has to
/// refuse by CONNACK, and 0x8c in DISCONNECT, which is read and never written.
fn is_refused_or_sound(version: Version, wire: &[u8]) {
    let mut decoder = Decoder::observer();
    decoder.set_version(version);
    let packet = match decoder.decode(wire) {
        Ok(Some((packet, used))) => {
            assert!(used <= wire.len());
            if used < wire.len() {
                return;
            }
            packet
        }
        Ok(None) => return,
        Err(error) => {
            assert!(error.offset() <= wire.len(), "{wire:02x?}: {error}");
            return;
        }
    };
    // A CONNECT names its version itself.
    let written_as = match packet {
        Packet::Connect(connect) => connect.version,
        _ => version,
    };
    let mut encoder = Encoder::new(written_as).with_topic_alias_maximum(u16::MAX);
    let mut output = Vec::new();
    match encoder.encode(packet, &mut output) {
        Ok(()) if output == wire => {}
        Ok(()) => {
            // 3.1 may flag a user name or password that is not there; others have shorter forms.
            let is_3_1_connect = written_as == Version::V3_1 && wire[0] == 0x10;
            assert!(
                output.len() < wire.len() || is_3_1_connect,
                "{wire:02x?} became {output:02x?}"
            );
            let mut again = Decoder::observer();
            again.set_version(written_as);
            assert_eq!(again.decode(&output), Ok(Some((packet, output.len()))));
        }
        Err(EncodeError::EmptyClientIdentifier) => {
            assert!(matches!(packet, Packet::Connect(connect) if connect.client_id.is_empty()));
        }
        Err(EncodeError::ReasonCodeNotAllowed { .. }) => {
            assert!(matches!(packet, Packet::Disconnect(end) if end.reason.as_u8() == 0x8c));
        }
        Err(error) => panic!("{wire:02x?} is {packet:?}, but {error}"),
    }
}

#[test]
fn row_01_a_length_of_more_than_four_bytes() {
    for version in VERSIONS {
        for wire in [
            "30 ff ff ff ff 7f",
            "30 ff ff ff ff ff ff 7f",
            "30 80 80 80 80 00",
        ] {
            let error = refuses(version, wire);
            assert_eq!(error.kind(), DecodeErrorKind::IntegerTooLong);
            assert_eq!(error.reason(), MALFORMED);
        }
        // A fifth byte is never waited for.
        assert!(decode(Decoder::new(version), "30 ff ff ff ff").is_err());
        let mut decoder = Decoder::new(version);
        assert_eq!(decoder.decode(&hex("30 ff ff ff")), Ok(None));
        assert_eq!(decoder.needed(&hex("30 ff ff ff")), 1);
    }
}

#[test]
fn row_02_a_length_of_more_bytes_than_it_needs() {
    for over_long in ["c0 80 00", "c0 80 80 00", "c0 80 80 80 00"] {
        refuses_v5(over_long, MALFORMED, "5.0/MQTT-1.5.5-1");
        for version in [Version::V3_1, V3_1_1] {
            let packet = decodes(version, over_long);
            assert_eq!(packet, Packet::PingReq);
            encodes(version, packet, "c0 00");
            let strict = Decoder::new(version).refuse_long_lengths();
            assert!(decode(strict, over_long).is_err());
        }
    }
    let packet = decodes(V3_1_1, "30 84 80 00 00 01 61 78");
    encodes(V3_1_1, packet, "30 04 00 01 61 78");
    // Within a packet of 5: Property Length, a property's identifier, a property's value.
    refuses_v5("30 05 00 01 61 80 00", MALFORMED, "5.0/MQTT-1.5.5-1");
    refuses_v5("30 07 00 01 61 03 0b 81 00", MALFORMED, "5.0/MQTT-1.5.5-1");
    refuses_v5("30 07 00 01 61 03 81 00 01", MALFORMED, "5.0/MQTT-1.5.5-1");
}

/// Counts what is written and keeps the fixed header.
#[derive(Default)]
struct Large {
    header: Vec<u8>,
    len: usize,
}

impl Output for Large {
    fn room(&self) -> usize {
        usize::MAX
    }

    fn put(&mut self, bytes: &[u8]) {
        let missing = 5_usize.saturating_sub(self.header.len()).min(bytes.len());
        self.header.extend(&bytes[..missing]);
        self.len += bytes.len();
    }
}

#[test]
fn row_03_the_largest_lengths() {
    for (remaining_length, bytes) in [
        (2_097_151, "30 ff ff 7f"),
        (2_097_152, "30 80 80 80 01"),
        (268_435_455, "30 ff ff ff 7f"),
    ] {
        let header = hex(bytes);
        let payload = vec![0; remaining_length - 3];
        let mut output = Large::default();
        let publish = Publish::new(A, &payload);
        Encoder::new(V3_1_1).encode(publish, &mut output).unwrap();
        assert_eq!(output.header[..header.len()], header);
        assert_eq!(output.len, header.len() + remaining_length);
        let mut wire = vec![0; output.len];
        wire[..header.len()].copy_from_slice(&header);
        wire[header.len()..header.len() + 3].copy_from_slice(&[0, 1, b'a']);
        let mut decoder = Decoder::new(V3_1_1);
        let Ok(Some((Packet::Publish(read), used))) = decoder.decode(&wire) else {
            panic!("{remaining_length}");
        };
        assert_eq!((read.topic, read.payload.len()), (A, payload.len()));
        assert_eq!(used, wire.len());
    }
}

#[test]
fn row_04_a_promise_of_256_mb() {
    let promise = hex("30 ff ff ff 7f");
    for version in VERSIONS {
        let mut limited = Decoder::new(version).with_max_packet_size(1000);
        let error = limited.decode(&promise).unwrap_err();
        assert_eq!(
            error.kind(),
            DecodeErrorKind::PacketTooLarge {
                size: 268_435_460,
                maximum: 1000
            }
        );
        assert_eq!(error.reason(), ReasonCode::PACKET_TOO_LARGE);
        // Without a limit it is waited for; a decoder reserves nothing, it holds no bytes.
        let mut unlimited = Decoder::new(version);
        assert_eq!(unlimited.decode(&promise), Ok(None));
        assert_eq!(unlimited.needed(&promise), 268_435_455);
    }
    // Before CONNECT the type is judged first, then a limit of its own.
    let mut server = Decoder::server();
    let error = server.decode(&promise).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::ConnectExpected);
    let mut server = Decoder::server();
    let error = server.decode(&hex("10 ff ff ff 7f")).unwrap_err();
    assert_eq!(error.reason(), ReasonCode::PACKET_TOO_LARGE);
}

#[test]
fn row_05_a_byte_at_a_time() {
    let body = [&hex("00 01 61")[..], &vec![b'x'; 1 << 20]].concat();
    let wire = packet(0x30, &body);
    let mut decoder = Decoder::new(V3_1_1);
    // A million looks at up to a megabyte come to an end because each is at the fixed header alone.
    for end in 0..wire.len() {
        assert_eq!(decoder.decode(&wire[..end]), Ok(None));
    }
    assert!(matches!(decoder.decode(&wire), Ok(Some(_))));
    // Who asks how much is missing reads four times.
    let mut have = 0;
    let mut reads = 0;
    while decoder.needed(&wire[..have]) > 0 {
        have += decoder.needed(&wire[..have]);
        reads += 1;
    }
    assert_eq!(have, wire.len());
    assert!(reads <= 4, "{reads}");
}

#[test]
fn row_06_packets_behind_a_violation() {
    for version in VERSIONS {
        let mut decoder = Decoder::new(version);
        let input = [hex("c1 00"), hex("c0 00")].concat();
        let error = decoder.decode(&input).unwrap_err();
        assert_eq!(decoder.decode(&input[2..]), Err(error));
        assert_eq!(decoder.decode(&[]), Err(error));
        assert_eq!(decoder.frame_len(&input[2..]), Err(error));
        assert_eq!(decoder.needed(&input[2..]), 0);
    }
}

#[test]
fn row_07_lengths_that_point_elsewhere() {
    // Inputs that crashed or were taken.
    for (version, wire) in [
        (V3_1_1, "30 03 ff ff 61"),
        (V5, "30 04 ff ff 61 00"),
        // CONNACK, SUBACK and UNSUBACK shorter than promised.
        (V3_1_1, "20 00"),
        (V3_1_1, "20 01 00"),
        (V3_1_1, "90 00"),
        (V3_1_1, "90 01 00"),
        (V3_1_1, "90 02 00 01"),
        (V5, "20 02 00 00"),
        (V5, "90 03 00 01 00"),
        (V5, "b0 03 00 01 00"),
        // SUBSCRIBE without its options byte.
        (V3_1_1, "82 05 00 01 00 01 61"),
        (V5, "82 06 00 01 00 00 01 61"),
        (V3_1_1, "82 08 00 01 00 01 61 00 00 01"),
        // PUBLISH of QoS 1 that ends before its identifier, and within it.
        (V3_1_1, "32 03 00 01 61"),
        (V3_1_1, "32 04 00 01 61 00"),
        (V5, "32 03 00 01 61"),
        (V5, "32 05 00 01 61 00 01"),
    ] {
        refuses(version, wire);
    }
    for version in VERSIONS {
        for wire in examples(version) {
            // Every prefix is incomplete: `accepts` tries them.
            accepts(version, wire.clone());
            let header = 2;
            for end in header..wire.len() {
                is_refused_or_sound(version, &packet(wire[0], &wire[header..end]));
            }
            // Every byte, and with its neighbour every length of two bytes, a little and much beside it.
            for at in header..wire.len() {
                let byte = wire[at];
                for other in [
                    byte.wrapping_sub(1),
                    byte.wrapping_add(1),
                    0,
                    0x7f,
                    0x80,
                    0xff,
                ] {
                    let mut changed = wire.clone();
                    changed[at] = other;
                    is_refused_or_sound(version, &changed);
                }
                for two in [[0, 0], [0xff, 0xff], [0xff, 0x7f], [0x80, 0x00]] {
                    let mut changed = wire.clone();
                    changed[at] = two[0];
                    if at + 1 < wire.len() {
                        changed[at + 1] = two[1];
                    }
                    is_refused_or_sound(version, &changed);
                }
            }
            // And every bit.
            for bit in 0..wire.len() * 8 {
                let mut changed = wire.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                is_refused_or_sound(version, &changed);
            }
        }
    }
}

#[test]
fn row_08_properties_beyond_their_block() {
    for wire in [
        // The block is longer than the packet.
        "20 03 00 00 01",
        "20 03 00 00 7f",
        "30 04 00 01 61 05",
        "40 04 00 01 10 05",
        "82 07 00 01 7f 00 01 61 00",
        "90 04 00 01 7f 00",
        "b0 04 00 01 02 00",
        "e0 02 00 05",
        "f0 02 18 09",
        // A value is longer than its block, though not than its packet.
        "90 09 00 01 03 1f 00 02 6e 6f 00",
        "b0 09 00 01 03 1f 00 02 6e 6f 00",
        "30 0b 00 01 61 04 26 00 01 6b 00 01 76",
        "30 07 00 01 61 01 01 00 78",
        "20 06 00 00 02 21 00 05",
        "82 0a 00 01 02 0b 81 01 00 01 61 00",
        // A block of one byte: an identifier without value.
        "20 04 00 00 01 21",
    ] {
        let error = refuses(V5, wire);
        // The rest of a value is no property either.
        assert_eq!(error.reason(), MALFORMED, "{wire}: {error}");
    }
}

#[test]
fn row_09_bytes_behind_the_last_field() {
    for (version, wire) in [
        (V3_1_1, "c0 01 00"),
        (V5, "c0 01 00"),
        (V3_1_1, "d0 01 00"),
        (V5, "d0 01 00"),
        (V3_1_1, "40 03 00 01 00"),
        (V3_1_1, "b0 03 00 01 00"),
        (V3_1_1, "20 03 00 00 00"),
        (V5, "20 04 00 00 00 00"),
        (V5, "40 05 00 01 00 00 00"),
        (V3_1_1, "e0 01 00"),
        (V5, "e0 03 00 00 00"),
        (V5, "f0 07 18 04 15 00 01 4d 00"),
    ] {
        assert_eq!(refuses(version, wire).reason(), MALFORMED, "{wire}");
    }
    // An identifier of one byte.
    for version in VERSIONS {
        assert_eq!(refuses(version, "40 01 00").reason(), MALFORMED);
    }
    // One byte more, with its Remaining Length; in a PUBLISH it is payload, in a SUBACK a code.
    for version in VERSIONS {
        for wire in examples(version) {
            let longer = packet(wire[0], &[&wire[2..], &[0x00]].concat());
            let takes_more = match wire[0] >> 4 {
                3 | 9 => true,
                11 => version == V5,
                // Short forms: the byte is a Property Length.
                4..=7 | 14 => version == V5 && wire.len() <= 5,
                _ => false,
            };
            let decoded = decode(Decoder::new(version), longer.clone());
            assert_eq!(decoded.is_ok(), takes_more, "{longer:02x?}");
        }
    }
}

#[test]
fn row_10_flags_of_the_fixed_header() {
    let connect = "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61";
    refuses_v3_1_1(connect.replacen("10", "1f", 1), "3.1.1/MQTT-2.2.2-2");
    refuses_v3_1_1("80 06 00 01 00 01 61 00", "3.1.1/MQTT-3.8.1-1");
    refuses_v3_1_1("60 02 00 01", "3.1.1/MQTT-3.6.1-1");
    refuses_v3_1_1("36 05 00 01 61 00 01", "3.1.1/MQTT-3.3.1-4");
    refuses_v3_1_1("38 03 00 01 61", "3.1.1/MQTT-3.3.1-2");
    refuses_v5("80 07 00 01 00 00 01 61 00", MALFORMED, "5.0/MQTT-3.8.1-1");
    refuses_v5("60 02 00 01", MALFORMED, "5.0/MQTT-3.6.1-1");
    refuses_v5("36 06 00 01 61 00 01 00", MALFORMED, "5.0/MQTT-3.3.1-4");
    refuses_v5("38 04 00 01 61 00", MALFORMED, "5.0/MQTT-3.3.1-2");
    for version in VERSIONS {
        assert_eq!(refuses(version, "00 00").reason(), MALFORMED);
        let auth = decode(Decoder::new(version), "f0 00");
        assert_eq!(auth.is_ok(), version == V5);
    }
}

#[test]
fn row_11_short_forms() {
    for (short, long) in [
        ("40 02 00 01", "40 04 00 01 00 00"),
        ("50 02 00 01", "50 04 00 01 00 00"),
        ("62 02 00 01", "62 04 00 01 00 00"),
        ("70 02 00 01", "70 04 00 01 00 00"),
        ("40 03 00 01 97", "40 04 00 01 97 00"),
        ("50 03 00 01 97", "50 04 00 01 97 00"),
        ("62 03 00 01 92", "62 04 00 01 92 00"),
        ("70 03 00 01 92", "70 04 00 01 92 00"),
        ("e0 00", "e0 01 00"),
        ("e0 00", "e0 02 00 00"),
        ("e0 01 8e", "e0 02 8e 00"),
    ] {
        let packet = accepts_v5(short);
        assert_eq!(decodes(V5, long), packet);
        encodes(V5, packet, short);
    }
    for (short, long) in [
        ("40 02 00 01", "40 03 00 01 00"),
        ("62 02 00 01", "62 03 00 01 00"),
    ] {
        assert_eq!(decodes(V5, long), accepts_v5(short));
    }
    accepts_v5("f0 00");
}

#[test]
fn row_12_packets_of_the_other_role() {
    for version in VERSIONS {
        for (first, body) in [
            (0x20, "00 00"),
            (0x90, "00 01 00"),
            (0xb0, "00 01"),
            (0xd0, ""),
        ] {
            let mut body = hex(body);
            if version == V5 && first != 0xd0 {
                body.insert(2, 0);
                if first == 0xb0 {
                    body.push(0);
                }
            }
            let wire = packet(first, &body);
            accepts(version, wire.clone());
            let error = decode(server_after_connect(version), wire.clone()).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::WrongDirection(Role::Client));
            let error = decode(Decoder::server(), wire).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::ConnectExpected);
        }
        for (first, body) in [
            (0x82, "00 01 00 01 61 00"),
            (0xa2, "00 01 00 01 61"),
            (0xc0, ""),
        ] {
            let mut body = hex(body);
            if version == V5 && first != 0xc0 {
                body.insert(2, 0);
            }
            let wire = packet(first, &body);
            accepts(version, wire.clone());
            let error = decode(Decoder::client(version), wire).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::WrongDirection(Role::Server));
        }
    }
}

#[test]
fn row_13_packets_too_large_to_be_written() {
    let longest = "t".repeat(65_535);
    let topic = TopicName::new(&longest).unwrap();
    let payload = vec![0; (1 << 28) - 1];
    for version in VERSIONS {
        let mut encoder = Encoder::new(version);
        assert!(matches!(
            encoder.encoded_len(Publish::new(topic, &payload)),
            Err(EncodeError::LengthTooLarge(_))
        ));
        let mut output = Large::default();
        assert!(
            encoder
                .encode(Publish::new(topic, &payload), &mut output)
                .is_err()
        );
        assert_eq!(output.len, 0);
    }
    // Texts and bytes of more than 65,535.
    let long = "t".repeat(65_536);
    assert_eq!(
        TopicName::new(&long).unwrap_err().kind(),
        TopicErrorKind::TooLong
    );
    let connect = Connect {
        client_id: "a",
        clean_start: true,
        ..Connect::default()
    };
    let connects = [
        Connect {
            client_id: &long,
            ..connect
        },
        Connect {
            user_name: Some(&long),
            ..connect
        },
        Connect {
            password: Some(long.as_bytes()),
            ..connect
        },
        Connect {
            will: Some(Will::new(A, long.as_bytes())),
            ..connect
        },
    ];
    for connect in connects {
        assert!(matches!(
            cannot_encode(V5, connect),
            EncodeError::StringTooLong { len: 65_536, .. }
        ));
    }
    let pairs = [UserProperty::new(&long, ""), UserProperty::new("", &long)];
    let none = PublishProperties::default();
    let properties = [
        PublishProperties {
            content_type: Some(&long),
            ..none
        },
        PublishProperties {
            correlation_data: Some(long.as_bytes()),
            ..none
        },
        PublishProperties {
            user_properties: List::from(&pairs[..1]),
            ..none
        },
        PublishProperties {
            user_properties: List::from(&pairs[1..]),
            ..none
        },
    ];
    for properties in &properties {
        let publish = Publish {
            properties: properties.into(),
            ..Publish::new(A, b"")
        };
        assert!(matches!(
            cannot_encode(V5, publish),
            EncodeError::StringTooLong { len: 65_536, .. }
        ));
    }
    // More User Properties than a Property Length can say.
    let flood = vec![UserProperty::new(&longest, &longest); 2049];
    let properties = PublishProperties {
        user_properties: List::from(flood.as_slice()),
        ..none
    };
    let publish = Publish {
        properties: (&properties).into(),
        ..Publish::new(A, b"")
    };
    assert!(matches!(
        Encoder::new(V5).encoded_len(publish),
        Err(EncodeError::LengthTooLarge(_))
    ));
}

#[test]
fn row_14_a_will_of_any_qos_keeps_its_retain_flag() {
    // There is no QoS 4 to write: the field is a `QoS`.
    assert_eq!(QoS::from_u8(4), None);
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for retain in [false, true] {
            let flags = 0x06 | qos.as_u8() << 3 | u8::from(retain) << 5;
            let connect = Connect {
                version: V3_1_1,
                client_id: "a",
                clean_start: true,
                will: Some(Will {
                    qos,
                    retain,
                    ..Will::new(A, b"")
                }),
                ..Connect::default()
            };
            let wire =
                format!("10 12 00 04 4d 51 54 54 04 {flags:02x} 00 00 00 01 61 00 01 61 00 00");
            encodes(V3_1_1, connect, wire.as_str());
            assert_eq!(accepts_v3_1_1(wire), connect.into());
        }
    }
}

#[test]
fn row_17_connect_flags() {
    let v3 = |flags: &str| format!("10 0d 00 04 4d 51 54 54 04 {flags} 00 00 00 01 61");
    let v5 = |flags: &str| format!("10 0e 00 04 4d 51 54 54 05 {flags} 00 00 00 00 01 61");
    refuses_v3_1_1(v3("03"), "3.1.1/MQTT-3.1.2-3");
    refuses_v5(v5("03"), MALFORMED, "5.0/MQTT-3.1.2-3");
    refuses_v3_1_1(v3("1e"), "3.1.1/MQTT-3.1.2-14");
    refuses_v5(v5("1e"), MALFORMED, "5.0/MQTT-3.1.2-12");
    for flags in ["0a", "12", "1a"] {
        refuses_v3_1_1(v3(flags), "3.1.1/MQTT-3.1.2-13");
        refuses_v5(v5(flags), MALFORMED, "5.0/MQTT-3.1.2-11");
    }
    refuses_v3_1_1(v3("22"), "3.1.1/MQTT-3.1.2-15");
    refuses_v5(v5("22"), MALFORMED, "5.0/MQTT-3.1.2-13");
    // A password without user name: only 5 has it.
    refuses_v3_1_1(
        "10 10 00 04 4d 51 54 54 04 42 00 00 00 01 61 00 01 70",
        "3.1.1/MQTT-3.1.2-22",
    );
    accepts_v5("10 11 00 04 4d 51 54 54 05 42 00 00 00 00 01 61 00 01 70");
    // A flag without its field is an error from 3.1.1 on; 3.1 lets the packet end.
    refuses_v3_1_1(v3("82"), "3.1.1/MQTT-3.1.2-19");
    refuses_v5(v5("82"), MALFORMED, "5.0/MQTT-3.1.2-17");
    decodes(
        Version::V3_1,
        "10 0f 00 06 4d 51 49 73 64 70 03 82 00 00 00 01 61",
    );
}

#[test]
fn row_18_protocol_names_and_levels() {
    let supported = [("MQIsdp", 3), ("MQTT", 4), ("MQTT", 5)];
    for name in ["MQTT", "MQIsdp"] {
        for level in 0..=u8::MAX {
            let mut body = vec![0, name.len() as u8];
            body.extend(name.bytes());
            body.extend([level, 2, 0, 0]);
            if level == 5 {
                body.push(0);
            }
            body.extend([0, 1, b'a']);
            let decoded = decode(Decoder::server(), packet(0x10, &body));
            if supported.contains(&(name, level)) {
                assert!(decoded.is_ok(), "{name} {level}");
                continue;
            }
            let error = decoded.unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::UnsupportedLevel(level));
            assert_eq!(error.reason(), ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
            // Which version it would be is not known, and what is answered is the caller's.
            assert_eq!(error.version(), None);
            assert_eq!(error.offset(), 4 + name.len());
        }
    }
    for name in ["", "M", "MQTTX", "mqtt", "MQIsdP", "MQTs"] {
        let mut body = vec![0, name.len() as u8];
        body.extend(name.bytes());
        body.extend([4, 2, 0, 0, 0, 1, b'a']);
        let error = decode(Decoder::server(), packet(0x10, &body)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::UnknownProtocolName);
    }
}

#[test]
fn row_19_empty_client_identifiers() {
    let empty = |version, clean_start| Connect {
        version,
        clean_start,
        ..Connect::default()
    };
    let wires = [
        (
            Version::V3_1,
            false,
            "10 0e 00 06 4d 51 49 73 64 70 03 00 00 00 00 00",
        ),
        (
            Version::V3_1,
            true,
            "10 0e 00 06 4d 51 49 73 64 70 03 02 00 00 00 00",
        ),
        (V3_1_1, false, "10 0c 00 04 4d 51 54 54 04 00 00 00 00 00"),
        (V3_1_1, true, "10 0c 00 04 4d 51 54 54 04 02 00 00 00 00"),
        (V5, false, "10 0d 00 04 4d 51 54 54 05 00 00 00 00 00 00"),
        (V5, true, "10 0d 00 04 4d 51 54 54 05 02 00 00 00 00 00"),
    ];
    for (version, clean, wire) in wires {
        let connect = empty(version, clean);
        // A server has to see it, to answer.
        assert_eq!(decodes(version, wire), connect.into());
        // A client does not send what is sure to be refused.
        if version == Version::V3_1 || (version == V3_1_1 && !clean) {
            assert_eq!(
                cannot_encode(version, connect),
                EncodeError::EmptyClientIdentifier
            );
        } else {
            encodes(version, connect, wire);
        }
    }
}

/// A CONNECT of 5 with this block of properties.
fn connect_with(block: &[u8]) -> Vec<u8> {
    let body = [
        hex("00 04 4d 51 54 54 05 02 00 00"),
        length(block.len()),
        block.to_vec(),
        hex("00 01 61"),
    ];
    packet(0x10, &body.concat())
}

#[test]
fn row_20_a_flood_of_user_properties() {
    // A server's decoder lets in 100,000 bytes of CONNECT.
    let small = connect_with(&hex("26 00 00 00 00").repeat(19_990));
    assert!(small.len() <= 100_000);
    assert!(decode(Decoder::server(), small).is_ok());
    let large = connect_with(&hex("26 00 00 00 00").repeat(20_000));
    let error = decode(Decoder::server(), large).unwrap_err();
    assert_eq!(error.reason(), ReasonCode::PACKET_TOO_LARGE);
    // Without that limit 200,000 are read, each looked at once, and a copy of another is found.
    let flood = [hex("21 00 01"), hex("26 00 00 00 00").repeat(200_000)];
    let flooded = connect_with(&flood.concat());
    let mut decoder = Decoder::new(V5);
    let Ok(Some((Packet::Connect(connect), _))) = decoder.decode(&flooded) else {
        panic!("well-formed");
    };
    assert_eq!(connect.properties.user_properties().len(), 200_000);
    let twice = connect_with(&[flood.concat(), hex("21 00 01")].concat());
    let error = Decoder::new(V5).decode(&twice).unwrap_err();
    assert_eq!(
        error.kind(),
        DecodeErrorKind::DuplicateProperty(puremqtt::PropertyId::RECEIVE_MAXIMUM)
    );
}

#[test]
fn row_21_properties_twice_misplaced_or_out_of_range() {
    for (block, reason) in [
        // Twice.
        ("11 00 00 00 01 11 00 00 00 01", PROTOCOL_ERROR),
        ("15 00 01 4d 15 00 01 4d", PROTOCOL_ERROR),
        // Of another packet, of none.
        ("13 00 0a", MALFORMED),
        ("18 00 00 00 01", MALFORMED),
        ("23 00 01", MALFORMED),
        ("00", MALFORMED),
        ("2b 00", MALFORMED),
        ("7f 00", MALFORMED),
        ("ff 01 00", MALFORMED),
        // 0 where there is none.
        ("21 00 00", PROTOCOL_ERROR),
        ("27 00 00 00 00", PROTOCOL_ERROR),
        // Flags.
        ("17 02", PROTOCOL_ERROR),
        ("19 ff", PROTOCOL_ERROR),
    ] {
        refuses_v5(connect_with(&hex(block)), reason, UNNUMBERED);
    }
    refuses_v5(
        "82 09 00 01 02 0b 00 00 01 61 00",
        PROTOCOL_ERROR,
        UNNUMBERED,
    );
    refuses_v5(
        "82 0b 00 01 04 0b 01 0b 02 00 01 61 00",
        PROTOCOL_ERROR,
        UNNUMBERED,
    );
    refuses_v5(
        "30 07 00 01 61 03 23 00 00",
        ReasonCode::TOPIC_ALIAS_INVALID,
        "5.0/MQTT-3.3.2-8",
    );
    refuses_v5(
        "82 0d 00 01 06 0b 80 80 80 80 01 00 01 61 00",
        MALFORMED,
        "5.0/MQTT-1.5.5-1",
    );
}

#[test]
fn row_22_wills() {
    let connect = |properties: &str, topic: &str| {
        let properties = hex(properties);
        let body = [
            hex("00 04 4d 51 54 54 05 06 00 00 00 00 01 61"),
            length(properties.len()),
            properties,
            (topic.len() as u16).to_be_bytes().to_vec(),
            topic.as_bytes().to_vec(),
            hex("00 01 6d"),
        ];
        packet(0x10, &body.concat())
    };
    accepts_v5(connect("", "w"));
    // Properties of another packet, or of the PUBLISH that the will is not yet.
    for properties in [
        "11 00 00 00 01",
        "0b 01",
        "23 00 01",
        "15 00 01 4d",
        "1f 00 01 78",
    ] {
        refuses_v5(connect(properties, "w"), MALFORMED, UNNUMBERED);
    }
    refuses_v5(connect("01 02", "w"), PROTOCOL_ERROR, UNNUMBERED);
    for topic in ["#", "a/+", "a#", "+"] {
        assert_eq!(refuses(V5, connect("", topic)).reason(), PROTOCOL_ERROR);
    }
    refuses_v5(connect("", ""), PROTOCOL_ERROR, "5.0/MQTT-4.7.3-1");
    refuses_v5(connect("", "a\0"), MALFORMED, "5.0/MQTT-1.5.4-2");
    // Who may publish there, and when, is not the codec's to say.
    accepts_v5(connect("", "$SYS/a"));
    accepts_v5(connect("18 ff ff ff ff", "w"));
    // Before 5.
    for topic in ["23", "2b", "00"] {
        let wire = format!("10 13 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 {topic} 00 01 6d");
        assert!(decode(Decoder::new(V3_1_1), wire).is_err());
    }
}

#[test]
fn row_29_a_publish_to_an_empty_topic() {
    refuses_v3_1_1("30 02 00 00", "3.1.1/MQTT-4.7.3-1");
    refuses_v3_1_1("30 05 00 00 61 62 63", "3.1.1/MQTT-4.7.3-1");
    refuses_v5("30 03 00 00 00", PROTOCOL_ERROR, "5.0/MQTT-4.7.3-1");
    let error = refuses(Version::V3_1, "30 02 00 00");
    assert_eq!(error.statement(), UNNUMBERED);
}

#[test]
fn row_30_ill_formed_topics() {
    let name = |text: &[u8]| {
        let body = [&(text.len() as u16).to_be_bytes()[..], text].concat();
        decode(Decoder::new(V3_1_1), packet(0x30, &body)).is_ok()
    };
    let filter = |text: &[u8]| {
        let length = (text.len() as u16).to_be_bytes();
        let body = [&[0, 1][..], &length, text, &[0]].concat();
        decode(Decoder::new(V3_1_1), packet(0x82, &body)).is_ok()
    };
    for text in ["a/+", "a/#", "+", "#", "a+b"] {
        assert!(!name(text.as_bytes()), "{text}");
        assert!(TopicName::new(text).is_err());
    }
    for text in ["a+", "a#", "#/a", "a/#/b", "+a"] {
        assert!(!filter(text.as_bytes()), "{text}");
        assert!(!name(text.as_bytes()), "{text}");
        assert!(TopicFilter::new(text).is_err());
    }
    let broken: [&[u8]; 8] = [
        b"a\0",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xf5\x80\x80\x80",
    ];
    for text in broken {
        assert!(!name(text), "{text:02x?}");
        assert!(!filter(text), "{text:02x?}");
    }
    // Allowed, though they should not be sent.
    for text in ["\u{ffff}", "\u{fdd0}", "\u{1fffe}", "a\u{1}"] {
        assert!(name(text.as_bytes()), "{text:?}");
        assert!(filter(text.as_bytes()), "{text:?}");
    }
}

#[test]
fn row_32_subscribe_and_unsubscribe() {
    refuses_v3_1_1("82 02 00 01", "3.1.1/MQTT-3.8.3-3");
    refuses_v5("82 03 00 01 00", PROTOCOL_ERROR, "5.0/MQTT-3.8.3-2");
    refuses_v3_1_1("a2 02 00 01", "3.1.1/MQTT-3.10.3-2");
    refuses_v5("a2 03 00 01 00", PROTOCOL_ERROR, "5.0/MQTT-3.10.3-2");
    let options = |byte: &str| format!("82 07 00 01 00 00 01 61 {byte}");
    refuses_v5(options("03"), PROTOCOL_ERROR, UNNUMBERED);
    refuses_v5(options("30"), PROTOCOL_ERROR, UNNUMBERED);
    refuses_v5(options("40"), MALFORMED, "5.0/MQTT-3.8.3-5");
    refuses_v5(options("80"), MALFORMED, "5.0/MQTT-3.8.3-5");
    refuses_v3_1_1("82 06 00 01 00 01 61 03", "3.1.1/MQTT-3.8.3-4");
    refuses_v3_1_1("82 06 00 01 00 01 61 04", "3.1.1/MQTT-3.8.3-4");
    refuses_v3_1_1("82 06 00 00 00 01 61 00", "3.1.1/MQTT-2.3.1-1");
    refuses_v3_1_1("a2 05 00 00 00 01 61", "3.1.1/MQTT-2.3.1-1");
    refuses_v5(
        "82 07 00 00 00 00 01 61 00",
        PROTOCOL_ERROR,
        "5.0/MQTT-2.2.1-3",
    );
    refuses_v5(
        "a2 06 00 00 00 00 01 61",
        PROTOCOL_ERROR,
        "5.0/MQTT-2.2.1-3",
    );
    // The same filter twice, and shared beside not: both stand.
    let Packet::Subscribe(twice) = accepts_v5("82 0b 00 01 00 00 01 61 00 00 01 61 01") else {
        panic!("SUBSCRIBE");
    };
    let filters: Vec<_> = twice
        .subscriptions
        .iter()
        .map(|wanted| wanted.filter)
        .collect();
    assert_eq!(filters, [TopicFilter::literal("a"); 2]);
    let wanted = [
        Subscription::new(TopicFilter::literal("$share/g/a"), QoS::AtMostOnce),
        Subscription::new(TopicFilter::literal("a"), QoS::AtMostOnce),
    ];
    let subscribe = Subscribe::new(id(1), List::from(&wanted));
    let wire = encoded(&mut Encoder::new(V5), subscribe).unwrap();
    let read = accepts_v5(wire);
    assert_eq!(read, subscribe.into());
    let Packet::Subscribe(read) = read else {
        panic!("SUBSCRIBE");
    };
    let shared: Vec<_> = read
        .subscriptions
        .iter()
        .map(|wanted| wanted.filter.is_shared())
        .collect();
    assert_eq!(shared, [true, false]);
    // 20,000 filters.
    let texts: Vec<String> = (0..20_000).map(|number| format!("a/{number}")).collect();
    let many: Vec<_> = texts
        .iter()
        .map(|text| Subscription::new(TopicFilter::new(text).unwrap(), QoS::AtLeastOnce))
        .collect();
    let subscribe = Subscribe::new(id(1), List::from(many.as_slice()));
    for version in VERSIONS {
        let wire = encoded(&mut Encoder::new(version), subscribe).unwrap();
        let mut decoder = Decoder::new(version);
        let Ok(Some((Packet::Subscribe(read), _))) = decoder.decode(&wire) else {
            panic!("{version}");
        };
        assert!(read.subscriptions.iter().eq(many.iter().copied()));
    }
}
