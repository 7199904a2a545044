//! The fixed header (2.2 in 3.1.1, 2.1 in 5): one byte of type and flags, then
//! the Remaining Length.

use super::to_usize;
use super::varint::{self, Varint};

/// A whole fixed header, by the lengths it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FixedHeader {
    /// Bytes of the fixed header itself: 2 to 5.
    pub(crate) len: usize,
    /// Bytes of the whole packet: at most 268,435,460.
    pub(crate) packet_len: usize,
}

impl FixedHeader {
    /// Bytes after the fixed header.
    #[inline(always)]
    pub(crate) const fn remaining_length(self) -> usize {
        // The packet is never shorter than its header.
        self.packet_len.wrapping_sub(self.len)
    }

    /// True when the Remaining Length took the fewest bytes.
    #[inline(always)]
    pub(crate) const fn is_minimal(self) -> bool {
        // The least Remaining Length that needs as many bytes.
        let least = match self.len {
            0..=2 => 0,
            3 => 128,
            4 => 16_384,
            _ => 2_097_152,
        };
        self.remaining_length() >= least
    }
}

/// The Remaining Length goes on after its fourth byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LengthTooLong;

/// The fixed header whose first byte stands before `rest`; `None` when it is not all there.
#[inline(always)]
pub(crate) fn read(rest: &[u8]) -> Result<Option<FixedHeader>, LengthTooLong> {
    match varint::read(rest) {
        Varint::Value(remaining_length, used) => {
            let len = used.saturating_add(1);
            let packet_len = len.saturating_add(to_usize(remaining_length));
            Ok(Some(FixedHeader { len, packet_len }))
        }
        Varint::Incomplete => Ok(None),
        Varint::TooLong => Err(LengthTooLong),
    }
}
