use core::hash::Hash;
use core::{fmt, mem};

use super::hash::Seed;
use super::lists::{Entry, Lists};
use super::matches::{Matches, MatchesWithin, Subscriptions};
use crate::topic::{TopicFilter, TopicName};

/// Who subscribes to what: filters, each with subscribers, found by topic.
///
/// `K` is who subscribes (a connection's number, a client identifier), `V` what
/// was granted (Maximum QoS, options, Subscription Identifier). One key has at
/// most one subscription for a filter. Every entry has its own copy of the key:
/// a number or an `Arc<str>` is a better one than a `String`.
///
/// * Finding who wants a topic takes no memory and no recursion, and visits
///   each node of the tree at most once; [`matches_within`](Self::matches_within)
///   sets a limit to that.
/// * Inserting and removing take the same time whatever the number of
///   subscriptions, of the client's or the filter's. Now and then the tree
///   tidies up, in time linear to its size.
/// * Topics, filters and keys may be chosen by an attacker: hashes are seeded.
///   With feature `std` the seed is random; without it give one by
///   [`with_seed`](Self::with_seed).
/// * The tree gives back memory as it shrinks.
/// * There is no limit on the levels of a filter: the standard has none, and no
///   work multiplies with them. Who wants one counts
///   [`levels`](TopicFilter::levels) before inserting.
///
/// ```
/// use puremqtt::{Match, SubscriptionTree, TopicFilter, TopicName};
///
/// let mut tree = SubscriptionTree::new();
/// tree.insert(TopicFilter::literal("area/+/temperature"), "ann", 1);
/// tree.insert(TopicFilter::literal("area/#"), "bob", 0);
/// tree.insert(TopicFilter::literal("$share/workers/area/#"), "cid", 1);
/// tree.insert(TopicFilter::literal("$share/workers/area/#"), "dan", 1);
///
/// let mut to = vec![];
/// for found in tree.matches(TopicName::literal("area/10/temperature")) {
///     match found {
///         Match::Subscriber { key, .. } => to.push(*key),
///         // One member of each group gets the message: here, the last to join.
///         Match::Group(group) => to.extend(group.members().map(|(key, _)| *key).next()),
///     }
/// }
/// to.sort();
/// assert_eq!(to, ["ann", "bob", "dan"]);
/// ```
///
/// # Panics
/// `insert` panics when there are 2^31 filters, nodes or subscriptions already.
#[doc(alias = "broker")]
#[doc(alias = "trie")]
#[derive(Clone)]
pub struct SubscriptionTree<K, V> {
    pub(super) lists: Lists<K, V>,
}

impl<K: Ord, V> SubscriptionTree<K, V> {
    /// Brings together what one key has several of, since its filters overlap:
    /// sorts what was found by key, and yields the share of each.
    ///
    /// A server that sends one copy for all of them sends it at the highest QoS
    /// granted (3.1.1, section 3.3.5; 5, section 3.3.4), in MQTT 5 with each of
    /// their Subscription Identifiers, one that stands twice included.
    ///
    /// ```
    /// use puremqtt::{SubscriptionTree, TopicFilter, TopicName};
    ///
    /// // The value is Maximum QoS and Subscription Identifier.
    /// let mut tree = SubscriptionTree::new();
    /// tree.insert(TopicFilter::literal("a/+"), "ann", (0, 7));
    /// tree.insert(TopicFilter::literal("a/#"), "ann", (2, 9));
    /// tree.insert(TopicFilter::literal("a/b"), "bob", (1, 7));
    ///
    /// let found = tree.matches(TopicName::literal("a/b"));
    /// let mut found: Vec<_> = found.picking(|group| group.members().next()).collect();
    /// for of_one in SubscriptionTree::by_key(&mut found) {
    ///     let qos = of_one.iter().map(|(_, value)| value.0).max();
    ///     let mut identifiers: Vec<_> = of_one.iter().map(|(_, value)| value.1).collect();
    ///     identifiers.sort();
    ///     match *of_one[0].0 {
    ///         "ann" => assert_eq!((qos, identifiers), (Some(2), vec![7, 9])),
    ///         _ => assert_eq!((qos, identifiers), (Some(1), vec![7])),
    ///     }
    /// }
    /// ```
    pub fn by_key<'b, 't>(
        found: &'b mut [(&'t K, &'t V)],
    ) -> impl Iterator<Item = &'b [(&'t K, &'t V)]> {
        found.sort_unstable_by(|left, right| left.0.cmp(right.0));
        found.chunk_by(|left, right| left.0 == right.0)
    }
}

impl<K, V> SubscriptionTree<K, V> {
    /// A tree without subscriptions, which holds no memory yet.
    pub fn new() -> Self {
        Self {
            lists: Lists::new(Seed::random()),
        }
    }

    /// A tree whose hashes depend on `seed`, which nobody else is to know.
    pub fn with_seed(seed: u64) -> Self {
        Self {
            lists: Lists::new(Seed::new(seed)),
        }
    }

