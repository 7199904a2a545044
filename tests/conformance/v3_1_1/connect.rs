//! Sections 3.1 and 3.2: CONNECT and CONNACK.

use puremqtt::{
    ConnAck, Connect, DecodeErrorKind, Decoder, EncodeError, QoS, ReasonCode, TopicName, Will,
};

use super::{CONNECT, EACH, V3_1_1, connect};
use crate::check::{
    accepts_v3_1_1, cannot_encode, decode, decodes, encodes, hex, packet, refuses, refuses_v3_1_1,
};

#[test]
fn v3_1_1_mqtt_3_1_2_1_another_protocol_name_is_refused() {
    for name in ["4d 51 54 58", "6d 71 74 74", "4d 51 54 74"] {
        let wire = format!("10 0d 00 04 {name} 04 02 00 00 00 01 61");
        refuses_v3_1_1(wire.as_str(), "3.1.1/MQTT-3.1.2-1");
        let mut server = Decoder::server();
        let error = server.decode(&hex(&wire)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::UnknownProtocolName);
        assert_eq!(server.version(), None);
    }
}

#[test]
fn v3_1_1_mqtt_3_1_2_3_reserved_connect_flag_is_refused() {
    refuses_v3_1_1(
        "10 0d 00 04 4d 51 54 54 04 03 00 00 00 01 61",
        "3.1.1/MQTT-3.1.2-3",
    );
    connect(CONNECT);
}

#[test]
fn v3_1_1_mqtt_3_1_2_9_will_flag_brings_topic_and_message() {
    refuses_v3_1_1(
        "10 0d 00 04 4d 51 54 54 04 06 00 00 00 01 61",
        "3.1.1/MQTT-3.1.2-9",
    );
    // The message alone is missing.
    refuses_v3_1_1(
        "10 10 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 77",
        "3.1.1/MQTT-3.1.2-9",
    );
    let connect = connect("10 12 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 01 77 00 00");
    assert_eq!(connect.will, Some(Will::new(TopicName::literal("w"), b"")));
}

#[test]
fn v3_1_1_mqtt_3_1_2_11_without_will_flag_there_is_nothing_of_a_will() {
    // What is left over would be a user name as well, whose flag is not set either [MQTT-3.1.2-18].
    refuses_v3_1_1(
        "10 13 00 04 4d 51 54 54 04 02 00 00 00 01 61 00 01 77 00 01 6d",
        "3.1.1/MQTT-3.1.2-18",
    );
    // The two bits have numbers of their own.
    refuses_v3_1_1(
        "10 0d 00 04 4d 51 54 54 04 0a 00 00 00 01 61",
        "3.1.1/MQTT-3.1.2-13",
    );
    refuses_v3_1_1(
        "10 0d 00 04 4d 51 54 54 04 22 00 00 00 01 61",
        "3.1.1/MQTT-3.1.2-15",
    );
}

#[test]
fn v3_1_1_mqtt_3_1_2_13_will_qos_without_will_flag_is_refused() {
    for flags in ["0a", "12", "1a"] {
        refuses_v3_1_1(
            format!("10 0d 00 04 4d 51 54 54 04 {flags} 00 00 00 01 61"),
            "3.1.1/MQTT-3.1.2-13",
        );
    }
}

#[test]
fn v3_1_1_mqtt_3_1_2_14_will_qos_3_is_refused() {
    let wire =
        |flags| format!("10 13 00 04 4d 51 54 54 04 {flags} 00 00 00 01 61 00 01 77 00 01 6d");
    refuses_v3_1_1(wire("1e"), "3.1.1/MQTT-3.1.2-14");
    refuses_v3_1_1(wire("3e"), "3.1.1/MQTT-3.1.2-14");
    for (flags, qos) in [
        ("06", QoS::AtMostOnce),
        ("0e", QoS::AtLeastOnce),
        ("16", QoS::ExactlyOnce),
    ] {
        let will = Will {
            qos,
            ..Will::new(TopicName::literal("w"), b"m")
        };
        assert_eq!(connect(wire(flags)).will, Some(will));
    }
}

#[test]
fn v3_1_1_mqtt_3_1_2_15_will_retain_without_will_flag_is_refused() {
    refuses_v3_1_1(
        "10 0d 00 04 4d 51 54 54 04 22 00 00 00 01 61",
        "3.1.1/MQTT-3.1.2-15",
    );
}

#[test]
fn v3_1_1_mqtt_3_1_2_18_a_user_name_without_its_flag_is_refused() {
    refuses_v3_1_1(
        "10 10 00 04 4d 51 54 54 04 02 00 00 00 01 61 00 01 75",
        "3.1.1/MQTT-3.1.2-18",
    );
}

#[test]
fn v3_1_1_mqtt_3_1_2_19_the_user_name_flag_brings_a_user_name() {
    refuses_v3_1_1(
        "10 0d 00 04 4d 51 54 54 04 82 00 00 00 01 61",
        "3.1.1/MQTT-3.1.2-19",
    );
    let connect = connect("10 10 00 04 4d 51 54 54 04 82 00 00 00 01 61 00 01 75");
    assert_eq!(connect.user_name, Some("u"));
    assert_eq!(connect.password, None);
}

#[test]
fn v3_1_1_mqtt_3_1_2_20_a_password_without_its_flag_is_refused() {
    refuses_v3_1_1(
        "10 13 00 04 4d 51 54 54 04 82 00 00 00 01 61 00 01 75 00 01 70",
        "3.1.1/MQTT-3.1.2-20",
    );
}

