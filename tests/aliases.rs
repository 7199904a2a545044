//! The Topic Aliases that an encoder assigns by itself: what it writes, and that the peer takes
//! each for the topic that was meant.
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

use proptest::collection::vec;
use proptest::prelude::*;
use puremqtt::{Decoder, EncodeError, Encoder, Packet, Publish, SliceOutput, TopicName, Version};

const V5: Version = Version::V5;

fn topic(text: &str) -> TopicName<'_> {
    TopicName::new(text).unwrap()
}

/// A PUBLISH without payload, its alias and topic as they stand.
fn plain(text: &str) -> Publish<'_> {
    Publish::new(topic(text), b"")
}

/// The same with an alias of the caller's.
fn with_alias(alias: u16, text: &str) -> Publish<'_> {
    Publish {
        topic_alias: NonZeroU16::new(alias),
        ..plain(text)
    }
}

/// An encoder that assigns up to `maximum` aliases.
fn assigning(maximum: u16) -> Encoder {
    Encoder::new(V5)
        .with_topic_alias_maximum(maximum)
        .with_automatic_aliases(1 << 16)
}

fn encode(encoder: &mut Encoder, publish: Publish<'_>) -> Vec<u8> {
    let len = encoder.encoded_len(publish);
    let mut wire = Vec::new();
    assert_eq!(encoder.encode(publish, &mut wire), Ok(()));
    assert_eq!(len, Ok(wire.len()));
    wire
}

/// What stands in the packet: its topic and its alias, 0 for none.
fn written(encoder: &mut Encoder, publish: Publish<'_>) -> (String, u16) {
    let wire = encode(encoder, publish);
    let mut observer = Decoder::observer();
    observer.set_version(V5);
    let Ok(Some((Packet::Publish(seen), used))) = observer.decode(&wire) else {
        panic!("{wire:02x?}")
    };
    assert_eq!(used, wire.len());
    let alias = seen.topic_alias.map_or(0, NonZeroU16::get);
    (seen.topic.as_str().to_owned(), alias)
}

/// An observer that never saw the alias's topic reads an empty one, which no caller can make.
fn alone(encoder: &mut Encoder, alias: u16) -> Result<Vec<u8>, EncodeError> {
    let [high, low] = alias.to_be_bytes();
    let bytes = [0x30, 6, 0, 0, 3, 0x23, high, low];
    let mut observer = Decoder::observer();
    observer.set_version(V5);
    let (packet, _) = observer.decode(&bytes).unwrap().unwrap();
    let mut wire = Vec::new();
    encoder.encode(packet, &mut wire).map(|()| wire)
}

#[test]
fn a_topic_goes_out_with_its_alias_once_and_then_the_alias_stands_for_it() {
    let mut encoder = assigning(2);
    let publish = Publish::new(topic("a/bc"), b"x");
    let first = b"\x30\x0b\x00\x04a/bc\x03\x23\x00\x01x";
    assert_eq!(encode(&mut encoder, publish), first);
    for _ in 0..2 {
        let again = b"\x30\x07\x00\x00\x03\x23\x00\x01x";
        assert_eq!(encode(&mut encoder, publish), again);
    }
    let other = b"\x30\x0b\x00\x04a/bd\x03\x23\x00\x02x";
    let publish = Publish::new(topic("a/bd"), b"x");
    assert_eq!(encode(&mut encoder, publish), other);
}

#[test]
fn the_other_packets_are_written_as_ever() {
    let mut encoder = assigning(2);
    let mut wire = Vec::new();
    encoder.encode(Packet::PingReq, &mut wire).unwrap();
    assert_eq!(wire, [0xc0, 0]);
}

#[test]
fn an_alias_that_saves_nothing_is_not_given() {
    let mut encoder = assigning(2);
    for text in ["a", "a/b", "a/b"] {
        assert_eq!(written(&mut encoder, plain(text)), (text.to_owned(), 0));
    }
    assert_eq!(written(&mut encoder, plain("a/bc")).1, 1);
}

