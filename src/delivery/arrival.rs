use super::answer::{Arrived, answer};
use super::circle::Link;
use super::marks::{Mark, Marks, State};
use super::receipt::Receipt;
use super::receiver::{Core, Receiver};
use super::reply::{Kind, Reply};
use crate::packet::{Delivery, Packet, PacketId, PacketType, QoS, ReasonCode, Version};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind};

impl<S: Marks> Receiver<S> {
    /// Takes a PUBLISH or PUBREL; any other packet changes nothing.
    ///
    /// | the identifier is | PUBLISH of its QoS | PUBLISH of the other QoS | PUBREL |
    /// | --- | --- | --- | --- |
    /// | unknown | new | new | PUBCOMP 0x92 |
    /// | of QoS 1, open or due | ignored | 0x91 | error |
    /// | of QoS 2, open or due | ignored | 0x91 | forgotten, PUBCOMP |
    /// | of QoS 2, held | PUBREC again | 0x91 | forgotten, PUBCOMP |
    ///
    /// 0x91 is a PUBACK or PUBREC that bears it. In 3.1 and 3.1.1 it is an
    /// error instead, and PUBCOMP bears no reason.
    ///
    /// # Errors
    /// The peer breaks the rules of the exchange, or has more PUBLISHes
    /// unfinished than we take or have room for. Nothing has changed.
    #[inline(always)]
    pub fn receive(&mut self, packet: &Packet<'_>) -> Result<Arrived, ProtocolError> {
        match packet {
            Packet::Publish(publish) => self.receive_publish(publish.delivery),
            Packet::PubRel(ack) => self.receive_pubrel(ack.packet_id),
            _ => Ok(Arrived::NOTHING),
        }
    }

    /// Takes a PUBLISH, as [`receive`](Self::receive) does.
    ///
    /// # Errors
    /// As there.
    #[inline(always)]
    pub fn receive_publish(&mut self, delivery: Delivery) -> Result<Arrived, ProtocolError> {
        // [3.1.1/MQTT-3.3.4-1] [5.0/MQTT-3.3.4-1] [3.1.1/MQTT-4.5.0-2] [5.0/MQTT-4.5.0-2]
        // QoS 0 has no answer, and all else has one, whoever asked for it.
        let Some(id) = delivery.packet_id() else {
            return Ok(Arrived {
                is_new: true,
                ..Arrived::NOTHING
            });
        };
        match self.core.table.find(self.marks.marks(), id) {
            None => self.first(id, delivery.qos()),
            Some(link) => self.repeated(link, id, delivery.qos()),
        }
    }

    /// An identifier that is not in use is recorded before anybody hears of
    /// the message.
    #[inline(always)]
    fn first(&mut self, id: PacketId, qos: QoS) -> Result<Arrived, ProtocolError> {
        if self.core.table.used() >= self.core.free_below {
            self.make_room()?;
        }
        let core = &mut self.core;
        core.serial = core.serial.next();
        let open = State::Open(qos);
        let marks = self.marks.marks_mut();
        let Some(link) = core.table.insert(marks, id, open, core.serial) else {
            return Ok(Arrived::NOTHING);
        };
        Ok(Arrived {
            is_new: true,
            receipt: Some(Receipt {
                packet_id: id,
                qos,
                serial: core.serial,
                link,
            }),
            reply: None,
        })
    }

    /// Grows if it must and can.
    #[cold]
    fn make_room(&mut self) -> Result<(), ProtocolError> {
        let core = &mut self.core;
        if core.is_full() || !core.table.has_room(&mut self.marks) {
            let kind = ProtocolErrorKind::ReceiveMaximumExceeded;
            return Err(core.error(kind, PacketType::Publish));
        }
        core.measure(self.marks.marks().len());
        Ok(())
    }

    /// The identifier of an unfinished PUBLISH.
    #[cold]
    fn repeated(&mut self, link: Link, id: PacketId, qos: QoS) -> Result<Arrived, ProtocolError> {
        let marks = self.marks.marks_mut();
        let core = &mut self.core;
        let Some(mark) = link.get_mut(marks) else {
            return Ok(Arrived::NOTHING);
        };
        match mark.state {
            State::Open(of) if of == qos => Ok(Arrived::NOTHING),
            // The first time on this connection: it is in its turn again.
            State::OpenBefore(of) if of == qos => {
                core.count(marks.len());
                core.table.enqueue(marks, link);
                link.set(marks, State::Open(qos));
                Ok(Arrived::NOTHING)
            }
            State::PubAckDue(_) if qos == QoS::AtLeastOnce => Ok(Arrived::NOTHING),
            State::PubRecDue(_) if qos == QoS::ExactlyOnce => Ok(Arrived::NOTHING),
            // [MQTT-4.3.3-10] PUBREC again and no second delivery; in its turn.
            State::Held(reason) | State::HeldBefore(reason) if qos == QoS::ExactlyOnce => {
                if mark.state == State::HeldBefore(reason) {
                    core.count(marks.len());
                }
                if core.table.is_any_queued(marks) {
                    core.table.enqueue(marks, link);
                    link.set(marks, State::PubRecDue(reason));
                    return Ok(Arrived::NOTHING);
                }
                link.set(marks, State::Held(reason));
                if reason.is_error() {
                    core.forget(marks, link);
                }
                Ok(Arrived::reply(answer(qos, id, reason)))
            }
            _ if core.version == Version::V5 => {
                let reason = ReasonCode::PACKET_IDENTIFIER_IN_USE;
                Ok(Arrived::reply(answer(qos, id, reason)))
            }
            _ => Err(core.error(ProtocolErrorKind::PacketIdInUse, PacketType::Publish)),
        }
    }

    /// Takes a PUBREL, as [`receive`](Self::receive) does.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn receive_pubrel(&mut self, id: PacketId) -> Result<Arrived, ProtocolError> {
        // [3.1.1/MQTT-4.3.3-2] [5.0/MQTT-4.3.3-12] The identifier is free, [5.0/MQTT-4.3.3-13] and
        // whether the message has expired plays no part.
        // [MQTT-4.3.3-11] It is answered by PUBCOMP, known or not.
        let marks = self.marks.marks_mut();
        let core = &mut self.core;
        let mut reason = ReasonCode::SUCCESS;
        match core.table.find(marks, id) {
            Some(link) => match link.get(marks).map(|mark| mark.state) {
                // As it mostly is: neither queued nor of an earlier connection.
                Some(State::Held(_)) => core.table.remove(marks, link, id),
                _ => core.give_up(marks, link)?,
            },
            None if core.version == Version::V5 => {
                reason = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
            }
            None => {}
        }
        Ok(Arrived::reply(Reply::new(Kind::Comp, id, reason)))
    }
}

impl Core {
    /// A PUBREL for an identifier whose PUBREC was not sent on this connection.
    #[inline(never)]
    fn give_up(&mut self, marks: &mut [Mark], link: Link) -> Result<(), ProtocolError> {
        if !link.get(marks).is_some_and(Mark::is_exactly_once) {
            return Err(self.error(ProtocolErrorKind::WrongExchange, PacketType::PubRel));
        }
        self.forget(marks, link);
        Ok(())
    }

    #[cold]
    const fn error(&self, kind: ProtocolErrorKind, packet_type: PacketType) -> ProtocolError {
        ProtocolError::new(kind, packet_type, self.version)
    }
}
