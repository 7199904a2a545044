//! The values of properties: read from a checked block, written into one.

use core::{
    fmt,
    num::{NonZeroU16, NonZeroU32},
};

use super::list::Sealed;
use super::property::{Block, PropertySet, split_pair};
use super::{EncodeError, Field, PropertyId, QoS, Version};
use crate::topic::TopicName;
use crate::wire::sink::{Count, Notes, Sink};
use crate::wire::text;
use crate::wire::to_usize;
use crate::wire::varint::{self, Varint};

/// Whether a payload is text (3.3.2.3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum PayloadFormat {
    /// 0: bytes of any kind.
    #[default]
    Unspecified,
    /// 1: the sender says it is UTF-8. Nobody has checked.
    Utf8,
}

impl PayloadFormat {
    /// `None` above 1.
    pub const fn from_u8(format: u8) -> Option<Self> {
        match format {
            0 => Some(Self::Unspecified),
            1 => Some(Self::Utf8),
            _ => None,
        }
    }

    /// 0 or 1.
    pub const fn as_u8(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::Utf8 => 1,
        }
    }
}

/// A number that a SUBSCRIBE gives to its subscriptions (3.8.2.1.2): 1 to 268,435,455.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionIdentifier(NonZeroU32);

impl SubscriptionIdentifier {
    /// The highest: 268,435,455.
    pub const MAX: u32 = varint::MAX;

    /// `None` for 0 and above [`MAX`](Self::MAX).
    pub const fn new(identifier: u32) -> Option<Self> {
        match NonZeroU32::new(identifier) {
            Some(identifier) if identifier.get() <= Self::MAX => Some(Self(identifier)),
            _ => None,
        }
    }

    /// 1 to 268,435,455.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for SubscriptionIdentifier {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        Self::new(u.int_in_range(1..=Self::MAX)?).ok_or(arbitrary::Error::IncorrectFormat)
    }
}

impl fmt::Display for SubscriptionIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A name and a value of the application's own (2.2.2.2); the same name may stand more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct UserProperty<'a> {
    /// At most 65,535 bytes without U+0000.
    pub name: &'a str,
    /// At most 65,535 bytes without U+0000.
    pub value: &'a str,
}

impl<'a> UserProperty<'a> {
    /// A pair.
    pub const fn new(name: &'a str, value: &'a str) -> Self {
        Self { name, value }
    }
}

/// Bytes of an authentication exchange: a secret, so printing shows their number alone.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct AuthenticationData<'a>(pub &'a [u8]);

impl fmt::Debug for AuthenticationData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*** ({} bytes)", self.0.len())
    }
}

impl<'a> From<&'a [u8]> for AuthenticationData<'a> {
    fn from(data: &'a [u8]) -> Self {
        Self(data)
    }
}

/// A value as a property has it.
pub(crate) trait Value<'a>: Sized {
    /// From the bytes of a checked block; `None` never happens there.
    fn read(bytes: &'a [u8]) -> Option<Self>;

    /// Writes the value, or says why it cannot be.
    fn write(self, sink: &mut impl Sink, id: PropertyId) -> Result<(), EncodeError>;
}

/// The first property `id` of a checked block.
pub(crate) fn find<'a, V: Value<'a>>(
    block: &'a [u8],
    seen: PropertySet,
    id: PropertyId,
) -> Option<V> {
    if !seen.contains(id) {
        return None;
    }
    Block(block).value(id).and_then(V::read)
}

/// Writes identifier and value of a property that is there.
#[inline(always)]
pub(crate) fn write<'a, V: Value<'a>>(
    sink: &mut impl Sink,
    id: PropertyId,
    value: Option<V>,
) -> Result<(), EncodeError> {
    match value {
        Some(value) => {
            sink.byte(id.as_u8());
            value.write(sink, id)
        }
        None => Ok(()),
    }
}

/// What can be written: a packet's body, a property block.
pub(crate) trait Encode {
    /// Writes it as `version` has it, or says why it cannot.
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError>;
}

/// The length of what `content` writes, and notes for the writing, if a Variable Byte Integer can say it.
#[inline(always)]
pub(crate) fn encoded_len(
    content: &impl Encode,
    version: Version,
) -> Result<(u32, Notes), EncodeError> {
    let mut count = Count::default();
    content.encode(version, &mut count)?;
    match u32::try_from(count.len()) {
        Ok(len) if len <= varint::MAX => Ok((len, count.notes())),
        _ => Err(EncodeError::LengthTooLarge(count.len())),
    }
}

/// Writes a property block behind its length.
#[inline(always)]
pub(crate) fn block<S: Sink>(block: &impl Encode, sink: &mut S) -> Result<(), EncodeError> {
    let len = sink.note(|| encoded_len(block, Version::V5).map(|(len, _)| len))?;
    sink.varint(len);
    if sink.has_counted(to_usize(len)) {
        return Ok(());
    }
    block.encode(Version::V5, sink)
}

/// Writes text behind its length.
#[inline(always)]
pub(crate) fn text<S: Sink>(sink: &mut S, text: &str, field: Field) -> Result<(), EncodeError> {
    // [3.1.1/MQTT-1.5.3-2] [5.0/MQTT-1.5.4-2] Never U+0000.
    if S::JUDGES && text::has_nul(text.as_bytes()) {
        return Err(EncodeError::Nul(field));
    }
    binary(sink, text.as_bytes(), field)
}

/// Writes bytes behind their length.
#[inline(always)]
pub(crate) fn binary<S: Sink>(sink: &mut S, bytes: &[u8], field: Field) -> Result<(), EncodeError> {
    let Ok(len) = u16::try_from(bytes.len()) else {
        return Err(EncodeError::StringTooLong {
            field,
            len: bytes.len(),
        });
    };
    sink.u16(len);
    sink.put(bytes);
    Ok(())
}

