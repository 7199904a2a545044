//! The Protocol Errors of MQTT 5 that have no number, as far as it takes a
//! connection to see them; `protocol_errors` has those that one packet shows.

use std::time::Duration;

use puremqtt::{
    CallError, Cause, ClientConnection, ConnAckProperties, Connect, ConnectProperties, Decoder,
    Disconnect, DisconnectProperties, Limits, PropertyId, QoS, ReasonCode, ServerConnection,
    Session, SubscribeProperties, Subscription, SubscriptionIdentifier, TopicFilter, Version,
};

use crate::check::hex;
use crate::parties::{Client, NONE, OPEN, Server};

const CONNECT: &str = "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61";
const CONNACK: &str = "20 03 00 00 00";
/// With the Authentication Method "M".
const CONNECT_M: &str = "10 12 00 04 4d 51 54 54 05 02 00 00 04 15 00 01 4d 00 01 61";
const CONNACK_M: &str = "20 07 00 00 04 15 00 01 4d";

const PLAIN: &str = "82 07 00 01 00 00 01 61 00"; // a
const PLUS: &str = "82 07 00 01 00 00 01 2b 00"; // +
const HASH: &str = "82 09 00 01 00 00 03 61 2f 23 00"; // a/#
const SHARED: &str = "82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 61 00"; // $share/g/a
const SHARED_PLUS: &str = "82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 2b 00"; // $share/g/+
const IDENTIFIED: &str = "82 09 00 01 02 0b 05 00 01 61 00";
/// Of two filters the second has a wildcard.
const SECOND: &str = "82 0b 00 01 00 00 01 61 00 00 01 23 00";

const fn limits(wildcards: bool, identifiers: bool, shared: bool) -> Limits {
    Limits {
        receive_maximum: std::num::NonZeroU16::MAX,
        maximum_packet_size: None,
        topic_alias_maximum: 0,
        maximum_qos: QoS::ExactlyOnce,
        retain_available: true,
        wildcard_subscription_available: wildcards,
        subscription_identifier_available: identifiers,
        shared_subscription_available: shared,
    }
}

const ALL: Limits = limits(true, true, true);
const NO_WILDCARDS: Limits = limits(false, true, true);
const NO_IDENTIFIERS: Limits = limits(true, false, true);
const NO_SHARES: Limits = limits(true, true, false);

/// A server with these limits is sent this after its CONNACK: how it ends.
fn ends(limits: Limits, wire: &str, farewell: &str) {
    let mut server = Server::open(limits, CONNECT);
    assert_eq!(server.receives(wire), NONE, "{wire}");
    assert_eq!(server.farewell(), Some(farewell), "{wire}");
    assert_eq!(server.broken(), None, "the rule has no number");
}

fn takes(limits: Limits, wire: &str) {
    let mut server = Server::open(limits, CONNECT);
    assert_eq!(server.receives(wire).len(), 1, "{wire}");
    assert_eq!(server.farewell(), OPEN, "{wire}");
}

#[test]
fn a_subscription_that_was_announced_away() {
    for wire in [PLAIN, PLUS, HASH, SHARED, SHARED_PLUS, IDENTIFIED, SECOND] {
        takes(ALL, wire);
    }
    for wire in [PLUS, HASH, SHARED_PLUS, SECOND] {
        ends(NO_WILDCARDS, wire, "e0 01 a2");
    }
    for wire in [PLAIN, SHARED, IDENTIFIED] {
        takes(NO_WILDCARDS, wire);
    }
    ends(NO_IDENTIFIERS, IDENTIFIED, "e0 01 a1");
    for wire in [PLAIN, PLUS, SHARED] {
        takes(NO_IDENTIFIERS, wire);
    }
    for wire in [SHARED, SHARED_PLUS] {
        ends(NO_SHARES, wire, "e0 01 9e");
    }
    for wire in [PLAIN, PLUS, IDENTIFIED] {
        takes(NO_SHARES, wire);
    }
}

