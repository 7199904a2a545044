//! Up to the CONNACK, and packets that come at no time.

use std::time::Duration;

use puremqtt::{
    CallError, Cause, ClientConnection, ConnAckProperties, Decoder, Event, Limits,
    ProtocolErrorKind, QoS, ReasonCode, ServerConnection, Session, Version,
};

use super::{START, V3_1, V3_1_1, V5, VERSIONS};
use super::{client, connect, farewell, new_server, open_client, open_server};
use crate::parties::{Client, NONE, OPEN, SILENCE, Server, bytes};

/// A packet of each type, first those of servers and then those of clients.
fn one_sided(version: Version) -> [Vec<&'static str>; 2] {
    match version {
        V3_1 | V3_1_1 => [
            vec!["20 02 00 00", "90 03 00 01 00", "b0 02 00 01", "d0 00"],
            vec![
                connect(version),
                "82 06 00 01 00 01 61 00",
                "a2 05 00 01 00 01 61",
                "c0 00",
                "e0 00",
            ],
        ],
        V5 => [
            vec![
                "20 03 00 00 00",
                "90 04 00 01 00 00",
                "b0 04 00 01 00 00",
                "d0 00",
            ],
            vec![
                connect(version),
                "82 07 00 01 00 00 01 61 00",
                "a2 06 00 01 00 00 01 61",
                "c0 00",
            ],
        ],
    }
}

#[test]
fn row_12_packets_that_the_other_side_never_sends() {
    for version in VERSIONS {
        let [of_servers, of_clients] = one_sided(version);
        for wire in &of_servers {
            let mut server = new_server();
            server.receives(wire);
            assert_eq!(server.farewell(), SILENCE, "{wire}");
            let mut server = new_server();
            server.receives(connect(version));
            server.receives_at_once(wire);
            assert_eq!(server.farewell(), farewell(version, "20 03 00 82 00"));
            let mut server = open_server(version);
            assert_eq!(server.receives(wire), NONE);
            assert_eq!(server.farewell(), farewell(version, "e0 01 82"), "{wire}");
        }
        for wire in &of_clients {
            for mut client in [Client::new(&client(version)), open_client(version)] {
                assert_eq!(client.receives(wire), NONE);
                assert_eq!(client.farewell(), farewell(version, "e0 01 82"), "{wire}");
            }
        }
    }
}

#[test]
fn row_12_whatever_a_decoder_lets_through_at_any_time() {
    for version in VERSIONS {
        for wire in one_sided(version).concat() {
            let input = bytes(wire);
            let mut decoder = Decoder::new(version);
            let (packet, _) = decoder.decode(&input).unwrap().unwrap();
            // Nothing panics, and an error stays the same.
            for calls in 0..4 {
                let limits = Limits::default();
                let mut server: ServerConnection = ServerConnection::new(limits, START);
                let mut client: ClientConnection =
                    ClientConnection::new(Session::new(), &client(version), START);
                for _ in 0..calls {
                    let first = server.receive(packet, START).map(|_| ());
                    if first.is_err() {
                        assert_eq!(server.receive(packet, START).map(|_| ()), first);
                        assert!(server.transmit(START).is_none());
                    }
                    let first = client.receive(packet, START).map(|_| ());
                    if first.is_err() {
                        assert_eq!(client.receive(packet, START).map(|_| ()), first);
                        assert!(client.transmit(START).is_none());
                    }
                }
                let _ = server.close(Cause::Lost);
                let _ = client.close(Cause::Lost);
            }
        }
    }
}

#[test]
fn row_15_a_second_connect_of_any_version() {
    for version in VERSIONS {
        for second in VERSIONS {
            let mut server = open_server(version);
            assert_eq!(server.receives(connect(second)), NONE);
            assert_eq!(server.farewell(), farewell(version, "e0 01 82"));
            // The session is the one that was there.
            assert!(server.closed().session.is_some());
            let mut server = new_server();
            server.receives(connect(version));
            assert_eq!(server.receives_at_once(connect(second)), NONE);
            assert_eq!(server.farewell(), farewell(version, "20 03 00 82 00"));
            assert!(server.closed().session.is_none());
        }
    }
    // The will of the first one is due, and the second one's is nobody's.
    let will = |payload: &str| {
        format!("10 13 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 77 00 01 {payload}")
    };
    let mut server = Server::open(Limits::default(), &will("31"));
    server.receives(&will("32"));
    let due = server.closed().will.unwrap();
    assert_eq!(due.message.payload(), b"1");
}

