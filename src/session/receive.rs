use super::events::{Incoming, Taken};
use super::queue::Link;
use super::state::Session;
use crate::delivery::{Arrived, Progress, Request};
use crate::packet::{Delivery, Packet, PacketId, ReasonCode};
use crate::protocol_error::ProtocolError;

impl<M> Session<M> {
    /// Takes what the peer has sent: a PUBLISH, an acknowledgement, a SUBACK
    /// or UNSUBACK. Other packets change nothing.
    ///
    /// The tables are those of
    /// [`Sender::receive`](crate::delivery::Sender::receive) and
    /// [`Receiver::receive`](crate::delivery::Receiver::receive).
    ///
    /// # Errors
    /// The peer breaks the rules of an exchange. Nothing has changed.
    #[inline(always)]
    pub fn receive(&mut self, packet: &Packet<'_>) -> Result<Taken<M>, ProtocolError> {
        if let Packet::Publish(publish) = packet {
            return self.receive_publish(publish.delivery);
        }
        // What is passed on is small, and in registers.
        match packet {
            Packet::PubRel(ack) => self.receive_pubrel(ack.packet_id),
            Packet::PubAck(ack) => self.receive_puback(ack.packet_id, ack.reason),
            Packet::PubRec(ack) => self.receive_pubrec(ack.packet_id, ack.reason),
            Packet::PubComp(ack) => self.receive_pubcomp(ack.packet_id, ack.reason),
            Packet::SubAck(suback) => self.answered(suback.packet_id, Request::Subscribe),
            Packet::UnsubAck(suback) => self.answered(suback.packet_id, Request::Unsubscribe),
            _ => Ok(Taken::NOTHING),
        }
    }

    #[inline(always)]
    fn receive_publish(&mut self, delivery: Delivery) -> Result<Taken<M>, ProtocolError> {
        self.arrived(delivery).map(Taken::arrived)
    }

    /// As [`receive`](Self::receive) of a PUBLISH.
    #[inline]
    pub(crate) fn arrived(&mut self, delivery: Delivery) -> Result<Arrived, ProtocolError> {
        self.receiver.receive_publish(delivery)
    }

    #[inline(never)]
    fn receive_pubrel(&mut self, id: PacketId) -> Result<Taken<M>, ProtocolError> {
        self.pubrel(id).map(Taken::arrived)
    }

    /// As [`receive`](Self::receive) of a PUBREL.
    #[inline]
    pub(crate) fn pubrel(&mut self, id: PacketId) -> Result<Arrived, ProtocolError> {
        self.receiver.receive_pubrel(id)
    }

    #[inline(never)]
    fn receive_puback(
        &mut self,
        id: PacketId,
        reason: ReasonCode,
    ) -> Result<Taken<M>, ProtocolError> {
        match self.sender.acknowledged(id) {
            Some(link) => Ok(self.delivered(id, link, reason)),
            None => self.puback_closely(id, reason),
        }
    }

    #[inline(never)]
    fn puback_closely(
        &mut self,
        id: PacketId,
        reason: ReasonCode,
    ) -> Result<Taken<M>, ProtocolError> {
        let progress = self.sender.puback_closely(id, reason)?;
        Ok(self.taken(progress))
    }

    #[inline(never)]
    fn receive_pubrec(
        &mut self,
        id: PacketId,
        reason: ReasonCode,
    ) -> Result<Taken<M>, ProtocolError> {
        match self.sender.released(id, reason) {
            Some(reply) => Ok(Taken::released(id, reply)),
            None => self.pubrec_closely(id, reason),
        }
    }

    #[inline(never)]
    fn pubrec_closely(
        &mut self,
        id: PacketId,
        reason: ReasonCode,
    ) -> Result<Taken<M>, ProtocolError> {
        let progress = self.sender.pubrec_closely(id, reason)?;
        Ok(self.taken(progress))
    }

    #[inline(never)]
    fn receive_pubcomp(
        &mut self,
        id: PacketId,
        reason: ReasonCode,
    ) -> Result<Taken<M>, ProtocolError> {
        match self.sender.completed(id, reason) {
            Some((link, reason)) => Ok(self.delivered(id, link, reason)),
            None => self.pubcomp_closely(id),
        }
    }

    #[inline(never)]
    fn pubcomp_closely(&mut self, id: PacketId) -> Result<Taken<M>, ProtocolError> {
        let progress = self.sender.pubcomp_closely(id)?;
        Ok(self.taken(progress))
    }

    #[inline(never)]
    fn answered(&mut self, id: PacketId, request: Request) -> Result<Taken<M>, ProtocolError> {
        let progress = self.sender.answered(id, request)?;
        Ok(self.taken(progress))
    }

    /// An exchange is over.
    #[inline(always)]
    fn delivered(&mut self, id: PacketId, link: Option<Link>, reason: ReasonCode) -> Taken<M> {
        // A message may be large: from its place it goes straight into the result.
        match link.and_then(|link| self.queue.finish(link)) {
            Some(place) => Taken::delivered(id, place.take(), reason),
            None => Taken::delivered(id, None, reason),
        }
    }

    /// The same progress with the message in place of where it is.
    #[inline(never)]
    fn taken(&mut self, progress: Progress<Link>) -> Taken<M> {
        let Progress { outcome, reply } = progress;
        let outcome = outcome.map(|outcome| outcome.map(|link| self.queue.take(link)));
        Taken {
            incoming: outcome.map(Incoming::Answer),
            reply,
        }
    }
}
