//! QoS 1 and 2 exchanges between two whole sessions, every packet encoded and
//! decoded; and the owned message of a PUBLISH.
//!
//! ```sh
//! cargo bench --bench session                     # nanoseconds for each message
//! valgrind --tool=callgrind --toggle-collect='*measured*' PROGRAM 'QoS 1 window 100'
//! ```
//!
//! With a name only that case runs, once; callgrind's count divided by 10,000
//! is the instructions for each message.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a benchmark may panic"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use puremqtt::delivery::Outcome;
use puremqtt::{
    Agreed, Decoder, Encoder, Incoming, Message, Packet, Publish, QoS, Session, TopicName, Version,
};

const TOPIC: TopicName = TopicName::literal("area/10/sensor/5000/temperature");
const MESSAGES: usize = 10_000;
const NOW: Duration = Duration::ZERO;
const V3_1_1: Version = Version::V3_1_1;

struct Pair {
    sender: Session,
    receiver: Session,
    up: Vec<u8>,
    down: Vec<u8>,
    message: Message,
}

impl Pair {
    fn new(window: u16) -> Self {
        let mut pair = Self {
            sender: Session::new(),
            receiver: Session::new(),
            up: Vec::with_capacity(1 << 16),
            down: Vec::with_capacity(1 << 16),
            message: Message::new(TOPIC, [b'x'; 16]),
        };
        pair.sender.connected(Agreed {
            send_maximum: window,
            ..Agreed::new(V3_1_1)
        });
        pair.receiver.connected(Agreed::new(V3_1_1));
        pair
    }
}

#[inline(never)]
fn measured_exchange(pair: &mut Pair, qos: QoS, window: usize) -> usize {
    let (mut encoder, mut decoder) = (Encoder::new(V3_1_1), Decoder::new(V3_1_1));
    let mut done = 0;
    for _ in 0..MESSAGES / window {
        for _ in 0..window {
            let terms = pair.message.terms(qos, NOW);
            let message = pair.message.clone();
            pair.sender.publish(message, terms, NOW).unwrap();
        }
        while let Some(next) = pair.sender.transmit(NOW) {
            encoder.encode(next.packet(), &mut pair.up).unwrap();
            next.sent();
        }
        while !pair.up.is_empty() {
            let mut rest = &pair.up[..];
            while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                let taken = pair.receiver.receive(&packet).unwrap();
                if let Some(Incoming::Message(Some(receipt))) = taken.incoming {
                    pair.receiver.acknowledge(receipt);
                }
                if let Some(reply) = taken.reply {
                    encoder.encode(reply, &mut pair.down).unwrap();
                }
                rest = &rest[used..];
            }
            pair.up.clear();
            while let Some(next) = pair.receiver.transmit(NOW) {
                encoder.encode(next.packet(), &mut pair.down).unwrap();
                next.sent();
            }
            let mut rest = &pair.down[..];
            while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                let taken = pair.sender.receive(&packet).unwrap();
                if let Some(reply) = taken.reply {
                    encoder.encode(reply, &mut pair.up).unwrap();
                }
                let over = matches!(
                    taken.incoming,
                    Some(Incoming::Answer(Outcome::Delivered { .. }))
                );
                done += usize::from(over);
                rest = &rest[used..];
            }
            pair.down.clear();
        }
    }
    done
}

/// A PUBLISH of 51 bytes, decoded and kept with its frame.
#[inline(never)]
fn measured_shared(frames: &bytes::Bytes, len: usize) -> usize {
    let mut decoder = Decoder::new(V3_1_1);
    let mut bytes = 0;
    for _ in 0..MESSAGES {
        let Some((Packet::Publish(publish), used)) = decoder.decode(frames).unwrap() else {
            return 0;
        };
        bytes += used.min(len);
        drop(black_box(Message::shared(frames, &publish)));
    }
    bytes / len
}

fn report(name: &str, only: Option<&String>, mut measured: impl FnMut() -> usize) {
    if only.is_some_and(|only| only != name) {
        return;
    }
    let runs = if only.is_some() { 1 } else { 30 };
    let fastest = (0..runs)
        .map(|_| {
            let began = Instant::now();
            assert_eq!(measured(), MESSAGES);
            began.elapsed()
        })
        .min();
    let each = fastest.unwrap_or_default().as_secs_f64() * 1e9 / MESSAGES as f64;
    println!("{name:<24}{each:8.1} ns");
}

fn main() {
    let only = std::env::args().nth(1).filter(|name| name != "--bench");
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for window in [1, 100] {
            let mut pair = Pair::new(window as u16);
            let name = format!("QoS {} window {window}", qos.as_u8());
            report(&name, only.as_ref(), || {
                measured_exchange(&mut pair, qos, black_box(window))
            });
        }
    }
    let mut buffer = BytesMut::new();
    let publish = Publish::new(TOPIC, &[b'x'; 16]);
    Encoder::new(V3_1_1).encode(publish, &mut buffer).unwrap();
    let frame = buffer.split().freeze();
    report("shared message", only.as_ref(), || {
        measured_shared(&frame, frame.len())
    });
}
