use std::io;

use bytes::{Bytes, BytesMut};
use tokio_util::codec;

use crate::codec::{Decoder, Encoder};
use crate::connection::Cause;
use crate::packet::{DecodeError, EncodeError, Packet, Version};

/// One side's frames over tokio: [`Framed`](codec::Framed) yields each packet whole, as
/// [`Bytes`], and takes packets to send.
///
/// A packet borrows from its frame, so it is decoded where it is used, by the
/// codec's own [`decoder`](Self::decoder). Decode each frame before the next
/// one is asked for: a CONNECT tells a server's decoder the version, and Topic
/// Aliases have an order. Sizes are judged on the fixed header, before any body
/// is awaited; nothing is reserved by what it promises.
///
/// ```
/// use futures_util::{SinkExt, StreamExt};
/// use puremqtt::{Connect, FrameCodec, Message, Packet, Publish, TopicName, Version};
/// use tokio_util::codec::Framed;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (ours, theirs) = tokio::io::duplex(1024); // two sockets, say
/// let mut client = Framed::new(ours, FrameCodec::client(Version::V5));
/// let publish = Publish::new(TopicName::literal("area/10/temperature"), b"21.5");
/// client.send(Connect::default().into()).await?;
/// client.send(publish.into()).await?;
/// client.close().await?;
///
/// let mut server = Framed::new(theirs, FrameCodec::server());
/// let mut messages = Vec::new();
/// while let Some(frame) = server.next().await.transpose()? {
///     if let Some((Packet::Publish(publish), _)) = server.codec_mut().decoder.decode(&frame)? {
///         messages.push(Message::shared(&frame, &publish)); // without a copy
///     }
/// }
/// assert_eq!(messages, [Message::from(&publish)]);
/// # Ok(())
/// # }
/// ```
///
/// A connection carries what it has agreed on into both:
/// `connection.configure(&mut codec.decoder, &mut codec.encoder)`.
#[derive(Clone, Debug)]
pub struct FrameCodec {
    /// Judges the fixed headers, and decodes the frames.
    pub decoder: Decoder,
    /// Encodes what is sent.
    pub encoder: Encoder,
    /// A frame that was refused: nothing after it is read.
    failed: Option<DecodeError>,
}

impl FrameCodec {
    /// Of a decoder and an encoder that are set up already, for one new connection.
    pub const fn new(decoder: Decoder, encoder: Encoder) -> Self {
        Self {
            decoder,
            encoder,
            failed: None,
        }
    }

    /// A client's, as [`Decoder::client`] and [`Encoder::client`].
    pub const fn client(version: Version) -> Self {
        Self::new(Decoder::client(version), Encoder::client(version))
    }

    /// A server's, as [`Decoder::server`]; its encoder writes MQTT 5 until
    /// [`ServerConnection::configure`](crate::ServerConnection::configure)
    /// tells it otherwise.
    pub const fn server() -> Self {
        Self::new(Decoder::server(), Encoder::server(Version::V5))
    }
}

impl codec::Decoder for FrameCodec {
    type Item = Bytes;
    type Error = FrameError;

    /// The first packet of `src`, if it is there whole.
    ///
    /// # Errors
    /// Its fixed header is no MQTT, or beyond a limit: nothing after it can be
    /// understood, so from then on the error stays, whatever comes in.
    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        match self.decoder.frame_len(src) {
            Ok(len) => Ok(len.map(|len| src.split_to(len).freeze())),
            Err(error) => {
                self.failed = Some(error);
                Err(error.into())
            }
        }
    }
}

impl codec::Encoder<Packet<'_>> for FrameCodec {
    type Error = FrameError;

    /// As [`Encoder::encode`].
    ///
    /// # Errors
    /// As there: nothing was written then.
    fn encode(&mut self, packet: Packet<'_>, dst: &mut BytesMut) -> Result<(), FrameError> {
        Ok(self.encoder.encode(packet, dst)?)
    }
}

/// What goes wrong on a stream of frames.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The peer has sent what is no MQTT.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The packet cannot be sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The transport has failed, or ended amid a frame.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Why to close: a transport that has failed is [`Cause::Lost`].
impl From<FrameError> for Cause {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Decode(error) => Self::Decode(error),
            FrameError::Encode(error) => Self::Encode(error),
            FrameError::Io(_) => Self::Lost,
        }
    }
}
