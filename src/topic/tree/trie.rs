//! Nodes reached by level: one flat table for all edges.

use super::hash::Seed;
use super::store::{NONE, Slab};
use super::table::Roomy;
use super::texts::Labels;

/// Levels a trie branches on. What is deeper hangs, in a list, at the node of
/// this depth and is compared as text: a topic can have 65,536 levels, and a
/// search keeps one word for each level of the trie.
pub(super) const DEPTH: usize = 32;

pub(super) const ROOT: u32 = 0;

/// A tree of levels. `L` is what its owner hangs on the nodes.
#[derive(Clone)]
pub(super) struct Trie<L> {
    seed: Seed,
    nodes: Slab<Node<L>>,
    /// Children by parent and label.
    edges: Roomy,
    labels: Labels,
}

/// Aligned, so that each is in one line of the cache.
#[derive(Clone, Copy)]
#[repr(align(32))]
pub(super) struct Node<L> {
    /// `NONE` at the root, and when vacant.
    pub(super) parent: u32,
    /// `NONE` when the table has no edge to it.
    pub(super) label: u32,
    pub(super) links: L,
}

impl<L> Trie<L> {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            seed,
            nodes: Slab::new(),
            edges: Roomy::default(),
            labels: Labels::new(seed),
        }
    }

    /// True before the first node, the root, was added.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.len() == 0
    }

    #[inline]
    pub(super) fn links(&self, node: u32) -> &L {
        &self.nodes[node].links
    }

    #[inline]
    pub(super) fn links_mut(&mut self, node: u32) -> &mut L {
        &mut self.nodes[node].links
    }

    #[inline]
    pub(super) fn parent(&self, node: u32) -> u32 {
        self.nodes[node].parent
    }

    #[inline]
    pub(super) fn has_label(&self, node: u32, label: u32) -> bool {
        self.nodes[node].label == label
    }

    /// True when the level of a labelled child starts with `$`.
    pub(super) fn is_reserved(&self, node: u32) -> bool {
        self.labels.is_reserved(self.nodes[node].label)
    }

    /// The number of a level, if any node has it.
    #[inline]
    pub(super) fn label(&self, level: &[u8]) -> Option<u32> {
        self.labels.find(level)
    }

    #[inline]
    pub(super) fn child(&self, parent: u32, label: u32) -> Option<u32> {
        self.edges.find(self.seed.pair(parent, label), |node| {
            let node = &self.nodes[node];
            node.parent == parent && node.label == label
        })
    }

    /// Adds the root, or a child that only its parent's links lead to.
    pub(super) fn add_unlabelled(&mut self, parent: u32, links: L) -> u32 {
        self.nodes.insert(Node {
            parent,
            label: NONE,
            links,
        })
    }

    /// Adds a child that is not there yet.
    pub(super) fn add_child(&mut self, parent: u32, level: &[u8], links: L) -> u32 {
        if !self.edges.has_room(self.nodes.next()) {
            self.rebuild_edges();
        }
        let label = self.labels.take(level);
        let node = self.nodes.insert(Node {
            parent,
            label,
            links,
        });
        self.edges.insert(self.seed.pair(parent, label), node);
        node
    }

    /// Removes a node without children.
    pub(super) fn remove(&mut self, node: u32) {
        let Node { parent, label, .. } = self.nodes[node];
        if label != NONE {
            let Self {
                seed, nodes, edges, ..
            } = self;
            edges.remove(seed.pair(parent, label), node, |other| {
                seed.pair(nodes[other].parent, nodes[other].label)
            });
            self.labels.release(label);
        }
        let vacant = &mut self.nodes[node];
        (vacant.parent, vacant.label) = (NONE, NONE);
        self.nodes.remove(node);
        if self.edges.is_sparse() {
            self.rebuild_edges();
        }
    }

    /// True when most of what is held is gaps.
    pub(super) fn is_sparse(&self) -> bool {
        self.nodes.is_sparse() || self.labels.is_sparse()
    }

    /// Bytes held.
    pub(super) fn memory(&self) -> usize {
        let tables = self.edges.memory().saturating_add(self.labels.memory());
        tables.saturating_add(self.nodes.memory())
    }

    fn rebuild_edges(&mut self) {
        let Self {
            seed, nodes, edges, ..
        } = self;
        let labelled = nodes.numbered().filter(|(_, node)| node.label != NONE);
        let hashes = labelled.map(|(index, node)| (seed.pair(node.parent, node.label), index));
        edges.rebuild(nodes.len().saturating_add(1), nodes.highest(), hashes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_told_apart_by_parent_and_level_though_their_hashes_meet() {
        let levels: [u8; 16] = *b"abcdefghijklmnop";
        let mut trie = Trie::new(Seed::new(1));
        trie.add_unlabelled(NONE, ());
        // Where indexes leave no bits to the hash, all that stand in a row are candidates.
        trie.edges.rebuild(200, u32::MAX - 1, core::iter::empty());
        let parents = levels.map(|level| trie.add_child(ROOT, &[level], ()));
        let nodes = parents.map(|parent| levels.map(|level| trie.add_child(parent, &[level], ())));
        for (parent, children) in parents.iter().zip(nodes) {
            for (level, child) in levels.iter().zip(children) {
                let label = trie.label(&[*level]).unwrap();
                assert_eq!(trie.child(*parent, label), Some(child));
                assert_eq!(trie.child(child, label), None);
            }
        }
    }

    #[test]
    fn a_table_of_edges_shrinks_with_them() {
        let mut trie = Trie::new(Seed::new(1));
        trie.add_unlabelled(NONE, ());
        let levels: std::vec::Vec<_> = (0..500).map(|level| std::format!("{level}")).collect();
        for level in &levels {
            trie.add_child(ROOT, level.as_bytes(), ());
        }
        let before = trie.edges.memory();
        let child = |trie: &Trie<()>, level: &str| {
            trie.label(level.as_bytes())
                .and_then(|label| trie.child(ROOT, label))
        };
        for level in &levels[..450] {
            trie.remove(child(&trie, level).unwrap());
        }
        assert!(trie.edges.memory() < before / 2);
        for (at, level) in levels.iter().enumerate() {
            assert_eq!(child(&trie, level).is_some(), at >= 450, "{level}");
        }
    }
}
