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
#[inline(always)]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    match (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        (Some(first), Some(last)) => {
            !any_special(first)
                && !any_special(last)
                && (bytes.len() <= 32 || bytes.chunks_exact(16).all(|chunk| !any_special(chunk)))
        }
        _ => !any_special(bytes),
    }
}

/// No early exit, so that a chunk of known length becomes a few vector instructions.
#[inline(always)]
fn any_special(bytes: &[u8]) -> bool {
    let mut special = false;
    for &byte in bytes {
        special |= byte == 0 || byte >= 0x80 || byte == b'+' || byte == b'#';
    }
    special
}

/// Checks the rules every string obeys.
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
    let (chunks, rest) = bytes.split_at(bytes.len() & !15);
    chunks.chunks_exact(16).any(any_nul) || any_nul(rest)
}

#[inline(always)]
fn any_nul(bytes: &[u8]) -> bool {
    let mut nul = false;
    for &byte in bytes {
        nul |= byte == 0;
    }
    nul
}

/// Bytes that were checked before, as text.
#[inline]
pub(crate) const fn as_str(checked: &[u8]) -> &str {
    match str::from_utf8(checked) {
        Ok(text) => text,
        Err(_) => "",
    }
}
