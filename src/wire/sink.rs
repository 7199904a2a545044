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

    /// What the counting pass finds out, the writing pass is told: both ask in
    /// the same order.
    fn note<E>(&mut self, find_out: impl FnOnce() -> Result<u32, E>) -> Result<u32, E>;

    /// Counts content whose length is known; false when it has to be put.
    #[inline(always)]
    fn has_counted(&mut self, _len: usize) -> bool {
        false
    }

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

/// What is passed on from one pass to the next; no packet has more to say.
#[derive(Clone, Copy, Default)]
pub(crate) struct Notes {
    values: [u32; 3],
    next: usize,
}

impl Notes {
    #[inline(always)]
    fn add(&mut self, value: u32) {
        if let Some(place) = self.values.get_mut(self.next) {
            *place = value;
        }
        self.next = self.next.saturating_add(1);
    }

    #[inline(always)]
    fn take(&mut self) -> Option<u32> {
        let value = self.values.get(self.next).copied();
        self.next = self.next.saturating_add(1);
        value
    }
}

/// Counts.
#[derive(Default)]
pub(crate) struct Count {
    /// Does not overflow, not even where one text is lent many times.
    len: u64,
    notes: Notes,
}

impl Count {
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }

    /// Those of the counting pass, from the first one on.
    #[inline(always)]
    pub(crate) const fn notes(&self) -> Notes {
        Notes {
            values: self.notes.values,
            next: 0,
        }
    }

    #[inline(always)]
    fn add(&mut self, len: usize) {
        self.len = self
            .len
            .wrapping_add(u64::try_from(len).unwrap_or(u64::MAX));
    }
}

impl Sink for Count {
    const JUDGES: bool = true;

    #[inline(always)]
    fn put(&mut self, bytes: &[u8]) {
        self.add(bytes.len());
    }

    #[inline(always)]
    fn note<E>(&mut self, find_out: impl FnOnce() -> Result<u32, E>) -> Result<u32, E> {
        let value = find_out()?;
        self.notes.add(value);
        Ok(value)
    }

    #[inline(always)]
    fn has_counted(&mut self, len: usize) -> bool {
        self.add(len);
        true
    }
}

/// Writes.
pub(crate) struct Put<'o, O: ?Sized> {
    output: &'o mut O,
    notes: Option<Notes>,
}

impl<'o, O: Output + ?Sized> Put<'o, O> {
    #[cfg(feature = "alloc")]
    #[inline(always)]
    pub(crate) const fn new(output: &'o mut O) -> Self {
        Self {
            output,
            notes: None,
        }
    }

    /// After the counting pass that left these notes.
    #[inline(always)]
    pub(crate) const fn with_notes(output: &'o mut O, notes: Notes) -> Self {
        Self {
            output,
            notes: Some(notes),
        }
    }
}

impl<O: Output + ?Sized> Sink for Put<'_, O> {
    const JUDGES: bool = false;

    // A device without a heap has to save flash.
    #[cfg_attr(feature = "alloc", inline(always))]
    fn put(&mut self, bytes: &[u8]) {
        self.output.put(bytes);
    }

    #[inline(always)]
    fn note<E>(&mut self, find_out: impl FnOnce() -> Result<u32, E>) -> Result<u32, E> {
        match self.notes.as_mut().and_then(Notes::take) {
            Some(value) => Ok(value),
            None => find_out(),
        }
    }
}
