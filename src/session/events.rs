use crate::delivery::{Arrived, Outcome, Receipt, Reply};
use crate::packet::{PacketId, ReasonCode};

/// What [`Session::receive`](crate::Session::receive) made of a packet.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the reply is to be sent"]
pub struct Taken<M> {
    /// What happened; `None` when nothing did that concerns the application.
    pub incoming: Option<Incoming<M>>,
    /// PUBREL, PUBCOMP, a repeated PUBREC: to be sent at once.
    pub reply: Option<Reply>,
}

impl<M> Taken<M> {
    pub(super) const NOTHING: Self = Self {
        incoming: None,
        reply: None,
    };

    #[inline(always)]
    pub(super) const fn released(packet_id: PacketId, reply: Option<Reply>) -> Self {
        Self {
            incoming: Some(Incoming::Answer(Outcome::Released { packet_id })),
            reply,
        }
    }

    #[inline(always)]
    pub(super) const fn delivered(
        packet_id: PacketId,
        message: Option<M>,
        reason: ReasonCode,
    ) -> Self {
        Self {
            incoming: Some(Incoming::Answer(Outcome::Delivered {
                packet_id,
                message,
                reason,
            })),
            reply: None,
        }
    }

    #[inline(always)]
    pub(super) fn arrived(arrived: Arrived) -> Self {
        let Arrived {
            is_new,
            receipt,
            reply,
        } = arrived;
        // Not `then_some`, which would move a message that is not there.
        let incoming = if is_new {
            Some(Incoming::Message(receipt))
        } else {
            None
        };
        Self { incoming, reply }
    }
}

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<M> {
    /// The PUBLISH is to be handled; at QoS 1 and 2 it comes with the duty to
    /// answer it.
    Message(Option<Receipt>),
    /// An answer to what this side sent.
    Answer(Outcome<M>),
}

/// What a CONNACK said of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "a lost session has lost its subscriptions"]
pub enum Resumption {
    /// Nothing was there before, on either side.
    New,
    /// The server has the session, or does not say (3.1).
    Resumed,
    /// The server has lost it, and the client's subscriptions with it. In
    /// MQTT 5 what was in flight is dropped and awaits
    /// [`dropped`](crate::Session::dropped); before, it is sent again.
    Lost,
}
