//! Both halves of QoS 1 and 2 as tables, to be read beside figures 4.2 and 4.3
//! of the standards: each cell is what one packet does in one state.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use puremqtt::delivery::{Exchange, Mark, Outcome, Receiver, Request, Sender, Slot};
use puremqtt::{
    Ack, Delivery, Outgoing, Packet, PacketId, ProtocolErrorKind, Publish, QoS, ReasonCode, SubAck,
    TopicName, Version,
};

const V3_1: Version = Version::V3_1;
const V3_1_1: Version = Version::V3_1_1;
const V5: Version = Version::V5;
const VERSIONS: [Version; 3] = [V3_1, V3_1_1, V5];

fn id() -> PacketId {
    PacketId::new(1).unwrap()
}

/// What is sent or received, in the words of the tables.
fn packet(name: &str) -> Packet<'static> {
    let ack = |reason| Ack {
        reason,
        ..Ack::new(id())
    };
    let publish = |delivery| Publish {
        delivery,
        ..Publish::new(TopicName::literal("t"), b"")
    };
    let (packet_id, dup) = (id(), false);
    match name {
        "PUBLISH 1" => publish(Delivery::AtLeastOnce { packet_id, dup }).into(),
        "PUBLISH 2" => publish(Delivery::ExactlyOnce { packet_id, dup }).into(),
        "PUBLISH 1 dup" => publish(Delivery::AtLeastOnce {
            packet_id,
            dup: true,
        })
        .into(),
        "PUBLISH 2 dup" => publish(Delivery::ExactlyOnce {
            packet_id,
            dup: true,
        })
        .into(),
        "PUBACK" => Packet::PubAck(ack(ReasonCode::SUCCESS)),
        "PUBACK 87" => Packet::PubAck(ack(ReasonCode::NOT_AUTHORIZED)),
        "PUBACK 91" => Packet::PubAck(ack(ReasonCode::PACKET_IDENTIFIER_IN_USE)),
        "PUBREC" => Packet::PubRec(ack(ReasonCode::SUCCESS)),
        "PUBREC 10" => Packet::PubRec(ack(ReasonCode::NO_MATCHING_SUBSCRIBERS)),
        "PUBREC 87" => Packet::PubRec(ack(ReasonCode::NOT_AUTHORIZED)),
        "PUBREC 91" => Packet::PubRec(ack(ReasonCode::PACKET_IDENTIFIER_IN_USE)),
        "PUBREL" => Packet::PubRel(ack(ReasonCode::SUCCESS)),
        "PUBREL 92" => Packet::PubRel(ack(ReasonCode::PACKET_IDENTIFIER_NOT_FOUND)),
        "PUBCOMP" => Packet::PubComp(ack(ReasonCode::SUCCESS)),
        "PUBCOMP 92" => Packet::PubComp(ack(ReasonCode::PACKET_IDENTIFIER_NOT_FOUND)),
        "SUBACK" => Packet::SubAck(SubAck::new(id(), (&[ReasonCode::SUCCESS]).into())),
        "UNSUBACK" => Packet::UnsubAck(SubAck::new(id(), (&[ReasonCode::SUCCESS]).into())),
        _ => panic!("{name}"),
    }
}

fn name(sent: &Packet<'_>) -> &'static str {
    let names = [
        "PUBLISH 1",
        "PUBLISH 2",
        "PUBLISH 1 dup",
        "PUBLISH 2 dup",
        "PUBACK",
        "PUBACK 87",
        "PUBACK 91",
        "PUBREC",
        "PUBREC 10",
        "PUBREC 87",
        "PUBREC 91",
        "PUBREL",
        "PUBREL 92",
        "PUBCOMP",
        "PUBCOMP 92",
    ];
    names
        .into_iter()
        .find(|name| packet(name) == *sent)
        .unwrap_or_else(|| panic!("{sent}"))
}

// --- the sender ---

type S = Sender<&'static str, [Slot<&'static str>; 8]>;

