//! What a decoder and an encoder remember and are told: versions, roles, limits, aliases.
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

use check::{decode, encoded, hex, id, length, packet, server_after_connect};
use puremqtt::{
    Ack, Auth, AuthProperties, ConnAck, Connect, DecodeErrorKind, Decoder, Disconnect, EncodeError,
    Encoder, Field, List, Packet, PacketType, PropertyId, Publish, PublishProperties, QoS,
    ReasonCode, Role, SliceOutput, SubAck, Subscribe, Subscription, SubscriptionIdentifier,
    TopicFilter, TopicName, Unsubscribe, Version, Will,
};

const V3_1: Version = Version::V3_1;
const V3_1_1: Version = Version::V3_1_1;
const V5: Version = Version::V5;
const VERSIONS: [Version; 3] = [V3_1, V3_1_1, V5];
const A: TopicName = TopicName::literal("a");

fn connect(version: Version) -> Vec<u8> {
    hex(match version {
        Version::V3_1 => "10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61",
        Version::V3_1_1 => "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61",
        Version::V5 => "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61",
    })
}

/// A CONNECT of 5 of so many bytes.
fn connect_of(size: usize) -> Vec<u8> {
    let start = hex("00 04 4d 51 54 54 05 82 00 00 00 00 01 61");
    // A user name of up to 65,535 bytes and, behind its flag, a password.
    for header in 2..=4 {
        let fields = size - header - start.len();
        let name = fields.saturating_sub(2).min(60_000);
        let rest = fields - 2 - name;
        let mut body = start.clone();
        body.extend((name as u16).to_be_bytes());
        body.extend(vec![b'u'; name]);
        if rest > 0 {
            body[7] |= 0x40;
            body.extend(((rest - 2) as u16).to_be_bytes());
            body.extend(vec![b'p'; rest - 2]);
        }
        let wire = packet(0x10, &body);
        if wire.len() == size {
            return wire;
        }
    }
    panic!("no CONNECT of {size} bytes");
}

// --- versions ---

#[test]
fn a_server_takes_the_version_of_the_connect() {
    for version in VERSIONS {
        let mut server = Decoder::server();
        assert_eq!(server.version(), None);
        let input = [connect(version), hex("c0 00")].concat();
        let Ok(Some((Packet::Connect(read), used))) = server.decode(&input) else {
            panic!("{version}");
        };
        assert_eq!(read.version, version);
        assert_eq!(server.version(), Some(version));
        let next = server.decode(&input[used..]);
        assert_eq!(next, Ok(Some((Packet::PingReq, 2))));
    }
    // What follows is read by it: a PUBLISH of 5 has properties.
    for version in VERSIONS {
        let server = server_after_connect(version);
        let Ok(Packet::Publish(publish)) = decode(server, "30 04 00 01 61 00") else {
            panic!("{version}");
        };
        assert_eq!(publish.payload.len(), usize::from(version != V5));
    }
}

#[test]
fn a_second_connect_is_shown_and_changes_nothing() {
    // That it is one too many is the connection's to say.
    for version in VERSIONS {
        for second in VERSIONS {
            let mut server = server_after_connect(version);
            let wire = connect(second);
            assert!(matches!(server.decode(&wire), Ok(Some(_))));
            assert_eq!(server.version(), Some(version));
        }
    }
}

#[test]
fn a_version_can_be_told_in_place_of_a_connect() {
    let mut server = Decoder::server();
    server.set_version(V3_1_1);
    assert_eq!(server.version(), Some(V3_1_1));
    assert!(decode(server, "c0 00").is_ok());
}

#[test]
fn a_decoder_of_one_version_takes_no_connect_of_another() {
    for version in VERSIONS {
        for other in VERSIONS {
            let decoded = decode(Decoder::new(version), connect(other));
            assert_eq!(decoded.is_ok(), version == other);
            if let Err(error) = decoded {
                assert_eq!(
                    error.kind(),
                    DecodeErrorKind::UnsupportedLevel(other.level())
                );
            }
        }
    }
}

// --- before CONNECT ---

#[test]
fn a_server_lets_in_connect_alone_at_first() {
    for first in 0..=u8::MAX {
        let mut server = Decoder::server();
        // The first byte is enough.
        let judged = server.decode(std::slice::from_ref(&first)).map(|_| ());
        match first {
            0x10 => assert_eq!(judged, Ok(())),
            _ => {
                let error = judged.unwrap_err();
                assert_eq!(error.version(), None);
                assert_eq!(error.packet_type(), PacketType::from_first_byte(first));
            }
        }
    }
}

#[test]
fn a_server_lets_in_a_connect_of_100_000_bytes() {
    assert!(decode(Decoder::server(), connect_of(100_000)).is_ok());
    let error = decode(Decoder::server(), connect_of(100_001)).unwrap_err();
    assert_eq!(
        error.kind(),
        DecodeErrorKind::ConnectTooLarge {
            size: 100_001,
            maximum: 100_000
        }
    );
    // The fixed header is enough.
    let header = &connect_of(100_001)[..4];
    assert!(Decoder::server().decode(header).is_err());
}

#[test]
fn the_limit_before_connect_can_be_set() {
    let server = Decoder::server().with_max_connect_size(20);
    assert!(decode(server.clone(), connect_of(20)).is_ok());
    assert!(decode(server, connect_of(21)).is_err());
    let server = Decoder::server().with_max_connect_size(200_000);
    assert!(decode(server, connect_of(110_000)).is_ok());
    // The general limit holds as well.
    let server = Decoder::server().with_max_packet_size(30);
    assert!(decode(server.clone(), connect_of(30)).is_ok());
    assert!(decode(server, connect_of(31)).is_err());
}

