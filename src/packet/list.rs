use core::{fmt, marker::PhantomData};

use super::{EncodeError, ReasonCode};
use super::{Subscription, SubscriptionIdentifier, UserProperty, Version};
use crate::topic::TopicFilter;
use crate::wire::sink::Sink;

/// A list in a packet: still in the bytes it was read from, or a slice lent by
/// the caller.
///
/// What comes from the wire was validated when the packet was decoded and is
/// read item by item when iterated; nothing is allocated. Two lists are equal
/// when their items are, whichever form they have.
///
/// ```
/// use puremqtt::{List, QoS, Subscription, TopicFilter};
///
/// let wanted = [Subscription::new(TopicFilter::literal("area/+/#"), QoS::AtLeastOnce)];
/// let list = List::from(&wanted);
/// assert_eq!(list.iter().next(), Some(wanted[0]));
/// ```
pub struct List<'a, T> {
    repr: Repr<'a, T>,
}

enum Repr<'a, T> {
    Wire {
        bytes: &'a [u8],
        read: Form,
        seen: Form,
        item: PhantomData<T>,
    },
    Lent {
        items: &'a [T],
        seen: Form,
    },
}

/// The version whose rules an item is read by, or folded to.
type Form = Version;

const fn older(left: Version, right: Version) -> Version {
    if left.level() < right.level() {
        left
    } else {
        right
    }
}

/// What a [`List`] can hold. Sealed: the standard says what there is.
pub trait Item<'a>: Copy + Sealed<'a> {}

pub(crate) mod sealed {
    use super::{EncodeError, Form};

    pub trait Sealed<'a>: Copy {
        /// Reads the next item off the front of bytes that were validated;
        /// `None` at their end.
        fn next(rest: &mut &'a [u8], form: Form) -> Option<Self>;

        /// The nearest item that `version` can say.
        fn folded(self, version: Form) -> Self;

        /// Writes it, or says why `version` cannot.
        fn write(self, version: Form, sink: &mut impl super::Sink) -> Result<(), EncodeError>;
    }
}

pub(crate) use sealed::Sealed;

impl<'a, T> List<'a, T> {
    /// No items.
    pub const EMPTY: Self = Self {
        repr: Repr::Lent {
            items: &[],
            seen: Version::V5,
        },
    };

    /// Validated bytes, read by the rules of `version`.
    #[inline(always)]
    pub(crate) const fn wire(bytes: &'a [u8], version: Version) -> Self {
        Self {
            repr: Repr::Wire {
                bytes,
                read: version,
                seen: Version::V5,
                item: PhantomData,
            },
        }
    }

    /// A slice, lent.
    pub const fn new(items: &'a [T]) -> Self {
        Self {
            repr: Repr::Lent {
                items,
                seen: Version::V5,
            },
        }
    }

    /// The nearest items that `version` can say. What was folded before stays folded.
    pub(crate) const fn for_version(self, version: Version) -> Self {
        let repr = match self.repr {
            Repr::Wire {
                bytes,
                read,
                seen,
                item,
            } => Repr::Wire {
                bytes,
                read,
                seen: older(seen, version),
                item,
            },
            Repr::Lent { items, seen } => Repr::Lent {
                items,
                seen: older(seen, version),
            },
        };
        Self { repr }
    }

    /// True when there is nothing to read items from, as in [`EMPTY`](Self::EMPTY).
    #[inline(always)]
    pub(crate) const fn is_none(&self) -> bool {
        match self.repr {
            Repr::Wire { bytes, .. } => bytes.is_empty(),
            Repr::Lent { items, .. } => items.is_empty(),
        }
    }

    /// True when this list is read from exactly these bytes.
    #[inline]
    pub(crate) fn is_read_from(&self, block: &[u8]) -> bool {
        match self.repr {
            Repr::Wire { bytes, .. } => core::ptr::eq(bytes, block),
            Repr::Lent { .. } => false,
        }
    }
}

impl<'a, T: Item<'a>> List<'a, T> {
    /// Reads the items, one after the other.
    #[inline]
    pub fn iter(&self) -> ListIter<'a, T> {
        ListIter { repr: self.repr }
    }

    /// The number of items; from the wire, counted by reading them.
    pub fn len(&self) -> usize {
        match self.repr {
            Repr::Wire { .. } => self.iter().count(),
            Repr::Lent { items, .. } => items.len(),
        }
    }

    /// True when there is no item.
    #[inline]
    pub fn is_empty(&self) -> bool {
        match self.repr {
            Repr::Wire { bytes: [], .. } => true,
            Repr::Wire { .. } => self.iter().next().is_none(),
            Repr::Lent { items, .. } => items.is_empty(),
        }
    }

    /// Writes all items as `version` has them.
    #[inline]
    pub(crate) fn write(&self, version: Version, sink: &mut impl Sink) -> Result<(), EncodeError> {
        self.iter().try_for_each(|item| item.write(version, sink))
    }
}

impl<T> Clone for List<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

impl<T> Clone for Repr<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Repr<'_, T> {}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a, T> From<&'a [T]> for List<'a, T> {
    fn from(items: &'a [T]) -> Self {
        Self::new(items)
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for List<'a, T> {
    fn from(items: &'a [T; N]) -> Self {
        Self::new(items)
    }
}

impl<'a, T: Item<'a> + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Item<'a> + Eq> Eq for List<'a, T> {}

impl<'a, T: Item<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Item<'a>> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Item<'a>> IntoIterator for &List<'a, T> {
    type Item = T;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

/// Reads a [`List`].
pub struct ListIter<'a, T> {
    repr: Repr<'a, T>,
}

impl<T> Clone for ListIter<'_, T> {
    fn clone(&self) -> Self {
        Self { repr: self.repr }
    }
}

impl<'a, T: Item<'a> + fmt::Debug> fmt::Debug for ListIter<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, T: Item<'a>> Iterator for ListIter<'a, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        match &mut self.repr {
            Repr::Wire {
                bytes, read, seen, ..
            } => T::next(bytes, *read).map(|item| item.folded(*seen)),
            Repr::Lent { items, seen } => {
                let (first, rest) = items.split_first()?;
                *items = rest;
                Some(first.folded(*seen))
            }
        }
    }
}

impl<'a, T: Item<'a>> core::iter::FusedIterator for ListIter<'a, T> {}

impl Item<'_> for ReasonCode {}
impl<'a> Item<'a> for TopicFilter<'a> {}
impl<'a> Item<'a> for Subscription<'a> {}
impl<'a> Item<'a> for UserProperty<'a> {}
impl Item<'_> for SubscriptionIdentifier {}
