//! What a search costs: how many nodes of a tree it visits, the root among them, as
//! `matches_within` and `matching_within` count them.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use puremqtt::{Exhausted, SubscriptionTree, TopicFilter, TopicName, TopicTree};

/// How many are found, and the fewest nodes that all of them take. One node less
/// gives fewer, and then an error as the last.
fn cost<T>(search: impl Fn(usize) -> Vec<Result<T, Exhausted>>) -> (usize, usize) {
    let enough = |nodes: &usize| search(*nodes).iter().all(Result::is_ok);
    let nodes = (0..).find(enough).unwrap();
    if let Some(fewer) = nodes.checked_sub(1) {
        let found = search(fewer);
        let (last, before) = found.split_last().unwrap();
        assert!(last.is_err() && before.iter().all(Result::is_ok));
        assert!(before.len() <= search(nodes).len());
    }
    (search(nodes).len(), nodes)
}

fn subscribers(filters: &[&str], topic: &str) -> (usize, usize) {
    let mut tree = SubscriptionTree::new();
    for filter in filters {
        tree.insert(TopicFilter::new(filter).unwrap(), 1, ());
    }
    let topic = TopicName::new(topic).unwrap();
    assert_eq!(tree.matches(topic).count(), cost_of(&tree, topic).0);
    cost_of(&tree, topic)
}

fn cost_of(tree: &SubscriptionTree<u32, ()>, topic: TopicName) -> (usize, usize) {
    cost(|nodes| tree.matches_within(topic, nodes).collect())
}

fn retained(topics: &[&str], filter: &str) -> (usize, usize) {
    let mut tree = TopicTree::new();
    for topic in topics {
        tree.insert(TopicName::new(topic).unwrap(), ());
    }
    let filter = TopicFilter::new(filter).unwrap();
    let found = cost(|nodes| tree.matching_within(filter, nodes).collect());
    assert_eq!(tree.matching(filter).count(), found.0);
    found
}

/// So many levels of this, then a last one.
fn deep(levels: usize, level: &str, last: &str) -> String {
    format!("{level}/").repeat(levels) + last
}

#[test]
fn subscribers_of_a_topic_as_which_no_filter_begins_cost_nothing() {
    assert_eq!(subscribers(&[], "a"), (0, 0));
    assert_eq!(subscribers(&["a/+", "b/#", "$share/g/c"], "d/x"), (0, 0));
    assert_eq!(subscribers(&["+/x", "#"], "$SYS/x"), (0, 0));
    assert_eq!(subscribers(&["$SYS/+"], "$other/x"), (0, 0));
}

#[test]
fn subscribers_by_exact_filters_cost_nothing() {
    assert_eq!(subscribers(&["a/b", "a/c", "a"], "a/b"), (1, 0));
    assert_eq!(subscribers(&["a/b", "c/+"], "a/b"), (1, 0));
}

#[test]
fn subscribers_cost_the_nodes_that_the_topic_reaches() {
    // The root, and `+`.
    assert_eq!(subscribers(&["+"], "b"), (1, 2));
    // The root alone, where `#` is.
    assert_eq!(subscribers(&["#"], "b"), (1, 1));
    // The root and `a`, where nothing ends.
    assert_eq!(subscribers(&["a/+"], "a"), (0, 2));
    // The root, `a`, `a/+`, and what is beside: `+`, `+/b`.
    assert_eq!(subscribers(&["a/+", "+/b", "a/+/c"], "a/b"), (2, 5));
    // Without the root, which no wildcard is below for it.
    assert_eq!(subscribers(&["$SYS/#", "#"], "$SYS/a/b"), (1, 1));
    assert_eq!(subscribers(&["$SYS/+/b"], "$SYS/a/b"), (1, 3));
    // A long text is compared only below all branches.
    let long = "x".repeat(160);
    assert_eq!(subscribers(&[&format!("{long}/#")], &long), (1, 2));
    // What was removed is not visited.
    let mut tree = SubscriptionTree::new();
    for filter in ["a/+", "a/+/c/#", "+/b/+"] {
        tree.insert(TopicFilter::literal(filter), 1, ());
    }
    let topic = TopicName::literal("a/b/c");
    assert_eq!(cost_of(&tree, topic), (2, 7));
    tree.remove(TopicFilter::literal("a/+/c/#"), &1);
    assert_eq!(cost_of(&tree, topic), (1, 6));
}

