use core::{marker::PhantomData, num::NonZeroU16};

use super::list::List;
use super::slots::{Places, Slot, Slots, State};
use super::transmit::{Next, Transmit};
use crate::packet::{PacketId, QoS, ReasonCode, Version};

/// The sender of QoS 1 and 2 messages (4.3.2, 4.3.3) on `S`, a `Vec` of
/// [`Slot`]s or an array of them.
///
/// What `M` is, a sender does not care: it keeps one for each exchange and
/// gives it back at the end. QoS 0 needs no sender.
///
/// - Identifiers of PUBLISH, SUBSCRIBE and UNSUBSCRIBE come from one
///   allocator, which never gives one that is in use. Allocation, lookup and
///   release take the same few steps whatever the order of answers.
/// - SUBSCRIBE and UNSUBSCRIBE have places of their own: a quarter of the
///   slots, 1 to 16. Messages have all the others.
/// - Unfinished PUBLISHes of this connection are never more than the peer's
///   Receive Maximum, [`with_max_in_flight`](Self::with_max_in_flight) and the
///   places for messages.
///
/// Two senders are equal when they behave alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sender<M, S> {
    pub(super) core: Core,
    pub(super) slots: S,
    message: PhantomData<M>,
}

/// All of a sender but its slots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Core {
    pub(super) places: Places,
    /// [`Published`](State::Published) in the order of their first sending,
    /// then [`Pending`](State::Pending) in the order of their coming.
    pub(super) outbound: List,
    /// The first of them that was not sent on this connection; all behind it
    /// were not either.
    pub(super) unsent: Option<PacketId>,
    /// [`Released`](State::Released) in the order of their PUBRECs.
    pub(super) released: List,
    /// The first of them whose PUBREL was not sent on this connection.
    pub(super) unreleased: Option<PacketId>,
    /// [`Requested`](State::Requested).
    pub(super) requested: List,
    /// How many are outbound or released.
    pub(super) messages: u16,
    /// How many are requested.
    pub(super) requests: u16,
    /// How many count against the quota: PUBLISHes sent on this connection
    /// and not answered, and all that are released, resumed ones included.
    pub(super) occupied: u16,
    /// How many may; 0 while there is no connection.
    pub(super) window: u16,
    /// What the window is limited to on our side.
    max_in_flight: u16,
    pub(super) connected: bool,
    pub(super) version: Version,
}

/// What asks for an identifier beside a PUBLISH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// Answered by SUBACK.
    Subscribe,
    /// Answered by UNSUBACK.
    Unsubscribe,
}

impl<M, S: Slots<M>> Sender<M, S> {
    /// A sender with nothing in flight and no connection; what `slots` held is dropped.
    pub fn new(mut slots: S) -> Self {
        let places = Places::new(&mut slots);
        Self {
            core: Core {
                places,
                outbound: List::EMPTY,
                unsent: None,
                released: List::EMPTY,
                unreleased: None,
                requested: List::EMPTY,
                messages: 0,
                requests: 0,
                occupied: 0,
                window: 0,
                max_in_flight: u16::MAX,
                connected: false,
                version: Version::V5,
            },
            slots,
            message: PhantomData,
        }
    }

    /// Sends at most `maximum` PUBLISHes that are not answered, even where
    /// the peer takes more; 3.1 and 3.1.1 know no other limit. Holds from the
    /// next connection on.
    #[must_use]
    pub const fn with_max_in_flight(mut self, maximum: NonZeroU16) -> Self {
        self.core.max_in_flight = maximum.get();
        self
    }

    /// A connection is there, of a session that goes on: every PUBLISH and
    /// PUBREL without an answer is sent again by [`transmit`](Self::transmit),
    /// PUBLISHes with DUP, and only then what is new [MQTT-4.4.0-1].
    ///
    /// `receive_maximum` is the peer's, 65,535 when it named none, as in 3.1
    /// and 3.1.1 (3.1.2.11.3, 3.2.2.3.3). Where the peer has lost the session
    /// call [`clear`](Self::clear) before. Whatever an earlier connection left
    /// is ended as by [`disconnected`](Self::disconnected).
    pub fn connected(&mut self, version: Version, receive_maximum: u16) {
        self.disconnected();
        let core = &mut self.core;
        core.version = version;
        core.connected = true;
        let places = most_messages::<M, S>(&self.slots);
        core.window = receive_maximum.min(core.max_in_flight).min(places);
    }

