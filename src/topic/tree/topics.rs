use core::mem;

use super::hash::Seed;
use super::matching::{Matching, MatchingWithin};
use super::store::{Dense, NONE};
use super::table::Tight;
use super::texts::{Span, Texts};
use super::trie::{DEPTH, ROOT, Trie};
use crate::topic::matching::split_level;
use crate::topic::{TopicFilter, TopicName};

/// A value for each of many topics, found by filter: retained messages.
///
/// Finding takes no memory and no recursion. A filter without wildcards costs
/// one look-up; a filter with wildcards may reach every topic there is, so
/// [`matching_within`](Self::matching_within) sets a limit to the nodes it visits.
/// Hashes are seeded, as those of [`SubscriptionTree`](crate::SubscriptionTree)
/// are, and the tree gives back memory as it shrinks.
///
/// ```
/// use puremqtt::{TopicFilter, TopicName, TopicTree};
///
/// let mut retained = TopicTree::new();
/// retained.insert(TopicName::literal("area/10/temperature"), "21.5");
/// retained.insert(TopicName::literal("area/11/temperature"), "19.0");
/// retained.insert(TopicName::literal("$SYS/uptime"), "7");
///
/// let found = retained.matching(TopicFilter::literal("area/+/temperature"));
/// assert_eq!(found.count(), 2);
/// assert_eq!(retained.matching(TopicFilter::literal("#")).count(), 2);
/// assert_eq!(retained.remove(TopicName::literal("$SYS/uptime")), Some("7"));
/// ```
///
/// # Panics
/// `insert` panics when there are 2^31 topics or nodes already.
#[doc(alias = "retained")]
#[derive(Clone)]
pub struct TopicTree<V> {
    seed: Seed,
    pub(super) stored: Dense<Stored<V>>,
    /// Topics by text.
    index: Tight,
    texts: Texts,
    pub(super) trie: Trie<Kin>,
}

#[derive(Clone)]
pub(super) struct Stored<V> {
    pub(super) value: V,
    span: Span,
    node: u32,
    /// Neighbours at the same node. Only at [`DEPTH`] there are any.
    pub(super) next: u32,
    before: u32,
}

/// What hangs at a node of the trie.
#[derive(Clone, Copy)]
pub(super) struct Kin {
    pub(super) first_child: u32,
    /// Siblings.
    pub(super) next: u32,
    before: u32,
    /// Topics that end here; at [`DEPTH`] those that go on, too.
    pub(super) here: u32,
}

const ALONE: Kin = Kin {
    first_child: NONE,
    next: NONE,
    before: NONE,
    here: NONE,
};

impl<V> TopicTree<V> {
    /// A tree without topics, which holds no memory yet.
    pub fn new() -> Self {
        Self::seeded(Seed::random())
    }

    /// A tree whose hashes depend on `seed`, which nobody else is to know.
    pub fn with_seed(seed: u64) -> Self {
        Self::seeded(Seed::new(seed))
    }

    /// Sets the value of a topic, and gives back the one it had.
    pub fn insert(&mut self, topic: TopicName<'_>, value: V) -> Option<V> {
        match self.find(topic) {
            Some(index) => Some(mem::replace(&mut self.stored[index].value, value)),
            None => {
                self.add(topic, value);
                None
            }
        }
    }

    /// Removes a topic, and gives back its value.
    pub fn remove(&mut self, topic: TopicName<'_>) -> Option<V> {
        let value = self.take(self.find(topic)?);
        self.tidy();
        Some(value)
    }

