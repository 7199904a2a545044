//! What an encoder refuses: what the peer has announced not to take, and what a version cannot say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::num::NonZeroU16;

use puremqtt::{
    Ack, AckProperties, ConnAck, ConnAckProperties, Connect, ConnectProperties, Decoder, Delivery,
    Disconnect, DisconnectProperties, EncodeError, Encoder, List, Output, Packet, PacketId,
    Publish, PublishProperties, QoS, ReasonCode, SliceOutput, SubAck, Subscribe,
    SubscribeProperties, Subscription, TopicFilter, TopicName, Unsubscribe, UnsubscribeProperties,
    UserProperty, Version, Will,
};

const TOPIC: TopicName = TopicName::literal("a");
const FILTER: TopicFilter = TopicFilter::literal("a");
const PAIRS: [UserProperty; 1] = [UserProperty::new("k", "v")];

fn id() -> PacketId {
    PacketId::new(1).unwrap()
}

/// What comes of it, and that an error leaves no byte behind.
fn encode<'p>(
    encoder: &mut Encoder,
    packet: impl Into<Packet<'p>> + Copy,
) -> Result<Vec<u8>, EncodeError> {
    let mut wire = Vec::new();
    let result = encoder.encode(packet, &mut wire);
    assert_eq!(result.is_err(), wire.is_empty());
    result.map(|()| wire)
}

#[test]
fn a_publish_is_refused_above_the_maximum_qos() {
    let levels = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
    let deliveries = [
        Delivery::AtMostOnce,
        Delivery::AtLeastOnce {
            packet_id: id(),
            dup: false,
        },
        Delivery::ExactlyOnce {
            packet_id: id(),
            dup: false,
        },
    ];
    for maximum in levels {
        let mut encoder = Encoder::client(Version::V5);
        encoder.set_maximum_qos(maximum);
        for delivery in deliveries {
            let publish = Publish {
                delivery,
                ..Publish::new(TOPIC, b"x")
            };
            let refused = EncodeError::QoSNotSupported {
                qos: delivery.qos(),
                maximum,
            };
            let result = encode(&mut encoder, publish).map(drop);
            let expected = if delivery.qos() > maximum {
                Err(refused)
            } else {
                Ok(())
            };
            assert_eq!(result, expected);
        }
    }
}

#[test]
fn properties_are_refused_before_mqtt_5() {
    let user_properties = List::from(&PAIRS);
    let connect = ConnectProperties {
        user_properties,
        ..Default::default()
    };
    let connack = ConnAckProperties {
        user_properties,
        ..Default::default()
    };
    let publish = PublishProperties {
        user_properties,
        ..Default::default()
    };
    let ack = AckProperties {
        user_properties,
        ..Default::default()
    };
    let subscribe = SubscribeProperties {
        user_properties,
        ..Default::default()
    };
    let unsubscribe = UnsubscribeProperties { user_properties };
    let disconnect = DisconnectProperties {
        user_properties,
        ..Default::default()
    };
    let (subscriptions, filters) = ([Subscription::new(FILTER, QoS::AtMostOnce)], [FILTER]);
    for version in [Version::V3_1, Version::V3_1_1] {
        let packets: [Packet; 11] = [
            Connect {
                version,
                client_id: "a",
                properties: (&connect).into(),
                ..Connect::default()
            }
            .into(),
            ConnAck {
                properties: (&connack).into(),
                ..ConnAck::default()
            }
            .into(),
            Publish {
                properties: (&publish).into(),
                ..Publish::new(TOPIC, b"")
            }
            .into(),
            Packet::PubAck(Ack {
                properties: (&ack).into(),
                ..Ack::new(id())
            }),
            Packet::PubRec(Ack {
                properties: (&ack).into(),
                ..Ack::new(id())
            }),
            Packet::PubRel(Ack {
                properties: (&ack).into(),
                ..Ack::new(id())
            }),
            Packet::PubComp(Ack {
                properties: (&ack).into(),
                ..Ack::new(id())
            }),
            Subscribe {
                properties: (&subscribe).into(),
                ..Subscribe::new(id(), List::from(&subscriptions))
            }
            .into(),
            Packet::SubAck(SubAck {
                properties: (&ack).into(),
                ..SubAck::new(id(), List::from(&[ReasonCode::GRANTED_QOS_0]))
            }),
            Unsubscribe {
                properties: (&unsubscribe).into(),
                ..Unsubscribe::new(id(), List::from(&filters))
            }
            .into(),
            Disconnect {
                properties: (&disconnect).into(),
                ..Disconnect::default()
            }
            .into(),
        ];
        for packet in packets {
            let refused = EncodeError::NotInVersion {
                version,
                what: "properties",
            };
            assert_eq!(
                encode(&mut Encoder::new(version), packet),
                Err(refused),
                "{packet:?}"
            );
            // To the version that has them nothing is lost.
            if !matches!(packet, Packet::Connect(_)) {
                let refusal = Disconnect {
                    reason: ReasonCode::NOT_AUTHORIZED,
                    ..Disconnect::default()
                };
                assert_eq!(packet.for_version(Version::V5), packet);
                assert_eq!(
                    Packet::from(refusal).for_version(Version::V5),
                    refusal.into()
                );
            }
            // Without them the version can say it.
            assert!(encode(&mut Encoder::new(version), packet.for_version(version)).is_ok());
        }
    }
}

