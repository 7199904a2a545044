//! What is exchanged.

use puremqtt::{QoS, TopicName, Version};

pub(crate) const TOPIC: TopicName = TopicName::literal("area/10/sensor/5000/temperature");
pub(crate) const PAYLOAD: [u8; 16] = [b'x'; 16];
pub(crate) const VERSION: Version = Version::V3_1_1;

/// Messages of a QoS, with as many in flight as the window has.
#[derive(Clone, Copy)]
pub(crate) struct Exchange {
    pub(crate) qos: QoS,
    pub(crate) window: usize,
    pub(crate) messages: usize,
}
