//! The two passes of encoding: the same code first counts, then writes, so a
//! length and the bytes it announces cannot disagree.

use super::output::Output;
use super::varint;

/// Takes the bytes of a packet.
pub trait Sink {
    /// The counting pass also judges what it counts; the writing pass follows
    /// it and need not judge again.
    const JUDGES: bool;

    fn put(&mut self, bytes: &[u8]);

    #[inline(always)]
    fn byte(&mut self, byte: u8) {
        self.put(&[byte]);
    }

    #[inline(always)]
    fn u16(&mut self, value: u16) {
        self.put(&value.to_be_bytes());
    }

    #[inline(always)]
    fn u32(&mut self, value: u32) {
        self.put(&value.to_be_bytes());
    }

    /// The shortest form of a Variable Byte Integer.
    #[inline(always)]
    fn varint(&mut self, value: u32) {
        let [a, b, c, d] = varint::bytes(value);
        match varint::len(value) {
            1 => self.put(&[a]),
            2 => self.put(&[a, b]),
            3 => self.put(&[a, b, c]),
            _ => self.put(&[a, b, c, d]),
        }
    }
}

/// Counts.
#[derive(Default)]
pub(crate) struct Count(pub(crate) usize);

impl Sink for Count {
    const JUDGES: bool = true;

    #[inline(always)]
    fn put(&mut self, bytes: &[u8]) {
        self.0 = self.0.saturating_add(bytes.len());
    }
}

/// Writes.
pub(crate) struct Put<'o, O: ?Sized>(pub(crate) &'o mut O);

impl<O: Output + ?Sized> Sink for Put<'_, O> {
    const JUDGES: bool = false;

    #[inline(always)]
    fn put(&mut self, bytes: &[u8]) {
        self.0.put(bytes);
    }
}
