//! SUBSCRIBE and UNSUBSCRIBE: their answers, and what they change.

use puremqtt::{Limits, QoS, RetainHandling, Subscription, SubscriptionOptions, TopicFilter};

use crate::world::{NONE, Q0, Q1, Q2, World, plain};

/// Everything but "bad".
const ACL: &str = "topic readwrite #\ntopic readwrite +\ntopic deny bad";
/// Nothing but "a".
const ONLY_A: &str = "topic readwrite a";

#[test]
fn v3_1_1_mqtt_3_8_3_2_a_server_without_wildcards_refuses_filters_that_have_some() {
    let world = World::offering(Limits {
        wildcard_subscription_available: false,
        ..Limits::default()
    });
    let a = world.v3("a");
    a.sends("82 08 00 01 00 03 61 2f 23 00");
    assert_eq!(a.gets(), ["90 03 00 01 80"]);
    a.sends("82 08 00 02 00 03 61 2f 62 00");
    assert_eq!(a.gets(), ["90 03 00 02 00"]);
    a.publishes("a/c", "x", Q0);
    assert_eq!(a.messages(), NONE);
}

#[test]
fn v5_0_mqtt_3_2_2_10_a_server_of_a_lower_maximum_qos_grants_what_it_has() {
    let world = World::offering(Limits {
        maximum_qos: QoS::AtMostOnce,
        ..Limits::default()
    });
    let a = world.opens(crate::opening::A_V5);
    // Maximum QoS 0.
    assert_eq!(a.gets(), ["20 05 00 00 02 24 00"]);
    for options in ["00", "01", "02"] {
        a.sends(&format!("82 07 00 01 00 00 01 61 {options}"));
        assert_eq!(a.gets(), ["90 04 00 01 00 00"]);
    }
}

#[test]
fn v3_1_1_mqtt_3_8_4_1_every_subscribe_is_answered() {
    let a = World::new().v3("a");
    a.sends("82 06 00 01 00 01 61 01");
    assert_eq!(a.gets(), ["90 03 00 01 01"]);
    let a = World::guarded(plain(), None, Some(ONLY_A)).v3("a");
    a.sends("82 0a 00 01 00 01 62 00 00 01 63 01");
    assert_eq!(a.gets(), ["90 04 00 01 80 80"]);
}

#[test]
fn v5_0_mqtt_3_8_4_1_every_subscribe_is_answered() {
    let a = World::new().v5("a");
    a.sends("82 07 00 01 00 00 01 61 01");
    assert_eq!(a.gets(), ["90 04 00 01 00 01"]);
    let a = World::guarded(plain(), None, Some(ONLY_A)).v5("a");
    a.sends("82 0b 00 01 00 00 01 62 00 00 01 63 01");
    assert_eq!(a.gets(), ["90 05 00 01 00 87 87"]);
}

#[test]
fn v3_1_1_mqtt_3_8_4_3_an_identical_filter_replaces_the_subscription() {
    let world = World::new();
    let (a, b) = (world.v3("a"), world.v3("b"));
    b.sends("31 04 00 01 61 78");
    a.sends("82 06 00 01 00 01 61 00");
    assert_eq!(a.gets(), ["90 03 00 01 00", "31 04 00 01 61 78"]);
    b.publishes("a", "before", Q1);
    a.sends("82 06 00 02 00 01 61 01");
    b.publishes("a", "after", Q1);
    assert_eq!(
        a.gets(),
        [
            "30 09 00 01 61 62 65 66 6f 72 65",
            "90 03 00 02 01",
            "31 04 00 01 61 78",
            "32 0a 00 01 61 00 01 61 66 74 65 72",
        ]
    );
}

