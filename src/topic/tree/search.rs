//! The walk through the trie for one topic.

use super::places::{Links, PlaceId, Places};
use super::store::{NONE, narrow, wide};
use super::trie::{DEPTH, ROOT, Trie};
use crate::topic::TopicName;
use crate::topic::matching::split_level;

/// A search has visited as many nodes of a tree as it was allowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the search has visited as many nodes as it may")]
pub struct Exhausted;

/// Finds the places of all filters that match a topic. Depth first, the level
/// itself before `+`, so no more than one node a level waits.
#[derive(Clone)]
pub(super) struct Search<'t, 'n> {
    places: &'t Places,
    topic: TopicName<'n>,
    /// The place of the filter that is the topic itself.
    exact: Option<PlaceId>,
    /// Lists of places found at a node: with a rest, and without.
    rest: u32,
    here: u32,
    /// That node's depth.
    found_at: usize,
    /// The node to visit next, `NONE` when one that waits is to be.
    node: u32,
    depth: usize,
    /// Nodes for `+` that wait, by their parent's depth; a bit of `waiting` for each.
    plus: [u32; DEPTH],
    waiting: u32,
    levels: TopicLevels,
    visits: usize,
}

/// The levels of a topic as labels, `NONE` for those that the trie has not, as
/// far as the trie goes.
#[derive(Clone)]
struct TopicLevels {
    labels: [u32; DEPTH],
    count: usize,
    /// There are more.
    more: bool,
}

impl<'t, 'n> Search<'t, 'n> {
    /// `visits` is how many nodes may be visited.
    #[inline]
    pub(super) fn new(places: &'t Places, topic: TopicName<'n>, visits: usize) -> Self {
        let mut search = Self {
            places,
            topic,
            exact: places.find_exact(topic.as_bytes()),
            rest: NONE,
            here: NONE,
            found_at: 0,
            node: NONE,
            depth: 0,
            plus: [NONE; DEPTH],
            waiting: 0,
            levels: TopicLevels {
                labels: [NONE; DEPTH],
                count: 0,
                more: false,
            },
            visits,
        };
        if !places.trie.is_empty() {
            search.start();
        }
        search
    }

    /// Reads the levels, unless no filter in the trie begins as the topic does.
    #[inline]
    fn start(&mut self) {
        let trie = &self.places.trie;
        let root = trie.links(ROOT);
        let (first, rest) = split_level(self.topic.as_bytes());
        let first = trie.label(first).unwrap_or(NONE);
        if self.topic.is_reserved() {
            // [MQTT-4.7.2-1] No wildcard in the first level matches a leading `$`.
            (self.node, self.depth) = (self.places.child(ROOT, root, first), 1);
        } else if first != NONE || root.plus != NONE || root.rest != NONE {
            self.node = ROOT;
        }
        if self.node != NONE {
            self.levels.read(trie, first, rest);
        }
    }

    /// The next place that matches.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<PlaceId>, Exhausted> {
        if let Some(place) = self.exact.take() {
            return Ok(Some(place));
        }
        loop {
            if self.here != NONE {
                let place = self.here;
                self.here = self.places.next(place);
                return Ok(Some(PlaceId::wild(place)));
            }
            while self.rest != NONE {
                let place = PlaceId::wild(self.rest);
                self.rest = self.places.next(self.rest);
                if self.found_at < DEPTH || self.matches_deep(place)? {
                    return Ok(Some(place));
                }
            }
            if !self.walk()? {
                return Ok(None);
            }
        }
    }

    /// Visits nodes until places are found at one.
    #[inline]
    fn walk(&mut self) -> Result<bool, Exhausted> {
        let trie = &self.places.trie;
        let (mut node, mut depth, mut visits) = (self.node, self.depth, self.visits);
        loop {
            if node == NONE {
                let Some(deepest) = self.waiting.checked_ilog2() else {
                    return Ok(false);
                };
                self.waiting &= !(1 << deepest);
                depth = wide(deepest);
                node = self.plus.get(depth).copied().unwrap_or(NONE);
                depth = depth.wrapping_add(1);
            }
            visits = visits.checked_sub(1).ok_or(Exhausted)?;
            let links = trie.links(node);
            let (mut next, mut here) = (NONE, NONE);
            if let Some(label) = self.levels.get(depth) {
                next = self.places.child(node, links, label);
                if next == NONE {
                    next = links.plus;
                } else if links.plus != NONE {
                    self.wait(depth, links.plus);
                }
            } else if !self.levels.more {
                here = links.here;
            }
            if here != NONE || links.rest != NONE {
                (self.here, self.rest, self.found_at) = (here, links.rest, depth);
                (self.node, self.depth, self.visits) = (next, depth.wrapping_add(1), visits);
                return Ok(true);
            }
            (node, depth) = (next, depth.wrapping_add(1));
        }
    }

    #[inline]
    fn wait(&mut self, depth: usize, node: u32) {
        if let Some(slot) = self.plus.get_mut(depth) {
            *slot = node;
            self.waiting |= 1u32.wrapping_shl(narrow(depth));
        }
    }

    /// Where the trie ends, text decides.
    #[cold]
    fn matches_deep(&mut self, place: PlaceId) -> Result<bool, Exhausted> {
        let filter = self.places.filter(place);
        self.visits = self
            .visits
            .checked_sub(filter.as_bytes().len() / 16)
            .ok_or(Exhausted)?;
        Ok(filter.matches(self.topic))
    }
}

impl TopicLevels {
    #[inline]
    fn read(&mut self, trie: &Trie<Links>, first: u32, mut rest: Option<&[u8]>) {
        let mut label = first;
        for slot in &mut self.labels {
            *slot = label;
            self.count = self.count.wrapping_add(1);
            let Some(text) = rest else { return };
            let (level, after) = split_level(text);
            label = trie.label(level).unwrap_or(NONE);
            rest = after;
        }
        self.more = true;
    }

    #[inline]
    fn get(&self, depth: usize) -> Option<u32> {
        if depth < self.count {
            self.labels.get(depth).copied()
        } else {
            None
        }
    }
}
