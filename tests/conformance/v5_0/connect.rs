//! Sections 3.1 and 3.2: CONNECT and CONNACK.

use puremqtt::{
    ConnAck, ConnAckProperties, Connect, DecodeErrorKind, Decoder, EncodeError, Encoder, Packet,
    Publish, QoS, ReasonCode, TopicName, Version, Will,
};

use super::{A, CONNECT, EACH, V5, connect};
use crate::check::{
    MALFORMED, PROTOCOL_ERROR, accepts_v5, cannot_encode, decode, encoded, encodes, hex, packet,
    refuses, refuses_v5, server_after_connect,
};

const W: TopicName = TopicName::literal("w");

#[test]
fn v5_0_mqtt_3_1_2_3_reserved_connect_flag_is_refused() {
    refuses_v5(
        "10 0e 00 04 4d 51 54 54 05 03 00 00 00 00 01 61",
        MALFORMED,
        "5.0/MQTT-3.1.2-3",
    );
    connect(CONNECT);
}

#[test]
fn v5_0_mqtt_3_1_2_9_will_flag_brings_properties_topic_and_payload() {
    for cut in [
        // Without any of the three, without topic and payload, without payload.
        "10 0e 00 04 4d 51 54 54 05 06 00 00 00 00 01 61",
        "10 0f 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00",
        "10 12 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 01 77",
    ] {
        refuses_v5(cut, MALFORMED, "5.0/MQTT-3.1.2-9");
    }
    let connect = connect("10 14 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 01 77 00 00");
    assert_eq!(connect.will, Some(Will::new(W, b"")));
}

#[test]
fn v5_0_mqtt_3_1_2_11_will_qos_without_will_flag_is_refused() {
    for flags in ["0a", "12", "1a"] {
        refuses_v5(
            format!("10 0e 00 04 4d 51 54 54 05 {flags} 00 00 00 00 01 61"),
            MALFORMED,
            "5.0/MQTT-3.1.2-11",
        );
    }
}

#[test]
fn v5_0_mqtt_3_1_2_12_will_qos_3_is_refused() {
    let wire = |flags| {
        format!("10 15 00 04 4d 51 54 54 05 {flags} 00 00 00 00 01 61 00 00 01 77 00 01 6d")
    };
    refuses_v5(wire("1e"), MALFORMED, "5.0/MQTT-3.1.2-12");
    refuses_v5(wire("3e"), MALFORMED, "5.0/MQTT-3.1.2-12");
    for (flags, qos) in [
        ("06", QoS::AtMostOnce),
        ("0e", QoS::AtLeastOnce),
        ("16", QoS::ExactlyOnce),
    ] {
        let will = Will {
            qos,
            ..Will::new(W, b"m")
        };
        assert_eq!(connect(wire(flags)).will, Some(will));
    }
}

#[test]
fn v5_0_mqtt_3_1_2_13_will_retain_without_will_flag_is_refused() {
    refuses_v5(
        "10 0e 00 04 4d 51 54 54 05 22 00 00 00 00 01 61",
        MALFORMED,
        "5.0/MQTT-3.1.2-13",
    );
}

#[test]
fn v5_0_mqtt_3_1_2_16_a_user_name_without_its_flag_is_refused() {
    refuses_v5(
        "10 11 00 04 4d 51 54 54 05 02 00 00 00 00 01 61 00 01 75",
        MALFORMED,
        "5.0/MQTT-3.1.2-16",
    );
}

#[test]
fn v5_0_mqtt_3_1_2_17_the_user_name_flag_brings_a_user_name() {
    refuses_v5(
        "10 0e 00 04 4d 51 54 54 05 82 00 00 00 00 01 61",
        MALFORMED,
        "5.0/MQTT-3.1.2-17",
    );
    let connect = connect("10 11 00 04 4d 51 54 54 05 82 00 00 00 00 01 61 00 01 75");
    assert_eq!((connect.user_name, connect.password), (Some("u"), None));
}

#[test]
fn v5_0_mqtt_3_1_2_18_a_password_without_its_flag_is_refused() {
    refuses_v5(
        "10 14 00 04 4d 51 54 54 05 82 00 00 00 00 01 61 00 01 75 00 01 70",
        MALFORMED,
        "5.0/MQTT-3.1.2-18",
    );
}

#[test]
fn v5_0_mqtt_3_1_2_19_the_password_flag_brings_a_password() {
    refuses_v5(
        "10 0e 00 04 4d 51 54 54 05 42 00 00 00 00 01 61",
        MALFORMED,
        "5.0/MQTT-3.1.2-19",
    );
    // Unlike in 3.1.1 there need not be a user name.
    let connect = connect("10 11 00 04 4d 51 54 54 05 42 00 00 00 00 01 61 00 01 70");
    assert_eq!(
        (connect.user_name, connect.password),
        (None, Some(&b"p"[..]))
    );
}

