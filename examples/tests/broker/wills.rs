//! When a will is published, and when it is not.

use puremqtt::{Connect, ConnectProperties, TopicName, Version, Will};

use crate::opening::A_V3;
use crate::world::{NONE, Peer, Q0, Q1, Q2, V3_1_1, V5, World, connect};

/// The will "bye" on "w".
const WILL: Will = Will::new(TopicName::literal("w"), b"bye");
/// A CONNECT of 3.1.1 with Clean Session and the will.
const WILLING_V3: &str = "10 15 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 77 00 03 62 79 65";
/// A CONNECT of MQTT 5 with Clean Start and the will.
const WILLING_V5: &str =
    "10 17 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 01 77 00 03 62 79 65";

/// Somebody who gets every will.
fn listener(world: &World) -> Peer {
    let listener = world.v5("listener");
    listener.subscribes("#", Q2);
    listener
}

/// The client "a" of MQTT 5 with Clean Start 0, and its will with this delay.
fn willing(world: &World, delay: u32, expiry: u32) -> Peer {
    willing_with(world, false, delay, expiry)
}

fn willing_with(world: &World, clean_start: bool, delay: u32, expiry: u32) -> Peer {
    let properties = ConnectProperties {
        session_expiry_interval: Some(expiry),
        ..ConnectProperties::default()
    };
    world.joins(Connect {
        clean_start,
        will: Some(Will {
            delay_interval: Some(delay),
            ..WILL
        }),
        properties: (&properties).into(),
        ..connect(V5, "a")
    })
}

#[test]
fn v3_1_1_mqtt_3_1_2_8_a_will_is_published_unless_disconnect_came_first() {
    let world = World::new();
    let listener = listener(&world);
    world.opens(WILLING_V3).drops();
    assert_eq!(listener.messages(), ["w=bye"]);
    world.opens(WILLING_V3).sends("e0 00");
    assert_eq!(listener.messages(), NONE);
    // A breach of the rules is no DISCONNECT, nor is one that breaks the rules.
    for last in ["10 00", "e0 01 00", "e1 00", "d0 00"] {
        let a = world.opens(WILLING_V3);
        a.sends(last);
        assert!(a.is_closed());
        assert_eq!(listener.messages(), ["w=bye"], "{last}");
    }
}

#[test]
fn v3_1_1_mqtt_3_1_2_10_a_will_is_published_once() {
    let world = World::new();
    let listener = listener(&world);
    world.opens(WILLING_V3).drops();
    world.opens(A_V3).drops();
    assert_eq!(listener.messages(), ["w=bye"]);
}

#[test]
fn v3_1_1_mqtt_3_1_2_12_without_will_flag_there_is_none() {
    let world = World::new();
    let listener = listener(&world);
    world.opens(A_V3).drops();
    assert_eq!(listener.messages(), NONE);
}

/// Somebody who sees with which flags a will is published: QoS 0 and Retain As Published.
fn witness(world: &World) -> Peer {
    let witness = world.v5("witness");
    witness.sends("82 07 00 01 00 00 01 77 08");
    assert_eq!(witness.gets(), ["90 04 00 01 00 00"]);
    witness
}

#[test]
fn v3_1_1_mqtt_3_1_2_16_without_will_retain_a_will_is_not_retained() {
    let world = World::new();
    let witness = witness(&world);
    world.opens(WILLING_V3).drops();
    assert_eq!(witness.gets(), ["30 07 00 01 77 00 62 79 65"]);
    let late = world.v3("b");
    late.subscribes("w", Q0);
    assert_eq!(late.messages(), NONE);
}

#[test]
fn v3_1_1_mqtt_3_1_2_17_with_will_retain_a_will_is_retained() {
    let world = World::new();
    let witness = witness(&world);
    world
        .opens("10 15 00 04 4d 51 54 54 04 26 00 00 00 01 61 00 01 77 00 03 62 79 65")
        .drops();
    assert_eq!(witness.gets(), ["31 07 00 01 77 00 62 79 65"]);
    let late = world.v3("b");
    late.sends("82 06 00 01 00 01 77 00");
    assert_eq!(late.gets(), ["90 03 00 01 00", "31 06 00 01 77 62 79 65"]);
}

