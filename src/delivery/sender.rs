use core::{marker::PhantomData, num::NonZeroU16};

use super::places::{self, Places};
use super::slots::{Slot, Slots, State};
#[cfg(feature = "alloc")]
use super::transmit::Outgoing;
use super::transmit::{Due, Next, Transmit};
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
    /// The first released one whose PUBREL was not sent on this connection;
    /// all behind it were not either.
    pub(super) unreleased: Option<PacketId>,
    /// How many are outbound or released.
    pub(super) messages: u16,
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

/// What a sender has to send next.
#[cfg(feature = "alloc")]
pub(crate) enum Turn {
    /// What [`transmit`](Sender::transmit) yields.
    Again,
    /// A new message.
    New,
    /// Nothing before the next answer or connection.
    Wait,
}

impl<M, S: Slots<M>> Sender<M, S> {
    /// A sender with nothing in flight and no connection; what `slots` held is dropped.
    pub fn new(mut slots: S) -> Self {
        let places = Places::new(&mut slots);
        Self {
            core: Core {
                places,
                unreleased: None,
                messages: 0,
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
        // [5.0/MQTT-4.9.0-1]
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
        while let Some(id) = core.places.first_request(slots) {
            core.places.end_request(slots, id);
        }
        core.places.unsend();
        let first = core.places.first_message(slots);
        let released = first.filter(|slot| slot.state.is_released());
        core.unreleased = released.and_then(|slot| slot.id);
        core.occupied = 0;
        let occupied = &mut core.occupied;
        core.places.each_message(slots, core.messages, |state| {
            *state = match *state {
                State::Published(qos) => State::Unsent(qos),
                State::Released(reason) | State::Unreleased(reason) => {
                    // A resumed PUBREL counts: the peer may still count its PUBLISH.
                    *occupied = occupied.wrapping_add(1);
                    State::Unreleased(reason)
                }
                other => other,
            };
        });
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
        if qos == QoS::AtMostOnce || !self.has_room() {
            return Err(message);
        }
        let slots = self.slots.slots_mut();
        self.core.take(slots, State::Pending(qos), Some(message));
        Ok(())
    }

    /// An identifier for a SUBSCRIBE or UNSUBSCRIBE, in use until its answer,
    /// [`release`](Self::release) or the end of the connection. `None` when
    /// all places for them are taken: 16 requests wait, or in small storage
    /// a quarter of it.
    pub fn reserve(&mut self, request: Request) -> Option<PacketId> {
        let places = &mut self.core.places;
        if usize::from(places.requests()) >= most_requests(Places::most(&self.slots)) {
            return None;
        }
        if !places.has_room(&mut self.slots) {
            return None;
        }
        // [3.1.1/MQTT-2.3.1-2] [5.0/MQTT-2.2.1-3] From the allocator that messages have, too.
        let id = places.next(self.slots.slots());
        places.reserve(self.slots.slots_mut(), request);
        id
    }

    /// Frees the identifier of a SUBSCRIBE or UNSUBSCRIBE that was not sent;
    /// `false` when it is none.
    pub fn release(&mut self, id: PacketId) -> bool {
        let slots = self.slots.slots_mut();
        let is_request = matches!(places::state(slots, id), State::Requested(_));
        if is_request {
            self.core.places.end_request(slots, id);
        }
        is_request
    }

    /// The requests that await an answer, in their order.
    pub fn requests(&self) -> impl Iterator<Item = (PacketId, Request)> + '_ {
        let requested = self.core.places.requested(self.slots.slots());
        requested.filter_map(|(id, slot)| match slot.state {
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
        let next = self.core.due(self.slots.slots())?;
        Some(self.resume(next))
    }

    /// What [`transmit`](Self::transmit) yields.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(crate) fn due(&self) -> Option<Next> {
        self.core.due(self.slots.slots())
    }

    /// What [`transmit`](Self::transmit) yielded.
    #[inline(always)]
    pub(crate) fn resume(&mut self, next: Next) -> Transmit<'_, M> {
        Transmit {
            core: &mut self.core,
            slots: self.slots.slots_mut(),
            next,
        }
    }

    /// What to encode of it.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(crate) fn outgoing(&self, next: Next) -> Outgoing<'_, M> {
        next.outgoing(self.slots.slots())
    }

    /// Whose turn it is, where every message is begun by [`begin`](Self::begin).
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(crate) fn turn(&self) -> Turn {
        let core = &self.core;
        if core.unreleased.is_some() || core.messages != core.occupied {
            return core.turn_of_old();
        }
        // [5.0/MQTT-3.3.4-7] [5.0/MQTT-3.3.4-9] Never more than the peer takes.
        if core.occupied < core.window {
            Turn::New
        } else {
            Turn::Wait
        }
    }

