//! What a server's program can ask of a connection, and when: answering, deciding, looking at.
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

use std::time::Duration;

use parties::{NONE, OPEN, SILENCE, Server, connect, connect_bytes};
use puremqtt::{
    CallError, ConnAckProperties, Decoder, Disconnect, Dropped, Limits, List, Message, Packet,
    PacketId, ProtocolErrorKind, Publish, QoS, ReasonCode, ServerConnection, Session, SubAck,
    Version,
};

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_server_awaiting_a_connect_has_nothing_to_withdraw_or_report() {
    let mut server = ServerConnection::<Message>::new(Limits::default(), Duration::ZERO);
    assert!(server.withdraw(|_| true).is_none());
    assert!(server.dropped().is_none());
    assert!(server.session().is_none());
    assert_eq!(server.version(), None);
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
fn an_unsuback_needs_codes_in_mqtt_5_alone() {
    for version in VERSIONS {
        let unsubscribe = match version {
            Version::V5 => "a2 06 00 07 00 00 01 61",
            Version::V3_1 | Version::V3_1_1 => "a2 05 00 07 00 01 61",
        };
        let mut server = Server::open(Limits::default(), connect_bytes(version));
        assert_eq!(server.receives(unsubscribe), ["UNSUBSCRIBE 7"]);
        let id = PacketId::new(7).unwrap();
        let two = [ReasonCode::SUCCESS; 2];
        let wrong = server
            .connection()
            .unsuback(SubAck::new(id, List::new(&two)));
        assert!(matches!(
            wrong,
            Err(CallError::CodeCount {
                filters: 1,
                codes: 2
            })
        ));
        let none = server.connection().unsuback(SubAck::new(id, List::EMPTY));
        assert_eq!(none.is_ok(), version != Version::V5);
        let one = server
            .connection()
            .unsuback(SubAck::new(id, List::new(&two[..1])));
        assert_eq!(one.is_ok(), version == Version::V5);
    }
}

#[test]
fn a_server_tells_when_it_is_open_and_what_it_has_dropped() {
    let mut server = Server::new(Limits::default());
    assert!(!server.connection().is_open());
    server.receives(connect_bytes(Version::V5));
    assert!(!server.connection().is_open());
    server.accepts();
    assert!(server.connection().is_open());
    assert_eq!(server.sent(), ["20 03 00 00 00"]);
    let late = Publish {
        message_expiry_interval: Some(1),
        ..Publish::new(parties::A, b"x")
    };
    assert!(server.publishes_this(QoS::AtLeastOnce, &late));
    server.at(2_000);
    assert_eq!(server.sent(), NONE);
    let (message, why) = server.connection().dropped().unwrap();
    assert_eq!((message.payload(), why), (&b"x"[..], Dropped::Expired));
    assert!(server.connection().dropped().is_none());
    let goodbye = server.connection().disconnect(Disconnect::default());
    assert!(goodbye.is_ok() && !server.connection().is_open());
}