#[test]
fn the_limit_before_connect_ends_with_it() {
    let server = server_after_connect(V5);
    let large = packet(0x30, &[hex("00 01 61 00"), vec![0; 200_000]].concat());
    assert!(decode(server, large).is_ok());
    // Nor has a decoder that was told its version any.
    assert!(decode(Decoder::new(V5), connect_of(110_000)).is_ok());
}

#[test]
fn the_limit_before_connect_breaks_no_statement() {
    // It is the server's own: no Maximum Packet Size was announced yet [MQTT-3.2.2-15].
    let error = decode(Decoder::server(), connect_of(100_001)).unwrap_err();
    assert_eq!(error.statement(), None);
}

// --- the largest packet ---

#[test]
fn the_size_is_judged_by_the_fixed_header_alone() {
    for version in VERSIONS {
        let decoder = Decoder::new(version).with_max_packet_size(130);
        // 2 + 127, and 3 + 128, of which there is none between.
        assert_eq!(decoder.clone().decode(&hex("30 7f")), Ok(None));
        let error = decoder.clone().decode(&hex("30 80 01")).unwrap_err();
        assert_eq!(
            error.kind(),
            DecodeErrorKind::PacketTooLarge {
                size: 131,
                maximum: 130
            }
        );
        assert_eq!(error.reason(), ReasonCode::PACKET_TOO_LARGE);
        assert_eq!(decoder.needed(&hex("30 80 01")), 0);
        assert_eq!(decoder.frame_len(&hex("30 80 01")), Err(error));
        // Whatever the type.
        assert!(decoder.clone().decode(&hex("40 ff ff ff 7f")).is_err());
    }
}

#[test]
fn the_largest_packet_can_be_told_later() {
    let mut decoder = Decoder::new(V3_1_1);
    let wire = packet(0x30, &hex("00 01 61 78 78"));
    assert!(decode(decoder.clone(), wire.clone()).is_ok());
    decoder.set_max_packet_size(6);
    assert!(decode(decoder.clone(), wire.clone()).is_err());
    decoder.set_max_packet_size(7);
    assert!(decode(decoder, wire).is_ok());
}

#[test]
fn bytes_that_cannot_be_right_are_not_awaited() {
    for version in VERSIONS {
        let v5 = version == V5;
        // One or two bytes are no great wait.
        for (header, refused) in [
            ("c0 03", true),
            ("d0 ff ff ff 7f", true),
            // From 5 on these have reasons and properties.
            ("20 03", !v5),
            ("40 03", !v5),
            ("50 03", !v5),
            ("62 03", !v5),
            ("70 03", !v5),
            ("b0 03", !v5),
            ("e0 03", !v5),
            ("90 05", false),
        ] {
            let header = hex(header);
            let mut decoder = Decoder::new(version);
            let judged = decoder.decode(&header).map(|_| ());
            assert_eq!(judged.is_err(), refused, "{version} {header:02x?}");
            if let Err(error) = judged {
                assert_eq!(error.kind(), DecodeErrorKind::TrailingBytes);
                assert_eq!(error.reason(), ReasonCode::MALFORMED_PACKET);
            }
        }
    }
}

// --- lengths and characters ---

#[test]
fn longer_lengths_are_read_before_mqtt_5_unless_refused() {
    for over_long in ["c0 80 00", "c0 80 80 00", "c0 80 80 80 00"] {
        for version in [V3_1, V3_1_1] {
            let decoder = Decoder::new(version);
            assert_eq!(decode(decoder.clone(), over_long), Ok(Packet::PingReq));
            let error = decode(decoder.refuse_long_lengths(), over_long).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::IntegerNotMinimal);
            assert_eq!(error.statement(), None);
        }
        let error = decode(Decoder::new(V5), over_long).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::IntegerNotMinimal);
        assert_eq!(error.statement(), Some("5.0/MQTT-1.5.5-1"));
    }
    // It counts towards the size as it stands.
    let limited = Decoder::new(V3_1_1).with_max_packet_size(3);
    assert!(decode(limited.clone(), "c0 80 00").is_ok());
    assert!(decode(limited, "c0 80 80 00").is_err());
}

#[test]
fn a_connect_of_mqtt_5_with_a_longer_length_is_refused_by_a_server_too() {
    // Its version is known only behind the length.
    let long = |version| {
        let short = connect(version);
        [&[0x10, short[1] | 0x80, 0x00][..], &short[2..]].concat()
    };
    for version in [V3_1, V3_1_1] {
        assert!(decode(Decoder::server(), long(version)).is_ok());
        let strict = Decoder::server().refuse_long_lengths();
        assert!(decode(strict, long(version)).is_err());
    }
    let error = decode(Decoder::server(), long(V5)).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::IntegerNotMinimal);
    let error = decode(Decoder::observer(), long(V5)).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::IntegerNotMinimal);
}

