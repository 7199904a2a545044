use super::answer::{Answer, Arrived, answer};
use super::marks::{Link, Mark, Marks, State, Table};
use super::receipt::{Receipt, Serial};
use super::reply::{Kind, Reply};
use crate::packet::{Delivery, Packet, PacketId, PacketType, QoS, ReasonCode, Version};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind};

/// The receiver of QoS 1 and 2 messages (4.3.2, 4.3.3) on `S`, a `Vec` of
/// [`Mark`]s or an array of them. It keeps identifiers alone.
///
/// A PUBLISH that is new comes with a [`Receipt`]. Until that is redeemed, its
/// identifier is *open*: a repeat brings no second receipt and no answer.
/// Answers go out in the order of arrival, whatever the order in which
/// receipts are redeemed [MQTT-4.6.0-2] [MQTT-4.6.0-3]: one that is held back
/// holds back the others.
///
/// Open PUBLISHes, and all others of this connection that are not finished,
/// count against our own Receive Maximum.
///
/// Equality passes over the receipts: two receivers are equal when they
/// answer the peer alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Receiver<S> {
    core: Core,
    marks: S,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Core {
    pub(super) table: Table,
    version: Version,
    /// Ours: as many as `counted` may be.
    receive_maximum: u16,
    /// All but those held from an earlier connection.
    pub(super) counted: u16,
    serial: Serial,
}

impl<S: Marks> Receiver<S> {
    /// A receiver that knows no identifier; what `marks` held is gone.
    pub fn new(mut marks: S) -> Self {
        Self {
            core: Core {
                table: Table::new(marks.marks_mut()),
                version: Version::V5,
                receive_maximum: u16::MAX,
                counted: 0,
                serial: Serial::FIRST,
            },
            marks,
        }
    }

    /// A connection is there, of a session that goes on. Identifiers of QoS 2
    /// stay, open ones with their receipts; QoS 1 ends, and its receipts are
    /// stale. Where the peer has lost the session call [`clear`](Self::clear)
    /// before.
    ///
    /// `receive_maximum` is what we announced. 3.1 and 3.1.1 know none:
    /// 65,535 lets everything in that storage has room for.
    pub fn connected(&mut self, version: Version, receive_maximum: u16) {
        self.core.disconnected(self.marks.marks_mut());
        self.core.version = version;
        self.core.receive_maximum = receive_maximum;
    }

    /// The connection is gone: as [`connected`](Self::connected), for those
    /// who want to give up the receipts of QoS 1 early.
    pub fn disconnected(&mut self) {
        self.core.disconnected(self.marks.marks_mut());
    }

    /// The session is over: forgets every identifier; all receipts are stale.
    pub fn clear(&mut self) {
        self.core.table = Table::new(self.marks.marks_mut());
        self.core.counted = 0;
        self.core.serial = self.core.serial.next();
    }

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
    #[inline]
    pub fn receive(&mut self, packet: &Packet<'_>) -> Result<Arrived, ProtocolError> {
        match packet {
            Packet::Publish(publish) => self.receive_publish(publish.delivery),
            Packet::PubRel(ack) => self.receive_pubrel(ack.packet_id),
            _ => Ok(Arrived::NOTHING),
        }
    }

    /// The message is processed, and the application's own: its PUBACK or
    /// PUBREC goes out when its turn comes. `false` for a stale receipt.
    #[inline]
    pub fn acknowledge(&mut self, receipt: Receipt) -> bool {
        self.refuse(receipt, ReasonCode::SUCCESS)
    }

    /// As [`acknowledge`](Self::acknowledge), with a reason for MQTT 5. From
    /// 0x80 on the message is refused, and its identifier free
    /// [MQTT-4.3.3-9]. 3.1 and 3.1.1 cannot refuse: they acknowledge.
    ///
    /// A reason that PUBACK does not bear becomes Unspecified error, or
    /// Success if it is below 0x80.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "a receipt is redeemed once")]
    pub fn refuse(&mut self, receipt: Receipt, reason: ReasonCode) -> bool {
        let marks = self.marks.marks_mut();
        let reason = self.core.sayable(reason);
        let Some(mark) = self.core.table.get_mut(marks, receipt.link) else {
            return false;
        };
        if !mark.is_open_for(&receipt) {
            return false;
        }
        mark.state = match mark.state {
            // It comes again, and then is answered.
            State::Open { here: false, .. } => {
                self.core.counted = self.core.counted.saturating_sub(1);
                State::Held {
                    reason,
                    here: false,
                }
            }
            _ => State::Due {
                qos: receipt.qos,
                reason,
            },
        };
        true
    }

