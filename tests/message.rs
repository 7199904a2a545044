//! Messages: what they keep, share, copy and let go of.
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
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use puremqtt::{
    Decoder, Delivery, EncodeError, Encoder, Message, Packet, PacketId, PayloadFormat, Publish,
    PublishProperties, QoS, SubscriptionIdentifier, TopicName, UserProperty, Version,
};

const T: TopicName = TopicName::literal("area/10/temperature");

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

fn allocations<R>(work: impl FnOnce() -> R) -> (usize, R) {
    let before = ALLOCATIONS.with(Cell::get);
    let result = work();
    (ALLOCATIONS.with(Cell::get) - before, result)
}

/// A PUBLISH of MQTT 5 with everything there is, lent.
fn everything(read: impl FnOnce(Publish<'_>)) {
    let user = [UserProperty::new("a", "1"), UserProperty::new("a", "2")];
    let properties = PublishProperties {
        payload_format_indicator: Some(PayloadFormat::Utf8),
        content_type: Some("text/plain"),
        response_topic: Some(TopicName::literal("answers")),
        correlation_data: Some(b"\x00\x01"),
        user_properties: (&user).into(),
    };
    let identifiers = [7, 300].map(|id| SubscriptionIdentifier::new(id).unwrap());
    read(Publish {
        delivery: Delivery::ExactlyOnce {
            packet_id: PacketId::new(5).unwrap(),
            dup: true,
        },
        retain: true,
        message_expiry_interval: Some(60),
        subscription_identifiers: (&identifiers).into(),
        properties: (&properties).into(),
        ..Publish::new(T, b"21.5")
    });
}

fn frame(version: Version, publish: Publish<'_>) -> Bytes {
    // As from a read buffer: it can be shared already.
    let mut wire = BytesMut::new();
    Encoder::new(version).encode(publish, &mut wire).unwrap();
    wire.split().freeze()
}

fn decoded<R>(version: Version, frame: &[u8], read: impl FnOnce(Publish<'_>) -> R) -> R {
    let mut decoder = Decoder::new(version);
    match decoder.decode(frame).unwrap().unwrap().0 {
        Packet::Publish(publish) => read(publish),
        other => panic!("{other}"),
    }
}

/// What a message is of a PUBLISH: all but what is its hop's alone.
fn of_message(publish: Publish<'_>) -> Publish<'_> {
    Publish {
        delivery: Delivery::AtMostOnce,
        topic_alias: None,
        ..publish
    }
}

#[test]
fn a_message_says_what_the_publish_said_however_it_is_held() {
    everything(|publish| {
        let expected = of_message(publish);
        assert_eq!(Message::from(&publish).publish(), expected);
        assert_eq!(Message::copy(&publish).unwrap().publish(), expected);
        let frame = frame(Version::V5, publish);
        decoded(Version::V5, &frame, |publish| {
            let mut shared = Message::shared(&frame, &publish);
            assert_eq!(shared.publish(), expected);
            assert_eq!(shared, Message::from(&publish));
            assert_eq!(shared.topic(), T);
            assert_eq!(shared.payload(), b"21.5");
            let clone = shared.clone();
            shared.compact();
            assert_eq!(shared, clone);
            assert_eq!(format!("{shared:?}"), format!("{clone:?}"));
        });
        // What is read of a message is what was read of the packet.
        let message = Message::from(&publish);
        let again = message.publish();
        let content_type = again.properties.content_type();
        assert_eq!(content_type, Some("text/plain"));
        assert_eq!(again.subscription_identifiers.len(), 2);
    });
}

#[test]
fn a_message_is_written_as_the_publish_was() {
    everything(|publish| {
        let wire = frame(Version::V5, publish);
        decoded(Version::V5, &wire, |publish| {
            for message in [Message::shared(&wire, &publish), Message::from(&publish)] {
                let again = Publish {
                    delivery: publish.delivery,
                    ..message.publish()
                };
                let again = frame(Version::V5, again);
                decoded(Version::V5, &again, |again| assert_eq!(again, publish));
            }
        });
    });
}

#[test]
fn a_shared_message_allocates_nothing_and_copies_nothing() {
    for version in [Version::V3_1_1, Version::V5] {
        let frame = frame(version, Publish::new(T, b"21.5"));
        decoded(version, &frame, |publish| {
            let (count, message) = allocations(|| Message::shared(&frame, &publish));
            assert_eq!(count, 0);
            assert!(std::ptr::eq(message.payload(), publish.payload));
            let (count, clone) = allocations(|| message.clone());
            assert_eq!(count, 0);
            assert!(std::ptr::eq(clone.payload(), publish.payload));
        });
    }
}

#[test]
fn a_message_with_properties_is_shared_unless_they_are_from_elsewhere() {
    everything(|publish| {
        let (frame, other) = (frame(Version::V5, publish), frame(Version::V5, publish));
        decoded(Version::V5, &frame, |publish| {
            let message = Message::shared(&frame, &publish);
            assert!(std::ptr::eq(message.payload(), publish.payload));
            decoded(Version::V5, &other, |other| {
                let mixed = Publish {
                    subscription_identifiers: Default::default(),
                    properties: other.properties,
                    ..publish
                };
                let message = Message::shared(&frame, &mixed);
                assert_eq!(message.publish(), of_message(mixed));
                assert!(!std::ptr::eq(message.payload(), publish.payload));
            });
        });
    });
}

#[test]
fn messages_are_equal_when_what_they_say_is() {
    everything(|publish| {
        let message = Message::from(&publish);
        assert_eq!(message, Message::from(&of_message(publish)));
        for other in [
            Publish {
                topic: TopicName::literal("another"),
                ..publish
            },
            Publish {
                payload: b"21.6",
                ..publish
            },
            Publish {
                retain: false,
                ..publish
            },
            Publish {
                message_expiry_interval: None,
                ..publish
            },
            Publish {
                subscription_identifiers: Default::default(),
                ..publish
            },
            Publish {
                properties: Default::default(),
                ..publish
            },
        ] {
            assert_ne!(message, Message::from(&other));
        }
    });
}

#[test]
fn a_message_prints_what_it_says() {
    let printed = format!("{:?}", Message::new(T, b"x"));
    assert!(printed.starts_with("Message { topic: "), "{printed}");
    assert!(
        printed.contains(&format!("{T:?}")) && printed.contains("payload: [120]"),
        "{printed}"
    );
}

#[test]
fn a_copied_message_is_one_allocation_and_its_clones_are_none() {
    everything(|publish| {
        let (count, message) = allocations(|| Message::from(&publish));
        assert_eq!(count, 1);
        let (count, clone) = allocations(|| message.clone());
        assert_eq!(count, 0);
        assert!(std::ptr::eq(clone.payload(), message.payload()));
    });
    let (count, _) = allocations(|| Message::new(T, b"21.5"));
    assert_eq!(count, 1);
}

#[test]
fn a_small_message_lets_go_of_a_large_buffer() {
    let mut buffer = BytesMut::with_capacity(1 << 20);
    Encoder::new(Version::V5)
        .encode(Publish::new(T, b"21.5"), &mut buffer)
        .unwrap();
    let frame = buffer.split().freeze();
    let mut message = decoded(Version::V5, &frame, |publish| {
        Message::shared(&frame, &publish)
    });
    drop(frame);
    assert!(!buffer.try_reclaim(1 << 20), "the message holds the buffer");
    message.compact();
    assert!(buffer.try_reclaim(1 << 20));
    assert_eq!(message.payload(), b"21.5");
    assert_eq!(message.size(), size_of::<Message>() + T.as_str().len() + 4);
}

#[test]
fn a_message_never_has_a_topic_alias() {
    let first = b"\x30\x0d\x00\x05topic\x03\x23\x00\x01x".as_slice();
    let second = b"\x30\x07\x00\x00\x03\x23\x00\x01y".as_slice();
    // The fixed header counts what is there.
    let frames = [first, second].map(|frame| {
        let mut frame = frame.to_vec();
        frame[1] = frame.len() as u8 - 2;
        Bytes::from(frame)
    });
    let mut decoder = Decoder::new(Version::V5).with_topic_alias_maximum(1);
    for (frame, payload) in frames.iter().zip([b"x", b"y"]) {
        let Packet::Publish(publish) = decoder.decode(frame).unwrap().unwrap().0 else {
            panic!();
        };
        let message = Message::shared(frame, &publish);
        assert_eq!(message.topic(), TopicName::literal("topic"));
        assert_eq!(message.payload(), payload);
        assert_eq!(message.publish().topic_alias, None);
        let again = self::frame(Version::V5, message.publish());
        assert_eq!(again[..2], [0x30, 9], "topic, no properties, payload");
    }
}

#[test]
fn what_a_hop_has_changed_is_what_the_message_says() {
    everything(|publish| {
        let frame = frame(Version::V5, publish);
        decoded(Version::V5, &frame, |publish| {
            let changed = Publish {
                retain: false,
                message_expiry_interval: None,
                subscription_identifiers: Default::default(),
                ..publish
            };
            let shared = Message::shared(&frame, &changed);
            assert_eq!(shared.publish(), of_message(changed));
            let other = [SubscriptionIdentifier::new(9).unwrap()];
            let changed = Publish {
                subscription_identifiers: (&other).into(),
                ..publish
            };
            let copied = Message::shared(&frame, &changed);
            assert_eq!(copied.publish(), of_message(changed));
        });
    });
}

#[test]
fn a_packet_that_is_not_in_the_frame_is_copied() {
    let frame = frame(Version::V3_1_1, Publish::new(T, b"21.5"));
    let other = Bytes::from_static(b"something else altogether, and longer than the frame");
    decoded(Version::V3_1_1, &frame, |publish| {
        let message = Message::shared(&other, &publish);
        assert_eq!(message.publish(), publish);
        assert!(!std::ptr::eq(message.payload(), publish.payload));
    });
    // Also the parts of a packet from two frames.
    decoded(Version::V3_1_1, &frame, |publish| {
        let mixed = Publish {
            payload: &other,
            ..publish
        };
        assert_eq!(Message::shared(&frame, &mixed).publish(), mixed);
        assert_eq!(Message::shared(&other, &mixed).publish(), mixed);
    });
}

#[test]
fn an_empty_payload_is_one_too() {
    for version in [Version::V3_1_1, Version::V5] {
        let frame = frame(version, Publish::new(T, b""));
        decoded(version, &frame, |publish| {
            assert_eq!(Message::shared(&frame, &publish).publish(), publish);
            assert_eq!(Message::from(&publish).publish(), publish);
        });
    }
}

#[test]
fn properties_that_no_packet_can_bear_are_an_error_or_left_out() {
    let properties = PublishProperties {
        content_type: Some("with U+0000: \0"),
        ..Default::default()
    };
    let publish = Publish {
        properties: (&properties).into(),
        retain: true,
        ..Publish::new(T, b"21.5")
    };
    assert!(matches!(Message::copy(&publish), Err(EncodeError::Nul(_))));
    let message = Message::from(&publish);
    assert!(message.publish().properties.is_empty());
    assert!(message.publish().retain);
    assert_eq!(message.payload(), b"21.5");
}

#[test]
fn terms_are_counted_from_now() {
    everything(|publish| {
        let message = Message::from(&publish);
        let terms = message.terms(QoS::AtLeastOnce, Duration::from_secs(40));
        assert_eq!(terms.expires, Some(Duration::from_secs(100)));
        assert_eq!(terms.size, message.size());
        assert_eq!(terms.qos, QoS::AtLeastOnce);
    });
    let message = Message::new(T, b"21.5");
    assert_eq!(message.terms(QoS::AtMostOnce, Duration::ZERO).expires, None);
}
