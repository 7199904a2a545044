//! What broke other brokers. The rows are numbered as in the table of bad inputs that all tests
//! of that name share.

use puremqtt::{Connect, ConnectProperties, TopicName, Version, Will};
use puremqtt_examples::broker::config::Config;

use crate::opening::{A_V3, A_V5};
use crate::world::{NONE, Q0, Q1, Q2, V3_1_1, V5, World, connect, plain};

#[test]
fn row_22_a_will_with_a_wildcard_or_a_property_of_another_packet_is_refused() {
    let world = World::new();
    let listener = world.v3("l");
    listener.subscribes("#", Q0);
    // "w/#" as a topic; Receive Maximum among the will's properties.
    let topic = "10 17 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 03 77 2f 23 00 03 62 79 65";
    let property =
        "10 1a 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 03 21 00 01 00 01 77 00 03 62 79 65";
    for wire in [topic, property] {
        let peer = world.opens(wire);
        assert!(peer.is_closed());
    }
    assert_eq!(listener.messages(), NONE);
}

#[test]
fn row_22_a_will_of_a_client_that_was_not_let_in_is_never_published() {
    let passwords = include_str!("../../broker/fixtures/passwords");
    let world = World::guarded(plain(), Some(passwords), None);
    let listener = world.v3("l");
    listener.subscribes("#", Q0);
    for version in [V3_1_1, V5] {
        let peer = world.dials(version);
        peer.says(Connect {
            user_name: Some("alice"),
            password: Some(b"wrong"),
            will: Some(Will::new(TopicName::literal("w"), b"bye")),
            ..connect(version, "a")
        });
        assert!(peer.is_closed());
    }
    world.at(100);
    assert_eq!(listener.messages(), NONE);
}

#[test]
fn row_22_a_will_is_authorised_when_it_is_published() {
    let acl = "topic read #\ntopic write free/#";
    let world = World::guarded(plain(), None, Some(acl));
    let listener = world.v3("l");
    listener.subscribes("#", Q0);
    for topic in ["w", "$SYS/broker", "$CONTROL/x", "free/w"] {
        let topic = TopicName::new(topic).unwrap();
        let willing = Connect {
            will: Some(Will::new(topic, b"bye")),
            ..connect(V5, "a")
        };
        world.joins(willing).drops();
    }
    assert_eq!(listener.messages(), ["free/w=bye"]);
}

#[test]
fn row_22_a_will_delay_above_the_session_expiry_ends_with_the_session() {
    let world = World::new();
    let listener = world.v3("l");
    listener.subscribes("#", Q0);
    let properties = ConnectProperties {
        session_expiry_interval: Some(2),
        ..ConnectProperties::default()
    };
    let will = Will {
        delay_interval: Some(10),
        ..Will::new(TopicName::literal("w"), b"bye")
    };
    let a = world.joins(Connect {
        will: Some(will),
        properties: (&properties).into(),
        ..connect(V5, "a")
    });
    a.drops();
    world.at(2);
    assert_eq!(listener.messages(), ["w=bye"]);
    // The same client again, and long after both times nothing more.
    let (_again, present) = world.v5_returns("a", 60);
    assert!(!present);
    world.at(100);
    assert_eq!(listener.messages(), NONE);
}

#[test]
fn row_23_connect_has_a_deadline_however_slowly_it_comes() {
    let world = World::new();
    let slow = world.dials(V3_1_1);
    // A byte a second.
    for (second, byte) in (0..).zip("10 0d 00 04 4d 51 54 54 04".split(' ')) {
        world.at(second);
        slow.sends(byte);
    }
    let silent = world.dials(V5);
    world.at(9.9);
    assert!(!slow.is_closed());
    world.at(10);
    assert!(slow.is_closed());
    world.at(18);
    assert!(silent.is_closed());
    assert_eq!((slow.gets(), silent.gets()), (vec![], vec![]));
}