/// A sender whose identifier 1 is in the state named.
fn sender(state: &str, version: Version) -> S {
    let mut sender = Sender::new([Slot::<&str>::EMPTY; 8]);
    sender.connected(version, 2);
    let publish = |sender: &mut S, qos| {
        sender.publish("m", qos).unwrap();
        sender.transmit().unwrap().sent();
    };
    let received = |sender: &mut S| {
        let progress = sender.receive(&packet("PUBREC")).unwrap();
        assert!(progress.reply.is_some());
    };
    match state {
        "unknown" => {}
        "pending" => sender.publish("m", QoS::ExactlyOnce).unwrap(),
        "QoS 1 sent" | "QoS 1 unsent" => publish(&mut sender, QoS::AtLeastOnce),
        "QoS 2 sent" | "QoS 2 unsent" => publish(&mut sender, QoS::ExactlyOnce),
        "released" | "unreleased" => {
            publish(&mut sender, QoS::ExactlyOnce);
            received(&mut sender);
        }
        "SUBSCRIBE" => assert_eq!(sender.reserve(Request::Subscribe), Some(id())),
        "UNSUBSCRIBE" => assert_eq!(sender.reserve(Request::Unsubscribe), Some(id())),
        _ => panic!("{state}"),
    }
    if state.starts_with("QoS") && state.ends_with("unsent") || state == "unreleased" {
        // The connection is lost; nothing was sent again on the new one.
        sender.connected(version, 2);
    }
    sender
}

/// State and quota after, in the words of the tables.
fn state_of(sender: &mut S) -> (&'static str, u16) {
    let state = match sender.entry(id()).map(|entry| entry.exchange) {
        Some(Exchange::AtLeastOnce) => "QoS 1",
        Some(Exchange::ExactlyOnce) => "QoS 2",
        Some(Exchange::Released(_)) => "released",
        None if sender.requests().next().is_some() => "requested",
        None if sender.in_flight() > 0 => "pending",
        None => "free",
    };
    let quota = sender.send_quota();
    (state, quota)
}

/// In `state`, `received` gives `outcome` and `reply`, and leaves `after` with this quota of 2.
#[track_caller]
fn sends(
    state: &str,
    received: &str,
    version: Version,
    outcome: &str,
    reply: &str,
    after: &str,
    quota: u16,
) {
    let mut sender = sender(state, version);
    let before = sender.clone();
    let got = sender.receive(&packet(received));
    let cell = format!("{version}: {state}, {received}");
    let (said, replied) = match got {
        Err(error) => {
            assert_eq!(error.kind(), ProtocolErrorKind::WrongExchange, "{cell}");
            assert_eq!(error.reason(), ReasonCode::PROTOCOL_ERROR, "{cell}");
            assert_eq!(error.version(), version, "{cell}");
            assert_eq!(sender, before, "{cell}: an error changes nothing");
            ("error".to_string(), "-")
        }
        Ok(progress) => {
            let said = match progress.outcome.unwrap() {
                Outcome::Delivered {
                    message, reason, ..
                } => {
                    assert_eq!(message, Some("m"), "{cell}");
                    format!("over {:02x}", reason.as_u8())
                }
                Outcome::Released { .. } => "taken".to_string(),
                Outcome::Repeated { .. } => "repeated".to_string(),
                Outcome::Answered { .. } => "answered".to_string(),
                Outcome::Unknown { .. } => {
                    assert_eq!(sender, before, "{cell}: nothing changes");
                    "unknown".to_string()
                }
                other => panic!("{other:?}"),
            };
            (
                said,
                progress.reply.map_or("-", |reply| name(&reply.packet())),
            )
        }
    };
    assert_eq!((said.as_str(), replied), (outcome, reply), "{cell}");
    assert_eq!(state_of(&mut sender), (after, quota), "{cell}");
}

