//! The trees against lists that are searched from end to end.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use puremqtt::{Match, SubscriptionTree, TopicFilter, TopicName, TopicTree};

/// Few names, so that they meet; levels of many lengths, and more of them than a trie branches on.
fn level() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop_oneof![Just("a"), Just("b"), Just(""), Just("$x"), Just("é")].prop_map(String::from),
        1 => Just("a-level-that-is-longer-than-thirty-two-bytes".to_string()),
    ]
}

fn topic() -> impl Strategy<Value = String> {
    let few = prop::collection::vec(level(), 1..5);
    let many = (prop::collection::vec(level(), 30..36)).prop_map(|mut levels| {
        levels[..30].fill("a".to_string());
        levels
    });
    prop_oneof![8 => few, 1 => many]
        .prop_map(|levels| levels.join("/"))
        .prop_filter("a topic has a character", |text| !text.is_empty())
}

fn filter() -> impl Strategy<Value = String> {
    let share = prop_oneof![4 => Just(""), 1 => Just("$share/g/"), 1 => Just("$share/h/")];
    (topic(), any::<u64>(), any::<bool>(), share).prop_map(|(text, plus, hash, share)| {
        let mut levels: Vec<&str> = text.split('/').collect();
        for (at, level) in levels.iter_mut().enumerate() {
            if plus >> (at % 64) & 1 == 1 {
                *level = "+";
            }
        }
        if hash {
            *levels.last_mut().unwrap() = "#";
        }
        format!("{share}{}", levels.join("/"))
    })
}

#[derive(Clone, Debug)]
enum Step {
    Insert(String, u8, u16),
    Remove(String, u8),
    RemoveSome(prop::sample::Index),
    RemoveKey(u8),
    Match(String),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (filter(), any::<u8>(), any::<u16>()).prop_map(|(f, k, v)| Step::Insert(f, k % 40, v)),
        1 => (filter(), any::<u8>()).prop_map(|(f, k)| Step::Remove(f, k % 40)),
        6 => any::<prop::sample::Index>().prop_map(Step::RemoveSome),
        1 => any::<u8>().prop_map(|k| Step::RemoveKey(k % 40)),
        6 => topic().prop_map(Step::Match),
    ]
}

type Model = BTreeMap<(String, u8), u16>;

fn check(filter: &str) -> Option<TopicFilter<'_>> {
    TopicFilter::new(filter).ok()
}

fn expected(model: &Model, topic: TopicName<'_>) -> Vec<(String, u8, u16)> {
    let matching = model
        .iter()
        .filter(|((text, _), _)| check(text).unwrap().matches(topic));
    matching
        .map(|((text, key), value)| (text.clone(), *key, *value))
        .collect()
}