/// A packet for each place that holds text; `text` is what stands there.
fn texts(text: &str) -> Vec<(Field, Vec<u8>)> {
    use PropertyId as Id;
    let string = |text: &str| {
        let mut bytes = (text.len() as u16).to_be_bytes().to_vec();
        bytes.extend(text.bytes());
        bytes
    };
    let block = |bytes: Vec<u8>| [length(bytes.len()), bytes].concat();
    let of = |id: Id| block([vec![id.as_u8()], string(text)].concat());
    let pair = |name: &str, value: &str| block([vec![0x26], string(name), string(value)].concat());
    let none = || vec![0];
    let connect = |flags: u8, properties: Vec<u8>, rest: Vec<Vec<u8>>| {
        let start = [hex("00 04 4d 51 54 54 05"), vec![flags, 0, 0], properties];
        packet(0x10, &[start.concat(), rest.concat()].concat())
    };
    let a = || string("a");
    let method = Field::Property(Id::AUTHENTICATION_METHOD);
    let user = Field::Property(Id::USER_PROPERTY);
    let content = Field::Property(Id::CONTENT_TYPE);
    let response = Field::Property(Id::RESPONSE_TOPIC);
    let reason = Field::Property(Id::REASON_STRING);
    let server = Field::Property(Id::SERVER_REFERENCE);
    let reasons = of(Id::REASON_STRING);
    let properties = |first: u8, before: &[u8], block: &[u8], after: &[u8]| {
        packet(first, &[before, block, after].concat())
    };
    vec![
        (
            Field::ClientIdentifier,
            connect(2, none(), vec![string(text)]),
        ),
        (method, connect(2, of(Id::AUTHENTICATION_METHOD), vec![a()])),
        (user, connect(2, pair("k", text), vec![a()])),
        (user, connect(2, pair(text, "v"), vec![a()])),
        (
            content,
            connect(6, none(), vec![a(), of(Id::CONTENT_TYPE), a(), a()]),
        ),
        (
            response,
            connect(6, none(), vec![a(), of(Id::RESPONSE_TOPIC), a(), a()]),
        ),
        (
            user,
            connect(6, none(), vec![a(), pair("k", text), a(), a()]),
        ),
        (
            Field::WillTopic,
            connect(6, none(), vec![a(), none(), string(text), a()]),
        ),
        (
            Field::UserName,
            connect(0x82, none(), vec![a(), string(text)]),
        ),
        (
            Field::Property(Id::ASSIGNED_CLIENT_IDENTIFIER),
            properties(0x20, &[0, 0], &of(Id::ASSIGNED_CLIENT_IDENTIFIER), &[]),
        ),
        (
            Field::Property(Id::RESPONSE_INFORMATION),
            properties(0x20, &[0, 0], &of(Id::RESPONSE_INFORMATION), &[]),
        ),
        (
            server,
            properties(0x20, &[0, 0], &of(Id::SERVER_REFERENCE), &[]),
        ),
        (
            Field::TopicName,
            packet(0x30, &[string(text), none()].concat()),
        ),
        (content, properties(0x30, &a(), &of(Id::CONTENT_TYPE), b"x")),
        (
            response,
            properties(0x30, &a(), &of(Id::RESPONSE_TOPIC), b"x"),
        ),
        (user, properties(0x30, &a(), &pair("k", text), b"x")),
        (reason, properties(0x40, &[0, 1, 0], &reasons, &[])),
        (reason, properties(0x50, &[0, 1, 0], &reasons, &[])),
        (reason, properties(0x62, &[0, 1, 0], &reasons, &[])),
        (reason, properties(0x70, &[0, 1, 0], &reasons, &[])),
        (
            user,
            properties(0x82, &[0, 1], &pair("k", text), b"\0\x01a\0"),
        ),
        (
            Field::TopicFilter,
            packet(
                0x82,
                &[&[0, 1, 0][..], &a(), &[0], &string(text), &[0]].concat(),
            ),
        ),
        (reason, properties(0x90, &[0, 1], &reasons, &[0])),
        (
            user,
            properties(0xa2, &[0, 1], &pair(text, "v"), b"\0\x01a"),
        ),
        (
            Field::TopicFilter,
            packet(0xa2, &[&[0, 1, 0][..], &a(), &string(text)].concat()),
        ),
        (reason, properties(0xb0, &[0, 1], &reasons, &[0])),
        (reason, properties(0xe0, &[0], &reasons, &[])),
        (
            server,
            properties(0xe0, &[0], &of(Id::SERVER_REFERENCE), &[]),
        ),
        (
            method,
            properties(0xf0, &[0x18], &of(Id::AUTHENTICATION_METHOD), &[]),
        ),
    ]
}

#[test]
fn discouraged_characters_are_read_unless_refused() {
    for text in [
        "a\u{1}",
        "a\u{1f}b",
        "\u{7f}",
        "\u{9f}",
        "\u{fdd0}",
        "\u{10ffff}",
    ] {
        for (field, wire) in texts(text) {
            assert!(decode(Decoder::new(V5), wire.clone()).is_ok(), "{field}");
            let strict = Decoder::new(V5).refuse_discouraged_characters();
            let error = decode(strict, wire).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::DiscouragedCharacter(field));
            assert_eq!(error.reason(), ReasonCode::MALFORMED_PACKET);
        }
    }
    for text in [
        "a b", "~", "\u{a0}", "é", "\u{feff}", "\u{fdcf}", "\u{fdf0}", "\u{fffd}",
    ] {
        for (field, wire) in texts(text) {
            let strict = Decoder::new(V5).refuse_discouraged_characters();
            assert!(decode(strict, wire).is_ok(), "{field} {text:?}");
        }
    }
    // Payloads and passwords are no text.
    let strict = || Decoder::new(V3_1_1).refuse_discouraged_characters();
    assert!(decode(strict(), "30 04 00 01 61 01").is_ok());
    assert!(
        decode(
            strict(),
            "10 13 00 04 4d 51 54 54 04 c2 00 00 00 01 61 00 01 75 00 01 01"
        )
        .is_ok()
    );
}

