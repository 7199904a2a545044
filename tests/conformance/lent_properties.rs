//! The table of properties by packet, cell by cell (2.2.2.2): what is written.

use core::num::{NonZeroU16, NonZeroU32};

use puremqtt::{
    Ack, AckProperties, Auth, AuthProperties, AuthenticationData, ConnAck, ConnAckProperties,
    Connect, ConnectProperties, Disconnect, DisconnectProperties, List, Packet, PayloadFormat,
    Publish, PublishProperties, QoS, ReasonCode, SubAck, Subscribe, SubscribeProperties,
    Subscription, SubscriptionIdentifier, TopicFilter, TopicName, Unsubscribe,
    UnsubscribeProperties, UserProperty, Version, Will,
};

use crate::check::{encodes, id};
use crate::properties::{PLACES, property};

const A: TopicName = TopicName::literal("a");
const METHOD: Option<&str> = Some("M");
const DATA: Option<AuthenticationData<'_>> = Some(AuthenticationData(b"\xff"));
const PAIRS: [UserProperty<'_>; 1] = [UserProperty {
    name: "k",
    value: "v",
}];

/// Structs of one property each, with their identifiers.
macro_rules! lent {
    ($name:ident: $($id:literal $($field:ident $value:expr),+;)*) => {
        [$(($id, $name { $($field: $value,)+ ..$name::default() }),)*]
    };
}

/// Each property of a packet is written, and the table has no other.
fn are_written<'a>(name: &str, packets: impl IntoIterator<Item = (u8, Packet<'a>)>) {
    let place = PLACES.iter().find(|place| place.name == name).unwrap();
    let mut written = Vec::new();
    for (id, packet) in packets {
        written.push(id);
        let block = [place.beside(id), property(id)].concat();
        encodes(Version::V5, packet, place.wire(&block));
        assert_eq!(place.decode(&block), Ok(packet), "{name} with {id:#04x}");
    }
    assert_eq!(written, place.properties, "{name}");
}

#[test]
fn every_property_of_connect() {
    let rows = lent! { ConnectProperties:
        0x11 session_expiry_interval Some(1);
        0x15 authentication_method Some("a");
        0x16 authentication_method METHOD, authentication_data DATA;
        0x17 request_problem_information Some(true);
        0x19 request_response_information Some(true);
        0x21 receive_maximum NonZeroU16::new(1);
        0x22 topic_alias_maximum Some(1);
        0x26 user_properties List::from(&PAIRS);
        0x27 maximum_packet_size NonZeroU32::new(1);
    };
    let connect = |properties| Connect {
        client_id: "a",
        clean_start: true,
        properties,
        ..Connect::default()
    };
    let packets = rows
        .iter()
        .map(|(id, row)| (*id, connect(row.into()).into()));
    are_written("CONNECT", packets);
}

#[test]
fn every_property_of_a_will() {
    let rows = lent! { PublishProperties:
        0x01 payload_format_indicator Some(PayloadFormat::Utf8);
        0x03 content_type Some("a");
        0x08 response_topic Some(A);
        0x09 correlation_data Some(&b"\xff"[..]);
        0x26 user_properties List::from(&PAIRS);
    };
    let will = Will::new(A, b"");
    let mut wills = vec![
        (
            0x02,
            Will {
                message_expiry_interval: Some(1),
                ..will
            },
        ),
        (
            0x18,
            Will {
                delay_interval: Some(1),
                ..will
            },
        ),
    ];
    wills.extend(rows.iter().map(|(id, row)| {
        let properties = row.into();
        (*id, Will { properties, ..will })
    }));
    wills.sort_by_key(|(id, _)| *id);
    let connect = |will| Connect {
        client_id: "a",
        clean_start: true,
        will: Some(will),
        ..Connect::default()
    };
    let packets = wills
        .into_iter()
        .map(|(id, will)| (id, connect(will).into()));
    are_written("Will", packets);
}

#[test]
fn every_property_of_connack() {
    let rows = lent! { ConnAckProperties:
        0x11 session_expiry_interval Some(1);
        0x12 assigned_client_identifier Some("a");
        0x13 server_keep_alive Some(1);
        0x15 authentication_method Some("a");
        0x16 authentication_method METHOD, authentication_data DATA;
        0x1a response_information Some("a");
        0x1c server_reference Some("a");
        0x1f reason_string Some("a");
        0x21 receive_maximum NonZeroU16::new(1);
        0x22 topic_alias_maximum Some(1);
        0x24 maximum_qos Some(QoS::AtLeastOnce);
        0x25 retain_available Some(true);
        0x26 user_properties List::from(&PAIRS);
        0x27 maximum_packet_size NonZeroU32::new(1);
        0x28 wildcard_subscription_available Some(true);
        0x29 subscription_identifier_available Some(true);
        0x2a shared_subscription_available Some(true);
    };
    let connack = |properties| ConnAck {
        properties,
        ..ConnAck::default()
    };
    let packets = rows
        .iter()
        .map(|(id, row)| (*id, connack(row.into()).into()));
    are_written("CONNACK", packets);
}

