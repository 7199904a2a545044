//! What a search for a topic yields.

use core::iter::FusedIterator;
use core::{fmt, slice};

use super::lists::{Entry, Lists};
use super::places::PlaceId;
use super::search::{Exhausted, Search};
use super::store::NONE;
use crate::topic::{TopicFilter, TopicName};

/// A subscription, or a group of shared ones, whose filter matches a topic.
#[derive(Debug)]
pub enum Match<'t, K, V> {
    /// Gets a copy of the message.
    Subscriber {
        /// Who subscribes.
        key: &'t K,
        /// What was granted.
        value: &'t V,
        /// The filter that matches.
        filter: TopicFilter<'t>,
    },
    /// One member is to get the message: the caller picks.
    Group(Group<'t, K, V>),
}

/// The subscribers that share a filter under one share name (MQTT 5, section 4.8.2).
#[doc(alias = "$share")]
pub struct Group<'t, K, V> {
    lists: &'t Lists<K, V>,
    place: PlaceId,
}

/// The subscribers of one filter.
pub struct Members<'t, K, V> {
    lists: &'t Lists<K, V>,
    crowd: slice::Iter<'t, u32>,
    next: u32,
}

/// See [`SubscriptionTree::matches`](crate::SubscriptionTree::matches).
#[must_use = "a search does nothing until it is asked for items"]
pub struct Matches<'t, 'n, K, V>(Found<'t, 'n, K, V>);

/// See [`SubscriptionTree::matches_within`](crate::SubscriptionTree::matches_within).
#[must_use = "a search does nothing until it is asked for items"]
pub struct MatchesWithin<'t, 'n, K, V> {
    found: Found<'t, 'n, K, V>,
    exhausted: bool,
}

/// See [`SubscriptionTree::iter`](crate::SubscriptionTree::iter).
pub struct Subscriptions<'t, K, V> {
    lists: &'t Lists<K, V>,
    entries: slice::Iter<'t, Entry<K, V>>,
}

struct Found<'t, 'n, K, V> {
    search: Search<'t, 'n>,
    members: Members<'t, K, V>,
    /// Where these members are.
    place: PlaceId,
}

impl<'t, K, V> Group<'t, K, V> {
    /// The filter with its share.
    pub fn filter(&self) -> TopicFilter<'t> {
        self.lists.places.filter(self.place)
    }

    /// The name of the share.
    pub fn share_name(&self) -> &'t str {
        self.filter().share_name().unwrap_or_default()
    }

    /// All members, at least one, in the same order until one joins or leaves.
    pub fn members(&self) -> Members<'t, K, V> {
        Members::new(self.lists, self.place)
    }
}

impl<'t, K, V> Members<'t, K, V> {
    #[inline]
    fn new(lists: &'t Lists<K, V>, place: PlaceId) -> Self {
        let (crowd, next) = lists.members(place);
        Self {
            lists,
            crowd: crowd.iter(),
            next,
        }
    }

    #[inline]
    fn none(lists: &'t Lists<K, V>) -> Self {
        Self {
            lists,
            crowd: [].iter(),
            next: NONE,
        }
    }
}

impl<'t, K, V> Iterator for Members<'t, K, V> {
    type Item = (&'t K, &'t V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = if self.next != NONE {
            let entry = &self.lists.entries[self.next];
            self.next = entry.link;
            entry
        } else {
            &self.lists.entries[*self.crowd.next()?]
        };
        Some((&entry.key, &entry.value))
    }
}

impl<'t, 'n, K, V> Found<'t, 'n, K, V> {
    #[inline]
    fn new(lists: &'t Lists<K, V>, topic: TopicName<'n>, visits: usize) -> Self {
        Self {
            search: Search::new(&lists.places, topic, visits),
            members: Members::none(lists),
            place: PlaceId::NOWHERE,
        }
    }

