//! Packets cut short and packets with wrong bytes: an error or an honest packet, never a panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

#[path = "common/rules.rs"]
mod rules;
#[path = "common/samples.rs"]
mod samples;

use puremqtt::{DecodeErrorKind, Decoder, Field, Packet, PacketType, Version};

use crate::rules::{VERSIONS, comes_back, decodes_soundly, join, observer, split, wire};
use crate::samples::samples;

/// Shows `f` the bytes of each sample.
fn each_sample(mut f: impl FnMut(Version, &[u8])) {
    for version in VERSIONS {
        samples(version, |packet| f(version, &wire(version, packet)));
    }
}

#[test]
fn every_sample_comes_back() {
    for version in VERSIONS {
        samples(version, |packet| drop(comes_back(version, packet)));
    }
}

#[test]
fn the_samples_have_every_kind_that_the_version_has() {
    for (version, kinds) in [
        (Version::V3_1, 14),
        (Version::V3_1_1, 14),
        (Version::V5, 15),
    ] {
        let mut seen = [false; 16];
        samples(version, |packet| {
            seen[usize::from(packet.packet_type().as_u8())] = true
        });
        assert_eq!(
            seen.iter().filter(|&&seen| seen).count(),
            kinds,
            "{version}"
        );
    }
}

#[test]
fn every_prefix_is_incomplete_and_says_what_it_needs() {
    each_sample(|version, bytes| {
        let (_, body) = split(bytes);
        let header = bytes.len() - body.len();
        let mut decoder = observer(version);
        for cut in 0..bytes.len() {
            let prefix = &bytes[..cut];
            assert_eq!(decoder.decode(prefix), Ok(None), "{prefix:02x?}");
            assert_eq!(decoder.frame_len(prefix), Ok(None));
            let (needed, missing) = (decoder.needed(prefix), bytes.len() - cut);
            if cut < header {
                assert!((1..=missing).contains(&needed), "{prefix:02x?}");
            } else {
                assert_eq!(needed, missing, "{prefix:02x?}");
            }
        }
        assert_eq!(decoder.needed(bytes), 0);
        assert_eq!(decoder.frame_len(bytes), Ok(Some(bytes.len())));
    });
}

#[test]
fn a_cut_whose_remaining_length_agrees_is_an_error_or_a_packet_of_its_own() {
    each_sample(|version, bytes| {
        let (first, body) = split(bytes);
        for cut in 0..body.len() {
            let shorter = join(first, &body[..cut]);
            let result = decodes_soundly(&mut observer(version), version, &shorter);
            assert_ne!(result, Ok(None), "{shorter:02x?}");
        }
    });
}

#[test]
fn a_byte_more_is_an_error_but_in_the_lists_and_the_payload_that_end_a_packet() {
    each_sample(|version, bytes| {
        let (first, body) = split(bytes);
        let longer = join(first, &[body, &[0]].concat());
        let result = decodes_soundly(&mut observer(version), version, &longer);
        let is_legal = match PacketType::from_first_byte(first).unwrap() {
            PacketType::Publish | PacketType::SubAck => true,
            PacketType::UnsubAck => version == Version::V5,
            // A reason or an empty property block that the short form left out.
            PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => {
                version == Version::V5 && body.len() < 4
            }
            PacketType::Disconnect => version == Version::V5 && body.len() < 2,
            _ => false,
        };
        assert_eq!(result.is_ok(), is_legal, "{longer:02x?}: {result:?}");
    });
}

#[test]
fn a_wrong_byte_anywhere_is_an_error_or_a_packet_of_its_own() {
    each_sample(|version, bytes| {
        for at in 0..bytes.len() {
            let byte = bytes[at];
            let values = [
                0x00,
                0x7f,
                0xff,
                byte ^ 0x80,
                byte.wrapping_add(1),
                byte.wrapping_sub(1),
            ];
            for value in values {
                let mut wrong = bytes.to_vec();
                wrong[at] = value;
                let _ = decodes_soundly(&mut observer(version), version, &wrong);
            }
        }
    });
}

#[test]
fn a_wrong_length_anywhere_is_an_error_or_a_packet_of_its_own() {
    each_sample(|version, bytes| {
        let (first, body) = split(bytes);
        // Every pair of bytes may be the length of a string, one byte that of the properties.
        for at in 0..body.len().saturating_sub(1) {
            let length = u16::from_be_bytes([body[at], body[at + 1]]);
            for length in [length.wrapping_sub(1), length.wrapping_add(1), 0, u16::MAX] {
                let mut wrong = body.to_vec();
                wrong[at..at + 2].copy_from_slice(&length.to_be_bytes());
                let wrong = join(first, &wrong);
                let result = decodes_soundly(&mut observer(version), version, &wrong);
                assert_ne!(result, Ok(None), "{wrong:02x?}");
            }
            for length in [
                &[0xff, 0xff, 0xff, 0x7f][..],
                &[0x80, 0x00],
                &[0x80, 0x80, 0x80, 0x80],
            ] {
                let wrong = [&body[..at], length, &body[at + 1..]].concat();
                let wrong = join(first, &wrong);
                let result = decodes_soundly(&mut observer(version), version, &wrong);
                assert_ne!(result, Ok(None), "{wrong:02x?}");
            }
        }
    });
}

