//! From a message to all who want it.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use puremqtt::{Match, Message, Publish, QoS, Record, SubscriptionIdentifier, SubscriptionOptions};

use super::client::Queued;
use super::sharing::pick;
use super::{Broker, ClientNo, stored};
use crate::broker::config::Config;

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
            // [5.0/MQTT-3.3.4-3] [5.0/MQTT-3.3.4-5]
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
        // [3.1.1/MQTT-3.3.1-12] [5.0/MQTT-3.3.1-8] Else nothing is kept, and nothing goes.
        if publish.retain {
            self.retain(publish, now);
        }
        let mut recipients = mem::take(&mut self.recipients);
        self.find(publish, from, &mut recipients);
        if recipients.is_empty() {
            self.recipients = recipients;
            return;
        }
        // [5.0/MQTT-3.3.2-4] [5.0/MQTT-3.3.2-15] [5.0/MQTT-3.3.2-16] [5.0/MQTT-3.3.2-17]
        // [5.0/MQTT-3.3.2-18] [5.0/MQTT-3.3.2-20] With its properties, unaltered, in their order.
        // Once, however many receive it. Who is away may hold it for long, and then not with a
        // whole read buffer in its hands.
        let message = match frame {
            Some(frame) if self.are_there(&recipients) => Message::shared(frame, publish),
            _ => Message::from(publish),
        };
        let published = publish.delivery.qos();
        let expires = message.terms(published, now).expires;
        for recipient in recipients.drain(..) {
            // [3.1.1/MQTT-3.3.1-3] [5.0/MQTT-3.3.1-3] DUP is not among what is taken over.
            let queued = Queued {
                message: message.clone(),
                marked: None,
                // [3.1.1/MQTT-3.3.1-9] [5.0/MQTT-3.3.1-12] [5.0/MQTT-3.3.1-13]
                retain: publish.retain && recipient.retain_as_published,
                qos: outgoing_qos(&self.config, published, recipient.qos),
                published,
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
            turns,
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
                    if let Some((key, value)) = pick(&group, publish.topic, clients, turns) {
                        recipients.push(Recipient {
                            group: Some(group.filter().as_str().into()),
                            ..Recipient::new(key, &value)
                        });
                    }
                }
            }
        }
    }

    fn are_there(&self, recipients: &[Recipient]) -> bool {
        let client = |recipient: &Recipient| self.clients.get(recipient.client.0);
        recipients
            .iter()
            .all(|recipient| client(recipient).is_some_and(|client| client.link.is_some()))
    }

    /// Queues one copy for one client, there or away.
    ///
    /// [3.1.1/MQTT-3.1.2-5] [3.1.1/MQTT-4.5.0-1] [5.0/MQTT-4.5.0-1]
    pub(super) fn deliver(&mut self, to: ClientNo, mut queued: Queued, now: Duration) {
        self.figures.copies += 1;
        let noted = self.is_kept(to).then(|| {
            queued.marked = stored::mark(&queued).map(Box::new);
            queued.clone()
        });
        let Some(client) = self.clients.get_mut(to.0) else {
            return;
        };
        let terms = queued.terms();
        // [3.1.1/MQTT-4.6.0-5] [3.1.1/MQTT-4.6.0-6] [5.0/MQTT-4.6.0-5] [5.0/MQTT-4.6.0-6]
        // One queue, in the order of coming.
        let taken = match (client.link, &mut client.session) {
            (Some(link), _) => {
                let taken = self
                    .connection(link)
                    .map(|connection| connection.publish(queued, terms, now).is_ok());
                self.wake(link);
                taken
            }
            (None, Some(session)) => {
                let taken = session.publish(queued, terms, now).is_ok();
                self.drain(to);
                Some(taken)
            }
            (None, None) => None,
        };
        match (taken, noted) {
            (Some(true), Some(noted)) => self.note_queued(to, &noted, Record::Pending),
            (Some(true), None) => {}
            _ => self.figures.dropped += 1,
        }
    }
}

/// With which QoS a message goes out [3.1.1/MQTT-3.8.4-6] [5.0/MQTT-3.8.4-8], unless the settings
/// would rather have the subscription's.
pub(super) fn outgoing_qos(config: &Config, published: QoS, granted: QoS) -> QoS {
    if config.upgrade_outgoing_qos {
        granted
    } else {
        published.min(granted)
    }
}
