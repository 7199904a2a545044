//! What holds for every packet: how it is read and printed, how it may be
//! refused, and how its bytes may differ from those it was read from.
#![allow(dead_code, reason = "each target needs a part of it")]

use puremqtt::{
    Connect, DecodeError, Decoder, EncodeError, Encoder, Field, Item, List, Packet, ReasonCode,
    TopicFilter, Version,
};

pub(crate) const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];

/// Reads what either side sends, Topic Aliases as they came.
pub(crate) fn observer(version: Version) -> Decoder {
    let mut decoder = Decoder::observer();
    decoder.set_version(version);
    decoder
}

/// Writes what either side sends, any Topic Alias included.
pub(crate) fn encoder(version: Version) -> Encoder {
    Encoder::new(version).with_topic_alias_maximum(u16::MAX)
}

/// The bytes of a packet that its version can say.
pub(crate) fn wire(version: Version, packet: Packet<'_>) -> Vec<u8> {
    let mut wire = Vec::new();
    let result = encoder(version).encode(packet, &mut wire);
    assert_eq!(result, Ok(()), "{packet:?}");
    wire
}

/// The version whose rules a decoded packet was read by.
pub(crate) fn read_as(packet: &Packet<'_>, version: Version) -> Version {
    match packet {
        Packet::Connect(connect) => connect.version,
        _ => version,
    }
}

/// Encoding and decoding give the same packet, and then the same bytes.
pub(crate) fn comes_back(version: Version, packet: Packet<'_>) -> Vec<u8> {
    let bytes = wire(version, packet);
    assert_eq!(encoder(version).encoded_len(packet), Ok(bytes.len()));
    let mut decoder = observer(version);
    assert_eq!(decoder.frame_len(&bytes), Ok(Some(bytes.len())));
    let (back, used) = decoder.decode(&bytes).expect("MQTT").expect("all of it");
    assert_eq!(used, bytes.len(), "{packet:?}");
    assert_eq!(back, packet);
    assert_eq!(packet, back);
    assert_eq!(wire(version, back), bytes, "{packet:?}");
    bytes
}

/// Every property and every item, each way there is to read them.
pub(crate) fn read_all(packet: &Packet<'_>) {
    macro_rules! read {
        ($properties:expr => $($field:ident)*) => {{
            let properties = $properties;
            let all = properties.read();
            $(assert!(all.$field == properties.$field());)*
            assert!(all.user_properties == properties.user_properties());
            list(&properties.user_properties());
            let none = properties == Default::default();
            assert_eq!(properties.is_empty(), none);
        }};
    }
    match packet {
        Packet::Connect(connect) => {
            read!(connect.properties => session_expiry_interval receive_maximum
                maximum_packet_size topic_alias_maximum request_response_information
                request_problem_information authentication_method authentication_data);
            if let Some(will) = connect.will {
                read!(will.properties => payload_format_indicator content_type response_topic
                    correlation_data);
            }
        }
        Packet::ConnAck(connack) => {
            read!(connack.properties => session_expiry_interval receive_maximum maximum_qos
                retain_available maximum_packet_size assigned_client_identifier
                topic_alias_maximum reason_string wildcard_subscription_available
                subscription_identifier_available shared_subscription_available
                server_keep_alive response_information server_reference authentication_method
                authentication_data);
        }
        Packet::Publish(publish) => {
            list(&publish.subscription_identifiers);
            read!(publish.properties => payload_format_indicator content_type response_topic
                correlation_data);
        }
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            read!(ack.properties => reason_string);
        }
        Packet::Subscribe(subscribe) => {
            list(&subscribe.subscriptions);
            read!(subscribe.properties => subscription_identifier);
        }
        Packet::SubAck(suback) | Packet::UnsubAck(suback) => {
            list(&suback.reasons);
            read!(suback.properties => reason_string);
        }
        Packet::Unsubscribe(unsubscribe) => {
            list(&unsubscribe.filters);
            read!(unsubscribe.properties => );
        }
        Packet::PingReq | Packet::PingResp => {}
        Packet::Disconnect(disconnect) => {
            read!(disconnect.properties => session_expiry_interval reason_string server_reference);
        }
        Packet::Auth(auth) => {
            read!(auth.properties => authentication_method authentication_data reason_string);
        }
    }
}

