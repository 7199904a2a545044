//! MQTT 3.1.1: the statements on the wire format, a file a chapter.
//!
//! A test that expects another number than its own says which and why: one
//! input often breaks several statements, and the error names the most exact.

mod connect;
mod connection;
mod format;
mod packets;

use puremqtt::{Packet, Publish, TopicName, Version};

use crate::check::{Wire, accepts_v3_1_1};

const V3_1_1: Version = Version::V3_1_1;
const A: TopicName = TopicName::literal("a");

const CONNECT: &str = "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61";
/// One packet of each type, as short as it gets, in the order of their numbers.
const EACH: [&str; 14] = [
    CONNECT,
    "20 02 00 00",
    "30 03 00 01 61",
    "40 02 00 01",
    "50 02 00 01",
    "62 02 00 01",
    "70 02 00 01",
    "82 06 00 01 00 01 61 00",
    "90 03 00 01 00",
    "a2 05 00 01 00 01 61",
    "b0 02 00 01",
    "c0 00",
    "d0 00",
    "e0 00",
];

fn publish(wire: impl Wire) -> Publish<'static> {
    match accepts_v3_1_1(wire) {
        Packet::Publish(publish) => publish,
        other => panic!("{other}"),
    }
}