fn found(tree: &SubscriptionTree<u8, u16>, topic: TopicName<'_>) -> Vec<(String, u8, u16)> {
    let mut all = vec![];
    for found in tree.matches(topic) {
        match found {
            Match::Subscriber { key, value, filter } => {
                assert!(!filter.is_shared());
                all.push((filter.to_string(), *key, *value));
            }
            Match::Group(group) => {
                assert_eq!(group.filter().share_name(), Some(group.share_name()));
                let filter = group.filter().to_string();
                all.extend(
                    group
                        .members()
                        .map(|(key, value)| (filter.clone(), *key, *value)),
                );
            }
        }
    }
    all.sort();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_subscription_tree_is_a_list_of_subscriptions(steps in prop::collection::vec(step(), 1..400)) {
        let mut tree = SubscriptionTree::with_seed(1);
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Insert(text, key, value) => {
                    let Some(filter) = check(&text) else { continue };
                    let old = tree.insert(filter, key, value);
                    prop_assert_eq!(old, model.insert((text, key), value));
                }
                Step::Remove(text, key) => {
                    let Some(filter) = check(&text) else { continue };
                    prop_assert_eq!(tree.remove(filter, &key), model.remove(&(text, key)));
                }
                Step::RemoveSome(index) => {
                    if model.is_empty() { continue }
                    let (text, key) = model.keys().nth(index.index(model.len())).unwrap().clone();
                    let filter = check(&text).unwrap();
                    prop_assert_eq!(tree.get(filter, &key), model.get(&(text.clone(), key)));
                    prop_assert_eq!(tree.remove(filter, &key), model.remove(&(text, key)));
                }
                Step::RemoveKey(key) => {
                    let listed = tree.of_key(&key).count();
                    let before = model.len();
                    model.retain(|(_, other), _| *other != key);
                    prop_assert_eq!(listed, before - model.len());
                    prop_assert_eq!(tree.remove_key(&key), before - model.len());
                }
                Step::Match(text) => {
                    let topic = TopicName::new(&text).unwrap();
                    prop_assert_eq!(found(&tree, topic), expected(&model, topic));
                }
            }
            prop_assert_eq!(tree.len(), model.len());
        }
        let mut all: Vec<_> = tree.iter().map(|(f, k, v)| ((f.to_string(), *k), *v)).collect();
        all.sort();
        prop_assert_eq!(all, model.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn crowds_come_and_go(keys in prop::collection::vec((0u8..60, any::<bool>(), 0usize..3), 1..500)) {
        const FILTERS: [&str; 3] = ["a/b", "a/+", "$share/g/a/b"];
        let mut tree = SubscriptionTree::with_seed(2);
        let mut model = Model::new();
        for (key, joins, filter) in keys {
            let text = FILTERS[filter];
            let filter = check(text).unwrap();
            if joins {
                let old = tree.insert(filter, key, key.into());
                prop_assert_eq!(old, model.insert((text.into(), key), key.into()));
            } else {
                prop_assert_eq!(tree.remove(filter, &key), model.remove(&(text.into(), key)));
            }
            let topic = TopicName::literal("a/b");
            prop_assert_eq!(found(&tree, topic), expected(&model, topic));
        }
        for key in 0..60 {
            tree.remove_key(&key);
        }
        prop_assert!(tree.is_empty());
        prop_assert_eq!(tree.memory(), size_of_val(&tree));
    }

    #[test]
    fn a_topic_tree_is_a_map_of_topics(steps in prop::collection::vec(topic_step(), 1..400)) {
        let mut tree = TopicTree::with_seed(3);
        let mut model = BTreeMap::<String, u16>::new();
        for step in steps {
            match step {
                TopicStep::Insert(text, value) => {
                    let topic = TopicName::new(&text).unwrap();
                    let old = tree.insert(topic, value);
                    prop_assert_eq!(old, model.insert(text, value));
                }
                TopicStep::Remove(index) => {
                    if model.is_empty() { continue }
                    let text = model.keys().nth(index.index(model.len())).unwrap().clone();
                    let topic = TopicName::new(&text).unwrap();
                    prop_assert_eq!(tree.get(topic), model.get(&text));
                    prop_assert_eq!(tree.remove(topic), model.remove(&text));
                    prop_assert_eq!(tree.get(topic), None);
                }
                TopicStep::Retain(odd) => {
                    tree.retain(|_, value| *value % 4 != u16::from(odd));
                    model.retain(|_, value| *value % 4 != u16::from(odd));
                }
                TopicStep::Match(text) => {
                    let Some(filter) = check(&text) else { continue };
                    let mut found: Vec<_> = tree.matching(filter).map(|(t, v)| (t.to_string(), *v)).collect();
                    found.sort();
                    let matching = |text: &String| filter.matches(TopicName::new(text).unwrap());
                    let expected: Vec<_> = model.clone().into_iter().filter(|(t, _)| matching(t)).collect();
                    prop_assert_eq!(found, expected, "{}", filter);
                }
            }
            prop_assert_eq!(tree.len(), model.len());
        }
        let mut all: Vec<_> = tree.iter().map(|(t, v)| (t.to_string(), *v)).collect();
        all.sort();
        prop_assert_eq!(all, model.into_iter().collect::<Vec<_>>());
        tree.retain(|_, _| false);
        prop_assert_eq!(tree.memory(), size_of_val(&tree));
    }
}

/// All orders of these numbers.
fn orders(numbers: &[usize]) -> Vec<Vec<usize>> {
    if numbers.is_empty() {
        return vec![vec![]];
    }
    let first = |at: usize| {
        let mut rest = numbers.to_vec();
        let number = rest.remove(at);
        orders(&rest).into_iter().map(move |mut order| {
            order.push(number);
            order
        })
    };
    (0..numbers.len()).flat_map(first).collect()
}

#[test]
fn filters_are_found_in_whatever_order_others_go() {
    const FILTERS: [&str; 6] = ["a/+", "b/+", "c/+/+", "+/b", "a/#", "$share/g/a/+"];
    const TOPICS: [&str; 3] = ["a/b", "b/b", "c/b/b"];
    for order in orders(&[0, 1, 2, 3, 4, 5]) {
        let mut tree = SubscriptionTree::with_seed(1);
        let mut model = Model::new();
        for text in FILTERS {
            tree.insert(check(text).unwrap(), 7, 0);
            model.insert((text.into(), 7), 0);
        }
        for at in order {
            assert_eq!(tree.remove(check(FILTERS[at]).unwrap(), &7), Some(0));
            model.remove(&(FILTERS[at].into(), 7));
            for topic in TOPICS.map(|text| TopicName::new(text).unwrap()) {
                assert_eq!(found(&tree, topic), expected(&model, topic));
            }
        }
    }
}

