//! What a transport has to meet, and no codec can: TCP (4.2) and WebSockets (chapter 6), as the
//! broker serves them and the clients use them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::ffi::OsString;
use std::num::NonZeroU16;
use std::time::Duration;

use puremqtt_examples::broker::config::Config;
use puremqtt_examples::broker::core::Broker;
use puremqtt_examples::broker::server::{Door, Server};
use puremqtt_examples::client::arguments::Arguments;
use puremqtt_examples::client::connection::{Connection, Options};
use puremqtt_examples::client::transport;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A client "a", as a version says it, and the answer to it.
struct Opening {
    connect: &'static [u8],
    connack: &'static [u8],
}

const V3_1_1: Opening = Opening {
    connect: b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01a",
    connack: b"\x20\x02\0\0",
};
const V5: Opening = Opening {
    connect: b"\x10\x0e\0\x04MQTT\x05\x02\0\0\0\0\x01a",
    connack: b"\x20\x03\0\0\0",
};
const PINGREQ: &[u8] = b"\xc0\0";
const PINGRESP: &[u8] = b"\xd0\0";

const HANDSHAKE: &str = "GET /mqtt HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
/// First bytes of frames (RFC 6455, section 5.2).
const BINARY: u8 = 0x82;
const TEXT: u8 = 0x81;

/// A connection to a new broker.
async fn dial(websocket: bool) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // What is the standard's default it does not announce.
    let config = Config {
        receive_maximum: NonZeroU16::MAX,
        topic_alias_maximum: 0,
        ..Config::default()
    };
    let server = Server::new(Broker::new(config, None, None, Duration::ZERO));
    let door = Door {
        websocket,
        ..Door::default()
    };
    tokio::spawn(async move { server.listen(listener, door).await });
    TcpStream::connect(address).await.unwrap()
}

/// All up to the empty line that ends a head of HTTP, in lower case.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap().to_ascii_lowercase()
}

/// The same, with a WebSocket agreed on.
async fn dial_websocket() -> TcpStream {
    let mut stream = dial(true).await;
    stream.write_all(HANDSHAKE.as_bytes()).await.unwrap();
    assert!(head(&mut stream).await.starts_with("http/1.1 101 "));
    stream
}

/// Sends a frame, with a mask of zeros.
async fn send(stream: &mut TcpStream, first: u8, payload: &[u8]) {
    let len = u8::try_from(payload.len()).unwrap();
    let header = [first, 0x80 | len, 0, 0, 0, 0];
    stream
        .write_all(&[&header, payload].concat())
        .await
        .unwrap();
}

/// So many bytes out of frames, which all have to be binary.
async fn receive(stream: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut received = Vec::new();
    while received.len() < len {
        assert_eq!(stream.read_u8().await.unwrap(), BINARY);
        let mut payload = vec![0; stream.read_u8().await.unwrap().into()];
        stream.read_exact(&mut payload).await.unwrap();
        received.extend(payload);
    }
    received
}

async fn packets_travel_in_binary_frames(opening: Opening) {
    let mut stream = dial_websocket().await;
    send(&mut stream, BINARY, opening.connect).await;
    let connack = receive(&mut stream, opening.connack.len()).await;
    assert_eq!(connack, opening.connack);
    send(&mut stream, BINARY, PINGREQ).await;
    assert_eq!(receive(&mut stream, 2).await, PINGRESP);
    // A PUBLISH of which each byte is text, in a frame of text; nothing behind it is read.
    send(&mut stream, TEXT, b"\x30\x05\0\x01a\0x").await;
    let _ = stream.write_all(&[BINARY, 0x82, 0, 0, 0, 0, 0xc0, 0]).await;
    let mut last = Vec::new();
    let _ = stream.read_to_end(&mut last).await;
    assert!(!last.ends_with(PINGRESP), "{last:02x?}");
}

#[tokio::test]
async fn v3_1_1_mqtt_6_0_0_1_packets_travel_in_binary_frames() {
    packets_travel_in_binary_frames(V3_1_1).await;
}

#[tokio::test]
async fn v5_0_mqtt_6_0_0_1_packets_travel_in_binary_frames() {
    packets_travel_in_binary_frames(V5).await;
}

async fn frames_and_packets_have_borders_of_their_own(opening: Opening) {
    // A byte a frame.
    let mut stream = dial_websocket().await;
    for byte in opening.connect.iter().chain(PINGREQ) {
        send(&mut stream, BINARY, &[*byte]).await;
    }
    let expected = [opening.connack, PINGRESP].concat();
    assert_eq!(receive(&mut stream, expected.len()).await, expected);
    // Two and a half packets in a frame, and then the rest.
    let mut stream = dial_websocket().await;
    let (many, rest) = (
        [opening.connect, PINGREQ, &PINGREQ[..1]].concat(),
        &PINGREQ[1..],
    );
    send(&mut stream, BINARY, &many).await;
    assert_eq!(receive(&mut stream, expected.len()).await, expected);
    send(&mut stream, BINARY, rest).await;
    assert_eq!(receive(&mut stream, 2).await, PINGRESP);
}

#[tokio::test]
async fn v3_1_1_mqtt_6_0_0_2_frames_and_packets_have_borders_of_their_own() {
    frames_and_packets_have_borders_of_their_own(V3_1_1).await;
}

