use core::fmt;

use crate::packet::{PacketType, ReasonCode, Role, Version};

/// A well-formed packet breaks the rules of the exchange it belongs to: the
/// peer is at fault, the state is as it was, and the connection is to be closed.
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

    /// The type of the packet.
    pub const fn packet_type(&self) -> PacketType {
        self.packet_type
    }

    /// The version in use.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Version and number of the broken statement, such as
    /// `5.0/MQTT-3.3.4-9`; `None` where the rule has no number.
    pub const fn statement(&self) -> Option<&'static str> {
        match (self.kind, self.version, self.sender) {
            (ProtocolErrorKind::ReceiveMaximumExceeded, Version::V5, Some(Role::Client)) => {
                Some("5.0/MQTT-3.3.4-7")
            }
            (ProtocolErrorKind::ReceiveMaximumExceeded, Version::V5, Some(Role::Server)) => {
                Some("5.0/MQTT-3.3.4-9")
            }
            (ProtocolErrorKind::PacketIdInUse, Version::V3_1_1, Some(Role::Client)) => {
                Some("3.1.1/MQTT-2.3.1-2")
            }
            (ProtocolErrorKind::PacketIdInUse, Version::V3_1_1, Some(Role::Server)) => {
                Some("3.1.1/MQTT-2.3.1-4")
            }
            (ProtocolErrorKind::UnknownSession, Version::V5, _) => Some("5.0/MQTT-3.2.2-4"),
            _ => None,
        }
    }

    /// The reason code with which MQTT 5 reports it (4.13).
    pub const fn reason(&self) -> ReasonCode {
        match self.kind {
            ProtocolErrorKind::ReceiveMaximumExceeded => ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
            ProtocolErrorKind::WrongExchange
            | ProtocolErrorKind::PacketIdInUse
            | ProtocolErrorKind::UnknownSession => ReasonCode::PROTOCOL_ERROR,
        }
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

/// Which rule of an exchange can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolErrorKind {
    /// An answer that does not belong to what the identifier stands for: a
    /// PUBACK for QoS 2, a PUBREC or PUBCOMP for QoS 1, a PUBCOMP before the
    /// PUBREC, a SUBACK for a PUBLISH.
    #[error("the identifier is that of another exchange")]
    WrongExchange,
    /// Before MQTT 5: a PUBLISH takes an identifier whose exchange is not
    /// finished. MQTT 5 answers it with 0x91 instead.
    #[error("the identifier is in use")]
    PacketIdInUse,
    /// More unfinished PUBLISHes than we announced to take.
    #[error("more PUBLISHes are unfinished than the Receive Maximum allows")]
    ReceiveMaximumExceeded,
    /// MQTT 5: a server resumes a session that the client does not have.
    #[error("the server has a session that the client does not have")]
    UnknownSession,
}