#[test]
fn without_a_maximum_and_before_mqtt_5_there_is_no_alias() {
    let mut encoder = Encoder::client(V5).with_automatic_aliases(1 << 16);
    for _ in 0..2 {
        let aliased = written(&mut encoder, plain("a/bc"));
        assert_eq!(aliased, ("a/bc".to_owned(), 0));
    }
    let mut encoder = assigning(2);
    encoder.set_version(Version::V3_1_1);
    for _ in 0..2 {
        let wire = encode(&mut encoder, plain("a/bc"));
        assert_eq!(wire, b"\x30\x06\x00\x04a/bc");
    }
}

#[test]
fn nought_bytes_turn_it_off() {
    let mut encoder = assigning(2).with_automatic_aliases(0);
    assert_eq!(written(&mut encoder, plain("a/bc")).1, 0);
    // Aliases are the caller's alone, and nobody keeps account of them.
    assert!(alone(&mut encoder, 2).is_ok());
}

#[test]
fn aliases_go_up_to_the_maximum_and_then_the_least_recently_used_is_mapped_anew() {
    let mut encoder = assigning(3);
    let mut alias_of = |text: &str| written(&mut encoder, plain(text));
    let known = |alias| (String::new(), alias);
    let new = |text: &str, alias| (text.to_owned(), alias);
    assert_eq!(alias_of("topic/1"), new("topic/1", 1));
    assert_eq!(alias_of("topic/2"), new("topic/2", 2));
    assert_eq!(alias_of("topic/3"), new("topic/3", 3));
    // Using 1 leaves 2 as the oldest, and then 3.
    assert_eq!(alias_of("topic/1"), known(1));
    assert_eq!(alias_of("topic/4"), new("topic/4", 2));
    assert_eq!(alias_of("topic/5"), new("topic/5", 3));
    assert_eq!(alias_of("topic/1"), known(1));
    assert_eq!(alias_of("topic/2"), new("topic/2", 2));
    assert_eq!(alias_of("topic/5"), known(3));
}

#[test]
fn all_65_535_aliases_can_be_in_use() {
    let mut encoder = assigning(u16::MAX).with_automatic_aliases(1 << 20);
    for number in 1..=u16::MAX {
        let text = format!("t/{number:05}");
        assert_eq!(written(&mut encoder, plain(&text)), (text, number));
    }
    assert_eq!(written(&mut encoder, plain("t/00001")).1, 1);
    assert_eq!(
        written(&mut encoder, plain("another")),
        ("another".to_owned(), 2)
    );
    assert_eq!(written(&mut encoder, plain("t/65535")).1, 65_535);
}

#[test]
fn an_alias_counts_as_set_when_its_packet_was_written_whole() {
    let mut encoder = assigning(2);
    let mut buffer = [0; 8];
    let full = encoder.encode(plain("a/bc"), &mut SliceOutput::new(&mut buffer));
    assert_eq!(full, Err(EncodeError::OutputFull { len: 12, room: 8 }));
    assert_eq!(written(&mut encoder, plain("a/bc")), ("a/bc".to_owned(), 1));
    // Nor does a failure make its topic the last that was used.
    assert_eq!(written(&mut encoder, plain("d/ef")), ("d/ef".to_owned(), 2));
    assert!(
        encoder
            .encode(plain("a/bc"), &mut SliceOutput::new(&mut []))
            .is_err()
    );
    assert_eq!(written(&mut encoder, plain("g/hi")), ("g/hi".to_owned(), 1));
}

#[test]
fn v5_0_mqtt_3_3_2_7_a_new_connection_s_maximum_forgets_every_alias() {
    let mut encoder = assigning(5);
    assert_eq!(written(&mut encoder, plain("a/bc")), ("a/bc".to_owned(), 1));
    assert_eq!(written(&mut encoder, with_alias(2, "d/ef")).1, 2);
    encoder.set_topic_alias_maximum(5);
    assert_eq!(
        alone(&mut encoder, 2),
        Err(EncodeError::TopicAliasUnmapped(2))
    );
    assert_eq!(written(&mut encoder, plain("a/bc")), ("a/bc".to_owned(), 1));
    assert_eq!(written(&mut encoder, plain("d/ef")), ("d/ef".to_owned(), 2));
    encoder.set_topic_alias_maximum(0);
    assert_eq!(written(&mut encoder, plain("a/bc")), ("a/bc".to_owned(), 0));
}

