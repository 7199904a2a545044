//! Lines in the manner of `mosquitto -v`, so that two logs can be read side by side.
//!
//! ```text
//! 1700000000: New client connected from 127.0.0.1:5 as c1 (p2, c1, k60, u'name').
//! 1700000000: Received PUBLISH from c1 (d0, q1, r0, m1, 'a/b', ... (5 bytes))
//! 1700000000: Sending PUBACK to c1 (m1, rc0)
//! ```
//!
//! What peers have chosen is escaped: nobody writes lines of their own.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use puremqtt::{Ack, Connect, Packet, PacketId, Publish, ReasonCode, Version};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Received,
    Sending,
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With a DISCONNECT.
    Disconnected,
    /// Without one.
    Closed,
    TakenOver,
    TimedOut,
    NotAuthorised,
    MalformedPacket,
    OversizePacket,
    ProtocolError,
}

/// Writes lines to standard error, each with the time in front, in seconds since 1970.
pub fn print(text: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let lines = stamped(now.unwrap_or_default().as_secs(), text);
    // There is nobody to tell when that fails.
    drop(io::stderr().lock().write_all(lines.as_bytes()));
}

fn stamped(seconds: u64, text: &str) -> String {
    text.lines()
        .map(|line| format!("{seconds}: {line}\n"))
        .collect()
}

/// A packet in one line, a SUBSCRIBE or UNSUBSCRIBE in one more for each filter.
pub fn packet(
    direction: Direction,
    client_id: &str,
    version: Version,
    packet: &Packet<'_>,
) -> String {
    let words = match direction {
        Direction::Received => ("Received", "from"),
        Direction::Sending => ("Sending", "to"),
    };
    let (verb, preposition) = words;
    let name = packet.packet_type();
    let client_id = client_id.escape_debug();
    let mut text = format!("{verb} {name} {preposition} {client_id}");
    // Writing to a `String` does not fail.
    let _ = details(&mut text, direction, version, packet);
    text
}

/// A PUBLISH that an access control list does not allow.
pub fn denied(client_id: &str, publish: &Publish<'_>) -> String {
    let client_id = client_id.escape_debug();
    format!("Denied PUBLISH from {client_id}{}", Head(publish))
}

pub fn connecting(peer: impl Display, port: u16) -> String {
    format!("New connection from {peer} on port {port}.")
}

/// A client that is let in; its identifier may be one that the broker made.
pub fn connected(peer: impl Display, client_id: &str, connect: &Connect<'_>) -> String {
    let mut text = format!(
        "New client connected from {peer} as {} (p{}, c{}, k{}",
        client_id.escape_debug(),
        protocol(connect.version),
        u8::from(connect.clean_start),
        connect.keep_alive,
    );
    if let Some(name) = connect.user_name {
        text += &format!(", u'{}'", name.escape_debug());
    }
    text += ").\n";
    text += &match &connect.will {
        None => "No will message specified.".to_owned(),
        Some(will) => format!(
            "Will message specified ({} bytes) (r{}, q{}).\n\t{}",
            will.payload.len(),
            u8::from(will.retain),
            will.qos.as_u8(),
            will.topic.as_str().escape_debug(),
        ),
    };
    text
}

/// `client_id` is `None` before there was one.
pub fn ended(client_id: Option<&str>, end: End) -> String {
    let client_id = client_id.unwrap_or("<unknown>").escape_debug();
    let what = match end {
        End::Disconnected => "disconnected",
        End::Closed => "closed its connection",
        End::TakenOver => "already connected, closing old connection",
        End::TimedOut => "has exceeded timeout, disconnecting",
        End::NotAuthorised => "disconnected, not authorised",
        End::MalformedPacket => "disconnected due to malformed packet",
        End::OversizePacket => "disconnected due to oversize packet",
        End::ProtocolError => "disconnected due to protocol error",
    };
    format!("Client {client_id} {what}.")
}

/// mosquitto's numbers: 1 is MQTT 3.1, 2 is 3.1.1.
fn protocol(version: Version) -> u8 {
    match version {
        Version::V3_1 => 1,
        Version::V3_1_1 => 2,
        Version::V5 => 5,
    }
}

fn details(
    text: &mut String,
    direction: Direction,
    version: Version,
    packet: &Packet<'_>,
) -> fmt::Result {
    match packet {
        Packet::ConnAck(connack) => {
            let present = u8::from(connack.session_present);
            write!(text, " ({present}, {})", code(connack.reason, version))
        }
        Packet::Publish(publish) => write!(text, "{}", Head(publish)),
        Packet::PubAck(ack) | Packet::PubRec(ack) | Packet::PubRel(ack) | Packet::PubComp(ack) => {
            acknowledgement(text, direction, packet, ack)
        }
        Packet::Subscribe(subscribe) => subscribe.subscriptions.iter().try_for_each(|wanted| {
            let filter = wanted.filter.as_str().escape_debug();
            write!(text, "\n\t{filter} (QoS {})", wanted.options.qos.as_u8())
        }),
        Packet::Unsubscribe(unsubscribe) => unsubscribe
            .filters
            .iter()
            .try_for_each(|filter| write!(text, "\n\t{}", filter.as_str().escape_debug())),
        Packet::Disconnect(disconnect) if direction == Direction::Sending => {
            write!(text, " (rc{})", disconnect.reason.as_u8())
        }
        Packet::Auth(auth) => write!(text, " (rc{})", auth.reason.as_u8()),
        _ => Ok(()),
    }
}

