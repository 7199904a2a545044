//! Sections 3.3 to 3.7: PUBLISH and its acknowledgements.

use core::num::NonZeroU16;

use puremqtt::{
    Ack, Decoder, EncodeError, Encoder, List, Packet, PropertyId, Publish, ReasonCode, Role,
    SubscriptionIdentifier, TopicErrorKind, TopicName,
};

use super::{A, V5};
use crate::check::{
    PROTOCOL_ERROR, accepted, accepts_v5, cannot_encode, decode, decodes, encoded, id, packet,
    refused, refuses_v5, server_after_connect, vectors, vectors_of,
};

#[test]
fn v5_0_mqtt_3_3_1_2_dup_at_qos_0_is_refused() {
    // No encoder sees it: `Delivery::AtMostOnce` has no DUP.
    vectors(V5, "MQTT-3.3.1-2");
}

#[test]
fn v5_0_mqtt_3_3_1_4_qos_3_is_refused() {
    vectors(V5, "MQTT-3.3.1-4");
}

#[test]
fn v5_0_mqtt_3_3_2_1_the_topic_name_comes_first_and_is_utf_8() {
    vectors(V5, "MQTT-3.3.2-1");
}

#[test]
fn v5_0_mqtt_3_3_2_8_topic_alias_0_is_refused() {
    // No encoder sees it: the field is a `NonZeroU16`.
    vectors(V5, "MQTT-3.3.2-8");
    // Nor does it stand for anything to an observer.
    for wire in refused(V5, "MQTT-3.3.2-8") {
        let mut observer = Decoder::observer();
        observer.set_version(V5);
        let error = decode(observer, wire).unwrap_err();
        assert_eq!(error.statement(), Some("5.0/MQTT-3.3.2-8"));
    }
}

#[test]
fn v5_0_mqtt_3_3_2_13_response_topic_is_utf_8() {
    vectors(V5, "MQTT-3.3.2-13");
}

#[test]
fn v5_0_mqtt_3_3_2_19_content_type_is_utf_8() {
    vectors(V5, "MQTT-3.3.2-19");
}

#[test]
fn v5_0_mqtt_3_3_4_6_a_client_s_publish_has_no_subscription_identifier() {
    // A server's has.
    vectors(V5, "MQTT-3.3.4-6");
    let identifiers = [SubscriptionIdentifier::new(1).unwrap()];
    let publish = Publish {
        subscription_identifiers: List::from(&identifiers),
        ..Publish::new(A, b"")
    };
    assert_eq!(
        encoded(&mut Encoder::client(V5), publish),
        Err(EncodeError::PropertyOfOtherRole {
            role: Role::Client,
            property: PropertyId::SUBSCRIPTION_IDENTIFIER
        })
    );
    let [wire] = accepted(V5, "MQTT-3.3.4-6");
    assert_eq!(encoded(&mut Encoder::server(V5), publish), Ok(wire));
}

