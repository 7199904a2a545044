use core::fmt;

use super::ack::reason_and_properties;
use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use super::property::{self, PropertySet};
use super::value::Encode;
use super::{
    DisconnectProperties, EncodeError, PacketType, Properties, PropertyId, ReasonCode, Version,
};
use crate::wire::sink::Sink;

/// DISCONNECT (3.14): the last packet of its sender; before MQTT 5 always the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Why. Before MQTT 5 always 0x00, Normal disconnection.
    pub reason: ReasonCode,
    /// MQTT 5 alone.
    pub properties: Properties<'a, DisconnectProperties<'a>>,
}

const PROPERTIES: PropertySet = PropertySet::EMPTY
    .with(PropertyId::SESSION_EXPIRY_INTERVAL)
    .with(PropertyId::SERVER_REFERENCE)
    .with(PropertyId::REASON_STRING)
    .with(PropertyId::USER_PROPERTY);

impl<'a> Disconnect<'a> {
    /// A reason, without properties.
    pub const fn new(reason: ReasonCode) -> Self {
        Self {
            reason,
            properties: Properties::NONE,
        }
    }

    pub(crate) fn decode(mut body: Body<'a>, version: Version) -> Result<Self, Fault> {
        let mut disconnect = Self::default();
        if version.is_5() && !body.is_empty() {
            let code = body.byte(Field::ReasonCode)?;
            disconnect.reason = ReasonCode::from_u8(code);
            // [MQTT-3.14.2-1] One of the Disconnect Reason Codes.
            if !disconnect.reason.is_allowed_in(PacketType::Disconnect) {
                return Err(body.fault_before(DecodeErrorKind::ReasonCodeNotAllowed(code), 1));
            }
            if !body.is_empty() {
                let block = body.properties()?;
                let seen = property::check(
                    block,
                    PROPERTIES,
                    PropertySet::EMPTY.with(PropertyId::USER_PROPERTY),
                )?;
                disconnect.properties = Properties::wire(block.bytes(), seen);
            }
        }
        body.end()?;
        Ok(disconnect)
    }

    pub(crate) fn for_version(self, version: Version) -> Self {
        if version.is_5() {
            self
        } else {
            Self::default()
        }
    }

    fn judge(&self, version: Version) -> Result<(), EncodeError> {
        let packet_type = PacketType::Disconnect;
        if !version.is_5() && self.reason != ReasonCode::NORMAL_DISCONNECTION {
            return Err(EncodeError::NotInVersion {
                version,
                what: "reason codes in DISCONNECT",
            });
        }
        if !version.is_5() && !self.properties.is_empty() {
            return Err(EncodeError::NotInVersion {
                version,
                what: "properties",
            });
        }
        // Table 2-6 gives 0x8C to DISCONNECT and 3.14.2.1 does not: taken, but never sent.
        if !self.reason.is_allowed_in(packet_type)
            || self.reason == ReasonCode::BAD_AUTHENTICATION_METHOD
        {
            return Err(EncodeError::ReasonCodeNotAllowed {
                packet_type,
                reason: self.reason,
            });
        }
        Ok(())
    }
}

impl Encode for Disconnect<'_> {
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        if S::JUDGES {
            self.judge(version)?;
        }
        reason_and_properties(self.reason, &self.properties, version, sink)
    }
}

/// `DISCONNECT (0x8e Session taken over)`
impl fmt::Display for Disconnect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            ReasonCode::NORMAL_DISCONNECTION => f.write_str("DISCONNECT"),
            reason => write!(f, "DISCONNECT ({reason:?})"),
        }
    }
}
