//! What a well-formed packet can break: the rules of an exchange and of a connection.

use core::fmt;

use crate::packet::{PacketType, PropertyId, QoS, ReasonCode, Role, Version};

/// A well-formed packet breaks the rules of the exchange or the connection it
/// belongs to, or does not come in time: the peer is at fault, the state is as
/// it was, and the connection is to be closed.
///
/// ```
/// use puremqtt::delivery::{Sender, Slot};
/// use puremqtt::{Ack, Packet, QoS, ReasonCode, Version};
///
/// let mut sender = Sender::new([Slot::<&str>::EMPTY; 4]);
/// sender.connected(Version::V5, u16::MAX);
/// sender.publish("x", QoS::ExactlyOnce)?;
/// let next = sender.transmit().ok_or("one is due")?;
/// let id = next.packet_id();
/// next.sent();
/// let error = sender.receive(&Packet::PubAck(Ack::new(id))).unwrap_err();
/// assert_eq!(error.reason(), ReasonCode::PROTOCOL_ERROR);
/// assert_eq!(error.to_string(), "PUBACK: the identifier is that of another exchange");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProtocolError {
    kind: ProtocolErrorKind,
    packet_type: PacketType,
    version: Version,
    sender: Option<Role>,
}

impl ProtocolError {
    pub(crate) const fn new(
        kind: ProtocolErrorKind,
        packet_type: PacketType,
        version: Version,
    ) -> Self {
        Self {
            kind,
            packet_type,
            version,
            sender: None,
        }
    }

    /// The same error, of a packet that this role sent.
    #[must_use]
    pub const fn from_role(self, sender: Role) -> Self {
        Self {
            sender: Some(sender),
            ..self
        }
    }

    /// What broke.
    pub const fn kind(&self) -> ProtocolErrorKind {
        self.kind
    }

    /// The type of the packet, or of the one that did not come in time.
    pub const fn packet_type(&self) -> PacketType {
        self.packet_type
    }

