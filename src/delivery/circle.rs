//! Circles through an array, linked both ways by index.

/// Index of a slot or mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link(u16);

/// Who stands before and behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Neighbours {
    previous: Link,
    pub(super) next: Link,
}

/// What stands in a circle.
pub(super) trait Linked {
    fn neighbours(&self) -> &Neighbours;
    fn neighbours_mut(&mut self) -> &mut Neighbours;
}

impl Link {
    /// Of the first; also of none, where the storage is empty.
    pub(super) const FIRST: Self = Self(0);
    /// Of none, where there are no more than 65,535.
    pub(super) const NONE: Self = Self(u16::MAX);

    #[inline(always)]
    pub(super) fn of(index: usize) -> Self {
        // There are 65,536 of them at the most.
        Self(u16::try_from(index & 0xffff).unwrap_or_default())
    }

    #[inline(always)]
    pub(super) fn get<N>(self, nodes: &[N]) -> Option<&N> {
        #[cfg(all(test, feature = "alloc"))]
        super::probes::count();
        nodes.get(usize::from(self.0))
    }

    #[inline(always)]
    pub(super) fn get_mut<N>(self, nodes: &mut [N]) -> Option<&mut N> {
        #[cfg(all(test, feature = "alloc"))]
        super::probes::count();
        nodes.get_mut(usize::from(self.0))
    }
}

impl Neighbours {
    /// Of what stands in no circle.
    pub(super) const NONE: Self = Self {
        previous: Link::FIRST,
        next: Link::FIRST,
    };

    /// The same neighbours elsewhere.
    pub(super) fn map(self, to: impl Fn(Link) -> Link) -> Self {
        Self {
            previous: to(self.previous),
            next: to(self.next),
        }
    }
}

/// Puts `link`, which stands in no circle, right before `place`; alone if that
/// is itself.
pub(super) fn insert<N: Linked>(nodes: &mut [N], link: Link, place: Link) {
    if link == place {
        return join(nodes, link, link);
    }
    if let Some(&Neighbours { previous, .. }) = place.get(nodes).map(N::neighbours) {
        join(nodes, previous, link);
        join(nodes, link, place);
    }
}

/// Takes `link` out of its circle.
pub(super) fn remove<N: Linked>(nodes: &mut [N], link: Link) {
    if let Some(&Neighbours { previous, next }) = link.get(nodes).map(N::neighbours) {
        join(nodes, previous, next);
    }
}

/// Takes `link` from where it stands and puts it right before `place`,
/// another one of its circle.
pub(super) fn shift<N: Linked>(nodes: &mut [N], link: Link, place: Link) {
    remove(nodes, link);
    insert(nodes, link, place);
}

fn join<N: Linked>(nodes: &mut [N], previous: Link, next: Link) {
    if let Some(node) = previous.get_mut(nodes) {
        node.neighbours_mut().next = next;
    }
    if let Some(node) = next.get_mut(nodes) {
        node.neighbours_mut().previous = previous;
    }
}
