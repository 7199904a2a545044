//! Subscriptions, listed by place and by key.

use alloc::vec::Vec;
use core::hash::Hash;
use core::mem;

use super::hash::Seed;
use super::places::{PlaceId, Places};
use super::store::{Dense, NONE, push, shrink, wide};
use super::table::Tight;
use crate::topic::TopicFilter;

#[cfg(test)]
mod tests;

/// A place with more subscribers than this has a crowd, until they are a
/// quarter as many: short lists are walked, crowds are indexed.
const FEW: usize = 16;

/// Marks the first entry of a key; the other bits are how many there are.
const FIRST: u32 = 1 << 31;

#[derive(Clone)]
pub(super) struct Lists<K, V> {
    pub(super) seed: Seed,
    pub(super) entries: Dense<Entry<K, V>>,
    /// Entries by key and number: those of one key are numbered from 0.
    by_key: Tight,
    pub(super) places: Places,
    crowds: Dense<Crowd>,
    /// Entries of crowds by place and key.
    in_crowd: Tight,
}

/// One subscription.
#[derive(Clone)]
pub(super) struct Entry<K, V> {
    pub(super) key: K,
    pub(super) value: V,
    pub(super) place: PlaceId,
    /// The next entry of the place; in a crowd, the position there.
    pub(super) link: u32,
    number: u32,
}

#[derive(Clone)]
struct Crowd {
    place: PlaceId,
    members: Vec<u32>,
}

impl<K, V> Entry<K, V> {
    fn number(&self) -> u32 {
        if self.number & FIRST == 0 {
            self.number
        } else {
            0
        }
    }
}

impl<K, V> Lists<K, V> {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            seed,
            entries: Dense::new(),
            by_key: Tight::default(),
            places: Places::new(seed),
            crowds: Dense::new(),
            in_crowd: Tight::default(),
        }
    }

    /// The entries of a place: those of a crowd, and the first of a list.
    #[inline]
    pub(super) fn members(&self, place: PlaceId) -> (&[u32], u32) {
        let place = self.places.get(place);
        match place.is_crowded() {
            true => (&self.crowds[place.head].members, NONE),
            false => (&[], place.head),
        }
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        let crowds = self.crowds.iter().fold(self.crowds.memory(), |sum, crowd| {
            sum.saturating_add(crowd.members.capacity().saturating_mul(size_of::<u32>()))
        });
        [
            self.entries.memory(),
            self.by_key.memory(),
            self.places.memory(),
            self.in_crowd.memory(),
        ]
        .iter()
        .fold(crowds, |sum, part| sum.saturating_add(*part))
    }
}

impl<K: Eq + Hash, V> Lists<K, V> {
    /// The entry of a key at a place.
    pub(super) fn find(&self, place: PlaceId, key: &K) -> Option<u32> {
        let Some(crowd) = self.crowd(place) else {
            let mut entry = self.places.get(place).head;
            while entry != NONE && self.entries[entry].key != *key {
                entry = self.entries[entry].link;
            }
            return (entry != NONE).then_some(entry);
        };
        self.in_crowd
            .find(self.crowd_hash(self.crowds[crowd].place, key), |entry| {
                self.entries[entry].place == place && self.entries[entry].key == *key
            })
    }

    /// The entry of a key with a number.
    pub(super) fn of_key(&self, key: &K, number: u32) -> Option<u32> {
        self.by_key
            .find(self.seed.numbered(self.seed.key(key), number), |entry| {
                let entry = &self.entries[entry];
                entry.number() == number && entry.key == *key
            })
    }

    /// Adds a subscription that is not there, at the place of the filter if it has one.
    pub(super) fn add(
        &mut self,
        place: Option<PlaceId>,
        filter: TopicFilter<'_>,
        key: K,
        value: V,
    ) {
        let entry = self.entries.next();
        let place = place.unwrap_or_else(|| self.places.create(filter, NONE));
        self.entries.push(Entry {
            key,
            value,
            place,
            link: NONE,
            number: 0,
        });
        self.join_place(entry);
        self.join_key(entry);
    }

