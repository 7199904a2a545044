use alloc::{collections::VecDeque, vec::Vec};
use core::{fmt, time::Duration};

use super::kept::{Dropped, Kept, Terms};
use super::record::{HEADER, Record};
use super::state::Session;
use crate::codec::Decoder;
use crate::delivery::{Entry, Exchange, Mark, Receiver, Sender, Slot, first_delivery};
use crate::packet::{Delivery, EncodeError, PacketId, Publish, QoS, Version};

/// A saved session cannot be restored as a whole.
///
/// The bytes before [`whole_len`](Self::whole_len) can: who would rather have
/// them than nothing restores `&saved[..error.whole_len()]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreError {
    kind: RestoreErrorKind,
    whole_len: usize,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreErrorKind {
    /// These are no bytes that a session was saved to, or of another format.
    #[error("this is no saved session")]
    NoSession,
    /// The last record is not all there.
    #[error("the last record is cut off")]
    Truncated,
    /// A record is not as it was written.
    #[error("a record was altered")]
    Altered,
    /// A record does not fit those before it: its identifier is in use, or
    /// what it ends never began.
    #[error("a record contradicts those before it")]
    Contradiction,
}

impl RestoreError {
    /// What is wrong.
    pub const fn kind(&self) -> RestoreErrorKind {
        self.kind
    }

    /// Bytes of the longest prefix that can be restored.
    pub const fn whole_len(&self) -> usize {
        self.whole_len
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.kind, self.whole_len)
    }
}

impl core::error::Error for RestoreError {}

