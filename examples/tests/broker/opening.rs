//! Who is let in, under which name, and whom that ends.

use std::collections::HashSet;
use std::num::NonZeroU16;

use puremqtt::{Connect, ConnectProperties, Decoder, Packet, ReasonCode, Version, Will};
use puremqtt_examples::broker::config::Config;

use crate::world::{NONE, Peer, Q0, V3_1_1, V5, World, connect, plain};

/// A CONNECT of the client "a", with Clean Session or Clean Start.
pub(crate) const A_V3: &str = "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61";
pub(crate) const A_V5: &str = "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61";
/// Without an identifier.
const NAMELESS_V3: &str = "10 0c 00 04 4d 51 54 54 04 02 00 00 00 00";
const NAMELESS_V5: &str = "10 0d 00 04 4d 51 54 54 05 02 00 00 00 00 00";

/// alice's password is "correct horse", as mosquitto_passwd has hashed it.
const PASSWORDS: &str = include_str!("../../broker/fixtures/passwords");

/// The identifier that the CONNACK in the inbox assigns.
fn assigned(peer: &Peer) -> String {
    let connack = peer.takes(0x20);
    match Decoder::client(V5).decode(&connack) {
        Ok(Some((Packet::ConnAck(connack), _))) => {
            assert_eq!(connack.reason, ReasonCode::SUCCESS);
            connack
                .properties
                .assigned_client_identifier()
                .unwrap()
                .into()
        }
        other => panic!("{other:?}"),
    }
}

fn without_names() -> World {
    World::with(Config {
        allow_zero_length_client_id: false,
        ..plain()
    })
}

#[test]
fn v3_1_1_mqtt_3_1_3_5_identifiers_of_1_to_23_letters_and_digits_are_taken() {
    let world = World::new();
    for id in ["Z", "0123456789abcdefghijkXY"] {
        let peer = world.dials(V3_1_1);
        peer.says(connect(V3_1_1, id));
        assert_eq!(peer.gets(), ["20 02 00 00"]);
    }
}

#[test]
fn v5_0_mqtt_3_1_3_5_identifiers_of_1_to_23_letters_and_digits_are_taken() {
    let world = World::new();
    for id in ["Z", "0123456789abcdefghijkXY"] {
        let peer = world.dials(V5);
        peer.says(connect(V5, id));
        assert_eq!(peer.gets(), ["20 03 00 00 00"]);
    }
}

#[test]
fn v3_1_1_mqtt_3_1_3_6_who_has_no_identifier_gets_one_of_its_own() {
    let world = World::new();
    let (one, two) = (world.opens(NAMELESS_V3), world.opens(NAMELESS_V3));
    assert_eq!(one.gets(), ["20 02 00 00"]);
    assert_eq!(two.gets(), ["20 02 00 00"]);
    // Were it the same one, the first connection would have been taken over.
    assert!(!one.is_closed());

    let refused = without_names().opens(NAMELESS_V3);
    assert_eq!(refused.gets(), ["20 02 00 02"]);
    assert!(refused.is_closed());
}

#[test]
fn v5_0_mqtt_3_1_3_6_who_has_no_identifier_gets_one_of_its_own() {
    let world = World::new();
    let (one, two) = (world.opens(NAMELESS_V5), world.opens(NAMELESS_V5));
    assert_ne!(assigned(&one), assigned(&two));
    assert!(!one.is_closed());

    let refused = without_names().opens(NAMELESS_V5);
    assert_eq!(refused.gets(), ["20 03 00 85 00"]);
    assert!(refused.is_closed());
}

#[test]
fn v5_0_mqtt_3_1_3_7_an_assigned_identifier_is_told_and_is_as_good_as_the_clients_own() {
    let world = World::new();
    let properties = ConnectProperties {
        session_expiry_interval: Some(60),
        ..ConnectProperties::default()
    };
    let nameless = Connect {
        clean_start: false,
        properties: (&properties).into(),
        ..connect(V5, "")
    };
    let peer = world.dials(V5);
    peer.says(nameless);
    let id = assigned(&peer);
    assert!(id.starts_with("auto-"), "{id}");
    peer.subscribes("a", Q0);
    peer.drops();

    let (peer, present) = world.v5_returns(&id, 60);
    assert!(present);
    peer.publishes("a", "x", Q0);
    assert_eq!(peer.messages(), ["a=x"]);
}

#[test]
fn v5_0_mqtt_3_2_2_16_an_assigned_identifier_is_nobody_elses() {
    let world = World::new();
    let mut ids = HashSet::from(["auto-1".to_owned()]);
    world.v5_kept("auto-1", 60).drops();
    for _ in 0..1_000 {
        assert!(ids.insert(assigned(&world.opens(NAMELESS_V5))));
    }
    assert_eq!(ids.len(), 1_001);
}

#[test]
fn v3_1_1_mqtt_3_1_4_2_a_client_that_is_there_makes_way_for_the_new_connection() {
    let world = World::new();
    let old = world.v3("a");
    let new = world.opens(A_V3);
    assert_eq!(old.gets(), NONE);
    assert!(old.is_closed());
    assert_eq!(new.gets(), ["20 02 00 00"]);
}

#[test]
fn v5_0_mqtt_3_1_4_3_a_client_that_is_there_is_told_and_makes_way() {
    let world = World::new();
    let old = world.v5("a");
    let new = world.opens(A_V5);
    assert_eq!(old.gets(), ["e0 01 8e"]);
    assert!(old.is_closed());
    assert_eq!(new.gets(), ["20 03 00 00 00"]);
}

