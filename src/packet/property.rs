//! The 27 properties of MQTT 5 (2.2.2.2, table 2-4): what each is, and how a block of them is checked.

use core::{fmt, num::NonZeroU16};

use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use crate::wire::text;
use crate::wire::varint::{self, Varint};

/// The identifier of a property.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PropertyId(u8);

/// How the value of a property stands on the wire, and which values there are.
#[derive(Clone, Copy)]
enum Kind {
    /// One byte, 0 or 1.
    Flag,
    U16,
    /// Two bytes, not 0.
    NonZeroU16,
    /// Two bytes; 0 has an error of its own.
    TopicAlias,
    U32,
    /// Four bytes, not 0.
    NonZeroU32,
    /// A Variable Byte Integer, not 0.
    Varint,
    Text,
    TopicName,
    Binary,
    /// Two texts.
    Pair,
}

macro_rules! properties {
    ($($id:literal $constant:ident $name:literal $kind:ident,)*) => {
        impl PropertyId {
            $(
                #[doc = $name]
                pub const $constant: Self = Self($id);
            )*

            /// The standard's name, `None` where the identifier is no property's.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($id => Some($name),)*
                    _ => None,
                }
            }
        }

        #[inline(always)]
        const fn kind(id: u8) -> Option<Kind> {
            match id {
                $($id => Some(Kind::$kind),)*
                _ => None,
            }
        }
    };
}

properties! {
    0x01 PAYLOAD_FORMAT_INDICATOR "Payload Format Indicator" Flag,
    0x02 MESSAGE_EXPIRY_INTERVAL "Message Expiry Interval" U32,
    0x03 CONTENT_TYPE "Content Type" Text,
    0x08 RESPONSE_TOPIC "Response Topic" TopicName,
    0x09 CORRELATION_DATA "Correlation Data" Binary,
    0x0b SUBSCRIPTION_IDENTIFIER "Subscription Identifier" Varint,
    0x11 SESSION_EXPIRY_INTERVAL "Session Expiry Interval" U32,
    0x12 ASSIGNED_CLIENT_IDENTIFIER "Assigned Client Identifier" Text,
    0x13 SERVER_KEEP_ALIVE "Server Keep Alive" U16,
    0x15 AUTHENTICATION_METHOD "Authentication Method" Text,
    0x16 AUTHENTICATION_DATA "Authentication Data" Binary,
    0x17 REQUEST_PROBLEM_INFORMATION "Request Problem Information" Flag,
    0x18 WILL_DELAY_INTERVAL "Will Delay Interval" U32,
    0x19 REQUEST_RESPONSE_INFORMATION "Request Response Information" Flag,
    0x1a RESPONSE_INFORMATION "Response Information" Text,
    0x1c SERVER_REFERENCE "Server Reference" Text,
    0x1f REASON_STRING "Reason String" Text,
    0x21 RECEIVE_MAXIMUM "Receive Maximum" NonZeroU16,
    0x22 TOPIC_ALIAS_MAXIMUM "Topic Alias Maximum" U16,
    0x23 TOPIC_ALIAS "Topic Alias" TopicAlias,
    0x24 MAXIMUM_QOS "Maximum QoS" Flag,
    0x25 RETAIN_AVAILABLE "Retain Available" Flag,
    0x26 USER_PROPERTY "User Property" Pair,
    0x27 MAXIMUM_PACKET_SIZE "Maximum Packet Size" NonZeroU32,
    0x28 WILDCARD_SUBSCRIPTION_AVAILABLE "Wildcard Subscription Available" Flag,
    0x29 SUBSCRIPTION_IDENTIFIER_AVAILABLE "Subscription Identifier Available" Flag,
    0x2a SHARED_SUBSCRIPTION_AVAILABLE "Shared Subscription Available" Flag,
}

impl PropertyId {
    /// The identifier on the wire.
    #[inline(always)]
    pub const fn as_u8(self) -> u8 {
        self.0
    }