impl<M> Session<M> {
    /// Appends the session to `output`, as a log that [`Record`]s can be added
    /// to: what is in flight, pending messages, and the identifiers of the
    /// peer's messages of QoS 2 that were taken. `compose` makes a PUBLISH of
    /// a message; QoS, identifier and what is left of its time are filled in.
    ///
    /// Not in it: open PUBLISHes, whose messages the peer sends again, and
    /// what the caller has to keep itself: subscriptions, the will, when the
    /// session expires, limits and policies.
    ///
    /// # Errors
    /// A PUBLISH is such as no packet can bear. Nothing was appended.
    pub fn save(
        &self,
        now: Duration,
        mut compose: impl for<'m> FnMut(&'m M) -> Publish<'m>,
        output: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let at = output.len();
        output.extend_from_slice(HEADER);
        let saved = self.records(now, &mut compose, |record| record.append_to(output));
        if saved.is_err() {
            output.truncate(at);
        }
        saved
    }

    fn records(
        &self,
        now: Duration,
        compose: &mut impl for<'m> FnMut(&'m M) -> Publish<'m>,
        mut write: impl FnMut(Record<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        for Entry {
            packet_id,
            exchange,
            message,
        } in self.kept_entries()
        {
            let qos = match exchange {
                Exchange::AtLeastOnce => QoS::AtLeastOnce,
                Exchange::ExactlyOnce | Exchange::Released(_) => QoS::ExactlyOnce,
            };
            if let Some(kept) = message {
                let delivery = first_delivery(qos, Some(packet_id));
                write(Record::InFlight(composed(kept, delivery, now, compose)))?;
            }
            if let Exchange::Released(reason) = exchange {
                write(Record::Released(packet_id, reason))?;
            }
        }
        for kept in self.queue.links().filter_map(|link| self.queue.get(link)) {
            let qos = kept.qos;
            let delivery = first_delivery(qos, PacketId::new(1));
            write(Record::Pending(composed(kept, delivery, now, compose)))?;
        }
        for packet_id in self.receiver.entries() {
            write(Record::Received(packet_id))?;
        }
        Ok(())
    }

    /// Takes up what was saved: call it on a session that is new, with its
    /// limits and policies set. `down` is how long nobody ran: pending
    /// messages whose time is over await [`dropped`](Self::dropped). `build`
    /// makes a message of a PUBLISH again, and says how many bytes it counts
    /// as while it is pending. No bytes at all are a session that was never
    /// saved.
    ///
    /// # Errors
    /// The bytes are not, or not all, what was saved.
    ///
    /// ```
    /// use core::time::Duration;
    /// use puremqtt::{Message, Publish, QoS, Session, TopicName};
    ///
    /// let message = Message::new(TopicName::literal("t"), b"21.5");
    /// let terms = message.terms(QoS::ExactlyOnce, Duration::ZERO);
    /// let mut session = Session::new();
    /// session.publish(message.clone(), terms, Duration::ZERO).map_err(|_| "full")?;
    /// let mut saved = Vec::new();
    /// session.save(Duration::from_secs(9), Message::publish, &mut saved)?;
    ///
    /// let down = Duration::from_secs(60);
    /// let build = |publish: &Publish<'_>| (Message::from(publish), terms.size);
    /// let session = Session::new().restored(&saved, Duration::ZERO, down, build)?;
    /// assert!(session.pending_messages().eq([&message]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restored(
        mut self,
        saved: &[u8],
        now: Duration,
        down: Duration,
        mut build: impl FnMut(&Publish<'_>) -> (M, usize),
    ) -> Result<Self, RestoreError> {
        if saved.is_empty() {
            return Ok(self);
        }
        let replay = Replay::of(saved, &mut self.receiver)?;
        self.established = true;
        let mut build = |at| {
            with_publish(saved, at, |publish| {
                let seconds = publish.message_expiry_interval.map(u64::from);
                let left = seconds.map(|seconds| Duration::from_secs(seconds).saturating_sub(down));
                let expires = left.map(|left| now.saturating_add(left));
                let (message, size) = build(publish);
                let qos = publish.delivery.qos();
                (message, Terms { qos, expires, size })
            })
        };
        for entry in replay.sender.entries() {
            let message = entry.message.and_then(|&at| build(at));
            let link = message.map(|(message, terms)| self.queue.hold(message, terms));
            // The same entries have just found room in the same kind of sender.
            let _ = self.sender.restore(Entry {
                packet_id: entry.packet_id,
                exchange: entry.exchange,
                message: link,
            });
        }
        let mut pending = Vec::from(replay.guaranteed);
        pending.extend(replay.at_most_once);
        pending.sort_unstable();
        for (message, terms) in pending.into_iter().filter_map(build) {
            if terms.expires.is_some_and(|expires| expires <= now) {
                self.dropped.push_back((message, Dropped::Expired));
            } else {
                self.queue.push(message, terms);
            }
        }
        Ok(self)
    }
}

/// The steps of a log, taken one after the other with offsets of records in
/// the place of messages, so that only those are built that are left at the end.
struct Replay {
    sender: Sender<usize, Vec<Slot<usize>>>,
    /// Pending ones of QoS 1 and 2.
    guaranteed: VecDeque<usize>,
    /// Pending ones of QoS 0.
    at_most_once: VecDeque<usize>,
}

impl Replay {
    fn of(saved: &[u8], receiver: &mut Receiver<Vec<Mark>>) -> Result<Self, RestoreError> {
        if !saved.starts_with(HEADER) {
            let kind = if HEADER.starts_with(saved) {
                RestoreErrorKind::Truncated
            } else {
                RestoreErrorKind::NoSession
            };
            return Err(RestoreError { kind, whole_len: 0 });
        }
        let mut replay = Self {
            sender: Sender::new(Vec::new()),
            guaranteed: VecDeque::new(),
            at_most_once: VecDeque::new(),
        };
        let mut at = HEADER.len();
        while let Some(rest) = saved.get(at..).filter(|rest| !rest.is_empty()) {
            let mut decoder = Decoder::new(Version::V5);
            let step = Record::read(rest, &mut decoder).and_then(|(record, len)| {
                match replay.take(saved, at, record, receiver) {
                    true => Ok(len),
                    false => Err(RestoreErrorKind::Contradiction),
                }
            });
            match step {
                Ok(len) => at = at.saturating_add(len),
                Err(kind) => {
                    return Err(RestoreError {
                        kind,
                        whole_len: at,
                    });
                }
            }
        }
        Ok(replay)
    }

