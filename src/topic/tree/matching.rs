//! The walk through the trie for one filter.

use core::fmt;
use core::iter::FusedIterator;

use super::search::Exhausted;
use super::store::NONE;
use super::topics::TopicTree;
use super::trie::{DEPTH, ROOT};
use crate::topic::matching::split_level;
use crate::topic::{TopicFilter, TopicName};

/// See [`TopicTree::matching`](crate::TopicTree::matching).
#[must_use = "a search does nothing until it is asked for items"]
pub struct Matching<'t, 'f, V>(Walk<'t, 'f, V>);

/// See [`TopicTree::matching_within`](crate::TopicTree::matching_within).
#[must_use = "a search does nothing until it is asked for items"]
pub struct MatchingWithin<'t, 'f, V> {
    walk: Walk<'t, 'f, V>,
    exhausted: bool,
}

/// Depth first along parents, children and siblings, so that there is no stack.
struct Walk<'t, 'f, V> {
    tree: &'t TopicTree<V>,
    filter: TopicFilter<'f>,
    /// The topic that a filter without wildcards is.
    exact: Option<u32>,
    levels: FilterLevels,
    /// The node visited last, `NONE` before the first and after the last.
    node: u32,
    depth: usize,
    /// Topics of that node that are still to be yielded.
    here: u32,
    visits: usize,
}

/// The levels of a filter, as far as a trie branches.
struct FilterLevels {
    labels: [u32; DEPTH],
    count: usize,
    /// `#` follows these levels.
    open: bool,
}

/// In place of a label: any level.
const PLUS: u32 = NONE;

impl FilterLevels {
    /// Nothing when the filter has a level that the tree has not.
    fn new(filter: TopicFilter<'_>, label: impl Fn(&[u8]) -> Option<u32>) -> Option<Self> {
        let mut levels = Self {
            labels: [PLUS; DEPTH],
            count: 0,
            open: false,
        };
        let mut rest = Some(filter.pattern());
        for slot in &mut levels.labels {
            let Some(text) = rest else { break };
            let (level, after) = split_level(text);
            match level {
                b"#" => {
                    levels.open = true;
                    break;
                }
                b"+" => {}
                _ => *slot = label(level)?,
            }
            levels.count = levels.count.wrapping_add(1);
            rest = after;
        }
        Some(levels)
    }

    /// True when topics that end at this depth match.
    fn match_at(&self, depth: usize) -> bool {
        if self.open {
            depth >= self.count
        } else {
            depth == self.count
        }
    }

    /// How to go on from this depth: by a label, or `PLUS`.
    fn below(&self, depth: usize) -> Option<u32> {
        match self.labels.get(depth) {
            Some(label) if depth < self.count => Some(*label),
            Some(_) if self.open => Some(PLUS),
            _ => None,
        }
    }
}

impl<'t, 'f, V> Walk<'t, 'f, V> {
    fn new(tree: &'t TopicTree<V>, filter: TopicFilter<'f>, visits: usize) -> Self {
        let nothing = FilterLevels {
            labels: [PLUS; DEPTH],
            count: 0,
            open: false,
        };
        let (levels, node, depth, here) = (nothing, NONE, 0, NONE);
        let mut walk = Self {
            tree,
            filter,
            exact: None,
            levels,
            node,
            depth,
            here,
            visits,
        };
        if !filter.has_wildcards() {
            walk.exact = tree.find(TopicName::from_checked(filter.pattern()));
        } else if !tree.is_empty() {
            if let Some(levels) = FilterLevels::new(filter, |level| tree.trie.label(level)) {
                walk.levels = levels;
                walk.node = ROOT;
            }
        }
        walk
    }

