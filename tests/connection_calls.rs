//! What a client's program can ask of a connection besides packets: taking back, looking at,
//! waiting; and what it asks of either side's.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

#[path = "common/parties.rs"]
mod parties;

use std::num::NonZeroU16;
use std::time::Duration;

use parties::{Client, NONE, Server, connect, connect_bytes};
use puremqtt::{
    CallError, Cause, ClientConnection, Connect, ConnectProperties, Decoder, Disconnect, Due,
    Encoder, KeepAlive, Limits, Message, ProtocolErrorKind, QoS, ReasonCode, ServerConnection,
    Session, SubscribeProperties, Subscription, SubscriptionIdentifier, TopicFilter, Version,
};

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];
const SECOND: Duration = Duration::from_secs(1);
const FILTER: TopicFilter = TopicFilter::literal("a/#");

/// A CONNACK that lets in.
fn connack(version: Version) -> &'static str {
    match version {
        Version::V5 => "20 03 00 00 00",
        Version::V3_1 | Version::V3_1_1 => "20 02 00 00",
    }
}

#[test]
fn a_request_that_was_not_sent_is_taken_back_and_its_identifier_is_free() {
    for version in VERSIONS {
        let mut client = Client::open(&connect(version), connack(version));
        let wanted = [Subscription::new(FILTER, QoS::AtMostOnce)];
        let subscribe = client.connection().subscribe(&wanted, Duration::ZERO);
        let id = subscribe.unwrap().packet_id;
        let waiting = |client: &mut Client| client.connection().session().requests().count();
        assert_eq!(waiting(&mut client), 1);
        assert!(client.connection().release(id));
        assert_eq!(waiting(&mut client), 0);
        assert!(!client.connection().release(id));
    }
}

#[test]
fn a_pending_message_can_be_withdrawn_and_one_in_flight_cannot() {
    let mut client = Client::open(&connect(Version::V5), "20 06 00 00 03 21 00 01");
    let mut server = Server::open(Limits::default(), connect_bytes(Version::V3_1_1));
    assert!(client.publishes(QoS::AtLeastOnce) && server.publishes(QoS::AtLeastOnce));
    let any = |_: &Message| true;
    assert!(server.connection().withdraw(any).is_some());
    assert!(server.connection().withdraw(any).is_none());
    assert_eq!(server.sent(), NONE);
    assert_eq!(client.sent(), ["32 07 00 01 61 00 01 00 78"]);
    assert!(client.connection().withdraw(any).is_none());
    assert!(client.publishes(QoS::AtLeastOnce));
    assert_eq!(client.sent(), NONE, "the window has one place");
    assert!(client.connection().withdraw(|_| false).is_none());
    assert!(client.connection().withdraw(any).is_some());
    assert_eq!(client.receives("40 02 00 01"), ["published 1 00"]);
    assert_eq!(client.sent(), NONE);
}

#[test]
fn a_connection_tells_what_was_agreed() {
    let maximum = NonZeroU16::new(7);
    let properties = ConnectProperties {
        receive_maximum: maximum,
        session_expiry_interval: Some(60),
        ..ConnectProperties::default()
    };
    let asks = Connect {
        properties: (&properties).into(),
        ..connect(Version::V5)
    };
    let mut client = Client::open(&asks, "20 06 00 00 03 21 00 05");
    assert_eq!(client.connection().limits().receive_maximum.get(), 7);
    assert_eq!(client.connection().server_limits().receive_maximum.get(), 5);
    assert_eq!(client.connection().session_expiry_interval(), 60);

    let limits = Limits {
        maximum_qos: QoS::AtLeastOnce,
        ..Limits::default()
    };
    let asks = "10 16 00 04 4d 51 54 54 05 02 00 00 08 11 00 00 00 3c 21 00 07 00 01 61";
    let mut server = Server::open(limits, asks);
    assert_eq!(*server.connection().limits(), limits);
    assert_eq!(server.connection().client_limits().receive_maximum.get(), 7);
    assert_eq!(server.connection().session_expiry_interval(), 60);
    for version in VERSIONS {
        let mut server = Server::open(Limits::default(), connect_bytes(version));
        assert_eq!(server.connection().version(), Some(version));
    }
}

