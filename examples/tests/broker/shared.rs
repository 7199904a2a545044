//! Shared subscriptions (MQTT 5, section 4.8.2).

use puremqtt::QoS;

use crate::world::{NONE, Peer, Q0, Q1, Q2, World};

const GROUP: &str = "$share/g/a";

/// Two members of one group, both there, whose sessions are kept for this long.
fn members(world: &World, qos: [QoS; 2], seconds: u32) -> [Peer; 2] {
    let members = [world.v5_kept("1", seconds), world.v5_kept("2", seconds)];
    for (member, qos) in members.iter().zip(qos) {
        member.subscribes(GROUP, qos);
    }
    members
}

/// A message with this QoS goes to one of them: that one, the other, and the identifier of that one.
fn publishes_to_one(members: [Peer; 2], publisher: &Peer, qos: QoS) -> (Peer, Peer, &'static str) {
    publisher.publishes("a", "x", qos);
    let [one, two] = members;
    match (one.gets().len(), two.gets().len()) {
        (1, 0) => (one, two, "1"),
        (0, 1) => (two, one, "2"),
        other => panic!("{other:?} copies"),
    }
}

#[test]
fn v5_0_mqtt_4_8_2_3_a_message_goes_out_at_the_qos_of_the_chosen_member() {
    let world = World::new();
    let [zero, one] = members(&world, [Q0, Q1], 0);
    let publisher = world.v5("p");
    for _ in 0..4 {
        publisher.publishes("a", "x", Q2);
    }
    assert_eq!(zero.messages(), ["a=x"; 2]);
    assert_eq!(one.messages(), ["a=x qos1"; 2]);
}

#[test]
fn v5_0_mqtt_4_8_2_4_an_exchange_of_qos_2_is_completed_with_its_member() {
    let world = World::new();
    let members = members(&world, [Q2, Q2], 60);
    let (chosen, other, id) = publishes_to_one(members, &world.v5("p"), Q2);
    chosen.sends("50 02 00 01");
    assert_eq!(chosen.gets(), ["62 02 00 01"]);
    chosen.drops();
    world.at(10);
    assert_eq!(other.gets(), NONE);
    let (chosen, present) = world.v5_returns(id, 60);
    assert!(present);
    assert_eq!(chosen.gets(), ["62 02 00 01"]);
    chosen.sends("70 02 00 01");
    assert_eq!(other.gets(), NONE);
    assert_eq!(chosen.gets(), NONE);
}

#[test]
fn v5_0_mqtt_4_8_2_5_a_message_of_qos_2_that_was_sent_goes_to_no_other_member() {
    // PUBREC came, or not.
    for answer in [Some("50 02 00 01"), None] {
        let world = World::new();
        let members = members(&world, [Q2, Q2], 60);
        let (chosen, other, id) = publishes_to_one(members, &world.v5("p"), Q2);
        if let Some(answer) = answer {
            chosen.sends(answer);
        }
        chosen.drops();
        world.at(60);
        assert_eq!(other.gets(), NONE);
        assert!(!world.v5_returns(id, 60).1);
    }
}

#[test]
fn v5_0_mqtt_4_8_2_6_a_message_that_its_member_refuses_goes_to_no_other_member() {
    for (qos, refusal) in [(Q1, "40 03 00 01 80"), (Q2, "50 03 00 01 80")] {
        let world = World::new();
        let members = members(&world, [Q2, Q2], 60);
        let (chosen, other, _) = publishes_to_one(members, &world.v5("p"), qos);
        chosen.sends(refusal);
        assert_eq!(chosen.gets(), NONE);
        assert_eq!(other.gets(), NONE);
        // Not even when its session ends.
        chosen.drops();
        world.at(60);
        assert_eq!(other.gets(), NONE);
    }
}

#[test]
fn members_take_turns_and_each_message_goes_to_one() {
    let world = World::new();
    let members = ["1", "2"].map(|id| world.v5(id));
    // A second group that matches the same messages does not disturb the turns of the first.
    let others = ["3", "4"].map(|id| world.v5(id));
    for member in &members {
        member.subscribes(GROUP, Q0);
    }
    for other in &others {
        other.subscribes("$share/h/+", Q0);
    }
    let publisher = world.v5("p");
    for _ in 0..20 {
        publisher.publishes("a", "x", Q0);
    }
    for peer in members.iter().chain(&others) {
        assert_eq!(peer.messages().len(), 10);
    }
}

#[test]
fn who_is_there_comes_before_who_is_away() {
    let world = World::new();
    let [one, two] = members(&world, [Q1, Q1], 60);
    one.drops();
    let publisher = world.v5("p");
    for _ in 0..3 {
        publisher.publishes("a", "x", Q1);
    }
    assert_eq!(two.messages(), ["a=x qos1"; 3]);
    // Where nobody is there it waits for one of them.
    two.drops();
    publisher.publishes("a", "y", Q1);
    let (one, two) = (world.v5_kept("1", 60), world.v5_kept("2", 60));
    let messages = [one.messages(), two.messages()].concat();
    assert_eq!(messages, ["a=y qos1"]);
}

