use super::circle::Link;
use super::marks::{Mark, State};
use super::receipt::Receipt;
use super::receiver::Core;
use super::reply::{Kind, Reply};
use crate::packet::{PacketId, QoS, ReasonCode};

/// What a PUBLISH or PUBREL has brought about.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a PUBLISH with a receipt is to be answered, and a reply to be sent"]
pub struct Arrived {
    /// True for a PUBLISH that is to be handled: one of QoS 0, or a new one.
    pub is_new: bool,
    /// The duty to answer it, at QoS 1 and 2.
    pub receipt: Option<Receipt>,
    /// A PUBCOMP, a repeated PUBREC or a refusal, to be sent at once.
    pub reply: Option<Reply>,
}

impl Arrived {
    pub(super) const NOTHING: Self = Self {
        is_new: false,
        receipt: None,
        reply: None,
    };

    #[inline(always)]
    pub(super) const fn reply(reply: Reply) -> Self {
        Self {
            is_new: false,
            receipt: None,
            reply: Some(reply),
        }
    }
}

/// A PUBACK or PUBREC whose turn it is, held out until it is
/// [`sent`](Self::sent). Dropping it changes nothing.
#[derive(Debug)]
#[must_use = "nothing is sent before `sent()`"]
pub struct Answer<'t> {
    pub(super) core: &'t mut Core,
    pub(super) marks: &'t mut [Mark],
    pub(super) due: DueAnswer,
}

/// An [`Answer`] without the receiver whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueAnswer {
    pub(super) link: Link,
    pub(super) reply: Reply,
}

impl DueAnswer {
    /// What to encode.
    #[inline(always)]
    pub(crate) const fn reply(self) -> Reply {
        self.reply
    }
}

impl Answer<'_> {
    /// What to encode.
    #[inline]
    pub const fn reply(&self) -> Reply {
        self.due.reply
    }

    /// It is encoded: a PUBACK or a refusal ends the exchange, a PUBREC awaits PUBREL.
    #[inline]
    pub fn sent(self) {
        self.core.answered(self.marks, self.due);
    }
}

impl Core {
    /// An answer is sent.
    #[inline(always)]
    pub(super) fn answered(&mut self, marks: &mut [Mark], due: DueAnswer) {
        let DueAnswer { link, reply } = due;
        self.table.dequeue(marks, link);
        if reply.awaits_pubrel() {
            link.set(marks, State::Held(reply.reason()));
        } else {
            // [MQTT-4.3.2-5] [MQTT-4.3.3-9] What comes with the identifier is new.
            self.table.remove(marks, link, reply.packet_id());
        }
    }
}

/// The answer to a PUBLISH of QoS 1 or 2.
#[inline(always)]
pub(super) const fn answer(qos: QoS, id: PacketId, reason: ReasonCode) -> Reply {
    // [3.1.1/MQTT-2.3.1-6] [3.1.1/MQTT-4.3.2-2] [5.0/MQTT-2.2.1-5] [5.0/MQTT-4.3.2-4]
    // [5.0/MQTT-4.3.3-8] With the identifier that came in.
    let kind = match qos {
        QoS::ExactlyOnce => Kind::Rec,
        QoS::AtMostOnce | QoS::AtLeastOnce => Kind::Ack,
    };
    Reply::new(kind, id, reason)
}