#[test]
fn row_23_an_endless_keep_alive_is_cut_by_the_settings() {
    let world = World::with(Config {
        max_keep_alive: 10,
        ..plain()
    });
    // Server Keep Alive 10 in place of 0.
    let a = world.opens(A_V5);
    assert_eq!(a.gets(), ["20 06 00 00 03 13 00 0a"]);
    world.at(15);
    assert_eq!(a.gets(), ["e0 01 8d"]);
    assert_eq!(world.opens(A_V3).gets(), ["20 02 00 02"]);
}

#[test]
fn row_24_a_name_with_a_wildcard_gets_no_rights_by_a_pattern() {
    let acl = "pattern readwrite of/%u/#\npattern readwrite by/%c/#";
    let world = World::guarded(plain(), None, Some(acl));
    for (client_id, user_name) in [("#", "#"), ("+", "+"), ("a/b", "a/b")] {
        let peer = world.joins(Connect {
            user_name: Some(user_name),
            ..connect(V5, client_id)
        });
        // "of/al/x" and "by/#"
        peer.sends("82 0d 00 01 00 00 07 6f 66 2f 61 6c 2f 78 00");
        peer.sends("82 0a 00 02 00 00 04 62 79 2f 23 00");
        assert_eq!(peer.gets(), ["90 04 00 01 00 87", "90 04 00 02 00 87"]);
    }
}

#[test]
fn row_25_nobody_steals_or_wipes_the_session_of_another_user() {
    let world = World::new();
    let of = |user_name, clean_start| Connect {
        user_name: Some(user_name),
        clean_start,
        will: Some(Will::new(TopicName::literal("w"), b"bye")),
        ..connect(V3_1_1, "a")
    };
    let listener = world.v3("l");
    listener.subscribes("w", Q0);
    let alice = world.joins(of("alice", false));
    alice.subscribes("a", Q1);
    for clean_start in [false, true] {
        let mallory = world.dials(V3_1_1);
        mallory.says(of("mallory", clean_start));
        assert_eq!(mallory.gets(), ["20 02 00 05"]);
    }
    assert!(!alice.is_closed());
    assert_eq!(listener.messages(), NONE);
    // alice herself does; a client of MQTT 5 would be told.
    let (new, present) = world.connects(of("alice", false));
    assert!(present);
    assert!(alice.is_closed());
    new.publishes("a", "x", Q1);
    assert_eq!(new.messages(), ["a=x qos1"]);
}

#[test]
fn row_33_every_filter_of_a_subscribe_is_decided_on_its_own() {
    let world = World::guarded(plain(), None, Some("topic read ok/#"));
    let a = world.v3("a");
    // "ok/a", "#", "ok/+", "$SYS/#"
    a.sends(
        "82 1d 00 01 00 04 6f 6b 2f 61 00 00 01 23 00 00 04 6f 6b 2f 2b 00 00 06 24 53 59 53 2f 23 00",
    );
    assert_eq!(a.gets(), ["90 06 00 01 00 80 00 80"]);
    world.at(10);
    assert_eq!(a.messages(), NONE);
}

#[test]
fn row_33_a_right_to_everything_is_none_to_what_belongs_to_the_server() {
    let world = World::guarded(plain(), None, Some("topic readwrite #"));
    let a = world.v3("a");
    a.sends("82 0b 00 01 00 06 24 53 59 53 2f 23 00");
    assert_eq!(a.gets(), ["90 03 00 01 80"]);
    a.sends("82 06 00 02 00 01 23 00");
    assert_eq!(a.gets(), ["90 03 00 02 00"]);
    world.at(10);
    assert_eq!(a.messages(), NONE);
}

#[test]
fn row_34_overlapping_filters_give_one_copy_with_all_that_they_ask_for() {
    let world = World::new();
    let a = world.v5("a");
    // "house/+/room" and "house/+/room/+", "+/+" and "+/b", "#" twice.
    for filter in ["house/+/room", "house/+/room/+", "+/+", "+/b", "#", "#"] {
        a.subscribes(filter, Q1);
    }
    let b = world.v5("b");
    for topic in ["house/1/room", "house/1/room/door", "a/b", "a"] {
        b.publishes(topic, "x", Q2);
    }
    assert_eq!(
        a.messages(),
        [
            "house/1/room=x qos1",
            "house/1/room/door=x qos1",
            "a/b=x qos1",
            "a=x qos1"
        ]
    );
}