#[test]
fn v5_0_mqtt_3_1_3_1_the_fields_of_connect_have_their_order() {
    let wire =
        "10 1b 00 04 4d 51 54 54 05 c6 00 00 00 00 01 61 00 00 01 77 00 01 6d 00 01 75 00 01 70";
    let all = Connect {
        client_id: "a",
        clean_start: true,
        will: Some(Will::new(W, b"m")),
        user_name: Some("u"),
        password: Some(b"p"),
        ..Connect::default()
    };
    encodes(V5, all, wire);
    assert_eq!(connect(wire), all);
}

#[test]
fn v5_0_mqtt_3_1_3_3_the_client_identifier_is_there() {
    refuses_v5(
        "10 0b 00 04 4d 51 54 54 05 02 00 00 00",
        MALFORMED,
        "5.0/MQTT-3.1.3-3",
    );
}

#[test]
fn v5_0_mqtt_3_1_3_4_the_client_identifier_is_utf_8() {
    refuses_v5(
        "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 ff",
        MALFORMED,
        "5.0/MQTT-3.1.3-4",
    );
}

#[test]
fn v5_0_mqtt_3_1_3_11_the_will_topic_is_utf_8() {
    refuses_v5(
        "10 16 00 04 4d 51 54 54 05 06 00 00 00 00 01 61 00 00 02 c3 28 00 01 6d",
        MALFORMED,
        "5.0/MQTT-3.1.3-11",
    );
}

#[test]
fn v5_0_mqtt_3_1_3_12_the_user_name_is_utf_8() {
    refuses_v5(
        "10 12 00 04 4d 51 54 54 05 82 00 00 00 00 01 61 00 02 c3 28",
        MALFORMED,
        "5.0/MQTT-3.1.3-12",
    );
    let connect = connect("10 12 00 04 4d 51 54 54 05 42 00 00 00 00 01 61 00 02 c3 28");
    assert_eq!(connect.password, Some(&[0xc3, 0x28][..]));
}

#[test]
fn v5_0_mqtt_3_2_2_1_reserved_acknowledge_flags_are_refused() {
    accepts_v5("20 03 00 00 00");
    accepts_v5("20 03 01 00 00");
    for flags in 2..=u8::MAX {
        refuses_v5(packet(0x20, &[flags, 0, 0]), MALFORMED, "5.0/MQTT-3.2.2-1");
    }
}

#[test]
fn v5_0_mqtt_3_2_2_6_a_refusal_has_no_session() {
    refuses_v5("20 03 01 87 00", PROTOCOL_ERROR, "5.0/MQTT-3.2.2-6");
    let refusal = ConnAck {
        reason: ReasonCode::NOT_AUTHORIZED,
        ..ConnAck::default()
    };
    assert_eq!(accepts_v5("20 03 00 87 00"), refusal.into());
    let with_session = ConnAck {
        session_present: true,
        ..refusal
    };
    assert_eq!(
        cannot_encode(V5, with_session),
        EncodeError::SessionPresentWithError
    );
}

#[test]
fn v5_0_mqtt_3_2_2_8_connack_has_its_own_codes() {
    refuses_v5("20 03 00 01 00", PROTOCOL_ERROR, "5.0/MQTT-3.2.2-8");
    refuses_v5("20 03 00 8e 00", PROTOCOL_ERROR, "5.0/MQTT-3.2.2-8");
    for reason in [ReasonCode::GRANTED_QOS_1, ReasonCode::SESSION_TAKEN_OVER] {
        let connack = ConnAck {
            reason,
            ..ConnAck::default()
        };
        assert!(matches!(
            cannot_encode(V5, connack),
            EncodeError::ReasonCodeNotAllowed { .. }
        ));
    }
}

// Statements on connections, as far as one packet shows them.

#[test]
fn v5_0_mqtt_3_1_0_1_connect_comes_first() {
    for wire in EACH.into_iter().skip(1) {
        let error = decode(Decoder::server(), wire).unwrap_err();
        // AUTH is of MQTT 5 alone, and no version is known yet.
        assert_eq!(error.kind(), DecodeErrorKind::ConnectExpected, "{wire}");
        assert_eq!(error.reason(), PROTOCOL_ERROR);
        assert_eq!(error.statement(), Some("5.0/MQTT-3.1.0-1"));
    }
    assert!(decode(Decoder::server(), CONNECT).is_ok());
}

