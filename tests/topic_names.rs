//! Topic Names and Topic Filters of every length, with every character at every place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use puremqtt::{Decoder, Packet, TopicErrorKind, TopicFilter, TopicName, Version};

/// "x", so many times, with `character` in place of one.
fn text(len: usize, at: usize, character: char) -> String {
    (0..len)
        .map(|n| if n == at { character } else { 'x' })
        .collect()
}

fn everywhere(judge: impl Fn(usize, usize)) {
    for len in 1..=40 {
        for at in 0..len {
            judge(len, at);
        }
    }
}

/// [3.1.1/MQTT-4.7.1-1] [5.0/MQTT-4.7.0-1] and [MQTT-4.7.3-2].
#[test]
fn a_name_with_a_wildcard_or_a_nul_is_refused_wherever_it_stands() {
    everywhere(|len, at| {
        for (character, kind) in [
            ('+', TopicErrorKind::WildcardInName),
            ('#', TopicErrorKind::WildcardInName),
            ('\0', TopicErrorKind::Nul),
        ] {
            let error = TopicName::new(&text(len, at, character)).unwrap_err();
            assert_eq!((error.kind(), error.at()), (kind, at));
        }
    });
}

#[test]
fn a_name_with_any_other_character_is_one() {
    let others = (1..=0x7f_u8)
        .map(char::from)
        .filter(|other| !"+#".contains(*other));
    let others: Vec<char> = others
        .chain("\u{80}é\u{2b00}\u{2323}\u{ffff}😀".chars())
        .collect();
    everywhere(|len, at| {
        for &other in &others {
            let text = text(len, at, other);
            assert_eq!(TopicName::new(&text).map(TopicName::as_str), Ok(&text[..]));
            assert_eq!(
                TopicFilter::new(&text).map(TopicFilter::as_str),
                Ok(&text[..])
            );
        }
    });
}

/// The same from the wire, where names and text are checked at once.
#[test]
fn a_decoded_name_is_judged_as_a_built_one() {
    everywhere(|len, at| {
        for character in ['+', '#', '\0', '/', '\u{7f}', 'é'] {
            let text = text(len, at, character);
            let mut wire = vec![0x30, text.len() as u8 + 2, 0, text.len() as u8];
            wire.extend(text.as_bytes());
            let mut decoder = Decoder::new(Version::V3_1_1);
            match (decoder.decode(&wire), TopicName::new(&text)) {
                (Ok(Some((Packet::Publish(publish), _))), Ok(name)) => {
                    assert_eq!(publish.topic, name);
                }
                (Err(error), Err(built)) => assert_eq!(error.offset(), 4 + built.at()),
                (decoded, built) => panic!("{text:?}: {decoded:?}, but {built:?}"),
            }
        }
    });
}

/// [3.1.1/MQTT-4.7.1-2] [3.1.1/MQTT-4.7.1-3] [5.0/MQTT-4.7.1-1] [5.0/MQTT-4.7.1-2]
#[test]
fn a_filters_wildcard_is_alone_in_its_level() {
    everywhere(|len, at| {
        for (character, kind) in [
            ('+', TopicErrorKind::MisplacedPlus),
            ('#', TopicErrorKind::MisplacedHash),
        ] {
            let text = text(len, at, character);
            let error = TopicFilter::new(&text).map_err(|error| (error.kind(), error.at()));
            if len == 1 {
                assert!(error.is_ok());
            } else {
                assert_eq!(error, Err((kind, at)));
            }
        }
        let (before, after) = ("x".repeat(at), "x".repeat(len - at));
        assert!(TopicFilter::new(&format!("{before}/+/{after}")).is_ok());
        assert!(TopicFilter::new(&format!("{before}/#")).is_ok());
        assert!(TopicFilter::new(&format!("{before}/#/{after}")).is_err());
    });
}

#[test]
fn names_and_filters_print_their_text() {
    let (name, filter) = (TopicName::literal("a/é"), TopicFilter::literal("a/+"));
    assert_eq!(
        format!("{name} {name:?} {name:>5}"),
        "a/é TopicName(\"a/é\")   a/é"
    );
    assert_eq!(
        format!("{filter} {filter:?} {filter:>5}"),
        "a/+ TopicFilter(\"a/+\")   a/+"
    );
}
