//! An output that shares large payloads: what it holds, in which order, and how little it copies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::IoSlice;

use bytes::{Buf, Bytes};
use proptest::collection::vec;
use proptest::prelude::*;
use puremqtt::{
    Decoder, Delivery, Encoder, Message, Output, Packet, PacketId, Publish, Rope, TopicName,
    Version,
};

/// The system's allocator, which adds up the bytes that this thread asks of it.
struct Adding;

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: each call goes to the system's allocator as it came; adding up allocates nothing.
unsafe impl GlobalAlloc for Adding {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.set(BYTES.get() + layout.size());
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Adding = Adding;

const TOPIC: TopicName = TopicName::literal("area/10/camera");

fn encoder() -> Encoder {
    Encoder::new(Version::V3_1_1)
}

/// The message as the QoS 1 PUBLISH of one subscriber.
fn to_subscriber(message: &Message, id: u16) -> Publish<'_> {
    Publish {
        delivery: Delivery::AtLeastOnce {
            packet_id: PacketId::new(id).unwrap(),
            dup: false,
        },
        ..message.publish()
    }
}

fn wire<'a>(packet: impl Into<Packet<'a>> + Copy) -> Vec<u8> {
    let mut wire = Vec::new();
    encoder().encode(packet, &mut wire).unwrap();
    wire
}

fn content(rope: &Rope) -> Vec<u8> {
    rope.chunks().flatten().copied().collect()
}

#[test]
fn a_message_of_64_kib_to_1_000_subscribers_copies_none_of_its_bytes() {
    let message = Message::new(TOPIC, [7; 65_536]);
    let mut ropes: Vec<_> = (0..1000).map(|_| Rope::new()).collect();
    let before = BYTES.get();
    for (rope, id) in ropes.iter_mut().zip(1..) {
        let publish = to_subscriber(&message, id);
        let output = &mut rope.sharing_message(&message);
        encoder().encode(publish, output).unwrap();
    }
    // No memory was asked for in which one payload could be, not even all of them together.
    let asked_for = BYTES.get() - before;
    assert!(asked_for < 1000 * 512, "{asked_for}");
    for (rope, id) in ropes.iter().zip(1..) {
        let whole = wire(to_subscriber(&message, id));
        let chunks: Vec<_> = rope.chunks().collect();
        assert_eq!(chunks.len(), 2);
        assert_eq!(chunks[0], &whole[..whole.len() - 65_536]);
        assert!(core::ptr::eq(chunks[1], message.payload()));
        assert_eq!(rope.len(), whole.len());
    }
}

#[test]
fn a_message_that_shares_its_frame_is_shared_on() {
    let frame = Bytes::from(wire(Publish::new(TOPIC, &[7; 2000])));
    let mut decoder = Decoder::new(Version::V3_1_1);
    let Ok(Some((Packet::Publish(publish), _))) = decoder.decode(&frame) else {
        panic!()
    };
    let message = Message::shared(&frame, &publish);
    let mut rope = Rope::new();
    let output = &mut rope.sharing_message(&message);
    encoder().encode(message.publish(), output).unwrap();
    let output = &mut rope.sharing(&frame);
    encoder().encode(publish, output).unwrap();
    drop(message);
    let shared = rope
        .chunks()
        .filter(|chunk| frame.as_ptr_range().contains(&chunk.as_ptr()));
    assert_eq!(shared.count(), 2);
    assert_eq!(content(&rope), [&frame[..], &frame].concat());
}

#[test]
fn payloads_of_1_024_bytes_and_more_are_shared_and_others_copied() {
    for (len, chunks) in [(0, 1), (1023, 1), (1024, 2)] {
        let payload = Bytes::from(vec![7; len]);
        let mut rope = Rope::new();
        let publish = Publish::new(TOPIC, &payload);
        encoder()
            .encode(publish, &mut rope.sharing(&payload))
            .unwrap();
        assert_eq!(rope.chunks().count(), chunks, "{len}");
        assert_eq!(content(&rope), wire(publish));
    }
}

#[test]
fn in_mqtt_5_too_the_payload_comes_in_one_piece() {
    let payload = Bytes::from(vec![7; 1024]);
    let publish = Publish {
        message_expiry_interval: Some(7),
        ..Publish::new(TOPIC, &payload)
    };
    let mut rope = Rope::new();
    let mut encoder = Encoder::new(Version::V5);
    encoder
        .encode(publish, &mut rope.sharing(&payload))
        .unwrap();
    let last = rope.chunks().last().unwrap();
    assert!(core::ptr::eq(last, &payload[..]));
    assert_eq!(rope.chunks().count(), 2);
}

