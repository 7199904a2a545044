//! Sections 3.1 and 3.2: CONNECT and CONNACK.

use puremqtt::{
    ConnAck, ConnAckProperties, Connect, DecodeErrorKind, Decoder, EncodeError, Encoder, Publish,
    QoS, ReasonCode, TopicName, Version, Will,
};

use super::{A, V5};
use crate::check::{
    MALFORMED, accepted, accepts_v5, cannot_encode, decode, encoded, encodes, hex, packet, refused,
    refuses, refuses_v5, vectors, vectors_of,
};

const W: TopicName = TopicName::literal("w");

#[test]
fn v5_0_mqtt_3_1_2_3_reserved_connect_flag_is_refused() {
    vectors(V5, "MQTT-3.1.2-3");
}

#[test]
fn v5_0_mqtt_3_1_2_9_will_flag_brings_properties_topic_and_payload() {
    // Without any of the three, without topic and payload, without payload, and with all.
    vectors(V5, "MQTT-3.1.2-9");
}

#[test]
fn v5_0_mqtt_3_1_2_11_will_qos_without_will_flag_is_refused() {
    vectors(V5, "MQTT-3.1.2-11");
}

#[test]
fn v5_0_mqtt_3_1_2_12_will_qos_3_is_refused() {
    // And 0 to 2 are what the will then has.
    vectors(V5, "MQTT-3.1.2-12");
}

#[test]
fn v5_0_mqtt_3_1_2_13_will_retain_without_will_flag_is_refused() {
    vectors(V5, "MQTT-3.1.2-13");
}

#[test]
fn v5_0_mqtt_3_1_2_16_a_user_name_without_its_flag_is_refused() {
    vectors(V5, "MQTT-3.1.2-16");
}

#[test]
fn v5_0_mqtt_3_1_2_17_the_user_name_flag_brings_a_user_name() {
    vectors(V5, "MQTT-3.1.2-17");
}

#[test]
fn v5_0_mqtt_3_1_2_18_a_password_without_its_flag_is_refused() {
    vectors(V5, "MQTT-3.1.2-18");
}

#[test]
fn v5_0_mqtt_3_1_2_19_the_password_flag_brings_a_password() {
    // Unlike in 3.1.1 there need not be a user name.
    vectors(V5, "MQTT-3.1.2-19");
}

#[test]
fn v5_0_mqtt_3_1_3_1_the_fields_of_connect_have_their_order() {
    vectors(V5, "MQTT-3.1.3-1");
    let all = Connect {
        client_id: "a",
        clean_start: true,
        will: Some(Will::new(W, b"m")),
        user_name: Some("u"),
        password: Some(b"p"),
        ..Connect::default()
    };
    let [wire] = accepted(V5, "MQTT-3.1.3-1");
    encodes(V5, all, wire);
}

#[test]
fn v5_0_mqtt_3_1_3_3_the_client_identifier_is_there() {
    vectors(V5, "MQTT-3.1.3-3");
}

#[test]
fn v5_0_mqtt_3_1_3_4_the_client_identifier_is_utf_8() {
    vectors(V5, "MQTT-3.1.3-4");
}

#[test]
fn v5_0_mqtt_3_1_3_11_the_will_topic_is_utf_8() {
    vectors(V5, "MQTT-3.1.3-11");
}

#[test]
fn v5_0_mqtt_3_1_3_12_the_user_name_is_utf_8() {
    // The password need not be.
    vectors(V5, "MQTT-3.1.3-12");
}

#[test]
fn v5_0_mqtt_3_2_2_1_reserved_acknowledge_flags_are_refused() {
    vectors(V5, "MQTT-3.2.2-1");
    for flags in 2..=u8::MAX {
        refuses_v5(packet(0x20, &[flags, 0, 0]), MALFORMED, "5.0/MQTT-3.2.2-1");
    }
}

#[test]
fn v5_0_mqtt_3_2_2_6_a_refusal_has_no_session() {
    vectors(V5, "MQTT-3.2.2-6");
    let with_session = ConnAck {
        session_present: true,
        reason: ReasonCode::NOT_AUTHORIZED,
        ..ConnAck::default()
    };
    assert_eq!(
        cannot_encode(V5, with_session),
        EncodeError::SessionPresentWithError
    );
}

#[test]
fn v5_0_mqtt_3_2_2_8_connack_has_its_own_codes() {
    vectors(V5, "MQTT-3.2.2-8");
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
    // AUTH is of MQTT 5 alone, and no version is known yet.
    vectors(V5, "MQTT-3.1.0-1");
    for wire in super::EACH.into_iter().skip(1) {
        let error = decode(Decoder::server(), wire).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::ConnectExpected, "{wire}");
    }
}

#[test]
fn v5_0_mqtt_3_1_2_1_another_protocol_name_is_refused() {
    vectors(V5, "MQTT-3.1.2-1");
}

#[test]
fn v5_0_mqtt_3_1_2_2_another_version_is_refused() {
    vectors(V5, "MQTT-3.1.2-2");
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
    vectors(V5, "MQTT-3.1.2-24");
    writes_up_to_20_bytes(Encoder::server(V5), "MQTT-3.1.2-24");
}

#[test]
fn v5_0_mqtt_3_2_2_15_a_client_keeps_to_the_server_s_maximum_packet_size() {
    vectors(V5, "MQTT-3.2.2-15");
    writes_up_to_20_bytes(Encoder::client(V5), "MQTT-3.2.2-15");
}

/// A maximum of 20 bytes counts the fixed header.
fn writes_up_to_20_bytes(encoder: Encoder, statement: &str) {
    let mut encoder = encoder.with_max_packet_size(20);
    let [twenty] = accepted(V5, statement);
    assert_eq!(twenty.len(), 20);
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
    // By then its version is known.
    vectors(V5, "MQTT-3.1.4-1");
    for wire in refused(V5, "MQTT-3.1.4-1") {
        let error = Decoder::server().decode(&wire).unwrap_err();
        assert_eq!(error.version(), Some(V5));
    }
}

#[test]
fn v5_0_mqtt_3_2_2_9_maximum_qos_is_0_or_1() {
    vectors(V5, "MQTT-3.2.2-9");
    let wires = accepted::<2>(V5, "MQTT-3.2.2-9");
    for (wire, qos) in wires.into_iter().zip([QoS::AtMostOnce, QoS::AtLeastOnce]) {
        let properties = ConnAckProperties {
            maximum_qos: Some(qos),
            ..Default::default()
        };
        let connack = ConnAck {
            properties: (&properties).into(),
            ..ConnAck::default()
        };
        encodes(V5, connack, wire.clone());
        assert_eq!(accepts_v5(wire), connack.into());
    }
    // That 2 is an error has no number.
    vectors_of(V5, "a Maximum QoS of 2");
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
