//! Once storage has grown, a connection of either role receives, acknowledges
//! and publishes until completion without an allocation.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use puremqtt::{
    ClientConnection, ConnAckProperties, Connect, ConnectProperties, Decoder, Encoder, Event,
    Limits, Message, QoS, ReasonCode, ServerConnection, Session, TopicName, Version,
};

const NOW: Duration = Duration::ZERO;
const ALIASES: u16 = 4;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

fn allocations() -> usize {
    ALLOCATIONS.with(Cell::get)
}

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

/// The client publishes, or the server does.
#[derive(Clone, Copy, Debug)]
enum From {
    Client,
    Server,
}

/// What an application makes of an event: how many of its messages are complete.
macro_rules! turn {
    ($from:expr, $to:expr, $wire:expr, $back:expr) => {{
        let (from, to) = (&mut $from, &mut $to);
        let mut done = 0;
        while let Some(next) = from.connection.transmit(NOW) {
            next.encode(&mut from.encoder, &mut $wire).unwrap();
            done += usize::from(next.sent().is_some());
        }
        let mut at = 0;
        while let Some((packet, used)) = to.decoder.decode(&$wire[at..]).unwrap() {
            let received = to.connection.receive(packet, NOW).unwrap();
            match received.event {
                Some(Event::Message(_, Some(receipt))) => {
                    assert!(to.connection.acknowledge(receipt));
                }
                Some(Event::Published { reason, .. }) => {
                    assert_eq!(reason, ReasonCode::SUCCESS);
                    done += 1;
                }
                _ => {}
            }
            if let Some(reply) = received.reply {
                to.encoder.encode(reply, &mut $back).unwrap();
            }
            to.connection.configure(&mut to.decoder, &mut to.encoder);
            at += used;
        }
        $wire.clear();
        done
    }};
}

impl Pair {
    fn new(version: Version) -> Self {
        let properties = ConnectProperties {
            topic_alias_maximum: Some(ALIASES),
            ..ConnectProperties::default()
        };
        let mut connect = Connect {
            version,
            client_id: "a",
            keep_alive: 60,
            ..Connect::default()
        };
        if version == Version::V5 {
            connect.properties = (&properties).into();
        }
        let limits = Limits {
            topic_alias_maximum: ALIASES,
            ..Limits::default()
        };
        let mut pair = Self {
            client: End {
                connection: ClientConnection::new(Session::new(), &connect, NOW),
                decoder: Decoder::client(version),
                encoder: Encoder::client(version).with_automatic_aliases(1_024),
            },
            server: End {
                connection: ServerConnection::new(limits, NOW),
                decoder: Decoder::server(),
                encoder: Encoder::server(version).with_automatic_aliases(1_024),
            },
            up: Vec::new(),
            down: Vec::new(),
            message: Message::new(TopicName::literal("area/10/temperature"), b"21.5"),
        };
        let client = &mut pair.client;
        client
            .connection
            .configure(&mut client.decoder, &mut client.encoder);
        client.encoder.encode(connect, &mut pair.up).unwrap();
        turn!(pair.client, pair.server, pair.up, pair.down);
        let server = &mut pair.server;
        let mut properties = ConnAckProperties::default();
        let accepted = server
            .connection
            .accept(Session::new(), false, &mut properties, NOW);
        server
            .encoder
            .encode(accepted.unwrap(), &mut pair.down)
            .unwrap();
        server
            .connection
            .configure(&mut server.decoder, &mut server.encoder);
        turn!(pair.server, pair.client, pair.down, pair.up);
        assert!(pair.client.connection.is_open() && pair.server.connection.is_open());
        pair
    }

    /// Sends so many messages at once, and brings all to their end.
    fn exchange(&mut self, from: From, count: usize, qos: QoS) -> usize {
        for _ in 0..count {
            let terms = self.message.terms(qos, NOW);
            let message = self.message.clone();
            match from {
                From::Client => self.client.connection.publish(message, terms, NOW).unwrap(),
                From::Server => self.server.connection.publish(message, terms, NOW).unwrap(),
            }
        }
        let mut done = 0;
        for _ in 0..4 {
            done += turn!(self.client, self.server, self.up, self.down);
            done += turn!(self.server, self.client, self.down, self.up);
        }
        done
    }
}

#[test]
fn messages_of_every_qos_allocate_nothing_once_storage_has_grown() {
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        for from in [From::Client, From::Server] {
            for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                let mut pair = Pair::new(version);
                assert_eq!(pair.exchange(from, 100, qos), 100);
                let before = allocations();
                for count in [1, 100, 37, 100, 1] {
                    assert_eq!(pair.exchange(from, count, qos), count);
                }
                let allocated = allocations() - before;
                assert_eq!(allocated, 0, "{version}, from the {from:?}, {qos:?}");
            }
        }
    }
}

#[test]
fn time_and_pings_allocate_nothing() {
    let mut pair = Pair::new(Version::V5);
    pair.up.reserve(64);
    pair.down.reserve(64);
    let before = allocations();
    for minute in 1..100 {
        let now = Duration::from_secs(60 * minute);
        let client = &mut pair.client;
        let ping = client.connection.poll(now).unwrap().unwrap();
        client.encoder.encode(ping, &mut pair.up).unwrap();
        let (packet, _) = pair.server.decoder.decode(&pair.up).unwrap().unwrap();
        let received = pair.server.connection.receive(packet, now).unwrap();
        let reply = received.reply.unwrap();
        pair.server.encoder.encode(reply, &mut pair.down).unwrap();
        pair.server.connection.poll(now).unwrap();
        let (packet, _) = client.decoder.decode(&pair.down).unwrap().unwrap();
        assert_eq!(client.connection.receive(packet, now).unwrap().event, None);
        pair.up.clear();
        pair.down.clear();
    }
    assert_eq!(allocations() - before, 0);
}

#[test]
fn a_new_connection_holds_nothing_and_reserves_nothing_for_what_is_announced() {
    let connect = Connect {
        client_id: "a",
        ..Connect::default()
    };
    let before = allocations();
    let client: ClientConnection = ClientConnection::new(Session::new(), &connect, NOW);
    let server: ServerConnection = ServerConnection::new(Limits::default(), NOW);
    assert_eq!(allocations() - before, 0);
    println!(
        "a client's connection has {} bytes, a server's {}, a session {}",
        size_of_val(&client),
        size_of_val(&server),
        size_of::<Session>()
    );
}
