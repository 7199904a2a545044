//! QoS 1 and 2 exchanges on the bare halves: state alone, and over the wire.
//!
//! ```sh
//! cargo bench --bench delivery                    # nanoseconds for each message
//! valgrind --tool=callgrind --toggle-collect='*measured*' PROGRAM 'wire QoS 1 window 100'
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
use std::time::Instant;

use puremqtt::delivery::{Mark, Receiver, Sender, Slot};
use puremqtt::{Ack, Decoder, Delivery, Encoder, Outgoing, Publish, QoS, TopicName, Version};

const TOPIC: TopicName = TopicName::literal("area/10/sensor/5000/temperature");
const PAYLOAD: [u8; 16] = [b'x'; 16];
const MESSAGES: usize = 10_000;

struct Pair {
    sender: Sender<u32, Vec<Slot<u32>>>,
    receiver: Receiver<Vec<Mark>>,
    up: Vec<u8>,
    down: Vec<u8>,
}

impl Pair {
    fn new(window: u16) -> Self {
        let mut pair = Self {
            sender: Sender::new(Vec::new()),
            receiver: Receiver::new(Vec::new()),
            up: Vec::with_capacity(1 << 16),
            down: Vec::with_capacity(1 << 16),
        };
        pair.sender.connected(Version::V3_1_1, window);
        pair.receiver.connected(Version::V3_1_1, u16::MAX);
        pair
    }
}

fn compose(delivery: Delivery) -> Publish<'static> {
    Publish {
        delivery,
        ..Publish::new(TOPIC, &PAYLOAD)
    }
}

/// What is sent is what the other side receives, without a packet around it.
#[inline(never)]
fn measured_state(pair: &mut Pair, qos: QoS, window: usize) -> usize {
    let Pair {
        sender, receiver, ..
    } = pair;
    let mut done = 0;
    for _ in 0..MESSAGES / window {
        for n in 0..window {
            sender.publish(n as u32, qos).unwrap();
        }
        while let Some(next) = sender.transmit() {
            if let Outgoing::Message { delivery, .. } = next.outgoing() {
                let arrived = receiver.receive_publish(black_box(delivery)).unwrap();
                receiver.acknowledge(arrived.receipt.unwrap());
            }
            next.sent();
        }
        while let Some(answer) = receiver.transmit() {
            let ack = Ack::new(black_box(answer.reply()).packet_id());
            answer.sent();
            let progress = if qos == QoS::AtLeastOnce {
                sender.receive_puback(&ack).unwrap()
            } else {
                let pubrel = sender.receive_pubrec(&ack).unwrap().reply.unwrap();
                let id = black_box(pubrel).packet_id();
                let pubcomp = receiver.receive_pubrel(id).unwrap().reply.unwrap();
                let ack = Ack::new(black_box(pubcomp).packet_id());
                sender.receive_pubcomp(&ack).unwrap()
            };
            done += usize::from(progress.delivered().is_some());
        }
    }
    done
}

#[inline(never)]
fn measured_wire(pair: &mut Pair, qos: QoS, window: usize) -> usize {
    let version = Version::V3_1_1;
    let (mut encoder, mut decoder) = (Encoder::new(version), Decoder::new(version));
    let mut done = 0;
    for _ in 0..MESSAGES / window {
        for n in 0..window {
            pair.sender.publish(n as u32, qos).unwrap();
        }
        while let Some(next) = pair.sender.transmit() {
            if let Outgoing::Message { delivery, .. } = next.outgoing() {
                encoder.encode(compose(delivery), &mut pair.up).unwrap();
            }
            next.sent();
        }
        while !pair.up.is_empty() {
            let mut rest = &pair.up[..];
            while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                let arrived = pair.receiver.receive(&packet).unwrap();
                if let Some(receipt) = arrived.receipt {
                    pair.receiver.acknowledge(receipt);
                }
                if let Some(reply) = arrived.reply {
                    encoder.encode(reply, &mut pair.down).unwrap();
                }
                rest = &rest[used..];
            }
            pair.up.clear();
            while let Some(answer) = pair.receiver.transmit() {
                encoder.encode(answer.reply(), &mut pair.down).unwrap();
                answer.sent();
            }
            let mut rest = &pair.down[..];
            while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                let progress = pair.sender.receive(&packet).unwrap();
                if let Some(reply) = progress.reply {
                    encoder.encode(reply, &mut pair.up).unwrap();
                }
                done += usize::from(progress.delivered().is_some());
                rest = &rest[used..];
            }
            pair.down.clear();
        }
    }
    done
}

fn main() {
    let only = std::env::args().nth(1).filter(|name| name != "--bench");
    for (kind, measured) in [
        (
            "state",
            measured_state as fn(&mut Pair, QoS, usize) -> usize,
        ),
        ("wire", measured_wire),
    ] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            for window in [1, 100] {
                let name = format!("{kind} QoS {} window {window}", qos.as_u8());
                if only.as_ref().is_some_and(|only| *only != name) {
                    continue;
                }
                let mut pair = Pair::new(window as u16);
                let runs = if only.is_some() { 1 } else { 30 };
                let fastest = (0..runs)
                    .map(|_| {
                        let began = Instant::now();
                        let done = measured(&mut pair, qos, black_box(window));
                        assert_eq!(done, MESSAGES);
                        began.elapsed()
                    })
                    .min();
                let each = fastest.unwrap_or_default().as_secs_f64() * 1e9 / MESSAGES as f64;
                println!("{name:<24}{each:8.1} ns");
            }
        }
    }
}
