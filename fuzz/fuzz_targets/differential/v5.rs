//! The fields of MQTT 5. What is absent, the rival often gives as its default.

use puremqtt::{Ack, List, Packet, PayloadFormat, QoS, SubAck, UserProperty};
use rmqtt_codec::v5;

pub fn same_fields(ours: &Packet<'_>, theirs: &v5::Packet) {
    use v5::Packet as Their;
    match (ours, theirs) {
        (Packet::Connect(ours), Their::Connect(theirs)) => connect(ours, theirs),
        (Packet::ConnAck(ours), Their::ConnectAck(theirs)) => connack(ours, theirs),
        (Packet::Publish(ours), Their::Publish(theirs)) => publish(ours, theirs),
        (Packet::PubAck(ours), Their::PublishAck(theirs))
        | (Packet::PubRec(ours), Their::PublishReceived(theirs)) => {
            assert_eq!(ours.packet_id.get(), theirs.packet_id.get());
            assert_eq!(ours.reason.as_u8(), theirs.reason_code.into());
            ack(ours, theirs.reason_string.as_deref(), &theirs.properties);
        }
        (Packet::PubRel(ours), Their::PublishRelease(theirs))
        | (Packet::PubComp(ours), Their::PublishComplete(theirs)) => {
            assert_eq!(ours.packet_id.get(), theirs.packet_id.get());
            assert_eq!(ours.reason.as_u8(), theirs.reason_code.into());
            ack(ours, theirs.reason_string.as_deref(), &theirs.properties);
        }
        (Packet::Subscribe(ours), Their::Subscribe(theirs)) => subscribe(ours, theirs),
        (Packet::SubAck(ours), Their::SubscribeAck(theirs)) => {
            assert_eq!(ours.packet_id.get(), theirs.packet_id.get());
            let codes = theirs.status.iter().map(|&code| code.into());
            assert!(ours.reasons.iter().map(|code| code.as_u8()).eq(codes));
            suback(ours, theirs.reason_string.as_deref(), &theirs.properties);
        }
        (Packet::Unsubscribe(ours), Their::Unsubscribe(theirs)) => {
            assert_eq!(ours.packet_id.get(), theirs.packet_id.get());
            let filters = theirs.topic_filters.iter().map(|filter| &**filter);
            assert!(
                ours.filters
                    .iter()
                    .map(|filter| filter.as_str())
                    .eq(filters)
            );
            pairs(ours.properties.user_properties(), &theirs.user_properties);
        }
        (Packet::UnsubAck(ours), Their::UnsubscribeAck(theirs)) => {
            assert_eq!(ours.packet_id.get(), theirs.packet_id.get());
            let codes = theirs.status.iter().map(|&code| code.into());
            assert!(ours.reasons.iter().map(|code| code.as_u8()).eq(codes));
            suback(ours, theirs.reason_string.as_deref(), &theirs.properties);
        }
        (Packet::PingReq, Their::PingRequest) | (Packet::PingResp, Their::PingResponse) => {}
        (Packet::Disconnect(ours), Their::Disconnect(theirs)) => disconnect(ours, theirs),
        (Packet::Auth(ours), Their::Auth(theirs)) => auth(ours, theirs),
        _ => panic!("{ours:?} is not {theirs:?}"),
    }
}

fn connect(ours: &puremqtt::Connect<'_>, theirs: &v5::Connect) {
    let v5::Connect {
        clean_start,
        keep_alive,
        session_expiry_interval_secs,
        auth_method,
        auth_data,
        request_problem_info,
        request_response_info,
        receive_max,
        topic_alias_max,
        user_properties,
        max_packet_size,
        last_will,
        client_id,
        username,
        password,
        cert: _,
    } = theirs;
    assert_eq!(ours.clean_start, *clean_start);
    assert_eq!(ours.keep_alive, *keep_alive);
    assert_eq!(ours.client_id, &**client_id);
    assert_eq!(ours.user_name, username.as_deref());
    assert_eq!(ours.password, password.as_deref());
    match (&ours.will, last_will) {
        (Some(ours), Some(theirs)) => will(ours, theirs),
        (ours, theirs) => assert!(ours.is_none() && theirs.is_none()),
    }
    let ours = ours.properties.read();
    let expiry = ours.session_expiry_interval.unwrap_or(0);
    assert_eq!(expiry, *session_expiry_interval_secs);
    assert_eq!(ours.authentication_method, auth_method.as_deref());
    assert_eq!(
        ours.authentication_data.map(|data| data.0),
        auth_data.as_deref()
    );
    assert_eq!(
        ours.request_problem_information.unwrap_or(true),
        *request_problem_info
    );
    assert_eq!(
        ours.request_response_information.unwrap_or(false),
        *request_response_info
    );
    assert_eq!(ours.receive_maximum, *receive_max);
    assert_eq!(ours.topic_alias_maximum.unwrap_or(0), *topic_alias_max);
    assert_eq!(ours.maximum_packet_size, *max_packet_size);
    pairs(ours.user_properties, user_properties);
}

