//! What is kept of a client while it is away, and for how long.

use puremqtt::{Connect, ConnectProperties};

use crate::world::{NONE, Q0, Q1, Q2, V3_1_1, V5, World, connect};

const A_V3_KEPT: &str = "10 0d 00 04 4d 51 54 54 04 00 00 00 00 01 61";
/// Clean Start 0 and a Session Expiry Interval of 60.
const A_V5_KEPT: &str = "10 13 00 04 4d 51 54 54 05 00 00 00 05 11 00 00 00 3c 00 01 61";

#[test]
fn v3_1_1_mqtt_3_1_2_5_qos_1_and_2_messages_wait_for_a_client_that_is_away() {
    let world = World::new();
    let a = world.v3_kept("a");
    a.sends("82 06 00 01 00 01 61 02");
    assert_eq!(a.gets(), ["90 03 00 01 02"]);
    a.drops();
    let b = world.v3("b");
    b.sends("32 06 00 01 61 00 01 78");
    assert_eq!(b.gets(), ["40 02 00 01"]);
    b.publishes("a", "y", Q2);
    b.publishes("a", "z", Q0);

    let a = world.opens(A_V3_KEPT);
    assert_eq!(
        a.gets(),
        [
            "20 02 01 00",
            "32 06 00 01 61 00 01 78",
            "34 06 00 01 61 00 02 79"
        ]
    );
}

#[test]
fn v3_1_1_mqtt_3_1_3_2_the_identifier_names_the_session() {
    let world = World::new();
    let (a, b) = (world.v3_kept("a"), world.v3_kept("b"));
    a.subscribes("to/a", Q1);
    b.subscribes("to/b", Q1);
    a.drops();
    b.drops();
    let c = world.v3("c");
    c.publishes("to/a", "x", Q1);
    c.publishes("to/b", "y", Q1);
    assert_eq!(world.v3_kept("a").messages(), ["to/a=x qos1"]);
    assert_eq!(world.v3_kept("b").messages(), ["to/b=y qos1"]);
}

#[test]
fn v5_0_mqtt_3_1_3_2_the_identifier_names_the_session() {
    let world = World::new();
    let (a, b) = (world.v5_kept("a", 60), world.v5_kept("b", 60));
    a.subscribes("to/a", Q1);
    b.subscribes("to/b", Q1);
    a.drops();
    b.drops();
    let c = world.v5("c");
    c.publishes("to/a", "x", Q1);
    c.publishes("to/b", "y", Q1);
    assert_eq!(world.v5_kept("a", 60).messages(), ["to/a=x qos1"]);
    assert_eq!(world.v5_kept("b", 60).messages(), ["to/b=y qos1"]);
}

#[test]
fn v3_1_1_mqtt_3_1_4_3_clean_session_starts_empty() {
    let world = World::new();
    let a = world.v3_kept("a");
    a.subscribes("a", Q1);
    a.drops();
    world.v3("b").publishes("a", "x", Q1);
    let a = world.opens("10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61");
    assert_eq!(a.gets(), ["20 02 00 00"]);
    world.v3("b").publishes("a", "y", Q1);
    assert_eq!(a.gets(), NONE);
    // And nothing is kept of that one.
    a.drops();
    assert_eq!(world.opens(A_V3_KEPT).gets(), ["20 02 00 00"]);
}

#[test]
fn v5_0_mqtt_3_1_4_4_clean_start_starts_empty() {
    let world = World::new();
    let a = world.v5_kept("a", 60);
    a.subscribes("a", Q1);
    a.drops();
    world.v5("b").publishes("a", "x", Q1);
    let a = world.opens("10 13 00 04 4d 51 54 54 05 02 00 00 05 11 00 00 00 3c 00 01 61");
    assert_eq!(a.gets(), ["20 03 00 00 00"]);
    world.v5("b").publishes("a", "y", Q1);
    assert_eq!(a.gets(), NONE);
    // Clean Start says nothing of how long this one is kept.
    a.drops();
    assert_eq!(world.opens(A_V5_KEPT).gets(), ["20 03 01 00 00"]);
}

