//! The walk through the trie for one topic.

use super::places::{PlaceId, Places};
use super::store::NONE;
use super::trie::{DEPTH, ROOT};
use crate::topic::TopicName;
use crate::topic::matching::split_level;

/// A search has visited as many nodes of a tree as it was allowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the search has visited as many nodes as it may")]
pub struct Exhausted;

/// Finds the places of all filters that match a topic. Depth first, the level
/// itself before `+`, so no more than one node a level waits.
#[derive(Clone, Debug)]
pub(super) struct Search<'t, 'n> {
    places: &'t Places,
    topic: TopicName<'n>,
    /// The place of the filter that is the topic itself.
    exact: Option<PlaceId>,
    /// Lists of places found: with a rest, and without.
    rest: u32,
    here: u32,
    /// The rest hangs where the trie ends: text decides.
    deep: bool,
    /// Nodes for `+` that wait, by depth; a bit of `waiting` for each.
    plus: [u32; DEPTH],
    waiting: u32,
    next: u32,
    depth: usize,
    levels: TopicLevels<'n>,
    visits: usize,
}

/// The levels of a topic as labels, read as far as the search goes.
#[derive(Clone, Debug)]
struct TopicLevels<'n> {
    labels: [u32; DEPTH],
    known: usize,
    rest: Option<&'n [u8]>,
}

impl<'t, 'n> Search<'t, 'n> {
    /// `visits` is how many nodes may be visited.
    #[inline]
    pub(super) fn new(places: &'t Places, topic: TopicName<'n>, visits: usize) -> Self {
        Self {
            places,
            topic,
            exact: places.find_exact(topic.as_bytes()),
            rest: NONE,
            here: NONE,
            deep: false,
            plus: [NONE; DEPTH],
            waiting: 0,
            next: if places.trie.is_empty() { NONE } else { ROOT },
            depth: 0,
            levels: TopicLevels {
                labels: [NONE; DEPTH],
                known: 0,
                rest: Some(topic.as_bytes()),
            },
            visits,
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
                let place = PlaceId::wild(self.here);
                self.here = self.places.next(self.here);
                return Ok(Some(place));
            }
            if self.rest != NONE {
                let place = PlaceId::wild(self.rest);
                self.rest = self.places.next(self.rest);
                if !self.deep || self.matches_deep(place)? {
                    return Ok(Some(place));
                }
                continue;
            }
            if self.next == NONE && !self.resume() {
                return Ok(None);
            }
            self.spend(1)?;
            self.visit();
        }
    }

    /// Takes what hangs at the next node, and finds the one after it.
    #[inline]
    fn visit(&mut self) {
        let trie = &self.places.trie;
        let links = *trie.links(self.next);
        let parent = self.next;
        self.next = NONE;
        // [MQTT-4.7.2-1] No wildcard in the first level matches a leading `$`.
        let wildcards = self.depth > 0 || !self.topic.is_reserved();
        if wildcards {
            self.rest = links.rest;
            self.deep = self.depth == DEPTH;
        }
        let Some(label) = self.levels.get(self.depth, |level| trie.label(level)) else {
            if self.levels.end_at(self.depth) {
                self.here = links.here;
            }
            return;
        };
        if wildcards && links.plus != NONE {
            if let Some(slot) = self.plus.get_mut(self.depth) {
                *slot = links.plus;
                self.waiting |= bit(self.depth);
            }
        }
        if links.children > 0 && label != NONE {
            self.next = trie.child(parent, label).unwrap_or(NONE);
            self.depth = self.depth.wrapping_add(1);
        }
    }

    /// Goes on with the deepest node that waits.
    #[inline]
    fn resume(&mut self) -> bool {
        let Some(depth) = self.waiting.checked_ilog2() else {
            return false;
        };
        self.waiting &= !(1 << depth);
        let depth = super::store::wide(depth);
        self.next = self.plus.get(depth).copied().unwrap_or(NONE);
        self.depth = depth.wrapping_add(1);
        true
    }

    #[cold]
    fn matches_deep(&mut self, place: PlaceId) -> Result<bool, Exhausted> {
        let filter = self.places.filter(place);
        self.spend(filter.as_bytes().len() / 16)?;
        Ok(filter.matches(self.topic))
    }

    #[inline]
    fn spend(&mut self, visits: usize) -> Result<(), Exhausted> {
        self.visits = self.visits.checked_sub(visits).ok_or(Exhausted)?;
        Ok(())
    }
}

impl TopicLevels<'_> {
    /// The label of a level, `NONE` when the trie has none. Nothing at all
    /// when the topic or the trie ends before it.
    #[inline]
    fn get(&mut self, depth: usize, find: impl Fn(&[u8]) -> Option<u32>) -> Option<u32> {
        if depth < self.known {
            return self.labels.get(depth).copied();
        }
        let slot = self.labels.get_mut(depth)?;
        let (level, rest) = split_level(self.rest?);
        self.rest = rest;
        self.known = self.known.wrapping_add(1);
        *slot = find(level).unwrap_or(NONE);
        Some(*slot)
    }

    /// True when the topic has as many levels as that.
    #[inline]
    fn end_at(&self, depth: usize) -> bool {
        self.rest.is_none() && self.known == depth
    }
}

#[inline]
fn bit(depth: usize) -> u32 {
    u32::try_from(depth).map_or(0, |depth| 1u32.wrapping_shl(depth))
}