#[test]
fn v5_0_mqtt_3_8_4_3_an_identical_filter_replaces_the_subscription() {
    let world = World::new();
    let (a, b) = (world.v5("a"), world.v5("b"));
    // QoS 0 and identifier 1, then QoS 1, Retain As Published and identifier 2.
    a.sends("82 09 00 01 02 0b 01 00 01 61 00");
    a.sends("82 09 00 02 02 0b 02 00 01 61 09");
    assert_eq!(a.gets(), ["90 04 00 01 00 00", "90 04 00 02 00 01"]);
    b.sends("33 07 00 01 61 00 01 00 78");
    assert_eq!(a.gets(), ["33 09 00 01 61 00 01 02 0b 02 78"]);
    // One without an identifier takes that away.
    a.sends("82 07 00 03 00 00 01 61 20");
    b.sends("33 07 00 01 61 00 01 00 78");
    assert_eq!(a.gets(), ["90 04 00 03 00 00", "30 05 00 01 61 00 78"]);
}

#[test]
fn v5_0_mqtt_3_8_4_4_a_replacement_sends_what_is_retained_and_loses_nothing() {
    let world = World::new();
    let (a, b) = (world.v5("a"), world.v5("b"));
    b.retains("a", "0", Q1);
    a.subscribes("a", Q1);
    for number in 1..=100 {
        b.publishes("a", &number.to_string(), Q1);
        if number % 10 == 0 {
            a.subscribes("a", Q1);
        }
    }
    let messages = a.messages();
    let (retained, stream): (Vec<_>, Vec<_>) = messages
        .into_iter()
        .partition(|message| message.ends_with(" retain"));
    let expected: Vec<_> = (1..=100).map(|number| format!("a={number} qos1")).collect();
    assert_eq!(stream, expected);
    assert_eq!(retained, ["a=0 qos1 retain"; 11]);
}

#[test]
fn v3_1_1_mqtt_3_8_4_4_several_filters_are_answered_at_once() {
    let a = World::new().v3("a");
    a.sends("82 0a 00 01 00 01 61 00 00 01 62 01");
    assert_eq!(a.gets(), ["90 04 00 01 00 01"]);
    a.publishes("a", "x", Q1);
    a.publishes("b", "y", Q1);
    assert_eq!(a.messages(), ["a=x", "b=y qos1"]);
}

#[test]
fn v5_0_mqtt_3_8_4_5_several_filters_are_answered_at_once() {
    let a = World::new().v5("a");
    a.sends("82 0b 00 01 00 00 01 61 00 00 01 62 01");
    assert_eq!(a.gets(), ["90 05 00 01 00 00 01"]);
    a.publishes("a", "x", Q1);
    a.publishes("b", "y", Q1);
    assert_eq!(a.messages(), ["a=x", "b=y qos1"]);
}

#[test]
fn v3_1_1_mqtt_3_8_4_5_suback_has_a_code_for_each_filter() {
    let world = World::guarded(plain(), None, Some(ACL));
    let a = world.v3("a");
    a.sends("82 14 00 01 00 01 61 00 00 01 62 01 00 01 63 02 00 03 62 61 64 00");
    assert_eq!(a.gets(), ["90 06 00 01 00 01 02 80"]);
}

#[test]
fn v5_0_mqtt_3_8_4_6_suback_has_a_code_for_each_filter() {
    let a = World::new().v5("a");
    a.sends("82 0f 00 01 00 00 01 61 00 00 01 62 01 00 01 63 02");
    assert_eq!(a.gets(), ["90 06 00 01 00 00 01 02"]);
}

#[test]
fn v5_0_mqtt_3_8_4_7_a_code_is_the_granted_qos_or_a_failure() {
    let world = World::guarded(plain(), None, Some(ACL));
    let a = world.v5("a");
    for (options, code) in [("00", "00"), ("01", "01"), ("02", "02")] {
        a.sends(&format!("82 07 00 01 00 00 01 61 {options}"));
        assert_eq!(a.gets(), [format!("90 04 00 01 00 {code}")]);
    }
    a.sends("82 09 00 01 00 00 03 62 61 64 00");
    assert_eq!(a.gets(), ["90 04 00 01 00 87"]);
}

/// With which QoS a message goes out, by that of the subscription and that of the publisher.
const LOWER: [(QoS, QoS, &str); 9] = [
    (Q0, Q0, "t=x"),
    (Q0, Q1, "t=x"),
    (Q0, Q2, "t=x"),
    (Q1, Q0, "t=x"),
    (Q1, Q1, "t=x qos1"),
    (Q1, Q2, "t=x qos1"),
    (Q2, Q0, "t=x"),
    (Q2, Q1, "t=x qos1"),
    (Q2, Q2, "t=x qos2"),
];

