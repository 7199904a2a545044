use alloc::{collections::VecDeque, vec::Vec};
use core::{num::NonZeroU16, time::Duration};

use super::events::Resumption;
use super::kept::{Dropped, QueueLimits, Terms, WhenFull};
use super::queue::{Link, Queue};
use super::transmit::Transmit;
use crate::delivery::{Mark, Receipt, Receiver, Request, Sender, Slot};
use crate::message::Message;
use crate::packet::{PacketId, PacketType, QoS, ReasonCode, Version};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind};

/// What survives a connection: both halves of QoS 1 and 2, and the messages
/// that wait to be sent (4.1).
///
/// `M` is what the caller wants to see again: a [`Message`], one with a
/// completion channel, a key of a database. It is given back with
/// [`Incoming::Answer`](crate::Incoming::Answer), by [`Transmit::sent`] at QoS 0, or by
/// [`dropped`](Self::dropped).
///
/// What it does not hold, though the standard counts it to the session:
/// subscriptions, the will, and when the session expires.
///
/// Time is `now`, since an origin of the caller's that stays the same for as
/// long as the session is in memory.
///
/// ```
/// use core::time::Duration;
/// use puremqtt::{Encoder, Agreed, Message, QoS, Session, TopicName, Version};
///
/// let now = Duration::ZERO;
/// let mut session = Session::new();
/// let message = Message::new(TopicName::literal("t"), b"21.5");
/// let terms = message.terms(QoS::AtLeastOnce, now);
/// session.publish(message, terms, now).map_err(|_| "the queue is full")?; // the peer is away
///
/// session.connected(Agreed::new(Version::V5)); // it is back
/// let (mut encoder, mut wire) = (Encoder::new(Version::V5), Vec::new());
/// while let Some(next) = session.transmit(now) {
///     next.encode(&mut encoder, &mut wire)?;
///     next.sent();
/// }
/// assert_eq!(wire, b"\x32\x0a\x00\x01t\x00\x01\x0021.5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "offline queue")]
pub struct Session<M = Message> {
    /// Of each message it has the place in the queue.
    pub(super) sender: Sending,
    pub(super) receiver: Receiver<Vec<Mark>>,
    pub(super) queue: Queue<M>,
    pub(super) dropped: VecDeque<(M, Dropped)>,
    pub(super) limits: QueueLimits,
    pub(super) when_full: WhenFull,
    keeps_at_most_once: bool,
    connected: bool,
    /// Whether a server may have it.
    pub(super) established: bool,
}

pub(super) type Sending = Sender<Link, Vec<Slot<Link>>>;

/// What the two sides have agreed on for a connection, as far as a session
/// has to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Agreed {
    /// The version in use.
    pub version: Version,
    /// The peer's Receive Maximum: how many PUBLISHes of QoS 1 and 2 it takes at once.
    pub send_maximum: u16,
    /// Ours.
    pub receive_maximum: u16,
}

impl Agreed {
    /// Both sides take 65,535 PUBLISHes at once, as when nothing is said, and
    /// in 3.1 and 3.1.1.
    pub const fn new(version: Version) -> Self {
        Self {
            version,
            send_maximum: u16::MAX,
            receive_maximum: u16::MAX,
        }
    }
}

impl<M> Default for Session<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M> Session<M> {
    /// A session that is new on both sides.
    pub fn new() -> Self {
        Self {
            sender: Sender::new(Vec::new()),
            receiver: Receiver::new(Vec::new()),
            queue: Queue::new(),
            dropped: VecDeque::new(),
            limits: QueueLimits {
                messages: 1_000,
                bytes: 16 << 20,
            },
            when_full: WhenFull::HandBack,
            keeps_at_most_once: false,
            connected: false,
            established: false,
        }
    }

    /// The server may have this session, though nothing is known of it here:
    /// a new process that connects without Clean Start. Without this, MQTT 5
    /// wants a client to close when the server has a session (3.2.2.1.1).
    #[must_use]
    pub fn known_to_server(mut self) -> Self {
        self.established = true;
        self
    }