#[test]
fn a_subscription_that_was_announced_away_is_not_asked_for() {
    for (limits, connack, filter, identifier, code) in [
        (
            NO_WILDCARDS,
            "20 05 00 00 02 28 00",
            "a/+",
            None,
            ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
        ),
        (
            NO_IDENTIFIERS,
            "20 05 00 00 02 29 00",
            "a",
            SubscriptionIdentifier::new(5),
            ReasonCode::SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
        ),
        (
            NO_SHARES,
            "20 05 00 00 02 2a 00",
            "$share/g/a",
            None,
            ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
        ),
    ] {
        let mut server = Server::new(limits);
        server.receives(CONNECT);
        server.accepts();
        assert_eq!(server.sent(), [connack]);
        let mut client = Client::open(&client(), connack);
        let filter = TopicFilter::new(filter).unwrap();
        let subscriptions = [Subscription::new(filter, QoS::AtMostOnce)];
        let properties = SubscribeProperties {
            subscription_identifier: identifier,
            ..SubscribeProperties::default()
        };
        let now = Duration::ZERO;
        let connection = client.connection();
        let asked = connection.subscribe_with(&subscriptions, &properties, now);
        assert_eq!(asked, Err(CallError::NotSupported(code)));
        assert_eq!(client.subscribes(TopicFilter::literal("a")), Ok(()));
        assert_eq!(client.sent(), [PLAIN]);
    }
}

fn client() -> Connect<'static> {
    Connect {
        client_id: "a",
        clean_start: true,
        keep_alive: 0,
        ..Connect::default()
    }
}

#[test]
fn a_disconnect_that_gives_an_expiry_to_a_session_without() {
    let disconnect = |expiry: &str| format!("e0 07 00 05 11 {expiry}");
    let connect =
        |expiry: &str| format!("10 13 00 04 4d 51 54 54 05 02 00 00 05 11 {expiry} 00 01 61");
    let (none, five, for_ever) = ("00 00 00 00", "00 00 00 05", "ff ff ff ff");
    for (connect, expiry, held, allowed) in [
        (CONNECT.to_owned(), five, 0, false),
        (CONNECT.to_owned(), for_ever, 0, false),
        (CONNECT.to_owned(), none, 0, true),
        (connect(none), five, 0, false),
        (connect(none), none, 0, true),
        (connect(five), for_ever, u32::MAX, true),
        (connect(five), none, 0, true),
        (connect(for_ever), five, 5, true),
    ] {
        let mut server = Server::open(ALL, &connect);
        let events = server.receives(&disconnect(expiry));
        if allowed {
            assert_eq!(events, ["DISCONNECT 00"], "{connect}: {expiry}");
            assert_eq!(server.farewell(), OPEN);
            server.ends(Cause::Lost);
        } else {
            assert_eq!(events, NONE, "{connect}: {expiry}");
            assert_eq!(server.farewell(), Some("e0 01 82"));
        }
        assert_eq!(server.closed().session_expiry_interval, held);
    }
}

#[test]
fn a_disconnect_looks_at_the_connect_and_not_at_the_connack() {
    // Asked for 0, and given five seconds.
    let mut server = Server::new(ALL);
    server.receives(CONNECT);
    let properties = ConnAckProperties {
        session_expiry_interval: Some(5),
        ..Default::default()
    };
    let accepted = server.accepts_with(Session::new(), false, properties);
    assert_eq!(accepted, Ok(()));
    let connack = "20 08 00 00 05 11 00 00 00 05";
    assert_eq!(server.sent(), [connack]);
    assert_eq!(server.receives("e0 07 00 05 11 00 00 00 05"), NONE);
    assert_eq!(server.farewell(), Some("e0 01 82"));
    assert_eq!(server.closed().session_expiry_interval, 5);
    // Nor does a client say it.
    let mut client = Client::open(&client(), connack);
    assert_eq!(client.connection().session_expiry_interval(), 5);
    for (seconds, said) in [(5, Err(CallError::SessionExpiryRaised)), (0, Ok(()))] {
        let properties = DisconnectProperties {
            session_expiry_interval: Some(seconds),
            ..DisconnectProperties::default()
        };
        let disconnect = Disconnect {
            properties: (&properties).into(),
            ..Disconnect::default()
        };
        assert_eq!(client.disconnects(disconnect), said);
    }
    assert_eq!(client.sent(), ["e0 07 00 05 11 00 00 00 00"]);
}

#[test]
fn an_auth_without_method() {
    let method = ConnectProperties {
        authentication_method: Some("M"),
        ..ConnectProperties::default()
    };
    let naming = Connect {
        properties: (&method).into(),
        ..client()
    };
    for wire in ["f0 00", "f0 02 18 00", "f0 02 19 00"] {
        // To a server: undecided, and open.
        let mut server = Server::new(ALL);
        server.receives(CONNECT_M);
        server.receives_at_once(wire);
        assert_eq!(server.farewell(), Some("20 03 00 82 00"), "{wire}");
        for connect in [CONNECT, CONNECT_M] {
            let mut server = Server::open(ALL, connect);
            assert_eq!(server.receives(wire), NONE);
            assert_eq!(server.farewell(), Some("e0 01 82"), "{wire}");
        }
        // To a client: before the CONNACK, and after.
        for mut client in [
            Client::new(&naming),
            Client::open(&naming, CONNACK_M),
            Client::new(&client()),
            Client::open(&client(), CONNACK),
        ] {
            assert_eq!(client.receives(wire), NONE);
            assert_eq!(client.farewell(), Some("e0 01 82"), "{wire}");
        }
    }
}

