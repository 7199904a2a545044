//! What is encoded decodes to its equal, and that encodes to the same bytes.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

#[path = "common/model.rs"]
mod model;
#[path = "common/rules.rs"]
mod rules;
#[path = "common/strategy.rs"]
mod strategy;

use std::num::NonZeroU16;

use proptest::prelude::*;
use puremqtt::{
    Ack, Auth, AuthProperties, AuthenticationData, ConnAck, Connect, ConnectProperties, Delivery,
    Disconnect, EncodeError, Encoder, Field, List, Output, Packet, PacketId, PacketType,
    Properties, PropertyId, Publish, PublishProperties, QoS, ReasonCode, Role, SliceOutput, SubAck,
    Subscribe, Subscription, SubscriptionIdentifier, SubscriptionOptions, TopicFilter, TopicName,
    Unsubscribe, UserProperty, Version, Will,
};

use crate::model::{Model, WillModel};
use crate::rules::{
    comes_back, crosses_versions, encoder, join, line, observer, read_all, split, varint, wire,
};
use crate::strategy::{deliveries, packets, packets_of, versions};

/// The numbers of the packet types, less one, as the model has them.
const CONNECT: u8 = 0;
const PUBLISH: u8 = 2;
const AUTH: u8 = 14;

/// A secret that no other field holds by chance.
const SECRET: &[u8] = b"<s3cret>";

