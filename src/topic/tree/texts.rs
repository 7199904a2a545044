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

impl Span {
    #[expect(
        clippy::as_conversions,
        reason = "takes bits 0 to 39 of an index, and means to"
    )]
    fn new(start: usize, length: usize) -> Self {
        Self {
            low: start as u32,
            length: u16::try_from(length).unwrap_or(u16::MAX),
            high: (start as u64 >> 32) as u8,
            mark: 0,
        }
    }

    #[inline]
    fn start(self) -> usize {
        // Where a usize has 32 bits, `high` is 0.
        wide(self.low) | wide(u32::from(self.high)).wrapping_shl(32)
    }
}

/// Texts of up to 65,535 bytes, one after the other.
#[derive(Clone, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Bytes that no span refers to any more.
    dead: usize,
}

impl Texts {
    pub(super) fn push(&mut self, text: &[u8]) -> Span {
        let start = self.bytes.len();
        if self.bytes.capacity().saturating_sub(start) < text.len() {
            self.bytes
                .reserve_exact(text.len().saturating_add(start / 8).saturating_add(16));
        }
        self.bytes.extend_from_slice(text);
        Span::new(start, text.len())
    }

    #[inline]
    pub(super) fn get(&self, span: Span) -> &[u8] {
        let start = span.start();
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn a_text_may_begin_beyond_4_gib() {
        for start in [0, 1, 0x9abc_def0, 0x12_9abc_def0, 0xff_ffff_ffff_u64] {
            let Ok(start) = usize::try_from(start) else {
                continue;
            };
            let span = Span::new(start, 3);
            assert_eq!((span.start(), span.length), (start, 3));
        }
    }

    #[test]
    fn texts_grow_by_an_eighth_and_sixteen_and_not_before_they_are_full() {
        let mut texts = Texts::default();
        for (length, room) in [(10, 26), (16, 26), (1, 46), (19, 46), (2, 69)] {
            texts.push(&[b'a'; 20][..length]);
            assert_eq!(texts.memory(), room);
        }
    }

    #[test]
    fn texts_are_sparse_when_more_than_1024_bytes_are_dead_and_fewer_alive() {
        let sparse = |alive: usize, dead: usize| {
            let mut texts = Texts::default();
            texts.push(&[b'a'; 5_000][..alive]);
            let span = texts.push(&[b'b'; 5_000][..dead]);
            texts.release(span);
            texts.is_sparse()
        };
        assert!(sparse(0, 1_025) && sparse(1_024, 1_026) && sparse(4_096, 4_100));
        assert!(!sparse(0, 1_024) && !sparse(1_025, 1_025) && !sparse(3_000, 2_000));
    }

    #[test]
    fn what_is_kept_keeps_its_text_and_its_mark() {
        let mut texts = Texts::default();
        let mut spans = [&b"one"[..], b"two", b"three"].map(|text| texts.push(text));
        spans[2].mark = 1;
        texts.release(spans[1]);
        let [one, _, three] = &mut spans;
        texts.compact([one, three].into_iter());
        assert_eq!((texts.get(spans[0]), spans[0].mark), (&b"one"[..], 0));
        assert_eq!((texts.get(spans[2]), spans[2].mark), (&b"three"[..], 1));
        assert_eq!(texts.memory(), 8);
    }

    /// Levels of 24 bytes that differ in the middle alone.
    fn level(number: u32) -> std::string::String {
        format!("a-level-{number:08}-is-this")
    }

    #[test]
    fn levels_with_the_same_ends_are_told_apart_though_their_hashes_meet() {
        let mut labels = Labels::new(Seed::new(1));
        // With indexes that leave no bits to the hash, all in a row are candidates.
        labels.index.rebuild(64, u32::MAX - 1, core::iter::empty());
        for number in 0..64 {
            assert_eq!(labels.take(level(number).as_bytes()), number);
        }
        for number in 0..64 {
            assert_eq!(labels.find(level(number).as_bytes()), Some(number));
        }
        for number in 64..200 {
            assert_eq!(labels.find(level(number).as_bytes()), None);
        }
    }

    #[test]
    fn a_level_is_known_as_long_as_a_node_bears_it() {
        let mut labels = Labels::new(Seed::new(1));
        let label = labels.take(b"a");
        assert_eq!((labels.take(b"a"), labels.take(b"b")), (label, 1));
        labels.release(label);
        assert_eq!(labels.find(b"a"), Some(label));
        labels.release(label);
        assert_eq!((labels.find(b"a"), labels.find(b"b")), (None, Some(1)));
        assert_eq!(labels.take(b"c"), label);
    }

    #[test]
    fn levels_that_no_node_bears_are_forgotten_in_table_and_text() {
        let mut labels = Labels::new(Seed::new(1));
        let all: Vec<_> = (0..300)
            .map(|at| labels.take(level(at).as_bytes()))
            .collect();
        let (texts, index) = (labels.texts.memory(), labels.index.memory());
        // Those that are left stand among those that go.
        for (number, label) in all.iter().enumerate() {
            if number % 10 != 0 {
                labels.release(*label);
            }
        }
        labels.rebuild_index();
        for number in 0..300 {
            let label = (number % 10 == 0).then_some(all[number as usize]);
            assert_eq!(labels.find(level(number).as_bytes()), label);
        }
        assert!(labels.texts.memory() < texts / 3 && labels.index.memory() < index / 3);
        assert!(labels.texts.memory() >= 30 * 24);
    }

    #[test]
    fn a_level_is_reserved_by_its_first_character() {
        let mut labels = Labels::new(Seed::new(1));
        let (reserved, plain) = (labels.take(b"$SYS"), labels.take(b"a$"));
        assert!(labels.is_reserved(reserved) && !labels.is_reserved(plain));
    }
}
