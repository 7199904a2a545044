//! Chapters 1 and 2: data types, fixed header, identifiers, properties.

use puremqtt::{
    Ack, Auth, ConnAck, Connect, Decoder, Delivery, Disconnect, EncodeError, Encoder, List, Output,
    Packet, PacketId, Publish, PublishProperties, QoS, ReasonCode, SubAck, Subscribe,
    SubscribeProperties, Subscription, SubscriptionIdentifier, TopicErrorKind, TopicFilter,
    TopicName, Unsubscribe, UserProperty,
};

use super::{A, CONNECT, EACH, V5, publish};
use crate::check::{
    MALFORMED, PROTOCOL_ERROR, accepts_v5, cannot_encode, decode, encodes, hex, id, length, packet,
    refuses_v5,
};

/// Packets that have a text for a property, up to that property's identifier,
/// with everything behind it, and the identifiers of their properties.
const TEXTS: [(u8, &str, &[u8], &str); 12] = [
    (0x10, "00 04 4d 51 54 54 05 02 00 00", &[0x15], "00 01 61"),
    (0x20, "00 00", &[0x12, 0x15, 0x1a, 0x1c, 0x1f], ""),
    (0x30, "00 01 61", &[0x03, 0x08], ""),
    (0x40, "00 01 00", &[0x1f], ""),
    (0x50, "00 01 00", &[0x1f], ""),
    (0x62, "00 01 00", &[0x1f], ""),
    (0x70, "00 01 00", &[0x1f], ""),
    (0x90, "00 01", &[0x1f], "00"),
    (0xb0, "00 01", &[0x1f], "00"),
    (0xe0, "00", &[0x1c, 0x1f], ""),
    (0xf0, "18", &[0x15, 0x1f], ""),
    (
        0x10,
        "00 04 4d 51 54 54 05 06 00 00 00 00 01 61",
        &[0x03, 0x08],
        "00 01 77 00 00",
    ),
];

/// Every packet with a text as a property, for each such property.
fn with_texts(text: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut packets = Vec::new();
    for (first, before, ids, after) in TEXTS {
        for &id in ids {
            let mut property = vec![id];
            property.extend((text.len() as u16).to_be_bytes());
            property.extend(text);
            if first == 0xf0 && id != 0x15 {
                property.extend(hex("15 00 01 4d"));
            }
            let mut body = hex(before);
            body.extend(length(property.len()));
            body.extend(property);
            body.extend(hex(after));
            packets.push((id, packet(first, &body)));
        }
    }
    packets
}

#[test]
fn v5_0_mqtt_1_5_4_1_text_that_is_not_utf_8_is_refused() {
    refuses_v5(
        "10 10 00 04 4d 51 54 54 05 02 00 00 00 00 03 ed a0 80",
        MALFORMED,
        "5.0/MQTT-1.5.4-1",
    );
    // In a client identifier the rest has a number of its own: it is UTF-8 [MQTT-3.1.3-4].
    for (length, text) in [
        ("0f", "02 c0 80"),
        ("0e", "01 ff"),
        ("0f", "02 e2 82"),
        ("11", "04 f4 90 80 80"),
    ] {
        refuses_v5(
            format!("10 {length} 00 04 4d 51 54 54 05 02 00 00 00 00 {text}"),
            MALFORMED,
            "5.0/MQTT-3.1.3-4",
        );
    }
    for text in [&b"\xc0\x80"[..], b"\xff", b"\xe2\x82", b"\xf4\x90\x80\x80"] {
        for (id, wire) in with_texts(text) {
            // So have two properties.
            let statement = match id {
                0x03 => "5.0/MQTT-3.3.2-19",
                0x08 => "5.0/MQTT-3.3.2-13",
                _ => "5.0/MQTT-1.5.4-1",
            };
            refuses_v5(wire, MALFORMED, statement);
        }
    }
    for (_, wire) in with_texts(b"\xed\xa0\x80") {
        refuses_v5(wire, MALFORMED, "5.0/MQTT-1.5.4-1");
    }
    for (_, wire) in with_texts("é/\u{10ffff}".as_bytes()) {
        accepts_v5(wire);
    }
}

