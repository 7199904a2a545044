//! Sections 3.3 to 3.14: the other packets.

use puremqtt::{
    EncodeError, List, QoS, ReasonCode, SubAck, Subscribe, Subscription, TopicErrorKind,
    TopicFilter, TopicName, Unsubscribe,
};

use super::V3_1_1;
use crate::check::{
    accepted, accepts_v3_1_1, cannot_encode, decode, encodes, id, packet, refuses_v3_1_1,
    server_after_connect, vectors, vectors_of,
};

#[test]
fn v3_1_1_mqtt_3_3_1_2_dup_at_qos_0_is_refused() {
    // No encoder sees it: `Delivery::AtMostOnce` has no DUP.
    vectors(V3_1_1, "MQTT-3.3.1-2");
}

#[test]
fn v3_1_1_mqtt_3_3_1_4_qos_3_is_refused() {
    vectors(V3_1_1, "MQTT-3.3.1-4");
}

#[test]
fn v3_1_1_mqtt_3_3_2_1_the_topic_name_comes_first_and_is_utf_8() {
    vectors(V3_1_1, "MQTT-3.3.2-1");
}

#[test]
fn v3_1_1_mqtt_3_6_1_1_pubrel_has_its_flags() {
    vectors(V3_1_1, "MQTT-3.6.1-1");
}

#[test]
fn v3_1_1_mqtt_3_8_1_1_subscribe_has_its_flags() {
    vectors(V3_1_1, "MQTT-3.8.1-1");
}

#[test]
fn v3_1_1_mqtt_3_8_3_1_filters_of_subscribe_are_utf_8() {
    vectors(V3_1_1, "MQTT-3.8.3-1");
}

#[test]
fn v3_1_1_mqtt_3_8_3_3_subscribe_has_a_filter() {
    vectors(V3_1_1, "MQTT-3.8.3-3");
    assert_eq!(
        cannot_encode(V3_1_1, Subscribe::new(id(1), List::EMPTY)),
        EncodeError::NoTopicFilter
    );
}

#[test]
fn v3_1_1_mqtt_3_8_3_4_subscribe_asks_for_qos_0_to_2_and_nothing_else() {
    vectors(V3_1_1, "MQTT-3.8.3-4");
    for byte in 0..=u8::MAX {
        let wire = packet(0x82, &[0, 1, 0, 1, b'a', byte]);
        match QoS::from_u8(byte) {
            Some(qos) => {
                let wanted = [Subscription::new(TopicFilter::literal("a"), qos)];
                let subscribe = Subscribe::new(id(1), List::from(&wanted));
                assert_eq!(accepts_v3_1_1(wire), subscribe.into());
            }
            None => refuses_v3_1_1(wire, "3.1.1/MQTT-3.8.3-4"),
        }
    }
}

#[test]
fn v3_1_1_mqtt_3_9_3_2_suback_has_four_codes() {
    vectors(V3_1_1, "MQTT-3.9.3-2");
    for code in 0..=u8::MAX {
        let wire = packet(0x90, &[0, 1, code]);
        if matches!(code, 0 | 1 | 2 | 0x80) {
            let codes = [ReasonCode::from_u8(code)];
            let suback = SubAck::new(id(1), List::from(&codes));
            assert_eq!(accepts_v3_1_1(wire), suback.into());
        } else {
            refuses_v3_1_1(wire, "3.1.1/MQTT-3.9.3-2");
        }
    }
}

#[test]
fn v3_1_1_mqtt_3_10_1_1_unsubscribe_has_its_flags() {
    vectors(V3_1_1, "MQTT-3.10.1-1");
}

#[test]
fn v3_1_1_mqtt_3_10_3_1_filters_of_unsubscribe_are_utf_8() {
    vectors(V3_1_1, "MQTT-3.10.3-1");
    let filters = [TopicFilter::literal("a"), TopicFilter::literal("b/#")];
    let unsubscribe = Unsubscribe::new(id(1), List::from(&filters));
    let [wire] = accepted(V3_1_1, "MQTT-3.10.3-1");
    encodes(V3_1_1, unsubscribe, wire);
}

#[test]
fn v3_1_1_mqtt_3_10_3_2_unsubscribe_has_a_filter() {
    vectors(V3_1_1, "MQTT-3.10.3-2");
    assert_eq!(
        cannot_encode(V3_1_1, Unsubscribe::new(id(1), List::EMPTY)),
        EncodeError::NoTopicFilter
    );
}

#[test]
fn v3_1_1_mqtt_3_14_1_1_disconnect_has_no_flags() {
    vectors(V3_1_1, "MQTT-3.14.1-1");
    // That it is empty besides has no number.
    vectors_of(V3_1_1, "DISCONNECT is empty");
}

// Statements on sessions, topics and connections, as far as one packet shows them.

#[test]
fn v3_1_1_mqtt_3_8_4_5_suback_has_a_code() {
    vectors(V3_1_1, "MQTT-3.8.4-5");
    assert_eq!(
        cannot_encode(V3_1_1, SubAck::new(id(1), List::EMPTY)),
        EncodeError::NoReasonCode
    );
}

#[test]
fn v3_1_1_mqtt_3_3_2_2_a_topic_name_with_wildcards_is_refused() {
    vectors(V3_1_1, "MQTT-3.3.2-2");
    for topic in ["a/+", "#", "a#"] {
        let error = TopicName::new(topic).unwrap_err();
        assert_eq!(error.kind(), TopicErrorKind::WildcardInName);
    }
}

#[test]
fn v3_1_1_mqtt_4_7_3_1_an_empty_topic_is_refused() {
    // In a PUBLISH, a SUBSCRIBE and an UNSUBSCRIBE; "/" is not empty.
    vectors(V3_1_1, "MQTT-4.7.3-1");
}

#[test]
fn v3_1_1_mqtt_4_8_0_1_a_violation_ends_the_stream() {
    for wire in [
        "60 02 00 01",
        "36 05 00 01 61 00 01",
        "82 02 00 01",
        "f0 00",
        "00 00",
    ] {
        let error = decode(server_after_connect(V3_1_1), wire).unwrap_err();
        assert_eq!(error.version(), Some(V3_1_1));
    }
}
