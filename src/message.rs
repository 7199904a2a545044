use alloc::sync::Arc;
use core::{fmt, iter, time::Duration};

use bytes::Bytes;

use crate::packet::{
    Encode, EncodeError, List, Properties, PropertyId, PropertySet, Publish, PublishProperties,
    QoS, SubscriptionIdentifier, Version,
};
use crate::session::Terms;
use crate::topic::TopicName;
use crate::wire::frame::{Frame, distance};
use crate::wire::output::SliceOutput;
use crate::wire::rope::{Rope, Sharing};
use crate::wire::sink::{Count, Put, Sink};
use crate::wire::{from_usize, to_usize};

/// An Application Message that owns itself: topic, payload, properties, and
/// whether it is retained.
///
/// Made by copy in one allocation, or [`shared`](Self::shared) with the frame
/// it was read from in none. Either way a clone counts one reference and
/// copies no byte. What belongs to one hop alone (Packet Identifier, DUP,
/// Topic Alias) is none of it.
///
/// ```
/// use puremqtt::{Delivery, Message, PacketId, Publish, TopicName};
///
/// let message = Message::new(TopicName::literal("area/10/temperature"), b"21.5");
/// let packet_id = PacketId::new(7).ok_or("0 is no identifier")?;
/// let delivery = Delivery::AtLeastOnce { packet_id, dup: false };
/// let publish = Publish { delivery, ..message.publish() };
/// assert_eq!(publish.payload, b"21.5");
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone)]
#[doc(alias = "publish")]
pub struct Message {
    /// The topic, perhaps other things, a property block, the payload.
    bytes: Frame,
    seen: PropertySet,
    message_expiry_interval: Option<u32>,
    block_at: u32,
    payload_at: u32,
    topic_len: u16,
    retain: bool,
    /// Whether the Subscription Identifiers of the block are the message's.
    identified: bool,
}

impl Message {
    const EMPTY: Self = Self {
        bytes: Frame::Shared(Bytes::new()),
        seen: PropertySet::EMPTY,
        message_expiry_interval: None,
        block_at: 0,
        payload_at: 0,
        topic_len: 0,
        retain: false,
        identified: false,
    };

    /// A message without properties, by copy. A payload of more than
    /// 268,435,455 bytes can be held, but no packet can bear it.
    pub fn new(topic: TopicName<'_>, payload: impl AsRef<[u8]>) -> Self {
        Self::from(&Publish::new(topic, payload.as_ref()))
    }

    /// By copy, in one allocation.
    ///
    /// # Errors
    /// The properties, lent by the caller, are such as no packet can bear:
    /// text of more than 65,535 bytes or with U+0000. What was decoded never is.
    pub fn copy(publish: &Publish<'_>) -> Result<Self, EncodeError> {
        let block = OwnBlock::of(publish);
        let mut count = Count::default();
        block.write(&mut count)?;
        let too_large = |_| EncodeError::LengthTooLarge(count.len());
        let topic = publish.topic.as_bytes();
        let topic_len = u16::try_from(topic.len()).map_err(too_large)?;
        let payload_at = topic.len().saturating_add(count.len());
        let len = payload_at.saturating_add(publish.payload.len());

        // An iterator of known length is collected in one allocation.
        let mut bytes: Arc<[u8]> = iter::repeat_n(0, len).collect();
        if let Some(whole) = Arc::get_mut(&mut bytes) {
            let mut output = SliceOutput::new(whole);
            let mut sink = Put::new(&mut output);
            sink.put(topic);
            block.write(&mut sink)?;
            sink.put(publish.payload);
        }
        Ok(Self {
            bytes: Frame::Own(bytes),
            seen: block.seen(),
            message_expiry_interval: publish.message_expiry_interval,
            block_at: u32::from(topic_len),
            payload_at: u32::try_from(payload_at).map_err(too_large)?,
            topic_len,
            retain: publish.retain,
            identified: true,
        })
    }

