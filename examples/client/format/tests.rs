#![allow(clippy::unwrap_used, reason = "a test may panic")]

use puremqtt::{
    Delivery, List, PublishProperties, SubscriptionIdentifier, TopicName, UserProperty,
};

use super::*;

fn publish<'a>(payload: &'a [u8]) -> Publish<'a> {
    Publish::new(TopicName::literal("a/b"), payload)
}

fn print(output: &Output, publish: &Publish<'_>) -> String {
    let mut out = Vec::new();
    output.write(publish, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn formatted(format: &str, publish: &Publish<'_>) -> String {
    print(&Output::Format(Format::parse(format).unwrap()), publish)
}

#[test]
fn the_payload_is_printed_alone_or_behind_its_topic() {
    assert_eq!(print(&Output::Payload, &publish(b"x")), "x");
    assert_eq!(print(&Output::Verbose, &publish(b"x")), "a/b x");
    assert_eq!(print(&Output::Payload, &publish(b"")), "");
    assert_eq!(print(&Output::Verbose, &publish(b"")), "a/b (null)");
}

#[test]
fn a_format_has_every_part_of_the_message() {
    let packet_id = PacketId::new(7).unwrap();
    let publish = Publish {
        delivery: Delivery::ExactlyOnce {
            packet_id,
            dup: false,
        },
        retain: true,
        ..publish(b"\x0anz")
    };
    assert_eq!(formatted("%t|%p|%q|%r|%m|%l", &publish), "a/b|\nnz|2|1|7|3");
    assert_eq!(formatted("%x %X %%", &publish), "0a6e7a 0A6E7A %");
}

#[test]
fn at_qos_0_there_is_no_packet_identifier() {
    assert_eq!(formatted("%q %r %m", &publish(b"x")), "0 0 0");
}

#[test]
fn properties_are_empty_when_they_are_not_there() {
    assert_eq!(formatted("<%C%D%E%F%P%R%S>", &publish(b"x")), "<>");
}

#[test]
fn properties_are_printed() {
    let user = [
        UserProperty {
            name: "k",
            value: "v",
        },
        UserProperty {
            name: "l",
            value: "w",
        },
    ];
    let identifiers = [1, 300].map(|id| SubscriptionIdentifier::new(id).unwrap());
    let properties = PublishProperties {
        payload_format_indicator: Some(PayloadFormat::Utf8),
        content_type: Some("text/plain"),
        response_topic: Some(TopicName::literal("r")),
        correlation_data: Some(b"cd"),
        user_properties: List::from(&user[..]),
    };
    let publish = Publish {
        message_expiry_interval: Some(9),
        subscription_identifiers: List::from(&identifiers[..]),
        properties: (&properties).into(),
        ..publish(b"x")
    };
    assert_eq!(
        formatted("%C,%D,%E,%F,%P,%R,%S", &publish),
        "text/plain,cd,9,1,k:v l:w,r,1 300"
    );
}

#[test]
fn escapes_are_those_of_c() {
    assert_eq!(
        formatted("\\n\\t\\r\\0\\a\\e\\v\\\\é", &publish(b"")),
        "\n\t\r\0\x07\x1b\x0b\\é"
    );
}

#[test]
fn a_format_that_is_cut_or_unknown_is_refused() {
    for (format, message) in [
        ("a%", "Incomplete format specifier."),
        ("%z", "Invalid format specifier 'z'."),
        ("\\", "Incomplete escape specifier."),
        ("\\q", "Invalid escape specifier 'q'."),
    ] {
        assert_eq!(Format::parse(format), Err(Stop::wrong(message)), "{format}");
    }
}
