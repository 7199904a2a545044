//! The statements that want a connection closed over bytes that are no packet, from the bytes to
//! the end: the codec's tests show that they are refused, these what that leads to.

use puremqtt::{Limits, Version};

use crate::check::{hex, packet};
use crate::parties::{NONE, SILENCE, Server, text};

const CONNECT_V3: &str = "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 61";
/// With a will.
const WILLING_V3: &str = "10 13 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 77 00 01 6d";
const WILLING_V5: &str = "10 15 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 01 77 00 01 6d";
/// DISCONNECT and CONNACK with Malformed Packet.
const MALFORMED: Option<&str> = Some("e0 01 81");
const MALFORMED_CONNECT: Option<&str> = Some("20 03 00 81 00");

/// An open server is sent this: it ends, nothing behind it is looked at, and the will is due.
fn closes(version: Version, wire: &str) {
    let (connect, farewell) = match version {
        Version::V5 => (WILLING_V5, MALFORMED),
        _ => (WILLING_V3, SILENCE),
    };
    let mut server = Server::open(Limits::default(), connect);
    assert_eq!(server.receives(&format!("{wire} c0 00")), NONE, "{wire}");
    assert_eq!(server.sent(), NONE, "{wire}");
    assert_eq!(server.farewell(), farewell, "{wire}");
    assert!(server.closed().will.is_some(), "{wire}");
}

/// A new server is sent this instead of a CONNECT.
fn closes_at_once(wire: &str, farewell: Option<&str>) {
    let mut server = Server::new(Limits::default());
    assert_eq!(server.receives(&format!("{wire} c0 00")), NONE, "{wire}");
    assert_eq!(server.sent(), NONE, "{wire}");
    assert_eq!(server.farewell(), farewell, "{wire}");
    assert!(server.closed().session.is_none());
}

/// The same packet with each other value of its four flags.
fn with_other_flags(wire: &str) -> impl Iterator<Item = String> {
    let right = hex(wire);
    let flags = (0..16).filter(move |flags| right[0] & 15 != *flags);
    let right = hex(wire);
    flags.map(move |flags| text(&[&[right[0] & 0xf0 | flags], &right[1..]].concat()))
}

fn closes_with_other_flags(version: Version, wire: &str) {
    for wire in with_other_flags(wire) {
        closes(version, &wire);
    }
}

// --- MQTT 3.1.1 ---

const V3_1_1: Version = Version::V3_1_1;

#[test]
fn v3_1_1_mqtt_1_5_3_1_text_that_is_not_utf_8_closes_the_connection() {
    for topic in ["ff", "c0 80", "ed a0 80", "e2 82", "f4 90 80 80"] {
        let topic = hex(topic);
        let body = [&[0, topic.len() as u8], &topic[..], b"x"].concat();
        closes(V3_1_1, &text(&packet(0x30, &body)));
        let body = [&[0, 1, 0, topic.len() as u8], &topic[..], &[0]].concat();
        closes(V3_1_1, &text(&packet(0x82, &body)));
    }
}

#[test]
fn v3_1_1_mqtt_1_5_3_2_u_0000_closes_the_connection() {
    closes(V3_1_1, "30 05 00 03 61 00 62");
    closes(V3_1_1, "82 06 00 01 00 01 00 00");
    closes_at_once("10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 00", SILENCE);
}

#[test]
fn v3_1_1_mqtt_2_2_2_2_other_flags_close_the_connection() {
    for wire in ["40 02 00 01", "50 02 00 01", "70 02 00 01", "c0 00"] {
        closes_with_other_flags(V3_1_1, wire);
    }
    for wire in with_other_flags(CONNECT_V3) {
        closes_at_once(&wire, SILENCE);
    }
}

