//! What a CONNECT and its CONNACK announce, and both sides keep to: sizes,
//! QoS, RETAIN and Topic Aliases.

use std::num::{NonZeroU16, NonZeroU32};

use puremqtt::{ConnectProperties, EncodeError, Limits, Publish, QoS, TopicName};

use super::{CLIENT, CONNACK, CONNACK_20, CONNECT, CONNECT_20, LIMITS, client, connect};
use super::{open_client, open_server};
use crate::parties::{A, Client, NONE, OPEN, Server};

/// Of 20 bytes with a Topic Name of one, and of 21.
const FITS: &str = "30 12 00 01 61 00 78 78 78 78 78 78 78 78 78 78 78 78 78 78";
const TOO_LARGE: &str = "30 13 00 01 61 00 78 78 78 78 78 78 78 78 78 78 78 78 78 78 78";

fn of_size(payload: &[u8]) -> Publish<'_> {
    Publish::new(A, payload)
}

/// With an alias of the application's own.
fn aliased(topic: TopicName<'_>, alias: u16) -> Publish<'_> {
    Publish {
        topic_alias: NonZeroU16::new(alias),
        ..Publish::new(topic, b"")
    }
}

#[test]
fn v5_0_mqtt_3_1_2_24_a_server_sends_nothing_larger_than_the_client_takes() {
    let mut server = Server::open(LIMITS, CONNECT_20);
    assert!(server.publishes_this(QoS::AtMostOnce, &of_size(&[b'x'; 14])));
    assert!(server.publishes_this(QoS::AtMostOnce, &of_size(&[b'x'; 15])));
    assert_eq!(server.sent(), [FITS]);
    // It is not the client's fault, and nobody is disconnected.
    assert_eq!(server.farewell(), OPEN);
    assert!(server.publishes(QoS::AtLeastOnce));
    assert_eq!(server.sent(), ["32 07 00 01 61 00 01 00 78"]);
    // A client does not take more.
    let limited = ConnectProperties {
        maximum_packet_size: NonZeroU32::new(20),
        ..ConnectProperties::default()
    };
    let mut receiver = Client::open(&client(&limited), CONNACK);
    assert_eq!(receiver.receives(FITS), ["message a xxxxxxxxxxxxxx"]);
    assert_eq!(receiver.receives(TOO_LARGE), NONE);
    assert_eq!(receiver.broken(), Some("5.0/MQTT-3.1.2-24"));
    assert_eq!(receiver.farewell(), Some("e0 01 95"));
}

#[test]
fn v5_0_mqtt_3_1_2_26_a_server_keeps_to_the_client_s_alias_maximum() {
    let mut server = Server::open(LIMITS, &connect("22 00 02"));
    assert_eq!(server.says(aliased(A, 1)), Ok(()));
    assert_eq!(server.says(aliased(A, 2)), Ok(()));
    let (alias, maximum) = (3, 2);
    let refused = Err(EncodeError::TopicAliasInvalid { alias, maximum });
    assert_eq!(server.says(aliased(A, 3)), refused);
    assert_eq!(
        server.sent(),
        ["30 07 00 01 61 03 23 00 01", "30 07 00 01 61 03 23 00 02"]
    );
    let two = ConnectProperties {
        topic_alias_maximum: Some(2),
        ..ConnectProperties::default()
    };
    let mut receiver = Client::open(&client(&two), CONNACK);
    assert_eq!(
        receiver.receives("30 07 00 01 61 03 23 00 02"),
        ["message a "]
    );
    assert_eq!(receiver.receives("30 07 00 01 61 03 23 00 03"), NONE);
    // The same rule has a number of PUBLISH, too.
    assert_eq!(receiver.broken(), Some("5.0/MQTT-3.3.2-11"));
    assert_eq!(receiver.farewell(), Some("e0 01 94"));
}

#[test]
fn v5_0_mqtt_3_1_2_27_without_a_maximum_a_server_sends_no_alias() {
    for connect in [CONNECT, &connect("22 00 00")] {
        let mut server = Server::open(LIMITS, connect).with_automatic_aliases();
        let (alias, maximum) = (1, 0);
        let refused = Err(EncodeError::TopicAliasInvalid { alias, maximum });
        assert_eq!(server.says(aliased(A, 1)), refused);
        let topic = TopicName::literal("a/long/topic");
        for _ in 0..2 {
            assert!(server.publishes_this(QoS::AtMostOnce, &Publish::new(topic, b"")));
        }
        let plain = "30 0f 00 0c 61 2f 6c 6f 6e 67 2f 74 6f 70 69 63 00";
        assert_eq!(server.sent(), [plain, plain]);
    }
    let mut receiver = open_client();
    assert_eq!(receiver.receives("30 07 00 01 61 03 23 00 01"), NONE);
    assert_eq!(receiver.farewell(), Some("e0 01 94"));
}

#[test]
fn v5_0_mqtt_3_2_2_9_a_server_announces_its_maximum_qos() {
    for (maximum_qos, connack) in [
        (QoS::AtMostOnce, "20 05 00 00 02 24 00"),
        (QoS::AtLeastOnce, "20 05 00 00 02 24 01"),
        (QoS::ExactlyOnce, CONNACK),
    ] {
        let limits = Limits {
            maximum_qos,
            ..LIMITS
        };
        let mut server = Server::new(limits);
        server.receives(CONNECT);
        server.accepts();
        assert_eq!(server.sent(), [connack]);
    }
}

#[test]
fn v5_0_mqtt_3_2_2_11_a_client_publishes_nothing_above_the_maximum_qos() {
    let mut sender = Client::open(&CLIENT, "20 05 00 00 02 24 00");
    assert!(!sender.publishes(QoS::AtLeastOnce));
    assert!(!sender.publishes(QoS::ExactlyOnce));
    assert!(sender.publishes(QoS::AtMostOnce));
    assert_eq!(sender.sent(), ["30 05 00 01 61 00 78"]);
    // What was queued before the CONNACK is given back.
    let mut sender = Client::new(&CLIENT);
    assert!(sender.publishes(QoS::ExactlyOnce));
    assert!(sender.publishes(QoS::AtLeastOnce));
    sender.receives("20 05 00 00 02 24 01");
    assert_eq!(sender.sent(), [CONNECT, "32 07 00 01 61 00 01 00 78"]);
    let (_, why) = sender.connection().dropped().unwrap();
    assert_eq!(why, puremqtt::Dropped::NotSupported);
    // A server that is sent it all the same does not take it.
    for (maximum_qos, wire) in [
        (QoS::AtMostOnce, "32 07 00 01 61 00 01 00 78"),
        (QoS::AtMostOnce, "34 07 00 01 61 00 01 00 78"),
        (QoS::AtLeastOnce, "34 07 00 01 61 00 01 00 78"),
    ] {
        let limits = Limits {
            maximum_qos,
            ..LIMITS
        };
        let mut server = Server::open(limits, CONNECT);
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.broken(), Some("5.0/MQTT-3.2.2-11"));
        assert_eq!(server.farewell(), Some("e0 01 9b"));
    }
}