#[test]
fn v5_0_mqtt_3_1_4_2_a_wrong_password_ends_the_connection() {
    let world = World::guarded(plain(), Some(PASSWORDS), None);
    let with = |version, password: &'static [u8]| Connect {
        user_name: Some("alice"),
        password: Some(password),
        ..connect(version, "a")
    };
    let rows: [(Version, &'static [u8], &str, bool); 4] = [
        (V5, b"wrong", "20 03 00 86 00", true),
        (V5, b"correct horse", "20 03 00 00 00", false),
        // The code that mosquitto's clients know.
        (V3_1_1, b"wrong", "20 02 00 05", true),
        (V3_1_1, b"correct horse", "20 02 00 00", false),
    ];
    for (version, password, answer, is_closed) in rows {
        let peer = world.dials(version);
        peer.says(with(version, password));
        assert_eq!(peer.gets(), [answer]);
        assert_eq!(peer.is_closed(), is_closed);
    }
}

#[test]
fn without_a_user_name_nobody_comes_in_unless_anybody_may() {
    let config = Config {
        allow_anonymous: false,
        ..plain()
    };
    let world = World::with(config);
    assert_eq!(world.opens(A_V3).gets(), ["20 02 00 05"]);
    assert_eq!(world.opens(A_V5).gets(), ["20 03 00 87 00"]);
}

#[test]
fn a_refused_client_takes_nobody_over_and_leaves_no_will() {
    let world = World::guarded(plain(), Some(PASSWORDS), None);
    let listener = world.v3("l");
    listener.subscribes("#", Q0);
    let alice = |password| Connect {
        user_name: Some("alice"),
        password: Some(password),
        will: Some(Will::new(puremqtt::TopicName::literal("w"), b"bye")),
        ..connect(V5, "a")
    };
    let there = world.joins(alice(b"correct horse"));
    let refused = world.dials(V5);
    refused.says(alice(b"wrong"));
    assert!(refused.is_closed());
    assert!(!there.is_closed());
    assert_eq!(listener.messages(), NONE);
}

#[test]
fn enhanced_authentication_is_refused_since_there_is_no_method() {
    let world = World::new();
    let properties = ConnectProperties {
        authentication_method: Some("SCRAM-SHA-1"),
        ..ConnectProperties::default()
    };
    let peer = world.dials(V5);
    peer.says(Connect {
        properties: (&properties).into(),
        ..connect(V5, "a")
    });
    assert_eq!(peer.gets(), ["20 03 00 8c 00"]);
    assert!(peer.is_closed());
}

#[test]
fn a_level_that_is_not_known_is_answered_in_the_oldest_form() {
    let world = World::new();
    let peer = world.opens("10 0d 00 04 4d 51 54 54 06 02 00 00 00 01 61");
    assert_eq!(peer.gets(), ["20 02 00 01"]);
    assert!(peer.is_closed());
}

#[test]
fn connack_tells_what_is_not_the_default() {
    let config = Config {
        receive_maximum: NonZeroU16::MIN.saturating_add(19),
        topic_alias_maximum: 10,
        max_packet_size: Some(1_000),
        max_keep_alive: 60,
        retain_available: false,
        ..Config::default()
    };
    let peer = World::with(config).opens(A_V5);
    let (connack, mut decoder) = (peer.takes(0x20), Decoder::client(V5));
    let Ok(Some((Packet::ConnAck(connack), _))) = decoder.decode(&connack) else {
        panic!("no CONNACK");
    };
    let properties = connack.properties.read();
    assert_eq!(properties.receive_maximum.map(NonZeroU16::get), Some(20));
    assert_eq!(properties.topic_alias_maximum, Some(10));
    assert_eq!(
        properties.maximum_packet_size.map(|size| size.get()),
        Some(1_000)
    );
    assert_eq!(properties.server_keep_alive, Some(60));
    assert_eq!(properties.retain_available, Some(false));
}

#[test]
fn what_does_not_fit_into_connack_is_not_sent_and_the_connection_closes() {
    let world = World::new();
    let properties = ConnectProperties {
        maximum_packet_size: std::num::NonZeroU32::new(40),
        ..ConnectProperties::default()
    };
    let peer = world.dials(V5);
    peer.says(Connect {
        properties: (&properties).into(),
        ..connect(V5, "")
    });
    assert_eq!(peer.gets(), NONE);
    assert!(peer.is_closed());
}

#[test]
fn all_that_stands_behind_connect_is_read_once_it_is_accepted() {
    let world = World::new();
    let peer = world.opens(&format!(
        "{A_V3} 82 06 00 01 00 01 61 00 30 04 00 01 61 78 c0 00"
    ));
    assert_eq!(
        peer.gets(),
        [
            "20 02 00 00",
            "90 03 00 01 00",
            "d0 00",
            "30 04 00 01 61 78"
        ]
    );
}

#[test]
fn a_server_that_shuts_down_says_so_to_those_who_understand_it() {
    let world = World::new();
    let (old, new) = (world.v3("a"), world.v5("b"));
    let silent = world.dials(V5);
    world.shuts_down();
    assert_eq!(old.gets(), NONE);
    assert_eq!(new.gets(), ["e0 01 8b"]);
    assert_eq!(silent.gets(), NONE);
    assert!(old.is_closed() && new.is_closed() && silent.is_closed());
}