#[test]
fn v3_1_1_mqtt_3_2_2_2_a_stored_session_is_present() {
    let world = World::new();
    world.v3_kept("a").leaves();
    assert_eq!(world.opens(A_V3_KEPT).gets(), ["20 02 01 00"]);
}

#[test]
fn v3_1_1_mqtt_3_2_2_3_without_a_stored_session_none_is_present() {
    let world = World::new();
    assert_eq!(world.opens(A_V3_KEPT).gets(), ["20 02 00 00"]);
}

#[test]
fn v5_0_mqtt_3_2_2_3_session_present_tells_whether_there_is_one() {
    let world = World::new();
    let a = world.opens(A_V5_KEPT);
    assert_eq!(a.gets(), ["20 03 00 00 00"]);
    a.drops();
    assert_eq!(world.opens(A_V5_KEPT).gets(), ["20 03 01 00 00"]);
}

#[test]
fn v5_0_mqtt_3_1_2_5_a_session_goes_on_with_subscriptions_and_what_is_in_flight() {
    let world = World::new();
    let a = world.v5_kept("a", 60);
    a.sends("82 07 00 01 00 00 01 61 01");
    assert_eq!(a.gets(), ["90 04 00 01 00 01"]);
    let b = world.v5("b");
    b.publishes("a", "x", Q1);
    assert_eq!(a.gets(), ["32 07 00 01 61 00 01 00 78"]);
    a.drops();

    let a = world.opens(A_V5_KEPT);
    assert_eq!(a.gets(), ["20 03 01 00 00", "3a 07 00 01 61 00 01 00 78"]);
    a.sends("40 02 00 01");
    b.publishes("a", "y", Q1);
    assert_eq!(a.messages(), ["a=y qos1"]);
}

#[test]
fn v5_0_mqtt_3_1_2_6_without_a_session_a_new_one_begins() {
    let world = World::new();
    let a = world.opens("10 0e 00 04 4d 51 54 54 05 00 00 00 00 00 01 61");
    assert_eq!(a.gets(), ["20 03 00 00 00"]);
    a.subscribes("a", Q0);
    a.publishes("a", "x", Q0);
    assert_eq!(a.messages(), ["a=x"]);
}

#[test]
fn v5_0_mqtt_4_1_0_2_a_session_ends_when_its_time_is_over() {
    for (expiry, back_at, present) in [(5, 4, true), (5, 6, false), (5, 5, false), (0, 0, false)] {
        let world = World::new();
        world.v5_kept("a", expiry).drops();
        world.at(back_at);
        assert_eq!(
            world.v5_returns("a", expiry).1,
            present,
            "{expiry} {back_at}"
        );
    }
    // From 0xFFFFFFFF on there is no end.
    let world = World::new();
    world.v5_kept("a", u32::MAX).drops();
    world.at(50_000);
    assert!(world.v5_returns("a", 0).1);
}

#[test]
fn disconnect_changes_how_long_the_session_is_kept() {
    let world = World::new();
    // Session Expiry Interval 5 instead of 60.
    world.v5_kept("a", 60).sends("e0 07 00 05 11 00 00 00 05");
    world.at(6);
    assert!(!world.v5_returns("a", 60).1);
    // Not from none to some, which breaks the rules.
    let b = world.v5("b");
    b.sends("e0 07 00 05 11 00 00 00 05");
    assert_eq!(b.gets(), ["e0 01 82"]);
    assert!(b.is_closed());
}

#[test]
fn time_runs_for_a_session_from_the_end_of_its_last_connection() {
    let world = World::new();
    let a = world.v5_kept("a", 5);
    world.at(100);
    a.drops();
    world.at(104);
    let (a, present) = world.v5_returns("a", 5);
    assert!(present);
    world.at(108);
    assert!(!a.is_closed());
    a.drops();
    world.at(112);
    assert!(world.v5_returns("a", 5).1);
}

