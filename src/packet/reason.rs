use core::fmt;

use super::{PacketType, QoS, Version};

/// A Reason Code of MQTT 5 (2.4), which also stands for the return codes of
/// 3.1 and 3.1.1; below 0x80 is success.
///
/// A number has the meaning of the packet that bears it: 0x00 is Success,
/// Normal disconnection and Granted QoS 0. Any byte can be held; decoding and
/// encoding let through only what the packet may bear.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct ReasonCode(u8);

macro_rules! reason_codes {
    ($($code:literal $constant:ident $name:literal: $($packet:ident)*;)*) => {
        impl ReasonCode {
            $(
                #[doc = concat!("0x", stringify!($code), ": ", $name, ".")]
                pub const $constant: Self = Self($code);
            )*

            /// The standard's name, `None` where it has none.
            ///
            /// 0x00 is "Success": see [`ReasonCode::NORMAL_DISCONNECTION`]
            /// and [`ReasonCode::GRANTED_QOS_0`] for its other meanings.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some($name),)*
                    _ => None,
                }
            }

            /// The packets that may bear the code (table 2-6): a bit for each type.
            const fn bearers(self) -> u16 {
                match self.0 {
                    $($code => 0 $(| PacketType::$packet.bit())*,)*
                    _ => 0,
                }
            }
        }
    };
}

reason_codes! {
    0x00 SUCCESS "Success": ConnAck PubAck PubRec PubRel PubComp SubAck UnsubAck Disconnect Auth;
    0x01 GRANTED_QOS_1 "Granted QoS 1": SubAck;
    0x02 GRANTED_QOS_2 "Granted QoS 2": SubAck;
    0x04 DISCONNECT_WITH_WILL_MESSAGE "Disconnect with Will Message": Disconnect;
    0x10 NO_MATCHING_SUBSCRIBERS "No matching subscribers": PubAck PubRec;
    0x11 NO_SUBSCRIPTION_EXISTED "No subscription existed": UnsubAck;
    0x18 CONTINUE_AUTHENTICATION "Continue authentication": Auth;
    0x19 RE_AUTHENTICATE "Re-authenticate": Auth;
    0x80 UNSPECIFIED_ERROR "Unspecified error": ConnAck PubAck PubRec SubAck UnsubAck Disconnect;
    0x81 MALFORMED_PACKET "Malformed Packet": ConnAck Disconnect;
    0x82 PROTOCOL_ERROR "Protocol Error": ConnAck Disconnect;
    0x83 IMPLEMENTATION_SPECIFIC_ERROR "Implementation specific error":
        ConnAck PubAck PubRec SubAck UnsubAck Disconnect;
    0x84 UNSUPPORTED_PROTOCOL_VERSION "Unsupported Protocol Version": ConnAck;
    0x85 CLIENT_IDENTIFIER_NOT_VALID "Client Identifier not valid": ConnAck;
    0x86 BAD_USER_NAME_OR_PASSWORD "Bad User Name or Password": ConnAck;
    0x87 NOT_AUTHORIZED "Not authorized": ConnAck PubAck PubRec SubAck UnsubAck Disconnect;
    0x88 SERVER_UNAVAILABLE "Server unavailable": ConnAck;
    0x89 SERVER_BUSY "Server busy": ConnAck Disconnect;
    0x8a BANNED "Banned": ConnAck;
    0x8b SERVER_SHUTTING_DOWN "Server shutting down": Disconnect;
    0x8c BAD_AUTHENTICATION_METHOD "Bad authentication method": ConnAck Disconnect;
    0x8d KEEP_ALIVE_TIMEOUT "Keep Alive timeout": Disconnect;
    0x8e SESSION_TAKEN_OVER "Session taken over": Disconnect;
    0x8f TOPIC_FILTER_INVALID "Topic Filter invalid": SubAck UnsubAck Disconnect;
    0x90 TOPIC_NAME_INVALID "Topic Name invalid": ConnAck PubAck PubRec Disconnect;
    0x91 PACKET_IDENTIFIER_IN_USE "Packet Identifier in use": PubAck PubRec SubAck UnsubAck;
    0x92 PACKET_IDENTIFIER_NOT_FOUND "Packet Identifier not found": PubRel PubComp;
    0x93 RECEIVE_MAXIMUM_EXCEEDED "Receive Maximum exceeded": Disconnect;
    0x94 TOPIC_ALIAS_INVALID "Topic Alias invalid": Disconnect;
    0x95 PACKET_TOO_LARGE "Packet too large": ConnAck Disconnect;
    0x96 MESSAGE_RATE_TOO_HIGH "Message rate too high": Disconnect;
    0x97 QUOTA_EXCEEDED "Quota exceeded": ConnAck PubAck PubRec SubAck Disconnect;
    0x98 ADMINISTRATIVE_ACTION "Administrative action": Disconnect;
    0x99 PAYLOAD_FORMAT_INVALID "Payload format invalid": ConnAck PubAck PubRec Disconnect;
    0x9a RETAIN_NOT_SUPPORTED "Retain not supported": ConnAck Disconnect;
    0x9b QOS_NOT_SUPPORTED "QoS not supported": ConnAck Disconnect;
    0x9c USE_ANOTHER_SERVER "Use another server": ConnAck Disconnect;
    0x9d SERVER_MOVED "Server moved": ConnAck Disconnect;
    0x9e SHARED_SUBSCRIPTIONS_NOT_SUPPORTED "Shared Subscriptions not supported": SubAck Disconnect;
    0x9f CONNECTION_RATE_EXCEEDED "Connection rate exceeded": ConnAck Disconnect;
    0xa0 MAXIMUM_CONNECT_TIME "Maximum connect time": Disconnect;
    0xa1 SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED "Subscription Identifiers not supported": SubAck Disconnect;
    0xa2 WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED "Wildcard Subscriptions not supported": SubAck Disconnect;
}

