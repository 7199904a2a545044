//! Puremqtt's topics beside other crates', in one process, in turns.
//!
//!     rivals [exact|plus10|hash1] [COUNT]   one table; all of them without arguments
//!     rivals match                          one filter against one topic
//!     rivals measured NAME KIND COUNT       1,000 topics in `measured`, for callgrind
//!     rivals measured NAME exact|plus       1,000 matches in `measured`, for callgrind
//!
//! Only the ratios of one run are worth comparing. `instructions.sh` counts instructions.

mod indexes;
mod sets;

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use indexes::{Index, NAMES, index};
use puremqtt::{TopicFilter, TopicName};
use sets::set;

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

/// What glibc makes of a request: 8 bytes more, in steps of 16, at least 32.
fn rounded(size: usize) -> usize {
    ((size + 8).next_multiple_of(16)).max(32)
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(rounded(layout.size()), Relaxed);
        ALLOCATIONS.fetch_add(1, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(rounded(layout.size()), Relaxed);
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        HELD.fetch_add(rounded(size), Relaxed);
        HELD.fetch_sub(rounded(layout.size()), Relaxed);
        ALLOCATIONS.fetch_add(1, Relaxed);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Measured {
    name: &'static str,
    index: Box<dyn Index>,
    build: f64,
    memory: f64,
    find: f64,
    allocations: f64,
    fan_out: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            for kind in ["exact", "plus10", "hash1"] {
                for count in [10_000, 100_000, 1_000_000] {
                    table(kind, count);
                }
            }
            single();
        }
        ["match"] => single(),
        ["measured", name, kind] => {
            let (_, filter) = PAIRS.into_iter().find(|pair| pair.0 == kind).unwrap();
            let (checked, topic) = (
                TopicFilter::new(filter).unwrap(),
                TopicName::new(TOPIC).unwrap(),
            );
            measured(|| {
                for _ in 0..1000 {
                    black_box(match name {
                        "puremqtt" => black_box(checked).matches(black_box(topic)),
                        _ => rumqttc::mqttbytes::matches(black_box(TOPIC), black_box(filter)),
                    });
                }
            });
        }
        ["measured", name, kind, count] => {
            let set = set(kind, count.parse().unwrap());
            let index = built(name, &set.filters);
            measured(|| {
                for topic in &set.topics[..1000] {
                    black_box(index.find(topic));
                }
            });
        }
        [kind, count] => table(kind, count.parse().unwrap()),
        _ => panic!("what are the arguments to mean?"),
    }
}

#[inline(never)]
fn measured(work: impl FnOnce()) {
    work();
}

fn built(name: &str, filters: &[String]) -> Box<dyn Index> {
    let mut index = index(name);
    for (subscriber, filter) in (0..).zip(filters) {
        index.insert(filter, subscriber);
    }
    index
}

fn table(kind: &str, count: usize) {
    let set = set(kind, count);
    // mqtt_topic_tree panics once two wildcards match, and is slow with many filters.
    let rivals = if kind == "exact" && count <= 10_000 {
        4
    } else {
        3
    };
    let mut all: Vec<Measured> = NAMES[..rivals]
        .iter()
        .map(|name| build(name, &set.filters))
        .collect();
    for _ in 0..41 {
        for one in &mut all {
            round(one, &set.topics);
        }
    }
    println!("\n{kind}, {count} filters, fan-out {:.2}", all[0].fan_out);
    println!(
        "{:20}{:>9}{:>8}{:>9}{:>9}{:>8}{:>9}{:>8}",
        "", "find ns", "x ours", "allocs", "build ns", "x ours", "bytes", "x ours"
    );
    for one in &all {
        let ours = &all[0];
        println!(
            "{:20}{:9.1}{:8.2}{:9.1}{:9.0}{:8.2}{:9.1}{:8.2}",
            one.name,
            one.find,
            one.find / ours.find,
            one.allocations,
            one.build,
            one.build / ours.build,
            one.memory,
            one.memory / ours.memory,
        );
    }
}

fn build(name: &'static str, filters: &[String]) -> Measured {
    let each = |total: f64| total / filters.len() as f64;
    let mut fastest = f64::MAX;
    for _ in 0..if filters.len() > 200_000 { 1 } else { 5 } {
        let start = Instant::now();
        let index = built(name, filters);
        fastest = fastest.min(each(start.elapsed().as_nanos() as f64));
        drop(index);
    }
    let held = HELD.load(Relaxed);
    let start = Instant::now();
    let index = built(name, filters);
    let build = fastest.min(each(start.elapsed().as_nanos() as f64));
    let memory = each((HELD.load(Relaxed) - held) as f64);
    Measured {
        name,
        index,
        build,
        memory,
        find: f64::MAX,
        allocations: 0.0,
        fan_out: 0.0,
    }
}

/// The first pass warms up, the second counts.
fn round(one: &mut Measured, topics: &[String]) {
    let each = |total: f64| total / topics.len() as f64;
    for topic in topics {
        black_box(one.index.find(topic));
    }
    let allocations = ALLOCATIONS.load(Relaxed);
    let start = Instant::now();
    let found: usize = topics
        .iter()
        .map(|topic| black_box(one.index.find(topic)))
        .sum();
    one.find = one.find.min(each(start.elapsed().as_nanos() as f64));
    one.allocations = each((ALLOCATIONS.load(Relaxed) - allocations) as f64);
    one.fan_out = each(found as f64);
}

const TOPIC: &str = "area/10/sensor/5000/temperature";
const PAIRS: [(&str, &str); 4] = [
    ("exact", TOPIC),
    ("plus", "area/+/sensor/+/temperature"),
    ("hash", "area/10/#"),
    ("miss", "area/+/sensor/+/humidity"),
];

/// Filter and topic were checked before: what is measured is the comparison.
fn single() {
    println!(
        "\none filter, one topic{:>8}{:>9}{:>8}",
        "ours ns", "rumqttc", "x ours"
    );
    for (kind, filter) in PAIRS {
        let (checked, topic) = (
            TopicFilter::new(filter).unwrap(),
            TopicName::new(TOPIC).unwrap(),
        );
        let ours = fastest(|| black_box(checked).matches(black_box(topic)));
        let rival = fastest(|| rumqttc::mqttbytes::matches(black_box(TOPIC), black_box(filter)));
        println!("{kind:20}{ours:9.1}{rival:9.1}{:8.2}", rival / ours);
    }
}

fn fastest(mut work: impl FnMut() -> bool) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..9 {
        let start = Instant::now();
        for _ in 0..100_000 {
            black_box(work());
        }
        best = best.min(start.elapsed().as_nanos() as f64 / 100_000.0);
    }
    best
}
