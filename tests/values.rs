//! How the crate's values print, turn into each other, and are copied.
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

use std::collections::BTreeMap;

use puremqtt::{
    Ack, Agreed, Auth, AuthenticationData, CallError, ConnAck, Connect, DecodeError,
    DecodeErrorKind, Decoder, Delivery, Disconnect, Field, List, Match, Output, OwnedTopicFilter,
    OwnedTopicName, Packet, PacketId, PacketType, PayloadFormat, Properties, PropertyId, Publish,
    PublishProperties, QoS, ReasonCode, Refusal, Rope, Session, SubAck, Subscribe,
    SubscriptionIdentifier, SubscriptionTree, TopicErrorKind, TopicFilter, TopicName, TopicTree,
    Unsubscribe, UserProperty, Version,
};

const TOPIC: TopicName = TopicName::literal("a/b");
const FILTER: TopicFilter = TopicFilter::literal("$share/g/a/+");

fn error(version: Version, wire: &[u8]) -> DecodeError {
    let decoded = Decoder::new(version).decode(wire).map(drop);
    decoded.expect_err("it is no MQTT")
}

/// Packets that end early, and the field that each of them ends in.
#[test]
fn an_error_names_the_field_as_the_standard_does() {
    let connect =
        b"\x00\x04MQTT\x05\xc6\x00\x00\x00\x00\x01a\x00\x00\x01w\x00\x01m\x00\x01u\x00\x01p";
    let ends_in = |len: usize| {
        let wire = [&[0x10, len as u8], &connect[..len]].concat();
        error(Version::V5, &wire).to_string()
    };
    for (len, field) in [
        (1, "Protocol Name"),
        (6, "Protocol Level"),
        (7, "Connect Flags"),
        (9, "Keep Alive"),
        (10, "Property Length"),
        (12, "Client Identifier"),
        (14, "Will Properties"),
        (16, "Will Topic"),
        (19, "Will Payload"),
        (22, "User Name"),
        (25, "Password"),
    ] {
        let expected = format!("CONNECT: the packet ends within its {field} (");
        assert!(ends_in(len).starts_with(&expected), "{}", ends_in(len));
    }
    for (wire, sentence) in [
        (&b"\x36\x00"[..], "PUBLISH: QoS 3 in the fixed header ("),
        (
            b"\x20\x00",
            "CONNACK: the packet ends within its Connect Acknowledge Flags (",
        ),
        (
            b"\x20\x01\x00",
            "CONNACK: the packet ends within its Reason Code (",
        ),
        (
            b"\x40\x01\x00",
            "PUBACK: the packet ends within its Packet Identifier (",
        ),
        (
            b"\x30\x01\x00",
            "PUBLISH: the packet ends within its Topic Name (",
        ),
        (
            b"\x82\x04\x00\x01\x00\x00",
            "SUBSCRIBE: the packet ends within its Topic Filter (",
        ),
        (
            b"\x82\x06\x00\x01\x00\x00\x01a",
            "SUBSCRIBE: the packet ends within its Subscription Options (",
        ),
        (
            b"\x30\x04\x00\x01a\x05",
            "PUBLISH: the packet ends within its Properties (",
        ),
        (
            b"\x30\x06\x00\x01a\x02\x02\x00",
            "PUBLISH: the packet ends within its Message Expiry Interval (",
        ),
    ] {
        let line = error(Version::V5, wire).to_string();
        assert!(line.starts_with(sentence), "{line}");
    }
    assert_eq!(Field::Properties.to_string(), "Properties");
}

/// Table 2-4.
#[test]
fn a_property_prints_its_name() {
    for (id, name) in [
        (
            PropertyId::PAYLOAD_FORMAT_INDICATOR,
            "Payload Format Indicator",
        ),
        (
            PropertyId::MESSAGE_EXPIRY_INTERVAL,
            "Message Expiry Interval",
        ),
        (
            PropertyId::SUBSCRIPTION_IDENTIFIER,
            "Subscription Identifier",
        ),
        (
            PropertyId::SHARED_SUBSCRIPTION_AVAILABLE,
            "Shared Subscription Available",
        ),
    ] {
        assert_eq!(id.name(), Some(name));
        assert_eq!(format!("{id} {id:?}"), format!("{name} {name}"));
    }
}

