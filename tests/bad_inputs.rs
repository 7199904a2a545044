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
    MALFORMED, accepts, accepts_v3_1_1, accepts_v5, bad_input, bytes_of, cannot_encode, decode,
    encoded, encodes, hex, id, length, packet, refused, refuses, server_after_connect,
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
    bytes_of(version, "a packet of each type")
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
    // And what goes on after four bytes is not waited for; after three it is.
    bad_input(1);
    for version in VERSIONS {
        for wire in bytes_of(version, "a length of more than four bytes") {
            match Decoder::new(version).decode(&wire) {
                Err(error) => {
                    assert_eq!(error.kind(), DecodeErrorKind::IntegerTooLong);
                    assert_eq!(error.reason(), MALFORMED);
                }
                Ok(_) => assert_eq!(Decoder::new(version).needed(&wire), 1),
            }
        }
    }
}

#[test]
fn row_02_a_length_of_more_bytes_than_it_needs() {
    // Within a packet of 5: Property Length, a property's identifier, a property's value.
    bad_input(2);
    for version in [Version::V3_1, V3_1_1] {
        for over_long in bytes_of(version, "a length of more bytes than it needs") {
            let strict = Decoder::new(version).refuse_long_lengths();
            let is_shortest = over_long[1] < 0x80;
            assert_eq!(decode(strict, over_long).is_ok(), is_shortest);
        }
    }
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
    bad_input(4);
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
    // Inputs that crashed or were taken: CONNACK, SUBACK and UNSUBACK shorter than promised, SUBSCRIBE
    // without its options byte, PUBLISH of QoS 1 that ends before its identifier and within it.
    bad_input(7);
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
    // The block is longer than the packet; a value is longer than its block, though not than its
    // packet; a block of one byte, an identifier without value.
    bad_input(8);
}

#[test]
fn row_09_bytes_behind_the_last_field() {
    // And an identifier of one byte.
    bad_input(9);
    for version in VERSIONS {
        for wire in refused(version, "bytes behind the last field") {
            assert_eq!(refuses(version, wire).reason(), MALFORMED);
        }
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
    bad_input(10);
}

#[test]
fn row_11_short_forms() {
    // The long ones are read; the short ones are written.
    bad_input(11);
}

#[test]
fn row_12_packets_of_the_other_role() {
    bad_input(12);
    for version in VERSIONS {
        for wire in bytes_of(version, "packets of the other role") {
            let is_a_server_s = matches!(wire[0] >> 4, 2 | 9 | 11 | 13);
            let (decoder, sender) = match is_a_server_s {
                true => (server_after_connect(version), Role::Client),
                false => (Decoder::client(version), Role::Server),
            };
            let error = decode(decoder, wire.clone()).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::WrongDirection(sender));
            if is_a_server_s {
                let error = decode(Decoder::server(), wire).unwrap_err();
                assert_eq!(error.kind(), DecodeErrorKind::ConnectExpected);
            }
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
    bad_input(14);
    let wires = bytes_of(V3_1_1, "a will of any QoS keeps its retain flag");
    let mut wires = wires.into_iter();
    // There is no QoS 4 to write: the field is a `QoS`.
    assert_eq!(QoS::from_u8(4), None);
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for retain in [false, true] {
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
            let wire = wires.next().unwrap();
            encodes(V3_1_1, connect, wire.clone());
            assert_eq!(accepts_v3_1_1(wire), connect.into());
        }
    }
    assert_eq!(wires.next(), None);
}

#[test]
fn row_17_connect_flags() {
    // A password without user name: only 5 has it. A flag without its field is an error from 3.1.1
    // on; 3.1 lets the packet end.
    bad_input(17);
}

#[test]
fn row_18_protocol_names_and_levels() {
    bad_input(18);
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
    // A server has to see it, to answer.
    bad_input(19);
    let empty = |version, clean_start| Connect {
        version,
        clean_start,
        ..Connect::default()
    };
    for version in VERSIONS {
        for clean in [false, true] {
            let connect = empty(version, clean);
            // A client does not send what is sure to be refused.
            if version == Version::V3_1 || (version == V3_1_1 && !clean) {
                assert_eq!(
                    cannot_encode(version, connect),
                    EncodeError::EmptyClientIdentifier
                );
            } else {
                let wires = bytes_of(version, "empty Client Identifiers");
                encodes(version, connect, wires[usize::from(clean)].clone());
            }
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
    // Twice; of another packet, of none; 0 where there is none; flags above 1.
    bad_input(21);
}

#[test]
fn row_22_wills() {
    // Properties of another packet, or of the PUBLISH that the will is not yet; ill-formed topics.
    // Who may publish there, and when, is not the codec's to say.
    bad_input(22);
}

#[test]
fn row_29_a_publish_to_an_empty_topic() {
    bad_input(29);
}

#[test]
fn row_30_ill_formed_topics() {
    // Some characters are allowed, though they should not be sent.
    bad_input(30);
    for text in ["a/+", "a/#", "+", "#", "a+b"] {
        assert!(TopicName::new(text).is_err());
    }
    for text in ["a+", "a#", "#/a", "a/#/b", "+a"] {
        assert!(TopicFilter::new(text).is_err());
    }
}

#[test]
fn row_32_subscribe_and_unsubscribe() {
    bad_input(32);
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
