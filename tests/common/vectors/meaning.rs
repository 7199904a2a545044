//! A packet as a JSON object, its fields named as in the standard: what
//! `tests/vectors` calls the meaning of a vector.

use puremqtt::{
    AckProperties, AuthProperties, AuthenticationData, ConnAckProperties, Connect,
    ConnectProperties, DisconnectProperties, List, Packet, PacketId, PayloadFormat, Publish,
    PublishProperties, QoS, ReasonCode, SubAck, Subscription, SubscriptionIdentifier, TopicFilter,
    TopicName, UserProperty, Version, Will,
};
use serde_json::{Map, Value, json};

/// A packet of `version`; a CONNECT is of the version that it tells itself.
pub(crate) fn meaning(packet: &Packet<'_>, version: Version) -> Value {
    let v5 = version == Version::V5;
    let mut object = Object::of(packet.packet_type().name());
    match packet {
        Packet::Connect(packet) => connect(&mut object, packet),
        Packet::ConnAck(packet) => {
            // 3.1 has a reserved byte there.
            let has_session = version != Version::V3_1;
            object.maybe(
                "session_present",
                has_session.then_some(packet.session_present),
            );
            if v5 {
                object.put("reason_code", packet.reason.as_u8());
                object.properties(connack(packet.properties.read()));
            } else {
                object.put("return_code", packet.reason.return_code());
            }
        }
        Packet::Publish(packet) => publish(&mut object, packet),
        Packet::PubAck(packet)
        | Packet::PubRec(packet)
        | Packet::PubRel(packet)
        | Packet::PubComp(packet) => {
            object.put("packet_identifier", packet.packet_id.get());
            object.maybe("reason_code", v5.then_some(packet.reason.as_u8()));
            object.properties(ack(packet.properties.read()));
            object.maybe("dup", packet.dup.then_some(true));
        }
        Packet::Subscribe(packet) => {
            object.put("packet_identifier", packet.packet_id.get());
            let mut properties = Object::default();
            let properties_read = packet.properties.read();
            let identifier = properties_read.subscription_identifier;
            properties.maybe(
                "subscription_identifier",
                identifier.map(SubscriptionIdentifier::get),
            );
            properties.pairs(properties_read.user_properties);
            object.properties(properties);
            let subscriptions = packet.subscriptions.iter();
            object.list("subscriptions", subscriptions.map(|s| subscription(s, v5)));
            object.maybe("dup", packet.dup.then_some(true));
        }
        Packet::SubAck(packet) => {
            suback(&mut object, packet);
            let codes = if v5 { "reason_codes" } else { "return_codes" };
            object.list(codes, packet.reasons.iter().map(ReasonCode::as_u8));
        }
        Packet::Unsubscribe(packet) => {
            object.put("packet_identifier", packet.packet_id.get());
            let mut properties = Object::default();
            properties.pairs(packet.properties.read().user_properties);
            object.properties(properties);
            object.list(
                "topic_filters",
                packet.filters.iter().map(TopicFilter::as_str),
            );
            object.maybe("dup", packet.dup.then_some(true));
        }
        Packet::UnsubAck(packet) => {
            suback(&mut object, packet);
            if v5 {
                let codes = packet.reasons.iter().map(ReasonCode::as_u8);
                object.list("reason_codes", codes);
            }
        }
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(packet) => {
            object.maybe("reason_code", v5.then_some(packet.reason.as_u8()));
            object.properties(disconnect(packet.properties.read()));
        }
        Packet::Auth(packet) => {
            object.put("reason_code", packet.reason.as_u8());
            object.properties(auth(packet.properties.read()));
        }
    }
    Value::Object(object.0)
}

/// An object that is made key by key.
#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn of(packet_type: &str) -> Self {
        let mut object = Self::default();
        object.put("type", packet_type);
        object
    }

    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn list<T: Into<Value>>(&mut self, key: &str, values: impl Iterator<Item = T>) {
        self.put(key, values.map(Into::into).collect::<Vec<Value>>());
    }

    /// No key where there is no value.
    fn maybe(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// 0 or 1, as the standard has a property's boolean.
    fn flag(&mut self, key: &str, flag: Option<bool>) {
        self.maybe(key, flag.map(u8::from));
    }

    fn hex(&mut self, key: &str, bytes: Option<&[u8]>) {
        self.maybe(key, bytes.map(super::row::to_hex));
    }

    fn pairs(&mut self, pairs: List<'_, UserProperty<'_>>) {
        if !pairs.is_empty() {
            let pairs = pairs.iter();
            self.list(
                "user_property",
                pairs.map(|pair| json!([pair.name, pair.value])),
            );
        }
    }

    fn properties(&mut self, properties: Self) {
        self.nested("properties", properties);
    }

    fn nested(&mut self, key: &str, object: Self) {
        if !object.0.is_empty() {
            self.put(key, Value::Object(object.0));
        }
    }

    fn authentication(&mut self, method: Option<&str>, data: Option<AuthenticationData<'_>>) {
        self.maybe("authentication_method", method);
        self.hex("authentication_data", data.map(|data| data.0));
    }
}

fn connect(object: &mut Object, packet: &Connect<'_>) {
    let v5 = packet.version == Version::V5;
    object.put("protocol_name", packet.version.protocol_name());
    object.put("protocol_version", packet.version.level());
    let clean = if v5 { "clean_start" } else { "clean_session" };
    object.put(clean, packet.clean_start);
    object.put("keep_alive", packet.keep_alive);
    object.properties(connect_properties(packet.properties.read()));
    object.put("client_identifier", packet.client_id);
    if let Some(will) = &packet.will {
        object.put("will", Value::Object(will_object(will).0));
    }
    object.maybe("user_name", packet.user_name);
    object.hex("password", packet.password);
}

