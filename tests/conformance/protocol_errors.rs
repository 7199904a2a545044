//! The Protocol Errors of MQTT 5 that have no number, as far as one packet shows them.

use core::num::{NonZeroU16, NonZeroU32};

use puremqtt::{
    Auth, AuthProperties, AuthenticationData, ConnAck, ConnAckProperties, Connect,
    ConnectProperties, DecodeErrorKind, Decoder, EncodeError, QoS, ReasonCode, RetainHandling,
    SubscriptionIdentifier, Version,
};

use crate::check::{
    PROTOCOL_ERROR, UNNUMBERED, accepts_v5, cannot_encode, decode, hex, length, packet, refuses_v5,
    server_after_connect, vectors_of,
};

const V5: Version = Version::V5;

#[test]
fn a_repeated_property() {
    vectors_of(V5, "a repeated property");
}

#[test]
fn a_receive_maximum_of_0() {
    vectors_of(V5, "a Receive Maximum of 0");
    // No encoder sees it: the field is a `NonZeroU16`.
    assert_eq!(
        ConnectProperties::default().receive_maximum,
        NonZeroU16::new(0)
    );
}

#[test]
fn a_maximum_packet_size_of_0() {
    vectors_of(V5, "a Maximum Packet Size of 0");
    // No encoder sees it: the field is a `NonZeroU32`.
    assert_eq!(
        ConnAckProperties::default().maximum_packet_size,
        NonZeroU32::new(0)
    );
}

#[test]
fn a_subscription_identifier_of_0() {
    vectors_of(V5, "a Subscription Identifier of 0");
    // No encoder sees it, nor one above the highest.
    assert_eq!(SubscriptionIdentifier::new(0), None);
    assert_eq!(SubscriptionIdentifier::new(268_435_456), None);
}

/// A packet with these properties.
fn with_properties(first: u8, before: &str, properties: &str, after: &str) -> Vec<u8> {
    let properties = hex(properties);
    let body = [
        hex(before),
        length(properties.len()),
        properties,
        hex(after),
    ];
    packet(first, &body.concat())
}

fn connect(properties: &str) -> Vec<u8> {
    with_properties(
        0x10,
        "00 04 4d 51 54 54 05 02 00 00",
        properties,
        "00 01 61",
    )
}

fn will(properties: &str) -> Vec<u8> {
    let before = "00 04 4d 51 54 54 05 06 00 00 00 00 01 61";
    with_properties(0x10, before, properties, "00 01 77 00 00")
}

fn connack(properties: &str) -> Vec<u8> {
    with_properties(0x20, "00 00", properties, "")
}

fn publish(properties: &str) -> Vec<u8> {
    with_properties(0x30, "00 01 61", properties, "78")
}

#[test]
fn a_maximum_qos_of_2() {
    vectors_of(V5, "a Maximum QoS of 2");
    for value in 2..=u8::MAX {
        let wire = connack(&format!("24 {value:02x}"));
        refuses_v5(wire, PROTOCOL_ERROR, UNNUMBERED);
    }
    let properties = ConnAckProperties {
        maximum_qos: Some(QoS::ExactlyOnce),
        ..Default::default()
    };
    let connack = ConnAck {
        properties: (&properties).into(),
        ..ConnAck::default()
    };
    assert!(matches!(
        cannot_encode(V5, connack),
        EncodeError::PropertyOutOfRange(_)
    ));
}

#[test]
fn a_flag_above_1() {
    vectors_of(V5, "a flag above 1");
    for value in 0..=u8::MAX {
        let packets = [
            publish(&format!("01 {value:02x}")),
            will(&format!("01 {value:02x}")),
            connect(&format!("17 {value:02x}")),
            connect(&format!("19 {value:02x}")),
            connack(&format!("25 {value:02x}")),
            connack(&format!("28 {value:02x}")),
            connack(&format!("29 {value:02x}")),
            connack(&format!("2a {value:02x}")),
        ];
        for packet in packets {
            if value < 2 {
                accepts_v5(packet);
            } else {
                refuses_v5(packet, PROTOCOL_ERROR, UNNUMBERED);
            }
        }
    }
}