#[test]
fn subscribers_are_found_in_whatever_order_others_go() {
    let topic = TopicName::literal("a/b");
    for order in orders(&[0, 1, 2, 3, 4]) {
        let mut tree = SubscriptionTree::with_seed(1);
        let mut model = Model::new();
        for (text, key) in ["a/b", "$share/g/a/+"]
            .iter()
            .flat_map(|t| (0..5).map(move |k| (t, k)))
        {
            tree.insert(check(text).unwrap(), key, key.into());
            model.insert((text.to_string(), key), key.into());
        }
        for key in order.into_iter().filter_map(|key| u8::try_from(key).ok()) {
            assert_eq!(tree.remove_key(&key), 2);
            model.retain(|(_, other), _| *other != key);
            assert_eq!(found(&tree, topic), expected(&model, topic));
        }
    }
}

#[test]
fn topics_are_found_in_whatever_order_others_go() {
    const TOPICS: [&str; 5] = ["a", "a/b", "a/c", "b/c", "c"];
    for order in orders(&[0, 1, 2, 3, 4]) {
        let mut tree = TopicTree::with_seed(1);
        for (number, text) in TOPICS.into_iter().enumerate() {
            tree.insert(TopicName::new(text).unwrap(), number);
        }
        for (at, gone) in order.iter().enumerate() {
            assert_eq!(
                tree.remove(TopicName::new(TOPICS[*gone]).unwrap()),
                Some(*gone)
            );
            for text in ["#", "+", "+/c", "a/+"] {
                let filter = check(text).unwrap();
                let left = order[at + 1..].iter().map(|number| TOPICS[*number]);
                let mut expected: Vec<_> = left
                    .filter(|text| filter.matches(TopicName::new(text).unwrap()))
                    .collect();
                let mut found: Vec<_> = tree.matching(filter).map(|(t, _)| t.as_str()).collect();
                expected.sort_unstable();
                found.sort_unstable();
                assert_eq!(found, expected, "{text}");
            }
        }
    }
}

/// A trie branches on 32 levels.
#[test]
fn what_is_as_deep_as_a_trie_or_deeper_is_found_as_anything_else() {
    let mut topics = vec![];
    let mut filters = vec![];
    for levels in 30..36 {
        for last in ["a", "b"] {
            let topic = "a/".repeat(levels) + last;
            filters.extend([
                "a/".repeat(levels) + "+",
                "+/".repeat(levels) + last,
                "+/".repeat(levels - 1) + "b/" + last,
                "a/".repeat(levels) + "#",
                format!("{topic}/#"),
                topic.clone(),
                format!("$share/g/{topic}"),
            ]);
            topics.push(topic);
        }
    }
    let mut model = Model::new();
    let mut tree = SubscriptionTree::with_seed(1);
    let mut retained = TopicTree::with_seed(1);
    for text in &filters {
        tree.insert(check(text).unwrap(), 1, 0);
        model.insert((text.clone(), 1), 0);
    }
    for text in &topics {
        retained.insert(TopicName::new(text).unwrap(), ());
    }
    for text in &topics {
        let topic = TopicName::new(text).unwrap();
        assert_eq!(found(&tree, topic), expected(&model, topic));
    }
    let matching = |filter: TopicFilter<'_>, topics: &[String]| {
        let topics = topics.iter().map(|text| TopicName::new(text).unwrap());
        topics.filter(|topic| filter.matches(*topic)).count()
    };
    for filter in filters.iter().filter_map(|text| check(text)) {
        assert_eq!(retained.matching(filter).count(), matching(filter, &topics));
    }
    // Each goes from among its neighbours.
    for at in [7, 3, 9, 0, 5] {
        let text = topics.remove(at);
        assert_eq!(retained.remove(TopicName::new(&text).unwrap()), Some(()));
        let filter = TopicFilter::literal("a/#");
        let left: Vec<_> = retained.matching(filter).map(|(topic, ())| topic).collect();
        assert!(left.len() == topics.len() && !left.contains(&TopicName::new(&text).unwrap()));
    }
    for text in &filters {
        assert_eq!(
            tree.remove(check(text).unwrap(), &1),
            model.remove(&(text.clone(), 1))
        );
        let topic = TopicName::new(topics.last().unwrap()).unwrap();
        assert_eq!(found(&tree, topic), expected(&model, topic));
    }
    assert!(tree.is_empty());
}

#[derive(Clone, Debug)]
enum TopicStep {
    Insert(String, u16),
    Remove(prop::sample::Index),
    Retain(u8),
    Match(String),
}

fn topic_step() -> impl Strategy<Value = TopicStep> {
    prop_oneof![
        12 => (topic(), any::<u16>()).prop_map(|(text, value)| TopicStep::Insert(text, value)),
        6 => any::<prop::sample::Index>().prop_map(TopicStep::Remove),
        1 => any::<u8>().prop_map(TopicStep::Retain),
        6 => filter().prop_map(TopicStep::Match),
    ]
}