    /// The receipt of an open identifier once more, for an application that
    /// has lost it. Of two that are out for one PUBLISH the first to be
    /// redeemed counts, and the other is stale.
    pub fn receipt(&self, packet_id: PacketId) -> Option<Receipt> {
        let marks = self.marks.marks();
        let link = self.core.table.find(marks, packet_id)?;
        let mark = self.core.table.get(marks, link)?;
        match mark.state {
            State::Open { qos, .. } => Some(Receipt {
                packet_id,
                qos,
                serial: mark.serial,
                link,
            }),
            _ => None,
        }
    }

    /// True while redeeming the receipt would do something.
    pub fn is_open(&self, receipt: &Receipt) -> bool {
        let mark = self.core.table.get(self.marks.marks(), receipt.link);
        mark.is_some_and(|mark| mark.is_open_for(receipt))
    }

    /// True when no identifier is known.
    pub const fn is_empty(&self) -> bool {
        self.core.table.used() == 0
    }

    /// True when an unfinished PUBLISH has this identifier.
    ///
    /// A SUBSCRIBE or UNSUBSCRIBE with it is answered with 0x91 in MQTT 5.
    pub fn is_in_use(&self, id: PacketId) -> bool {
        self.core.table.find(self.marks.marks(), id).is_some()
    }