#[test]
fn retained_messages_go_to_no_shared_subscription() {
    let world = World::new();
    world.v5("p").retains("a", "x", Q1);
    // Retain Handling 0, 1 and 2.
    for options in ["00", "10", "20"] {
        let member = world.v5("m");
        member.sends(&format!(
            "82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 61 {options}"
        ));
        assert_eq!(member.gets(), ["90 04 00 01 00 00"]);
    }
}

#[test]
fn a_shared_and_a_plain_subscription_are_two_copies() {
    let world = World::new();
    let a = world.v5("a");
    a.subscribes(GROUP, Q0);
    a.subscribes("a", Q1);
    world.v5("p").publishes("a", "x", Q1);
    let mut messages = a.messages();
    messages.sort();
    assert_eq!(messages, ["a=x", "a=x qos1"]);
    // And one is unsubscribed without the other.
    a.sends("a2 0f 00 09 00 00 0a 24 73 68 61 72 65 2f 67 2f 61");
    assert_eq!(a.gets(), ["b0 04 00 09 00 00"]);
    world.v5("p").publishes("a", "x", Q1);
    assert_eq!(a.messages(), ["a=x qos1"]);
}

#[test]
fn a_message_of_qos_1_passes_to_another_member_when_the_session_of_the_first_ends() {
    let world = World::new();
    let members = members(&world, [Q1, Q1], 60);
    let (chosen, other, _) = publishes_to_one(members, &world.v5("p"), Q1);
    chosen.drops();
    world.at(59);
    assert_eq!(other.gets(), NONE);
    world.at(60);
    // Not a repeat: the other one has never seen it.
    assert_eq!(other.gets(), ["32 07 00 01 61 00 01 00 78"]);
}

#[test]
fn messages_that_were_never_sent_pass_to_another_member_behind_those_that_were() {
    let config = puremqtt_examples::broker::config::Config {
        max_inflight: std::num::NonZeroU16::MIN,
        ..crate::world::plain()
    };
    let world = World::with(config);
    let one = world.v5_kept("1", 60);
    one.subscribes(GROUP, Q1);
    let publisher = world.v5("p");
    for number in ["1", "2", "3"] {
        publisher.publishes("a", number, Q2);
    }
    assert_eq!(one.gets().len(), 1);
    let two = world.v5("2");
    two.subscribes(GROUP, Q2);
    one.drops();
    world.at(60);
    // At the QoS of the subscription that they now come by.
    assert_eq!(two.messages(), ["a=1 qos2", "a=2 qos2", "a=3 qos2"]);
}

#[test]
fn the_end_of_the_last_member_is_the_end_of_the_message() {
    let world = World::new();
    let one = world.v5_kept("1", 60);
    one.subscribes(GROUP, Q1);
    world.v5("p").publishes("a", "x", Q1);
    assert_eq!(one.gets().len(), 1);
    one.drops();
    world.at(60);
    let late = world.v5("2");
    late.subscribes(GROUP, Q1);
    assert_eq!(late.gets(), NONE);
}

#[test]
fn clean_start_is_an_end_of_the_session_too() {
    let world = World::new();
    let members = members(&world, [Q1, Q1], 60);
    let (chosen, other, id) = publishes_to_one(members, &world.v5("p"), Q1);
    let _anew = world.v5(id);
    assert_eq!(chosen.gets(), ["e0 01 8e"]);
    assert_eq!(other.messages(), ["a=x qos1"]);
}

#[test]
fn a_message_passes_to_no_member_that_may_not_read_it() {
    let acl = "topic readwrite #\nuser bob\ntopic read +\ntopic deny a";
    let world = World::guarded(crate::world::plain(), None, Some(acl));
    let one = world.v5_kept("1", 60);
    one.subscribes("$share/g/+", Q1);
    world.v5("p").publishes("a", "x", Q1);
    assert_eq!(one.gets().len(), 1);
    let bob = world.joins(puremqtt::Connect {
        user_name: Some("bob"),
        ..crate::world::connect(crate::world::V5, "2")
    });
    bob.subscribes("$share/g/+", Q1);
    one.drops();
    world.at(60);
    assert_eq!(bob.messages(), NONE);
}

#[test]
fn before_mqtt_5_a_share_is_a_topic_like_any_other() {
    let world = World::new();
    let old = world.v3("1");
    old.subscribes(GROUP, Q0);
    world.v5("p").publishes("a", "x", Q0);
    assert_eq!(old.gets(), NONE);
}
