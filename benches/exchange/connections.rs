//! Between a client's and a server's whole connection, every packet encoded
//! and decoded.

use std::num::NonZeroU16;
use std::time::Duration;

use puremqtt::{
    ClientConnection, ConnAckProperties, Connect, Decoder, Encoder, Event, Limits, Message,
    ServerConnection, Session,
};

use super::workload::{Exchange, PAYLOAD, TOPIC, VERSION};

const NOW: Duration = Duration::ZERO;

/// A connection and its codec.
struct End<C> {
    connection: C,
    decoder: Decoder,
    encoder: Encoder,
}

pub(crate) struct Connections {
    client: End<ClientConnection>,
    server: End<ServerConnection>,
    up: Vec<u8>,
    down: Vec<u8>,
    message: Message,
}

impl Connections {
    pub(crate) fn new(window: usize) -> Self {
        let window = NonZeroU16::new(window as u16).unwrap();
        let session = Session::new().with_max_in_flight(window);
        let connect = Connect {
            version: VERSION,
            client_id: "a",
            keep_alive: 60,
            ..Connect::default()
        };
        let (mut up, mut down) = (Vec::with_capacity(1 << 16), Vec::with_capacity(1 << 16));
        let mut client = End {
            connection: ClientConnection::new(session, &connect, NOW),
            decoder: Decoder::client(VERSION),
            encoder: Encoder::client(VERSION),
        };
        let mut server = End {
            connection: ServerConnection::new(Limits::default(), NOW),
            decoder: Decoder::server(),
            encoder: Encoder::server(VERSION),
        };
        client
            .connection
            .configure(&mut client.decoder, &mut client.encoder);
        client.encoder.encode(connect, &mut up).unwrap();

        let (packet, _) = server.decoder.decode(&up).unwrap().unwrap();
        let received = server.connection.receive(packet, NOW).unwrap();
        assert!(matches!(received.event, Some(Event::Connect(_))));
        let mut properties = ConnAckProperties::default();
        let connack = server
            .connection
            .accept(Session::new(), false, &mut properties, NOW)
            .unwrap();
        server.encoder.encode(connack, &mut down).unwrap();
        server
            .connection
            .configure(&mut server.decoder, &mut server.encoder);

        let (packet, _) = client.decoder.decode(&down).unwrap().unwrap();
        let received = client.connection.receive(packet, NOW).unwrap();
        assert!(matches!(received.event, Some(Event::Connected { .. })));
        client
            .connection
            .configure(&mut client.decoder, &mut client.encoder);
        up.clear();
        down.clear();
        Self {
            client,
            server,
            up,
            down,
            message: Message::new(TOPIC, PAYLOAD),
        }
    }

    pub(crate) fn over_wire(&mut self, exchange: Exchange) -> usize {
        let Self {
            client,
            server,
            up,
            down,
            message,
        } = self;
        let mut delivered = 0;
        for _ in 0..exchange.messages / exchange.window {
            for _ in 0..exchange.window {
                let terms = message.terms(exchange.qos, NOW);
                let message = message.clone();
                client.connection.publish(message, terms, NOW).unwrap();
            }
            while let Some(next) = client.connection.transmit(NOW) {
                next.encode(&mut client.encoder, up).unwrap();
                next.sent();
            }
            while !up.is_empty() {
                let mut rest = &up[..];
                while let Some((packet, used)) = server.decoder.decode(rest).unwrap() {
                    let received = server.connection.receive(packet, NOW).unwrap();
                    if let Some(Event::Message(_, Some(receipt))) = received.event {
                        server.connection.acknowledge(receipt);
                    }
                    if let Some(reply) = received.reply {
                        server.encoder.encode(reply, down).unwrap();
                    }
                    rest = &rest[used..];
                }
                up.clear();
                while let Some(next) = server.connection.transmit(NOW) {
                    next.encode(&mut server.encoder, down).unwrap();
                    next.sent();
                }
                let mut rest = &down[..];
                while let Some((packet, used)) = client.decoder.decode(rest).unwrap() {
                    let received = client.connection.receive(packet, NOW).unwrap();
                    if let Some(reply) = received.reply {
                        client.encoder.encode(reply, up).unwrap();
                    }
                    delivered +=
                        usize::from(matches!(received.event, Some(Event::Published { .. })));
                    rest = &rest[used..];
                }
                down.clear();
            }
        }
        delivered
    }
}
