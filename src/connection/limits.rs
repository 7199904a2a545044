use core::num::{NonZeroU16, NonZeroU32};

use crate::codec::{Decoder, Encoder};
#[cfg(feature = "alloc")]
use crate::packet::ConnAckProperties;
use crate::packet::{ConnAck, Connect, QoS};

/// What one side of a connection takes: announced to the other side in MQTT 5,
/// and enforced.
///
/// A client's are those of its CONNECT, a server's are told to its connection
/// and go out with the CONNACK. Before MQTT 5 nothing is announced: a server
/// enforces its maximum packet size, Maximum QoS and retained messages all the
/// same by closing, and takes 65,535 PUBLISHes at once.
///
/// ```
/// use puremqtt::{Limits, QoS};
///
/// let limits = Limits { maximum_qos: QoS::AtLeastOnce, topic_alias_maximum: 10, ..Limits::default() };
/// assert_eq!(limits.receive_maximum.get(), 65_535);
/// ```
///
/// A connection keeps to them by itself. A device without a heap reads them
/// from the CONNACK:
///
/// ```
/// use puremqtt::delivery::{Sender, Slot};
/// use puremqtt::{Decoder, Encoder, Limits, Packet, Version};
///
/// let (mut decoder, mut encoder) = (Decoder::client(Version::V5), Encoder::client(Version::V5));
/// let mut sender = Sender::new([Slot::<[u8; 4]>::EMPTY; 8]);
/// let input = b"\x20\x08\x00\x00\x05\x21\x00\x02\x24\x01";
/// if let Some((Packet::ConnAck(connack), _)) = decoder.decode(input)? {
///     let server = Limits::of_server(&connack);
///     server.configure_encoder(&mut encoder); // it takes QoS 0 and 1 alone,
///     sender.connected(Version::V5, server.receive_maximum.get()); // and two PUBLISHes at once
/// }
/// assert_eq!(sender.send_quota(), 2);
/// # Ok::<(), puremqtt::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// QoS 1 and 2 PUBLISHes taken at once.
    pub receive_maximum: NonZeroU16,
    /// Bytes of the largest packet taken, its fixed header included; `None`: as large as MQTT can say.
    pub maximum_packet_size: Option<NonZeroU32>,
    /// The highest Topic Alias taken; 0: none.
    pub topic_alias_maximum: u16,
    /// The highest QoS a server takes in a PUBLISH or a will.
    pub maximum_qos: QoS,
    /// Whether a server keeps retained messages.
    pub retain_available: bool,
    /// Whether a server takes filters with wildcards.
    pub wildcard_subscription_available: bool,
    /// Whether a server takes Subscription Identifiers.
    pub subscription_identifier_available: bool,
    /// Whether a server takes shared subscriptions.
    pub shared_subscription_available: bool,
}

impl Default for Limits {
    /// What holds where nothing is said: no Topic Aliases, no other limit.
    fn default() -> Self {
        Self {
            receive_maximum: NonZeroU16::MAX,
            maximum_packet_size: None,
            topic_alias_maximum: 0,
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            wildcard_subscription_available: true,
            subscription_identifier_available: true,
            shared_subscription_available: true,
        }
    }
}

impl Limits {
    /// Those of a client, as its CONNECT announces them (3.1.2.11).
    pub fn of_client(connect: &Connect<'_>) -> Self {
        let properties = connect.properties.read();
        Self {
            receive_maximum: properties.receive_maximum.unwrap_or(NonZeroU16::MAX),
            maximum_packet_size: properties.maximum_packet_size,
            topic_alias_maximum: properties.topic_alias_maximum.unwrap_or(0),
            ..Self::default()
        }
    }

    /// Those of a server, as its CONNACK announces them (3.2.2.3).
    pub fn of_server(connack: &ConnAck<'_>) -> Self {
        let properties = connack.properties.read();
        Self {
            receive_maximum: properties.receive_maximum.unwrap_or(NonZeroU16::MAX),
            maximum_packet_size: properties.maximum_packet_size,
            topic_alias_maximum: properties.topic_alias_maximum.unwrap_or(0),
            maximum_qos: properties.maximum_qos.unwrap_or(QoS::ExactlyOnce),
            retain_available: properties.retain_available.unwrap_or(true),
            wildcard_subscription_available: properties
                .wildcard_subscription_available
                .unwrap_or(true),
            subscription_identifier_available: properties
                .subscription_identifier_available
                .unwrap_or(true),
            shared_subscription_available: properties.shared_subscription_available.unwrap_or(true),
        }
    }

    /// Makes a decoder refuse what is beyond them: ours, once they are announced.
    pub fn configure_decoder(&self, decoder: &mut Decoder) {
        if let Some(bytes) = self.maximum_packet_size {
            decoder.set_max_packet_size(bytes.get());
        }
        #[cfg(feature = "alloc")]
        decoder.set_topic_alias_maximum(self.topic_alias_maximum);
    }

    /// Makes an encoder refuse what is beyond them: the peer's. What a server
    /// says of subscriptions is not the encoder's affair.
    pub fn configure_encoder(&self, encoder: &mut Encoder) {
        encoder.set_max_packet_size(self.packet_size());
        encoder.set_topic_alias_maximum(self.topic_alias_maximum);
        encoder.set_maximum_qos(self.maximum_qos);
        encoder.set_retain_available(self.retain_available);
    }

    /// Writes a server's into its CONNACK; what is the default is left out.
    #[cfg(feature = "alloc")]
    pub(super) fn announce(&self, properties: &mut ConnAckProperties<'_>) {
        let unless = |available: bool| (!available).then_some(false);
        properties.receive_maximum =
            Some(self.receive_maximum).filter(|&maximum| maximum < NonZeroU16::MAX);
        properties.maximum_packet_size = self.maximum_packet_size;
        properties.topic_alias_maximum =
            Some(self.topic_alias_maximum).filter(|&maximum| maximum > 0);
        // [5.0/MQTT-3.2.2-9]
        properties.maximum_qos = Some(self.maximum_qos).filter(|&qos| qos < QoS::ExactlyOnce);
        properties.retain_available = unless(self.retain_available);
        properties.wildcard_subscription_available = unless(self.wildcard_subscription_available);
        properties.subscription_identifier_available =
            unless(self.subscription_identifier_available);
        properties.shared_subscription_available = unless(self.shared_subscription_available);
    }

    /// As a decoder or encoder takes it.
    pub(super) fn packet_size(&self) -> u32 {
        self.maximum_packet_size.map_or(u32::MAX, NonZeroU32::get)
    }
}