#[test]
fn a_packet_of_one_version_is_an_error_or_a_packet_of_its_own_in_another() {
    each_sample(|version, bytes| {
        for other in VERSIONS {
            let result = decodes_soundly(&mut observer(other), other, bytes);
            assert_ne!(result, Ok(None), "{version} {other} {bytes:02x?}");
        }
    });
}

#[test]
fn every_role_and_option_takes_a_wrong_byte_as_well() {
    each_sample(|version, bytes| {
        for at in 0..bytes.len().min(24) {
            let mut wrong = bytes.to_vec();
            wrong[at] ^= 0x01;
            for mut decoder in [
                Decoder::client(version),
                Decoder::server(),
                Decoder::new(version)
                    .refuse_long_lengths()
                    .refuse_discouraged_characters(),
            ] {
                if let Err(error) = decoder.decode(&wrong) {
                    assert!(error.offset() <= wrong.len());
                    assert_eq!(decoder.decode(bytes), Err(error));
                    assert_eq!(decoder.decode(b"\xd0\x00"), Err(error));
                }
            }
        }
    });
}

/// What the first error is, and where.
fn error(version: Version, bytes: &[u8]) -> (DecodeErrorKind, usize) {
    let error = observer(version).decode(bytes).unwrap_err();
    (error.kind(), error.offset())
}

#[test]
fn an_error_names_the_field_that_is_cut_and_its_place() {
    use DecodeErrorKind::{EndsBefore, NoReasonCode, NoTopicFilter, TrailingBytes};
    let (v3, v5) = (Version::V3_1_1, Version::V5);
    // The topic's length points past the packet.
    assert_eq!(
        error(v3, b"\x30\x04\xff\xffax"),
        (EndsBefore(Field::TopicName), 4)
    );
    // A PUBLISH of QoS 1 ends before its identifier.
    assert_eq!(
        error(v3, b"\x32\x03\x00\x01a"),
        (EndsBefore(Field::PacketIdentifier), 5)
    );
    // A SUBSCRIBE ends before the options of its filter.
    let options = EndsBefore(Field::SubscriptionOptions);
    assert_eq!(error(v3, b"\x82\x05\x00\x01\x00\x01a"), (options, 7));
    assert_eq!(error(v3, b"\x82\x02\x00\x01"), (NoTopicFilter, 4));
    assert_eq!(error(v3, b"\x90\x02\x00\x01"), (NoReasonCode, 4));
    // A property block that is longer than the packet, one that ends within a
    // property, and one that leaves bytes behind.
    let properties = EndsBefore(Field::Properties);
    assert_eq!(error(v5, b"\x90\x04\x00\x01\x05\x00"), (properties, 5));
    let reason = Field::Property(puremqtt::PropertyId::REASON_STRING);
    assert_eq!(
        error(v5, b"\x40\x07\x00\x01\x00\x03\x1f\x00\x01"),
        (EndsBefore(reason), 9)
    );
    assert_eq!(error(v5, b"\xe0\x03\x00\x00\x00"), (TrailingBytes, 4));
    // Bodies where there is none.
    assert_eq!(error(v3, b"\xc0\x01\x00"), (TrailingBytes, 2));
    assert_eq!(error(v3, b"\xe0\x01\x00"), (TrailingBytes, 2));
    assert_eq!(
        error(v3, b"\x40\x01\x00"),
        (EndsBefore(Field::PacketIdentifier), 2)
    );
}

#[test]
fn a_fifth_byte_of_a_remaining_length_is_never_looked_at() {
    for version in VERSIONS {
        for bytes in [
            &b"\x30\xff\xff\xff\xff\x7f"[..],
            b"\x30\x80\x80\x80\x80",
            b"\xc0\x80\x80\x80\x80\x00",
        ] {
            assert_eq!(error(version, bytes), (DecodeErrorKind::IntegerTooLong, 1));
            assert_eq!(observer(version).decode(&bytes[..4]), Ok(None));
        }
    }
}