#[test]
fn row_34_retained_messages_have_the_identifier_of_the_subscription_that_asked() {
    let world = World::new();
    world.v5("b").sends("31 07 00 03 61 2f 62 00 78");
    let a = world.v5("a");
    a.sends("82 0b 00 01 02 0b 01 00 03 61 2f 23 00");
    assert_eq!(
        a.gets(),
        ["90 04 00 01 00 00", "31 09 00 03 61 2f 62 02 0b 01 78"]
    );
    a.sends("82 0b 00 02 02 0b 02 00 03 61 2f 62 00");
    assert_eq!(
        a.gets(),
        ["90 04 00 02 00 00", "31 09 00 03 61 2f 62 02 0b 02 78"]
    );
}

#[test]
fn row_35_an_empty_retained_message_deletes_and_is_not_kept() {
    let world = World::new();
    let a = world.v5("a");
    a.retains("a", "x", Q2);
    a.retains("a", "", Q2);
    a.retains("never", "", Q1);
    let b = world.v5("b");
    b.subscribes("#", Q0);
    assert_eq!(b.messages(), NONE);
}

#[test]
fn row_35_a_retained_message_is_kept_from_who_may_not_read_it() {
    // Rights do not change while the broker runs: who may write is asked before a message is
    // kept, who may read before it is sent.
    let acl = "topic readwrite a/#\nuser u\ntopic read a/+\ntopic deny a/x";
    let world = World::guarded(plain(), None, Some(acl));
    let a = world.v3("a");
    a.retains("a/x", "x", Q0);
    a.retains("a/y", "y", Q0);
    a.retains("b", "z", Q0);
    let u = world.joins(Connect {
        user_name: Some("u"),
        ..connect(V5, "b")
    });
    u.subscribes("a/+", Q0);
    assert_eq!(u.messages(), ["a/y=y retain"]);
}

#[test]
fn row_35_retain_handling_1_sends_nothing_to_who_subscribes_again() {
    let world = World::new();
    world.v5("b").sends("31 05 00 01 61 00 78");
    let a = world.v5_kept("a", 60);
    a.sends("82 07 00 01 00 00 01 61 10");
    assert_eq!(a.gets(), ["90 04 00 01 00 00", "31 05 00 01 61 00 78"]);
    a.drops();
    // The subscription is the session's, not the connection's.
    let a = world.v5_kept("a", 60);
    a.sends("82 07 00 01 00 00 01 61 10");
    assert_eq!(a.gets(), ["90 04 00 01 00 00"]);
}

#[test]
fn row_45_a_queue_is_bounded_by_messages() {
    let world = World::with(Config {
        max_queued: Some(4),
        ..plain()
    });
    let a = world.v3_kept("a");
    a.subscribes("#", Q1);
    a.drops();
    let b = world.v3("b");
    for number in 0..128 {
        b.publishes("a", &number.to_string(), Q1);
    }
    assert_eq!(
        world.v3_kept("a").messages(),
        ["a=0 qos1", "a=1 qos1", "a=2 qos1", "a=3 qos1"]
    );
    // And who loses messages is told to whoever watches.
    let watcher = world.v3("w");
    watcher.subscribes("$SYS/broker/publish/messages/dropped", Q0);
    world.at(10);
    let told = watcher.messages();
    assert_eq!(
        told.last().map(String::as_str),
        Some("$SYS/broker/publish/messages/dropped=124")
    );
}

#[test]
fn row_45_sessions_expire() {
    let world = World::new();
    for number in 0..1_000 {
        world.v5_kept(&number.to_string(), 60).drops();
    }
    let watcher = world.v3("w");
    watcher.subscribes("$SYS/broker/clients/total", Q0);
    world.at(50);
    let told = watcher.messages();
    assert_eq!(
        told.last().map(String::as_str),
        Some("$SYS/broker/clients/total=1001")
    );
    world.at(70);
    let told = watcher.messages();
    assert_eq!(
        told.last().map(String::as_str),
        Some("$SYS/broker/clients/total=1")
    );
}

