#![allow(clippy::unwrap_used, reason = "a test may panic")]

use puremqtt::PayloadFormat;

use super::*;

fn read(lines: &[&str]) -> Result<Properties, Stop> {
    let mut properties = Properties::default();
    for line in lines {
        properties.take(&mut Arguments::new(line.split_whitespace()))?;
    }
    Ok(properties)
}

fn fault(lines: &[&str]) -> String {
    match read(lines) {
        Err(Stop::Wrong(message)) => message,
        other => format!("{other:?}"),
    }
}

#[test]
fn each_property_goes_where_its_command_says() {
    let properties = read(&[
        "connect receive-maximum 3",
        "connect maximum-packet-size 100",
        "connect topic-alias-maximum 4",
        "connect request-response-information 1",
        "connect request-problem-information 0",
        "connect authentication-method m",
        "connect authentication-data d",
        "connect session-expiry-interval 5",
        "connect user-property a b",
        "publish user-property c d",
        "connect user-property a b",
    ])
    .unwrap();
    let user = properties.user(Command::Connect);
    let pair = UserProperty {
        name: "a",
        value: "b",
    };
    assert_eq!(user, [pair, pair]);
    let expected = ConnectProperties {
        session_expiry_interval: Some(5),
        receive_maximum: NonZeroU16::new(3),
        maximum_packet_size: NonZeroU32::new(100),
        topic_alias_maximum: Some(4),
        request_response_information: Some(true),
        request_problem_information: Some(false),
        authentication_method: Some("m"),
        authentication_data: Some(AuthenticationData(b"d")),
        user_properties: List::from(&user[..]),
    };
    assert_eq!(properties.connect(&user), expected);
}

#[test]
fn a_message_and_a_will_have_their_own() {
    for (command, word) in [(Command::Publish, "publish"), (Command::Will, "will")] {
        let lines = [
            "payload-format-indicator 1",
            "message-expiry-interval 2",
            "content-type text/plain",
            "response-topic r/t",
            "correlation-data xyz",
        ]
        .map(|line| format!("{word} {line}"));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let properties = read(&lines).unwrap();
        let expected = PublishProperties {
            payload_format_indicator: Some(PayloadFormat::Utf8),
            content_type: Some("text/plain"),
            response_topic: Some(TopicName::literal("r/t")),
            correlation_data: Some(b"xyz"),
            user_properties: List::EMPTY,
        };
        assert_eq!(properties.message(command, &[]), expected);
        assert_eq!(properties.message_expiry_interval(command), Some(2));
        assert_eq!(properties.connect(&[]), ConnectProperties::default());
    }
    let properties = read(&["publish topic-alias 7", "will will-delay-interval 8"]).unwrap();
    assert_eq!(properties.topic_alias(), NonZeroU16::new(7));
    assert_eq!(properties.will_delay_interval(), Some(8));
}

#[test]
fn the_other_packets_have_theirs() {
    let properties = read(&[
        "subscribe subscription-identifier 268435455",
        "disconnect session-expiry-interval 9",
        "unsubscribe user-property n v",
    ])
    .unwrap();
    let identifier = SubscriptionIdentifier::new(268_435_455);
    assert_eq!(
        properties.subscribe(&[]).subscription_identifier,
        identifier
    );
    assert_eq!(properties.disconnect(&[]).session_expiry_interval, Some(9));
    let user = properties.user(Command::Unsubscribe);
    assert_eq!(properties.unsubscribe(&user).user_properties.len(), 1);
}

#[test]
fn what_is_wrong_is_said_in_mosquittos_words() {
    let missing = "--property argument given but not enough arguments specified.";
    for (line, message) in [
        ("connect", missing),
        ("connect receive-maximum", missing),
        ("publish user-property a", missing),
        (
            "foo receive-maximum 1",
            "Invalid command given in --property argument.",
        ),
        (
            "publish foo 1",
            "Invalid property name given in --property argument.",
        ),
        (
            "connect payload-format-indicator 1",
            "payload-format-indicator property not allowed for connect in --property argument.",
        ),
    ] {
        assert_eq!(fault(&[line]), message, "{line}");
    }
}

#[test]
fn a_value_that_the_property_cannot_have_is_refused() {
    for (command, name, value) in [
        ("publish", "payload-format-indicator", "2"),
        ("publish", "message-expiry-interval", "-1"),
        ("publish", "response-topic", "a/#"),
        ("publish", "topic-alias", "0"),
        ("connect", "receive-maximum", "0"),
        ("connect", "receive-maximum", "65536"),
        ("connect", "maximum-packet-size", "0"),
        ("connect", "request-problem-information", "true"),
        ("subscribe", "subscription-identifier", "0"),
        ("subscribe", "subscription-identifier", "268435456"),
    ] {
        assert_eq!(
            fault(&[&format!("{command} {name} {value}")]),
            format!("Property value '{value}' is invalid for {name}.")
        );
    }
}

#[test]
fn only_user_properties_stand_more_than_once() {
    assert_eq!(
        fault(&["publish content-type a", "publish content-type b"]),
        "content-type was given more than once."
    );
    assert!(read(&["publish content-type a", "will content-type b"]).is_ok());
}
