//! One place for each distinct filter, where its subscribers are listed.

use super::hash::Seed;
use super::store::{NONE, Slab};
use super::table::Tight;
use super::texts::{Span, Texts};
use super::trie::{DEPTH, ROOT, Trie};
use crate::topic::TopicFilter;
use crate::topic::matching::split_level;

/// Names a place. Odd for one in the trie, even for an exact one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlaceId(u32);

/// Filters that one topic alone matches are found by the hash of their text.
/// The others, and shared subscriptions, hang in a trie of their levels too.
#[derive(Clone)]
pub(super) struct Places {
    seed: Seed,
    texts: Texts,
    exact: Slab<Place>,
    wild: Slab<Wild>,
    exact_index: Tight,
    wild_index: Tight,
    pub(super) trie: Trie<Links>,
}

/// A filter and the head of the list of its subscribers.
#[derive(Clone, Copy)]
pub(super) struct Place {
    span: Span,
    /// Entry or crowd, as the mark says; `NONE` when vacant.
    pub(super) head: u32,
}

/// A place in the trie. Aligned, so that each is in one line of the cache.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Wild {
    place: Place,
    node: u32,
    /// Neighbours in the list of places that hang at the same hook.
    next: u32,
    before: u32,
    /// Where the filter within the share begins; 0 when not shared.
    inner: u16,
    rest: bool,
}

/// What hangs at a node of the trie.
#[derive(Clone, Copy)]
pub(super) struct Links {
    /// The child for `+`.
    pub(super) plus: u32,
    /// How many children have a label.
    children: u32,
    /// One of them, or `NONE`: most nodes have one alone.
    child: u32,
    /// Filters that end here.
    pub(super) here: u32,
    /// Filters that end here with `#`; at [`DEPTH`] those that go on, too.
    pub(super) rest: u32,
}

const BARE: Links = Links {
    plus: NONE,
    children: 0,
    child: NONE,
    here: NONE,
    rest: NONE,
};

impl Place {
    /// True when `head` is a crowd, false when it is an entry.
    #[inline]
    pub(super) fn is_crowded(&self) -> bool {
        self.span.mark != 0
    }

    pub(super) fn set_crowded(&mut self, crowded: bool) {
        self.span.mark = u8::from(crowded);
    }
}

impl PlaceId {
    pub(super) const NOWHERE: Self = Self(NONE);

    #[inline]
    fn exact(index: u32) -> Self {
        Self(index << 1)
    }

    #[inline]
    pub(super) fn wild(index: u32) -> Self {
        Self(index << 1 | 1)
    }

    #[inline]
    fn split(self) -> (u32, bool) {
        (self.0 >> 1, self.0 & 1 == 1)
    }

    pub(super) fn number(self) -> u32 {
        self.0
    }
}

