//! One face for all: subscribers are `u32`, one for each filter.

use std::{collections::HashMap, hint::black_box};

use puremqtt::{SubscriptionTree, TopicFilter, TopicName};

pub trait Index {
    fn insert(&mut self, filter: &str, subscriber: u32);
    /// Visits all subscribers, and counts them.
    fn find(&self, topic: &str) -> usize;
}

pub struct Ours(SubscriptionTree<u32, ()>);
pub struct Engine(mqtt_topic_engine::topic_matcher::TopicMatcherNode<HashMap<u32, ()>>);
pub struct Rmqtt(rmqtt::trie::TopicTree<u32>);
pub struct Tree(mqtt_topic_tree::TopicTree);

impl Index for Ours {
    fn insert(&mut self, filter: &str, subscriber: u32) {
        self.0
            .insert(TopicFilter::new(filter).unwrap(), subscriber, ());
    }

    fn find(&self, topic: &str) -> usize {
        let found = self.0.matches(TopicName::new(topic).unwrap());
        found
            .picking(|_| None)
            .inspect(|found| _ = black_box(*found.0))
            .count()
    }
}

impl Index for Engine {
    fn insert(&mut self, filter: &str, subscriber: u32) {
        let cache = mqtt_topic_engine::CacheStrategy::NoCache;
        let pattern = mqtt_topic_engine::TopicPatternPath::new_from_string(filter, cache).unwrap();
        self.0
            .get_or_create_subscription_table(&pattern)
            .insert(subscriber, ());
    }

    fn find(&self, topic: &str) -> usize {
        let path = mqtt_topic_engine::TopicPath::new(topic).unwrap();
        let tables = self.0.find_by_path(&path);
        tables
            .iter()
            .flat_map(|table| table.keys())
            .inspect(|key| _ = black_box(**key))
            .count()
    }
}

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

impl Index for Tree {
    fn insert(&mut self, filter: &str, subscriber: u32) {
        let filter = filter.to_string().try_into().ok().unwrap();
        self.0
            .add_subscription(filter, subscriber.into(), mqtt_topic_tree::QoS::Level0);
    }

    fn find(&self, topic: &str) -> usize {
        let topic: mqtt_topic_tree::TopicName = topic.to_string().try_into().ok().unwrap();
        self.0.get_subscriptions(&topic).len()
    }
}

pub const NAMES: [&str; 4] = ["puremqtt", "mqtt-topic-engine", "rmqtt", "mqtt_topic_tree"];

pub fn index(name: &str) -> Box<dyn Index> {
    match name {
        "puremqtt" => Box::new(Ours(SubscriptionTree::new())),
        "mqtt-topic-engine" => Box::new(Engine(
            mqtt_topic_engine::topic_matcher::TopicMatcherNode::new(),
        )),
        "rmqtt" => Box::new(Rmqtt(Default::default())),
        "mqtt_topic_tree" => Box::new(Tree(Default::default())),
        _ => panic!("no index is called {name}"),
    }
}