#[test]
fn exactly_the_discouraged_characters_are_refused() {
    for number in 1..=0x0010_ffff {
        let Some(character) = char::from_u32(number) else {
            continue;
        };
        // U+0001 to U+001F, U+007F to U+009F, and the 66 non-characters.
        let discouraged = number <= 0x1f
            || (0x7f..=0x9f).contains(&number)
            || (0xfdd0..=0xfdef).contains(&number)
            || number & 0xfffe == 0xfffe;
        if !discouraged && number > 0x300 && number % 97 != 0 {
            continue;
        }
        if matches!(character, '+' | '#') {
            continue;
        }
        let mut buffer = [0; 4];
        let text = character.encode_utf8(&mut buffer).as_bytes();
        let wire = packet(0x30, &[&[0, text.len() as u8][..], text].concat());
        let mut strict = Decoder::new(V3_1_1).refuse_discouraged_characters();
        assert_eq!(strict.decode(&wire).is_err(), discouraged, "{number:#x}");
    }
}

// --- observers ---

#[test]
fn an_observer_reads_both_directions() {
    for version in VERSIONS {
        let mut observer = Decoder::observer();
        let sent = connect(version);
        assert!(matches!(observer.decode(&sent), Ok(Some(_))));
        assert_eq!(observer.version(), Some(version));
        for wire in ["c0 00", "d0 00", "40 02 00 01"] {
            let wire = hex(wire);
            assert!(matches!(observer.decode(&wire), Ok(Some(_))));
        }
        // The other direction has no CONNECT: its version is told.
        let mut other = Decoder::observer();
        other.set_version(version);
        let connack = packet(0x20, if version == V5 { &[0, 0, 0] } else { &[0, 0] });
        assert!(matches!(other.decode(&connack), Ok(Some(_))));
        let suback = packet(
            0x90,
            if version == V5 {
                &[0, 1, 0, 0]
            } else {
                &[0, 1, 0]
            },
        );
        assert!(matches!(other.decode(&suback), Ok(Some(_))));
    }
}

#[test]
fn an_observer_keeps_the_version_of_the_first_connect() {
    for version in VERSIONS {
        for second in VERSIONS {
            let mut observer = Decoder::observer();
            let first = connect(version);
            assert!(matches!(observer.decode(&first), Ok(Some(_))));
            let again = decode(observer, connect(second));
            assert_eq!(again.is_ok(), version == second);
        }
    }
}

#[test]
fn an_observer_can_know_who_sends() {
    for (sender, good, bad) in [
        (Role::Client, "c0 00", "d0 00"),
        (Role::Server, "d0 00", "c0 00"),
        (Role::Client, "e0 01 04", "e0 01 8e"),
        (Role::Server, "e0 01 8e", "e0 01 04"),
    ] {
        let mut observer = Decoder::observer().with_sender(sender);
        observer.set_version(V5);
        assert!(decode(observer.clone(), good).is_ok());
        assert!(decode(observer.clone(), bad).is_err());
        // Aliases still stay as they came.
        assert!(decode(observer, "30 06 00 00 03 23 00 05").is_ok());
    }
    // It waits for a CONNECT of any size.
    let observer = Decoder::observer().with_sender(Role::Client);
    assert!(decode(observer, connect_of(110_000)).is_ok());
}

#[test]
fn an_observer_without_a_version_reads_connect_alone() {
    let error = decode(Decoder::observer(), "c0 00").unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::VersionUnknown);
    let error = decode(Decoder::observer(), "30 04 00 01 61 00").unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::VersionUnknown);
    // It has no limit before CONNECT: nobody waits for what it reads.
    assert!(decode(Decoder::observer(), connect_of(110_000)).is_ok());
}

#[test]
fn an_observer_leaves_aliases_as_they_came() {
    let mut observer = Decoder::observer();
    observer.set_version(V5);
    for (wire, topic) in [
        ("30 06 00 00 03 23 00 05", ""),
        ("30 07 00 01 61 03 23 00 05", "a"),
        ("30 06 00 00 03 23 00 05", ""),
        ("30 06 00 00 03 23 ff ff", ""),
    ] {
        let wire = hex(wire);
        let Ok(Some((Packet::Publish(publish), _))) = observer.decode(&wire) else {
            panic!("{wire:02x?}");
        };
        assert_eq!(publish.topic.as_str(), topic);
        assert!(publish.topic_alias.is_some());
        let mut encoder = Encoder::new(V5).with_topic_alias_maximum(u16::MAX);
        assert_eq!(encoded(&mut encoder, publish), Ok(wire.clone()));
    }
    // Neither a topic nor an alias, and an alias of 0, are wrong to anyone.
    assert!(decode(observer.clone(), "30 03 00 00 00").is_err());
    assert!(decode(observer, "30 07 00 01 61 03 23 00 00").is_err());
}

#[test]
fn an_observer_takes_either_role_s_subscription_identifiers() {
    let mut observer = Decoder::observer();
    observer.set_version(V5);
    assert!(decode(observer, "30 06 00 01 61 02 0b 01").is_ok());
}

// --- aliases ---

/// A PUBLISH of an alias with a topic, or without.
fn aliased(alias: u16, topic: &str) -> Vec<u8> {
    let topic_length = (topic.len() as u16).to_be_bytes();
    let alias = alias.to_be_bytes();
    packet(
        0x30,
        &[&topic_length[..], topic.as_bytes(), &[3, 0x23], &alias].concat(),
    )
}