#[test]
fn a_code_that_only_the_other_side_has() {
    for code in [
        "87", "89", "8b", "8d", "8e", "8f", "9a", "9b", "9c", "9d", "9e", "9f", "a0", "a1", "a2",
    ] {
        let mut server = Server::open(ALL, CONNECT);
        assert_eq!(server.receives(&format!("e0 01 {code}")), NONE);
        assert_eq!(server.farewell(), Some("e0 01 82"), "{code}");
        let mut client = Client::open(&client(), CONNACK);
        let reason = ReasonCode::from_u8(u8::from_str_radix(code, 16).unwrap());
        assert_eq!(
            client.disconnects(Disconnect::new(reason)),
            Err(CallError::ReasonCodeOfOtherRole(reason))
        );
        assert_eq!(client.receives(&format!("e0 01 {code}")).len(), 1);
    }
    let mut client = Client::open(&client(), CONNACK);
    assert_eq!(client.receives("e0 01 04"), NONE);
    assert_eq!(client.farewell(), Some("e0 01 82"));
    let mut server = Server::open(ALL, CONNECT);
    let reason = ReasonCode::DISCONNECT_WITH_WILL_MESSAGE;
    assert_eq!(
        server.disconnects(Disconnect::new(reason)),
        Err(CallError::ReasonCodeOfOtherRole(reason))
    );
    assert_eq!(server.receives("e0 01 04"), ["DISCONNECT 04"]);
}

#[test]
fn a_property_that_only_the_other_side_has() {
    // Server Reference; a client's Session Expiry Interval has a number.
    let mut server = Server::open(ALL, CONNECT);
    assert_eq!(server.receives("e0 06 00 04 1c 00 01 73"), NONE);
    assert_eq!(server.farewell(), Some("e0 01 82"));
    let properties = DisconnectProperties {
        server_reference: Some("s"),
        ..DisconnectProperties::default()
    };
    let disconnect = Disconnect {
        properties: (&properties).into(),
        ..Disconnect::default()
    };
    let mut client = Client::open(&client(), CONNACK);
    let id = PropertyId::SERVER_REFERENCE;
    assert_eq!(
        client.disconnects(disconnect),
        Err(CallError::PropertyOfOtherRole(id))
    );
    assert_eq!(
        client.receives("e0 06 9d 04 1c 00 01 73"),
        ["DISCONNECT 9d"]
    );
}

/// What a decoder that knows no role has let through, the connection sees.
#[test]
fn what_a_decoder_without_a_role_lets_through() {
    let now = Duration::ZERO;
    let from_a_client = [
        "20 03 00 00 00",
        "90 04 00 01 00 00",
        "b0 04 00 01 00 00",
        "d0 00",
        "e0 01 8b",
        "e0 06 00 04 1c 00 01 73",
        "30 06 00 01 61 02 0b 05",
        "f0 06 00 04 15 00 01 4d",
    ];
    for wire in from_a_client {
        let mut server = Server::open(ALL, CONNECT_M);
        let bytes = hex(wire);
        let mut decoder = Decoder::new(Version::V5);
        let (packet, _) = decoder.decode(&bytes).unwrap().unwrap();
        let connection: &mut ServerConnection = server.connection();
        let error = connection.receive(packet, now).unwrap_err();
        assert_eq!(error.reason(), ReasonCode::PROTOCOL_ERROR, "{wire}");
        server.ends(error);
        assert_eq!(server.farewell(), Some("e0 01 82"), "{wire}");
    }
    let from_a_server = [
        CONNECT,
        PLAIN,
        "a2 06 00 01 00 00 01 61",
        "c0 00",
        "e0 01 04",
        "e0 07 00 05 11 00 00 00 05",
        "f0 06 19 04 15 00 01 4d",
    ];
    for wire in from_a_server {
        let mut client = Client::open(&client(), CONNACK);
        let bytes = hex(wire);
        let mut decoder = Decoder::new(Version::V5);
        let (packet, _) = decoder.decode(&bytes).unwrap().unwrap();
        let connection: &mut ClientConnection = client.connection();
        let error = connection.receive(packet, now).unwrap_err();
        assert_eq!(error.reason(), ReasonCode::PROTOCOL_ERROR, "{wire}");
        client.ends(error);
        assert_eq!(client.farewell(), Some("e0 01 82"), "{wire}");
    }
}