    /// The connection is gone: identifiers of SUBSCRIBE and UNSUBSCRIBE are
    /// free, for which no answer will come, and nothing is due until the next
    /// one. Messages stay.
    pub fn disconnected(&mut self) {
        let slots = self.slots.slots_mut();
        let core = &mut self.core;
        core.connected = false;
        core.window = 0;
        while let Some(id) = core.requested.first() {
            core.end_request(slots, id);
        }
        core.unsent = core.outbound.first();
        core.unreleased = core.released.first();
        core.occupied = 0;
        let (mut published, mut released) = (core.unsent, core.unreleased);
        while let Some(slot) = published.and_then(|id| core.places.find_mut(slots, id)) {
            if let State::Published { sent, .. } = &mut slot.state {
                *sent = false;
            }
            published = slot.next;
        }
        while let Some(slot) = released.and_then(|id| core.places.find_mut(slots, id)) {
            if let State::Released { sent, .. } = &mut slot.state {
                *sent = false;
            }
            released = slot.next;
            // A resumed PUBREL counts: the peer may still count its PUBLISH.
            core.occupied = core.occupied.saturating_add(1);
        }
    }

    /// How many PUBLISHes can be sent before the next answer; 0 without a connection.
    pub const fn send_quota(&self) -> u16 {
        self.core.quota()
    }

    /// True from [`connected`](Self::connected) to [`disconnected`](Self::disconnected).
    pub const fn is_connected(&self) -> bool {
        self.core.connected
    }

    /// How many messages are kept: in flight, or waiting for their first sending.
    pub const fn in_flight(&self) -> u16 {
        self.core.messages
    }

    /// Takes a message of QoS 1 or 2, which [`transmit`](Self::transmit)
    /// yields as soon as all before it are sent and the quota allows it.
    ///
    /// # Errors
    /// Gives the message back: every place is taken, or it is of QoS 0, which
    /// needs no exchange. Nothing has changed.
    #[inline]
    pub fn publish(&mut self, message: M, qos: QoS) -> Result<(), M> {
        if qos == QoS::AtMostOnce {
            return Err(message);
        }
        match self.next_id() {
            Some(id) => {
                let slots = self.slots.slots_mut();
                self.core
                    .take(slots, id, State::Pending(qos), Some(message));
                if self.core.unsent.is_none() {
                    self.core.unsent = Some(id);
                }
                Ok(())
            }
            None => Err(message),
        }
    }

    /// An identifier for a SUBSCRIBE or UNSUBSCRIBE, in use until its answer,
    /// [`release`](Self::release) or the end of the connection. `None` when
    /// all places for them are taken: 16 requests wait, or in small storage
    /// a quarter of it.
    pub fn reserve(&mut self, request: Request) -> Option<PacketId> {
        if usize::from(self.core.requests) >= most_requests(Places::most(&self.slots)) {
            return None;
        }
        let id = self.core.places.next(&mut self.slots)?;
        let slots = self.slots.slots_mut();
        let core = &mut self.core;
        let state = State::Requested(request);
        core.places
            .take(slots, id, &mut core.requested, state, None);
        core.requests = core.requests.saturating_add(1);
        Some(id)
    }

    /// Frees the identifier of a SUBSCRIBE or UNSUBSCRIBE that was not sent;
    /// `false` when it is none.
    pub fn release(&mut self, id: PacketId) -> bool {
        let slots = self.slots.slots_mut();
        match self.core.places.find(slots, id) {
            Some(slot) if matches!(slot.state, State::Requested(_)) => {
                self.core.end_request(slots, id);
                true
            }
            _ => false,
        }
    }

    /// The requests that await an answer, in their order.
    pub fn requests(&self) -> impl Iterator<Item = (PacketId, Request)> + '_ {
        self.walk(self.core.requested.first())
            .filter_map(|(id, slot)| match slot.state {
                State::Requested(request) => Some((id, request)),
                _ => None,
            })
    }

    /// What is due next: PUBRELs of an earlier connection in the order of
    /// their PUBRECs, PUBLISHes of an earlier connection in the order of their
    /// first sending, then new ones, PUBLISHes only within the quota
    /// [MQTT-4.6.0-1] [MQTT-4.6.0-4].
    ///
    /// Changes nothing until [`sent`](Transmit::sent). `None`: nothing is due
    /// before the next packet from the peer, message or connection.
    #[inline]
    pub fn transmit(&mut self) -> Option<Transmit<'_, M>> {
        let slots = self.slots.slots_mut();
        let next = self.core.next(slots)?;
        Some(Transmit::new(&mut self.core, slots, next))
    }

    /// Whether [`transmit`](Self::transmit) has something.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.core.next(self.slots.slots()).is_some()
    }

    /// The identifier that a new message would be sent with now, when nothing
    /// has to go before it and the quota allows it.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn next_first(&mut self) -> Option<PacketId> {
        let core = &self.core;
        if core.unreleased.is_some() || core.unsent.is_some() || core.quota() == 0 {
            return None;
        }
        self.next_id()
    }

    /// Takes a message that was sent with `id`, which
    /// [`next_first`](Self::next_first) gave.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn begin(&mut self, id: PacketId, message: M, qos: QoS) {
        let published = State::Published { qos, sent: true };
        let slots = self.slots.slots_mut();
        self.core.take(slots, id, published, Some(message));
        self.core.occupied = self.core.occupied.saturating_add(1);
    }

    /// The identifier of the next new message, if there is a place for it.
    #[inline]
    fn next_id(&mut self) -> Option<PacketId> {
        if self.core.messages >= most_messages::<M, S>(&self.slots) {
            return None;
        }
        self.core.places.next(&mut self.slots)
    }

    pub(super) fn walk(
        &self,
        first: Option<PacketId>,
    ) -> impl Iterator<Item = (PacketId, &Slot<M>)> + '_ {
        let find = |id| self.core.places.find(self.slots.slots(), id);
        core::iter::successors(first, move |&id| find(id)?.next)
            .filter_map(move |id| Some((id, find(id)?)))
    }
}

