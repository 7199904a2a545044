use core::fmt;

use super::ack::reason_and_properties;
use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use super::property::{self, PropertySet};
use super::value::Encode;
use super::{AuthProperties, EncodeError, PacketType, Properties, PropertyId, ReasonCode, Version};
use crate::wire::sink::Sink;

/// AUTH (3.15): a step of enhanced authentication. MQTT 5 alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Success, Continue authentication or Re-authenticate.
    pub reason: ReasonCode,
    /// The Authentication Method is always there; an AUTH without any properties
    /// is read and written, as its short form has a meaning of its own, but no
    /// connection takes it.
    pub properties: Properties<'a, AuthProperties<'a>>,
}

const PROPERTIES: PropertySet = PropertySet::EMPTY
    .with(PropertyId::AUTHENTICATION_METHOD)
    .with(PropertyId::AUTHENTICATION_DATA)
    .with(PropertyId::REASON_STRING)
    .with(PropertyId::USER_PROPERTY);

impl<'a> Auth<'a> {
    /// A code and properties, of which the method is one.
    pub const fn new(reason: ReasonCode, properties: &'a AuthProperties<'a>) -> Self {
        Self {
            reason,
            properties: Properties::new(properties),
        }
    }

    pub(crate) fn decode(mut body: Body<'a>) -> Result<Self, Fault> {
        // Remaining Length 0 means Success without properties (3.15.2.1).
        if body.is_empty() {
            return Ok(Self::default());
        }
        let code = body.byte(Field::ReasonCode)?;
        let reason = ReasonCode::from_u8(code);
        // [MQTT-3.15.2-1] One of the Authenticate Reason Codes.
        if !reason.is_allowed_in(PacketType::Auth) {
            return Err(body.fault_before(DecodeErrorKind::ReasonCodeNotAllowed(code), 1));
        }
        let block = body.properties()?;
        let seen = property::check(
            block,
            PROPERTIES,
            PropertySet::EMPTY.with(PropertyId::USER_PROPERTY),
        )?;
        // Without it an AUTH is a Protocol Error (3.15.2.2.2).
        if !seen.contains(PropertyId::AUTHENTICATION_METHOD) {
            return Err(block.fault(DecodeErrorKind::NoAuthenticationMethod));
        }
        body.end()?;
        Ok(Self {
            reason,
            properties: Properties::wire(block.bytes(), seen),
        })
    }

    fn judge(&self, version: Version) -> Result<(), EncodeError> {
        if !version.is_5() {
            return Err(EncodeError::NotInVersion {
                version,
                what: "AUTH",
            });
        }
        if !self.reason.is_allowed_in(PacketType::Auth) {
            return Err(EncodeError::ReasonCodeNotAllowed {
                packet_type: PacketType::Auth,
                reason: self.reason,
            });
        }
        let short = self.properties.is_empty() && self.reason == ReasonCode::SUCCESS;
        if !short && !self.properties.contains(PropertyId::AUTHENTICATION_METHOD) {
            return Err(EncodeError::NoAuthenticationMethod);
        }
        Ok(())
    }
}

impl Encode for Auth<'_> {
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        if S::JUDGES {
            self.judge(version)?;
        }
        reason_and_properties(self.reason, &self.properties, version, sink)
    }
}

/// `AUTH (0x18 Continue authentication, 'SCRAM-SHA-1')`
impl fmt::Display for Auth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AUTH ({:?}", self.reason)?;
        if let Some(method) = self.properties.authentication_method() {
            write!(f, ", '{}'", method.escape_debug())?;
        }
        f.write_str(")")
    }
}