fn acknowledgement(
    text: &mut String,
    direction: Direction,
    packet: &Packet<'_>,
    ack: &Ack<'_>,
) -> fmt::Result {
    let (id, code) = (ack.packet_id, ack.reason.as_u8());
    match (direction, packet) {
        (Direction::Received, Packet::PubAck(_) | Packet::PubComp(_)) => {
            write!(text, " (Mid: {id}, RC:{code})")
        }
        (Direction::Received, _) => write!(text, " (Mid: {id})"),
        (Direction::Sending, Packet::PubAck(_) | Packet::PubRec(_)) => {
            write!(text, " (m{id}, rc{code})")
        }
        (Direction::Sending, _) => write!(text, " (m{id})"),
    }
}

fn code(reason: ReasonCode, version: Version) -> u8 {
    match version {
        Version::V5 => reason.as_u8(),
        Version::V3_1 | Version::V3_1_1 => reason.return_code().unwrap_or(reason.as_u8()),
    }
}

/// What a PUBLISH says but its payload.
struct Head<'p, 'a>(&'p Publish<'a>);

impl Display for Head<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(publish) = self;
        write!(
            f,
            " (d{}, q{}, r{}, m{}, '{}', ... ({} bytes))",
            u8::from(publish.delivery.dup()),
            publish.delivery.qos().as_u8(),
            u8::from(publish.retain),
            publish.delivery.packet_id().map_or(0, PacketId::get),
            publish.topic.as_str().escape_debug(),
            publish.payload.len(),
        )
    }
}

