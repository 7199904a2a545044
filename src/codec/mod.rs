//! Floor 2: bytes to packets and back, with what one direction of a connection
//! remembers: the version, size limits, topic aliases.

mod aliases;
#[cfg(feature = "alloc")]
mod assigned;
#[cfg(feature = "alloc")]
mod bare;
mod decoder;
mod encoder;
mod frequent;
mod problem;
mod rules;
mod short;

pub use decoder::Decoder;
pub use encoder::Encoder;

use crate::wire::{to_usize, varint};

/// Bytes of a packet with its fixed header.
#[inline(always)]
const fn packet_len(remaining_length: u32) -> usize {
    to_usize(remaining_length)
        .saturating_add(varint::len(remaining_length))
        .saturating_add(1)
}
