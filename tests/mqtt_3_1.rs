//! MQTT 3.1, which has no numbered statements; packets in other versions than
//! their own; and how packets print.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

#[allow(dead_code, reason = "shared with other tests, which use all of it")]
#[path = "conformance/check.rs"]
mod check;

use check::{
    Wire, accepts, accepts_v3_1_1, accepts_v5, cannot_encode, decode, decodes, encodes, hex, id,
    packet, refused, refuses, server_after_connect, vectors_of,
};
use puremqtt::{
    Ack, Auth, AuthProperties, AuthenticationData, ConnAck, Connect, ConnectProperties,
    DecodeErrorKind, Decoder, Disconnect, EncodeError, Field, List, Packet, Publish, QoS,
    ReasonCode, SubAck, Subscribe, Subscription, TopicFilter, TopicName, Unsubscribe, Version,
    Will,
};

const V3_1: Version = Version::V3_1;
const V3_1_1: Version = Version::V3_1_1;
const V5: Version = Version::V5;
const CONNECT: &str = "10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 61";

fn accepts_v3_1(wire: impl Wire) -> Packet<'static> {
    accepts(V3_1, wire)
}

fn refuses_v3_1(wire: impl Wire) -> DecodeErrorKind {
    let error = refuses(V3_1, wire);
    assert_eq!(error.statement(), None, "3.1 has no numbers");
    assert_eq!(error.version(), Some(V3_1));
    error.kind()
}

/// The only CONNECT of 3.1 with these fields that is worth a test.
const MINIMAL: Connect<'static> = Connect {
    version: V3_1,
    client_id: "a",
    clean_start: true,
    keep_alive: 0,
    will: None,
    user_name: None,
    password: None,
    properties: puremqtt::Properties::NONE,
};

/// A CONNECT of 3.1 with these flags and this payload.
fn connect(flags: u8, payload: &[u8]) -> Vec<u8> {
    let start = hex("00 06 4d 51 49 73 64 70 03");
    packet(0x10, &[&start[..], &[flags, 0, 0], payload].concat())
}

#[test]
fn the_smallest_connect() {
    vectors_of(V3_1, "the smallest CONNECT");
    let server = decode(Decoder::server(), CONNECT);
    assert_eq!(server, Ok(MINIMAL.into()));
}

#[test]
fn a_client_identifier_may_be_long() {
    vectors_of(V3_1, "a Client Identifier may be long");
    // 3.1 names 23 characters; what is longer, the server's owner judges.
    for length in [1, 23, 24, 65_535] {
        let client_id = "c".repeat(length);
        let payload = [&(length as u16).to_be_bytes()[..], client_id.as_bytes()].concat();
        let expected = Connect {
            client_id: &client_id,
            ..MINIMAL
        };
        assert_eq!(accepts_v3_1(connect(0x02, &payload)), expected.into());
    }
}

#[test]
fn an_empty_client_identifier_is_read_and_not_written() {
    // Read, so that the server can refuse it by CONNACK.
    vectors_of(V3_1, "an empty Client Identifier is read and not written");
    for clean_start in [true, false] {
        let empty = Connect {
            client_id: "",
            clean_start,
            ..MINIMAL
        };
        assert_eq!(
            cannot_encode(V3_1, empty),
            EncodeError::EmptyClientIdentifier
        );
    }
}

#[test]
fn a_packet_may_end_before_a_flagged_user_name_or_password() {
    // Not within them, nor before anything else.
    let rule = "a packet may end before a flagged User Name or Password";
    vectors_of(V3_1, rule);
    for wire in refused(V3_1, rule) {
        let kind = refuses_v3_1(wire);
        assert!(matches!(kind, DecodeErrorKind::EndsBefore(_)), "{kind}");
    }
}

#[test]
fn a_password_needs_a_user_name() {
    vectors_of(V3_1, "a Password needs a User Name");
    for wire in refused(V3_1, "a Password needs a User Name") {
        let kind = refuses_v3_1(wire);
        assert_eq!(kind, DecodeErrorKind::PasswordWithoutUserName);
    }
    let connect = Connect {
        password: Some(b"p"),
        ..MINIMAL
    };
    assert_eq!(
        cannot_encode(V3_1, connect),
        EncodeError::PasswordWithoutUserName
    );
}

#[test]
fn the_other_rules_of_connect_hold() {
    // The rules on flags, and fields whose flags are not set.
    vectors_of(V3_1, "the other rules of CONNECT hold");
}

