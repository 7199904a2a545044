//! Retained messages: which are kept, who gets them, and how.

use puremqtt::{Publish, TopicName};

use crate::world::{NONE, Q0, Q1, V3_1_1, World, connect, plain};

/// QoS 0 with RETAIN on "a": "x", "y", nothing.
const X_V3: &str = "31 04 00 01 61 78";
const NOTHING_V3: &str = "31 03 00 01 61";
const X_V5: &str = "31 05 00 01 61 00 78";
const Y_V5: &str = "31 05 00 01 61 00 79";
const NOTHING_V5: &str = "31 04 00 01 61 00";

#[test]
fn v3_1_1_mqtt_3_1_2_7_retained_messages_outlive_the_session() {
    let world = World::new();
    let a = world.v3("a");
    a.sends(X_V3);
    a.leaves();
    let b = world.v3("b");
    b.sends("82 06 00 01 00 01 61 00");
    assert_eq!(b.gets(), ["90 03 00 01 00", X_V3]);
}

#[test]
fn v3_1_1_mqtt_3_3_1_5_a_message_is_stored_with_its_qos() {
    let world = World::new();
    world.v3("a").sends("33 06 00 01 61 00 01 78");
    let b = world.v3("b");
    b.sends("82 06 00 01 00 01 61 01");
    assert_eq!(b.gets(), ["90 03 00 01 01", "33 06 00 01 61 00 01 78"]);
}

#[test]
fn v5_0_mqtt_3_3_1_5_the_last_retained_message_of_a_topic_is_stored() {
    let world = World::new();
    let a = world.v5("a");
    a.sends(X_V5);
    a.sends(Y_V5);
    let b = world.v5("b");
    b.sends("82 07 00 01 00 00 01 61 00");
    assert_eq!(b.gets(), ["90 04 00 01 00 00", Y_V5]);
}

#[test]
fn v3_1_1_mqtt_3_3_1_6_a_subscription_gets_the_last_one_of_each_topic() {
    let world = World::new();
    let a = world.v3("a");
    for (topic, payload) in [
        ("a/1", "old"),
        ("a/2", "old"),
        ("b/1", "other"),
        ("a/1", "x"),
        ("a/2", "y"),
    ] {
        a.retains(topic, payload, Q0);
    }
    let b = world.v3("b");
    b.subscribes("a/+", Q0);
    let mut messages = b.messages();
    messages.sort();
    assert_eq!(messages, ["a/1=x retain", "a/2=y retain"]);
}

#[test]
fn v3_1_1_mqtt_3_3_1_7_one_of_qos_0_takes_the_place_of_the_one_before() {
    let world = World::new();
    let a = world.v3("a");
    a.retains("a", "x", Q1);
    a.retains("a", "y", Q0);
    let b = world.v3("b");
    b.subscribes("a", Q1);
    assert_eq!(b.messages(), ["a=y retain"]);
}

#[test]
fn v3_1_1_mqtt_3_3_1_8_a_message_for_a_new_subscription_has_retain() {
    let world = World::new();
    world.v3("a").sends(X_V3);
    let b = world.v3("b");
    b.subscribes("a", Q0);
    assert_eq!(b.gets(), [X_V3]);
}

#[test]
fn v3_1_1_mqtt_3_3_1_9_a_message_for_an_established_subscription_has_no_retain() {
    let world = World::new();
    let b = world.v3("b");
    b.subscribes("a", Q0);
    world.v3("a").sends(X_V3);
    assert_eq!(b.gets(), ["30 04 00 01 61 78"]);
}

#[test]
fn v3_1_1_mqtt_3_3_1_10_an_empty_message_is_delivered_and_removes_the_retained_one() {
    let world = World::new();
    let (a, b) = (world.v3("a"), world.v3("b"));
    a.sends(X_V3);
    b.subscribes("a", Q0);
    assert_eq!(b.gets(), [X_V3]);
    a.sends(NOTHING_V3);
    assert_eq!(b.gets(), ["30 03 00 01 61"]);
    let late = world.v3("c");
    late.subscribes("a", Q0);
    assert_eq!(late.gets(), NONE);
}

#[test]
fn v3_1_1_mqtt_3_3_1_11_an_empty_message_is_never_stored() {
    let world = World::new();
    world.v3("a").sends(NOTHING_V3);
    let b = world.v3("b");
    b.subscribes("a", Q0);
    assert_eq!(b.gets(), NONE);
}

#[test]
fn v3_1_1_mqtt_3_3_1_12_without_retain_the_stored_message_stays() {
    let world = World::new();
    let a = world.v3("a");
    a.sends(X_V3);
    a.sends("30 04 00 01 61 79");
    a.publishes("fresh", "x", Q1);
    let b = world.v3("b");
    b.subscribes("#", Q1);
    assert_eq!(b.gets(), [X_V3]);
}

