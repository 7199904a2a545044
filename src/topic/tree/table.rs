//! A hash table of indexes into somebody else's storage: four bytes a slot.

use alloc::vec::Vec;

/// For what is large: little memory.
pub(super) type Tight = Table<6>;

/// For what is asked often: few steps.
pub(super) type Roomy = Table<4>;

/// Open addressing, linear probing, deletion by shifting back. A slot is 0 when
/// empty; otherwise its low bits are an index plus one, and the bits the table
/// has no index for are bits of the hash, so that a wrong candidate is seldom
/// looked at. The size is not a power of two: it grows by a third when `EIGHTHS`
/// eighths are in use.
#[derive(Clone, Default)]
pub(super) struct Table<const EIGHTHS: usize> {
    slots: Vec<u32>,
    used: usize,
    /// Ones where a slot has its index.
    index_mask: u32,
}

impl<const EIGHTHS: usize> Table<EIGHTHS> {
    /// The index with this hash that `is_it`.
    #[inline]
    pub(super) fn find(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let tag = low(hash) & !self.index_mask;
        let mut at = self.home(hash);
        loop {
            let Some(&slot) = self.slots.get(at) else {
                if self.slots.is_empty() {
                    return None;
                }
                at = 0;
                continue;
            };
            if slot == 0 {
                return None;
            }
            if slot & !self.index_mask == tag {
                let index = self.index(slot);
                if is_it(index) {
                    return Some(index);
                }
            }
            at = at.wrapping_add(1);
        }
    }

    /// False when the table must be rebuilt before `index` is inserted.
    #[inline]
    pub(super) fn has_room(&self, index: u32) -> bool {
        let full = (self.slots.len() / 8).wrapping_mul(EIGHTHS);
        self.used < full && index < self.index_mask
    }

    /// True when the table has become far too large.
    #[inline]
    pub(super) fn is_sparse(&self) -> bool {
        self.slots.len() > 64 && self.used < self.slots.len() / 4
    }

    /// Makes room for `count` and all indexes up to `highest`, and begins anew
    /// with `items`, which are hashes and indexes.
    pub(super) fn rebuild(
        &mut self,
        count: usize,
        highest: u32,
        items: impl Iterator<Item = (u64, u32)>,
    ) {
        let grown = count.saturating_add(count / 3).saturating_add(8);
        let eighth = grown.checked_div(EIGHTHS).unwrap_or(grown);
        let size = eighth.saturating_add(1).saturating_mul(8);
        // With half as many indexes to spare, so that this is not what fills up first.
        let spared = highest.saturating_add(highest / 2).saturating_add(16);
        self.index_mask = u32::MAX
            .checked_shr(spared.leading_zeros())
            .unwrap_or(u32::MAX);
        self.slots.clear();
        self.slots.shrink_to(size);
        self.slots.reserve_exact(size);
        self.slots.resize(size, 0);
        self.used = 0;
        for (hash, index) in items {
            self.insert(hash, index);
        }
    }