#[test]
fn v5_0_mqtt_1_5_4_2_u_0000_is_refused() {
    refuses_v5("30 06 00 03 61 00 62 00", MALFORMED, "5.0/MQTT-1.5.4-2");
    for (_, wire) in with_texts(b"a\0b") {
        refuses_v5(wire, MALFORMED, "5.0/MQTT-1.5.4-2");
    }
    // A topic with U+0000 does not come to be, so no encoder sees one.
    let error = TopicName::new("a\0b").unwrap_err();
    assert_eq!(error.kind(), TopicErrorKind::Nul);
    let client_id = Connect {
        client_id: "a\0b",
        ..Connect::default()
    };
    let user_name = Connect {
        user_name: Some("a\0b"),
        ..Connect::default()
    };
    for connect in [client_id, user_name] {
        assert!(matches!(cannot_encode(V5, connect), EncodeError::Nul(_)));
    }
    let content_type = PublishProperties {
        content_type: Some("a\0b"),
        ..Default::default()
    };
    let pairs = [
        UserProperty::new("k", "a\0b"),
        UserProperty::new("a\0b", "v"),
    ];
    let value = PublishProperties {
        user_properties: List::from(&pairs[..1]),
        ..Default::default()
    };
    let name = PublishProperties {
        user_properties: List::from(&pairs[1..]),
        ..Default::default()
    };
    for properties in [&content_type, &value, &name] {
        let publish = Publish {
            properties: properties.into(),
            ..Publish::new(A, b"")
        };
        assert!(matches!(cannot_encode(V5, publish), EncodeError::Nul(_)));
    }
}

#[test]
fn v5_0_mqtt_1_5_4_3_u_feff_is_a_character_like_any_other() {
    let publish = publish("30 07 00 04 ef bb bf 61 00");
    assert_eq!(publish.topic.as_bytes(), [0xef, 0xbb, 0xbf, 0x61]);
    assert_eq!(publish.topic.as_str(), "\u{feff}a");
    assert!(!TopicFilter::literal("a").matches(publish.topic));
}

/// The limits of each length of a Variable Byte Integer.
const LIMITS: [(usize, &str); 8] = [
    (0, "00"),
    (127, "7f"),
    (128, "80 01"),
    (16_383, "ff 7f"),
    (16_384, "80 80 01"),
    (2_097_151, "ff ff 7f"),
    (2_097_152, "80 80 80 01"),
    (268_435_455, "ff ff ff 7f"),
];

/// Keeps the beginning of what is written, which may be large.
#[derive(Default)]
struct Beginning {
    bytes: Vec<u8>,
    len: usize,
}

impl Output for Beginning {
    fn room(&self) -> usize {
        usize::MAX
    }

    fn put(&mut self, bytes: &[u8]) {
        let missing = 16_usize.saturating_sub(self.bytes.len()).min(bytes.len());
        self.bytes.extend(&bytes[..missing]);
        self.len += bytes.len();
    }
}