#[test]
fn sides_are_called_client_and_server() {
    let mut client = Decoder::client(Version::V5);
    let line = client.decode(b"\xc0\x00").unwrap_err().to_string();
    assert_eq!(line, "PINGREQ: servers do not send this packet (at byte 0)");
    let mut server = Decoder::server();
    server.set_version(Version::V5);
    let line = server.decode(b"\xd0\x00").unwrap_err().to_string();
    assert_eq!(
        line,
        "PINGRESP: clients do not send this packet (at byte 0)"
    );
}

#[test]
fn a_refusal_prints_the_reason_it_has() {
    for (reason, line) in [
        (
            ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
            "unacceptable protocol version",
        ),
        (
            ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
            "identifier rejected",
        ),
        (ReasonCode::SERVER_UNAVAILABLE, "broker unavailable"),
        (
            ReasonCode::BAD_USER_NAME_OR_PASSWORD,
            "bad user name or password",
        ),
        (ReasonCode::NOT_AUTHORIZED, "not authorised"),
        (ReasonCode::BANNED, "Banned"),
    ] {
        let connack = ConnAck {
            reason,
            ..ConnAck::default()
        };
        assert_eq!(
            Refusal { connack }.to_string(),
            format!("Connection Refused: {line}.")
        );
    }
}

#[test]
fn numbers_turn_into_what_they_mean_and_back() {
    assert_eq!(ReasonCode::from(0x87), ReasonCode::NOT_AUTHORIZED);
    assert_eq!(u8::from(ReasonCode::NOT_AUTHORIZED), 0x87);
    for (level, qos) in (0..).zip([QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]) {
        assert_eq!((u8::from(qos), QoS::from_u8(level)), (level, Some(qos)));
        assert_eq!(ReasonCode::granted(qos), ReasonCode::from(level));
    }
    assert_eq!(QoS::from_u8(3), None);
    let identifier = SubscriptionIdentifier::new(268_435_455).unwrap();
    assert_eq!(identifier.to_string(), "268435455");
    assert_eq!(SubscriptionIdentifier::new(268_435_456), None);
}

#[test]
fn bytes_of_an_authentication_are_not_shown() {
    let data = AuthenticationData::from(&b"secret"[..]);
    assert_eq!(data.0, b"secret");
    assert_eq!(format!("{data:?}"), "*** (6 bytes)");
}

#[test]
fn topics_are_text_and_come_from_text() {
    assert_eq!(TopicName::try_from("a/b"), Ok(TOPIC));
    assert_eq!(TopicFilter::try_from("$share/g/a/+"), Ok(FILTER));
    assert_eq!((TOPIC.as_ref(), FILTER.as_ref()), ("a/b", "$share/g/a/+"));
    assert!(FILTER.levels().eq(["$share", "g", "a", "+"]));
    let kind = TopicName::try_from("a/#").map_err(|error| error.kind());
    assert_eq!(kind, Err(TopicErrorKind::WildcardInName));
    let kind = TopicFilter::try_from("a/#/b").map_err(|error| error.kind());
    assert_eq!(kind, Err(TopicErrorKind::MisplacedHash));
}

#[test]
fn owned_topics_are_and_print_what_they_were_made_of() {
    let name = OwnedTopicName::try_from("a/b").unwrap();
    assert_eq!(TopicName::from(&name), TOPIC);
    assert_eq!(
        (name.as_ref(), format!("{name} {name:?}")),
        ("a/b", format!("{TOPIC} {TOPIC:?}"))
    );
    let filter = OwnedTopicFilter::try_from("$share/g/a/+").unwrap();
    assert_eq!(TopicFilter::from(&filter), FILTER);
    assert_eq!(filter.as_ref(), "$share/g/a/+");
    assert_eq!(
        format!("{filter} {filter:?}"),
        format!("{FILTER} {FILTER:?}")
    );
    assert!(OwnedTopicName::try_from("+").is_err() && OwnedTopicFilter::try_from("").is_err());
}

