//! Vectors addressed by `u32`, that grow by an eighth and give back what they do not need.

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

/// No index.
pub(super) const NONE: u32 = u32::MAX;

/// Without gaps: the last item moves into the place of one removed.
#[derive(Clone)]
pub(super) struct Dense<T>(Vec<T>);

impl<T> Dense<T> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    #[inline]
    pub(super) fn push(&mut self, item: T) -> u32 {
        push(&mut self.0, item)
    }

    /// Takes the item out; what was last now has its index.
    pub(super) fn swap_remove(&mut self, index: u32) -> T {
        if wide(index) >= self.0.len() {
            not_pushed(index);
        }
        let item = self.0.swap_remove(wide(index));
        shrink(&mut self.0);
        item
    }

    #[inline]
    pub(super) fn item(&self, index: u32) -> Option<&T> {
        self.0.get(wide(index))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The index the next item will have.
    pub(super) fn next(&self) -> u32 {
        narrow(self.0.len())
    }

    pub(super) fn iter(&self) -> core::slice::Iter<'_, T> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> core::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }

    pub(super) fn into_iter(self) -> alloc::vec::IntoIter<T> {
        self.0.into_iter()
    }

    /// Items with their indexes.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..NONE).zip(&self.0)
    }

    /// Bytes held, not counting what the items own.
    pub(super) fn memory(&self) -> usize {
        self.0.capacity().saturating_mul(size_of::<T>())
    }
}

impl<T> Index<u32> for Dense<T> {
    type Output = T;

    #[inline]
    fn index(&self, index: u32) -> &T {
        match self.item(index) {
            Some(item) => item,
            None => not_pushed(index),
        }
    }
}

impl<T> IndexMut<u32> for Dense<T> {
    #[inline]
    fn index_mut(&mut self, index: u32) -> &mut T {
        match self.0.get_mut(wide(index)) {
            Some(item) => item,
            None => not_pushed(index),
        }
    }
}

/// Every index comes from `push`.
#[cold]
#[inline(never)]
#[expect(clippy::panic, reason = "a wrong index is our bug")]
fn not_pushed(index: u32) -> ! {
    panic!("nothing was put at {index}")
}

/// With gaps: an index stays the same as long as its item lives.
#[derive(Clone)]
pub(super) struct Slab<T> {
    items: Dense<T>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self {
            items: Dense::new(),
            free: Vec::new(),
        }
    }

    /// The index that [`insert`](Self::insert) will give.
    pub(super) fn next(&self) -> u32 {
        self.free
            .last()
            .copied()
            .unwrap_or_else(|| self.items.next())
    }

    pub(super) fn insert(&mut self, item: T) -> u32 {
        match self.free.pop() {
            Some(index) => {
                self.items[index] = item;
                index
            }
            None => self.items.push(item),
        }
    }

    /// Frees an index. The owner sees to it that the item there looks vacant.
    pub(super) fn remove(&mut self, index: u32) {
        push(&mut self.free, index);
    }

    #[inline]
    pub(super) fn item(&self, index: u32) -> Option<&T> {
        self.items.item(index)
    }

    /// Items alive.
    pub(super) fn len(&self) -> usize {
        self.items.len().saturating_sub(self.free.len())
    }

    /// No index is above this, the next one included.
    pub(super) fn highest(&self) -> u32 {
        self.items.next()
    }

    /// True when three quarters are gaps.
    pub(super) fn is_sparse(&self) -> bool {
        self.free.len() > 64 && self.free.len() / 3 > self.len()
    }

    /// Items with their indexes, the vacant ones among them.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u32, &T)> {
        self.items.numbered()
    }

    pub(super) fn iter_mut(&mut self) -> core::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        let free = self.free.capacity().saturating_mul(size_of::<u32>());
        self.items.memory().saturating_add(free)
    }
}

impl<T> Index<u32> for Slab<T> {
    type Output = T;

    #[inline]
    fn index(&self, index: u32) -> &T {
        &self.items[index]
    }
}

impl<T> IndexMut<u32> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.items[index]
    }
}

/// Growth by an eighth, so that little is held in vain.
#[inline]
pub(super) fn push<T>(items: &mut Vec<T>, item: T) -> u32 {
    let index = narrow(items.len());
    if items.len() == items.capacity() {
        items.reserve_exact((items.len() / 8).saturating_add(4));
    }
    items.push(item);
    index
}

/// Gives back half of a vector that is half empty.
pub(super) fn shrink<T>(items: &mut Vec<T>) {
    if items.capacity() > 16 && items.len() < items.capacity() / 2 {
        items.shrink_to(items.len().saturating_add(items.len() / 4));
    }
}