#[test]
fn v3_1_1_mqtt_3_14_4_3_disconnect_drops_the_will() {
    let world = World::new();
    let listener = listener(&world);
    let a = world.opens(WILLING_V3);
    a.sends("e0 00");
    assert!(a.is_closed());
    assert_eq!(listener.messages(), NONE);
}

#[test]
fn v5_0_mqtt_3_1_2_7_a_will_is_held_until_the_connection_breaks() {
    let world = World::new();
    let listener = listener(&world);
    let a = world.opens(WILLING_V5);
    assert_eq!(a.gets(), ["20 03 00 00 00"]);
    assert_eq!(listener.messages(), NONE);
    a.drops();
    assert_eq!(listener.messages(), ["w=bye"]);
}

#[test]
fn v5_0_mqtt_3_1_2_8_a_will_is_published_after_its_delay_or_with_the_end_of_the_session() {
    // Session Expiry Interval; how the connection ends; when the will is published.
    let rows = [
        (60, None, Some(5)),
        (2, None, Some(2)),
        (0, None, Some(0)),
        (60, Some("e0 00"), None),
        (60, Some("e0 02 04 00"), Some(5)),
    ];
    for (expiry, end, published) in rows {
        let world = World::new();
        let listener = listener(&world);
        let a = willing(&world, 5, expiry);
        end.map_or_else(|| a.drops(), |end| a.sends(end));
        for second in 0..100 {
            world.at(second);
            let expected: &[&str] = match published {
                Some(at) if at == second => &["w=bye"],
                _ => &[],
            };
            assert_eq!(listener.messages(), expected, "{expiry} {end:?} {second}");
        }
    }
}

#[test]
fn v5_0_mqtt_3_1_2_10_a_will_is_published_once() {
    let world = World::new();
    let listener = listener(&world);
    world.opens(WILLING_V5).drops();
    world.v5("a").drops();
    assert_eq!(listener.messages(), ["w=bye"]);
    world.opens(WILLING_V5).sends("e0 00");
    world.v5("a").drops();
    assert_eq!(listener.messages(), NONE);
}

#[test]
fn v5_0_mqtt_3_1_2_14_without_will_retain_a_will_is_not_retained() {
    let world = World::new();
    let witness = witness(&world);
    world.opens(WILLING_V5).drops();
    assert_eq!(witness.gets(), ["30 07 00 01 77 00 62 79 65"]);
    let late = world.v5("b");
    late.subscribes("w", Q0);
    assert_eq!(late.messages(), NONE);
}

#[test]
fn v5_0_mqtt_3_1_2_15_with_will_retain_a_will_is_retained() {
    let world = World::new();
    let witness = witness(&world);
    world
        .opens("10 17 00 04 4d 51 54 54 05 26 00 00 00 00 01 61 00 00 01 77 00 03 62 79 65")
        .drops();
    assert_eq!(witness.gets(), ["31 07 00 01 77 00 62 79 65"]);
    let late = world.v5("b");
    late.subscribes("w", Q0);
    assert_eq!(late.messages(), ["w=bye retain"]);
}

#[test]
fn v5_0_mqtt_3_1_3_9_who_comes_back_in_time_stops_the_will() {
    let world = World::new();
    let listener = listener(&world);
    willing(&world, 5, 60).drops();
    world.at(3);
    let (_back, present) = world.v5_returns("a", 60);
    assert!(present);
    world.at(100);
    assert_eq!(listener.messages(), NONE);
    // With Clean Start the old session ends, and its will is published at once.
    let world = World::new();
    let listener = self::listener(&world);
    willing(&world, 5, 60).drops();
    world.at(3);
    let _anew = world.v5("a");
    assert_eq!(listener.messages(), ["w=bye"]);
    world.at(100);
    assert_eq!(listener.messages(), NONE);
}