#[test]
fn an_answer_to_another_exchange() {
    // PUBLISHes 1 of QoS 1 and 2 of QoS 2, and requests 3 and 4.
    for wire in [
        "50 02 00 01",       // PUBREC for QoS 1
        "70 02 00 01",       // PUBCOMP for QoS 1
        "40 02 00 02",       // PUBACK for QoS 2
        "70 02 00 02",       // PUBCOMP before PUBREC
        "90 04 00 01 00 00", // SUBACK for a PUBLISH
        "40 02 00 03",       // PUBACK for a SUBSCRIBE
        "b0 04 00 03 00 00", // UNSUBACK for a SUBSCRIBE
        "90 04 00 04 00 00", // SUBACK for an UNSUBSCRIBE
    ] {
        let mut client = Client::open(&client(), CONNACK);
        assert!(client.publishes(QoS::AtLeastOnce));
        assert!(client.publishes(QoS::ExactlyOnce));
        assert_eq!(client.sent().len(), 2);
        assert_eq!(client.subscribes(TopicFilter::literal("a")), Ok(()));
        assert_eq!(client.unsubscribes(TopicFilter::literal("a")), Ok(()));
        assert_eq!(
            client.sent(),
            ["82 07 00 03 00 00 01 61 00", "a2 06 00 04 00 00 01 61"]
        );
        assert_eq!(client.receives(wire), NONE, "{wire}");
        assert_eq!(client.farewell(), Some("e0 01 82"), "{wire}");
        let unanswered = client.closed().unanswered;
        assert_eq!(unanswered.len(), 2);
    }
}

#[test]
fn a_request_whose_identifier_is_in_use_is_answered_so() {
    let mut server = Server::open(ALL, CONNECT);
    assert_eq!(
        server.receives("34 07 00 01 61 00 01 00 78"),
        ["message a x"]
    );
    assert_eq!(server.receives(PLAIN), NONE);
    assert_eq!(server.receives("a2 06 00 01 00 00 01 61"), NONE);
    assert_eq!(server.sent(), ["90 04 00 01 00 91", "b0 04 00 01 00 91"]);
    assert_eq!(
        server.receives("82 07 00 02 00 00 01 61 00"),
        ["SUBSCRIBE 2"]
    );
    let twice = "82 0b 00 02 00 00 01 61 00 00 01 62 00";
    assert_eq!(server.receives(twice), NONE);
    assert_eq!(server.sent(), ["90 05 00 02 00 91 91"]);
    assert_eq!(server.farewell(), OPEN);
}

#[test]
fn a_publish_with_the_identifier_of_a_request_is_answered_so() {
    let mut server = Server::open(ALL, CONNECT);
    assert_eq!(
        server.receives("82 07 00 01 00 00 01 61 00"),
        ["SUBSCRIBE 1"]
    );
    assert_eq!(server.receives("32 07 00 01 61 00 01 00 78"), NONE);
    assert_eq!(server.receives("34 07 00 01 61 00 01 00 78"), NONE);
    assert_eq!(server.sent(), ["40 03 00 01 91", "50 03 00 01 91"]);
    assert_eq!(
        server.receives("34 07 00 01 61 00 02 00 78"),
        ["message a x"]
    );
    assert_eq!(server.farewell(), OPEN);
}

/// [MQTT-3.8.4-6] [MQTT-3.11.3-1], which take a request and its answer to see.
#[test]
fn an_answer_with_another_number_of_codes() {
    for (wire, statement) in [
        ("90 05 00 01 00 00 00", "5.0/MQTT-3.8.4-6"),
        ("b0 05 00 02 00 00 00", "5.0/MQTT-3.11.3-1"),
    ] {
        let mut client = Client::open(&client(), CONNACK);
        assert_eq!(client.subscribes(TopicFilter::literal("a")), Ok(()));
        assert_eq!(client.unsubscribes(TopicFilter::literal("a")), Ok(()));
        assert_eq!(client.receives(wire), NONE);
        assert_eq!(client.broken(), Some(statement));
        assert_eq!(client.farewell(), Some("e0 01 82"));
    }
    let mut client = Client::open(&client(), CONNACK);
    assert_eq!(client.subscribes(TopicFilter::literal("a")), Ok(()));
    assert_eq!(client.receives("90 04 00 01 00 00"), ["subscribed 1"]);
    assert_eq!(client.receives("90 04 00 01 00 00"), ["unknown 1"]);
}
