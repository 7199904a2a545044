//! The property block of a PUBLISH or a will: what a hop changes beside what it
//! passes on, in one block on the wire.

use core::{convert::Infallible, num::NonZeroU16};

use super::body::Body;
use super::error::Fault;
use super::property::{self, Block, PropertySet, RawProperty};
use super::value::{self, Encode, Value};
use super::{
    EncodeError, List, Properties, PropertyId, PublishProperties, SubscriptionIdentifier, Version,
};
use crate::wire::sink::Sink;

/// What a hop passes on unaltered.
const PASSED_ON: PropertySet = PropertySet::EMPTY
    .with(PropertyId::PAYLOAD_FORMAT_INDICATOR)
    .with(PropertyId::CONTENT_TYPE)
    .with(PropertyId::RESPONSE_TOPIC)
    .with(PropertyId::CORRELATION_DATA)
    .with(PropertyId::USER_PROPERTY);

/// What a hop changes.
const HOP: PropertySet = PropertySet::EMPTY
    .with(PropertyId::MESSAGE_EXPIRY_INTERVAL)
    .with(PropertyId::WILL_DELAY_INTERVAL)
    .with(PropertyId::SUBSCRIPTION_IDENTIFIER)
    .with(PropertyId::TOPIC_ALIAS);

/// Properties of a PUBLISH (3.3.2.3).
pub(super) const IN_PUBLISH: PropertySet = PASSED_ON
    .with(PropertyId::MESSAGE_EXPIRY_INTERVAL)
    .with(PropertyId::SUBSCRIPTION_IDENTIFIER)
    .with(PropertyId::TOPIC_ALIAS);

/// Properties of a will (3.1.3.2).
pub(super) const IN_WILL: PropertySet = PASSED_ON
    .with(PropertyId::MESSAGE_EXPIRY_INTERVAL)
    .with(PropertyId::WILL_DELAY_INTERVAL);

const REPEATING: PropertySet = PropertySet::EMPTY
    .with(PropertyId::USER_PROPERTY)
    .with(PropertyId::SUBSCRIPTION_IDENTIFIER);

/// Checks a block, and says which properties are there.
#[inline(always)]
pub(super) fn check<'a>(
    block: Body<'a>,
    allowed: PropertySet,
) -> Result<(&'a [u8], PropertySet), Fault> {
    Ok((block.bytes(), property::check(block, allowed, REPEATING)?))
}

/// What a hop changes.
#[derive(Clone, Copy)]
pub(super) struct HopProperties<'a> {
    pub(super) message_expiry_interval: Option<u32>,
    pub(super) will_delay_interval: Option<u32>,
    pub(super) subscription_identifiers: List<'a, SubscriptionIdentifier>,
    pub(super) topic_alias: Option<NonZeroU16>,
}

impl<'a> HopProperties<'a> {
    pub(super) const NONE: Self = Self {
        message_expiry_interval: None,
        will_delay_interval: None,
        subscription_identifiers: List::EMPTY,
        topic_alias: None,
    };

    /// Those of a checked block.
    #[inline(always)]
    pub(super) fn read(block: &'a [u8], seen: PropertySet) -> Self {
        if seen.intersects(HOP) {
            Self::find(block, seen)
        } else {
            Self::NONE
        }
    }

    fn find(block: &'a [u8], seen: PropertySet) -> Self {
        let mut hop = Self::NONE;
        let mut left = seen.intersection(HOP);
        if seen.contains(PropertyId::SUBSCRIPTION_IDENTIFIER) {
            hop.subscription_identifiers = List::wire(block, Version::V5);
            left = left.without(PropertyId::SUBSCRIPTION_IDENTIFIER);
        }
        let mut properties = Block(block);
        while !left.is_empty() {
            let Some(RawProperty { id, value, .. }) = properties.next() else {
                break;
            };
            match id {
                PropertyId::MESSAGE_EXPIRY_INTERVAL => {
                    hop.message_expiry_interval = Value::read(value)
                }
                PropertyId::WILL_DELAY_INTERVAL => hop.will_delay_interval = Value::read(value),
                PropertyId::TOPIC_ALIAS => hop.topic_alias = Value::read(value),
                _ => {}
            }
            left = left.without(id);
        }
        hop
    }

    /// True when these are the ones in the block, so that it can be written as it is.
    #[inline]
    pub(super) fn are_in(&self, block: &'a [u8], seen: PropertySet) -> bool {
        let mut left = seen.intersection(HOP);
        if seen.contains(PropertyId::SUBSCRIPTION_IDENTIFIER) {
            if !self.subscription_identifiers.is_read_from(block) {
                return false;
            }
            left = left.without(PropertyId::SUBSCRIPTION_IDENTIFIER);
        } else if !self.subscription_identifiers.is_empty() {
            return false;
        }
        left == self.single() && (left.is_empty() || self.values_are_in(block, left))
    }