#[test]
fn a_packet_that_its_first_alias_makes_too_large_is_written_plainly() {
    // 2 bytes of header, 6 of topic, 1 for no properties: 9 without an alias, 12 with one.
    for (maximum, alias) in [(9, 0), (11, 0), (12, 1)] {
        let mut encoder = assigning(5).with_max_packet_size(maximum);
        let first = written(&mut encoder, plain("a/bc"));
        assert_eq!(first, ("a/bc".to_owned(), alias), "{maximum}");
    }
    let mut encoder = assigning(5).with_max_packet_size(8);
    let error = encoder.encode(plain("a/bc"), &mut Vec::new());
    let too_large = EncodeError::PacketTooLarge { len: 9, maximum: 8 };
    assert_eq!(error, Err(too_large));
    // A packet that is too large with its topic may be small enough with the alias.
    let mut encoder = assigning(5);
    encode(&mut encoder, plain("a/long/topic"));
    encoder.set_max_packet_size(8);
    assert_eq!(written(&mut encoder, plain("a/long/topic")).1, 1);
}

#[test]
fn topics_beyond_the_bytes_give_way_from_the_oldest_on() {
    let mut encoder = assigning(9).with_automatic_aliases(12);
    let mut alias_of = |text: &str| written(&mut encoder, plain(text));
    let new = |text: &str, alias| (text.to_owned(), alias);
    assert_eq!(alias_of("1234"), new("1234", 1));
    assert_eq!(alias_of("abcd"), new("abcd", 2));
    assert_eq!(alias_of("ABCD"), new("ABCD", 3));
    // Four bytes more than there are: the first gives way, and then its alias is taken first.
    assert_eq!(alias_of("wxyz"), new("wxyz", 4));
    assert_eq!(alias_of("1234"), new("1234", 1));
    assert_eq!(alias_of("WXYZ"), new("WXYZ", 2));
    // All at once.
    assert_eq!(alias_of("twelve bytes").1, 3);
    assert_eq!(alias_of("thirteen byte"), new("thirteen byte", 0));
    assert_eq!(alias_of("twelve bytes").1, 3);
    for text in ["wxyz", "1234", "WXYZ"] {
        assert_eq!(alias_of(text).0, text);
    }
}

#[test]
fn however_many_have_given_way_those_that_are_left_are_known() {
    let mut encoder = assigning(100);
    let topics: Vec<String> = (0..1_000).map(|at| format!("topic/{at}")).collect();
    for text in &topics {
        assert_eq!(written(&mut encoder, plain(text)).0, *text);
    }
    for text in &topics[900..] {
        assert_eq!(written(&mut encoder, plain(text)).0, "");
    }
}

#[test]
fn no_more_topics_give_way_than_have_to() {
    let mut encoder = assigning(9).with_automatic_aliases(12);
    let mut alias_of = |text: &str| written(&mut encoder, plain(text));
    for (text, alias) in [("1234", 1), ("abcd", 2), ("ABCD", 3), ("wxyz", 4)] {
        assert_eq!(alias_of(text), (text.to_owned(), alias));
    }
    for (text, alias) in [("abcd", 2), ("ABCD", 3), ("wxyz", 4)] {
        assert_eq!(alias_of(text), (String::new(), alias));
    }
}

#[test]
fn a_short_topic_in_the_place_of_a_long_one_leaves_room_for_others() {
    let mut encoder = assigning(2).with_automatic_aliases(110);
    let mut alias_of = |text: &str| written(&mut encoder, plain(text));
    let (longest, long) = ("a".repeat(100), "b".repeat(90));
    assert_eq!(alias_of(&longest).1, 1);
    assert_eq!(alias_of("2/short").1, 2);
    // In the place of the longest, and then of the second.
    assert_eq!(alias_of("1/short").1, 1);
    assert_eq!(alias_of(&long).1, 2);
    assert_eq!(alias_of("1/short"), (String::new(), 1));
}

#[test]
fn topics_are_not_shown() {
    let mut encoder = assigning(2);
    encode(&mut encoder, plain("secret/topic"));
    let shown = format!("{encoder:?}");
    assert!(shown.contains("limit: 65536") && !shown.contains("secret"));
}

