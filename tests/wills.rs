//! What a connection leaves behind, as tables: the will that is due, and how
//! long the session is to be kept.
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

use parties::Server;
use puremqtt::{Cause, ConnAckProperties, Limits, ReasonCode, Session, Version};

const V3_1: Version = Version::V3_1;
const V3_1_1: Version = Version::V3_1_1;
const V5: Version = Version::V5;
const VERSIONS: [Version; 3] = [V3_1, V3_1_1, V5];

/// A CONNECT with a will.
fn with_will(version: Version) -> &'static str {
    match version {
        V3_1 => "10 15 00 06 4d 51 49 73 64 70 03 06 00 00 00 01 61 00 01 77 00 01 6d",
        V3_1_1 => "10 13 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 77 00 01 6d",
        V5 => "10 15 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 01 77 00 01 6d",
    }
}

#[test]
fn a_will_is_due_unless_it_is_taken_back() {
    for (version, last, is_due) in [
        (V3_1, "e0 00", false),
        (V3_1_1, "e0 00", false),
        (V5, "e0 00", false),
        (V5, "e0 01 00", false),
        (V5, "e0 02 00 00", false),
        (V5, "e0 01 04", true),
        (V5, "e0 01 80", true),
        (V5, "e0 01 98", true),
        // A DISCONNECT that is itself an error.
        (V5, "e0 07 00 05 11 00 00 00 05", true),
        (V5, "e0 01 8b", true),
        (V5, "e1 00", true),
        (V3_1_1, "e0 01 00", true),
        // Errors, and no word at all.
        (V3_1, "c1 00", true),
        (V3_1_1, "d0 00", true),
        (V5, "d0 00", true),
        (V3_1_1, "", true),
        (V5, "", true),
    ] {
        let mut server = Server::open(Limits::default(), with_will(version));
        server.receives(last);
        server.ends(Cause::Lost);
        let will = server.closed().will;
        assert_eq!(will.is_some(), is_due, "{version}: {last}");
    }
    // The server's own end leaves it due, too: shutdown, take-over, silence.
    for version in VERSIONS {
        for reason in [
            ReasonCode::NORMAL_DISCONNECTION,
            ReasonCode::SERVER_SHUTTING_DOWN,
            ReasonCode::SESSION_TAKEN_OVER,
            ReasonCode::KEEP_ALIVE_TIMEOUT,
        ] {
            let mut server = Server::open(Limits::default(), with_will(version));
            server.ends(reason);
            assert!(server.closed().will.is_some(), "{version}: {reason:?}");
        }
    }
    // Of a client that was not let in there is none.
    for version in VERSIONS {
        let mut server = Server::new(Limits::default());
        server.receives(with_will(version));
        server.ends(ReasonCode::NOT_AUTHORIZED);
        assert!(server.closed().will.is_none());
    }
}

#[test]
fn a_will_waits_no_longer_than_the_session_lasts() {
    // Will Delay, Session Expiry of CONNECT and DISCONNECT; what holds.
    for (delay, expiry, at_the_end, expected) in [
        ("00 00 00 00", "00 00 00 64", None, 0),
        ("00 00 00 0a", "00 00 00 64", None, 10),
        ("00 00 00 64", "00 00 00 0a", None, 10),
        ("00 00 00 0a", "00 00 00 00", None, 0),
        ("ff ff ff ff", "ff ff ff ff", None, u32::MAX),
        ("00 00 00 0a", "00 00 00 64", Some("00 00 00 03"), 3),
        ("00 00 00 0a", "00 00 00 03", Some("00 00 00 64"), 10),
    ] {
        let wire = format!(
            "10 1f 00 04 4d 51 54 54 05 06 00 00 05 11 {expiry} 00 01 61 05 18 {delay} 00 01 77 00 01 6d"
        );
        let mut server = Server::open(Limits::default(), &wire);
        if let Some(expiry) = at_the_end {
            server.receives(&format!("e0 07 04 05 11 {expiry}"));
        }
        server.ends(Cause::Lost);
        let will = server.closed().will.unwrap();
        assert_eq!(will.delay_interval, expected, "{delay} {expiry}");
    }
}

#[test]
fn how_long_a_session_is_kept() {
    for (wire, expected) in [
        ("10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61", 0),
        ("10 0d 00 04 4d 51 54 54 04 00 00 00 00 01 61", u32::MAX),
        ("10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61", 0),
        (
            "10 0f 00 06 4d 51 49 73 64 70 03 00 00 00 00 01 61",
            u32::MAX,
        ),
        ("10 0e 00 04 4d 51 54 54 05 00 00 00 00 00 01 61", 0),
        (
            "10 13 00 04 4d 51 54 54 05 02 00 00 05 11 00 00 00 05 00 01 61",
            5,
        ),
    ] {
        let mut server = Server::open(Limits::default(), wire);
        server.ends(Cause::Lost);
        assert_eq!(server.closed().session_expiry_interval, expected, "{wire}");
    }
    // The server's word counts.
    let mut server = Server::new(Limits::default());
    server.receives("10 13 00 04 4d 51 54 54 05 02 00 00 05 11 00 00 00 05 00 01 61");
    let properties = ConnAckProperties {
        session_expiry_interval: Some(3),
        ..ConnAckProperties::default()
    };
    let accepted = server.accepts_with(Session::new(), false, properties);
    assert_eq!(accepted, Ok(()));
    assert_eq!(server.sent(), ["20 08 00 00 05 11 00 00 00 03"]);
    server.ends(Cause::Lost);
    assert_eq!(server.closed().session_expiry_interval, 3);
}
