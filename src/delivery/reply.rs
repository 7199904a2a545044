use core::fmt;

use crate::packet::{Ack, Packet, PacketId, PacketType, ReasonCode};

/// A PUBACK, PUBREC, PUBREL or PUBCOMP to be sent: as much as a session says
/// of it, in a fiftieth of a [`Packet`].
///
/// [`Encoder::encode`](crate::Encoder::encode) takes it as it takes a packet.
///
/// ```
/// use puremqtt::delivery::{Mark, Receiver};
/// use puremqtt::{Ack, Encoder, Packet, PacketId, Version};
///
/// let mut receiver = Receiver::new([Mark::EMPTY; 4]);
/// receiver.connected(Version::V5, u16::MAX);
/// let id = PacketId::new(9).ok_or("0 is no identifier")?;
/// let arrived = receiver.receive(&Packet::PubRel(Ack::new(id)))?;
/// let reply = arrived.reply.ok_or("a PUBCOMP")?;
///
/// let mut wire = Vec::new();
/// Encoder::new(Version::V5).encode(reply, &mut wire)?;
/// assert_eq!(wire, [0x70, 3, 0, 9, 0x92]); // the identifier was not found
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reply {
    kind: Kind,
    reason: ReasonCode,
    packet_id: PacketId,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Ack,
    Rec,
    Rel,
    Comp,
}

impl Reply {
    #[inline(always)]
    pub(super) const fn new(kind: Kind, packet_id: PacketId, reason: ReasonCode) -> Self {
        Self {
            kind,
            reason,
            packet_id,
        }
    }

    /// The identifier of the exchange.
    #[inline]
    pub const fn packet_id(&self) -> PacketId {
        self.packet_id
    }

    /// Success, or in MQTT 5 something else.
    #[inline]
    pub const fn reason(&self) -> ReasonCode {
        self.reason
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    #[inline]
    pub const fn packet_type(&self) -> PacketType {
        match self.kind {
            Kind::Ack => PacketType::PubAck,
            Kind::Rec => PacketType::PubRec,
            Kind::Rel => PacketType::PubRel,
            Kind::Comp => PacketType::PubComp,
        }
    }

    /// Whether it is a PUBREC that does not end the exchange.
    #[inline(always)]
    pub(super) const fn awaits_pubrel(&self) -> bool {
        matches!(self.kind, Kind::Rec) && !self.reason.is_error()
    }

    /// The packet.
    #[inline]
    pub const fn packet(self) -> Packet<'static> {
        let mut ack = Ack::new(self.packet_id);
        ack.reason = self.reason;
        match self.kind {
            Kind::Ack => Packet::PubAck(ack),
            Kind::Rec => Packet::PubRec(ack),
            Kind::Rel => Packet::PubRel(ack),
            Kind::Comp => Packet::PubComp(ack),
        }
    }
}

impl From<Reply> for Packet<'_> {
    #[inline]
    fn from(reply: Reply) -> Self {
        reply.packet()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.packet(), f)
    }
}