fn list<'a, T: Item<'a>>(list: &List<'a, T>) {
    assert_eq!(list.iter().count(), list.len());
    assert_eq!(list.is_empty(), list.iter().next().is_none());
}

/// The packet in print: one line without control characters.
pub(crate) fn line(packet: &Packet<'_>) -> String {
    let line = packet.to_string();
    assert!(line.starts_with(packet.packet_type().name()), "{line}");
    assert!(!line.chars().any(char::is_control), "{line:?}");
    line
}

/// What was read can be written, but for what only decoding lets pass.
pub(crate) fn is_read_but_not_written(packet: &Packet<'_>, error: EncodeError) -> bool {
    match (packet, error) {
        // A server answers it with a code of its own.
        (Packet::Connect(connect), EncodeError::EmptyClientIdentifier) => is_nameless(connect),
        // The standard's two tables of codes differ in this one.
        (Packet::Disconnect(disconnect), EncodeError::ReasonCodeNotAllowed { .. }) => {
            disconnect.reason == ReasonCode::BAD_AUTHENTICATION_METHOD
        }
        _ => false,
    }
}

/// What `Packet::for_version` leaves unsayable.
pub(crate) fn is_beyond_version(packet: &Packet<'_>, version: Version, error: EncodeError) -> bool {
    let v5 = version == Version::V5;
    match (packet, error) {
        (Packet::Auth(_), EncodeError::NotInVersion { .. }) => !v5,
        (Packet::ConnAck(connack), EncodeError::ReasonCodeNotAllowed { .. }) => {
            !v5 && connack.reason.return_code().is_none()
        }
        (Packet::Publish(publish), EncodeError::EmptyTopic(Field::TopicName)) => {
            !v5 && publish.topic.is_empty()
        }
        (Packet::Connect(connect), EncodeError::PasswordWithoutUserName) => {
            !v5 && connect.password.is_some() && connect.user_name.is_none()
        }
        (Packet::UnsubAck(unsuback), EncodeError::NoReasonCode) => {
            v5 && unsuback.reasons.is_empty()
        }
        // An ordinary filter of 3.x that MQTT 5 reads as a share.
        (Packet::Subscribe(subscribe), EncodeError::NotInVersion { .. }) => {
            let mut filters = subscribe.subscriptions.iter().map(|one| one.filter);
            v5 && filters.any(is_unshared_share)
        }
        (Packet::Unsubscribe(unsubscribe), EncodeError::NotInVersion { .. }) => {
            v5 && unsubscribe.filters.iter().any(is_unshared_share)
        }
        _ => is_read_but_not_written(packet, error),
    }
}

fn is_nameless(connect: &Connect<'_>) -> bool {
    let needs_name = match connect.version {
        Version::V3_1 => true,
        Version::V3_1_1 => !connect.clean_start,
        Version::V5 => false,
    };
    needs_name && connect.client_id.is_empty()
}

fn is_unshared_share(filter: TopicFilter<'_>) -> bool {
    !filter.is_shared() && filter.as_str().starts_with("$share/")
}

/// True when a filter is shared, which 3.x has no way to read back.
pub(crate) fn has_share(packet: &Packet<'_>) -> bool {
    match packet {
        Packet::Subscribe(subscribe) => {
            let mut subscriptions = subscribe.subscriptions.iter();
            subscriptions.any(|subscription| subscription.filter.is_shared())
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut filters = unsubscribe.filters.iter();
            filters.any(TopicFilter::is_shared)
        }
        _ => false,
    }
}

/// Each version has a nearest packet, once and for all, which it can say or
/// which is one of the few exceptions.
pub(crate) fn crosses_versions(packet: Packet<'_>) {
    for version in VERSIONS {
        let crossed = packet.for_version(version);
        assert_eq!(crossed.packet_type(), packet.packet_type());
        assert_eq!(crossed.for_version(version), crossed);
        let mut bytes = Vec::new();
        match encoder(version).encode(crossed, &mut bytes) {
            Ok(()) if has_share(&crossed) && version != Version::V5 => {
                let mut decoder = observer(version);
                let (back, _) = decoder.decode(&bytes).expect("MQTT").expect("all of it");
                assert_eq!(wire(version, back), bytes);
            }
            Ok(()) => drop(comes_back(version, crossed)),
            Err(error) => {
                assert!(
                    is_beyond_version(&crossed, version, error),
                    "{error}: {crossed:?}"
                );
                assert!(bytes.is_empty());
            }
        }
    }
}

