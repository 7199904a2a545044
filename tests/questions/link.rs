//! The shortest way between a client and a server: what one says the other
//! hears at once.

use std::time::Duration;

use puremqtt::{
    ClientConnection, ConnAckProperties, Connect, ConnectProperties, Decoder, Encoder, Event,
    Limits, Outgoing, Packet, Publish, Resumption, ServerConnection, Session, Version,
};

pub(crate) const NOW: Duration = Duration::ZERO;

pub(crate) struct Link<M> {
    pub(crate) client: ClientConnection<M>,
    pub(crate) server: ServerConnection<M>,
    pub(crate) resumption: Resumption,
    /// Decoder and encoder of each.
    of_client: (Decoder, Encoder),
    of_server: (Decoder, Encoder),
    /// Bytes to the server, and to the client.
    pub(crate) up: Vec<u8>,
    pub(crate) down: Vec<u8>,
    compose: fn(&M) -> Publish<'_>,
}

impl<M: std::fmt::Debug> Link<M> {
    /// Connects; a server without a session makes a new one.
    pub(crate) fn new(
        version: Version,
        client: Session<M>,
        server: Option<Session<M>>,
        compose: fn(&M) -> Publish<'_>,
    ) -> Self {
        let properties = ConnectProperties {
            session_expiry_interval: Some(3_600),
            ..ConnectProperties::default()
        };
        let mut connect = Connect {
            version,
            client_id: "a",
            ..Connect::default()
        };
        if version == Version::V5 {
            connect.properties = (&properties).into();
        }
        let mut of_client = (Decoder::client(version), Encoder::client(version));
        let mut of_server = (Decoder::server(), Encoder::server(version));
        let mut client = ClientConnection::new(client, &connect, NOW);
        client.configure(&mut of_client.0, &mut of_client.1);
        let (mut up, mut down) = (Vec::new(), Vec::new());
        of_client.1.encode(connect, &mut up).unwrap();

        let mut connection = ServerConnection::new(Limits::default(), NOW);
        let (packet, _) = of_server.0.decode(&up).unwrap().unwrap();
        let received = connection.receive(packet, NOW).unwrap();
        assert!(matches!(received.event, Some(Event::Connect(_))));
        let present = server.is_some();
        let mut properties = ConnAckProperties::default();
        let session = server.unwrap_or_default();
        let connack = connection
            .accept(session, present, &mut properties, NOW)
            .unwrap();
        of_server.1.encode(connack, &mut down).unwrap();
        connection.configure(&mut of_server.0, &mut of_server.1);

        let (packet, _) = of_client.0.decode(&down).unwrap().unwrap();
        let received = client.receive(packet, NOW).unwrap();
        let Some(Event::Connected { resumption, .. }) = received.event else {
            panic!("{received:?}");
        };
        client.configure(&mut of_client.0, &mut of_client.1);
        Self {
            client,
            server: connection,
            resumption,
            of_client,
            of_server,
            up: Vec::new(),
            down: Vec::new(),
            compose,
        }
    }

    /// The client sends all that is due, and the server hears it.
    pub(crate) fn up(&mut self, mut hears: impl FnMut(&mut ServerConnection<M>, Event<'_, M>)) {
        let encoder = &mut self.of_client.1;
        while let Some(next) = self.client.transmit(NOW) {
            let packet = packet(next.outgoing(), self.compose);
            encoder.encode(packet, &mut self.up).unwrap();
            next.sent();
        }
        let bytes = std::mem::take(&mut self.up);
        let mut rest = &bytes[..];
        while let Some((packet, used)) = self.of_server.0.decode(rest).unwrap() {
            let received = self.server.receive(packet, NOW).unwrap();
            if let Some(reply) = received.reply {
                self.of_server.1.encode(reply, &mut self.down).unwrap();
            }
            if let Some(event) = received.event {
                hears(&mut self.server, event);
            }
            rest = &rest[used..];
        }
    }

    /// The server sends all that is due, and the client hears it.
    pub(crate) fn down(&mut self, mut hears: impl FnMut(&mut ClientConnection<M>, Event<'_, M>)) {
        let encoder = &mut self.of_server.1;
        while let Some(next) = self.server.transmit(NOW) {
            let packet = packet(next.outgoing(), self.compose);
            encoder.encode(packet, &mut self.down).unwrap();
            next.sent();
        }
        let bytes = std::mem::take(&mut self.down);
        let mut rest = &bytes[..];
        while let Some((packet, used)) = self.of_client.0.decode(rest).unwrap() {
            let received = self.client.receive(packet, NOW).unwrap();
            if let Some(reply) = received.reply {
                self.of_client.1.encode(reply, &mut self.up).unwrap();
            }
            if let Some(event) = received.event {
                hears(&mut self.client, event);
            }
            rest = &rest[used..];
        }
    }
}

fn packet<'m, M>(outgoing: Outgoing<'m, M>, compose: fn(&M) -> Publish<'_>) -> Packet<'m> {
    match outgoing {
        Outgoing::Reply(reply) => reply.packet(),
        Outgoing::Message {
            delivery, message, ..
        } => Packet::Publish(Publish {
            delivery,
            ..compose(message)
        }),
    }
}
