use core::fmt;

use crate::delivery::{Reply, Request};
use crate::packet::{Ack, Delivery, List, Packet, PacketId, ReasonCode, SubAck, Version};

/// A packet to be sent at once, without a decision of the application's.
///
/// [`Encoder::encode`](crate::Encoder::encode) takes it as it takes a packet.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Response(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Exchange(Reply),
    PingReq,
    PingResp,
    /// MQTT 5: the identifier of a request is in use, for each of its filters.
    InUse {
        packet_id: PacketId,
        request: Request,
        filters: u16,
    },
    /// MQTT 5: the identifier of a PUBLISH is in use.
    PubAckInUse(PacketId),
    PubRecInUse(PacketId),
}

/// As many as one refusal can say.
static IN_USE: [u8; 256] = [ReasonCode::PACKET_IDENTIFIER_IN_USE.as_u8(); 256];

impl Response {
    pub(super) const PING_REQ: Self = Self(Kind::PingReq);
    pub(super) const PING_RESP: Self = Self(Kind::PingResp);

    /// `None` for more filters than one refusal can answer.
    pub(super) fn in_use(packet_id: PacketId, request: Request, filters: u32) -> Option<Self> {
        let filters = u16::try_from(filters).ok()?;
        let fits = usize::from(filters) <= IN_USE.len();
        fits.then_some(Self(Kind::InUse {
            packet_id,
            request,
            filters,
        }))
    }

    /// `None` at QoS 0.
    pub(super) const fn clash(delivery: Delivery) -> Option<Self> {
        match delivery {
            Delivery::AtMostOnce => None,
            Delivery::AtLeastOnce { packet_id, .. } => Some(Self(Kind::PubAckInUse(packet_id))),
            Delivery::ExactlyOnce { packet_id, .. } => Some(Self(Kind::PubRecInUse(packet_id))),
        }
    }

    /// The packet.
    #[inline]
    pub fn packet(self) -> Packet<'static> {
        match self.0 {
            Kind::Exchange(reply) => reply.packet(),
            Kind::PingReq => Packet::PingReq,
            Kind::PingResp => Packet::PingResp,
            Kind::PubAckInUse(packet_id) => Packet::PubAck(in_use(packet_id)),
            Kind::PubRecInUse(packet_id) => Packet::PubRec(in_use(packet_id)),
            Kind::InUse {
                packet_id,
                request,
                filters,
            } => {
                let codes = IN_USE.get(..usize::from(filters)).unwrap_or_default();
                let answer = SubAck::new(packet_id, List::wire(codes, Version::V5));
                match request {
                    Request::Subscribe => Packet::SubAck(answer),
                    Request::Unsubscribe => Packet::UnsubAck(answer),
                }
            }
        }
    }
}

fn in_use(packet_id: PacketId) -> Ack<'static> {
    Ack {
        reason: ReasonCode::PACKET_IDENTIFIER_IN_USE,
        ..Ack::new(packet_id)
    }
}

impl From<Reply> for Response {
    #[inline]
    fn from(reply: Reply) -> Self {
        Self(Kind::Exchange(reply))
    }
}

impl From<Response> for Packet<'_> {
    #[inline]
    fn from(response: Response) -> Self {
        response.packet()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.packet(), f)
    }
}