    /// Lets so much be pending.
    #[must_use]
    pub fn with_queue_limits(mut self, limits: QueueLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Says what gives way when the queue is full.
    #[must_use]
    pub fn with_when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// Queues messages of QoS 0 for a peer that is away, too. Without it they
    /// are queued while there is a connection, and dropped with it.
    #[must_use]
    pub fn keeping_at_most_once(mut self) -> Self {
        self.keeps_at_most_once = true;
        self
    }

    /// As [`Sender::with_max_in_flight`]: holds from the next connection on.
    #[must_use]
    pub fn with_max_in_flight(mut self, maximum: NonZeroU16) -> Self {
        self.sender = self.sender.with_max_in_flight(maximum);
        self
    }

    /// A client has a CONNACK that lets it in, to a CONNECT that did not ask
    /// for a new session; for one that did, call [`renew`](Self::renew) before.
    ///
    /// What Session Present means depends on the version:
    ///
    /// | | 5 | 3.1.1 | 3.1 |
    /// | --- | --- | --- | --- |
    /// | 1, and there is a session here | goes on | goes on | |
    /// | 1, and there is none | error | goes on | |
    /// | 0, and there is a session here | in flight: dropped; identifiers of the peer: forgotten | in flight: sent again; identifiers of the peer: forgotten | goes on |
    ///
    /// Pending messages stay in each case. Who would rather close than lose
    /// what is in flight does not call this.
    ///
    /// # Errors
    /// The server has a session that is not known here. Nothing has changed.
    pub fn connack(
        &mut self,
        agreed: Agreed,
        session_present: bool,
    ) -> Result<Resumption, ProtocolError> {
        let resumption = match (session_present, self.established) {
            // [5.0/MQTT-3.2.2-4] Nobody can go on with what he does not know.
            (true, false) if agreed.version == Version::V5 => {
                return Err(ProtocolError::new(
                    ProtocolErrorKind::UnknownSession,
                    PacketType::ConnAck,
                    agreed.version,
                ));
            }
            (true, _) => Resumption::Resumed,
            (false, true) if agreed.version == Version::V3_1 => Resumption::Resumed,
            (false, true) => Resumption::Lost,
            (false, false) => Resumption::New,
        };
        if resumption == Resumption::Lost {
            // New messages of the server would be taken for repeats.
            self.receiver.clear();
            // [5.0/MQTT-3.2.2-5] [3.1.1/MQTT-4.4.0-1]
            if agreed.version == Version::V5 {
                self.drop_in_flight();
            }
        }
        self.connected(agreed);
        Ok(resumption)
    }

    /// A connection of this session is there, whether it resumes the session
    /// or is its first: a server calls this when it accepts.
    ///
    /// PUBLISHes and PUBRELs without an answer will be sent again
    /// [MQTT-4.4.0-1]. Whatever an earlier connection left is ended as by
    /// [`disconnected`](Self::disconnected), but for messages of QoS 0.
    pub fn connected(&mut self, agreed: Agreed) {
        // [3.1.1/MQTT-3.1.2-4] [3.1.1/MQTT-4.1.0-2] [5.0/MQTT-4.1.0-1] What there was stays.
        self.sender.connected(agreed.version, agreed.send_maximum);
        self.receiver
            .connected(agreed.version, agreed.receive_maximum);
        self.connected = true;
        self.established = true;
    }

    /// The connection is gone. Receipts of QoS 1 are stale, SUBSCRIBEs and
    /// UNSUBSCRIBEs have ended ([`requests`](Self::requests) tells which,
    /// before this), messages of QoS 0 await [`dropped`](Self::dropped) unless
    /// they are to stay.
    pub fn disconnected(&mut self) {
        // [3.1.1/MQTT-4.1.0-1] [5.0/MQTT-3.1.2-23] Exchanges and what is pending stay.
        self.sender.disconnected();
        self.receiver.disconnected();
        self.connected = false;
        while !self.keeps_at_most_once {
            let Some(message) = self.queue.remove(self.queue.first_at_most_once()) else {
                break;
            };
            self.dropped.push_back((message, Dropped::Disconnected));
        }
    }

    /// Queues a message, for [`transmit`](Self::transmit) to yield when its
    /// turn comes: at QoS 1 and 2 behind what is sent again, and as soon as
    /// the quota allows it; at QoS 0 without waiting for that. Also for a peer
    /// that is away.
    ///
    /// # Errors
    /// Gives the message back, and nothing has changed: the queue is full and
    /// its policy is [`WhenFull::HandBack`], the message alone is above the
    /// limit, or it is of QoS 0 and the peer is away.
    #[inline]
    pub fn publish(&mut self, message: M, terms: Terms, now: Duration) -> Result<(), M> {
        let nobody = terms.qos == QoS::AtMostOnce && !self.connected && !self.keeps_at_most_once;
        if nobody {
            return Err(message);
        }
        if !self.queue.has_room(terms.size, self.limits) {
            match self.make_room(message, terms.size, now)? {
                Some(message) => self.queue.push(message, terms),
                None => return Ok(()),
            }
        } else {
            self.queue.push(message, terms);
        }
        Ok(())
    }

    /// As [`Receiver::acknowledge`].
    #[inline]
    pub fn acknowledge(&mut self, receipt: Receipt) -> bool {
        self.receiver.acknowledge(receipt)
    }

    /// As [`Receiver::refuse`].
    pub fn refuse(&mut self, receipt: Receipt, reason: ReasonCode) -> bool {
        self.receiver.refuse(receipt, reason)
    }

    /// As [`Receiver::is_open`].
    pub fn is_open(&self, receipt: &Receipt) -> bool {
        self.receiver.is_open(receipt)
    }

    /// As [`Receiver::receipt`].
    pub fn receipt(&self, id: PacketId) -> Option<Receipt> {
        self.receiver.receipt(id)
    }

    /// As [`Sender::reserve`].
    pub fn reserve(&mut self, request: Request) -> Option<PacketId> {
        self.sender.reserve(request)
    }

    /// As [`Sender::release`].
    pub fn release(&mut self, id: PacketId) -> bool {
        self.sender.release(id)
    }

    /// As [`Receiver::is_in_use`].
    pub fn is_in_use(&self, id: PacketId) -> bool {
        self.receiver.is_in_use(id)
    }

    /// What is due next: answers in the order of arrival, PUBRELs and
    /// PUBLISHes of an earlier connection in their order, then pending
    /// messages, as far as the quota allows. A message whose time is over
    /// goes to [`dropped`](Self::dropped) instead.
    ///
    /// `None`: nothing is due before the next packet, message or receipt.
    #[inline(always)]
    pub fn transmit(&mut self, now: Duration) -> Option<Transmit<'_, M>> {
        let what = self.next(now)?;
        Some(Transmit {
            session: self,
            what,
            now,
            sent_at: None,
        })
    }

    /// As [`transmit`](Self::transmit), writing to `sent_at` when it was sent.
    #[inline]
    pub(crate) fn transmit_noting<'t>(
        &'t mut self,
        now: Duration,
        sent_at: &'t mut Duration,
    ) -> Option<Transmit<'t, M>> {
        let mut transmit = self.transmit(now)?;
        transmit.sent_at = Some(sent_at);
        Some(transmit)
    }
}
