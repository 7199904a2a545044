//! A port for WebSockets answers plain HTTP with a page, and nothing else.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::time::Duration;

use puremqtt_examples::broker::config::Config;
use puremqtt_examples::broker::core::Broker;
use puremqtt_examples::broker::http::Site;
use puremqtt_examples::broker::server::{Door, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const HANDSHAKE: &str = "GET /mqtt HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\
    Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";

/// What a port with this site answers to these bytes, until it closes.
async fn answer_of(site: Site, request: &[u8]) -> String {
    let mut stream = dial(site).await;
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn dial(site: Site) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new(Broker::new(Config::default(), None, None, Duration::ZERO));
    let door = Door {
        websocket: true,
        site,
        ..Door::default()
    };
    tokio::spawn(async move { server.listen(listener, door).await });
    TcpStream::connect(address).await.unwrap()
}

async fn get(site: Site, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
    answer_of(site, request.as_bytes()).await
}

fn status(answer: &str) -> &str {
    answer.lines().next().unwrap_or_default()
}

#[tokio::test]
async fn the_page_and_all_that_it_asks_for_are_built_in() {
    let page = get(Site::default(), "/").await;
    assert_eq!(status(&page), "HTTP/1.1 200 OK");
    assert!(page.contains("Content-Type: text/html; charset=utf-8\r\n"));
    assert!(page.ends_with(include_str!("../web/index.html")));
    let scripts = [
        include_str!("../web/app.js"),
        include_str!("../web/tree.js"),
    ]
    .concat();
    let quoted = [page, scripts].concat();
    let names = quoted.split('"').filter_map(|text| {
        let name = text.strip_prefix("./").unwrap_or(text);
        let is_file = name.ends_with(".js") || name.ends_with(".css") || name.ends_with(".svg");
        is_file.then_some(name)
    });
    let mut count = 0;
    for name in names {
        count += 1;
        let answer = get(Site::default(), &format!("/{name}")).await;
        assert_eq!(status(&answer), "HTTP/1.1 200 OK", "{name}");
    }
    assert_eq!(count, 6);
}

#[tokio::test]
async fn a_length_is_that_of_the_file_and_a_query_does_not_matter() {
    let licence = include_str!("../web/mqtt.LICENSE.txt");
    let answer = get(Site::default(), "/mqtt.LICENSE.txt?again").await;
    assert!(answer.contains(&format!("\r\nContent-Length: {}\r\n", licence.len())));
    assert!(answer.ends_with(licence));
}

#[tokio::test]
async fn other_paths_methods_and_requests_are_refused() {
    let long = format!("GET / HTTP/1.1\r\nCookie: {}\r\n\r\n", "x".repeat(9_000));
    for (request, expected) in [
        ("GET /none HTTP/1.1\r\n\r\n", "404 Not Found"),
        ("GET /../Cargo.toml HTTP/1.1\r\n\r\n", "404 Not Found"),
        (
            "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi",
            "405 Method Not Allowed",
        ),
        ("HEAD / HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
        ("GET / HTTP/1.0\r\n\r\n", "400 Bad Request"),
        ("\x10\x0d\0\x04MQTT\x04\r\n\r\n", "400 Bad Request"),
        (&long, "431 Request Header Fields Too Large"),
        (
            &HANDSHAKE.replace("Protocol: mqtt", "Protocol: chat"),
            "400 Bad Request",
        ),
        (
            &HANDSHAKE.replace("Version: 13", "Version: 8"),
            "400 Bad Request",
        ),
        (
            &HANDSHAKE.replace("Upgrade: websocket", "Upgrade: h2c"),
            "400 Bad Request",
        ),
    ] {
        let answer = answer_of(Site::default(), request.as_bytes()).await;
        assert_eq!(status(&answer), format!("HTTP/1.1 {expected}"), "{request}");
    }
}

#[tokio::test]
async fn a_folder_takes_the_place_of_the_page_and_nothing_outside_is_served() {
    let name = format!("puremqtt-page-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let inside = folder.join("www");
    std::fs::create_dir_all(inside.join("sub")).unwrap();
    std::fs::write(folder.join("secret.txt"), "secret").unwrap();
    std::fs::write(inside.join(".hidden"), "secret").unwrap();
    std::fs::write(inside.join("index.html"), "mine").unwrap();
    std::fs::write(inside.join("sub/data.json"), "{}").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.join("secret.txt"), inside.join("link.txt")).unwrap();
    let site = Site::new(Some(inside));
    for (path, expected, body) in [
        ("/", "200 OK", "\r\n\r\nmine"),
        ("/sub/data.json", "200 OK", "\r\n\r\n{}"),
        ("/app.js", "404 Not Found", "Not Found\n"),
        ("/sub", "404 Not Found", "Not Found\n"),
        ("/link.txt", "404 Not Found", "Not Found\n"),
        ("/.hidden", "404 Not Found", "Not Found\n"),
        ("/../secret.txt", "404 Not Found", "Not Found\n"),
        ("/sub/../../secret.txt", "404 Not Found", "Not Found\n"),
        ("/%2e%2e/secret.txt", "404 Not Found", "Not Found\n"),
        ("//etc/passwd", "404 Not Found", "Not Found\n"),
    ] {
        let answer = get(site.clone(), path).await;
        assert_eq!(status(&answer), format!("HTTP/1.1 {expected}"), "{path}");
        assert!(answer.ends_with(body), "{path}: {answer}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_websocket_opens_even_when_its_first_frame_comes_with_the_handshake() {
    let mut stream = dial(Site::default()).await;
    // A binary frame with a mask of zeros, and in it the CONNECT of a client "a".
    let connect = b"\x82\x8f\0\0\0\0\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01a";
    let both = [HANDSHAKE.as_bytes(), connect].concat();
    stream.write_all(&both).await.unwrap();
    let mut answer = Vec::new();
    let connack = b"\x82\x04\x20\x02\0\0";
    while !answer.ends_with(connack) {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 101 "), "{answer}");
    // As RFC 6455 has it for this key.
    assert!(answer.contains("\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"));
    assert!(answer.contains("\r\nsec-websocket-protocol: mqtt\r\n"));
}
