//! A client, there or away, and what waits for it.

use std::sync::Arc;
use std::time::Duration;

use puremqtt::{
    Delivery, DueWill, Message, PacketId, Publish, QoS, Session, SubscriptionIdentifier, Terms,
};

use super::changes::Kept;
use super::link::LinkNo;
use super::stored;
use super::wishes::Wishes;
use crate::broker::acl::Rights;

/// One recipient's copy: the message is shared, what this hop changes is not.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) message: Message,
    /// What stands in a log in its place, if it is not the message itself.
    pub(super) marked: Option<Box<Message>>,
    pub(super) retain: bool,
    pub(super) qos: QoS,
    /// With which it was published: another subscriber may be granted more of it.
    pub(super) published: QoS,
    pub(super) expires: Option<Duration>,
    pub(super) identifiers: Box<[SubscriptionIdentifier]>,
    /// The shared subscription it comes by, of which another member may take it over.
    pub(super) group: Option<Arc<str>>,
}

impl Queued {
    pub(super) fn publish(
        &self,
        delivery: Delivery,
        message_expiry_interval: Option<u32>,
    ) -> Publish<'_> {
        Publish {
            delivery,
            retain: self.retain,
            message_expiry_interval,
            subscription_identifiers: (&*self.identifiers).into(),
            ..self.message.publish()
        }
    }

    /// As it stands in a log. The time that is left for it counts from the beginning of the clock.
    pub(super) fn logged(&self) -> Publish<'_> {
        let message = self.marked.as_deref().unwrap_or(&self.message);
        Publish {
            delivery: delivery(self.qos),
            retain: self.retain,
            message_expiry_interval: self.expires.map(stored::seconds),
            subscription_identifiers: (&*self.identifiers).into(),
            ..message.publish()
        }
    }

    pub(super) fn terms(&self) -> Terms {
        Terms {
            qos: self.qos,
            expires: self.expires,
            size: self.message.size(),
        }
    }
}

/// Who has connected, and is kept for as long as there is a session.
pub(super) struct Client {
    pub(super) id: Arc<str>,
    /// Whose it is: nobody else takes it over.
    pub(super) user_name: Option<Box<str>>,
    pub(super) rights: Rights,
    /// While it is there.
    pub(super) link: Option<LinkNo>,
    /// While its session is to be stored.
    pub(super) kept: Option<Box<Kept>>,
    /// While it is away.
    pub(super) session: Option<Session<Queued>>,
    /// The will of its last connection, and when it is due.
    pub(super) will: Option<(Duration, DueWill)>,
    /// When the session ends.
    pub(super) expires: Option<Duration>,
    pub(super) retained: Wishes,
    /// Where it stands among the recipients of which message.
    pub(super) place: (u64, usize),
    /// When it last had its turn in a shared subscription.
    pub(super) turn: u64,
}

/// A delivery of this QoS, for a message that no packet has brought.
pub(super) fn delivery(qos: QoS) -> Delivery {
    let packet_id = PacketId::from(std::num::NonZeroU16::MIN);
    match qos {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce {
            packet_id,
            dup: false,
        },
        QoS::ExactlyOnce => Delivery::ExactlyOnce {
            packet_id,
            dup: false,
        },
    }
}
