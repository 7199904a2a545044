//! The properties of each packet of MQTT 5 as a JSON object; none are `None`.

use std::num::{NonZeroU16, NonZeroU32};

use puremqtt::{
    AckProperties, AuthProperties, ConnAckProperties, ConnectProperties, DisconnectProperties,
    PayloadFormat, Publish, PublishProperties, QoS, SubscribeProperties, SubscriptionIdentifier,
    TopicName, UnsubscribeProperties, Will,
};

use crate::object::Object;

pub fn connect(properties: ConnectProperties<'_>) -> Option<Object> {
    Object::new()
        .maybe(
            "session_expiry_interval",
            properties.session_expiry_interval,
        )
        .maybe(
            "receive_maximum",
            properties.receive_maximum.map(NonZeroU16::get),
        )
        .maybe(
            "maximum_packet_size",
            properties.maximum_packet_size.map(NonZeroU32::get),
        )
        .maybe("topic_alias_maximum", properties.topic_alias_maximum)
        .maybe_flag(
            "request_response_information",
            properties.request_response_information,
        )
        .maybe_flag(
            "request_problem_information",
            properties.request_problem_information,
        )
        .user_properties(properties.user_properties)
        .maybe("authentication_method", properties.authentication_method)
        .maybe_hex(
            "authentication_data",
            properties.authentication_data.map(|data| data.0),
        )
        .unless_empty()
}

pub fn connack(properties: ConnAckProperties<'_>) -> Option<Object> {
    Object::new()
        .maybe(
            "session_expiry_interval",
            properties.session_expiry_interval,
        )
        .maybe(
            "receive_maximum",
            properties.receive_maximum.map(NonZeroU16::get),
        )
        .maybe("maximum_qos", properties.maximum_qos.map(QoS::as_u8))
        .maybe_flag("retain_available", properties.retain_available)
        .maybe(
            "maximum_packet_size",
            properties.maximum_packet_size.map(NonZeroU32::get),
        )
        .maybe(
            "assigned_client_identifier",
            properties.assigned_client_identifier,
        )
        .maybe("topic_alias_maximum", properties.topic_alias_maximum)
        .maybe("reason_string", properties.reason_string)
        .user_properties(properties.user_properties)
        .maybe_flag(
            "wildcard_subscription_available",
            properties.wildcard_subscription_available,
        )
        .maybe_flag(
            "subscription_identifier_available",
            properties.subscription_identifier_available,
        )
        .maybe_flag(
            "shared_subscription_available",
            properties.shared_subscription_available,
        )
        .maybe("server_keep_alive", properties.server_keep_alive)
        .maybe("response_information", properties.response_information)
        .maybe("server_reference", properties.server_reference)
        .maybe("authentication_method", properties.authentication_method)
        .maybe_hex(
            "authentication_data",
            properties.authentication_data.map(|data| data.0),
        )
        .unless_empty()
}

pub fn will(will: &Will<'_>) -> Option<Object> {
    let object = Object::new()
        .maybe("will_delay_interval", will.delay_interval)
        .maybe("message_expiry_interval", will.message_expiry_interval);
    message(object, will.properties.read()).unless_empty()
}

pub fn publish(publish: &Publish<'_>) -> Option<Object> {
    let identifiers: Vec<u32> = publish
        .subscription_identifiers
        .iter()
        .map(SubscriptionIdentifier::get)
        .collect();
    let object = Object::new()
        .maybe("message_expiry_interval", publish.message_expiry_interval)
        .maybe("topic_alias", publish.topic_alias.map(NonZeroU16::get))
        .maybe(
            "subscription_identifier",
            Some(identifiers).filter(|all| !all.is_empty()),
        );
    message(object, publish.properties.read()).unless_empty()
}

/// What a will and a PUBLISH have in common.
fn message(object: Object, properties: PublishProperties<'_>) -> Object {
    let format = properties.payload_format_indicator;
    object
        .maybe_flag(
            "payload_format_indicator",
            format.map(|format| format == PayloadFormat::Utf8),
        )
        .maybe("content_type", properties.content_type)
        .maybe(
            "response_topic",
            properties.response_topic.map(TopicName::as_str),
        )
        .maybe_hex("correlation_data", properties.correlation_data)
        .user_properties(properties.user_properties)
}

pub fn ack(properties: AckProperties<'_>) -> Option<Object> {
    Object::new()
        .maybe("reason_string", properties.reason_string)
        .user_properties(properties.user_properties)
        .unless_empty()
}

pub fn subscribe(properties: SubscribeProperties<'_>) -> Option<Object> {
    let identifier = properties.subscription_identifier;
    Object::new()
        .maybe(
            "subscription_identifier",
            identifier.map(SubscriptionIdentifier::get),
        )
        .user_properties(properties.user_properties)
        .unless_empty()
}

pub fn unsubscribe(properties: UnsubscribeProperties<'_>) -> Option<Object> {
    Object::new()
        .user_properties(properties.user_properties)
        .unless_empty()
}

pub fn disconnect(properties: DisconnectProperties<'_>) -> Option<Object> {
    Object::new()
        .maybe(
            "session_expiry_interval",
            properties.session_expiry_interval,
        )
        .maybe("reason_string", properties.reason_string)
        .user_properties(properties.user_properties)
        .maybe("server_reference", properties.server_reference)
        .unless_empty()
}

pub fn auth(properties: AuthProperties<'_>) -> Option<Object> {
    Object::new()
        .maybe("authentication_method", properties.authentication_method)
        .maybe_hex(
            "authentication_data",
            properties.authentication_data.map(|data| data.0),
        )
        .maybe("reason_string", properties.reason_string)
        .user_properties(properties.user_properties)
        .unless_empty()
}
