//! From a message to all who want it: who they are, in which order, with which flags.

use puremqtt::{ConnectProperties, Subscription, SubscriptionOptions, TopicFilter};

use crate::world::{NONE, Peer, Q0, Q1, Q2, V5, World, connect, plain};

/// One may write to "free", the other may not.
const ACL: &str = "topic readwrite free";

fn numbers() -> Vec<String> {
    (1..=100).map(|number| format!("a={number} qos1")).collect()
}

/// Two publishers take turns with "one-1", "two-1", "one-2" and so on.
fn interleave(one: &Peer, two: &Peer) {
    for number in 1..=100 {
        one.publishes("a", &format!("one-{number}"), Q1);
        two.publishes("a", &format!("two-{number}"), Q1);
    }
}

/// Of the messages of one publisher those numbers that follow each other.
fn order(messages: &[String], publisher: &str) -> Vec<u32> {
    let prefix = format!("a={publisher}-");
    let numbers = messages
        .iter()
        .filter_map(|message| message.strip_prefix(&prefix)?.strip_suffix(" qos1"));
    numbers.map(|number| number.parse().unwrap()).collect()
}

#[test]
fn v3_1_1_mqtt_3_3_1_3_dup_is_not_passed_on() {
    let world = World::new();
    let (a, b) = (world.v3("a"), world.v3("b"));
    b.subscribes("a", Q1);
    a.sends("3a 05 00 01 61 00 07");
    assert_eq!(a.gets(), ["40 02 00 07"]);
    assert_eq!(b.gets(), ["32 05 00 01 61 00 01"]);
}

#[test]
fn v5_0_mqtt_3_3_1_3_dup_is_not_passed_on() {
    let world = World::new();
    let (a, b) = (world.v5("a"), world.v5("b"));
    b.subscribes("a", Q1);
    a.sends("3a 06 00 01 61 00 07 00");
    assert_eq!(a.gets(), ["40 02 00 07"]);
    assert_eq!(b.gets(), ["32 06 00 01 61 00 01 00"]);
}

#[test]
fn v3_1_1_mqtt_3_3_5_1_overlapping_subscriptions_deliver_at_the_highest_qos() {
    let world = World::new();
    let b = world.v3("b");
    b.subscribes("a/#", Q1);
    b.subscribes("a/b", Q2);
    world.v3("a").publishes("a/b", "x", Q2);
    assert_eq!(b.messages(), ["a/b=x qos2"]);
}

#[test]
fn v5_0_mqtt_3_3_4_2_overlapping_subscriptions_deliver_at_the_highest_qos() {
    let world = World::new();
    let b = world.v5("b");
    b.subscribes("a/#", Q1);
    b.subscribes("a/b", Q2);
    world.v5("a").publishes("a/b", "x", Q2);
    assert_eq!(b.messages(), ["a/b=x qos2"]);
}

#[test]
fn v3_1_1_mqtt_3_3_5_2_a_publish_that_is_not_allowed_is_acknowledged_as_usual() {
    let world = World::guarded(plain(), None, Some(ACL));
    let (a, b) = (world.v3("a"), world.v3("b"));
    b.subscribes("free", Q1);
    a.sends("32 06 00 01 61 00 01 78");
    assert_eq!(a.gets(), ["40 02 00 01"]);
    a.publishes("other", "x", Q2);
    a.publishes("free", "x", Q1);
    assert_eq!(b.messages(), ["free=x qos1"]);
    // MQTT 5 has a code for it.
    let a = world.v5("a");
    a.sends("32 07 00 01 61 00 01 00 78 34 07 00 01 61 00 02 00 78");
    assert_eq!(a.gets(), ["40 03 00 01 87", "50 03 00 02 87"]);
}

#[test]
fn v3_1_1_mqtt_4_5_0_1_every_matching_session_gets_the_message() {
    let world = World::new();
    let (here, away, other) = (world.v3("1"), world.v3_kept("2"), world.v3("3"));
    here.subscribes("a/+", Q1);
    away.subscribes("a/#", Q1);
    other.subscribes("b/#", Q1);
    away.drops();
    world.v3("p").publishes("a/b", "x", Q1);
    assert_eq!(here.messages(), ["a/b=x qos1"]);
    assert_eq!(world.v3_kept("2").messages(), ["a/b=x qos1"]);
    assert_eq!(other.messages(), NONE);
}

#[test]
fn v5_0_mqtt_4_5_0_1_every_matching_session_gets_the_message() {
    let world = World::new();
    let (here, away, other) = (world.v5("1"), world.v5_kept("2", 60), world.v5("3"));
    here.subscribes("a/+", Q1);
    away.subscribes("a/#", Q1);
    other.subscribes("b/#", Q1);
    away.drops();
    world.v5("p").publishes("a/b", "x", Q1);
    assert_eq!(here.messages(), ["a/b=x qos1"]);
    assert_eq!(world.v5_kept("2", 60).messages(), ["a/b=x qos1"]);
    assert_eq!(other.messages(), NONE);
}

