//! What can be done with a tree besides asking it: values are changed in place, all is cleared at
//! once, keys are of any type.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::fmt::Debug;
use std::hash::Hash;

use puremqtt::{Match, SubscriptionTree, TopicFilter, TopicName, TopicTree};

const A: TopicName = TopicName::literal("a");
const B: TopicName = TopicName::literal("b");
const ANY: TopicFilter = TopicFilter::literal("+");
const SHARED: TopicFilter = TopicFilter::literal("$share/g/+");

#[test]
fn the_value_of_a_subscription_is_changed_in_place() {
    let mut tree = SubscriptionTree::new();
    tree.insert(ANY, "ann", 1);
    tree.insert(SHARED, "ann", 2);
    *tree.get_mut(ANY, &"ann").unwrap() += 10;
    assert_eq!(
        (tree.get(ANY, &"ann"), tree.get(SHARED, &"ann")),
        (Some(&11), Some(&2))
    );
    assert_eq!(tree.get_mut(ANY, &"bob"), None);
    assert_eq!(tree.get_mut(TopicFilter::literal("a"), &"ann"), None);
}

#[test]
fn the_value_of_a_topic_is_changed_in_place() {
    let mut tree = TopicTree::new();
    tree.insert(A, 1);
    *tree.get_mut(A).unwrap() += 10;
    assert_eq!(tree.get(A), Some(&11));
    assert_eq!(tree.get_mut(B), None);
}

#[test]
fn a_cleared_tree_is_empty_and_as_small_as_a_new_one() {
    let mut tree = SubscriptionTree::with_seed(1);
    let mut topics = TopicTree::with_seed(1);
    let (small, little) = (tree.memory(), topics.memory());
    for number in 0..100 {
        let text = format!("a/{number}");
        tree.insert(TopicFilter::new(&text).unwrap(), number, ());
        tree.insert(SHARED, number, ());
        topics.insert(TopicName::new(&text).unwrap(), number);
    }
    assert_eq!((tree.len(), topics.len()), (200, 100));
    assert!(!tree.is_empty() && !topics.is_empty());
    assert!(tree.memory() > small && topics.memory() > little);
    tree.clear();
    topics.clear();
    assert!(tree.is_empty() && topics.is_empty());
    assert_eq!((tree.memory(), topics.memory()), (small, little));
    assert!(tree.iter().next().is_none() && topics.iter().next().is_none());
    assert_eq!((tree.insert(ANY, 1, ()), topics.insert(A, 1)), (None, None));
    assert_eq!((tree.len(), topics.len()), (1, 1));
}

/// Every key finds its own subscriptions, many as they are.
fn keys_are_told_apart<K: Clone + Debug + Hash + Ord>(keys: impl Iterator<Item = K>) {
    let keys: Vec<K> = keys.collect();
    let mut tree = SubscriptionTree::new();
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(tree.insert(ANY, key.clone(), number), None);
        assert_eq!(tree.insert(SHARED, key.clone(), number), None);
    }
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(tree.get(ANY, key), Some(&number));
        assert!(tree.of_key(key).eq([(ANY, &number), (SHARED, &number)]));
    }
    let mut found: Vec<K> = tree
        .matches(A)
        .filter_map(|found| match found {
            Match::Subscriber { key, .. } => Some(key.clone()),
            Match::Group(_) => None,
        })
        .collect();
    found.sort();
    assert!(found == keys);
    for key in &keys {
        assert_eq!(tree.remove_key(key), 2);
    }
    assert!(tree.is_empty());
}

#[test]
fn a_key_is_of_any_type() {
    keys_are_told_apart(0..=255_u8);
    keys_are_told_apart(1_000..1_300_u16);
    keys_are_told_apart(1_000_000..1_000_300_u32);
    keys_are_told_apart((0..300_u64).map(|number| number << 40));
    keys_are_told_apart((0..300_u128).map(|number| number << 100));
    keys_are_told_apart((0..300_usize).map(|number| number * 4_096));
    keys_are_told_apart((0..300).map(|number| format!("client-{number:03}")));
    keys_are_told_apart((0..300_u16).map(|number| number.to_be_bytes().to_vec()));
    keys_are_told_apart((0..300_u16).map(|number| (number, "x")));
    keys_are_told_apart((0..300_u16).map(|number| (number, number % 2 == 0)));
}

#[test]
fn what_a_walk_has_yet_to_give_is_counted() {
    let mut tree = SubscriptionTree::new();
    for key in 0..5 {
        tree.insert(ANY, key, ());
    }
    let mut walk = tree.iter();
    for left in (0..5).rev() {
        assert!(walk.next().is_some());
        assert_eq!((walk.len(), walk.size_hint()), (left, (left, Some(left))));
    }
    assert!(walk.next().is_none());
}

#[test]
fn what_is_found_prints_itself() {
    let mut tree = SubscriptionTree::new();
    tree.insert(ANY, "ann", 1);
    tree.insert(SHARED, "bob", 2);
    assert_eq!(
        format!("{tree:?}"),
        r#"[(TopicFilter("+"), "ann", 1), (TopicFilter("$share/g/+", shared), "bob", 2)]"#
    );
    assert_eq!(format!("{:?}", tree.iter()), "Subscriptions { .. }");
    assert_eq!(format!("{:?}", tree.matches(A)), "Matches { .. }");
    assert_eq!(
        format!("{:?}", tree.matches_within(A, 9)),
        "MatchesWithin { .. }"
    );
    let mut found: Vec<String> = tree.matches(A).map(|found| format!("{found:?}")).collect();
    found.sort();
    assert_eq!(
        found,
        [
            r#"Group(Group(TopicFilter("$share/g/+", shared), {"bob": 2}))"#,
            r#"Subscriber { key: "ann", value: 1, filter: TopicFilter("+") }"#
        ]
    );

    let mut topics = TopicTree::new();
    topics.insert(A, 1);
    assert_eq!(format!("{topics:?}"), r#"{TopicName("a"): 1}"#);
    assert_eq!(
        format!("{:?}", topics.matching(ANY)),
        r#"Matching(TopicFilter("+"))"#
    );
    assert_eq!(
        format!("{:?}", topics.matching_within(ANY, 9)),
        r#"MatchingWithin(TopicFilter("+"))"#
    );
}

#[test]
fn members_are_asked_again_by_a_copy() {
    let mut tree = SubscriptionTree::new();
    for key in 0..40 {
        tree.insert(SHARED, key, ());
    }
    let Some(Match::Group(group)) = tree.matches(A).next() else {
        panic!("a group")
    };
    let mut members = group.members();
    members.by_ref().take(10).for_each(drop);
    assert!(members.clone().eq(group.members().skip(10)));
    assert_eq!((members.count(), group.members().count()), (30, 40));
}