#[test]
fn what_somebody_else_owns_is_copied() {
    let (payload, other) = (vec![7; 2000], Bytes::from(vec![7; 2000]));
    let publish = Publish::new(TOPIC, &payload);
    let mut rope = Rope::new();
    encoder()
        .encode(publish, &mut rope.sharing(&other))
        .unwrap();
    encoder().encode(publish, &mut rope).unwrap();
    assert_eq!(rope.chunks().count(), 1);
    assert_eq!(content(&rope), wire(publish).repeat(2));
}

#[test]
fn a_rope_can_be_written_vectored() {
    let payload = Bytes::from(vec![7; 2000]);
    let publish = Publish::new(TOPIC, &payload);
    let mut rope = Rope::new();
    for _ in 0..3 {
        encoder()
            .encode(publish, &mut rope.sharing(&payload))
            .unwrap();
    }
    let empty: &[u8] = &[];
    let mut slices = [IoSlice::new(empty); 4];
    assert_eq!(rope.chunks_vectored(&mut slices), 4);
    let mut written = 0;
    for (slice, chunk) in slices.iter().zip(rope.chunks()) {
        assert!(core::ptr::eq(&**slice, chunk));
        written += slice.len();
    }
    rope.advance(written);
    assert_eq!(rope.remaining(), wire(publish).len());
    assert_eq!(rope.chunk(), &wire(publish)[..wire(publish).len() - 2000]);
    assert_eq!(rope.chunks_vectored(&mut [IoSlice::new(empty); 4]), 2);
    rope.advance(usize::MAX);
    assert_eq!(
        (rope.remaining(), rope.chunk(), rope.chunks().count()),
        (0, empty, 0)
    );
}

#[test]
fn a_rope_that_is_sent_as_fast_as_it_is_filled_does_not_grow() {
    let payload = Bytes::from(vec![7; 2000]);
    let publish = Publish::new(TOPIC, &payload);
    let len = wire(publish).len();
    let mut rope = Rope::new();
    let mut send = |rounds| {
        let before = BYTES.get();
        for _ in 0..rounds {
            encoder()
                .encode(publish, &mut rope.sharing(&payload))
                .unwrap();
            rope.consume(if rope.len() > len { len } else { 1 });
        }
        BYTES.get() - before
    };
    send(10);
    assert_eq!(send(1000), 0);
}

#[derive(Clone, Debug)]
enum Step {
    /// A PUBLISH of so many bytes of the owner's.
    Share(usize),
    /// One of somebody else's.
    Copy(usize),
    Ping,
    Consume(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let len = prop_oneof![0..20_usize, 1020..1030_usize, 2000..3000_usize];
    let step = prop_oneof![
        len.clone().prop_map(Step::Share),
        len.clone().prop_map(Step::Copy),
        Just(Step::Ping),
        len.prop_map(Step::Consume),
    ];
    vec(step, 0..60)
}

proptest! {
    #[test]
    fn a_rope_holds_what_a_vec_would(steps in steps()) {
        let ours: Bytes = (0..3000_u32).map(|n| n as u8).collect();
        let theirs: Vec<u8> = (0..3000_u32).map(|n| (n / 7) as u8).collect();
        let (mut rope, mut expected) = (Rope::new(), Vec::new());
        for step in steps {
            let packet = match step {
                Step::Share(len) => Publish::new(TOPIC, &ours[3000 - len..]).into(),
                Step::Copy(len) => Publish::new(TOPIC, &theirs[..len]).into(),
                Step::Ping => Packet::PingReq,
                Step::Consume(count) => {
                    rope.consume(count);
                    expected.drain(..count.min(expected.len()));
                    assert_eq!(content(&rope), expected);
                    continue;
                }
            };
            encoder().encode(packet, &mut rope.sharing(&ours)).unwrap();
            encoder().encode(packet, &mut expected).unwrap();
            assert_eq!(content(&rope), expected);
            assert_eq!((rope.len(), rope.is_empty()), (expected.len(), expected.is_empty()));
            assert!(rope.chunks().all(|chunk| !chunk.is_empty()));
            assert_eq!(rope.chunk(), rope.chunks().next().unwrap_or_default());
            assert!(rope.room() <= usize::MAX / 2);
        }
    }
}