#[test]
fn an_alias_that_the_caller_sets_is_the_caller_s_from_then_on() {
    let mut encoder = assigning(3);
    assert_eq!(written(&mut encoder, plain("topic/1")).1, 1);
    assert_eq!(written(&mut encoder, plain("topic/2")).1, 2);
    // The peer now takes 1 for another topic: so "topic/1" is written out again.
    let set = written(&mut encoder, with_alias(1, "topic/x"));
    assert_eq!(set, ("topic/x".to_owned(), 1));
    let again = written(&mut encoder, plain("topic/1"));
    assert_eq!(again, ("topic/1".to_owned(), 3));
    // Where all are taken, 2 and 3 are mapped anew and 1 is not.
    let mut alias_of = |text: &str| written(&mut encoder, plain(text)).1;
    assert_eq!([alias_of("topic/4"), alias_of("topic/5")], [2, 3]);
    assert_eq!([alias_of("topic/6"), alias_of("topic/x")], [2, 3]);
    let used = alone(&mut encoder, 1).unwrap();
    assert_eq!(used, b"\x30\x06\x00\x00\x03\x23\x00\x01");
}

#[test]
fn an_alias_whose_topic_has_given_way_can_be_the_caller_s_as_well() {
    let mut encoder = assigning(9).with_automatic_aliases(12);
    for text in ["1234", "abcd", "ABCD", "wxyz"] {
        encode(&mut encoder, plain(text));
    }
    // 1 stands for nothing, and then for what the caller says.
    encode(&mut encoder, with_alias(1, "mine"));
    let mut alias_of = |text: &str| written(&mut encoder, plain(text));
    assert_eq!(alias_of("WXYZ"), ("WXYZ".to_owned(), 5));
    assert_eq!(alias_of("wxyz"), (String::new(), 4));
    assert_eq!(alias_of("9876"), ("9876".to_owned(), 2));
}

#[test]
fn an_empty_topic_needs_an_alias_that_the_caller_has_set() {
    let mut encoder = assigning(3);
    assert_eq!(written(&mut encoder, plain("topic/1")).1, 1);
    for alias in [1, 2] {
        let unmapped = EncodeError::TopicAliasUnmapped(alias);
        assert_eq!(alone(&mut encoder, alias), Err(unmapped));
    }
    let above = EncodeError::TopicAliasInvalid {
        alias: 4,
        maximum: 3,
    };
    assert_eq!(alone(&mut encoder, 4), Err(above));
    // Setting it counts, as everything, when the packet was written.
    let failed = encoder.encode(with_alias(2, "topic/2"), &mut SliceOutput::new(&mut []));
    assert!(failed.is_err());
    assert!(alone(&mut encoder, 2).is_err());
    encode(&mut encoder, with_alias(2, "topic/2"));
    assert!(alone(&mut encoder, 2).is_ok());
    // It is that alias and no other.
    let mut encoder = assigning(u16::MAX);
    encode(&mut encoder, with_alias(1, "topic/1"));
    let others = (2..=u16::MAX).filter(|&alias| alone(&mut encoder, alias).is_ok());
    assert_eq!(others.count(), 0);
}

#[test]
fn aliases_of_the_caller_s_above_those_in_use_are_passed_over() {
    let mut encoder = assigning(5);
    for alias in [3, 2, 5] {
        encode(&mut encoder, with_alias(alias, "mine"));
    }
    let mut alias_of = |text: &str| written(&mut encoder, plain(text)).1;
    assert_eq!([alias_of("topic/1"), alias_of("topic/2")], [1, 4]);
    assert_eq!([alias_of("topic/3"), alias_of("topic/4")], [1, 4]);
    for alias in [1, 4] {
        encode(&mut encoder, with_alias(alias, "mine"));
    }
    assert_eq!(written(&mut encoder, plain("topic/5")).1, 0);
}

// --- any order of all this ---

#[derive(Clone, Debug)]
enum Step {
    Plain(usize),
    /// An alias of the caller's, with a topic.
    Set(u16, usize),
    /// An alias of the caller's alone.
    Use(u16),
    /// As `Plain` and `Set`, into a slice of so many bytes.
    PlainInto(usize, usize),
    SetInto(u16, usize, usize),
    /// A new connection.
    Maximum(u16),
}

