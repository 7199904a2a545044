//! From a message to all who want it.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use puremqtt::{
    Group, Match, Message, Publish, QoS, SubscriptionIdentifier, SubscriptionOptions, TopicFilter,
};

use super::client::{Client, Queued};
use super::{Broker, ClientNo};

/// What a subscription was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) options: SubscriptionOptions,
    pub(super) identifier: Option<SubscriptionIdentifier>,
}

/// Who gets a copy, and how.
pub(super) struct Recipient {
    client: ClientNo,
    qos: QoS,
    retain_as_published: bool,
    identifiers: Vec<SubscriptionIdentifier>,
    group: Option<Arc<str>>,
}

impl Recipient {
    fn new(client: ClientNo, granted: &Granted) -> Self {
        Self {
            client,
            qos: granted.options.qos,
            retain_as_published: granted.options.retain_as_published,
            identifiers: granted.identifier.into_iter().collect(),
            group: None,
        }
    }

    /// [MQTT-3.3.5-1] [5.0/MQTT-3.3.4-2] [5.0/MQTT-3.3.4-4] One copy for subscriptions that
    /// overlap: at the highest QoS, with all identifiers.
    fn add(&mut self, granted: &Granted) {
        self.qos = self.qos.max(granted.options.qos);
        self.retain_as_published |= granted.options.retain_as_published;
        self.identifiers.extend(granted.identifier);
    }
}

impl Broker {
    /// Gives a message to all who want it, and keeps it if it is to be retained. `frame` is what
    /// it was read from, where that is worth sharing.
    pub(super) fn route(
        &mut self,
        publish: &Publish<'_>,
        frame: Option<&Bytes>,
        from: Option<ClientNo>,
        now: Duration,
    ) {
        if publish.retain {
            self.retain(publish, now);
        }
        let mut recipients = mem::take(&mut self.recipients);
        self.find(publish, from, &mut recipients);
        if recipients.is_empty() {
            self.recipients = recipients;
            return;
        }
        // Once, however many receive it.
        let message = match frame {
            Some(frame) => Message::shared(frame, publish),
            None => Message::from(publish),
        };
        let expires = message.terms(QoS::AtMostOnce, now).expires;
        for recipient in recipients.drain(..) {
            let qos = if self.config.upgrade_outgoing_qos {
                recipient.qos
            } else {
                // [3.1.1/MQTT-3.8.4-6] [5.0/MQTT-3.8.4-8]
                publish.delivery.qos().min(recipient.qos)
            };
            let queued = Queued {
                message: message.clone(),
                // [3.1.1/MQTT-3.3.1-9] [5.0/MQTT-3.3.1-12] [5.0/MQTT-3.3.1-13]
                retain: publish.retain && recipient.retain_as_published,
                qos,
                expires,
                identifiers: recipient.identifiers.into_boxed_slice(),
                group: recipient.group,
            };
            self.deliver(recipient.client, queued, now);
        }
        self.recipients = recipients;
    }

    fn find(
        &mut self,
        publish: &Publish<'_>,
        from: Option<ClientNo>,
        recipients: &mut Vec<Recipient>,
    ) {
        let Self {
            subscriptions,
            clients,
            turn,
            figures,
            ..
        } = self;
        let serial = figures.routed;
        figures.routed += 1;
        for found in subscriptions.matches(publish.topic) {
            match found {
                Match::Subscriber { key, value, .. } => {
                    // [5.0/MQTT-3.8.3-3]
                    if value.options.no_local && from == Some(*key) {
                        continue;
                    }
                    let Some(client) = clients.get_mut(key.0) else {
                        continue;
                    };
                    match client.place {
                        (of, at) if of == serial && at < recipients.len() => {
                            if let Some(recipient) = recipients.get_mut(at) {
                                recipient.add(value);
                            }
                        }
                        _ if client.rights.may_receive(publish.topic) => {
                            client.place = (serial, recipients.len());
                            recipients.push(Recipient::new(*key, value));
                        }
                        _ => {}
                    }
                }
                Match::Group(group) => {
                    *turn = turn.wrapping_add(1);
                    let may = |client: &Client| client.rights.may_receive(publish.topic);
                    if let Some((key, value)) = pick(&group, *turn, clients, may) {
                        recipients.push(Recipient {
                            group: Some(group.filter().as_str().into()),
                            ..Recipient::new(key, &value)
                        });
                    }
                }
            }
        }
    }

    /// Queues one copy for one client, there or away.
    pub(super) fn deliver(&mut self, to: ClientNo, queued: Queued, now: Duration) {
        let Some(client) = self.clients.get_mut(to.0) else {
            return;
        };
        let terms = queued.terms();
        let taken = match (client.link, &mut client.session) {
            (Some(link), _) => {
                let taken = self
                    .connection(link)
                    .map(|connection| connection.publish(queued, terms, now));
                self.wake(link);
                taken
            }
            (None, Some(session)) => {
                let mut queued = queued;
                // It may wait for long: not with a whole read buffer in its hands.
                queued.message.compact();
                Some(session.publish(queued, terms, now))
            }
            (None, None) => None,
        };
        if !matches!(taken, Some(Ok(()))) {
            self.figures.dropped += 1;
        }
    }

    /// Gives a message of a member that has gone to another one.
    pub(super) fn pass_on(&mut self, queued: Queued, now: Duration) {
        let Some(text) = &queued.group else { return };
        let Ok(filter) = TopicFilter::new(text) else {
            return;
        };
        self.turn = self.turn.wrapping_add(1);
        let groups = self.subscriptions.matches(queued.message.topic());
        let picked = groups
            .filter_map(|found| match found {
                Match::Group(group) if group.filter() == filter => Some(group),
                _ => None,
            })
            .find_map(|group| pick(&group, self.turn, &self.clients, |_| true));
        if let Some((to, granted)) = picked {
            let qos = queued.qos.min(granted.options.qos);
            let identifiers = granted.identifier.into_iter().collect();
            let queued = Queued {
                qos,
                identifiers,
                ..queued
            };
            self.deliver(to, queued, now);
        }
    }
}

/// One member of a group: those that are there by turns, and if there is none, those that are away.
fn pick(
    group: &Group<'_, ClientNo, Granted>,
    turn: usize,
    clients: &slab::Slab<Client>,
    may_receive: impl Fn(&Client) -> bool,
) -> Option<(ClientNo, Granted)> {
    let members = |there: bool| {
        let may_receive = &may_receive;
        let is_one = move |key: ClientNo| {
            let client = clients.get(key.0);
            client.is_some_and(|client| client.link.is_some() == there && may_receive(client))
        };
        group
            .members()
            .filter(move |(key, _)| is_one(**key))
            .map(|(key, value)| (*key, *value))
    };
    for there in [true, false] {
        let count = members(there).count();
        if let Some(at) = turn.checked_rem(count) {
            return members(there).nth(at);
        }
    }
    None
}
