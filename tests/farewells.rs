//! How a connection ends, as tables: what each side says last, by stage,
//! version and cause.
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

use parties::{Client, NONE, OPEN, SILENCE, Server};
use puremqtt::{
    Cause, ConnAckProperties, Connect, Disconnect, EncodeError, Limits, Properties, ReasonCode,
    Version,
};

const V3_1: Version = Version::V3_1;
const V3_1_1: Version = Version::V3_1_1;
const V5: Version = Version::V5;
const VERSIONS: [Version; 3] = [V3_1, V3_1_1, V5];

/// The identifier "a", Clean Session, Keep Alive 10.
fn connect(version: Version) -> &'static str {
    match version {
        V3_1 => "10 0f 00 06 4d 51 49 73 64 70 03 02 00 0a 00 01 61",
        V3_1_1 => "10 0d 00 04 4d 51 54 54 04 02 00 0a 00 01 61",
        V5 => "10 0e 00 04 4d 51 54 54 05 02 00 0a 00 00 01 61",
    }
}

fn connack(version: Version) -> &'static str {
    match version {
        V3_1 | V3_1_1 => "20 02 00 00",
        V5 => "20 03 00 00 00",
    }
}

fn client(version: Version) -> Connect<'static> {
    Connect {
        version,
        client_id: "a",
        clean_start: true,
        keep_alive: 10,
        will: None,
        user_name: None,
        password: None,
        properties: Properties::NONE,
    }
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// A server without CONNECT, a client without CONNACK.
    Waiting,
    /// A server with a CONNECT to decide on.
    Undecided,
    Open,
    /// This side has said farewell: DISCONNECT, or a CONNACK that refuses.
    Left,
    /// The other side has.
    Leaving,
}
use Stage::{Leaving, Left, Open, Undecided, Waiting};

fn server_at(stage: Stage, version: Version) -> Server {
    let mut server = Server::new(Limits::default());
    if stage == Waiting {
        return server;
    }
    server.receives(connect(version));
    match (stage, version) {
        (Undecided, _) => {}
        // Before MQTT 5 a server has no DISCONNECT to leave with.
        (Left, V3_1 | V3_1_1) => {
            let refused = server.rejects(ReasonCode::NOT_AUTHORIZED, ConnAckProperties::default());
            assert_eq!(refused, Ok(()));
        }
        _ => server.accepts(),
    }
    match (stage, version) {
        (Left, V5) => assert_eq!(server.disconnects(Disconnect::default()), Ok(())),
        (Leaving, _) => assert_eq!(server.receives("e0 00"), ["DISCONNECT 00"]),
        _ => {}
    }
    server
}

fn client_at(stage: Stage, version: Version) -> Client {
    let mut client = Client::new(&client(version));
    match stage {
        Waiting | Undecided => {}
        Open | Left => assert_eq!(client.receives(connack(version)).len(), 1),
        Leaving if version == V5 => {
            assert_eq!(client.receives(connack(version)).len(), 1);
            assert_eq!(client.receives("e0 01 8b"), ["DISCONNECT 8b"]);
        }
        Leaving => assert_eq!(client.receives("20 02 00 05").len(), 1),
    }
    if stage == Left {
        assert_eq!(client.disconnects(Disconnect::default()), Ok(()));
    }
    client
}

/// The codes that a CONNACK of MQTT 5 refuses with (3.2.2.2).
const OF_CONNACK: [u8; 21] = [
    0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99,
    0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
];
/// The codes of DISCONNECT that either side sends (3.14.2.1).
const OF_BOTH: [u8; 13] = [
    0x00, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
];
/// Those that servers alone send.
const OF_SERVERS: [u8; 15] = [
    0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
];

