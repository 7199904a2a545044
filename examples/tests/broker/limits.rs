//! The limits that the settings draw.

use std::num::NonZeroU16;

use puremqtt::{Connect, QoS, TopicName, Version};
use puremqtt_examples::broker::config::Config;

use crate::opening::{A_V3, A_V5};
use crate::world::{NONE, Q0, Q1, Q2, V3_1_1, V5, World, connect, plain};

#[test]
fn what_a_slow_reader_does_not_read_is_bounded() {
    let world = World::new();
    let (slow, publisher) = (world.v3("slow"), world.v3("p"));
    slow.subscribes("a", Q0);
    slow.reads(false);
    let payload = "x".repeat(1_000);
    for _ in 0..10_000 {
        publisher.publishes("a", &payload, Q0);
    }
    // 64 KiB and the packet that went over it.
    let packet = 1_006;
    assert!(slow.outbox() <= 64 * 1_024 + packet, "{}", slow.outbox());
    assert!(!slow.is_closed());
    // What was in the outbox, and the thousand that the queue holds.
    let in_outbox = slow.outbox() / packet;
    slow.reads(true);
    assert_eq!(slow.messages().len(), in_outbox + 1_000);
    publisher.publishes("a", "y", Q0);
    assert_eq!(slow.messages(), ["a=y"]);
}

#[test]
fn retained_messages_do_not_fill_the_outbox_of_a_slow_reader_either() {
    let world = World::new();
    let publisher = world.v3("p");
    let payload = "x".repeat(1_000);
    for number in 0..1_000 {
        publisher.retains(&format!("t/{number}"), &payload, Q0);
    }
    let slow = world.v3("slow");
    slow.reads(false);
    slow.sends("82 06 00 01 00 01 23 00");
    assert!(slow.outbox() <= 64 * 1_024 + 1_010, "{}", slow.outbox());
    slow.reads(true);
    slow.takes(0x90);
    assert_eq!(slow.messages().len(), 1_000);
}

#[test]
fn no_more_than_max_inflight_messages_are_on_their_way() {
    let world = World::with(Config {
        max_inflight: NonZeroU16::MIN.saturating_add(1),
        ..plain()
    });
    let (a, b) = (world.v3("a"), world.v3("b"));
    b.subscribes("a", Q1);
    for number in 1..=5 {
        a.publishes("a", &number.to_string(), Q1);
    }
    assert_eq!(b.gets().len(), 2);
    b.sends("40 02 00 01");
    assert_eq!(b.gets(), ["32 06 00 01 61 00 03 33"]);
    b.sends("40 02 00 02 40 02 00 03");
    assert_eq!(b.gets().len(), 2);
}

#[test]
fn the_clients_receive_maximum_holds_where_it_is_lower() {
    let world = World::new();
    // Receive Maximum 1.
    let b = world.opens("10 11 00 04 4d 51 54 54 05 02 00 00 03 21 00 01 00 01 62");
    b.gets();
    b.subscribes("a", Q2);
    let a = world.v3("a");
    a.publishes("a", "x", Q2);
    a.publishes("a", "y", Q1);
    assert_eq!(b.gets(), ["34 07 00 01 61 00 01 00 78"]);
    b.sends("50 02 00 01");
    assert_eq!(b.gets(), ["62 02 00 01"]);
    b.sends("70 02 00 01");
    assert_eq!(b.gets(), ["32 07 00 01 61 00 02 00 79"]);
}

#[test]
fn the_brokers_receive_maximum_is_enforced() {
    let world = World::with(Config {
        receive_maximum: NonZeroU16::MIN.saturating_add(1),
        ..plain()
    });
    let a = world.v5("a");
    a.sends("34 06 00 01 61 00 01 00 34 06 00 01 61 00 02 00 34 06 00 01 61 00 03 00");
    let answers = a.gets();
    assert_eq!(answers.last().map(String::as_str), Some("e0 01 93"));
    assert!(a.is_closed());
}

#[test]
fn no_more_than_max_queued_messages_wait_for_who_is_away() {
    for (max_queued, kept) in [(Some(3), 3), (None, 5)] {
        let world = World::with(Config {
            max_queued,
            ..plain()
        });
        let a = world.v3_kept("a");
        a.subscribes("a", Q1);
        a.drops();
        let b = world.v3("b");
        for _ in 0..5 {
            b.publishes("a", "x", Q1);
        }
        assert_eq!(world.v3_kept("a").messages().len(), kept);
    }
}