impl Core {
    #[inline(always)]
    pub(super) const fn quota(&self) -> u16 {
        self.window.saturating_sub(self.occupied)
    }

    /// The next to transmit.
    #[inline]
    fn next<M>(&self, slots: &[Slot<M>]) -> Option<Next> {
        if !self.connected {
            return None;
        }
        // [5.0/MQTT-3.3.4-8] [5.0/MQTT-3.3.4-10] Nothing but a PUBLISH waits for quota.
        if let Some(id) = self.unreleased {
            return Some(Next::Release(id));
        }
        // [5.0/MQTT-3.3.4-7] [5.0/MQTT-3.3.4-9] Never more than the peer takes.
        let id = self.unsent.filter(|_| self.occupied < self.window)?;
        match self.places.find(slots, id)?.state {
            State::Pending(qos) => Some(Next::First(id, qos)),
            State::Published { qos, .. } => Some(Next::Again(id, qos)),
            _ => None,
        }
    }

    /// Gives `id`, which is free, to a message: the last of the outbound ones.
    #[inline]
    pub(super) fn take<M>(
        &mut self,
        slots: &mut [Slot<M>],
        id: PacketId,
        state: State,
        message: Option<M>,
    ) {
        self.places
            .take(slots, id, &mut self.outbound, state, message);
        // There are at most as many as identifiers.
        self.messages = self.messages.wrapping_add(1);
    }

    /// Takes an outbound message out of the order of sending.
    #[inline]
    pub(super) fn unlink<M>(&mut self, slots: &mut [Slot<M>], id: PacketId) {
        let next = self.outbound.remove(slots, self.places.capacity(), id);
        if self.unsent == Some(id) {
            self.unsent = next;
        }
    }

    /// Ends the exchange of an outbound message, which frees its slot.
    #[inline]
    pub(super) fn finish<M>(&mut self, slots: &mut [Slot<M>], id: PacketId) -> Option<M> {
        let (next, message) = self.places.free(slots, id, &mut self.outbound);
        if self.unsent == Some(id) {
            self.unsent = next;
        }
        self.messages = self.messages.saturating_sub(1);
        message
    }

    /// Ends the exchange of a released one, which frees its slot.
    #[inline]
    pub(super) fn complete<M>(&mut self, slots: &mut [Slot<M>], id: PacketId) -> Option<M> {
        let (next, message) = self.places.free(slots, id, &mut self.released);
        if self.unreleased == Some(id) {
            self.unreleased = next;
        }
        self.messages = self.messages.saturating_sub(1);
        message
    }

    /// Makes an unlinked message a released one, the last of them. Its PUBREL
    /// is sent, unless `sent` is false or others have to go before it.
    pub(super) fn release<M>(
        &mut self,
        slots: &mut [Slot<M>],
        id: PacketId,
        reason: ReasonCode,
        sent: bool,
    ) -> bool {
        // [MQTT-4.6.0-4] PUBRELs in the order of the PUBRECs.
        let sent = sent && self.unreleased.is_none();
        if let Some(slot) = self.places.find_mut(slots, id) {
            slot.state = State::Released { reason, sent };
        }
        self.released.push_back(slots, self.places.capacity(), id);
        if !sent && self.unreleased.is_none() {
            self.unreleased = Some(id);
        }
        sent
    }

    pub(super) fn end_request<M>(&mut self, slots: &mut [Slot<M>], id: PacketId) {
        self.places.free(slots, id, &mut self.requested);
        self.requests = self.requests.saturating_sub(1);
    }
}

/// How many of `places` are for SUBSCRIBE and UNSUBSCRIBE; the others are for messages.
fn most_requests(places: usize) -> usize {
    // With a single place there is none to spare.
    (places / 4).clamp(1, 16).min(places.saturating_sub(1))
}

#[inline(always)]
pub(super) fn most_messages<M, S: Slots<M>>(slots: &S) -> u16 {
    let places = Places::most(slots);
    u16::try_from(places.saturating_sub(most_requests(places))).unwrap_or(u16::MAX)
}