/// What a server says to a reason of its own.
fn server_says(stage: Stage, version: Version, code: u8) -> String {
    match (stage, version) {
        (Waiting | Left | Leaving, _) => String::new(),
        (Undecided, V5) => {
            let code = match code {
                // A server that shuts down is unavailable.
                0x8b => 0x88,
                code if OF_CONNACK.contains(&code) => code,
                _ => 0x80,
            };
            format!("20 03 00 {code:02x} 00")
        }
        (Undecided, _) => match code {
            0x84 => "20 02 00 01".into(),
            0x85 => "20 02 00 02".into(),
            0x88 | 0x8b => "20 02 00 03".into(),
            0x86 => "20 02 00 04".into(),
            0x87 => "20 02 00 05".into(),
            _ => String::new(),
        },
        (Open, V3_1 | V3_1_1) => String::new(),
        (Open, V5) => match code {
            0x00 => "e0 00".into(),
            // 3.14.2.1 does not list 0x8c.
            0x8c => "e0 01 87".into(),
            code if OF_BOTH.contains(&code) || OF_SERVERS.contains(&code) => {
                format!("e0 01 {code:02x}")
            }
            _ => "e0 01 80".into(),
        },
    }
}

/// What a client says to a reason of its own.
fn client_says(stage: Stage, version: Version, code: u8) -> String {
    match (stage, version, code) {
        (Left | Leaving, _, _) => String::new(),
        (_, _, 0x00) => "e0 00".into(),
        // Any other end is without DISCONNECT, which would delete the will.
        (_, V3_1 | V3_1_1, _) => String::new(),
        (_, V5, code) if code == 0x04 || OF_BOTH.contains(&code) => format!("e0 01 {code:02x}"),
        // Not a server's code.
        (_, V5, _) => "e0 01 80".into(),
    }
}

#[test]
fn what_a_reason_of_this_side_s_own_makes_it_say() {
    for version in VERSIONS {
        for stage in [Waiting, Undecided, Open, Left, Leaving] {
            for code in 0..=u8::MAX {
                let reason = ReasonCode::from_u8(code);
                let mut server = server_at(stage, version);
                server.ends(reason);
                let expected = server_says(stage, version, code);
                assert_eq!(
                    server.farewell(),
                    Some(&*expected),
                    "server {version} {stage:?} {code:02x}"
                );
                let mut client = client_at(stage, version);
                client.ends(reason);
                let expected = client_says(stage, version, code);
                assert_eq!(
                    client.farewell(),
                    Some(&*expected),
                    "client {version} {stage:?} {code:02x}"
                );
            }
        }
    }
}

#[test]
fn to_nobody_and_without_words_nothing_is_said() {
    let too_large = EncodeError::PacketTooLarge { len: 9, maximum: 8 };
    for version in VERSIONS {
        for stage in [Waiting, Undecided, Open, Left, Leaving] {
            for cause in [Cause::Lost, Cause::Encode(too_large)] {
                let mut server = server_at(stage, version);
                server.ends(cause);
                assert_eq!(server.farewell(), SILENCE, "{version} {stage:?}");
                let mut client = client_at(stage, version);
                client.ends(cause);
                assert_eq!(client.farewell(), SILENCE, "{version} {stage:?}");
            }
        }
    }
}

/// What is wrong with a packet, and what is wrong with its time.
#[test]
fn what_an_error_of_the_client_makes_a_server_say() {
    let (malformed, untimely) = ("c1 00", "d0 00");
    for (version, stage, on_malformed, on_untimely) in [
        (V3_1, Waiting, "", ""),
        (V3_1, Undecided, "", ""),
        (V3_1, Open, "", ""),
        (V3_1_1, Waiting, "", ""),
        (V3_1_1, Undecided, "", ""),
        (V3_1_1, Open, "", ""),
        (V5, Waiting, "", ""),
        (V5, Undecided, "20 03 00 81 00", "20 03 00 82 00"),
        (V5, Open, "e0 01 81", "e0 01 82"),
    ] {
        for (wire, farewell) in [(malformed, on_malformed), (untimely, on_untimely)] {
            let mut server = server_at(stage, version);
            assert_eq!(server.receives_at_once(wire), NONE);
            assert_eq!(server.farewell(), Some(farewell), "{version} {stage:?}");
        }
        // After a farewell nothing is said, whatever comes.
        for stage in [Left, Leaving] {
            let mut server = server_at(stage, version);
            assert_eq!(server.receives_at_once(malformed), NONE);
            assert_eq!(server.farewell(), SILENCE, "{version} {stage:?}");
        }
    }
    // A CONNACK 1 answers the first CONNECT alone.
    let level_7 = "10 0d 00 04 4d 51 54 54 07 02 00 00 00 01 61";
    for (version, farewell) in [(V3_1, ""), (V3_1_1, ""), (V5, "20 03 00 84 00")] {
        let mut server = server_at(Undecided, version);
        assert_eq!(server.receives_at_once(level_7), NONE);
        assert_eq!(server.farewell(), Some(farewell), "{version}");
    }
}