    /// The version in use; before a CONNECT told it 5.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Version and number of the broken statement, such as
    /// `5.0/MQTT-3.3.4-9`; `None` where the rule has no number.
    pub const fn statement(&self) -> Option<&'static str> {
        match self.version {
            Version::V3_1 => None,
            Version::V3_1_1 => self.statement_v3_1_1(),
            Version::V5 => self.statement_v5(),
        }
    }

    const fn statement_v3_1_1(&self) -> Option<&'static str> {
        use ProtocolErrorKind as Kind;
        Some(match (self.kind, self.packet_type, self.sender) {
            (Kind::ConnectExpected, _, _) => "3.1.1/MQTT-3.1.0-1",
            (Kind::SecondConnect, _, _) => "3.1.1/MQTT-3.1.0-2",
            (Kind::KeepAliveTimeout, _, _) => "3.1.1/MQTT-3.1.2-24",
            (Kind::EmptyClientIdentifier, _, _) => "3.1.1/MQTT-3.1.3-8",
            (Kind::ConnAckExpected, _, _) => "3.1.1/MQTT-3.2.0-1",
            (Kind::SessionPresentAfterCleanStart, _, _) => "3.1.1/MQTT-3.2.2-1",
            (Kind::PacketIdInUse, _, Some(Role::Client)) => "3.1.1/MQTT-2.3.1-2",
            (Kind::PacketIdInUse, _, Some(Role::Server)) => "3.1.1/MQTT-2.3.1-4",
            (Kind::CodeCount { .. }, PacketType::SubAck, _) => "3.1.1/MQTT-3.8.4-5",
            _ => return None,
        })
    }

    const fn statement_v5(&self) -> Option<&'static str> {
        use ProtocolErrorKind as Kind;
        Some(match (self.kind, self.packet_type, self.sender) {
            (Kind::ConnectExpected, _, _) => "5.0/MQTT-3.1.0-1",
            (Kind::SecondConnect, _, _) => "5.0/MQTT-3.1.0-2",
            (Kind::KeepAliveTimeout, _, _) => "5.0/MQTT-3.1.2-22",
            (Kind::PropertyNotRequested(PropertyId::RESPONSE_INFORMATION), _, _) => {
                "5.0/MQTT-3.1.2-28"
            }
            (Kind::PropertyNotRequested(_), _, _) => "5.0/MQTT-3.1.2-29",
            (Kind::AuthExpected, _, _) => "5.0/MQTT-3.1.2-30",
            (Kind::ConnAckExpected, _, _) => "5.0/MQTT-3.2.0-1",
            (Kind::SecondConnAck, _, _) => "5.0/MQTT-3.2.0-2",
            (Kind::SessionPresentAfterCleanStart, _, _) => "5.0/MQTT-3.2.2-2",
            (Kind::UnknownSession, _, _) => "5.0/MQTT-3.2.2-4",
            (Kind::QoSNotSupported(_), PacketType::Connect, _) => "5.0/MQTT-3.2.2-12",
            (Kind::QoSNotSupported(_), _, _) => "5.0/MQTT-3.2.2-11",
            (Kind::RetainNotSupported, PacketType::Connect, _) => "5.0/MQTT-3.2.2-13",
            (Kind::RetainNotSupported, _, _) => "5.0/MQTT-3.2.2-14",
            (Kind::ReceiveMaximumExceeded, _, Some(Role::Client)) => "5.0/MQTT-3.3.4-7",
            (Kind::ReceiveMaximumExceeded, _, Some(Role::Server)) => "5.0/MQTT-3.3.4-9",
            (Kind::PropertyOfOtherRole(_), PacketType::Publish, _) => "5.0/MQTT-3.3.4-6",
            (
                Kind::PropertyOfOtherRole(PropertyId::SESSION_EXPIRY_INTERVAL),
                PacketType::Disconnect,
                _,
            ) => "5.0/MQTT-3.14.2-2",
            (Kind::CodeCount { .. }, PacketType::SubAck, _) => "5.0/MQTT-3.8.4-6",
            (Kind::CodeCount { .. }, PacketType::UnsubAck, _) => "5.0/MQTT-3.11.3-1",
            (Kind::UnexpectedAuth(_), _, Some(Role::Server)) => "5.0/MQTT-4.12.0-2",
            (Kind::UnexpectedAuth(ReasonCode::RE_AUTHENTICATE), _, _) => "5.0/MQTT-4.12.1-1",
            (Kind::UnexpectedAuth(_), _, _) => "5.0/MQTT-4.12.0-3",
            (Kind::AuthenticationMethodChanged, _, _) => "5.0/MQTT-4.12.0-5",
            (Kind::NoAuthenticationMethod, _, Some(Role::Server)) => "5.0/MQTT-4.12.0-6",
            (Kind::NoAuthenticationMethod, _, _) => "5.0/MQTT-4.12.0-7",
            _ => return None,
        })
    }

    /// The reason code with which MQTT 5 reports it (4.13); what a client may
    /// not say it says with 0x80.
    pub const fn reason(&self) -> ReasonCode {
        self.kind.reason()
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.packet_type, self.kind)?;
        match self.statement() {
            Some(statement) => write!(f, " ({statement})"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for ProtocolError {}

/// Which rule of an exchange or a connection can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolErrorKind {
    /// An answer that does not belong to what the identifier stands for: a
    /// PUBACK for QoS 2, a PUBREC or PUBCOMP for QoS 1, a PUBCOMP before the
    /// PUBREC, a SUBACK for a PUBLISH.
    #[error("the identifier is that of another exchange")]
    WrongExchange,
    /// Before MQTT 5: a PUBLISH or SUBSCRIBE takes an identifier whose exchange
    /// is not finished. MQTT 5 answers it with 0x91 instead.
    #[error("the identifier is in use")]
    PacketIdInUse,
    /// More unfinished PUBLISHes than we announced to take.
    #[error("more PUBLISHes are unfinished than the Receive Maximum allows")]
    ReceiveMaximumExceeded,
    /// MQTT 5: a server resumes a session that the client does not have.
    #[error("the server has a session that the client does not have")]
    UnknownSession,
    /// A server was sent another packet before CONNECT.
    #[error("the first packet is not CONNECT")]
    ConnectExpected,
    /// A second CONNECT on a connection.
    #[error("there was a CONNECT already")]
    SecondConnect,
    /// A client was sent another packet before CONNACK.
    #[error("the first packet is not CONNACK")]
    ConnAckExpected,
    /// A second CONNACK on a connection.
    #[error("there was a CONNACK already")]
    SecondConnAck,
    /// A client that has named an Authentication Method sends something else
    /// than AUTH and DISCONNECT before CONNACK.
    #[error("authentication is not over")]
    AuthExpected,
    /// The sender, whose role is given, never sends packets of this type.
    #[error("{0}s do not send this packet")]
    WrongDirection(Role),
    /// Not the peer's fault: a packet was handed in while the server has yet to
    /// accept or refuse. It is a lawful one, to be handed in again thereafter.
    #[error("the CONNECT is not answered yet")]
    Undecided,
    /// Session Present though the client asked for a new session.
    #[error("Session Present is set where a new session was asked for")]
    SessionPresentAfterCleanStart,
    /// Before MQTT 5: an empty Client Identifier without Clean Session, in 3.1
    /// at all.
    #[error("the Client Identifier is empty")]
    EmptyClientIdentifier,
    /// A SUBACK or UNSUBACK with more or fewer codes than filters were sent.
    #[error("{codes} codes answer {filters} filters")]
    CodeCount {
        /// Of the request.
        filters: u32,
        /// Of the answer.
        codes: u32,
    },
    /// A PUBLISH or a will above the Maximum QoS of the server.
    #[error("{0:?} is above the Maximum QoS")]
    QoSNotSupported(QoS),
    /// A PUBLISH or a will with RETAIN where the server keeps no messages.
    #[error("retained messages are not available")]
    RetainNotSupported,
    /// A filter with wildcards where the server takes none.
    #[error("wildcard subscriptions are not available")]
    WildcardSubscriptionsNotSupported,
    /// A shared subscription where the server has none.
    #[error("shared subscriptions are not available")]
    SharedSubscriptionsNotSupported,
    /// A Subscription Identifier where the server takes none.
    #[error("Subscription Identifiers are not available")]
    SubscriptionIdentifiersNotSupported,
    /// A property that only the sender's peer may send with this packet.
    #[error("the property {0} is not the sender's to send")]
    PropertyOfOtherRole(PropertyId),
    /// A code that only the sender's peer may send with this packet.
    #[error("{0:?} is not the sender's to send")]
    ReasonCodeOfOtherRole(ReasonCode),
    /// A property that the client did not ask for, or asked to leave out.
    #[error("the property {0} was not asked for")]
    PropertyNotRequested(PropertyId),
    /// Another Authentication Method than the CONNECT's, or none.
    #[error("the Authentication Method is not that of the CONNECT")]
    AuthenticationMethodChanged,
    /// An AUTH, or a CONNACK with an Authentication Method, where the CONNECT
    /// named none.
    #[error("the CONNECT has no Authentication Method")]
    NoAuthenticationMethod,
    /// An AUTH out of turn, or with a code that does not fit the step.
    #[error("this is no time for an AUTH with {0:?}")]
    UnexpectedAuth(ReasonCode),
    /// A DISCONNECT gives a Session Expiry Interval to a session that the
    /// CONNECT gave none.
    #[error("the Session Expiry Interval was 0 in the CONNECT")]
    SessionExpiryRaised,
    /// A server got no CONNECT in time.
    #[error("it did not come in time")]
    ConnectTimeout,
    /// A server got no AUTH in time, which it needs for its CONNACK.
    #[error("it did not come in time")]
    AuthTimeout,
    /// A client got no CONNACK in time.
    #[error("it did not come in time")]
    ConnAckTimeout,
    /// A server got no packet in one and a half times the Keep Alive.
    #[error("nothing came for one and a half times the Keep Alive")]
    KeepAliveTimeout,
    /// A client's PINGREQ got no answer.
    #[error("it did not come in time")]
    PingRespTimeout,
}

impl ProtocolErrorKind {
    /// The reason code with which MQTT 5 reports it (4.13).
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::ReceiveMaximumExceeded => ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
            Self::EmptyClientIdentifier => ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
            Self::QoSNotSupported(_) => ReasonCode::QOS_NOT_SUPPORTED,
            Self::RetainNotSupported => ReasonCode::RETAIN_NOT_SUPPORTED,
            Self::WildcardSubscriptionsNotSupported => {
                ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED
            }
            Self::SharedSubscriptionsNotSupported => ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
            Self::SubscriptionIdentifiersNotSupported => {
                ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED
            }
            Self::KeepAliveTimeout => ReasonCode::KEEP_ALIVE_TIMEOUT,
            Self::Undecided
            | Self::ConnectTimeout
            | Self::AuthTimeout
            | Self::ConnAckTimeout
            | Self::PingRespTimeout => ReasonCode::UNSPECIFIED_ERROR,
            _ => ReasonCode::PROTOCOL_ERROR,
        }
    }
}

#[cfg(test)]
mod tests;
