use alloc::vec::Vec;
use core::time::Duration;

use super::kept::{Kept, QueueLimits, Terms};
use crate::packet::QoS;

/// The messages of a session, each in one place from `publish` to its end.
///
/// Those that were never sent are queued in the order of their coming. Those
/// of QoS 0 are in a second list too, as they need not wait for what goes before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Queue<M> {
    nodes: Vec<Node<M>>,
    free: Link,
    all: Ends,
    at_most_once: Ends,
    /// How many are queued.
    len: usize,
    /// And the bytes of them.
    bytes: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node<M> {
    kept: Option<Kept<M>>,
    qos: QoS,
    size: usize,
    /// Among all that are queued; the next free one in a free node.
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
            free: Link::NONE,
            all: Ends::NONE,
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
    #[inline]
    pub(super) const fn has_room(&self, size: usize, limits: QueueLimits) -> bool {
        self.len < limits.messages && self.bytes.saturating_add(size) <= limits.bytes
    }

    /// Queues a message.
    #[inline]
    pub(super) fn push(&mut self, message: M, terms: Terms) {
        let kept = Kept {
            message,
            expires: terms.expires,
        };
        let link = self.hold(kept, terms.qos, terms.size);
        self.len = self.len.saturating_add(1);
        self.bytes = self.bytes.saturating_add(terms.size);
        append(&mut self.nodes, &mut self.all, link, |node| &mut node.all);
        if terms.qos == QoS::AtMostOnce {
            append(&mut self.nodes, &mut self.at_most_once, link, |node| {
                &mut node.at_most_once
            });
        }
    }

    /// Takes a message that is not queued.
    #[inline(always)]
    pub(super) fn hold(&mut self, kept: Kept<M>, qos: QoS, size: usize) -> Link {
        match self.nodes.get_mut(self.free.index()) {
            Some(node) => {
                node.kept = Some(kept);
                node.qos = qos;
                node.size = size;
                core::mem::replace(&mut self.free, node.all.next)
            }
            None => {
                let link = Link(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
                self.nodes.push(Node {
                    kept: Some(kept),
                    qos,
                    size,
                    all: Neighbours::NONE,
                    at_most_once: Neighbours::NONE,
                });
                link
            }
        }
    }

    /// The oldest.
    #[inline(always)]
    pub(super) const fn first(&self) -> Link {
        self.all.first
    }

    /// The oldest of QoS 0.
    pub(super) const fn first_at_most_once(&self) -> Link {
        self.at_most_once.first
    }

    #[inline(always)]
    pub(super) fn get(&self, link: Link) -> Option<(QoS, &Kept<M>)> {
        let node = self.nodes.get(link.index())?;
        Some((node.qos, node.kept.as_ref()?))
    }

    /// Takes one out of the queue; it stays in its place.
    #[inline]
    pub(super) fn dequeue(&mut self, link: Link) {
        let Some(node) = self.nodes.get(link.index()) else {
            return;
        };
        let (qos, size) = (node.qos, node.size);
        cut(&mut self.nodes, &mut self.all, link, |node| &mut node.all);
        if qos == QoS::AtMostOnce {
            cut(&mut self.nodes, &mut self.at_most_once, link, |node| {
                &mut node.at_most_once
            });
        }
        self.len = self.len.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size);
    }

    /// Gives back one that is not queued.
    #[inline]
    pub(super) fn take(&mut self, link: Link) -> Option<Kept<M>> {
        let node = self.nodes.get_mut(link.index())?;
        let kept = node.kept.take()?;
        node.all.next = core::mem::replace(&mut self.free, link);
        Some(kept)
    }

    /// Gives back one that is queued, if it is.
    pub(super) fn remove(&mut self, link: Link) -> Option<Kept<M>> {
        self.dequeue(link);
        self.take(link)
    }

    /// Removes the message behind `link`, if its time is over.
    #[inline(always)]
    pub(super) fn remove_expired(&mut self, link: Link, now: Duration) -> Option<M> {
        let (_, kept) = self.get(link)?;
        if !kept.is_expired(now) {
            return None;
        }
        self.remove(link).map(|kept| kept.message)
    }

    /// Where they are, the oldest first.
    pub(super) fn links(&self) -> impl Iterator<Item = Link> + '_ {
        let first = Some(self.all.first).filter(|&link| link != Link::NONE);
        core::iter::successors(first, |&link| self.behind(link))
    }

    /// The one that came next.
    pub(super) fn behind(&self, link: Link) -> Option<Link> {
        let next = self.nodes.get(link.index())?.all.next;
        (next != Link::NONE).then_some(next)
    }
}

#[inline(always)]
fn append<M>(
    nodes: &mut [Node<M>],
    ends: &mut Ends,
    link: Link,
    neighbours: impl Fn(&mut Node<M>) -> &mut Neighbours,
) {
    let last = core::mem::replace(&mut ends.last, link);
    if let Some(node) = nodes.get_mut(link.index()) {
        *neighbours(node) = Neighbours {
            previous: last,
            next: Link::NONE,
        };
    }
    match nodes.get_mut(last.index()) {
        Some(node) => neighbours(node).next = link,
        None => ends.first = link,
    }
}

#[inline(always)]
fn cut<M>(
    nodes: &mut [Node<M>],
    ends: &mut Ends,
    link: Link,
    neighbours: impl Fn(&mut Node<M>) -> &mut Neighbours,
) {
    let Some(node) = nodes.get_mut(link.index()) else {
        return;
    };
    let Neighbours { previous, next } = *neighbours(node);
    match nodes.get_mut(previous.index()) {
        Some(node) => neighbours(node).next = next,
        None => ends.first = next,
    }
    match nodes.get_mut(next.index()) {
        Some(node) => neighbours(node).previous = previous,
        None => ends.last = previous,
    }
}