fn will(ours: &puremqtt::Will<'_>, theirs: &v5::LastWill) {
    let v5::LastWill {
        qos,
        retain,
        topic,
        message,
        will_delay_interval_sec,
        correlation_data,
        message_expiry_interval,
        content_type,
        user_properties,
        is_utf8_payload,
        response_topic,
    } = theirs;
    assert_eq!(ours.qos.as_u8(), qos.value());
    assert_eq!(ours.retain, *retain);
    assert_eq!(ours.topic.as_str(), &**topic);
    assert_eq!(ours.payload, message);
    assert_eq!(ours.delay_interval, *will_delay_interval_sec);
    assert_eq!(
        ours.message_expiry_interval,
        message_expiry_interval.map(|expiry| expiry.get())
    );
    let ours = ours.properties.read();
    assert_eq!(ours.correlation_data, correlation_data.as_deref());
    assert_eq!(ours.content_type, content_type.as_deref());
    assert_eq!(ours.payload_format_indicator.map(is_text), *is_utf8_payload);
    assert_eq!(
        ours.response_topic.map(|topic| topic.as_str()),
        response_topic.as_deref()
    );
    pairs(ours.user_properties, user_properties);
}

fn connack(ours: &puremqtt::ConnAck<'_>, theirs: &v5::ConnectAck) {
    let v5::ConnectAck {
        session_present,
        reason_code,
        session_expiry_interval_secs,
        receive_max,
        max_qos,
        max_packet_size,
        assigned_client_id,
        topic_alias_max,
        retain_available,
        wildcard_subscription_available,
        subscription_identifiers_available,
        shared_subscription_available,
        server_keepalive_sec,
        response_info,
        server_reference,
        auth_method,
        auth_data,
        reason_string,
        user_properties,
    } = theirs;
    assert_eq!(ours.session_present, *session_present);
    assert_eq!(ours.reason.as_u8(), (*reason_code).into());
    let ours = ours.properties.read();
    assert_eq!(ours.session_expiry_interval, *session_expiry_interval_secs);
    assert_eq!(
        ours.receive_maximum
            .map_or(u16::MAX, |maximum| maximum.get()),
        receive_max.get()
    );
    assert_eq!(
        ours.maximum_qos.unwrap_or(QoS::ExactlyOnce).as_u8(),
        max_qos.value()
    );
    assert_eq!(
        ours.maximum_packet_size.map(|size| size.get()),
        *max_packet_size
    );
    assert_eq!(
        ours.assigned_client_identifier,
        assigned_client_id.as_deref()
    );
    assert_eq!(ours.topic_alias_maximum.unwrap_or(0), *topic_alias_max);
    for (ours, theirs) in [
        (ours.retain_available, retain_available),
        (
            ours.wildcard_subscription_available,
            wildcard_subscription_available,
        ),
        (
            ours.subscription_identifier_available,
            subscription_identifiers_available,
        ),
        (
            ours.shared_subscription_available,
            shared_subscription_available,
        ),
    ] {
        assert_eq!(ours.unwrap_or(true), *theirs);
    }
    assert_eq!(ours.server_keep_alive, *server_keepalive_sec);
    assert_eq!(ours.response_information, response_info.as_deref());
    assert_eq!(ours.server_reference, server_reference.as_deref());
    assert_eq!(ours.authentication_method, auth_method.as_deref());
    assert_eq!(
        ours.authentication_data.map(|data| data.0),
        auth_data.as_deref()
    );
    assert_eq!(ours.reason_string, reason_string.as_deref());
    pairs(ours.user_properties, user_properties);
}

