//! Every kind of difference between the two decoders, and what decides it: a numbered statement
//! or, where the rule has no number, the section of that version's standard that has it.
//!
//! The statement is against the rival in each of them, but for one where both may be right: a
//! CONNECT without a client identifier in [`why_let_pass`].

use DecodeErrorKind as Kind;
use PacketType::{Auth, ConnAck, Publish, SubAck, UnsubAck};
use puremqtt::{
    DecodeError, DecodeErrorKind, Field, Packet, PacketType, PropertyId, TopicErrorKind, Version,
};

/// Where the rule stands in 3.1, 3.1.1 and 5; empty where there is no such rule or difference.
type Rule = [&'static str; 3];

/// What the rival lets pass, and why it is refused. `None` for what has no reason.
pub fn why_refused(error: &DecodeError) -> Option<&'static str> {
    let rule: Rule = match (error.kind(), error.packet_type()?) {
        // It does not look at DUP.
        (Kind::DupAtQoS0, Publish) => ["2.1", "3.1.1/MQTT-3.3.1-2", "5.0/MQTT-3.3.1-2"],

        // It takes a Variable Byte Integer of any length up to four bytes.
        (Kind::IntegerNotMinimal, _) => ["", "", "5.0/MQTT-1.5.5-1"],

        // It takes text for text whatever is in it.
        (Kind::Nul(_), _) => ["2.5", "3.1.1/MQTT-1.5.3-2", "5.0/MQTT-1.5.4-2"],
        (Kind::Topic(field, kind), _) => topic(field, kind)?,

        // It lets an AUTH end after its Reason Code, as 5 allows acknowledgements to.
        (Kind::EndsBefore(Field::PropertyLength), Auth) => ["", "", "5.0/MQTT-2.2.2-1"],

        // It reads no further than the last field.
        (Kind::TrailingBytes, PacketType::PingReq) => ["3.12", "3.12", "3.12"],
        (Kind::TrailingBytes, PacketType::PingResp) => ["3.13", "3.13", "3.13"],
        (Kind::TrailingBytes, PacketType::Disconnect) => ["3.14", "3.14", ""],
        (Kind::TrailingBytes, PacketType::Connect) => ["3.1", "3.1.3", "3.1.3"],
        (Kind::TrailingBytes, ConnAck) => ["3.2", "3.2.3", ""],
        (Kind::Unflagged(Field::UserName), _) => {
            ["3.1", "3.1.1/MQTT-3.1.2-18", "5.0/MQTT-3.1.2-16"]
        }
        (Kind::Unflagged(Field::Password), _) => {
            ["3.1", "3.1.1/MQTT-3.1.2-20", "5.0/MQTT-3.1.2-18"]
        }

        // It does not hold a CONNECT's flags, name and level together.
        (Kind::WillQoSWithoutWill, _) => ["", "", "5.0/MQTT-3.1.2-11"],
        (Kind::WillRetainWithoutWill, _) => ["", "", "5.0/MQTT-3.1.2-13"],
        (Kind::PasswordWithoutUserName, _) => ["3.1", "3.1.1/MQTT-3.1.2-22", ""],
        (Kind::UnsupportedLevel(_), _) => ["3.1", "3.1.1/MQTT-3.1.2-2", ""],

        // It lets a refusal have a session, and refuse with a code that is reserved.
        (Kind::SessionPresentWithError, _) => ["", "3.1.1/MQTT-3.2.2-4", "5.0/MQTT-3.2.2-6"],
        (Kind::ReservedConnAckFlags, _) => ["3.2", "", ""],
        (Kind::ReasonCodeNotAllowed(6), ConnAck) => ["3.2", "3.1.1/MQTT-3.2.2-6", ""],

        // It drops what it does not know of the options.
        (Kind::ReservedSubscriptionOptions, _) => ["3.8", "3.1.1/MQTT-3.8.3-4", ""],
        (Kind::NoLocalOnShared, _) => ["", "", "5.0/MQTT-3.8.3-4"],

        // It counts no codes, and gives 3.1 the failure that 3.1.1 has.
        (Kind::NoReasonCode, SubAck) => ["3.9", "3.1.1/MQTT-3.8.4-5", "5.0/MQTT-3.8.4-6"],
        (Kind::NoReasonCode, UnsubAck) => ["", "", "5.0/MQTT-3.11.3-2"],
        (Kind::ReasonCodeNotAllowed(0x80), SubAck) => ["3.9", "", ""],

        // It does not look for the method that authentication needs, nor at some values.
        (Kind::NoAuthenticationMethod, PacketType::Connect) => ["", "", "3.1.2.11.10"],
        (Kind::NoAuthenticationMethod, ConnAck) => ["", "", "3.2.2.3.18"],
        (Kind::NoAuthenticationMethod, Auth) => ["", "", "3.15.2.2.2"],
        (Kind::PropertyOutOfRange(PropertyId::MAXIMUM_QOS), _) => ["", "", "3.2.2.3.4"],
        (Kind::PropertyOutOfRange(PropertyId::MAXIMUM_PACKET_SIZE), ConnAck) => {
            ["", "", "3.2.2.3.6"]
        }
        _ => return None,
    };
    place(rule, error.version()?)
}