#[test]
fn mqisdp_has_level_3_alone() {
    for level in 0..=u8::MAX {
        let mut wire = hex(CONNECT);
        wire[10] = level;
        let decoded = decode(Decoder::server(), wire);
        match decoded {
            Ok(packet) => assert_eq!((level, packet), (3, MINIMAL.into())),
            Err(error) => {
                assert_ne!(level, 3);
                assert_eq!(error.kind(), DecodeErrorKind::UnsupportedLevel(level));
            }
        }
    }
    // And level 3 has no other name.
    let mqtt = "10 0d 00 04 4d 51 54 54 03 02 00 00 00 01 61";
    let error = decode(Decoder::server(), mqtt).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::UnsupportedLevel(3));
}

#[test]
fn connack_has_no_session_present() {
    vectors_of(V3_1, "CONNACK has no Session Present");
    for byte in 1..=u8::MAX {
        assert_eq!(
            refuses_v3_1(packet(0x20, &[byte, 0])),
            DecodeErrorKind::ReservedConnAckFlags
        );
    }
    let connack = ConnAck {
        session_present: true,
        ..ConnAck::default()
    };
    assert!(matches!(
        cannot_encode(V3_1, connack),
        EncodeError::NotInVersion { .. }
    ));
}

#[test]
fn dup_of_pubrel_subscribe_and_unsubscribe_is_kept() {
    vectors_of(V3_1, "DUP of PUBREL, SUBSCRIBE and UNSUBSCRIBE is kept");
    let wanted = [Subscription::new(
        TopicFilter::literal("a"),
        QoS::AtMostOnce,
    )];
    let filters = [TopicFilter::literal("a")];
    for dup in [false, true] {
        let packets = [
            (
                "62 02 00 01",
                Packet::PubRel(Ack {
                    dup,
                    ..Ack::new(id(1))
                }),
            ),
            (
                "82 06 00 01 00 01 61 00",
                Packet::Subscribe(Subscribe {
                    dup,
                    ..Subscribe::new(id(1), List::from(&wanted))
                }),
            ),
            (
                "a2 05 00 01 00 01 61",
                Packet::Unsubscribe(Unsubscribe {
                    dup,
                    ..Unsubscribe::new(id(1), List::from(&filters))
                }),
            ),
        ];
        for (wire, packet) in packets {
            let mut wire = hex(wire);
            wire[0] |= if dup { 8 } else { 0 };
            assert_eq!(accepts_v3_1(wire.clone()), packet);
            for later in [V3_1_1, V5] {
                if dup {
                    assert!(decode(Decoder::new(later), wire.clone()).is_err());
                    assert!(matches!(
                        cannot_encode(later, packet),
                        EncodeError::DupNotAllowed { .. }
                    ));
                }
            }
        }
    }
    // The other acknowledgements have none.
    let ack = Ack {
        dup: true,
        ..Ack::new(id(1))
    };
    for packet in [
        Packet::PubAck(ack),
        Packet::PubRec(ack),
        Packet::PubComp(ack),
    ] {
        assert!(matches!(
            cannot_encode(V3_1, packet),
            EncodeError::DupNotAllowed { .. }
        ));
    }
}

#[test]
fn suback_grants_and_never_refuses() {
    vectors_of(V3_1, "SUBACK grants and never refuses");
    for code in 0..=u8::MAX {
        let wire = packet(0x90, &[0, 1, code]);
        let codes = [ReasonCode::from_u8(code)];
        let suback = SubAck::new(id(1), List::from(&codes));
        if code <= 2 {
            assert_eq!(accepts_v3_1(wire), suback.into());
        } else {
            assert_eq!(
                refuses_v3_1(wire),
                DecodeErrorKind::ReasonCodeNotAllowed(code)
            );
            assert!(matches!(
                cannot_encode(V3_1, suback),
                EncodeError::ReasonCodeNotAllowed { .. }
            ));
        }
    }
}

#[test]
fn nothing_of_mqtt_5_can_be_said() {
    let unsaid = |packet| {
        matches!(
            cannot_encode(V3_1, packet),
            EncodeError::NotInVersion { .. }
        )
    };
    let ack = Ack {
        reason: ReasonCode::NO_MATCHING_SUBSCRIBERS,
        ..Ack::new(id(1))
    };
    assert!(unsaid(Packet::PubAck(ack)));
    assert!(unsaid(Disconnect::new(ReasonCode::PROTOCOL_ERROR).into()));
    assert!(unsaid(Packet::Auth(Auth::default())));
    let expiring = Publish {
        message_expiry_interval: Some(1),
        ..Publish::new(TopicName::literal("a"), b"")
    };
    assert!(unsaid(expiring.into()));
    vectors_of(V3_1, "nothing of MQTT 5 can be said");
    // Only a client ends a connection.
    assert!(decode(Decoder::client(V3_1), "e0 00").is_err());
    assert!(decode(server_after_connect(V3_1), "e0 00").is_ok());
}