    /// Removes an entry, and its place when it was the last there.
    pub(super) fn take(&mut self, entry: u32) -> Entry<K, V> {
        let place = self.entries[entry].place;
        self.leave_place(entry);
        self.leave_key(entry);
        let last = self.entries.next().wrapping_sub(1);
        if last != entry {
            self.rename(last, entry);
        }
        let taken = self.entries.swap_remove(entry);
        if !self.places.get(place).is_crowded() && self.places.get(place).head == NONE {
            self.places.delete(place);
        }
        taken
    }

    /// Builds everything anew when most of it is gaps.
    pub(super) fn tidy(&mut self) {
        if self.by_key.is_sparse() {
            self.rebuild_by_key();
        }
        if self.in_crowd.is_sparse() {
            self.rebuild_in_crowd();
        }
        if self.entries.len() == 0 || self.places.is_sparse() {
            let old = mem::replace(self, Self::new(self.seed));
            let Self {
                entries, places, ..
            } = old;
            for Entry {
                key, value, place, ..
            } in entries.into_iter()
            {
                let filter = places.filter(place);
                self.add(self.places.find(filter), filter, key, value);
            }
        }
    }

    fn join_place(&mut self, entry: u32) {
        let place = self.entries[entry].place;
        if let Some(crowd) = self.crowd(place) {
            return self.join_crowd(crowd, entry);
        }
        let place = self.places.get_mut(place);
        let next = mem::replace(&mut place.head, entry);
        self.entries[entry].link = next;
        let mut count = 1usize;
        let mut other = next;
        while other != NONE {
            other = self.entries[other].link;
            count = count.wrapping_add(1);
        }
        if count > FEW {
            self.gather(self.entries[entry].place);
        }
    }

    fn leave_place(&mut self, entry: u32) {
        let Entry { place, link, .. } = self.entries[entry];
        if let Some(crowd) = self.crowd(place) {
            return self.leave_crowd(crowd, entry);
        }
        self.relink(place, entry, link);
    }

    /// What pointed to `entry` in a list points to `new` instead.
    fn relink(&mut self, place: PlaceId, entry: u32, new: u32) {
        let place = self.places.get_mut(place);
        if place.head == entry {
            place.head = new;
            return;
        }
        let mut before = place.head;
        while before != NONE {
            let link = &mut self.entries[before].link;
            if *link == entry {
                *link = new;
                return;
            }
            before = *link;
        }
    }

    fn join_key(&mut self, entry: u32) {
        if !self.by_key.has_room(entry) {
            self.rebuild_by_key_but(entry);
        }
        let hash = self.seed.key(&self.entries[entry].key);
        let mut number = 0;
        match self.of_key(&self.entries[entry].key, 0) {
            Some(first) => {
                let count = &mut self.entries[first].number;
                number = *count & !FIRST;
                *count = count.wrapping_add(1);
                self.entries[entry].number = number;
            }
            None => self.entries[entry].number = FIRST | 1,
        }
        self.by_key.insert(self.seed.numbered(hash, number), entry);
    }

    /// The last entry of the key takes the number of the one that leaves.
    fn leave_key(&mut self, entry: u32) {
        let key = &self.entries[entry].key;
        let Some(first) = self.of_key(key, 0) else {
            return;
        };
        let count = self.entries[first].number & !FIRST;
        let highest = count.wrapping_sub(1);
        let Some(last) = self.of_key(key, highest) else {
            return;
        };
        let hash = self.seed.key(key);
        let Self {
            seed,
            entries,
            by_key,
            ..
        } = self;
        by_key.remove(seed.numbered(hash, highest), last, |other| {
            seed.numbered(seed.key(&entries[other].key), entries[other].number())
        });
        entries[first].number = FIRST | highest;
        if last != entry {
            let number = entries[entry].number();
            by_key.replace(seed.numbered(hash, number), entry, last);
            entries[last].number = entries[entry].number;
        }
    }

