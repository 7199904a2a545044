//! A stream of bytes, packet by packet as they arrive.

use std::fmt;
use std::io::{self, Read};

use puremqtt::{DecodeError, DecodeErrorKind, Decoder, Packet, Version};

/// Why a stream could not be read to its end; offsets are in bytes from its start.
pub enum Failure {
    Read(io::Error),
    Write(io::Error),
    Malformed {
        offset: u64,
        error: DecodeError,
    },
    Incomplete {
        offset: u64,
        have: usize,
        need: usize,
    },
}

const CHUNK: usize = 64 * 1024;

/// Shows each packet and the version it is of. Keeps no more than a packet and a chunk.
pub fn decode(
    mut input: impl Read,
    mut decoder: Decoder,
    mut show: impl FnMut(&Packet<'_>, Version) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut chunk = vec![0; CHUNK];
    let mut buffer = Vec::new();
    // Of the first byte in the buffer.
    let mut offset = 0;
    loop {
        let used = decode_all(&buffer, offset, &mut decoder, &mut show)?;
        buffer.drain(..used);
        offset += used as u64;
        let count = read(&mut input, &mut chunk)?;
        if count == 0 {
            break;
        }
        buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
    if buffer.is_empty() {
        return Ok(());
    }
    Err(Failure::Incomplete {
        offset,
        have: buffer.len(),
        need: decoder.needed(&buffer),
    })
}

/// The packets that are all there; gives their bytes.
fn decode_all(
    bytes: &[u8],
    offset: u64,
    decoder: &mut Decoder,
    show: &mut impl FnMut(&Packet<'_>, Version) -> io::Result<()>,
) -> Result<usize, Failure> {
    let mut used = 0;
    loop {
        // A CONNECT tells its version itself; nothing else is let in before the version is known.
        let version = decoder.version().unwrap_or_default();
        let rest = bytes.get(used..).unwrap_or_default();
        match decoder.decode(rest) {
            Ok(Some((packet, len))) => {
                show(&packet, version).map_err(Failure::Write)?;
                used += len;
            }
            Ok(None) => return Ok(used),
            Err(error) => {
                let offset = offset + (used + error.offset()) as u64;
                return Err(Failure::Malformed { offset, error });
            }
        }
    }
}

fn read(input: &mut impl Read, chunk: &mut [u8]) -> Result<usize, Failure> {
    loop {
        match input.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result.map_err(Failure::Read),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "cannot read: {error}"),
            Self::Write(error) => write!(f, "cannot write: {error}"),
            Self::Malformed { offset, error } => {
                write!(f, "byte {offset}: ")?;
                if let Some(packet_type) = error.packet_type() {
                    write!(f, "{packet_type}: ")?;
                }
                error.kind().fmt(f)?;
                if let Some(statement) = error.statement() {
                    write!(f, " ({statement})")?;
                }
                match error.kind() {
                    DecodeErrorKind::VersionUnknown => f.write_str("; --version tells it"),
                    _ => Ok(()),
                }
            }
            Self::Incomplete { offset, have, need } => write!(
                f,
                "byte {offset}: the last packet is incomplete: {have} bytes, at least {need} are missing"
            ),
        }
    }
}
