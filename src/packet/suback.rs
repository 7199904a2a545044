use core::fmt;

use super::ack;
use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use super::list::Sealed;
use super::property::{self, PropertySet};
use super::value::{self, Encode};
use super::{
    AckProperties, EncodeError, List, PacketId, PacketType, Properties, PropertyId, ReasonCode,
    Version,
};
use crate::wire::sink::Sink;

/// The body of SUBACK (3.9) and UNSUBACK (3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubAck<'a> {
    /// That of the request.
    pub packet_id: PacketId,
    /// One for each filter of the request, in its order. An UNSUBACK has none before MQTT 5.
    pub reasons: List<'a, ReasonCode>,
    /// MQTT 5 alone.
    pub properties: Properties<'a, AckProperties<'a>>,
}

impl<'a> SubAck<'a> {
    /// Codes, without properties.
    pub const fn new(packet_id: PacketId, reasons: List<'a, ReasonCode>) -> Self {
        Self {
            packet_id,
            reasons,
            properties: Properties::NONE,
        }
    }

    pub(crate) fn decode(
        packet_type: PacketType,
        mut body: Body<'a>,
        version: Version,
    ) -> Result<Self, Fault> {
        let packet_id = body.packet_id()?;
        let properties = match version {
            Version::V5 => {
                let block = body.properties()?;
                let repeating = PropertySet::EMPTY.with(PropertyId::USER_PROPERTY);
                Properties::wire(
                    block.bytes(),
                    property::check(block, ack::PROPERTIES, repeating)?,
                )
            }
            Version::V3_1 | Version::V3_1_1 => Properties::NONE,
        };
        let reasons = List::wire(body.bytes(), version);
        if has_no_codes(packet_type, version) {
            body.end()?;
            return Ok(Self {
                packet_id,
                reasons,
                properties,
            });
        }
        // [3.1.1/MQTT-3.8.4-5] [5.0/MQTT-3.8.4-6] One for each filter, of which there is at least one.
        if body.is_empty() {
            return Err(body.fault(DecodeErrorKind::NoReasonCode));
        }
        while !body.is_empty() {
            let code = body.byte(Field::ReasonCode)?;
            // [MQTT-3.9.3-2] [5.0/MQTT-3.11.3-2] One of the packet's own codes.
            if !is_allowed(ReasonCode::from_u8(code), packet_type, version) {
                return Err(body.fault_before(DecodeErrorKind::ReasonCodeNotAllowed(code), 1));
            }
        }
        Ok(Self {
            packet_id,
            reasons,
            properties,
        })
    }

    pub(crate) fn for_version(self, packet_type: PacketType, version: Version) -> Self {
        if version.is_5() {
            return self;
        }
        let unsuback = has_no_codes(packet_type, version);
        let reasons = if unsuback {
            List::EMPTY
        } else {
            self.reasons.for_version(version)
        };
        Self::new(self.packet_id, reasons)
    }

    pub(super) fn line(&self, packet_type: PacketType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{packet_type} (m{}", self.packet_id)?;
        for reason in self.reasons {
            match QoSGranted::of(reason, packet_type) {
                Some(QoSGranted(qos)) => write!(f, ", q{qos}")?,
                None => write!(f, ", {reason:?}")?,
            }
        }
        f.write_str(")")
    }
}

/// The QoS that a SUBACK code grants, which reads better than "Success".
struct QoSGranted(u8);

impl QoSGranted {
    fn of(reason: ReasonCode, packet_type: PacketType) -> Option<Self> {
        (packet_type == PacketType::SubAck && !reason.is_error()).then_some(Self(reason.as_u8()))
    }
}

/// Before MQTT 5 an UNSUBACK has no payload.
fn has_no_codes(packet_type: PacketType, version: Version) -> bool {
    packet_type == PacketType::UnsubAck && !version.is_5()
}

const fn is_allowed(code: ReasonCode, packet_type: PacketType, version: Version) -> bool {
    match packet_type {
        PacketType::SubAck => code.is_suback_code(version),
        _ => code.is_allowed_in(packet_type),
    }
}

/// A [`SubAck`] and which of the two packets it is.
pub(super) struct SubAckOf<'p, 'a>(pub(super) PacketType, pub(super) &'p SubAck<'a>);

impl Encode for SubAckOf<'_, '_> {
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        let Self(packet_type, suback) = *self;
        if S::JUDGES {
            judge(suback, packet_type, version)?;
        }
        sink.u16(suback.packet_id.get());
        if version.is_5() {
            value::block(&suback.properties, sink)?;
        }
        suback.reasons.write(version, sink)
    }
}

fn judge(
    suback: &SubAck<'_>,
    packet_type: PacketType,
    version: Version,
) -> Result<(), EncodeError> {
    if !version.is_5() && !suback.properties.is_empty() {
        return Err(EncodeError::NotInVersion {
            version,
            what: "properties",
        });
    }
    match (
        has_no_codes(packet_type, version),
        suback.reasons.is_empty(),
    ) {
        (true, false) => {
            return Err(EncodeError::NotInVersion {
                version,
                what: "codes in UNSUBACK",
            });
        }
        (false, true) => return Err(EncodeError::NoReasonCode),
        _ => {}
    }
    match suback
        .reasons
        .iter()
        .find(|&reason| !is_allowed(reason, packet_type, version))
    {
        Some(reason) => Err(EncodeError::ReasonCodeNotAllowed {
            packet_type,
            reason,
        }),
        None => Ok(()),
    }
}

impl<'a> Sealed<'a> for ReasonCode {
    fn next(rest: &mut &'a [u8], _: Version) -> Option<Self> {
        let (&code, after) = rest.split_first()?;
        *rest = after;
        Some(Self::from_u8(code))
    }

    fn folded(self, version: Version) -> Self {
        self.folded_for_suback(version)
    }

    fn write(self, _: Version, sink: &mut impl Sink) -> Result<(), EncodeError> {
        sink.byte(self.as_u8());
        Ok(())
    }
}
