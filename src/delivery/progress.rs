use super::reply::{Kind, Reply};
use super::sender::{Request, Sender};
use super::slots::{Slots, State};
use crate::packet::{Ack, Packet, PacketId, PacketType, QoS, ReasonCode, Version};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind};

/// What an answer of the peer has brought about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the reply is to be sent"]
pub struct Progress<M> {
    /// What it meant; `None` for a packet that is none of a sender's.
    pub outcome: Option<Outcome<M>>,
    /// A PUBREL, to be sent at once.
    pub reply: Option<Reply>,
}

/// What an answer of the peer meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome<M> {
    /// PUBACK, PUBCOMP or a PUBREC of 0x80 and above: the exchange is over and
    /// its identifier free.
    Delivered {
        /// The identifier that it had.
        packet_id: PacketId,
        /// The message; `None` when it was given back before, or when nothing
        /// but the identifier was restored.
        message: Option<M>,
        /// How the peer took it, in MQTT 5: from 0x80 on it did not.
        reason: ReasonCode,
    },
    /// The first PUBREC: the message is the peer's now, and PUBREL goes out
    /// with `reply` or, behind those of an earlier connection, with
    /// [`transmit`](Sender::transmit). A log has to know before it does.
    Released {
        /// The identifier.
        packet_id: PacketId,
    },
    /// A PUBREC once more.
    Repeated {
        /// The identifier.
        packet_id: PacketId,
    },
    /// SUBACK or UNSUBACK: the identifier is free.
    Answered {
        /// The identifier that the request had.
        packet_id: PacketId,
        /// What was asked.
        request: Request,
    },
    /// Nothing awaits an answer under this identifier; nothing has changed.
    Unknown {
        /// The identifier.
        packet_id: PacketId,
    },
}

impl<M> Progress<M> {
    /// The message whose exchange is over, and how the peer took it.
    pub fn delivered(self) -> Option<(M, ReasonCode)> {
        match self.outcome {
            Some(Outcome::Delivered {
                message: Some(message),
                reason,
                ..
            }) => Some((message, reason)),
            _ => None,
        }
    }

    #[inline(always)]
    const fn new(outcome: Outcome<M>, reply: Option<Reply>) -> Self {
        Self {
            outcome: Some(outcome),
            reply,
        }
    }
}

impl<M, S: Slots<M>> Sender<M, S> {
    /// Takes a PUBACK, PUBREC, PUBCOMP, SUBACK or UNSUBACK; any other packet
    /// changes nothing.
    ///
    /// | the identifier is of | PUBACK | PUBREC | PUBREC >= 0x80 | PUBCOMP | SUBACK, UNSUBACK |
    /// | --- | --- | --- | --- | --- | --- |
    /// | a PUBLISH of QoS 1 | over | error | error | error | error |
    /// | a PUBLISH of QoS 2 | error | released, PUBREL | over | error | error |
    /// | a PUBREL | error | PUBREL again | PUBREL again | over | error |
    /// | a SUBSCRIBE, UNSUBSCRIBE | error | error | error | error | answered, if its own |
    /// | nothing | unknown | unknown, PUBREL | unknown | unknown | unknown |
    ///
    /// PUBREL for an unknown identifier bears 0x92 in MQTT 5. It lets a peer
    /// forget an identifier that nobody else remembers.
    ///
    /// # Errors
    /// The answer belongs to another kind of exchange. Nothing has changed.
    #[inline]
    pub fn receive(&mut self, packet: &Packet<'_>) -> Result<Progress<M>, ProtocolError> {
        self.receive_and(packet, |message| message)
    }

    /// As [`receive`](Self::receive), giving back what `give` makes of a message.
    #[inline]
    pub(crate) fn receive_and<N>(
        &mut self,
        packet: &Packet<'_>,
        give: impl FnOnce(M) -> N,
    ) -> Result<Progress<N>, ProtocolError> {
        match packet {
            Packet::PubAck(ack) => self.puback(ack, give),
            Packet::PubRec(ack) => self.pubrec(ack, give),
            Packet::PubComp(ack) => self.pubcomp(ack, give),
            Packet::SubAck(suback) => self.answered(suback.packet_id, Request::Subscribe),
            Packet::UnsubAck(unsuback) => self.answered(unsuback.packet_id, Request::Unsubscribe),
            _ => Ok(Progress {
                outcome: None,
                reply: None,
            }),
        }
    }