/// Which of the four acknowledgements.
type Kind = fn(Ack<'static>) -> Packet<'static>;

/// Their codes and their short forms; `long` is a code without properties.
fn acknowledges(first: u8, kind: Kind, allowed: &[u8], long: u8, statement: &'static str) {
    for code in 0..=u8::MAX {
        let ack = Ack {
            reason: ReasonCode::from_u8(code),
            ..Ack::new(id(1))
        };
        let without_properties = packet(first, &[0, 1, code]);
        let with_property_length = packet(first, &[0, 1, code, 0]);
        if allowed.contains(&code) {
            assert_eq!(decodes(V5, without_properties), kind(ack));
            assert_eq!(decodes(V5, with_property_length), kind(ack));
        } else {
            refuses_v5(without_properties, PROTOCOL_ERROR, statement);
            refuses_v5(with_property_length, PROTOCOL_ERROR, statement);
            assert!(matches!(
                cannot_encode(V5, kind(ack)),
                EncodeError::ReasonCodeNotAllowed { .. }
            ));
        }
    }
    // The shortest form is the one that is written.
    assert_eq!(
        accepts_v5(packet(first, &[0, 1])),
        kind(Ack::new(id(1))),
        "length 2 means 0x00"
    );
    accepts_v5(packet(first, &[0, 1, long]));
}

#[test]
fn v5_0_mqtt_3_4_2_1_puback_has_its_own_codes() {
    vectors(V5, "MQTT-3.4.2-1");
    let codes = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
    acknowledges(0x40, Packet::PubAck, &codes, 0x10, "5.0/MQTT-3.4.2-1");
}

#[test]
fn v5_0_mqtt_3_5_2_1_pubrec_has_its_own_codes() {
    vectors(V5, "MQTT-3.5.2-1");
    let codes = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
    acknowledges(0x50, Packet::PubRec, &codes, 0x10, "5.0/MQTT-3.5.2-1");
}

#[test]
fn v5_0_mqtt_3_6_1_1_pubrel_has_its_flags() {
    vectors(V5, "MQTT-3.6.1-1");
}

#[test]
fn v5_0_mqtt_3_6_2_1_pubrel_has_its_own_codes() {
    vectors(V5, "MQTT-3.6.2-1");
    acknowledges(
        0x62,
        Packet::PubRel,
        &[0x00, 0x92],
        0x92,
        "5.0/MQTT-3.6.2-1",
    );
}

#[test]
fn v5_0_mqtt_3_7_2_1_pubcomp_has_its_own_codes() {
    vectors(V5, "MQTT-3.7.2-1");
    acknowledges(
        0x70,
        Packet::PubComp,
        &[0x00, 0x92],
        0x92,
        "5.0/MQTT-3.7.2-1",
    );
}

// Statements on topics, as far as one packet shows them.

#[test]
fn v5_0_mqtt_3_3_2_2_a_topic_name_with_wildcards_is_refused() {
    // The standard names no code: Malformed Packet tells the peer as well as Topic Name invalid.
    vectors(V5, "MQTT-3.3.2-2");
    for topic in ["a/+", "#", "a#"] {
        let error = TopicName::new(topic).unwrap_err();
        assert_eq!(error.kind(), TopicErrorKind::WildcardInName);
    }
}

#[test]
fn v5_0_mqtt_3_3_2_14_a_response_topic_with_wildcards_is_refused() {
    // No encoder sees it: the field is a `TopicName`.
    vectors(V5, "MQTT-3.3.2-14");
}

#[test]
fn v5_0_mqtt_4_7_3_1_an_empty_topic_needs_an_alias() {
    // Nor may a Response Topic or a Will Topic be empty, which have no alias, nor a filter.
    vectors(V5, "MQTT-4.7.3-1");
}

// Statements on Topic Aliases, which a decoder knows for its connection.

/// An alias and a topic, or the alias alone.
fn aliased(alias: u16, topic: &str) -> Vec<u8> {
    let mut body = (topic.len() as u16).to_be_bytes().to_vec();
    body.extend(topic.bytes());
    body.extend([3, 0x23]);
    body.extend(alias.to_be_bytes());
    packet(0x30, &body)
}

/// The topic of the PUBLISH that comes out.
fn topic_of(decoder: &mut Decoder, wire: &[u8]) -> String {
    match decoder.decode(wire) {
        Ok(Some((Packet::Publish(publish), _))) => {
            assert_eq!(publish.topic_alias, None, "it is the decoder's own affair");
            publish.topic.as_str().to_owned()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn v5_0_mqtt_3_3_2_7_a_new_connection_knows_no_alias() {
    let mut decoder = Decoder::client(V5).with_topic_alias_maximum(5);
    assert_eq!(topic_of(&mut decoder, &aliased(1, "a")), "a");
    assert_eq!(topic_of(&mut decoder, &aliased(1, "")), "a");
    // The same alias, told and not told on the connection; that it is an error has no number.
    vectors(V5, "MQTT-3.3.2-7");
    vectors_of(V5, "a new connection knows no alias");
}

#[test]
fn v5_0_mqtt_3_3_2_9_a_client_s_alias_above_the_server_s_maximum_is_refused() {
    vectors(V5, "MQTT-3.3.2-9");
    writes_aliases_of_the_vectors(Encoder::client(V5));
}

#[test]
fn v5_0_mqtt_3_3_2_11_a_server_s_alias_above_the_client_s_maximum_is_refused() {
    vectors(V5, "MQTT-3.3.2-11");
    writes_aliases_of_the_vectors(Encoder::server(V5));
}

#[test]
fn v5_0_mqtt_3_1_2_26_a_server_keeps_to_the_client_s_alias_maximum() {
    writes_up_to_the_maximum(Encoder::server(V5));
}

#[test]
fn v5_0_mqtt_3_1_2_27_without_a_maximum_a_server_writes_no_alias() {
    writes_no_alias(Encoder::server(V5));
}

#[test]
fn v5_0_mqtt_3_2_2_17_a_client_keeps_to_the_server_s_alias_maximum() {
    writes_up_to_the_maximum(Encoder::client(V5));
}

#[test]
fn v5_0_mqtt_3_2_2_18_without_a_maximum_a_client_writes_no_alias() {
    writes_no_alias(Encoder::client(V5));
}

/// A PUBLISH with this alias beside its topic.
fn with_alias(alias: u16) -> Publish<'static> {
    Publish {
        topic_alias: NonZeroU16::new(alias),
        ..Publish::new(A, b"")
    }
}

fn writes_up_to_the_maximum(encoder: Encoder) {
    let mut encoder = encoder.with_topic_alias_maximum(2);
    for alias in [1, 2] {
        let written = encoded(&mut encoder, with_alias(alias));
        assert_eq!(written, Ok(aliased(alias, "a")));
    }
    assert!(encoded(&mut encoder, with_alias(3)).is_err());
}

fn writes_no_alias(encoder: Encoder) {
    let mut absent = encoder.clone();
    assert!(encoded(&mut absent, with_alias(1)).is_err());
    assert!(encoded(&mut absent, Publish::new(A, b"")).is_ok());
    let mut zero = encoder.with_topic_alias_maximum(0);
    assert!(encoded(&mut zero, with_alias(1)).is_err());
}

/// Alias 3 under the maxima that the vectors have.
fn writes_aliases_of_the_vectors(encoder: Encoder) {
    for (maximum, taken) in [(0, false), (2, false), (3, true), (u16::MAX, true)] {
        let mut encoder = encoder.clone().with_topic_alias_maximum(maximum);
        let written = encoded(&mut encoder, with_alias(3));
        if taken {
            assert_eq!(written, Ok(aliased(3, "a")));
        } else {
            let refused = EncodeError::TopicAliasInvalid { alias: 3, maximum };
            assert_eq!(written, Err(refused));
        }
    }
}

#[test]
fn v5_0_mqtt_3_3_2_10_a_client_takes_every_alias_up_to_its_maximum() {
    vectors(V5, "MQTT-3.3.2-10");
    up_to_the_maximum(Decoder::client(V5));
}

#[test]
fn v5_0_mqtt_3_3_2_12_a_server_takes_every_alias_up_to_its_maximum() {
    vectors(V5, "MQTT-3.3.2-12");
    up_to_the_maximum(server_after_connect(V5));
}

fn up_to_the_maximum(decoder: Decoder) {
    for maximum in [5, u16::MAX] {
        let mut decoder = decoder.clone().with_topic_alias_maximum(maximum);
        // From the highest down: no alias waits for the one below it.
        for alias in (1..=maximum).rev() {
            let topic = format!("topic/{alias}");
            assert_eq!(topic_of(&mut decoder, &aliased(alias, &topic)), topic);
        }
        for alias in 1..=maximum {
            let topic = format!("topic/{alias}");
            assert_eq!(topic_of(&mut decoder, &aliased(alias, "")), topic);
        }
        assert_eq!(topic_of(&mut decoder, &aliased(5, "anew")), "anew");
        assert_eq!(topic_of(&mut decoder, &aliased(5, "")), "anew");
        assert_eq!(topic_of(&mut decoder, &aliased(4, "")), "topic/4");
    }
}
