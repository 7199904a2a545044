use core::fmt;

use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use super::list::Sealed;
use super::property::{self, PropertySet};
use super::unsubscribe::write_filter;
use super::value::{self, Encode};
use super::{
    EncodeError, List, PacketId, PacketType, Properties, PropertyId, QoS, SubscribeProperties,
    Version,
};
use crate::topic::TopicFilter;
use crate::wire::sink::Sink;

/// SUBSCRIBE (3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// That of the SUBACK to come.
    pub packet_id: PacketId,
    /// At least one.
    pub subscriptions: List<'a, Subscription<'a>>,
    /// MQTT 5 alone.
    pub properties: Properties<'a, SubscribeProperties<'a>>,
    /// DUP, which only 3.1 has.
    pub dup: bool,
}

/// A Topic Filter and how its messages are to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscription<'a> {
    /// Which topics.
    pub filter: TopicFilter<'a>,
    /// How.
    pub options: SubscriptionOptions,
}

/// Subscription Options (3.8.3.1); before MQTT 5 the QoS alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct SubscriptionOptions {
    /// Messages come with at most this QoS.
    pub qos: QoS,
    /// The client's own messages do not come back; not with a shared subscription.
    pub no_local: bool,
    /// Forwarded messages keep the RETAIN flag they were published with.
    pub retain_as_published: bool,
    /// Whether retained messages are sent upon the subscription.
    pub retain_handling: RetainHandling,
}

/// Whether retained messages are sent upon a subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum RetainHandling {
    /// 0: at each SUBSCRIBE, as before MQTT 5.
    #[default]
    SendAtSubscribe,
    /// 1: only if the subscription did not exist.
    SendIfNew,
    /// 2: never.
    DoNotSend,
}

impl RetainHandling {
    /// `None` above 2.
    pub const fn from_u8(handling: u8) -> Option<Self> {
        match handling {
            0 => Some(Self::SendAtSubscribe),
            1 => Some(Self::SendIfNew),
            2 => Some(Self::DoNotSend),
            _ => None,
        }
    }

    /// 0, 1 or 2.
    pub const fn as_u8(self) -> u8 {
        match self {
            Self::SendAtSubscribe => 0,
            Self::SendIfNew => 1,
            Self::DoNotSend => 2,
        }
    }
}

impl<'a> Subscription<'a> {
    /// A subscription with default options but for the QoS.
    pub const fn new(filter: TopicFilter<'a>, qos: QoS) -> Self {
        Self {
            filter,
            options: SubscriptionOptions::new(qos),
        }
    }

    fn decode(body: &mut Body<'a>, version: Version) -> Result<Self, Fault> {
        // [MQTT-3.8.3-1]
        let filter = body.topic_filter(version.is_5())?;
        let options = SubscriptionOptions::decode(body, version)?;
        // [5.0/MQTT-3.8.3-4] No Local is not for shared subscriptions.
        if options.no_local && filter.is_shared() {
            return Err(body.fault_before(DecodeErrorKind::NoLocalOnShared, 1));
        }
        Ok(Self { filter, options })
    }
}

const NO_LOCAL: u8 = 1 << 2;
const RETAIN_AS_PUBLISHED: u8 = 1 << 3;

impl SubscriptionOptions {
    /// Defaults but for the QoS.
    pub const fn new(qos: QoS) -> Self {
        Self {
            qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::SendAtSubscribe,
        }
    }

    fn decode(body: &mut Body<'_>, version: Version) -> Result<Self, Fault> {
        let byte = body.byte(Field::SubscriptionOptions)?;
        let reserved = if version.is_5() {
            0b1100_0000
        } else {
            0b1111_1100
        };
        let kind = if byte & reserved != 0 {
            // [3.1.1/MQTT-3.8.3-4] [5.0/MQTT-3.8.3-5] Reserved bits are 0.
            DecodeErrorKind::ReservedSubscriptionOptions
        } else if byte & 0b11 == 3 {
            DecodeErrorKind::QoS3(Field::SubscriptionOptions)
        } else if let Some(options) = Self::from_byte(byte) {
            return Ok(options);
        } else {
            DecodeErrorKind::RetainHandling3
        };
        Err(body.fault_before(kind, 1))
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match (
            QoS::from_u8(byte & 0b11),
            RetainHandling::from_u8(byte >> 4),
        ) {
            (Some(qos), Some(retain_handling)) => Some(Self {
                qos,
                no_local: byte & NO_LOCAL != 0,
                retain_as_published: byte & RETAIN_AS_PUBLISHED != 0,
                retain_handling,
            }),
            _ => None,
        }
    }