#[test]
fn v3_1_1_mqtt_3_8_4_6_messages_go_out_at_the_lower_qos() {
    for (granted, published, expected) in LOWER {
        let world = World::new();
        let a = world.v3("a");
        a.subscribes("t", granted);
        world.v3("b").publishes("t", "x", published);
        assert_eq!(a.messages(), [expected]);
    }
}

#[test]
fn v5_0_mqtt_3_8_4_8_messages_go_out_at_the_lower_qos() {
    for (granted, published, expected) in LOWER {
        let world = World::new();
        let a = world.v5("a");
        a.subscribes("t", granted);
        world.v5("b").publishes("t", "x", published);
        assert_eq!(a.messages(), [expected]);
    }
}

#[test]
fn v3_1_1_mqtt_3_9_3_1_codes_are_in_the_order_of_the_filters() {
    let world = World::guarded(plain(), None, Some(ACL));
    let a = world.v3("a");
    a.sends("82 10 00 01 00 01 61 02 00 03 62 61 64 00 00 01 62 01");
    assert_eq!(a.gets(), ["90 05 00 01 02 80 01"]);
}

#[test]
fn v5_0_mqtt_3_9_3_1_codes_are_in_the_order_of_the_filters() {
    let world = World::guarded(plain(), None, Some(ACL));
    let a = world.v5("a");
    a.sends("82 11 00 01 00 00 01 61 02 00 03 62 61 64 00 00 01 62 01");
    assert_eq!(a.gets(), ["90 06 00 01 00 02 87 01"]);
}

#[test]
fn v3_1_1_mqtt_3_10_4_2_after_unsubscribe_no_new_messages_come() {
    let a = World::new().v3("a");
    a.subscribes("a", Q0);
    a.publishes("a", "before", Q0);
    assert_eq!(a.messages(), ["a=before"]);
    a.sends("a2 05 00 02 00 01 61");
    a.publishes("a", "x", Q0);
    assert_eq!(a.gets(), ["b0 02 00 02"]);
}

#[test]
fn v5_0_mqtt_3_10_4_2_after_unsubscribe_no_new_messages_come() {
    let a = World::new().v5("a");
    a.subscribes("a", Q0);
    a.publishes("a", "before", Q0);
    assert_eq!(a.messages(), ["a=before"]);
    a.sends("a2 06 00 02 00 00 01 61");
    a.publishes("a", "x", Q0);
    assert_eq!(a.gets(), ["b0 04 00 02 00 00"]);
}

#[test]
fn v3_1_1_mqtt_3_10_4_4_unsuback_has_the_identifier_of_unsubscribe() {
    let a = World::new().v3("a");
    a.subscribes("a", Q0);
    a.sends("a2 05 00 0a 00 01 61");
    assert_eq!(a.gets(), ["b0 02 00 0a"]);
}

#[test]
fn v5_0_mqtt_3_10_4_4_unsubscribe_is_answered() {
    let a = World::new().v5("a");
    a.subscribes("a", Q0);
    a.sends("a2 06 00 01 00 00 01 61");
    assert_eq!(a.gets(), ["b0 04 00 01 00 00"]);
}

#[test]
fn v3_1_1_mqtt_3_10_4_5_unsubscribe_is_answered_though_there_was_no_subscription() {
    let a = World::new().v3("a");
    a.sends("a2 08 00 01 00 04 6e 6f 6e 65");
    assert_eq!(a.gets(), ["b0 02 00 01"]);
}

#[test]
fn v5_0_mqtt_3_10_4_5_unsubscribe_is_answered_though_there_was_no_subscription() {
    let a = World::new().v5("a");
    a.sends("a2 09 00 0a 00 00 04 6e 6f 6e 65");
    assert_eq!(a.gets(), ["b0 04 00 0a 00 11"]);
}