#[test]
fn every_property_of_publish() {
    let rows = lent! { PublishProperties:
        0x01 payload_format_indicator Some(PayloadFormat::Utf8);
        0x03 content_type Some("a");
        0x08 response_topic Some(A);
        0x09 correlation_data Some(&b"\xff"[..]);
        0x26 user_properties List::from(&PAIRS);
    };
    let publish = Publish::new(A, b"");
    let identifiers = [SubscriptionIdentifier::new(1).unwrap()];
    let mut publishes = vec![
        (
            0x02,
            Publish {
                message_expiry_interval: Some(1),
                ..publish
            },
        ),
        (
            0x0b,
            Publish {
                subscription_identifiers: List::from(&identifiers),
                ..publish
            },
        ),
        (
            0x23,
            Publish {
                topic_alias: NonZeroU16::new(1),
                ..publish
            },
        ),
    ];
    publishes.extend(rows.iter().map(|(id, row)| {
        let properties = row.into();
        (
            *id,
            Publish {
                properties,
                ..publish
            },
        )
    }));
    publishes.sort_by_key(|(id, _)| *id);
    let packets = publishes
        .into_iter()
        .map(|(id, publish)| (id, publish.into()));
    are_written("PUBLISH", packets);
}

#[test]
fn every_property_of_the_acknowledgements() {
    let rows = lent! { AckProperties:
        0x1f reason_string Some("a");
        0x26 user_properties List::from(&PAIRS);
    };
    let acks = || {
        rows.iter().map(|(number, row)| {
            let properties = row.into();
            (
                *number,
                Ack {
                    properties,
                    ..Ack::new(id(1))
                },
            )
        })
    };
    are_written("PUBACK", acks().map(|(id, ack)| (id, Packet::PubAck(ack))));
    are_written("PUBREC", acks().map(|(id, ack)| (id, Packet::PubRec(ack))));
    are_written("PUBREL", acks().map(|(id, ack)| (id, Packet::PubRel(ack))));
    are_written(
        "PUBCOMP",
        acks().map(|(id, ack)| (id, Packet::PubComp(ack))),
    );
    let codes = [ReasonCode::SUCCESS];
    let subacks = || {
        rows.iter().map(|(number, row)| {
            let properties = row.into();
            (
                *number,
                SubAck {
                    properties,
                    ..SubAck::new(id(1), List::from(&codes))
                },
            )
        })
    };
    are_written(
        "SUBACK",
        subacks().map(|(id, ack)| (id, Packet::SubAck(ack))),
    );
    are_written(
        "UNSUBACK",
        subacks().map(|(id, ack)| (id, Packet::UnsubAck(ack))),
    );
}

#[test]
fn every_property_of_subscribe_and_unsubscribe() {
    let rows = lent! { SubscribeProperties:
        0x0b subscription_identifier SubscriptionIdentifier::new(1);
        0x26 user_properties List::from(&PAIRS);
    };
    let wanted = [Subscription::new(
        TopicFilter::literal("a"),
        QoS::AtMostOnce,
    )];
    let subscribe = |properties| Subscribe {
        properties,
        ..Subscribe::new(id(1), List::from(&wanted))
    };
    let packets = rows
        .iter()
        .map(|(id, row)| (*id, subscribe(row.into()).into()));
    are_written("SUBSCRIBE", packets);

    let properties = UnsubscribeProperties {
        user_properties: List::from(&PAIRS),
    };
    let rows = [(0x26, properties)];
    let filters = [TopicFilter::literal("a")];
    let unsubscribe = |properties| Unsubscribe {
        properties,
        ..Unsubscribe::new(id(1), List::from(&filters))
    };
    let packets = rows
        .iter()
        .map(|(id, row)| (*id, unsubscribe(row.into()).into()));
    are_written("UNSUBSCRIBE", packets);
}

#[test]
fn every_property_of_disconnect_and_auth() {
    let rows = lent! { DisconnectProperties:
        0x11 session_expiry_interval Some(1);
        0x1c server_reference Some("a");
        0x1f reason_string Some("a");
        0x26 user_properties List::from(&PAIRS);
    };
    let disconnect = |properties| Disconnect {
        properties,
        ..Disconnect::default()
    };
    let packets = rows
        .iter()
        .map(|(id, row)| (*id, disconnect(row.into()).into()));
    are_written("DISCONNECT", packets);

    let rows = lent! { AuthProperties:
        0x15 authentication_method Some("a");
        0x16 authentication_method METHOD, authentication_data DATA;
        0x1f authentication_method METHOD, reason_string Some("a");
        0x26 authentication_method METHOD, user_properties List::from(&PAIRS);
    };
    let auth = |row| Auth::new(ReasonCode::CONTINUE_AUTHENTICATION, row);
    let packets = rows.iter().map(|(id, row)| (*id, auth(row).into()));
    are_written("AUTH", packets);
}
