use core::fmt;

use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use super::list::Sealed;
use super::property::{self, PropertySet};
use super::value::{self, Encode};
use super::{
    EncodeError, List, PacketId, PacketType, Properties, PropertyId, UnsubscribeProperties, Version,
};
use crate::topic::TopicFilter;
use crate::wire::sink::Sink;

/// UNSUBSCRIBE (3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// That of the UNSUBACK to come.
    pub packet_id: PacketId,
    /// At least one.
    pub filters: List<'a, TopicFilter<'a>>,
    /// MQTT 5 alone.
    pub properties: Properties<'a, UnsubscribeProperties<'a>>,
    /// DUP, which only 3.1 has.
    pub dup: bool,
}

const PROPERTIES: PropertySet = PropertySet::EMPTY.with(PropertyId::USER_PROPERTY);

impl<'a> Unsubscribe<'a> {
    /// Filters, without properties.
    pub const fn new(packet_id: PacketId, filters: List<'a, TopicFilter<'a>>) -> Self {
        Self {
            packet_id,
            filters,
            properties: Properties::NONE,
            dup: false,
        }
    }

    pub(crate) fn decode(dup: bool, mut body: Body<'a>, version: Version) -> Result<Self, Fault> {
        let packet_id = body.packet_id()?;
        let properties = match version {
            Version::V5 => {
                let block = body.properties()?;
                Properties::wire(
                    block.bytes(),
                    property::check(block, PROPERTIES, PROPERTIES)?,
                )
            }
            Version::V3_1 | Version::V3_1_1 => Properties::NONE,
        };
        let filters = List::wire(body.bytes(), version);
        // [MQTT-3.10.3-2] At least one.
        if body.is_empty() {
            return Err(body.fault(DecodeErrorKind::NoTopicFilter));
        }
        while !body.is_empty() {
            // [MQTT-3.10.3-1]
            body.topic_filter(version.is_5())?;
        }
        Ok(Self {
            packet_id,
            filters,
            properties,
            dup,
        })
    }

    pub(crate) fn for_version(self, version: Version) -> Self {
        let properties = if version.is_5() {
            self.properties
        } else {
            Properties::NONE
        };
        Self {
            properties,
            dup: self.dup && version == Version::V3_1,
            ..self
        }
    }
}

impl Encode for Unsubscribe<'_> {
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        if S::JUDGES {
            if self.dup && version != Version::V3_1 {
                return Err(EncodeError::DupNotAllowed {
                    version,
                    packet_type: PacketType::Unsubscribe,
                });
            }
            if !version.is_5() && !self.properties.is_empty() {
                return Err(EncodeError::NotInVersion {
                    version,
                    what: "properties",
                });
            }
            if self.filters.is_empty() {
                return Err(EncodeError::NoTopicFilter);
            }
        }
        sink.u16(self.packet_id.get());
        if version.is_5() {
            value::block(&self.properties, sink)?;
        }
        self.filters.write(version, sink)
    }
}

impl<'a> Sealed<'a> for TopicFilter<'a> {
    fn next(rest: &mut &'a [u8], version: Version) -> Option<Self> {
        let (len, after) = rest.split_first_chunk()?;
        let (filter, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        *rest = after;
        Some(TopicFilter::from_checked(filter, version.is_5()))
    }

    fn folded(self, _: Version) -> Self {
        self
    }

    fn write(self, version: Version, sink: &mut impl Sink) -> Result<(), EncodeError> {
        write_filter(self, version, sink)
    }
}

/// Writes a filter. What is an ordinary filter by the rules of 3.1.1 can be an
/// ill-formed or a shared one by those of 5.
pub(super) fn write_filter<S: Sink>(
    filter: TopicFilter<'_>,
    version: Version,
    sink: &mut S,
) -> Result<(), EncodeError> {
    if S::JUDGES
        && version.is_5()
        && !filter.is_shared()
        && filter.as_bytes().starts_with(b"$share/")
    {
        return Err(EncodeError::NotInVersion {
            version,
            what: "ordinary filter that begins with $share/",
        });
    }
    value::binary(sink, filter.as_bytes(), Field::TopicFilter)
}

/// `UNSUBSCRIBE (m4, 'area/10/#', 'b')`
impl fmt::Display for Unsubscribe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UNSUBSCRIBE (m{}", self.packet_id)?;
        for filter in self.filters {
            write!(f, ", '{}'", filter.as_str().escape_debug())?;
        }
        f.write_str(")")
    }
}
