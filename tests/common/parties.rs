//! The two sides of a connection, from bytes to bytes: decoder, connection and
//! encoder, put together as a program does it. Packets are in hexadecimal.
//!
//! A connection that ends, whoever ends it, is closed at once; its farewell is
//! `None` while it is open, and empty when it ends without a byte.
#![allow(dead_code, reason = "each target needs a part of it")]

mod side;

use std::time::Duration;

use puremqtt::{
    AuthProperties, AuthenticationData, CallError, Cause, ClientConnection, ConnAckProperties,
    Connect, Decoder, Disconnect, EncodeError, Encoder, Event, Limits, Message, Packet, Publish,
    QoS, ReasonCode, Receipt, Received, ServerConnection, Session, Subscription, TopicFilter,
    TopicName, Version,
};

use side::Side;

/// Not closed.
pub(crate) const OPEN: Option<&str> = None;
/// Closed without a byte.
pub(crate) const SILENCE: Option<&str> = Some("");
/// No packets, or no events.
pub(crate) const NONE: [&str; 0] = [];
pub(crate) const A: TopicName = TopicName::literal("a");

/// A CONNECT of a client `a` that begins anew.
pub(crate) fn connect(version: Version) -> Connect<'static> {
    Connect {
        version,
        client_id: "a",
        clean_start: true,
        ..Connect::default()
    }
}

/// The same in bytes.
pub(crate) fn connect_bytes(version: Version) -> &'static str {
    match version {
        Version::V3_1 => "10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61",
        Version::V3_1_1 => "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61",
        Version::V5 => "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61",
    }
}

/// `"30 02"` as bytes.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let byte = |byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits");
    text.split_whitespace().map(byte).collect()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.iter().map(|byte| format!("{byte:02x}"));
    bytes.collect::<Vec<_>>().join(" ")
}

/// One side with its codec, its clock, and what went in and out.
pub(crate) struct Party<C: Side> {
    connection: Option<C>,
    closed: Option<C::Closed>,
    decoder: Decoder,
    encoder: Encoder,
    now: Duration,
    unread: Vec<u8>,
    sent: Vec<String>,
    events: Vec<String>,
    receipts: Vec<Receipt>,
    broken: Option<&'static str>,
    farewell: Option<String>,
}

pub(crate) type Client = Party<ClientConnection>;
pub(crate) type Server = Party<ServerConnection>;

impl Client {
    /// Has sent this CONNECT.
    pub(crate) fn new(connect: &Connect<'_>) -> Self {
        Self::with(Session::new(), connect)
    }

    /// Has sent this CONNECT, to go on with a session.
    pub(crate) fn with(session: Session, connect: &Connect<'_>) -> Self {
        let version = connect.version;
        let connection = ClientConnection::new(session, connect, Duration::ZERO);
        let (decoder, encoder) = (Decoder::client(version), Encoder::client(version));
        let mut client = Self::of(connection, decoder, encoder);
        assert_eq!(client.says(*connect), Ok(()));
        client
    }

    /// Has been let in by this CONNACK.
    pub(crate) fn open(connect: &Connect<'_>, connack: &str) -> Self {
        let mut client = Self::new(connect);
        assert_eq!(client.receives(connack), ["connected: New"]);
        let _ = client.sent();
        client
    }

    pub(crate) fn subscribes(&mut self, filter: TopicFilter<'_>) -> Result<(), CallError> {
        let subscriptions = [Subscription::new(filter, QoS::AtMostOnce)];
        let connection = self.connection.as_mut().ok_or(CallError::NotOpen)?;
        let subscribe = connection.subscribe(&subscriptions, self.now)?;
        put(&mut self.encoder, &mut self.sent, subscribe).expect("it is said");
        Ok(())
    }

    pub(crate) fn unsubscribes(&mut self, filter: TopicFilter<'_>) -> Result<(), CallError> {
        let filters = [filter];
        let connection = self.connection.as_mut().ok_or(CallError::NotOpen)?;
        let unsubscribe = connection.unsubscribe(&filters, self.now)?;
        put(&mut self.encoder, &mut self.sent, unsubscribe).expect("it is said");
        Ok(())
    }