#[test]
fn no_error_has_a_number() {
    let packets = [
        CONNECT,
        "10 1b 00 06 4d 51 49 73 64 70 03 c6 00 00 00 01 61 00 01 77 00 01 6d 00 01 75 00 01 70",
        "20 02 00 00",
        "32 06 00 01 61 00 01 78",
        "40 02 00 01",
        "6a 02 00 01",
        "8a 06 00 01 00 01 61 00",
        "90 03 00 01 00",
        "aa 05 00 01 00 01 61",
        "c0 00",
        "e0 00",
    ];
    let mut refused = 0;
    for wire in packets {
        let wire = hex(wire);
        for at in 0..wire.len() {
            for byte in 0..=u8::MAX {
                let mut changed = wire.clone();
                changed[at] = byte;
                if let Err(error) = Decoder::new(V3_1).decode(&changed) {
                    assert_eq!(error.statement(), None, "{changed:02x?}: {error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 1000);
}

// --- a packet in another version than its own, by the rows that `for_version` documents ---

/// What a packet of `from` becomes in `to`.
fn becomes(from: Version, wire: &str, to: Version, expected: &str) {
    let packet = decodes(from, wire);
    encodes(to, packet.for_version(to), expected);
    // What the version can say already stays as it is.
    let there = decodes(to, expected);
    assert_eq!(there.for_version(to), there);
}

/// What becomes of a packet of `from` in `to` is still nothing that `to` can say.
fn stays_unsaid(from: Version, wire: &str, to: Version) -> EncodeError {
    cannot_encode(to, decodes(from, wire).for_version(to))
}

#[test]
fn connect_for_another_version() {
    let v5 = "10 31 00 04 4d 51 54 54 05 ee 00 3c 05 11 00 00 00 0a 00 01 61 \
              11 18 00 00 00 05 02 00 00 00 06 26 00 01 6b 00 01 76 \
              00 01 77 00 01 6d 00 01 75 00 01 70";
    let v3_1_1 = "10 19 00 04 4d 51 54 54 04 ee 00 3c 00 01 61 00 01 77 00 01 6d 00 01 75 00 01 70";
    let v3_1 =
        "10 1b 00 06 4d 51 49 73 64 70 03 ee 00 3c 00 01 61 00 01 77 00 01 6d 00 01 75 00 01 70";
    let plain_v5 = "10 1b 00 04 4d 51 54 54 05 ee 00 3c 00 00 01 61 00 00 01 77 00 01 6d \
                    00 01 75 00 01 70";
    becomes(V5, v5, V3_1_1, v3_1_1);
    becomes(V5, v5, V3_1, v3_1);
    becomes(V3_1, v3_1, V3_1_1, v3_1_1);
    becomes(V3_1_1, v3_1_1, V3_1, v3_1);
    becomes(V3_1, v3_1, V5, plain_v5);
    becomes(V3_1_1, v3_1_1, V5, plain_v5);
    // A password without a user name is left as it is.
    let password = "10 11 00 04 4d 51 54 54 05 42 00 00 00 00 01 61 00 01 70";
    for to in [V3_1, V3_1_1] {
        assert_eq!(
            stays_unsaid(V5, password, to),
            EncodeError::PasswordWithoutUserName
        );
    }
    // So is an identifier that is empty.
    let empty = "10 0d 00 04 4d 51 54 54 05 00 00 00 00 00 00";
    for to in [V3_1, V3_1_1] {
        assert_eq!(
            stays_unsaid(V5, empty, to),
            EncodeError::EmptyClientIdentifier
        );
    }
}

#[test]
fn connack_for_another_version() {
    becomes(V5, "20 06 01 00 03 21 00 05", V3_1_1, "20 02 01 00");
    becomes(V5, "20 06 01 00 03 21 00 05", V3_1, "20 02 00 00");
    becomes(V3_1_1, "20 02 01 00", V3_1, "20 02 00 00");
    becomes(V3_1_1, "20 02 01 00", V5, "20 03 01 00 00");
    becomes(V3_1, "20 02 00 00", V5, "20 03 00 00 00");
    // The six return codes.
    for (code, reason) in [
        ("01", "84"),
        ("02", "85"),
        ("03", "88"),
        ("04", "86"),
        ("05", "87"),
    ] {
        let (old, new) = (format!("20 02 00 {code}"), format!("20 03 00 {reason} 00"));
        for version in [V3_1, V3_1_1] {
            becomes(version, &old, V5, &new);
            becomes(V5, &new, version, &old);
        }
    }
    // The others have none: a server then closes without CONNACK.
    for reason in [
        "80", "81", "82", "83", "89", "8a", "8c", "90", "95", "97", "99", "9a", "9b", "9c", "9d",
        "9f",
    ] {
        for to in [V3_1, V3_1_1] {
            let wire = format!("20 03 00 {reason} 00");
            let error = stays_unsaid(V5, &wire, to);
            assert!(matches!(error, EncodeError::ReasonCodeNotAllowed { .. }));
        }
    }
}

#[test]
fn publish_for_another_version() {
    let with_all = "3d 18 00 01 61 00 07 10 01 01 02 00 00 00 05 0b 05 26 00 01 6b 00 01 76 78 79";
    for to in [V3_1, V3_1_1] {
        becomes(V5, with_all, to, "3d 07 00 01 61 00 07 78 79");
        becomes(
            to,
            "3d 07 00 01 61 00 07 78 79",
            V5,
            "3d 08 00 01 61 00 07 00 78 79",
        );
    }
    // An alias and its topic; and an alias that nobody but the peers knows.
    let mut observer = Decoder::observer();
    observer.set_version(V5);
    let read = |wire| decode(observer.clone(), wire).unwrap();
    let both = read("30 07 00 01 61 03 23 00 01");
    let alone = read("30 06 00 00 03 23 00 01");
    for to in [V3_1, V3_1_1] {
        encodes(to, both.for_version(to), "30 03 00 01 61");
        assert_eq!(
            cannot_encode(to, alone.for_version(to)),
            EncodeError::EmptyTopic(Field::TopicName)
        );
    }
    assert_eq!(alone.for_version(V5), alone);
}

#[test]
fn acknowledgements_for_another_version() {
    for (first, kept) in [("40", "97"), ("50", "97"), ("62", "92"), ("70", "92")] {
        let v5 = format!("{first} 08 00 01 {kept} 04 1f 00 01 78");
        let old = format!("{first} 02 00 01");
        for version in [V3_1, V3_1_1] {
            becomes(V5, &v5, version, &old);
            becomes(version, &old, V5, &old);
        }
    }
    becomes(V3_1, "6a 02 00 01", V3_1, "6a 02 00 01");
    becomes(V3_1, "6a 02 00 01", V3_1_1, "62 02 00 01");
    becomes(V3_1, "6a 02 00 01", V5, "62 02 00 01");
}

#[test]
fn subscribe_for_another_version() {
    let v5 = "82 0f 00 01 02 0b 05 00 01 61 2e 00 03 62 2f 23 01";
    for to in [V3_1, V3_1_1] {
        becomes(V5, v5, to, "82 0c 00 01 00 01 61 02 00 03 62 2f 23 01");
        becomes(
            to,
            "82 0c 00 01 00 01 61 02 00 03 62 2f 23 01",
            V5,
            "82 0d 00 01 00 00 01 61 02 00 03 62 2f 23 01",
        );
    }
    becomes(
        V3_1,
        "8a 06 00 01 00 01 61 01",
        V3_1,
        "8a 06 00 01 00 01 61 01",
    );
    becomes(
        V3_1,
        "8a 06 00 01 00 01 61 01",
        V3_1_1,
        "82 06 00 01 00 01 61 01",
    );
    becomes(
        V3_1,
        "8a 06 00 01 00 01 61 01",
        V5,
        "82 07 00 01 00 00 01 61 01",
    );
    // To 3.x a share is a filter like any other, and so it stays.
    let shared = "82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 74 01";
    let ordinary = "82 0f 00 01 00 0a 24 73 68 61 72 65 2f 67 2f 74 01";
    becomes(V5, shared, V3_1_1, ordinary);
    assert!(matches!(
        stays_unsaid(V3_1_1, ordinary, V5),
        EncodeError::NotInVersion { .. }
    ));
}

#[test]
fn suback_for_another_version() {
    let v5 = "90 0c 00 01 04 1f 00 01 78 00 01 02 80 87";
    becomes(V5, v5, V3_1_1, "90 07 00 01 00 01 02 80 80");
    becomes(V5, v5, V3_1, "90 07 00 01 00 01 02 00 00");
    becomes(V3_1_1, "90 04 00 01 02 80", V3_1, "90 04 00 01 02 00");
    becomes(V3_1_1, "90 04 00 01 02 80", V5, "90 05 00 01 00 02 80");
    becomes(V3_1, "90 04 00 01 02 00", V5, "90 05 00 01 00 02 00");
}

#[test]
fn unsubscribe_for_another_version() {
    let v5 = "a2 0d 00 01 07 26 00 01 6b 00 01 76 00 01 61";
    for to in [V3_1, V3_1_1] {
        becomes(V5, v5, to, "a2 05 00 01 00 01 61");
        becomes(to, "a2 05 00 01 00 01 61", V5, "a2 06 00 01 00 00 01 61");
    }
    becomes(V3_1, "aa 05 00 01 00 01 61", V3_1, "aa 05 00 01 00 01 61");
    becomes(V3_1, "aa 05 00 01 00 01 61", V3_1_1, "a2 05 00 01 00 01 61");
    becomes(V3_1, "aa 05 00 01 00 01 61", V5, "a2 06 00 01 00 00 01 61");
}

#[test]
fn unsuback_for_another_version() {
    for to in [V3_1, V3_1_1] {
        becomes(V5, "b0 09 00 01 04 1f 00 01 78 00 11", to, "b0 02 00 01");
        // 5 wants a code for each filter, and how many there were only the client knows.
        assert_eq!(
            stays_unsaid(to, "b0 02 00 01", V5),
            EncodeError::NoReasonCode
        );
    }
}

#[test]
fn the_last_ones_for_another_version() {
    for to in [V3_1, V3_1_1] {
        becomes(V5, "e0 06 8e 04 1f 00 01 78", to, "e0 00");
        becomes(V5, "e0 01 04", to, "e0 00");
        becomes(to, "e0 00", V5, "e0 00");
        assert!(matches!(
            stays_unsaid(V5, "f0 06 18 04 15 00 01 4d", to),
            EncodeError::NotInVersion { .. }
        ));
        for ping in ["c0 00", "d0 00"] {
            becomes(V5, ping, to, ping);
            becomes(to, ping, V5, ping);
        }
    }
}

// --- how packets print ---

fn prints(packet: impl Into<Packet<'static>>, line: &str) {
    assert_eq!(packet.into().to_string(), line);
}

#[test]
fn a_line_for_each_packet() {
    prints(MINIMAL, "CONNECT (3.1, 'a', c1, k0)");
    prints(
        accepts_v3_1_1(
            "10 1c 00 04 4d 51 54 54 04 ec 00 3c 00 02 70 33 00 02 73 74 00 01 6d 00 02 6a 6f 00 01 70",
        ),
        "CONNECT (3.1.1, 'p3', c0, k60, will 'st' q1 r1, user 'jo', password ***)",
    );
    prints(accepts_v3_1_1("20 02 01 00"), "CONNACK (s1, 0x00 Success)");
    prints(
        accepts_v3_1_1("20 02 00 05"),
        "CONNACK (s0, 0x87 Not authorized)",
    );
    prints(
        accepts_v3_1_1("30 04 00 01 61 78"),
        "PUBLISH (d0, q0, r0, m0, 'a', ... (1 bytes))",
    );
    prints(
        accepts_v3_1_1("3d 08 00 03 61 2f 62 00 05 78"),
        "PUBLISH (d1, q2, r1, m5, 'a/b', ... (1 bytes))",
    );
    prints(accepts_v5("40 02 00 05"), "PUBACK (m5)");
    prints(
        accepts_v5("40 03 00 05 10"),
        "PUBACK (m5, 0x10 No matching subscribers)",
    );
    prints(accepts_v5("50 02 00 05"), "PUBREC (m5)");
    prints(
        accepts_v5("62 03 00 05 92"),
        "PUBREL (m5, 0x92 Packet Identifier not found)",
    );
    prints(accepts_v5("70 02 ff ff"), "PUBCOMP (m65535)");
    prints(
        accepts_v5("82 16 00 03 00 00 03 61 2f 23 01 00 0a 24 73 68 61 72 65 2f 67 2f 62 18"),
        "SUBSCRIBE (m3, 'a/#' q1, '$share/g/b' q0 rap rh1)",
    );
    prints(
        accepts_v5("82 07 00 03 00 00 01 61 26"),
        "SUBSCRIBE (m3, 'a' q2 nl rh2)",
    );
    prints(
        accepts_v5("90 06 00 03 00 00 02 87"),
        "SUBACK (m3, q0, q2, 0x87 Not authorized)",
    );
    prints(
        accepts_v5("a2 09 00 04 00 00 01 61 00 01 62"),
        "UNSUBSCRIBE (m4, 'a', 'b')",
    );
    prints(
        accepts_v5("b0 05 00 04 00 00 11"),
        "UNSUBACK (m4, 0x00 Success, 0x11 No subscription existed)",
    );
    prints(accepts_v3_1_1("b0 02 00 04"), "UNSUBACK (m4)");
    prints(Packet::PingReq, "PINGREQ");
    prints(Packet::PingResp, "PINGRESP");
    prints(accepts_v5("e0 00"), "DISCONNECT");
    prints(
        accepts_v5("e0 01 8e"),
        "DISCONNECT (0x8e Session taken over)",
    );
    prints(
        accepts_v5("f0 06 18 04 15 00 01 4d"),
        "AUTH (0x18 Continue authentication, 'M')",
    );
}

#[test]
fn a_topic_alias_prints_where_an_observer_leaves_it() {
    let mut observer = Decoder::observer();
    observer.set_version(V5);
    let wire = hex("30 06 00 00 03 23 00 05");
    let (packet, _) = observer.decode(&wire).unwrap().unwrap();
    assert_eq!(
        packet.to_string(),
        "PUBLISH (d0, q0, r0, m0, '', alias 5, ... (0 bytes))"
    );
}

#[test]
fn text_from_the_wire_cannot_break_a_line() {
    let wire = "30 06 00 04 61 0a 27 1b";
    prints(
        accepts_v3_1_1(wire),
        r"PUBLISH (d0, q0, r0, m0, 'a\n\'\u{1b}', ... (0 bytes))",
    );
    let connect = Connect {
        client_id: "a\r\n",
        user_name: Some("\u{7}"),
        ..MINIMAL
    };
    prints(connect, r"CONNECT (3.1, 'a\r\n', c1, k0, user '\u{7}')");
}

#[test]
fn nothing_prints_a_password() {
    let properties = Box::leak(Box::new(ConnectProperties {
        authentication_method: Some("SCRAM"),
        authentication_data: Some(AuthenticationData(b"hunter2")),
        ..Default::default()
    }));
    let connect = Connect {
        version: V5,
        client_id: "a",
        user_name: Some("jo"),
        password: Some(b"hunter2"),
        will: Some(Will::new(TopicName::literal("w"), b"m")),
        properties: (&*properties).into(),
        ..Connect::default()
    };
    let auth_properties = AuthProperties {
        authentication_method: Some("SCRAM"),
        authentication_data: Some(AuthenticationData(b"hunter2")),
        ..Default::default()
    };
    let auth = Auth::new(ReasonCode::CONTINUE_AUTHENTICATION, &auth_properties);
    let bytes = format!("{:?}", b"hunter2");
    for packet in [Packet::Connect(connect), Packet::Auth(auth)] {
        // As it was made, and as it is read.
        let mut wire = Vec::new();
        let mut encoder = puremqtt::Encoder::new(V5);
        encoder.encode(packet, &mut wire).unwrap();
        for packet in [packet, accepts_v5(wire)] {
            for printed in [
                packet.to_string(),
                format!("{packet:?}"),
                format!("{packet:#?}"),
            ] {
                assert!(!printed.contains("hunter2"), "{printed}");
                assert!(!printed.contains(&bytes), "{printed}");
                assert!(!printed.contains("104"), "{printed}");
            }
            assert!(format!("{packet:?}").contains("***"));
        }
    }
    assert!(connect.to_string().ends_with("password ***)"));
}

#[test]
fn what_was_folded_for_an_older_version_stays_folded_for_a_newer_one() {
    let refused = [ReasonCode::NOT_AUTHORIZED];
    let suback = Packet::SubAck(SubAck::new(id(1), List::new(&refused)));
    let through_3_1 = suback
        .for_version(Version::V3_1)
        .for_version(Version::V3_1_1);
    let granted = [ReasonCode::GRANTED_QOS_0];
    assert_eq!(
        through_3_1,
        Packet::SubAck(SubAck::new(id(1), List::new(&granted)))
    );
}