#[test]
fn row_45_the_limit_of_a_queue_drops_no_retained_messages() {
    let world = World::with(Config {
        max_queued: Some(10),
        ..plain()
    });
    let a = world.v3("a");
    for number in 0..1_000 {
        a.retains(&number.to_string(), "x", Q1);
    }
    for (id, qos) in [("b", Q0), ("c", Q1), ("d", Q2)] {
        let b = world.v3(id);
        b.subscribes("#", qos);
        assert_eq!(b.messages().len(), 1_000);
    }
}

#[test]
fn row_46_a_message_that_a_client_takes_no_packet_for_is_dropped_and_nobody_ended() {
    let world = World::new();
    // Maximum Packet Size 20 and Session Expiry Interval 60.
    let connect = "10 18 00 04 4d 51 54 54 05 00 00 00 0a 27 00 00 00 14 11 00 00 00 3c 00 01 61";
    let small = world.opens(connect);
    small.gets();
    small.subscribes("a", Q2);
    let large = world.v5("b");
    large.subscribes("a", Q2);
    let publisher = world.v5("p");
    for qos in [Q0, Q1, Q2] {
        publisher.publishes("a", &"x".repeat(20), qos);
        publisher.publishes("a", "y", qos);
    }
    assert_eq!(small.messages(), ["a=y", "a=y qos1", "a=y qos2"]);
    assert_eq!(large.messages().len(), 6);
    assert!(!small.is_closed());

    // The same for what waited.
    small.drops();
    publisher.publishes("a", &"x".repeat(20), Q2);
    publisher.publishes("a", "z", Q2);
    let back = world.opens(connect);
    back.takes(0x20);
    assert_eq!(back.messages(), ["a=z qos2"]);
}

#[test]
fn row_46_a_message_that_has_become_too_large_for_its_client_is_not_sent_again() {
    let world = World::new();
    let a = world.v5_kept("a", 60);
    a.subscribes("a", Q1);
    let publisher = world.v5("p");
    publisher.publishes("a", &"x".repeat(20), Q1);
    publisher.publishes("a", "y", Q1);
    assert_eq!(a.gets().len(), 2);
    a.drops();
    // Maximum Packet Size 20.
    let small = world
        .opens("10 18 00 04 4d 51 54 54 05 00 00 00 0a 27 00 00 00 14 11 00 00 00 3c 00 01 61");
    assert_eq!(
        small.gets(),
        ["20 03 01 00 00", "3a 07 00 01 61 00 02 00 79"]
    );
}

#[test]
fn row_47_a_message_whose_time_is_over_leaves_the_queue() {
    let world = World::new();
    let away = world.v5_kept("a", 60);
    away.subscribes("a", Q1);
    away.drops();
    // Message Expiry Interval 5, none, 0.
    let publisher = world.v5("p");
    publisher.sends("32 0c 00 01 61 00 01 05 02 00 00 00 05 78");
    publisher.sends("32 07 00 01 61 00 02 00 79");
    publisher.sends("32 0c 00 01 61 00 03 05 02 00 00 00 00 7a");
    world.at(5);
    let back = world.v5_kept("a", 60);
    assert_eq!(back.gets(), ["32 07 00 01 61 00 01 00 79"]);
}

#[test]
fn row_47_a_message_that_was_sent_is_sent_again_though_its_time_is_over() {
    for version in [Version::V3_1_1, V5] {
        let world = World::new();
        let a = world.v5_kept("a", 600);
        a.subscribes("a", Q1);
        world
            .v5("p")
            .sends("32 0c 00 01 61 00 01 05 02 00 00 00 05 78");
        assert_eq!(a.gets(), ["32 0c 00 01 61 00 01 05 02 00 00 00 05 78"]);
        a.drops();
        world.at(100);
        let properties = ConnectProperties::default();
        let back = world.joins(Connect {
            clean_start: false,
            properties: (&properties).into(),
            ..connect(version, "a")
        });
        let expected = match version {
            V5 => "3a 0c 00 01 61 00 01 05 02 00 00 00 00 78",
            _ => "3a 06 00 01 61 00 01 78",
        };
        assert_eq!(back.gets(), [expected]);
    }
}
