//! What carries the bytes, and the buffer they come in by.

use puremqtt::{DecodeError, Decoder, Packet, Version};

/// A modem or a network stack.
pub trait Network {
    /// Puts what has come in into `buffer`, and says how many bytes; 0: nothing is there yet.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Lost>;

    /// Takes the first of `bytes`, and says how many.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Lost>;
}

/// The network connection is gone.
#[derive(Debug)]
pub struct Lost;

/// A decoder with a buffer, which no packet can be larger than; new for each network connection.
pub struct Input<'b> {
    decoder: Decoder,
    buffer: &'b mut [u8],
    /// What has come in, and how much of it is handled.
    filled: usize,
    used: usize,
}

impl<'b> Input<'b> {
    pub fn new(version: Version, buffer: &'b mut [u8]) -> Self {
        let largest = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        Self {
            decoder: Decoder::client(version).with_max_packet_size(largest),
            buffer,
            filled: 0,
            used: 0,
        }
    }

    /// Reads what is there, and says how many bytes.
    pub fn read(&mut self, network: &mut impl Network) -> Result<usize, Lost> {
        self.buffer.copy_within(self.used..self.filled, 0);
        self.filled -= self.used;
        self.used = 0;
        let count = network.read(&mut self.buffer[self.filled..])?;
        self.filled += count;
        Ok(count)
    }

    /// The next packet, when all of it is there.
    pub fn packet(&mut self) -> Result<Option<Packet<'_>>, DecodeError> {
        let unused = &self.buffer[self.used..self.filled];
        let Some((packet, len)) = self.decoder.decode(unused)? else {
            return Ok(None);
        };
        self.used += len;
        Ok(Some(packet))
    }
}
