//! What broke other implementations, from the CONNECT to the clock: a test for
//! each numbered row that a connection can answer.
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

mod clock;
mod open;
mod opening;
#[path = "../common/parties.rs"]
mod parties;

use std::time::Duration;

use parties::{Client, SILENCE, Server};
use puremqtt::{Connect, Limits, Properties, Version};

const V3_1: Version = Version::V3_1;
const V3_1_1: Version = Version::V3_1_1;
const V5: Version = Version::V5;
const VERSIONS: [Version; 3] = [V3_1, V3_1_1, V5];
const START: Duration = Duration::ZERO;

/// The identifier "a", Clean Session, Keep Alive 0.
fn connect(version: Version) -> &'static str {
    match version {
        V3_1 => "10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61",
        V3_1_1 => "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61",
        V5 => "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61",
    }
}

fn connack(version: Version) -> &'static str {
    match version {
        V3_1 | V3_1_1 => "20 02 00 00",
        V5 => "20 03 00 00 00",
    }
}

/// Says [`connect`].
fn client(version: Version) -> Connect<'static> {
    Connect {
        version,
        client_id: "a",
        clean_start: true,
        keep_alive: 0,
        will: None,
        user_name: None,
        password: None,
        properties: Properties::NONE,
    }
}

fn new_server() -> Server {
    Server::new(Limits::default())
}

fn open_server(version: Version) -> Server {
    Server::open(Limits::default(), connect(version))
}

fn open_client(version: Version) -> Client {
    Client::open(&client(version), connack(version))
}

/// What a side says to the reason in MQTT 5, and before it: nothing.
fn farewell(version: Version, v5: &str) -> Option<&str> {
    match version {
        V3_1 | V3_1_1 => SILENCE,
        V5 => Some(v5),
    }
}
