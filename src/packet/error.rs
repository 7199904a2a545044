use core::fmt;

use super::{PacketType, PropertyId, QoS, ReasonCode, Version, statement};
use crate::topic::TopicErrorKind;

/// Bytes from the peer are no MQTT: the peer is at fault.
///
/// Says what broke, in which packet, at which byte, against which numbered
/// statement, and with which reason code MQTT 5 reports it. Prints as one
/// sentence:
///
/// ```
/// use puremqtt::{Decoder, ReasonCode, Version};
///
/// let connect = b"\x10\x0e\x00\x04MQTT\x05\x03\x00\x00\x00\x00\x01a";
/// let error = Decoder::new(Version::V5).decode(connect).unwrap_err();
/// assert_eq!(error.statement(), Some("5.0/MQTT-3.1.2-3"));
/// assert_eq!(error.reason(), ReasonCode::MALFORMED_PACKET);
/// assert_eq!(error.offset(), 9);
/// assert_eq!(error.to_string(), "CONNECT: the reserved connect flag is set (at byte 9, 5.0/MQTT-3.1.2-3)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    pub(crate) kind: DecodeErrorKind,
    pub(crate) packet_type: Option<PacketType>,
    pub(crate) version: Option<Version>,
    pub(crate) sender: Option<Role>,
    pub(crate) offset: usize,
}

/// The two sides of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The side that sends CONNECT.
    Client,
    /// The side that answers it; brokers are servers.
    #[doc(alias = "broker")]
    Server,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

impl DecodeError {
    /// What broke.
    pub const fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// The type of the packet; `None` when its first byte names none.
    pub const fn packet_type(&self) -> Option<PacketType> {
        self.packet_type
    }

    /// The version the packet was read as; `None` before a CONNECT told it.
    pub const fn version(&self) -> Option<Version> {
        self.version
    }

    /// Index, in bytes from the start of the packet, of what broke.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Version and number of the broken statement of the standard, such as
    /// `5.0/MQTT-3.1.0-1`; `None` where the rule has no number, as all of 3.1.
    /// Before the version is known, MQTT 5's.
    pub const fn statement(&self) -> Option<&'static str> {
        match self.version {
            Some(Version::V3_1) => None,
            Some(Version::V3_1_1) => statement::v3_1_1(self.kind, self.packet_type),
            Some(Version::V5) | None => statement::v5(self.kind, self.packet_type, self.sender),
        }
    }

    /// The reason code with which MQTT 5 reports it (4.13).
    pub const fn reason(&self) -> ReasonCode {
        self.kind.reason()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.packet_type {
            Some(packet_type) => write!(f, "{packet_type}: ")?,
            None => f.write_str("packet: ")?,
        }
        write!(f, "{} (at byte {}", self.kind, self.offset)?;
        if let Some(statement) = self.statement() {
            write!(f, ", {statement}")?;
        }
        f.write_str(")")
    }
}

impl core::error::Error for DecodeError {}

/// A field of a packet, by the standard's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum Field {
    FixedHeader,
    ProtocolName,
    ProtocolLevel,
    ConnectFlags,
    KeepAlive,
    ClientIdentifier,
    WillProperties,
    WillTopic,
    WillPayload,
    UserName,
    Password,
    ConnectAcknowledgeFlags,
    ReasonCode,
    PacketIdentifier,
    TopicName,
    TopicFilter,
    SubscriptionOptions,
    PropertyLength,
    Properties,
    Property(PropertyId),
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FixedHeader => "fixed header",
            Self::ProtocolName => "Protocol Name",
            Self::ProtocolLevel => "Protocol Level",
            Self::ConnectFlags => "Connect Flags",
            Self::KeepAlive => "Keep Alive",
            Self::ClientIdentifier => "Client Identifier",
            Self::WillProperties => "Will Properties",
            Self::WillTopic => "Will Topic",
            Self::WillPayload => "Will Payload",
            Self::UserName => "User Name",
            Self::Password => "Password",
            Self::ConnectAcknowledgeFlags => "Connect Acknowledge Flags",
            Self::ReasonCode => "Reason Code",
            Self::PacketIdentifier => "Packet Identifier",
            Self::TopicName => "Topic Name",
            Self::TopicFilter => "Topic Filter",
            Self::SubscriptionOptions => "Subscription Options",
            Self::PropertyLength => "Property Length",
            Self::Properties => "Properties",
            Self::Property(id) => id.name().unwrap_or("property"),
        })
    }
}

