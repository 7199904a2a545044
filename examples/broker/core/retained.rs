//! Retained messages: kept by topic, sent to those who subscribe.

use std::time::Duration;

use puremqtt::{
    Message, OwnedTopicFilter, OwnedTopicName, Publish, QoS, SubscriptionIdentifier,
    SubscriptionOptions, TopicFilter, TopicName,
};

use super::client::Queued;
use super::link::LinkNo;
use super::routing::outgoing_qos;
use super::wishes::Wanted;
use super::{Broker, ClientNo, stored};

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

    /// As one who wants it gets it.
    fn queued(&self) -> Queued {
        Queued {
            message: self.message.clone(),
            marked: None,
            // [3.1.1/MQTT-3.3.1-8] Whoever subscribes anew can tell.
            retain: true,
            qos: self.qos,
            published: self.qos,
            expires: self.expires,
            identifiers: Box::default(),
            group: None,
        }
    }
}

/// No more are added to a client's queue while so many messages wait there, or so many bytes.
const AT_ONCE: (usize, usize) = (100, 1 << 20);

impl Broker {
    /// [MQTT-3.3.1-5] The topic's last one takes the place of the one before, and
    /// [3.1.1/MQTT-3.3.1-10] [3.1.1/MQTT-3.3.1-11] an empty one is none.
    pub(super) fn retain(&mut self, publish: &Publish<'_>, now: Duration) {
        // [5.0/MQTT-3.3.1-6] [5.0/MQTT-3.3.1-7]
        if publish.payload.is_empty() {
            if self.retained.remove(publish.topic).is_some() {
                self.note_retained(publish.topic, None);
            }
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
        self.note_retained(publish.topic, Some(&retained));
        // [3.1.1/MQTT-3.3.1-7] At QoS 0, too, what was there goes.
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
        client.retained.add(Wanted {
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
            keeping,
            ..
        } = self;
        let client = clients.get_mut(no.0)?;
        loop {
            let wanted = client.retained.first()?;
            let found = wanted.found.get_or_insert_with(|| {
                let matching = tree.matching(wanted.filter.as_filter());
                let readable = matching.filter(|(topic, _)| client.rights.may_receive(*topic));
                let messages: Vec<_> = readable.map(|(_, found)| found.message.clone()).collect();
                messages.into_iter()
            });
            let Some(message) = found.next() else {
                let all_sent = client.retained.pop();
                if let (Some(wanted), Some(kept), Some(keeping)) =
                    (all_sent, &mut client.kept, &mut *keeping)
                {
                    keeping.subscription(no, kept, wanted.filter);
                }
                continue;
            };
            // [3.1.1/MQTT-3.3.1-6] The newest, not the one that was found.
            let latest = tree.get(message.topic());
            if let Some(latest) = latest.filter(|latest| !latest.is_over(now)) {
                return Some(Queued {
                    qos: outgoing_qos(config, latest.qos, wanted.options.qos),
                    identifiers: wanted.identifier.into_iter().collect(),
                    ..latest.queued()
                });
            }
        }
    }

    /// Forgets those whose time is over.
    pub(super) fn expire_retained(&mut self, now: Duration) {
        let mut over: Vec<OwnedTopicName> = Vec::new();
        let keeps = self.keeping.is_some();
        self.retained.retain(|topic, retained| {
            let is_over = retained.is_over(now);
            if keeps && is_over {
                over.push(topic.into());
            }
            !is_over
        });
        for topic in over {
            self.note_retained(topic.as_name(), None);
        }
    }

    /// A topic has another retained message, or none any more.
    fn note_retained(&mut self, topic: TopicName<'_>, retained: Option<&Retained>) {
        // What the broker publishes itself it publishes again.
        if topic.as_bytes().starts_with(b"$") {
            return;
        }
        if let Some(keeping) = &mut self.keeping {
            let stored = retained.and_then(|retained| stored::retained(&retained.queued()));
            keeping.retain(topic.into(), stored);
        }
    }

    /// Takes up a retained message of an earlier life.
    pub(super) fn restore_retained(&mut self, stored: &[u8], now: Duration) -> Option<()> {
        let queued = stored::read_retained(stored)?;
        let retained = Retained {
            qos: queued.qos,
            expires: queued.expires,
            message: queued.message,
        };
        let topic: OwnedTopicName = retained.message.topic().into();
        if retained.is_over(now) {
            self.note_retained(topic.as_name(), None);
        } else {
            self.retained.insert(topic.as_name(), retained);
        }
        Some(())
    }
}