#[test]
fn the_topics_of_aliases_take_no_more_bytes_than_told() {
    let mut decoder = Decoder::client(V5)
        .with_topic_alias_maximum(10)
        .with_topic_alias_bytes(10);
    for (alias, topic) in [(1, "aaaaa"), (2, "bbbbb"), (2, "bbbbb"), (1, "ccccc")] {
        let wire = aliased(alias, topic);
        assert!(matches!(decoder.decode(&wire), Ok(Some(_))), "{topic}");
    }
    // What a new topic replaces is free again.
    for (alias, topic) in [(1, "c"), (3, "dddd")] {
        let wire = aliased(alias, topic);
        assert!(matches!(decoder.decode(&wire), Ok(Some(_))), "{topic}");
    }
    for (alias, topic) in [(4, "e"), (1, "cc")] {
        let error = decode(decoder.clone(), aliased(alias, topic)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TopicAliasesTooLarge(10));
        assert_eq!(error.reason(), ReasonCode::QUOTA_EXCEEDED);
    }
}

#[test]
fn the_topics_of_aliases_take_no_more_than_a_mebibyte() {
    let decoder = Decoder::client(V5).with_topic_alias_maximum(u16::MAX);
    let mut decoder = decoder;
    let topic = "t".repeat(65_535);
    for alias in 1..=16 {
        let wire = aliased(alias, &topic);
        assert!(matches!(decoder.decode(&wire), Ok(Some(_))), "{alias}");
    }
    let error = decode(decoder.clone(), aliased(17, &topic)).unwrap_err();
    assert_eq!(error.reason(), ReasonCode::QUOTA_EXCEEDED);
    // 16 bytes are left.
    assert!(decode(decoder, aliased(17, "sixteen bytes...")).is_ok());
}

#[test]
fn an_alias_maximum_can_be_told_later() {
    let mut decoder = Decoder::new(V5);
    assert!(decode(decoder.clone(), aliased(1, "a")).is_err());
    decoder.set_topic_alias_maximum(1);
    assert!(decode(decoder.clone(), aliased(1, "a")).is_ok());
    assert!(decode(decoder, aliased(2, "a")).is_err());
    let mut encoder = Encoder::new(V5);
    let publish = Publish {
        topic_alias: core::num::NonZeroU16::new(1),
        ..Publish::new(A, b"")
    };
    assert!(encoded(&mut encoder, publish).is_err());
    encoder.set_topic_alias_maximum(1);
    assert!(encoded(&mut encoder, publish).is_ok());
}

// --- failing ---

#[test]
fn a_decoder_that_failed_stays_failed() {
    for wire in [
        // In the fixed header, in the body, on an alias, on a limit.
        "00 00",
        "c0 01 00",
        "30 06 00 00 03 23 00 01",
        "30 ff ff ff 7f",
    ] {
        let mut decoder = Decoder::new(V5)
            .with_topic_alias_maximum(1)
            .with_max_packet_size(1000);
        let wire = hex(wire);
        let error = decoder.decode(&wire).unwrap_err();
        let good = hex("d0 00");
        assert_eq!(decoder.decode(&good), Err(error));
        assert_eq!(decoder.decode(&[]), Err(error));
        assert_eq!(decoder.frame_len(&good), Err(error));
        assert_eq!(decoder.needed(&good), 0);
        decoder.set_version(V3_1_1);
        decoder.set_max_packet_size(u32::MAX);
        assert_eq!(decoder.clone().decode(&good), Err(error));
    }
}

#[test]
fn an_error_says_what_broke_where() {
    let mut server = Decoder::server();
    let wire = hex("10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 ff");
    let error = server.decode(&wire).unwrap_err();
    assert_eq!(error.packet_type(), Some(PacketType::Connect));
    assert_eq!(error.version(), Some(V5));
    assert_eq!(error.offset(), 15);
    assert_eq!(
        error.kind(),
        DecodeErrorKind::NotUtf8(Field::ClientIdentifier)
    );
    assert_eq!(
        error.to_string(),
        "CONNECT: the Client Identifier is not UTF-8 (at byte 15, 5.0/MQTT-3.1.3-4)"
    );
    // No type, no version, no number.
    let error = decode(Decoder::new(V3_1_1), "00 00").unwrap_err();
    assert_eq!(error.packet_type(), None);
    assert_eq!(
        error.to_string(),
        "packet: the packet type is reserved (at byte 0)"
    );
    // A longer fixed header counts.
    let body = [&hex("00 01 61")[..], &[0; 200]].concat();
    let mut wire = packet(0x30, &body);
    wire[5] = b'+';
    let error = decode(Decoder::new(V3_1_1), wire).unwrap_err();
    assert_eq!(error.offset(), 5);
}

