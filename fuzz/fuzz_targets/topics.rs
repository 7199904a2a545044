//! The trees against a list of subscriptions and a map of topics.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use puremqtt::{Match, SubscriptionTree, TopicFilter, TopicName, TopicTree};

/// Few names, so that they meet. 40 of `Deep` go below where the tree branches.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Level {
    A,
    B,
    Empty,
    Dollar,
    Long,
    Deep,
    Plus,
    Hash,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Subscribe(u8, Vec<Level>, bool),
    Unsubscribe(u8, Vec<Level>, bool),
    Disconnect(u8),
    Publish(Vec<Level>),
    PublishWithin(Vec<Level>, u8),
    Retain(Vec<Level>, u16),
    Forget(Vec<Level>),
    ForgetSome(u16),
    Find(Vec<Level>),
}

fn text(levels: &[Level], share: bool) -> String {
    let levels: Vec<String> = levels
        .iter()
        .map(|level| match level {
            Level::A => "a".to_string(),
            Level::B => "b".to_string(),
            Level::Empty => String::new(),
            Level::Dollar => "$x".to_string(),
            Level::Long => "a level of more than sixteen bytes".to_string(),
            Level::Deep => ["d"; 40].join("/"),
            Level::Plus => "+".to_string(),
            Level::Hash => "#".to_string(),
        })
        .collect();
    format!(
        "{}{}",
        if share { "$share/g/" } else { "" },
        levels.join("/")
    )
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).unwrap()
}

/// Section 4.7, level by level.
fn matches(filter: TopicFilter<'_>, topic: TopicName<'_>) -> bool {
    let filter: Vec<&str> = filter.without_share().levels().collect();
    let topic: Vec<&str> = topic.levels().collect();
    if topic[0].starts_with('$') && matches!(filter[0], "+" | "#") {
        return false;
    }
    let open = filter.last() == Some(&"#");
    let fixed = filter.len() - usize::from(open);
    let length = if open {
        topic.len() >= fixed
    } else {
        topic.len() == fixed
    };
    length && (0..fixed).all(|at| filter[at] == "+" || filter[at] == topic[at])
}

fn found(tree: &SubscriptionTree<u8, usize>, topic: TopicName<'_>) -> Vec<(String, u8, usize)> {
    let mut all = Vec::new();
    for one in tree.matches(topic) {
        match one {
            Match::Subscriber { key, value, filter } => {
                all.push((filter.to_string(), *key, *value))
            }
            Match::Group(group) => {
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

fuzz_target!(|steps: Vec<Step>| {
    let mut tree = SubscriptionTree::with_seed(1);
    let mut subscribed = BTreeMap::<(String, u8), usize>::new();
    let mut retained = TopicTree::with_seed(1);
    let mut topics = BTreeMap::<String, u16>::new();

    for (at, step) in steps.into_iter().enumerate() {
        match step {
            Step::Subscribe(key, levels, share) => {
                let text = text(&levels, share);
                let Ok(filter) = TopicFilter::new(&text) else {
                    continue;
                };
                let old = tree.insert(filter, key, at);
                assert_eq!(old, subscribed.insert((text, key), at));
            }
            Step::Unsubscribe(key, levels, share) => {
                let text = text(&levels, share);
                let Ok(filter) = TopicFilter::new(&text) else {
                    continue;
                };
                assert_eq!(tree.remove(filter, &key), subscribed.remove(&(text, key)));
            }
            Step::Disconnect(key) => {
                let before = subscribed.len();
                subscribed.retain(|(_, other), _| *other != key);
                assert_eq!(tree.remove_key(&key), before - subscribed.len());
            }
            Step::Publish(levels) => {
                let text = text(&levels, false);
                let Ok(topic) = TopicName::new(&text) else {
                    continue;
                };
                let expected: Vec<_> = subscribed
                    .iter()
                    .filter(|((text, _), _)| matches(filter(text), topic))
                    .map(|((text, key), value)| (text.clone(), *key, *value))
                    .collect();
                assert_eq!(found(&tree, topic), expected);
            }
            Step::PublishWithin(levels, nodes) => {
                let text = text(&levels, false);
                let Ok(topic) = TopicName::new(&text) else {
                    continue;
                };
                let all = tree.matches(topic).count();
                let within: Vec<_> = tree.matches_within(topic, nodes.into()).collect();
                let missing = within.last().is_some_and(Result::is_err);
                assert!(within.len() == all || (missing && within.len() <= all + 1));
            }
            Step::Retain(levels, value) => {
                let text = text(&levels, false);
                let Ok(topic) = TopicName::new(&text) else {
                    continue;
                };
                let old = retained.insert(topic, value);
                assert_eq!(old, topics.insert(text, value));
            }
            Step::Forget(levels) => {
                let text = text(&levels, false);
                let Ok(topic) = TopicName::new(&text) else {
                    continue;
                };
                assert_eq!(retained.remove(topic), topics.remove(&text));
            }
            Step::ForgetSome(bits) => {
                retained.retain(|_, value| *value & bits == 0);
                topics.retain(|_, value| *value & bits == 0);
            }
            Step::Find(levels) => {
                let text = text(&levels, false);
                let Ok(filter) = TopicFilter::new(&text) else {
                    continue;
                };
                let mut found: Vec<_> = retained
                    .matching(filter)
                    .map(|(topic, value)| (topic.to_string(), *value))
                    .collect();
                found.sort();
                let name = |text| TopicName::new(text).unwrap();
                let all = topics
                    .iter()
                    .filter(|(text, _)| matches(filter, name(text)));
                assert_eq!(
                    found,
                    all.map(|(text, value)| (text.clone(), *value))
                        .collect::<Vec<_>>()
                );
            }
        }
        assert_eq!(
            (tree.len(), retained.len()),
            (subscribed.len(), topics.len())
        );
    }
});