    /// Removes the topics for which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(TopicName<'_>, &mut V) -> bool) {
        let mut index = self.stored.next();
        // Backwards, since the last one moves into the place of one removed.
        while let Some(at) = index.checked_sub(1) {
            index = at;
            let Stored {
                span,
                ref mut value,
                ..
            } = self.stored[at];
            if !keep(TopicName::from_checked(self.texts.get(span)), value) {
                self.take(at);
            }
        }
        self.tidy();
    }

    /// The value of a topic.
    pub fn get(&self, topic: TopicName<'_>) -> Option<&V> {
        Some(&self.stored[self.find(topic)?].value)
    }

    /// The value of a topic, to change it.
    pub fn get_mut(&mut self, topic: TopicName<'_>) -> Option<&mut V> {
        let index = self.find(topic)?;
        Some(&mut self.stored[index].value)
    }

    /// All topics that the filter matches, in no particular order. A shared
    /// subscription is sent no retained messages: do not ask for one.
    pub fn matching<'t, 'f>(&'t self, filter: TopicFilter<'f>) -> Matching<'t, 'f, V> {
        Matching::new(self, filter)
    }

    /// The same, visiting at most `nodes` nodes of the tree. When that is not
    /// enough the last item is an error, and some topics are missing.
    pub fn matching_within<'t, 'f>(
        &'t self,
        filter: TopicFilter<'f>,
        nodes: usize,
    ) -> MatchingWithin<'t, 'f, V> {
        MatchingWithin::new(self, filter, nodes)
    }

    /// All topics with their values, in no particular order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (TopicName<'_>, &V)> {
        self.stored
            .iter()
            .map(|stored| (self.name(stored), &stored.value))
    }

    /// The number of topics.
    pub fn len(&self) -> usize {
        self.stored.len()
    }

    /// True when there is no topic.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held, to the byte: what was asked of the allocator, and the tree
    /// itself. What values own is not counted.
    pub fn memory(&self) -> usize {
        [
            self.stored.memory(),
            self.index.memory(),
            self.texts.memory(),
            self.trie.memory(),
        ]
        .iter()
        .fold(size_of::<Self>(), |sum, part| sum.saturating_add(*part))
    }

    /// Removes all topics, and gives back all memory.
    pub fn clear(&mut self) {
        *self = Self::seeded(self.seed);
    }

    pub(super) fn find(&self, topic: TopicName<'_>) -> Option<u32> {
        let text = topic.as_bytes();
        let is_it = |index| self.texts.get(self.stored[index].span) == text;
        self.index.find(self.seed.bytes(text), is_it)
    }

    pub(super) fn name(&self, stored: &Stored<V>) -> TopicName<'_> {
        TopicName::from_checked(self.texts.get(stored.span))
    }

    fn seeded(seed: Seed) -> Self {
        Self {
            seed,
            stored: Dense::new(),
            index: Tight::default(),
            texts: Texts::default(),
            trie: Trie::new(seed),
        }
    }

    fn add(&mut self, topic: TopicName<'_>, value: V) {
        if !self.index.has_room(self.stored.next()) {
            self.rebuild_index();
        }
        let node = self.grow(topic.as_bytes());
        let span = self.texts.push(topic.as_bytes());
        let next = self.trie.links(node).here;
        let index = self.stored.push(Stored {
            value,
            span,
            node,
            next,
            before: NONE,
        });
        self.trie.links_mut(node).here = index;
        if next != NONE {
            self.stored[next].before = index;
        }
        self.index.insert(self.seed.bytes(topic.as_bytes()), index);
    }

    fn take(&mut self, index: u32) -> V {
        let Stored {
            span,
            node,
            next,
            before,
            ..
        } = self.stored[index];
        let Self {
            seed,
            texts,
            stored,
            index: table,
            ..
        } = self;
        table.remove(seed.bytes(texts.get(span)), index, |other| {
            seed.bytes(texts.get(stored[other].span))
        });
        self.texts.release(span);
        self.repoint(node, before, next);
        if next != NONE {
            self.stored[next].before = before;
        }
        let last = self.stored.next().wrapping_sub(1);
        if last != index {
            self.rename(last, index);
        }
        let value = self.stored.swap_remove(index).value;
        self.prune(node);
        value
    }

    /// Topic `old` is about to become `new`.
    fn rename(&mut self, old: u32, new: u32) {
        let Stored {
            span,
            node,
            next,
            before,
            ..
        } = self.stored[old];
        self.index
            .replace(self.seed.bytes(self.texts.get(span)), old, new);
        self.repoint(node, before, new);
        if next != NONE {
            self.stored[next].before = new;
        }
    }

    /// The topic after `before` at a node is `next`.
    fn repoint(&mut self, node: u32, before: u32, next: u32) {
        match before {
            NONE => self.trie.links_mut(node).here = next,
            before => self.stored[before].next = next,
        }
    }

    fn tidy(&mut self) {
        if self.stored.len() == 0 || self.trie.is_sparse() {
            let old = mem::replace(self, Self::seeded(self.seed));
            for Stored { value, span, .. } in old.stored.into_iter() {
                self.add(TopicName::from_checked(old.texts.get(span)), value);
            }
        }
        if self.texts.is_sparse() {
            self.texts
                .compact(self.stored.iter_mut().map(|stored| &mut stored.span));
        }
        if self.index.is_sparse() {
            self.rebuild_index();
        }
    }

    fn rebuild_index(&mut self) {
        let Self {
            seed,
            stored,
            index,
            texts,
            ..
        } = self;
        let hashes = stored
            .numbered()
            .map(|(at, one)| (seed.bytes(texts.get(one.span)), at));
        index.rebuild(stored.len().saturating_add(1), stored.next(), hashes);
    }

    /// The node where a topic ends, made if need be.
    fn grow(&mut self, topic: &[u8]) -> u32 {
        if self.trie.is_empty() {
            self.trie.add_unlabelled(NONE, ALONE);
        }
        let (mut node, mut rest) = (ROOT, Some(topic));
        for _ in 0..DEPTH {
            let Some(text) = rest else { return node };
            let (level, after) = split_level(text);
            node = self.grow_child(node, level);
            rest = after;
        }
        node
    }

    fn grow_child(&mut self, parent: u32, level: &[u8]) -> u32 {
        if let Some(node) = self
            .trie
            .label(level)
            .and_then(|label| self.trie.child(parent, label))
        {
            return node;
        }
        let next = self.trie.links(parent).first_child;
        let node = self.trie.add_child(parent, level, Kin { next, ..ALONE });
        self.trie.links_mut(parent).first_child = node;
        if next != NONE {
            self.trie.links_mut(next).before = node;
        }
        node
    }

    /// Removes a node at which nothing hangs, and those above it for which that was all.
    fn prune(&mut self, mut node: u32) {
        loop {
            let Kin {
                first_child,
                next,
                before,
                here,
            } = *self.trie.links(node);
            if node == ROOT || (first_child, here) != (NONE, NONE) {
                return;
            }
            let parent = self.trie.parent(node);
            match before {
                NONE => self.trie.links_mut(parent).first_child = next,
                before => self.trie.links_mut(before).next = next,
            }
            if next != NONE {
                self.trie.links_mut(next).before = before;
            }
            self.trie.remove(node);
            node = parent;
        }
    }
}

impl<V> Default for TopicTree<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: core::fmt::Debug> core::fmt::Debug for TopicTree<V> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_that_is_given_is_the_one_in_use() {
        let tree = TopicTree::<()>::with_seed(7);
        assert_eq!(tree.seed.bytes(b"a"), Seed::new(7).bytes(b"a"));
    }

    #[cfg(feature = "std")]
    #[test]
    fn no_two_trees_have_the_same_seed_by_themselves() {
        let hash = |tree: &TopicTree<()>| tree.seed.bytes(b"a");
        assert_ne!(hash(&TopicTree::<()>::new()), hash(&TopicTree::<()>::new()));
    }
}