#[test]
fn a_subscription_of_qos_3() {
    // Not only in the first place.
    vectors_of(V5, "a subscription of QoS 3");
    assert_eq!(QoS::from_u8(3), None);
}

#[test]
fn a_retain_handling_of_3() {
    vectors_of(V5, "a Retain Handling of 3");
    assert_eq!(RetainHandling::from_u8(3), None);
}

#[test]
fn a_topic_alias_without_a_topic() {
    // The one that was told is told again, the others are not.
    vectors_of(V5, "a Topic Alias without a topic");
    for mut decoder in [server_after_connect(V5), Decoder::client(V5)] {
        decoder.set_topic_alias_maximum(5);
        let error = decode(decoder.clone(), "30 06 00 00 03 23 00 05").unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TopicAliasUnmapped(5));
        let told = hex("30 07 00 01 61 03 23 00 05");
        assert!(matches!(decoder.decode(&told), Ok(Some(_))));
        let error = decode(decoder, "30 06 00 00 03 23 00 04").unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TopicAliasUnmapped(4));
    }
}

#[test]
fn a_topic_alias_above_the_maximum() {
    // Nor does a topic-less one become an unmapped one.
    vectors_of(V5, "a Topic Alias above the maximum");
}

#[test]
fn an_auth_without_method() {
    vectors_of(V5, "an AUTH without method");
    let without = AuthProperties {
        reason_string: Some("x"),
        ..Default::default()
    };
    let nothing = AuthProperties::default();
    for (reason, properties) in [
        (ReasonCode::SUCCESS, &without),
        (ReasonCode::CONTINUE_AUTHENTICATION, &without),
        (ReasonCode::CONTINUE_AUTHENTICATION, &nothing),
        (ReasonCode::RE_AUTHENTICATE, &nothing),
    ] {
        assert_eq!(
            cannot_encode(V5, Auth::new(reason, properties)),
            EncodeError::NoAuthenticationMethod
        );
    }
}

#[test]
fn authentication_data_without_method() {
    // In either order they go together.
    vectors_of(V5, "Authentication Data without method");
    let properties = ConnectProperties {
        authentication_data: Some(AuthenticationData(b"d")),
        ..Default::default()
    };
    let connect = Connect {
        properties: (&properties).into(),
        ..Connect::default()
    };
    assert_eq!(
        cannot_encode(V5, connect),
        EncodeError::NoAuthenticationMethod
    );
    let properties = ConnAckProperties {
        authentication_data: Some(AuthenticationData(b"d")),
        ..Default::default()
    };
    let connack = ConnAck {
        properties: (&properties).into(),
        ..ConnAck::default()
    };
    assert_eq!(
        cannot_encode(V5, connack),
        EncodeError::NoAuthenticationMethod
    );
    let properties = AuthProperties {
        authentication_data: Some(AuthenticationData(b"d")),
        ..Default::default()
    };
    assert_eq!(
        cannot_encode(
            V5,
            Auth::new(ReasonCode::CONTINUE_AUTHENTICATION, &properties)
        ),
        EncodeError::NoAuthenticationMethod
    );
}

#[test]
fn a_packet_that_the_peer_s_role_does_not_send() {
    vectors_of(V5, "a packet that the peer's role does not send");
}

#[test]
fn a_code_of_disconnect_that_the_other_role_has() {
    vectors_of(V5, "a code of DISCONNECT that the other role has");
}

#[test]
fn a_property_of_disconnect_that_the_other_role_has() {
    // Session Expiry Interval is a client's [MQTT-3.14.2-2], Server Reference a server's.
    vectors_of(V5, "a property of DISCONNECT that the other role has");
}

#[test]
fn a_code_of_auth_that_the_other_role_has() {
    vectors_of(V5, "a code of AUTH that the other role has");
}

#[test]
fn what_does_not_parse_is_malformed_instead() {
    // A property cut short, one that does not exist, one that belongs elsewhere.
    vectors_of(V5, "what does not parse is malformed instead");
}