#[test]
fn an_exchange_of_qos_2_goes_on_where_it_stood() {
    let world = World::new();
    let a = world.v3_kept("a");
    a.subscribes("#", Q2);
    // From the client: PUBREC went out, PUBREL did not come.
    a.sends("34 06 00 01 61 00 07 78");
    assert_eq!(a.gets(), ["50 02 00 07", "34 06 00 01 61 00 01 78"]);
    // To the client: PUBREC came.
    a.sends("50 02 00 01");
    assert_eq!(a.gets(), ["62 02 00 01"]);
    a.drops();

    let a = world.opens(A_V3_KEPT);
    assert_eq!(a.gets(), ["20 02 01 00", "62 02 00 01"]);
    a.sends("3c 06 00 01 61 00 07 78");
    assert_eq!(a.gets(), ["50 02 00 07"]);
    a.sends("62 02 00 07 70 02 00 01");
    assert_eq!(a.gets(), ["70 02 00 07"]);
}

#[test]
fn a_message_that_expires_for_a_client_that_is_away_leaves_its_queue() {
    let world = World::with(puremqtt_examples::broker::config::Config {
        max_queued: Some(2),
        ..crate::world::plain()
    });
    let a = world.v3_kept("a");
    a.subscribes("a", Q1);
    a.drops();
    let b = world.v5("b");
    // Message Expiry Interval 1, again and again: there is room for what comes after.
    for at in 0..10 {
        world.at(at * 2);
        b.sends("32 0c 00 01 61 00 01 05 02 00 00 00 01 78");
    }
    b.gets();
    b.publishes("a", "y", Q1);
    assert_eq!(world.v3_kept("a").messages(), ["a=x qos1", "a=y qos1"]);
}

#[test]
fn a_take_over_goes_on_with_the_session() {
    let world = World::new();
    let old = world.v5_kept("a", 60);
    old.subscribes("a", Q1);
    world.v5("b").publishes("a", "x", Q1);
    assert_eq!(old.gets(), ["32 07 00 01 61 00 01 00 78"]);
    let new = world.opens(A_V5_KEPT);
    assert_eq!(old.gets(), ["e0 01 8e"]);
    assert_eq!(new.gets(), ["20 03 01 00 00", "3a 07 00 01 61 00 01 00 78"]);
    // A session without Session Expiry Interval ends with the connection that is taken over.
    let old = world.v5("c");
    let (_, present) = world.v5_returns("c", 60);
    assert!(!present);
    assert!(old.is_closed());
}

#[test]
fn nobody_takes_over_the_session_of_another_user() {
    let world = World::new();
    let of = |user_name, clean_start| Connect {
        user_name,
        clean_start,
        ..connect(V3_1_1, "a")
    };
    let a = world.joins(of(Some("alice"), false));
    a.subscribes("a", Q1);
    for away in [false, true] {
        for (user_name, clean_start) in [(Some("bob"), false), (Some("bob"), true), (None, true)] {
            let other = world.dials(V3_1_1);
            other.says(of(user_name, clean_start));
            assert_eq!(other.gets(), ["20 02 00 05"]);
            assert!(other.is_closed());
            let other = world.dials(V5);
            other.says(Connect {
                version: V5,
                ..of(user_name, clean_start)
            });
            assert_eq!(other.gets(), ["20 03 00 87 00"]);
        }
        assert!(!a.is_closed() || away);
        if !away {
            a.drops();
        }
    }
    world.v3("b").publishes("a", "x", Q1);
    let (a, present) = world.connects(of(Some("alice"), false));
    assert!(present);
    assert_eq!(a.messages(), ["a=x qos1"]);
}

#[test]
fn a_client_that_is_silent_for_too_long_is_ended_and_its_session_kept() {
    let world = World::new();
    let properties = ConnectProperties {
        session_expiry_interval: Some(60),
        ..ConnectProperties::default()
    };
    let a = world.joins(Connect {
        keep_alive: 10,
        properties: (&properties).into(),
        ..connect(V5, "a")
    });
    world.at(10);
    a.sends("c0 00");
    assert_eq!(a.gets(), ["d0 00"]);
    world.at(24.9);
    assert!(!a.is_closed());
    world.at(25);
    assert_eq!(a.gets(), ["e0 01 8d"]);
    assert!(a.is_closed());
    assert!(world.v5_returns("a", 60).1);
}