#[expect(clippy::clone_on_copy, reason = "copies are what is tested")]
#[test]
fn lists_and_properties_are_copied_and_print_their_items() {
    let pairs = [UserProperty::new("k", "v"), UserProperty::new("k", "w")];
    let list = List::from(&pairs);
    let (copy, rest) = (list.clone(), list.iter());
    assert!(copy == list && rest.clone().eq(pairs) && list.into_iter().eq(pairs));
    assert_eq!(format!("{list:?} {rest:?}"), format!("{pairs:?} {pairs:?}"));
    let properties = PublishProperties {
        content_type: Some("t"),
        ..Default::default()
    };
    let lent = Properties::from(&properties);
    assert_eq!((lent.clone(), lent.read()), (lent, properties));
    assert!(lent.contains(PropertyId::CONTENT_TYPE));
    assert!(
        !lent.contains(PropertyId::RESPONSE_TOPIC) && !lent.contains(PropertyId::REASON_STRING)
    );
}

#[test]
fn an_answer_prints_as_the_packet_that_it_is() {
    let mut session = Session::<u8>::new();
    session.connected(Agreed::new(Version::V5));
    let unknown = Packet::PubRec(Ack::new(PacketId::new(7).unwrap()));
    let reply = session.receive(&unknown).unwrap().reply.unwrap();
    assert_eq!(reply.packet_type(), PacketType::PubRel);
    let line = "PUBREL (m7, 0x92 Packet Identifier not found)";
    assert_eq!(format!("{reply:?}"), line);
    assert_eq!(Packet::from(reply).to_string(), line);
}

#[test]
fn a_call_that_is_not_allowed_says_why() {
    let codes = CallError::CodeCount {
        filters: 2,
        codes: 1,
    };
    assert_eq!(codes.to_string(), "1 codes answer 2 filters");
    assert_eq!(
        CallError::NotInVersion.to_string(),
        "only MQTT 5 can say this"
    );
}

#[expect(clippy::clone_on_copy, reason = "copies are what is tested")]
#[test]
fn trees_print_what_is_in_them() {
    let mut tree = SubscriptionTree::default();
    assert_eq!(format!("{tree:?}"), "[]");
    tree.insert(FILTER, "ann", 1);
    let printed = format!("{:?}", [(FILTER, "ann", 1)]);
    assert_eq!(format!("{tree:?}"), printed);
    assert!(tree.into_iter().eq([(FILTER, &"ann", &1)]));

    let Some(Match::Group(group)) = tree.matches(TOPIC).next() else {
        panic!("one group");
    };
    let members = BTreeMap::from([("ann", 1)]);
    assert_eq!(
        format!("{:?}", group.members().clone()),
        format!("{members:?}")
    );
    let found = Match::Group(group.clone());
    assert_eq!(
        format!("{:?}", found.clone()),
        format!("Group(Group({FILTER:?}, {members:?}))")
    );

    let mut topics = TopicTree::default();
    topics.insert(TOPIC, 1);
    assert_eq!(
        format!("{topics:?}"),
        format!("{:?}", BTreeMap::from([(TOPIC, 1)]))
    );
}

#[test]
fn searches_print_what_they_are() {
    let (tree, topics) = (SubscriptionTree::<u8, u8>::new(), TopicTree::<u8>::new());
    assert_eq!(format!("{:?}", tree.matches(TOPIC)), "Matches { .. }");
    assert_eq!(
        format!("{:?}", tree.matches_within(TOPIC, 9)),
        "MatchesWithin { .. }"
    );
    assert_eq!(format!("{:?}", tree.iter()), "Subscriptions { .. }");
    let filter = TopicFilter::literal("a/+");
    assert_eq!(
        format!("{:?}", topics.matching(filter)),
        format!("Matching({filter:?})")
    );
    let within = format!("{:?}", topics.matching_within(filter, 9));
    assert_eq!(within, format!("MatchingWithin({filter:?})"));
}