#[test]
fn v5_0_mqtt_3_2_2_14_a_client_retains_nothing_where_nothing_is_retained() {
    let mut sender = Client::open(&CLIENT, "20 05 00 00 02 25 00");
    let retained = Publish {
        retain: true,
        ..Publish::new(A, b"")
    };
    assert_eq!(sender.says(retained), Err(EncodeError::RetainNotSupported));
    assert!(sender.publishes_this(QoS::AtLeastOnce, &retained));
    assert!(sender.publishes(QoS::AtLeastOnce));
    assert_eq!(sender.sent(), ["32 07 00 01 61 00 01 00 78"]);

    let limits = Limits {
        retain_available: false,
        ..LIMITS
    };
    let mut server = Server::open(limits, CONNECT);
    assert_eq!(server.receives("31 04 00 01 61 00"), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-3.2.2-14"));
    assert_eq!(server.farewell(), Some("e0 01 9a"));
}

#[test]
fn v5_0_mqtt_3_2_2_15_a_client_sends_nothing_larger_than_the_server_takes() {
    let mut sender = Client::open(&CLIENT, CONNACK_20);
    let (len, maximum) = (21, 20);
    let too_large = Err(EncodeError::PacketTooLarge { len, maximum });
    assert_eq!(sender.says(of_size(&[b'x'; 15])), too_large);
    assert!(sender.publishes_this(QoS::AtMostOnce, &of_size(&[b'x'; 14])));
    assert_eq!(sender.sent(), [FITS]);

    let limits = Limits {
        maximum_packet_size: NonZeroU32::new(20),
        ..LIMITS
    };
    let mut server = Server::new(limits);
    server.receives(CONNECT);
    server.accepts();
    assert_eq!(server.sent(), [CONNACK_20]);
    assert_eq!(server.receives(FITS), ["message a xxxxxxxxxxxxxx"]);
    assert_eq!(server.receives(TOO_LARGE), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-3.2.2-15"));
    assert_eq!(server.farewell(), Some("e0 01 95"));
}

#[test]
fn v5_0_mqtt_3_2_2_17_a_client_keeps_to_the_server_s_alias_maximum() {
    let mut sender = Client::open(&CLIENT, "20 06 00 00 03 22 00 02");
    assert_eq!(sender.says(aliased(A, 1)), Ok(()));
    assert_eq!(sender.says(aliased(A, 2)), Ok(()));
    let (alias, maximum) = (3, 2);
    let refused = Err(EncodeError::TopicAliasInvalid { alias, maximum });
    assert_eq!(sender.says(aliased(A, 3)), refused);
    assert_eq!(
        sender.sent(),
        ["30 07 00 01 61 03 23 00 01", "30 07 00 01 61 03 23 00 02"]
    );
}

#[test]
fn v5_0_mqtt_3_2_2_18_without_a_maximum_a_client_sends_no_alias() {
    let mut sender = open_client().with_automatic_aliases();
    let (alias, maximum) = (1, 0);
    let refused = Err(EncodeError::TopicAliasInvalid { alias, maximum });
    assert_eq!(sender.says(aliased(A, 1)), refused);
    let topic = TopicName::literal("a/long/topic");
    for _ in 0..2 {
        assert!(sender.publishes_this(QoS::AtMostOnce, &Publish::new(topic, b"")));
    }
    let plain = "30 0f 00 0c 61 2f 6c 6f 6e 67 2f 74 6f 70 69 63 00";
    assert_eq!(sender.sent(), [plain, plain]);
}

/// A server that takes so many aliases, and has said so.
fn server_with_aliases(topic_alias_maximum: u16) -> Server {
    let limits = Limits {
        topic_alias_maximum,
        ..LIMITS
    };
    Server::open(limits, CONNECT)
}

#[test]
fn v5_0_mqtt_3_3_2_7_an_alias_ends_with_its_connection() {
    let sets = "30 07 00 01 61 03 23 00 01";
    let uses = "30 06 00 00 03 23 00 01";
    let mut server = server_with_aliases(5);
    assert_eq!(server.receives(sets), ["message a "]);
    assert_eq!(server.receives(uses), ["message a "]);
    let mut server = server_with_aliases(5);
    assert_eq!(server.receives(uses), NONE);
    assert_eq!(server.farewell(), Some("e0 01 82"));
    // A sender starts with the whole topic again.
    let topic = TopicName::literal("a/long/topic");
    for _ in 0..2 {
        let mut sender = Client::open(&CLIENT, "20 06 00 00 03 22 00 05").with_automatic_aliases();
        for _ in 0..2 {
            assert!(sender.publishes_this(QoS::AtMostOnce, &Publish::new(topic, b"")));
        }
        let whole = "30 12 00 0c 61 2f 6c 6f 6e 67 2f 74 6f 70 69 63 03 23 00 01";
        assert_eq!(sender.sent(), [whole, uses]);
    }
}

#[test]
fn v5_0_mqtt_3_3_2_9_an_alias_above_the_server_s_maximum_ends_the_connection() {
    let mut sender = Client::open(&CLIENT, "20 06 00 00 03 22 00 02");
    assert!(sender.says(aliased(A, 3)).is_err());
    let mut server = server_with_aliases(2);
    assert_eq!(server.receives("30 07 00 01 61 03 23 00 03"), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-3.3.2-9"));
    assert_eq!(server.farewell(), Some("e0 01 94"));
    // Before the CONNACK nobody has offered any.
    let limits = Limits {
        topic_alias_maximum: 2,
        ..LIMITS
    };
    let mut server = Server::new(limits);
    server.receives(CONNECT);
    server.receives_at_once("30 07 00 01 61 03 23 00 01");
    assert_eq!(server.farewell(), Some("20 03 00 80 00"));
}

/// Sets aliases 1 to 5, uses them, and maps the fifth anew.
const ALIASES: [(&str, &str); 9] = [
    ("30 07 00 01 61 03 23 00 01", "message a "),
    ("30 07 00 01 62 03 23 00 02", "message b "),
    ("30 07 00 01 63 03 23 00 03", "message c "),
    ("30 07 00 01 64 03 23 00 04", "message d "),
    ("30 07 00 01 65 03 23 00 05", "message e "),
    ("30 06 00 00 03 23 00 05", "message e "),
    ("30 06 00 00 03 23 00 01", "message a "),
    ("30 07 00 01 66 03 23 00 05", "message f "),
    ("30 06 00 00 03 23 00 05", "message f "),
];

#[test]
fn v5_0_mqtt_3_3_2_10_a_client_takes_every_alias_up_to_its_maximum() {
    let five = ConnectProperties {
        topic_alias_maximum: Some(5),
        ..ConnectProperties::default()
    };
    let mut receiver = Client::open(&client(&five), CONNACK);
    for (wire, event) in ALIASES {
        assert_eq!(receiver.receives(wire), [event]);
    }
    assert_eq!(receiver.farewell(), OPEN);
}

#[test]
fn v5_0_mqtt_3_3_2_11_an_alias_above_the_client_s_maximum_ends_the_connection() {
    let mut server = Server::open(LIMITS, &connect("22 00 02"));
    let (alias, maximum) = (3, 2);
    let refused = Err(EncodeError::TopicAliasInvalid { alias, maximum });
    assert_eq!(server.says(aliased(A, 3)), refused);
    assert_eq!(server.sent(), NONE);
    let two = ConnectProperties {
        topic_alias_maximum: Some(2),
        ..ConnectProperties::default()
    };
    let mut receiver = Client::open(&client(&two), CONNACK);
    assert_eq!(receiver.receives("30 07 00 01 61 03 23 00 03"), NONE);
    assert_eq!(receiver.broken(), Some("5.0/MQTT-3.3.2-11"));
    assert_eq!(receiver.farewell(), Some("e0 01 94"));
}

#[test]
fn v5_0_mqtt_3_3_2_12_a_server_takes_every_alias_up_to_its_maximum() {
    let limits = Limits {
        topic_alias_maximum: 5,
        ..LIMITS
    };
    let mut server = Server::new(limits);
    server.receives(CONNECT);
    server.accepts();
    assert_eq!(server.sent(), ["20 06 00 00 03 22 00 05"]);
    for (wire, event) in ALIASES {
        assert_eq!(server.receives(wire), [event]);
    }
    for alias in ["00 00", "00 06", "ff ff"] {
        let mut server = server_with_aliases(5);
        server.receives(&format!("30 07 00 01 61 03 23 {alias}"));
        assert_eq!(server.farewell(), Some("e0 01 94"), "{alias}");
    }
    let mut server = open_server();
    server.receives("30 07 00 01 61 03 23 00 01");
    assert_eq!(server.farewell(), Some("e0 01 94"));
}