/// Writes a Topic Name that no alias can stand for.
#[inline(always)]
pub(crate) fn topic_name<S: Sink>(
    sink: &mut S,
    topic: TopicName<'_>,
    field: Field,
) -> Result<(), EncodeError> {
    if topic.is_empty() {
        return Err(EncodeError::EmptyTopic(field));
    }
    binary(sink, topic.as_bytes(), field)
}

impl<'a> Value<'a> for bool {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        bytes.first().map(|&byte| byte != 0)
    }

    fn write(self, sink: &mut impl Sink, _: PropertyId) -> Result<(), EncodeError> {
        sink.byte(u8::from(self));
        Ok(())
    }
}

impl<'a> Value<'a> for PayloadFormat {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        bytes.first().copied().and_then(Self::from_u8)
    }

    fn write(self, sink: &mut impl Sink, _: PropertyId) -> Result<(), EncodeError> {
        sink.byte(self.as_u8());
        Ok(())
    }
}

impl<'a> Value<'a> for QoS {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        bytes.first().copied().and_then(QoS::from_u8)
    }

    fn write(self, sink: &mut impl Sink, id: PropertyId) -> Result<(), EncodeError> {
        // Maximum QoS is 0 or 1; 2 is said by leaving it out (3.2.2.3.4).
        if self == QoS::ExactlyOnce {
            return Err(EncodeError::PropertyOutOfRange(id));
        }
        sink.byte(self.as_u8());
        Ok(())
    }
}

impl<'a> Value<'a> for u16 {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        bytes.first_chunk().map(|bytes| Self::from_be_bytes(*bytes))
    }

    fn write(self, sink: &mut impl Sink, _: PropertyId) -> Result<(), EncodeError> {
        sink.u16(self);
        Ok(())
    }
}

impl<'a> Value<'a> for u32 {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        bytes.first_chunk().map(|bytes| Self::from_be_bytes(*bytes))
    }

    fn write(self, sink: &mut impl Sink, _: PropertyId) -> Result<(), EncodeError> {
        sink.u32(self);
        Ok(())
    }
}

impl<'a> Value<'a> for NonZeroU16 {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        u16::read(bytes).and_then(Self::new)
    }

    fn write(self, sink: &mut impl Sink, id: PropertyId) -> Result<(), EncodeError> {
        self.get().write(sink, id)
    }
}

impl<'a> Value<'a> for NonZeroU32 {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        u32::read(bytes).and_then(Self::new)
    }

    fn write(self, sink: &mut impl Sink, id: PropertyId) -> Result<(), EncodeError> {
        self.get().write(sink, id)
    }
}

impl<'a> Value<'a> for SubscriptionIdentifier {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        match varint::read(bytes) {
            Varint::Value(value, _) => Self::new(value),
            Varint::Incomplete | Varint::TooLong => None,
        }
    }

    fn write(self, sink: &mut impl Sink, _: PropertyId) -> Result<(), EncodeError> {
        sink.varint(self.get());
        Ok(())
    }
}

impl<'a> Value<'a> for &'a [u8] {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        bytes.get(2..)
    }

    fn write(self, sink: &mut impl Sink, id: PropertyId) -> Result<(), EncodeError> {
        binary(sink, self, Field::Property(id))
    }
}

impl<'a> Value<'a> for AuthenticationData<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        Value::read(bytes).map(Self)
    }

    fn write(self, sink: &mut impl Sink, id: PropertyId) -> Result<(), EncodeError> {
        self.0.write(sink, id)
    }
}

impl<'a> Value<'a> for &'a str {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        bytes.get(2..).map(text::as_str)
    }

    fn write(self, sink: &mut impl Sink, id: PropertyId) -> Result<(), EncodeError> {
        text(sink, self, Field::Property(id))
    }
}

impl<'a> Value<'a> for TopicName<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        bytes.get(2..).map(TopicName::from_checked)
    }

    fn write(self, sink: &mut impl Sink, id: PropertyId) -> Result<(), EncodeError> {
        topic_name(sink, self, Field::Property(id))
    }
}

impl<'a> Sealed<'a> for UserProperty<'a> {
    fn next(rest: &mut &'a [u8], _: Version) -> Option<Self> {
        let (name, value) = split_pair(next_of(rest, PropertyId::USER_PROPERTY)?)?;
        Some(Self { name, value })
    }

    fn folded(self, _: Version) -> Self {
        self
    }

    fn write(self, _: Version, sink: &mut impl Sink) -> Result<(), EncodeError> {
        let field = Field::Property(PropertyId::USER_PROPERTY);
        sink.byte(PropertyId::USER_PROPERTY.as_u8());
        text(sink, self.name, field)?;
        text(sink, self.value, field)
    }
}

impl<'a> Sealed<'a> for SubscriptionIdentifier {
    fn next(rest: &mut &'a [u8], _: Version) -> Option<Self> {
        Value::read(next_of(rest, PropertyId::SUBSCRIPTION_IDENTIFIER)?)
    }

    fn folded(self, _: Version) -> Self {
        self
    }

    fn write(self, _: Version, sink: &mut impl Sink) -> Result<(), EncodeError> {
        write(sink, PropertyId::SUBSCRIPTION_IDENTIFIER, Some(self))
    }
}

/// The value of the next property `id` of a checked block, whose `rest` moves behind it.
fn next_of<'a>(rest: &mut &'a [u8], id: PropertyId) -> Option<&'a [u8]> {
    let mut block = Block(rest);
    let property = block.find(|property| property.id == id);
    *rest = block.0;
    property.map(|property| property.value)
}
