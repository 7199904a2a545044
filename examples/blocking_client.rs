//! A client that blocks, on two threads: one measures, the other has the connection:
//! `cargo run --example blocking_client -- 127.0.0.1:1883`.

mod sensor;

use std::io::{ErrorKind, Read, Write};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};
use std::{convert::Infallible, error::Error, net::TcpStream, thread};

use puremqtt::*;
use sensor::Reading;

fn main() -> Result<(), Box<dyn Error>> {
    let (address, connect) = sensor::arguments(Version::V3_1_1)?;
    let (sender, readings) = mpsc::channel();
    thread::spawn(move || measure(&sender));
    let start = Instant::now(); // of the session's time
    let mut session = Session::new().known_to_server();
    loop {
        let mut stream = TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(Duration::from_millis(100)))?;
        let mut connection = ClientConnection::new(session, &connect, start.elapsed());
        let Err(cause) = run(&mut connection, connect, &mut stream, &readings, start);
        let closed = connection.close(cause);
        if let Some(farewell) = closed.farewell {
            let mut outbox = Vec::new();
            farewell.encode(&mut outbox)?;
            stream.write_all(&outbox)?;
        }
        match cause {
            Cause::Lost => session = closed.session,
            Cause::Reason(ReasonCode::NORMAL_DISCONNECTION) => return Ok(()),
            other => return Err(other.into()),
        }
    }
}

fn measure(readings: &Sender<Reading>) {
    for value in sensor::VALUES {
        let (arrived, answer) = mpsc::channel();
        let _ = readings.send(Reading::new(value, move |reason| arrived.send(reason)));
        println!("{value} arrived: {:?}", answer.recv());
    }
}

/// One connection, until it breaks or there are no more readings.
fn run(
    connection: &mut ClientConnection<Reading>,
    connect: Connect<'_>,
    stream: &mut TcpStream,
    readings: &Receiver<Reading>,
    start: Instant,
) -> Result<Infallible, Cause> {
    let now = || start.elapsed();
    let mut decoder = Decoder::client(connect.version);
    let mut encoder = Encoder::client(connect.version);
    let (mut inbox, mut outbox, mut buffer) = (Vec::new(), Vec::new(), [0; 4096]);
    encoder.encode(connect, &mut outbox)?;
    loop {
        connection.configure(&mut decoder, &mut encoder);
        match readings.try_recv() {
            Ok(reading) => {
                let terms = reading.terms(now());
                drop(connection.publish(reading, terms, now())); // or it is handed back
            }
            Err(TryRecvError::Disconnected) => Err(ReasonCode::NORMAL_DISCONNECTION)?,
            Err(TryRecvError::Empty) => {}
        }
        while let Some(next) = connection.transmit(now()) {
            next.encode(&mut encoder, &mut outbox)?;
            next.sent();
        }
        while connection.dropped().is_some() {} // their sensors hear it
        if let Some(ping) = connection.poll(now())? {
            encoder.encode(ping, &mut outbox)?;
        }
        stream.write_all(&outbox).map_err(|_| Cause::Lost)?;
        outbox.clear();
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => inbox.extend(buffer.iter().take(count)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return Err(Cause::Lost),
        }
        while let Some((packet, used)) = decoder.decode(&inbox)? {
            let Received { event, reply } = connection.receive(packet, now())?;
            match event {
                Some(Event::Refused(refusal)) => Err(refusal.connack.reason)?,
                Some(Event::Message(publish, receipt)) => {
                    println!("{}: {}", publish.topic, publish.payload.escape_ascii());
                    receipt.map(|receipt| connection.acknowledge(receipt));
                }
                Some(Event::Connected { .. }) => {
                    if let Ok(subscribe) = connection.subscribe(&sensor::WANTED, now()) {
                        encoder.encode(subscribe, &mut outbox)?;
                    }
                }
                Some(Event::Published {
                    message, reason, ..
                }) => sensor::arrived(message, reason),
                _ => {}
            }
            if let Some(reply) = reply {
                encoder.encode(reply, &mut outbox)?;
            }
            inbox.drain(..used);
        }
    }
}
