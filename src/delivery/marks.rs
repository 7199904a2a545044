//! Where a receiver keeps identifiers: a hash table and a queue through one array.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

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
    bucket: Link,
    /// The next mark of the same bucket, or the next free one.
    chain: Link,
    /// Neighbours among those that await their answer.
    previous: Link,
    next: Link,
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
/// is `Held`: its answer goes out when the peer repeats the PUBLISH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    Free,
    /// The application has the message and the receipt. `here`: the PUBLISH
    /// came on this connection.
    Open {
        qos: QoS,
        here: bool,
    },
    /// The receipt is redeemed; the answer waits for its turn.
    Due {
        qos: QoS,
        reason: ReasonCode,
    },
    /// QoS 2, redeemed: awaits PUBREL; a repeat is answered by PUBREC with
    /// this reason.
    Held {
        reason: ReasonCode,
        here: bool,
    },
}

impl Mark {
    /// What storage is made of.
    pub const EMPTY: Self = Self {
        id: None,
        state: State::Free,
        serial: Serial::FIRST,
        bucket: Link::NONE,
        chain: Link::NONE,
        previous: Link::NONE,
        next: Link::NONE,
    };

    /// The one that is answered behind it.
    pub(super) const fn following(&self) -> Link {
        self.next
    }

    /// Whether the receipt is its own, and not redeemed.
    #[inline(always)]
    pub(super) fn is_open_for(&self, receipt: &Receipt) -> bool {
        let open = matches!(self.state, State::Open { qos, .. } if qos == receipt.qos);
        open && self.id == Some(receipt.packet_id) && self.serial.is(receipt.serial)
    }