    fn next(&mut self) -> Result<Option<(TopicName<'t>, &'t V)>, Exhausted> {
        if let Some(index) = self.exact.take() {
            let stored = &self.tree.stored[index];
            return Ok(Some((self.tree.name(stored), &stored.value)));
        }
        loop {
            while self.here != NONE {
                let stored = &self.tree.stored[self.here];
                self.here = stored.next;
                let topic = self.tree.name(stored);
                if self.depth < DEPTH {
                    return Ok(Some((topic, &stored.value)));
                }
                // Here hangs what is deeper than the trie, too.
                self.spend(topic.as_bytes().len() / 16)?;
                if self.filter.matches(topic) {
                    return Ok(Some((topic, &stored.value)));
                }
            }
            if self.node == NONE {
                return Ok(None);
            }
            self.advance()?;
        }
    }

    /// On to the next node, downwards first.
    fn advance(&mut self) -> Result<(), Exhausted> {
        self.spend(1)?;
        let trie = &self.tree.trie;
        let below = match self.levels.below(self.depth) {
            Some(PLUS) => self.unreserved(trie.links(self.node).first_child)?,
            Some(label) => trie.child(self.node, label).unwrap_or(NONE),
            None => NONE,
        };
        if below != NONE {
            self.depth = self.depth.wrapping_add(1);
            self.enter(below);
            return Ok(());
        }
        while let Some(above) = self.depth.checked_sub(1) {
            if self.levels.below(above) == Some(PLUS) {
                self.depth = above;
                let next = self.unreserved(trie.links(self.node).next)?;
                self.depth = above.wrapping_add(1);
                if next != NONE {
                    self.enter(next);
                    return Ok(());
                }
            }
            self.node = trie.parent(self.node);
            self.depth = above;
        }
        self.node = NONE;
        Ok(())
    }

    fn enter(&mut self, node: u32) {
        self.node = node;
        if self.depth == DEPTH || self.levels.match_at(self.depth) {
            self.here = self.tree.trie.links(node).here;
        }
    }

    /// The first of these siblings, below the present depth, that a wildcard stands for.
    fn unreserved(&mut self, mut child: u32) -> Result<u32, Exhausted> {
        let trie = &self.tree.trie;
        // [MQTT-4.7.2-1] No wildcard in the first level matches a leading `$`.
        while self.depth == 0 && child != NONE && trie.is_reserved(child) {
            self.spend(1)?;
            child = trie.links(child).next;
        }
        Ok(child)
    }

    fn spend(&mut self, visits: usize) -> Result<(), Exhausted> {
        self.visits = self.visits.checked_sub(visits).ok_or(Exhausted)?;
        Ok(())
    }
}

impl<'t, 'f, V> Matching<'t, 'f, V> {
    pub(super) fn new(tree: &'t TopicTree<V>, filter: TopicFilter<'f>) -> Self {
        Self(Walk::new(tree, filter, usize::MAX))
    }
}

impl<'t, V> Iterator for Matching<'t, '_, V> {
    type Item = (TopicName<'t>, &'t V);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().unwrap_or(None)
    }
}

impl<V> FusedIterator for Matching<'_, '_, V> {}

impl<'t, 'f, V> MatchingWithin<'t, 'f, V> {
    pub(super) fn new(tree: &'t TopicTree<V>, filter: TopicFilter<'f>, nodes: usize) -> Self {
        Self {
            walk: Walk::new(tree, filter, nodes),
            exhausted: false,
        }
    }
}

impl<'t, V> Iterator for MatchingWithin<'t, '_, V> {
    type Item = Result<(TopicName<'t>, &'t V), Exhausted>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.exhausted {
            return None;
        }
        let next = self.walk.next();
        self.exhausted = next.is_err();
        next.transpose()
    }
}

impl<V> FusedIterator for MatchingWithin<'_, '_, V> {}

impl<V> fmt::Debug for Matching<'_, '_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Matching").field(&self.0.filter).finish()
    }
}

impl<V> fmt::Debug for MatchingWithin<'_, '_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MatchingWithin")
            .field(&self.walk.filter)
            .finish()
    }
}
