//! What allocates: a Topic Alias when its topic is new, and nothing else.
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

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::num::NonZeroU16;

use puremqtt::{DecodeErrorKind, Decoder, Encoder, Publish, SliceOutput, TopicName, Version};

use crate::rules::{VERSIONS, encoder, observer, read_all, wire};
use crate::samples::samples;

/// The system's allocator, which counts what this thread asks of it.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: each call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        BYTES.set(BYTES.get() + layout.size());
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        BYTES.set(BYTES.get() + size);
        // SAFETY: the caller keeps to the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations `f` makes.
fn allocations(f: impl FnOnce()) -> usize {
    let before = COUNT.get();
    f();
    COUNT.get() - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(vec![1_u8])), 1);
    assert_eq!(allocations(|| {}), 0);
}

#[test]
fn decoding_and_reading_all_of_a_packet_allocates_nothing() {
    for version in VERSIONS {
        samples(version, |packet| {
            let bytes = wire(version, packet);
            let count = allocations(|| {
                let mut decoder = observer(version);
                let (decoded, used) = decoder.decode(&bytes).unwrap().unwrap();
                assert_eq!(used, bytes.len());
                read_all(&decoded);
                assert_eq!(decoded, packet);
            });
            assert_eq!(count, 0, "{packet:?}");
        });
    }
}

#[test]
fn encoding_into_a_vec_with_room_and_into_a_slice_allocates_nothing() {
    for version in VERSIONS {
        samples(version, |packet| {
            let bytes = wire(version, packet);
            let mut decoder = observer(version);
            let (decoded, _) = decoder.decode(&bytes).unwrap().unwrap();
            let mut vec = Vec::with_capacity(bytes.len());
            let mut slice = vec![0; bytes.len()];
            for packet in [packet, decoded] {
                vec.clear();
                let mut output = SliceOutput::new(&mut slice);
                let count = allocations(|| {
                    assert_eq!(encoder(version).encode(packet, &mut vec), Ok(()));
                    assert_eq!(encoder(version).encode(packet, &mut output), Ok(()));
                });
                assert_eq!(count, 0, "{packet:?}");
                assert_eq!(output.written(), vec);
            }
        });
    }
}

#[test]
fn encoding_into_an_empty_vec_allocates_once() {
    for version in VERSIONS {
        samples(version, |packet| {
            let count = allocations(|| {
                encoder(version).encode(packet, &mut Vec::new()).unwrap();
            });
            assert_eq!(count, 1, "{packet:?}");
        });
    }
}

#[test]
fn crossing_versions_allocates_nothing() {
    for version in VERSIONS {
        samples(version, |packet| {
            let count = allocations(|| {
                for other in VERSIONS {
                    let crossed = packet.for_version(other);
                    let _ = Encoder::new(other).encoded_len(crossed);
                }
            });
            assert_eq!(count, 0, "{packet:?}");
        });
    }
}

#[test]
fn a_topic_alias_allocates_when_its_topic_is_new_and_never_else() {
    let set = b"\x30\x09\x00\x03a/b\x03\x23\x00\x05";
    let use_it = b"\x30\x06\x00\x00\x03\x23\x00\x05";
    let other = b"\x30\x09\x00\x03a/c\x03\x23\x00\x05";
    let mut decoder = Decoder::client(Version::V5).with_topic_alias_maximum(5);
    let mut count =
        |bytes: &[u8]| allocations(|| assert!(decoder.decode(bytes).unwrap().is_some()));
    // The table and the topic, then the topic alone.
    assert_eq!(count(set), 2);
    assert_eq!(count(set), 0);
    assert_eq!(count(use_it), 0);
    assert_eq!(count(other), 1);
    assert_eq!(count(use_it), 0);
    assert_eq!(count(other), 0);
}

#[test]
fn an_encoder_that_assigns_aliases_allocates_when_a_topic_needs_more_room_and_never_else() {
    let mut encoder = Encoder::new(Version::V5)
        .with_topic_alias_maximum(2)
        .with_automatic_aliases(100);
    let mut wire = Vec::with_capacity(1000);
    let mut count = |text: &str| {
        let publish = Publish::new(TopicName::new(text).unwrap(), b"");
        allocations(|| encoder.encode(publish, &mut wire).unwrap())
    };
    // The table of slots, that of buckets, and the topic; then the topic alone.
    assert_eq!(count("topic/1"), 3);
    assert_eq!(count("topic/2"), 1);
    assert_eq!(count("topic/1"), 0);
    // Mapped anew where "topic/2" was, where "topic/1" was, and where room is short.
    assert_eq!(count("topic/3"), 0);
    assert_eq!(count("topic"), 0);
    assert_eq!(count("topic/4/and/more"), 1);
    assert_eq!(count("topic/4/and/more"), 0);
    // A buffer four times as long as its topic is still kept.
    assert_eq!(count("5/16"), 0);
    assert_eq!(count("6/16"), 0);
}

#[test]
fn an_alias_of_the_caller_s_takes_a_bit() {
    let mut encoder = Encoder::new(Version::V5)
        .with_topic_alias_maximum(u16::MAX)
        .with_automatic_aliases(100);
    let publish = Publish {
        topic_alias: NonZeroU16::new(u16::MAX),
        ..Publish::new(TopicName::literal("a"), b"")
    };
    let mut wire = Vec::with_capacity(100);
    let before = BYTES.get();
    encoder.encode(publish, &mut wire).unwrap();
    assert!(BYTES.get() - before <= 65_536 / 8);
}

#[test]
fn topic_aliases_that_are_only_allowed_allocate_nothing() {
    let count = allocations(|| {
        let mut decoder = Decoder::client(Version::V5).with_topic_alias_maximum(u16::MAX);
        assert!(decoder.decode(b"\x30\x04\x00\x01a\x00").unwrap().is_some());
    });
    assert_eq!(count, 0);
}

#[test]
fn a_header_that_promises_256_mb_allocates_nothing() {
    let count = allocations(|| {
        let header = b"\x30\xff\xff\xff\x7f";
        let mut decoder = Decoder::new(Version::V5);
        for _ in 0..100 {
            assert_eq!(decoder.decode(header), Ok(None));
            assert_eq!(decoder.frame_len(header), Ok(None));
            assert_eq!(decoder.needed(header), 268_435_455);
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn an_error_allocates_nothing() {
    let wrong: [&[u8]; 5] = [
        b"\x00",
        b"\x30\xff\xff\xff\xff",
        b"\x32\x03\x00\x01a",
        b"\xc0\x01\x00",
        b"\x30\x03\x00\x01#",
    ];
    for bytes in wrong {
        let count = allocations(|| {
            let mut decoder = Decoder::client(Version::V5);
            let error = decoder.decode(bytes).unwrap_err();
            assert_ne!(error.kind(), DecodeErrorKind::TrailingBytes);
            assert!(error.offset() <= bytes.len());
            assert!(error.reason().is_error());
            assert_ne!(error.statement(), Some(""));
            assert_eq!(decoder.decode(bytes), Err(error));
        });
        assert_eq!(count, 0, "{bytes:02x?}");
    }
}
