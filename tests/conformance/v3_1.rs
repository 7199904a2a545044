//! The rules of MQTT 3.1 that take a connection to see, from bytes to bytes; `mqtt_3_1` has
//! those of its packets.

use puremqtt::{
    Cause, ConnAckProperties, Connect, Decoder, Limits, Packet, Properties, QoS, ReasonCode,
    SubAck, Version,
};

use crate::check::{accepts, decodes, encodes, hex, id, refuses};
use crate::parties::{Client, NONE, OPEN, SILENCE, Server};

const V3_1: Version = Version::V3_1;
/// Clean Session 1, and 0.
const CONNECT: &str = "10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61";
const CONNECT_0: &str = "10 0f 00 06 4d 51 49 73 64 70 03 00 00 00 00 01 61";
const CONNACK: &str = "20 02 00 00";
/// Says [`CONNECT`].
const CLIENT: Connect = Connect {
    version: V3_1,
    client_id: "a",
    clean_start: true,
    keep_alive: 0,
    will: None,
    user_name: None,
    password: None,
    properties: Properties::NONE,
};

fn new_server() -> Server {
    Server::new(Limits::default())
}

fn open_server() -> Server {
    Server::open(Limits::default(), CONNECT)
}

fn open_client() -> Client {
    Client::open(&CLIENT, CONNACK)
}

#[test]
fn a_level_that_is_not_known_has_connack_1() {
    for level in (0..=u8::MAX).filter(|&level| level != 3) {
        let mut server = new_server();
        let wire = format!("10 0f 00 06 4d 51 49 73 64 70 {level:02x} 02 00 00 00 01 61");
        assert_eq!(server.receives(&wire), NONE);
        assert_eq!(server.farewell(), Some("20 02 00 01"), "level {level}");
    }
    let mut server = new_server();
    assert_eq!(server.receives(CONNECT), ["CONNECT a"]);
    server.accepts();
    assert_eq!(server.sent(), [CONNACK]);
}

#[test]
fn an_empty_client_identifier_has_connack_2() {
    for flags in ["02", "00"] {
        let mut server = new_server();
        let wire = format!("10 0e 00 06 4d 51 49 73 64 70 03 {flags} 00 00 00 00 c0 00");
        assert_eq!(server.receives(&wire), NONE);
        assert_eq!(server.farewell(), Some("20 02 00 02"));
        assert_eq!(server.sent(), NONE);
    }
}

#[test]
fn a_subscription_that_is_refused_is_granted_on_the_wire() {
    let mut server = open_server();
    assert_eq!(
        server.receives("82 0a 00 01 00 01 61 02 00 01 62 02"),
        ["SUBSCRIBE 1"]
    );
    let codes = [ReasonCode::GRANTED_QOS_2, ReasonCode::NOT_AUTHORIZED];
    let suback = SubAck::new(id(1), (&codes).into());
    let suback = server.connection().suback(suback).unwrap();
    assert_eq!(server.says(suback), Ok(()));
    assert_eq!(server.sent(), ["90 04 00 01 02 00"]);
}

#[test]
fn a_publish_that_is_refused_is_acknowledged() {
    let mut server = open_server();
    for (wire, answer) in [
        ("32 06 00 01 61 00 01 78", "40 02 00 01"),
        ("34 06 00 01 61 00 02 78", "50 02 00 02"),
    ] {
        assert_eq!(server.receives(wire), ["message a x"]);
        server.refuses(ReasonCode::NOT_AUTHORIZED);
        assert_eq!(server.sent(), [answer]);
    }
    // At QoS 2 it goes its whole way, and a repeat is none.
    assert_eq!(server.receives("3c 06 00 01 61 00 02 78"), NONE);
    assert_eq!(server.receives("62 02 00 02"), NONE);
    assert_eq!(server.sent(), ["50 02 00 02", "70 02 00 02"]);
    assert_eq!(server.farewell(), OPEN);
}