impl ReasonCode {
    /// 0x00 in DISCONNECT: Normal disconnection.
    pub const NORMAL_DISCONNECTION: Self = Self::SUCCESS;
    /// 0x00 in SUBACK: Granted QoS 0.
    pub const GRANTED_QOS_0: Self = Self::SUCCESS;

    /// Any byte; no judgement which packet may bear it.
    #[inline]
    pub const fn from_u8(code: u8) -> Self {
        Self(code)
    }

    /// The byte.
    #[inline]
    pub const fn as_u8(self) -> u8 {
        self.0
    }

    /// True from 0x80: what was asked for did not happen.
    #[inline]
    pub const fn is_error(self) -> bool {
        self.0 >= 0x80
    }

    /// The SUBACK code that grants `qos`.
    #[inline]
    pub const fn granted(qos: QoS) -> Self {
        Self(qos.as_u8())
    }

    /// True when a packet of this type may bear the code in MQTT 5 (table 2-6).
    #[inline]
    pub const fn is_allowed_in(self, packet_type: PacketType) -> bool {
        self.bearers() & packet_type.bit() != 0
    }

    /// The meaning of a CONNACK return code of 3.1 and 3.1.1; `None` for 6 and above, which are reserved.
    pub const fn from_return_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::SUCCESS),
            1 => Some(Self::UNSUPPORTED_PROTOCOL_VERSION),
            2 => Some(Self::CLIENT_IDENTIFIER_NOT_VALID),
            3 => Some(Self::SERVER_UNAVAILABLE),
            4 => Some(Self::BAD_USER_NAME_OR_PASSWORD),
            5 => Some(Self::NOT_AUTHORIZED),
            _ => None,
        }
    }

    /// The CONNACK return code of 3.1 and 3.1.1 with this meaning, `None` where there is none.
    pub const fn return_code(self) -> Option<u8> {
        match self {
            Self::SUCCESS => Some(0),
            Self::UNSUPPORTED_PROTOCOL_VERSION => Some(1),
            Self::CLIENT_IDENTIFIER_NOT_VALID => Some(2),
            Self::SERVER_UNAVAILABLE => Some(3),
            Self::BAD_USER_NAME_OR_PASSWORD => Some(4),
            Self::NOT_AUTHORIZED => Some(5),
            _ => None,
        }
    }

    /// True when a SUBACK of `version` may bear the code: 3.1 has no failure, 3.1.1 has one.
    pub(crate) const fn is_suback_code(self, version: Version) -> bool {
        match version {
            Version::V3_1 => self.0 <= 2,
            Version::V3_1_1 => self.0 <= 2 || self.0 == 0x80,
            Version::V5 => self.is_allowed_in(PacketType::SubAck),
        }
    }

    /// The SUBACK code nearest to this one that `version` has.
    pub(crate) const fn folded_for_suback(self, version: Version) -> Self {
        match version {
            Version::V3_1 if self.is_error() => Self::GRANTED_QOS_0,
            Version::V3_1_1 if self.is_error() => Self::UNSPECIFIED_ERROR,
            _ => self,
        }
    }
}

impl From<u8> for ReasonCode {
    fn from(code: u8) -> Self {
        Self(code)
    }
}

impl From<ReasonCode> for u8 {
    fn from(code: ReasonCode) -> Self {
        code.0
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or("Unknown reason"))
    }
}

impl fmt::Debug for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#04x} {self}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_six_return_codes_of_3_1_1_map_both_ways() {
        for code in 0..=u8::MAX {
            let reason = ReasonCode::from_return_code(code);
            assert_eq!(reason.is_some(), code < 6, "{code}");
            assert_eq!(
                reason.and_then(ReasonCode::return_code),
                reason.map(|_| code)
            );
        }
    }

    #[test]
    fn each_packet_has_as_many_codes_as_the_standard_gives_it() {
        let count = |packet| {
            (0..=u8::MAX)
                .filter(|&code| ReasonCode(code).is_allowed_in(packet))
                .count()
        };
        // Rows of the reason code tables of 3.2.2.2, 3.4.2.1, 3.5.2.1, 3.6.2.1,
        // 3.7.2.1, 3.9.3, 3.11.3, 3.14.2.1 (and 0x8C by table 2-6), 3.15.2.1.
        let expected = [
            (PacketType::ConnAck, 22),
            (PacketType::PubAck, 9),
            (PacketType::PubRec, 9),
            (PacketType::PubRel, 2),
            (PacketType::PubComp, 2),
            (PacketType::SubAck, 12),
            (PacketType::UnsubAck, 7),
            (PacketType::Disconnect, 30),
            (PacketType::Auth, 3),
            (PacketType::Publish, 0),
        ];
        for (packet, codes) in expected {
            assert_eq!(count(packet), codes, "{packet}");
        }
    }
}
