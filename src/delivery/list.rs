use super::slots::{Slot, index};
use crate::packet::PacketId;

/// A list through the slots, in both directions; a slot is in one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct List {
    first: Option<PacketId>,
    last: Option<PacketId>,
}

impl List {
    pub(super) const EMPTY: Self = Self {
        first: None,
        last: None,
    };

    #[inline(always)]
    pub(super) const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    #[inline(always)]
    pub(super) const fn first(&self) -> Option<PacketId> {
        self.first
    }

    /// Takes out the first, whose slot is in hand; its neighbour is not told.
    #[inline(always)]
    pub(super) const fn pop_front<M>(&mut self, first: &Slot<M>) {
        self.first = first.next;
        if first.next.is_none() {
            self.last = None;
        }
    }

    #[inline]
    pub(super) fn push_back<M>(&mut self, slots: &mut [Slot<M>], capacity: usize, id: PacketId) {
        if let Some(slot) = slots.get_mut(index(id, capacity)) {
            self.link(slot);
            self.point_to(slots, capacity, id);
        }
    }

    /// The first half of [`push_back`](Self::push_back), for who has the slot
    /// in hand; [`point_to`](Self::point_to) is the second.
    #[inline(always)]
    pub(super) const fn link<M>(&self, slot: &mut Slot<M>) {
        slot.previous = self.last;
        slot.next = None;
    }

    #[inline(always)]
    pub(super) fn point_to<M>(&mut self, slots: &mut [Slot<M>], capacity: usize, id: PacketId) {
        match self.last.replace(id) {
            Some(last) => {
                if let Some(slot) = slots.get_mut(index(last, capacity)) {
                    slot.next = Some(id);
                }
            }
            None => self.first = Some(id),
        }
    }

    /// Puts `id` before all others; the neighbour is not told.
    pub(super) fn push_front<M>(&mut self, slots: &mut [Slot<M>], capacity: usize, id: PacketId) {
        if let Some(slot) = slots.get_mut(index(id, capacity)) {
            slot.previous = None;
            slot.next = self.first.replace(id);
            if slot.next.is_none() {
                self.last = Some(id);
            }
        }
    }

    /// Takes `id`, which is in this list, out of it; gives the one behind it.
    #[inline]
    pub(super) fn remove<M>(
        &mut self,
        slots: &mut [Slot<M>],
        capacity: usize,
        id: PacketId,
    ) -> Option<PacketId> {
        let slot = slots.get_mut(index(id, capacity))?;
        let (previous, next) = (slot.previous.take(), slot.next.take());
        self.join(slots, capacity, previous, next);
        next
    }

    /// Makes two neighbours of those that stood around one that is taken out.
    #[inline(always)]
    pub(super) fn join<M>(
        &mut self,
        slots: &mut [Slot<M>],
        capacity: usize,
        previous: Option<PacketId>,
        next: Option<PacketId>,
    ) {
        match previous {
            Some(previous) => {
                if let Some(slot) = slots.get_mut(index(previous, capacity)) {
                    slot.next = next;
                }
            }
            None => self.first = next,
        }
        match next {
            Some(next) => {
                if let Some(slot) = slots.get_mut(index(next, capacity)) {
                    slot.previous = previous;
                }
            }
            None => self.last = previous,
        }
    }
}
