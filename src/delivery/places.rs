use super::circle::{self, Link};
use super::sender::Request;
use super::slots::{Slot, Slots, State};
use crate::packet::PacketId;

/// Which slot is whose: the allocator of identifiers, and the order of sending.
///
/// Identifier `id` lives in slot `id % slots`, of a power of two of them. A
/// slot that is freed will bear `id + slots` next and goes to the end of the
/// free ones. All but those of requests stand in one circle of four parts:
///
/// ```text
/// ┌─► released ──► sent ──► unsent ──► free ─┐   each in its order,
/// └──────────────────────────────────────────┘   none in most of them
/// ```
///
/// Whatever becomes of a slot, it goes to the end of the part before or behind
/// its own. The oldest of a part stands there already, and only the border
/// moves: peers answer in order. Any other takes a few steps more. So a new
/// identifier, a lookup and a release never take long, in whatever order the
/// peer answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Places {
    // Where each part begins; an empty one where the next one does, and
    // behind a circle without free ones at its beginning again.
    /// [`Released`](State::Released), then [`Unreleased`](State::Unreleased),
    /// in the order of their PUBRECs.
    pub(super) released: Link,
    /// [`Published`](State::Published) in the order of their first sending.
    pub(super) outbound: Link,
    /// [`Unsent`](State::Unsent) in the order of their first sending, then
    /// [`Pending`](State::Pending) in that of their coming.
    pub(super) unsent: Link,
    pub(super) free: Link,
    /// How many are free.
    spare: u16,
    /// The first request of a circle of their own.
    pub(super) requested: Link,
    requests: u16,
}

/// The slot of `id` among `slots`, a power of two.
#[inline(always)]
pub(super) fn index(id: PacketId, slots: usize) -> usize {
    #[cfg(all(test, feature = "alloc"))]
    super::probes::count();
    usize::from(id.get()) & slots.wrapping_sub(1)
}

/// The slot that `id` has or would have.
#[inline(always)]
pub(super) fn at<M>(slots: &mut [Slot<M>], id: PacketId) -> Option<&mut Slot<M>> {
    slots.get_mut(index(id, slots.len()))
}

/// The slot of `id`, if it is in use.
#[inline(always)]
pub(super) fn find<M>(slots: &[Slot<M>], id: PacketId) -> Option<&Slot<M>> {
    slots
        .get(index(id, slots.len()))
        .filter(|slot| slot.id == Some(id) && slot.state != State::Free)
}

/// What `id` stands for; `Free` for one that is not in use.
#[inline(always)]
pub(super) fn state<M>(slots: &[Slot<M>], id: PacketId) -> State {
    match slots.get(index(id, slots.len())) {
        Some(slot) if slot.id == Some(id) => slot.state,
        _ => State::Free,
    }
}

/// The next identifier with the slot of `id`; itself when it is alone there.
#[inline(always)]
fn following(id: PacketId, slots: usize) -> Option<PacketId> {
    // 65,536 slots: a step of 0.
    let step = u16::try_from(slots & 0xffff).unwrap_or_default();
    // 0 is none, and the step is the first.
    PacketId::new(id.get().wrapping_add(step)).or(PacketId::new(step))
}

impl Places {
    /// Numbers what storage there is.
    pub(super) fn new<M>(slots: &mut (impl Slots<M> + ?Sized)) -> Self {
        let mut places = Self {
            released: Link::FIRST,
            outbound: Link::FIRST,
            unsent: Link::FIRST,
            free: Link::FIRST,
            spare: 0,
            requested: Link::FIRST,
            requests: 0,
        };
        slots.trim();
        slots.slots_mut().fill_with(|| Slot::EMPTY);
        places.extend(slots.slots_mut(), 0);
        places
    }

    /// How many exchanges `slots` can ever hold at once.
    #[inline(always)]
    pub(super) fn most<M>(slots: &(impl Slots<M> + ?Sized)) -> usize {
        // With a slot for each identifier, the slot of 0 is none's.
        slots.most().min(usize::from(u16::MAX))
    }

    /// Whether there is a place for one more; grows if it must and can.
    #[inline(always)]
    pub(super) fn has_room<M>(&mut self, slots: &mut (impl Slots<M> + ?Sized)) -> bool {
        self.spare > 0 || self.grow(slots)
    }

    /// The identifier that is given out next, if there is room.
    #[inline(always)]
    pub(super) fn next<M>(&self, slots: &[Slot<M>]) -> Option<PacketId> {
        self.free.get(slots)?.id
    }

    /// Gives the next identifier to a message, the last of the unsent ones.
    /// There has to be room.
    #[inline(always)]
    pub(super) fn take<M>(&mut self, slots: &mut [Slot<M>], state: State, message: Option<M>) {
        if let Some(slot) = self.free.get_mut(slots) {
            slot.state = state;
            slot.message = message;
            self.free = slot.neighbours.next;
            self.spare = self.spare.wrapping_sub(1);
        }
    }

