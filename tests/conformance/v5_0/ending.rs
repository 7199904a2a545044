//! Sections 3.12 to 3.15: PINGREQ, PINGRESP, DISCONNECT and AUTH.

use puremqtt::{
    Auth, AuthProperties, Disconnect, DisconnectProperties, EncodeError, Encoder, PropertyId,
    ReasonCode, Role,
};

use super::V5;
use crate::check::{
    MALFORMED, PROTOCOL_ERROR, accepted, accepts_v5, cannot_encode, decodes, encoded, encodes, hex,
    packet, refuses_v5, vectors, vectors_of,
};

#[test]
fn v5_0_mqtt_3_14_1_1_disconnect_has_no_flags() {
    // And what is then sent.
    vectors(V5, "MQTT-3.14.1-1");
    let [_, answer] = accepted(V5, "MQTT-3.14.1-1");
    encodes(V5, Disconnect::new(MALFORMED), answer);
}

#[test]
fn v5_0_mqtt_3_14_2_1_disconnect_has_its_own_codes() {
    // Some are of one role alone.
    vectors(V5, "MQTT-3.14.2-1");
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
}

#[test]
fn v5_0_mqtt_3_15_1_1_auth_has_no_flags() {
    vectors(V5, "MQTT-3.15.1-1");
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
    vectors(V5, "MQTT-3.15.2-1");
    vectors_of(V5, "an AUTH of one byte");
    vectors_of(V5, "an AUTH without method");
}

// Statements on connections, as far as one packet shows them.

#[test]
fn v5_0_mqtt_3_14_2_2_a_server_s_disconnect_has_no_session_expiry() {
    // A client's may.
    vectors(V5, "MQTT-3.14.2-2");
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
    let [wire] = accepted(V5, "MQTT-3.14.2-2");
    assert_eq!(encoded(&mut Encoder::client(V5), disconnect), Ok(wire));
}

#[test]
fn v5_0_mqtt_4_12_0_2_a_server_s_auth_is_no_re_authentication() {
    vectors(V5, "MQTT-4.12.0-2");
    role_of_auth(Role::Server, ReasonCode::RE_AUTHENTICATE);
}

#[test]
fn v5_0_mqtt_4_12_0_3_a_client_s_auth_is_no_success() {
    vectors(V5, "MQTT-4.12.0-3");
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
