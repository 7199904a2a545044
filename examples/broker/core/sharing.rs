//! Shared subscriptions: which member gets a message, and who when that one is gone.

use std::time::Duration;

use puremqtt::{Group, Match, QoS, Session, TopicFilter, TopicName};
use slab::Slab;

use super::client::{Client, Queued};
use super::routing::{Granted, outgoing_qos};
use super::{Broker, ClientNo};

impl Broker {
    /// A session has ended. Its messages of shared subscriptions go to other members, but for
    /// those of QoS 2 that were sent [5.0/MQTT-4.8.2-5].
    pub(super) fn hand_over(&mut self, mut session: Session<Queued>, now: Duration) {
        self.figures.dropped += drain(&mut session);
        // What was sent comes before what waits.
        session.renew();
        while let Some((sent, _)) = session.dropped() {
            // [5.0/MQTT-4.8.2-4] At QoS 2 it is that member's, who may come back for it.
            if sent.qos == QoS::AtLeastOnce {
                self.pass_on(sent, now);
            }
        }
        while let Some(pending) = session.withdraw(|queued| queued.group.is_some()) {
            self.pass_on(pending, now);
        }
    }

    /// Gives a message of a member that has gone to another one, if there is one.
    fn pass_on(&mut self, queued: Queued, now: Duration) {
        let Some((
            to,
            Granted {
                options,
                identifier,
            },
        )) = self.other_member(&queued)
        else {
            return;
        };
        let queued = Queued {
            retain: queued.message.publish().retain && options.retain_as_published,
            qos: outgoing_qos(&self.config, queued.published, options.qos),
            identifiers: identifier.into_iter().collect(),
            ..queued
        };
        self.deliver(to, queued, now);
    }

    fn other_member(&mut self, queued: &Queued) -> Option<(ClientNo, Granted)> {
        let filter = TopicFilter::new(queued.group.as_deref()?).ok()?;
        let topic = queued.message.topic();
        let group = self
            .subscriptions
            .matches(topic)
            .find_map(|found| match found {
                Match::Group(group) if group.filter() == filter => Some(group),
                _ => None,
            })?;
        pick(&group, topic, &mut self.clients, &mut self.turns)
    }
}

/// One member of a group: those that are there by turns, and if there is none, those that are away.
///
/// [5.0/MQTT-4.8.2-3] [5.0/MQTT-4.8.2-6] With what it was granted; who refuses ends it for all.
pub(super) fn pick(
    group: &Group<'_, ClientNo, Granted>,
    topic: TopicName<'_>,
    clients: &mut Slab<Client>,
    turns: &mut u64,
) -> Option<(ClientNo, Granted)> {
    let waits = |no: ClientNo| {
        let client = clients.get(no.0)?;
        let may = client.rights.may_receive(topic);
        may.then_some((client.link.is_none(), client.turn))
    };
    let (_, no, granted) = group
        .members()
        .filter_map(|(no, granted)| Some((waits(*no)?, *no, *granted)))
        .min_by_key(|(waits, ..)| *waits)?;
    *turns += 1;
    clients.get_mut(no.0)?.turn = *turns;
    Some((no, granted))
}

/// Forgets what has ended without a packet, and says how many that were.
pub(super) fn drain(session: &mut Session<Queued>) -> u64 {
    std::iter::from_fn(|| session.dropped()).map(|_| 1).sum()
}
