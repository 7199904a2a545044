//! Bytes that several hold at once.

use alloc::sync::Arc;
use bytes::Bytes;

#[derive(Clone)]
pub(crate) enum Frame {
    Own(Arc<[u8]>),
    Shared(Bytes),
}

impl Frame {
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// Where `part` begins in `whole`, if that is where it lies.
#[inline]
pub(crate) fn offset(whole: &[u8], part: &[u8]) -> Option<usize> {
    let at = distance(whole, part)?;
    (at.checked_add(part.len())? <= whole.len()).then_some(at)
}

/// Bytes from the start of `from` to the start of `to`, if that is not before it.
#[inline(always)]
pub(crate) fn distance(from: &[u8], to: &[u8]) -> Option<usize> {
    to.as_ptr().addr().checked_sub(from.as_ptr().addr())
}
