//! The Protocol Errors of MQTT 5 that have no number, as far as one packet shows them.

use core::num::{NonZeroU16, NonZeroU32};

use puremqtt::{
    Auth, AuthProperties, AuthenticationData, ConnAck, ConnAckProperties, Connect,
    ConnectProperties, DecodeErrorKind, Decoder, EncodeError, Encoder, QoS, ReasonCode,
    RetainHandling, Role, SubscriptionIdentifier, Version,
};

use crate::check::{
    MALFORMED, PROTOCOL_ERROR, UNNUMBERED, Wire, accepts_v5, cannot_encode, decode, encoded, hex,
    length, packet, refuses_v5, server_after_connect,
};

const V5: Version = Version::V5;

fn is_a_protocol_error(wire: impl Wire) {
    refuses_v5(wire, PROTOCOL_ERROR, UNNUMBERED);
}

/// A CONNECT with these properties.
fn connect(properties: &str) -> Vec<u8> {
    let properties = hex(properties);
    let body = [
        hex("00 04 4d 51 54 54 05 02 00 00"),
        length(properties.len()),
        properties,
        hex("00 01 61"),
    ];
    packet(0x10, &body.concat())
}

/// A CONNECT whose will has these properties.
fn will(properties: &str) -> Vec<u8> {
    let properties = hex(properties);
    let body = [
        hex("00 04 4d 51 54 54 05 06 00 00 00 00 01 61"),
        length(properties.len()),
        properties,
        hex("00 01 77 00 00"),
    ];
    packet(0x10, &body.concat())
}

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

fn connack(properties: &str) -> Vec<u8> {
    with_properties(0x20, "00 00", properties, "")
}

fn publish(properties: &str) -> Vec<u8> {
    with_properties(0x30, "00 01 61", properties, "78")
}

fn subscribe(properties: &str) -> Vec<u8> {
    with_properties(0x82, "00 01", properties, "00 01 61 00")
}

#[test]
fn a_repeated_property() {
    is_a_protocol_error(connect("11 00 00 00 01 11 00 00 00 01"));
    is_a_protocol_error(will("18 00 00 00 01 18 00 00 00 01"));
    is_a_protocol_error(connack("21 00 01 26 00 01 6b 00 01 76 21 00 01"));
    is_a_protocol_error(publish("01 00 01 00"));
    is_a_protocol_error(subscribe("0b 01 0b 02"));
    for (first, before, after) in [
        (0x40, "00 01 00", ""),
        (0x50, "00 01 00", ""),
        (0x62, "00 01 00", ""),
        (0x70, "00 01 00", ""),
        (0x90, "00 01", "00"),
        (0xb0, "00 01", "00"),
        (0xe0, "00", ""),
        (0xf0, "00", ""),
    ] {
        let twice = "1f 00 01 61 1f 00 01 61";
        is_a_protocol_error(with_properties(first, before, twice, after));
    }
}

#[test]
fn a_receive_maximum_of_0() {
    is_a_protocol_error(connect("21 00 00"));
    is_a_protocol_error(connack("21 00 00"));
    accepts_v5(connect("21 00 01"));
    accepts_v5(connack("21 ff ff"));
    // No encoder sees it: the field is a `NonZeroU16`.
    assert_eq!(
        ConnectProperties::default().receive_maximum,
        NonZeroU16::new(0)
    );
}

#[test]
fn a_maximum_packet_size_of_0() {
    is_a_protocol_error(connect("27 00 00 00 00"));
    is_a_protocol_error(connack("27 00 00 00 00"));
    accepts_v5(connect("27 00 00 00 01"));
    accepts_v5(connack("27 ff ff ff ff"));
    // No encoder sees it: the field is a `NonZeroU32`.
    assert_eq!(
        ConnAckProperties::default().maximum_packet_size,
        NonZeroU32::new(0)
    );
}

#[test]
fn a_subscription_identifier_of_0() {
    is_a_protocol_error(subscribe("0b 00"));
    is_a_protocol_error(publish("0b 00"));
    is_a_protocol_error(publish("0b 01 0b 00"));
    accepts_v5(subscribe("0b 01"));
    accepts_v5(publish("0b 01 0b ff ff ff 7f 0b 01"));
    // No encoder sees it, nor one above the highest.
    assert_eq!(SubscriptionIdentifier::new(0), None);
    assert_eq!(SubscriptionIdentifier::new(268_435_456), None);
}

#[test]
fn a_maximum_qos_of_2() {
    for value in 2..=u8::MAX {
        is_a_protocol_error(connack(&format!("24 {value:02x}")));
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
                is_a_protocol_error(packet);
            }
        }
    }
}

#[test]
fn a_subscription_of_qos_3() {
    for options in ["03", "07", "0f", "2b"] {
        is_a_protocol_error(format!("82 07 00 01 00 00 01 61 {options}"));
    }
    // Not only in the first place.
    is_a_protocol_error("82 0b 00 01 00 00 01 61 00 00 01 62 03");
    assert_eq!(QoS::from_u8(3), None);
}

#[test]
fn a_retain_handling_of_3() {
    for options in ["30", "31", "3c"] {
        is_a_protocol_error(format!("82 07 00 01 00 00 01 61 {options}"));
    }
    assert_eq!(RetainHandling::from_u8(3), None);
}