    /// The set of this one property.
    #[inline(always)]
    pub(crate) const fn set(self) -> PropertySet {
        // Every identifier is below 64; what a peer sends beyond that is in no set.
        PropertySet(if self.0 < 64 { 1 << (self.0 & 63) } else { 0 })
    }
}

impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#04x}", self.0),
        }
    }
}

impl fmt::Debug for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A set of properties: a bit for each identifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PropertySet(u64);

impl PropertySet {
    pub(crate) const EMPTY: Self = Self(0);

    #[inline(always)]
    pub(crate) const fn with(self, id: PropertyId) -> Self {
        self.union(id.set())
    }

    #[inline(always)]
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[inline(always)]
    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[inline(always)]
    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline(always)]
    pub(crate) const fn without(self, id: PropertyId) -> Self {
        Self(self.0 & !id.set().0)
    }

    #[inline(always)]
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[inline(always)]
    pub(crate) const fn contains(self, id: PropertyId) -> bool {
        self.intersects(id.set())
    }
}

/// Checks a whole block and says which properties are there.
///
/// `allowed` are those the packet may have, `repeating` those that may stand
/// more than once.
#[inline]
pub(crate) fn check(
    mut block: Body<'_>,
    allowed: PropertySet,
    repeating: PropertySet,
) -> Result<PropertySet, Fault> {
    let mut seen = PropertySet::EMPTY;
    let mut expected = allowed;
    while let Some(&id) = block.bytes().first() {
        let id = PropertyId(id);
        if !expected.contains(id) {
            return Err(unexpected(block, allowed));
        }
        block.byte(Field::Properties)?;
        seen = seen.with(id);
        // A duplicate is found by a bit, whatever the number of properties.
        if !repeating.contains(id) {
            expected = expected.without(id);
        }
        check_value(&mut block, id)?;
    }
    Ok(seen)
}

/// Why the property at the front of `block` is not expected.
#[cold]
fn unexpected(mut block: Body<'_>, allowed: PropertySet) -> Fault {
    let start = block;
    let id = match block.varint(Field::Properties) {
        Ok(id) => id,
        Err(fault) => return fault,
    };
    let known = u8::try_from(id).ok().filter(|&id| kind(id).is_some());
    start.fault(match known.map(PropertyId) {
        None => DecodeErrorKind::UnknownProperty(id),
        Some(id) if allowed.contains(id) => DecodeErrorKind::DuplicateProperty(id),
        Some(id) => DecodeErrorKind::PropertyNotAllowed(id),
    })
}

/// Authentication Data belongs to an Authentication Method (3.1.2.11.10).
pub(crate) fn needs_method(block: Body<'_>, seen: PropertySet) -> Result<(), Fault> {
    if seen.contains(PropertyId::AUTHENTICATION_DATA)
        && !seen.contains(PropertyId::AUTHENTICATION_METHOD)
    {
        return Err(block.fault(DecodeErrorKind::NoAuthenticationMethod));
    }
    Ok(())
}

#[inline(always)]
fn check_value(block: &mut Body<'_>, id: PropertyId) -> Result<(), Fault> {
    let field = Field::Property(id);
    let Some(kind) = kind(id.0) else {
        // Never: what is expected has a kind.
        return Err(block.fault_before(DecodeErrorKind::UnknownProperty(id.0.into()), 1));
    };
    let (in_range, len) = match kind {
        // [5.0/MQTT-3.3.2-19]
        Kind::Text => return block.text_bytes(field).map(drop),
        Kind::Binary => return block.binary(field).map(drop),
        // [5.0/MQTT-3.3.2-13] [5.0/MQTT-3.3.2-14]
        Kind::TopicName => return block.topic_name(field).map(drop),
        Kind::Pair => {
            // [5.0/MQTT-1.5.7-1] Both of them.
            block.text_bytes(field)?;
            return block.text_bytes(field).map(drop);
        }
        Kind::U16 => return block.u16(field).map(drop),
        Kind::U32 => return block.u32(field).map(drop),
        Kind::Flag => (block.byte(field)? <= 1, 1),
        Kind::NonZeroU16 => (block.u16(field)? != 0, 2),
        Kind::NonZeroU32 => (block.u32(field)? != 0, 4),
        Kind::Varint => (block.varint(field)? != 0, 1),
        Kind::TopicAlias => {
            // [MQTT-3.3.2-8] Never 0.
            if NonZeroU16::new(block.u16(field)?).is_none() {
                return Err(block.fault_before(DecodeErrorKind::TopicAliasZero, 2));
            }
            return Ok(());
        }
    };
    if in_range {
        Ok(())
    } else {
        Err(block.fault_before(DecodeErrorKind::PropertyOutOfRange(id), len))
    }
}

