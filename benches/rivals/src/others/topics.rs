use std::collections::HashMap;
use std::hint::black_box;

use mqtt_topic_engine::topic_matcher::TopicMatcherNode;
use mqtt_topic_engine::{CacheStrategy, TopicPath, TopicPatternPath};

use crate::case::Case;
use crate::index::{Index, Maker, finding};
use crate::meter::measure;
use crate::workloads::packets::TOPIC;

/// Mqttbytes and rumqttd have the same lines as rumqttc.
pub fn match_one(filter: &'static str, units: usize) -> Vec<Case> {
    vec![Case::new("rumqttc", move || {
        Box::new(move || {
            measure(|| {
                for _ in 0..units {
                    let (topic, filter) = (black_box(TOPIC), black_box(filter));
                    black_box(rumqttc::mqttbytes::matches(topic, filter));
                }
            })
            .1
        })
    })]
}

pub fn find(kind: &'static str, count: usize, units: usize) -> Vec<Case> {
    let mut cases = vec![
        finding::<Engine>("mqtt-topic-engine", kind, count, units),
        finding::<Rmqtt>("rmqtt", kind, count, units),
    ];
    // It panics once two wildcards match, and is slow with many filters.
    if kind == "exact" && count <= 10_000 {
        cases.push(finding::<Tree>("mqtt_topic_tree", kind, count, units));
    }
    cases
}

pub fn makers() -> Vec<Maker> {
    vec![
        Maker::of::<Engine>("mqtt-topic-engine"),
        Maker::of::<Rmqtt>("rmqtt"),
    ]
}

struct Engine(TopicMatcherNode<HashMap<u32, ()>>);

impl Default for Engine {
    fn default() -> Self {
        Self(TopicMatcherNode::new())
    }
}

impl Index for Engine {
    fn insert(&mut self, filter: &str, subscriber: u32) {
        let pattern = TopicPatternPath::new_from_string(filter, CacheStrategy::NoCache).unwrap();
        let table = self.0.get_or_create_subscription_table(&pattern);
        table.insert(subscriber, ());
    }

    fn find(&self, topic: &str) -> usize {
        let path = TopicPath::new(topic).unwrap();
        let tables = self.0.find_by_path(&path);
        tables
            .iter()
            .flat_map(|table| table.keys())
            .inspect(|key| _ = black_box(**key))
            .count()
    }
}

#[derive(Default)]
struct Rmqtt(rmqtt::trie::TopicTree<u32>);

impl Index for Rmqtt {
    fn insert(&mut self, filter: &str, subscriber: u32) {
        self.0.insert(&filter.parse().unwrap(), subscriber);
    }

    fn find(&self, topic: &str) -> usize {
        let topic: rmqtt::topic::Topic = topic.parse().unwrap();
        let found = self.0.matches(&topic);
        found
            .iter()
            .flat_map(|(_, keys)| keys)
            .inspect(|key| _ = black_box(**key))
            .count()
    }
}

#[derive(Default)]
struct Tree(mqtt_topic_tree::TopicTree);

impl Index for Tree {
    fn insert(&mut self, filter: &str, subscriber: u32) {
        let filter = filter.to_string().try_into().ok().unwrap();
        let qos = mqtt_topic_tree::QoS::Level0;
        self.0.add_subscription(filter, subscriber.into(), qos);
    }

    fn find(&self, topic: &str) -> usize {
        let topic: mqtt_topic_tree::TopicName = topic.to_string().try_into().ok().unwrap();
        self.0.get_subscriptions(&topic).len()
    }
}
