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
    core: &'t mut Core,
    slots: &'t mut [Slot<M>],
    next: Next,
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

#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// The PUBREL of an earlier connection.
    Release(PacketId),
    /// The PUBLISH of an earlier connection.
    Again(PacketId, QoS),
    /// A new PUBLISH.
    First(PacketId, QoS),
}

impl<'t, M> Transmit<'t, M> {
    #[inline(always)]
    pub(super) const fn new(core: &'t mut Core, slots: &'t mut [Slot<M>], next: Next) -> Self {
        Self { core, slots, next }
    }

    /// The identifier it bears.
    pub const fn packet_id(&self) -> PacketId {
        match self.next {
            Next::Release(id) | Next::Again(id, _) | Next::First(id, _) => id,
        }
    }

    /// What to encode.
    #[inline]
    pub fn outgoing(&self) -> Outgoing<'_, M> {
        let (packet_id, qos, dup) = match self.next {
            Next::Release(id) => return released(id),
            // [MQTT-3.3.1-1] DUP on a re-delivery, and on no other.
            Next::Again(id, qos) => (id, qos, true),
            Next::First(id, qos) => (id, qos, false),
        };
        let slot = self.core.places.find(self.slots, packet_id);
        match slot.and_then(|slot| slot.message.as_ref()) {
            Some(message) => Outgoing::Message {
                delivery: delivery(qos, packet_id, dup),
                message_expiry_interval: None,
                message,
            },
            None => released(packet_id),
        }
    }

    /// It is encoded, and will reach the peer or be lost with the connection:
    /// the exchange awaits its answer.
    #[inline]
    pub fn sent(self) {
        let Self { core, slots, next } = self;
        let Some(slot) = core.places.find_mut(slots, packet_id(next)) else {
            return;
        };
        match next {
            Next::Release(_) => {
                if let State::Released { sent, .. } = &mut slot.state {
                    *sent = true;
                }
                core.unreleased = slot.next;
            }
            Next::Again(_, qos) | Next::First(_, qos) => {
                slot.state = State::Published { qos, sent: true };
                core.unsent = slot.next;
                core.occupied = core.occupied.saturating_add(1);
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
        match next {
            Next::Release(_) => None,
            Next::First(id, _) => {
                core.unlink(slots, id);
                core.messages = core.messages.saturating_sub(1);
                core.places.untake(slots, id)
            }
            Next::Again(id, QoS::ExactlyOnce) => {
                core.unlink(slots, id);
                core.release(slots, id, ReasonCode::SUCCESS, false);
                core.occupied = core.occupied.saturating_add(1);
                core.places.find_mut(slots, id)?.message.take()
            }
            Next::Again(id, _) => core.finish(slots, id),
        }
    }
}

const fn packet_id(next: Next) -> PacketId {
    match next {
        Next::Release(id) | Next::Again(id, _) | Next::First(id, _) => id,
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
