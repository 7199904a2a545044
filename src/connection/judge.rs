//! What either side may send at all.

use super::Limits;
use crate::packet::{Foreign, Packet, PropertyId, Role, Version};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind as Kind};
use crate::topic::TopicFilter;

/// Refuses what `sender` never sends: other decoders than its own let it through.
pub(super) fn role(
    packet: &Packet<'_>,
    sender: Role,
    version: Version,
) -> Result<(), ProtocolError> {
    let packet_type = packet.packet_type();
    let kind = if !packet_type.is_sent_by(sender, version) {
        Kind::WrongDirection(sender)
    } else {
        match packet.foreign_to(sender) {
            None => return Ok(()),
            Some(Foreign::Property(id)) => Kind::PropertyOfOtherRole(id),
            Some(Foreign::Reason(reason)) => Kind::ReasonCodeOfOtherRole(reason),
        }
    };
    Err(ProtocolError::new(kind, packet_type, version).from_role(sender))
}

/// A property that goes with problem information alone, in a packet that is
/// to be without.
pub(super) fn problem_information(packet: &Packet<'_>) -> Option<PropertyId> {
    let (has_reason, has_user_properties) = match packet {
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => (
            ack.properties.reason_string().is_some(),
            !ack.properties.user_properties().is_empty(),
        ),
        Packet::SubAck(suback) | Packet::UnsubAck(suback) => (
            suback.properties.reason_string().is_some(),
            !suback.properties.user_properties().is_empty(),
        ),
        Packet::Auth(auth) => (
            auth.properties.reason_string().is_some(),
            !auth.properties.user_properties().is_empty(),
        ),
        _ => (false, false),
    };
    if has_reason {
        return Some(PropertyId::REASON_STRING);
    }
    has_user_properties.then_some(PropertyId::USER_PROPERTY)
}

/// How many, of which a packet has fewer than 268,435,456.
pub(super) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What a server with these limits does not take of a SUBSCRIBE.
pub(super) fn subscription<'a>(
    server: &Limits,
    mut filters: impl Iterator<Item = TopicFilter<'a>> + Clone,
    identified: bool,
) -> Option<Kind> {
    if identified && !server.subscription_identifier_available {
        return Some(Kind::SubscriptionIdentifiersNotSupported);
    }
    if !server.shared_subscription_available && filters.clone().any(TopicFilter::is_shared) {
        return Some(Kind::SharedSubscriptionsNotSupported);
    }
    if !server.wildcard_subscription_available && filters.any(TopicFilter::has_wildcards) {
        return Some(Kind::WildcardSubscriptionsNotSupported);
    }
    None
}
