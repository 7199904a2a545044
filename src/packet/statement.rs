//! Which numbered statement a broken rule is. The same number often means
//! different things in the two standards, so each has a table of its own.

use super::error::DecodeErrorKind as Kind;
use super::{Field, PacketType, PropertyId, Role};
use crate::topic::{TopicError, TopicErrorKind};

/// The statement of MQTT 3.1.1.
pub(super) const fn v3_1_1(kind: Kind, packet_type: Option<PacketType>) -> Option<&'static str> {
    use PacketType::{
        PubAck, PubComp, PubRec, PubRel, Publish, SubAck, Subscribe, UnsubAck, Unsubscribe,
    };
    Some(match (kind, packet_type) {
        (Kind::ReservedFlags, Some(PubRel)) => "3.1.1/MQTT-3.6.1-1",
        (Kind::ReservedFlags, Some(Subscribe)) => "3.1.1/MQTT-3.8.1-1",
        (Kind::ReservedFlags, Some(Unsubscribe)) => "3.1.1/MQTT-3.10.1-1",
        (Kind::ReservedFlags, Some(PacketType::Disconnect)) => "3.1.1/MQTT-3.14.1-1",
        (Kind::ReservedFlags, _) => "3.1.1/MQTT-2.2.2-2",
        (Kind::QoS3(Field::ConnectFlags), _) => "3.1.1/MQTT-3.1.2-14",
        (Kind::QoS3(Field::SubscriptionOptions) | Kind::ReservedSubscriptionOptions, _) => {
            "3.1.1/MQTT-3.8.3-4"
        }
        (Kind::QoS3(_), _) => "3.1.1/MQTT-3.3.1-4",
        (Kind::DupAtQoS0, _) => "3.1.1/MQTT-3.3.1-2",
        (Kind::UnknownProtocolName, _) => "3.1.1/MQTT-3.1.2-1",
        (Kind::UnsupportedLevel(_), _) => "3.1.1/MQTT-3.1.2-2",
        (Kind::ReservedConnectFlag, _) => "3.1.1/MQTT-3.1.2-3",
        (Kind::EndsBefore(Field::WillTopic | Field::WillPayload), _) => "3.1.1/MQTT-3.1.2-9",
        (Kind::WillQoSWithoutWill, _) => "3.1.1/MQTT-3.1.2-13",
        (Kind::WillRetainWithoutWill, _) => "3.1.1/MQTT-3.1.2-15",
        (Kind::Unflagged(Field::UserName), _) => "3.1.1/MQTT-3.1.2-18",
        (Kind::EndsBefore(Field::UserName), _) => "3.1.1/MQTT-3.1.2-19",
        (Kind::Unflagged(Field::Password), _) => "3.1.1/MQTT-3.1.2-20",
        (Kind::EndsBefore(Field::Password), _) => "3.1.1/MQTT-3.1.2-21",
        (Kind::PasswordWithoutUserName, _) => "3.1.1/MQTT-3.1.2-22",
        (Kind::EndsBefore(Field::ClientIdentifier), _) => "3.1.1/MQTT-3.1.3-3",
        (Kind::NotUtf8(Field::ClientIdentifier), _) => "3.1.1/MQTT-3.1.3-4",
        (Kind::NotUtf8(Field::WillTopic), _) => "3.1.1/MQTT-3.1.3-10",
        (Kind::NotUtf8(Field::UserName), _) => "3.1.1/MQTT-3.1.3-11",
        (Kind::NotUtf8(Field::TopicName) | Kind::EndsBefore(Field::TopicName), _) => {
            "3.1.1/MQTT-3.3.2-1"
        }
        (Kind::NotUtf8(Field::TopicFilter), Some(Subscribe)) => "3.1.1/MQTT-3.8.3-1",
        (Kind::NotUtf8(Field::TopicFilter), Some(Unsubscribe)) => "3.1.1/MQTT-3.10.3-1",
        (Kind::NotUtf8(_) | Kind::Surrogate(_), _) => "3.1.1/MQTT-1.5.3-1",
        (Kind::Nul(_), _) => "3.1.1/MQTT-1.5.3-2",
        (Kind::PacketIdZero, Some(Publish | Subscribe | Unsubscribe)) => "3.1.1/MQTT-2.3.1-1",
        (Kind::PacketIdZero, Some(PubAck | PubRec | PubRel | PubComp)) => "3.1.1/MQTT-2.3.1-6",
        (Kind::PacketIdZero, Some(SubAck | UnsubAck)) => "3.1.1/MQTT-2.3.1-7",
        (Kind::Topic(Field::TopicName, TopicErrorKind::WildcardInName), _) => "3.1.1/MQTT-3.3.2-2",
        (Kind::Topic(_, kind), _) => return TopicError::new(kind, 0).statement_v3_1_1(),
        (Kind::NoTopicFilter, Some(Unsubscribe)) => "3.1.1/MQTT-3.10.3-2",
        (Kind::NoTopicFilter, _) => "3.1.1/MQTT-3.8.3-3",
        (Kind::NoReasonCode, _) => "3.1.1/MQTT-3.8.4-5",
        (Kind::ReasonCodeNotAllowed(_), Some(PacketType::ConnAck)) => "3.1.1/MQTT-3.2.2-6",
        (Kind::ReasonCodeNotAllowed(_), Some(SubAck)) => "3.1.1/MQTT-3.9.3-2",
        (Kind::SessionPresentWithError, _) => "3.1.1/MQTT-3.2.2-4",
        _ => return None,
    })
}

