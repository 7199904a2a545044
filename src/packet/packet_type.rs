use core::fmt;

use super::{Role, Version};

/// The fifteen kinds of MQTT Control Packet (2.1.2 in 5, 2.2.1 in 3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum PacketType {
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    Unsubscribe = 10,
    UnsubAck = 11,
    PingReq = 12,
    PingResp = 13,
    Disconnect = 14,
    /// MQTT 5 alone.
    Auth = 15,
}

impl PacketType {
    /// The type in the upper four bits of a packet's first byte; `None` for 0, which is forbidden.
    #[inline(always)]
    pub const fn from_first_byte(first: u8) -> Option<Self> {
        Some(match first >> 4 {
            1 => Self::Connect,
            2 => Self::ConnAck,
            3 => Self::Publish,
            4 => Self::PubAck,
            5 => Self::PubRec,
            6 => Self::PubRel,
            7 => Self::PubComp,
            8 => Self::Subscribe,
            9 => Self::SubAck,
            10 => Self::Unsubscribe,
            11 => Self::UnsubAck,
            12 => Self::PingReq,
            13 => Self::PingResp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// The number of the type: 1 to 15.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminants are the standard's numbers"
    )]
    #[inline(always)]
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// A bit of its own, for sets of types.
    pub(crate) const fn bit(self) -> u16 {
        1 << self.as_u8()
    }

    /// The first byte of a packet of this type with the flags the standard prescribes; PUBLISH with none set.
    #[inline(always)]
    pub(crate) const fn first_byte(self) -> u8 {
        // [3.1.1/MQTT-2.2.2-1]
        let flags = match self {
            // [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1]
            Self::PubRel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            _ => 0,
        };
        self.as_u8() << 4 | flags
    }

    /// The flags of a first byte that may differ from the prescribed ones: DUP where 3.1 has it.
    /// PUBLISH has rules of its own.
    pub(crate) const fn free_flags(self, version: Version) -> u8 {
        match (self, version) {
            (Self::PubRel | Self::Subscribe | Self::Unsubscribe, Version::V3_1) => DUP,
            _ => 0,
        }
    }

    /// True when packets of this type have no body but this one: its length in bytes.
    pub(crate) const fn fixed_length(self, version: Version) -> Option<usize> {
        match self {
            Self::PingReq | Self::PingResp => Some(0),
            _ if version.is_5() => None,
            Self::ConnAck
            | Self::PubAck
            | Self::PubRec
            | Self::PubRel
            | Self::PubComp
            | Self::UnsubAck => Some(2),
            Self::Disconnect => Some(0),
            _ => None,
        }
    }

    /// The set of types that may come: CONNECT alone while the version is not known.
    pub(crate) const fn expected(version: Option<Version>, sender: Option<Role>) -> u16 {
        let Some(version) = version else {
            return Self::Connect.bit();
        };
        let mut expected = 0;
        let mut number: u8 = 1;
        while number <= 15 {
            if let Some(packet_type) = Self::from_first_byte(number << 4) {
                let may_come = match sender {
                    Some(sender) => packet_type.is_sent_by(sender, version),
                    None => version.is_5() || !matches!(packet_type, Self::Auth),
                };
                if may_come {
                    expected |= packet_type.bit();
                }
            }
            number = number.saturating_add(1);
        }
        expected
    }

    /// True when `role` may send packets of this type.
    pub(crate) const fn is_sent_by(self, role: Role, version: Version) -> bool {
        match role {
            Role::Client => self.is_from_client(version),
            Role::Server => self.is_from_server(version),
        }
    }

    const fn is_from_client(self, version: Version) -> bool {
        !matches!(
            self,
            Self::ConnAck | Self::SubAck | Self::UnsubAck | Self::PingResp
        ) && (version.is_5() || !matches!(self, Self::Auth))
    }

    const fn is_from_server(self, version: Version) -> bool {
        !matches!(
            self,
            Self::Connect | Self::Subscribe | Self::Unsubscribe | Self::PingReq
        ) && (version.is_5() || !matches!(self, Self::Auth | Self::Disconnect))
    }

    /// The standard's spelling: `CONNACK`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }
}

/// Bit 3 of a first byte: this may be a re-delivery.
pub(crate) const DUP: u8 = 0b1000;

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
