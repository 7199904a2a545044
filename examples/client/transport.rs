//! TCP, TLS and WebSocket as one stream of bytes.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::connection::Connection;
use super::failure::Failure;
use super::tls;
use crate::websocket::{self, WebSocket};

pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Transport for S {}

/// Connects as the options say.
///
/// # Errors
/// Nobody is there, or speaks what is to be spoken.
pub async fn open(options: &Connection) -> Result<Box<dyn Transport>, Failure> {
    let stream = tcp(options).await?;
    match &options.tls {
        None => dress(stream, "ws", options).await,
        Some(tls) => {
            let stream = tls::connect(stream, &options.host, tls).await?;
            dress(stream, "wss", options).await
        }
    }
}

async fn tcp(options: &Connection) -> Result<TcpStream, Failure> {
    let unreachable = |error: io::Error| Failure::Unreachable(error.to_string());
    let found = lookup_host((options.host.as_str(), options.port)).await;
    let addresses: Vec<_> = found
        .map_err(|_| Failure::Unreachable(format!("no address of {} is known", options.host)))?
        .collect();
    let stream = TcpStream::connect(&*addresses).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    Ok(stream)
}

/// In a WebSocket, if it is to be one.
async fn dress(
    stream: impl Transport + 'static,
    scheme: &str,
    options: &Connection,
) -> Result<Box<dyn Transport>, Failure> {
    if !options.websocket {
        return Ok(Box::new(stream));
    }
    let unreachable = |error: &dyn std::fmt::Display| Failure::Unreachable(error.to_string());
    let host = match &options.host {
        host if host.contains(':') => format!("[{host}]"),
        host => host.clone(),
    };
    let address = format!("{scheme}://{host}:{}/mqtt", options.port);
    let mut request = address
        .into_client_request()
        .map_err(|error| unreachable(&error))?;
    // [MQTT-6.0.0-3]
    let protocol = HeaderValue::from_static(websocket::PROTOCOL);
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", protocol);
    let (frames, _) = client_async(request, stream)
        .await
        .map_err(|error| unreachable(&error))?;
    Ok(Box::new(WebSocket::new(frames)))
}