#[test]
fn v5_0_mqtt_1_5_5_1_variable_byte_integers_are_shortest() {
    // As Remaining Length.
    encodes(V5, Packet::PingReq, "c0 00");
    for (value, bytes) in LIMITS.into_iter().skip(1) {
        // Topic and Property Length take four bytes.
        let payload = vec![0; value - 4];
        let publish = Publish::new(A, &payload);
        let mut output = Beginning::default();
        Encoder::new(V5).encode(publish, &mut output).unwrap();
        let header = hex(&format!("30 {bytes} 00 01 61 00"));
        assert_eq!(output.bytes[..header.len()], header);
        assert_eq!(output.len, header.len() + payload.len());
        let mut wire = vec![0; output.len];
        wire[..header.len()].copy_from_slice(&header);
        let decoded = Decoder::new(V5).decode(&wire).map(|found| {
            found.is_some_and(|(packet, used)| packet.packet_id().is_none() && used == output.len)
        });
        assert_eq!(decoded, Ok(true));
    }
    // As Subscription Identifier, of which 0 is none.
    for (value, bytes) in LIMITS.into_iter().skip(1) {
        let properties = SubscribeProperties {
            subscription_identifier: SubscriptionIdentifier::new(value as u32),
            ..Default::default()
        };
        let wanted = [Subscription::new(
            TopicFilter::literal("a"),
            QoS::AtMostOnce,
        )];
        let subscribe = Subscribe {
            properties: (&properties).into(),
            ..Subscribe::new(id(1), List::from(&wanted))
        };
        let property = hex(&format!("0b {bytes}"));
        let body = [
            &[0, 1, property.len() as u8][..],
            &property,
            &hex("00 01 61 00"),
        ];
        let wire = packet(0x82, &body.concat());
        encodes(V5, subscribe, wire.clone());
        assert_eq!(accepts_v5(wire), subscribe.into());
    }
    // As Property Length: a User Property takes five bytes and its texts.
    for (value, bytes) in LIMITS.into_iter().skip(1).take(3) {
        let text = "v".repeat(value - 5);
        let pairs = [UserProperty::new("", &text)];
        let properties = PublishProperties {
            user_properties: List::from(&pairs),
            ..Default::default()
        };
        let publish = Publish {
            properties: (&properties).into(),
            ..Publish::new(A, b"")
        };
        let body = [
            hex(&format!("00 01 61 {bytes} 26 00 00")),
            (text.len() as u16).to_be_bytes().to_vec(),
            text.as_bytes().to_vec(),
        ];
        let wire = packet(0x30, &body.concat());
        encodes(V5, publish, wire.clone());
        accepts_v5(wire);
    }
    for over_long in [
        "c0 80 00",
        "c0 80 80 00",
        "c0 80 80 80 00",
        // Remaining Length 4.
        "30 84 00 00 01 61 00",
        // Property Length 0.
        "30 05 00 01 61 80 00",
        // A property's identifier, 1.
        "30 07 00 01 61 03 81 00 01",
        // Subscription Identifier 1.
        "30 07 00 01 61 03 0b 81 00",
    ] {
        refuses_v5(over_long, MALFORMED, "5.0/MQTT-1.5.5-1");
    }
    for too_long in [
        "c0 ff ff ff ff 7f",
        "c0 80 80 80 80 00",
        "30 09 00 01 61 ff ff ff ff 7f 00",
        "30 0a 00 01 61 06 0b ff ff ff ff 7f",
    ] {
        refuses_v5(too_long, MALFORMED, "5.0/MQTT-1.5.5-1");
    }
    // The fourth byte is enough to know.
    refuses_v5("c0 ff ff ff ff", MALFORMED, "5.0/MQTT-1.5.5-1");
}

#[test]
fn v5_0_mqtt_1_5_7_1_both_texts_of_a_pair_are_utf_8() {
    let wire = |name: &str, value: &str| format!("30 0b 00 01 61 07 26 00 01 {name} 00 01 {value}");
    accepts_v5(wire("6b", "76"));
    refuses_v5(wire("6b", "ff"), MALFORMED, "5.0/MQTT-1.5.7-1");
    refuses_v5(wire("ff", "76"), MALFORMED, "5.0/MQTT-1.5.7-1");
    // The rules that hold for every text keep their numbers.
    refuses_v5(wire("6b", "00"), MALFORMED, "5.0/MQTT-1.5.4-2");
    refuses_v5(wire("00", "76"), MALFORMED, "5.0/MQTT-1.5.4-2");
    refuses_v5(
        "30 0d 00 01 61 09 26 00 01 6b 00 03 ed a0 80",
        MALFORMED,
        "5.0/MQTT-1.5.4-1",
    );
}

#[test]
fn v5_0_mqtt_2_1_3_1_reserved_flags_are_as_listed() {
    let subscriptions = [Subscription::new(
        TopicFilter::literal("a"),
        QoS::AtMostOnce,
    )];
    let filters = [TopicFilter::literal("a")];
    let codes = [ReasonCode::SUCCESS];
    let each: [Packet<'_>; 15] = [
        Connect {
            client_id: "a",
            clean_start: true,
            ..Connect::default()
        }
        .into(),
        ConnAck::default().into(),
        Publish::new(A, b"").into(),
        Packet::PubAck(Ack::new(id(1))),
        Packet::PubRec(Ack::new(id(1))),
        Packet::PubRel(Ack::new(id(1))),
        Packet::PubComp(Ack::new(id(1))),
        Subscribe::new(id(1), List::from(&subscriptions)).into(),
        SubAck::new(id(1), List::from(&codes)).into(),
        Unsubscribe::new(id(1), List::from(&filters)).into(),
        Packet::UnsubAck(SubAck::new(id(1), List::from(&codes))),
        Packet::PingReq,
        Packet::PingResp,
        Disconnect::default().into(),
        Auth::default().into(),
    ];
    for (packet, wire) in each.into_iter().zip(EACH) {
        encodes(V5, packet, wire);
        assert_eq!(accepts_v5(wire), packet);
    }
    for wire in EACH {
        let mut bytes = hex(wire);
        let right = bytes[0];
        // All 16 values of a PUBLISH's flags mean something.
        if right >> 4 == 3 {
            continue;
        }
        // Five types have a statement of their own for the same.
        let statement = match right >> 4 {
            6 => "5.0/MQTT-3.6.1-1",
            8 => "5.0/MQTT-3.8.1-1",
            10 => "5.0/MQTT-3.10.1-1",
            14 => "5.0/MQTT-3.14.1-1",
            15 => "5.0/MQTT-3.15.1-1",
            _ => "5.0/MQTT-2.1.3-1",
        };
        for flags in 0..16 {
            bytes[0] = right & 0xf0 | flags;
            if bytes[0] != right {
                refuses_v5(bytes.clone(), MALFORMED, statement);
            }
        }
    }
}