/// Every line that is expected here is what mosquitto 2.0.11 wrote with `-v`.
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use puremqtt::{
        ConnAck, Delivery, Disconnect, List, QoS, SubAck, Subscribe, Subscription, TopicFilter,
        TopicName, Unsubscribe, Will,
    };

    use super::*;

    fn id(id: u16) -> PacketId {
        PacketId::new(id).unwrap()
    }

    fn received<'a>(from: &str, what: impl Into<Packet<'a>>) -> String {
        packet(Direction::Received, from, Version::V3_1_1, &what.into())
    }

    fn sending<'a>(to: &str, what: impl Into<Packet<'a>>) -> String {
        packet(Direction::Sending, to, Version::V3_1_1, &what.into())
    }

    #[test]
    fn a_publish_shows_its_flags_its_topic_and_how_long_it_is() {
        let publish = Publish {
            delivery: Delivery::AtLeastOnce {
                packet_id: id(1),
                dup: false,
            },
            retain: true,
            ..Publish::new(TopicName::literal("a/b"), b"hello")
        };
        assert_eq!(
            received("c1", publish),
            "Received PUBLISH from c1 (d0, q1, r1, m1, 'a/b', ... (5 bytes))"
        );
        assert_eq!(
            sending("s31", Publish::new(TopicName::literal("a/b"), b"hello")),
            "Sending PUBLISH to s31 (d0, q0, r0, m0, 'a/b', ... (5 bytes))"
        );
        let publish = Publish {
            delivery: Delivery::AtLeastOnce {
                packet_id: id(2),
                dup: false,
            },
            ..Publish::new(TopicName::literal("no"), b"x")
        };
        assert_eq!(
            denied("b", &publish),
            "Denied PUBLISH from b (d0, q1, r0, m2, 'no', ... (1 bytes))"
        );
    }

    #[test]
    fn acknowledgements_are_written_one_way_in_and_another_way_out() {
        let ack = Ack::new(id(1));
        let matched = Ack {
            reason: ReasonCode::NO_MATCHING_SUBSCRIBERS,
            ..ack
        };
        let rows = [
            (
                received("s", Packet::PubAck(ack)),
                "Received PUBACK from s (Mid: 1, RC:0)",
            ),
            (
                received("s", Packet::PubRec(ack)),
                "Received PUBREC from s (Mid: 1)",
            ),
            (
                received("s", Packet::PubRel(ack)),
                "Received PUBREL from s (Mid: 1)",
            ),
            (
                received("s", Packet::PubComp(ack)),
                "Received PUBCOMP from s (Mid: 1, RC:0)",
            ),
            (
                sending("c1", Packet::PubAck(matched)),
                "Sending PUBACK to c1 (m1, rc16)",
            ),
            (
                sending("c1", Packet::PubRec(ack)),
                "Sending PUBREC to c1 (m1, rc0)",
            ),
            (
                sending("c1", Packet::PubRel(ack)),
                "Sending PUBREL to c1 (m1)",
            ),
            (
                sending("c1", Packet::PubComp(ack)),
                "Sending PUBCOMP to c1 (m1)",
            ),
        ];
        for (line, expected) in rows {
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn filters_have_lines_of_their_own() {
        let wanted = [
            Subscription::new(TopicFilter::literal("a/b"), QoS::ExactlyOnce),
            Subscription::new(TopicFilter::literal("c/#"), QoS::ExactlyOnce),
        ];
        let subscribe = Subscribe::new(id(1), List::from(&wanted[..]));
        assert_eq!(
            received("s31", subscribe),
            "Received SUBSCRIBE from s31\n\ta/b (QoS 2)\n\tc/# (QoS 2)"
        );
        let filters = [TopicFilter::literal("x/y")];
        let unsubscribe = Unsubscribe::new(id(2), List::from(&filters[..]));
        assert_eq!(
            received("s5", unsubscribe),
            "Received UNSUBSCRIBE from s5\n\tx/y"
        );
        let suback = SubAck::new(id(1), List::EMPTY);
        assert_eq!(sending("s31", suback), "Sending SUBACK to s31");
    }

    #[test]
    fn a_connack_bears_the_code_of_its_version() {
        let refusal = ConnAck {
            reason: ReasonCode::NOT_AUTHORIZED,
            ..ConnAck::default()
        };
        let line = |version| packet(Direction::Sending, "127.0.0.1", version, &refusal.into());
        assert_eq!(line(Version::V3_1_1), "Sending CONNACK to 127.0.0.1 (0, 5)");
        assert_eq!(line(Version::V5), "Sending CONNACK to 127.0.0.1 (0, 135)");
        assert_eq!(
            sending("c1", ConnAck::default()),
            "Sending CONNACK to c1 (0, 0)"
        );
    }

    #[test]
    fn what_says_nothing_else_is_its_name() {
        assert_eq!(received("b", Packet::PingReq), "Received PINGREQ from b");
        assert_eq!(sending("b", Packet::PingResp), "Sending PINGRESP to b");
        assert_eq!(
            received("b", Disconnect::default()),
            "Received DISCONNECT from b"
        );
    }

    #[test]
    fn a_client_that_connects_is_described_with_its_will() {
        let will = Will {
            qos: QoS::AtLeastOnce,
            ..Will::new(TopicName::literal("w"), b"xyz")
        };
        let connect = Connect {
            version: Version::V3_1,
            clean_start: true,
            keep_alive: 60,
            will: Some(will),
            ..Connect::default()
        };
        assert_eq!(
            connected("127.0.0.1:55214", "c1", &connect),
            "New client connected from 127.0.0.1:55214 as c1 (p1, c1, k60).\n\
             Will message specified (3 bytes) (r0, q1).\n\tw"
        );
        let connect = Connect {
            version: Version::V3_1_1,
            user_name: Some("name"),
            will: None,
            ..connect
        };
        assert_eq!(
            connected("127.0.0.1:55242", "s311", &connect),
            "New client connected from 127.0.0.1:55242 as s311 (p2, c1, k60, u'name').\n\
             No will message specified."
        );
    }

    #[test]
    fn a_connection_begins_and_ends_with_a_line() {
        assert_eq!(
            connecting("127.0.0.1:55200", 28831),
            "New connection from 127.0.0.1:55200 on port 28831."
        );
        let rows = [
            (Some("c1"), End::Disconnected, "Client c1 disconnected."),
            (Some("s5"), End::Closed, "Client s5 closed its connection."),
            (
                Some("s6"),
                End::TakenOver,
                "Client s6 already connected, closing old connection.",
            ),
            (
                Some("a"),
                End::ProtocolError,
                "Client a disconnected due to protocol error.",
            ),
            (
                Some("b"),
                End::OversizePacket,
                "Client b disconnected due to oversize packet.",
            ),
            (
                Some("b"),
                End::MalformedPacket,
                "Client b disconnected due to malformed packet.",
            ),
            (
                None,
                End::NotAuthorised,
                "Client <unknown> disconnected, not authorised.",
            ),
        ];
        for (client_id, end, expected) in rows {
            assert_eq!(ended(client_id, end), expected);
        }
    }

    #[test]
    fn each_line_has_the_time_in_front() {
        assert_eq!(
            stamped(1_795_372_830, "Received SUBSCRIBE from s31\n\ta/b (QoS 2)"),
            "1795372830: Received SUBSCRIBE from s31\n1795372830: \ta/b (QoS 2)\n"
        );
    }

    #[test]
    fn a_peer_cannot_write_a_line_of_its_own() {
        let name = "c\n1: Client root";
        assert_eq!(ended(Some(name), End::Closed).lines().count(), 1);
        let publish = Publish::new(TopicName::literal("a\nb"), b"");
        assert_eq!(received(name, publish).lines().count(), 1);
        let connect = Connect {
            user_name: Some("u\r\n"),
            ..Connect::default()
        };
        assert_eq!(connected("h", name, &connect).lines().count(), 2);
    }
}