    /// The byte on the wire (3.8.3.1).
    pub const fn as_u8(self) -> u8 {
        let mut byte = self.qos.as_u8() | self.retain_handling.as_u8() << 4;
        if self.no_local {
            byte |= NO_LOCAL;
        }
        if self.retain_as_published {
            byte |= RETAIN_AS_PUBLISHED;
        }
        byte
    }
}

impl<'a> Sealed<'a> for Subscription<'a> {
    fn next(rest: &mut &'a [u8], version: Version) -> Option<Self> {
        let filter = TopicFilter::next(rest, version)?;
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        Some(Self {
            filter,
            options: SubscriptionOptions::from_byte(byte)?,
        })
    }

    fn folded(self, version: Version) -> Self {
        if version.is_5() {
            self
        } else {
            Self::new(self.filter, self.options.qos)
        }
    }

    fn write(self, version: Version, sink: &mut impl Sink) -> Result<(), EncodeError> {
        if self.options.no_local && self.filter.is_shared() {
            return Err(EncodeError::NoLocalOnShared);
        }
        if !version.is_5() && self.options != SubscriptionOptions::new(self.options.qos) {
            return Err(EncodeError::NotInVersion {
                version,
                what: "Subscription Options but QoS",
            });
        }
        write_filter(self.filter, version, sink)?;
        sink.byte(self.options.as_u8());
        Ok(())
    }
}

const PROPERTIES: PropertySet = PropertySet::EMPTY
    .with(PropertyId::SUBSCRIPTION_IDENTIFIER)
    .with(PropertyId::USER_PROPERTY);

impl<'a> Subscribe<'a> {
    /// Subscriptions, without properties.
    pub const fn new(packet_id: PacketId, subscriptions: List<'a, Subscription<'a>>) -> Self {
        Self {
            packet_id,
            subscriptions,
            properties: Properties::NONE,
            dup: false,
        }
    }

    pub(crate) fn decode(dup: bool, mut body: Body<'a>, version: Version) -> Result<Self, Fault> {
        let packet_id = body.packet_id()?;
        let properties = match version {
            Version::V5 => {
                let block = body.properties()?;
                let seen = property::check(
                    block,
                    PROPERTIES,
                    PropertySet::EMPTY.with(PropertyId::USER_PROPERTY),
                )?;
                Properties::wire(block.bytes(), seen)
            }
            Version::V3_1 | Version::V3_1_1 => Properties::NONE,
        };
        let subscriptions = List::wire(body.bytes(), version);
        // [3.1.1/MQTT-3.8.3-3] [5.0/MQTT-3.8.3-2] At least one.
        if body.is_empty() {
            return Err(body.fault(DecodeErrorKind::NoTopicFilter));
        }
        while !body.is_empty() {
            Subscription::decode(&mut body, version)?;
        }
        Ok(Self {
            packet_id,
            subscriptions,
            properties,
            dup,
        })
    }

    pub(crate) fn for_version(self, version: Version) -> Self {
        let subscriptions = self.subscriptions.for_version(version);
        let properties = if version.is_5() {
            self.properties
        } else {
            Properties::NONE
        };
        Self {
            subscriptions,
            properties,
            dup: self.dup && version == Version::V3_1,
            ..self
        }
    }
}

impl Encode for Subscribe<'_> {
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        if S::JUDGES {
            if self.dup && version != Version::V3_1 {
                return Err(EncodeError::DupNotAllowed {
                    version,
                    packet_type: PacketType::Subscribe,
                });
            }
            if !version.is_5() && !self.properties.is_empty() {
                return Err(EncodeError::NotInVersion {
                    version,
                    what: "properties",
                });
            }
            if self.subscriptions.is_empty() {
                return Err(EncodeError::NoTopicFilter);
            }
        }
        sink.u16(self.packet_id.get());
        if version.is_5() {
            value::block(&self.properties, sink)?;
        }
        self.subscriptions.write(version, sink)
    }
}

/// `SUBSCRIBE (m3, 'area/10/#' q1, '$share/g/b' q0 nl rap rh1)`
impl fmt::Display for Subscribe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SUBSCRIBE (m{}", self.packet_id)?;
        for Subscription { filter, options } in self.subscriptions {
            write!(
                f,
                ", '{}' q{}",
                filter.as_str().escape_debug(),
                options.qos.as_u8()
            )?;
            if options.no_local {
                f.write_str(" nl")?;
            }
            if options.retain_as_published {
                f.write_str(" rap")?;
            }
            if options.retain_handling != RetainHandling::SendAtSubscribe {
                write!(f, " rh{}", options.retain_handling.as_u8())?;
            }
        }
        f.write_str(")")
    }
}
