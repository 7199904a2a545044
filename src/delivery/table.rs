use core::hash::{Hash, Hasher};

use super::circle::{self, Link};
use super::marks::{Mark, Marks, State};
use super::receipt::Serial;
use crate::packet::PacketId;

/// The identifiers by value, and in the order in which they are answered.
///
/// The peer chooses the identifiers. Identifier `id` is in bucket `id %
/// buckets`, a list: as there are 65,535 identifiers, no bucket holds more
/// than `65,536 / buckets` of them, nor more than there are marks. So a
/// hostile choice costs 256 steps at the worst, at 256 marks, and the
/// identifiers that ours and most senders choose cost one.
///
/// All marks stand in one circle of three parts:
///
/// ```text
/// ┌─► aside ──► queued ──► free ─┐
/// └──────────────────────────────┘
/// ```
///
/// The queued ones await their answers, which go out in the order of arrival;
/// those aside do not. Whatever becomes of a mark, it goes to the end of the
/// part before or behind its own. The oldest of a part stands there already,
/// and only the border moves: peers send in order.
///
/// Where in the storage a mark is makes no difference to what it stands for,
/// so equality and hashing of a table pass over that; those of a receiver look
/// at the identifiers in their order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// How many buckets there are, a power of two, less one.
    mask: u16,
    // Where each part begins; an empty one where the next one does, and
    // behind a circle without free ones at its beginning again.
    aside: Link,
    queued: Link,
    free: Link,
    used: u16,
}

impl Table {
    /// Empties the marks.
    pub(super) fn new(marks: &mut [Mark]) -> Self {
        let mut table = Self {
            mask: 0,
            aside: Link::FIRST,
            queued: Link::FIRST,
            free: Link::FIRST,
            used: 0,
        };
        marks.fill(Mark::EMPTY);
        table.extend(marks, 0);
        table
    }

    /// How many identifiers there are.
    #[inline(always)]
    pub(super) const fn used(&self) -> u16 {
        self.used
    }

    #[inline(always)]
    pub(super) fn find(&self, marks: &[Mark], id: PacketId) -> Option<Link> {
        let mut link = marks.get(self.bucket(id))?.bucket;
        while let Some(mark) = link.get(marks) {
            if mark.id == Some(id) {
                return Some(link);
            }
            link = mark.chain;
        }
        None
    }

    /// Whether there is a mark for one more identifier; grows if it must and can.
    #[inline(always)]
    pub(super) fn has_room(&mut self, storage: &mut (impl Marks + ?Sized)) -> bool {
        usize::from(self.used) < storage.marks().len() || self.grow(storage)
    }

    /// A mark for `id`, which has none, behind all that are queued. There has
    /// to be room.
    #[inline(always)]
    pub(super) fn insert(
        &mut self,
        marks: &mut [Mark],
        id: PacketId,
        state: State,
        serial: Serial,
    ) -> Option<Link> {
        let link = self.free;
        let bucket = marks.get_mut(self.bucket(id))?;
        let behind = core::mem::replace(&mut bucket.bucket, link);
        let mark = link.get_mut(marks)?;
        mark.chain = behind;
        mark.id = Some(id);
        mark.state = state;
        mark.serial = serial;
        self.free = mark.neighbours.next;
        // There are at most as many as marks.
        self.used = self.used.wrapping_add(1);
        Some(link)
    }

    /// A mark for `id`, which has none, aside.
    pub(super) fn insert_aside(
        &mut self,
        storage: &mut (impl Marks + ?Sized),
        id: PacketId,
        state: State,
        serial: Serial,
    ) -> bool {
        if !self.has_room(storage) {
            return false;
        }
        let marks = storage.marks_mut();
        let Some(link) = self.insert(marks, id, state, serial) else {
            return false;
        };
        if self.queued == link {
            self.queued = self.free;
            return true;
        }
        circle::shift(marks, link, self.queued);
        if self.aside == self.queued {
            self.aside = link;
            if self.is_full(marks) {
                self.free = link;
            }
        }
        true
    }

    /// Forgets `id`, which has this mark and is not the first that is queued.
    #[inline]
    pub(super) fn remove(&mut self, marks: &mut [Mark], link: Link, id: PacketId) {
        let Some(mark) = link.get_mut(marks) else {
            return;
        };
        // What else is in a free one, nobody asks.
        mark.state = State::Free;
        let (next, after) = (mark.neighbours.next, mark.chain);
        self.unchain(marks, link, id, after);
        if self.aside == link {
            self.aside = next;
        } else {
            self.shift_to_free(marks, link);
        }
        self.used = self.used.wrapping_sub(1);
    }

    /// Where the one is whose answer goes out first, if any is queued.
    #[inline(always)]
    pub(super) const fn first(&self) -> Link {
        self.queued
    }

    /// The first of those that are queued is answered, and is aside now. Its
    /// state is the caller's to change.
    #[inline(always)]
    pub(super) fn dequeue(&mut self, marks: &[Mark], first: Link) {
        if let Some(mark) = first.get(marks) {
            self.queued = mark.neighbours.next;
        }
    }

