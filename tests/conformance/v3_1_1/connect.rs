//! Sections 3.1 and 3.2: CONNECT and CONNACK.

use puremqtt::{
    ConnAck, Connect, DecodeErrorKind, Decoder, EncodeError, ReasonCode, TopicName, Will,
};

use super::V3_1_1;
use crate::check::{
    accepted, accepts_v3_1_1, cannot_encode, encodes, hex, packet, refused, refuses,
    refuses_v3_1_1, vectors,
};

#[test]
fn v3_1_1_mqtt_3_1_2_1_another_protocol_name_is_refused() {
    vectors(V3_1_1, "MQTT-3.1.2-1");
    for wire in refused(V3_1_1, "MQTT-3.1.2-1") {
        let mut server = Decoder::server();
        let error = server.decode(&wire).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::UnknownProtocolName);
        assert_eq!(server.version(), None);
    }
}

#[test]
fn v3_1_1_mqtt_3_1_2_3_reserved_connect_flag_is_refused() {
    vectors(V3_1_1, "MQTT-3.1.2-3");
}

#[test]
fn v3_1_1_mqtt_3_1_2_9_will_flag_brings_topic_and_message() {
    // Without both, without the message alone, and with both.
    vectors(V3_1_1, "MQTT-3.1.2-9");
}

#[test]
fn v3_1_1_mqtt_3_1_2_11_without_will_flag_there_is_nothing_of_a_will() {
    // What is left over would be a user name as well, whose flag is not set either [MQTT-3.1.2-18];
    // the two bits have numbers of their own, [MQTT-3.1.2-13] and [MQTT-3.1.2-15].
    vectors(V3_1_1, "MQTT-3.1.2-11");
}

#[test]
fn v3_1_1_mqtt_3_1_2_13_will_qos_without_will_flag_is_refused() {
    vectors(V3_1_1, "MQTT-3.1.2-13");
}

#[test]
fn v3_1_1_mqtt_3_1_2_14_will_qos_3_is_refused() {
    // And 0 to 2 are what the will then has.
    vectors(V3_1_1, "MQTT-3.1.2-14");
}

#[test]
fn v3_1_1_mqtt_3_1_2_15_will_retain_without_will_flag_is_refused() {
    vectors(V3_1_1, "MQTT-3.1.2-15");
}

#[test]
fn v3_1_1_mqtt_3_1_2_18_a_user_name_without_its_flag_is_refused() {
    vectors(V3_1_1, "MQTT-3.1.2-18");
}

#[test]
fn v3_1_1_mqtt_3_1_2_19_the_user_name_flag_brings_a_user_name() {
    vectors(V3_1_1, "MQTT-3.1.2-19");
}

#[test]
fn v3_1_1_mqtt_3_1_2_20_a_password_without_its_flag_is_refused() {
    vectors(V3_1_1, "MQTT-3.1.2-20");
}

#[test]
fn v3_1_1_mqtt_3_1_2_21_the_password_flag_brings_a_password() {
    vectors(V3_1_1, "MQTT-3.1.2-21");
}

#[test]
fn v3_1_1_mqtt_3_1_2_22_a_password_needs_a_user_name() {
    vectors(V3_1_1, "MQTT-3.1.2-22");
    let connect = Connect {
        version: V3_1_1,
        client_id: "a",
        clean_start: true,
        password: Some(b"p"),
        ..Connect::default()
    };
    assert_eq!(
        cannot_encode(V3_1_1, connect),
        EncodeError::PasswordWithoutUserName
    );
}

#[test]
fn v3_1_1_mqtt_3_1_3_1_the_fields_of_connect_have_their_order() {
    vectors(V3_1_1, "MQTT-3.1.3-1");
    let all = Connect {
        version: V3_1_1,
        client_id: "a",
        clean_start: true,
        will: Some(Will::new(TopicName::literal("w"), b"m")),
        user_name: Some("u"),
        password: Some(b"p"),
        ..Connect::default()
    };
    let [wire] = accepted(V3_1_1, "MQTT-3.1.3-1");
    encodes(V3_1_1, all, wire);
}

#[test]
fn v3_1_1_mqtt_3_1_3_3_the_client_identifier_is_there() {
    vectors(V3_1_1, "MQTT-3.1.3-3");
}

