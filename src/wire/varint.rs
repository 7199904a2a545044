//! Variable Byte Integer (MQTT 5, 1.5.5; MQTT 3.1.1, 2.2.3): seven bits a
//! byte, least significant first, at most four bytes.

/// The largest value four bytes hold.
pub(crate) const MAX: u32 = 268_435_455;

/// What the bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Varint {
    /// A value and the number of bytes it took, which need not be the fewest.
    Value(u32, usize),
    /// The bytes end before the value does.
    Incomplete,
    /// The fourth byte says that a fifth follows.
    TooLong,
}

/// Reads the value at the start of `bytes`; never looks at a fifth byte.
#[inline(always)]
pub(crate) fn read(bytes: &[u8]) -> Varint {
    match *bytes {
        [a, ..] if a < 0x80 => Varint::Value(u32::from(a), 1),
        _ => read_long(bytes),
    }
}

#[inline]
fn read_long(bytes: &[u8]) -> Varint {
    let low = |byte: u8| u32::from(byte & 0x7f);
    match *bytes {
        [a, b, ..] if b < 0x80 => Varint::Value(low(a) | low(b) << 7, 2),
        [a, b, c, ..] if c < 0x80 => Varint::Value(low(a) | low(b) << 7 | low(c) << 14, 3),
        [a, b, c, d, ..] if d < 0x80 => {
            Varint::Value(low(a) | low(b) << 7 | low(c) << 14 | low(d) << 21, 4)
        }
        [_, _, _, _, ..] => Varint::TooLong,
        _ => Varint::Incomplete,
    }
}

/// The fewest bytes that hold `value`.
#[inline(always)]
pub(crate) const fn len(value: u32) -> usize {
    match value {
        0..=127 => 1,
        128..=16_383 => 2,
        16_384..=2_097_151 => 3,
        _ => 4,
    }
}

/// The shortest form: its bytes stand at the front, [`len`] of them count.
#[inline(always)]
pub(crate) const fn bytes(value: u32) -> [u8; 4] {
    let [a, ..] = value.to_le_bytes();
    let [b, ..] = (value >> 7).to_le_bytes();
    let [c, ..] = (value >> 14).to_le_bytes();
    let [d, ..] = (value >> 21).to_le_bytes();
    match len(value) {
        1 => [a, 0, 0, 0],
        2 => [a | 0x80, b & 0x7f, 0, 0],
        3 => [a | 0x80, b | 0x80, c & 0x7f, 0],
        _ => [a | 0x80, b | 0x80, c | 0x80, d & 0x7f],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The limits of each length, from the standard's table 1-1.
    const LIMITS: [(u32, &[u8]); 9] = [
        (0, &[0x00]),
        (127, &[0x7f]),
        (128, &[0x80, 0x01]),
        (321, &[0xc1, 0x02]),
        (16_383, &[0xff, 0x7f]),
        (16_384, &[0x80, 0x80, 0x01]),
        (2_097_151, &[0xff, 0xff, 0x7f]),
        (2_097_152, &[0x80, 0x80, 0x80, 0x01]),
        (268_435_455, &[0xff, 0xff, 0xff, 0x7f]),
    ];

    #[test]
    fn the_limits_of_each_length_are_written_and_read() {
        for (value, wire) in LIMITS {
            assert_eq!(&bytes(value)[..len(value)], wire, "{value}");
            assert_eq!(read(wire), Varint::Value(value, wire.len()), "{value}");
        }
    }

    #[test]
    fn every_proper_prefix_is_incomplete() {
        for (value, wire) in LIMITS {
            for cut in 0..wire.len() {
                assert_eq!(
                    read(&wire[..cut]),
                    Varint::Incomplete,
                    "{value} cut at {cut}"
                );
            }
        }
    }

    #[test]
    fn a_fourth_byte_with_bit_7_is_too_long_whatever_follows() {
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff]), Varint::TooLong);
        assert_eq!(read(&[0x80, 0x80, 0x80, 0x80, 0x01]), Varint::TooLong);
    }

    #[test]
    fn longer_forms_are_read_with_their_length() {
        assert_eq!(read(&[0x80, 0x00]), Varint::Value(0, 2));
        assert_eq!(read(&[0x81, 0x80, 0x80, 0x00]), Varint::Value(1, 4));
    }
}