fn connect_properties(read: ConnectProperties<'_>) -> Object {
    let mut object = Object::default();
    object.maybe("session_expiry_interval", read.session_expiry_interval);
    object.maybe("receive_maximum", read.receive_maximum.map(|n| n.get()));
    object.maybe(
        "maximum_packet_size",
        read.maximum_packet_size.map(|n| n.get()),
    );
    object.maybe("topic_alias_maximum", read.topic_alias_maximum);
    let response = read.request_response_information;
    object.flag("request_response_information", response);
    object.flag(
        "request_problem_information",
        read.request_problem_information,
    );
    object.pairs(read.user_properties);
    object.authentication(read.authentication_method, read.authentication_data);
    object
}

fn will_object(will: &Will<'_>) -> Object {
    let mut properties = message(will.properties.read());
    properties.maybe("will_delay_interval", will.delay_interval);
    properties.maybe("message_expiry_interval", will.message_expiry_interval);
    let mut object = Object::default();
    object.nested("will_properties", properties);
    object.put("will_topic", will.topic.as_str());
    object.hex("will_payload", Some(will.payload));
    object.put("will_qos", will.qos.as_u8());
    object.put("will_retain", will.retain);
    object
}

fn connack(read: ConnAckProperties<'_>) -> Object {
    let mut object = Object::default();
    object.maybe("session_expiry_interval", read.session_expiry_interval);
    object.maybe("receive_maximum", read.receive_maximum.map(|n| n.get()));
    object.maybe("maximum_qos", read.maximum_qos.map(QoS::as_u8));
    object.flag("retain_available", read.retain_available);
    object.maybe(
        "maximum_packet_size",
        read.maximum_packet_size.map(|n| n.get()),
    );
    object.maybe(
        "assigned_client_identifier",
        read.assigned_client_identifier,
    );
    object.maybe("topic_alias_maximum", read.topic_alias_maximum);
    object.maybe("reason_string", read.reason_string);
    object.pairs(read.user_properties);
    let wildcards = read.wildcard_subscription_available;
    object.flag("wildcard_subscription_available", wildcards);
    let identifiers = read.subscription_identifier_available;
    object.flag("subscription_identifier_available", identifiers);
    object.flag(
        "shared_subscription_available",
        read.shared_subscription_available,
    );
    object.maybe("server_keep_alive", read.server_keep_alive);
    object.maybe("response_information", read.response_information);
    object.maybe("server_reference", read.server_reference);
    object.authentication(read.authentication_method, read.authentication_data);
    object
}

fn publish(object: &mut Object, packet: &Publish<'_>) {
    object.put("dup", packet.delivery.dup());
    object.put("qos", packet.delivery.qos().as_u8());
    object.put("retain", packet.retain);
    object.put("topic_name", packet.topic.as_str());
    let packet_id = packet.delivery.packet_id().map(PacketId::get);
    object.maybe("packet_identifier", packet_id);
    let mut properties = message(packet.properties.read());
    properties.maybe("message_expiry_interval", packet.message_expiry_interval);
    properties.maybe("topic_alias", packet.topic_alias.map(|alias| alias.get()));
    let identifiers = packet.subscription_identifiers;
    if !identifiers.is_empty() {
        let identifiers = identifiers.iter().map(SubscriptionIdentifier::get);
        properties.list("subscription_identifier", identifiers);
    }
    object.properties(properties);
    object.hex("payload", Some(packet.payload));
}

/// What a will and a PUBLISH have in common.
fn message(read: PublishProperties<'_>) -> Object {
    let mut object = Object::default();
    let format = read.payload_format_indicator;
    let is_text = format.map(|format| format == PayloadFormat::Utf8);
    object.flag("payload_format_indicator", is_text);
    object.maybe("content_type", read.content_type);
    object.maybe("response_topic", read.response_topic.map(TopicName::as_str));
    object.hex("correlation_data", read.correlation_data);
    object.pairs(read.user_properties);
    object
}

fn ack(read: AckProperties<'_>) -> Object {
    let mut object = Object::default();
    object.maybe("reason_string", read.reason_string);
    object.pairs(read.user_properties);
    object
}

fn suback(object: &mut Object, packet: &SubAck<'_>) {
    object.put("packet_identifier", packet.packet_id.get());
    object.properties(ack(packet.properties.read()));
}

fn subscription(subscription: Subscription<'_>, v5: bool) -> Value {
    let options = subscription.options;
    let mut object = Object::default();
    object.put("topic_filter", subscription.filter.as_str());
    object.put("qos", options.qos.as_u8());
    if v5 {
        object.put("no_local", options.no_local);
        object.put("retain_as_published", options.retain_as_published);
        object.put("retain_handling", options.retain_handling.as_u8());
    }
    Value::Object(object.0)
}

fn disconnect(read: DisconnectProperties<'_>) -> Object {
    let mut object = Object::default();
    object.maybe("session_expiry_interval", read.session_expiry_interval);
    object.maybe("reason_string", read.reason_string);
    object.pairs(read.user_properties);
    object.maybe("server_reference", read.server_reference);
    object
}

fn auth(read: AuthProperties<'_>) -> Object {
    let mut object = Object::default();
    object.authentication(read.authentication_method, read.authentication_data);
    object.maybe("reason_string", read.reason_string);
    object.pairs(read.user_properties);
    object
}
