use core::fmt;

use super::Response;
use crate::delivery::{Outcome, Receipt};
use crate::packet::{
    Auth, ConnAck, Connect, Disconnect, PacketId, PacketType, Publish, ReasonCode, SubAck,
    Subscribe, Unsubscribe,
};
use crate::session::Resumption;

/// What a connection makes of a packet.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the event is to be handled and the reply to be sent"]
pub struct Received<'a, M> {
    /// What happened; `None` when nothing did that concerns the application.
    pub event: Option<Event<'a, M>>,
    /// PUBREL, PUBCOMP, PINGRESP, a repeated PUBREC: to be sent at once.
    pub reply: Option<Response>,
}

impl<'a, M> Received<'a, M> {
    pub(super) const NOTHING: Self = Self {
        event: None,
        reply: None,
    };

    #[inline(always)]
    pub(super) const fn event(event: Event<'a, M>) -> Self {
        Self {
            event: Some(event),
            reply: None,
        }
    }

    #[inline(always)]
    pub(super) const fn reply(reply: Response) -> Self {
        Self {
            event: None,
            reply: Some(reply),
        }
    }
}

/// What happened on a connection.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a, M> {
    /// To a server: a client asks to be let in. Answer with
    /// [`accept`](crate::ServerConnection::accept),
    /// [`reject`](crate::ServerConnection::reject) or
    /// [`challenge`](crate::ServerConnection::challenge).
    Connect(Connect<'a>),
    /// To a client: it is let in.
    Connected {
        /// With all that the server says of itself.
        connack: ConnAck<'a>,
        /// What became of the session. When it is lost, or new, the server has
        /// no subscriptions of this client.
        resumption: Resumption,
    },
    /// To a client: it is not let in, and the connection is over.
    Refused(Refusal<'a>),
    /// A message. With a receipt it is to be answered, once it is processed,
    /// by `acknowledge` or `refuse`.
    Message(Publish<'a>, Option<Receipt>),
    /// A message of this side is with the peer, or refused with a reason of
    /// 0x80 and above (MQTT 5).
    Published {
        /// The identifier that it had.
        packet_id: PacketId,
        /// The message; `None` when it was given back before, or when nothing
        /// but the identifier was restored.
        message: Option<M>,
        /// How the peer took it.
        reason: ReasonCode,
    },
    /// A message of QoS 2 is with the peer, which will not take it twice: what
    /// a log has to know before the PUBREL goes out.
    Released {
        /// The identifier.
        packet_id: PacketId,
    },
    /// An answer to nothing; nothing has changed.
    Unknown {
        /// Of the answer.
        packet_type: PacketType,
        /// Of the answer.
        packet_id: PacketId,
    },
    /// To a server: to be answered by [`suback`](crate::ServerConnection::suback),
    /// with a decision for each filter.
    Subscribe(Subscribe<'a>),
    /// To a server: to be answered by [`unsuback`](crate::ServerConnection::unsuback).
    Unsubscribe(Unsubscribe<'a>),
    /// To a client: the answer to a SUBSCRIBE, with a code for each filter.
    Subscribed(SubAck<'a>),
    /// To a client: the answer to an UNSUBSCRIBE.
    Unsubscribed(SubAck<'a>),
    /// A step of enhanced authentication (4.12), which calls for another one,
    /// unless it tells a client that a re-authentication has succeeded.
    Auth(Auth<'a>),
    /// The peer has ended the connection.
    Disconnected(Disconnect<'a>),
}

impl<'a, M> Event<'a, M> {
    /// What an acknowledgement meant, but for the answers to requests.
    #[inline]
    pub(super) fn progress(outcome: Outcome<M>, packet_type: PacketType) -> Option<Self> {
        match outcome {
            Outcome::Delivered {
                packet_id,
                message,
                reason,
            } => Some(Self::Published {
                packet_id,
                message,
                reason,
            }),
            Outcome::Released { packet_id } => Some(Self::Released { packet_id }),
            Outcome::Unknown { packet_id } => Some(Self::Unknown {
                packet_type,
                packet_id,
            }),
            Outcome::Repeated { .. } | Outcome::Answered { .. } => None,
        }
    }
}

/// A CONNACK that does not let the client in. Prints as a sentence:
/// `Connection Refused: not authorised.`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// With the reason, and in MQTT 5 perhaps its text or another server.
    pub connack: ConnAck<'a>,
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.connack.reason;
        let words = match reason {
            ReasonCode::UNSUPPORTED_PROTOCOL_VERSION => "unacceptable protocol version",
            ReasonCode::CLIENT_IDENTIFIER_NOT_VALID => "identifier rejected",
            ReasonCode::SERVER_UNAVAILABLE => "broker unavailable",
            ReasonCode::BAD_USER_NAME_OR_PASSWORD => "bad user name or password",
            ReasonCode::NOT_AUTHORIZED => "not authorised",
            other => return write!(f, "Connection Refused: {other}."),
        };
        write!(f, "Connection Refused: {words}.")
    }
}
