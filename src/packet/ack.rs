use core::fmt;

use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use super::property::{self, PropertySet};
use super::value::{self, Encode};
use super::{
    AckProperties, EncodeError, PacketId, PacketType, Properties, PropertyId, ReasonCode, Version,
};
use crate::wire::sink::Sink;

/// The body of PUBACK, PUBREC, PUBREL and PUBCOMP (3.4 to 3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ack<'a> {
    /// That of the PUBLISH.
    pub packet_id: PacketId,
    /// Before MQTT 5 always 0x00.
    pub reason: ReasonCode,
    /// MQTT 5 alone.
    pub properties: Properties<'a, AckProperties<'a>>,
    /// DUP, which only a PUBREL of 3.1 has.
    pub dup: bool,
}

pub(super) const PROPERTIES: PropertySet = PropertySet::EMPTY
    .with(PropertyId::REASON_STRING)
    .with(PropertyId::USER_PROPERTY);

impl<'a> Ack<'a> {
    /// Success, without properties.
    pub const fn new(packet_id: PacketId) -> Self {
        Self {
            packet_id,
            reason: ReasonCode::SUCCESS,
            properties: Properties::NONE,
            dup: false,
        }
    }

    #[inline]
    pub(crate) fn decode(
        packet_type: PacketType,
        dup: bool,
        mut body: Body<'a>,
        version: Version,
    ) -> Result<Self, Fault> {
        let mut ack = Self {
            dup,
            ..Self::new(body.packet_id()?)
        };
        if version.is_5() && !body.is_empty() {
            ack.decode_v5(packet_type, &mut body)?;
        }
        body.end()?;
        Ok(ack)
    }

    /// Reason and properties, of which the short forms lack one or both (3.4.2.1).
    fn decode_v5(&mut self, packet_type: PacketType, body: &mut Body<'a>) -> Result<(), Fault> {
        let code = body.byte(Field::ReasonCode)?;
        self.reason = ReasonCode::from_u8(code);
        // [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] One of the packet's own codes.
        if !self.reason.is_allowed_in(packet_type) {
            return Err(body.fault_before(DecodeErrorKind::ReasonCodeNotAllowed(code), 1));
        }
        if !body.is_empty() {
            let block = body.properties()?;
            let seen = property::check(
                block,
                PROPERTIES,
                PropertySet::EMPTY.with(PropertyId::USER_PROPERTY),
            )?;
            self.properties = Properties::wire(block.bytes(), seen);
        }
        Ok(())
    }

    pub(crate) fn for_version(self, version: Version) -> Self {
        match version {
            Version::V5 => Self { dup: false, ..self },
            Version::V3_1_1 => Self::new(self.packet_id),
            Version::V3_1 => Self {
                dup: self.dup,
                ..Self::new(self.packet_id)
            },
        }
    }

    fn judge(&self, packet_type: PacketType, version: Version) -> Result<(), EncodeError> {
        if self.dup && !(version == Version::V3_1 && matches!(packet_type, PacketType::PubRel)) {
            return Err(EncodeError::DupNotAllowed {
                version,
                packet_type,
            });
        }
        if !version.is_5() {
            if self.reason != ReasonCode::SUCCESS {
                return Err(EncodeError::NotInVersion {
                    version,
                    what: "reason codes in acknowledgements",
                });
            }
            if !self.properties.is_empty() {
                return Err(EncodeError::NotInVersion {
                    version,
                    what: "properties",
                });
            }
        }
        if !self.reason.is_allowed_in(packet_type) {
            return Err(EncodeError::ReasonCodeNotAllowed {
                packet_type,
                reason: self.reason,
            });
        }
        Ok(())
    }

    pub(super) fn line(&self, packet_type: PacketType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{packet_type} (m{}", self.packet_id)?;
        if self.reason != ReasonCode::SUCCESS {
            write!(f, ", {:?}", self.reason)?;
        }
        f.write_str(")")
    }
}

/// An [`Ack`] and which of the four packets it is.
pub(super) struct AckOf<'p, 'a>(pub(super) PacketType, pub(super) &'p Ack<'a>);

impl Encode for AckOf<'_, '_> {
    #[inline]
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        let Self(packet_type, ack) = *self;
        if S::JUDGES {
            ack.judge(packet_type, version)?;
        }
        sink.u16(ack.packet_id.get());
        reason_and_properties(ack.reason, &ack.properties, version, sink)
    }
}

/// Reason and properties in the shortest form: both are left out when they say
/// nothing, properties alone when there are none.
#[inline]
pub(super) fn reason_and_properties<'a, P: super::PropertyStruct<'a>, S: Sink>(
    reason: ReasonCode,
    properties: &Properties<'a, P>,
    version: Version,
    sink: &mut S,
) -> Result<(), EncodeError> {
    let without_properties = properties.is_empty();
    if !version.is_5() || (without_properties && reason == ReasonCode::SUCCESS) {
        return Ok(());
    }
    sink.byte(reason.as_u8());
    if without_properties {
        Ok(())
    } else {
        value::block(properties, sink)
    }
}
