//! Where a sender keeps its exchanges: a slot for each, found by `id % capacity`.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use super::list::List;
use super::sender::Request;
use crate::packet::{PacketId, QoS, ReasonCode};

/// The place of one exchange of a [`Sender`](super::Sender).
///
/// Storage is a `Vec` of them, which grows by doubling, or an array, which
/// needs no heap: `[Slot::<Reading>::EMPTY; 8]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slot<M> {
    /// The identifier in use or, in a free slot, the one it bears next; `None`
    /// for a slot that none of the 65,535 identifiers leads to.
    pub(super) id: Option<PacketId>,
    /// Neighbours in the one list the slot is in, by identifier, so that
    /// moving to larger storage leaves them as they are.
    pub(super) next: Option<PacketId>,
    pub(super) previous: Option<PacketId>,
    pub(super) state: State,
    pub(super) message: Option<M>,
}

/// What an identifier stands for.
///
/// ```text
///          publish          sent()              PUBACK, PUBREC >= 0x80
/// Free ─────────► Pending ────────► Published ─────────────────────────► Free
///   │                │ discard()      │ PUBREC
///   │                ▼                ▼            PUBCOMP
///   │              Free            Released ───────────────────────────► Free
///   │ reserve                              SUBACK, UNSUBACK, connection lost
///   └─────────────► Requested ─────────────────────────────────────────► Free
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    Free,
    /// Never sent: the identifier is not spent yet.
    Pending(QoS),
    /// Awaits PUBACK (QoS 1) or PUBREC (QoS 2); `sent` on this connection.
    Published {
        qos: QoS,
        sent: bool,
    },
    /// Awaits PUBCOMP; `sent` says that PUBREL was on this connection. The
    /// reason is the PUBREC's.
    Released {
        reason: ReasonCode,
        sent: bool,
    },
    /// A SUBSCRIBE or UNSUBSCRIBE.
    Requested(Request),
}

impl<M> Slot<M> {
    /// What storage is made of.
    pub const EMPTY: Self = Self {
        id: None,
        next: None,
        previous: None,
        state: State::Free,
        message: None,
    };
}

/// Storage for a [`Sender`](super::Sender): `Vec<Slot<M>>` (feature `alloc`),
/// `[Slot<M>; N]` or `&mut [Slot<M>]`. Sealed.
///
/// Of an array as many slots are used as the largest power of two in its
/// length, at most 65,536.
pub trait Slots<M>: Sealed<M> {}

pub(super) use sealed::Sealed;

mod sealed {
    use super::Slot;

    pub trait Sealed<M> {
        fn slots(&self) -> &[Slot<M>];
        fn slots_mut(&mut self) -> &mut [Slot<M>];
        /// How many slots there can be.
        fn most(&self) -> usize;
        /// Makes it `capacity` slots, empty ones at the end.
        fn grow(&mut self, capacity: usize);
    }
}

impl<M, const N: usize> Slots<M> for [Slot<M>; N] {}
impl<M> Slots<M> for &mut [Slot<M>] {}
#[cfg(feature = "alloc")]
impl<M> Slots<M> for Vec<Slot<M>> {}

impl<M, const N: usize> Sealed<M> for [Slot<M>; N] {
    #[inline(always)]
    fn slots(&self) -> &[Slot<M>] {
        self
    }

    #[inline(always)]
    fn slots_mut(&mut self) -> &mut [Slot<M>] {
        self
    }

    fn most(&self) -> usize {
        N
    }

    fn grow(&mut self, _: usize) {}
}

impl<M> Sealed<M> for &mut [Slot<M>] {
    #[inline(always)]
    fn slots(&self) -> &[Slot<M>] {
        self
    }

    #[inline(always)]
    fn slots_mut(&mut self) -> &mut [Slot<M>] {
        self
    }

    fn most(&self) -> usize {
        self.len()
    }

    fn grow(&mut self, _: usize) {}
}

#[cfg(feature = "alloc")]
impl<M> Sealed<M> for Vec<Slot<M>> {
    #[inline(always)]
    fn slots(&self) -> &[Slot<M>] {
        self
    }

    #[inline(always)]
    fn slots_mut(&mut self) -> &mut [Slot<M>] {
        self
    }

    fn most(&self) -> usize {
        MOST
    }

