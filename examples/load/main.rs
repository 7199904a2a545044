//! Puts load on a broker, any broker, and measures what becomes of it.
//!
//! ```text
//! cargo run --release --example load -- --port 1883 --qos 1 --window 500 --pid 4711
//! ```
//!
//! A closed loop keeps `--window` messages of each publisher on their way; `--rate` sends them in
//! an open loop, at that rate whatever becomes of them. Every message bears the time at which it
//! was to be sent, so that a broker that falls behind shows in the latencies.

mod link;
mod options;
mod report;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use clap::Parser;
use link::{Link, Result};
use options::Options;
use puremqtt::{Message, TopicFilter, TopicName};
use report::{Latencies, Report, processor_time};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// What all have in common.
struct Shared {
    options: Options,
    began: Instant,
    published: AtomicU64,
    received: AtomicU64,
    /// Something was received: a closed loop may go on.
    moved: Notify,
    measures: AtomicBool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    let shared = Arc::new(Shared {
        began: Instant::now(),
        published: AtomicU64::new(0),
        received: AtomicU64::new(0),
        moved: Notify::new(),
        measures: AtomicBool::new(false),
        options,
    });
    let options = &shared.options;
    let mut clients = JoinSet::new();
    let (tell, mut latencies) = tokio::sync::mpsc::channel(options.subscribers.max(1));
    for number in 0..options.subscribers {
        let mut link = open(options, "sub", number).await?;
        link.subscribe(TopicFilter::literal("load/#"), options.qos())
            .await?;
        let (shared, tell) = (shared.clone(), tell.clone());
        clients.spawn(async move { subscribe(link, &shared, tell).await });
    }
    for number in 0..options.publishers {
        let link = open(options, "pub", number).await?;
        let shared = shared.clone();
        clients.spawn(async move { publish(link, number, &shared).await });
    }

    pause(Duration::from_secs(1), &shared, &mut clients).await?;
    let processor = || options.pid.and_then(processor_time);
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (start, cpu) = (Instant::now(), processor());
    let (published, received) = (count(&shared.published), count(&shared.received));
    shared.measures.store(true, Ordering::Relaxed);
    pause(options.time(), &shared, &mut clients).await?;
    shared.measures.store(false, Ordering::Relaxed);
    let mut report = Report {
        time: start.elapsed(),
        published: count(&shared.published) - published,
        received: count(&shared.received) - received,
        cpu: processor()
            .zip(cpu)
            .map(|(after, before)| after.saturating_sub(before)),
        latencies: Latencies::default(),
    };
    for _ in 0..options.subscribers {
        if let Some(some) = latencies.recv().await {
            report.latencies.merge(&some);
        }
    }
    println!("{}", report.line());
    if !options.terse {
        print!("{}", report.latencies.histogram());
    }
    Ok(())
}

async fn open(options: &Options, role: &str, number: usize) -> Result<Link> {
    let id = format!("load-{}-{role}-{number}", std::process::id());
    let kept = options.kept && role == "sub";
    Link::open(&options.host, options.port, &id, options.version(), kept).await
}

/// Waits, showing on a terminal how it goes; a client that fails ends it.
async fn pause(time: Duration, shared: &Shared, clients: &mut JoinSet<Result<()>>) -> Result<()> {
    let end = Instant::now() + time;
    let shows = std::io::stderr().is_terminal() && !shared.options.terse;
    while Instant::now() < end {
        tokio::select! {
            Some(ended) = clients.join_next() => ended??,
            () = sleep(Duration::from_millis(200).min(end - Instant::now())) => {}
        }
        if shows {
            let received = shared.received.load(Ordering::Relaxed);
            eprint!(
                "\r{received} received, {:.0?} to go  ",
                end.saturating_duration_since(Instant::now())
            );
            std::io::stderr().flush()?;
        }
    }
    if shows {
        eprint!("\r\x1b[K");
    }
    Ok(())
}

async fn subscribe(
    mut link: Link,
    shared: &Shared,
    tell: tokio::sync::mpsc::Sender<Latencies>,
) -> Result<()> {
    let mut latencies = Latencies::default();
    let mut measured = false;
    loop {
        let measures = shared.measures.load(Ordering::Relaxed);
        if measured && !measures {
            tell.send(std::mem::take(&mut latencies)).await?;
        }
        measured = measures;
        let mut received = 0;
        let mut on_message = |payload: &[u8]| {
            received += 1;
            if let (true, Some(sent)) = (measures, payload.first_chunk()) {
                let sent = Duration::from_nanos(u64::from_le_bytes(*sent));
                latencies.add(shared.began.elapsed().saturating_sub(sent));
            }
        };
        tokio::select! {
            read = link.read(&mut on_message) => read?,
            () = sleep(Duration::from_millis(100)) => {}
        }
        shared.received.fetch_add(received, Ordering::Relaxed);
        shared.moved.notify_waiters();
        link.write().await?;
    }
}

async fn publish(mut link: Link, number: usize, shared: &Shared) -> Result<()> {
    let options = &shared.options;
    let topic = format!("load/{number}");
    let topic = TopicName::new(&topic)?;
    let qos = options.qos();
    let mut payload = vec![0; options.payload.max(8)];
    let mut send = |link: &mut Link, when: Duration| {
        let now = u64::try_from(when.as_nanos()).unwrap_or(u64::MAX);
        if let Some(time) = payload.first_chunk_mut() {
            *time = now.to_le_bytes();
        }
        let taken = link.publish(Message::new(topic, &payload), qos);
        shared
            .published
            .fetch_add(u64::from(taken), Ordering::Relaxed);
        taken
    };
    if let Some(rate) = options.rate {
        let interval = Duration::try_from_secs_f64(options.publishers as f64 / rate)?;
        let mut next = Instant::now();
        loop {
            while next <= Instant::now() {
                send(&mut link, next.duration_since(shared.began));
                next += interval;
            }
            link.write().await?;
            link.read_until(next).await?;
        }
    }
    let copies = options.subscribers.max(1) as u64;
    let window = options.window.max(1) * options.publishers as u64;
    loop {
        let moved = shared.moved.notified();
        let received = shared.received.load(Ordering::Relaxed) / copies;
        let published = shared.published.load(Ordering::Relaxed);
        let room = (window + received).saturating_sub(published) / options.publishers as u64;
        for _ in 0..room {
            if !send(&mut link, shared.began.elapsed()) {
                break;
            }
        }
        link.write().await?;
        let mut nothing = |_: &[u8]| {};
        tokio::select! {
            read = link.read(&mut nothing) => read?,
            () = moved => {}
            // The window may have been full at the wrong moment.
            () = sleep(Duration::from_millis(20)) => {}
        }
    }
}