#[test]
fn v3_1_1_mqtt_3_1_2_21_the_password_flag_brings_a_password() {
    refuses_v3_1_1(
        "10 10 00 04 4d 51 54 54 04 c2 00 00 00 01 61 00 01 75",
        "3.1.1/MQTT-3.1.2-21",
    );
    let connect = connect("10 13 00 04 4d 51 54 54 04 c2 00 00 00 01 61 00 01 75 00 01 70");
    assert_eq!(connect.user_name, Some("u"));
    assert_eq!(connect.password, Some(&b"p"[..]));
}

#[test]
fn v3_1_1_mqtt_3_1_2_22_a_password_needs_a_user_name() {
    refuses_v3_1_1(
        "10 10 00 04 4d 51 54 54 04 42 00 00 00 01 61 00 01 70",
        "3.1.1/MQTT-3.1.2-22",
    );
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
    let wire = "10 19 00 04 4d 51 54 54 04 c6 00 00 00 01 61 00 01 77 00 01 6d 00 01 75 00 01 70";
    let all = Connect {
        version: V3_1_1,
        client_id: "a",
        clean_start: true,
        will: Some(Will::new(TopicName::literal("w"), b"m")),
        user_name: Some("u"),
        password: Some(b"p"),
        ..Connect::default()
    };
    encodes(V3_1_1, all, wire);
    assert_eq!(connect(wire), all);
}

#[test]
fn v3_1_1_mqtt_3_1_3_3_the_client_identifier_is_there() {
    refuses_v3_1_1("10 0a 00 04 4d 51 54 54 04 02 00 00", "3.1.1/MQTT-3.1.3-3");
}

#[test]
fn v3_1_1_mqtt_3_1_3_4_the_client_identifier_is_utf_8() {
    refuses_v3_1_1(
        "10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 ff",
        "3.1.1/MQTT-3.1.3-4",
    );
}

#[test]
fn v3_1_1_mqtt_3_1_3_7_an_empty_client_identifier_needs_clean_session() {
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
    encodes(V3_1_1, clean, "10 0c 00 04 4d 51 54 54 04 02 00 00 00 00");
    // A server is shown it, as it answers with return code 2 [MQTT-3.1.3-8].
    let wire = "10 0c 00 04 4d 51 54 54 04 00 00 00 00 00";
    assert_eq!(decodes(V3_1_1, wire), empty.into());
}

#[test]
fn v3_1_1_mqtt_3_1_3_10_the_will_topic_is_utf_8() {
    refuses_v3_1_1(
        "10 14 00 04 4d 51 54 54 04 06 00 00 00 01 61 00 02 c3 28 00 01 6d",
        "3.1.1/MQTT-3.1.3-10",
    );
}

#[test]
fn v3_1_1_mqtt_3_1_3_11_the_user_name_is_utf_8() {
    refuses_v3_1_1(
        "10 11 00 04 4d 51 54 54 04 82 00 00 00 01 61 00 02 c3 28",
        "3.1.1/MQTT-3.1.3-11",
    );
    let connect = connect("10 14 00 04 4d 51 54 54 04 c2 00 00 00 01 61 00 01 75 00 02 c3 28");
    assert_eq!(connect.password, Some(&[0xc3, 0x28][..]));
}

#[test]
fn v3_1_1_mqtt_3_2_2_4_a_refusal_has_no_session() {
    refuses_v3_1_1("20 02 01 05", "3.1.1/MQTT-3.2.2-4");
    let refusal = ConnAck {
        reason: ReasonCode::NOT_AUTHORIZED,
        ..ConnAck::default()
    };
    assert_eq!(accepts_v3_1_1("20 02 00 05"), refusal.into());
    let with_session = ConnAck {
        session_present: true,
        ..refusal
    };
    assert_eq!(
        cannot_encode(V3_1_1, with_session),
        EncodeError::SessionPresentWithError
    );
}

// Statements on connections, as far as one packet shows them.

#[test]
fn v3_1_1_mqtt_3_1_0_1_connect_comes_first() {
    for wire in EACH {
        let result = decode(Decoder::server(), wire);
        if wire == CONNECT {
            assert!(result.is_ok());
        } else {
            // No version is known yet: the error has the number of 5, which is the same.
            assert_eq!(
                result.unwrap_err().statement(),
                Some("5.0/MQTT-3.1.0-1"),
                "{wire}"
            );
        }
    }
}

#[test]
fn v3_1_1_mqtt_3_1_2_2_an_unsupported_level_is_refused() {
    let wire = |level: u8| format!("10 0d 00 04 4d 51 54 54 {level:02x} 02 00 00 00 01 61");
    refuses_v3_1_1(wire(7), "3.1.1/MQTT-3.1.2-2");
    for level in (0..=u8::MAX).filter(|&level| level != 4) {
        // Level 5 is MQTT 5, which a decoder of 3.1.1 does not take.
        let error = refuses(V3_1_1, wire(level));
        assert_eq!(error.kind(), DecodeErrorKind::UnsupportedLevel(level));
        assert_eq!(error.offset(), 8);
    }
}

#[test]
fn v3_1_1_mqtt_3_1_4_1_an_ill_formed_connect_is_refused() {
    for (wire, statement) in [
        (
            "10 0d 00 04 4d 51 54 54 04 03 00 00 00 01 61",
            "3.1.1/MQTT-3.1.2-3",
        ),
        (
            "10 13 00 04 4d 51 54 54 04 1e 00 00 00 01 61 00 01 77 00 01 6d",
            "3.1.1/MQTT-3.1.2-14",
        ),
    ] {
        let error = decode(Decoder::server(), wire).unwrap_err();
        assert_eq!(error.version(), Some(V3_1_1));
        assert_eq!(error.statement(), Some(statement));
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
