//! A client that does one thing after the other.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use puremqtt::{
    Connect, Decoder, Encoder, Packet, PacketId, QoS, Subscribe, Subscription, Version,
};

use crate::Result;

pub struct Client {
    stream: TcpStream,
    decoder: Decoder,
    encoder: Encoder,
    input: BytesMut,
}

/// Longer than a busy broker takes for anything.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    /// Connects, and waits for the CONNACK.
    pub fn connect(address: SocketAddr, id: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let version = Version::V3_1_1;
        let mut client = Self {
            stream,
            decoder: Decoder::client(version),
            encoder: Encoder::client(version),
            input: BytesMut::new(),
        };
        client.send(Connect {
            version,
            client_id: id,
            clean_start: true,
            ..Connect::default()
        })?;
        client.wait_for(|packet| matches!(packet, Packet::ConnAck(_)))?;
        Ok(client)
    }

    pub fn send<'a>(&mut self, packet: impl Into<Packet<'a>> + Copy) -> Result<()> {
        self.send_times(packet, 1)
    }

    /// Sends a packet again and again, in one piece.
    pub fn send_times<'a>(
        &mut self,
        packet: impl Into<Packet<'a>> + Copy,
        times: usize,
    ) -> Result<()> {
        let mut bytes = Vec::new();
        for _ in 0..times {
            self.encoder.encode(packet, &mut bytes)?;
        }
        Ok(self.stream.write_all(&bytes)?)
    }

    /// Subscribes, and waits for the SUBACK.
    pub fn subscribe(&mut self, filters: &[String]) -> Result<()> {
        let subscriptions = filters
            .iter()
            .map(|filter| {
                Ok(Subscription::new(
                    filter.as_str().try_into()?,
                    QoS::AtLeastOnce,
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        let packet_id = PacketId::from(std::num::NonZeroU16::MIN);
        self.send(Subscribe::new(packet_id, (&subscriptions[..]).into()))?;
        self.wait_for(|packet| matches!(packet, Packet::SubAck(_)))
    }

    /// Waits until the broker has handled all that was sent.
    pub fn settle(&mut self) -> Result<()> {
        self.send(Packet::PingReq)?;
        self.wait_for(|packet| matches!(packet, Packet::PingResp))
    }

    /// Waits for a message.
    pub fn receive(&mut self) -> Result<()> {
        self.wait_for(|packet| matches!(packet, Packet::Publish(_)))
    }

    /// Passes over what comes before it.
    fn wait_for(&mut self, is_it: impl Fn(&Packet<'_>) -> bool) -> Result<()> {
        let mut some = [0; 16 * 1024];
        loop {
            while let Some((packet, used)) = self.decoder.decode(&self.input)? {
                let is_it = is_it(&packet);
                self.input.advance(used);
                if is_it {
                    if self.input.is_empty() {
                        self.input = BytesMut::new();
                    }
                    return Ok(());
                }
            }
            match self.stream.read(&mut some)? {
                0 => return Err("the broker has closed a connection".into()),
                read => self
                    .input
                    .extend_from_slice(some.get(..read).unwrap_or_default()),
            }
        }
    }
}