#[test]
fn an_error_points_at_the_byte_that_broke() {
    for (wire, offset) in [
        // The fixed header.
        ("00 00", 0),
        ("c1 00", 0),
        ("38 04 00 01 61 00", 0),
        ("c0 80 00", 1),
        ("c0 ff ff ff ff", 1),
        // CONNECT: name, level, flags.
        ("10 0e 00 04 4d 51 54 58 05 02 00 00 00 00 01 61", 4),
        ("10 0e 00 04 4d 51 54 54 06 02 00 00 00 00 01 61", 8),
        ("10 0e 00 04 4d 51 54 54 05 03 00 00 00 00 01 61", 9),
        // What is left over.
        (
            "10 11 00 04 4d 51 54 54 05 02 00 00 00 00 01 61 00 01 75",
            16,
        ),
        ("20 04 00 00 00 00", 5),
        // CONNACK: flags, code.
        ("20 03 02 00 00", 2),
        ("20 03 01 87 00", 2),
        ("20 03 00 01 00", 3),
        // Properties: the identifier, or the value that is out of range.
        ("20 05 00 00 02 7f 00", 5),
        ("20 05 00 00 02 17 00", 5),
        ("20 07 00 00 04 25 00 25 00", 7),
        ("20 06 00 00 03 21 00 00", 6),
        ("20 05 00 00 02 24 02", 6),
        ("30 07 00 01 61 03 23 00 00", 7),
        // Or the one that the receiver has not allowed.
        ("30 0b 00 01 61 07 03 00 01 74 23 00 01", 10),
        // Texts: the first byte that is wrong.
        ("30 06 00 03 61 2f 2b 00", 6),
        ("30 06 00 03 61 00 62 00", 5),
        ("30 07 00 04 61 62 e2 82 00", 6),
        ("30 0b 00 01 61 07 26 00 01 6b 00 01 ff", 12),
        // Identifiers and codes.
        ("40 02 00 00", 2),
        ("32 06 00 01 61 00 00 00", 5),
        ("40 03 00 01 92", 4),
        ("90 05 00 01 00 00 03", 6),
        // Subscriptions.
        ("82 07 00 01 00 00 01 2b 03", 8),
        ("82 0b 00 01 00 00 01 61 00 00 01 62 40", 12),
        ("82 08 00 01 00 00 02 61 23 00", 8),
        ("e0 01 01", 2),
    ] {
        let error = decode(Decoder::new(V5), wire).unwrap_err();
        assert_eq!(error.offset(), offset, "{wire}: {error}");
    }
    let error = decode(Decoder::server(), "c0 00").unwrap_err();
    assert_eq!(error.offset(), 0);
}

// --- roles ---

#[test]
fn a_decoder_refuses_what_the_peer_does_not_send() {
    let both = [
        "30 04 00 01 61 00",
        "40 02 00 01",
        "50 02 00 01",
        "62 02 00 01",
        "70 02 00 01",
    ];
    for version in VERSIONS {
        for wire in both {
            assert!(decode(server_after_connect(version), wire).is_ok());
            assert!(decode(Decoder::client(version), wire).is_ok());
        }
        let from_client = ["c0", "82", "a2"];
        let from_server = ["20", "90", "b0", "d0"];
        for first in from_client {
            let mut client = Decoder::client(version);
            let error = client.decode(&hex(first)).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::WrongDirection(Role::Server));
        }
        for first in from_server {
            let mut server = server_after_connect(version);
            let error = server.decode(&hex(first)).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::WrongDirection(Role::Client));
        }
        let connect = decode(Decoder::client(version), connect(version)).unwrap_err();
        assert_eq!(
            connect.kind(),
            DecodeErrorKind::WrongDirection(Role::Server)
        );
        // A server's DISCONNECT came with 5, and so did AUTH.
        let disconnect = decode(Decoder::client(version), "e0 00");
        assert_eq!(disconnect.is_ok(), version == V5);
        assert!(decode(server_after_connect(version), "e0 00").is_ok());
        for decoder in [Decoder::client(version), server_after_connect(version)] {
            let auth = decode(decoder, "f0 06 18 04 15 00 01 4d");
            assert_eq!(auth.is_ok(), version == V5);
        }
    }
}

#[test]
fn an_encoder_refuses_what_its_role_does_not_send() {
    let wanted = [Subscription::new(
        TopicFilter::literal("a"),
        QoS::AtMostOnce,
    )];
    let filters = [TopicFilter::literal("a")];
    let codes = [ReasonCode::SUCCESS];
    let method = AuthProperties {
        authentication_method: Some("M"),
        ..Default::default()
    };
    for version in VERSIONS {
        let connect = Connect {
            version,
            client_id: "a",
            clean_start: true,
            ..Connect::default()
        };
        let unsuback: &[ReasonCode] = if version == V5 { &codes } else { &[] };
        let client: [Packet<'_>; 4] = [
            connect.into(),
            Subscribe::new(id(1), List::from(&wanted)).into(),
            Unsubscribe::new(id(1), List::from(&filters)).into(),
            Packet::PingReq,
        ];
        let server: [Packet<'_>; 4] = [
            ConnAck::default().into(),
            SubAck::new(id(1), List::from(&codes)).into(),
            Packet::UnsubAck(SubAck::new(id(1), List::from(unsuback))),
            Packet::PingResp,
        ];
        let both = [
            Packet::Publish(Publish::new(A, b"")),
            Packet::PubAck(Ack::new(id(1))),
            Packet::PubRec(Ack::new(id(1))),
            Packet::PubRel(Ack::new(id(1))),
            Packet::PubComp(Ack::new(id(1))),
        ];
        let (mut as_client, mut as_server) = (Encoder::client(version), Encoder::server(version));
        for packet in client {
            assert!(encoded(&mut as_client, packet).is_ok(), "{packet}");
            assert_eq!(
                encoded(&mut as_server, packet),
                Err(EncodeError::WrongDirection {
                    role: Role::Server,
                    packet_type: packet.packet_type()
                })
            );
        }
        for packet in server {
            assert!(encoded(&mut as_server, packet).is_ok(), "{packet}");
            assert_eq!(
                encoded(&mut as_client, packet),
                Err(EncodeError::WrongDirection {
                    role: Role::Client,
                    packet_type: packet.packet_type()
                })
            );
        }
        for packet in client.into_iter().chain(server).chain(both) {
            assert!(
                encoded(&mut Encoder::new(version), packet).is_ok(),
                "{packet}"
            );
        }
        for packet in both {
            assert!(encoded(&mut as_client, packet).is_ok());
            assert!(encoded(&mut as_server, packet).is_ok());
        }
        let disconnect = Disconnect::default();
        assert!(encoded(&mut as_client, disconnect).is_ok());
        assert_eq!(encoded(&mut as_server, disconnect).is_ok(), version == V5);
        let auth = Auth::new(ReasonCode::CONTINUE_AUTHENTICATION, &method);
        assert_eq!(encoded(&mut as_client, auth).is_ok(), version == V5);
        assert_eq!(encoded(&mut as_server, auth).is_ok(), version == V5);
    }
    let identifiers = [SubscriptionIdentifier::new(1).unwrap()];
    let publish = Publish {
        subscription_identifiers: List::from(&identifiers),
        ..Publish::new(A, b"")
    };
    assert!(encoded(&mut Encoder::client(V5), publish).is_err());
    assert!(encoded(&mut Encoder::server(V5), publish).is_ok());
}