#[test]
fn v5_0_mqtt_3_3_1_6_an_empty_message_is_delivered_and_removes_the_retained_one() {
    let world = World::new();
    let (a, b) = (world.v5("a"), world.v5("b"));
    a.sends(X_V5);
    b.subscribes("a", Q0);
    assert_eq!(b.gets(), [X_V5]);
    a.sends(NOTHING_V5);
    assert_eq!(b.gets(), ["30 04 00 01 61 00"]);
    let late = world.v5("c");
    late.subscribes("a", Q0);
    assert_eq!(late.gets(), NONE);
}

#[test]
fn v5_0_mqtt_3_3_1_7_an_empty_message_is_never_stored() {
    let world = World::new();
    world.v5("a").sends(NOTHING_V5);
    let b = world.v5("b");
    b.subscribes("a", Q0);
    assert_eq!(b.gets(), NONE);
}

#[test]
fn v5_0_mqtt_3_3_1_8_without_retain_the_stored_message_stays() {
    let world = World::new();
    let a = world.v5("a");
    a.sends(X_V5);
    a.sends("30 05 00 01 61 00 79");
    a.publishes("fresh", "x", Q1);
    let b = world.v5("b");
    b.subscribes("#", Q1);
    assert_eq!(b.gets(), [X_V5]);
}

#[test]
fn v5_0_mqtt_3_3_1_9_retain_handling_0_sends_at_each_subscribe() {
    let world = World::new();
    world.v5("a").sends(X_V5);
    let b = world.v5("b");
    for _ in 0..2 {
        b.sends("82 07 00 01 00 00 01 61 00");
        assert_eq!(b.gets(), ["90 04 00 01 00 00", X_V5]);
    }
}

#[test]
fn v5_0_mqtt_3_3_1_10_retain_handling_1_sends_to_new_subscriptions() {
    let world = World::new();
    world.v5("a").sends(X_V5);
    let b = world.v5("b");
    b.sends("82 07 00 01 00 00 01 61 10");
    assert_eq!(b.gets(), ["90 04 00 01 00 00", X_V5]);
    b.sends("82 07 00 01 00 00 01 61 10");
    assert_eq!(b.gets(), ["90 04 00 01 00 00"]);
    // Not even when the options are others now.
    b.sends("82 07 00 01 00 00 01 61 19");
    assert_eq!(b.gets(), ["90 04 00 01 00 01"]);
    // New is what was not there, unsubscribed or never subscribed.
    b.sends("a2 06 00 01 00 00 01 61");
    b.sends("82 07 00 01 00 00 01 61 10");
    assert_eq!(b.gets(), ["b0 04 00 01 00 00", "90 04 00 01 00 00", X_V5]);
}

#[test]
fn v5_0_mqtt_3_3_1_11_retain_handling_2_sends_none() {
    let world = World::new();
    world.v5("a").sends(X_V5);
    let b = world.v5("b");
    b.sends("82 07 00 01 00 00 01 61 20");
    assert_eq!(b.gets(), ["90 04 00 01 00 00"]);
}

#[test]
fn v5_0_mqtt_3_3_1_12_without_retain_as_published_retain_is_0() {
    let world = World::new();
    let b = world.v5("b");
    b.sends("82 07 00 01 00 00 01 61 00");
    world.v5("a").sends(X_V5);
    assert_eq!(b.gets(), ["90 04 00 01 00 00", "30 05 00 01 61 00 78"]);
}

#[test]
fn v5_0_mqtt_3_3_1_13_with_retain_as_published_retain_is_the_publishers() {
    let world = World::new();
    let (a, b) = (world.v5("a"), world.v5("b"));
    b.sends("82 07 00 01 00 00 01 61 08");
    a.sends(X_V5);
    a.sends("30 05 00 01 61 00 78");
    assert_eq!(
        b.gets(),
        ["90 04 00 01 00 00", X_V5, "30 05 00 01 61 00 78"]
    );
}

#[test]
fn a_retained_message_expires() {
    let world = World::new();
    let a = world.v5("a");
    // Message Expiry Interval 10.
    a.sends("31 0a 00 01 61 05 02 00 00 00 0a 78");
    world.at(4);
    let b = world.v5("b");
    b.subscribes("a", Q0);
    assert_eq!(b.gets(), ["31 0a 00 01 61 05 02 00 00 00 06 78"]);
    world.at(10);
    let c = world.v5("c");
    c.subscribes("a", Q0);
    assert_eq!(c.gets(), NONE);
}