#[test]
#[rustfmt::skip]
fn the_sender_of_all_versions() {
    for v in VERSIONS {
        //    state            packet      outcome     reply     after       quota of 2
        sends("unknown",       "PUBACK",   v, "unknown",  "-",      "free",      2);
        sends("unknown",       "PUBCOMP",  v, "unknown",  "-",      "free",      2);
        sends("unknown",       "SUBACK",   v, "unknown",  "-",      "free",      2);
        sends("unknown",       "UNSUBACK", v, "unknown",  "-",      "free",      2);

        // A number that was never sent is nobody's.
        sends("pending",       "PUBACK",   v, "unknown",  "-",      "pending",   2);
        sends("pending",       "PUBCOMP",  v, "unknown",  "-",      "pending",   2);
        sends("pending",       "SUBACK",   v, "unknown",  "-",      "pending",   2);

        // Figure 4.2: QoS 1.
        sends("QoS 1 sent",    "PUBACK",   v, "over 00",  "-",      "free",      2);
        sends("QoS 1 sent",    "PUBREC",   v, "error",    "-",      "QoS 1",     1);
        sends("QoS 1 sent",    "PUBCOMP",  v, "error",    "-",      "QoS 1",     1);
        sends("QoS 1 sent",    "SUBACK",   v, "error",    "-",      "QoS 1",     1);
        sends("QoS 1 sent",    "UNSUBACK", v, "error",    "-",      "QoS 1",     1);
        // Of an earlier connection and not sent again, it had taken no quota.
        sends("QoS 1 unsent",  "PUBACK",   v, "over 00",  "-",      "free",      2);
        sends("QoS 1 unsent",  "PUBREC",   v, "error",    "-",      "QoS 1",     2);

        // Figure 4.3: QoS 2.
        sends("QoS 2 sent",    "PUBACK",   v, "error",    "-",      "QoS 2",     1);
        sends("QoS 2 sent",    "PUBREC",   v, "taken",    "PUBREL", "released",  1);
        sends("QoS 2 sent",    "PUBCOMP",  v, "error",    "-",      "QoS 2",     1);
        sends("QoS 2 sent",    "SUBACK",   v, "error",    "-",      "QoS 2",     1);
        sends("QoS 2 sent",    "UNSUBACK", v, "error",    "-",      "QoS 2",     1);
        sends("QoS 2 unsent",  "PUBREC",   v, "taken",    "PUBREL", "released",  1);
        sends("QoS 2 unsent",  "PUBCOMP",  v, "error",    "-",      "QoS 2",     2);

        sends("released",      "PUBACK",   v, "error",    "-",      "released",  1);
        sends("released",      "PUBREC",   v, "repeated", "PUBREL", "released",  1);
        sends("released",      "PUBCOMP",  v, "over 00",  "-",      "free",      2);
        sends("released",      "SUBACK",   v, "error",    "-",      "released",  1);
        sends("released",      "UNSUBACK", v, "error",    "-",      "released",  1);
        // The PUBREL that is due anyway answers; a resumed one counts.
        sends("unreleased",    "PUBREC",   v, "repeated", "-",      "released",  1);
        sends("unreleased",    "PUBCOMP",  v, "over 00",  "-",      "free",      2);

        sends("SUBSCRIBE",     "SUBACK",   v, "answered", "-",      "free",      2);
        sends("SUBSCRIBE",     "UNSUBACK", v, "error",    "-",      "requested", 2);
        sends("SUBSCRIBE",     "PUBACK",   v, "error",    "-",      "requested", 2);
        sends("SUBSCRIBE",     "PUBREC",   v, "error",    "-",      "requested", 2);
        sends("SUBSCRIBE",     "PUBCOMP",  v, "error",    "-",      "requested", 2);
        sends("UNSUBSCRIBE",   "UNSUBACK", v, "answered", "-",      "free",      2);
        sends("UNSUBSCRIBE",   "SUBACK",   v, "error",    "-",      "requested", 2);
        sends("UNSUBSCRIBE",   "PUBACK",   v, "error",    "-",      "requested", 2);
        sends("UNSUBSCRIBE",   "PUBREC",   v, "error",    "-",      "requested", 2);
        sends("UNSUBSCRIBE",   "PUBCOMP",  v, "error",    "-",      "requested", 2);
    }
}