    #[inline]
    fn next(&mut self) -> Result<Option<Match<'t, K, V>>, Exhausted> {
        loop {
            if let Some((key, value)) = self.members.next() {
                return Ok(Some(Match::Subscriber {
                    key,
                    value,
                    filter: self.members.lists.places.filter(self.place),
                }));
            }
            let Some(place) = self.search.next()? else {
                return Ok(None);
            };
            let lists = self.members.lists;
            if lists.places.is_shared(place) {
                return Ok(Some(Match::Group(Group { lists, place })));
            }
            self.members = Members::new(lists, place);
            self.place = place;
        }
    }
}

impl<'t, 'n, K, V> Matches<'t, 'n, K, V> {
    #[inline]
    pub(super) fn new(lists: &'t Lists<K, V>, topic: TopicName<'n>) -> Self {
        Self(Found::new(lists, topic, usize::MAX))
    }

    /// Keys and values alone, with one member of each group, or none, as `pick` says.
    ///
    /// ```
    /// use puremqtt::{SubscriptionTree, TopicFilter, TopicName};
    ///
    /// let mut tree = SubscriptionTree::new();
    /// tree.insert(TopicFilter::literal("a/b"), 1, "one");
    /// tree.insert(TopicFilter::literal("$share/g/a/+"), 2, "two");
    /// let found = tree.matches(TopicName::literal("a/b"));
    /// assert_eq!(found.picking(|group| group.members().next()).count(), 2);
    /// ```
    pub fn picking(
        self,
        mut pick: impl FnMut(Group<'t, K, V>) -> Option<(&'t K, &'t V)>,
    ) -> impl Iterator<Item = (&'t K, &'t V)> {
        self.filter_map(move |found| match found {
            Match::Subscriber { key, value, .. } => Some((key, value)),
            Match::Group(group) => pick(group),
        })
    }
}

impl<'t, K, V> Iterator for Matches<'t, '_, K, V> {
    type Item = Match<'t, K, V>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().unwrap_or(None)
    }
}

impl<K, V> FusedIterator for Matches<'_, '_, K, V> {}

impl<'t, 'n, K, V> MatchesWithin<'t, 'n, K, V> {
    pub(super) fn new(lists: &'t Lists<K, V>, topic: TopicName<'n>, nodes: usize) -> Self {
        Self {
            found: Found::new(lists, topic, nodes),
            exhausted: false,
        }
    }
}

impl<'t, K, V> Iterator for MatchesWithin<'t, '_, K, V> {
    type Item = Result<Match<'t, K, V>, Exhausted>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.exhausted {
            return None;
        }
        let next = self.found.next();
        self.exhausted = next.is_err();
        next.transpose()
    }
}

impl<K, V> FusedIterator for MatchesWithin<'_, '_, K, V> {}

impl<'t, K, V> Subscriptions<'t, K, V> {
    pub(super) fn new(lists: &'t Lists<K, V>) -> Self {
        Self {
            lists,
            entries: lists.entries.iter(),
        }
    }
}

impl<'t, K, V> Iterator for Subscriptions<'t, K, V> {
    type Item = (TopicFilter<'t>, &'t K, &'t V);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        Some((
            self.lists.places.filter(entry.place),
            &entry.key,
            &entry.value,
        ))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K, V> ExactSizeIterator for Subscriptions<'_, K, V> {}

impl<K, V> Clone for Group<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Group<'_, K, V> {}

impl<K, V> Clone for Match<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Match<'_, K, V> {}

impl<K, V> Clone for Members<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            lists: self.lists,
            crowd: self.crowd.clone(),
            next: self.next,
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Group<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group")
            .field(&self.filter())
            .field(&self.members())
            .finish()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Members<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl<K, V> fmt::Debug for Matches<'_, '_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matches").finish_non_exhaustive()
    }
}

impl<K, V> fmt::Debug for MatchesWithin<'_, '_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MatchesWithin").finish_non_exhaustive()
    }
}

impl<K, V> fmt::Debug for Subscriptions<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriptions").finish_non_exhaustive()
    }
}
