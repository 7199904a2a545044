//! Where a receiver keeps identifiers: a mark for each.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use super::circle::{Link, Linked, Neighbours};
use super::receipt::{Receipt, Serial};
use crate::packet::{PacketId, QoS, ReasonCode};

/// The place of one identifier in a [`Receiver`](super::Receiver).
///
/// Storage is a `Vec` of them, which grows by doubling, or an array, which
/// needs no heap: `[Mark::EMPTY; 8]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    /// `None` in a free one.
    pub(super) id: Option<PacketId>,
    pub(super) state: State,
    pub(super) serial: Serial,
    /// The first mark of the bucket with this index.
    pub(super) bucket: Link,
    /// The next mark of the same bucket.
    pub(super) chain: Link,
    pub(super) neighbours: Neighbours,
}

impl Linked for Mark {
    #[inline(always)]
    fn neighbours(&self) -> &Neighbours {
        &self.neighbours
    }

    #[inline(always)]
    fn neighbours_mut(&mut self) -> &mut Neighbours {
        &mut self.neighbours
    }
}

/// What an identifier of the peer's stands for.
///
/// ```text
///             PUBLISH            acknowledge, refuse        PUBACK is sent
/// absent ─────────────► Open ──────────────────────► Due ──────────────────► absent
///                        │                            │     PUBREC >= 0x80
///                        │ PUBREL: given up           │
///                        ▼                            ▼ PUBREC is sent    PUBREL
///                     absent                        Held ─────────────────► absent
/// ```
///
/// When the connection is lost, QoS 1 is absent at once, and a `Due` of QoS 2
/// is `Held`: its answer goes out when the peer repeats the PUBLISH. `Before`
/// says that this has not happened on this connection yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    Free,
    /// The application has the message and the receipt.
    Open(QoS),
    OpenBefore(QoS),
    /// The receipt is redeemed; the answer waits for its turn.
    PubAckDue(ReasonCode),
    PubRecDue(ReasonCode),
    /// QoS 2, redeemed: awaits PUBREL; a repeat is answered by PUBREC with
    /// this reason.
    Held(ReasonCode),
    HeldBefore(ReasonCode),
}

impl Mark {
    /// What storage is made of.
    pub const EMPTY: Self = Self {
        id: None,
        state: State::Free,
        serial: Serial::FIRST,
        bucket: Link::NONE,
        chain: Link::NONE,
        neighbours: Neighbours::NONE,
    };

    /// Whether the receipt is its own, and not redeemed.
    #[inline(always)]
    pub(super) fn is_open_for(&self, receipt: &Receipt) -> bool {
        matches!(self.state, State::Open(_) | State::OpenBefore(_)) && self.is_whose(receipt)
    }

    /// Whether the receipt is of the message that came with its identifier.
    #[inline(always)]
    pub(super) fn is_whose(&self, receipt: &Receipt) -> bool {
        let id = self.id.map_or(0, PacketId::get);
        id == receipt.packet_id.get() && self.serial.is(receipt.serial)
    }

    /// Whether its answer waits for its turn.
    pub(super) const fn is_queued(&self) -> bool {
        matches!(
            self.state,
            State::Open(_) | State::PubAckDue(_) | State::PubRecDue(_)
        )
    }

    pub(super) const fn is_exactly_once(&self) -> bool {
        match self.state {
            State::Open(qos) | State::OpenBefore(qos) => matches!(qos, QoS::ExactlyOnce),
            State::PubRecDue(_) | State::Held(_) | State::HeldBefore(_) => true,
            State::Free | State::PubAckDue(_) => false,
        }
    }
}

impl Link {
    /// Gives the mark another state.
    pub(super) fn set(self, marks: &mut [Mark], state: State) {
        if let Some(mark) = self.get_mut(marks) {
            mark.state = state;
        }
    }
}

/// Storage for a [`Receiver`](super::Receiver): `Vec<Mark>` (feature `alloc`),
/// `[Mark; N]` or `&mut [Mark]`. Sealed.
pub trait Marks: Sealed {}

pub(super) use sealed::Sealed;

mod sealed {
    use super::Mark;

    pub trait Sealed {
        /// Lets go of those that no [`Link`](super::Link) leads to.
        fn trim(&mut self);
        /// The marks, once they are trimmed.
        fn marks(&self) -> &[Mark];
        fn marks_mut(&mut self) -> &mut [Mark];
        /// Makes it more marks; `false` when there are no more.
        fn grow(&mut self) -> bool;
    }
}

impl<const N: usize> Marks for [Mark; N] {}
impl Marks for &mut [Mark] {}
#[cfg(feature = "alloc")]
impl Marks for Vec<Mark> {}

impl<const N: usize> Sealed for [Mark; N] {
    fn trim(&mut self) {}

    #[inline(always)]
    fn marks(&self) -> &[Mark] {
        self.get(..N.min(MOST)).unwrap_or_default()
    }

    #[inline(always)]
    fn marks_mut(&mut self) -> &mut [Mark] {
        self.get_mut(..N.min(MOST)).unwrap_or_default()
    }

    fn grow(&mut self) -> bool {
        false
    }
}

impl Sealed for &mut [Mark] {
    fn trim(&mut self) {
        let usable = self.len().min(MOST);
        *self = core::mem::take(self).get_mut(..usable).unwrap_or_default();
    }

    #[inline(always)]
    fn marks(&self) -> &[Mark] {
        self
    }

    #[inline(always)]
    fn marks_mut(&mut self) -> &mut [Mark] {
        self
    }

    fn grow(&mut self) -> bool {
        false
    }
}

#[cfg(feature = "alloc")]
impl Sealed for Vec<Mark> {
    fn trim(&mut self) {
        self.truncate(MOST);
    }

    #[inline(always)]
    fn marks(&self) -> &[Mark] {
        self
    }

    #[inline(always)]
    fn marks_mut(&mut self) -> &mut [Mark] {
        self
    }

    fn grow(&mut self) -> bool {
        let capacity = self.len().saturating_mul(2).clamp(8, MOST);
        let more = capacity > self.len();
        if more {
            self.reserve_exact(capacity.saturating_sub(self.len()));
            self.resize(capacity, Mark::EMPTY);
        }
        more
    }
}

/// A mark for every identifier.
const MOST: usize = 65_535;
