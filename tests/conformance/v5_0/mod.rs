//! MQTT 5: the statements on the wire format, a file a chapter.
//!
//! A test that expects another number than its own says which and why: one
//! input often breaks several statements, and the error names the most exact.

mod connect;
mod connection;
mod ending;
mod format;
mod publish;
mod subscribe;

use puremqtt::{Packet, Publish, TopicName, Version};

use crate::check::{Wire, accepts_v5};

const V5: Version = Version::V5;
const A: TopicName = TopicName::literal("a");

/// One packet of each type, as short as it gets, in the order of their numbers.
const EACH: [&str; 15] = [
    CONNECT,
    "20 03 00 00 00",
    "30 04 00 01 61 00",
    "40 02 00 01",
    "50 02 00 01",
    "62 02 00 01",
    "70 02 00 01",
    "82 07 00 01 00 00 01 61 00",
    "90 04 00 01 00 00",
    "a2 06 00 01 00 00 01 61",
    "b0 04 00 01 00 00",
    "c0 00",
    "d0 00",
    "e0 00",
    "f0 00",
];
const CONNECT: &str = "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61";

fn publish(wire: impl Wire) -> Publish<'static> {
    match accepts_v5(wire) {
        Packet::Publish(publish) => publish,
        other => panic!("{other}"),
    }
}