    /// Answers a challenge.
    pub(crate) fn authenticates<'p>(
        &'p mut self,
        mut properties: AuthProperties<'p>,
    ) -> Result<(), CallError> {
        let connection = self.connection.as_mut().ok_or(CallError::NotOpen)?;
        let auth = connection.authenticate(&mut properties, self.now)?;
        put(&mut self.encoder, &mut self.sent, auth).expect("it is said");
        Ok(())
    }

    pub(crate) fn reauthenticates<'p>(
        &'p mut self,
        mut properties: AuthProperties<'p>,
    ) -> Result<(), CallError> {
        let connection = self.connection.as_mut().ok_or(CallError::NotOpen)?;
        let auth = connection.reauthenticate(&mut properties, self.now)?;
        put(&mut self.encoder, &mut self.sent, auth).expect("it is said");
        Ok(())
    }
}

impl Server {
    /// Awaits a CONNECT.
    pub(crate) fn new(limits: Limits) -> Self {
        let connection = ServerConnection::new(limits, Duration::ZERO);
        Self::of(connection, Decoder::server(), Encoder::server(Version::V5))
    }

    /// Has let the client of this CONNECT in.
    pub(crate) fn open(limits: Limits, connect: &str) -> Self {
        let mut server = Self::new(limits);
        assert_eq!(server.receives(connect).len(), 1, "{connect}");
        server.accepts();
        let _ = server.sent();
        server
    }

    /// Lets the client in, with a new session.
    pub(crate) fn accepts(&mut self) {
        let accepted = self.accepts_with(Session::new(), false, ConnAckProperties::default());
        assert_eq!(accepted, Ok(()));
    }

    /// Lets the client in, and reads what waits behind its CONNECT.
    pub(crate) fn accepts_with<'p>(
        &'p mut self,
        session: Session,
        present: bool,
        mut properties: ConnAckProperties<'p>,
    ) -> Result<(), CallError> {
        let connection = self.connection.as_mut().ok_or(CallError::NotOpen)?;
        let accepted = connection.accept(session, present, &mut properties, self.now);
        let connack = accepted.map_err(|unaccepted| unaccepted.error)?;
        put(&mut self.encoder, &mut self.sent, connack).expect("it fits");
        Ok(())
    }

    /// Does not let the client in.
    pub(crate) fn rejects<'p>(
        &'p mut self,
        reason: ReasonCode,
        mut properties: ConnAckProperties<'p>,
    ) -> Result<(), CallError> {
        let connection = self.connection.as_mut().ok_or(CallError::NotOpen)?;
        if let Some(connack) = connection.reject(reason, &mut properties)? {
            put(&mut self.encoder, &mut self.sent, connack).expect("it fits");
        }
        Ok(())
    }

    pub(crate) fn challenges<'p>(
        &'p mut self,
        mut properties: AuthProperties<'p>,
    ) -> Result<(), CallError> {
        let connection = self.connection.as_mut().ok_or(CallError::NotOpen)?;
        let auth = connection.challenge(&mut properties, self.now)?;
        put(&mut self.encoder, &mut self.sent, auth).expect("it is said");
        Ok(())
    }

    /// A re-authentication has succeeded.
    pub(crate) fn is_content<'p>(
        &'p mut self,
        mut properties: AuthProperties<'p>,
    ) -> Result<(), CallError> {
        let connection = self.connection.as_mut().ok_or(CallError::NotOpen)?;
        let auth = connection.authenticated(&mut properties)?;
        put(&mut self.encoder, &mut self.sent, auth).expect("it is said");
        Ok(())
    }
}

impl<C: Side> Party<C> {
    fn of(connection: C, decoder: Decoder, encoder: Encoder) -> Self {
        let mut party = Self {
            connection: Some(connection),
            closed: None,
            decoder,
            encoder,
            now: Duration::ZERO,
            unread: Vec::new(),
            sent: Vec::new(),
            events: Vec::new(),
            receipts: Vec::new(),
            broken: None,
            farewell: None,
        };
        party.configures();
        party
    }

