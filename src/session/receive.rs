use super::events::{Incoming, Taken};
use super::queue::Link;
use super::state::Session;
use crate::delivery::{Arrived, Outcome, Progress, Request};
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
        // What is passed on is small, and in registers.
        match packet {
            Packet::Publish(publish) => self.receive_publish(publish.delivery),
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
            None => {
                let progress = self.sender.puback_closely(id, reason)?;
                Ok(self.taken(progress))
            }
        }
    }

    #[inline(never)]
    fn receive_pubrec(
        &mut self,
        id: PacketId,
        reason: ReasonCode,
    ) -> Result<Taken<M>, ProtocolError> {
        match self.sender.released(id, reason) {
            Some(reply) => Ok(Taken::released(id, reply)),
            None => {
                let progress = self.sender.pubrec_closely(id, reason)?;
                Ok(self.taken(progress))
            }
        }
    }

    #[inline(never)]
    fn receive_pubcomp(
        &mut self,
        id: PacketId,
        reason: ReasonCode,
    ) -> Result<Taken<M>, ProtocolError> {
        match self.sender.completed(id, reason) {
            Some((link, reason)) => Ok(self.delivered(id, link, reason)),
            None => {
                let progress = self.sender.pubcomp_closely(id)?;
                Ok(self.taken(progress))
            }
        }
    }

    #[inline(never)]
    fn answered(&mut self, id: PacketId, request: Request) -> Result<Taken<M>, ProtocolError> {
        let progress = self.sender.answered(id, request)?;
        Ok(self.taken(progress))
    }

    /// An exchange is over.
    #[inline(always)]
    fn delivered(&mut self, id: PacketId, link: Option<Link>, reason: ReasonCode) -> Taken<M> {
        Taken {
            incoming: Some(Incoming::Answer(Outcome::Delivered {
                packet_id: id,
                message: link.and_then(|link| self.queue.take(link)),
                reason,
            })),
            reply: None,
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