#[test]
fn what_else_only_mqtt_5_has_is_refused_before_it() {
    let expiry = Some(0);
    let publish = Publish {
        message_expiry_interval: expiry,
        ..Publish::new(TOPIC, b"")
    };
    let will = Will {
        delay_interval: expiry,
        ..Will::new(TOPIC, b"")
    };
    for version in [Version::V3_1, Version::V3_1_1] {
        let connect = Connect {
            version,
            client_id: "a",
            will: Some(will),
            ..Connect::default()
        };
        for packet in [Packet::from(publish), connect.into()] {
            let refused = EncodeError::NotInVersion {
                version,
                what: "properties",
            };
            assert_eq!(encode(&mut Encoder::new(version), packet), Err(refused));
        }
    }
}

#[test]
fn an_output_is_lent_as_well_as_owned() {
    let mut buffer = [0; 4];
    let mut output = SliceOutput::new(&mut buffer);
    let mut lent = &mut output;
    assert_eq!(
        (lent.room(), lent.reserve(4), lent.reserve(5)),
        (4, true, false)
    );
    let mut encoder = Encoder::new(Version::V5);
    assert_eq!(encoder.encode(Packet::PingReq, &mut lent), Ok(()));
    assert_eq!(lent.room(), 2);
    let long = encoder.encode(Packet::PubAck(Ack::new(id())), &mut lent);
    assert_eq!(long, Err(EncodeError::OutputFull { len: 4, room: 2 }));
    assert_eq!(output.written(), b"\xc0\x00");
}

#[cfg(feature = "alloc")]
#[test]
fn no_output_has_room_for_more_than_there_can_be() {
    let mut output = b"x".to_vec();
    assert_eq!(output.room(), isize::MAX as usize - 1);
    assert!(!Output::reserve(&mut output, usize::MAX));
    assert!(!Output::reserve(&mut output, isize::MAX as usize));
    assert!(Output::reserve(&mut output, 1_000) && output.capacity() >= 1_001);
    let mut rope = puremqtt::Rope::new();
    assert!(rope.is_empty());
    rope.put(b"x");
    assert!(!rope.is_empty());
}

#[cfg(feature = "bytes")]
#[test]
fn neither_has_a_bytes_mut() {
    let mut output = bytes::BytesMut::from(&b"x"[..]);
    assert_eq!(output.room(), isize::MAX as usize - 1);
    assert!(!Output::reserve(&mut output, usize::MAX));
    assert!(!Output::reserve(&mut output, isize::MAX as usize));
    assert!(Output::reserve(&mut output, 1_000) && output.capacity() >= 1_001);
}

