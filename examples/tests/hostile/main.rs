//! A thousand clients that mean ill, of eight kinds, and a few that go on working among them.
//!
//! The broker runs as a process of its own, so that its memory is its own. `cargo test` builds it
//! first; this test alone, with all that it counts, is
//!
//! ```sh
//! cargo build -p puremqtt-examples --example broker
//! cargo test -p puremqtt-examples --test hostile -- --nocapture
//! ```
//!
//! Needs Linux, for /proc.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod bad;
mod broker;
mod good;
mod wire;

use std::time::Duration;

use bad::{Ended, Kind, Outcome};
use broker::Broker;
use good::Figures;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How many there are, if there are file descriptors for so many.
const BAD: usize = 1_000;

/// Pairs of a publisher and a subscriber, one half at QoS 1 and the other at QoS 2.
const PAIRS: usize = 20;

/// How long all this takes: longer than any deadline of the broker.
const TIME: Duration = Duration::from_secs(40);

/// In which a message has to come through, a newcomer to be let in, and a connection to be closed
/// behind its time: long, for it tells being served from not being served, and not how fast the
/// machine is. What is printed tells that.
const PATIENCE: Duration = Duration::from_secs(30);

/// `--max-queued`
const QUEUED: usize = 100;

/// What the broker may need at its worst, in MiB.
const MEMORY: u64 = 192;

/// So long a CONNECT may take, and a request on the port for WebSockets.
const CONNECT: Duration = Duration::from_secs(10);

/// `--max-keep-alive`, one and a half times, and the time for a farewell.
const SILENCE: Duration = Duration::from_secs(15 + 5);

const KEEP_ALIVE_TIMEOUT: u8 = 0x8d;

#[test]
fn a_thousand_hostile_clients_do_not_keep_the_others_from_being_served() {
    let limit = rlimit::increase_nofile_limit(4 * BAD as u64).unwrap();
    // One descriptor each, on either side.
    let bad = BAD.min(usize::try_from(limit).unwrap().saturating_sub(200));
    if bad < BAD {
        println!("Only {bad} hostile clients: there are no more than {limit} file descriptors.");
    }
    let broker = Broker::start();
    let idle = broker.descriptors();
    // On a thread of their own: what they measure is the broker's doing.
    let address = broker.mqtt;
    let good = std::thread::spawn(move || block_on(good::run(address, PAIRS, TIME)));
    let began = Instant::now();
    let outcomes = block_on(attack(bad, &broker));
    let good = good.join().unwrap();
    let memory = broker.peak_memory();
    println!("{:.1?} in all, {memory} MiB at the peak", began.elapsed());

    judge_good(&good);
    for kind in Kind::ALL {
        let of_kind: Vec<_> = outcomes.iter().filter(|of| of.kind == kind).collect();
        judge(kind, &of_kind);
    }
    assert!(memory <= MEMORY, "{memory} MiB");
    // None of them has left anything open.
    let open = broker.descriptors_after(PATIENCE, idle);
    println!("descriptors of the broker: {idle} before, {open} after");
    assert_eq!(open, idle);
    assert_eq!(outcomes.len(), bad);
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(future)
}

async fn attack(count: usize, broker: &Broker) -> Vec<Outcome> {
    let end = Instant::now() + TIME;
    let mut all = JoinSet::new();
    for number in 0..count {
        all.spawn(bad::run(number, broker.mqtt, broker.websocket, end));
    }
    all.join_all().await
}

fn judge_good(good: &Figures) {
    let Figures {
        sent,
        received,
        slowest,
        newcomers,
        slowest_newcomer,
    } = good;
    println!("good: {sent} sent, {received} received, each within {slowest:.1?}");
    println!("newcomers: {newcomers}, let in within {slowest_newcomer:.1?}");
    // Each once and in order: see there.
    assert_eq!(sent, received);
    assert!(*sent >= TIME.as_secs() * PAIRS as u64);
    assert!(*newcomers >= 5);
    assert!(*slowest <= PATIENCE);
    assert!(*slowest_newcomer <= PATIENCE);
}

/// Each of a kind ends as it should.
fn judge(kind: Kind, outcomes: &[&Outcome]) {
    let slowest = outcomes.iter().map(|outcome| outcome.after).max();
    let told = outcomes.iter().filter_map(|outcome| outcome.told).max();
    println!(
        "{kind:?}: {} of them, told {told:02x?}, the last one's end after {:.1?}",
        outcomes.len(),
        slowest.unwrap_or_default()
    );
    for outcome in outcomes {
        let (earliest, latest) = match kind {
            Kind::Silent | Kind::Slow => (CONNECT - Duration::from_millis(100), CONNECT + PATIENCE),
            Kind::Garbage | Kind::Promising => (Duration::ZERO, PATIENCE),
            // It takes the last of their messages, each of which has its turn.
            Kind::Greedy => (Duration::ZERO, 2 * PATIENCE),
            // From when the broker can write no more.
            Kind::Deaf => (SILENCE / 2, TIME + PATIENCE),
            // Nothing wrong in what they do: they go when they want.
            Kind::Flooding | Kind::Insisting => (Duration::ZERO, TIME + PATIENCE),
        };
        let is_ours = matches!(kind, Kind::Flooding | Kind::Insisting);
        let ended = if is_ours { Ended::Left } else { Ended::Closed };
        assert_eq!(outcome.ended, ended, "{outcome:?}");
        assert!((earliest..=latest).contains(&outcome.after), "{outcome:?}");
        // Whether there was room for a farewell to who does not read is a matter of luck.
        let is_lucky = kind == Kind::Deaf && outcome.told == Some(KEEP_ALIVE_TIMEOUT);
        assert!(outcome.told == outcome.expected || is_lucky, "{outcome:?}");
    }
    assert!(!outcomes.is_empty());
}
