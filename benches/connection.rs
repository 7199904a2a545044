//! QoS 1 and 2 exchanges between a client's and a server's whole connection,
//! every packet encoded and decoded: what `session` measures, and beside it
//! what a connection adds.
//!
//! ```sh
//! cargo bench --bench connection                  # nanoseconds for each message
//! valgrind --tool=callgrind --toggle-collect='*measured*' PROGRAM 'QoS 1 window 100'
//! ```
//!
//! With a name only that case runs, once; callgrind's count divided by 10,000
//! is the instructions for each message.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a benchmark may panic"
)]

use std::hint::black_box;
use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use puremqtt::{
    ClientConnection, ConnAckProperties, Connect, Decoder, Encoder, Event, Limits, Message, QoS,
    ServerConnection, Session, TopicName, Version,
};

const TOPIC: TopicName = TopicName::literal("area/10/sensor/5000/temperature");
const MESSAGES: usize = 10_000;
const NOW: Duration = Duration::ZERO;
const V3_1_1: Version = Version::V3_1_1;

/// A connection and its codec.
struct End<C> {
    connection: C,
    decoder: Decoder,
    encoder: Encoder,
}

struct Pair {
    client: End<ClientConnection>,
    server: End<ServerConnection>,
    up: Vec<u8>,
    down: Vec<u8>,
    message: Message,
}

impl Pair {
    fn new(window: u16) -> Self {
        let window = NonZeroU16::new(window).unwrap();
        let session = Session::new().with_max_in_flight(window);
        let connect = Connect {
            version: V3_1_1,
            client_id: "a",
            keep_alive: 60,
            ..Connect::default()
        };
        let (mut up, mut down) = (Vec::with_capacity(1 << 16), Vec::with_capacity(1 << 16));
        let mut client = End {
            connection: ClientConnection::new(session, &connect, NOW),
            decoder: Decoder::client(V3_1_1),
            encoder: Encoder::client(V3_1_1),
        };
        let mut server = End {
            connection: ServerConnection::new(Limits::default(), NOW),
            decoder: Decoder::server(),
            encoder: Encoder::server(V3_1_1),
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
            message: Message::new(TOPIC, [b'x'; 16]),
        }
    }
}

#[inline(never)]
fn measured_exchange(pair: &mut Pair, qos: QoS, window: usize) -> usize {
    let Pair {
        client,
        server,
        up,
        down,
        message,
    } = pair;
    let mut done = 0;
    for _ in 0..MESSAGES / window {
        for _ in 0..window {
            let terms = message.terms(qos, NOW);
            let message = message.clone();
            client.connection.publish(message, terms, NOW).unwrap();
        }
        while let Some(next) = client.connection.transmit(NOW) {
            client.encoder.encode(next.packet(), up).unwrap();
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
                server.encoder.encode(next.packet(), down).unwrap();
                next.sent();
            }
            let mut rest = &down[..];
            while let Some((packet, used)) = client.decoder.decode(rest).unwrap() {
                let received = client.connection.receive(packet, NOW).unwrap();
                if let Some(reply) = received.reply {
                    client.encoder.encode(reply, up).unwrap();
                }
                done += usize::from(matches!(received.event, Some(Event::Published { .. })));
                rest = &rest[used..];
            }
            down.clear();
        }
    }
    done
}

fn report(name: &str, only: Option<&String>, mut measured: impl FnMut() -> usize) {
    if only.is_some_and(|only| only != name) {
        return;
    }
    let runs = if only.is_some() { 1 } else { 30 };
    let fastest = (0..runs)
        .map(|_| {
            let began = Instant::now();
            assert_eq!(measured(), MESSAGES);
            began.elapsed()
        })
        .min();
    let each = fastest.unwrap_or_default().as_secs_f64() * 1e9 / MESSAGES as f64;
    println!("{name:<24}{each:8.1} ns");
}

fn main() {
    let only = std::env::args().nth(1).filter(|name| name != "--bench");
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        for window in [1, 100] {
            let mut pair = Pair::new(window as u16);
            let name = format!("QoS {} window {window}", qos.as_u8());
            report(&name, only.as_ref(), || {
                measured_exchange(&mut pair, qos, black_box(window))
            });
        }
    }
}