/// A broker with so many retained messages, and a queue that holds so many.
fn with_many(retained: usize, max_queued: usize) -> World {
    let world = World::with(puremqtt_examples::broker::config::Config {
        max_queued: Some(max_queued),
        ..plain()
    });
    let a = world.v3("a");
    for number in 0..retained {
        a.sends_bytes(format!("\x33\x0c\0\x07t/{number:05}\0\x01x").as_bytes());
    }
    world
}

#[test]
fn a_hundred_thousand_retained_messages_all_arrive_though_the_queue_holds_a_thousand() {
    for (retained, max_queued, qos) in [(100_000, 1_000, Q1), (10_000, 10, Q0), (10_000, 1, Q1)] {
        let b = with_many(retained, max_queued).v3("b");
        b.subscribes("t/+", qos);
        let mut messages = b.messages();
        messages.sort();
        messages.dedup();
        assert_eq!(messages.len(), retained);
    }
}

#[test]
fn large_retained_messages_all_arrive_though_the_queue_has_a_limit_of_bytes() {
    let world = World::new();
    let a = world.v3("a");
    let payload = "x".repeat(1 << 20);
    for number in 0..50 {
        a.retains(&format!("t/{number}"), &payload, Q0);
    }
    let b = world.v3("b");
    b.subscribes("#", Q0);
    assert_eq!(b.messages().len(), 50);
}

#[test]
fn a_newer_message_does_not_arrive_before_an_older_retained_one() {
    let world = World::new();
    let a = world.v3("a");
    for number in 0..500 {
        a.retains(&format!("t/{number}"), "old", Q1);
    }
    // The subscriber acknowledges nothing yet, so that most of them have to wait.
    let b = world.joins(connect(V3_1_1, "b"));
    b.subscribes("#", Q1);
    for number in 0..500 {
        a.retains(&format!("t/{number}"), "new", Q1);
    }
    a.retains("t/250", "", Q1);
    let messages = b.messages();
    for number in (0..500).filter(|&number| number != 250) {
        let topic = format!("t/{number}=");
        let mut of_topic = messages
            .iter()
            .filter(|message| message.starts_with(&topic));
        let last = of_topic.next_back().expect("there is one");
        assert!(last.starts_with(&format!("{topic}new")), "{last}");
    }
}

#[test]
fn who_unsubscribes_gets_no_more_of_them() {
    let world = World::new();
    let a = world.v3("a");
    for number in 0..1_000 {
        a.retains(&format!("t/{number}"), "x", Q1);
    }
    let b = world.v3("b");
    b.subscribes("t/+", Q1);
    b.sends("a2 07 00 02 00 03 74 2f 2b");
    b.takes(0xb0);
    assert!(b.messages().len() <= 120);
}

#[test]
fn a_will_and_a_clean_topic_of_an_alias_are_retained_by_their_topic() {
    let world = World::with(puremqtt_examples::broker::config::Config {
        topic_alias_maximum: 10,
        ..plain()
    });
    let a = world.v5("a");
    // Topic Alias 1 is "a"; then "y" by the alias alone.
    a.sends("31 08 00 01 61 03 23 00 01 78");
    a.sends("31 07 00 00 03 23 00 01 79");
    let b = world.v5("b");
    b.subscribes("a", Q0);
    assert_eq!(b.gets(), [Y_V5]);
}

#[test]
fn figures_are_retained_where_no_wildcard_at_the_front_reaches() {
    let world = World::new();
    world.at(0);
    let (all, own) = (world.v3("a"), world.v3("b"));
    all.subscribes("#", Q0);
    all.subscribes("+/broker/uptime", Q0);
    own.subscribes("$SYS/broker/uptime", Q0);
    assert_eq!(all.messages(), NONE);
    assert_eq!(own.messages(), ["$SYS/broker/uptime=0 seconds retain"]);
    world.at(10);
    assert_eq!(all.messages(), NONE);
    assert_eq!(own.messages(), ["$SYS/broker/uptime=10 seconds"]);
}

#[test]
fn no_client_writes_what_belongs_to_the_server() {
    let world = World::new();
    let own = world.v3("l");
    own.subscribes("$SYS/broker/version", Q0);
    let (old, new) = (world.v3("a"), world.v5("b"));
    let topic = TopicName::literal("$SYS/broker/version");
    let publish = Publish {
        retain: true,
        ..Publish::new(topic, b"mine")
    };
    old.publishes_this(publish, Q0);
    old.publishes_this(publish, Q1);
    new.sends("32 0a 00 04 24 53 59 53 00 01 00 78");
    // Before MQTT 5 nobody can say so.
    assert_eq!(old.gets(), NONE);
    assert_eq!(new.gets(), ["40 03 00 01 90"]);
    assert_eq!(own.messages(), NONE);
}
