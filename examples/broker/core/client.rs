//! A client, there or away, and what waits for it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use puremqtt::{
    Delivery, DueWill, Message, OwnedTopicFilter, Publish, QoS, Session, SubscriptionIdentifier,
    SubscriptionOptions, Terms,
};

use super::link::LinkNo;
use crate::broker::acl::Rights;

/// One recipient's copy: the message is shared, what this hop changes is not.
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) message: Message,
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
    /// While it is away.
    pub(super) session: Option<Session<Queued>>,
    /// The will of its last connection, and when it is due.
    pub(super) will: Option<(Duration, DueWill)>,
    /// When the session ends.
    pub(super) expires: Option<Duration>,
    pub(super) retained: VecDeque<Wanted>,
    /// Where it stands among the recipients of which message.
    pub(super) place: (u64, usize),
    /// When it last had its turn in a shared subscription.
    pub(super) turn: u64,
}

/// Retained messages that a subscription has asked for: those of the first one are looked up, the
/// others wait, for there may be many. What is sent is the topic's message of that moment, not
/// the one that was found: a newer one may stand in the queue already.
pub(super) struct Wanted {
    pub(super) filter: OwnedTopicFilter,
    pub(super) options: SubscriptionOptions,
    pub(super) identifier: Option<SubscriptionIdentifier>,
    pub(super) found: Option<std::vec::IntoIter<Message>>,
}
