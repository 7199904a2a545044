use std::hint::black_box;

use puremqtt::{SubscriptionTree, TopicFilter, TopicName};

use crate::case::{Case, OURS};
use crate::index::{Index, finding};
use crate::meter::measure;
use crate::workloads::packets::TOPIC;

/// Filters that are compared with [`TOPIC`].
pub const PAIRS: [(&str, &str); 4] = [
    ("exact", TOPIC),
    ("plus", "area/+/sensor/+/temperature"),
    ("hash", "area/10/#"),
    ("miss", "area/+/sensor/+/humidity"),
];

/// Filter and topic were checked before: what is measured is the comparison.
pub fn match_one(filter: &'static str, units: usize) -> Case {
    Case::new(OURS, move || {
        let filter = TopicFilter::new(filter).unwrap();
        let topic = TopicName::new(TOPIC).unwrap();
        Box::new(move || {
            measure(|| {
                for _ in 0..units {
                    black_box(black_box(filter).matches(black_box(topic)));
                }
            })
            .1
        })
    })
}

pub struct Tree(SubscriptionTree<u32, ()>);

impl Default for Tree {
    /// Seeded, so that counts repeat.
    fn default() -> Self {
        Self(SubscriptionTree::with_seed(1))
    }
}

impl Index for Tree {
    fn insert(&mut self, filter: &str, subscriber: u32) {
        self.0
            .insert(TopicFilter::new(filter).unwrap(), subscriber, ());
    }

    fn find(&self, topic: &str) -> usize {
        let found = self.0.matches(TopicName::new(topic).unwrap());
        found
            .picking(|_| None)
            .inspect(|found| _ = black_box(*found.0))
            .count()
    }
}

pub fn find(kind: &'static str, count: usize, units: usize) -> Case {
    finding::<Tree>(OURS, kind, count, units)
}

/// Subscribers of one filter, all visited for [`TOPIC`].
pub fn find_many(filter: &'static str, subscribers: u32, units: usize) -> Case {
    Case::new(OURS, move || {
        let mut tree = Tree::default();
        for subscriber in 0..subscribers {
            tree.insert(filter, subscriber);
        }
        Box::new(move || {
            let (found, sample) = measure(|| (0..units).map(|_| tree.find(TOPIC)).sum::<usize>());
            assert_eq!(found, units * subscribers as usize);
            sample
        })
    })
}