#[test]
fn row_16_a_first_packet_that_is_no_connect() {
    for wire in [
        "c0 00",
        "40 02 00 01",
        "30 04 00 01 61 78",
        "82 06 00 01 00 01 61 00",
        "e0 00",
        "f0 00",
        "00 00",
        "62 02 00 01",
    ] {
        // Neither alone nor before a CONNECT is it answered.
        for input in [wire.to_owned(), format!("{wire} {}", connect(V3_1_1))] {
            let mut server = new_server();
            assert_eq!(server.receives(&input), NONE);
            assert_eq!(server.sent(), NONE);
            assert_eq!(server.farewell(), SILENCE, "{wire}");
        }
    }
}

#[test]
fn row_18_protocol_names_and_levels() {
    let mqtt = |level: u8| format!("10 0d 00 04 4d 51 54 54 {level:02x} 02 00 00 00 01 61");
    let mqisdp = |level: u8| format!("10 0f 00 06 4d 51 49 73 64 70 {level:02x} 02 00 00 00 01 61");
    let answer = |wire: &str| {
        let mut server = new_server();
        assert_eq!(server.receives(wire), NONE, "{wire}");
        server.farewell().unwrap().to_owned()
    };
    for level in [0, 1, 2, 3, 6, 7, 0x83, 0x84, 0x85, 0xff] {
        assert_eq!(answer(&mqtt(level)), "20 02 00 01", "level {level}");
    }
    for level in [0, 2, 4, 5, 6, 0x83, 0x84, 0xff] {
        assert_eq!(answer(&mqisdp(level)), "20 02 00 01", "level {level}");
    }
    for name in [
        "00 04 4d 51 54 58 04",       // MQTX
        "00 04 6d 71 74 74 04",       // mqtt
        "00 00 04",                   // nothing
        "00 05 4d 51 54 54 53 04",    // MQTTS
        "00 06 4d 51 49 53 44 50 03", // MQISDP
    ] {
        let body = format!("{name} 02 00 00 00 01 61");
        let wire = format!("10 {:02x} {body}", body.split(' ').count());
        assert_eq!(answer(&wire), "", "{name}");
    }
    // What the server does not want is refused in its own version.
    for version in VERSIONS {
        let mut server = new_server();
        server.receives(connect(version));
        server.ends(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
        let connack = match version {
            V3_1 | V3_1_1 => "20 02 00 01",
            V5 => "20 03 00 84 00",
        };
        assert_eq!(server.farewell(), Some(connack));
    }
}

#[test]
fn row_19_an_empty_client_identifier() {
    for wire in [
        "10 0c 00 04 4d 51 54 54 04 00 00 00 00 00",
        "10 0e 00 06 4d 51 49 73 64 70 03 00 00 00 00 00",
        "10 0e 00 06 4d 51 49 73 64 70 03 02 00 00 00 00",
    ] {
        let mut server = new_server();
        assert_eq!(server.receives(&format!("{wire} c0 00")), NONE);
        assert_eq!(server.farewell(), Some("20 02 00 02"), "{wire}");
        assert_eq!(server.sent(), NONE);
    }
    let mut server = new_server();
    assert_eq!(
        server.receives("10 0c 00 04 4d 51 54 54 04 02 00 00 00 00"),
        ["CONNECT "]
    );
    server.accepts();
    assert_eq!(server.sent(), ["20 02 00 00"]);
    // In MQTT 5, with or without Clean Start, the CONNACK names it.
    for flags in ["00", "02"] {
        let mut server = new_server();
        server.receives(&format!(
            "10 0d 00 04 4d 51 54 54 05 {flags} 00 00 00 00 00"
        ));
        let plain = ConnAckProperties::default();
        let nameless = server.accepts_with(Session::new(), false, plain);
        assert_eq!(nameless, Err(CallError::NoClientIdentifier));
        assert_eq!(server.sent(), NONE);
        let named = ConnAckProperties {
            assigned_client_identifier: Some("n"),
            ..plain
        };
        assert_eq!(server.accepts_with(Session::new(), false, named), Ok(()));
        assert_eq!(server.sent(), ["20 07 00 00 04 12 00 01 6e"]);
    }
}

#[test]
fn row_23_a_connect_that_does_not_come() {
    let mut server = new_server();
    server.at(9_999);
    // Bytes that are no packet move nothing.
    assert_eq!(server.receives("10 0d 00 04 4d 51"), NONE);
    assert_eq!(server.farewell(), OPEN);
    server.at(10_000);
    assert_eq!(server.farewell(), SILENCE);

    let connection: ServerConnection = ServerConnection::new(Limits::default(), START);
    let mut connection = connection.with_connect_timeout(Duration::from_secs(3));
    assert_eq!(connection.deadline(), Some(Duration::from_secs(3)));
    assert_eq!(connection.poll(Duration::from_millis(2_999)), Ok(()));
    let error = connection.poll(Duration::from_secs(3)).unwrap_err();
    assert_eq!(error.kind(), ProtocolErrorKind::ConnectTimeout);
    // A large promise is refused by its header.
    let mut server = new_server();
    server.receives("10 ff ff ff 7f 00 04");
    assert_eq!(server.farewell(), SILENCE);
}

#[test]
fn row_23_a_keep_alive_that_is_too_long() {
    for keep_alive in ["00 00", "ff ff"] {
        let wire = format!("10 0e 00 04 4d 51 54 54 05 02 {keep_alive} 00 00 01 61");
        let mut server = new_server();
        server.receives(&wire);
        let properties = ConnAckProperties {
            server_keep_alive: Some(60),
            ..ConnAckProperties::default()
        };
        let accepted = server.accepts_with(Session::new(), false, properties);
        assert_eq!(accepted, Ok(()));
        assert_eq!(server.sent(), ["20 06 00 00 03 13 00 3c"]);
        server.at(89_999);
        assert_eq!(server.farewell(), OPEN);
        server.at(90_000);
        assert_eq!(server.farewell(), Some("e0 01 8d"));
    }
    // The longest is 65,535 seconds, and half as much again.
    let mut server = Server::open(
        Limits::default(),
        "10 0d 00 04 4d 51 54 54 04 02 ff ff 00 01 61",
    );
    server.at(98_302_499);
    assert_eq!(server.farewell(), OPEN);
    server.at(98_302_500);
    assert_eq!(server.farewell(), SILENCE);
}

/// As far as a library shows it: who the new client is, is in its CONNECT, and
/// nothing happens to the old connection before the application has decided.
#[test]
fn row_25_a_take_over_is_the_application_s() {
    for version in VERSIONS {
        let mut old = open_server(version);
        let mut new = new_server();
        new.receives(connect(version));
        assert_eq!(old.farewell(), OPEN);
        assert!(old.publishes(QoS::AtLeastOnce));
        assert_eq!(old.sent().len(), 1);
        // The old one is told, and gives its session back.
        old.ends(ReasonCode::SESSION_TAKEN_OVER);
        assert_eq!(old.farewell(), farewell(version, "e0 01 8e"));
        let session = old.closed().session.unwrap();
        assert_eq!(session.in_flight(), 1);
        // Or the new one is refused, and the old session is as it was.
        new.ends(ReasonCode::NOT_AUTHORIZED);
        let connack = match version {
            V3_1 | V3_1_1 => "20 02 00 05",
            V5 => "20 03 00 87 00",
        };
        assert_eq!(new.farewell(), Some(connack));
        let closed = new.closed();
        assert!(closed.session.is_none() && closed.will.is_none());
    }
    // User name and password are there to be compared.
    let input = bytes("10 13 00 04 4d 51 54 54 04 c2 00 00 00 01 61 00 01 75 00 01 70");
    let mut decoder = Decoder::server();
    let (packet, _) = decoder.decode(&input).unwrap().unwrap();
    let mut server: ServerConnection = ServerConnection::new(Limits::default(), START);
    match server.receive(packet, START).unwrap().event {
        Some(Event::Connect(connect)) => {
            let credentials = (connect.user_name, connect.password);
            assert_eq!(credentials, (Some("u"), Some(&b"p"[..])));
        }
        other => panic!("{other:?}"),
    }
}
