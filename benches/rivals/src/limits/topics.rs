use std::hint::black_box;

use super::trie::QuickMap;
pub use super::trie::Trie;
use crate::case::Case;
use crate::index::{Index, finding};
use crate::meter::measure;
use crate::workloads::packets::TOPIC;

pub fn match_one(filter: &'static str, units: usize) -> Case {
    Case::new("limit, byte by byte", move || {
        Box::new(move || {
            measure(|| {
                for _ in 0..units {
                    let (filter, topic) = (black_box(filter), black_box(TOPIC));
                    black_box(matches(filter.as_bytes(), topic.as_bytes()));
                }
            })
            .1
        })
    })
}

/// Both are well-formed.
#[inline(always)]
fn matches(mut filter: &[u8], mut topic: &[u8]) -> bool {
    if topic.first() == Some(&b'$') && matches!(filter.first(), Some(b'+' | b'#')) {
        return false;
    }
    loop {
        match (filter, topic) {
            ([b'#', ..], _) | ([], []) | ([b'/', b'#'], []) => return true,
            ([b'+', rest @ ..], _) => {
                let end = topic.iter().position(|byte| *byte == b'/');
                topic = &topic[end.unwrap_or(topic.len())..];
                filter = rest;
            }
            ([wanted, filter_rest @ ..], [byte, topic_rest @ ..]) if wanted == byte => {
                (filter, topic) = (filter_rest, topic_rest);
            }
            _ => return false,
        }
    }
}

/// Filters without wildcards need but one hash.
#[derive(Default)]
pub struct Hash(QuickMap<String, Vec<u32>>);

impl Index for Hash {
    fn insert(&mut self, filter: &str, subscriber: u32) {
        self.0.entry(filter.into()).or_default().push(subscriber);
    }

    fn find(&self, topic: &str) -> usize {
        let found = self.0.get(topic).map_or(&[][..], Vec::as_slice);
        found.iter().inspect(|key| _ = black_box(**key)).count()
    }
}

impl Index for Trie {
    fn insert(&mut self, filter: &str, subscriber: u32) {
        Self::insert(self, filter, subscriber);
    }

    fn find(&self, topic: &str) -> usize {
        let mut found = 0;
        Self::find(self, topic, &mut |key| {
            black_box(key);
            found += 1;
        });
        found
    }
}

pub fn find(kind: &'static str, count: usize, units: usize) -> Case {
    if kind == "exact" {
        finding::<Hash>("limit, one hash", kind, count, units)
    } else {
        finding::<Trie>("limit, flat trie", kind, count, units)
    }
}
