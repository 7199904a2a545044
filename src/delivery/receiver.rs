use core::hash::{Hash, Hasher};

use super::answer::{Answer, DueAnswer};
use super::circle::Link;
use super::marks::{Mark, Marks, State};
use super::receipt::{Receipt, Serial};
use super::reply::{Kind, Reply};
use super::table::Table;
use crate::packet::{PacketId, PacketType, QoS, ReasonCode, Version};

/// The receiver of QoS 1 and 2 messages (4.3.2, 4.3.3) on `S`, a `Vec` of
/// [`Mark`]s or an array of them. It keeps identifiers alone.
///
/// A PUBLISH that is new comes with a [`Receipt`]. Until that is redeemed, its
/// identifier is *open*: a repeat brings no second receipt and no answer.
/// Answers go out in the order of arrival, whatever the order in which
/// receipts are redeemed [MQTT-4.6.0-2] [MQTT-4.6.0-3]: one that is held back
/// holds back the others.
///
/// The PUBLISHes of this connection that are not finished, open ones included,
/// count against our own Receive Maximum.
///
/// Equality passes over the receipts: two receivers are equal when they
/// answer the peer alike.
#[derive(Clone, Debug)]
pub struct Receiver<S> {
    pub(super) core: Core,
    pub(super) marks: S,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Core {
    pub(super) table: Table,
    pub(super) version: Version,
    /// Ours: as many as there may be of this connection.
    receive_maximum: u16,
    /// The most that any connection was allowed since the table was empty.
    most: u16,
    /// Both together: as many as there may be of all.
    limit: u16,
    /// Those that do not count: of earlier connections.
    before: u16,
    /// Follows from these and the storage: with fewer identifiers there is
    /// room for one more.
    pub(super) free_below: u16,
    /// Of the message that came last.
    pub(super) serial: Serial,
}

impl<S: Marks> Receiver<S> {
    /// A receiver that knows no identifier; what `marks` held is gone.
    pub fn new(mut marks: S) -> Self {
        marks.trim();
        let mut core = Core {
            table: Table::new(marks.marks_mut()),
            version: Version::V5,
            receive_maximum: u16::MAX,
            most: 0,
            limit: u16::MAX,
            before: 0,
            free_below: 0,
            serial: Serial::FIRST,
        };
        core.measure(marks.marks().len());
        Self { core, marks }
    }

    /// A connection is there, of a session that goes on. Identifiers of QoS 2
    /// stay, open ones with their receipts; QoS 1 ends, and its receipts are
    /// stale. Where the peer has lost the session call [`clear`](Self::clear)
    /// before.
    ///
    /// `receive_maximum` is what we announced. 3.1 and 3.1.1 know none:
    /// 65,535 lets everything in that storage has room for.
    pub fn connected(&mut self, version: Version, receive_maximum: u16) {
        let (core, marks) = (&mut self.core, self.marks.marks_mut());
        core.disconnected(marks);
        core.version = version;
        core.receive_maximum = receive_maximum;
        if core.table.used() == 0 {
            core.most = 0;
        }
        core.allow(receive_maximum, marks.len());
        for mark in marks {
            if let State::HeldBefore(reason) = &mut mark.state {
                // The session may have been one of another version.
                *reason = core.sayable(*reason);
            }
        }
    }

    /// The connection is gone: as [`connected`](Self::connected), for those
    /// who want to give up the receipts of QoS 1 early.
    pub fn disconnected(&mut self) {
        self.core.disconnected(self.marks.marks_mut());
    }

    /// The session is over: forgets every identifier; all receipts are stale.
    pub fn clear(&mut self) {
        self.core.table = Table::new(self.marks.marks_mut());
        self.core.before = 0;
        self.core.measure(self.marks.marks().len());
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
        let mark = receipt.link.get_mut(marks);
        let Some(mark) = mark.filter(|mark| mark.is_whose(&receipt)) else {
            return false;
        };
        mark.state = match mark.state {
            State::Open(QoS::ExactlyOnce) => State::PubRecDue(reason),
            State::Open(_) => State::PubAckDue(reason),
            // It comes again, and then is answered.
            State::OpenBefore(_) => State::HeldBefore(reason),
            _ => return false,
        };
        true
    }

