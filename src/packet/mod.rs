//! Floor 1: the control packets, one file a kind, and the values in them.

mod ack;
mod auth;
mod body;
mod connack;
mod connect;
mod delivery;
mod disconnect;
mod discouraged;
mod error;
mod list;
mod message_properties;
mod packet_type;
mod properties;
mod property;
pub(crate) mod publish;
mod reason;
mod role;
mod statement;
mod suback;
mod subscribe;
mod unsubscribe;
mod value;
mod version;

use core::fmt;

pub use ack::Ack;
pub use auth::Auth;
pub use connack::ConnAck;
pub use connect::{Connect, Will};
pub use delivery::{Delivery, PacketId, QoS};
pub use disconnect::Disconnect;
pub use error::{DecodeError, DecodeErrorKind, EncodeError, Field, Role};
pub use list::{Item, List, ListIter};
pub use packet_type::PacketType;
pub use properties::{
    AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties,
    Properties, PropertyStruct, PublishProperties, SubscribeProperties, UnsubscribeProperties,
};
pub use property::PropertyId;
pub use publish::Publish;
pub use reason::ReasonCode;
pub use suback::SubAck;
pub use subscribe::{RetainHandling, Subscribe, Subscription, SubscriptionOptions};
pub use unsubscribe::Unsubscribe;
pub use value::{AuthenticationData, PayloadFormat, SubscriptionIdentifier, UserProperty};
pub use version::Version;

pub(crate) use body::Body;
pub(crate) use connect::version as connect_version;
pub(crate) use error::Fault;
pub(crate) use packet_type::DUP;
#[cfg(feature = "alloc")]
pub(crate) use property::PropertySet;
pub(crate) use role::Foreign;
pub(crate) use value::{Encode, encoded_len};

use crate::wire::sink::Sink;
use ack::AckOf;
use suback::SubAckOf;

