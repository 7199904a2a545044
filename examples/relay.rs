//! What a broker cannot be better than: bytes from one connection to another, unread.
//!
//! ```text
//! cargo run --release --example relay -- PORT
//! ```
//!
//! The first connection is told that it has subscribed, and gets all that the second one sends,
//! once that is told that it has connected; then come the next two. It stands among the brokers that
//! `benches/brokers` measures, for messages of QoS 0.

use std::io::{Read, Result, Write};
use std::net::{TcpListener, TcpStream};

/// Bytes that are read at once.
const AT_ONCE: usize = 64 * 1024;

const CONNACK: &[u8] = &[0x20, 2, 0, 0];

/// For packet identifier 1, granting QoS 0.
const SUBACK: &[u8] = &[0x90, 3, 0, 1, 0];

fn main() -> Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    let listener = TcpListener::bind(("127.0.0.1", port.unwrap_or(1883)))?;
    eprintln!("Listening on {}.", listener.local_addr()?);
    loop {
        // A pair that has gone is followed by another.
        if let Err(error) = relay(&listener) {
            eprintln!("{error}");
        }
    }
}

fn relay(listener: &TcpListener) -> Result<()> {
    let mut bytes = vec![0; AT_ONCE];
    let mut subscriber = greet(listener, &mut bytes)?;
    answer(&mut subscriber, SUBACK, &mut bytes)?;
    let mut publisher = greet(listener, &mut bytes)?;
    loop {
        match publisher.read(&mut bytes)? {
            0 => return Ok(()),
            read => subscriber.write_all(bytes.get(..read).unwrap_or_default())?,
        }
    }
}

fn greet(listener: &TcpListener, bytes: &mut [u8]) -> Result<TcpStream> {
    let (mut stream, _) = listener.accept()?;
    answer(&mut stream, CONNACK, bytes)?;
    Ok(stream)
}

/// Answers a packet that comes in one piece.
fn answer(stream: &mut TcpStream, answer: &[u8], bytes: &mut [u8]) -> Result<()> {
    match stream.read(bytes)? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => stream.write_all(answer),
    }
}
