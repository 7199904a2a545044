//! What the two small clients have in common: what they say of themselves, and what they measure.

use std::sync::LazyLock;
use std::time::Duration;

use puremqtt::{
    Connect, ConnectProperties, Message, Properties, QoS, ReasonCode, Subscription, Terms,
    TopicFilter, TopicName, Version,
};

const TOPIC: TopicName = TopicName::literal("area/10/sensor/5000/temperature");

const READINGS: TopicFilter = TopicFilter::literal("area/10/sensor/+/temperature");
pub const WANTED: [Subscription; 1] = [Subscription::new(READINGS, QoS::AtLeastOnce)];

/// What is measured, in degrees.
pub const VALUES: [&str; 3] = ["21.5", "21.6", "21.7"];

/// A message that brings along the way to say that it arrived.
pub struct Reading {
    message: Message,
    arrived: Box<dyn FnOnce(ReasonCode) + Send>,
}

impl Reading {
    /// `tell` is called with the server's answer; what it returns is dropped.
    pub fn new<R>(value: &str, tell: impl FnOnce(ReasonCode) -> R + Send + 'static) -> Self {
        Self {
            message: Message::new(TOPIC, value),
            arrived: Box::new(|reason| drop(tell(reason))),
        }
    }

    pub fn terms(&self, now: Duration) -> Terms {
        self.message.terms(QoS::AtLeastOnce, now)
    }
}

/// A reading that the server has, or has refused.
pub fn arrived(reading: Option<Reading>, reason: ReasonCode) {
    if let Some(reading) = reading {
        (reading.arrived)(reason);
    }
}

impl AsRef<Message> for Reading {
    fn as_ref(&self) -> &Message {
        &self.message
    }
}

/// Address and version on the command line, the latter in a CONNECT.
pub fn arguments(default: Version) -> Result<(String, Connect<'static>), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (address, version) = match arguments.as_slice() {
        [address] => (address, default),
        [address, version] if version == "3.1.1" => (address, Version::V3_1_1),
        [address, version] if version == "5" => (address, Version::V5),
        _ => return Err("usage: HOST:PORT [3.1.1 | 5]".into()),
    };
    Ok((address.clone(), connect(version)))
}

fn connect(version: Version) -> Connect<'static> {
    // Before MQTT 5 it is the server's affair how long it keeps a session.
    static TEN_MINUTES: LazyLock<ConnectProperties<'_>> = LazyLock::new(|| ConnectProperties {
        session_expiry_interval: Some(600),
        ..ConnectProperties::default()
    });
    Connect {
        version,
        client_id: "sensor-5000",
        keep_alive: 30,
        properties: match version {
            Version::V5 => (&*TEN_MINUTES).into(),
            Version::V3_1 | Version::V3_1_1 => Properties::NONE,
        },
        ..Connect::default()
    }
}