#[test]
fn an_over_long_remaining_length_is_malformed_in_mqtt_5_and_shortened_in_the_others() {
    for bytes in [
        &b"\xc0\x80\x00"[..],
        b"\xc0\x80\x80\x00",
        b"\x40\x82\x80\x80\x00\x00\x01",
    ] {
        assert_eq!(
            error(Version::V5, bytes),
            (DecodeErrorKind::IntegerNotMinimal, 1)
        );
        for version in [Version::V3_1, Version::V3_1_1] {
            let mut decoder = observer(version);
            assert_eq!(
                decodes_soundly(&mut decoder, version, bytes),
                Ok(Some(bytes.len()))
            );
            let mut strict = Decoder::new(version).refuse_long_lengths();
            let error = strict.decode(bytes).unwrap_err();
            assert_eq!(error.kind(), DecodeErrorKind::IntegerNotMinimal);
        }
    }
}

#[test]
fn v5_0_mqtt_1_5_5_1_an_over_long_remaining_length_of_a_first_connect_of_mqtt_5_is_malformed() {
    let connect = b"\x10\x8e\x00\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01a";
    for mut decoder in [
        Decoder::server(),
        Decoder::observer(),
        Decoder::new(Version::V5),
    ] {
        let error = decoder.decode(connect).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::IntegerNotMinimal);
    }
    let connect = b"\x10\x8d\x00\x00\x04MQTT\x04\x02\x00\x00\x00\x01a";
    for mut decoder in [
        Decoder::server(),
        Decoder::observer(),
        Decoder::new(Version::V3_1_1),
    ] {
        assert!(decoder.decode(connect).unwrap().is_some());
    }
}

#[test]
fn the_short_forms_of_mqtt_5_are_read_and_the_shortest_is_written() {
    let rows: [(&[u8], &[u8]); 12] = [
        (b"\x40\x02\x00\x01", b"\x40\x02\x00\x01"),
        (b"\x40\x03\x00\x01\x00", b"\x40\x02\x00\x01"),
        (b"\x50\x04\x00\x01\x00\x00", b"\x50\x02\x00\x01"),
        (b"\x62\x03\x00\x01\x92", b"\x62\x03\x00\x01\x92"),
        (b"\x70\x04\x00\x01\x92\x00", b"\x70\x03\x00\x01\x92"),
        (b"\x40\x04\x00\x01\x10\x00", b"\x40\x03\x00\x01\x10"),
        (b"\xe0\x00", b"\xe0\x00"),
        (b"\xe0\x01\x00", b"\xe0\x00"),
        (b"\xe0\x02\x00\x00", b"\xe0\x00"),
        (b"\xe0\x01\x8b", b"\xe0\x01\x8b"),
        (b"\xe0\x02\x8b\x00", b"\xe0\x01\x8b"),
        (b"\xf0\x00", b"\xf0\x00"),
    ];
    for (bytes, shortest) in rows {
        let mut decoder = observer(Version::V5);
        let (packet, _) = decoder.decode(bytes).unwrap().unwrap();
        assert_eq!(wire(Version::V5, packet), shortest, "{bytes:02x?}");
    }
}

#[test]
fn a_connect_of_3_1_may_end_before_the_user_name_and_password_of_its_flags() {
    let before: &[u8] = b"\x00\x06MQIsdp\x03\xc2\x00\x00\x00\x01a";
    let user_name: &[u8] = b"\x00\x02jo";
    let password: &[u8] = b"\x00\x01p";
    for (fields, user, pass, flags) in [
        (&[][..], None, None, 0x02),
        (user_name, Some("jo"), None, 0x82),
        (
            &[user_name, password].concat(),
            Some("jo"),
            Some(&b"p"[..]),
            0xc2,
        ),
    ] {
        let bytes = join(0x10, &[before, fields].concat());
        let mut decoder = Decoder::server();
        let Ok(Some((Packet::Connect(connect), _))) = decoder.decode(&bytes) else {
            panic!("{bytes:02x?}");
        };
        assert_eq!((connect.user_name, connect.password), (user, pass));
        let (_, body) = split(&bytes);
        let mut expected = body.to_vec();
        expected[9] = flags;
        assert_eq!(wire(Version::V3_1, connect.into()), join(0x10, &expected));
    }
}

#[test]
fn after_an_error_no_later_packet_of_the_same_bytes_is_given() {
    let mut decoder = Decoder::new(Version::V3_1_1);
    let input = b"\xc0\x01\x00\xc0\x00\xc0\x00";
    let error = decoder.decode(input).unwrap_err();
    for start in 0..input.len() {
        assert_eq!(decoder.decode(&input[start..]), Err(error));
        assert_eq!(decoder.frame_len(&input[start..]), Err(error));
        assert_eq!(decoder.needed(&input[start..]), 0);
    }
    // What the header alone shows is found before the body comes, and stays as well.
    let mut decoder = Decoder::new(Version::V3_1_1).with_max_packet_size(10);
    let error = decoder.decode(b"\x30\xff\x01").unwrap_err();
    assert_eq!(decoder.decode(b"\xc0\x00"), Err(error));
}
