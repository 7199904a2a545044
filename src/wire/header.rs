//! The fixed header (2.2 in 3.1.1, 2.1 in 5): one byte of type and flags, then
//! the Remaining Length.

use super::to_usize;
use super::varint::{self, Varint};

/// A whole fixed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FixedHeader {
    /// Packet type in the upper four bits, flags in the lower.
    pub(crate) first: u8,
    /// Bytes after the fixed header.
    pub(crate) remaining_length: u32,
    /// Bytes of the fixed header itself: 2 to 5.
    pub(crate) len: usize,
}

impl FixedHeader {
    /// Bytes of the whole packet, at most 268,435,460.
    #[inline(always)]
    pub(crate) const fn packet_len(self) -> usize {
        self.len.saturating_add(to_usize(self.remaining_length))
    }

    /// True when the Remaining Length took the fewest bytes.
    #[inline(always)]
    pub(crate) const fn is_minimal(self) -> bool {
        self.len == varint::len(self.remaining_length).saturating_add(1)
    }
}

/// The Remaining Length goes on after its fourth byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LengthTooLong;

/// The fixed header at the start of `input`; `None` when it is not all there.
#[inline(always)]
pub(crate) fn read(input: &[u8]) -> Result<Option<FixedHeader>, LengthTooLong> {
    let Some((&first, rest)) = input.split_first() else {
        return Ok(None);
    };
    match varint::read(rest) {
        Varint::Value(remaining_length, used) => Ok(Some(FixedHeader {
            first,
            remaining_length,
            len: used.saturating_add(1),
        })),
        Varint::Incomplete => Ok(None),
        Varint::TooLong => Err(LengthTooLong),
    }
}
