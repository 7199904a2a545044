//! Time goes on while the broker is down: for sessions, wills and messages.

use std::num::NonZeroU16;

use puremqtt::{Connect, ConnectProperties, Publish, TopicName, Will};
use puremqtt_examples::broker::config::Config;

use crate::world::{NONE, Peer, Q1, Q2, V3_1_1, V5, World, connect, plain};

const WILL: Will = Will::new(TopicName::literal("w"), b"bye");

fn world() -> World {
    World::stored(plain())
}

/// The client "a", and its will.
fn willing(world: &World, delay: u32, expiry: u32) -> Peer {
    let properties = ConnectProperties {
        session_expiry_interval: Some(expiry),
        ..ConnectProperties::default()
    };
    world.joins(Connect {
        clean_start: false,
        will: Some(Will {
            delay_interval: Some(delay),
            ..WILL
        }),
        properties: (&properties).into(),
        ..connect(V5, "a")
    })
}

/// Its session is kept for ever.
fn listener(world: &World) -> Peer {
    let listener = world.v3_kept("listener");
    listener.subscribes("w", Q1);
    listener.subscribes("m", Q2);
    listener
}

fn listener_is_back(world: &World) -> Peer {
    world.v3_kept("listener")
}

#[test]
fn a_session_ends_when_its_time_is_over_though_nobody_ran() {
    for (down, is_there) in [(8, true), (11, false)] {
        let world = world();
        world.v5_kept("a", 10).leaves();
        world.crashes(down);
        assert_eq!(world.v5_returns("a", 10).1, is_there, "down for {down} s");
    }
}

#[test]
fn the_time_of_a_session_goes_on_where_it_was() {
    let world = world();
    world.v5_kept("a", 10).leaves();
    world.at(4);
    world.crashes(1);
    world.at(9);
    world.crashes(0);
    assert!(world.v5_returns("a", 10).1);
    world.v5_kept("a", 10).leaves();
    world.at(20);
    assert!(!world.v5_returns("a", 10).1);
}

#[test]
fn a_session_without_end_has_none() {
    for client in [
        |world: &World| world.v3_kept("a"),
        |world: &World| world.v5_kept("a", u32::MAX),
    ] {
        let world = world();
        client(&world).leaves();
        // A hundred years.
        world.crashes(3_155_760_000_u32);
        assert!(world.v5_returns("a", 1).1);
    }
}

#[test]
fn who_was_there_when_the_broker_went_has_been_away_since() {
    for (down, is_there) in [(8, true), (11, false)] {
        let world = world();
        world.at(100);
        let _there = world.v5_kept("a", 10);
        world.crashes(down);
        assert_eq!(world.v5_returns("a", 10).1, is_there, "down for {down} s");
    }
}

#[test]
fn a_will_of_who_was_there_is_published_after_its_delay() {
    // [5.0/MQTT-3.1.2-8] The connection is closed without a DISCONNECT.
    let world = world();
    listener(&world);
    world.at(100);
    let _there = willing(&world, 10, 60);
    world.crashes(4);
    let back = listener_is_back(&world);
    world.at(109);
    assert_eq!(back.messages(), NONE);
    world.at(111);
    assert_eq!(back.messages(), ["w=bye"]);
    world.crashes(1);
    assert_eq!(
        listener_is_back(&world).messages(),
        NONE,
        "it is published once"
    );
}

#[test]
fn a_will_without_delay_is_published_at_the_start() {
    let world = world();
    listener(&world);
    let _there = world.joins(Connect {
        clean_start: false,
        will: Some(Will { qos: Q1, ..WILL }),
        ..connect(V3_1_1, "a")
    });
    world.crashes(1);
    assert_eq!(listener_is_back(&world).messages(), ["w=bye qos1"]);
}

#[test]
fn a_will_that_waits_is_published_in_time_or_with_the_end_of_the_session() {
    for (delay, expiry) in [(10, 60), (60, 10)] {
        let world = world();
        listener(&world);
        willing(&world, delay, expiry).drops();
        world.at(4);
        world.crashes(4);
        let back = listener_is_back(&world);
        assert_eq!(back.messages(), NONE);
        world.at(10);
        assert_eq!(back.messages(), ["w=bye"]);
    }
}

