//! Retained messages: kept by topic, sent to those who subscribe.

use std::time::Duration;

use puremqtt::{
    Message, OwnedTopicFilter, Publish, QoS, SubscriptionIdentifier, SubscriptionOptions,
    TopicFilter,
};

use super::client::{Queued, Wanted};
use super::link::LinkNo;
use super::routing::outgoing_qos;
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

/// No more are added to a client's queue while so many messages wait there, or so many bytes.
const AT_ONCE: (usize, usize) = (100, 1 << 20);

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

    /// Moves some of them into the client's queue; false when it was none.
    pub(super) fn refill(&mut self, no: LinkNo, now: Duration) -> bool {
        let Some(client) = self.client_of(no) else {
            return false;
        };
        let mut moved = false;
        while self.takes_retained(no) {
            let Some(queued) = self.next_retained(client, now) else {
                break;
            };
            self.deliver(client, queued, now);
            moved = true;
        }
        moved
    }

    /// Whether the queue has room for one more, so that none is lost.
    fn takes_retained(&mut self, no: LinkNo) -> bool {
        let (messages, bytes) = AT_ONCE;
        let messages = messages.min(self.config.max_queued.unwrap_or(messages));
        let session = self
            .connection(no)
            .and_then(|connection| connection.session());
        session
            .is_some_and(|session| session.pending() < messages && session.pending_bytes() < bytes)
    }

    /// A copy for one subscriber of the next one that it wants.
    fn next_retained(&mut self, no: ClientNo, now: Duration) -> Option<Queued> {
        let Self {
            clients,
            retained: tree,
            config,
            ..
        } = self;
        let client = clients.get_mut(no.0)?;
        loop {
            let wanted = client.retained.front_mut()?;
            let found = wanted.found.get_or_insert_with(|| {
                let matching = tree.matching(wanted.filter.as_filter());
                let readable = matching.filter(|(topic, _)| client.rights.may_receive(*topic));
                let messages: Vec<_> = readable.map(|(_, found)| found.message.clone()).collect();
                messages.into_iter()
            });
            let Some(message) = found.next() else {
                client.retained.pop_front();
                continue;
            };
            let latest = tree.get(message.topic());
            if let Some(latest) = latest.filter(|latest| !latest.is_over(now)) {
                return Some(Queued {
                    message: latest.message.clone(),
                    // [3.1.1/MQTT-3.3.1-8] Whoever subscribes anew can tell.
                    retain: true,
                    qos: outgoing_qos(config, latest.qos, wanted.options.qos),
                    published: latest.qos,
                    expires: latest.expires,
                    identifiers: wanted.identifier.into_iter().collect(),
                    group: None,
                });
            }
        }
    }

    /// Forgets those whose time is over.
    pub(super) fn expire_retained(&mut self, now: Duration) {
        self.retained.retain(|_, retained| !retained.is_over(now));
    }
}
