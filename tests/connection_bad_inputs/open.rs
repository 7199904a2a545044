//! Behind the CONNACK.

use std::num::{NonZeroU16, NonZeroU32};

use puremqtt::{
    AckProperties, CallError, Cause, ConnAckProperties, Connect, ConnectProperties, Decoder,
    Disconnect, DisconnectProperties, EncodeError, Encoder, Event, Field, Limits, Message,
    PacketId, PropertyId, Publish, PublishProperties, QoS, ReasonCode, ServerConnection, Session,
    SubAck, TopicName,
};

use super::{START, V3_1, V3_1_1, V5, VERSIONS};
use super::{client, connack, connect, farewell, new_server, open_client, open_server};
use crate::parties::{A, Client, NONE, OPEN, SILENCE, Server, bytes};

#[test]
fn row_36_identifiers_that_are_never_released() {
    let limits = Limits {
        receive_maximum: NonZeroU16::new(10).unwrap(),
        ..Limits::default()
    };
    let publish = |id: u16, first: &str| format!("{first} 07 00 01 61 00 {id:02x} 00 78");
    let mut server = Server::open(limits, connect(V5));
    // The same one again and again is one, also in a burst before any answer.
    assert_eq!(server.receives(&publish(1, "34")), ["message a x"]);
    let burst = vec![publish(1, "3c"); 1_000].join(" ");
    assert_eq!(server.receives(&burst), NONE);
    server.acknowledges();
    assert_eq!(server.sent(), ["50 02 00 01"]);
    assert_eq!(server.receives(&burst), NONE);
    assert_eq!(server.sent(), vec!["50 02 00 01"; 1_000]);
    // Different ones are bounded by what was announced.
    for id in 2..=10 {
        assert_eq!(server.receives(&publish(id, "34")), ["message a x"]);
        server.acknowledges();
    }
    assert_eq!(server.sent().len(), 9);
    assert_eq!(server.farewell(), OPEN);
    assert_eq!(server.receives(&publish(11, "34")), NONE);
    assert_eq!(server.farewell(), Some("e0 01 93"));
    let session = server.closed().session.unwrap();
    assert_eq!(session.received().count(), 10);
}

/// A server that takes two Topic Aliases.
fn with_aliases() -> Server {
    let limits = Limits {
        topic_alias_maximum: 2,
        ..Limits::default()
    };
    Server::open(limits, connect(V5))
}

#[test]
fn row_44_topic_aliases() {
    for (wire, farewell) in [
        ("30 07 00 01 61 03 23 00 00", "e0 01 94"),
        ("30 07 00 01 61 03 23 00 03", "e0 01 94"),
        ("30 07 00 01 61 03 23 ff ff", "e0 01 94"),
        ("30 06 00 00 03 23 00 01", "e0 01 82"),
        ("30 06 00 00 03 23 00 03", "e0 01 94"),
        ("30 03 00 00 00", "e0 01 82"),
    ] {
        let mut server = with_aliases();
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.farewell(), Some(farewell), "{wire}");
    }
    // None was offered to either side.
    let sets = "30 07 00 01 61 03 23 00 01";
    let mut server = open_server(V5);
    server.receives(sets);
    assert_eq!(server.farewell(), Some("e0 01 94"));
    let mut client = open_client(V5);
    client.receives(sets);
    assert_eq!(client.farewell(), Some("e0 01 94"));
    // The last topic counts, and only what came whole.
    let mut server = with_aliases();
    server.receives(sets);
    assert_eq!(
        server.receives("30 07 00 01 62 03 23 00 01"),
        ["message b "]
    );
    assert_eq!(server.receives("30 07 00 01 63 03 23 00"), NONE);
    assert_eq!(
        server.receives("02 30 06 00 00 03 23 00 01"),
        ["message c ", "message b "]
    );
    // A new connection knows none.
    let mut server = with_aliases();
    server.receives("30 06 00 00 03 23 00 01");
    assert_eq!(server.farewell(), Some("e0 01 82"));
}