#[test]
fn who_comes_back_in_time_stops_the_will() {
    // [5.0/MQTT-3.1.3-9]
    let world = world();
    listener(&world);
    willing(&world, 10, 60).drops();
    world.crashes(5);
    world.v5_kept("a", 60).leaves();
    world.crashes(30);
    assert_eq!(listener_is_back(&world).messages(), NONE);
}

#[test]
fn a_will_that_was_taken_back_is_not_published() {
    // [5.0/MQTT-3.14.4-3]
    let world = world();
    listener(&world);
    willing(&world, 0, 60).leaves();
    world.crashes(30);
    assert_eq!(listener_is_back(&world).messages(), NONE);
}

#[test]
fn a_message_has_the_time_that_is_left() {
    // [5.0/MQTT-3.3.2-5] [5.0/MQTT-3.3.2-6]
    let publish = |world: &World, seconds: u32| {
        let publish = Publish {
            retain: true,
            message_expiry_interval: Some(seconds),
            ..Publish::new(TopicName::literal("m"), b"x")
        };
        world.v5("publisher").publishes_this(publish, Q2);
    };
    let world = world();
    world.at(50);
    let away = world.v5_kept("a", 1000);
    away.subscribes("m", Q2);
    away.leaves();
    publish(&world, 5);
    publish(&world, 20);
    world.at(54);
    world.crashes(8);
    let back = world.v5_kept("a", 1000);
    // 8 of 20 seconds are left, of the first one nothing is.
    let expected = "34 0c 00 01 6d 00 01 05 02 00 00 00 08 78";
    assert_eq!(back.gets(), [expected]);
    let other = world.v5("other");
    other.subscribes("m", Q1);
    assert_eq!(other.gets(), ["33 0c 00 01 6d 00 01 05 02 00 00 00 08 78"]);
    world.crashes(9);
    let other = world.v5("other");
    other.subscribes("m", Q1);
    assert_eq!(
        other.messages(),
        NONE,
        "no retained message outlives its time"
    );
    world.crashes(0);
    let other = world.v5("other");
    other.subscribes("m", Q1);
    assert_eq!(other.messages(), NONE);
}

#[test]
fn a_message_that_was_over_in_the_queue_does_not_disturb_the_others() {
    let world = world();
    let away = world.v5_kept("a", 1000);
    away.subscribes("m", Q2);
    away.leaves();
    let publisher = world.v5("publisher");
    for (payload, seconds) in [("1", 100), ("2", 5), ("3", 100), ("4", 6), ("5", 100)] {
        let publish = Publish {
            message_expiry_interval: Some(seconds),
            ..Publish::new(TopicName::literal("m"), payload.as_bytes())
        };
        publisher.publishes_this(publish, Q2);
    }
    world.crashes(1);
    world.at(10);
    let back = world.v5_kept("a", 1000);
    assert_eq!(back.messages(), ["m=1 qos2", "m=3 qos2", "m=5 qos2"]);
    world.crashes(1);
    assert_eq!(world.v5_kept("a", 1000).messages(), NONE);
}

#[test]
fn a_message_that_has_made_room_is_gone_from_the_log_too() {
    let world = World::stored(Config {
        max_inflight: NonZeroU16::MIN,
        max_queued: Some(1),
        ..plain()
    });
    let there = world.v5_kept("a", 1000);
    there.subscribes("m", Q1);
    let publisher = world.v5("publisher");
    publisher.publishes("m", "in flight", Q1);
    let publish = Publish {
        message_expiry_interval: Some(5),
        ..Publish::new(TopicName::literal("m"), b"it expires")
    };
    publisher.publishes_this(publish, Q1);
    world.at(10);
    // So long that with it the log is written anew.
    let last = "x".repeat(70_000);
    publisher.publishes("m", &last, Q1);
    world.at(11);
    world.crashes(1);
    let expected = ["m=in flight qos1".to_owned(), format!("m={last} qos1")];
    assert_eq!(world.v5_kept("a", 1000).messages(), expected);
}
