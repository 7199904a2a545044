//! Sessions of clients that come and go, and wills.

use std::time::Duration;

use puremqtt::{DueWill, Publish, ServerClosed, Session};

use super::client::{Queued, delivery};
use super::{Broker, ClientNo, stored};

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
        self.drain(no);
        let after = |seconds| now.saturating_add(Duration::from_secs(u64::from(seconds)));
        // [5.0/MQTT-3.1.2-8] At once, or after its delay; `end_session` sees to what is sooner.
        match closed.will {
            Some(will) if will.delay_interval == 0 => self.publish_will(no, &will, now),
            Some(will) => {
                self.set_will(no, after(will.delay_interval), will);
            }
            None => {}
        }
        match closed.session_expiry_interval {
            // [5.0/MQTT-4.1.0-2]
            0 => self.end_session(no, now),
            u32::MAX => self.note_away(no),
            seconds => {
                self.set_expiry(no, after(seconds));
                self.note_away(no);
            }
        }
    }

    /// The will is due at this time.
    pub(super) fn set_will(&mut self, no: ClientNo, when: Duration, will: DueWill) {
        if let Some(client) = self.clients.get_mut(no.0) {
            client.will = Some((when, will));
            self.timers.insert((when, Timer::Will(no)));
        }
    }

    /// The session ends at this time.
    pub(super) fn set_expiry(&mut self, no: ClientNo, when: Duration) {
        if let Some(client) = self.clients.get_mut(no.0) {
            client.expires = Some(when);
            self.timers.insert((when, Timer::Session(no)));
        }
    }

    /// What is to happen in the client's absence has changed.
    pub(super) fn note_away(&mut self, no: ClientNo) {
        let client = self.clients.get(no.0);
        let version = client.and_then(|client| Some(client.kept.as_ref()?.version));
        if let (Some(client), Some(version)) = (client, version) {
            let header = stored::away(client, version);
            self.keep(no, version, header);
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
            // [3.1.1/MQTT-3.1.2-10] [5.0/MQTT-3.1.2-10] Taken out, so that it comes once.
            Timer::Will(no) => {
                let client = self.clients.get_mut(no.0);
                if let Some((_, will)) = client.and_then(|client| client.will.take()) {
                    self.publish_will(no, &will, now);
                    self.note_away(no);
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
        self.keep_no_more(no);
        let Some(client) = self.clients.try_remove(no.0) else {
            return;
        };
        if let Some(when) = client.expires {
            self.timers.remove(&(when, Timer::Session(no)));
        }
        self.by_id.remove(&client.id);
        // [3.1.1/MQTT-3.1.2-7] What it had published to be retained is not its own.
        self.subscriptions.remove_key(&no);
        if let Some(session) = client.session {
            self.hand_over(session, now);
        }
    }

    /// Publishes a will as its client would have: what it may not, its will may not either.
    fn publish_will(&mut self, no: ClientNo, will: &DueWill, now: Duration) {
        let publish = Publish {
            delivery: delivery(will.qos),
            // [5.0/MQTT-3.1.3-10] With its User Properties in their order.
            ..will.message.publish()
        };
        let client = self.clients.get(no.0);
        if client.is_some_and(|client| self.refusal(client, &publish).is_none()) {
            self.route(&publish, None, Some(no), now);
        }
    }
}
