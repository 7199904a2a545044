//! Where encoded packets go.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// A place for encoded bytes: `Vec<u8>` (feature `alloc`), `BytesMut` (feature
/// `bytes`) and [`SliceOutput`]; implement it for a buffer of your own.
///
/// The encoder [`reserve`](Output::reserve)s the whole of a packet before its
/// first byte, and then [`put`](Output::put)s just as much: on an error nothing
/// was written.
pub trait Output {
    /// Bytes that can still be put.
    fn room(&self) -> usize;

    /// Makes ready for `additional` bytes that follow, so that a growing buffer
    /// grows once; false when there is no [`room`](Output::room) for them, and
    /// then none follow.
    #[inline]
    fn reserve(&mut self, additional: usize) -> bool {
        additional <= self.room()
    }

    /// Appends `bytes`, for which there is room. The payload of a PUBLISH, when
    /// it has 1,024 bytes or more, comes in one piece, where the caller has it.
    fn put(&mut self, bytes: &[u8]);
}

impl<O: Output + ?Sized> Output for &mut O {
    fn room(&self) -> usize {
        (**self).room()
    }

    fn reserve(&mut self, additional: usize) -> bool {
        (**self).reserve(additional)
    }

    fn put(&mut self, bytes: &[u8]) {
        (**self).put(bytes);
    }
}

/// What a `Vec` or `BytesMut` may still grow by: no allocation exceeds `isize::MAX`.
#[cfg(any(feature = "alloc", feature = "bytes"))]
pub(crate) const fn growth(len: usize) -> usize {
    (usize::MAX >> 1).saturating_sub(len)
}

#[cfg(feature = "alloc")]
impl Output for Vec<u8> {
    #[inline]
    fn room(&self) -> usize {
        growth(self.len())
    }

    #[inline]
    fn reserve(&mut self, additional: usize) -> bool {
        if additional > self.capacity().wrapping_sub(self.len()) {
            if additional > Output::room(self) {
                return false;
            }
            Vec::reserve(self, additional);
        }
        true
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

#[cfg(feature = "bytes")]
impl Output for bytes::BytesMut {
    #[inline]
    fn room(&self) -> usize {
        growth(self.len())
    }

    #[inline]
    fn reserve(&mut self, additional: usize) -> bool {
        if additional > Output::room(self) {
            return false;
        }
        bytes::BytesMut::reserve(self, additional);
        true
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// A fixed buffer lent by the caller, for programs without a heap.
///
/// ```
/// use puremqtt::{Encoder, Packet, SliceOutput, Version};
///
/// let mut buffer = [0; 64];
/// let mut output = SliceOutput::new(&mut buffer);
/// Encoder::new(Version::V5).encode(Packet::PingReq, &mut output)?;
/// assert_eq!(output.written(), [0xc0, 0x00]);
/// output.consume(2); // sent
/// assert!(output.written().is_empty());
/// # Ok::<(), puremqtt::EncodeError>(())
/// ```
#[derive(Debug)]
pub struct SliceOutput<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> SliceOutput<'b> {
    /// An empty output as large as `buffer`; its content is overwritten.
    pub const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// What was encoded and not yet consumed.
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// Drops the first `count` written bytes (all of them if there are fewer)
    /// and moves the rest to the front.
    pub fn consume(&mut self, count: usize) {
        let written = self.buffer.get_mut(..self.len).unwrap_or_default();
        let count = count.min(written.len());
        written.copy_within(count.., 0);
        self.len = self.len.saturating_sub(count);
    }
}

impl Output for SliceOutput<'_> {
    fn room(&self) -> usize {
        self.buffer.len().saturating_sub(self.len)
    }

    fn put(&mut self, bytes: &[u8]) {
        let free = self.buffer.get_mut(self.len..).unwrap_or_default();
        let count = bytes.len().min(free.len());
        if let (Some(to), Some(from)) = (free.get_mut(..count), bytes.get(..count)) {
            to.copy_from_slice(from);
            self.len = self.len.saturating_add(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_output_keeps_what_was_not_consumed() {
        let mut buffer = [0; 4];
        let mut output = SliceOutput::new(&mut buffer);
        output.put(&[1, 2, 3]);
        assert_eq!((output.written(), output.room()), (&[1, 2, 3][..], 1));
        output.consume(2);
        assert_eq!((output.written(), output.room()), (&[3][..], 3));
        output.consume(usize::MAX);
        assert_eq!((output.written(), output.room()), (&[][..], 4));
    }

    #[test]
    fn a_slice_output_never_writes_past_its_end() {
        let mut buffer = [0; 2];
        let mut output = SliceOutput::new(&mut buffer);
        output.put(&[1, 2, 3]);
        assert_eq!(output.written(), [1, 2]);
    }
}
