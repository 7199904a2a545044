//! What a program can ask of a connection besides packets: taking back, looking at, and waiting.
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

use parties::{Client, NONE, OPEN, SILENCE, Server};
use puremqtt::{
    CallError, Cause, ClientConnection, ConnAckProperties, Connect, ConnectProperties, Decoder,
    Disconnect, Due, Encoder, KeepAlive, Limits, List, Message, Packet, PacketId,
    ProtocolErrorKind, QoS, ReasonCode, ServerConnection, Session, SubAck, Subscription,
    TopicFilter, Version,
};

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];
const SECOND: Duration = Duration::from_secs(1);
const FILTER: TopicFilter = TopicFilter::literal("a/#");

fn connect(version: Version) -> Connect<'static> {
    Connect {
        version,
        client_id: "a",
        clean_start: true,
        ..Connect::default()
    }
}

/// A CONNACK that lets in.
fn connack(version: Version) -> &'static str {
    match version {
        Version::V5 => "20 03 00 00 00",
        Version::V3_1 | Version::V3_1_1 => "20 02 00 00",
    }
}

/// The same CONNECT in bytes.
fn connect_bytes(version: Version) -> &'static str {
    match version {
        Version::V3_1 => "10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61",
        Version::V3_1_1 => "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61",
        Version::V5 => "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61",
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
fn a_server_awaiting_a_connect_has_nothing_to_withdraw_or_report() {
    let mut server = ServerConnection::<Message>::new(Limits::default(), Duration::ZERO);
    assert!(server.withdraw(|_| true).is_none());
    assert!(server.dropped().is_none());
    assert!(server.session().is_none());
    assert_eq!(server.version(), None);
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
fn a_request_is_answered_with_a_code_for_each_filter() {
    for version in VERSIONS {
        let mut server = Server::open(Limits::default(), connect_bytes(version));
        let subscribe = match version {
            Version::V5 => "82 0b 00 07 00 00 01 61 00 00 01 62 00",
            Version::V3_1 | Version::V3_1_1 => "82 0a 00 07 00 01 61 00 00 01 62 00",
        };
        assert_eq!(server.receives(subscribe).len(), 1);
        let id = PacketId::new(7).unwrap();
        let codes = [ReasonCode::GRANTED_QOS_0; 3];
        for count in [0, 1, 3] {
            let answer = SubAck::new(id, List::new(&codes[..count]));
            let error = CallError::CodeCount {
                filters: 2,
                codes: count as u32,
            };
            assert_eq!(server.connection().suback(answer), Err(error));
        }
        let answer = SubAck::new(id, List::new(&codes[..2]));
        assert_eq!(
            server.connection().unsuback(answer),
            Err(CallError::UnknownRequest(id))
        );
        assert!(server.connection().suback(answer).is_ok());
        assert_eq!(
            server.connection().suback(answer),
            Err(CallError::UnknownRequest(id))
        );
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
fn a_server_that_waited_in_vain_goes_on_saying_so() {
    let mut server = ServerConnection::<Message>::new(Limits::default(), Duration::ZERO)
        .with_connect_timeout(SECOND);
    assert_eq!(server.poll(Duration::ZERO), Ok(()));
    let error = server.poll(SECOND).unwrap_err();
    assert_eq!(error.kind(), ProtocolErrorKind::ConnectTimeout);
    assert_eq!(server.poll(Duration::ZERO), Err(error));
    assert_eq!(server.deadline(), None);
    assert_eq!(server.version(), None);
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
fn a_session_that_does_not_fit_comes_back_with_the_reason() {
    let mut server = Server::new(Limits::default());
    server.receives(connect_bytes(Version::V5));
    let mut properties = ConnAckProperties::default();
    let unaccepted = server
        .connection()
        .accept(Session::new(), true, &mut properties, Duration::ZERO)
        .unwrap_err();
    assert_eq!(unaccepted.error, CallError::SessionPresentAfterCleanStart);
    assert_eq!(unaccepted.to_string(), unaccepted.error.to_string());
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
fn a_packet_that_comes_before_the_decision_can_be_handed_in_again() {
    let mut server = ServerConnection::<Message>::new(Limits::default(), Duration::ZERO);
    let asks = connect(Version::V5);
    assert!(server.receive(asks.into(), Duration::ZERO).is_ok());
    for _ in 0..2 {
        let early = server.receive(Packet::PingReq, Duration::ZERO).unwrap_err();
        assert_eq!(early.kind(), ProtocolErrorKind::Undecided);
    }
    let mut properties = ConnAckProperties::default();
    assert!(
        server
            .accept(Session::new(), false, &mut properties, Duration::ZERO)
            .is_ok()
    );
    let received = server.receive(Packet::PingReq, Duration::ZERO).unwrap();
    let reply = received.reply.unwrap();
    assert_eq!(format!("{reply:?}"), "PINGRESP");
    assert_eq!(Packet::from(reply), Packet::PingResp);
}

#[test]
fn what_is_wrong_before_the_decision_ends_the_connection() {
    let mut server = ServerConnection::<Message>::new(Limits::default(), Duration::ZERO);
    let asks = connect(Version::V5);
    assert!(server.receive(asks.into(), Duration::ZERO).is_ok());
    let error = server.receive(asks.into(), Duration::ZERO).unwrap_err();
    assert_eq!(error.kind(), ProtocolErrorKind::SecondConnect);
    assert_eq!(
        server.receive(Packet::PingReq, Duration::ZERO).unwrap_err(),
        error
    );
    assert_eq!(server.poll(Duration::ZERO), Err(error));
    let mut properties = ConnAckProperties::default();
    let late = server.accept(Session::new(), false, &mut properties, Duration::ZERO);
    assert_eq!(late.unwrap_err().error, CallError::NothingToDecide);
}

#[test]
fn a_publish_with_the_identifier_of_a_request_clashes() {
    let subscribe = |version| match version {
        Version::V5 => "82 07 00 07 00 00 01 61 00",
        Version::V3_1 | Version::V3_1_1 => "82 06 00 07 00 01 61 00",
    };
    let publish = |version, qos| match (version, qos) {
        (Version::V5, QoS::AtLeastOnce) => "32 07 00 01 61 00 07 00 78",
        (Version::V5, _) => "34 07 00 01 61 00 07 00 78",
        (_, QoS::AtLeastOnce) => "32 06 00 01 61 00 07 78",
        (..) => "34 06 00 01 61 00 07 78",
    };
    for (qos, answer) in [
        (QoS::AtLeastOnce, "40 03 00 07 91"),
        (QoS::ExactlyOnce, "50 03 00 07 91"),
    ] {
        for version in VERSIONS {
            let mut server = Server::open(Limits::default(), connect_bytes(version));
            assert_eq!(server.receives(subscribe(version)), ["SUBSCRIBE 7"]);
            assert_eq!(server.receives(publish(version, qos)), NONE);
            if version == Version::V5 {
                assert_eq!(
                    (server.sent(), server.farewell()),
                    (vec![answer.to_string()], OPEN)
                );
            } else {
                assert_eq!((server.sent(), server.farewell()), (Vec::new(), SILENCE));
            }
        }
    }
}

#[test]
fn who_does_not_name_the_protocol_gets_no_byte_of_it() {
    let mut decoder = Decoder::server();
    decoder.set_version(Version::V5);
    let unknown = b"\x10\x0e\x00\x04HTTP\x05\x02\x00\x00\x00\x00\x01a";
    let error = decoder.decode(unknown).map(drop).unwrap_err();
    let server = ServerConnection::<Message>::new(Limits::default(), Duration::ZERO);
    assert!(server.close(error).farewell.is_none());
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
