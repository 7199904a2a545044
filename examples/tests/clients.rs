//! The small clients against a server that cuts the line on them. `cargo test` builds them first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::env::consts::EXE_SUFFIX;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use puremqtt::{
    Cause, ConnAckProperties, Decoder, Encoder, Event, Limits, Message, Packet, QoS, ReasonCode,
    Receipt, Received, ServerConnection, Session, SubAck,
};

const CLIENTS: [&str; 2] = ["tokio_client", "blocking_client"];

/// Takes one client, which is let in with the session of its last connection, gets its own
/// messages back, and then their PUBACK.
struct Server {
    listener: TcpListener,
    began: Instant,
    session: Option<Session>,
    keep_alive: Option<u16>,
    /// Its PUBACK waits.
    held: Option<Receipt>,
    /// What came in.
    log: Vec<String>,
}

enum End {
    Disconnected,
    Cut,
}

impl Server {
    fn new(keep_alive: Option<u16>) -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            began: Instant::now(),
            session: None,
            keep_alive,
            held: None,
            log: Vec::new(),
        }
    }

    fn address(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    /// A first connection, cut at the first PUBLISH, and a second one.
    fn serve_twice(mut self) -> Vec<String> {
        assert!(matches!(self.serve(true), End::Cut));
        assert!(matches!(self.serve(false), End::Disconnected));
        self.log
    }

    fn serve(&mut self, cuts: bool) -> End {
        let (mut stream, _) = self.listener.accept().unwrap();
        let patience = Some(Duration::from_secs(10));
        stream.set_read_timeout(patience).unwrap();
        let mut connection = ServerConnection::new(Limits::default(), self.began.elapsed());
        let (mut decoder, mut encoder) = (Decoder::server(), Encoder::server(Default::default()));
        let (mut inbox, mut outbox) = (Vec::new(), Vec::new());
        loop {
            while let Some((packet, used)) = decoder.decode(&inbox).unwrap() {
                self.log.push(line(&packet));
                let now = self.began.elapsed();
                let received = connection.receive(packet, now).unwrap();
                let is_publish = matches!(received.event, Some(Event::Message(..)));
                let is_over = matches!(received.event, Some(Event::Disconnected(_)));
                if is_over || (is_publish && cuts) {
                    self.session = connection.close(Cause::Lost).session;
                    return if is_over { End::Disconnected } else { End::Cut };
                }
                self.answer(&mut connection, received, &mut encoder, &mut outbox);
                inbox.drain(..used);
                connection.configure(&mut decoder, &mut encoder);
            }
            while let Some(next) = connection.transmit(self.began.elapsed()) {
                encoder.encode(next.packet(), &mut outbox).unwrap();
                next.sent();
            }
            stream.write_all(&outbox).unwrap();
            outbox.clear();
            read(&mut stream, &mut inbox);
        }
    }

    fn answer(
        &mut self,
        connection: &mut ServerConnection,
        received: Received<'_, Message>,
        encoder: &mut Encoder,
        outbox: &mut Vec<u8>,
    ) {
        let now = self.began.elapsed();
        match received.event {
            Some(Event::Connect(connect)) => {
                let mut properties = ConnAckProperties {
                    server_keep_alive: self.keep_alive,
                    ..ConnAckProperties::default()
                };
                encoder.set_version(connect.version);
                let present = self.session.is_some();
                let session = self.session.take().unwrap_or_default();
                let connack = connection.accept(session, present, &mut properties, now);
                encoder.encode(connack.unwrap(), outbox).unwrap();
            }
            Some(Event::Subscribe(subscribe)) => {
                let suback =
                    SubAck::new(subscribe.packet_id, (&[ReasonCode::GRANTED_QOS_1]).into());
                encoder
                    .encode(connection.suback(suback).unwrap(), outbox)
                    .unwrap();
            }
            Some(Event::Message(publish, receipt)) => {
                let message = Message::from(&publish);
                let terms = message.terms(QoS::AtLeastOnce, now);
                connection.publish(message, terms, now).unwrap();
                self.held = receipt;
            }
            _ => {}
        }
        // With a Keep Alive of its own, the server keeps its client waiting until it pings.
        let sign = match self.keep_alive {
            Some(_) => "PINGREQ",
            None => "PUBACK",
        };
        if self.log.last().is_some_and(|line| line == sign) {
            self.held
                .take()
                .map(|receipt| connection.acknowledge(receipt));
        }
        if let Some(reply) = received.reply {
            encoder.encode(reply, outbox).unwrap();
        }
    }
}