    /// Shares the frame that the packet was decoded from: no byte is copied,
    /// nothing is allocated, one reference is counted. (A `Bytes` that was
    /// made of a whole `Vec` allocates its counter when first shared; one that
    /// was split off a `BytesMut` has it.)
    ///
    /// The whole buffer behind `frame` lives as long as the message; what is
    /// kept for long is better [`compact`](Self::compact)ed. Where the packet
    /// does not lie in `frame` (its topic may come from a Topic Alias, its
    /// properties may be lent) it is copied, as by [`From`].
    ///
    /// ```
    /// use bytes::Bytes;
    /// use puremqtt::{Decoder, Message, Packet, Version};
    ///
    /// let frame = Bytes::from_static(b"\x30\x04\x00\x01ax");
    /// let mut decoder = Decoder::new(Version::V3_1_1);
    /// let Some((Packet::Publish(publish), _)) = decoder.decode(&frame)? else { return Ok(()) };
    /// let message = Message::shared(&frame, &publish);
    /// assert_eq!(message.publish(), publish);
    /// # Ok::<(), puremqtt::DecodeError>(())
    /// ```
    #[inline]
    pub fn shared(frame: &Bytes, publish: &Publish<'_>) -> Self {
        match Place::of(publish, frame) {
            Some(place) => Self {
                bytes: Frame::Shared(frame.slice(place.start..place.end)),
                seen: place.seen,
                message_expiry_interval: publish.message_expiry_interval,
                block_at: place.block_at,
                payload_at: place.payload_at,
                topic_len: publish.topic.wire_len(),
                retain: publish.retain,
                identified: place.identified,
            },
            None => Self::from(publish),
        }
    }

    /// Lets go of a shared frame: from here on the message holds an allocation
    /// of its own size. Does nothing to one that was made by copy.
    pub fn compact(&mut self) {
        if matches!(self.bytes, Frame::Shared(_)) {
            *self = Self::from(&self.publish());
        }
    }

    /// What it is about.
    #[inline]
    pub fn topic(&self) -> TopicName<'_> {
        let topic = self.bytes().get(..usize::from(self.topic_len));
        TopicName::from_checked(topic.unwrap_or_default())
    }

    /// What it says.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        let payload = self.bytes().get(to_usize(self.payload_at)..);
        payload.unwrap_or_default()
    }

    /// The message as a PUBLISH of QoS 0, never with a Topic Alias: set what
    /// is this hop's and keep the rest.
    ///
    /// The expiry interval is the one that the message came with;
    /// [`Outgoing`](crate::Outgoing) says what is left of it.
    #[inline]
    pub fn publish(&self) -> Publish<'_> {
        let block = self
            .bytes()
            .get(to_usize(self.block_at)..to_usize(self.payload_at))
            .unwrap_or_default();
        let subscription_identifiers = if self.identified && !block.is_empty() {
            List::wire(block, Version::V5)
        } else {
            List::EMPTY
        };
        Publish {
            retain: self.retain,
            message_expiry_interval: self.message_expiry_interval,
            subscription_identifiers,
            properties: Properties::wire(block, self.seen),
            ..Publish::new(self.topic(), self.payload())
        }
    }

    /// Whether it has no property block.
    #[inline]
    pub(crate) const fn is_bare(&self) -> bool {
        self.block_at == self.payload_at
    }

    #[inline]
    pub(crate) const fn is_retained(&self) -> bool {
        self.retain
    }

    /// Terms for [`Session::publish`](crate::Session::publish): with `qos`,
    /// expiring as the message says, and counted as large as it is.
    pub fn terms(&self, qos: QoS, now: Duration) -> Terms {
        let seconds = self.message_expiry_interval.map(u64::from);
        Terms {
            qos,
            expires: seconds.map(|seconds| now.saturating_add(Duration::from_secs(seconds))),
            size: self.size(),
        }
    }

    /// Bytes of memory that it takes: its own, and those of its topic,
    /// payload and properties. A buffer that a shared frame is part of may be
    /// larger, and so may be what several clones hold together smaller.
    pub fn size(&self) -> usize {
        size_of::<Self>().saturating_add(self.bytes().len())
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        self.bytes.bytes()
    }
}