#[test]
fn what_comes_again_on_the_same_connection_is_answered_again() {
    let mut server = open_server();
    // A PUBLISH of QoS 1 is a new message each time.
    for wire in ["32 06 00 01 61 00 01 78", "3a 06 00 01 61 00 01 78"] {
        assert_eq!(server.receives(wire), ["message a x"]);
        server.acknowledges();
        assert_eq!(server.sent(), ["40 02 00 01"]);
    }
    assert_eq!(server.receives("34 06 00 01 61 00 02 78"), ["message a x"]);
    server.acknowledges();
    assert_eq!(server.sent(), ["50 02 00 02"]);
    for _ in 0..3 {
        assert_eq!(server.receives("3c 06 00 01 61 00 02 78"), NONE);
        assert_eq!(server.sent(), ["50 02 00 02"]);
    }
    // The PUBREL with DUP, too, and when the identifier is long forgotten.
    for pubrel in ["62 02 00 02", "6a 02 00 02", "6a 02 00 02"] {
        assert_eq!(server.receives(pubrel), NONE);
        assert_eq!(server.sent(), ["70 02 00 02"]);
    }
    assert_eq!(server.farewell(), OPEN);
}

#[test]
fn a_request_that_comes_again_is_answered_again() {
    let mut server = open_server();
    for (wire, event, answer) in [
        ("82 06 00 01 00 01 61 01", "SUBSCRIBE 1", "90 03 00 01 01"),
        ("8a 06 00 01 00 01 61 01", "SUBSCRIBE 1", "90 03 00 01 01"),
        ("a2 05 00 01 00 01 61", "UNSUBSCRIBE 1", "b0 02 00 01"),
        ("aa 05 00 01 00 01 61", "UNSUBSCRIBE 1", "b0 02 00 01"),
    ] {
        assert_eq!(server.receives(wire), [event]);
        let codes = [ReasonCode::GRANTED_QOS_1];
        let codes = SubAck::new(id(1), (&codes).into());
        let connection = server.connection();
        let packet = match event {
            "SUBSCRIBE 1" => connection.suback(codes),
            _ => connection.unsuback(codes),
        };
        assert_eq!(server.says(packet.unwrap()), Ok(()));
        assert_eq!(server.sent(), [answer]);
    }
    assert_eq!(server.farewell(), OPEN);
}

#[test]
fn nothing_is_repeated_while_a_connection_lasts() {
    let mut client = open_client();
    assert!(client.publishes(QoS::AtLeastOnce));
    assert!(client.publishes(QoS::ExactlyOnce));
    assert_eq!(client.sent().len(), 2);
    assert_eq!(client.receives("50 02 00 02"), ["released 2"]);
    assert_eq!(client.sent(), ["62 02 00 02"]);
    for hour in 1..=24 {
        client.at(hour * 3_600_000);
        assert_eq!(client.sent(), NONE);
    }
}

#[test]
fn a_session_goes_on_though_nobody_says_that_it_is_there() {
    let resuming = Connect {
        clean_start: false,
        ..CLIENT
    };
    let mut client = Client::open(&resuming, CONNACK);
    assert!(client.publishes(QoS::AtLeastOnce));
    assert!(client.publishes(QoS::ExactlyOnce));
    assert_eq!(client.receives("34 06 00 01 61 00 07 78"), ["message a x"]);
    client.acknowledges();
    assert_eq!(client.sent().len(), 3);
    assert_eq!(client.receives("50 02 00 02"), ["released 2"]);
    client.ends(Cause::Lost);
    let mut client = Client::with(client.closed().session, &resuming);
    assert_eq!(client.receives(CONNACK), ["connected: Resumed"]);
    assert_eq!(
        client.sent(),
        [CONNECT_0, "62 02 00 02", "3a 06 00 01 61 00 01 78"]
    );
    // The server's message was delivered, and is no new one.
    assert_eq!(client.receives("3c 06 00 01 61 00 07 78"), NONE);
    assert_eq!(client.sent(), ["50 02 00 07"]);

    let mut server = Server::open(Limits::default(), CONNECT_0);
    assert!(server.publishes(QoS::AtLeastOnce));
    assert_eq!(server.sent().len(), 1);
    server.ends(Cause::Lost);
    let closed = server.closed();
    assert_eq!(closed.session_expiry_interval, u32::MAX);
    let mut server = new_server();
    server.receives(CONNECT_0);
    let stored = closed.session.unwrap();
    let accepted = server.accepts_with(stored, true, ConnAckProperties::default());
    assert_eq!(accepted, Ok(()));
    assert_eq!(server.sent(), [CONNACK, "3a 06 00 01 61 00 01 78"]);
}

