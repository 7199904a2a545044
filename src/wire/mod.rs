//! Floor 0: bytes, integers, text and the fixed header. Knows no packet.

#[cfg(feature = "alloc")]
pub(crate) mod frame;
pub(crate) mod header;
pub(crate) mod output;
#[cfg(feature = "alloc")]
pub(crate) mod rope;
pub(crate) mod sink;
pub(crate) mod text;
pub(crate) mod varint;

/// A length of the wire (at most 32 bits) as an index.
#[expect(
    clippy::as_conversions,
    reason = "usize has at least 32 bits on every target with a network; checked below"
)]
#[inline(always)]
pub(crate) const fn to_usize(length: u32) -> usize {
    length as usize
}

/// An index that is known to fit, as a length of the wire: its low 32 bits.
#[inline(always)]
pub(crate) const fn from_usize(index: usize) -> u32 {
    let [a, b, c, d, ..] = index.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

const _: () = assert!(usize::BITS >= 32, "MQTT lengths need 32 bits");