    /// All subscriptions whose filter matches the topic, each once: whoever has
    /// several that overlap comes several times. Shared subscriptions come as
    /// one [`Group`](crate::Group) for each filter and share name. In no particular order.
    ///
    /// Takes time linear to the number of nodes that the topic reaches, which a
    /// client that may subscribe as it likes can make as large as the tree.
    #[inline]
    pub fn matches<'t, 'n>(&'t self, topic: TopicName<'n>) -> Matches<'t, 'n, K, V> {
        Matches::new(&self.lists, topic)
    }

    /// The same, visiting at most `nodes` nodes of the tree. When that is not
    /// enough the last item is an error, and some matches are missing.
    ///
    /// ```
    /// use puremqtt::{SubscriptionTree, TopicFilter, TopicName};
    ///
    /// let mut tree = SubscriptionTree::new();
    /// tree.insert(TopicFilter::literal("+/+/+"), 1, ());
    /// let topic = TopicName::literal("a/b/c");
    /// assert!(tree.matches_within(topic, 100).all(|found| found.is_ok()));
    /// assert!(tree.matches_within(topic, 3).any(|found| found.is_err()));
    /// ```
    pub fn matches_within<'t, 'n>(
        &'t self,
        topic: TopicName<'n>,
        nodes: usize,
    ) -> MatchesWithin<'t, 'n, K, V> {
        MatchesWithin::new(&self.lists, topic, nodes)
    }

    /// All subscriptions: filter, key and value, in no particular order.
    pub fn iter(&self) -> Subscriptions<'_, K, V> {
        Subscriptions::new(&self.lists)
    }

    /// The number of subscriptions.
    pub fn len(&self) -> usize {
        self.lists.entries.len()
    }

    /// True when there is no subscription.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held, to the byte: what was asked of the allocator, and the tree
    /// itself. What keys and values own is not counted.
    pub fn memory(&self) -> usize {
        size_of::<Self>().saturating_add(self.lists.memory())
    }

    /// Removes all subscriptions, and gives back all memory.
    pub fn clear(&mut self) {
        self.lists = Lists::new(self.lists.seed);
    }
}

impl<K: Eq + Hash, V> SubscriptionTree<K, V> {
    /// Subscribes, or replaces the value of the same key's subscription to the
    /// same filter, and gives back the old one.
    pub fn insert(&mut self, filter: TopicFilter<'_>, key: K, value: V) -> Option<V> {
        let place = self.lists.places.find(filter);
        if let Some(entry) = place.and_then(|place| self.lists.find(place, &key)) {
            return Some(mem::replace(&mut self.lists.entries[entry].value, value));
        }
        self.lists.add(place, filter, key, value);
        None
    }

    /// Unsubscribes. Filters are compared character by character, and a shared
    /// subscription is another than that to the filter within it [MQTT-3.10.4-1].
    #[doc(alias = "unsubscribe")]
    pub fn remove(&mut self, filter: TopicFilter<'_>, key: &K) -> Option<V> {
        let entry = self.lists.find(self.lists.places.find(filter)?, key)?;
        let Entry { value, .. } = self.lists.take(entry);
        self.lists.tidy();
        Some(value)
    }

    /// Removes all subscriptions of a key, in time linear to their number, which is returned.
    pub fn remove_key(&mut self, key: &K) -> usize {
        let mut count = 0usize;
        while let Some(entry) = self.lists.of_key(key, 0) {
            self.lists.take(entry);
            count = count.saturating_add(1);
        }
        self.lists.tidy();
        count
    }

    /// The value of one subscription.
    pub fn get(&self, filter: TopicFilter<'_>, key: &K) -> Option<&V> {
        let entry = self.lists.find(self.lists.places.find(filter)?, key)?;
        Some(&self.lists.entries[entry].value)
    }

    /// The value of one subscription, to change it.
    pub fn get_mut(&mut self, filter: TopicFilter<'_>, key: &K) -> Option<&mut V> {
        let entry = self.lists.find(self.lists.places.find(filter)?, key)?;
        Some(&mut self.lists.entries[entry].value)
    }

    /// The subscriptions of one key: filters and values.
    pub fn of_key<'t>(
        &'t self,
        key: &'t K,
    ) -> impl Iterator<Item = (TopicFilter<'t>, &'t V)> + use<'t, K, V> {
        let entries = (0..).map_while(|number| self.lists.of_key(key, number));
        entries.map(|entry| {
            let entry = &self.lists.entries[entry];
            (self.lists.places.filter(entry.place), &entry.value)
        })
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SubscriptionTree<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<K, V> Default for SubscriptionTree<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'t, K, V> IntoIterator for &'t SubscriptionTree<K, V> {
    type Item = (TopicFilter<'t>, &'t K, &'t V);
    type IntoIter = Subscriptions<'t, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_that_is_given_is_the_one_in_use() {
        let tree = SubscriptionTree::<u32, ()>::with_seed(7);
        assert_eq!(tree.lists.seed.bytes(b"a"), Seed::new(7).bytes(b"a"));
    }

    #[cfg(feature = "std")]
    #[test]
    fn no_two_trees_have_the_same_seed_by_themselves() {
        let hash = |tree: &SubscriptionTree<u32, ()>| tree.lists.seed.bytes(b"a");
        assert_ne!(
            hash(&SubscriptionTree::<u32, ()>::new()),
            hash(&SubscriptionTree::<u32, ()>::new())
        );
    }
}
