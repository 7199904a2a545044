//! What is in a session, and what is retained.

use std::num::NonZeroU32;

use puremqtt::{
    Connect, ConnectProperties, Message, Publish, PublishProperties, QoS, RetainHandling,
    Subscribe, SubscribeProperties, Subscription, SubscriptionIdentifier, SubscriptionOptions,
    TopicFilter, TopicName, UserProperty,
};

use crate::world::{NONE, Peer, Q0, Q1, Q2, V3_1_1, V5, World, connect, plain};

fn world() -> World {
    World::stored(plain())
}

/// A client of 3.1.1 that has subscribed to all, and gone.
fn away(world: &World) {
    let away = world.v3_kept("away");
    away.subscribes("#", Q2);
    away.leaves();
}

/// It is back, and there was a session.
fn back(world: &World) -> Peer {
    let (back, was_there) = world.connects(Connect {
        clean_start: false,
        ..connect(V3_1_1, "away")
    });
    assert!(was_there);
    back
}

#[test]
fn messages_wait_in_their_order() {
    let world = world();
    away(&world);
    let publisher = world.v3("publisher");
    for (payload, qos) in [("1", Q2), ("2", Q1), ("3", Q0), ("4", Q2)] {
        publisher.publishes("a", payload, qos);
    }
    world.crashes(1);
    assert_eq!(
        back(&world).messages(),
        ["a=1 qos2", "a=2 qos1", "a=4 qos2"]
    );
    // [MQTT-4.3.2-3] What is acknowledged is not sent again.
    world.crashes(1);
    assert_eq!(back(&world).messages(), NONE);
}

#[test]
fn messages_of_qos_0_wait_where_the_settings_say_so() {
    for keeps in [false, true] {
        let world = World::stored(puremqtt_examples::broker::config::Config {
            queue_qos0_messages: keeps,
            ..plain()
        });
        away(&world);
        let publisher = world.v3("publisher");
        publisher.publishes("a", "0", Q0);
        publisher.publishes("a", "1", Q1);
        publisher.publishes("a", "2", Q0);
        world.crashes(1);
        let expected: &[_] = match keeps {
            true => &["a=0", "a=1 qos1", "a=2"],
            false => &["a=1 qos1"],
        };
        let client = back(&world);
        assert_eq!(client.messages(), expected);
        world.v3("publisher").publishes("a", "3", Q0);
        world.at(2);
        world.crashes(1);
        // It was sent, and is not sent twice [MQTT-4.3.1-1].
        assert_eq!(back(&world).messages(), NONE);
    }
}

#[test]
fn a_setting_that_has_changed_brings_nothing_back() {
    let world = world();
    let away = world.v3_kept("away");
    away.subscribes("#", Q2);
    // Unread, it waits for its client, which is there.
    away.reads(false);
    let publisher = world.v3("publisher");
    publisher.publishes("a", "0", Q0);
    world.crashes_with(1, |config| config.queue_qos0_messages = true);
    assert_eq!(back(&world).messages(), NONE);
}

#[test]
fn a_message_in_flight_is_sent_again_with_its_identifier() {
    // [MQTT-4.4.0-1] [3.1.1/MQTT-3.3.1-1]
    for (qos, first, again) in [
        (Q1, "32 06 00 01 61 00 01 78", "3a 06 00 01 61 00 01 78"),
        (Q2, "34 06 00 01 61 00 01 78", "3c 06 00 01 61 00 01 78"),
    ] {
        let world = world();
        let client = world.v3_kept("away");
        client.subscribes("#", Q2);
        world.v3("publisher").publishes("a", "x", qos);
        assert_eq!(client.gets(), [first]);
        world.crashes(1);
        assert_eq!(back(&world).gets(), [again]);
    }
}

#[test]
fn a_released_message_is_not_sent_again_but_its_pubrel_is() {
    let world = world();
    let client = world.v3_kept("away");
    client.subscribes("#", Q2);
    world.v3("publisher").publishes("a", "x", Q2);
    client.takes(0x34);
    client.sends("50 02 00 01");
    client.takes(0x62);
    world.crashes(1);
    let client = back(&world);
    assert_eq!(client.gets(), ["62 02 00 01"]);
    client.sends("70 02 00 01");
    world.at(2);
    world.crashes(1);
    assert_eq!(back(&world).gets(), NONE);
}

#[test]
fn an_identifier_of_the_clients_is_known_until_its_pubrel() {
    let world = world();
    let listener = world.v3_kept("away");
    listener.subscribes("#", Q2);
    let publisher = world.v3_kept("publisher");
    publisher.sends("34 06 00 01 61 00 09 78");
    assert_eq!(publisher.gets(), ["50 02 00 09"]);
    assert_eq!(listener.messages(), ["a=x qos2"]);
    world.crashes(1);
    let listener = back(&world);
    let publisher = world.v3_kept("publisher");
    // [3.1.1/MQTT-4.3.3-2]
    publisher.sends("3c 06 00 01 61 00 09 78");
    publisher.sends("62 02 00 09");
    assert_eq!(publisher.gets(), ["50 02 00 09", "70 02 00 09"]);
    assert_eq!(listener.messages(), NONE);
    world.crashes(1);
    let listener = back(&world);
    // From then on it is free for another one.
    world.v3_kept("publisher").sends("34 06 00 01 61 00 09 79");
    assert_eq!(listener.messages(), ["a=y qos2"]);
}

