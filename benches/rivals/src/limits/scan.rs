//! Text that needs no closer look: ASCII, and none of U+0000, `+` and `#`.

#[inline(always)]
pub fn is_plain(text: &[u8]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if text.len() >= 16 {
        return by_vectors(text);
    }
    by_words(text)
}

/// The last vector overlaps the one before.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn by_vectors(text: &[u8]) -> bool {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
        _mm_setzero_si128,
    };
    // SSE2 is there on every x86-64.
    unsafe {
        let (plus, hash) = (_mm_set1_epi8(b'+' as i8), _mm_set1_epi8(b'#' as i8));
        let mut special = _mm_setzero_si128();
        let mut look = |chunk: &[u8]| {
            let bytes = _mm_loadu_si128(chunk.as_ptr().cast::<__m128i>());
            let wildcard = _mm_or_si128(_mm_cmpeq_epi8(bytes, plus), _mm_cmpeq_epi8(bytes, hash));
            let zero = _mm_cmpeq_epi8(bytes, _mm_setzero_si128());
            // The mask below takes the top bits, which ASCII has not set.
            let found = _mm_or_si128(_mm_or_si128(wildcard, zero), bytes);
            special = _mm_or_si128(special, found);
        };
        text.chunks_exact(16).for_each(&mut look);
        look(&text[text.len() - 16..]);
        _mm_movemask_epi8(special) == 0
    }
}

#[inline(always)]
fn by_words(text: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    /// The top bit of each byte that is not ASCII or that equals `byte`.
    const fn special(word: u64, byte: u8) -> u64 {
        let equal = word ^ (ONES * byte as u64);
        word | (equal.wrapping_sub(ONES) & !equal)
    }
    let look = |chunk: &[u8]| {
        let mut word = [b'x'; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let word = u64::from_le_bytes(word);
        (special(word, 0) | special(word, b'+') | special(word, b'#')) & (ONES << 7)
    };
    text.chunks(8).fold(0, |found, chunk| found | look(chunk)) == 0
}
