use core::{num::NonZeroU16, time::Duration};

use super::queue::{Link, Queue};
use super::state::Sending;
use crate::codec::Encoder;
use crate::delivery::{self, Answer, Outgoing};
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
    pub(super) what: What<'t, M>,
    pub(super) now: Duration,
    /// Where a connection wants to know of it.
    pub(super) sent_at: Option<&'t mut Duration>,
}

#[derive(Debug)]
pub(super) enum What<'t, M> {
    Answer(Answer<'t>),
    Again(delivery::Transmit<'t, Link>, &'t mut Queue<M>),
    Pending {
        queue: &'t mut Queue<M>,
        sender: &'t mut Sending,
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
        match &self.what {
            What::Answer(answer) => Outgoing::Reply(answer.reply()),
            What::Again(transmit, queue) => match transmit.outgoing() {
                Outgoing::Reply(reply) => Outgoing::Reply(reply),
                Outgoing::Message {
                    delivery, message, ..
                } => match queue.get(*message) {
                    Some((_, kept)) => Outgoing::Message {
                        delivery,
                        // [5.0/MQTT-4.3.3-7] It does not expire any more;
                        // [5.0/MQTT-3.3.2-6] less the time that it waited.
                        message_expiry_interval: kept.remaining(self.now),
                        message: &kept.message,
                    },
                    // Never: it is there as long as its exchange is.
                    None => delivery::released(transmit.packet_id()),
                },
            },
            What::Pending {
                queue,
                link,
                qos,
                id,
                ..
            } => match queue.get(*link) {
                Some((_, kept)) => Outgoing::Message {
                    // [3.1.1/MQTT-4.3.1-1] [5.0/MQTT-4.3.1-1] Without DUP, at QoS 0 too.
                    delivery: delivery::first_delivery(*qos, *id),
                    message_expiry_interval: kept.remaining(self.now),
                    message: &kept.message,
                },
                // Never: it is there as long as its guard is.
                None => delivery::released(id.unwrap_or(NonZeroU16::MAX.into())),
            },
        }
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
        match self.what {
            What::Answer(answer) => answer.sent(),
            What::Again(transmit, _) => transmit.sent(),
            What::Pending {
                queue,
                sender,
                link,
                qos,
                id,
            } => match id {
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
        match self.what {
            What::Answer(_) => None,
            What::Again(transmit, queue) => queue.take(transmit.discard()?),
            What::Pending { queue, link, .. } => queue.remove(link),
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
        match self.outgoing() {
            Outgoing::Reply(reply) => encoder.encode(reply, output),
            Outgoing::Message {
                delivery,
                message_expiry_interval: None,
                message,
            } if message.as_ref().is_bare() => {
                let message = message.as_ref();
                let publish = Publish {
                    delivery,
                    retain: message.is_retained(),
                    ..Publish::new(message.topic(), message.payload())
                };
                encoder.encode(publish, output)
            }
            _ => encoder.encode(self.packet(), output),
        }
    }

    /// What to encode, the PUBLISH of a message composed, where `M` is a
    /// [`Message`] or has one in it. For a version without properties take
    /// [`Packet::for_version`] of it.
    #[inline(always)]
    pub fn packet(&self) -> Packet<'_> {
        match self.outgoing() {
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
}