#[test]
fn messages_of_qos_0_wait_for_who_is_away_where_the_settings_say_so() {
    for (queue_qos0_messages, expected) in [(false, vec![]), (true, vec!["a=x"])] {
        let world = World::with(Config {
            queue_qos0_messages,
            ..plain()
        });
        let a = world.v3_kept("a");
        a.subscribes("a", Q1);
        a.drops();
        world.v3("b").publishes("a", "x", Q0);
        assert_eq!(world.v3_kept("a").messages(), expected);
    }
}

#[test]
fn a_keep_alive_above_the_maximum_is_lowered_or_refused() {
    let world = World::with(Config {
        max_keep_alive: 60,
        ..plain()
    });
    let with = |version, keep_alive| {
        let peer = world.dials(version);
        peer.says(Connect {
            keep_alive,
            ..connect(version, "a")
        });
        peer
    };
    // Server Keep Alive 60; 0 is the longest of all.
    for keep_alive in [61, 0] {
        assert_eq!(with(V5, keep_alive).gets(), ["20 06 00 00 03 13 00 3c"]);
        // Before MQTT 5 nobody can tell the client.
        for version in [Version::V3_1, V3_1_1] {
            let refused = with(version, keep_alive);
            assert_eq!(refused.gets(), ["20 02 00 02"]);
            assert!(refused.is_closed());
        }
    }
    assert_eq!(with(V5, 60).gets(), ["20 03 00 00 00"]);
    assert_eq!(with(V3_1_1, 60).gets(), ["20 02 00 00"]);
    // And it is the server's that counts.
    let lowered = with(V5, 1_000);
    lowered.gets();
    world.at(89);
    assert!(!lowered.is_closed());
    world.at(90);
    assert_eq!(lowered.gets(), ["e0 01 8d"]);
}

#[test]
fn a_topic_or_filter_of_too_many_levels_is_refused() {
    let world = World::with(Config {
        max_topic_levels: Some(3),
        ..plain()
    });
    let (old, new) = (world.v3("a"), world.v5("b"));
    // "a/b/c" and "a/b/c/d"
    new.sends("82 0b 00 01 00 00 05 61 2f 62 2f 63 01");
    new.sends("82 0d 00 01 00 00 07 61 2f 62 2f 63 2f 64 01");
    assert_eq!(new.gets(), ["90 04 00 01 00 01", "90 04 00 01 00 8f"]);
    old.sends("82 0c 00 01 00 07 61 2f 62 2f 63 2f 64 01");
    assert_eq!(old.gets(), ["90 03 00 01 80"]);
    new.sends("32 0c 00 07 61 2f 62 2f 63 2f 64 00 01 00");
    assert_eq!(new.gets(), ["40 03 00 01 90"]);
    old.sends("32 0b 00 07 61 2f 62 2f 63 2f 64 00 01");
    assert_eq!(old.gets(), ["40 02 00 01"]);
    old.publishes("a/b/c", "x", Q1);
    assert_eq!(new.messages(), ["a/b/c=x qos1"]);
}

#[test]
fn the_share_does_not_count_among_the_levels_of_a_filter() {
    let world = World::with(Config {
        max_topic_levels: Some(1),
        ..plain()
    });
    let a = world.v5("a");
    a.subscribes("$share/g/a", Q0);
    a.publishes("a", "x", Q0);
    assert_eq!(a.messages(), ["a=x"]);
}

#[test]
fn a_message_above_the_limit_is_refused_and_the_connection_stays() {
    let world = World::with(Config {
        message_size_limit: Some(2),
        ..plain()
    });
    let (old, new) = (world.v3("a"), world.v5("b"));
    new.subscribes("#", Q2);
    // Payloads of two and three bytes.
    new.sends("32 08 00 01 61 00 01 00 78 78 34 09 00 01 61 00 02 00 78 78 78");
    assert_eq!(
        new.gets(),
        [
            "40 02 00 01",
            "50 03 00 02 83",
            "32 08 00 01 61 00 01 00 78 78"
        ]
    );
    old.publishes("a", "xxx", Q0);
    old.publishes("a", "xxx", Q1);
    old.publishes("a", "xxx", Q2);
    assert_eq!(new.gets(), NONE);
    // A will is a message like any other.
    let will = puremqtt::Will::new(TopicName::literal("w"), b"xxx");
    let willing = Connect {
        will: Some(will),
        ..connect(V5, "c")
    };
    world.joins(willing).drops();
    assert_eq!(new.gets(), NONE);
}