fn publish(ours: &puremqtt::Publish<'_>, theirs: &rmqtt_codec::types::Publish) {
    super::same_message(ours, theirs);
    let v5::PublishProperties {
        topic_alias,
        correlation_data,
        message_expiry_interval,
        content_type,
        user_properties,
        is_utf8_payload,
        response_topic,
        subscription_ids,
    } = theirs.properties.as_ref().unwrap();
    assert_eq!(ours.topic_alias, *topic_alias);
    assert_eq!(
        ours.message_expiry_interval,
        message_expiry_interval.map(|expiry| expiry.get())
    );
    let identifiers = ours.subscription_identifiers.iter().map(|one| one.get());
    assert!(identifiers.eq(subscription_ids.iter().map(|one| one.get())));
    let ours = ours.properties.read();
    assert_eq!(ours.correlation_data, correlation_data.as_deref());
    assert_eq!(ours.content_type, content_type.as_deref());
    assert_eq!(
        ours.payload_format_indicator.is_some_and(is_text),
        *is_utf8_payload
    );
    assert_eq!(
        ours.response_topic.map(|topic| topic.as_str()),
        response_topic.as_deref()
    );
    pairs(ours.user_properties, user_properties);
}

fn ack(ours: &Ack<'_>, reason_string: Option<&str>, user_properties: &v5::UserProperties) {
    assert_eq!(ours.properties.reason_string(), reason_string);
    pairs(ours.properties.user_properties(), user_properties);
}

fn subscribe(ours: &puremqtt::Subscribe<'_>, theirs: &v5::Subscribe) {
    assert_eq!(ours.packet_id.get(), theirs.packet_id.get());
    assert_eq!(ours.subscriptions.len(), theirs.topic_filters.len());
    for (ours, (filter, options)) in ours.subscriptions.iter().zip(&theirs.topic_filters) {
        let v5::SubscriptionOptions {
            qos,
            no_local,
            retain_as_published,
            retain_handling,
        } = *options;
        assert_eq!(ours.filter.as_str(), &**filter);
        let ours = ours.options;
        assert_eq!(ours.qos.as_u8(), qos.value());
        assert_eq!(ours.no_local, no_local);
        assert_eq!(ours.retain_as_published, retain_as_published);
        assert_eq!(ours.retain_handling.as_u8(), retain_handling.into());
    }
    let ours = ours.properties.read();
    let identifier = ours.subscription_identifier.map(|one| one.get());
    assert_eq!(identifier, theirs.id.map(|one| one.get()));
    pairs(ours.user_properties, &theirs.user_properties);
}

fn suback(ours: &SubAck<'_>, reason_string: Option<&str>, user_properties: &v5::UserProperties) {
    assert_eq!(ours.properties.reason_string(), reason_string);
    pairs(ours.properties.user_properties(), user_properties);
}

fn disconnect(ours: &puremqtt::Disconnect<'_>, theirs: &v5::Disconnect) {
    let v5::Disconnect {
        reason_code,
        session_expiry_interval_secs,
        server_reference,
        reason_string,
        user_properties,
    } = theirs;
    assert_eq!(ours.reason.as_u8(), (*reason_code).into());
    let ours = ours.properties.read();
    assert_eq!(ours.session_expiry_interval, *session_expiry_interval_secs);
    assert_eq!(ours.server_reference, server_reference.as_deref());
    assert_eq!(ours.reason_string, reason_string.as_deref());
    pairs(ours.user_properties, user_properties);
}

fn auth(ours: &puremqtt::Auth<'_>, theirs: &v5::Auth) {
    let v5::Auth {
        reason_code,
        auth_method,
        auth_data,
        reason_string,
        user_properties,
    } = theirs;
    assert_eq!(ours.reason.as_u8(), (*reason_code).into());
    let ours = ours.properties.read();
    assert_eq!(ours.authentication_method, auth_method.as_deref());
    assert_eq!(
        ours.authentication_data.map(|data| data.0),
        auth_data.as_deref()
    );
    assert_eq!(ours.reason_string, reason_string.as_deref());
    pairs(ours.user_properties, user_properties);
}

fn pairs(ours: List<'_, UserProperty<'_>>, theirs: &v5::UserProperties) {
    let ours = ours.iter().map(|pair| (pair.name, pair.value));
    assert!(ours.eq(theirs.iter().map(|(name, value)| (&**name, &**value))));
}

fn is_text(format: PayloadFormat) -> bool {
    format == PayloadFormat::Utf8
}
