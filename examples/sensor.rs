//! What the two small clients have in common: what they say of themselves, and what they measure.

use std::sync::LazyLock;

use puremqtt::{
    Connect, ConnectProperties, Message, Properties, QoS, Subscription, TopicFilter, TopicName,
    Version,
};

pub const TOPIC: TopicName = TopicName::literal("area/10/sensor/5000/temperature");

const READINGS: TopicFilter = TopicFilter::literal("area/10/sensor/+/temperature");
pub const WANTED: [Subscription; 1] = [Subscription::new(READINGS, QoS::AtLeastOnce)];

/// What is measured, in degrees.
pub const VALUES: [&str; 3] = ["21.5", "21.6", "21.7"];

/// A message that brings along the way to say that it arrived.
pub struct Reading<S> {
    pub message: Message,
    pub arrived: S,
}

impl<S> AsRef<Message> for Reading<S> {
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
