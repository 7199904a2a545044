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

use std::time::Instant;

use exchange::halves::Halves;
use exchange::workload::Exchange;
use puremqtt::QoS;

mod exchange {
    pub(crate) mod halves;
    pub(crate) mod workload;
}

const MESSAGES: usize = 10_000;

/// What is sent is what the other side receives, without a packet around it.
#[inline(never)]
fn measured_state(pair: &mut Halves, exchange: Exchange) -> usize {
    pair.state_alone(exchange)
}

#[inline(never)]
fn measured_wire(pair: &mut Halves, exchange: Exchange) -> usize {
    pair.over_wire(exchange)
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
    for (kind, measured) in [
        (
            "state",
            measured_state as fn(&mut Halves, Exchange) -> usize,
        ),
        ("wire", measured_wire),
    ] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            for window in [1, 100] {
                let mut pair = Halves::new(window);
                let name = format!("{kind} QoS {} window {window}", qos.as_u8());
                let exchange = Exchange {
                    qos,
                    window,
                    messages: MESSAGES,
                };
                report(&name, only.as_ref(), || measured(&mut pair, exchange));
            }
        }
    }
}
