use core::{fmt, num::NonZeroU16};

use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use super::message_properties::{self, HopProperties, MessageBlock};
use super::packet_type::DUP;
use super::property::Block;
use super::value::{self, Encode};
use super::{
    Delivery, EncodeError, List, Properties, PropertyId, PublishProperties, QoS,
    SubscriptionIdentifier, Version,
};
use crate::topic::{TopicErrorKind, TopicName};
use crate::wire::sink::Sink;

/// PUBLISH (3.3): an Application Message on its way.
///
/// What a hop changes is a field; what it passes on unaltered is `properties`.
///
/// ```
/// use puremqtt::{Encoder, Publish, TopicName, Version};
///
/// const TOPIC: TopicName = TopicName::literal("a");
/// let mut wire = Vec::new();
/// Encoder::new(Version::V3_1_1).encode(Publish::new(TOPIC, b"x"), &mut wire)?;
/// assert_eq!(wire, b"\x30\x04\x00\x01ax");
/// # Ok::<(), puremqtt::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "message")]
pub struct Publish<'a> {
    /// QoS, and with it Packet Identifier and DUP.
    pub delivery: Delivery,
    /// To a server: keep this as the topic's retained message. From a server: it was kept.
    pub retain: bool,
    /// What it is about.
    pub topic: TopicName<'a>,
    /// The Application Message itself; may be empty.
    pub payload: &'a [u8],
    /// Seconds until the message expires (MQTT 5); `None`: never.
    pub message_expiry_interval: Option<u32>,
    /// The identifiers of the subscriptions that it matched (MQTT 5, from a server alone).
    pub subscription_identifiers: List<'a, SubscriptionIdentifier>,
    /// A number that stands for the topic (MQTT 5, 3.3.2.3.4).
    ///
    /// A decoder that resolves aliases leaves `None` here, so a forwarded
    /// packet cannot leak one; an observing decoder leaves what it saw.
    pub topic_alias: Option<NonZeroU16>,
    /// What every hop passes on unaltered (MQTT 5).
    pub properties: Properties<'a, PublishProperties<'a>>,
}

impl<'a> Publish<'a> {
    /// QoS 0, not retained, without properties.
    pub const fn new(topic: TopicName<'a>, payload: &'a [u8]) -> Self {
        Self {
            delivery: Delivery::AtMostOnce,
            retain: false,
            topic,
            payload,
            message_expiry_interval: None,
            subscription_identifiers: List::EMPTY,
            topic_alias: None,
            properties: Properties::NONE,
        }
    }

    /// Judges the flags of the fixed header.
    #[inline(always)]
    pub(crate) const fn judge_flags(first: u8) -> Result<(), DecodeErrorKind> {
        let flags = first & 0b1111;
        // [MQTT-3.3.1-4] QoS is not 3.
        if flags & 0b0110 == 0b0110 {
            return Err(DecodeErrorKind::QoS3(Field::FixedHeader));
        }
        // [MQTT-3.3.1-2] DUP is 0 at QoS 0.
        if flags & 0b1110 == 0b1000 {
            return Err(DecodeErrorKind::DupAtQoS0);
        }
        Ok(())
    }

    /// Reads what follows a fixed header whose flags were judged.
    pub(crate) fn decode(first: u8, mut body: Body<'a>, version: Version) -> Result<Self, Fault> {
        let Head {
            delivery,
            retain,
            topic,
        } = Head::decode(first, &mut body, version)?;
        let (hop, properties) = match version {
            Version::V5 => properties(&mut body, topic)?,
            Version::V3_1 | Version::V3_1_1 => (HopProperties::NONE, Properties::NONE),
        };
        Ok(Self {
            delivery,
            retain,
            topic,
            payload: body.bytes(),
            message_expiry_interval: hop.message_expiry_interval,
            subscription_identifiers: hop.subscription_identifiers,
            topic_alias: hop.topic_alias,
            properties,
        })
    }

    /// A fault at a property of a packet that was read from `body`.
    #[cold]
    pub(crate) fn fault_at(&self, id: PropertyId, body: Body<'_>, kind: DecodeErrorKind) -> Fault {
        let block = self
            .properties
            .as_wire()
            .map_or(&[][..], |(block, _)| block);
        let property = Block(block).find(|property| property.id == id);
        let offset = property.map_or(0, |property| body.offset_of(property.whole));
        Fault { kind, offset }
    }

    /// True when it is built such that there is nothing that only MQTT 5 can say.
    #[inline(always)]
    pub(crate) const fn is_bare(&self) -> bool {
        self.message_expiry_interval.is_none()
            && self.topic_alias.is_none()
            && self.subscription_identifiers.is_none()
            && self.properties.is_none()
    }