    /// The encoder assigns Topic Aliases by itself.
    pub(crate) fn with_automatic_aliases(mut self) -> Self {
        self.configures();
        self.encoder.set_automatic_aliases(1_000);
        self
    }

    fn configures(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.configure(&mut self.decoder, &mut self.encoder);
        }
    }

    /// The connection, while it is there.
    pub(crate) fn connection(&mut self) -> &mut C {
        self.connection.as_mut().expect("it is not closed")
    }

    /// A copy of the encoder, told of all that is agreed.
    pub(crate) fn encoder(&mut self) -> Encoder {
        self.configures();
        self.encoder.clone()
    }

    /// These bytes come in: what happens. An error closes the connection.
    pub(crate) fn receives(&mut self, wire: &str) -> Vec<String> {
        self.unread.extend(bytes(wire));
        self.configures();
        while self.connection.as_ref().is_some_and(Side::reads) && self.reads_a_packet() {}
        std::mem::take(&mut self.events)
    }

    /// These bytes come in, and are not left unread for a decision to be made.
    pub(crate) fn receives_at_once(&mut self, wire: &str) -> Vec<String> {
        self.unread.extend(bytes(wire));
        while self.reads_a_packet() {}
        std::mem::take(&mut self.events)
    }

    /// Whether there was one.
    fn reads_a_packet(&mut self) -> bool {
        let unread = std::mem::take(&mut self.unread);
        match self.takes_a_packet(&unread) {
            Ok(used) => self.unread = unread[used..].to_vec(),
            Err(cause) => self.ends(cause),
        }
        self.unread.len() < unread.len() && self.connection.is_some()
    }

    /// How many bytes it had; 0 where it is not all there.
    fn takes_a_packet(&mut self, input: &[u8]) -> Result<usize, Cause> {
        let Some(connection) = &mut self.connection else {
            return Ok(0);
        };
        let Some((packet, used)) = self.decoder.decode(input)? else {
            return Ok(0);
        };
        let Received { event, reply } = connection.receive(packet, self.now)?;
        self.events.extend(event.as_ref().map(name));
        if let Some(Event::Message(_, receipt)) = event {
            self.receipts.extend(receipt);
        }
        self.configures();
        if let Some(reply) = reply {
            put(&mut self.encoder, &mut self.sent, reply).expect("an answer has few bytes");
        }
        Ok(used)
    }

    /// All that went out since anybody asked, a text a packet.
    pub(crate) fn sent(&mut self) -> Vec<String> {
        self.configures();
        while let Some(connection) = &mut self.connection {
            let Some(next) = connection.transmit(self.now) else {
                break;
            };
            let packet = next.packet().for_version(self.encoder.version());
            match put(&mut self.encoder, &mut self.sent, packet) {
                Ok(()) => drop(next.sent()),
                // A message that cannot go is given up.
                Err(_) => assert!(next.discard().is_some(), "an answer has few bytes"),
            }
        }
        std::mem::take(&mut self.sent)
    }

    /// So many milliseconds after the beginning.
    pub(crate) fn at(&mut self, milliseconds: u64) {
        self.now = Duration::from_millis(milliseconds);
        let Some(connection) = &mut self.connection else {
            return;
        };
        match connection.poll(self.now) {
            Ok(None) => {}
            Ok(Some(ping)) => self.says(ping).expect("a PINGREQ has two bytes"),
            Err(error) => self.ends(error),
        }
    }

    /// Queues "x" for the topic "a": whether it is taken.
    pub(crate) fn publishes(&mut self, qos: QoS) -> bool {
        self.publishes_this(qos, &Publish::new(A, b"x"))
    }

    pub(crate) fn publishes_this(&mut self, qos: QoS, publish: &Publish<'_>) -> bool {
        let (now, message) = (self.now, Message::from(publish));
        let terms = message.terms(qos, now);
        let connection = self.connection.as_mut();
        connection.is_some_and(|connection| connection.publish(message, terms, now).is_ok())
    }

    /// What was delivered is acknowledged, in the order in which it came.
    pub(crate) fn acknowledges(&mut self) {
        for receipt in std::mem::take(&mut self.receipts) {
            assert!(self.connection().acknowledge(receipt));
        }
    }

    /// The oldest message that is not acknowledged is refused.
    pub(crate) fn refuses(&mut self, reason: ReasonCode) {
        let receipt = self.receipts.remove(0);
        assert!(self.connection().refuse(receipt, reason));
    }

    /// A packet of the application's own.
    pub(crate) fn says<'a>(
        &mut self,
        packet: impl Into<Packet<'a>> + Copy,
    ) -> Result<(), EncodeError> {
        self.configures();
        put(&mut self.encoder, &mut self.sent, packet)
    }

    /// A DISCONNECT of the application's own goes out; the network connection stays.
    pub(crate) fn disconnects(&mut self, packet: Disconnect<'_>) -> Result<(), CallError> {
        let packet = self.connection().disconnect(packet)?;
        self.says(packet).expect("it is said");
        Ok(())
    }

    /// The network connection is closed, and the farewell is said.
    pub(crate) fn ends(&mut self, cause: impl Into<Cause>) {
        let (cause, mut wire) = (cause.into(), Vec::new());
        let Some(connection) = self.connection.take() else {
            return;
        };
        let (closed, farewell) = connection.close(cause);
        if let Some(farewell) = farewell {
            // One that the peer has no room for is not sent.
            let _ = farewell.encode(&mut wire);
        }
        self.broken = match cause {
            Cause::Decode(error) => error.statement(),
            Cause::Protocol(error) => error.statement(),
            _ => None,
        };
        self.farewell = Some(text(&wire));
        self.closed = Some(closed);
    }

    /// The last packet: [`OPEN`], [`SILENCE`] or its bytes.
    pub(crate) fn farewell(&self) -> Option<&str> {
        self.farewell.as_deref()
    }

    /// The statement that the peer has broken, and that has so ended the connection.
    pub(crate) fn broken(&self) -> Option<&'static str> {
        self.broken
    }

    /// What is left of the connection.
    pub(crate) fn closed(self) -> C::Closed {
        self.closed.expect("it is closed")
    }
}