    /// Those that are there and cannot be there more than once.
    #[inline(always)]
    fn single(&self) -> PropertySet {
        let there = |set: PropertySet, there, id| if there { set.with(id) } else { set };
        let set = PropertySet::EMPTY;
        let set = there(
            set,
            self.message_expiry_interval.is_some(),
            PropertyId::MESSAGE_EXPIRY_INTERVAL,
        );
        let set = there(
            set,
            self.will_delay_interval.is_some(),
            PropertyId::WILL_DELAY_INTERVAL,
        );
        there(set, self.topic_alias.is_some(), PropertyId::TOPIC_ALIAS)
    }

    /// True when those of `set`, which the block has, have these values in there.
    #[inline]
    fn values_are_in(&self, block: &'a [u8], set: PropertySet) -> bool {
        let find = |id| value::find(block, set, id);
        find(PropertyId::MESSAGE_EXPIRY_INTERVAL) == self.message_expiry_interval
            && find(PropertyId::WILL_DELAY_INTERVAL) == self.will_delay_interval
            && value::find(block, set, PropertyId::TOPIC_ALIAS) == self.topic_alias
    }

    fn write<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
        value::write(
            sink,
            PropertyId::MESSAGE_EXPIRY_INTERVAL,
            self.message_expiry_interval,
        )?;
        value::write(
            sink,
            PropertyId::WILL_DELAY_INTERVAL,
            self.will_delay_interval,
        )?;
        self.subscription_identifiers.write(Version::V5, sink)?;
        value::write(sink, PropertyId::TOPIC_ALIAS, self.topic_alias)
    }
}

/// True when this is the expiry interval in the block, and there is nothing else that a hop changes.
#[inline]
pub(super) fn has_expiry_alone(block: &[u8], seen: PropertySet, interval: Option<u32>) -> bool {
    let hop = seen.intersection(HOP);
    match interval {
        None => hop.is_empty(),
        Some(_) => {
            hop == PropertyId::MESSAGE_EXPIRY_INTERVAL.set()
                && interval == value::find(block, seen, PropertyId::MESSAGE_EXPIRY_INTERVAL)
        }
    }
}

/// Both kinds together, to be written.
#[derive(Clone, Copy)]
pub(super) struct MessageBlock<'a> {
    hop: HopProperties<'a>,
    properties: Properties<'a, PublishProperties<'a>>,
    /// The block they were read from, when it says just this.
    unchanged: Option<&'a [u8]>,
}

impl<'a> MessageBlock<'a> {
    #[inline]
    pub(super) fn new(
        hop: HopProperties<'a>,
        properties: Properties<'a, PublishProperties<'a>>,
        sink: &mut impl Sink,
    ) -> Self {
        let mut block = Self {
            hop,
            properties,
            unchanged: None,
        };
        if let Some((bytes, seen)) = properties.as_wire() {
            let are_in = || Ok::<_, Infallible>(u32::from(hop.are_in(bytes, seen)));
            block.unchanged = (sink.note(are_in) == Ok(1)).then_some(bytes);
        }
        block
    }
}

impl Encode for MessageBlock<'_> {
    #[inline]
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        if let Some(block) = self.unchanged {
            sink.put(block);
            return Ok(());
        }
        match self.properties.as_wire() {
            Some((block, seen)) if seen.intersects(HOP) => rewrite(block, self.hop, sink),
            _ => {
                self.hop.write(sink)?;
                self.properties.encode(version, sink)
            }
        }
    }
}

/// Copies a block from the wire with the hop's values in the places of the old
/// ones, so that an unchanged packet keeps its bytes.
fn rewrite<S: Sink>(
    block: &[u8],
    mut hop: HopProperties<'_>,
    sink: &mut S,
) -> Result<(), EncodeError> {
    let keeps_identifiers = hop.subscription_identifiers.is_read_from(block);
    if keeps_identifiers {
        hop.subscription_identifiers = List::EMPTY;
    }
    for property in Block(block) {
        let id = property.id;
        match id {
            PropertyId::MESSAGE_EXPIRY_INTERVAL => {
                value::write(sink, id, hop.message_expiry_interval.take())?
            }
            PropertyId::WILL_DELAY_INTERVAL => {
                value::write(sink, id, hop.will_delay_interval.take())?
            }
            PropertyId::TOPIC_ALIAS => value::write(sink, id, hop.topic_alias.take())?,
            PropertyId::SUBSCRIPTION_IDENTIFIER if !keeps_identifiers => {}
            _ => sink.put(property.whole),
        }
    }
    hop.write(sink)
}