/// What can be wrong with the bytes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// Type 0, or AUTH before MQTT 5.
    #[error("the packet type is reserved")]
    ReservedPacketType,
    /// Flags of the fixed header other than the prescribed ones.
    #[error("the flags of the fixed header are not the prescribed ones")]
    ReservedFlags,
    /// QoS 3 in the field named; in a PUBLISH that is the fixed header.
    #[error("QoS 3 in the {0}")]
    QoS3(Field),
    /// DUP in a PUBLISH of QoS 0.
    #[error("DUP is set at QoS 0")]
    DupAtQoS0,
    /// A Variable Byte Integer goes on after its fourth byte.
    #[error("a Variable Byte Integer has more than four bytes")]
    IntegerTooLong,
    /// A Variable Byte Integer takes more bytes than its value needs.
    #[error("a Variable Byte Integer takes more bytes than it needs")]
    IntegerNotMinimal,
    /// Above the largest packet the decoder was told to accept, in bytes.
    #[error("the packet has {size} bytes where {maximum} are accepted")]
    PacketTooLarge {
        /// Bytes of the packet with its fixed header, as that announces them.
        size: usize,
        /// The limit.
        maximum: u32,
    },
    /// Above the largest CONNECT a server's decoder was told to accept, in bytes.
    #[error("the CONNECT has {size} bytes where {maximum} are accepted")]
    ConnectTooLarge {
        /// Bytes of the packet with its fixed header, as that announces them.
        size: usize,
        /// The limit.
        maximum: u32,
    },
    /// A server was sent another packet before CONNECT.
    #[error("the first packet is not CONNECT")]
    ConnectExpected,
    /// Anything but a CONNECT while nothing tells the version.
    #[error("the version of the protocol is not known")]
    VersionUnknown,
    /// The sender, whose role is given, never sends packets of this type.
    #[error("{0}s do not send this packet")]
    WrongDirection(Role),
    /// The packet ends before the field is complete.
    #[error("the packet ends within its {0}")]
    EndsBefore(Field),
    /// Bytes are left after the last field.
    #[error("bytes follow the last field")]
    TrailingBytes,
    /// Bytes of a CONNECT are left that would be the field named, whose flag is not set.
    #[error("bytes follow the last field whose flag is set: the {0} has none")]
    Unflagged(Field),
    /// Not well-formed UTF-8.
    #[error("the {0} is not UTF-8")]
    NotUtf8(Field),
    /// UTF-8 with an encoded surrogate, U+D800 to U+DFFF.
    #[error("the {0} encodes a surrogate")]
    Surrogate(Field),
    /// The null character.
    #[error("the {0} holds U+0000")]
    Nul(Field),
    /// A control character or non-character, which the decoder was told to refuse.
    #[error("the {0} holds a control character or a non-character")]
    DiscouragedCharacter(Field),
    /// Packet Identifier 0.
    #[error("the Packet Identifier is 0")]
    PacketIdZero,
    /// An ill-formed Topic Name or Topic Filter.
    #[error("the {0} is ill-formed: {1}")]
    Topic(Field, TopicErrorKind),
    /// SUBSCRIBE or UNSUBSCRIBE without a Topic Filter.
    #[error("there is no Topic Filter")]
    NoTopicFilter,
    /// SUBACK or UNSUBACK without a code.
    #[error("there is no Reason Code")]
    NoReasonCode,
    /// No Local on a shared subscription.
    #[error("No Local is set on a shared subscription")]
    NoLocalOnShared,
    /// Bit 0 of the connect flags.
    #[error("the reserved connect flag is set")]
    ReservedConnectFlag,
    /// Bits 7 to 1 of the connect acknowledge flags; in 3.1 all of them.
    #[error("a reserved connect acknowledge flag is set")]
    ReservedConnAckFlags,
    /// Bits of the subscription options that the version does not define.
    #[error("a reserved bit of the Subscription Options is set")]
    ReservedSubscriptionOptions,
    /// Retain Handling 3.
    #[error("Retain Handling is 3")]
    RetainHandling3,
    /// Will QoS without Will Flag.
    #[error("Will QoS is set without the Will Flag")]
    WillQoSWithoutWill,
    /// Will Retain without Will Flag.
    #[error("Will Retain is set without the Will Flag")]
    WillRetainWithoutWill,
    /// A password without a user name, which only MQTT 5 allows.
    #[error("there is a Password without a User Name")]
    PasswordWithoutUserName,
    /// Neither `MQTT` nor `MQIsdp`.
    #[error("the Protocol Name is not known")]
    UnknownProtocolName,
    /// A level that does not belong to the protocol name, or that the decoder does not take.
    #[error("Protocol Level {0} is not supported")]
    UnsupportedLevel(u8),
    /// An identifier that is no property's.
    #[error("{0:#04x} is not the identifier of a property")]
    UnknownProperty(u32),
    /// A property that this packet does not have.
    #[error("the property {0} is not allowed here")]
    PropertyNotAllowed(PropertyId),
    /// A second copy of a property that does not repeat.
    #[error("the property {0} stands twice")]
    DuplicateProperty(PropertyId),
    /// A value outside the property's range.
    #[error("the value of the property {0} is out of range")]
    PropertyOutOfRange(PropertyId),
    /// Authentication Data without Authentication Method, or an AUTH without the latter.
    #[error("there is no Authentication Method")]
    NoAuthenticationMethod,
    /// A property that only the sender's peer may send with this packet.
    #[error("the property {0} is not the sender's to send")]
    PropertyOfOtherRole(PropertyId),
    /// A code that only the sender's peer may send with this packet.
    #[error("{0:?} is not the sender's to send")]
    ReasonCodeOfOtherRole(ReasonCode),
    /// A code that packets of this type do not bear.
    #[error("{0:#04x} is not a code of this packet")]
    ReasonCodeNotAllowed(u8),
    /// Session Present with a refusal.
    #[error("Session Present is set with a code other than 0")]
    SessionPresentWithError,
    /// Topic Alias 0.
    #[error("the Topic Alias is 0")]
    TopicAliasZero,
    /// A Topic Alias above the maximum that was announced.
    #[error("Topic Alias {alias} is above the maximum of {maximum}")]
    TopicAliasInvalid {
        /// The alias.
        alias: u16,
        /// The Topic Alias Maximum.
        maximum: u16,
    },
    /// An alias stands for a topic that was never sent with it.
    #[error("Topic Alias {0} has no topic")]
    TopicAliasUnmapped(u16),
    /// The topics that aliases stand for take more bytes than the decoder was told to keep.
    #[error("the topics of the Topic Aliases have more than {0} bytes")]
    TopicAliasesTooLarge(usize),
}