#[test]
fn a_topic_alias_without_a_topic() {
    for mut decoder in [server_after_connect(V5), Decoder::client(V5)] {
        decoder.set_topic_alias_maximum(5);
        let error = decode(decoder.clone(), "30 06 00 00 03 23 00 05").unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TopicAliasUnmapped(5));
        assert_eq!(error.reason(), PROTOCOL_ERROR);
        // The one that was told is told again, the others are not.
        let told = hex("30 07 00 01 61 03 23 00 05");
        assert!(matches!(decoder.decode(&told), Ok(Some(_))));
        let error = decode(decoder, "30 06 00 00 03 23 00 04").unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::TopicAliasUnmapped(4));
    }
}

#[test]
fn a_topic_alias_above_the_maximum() {
    for (mut decoder, alias) in [(server_after_connect(V5), 6), (Decoder::client(V5), 1)] {
        decoder.set_topic_alias_maximum(alias - 1);
        let wire = format!("30 07 00 01 61 03 23 00 {alias:02x}");
        let error = decode(decoder.clone(), wire).unwrap_err();
        assert_eq!(error.reason(), ReasonCode::TOPIC_ALIAS_INVALID);
        // Nor does a topic-less one become an unmapped one.
        let wire = format!("30 06 00 00 03 23 00 {alias:02x}");
        let error = decode(decoder, wire).unwrap_err();
        assert_eq!(error.reason(), ReasonCode::TOPIC_ALIAS_INVALID);
    }
}

#[test]
fn an_auth_without_method() {
    for code in ["00", "18", "19"] {
        is_a_protocol_error(format!("f0 02 {code} 00"));
        is_a_protocol_error(format!("f0 06 {code} 04 1f 00 01 78"));
    }
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
    let data = "16 00 01 64";
    is_a_protocol_error(connect(data));
    is_a_protocol_error(connack(data));
    is_a_protocol_error(with_properties(0xf0, "18", data, ""));
    // In either order they go together.
    for properties in ["15 00 01 4d 16 00 01 64", "16 00 01 64 15 00 01 4d"] {
        accepts_v5(connect(properties));
        accepts_v5(connack(properties));
        accepts_v5(with_properties(0xf0, "18", properties, ""));
    }
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
    for wire in [
        "20 03 00 00 00",
        "90 04 00 01 00 00",
        "b0 04 00 01 00 00",
        "d0 00",
    ] {
        let error = decode(server_after_connect(V5), wire).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::WrongDirection(Role::Client));
        assert_eq!(error.reason(), PROTOCOL_ERROR);
    }
    for wire in [
        "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61",
        "82 07 00 01 00 00 01 61 00",
        "a2 06 00 01 00 00 01 61",
        "c0 00",
    ] {
        let error = decode(Decoder::client(V5), wire).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::WrongDirection(Role::Server));
        assert_eq!(error.reason(), PROTOCOL_ERROR);
    }
}

/// The same bytes from a client and from a server: who of them may send them.
fn sent_by(wire: &str, client: bool, server: bool) {
    accepts_v5(wire);
    for (decoder, expected) in [
        (server_after_connect(V5), client),
        (Decoder::client(V5), server),
    ] {
        match decode(decoder, wire) {
            Ok(_) => assert!(expected, "{wire}"),
            Err(error) => {
                assert!(!expected, "{wire}: {error}");
                assert_eq!(error.reason(), PROTOCOL_ERROR);
            }
        }
    }
    // The encoders of the two roles keep to the same.
    let packet = accepts_v5(wire);
    assert_eq!(encoded(&mut Encoder::client(V5), packet).is_ok(), client);
    assert_eq!(encoded(&mut Encoder::server(V5), packet).is_ok(), server);
}

#[test]
fn a_code_of_disconnect_that_the_other_role_has() {
    let both = [
        0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
    ];
    let of_servers = [
        0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
    ];
    sent_by("e0 00", true, true);
    sent_by("e0 01 04", true, false);
    for code in both {
        sent_by(&format!("e0 01 {code:02x}"), true, true);
    }
    for code in of_servers {
        sent_by(&format!("e0 01 {code:02x}"), false, true);
    }
}

#[test]
fn a_property_of_disconnect_that_the_other_role_has() {
    // Session Expiry Interval is a client's [MQTT-3.14.2-2], Server Reference a server's.
    sent_by("e0 07 00 05 11 00 00 00 05", true, false);
    sent_by("e0 06 9c 04 1c 00 01 73", false, true);
    sent_by("e0 06 00 04 1c 00 01 73", false, true);
    sent_by("e0 06 00 04 1f 00 01 78", true, true);
    sent_by("e0 09 00 07 26 00 01 6b 00 01 76", true, true);
}

#[test]
fn a_code_of_auth_that_the_other_role_has() {
    sent_by("f0 06 00 04 15 00 01 4d", false, true);
    sent_by("f0 06 18 04 15 00 01 4d", true, true);
    sent_by("f0 06 19 04 15 00 01 4d", true, false);
}

#[test]
fn what_does_not_parse_is_malformed_instead() {
    // A property cut short, one that does not exist, one that belongs elsewhere.
    for properties in ["21 00", "7f 00", "01 00", "26 00 01 6b"] {
        refuses_v5(connack(properties), MALFORMED, UNNUMBERED);
    }
}
