//! Packets written by hand: every kind in every version, with every field that
//! the version gives it.

use std::num::{NonZeroU16, NonZeroU32};

use puremqtt::{
    Ack, AckProperties, Auth, AuthProperties, AuthenticationData, ConnAck, ConnAckProperties,
    Connect, ConnectProperties, Delivery, Disconnect, DisconnectProperties, List, Packet, PacketId,
    PayloadFormat, Properties, Publish, PublishProperties, QoS, ReasonCode, RetainHandling, SubAck,
    Subscribe, SubscribeProperties, Subscription, SubscriptionIdentifier, SubscriptionOptions,
    TopicFilter, TopicName, Unsubscribe, UnsubscribeProperties, UserProperty, Version, Will,
};

const TOPIC: TopicName = TopicName::literal("area/10/größe");
const ID: PacketId = PacketId::new(0x1234).unwrap();
const USER: [UserProperty; 2] = [UserProperty::new("k", "v"), UserProperty::new("k", "日本")];
const USER_PROPERTIES: List<UserProperty> = List::new(&USER);
const REASON: AckProperties = AckProperties {
    reason_string: Some("why"),
    user_properties: USER_PROPERTIES,
};
const MESSAGE: PublishProperties = PublishProperties {
    payload_format_indicator: Some(PayloadFormat::Utf8),
    content_type: Some("text/plain"),
    response_topic: Some(TOPIC),
    correlation_data: Some(b"\x00\xff\x26"),
    user_properties: USER_PROPERTIES,
};

