//! Matching and the trees, by time. `benches/rivals` compares with other crates.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a benchmark may panic"
)]

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use puremqtt::{SubscriptionTree, TopicFilter, TopicName, TopicTree};

#[allow(dead_code, unreachable_pub, reason = "shared with another crate")]
#[path = "rivals/src/workloads/mod.rs"]
mod workloads;

use workloads::topics::set;

const TOPIC: TopicName = TopicName::literal("area/10/sensor/5000/temperature");
const FILTERS: [(&str, TopicFilter); 4] = [
    (
        "exact",
        TopicFilter::literal("area/10/sensor/5000/temperature"),
    ),
    ("plus", TopicFilter::literal("area/+/sensor/+/temperature")),
    ("hash", TopicFilter::literal("area/10/#")),
    ("miss", TopicFilter::literal("area/+/sensor/+/humidity")),
];
const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

fn tree(filters: &[String]) -> SubscriptionTree<u32, ()> {
    let mut tree = SubscriptionTree::new();
    for (subscriber, filter) in (0..).zip(filters) {
        tree.insert(TopicFilter::new(filter).unwrap(), subscriber, ());
    }
    tree
}

/// One filter against one topic.
fn one_filter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one filter");
    for (kind, filter) in FILTERS {
        group.bench_function(kind, |bench| {
            bench.iter(|| black_box(filter).matches(black_box(TOPIC)));
        });
    }
}

/// Who wants a topic: 10,000 topics, one after the other.
fn find(criterion: &mut Criterion) {
    for kind in ["exact", "plus10", "hash1"] {
        let mut group = criterion.benchmark_group(format!("find {kind}"));
        for size in SIZES {
            let set = set(kind, size);
            let tree = tree(&set.filters);
            let topics: Vec<_> = set
                .topics
                .iter()
                .map(|text| TopicName::new(text).unwrap())
                .collect();
            let mut topics = topics.iter().cycle();
            group.bench_function(BenchmarkId::from_parameter(size), |bench| {
                bench.iter(|| {
                    let found = tree.matches(*topics.next().unwrap());
                    found
                        .picking(|_| None)
                        .inspect(|found| _ = black_box(*found.0))
                        .count()
                });
            });
        }
    }
}

fn build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build");
    group.sample_size(10);
    for kind in ["exact", "plus10"] {
        let set = set(kind, 100_000);
        group.throughput(Throughput::Elements(100_000));
        group.bench_function(kind, |bench| bench.iter(|| tree(&set.filters).len()));
    }
}

/// A client subscribes to ten filters, and goes.
fn come_and_go(criterion: &mut Criterion) {
    let set = set("plus10", 100_000);
    let mut tree = tree(&set.filters);
    let mut filters = set.filters.chunks(10).cycle();
    criterion.bench_function("come and go", |bench| {
        bench.iter(|| {
            for filter in filters.next().unwrap() {
                tree.insert(TopicFilter::new(filter).unwrap(), u32::MAX, ());
            }
            tree.remove_key(&u32::MAX)
        });
    });
}

fn retained(criterion: &mut Criterion) {
    let set = set("exact", 100_000);
    let mut tree = TopicTree::new();
    for text in &set.filters {
        tree.insert(TopicName::new(text).unwrap(), ());
    }
    let mut group = criterion.benchmark_group("retained");
    for text in [
        "area/7/sensor/9/temperature",
        "area/7/sensor/+/temperature",
        "area/7/#",
    ] {
        let filter = TopicFilter::new(text).unwrap();
        group.bench_function(text, |bench| {
            bench.iter(|| tree.matching(black_box(filter)).count())
        });
    }
    group.bench_function("insert and remove", |bench| {
        let topics = || TopicName::literal("area/7/sensor/9/nothing");
        bench.iter_batched(
            topics,
            |topic| (tree.insert(topic, ()), tree.remove(topic)),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(topics, one_filter, find, build, come_and_go, retained);
criterion_main!(topics);
