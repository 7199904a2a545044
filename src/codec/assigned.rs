//! The Topic Aliases that an encoder assigns by itself (MQTT 5, 3.3.2.3.4).

use alloc::vec::Vec;
use core::{fmt, mem, num::NonZeroU16};

use crate::topic::Seed;

/// Bytes that an alias adds to a packet: the property's identifier and value.
const COST: usize = 3;

type Link = Option<NonZeroU16>;

/// Which topic the peer takes each alias for.
///
/// A slot for each alias up to the highest one in use. A slot with a topic is
/// in the chain of its bucket, where it is found, and in `known`, which is
/// ordered by use; one without is in `spare`, unless the caller has claimed it.
#[derive(Clone)]
pub(super) struct Assigned {
    /// Bytes that the topics may take together.
    limit: usize,
    /// What they take; a buffer counts as large as it is.
    bytes: usize,
    seed: Seed,
    /// By alias less one.
    slots: Vec<Slot>,
    /// A power of two of them, or none yet: where chains begin.
    buckets: Vec<Link>,
    known: List,
    spare: List,
    /// The aliases that the caller has set, a bit for each.
    claimed: Vec<u64>,
}

#[derive(Clone, Default)]
struct Slot {
    topic: Vec<u8>,
    hash: u64,
    /// The next one of the bucket.
    chain: Link,
    older: Link,
    newer: Link,
}

#[derive(Clone, Copy, Default)]
struct List {
    oldest: Link,
    newest: Link,
}

/// What a packet does to the table, once it is written whole.
#[derive(Clone, Copy)]
pub(super) enum Change {
    Nothing,
    /// Its topic was left out, for the alias stands for it.
    Used(NonZeroU16),
    /// It gives its topic this alias.
    Mapped(NonZeroU16, u64),
    /// The caller gives its topic this alias.
    Claimed(NonZeroU16),
}

