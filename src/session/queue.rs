#[cfg(test)]
mod model;

use alloc::vec::Vec;
use core::time::Duration;

use super::kept::{Kept, QueueLimits, Terms};
use crate::packet::QoS;

/// The messages of a session, each in one place from `publish` to its end.
///
/// All places stand in one circle of three parts:
///
/// ```text
/// ┌─► held ──► queued ──► free ─┐
/// └─────────────────────────────┘
/// ```
///
/// The queued ones were never sent, and stand in the order of their coming;
/// those that were are held. Whatever becomes of a message, it goes to the end
/// of the part before its own. The oldest of a part stands there already, and
/// only the border moves: messages go out and are answered in order.
///
/// Those of QoS 0 are in a second list too, as they need not wait for what
/// goes before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Queue<M> {
    nodes: Vec<Node<M>>,
    // Where each part begins; an empty one where the next one does, and
    // behind a circle without free ones at its beginning again.
    held: Link,
    queued: Link,
    free: Link,
    at_most_once: Ends,
    /// How many are queued.
    len: usize,
    /// And the bytes of them.
    bytes: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node<M> {
    /// `None` in a free one.
    message: Option<M>,
    terms: Terms,
    /// In the circle.
    all: Neighbours,
    at_most_once: Neighbours,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Ends {
    first: Link,
    last: Link,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Neighbours {
    previous: Link,
    next: Link,
}

/// Index of a node, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link(u32);

impl Link {
    const NONE: Self = Self(u32::MAX);

    #[inline(always)]
    fn index(self) -> usize {
        crate::wire::to_usize(self.0)
    }
}

impl Ends {
    const NONE: Self = Self {
        first: Link::NONE,
        last: Link::NONE,
    };
}

impl Neighbours {
    const NONE: Self = Self {
        previous: Link::NONE,
        next: Link::NONE,
    };
}

impl<M> Queue<M> {
    pub(super) const fn new() -> Self {
        Self {
            nodes: Vec::new(),
            held: Link::NONE,
            queued: Link::NONE,
            free: Link::NONE,
            at_most_once: Ends::NONE,
            len: 0,
            bytes: 0,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether one more message would be within the limits.
    #[inline(always)]
    pub(super) const fn has_room(&self, size: usize, limits: QueueLimits) -> bool {
        self.len < limits.messages && self.bytes.saturating_add(size) <= limits.bytes
    }

    /// Queues a message.
    #[inline(always)]
    pub(super) fn push(&mut self, message: M, terms: Terms) {
        let link = self.place(message, terms);
        // There are fewer than 4,294,967,296, of as many bytes as were said.
        self.len = self.len.wrapping_add(1);
        self.bytes = self.bytes.saturating_add(terms.size);
        if terms.qos == QoS::AtMostOnce {
            self.append_at_most_once(link);
        }
    }

    /// Takes a message that is not queued.
    pub(super) fn hold(&mut self, message: M, terms: Terms) -> Link {
        let link = self.place(message, terms);
        self.shift_to_held(link);
        link
    }

    /// Puts a message behind those that are queued.
    #[inline(always)]
    fn place(&mut self, message: M, terms: Terms) -> Link {
        let link = self.free;
        match self.nodes.get_mut(link.index()) {
            Some(node) if node.message.is_none() => {
                node.message = Some(message);
                node.terms = terms;
                self.free = node.all.next;
                link
            }
            _ => self.place_in_new(message, terms),
        }
    }

    #[cold]
    fn place_in_new(&mut self, message: M, terms: Terms) -> Link {
        let link = Link(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node {
            message: Some(message),
            terms,
            all: Neighbours {
                previous: link,
                next: link,
            },
            at_most_once: Neighbours::NONE,
        });
        if self.held == Link::NONE {
            (self.held, self.queued, self.free) = (link, link, link);
            return link;
        }
        // None is free: behind all are those that come first.
        self.insert(link, self.held);
        if self.len == 0 {
            self.queued = link;
        }
        link
    }

    /// The oldest.
    #[inline(always)]
    pub(super) const fn first(&self) -> Link {
        if self.len == 0 {
            Link::NONE
        } else {
            self.queued
        }
    }

    /// The oldest of QoS 0.
    pub(super) const fn first_at_most_once(&self) -> Link {
        self.at_most_once.first
    }

    #[inline(always)]
    pub(super) fn get(&self, link: Link) -> Option<Kept<'_, M>> {
        let node = self.nodes.get(link.index())?;
        Some(Kept {
            message: node.message.as_ref()?,
            qos: node.terms.qos,
            expires: node.terms.expires,
        })
    }

    /// Takes one out of the queue; it stays in its place.
    #[inline(always)]
    pub(super) fn dequeue(&mut self, link: Link) {
        let Some(node) = self.nodes.get(link.index()) else {
            return;
        };
        let (qos, next) = (node.terms.qos, node.all.next);
        self.bytes = self.bytes.saturating_sub(node.terms.size);
        if self.queued == link {
            self.queued = next;
        } else {
            self.shift_to_held(link);
        }
        self.len = self.len.wrapping_sub(1);
        if qos == QoS::AtMostOnce {
            self.cut_at_most_once(link);
        }
    }

    /// Gives back one that is not queued.
    #[inline(always)]
    pub(super) fn take(&mut self, link: Link) -> Option<M> {
        self.finish(link)?.take()
    }

    /// Where one stands that is not queued, to be taken from there at once:
    /// its place is free.
    #[inline(always)]
    pub(super) fn finish(&mut self, link: Link) -> Option<&mut Option<M>> {
        if self.held != link {
            self.finish_out_of_turn(link);
            return self
                .nodes
                .get_mut(link.index())
                .map(|node| &mut node.message);
        }
        let node = self.nodes.get_mut(link.index())?;
        if node.message.is_some() {
            self.held = node.all.next;
        }
        Some(&mut node.message)
    }

    /// Gives back one that is queued, if it is.
    pub(super) fn remove(&mut self, link: Link) -> Option<M> {
        self.dequeue(link);
        self.take(link)
    }

    /// Removes the message behind `link`, if its time is over.
    #[inline(always)]
    pub(super) fn remove_expired(&mut self, link: Link, now: Duration) -> Option<M> {
        if !self.get(link)?.is_expired(now) {
            return None;
        }
        self.remove(link)
    }

    /// Where they are, the oldest first.
    pub(super) fn links(&self) -> impl Iterator<Item = Link> + '_ {
        let behind = |&link: &Link| self.behind(link);
        core::iter::successors(Some(self.queued), behind).take(self.len)
    }

    /// The one behind `link`.
    pub(super) fn behind(&self, link: Link) -> Option<Link> {
        self.nodes.get(link.index()).map(|node| node.all.next)
    }

    /// Puts a queued one that is not the first to the end of the held ones, or
    /// one that was just placed behind them all.
    #[inline(never)]
    fn shift_to_held(&mut self, link: Link) {
        let (queued, is_full) = (self.queued, self.is_full());
        if link == queued {
            // The first and only one.
            self.queued = self.free;
            return;
        }
        let begins = self.held == queued;
        self.remove_from_circle(link);
        self.insert(link, queued);
        if begins {
            self.held = link;
            if is_full {
                self.free = link;
            }
        }
    }

    /// Puts a held one that is not the first to the end of the free ones.
    #[inline(never)]
    fn finish_out_of_turn(&mut self, link: Link) {
        if self.get(link).is_none() {
            return;
        }
        let (held, was_full) = (self.held, self.free == self.held);
        self.remove_from_circle(link);
        self.insert(link, held);
        if was_full {
            self.free = link;
            if self.len == 0 {
                self.queued = link;
            }
        }
    }

    /// Whether none is free.
    fn is_full(&self) -> bool {
        let node = self.nodes.get(self.free.index());
        node.is_none_or(|node| node.message.is_some())
    }

    /// Puts `link`, which stands in no circle, right before `place`.
    fn insert(&mut self, link: Link, place: Link) {
        let Some(node) = self.nodes.get(place.index()) else {
            return;
        };
        let previous = node.all.previous;
        self.join(previous, link);
        self.join(link, place);
    }

    fn remove_from_circle(&mut self, link: Link) {
        if let Some(node) = self.nodes.get(link.index()) {
            let Neighbours { previous, next } = node.all;
            self.join(previous, next);
        }
    }

    fn join(&mut self, previous: Link, next: Link) {
        if let Some(node) = self.nodes.get_mut(previous.index()) {
            node.all.next = next;
        }
        if let Some(node) = self.nodes.get_mut(next.index()) {
            node.all.previous = previous;
        }
    }

    fn append_at_most_once(&mut self, link: Link) {
        let last = core::mem::replace(&mut self.at_most_once.last, link);
        if let Some(node) = self.nodes.get_mut(link.index()) {
            node.at_most_once = Neighbours {
                previous: last,
                next: Link::NONE,
            };
        }
        match self.nodes.get_mut(last.index()) {
            Some(node) => node.at_most_once.next = link,
            None => self.at_most_once.first = link,
        }
    }

    fn cut_at_most_once(&mut self, link: Link) {
        let Some(node) = self.nodes.get(link.index()) else {
            return;
        };
        let Neighbours { previous, next } = node.at_most_once;
        match self.nodes.get_mut(previous.index()) {
            Some(node) => node.at_most_once.next = next,
            None => self.at_most_once.first = next,
        }
        match self.nodes.get_mut(next.index()) {
            Some(node) => node.at_most_once.previous = previous,
            None => self.at_most_once.last = previous,
        }
    }
}
