use core::fmt;

use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use super::property::{self, PropertySet};
use super::value::{self, Encode};
use super::{
    ConnAckProperties, EncodeError, PacketType, Properties, PropertyId, ReasonCode, Version,
};
use crate::wire::sink::Sink;

/// CONNACK (3.2): a server's answer to CONNECT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnAck<'a> {
    /// The server goes on with a session it had; never with a refusal, and never in 3.1.
    pub session_present: bool,
    /// Accepted or why not. In 3.1 and 3.1.1 one of the six that have a return code.
    pub reason: ReasonCode,
    /// MQTT 5 alone.
    pub properties: Properties<'a, ConnAckProperties<'a>>,
}

const PROPERTIES: PropertySet = PropertySet::EMPTY
    .with(PropertyId::SESSION_EXPIRY_INTERVAL)
    .with(PropertyId::ASSIGNED_CLIENT_IDENTIFIER)
    .with(PropertyId::SERVER_KEEP_ALIVE)
    .with(PropertyId::AUTHENTICATION_METHOD)
    .with(PropertyId::AUTHENTICATION_DATA)
    .with(PropertyId::RESPONSE_INFORMATION)
    .with(PropertyId::SERVER_REFERENCE)
    .with(PropertyId::REASON_STRING)
    .with(PropertyId::RECEIVE_MAXIMUM)
    .with(PropertyId::TOPIC_ALIAS_MAXIMUM)
    .with(PropertyId::MAXIMUM_QOS)
    .with(PropertyId::RETAIN_AVAILABLE)
    .with(PropertyId::USER_PROPERTY)
    .with(PropertyId::MAXIMUM_PACKET_SIZE)
    .with(PropertyId::WILDCARD_SUBSCRIPTION_AVAILABLE)
    .with(PropertyId::SUBSCRIPTION_IDENTIFIER_AVAILABLE)
    .with(PropertyId::SHARED_SUBSCRIPTION_AVAILABLE);

impl<'a> ConnAck<'a> {
    pub(crate) fn decode(mut body: Body<'a>, version: Version) -> Result<Self, Fault> {
        let flags = body.byte(Field::ConnectAcknowledgeFlags)?;
        let session_present = flags == 1;
        // [5.0/MQTT-3.2.2-1] Bits 7 to 1 are reserved, in 3.1 also bit 0.
        if flags > 1 || (session_present && version == Version::V3_1) {
            return Err(body.fault_before(DecodeErrorKind::ReservedConnAckFlags, 1));
        }
        let code = body.byte(Field::ReasonCode)?;
        let reason = match version {
            // [5.0/MQTT-3.2.2-8] One of the Connect Reason Codes.
            Version::V5 => Some(ReasonCode::from_u8(code))
                .filter(|code| code.is_allowed_in(PacketType::ConnAck)),
            // [3.1.1/MQTT-3.2.2-6] One of the six return codes.
            Version::V3_1 | Version::V3_1_1 => ReasonCode::from_return_code(code),
        };
        let Some(reason) = reason else {
            return Err(body.fault_before(DecodeErrorKind::ReasonCodeNotAllowed(code), 1));
        };
        // [3.1.1/MQTT-3.2.2-4] [5.0/MQTT-3.2.2-6] No Session Present with a refusal.
        if session_present && reason != ReasonCode::SUCCESS {
            return Err(body.fault_before(DecodeErrorKind::SessionPresentWithError, 2));
        }
        let properties = match version {
            Version::V5 => {
                let block = body.properties()?;
                let seen = property::check(
                    block,
                    PROPERTIES,
                    PropertySet::EMPTY.with(PropertyId::USER_PROPERTY),
                )?;
                property::needs_method(block, seen)?;
                Properties::wire(block.bytes(), seen)
            }
            Version::V3_1 | Version::V3_1_1 => Properties::NONE,
        };
        body.end()?;
        Ok(Self {
            session_present,
            reason,
            properties,
        })
    }

    pub(crate) fn for_version(self, version: Version) -> Self {
        match version {
            Version::V5 => self,
            Version::V3_1_1 => Self {
                properties: Properties::NONE,
                ..self
            },
            Version::V3_1 => Self {
                properties: Properties::NONE,
                session_present: false,
                ..self
            },
        }
    }

    /// The code on the wire.
    fn code(&self, version: Version) -> Result<u8, EncodeError> {
        let code = match version {
            Version::V5 if self.reason.is_allowed_in(PacketType::ConnAck) => {
                Some(self.reason.as_u8())
            }
            Version::V5 => None,
            Version::V3_1 | Version::V3_1_1 => self.reason.return_code(),
        };
        code.ok_or(EncodeError::ReasonCodeNotAllowed {
            packet_type: PacketType::ConnAck,
            reason: self.reason,
        })
    }

    fn judge(&self, version: Version) -> Result<(), EncodeError> {
        if self.session_present && self.reason != ReasonCode::SUCCESS {
            return Err(EncodeError::SessionPresentWithError);
        }
        if self.session_present && version == Version::V3_1 {
            return Err(EncodeError::NotInVersion {
                version,
                what: "Session Present",
            });
        }
        if !version.is_5() && !self.properties.is_empty() {
            return Err(EncodeError::NotInVersion {
                version,
                what: "properties",
            });
        }
        let has = |id| self.properties.contains(id);
        if has(PropertyId::AUTHENTICATION_DATA) && !has(PropertyId::AUTHENTICATION_METHOD) {
            return Err(EncodeError::NoAuthenticationMethod);
        }
        Ok(())
    }
}

impl Encode for ConnAck<'_> {
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        if S::JUDGES {
            self.judge(version)?;
        }
        sink.byte(u8::from(self.session_present));
        sink.byte(self.code(version)?);
        if version.is_5() {
            value::block(&self.properties, sink)?;
        }
        Ok(())
    }
}

/// `CONNACK (s0, 0x87 Not authorized)`
impl fmt::Display for ConnAck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CONNACK (s{}, {:?})",
            u8::from(self.session_present),
            self.reason
        )
    }
}