    /// The property block that it was read with, empty for none, when it still says just this.
    #[inline]
    pub(crate) fn block_as_read(&self) -> Option<&'a [u8]> {
        let (block, seen) = self.properties.as_wire()?;
        if self.topic_alias.is_some() || !self.subscription_identifiers.is_none() {
            return None;
        }
        message_properties::has_expiry_alone(block, seen, self.message_expiry_interval)
            .then_some(block)
    }

    /// True when there is nothing that only MQTT 5 can say.
    #[inline]
    fn has_no_properties(&self) -> bool {
        self.message_expiry_interval.is_none()
            && self.topic_alias.is_none()
            && self.subscription_identifiers.is_empty()
            && self.properties.is_empty()
    }

    pub(crate) const fn first_byte(&self) -> u8 {
        self.delivery.first_byte(self.retain)
    }

    pub(crate) fn for_version(self, version: Version) -> Self {
        if version.is_5() {
            return self;
        }
        Self {
            delivery: self.delivery,
            retain: self.retain,
            ..Self::new(self.topic, self.payload)
        }
    }

    #[inline]
    const fn hop(&self) -> HopProperties<'a> {
        HopProperties {
            message_expiry_interval: self.message_expiry_interval,
            will_delay_interval: None,
            subscription_identifiers: self.subscription_identifiers,
            topic_alias: self.topic_alias,
        }
    }
}

/// What a PUBLISH has before its properties.
pub(crate) struct Head<'a> {
    pub(crate) delivery: Delivery,
    pub(crate) retain: bool,
    pub(crate) topic: TopicName<'a>,
}

impl<'a> Head<'a> {
    #[inline(always)]
    pub(crate) fn decode(first: u8, body: &mut Body<'a>, version: Version) -> Result<Self, Fault> {
        let topic = topic(body, version)?;
        let dup = first & DUP != 0;
        let delivery = match first >> 1 & 0b11 {
            // [3.1.1/MQTT-2.3.1-5] [5.0/MQTT-2.2.1-2] No identifier.
            0 => Delivery::AtMostOnce,
            1 => Delivery::AtLeastOnce {
                packet_id: body.packet_id()?,
                dup,
            },
            _ => Delivery::ExactlyOnce {
                packet_id: body.packet_id()?,
                dup,
            },
        };
        Ok(Self {
            delivery,
            retain: first & 1 != 0,
            topic,
        })
    }
}

/// The topic; in MQTT 5 it may be empty, for which an alias then has to stand.
#[inline(always)]
fn topic<'a>(body: &mut Body<'a>, version: Version) -> Result<TopicName<'a>, Fault> {
    // [MQTT-3.3.2-1] First in the variable header, and UTF-8. [MQTT-3.3.2-2] No wildcards.
    if version.is_5() && matches!(body.bytes(), [0, 0, ..]) {
        body.u16(Field::TopicName)?;
        return Ok(TopicName::EMPTY);
    }
    body.topic_name(Field::TopicName)
}

#[inline]
fn properties<'a>(
    body: &mut Body<'a>,
    topic: TopicName<'a>,
) -> Result<(HopProperties<'a>, Properties<'a, PublishProperties<'a>>), Fault> {
    let (block, seen) =
        message_properties::check(body.properties()?, message_properties::IN_PUBLISH)?;
    let hop = HopProperties::read(block, seen);
    // [MQTT-4.7.3-1] At least one character, unless an alias stands for it.
    if topic.is_empty() && hop.topic_alias.is_none() {
        return Err(body.fault(DecodeErrorKind::Topic(
            Field::TopicName,
            TopicErrorKind::Empty,
        )));
    }
    Ok((hop, Properties::wire(block, seen)))
}

impl Encode for Publish<'_> {
    #[inline(always)]
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        if self.topic.is_empty() && self.topic_alias.is_none() {
            return Err(EncodeError::EmptyTopic(Field::TopicName));
        }
        value::binary(sink, self.topic.as_bytes(), Field::TopicName)?;
        if let Some(packet_id) = self.delivery.packet_id() {
            sink.u16(packet_id.get());
        }
        if version.is_5() {
            let block = MessageBlock::new(self.hop(), self.properties, sink);
            value::block(&block, sink)?;
        } else if S::JUDGES && !self.has_no_properties() {
            return Err(EncodeError::NotInVersion {
                version,
                what: "properties",
            });
        }
        sink.put(self.payload);
        Ok(())
    }
}

/// `PUBLISH (d0, q1, r0, m5, 'area/10/sensor/5000/temperature', ... (4 bytes))`
impl fmt::Display for Publish<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delivery = self.delivery;
        write!(
            f,
            "PUBLISH (d{}, q{}, r{}, m{}, '{}'",
            u8::from(delivery.dup()),
            delivery.qos().as_u8(),
            u8::from(self.retain),
            delivery.packet_id().map_or(0, super::PacketId::get),
            self.topic.as_str().escape_debug(),
        )?;
        if let Some(alias) = self.topic_alias {
            write!(f, ", alias {alias}")?;
        }
        write!(f, ", ... ({} bytes))", self.payload.len())
    }
}

impl From<QoS> for u8 {
    fn from(qos: QoS) -> Self {
        qos.as_u8()
    }
}
