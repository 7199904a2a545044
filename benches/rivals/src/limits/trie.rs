//! Levels are interned by one hash each, a node's children are in one flat
//! table keyed by parent and level, and wildcards are in the node.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Good enough for who does not choose the topics.
#[derive(Default)]
pub struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let Some(last) = bytes.last_chunk() else {
            // Lengths differ in the top byte.
            let word = bytes
                .iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte));
            return self.write_u64(word | (bytes.len() as u64) << 56);
        };
        for word in bytes.chunks_exact(8) {
            self.write_u64(u64::from_le_bytes([
                word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7],
            ]));
        }
        self.write_u64(u64::from_le_bytes(*last));
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

pub type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// No node, level or subscriber.
const NONE: u32 = u32::MAX;

struct Node {
    plus: u32,
    hash: u32,
    /// Most have one subscriber, who needs no list.
    first: u32,
    others: Vec<u32>,
}

impl Node {
    const EMPTY: Self = Self {
        plus: NONE,
        hash: NONE,
        first: NONE,
        others: Vec::new(),
    };
}

pub struct Trie {
    nodes: Vec<Node>,
    children: QuickMap<u64, u32>,
    levels: QuickMap<Box<str>, u32>,
}

impl Default for Trie {
    fn default() -> Self {
        let (children, levels) = (QuickMap::default(), QuickMap::default());
        Self {
            nodes: vec![Node::EMPTY],
            children,
            levels,
        }
    }
}

fn edge(parent: u32, level: u32) -> u64 {
    u64::from(parent) << 32 | u64::from(level)
}

impl Trie {
    pub fn insert(&mut self, filter: &str, subscriber: u32) {
        let mut at = 0;
        for level in filter.split('/') {
            let next = self.nodes.len() as u32;
            let child = match level {
                "+" => &mut self.nodes[at as usize].plus,
                "#" => &mut self.nodes[at as usize].hash,
                _ => {
                    let fresh = self.levels.len() as u32;
                    let level = match self.levels.get(level) {
                        Some(known) => *known,
                        None => *self.levels.entry(level.into()).or_insert(fresh),
                    };
                    self.children.entry(edge(at, level)).or_insert(NONE)
                }
            };
            if *child == NONE {
                *child = next;
                self.nodes.push(Node::EMPTY);
                at = next;
            } else {
                at = *child;
            }
        }
        let node = &mut self.nodes[at as usize];
        if node.first == NONE {
            node.first = subscriber;
        } else {
            node.others.push(subscriber);
        }
    }

    pub fn find(&self, topic: &str, each: &mut impl FnMut(u32)) {
        let mut levels = [NONE; 32];
        let mut count = 0;
        for (level, text) in levels.iter_mut().zip(topic.split('/')) {
            *level = self.levels.get(text).copied().unwrap_or(NONE);
            count += 1;
        }
        self.walk(0, &levels[..count], topic.starts_with('$'), each);
    }

    fn walk(&self, at: u32, levels: &[u32], is_hidden: bool, each: &mut impl FnMut(u32)) {
        let node = &self.nodes[at as usize];
        if node.hash != NONE && !is_hidden {
            self.visit(node.hash, each);
        }
        let Some((&level, rest)) = levels.split_first() else {
            return self.visit(at, each);
        };
        if node.plus != NONE && !is_hidden {
            self.walk(node.plus, rest, false, each);
        }
        let child = self.children.get(&edge(at, level));
        if let Some(&child) = child.filter(|_| level != NONE) {
            self.walk(child, rest, false, each);
        }
    }

    fn visit(&self, at: u32, each: &mut impl FnMut(u32)) {
        let node = &self.nodes[at as usize];
        if node.first != NONE {
            each(node.first);
            node.others.iter().copied().for_each(each);
        }
    }
}