#[test]
fn a_message_keeps_its_properties() {
    let world = world();
    let away = world.v5_kept("away", 100);
    let identified = SubscribeProperties {
        subscription_identifier: SubscriptionIdentifier::new(268_435_455),
        ..SubscribeProperties::default()
    };
    let subscription = [Subscription {
        filter: TopicFilter::literal("#"),
        options: SubscriptionOptions {
            retain_as_published: true,
            ..SubscriptionOptions::new(Q1)
        },
    }];
    let mut subscribe = Subscribe::new(std::num::NonZeroU16::MIN.into(), (&subscription).into());
    subscribe.properties = (&identified).into();
    away.says(subscribe);
    away.leaves();
    // The first one has the name of a mark in the log.
    let pairs = ["puremqtt-share", "b", "a"].map(|name| UserProperty::new(name, "11$share/g/#"));
    let properties = PublishProperties {
        content_type: Some("text"),
        response_topic: Some(TopicName::literal("r")),
        correlation_data: Some(b"\x00\xff"),
        user_properties: (&pairs).into(),
        ..PublishProperties::default()
    };
    let publish = Publish {
        retain: true,
        properties: (&properties).into(),
        ..Publish::new(TopicName::literal("a"), b"x")
    };
    world.v5("publisher").publishes_this(publish, Q1);
    world.crashes(1);
    let wire = world.v5_kept("away", 100).takes(0x33);
    let mut decoder = puremqtt::Decoder::client(V5);
    let packet = decoder.decode(&wire).unwrap().unwrap().0;
    let expected = Publish {
        delivery: puremqtt::Delivery::AtLeastOnce {
            packet_id: std::num::NonZeroU16::MIN.into(),
            dup: false,
        },
        ..publish
    };
    let puremqtt::Packet::Publish(found) = packet else {
        panic!("{packet}");
    };
    assert_eq!(
        Message::from(&found).publish().properties,
        expected.properties
    );
    assert_eq!((found.retain, found.delivery), (true, expected.delivery));
    let identifiers: Vec<_> = found.subscription_identifiers.iter().collect();
    assert_eq!(identifiers.len(), 1);
    assert_eq!(identifiers[0].get(), 268_435_455);
}

#[test]
fn subscriptions_stay_with_their_options_and_go_when_they_are_cancelled() {
    let world = world();
    let client = world.v5_kept("away", 100);
    client.subscribes("a", Q1);
    client.subscribes("b", Q2);
    client.subscribes_as(Subscription {
        filter: TopicFilter::literal("mine/#"),
        options: SubscriptionOptions {
            no_local: true,
            retain_as_published: true,
            ..SubscriptionOptions::new(Q2)
        },
    });
    // UNSUBSCRIBE from b.
    client.sends("a2 06 00 63 00 00 01 62");
    client.takes(0xb0);
    world.crashes(1);
    let client = world.v5_kept("away", 100);
    client.publishes("mine/x", "own", Q2);
    let publisher = world.v5("publisher");
    publisher.publishes("a", "x", Q2);
    publisher.publishes("b", "x", Q2);
    publisher.retains("mine/x", "x", Q2);
    assert_eq!(client.messages(), ["a=x qos1", "mine/x=x qos2 retain"]);
}

#[test]
fn a_session_that_has_ended_stays_ended() {
    // Clean Session, Clean Start, an expiry of 0 in the end.
    let ends: [fn(&World); 3] = [
        |world| world.v3("away").leaves(),
        |world| world.v5("away").leaves(),
        |world| {
            world
                .v5_kept("away", 100)
                .sends("e0 07 00 05 11 00 00 00 00")
        },
    ];
    for (row, end) in ends.iter().enumerate() {
        let world = world();
        away(&world);
        world.v3("publisher").publishes("a", "x", Q1);
        world.crashes(1);
        end(&world);
        world.crashes(1);
        let (client, was_there) = world.v5_returns("away", 100);
        assert!(!was_there, "row {row}");
        assert_eq!(client.messages(), NONE);
    }
}

#[test]
fn a_session_that_ends_with_its_connection_is_not_stored() {
    let world = world();
    for connects in [World::v3, World::v5] {
        let client = connects(&world, "away");
        client.subscribes("#", Q1);
        world.v3("publisher").publishes("a", "x", Q1);
        assert_eq!(world.log_length("away"), 0);
    }
    away(&world);
    assert_ne!(world.log_length("away"), 0);
    // Its next connection is its last one.
    let client = world.connects(Connect {
        clean_start: false,
        ..connect(V5, "away")
    });
    assert!(client.1);
    world.crashes(1);
    assert!(!world.v5_returns("away", 100).1);
}

