//! A client on the crate that keeps its session, and comes back after each cut. Bytes go in and
//! out; who moves them is somebody else.

use std::time::Duration;

use puremqtt::{
    Cause, ClientConnection, Connect, ConnectProperties, Decoder, Encoder, Event, Message, Packet,
    QoS, ReasonCode, Resumption, Session, Subscription, TopicFilter, TopicName, Version,
};

pub struct Party {
    id: String,
    version: Version,
    subscribes: Option<(&'static str, QoS)>,
    connection: Option<ClientConnection>,
    /// While there is no connection.
    session: Session,
    decoder: Decoder,
    encoder: Encoder,
    pub input: Vec<u8>,
    pub output: Vec<u8>,
    was_let_in: bool,
    pub is_subscribed: bool,
    /// What the broker has acknowledged, to the end of the exchange.
    pub acknowledged: Vec<String>,
    /// What came.
    pub received: Vec<String>,
}

/// So long is its session kept.
const HOUR: u32 = 3600;

impl Party {
    pub fn new(id: &str, version: Version, subscribes: Option<(&'static str, QoS)>) -> Self {
        Self {
            id: id.into(),
            version,
            subscribes,
            connection: None,
            session: Session::new(),
            decoder: Decoder::client(version),
            encoder: Encoder::client(version),
            input: Vec::new(),
            output: Vec::new(),
            was_let_in: false,
            is_subscribed: false,
            acknowledged: Vec::new(),
            received: Vec::new(),
        }
    }

    #[allow(dead_code, reason = "one test asks")]
    pub fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Has a new network connection, and sends CONNECT.
    pub fn dials(&mut self, now: Duration) {
        let is_5 = self.version == Version::V5;
        let properties = ConnectProperties {
            session_expiry_interval: is_5.then_some(HOUR),
            ..ConnectProperties::default()
        };
        let connect = Connect {
            version: self.version,
            client_id: &self.id,
            // Before MQTT 5 this would end the session with the connection.
            clean_start: is_5 && !self.was_let_in,
            properties: (&properties).into(),
            ..Connect::default()
        };
        let session = std::mem::take(&mut self.session);
        let mut connection = ClientConnection::new(session, &connect, now);
        self.decoder = Decoder::client(self.version);
        self.encoder = Encoder::client(self.version);
        connection.configure_decoder(&mut self.decoder);
        self.encoder.encode(connect, &mut self.output).unwrap();
        self.connection = Some(connection);
    }

    /// The network connection breaks: what was on its way is gone.
    pub fn is_cut(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.session = connection.close(Cause::Lost).session;
        }
        self.input.clear();
        self.output.clear();
    }

    /// Queues a message; false when there is no room for it.
    pub fn publishes(&mut self, topic: &str, payload: &str, qos: QoS, now: Duration) -> bool {
        let message = Message::new(TopicName::new(topic).unwrap(), payload);
        let terms = message.terms(qos, now);
        match &mut self.connection {
            Some(connection) => connection.publish(message, terms, now).is_ok(),
            None => self.session.publish(message, terms, now).is_ok(),
        }
    }

    /// Writes what is due.
    pub fn speaks(&mut self, now: Duration) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        while let Some(next) = connection.transmit(now) {
            self.encoder
                .encode(next.packet(), &mut self.output)
                .unwrap();
            next.sent();
        }
    }

    /// Reads what has come.
    pub fn listens(&mut self, now: Duration) {
        let input = std::mem::take(&mut self.input);
        let mut rest = &input[..];
        while let Some(length) = self.decoder.frame_len(rest).unwrap() {
            let (frame, behind) = rest.split_at(length);
            self.takes(frame, now);
            rest = behind;
        }
        self.input = rest.to_vec();
    }

    fn takes(&mut self, frame: &[u8], now: Duration) {
        let connection = self.connection.as_mut().unwrap();
        let (packet, _) = self.decoder.decode(frame).unwrap().unwrap();
        let received = connection.receive(packet, now).unwrap();
        let reply = received.reply;
        let mut comes_in = false;
        match received.event {
            Some(Event::Connected { resumption, .. }) => {
                let lost = self.was_let_in && self.version != Version::V3_1;
                assert!(
                    !lost || resumption == Resumption::Resumed,
                    "the session of {} is {resumption:?}",
                    self.id
                );
                comes_in = true;
            }
            Some(Event::Subscribed(_)) => self.is_subscribed = true,
            Some(Event::Message(publish, receipt)) => {
                let payload = std::str::from_utf8(publish.payload).unwrap();
                self.received.push(format!("{}={payload}", publish.topic));
                if let Some(receipt) = receipt {
                    connection.acknowledge(receipt);
                }
            }
            Some(Event::Published {
                message, reason, ..
            }) => {
                // A PUBREL that has come twice is answered with this the second time.
                let is_known = reason != ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
                assert!(!reason.is_error() || !is_known, "{reason}");
                let message = message.expect("the message is known");
                let payload = std::str::from_utf8(message.payload()).unwrap();
                let line = format!("{}={payload}", message.topic());
                self.acknowledged.push(line);
            }
            _ => {}
        }
        if let Some(reply) = reply {
            self.encoder.encode(reply, &mut self.output).unwrap();
        }
        connection.configure(&mut self.decoder, &mut self.encoder);
        if comes_in {
            self.was_let_in = true;
            self.subscribes(now);
        }
    }

    /// Subscribes, unless that was granted already.
    fn subscribes(&mut self, now: Duration) {
        let (Some((filter, qos)), false) = (self.subscribes, self.is_subscribed) else {
            return;
        };
        let wanted = [Subscription::new(TopicFilter::new(filter).unwrap(), qos)];
        let connection = self.connection.as_mut().unwrap();
        let subscribe = connection.subscribe(&wanted, now).unwrap();
        self.encoder
            .encode(Packet::from(subscribe), &mut self.output)
            .unwrap();
    }
}
