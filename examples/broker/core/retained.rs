//! Retained messages: kept by topic, sent to those who subscribe.

use std::time::Duration;

use puremqtt::{
    Message, OwnedTopicFilter, Publish, QoS, SubscriptionIdentifier, SubscriptionOptions,
    TopicFilter,
};

use super::client::{Queued, Wanted};
use super::link::LinkNo;
use super::{Broker, ClientNo};

/// A topic's retained message.
pub(super) struct Retained {
    message: Message,
    qos: QoS,
    expires: Option<Duration>,
}

impl Retained {
    fn is_over(&self, now: Duration) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// So many of them wait in a client's queue at once.
const AT_ONCE: usize = 100;

impl Broker {
    /// [MQTT-3.3.1-5] The topic's last one takes the place of the one before, and
    /// [3.1.1/MQTT-3.3.1-10] [3.1.1/MQTT-3.3.1-11] an empty one is none.
    pub(super) fn retain(&mut self, publish: &Publish<'_>, now: Duration) {
        if publish.payload.is_empty() {
            self.retained.remove(publish.topic);
            return;
        }
        let message = Message::from(publish);
        let qos = publish.delivery.qos();
        let expires = message.terms(qos, now).expires;
        let retained = Retained {
            message,
            qos,
            expires,
        };
        self.retained.insert(publish.topic, retained);
    }

    /// A subscription asks for them; they go out behind its SUBACK.
    pub(super) fn want_retained(
        &mut self,
        client: ClientNo,
        filter: TopicFilter<'_>,
        options: SubscriptionOptions,
        identifier: Option<SubscriptionIdentifier>,
    ) {
        if self.retained.is_empty() {
            return;
        }
        let Some(client) = self.clients.get_mut(client.0) else {
            return;
        };
        // Who asks again before it was its turn asks once.
        let waits = |wanted: &Wanted| wanted.found.is_none() && wanted.filter.as_filter() == filter;
        client.retained.retain(|wanted| !waits(wanted));
        client.retained.push_back(Wanted {
            filter: OwnedTopicFilter::from(filter),
            options,
            identifier,
            found: None,
        });
    }

    /// Moves some of them into the client's queue; false when there are none.
    pub(super) fn refill(&mut self, no: LinkNo, now: Duration) -> bool {
        let Some(client_no) = self.client_of(no) else {
            return false;
        };
        let is_full = self
            .connection(no)
            .and_then(|connection| connection.session())
            .is_none_or(|session| session.pending() >= AT_ONCE);
        let Some(client) = self.clients.get_mut(client_no.0) else {
            return false;
        };
        if is_full || client.retained.is_empty() {
            return false;
        }
        let Some(mut wanted) = client.retained.pop_front() else {
            return false;
        };
        let mut found = match wanted.found.take() {
            Some(found) => found,
            None => self.retained_for(client_no, &wanted, now).into_iter(),
        };
        for queued in found.by_ref().take(AT_ONCE) {
            self.deliver(client_no, queued, now);
        }
        if found.len() > 0 {
            wanted.found = Some(found);
            if let Some(client) = self.clients.get_mut(client_no.0) {
                client.retained.push_front(wanted);
            }
        }
        true
    }

    /// Copies for one subscriber of all that match.
    fn retained_for(&self, client: ClientNo, wanted: &Wanted, now: Duration) -> Vec<Queued> {
        let Some(client) = self.clients.get(client.0) else {
            return Vec::new();
        };
        let identifiers = || wanted.identifier.into_iter().collect();
        let matching = self.retained.matching(wanted.filter.as_filter());
        matching
            .filter(|(topic, retained)| !retained.is_over(now) && client.rights.may_receive(*topic))
            .map(|(_, retained)| Queued {
                message: retained.message.clone(),
                // [3.1.1/MQTT-3.3.1-8] Whoever subscribes anew can tell.
                retain: true,
                qos: retained.qos.min(wanted.options.qos),
                expires: retained.expires,
                identifiers: identifiers(),
                group: None,
            })
            .collect()
    }

    /// Forgets those whose time is over.
    pub(super) fn expire_retained(&mut self, now: Duration) {
        self.retained.retain(|_, retained| !retained.is_over(now));
    }
}