    /// Adds an index that is not in the table, which [has room](Self::has_room).
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, index: u32) {
        let mut at = self.home(hash);
        let filled = (low(hash) & !self.index_mask) | index.wrapping_add(1);
        while self.slots.get(at).is_some_and(|slot| *slot != 0) {
            at = self.after(at);
        }
        self.set(at, filled);
        self.used = self.used.wrapping_add(1);
    }

    /// What was `index` is `new` from now on.
    pub(super) fn replace(&mut self, hash: u64, index: u32, new: u32) {
        if let Some(at) = self.position(hash, index) {
            let filled = (low(hash) & !self.index_mask) | new.wrapping_add(1);
            self.set(at, filled);
        }
    }

    /// Takes an index out. `hash_of` gives the hash of any other index in the table.
    pub(super) fn remove(&mut self, hash: u64, index: u32, hash_of: impl Fn(u32) -> u64) {
        let Some(mut hole) = self.position(hash, index) else {
            return;
        };
        self.used = self.used.wrapping_sub(1);
        let mut at = hole;
        loop {
            at = self.after(at);
            let slot = self.slots.get(at).copied().unwrap_or(0);
            if slot == 0 {
                break;
            }
            let home = self.home(hash_of(self.index(slot)));
            // How far back each is; what is after `at` wraps, and is the farther for it.
            if at.wrapping_sub(home) >= at.wrapping_sub(hole) {
                self.set(hole, slot);
                hole = at;
            }
        }
        self.set(hole, 0);
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        self.slots.capacity().saturating_mul(size_of::<u32>())
    }

    fn position(&self, hash: u64, index: u32) -> Option<usize> {
        let mut at = self.home(hash);
        loop {
            match self.slots.get(at).copied()? {
                0 => return None,
                slot if self.index(slot) == index => return Some(at),
                _ => at = self.after(at),
            }
        }
    }

    fn set(&mut self, at: usize, value: u32) {
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = value;
        }
    }

    #[inline]
    fn index(&self, slot: u32) -> u32 {
        (slot & self.index_mask).wrapping_sub(1)
    }

    /// Where a hash would like to be: its high half, scaled to the size.
    #[inline]
    #[expect(
        clippy::as_conversions,
        reason = "the result is less than the size, a usize"
    )]
    fn home(&self, hash: u64) -> usize {
        let size = self.slots.len() as u64;
        ((hash >> 32).wrapping_mul(size) >> 32) as usize
    }

    fn after(&self, at: usize) -> usize {
        let next = at.wrapping_add(1);
        if next == self.slots.len() { 0 } else { next }
    }
}