// --- frames ---

#[test]
fn a_frame_is_measured_without_being_read() {
    let decoder = Decoder::new(V5);
    assert_eq!(decoder.frame_len(&[]), Ok(None));
    assert_eq!(decoder.frame_len(&hex("30")), Ok(None));
    assert_eq!(decoder.frame_len(&hex("30 04 00 01 61")), Ok(None));
    assert_eq!(decoder.frame_len(&hex("30 04 00 01 61 00")), Ok(Some(6)));
    assert_eq!(
        decoder.frame_len(&hex("30 04 00 01 61 00 c0 00")),
        Ok(Some(6))
    );
    // What is inside does not matter.
    assert_eq!(decoder.frame_len(&hex("30 04 ff ff ff ff")), Ok(Some(6)));
    // The fixed header does, and nothing is kept of it.
    assert!(decoder.frame_len(&hex("c1 00")).is_err());
    assert!(decoder.frame_len(&hex("c0 80 00")).is_err());
    assert_eq!(decoder.frame_len(&hex("c0 00")), Ok(Some(2)));
    // A server before CONNECT.
    let server = Decoder::server();
    assert!(server.frame_len(&hex("c0 00")).is_err());
    let connect = connect(V5);
    assert_eq!(server.frame_len(&connect), Ok(Some(connect.len())));
    assert_eq!(server.version(), None);
}

#[test]
fn what_is_missing_can_be_asked() {
    let decoder = Decoder::new(V5);
    for (input, needed) in [
        ("", 2),
        ("30", 1),
        ("30 80", 1),
        ("30 ff ff ff", 1),
        ("30 04", 4),
        ("30 80 01", 128),
        ("30 04 00 01 61", 1),
        ("30 04 00 01 61 00", 0),
        ("30 04 00 01 61 00 30", 0),
        // Refused.
        ("00", 0),
        ("c1", 0),
        ("30 80 00", 0),
        ("30 ff ff ff ff", 0),
    ] {
        assert_eq!(decoder.needed(&hex(input)), needed, "{input}");
    }
}

#[test]
fn packets_that_came_together_are_read_one_by_one() {
    let mut decoder = Decoder::new(V5);
    let input = hex("c0 00 30 04 00 01 61 00 40 02 00 01 d0");
    let mut rest = input.as_slice();
    let mut types = Vec::new();
    while let Some((packet, used)) = decoder.decode(rest).unwrap() {
        types.push(packet.packet_type());
        rest = &rest[used..];
    }
    assert_eq!(
        types,
        [PacketType::PingReq, PacketType::Publish, PacketType::PubAck]
    );
    assert_eq!(rest, [0xd0]);
}

// --- what an encoder is told ---

#[test]
fn an_output_without_room_is_left_as_it_was() {
    let mut encoder = Encoder::new(V5);
    let mut buffer = [0; 7];
    let mut output = SliceOutput::new(&mut buffer);
    encoder.encode(Packet::PingReq, &mut output).unwrap();
    let publish = Publish::new(A, b"");
    assert_eq!(
        encoder.encode(publish, &mut output),
        Err(EncodeError::OutputFull { len: 6, room: 5 })
    );
    assert_eq!(output.written(), [0xc0, 0x00]);
    // The encoder goes on as before.
    output.consume(2);
    encoder.encode(publish, &mut output).unwrap();
    assert_eq!(output.written(), hex("30 04 00 01 61 00"));
}

#[test]
fn an_encoder_writes_no_connect_of_another_version() {
    let connect = Connect {
        client_id: "a",
        clean_start: true,
        ..Connect::default()
    };
    for version in [V3_1, V3_1_1] {
        let mut encoder = Encoder::new(version);
        assert_eq!(
            encoded(&mut encoder, connect),
            Err(EncodeError::VersionMismatch {
                connect: V5,
                encoder: version
            })
        );
        encoder.set_version(V5);
        assert_eq!(encoder.version(), V5);
        assert!(encoded(&mut encoder, connect).is_ok());
    }
}

