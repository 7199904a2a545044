//! Clients of different versions on one broker, and clients that change theirs.

use puremqtt::{Connect, Version, Will};

use crate::world::{Q0, Q1, Q2, V3_1_1, V5, World, connect};

/// Every property that a PUBLISH passes on: format, expiry of 10 seconds, type, response topic,
/// correlation data, a user property.
const PROPERTIES: &str =
    "01 01 02 00 00 00 0a 03 00 01 74 08 00 01 72 09 00 01 63 26 00 01 6b 00 01 76";

#[test]
fn a_message_of_mqtt_5_loses_its_properties_on_the_way_to_an_older_client() {
    for version in [Version::V3_1, V3_1_1] {
        let world = World::new();
        let old = world.joins(connect(version, "a"));
        old.subscribes("a", Q0);
        let wire = format!("31 1f 00 01 61 1a {PROPERTIES} 78");
        world.v5("b").sends(&wire);
        assert_eq!(old.gets(), ["30 04 00 01 61 78"]);
        let late = world.joins(connect(version, "c"));
        late.subscribes("a", Q0);
        assert_eq!(late.gets(), ["31 04 00 01 61 78"]);
    }
}

#[test]
fn a_message_of_mqtt_5_expires_for_an_older_client_too() {
    let world = World::new();
    let old = world.v3_kept("a");
    old.subscribes("a", Q1);
    old.drops();
    let new = world.v5("b");
    for packet_id in ["01", "02"] {
        let wire = format!("32 21 00 01 61 00 {packet_id} 1a {PROPERTIES} 78");
        new.sends(&wire);
        world.at(5);
    }
    world.at(12);
    assert_eq!(world.v3_kept("a").messages(), ["a=x qos1"]);
}

#[test]
fn a_message_of_an_older_client_reaches_mqtt_5_without_properties() {
    let world = World::new();
    let new = world.v5("a");
    new.subscribes("a", Q1);
    world.v3("b").sends("32 06 00 01 61 00 09 78");
    assert_eq!(new.gets(), ["32 07 00 01 61 00 01 00 78"]);
}

#[test]
fn a_session_crosses_versions_and_comes_back() {
    let world = World::new();
    let publisher = world.v5("p");
    let old = world.v3_kept("a");
    old.subscribes("a", Q2);
    old.drops();
    // With a user property.
    publisher.sends("32 0e 00 01 61 00 01 07 26 00 01 6b 00 01 76 78");
    world.at(1_000);

    // From 3.1.1, where it lives for ever, to MQTT 5, with what waits and its properties.
    let (new, present) = world.v5_returns("a", 60);
    assert!(present);
    assert_eq!(
        new.gets(),
        ["32 0e 00 01 61 00 01 07 26 00 01 6b 00 01 76 78"]
    );
    new.drops();

    // Back to 3.1.1, what is in flight included.
    world.at(1_059);
    let (old, present) = world.connects(Connect {
        clean_start: false,
        ..connect(V3_1_1, "a")
    });
    assert!(present);
    assert_eq!(old.gets(), ["3a 06 00 01 61 00 01 78"]);
    old.sends("40 02 00 01");
    old.drops();
    world.at(5_000);
    assert!(world.v5_returns("a", 0).1);
}

#[test]
fn a_session_of_mqtt_5_is_as_long_as_the_last_connect_says() {
    let world = World::new();
    world.v3_kept("a").drops();
    // No Session Expiry Interval: it ends with this connection.
    let (new, present) = world.connects(Connect {
        clean_start: false,
        ..connect(V5, "a")
    });
    assert!(present);
    new.drops();
    assert!(!world.v5_returns("a", 60).1);
}

#[test]
fn the_oldest_version_is_served_like_the_next_one() {
    let world = World::new();
    let will = Will::new(puremqtt::TopicName::literal("w"), b"bye");
    let old = world.opens("10 0f 00 06 4d 51 49 73 64 70 03 00 00 00 00 01 61");
    assert_eq!(old.gets(), ["20 02 00 00"]);
    old.sends("82 06 00 01 00 01 77 02");
    assert_eq!(old.gets(), ["90 03 00 01 02"]);
    let willing = Connect {
        will: Some(will),
        ..connect(Version::V3_1, "b")
    };
    world.joins(willing).drops();
    assert_eq!(old.messages(), ["w=bye"]);
    old.drops();
    world.v5("c").publishes("w", "x", Q2);
    // 3.1 has no Session Present: the byte is reserved.
    let old = world.opens("10 0f 00 06 4d 51 49 73 64 70 03 00 00 00 00 01 61");
    assert_eq!(old.gets(), ["20 02 00 00", "34 06 00 01 77 00 01 78"]);
}

#[test]
fn identifiers_of_subscriptions_stay_with_the_messages_across_versions() {
    let world = World::new();
    let new = world.v5_kept("a", 60);
    new.sends("82 09 00 01 02 0b 07 00 01 61 01");
    new.gets();
    new.drops();
    let publisher = world.v3("p");
    publisher.publishes("a", "x", Q1);
    // Unacknowledged by the client of 3.1.1, who is told no identifiers.
    let old = world.v3_kept("a");
    assert_eq!(old.gets(), ["32 06 00 01 61 00 01 78"]);
    old.drops();
    let new = world.v5_kept("a", 60);
    assert_eq!(new.gets(), ["3a 09 00 01 61 00 01 02 0b 07 78"]);
}