    /// Entry `old` is about to become `new`.
    fn rename(&mut self, old: u32, new: u32) {
        let Entry {
            ref key,
            place,
            link,
            ..
        } = self.entries[old];
        let hash = self
            .seed
            .numbered(self.seed.key(key), self.entries[old].number());
        self.by_key.replace(hash, old, new);
        match self.crowd(place) {
            Some(crowd) => {
                self.in_crowd
                    .replace(self.crowd_hash(place, &self.entries[old].key), old, new);
                if let Some(member) = self.crowds[crowd].members.get_mut(wide(link)) {
                    *member = new;
                }
            }
            None => self.relink(place, old, new),
        }
    }

    fn crowd(&self, place: PlaceId) -> Option<u32> {
        let place = self.places.get(place);
        place.is_crowded().then_some(place.head)
    }

    fn crowd_hash(&self, place: PlaceId, key: &K) -> u64 {
        self.seed.numbered(self.seed.key(key), place.number())
    }

    /// A list becomes a crowd.
    fn gather(&mut self, place: PlaceId) {
        let crowd = self.crowds.push(Crowd {
            place,
            members: Vec::new(),
        });
        let place = self.places.get_mut(place);
        let mut entry = mem::replace(&mut place.head, crowd);
        place.set_crowded(true);
        while entry != NONE {
            let next = self.entries[entry].link;
            self.join_crowd(crowd, entry);
            entry = next;
        }
    }

    fn join_crowd(&mut self, crowd: u32, entry: u32) {
        if !self.in_crowd.has_room(entry) {
            self.rebuild_in_crowd();
        }
        self.entries[entry].link = push(&mut self.crowds[crowd].members, entry);
        let hash = self.crowd_hash(self.entries[entry].place, &self.entries[entry].key);
        self.in_crowd.insert(hash, entry);
    }

    fn leave_crowd(&mut self, crowd: u32, entry: u32) {
        self.forget_in_crowd(entry);
        let at = self.entries[entry].link;
        let members = &mut self.crowds[crowd].members;
        members.swap_remove(wide(at));
        shrink(members);
        if let Some(moved) = members.get(wide(at)) {
            self.entries[*moved].link = at;
        }
        if members.len() <= FEW / 4 {
            self.scatter(crowd);
        }
    }

    /// A crowd becomes a list.
    fn scatter(&mut self, crowd: u32) {
        let Crowd { place, members } = self.crowds.swap_remove(crowd);
        if crowd < self.crowds.next() {
            let moved = self.crowds[crowd].place;
            self.places.get_mut(moved).head = crowd;
        }
        let mut head = NONE;
        for entry in members {
            self.forget_in_crowd(entry);
            self.entries[entry].link = mem::replace(&mut head, entry);
        }
        let place = self.places.get_mut(place);
        place.head = head;
        place.set_crowded(false);
    }

    fn forget_in_crowd(&mut self, entry: u32) {
        let Entry { ref key, place, .. } = self.entries[entry];
        let hash = self.crowd_hash(place, key);
        let Self {
            seed,
            entries,
            in_crowd,
            ..
        } = self;
        in_crowd.remove(hash, entry, |other| {
            let Entry { key, place, .. } = &entries[other];
            seed.numbered(seed.key(key), place.number())
        });
    }

    fn rebuild_by_key(&mut self) {
        self.rebuild_by_key_but(NONE);
    }

    /// Leaves out the entry that is about to be inserted.
    fn rebuild_by_key_but(&mut self, new: u32) {
        let Self {
            seed,
            entries,
            by_key,
            ..
        } = self;
        let old = entries.numbered().filter(|(index, _)| *index != new);
        let hashes =
            old.map(|(index, entry)| (seed.numbered(seed.key(&entry.key), entry.number()), index));
        by_key.rebuild(entries.len(), entries.next(), hashes);
    }

    fn rebuild_in_crowd(&mut self) {
        let Self {
            seed,
            entries,
            in_crowd,
            crowds,
            ..
        } = self;
        let count = crowds
            .iter()
            .fold(1usize, |sum, crowd| sum.saturating_add(crowd.members.len()));
        let members = crowds.iter().flat_map(|crowd| &crowd.members);
        let hashes = members.map(|&index| {
            let Entry { key, place, .. } = &entries[index];
            (seed.numbered(seed.key(key), place.number()), index)
        });
        in_crowd.rebuild(count, entries.next(), hashes);
    }
}