#[inline]
#[expect(clippy::as_conversions, reason = "takes the low half, and means to")]
fn low(hash: u64) -> u32 {
    hash as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::tree::hash::Seed;
    use std::collections::BTreeSet;

    fn insert(table: &mut Tight, hash: impl Fn(u32) -> u64, model: &mut BTreeSet<u32>, index: u32) {
        if !table.has_room(index) {
            let items: Vec<_> = model.iter().map(|index| (hash(*index), *index)).collect();
            table.rebuild(model.len() + 1, 300, items.into_iter());
        }
        table.insert(hash(index), index);
        model.insert(index);
    }

    fn agrees(table: &Tight, hash: impl Fn(u32) -> u64, model: &BTreeSet<u32>, upto: u32) {
        for index in 0..upto {
            let found = table.find(hash(index), |candidate| candidate == index);
            assert_eq!(found.is_some(), model.contains(&index), "{index}");
        }
        assert_eq!(table.used, model.len());
    }

    #[test]
    fn a_table_is_a_set_whatever_the_hash() {
        let seed = Seed::new(3);
        let hashes: [fn(Seed, u32) -> u64; 3] = [
            |seed, index| seed.pair(index, 0),
            |_, _| u64::MAX,
            |_, index| u64::from(index % 7) << 60,
        ];
        for hash in hashes {
            let hash = |index| hash(seed, index);
            let (mut table, mut model) = (Tight::default(), BTreeSet::new());
            assert_eq!(table.find(5, |_| true), None);
            for step in 0..2_000u32 {
                let index = (seed.pair(step, 1) % 300) as u32;
                if model.remove(&index) {
                    table.remove(hash(index), index, hash);
                } else {
                    insert(&mut table, hash, &mut model, index);
                }
                if step % 100 == 0 {
                    agrees(&table, hash, &model, 300);
                }
            }
            agrees(&table, hash, &model, 300);
        }
    }

    #[test]
    fn there_is_room_after_a_rebuild() {
        for count in [0, 1, 5, 100, 12_345] {
            let (mut tight, mut roomy) = (Tight::default(), Roomy::default());
            let items = || (0..count).map(|index| (u64::from(index) << 40, index));
            tight.rebuild(items().len(), count, items());
            roomy.rebuild(items().len(), count, items());
            assert!(tight.has_room(count) && roomy.has_room(count));
            assert!(!tight.is_sparse() && !roomy.is_sparse());
        }
    }

    #[test]
    fn a_table_made_for_so_many_has_room_for_a_third_more() {
        fn filled<const EIGHTHS: usize>(count: u32) -> u32 {
            let mut table = Table::<EIGHTHS>::default();
            table.rebuild(count.try_into().unwrap(), 1 << 20, core::iter::empty());
            let room = (0..).find(|&index| {
                let room = table.has_room(index);
                table.insert(u64::from(index) << 52, index);
                !room
            });
            room.unwrap()
        }
        for count in [0, 30, 300, 3_000] {
            let third = count + count / 3;
            assert!((third..third + 16).contains(&filled::<6>(count)), "{count}");
            assert!((third..third + 16).contains(&filled::<4>(count)), "{count}");
        }
    }

    #[test]
    fn a_table_is_full_when_its_eighths_are_used() {
        fn room<const EIGHTHS: usize>(used: u32) -> (usize, bool) {
            let mut table = Table::<EIGHTHS>::default();
            let items = (0..used).map(|index| (u64::from(index) << 58, index));
            table.rebuild(30, 100, items);
            (table.slots.len(), table.has_room(used))
        }
        assert_eq!((room::<6>(53), room::<6>(54)), ((72, true), (72, false)));
        assert_eq!((room::<4>(51), room::<4>(52)), ((104, true), (104, false)));
    }

    #[test]
    fn indexes_leave_the_other_bits_to_the_hash() {
        let mut table = Tight::default();
        assert!(!table.has_room(0));
        // Half as many to spare, and 16: 166 take eight bits, and one is for the empty slots.
        table.rebuild(1, 100, core::iter::empty());
        assert!(table.has_room(166) && table.has_room(254) && !table.has_room(255));
        table.rebuild(1, 0, core::iter::empty());
        assert!(table.has_room(30) && !table.has_room(31));
    }

    #[test]
    fn a_table_of_more_than_64_slots_is_sparse_when_less_than_a_quarter_is_used() {
        let sparse = |count, used| {
            let mut table = Tight::default();
            table.rebuild(count, used, (0..used).map(|index| (index.into(), index)));
            (table.slots.len(), table.is_sparse())
        };
        assert_eq!(sparse(26, 0), (64, false));
        assert_eq!(sparse(30, 0), (72, true));
        assert_eq!(sparse(30, 17), (72, true));
        assert_eq!(sparse(30, 18), (72, false));
    }

    #[test]
    fn a_hash_has_its_home_in_proportion_to_its_size() {
        let mut table = Tight::default();
        table.rebuild(26, 0, core::iter::empty());
        for (hash, home) in [(0, 0), (1 << 62, 16), (1 << 63, 32), (u64::MAX, 63)] {
            assert_eq!(table.home(hash), home, "{hash:x}");
        }
    }

    #[test]
    fn a_wrong_candidate_is_seldom_looked_at() {
        let seed = Seed::new(5);
        let mut table = Tight::default();
        let hashes = (0..300).map(|index| (seed.pair(index, 0), index));
        table.rebuild(300, 300, hashes);
        let mut looks = 0;
        for index in 0..1_000 {
            let found = table.find(seed.pair(index, 0), |candidate| {
                looks += 1;
                candidate == index
            });
            assert_eq!(found, (index < 300).then_some(index));
        }
        assert!((300..310).contains(&looks), "{looks}");
    }

    #[test]
    fn what_is_not_in_a_table_is_neither_renamed_nor_removed() {
        let (mut table, mut model) = (Tight::default(), BTreeSet::new());
        for index in 0..5 {
            insert(&mut table, |_| 9, &mut model, index);
        }
        table.replace(9, 7, 8);
        table.remove(9, 7, |_| 9);
        agrees(&table, |_| 9, &model, 10);
    }

    #[test]
    fn an_index_can_be_renamed() {
        let (mut table, mut model) = (Tight::default(), BTreeSet::new());
        insert(&mut table, |_| 9, &mut model, 0);
        insert(&mut table, |_| 9, &mut model, 1);
        table.replace(9, 1, 5);
        assert_eq!(table.find(9, |index| index == 5), Some(5));
        assert_eq!(table.find(9, |index| index == 1), None);
    }

    #[test]
    fn large_indexes_leave_no_room_for_tags_and_are_still_found() {
        let mut table = Tight::default();
        table.rebuild(2, u32::MAX - 1, core::iter::empty());
        table.insert(1, u32::MAX - 2);
        assert_eq!(table.find(1, |_| true), Some(u32::MAX - 2));
    }
}