impl DecodeErrorKind {
    /// The reason code with which MQTT 5 reports it (4.13).
    pub const fn reason(self) -> ReasonCode {
        match self {
            Self::PacketTooLarge { .. } | Self::ConnectTooLarge { .. } => {
                ReasonCode::PACKET_TOO_LARGE
            }
            Self::UnknownProtocolName | Self::UnsupportedLevel(_) => {
                ReasonCode::UNSUPPORTED_PROTOCOL_VERSION
            }
            Self::Topic(Field::TopicFilter, _) => ReasonCode::TOPIC_FILTER_INVALID,
            Self::Topic(Field::TopicName, TopicErrorKind::WildcardInName) => {
                ReasonCode::TOPIC_NAME_INVALID
            }
            Self::TopicAliasZero | Self::TopicAliasInvalid { .. } => {
                ReasonCode::TOPIC_ALIAS_INVALID
            }
            Self::TopicAliasesTooLarge(_) => ReasonCode::QUOTA_EXCEEDED,
            Self::QoS3(Field::SubscriptionOptions)
            | Self::ConnectExpected
            | Self::VersionUnknown
            | Self::WrongDirection(_)
            | Self::PacketIdZero
            | Self::Topic(..)
            | Self::NoTopicFilter
            | Self::NoReasonCode
            | Self::NoLocalOnShared
            | Self::RetainHandling3
            | Self::PasswordWithoutUserName
            | Self::DuplicateProperty(_)
            | Self::PropertyOutOfRange(_)
            | Self::NoAuthenticationMethod
            | Self::PropertyOfOtherRole(_)
            | Self::ReasonCodeOfOtherRole(_)
            | Self::ReasonCodeNotAllowed(_)
            | Self::SessionPresentWithError
            | Self::TopicAliasUnmapped(_) => ReasonCode::PROTOCOL_ERROR,
            _ => ReasonCode::MALFORMED_PACKET,
        }
    }
}

/// A broken rule and the place in the packet, before the decoder adds what it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: DecodeErrorKind,
    pub(crate) offset: usize,
}