#[test]
#[rustfmt::skip]
fn the_sender_where_versions_differ() {
    for v in [V3_1, V3_1_1] {
        sends("unknown",       "PUBREC",     v,  "unknown",  "PUBREL",    "free",      2);
        sends("pending",       "PUBREC",     v,  "unknown",  "PUBREL",    "pending",   2);
    }
    sends("unknown",       "PUBREC",     V5, "unknown",  "PUBREL 92", "free",      2);
    sends("unknown",       "PUBREC 10",  V5, "unknown",  "PUBREL 92", "free",      2);
    sends("unknown",       "PUBREC 87",  V5, "unknown",  "-",         "free",      2);
    sends("unknown",       "PUBACK 87",  V5, "unknown",  "-",         "free",      2);
    sends("unknown",       "PUBCOMP 92", V5, "unknown",  "-",         "free",      2);
    sends("pending",       "PUBREC",     V5, "unknown",  "PUBREL 92", "pending",   2);
    sends("pending",       "PUBREC 87",  V5, "unknown",  "-",         "pending",   2);

    sends("QoS 1 sent",    "PUBACK 87",  V5, "over 87",  "-",         "free",      2);
    sends("QoS 1 sent",    "PUBREC 87",  V5, "error",    "-",         "QoS 1",     1);
    // 0x10 is a success, from 0x80 on the exchange is over.
    sends("QoS 2 sent",    "PUBREC 10",  V5, "taken",    "PUBREL",    "released",  1);
    sends("QoS 2 sent",    "PUBREC 87",  V5, "over 87",  "-",         "free",      2);
    sends("QoS 2 unsent",  "PUBREC 87",  V5, "over 87",  "-",         "free",      2);
    sends("QoS 2 sent",    "PUBACK 87",  V5, "error",    "-",         "QoS 2",     1);
    // The PUBCOMP is awaited whatever comes in its place.
    sends("released",      "PUBREC 10",  V5, "repeated", "PUBREL",    "released",  1);
    sends("released",      "PUBREC 87",  V5, "repeated", "PUBREL",    "released",  1);
    sends("released",      "PUBCOMP 92", V5, "over 92",  "-",         "free",      2);
    sends("SUBSCRIBE",     "PUBREC 87",  V5, "error",    "-",         "requested", 2);
}

// --- the receiver ---

type R = Receiver<[Mark; 8]>;

/// A receiver in which identifier 1 is in the state named.
fn receiver(state: &str, version: Version) -> R {
    let mut receiver = Receiver::new([Mark::EMPTY; 8]);
    receiver.connected(version, 4);
    let (publish, step, lost) = match state {
        "absent" => return receiver,
        "QoS 1 open" => ("PUBLISH 1", "", false),
        "QoS 1 due" => ("PUBLISH 1", "redeem", false),
        "QoS 2 open" => ("PUBLISH 2", "", false),
        "QoS 2 due" => ("PUBLISH 2", "redeem", false),
        "QoS 2 held" => ("PUBLISH 2", "send", false),
        "QoS 2 refused" => ("PUBLISH 2", "refuse", false),
        "lost QoS 1 open" => ("PUBLISH 1", "", true),
        "lost QoS 1 due" => ("PUBLISH 1", "redeem", true),
        "lost QoS 2 open" => ("PUBLISH 2", "", true),
        "lost QoS 2 due" => ("PUBLISH 2", "redeem", true),
        "lost QoS 2 held" => ("PUBLISH 2", "send", true),
        "lost QoS 2 refused" => ("PUBLISH 2", "refuse", true),
        _ => panic!("{state}"),
    };
    let receipt = receiver.receive(&packet(publish)).unwrap().receipt.unwrap();
    match step {
        "" => drop(receipt),
        "refuse" => assert!(receiver.refuse(receipt, ReasonCode::NOT_AUTHORIZED)),
        _ => assert!(receiver.acknowledge(receipt)),
    }
    if step == "send" {
        receiver.transmit().unwrap().sent();
    }
    if lost {
        receiver.connected(version, 4);
    }
    receiver
}