/// Where a PUBLISH lies in the frame that it was read from.
struct Place {
    /// From its topic to the end of its payload.
    start: usize,
    end: usize,
    /// From `start` on.
    block_at: u32,
    payload_at: u32,
    seen: PropertySet,
    identified: bool,
}

impl Place {
    /// `None` when it does not lie there.
    #[inline(always)]
    fn of(publish: &Publish<'_>, frame: &[u8]) -> Option<Self> {
        let (block, seen) = publish.properties.as_wire()?;
        let identified = publish.subscription_identifiers.is_read_from(block);
        if !identified && !publish.subscription_identifiers.is_empty() {
            return None;
        }
        let (topic, payload) = (publish.topic.as_bytes(), publish.payload);
        let start = distance(frame, topic)?;
        let payload_at = distance(topic, payload)?;
        let end = start.checked_add(payload_at)?.checked_add(payload.len())?;
        // On the wire the block stands right before the payload.
        let block_at = payload_at.checked_sub(block.len())?;
        if block_at < topic.len() || end > frame.len() {
            return None;
        }
        if !block.is_empty() && distance(topic, block) != Some(block_at) {
            return None;
        }
        let payload_at = u32::try_from(payload_at).ok()?;
        Some(Self {
            start,
            end,
            // Not beyond `payload_at`.
            block_at: from_usize(block_at),
            payload_at,
            seen,
            identified,
        })
    }
}

impl Rope {
    /// The rope as an output for packets whose payload is `message`'s; another
    /// one is copied.
    pub const fn sharing_message<'r>(&'r mut self, message: &'r Message) -> Sharing<'r> {
        self.sharing_frame(&message.bytes)
    }
}

/// The property block of a copy: what a hop passes on, and the identifiers.
struct OwnBlock<'a> {
    identifiers: List<'a, SubscriptionIdentifier>,
    properties: PublishProperties<'a>,
}

impl<'a> OwnBlock<'a> {
    fn of(publish: &Publish<'a>) -> Self {
        Self {
            identifiers: publish.subscription_identifiers,
            properties: publish.properties.read(),
        }
    }

    fn write(&self, sink: &mut impl Sink) -> Result<(), EncodeError> {
        self.identifiers.write(Version::V5, sink)?;
        Properties::new(&self.properties).encode(Version::V5, sink)
    }

    fn seen(&self) -> PropertySet {
        let properties = Properties::new(&self.properties);
        let passed_on = [
            PropertyId::PAYLOAD_FORMAT_INDICATOR,
            PropertyId::CONTENT_TYPE,
            PropertyId::RESPONSE_TOPIC,
            PropertyId::CORRELATION_DATA,
            PropertyId::USER_PROPERTY,
        ];
        let identifiers = if self.identifiers.is_empty() {
            PropertySet::EMPTY
        } else {
            PropertyId::SUBSCRIPTION_IDENTIFIER.set()
        };
        passed_on
            .into_iter()
            .filter(|&id| properties.contains(id))
            .fold(identifiers, PropertySet::with)
    }
}

/// By copy, in one allocation. Lent properties such as no packet can bear (see
/// [`Message::copy`]) are left out.
impl From<&Publish<'_>> for Message {
    fn from(publish: &Publish<'_>) -> Self {
        Self::copy(publish).unwrap_or_else(|_| {
            let bare = Publish {
                properties: Properties::NONE,
                ..*publish
            };
            // Nothing else can be too large for a copy.
            Self::copy(&bare).unwrap_or(Self::EMPTY)
        })
    }
}

/// For what has a message in it, such as one with a completion channel:
/// [`Transmit::packet`](crate::Transmit::packet) asks for no more.
impl AsRef<Message> for Message {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Equal when what they say is, however it is held.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.publish() == other.publish()
    }
}

impl Eq for Message {}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let publish = self.publish();
        f.debug_struct("Message")
            .field("topic", &publish.topic)
            .field("retain", &publish.retain)
            .field("message_expiry_interval", &publish.message_expiry_interval)
            .field(
                "subscription_identifiers",
                &publish.subscription_identifiers,
            )
            .field("properties", &publish.properties)
            .field("payload", &publish.payload)
            .finish()
    }
}