    /// The identifier that a new message would be sent with now, if there is
    /// room for one.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(crate) fn next_id(&mut self) -> Option<PacketId> {
        if !self.has_room() {
            return None;
        }
        self.core.places.next(self.slots.slots())
    }

    /// Takes a message that was sent with the identifier that
    /// [`next_id`](Self::next_id) gave.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn begin(&mut self, message: M, qos: QoS) {
        let slots = self.slots.slots_mut();
        let link = self.core.places.free;
        self.core.take(slots, State::Published(qos), Some(message));
        if let Some(slot) = link.get(slots) {
            self.core.places.sent(slot);
        }
        self.core.occupy();
    }

    /// Whether there is a place for one more message.
    #[inline(always)]
    fn has_room(&mut self) -> bool {
        self.core.messages < most_messages::<M, S>(&self.slots)
            && self.core.places.has_room(&mut self.slots)
    }
}

impl Core {
    #[inline(always)]
    pub(super) const fn quota(&self) -> u16 {
        self.window.saturating_sub(self.occupied)
    }

    /// Whose turn it is where something of an earlier connection is left.
    #[cfg(feature = "alloc")]
    #[cold]
    const fn turn_of_old(&self) -> Turn {
        if self.unreleased.is_some() && self.connected {
            return Turn::Again;
        }
        // [5.0/MQTT-3.3.4-7] [5.0/MQTT-3.3.4-9] Never more than the peer takes.
        if self.occupied >= self.window {
            Turn::Wait
        } else if self.messages != self.occupied {
            Turn::Again
        } else {
            Turn::New
        }
    }

    /// The next to transmit, and what of it.
    #[inline(always)]
    fn due<M>(&self, slots: &[Slot<M>]) -> Option<Next> {
        let link = self.places.unsent;
        let next = |id, due| Next { link, id, due };
        // [5.0/MQTT-3.3.4-8] [5.0/MQTT-3.3.4-10] Nothing but a PUBLISH waits for quota.
        if let Some(id) = self.unreleased {
            return self.connected.then_some(next(id, Due::Release));
        }
        // [5.0/MQTT-3.3.4-7] [5.0/MQTT-3.3.4-9] Never more than the peer takes,
        // and nothing without a connection.
        if self.occupied >= self.window {
            return None;
        }
        let slot = self.places.first_unsent(slots)?;
        match slot.state {
            State::Pending(qos) => Some(next(slot.id?, Due::First(qos))),
            State::Unsent(qos) => Some(next(slot.id?, Due::Again(qos))),
            _ => None,
        }
    }

    /// Gives the next identifier to a message: the last of the outbound ones.
    #[inline(always)]
    pub(super) fn take<M>(&mut self, slots: &mut [Slot<M>], state: State, message: Option<M>) {
        self.places.take(slots, state, message);
        // [3.1.1/MQTT-2.3.1-4] [5.0/MQTT-2.2.1-4] [3.1.1/MQTT-4.3.2-1] [5.0/MQTT-4.3.2-1]
        // [5.0/MQTT-4.3.3-1] One that nothing else holds.
        // There are at most as many as identifiers.
        self.messages = self.messages.wrapping_add(1);
    }

    /// Ends the exchange of a message, which frees its slot; `was` is the
    /// state that it has. Short where that is known.
    #[inline(always)]
    pub(super) fn finish<M>(
        &mut self,
        slots: &mut [Slot<M>],
        id: PacketId,
        was: State,
    ) -> Option<M> {
        if was.is_released() && self.unreleased == Some(id) {
            self.unreleased = self.places.released_behind(slots, id);
        }
        if !was.is_unsent() {
            self.occupied = self.occupied.wrapping_sub(1);
        }
        self.messages = self.messages.wrapping_sub(1);
        self.places.free(slots, id, was)
    }

    /// As [`finish`](Self::finish).
    #[inline(never)]
    pub(super) fn finish_any<M>(
        &mut self,
        slots: &mut [Slot<M>],
        id: PacketId,
        was: State,
    ) -> Option<M> {
        self.finish(slots, id, was)
    }

    /// Makes an outbound message a released one, the last of them; `was` is
    /// the state that it has. Its PUBREL is due: now, if the result is
    /// `true`, or behind others.
    #[inline(always)]
    pub(super) fn release<M>(
        &mut self,
        slots: &mut [Slot<M>],
        id: PacketId,
        was: State,
        reason: ReasonCode,
    ) -> bool {
        // [MQTT-4.6.0-4] PUBRELs in the order of the PUBRECs.
        let at_once = self.unreleased.is_none();
        let state = match at_once {
            true => State::Released(reason),
            false => State::Unreleased(reason),
        };
        if was.is_unsent() {
            self.occupy();
        }
        self.places.release(slots, id, was, state);
        at_once
    }

    /// As [`release`](Self::release), but the PUBREL is never due at once.
    pub(super) fn release_later<M>(
        &mut self,
        slots: &mut [Slot<M>],
        id: PacketId,
        was: State,
        reason: ReasonCode,
    ) {
        self.unreleased.get_or_insert(id);
        self.release(slots, id, was, reason);
    }

    /// Takes quota for an exchange [5.0/MQTT-4.9.0-2]. There are at most as many as identifiers.
    #[inline(always)]
    pub(super) const fn occupy(&mut self) {
        self.occupied = self.occupied.wrapping_add(1);
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