#[test]
fn v3_1_1_mqtt_3_10_4_6_several_filters_are_removed_with_one_answer() {
    let a = World::new().v3("a");
    for topic in ["a", "b", "c"] {
        a.subscribes(topic, Q0);
        a.publishes(topic, "before", Q0);
    }
    assert_eq!(a.messages(), ["a=before", "b=before", "c=before"]);
    // Not "c".
    a.sends("a2 08 00 01 00 01 61 00 01 62");
    a.publishes("a", "x", Q0);
    a.publishes("b", "x", Q0);
    assert_eq!(a.gets(), ["b0 02 00 01"]);
    a.publishes("c", "x", Q0);
    assert_eq!(a.messages(), ["c=x"]);
}

#[test]
fn v5_0_mqtt_3_10_4_6_several_filters_are_removed_with_one_answer() {
    let a = World::new().v5("a");
    for topic in ["a", "b", "c"] {
        a.subscribes(topic, Q0);
        a.publishes(topic, "before", Q0);
    }
    assert_eq!(a.messages(), ["a=before", "b=before", "c=before"]);
    // Not "c".
    a.sends("a2 09 00 01 00 00 01 61 00 01 62");
    a.publishes("a", "x", Q0);
    a.publishes("b", "x", Q0);
    assert_eq!(a.gets(), ["b0 05 00 01 00 00 00"]);
    a.publishes("c", "x", Q0);
    assert_eq!(a.messages(), ["c=x"]);
}

#[test]
fn v5_0_mqtt_3_11_3_1_codes_are_in_the_order_of_the_filters() {
    let a = World::new().v5("a");
    a.subscribes("a", Q0);
    a.sends("a2 09 00 01 00 00 01 78 00 01 61");
    assert_eq!(a.gets(), ["b0 05 00 01 00 11 00"]);
}

#[test]
fn messages_that_were_queued_before_unsubscribe_still_come() {
    let world = World::new();
    let a = world.v3_kept("a");
    a.subscribes("a", Q1);
    let b = world.v3("b");
    b.publishes("a", "x", Q1);
    a.sends("a2 05 00 02 00 01 61");
    a.takes(0xb0);
    assert_eq!(a.messages(), ["a=x qos1"]);
}

#[test]
fn a_filter_that_stands_twice_in_one_packet_is_subscribed_once() {
    let world = World::new();
    let a = world.v3("a");
    a.sends("82 0a 00 01 00 01 61 00 00 01 61 01");
    assert_eq!(a.gets(), ["90 04 00 01 00 01"]);
    a.publishes("a", "x", Q1);
    assert_eq!(a.messages(), ["a=x qos1"]);
}

#[test]
fn twenty_thousand_filters_in_one_packet_are_answered() {
    let a = World::new().v3("a");
    let filters: Vec<_> = (0..20_000).map(|number| format!("t/{number}")).collect();
    let subscriptions: Vec<_> = filters
        .iter()
        .map(|filter| Subscription::new(TopicFilter::new(filter).unwrap(), Q1))
        .collect();
    let id = puremqtt::PacketId::new(1).unwrap();
    a.says(puremqtt::Subscribe::new(id, (&subscriptions[..]).into()));
    let suback = a.takes(0x90);
    // 2 + 20,000 bytes of which the last 20,000 are codes.
    assert_eq!(suback[..6], [0x90, 0xa2, 0x9c, 0x01, 0x00, 0x01]);
    assert_eq!(suback[6..], [1; 20_000]);
}

#[test]
fn retain_handling_is_of_each_filter() {
    let world = World::new();
    let a = world.v5("a");
    a.retains("a", "x", Q0);
    a.retains("b", "x", Q0);
    let handling = |text, retain_handling| Subscription {
        filter: TopicFilter::literal(text),
        options: SubscriptionOptions {
            retain_handling,
            ..SubscriptionOptions::default()
        },
    };
    let subscriptions = [
        handling("a", RetainHandling::DoNotSend),
        handling("b", RetainHandling::SendIfNew),
    ];
    let id = puremqtt::PacketId::new(7).unwrap();
    a.says(puremqtt::Subscribe::new(id, (&subscriptions).into()));
    a.takes(0x90);
    assert_eq!(a.messages(), ["b=x retain"]);
}