#[test]
fn a_session_stays_with_its_user() {
    let world = world();
    let named = Connect {
        clean_start: false,
        user_name: Some("ann"),
        ..connect(V3_1_1, "away")
    };
    world.joins(named).subscribes("#", Q1);
    world.crashes(1);
    for user_name in [None, Some("bob")] {
        let other = world.dials(V3_1_1);
        other.says(Connect { user_name, ..named });
        assert_eq!(other.gets(), ["20 02 00 05"]);
    }
    assert!(world.connects(named).1);
}

#[test]
fn retained_messages_stay_and_removed_ones_do_not_come_back() {
    let world = world();
    let publisher = world.v5("publisher");
    publisher.retains("a", "old", Q1);
    publisher.retains("a", "new", Q2);
    publisher.retains("b", "gone", Q1);
    publisher.retains("c", "qos 0", Q0);
    world.crashes(1);
    world.v5("publisher").retains("b", "", Q1);
    world.crashes(1);
    let client = world.v5("client");
    client.subscribes("#", Q2);
    let mut messages = client.messages();
    messages.sort();
    assert_eq!(messages, ["a=new qos2 retain", "c=qos 0 retain"]);
}

#[test]
fn retained_messages_that_a_subscription_waits_for_are_sent_in_the_end() {
    let world = world();
    let publisher = world.v5("publisher");
    for number in 0..300 {
        publisher.retains(&format!("a/{number}"), "x", Q1);
    }
    let client = world.v3_kept("away");
    client.reads(false);
    client.sends("82 08 00 01 00 03 61 2f 23 01");
    world.crashes(1);
    let client = back(&world);
    let mut messages = client.messages();
    messages.sort();
    messages.dedup();
    assert_eq!(messages.len(), 300);
    world.at(3);
    world.crashes(1);
    assert_eq!(back(&world).messages(), NONE);
}

#[test]
fn a_message_of_a_shared_subscription_goes_to_another_member_when_the_session_ends() {
    // [5.0/MQTT-4.8.2-5]
    let world = world();
    let subscribe = |client: &Peer, qos: QoS| {
        client.subscribes_as(Subscription {
            filter: TopicFilter::literal("$share/g/a"),
            options: SubscriptionOptions {
                retain_handling: RetainHandling::DoNotSend,
                ..SubscriptionOptions::new(qos)
            },
        });
    };
    let first = world.v5_kept("first", 10);
    subscribe(&first, Q1);
    first.leaves();
    world.v5("publisher").publishes("a", "x", Q2);
    let second = world.v5_kept("second", 100);
    subscribe(&second, Q2);
    second.leaves();
    world.crashes(1);
    world.at(20);
    // With the QoS that it was published with, for this one was granted that.
    assert_eq!(world.v5_kept("second", 100).messages(), ["a=x qos2"]);
}

#[test]
fn a_message_that_was_too_large_for_its_client_does_not_come_back() {
    // [5.0/MQTT-3.1.2-25]
    let taking = |world: &World, bytes: Option<u32>| {
        let properties = ConnectProperties {
            session_expiry_interval: Some(100),
            maximum_packet_size: bytes.and_then(NonZeroU32::new),
            ..ConnectProperties::default()
        };
        world.joins(Connect {
            clean_start: false,
            properties: (&properties).into(),
            ..connect(V5, "a")
        })
    };
    for qos in [Q1, Q2] {
        // One that was never sent, and one that was sent when the client took more.
        for was_sent in [false, true] {
            let world = world();
            let client = taking(&world, (!was_sent).then_some(50));
            client.subscribes("m", Q2);
            let long = "x".repeat(100);
            let publisher = world.v5("publisher");
            publisher.publishes("m", &long, qos);
            publisher.publishes("m", "short", qos);
            world.at(1);
            world.crashes(1);
            let level = qos as u8;
            let short = format!("m=short qos{level}");
            assert_eq!(taking(&world, Some(50)).messages(), [short]);
            world.at(3);
            world.crashes(1);
            assert_eq!(taking(&world, None).messages(), NONE);
        }
    }
}

#[test]
fn a_log_is_not_much_longer_than_what_is_alive_in_it() {
    let world = world();
    let client = world.v3_kept("away");
    client.subscribes("#", Q2);
    let publisher = world.v3("publisher");
    let payload = "x".repeat(500);
    for _ in 0..400 {
        publisher.publishes("a", &payload, Q2);
        assert_eq!(client.messages().len(), 1);
    }
    // Some 400 kB went through it, and nothing is alive.
    let length = world.log_length("away");
    assert!(length < 70_000, "{length}");
}
