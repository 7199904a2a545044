//! Many texts in one vector, and names for those that come again.

use alloc::vec::Vec;

use super::hash::{Seed, ends};
use super::store::{Slab, wide};
use super::table::Roomy;

/// Where a text stands in [`Texts`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    low: u32,
    length: u16,
    /// Bits 32 to 39 of the start.
    high: u8,
    /// For the owner's use.
    pub(super) mark: u8,
}

/// Texts of up to 65,535 bytes, one after the other.
#[derive(Clone, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Bytes that no span refers to any more.
    dead: usize,
}

impl Texts {
    #[expect(
        clippy::as_conversions,
        reason = "takes bits 0 to 39 of an index, and means to"
    )]
    pub(super) fn push(&mut self, text: &[u8]) -> Span {
        let start = self.bytes.len();
        if self.bytes.capacity().saturating_sub(start) < text.len() {
            self.bytes
                .reserve_exact(text.len().saturating_add(start / 8).saturating_add(16));
        }
        self.bytes.extend_from_slice(text);
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        Span {
            low: start as u32,
            length,
            high: (start as u64 >> 32) as u8,
            mark: 0,
        }
    }

    #[inline]
    pub(super) fn get(&self, span: Span) -> &[u8] {
        let start = start(span);
        let end = start.wrapping_add(usize::from(span.length));
        self.bytes.get(start..end).unwrap_or_default()
    }

    pub(super) fn release(&mut self, span: Span) {
        self.dead = self.dead.saturating_add(usize::from(span.length));
    }

    /// True when more is dead than alive.
    pub(super) fn is_sparse(&self) -> bool {
        self.dead > 1024 && self.dead > self.bytes.len() / 2
    }

    /// Keeps what these spans refer to, and nothing else.
    pub(super) fn compact<'s>(&mut self, spans: impl Iterator<Item = &'s mut Span>) {
        let mut kept = Self::default();
        kept.bytes
            .reserve_exact(self.bytes.len().saturating_sub(self.dead));
        for span in spans {
            let moved = kept.push(self.get(*span));
            *span = Span {
                mark: span.mark,
                ..moved
            };
        }
        *self = kept;
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        self.bytes.capacity()
    }
}

#[inline]
fn start(span: Span) -> usize {
    // Where a usize has 32 bits, `high` is 0.
    wide(span.low) | wide(u32::from(span.high)).wrapping_shl(32)
}

/// Levels of filters and topics, each stored once, known by number.
#[derive(Clone)]
pub(super) struct Labels {
    seed: Seed,
    items: Slab<Label>,
    index: Roomy,
    texts: Texts,
}

#[derive(Clone, Copy)]
struct Label {
    /// The text, or the ends of a long one.
    ends: (u64, u64),
    span: Span,
    /// How many nodes bear it; 0 when vacant.
    uses: u32,
}

impl Labels {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            seed,
            items: Slab::new(),
            index: Roomy::default(),
            texts: Texts::default(),
        }
    }

    /// The number of a level that some node bears.
    #[inline]
    pub(super) fn find(&self, level: &[u8]) -> Option<u32> {
        let ends = ends(level);
        self.index.find(self.seed.bytes(level), |label| {
            let item = &self.items[label];
            item.ends == ends
                && usize::from(item.span.length) == level.len()
                && (level.len() <= 16 || self.texts.get(item.span) == level)
        })
    }

    /// The number of a level, for one more node.
    pub(super) fn take(&mut self, level: &[u8]) -> u32 {
        if let Some(label) = self.find(level) {
            let uses = &mut self.items[label].uses;
            *uses = uses.saturating_add(1);
            return label;
        }
        if !self.index.has_room(self.items.next()) {
            self.rebuild_index();
        }
        let span = self.texts.push(level);
        let label = self.items.insert(Label {
            ends: ends(level),
            span,
            uses: 1,
        });
        self.index.insert(self.seed.bytes(level), label);
        label
    }

    /// One node less.
    pub(super) fn release(&mut self, label: u32) {
        let item = &mut self.items[label];
        item.uses = item.uses.saturating_sub(1);
        if item.uses > 0 {
            return;
        }
        let span = item.span;
        let Self {
            seed,
            items,
            index,
            texts,
        } = self;
        let hash = seed.bytes(texts.get(span));
        index.remove(hash, label, |other| {
            seed.bytes(texts.get(items[other].span))
        });
        self.texts.release(span);
        self.items.remove(label);
        if self.texts.is_sparse() {
            let alive = self.items.iter_mut().filter(|item| item.uses > 0);
            self.texts.compact(alive.map(|item| &mut item.span));
        }
        if self.index.is_sparse() {
            self.rebuild_index();
        }
    }

    /// True when the level starts with `$`.
    pub(super) fn is_reserved(&self, label: u32) -> bool {
        self.texts.get(self.items[label].span).starts_with(b"$")
    }

    pub(super) fn is_sparse(&self) -> bool {
        self.items.is_sparse()
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        let texts = self.texts.memory().saturating_add(self.index.memory());
        texts.saturating_add(self.items.memory())
    }

    fn rebuild_index(&mut self) {
        let Self {
            seed,
            items,
            index,
            texts,
        } = self;
        let alive = items.numbered().filter(|(_, item)| item.uses > 0);
        let hashes = alive.map(|(label, item)| (seed.bytes(texts.get(item.span)), label));
        index.rebuild(items.len().saturating_add(1), items.highest(), hashes);
    }
}