    /// Whether [`transmit`](Self::transmit) has something.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        let mark = self
            .core
            .table
            .get(self.marks.marks(), self.core.table.first());
        mark.is_some_and(|mark| matches!(mark.state, State::Due { .. }))
    }

    /// The answer whose turn it is, if its receipt is redeemed.
    #[inline]
    pub fn transmit(&mut self) -> Option<Answer<'_>> {
        let marks = self.marks.marks_mut();
        let link = self.core.table.first();
        let mark = self.core.table.get(marks, link)?;
        match (mark.state, mark.id) {
            (State::Due { qos, reason }, Some(id)) => Some(Answer {
                core: &mut self.core,
                marks,
                link,
                qos,
                id,
                reason,
            }),
            _ => None,
        }
    }

    /// The identifiers that a save has to hold: those of QoS 2 whose receipts
    /// are redeemed. An open one is none of them: after a restart the peer
    /// repeats its PUBLISH, and the message is delivered again rather than never.
    pub fn entries(&self) -> impl Iterator<Item = PacketId> + '_ {
        self.marks.marks().iter().filter_map(|mark| {
            let kept = match mark.state {
                State::Held { reason, .. } => !reason.is_error(),
                State::Due { qos, reason } => qos == QoS::ExactlyOnce && !reason.is_error(),
                State::Free | State::Open { .. } => false,
            };
            mark.id.filter(|_| kept)
        })
    }

    /// Takes up an identifier of an earlier life; `false` when it is known or
    /// there is no room for it.
    pub fn restore(&mut self, id: PacketId) -> bool {
        if self.core.table.find(self.marks.marks(), id).is_some() {
            return false;
        }
        let held = State::Held {
            reason: ReasonCode::SUCCESS,
            here: false,
        };
        let table = &mut self.core.table;
        let mark = table.insert(&mut self.marks, id, held, self.core.serial);
        mark.is_some()
    }

    /// Forgets an identifier without an answer; `false` when it is unknown.
    pub fn forget(&mut self, id: PacketId) -> bool {
        let marks = self.marks.marks_mut();
        match self.core.table.find(marks, id) {
            Some(link) => {
                self.core.forget(marks, link);
                true
            }
            None => false,
        }
    }

    /// Takes a PUBLISH, as [`receive`](Self::receive) does.
    ///
    /// # Errors
    /// As there.
    #[inline]
    pub fn receive_publish(&mut self, delivery: Delivery) -> Result<Arrived, ProtocolError> {
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
    #[inline]
    fn first(&mut self, id: PacketId, qos: QoS) -> Result<Arrived, ProtocolError> {
        let core = &mut self.core;
        // [5.0/MQTT-3.3.4-7] [5.0/MQTT-3.3.4-9] And of those that a peer holds
        // on to from connection to connection no more than twice as many.
        let all = core.receive_maximum.saturating_mul(2);
        if core.counted >= core.receive_maximum || core.table.used() >= all {
            return Err(core.error(
                ProtocolErrorKind::ReceiveMaximumExceeded,
                PacketType::Publish,
            ));
        }
        let open = State::Open { qos, here: true };
        let Some(link) = core.table.insert(&mut self.marks, id, open, core.serial) else {
            return Err(core.error(
                ProtocolErrorKind::ReceiveMaximumExceeded,
                PacketType::Publish,
            ));
        };
        core.table.enqueue(self.marks.marks_mut(), link);
        core.counted = core.counted.saturating_add(1);
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

    /// The identifier of an unfinished PUBLISH.
    fn repeated(&mut self, link: Link, id: PacketId, qos: QoS) -> Result<Arrived, ProtocolError> {
        let marks = self.marks.marks_mut();
        let core = &mut self.core;
        let first = core.table.first();
        let Some(mark) = core.table.get_mut(marks, link) else {
            return Ok(Arrived::NOTHING);
        };
        match mark.state {
            State::Open { qos: of, here } if of == qos => {
                if !here {
                    // The first time on this connection: it is in its turn again.
                    mark.state = State::Open { qos, here: true };
                    core.table.enqueue(marks, link);
                }
                Ok(Arrived::NOTHING)
            }
            State::Due { qos: of, .. } if of == qos => Ok(Arrived::NOTHING),
            // [MQTT-4.3.3-10] PUBREC again and no second delivery; in its turn.
            State::Held { reason, here } if qos == QoS::ExactlyOnce => {
                if !here {
                    core.counted = core.counted.saturating_add(1);
                }
                if first != Link::NONE {
                    mark.state = State::Due { qos, reason };
                    core.table.enqueue(marks, link);
                    return Ok(Arrived::NOTHING);
                }
                mark.state = State::Held { reason, here: true };
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
        // [MQTT-4.3.3-11] It is answered by PUBCOMP, known or not.
        let marks = self.marks.marks_mut();
        let core = &mut self.core;
        let mut reason = ReasonCode::SUCCESS;
        match core.table.find(marks, id) {
            Some(link) => {
                if !core
                    .table
                    .get(marks, link)
                    .is_some_and(Mark::is_exactly_once)
                {
                    return Err(core.error(ProtocolErrorKind::WrongExchange, PacketType::PubRel));
                }
                core.forget(marks, link);
            }
            None if core.version == Version::V5 => {
                reason = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
            }
            None => {}
        }
        Ok(Arrived::reply(Reply::new(Kind::Comp, id, reason)))
    }
}

impl Core {
    /// Ends what ends with a connection.
    fn disconnected(&mut self, marks: &mut [Mark]) {
        let mut unredeemed = false;
        let mut next = self.table.first();
        while let Some(mark) = self.table.get_mut(marks, next) {
            let (link, behind) = (next, mark.following());
            if mark.is_exactly_once() {
                next = behind;
                continue;
            }
            unredeemed |= matches!(mark.state, State::Open { .. });
            self.table.dequeue(marks, link);
            self.table.remove(marks, link);
            next = behind;
        }
        self.table.clear_queue(marks);
        if unredeemed {
            self.serial = self.serial.next();
        }
        self.counted = 0;
        for mark in marks.iter_mut() {
            mark.state = match mark.state {
                State::Open { qos, .. } => {
                    // Its PUBLISH is the first thing to come again.
                    self.counted = self.counted.saturating_add(1);
                    State::Open { qos, here: false }
                }
                State::Due { reason, .. } | State::Held { reason, .. } => State::Held {
                    reason,
                    here: false,
                },
                State::Free => State::Free,
            };
        }
    }

    /// Forgets an identifier, wherever its exchange stands.
    fn forget(&mut self, marks: &mut [Mark], link: Link) {
        let Some(mark) = self.table.get(marks, link) else {
            return;
        };
        let (queued, counted) = match mark.state {
            State::Open { here, .. } => {
                // The receipt is out, and the identifier may soon be another's.
                self.serial = self.serial.next();
                (here, true)
            }
            State::Due { .. } => (true, true),
            State::Held { here, .. } => (false, here),
            State::Free => return,
        };
        if queued {
            self.table.dequeue(marks, link);
        }
        if counted {
            self.counted = self.counted.saturating_sub(1);
        }
        self.table.remove(marks, link);
    }

    /// What PUBACK and PUBREC of this version can say.
    const fn sayable(&self, reason: ReasonCode) -> ReasonCode {
        match self.version {
            _ if reason.as_u8() == ReasonCode::SUCCESS.as_u8() => reason,
            Version::V5 if reason.is_allowed_in(PacketType::PubAck) => reason,
            Version::V5 if reason.is_error() => ReasonCode::UNSPECIFIED_ERROR,
            _ => ReasonCode::SUCCESS,
        }
    }

    #[cold]
    const fn error(&self, kind: ProtocolErrorKind, packet_type: PacketType) -> ProtocolError {
        ProtocolError::new(kind, packet_type, self.version)
    }
}