#[test]
fn v5_0_mqtt_3_1_3_10_user_properties_of_a_will_keep_their_order() {
    let world = World::new();
    let listener = listener(&world);
    // k1=v1, k2=v2, k1=v3
    let properties =
        "26 00 02 6b 31 00 02 76 31 26 00 02 6b 32 00 02 76 32 26 00 02 6b 31 00 02 76 33";
    world
        .opens(&format!(
            "10 32 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 1b {properties} 00 01 77 00 03 62 79 65"
        ))
        .drops();
    assert_eq!(
        listener.gets(),
        [format!("30 22 00 01 77 1b {properties} 62 79 65")]
    );
}

#[test]
fn v5_0_mqtt_3_14_4_3_disconnect_with_reason_0_drops_the_will() {
    let world = World::new();
    let listener = listener(&world);
    world.opens(WILLING_V5).sends("e0 00");
    world.opens(WILLING_V5).sends("e0 01 00");
    assert_eq!(listener.messages(), NONE);
    for end in ["e0 01 04", "e0 01 80"] {
        world.opens(WILLING_V5).sends(end);
        assert_eq!(listener.messages(), ["w=bye"], "{end}");
    }
    // A DISCONNECT that is an error itself leaves it due, reason 0 or not: an expiry after none.
    world.opens(WILLING_V5).sends("e0 07 00 05 11 00 00 00 05");
    assert_eq!(listener.messages(), ["w=bye"]);
}

#[test]
fn a_take_over_publishes_the_will_unless_it_waits_and_the_session_goes_on() {
    // Of the old connection the delay and the expiry, of the new one Clean Start; what is published.
    let rows: [(u32, u32, bool, &[&str]); 5] = [
        (0, 60, false, &["w=bye"]),
        (0, 60, true, &["w=bye"]),
        (5, 60, false, &[]),
        (5, 60, true, &["w=bye"]),
        // The session ends with the connection.
        (5, 0, false, &["w=bye"]),
    ];
    for (delay, expiry, clean_start, published) in rows {
        let world = World::new();
        let listener = listener(&world);
        let old = willing(&world, delay, expiry);
        let new = world.joins(Connect {
            clean_start,
            ..connect(V5, "a")
        });
        assert!(old.is_closed());
        assert_eq!(
            listener.messages(),
            published,
            "{delay} {expiry} {clean_start}"
        );
        // And the new connection has none.
        new.drops();
        world.at(100);
        assert_eq!(listener.messages(), NONE);
    }
}

#[test]
fn a_take_over_of_3_1_1_publishes_the_will() {
    for clean_start in [false, true] {
        let world = World::new();
        let listener = listener(&world);
        let willing = Connect {
            clean_start,
            will: Some(WILL),
            ..connect(V3_1_1, "a")
        };
        let old = world.joins(willing);
        let new = world.joins(willing);
        assert!(old.is_closed());
        assert_eq!(listener.messages(), ["w=bye"]);
        new.drops();
        assert_eq!(listener.messages(), ["w=bye"]);
    }
}

#[test]
fn every_end_but_a_normal_disconnect_leaves_the_will_due() {
    for version in [V3_1_1, V5] {
        let world = World::new();
        let listener = listener(&world);
        let join = || {
            world.joins(Connect {
                keep_alive: 10,
                will: Some(WILL),
                ..connect(version, "a")
            })
        };
        // The server ends it: a breach of the rules, silence, no MQTT at all.
        join().sends("10 00");
        assert_eq!(listener.messages(), ["w=bye"]);
        join().sends("ff ff ff ff ff ff");
        assert_eq!(listener.messages(), ["w=bye"]);
        let silent = join();
        world.at(15);
        assert!(silent.is_closed());
        assert_eq!(listener.messages(), ["w=bye"]);
    }
}

