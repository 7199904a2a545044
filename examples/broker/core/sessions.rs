//! Sessions of clients that come and go, and wills.

use std::time::Duration;

use puremqtt::{Delivery, DueWill, PacketId, Publish, QoS, ServerClosed, Session};

use super::client::Queued;
use super::sharing::drain;
use super::{Broker, ClientNo};

/// What happens on time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Will(ClientNo),
    Session(ClientNo),
}

impl Broker {
    /// The connection of a client is over.
    pub(super) fn detach(&mut self, no: ClientNo, closed: ServerClosed<Queued>, now: Duration) {
        let Some(client) = self.clients.get_mut(no.0) else {
            return;
        };
        client.link = None;
        client.session = closed.session;
        if let Some(session) = &mut client.session {
            self.figures.dropped += drain(session);
        }
        let after = |seconds| now.saturating_add(Duration::from_secs(u64::from(seconds)));
        match closed.will {
            Some(will) if will.delay_interval == 0 => self.publish_will(no, &will, now),
            Some(will) => {
                let when = after(will.delay_interval);
                client.will = Some((when, will));
                self.timers.insert((when, Timer::Will(no)));
            }
            None => {}
        }
        match closed.session_expiry_interval {
            // [5.0/MQTT-4.1.0-2]
            0 => self.end_session(no, now),
            u32::MAX => {}
            seconds => {
                let when = after(seconds);
                if let Some(client) = self.clients.get_mut(no.0) {
                    client.expires = Some(when);
                }
                self.timers.insert((when, Timer::Session(no)));
            }
        }
    }

    /// The client is back: what was to happen in its absence does not.
    pub(super) fn attach(&mut self, no: ClientNo) -> Option<Session<Queued>> {
        let client = self.clients.get_mut(no.0)?;
        // [5.0/MQTT-3.1.3-9]
        if let Some((when, _)) = client.will.take() {
            self.timers.remove(&(when, Timer::Will(no)));
        }
        if let Some(when) = client.expires.take() {
            self.timers.remove(&(when, Timer::Session(no)));
        }
        client.session.take()
    }

    pub(super) fn expire(&mut self, timer: Timer, now: Duration) {
        match timer {
            Timer::Will(no) => {
                let client = self.clients.get_mut(no.0);
                if let Some((_, will)) = client.and_then(|client| client.will.take()) {
                    self.publish_will(no, &will, now);
                }
            }
            Timer::Session(no) => self.end_session(no, now),
        }
    }

    /// Nothing is kept of the client, and its will waits no longer.
    pub(super) fn end_session(&mut self, no: ClientNo, now: Duration) {
        let will = self.clients.get_mut(no.0).and_then(|client| {
            let (when, will) = client.will.take()?;
            self.timers.remove(&(when, Timer::Will(no)));
            Some(will)
        });
        if let Some(will) = will {
            self.publish_will(no, &will, now);
        }
        let Some(client) = self.clients.try_remove(no.0) else {
            return;
        };
        if let Some(when) = client.expires {
            self.timers.remove(&(when, Timer::Session(no)));
        }
        self.by_id.remove(&client.id);
        self.subscriptions.remove_key(&no);
        if let Some(session) = client.session {
            self.hand_over(session, now);
        }
    }

    /// Publishes a will as its client would have: what it may not, its will may not either.
    fn publish_will(&mut self, no: ClientNo, will: &DueWill, now: Duration) {
        let publish = Publish {
            delivery: delivery(will.qos),
            ..will.message.publish()
        };
        let client = self.clients.get(no.0);
        if client.is_some_and(|client| self.refusal(client, &publish).is_none()) {
            self.route(&publish, None, Some(no), now);
        }
    }
}

/// A delivery of this QoS, for a message that no packet has brought.
fn delivery(qos: QoS) -> Delivery {
    let packet_id = PacketId::from(std::num::NonZeroU16::MIN);
    match qos {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce {
            packet_id,
            dup: false,
        },
        QoS::ExactlyOnce => Delivery::ExactlyOnce {
            packet_id,
            dup: false,
        },
    }
}
