//! Where a sender keeps its exchanges: a slot for each, found by `id % slots`.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use super::circle::{Linked, Neighbours};
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
    pub(super) neighbours: Neighbours,
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
///
/// When the connection is lost, `Published` is `Unsent`, and `Released` is
/// `Unreleased`; `sent()` on the next one leads back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    Free,
    /// Never sent: the identifier is not spent yet.
    Pending(QoS),
    /// Sent on an earlier connection, and due again on this one.
    Unsent(QoS),
    /// Sent on this connection: awaits PUBACK (QoS 1) or PUBREC (QoS 2).
    Published(QoS),
    /// A PUBREL is due. The reason is the PUBREC's.
    Unreleased(ReasonCode),
    /// Its PUBREL was sent on this connection, and awaits PUBCOMP.
    Released(ReasonCode),
    /// A SUBSCRIBE or UNSUBSCRIBE.
    Requested(Request),
}

impl<M> Slot<M> {
    /// What storage is made of.
    pub const EMPTY: Self = Self {
        id: None,
        neighbours: Neighbours::NONE,
        state: State::Free,
        message: None,
    };
}

impl<M> Linked for Slot<M> {
    #[inline(always)]
    fn neighbours(&self) -> &Neighbours {
        &self.neighbours
    }

    #[inline(always)]
    fn neighbours_mut(&mut self) -> &mut Neighbours {
        &mut self.neighbours
    }
}

impl State {
    /// Whether a PUBLISH has yet to be sent on this connection.
    #[inline(always)]
    pub(super) const fn is_unsent(self) -> bool {
        matches!(self, Self::Pending(_) | Self::Unsent(_))
    }

    #[inline(always)]
    pub(super) const fn is_outbound(self) -> bool {
        matches!(
            self,
            Self::Pending(_) | Self::Unsent(_) | Self::Published(_)
        )
    }

    #[inline(always)]
    pub(super) const fn is_released(self) -> bool {
        matches!(self, Self::Unreleased(_) | Self::Released(_))
    }
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
        /// Lets go of slots that are too many, so that those that are left
        /// are a power of two, at most 65,536, or none.
        fn trim(&mut self);
        /// The slots, once they are trimmed.
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
    fn trim(&mut self) {}

    #[inline(always)]
    fn slots(&self) -> &[Slot<M>] {
        self.get(..usable(N)).unwrap_or_default()
    }

    #[inline(always)]
    fn slots_mut(&mut self) -> &mut [Slot<M>] {
        self.get_mut(..usable(N)).unwrap_or_default()
    }

    #[inline(always)]
    fn most(&self) -> usize {
        usable(N)
    }

    fn grow(&mut self, _: usize) {}
}

impl<M> Sealed<M> for &mut [Slot<M>] {
    fn trim(&mut self) {
        let usable = usable(self.len());
        *self = core::mem::take(self).get_mut(..usable).unwrap_or_default();
    }

    #[inline(always)]
    fn slots(&self) -> &[Slot<M>] {
        self
    }

    #[inline(always)]
    fn slots_mut(&mut self) -> &mut [Slot<M>] {
        self
    }

    #[inline(always)]
    fn most(&self) -> usize {
        self.len()
    }

    fn grow(&mut self, _: usize) {}
}

#[cfg(feature = "alloc")]
impl<M> Sealed<M> for Vec<Slot<M>> {
    fn trim(&mut self) {
        self.truncate(usable(self.len()));
    }

    #[inline(always)]
    fn slots(&self) -> &[Slot<M>] {
        self
    }

    #[inline(always)]
    fn slots_mut(&mut self) -> &mut [Slot<M>] {
        self
    }

    #[inline(always)]
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

/// How many of so many slots are used.
const fn usable(slots: usize) -> usize {
    match slots.checked_ilog2() {
        Some(bits) if slots <= MOST => 1 << bits,
        Some(_) => MOST,
        None => 0,
    }
}
