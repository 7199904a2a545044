//! Chapters 1 and 2: text, fixed header, identifiers.

use puremqtt::{
    Ack, ConnAck, Connect, Delivery, Disconnect, EncodeError, List, Packet, PacketId, Publish, QoS,
    ReasonCode, SubAck, Subscribe, Subscription, TopicErrorKind, TopicFilter, TopicName,
    Unsubscribe,
};

use super::{A, EACH, V3_1_1, publish};
use crate::check::{accepts_v3_1_1, cannot_encode, encodes, hex, id, packet, refuses_v3_1_1};

#[test]
fn v3_1_1_mqtt_1_5_3_1_text_that_is_not_utf_8_is_refused() {
    refuses_v3_1_1(
        "10 0f 00 04 4d 51 54 54 04 02 00 00 00 03 ed a0 80",
        "3.1.1/MQTT-1.5.3-1",
    );
    // In a client identifier the rest has a number of its own: it is UTF-8 [MQTT-3.1.3-4].
    for (length, text) in [("0e", "02 c0 80"), ("0d", "01 ff"), ("0e", "02 e2 82")] {
        refuses_v3_1_1(
            format!("10 {length} 00 04 4d 51 54 54 04 02 00 00 00 {text}"),
            "3.1.1/MQTT-3.1.3-4",
        );
    }
}

#[test]
fn v3_1_1_mqtt_1_5_3_2_u_0000_is_refused() {
    refuses_v3_1_1("30 05 00 03 61 00 62", "3.1.1/MQTT-1.5.3-2");
    refuses_v3_1_1(
        "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 00",
        "3.1.1/MQTT-1.5.3-2",
    );
    // A topic with U+0000 does not come to be, so no encoder sees one.
    let error = TopicName::new("a\0b").unwrap_err();
    assert_eq!(error.kind(), TopicErrorKind::Nul);
    let nul = Connect {
        version: V3_1_1,
        client_id: "a\0",
        clean_start: true,
        ..Connect::default()
    };
    assert!(matches!(cannot_encode(V3_1_1, nul), EncodeError::Nul(_)));
    let nul = Connect {
        client_id: "a",
        user_name: Some("\0"),
        ..nul
    };
    assert!(matches!(cannot_encode(V3_1_1, nul), EncodeError::Nul(_)));
}

#[test]
fn v3_1_1_mqtt_1_5_3_3_u_feff_is_a_character_like_any_other() {
    let publish = publish("30 06 00 04 ef bb bf 61");
    assert_eq!(publish.topic.as_bytes(), [0xef, 0xbb, 0xbf, 0x61]);
    assert_eq!(publish.topic.as_str(), "\u{feff}a");
    assert!(!TopicFilter::literal("a").matches(publish.topic));
}

