use core::{fmt, num::NonZeroU16};

use super::packet_type::{DUP, PacketType};

/// Quality of Service (4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum QoS {
    /// 0: at most once, fire and forget.
    #[default]
    AtMostOnce,
    /// 1: at least once, acknowledged by PUBACK.
    AtLeastOnce,
    /// 2: exactly once, by PUBREC, PUBREL and PUBCOMP.
    ExactlyOnce,
}

impl QoS {
    /// The level as a number; `None` above 2.
    #[inline]
    pub const fn from_u8(level: u8) -> Option<Self> {
        match level {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }

    /// 0, 1 or 2.
    #[inline]
    pub const fn as_u8(self) -> u8 {
        match self {
            Self::AtMostOnce => 0,
            Self::AtLeastOnce => 1,
            Self::ExactlyOnce => 2,
        }
    }
}

/// A Packet Identifier (2.3.1 in 3.1.1, 2.2.1 in 5): 1 to 65,535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct PacketId(NonZeroU16);

impl PacketId {
    /// `None` for 0, which no packet may bear.
    #[inline]
    pub const fn new(id: u16) -> Option<Self> {
        match NonZeroU16::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// 1 to 65,535.
    #[inline]
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl From<NonZeroU16> for PacketId {
    fn from(id: NonZeroU16) -> Self {
        Self(id)
    }
}

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a PUBLISH is delivered: its QoS, and what only QoS 1 and 2 have (3.3.1, 3.3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Delivery {
    /// QoS 0: no Packet Identifier, never a duplicate.
    #[default]
    AtMostOnce,
    /// QoS 1.
    AtLeastOnce {
        /// The identifier that the PUBACK will bear.
        packet_id: PacketId,
        /// True when this may be a re-delivery.
        dup: bool,
    },
    /// QoS 2.
    ExactlyOnce {
        /// The identifier that the whole exchange bears.
        packet_id: PacketId,
        /// True when this may be a re-delivery.
        dup: bool,
    },
}

impl Delivery {
    /// The Quality of Service.
    #[inline]
    pub const fn qos(self) -> QoS {
        match self {
            Self::AtMostOnce => QoS::AtMostOnce,
            Self::AtLeastOnce { .. } => QoS::AtLeastOnce,
            Self::ExactlyOnce { .. } => QoS::ExactlyOnce,
        }
    }

    /// The Packet Identifier; `None` at QoS 0.
    #[inline]
    pub const fn packet_id(self) -> Option<PacketId> {
        match self {
            Self::AtMostOnce => None,
            Self::AtLeastOnce { packet_id, .. } | Self::ExactlyOnce { packet_id, .. } => {
                Some(packet_id)
            }
        }
    }

    /// The DUP flag; false at QoS 0.
    #[inline]
    pub const fn dup(self) -> bool {
        match self {
            Self::AtMostOnce => false,
            Self::AtLeastOnce { dup, .. } | Self::ExactlyOnce { dup, .. } => dup,
        }
    }

    /// The first byte of the PUBLISH (3.3.1).
    #[inline(always)]
    pub(crate) const fn first_byte(self, retain: bool) -> u8 {
        let mut first = PacketType::Publish.first_byte() | self.qos().as_u8() << 1;
        if self.dup() {
            first |= DUP;
        }
        if retain {
            first |= 1;
        }
        first
    }
}