#[test]
fn v5_0_mqtt_2_2_1_2_a_publish_of_qos_0_has_no_packet_identifier() {
    encodes(V5, Publish::new(A, b"x"), "30 05 00 01 61 00 78");
    let publish = publish("30 05 00 01 61 00 78");
    assert_eq!(publish.delivery, Delivery::AtMostOnce);
    assert_eq!(publish.delivery.packet_id(), None);
    assert!(publish.properties.is_empty());
    assert_eq!(publish.payload, b"x");
}

#[test]
fn v5_0_mqtt_2_2_2_1_no_properties_are_a_property_length_of_0() {
    let connect = Connect {
        client_id: "a",
        clean_start: true,
        ..Connect::default()
    };
    encodes(V5, connect, CONNECT);
    encodes(V5, Publish::new(A, b""), "30 04 00 01 61 00");
    let with_will = Connect {
        will: Some(puremqtt::Will::new(TopicName::literal("w"), b"")),
        ..connect
    };
    encodes(
        V5,
        with_will,
        "10 14 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 01 77 00 00",
    );
    // Only the short forms of six packets leave it out.
    for wire in [
        "10 0a 00 04 4d 51 54 54 05 02 00 00",
        "20 02 00 00",
        "30 03 00 01 61",
        "82 02 00 01",
        "90 02 00 01",
        "a2 02 00 01",
        "b0 02 00 01",
    ] {
        refuses_v5(wire, MALFORMED, "5.0/MQTT-2.2.2-1");
    }
    for wire in [
        "40 02 00 01",
        "40 03 00 01 10",
        "50 02 00 01",
        "50 03 00 01 10",
    ] {
        accepts_v5(wire);
    }
    for wire in [
        "62 02 00 01",
        "62 03 00 01 92",
        "70 02 00 01",
        "70 03 00 01 92",
    ] {
        accepts_v5(wire);
    }
    for wire in ["e0 00", "e0 01 04", "f0 00"] {
        accepts_v5(wire);
    }
}

// Statements on identifiers, as far as one packet shows them.

#[test]
fn v5_0_mqtt_2_2_1_3_packet_identifier_0_is_refused() {
    for wire in [
        "82 07 00 00 00 00 01 61 00",
        "a2 06 00 00 00 00 01 61",
        "32 06 00 01 61 00 00 00",
        "34 06 00 01 61 00 00 00",
    ] {
        refuses_v5(wire, PROTOCOL_ERROR, "5.0/MQTT-2.2.1-3");
    }
    // No encoder sees 0: the type has no such value.
    assert_eq!(PacketId::new(0), None);
}

#[test]
fn v5_0_mqtt_2_2_1_4_a_server_s_publish_has_no_packet_identifier_0_either() {
    for wire in ["32 06 00 01 61 00 00 00", "34 06 00 01 61 00 00 00"] {
        let error = decode(Decoder::client(V5), wire).unwrap_err();
        assert_eq!(error.statement(), Some("5.0/MQTT-2.2.1-4"));
    }
}

#[test]
fn v5_0_mqtt_2_2_1_5_no_acknowledgement_has_packet_identifier_0() {
    for first in ["40", "50", "62", "70"] {
        refuses_v5(
            format!("{first} 02 00 00"),
            PROTOCOL_ERROR,
            "5.0/MQTT-2.2.1-5",
        );
    }
}

#[test]
fn v5_0_mqtt_2_2_1_6_no_suback_or_unsuback_has_packet_identifier_0() {
    for first in ["90", "b0"] {
        refuses_v5(
            format!("{first} 04 00 00 00 00"),
            PROTOCOL_ERROR,
            "5.0/MQTT-2.2.1-6",
        );
    }
}
