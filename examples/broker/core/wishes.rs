//! Retained messages that a client's subscriptions have asked for and that it has yet to be sent.

use std::collections::{BTreeMap, HashMap};

use puremqtt::{
    Message, OwnedTopicFilter, SubscriptionIdentifier, SubscriptionOptions, TopicFilter,
};

/// Those of one client, in the order in which they came. A client may have as many as it has
/// subscriptions, and no packet takes more steps than it has filters.
#[derive(Default)]
pub(super) struct Wishes {
    /// The first one, once its messages are looked up.
    current: Option<Wanted>,
    waiting: BTreeMap<u64, Wanted>,
    /// Where those are that wait.
    by_filter: HashMap<Box<str>, u64>,
    next: u64,
}

/// What one subscription has asked for. What is sent is the topic's message of that moment, not
/// the one that was found: a newer one may stand in the queue already.
pub(super) struct Wanted {
    pub(super) filter: OwnedTopicFilter,
    pub(super) options: SubscriptionOptions,
    pub(super) identifier: Option<SubscriptionIdentifier>,
    /// There may be many: only the first one's are looked up.
    pub(super) found: Option<std::vec::IntoIter<Message>>,
}

impl Wishes {
    /// Adds one. Who asks again before it was its turn asks once.
    pub(super) fn add(&mut self, wanted: Wanted) {
        let filter = wanted.filter.as_filter();
        let before = self.by_filter.insert(filter.as_str().into(), self.next);
        if let Some(before) = before {
            self.waiting.remove(&before);
        }
        self.waiting.insert(self.next, wanted);
        self.next += 1;
    }

    /// There is no such subscription any more.
    pub(super) fn remove(&mut self, filter: TopicFilter<'_>) {
        if let Some(at) = self.by_filter.remove(filter.as_str()) {
            self.waiting.remove(&at);
        }
        self.current
            .take_if(|wanted| wanted.filter.as_filter() == filter);
    }

    /// The one whose turn it is.
    pub(super) fn first(&mut self) -> Option<&mut Wanted> {
        if self.current.is_none() {
            let (_, first) = self.waiting.pop_first()?;
            self.by_filter.remove(first.filter.as_filter().as_str());
            self.current = Some(first);
        }
        self.current.as_mut()
    }

    /// The first one has all it asked for.
    pub(super) fn pop(&mut self) -> Option<Wanted> {
        self.current.take()
    }

    pub(super) fn contains(&self, filter: TopicFilter<'_>) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|wanted| wanted.filter.as_filter() == filter)
            || self.by_filter.contains_key(filter.as_str())
    }
}
