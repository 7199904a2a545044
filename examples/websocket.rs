//! MQTT over WebSocket (chapter 6): binary frames as one stream of bytes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, Stream};
use puremqtt::{Decoder, Version};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{
    Request, Response, create_response, write_response,
};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
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

    /// Answers a client's handshake. `rest` is what came behind it.
    ///
    /// # Errors
    /// It is no handshake, or one for another protocol; the client was told.
    pub async fn accept(mut stream: S, request: &Request, rest: Vec<u8>) -> io::Result<Self> {
        let Some(response) = respond(request) else {
            stream.write_all(REFUSAL.as_bytes()).await?;
            stream.shutdown().await?;
            let reason = "no handshake for MQTT over a WebSocket";
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        };
        let mut answer = Vec::new();
        write_response(&mut answer, &response).map_err(to_io)?;
        stream.write_all(&answer).await?;
        stream.flush().await?;
        let config = WebSocketConfig::default().read_buffer_size(READ_AT_ONCE);
        let role = Role::Server;
        let frames = WebSocketStream::from_partially_read(stream, rest, role, Some(config)).await;
        Ok(Self::new(frames))
    }
}

/// Bytes that a WebSocket reads at once.
const READ_AT_ONCE: usize = 8 * 1024;

const REFUSAL: &str = "HTTP/1.1 400 Bad Request\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Protocol: mqtt\r\n\
    Content-Length: 0\r\n\
    Connection: close\r\n\r\n";

/// [MQTT-6.0.0-3] [MQTT-6.0.0-4] The client has to offer the sub-protocol, and the server to
/// choose it.
fn respond(request: &Request) -> Option<Response> {
    let mut response = create_response(request).ok()?;
    let offered = request.headers().get_all(PROTOCOL_HEADER).into_iter();
    let chosen = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|name| {
            let known = [PROTOCOL, PROTOCOL_3_1];
            known.into_iter().find(|known| *known == name.trim())
        });
    let value = HeaderValue::from_static(chosen?);
    response.headers_mut().insert(PROTOCOL_HEADER, value);
    Some(response)
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