#[test]
fn a_rope_prints_how_long_it_is_and_not_what_it_holds() {
    let mut rope = Rope::new();
    rope.put(b"secret");
    assert_eq!(format!("{rope:?}"), "Rope { len: 6, shared: 0, .. }");
    let bytes = bytes::Bytes::new();
    assert_eq!(
        format!("{:?}", rope.sharing(&bytes)),
        "Rope { len: 6, shared: 0, .. }"
    );
}

/// Or there is none: most bytes are no topic.
#[cfg(feature = "arbitrary")]
#[test]
fn an_arbitrary_topic_is_well_formed() {
    use arbitrary::{Arbitrary, Unstructured};

    let of = |text: &str| [text.as_bytes(), &[text.len() as u8]].concat();
    for text in ["a", "a/b", "/", "$share/g/a", "+", "a/#", "#/a", "a\0"] {
        let bytes = of(text);
        let name = OwnedTopicName::arbitrary(&mut Unstructured::new(&bytes));
        let expected = OwnedTopicName::try_from(text);
        assert_eq!(name.ok(), expected.ok());
        let filter = OwnedTopicFilter::arbitrary(&mut Unstructured::new(&bytes));
        let expected = OwnedTopicFilter::try_from(text);
        assert_eq!(filter.ok(), expected.ok());
    }
    for byte in 0..=255 {
        let bytes = [byte; 4];
        let identifier = SubscriptionIdentifier::arbitrary(&mut Unstructured::new(&bytes));
        let identifier = identifier.unwrap();
        assert_eq!(
            SubscriptionIdentifier::new(identifier.get()),
            Some(identifier)
        );
    }
}

/// Table 2-3 in MQTT 5, section 2.3.1 in 3.1.1.
#[test]
fn a_packet_has_an_identifier_or_has_none() {
    let id = PacketId::new(7).unwrap();
    let publish = |delivery| Publish {
        delivery,
        ..Publish::new(TOPIC, b"")
    };
    let (ack, suback) = (Ack::new(id), SubAck::new(id, List::EMPTY));
    for packet in [
        Packet::from(publish(Delivery::AtLeastOnce {
            packet_id: id,
            dup: false,
        })),
        publish(Delivery::ExactlyOnce {
            packet_id: id,
            dup: true,
        })
        .into(),
        Packet::PubAck(ack),
        Packet::PubRec(ack),
        Packet::PubRel(ack),
        Packet::PubComp(ack),
        Subscribe::new(id, List::EMPTY).into(),
        Packet::SubAck(suback),
        Unsubscribe::new(id, List::EMPTY).into(),
        Packet::UnsubAck(suback),
    ] {
        assert_eq!(packet.packet_id(), Some(id), "{packet:?}");
    }
    for packet in [
        Packet::from(publish(Delivery::AtMostOnce)),
        Connect::default().into(),
        ConnAck::default().into(),
        Packet::PingReq,
        Packet::PingResp,
        Disconnect::default().into(),
        Auth::default().into(),
    ] {
        assert_eq!(packet.packet_id(), None, "{packet:?}");
    }
}

#[test]
fn a_payload_format_is_0_or_1() {
    let formats = [0, 1, 2, 255].map(PayloadFormat::from_u8);
    let (bytes, text) = (PayloadFormat::Unspecified, PayloadFormat::Utf8);
    assert_eq!(formats, [Some(bytes), Some(text), None, None]);
    assert_eq!((bytes.as_u8(), text.as_u8()), (0, 1));
}

#[test]
fn an_error_says_which_character_is_discouraged() {
    for (version, wire, offset) in [
        (Version::V3_1_1, &b"\x30\x05\x00\x02a\x01x"[..], 5),
        (
            Version::V3_1_1,
            b"\x82\x0b\x00\x01\x00\x01a\x00\x00\x02b\x01\x00",
            11,
        ),
        (Version::V5, b"\xe0\x07\x00\x05\x1f\x00\x02a\x7f", 8),
    ] {
        let mut decoder = Decoder::new(version).refuse_discouraged_characters();
        let error = decoder.decode(wire).map(drop).unwrap_err();
        assert!(matches!(
            error.kind(),
            DecodeErrorKind::DiscouragedCharacter(_)
        ));
        assert_eq!(error.offset(), offset);
    }
}