#[test]
fn an_encoder_keeps_to_the_largest_packet_for_every_type() {
    let mut encoder = Encoder::new(V5);
    encoder.set_max_packet_size(3);
    assert!(encoded(&mut encoder, Packet::PingReq).is_ok());
    for packet in [
        Packet::PubAck(Ack::new(id(1))),
        Packet::ConnAck(ConnAck::default()),
        Packet::Publish(Publish::new(A, b"")),
    ] {
        assert!(matches!(
            encoded(&mut encoder, packet),
            Err(EncodeError::PacketTooLarge { maximum: 3, .. })
        ));
    }
    assert!(encoded(&mut encoder, Disconnect::new(ReasonCode::PROTOCOL_ERROR)).is_ok());
}

// --- passing on what was read ---

/// The PUBLISH that these bytes are to an observer, with all that it bears.
fn observed(wire: &str) -> Publish<'static> {
    let mut observer = Decoder::observer();
    observer.set_version(V5);
    match decode(observer, wire) {
        Ok(Packet::Publish(publish)) => publish,
        other => panic!("{other:?}"),
    }
}

fn written<'a>(packet: impl Into<Packet<'a>>) -> Vec<u8> {
    let mut encoder = Encoder::new(V5).with_topic_alias_maximum(u16::MAX);
    encoded(&mut encoder, packet).unwrap()
}

#[test]
fn what_a_hop_changes_is_changed_and_the_rest_passes_on() {
    // Content Type, expiry, two identifiers, an alias, a pair.
    let wire = "30 1c 00 01 61 17 03 00 01 74 02 00 00 00 05 0b 01 0b 02 23 00 07 \
                26 00 01 6b 00 01 76 78";
    let publish = observed(wire);
    assert_eq!(written(publish), hex(wire));
    let bare = Publish {
        message_expiry_interval: None,
        subscription_identifiers: List::EMPTY,
        topic_alias: None,
        ..publish
    };
    assert_eq!(
        written(bare),
        hex("30 10 00 01 61 0b 03 00 01 74 26 00 01 6b 00 01 76 78")
    );
    let expiring = Publish {
        message_expiry_interval: Some(4),
        ..publish
    };
    let replaced = wire.replace("02 00 00 00 05", "02 00 00 00 04");
    assert_eq!(written(expiring), hex(&replaced));
    // Other identifiers in the place of those that came, wherever they then stand.
    let others = [SubscriptionIdentifier::new(200).unwrap()];
    let renumbered = Publish {
        subscription_identifiers: List::from(&others),
        ..publish
    };
    let bytes = written(renumbered);
    let mut observer = Decoder::observer();
    observer.set_version(V5);
    assert_eq!(decode(observer, bytes), Ok(renumbered.into()));
    // Onto a packet that had none of them.
    let plain = observed("30 0c 00 01 61 07 26 00 01 6b 00 01 76 78");
    let loaded = Publish {
        message_expiry_interval: Some(5),
        ..plain
    };
    let bytes = written(loaded);
    assert_eq!(bytes.len(), 14 + 5);
    assert_eq!(decode(Decoder::new(V5), bytes), Ok(loaded.into()));
}

#[test]
fn a_will_becomes_a_publish_without_its_delay() {
    let wire = "10 23 00 04 4d 51 54 54 05 26 00 00 00 00 01 61 0e \
                18 00 00 00 05 03 00 01 74 02 00 00 00 09 00 01 77 00 01 6d";
    let Ok(Packet::Connect(connect)) = decode(Decoder::new(V5), wire) else {
        panic!("CONNECT");
    };
    let will = connect.will.unwrap();
    assert_eq!(will.delay_interval, Some(5));
    assert_eq!(
        written(will.publish()),
        hex("31 0e 00 01 77 09 03 00 01 74 02 00 00 00 09 6d")
    );
}

#[test]
fn properties_of_nothing_take_the_short_forms() {
    let none = puremqtt::AckProperties::default();
    let ack = Ack {
        properties: (&none).into(),
        ..Ack::new(id(1))
    };
    let mut encoder = Encoder::new(V5);
    assert_eq!(
        encoded(&mut encoder, Packet::PubAck(ack)),
        Ok(hex("40 02 00 01"))
    );
    // So they hinder no older version.
    let mut older = Encoder::new(V3_1_1);
    assert_eq!(
        encoded(&mut older, Packet::PubAck(ack)),
        Ok(hex("40 02 00 01"))
    );
}

#[test]
fn the_empty_topic_of_an_alias_is_no_topic_elsewhere() {
    let nameless = observed("30 06 00 00 03 23 00 07").topic;
    assert!(nameless.is_empty());
    let mut encoder = Encoder::new(V5).with_topic_alias_maximum(u16::MAX);
    let publish = Publish::new(nameless, b"");
    assert_eq!(
        encoded(&mut encoder, publish),
        Err(EncodeError::EmptyTopic(Field::TopicName))
    );
    let connect = Connect {
        client_id: "a",
        will: Some(Will::new(nameless, b"")),
        ..Connect::default()
    };
    assert_eq!(
        encoded(&mut encoder, connect),
        Err(EncodeError::EmptyTopic(Field::WillTopic))
    );
    let properties = PublishProperties {
        response_topic: Some(nameless),
        ..Default::default()
    };
    let publish = Publish {
        properties: (&properties).into(),
        ..Publish::new(A, b"")
    };
    assert_eq!(
        encoded(&mut encoder, publish),
        Err(EncodeError::EmptyTopic(Field::Property(
            PropertyId::RESPONSE_TOPIC
        )))
    );
}
