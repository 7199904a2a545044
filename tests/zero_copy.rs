//! What a decoded packet holds points into the bytes it was read from.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use puremqtt::{
    AuthProperties, ConnAckProperties, ConnectProperties, Decoder, Item, List, Packet,
    PublishProperties, UserProperty, Version,
};

/// Shows `f` the packet and a judge of what is part of its bytes.
fn decoded(bytes: &[u8], f: impl FnOnce(Packet<'_>, &dyn Fn(&[u8], usize))) {
    let mut decoder = Decoder::observer();
    decoder.set_version(Version::V5);
    let (packet, _) = decoder.decode(bytes).unwrap().unwrap();
    let is_at = |part: &[u8], offset: usize| {
        let place = bytes
            .get(offset..offset.saturating_add(part.len()))
            .unwrap();
        assert!(!part.is_empty());
        assert!(core::ptr::eq(part, place), "{part:02x?} is not at {offset}");
    };
    f(packet, &is_at);
}

fn first<'a, T: Item<'a>>(list: List<'a, T>) -> T {
    list.iter().next().unwrap()
}

/// The first User Property stands at `offset`, with a name of one byte.
fn pair_is_at(pair: UserProperty<'_>, offset: usize, is_at: &dyn Fn(&[u8], usize)) {
    is_at(pair.name.as_bytes(), offset.saturating_add(3));
    is_at(pair.value.as_bytes(), offset.saturating_add(6));
}

#[test]
fn a_connect_points_into_its_bytes() {
    let bytes = b"\x10\x00\
        \x00\x04MQTT\x05\xc6\x00\x3c\
        \x0f\x15\x00\x01M\x16\x00\x01d\x26\x00\x01k\x00\x01v\
        \x00\x02id\
        \x16\x03\x00\x01c\x08\x00\x01r\x09\x00\x01x\x18\x00\x00\x00\x01\x02\x00\x00\x00\x02\
        \x00\x05topic\x00\x04gone\
        \x00\x02jo\x00\x01p";
    let bytes = with_length(bytes);
    decoded(&bytes, |packet, is_at| {
        let Packet::Connect(connect) = packet else {
            panic!("{packet}")
        };
        let place = |text: &[u8]| find(&bytes, text);
        let ConnectProperties {
            authentication_method,
            authentication_data,
            ..
        } = connect.properties.read();
        is_at(
            authentication_method.unwrap().as_bytes(),
            place(b"\x15\x00\x01M").saturating_add(3),
        );
        is_at(
            authentication_data.unwrap().0,
            place(b"\x16\x00\x01d").saturating_add(3),
        );
        let method = connect.properties.authentication_method().unwrap();
        is_at(method.as_bytes(), place(b"\x15\x00\x01M").saturating_add(3));
        pair_is_at(
            first(connect.properties.user_properties()),
            place(b"\x26"),
            is_at,
        );
        is_at(connect.client_id.as_bytes(), place(b"id"));
        let will = connect.will.unwrap();
        let PublishProperties {
            content_type,
            response_topic,
            correlation_data,
            ..
        } = will.properties.read();
        is_at(
            content_type.unwrap().as_bytes(),
            place(b"\x03\x00\x01c").saturating_add(3),
        );
        is_at(
            response_topic.unwrap().as_bytes(),
            place(b"\x08\x00\x01").saturating_add(3),
        );
        is_at(
            correlation_data.unwrap(),
            place(b"\x09\x00\x01").saturating_add(3),
        );
        is_at(will.topic.as_bytes(), place(b"topic"));
        is_at(will.payload, place(b"gone"));
        is_at(connect.user_name.unwrap().as_bytes(), place(b"jo"));
        is_at(connect.password.unwrap(), bytes.len().saturating_sub(1));
    });
}

#[test]
fn a_connack_points_into_its_bytes() {
    let bytes = with_length(
        b"\x20\x00\x00\x00\x18\x12\x00\x01c\x1a\x00\x01i\x1c\x00\x01s\x1f\x00\x01w\x15\x00\x01M\x16\x00\x01d",
    );
    decoded(&bytes, |packet, is_at| {
        let Packet::ConnAck(connack) = packet else {
            panic!("{packet}")
        };
        let ConnAckProperties {
            assigned_client_identifier,
            response_information,
            server_reference,
            reason_string,
            authentication_method,
            ..
        } = connack.properties.read();
        for (text, id) in [
            (assigned_client_identifier, b"\x12\x00\x01"),
            (response_information, b"\x1a\x00\x01"),
            (server_reference, b"\x1c\x00\x01"),
            (reason_string, b"\x1f\x00\x01"),
            (authentication_method, b"\x15\x00\x01"),
        ] {
            is_at(text.unwrap().as_bytes(), find(&bytes, id).saturating_add(3));
        }
        let data = connack.properties.authentication_data().unwrap();
        is_at(data.0, bytes.len().saturating_sub(1));
    });
}

#[test]
fn a_publish_points_into_its_bytes() {
    let bytes = with_length(
        b"\x32\x00\x00\x05topic\x00\x01\x13\x26\x00\x01k\x00\x01v\x03\x00\x01c\x08\x00\x01r\x09\x00\x01xpayload",
    );
    decoded(&bytes, |packet, is_at| {
        let Packet::Publish(publish) = packet else {
            panic!("{packet}")
        };
        is_at(publish.topic.as_bytes(), 4);
        is_at(publish.topic.as_str().as_bytes(), 4);
        pair_is_at(first(publish.properties.user_properties()), 12, is_at);
        pair_is_at(first(publish.properties.read().user_properties), 12, is_at);
        is_at(publish.properties.content_type().unwrap().as_bytes(), 22);
        is_at(publish.properties.response_topic().unwrap().as_bytes(), 26);
        is_at(publish.properties.correlation_data().unwrap(), 30);
        is_at(publish.payload, 31);
    });
}

#[test]
fn a_topic_of_an_alias_points_into_the_packet_that_bears_it() {
    let bytes = b"\x30\x07\x00\x01t\x03\x23\x00\x01";
    let mut decoder = Decoder::client(Version::V5).with_topic_alias_maximum(1);
    let Ok(Some((Packet::Publish(publish), _))) = decoder.decode(bytes) else {
        panic!()
    };
    assert!(core::ptr::eq(
        publish.topic.as_bytes(),
        bytes.get(4..5).unwrap()
    ));
}

#[test]
fn answers_point_into_their_bytes() {
    let reason = with_length(b"\x40\x00\x00\x01\x10\x06\x1f\x00\x03why");
    decoded(&reason, |packet, is_at| {
        let Packet::PubAck(ack) = packet else {
            panic!("{packet}")
        };
        is_at(ack.properties.reason_string().unwrap().as_bytes(), 9);
    });
    let reason = with_length(b"\x90\x00\x00\x01\x06\x1f\x00\x03why\x00");
    decoded(&reason, |packet, is_at| {
        let Packet::SubAck(suback) = packet else {
            panic!("{packet}")
        };
        is_at(suback.properties.reason_string().unwrap().as_bytes(), 8);
    });
    let reason = with_length(b"\xe0\x00\x00\x0c\x1f\x00\x03why\x1c\x00\x03who");
    decoded(&reason, |packet, is_at| {
        let Packet::Disconnect(disconnect) = packet else {
            panic!("{packet}")
        };
        is_at(disconnect.properties.reason_string().unwrap().as_bytes(), 7);
        is_at(
            disconnect.properties.server_reference().unwrap().as_bytes(),
            13,
        );
    });
    let step = with_length(b"\xf0\x00\x18\x08\x15\x00\x01M\x16\x00\x01d");
    decoded(&step, |packet, is_at| {
        let Packet::Auth(auth) = packet else {
            panic!("{packet}")
        };
        let AuthProperties {
            authentication_method,
            authentication_data,
            ..
        } = auth.properties.read();
        is_at(authentication_method.unwrap().as_bytes(), 7);
        is_at(authentication_data.unwrap().0, 11);
    });
}

#[test]
fn filters_point_into_their_bytes() {
    let filters = with_length(b"\x82\x00\x00\x01\x00\x00\x03a/+\x01\x00\x0a$share/g/b\x00");
    decoded(&filters, |packet, is_at| {
        let Packet::Subscribe(subscribe) = packet else {
            panic!("{packet}")
        };
        let mut subscriptions = subscribe.subscriptions.iter();
        is_at(subscriptions.next().unwrap().filter.as_bytes(), 7);
        let shared = subscriptions.next().unwrap().filter;
        is_at(shared.as_bytes(), 13);
        is_at(shared.share_name().unwrap().as_bytes(), 20);
        is_at(shared.without_share().as_bytes(), 22);
    });
    let filters = with_length(b"\xa2\x00\x00\x01\x00\x00\x03a/+\x00\x01#");
    decoded(&filters, |packet, is_at| {
        let Packet::Unsubscribe(unsubscribe) = packet else {
            panic!("{packet}")
        };
        let mut filters = unsubscribe.filters.iter();
        is_at(filters.next().unwrap().as_bytes(), 7);
        is_at(filters.next().unwrap().as_bytes(), 12);
    });
}

/// The packet with its Remaining Length in the second byte.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let mut packet = bytes.to_vec();
    let length = u8::try_from(packet.len().saturating_sub(2)).unwrap();
    *packet.get_mut(1).unwrap() = length;
    packet
}

/// Where `part` stands first.
fn find(bytes: &[u8], part: &[u8]) -> usize {
    bytes
        .windows(part.len())
        .position(|window| window == part)
        .unwrap()
}