#[test]
fn v3_1_1_mqtt_4_6_0_5_messages_of_a_topic_keep_their_order() {
    let world = World::new();
    let (a, b) = (world.v3("a"), world.v3("b"));
    b.subscribes("a", Q1);
    for number in 1..=100 {
        a.publishes("a", &number.to_string(), Q1);
    }
    assert_eq!(b.messages(), numbers());
}

#[test]
fn v3_1_1_mqtt_4_6_0_6_messages_of_each_publisher_keep_their_order() {
    let world = World::new();
    let (one, two) = (world.v3("one"), world.v3("two"));
    let subscribers = [world.v3("a"), world.v3("b")];
    for subscriber in &subscribers {
        subscriber.subscribes("#", Q1);
    }
    interleave(&one, &two);
    for subscriber in subscribers {
        let messages = subscriber.messages();
        assert_eq!(order(&messages, "one"), Vec::from_iter(1..=100));
        assert_eq!(order(&messages, "two"), Vec::from_iter(1..=100));
    }
    // The broker's own answers keep the order of what they answer, QoS 1 and 2.
    one.sends(
        "32 05 00 01 61 00 03 34 05 00 01 61 00 01 32 05 00 01 61 00 02 34 05 00 01 61 00 04",
    );
    assert_eq!(
        one.gets(),
        ["40 02 00 03", "50 02 00 01", "40 02 00 02", "50 02 00 04"]
    );
    one.sends("62 02 00 01 62 02 00 04");
    assert_eq!(one.gets(), ["70 02 00 01", "70 02 00 04"]);
    // To a subscriber PUBRELs go in the order of its PUBRECs, and PUBLISHes again as at first.
    let away = world.v3_kept("away");
    away.subscribes("a", Q2);
    for payload in ["1", "2", "3", "4"] {
        two.publishes("a", payload, Q2);
    }
    assert_eq!(away.gets().len(), 4);
    away.sends("50 02 00 03 50 02 00 01");
    assert_eq!(away.gets(), ["62 02 00 03", "62 02 00 01"]);
    away.drops();
    let back = world.v3_kept("away");
    assert_eq!(
        back.gets(),
        [
            "62 02 00 03",
            "62 02 00 01",
            "3c 06 00 01 61 00 02 32",
            "3c 06 00 01 61 00 04 34"
        ]
    );
}

#[test]
fn v5_0_mqtt_4_6_0_5_messages_of_a_topic_keep_their_order() {
    let world = World::new();
    let a = world.v5("a");
    let (here, away) = (world.v5("b"), world.v5_kept("c", 60));
    here.subscribes("a", Q1);
    away.subscribes("a", Q1);
    away.drops();
    for number in 1..=100 {
        a.publishes("a", &number.to_string(), Q1);
    }
    assert_eq!(here.messages(), numbers());
    assert_eq!(world.v5_kept("c", 60).messages(), numbers());
}

#[test]
fn v5_0_mqtt_4_6_0_6_every_topic_is_ordered_by_default() {
    let world = World::new();
    let (one, two) = (world.v5("one"), world.v5("two"));
    let subscriber = world.v5("a");
    subscriber.subscribes("+", Q1);
    interleave(&one, &two);
    let messages = subscriber.messages();
    assert_eq!(order(&messages, "one"), Vec::from_iter(1..=100));
    assert_eq!(order(&messages, "two"), Vec::from_iter(1..=100));
}

#[test]
fn v5_0_mqtt_3_3_4_3_identifiers_of_overlapping_subscriptions_come_with_the_message() {
    let world = World::new();
    let b = world.v5("b");
    b.sends("82 0b 00 01 02 0b 01 00 03 61 2f 23 00");
    b.sends("82 0b 00 02 02 0b 02 00 03 61 2f 62 00");
    assert_eq!(b.gets(), ["90 04 00 01 00 00", "90 04 00 02 00 00"]);
    world.v5("a").sends("30 06 00 03 61 2f 62 00");
    let got = b.gets();
    let either = [
        "30 0a 00 03 61 2f 62 04 0b 01 0b 02",
        "30 0a 00 03 61 2f 62 04 0b 02 0b 01",
    ];
    assert!(
        got.len() == 1 && either.contains(&got[0].as_str()),
        "{got:?}"
    );
}

