//! From bytes to outcome: what the tests say of a packet.
//!
//! Packets are written in hexadecimal. What is decoded is leaked, so that a
//! test can hold it like any other value.

#[path = "../common/vectors/mod.rs"]
mod vectors;

use puremqtt::{DecodeError, Decoder, EncodeError, Encoder, Packet, ReasonCode, Version};

#[allow(unused_imports, reason = "each target needs a part of it")]
pub(crate) use vectors::{
    Statements, Vector, Verdict, accepted, bad_input, bytes_of, corpus, is_published_as_a_packet,
    refused, vectors, vectors_of,
};

pub(crate) const MALFORMED: ReasonCode = ReasonCode::MALFORMED_PACKET;
pub(crate) const PROTOCOL_ERROR: ReasonCode = ReasonCode::PROTOCOL_ERROR;
/// The standard has the rule and gives it no number.
pub(crate) const UNNUMBERED: Option<&str> = None;

/// The bytes of a packet: hexadecimal, or as they are.
pub(crate) trait Wire {
    fn bytes(self) -> Vec<u8>;
}

impl Wire for &str {
    fn bytes(self) -> Vec<u8> {
        hex(self)
    }
}

impl Wire for String {
    fn bytes(self) -> Vec<u8> {
        hex(&self)
    }
}

impl Wire for Vec<u8> {
    fn bytes(self) -> Vec<u8> {
        self
    }
}

/// `"30 02"` as bytes.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
        .collect()
}

/// A packet of this first byte and body, with its Remaining Length.
pub(crate) fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    packet.extend(length(body.len()));
    packet.extend(body);
    packet
}

/// A Variable Byte Integer, as the standard's own algorithm writes it.
pub(crate) fn length(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value % 128) as u8;
        value /= 128;
        if value == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// What `decoder` makes of exactly these bytes.
pub(crate) fn decode(
    mut decoder: Decoder,
    wire: impl Wire,
) -> Result<Packet<'static>, DecodeError> {
    let bytes = Vec::leak(wire.bytes());
    let kept = Box::leak(Box::new(decoder.clone()));
    let decoded = kept.decode(bytes).map(|found| {
        let (packet, used) = found.expect("the packet is complete");
        assert_eq!(used, bytes.len(), "{packet}");
        packet
    });
    match decoded {
        Ok(_) => {
            for end in 0..bytes.len().min(300) {
                let part = decoder.decode(&bytes[..end]);
                assert_eq!(part, Ok(None), "{bytes:02x?} up to {end}");
            }
        }
        Err(error) => {
            let _ = decoder.decode(bytes);
            let next = decoder.decode(&[0xc0, 0x00]);
            assert_eq!(next, Err(error), "a decoder that failed stays failed");
        }
    }
    decoded
}

/// The packet that these bytes are; it encodes back to them.
pub(crate) fn accepts(version: Version, wire: impl Wire) -> Packet<'static> {
    let bytes = wire.bytes();
    let packet = decodes(version, bytes.clone());
    encodes(version, packet, bytes);
    packet
}

/// The packet that these bytes are, though they are not how it is written.
pub(crate) fn decodes(version: Version, wire: impl Wire) -> Packet<'static> {
    let bytes = wire.bytes();
    match decode(Decoder::new(version), bytes.clone()) {
        Ok(packet) => packet,
        Err(error) => panic!("{bytes:02x?}: {error}"),
    }
}

pub(crate) fn accepts_v3_1_1(wire: impl Wire) -> Packet<'static> {
    accepts(Version::V3_1_1, wire)
}

pub(crate) fn accepts_v5(wire: impl Wire) -> Packet<'static> {
    accepts(Version::V5, wire)
}

/// Why these bytes are no packet.
pub(crate) fn refuses(version: Version, wire: impl Wire) -> DecodeError {
    let bytes = wire.bytes();
    match decode(Decoder::new(version), bytes.clone()) {
        Ok(packet) => panic!("{bytes:02x?} is taken for {packet:?}"),
        Err(error) => error,
    }
}

/// `statement` is the number that the error gives.
pub(crate) fn refuses_v3_1_1(wire: impl Wire, statement: impl Into<Option<&'static str>>) {
    let bytes = wire.bytes();
    let error = refuses(Version::V3_1_1, bytes.clone());
    assert_eq!(error.statement(), statement.into(), "{bytes:02x?}: {error}");
}

/// `reason` is what the peer is told, `statement` the number that the error gives.
pub(crate) fn refuses_v5(
    wire: impl Wire,
    reason: ReasonCode,
    statement: impl Into<Option<&'static str>>,
) {
    let bytes = wire.bytes();
    let error = refuses(Version::V5, bytes.clone());
    assert_eq!(
        (error.reason(), error.statement()),
        (reason, statement.into()),
        "{bytes:02x?}: {error}"
    );
}

/// The packet is written as these bytes.
pub(crate) fn encodes<'a>(version: Version, packet: impl Into<Packet<'a>>, wire: impl Wire) {
    let packet = packet.into();
    let mut encoder = Encoder::new(version).with_topic_alias_maximum(u16::MAX);
    assert_eq!(
        encoded(&mut encoder, packet),
        Ok(wire.bytes()),
        "{packet:?}"
    );
}

/// Why the packet cannot be written.
pub(crate) fn cannot_encode<'a>(version: Version, packet: impl Into<Packet<'a>>) -> EncodeError {
    let packet = packet.into();
    let mut encoder = Encoder::new(version).with_topic_alias_maximum(u16::MAX);
    match encoded(&mut encoder, packet) {
        Ok(bytes) => panic!("{packet:?} is written as {bytes:02x?}"),
        Err(error) => error,
    }
}

/// What `encoder` makes of the packet.
pub(crate) fn encoded<'a>(
    encoder: &mut Encoder,
    packet: impl Into<Packet<'a>>,
) -> Result<Vec<u8>, EncodeError> {
    let packet = packet.into();
    let mut output = Vec::new();
    let result = encoder.encode(packet, &mut output);
    match result {
        Ok(()) => assert_eq!(encoder.encoded_len(packet), Ok(output.len())),
        Err(error) => {
            assert_eq!(encoder.encoded_len(packet), Err(error));
            assert!(output.is_empty(), "nothing is written with an error");
        }
    }
    result.map(|()| output)
}

/// A server's decoder after a CONNECT of this version.
pub(crate) fn server_after_connect(version: Version) -> Decoder {
    let connect = match version {
        Version::V3_1 => "10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61",
        Version::V3_1_1 => "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61",
        Version::V5 => "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61",
    };
    let mut decoder = Decoder::server();
    assert!(matches!(decoder.decode(&hex(connect)), Ok(Some(_))));
    assert_eq!(decoder.version(), Some(version));
    decoder
}

pub(crate) fn id(id: u16) -> puremqtt::PacketId {
    puremqtt::PacketId::new(id).expect("not 0")
}
