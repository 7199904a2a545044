//! MQTT over WebSocket (chapter 6): binary frames as one stream of bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, Stream};
use puremqtt::{Decoder, Version};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

/// The sub-protocol that both sides have to name [MQTT-6.0.0-3].
pub const PROTOCOL: &str = "mqtt";

/// What clients of MQTT 3.1, which has no such chapter, call it.
const PROTOCOL_3_1: &str = "mqttv3.1";

const PROTOCOL_HEADER: &str = "Sec-WebSocket-Protocol";

/// A WebSocket whose frames are put together: packets do not keep to their borders [MQTT-6.0.0-2].
pub struct WebSocket<S> {
    frames: WebSocketStream<S>,
    /// What is left of the last one.
    rest: Bytes,
    /// Tells where a packet ends; of any version, as all have the same fixed header.
    packets: Decoder,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// A WebSocket after its handshake.
    pub fn new(frames: WebSocketStream<S>) -> Self {
        Self {
            frames,
            rest: Bytes::new(),
            packets: Decoder::new(Version::V5),
        }
    }

    /// A server's side of the handshake.
    ///
    /// # Errors
    /// What came in is no handshake, or one for another protocol.
    pub async fn accept(stream: S) -> io::Result<Self> {
        let accepted = accept_hdr_async(stream, choose_protocol).await;
        accepted.map(Self::new).map_err(to_io)
    }
}

/// [MQTT-6.0.0-3] [MQTT-6.0.0-4] The client has to offer it, and the server to choose it.
#[expect(clippy::result_large_err, reason = "the library wants it so")]
fn choose_protocol(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers().get_all(PROTOCOL_HEADER).into_iter();
    let chosen = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|name| {
            let known = [PROTOCOL, PROTOCOL_3_1];
            known.into_iter().find(|known| *known == name.trim())
        });
    if let Some(protocol) = chosen {
        let value = HeaderValue::from_static(protocol);
        response.headers_mut().insert(PROTOCOL_HEADER, value);
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some(format!("the sub-protocol is {PROTOCOL}\n")));
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    Err(refusal)
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for WebSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.frames).poll_next(context)) {
                Some(Ok(Message::Binary(bytes))) => self.rest = bytes,
                // [MQTT-6.0.0-1]
                Some(Ok(Message::Text(_))) => {
                    let error = io::Error::new(io::ErrorKind::InvalidData, "a frame of text");
                    return Poll::Ready(Err(error));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_))) | None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(to_io(error))),
            }
        }
        let some = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest.split_to(some));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WebSocket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.frames).poll_ready(context)).map_err(to_io)?;
        // A frame may hold many packets, but Paho C reads no more than the first one of each.
        let first = self.packets.frame_len(bytes).ok().flatten();
        let (packet, _) = bytes.split_at(first.unwrap_or(bytes.len()));
        let frame = Message::Binary(Bytes::copy_from_slice(packet));
        Pin::new(&mut self.frames)
            .start_send(frame)
            .map_err(to_io)?;
        Poll::Ready(Ok(packet.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.frames)
            .poll_flush(context)
            .map_err(to_io)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.frames)
            .poll_close(context)
            .map_err(to_io)
    }
}

fn to_io(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        other => io::Error::other(other),
    }
}
