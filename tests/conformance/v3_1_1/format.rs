//! Chapters 1 and 2: text, fixed header, identifiers.

use puremqtt::{
    Ack, ConnAck, Connect, Disconnect, EncodeError, List, Packet, PacketId, Publish, QoS,
    ReasonCode, SubAck, Subscribe, Subscription, TopicErrorKind, TopicFilter, TopicName,
    Unsubscribe,
};

use super::{A, EACH, V3_1_1, publish};
use crate::check::{accepted, accepts_v3_1_1, cannot_encode, encodes, id, packet, vectors};

#[test]
fn v3_1_1_mqtt_1_5_3_1_text_that_is_not_utf_8_is_refused() {
    // In a client identifier what is no surrogate has a number of its own: it is UTF-8 [MQTT-3.1.3-4].
    vectors(V3_1_1, "MQTT-1.5.3-1");
}

#[test]
fn v3_1_1_mqtt_1_5_3_2_u_0000_is_refused() {
    vectors(V3_1_1, "MQTT-1.5.3-2");
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
    vectors(V3_1_1, "MQTT-1.5.3-3");
    let [wire] = accepted(V3_1_1, "MQTT-1.5.3-3");
    let publish = publish(wire);
    assert_eq!(publish.topic.as_bytes(), [0xef, 0xbb, 0xbf, 0x61]);
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
    // In a PUBLISH they are DUP, QoS and RETAIN.
    vectors(V3_1_1, "MQTT-2.2.2-1");
    for (packet, wire) in each.into_iter().zip(EACH) {
        encodes(V3_1_1, packet, wire);
        assert_eq!(accepts_v3_1_1(wire), packet);
    }
}

#[test]
fn v3_1_1_mqtt_2_2_2_2_other_flags_are_refused() {
    // All there are, with all types. Four types have a statement of their own for the same, and all
    // 16 values of a PUBLISH's flags mean something.
    vectors(V3_1_1, "MQTT-2.2.2-2");
}

#[test]
fn v3_1_1_mqtt_2_3_1_1_packet_identifier_0_is_refused() {
    // What answers a packet repeats its identifier, so it is not 0 either [MQTT-2.3.1-6, MQTT-2.3.1-7].
    vectors(V3_1_1, "MQTT-2.3.1-1");
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
    vectors(V3_1_1, "MQTT-2.3.1-5");
    let [wire] = accepted(V3_1_1, "MQTT-2.3.1-5");
    encodes(V3_1_1, Publish::new(A, b"x"), wire.clone());
    assert_eq!(publish(wire).delivery.packet_id(), None);
}