#[inline]
#[expect(
    clippy::as_conversions,
    reason = "a u32 fits into a usize wherever there is a heap"
)]
pub(super) const fn wide(index: u32) -> usize {
    index as usize
}

#[inline]
#[expect(
    clippy::panic,
    reason = "documented on the trees: memory ends long before, as a rule"
)]
pub(super) fn narrow(length: usize) -> u32 {
    match u32::try_from(length) {
        // The highest bit is the trees' to use.
        Ok(index) if index <= NONE / 2 => index,
        _ => panic!("more than 2,147,483,648 items in a tree"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vector with room for `room` items of which it has `count`, after `change`.
    fn room_after(room: usize, count: u32, change: fn(&mut Vec<u32>)) -> usize {
        let mut items = Vec::with_capacity(room);
        items.extend(0..count);
        change(&mut items);
        items.capacity()
    }

    #[test]
    fn a_full_vector_grows_by_an_eighth_and_four() {
        let push = |items: &mut Vec<u32>| assert_eq!(push(items, 7), narrow(items.len() - 1));
        assert_eq!(room_after(0, 0, push), 4);
        assert_eq!(room_after(80, 80, push), 80 + 10 + 4);
        assert_eq!(room_after(80, 79, push), 80);
        assert_eq!(room_after(80, 10, push), 80);
    }

    #[test]
    fn a_vector_less_than_half_full_keeps_a_quarter_to_spare() {
        assert_eq!(room_after(40, 19, shrink), 19 + 4);
        assert_eq!(room_after(17, 7, shrink), 7 + 1);
        assert_eq!(room_after(17, 0, shrink), 0);
        for (room, count) in [(40, 20), (40, 30), (17, 8), (16, 8), (16, 0)] {
            assert_eq!(room_after(room, count, shrink), room, "{count} of {room}");
        }
    }

    #[test]
    fn the_last_item_moves_into_the_place_of_one_removed() {
        let mut items = Dense::new();
        assert_eq!(items.next(), 0);
        for item in 0..60 {
            assert_eq!(items.push(item), item);
        }
        assert_eq!(items.swap_remove(3), 3);
        assert_eq!((items[3], items.len(), items.next()), (59, 59, 59));
        let before = items.memory();
        for _ in 0..50 {
            items.swap_remove(0);
        }
        assert!(items.memory() < before / 2);
    }

    #[test]
    fn a_vacant_index_is_given_again_and_the_others_stay() {
        let mut items = Slab::new();
        for item in 0..5 {
            assert_eq!((items.next(), items.insert(item)), (item, item));
        }
        items.remove(1);
        items.remove(3);
        assert_eq!((items.len(), items.highest()), (3, 5));
        for (index, item) in [(3, 30), (1, 10), (5, 50)] {
            assert_eq!((items.next(), items.insert(item)), (index, index));
        }
        let all: Vec<_> = items.numbered().collect();
        assert_eq!(
            all,
            [(0, &0), (1, &10), (2, &2), (3, &30), (4, &4), (5, &50)]
        );
    }

    #[test]
    fn more_than_64_vacant_and_three_for_each_item_are_too_many() {
        let sparse = |alive, vacant| {
            let mut items = Slab::new();
            for item in 0..alive + vacant {
                items.insert(item);
            }
            (0..vacant).for_each(|index| items.remove(index));
            items.is_sparse()
        };
        for (alive, vacant) in [(0, 65), (21, 66), (20, 65), (99, 300)] {
            assert!(sparse(alive, vacant), "{vacant} beside {alive}");
        }
        for (alive, vacant) in [(0, 0), (0, 64), (22, 66), (21, 65), (100, 300), (500, 66)] {
            assert!(!sparse(alive, vacant), "{vacant} beside {alive}");
        }
    }

    #[test]
    fn vacant_indexes_are_memory_too() {
        let mut items = Slab::new();
        (0..10_u64).for_each(|item| {
            items.insert(item);
        });
        let before = items.memory();
        items.remove(0);
        assert_eq!(items.memory(), before + 4 * size_of::<u32>());
    }

    #[test]
    fn an_index_is_less_than_2_to_the_31() {
        assert_eq!(narrow((1 << 31) - 1), (1 << 31) - 1);
    }

    #[test]
    #[should_panic(expected = "more than 2,147,483,648 items in a tree")]
    fn an_item_more_than_2_to_the_31_is_refused() {
        narrow(1 << 31);
    }
}
