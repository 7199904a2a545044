//! Hashes that nobody can steer who does not know the seed: topics and client
//! identifiers are the peer's choice. The folded multiplication of wyhash.

use core::hash::{Hash, Hasher};

/// Odd, with bits evenly set: what 0 is mixed with.
const SALT: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Clone, Copy)]
pub(crate) struct Seed {
    start: u64,
    left: u64,
    right: u64,
}

impl Seed {
    pub(super) fn new(seed: u64) -> Self {
        let left = fold(seed ^ SALT, 0xd6e8_feb8_6659_fd93);
        let right = fold(left ^ seed, 0xa076_1d64_78bd_642f);
        let start = fold(left ^ SALT, right ^ seed);
        Self {
            start,
            left,
            right: right | 1,
        }
    }

    /// Not the same in two processes, nor for two trees of one.
    #[cfg(feature = "std")]
    pub(crate) fn random() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self::new(RandomState::new().build_hasher().finish())
    }

    /// Without `std` there is no source of randomness.
    #[cfg(not(feature = "std"))]
    pub(crate) fn random() -> Self {
        Self::new(SALT)
    }

    #[inline]
    pub(crate) fn bytes(self, bytes: &[u8]) -> u64 {
        self.chain(self.start, bytes)
    }

    #[inline]
    pub(super) fn pair(self, left: u32, right: u32) -> u64 {
        let both = u64::from(left) << 32 | u64::from(right);
        fold(both ^ self.left, self.right)
    }

    #[inline]
    pub(super) fn key<K: Hash>(self, key: &K) -> u64 {
        let mut hasher = KeyHasher {
            seed: self,
            hash: self.left,
        };
        key.hash(&mut hasher);
        hasher.hash
    }

    /// The hash of something and a number.
    #[inline]
    pub(super) fn numbered(self, hash: u64, number: u32) -> u64 {
        fold(hash ^ u64::from(number).wrapping_mul(SALT), self.right)
    }

    #[inline]
    fn chain(self, mut hash: u64, bytes: &[u8]) -> u64 {
        let mut rest = bytes;
        while let Some((chunk, tail)) = rest.split_first_chunk::<16>() {
            if tail.is_empty() {
                break;
            }
            let (low, high) = halves(chunk);
            hash = fold(low ^ self.left, high ^ hash);
            rest = tail;
        }
        let (low, high) = match bytes.last_chunk::<16>() {
            Some(last) => halves(last),
            None => ends(rest),
        };
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        fold(low ^ self.right, high ^ hash ^ length.wrapping_mul(SALT))
    }
}

/// The first and the last bytes as two numbers, the first byte lowest. Of two
/// texts of one length up to 16, they are alike when the texts are.
#[inline]
pub(super) fn ends(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return (
            u32::from_le_bytes(*first).into(),
            u32::from_le_bytes(*last).into(),
        );
    }
    match *bytes {
        [first] => (first.into(), 0),
        [first, second] => (u16::from_le_bytes([first, second]).into(), 0),
        [first, second, third] => (u32::from_le_bytes([first, second, third, 0]).into(), 0),
        _ => (0, 0),
    }
}

#[inline]
fn halves(bytes: &[u8; 16]) -> (u64, u64) {
    split(u128::from_le_bytes(*bytes))
}

#[inline]
fn fold(left: u64, right: u64) -> u64 {
    let (low, high) = split(u128::from(left).wrapping_mul(u128::from(right)));
    low ^ high
}

#[inline]
#[expect(clippy::as_conversions, reason = "takes the two halves, and means to")]
fn split(whole: u128) -> (u64, u64) {
    (whole as u64, (whole >> 64) as u64)
}

struct KeyHasher {
    seed: Seed,
    hash: u64,
}

impl KeyHasher {
    #[inline]
    fn word(&mut self, word: u64) {
        self.hash = fold(word ^ self.hash, self.seed.right);
    }
}

impl Hasher for KeyHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.hash = self.seed.chain(self.hash, bytes);
    }

    #[inline]
    fn write_u8(&mut self, word: u8) {
        self.word(word.into());
    }

    #[inline]
    fn write_u16(&mut self, word: u16) {
        self.word(word.into());
    }

    #[inline]
    fn write_u32(&mut self, word: u32) {
        self.word(word.into());
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.word(word);
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.word(u64::try_from(word).unwrap_or(u64::MAX));
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn short_and_long_texts_all_differ() {
        let seed = Seed::new(7);
        let mut seen = BTreeSet::new();
        for length in 0..70 {
            for fill in [0u8, 1, b'/', b'a'] {
                let mut bytes = std::vec![fill; length];
                assert_eq!(seed.bytes(&bytes), seed.bytes(&bytes.clone()));
                seen.insert(seed.bytes(&bytes));
                for at in 0..length {
                    bytes[at] ^= 0x80;
                    seen.insert(seed.bytes(&bytes));
                    bytes[at] ^= 0x80;
                }
            }
        }
        // One empty text, and for each longer one its flips, all distinct.
        assert_eq!(
            seen.len(),
            1 + (1..70).map(|length| 4 * (1 + length)).sum::<usize>()
        );
    }

    #[test]
    fn the_seed_decides() {
        let (one, other) = (Seed::new(1), Seed::new(2));
        assert_ne!(one.bytes(b"a/b"), other.bytes(b"a/b"));
        assert_ne!(one.key(&"client"), other.key(&"client"));
        assert_ne!(one.pair(1, 2), one.pair(2, 1));
        assert_ne!(one.pair(1, 2), one.pair(3, 2));
        assert_ne!(one.key(&1_u8), one.key(&2_u8));
        assert_ne!(one.numbered(9, 0), one.numbered(9, 1));
    }

    #[test]
    fn each_bit_of_a_hash_is_set_as_often_as_not() {
        let seed = Seed::new(7);
        let texts = (0..4_096_u32).map(|number| std::format!("area/{number}/temperature"));
        let hashes: std::vec::Vec<_> = texts.map(|text| seed.bytes(text.as_bytes())).collect();
        for bit in 0..64 {
            let set = hashes.iter().filter(|hash| **hash >> bit & 1 == 1).count();
            assert!((1_900..2_200).contains(&set), "bit {bit}: {set} of 4,096");
        }
    }
}