    /// As [`remove`](Self::remove), of any one.
    pub(super) fn remove_any(&mut self, marks: &mut [Mark], link: Link, id: PacketId) {
        if self.queued == link && link.get(marks).is_some_and(Mark::is_queued) {
            self.dequeue(marks, link);
        }
        self.remove(marks, link, id);
    }

    /// One that is aside is to be answered behind all others.
    pub(super) fn enqueue(&mut self, marks: &mut [Mark], link: Link) {
        let Some(next) = link.get(marks).map(|mark| mark.neighbours.next) else {
            return;
        };
        let is_first = !self.is_any_queued(marks);
        // The last of those aside, before which nobody waits, stands there already.
        if !(is_first && next == self.free) {
            let is_full = self.is_full(marks);
            let is_oldest = self.aside == link;
            if is_oldest {
                self.aside = next;
            }
            if is_oldest && is_full {
                self.free = next;
            } else {
                circle::shift(marks, link, self.free);
            }
        }
        if is_first {
            self.queued = link;
        }
    }

    /// Whether any answer waits for its turn.
    pub(super) fn is_any_queued(&self, marks: &[Mark]) -> bool {
        self.queued.get(marks).is_some_and(Mark::is_queued)
    }

    /// Nobody awaits an answer any more: all are aside. Their states are the
    /// caller's to change.
    pub(super) const fn clear_queue(&mut self) {
        self.queued = self.free;
    }

    /// All identifiers and what they stand for, those aside first.
    pub(super) fn identifiers<'m>(
        &self,
        marks: &'m [Mark],
    ) -> impl Iterator<Item = (Option<PacketId>, State)> + use<'m> {
        let behind = |mark: &&Mark| mark.neighbours.next.get(marks);
        core::iter::successors(self.aside.get(marks), behind)
            .take(usize::from(self.used))
            .map(|mark| (mark.id, mark.state))
    }

    /// All identifiers, those aside first; each may be removed on the way.
    pub(super) fn for_each(
        &mut self,
        marks: &mut [Mark],
        mut each: impl FnMut(&mut Self, &mut [Mark], Link, PacketId),
    ) {
        let mut next = self.aside;
        for _ in 0..self.used {
            let link = next;
            if let Some(mark) = link.get(marks) {
                next = mark.neighbours.next;
                if let Some(id) = mark.id {
                    each(self, marks, link, id);
                }
            }
        }
    }

    fn is_full(&self, marks: &[Mark]) -> bool {
        usize::from(self.used) >= marks.len()
    }

    #[inline(always)]
    fn bucket(&self, id: PacketId) -> usize {
        usize::from(id.get() & self.mask)
    }

    #[inline(always)]
    fn unchain(&self, marks: &mut [Mark], link: Link, id: PacketId, after: Link) {
        let Some(bucket) = marks.get_mut(self.bucket(id)) else {
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

    /// Puts one that is not the first of all to the end of the free ones.
    #[inline(never)]
    fn shift_to_free(&mut self, marks: &mut [Mark], link: Link) {
        circle::shift(marks, link, self.aside);
        if self.is_full(marks) {
            self.begin_behind_all(marks, link);
        }
    }

    /// `link`, which is free, stands behind all others of a circle that has
    /// no free ones: parts that are empty begin there.
    fn begin_behind_all(&mut self, marks: &[Mark], link: Link) {
        self.free = link;
        if !self.is_any_queued(marks) {
            self.queued = link;
        }
    }

    /// Makes it more marks; `false` when there are no more.
    #[cold]
    fn grow(&mut self, storage: &mut (impl Marks + ?Sized)) -> bool {
        let old = storage.marks().len();
        let grown = storage.grow();
        if grown {
            self.extend(storage.marks_mut(), old);
        }
        grown
    }

    /// Frees the marks from `old` on, before which none are free, and sorts
    /// all others into the larger number of buckets.
    #[cold]
    fn extend(&mut self, marks: &mut [Mark], old: usize) {
        let len = u16::try_from(marks.len()).unwrap_or(u16::MAX);
        let buckets = len.checked_ilog2().map_or(1, |bits| 1 << bits);
        self.mask = u16::wrapping_sub(buckets, 1);
        for mark in marks.iter_mut() {
            mark.bucket = Link::NONE;
        }
        for index in (0..old).rev() {
            self.chain(marks, Link::of(index));
        }
        for index in old..marks.len() {
            let link = Link::of(index);
            circle::insert(marks, link, self.aside);
            if index == old {
                self.begin_behind_all(marks, link);
            }
        }
    }

    fn chain(&self, marks: &mut [Mark], link: Link) {
        let Some(id) = link.get(marks).and_then(|mark| mark.id) else {
            return;
        };
        let Some(bucket) = marks.get_mut(self.bucket(id)) else {
            return;
        };
        let behind = core::mem::replace(&mut bucket.bucket, link);
        if let Some(mark) = link.get_mut(marks) {
            mark.chain = behind;
        }
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        (self.mask, self.used) == (other.mask, other.used)
    }
}

impl Eq for Table {}

impl Hash for Table {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.mask, self.used).hash(state);
    }
}
