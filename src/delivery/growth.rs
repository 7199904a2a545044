use super::circle::Link;
use super::places::{Places, index};
use super::slots::{Slot, Slots};
use crate::packet::PacketId;

/// The fewest slots that a `Vec` holds once it holds any.
const FEWEST: usize = 8;

impl Places {
    /// Doubles the storage; `false` when there is no more.
    #[cold]
    pub(super) fn grow<M>(&mut self, slots: &mut (impl Slots<M> + ?Sized)) -> bool {
        let old = slots.slots().len();
        let capacity = old.saturating_mul(2).max(FEWEST);
        if capacity > slots.most() {
            return false;
        }
        slots.grow(capacity);
        self.extend(slots.slots_mut(), old);
        true
    }

    /// Spreads what is in the first `old` slots over all of them, a multiple
    /// of it; the new ones are free and take the identifiers that follow.
    pub(super) fn extend<M>(&mut self, slots: &mut [Slot<M>], old: usize) {
        let len = slots.len();
        let moved = |slots: &[Slot<M>], link: Link| {
            let id = link.get(slots).and_then(|slot| slot.id);
            id.map_or(link, |id| Link::of(index(id, len)))
        };
        for at in 0..old {
            let neighbours = slots.get(at).map(|slot| slot.neighbours);
            let neighbours = neighbours.map(|both| both.map(|link| moved(slots, link)));
            if let (Some(slot), Some(neighbours)) = (slots.get_mut(at), neighbours) {
                slot.neighbours = neighbours;
            }
        }
        for part in [
            &mut self.released,
            &mut self.outbound,
            &mut self.unsent,
            &mut self.free,
            &mut self.requested,
        ] {
            *part = moved(slots, *part);
        }
        // What was in slot i belongs into i or i + old.
        for from in 0..old {
            if let Some(id) = slots.get(from).and_then(|slot| slot.id) {
                let to = index(id, len);
                if to != from && to < slots.len() {
                    slots.swap(from, to);
                }
            }
        }
        for id in (1..=len).filter_map(|id| u16::try_from(id).ok().and_then(PacketId::new)) {
            let link = Link::of(index(id, len));
            let slot = link.get_mut(slots);
            if let Some(slot) = slot.filter(|slot| slot.id.is_none()) {
                slot.id = Some(id);
                self.add(slots, link);
            }
        }
    }
}