impl Places {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            seed,
            texts: Texts::default(),
            exact: Slab::new(),
            wild: Slab::new(),
            exact_index: Tight::default(),
            wild_index: Tight::default(),
            trie: Trie::new(seed),
        }
    }

    #[inline]
    pub(super) fn get(&self, place: PlaceId) -> &Place {
        match place.split() {
            (index, false) => &self.exact[index],
            (index, true) => &self.wild[index].place,
        }
    }

    pub(super) fn get_mut(&mut self, place: PlaceId) -> &mut Place {
        match place.split() {
            (index, false) => &mut self.exact[index],
            (index, true) => &mut self.wild[index].place,
        }
    }

    /// The filter of a place. Without indexing, which may panic: so the
    /// compiler leaves it out where nobody looks at the filter.
    #[inline]
    pub(super) fn filter(&self, place: PlaceId) -> TopicFilter<'_> {
        let (span, inner) = match place.split() {
            (index, false) => (self.exact.item(index).map(|place| place.span), 0),
            (index, true) => match self.wild.item(index) {
                Some(wild) => (Some(wild.place.span), wild.inner.into()),
                None => (None, 0),
            },
        };
        TopicFilter::from_parts(self.texts.get(span.unwrap_or_default()), inner)
    }

    #[inline]
    pub(super) fn is_shared(&self, place: PlaceId) -> bool {
        match place.split() {
            (_, false) => false,
            (index, true) => self.wild[index].inner != 0,
        }
    }

    /// The place of the filter that is this text and nothing else.
    #[inline]
    pub(super) fn find_exact(&self, text: &[u8]) -> Option<PlaceId> {
        let is_it = |index: u32| self.texts.get(self.exact[index].span) == text;
        self.exact_index
            .find(self.seed.bytes(text), is_it)
            .map(PlaceId::exact)
    }

    /// The next place at the same hook.
    #[inline]
    pub(super) fn next(&self, wild: u32) -> u32 {
        self.wild[wild].next
    }

    /// The child of a node, which has these links, for a level.
    #[inline]
    pub(super) fn child(&self, parent: u32, links: &Links, label: u32) -> u32 {
        match *links {
            _ if label == NONE => NONE,
            Links { children: 0, .. } => NONE,
            Links {
                children: 1, child, ..
            } if child != NONE => {
                if self.trie.has_label(child, label) {
                    child
                } else {
                    NONE
                }
            }
            _ => self.trie.child(parent, label).unwrap_or(NONE),
        }
    }

    pub(super) fn find(&self, filter: TopicFilter<'_>) -> Option<PlaceId> {
        if is_exact(filter) {
            return self.find_exact(filter.as_bytes());
        }
        let hash = self.seed.bytes(filter.as_bytes());
        let is_it = |index| self.filter(PlaceId::wild(index)) == filter;
        self.wild_index.find(hash, is_it).map(PlaceId::wild)
    }

    /// Makes the place of a filter that has none, with `head` as its subscribers.
    pub(super) fn create(&mut self, filter: TopicFilter<'_>, head: u32) -> PlaceId {
        let hash = self.seed.bytes(filter.as_bytes());
        let place = Place {
            span: self.texts.push(filter.as_bytes()),
            head,
        };
        if is_exact(filter) {
            if !self.exact_index.has_room(self.exact.next()) {
                self.rebuild_exact();
            }
            let index = self.exact.insert(place);
            self.exact_index.insert(hash, index);
            return PlaceId::exact(index);
        }
        let inner = filter
            .as_bytes()
            .len()
            .saturating_sub(filter.pattern().len());
        let inner = u16::try_from(inner).unwrap_or(0);
        let (node, rest) = self.grow(filter.pattern());
        if !self.wild_index.has_room(self.wild.next()) {
            self.rebuild_wild();
        }
        let hook = hook(self.trie.links_mut(node), rest);
        let next = *hook;
        let index = self.wild.insert(Wild {
            place,
            node,
            next,
            before: NONE,
            inner,
            rest,
        });
        *hook = index;
        if next != NONE {
            self.wild[next].before = index;
        }
        self.wild_index.insert(hash, index);
        PlaceId::wild(index)
    }

    /// Deletes a place without subscribers.
    pub(super) fn delete(&mut self, place: PlaceId) {
        let span = self.get(place).span;
        let hash = self.seed.bytes(self.texts.get(span));
        let Self {
            seed,
            texts,
            exact,
            wild,
            exact_index,
            wild_index,
            ..
        } = self;
        match place.split() {
            (index, false) => {
                exact_index.remove(hash, index, |other| {
                    seed.bytes(texts.get(exact[other].span))
                });
                exact[index].head = NONE;
                exact.remove(index);
            }
            (index, true) => {
                wild_index.remove(hash, index, |other| {
                    seed.bytes(texts.get(wild[other].place.span))
                });
                self.unhook(index);
            }
        }
        self.texts.release(span);
        self.tidy();
    }

    /// True when most of what is held is gaps.
    pub(super) fn is_sparse(&self) -> bool {
        self.exact.is_sparse() || self.wild.is_sparse() || self.trie.is_sparse()
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        [
            self.texts.memory(),
            self.exact.memory(),
            self.wild.memory(),
            self.exact_index.memory(),
            self.wild_index.memory(),
            self.trie.memory(),
        ]
        .iter()
        .fold(0, |sum, part| sum.saturating_add(*part))
    }

    /// The node where a pattern ends, made if need be, and whether a rest follows.
    fn grow(&mut self, pattern: &[u8]) -> (u32, bool) {
        if self.trie.is_empty() {
            self.trie.add_unlabelled(NONE, BARE);
        }
        let (mut node, mut rest) = (ROOT, Some(pattern));
        for _ in 0..DEPTH {
            let Some(text) = rest else {
                return (node, false);
            };
            let (level, after) = split_level(text);
            node = match level {
                b"#" => return (node, true),
                b"+" => self.grow_plus(node),
                _ => self.grow_child(node, level),
            };
            rest = after;
        }
        (node, rest.is_some())
    }

    fn grow_plus(&mut self, parent: u32) -> u32 {
        let plus = self.trie.links(parent).plus;
        if plus != NONE {
            return plus;
        }
        let node = self.trie.add_unlabelled(parent, BARE);
        self.trie.links_mut(parent).plus = node;
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
        let node = self.trie.add_child(parent, level, BARE);
        let links = self.trie.links_mut(parent);
        links.children = links.children.saturating_add(1);
        links.child = node;
        node
    }

    fn unhook(&mut self, index: u32) {
        let Wild {
            node,
            next,
            before,
            rest,
            ..
        } = self.wild[index];
        match before {
            NONE => *hook(self.trie.links_mut(node), rest) = next,
            before => self.wild[before].next = next,
        }
        if next != NONE {
            self.wild[next].before = before;
        }
        self.wild[index].place.head = NONE;
        self.wild.remove(index);
        self.prune(node);
    }

    /// Removes a node at which nothing hangs, and those above it for which that was all.
    fn prune(&mut self, mut node: u32) {
        loop {
            let Links {
                plus,
                children,
                here,
                rest,
                ..
            } = *self.trie.links(node);
            if node == ROOT || children > 0 || (plus, here, rest) != (NONE, NONE, NONE) {
                return;
            }
            let parent = self.trie.parent(node);
            let links = self.trie.links_mut(parent);
            if links.plus == node {
                links.plus = NONE;
            } else {
                links.children = links.children.saturating_sub(1);
                if links.child == node {
                    links.child = NONE;
                }
            }
            self.trie.remove(node);
            node = parent;
        }
    }

    fn tidy(&mut self) {
        if self.texts.is_sparse() {
            let exact = self.exact.iter_mut();
            let wild = self.wild.iter_mut().map(|wild| &mut wild.place);
            let alive = exact.chain(wild).filter(|place| place.head != NONE);
            self.texts.compact(alive.map(|place| &mut place.span));
        }
        if self.exact_index.is_sparse() {
            self.rebuild_exact();
        }
        if self.wild_index.is_sparse() {
            self.rebuild_wild();
        }
    }

    fn rebuild_exact(&mut self) {
        let Self {
            seed,
            texts,
            exact,
            exact_index,
            ..
        } = self;
        let alive = exact.numbered().filter(|(_, place)| place.head != NONE);
        let hashes = alive.map(|(index, place)| (seed.bytes(texts.get(place.span)), index));
        exact_index.rebuild(exact.len().saturating_add(1), exact.highest(), hashes);
    }

    fn rebuild_wild(&mut self) {
        let Self {
            seed,
            texts,
            wild,
            wild_index,
            ..
        } = self;
        let alive = wild.numbered().filter(|(_, wild)| wild.place.head != NONE);
        let hashes = alive.map(|(index, wild)| (seed.bytes(texts.get(wild.place.span)), index));
        wild_index.rebuild(wild.len().saturating_add(1), wild.highest(), hashes);
    }
}

fn is_exact(filter: TopicFilter<'_>) -> bool {
    !filter.is_shared() && !filter.has_wildcards()
}

fn hook(links: &mut Links, rest: bool) -> &mut u32 {
    if rest {
        &mut links.rest
    } else {
        &mut links.here
    }
}