#[tokio::test]
async fn v5_0_mqtt_6_0_0_2_frames_and_packets_have_borders_of_their_own() {
    frames_and_packets_have_borders_of_their_own(V5).await;
}

/// The options of a client for this port.
fn options(port: u16, websocket: bool) -> Connection {
    let port = port.to_string();
    let mut words = vec!["-h", "127.0.0.1", "-p", &port];
    if websocket {
        words.push("--ws");
    }
    let mut arguments = Arguments::new(words.into_iter().map(OsString::from));
    let mut options = Options::default();
    while let Ok(Some(option)) = arguments.advance() {
        let option = option.to_owned();
        assert!(matches!(options.take(&option, &mut arguments), Ok(true)));
    }
    options.finish().ok().unwrap()
}

/// What a client asks a server for that it connects to.
async fn a_client_offers_mqtt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = options(listener.local_addr().unwrap().port(), true);
    tokio::spawn(async move { transport::open(&options).await.map(drop) });
    let (mut stream, _) = listener.accept().await.unwrap();
    let request = head(&mut stream).await;
    assert!(request.starts_with("get "), "{request}");
    assert!(
        request.contains("\r\nsec-websocket-protocol: mqtt\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn v3_1_1_mqtt_6_0_0_3_a_client_offers_mqtt() {
    a_client_offers_mqtt().await;
}

#[tokio::test]
async fn v5_0_mqtt_6_0_0_3_a_client_offers_mqtt() {
    a_client_offers_mqtt().await;
}

/// Whatever else a client offers; without it there is no WebSocket.
async fn a_server_chooses_mqtt() {
    for offered in ["mqtt", "chat, mqtt", "mqtt, chat"] {
        let mut stream = dial(true).await;
        let handshake = HANDSHAKE.replace("Protocol: mqtt", &format!("Protocol: {offered}"));
        stream.write_all(handshake.as_bytes()).await.unwrap();
        let response = head(&mut stream).await;
        assert!(response.starts_with("http/1.1 101 "), "{response}");
        assert!(
            response.contains("\r\nsec-websocket-protocol: mqtt\r\n"),
            "{response}"
        );
    }
    let mut stream = dial(true).await;
    let handshake = HANDSHAKE.replace("Protocol: mqtt", "Protocol: chat");
    stream.write_all(handshake.as_bytes()).await.unwrap();
    assert!(head(&mut stream).await.starts_with("http/1.1 400 "));
}

#[tokio::test]
async fn v3_1_1_mqtt_6_0_0_4_a_server_chooses_mqtt() {
    a_server_chooses_mqtt().await;
}

#[tokio::test]
async fn v5_0_mqtt_6_0_0_4_a_server_chooses_mqtt() {
    a_server_chooses_mqtt().await;
}

/// Bytes go both ways over TCP, all of them and in their order: messages that a client publishes
/// to itself, cut wherever the network cuts them.
async fn a_server_serves_tcp(opening: Opening, subscribe: &[u8], suback: usize, publish: &[u8]) {
    let stream = dial(false).await;
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(opening.connect).await.unwrap();
    writer.write_all(subscribe).await.unwrap();
    let mut answers = vec![0; opening.connack.len() + suback];
    reader.read_exact(&mut answers).await.unwrap();
    assert_eq!(answers[..opening.connack.len()], *opening.connack);
    let sent: Vec<u8> = (0..=u8::MAX)
        .flat_map(|number| [publish, &[number]].concat())
        .collect();
    let outgoing = sent.clone();
    tokio::spawn(async move {
        for piece in outgoing.chunks(7) {
            writer.write_all(piece).await.unwrap();
        }
        // Stays open until all has come back.
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(writer);
    });
    let mut received = vec![0; sent.len()];
    reader.read_exact(&mut received).await.unwrap();
    assert_eq!(received, sent);
}

#[tokio::test]
async fn v3_1_1_mqtt_7_1_1_1_a_server_serves_tcp() {
    let subscribe = b"\x82\x06\0\x01\0\x01a\0";
    a_server_serves_tcp(V3_1_1, subscribe, 5, b"\x30\x04\0\x01a").await;
}

#[tokio::test]
async fn v5_0_mqtt_4_2_0_1_a_server_serves_tcp() {
    let subscribe = b"\x82\x07\0\x01\0\0\x01a\0";
    a_server_serves_tcp(V5, subscribe, 6, b"\x30\x05\0\x01a\0").await;
}

async fn a_client_uses_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = options(listener.local_addr().unwrap().port(), false);
    let echo = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (mut reader, mut writer) = stream.into_split();
        tokio::io::copy(&mut reader, &mut writer).await.unwrap();
    });
    let Ok(mut stream) = transport::open(&options).await else {
        panic!("nobody is there");
    };
    let sent: Vec<u8> = (0..=u8::MAX).collect();
    stream.write_all(&sent).await.unwrap();
    stream.flush().await.unwrap();
    let mut received = vec![0; sent.len()];
    stream.read_exact(&mut received).await.unwrap();
    assert_eq!(received, sent);
    drop(stream);
    echo.await.unwrap();
}

#[tokio::test]
async fn v3_1_1_mqtt_7_1_2_1_a_client_uses_tcp() {
    a_client_uses_tcp().await;
}

#[tokio::test]
async fn v5_0_mqtt_4_2_0_1_a_client_uses_tcp() {
    a_client_uses_tcp().await;
}
