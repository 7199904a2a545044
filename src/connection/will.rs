use crate::message::Message;
use crate::packet::{QoS, Will};

/// A will that is to be published (3.1.2.5).
///
/// When a client comes back before [`delay_interval`](Self::delay_interval) is
/// over, and goes on with its session, the will is not published (3.1.3.2.2).
/// A take-over is such a return unless the new CONNECT has Clean Start; before
/// MQTT 5 there is no delay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueWill {
    /// What is published: topic, payload, properties, RETAIN.
    pub message: Message,
    /// With which Quality of Service.
    pub qos: QoS,
    /// Seconds to wait with it: the Will Delay Interval, or until the session
    /// ends if that is sooner.
    pub delay_interval: u32,
}

impl DueWill {
    pub(super) fn of(will: &Will<'_>) -> Self {
        Self {
            message: Message::from(&will.publish()),
            qos: will.qos,
            delay_interval: will.delay_interval.unwrap_or(0),
        }
    }

    /// [5.0/MQTT-3.1.3-9] Not later than the end of the session.
    pub(super) fn within(self, session_expiry_interval: u32) -> Self {
        Self {
            delay_interval: self.delay_interval.min(session_expiry_interval),
            ..self
        }
    }
}