    /// The first of the unsent ones, or whatever stands in its place.
    #[inline(always)]
    pub(super) fn first_unsent<'s, M>(&self, slots: &'s [Slot<M>]) -> Option<&'s Slot<M>> {
        self.unsent.get(slots)
    }

    /// The first of the unsent ones is sent: its state is the caller's to change.
    #[inline(always)]
    pub(super) fn sent<M>(&mut self, first: &Slot<M>) {
        self.unsent = first.neighbours.next;
    }

    /// All that are outbound have yet to be sent again.
    pub(super) const fn unsend(&mut self) {
        self.unsent = self.outbound;
    }

    /// Puts an outbound one to the end of the released ones, with their
    /// state; `was` is the one that it has.
    #[inline(always)]
    pub(super) fn release<M>(
        &mut self,
        slots: &mut [Slot<M>],
        id: PacketId,
        was: State,
        state: State,
    ) {
        let link = Link::of(index(id, slots.len()));
        let Some(slot) = at(slots, id) else {
            return;
        };
        slot.state = state;
        let next = slot.neighbours.next;
        if was.is_unsent() && self.unsent == link {
            self.unsent = next;
        }
        if self.outbound == link {
            self.outbound = next;
        } else {
            self.shift_to_released(slots, link);
        }
    }

    /// Frees the identifier of a message, which will be another the next time;
    /// gives what it held. `was` is the state that it has.
    #[inline(always)]
    pub(super) fn free<M>(&mut self, slots: &mut [Slot<M>], id: PacketId, was: State) -> Option<M> {
        let len = slots.len();
        let link = Link::of(index(id, len));
        let slot = at(slots, id)?;
        let message = slot.message.take();
        slot.state = State::Free;
        slot.id = following(id, len);
        let next = slot.neighbours.next;
        if was.is_unsent() && self.unsent == link {
            self.unsent = next;
        }
        if was.is_outbound() && self.outbound == link {
            self.outbound = next;
        }
        if self.released == link {
            self.released = next;
        } else {
            self.shift_to_free(slots, link);
        }
        self.spare = self.spare.wrapping_add(1);
        message
    }

    /// Puts an outbound one that is not the first to the end of the released ones.
    #[inline(never)]
    fn shift_to_released<M>(&mut self, slots: &mut [Slot<M>], link: Link) {
        circle::shift(slots, link, self.outbound);
        if self.released == self.outbound {
            self.released = link;
            if self.spare == 0 {
                self.begin_behind_all(slots, link);
            }
        }
    }

    /// Puts one that is not the first of all to the end of the free ones.
    #[inline(never)]
    fn shift_to_free<M>(&mut self, slots: &mut [Slot<M>], link: Link) {
        circle::shift(slots, link, self.released);
        if self.spare == 0 {
            self.begin_behind_all(slots, link);
        }
    }

    /// Takes back the first of the unsent ones, whose identifier was never
    /// spent: it is given out next.
    pub(super) fn untake<M>(&mut self, slots: &mut [Slot<M>]) -> Option<M> {
        let link = self.unsent;
        let slot = link.get_mut(slots)?;
        let message = slot.message.take();
        let next = slot.neighbours.next;
        slot.state = State::Free;
        // Before the free ones stands the last of the unsent ones already.
        if next.get(slots).is_some_and(|slot| slot.state.is_unsent()) {
            for part in [&mut self.released, &mut self.outbound, &mut self.unsent] {
                if *part == link {
                    *part = next;
                }
            }
            if self.free != link {
                circle::shift(slots, link, self.free);
            }
        }
        self.free = link;
        self.spare = self.spare.wrapping_add(1);
        message
    }

    /// Prepares `id` itself to be given out next, for an exchange that began
    /// in an earlier life; `false` when it is in use or no storage is left for it.
    pub(super) fn claim<M>(&mut self, slots: &mut (impl Slots<M> + ?Sized), id: PacketId) -> bool {
        loop {
            match at(slots.slots_mut(), id) {
                Some(slot) if slot.state == State::Free => break,
                Some(slot) if slot.id == Some(id) => return false,
                // Another's slot: in twice the storage it may be two.
                _ => {}
            }
            if !self.grow(slots) {
                return false;
            }
        }
        let slots = slots.slots_mut();
        let link = Link::of(index(id, slots.len()));
        if let Some(slot) = link.get_mut(slots) {
            slot.id = Some(id);
        }
        let old = self.free;
        if link != old {
            circle::shift(slots, link, old);
            self.begin(old, link);
        }
        true
    }

    /// Gives the next identifier to a request.
    pub(super) fn reserve<M>(&mut self, slots: &mut [Slot<M>], request: Request) {
        let link = self.free;
        let Some(slot) = link.get_mut(slots) else {
            return;
        };
        slot.state = State::Requested(request);
        let next = slot.neighbours.next;
        self.begin(link, next);
        self.spare = self.spare.wrapping_sub(1);
        circle::remove(slots, link);
        if self.requests == 0 {
            self.requested = link;
        }
        circle::insert(slots, link, self.requested);
        self.requests = self.requests.wrapping_add(1);
    }

    /// Frees the identifier of a request, which will be another the next time.
    pub(super) fn end_request<M>(&mut self, slots: &mut [Slot<M>], id: PacketId) {
        let len = slots.len();
        let link = Link::of(index(id, len));
        let Some(slot) = link.get_mut(slots) else {
            return;
        };
        slot.state = State::Free;
        slot.id = following(id, len);
        if self.requested == link {
            self.requested = slot.neighbours.next;
        }
        circle::remove(slots, link);
        self.requests = self.requests.wrapping_sub(1);
        if self.requests == 0 {
            self.requested = Link::FIRST;
        }
        self.add(slots, link);
    }

    /// The identifier that was released behind `id`.
    pub(super) fn released_behind<M>(&self, slots: &[Slot<M>], id: PacketId) -> Option<PacketId> {
        let next = find(slots, id)?.neighbours.next;
        if next == self.outbound {
            return None;
        }
        next.get(slots)?.id
    }

    /// How many requests there are.
    pub(super) const fn requests(&self) -> u16 {
        self.requests
    }

    /// The first of them.
    pub(super) fn first_request<M>(&self, slots: &[Slot<M>]) -> Option<PacketId> {
        let slot = self.requested.get(slots).filter(|_| self.requests > 0)?;
        slot.id
    }

    /// They, in their order.
    pub(super) fn requested<'s, M>(
        &self,
        slots: &'s [Slot<M>],
    ) -> impl Iterator<Item = (PacketId, &'s Slot<M>)> + use<'s, M> {
        walk(slots, self.requested, self.requests)
    }

    /// The oldest message, if there are any.
    pub(super) fn first_message<'s, M>(&self, slots: &'s [Slot<M>]) -> Option<&'s Slot<M>> {
        let slot = self.released.get(slots)?;
        let is_message = slot.state.is_outbound() || slot.state.is_released();
        is_message.then_some(slot)
    }

    /// The first so many messages: released, sent, unsent.
    pub(super) fn messages<'s, M>(
        &self,
        slots: &'s [Slot<M>],
        count: u16,
    ) -> impl Iterator<Item = (PacketId, &'s Slot<M>)> + use<'s, M> {
        walk(slots, self.released, count)
    }

    /// Calls `each` for the first so many messages.
    pub(super) fn each_message<M>(
        &self,
        slots: &mut [Slot<M>],
        count: u16,
        mut each: impl FnMut(&mut State),
    ) {
        let mut next = self.released;
        for _ in 0..count {
            if let Some(slot) = next.get_mut(slots) {
                each(&mut slot.state);
                next = slot.neighbours.next;
            }
        }
    }

    /// Parts that began at `old` begin at `new`.
    fn begin(&mut self, old: Link, new: Link) {
        for part in [
            &mut self.released,
            &mut self.outbound,
            &mut self.unsent,
            &mut self.free,
        ] {
            if *part == old {
                *part = new;
            }
        }
    }

    /// `link` stands behind all messages of a circle that has no free ones,
    /// or before all: parts that are empty begin there.
    #[cold]
    fn begin_behind_all<M>(&mut self, slots: &[Slot<M>], link: Link) {
        let state = |part: Link| part.get(slots).map(|slot| slot.state);
        self.free = link;
        if !state(self.unsent).is_some_and(State::is_unsent) {
            self.unsent = link;
            if !state(self.outbound).is_some_and(State::is_outbound) {
                self.outbound = link;
            }
        }
    }

    /// Adds a free one that stands in no circle.
    pub(super) fn add<M>(&mut self, slots: &mut [Slot<M>], link: Link) {
        if self.spare == 0 && self.first_message(slots).is_none() {
            self.released = link;
        }
        circle::insert(slots, link, self.released);
        if self.spare == 0 {
            self.begin_behind_all(slots, link);
        }
        self.spare = self.spare.wrapping_add(1);
    }
}

fn walk<M>(
    slots: &[Slot<M>],
    first: Link,
    count: u16,
) -> impl Iterator<Item = (PacketId, &Slot<M>)> {
    let behind = |slot: &&Slot<M>| slot.neighbours.next.get(slots);
    core::iter::successors(first.get(slots), behind)
        .take(usize::from(count))
        .filter_map(|slot| Some((slot.id?, slot)))
}