#[test]
fn before_mqtt_5_a_disconnect_says_nothing() {
    let why = Disconnect::new(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE);
    for version in [Version::V3_1, Version::V3_1_1] {
        let mut client = Client::open(&connect(version), connack(version));
        assert_eq!(
            client.connection().disconnect(why),
            Err(CallError::NotInVersion)
        );
        assert_eq!(
            client.connection().disconnect(Disconnect::default()),
            Ok(Disconnect::default())
        );
        // A server has no such packet.
        let mut server = Server::open(Limits::default(), connect_bytes(version));
        let says = server.connection().disconnect(Disconnect::default());
        assert_eq!(says, Err(CallError::NotInVersion));
        assert!(server.connection().is_open());
    }
}

#[test]
fn a_connack_is_awaited_as_long_as_the_caller_says() {
    let client = || ClientConnection::<Message>::new(Session::new(), &connect(Version::V5), SECOND);
    assert_eq!(client().deadline(), Some(31 * SECOND));
    let mut patient = client().with_connack_timeout(5 * SECOND);
    assert_eq!(patient.deadline(), Some(6 * SECOND));
    assert_eq!(patient.poll(Duration::from_millis(5_999)), Ok(None));
    let error = patient.poll(6 * SECOND).unwrap_err();
    assert_eq!(error.kind(), ProtocolErrorKind::ConnAckTimeout);
    // It stays so.
    assert_eq!(patient.poll(Duration::ZERO), Err(error));
    assert_eq!(patient.deadline(), None);
    assert_eq!(error.to_string(), "CONNACK: it did not come in time");
}

#[test]
fn a_farewell_names_its_packet_and_version() {
    let mut client = Client::open(&connect(Version::V5), connack(Version::V5));
    client.ends(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE);
    let farewell = client.closed().farewell.unwrap();
    assert_eq!(farewell.version(), Version::V5);
    assert_eq!(
        farewell.packet().to_string(),
        "DISCONNECT (0x04 Disconnect with Will Message)"
    );
    let mut lost = Client::open(&connect(Version::V5), connack(Version::V5));
    lost.ends(Cause::Lost);
    assert!(lost.closed().farewell.is_none());
}

#[test]
fn a_codec_is_configured_once_after_each_news() {
    let mut decoder = Decoder::server();
    let mut encoder = Encoder::server(Version::V3_1_1);
    let mut server = ServerConnection::<Message>::new(Limits::default(), Duration::ZERO);
    // Before the CONNECT nothing is known that an encoder could be told.
    server.configure(&mut decoder, &mut encoder);
    assert_eq!(encoder.version(), Version::V3_1_1);
    let bytes = parties::bytes(connect_bytes(Version::V5));
    let (packet, _) = decoder.decode(&bytes).unwrap().unwrap();
    assert!(server.receive(packet, Duration::ZERO).is_ok());
    server.configure_encoder(&mut encoder);
    assert_eq!(encoder.version(), Version::V5);
    // Where nothing is new, what the caller has changed stays.
    encoder.set_version(Version::V3_1_1);
    server.configure(&mut decoder, &mut encoder);
    assert_eq!(encoder.version(), Version::V3_1_1);

    let mut client =
        ClientConnection::<Message>::new(Session::new(), &connect(Version::V5), Duration::ZERO);
    let mut decoder = Decoder::client(Version::V3_1);
    let mut encoder = Encoder::client(Version::V3_1);
    client.configure(&mut decoder, &mut encoder);
    assert_eq!(
        (decoder.version(), encoder.version()),
        (Some(Version::V5), Version::V5)
    );
    decoder.set_version(Version::V3_1_1);
    encoder.set_version(Version::V3_1_1);
    client.configure(&mut decoder, &mut encoder);
    assert_eq!(decoder.version(), Some(Version::V3_1_1));
    assert_eq!(encoder.version(), Version::V3_1_1);
}