fn read(stream: &mut TcpStream, inbox: &mut Vec<u8>) {
    let mut buffer = [0; 1024];
    let count = stream.read(&mut buffer).unwrap();
    assert_ne!(count, 0, "the client has gone without a word");
    inbox.extend(&buffer[..count]);
}

/// A PUBLISH with its DUP and payload, another packet with its type.
fn line(packet: &Packet<'_>) -> String {
    match packet {
        Packet::Publish(publish) => {
            let dup = u8::from(publish.delivery.dup());
            format!("PUBLISH d{dup} {}", publish.payload.escape_ascii())
        }
        other => other.packet_type().to_string(),
    }
}

fn run(client: &str, arguments: &[&str]) -> Output {
    // The test is target/PROFILE/deps/clients-HASH.
    let mut program = std::env::current_exe().unwrap();
    program.pop();
    program.pop();
    program.push("examples");
    program.push(format!("{client}{EXE_SUFFIX}"));
    Command::new(&program).args(arguments).output().unwrap()
}

fn printed(output: &Output) -> Vec<&str> {
    std::str::from_utf8(&output.stdout)
        .unwrap()
        .lines()
        .collect()
}

#[test]
fn a_reading_that_was_not_acknowledged_is_sent_again_on_the_next_connection() {
    for client in CLIENTS {
        for version in ["3.1.1", "5"] {
            let server = Server::new(None);
            let address = server.address();
            let serving = thread::spawn(move || server.serve_twice());
            let output = run(client, &[&address, version]);
            let first = ["CONNECT", "SUBSCRIBE", "PUBLISH d0 21.5"];
            let second = ["CONNECT", "SUBSCRIBE", "PUBLISH d1 21.5", "PUBACK"];
            let more = ["PUBLISH d0 21.6", "PUBACK", "PUBLISH d0 21.7", "PUBACK"];
            let log = serving.join().unwrap();
            assert_eq!(
                log,
                [&first[..], &second, &more, &["DISCONNECT"]].concat(),
                "{client} {version}"
            );
            assert_eq!(output.status.code(), Some(0));
            assert_eq!(
                printed(&output),
                [
                    "area/10/sensor/5000/temperature: 21.5",
                    "21.5 arrived: Ok(0x00 Success)",
                    "area/10/sensor/5000/temperature: 21.6",
                    "21.6 arrived: Ok(0x00 Success)",
                    "area/10/sensor/5000/temperature: 21.7",
                    "21.7 arrived: Ok(0x00 Success)",
                ]
            );
        }
    }
}

#[test]
fn a_reading_that_ends_with_a_lost_session_does_not_arrive() {
    for client in CLIENTS {
        let mut server = Server::new(None);
        let address = server.address();
        let serving = thread::spawn(move || {
            assert!(matches!(server.serve(true), End::Cut));
            server.session = None;
            assert!(matches!(server.serve(false), End::Disconnected));
            server.log
        });
        let output = run(client, &[&address, "5"]);
        let log = serving.join().unwrap();
        let publishes: Vec<_> = log.iter().filter(|line| line.starts_with("PUB")).collect();
        let expected = [
            "PUBLISH d0 21.5",
            "PUBLISH d0 21.6",
            "PUBACK",
            "PUBLISH d0 21.7",
            "PUBACK",
        ];
        assert_eq!(publishes, expected, "{client}");
        assert!(printed(&output)[0].starts_with("21.5 arrived: Err"));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn a_client_that_waits_keeps_the_connection_alive() {
    for client in CLIENTS {
        let server = Server::new(Some(1));
        let address = server.address();
        let serving = thread::spawn(move || server.serve_twice());
        let output = run(client, &[&address, "5"]);
        let log = serving.join().unwrap();
        let pings = log.iter().filter(|line| *line == "PINGREQ").count();
        assert_eq!((pings, output.status.code()), (3, Some(0)), "{client}");
    }
}

#[test]
fn a_client_that_is_not_let_in_says_why() {
    for client in CLIENTS {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let refusing = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read(&mut stream, &mut Vec::new());
            stream.write_all(b"\x20\x02\x00\x05").unwrap();
        });
        let output = run(client, &[&address, "3.1.1"]);
        refusing.join().unwrap();
        assert_eq!(output.status.code(), Some(1), "{client}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("Not authorized"));
    }
}