#[test]
fn v5_0_mqtt_3_3_4_4_a_single_copy_has_the_identifiers_of_all_that_match() {
    let world = World::new();
    let b = world.v5("b");
    // Twice the same identifier, once none, once one that does not match.
    b.sends("82 0b 00 01 02 0b 01 00 03 61 2f 23 00");
    b.sends("82 0b 00 02 02 0b 01 00 03 61 2f 62 00");
    b.sends("82 09 00 03 00 00 03 2b 2f 62 00");
    b.sends("82 09 00 04 02 0b 09 00 01 62 00");
    b.gets();
    world.v5("a").sends("30 06 00 03 61 2f 62 00");
    assert_eq!(b.gets(), ["30 0a 00 03 61 2f 62 04 0b 01 0b 01"]);
}

#[test]
fn v5_0_mqtt_3_3_4_5_each_of_several_copies_has_the_identifier_of_its_own_subscription() {
    // Copies are several where a subscription is shared.
    let world = World::new();
    let b = world.v5("b");
    b.sends("82 09 00 01 02 0b 01 00 01 61 00");
    // $share/g/a
    b.sends("82 12 00 02 02 0b 02 00 0a 24 73 68 61 72 65 2f 67 2f 61 00");
    // $share/h/a, without an identifier.
    b.sends("82 10 00 03 00 00 0a 24 73 68 61 72 65 2f 68 2f 61 00");
    assert_eq!(b.gets().len(), 3);
    world.v5("a").sends("30 04 00 01 61 00");
    let mut copies = b.gets();
    copies.sort();
    assert_eq!(
        copies,
        [
            "30 04 00 01 61 00",
            "30 06 00 01 61 02 0b 01",
            "30 06 00 01 61 02 0b 02"
        ]
    );
}

#[test]
fn v5_0_mqtt_3_8_3_3_with_no_local_nothing_comes_back_to_its_publisher() {
    let world = World::new();
    let (a, b) = (world.v5_kept("a", 60), world.v5("b"));
    a.sends("82 07 00 01 00 00 01 74 04");
    assert_eq!(a.gets(), ["90 04 00 01 00 00"]);
    b.subscribes("t", Q0);
    a.publishes("t", "x", Q0);
    assert_eq!(a.messages(), NONE);
    assert_eq!(b.messages(), ["t=x"]);
    b.publishes("t", "y", Q0);
    assert_eq!(a.messages(), ["t=y"]);
    // The identifier counts, not the connection.
    a.drops();
    let a = world.v5_kept("a", 60);
    a.publishes("t", "z", Q0);
    assert_eq!(a.messages(), NONE);
    assert_eq!(b.messages(), ["t=y", "t=z"]);
}

#[test]
fn no_local_of_one_subscription_does_not_hold_for_another() {
    let world = World::new();
    let a = world.v5("a");
    let options = SubscriptionOptions {
        no_local: true,
        qos: Q1,
        ..SubscriptionOptions::default()
    };
    let filter = TopicFilter::literal("t");
    a.subscribes_as(Subscription { filter, options });
    a.subscribes("+", Q0);
    a.publishes("t", "x", Q1);
    assert_eq!(a.messages(), ["t=x"]);
}

#[test]
fn a_client_takes_its_own_messages_as_anybody_does() {
    let world = World::new();
    let a = world.v3("a");
    a.subscribes("t", Q2);
    a.publishes("t", "x", Q2);
    assert_eq!(a.messages(), ["t=x qos2"]);
}

#[test]
fn a_message_is_upgraded_where_the_settings_say_so_alone() {
    for (upgrade_outgoing_qos, expected) in [
        (false, ["t=x retain", "t=x"]),
        (true, ["t=x qos2 retain", "t=x qos2"]),
    ] {
        let world = World::with(puremqtt_examples::broker::config::Config {
            upgrade_outgoing_qos,
            ..plain()
        });
        let (a, b) = (world.v3("a"), world.v3("b"));
        a.retains("t", "x", Q0);
        b.subscribes("t", Q2);
        a.publishes("t", "x", Q0);
        assert_eq!(b.messages(), expected);
    }
    assert!(!puremqtt_examples::broker::config::Config::default().upgrade_outgoing_qos);
}

#[test]
fn topics_come_as_aliases_to_a_client_that_takes_some() {
    let world = World::new();
    let properties = ConnectProperties {
        topic_alias_maximum: Some(1),
        ..ConnectProperties::default()
    };
    let b = world.joins(puremqtt::Connect {
        properties: (&properties).into(),
        ..connect(V5, "b")
    });
    b.subscribes("#", Q0);
    let a = world.v5("a");
    for _ in 0..3 {
        a.publishes("area/10/temperature", "x", Q0);
    }
    let got = b.gets();
    assert_eq!(got.len(), 3);
    assert_eq!(
        got.last().map(String::as_str),
        Some("30 07 00 00 03 23 00 01 78")
    );
}