/// A packet cannot be encoded: the caller is at fault, and nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The output has no room for the packet.
    #[error("the packet has {len} bytes and the output has room for {room}")]
    OutputFull {
        /// Bytes of the packet.
        len: usize,
        /// What the output has room for, in bytes.
        room: usize,
    },
    /// Above the peer's Maximum Packet Size.
    #[error("the packet has {len} bytes and the peer accepts {maximum}")]
    PacketTooLarge {
        /// Bytes of the packet.
        len: usize,
        /// What the peer accepts, in bytes.
        maximum: u32,
    },
    /// More than a Remaining Length, or the length of a property block, can say.
    #[error("{0} bytes are more than the 268,435,455 that a length can say")]
    LengthTooLarge(usize),
    /// Text or binary data of more than 65,535 bytes.
    #[error("the {field} has {len} bytes, more than 65,535")]
    StringTooLong {
        /// Which field.
        field: Field,
        /// Its length in bytes.
        len: usize,
    },
    /// The null character, which no text may hold.
    #[error("the {0} holds U+0000")]
    Nul(Field),
    /// What the version in use has no way to say; `Packet::for_version` drops it.
    #[error("MQTT {version} has no {what}")]
    NotInVersion {
        /// The version in use.
        version: Version,
        /// What it lacks.
        what: &'static str,
    },
    /// The encoder's role never sends packets of this type.
    #[error("{role}s do not send {packet_type}")]
    WrongDirection {
        /// The encoder's role.
        role: Role,
        /// The type of the packet.
        packet_type: PacketType,
    },
    /// A CONNECT of another version than the encoder's.
    #[error("the CONNECT is of MQTT {connect} and the encoder of MQTT {encoder}")]
    VersionMismatch {
        /// The version in the CONNECT.
        connect: Version,
        /// The encoder's version.
        encoder: Version,
    },
    /// A code that packets of this type do not bear.
    #[error("{packet_type} does not bear {reason:?}")]
    ReasonCodeNotAllowed {
        /// The type of the packet.
        packet_type: PacketType,
        /// The code.
        reason: ReasonCode,
    },
    /// A value outside the property's range.
    #[error("the value of the property {0} is out of range")]
    PropertyOutOfRange(PropertyId),
    /// SUBSCRIBE or UNSUBSCRIBE without a Topic Filter.
    #[error("there is no Topic Filter")]
    NoTopicFilter,
    /// SUBACK or UNSUBACK without a code.
    #[error("there is no Reason Code")]
    NoReasonCode,
    /// No Local on a shared subscription.
    #[error("No Local is set on a shared subscription")]
    NoLocalOnShared,
    /// An empty client identifier without clean session, or in 3.1 any.
    #[error("the Client Identifier is empty")]
    EmptyClientIdentifier,
    /// A password without a user name, which only MQTT 5 allows.
    #[error("there is a Password without a User Name")]
    PasswordWithoutUserName,
    /// Session Present with a refusal.
    #[error("Session Present is set with a code other than 0")]
    SessionPresentWithError,
    /// Authentication Data without Authentication Method, or an AUTH without the latter.
    #[error("there is no Authentication Method")]
    NoAuthenticationMethod,
    /// A property that only the encoder's peer may send with this packet.
    #[error("{role}s do not send the property {property} with this packet")]
    PropertyOfOtherRole {
        /// The encoder's role.
        role: Role,
        /// The property.
        property: PropertyId,
    },
    /// A code that only the encoder's peer may send with this packet.
    #[error("{role}s do not send {reason:?} with this packet")]
    ReasonCodeOfOtherRole {
        /// The encoder's role.
        role: Role,
        /// The code.
        reason: ReasonCode,
    },
    /// A PUBLISH with neither topic nor Topic Alias, or a Will Topic or Response Topic that is the
    /// empty one of a PUBLISH with an alias.
    #[error("the {0} is empty")]
    EmptyTopic(Field),
    /// A Topic Alias above the maximum that the peer announced.
    #[error("Topic Alias {alias} is above the peer's maximum of {maximum}")]
    TopicAliasInvalid {
        /// The alias.
        alias: u16,
        /// The peer's Topic Alias Maximum.
        maximum: u16,
    },
    /// An empty topic and a Topic Alias that the caller has not set on this connection, where the
    /// encoder assigns the others.
    #[error("Topic Alias {0} stands for no topic of the caller's")]
    TopicAliasUnmapped(u16),
    /// A PUBLISH above the Maximum QoS of the server.
    #[error("the server takes {maximum:?} at the most, not {qos:?}")]
    QoSNotSupported {
        /// Of the PUBLISH.
        qos: QoS,
        /// The server's.
        maximum: QoS,
    },
    /// A PUBLISH with RETAIN where the server keeps no messages.
    #[error("the server keeps no retained messages")]
    RetainNotSupported,
    /// DUP on a packet that has none: all but PUBLISH and, in 3.1, PUBREL, SUBSCRIBE and UNSUBSCRIBE.
    #[error("MQTT {version} has no DUP on {packet_type}")]
    DupNotAllowed {
        /// The version in use.
        version: Version,
        /// The type of the packet.
        packet_type: PacketType,
    },
}