    /// Takes a PUBACK, as [`receive`](Self::receive) does.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn receive_puback(&mut self, ack: &Ack<'_>) -> Result<Progress<M>, ProtocolError> {
        self.puback(ack, |message| message)
    }

    /// Takes a PUBREC, as [`receive`](Self::receive) does.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn receive_pubrec(&mut self, ack: &Ack<'_>) -> Result<Progress<M>, ProtocolError> {
        self.pubrec(ack, |message| message)
    }

    /// Takes a PUBCOMP, as [`receive`](Self::receive) does.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn receive_pubcomp(&mut self, ack: &Ack<'_>) -> Result<Progress<M>, ProtocolError> {
        self.pubcomp(ack, |message| message)
    }

    /// [MQTT-4.3.2-3] QoS 1 is unacknowledged until this.
    #[inline]
    fn puback<N>(
        &mut self,
        ack: &Ack<'_>,
        give: impl FnOnce(M) -> N,
    ) -> Result<Progress<N>, ProtocolError> {
        let slots = self.slots.slots_mut();
        let (core, id) = (&mut self.core, ack.packet_id);
        match core.places.find(slots, id).map(|slot| slot.state) {
            Some(State::Published {
                qos: QoS::AtLeastOnce,
                sent,
            }) => Ok(self.over(id, sent, ack.reason, give)),
            // A number that was never sent is nobody's.
            None | Some(State::Pending(_)) => Ok(unknown(id)),
            Some(_) => Err(self.wrong(PacketType::PubAck)),
        }
    }

    #[inline]
    fn pubrec<N>(
        &mut self,
        ack: &Ack<'_>,
        give: impl FnOnce(M) -> N,
    ) -> Result<Progress<N>, ProtocolError> {
        let slots = self.slots.slots_mut();
        let (core, id) = (&mut self.core, ack.packet_id);
        match core.places.find(slots, id).map(|slot| slot.state) {
            Some(State::Published {
                qos: QoS::ExactlyOnce,
                sent,
            }) => {
                // [5.0/MQTT-4.4.0-2] From 0x80 on it is an end, as PUBACK is.
                if ack.reason.is_error() {
                    return Ok(self.over(id, sent, ack.reason, give));
                }
                core.unlink(slots, id);
                if !sent {
                    core.occupied = core.occupied.saturating_add(1);
                }
                // [MQTT-4.3.3-4] PUBREL, behind those that have yet to be sent again.
                let at_once = core.release(slots, id, ack.reason, true);
                Ok(Progress::new(
                    Outcome::Released { packet_id: id },
                    at_once.then(|| pubrel(id, ReasonCode::SUCCESS)),
                ))
            }
            // Its PUBREL is lost or on its way, unless it has yet to be sent.
            Some(State::Released { sent, .. }) => Ok(Progress::new(
                Outcome::Repeated { packet_id: id },
                sent.then(|| pubrel(id, ReasonCode::SUCCESS)),
            )),
            None | Some(State::Pending(_)) if ack.reason.is_error() => Ok(unknown(id)),
            None | Some(State::Pending(_)) => {
                let reason = match core.version {
                    Version::V5 => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
                    Version::V3_1 | Version::V3_1_1 => ReasonCode::SUCCESS,
                };
                Ok(Progress::new(
                    Outcome::Unknown { packet_id: id },
                    Some(pubrel(id, reason)),
                ))
            }
            Some(_) => Err(self.wrong(PacketType::PubRec)),
        }
    }

    /// [MQTT-4.3.3-5] A PUBREL is unacknowledged until this.
    #[inline]
    fn pubcomp<N>(
        &mut self,
        ack: &Ack<'_>,
        give: impl FnOnce(M) -> N,
    ) -> Result<Progress<N>, ProtocolError> {
        let slots = self.slots.slots_mut();
        let (core, id) = (&mut self.core, ack.packet_id);
        match core.places.find(slots, id).map(|slot| slot.state) {
            Some(State::Released { reason, .. }) => {
                core.vacate(true);
                let message = core.complete(slots, id);
                // The PUBREC says more, unless the peer had forgotten it.
                let reason = if ack.reason.is_error() {
                    ack.reason
                } else {
                    reason
                };
                Ok(delivered(id, message.map(give), reason))
            }
            None | Some(State::Pending(_)) => Ok(unknown(id)),
            Some(_) => Err(self.wrong(PacketType::PubComp)),
        }
    }

    fn answered<N>(&mut self, id: PacketId, asked: Request) -> Result<Progress<N>, ProtocolError> {
        let slots = self.slots.slots_mut();
        match self.core.places.find(slots, id).map(|slot| slot.state) {
            Some(State::Requested(request)) if request == asked => {
                self.core.end_request(slots, id);
                Ok(Progress::new(
                    Outcome::Answered {
                        packet_id: id,
                        request,
                    },
                    None,
                ))
            }
            None | Some(State::Pending(_)) => Ok(unknown(id)),
            Some(_) => Err(self.wrong(match asked {
                Request::Subscribe => PacketType::SubAck,
                Request::Unsubscribe => PacketType::UnsubAck,
            })),
        }
    }

    /// Ends the exchange of an outbound PUBLISH.
    #[inline]
    fn over<N>(
        &mut self,
        id: PacketId,
        occupied: bool,
        reason: ReasonCode,
        give: impl FnOnce(M) -> N,
    ) -> Progress<N> {
        let slots = self.slots.slots_mut();
        self.core.vacate(occupied);
        delivered(id, self.core.finish(slots, id).map(give), reason)
    }

    #[cold]
    const fn wrong(&self, packet_type: PacketType) -> ProtocolError {
        ProtocolError::new(
            ProtocolErrorKind::WrongExchange,
            packet_type,
            self.core.version,
        )
    }
}

#[inline(always)]
const fn delivered<M>(id: PacketId, message: Option<M>, reason: ReasonCode) -> Progress<M> {
    Progress::new(
        Outcome::Delivered {
            packet_id: id,
            message,
            reason,
        },
        None,
    )
}

const fn unknown<M>(packet_id: PacketId) -> Progress<M> {
    Progress::new(Outcome::Unknown { packet_id }, None)
}

#[inline(always)]
const fn pubrel(id: PacketId, reason: ReasonCode) -> Reply {
    Reply::new(Kind::Rel, id, reason)
}