/// In `state`, `received` is new or not, is answered at once by `reply`, and
/// `then` is what [`Receiver::transmit`] has; the identifier is in use or not.
#[track_caller]
fn takes(
    state: &str,
    received: &str,
    version: Version,
    event: &str,
    reply: &str,
    then: &str,
    after: &str,
) {
    let mut receiver = receiver(state, version);
    let before = receiver.clone();
    let cell = format!("{version}: {state}, {received}");
    let (said, replied) = match receiver.receive(&packet(received)) {
        Err(error) => {
            assert_eq!(error.reason(), ReasonCode::PROTOCOL_ERROR, "{cell}");
            assert_eq!(receiver, before, "{cell}: an error changes nothing");
            ("error", "-")
        }
        Ok(arrived) => {
            assert_eq!(arrived.receipt.is_some(), arrived.is_new, "{cell}");
            let said = if arrived.is_new { "new" } else { "-" };
            (
                said,
                arrived.reply.map_or("-", |reply| name(&reply.packet())),
            )
        }
    };
    let due = receiver
        .transmit()
        .map_or("-", |answer| name(&answer.reply().packet()));
    let used = if receiver.is_in_use(id()) {
        "in use"
    } else {
        "free"
    };
    assert_eq!(
        (said, replied, due, used),
        (event, reply, then, after),
        "{cell}"
    );
}

#[test]
#[rustfmt::skip]
fn the_receiver_of_all_versions() {
    for v in VERSIONS {
        //    state                 packet               event  reply      then       after
        takes("absent",             "PUBLISH 1",      v, "new",   "-",       "-",       "in use");
        takes("absent",             "PUBLISH 1 dup",  v, "new",   "-",       "-",       "in use");
        takes("absent",             "PUBLISH 2",      v, "new",   "-",       "-",       "in use");
        takes("absent",             "PUBLISH 2 dup",  v, "new",   "-",       "-",       "in use");

        takes("QoS 1 open",         "PUBLISH 1",      v, "-",     "-",       "-",       "in use");
        takes("QoS 1 open",         "PUBLISH 1 dup",  v, "-",     "-",       "-",       "in use");
        takes("QoS 1 open",         "PUBREL",         v, "error", "-",       "-",       "in use");
        takes("QoS 1 due",          "PUBLISH 1 dup",  v, "-",     "-",       "PUBACK",  "in use");
        takes("QoS 1 due",          "PUBREL",         v, "error", "-",       "PUBACK",  "in use");

        takes("QoS 2 open",         "PUBLISH 2 dup",  v, "-",     "-",       "-",       "in use");
        takes("QoS 2 open",         "PUBREL",         v, "-",     "PUBCOMP", "-",       "free");
        takes("QoS 2 due",          "PUBLISH 2 dup",  v, "-",     "-",       "PUBREC",  "in use");
        takes("QoS 2 due",          "PUBREL",         v, "-",     "PUBCOMP", "-",       "free");
        takes("QoS 2 held",         "PUBLISH 2",      v, "-",     "PUBREC",  "-",       "in use");
        takes("QoS 2 held",         "PUBLISH 2 dup",  v, "-",     "PUBREC",  "-",       "in use");
        takes("QoS 2 held",         "PUBREL",         v, "-",     "PUBCOMP", "-",       "free");

        // Over a lost connection QoS 1 is forgotten, QoS 2 is not.
        takes("lost QoS 1 open",    "PUBLISH 1 dup",  v, "new",   "-",       "-",       "in use");
        takes("lost QoS 1 due",     "PUBLISH 1 dup",  v, "new",   "-",       "-",       "in use");
        takes("lost QoS 2 open",    "PUBLISH 2 dup",  v, "-",     "-",       "-",       "in use");
        takes("lost QoS 2 open",    "PUBREL",         v, "-",     "PUBCOMP", "-",       "free");
        takes("lost QoS 2 due",     "PUBLISH 2 dup",  v, "-",     "PUBREC",  "-",       "in use");
        takes("lost QoS 2 due",     "PUBREL",         v, "-",     "PUBCOMP", "-",       "free");
        takes("lost QoS 2 held",    "PUBLISH 2 dup",  v, "-",     "PUBREC",  "-",       "in use");
        takes("lost QoS 2 held",    "PUBREL",         v, "-",     "PUBCOMP", "-",       "free");
    }
}