/// It takes any text for a topic, wildcards and shares included.
fn topic(field: Field, kind: TopicErrorKind) -> Option<Rule> {
    use TopicErrorKind as Topic;
    Some(match (kind, field) {
        (Topic::WildcardInName, Field::TopicName) => {
            ["appendix A", "3.1.1/MQTT-3.3.2-2", "5.0/MQTT-3.3.2-2"]
        }
        (Topic::WildcardInName, Field::WillTopic) => {
            ["appendix A", "3.1.1/MQTT-4.7.1-1", "5.0/MQTT-4.7.0-1"]
        }
        (Topic::WildcardInName, _) => ["", "", "5.0/MQTT-3.3.2-14"],
        (Topic::MisplacedHash, _) => ["appendix A", "3.1.1/MQTT-4.7.1-2", "5.0/MQTT-4.7.1-1"],
        (Topic::MisplacedPlus, _) => ["appendix A", "3.1.1/MQTT-4.7.1-3", "5.0/MQTT-4.7.1-2"],
        (Topic::Nul, _) => ["2.5", "3.1.1/MQTT-4.7.3-2", "5.0/MQTT-4.7.3-2"],
        (Topic::Empty, _) => ["appendix A", "3.1.1/MQTT-4.7.3-1", "5.0/MQTT-4.7.3-1"],
        (Topic::EmptyShareName, _) => ["", "", "5.0/MQTT-4.8.2-1"],
        (Topic::WildcardInShareName | Topic::ShareWithoutFilter, _) => ["", "", "5.0/MQTT-4.8.2-2"],
        _ => return None,
    })
}

/// What the rival refuses, and why it passes here. `None` for what has no reason.
pub fn why_let_pass(version: Version, packet: &Packet<'_>) -> Option<&'static str> {
    let rule: Rule = match packet {
        // Both may be right in 3.1 and 3.1.1, where such a CONNECT has to be answered with
        // "identifier rejected" and cannot be, once its decoder has failed. MQTT 5 allows it.
        Packet::Connect(connect) if connect.client_id.is_empty() && !connect.clean_start => {
            ["3.1", "3.1.1/MQTT-3.1.3-8", "5.0/MQTT-3.1.3-6"]
        }
        // A message may have expired.
        Packet::Connect(connect)
            if connect
                .will
                .is_some_and(|will| will.message_expiry_interval == Some(0)) =>
        {
            ["", "", "3.1.3.2.4"]
        }
        Packet::Publish(publish) if publish.message_expiry_interval == Some(0) => {
            ["", "", "3.3.2.3.3"]
        }
        // 3.1 lets a CONNECT end where a user name or a password would follow.
        Packet::Connect(connect) if connect.user_name.is_none() || connect.password.is_none() => {
            ["3.1", "", ""]
        }
        // 3.1 has DUP with these too.
        Packet::PubRel(ack) if ack.dup => ["3.6", "", ""],
        Packet::Subscribe(subscribe) if subscribe.dup => ["3.8", "", ""],
        Packet::Unsubscribe(unsubscribe) if unsubscribe.dup => ["3.10", "", ""],
        _ => return None,
    };
    place(rule, version)
}

fn place([v3_1, v3_1_1, v5]: Rule, version: Version) -> Option<&'static str> {
    let place = match version {
        Version::V3_1 => v3_1,
        Version::V3_1_1 => v3_1_1,
        Version::V5 => v5,
    };
    (!place.is_empty()).then_some(place)
}
