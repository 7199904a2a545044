//! Tables of broken rules: the statement and the reason code of each.

use super::ProtocolErrorKind as Kind;
use super::*;
use std::string::ToString;

fn statement(
    version: Version,
    (kind, packet_type): (Kind, PacketType),
    sender: Role,
) -> Option<&'static str> {
    let error = ProtocolError::new(kind, packet_type, version).from_role(sender);
    // 3.1 has no numbers.
    let oldest = ProtocolError::new(kind, packet_type, Version::V3_1).from_role(sender);
    assert_eq!(oldest.statement(), None);
    assert_eq!(oldest.to_string(), std::format!("{packet_type}: {kind}"));
    if let Some(number) = error.statement() {
        assert_eq!(error.to_string(), std::format!("{oldest} ({number})"));
    }
    error.statement()
}

#[test]
fn a_broken_rule_of_3_1_1_has_the_number_of_its_statement() {
    use PacketType::{ConnAck, Connect, PingReq, Publish, SubAck, Subscribe, UnsubAck};
    use Role::{Client, Server};
    let codes = Kind::CodeCount {
        filters: 1,
        codes: 2,
    };
    for (kind, packet_type, sender, number) in [
        (Kind::ConnectExpected, Publish, Client, Some("3.1.0-1")),
        (Kind::SecondConnect, Connect, Client, Some("3.1.0-2")),
        (Kind::KeepAliveTimeout, PingReq, Client, Some("3.1.2-24")),
        (
            Kind::EmptyClientIdentifier,
            Connect,
            Client,
            Some("3.1.3-8"),
        ),
        (Kind::ConnAckExpected, Publish, Server, Some("3.2.0-1")),
        (
            Kind::SessionPresentAfterCleanStart,
            ConnAck,
            Server,
            Some("3.2.2-1"),
        ),
        (Kind::PacketIdInUse, Subscribe, Client, Some("2.3.1-2")),
        (Kind::PacketIdInUse, Publish, Server, Some("2.3.1-4")),
        (codes, SubAck, Server, Some("3.8.4-5")),
        (codes, UnsubAck, Server, None),
        (Kind::WrongExchange, SubAck, Server, None),
    ] {
        let found = statement(Version::V3_1_1, (kind, packet_type), sender);
        let expected = number.map(|number| std::format!("3.1.1/MQTT-{number}"));
        assert_eq!(found, expected.as_deref(), "{kind}");
    }
}

#[test]
fn a_broken_rule_of_5_has_the_number_of_its_statement() {
    use PacketType::{
        Auth, ConnAck, Connect, Disconnect, PingReq, Publish, SubAck, Subscribe, UnsubAck,
    };
    use Role::{Client, Server};
    let codes = Kind::CodeCount {
        filters: 1,
        codes: 2,
    };
    let qos = Kind::QoSNotSupported(QoS::ExactlyOnce);
    let foreign = Kind::PropertyOfOtherRole;
    let not_asked = Kind::PropertyNotRequested;
    let again = Kind::UnexpectedAuth(ReasonCode::RE_AUTHENTICATE);
    let done = Kind::UnexpectedAuth(ReasonCode::SUCCESS);
    for (kind, packet_type, sender, number) in [
        (Kind::ConnectExpected, Publish, Client, Some("3.1.0-1")),
        (Kind::SecondConnect, Connect, Client, Some("3.1.0-2")),
        (Kind::KeepAliveTimeout, PingReq, Client, Some("3.1.2-22")),
        (
            not_asked(PropertyId::RESPONSE_INFORMATION),
            ConnAck,
            Server,
            Some("3.1.2-28"),
        ),
        (
            not_asked(PropertyId::REASON_STRING),
            SubAck,
            Server,
            Some("3.1.2-29"),
        ),
        (Kind::AuthExpected, Publish, Client, Some("3.1.2-30")),
        (Kind::ConnAckExpected, Publish, Server, Some("3.2.0-1")),
        (Kind::SecondConnAck, ConnAck, Server, Some("3.2.0-2")),
        (
            Kind::SessionPresentAfterCleanStart,
            ConnAck,
            Server,
            Some("3.2.2-2"),
        ),
        (Kind::UnknownSession, ConnAck, Server, Some("3.2.2-4")),
        (qos, Connect, Client, Some("3.2.2-12")),
        (qos, Publish, Client, Some("3.2.2-11")),
        (Kind::RetainNotSupported, Connect, Client, Some("3.2.2-13")),
        (Kind::RetainNotSupported, Publish, Client, Some("3.2.2-14")),
        (
            Kind::ReceiveMaximumExceeded,
            Publish,
            Client,
            Some("3.3.4-7"),
        ),
        (
            Kind::ReceiveMaximumExceeded,
            Publish,
            Server,
            Some("3.3.4-9"),
        ),
        (
            foreign(PropertyId::SUBSCRIPTION_IDENTIFIER),
            Publish,
            Client,
            Some("3.3.4-6"),
        ),
        (
            foreign(PropertyId::SESSION_EXPIRY_INTERVAL),
            Disconnect,
            Server,
            Some("3.14.2-2"),
        ),
        (
            foreign(PropertyId::SERVER_REFERENCE),
            Disconnect,
            Client,
            None,
        ),
        (codes, SubAck, Server, Some("3.8.4-6")),
        (codes, UnsubAck, Server, Some("3.11.3-1")),
        (done, Auth, Server, Some("4.12.0-2")),
        (again, Auth, Client, Some("4.12.1-1")),
        (done, Auth, Client, Some("4.12.0-3")),
        (
            Kind::AuthenticationMethodChanged,
            Auth,
            Client,
            Some("4.12.0-5"),
        ),
        (Kind::NoAuthenticationMethod, Auth, Server, Some("4.12.0-6")),
        (Kind::NoAuthenticationMethod, Auth, Client, Some("4.12.0-7")),
        (
            Kind::SubscriptionIdentifiersNotSupported,
            Subscribe,
            Client,
            None,
        ),
    ] {
        let found = statement(Version::V5, (kind, packet_type), sender);
        let expected = number.map(|number| std::format!("5.0/MQTT-{number}"));
        assert_eq!(found, expected.as_deref(), "{kind}");
    }
}

/// Section 4.13, and 3.14.2.1.
#[test]
fn a_broken_rule_is_reported_with_its_code() {
    for (kind, code) in [
        (Kind::WrongExchange, 0x82),
        (Kind::SecondConnect, 0x82),
        (Kind::ReceiveMaximumExceeded, 0x93),
        (Kind::EmptyClientIdentifier, 0x85),
        (Kind::QoSNotSupported(QoS::AtLeastOnce), 0x9b),
        (Kind::RetainNotSupported, 0x9a),
        (Kind::WildcardSubscriptionsNotSupported, 0xa2),
        (Kind::SharedSubscriptionsNotSupported, 0x9e),
        (Kind::SubscriptionIdentifiersNotSupported, 0xa1),
        (Kind::KeepAliveTimeout, 0x8d),
        (Kind::Undecided, 0x80),
        (Kind::ConnectTimeout, 0x80),
        (Kind::AuthTimeout, 0x80),
        (Kind::ConnAckTimeout, 0x80),
        (Kind::PingRespTimeout, 0x80),
    ] {
        assert_eq!(kind.reason().as_u8(), code, "{kind}");
    }
}
