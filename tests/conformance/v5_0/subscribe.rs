//! Sections 3.8 to 3.11: SUBSCRIBE, UNSUBSCRIBE and their acknowledgements.

use puremqtt::{
    EncodeError, List, Packet, PacketType, QoS, ReasonCode, RetainHandling, SubAck, Subscribe,
    Subscription, SubscriptionOptions, TopicFilter, Unsubscribe,
};

use super::V5;
use crate::check::{
    MALFORMED, PROTOCOL_ERROR, UNNUMBERED, accepted, accepts_v5, cannot_encode, encodes, id,
    packet, refuses_v5, vectors,
};

const A: TopicFilter = TopicFilter::literal("a");

#[test]
fn v5_0_mqtt_3_8_1_1_subscribe_has_its_flags() {
    vectors(V5, "MQTT-3.8.1-1");
}

#[test]
fn v5_0_mqtt_3_8_3_1_filters_of_subscribe_are_utf_8() {
    vectors(V5, "MQTT-3.8.3-1");
}

#[test]
fn v5_0_mqtt_3_8_3_2_subscribe_has_a_filter() {
    vectors(V5, "MQTT-3.8.3-2");
    assert_eq!(
        cannot_encode(V5, Subscribe::new(id(1), List::EMPTY)),
        EncodeError::NoTopicFilter
    );
}

#[test]
fn v5_0_mqtt_3_8_3_5_reserved_subscription_options_are_refused() {
    vectors(V5, "MQTT-3.8.3-5");
    for byte in 0..=u8::MAX {
        let wire = packet(0x82, &[0, 1, 0, 0, 1, b'a', byte]);
        let (qos, handling) = (
            QoS::from_u8(byte & 0b11),
            RetainHandling::from_u8(byte >> 4 & 0b11),
        );
        match (byte >> 6, qos, handling) {
            (0, Some(qos), Some(retain_handling)) => {
                let options = SubscriptionOptions {
                    qos,
                    no_local: byte & 4 != 0,
                    retain_as_published: byte & 8 != 0,
                    retain_handling,
                };
                let wanted = [Subscription { filter: A, options }];
                let subscribe = Subscribe::new(id(1), List::from(&wanted));
                encodes(V5, subscribe, wire.clone());
                assert_eq!(accepts_v5(wire), subscribe.into());
            }
            // QoS 3 and Retain Handling 3 are Protocol Errors without a number.
            (0, _, _) => refuses_v5(wire, PROTOCOL_ERROR, UNNUMBERED),
            _ => refuses_v5(wire, MALFORMED, "5.0/MQTT-3.8.3-5"),
        }
    }
}

#[test]
fn v5_0_mqtt_3_9_3_2_suback_has_its_own_codes() {
    vectors(V5, "MQTT-3.9.3-2");
    let allowed = [
        0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2,
    ];
    codes(0x90, PacketType::SubAck, &allowed, "5.0/MQTT-3.9.3-2");
}

#[test]
fn v5_0_mqtt_3_11_3_2_unsuback_has_its_own_codes() {
    // One for each filter, of which there is at least one.
    vectors(V5, "MQTT-3.11.3-2");
    let allowed = [0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91];
    codes(0xb0, PacketType::UnsubAck, &allowed, "5.0/MQTT-3.11.3-2");
}

fn codes(first: u8, kind: PacketType, allowed: &[u8], statement: &'static str) {
    for code in 0..=u8::MAX {
        // In the second place, so that all of them are looked at.
        let wire = packet(first, &[0, 1, 0, 0, code]);
        let reasons = [ReasonCode::SUCCESS, ReasonCode::from_u8(code)];
        let suback = SubAck::new(id(1), List::from(&reasons));
        let suback = match kind {
            PacketType::SubAck => Packet::SubAck(suback),
            _ => Packet::UnsubAck(suback),
        };
        if allowed.contains(&code) {
            encodes(V5, suback, wire.clone());
            assert_eq!(accepts_v5(wire), suback);
        } else {
            refuses_v5(wire, PROTOCOL_ERROR, statement);
            assert!(matches!(
                cannot_encode(V5, suback),
                EncodeError::ReasonCodeNotAllowed { .. }
            ));
        }
    }
}

#[test]
fn v5_0_mqtt_3_10_1_1_unsubscribe_has_its_flags() {
    vectors(V5, "MQTT-3.10.1-1");
}

#[test]
fn v5_0_mqtt_3_10_3_1_filters_of_unsubscribe_are_utf_8() {
    vectors(V5, "MQTT-3.10.3-1");
    let filters = [A, TopicFilter::literal("b/#")];
    let unsubscribe = Unsubscribe::new(id(1), List::from(&filters));
    let [wire] = accepted(V5, "MQTT-3.10.3-1");
    encodes(V5, unsubscribe, wire);
}

#[test]
fn v5_0_mqtt_3_10_3_2_unsubscribe_has_a_filter() {
    vectors(V5, "MQTT-3.10.3-2");
    assert_eq!(
        cannot_encode(V5, Unsubscribe::new(id(1), List::EMPTY)),
        EncodeError::NoTopicFilter
    );
}

// Statements on sessions and topics, as far as one packet shows them.

#[test]
fn v5_0_mqtt_3_8_4_6_suback_has_a_code() {
    vectors(V5, "MQTT-3.8.4-6");
    assert_eq!(
        cannot_encode(V5, SubAck::new(id(1), List::EMPTY)),
        EncodeError::NoReasonCode
    );
}

#[test]
fn v5_0_mqtt_3_8_3_4_no_local_on_a_shared_subscription_is_refused() {
    vectors(V5, "MQTT-3.8.3-4");
    let shared = [Subscription {
        filter: TopicFilter::literal("$share/g/t"),
        options: SubscriptionOptions {
            no_local: true,
            ..Default::default()
        },
    }];
    assert_eq!(
        cannot_encode(V5, Subscribe::new(id(1), List::from(&shared))),
        EncodeError::NoLocalOnShared
    );
}