    /// Takes the record at `at`; `false` when it contradicts those before it.
    fn take(
        &mut self,
        saved: &[u8],
        at: usize,
        record: Record<'_>,
        receiver: &mut Receiver<Vec<Mark>>,
    ) -> bool {
        match record {
            Record::Pending(publish) => {
                self.pending(publish.delivery.qos()).push_back(at);
                true
            }
            Record::Unqueued(publish) => {
                let pending = self.pending(publish.delivery.qos());
                let oldest = pending.front().copied();
                let same = oldest.is_some_and(|oldest| is_same(saved, oldest, &publish));
                if same {
                    pending.pop_front();
                }
                same
            }
            Record::InFlight(publish) => {
                let oldest = self.guaranteed.front().copied();
                if oldest.is_some_and(|oldest| is_same(saved, oldest, &publish)) {
                    self.guaranteed.pop_front();
                }
                let exchange = match publish.delivery.qos() {
                    QoS::ExactlyOnce => Exchange::ExactlyOnce,
                    QoS::AtMostOnce | QoS::AtLeastOnce => Exchange::AtLeastOnce,
                };
                publish
                    .delivery
                    .packet_id()
                    .is_some_and(|id| self.restore(id, exchange, Some(at)))
            }
            Record::Released(id, reason) => {
                self.sender.restore_released(id, reason)
                    || self.restore(id, Exchange::Released(reason), None)
            }
            Record::Done(id) => {
                self.sender.forget(id);
                true
            }
            Record::Received(id) => receiver.is_in_use(id) || receiver.restore(id),
            Record::Forgotten(id) => {
                receiver.forget(id);
                true
            }
        }
    }

    fn restore(&mut self, packet_id: PacketId, exchange: Exchange, message: Option<usize>) -> bool {
        let entry = Entry {
            packet_id,
            exchange,
            message,
        };
        self.sender.restore(entry).is_ok()
    }

    const fn pending(&mut self, qos: QoS) -> &mut VecDeque<usize> {
        match qos {
            QoS::AtMostOnce => &mut self.at_most_once,
            QoS::AtLeastOnce | QoS::ExactlyOnce => &mut self.guaranteed,
        }
    }
}

/// Reads the PUBLISH of the record at `at` once more.
fn with_publish<R>(saved: &[u8], at: usize, read: impl FnOnce(&Publish<'_>) -> R) -> Option<R> {
    let mut decoder = Decoder::new(Version::V5);
    match Record::read(saved.get(at..)?, &mut decoder) {
        Ok((
            Record::Pending(publish) | Record::InFlight(publish) | Record::Unqueued(publish),
            _,
        )) => Some(read(&publish)),
        _ => None,
    }
}

/// Whether the pending message at `at` is what `publish` says, as far as the
/// message goes: not its identifier, and not the time it has left.
fn is_same(saved: &[u8], at: usize, publish: &Publish<'_>) -> bool {
    with_publish(saved, at, |pending| {
        let stripped = Publish {
            delivery: publish.delivery,
            message_expiry_interval: publish.message_expiry_interval,
            ..*pending
        };
        pending.delivery.qos() == publish.delivery.qos() && stripped == *publish
    })
    .unwrap_or(false)
}

/// A kept message as a PUBLISH with what is left of its time.
fn composed<'m, M>(
    kept: Kept<'m, M>,
    delivery: Delivery,
    now: Duration,
    compose: &mut impl FnMut(&'m M) -> Publish<'m>,
) -> Publish<'m> {
    Publish {
        delivery,
        message_expiry_interval: kept.remaining(now),
        ..compose(kept.message)
    }
}