#[test]
fn v5_0_mqtt_3_1_2_1_another_protocol_name_is_refused() {
    for name in ["4d 51 54 58", "6d 71 74 74"] {
        let wire = format!("10 0e 00 04 {name} 05 02 00 00 00 00 01 61");
        for decoder in [Decoder::server(), Decoder::new(V5)] {
            let error = decode(decoder, wire.as_str()).unwrap_err();
            assert_eq!(error.statement(), Some("5.0/MQTT-3.1.2-1"));
            assert_eq!(error.reason(), ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
        }
    }
}

#[test]
fn v5_0_mqtt_3_1_2_2_another_version_is_refused() {
    let wire = |level: u8| format!("10 0e 00 04 4d 51 54 54 {level:02x} 02 00 00 00 00 01 61");
    for level in (0..=u8::MAX).filter(|&level| level != 5) {
        let error = refuses(V5, wire(level));
        assert_eq!(error.kind(), DecodeErrorKind::UnsupportedLevel(level));
        assert_eq!(error.reason(), ReasonCode::UNSUPPORTED_PROTOCOL_VERSION);
        assert_eq!(error.statement(), Some("5.0/MQTT-3.1.2-2"));
        // A server of all versions reads 4 as 3.1.1, where the byte after Keep Alive is no length.
        let error = decode(Decoder::server(), wire(level)).unwrap_err();
        if level == 4 {
            assert_eq!(error.version(), Some(Version::V3_1_1));
        } else {
            assert_eq!(error.kind(), DecodeErrorKind::UnsupportedLevel(level));
        }
    }
}

#[test]
fn v5_0_mqtt_3_1_2_24_a_server_keeps_to_the_client_s_maximum_packet_size() {
    sizes(
        Decoder::client(V5),
        Encoder::server(V5),
        "5.0/MQTT-3.1.2-24",
    );
}

#[test]
fn v5_0_mqtt_3_2_2_15_a_client_keeps_to_the_server_s_maximum_packet_size() {
    sizes(
        server_after_connect(V5),
        Encoder::client(V5),
        "5.0/MQTT-3.2.2-15",
    );
}

/// A maximum of 20 bytes counts the fixed header.
fn sizes(decoder: Decoder, encoder: Encoder, statement: &str) {
    let mut decoder = decoder;
    decoder.set_max_packet_size(20);
    let mut encoder = encoder.with_max_packet_size(20);
    let twenty = packet(0x30, &[&hex("00 01 61 00")[..], &[b'x'; 14]].concat());
    let more = packet(0x30, &[&hex("00 01 61 00")[..], &[b'x'; 15]].concat());
    assert!(decode(decoder.clone(), twenty.clone()).is_ok());
    let error = decode(decoder, more).unwrap_err();
    assert_eq!(error.reason(), ReasonCode::PACKET_TOO_LARGE);
    assert_eq!(error.statement(), Some(statement));
    let publish = Publish::new(A, &[b'x'; 14]);
    assert_eq!(encoded(&mut encoder, publish), Ok(twenty));
    let publish = Publish::new(A, &[b'x'; 15]);
    assert_eq!(
        encoded(&mut encoder, publish),
        Err(EncodeError::PacketTooLarge {
            len: 21,
            maximum: 20
        })
    );
}

#[test]
fn v5_0_mqtt_3_1_4_6_nothing_after_a_refused_connect_is_read() {
    let mut server = Decoder::server();
    let connect = hex("10 0e 00 04 4d 51 54 54 06 02 00 00 00 00 01 61");
    let both = [connect.as_slice(), &hex("30 05 00 01 61 00 78")].concat();
    let error = server.decode(&both).unwrap_err();
    assert_eq!(server.decode(&both[connect.len()..]), Err(error));
    assert_eq!(server.frame_len(&both[connect.len()..]), Err(error));
}

#[test]
fn v5_0_mqtt_3_1_4_1_an_ill_formed_connect_is_refused() {
    let wire = "10 0e 00 04 4d 51 54 54 05 03 00 00 00 00 01 61";
    let error = decode(Decoder::server(), wire).unwrap_err();
    assert_eq!(error.version(), Some(V5));
    assert_eq!(error.reason(), MALFORMED);
}

#[test]
fn v5_0_mqtt_3_2_2_9_maximum_qos_is_0_or_1() {
    for (wire, qos) in [
        ("20 05 00 00 02 24 00", QoS::AtMostOnce),
        ("20 05 00 00 02 24 01", QoS::AtLeastOnce),
    ] {
        let properties = ConnAckProperties {
            maximum_qos: Some(qos),
            ..Default::default()
        };
        let connack = ConnAck {
            properties: (&properties).into(),
            ..ConnAck::default()
        };
        encodes(V5, connack, wire);
        assert_eq!(accepts_v5(wire), Packet::ConnAck(connack));
    }
    refuses_v5(
        "20 05 00 00 02 24 02",
        PROTOCOL_ERROR,
        crate::check::UNNUMBERED,
    );
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