#[test]
fn what_a_connect_that_cannot_be_read_makes_a_server_say() {
    for (wire, farewell) in [
        // The reserved flag, in each version.
        ("10 0f 00 06 4d 51 49 73 64 70 03 03 00 00 00 01 61", ""),
        ("10 0d 00 04 4d 51 54 54 04 03 00 00 00 01 61", ""),
        (
            "10 0e 00 04 4d 51 54 54 05 03 00 00 00 00 01 61",
            "20 03 00 81 00",
        ),
        // An identifier without end.
        ("10 0d 00 04 4d 51 54 54 04 02 00 00 00 02 61", ""),
        (
            "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 02 61",
            "20 03 00 81 00",
        ),
        // Receive Maximum 0, and a will to "+".
        (
            "10 11 00 04 4d 51 54 54 05 02 00 00 03 21 00 00 00 01 61",
            "20 03 00 82 00",
        ),
        (
            "10 12 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 2b 00 00",
            "",
        ),
        (
            "10 14 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 01 2b 00 00",
            "20 03 00 82 00",
        ),
        // Another level, another protocol.
        (
            "10 0e 00 04 4d 51 54 54 06 02 00 00 00 00 01 61",
            "20 02 00 01",
        ),
        (
            "10 0d 00 04 4d 51 54 54 84 02 00 00 00 01 61",
            "20 02 00 01",
        ),
        ("10 0e 00 04 4d 51 54 58 05 02 00 00 00 00 01 61", ""),
        // Not even a CONNECT's first byte.
        ("11 0e 00 04", ""),
        ("16 03 01 02 00", ""),
    ] {
        let mut server = Server::new(Limits::default());
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.farewell(), Some(farewell), "{wire}");
    }
}

#[test]
fn what_an_error_of_the_server_makes_a_client_say() {
    for version in VERSIONS {
        for stage in [Waiting, Open] {
            for (wire, v5) in [("c1 00", "e0 01 81"), ("c0 00", "e0 01 82")] {
                let mut client = client_at(stage, version);
                assert_eq!(client.receives(wire), NONE);
                let farewell = if version == V5 { v5 } else { "" };
                assert_eq!(client.farewell(), Some(farewell), "{version} {stage:?}");
            }
        }
        let mut client = client_at(Left, version);
        assert_eq!(client.receives("c1 00"), NONE);
        assert_eq!(client.farewell(), SILENCE);
    }
}

#[test]
fn what_silence_makes_a_side_say() {
    for version in VERSIONS {
        let v5 = |farewell| if version == V5 { farewell } else { "" };
        // No CONNECT, no CONNACK.
        let mut server = server_at(Waiting, version);
        server.at(10_000);
        assert_eq!(server.farewell(), SILENCE);
        let mut client = client_at(Waiting, version);
        client.at(29_999);
        assert_eq!(client.farewell(), OPEN);
        client.at(30_000);
        assert_eq!(client.farewell(), Some(v5("e0 01 80")));
        // Nothing for one and a half times the Keep Alive, and no PINGRESP.
        let mut server = server_at(Open, version);
        server.at(15_000);
        assert_eq!(server.farewell(), Some(v5("e0 01 8d")));
        let mut client = client_at(Open, version);
        client.at(10_000);
        client.at(20_000);
        assert_eq!(client.farewell(), Some(v5("e0 01 80")));
    }
}