/// A control packet of any version (2.1.2), which borrows what it holds.
///
/// `Display` prints one line in the manner of mosquitto's log; neither it nor
/// `Debug` shows a password.
///
/// ```
/// use puremqtt::{Ack, Packet, PacketId, ReasonCode};
///
/// let id = PacketId::new(5).ok_or("0 is no identifier")?;
/// let packet = Packet::PubAck(Ack { reason: ReasonCode::NO_MATCHING_SUBSCRIBERS, ..Ack::new(id) });
/// assert_eq!(packet.to_string(), "PUBACK (m5, 0x10 No matching subscribers)");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what its body says")]
pub enum Packet<'a> {
    Connect(Connect<'a>),
    ConnAck(ConnAck<'a>),
    Publish(Publish<'a>),
    PubAck(Ack<'a>),
    PubRec(Ack<'a>),
    PubRel(Ack<'a>),
    PubComp(Ack<'a>),
    Subscribe(Subscribe<'a>),
    SubAck(SubAck<'a>),
    Unsubscribe(Unsubscribe<'a>),
    UnsubAck(SubAck<'a>),
    #[doc(alias = "ping")]
    PingReq,
    PingResp,
    Disconnect(Disconnect<'a>),
    Auth(Auth<'a>),
}

impl<'a> Packet<'a> {
    /// Which of the fifteen it is.
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::Connect(_) => PacketType::Connect,
            Self::ConnAck(_) => PacketType::ConnAck,
            Self::Publish(_) => PacketType::Publish,
            Self::PubAck(_) => PacketType::PubAck,
            Self::PubRec(_) => PacketType::PubRec,
            Self::PubRel(_) => PacketType::PubRel,
            Self::PubComp(_) => PacketType::PubComp,
            Self::Subscribe(_) => PacketType::Subscribe,
            Self::SubAck(_) => PacketType::SubAck,
            Self::Unsubscribe(_) => PacketType::Unsubscribe,
            Self::UnsubAck(_) => PacketType::UnsubAck,
            Self::PingReq => PacketType::PingReq,
            Self::PingResp => PacketType::PingResp,
            Self::Disconnect(_) => PacketType::Disconnect,
            Self::Auth(_) => PacketType::Auth,
        }
    }

    /// The Packet Identifier, where there is one (2.3.1 in 3.1.1, 2.2.1 in 5).
    pub const fn packet_id(&self) -> Option<PacketId> {
        match self {
            Self::Publish(publish) => publish.delivery.packet_id(),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                Some(ack.packet_id)
            }
            Self::Subscribe(subscribe) => Some(subscribe.packet_id),
            Self::Unsubscribe(unsubscribe) => Some(unsubscribe.packet_id),
            Self::SubAck(suback) | Self::UnsubAck(suback) => Some(suback.packet_id),
            Self::Connect(_)
            | Self::ConnAck(_)
            | Self::PingReq
            | Self::PingResp
            | Self::Disconnect(_)
            | Self::Auth(_) => None,
        }
    }

    /// The nearest packet that `version` can say: the one lossy step, for brokers and proxies
    /// that bridge versions.
    ///
    /// | packet | to 3.1.1 | to 3.1, besides | to 5 |
    /// | --- | --- | --- | --- |
    /// | CONNECT | `version` set; properties dropped, the will's too | | `version` set |
    /// | CONNACK | properties dropped | Session Present dropped | |
    /// | PUBLISH | properties, expiry, identifiers and alias dropped | | |
    /// | PUBACK, PUBREC, PUBCOMP | reason and properties dropped | | |
    /// | PUBREL | reason and properties dropped | DUP kept | DUP dropped |
    /// | SUBSCRIBE | properties and options but QoS dropped | DUP kept | DUP dropped |
    /// | SUBACK | properties dropped, failures become 0x80 | failures become Granted QoS 0 | |
    /// | UNSUBSCRIBE | properties dropped | DUP kept | DUP dropped |
    /// | UNSUBACK | properties and codes dropped | | |
    /// | DISCONNECT | reason and properties dropped | | |
    ///
    /// A shared filter keeps its text, for sharing is a common extension of 3.1.1.
    ///
    /// What then still cannot be said is left as it is, and encoding refuses it: an AUTH; a CONNACK
    /// whose reason has no return code (a server then closes without one); a PUBLISH of which an
    /// observing decoder knows the alias alone; a CONNECT with a password but no user name, or with
    /// an empty client identifier that the version does not allow; a 3.1.1 UNSUBACK, which 5 wants
    /// codes in; and an ordinary filter of 3.1.1 that begins with `$share/`.
    #[must_use]
    pub fn for_version(self, version: Version) -> Self {
        match self {
            Self::Connect(connect) => Self::Connect(connect.for_version(version)),
            Self::ConnAck(connack) => Self::ConnAck(connack.for_version(version)),
            Self::Publish(publish) => Self::Publish(publish.for_version(version)),
            Self::PubAck(ack) => Self::PubAck(ack.for_version(version)),
            Self::PubRec(ack) => Self::PubRec(ack.for_version(version)),
            Self::PubRel(ack) => Self::PubRel(ack.for_version(version)),
            Self::PubComp(ack) => Self::PubComp(ack.for_version(version)),
            Self::Subscribe(subscribe) => Self::Subscribe(subscribe.for_version(version)),
            Self::SubAck(suback) => Self::SubAck(suback.for_version(PacketType::SubAck, version)),
            Self::Unsubscribe(unsubscribe) => Self::Unsubscribe(unsubscribe.for_version(version)),
            Self::UnsubAck(unsuback) => {
                Self::UnsubAck(unsuback.for_version(PacketType::UnsubAck, version))
            }
            Self::Disconnect(disconnect) => Self::Disconnect(disconnect.for_version(version)),
            Self::PingReq | Self::PingResp | Self::Auth(_) => self,
        }
    }

    /// Reads what follows the fixed header, in a CONNECT what follows the protocol level.
    #[inline]
    pub(crate) fn decode(
        packet_type: PacketType,
        first: u8,
        body: Body<'a>,
        version: Version,
    ) -> Result<Self, Fault> {
        let dup = first & DUP != 0;
        Ok(match packet_type {
            PacketType::Publish => Self::Publish(Publish::decode(first, body, version)?),
            PacketType::PubAck => Self::PubAck(Ack::decode(packet_type, false, body, version)?),
            PacketType::PubRec => Self::PubRec(Ack::decode(packet_type, false, body, version)?),
            PacketType::PubRel => Self::PubRel(Ack::decode(packet_type, dup, body, version)?),
            PacketType::PubComp => Self::PubComp(Ack::decode(packet_type, false, body, version)?),
            PacketType::Connect => Self::Connect(Connect::decode(body, version)?),
            PacketType::ConnAck => Self::ConnAck(ConnAck::decode(body, version)?),
            PacketType::Subscribe => Self::Subscribe(Subscribe::decode(dup, body, version)?),
            PacketType::SubAck => Self::SubAck(SubAck::decode(packet_type, body, version)?),
            PacketType::Unsubscribe => Self::Unsubscribe(Unsubscribe::decode(dup, body, version)?),
            PacketType::UnsubAck => Self::UnsubAck(SubAck::decode(packet_type, body, version)?),
            PacketType::PingReq => body.end().map(|()| Self::PingReq)?,
            PacketType::PingResp => body.end().map(|()| Self::PingResp)?,
            PacketType::Disconnect => Self::Disconnect(Disconnect::decode(body, version)?),
            PacketType::Auth => Self::Auth(Auth::decode(body)?),
        })
    }

    /// The whole packet, when it is an acknowledgement that says nothing but its identifier, and
    /// so is the same in every version and from either role.
    #[inline(always)]
    pub(crate) fn as_short_ack(&self) -> Option<[u8; 4]> {
        let (packet_type, ack) = match self {
            Self::PubAck(ack) => (PacketType::PubAck, ack),
            Self::PubRec(ack) => (PacketType::PubRec, ack),
            Self::PubRel(ack) => (PacketType::PubRel, ack),
            Self::PubComp(ack) => (PacketType::PubComp, ack),
            _ => return None,
        };
        if ack.dup || ack.reason != ReasonCode::SUCCESS || !ack.properties.is_empty() {
            return None;
        }
        let [high, low] = ack.packet_id.get().to_be_bytes();
        Some([packet_type.first_byte(), 2, high, low])
    }

    /// Packet type and flags.
    #[inline]
    pub(crate) const fn first_byte(&self) -> u8 {
        match self {
            Self::Publish(publish) => publish.first_byte(),
            Self::PubRel(Ack { dup: true, .. })
            | Self::Subscribe(Subscribe { dup: true, .. })
            | Self::Unsubscribe(Unsubscribe { dup: true, .. }) => {
                self.packet_type().first_byte() | DUP
            }
            _ => self.packet_type().first_byte(),
        }
    }
}

impl Encode for Packet<'_> {
    /// Writes what follows the fixed header.
    #[inline]
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        match self {
            Self::Publish(publish) => publish.encode(version, sink),
            Self::PubAck(ack) => AckOf(PacketType::PubAck, ack).encode(version, sink),
            Self::PubRec(ack) => AckOf(PacketType::PubRec, ack).encode(version, sink),
            Self::PubRel(ack) => AckOf(PacketType::PubRel, ack).encode(version, sink),
            Self::PubComp(ack) => AckOf(PacketType::PubComp, ack).encode(version, sink),
            Self::Connect(connect) => connect.encode(version, sink),
            Self::ConnAck(connack) => connack.encode(version, sink),
            Self::Subscribe(subscribe) => subscribe.encode(version, sink),
            Self::SubAck(suback) => SubAckOf(PacketType::SubAck, suback).encode(version, sink),
            Self::Unsubscribe(unsubscribe) => unsubscribe.encode(version, sink),
            Self::UnsubAck(unsuback) => {
                SubAckOf(PacketType::UnsubAck, unsuback).encode(version, sink)
            }
            Self::PingReq | Self::PingResp => Ok(()),
            Self::Disconnect(disconnect) => disconnect.encode(version, sink),
            Self::Auth(auth) => auth.encode(version, sink),
        }
    }
}

impl fmt::Display for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(connect) => connect.fmt(f),
            Self::ConnAck(connack) => connack.fmt(f),
            Self::Publish(publish) => publish.fmt(f),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                ack.line(self.packet_type(), f)
            }
            Self::Subscribe(subscribe) => subscribe.fmt(f),
            Self::SubAck(suback) | Self::UnsubAck(suback) => suback.line(self.packet_type(), f),
            Self::Unsubscribe(unsubscribe) => unsubscribe.fmt(f),
            Self::PingReq | Self::PingResp => self.packet_type().fmt(f),
            Self::Disconnect(disconnect) => disconnect.fmt(f),
            Self::Auth(auth) => auth.fmt(f),
        }
    }
}

impl<'a> From<&Self> for Packet<'a> {
    #[inline(always)]
    fn from(packet: &Self) -> Self {
        *packet
    }
}

macro_rules! into_packet {
    ($($body:ident)*) => {$(
        impl<'a> From<$body<'a>> for Packet<'a> {
            #[inline(always)]
            fn from(body: $body<'a>) -> Self {
                Self::$body(body)
            }
        }

        impl<'a> From<&$body<'a>> for Packet<'a> {
            #[inline(always)]
            fn from(body: &$body<'a>) -> Self {
                Self::$body(*body)
            }
        }
    )*};
}

into_packet! { Connect ConnAck Publish Subscribe SubAck Unsubscribe Disconnect Auth }
