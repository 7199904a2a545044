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
