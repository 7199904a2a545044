//! One face for all indexes of subscriptions: subscribers are `u32`, one for each filter.

use std::hint::black_box;
use std::time::Instant;

use crate::case::Case;
use crate::meter::{held, measure};
use crate::workloads::topics::set;

pub trait Index {
    fn insert(&mut self, filter: &str, subscriber: u32);
    /// Visits all subscribers, and counts them.
    fn find(&self, topic: &str) -> usize;
}

pub fn built(index: &dyn Fn() -> Box<dyn Index>, filters: &[String]) -> Box<dyn Index> {
    let mut index = index();
    for (subscriber, filter) in (0..).zip(filters) {
        index.insert(filter, subscriber);
    }
    index
}

/// Looks for the subscribers of `units` topics, once all of them were looked for before.
pub fn finding<I: Index + Default + 'static>(
    who: &'static str,
    kind: &'static str,
    count: usize,
    units: usize,
) -> Case {
    Case::new(who, move || {
        let set = set(kind, count);
        let index = built(&|| Box::new(I::default()), &set.filters);
        let topics = set.topics;
        Box::new(move || {
            for topic in &topics[..units] {
                black_box(index.find(topic));
            }
            measure(|| {
                for topic in &topics[..units] {
                    black_box(index.find(topic));
                }
            })
            .1
        })
    })
}

/// What an index costs.
pub struct Building {
    pub who: &'static str,
    /// For a filter, the fastest of a few.
    pub nanoseconds: f64,
    /// For a filter, on the heap.
    pub bytes: f64,
    /// Subscribers for a topic.
    pub fan_out: f64,
}

/// Makes empty indexes.
pub struct Maker {
    pub who: &'static str,
    pub make: Box<dyn Fn() -> Box<dyn Index>>,
}

impl Maker {
    pub fn of<I: Index + Default + 'static>(who: &'static str) -> Self {
        let make = Box::new(|| Box::new(I::default()) as Box<dyn Index>);
        Self { who, make }
    }
}

/// Builds all of them, in turns.
pub fn building(makers: &[Maker], kind: &str, count: usize) -> Vec<Building> {
    let set = set(kind, count);
    let each = |total: f64| total / count as f64;
    let cost = |maker: &Maker| {
        let before = held();
        let began = Instant::now();
        let index = built(&maker.make, &set.filters);
        let nanoseconds = each(began.elapsed().as_nanos() as f64);
        let bytes = each((held() - before) as f64);
        let found: usize = set.topics.iter().map(|topic| index.find(topic)).sum();
        let fan_out = found as f64 / set.topics.len() as f64;
        Building {
            who: maker.who,
            nanoseconds,
            bytes,
            fan_out,
        }
    };
    let mut costs: Vec<Building> = makers.iter().map(cost).collect();
    for _ in 0..if count > 200_000 { 1 } else { 5 } {
        for (maker, fastest) in makers.iter().zip(&mut costs) {
            fastest.nanoseconds = fastest.nanoseconds.min(cost(maker).nanoseconds);
        }
    }
    costs
}
