use core::time::Duration;

use super::kept::{Dropped, Kept, WhenFull};
use super::queue::Link;
use super::state::Session;
use super::transmit::What;
use crate::delivery::{Entry, Request, Turn};
use crate::packet::{PacketId, QoS};

impl<M> Session<M> {
    /// A message that has ended without a packet, and why, the first one
    /// first; `None`: no more. To be asked after each call that may drop
    /// something: `publish` and `transmit`, `connack` and `disconnected`.
    ///
    /// For those who never ask: of messages that went for want of room the
    /// session keeps no more than the queue may hold.
    pub fn dropped(&mut self) -> Option<(M, Dropped)> {
        self.dropped.pop_front()
    }

    /// Takes back a message that was not sent yet: the oldest that is
    /// `wanted`. One in flight cannot be taken back.
    ///
    /// Looks at all that are pending.
    pub fn withdraw(&mut self, mut wanted: impl FnMut(&M) -> bool) -> Option<M> {
        let link = self.queue.links().find(|&link| {
            let found = self.queue.get(link);
            found.is_some_and(|kept| wanted(kept.message))
        })?;
        self.queue.remove(link)
    }

    /// Drops every pending message whose time is over. Without it they go
    /// when their turn comes, which for a peer that is away may be long.
    ///
    /// Looks at all that are pending.
    pub fn expire(&mut self, now: Duration) {
        let mut link = self.queue.first();
        for _ in 0..self.queue.len() {
            let Some(next) = self.queue.behind(link) else {
                return;
            };
            self.drop_expired(link, now);
            link = next;
        }
    }

    /// How many messages wait for their first sending.
    pub const fn pending(&self) -> usize {
        self.queue.len()
    }

    /// Bytes of them, as [`Terms::size`](crate::Terms::size) counts them.
    pub const fn pending_bytes(&self) -> usize {
        self.queue.bytes()
    }

    /// Those that wait for their first sending, the oldest first.
    pub fn pending_messages(&self) -> impl Iterator<Item = &M> + '_ {
        let kept = |link| self.queue.get(link);
        self.queue
            .links()
            .filter_map(move |link| Some(kept(link)?.message))
    }

    /// How many messages were sent and are not finished.
    pub const fn in_flight(&self) -> u16 {
        self.sender.in_flight()
    }

    /// As [`Sender::entries`](crate::delivery::Sender::entries).
    pub fn entries(&self) -> impl Iterator<Item = Entry<&M>> + '_ {
        self.kept_entries().map(|entry| Entry {
            packet_id: entry.packet_id,
            exchange: entry.exchange,
            message: entry.message.map(|kept| kept.message),
        })
    }

    pub(super) fn kept_entries(&self) -> impl Iterator<Item = Entry<Kept<'_, M>>> + '_ {
        self.sender.entries().map(|entry| Entry {
            packet_id: entry.packet_id,
            exchange: entry.exchange,
            message: entry.message.and_then(|&link| self.queue.get(link)),
        })
    }

    /// SUBSCRIBEs and UNSUBSCRIBEs that await an answer, in the order in which
    /// their identifiers were reserved. Read it before
    /// [`disconnected`](Self::disconnected), which ends them, to know which
    /// ones will never be answered.
    pub fn requests(&self) -> impl Iterator<Item = (PacketId, Request)> + '_ {
        self.sender.requests()
    }

    /// Identifiers of QoS 2 that came in and await their PUBREL, as
    /// [`Receiver::entries`](crate::delivery::Receiver::entries).
    pub fn received(&self) -> impl Iterator<Item = PacketId> + '_ {
        self.receiver.entries()
    }

    /// How many PUBLISHes can be sent before the next answer; 0 without a connection.
    pub const fn send_quota(&self) -> u16 {
        self.sender.send_quota()
    }

    /// True when nothing is pending, in flight or unanswered.
    pub fn is_empty(&self) -> bool {
        self.pending() == 0 && self.in_flight() == 0 && self.receiver.is_empty()
    }

    /// What [`transmit`](Self::transmit) has to send.
    #[inline(always)]
    pub(super) fn next(&mut self, now: Duration) -> Option<What> {
        // [5.0/MQTT-4.9.0-3] Answers wait for no quota.
        if let Some(answer) = self.receiver.due() {
            return Some(What::Answer(answer));
        }
        let may_begin = match self.sender.turn() {
            Turn::Again => return self.sender.due().map(What::Again),
            Turn::New => true,
            Turn::Wait => false,
        };
        let link = self.queue.first();
        let kept = self.queue.get(link)?;
        let qos = kept.qos;
        // [5.0/MQTT-3.3.2-5]
        if may_begin && qos != QoS::AtMostOnce && !kept.is_expired(now) {
            if let Some(id) = self.sender.next_id() {
                let id = Some(id);
                return Some(What::Pending { link, qos, id });
            }
        }
        let (link, qos, id) = self.first_pending(now, may_begin)?;
        Some(What::Pending { link, qos, id })
    }

    /// The first pending message that may be sent, with its identifier, where
    /// the oldest is of QoS 0 or out of date, or has to wait.
    #[inline(never)]
    fn first_pending(
        &mut self,
        now: Duration,
        may_begin: bool,
    ) -> Option<(Link, QoS, Option<PacketId>)> {
        if !self.sender.is_connected() {
            return None;
        }
        loop {
            let link = self.queue.first();
            let kept = self.queue.get(link)?;
            let qos = kept.qos;
            // [5.0/MQTT-3.3.2-5]
            if kept.is_expired(now) {
                self.drop_expired(link, now);
            } else if qos == QoS::AtMostOnce {
                return Some((link, qos, None));
            } else if !may_begin {
                break;
            } else if let Some(id) = self.sender.next_id() {
                return Some((link, qos, Some(id)));
            } else {
                break;
            }
        }
        // [5.0/MQTT-3.3.4-8] [5.0/MQTT-3.3.4-10] QoS 0 waits for no quota.
        loop {
            let link = self.queue.first_at_most_once();
            let kept = self.queue.get(link)?;
            if !kept.is_expired(now) {
                return Some((link, kept.qos, None));
            }
            self.drop_expired(link, now);
        }
    }

    /// Makes room for a message of this size, or decides what becomes of it:
    /// gives it back to be queued, hands it back as an error, or drops it.
    #[cold]
    pub(super) fn make_room(
        &mut self,
        message: M,
        size: usize,
        now: Duration,
    ) -> Result<Option<M>, M> {
        while self.drop_expired(self.queue.first(), now) {}
        if self.queue.has_room(size, self.limits) {
            return Ok(Some(message));
        }
        if size > self.limits.bytes || self.limits.messages == 0 {
            return Err(message);
        }
        match self.when_full {
            WhenFull::HandBack => Err(message),
            WhenFull::DropNewest => {
                self.drop_for_room(message);
                Ok(None)
            }
            WhenFull::DropOldest => {
                while !self.queue.has_room(size, self.limits) {
                    match self.queue.remove(self.queue.first()) {
                        Some(oldest) => self.drop_for_room(oldest),
                        None => return Err(message),
                    }
                }
                Ok(Some(message))
            }
        }
    }

    fn drop_for_room(&mut self, message: M) {
        while self.dropped.len() >= self.limits.messages {
            self.dropped.pop_front();
        }
        self.dropped.push_back((message, Dropped::QueueFull));
    }

    fn drop_expired(&mut self, link: Link, now: Duration) -> bool {
        match self.queue.remove_expired(link, now) {
            Some(message) => {
                self.dropped.push_back((message, Dropped::Expired));
                true
            }
            None => false,
        }
    }
}
