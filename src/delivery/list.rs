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

    #[inline]
    pub(super) fn push_back<M>(&mut self, slots: &mut [Slot<M>], capacity: usize, id: PacketId) {
        let last = self.last.replace(id);
        if let Some(slot) = slots.get_mut(index(id, capacity)) {
            slot.previous = last;
            slot.next = None;
        }
        match last.and_then(|last| slots.get_mut(index(last, capacity))) {
            Some(slot) => slot.next = Some(id),
            None => self.first = Some(id),
        }
    }

    pub(super) fn push_front<M>(&mut self, slots: &mut [Slot<M>], capacity: usize, id: PacketId) {
        let first = self.first.replace(id);
        if let Some(slot) = slots.get_mut(index(id, capacity)) {
            slot.previous = None;
            slot.next = first;
        }
        match first.and_then(|first| slots.get_mut(index(first, capacity))) {
            Some(slot) => slot.previous = Some(id),
            None => self.last = Some(id),
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
        match previous.and_then(|previous| slots.get_mut(index(previous, capacity))) {
            Some(slot) => slot.next = next,
            None => self.first = next,
        }
        match next.and_then(|next| slots.get_mut(index(next, capacity))) {
            Some(slot) => slot.previous = previous,
            None => self.last = previous,
        }
        next
    }
}
