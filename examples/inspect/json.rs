//! A packet as a JSON object, its fields named as in the standard.

use puremqtt::{
    Ack, Auth, ConnAck, Connect, Disconnect, Packet, PacketId, Publish, ReasonCode, SubAck,
    Subscribe, Subscription, TopicFilter, Unsubscribe, Version, Will,
};
use serde_json::Value;

use crate::object::Object;
use crate::{properties, text};

/// A packet of `version`; a CONNECT is of the version that it tells itself.
pub fn packet(packet: &Packet<'_>, version: Version) -> Value {
    let object = Object::new().with("type", packet.packet_type().name());
    match packet {
        Packet::Connect(packet) => connect(object, packet),
        Packet::ConnAck(packet) => connack(object, packet, version),
        Packet::Publish(packet) => publish(object, packet),
        Packet::PubAck(packet)
        | Packet::PubRec(packet)
        | Packet::PubRel(packet)
        | Packet::PubComp(packet) => ack(object, packet, version),
        Packet::Subscribe(packet) => subscribe(object, packet, version),
        Packet::SubAck(packet) => {
            let codes = if is_5(version) {
                "reason_codes"
            } else {
                "return_codes"
            };
            suback(object, packet).with(codes, reasons(packet))
        }
        Packet::Unsubscribe(packet) => unsubscribe(object, packet),
        Packet::UnsubAck(packet) if is_5(version) => {
            suback(object, packet).with("reason_codes", reasons(packet))
        }
        Packet::UnsubAck(packet) => suback(object, packet),
        Packet::PingReq | Packet::PingResp => object,
        Packet::Disconnect(packet) => disconnect(object, packet, version),
        Packet::Auth(packet) => auth(object, packet),
    }
    .into()
}

fn connect(object: Object, packet: &Connect<'_>) -> Object {
    let version = packet.version;
    let clean = if is_5(version) {
        "clean_start"
    } else {
        "clean_session"
    };
    object
        .with("protocol_name", version.protocol_name())
        .with("protocol_version", version.level())
        .with(clean, packet.clean_start)
        .with("keep_alive", packet.keep_alive)
        .with("client_identifier", packet.client_id)
        .maybe("will", packet.will.as_ref().map(will))
        .maybe("user_name", packet.user_name)
        .maybe_hex("password", packet.password)
        .maybe("properties", properties::connect(packet.properties.read()))
}

fn will(will: &Will<'_>) -> Object {
    Object::new()
        .maybe("will_properties", properties::will(will))
        .with("will_topic", will.topic.as_str())
        .with("will_payload", text::hex(will.payload))
        .with("will_qos", will.qos.as_u8())
        .with("will_retain", will.retain)
}

fn connack(object: Object, packet: &ConnAck<'_>, version: Version) -> Object {
    let object = object.with("session_present", packet.session_present);
    if is_5(version) {
        object
            .with("reason_code", packet.reason.as_u8())
            .maybe("properties", properties::connack(packet.properties.read()))
    } else {
        object.maybe("return_code", packet.reason.return_code())
    }
}

fn publish(object: Object, packet: &Publish<'_>) -> Object {
    let delivery = packet.delivery;
    object
        .with("dup", delivery.dup())
        .with("qos", delivery.qos().as_u8())
        .with("retain", packet.retain)
        .with("topic_name", packet.topic.as_str())
        .maybe("packet_identifier", delivery.packet_id().map(PacketId::get))
        .maybe("properties", properties::publish(packet))
        .with("payload", text::hex(packet.payload))
}

fn ack(object: Object, packet: &Ack<'_>, version: Version) -> Object {
    object
        .with("packet_identifier", packet.packet_id.get())
        .maybe(
            "reason_code",
            is_5(version).then_some(packet.reason.as_u8()),
        )
        .maybe("properties", properties::ack(packet.properties.read()))
        .maybe("dup", packet.dup.then_some(true))
}

fn subscribe(object: Object, packet: &Subscribe<'_>, version: Version) -> Object {
    let subscriptions: Vec<Object> = packet
        .subscriptions
        .iter()
        .map(|each| subscription(each, version))
        .collect();
    object
        .with("packet_identifier", packet.packet_id.get())
        .maybe(
            "properties",
            properties::subscribe(packet.properties.read()),
        )
        .with("subscriptions", subscriptions)
        .maybe("dup", packet.dup.then_some(true))
}

fn subscription(subscription: Subscription<'_>, version: Version) -> Object {
    let options = subscription.options;
    let object = Object::new()
        .with("topic_filter", subscription.filter.as_str())
        .with("qos", options.qos.as_u8());
    if is_5(version) {
        object
            .with("no_local", options.no_local)
            .with("retain_as_published", options.retain_as_published)
            .with("retain_handling", options.retain_handling.as_u8())
    } else {
        object
    }
}

fn suback(object: Object, packet: &SubAck<'_>) -> Object {
    object
        .with("packet_identifier", packet.packet_id.get())
        .maybe("properties", properties::ack(packet.properties.read()))
}

fn reasons(packet: &SubAck<'_>) -> Vec<u8> {
    packet.reasons.iter().map(ReasonCode::as_u8).collect()
}

fn unsubscribe(object: Object, packet: &Unsubscribe<'_>) -> Object {
    let filters: Vec<&str> = packet.filters.iter().map(TopicFilter::as_str).collect();
    object
        .with("packet_identifier", packet.packet_id.get())
        .maybe(
            "properties",
            properties::unsubscribe(packet.properties.read()),
        )
        .with("topic_filters", filters)
        .maybe("dup", packet.dup.then_some(true))
}

fn disconnect(object: Object, packet: &Disconnect<'_>, version: Version) -> Object {
    object
        .maybe(
            "reason_code",
            is_5(version).then_some(packet.reason.as_u8()),
        )
        .maybe(
            "properties",
            properties::disconnect(packet.properties.read()),
        )
}

fn auth(object: Object, packet: &Auth<'_>) -> Object {
    object
        .with("reason_code", packet.reason.as_u8())
        .maybe("properties", properties::auth(packet.properties.read()))
}

fn is_5(version: Version) -> bool {
    version == Version::V5
}