/// The statement of MQTT 5; `sender` decides where it binds one role.
pub(super) const fn v5(
    kind: Kind,
    packet_type: Option<PacketType>,
    sender: Option<Role>,
) -> Option<&'static str> {
    use PacketType::{
        Auth, ConnAck, Disconnect, PubAck, PubComp, PubRec, PubRel, Publish, SubAck, Subscribe,
        UnsubAck, Unsubscribe,
    };
    Some(match (kind, packet_type) {
        (Kind::ReservedFlags, Some(PubRel)) => "5.0/MQTT-3.6.1-1",
        (Kind::ReservedFlags, Some(Subscribe)) => "5.0/MQTT-3.8.1-1",
        (Kind::ReservedFlags, Some(Unsubscribe)) => "5.0/MQTT-3.10.1-1",
        (Kind::ReservedFlags, Some(Disconnect)) => "5.0/MQTT-3.14.1-1",
        (Kind::ReservedFlags, Some(Auth)) => "5.0/MQTT-3.15.1-1",
        (Kind::ReservedFlags, _) => "5.0/MQTT-2.1.3-1",
        (Kind::QoS3(Field::ConnectFlags), _) => "5.0/MQTT-3.1.2-12",
        (Kind::QoS3(_), Some(Publish)) => "5.0/MQTT-3.3.1-4",
        (Kind::DupAtQoS0, _) => "5.0/MQTT-3.3.1-2",
        (Kind::IntegerTooLong | Kind::IntegerNotMinimal, _) => "5.0/MQTT-1.5.5-1",
        (Kind::PacketTooLarge { .. }, _) => match sender {
            Some(Role::Client) => "5.0/MQTT-3.2.2-15",
            Some(Role::Server) => "5.0/MQTT-3.1.2-24",
            None => return None,
        },
        (Kind::ConnectExpected, _) => "5.0/MQTT-3.1.0-1",
        (Kind::UnknownProtocolName, _) => "5.0/MQTT-3.1.2-1",
        (Kind::UnsupportedLevel(_), _) => "5.0/MQTT-3.1.2-2",
        (Kind::ReservedConnectFlag, _) => "5.0/MQTT-3.1.2-3",
        (Kind::EndsBefore(Field::WillProperties | Field::WillTopic | Field::WillPayload), _) => {
            "5.0/MQTT-3.1.2-9"
        }
        (Kind::WillQoSWithoutWill, _) => "5.0/MQTT-3.1.2-11",
        (Kind::WillRetainWithoutWill, _) => "5.0/MQTT-3.1.2-13",
        (Kind::Unflagged(Field::UserName), _) => "5.0/MQTT-3.1.2-16",
        (Kind::EndsBefore(Field::UserName), _) => "5.0/MQTT-3.1.2-17",
        (Kind::Unflagged(Field::Password), _) => "5.0/MQTT-3.1.2-18",
        (Kind::EndsBefore(Field::Password), _) => "5.0/MQTT-3.1.2-19",
        (Kind::EndsBefore(Field::ClientIdentifier), _) => "5.0/MQTT-3.1.3-3",
        (Kind::NotUtf8(Field::ClientIdentifier), _) => "5.0/MQTT-3.1.3-4",
        (Kind::NotUtf8(Field::WillTopic), _) => "5.0/MQTT-3.1.3-11",
        (Kind::NotUtf8(Field::UserName), _) => "5.0/MQTT-3.1.3-12",
        (Kind::NotUtf8(Field::TopicName) | Kind::EndsBefore(Field::TopicName), _) => {
            "5.0/MQTT-3.3.2-1"
        }
        (Kind::NotUtf8(Field::TopicFilter), Some(Subscribe)) => "5.0/MQTT-3.8.3-1",
        (Kind::NotUtf8(Field::TopicFilter), Some(Unsubscribe)) => "5.0/MQTT-3.10.3-1",
        (Kind::NotUtf8(Field::Property(PropertyId::RESPONSE_TOPIC)), _) => "5.0/MQTT-3.3.2-13",
        (Kind::NotUtf8(Field::Property(PropertyId::CONTENT_TYPE)), _) => "5.0/MQTT-3.3.2-19",
        (Kind::NotUtf8(Field::Property(PropertyId::USER_PROPERTY)), _) => "5.0/MQTT-1.5.7-1",
        (Kind::NotUtf8(_) | Kind::Surrogate(_), _) => "5.0/MQTT-1.5.4-1",
        (Kind::Nul(_), _) => "5.0/MQTT-1.5.4-2",
        (Kind::EndsBefore(Field::PropertyLength), _) => "5.0/MQTT-2.2.2-1",
        (Kind::PacketIdZero, Some(Publish)) if matches!(sender, Some(Role::Server)) => {
            "5.0/MQTT-2.2.1-4"
        }
        (Kind::PacketIdZero, Some(Publish | Subscribe | Unsubscribe)) => "5.0/MQTT-2.2.1-3",
        (Kind::PacketIdZero, Some(PubAck | PubRec | PubRel | PubComp)) => "5.0/MQTT-2.2.1-5",
        (Kind::PacketIdZero, Some(SubAck | UnsubAck)) => "5.0/MQTT-2.2.1-6",
        (Kind::Topic(Field::TopicName, TopicErrorKind::WildcardInName), _) => "5.0/MQTT-3.3.2-2",
        (Kind::Topic(Field::Property(_), TopicErrorKind::WildcardInName), _) => "5.0/MQTT-3.3.2-14",
        (Kind::Topic(_, kind), _) => TopicError::new(kind, 0).statement_v5(),
        (Kind::NoTopicFilter, Some(Unsubscribe)) => "5.0/MQTT-3.10.3-2",
        (Kind::NoTopicFilter, _) => "5.0/MQTT-3.8.3-2",
        (Kind::NoReasonCode, Some(SubAck)) => "5.0/MQTT-3.8.4-6",
        (Kind::NoReasonCode, _) => "5.0/MQTT-3.11.3-2",
        (Kind::NoLocalOnShared, _) => "5.0/MQTT-3.8.3-4",
        (Kind::ReservedSubscriptionOptions, _) => "5.0/MQTT-3.8.3-5",
        (Kind::ReservedConnAckFlags, _) => "5.0/MQTT-3.2.2-1",
        (Kind::SessionPresentWithError, _) => "5.0/MQTT-3.2.2-6",
        (Kind::ReasonCodeNotAllowed(_), Some(ConnAck)) => "5.0/MQTT-3.2.2-8",
        (Kind::ReasonCodeNotAllowed(_), Some(PubAck)) => "5.0/MQTT-3.4.2-1",
        (Kind::ReasonCodeNotAllowed(_), Some(PubRec)) => "5.0/MQTT-3.5.2-1",
        (Kind::ReasonCodeNotAllowed(_), Some(PubRel)) => "5.0/MQTT-3.6.2-1",
        (Kind::ReasonCodeNotAllowed(_), Some(PubComp)) => "5.0/MQTT-3.7.2-1",
        (Kind::ReasonCodeNotAllowed(_), Some(SubAck)) => "5.0/MQTT-3.9.3-2",
        (Kind::ReasonCodeNotAllowed(_), Some(UnsubAck)) => "5.0/MQTT-3.11.3-2",
        (Kind::ReasonCodeNotAllowed(_), Some(Disconnect)) => "5.0/MQTT-3.14.2-1",
        (Kind::ReasonCodeNotAllowed(_), Some(Auth)) => "5.0/MQTT-3.15.2-1",
        (Kind::PropertyOfOtherRole(PropertyId::SUBSCRIPTION_IDENTIFIER), _) => "5.0/MQTT-3.3.4-6",
        (Kind::PropertyOfOtherRole(PropertyId::SESSION_EXPIRY_INTERVAL), _) => "5.0/MQTT-3.14.2-2",
        (Kind::ReasonCodeOfOtherRole(_), Some(Disconnect)) => "5.0/MQTT-3.14.2-1",
        (Kind::ReasonCodeOfOtherRole(_), _) => match sender {
            Some(Role::Server) => "5.0/MQTT-4.12.0-2",
            Some(Role::Client) | None => "5.0/MQTT-4.12.0-3",
        },
        (Kind::TopicAliasZero, _) => "5.0/MQTT-3.3.2-8",
        (Kind::TopicAliasInvalid { .. }, _) => match sender {
            Some(Role::Server) => "5.0/MQTT-3.3.2-11",
            Some(Role::Client) | None => "5.0/MQTT-3.3.2-9",
        },
        _ => return None,
    })
}