#[test]
fn an_auth_without_problem_information_has_neither_reason_nor_user_properties() {
    let properties = ConnectProperties {
        request_problem_information: Some(false),
        authentication_method: Some("M"),
        ..ConnectProperties::default()
    };
    let asks = Connect {
        properties: (&properties).into(),
        ..connect(Version::V5)
    };
    for (auth, broken) in [
        ("f0 06 18 04 15 00 01 4d", None),
        (
            "f0 0a 18 08 15 00 01 4d 1f 00 01 78",
            Some("5.0/MQTT-3.1.2-29"),
        ),
        (
            "f0 0d 18 0b 15 00 01 4d 26 00 01 6b 00 01 76",
            Some("5.0/MQTT-3.1.2-29"),
        ),
    ] {
        let mut client = Client::new(&asks);
        client.receives(auth);
        assert_eq!(client.broken(), broken, "{auth}");
    }
}

/// On its own, without a connection.
#[test]
fn a_keep_alive_counts_from_the_last_packet() {
    let mut client = KeepAlive::client(10, Duration::ZERO);
    assert_eq!(client.deadline(), Some(10 * SECOND));
    client.sent(4 * SECOND);
    assert_eq!(client.deadline(), Some(14 * SECOND));
    client.received(6 * SECOND);
    assert_eq!(client.deadline(), Some(14 * SECOND));
    assert_eq!(client.poll(13 * SECOND), None);
    assert_eq!(client.poll(14 * SECOND), Some(Due::Ping));
    client.sent(15 * SECOND);
    assert_eq!(client.poll(23 * SECOND), None);
    assert_eq!(client.poll(24 * SECOND), Some(Due::Timeout));

    let mut server = KeepAlive::server(10, Duration::ZERO);
    server.received(4 * SECOND);
    server.sent(6 * SECOND);
    assert_eq!(server.deadline(), Some(19 * SECOND));
    assert_eq!(server.poll(Duration::from_millis(18_999)), None);
    assert_eq!(server.poll(19 * SECOND), Some(Due::Timeout));
    assert_eq!(KeepAlive::server(0, Duration::ZERO).deadline(), None);
    assert_eq!(
        KeepAlive::client(0, Duration::ZERO).poll(1_000 * SECOND),
        None
    );
}

#[test]
fn a_subscribe_says_what_its_properties_say() {
    let mut client = Client::open(&connect(Version::V5), connack(Version::V5));
    let wanted = [Subscription::new(FILTER, QoS::AtMostOnce)];
    let properties = SubscribeProperties {
        subscription_identifier: SubscriptionIdentifier::new(9),
        ..SubscribeProperties::default()
    };
    let connection = client.connection();
    let subscribe = connection.subscribe_with(&wanted, &properties, Duration::ZERO);
    assert_eq!(subscribe.unwrap().properties.read(), properties);
}

/// [3.1.1/MQTT-3.8.4-5] [5.0/MQTT-3.8.4-6] [5.0/MQTT-3.11.3-1]
#[test]
fn an_answer_has_a_code_for_each_filter_that_was_sent() {
    for (version, subacks, unsubacks) in [
        (
            Version::V3_1,
            ["90 03 00 01 00", "90 04 00 01 00 00"],
            ["b0 02 00 02", ""],
        ),
        (
            Version::V3_1_1,
            ["90 03 00 01 00", "90 04 00 01 00 00"],
            ["b0 02 00 02", ""],
        ),
        (
            Version::V5,
            ["90 04 00 01 00 00", "90 05 00 01 00 00 00"],
            ["b0 04 00 02 00 00", "b0 05 00 02 00 00 00"],
        ),
    ] {
        for (at, event) in [(0, ["subscribed 1"].as_slice()), (1, &[])] {
            let mut client = Client::open(&connect(version), connack(version));
            assert_eq!(client.subscribes(FILTER), Ok(()));
            assert_eq!(client.receives(subacks[at]), event, "{version}");
            assert_eq!(client.farewell().is_some(), at == 1, "{version}");
        }
        for (at, event) in [(0, ["unsubscribed 2"].as_slice()), (1, &[])] {
            let mut client = Client::open(&connect(version), connack(version));
            assert_eq!(client.subscribes(FILTER), Ok(()));
            assert_eq!(client.unsubscribes(FILTER), Ok(()));
            assert_eq!(client.receives(unsubacks[at]), event, "{version}");
            assert_eq!(
                client.farewell().is_some(),
                at == 1 && version == Version::V5
            );
        }
    }
}