#[test]
fn an_error_ends_the_connection_without_a_word() {
    for wire in ["c1 00", CONNECT, "82 02 00 01", "36 06 00 01 61 00 01 78"] {
        let mut server = open_server();
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.farewell(), SILENCE, "{wire}");
        assert_eq!(server.broken(), None, "3.1 has no numbers");
    }
    for wire in ["c1 00", CONNACK, "e0 00", "36 06 00 01 61 00 01 78"] {
        let mut client = open_client();
        assert_eq!(client.receives(wire), NONE);
        assert_eq!(client.farewell(), SILENCE, "{wire}");
        assert_eq!(client.broken(), None, "3.1 has no numbers");
    }
    // A client that just goes says so.
    let mut client = open_client();
    client.ends(ReasonCode::NORMAL_DISCONNECTION);
    assert_eq!(client.farewell(), Some("e0 00"));
}

#[test]
fn a_will_is_due_after_every_end_but_disconnect() {
    let willing = "10 15 00 06 4d 51 49 73 64 70 03 06 00 0a 00 01 61 00 01 77 00 01 6d";
    let ends: [fn(&mut Server); 5] = [
        |server| server.ends(Cause::Lost),
        |server| server.ends(ReasonCode::SESSION_TAKEN_OVER),
        |server| server.ends(ReasonCode::SERVER_SHUTTING_DOWN),
        |server| server.at(15_000),
        |server| assert_eq!(server.receives("c1 00"), NONE),
    ];
    for end in ends {
        let mut server = Server::open(Limits::default(), willing);
        end(&mut server);
        let will = server.closed().will.unwrap();
        assert_eq!(will.message.payload(), b"m");
        assert_eq!(will.delay_interval, 0);
    }
    let mut server = Server::open(Limits::default(), willing);
    assert_eq!(server.receives("e0 00"), ["DISCONNECT 00"]);
    server.ends(Cause::Lost);
    assert_eq!(server.closed().will, None);
}

#[test]
fn a_longer_remaining_length_is_read_and_shortened() {
    for wire in ["c0 80 00", "c0 80 80 00", "c0 80 80 80 00"] {
        assert_eq!(decodes(V3_1, wire), Packet::PingReq);
        encodes(V3_1, Packet::PingReq, "c0 00");
        let strict = Decoder::new(V3_1)
            .refuse_long_lengths()
            .decode(&hex(wire))
            .map(|_| ());
        assert!(strict.is_err(), "{wire}");
    }
    assert_eq!(
        decodes(V3_1, "40 82 80 00 00 01"),
        accepts(V3_1, "40 02 00 01")
    );
    refuses(V3_1, "c0 80 80 80 80 00");
}

#[test]
fn a_share_is_an_ordinary_filter() {
    // $share/g/t, and what MQTT 5 would not have: $share/g, $share//t.
    for filter in [
        "00 0a 24 73 68 61 72 65 2f 67 2f 74",
        "00 08 24 73 68 61 72 65 2f 67",
        "00 09 24 73 68 61 72 65 2f 2f 74",
    ] {
        let len = filter.split(' ').count() + 3;
        let wire = format!("82 {len:02x} 00 01 {filter} 00");
        let Packet::Subscribe(subscribe) = accepts(V3_1, wire) else {
            panic!("{filter}");
        };
        let subscription = subscribe.subscriptions.iter().next().unwrap();
        assert!(!subscription.filter.is_shared());
        assert_eq!(subscription.filter.without_share(), subscription.filter);
    }
}
