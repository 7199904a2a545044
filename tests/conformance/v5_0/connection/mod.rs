//! The statements on connections, from bytes to bytes: what comes in, what
//! goes out, and how it ends.

mod authentication;
mod ending;
mod keep_alive;
mod limits;
mod opening;
mod problem;
mod quota;

use puremqtt::{Connect, ConnectProperties, Limits, Properties};

use super::{CONNECT, V5};
use crate::check::{hex, length, packet};
use crate::parties::{Client, Server, text};

const CONNACK: &str = "20 03 00 00 00";
/// A Maximum Packet Size of 20.
const CONNECT_20: &str = "10 13 00 04 4d 51 54 54 05 02 00 00 05 27 00 00 00 14 00 01 61";
const CONNACK_20: &str = "20 08 00 00 05 27 00 00 00 14";

/// Says [`CONNECT`].
const CLIENT: Connect = Connect {
    version: V5,
    client_id: "a",
    clean_start: true,
    keep_alive: 0,
    will: None,
    user_name: None,
    password: None,
    properties: Properties::NONE,
};

const LIMITS: Limits = Limits {
    receive_maximum: std::num::NonZeroU16::MAX,
    maximum_packet_size: None,
    topic_alias_maximum: 0,
    maximum_qos: puremqtt::QoS::ExactlyOnce,
    retain_available: true,
    wildcard_subscription_available: true,
    subscription_identifier_available: true,
    shared_subscription_available: true,
};

fn new_server() -> Server {
    Server::new(LIMITS)
}

/// Has let a client in.
fn open_server() -> Server {
    Server::open(LIMITS, CONNECT)
}

/// Has been let in.
fn open_client() -> Client {
    Client::open(&CLIENT, CONNACK)
}

/// [`CLIENT`] with properties.
fn client<'a>(properties: &'a ConnectProperties<'a>) -> Connect<'a> {
    Connect {
        properties: properties.into(),
        ..CLIENT
    }
}

/// [`CONNECT`] with properties.
fn connect(properties: &str) -> String {
    let properties = hex(properties);
    let body = [
        hex("00 04 4d 51 54 54 05 02 00 00"),
        length(properties.len()),
        properties,
        hex("00 01 61"),
    ];
    text(&packet(0x10, &body.concat()))
}