/// A tree branches on 32 levels; what is deeper is compared as text, at a node for 16 bytes.
#[test]
fn subscribers_by_deep_filters_cost_their_text_too() {
    let (filter, topic) = (deep(40, "a", "+"), deep(40, "a", "x"));
    assert_eq!(filter.len(), 81);
    assert_eq!(subscribers(&[&filter], &topic), (1, 33 + 5));
    assert_eq!(subscribers(&[&filter], &deep(40, "a", "x/y")), (0, 33 + 5));
    assert_eq!(subscribers(&[&filter], &deep(30, "a", "x")), (0, 31));
    let other = deep(40, "a", "b/+");
    assert_eq!(subscribers(&[&filter, &other], &topic), (1, 33 + 5 + 5));
    // One that ends where the branches end has no more text.
    assert_eq!(
        subscribers(&[&deep(31, "a", "+")], &deep(31, "a", "x")),
        (1, 33)
    );
}

#[test]
fn topics_by_a_filter_without_wildcards_or_with_an_unknown_level_cost_nothing() {
    assert_eq!(retained(&["a/b", "a/c"], "a/b"), (1, 0));
    assert_eq!(retained(&["a/b", "a/c"], "a/d"), (0, 0));
    assert_eq!(retained(&["a/b", "a/c"], "+/d"), (0, 0));
    assert_eq!(retained(&[], "#"), (0, 0));
}

#[test]
fn topics_cost_the_nodes_that_the_filter_reaches() {
    // The root and `a`, but not what is below.
    assert_eq!(retained(&["a/b/c/d/e"], "+"), (0, 2));
    assert_eq!(retained(&["a/b/c/d/e"], "a/+"), (0, 3));
    // The root, `a`, `a/b`.
    assert_eq!(retained(&["a/b"], "#"), (1, 3));
    assert_eq!(retained(&["a", "a/b", "c"], "a/#"), (2, 3));
    // The root, `a`, `a/b`, `c`.
    assert_eq!(retained(&["a/b", "c/d"], "+/b"), (1, 4));
    // Three beside each other, of which two are looked at in vain.
    assert_eq!(retained(&["$a", "$b", "c"], "#"), (1, 4));
    assert_eq!(retained(&["$a/x", "$b/x"], "+/x"), (0, 3));
    // A long text is compared only below all branches.
    assert_eq!(retained(&[&"x".repeat(160)], "+"), (1, 2));
    // What was removed is not visited.
    let mut tree = TopicTree::new();
    for topic in ["a/b/c", "a/d"] {
        tree.insert(TopicName::literal(topic), ());
    }
    tree.remove(TopicName::literal("a/b/c"));
    let all = TopicFilter::literal("#");
    let found = cost(|nodes| tree.matching_within(all, nodes).collect());
    assert_eq!(found, (1, 3));
}

#[test]
fn deep_topics_cost_their_text_too() {
    let topic = deep(40, "a", "b");
    assert_eq!(topic.len(), 81);
    assert_eq!(retained(&[&topic], "#"), (1, 33 + 5));
    assert_eq!(retained(&[&topic], &deep(40, "+", "b")), (1, 33 + 5));
    assert_eq!(retained(&[&topic], &deep(39, "+", "b")), (0, 33 + 5));
    assert_eq!(retained(&[&deep(30, "a", "b")], "#"), (1, 32));
}