#[test]
fn a_packet_above_the_limit_ends_the_connection() {
    let world = World::with(Config {
        max_packet_size: Some(20),
        ..plain()
    });
    // Maximum Packet Size 20.
    let new = world.opens(A_V5);
    assert_eq!(new.gets(), ["20 08 00 00 05 27 00 00 00 14"]);
    // 20 bytes, and then the header of 21.
    new.sends("30 12 00 01 61 00 78 78 78 78 78 78 78 78 78 78 78 78 78 78");
    assert!(!new.is_closed());
    new.sends("30 13");
    assert_eq!(new.gets(), ["e0 01 95"]);
    assert!(new.is_closed());
    let old = world.opens(A_V3);
    old.sends("30 13");
    assert_eq!(old.gets(), ["20 02 00 00"]);
    assert!(old.is_closed());
}

#[test]
fn without_retained_messages_a_publisher_of_one_is_ended() {
    let world = World::with(Config {
        retain_available: false,
        ..plain()
    });
    let a = world.opens(A_V5);
    assert_eq!(a.gets(), ["20 05 00 00 02 25 00"]);
    a.sends("31 05 00 01 61 00 78");
    assert_eq!(a.gets(), ["e0 01 9a"]);
}

#[test]
fn the_access_list_decides_for_each_filter_and_each_message() {
    let acl =
        "topic read public/#\ntopic deny public/secret\ntopic write in/+\npattern read own/%c/#";
    let world = World::guarded(plain(), None, Some(acl));
    let a = world.v5("a");
    let filters: [(&str, QoS, u8); 8] = [
        ("public/#", Q1, 1),
        ("public/+", Q0, 0),
        // Wider than what is granted.
        ("#", Q1, 0x87),
        ("+/x", Q1, 0x87),
        ("public/secret", Q1, 0x87),
        ("in/x", Q1, 0x87),
        ("own/a/x", Q2, 2),
        ("own/b/x", Q2, 0x87),
    ];
    let subscriptions = filters.map(|(text, qos, _)| {
        let filter = puremqtt::TopicFilter::new(text).unwrap();
        puremqtt::Subscription::new(filter, qos)
    });
    let id = puremqtt::PacketId::new(1).unwrap();
    a.says(puremqtt::Subscribe::new(id, (&subscriptions).into()));
    let suback = a.takes(0x90);
    assert_eq!(suback[5..], filters.map(|(.., code)| code));

    // What may be written is not what may be read.
    a.publishes("in/x", "x", Q1);
    // "public"
    a.sends("32 0b 00 06 70 75 62 6c 69 63 00 09 00");
    assert_eq!(a.gets(), ["40 03 00 09 87"]);
}

#[test]
fn a_part_that_is_denied_is_not_delivered_by_any_way() {
    // "u" may write everything, anybody else read all but a part.
    let acl = "topic read #\ntopic deny a/secret\nuser u\ntopic readwrite #";
    let world = World::guarded(plain(), None, Some(acl));
    let writer = world.joins(Connect {
        user_name: Some("u"),
        ..connect(V5, "w")
    });
    writer.retains("a/secret", "old", Q0);
    writer.retains("a/open", "old", Q0);
    let reader = world.v5("r");
    reader.subscribes("a/+", Q0);
    reader.subscribes("$share/g/#", Q0);
    assert_eq!(reader.messages(), ["a/open=old retain"]);
    writer.publishes("a/secret", "new", Q0);
    writer.publishes("a/open", "new", Q0);
    assert_eq!(reader.messages(), ["a/open=new", "a/open=new"]);
}

#[test]
fn a_large_message_reaches_who_reads_slowly() {
    let world = World::new();
    let (a, b) = (world.v5("a"), world.v5("b"));
    b.subscribes("a", Q2);
    b.reads(false);
    let payload = "x".repeat(20 << 20);
    a.publishes("a", &payload, Q0);
    a.publishes("a", &payload, Q2);
    b.reads(true);
    let lengths = b.messages().iter().map(String::len).collect::<Vec<_>>();
    assert_eq!(lengths, [payload.len() + 2, payload.len() + 7]);
}
