//! Bytes of the hostile, and what they make of the broker's.

use puremqtt::{Connect, Decoder, Encoder, Packet, Version};

/// A CONNECT of this version, with the longest Keep Alive that is allowed.
pub(crate) fn connect(version: Version, client_id: &str) -> Vec<u8> {
    let connect = Connect {
        version,
        client_id,
        clean_start: true,
        keep_alive: 10,
        ..Connect::default()
    };
    encode(version, connect)
}

pub(crate) fn encode<'a>(version: Version, packet: impl Into<Packet<'a>> + Copy) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(version);
    encoder.encode(packet, &mut bytes).unwrap();
    bytes
}

/// What one of them has heard from the broker.
#[derive(Default)]
pub(crate) struct Heard {
    bytes: Vec<u8>,
    pub(crate) subacks: usize,
    /// The code of a CONNACK that refuses, or of a DISCONNECT.
    pub(crate) told: Option<u8>,
}

impl Heard {
    /// Takes what came in. Of most packets no more than the length is looked at.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let decoder = Decoder::client(Version::V5);
        let mut rest = &self.bytes[..];
        while let Ok(Some(length)) = decoder.frame_len(rest) {
            let (packet, after) = rest.split_at_checked(length).unwrap_or((&[], rest));
            match packet.first().map(|first| first >> 4) {
                None => break,
                Some(2) => self.told = packet.get(3).copied().filter(|code| *code != 0),
                Some(9) => self.subacks += 1,
                // Without a code it is a normal one.
                Some(14) => self.told = Some(packet.get(2).copied().unwrap_or_default()),
                Some(_) => {}
            }
            rest = after;
        }
        let used = self.bytes.len() - rest.len();
        self.bytes.drain(..used);
    }
}