    fn grow(&mut self, capacity: usize) {
        self.reserve_exact(capacity.saturating_sub(self.len()));
        self.resize_with(capacity, || Slot::EMPTY);
    }
}

/// A slot for every identifier, and one that stays empty.
const MOST: usize = 1 << 16;

/// The fewest slots that a `Vec` holds once it holds any.
const FEWEST: usize = 8;

/// The allocator of identifiers: which slot is whose, and which are free.
///
/// Identifier `id` lives in slot `id % capacity`. A slot that is freed will
/// bear `id + capacity` next and goes to the end of the free ones. So a new
/// identifier, a lookup and a release each take the same few steps, in
/// whatever order the peer answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Places {
    /// A power of two, or 0.
    capacity: usize,
    /// Those that are free, unless [`claim`](Self::claim) took some out of
    /// turn: then it is empty until somebody looks for one.
    free: List,
    claimed: bool,
}

impl Places {
    /// Numbers what storage there is.
    pub(super) fn new<M>(slots: &mut (impl Slots<M> + ?Sized)) -> Self {
        let mut places = Self {
            capacity: 0,
            free: List::EMPTY,
            claimed: false,
        };
        let present = slots.slots().len().min(MOST);
        for slot in slots.slots_mut() {
            *slot = Slot::EMPTY;
        }
        places.extend(slots.slots_mut(), largest_power_of_two(present));
        places
    }

    /// How many exchanges `slots` can ever hold at once.
    pub(super) fn most<M>(slots: &(impl Slots<M> + ?Sized)) -> usize {
        // With a slot for each identifier, the slot of 0 is none's.
        largest_power_of_two(slots.most().min(MOST)).min(usize::from(u16::MAX))
    }

    pub(super) const fn capacity(&self) -> usize {
        self.capacity
    }

    #[inline(always)]
    fn index(&self, id: PacketId) -> usize {
        index(id, self.capacity)
    }