/// The properties of a checked block, in their order on the wire.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a>(pub(crate) &'a [u8]);

impl<'a> Block<'a> {
    /// The value of the first property `id`.
    #[inline]
    pub(crate) fn value(self, id: PropertyId) -> Option<&'a [u8]> {
        let mut rest = self.0;
        while let Some((&first, after)) = rest.split_first() {
            let (value, others) = after.split_at_checked(value_len(first, after)?)?;
            if first == id.0 {
                return Some(value);
            }
            rest = others;
        }
        None
    }
}

/// One property of a block.
#[derive(Clone, Copy)]
pub(crate) struct RawProperty<'a> {
    pub(crate) id: PropertyId,
    /// The value as it stands on the wire.
    pub(crate) value: &'a [u8],
    /// Identifier and value.
    pub(crate) whole: &'a [u8],
}

impl<'a> RawProperty<'a> {
    /// The texts in the value: two in a User Property, one or none elsewhere.
    pub(crate) fn texts(&self) -> [Option<&'a str>; 2] {
        match kind(self.id.0) {
            Some(Kind::Text | Kind::TopicName) => [self.value.get(2..).map(text::as_str), None],
            Some(Kind::Pair) => {
                let (name, value) = split_pair(self.value).unzip();
                [name, value]
            }
            _ => [None, None],
        }
    }
}

/// The two texts of a checked pair.
pub(crate) fn split_pair(pair: &[u8]) -> Option<(&str, &str)> {
    let (len, texts) = pair.split_first_chunk()?;
    let (name, value) = texts.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
    Some((text::as_str(name), text::as_str(value.get(2..)?)))
}

impl<'a> Iterator for Block<'a> {
    type Item = RawProperty<'a>;

    #[inline]
    fn next(&mut self) -> Option<RawProperty<'a>> {
        let (&id, after) = self.0.split_first()?;
        let len = value_len(id, after)?;
        let (whole, rest) = self.0.split_at_checked(len.checked_add(1)?)?;
        self.0 = rest;
        Some(RawProperty {
            id: PropertyId(id),
            value: after.get(..len)?,
            whole,
        })
    }
}

/// The length of the value at the front of `bytes`.
#[inline]
fn value_len(id: u8, bytes: &[u8]) -> Option<usize> {
    let prefixed = |bytes: &[u8]| {
        Some(usize::from(u16::from_be_bytes(*bytes.first_chunk()?)).saturating_add(2))
    };
    Some(match kind(id)? {
        Kind::Flag => 1,
        Kind::U16 | Kind::NonZeroU16 | Kind::TopicAlias => 2,
        Kind::U32 | Kind::NonZeroU32 => 4,
        Kind::Varint => match varint::read(bytes) {
            Varint::Value(_, used) => used,
            Varint::Incomplete | Varint::TooLong => return None,
        },
        Kind::Text | Kind::TopicName | Kind::Binary => prefixed(bytes)?,
        Kind::Pair => {
            let name = prefixed(bytes)?;
            name.saturating_add(prefixed(bytes.get(name..)?)?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_defines_27_properties_all_below_64() {
        let defined = (0..=u8::MAX).filter(|&id| kind(id).is_some());
        assert_eq!(defined.clone().count(), 27);
        assert!(defined.max() < Some(64));
    }
}
