//! What in a packet only one of the two roles may send, where the type of the packet does not say it.

use super::{Auth, Disconnect, Packet, PropertyId, Publish, ReasonCode, Role};

/// Something that only the sender's peer may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    Property(PropertyId),
    Reason(ReasonCode),
}

impl Packet<'_> {
    /// What `sender` may not send, if anything.
    pub(crate) fn foreign_to(&self, sender: Role) -> Option<Foreign> {
        match self {
            Self::Publish(publish) => publish.foreign_to(sender),
            Self::Disconnect(disconnect) => in_disconnect(disconnect, sender),
            Self::Auth(auth) => in_auth(auth, sender),
            _ => None,
        }
    }
}

impl Publish<'_> {
    /// What `sender` may not send, if anything.
    #[inline(always)]
    pub(crate) fn foreign_to(&self, sender: Role) -> Option<Foreign> {
        // [5.0/MQTT-3.3.4-6] Subscription Identifiers come from servers.
        let foreign = sender == Role::Client && !self.subscription_identifiers.is_empty();
        foreign.then_some(Foreign::Property(PropertyId::SUBSCRIPTION_IDENTIFIER))
    }
}

/// The last column of the table in 3.14.2.1, and 3.14.2.2.
fn in_disconnect(disconnect: &Disconnect<'_>, sender: Role) -> Option<Foreign> {
    let (reason, property) = match sender {
        Role::Client => (is_servers(disconnect.reason), PropertyId::SERVER_REFERENCE),
        // [5.0/MQTT-3.14.2-2] Session Expiry Interval comes from clients.
        Role::Server => (
            disconnect.reason == ReasonCode::DISCONNECT_WITH_WILL_MESSAGE,
            PropertyId::SESSION_EXPIRY_INTERVAL,
        ),
    };
    if reason {
        return Some(Foreign::Reason(disconnect.reason));
    }
    let foreign = disconnect.properties.contains(property);
    foreign.then_some(Foreign::Property(property))
}

const fn is_servers(reason: ReasonCode) -> bool {
    matches!(
        reason,
        ReasonCode::NOT_AUTHORIZED
            | ReasonCode::SERVER_BUSY
            | ReasonCode::SERVER_SHUTTING_DOWN
            | ReasonCode::KEEP_ALIVE_TIMEOUT
            | ReasonCode::SESSION_TAKEN_OVER
            | ReasonCode::TOPIC_FILTER_INVALID
            | ReasonCode::RETAIN_NOT_SUPPORTED
            | ReasonCode::QOS_NOT_SUPPORTED
            | ReasonCode::USE_ANOTHER_SERVER
            | ReasonCode::SERVER_MOVED
            | ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED
            | ReasonCode::CONNECTION_RATE_EXCEEDED
            | ReasonCode::MAXIMUM_CONNECT_TIME
            | ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED
            | ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED
    )
}

/// The table in 3.15.2.1.
fn in_auth(auth: &Auth<'_>, sender: Role) -> Option<Foreign> {
    let foreign = match sender {
        // [5.0/MQTT-4.12.0-3]
        Role::Client => ReasonCode::SUCCESS,
        // [5.0/MQTT-4.12.0-2]
        Role::Server => ReasonCode::RE_AUTHENTICATE,
    };
    (auth.reason == foreign).then_some(Foreign::Reason(foreign))
}