#[test]
fn at_the_servers_own_end_the_wills_are_due() {
    let world = World::new();
    let away = world.v3_kept("away");
    away.subscribes("w", Q1);
    away.drops();
    let _willing = world.joins(Connect {
        will: Some(Will { qos: Q1, ..WILL }),
        ..connect(V5, "a")
    });
    world.shuts_down();
    assert_eq!(world.v3_kept("away").messages(), ["w=bye qos1"]);
}

#[test]
fn a_will_reaches_its_subscribers_with_its_own_qos() {
    for (qos, expected) in [(Q0, "w=bye"), (Q1, "w=bye qos1"), (Q2, "w=bye qos2")] {
        let world = World::new();
        let listener = listener(&world);
        let willing = Connect {
            will: Some(Will { qos, ..WILL }),
            ..connect(V5, "a")
        };
        world.joins(willing).drops();
        assert_eq!(listener.messages(), [expected]);
    }
}

#[test]
fn a_will_expires_from_its_publishing_on() {
    let world = World::new();
    let away = world.v5_kept("away", 1_000);
    away.subscribes("w", Q1);
    away.drops();
    let will = Will {
        qos: Q1,
        message_expiry_interval: Some(10),
        ..WILL
    };
    let a = world.joins(Connect {
        will: Some(will),
        ..connect(V5, "a")
    });
    world.at(100);
    a.drops();
    world.at(104);
    let away = world.v5_kept("away", 1_000);
    // Message Expiry Interval 6.
    assert_eq!(
        away.gets(),
        ["32 0e 00 01 77 00 01 05 02 00 00 00 06 62 79 65"]
    );
}

#[test]
fn a_will_delay_is_for_the_longest_time_until_the_session_ends() {
    // min(Will Delay Interval, Session Expiry Interval), which DISCONNECT may have changed.
    for (delay, expiry, end, at) in [
        (10, 20, "e0 01 04", 10),
        (20, 10, "e0 01 04", 10),
        (10, 20, "e0 07 04 05 11 00 00 00 05", 5),
        (u32::MAX, u32::MAX, "e0 07 04 05 11 00 00 00 07", 7),
    ] {
        let world = World::new();
        let listener = listener(&world);
        willing(&world, delay, expiry).sends(end);
        world.at(f64::from(at) - 0.001);
        assert_eq!(listener.messages(), NONE, "{delay} {expiry} {end}");
        world.at(at);
        assert_eq!(listener.messages(), ["w=bye"], "{delay} {expiry} {end}");
    }
}

#[test]
fn a_will_that_waits_gives_way_to_that_of_the_next_connection() {
    let world = World::new();
    let listener = listener(&world);
    willing(&world, 10, 60).drops();
    world.at(5);
    willing(&world, 10, 60).drops();
    world.at(14);
    assert_eq!(listener.messages(), NONE);
    world.at(15);
    assert_eq!(listener.messages(), ["w=bye"]);
    world.at(100);
    assert_eq!(listener.messages(), NONE);
}

#[test]
fn the_will_of_a_session_that_ends_by_clean_start_does_not_reach_the_session_itself() {
    let world = World::new();
    let a = willing(&world, 5, 60);
    a.subscribes("w", Q1);
    a.drops();
    let anew = willing_with(&world, true, 5, 60);
    assert_eq!(anew.messages(), NONE);
}

#[test]
fn a_will_is_no_way_into_what_belongs_to_the_server() {
    for version in [Version::V3_1, V3_1_1, V5] {
        let world = World::new();
        let listener = world.v5("listener");
        listener.subscribes("$SYS/#", Q0);
        let willing = Connect {
            will: Some(Will::new(
                TopicName::literal("$SYS/broker/version"),
                b"mine",
            )),
            ..connect(version, "a")
        };
        world.joins(willing).drops();
        assert_eq!(listener.messages(), NONE);
    }
}