proptest! {
    #[test]
    fn a_packet_comes_back_equal_and_then_encodes_to_the_same_bytes(
        model in packets(), version in versions(),
    ) {
        model.lend(version, |packet| {
            let bytes = comes_back(version, packet);
            read_all(&packet);
            decoded(version, &bytes, |back| {
                read_all(&back);
                assert_eq!(line(&back), line(&packet));
                assert_eq!(format!("{back:?}"), format!("{packet:?}"));
            });
        });
    }

    #[test]
    fn a_packet_has_a_nearest_one_in_each_version(model in packets(), version in versions()) {
        model.lend(version, |packet| {
            crosses_versions(packet);
            decoded(version, &wire(version, packet), crosses_versions);
        });
    }

    #[test]
    fn what_a_version_can_say_is_the_nearest_there(model in packets(), version in versions()) {
        model.lend(version, |packet| assert_eq!(packet.for_version(version), packet));
    }

    #[test]
    fn passwords_and_authentication_data_are_never_printed(
        mut model in packets_of(prop_oneof![Just(CONNECT), Just(AUTH)]), version in versions(),
    ) {
        model.password = Some(SECRET.to_vec());
        model.values.binaries = vec![SECRET.to_vec()];
        model.values.present = u64::MAX;
        let in_numbers = format!("{SECRET:?}");
        model.lend(version, |packet| {
            decoded(version, &wire(version, packet), |back| {
                for printed in [line(&packet), line(&back), format!("{packet:?} {back:#?}")] {
                    assert!(!printed.contains("s3cret"), "{printed}");
                    assert!(!printed.contains(&in_numbers[1..in_numbers.len() - 1]), "{printed}");
                }
            });
        });
    }

    #[test]
    fn a_slice_takes_a_packet_that_just_fits_and_refuses_one_byte_more(
        model in packets(), version in versions(),
    ) {
        model.lend(version, |packet| {
            let bytes = wire(version, packet);
            let mut room = vec![0xaa; bytes.len()];
            let mut output = SliceOutput::new(&mut room);
            assert_eq!(encoder(version).encode(packet, &mut output), Ok(()));
            assert_eq!(output.written(), bytes);

            let (len, less) = (bytes.len(), bytes.len() - 1);
            let mut room = vec![0xaa; less];
            let mut output = SliceOutput::new(&mut room);
            let full = EncodeError::OutputFull { len, room: less };
            assert_eq!(encoder(version).encode(packet, &mut output), Err(full));
            assert_eq!(output.written(), []);
            assert!(room.iter().all(|&byte| byte == 0xaa));
        });
    }

    #[test]
    fn a_packet_as_large_as_the_peer_accepts_is_written_and_no_larger(
        model in packets(), version in versions(),
    ) {
        model.lend(version, |packet| {
            let len = wire(version, packet).len();
            let maximum = u32::try_from(len).expect("less than 4 GB");
            let mut output = Vec::new();
            let mut encoder = encoder(version).with_max_packet_size(maximum);
            assert_eq!(encoder.encode(packet, &mut output), Ok(()));
            let maximum = maximum - 1;
            encoder.set_max_packet_size(maximum);
            output.clear();
            match encoder.encode(packet, &mut output) {
                // Without its User Properties, and perhaps its Reason String, it fits.
                Ok(()) => {
                    assert!(goes_without(&packet) && output.len() < len, "{packet}");
                    decoded(version, &output, |bare| {
                        assert_eq!(bare.packet_type(), packet.packet_type());
                        assert_eq!(bare.packet_id(), packet.packet_id());
                    });
                }
                Err(EncodeError::PacketTooLarge { len: bare, maximum: told }) => {
                    assert!(bare == len || goes_without(&packet) && bare < len, "{packet}");
                    assert_eq!(told, maximum);
                    assert!(output.is_empty());
                }
                Err(other) => panic!("{packet}: {other}"),
            }
        });
    }

    #[test]
    fn a_forwarded_publish_keeps_the_bytes_of_what_was_not_changed(
        model in packets_of(Just(PUBLISH)), version in versions(), delivery in deliveries(),
        retain in any::<bool>(),
    ) {
        let bytes = model.lend(version, |packet| wire(version, packet));
        decoded_publish(version, &bytes, |publish| {
            let forwarded = wire(version, Publish { delivery, retain, ..publish }.into());
            let (first, body) = split(&forwarded);
            let flags = u8::from(delivery.dup()) << 3 | delivery.qos().as_u8() << 1;
            assert_eq!(first, 0x30 | flags | u8::from(retain));
            let (_, original) = split(&bytes);
            let (topic, rest) = topic_and_rest(body, delivery);
            assert_eq!((topic, rest), topic_and_rest(original, publish.delivery));
        });
    }

    #[test]
    fn another_message_expiry_leaves_all_other_properties_in_their_order(
        model in packets_of(Just(PUBLISH)), expiry in any::<Option<u32>>(), turn in any::<u8>(),
    ) {
        let bytes = with_turned_properties(&model, turn);
        decoded_publish(Version::V5, &bytes, |publish| {
            let changed = Publish { message_expiry_interval: expiry, ..publish };
            let changed_bytes = comes_back(Version::V5, changed.into());
            let (mut before, mut after) = (properties_of(&bytes), properties_of(&changed_bytes));
            let place = |properties: &[Vec<u8>]| {
                properties.iter().position(|property| property[0] == 0x02)
            };
            let new = place(&after).map(|place| after.remove(place));
            let expected = expiry.map(|seconds| [&[0x02][..], &seconds.to_be_bytes()].concat());
            assert_eq!(new, expected);
            if let Some(old) = place(&before) {
                before.remove(old);
            }
            assert_eq!(before, after);
        });
    }

    #[test]
    fn a_decoded_publish_encodes_to_its_bytes_whatever_the_order_of_its_properties(
        model in packets_of(Just(PUBLISH)), turn in any::<u8>(),
    ) {
        let bytes = with_turned_properties(&model, turn);
        decoded(Version::V5, &bytes, |publish| assert_eq!(wire(Version::V5, publish), bytes));
    }

    #[test]
    fn a_resolved_alias_is_gone_from_what_is_forwarded(
        mut model in packets_of(Just(PUBLISH)), turn in any::<u8>(),
    ) {
        model.bare = false;
        let bytes = with_turned_properties(&model, turn);
        let mut decoder = puremqtt::Decoder::new(Version::V5).with_topic_alias_maximum(u16::MAX);
        let (packet, _) = decoder.decode(&bytes).expect("MQTT").expect("all of it");
        let forwarded = properties_of(&comes_back(Version::V5, packet));
        let mut expected = properties_of(&bytes);
        expected.retain(|property| property[0] != 0x23);
        assert_eq!(forwarded, expected);
    }

    #[test]
    fn a_will_read_from_a_connect_becomes_a_publish_and_a_publish_a_will(
        mut model in packets_of(Just(CONNECT)), message in packets_of(Just(PUBLISH)),
    ) {
        model.will.get_or_insert(WillModel {
            topic: message.topic.clone(),
            payload: b"gone".to_vec(),
            qos: QoS::AtLeastOnce,
            retain: true,
            values: message.values.clone(),
        });
        let connect = model.lend(Version::V5, |packet| wire(Version::V5, packet));
        let publish = message.lend(Version::V5, |packet| wire(Version::V5, packet));
        decoded_connect(&connect, |connect| {
            let will = connect.will.expect("a will");
            let published = comes_back(Version::V5, will.publish().into());
            assert!(properties_of(&published).iter().all(|property| property[0] != 0x18));

            decoded_publish(Version::V5, &publish, |publish| {
                let Publish { message_expiry_interval, properties, .. } = publish;
                let will = Will { message_expiry_interval, properties, ..will };
                comes_back(Version::V5, Connect { will: Some(will), ..connect }.into());
            });
        });
    }
}

