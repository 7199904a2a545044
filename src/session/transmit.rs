use core::{num::NonZeroU16, time::Duration};

use super::kept::Kept;
use super::queue::Link;
use super::state::Session;
use crate::codec::Encoder;
use crate::delivery::{self, DueAnswer, Next, Outgoing};
use crate::message::Message;
use crate::packet::{EncodeError, Packet, PacketId, Publish, QoS};
use crate::wire::output::Output;

/// The next packet that is due, held out until it is [`sent`](Self::sent).
///
/// Encode what [`outgoing`](Self::outgoing) says and then call `sent`: until
/// then no identifier, quota or place in the order is spent. Dropping it
/// instead changes nothing; it comes again the next time.
#[derive(Debug)]
#[must_use = "nothing is sent before `sent()`"]
pub struct Transmit<'t, M> {
    pub(super) session: &'t mut Session<M>,
    pub(super) what: What,
    pub(super) now: Duration,
    /// Where a connection wants to know of it.
    pub(super) sent_at: Option<&'t mut Duration>,
}

/// What is due of a session.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Answer(DueAnswer),
    Again(Next),
    Pending {
        link: Link,
        qos: QoS,
        /// `None` at QoS 0.
        id: Option<PacketId>,
    },
}

impl<M> Transmit<'_, M> {
    /// What to encode.
    #[inline(always)]
    pub fn outgoing(&self) -> Outgoing<'_, M> {
        self.session.outgoing(self.what, self.now)
    }

    /// It is encoded, and will reach the peer or be lost with the connection.
    ///
    /// Gives back a message of QoS 0, for which that is all; others come back
    /// with the answer of the peer.
    #[inline(always)]
    pub fn sent(self) -> Option<M> {
        if let Some(sent_at) = self.sent_at {
            *sent_at = self.now;
        }
        let Session {
            queue,
            sender,
            receiver,
            ..
        } = self.session;
        match self.what {
            What::Answer(answer) => receiver.answered(answer),
            What::Again(next) => sender.resume(next).sent(),
            What::Pending { link, qos, id } => match id {
                Some(_) => {
                    queue.dequeue(link);
                    sender.begin(link, qos);
                }
                None => return queue.remove(link),
            },
        }
        None
    }

    /// It cannot be sent, because it is larger than the peer takes, say: gives
    /// the message back, and no identifier is spent.
    ///
    /// `None` for a PUBACK, PUBREC or PUBREL, which always can be sent:
    /// nothing changes. A PUBLISH of QoS 2 from an earlier connection is
    /// given up as
    /// [`delivery::Transmit::discard`](crate::delivery::Transmit::discard) says.
    pub fn discard(self) -> Option<M> {
        let Session { queue, sender, .. } = self.session;
        match self.what {
            What::Answer(_) => None,
            What::Again(next) => queue.take(sender.resume(next).discard()?),
            What::Pending { link, .. } => queue.remove(link),
        }
    }
}

impl<M: AsRef<Message>> Transmit<'_, M> {
    /// Appends it to `output`, the PUBLISH of a message composed, where `M` is
    /// a [`Message`] or has one in it.
    ///
    /// As [`Encoder::encode`] of [`packet`](Self::packet), and in fewer steps
    /// where a message has no properties.
    ///
    /// # Errors
    /// As there.
    #[inline(always)]
    pub fn encode(
        &self,
        encoder: &mut Encoder,
        output: &mut (impl Output + ?Sized),
    ) -> Result<(), EncodeError> {
        let (session, what, now) = (&*self.session, self.what, self.now);
        match what {
            What::Answer(answer) => encoder.encode(answer.reply(), output),
            What::Pending { link, qos, id } => {
                let kept = session.queue.get(link);
                if let Some(Kept {
                    message,
                    expires: None,
                    ..
                }) = kept
                {
                    let message = message.as_ref();
                    if message.is_bare() {
                        return encoder.encode_bare(
                            delivery::first_delivery(qos, id),
                            message.is_retained(),
                            message.topic(),
                            message.payload(),
                            output,
                        );
                    }
                }
                session.encode(what, now, encoder, output)
            }
            What::Again(_) => session.encode(what, now, encoder, output),
        }
    }

    /// What to encode, the PUBLISH of a message composed, where `M` is a
    /// [`Message`] or has one in it. For a version without properties take
    /// [`Packet::for_version`] of it.
    #[inline(always)]
    pub fn packet(&self) -> Packet<'_> {
        self.session.packet(self.what, self.now)
    }
}

impl<M> Session<M> {
    #[inline(always)]
    fn outgoing(&self, what: What, now: Duration) -> Outgoing<'_, M> {
        match what {
            What::Answer(answer) => Outgoing::Reply(answer.reply()),
            What::Again(next) => self.outgoing_again(next, now),
            What::Pending { link, qos, id } => match self.queue.get(link) {
                Some(kept) => Outgoing::Message {
                    // [3.1.1/MQTT-4.3.1-1] [5.0/MQTT-4.3.1-1] Without DUP, at QoS 0 too.
                    delivery: delivery::first_delivery(qos, id),
                    message_expiry_interval: kept.remaining(now),
                    message: kept.message,
                },
                // Never: it is there as long as its guard is.
                None => delivery::released(id.unwrap_or(NonZeroU16::MAX.into())),
            },
        }
    }

    #[inline(never)]
    fn outgoing_again(&self, next: Next, now: Duration) -> Outgoing<'_, M> {
        match self.sender.outgoing(next) {
            Outgoing::Reply(reply) => Outgoing::Reply(reply),
            Outgoing::Message {
                delivery, message, ..
            } => match self.queue.get(*message) {
                Some(kept) => Outgoing::Message {
                    delivery,
                    // [5.0/MQTT-4.3.3-7] It does not expire any more;
                    // [5.0/MQTT-3.3.2-6] less the time that it waited.
                    message_expiry_interval: kept.remaining(now),
                    message: kept.message,
                },
                // Never: it is there as long as its exchange is.
                None => delivery::released(next.packet_id()),
            },
        }
    }
}

impl<M: AsRef<Message>> Session<M> {
    #[inline(never)]
    fn packet(&self, what: What, now: Duration) -> Packet<'_> {
        match self.outgoing(what, now) {
            Outgoing::Reply(reply) => reply.packet(),
            Outgoing::Message {
                delivery,
                message_expiry_interval,
                message,
            } => Packet::Publish(Publish {
                delivery,
                message_expiry_interval,
                ..message.as_ref().publish()
            }),
        }
    }

    #[inline(never)]
    fn encode(
        &self,
        what: What,
        now: Duration,
        encoder: &mut Encoder,
        output: &mut (impl Output + ?Sized),
    ) -> Result<(), EncodeError> {
        encoder.encode(self.packet(what, now), output)
    }
}