    /// The receipt of an open identifier once more, for an application that
    /// has lost it. Of two that are out for one PUBLISH the first to be
    /// redeemed counts, and the other is stale.
    pub fn receipt(&self, packet_id: PacketId) -> Option<Receipt> {
        let marks = self.marks.marks();
        let link = self.core.table.find(marks, packet_id)?;
        let mark = link.get(marks)?;
        match mark.state {
            State::Open(qos) | State::OpenBefore(qos) => Some(Receipt {
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
        let mark = receipt.link.get(self.marks.marks());
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

    /// The answer whose turn it is, if its receipt is redeemed.
    #[inline]
    pub fn transmit(&mut self) -> Option<Answer<'_>> {
        let due = self.due()?;
        Some(Answer {
            core: &mut self.core,
            marks: self.marks.marks_mut(),
            due,
        })
    }

    /// What [`transmit`](Self::transmit) yields.
    #[inline(always)]
    pub(crate) fn due(&self) -> Option<DueAnswer> {
        let link = self.core.table.first();
        let mark = link.get(self.marks.marks())?;
        let (kind, reason) = match mark.state {
            State::PubAckDue(reason) => (Kind::Ack, reason),
            State::PubRecDue(reason) => (Kind::Rec, reason),
            _ => return None,
        };
        let reply = Reply::new(kind, mark.id?, reason);
        Some(DueAnswer { link, reply })
    }

    /// What was [`due`](Self::due) is sent.
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(crate) fn answered(&mut self, due: DueAnswer) {
        self.core.answered(self.marks.marks_mut(), due);
    }
}

impl<S: Marks> Receiver<S> {
    fn identifiers(&self) -> impl Iterator<Item = (Option<PacketId>, State)> + '_ {
        self.core.table.identifiers(self.marks.marks())
    }
}

impl<S: Marks> PartialEq for Receiver<S> {
    fn eq(&self, other: &Self) -> bool {
        self.core == other.core && self.identifiers().eq(other.identifiers())
    }
}

impl<S: Marks> Eq for Receiver<S> {}

impl<S: Marks> Hash for Receiver<S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.core.hash(state);
        for identifier in self.identifiers() {
            identifier.hash(state);
        }
    }
}

impl Core {
    /// So many were allowed on a connection, or are here, in so many marks.
    pub(super) fn allow(&mut self, most: u16, marks: usize) {
        self.most = self.most.max(most);
        self.limit = self.most.saturating_add(self.receive_maximum);
        self.measure(marks);
    }

    /// Whether one more identifier is one too many.
    pub(super) const fn is_full(&self) -> bool {
        let counted = self.table.used().wrapping_sub(self.before);
        // [5.0/MQTT-3.3.4-7] [5.0/MQTT-3.3.4-9] And of those that a peer holds
        // on to from connection to connection no more than any was allowed.
        counted >= self.receive_maximum || self.table.used() >= self.limit
    }

    /// Works out where a closer look is due, with so many marks.
    pub(super) fn measure(&mut self, marks: usize) {
        let marks = u16::try_from(marks).unwrap_or(u16::MAX);
        let counting = self.receive_maximum.saturating_add(self.before);
        self.free_below = counting.min(self.limit).min(marks);
    }

    /// One of an earlier connection counts from now on, or is gone.
    pub(super) fn count(&mut self, marks: usize) {
        self.before = self.before.wrapping_sub(1);
        self.measure(marks);
    }

    /// One of an earlier connection is here.
    pub(super) fn restored(&mut self, marks: usize) {
        self.before = self.before.wrapping_add(1);
        self.allow(self.table.used(), marks);
    }

    /// Ends what ends with a connection.
    fn disconnected(&mut self, marks: &mut [Mark]) {
        self.table.for_each(marks, |table, marks, link, id| {
            if link.get(marks).is_some_and(|mark| !mark.is_exactly_once()) {
                table.remove_any(marks, link, id);
            }
        });
        self.table.clear_queue();
        self.before = self.table.used();
        self.measure(marks.len());
        for mark in marks.iter_mut() {
            mark.state = match mark.state {
                State::Open(qos) => State::OpenBefore(qos),
                State::PubRecDue(reason) | State::Held(reason) => State::HeldBefore(reason),
                other => other,
            };
        }
    }

    /// Forgets an identifier, wherever its exchange stands.
    #[inline]
    pub(super) fn forget(&mut self, marks: &mut [Mark], link: Link) {
        let Some(mark) = link.get(marks) else {
            return;
        };
        let Some(id) = mark.id else {
            return;
        };
        if matches!(mark.state, State::OpenBefore(_) | State::HeldBefore(_)) {
            self.count(marks.len());
        }
        self.table.remove_any(marks, link, id);
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
}
