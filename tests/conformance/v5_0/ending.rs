//! Sections 3.12 to 3.15: PINGREQ, PINGRESP, DISCONNECT and AUTH.

use puremqtt::{
    Auth, AuthProperties, Decoder, Disconnect, DisconnectProperties, EncodeError, Encoder, Packet,
    PropertyId, ReasonCode, Role,
};

use super::V5;
use crate::check::{
    MALFORMED, PROTOCOL_ERROR, UNNUMBERED, accepts_v5, cannot_encode, decode, decodes, encoded,
    encodes, hex, packet, refuses, refuses_v5, server_after_connect,
};

#[test]
fn v5_0_mqtt_3_14_1_1_disconnect_has_no_flags() {
    refuses_v5("e1 00", MALFORMED, "5.0/MQTT-3.14.1-1");
    assert_eq!(accepts_v5("e0 00"), Disconnect::default().into());
    // What is then sent.
    encodes(V5, Disconnect::new(MALFORMED), "e0 01 81");
}

#[test]
fn v5_0_mqtt_3_14_2_1_disconnect_has_its_own_codes() {
    let allowed = [
        0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94,
        0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
    ];
    for code in 0..=u8::MAX {
        let disconnect = Disconnect::new(ReasonCode::from_u8(code));
        let wire = packet(0xe0, &[code]);
        let with_property_length = packet(0xe0, &[code, 0]);
        // 3.14.2.1 does not list 0x8c and table 2-6 does: taken, but never sent.
        if allowed.contains(&code) || code == 0x8c {
            assert_eq!(decodes(V5, wire), disconnect.into());
            assert_eq!(decodes(V5, with_property_length), disconnect.into());
        } else {
            refuses_v5(wire, PROTOCOL_ERROR, "5.0/MQTT-3.14.2-1");
            refuses_v5(with_property_length, PROTOCOL_ERROR, "5.0/MQTT-3.14.2-1");
        }
        if allowed.contains(&code) {
            let shortest = if code == 0 {
                vec![0xe0, 0]
            } else {
                vec![0xe0, 1, code]
            };
            encodes(V5, disconnect, shortest);
        } else {
            assert!(matches!(
                cannot_encode(V5, disconnect),
                EncodeError::ReasonCodeNotAllowed { .. }
            ));
        }
    }
    let properties = DisconnectProperties {
        reason_string: Some("x"),
        ..Default::default()
    };
    let disconnect = Disconnect {
        properties: (&properties).into(),
        ..Disconnect::default()
    };
    assert_eq!(accepts_v5("e0 06 00 04 1f 00 01 78"), disconnect.into());
    // Some are of one role alone.
    let error = decode(Decoder::client(V5), "e0 01 04").unwrap_err();
    assert_eq!(error.statement(), Some("5.0/MQTT-3.14.2-1"));
    for code in [
        "87", "89", "8b", "8d", "8e", "8f", "9a", "9b", "9c", "9d", "9e", "9f", "a0", "a1", "a2",
    ] {
        let error = decode(server_after_connect(V5), format!("e0 01 {code}")).unwrap_err();
        assert_eq!(error.statement(), Some("5.0/MQTT-3.14.2-1"));
    }
}

#[test]
fn v5_0_mqtt_3_15_1_1_auth_has_no_flags() {
    refuses_v5("f1 00", MALFORMED, "5.0/MQTT-3.15.1-1");
    refuses_v5("f2 00", MALFORMED, "5.0/MQTT-3.15.1-1");
}

#[test]
fn v5_0_mqtt_3_15_2_1_auth_has_its_own_codes() {
    let properties = AuthProperties {
        authentication_method: Some("M"),
        ..Default::default()
    };
    for code in 0..=u8::MAX {
        let auth = Auth::new(ReasonCode::from_u8(code), &properties);
        let wire = packet(0xf0, &[&[code][..], &hex("04 15 00 01 4d")].concat());
        if matches!(code, 0x00 | 0x18 | 0x19) {
            encodes(V5, auth, wire.clone());
            assert_eq!(accepts_v5(wire), auth.into());
        } else {
            refuses_v5(wire, PROTOCOL_ERROR, "5.0/MQTT-3.15.2-1");
            assert!(matches!(
                cannot_encode(V5, auth),
                EncodeError::ReasonCodeNotAllowed { .. }
            ));
        }
    }
    // Length 0 means 0x00 without properties, length 1 nothing.
    assert_eq!(accepts_v5("f0 00"), Packet::Auth(Auth::default()));
    for wire in ["f0 01 00", "f0 01 18"] {
        assert_eq!(refuses(V5, wire).reason(), MALFORMED);
    }
    refuses_v5("f0 02 18 00", PROTOCOL_ERROR, UNNUMBERED);
}

// Statements on connections, as far as one packet shows them.

#[test]
fn v5_0_mqtt_3_14_2_2_a_server_s_disconnect_has_no_session_expiry() {
    let wire = "e0 07 00 05 11 00 00 00 05";
    let error = decode(Decoder::client(V5), wire).unwrap_err();
    assert_eq!(error.reason(), PROTOCOL_ERROR);
    assert_eq!(error.statement(), Some("5.0/MQTT-3.14.2-2"));
    let properties = DisconnectProperties {
        session_expiry_interval: Some(5),
        ..Default::default()
    };
    let disconnect = Disconnect {
        properties: (&properties).into(),
        ..Disconnect::default()
    };
    assert_eq!(
        encoded(&mut Encoder::server(V5), disconnect),
        Err(EncodeError::PropertyOfOtherRole {
            role: Role::Server,
            property: PropertyId::SESSION_EXPIRY_INTERVAL
        })
    );
    // A client's may.
    assert_eq!(
        decode(server_after_connect(V5), wire),
        Ok(disconnect.into())
    );
    assert_eq!(encoded(&mut Encoder::client(V5), disconnect), Ok(hex(wire)));
}

#[test]
fn v5_0_mqtt_4_12_0_2_a_server_s_auth_is_no_re_authentication() {
    assert!(decode(Decoder::client(V5), "f0 0a 18 08 15 00 01 4d 16 00 01 63").is_ok());
    let error = decode(Decoder::client(V5), "f0 06 19 04 15 00 01 4d").unwrap_err();
    assert_eq!(error.reason(), PROTOCOL_ERROR);
    assert_eq!(error.statement(), Some("5.0/MQTT-4.12.0-2"));
    role_of_auth(Role::Server, ReasonCode::RE_AUTHENTICATE);
}

#[test]
fn v5_0_mqtt_4_12_0_3_a_client_s_auth_is_no_success() {
    let answer = "f0 0a 18 08 15 00 01 4d 16 00 01 72";
    assert!(decode(server_after_connect(V5), answer).is_ok());
    let error = decode(server_after_connect(V5), "f0 06 00 04 15 00 01 4d").unwrap_err();
    assert_eq!(error.reason(), PROTOCOL_ERROR);
    assert_eq!(error.statement(), Some("5.0/MQTT-4.12.0-3"));
    role_of_auth(Role::Client, ReasonCode::SUCCESS);
}

/// An encoder of this role writes no AUTH of this code.
fn role_of_auth(role: Role, reason: ReasonCode) {
    let properties = AuthProperties {
        authentication_method: Some("M"),
        ..Default::default()
    };
    let mut encoder = match role {
        Role::Client => Encoder::client(V5),
        Role::Server => Encoder::server(V5),
    };
    assert_eq!(
        encoded(&mut encoder, Auth::new(reason, &properties)),
        Err(EncodeError::ReasonCodeOfOtherRole { role, reason })
    );
}
