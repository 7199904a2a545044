//! What the bytes of the input decide.

use std::time::Duration;

use puremqtt::{Limits, PacketId, QoS, ReasonCode};

/// The bytes that decide, of which there are as many zeros as needed.
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl Input<'_> {
    pub(crate) fn byte(&mut self) -> u8 {
        let (&byte, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        byte
    }

    pub(crate) fn id(&mut self) -> PacketId {
        PacketId::new(1 + u16::from(self.byte() % 6)).unwrap()
    }

    pub(crate) fn qos(&mut self) -> QoS {
        QoS::from_u8(self.byte() % 3).unwrap()
    }

    pub(crate) fn reason(&mut self) -> ReasonCode {
        ReasonCode::from_u8(self.byte())
    }

    /// Small, large or not at all related to what came before.
    pub(crate) fn time(&mut self, now: Duration) -> Duration {
        let seconds = u64::from(self.byte());
        match seconds {
            0 => Duration::ZERO,
            255 => Duration::MAX,
            200.. => Duration::from_secs(seconds << 40),
            _ => now.saturating_add(Duration::from_millis(seconds * 250)),
        }
    }
}

/// What one connection is to be like.
pub(crate) fn limits(byte: u8) -> Limits {
    Limits {
        receive_maximum: (1 + u16::from(byte & 3)).try_into().unwrap(),
        maximum_packet_size: (byte & 4 != 0).then(|| 40.try_into().unwrap()),
        topic_alias_maximum: u16::from(byte >> 3 & 1),
        maximum_qos: QoS::from_u8((byte >> 4 & 3).min(2)).unwrap(),
        retain_available: byte & 64 == 0,
        wildcard_subscription_available: byte & 128 == 0,
        subscription_identifier_available: byte & 128 == 0,
        shared_subscription_available: byte & 64 == 0,
    }
}
