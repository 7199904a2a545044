//! What of a PUBLISH is passed on: properties, and how long it lives.

use crate::world::{NONE, Q0, Q1, World};

/// A message of QoS 0 on "a" with these properties and the payload "x" reaches everybody as it
/// was sent, by hand or from the store.
fn passes_on(properties: &str) {
    let count = properties.split_whitespace().count();
    let wire = |first: &str| {
        format!(
            "{first} {:02x} 00 01 61 {count:02x} {properties} 78",
            count + 5
        )
    };
    let world = World::new();
    let subscribers = [world.v5("1"), world.v5("2")];
    for subscriber in &subscribers {
        subscriber.subscribes("a", Q0);
    }
    let publisher = world.v5("p");
    publisher.sends(&wire("30"));
    publisher.sends(&wire("31"));
    for subscriber in subscribers {
        assert_eq!(subscriber.gets(), [wire("30"), wire("30")]);
    }
    let late = world.v5("3");
    late.subscribes("#", Q0);
    assert_eq!(late.gets(), [wire("31")]);
}

#[test]
fn v5_0_mqtt_3_3_2_4_payload_format_indicator_is_passed_on() {
    passes_on("01 01");
    passes_on("01 00");
}

#[test]
fn v5_0_mqtt_3_3_2_15_response_topic_is_passed_on() {
    passes_on("08 00 01 72");
}

#[test]
fn v5_0_mqtt_3_3_2_16_correlation_data_is_passed_on() {
    passes_on("09 00 02 00 ff");
}

#[test]
fn v5_0_mqtt_3_3_2_17_user_properties_are_passed_on_all() {
    passes_on("26 00 01 6b 00 01 76 26 00 01 6b 00 01 77");
}

#[test]
fn v5_0_mqtt_3_3_2_18_user_properties_keep_their_order() {
    // z=1, a=2, z=3
    passes_on("26 00 01 7a 00 01 31 26 00 01 61 00 01 32 26 00 01 7a 00 01 33");
}

#[test]
fn v5_0_mqtt_3_3_2_20_content_type_is_passed_on() {
    passes_on("03 00 04 74 65 78 74");
}

#[test]
fn v5_0_mqtt_3_3_2_5_a_message_that_has_expired_is_not_delivered() {
    let world = World::new();
    let a = world.v5_kept("a", 60);
    a.subscribes("a", Q1);
    a.drops();
    // Message Expiry Interval 2.
    let b = world.v5("b");
    b.sends("32 0b 00 01 61 00 01 05 02 00 00 00 02");
    assert_eq!(b.gets(), ["40 02 00 01"]);
    world.at(3);
    assert_eq!(world.v5_kept("a", 60).gets(), NONE);
}

#[test]
fn v5_0_mqtt_3_3_2_6_what_is_left_of_the_expiry_interval_is_passed_on() {
    let world = World::new();
    let a = world.v5_kept("a", 60);
    a.subscribes("a", Q1);
    a.drops();
    // Message Expiry Interval 10.
    world
        .v5("b")
        .sends("32 0b 00 01 61 00 01 05 02 00 00 00 0a");
    world.at(4);
    let a = world.v5_kept("a", 60);
    assert_eq!(a.gets(), ["32 0b 00 01 61 00 01 05 02 00 00 00 06"]);
    // Sent once it never expires.
    a.drops();
    world.at(20);
    let a = world.v5_kept("a", 60);
    assert_eq!(a.gets(), ["3a 0b 00 01 61 00 01 05 02 00 00 00 00"]);
}

#[test]
fn a_message_with_properties_is_shared_by_subscribers_of_different_identifiers() {
    let world = World::new();
    let (a, b) = (world.v5("a"), world.v5("b"));
    a.sends("82 09 00 01 02 0b 07 00 01 61 00");
    b.sends("82 07 00 01 00 00 01 61 00");
    assert_eq!((a.gets().len(), b.gets().len()), (1, 1));
    // A payload large enough for the frame to be shared.
    let payload = " 78".repeat(2_000);
    let publisher = world.v5("p");
    publisher.sends(&format!("30 d6 0f 00 01 61 02 01 01{payload}"));
    assert_eq!(
        a.gets(),
        [format!("30 d8 0f 00 01 61 04 0b 07 01 01{payload}")]
    );
    assert_eq!(b.gets(), [format!("30 d6 0f 00 01 61 02 01 01{payload}")]);
}