fn put<'a>(
    encoder: &mut Encoder,
    sent: &mut Vec<String>,
    packet: impl Into<Packet<'a>> + Copy,
) -> Result<(), EncodeError> {
    let mut wire = Vec::new();
    encoder.encode(packet, &mut wire)?;
    sent.push(text(&wire));
    Ok(())
}

/// Authentication Data, and no more.
pub(crate) fn data(data: &str) -> AuthProperties<'_> {
    AuthProperties {
        authentication_data: Some(AuthenticationData(data.as_bytes())),
        ..AuthProperties::default()
    }
}

/// An event in a few words.
fn name(event: &Event<'_, Message>) -> String {
    match event {
        Event::Connect(connect) => format!("CONNECT {}", connect.client_id),
        Event::Connected { resumption, .. } => format!("connected: {resumption:?}"),
        Event::Refused(refusal) => refusal.to_string(),
        Event::Message(publish, _) => {
            let payload = String::from_utf8_lossy(publish.payload);
            format!("message {} {payload}", publish.topic)
        }
        Event::Published {
            packet_id, reason, ..
        } => format!("published {packet_id} {:02x}", reason.as_u8()),
        Event::Released { packet_id } => format!("released {packet_id}"),
        Event::Unknown { packet_id, .. } => format!("unknown {packet_id}"),
        Event::Subscribe(subscribe) => format!("SUBSCRIBE {}", subscribe.packet_id),
        Event::Unsubscribe(unsubscribe) => format!("UNSUBSCRIBE {}", unsubscribe.packet_id),
        Event::Subscribed(suback) => format!("subscribed {}", suback.packet_id),
        Event::Unsubscribed(unsuback) => format!("unsubscribed {}", unsuback.packet_id),
        Event::Auth(auth) => format!("AUTH {:02x}", auth.reason.as_u8()),
        Event::Disconnected(disconnect) => format!("DISCONNECT {:02x}", disconnect.reason.as_u8()),
        other => panic!("{other:?}"),
    }
}
