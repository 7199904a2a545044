//! Text as it stands on the wire: UTF-8 without U+0000 (3.1.1 and 5, section 1.5).

use core::str;

/// Why bytes are not text, and at which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextFault {
    pub(crate) kind: TextFaultKind,
    /// Index of the offending byte.
    pub(crate) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFaultKind {
    NotUtf8,
    Surrogate,
    Nul,
}

/// True when every byte is ASCII and none of NUL, `+` and `#`: text that needs
/// no closer look, be it a string, a Topic Name or a Topic Filter.
///
/// Chunks of a known length without an early exit become a few vector
/// instructions; the last one overlaps the one before it.
#[inline(always)]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    match (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        (Some(first), Some(last)) => {
            !(has_special(first) | has_special(last)) && (bytes.len() <= 32 || is_plain_long(bytes))
        }
        _ => is_plain_short(bytes),
    }
}

/// For 33 bytes and more.
#[inline(never)]
fn is_plain_long(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
        if has_special(chunk) {
            return false;
        }
        rest = after;
    }
    // The caller has looked at the last 16 bytes.
    true
}

/// For 15 bytes and fewer.
#[inline(always)]
fn is_plain_short(bytes: &[u8]) -> bool {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return !(has_special(first) | has_special(last));
    }
    if let (Some(&[a, b, c, d]), Some(&[e, f, g, h])) = (bytes.first_chunk(), bytes.last_chunk()) {
        return !has_special(&[a, b, c, d, e, f, g, h]);
    }
    match *bytes {
        [] => true,
        [a] => !is_special(a),
        [a, b] => !(is_special(a) | is_special(b)),
        [a, b, ..] => {
            !(is_special(a) | is_special(b) | bytes.last().is_some_and(|&c| is_special(c)))
        }
    }
}

#[inline(always)]
fn has_special<const N: usize>(chunk: &[u8; N]) -> bool {
    chunk
        .iter()
        .fold(false, |special, &byte| special | is_special(byte))
}

#[inline(always)]
const fn is_special(byte: u8) -> bool {
    (byte == 0) | (byte >= 0x80) | (byte == b'+') | (byte == b'#')
}

/// Checks the rules every string obeys.
///
/// [3.1.1/MQTT-1.5.3-3] [5.0/MQTT-1.5.4-3] U+FEFF is a character like any other.
#[inline]
pub(crate) fn check(bytes: &[u8]) -> Result<(), TextFault> {
    if is_plain(bytes) {
        Ok(())
    } else {
        check_closely(bytes)
    }
}

#[cold]
pub(crate) fn check_closely(bytes: &[u8]) -> Result<(), TextFault> {
    // [3.1.1/MQTT-1.5.3-1] [5.0/MQTT-1.5.4-1]
    if let Err(error) = str::from_utf8(bytes) {
        let at = error.valid_up_to();
        // UTF-8 would write U+D800 to U+DFFF as ED A0..BF 80..BF.
        let kind = match bytes.get(at..) {
            Some([0xed, 0xa0..=0xbf, ..]) => TextFaultKind::Surrogate,
            _ => TextFaultKind::NotUtf8,
        };
        return Err(TextFault { kind, at });
    }
    match bytes.iter().position(|&byte| byte == 0) {
        Some(at) => Err(TextFault {
            kind: TextFaultKind::Nul,
            at,
        }),
        None => Ok(()),
    }
}

/// True when U+0000 is among the bytes.
#[inline]
pub(crate) fn has_nul(bytes: &[u8]) -> bool {
    !is_plain(bytes) && bytes.contains(&0)
}

/// Bytes that were checked before, as text.
#[inline]
pub(crate) const fn as_str(checked: &[u8]) -> &str {
    match str::from_utf8(checked) {
        Ok(text) => text,
        Err(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn plain_is_every_ascii_byte_but_nul_and_the_wildcards_at_any_length_and_place() {
        for len in 0..70 {
            let text: Vec<u8> = core::iter::repeat_n(b'a', len).collect();
            assert!(is_plain(&text), "{len}");
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    let mut text = text.clone();
                    text[at] = byte;
                    let plain = byte.is_ascii() && !matches!(byte, 0 | b'+' | b'#');
                    assert_eq!(is_plain(&text), plain, "{byte:#04x} at {at} of {len}");
                    assert_eq!(has_nul(&text), byte == 0, "{byte:#04x} at {at} of {len}");
                }
            }
        }
    }

    #[test]
    fn a_fault_says_which_byte() {
        let fault = |bytes| check(bytes).map_err(|fault| (fault.kind, fault.at));
        assert_eq!(fault(b"caf\xc3\xa9"), Ok(()));
        assert_eq!(fault(b"a\xff"), Err((TextFaultKind::NotUtf8, 1)));
        assert_eq!(fault(b"ab\xed\xa0\x80"), Err((TextFaultKind::Surrogate, 2)));
        assert_eq!(fault(b"abc\0"), Err((TextFaultKind::Nul, 3)));
        assert_eq!(fault(b"\xc0\x80"), Err((TextFaultKind::NotUtf8, 0)));
    }
}