#[test]
fn row_44_what_came_with_an_alias_is_kept_with_its_topic() {
    let limits = Limits {
        topic_alias_maximum: 2,
        ..Limits::default()
    };
    let mut decoder = Decoder::server();
    let mut encoder = Encoder::server(V5);
    let mut server: ServerConnection = ServerConnection::new(limits, START);
    let input = bytes(connect(V5));
    let (packet, _) = decoder.decode(&input).unwrap().unwrap();
    let _ = server.receive(packet, START).unwrap();
    let mut properties = ConnAckProperties::default();
    let accepted = server.accept(Session::new(), false, &mut properties, START);
    assert!(accepted.is_ok());
    server.configure(&mut decoder, &mut encoder);
    for wire in ["30 07 00 01 61 03 23 00 01", "30 06 00 00 03 23 00 01"] {
        let input = bytes(wire);
        let (packet, _) = decoder.decode(&input).unwrap().unwrap();
        let Some(Event::Message(publish, _)) = server.receive(packet, START).unwrap().event else {
            panic!("{wire}");
        };
        assert_eq!(publish.topic_alias, None);
        let stored = Message::from(&publish);
        assert_eq!(stored.topic(), A);
        assert_eq!(stored.publish().topic_alias, None);
    }
    // What is sent again has its topic, whatever alias it went out with at first.
    let topic = TopicName::literal("a/long/topic");
    let mut sender = Client::open(&client(V5), "20 06 00 00 03 22 00 05").with_automatic_aliases();
    for _ in 0..2 {
        assert!(sender.publishes_this(QoS::AtLeastOnce, &Publish::new(topic, b"")));
    }
    let long = "00 0c 61 2f 6c 6f 6e 67 2f 74 6f 70 69 63";
    let first = format!("32 14 {long} 00 01 03 23 00 01");
    assert_eq!(sender.sent(), [&first, "32 08 00 00 00 02 03 23 00 01"]);
    sender.ends(Cause::Lost);
    let resumes = Connect {
        clean_start: false,
        ..client(V5)
    };
    let mut sender = Client::with(sender.closed().session, &resumes);
    sender.receives("20 03 01 00 00");
    let again = ["01", "02"].map(|id| format!("3a 11 {long} 00 {id} 00"));
    assert_eq!(sender.sent()[1..], again);
}

#[test]
fn row_46_a_message_too_large_for_its_receiver() {
    let limited = "10 16 00 04 4d 51 54 54 05 02 00 00 08 27 00 00 00 14 21 00 01 00 01 61";
    let mut server = Server::open(Limits::default(), limited);
    let large = Publish::new(A, &[b'x'; 100]);
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
        assert!(server.publishes_this(qos, &large));
    }
    assert!(server.publishes(QoS::AtLeastOnce));
    // It counts as sent: neither identifier nor quota, which is one, is spent.
    assert_eq!(server.sent(), ["32 07 00 01 61 00 01 00 78"]);
    assert_eq!(server.farewell(), OPEN);
    assert_eq!(server.receives("40 02 00 01"), ["published 1 00"]);
    assert!(server.connection().session().unwrap().is_empty());
    // What must be said and does not fit ends the connection without a word.
    let mut server = new_server();
    server.receives("10 12 00 04 4d 51 54 54 05 02 00 00 05 27 00 00 00 08 00 00");
    let mut encoder = server.encoder();
    let properties = &mut ConnAckProperties {
        assigned_client_identifier: Some("named by the server"),
        ..ConnAckProperties::default()
    };
    let accepted = server
        .connection()
        .accept(Session::new(), false, properties, START);
    let connack = accepted.unwrap();
    let error = encoder.encode(connack, &mut Vec::new()).unwrap_err();
    assert!(matches!(
        error,
        EncodeError::PacketTooLarge { maximum: 8, .. }
    ));
    server.ends(error);
    assert_eq!(server.farewell(), SILENCE);
}

#[test]
fn row_46_a_packet_above_what_was_announced() {
    let limits = Limits {
        maximum_packet_size: NonZeroU32::new(20),
        ..Limits::default()
    };
    // Judged by its header: the body is not waited for.
    for version in VERSIONS {
        let mut server = Server::open(limits, connect(version));
        assert_eq!(server.receives("30 13"), NONE);
        assert_eq!(server.farewell(), farewell(version, "e0 01 95"));
    }
    let properties = ConnectProperties {
        maximum_packet_size: NonZeroU32::new(20),
        ..ConnectProperties::default()
    };
    let connect = Connect {
        properties: (&properties).into(),
        ..client(V5)
    };
    let mut client = Client::open(&connect, connack(V5));
    assert_eq!(client.receives("30 13"), NONE);
    assert_eq!(client.farewell(), Some("e0 01 95"));
}

#[test]
fn row_48_an_expiry_where_there_was_none() {
    let raises = "e0 07 00 05 11 00 00 00 05";
    let mut server = open_server(V5);
    assert_eq!(server.receives(raises), NONE);
    assert_eq!(server.farewell(), Some("e0 01 82"));
    // It is an error, so the will is due.
    let will = "10 15 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 01 77 00 01 6d";
    let mut server = Server::open(Limits::default(), will);
    server.receives(raises);
    assert!(server.closed().will.is_some());
    let mut client = open_client(V5);
    assert_eq!(client.receives(raises), NONE);
    assert_eq!(client.farewell(), Some("e0 01 82"));
    let properties = DisconnectProperties {
        session_expiry_interval: Some(5),
        ..DisconnectProperties::default()
    };
    let packet = Disconnect {
        properties: (&properties).into(),
        ..Disconnect::default()
    };
    assert_eq!(
        open_client(V5).disconnects(packet),
        Err(CallError::SessionExpiryRaised)
    );
    let id = PropertyId::SESSION_EXPIRY_INTERVAL;
    assert_eq!(
        open_server(V5).disconnects(packet),
        Err(CallError::PropertyOfOtherRole(id))
    );
}