#[test]
fn v3_1_1_mqtt_2_2_2_1_reserved_flags_are_written_as_listed() {
    let subscriptions = [Subscription::new(
        TopicFilter::literal("a"),
        QoS::AtMostOnce,
    )];
    let filters = [TopicFilter::literal("a")];
    let each: [Packet<'_>; 14] = [
        Connect {
            version: V3_1_1,
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
        SubAck::new(id(1), List::from(&[ReasonCode::GRANTED_QOS_0])).into(),
        Unsubscribe::new(id(1), List::from(&filters)).into(),
        Packet::UnsubAck(SubAck::new(id(1), List::EMPTY)),
        Packet::PingReq,
        Packet::PingResp,
        Disconnect::default().into(),
    ];
    for (packet, wire) in each.into_iter().zip(EACH) {
        encodes(V3_1_1, packet, wire);
        assert_eq!(accepts_v3_1_1(wire), packet);
    }
    // PUBLISH has DUP, QoS and RETAIN there.
    let (packet_id, body) = (id(1), "05 00 01 61 00 01");
    for (delivery, retain, wire) in [
        (Delivery::AtMostOnce, true, "31 03 00 01 61".to_owned()),
        (
            Delivery::AtLeastOnce {
                packet_id,
                dup: false,
            },
            false,
            format!("32 {body}"),
        ),
        (
            Delivery::AtLeastOnce {
                packet_id,
                dup: true,
            },
            true,
            format!("3b {body}"),
        ),
        (
            Delivery::ExactlyOnce {
                packet_id,
                dup: false,
            },
            true,
            format!("35 {body}"),
        ),
        (
            Delivery::ExactlyOnce {
                packet_id,
                dup: true,
            },
            false,
            format!("3c {body}"),
        ),
    ] {
        let publish = Publish {
            delivery,
            retain,
            ..Publish::new(A, b"")
        };
        assert_eq!(accepts_v3_1_1(wire), publish.into());
    }
}

#[test]
fn v3_1_1_mqtt_2_2_2_2_other_flags_are_refused() {
    refuses_v3_1_1("c1 00", "3.1.1/MQTT-2.2.2-2");
    refuses_v3_1_1("d8 00", "3.1.1/MQTT-2.2.2-2");
    refuses_v3_1_1("42 02 00 01", "3.1.1/MQTT-2.2.2-2");
    refuses_v3_1_1("80 06 00 01 00 01 61 00", "3.1.1/MQTT-3.8.1-1");
    for wire in EACH {
        let mut bytes = hex(wire);
        let right = bytes[0];
        // All 16 values of a PUBLISH's flags mean something.
        if right >> 4 == 3 {
            continue;
        }
        // Four types have a statement of their own for the same.
        let statement = match right >> 4 {
            6 => "3.1.1/MQTT-3.6.1-1",
            8 => "3.1.1/MQTT-3.8.1-1",
            10 => "3.1.1/MQTT-3.10.1-1",
            14 => "3.1.1/MQTT-3.14.1-1",
            _ => "3.1.1/MQTT-2.2.2-2",
        };
        for flags in 0..16 {
            bytes[0] = right & 0xf0 | flags;
            if bytes[0] != right {
                refuses_v3_1_1(bytes.clone(), statement);
            }
        }
    }
}

#[test]
fn v3_1_1_mqtt_2_3_1_1_packet_identifier_0_is_refused() {
    refuses_v3_1_1("82 06 00 00 00 01 61 00", "3.1.1/MQTT-2.3.1-1");
    refuses_v3_1_1("a2 05 00 00 00 01 61", "3.1.1/MQTT-2.3.1-1");
    refuses_v3_1_1("32 05 00 01 61 00 00", "3.1.1/MQTT-2.3.1-1");
    refuses_v3_1_1("34 05 00 01 61 00 00", "3.1.1/MQTT-2.3.1-1");
    // What answers them repeats their identifier, so it is not 0 either.
    for first in ["40", "50", "62", "70"] {
        refuses_v3_1_1(format!("{first} 02 00 00"), "3.1.1/MQTT-2.3.1-6");
    }
    refuses_v3_1_1("90 03 00 00 00", "3.1.1/MQTT-2.3.1-7");
    refuses_v3_1_1("b0 02 00 00", "3.1.1/MQTT-2.3.1-7");
    // No encoder sees 0: the type has no such value.
    assert_eq!(PacketId::new(0), None);
    for number in [1, 0xffff] {
        let acknowledged = Packet::PubAck(Ack::new(id(number)));
        let [high, low] = number.to_be_bytes();
        encodes(V3_1_1, acknowledged, packet(0x40, &[high, low]));
    }
}

#[test]
fn v3_1_1_mqtt_2_3_1_5_a_publish_of_qos_0_has_no_packet_identifier() {
    encodes(V3_1_1, Publish::new(A, b"x"), "30 04 00 01 61 78");
    let publish = publish("30 04 00 01 61 78");
    assert_eq!(publish.delivery, Delivery::AtMostOnce);
    assert_eq!(publish.delivery.packet_id(), None);
    assert_eq!(publish.payload, b"x");
}