/// Decoding `bytes` fails well, or gives a packet that encodes to these bytes
/// or to the shortest that say the same. Gives what was decoded, in bytes.
pub(crate) fn decodes_soundly(
    decoder: &mut Decoder,
    version: Version,
    bytes: &[u8],
) -> Result<Option<usize>, DecodeError> {
    let frame_len = decoder.frame_len(bytes);
    let needed = decoder.needed(bytes);
    let (packet, used) = match decoder.decode(bytes) {
        Ok(Some(found)) => found,
        Ok(None) => {
            assert_eq!(frame_len, Ok(None), "{bytes:02x?}");
            assert!(needed > 0, "{bytes:02x?}");
            return Ok(None);
        }
        Err(error) => {
            assert!(error.offset() <= bytes.len(), "{error}: {bytes:02x?}");
            fails_for_good(decoder, error);
            return Err(error);
        }
    };
    assert_eq!(frame_len, Ok(Some(used)), "{bytes:02x?}");
    assert_eq!(needed, 0);
    read_all(&packet);
    encodes_soundly(read_as(&packet, version), packet, &bytes[..used]);
    Ok(Some(used))
}

/// Whatever comes after an error, it stays the same.
fn fails_for_good(decoder: &mut Decoder, error: DecodeError) {
    assert_eq!(decoder.decode(b"\xc0\x00"), Err(error));
    assert_eq!(decoder.decode(b""), Err(error));
    assert_eq!(decoder.frame_len(b"\xc0\x00"), Err(error));
    assert_eq!(decoder.needed(b""), 0);
}

/// A packet that was read from `original` encodes to it, or to a shorter form of it.
pub(crate) fn encodes_soundly(version: Version, packet: Packet<'_>, original: &[u8]) {
    let mut bytes = Vec::new();
    match encoder(version).encode(packet, &mut bytes) {
        Ok(()) => {
            assert!(
                bytes == original || is_short_for(&bytes, original, &packet, version),
                "{bytes:02x?} for {original:02x?}"
            );
            assert_eq!(comes_back(version, packet), bytes);
        }
        Err(error) => {
            assert!(
                is_read_but_not_written(&packet, error),
                "{error}: {packet:?}"
            );
            assert!(bytes.is_empty());
        }
    }
}

/// The three ways in which what was read is longer than what is written.
fn is_short_for(bytes: &[u8], original: &[u8], packet: &Packet<'_>, version: Version) -> bool {
    let (first, body) = split(bytes);
    let (original_first, original_body) = split(original);
    if first != original_first {
        return false;
    }
    match (version, packet) {
        // A reason of 0 and empty properties, which may be left out.
        (
            Version::V5,
            Packet::PubAck(_)
            | Packet::PubRec(_)
            | Packet::PubRel(_)
            | Packet::PubComp(_)
            | Packet::Disconnect(_),
        ) => matches!(original_body.strip_prefix(body), Some([0] | [0, 0])),
        (Version::V5, _) => false,
        // Flags of a user name or password that is not there, after the longer protocol name.
        (Version::V3_1, Packet::Connect(_)) => {
            let without = |body: &[u8]| (body[9] & 0b0011_1111, [&body[..9], &body[10..]].concat());
            without(body) == without(original_body)
        }
        // A Remaining Length of more bytes than it needs.
        (Version::V3_1 | Version::V3_1_1, _) => body == original_body,
    }
}

/// The first byte and what follows the Remaining Length.
pub(crate) fn split(packet: &[u8]) -> (u8, &[u8]) {
    let length = packet[1..].iter().take_while(|&&byte| byte >= 0x80).count() + 1;
    (packet[0], &packet[1 + length..])
}

/// A fixed header of its own for a body.
pub(crate) fn join(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    packet.extend(varint(body.len()));
    packet.extend(body);
    packet
}

/// The shortest Variable Byte Integer.
pub(crate) fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value % 128) as u8;
        value /= 128;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