const TOPICS: [&str; 8] = [
    "a",
    "a/b",
    "a/bc",
    "area/10/sensor/1",
    "area/10/sensor/2",
    "area/10/sensor/3/temperature",
    "area/10/sensor/4/temperature/mean",
    "caf\u{e9}",
];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let topic = 0..TOPICS.len();
    let step = prop_oneof![
        8 => topic.clone().prop_map(Step::Plain),
        1 => (1..5_u16, topic.clone()).prop_map(|(alias, topic)| Step::Set(alias, topic)),
        1 => (1..5_u16).prop_map(Step::Use),
        2 => (topic.clone(), 0..50_usize).prop_map(|(topic, room)| Step::PlainInto(topic, room)),
        1 => (1..5_u16, topic, 0..50_usize).prop_map(|(a, topic, room)| Step::SetInto(a, topic, room)),
        1 => (0..6_u16).prop_map(Step::Maximum),
    ];
    vec(step, 0..120)
}

/// Both ends of a connection, and what the caller has set.
struct Ends {
    encoder: Encoder,
    decoder: Decoder,
    set: [Option<usize>; 5],
}

impl Ends {
    fn new(bytes: usize) -> Self {
        Self {
            encoder: Encoder::new(V5).with_automatic_aliases(bytes),
            decoder: Decoder::new(V5),
            set: [None; 5],
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Plain(topic) => assert!(self.send(plain(TOPICS[topic]), topic, usize::MAX)),
            Step::PlainInto(topic, room) => {
                self.send(plain(TOPICS[topic]), topic, room);
            }
            Step::Set(alias, topic) => self.set(alias, topic, usize::MAX),
            Step::SetInto(alias, topic, room) => self.set(alias, topic, room),
            Step::Use(alias) => self.use_alone(alias),
            Step::Maximum(maximum) => {
                self.encoder.set_topic_alias_maximum(maximum);
                self.decoder = Decoder::new(V5).with_topic_alias_maximum(maximum);
                self.set = [None; 5];
            }
        }
    }

    fn set(&mut self, alias: u16, topic: usize, room: usize) {
        if self.send(with_alias(alias, TOPICS[topic]), topic, room) {
            self.set[usize::from(alias)] = Some(topic);
        }
    }

    fn use_alone(&mut self, alias: u16) {
        let expected = self.set[usize::from(alias)];
        let wire = alone(&mut self.encoder, alias);
        assert_eq!(wire.is_ok(), expected.is_some());
        if let (Ok(wire), Some(topic)) = (wire, expected) {
            self.receive(&wire, topic);
        }
    }

    /// True when it was sent; the peer then has read the topic that was meant.
    fn send(&mut self, publish: Publish<'_>, topic: usize, room: usize) -> bool {
        let len = self.encoder.encoded_len(publish);
        let mut buffer = [0; 100];
        let room = room.min(buffer.len());
        let mut output = SliceOutput::new(&mut buffer[..room]);
        let result = self.encoder.encode(publish, &mut output);
        match (result, len) {
            (Ok(()), len) => assert_eq!(len, Ok(output.written().len())),
            (Err(error), Ok(len)) => assert_eq!(error, EncodeError::OutputFull { len, room }),
            (Err(error), Err(same)) => assert_eq!(error, same),
        }
        let wire = output.written().to_vec();
        if result.is_ok() {
            self.receive(&wire, topic);
        } else {
            assert!(wire.is_empty());
        }
        result.is_ok()
    }

    fn receive(&mut self, wire: &[u8], topic: usize) {
        let Some((Packet::Publish(publish), used)) = self.decoder.decode(wire).unwrap() else {
            panic!("{wire:02x?}")
        };
        assert_eq!((publish.topic.as_str(), used), (TOPICS[topic], wire.len()));
    }
}

proptest! {
    #[test]
    fn the_peer_reads_the_topics_that_were_meant(
        bytes in prop_oneof![Just(0_usize), 1..60_usize, Just(1 << 20)],
        steps in steps(),
    ) {
        // Without automatic aliases an alias alone is the caller's own affair.
        let lone = |step: &&Step| bytes > 0 || !matches!(step, Step::Use(_));
        let mut ends = Ends::new(bytes);
        for step in steps.iter().filter(lone) {
            ends.take(step);
        }
    }
}