impl Assigned {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: 0,
            seed: Seed::random(),
            slots: Vec::new(),
            buckets: Vec::new(),
            known: List::default(),
            spare: List::default(),
            claimed: Vec::new(),
        }
    }

    /// For a new connection, whose peer knows no alias.
    pub(super) fn forget(&mut self) {
        // [5.0/MQTT-3.3.2-7] No mapping outlives its connection.
        *self = Self::new(self.limit);
    }

    /// How a packet about `topic` is to be written, below the peer's `maximum`.
    pub(super) fn propose(&self, topic: &[u8], maximum: u16) -> Change {
        if topic.len() <= COST || topic.len() > self.limit {
            return Change::Nothing;
        }
        let hash = self.seed.bytes(topic);
        match self.find(topic, hash) {
            Some(alias) => Change::Used(alias),
            None => self
                .next_alias(maximum)
                .map_or(Change::Nothing, |alias| Change::Mapped(alias, hash)),
        }
    }

    /// True when the caller has set this alias.
    pub(super) fn is_claimed(&self, alias: NonZeroU16) -> bool {
        let (word, bit) = place(alias);
        self.claimed.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Takes note of a packet that was written, and of its topic.
    pub(super) fn apply(&mut self, change: Change, topic: &[u8]) {
        match change {
            Change::Nothing => {}
            Change::Used(alias) => {
                self.known.remove(&mut self.slots, alias);
                self.known.push_newest(&mut self.slots, alias);
            }
            Change::Mapped(alias, hash) => self.map(alias, hash, topic),
            Change::Claimed(alias) => self.claim(alias),
        }
    }

    fn find(&self, topic: &[u8], hash: u64) -> Link {
        let mut link = self.buckets.get(self.bucket(hash)).copied().flatten();
        while let Some(alias) = link {
            let slot = self.slots.get(index(alias))?;
            if slot.hash == hash && slot.topic == topic {
                return link;
            }
            link = slot.chain;
        }
        None
    }

    /// The alias that the next new topic gets: a spare one, a fresh one, the
    /// least recently used one.
    fn next_alias(&self, maximum: u16) -> Link {
        self.spare
            .oldest
            .or_else(|| self.fresh_alias(maximum))
            .or(self.known.oldest)
    }

    /// The first one above all slots; those that the caller claimed are slots by then.
    fn fresh_alias(&self, maximum: u16) -> Link {
        let alias = u16::try_from(self.slots.len()).ok()?.checked_add(1)?;
        NonZeroU16::new(alias).filter(|alias| alias.get() <= maximum)
    }

    fn map(&mut self, alias: NonZeroU16, hash: u64, topic: &[u8]) {
        if self.slots.len() < usize::from(alias.get()) {
            self.add_slot();
        } else if self.spare.oldest == Some(alias) {
            self.spare.remove(&mut self.slots, alias);
        } else {
            self.unmap(alias);
        }
        self.store(alias, topic);
        let bucket = self.bucket(hash);
        if let (Some(slot), Some(first)) = (
            self.slots.get_mut(index(alias)),
            self.buckets.get_mut(bucket),
        ) {
            slot.hash = hash;
            slot.chain = first.replace(alias);
        }
        self.known.push_newest(&mut self.slots, alias);
        self.add_claimed_slots();
    }

    /// Keeps the topic, at the cost of those that were not used for longest.
    fn store(&mut self, alias: NonZeroU16, topic: &[u8]) {
        let slot = self.slots.get_mut(index(alias));
        let mut buffer = slot
            .map(|slot| mem::take(&mut slot.topic))
            .unwrap_or_default();
        buffer.clear();
        self.bytes = self.bytes.saturating_sub(buffer.capacity());
        // A buffer far too large is better given back.
        if buffer.capacity() > topic.len().saturating_mul(4) {
            buffer = Vec::new();
        }
        buffer.reserve_exact(topic.len());
        buffer.extend_from_slice(topic);
        self.bytes = self.bytes.saturating_add(buffer.capacity());
        while self.bytes > self.limit {
            let Some(oldest) = self.known.oldest else {
                break;
            };
            self.unmap(oldest);
            self.empty(oldest);
            self.spare.push_newest(&mut self.slots, oldest);
        }
        if let Some(slot) = self.slots.get_mut(index(alias)) {
            slot.topic = buffer;
        }
    }

    /// Makes an alias the caller's: it is never assigned again.
    fn claim(&mut self, alias: NonZeroU16) {
        if self.is_claimed(alias) {
            return;
        }
        let (word, bit) = place(alias);
        if self.claimed.len() <= word {
            self.claimed.resize(word.saturating_add(1), 0);
        }
        if let Some(word) = self.claimed.get_mut(word) {
            *word |= bit;
        }
        match self.slots.get(index(alias)) {
            None => self.add_claimed_slots(),
            Some(slot) if slot.topic.is_empty() => self.spare.remove(&mut self.slots, alias),
            Some(_) => {
                self.unmap(alias);
                self.empty(alias);
            }
        }
    }

    /// Keeps the alias above all slots one that the caller has not claimed.
    fn add_claimed_slots(&mut self) {
        while let Some(alias) = self.fresh_alias(u16::MAX) {
            if !self.is_claimed(alias) {
                break;
            }
            self.add_slot();
        }
    }

    fn add_slot(&mut self) {
        self.slots.push(Slot::default());
        if self.slots.len() > self.buckets.len() {
            self.rehash();
        }
    }

    fn rehash(&mut self) {
        let len = self.slots.len().max(16).next_power_of_two();
        self.buckets.clear();
        self.buckets.resize(len, None);
        let mut link = self.known.oldest;
        while let Some(alias) = link {
            let hash = self.slots.get(index(alias)).map_or(0, |slot| slot.hash);
            let bucket = self.bucket(hash);
            let Some(slot) = self.slots.get_mut(index(alias)) else {
                break;
            };
            if let Some(first) = self.buckets.get_mut(bucket) {
                slot.chain = first.replace(alias);
            }
            link = slot.newer;
        }
    }

    /// Takes an alias out of `known` and out of its chain; its buffer stays.
    fn unmap(&mut self, alias: NonZeroU16) {
        self.known.remove(&mut self.slots, alias);
        let Some(slot) = self.slots.get_mut(index(alias)) else {
            return;
        };
        let (hash, after) = (slot.hash, slot.chain.take());
        let bucket = self.bucket(hash);
        let Some(first) = self.buckets.get_mut(bucket) else {
            return;
        };
        if *first == Some(alias) {
            *first = after;
            return;
        }
        let mut link = *first;
        while let Some(slot) = link.and_then(|alias| self.slots.get_mut(index(alias))) {
            if slot.chain == Some(alias) {
                slot.chain = after;
                return;
            }
            link = slot.chain;
        }
    }

    fn empty(&mut self, alias: NonZeroU16) {
        if let Some(slot) = self.slots.get_mut(index(alias)) {
            let buffer = mem::take(&mut slot.topic);
            self.bytes = self.bytes.saturating_sub(buffer.capacity());
        }
    }

    fn bucket(&self, hash: u64) -> usize {
        let [a, b, c, d, ..] = hash.to_le_bytes();
        let hash = crate::wire::to_usize(u32::from_le_bytes([a, b, c, d]));
        hash & self.buckets.len().saturating_sub(1)
    }
}

impl List {
    fn push_newest(&mut self, slots: &mut [Slot], alias: NonZeroU16) {
        let older = self.newest.replace(alias);
        if let Some(slot) = slots.get_mut(index(alias)) {
            (slot.older, slot.newer) = (older, None);
        }
        match older.and_then(|older| slots.get_mut(index(older))) {
            Some(older) => older.newer = Some(alias),
            None => self.oldest = Some(alias),
        }
    }

    /// Takes out an alias that is in this list.
    fn remove(&mut self, slots: &mut [Slot], alias: NonZeroU16) {
        let Some(slot) = slots.get_mut(index(alias)) else {
            return;
        };
        let (older, newer) = (slot.older.take(), slot.newer.take());
        match older.and_then(|older| slots.get_mut(index(older))) {
            Some(older) => older.newer = newer,
            None => self.oldest = newer,
        }
        match newer.and_then(|newer| slots.get_mut(index(newer))) {
            Some(newer) => newer.older = older,
            None => self.newest = older,
        }
    }
}

fn index(alias: NonZeroU16) -> usize {
    usize::from(alias.get()).saturating_sub(1)
}

/// The word of an alias among the claimed ones, and its bit in there.
fn place(alias: NonZeroU16) -> (usize, u64) {
    let index = index(alias);
    (index / 64, 1 << (index % 64))
}

/// Topics and the seed of their hashes are nobody else's affair.
impl fmt::Debug for Assigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assigned")
            .field("limit", &self.limit)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
