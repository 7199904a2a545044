//! What a port for WebSockets says to a browser that opens none: a page, in a few files.
//!
//! One request a connection, GET alone, no encoding of paths.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::fs::{self, File};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, sink};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::machine::TryParse;
use tokio_tungstenite::tungstenite::handshake::server::Request;

use crate::websocket::WebSocket;

/// Bytes of a request, at the most.
const LARGEST_REQUEST: usize = 8 * 1024;

/// So long a request may take.
const REQUEST: Duration = Duration::from_secs(10);

/// So long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);

/// So long it is waited for a browser to take notice of an answer's end, and so many bytes of
/// its own are read meanwhile.
const LINGER: (Duration, u64) = (Duration::from_secs(2), 64 * 1024);

/// The files.
#[derive(Clone, Default)]
pub struct Site {
    /// Where they are; `None`: in the program.
    folder: Option<Arc<Path>>,
}

/// The built-in page, and what it asks for.
const BUILT_IN: [(&str, &[u8]); 8] = [
    ("index.html", include_bytes!("../web/index.html")),
    ("style.css", include_bytes!("../web/style.css")),
    ("icon.svg", include_bytes!("../web/icon.svg")),
    ("app.js", include_bytes!("../web/app.js")),
    ("tree.js", include_bytes!("../web/tree.js")),
    ("line.js", include_bytes!("../web/line.js")),
    ("mqtt.js", include_bytes!("../web/mqtt.js")),
    (
        "mqtt.LICENSE.txt",
        include_bytes!("../web/mqtt.LICENSE.txt"),
    ),
];

/// How an answer begins.
struct Status(&'static str);

const BAD_REQUEST: Status = Status("400 Bad Request");
const NOT_FOUND: Status = Status("404 Not Found");
const METHOD_NOT_ALLOWED: Status = Status("405 Method Not Allowed\r\nAllow: GET");
const REQUEST_TOO_LARGE: Status = Status("431 Request Header Fields Too Large");

impl Site {
    pub fn new(folder: Option<PathBuf>) -> Self {
        let folder = folder.map(Arc::from);
        Self { folder }
    }

    /// Does what the first request on a connection asks for: opens a WebSocket, or sends a file,
    /// and then there is none.
    ///
    /// # Errors
    /// The connection has broken, what came in is no request, or it took too long.
    pub async fn open<S>(&self, mut stream: S) -> io::Result<Option<WebSocket<S>>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let request = timeout(REQUEST, read_request(&mut stream)).await??;
        match request {
            Ok((request, rest)) if request.headers().contains_key("upgrade") => {
                let opened = WebSocket::accept(stream, &request, rest);
                timeout(REQUEST, opened).await?.map(Some)
            }
            Ok((request, _)) => {
                let answered = self.answer(&mut stream, request.uri().path());
                timeout(ANSWER, answered).await??;
                end(stream).await
            }
            Err(status) => {
                timeout(ANSWER, refuse(&mut stream, &status)).await??;
                end(stream).await
            }
        }
    }

    async fn answer(&self, stream: &mut (impl AsyncWrite + Unpin), path: &str) -> io::Result<()> {
        let name = match path.strip_prefix('/') {
            Some("") => "index.html",
            Some(name) => name,
            None => return refuse(stream, &BAD_REQUEST).await,
        };
        let Some(folder) = &self.folder else {
            return match BUILT_IN.iter().find(|(known, _)| *known == name) {
                Some((_, bytes)) => send(stream, name, bytes.len() as u64, *bytes).await,
                None => refuse(stream, &NOT_FOUND).await,
            };
        };
        match open_file(folder, name).await {
            Ok((file, length)) => send(stream, name, length, file).await,
            Err(_) => refuse(stream, &NOT_FOUND).await,
        }
    }
}

/// The request, and what came behind it.
async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
) -> io::Result<Result<(Request, Vec<u8>), Status>> {
    let mut bytes = Vec::new();
    let mut reader = stream.take(LARGEST_REQUEST as u64);
    loop {
        if reader.read_buf(&mut bytes).await? == 0 {
            return match bytes.len() {
                LARGEST_REQUEST => Ok(Err(REQUEST_TOO_LARGE)),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        match Request::try_parse(&bytes) {
            Ok(Some((length, request))) => return Ok(Ok((request, bytes.split_off(length)))),
            Ok(None) => {}
            Err(Error::Protocol(ProtocolError::WrongHttpMethod)) => {
                return Ok(Err(METHOD_NOT_ALLOWED));
            }
            Err(_) => return Ok(Err(BAD_REQUEST)),
        }
    }
}

/// A file of the folder, wherever its links lead, as long as they stay there.
async fn open_file(folder: &Path, name: &str) -> io::Result<(File, u64)> {
    // Not `..`, and nothing that is hidden either.
    let is_plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\\');
    if !name.split('/').all(is_plain) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let folder = fs::canonicalize(folder).await?;
    let path = fs::canonicalize(folder.join(name)).await?;
    let metadata = fs::metadata(&path).await?;
    if !path.starts_with(&folder) || !metadata.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok((File::open(path).await?, metadata.len()))
}

async fn send(
    stream: &mut (impl AsyncWrite + Unpin),
    name: &str,
    length: u64,
    body: impl AsyncRead + Unpin,
) -> io::Result<()> {
    let head = head(&Status("200 OK"), content_type(name), length);
    stream.write_all(head.as_bytes()).await?;
    // Not more than announced, should the file have grown.
    copy(&mut body.take(length), stream).await?;
    Ok(())
}

async fn refuse(stream: &mut (impl AsyncWrite + Unpin), status: &Status) -> io::Result<()> {
    let line = status.0.lines().next().unwrap_or_default();
    let head = head(status, "text/plain; charset=utf-8", line.len() as u64 + 1);
    stream.write_all(format!("{head}{line}\n").as_bytes()).await
}

/// The page runs no script but its own, and speaks to this port alone.
fn head(status: &Status, content_type: &str, length: u64) -> String {
    format!(
        "HTTP/1.1 {}\r\n\
         Content-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\
         Content-Security-Policy: default-src 'self'; connect-src 'self' ws: wss:\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Cache-Control: no-cache\r\n\
         Connection: close\r\n\r\n",
        status.0
    )
}

fn content_type(name: &str) -> &'static str {
    let (_, extension) = name.rsplit_once('.').unwrap_or_default();
    match extension {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Closes in a way that leaves the answer whole: with bytes unread, it would be reset.
async fn end<S, R>(mut stream: S) -> io::Result<Option<R>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (time, bytes) = LINGER;
    timeout(time, stream.shutdown()).await??;
    let mut rest = stream.take(bytes);
    // However it ends.
    let _ = timeout(time, copy(&mut rest, &mut sink())).await;
    Ok(None)
}