#[test]
fn row_48_auth_with_another_method_or_none() {
    let with_m = "10 12 00 04 4d 51 54 54 05 02 00 00 04 15 00 01 4d 00 01 61";
    for (connect, wire) in [
        (with_m, "f0 06 19 04 15 00 01 4e"),
        (with_m, "f0 02 19 00"),
        (connect(V5), "f0 06 19 04 15 00 01 4d"),
        (connect(V5), "f0 00"),
    ] {
        let mut server = Server::open(Limits::default(), connect);
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.farewell(), Some("e0 01 82"), "{wire}");
    }
    // A method that the server does not have.
    let mut server = new_server();
    server.receives(with_m);
    server.ends(ReasonCode::BAD_AUTHENTICATION_METHOD);
    assert_eq!(server.farewell(), Some("20 03 00 8c 00"));
    // Before MQTT 5 there is no AUTH.
    for version in [V3_1, V3_1_1] {
        for wire in ["f0 00", "f0 06 19 04 15 00 01 4d"] {
            let (mut server, mut client) = (open_server(version), open_client(version));
            assert_eq!(
                (server.receives(wire), client.receives(wire)),
                (vec![], vec![])
            );
            assert_eq!((server.farewell(), client.farewell()), (SILENCE, SILENCE));
        }
    }
}

#[test]
fn row_49_a_client_that_wants_no_problem_information() {
    let properties = AckProperties {
        reason_string: Some("no"),
        ..AckProperties::default()
    };
    let codes = [ReasonCode::NOT_AUTHORIZED];
    let suback = SubAck {
        properties: (&properties).into(),
        ..SubAck::new(PacketId::new(1).unwrap(), (&codes).into())
    };
    for (wants, wire) in [
        ("00", "90 04 00 01 00 87"),
        ("01", "90 09 00 01 05 1f 00 02 6e 6f 87"),
    ] {
        let connect = format!("10 10 00 04 4d 51 54 54 05 02 00 00 02 17 {wants} 00 01 61");
        let mut server = Server::open(Limits::default(), &connect);
        server.receives("82 07 00 01 00 00 01 61 00");
        let suback = server.connection().suback(suback).unwrap();
        assert_eq!(server.says(suback), Ok(()));
        assert_eq!(server.sent(), [wire]);
    }
}

#[test]
fn row_50_a_client_s_publish_with_a_subscription_identifier() {
    for wire in [
        "30 06 00 01 61 02 0b 05",
        "32 08 00 01 61 00 01 02 0b 05",
        "30 08 00 01 61 04 0b 05 0b 06",
    ] {
        let mut server = open_server(V5);
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.farewell(), Some("e0 01 82"), "{wire}");
        // From a server it is in order.
        let mut client = open_client(V5);
        assert_eq!(client.receives(wire), ["message a "]);
    }
}

#[test]
fn row_51_a_response_topic_and_a_payload_that_is_no_text() {
    // "a/+" as Response Topic.
    let wildcard = "30 0a 00 01 61 06 08 00 03 61 2f 2b";
    let (mut server, mut client) = (open_server(V5), open_client(V5));
    assert_eq!(server.receives(wildcard), NONE);
    assert_eq!(client.receives(wildcard), NONE);
    assert_eq!(server.farewell(), Some("e0 01 82"));
    assert_eq!(client.farewell(), Some("e0 01 82"));
    // Payload Format Indicator 1 is the application's to judge.
    let mut server = open_server(V5);
    let no_text = "32 0a 00 01 61 00 01 02 01 01 ff fe";
    assert_eq!(server.receives(no_text), ["message a \u{fffd}\u{fffd}"]);
    server.refuses(ReasonCode::PAYLOAD_FORMAT_INVALID);
    assert_eq!(server.sent(), ["40 03 00 01 99"]);
    // Text of more than 65,535 bytes is not written, and nothing is sent of it.
    let text = "x".repeat(65_536);
    let mut client = open_client(V5);
    let properties = PublishProperties {
        content_type: Some(&text),
        ..PublishProperties::default()
    };
    let publish = Publish {
        properties: (&properties).into(),
        ..Publish::new(A, b"")
    };
    let too_long = |id| {
        Err(EncodeError::StringTooLong {
            field: Field::Property(id),
            len: 65_536,
        })
    };
    assert_eq!(client.says(publish), too_long(PropertyId::CONTENT_TYPE));
    let properties = DisconnectProperties {
        reason_string: Some(&text),
        ..DisconnectProperties::default()
    };
    let disconnect = Disconnect {
        properties: (&properties).into(),
        ..Disconnect::default()
    };
    assert_eq!(client.says(disconnect), too_long(PropertyId::REASON_STRING));
    assert_eq!(client.sent(), NONE);
}
