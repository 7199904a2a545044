//! Chapters 1 and 2: data types, fixed header, identifiers, properties.

use puremqtt::{
    Ack, Auth, ConnAck, Connect, Decoder, Disconnect, EncodeError, Encoder, List, Output, Packet,
    PacketId, Publish, PublishProperties, QoS, ReasonCode, SubAck, Subscribe, SubscribeProperties,
    Subscription, SubscriptionIdentifier, TopicErrorKind, TopicFilter, TopicName, Unsubscribe,
    UserProperty,
};

use super::{A, CONNECT, EACH, V5, publish};
use crate::check::{accepted, accepts_v5, cannot_encode, encodes, hex, id, packet, vectors};

#[test]
fn v5_0_mqtt_1_5_4_1_text_that_is_not_utf_8_is_refused() {
    // Every packet with a text as a property, for each such property. What is no surrogate has a
    // number of its own in a client identifier [MQTT-3.1.3-4], a Response Topic [MQTT-3.3.2-13] and
    // a Content Type [MQTT-3.3.2-19].
    vectors(V5, "MQTT-1.5.4-1");
}

#[test]
fn v5_0_mqtt_1_5_4_2_u_0000_is_refused() {
    vectors(V5, "MQTT-1.5.4-2");
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
    vectors(V5, "MQTT-1.5.4-3");
    let [wire] = accepted(V5, "MQTT-1.5.4-3");
    let publish = publish(wire);
    assert_eq!(publish.topic.as_bytes(), [0xef, 0xbb, 0xbf, 0x61]);
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
    // Too long by a byte or more, as each of them; of five bytes the fourth is enough to know.
    vectors(V5, "MQTT-1.5.5-1");
}

#[test]
fn v5_0_mqtt_1_5_7_1_both_texts_of_a_pair_are_utf_8() {
    // The rules that hold for every text keep their numbers.
    vectors(V5, "MQTT-1.5.7-1");
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
    // All others, with all types. Five types have a statement of their own for the same, and all
    // 16 values of a PUBLISH's flags mean something.
    vectors(V5, "MQTT-2.1.3-1");
}

#[test]
fn v5_0_mqtt_2_2_1_2_a_publish_of_qos_0_has_no_packet_identifier() {
    vectors(V5, "MQTT-2.2.1-2");
    let [wire] = accepted(V5, "MQTT-2.2.1-2");
    encodes(V5, Publish::new(A, b"x"), wire.clone());
    let publish = publish(wire);
    assert_eq!(publish.delivery.packet_id(), None);
    assert!(publish.properties.is_empty());
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
    vectors(V5, "MQTT-2.2.2-1");
}

// Statements on identifiers, as far as one packet shows them.

#[test]
fn v5_0_mqtt_2_2_1_3_packet_identifier_0_is_refused() {
    vectors(V5, "MQTT-2.2.1-3");
    // No encoder sees 0: the type has no such value.
    assert_eq!(PacketId::new(0), None);
}

#[test]
fn v5_0_mqtt_2_2_1_4_a_server_s_publish_has_no_packet_identifier_0_either() {
    vectors(V5, "MQTT-2.2.1-4");
}

#[test]
fn v5_0_mqtt_2_2_1_5_no_acknowledgement_has_packet_identifier_0() {
    vectors(V5, "MQTT-2.2.1-5");
}

#[test]
fn v5_0_mqtt_2_2_1_6_no_suback_or_unsuback_has_packet_identifier_0() {
    vectors(V5, "MQTT-2.2.1-6");
}