/// [5.0/MQTT-3.2.2-20] and its like: these leave out what makes them too large.
fn goes_without(packet: &Packet<'_>) -> bool {
    !matches!(
        packet.packet_type(),
        PacketType::Connect
            | PacketType::Publish
            | PacketType::Subscribe
            | PacketType::Unsubscribe
            | PacketType::PingReq
            | PacketType::PingResp
    )
}

/// Shows `f` the packet that the bytes are.
fn decoded(version: Version, bytes: &[u8], f: impl FnOnce(Packet<'_>)) {
    let mut decoder = observer(version);
    let (packet, used) = decoder.decode(bytes).expect("MQTT").expect("all of it");
    assert_eq!(used, bytes.len());
    f(packet);
}

fn decoded_publish(version: Version, bytes: &[u8], f: impl FnOnce(Publish<'_>)) {
    decoded(version, bytes, |packet| match packet {
        Packet::Publish(publish) => f(publish),
        other => panic!("{other}"),
    });
}

fn decoded_connect(bytes: &[u8], f: impl FnOnce(Connect<'_>)) {
    decoded(Version::V5, bytes, |packet| match packet {
        Packet::Connect(connect) => f(connect),
        other => panic!("{other}"),
    });
}

/// What stands before and after the Packet Identifier of a PUBLISH.
fn topic_and_rest(body: &[u8], delivery: Delivery) -> (&[u8], &[u8]) {
    let topic = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
    let id = if delivery.packet_id().is_some() { 2 } else { 0 };
    (&body[..topic], &body[topic + id..])
}

/// A PUBLISH of MQTT 5 in bytes: all before its properties, these, the payload.
fn publish_parts(bytes: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>, Vec<u8>) {
    let (first, body) = split(bytes);
    let topic = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
    let start = if first & 0b0110 == 0 {
        topic
    } else {
        topic + 2
    };
    let (len, used) = read_varint(&body[start..]);
    let (block, payload) = body[start + used..].split_at(len);
    let mut block = block;
    let mut properties = Vec::new();
    while !block.is_empty() {
        let (property, rest) = block.split_at(property_len(block));
        properties.push(property.to_vec());
        block = rest;
    }
    (body[..start].to_vec(), properties, payload.to_vec())
}

fn properties_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    publish_parts(bytes).1
}

/// Bytes of the first property of a PUBLISH: one of identifier, then its value (2.2.2.2).
fn property_len(block: &[u8]) -> usize {
    let text = |at: usize| 2 + usize::from(u16::from_be_bytes([block[at], block[at + 1]]));
    match block[0] {
        0x01 => 2,
        0x02 => 5,
        0x03 | 0x08 | 0x09 => 1 + text(1),
        0x0b => 1 + read_varint(&block[1..]).1,
        0x23 => 3,
        0x26 => 1 + text(1) + text(1 + text(1)),
        other => panic!("{other:#04x} is no property of a PUBLISH"),
    }
}

fn read_varint(bytes: &[u8]) -> (usize, usize) {
    let used = bytes.iter().take_while(|&&byte| byte >= 0x80).count() + 1;
    let digits = bytes[..used].iter().rev();
    (
        digits.fold(0, |value, &byte| value << 7 | usize::from(byte & 0x7f)),
        used,
    )
}

/// The PUBLISH with its properties in another order than the encoder's.
fn with_turned_properties(model: &Model, turn: u8) -> Vec<u8> {
    let bytes = model.lend(Version::V5, |packet| wire(Version::V5, packet));
    let (start, mut properties, payload) = publish_parts(&bytes);
    let count = properties.len().max(1);
    properties.rotate_left(usize::from(turn) % count);
    if turn % 2 == 1 {
        properties.reverse();
    }
    let block = properties.concat();
    let body = [start, varint(block.len()), block, payload].concat();
    join(bytes[0], &body)
}

const ID: PacketId = PacketId::new(1).unwrap();
const TOPIC: TopicName = TopicName::literal("t");
const V5: Version = Version::V5;
const V3_1_1: Version = Version::V3_1_1;
const V3_1: Version = Version::V3_1;

/// Fails as expected, and leaves the output and the encoder as they were.
fn refuses<'a>(mut encoder: Encoder, packet: impl Into<Packet<'a>>, expected: EncodeError) {
    let packet = packet.into();
    let mut output = b"before".to_vec();
    assert_eq!(encoder.encode(packet, &mut output), Err(expected));
    assert_eq!(encoder.encoded_len(packet), Err(expected));
    assert_eq!(output, b"before");
    assert_eq!(
        encoder.encode(Packet::PubAck(Ack::new(ID)), &mut output),
        Ok(())
    );
    assert_eq!(output, b"before\x40\x02\x00\x01");
}

#[test]
fn a_connect_that_its_version_cannot_say_is_refused() {
    let connect = Connect {
        client_id: "c",
        ..Connect::default()
    };
    let in_3 = Connect {
        version: V3_1_1,
        ..connect
    };
    let (encoder, version) = (V3_1_1, V5);
    let mismatch = EncodeError::VersionMismatch {
        connect: version,
        encoder,
    };
    refuses(Encoder::new(V3_1_1), connect, mismatch);

    let password = Some(&b"p"[..]);
    refuses(
        Encoder::new(V3_1_1),
        Connect { password, ..in_3 },
        EncodeError::PasswordWithoutUserName,
    );
    let empty = EncodeError::EmptyClientIdentifier;
    refuses(
        Encoder::new(V3_1_1),
        Connect {
            client_id: "",
            ..in_3
        },
        empty,
    );
    let nameless = Connect {
        version: V3_1,
        client_id: "",
        clean_start: true,
        ..in_3
    };
    refuses(Encoder::new(V3_1), nameless, empty);

    let properties = ConnectProperties {
        receive_maximum: NonZeroU16::new(1),
        ..Default::default()
    };
    let (version, what) = (V3_1_1, "properties");
    let not_in_version = EncodeError::NotInVersion { version, what };
    let properties = Properties::new(&properties);
    refuses(
        Encoder::new(V3_1_1),
        Connect { properties, ..in_3 },
        not_in_version,
    );
    let will = Will {
        delay_interval: Some(0),
        ..Will::new(TOPIC, b"")
    };
    refuses(
        Encoder::new(V3_1_1),
        Connect {
            will: Some(will),
            ..in_3
        },
        not_in_version,
    );

    let data = ConnectProperties {
        authentication_data: Some(AuthenticationData(b"d")),
        ..Default::default()
    };
    let properties = Properties::new(&data);
    let no_method = EncodeError::NoAuthenticationMethod;
    refuses(
        Encoder::new(V5),
        Connect {
            properties,
            ..connect
        },
        no_method,
    );
}

#[test]
fn what_came_with_mqtt_5_is_refused_in_3_1_1() {
    let not_in_version = |what| EncodeError::NotInVersion {
        version: V3_1_1,
        what,
    };
    let encoder = || Encoder::new(V3_1_1);
    let pairs = [UserProperty::new("k", "v")];
    let user_properties = List::new(&pairs);
    let ack = puremqtt::AckProperties {
        user_properties,
        ..Default::default()
    };
    let properties = Properties::new(&ack);
    let filters = [TopicFilter::literal("a")];
    let codes = [ReasonCode::SUCCESS];

    let publish = Publish::new(TOPIC, b"");
    let expiring = Publish {
        message_expiry_interval: Some(1),
        ..publish
    };
    refuses(encoder(), expiring, not_in_version("properties"));
    let acked = Ack {
        properties,
        ..Ack::new(ID)
    };
    refuses(
        encoder(),
        Packet::PubComp(acked),
        not_in_version("properties"),
    );
    let failed = Ack {
        reason: ReasonCode::UNSPECIFIED_ERROR,
        ..Ack::new(ID)
    };
    refuses(
        encoder(),
        Packet::PubAck(failed),
        not_in_version("reason codes in acknowledgements"),
    );
    let answer = SubAck {
        properties,
        ..SubAck::new(ID, List::new(&codes))
    };
    refuses(
        encoder(),
        Packet::SubAck(answer),
        not_in_version("properties"),
    );
    let answer = SubAck::new(ID, List::new(&codes));
    refuses(
        encoder(),
        Packet::UnsubAck(answer),
        not_in_version("codes in UNSUBACK"),
    );
    let unsubscribe = puremqtt::UnsubscribeProperties { user_properties };
    let properties = Properties::new(&unsubscribe);
    let unsubscribe = Unsubscribe {
        properties,
        ..Unsubscribe::new(ID, List::new(&filters))
    };
    refuses(encoder(), unsubscribe, not_in_version("properties"));
    let retained = SubscriptionOptions {
        retain_as_published: true,
        ..Default::default()
    };
    let wanted = [Subscription {
        filter: filters[0],
        options: retained,
    }];
    let subscribe = Subscribe::new(ID, List::new(&wanted));
    refuses(
        encoder(),
        subscribe,
        not_in_version("Subscription Options but QoS"),
    );
    let moved = Disconnect::new(ReasonCode::SERVER_MOVED);
    refuses(
        encoder(),
        moved,
        not_in_version("reason codes in DISCONNECT"),
    );
    refuses(encoder(), Auth::default(), not_in_version("AUTH"));

    let present = ConnAck {
        session_present: true,
        ..ConnAck::default()
    };
    let (version, what) = (V3_1, "Session Present");
    refuses(
        Encoder::new(V3_1),
        present,
        EncodeError::NotInVersion { version, what },
    );
}

#[test]
fn an_ordinary_filter_of_3_1_1_that_mqtt_5_would_share_is_refused_there() {
    let filters = [TopicFilter::unshared("$share/g/t").expect("a filter")];
    let what = "ordinary filter that begins with $share/";
    let not_in_version = EncodeError::NotInVersion { version: V5, what };
    refuses(
        Encoder::new(V5),
        Unsubscribe::new(ID, List::new(&filters)),
        not_in_version,
    );
    let wanted = filters.map(|filter| Subscription::new(filter, QoS::AtMostOnce));
    refuses(
        Encoder::new(V5),
        Subscribe::new(ID, List::new(&wanted)),
        not_in_version,
    );
}

#[test]
fn what_the_standard_forbids_is_refused() {
    let encoder = || Encoder::new(V5);
    let refused = ReasonCode::BANNED;
    let present = ConnAck {
        session_present: true,
        reason: refused,
        ..ConnAck::default()
    };
    refuses(encoder(), present, EncodeError::SessionPresentWithError);
    let qos_2 = puremqtt::ConnAckProperties {
        maximum_qos: Some(QoS::ExactlyOnce),
        ..Default::default()
    };
    let properties = Properties::new(&qos_2);
    let out_of_range = EncodeError::PropertyOutOfRange(PropertyId::MAXIMUM_QOS);
    refuses(
        encoder(),
        ConnAck {
            properties,
            ..ConnAck::default()
        },
        out_of_range,
    );
    refuses(
        encoder(),
        Subscribe::new(ID, List::EMPTY),
        EncodeError::NoTopicFilter,
    );
    refuses(
        encoder(),
        Unsubscribe::new(ID, List::EMPTY),
        EncodeError::NoTopicFilter,
    );
    let answer = SubAck::new(ID, List::EMPTY);
    refuses(encoder(), Packet::SubAck(answer), EncodeError::NoReasonCode);
    refuses(
        encoder(),
        Packet::UnsubAck(answer),
        EncodeError::NoReasonCode,
    );

    let shared = TopicFilter::literal("$share/g/t");
    let no_local = SubscriptionOptions {
        no_local: true,
        ..Default::default()
    };
    let wanted = [Subscription {
        filter: shared,
        options: no_local,
    }];
    let subscribe = Subscribe::new(ID, List::new(&wanted));
    refuses(encoder(), subscribe, EncodeError::NoLocalOnShared);

    let reason = ReasonCode::CONTINUE_AUTHENTICATION;
    let data = AuthProperties::default();
    refuses(
        encoder(),
        Auth::new(reason, &data),
        EncodeError::NoAuthenticationMethod,
    );
    let (version, packet_type) = (V5, PacketType::PubRel);
    let dup = EncodeError::DupNotAllowed {
        version,
        packet_type,
    };
    refuses(
        encoder(),
        Packet::PubRel(Ack {
            dup: true,
            ..Ack::new(ID)
        }),
        dup,
    );
    let (version, packet_type) = (V3_1, PacketType::PubAck);
    let dup = EncodeError::DupNotAllowed {
        version,
        packet_type,
    };
    refuses(
        Encoder::new(V3_1),
        Packet::PubAck(Ack {
            dup: true,
            ..Ack::new(ID)
        }),
        dup,
    );
}

#[test]
fn a_code_that_a_packet_does_not_bear_is_refused() {
    for code in 0..=u8::MAX {
        let reason = ReasonCode::from_u8(code);
        let ack = Ack {
            reason,
            ..Ack::new(ID)
        };
        let codes = [reason];
        let answer = SubAck::new(ID, List::new(&codes));
        let method = AuthProperties {
            authentication_method: Some("M"),
            ..Default::default()
        };
        let packets = [
            Packet::ConnAck(ConnAck {
                reason,
                ..ConnAck::default()
            }),
            Packet::PubAck(ack),
            Packet::PubRec(ack),
            Packet::PubRel(ack),
            Packet::PubComp(ack),
            Packet::SubAck(answer),
            Packet::UnsubAck(answer),
            Packet::Disconnect(Disconnect::new(reason)),
            Packet::Auth(Auth::new(reason, &method)),
        ];
        for packet in packets {
            let packet_type = packet.packet_type();
            // The standard's tables of DISCONNECT differ: read, never written.
            let bearable = reason.is_allowed_in(packet_type)
                && (packet_type, code) != (PacketType::Disconnect, 0x8c);
            if bearable {
                comes_back(V5, packet);
            } else {
                let not_allowed = EncodeError::ReasonCodeNotAllowed {
                    packet_type,
                    reason,
                };
                refuses(Encoder::new(V5), packet, not_allowed);
            }
        }
    }
}

#[test]
fn a_role_does_not_send_what_the_other_role_sends() {
    let filters = [TopicFilter::literal("a")];
    let wanted = filters.map(|filter| Subscription::new(filter, QoS::AtMostOnce));
    let codes = [ReasonCode::SUCCESS];
    let answer = SubAck::new(ID, List::new(&codes));
    let from_servers = [
        Packet::ConnAck(ConnAck::default()),
        Packet::SubAck(answer),
        Packet::UnsubAck(answer),
        Packet::PingResp,
    ];
    let from_clients = [
        Packet::Connect(Connect::default()),
        Packet::Subscribe(Subscribe::new(ID, List::new(&wanted))),
        Packet::Unsubscribe(Unsubscribe::new(ID, List::new(&filters))),
        Packet::PingReq,
    ];
    let wrong = |role, packet_type| EncodeError::WrongDirection { role, packet_type };
    for packet in from_servers {
        refuses(
            Encoder::client(V5),
            packet,
            wrong(Role::Client, packet.packet_type()),
        );
    }
    for packet in from_clients {
        refuses(
            Encoder::server(V5),
            packet,
            wrong(Role::Server, packet.packet_type()),
        );
    }
    let disconnect = wrong(Role::Server, PacketType::Disconnect);
    refuses(Encoder::server(V3_1_1), Disconnect::default(), disconnect);
    let identifiers = [SubscriptionIdentifier::new(1).expect("above 0")];
    let subscription_identifiers = List::new(&identifiers);
    let publish = Publish {
        subscription_identifiers,
        ..Publish::new(TOPIC, b"")
    };
    let (role, property) = (Role::Client, PropertyId::SUBSCRIPTION_IDENTIFIER);
    let foreign = EncodeError::PropertyOfOtherRole { role, property };
    refuses(Encoder::client(V5), publish, foreign);
    let reason = ReasonCode::SERVER_SHUTTING_DOWN;
    let foreign = EncodeError::ReasonCodeOfOtherRole { role, reason };
    refuses(Encoder::client(V5), Disconnect::new(reason), foreign);
    let (role, reason) = (Role::Server, ReasonCode::DISCONNECT_WITH_WILL_MESSAGE);
    let foreign = EncodeError::ReasonCodeOfOtherRole { role, reason };
    refuses(Encoder::server(V5), Disconnect::new(reason), foreign);
}

#[test]
fn a_topic_alias_stays_within_what_the_peer_announced() {
    let publish = Publish {
        topic_alias: NonZeroU16::new(3),
        ..Publish::new(TOPIC, b"")
    };
    for maximum in [0, 2] {
        let invalid = EncodeError::TopicAliasInvalid { alias: 3, maximum };
        refuses(
            Encoder::new(V5).with_topic_alias_maximum(maximum),
            publish,
            invalid,
        );
    }
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(V5).with_topic_alias_maximum(3);
    assert_eq!(encoder.encode(publish, &mut bytes), Ok(()));
    assert_eq!(bytes, b"\x30\x07\x00\x01t\x03\x23\x00\x03");
}

#[test]
fn a_publish_without_topic_needs_an_alias() {
    decoded_publish(V5, b"\x30\x06\x00\x00\x03\x23\x00\x01", |publish| {
        comes_back(V5, publish.into());
        let nameless = Publish {
            topic_alias: None,
            ..publish
        };
        refuses(
            Encoder::new(V5),
            nameless,
            EncodeError::EmptyTopic(Field::TopicName),
        );
    });
}

#[test]
fn an_empty_topic_is_refused_where_no_alias_can_stand_for_it() {
    decoded_publish(V5, b"\x30\x06\x00\x00\x03\x23\x00\x01", |nameless| {
        let will = Some(Will::new(nameless.topic, b"gone"));
        for version in [V3_1, V3_1_1, V5] {
            let connect = Connect {
                version,
                client_id: "c",
                will,
                ..Connect::default()
            };
            let empty = EncodeError::EmptyTopic(Field::WillTopic);
            refuses(Encoder::new(version), connect, empty);
        }
        let response_topic = Some(nameless.topic);
        let all = PublishProperties {
            response_topic,
            ..Default::default()
        };
        let publish = Publish {
            properties: Properties::new(&all),
            ..Publish::new(TOPIC, b"")
        };
        let field = Field::Property(PropertyId::RESPONSE_TOPIC);
        refuses(Encoder::new(V5), publish, EncodeError::EmptyTopic(field));
    });
}

#[test]
fn text_and_binary_data_have_at_most_65_535_bytes() {
    let longest = "x".repeat(65_535);
    let longer = "x".repeat(65_536);
    let too_long = |field| EncodeError::StringTooLong { field, len: 65_536 };
    let will = Will::new(TOPIC, longest.as_bytes());
    let fits = Connect {
        client_id: &longest,
        will: Some(will),
        user_name: Some(&longest),
        password: Some(longest.as_bytes()),
        ..Connect::default()
    };
    comes_back(V5, fits.into());
    let refuses = |connect: Connect<'_>, field| refuses(Encoder::new(V5), connect, too_long(field));
    refuses(
        Connect {
            client_id: &longer,
            ..fits
        },
        Field::ClientIdentifier,
    );
    refuses(
        Connect {
            user_name: Some(&longer),
            ..fits
        },
        Field::UserName,
    );
    refuses(
        Connect {
            password: Some(longer.as_bytes()),
            ..fits
        },
        Field::Password,
    );
    let will = Some(Will {
        payload: longer.as_bytes(),
        ..will
    });
    refuses(Connect { will, ..fits }, Field::WillPayload);

    let property = |pairs: &[UserProperty<'_>], correlation_data, field| {
        let user_properties = List::new(pairs);
        let all = PublishProperties {
            correlation_data,
            user_properties,
            ..Default::default()
        };
        let publish = Publish {
            properties: Properties::new(&all),
            ..Publish::new(TOPIC, b"")
        };
        let result = Encoder::new(V5).encoded_len(publish);
        assert_eq!(result, Err(too_long(Field::Property(field))));
    };
    property(
        &[UserProperty::new(&longer, "")],
        None,
        PropertyId::USER_PROPERTY,
    );
    property(
        &[UserProperty::new("", &longer)],
        None,
        PropertyId::USER_PROPERTY,
    );
    property(&[], Some(longer.as_bytes()), PropertyId::CORRELATION_DATA);
}

#[test]
fn text_has_no_null_character() {
    let connect = Connect {
        client_id: "c",
        ..Connect::default()
    };
    let nul = EncodeError::Nul;
    let nameless = Connect {
        client_id: "a\0",
        ..connect
    };
    refuses(Encoder::new(V5), nameless, nul(Field::ClientIdentifier));
    let user = Connect {
        user_name: Some("\0"),
        ..connect
    };
    refuses(Encoder::new(V5), user, nul(Field::UserName));
    let method = AuthProperties {
        authentication_method: Some("0123456789abcdef\0"),
        ..Default::default()
    };
    let field = Field::Property(PropertyId::AUTHENTICATION_METHOD);
    refuses(
        Encoder::new(V5),
        Auth::new(ReasonCode::SUCCESS, &method),
        nul(field),
    );
    for pair in [UserProperty::new("\0", ""), UserProperty::new("", "a\0b")] {
        let pairs = [pair];
        let user_properties = List::new(&pairs);
        let all = PublishProperties {
            user_properties,
            ..Default::default()
        };
        let publish = Publish {
            properties: Properties::new(&all),
            ..Publish::new(TOPIC, b"")
        };
        refuses(
            Encoder::new(V5),
            publish,
            nul(Field::Property(PropertyId::USER_PROPERTY)),
        );
    }
}

#[test]
fn a_remaining_length_takes_a_fourth_byte_from_2_097_152_on() {
    // Topic and its length take three bytes.
    for (payload, header) in [
        (2_097_151 - 3, &[0x30, 0xff, 0xff, 0x7f][..]),
        (2_097_152 - 3, &[0x30, 0x80, 0x80, 0x80, 0x01]),
    ] {
        let payload = vec![0xa5; payload];
        let bytes = comes_back(V3_1_1, Publish::new(TOPIC, &payload).into());
        assert!(bytes.starts_with(header));
        assert_eq!(bytes.len(), header.len() + 3 + payload.len());
    }
}

/// Keeps the first bytes and counts the others.
#[derive(Default)]
struct Counted {
    first: Vec<u8>,
    count: usize,
}

impl Output for Counted {
    fn room(&self) -> usize {
        usize::MAX
    }

    fn put(&mut self, bytes: &[u8]) {
        self.first
            .extend(bytes.iter().take(8_usize.saturating_sub(self.first.len())));
        self.count += bytes.len();
    }
}

#[test]
fn the_largest_remaining_length_is_268_435_455() {
    let mut input = vec![0; 268_435_460];
    input[..8].copy_from_slice(b"\x30\xff\xff\xff\x7f\x00\x01t");
    decoded_publish(V3_1_1, &input, |publish| {
        assert_eq!(publish.payload.len(), 268_435_452);
        let mut output = Counted::default();
        assert_eq!(Encoder::new(V3_1_1).encode(publish, &mut output), Ok(()));
        assert_eq!(
            (&output.first[..], output.count),
            (&input[..8], input.len())
        );
    });
    let publish = Publish::new(TOPIC, &input[..268_435_453]);
    refuses(
        Encoder::new(V3_1_1),
        publish,
        EncodeError::LengthTooLarge(268_435_456),
    );
}

#[test]
fn a_flood_of_user_properties_is_refused() {
    let longest = "x".repeat(65_535);
    let pairs = vec![UserProperty::new(&longest, &longest); 2_048];
    let user_properties = List::new(&pairs);
    let all = PublishProperties {
        user_properties,
        ..Default::default()
    };
    let publish = Publish {
        properties: Properties::new(&all),
        ..Publish::new(TOPIC, b"")
    };
    let too_large = EncodeError::LengthTooLarge(2_048 * (1 + 2 * 65_537));
    assert_eq!(Encoder::new(V5).encoded_len(publish), Err(too_large));
}
