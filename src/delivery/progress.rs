use super::places;
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

impl<M> Outcome<M> {
    /// The same with what `give` has for the message.
    #[cfg(feature = "alloc")]
    pub(crate) fn map<N>(self, give: impl FnOnce(M) -> Option<N>) -> Outcome<N> {
        match self {
            Self::Delivered {
                packet_id,
                message,
                reason,
            } => Outcome::Delivered {
                packet_id,
                message: message.and_then(give),
                reason,
            },
            Self::Released { packet_id } => Outcome::Released { packet_id },
            Self::Repeated { packet_id } => Outcome::Repeated { packet_id },
            Self::Answered { packet_id, request } => Outcome::Answered { packet_id, request },
            Self::Unknown { packet_id } => Outcome::Unknown { packet_id },
        }
    }
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
    #[inline(always)]
    pub fn receive(&mut self, packet: &Packet<'_>) -> Result<Progress<M>, ProtocolError> {
        match packet {
            Packet::PubAck(ack) => self.puback(ack.packet_id, ack.reason),
            Packet::PubRec(ack) => self.pubrec(ack.packet_id, ack.reason),
            Packet::PubComp(ack) => self.pubcomp(ack.packet_id, ack.reason),
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
    #[inline(always)]
    pub fn receive_puback(&mut self, ack: &Ack<'_>) -> Result<Progress<M>, ProtocolError> {
        self.puback(ack.packet_id, ack.reason)
    }

    /// Takes a PUBREC, as [`receive`](Self::receive) does.
    ///
    /// # Errors
    /// As there.
    #[inline(always)]
    pub fn receive_pubrec(&mut self, ack: &Ack<'_>) -> Result<Progress<M>, ProtocolError> {
        self.pubrec(ack.packet_id, ack.reason)
    }

    /// Takes a PUBCOMP, as [`receive`](Self::receive) does.
    ///
    /// # Errors
    /// As there.
    #[inline(always)]
    pub fn receive_pubcomp(&mut self, ack: &Ack<'_>) -> Result<Progress<M>, ProtocolError> {
        self.pubcomp(ack.packet_id, ack.reason)
    }

    #[inline(always)]
    fn puback(&mut self, id: PacketId, given: ReasonCode) -> Result<Progress<M>, ProtocolError> {
        match self.acknowledged(id) {
            Some(message) => Ok(delivered(id, message, given)),
            None => self.puback_closely(id, given),
        }
    }

    /// A PUBACK, if it ends an exchange of this connection: its message.
    ///
    /// [MQTT-4.3.2-3] QoS 1 is unacknowledged until this.
    #[inline(always)]
    pub(crate) fn acknowledged(&mut self, id: PacketId) -> Option<Option<M>> {
        let slots = self.slots.slots_mut();
        // [3.1.1/MQTT-2.3.1-3] Until then the identifier is held; [3.1.1/MQTT-3.10.4-3]
        // [5.0/MQTT-3.10.4-3] whether the subscription still exists plays no part.
        let sent = State::Published(QoS::AtLeastOnce);
        if places::state(slots, id) != sent {
            return None;
        }
        Some(self.core.finish(slots, id, sent))
    }

    /// As [`puback`](Self::puback), of anything but the usual.
    #[inline(never)]
    pub(crate) fn puback_closely(
        &mut self,
        id: PacketId,
        given: ReasonCode,
    ) -> Result<Progress<M>, ProtocolError> {
        let slots = self.slots.slots_mut();
        let state = places::state(slots, id);
        match state {
            State::Unsent(QoS::AtLeastOnce) => {
                let message = self.core.finish_any(slots, id, state);
                Ok(delivered(id, message, given))
            }
            // A number that was never sent is nobody's.
            State::Free | State::Pending(_) => Ok(unknown(id)),
            _ => Err(self.wrong(PacketType::PubAck)),
        }
    }

    #[inline(always)]
    fn pubrec(&mut self, id: PacketId, given: ReasonCode) -> Result<Progress<M>, ProtocolError> {
        match self.released(id, given) {
            Some(reply) => Ok(Progress::new(Outcome::Released { packet_id: id }, reply)),
            None => self.pubrec_closely(id, given),
        }
    }

    /// A PUBREC, if it releases a PUBLISH of this connection: the PUBREL, if
    /// that is due at once.
    ///
    /// [MQTT-4.3.3-4] PUBREL, behind those that have yet to be sent again.
    #[inline(always)]
    pub(crate) fn released(&mut self, id: PacketId, given: ReasonCode) -> Option<Option<Reply>> {
        let slots = self.slots.slots_mut();
        let sent = State::Published(QoS::ExactlyOnce);
        if places::state(slots, id) != sent || given.is_error() {
            return None;
        }
        // [3.1.1/MQTT-4.3.3-1] [5.0/MQTT-4.3.3-3] [5.0/MQTT-4.3.3-6] Released, it is no
        // PUBLISH to be sent again.
        let at_once = self.core.release(slots, id, sent, given);
        Some(at_once.then(|| pubrel(id, ReasonCode::SUCCESS)))
    }

    /// As [`pubrec`](Self::pubrec), of anything but the usual.
    #[inline(never)]
    pub(crate) fn pubrec_closely(
        &mut self,
        id: PacketId,
        given: ReasonCode,
    ) -> Result<Progress<M>, ProtocolError> {
        let slots = self.slots.slots_mut();
        let core = &mut self.core;
        let state = places::state(slots, id);
        match state {
            State::Published(QoS::ExactlyOnce) | State::Unsent(QoS::ExactlyOnce) => {
                // [5.0/MQTT-4.4.0-2] From 0x80 on it is an end, as PUBACK is.
                if given.is_error() {
                    let message = core.finish_any(slots, id, state);
                    return Ok(delivered(id, message, given));
                }
                let at_once = core.release(slots, id, state, given);
                Ok(Progress::new(
                    Outcome::Released { packet_id: id },
                    at_once.then(|| pubrel(id, ReasonCode::SUCCESS)),
                ))
            }
            // Its PUBREL is lost or on its way.
            State::Released(_) => Ok(Progress::new(
                Outcome::Repeated { packet_id: id },
                Some(pubrel(id, ReasonCode::SUCCESS)),
            )),
            State::Unreleased(_) => Ok(Progress::new(Outcome::Repeated { packet_id: id }, None)),
            State::Free | State::Pending(_) if given.is_error() => Ok(unknown(id)),
            State::Free | State::Pending(_) => {
                let reason = match core.version {
                    Version::V5 => ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
                    Version::V3_1 | Version::V3_1_1 => ReasonCode::SUCCESS,
                };
                Ok(Progress::new(
                    Outcome::Unknown { packet_id: id },
                    Some(pubrel(id, reason)),
                ))
            }
            _ => Err(self.wrong(PacketType::PubRec)),
        }
    }

    #[inline(always)]
    fn pubcomp(&mut self, id: PacketId, given: ReasonCode) -> Result<Progress<M>, ProtocolError> {
        match self.completed(id, given) {
            Some((message, reason)) => Ok(delivered(id, message, reason)),
            None => self.pubcomp_closely(id),
        }
    }

    /// A PUBCOMP, if it ends an exchange: its message, and how the peer took it.
    ///
    /// [MQTT-4.3.3-5] A PUBREL is unacknowledged until this.
    #[inline(always)]
    pub(crate) fn completed(
        &mut self,
        id: PacketId,
        given: ReasonCode,
    ) -> Option<(Option<M>, ReasonCode)> {
        let slots = self.slots.slots_mut();
        let (State::Released(reason) | State::Unreleased(reason)) = places::state(slots, id) else {
            return None;
        };
        let message = self.core.finish(slots, id, State::Released(reason));
        // The PUBREC says more, unless the peer had forgotten it.
        let reason = if given.is_error() { given } else { reason };
        Some((message, reason))
    }

    /// As [`pubcomp`](Self::pubcomp), of anything but the usual.
    #[inline(never)]
    pub(crate) fn pubcomp_closely(&mut self, id: PacketId) -> Result<Progress<M>, ProtocolError> {
        match places::state(self.slots.slots(), id) {
            State::Free | State::Pending(_) => Ok(unknown(id)),
            _ => Err(self.wrong(PacketType::PubComp)),
        }
    }

    #[inline(never)]
    pub(crate) fn answered(
        &mut self,
        id: PacketId,
        asked: Request,
    ) -> Result<Progress<M>, ProtocolError> {
        let slots = self.slots.slots_mut();
        match places::state(slots, id) {
            State::Requested(request) if request == asked => {
                self.core.places.end_request(slots, id);
                Ok(Progress::new(
                    Outcome::Answered {
                        packet_id: id,
                        request,
                    },
                    None,
                ))
            }
            State::Free | State::Pending(_) => Ok(unknown(id)),
            _ => Err(self.wrong(match asked {
                Request::Subscribe => PacketType::SubAck,
                Request::Unsubscribe => PacketType::UnsubAck,
            })),
        }
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