/// A Reason String and User Properties may be left out, where the peer has asked for that or has
/// no room for them [5.0/MQTT-3.1.2-29] [5.0/MQTT-3.4.2-2] [5.0/MQTT-3.4.2-3].
#[test]
fn the_length_that_is_told_is_the_length_that_is_written() {
    let user_properties = List::from(&PAIRS);
    let why = AckProperties {
        reason_string: Some("why"),
        user_properties,
    };
    let goodbye = DisconnectProperties {
        reason_string: Some("why"),
        user_properties,
        ..Default::default()
    };
    let welcome = ConnAckProperties {
        reason_string: Some("why"),
        user_properties,
        ..Default::default()
    };
    let message = PublishProperties {
        user_properties,
        ..Default::default()
    };
    let ack = Ack {
        properties: (&why).into(),
        ..Ack::new(id())
    };
    let suback = SubAck {
        properties: (&why).into(),
        ..SubAck::new(id(), List::from(&[ReasonCode::GRANTED_QOS_0]))
    };
    let publish = Publish {
        properties: (&message).into(),
        ..Publish::new(TOPIC, b"x")
    };
    let disconnect = Disconnect {
        properties: (&goodbye).into(),
        ..Disconnect::default()
    };
    let connack = ConnAck {
        properties: (&welcome).into(),
        ..ConnAck::default()
    };
    for packet in [
        Packet::PubAck(ack),
        Packet::PubRec(ack),
        Packet::PubRel(ack),
        Packet::PubComp(ack),
        Packet::SubAck(suback),
        Packet::UnsubAck(suback),
        publish.into(),
        disconnect.into(),
        connack.into(),
    ] {
        let mut lengths = Vec::new();
        for (wanted, room) in (1..40).flat_map(|room| [(true, room), (false, room)]) {
            let mut encoder = Encoder::new(Version::V5);
            encoder.set_problem_information(wanted);
            encoder.set_max_packet_size(room);
            let told = encoder.encoded_len(packet);
            let written = encode(&mut encoder, packet).map(|wire| wire.len());
            assert_eq!(told, written, "{packet:?} in {room} bytes");
            if let Ok(length) = written {
                assert!(length <= room as usize);
                lengths.push((wanted, length));
            }
        }
        // What may be left out is there where there is room for it and the peer wants it.
        let longest = |asked| {
            lengths
                .iter()
                .filter(|(wanted, _)| *wanted == asked)
                .map(|(_, len)| *len)
                .max()
        };
        let always = matches!(
            packet,
            Packet::Publish(_) | Packet::Disconnect(_) | Packet::ConnAck(_)
        );
        assert_eq!(longest(true) == longest(false), always, "{packet:?}");
    }
}

/// A block that was read is written as it is, but for what has been changed since.
#[test]
fn what_is_changed_after_reading_is_written() {
    let some = [None, Some(0), Some(5), Some(7)];
    let connect = b"\x10\x1f\x00\x04MQTT\x05\x06\x00\x00\x00\x00\x01a\
        \x0a\x18\x00\x00\x00\x05\x02\x00\x00\x00\x07\x00\x01a\x00\x01x";
    let mut decoder = Decoder::new(Version::V5);
    let Ok(Some((Packet::Connect(connect), _))) = decoder.decode(connect) else {
        panic!("a CONNECT");
    };
    let will = connect.will.unwrap();
    assert_eq!(
        (will.delay_interval, will.message_expiry_interval),
        (Some(5), Some(7))
    );
    for (delay_interval, message_expiry_interval) in some.iter().flat_map(|a| some.map(|b| (*a, b)))
    {
        let changed = Will {
            delay_interval,
            message_expiry_interval,
            ..will
        };
        comes_back(Connect {
            will: Some(changed),
            ..connect
        });
    }
    let publish = b"\x30\x0d\x00\x01a\x08\x23\x00\x05\x02\x00\x00\x00\x07x";
    let mut observer = Decoder::observer();
    observer.set_version(Version::V5);
    let Ok(Some((Packet::Publish(publish), _))) = observer.decode(publish) else {
        panic!("a PUBLISH");
    };
    assert_eq!(publish.topic_alias, NonZeroU16::new(5));
    for (alias, message_expiry_interval) in some.iter().flat_map(|a| some.map(|b| (*a, b))) {
        let topic_alias = alias.and_then(|alias| NonZeroU16::new(alias as u16));
        comes_back(Publish {
            topic_alias,
            message_expiry_interval,
            ..publish
        });
    }
    let publish = b"\x30\x0e\x00\x01a\x09\x03\x00\x01t\x02\x00\x00\x00\x07x";
    let Ok(Some((Packet::Publish(publish), _))) = decoder.decode(publish) else {
        panic!("a PUBLISH");
    };
    assert_eq!(publish.message_expiry_interval, Some(7));
    for message_expiry_interval in some {
        comes_back(Publish {
            message_expiry_interval,
            ..publish
        });
    }
}

fn comes_back<'p>(packet: impl Into<Packet<'p>>) {
    let packet = packet.into();
    let mut encoder = Encoder::new(Version::V5).with_topic_alias_maximum(9);
    let wire = encode(&mut encoder, packet).unwrap();
    let mut observer = Decoder::observer();
    observer.set_version(Version::V5);
    assert_eq!(observer.decode(&wire), Ok(Some((packet, wire.len()))));
}