    /// The slot that `id` has or would have.
    #[inline(always)]
    fn at<'s, M>(&self, slots: &'s mut [Slot<M>], id: PacketId) -> Option<&'s mut Slot<M>> {
        slots.get_mut(self.index(id))
    }

    /// The slot of an identifier in use.
    #[inline(always)]
    pub(super) fn find<'s, M>(&self, slots: &'s [Slot<M>], id: PacketId) -> Option<&'s Slot<M>> {
        slots
            .get(self.index(id))
            .filter(|slot| slot.id == Some(id) && slot.state != State::Free)
    }

    /// As [`find`](Self::find).
    #[inline(always)]
    pub(super) fn find_mut<'s, M>(
        &self,
        slots: &'s mut [Slot<M>],
        id: PacketId,
    ) -> Option<&'s mut Slot<M>> {
        self.at(slots, id)
            .filter(|slot| slot.id == Some(id) && slot.state != State::Free)
    }

    /// The identifier that [`take`](Self::take) would take; grows if it must
    /// and can.
    #[inline]
    pub(super) fn next<M>(&mut self, slots: &mut (impl Slots<M> + ?Sized)) -> Option<PacketId> {
        if self.free.is_empty() {
            self.find_free(slots);
        }
        self.free.first()
    }

    /// Takes the first free identifier, `id`, and puts it to the end of `list`.
    #[inline]
    pub(super) fn take<M>(
        &mut self,
        slots: &mut [Slot<M>],
        id: PacketId,
        list: &mut List,
        state: State,
        message: Option<M>,
    ) {
        if let Some(slot) = self.at(slots, id) {
            self.free.pop_front(slot);
            slot.state = state;
            slot.message = message;
            list.link(slot);
            list.point_to(slots, self.capacity, id);
        }
    }

    /// Takes `id` itself, for an exchange that began in an earlier life;
    /// `false` when it is in use or no storage is left for it.
    pub(super) fn claim<M>(&mut self, slots: &mut (impl Slots<M> + ?Sized), id: PacketId) -> bool {
        loop {
            match self.at(slots.slots_mut(), id) {
                Some(slot) if slot.state == State::Free => break,
                Some(slot) if slot.id == Some(id) => return false,
                // Another's slot: in twice the storage it may be two.
                _ => {}
            }
            if !self.grow(slots) {
                return false;
            }
        }
        let Some(slot) = self.at(slots.slots_mut(), id) else {
            return false;
        };
        slot.id = Some(id);
        slot.next = None;
        // It is all of the list that `take` takes from.
        self.free = List::EMPTY;
        self.free.push_back(slots.slots_mut(), self.capacity, id);
        self.claimed = true;
        true
    }

    /// Takes the identifier out of `list` and frees it, which will be another
    /// the next time; gives what stood behind it there, and what it held.
    #[inline]
    pub(super) fn free<M>(
        &mut self,
        slots: &mut [Slot<M>],
        id: PacketId,
        list: &mut List,
    ) -> (Option<PacketId>, Option<M>) {
        let capacity = self.capacity;
        let Some(slot) = self.at(slots, id) else {
            return (None, None);
        };
        let Some(following) = following(id, capacity) else {
            return (None, None);
        };
        let message = slot.message.take();
        let (previous, next) = (slot.previous.take(), slot.next.take());
        slot.state = State::Free;
        slot.id = Some(following);
        list.join(slots, capacity, previous, next);
        self.free.point_to(slots, capacity, following);
        (next, message)
    }

    /// Gives back an identifier that was never spent: it is the next again.
    pub(super) fn untake<M>(&mut self, slots: &mut [Slot<M>], id: PacketId) -> Option<M> {
        let slot = self.at(slots, id)?;
        let message = slot.message.take();
        slot.state = State::Free;
        self.free.push_front(slots, self.capacity, id);
        message
    }

    /// No slot is known to be free: looks for those that are, or for storage.
    #[cold]
    fn find_free<M>(&mut self, slots: &mut (impl Slots<M> + ?Sized)) {
        if self.claimed {
            self.claimed = false;
            self.list_free(slots.slots_mut());
        }
        if self.free.is_empty() {
            self.grow(slots);
        }
    }

    /// Lists all that are free, in the order of their slots from 1 on.
    fn list_free<M>(&mut self, slots: &mut [Slot<M>]) {
        self.free = List::EMPTY;
        for index in (1..self.capacity).chain([0]) {
            let free = slots.get(index).filter(|slot| slot.state == State::Free);
            if let Some(id) = free.and_then(|slot| slot.id) {
                self.free.push_back(slots, self.capacity, id);
            }
        }
    }

    /// Doubles the storage; `false` when there is no more.
    #[cold]
    fn grow<M>(&mut self, slots: &mut (impl Slots<M> + ?Sized)) -> bool {
        let capacity = self.capacity.saturating_mul(2).max(FEWEST);
        if capacity > slots.most() || capacity > MOST {
            return false;
        }
        slots.grow(capacity);
        self.extend(slots.slots_mut(), capacity);
        true
    }

    /// Spreads what is there over `capacity` slots, a multiple of what it
    /// was; the new ones are free and take the identifiers that follow.
    fn extend<M>(&mut self, slots: &mut [Slot<M>], capacity: usize) {
        let old = self.capacity;
        self.capacity = capacity;
        // What was in slot i belongs into i or i + old.
        for from in 0..old {
            if let Some(id) = slots.get(from).and_then(|slot| slot.id) {
                let to = self.index(id);
                if to != from && to < slots.len() {
                    slots.swap(from, to);
                }
            }
        }
        for id in (1..=capacity).filter_map(|id| u16::try_from(id).ok().and_then(PacketId::new)) {
            match self.at(slots, id) {
                Some(slot) if slot.id.is_none() => slot.id = Some(id),
                _ => {}
            }
        }
        self.list_free(slots);
    }
}

/// The slot of `id` among `capacity`, a power of two.
#[inline(always)]
pub(super) fn index(id: PacketId, capacity: usize) -> usize {
    #[cfg(all(test, feature = "alloc"))]
    super::probes::count();
    usize::from(id.get()) & capacity.wrapping_sub(1)
}

/// The next identifier with the slot of `id`; itself when it is alone there.
#[inline(always)]
fn following(id: PacketId, capacity: usize) -> Option<PacketId> {
    // 65,536 slots: a step of 0.
    let step = u16::try_from(capacity).unwrap_or(0);
    PacketId::new(id.get().wrapping_add(step)).or(PacketId::new(step))
}

const fn largest_power_of_two(limit: usize) -> usize {
    match limit.checked_ilog2() {
        Some(bits) => 1 << bits,
        None => 0,
    }
}
