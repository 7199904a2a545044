use core::hash::{Hash, Hasher};

use super::circle::Link;
use crate::packet::{PacketId, QoS};

/// The duty to answer one PUBLISH of QoS 1 or 2.
///
/// Redeem it with [`acknowledge`](super::Receiver::acknowledge) or
/// [`refuse`](super::Receiver::refuse) of the receiver it comes from, whenever
/// and on whatever thread the message is processed. One whose exchange is gone
/// is stale: redeeming it does nothing. One of QoS 1 goes stale with its
/// connection. Dropping it leaves the PUBLISH without an answer.
///
/// Two are equal when they are of the same identifier and QoS, of which one
/// may be stale.
#[derive(Debug, PartialEq, Eq, Hash)]
#[must_use = "the PUBLISH is not answered before the receipt is redeemed"]
pub struct Receipt {
    pub(super) packet_id: PacketId,
    pub(super) qos: QoS,
    pub(super) serial: Serial,
    /// Where the identifier is kept as long as it is open.
    pub(super) link: Link,
}

impl Receipt {
    /// The identifier of the PUBLISH.
    pub const fn packet_id(&self) -> PacketId {
        self.packet_id
    }

    /// QoS 1 or 2.
    pub const fn qos(&self) -> QoS {
        self.qos
    }
}

/// Tells exchanges with the same identifier apart: counts the messages that
/// came. Wraps after 4,294,967,296 of them.
///
/// Serials never make a difference between two values that are otherwise
/// equal, so equality and hashing pass over them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Serial(u32);

impl Serial {
    pub(super) const FIRST: Self = Self(0);

    pub(super) const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    pub(super) const fn is(self, other: Self) -> bool {
        self.0 == other.0
    }
}

impl PartialEq for Serial {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Serial {}

impl Hash for Serial {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