#[test]
fn v3_1_1_mqtt_3_1_3_4_the_client_identifier_is_utf_8() {
    vectors(V3_1_1, "MQTT-3.1.3-4");
}

#[test]
fn v3_1_1_mqtt_3_1_3_7_an_empty_client_identifier_needs_clean_session() {
    // A server is shown the one without, as it answers with return code 2 [MQTT-3.1.3-8].
    vectors(V3_1_1, "MQTT-3.1.3-7");
    let empty = Connect {
        version: V3_1_1,
        ..Connect::default()
    };
    assert_eq!(
        cannot_encode(V3_1_1, empty),
        EncodeError::EmptyClientIdentifier
    );
    let clean = Connect {
        clean_start: true,
        ..empty
    };
    let [wire, _] = accepted(V3_1_1, "MQTT-3.1.3-7");
    encodes(V3_1_1, clean, wire);
}

#[test]
fn v3_1_1_mqtt_3_1_3_10_the_will_topic_is_utf_8() {
    vectors(V3_1_1, "MQTT-3.1.3-10");
}

#[test]
fn v3_1_1_mqtt_3_1_3_11_the_user_name_is_utf_8() {
    // The password need not be.
    vectors(V3_1_1, "MQTT-3.1.3-11");
}

#[test]
fn v3_1_1_mqtt_3_2_2_4_a_refusal_has_no_session() {
    vectors(V3_1_1, "MQTT-3.2.2-4");
    let with_session = ConnAck {
        session_present: true,
        reason: ReasonCode::NOT_AUTHORIZED,
        ..ConnAck::default()
    };
    assert_eq!(
        cannot_encode(V3_1_1, with_session),
        EncodeError::SessionPresentWithError
    );
}

// Statements on connections, as far as one packet shows them.

#[test]
fn v3_1_1_mqtt_3_1_0_1_connect_comes_first() {
    // No version is known yet: the error has the number of 5, which is the same.
    vectors(V3_1_1, "MQTT-3.1.0-1");
}

#[test]
fn v3_1_1_mqtt_3_1_2_2_an_unsupported_level_is_refused() {
    vectors(V3_1_1, "MQTT-3.1.2-2");
    let wire = |level: u8| format!("10 0d 00 04 4d 51 54 54 {level:02x} 02 00 00 00 01 61");
    for level in (0..=u8::MAX).filter(|&level| level != 4) {
        // Level 5 is MQTT 5, which a decoder of 3.1.1 does not take.
        let error = refuses(V3_1_1, wire(level));
        assert_eq!(error.kind(), DecodeErrorKind::UnsupportedLevel(level));
        assert_eq!(error.offset(), 8);
    }
}

#[test]
fn v3_1_1_mqtt_3_1_4_1_an_ill_formed_connect_is_refused() {
    // By then its version is known.
    vectors(V3_1_1, "MQTT-3.1.4-1");
    for wire in refused(V3_1_1, "MQTT-3.1.4-1") {
        let error = Decoder::server().decode(&wire).unwrap_err();
        assert_eq!(error.version(), Some(V3_1_1));
    }
}

#[test]
fn v3_1_1_mqtt_3_1_4_5_nothing_after_a_refused_connect_is_read() {
    let mut server = Decoder::server();
    let connect = hex("10 0d 00 04 4d 51 54 54 07 02 00 00 00 01 61");
    let both = [connect.as_slice(), &[0x30, 0x04, 0x00, 0x01, 0x61, 0x78]].concat();
    let error = server.decode(&both).unwrap_err();
    assert_eq!(server.decode(&both[connect.len()..]), Err(error));
    assert_eq!(server.frame_len(&both[connect.len()..]), Err(error));
}

#[test]
fn v3_1_1_mqtt_3_2_2_6_connack_has_six_codes() {
    vectors(V3_1_1, "MQTT-3.2.2-6");
    for code in 0..=u8::MAX {
        let wire = packet(0x20, &[0, code]);
        if code < 6 {
            accepts_v3_1_1(wire);
        } else {
            refuses_v3_1_1(wire, "3.1.1/MQTT-3.2.2-6");
        }
    }
    let unspeakable = ConnAck {
        reason: ReasonCode::QUOTA_EXCEEDED,
        ..ConnAck::default()
    };
    assert!(matches!(
        cannot_encode(V3_1_1, unspeakable),
        EncodeError::ReasonCodeNotAllowed { .. }
    ));
}