/// Shows `each` every sample of a version.
pub(crate) fn samples(version: Version, mut each: impl FnMut(Packet<'_>)) {
    in_all_versions(version, &mut each);
    match version {
        Version::V3_1 => in_3_1(&mut each),
        Version::V3_1_1 => in_3_1_1(&mut each),
        Version::V5 => in_5(&mut each),
    }
}

fn in_all_versions(version: Version, each: &mut impl FnMut(Packet<'_>)) {
    let connect = Connect {
        version,
        client_id: "a",
        clean_start: true,
        ..Connect::default()
    };
    let will = Will {
        qos: QoS::ExactlyOnce,
        retain: true,
        ..Will::new(TOPIC, b"gone\x00")
    };
    each(connect.into());
    each(
        Connect {
            keep_alive: 60,
            user_name: Some("jö"),
            ..connect
        }
        .into(),
    );
    each(
        Connect {
            client_id: "pump-3",
            clean_start: false,
            keep_alive: u16::MAX,
            will: Some(will),
            user_name: Some("jo"),
            password: Some(b"\x00\xff"),
            ..connect
        }
        .into(),
    );
    each(
        Connect {
            will: Some(Will::new(TOPIC, b"")),
            ..connect
        }
        .into(),
    );

    each(ConnAck::default().into());
    each(
        ConnAck {
            reason: ReasonCode::NOT_AUTHORIZED,
            ..ConnAck::default()
        }
        .into(),
    );

    let publish = Publish::new(TOPIC, b"21.5");
    let (packet_id, dup) = (ID, true);
    each(publish.into());
    each(
        Publish {
            payload: b"",
            retain: true,
            ..publish
        }
        .into(),
    );
    each(
        Publish {
            payload: &[0xc0; 150],
            ..publish
        }
        .into(),
    );
    let delivery = Delivery::AtLeastOnce { packet_id, dup };
    each(
        Publish {
            delivery,
            ..publish
        }
        .into(),
    );
    let delivery = Delivery::ExactlyOnce {
        packet_id,
        dup: false,
    };
    each(
        Publish {
            delivery,
            retain: true,
            ..publish
        }
        .into(),
    );

    let ack = Ack::new(ID);
    for packet in [
        Packet::PubAck,
        Packet::PubRec,
        Packet::PubRel,
        Packet::PubComp,
    ] {
        each(packet(ack));
    }

    let filters = [TopicFilter::literal("a/+/é/#"), TopicFilter::literal("b")];
    let [first, second] = filters;
    let subscriptions = [
        Subscription::new(first, QoS::ExactlyOnce),
        Subscription::new(second, QoS::AtMostOnce),
        Subscription::new(second, QoS::AtLeastOnce),
    ];
    each(Subscribe::new(ID, List::new(&subscriptions[..1])).into());
    each(Subscribe::new(ID, List::new(&subscriptions)).into());
    each(Unsubscribe::new(ID, List::new(&filters[..1])).into());
    each(Unsubscribe::new(ID, List::new(&filters)).into());
    let granted = [
        ReasonCode::GRANTED_QOS_2,
        ReasonCode::GRANTED_QOS_0,
        ReasonCode::GRANTED_QOS_1,
    ];
    each(Packet::SubAck(SubAck::new(ID, List::new(&granted))));

    each(Packet::PingReq);
    each(Packet::PingResp);
    each(Disconnect::default().into());
}

fn in_3_1(each: &mut impl FnMut(Packet<'_>)) {
    let filters = [TopicFilter::literal("a")];
    let subscriptions = filters.map(|filter| Subscription::new(filter, QoS::AtLeastOnce));
    let dup = true;
    each(Packet::PubRel(Ack {
        dup,
        ..Ack::new(ID)
    }));
    each(
        Subscribe {
            dup,
            ..Subscribe::new(ID, List::new(&subscriptions))
        }
        .into(),
    );
    each(
        Unsubscribe {
            dup,
            ..Unsubscribe::new(ID, List::new(&filters))
        }
        .into(),
    );
    each(Packet::UnsubAck(SubAck::new(ID, List::EMPTY)));
    unshared(each);
}

fn in_3_1_1(each: &mut impl FnMut(Packet<'_>)) {
    let version = Version::V3_1_1;
    each(
        Connect {
            version,
            clean_start: true,
            ..Connect::default()
        }
        .into(),
    );
    each(
        ConnAck {
            session_present: true,
            ..ConnAck::default()
        }
        .into(),
    );
    let codes = [ReasonCode::UNSPECIFIED_ERROR, ReasonCode::GRANTED_QOS_1];
    each(Packet::SubAck(SubAck::new(ID, List::new(&codes))));
    each(Packet::UnsubAck(SubAck::new(ID, List::EMPTY)));
    unshared(each);
}

/// Filters that only MQTT 5 reads as shares, be they well-formed as such or not.
fn unshared(each: &mut impl FnMut(Packet<'_>)) {
    let filters =
        ["$share/g/a", "$share//a", "$share/+"].map(|text| TopicFilter::unshared(text).unwrap());
    let subscriptions = filters.map(|filter| Subscription::new(filter, QoS::AtLeastOnce));
    each(Subscribe::new(ID, List::new(&subscriptions)).into());
    each(Unsubscribe::new(ID, List::new(&filters)).into());
}

fn in_5(each: &mut impl FnMut(Packet<'_>)) {
    connects_of_5(each);
    publishes_of_5(each);
    answers_of_5(each);

    let shared = TopicFilter::literal("$share/g/a/#");
    let options = SubscriptionOptions {
        qos: QoS::AtLeastOnce,
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::DoNotSend,
    };
    let if_new = SubscriptionOptions {
        retain_handling: RetainHandling::SendIfNew,
        ..SubscriptionOptions::default()
    };
    let subscriptions = [
        Subscription {
            filter: TopicFilter::literal("a"),
            options,
        },
        Subscription {
            filter: shared,
            options: if_new,
        },
    ];
    let properties = SubscribeProperties {
        subscription_identifier: SubscriptionIdentifier::new(300),
        user_properties: USER_PROPERTIES,
    };
    let subscribe = Subscribe::new(ID, List::new(&subscriptions));
    each(subscribe.into());
    each(
        Subscribe {
            properties: Properties::new(&properties),
            ..subscribe
        }
        .into(),
    );
    let filters = [shared, TopicFilter::literal("+")];
    let properties = UnsubscribeProperties {
        user_properties: USER_PROPERTIES,
    };
    let properties = Properties::new(&properties);
    each(
        Unsubscribe {
            properties,
            ..Unsubscribe::new(ID, List::new(&filters))
        }
        .into(),
    );
}

fn connects_of_5(each: &mut impl FnMut(Packet<'_>)) {
    let properties = ConnectProperties {
        session_expiry_interval: Some(u32::MAX),
        receive_maximum: NonZeroU16::new(20),
        maximum_packet_size: NonZeroU32::new(1 << 20),
        topic_alias_maximum: Some(10),
        request_response_information: Some(true),
        request_problem_information: Some(false),
        authentication_method: Some("SCRAM-SHA-1"),
        authentication_data: Some(AuthenticationData(b"n,,n=jo")),
        user_properties: USER_PROPERTIES,
    };
    let will = Will {
        qos: QoS::AtLeastOnce,
        delay_interval: Some(5),
        message_expiry_interval: Some(3_600),
        properties: Properties::new(&MESSAGE),
        ..Will::new(TOPIC, b"gone")
    };
    let connect = Connect {
        client_id: "pump-3",
        will: Some(will),
        user_name: Some("jo"),
        password: Some(b"s3cret"),
        properties: Properties::new(&properties),
        ..Connect::default()
    };
    each(Connect::default().into());
    each(connect.into());
    each(
        Connect {
            user_name: None,
            will: None,
            ..connect
        }
        .into(),
    );

    let connack = ConnAckProperties {
        session_expiry_interval: Some(0),
        receive_maximum: NonZeroU16::new(1),
        maximum_qos: Some(QoS::AtLeastOnce),
        retain_available: Some(true),
        maximum_packet_size: NonZeroU32::new(u32::MAX),
        assigned_client_identifier: Some("c-1"),
        topic_alias_maximum: Some(0),
        reason_string: Some("why"),
        wildcard_subscription_available: Some(false),
        subscription_identifier_available: Some(true),
        shared_subscription_available: Some(false),
        server_keep_alive: Some(30),
        response_information: Some("r/1"),
        server_reference: Some("other:1883"),
        authentication_method: Some("SCRAM-SHA-1"),
        authentication_data: Some(AuthenticationData(b"v=")),
        user_properties: USER_PROPERTIES,
    };
    let properties = Properties::new(&connack);
    each(
        ConnAck {
            session_present: true,
            properties,
            ..ConnAck::default()
        }
        .into(),
    );
    let reason = ReasonCode::USE_ANOTHER_SERVER;
    each(
        ConnAck {
            reason,
            properties,
            ..ConnAck::default()
        }
        .into(),
    );
}

fn publishes_of_5(each: &mut impl FnMut(Packet<'_>)) {
    let identifiers = [1, 128, SubscriptionIdentifier::MAX]
        .map(|number| SubscriptionIdentifier::new(number).unwrap());
    let message = Publish {
        delivery: Delivery::AtLeastOnce {
            packet_id: ID,
            dup: true,
        },
        retain: true,
        message_expiry_interval: Some(60),
        subscription_identifiers: List::new(&identifiers),
        topic_alias: NonZeroU16::new(7),
        properties: Properties::new(&MESSAGE),
        ..Publish::new(TOPIC, "größer".as_bytes())
    };
    each(message.into());
    each(
        Publish {
            payload: b"",
            delivery: Delivery::AtMostOnce,
            ..message
        }
        .into(),
    );
    let properties = Properties::NONE;
    each(
        Publish {
            properties,
            ..message
        }
        .into(),
    );
    each(
        Publish {
            topic_alias: None,
            message_expiry_interval: None,
            ..message
        }
        .into(),
    );
    let long = [UserProperty::new("long", "0123456789abcdef"); 8];
    let long = PublishProperties {
        user_properties: List::new(&long),
        ..Default::default()
    };
    each(
        Publish {
            properties: Properties::new(&long),
            ..Publish::new(TOPIC, b"x")
        }
        .into(),
    );
}

fn answers_of_5(each: &mut impl FnMut(Packet<'_>)) {
    let properties = Properties::new(&REASON);
    let ack = Ack {
        properties,
        ..Ack::new(ID)
    };
    let refused = Ack {
        reason: ReasonCode::QUOTA_EXCEEDED,
        ..ack
    };
    let unknown = Ack {
        reason: ReasonCode::PACKET_IDENTIFIER_NOT_FOUND,
        ..ack
    };
    for (packet, failure) in [
        (Packet::PubAck as fn(_) -> Packet<'static>, refused),
        (Packet::PubRec, refused),
        (Packet::PubRel, unknown),
        (Packet::PubComp, unknown),
    ] {
        each(packet(ack));
        each(packet(failure));
        each(packet(Ack {
            properties: Properties::NONE,
            ..failure
        }));
    }
    let codes = [0x00, 0x80, 0x83, 0x87, 0x8f, 0x91].map(ReasonCode::from_u8);
    each(Packet::UnsubAck(SubAck::new(ID, List::new(&codes))));
    let answer = SubAck {
        properties,
        ..SubAck::new(ID, List::new(&codes))
    };
    each(Packet::SubAck(answer));
    each(Packet::UnsubAck(answer));

    let last = DisconnectProperties {
        session_expiry_interval: Some(1),
        reason_string: Some("moved"),
        server_reference: Some("other"),
        user_properties: USER_PROPERTIES,
    };
    let properties = Properties::new(&last);
    each(
        Disconnect {
            properties,
            ..Disconnect::default()
        }
        .into(),
    );
    each(
        Disconnect {
            reason: ReasonCode::SERVER_MOVED,
            properties,
        }
        .into(),
    );
    each(Disconnect::new(ReasonCode::DISCONNECT_WITH_WILL_MESSAGE).into());

    let method = AuthProperties {
        authentication_method: Some("M"),
        ..AuthProperties::default()
    };
    let all = AuthProperties {
        authentication_data: Some(AuthenticationData(b"\x00\x01")),
        reason_string: Some("step 2"),
        user_properties: USER_PROPERTIES,
        ..method
    };
    each(Auth::default().into());
    each(Auth::new(ReasonCode::SUCCESS, &method).into());
    each(Auth::new(ReasonCode::CONTINUE_AUTHENTICATION, &all).into());
    each(Auth::new(ReasonCode::RE_AUTHENTICATE, &method).into());
}