    pub(super) const fn is_exactly_once(&self) -> bool {
        match self.state {
            State::Open { qos, .. } | State::Due { qos, .. } => matches!(qos, QoS::ExactlyOnce),
            State::Held { .. } => true,
            State::Free => false,
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

impl Sealed for &mut [Mark] {
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

/// A mark for every identifier; a power of two minus one would spoil the
/// buckets, so the last one is not used.
const MOST: usize = 1 << 16;

/// Index of a mark; `NONE` is that of the one that is never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link(u16);

impl Link {
    pub(super) const NONE: Self = Self(u16::MAX);

    #[inline(always)]
    fn of(index: usize) -> Self {
        u16::try_from(index).map_or(Self::NONE, Self)
    }

    #[inline(always)]
    fn get(self, marks: &[Mark]) -> Option<&Mark> {
        #[cfg(all(test, feature = "alloc"))]
        super::probes::count();
        marks
            .get(usize::from(self.0))
            .filter(|_| self != Self::NONE)
    }

    #[inline(always)]
    fn get_mut(self, marks: &mut [Mark]) -> Option<&mut Mark> {
        #[cfg(all(test, feature = "alloc"))]
        super::probes::count();
        marks
            .get_mut(usize::from(self.0))
            .filter(|_| self != Self::NONE)
    }
}

/// The identifiers by value, and those that await their answer in the order
/// of arrival.
///
/// The peer chooses the identifiers. Identifier `id` is in bucket `id %
/// buckets`, a list: as there are 65,535 identifiers, no bucket holds more
/// than `65,536 / buckets` of them, nor more than there are marks. So a
/// hostile choice costs 256 steps at the worst, at 256 marks, and the
/// identifiers that ours and most senders choose cost one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Table {
    /// A power of two, or 0.
    buckets: usize,
    free: Link,
    first: Link,
    last: Link,
    used: u16,
}

impl Table {
    /// Empties the marks.
    pub(super) fn new(marks: &mut [Mark]) -> Self {
        let mut table = Self {
            buckets: 0,
            free: Link::NONE,
            first: Link::NONE,
            last: Link::NONE,
            used: 0,
        };
        marks.fill(Mark::EMPTY);
        table.extend(marks, 0);
        table
    }

    /// How many identifiers there are.
    pub(super) const fn used(&self) -> u16 {
        self.used
    }

    #[inline(always)]
    pub(super) fn find(&self, marks: &[Mark], id: PacketId) -> Option<Link> {
        let mut link = self.bucket(marks, id)?.bucket;
        while let Some(mark) = link.get(marks) {
            if mark.id == Some(id) {
                return Some(link);
            }
            link = mark.chain;
        }
        None
    }

    /// A mark for `id`, which has none; `None` when there is no more storage.
    #[inline]
    pub(super) fn insert(
        &mut self,
        storage: &mut (impl Marks + ?Sized),
        id: PacketId,
        state: State,
        serial: Serial,
    ) -> Option<Link> {
        if self.free == Link::NONE {
            let old = storage.marks().len();
            if !storage.grow() {
                return None;
            }
            self.extend(storage.marks_mut(), old);
        }
        let marks = storage.marks_mut();
        let link = self.free;
        let bucket = marks.get_mut(self.index(id))?;
        let behind = core::mem::replace(&mut bucket.bucket, link);
        let mark = link.get_mut(marks)?;
        self.free = core::mem::replace(&mut mark.chain, behind);
        mark.id = Some(id);
        mark.state = state;
        mark.serial = serial;
        self.used = self.used.saturating_add(1);
        Some(link)
    }

    /// Forgets an identifier, which awaits no answer.
    #[inline]
    pub(super) fn remove(&mut self, marks: &mut [Mark], link: Link) {
        let Some(mark) = link.get_mut(marks) else {
            return;
        };
        let Some(id) = mark.id.take() else {
            return;
        };
        mark.state = State::Free;
        mark.serial = Serial::FIRST;
        let behind = core::mem::replace(&mut mark.chain, self.free);
        self.free = link;
        self.used = self.used.saturating_sub(1);
        self.unchain(marks, link, id, behind);
    }

    /// The one whose answer goes out first.
    #[inline(always)]
    pub(super) const fn first(&self) -> Link {
        self.first
    }

    /// Its answer goes out behind all others.
    #[inline]
    pub(super) fn enqueue(&mut self, marks: &mut [Mark], link: Link) {
        if let Some(mark) = link.get_mut(marks) {
            mark.previous = self.last;
            mark.next = Link::NONE;
        }
        match self.last.get_mut(marks) {
            Some(last) => last.next = link,
            None => self.first = link,
        }
        self.last = link;
    }

    /// It awaits no answer any more.
    #[inline]
    pub(super) fn dequeue(&mut self, marks: &mut [Mark], link: Link) {
        let Some(mark) = link.get_mut(marks) else {
            return;
        };
        let (previous, next) = (mark.previous, mark.next);
        (mark.previous, mark.next) = (Link::NONE, Link::NONE);
        match previous.get_mut(marks) {
            Some(mark) => mark.next = next,
            None => self.first = next,
        }
        match next.get_mut(marks) {
            Some(mark) => mark.previous = previous,
            None => self.last = previous,
        }
    }

    /// Nobody awaits an answer any more.
    pub(super) fn clear_queue(&mut self, marks: &mut [Mark]) {
        while self.first != Link::NONE {
            self.dequeue(marks, self.first);
        }
    }

    #[inline(always)]
    pub(super) fn get<'m>(&self, marks: &'m [Mark], link: Link) -> Option<&'m Mark> {
        link.get(marks)
    }

    #[inline(always)]
    pub(super) fn get_mut<'m>(&self, marks: &'m mut [Mark], link: Link) -> Option<&'m mut Mark> {
        link.get_mut(marks)
    }

    #[inline(always)]
    fn index(&self, id: PacketId) -> usize {
        usize::from(id.get()) & self.buckets.wrapping_sub(1)
    }

    #[inline(always)]
    fn bucket<'m>(&self, marks: &'m [Mark], id: PacketId) -> Option<&'m Mark> {
        marks.get(self.index(id))
    }

    #[inline(always)]
    fn chain(&self, marks: &mut [Mark], link: Link, id: PacketId) {
        let Some(bucket) = marks.get_mut(self.index(id)) else {
            return;
        };
        let behind = core::mem::replace(&mut bucket.bucket, link);
        if let Some(mark) = link.get_mut(marks) {
            mark.chain = behind;
        }
    }

    #[inline(always)]
    fn unchain(&self, marks: &mut [Mark], link: Link, id: PacketId, after: Link) {
        let Some(bucket) = marks.get_mut(self.index(id)) else {
            return;
        };
        if bucket.bucket == link {
            bucket.bucket = after;
            return;
        }
        let mut at = bucket.bucket;
        while let Some(mark) = at.get_mut(marks) {
            if mark.chain == link {
                mark.chain = after;
                return;
            }
            at = mark.chain;
        }
    }

    /// Frees the marks from `old` on, and sorts all others into the larger
    /// number of buckets.
    #[cold]
    fn extend(&mut self, marks: &mut [Mark], old: usize) {
        let len = marks.len().min(MOST);
        self.buckets = match len.checked_ilog2() {
            Some(bits) => 1 << bits,
            None => 0,
        };
        for mark in marks.iter_mut() {
            mark.bucket = Link::NONE;
        }
        for index in (0..len).rev() {
            let link = Link::of(index);
            let Some(mark) = link.get_mut(marks) else {
                continue;
            };
            if let Some(id) = mark.id {
                self.chain(marks, link, id);
            } else if index >= old {
                mark.chain = self.free;
                self.free = link;
            }
        }
    }
}
