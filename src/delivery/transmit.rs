use super::circle::Link;
use super::places;
use super::reply::{Kind, Reply};
use super::sender::Core;
use super::slots::{Slot, State};
use crate::packet::{Delivery, PacketId, QoS, ReasonCode};

/// The next packet that is due, held out until it is [`sent`](Self::sent).
///
/// Encode what [`outgoing`](Self::outgoing) says and then call `sent`: until
/// then no identifier, quota or place in the order is spent. Dropping it
/// instead changes nothing; it comes again the next time.
#[derive(Debug)]
#[must_use = "nothing is sent before `sent()`"]
pub struct Transmit<'t, M> {
    pub(super) core: &'t mut Core,
    pub(super) slots: &'t mut [Slot<M>],
    pub(super) next: Next,
}

/// A [`Transmit`] without the sender whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Next {
    /// Where the first of the unsent ones is, if that is what is due.
    pub(super) link: Link,
    pub(super) id: PacketId,
    pub(super) due: Due,
}

/// What is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing<'t, M> {
    /// A PUBACK, PUBREC or PUBREL: to be encoded as it is.
    Reply(Reply),
    /// A message, of which the caller composes the PUBLISH.
    Message {
        /// QoS, Packet Identifier and DUP for it.
        delivery: Delivery,
        /// Seconds that the message still has (MQTT 5), counted down since
        /// [`Terms`](crate::Terms) said so; a bare [`Sender`](super::Sender)
        /// knows none.
        message_expiry_interval: Option<u32>,
        /// The message.
        message: &'t M,
    },
}

/// What of an exchange is to be sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Due {
    /// The PUBREL, on an earlier connection sent or due.
    Release,
    /// The PUBLISH of an earlier connection.
    Again(QoS),
    /// A new PUBLISH.
    First(QoS),
}

impl Next {
    /// The identifier it bears.
    #[inline(always)]
    pub(crate) const fn packet_id(self) -> PacketId {
        self.id
    }

    /// What to encode.
    #[inline(always)]
    pub(super) fn outgoing<M>(self, slots: &[Slot<M>]) -> Outgoing<'_, M> {
        let (qos, dup) = match self.due {
            Due::Release => return released(self.id),
            // [MQTT-3.3.1-1] DUP on a re-delivery, and on no other.
            Due::Again(qos) => (qos, true),
            // [5.0/MQTT-4.3.2-2] [5.0/MQTT-4.3.3-2]
            Due::First(qos) => (qos, false),
        };
        let slot = self.link.get(slots);
        match slot.and_then(|slot| slot.message.as_ref()) {
            Some(message) => Outgoing::Message {
                delivery: delivery(qos, self.id, dup),
                message_expiry_interval: None,
                message,
            },
            None => released(self.id),
        }
    }
}

impl<M> Transmit<'_, M> {
    /// The identifier it bears.
    pub const fn packet_id(&self) -> PacketId {
        self.next.id
    }

    /// What to encode.
    #[inline]
    pub fn outgoing(&self) -> Outgoing<'_, M> {
        self.next.outgoing(self.slots)
    }

    /// It is encoded, and will reach the peer or be lost with the connection:
    /// the exchange awaits its answer.
    #[inline]
    pub fn sent(self) {
        let Self { core, slots, next } = self;
        match next.due {
            Due::Release => core.sent_pubrel(slots, next.id),
            Due::Again(qos) | Due::First(qos) => {
                if let Some(slot) = next.link.get_mut(slots) {
                    slot.state = State::Published(qos);
                    core.places.sent(slot);
                    core.occupy();
                }
            }
        }
    }

    /// It cannot be sent, because it is larger than the peer takes, say: ends
    /// its exchange and gives the message back, and no identifier is spent.
    ///
    /// Of a PUBLISH of QoS 2 from an earlier connection the peer may already
    /// remember the identifier, so that a new message with it would be taken
    /// for a repeat. A PUBREL is sent in its place, and the identifier is free
    /// when that is answered. `None` for a PUBREL, which always can be sent:
    /// nothing changes.
    pub fn discard(self) -> Option<M> {
        let Self { core, slots, next } = self;
        let Next { id, due, .. } = next;
        match due {
            Due::Release => None,
            Due::First(_) => {
                core.messages = core.messages.wrapping_sub(1);
                core.places.untake(slots)
            }
            Due::Again(QoS::ExactlyOnce) => {
                let was = State::Unsent(QoS::ExactlyOnce);
                core.release_later(slots, id, was, ReasonCode::SUCCESS);
                places::at(slots, id)?.message.take()
            }
            Due::Again(qos) => core.finish_any(slots, id, State::Unsent(qos)),
        }
    }
}

impl Core {
    fn sent_pubrel<M>(&mut self, slots: &mut [Slot<M>], id: PacketId) {
        if let Some(slot) = places::at(slots, id) {
            if let State::Unreleased(reason) = slot.state {
                slot.state = State::Released(reason);
            }
        }
        self.unreleased = self.places.released_behind(slots, id);
    }
}

#[inline(always)]
pub(crate) const fn released<'t, M>(id: PacketId) -> Outgoing<'t, M> {
    Outgoing::Reply(Reply::new(Kind::Rel, id, ReasonCode::SUCCESS))
}

/// The delivery of a message that has an identifier.
#[inline(always)]
const fn delivery(qos: QoS, packet_id: PacketId, dup: bool) -> Delivery {
    match qos {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce { packet_id, dup },
        QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id, dup },
    }
}

/// The first delivery of a message, which without an identifier is of QoS 0.
#[cfg(feature = "alloc")]
#[inline(always)]
pub(crate) const fn first_delivery(qos: QoS, packet_id: Option<PacketId>) -> Delivery {
    match packet_id {
        Some(packet_id) => delivery(qos, packet_id, false),
        None => Delivery::AtMostOnce,
    }
}