#[test]
fn v3_1_1_mqtt_3_1_2_1_another_protocol_name_is_not_handled_as_this_protocol() {
    for name in ["4d 51 54 58", "6d 71 74 74"] {
        let wire = format!("10 0d 00 04 {name} 04 02 00 00 00 01 61");
        closes_at_once(&wire, SILENCE);
    }
}

#[test]
fn v3_1_1_mqtt_3_1_2_3_the_reserved_connect_flag_closes_the_connection() {
    closes_at_once("10 0d 00 04 4d 51 54 54 04 03 00 00 00 01 61", SILENCE);
}

#[test]
fn v3_1_1_mqtt_3_3_1_4_qos_3_closes_the_connection() {
    for first in ["36", "37", "3e", "3f"] {
        closes(V3_1_1, &format!("{first} 06 00 01 61 00 01 78"));
    }
}

#[test]
fn v3_1_1_mqtt_3_6_1_1_other_flags_of_pubrel_close_the_connection() {
    closes_with_other_flags(V3_1_1, "62 02 00 01");
}

#[test]
fn v3_1_1_mqtt_3_8_1_1_other_flags_of_subscribe_close_the_connection() {
    closes_with_other_flags(V3_1_1, "82 06 00 01 00 01 61 00");
}

#[test]
fn v3_1_1_mqtt_3_8_3_4_a_qos_above_2_closes_the_connection() {
    for qos in 3..=u8::MAX {
        closes(V3_1_1, &format!("82 06 00 01 00 01 61 {qos:02x}"));
    }
}

#[test]
fn v3_1_1_mqtt_3_10_1_1_other_flags_of_unsubscribe_close_the_connection() {
    closes_with_other_flags(V3_1_1, "a2 05 00 01 00 01 61");
}

#[test]
fn v3_1_1_mqtt_3_14_1_1_reserved_bits_of_disconnect_close_the_connection() {
    closes_with_other_flags(V3_1_1, "e0 00");
}

// --- MQTT 5 ---

const V5: Version = Version::V5;

#[test]
fn v5_0_mqtt_2_1_3_1_other_flags_close_the_connection() {
    for wire in ["40 02 00 01", "50 02 00 01", "70 02 00 01", "c0 00"] {
        closes_with_other_flags(V5, wire);
    }
}

#[test]
fn v5_0_mqtt_3_1_2_3_the_reserved_connect_flag_closes_the_connection() {
    let wire = "10 0e 00 04 4d 51 54 54 05 03 00 00 00 00 01 61";
    closes_at_once(wire, MALFORMED_CONNECT);
}

#[test]
fn v5_0_mqtt_3_3_1_4_qos_3_closes_the_connection() {
    for first in ["36", "37", "3e", "3f"] {
        closes(V5, &format!("{first} 07 00 01 61 00 01 00 78"));
    }
}

#[test]
fn v5_0_mqtt_3_6_1_1_other_flags_of_pubrel_close_the_connection() {
    closes_with_other_flags(V5, "62 02 00 01");
}

#[test]
fn v5_0_mqtt_3_8_1_1_other_flags_of_subscribe_close_the_connection() {
    closes_with_other_flags(V5, "82 07 00 01 00 00 01 61 00");
}

#[test]
fn v5_0_mqtt_3_8_3_5_reserved_options_close_the_connection() {
    for options in ["40", "80", "c0"] {
        closes(V5, &format!("82 07 00 01 00 00 01 61 {options}"));
    }
}

#[test]
fn v5_0_mqtt_3_10_1_1_other_flags_of_unsubscribe_close_the_connection() {
    closes_with_other_flags(V5, "a2 06 00 01 00 00 01 61");
}

#[test]
fn v5_0_mqtt_3_14_1_1_reserved_bits_of_disconnect_are_answered_by_disconnect_81() {
    closes_with_other_flags(V5, "e0 00");
}

#[test]
fn v5_0_mqtt_3_15_1_1_other_flags_of_auth_close_the_connection() {
    closes_with_other_flags(V5, "f0 06 19 04 15 00 01 4d");
}