#[test]
#[rustfmt::skip]
fn the_receiver_where_versions_differ() {
    for v in [V3_1, V3_1_1] {
        takes("absent",             "PUBREL",         v,  "-",     "PUBCOMP",    "-",         "free");
        takes("QoS 1 open",         "PUBLISH 2",      v,  "error", "-",          "-",         "in use");
        takes("QoS 1 due",          "PUBLISH 2",      v,  "error", "-",          "PUBACK",    "in use");
        takes("QoS 2 open",         "PUBLISH 1",      v,  "error", "-",          "-",         "in use");
        takes("QoS 2 due",          "PUBLISH 1",      v,  "error", "-",          "PUBREC",    "in use");
        takes("QoS 2 held",         "PUBLISH 1",      v,  "error", "-",          "-",         "in use");
        takes("lost QoS 2 open",    "PUBLISH 1",      v,  "error", "-",          "-",         "in use");
        takes("lost QoS 2 held",    "PUBLISH 1",      v,  "error", "-",          "-",         "in use");
        // No negative answer: refused is acknowledged.
        takes("QoS 2 refused",      "PUBLISH 2 dup",  v,  "-",     "-",          "PUBREC",    "in use");
    }
    takes("absent",             "PUBREL",         V5, "-",     "PUBCOMP 92", "-",         "free");
    takes("absent",             "PUBREL 92",      V5, "-",     "PUBCOMP 92", "-",         "free");
    takes("QoS 1 open",         "PUBLISH 2",      V5, "-",     "PUBREC 91",  "-",         "in use");
    takes("QoS 1 due",          "PUBLISH 2",      V5, "-",     "PUBREC 91",  "PUBACK",    "in use");
    takes("QoS 2 open",         "PUBLISH 1",      V5, "-",     "PUBACK 91",  "-",         "in use");
    takes("QoS 2 due",          "PUBLISH 1",      V5, "-",     "PUBACK 91",  "PUBREC",    "in use");
    takes("QoS 2 held",         "PUBLISH 1",      V5, "-",     "PUBACK 91",  "-",         "in use");
    takes("QoS 2 held",         "PUBREL 92",      V5, "-",     "PUBCOMP",    "-",         "free");
    takes("QoS 2 refused",      "PUBLISH 2 dup",  V5, "-",     "-",          "PUBREC 87", "in use");
    takes("QoS 2 refused",      "PUBREL",         V5, "-",     "PUBCOMP",    "-",         "free");
    takes("lost QoS 2 open",    "PUBLISH 1",      V5, "-",     "PUBACK 91",  "-",         "in use");
    takes("lost QoS 2 refused", "PUBLISH 2 dup",  V5, "-",     "PUBREC 87",  "-",         "free");
    takes("lost QoS 2 refused", "PUBREL",         V5, "-",     "PUBCOMP",    "-",         "free");
}

#[test]
fn what_goes_out_bears_what_the_table_says() {
    for version in VERSIONS {
        let mut sender = sender("QoS 2 unsent", version);
        let next = sender.transmit().unwrap();
        match next.outgoing() {
            Outgoing::Message { delivery, .. } => assert!(delivery.dup()),
            other => panic!("{other:?}"),
        }
        drop(next);
        let before = sender.clone();
        assert_eq!(sender, before, "a guard that is dropped changes nothing");
        sender.transmit().unwrap().sent();
        assert!(sender.transmit().is_none());
    }
}
