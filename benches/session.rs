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
use std::time::Instant;

use bytes::BytesMut;
use exchange::sessions::Sessions;
use exchange::workload::{Exchange, PAYLOAD, TOPIC, VERSION};
use puremqtt::{Decoder, Encoder, Message, Packet, Publish, QoS};

mod exchange {
    pub(crate) mod sessions;
    pub(crate) mod workload;
}

const MESSAGES: usize = 10_000;

#[inline(never)]
fn measured_exchange(pair: &mut Sessions, exchange: Exchange) -> usize {
    pair.over_wire(exchange)
}

/// A PUBLISH of 51 bytes, decoded and kept with its frame.
#[inline(never)]
fn measured_shared(frames: &bytes::Bytes, len: usize) -> usize {
    let mut decoder = Decoder::new(VERSION);
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
            let mut pair = Sessions::new(window);
            let name = format!("QoS {} window {window}", qos.as_u8());
            let exchange = Exchange {
                qos,
                window,
                messages: MESSAGES,
            };
            report(&name, only.as_ref(), || {
                measured_exchange(&mut pair, exchange)
            });
        }
    }
    let mut buffer = BytesMut::new();
    let publish = Publish::new(TOPIC, &PAYLOAD);
    Encoder::new(VERSION).encode(publish, &mut buffer).unwrap();
    let frame = buffer.split().freeze();
    report("shared message", only.as_ref(), || {
        measured_shared(&frame, frame.len())
    });
}
