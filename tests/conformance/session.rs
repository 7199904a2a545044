//! The statements on identifiers, QoS, re-delivery and order, of both
//! versions, from bytes to bytes: a session with its codec on one side, the
//! wire on the other. Statements of which a part is the broker's or the
//! connection's are tested here for the rest.

use std::num::NonZeroU16;
use std::time::Duration;

use puremqtt::delivery::{Outcome, Request};
use puremqtt::{
    Agreed, Decoder, Dropped, Encoder, Incoming, Message, Packet, PacketId, Publish, QoS,
    ReasonCode, Receipt, Resumption, Session, SubAck, Subscribe, Subscription, TopicFilter,
    TopicName, Unsubscribe, Version,
};

const V3_1_1: Version = Version::V3_1_1;
const V5: Version = Version::V5;
const A: TopicName = TopicName::literal("a");
const NONE: [&str; 0] = [];

/// A session and the codec of its connection.
struct Party {
    session: Session,
    decoder: Decoder,
    encoder: Encoder,
    version: Version,
    now: Duration,
    receipts: Vec<Receipt>,
}

fn hex(text: &str) -> Vec<u8> {
    let byte = |byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits");
    text.split_whitespace().map(byte).collect()
}

fn text(bytes: &[u8]) -> String {
    let bytes = bytes.iter().map(|byte| format!("{byte:02x}"));
    bytes.collect::<Vec<_>>().join(" ")
}

fn id(id: u16) -> PacketId {
    PacketId::new(id).expect("not 0")
}

impl Party {
    /// Connected, and nothing has happened yet.
    fn new(version: Version) -> Self {
        Self::with(Session::new(), version)
    }

    fn with(session: Session, version: Version) -> Self {
        let mut party = Self {
            session,
            decoder: Decoder::new(version),
            encoder: Encoder::new(version),
            version,
            now: Duration::ZERO,
            receipts: Vec::new(),
        };
        party.session.connected(Agreed::new(version));
        party
    }

    /// The connection is lost and the session resumed on another.
    fn reconnect(&mut self) {
        self.session.disconnected();
        self.decoder = Decoder::new(self.version);
        self.session.connected(Agreed::new(self.version));
    }

    /// Publishes "x" to "a", and gives what is sent.
    fn publish(&mut self, qos: QoS) -> Vec<String> {
        self.queue(qos, b"x");
        self.sent()
    }

    fn queue(&mut self, qos: QoS, payload: &[u8]) {
        let message = Message::new(A, payload);
        let terms = message.terms(qos, self.now);
        self.session.publish(message, terms, self.now).unwrap();
    }

    /// All that is due.
    fn sent(&mut self) -> Vec<String> {
        let mut packets = Vec::new();
        while let Some(next) = self.session.transmit(self.now) {
            let mut wire = Vec::new();
            let packet = next.packet().for_version(self.version);
            self.encoder.encode(packet, &mut wire).unwrap();
            packets.push(text(&wire));
            next.sent();
        }
        packets
    }

    /// What comes of these bytes, and the reply.
    fn receive(&mut self, wire: &str) -> (Option<Incoming<Message>>, String) {
        let bytes = hex(wire);
        let (packet, used) = self.decoder.decode(&bytes).unwrap().expect("a packet");
        assert_eq!(used, bytes.len());
        let taken = self.session.receive(&packet).unwrap();
        let mut reply = Vec::new();
        if let Some(packet) = taken.reply {
            self.encoder.encode(packet, &mut reply).unwrap();
        }
        (taken.incoming, text(&reply))
    }

    /// A PUBLISH arrives; whether it is delivered. Its receipt is kept.
    fn takes(&mut self, wire: &str) -> bool {
        let (incoming, reply) = self.receive(wire);
        assert_eq!(reply, "", "{wire}");
        match incoming {
            Some(Incoming::Message(receipt)) => {
                self.receipts.extend(receipt);
                true
            }
            None => false,
            other => panic!("{other:?}"),
        }
    }

    /// A PUBLISH arrives, is delivered and processed at once: what is answered.
    fn handles(&mut self, wire: &str) -> Vec<String> {
        assert!(self.takes(wire), "{wire} is delivered");
        self.acknowledge_all();
        self.sent()
    }

    fn acknowledge_all(&mut self) {
        for receipt in std::mem::take(&mut self.receipts) {
            assert!(self.session.acknowledge(receipt));
        }
    }

    /// A packet arrives that is nothing to the application: the reply.
    fn replies(&mut self, wire: &str) -> String {
        let (incoming, reply) = self.receive(wire);
        let quiet = matches!(
            incoming,
            None | Some(Incoming::Answer(
                Outcome::Released { .. } | Outcome::Repeated { .. } | Outcome::Unknown { .. }
            ))
        );
        assert!(quiet, "{wire}: {incoming:?}");
        reply
    }

    /// A packet arrives that ends an exchange: how.
    fn completes(&mut self, wire: &str) -> u8 {
        let (incoming, reply) = self.receive(wire);
        assert_eq!(reply, "", "{wire}");
        match incoming {
            Some(Incoming::Answer(Outcome::Delivered {
                message, reason, ..
            })) => {
                assert_eq!(message.expect("it comes back").topic(), A);
                reason.as_u8()
            }
            other => panic!("{wire}: {other:?}"),
        }
    }

    /// Identifiers in flight.
    fn in_flight(&self) -> Vec<u16> {
        let entries = self.session.entries();
        entries.map(|entry| entry.packet_id.get()).collect()
    }

    /// A SUBSCRIBE or UNSUBSCRIBE is on its way: its identifier.
    fn request(&mut self, request: Request) -> u16 {
        self.session.reserve(request).expect("a place").get()
    }

    fn is_unknown(&mut self, wire: &str) -> bool {
        let before = self.session.clone();
        let unknown = matches!(
            self.receive(wire).0,
            Some(Incoming::Answer(Outcome::Unknown { .. }))
        );
        unknown && self.session == before
    }

    /// Saved, and restored in another process.
    fn restart(&mut self) {
        let mut saved = Vec::new();
        let save = self.session.save(self.now, Message::publish, &mut saved);
        save.unwrap();
        let build = |publish: &Publish<'_>| (Message::from(publish), publish.payload.len());
        let restored = Session::new().restored(&saved, self.now, Duration::ZERO, build);
        self.session = restored.unwrap();
        self.reconnect();
    }
}

fn encoded<'a>(version: Version, packet: impl Into<Packet<'a>>) -> String {
    let mut wire = Vec::new();
    Encoder::new(version).encode(packet, &mut wire).unwrap();
    text(&wire)
}

/// The first free identifiers are never those in use; 0 is none; when all are
/// in use there is none.
fn identifiers_are_never_in_use(version: Version) {
    let mut party = Party::new(version);
    let first = [
        party.publish(QoS::AtLeastOnce).len() as u16,
        party.request(Request::Subscribe),
        party.request(Request::Unsubscribe),
    ];
    assert_eq!(first, [1, 2, 3]);
    // Once around all identifiers, the three staying in use.
    let mut last = 3;
    let mut wraps = 0;
    while wraps < 2 {
        let next = party.request(Request::Subscribe);
        assert!(![0, 1, 2, 3].contains(&next), "{next}");
        wraps += u32::from(next < last);
        last = next;
        assert!(party.session.release(id(next)));
    }
    // The window and the places for requests together are all there are.
    let mut party = Party::with(
        Session::new().with_queue_limits(puremqtt::QueueLimits {
            messages: 70_000,
            bytes: usize::MAX,
        }),
        version,
    );
    for _ in 0..65_536 {
        party.queue(QoS::AtLeastOnce, b"");
    }
    let sent = party.sent().len();
    let requests = std::iter::from_fn(|| party.session.reserve(Request::Subscribe)).count();
    assert_eq!(sent + requests, 65_535);
    assert_eq!(party.session.reserve(Request::Unsubscribe), None);
    let mut ids = party.in_flight();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), sent);
}

// --- MQTT 3.1.1 ---

#[test]
fn v3_1_1_mqtt_2_3_1_2_a_new_identifier_is_none_in_use() {
    identifiers_are_never_in_use(V3_1_1);
}

#[test]
fn v3_1_1_mqtt_2_3_1_3_an_identifier_is_kept_by_re_sends_and_free_after_its_acknowledgement() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::ExactlyOnce), ["34 06 00 01 61 00 01 78"]);
    party.reconnect();
    assert_eq!(party.sent(), ["3c 06 00 01 61 00 01 78"]);
    assert_eq!(party.replies("50 02 00 01"), "62 02 00 01");
    assert_eq!(party.in_flight(), [1]);
    party.completes("70 02 00 01");
    assert_eq!(party.in_flight(), [0; 0]);

    let id = party.request(Request::Subscribe);
    let suback = format!("90 03 00 {id:02x} 00");
    assert!(matches!(
        party.receive(&suback).0,
        Some(Incoming::Answer(Outcome::Answered { .. }))
    ));
    assert!(party.is_unknown(&suback));
}

#[test]
fn v3_1_1_mqtt_2_3_1_4_a_server_keeps_the_same_rules() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::AtLeastOnce), ["32 06 00 01 61 00 01 78"]);
    assert_eq!(party.publish(QoS::AtLeastOnce), ["32 06 00 01 61 00 02 78"]);
    party.reconnect();
    assert_eq!(
        party.sent(),
        ["3a 06 00 01 61 00 01 78", "3a 06 00 01 61 00 02 78"]
    );
    party.completes("40 02 00 01");
    assert_eq!(party.in_flight(), [2]);
}

#[test]
fn v3_1_1_mqtt_2_3_1_6_answers_bear_the_identifier_of_the_publish() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("32 05 00 01 61 00 0a"), ["40 02 00 0a"]);
    assert_eq!(party.handles("34 05 00 01 61 00 0b"), ["50 02 00 0b"]);
    for _ in 0..12 {
        party.publish(QoS::ExactlyOnce);
    }
    assert_eq!(party.replies("50 02 00 0c"), "62 02 00 0c");
}

#[test]
fn v3_1_1_mqtt_2_3_1_7_suback_and_unsuback_bear_the_identifier_of_the_request() {
    let codes = [ReasonCode::GRANTED_QOS_1];
    let suback = SubAck::new(id(0x10), (&codes).into());
    assert_eq!(encoded(V3_1_1, suback), "90 03 00 10 01");
    let mut unsuback = Vec::new();
    let packet = Packet::UnsubAck(SubAck::new(id(0x11), (&[]).into()));
    Encoder::new(V3_1_1).encode(packet, &mut unsuback).unwrap();
    assert_eq!(text(&unsuback), "b0 02 00 11");
    // What nobody asked for is reported and changes nothing.
    let mut party = Party::new(V3_1_1);
    assert!(party.is_unknown("90 03 00 10 01"));
    assert!(party.is_unknown("b0 02 00 11"));
}

#[test]
fn v3_1_1_mqtt_3_1_2_4_a_session_outlives_its_connection() {
    let mut party = Party::new(V3_1_1);
    party.publish(QoS::AtLeastOnce);
    party.handles("34 05 00 01 61 00 09");
    party.session.disconnected();
    let resumed = party.session.connack(Agreed::new(V3_1_1), true);
    assert_eq!(resumed, Ok(Resumption::Resumed));
    assert_eq!(party.sent(), ["3a 06 00 01 61 00 01 78"]);
    assert_eq!(party.session.received().collect::<Vec<_>>(), [id(9)]);
}

#[test]
fn v3_1_1_mqtt_3_1_2_6_a_clean_session_begins_with_nothing() {
    let mut party = Party::new(V3_1_1);
    party.publish(QoS::ExactlyOnce);
    // Clean Session 1: the old session is dropped, and a new one made.
    party.session = Session::new();
    let resumed = party.session.connack(Agreed::new(V3_1_1), false);
    assert_eq!(resumed, Ok(Resumption::New));
    assert_eq!(party.sent(), NONE);
    assert!(party.session.is_empty());
}

#[test]
fn v3_1_1_mqtt_3_3_1_1_a_re_delivery_has_dup() {
    let mut party = Party::new(V3_1_1);
    party.queue(QoS::AtLeastOnce, b"");
    assert_eq!(party.sent(), ["32 05 00 01 61 00 01"]);
    party.reconnect();
    assert_eq!(party.sent(), ["3a 05 00 01 61 00 01"]);
}

#[test]
fn v3_1_1_mqtt_3_3_4_1_a_publish_is_answered_by_its_qos() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("30 03 00 01 61"), NONE);
    assert_eq!(party.handles("32 05 00 01 61 00 01"), ["40 02 00 01"]);
    assert_eq!(party.handles("34 05 00 01 61 00 01"), ["50 02 00 01"]);
}

#[test]
fn v3_1_1_mqtt_3_8_4_2_suback_has_the_identifier_of_its_subscribe() {
    let wanted = [Subscription::new(
        TopicFilter::literal("a"),
        QoS::AtMostOnce,
    )];
    let mut party = Party::new(V3_1_1);
    for expected in ["82 06 00 01 00 01 61 00", "82 06 00 02 00 01 61 00"] {
        let id = id(party.request(Request::Subscribe));
        let subscribe = Subscribe::new(id, (&wanted).into());
        assert_eq!(encoded(V3_1_1, subscribe), expected);
    }
    for suback in ["90 03 00 01 00", "90 03 00 02 00"] {
        let answered = party.receive(suback).0;
        let expected = Outcome::Answered {
            packet_id: id(u16::from(suback.as_bytes()[10] - b'0')),
            request: Request::Subscribe,
        };
        assert_eq!(answered, Some(Incoming::Answer(expected)));
    }
    assert!(party.is_unknown("90 03 00 09 00"));
}

#[test]
fn v3_1_1_mqtt_3_10_4_3_what_is_in_flight_is_completed_after_an_unsubscribe() {
    let mut party = Party::new(V3_1_1);
    party.publish(QoS::ExactlyOnce);
    // The UNSUBSCRIBE concerns the broker's tree and not the session.
    assert_eq!(party.replies("50 02 00 01"), "62 02 00 01");
    party.completes("70 02 00 01");
}

#[test]
fn v3_1_1_mqtt_4_1_0_1_the_session_is_stored_as_long_as_it_lasts() {
    let mut party = Party::new(V3_1_1);
    party.publish(QoS::AtLeastOnce);
    party.handles("34 05 00 01 61 00 07");
    party.restart();
    assert_eq!(party.sent(), ["3a 06 00 01 61 00 01 78"]);
    assert_eq!(party.replies("3c 05 00 01 61 00 07"), "50 02 00 07");
    assert_eq!(party.replies("62 02 00 07"), "70 02 00 07");
}

#[test]
fn v3_1_1_mqtt_4_1_0_2_a_session_lasts_as_long_as_its_connection() {
    let mut party = Party::new(V3_1_1);
    party.publish(QoS::AtLeastOnce);
    let before = party.session.clone();
    party.now = Duration::from_secs(1 << 40);
    assert_eq!(party.sent(), NONE);
    party.session.expire(party.now);
    assert_eq!(party.session, before);
}

#[test]
fn v3_1_1_mqtt_4_3_1_1_qos_0_is_sent_once_and_forgotten() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::AtMostOnce), ["30 04 00 01 61 78"]);
    assert!(party.session.is_empty());
}

#[test]
fn v3_1_1_mqtt_4_3_2_1_qos_1_is_unacknowledged_until_its_puback() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::AtLeastOnce), ["32 06 00 01 61 00 01 78"]);
    assert!(party.is_unknown("40 02 00 02"));
    assert_eq!(party.in_flight(), [1]);
    party.completes("40 02 00 01");
    assert!(party.session.is_empty());
}

#[test]
fn v3_1_1_mqtt_4_3_2_2_after_puback_an_identifier_is_new_whatever_its_dup() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("32 05 00 01 61 00 01"), ["40 02 00 01"]);
    assert_eq!(party.handles("3a 05 00 01 61 00 01"), ["40 02 00 01"]);
}

#[test]
fn v3_1_1_mqtt_4_3_3_1_qos_2_is_sent_released_and_completed() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.publish(QoS::ExactlyOnce), ["34 06 00 01 61 00 01 78"]);
    assert_eq!(party.replies("50 02 00 01"), "62 02 00 01");
    party.reconnect();
    assert_eq!(party.sent(), ["62 02 00 01"]);
    assert_eq!(party.replies("50 02 00 01"), "62 02 00 01");
    party.completes("70 02 00 01");
    assert!(party.session.is_empty());
}

#[test]
fn v3_1_1_mqtt_4_3_3_2_qos_2_is_delivered_once() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("34 05 00 01 61 00 01"), ["50 02 00 01"]);
    assert_eq!(party.replies("3c 05 00 01 61 00 01"), "50 02 00 01");
    assert_eq!(party.replies("62 02 00 01"), "70 02 00 01");
    assert_eq!(party.handles("34 05 00 01 61 00 01"), ["50 02 00 01"]);
}

#[test]
fn v3_1_1_mqtt_4_4_0_1_what_is_unacknowledged_is_sent_again_whatever_session_present_says() {
    for session_present in [true, false] {
        let mut party = Party::new(V3_1_1);
        party.queue(QoS::AtLeastOnce, b"");
        party.queue(QoS::ExactlyOnce, b"");
        party.sent();
        party.replies("50 02 00 02");
        party.session.disconnected();
        let agreed = Agreed::new(V3_1_1);
        let resumed = party.session.connack(agreed, session_present).unwrap();
        assert_eq!(resumed == Resumption::Lost, !session_present);
        // PUBRELs go first: they wait for no quota.
        assert_eq!(party.sent(), ["62 02 00 02", "3a 05 00 01 61 00 01"]);
    }
}

#[test]
fn v3_1_1_mqtt_4_5_0_2_a_client_acknowledges_what_it_never_asked_for() {
    let mut party = Party::new(V3_1_1);
    assert_eq!(party.handles("32 06 00 02 7a 7a 00 03"), ["40 02 00 03"]);
}

#[test]
fn v3_1_1_mqtt_4_6_0_1_re_sends_go_in_the_order_of_the_first_sending() {
    re_sends_are_in_order(V3_1_1, ["3a 05 00 01 61", "3c 05 00 01 61"], "");
}

#[test]
fn v3_1_1_mqtt_4_6_0_2_pubacks_go_in_the_order_of_the_publishes() {
    let mut party = Party::new(V3_1_1);
    for packet_id in ["07", "03", "09"] {
        assert!(party.takes(&format!("32 05 00 01 61 00 {packet_id}")));
    }
    answers_are_in_order(party, ["40 02 00 07", "40 02 00 03", "40 02 00 09"]);
}

#[test]
fn v3_1_1_mqtt_4_6_0_3_pubrecs_go_in_the_order_of_the_publishes() {
    let mut party = Party::new(V3_1_1);
    for packet_id in ["07", "03", "09"] {
        assert!(party.takes(&format!("34 05 00 01 61 00 {packet_id}")));
    }
    answers_are_in_order(party, ["50 02 00 07", "50 02 00 03", "50 02 00 09"]);
}

#[test]
fn v3_1_1_mqtt_4_6_0_4_pubrels_go_in_the_order_of_the_pubrecs() {
    pubrels_are_in_order(V3_1_1);
}

/// Redeems the last receipt first: nothing goes out of order.
fn answers_are_in_order(mut party: Party, expected: [&str; 3]) {
    let first = party.receipts.remove(0);
    while let Some(receipt) = party.receipts.pop() {
        assert!(party.session.acknowledge(receipt));
        assert_eq!(party.sent(), NONE);
    }
    assert!(party.session.acknowledge(first));
    assert_eq!(party.sent(), expected);
}

fn pubrels_are_in_order(version: Version) {
    let mut party = Party::new(version);
    for _ in 0..3 {
        party.publish(QoS::ExactlyOnce);
    }
    for packet_id in [2, 1, 3] {
        let pubrec = format!("50 02 00 {packet_id:02x}");
        let pubrel = format!("62 02 00 {packet_id:02x}");
        assert_eq!(party.replies(&pubrec), pubrel);
    }
    let in_order = ["62 02 00 02", "62 02 00 01", "62 02 00 03"];
    party.reconnect();
    assert_eq!(party.sent(), in_order);
    party.restart();
    assert_eq!(party.sent(), in_order);
}

/// Mixed QoS, also where identifiers wrap from 65,535 to 1.
fn re_sends_are_in_order(version: Version, [qos_1, qos_2]: [&str; 2], end: &str) {
    let mut party = Party::new(version);
    let send = |party: &mut Party, qos| {
        party.queue(qos, b"");
        party.sent();
    };
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce, QoS::AtLeastOnce] {
        send(&mut party, qos);
    }
    party.reconnect();
    let expected = [(qos_1, "00 01"), (qos_2, "00 02"), (qos_1, "00 03")];
    let expected = expected.map(|(first, id)| format!("{first} {id}{end}"));
    assert_eq!(party.sent(), expected);
    for id in ["01", "03"] {
        party.completes(&format!("40 02 00 {id}"));
    }
    // Identifiers go on, past 65,535.
    let mut id = 0;
    while id < 65_520 {
        send(&mut party, QoS::AtLeastOnce);
        id = party.in_flight()[1];
        party.completes(&format!("40 02 {:02x} {:02x}", id >> 8, id & 255));
    }
    for _ in 0..20 {
        send(&mut party, QoS::AtLeastOnce);
    }
    let sent = party.in_flight();
    assert!(!sent.is_sorted(), "{sent:?} wraps");
    party.reconnect();
    let again = party.sent();
    let ids = sent
        .iter()
        .map(|id| format!("{:02x} {:02x}{end}", id >> 8, id & 255));
    for (packet, id) in again.iter().zip(ids) {
        assert!(packet.ends_with(&id), "{again:?}, {sent:?}");
    }
}

// --- MQTT 5 ---

#[test]
fn v5_mqtt_2_2_1_3_a_clients_new_identifier_is_none_in_use() {
    identifiers_are_never_in_use(V5);
    let zero = hex("82 07 00 00 00 00 01 61 00");
    assert!(Decoder::server().decode(&zero).is_err());
    assert!(Decoder::new(V5).decode(&zero).is_err());
}

#[test]
fn v5_mqtt_2_2_1_4_a_servers_new_identifier_is_none_in_use() {
    let mut party = Party::new(V5);
    assert_eq!(
        party.publish(QoS::AtLeastOnce),
        ["32 07 00 01 61 00 01 00 78"]
    );
    assert_eq!(
        party.publish(QoS::ExactlyOnce),
        ["34 07 00 01 61 00 02 00 78"]
    );
    assert_eq!(
        party.publish(QoS::ExactlyOnce),
        ["34 07 00 01 61 00 03 00 78"]
    );
    assert_eq!(party.completes("40 02 00 01"), 0);
    assert_eq!(party.completes("50 03 00 02 87"), 0x87);
    assert_eq!(party.in_flight(), [3]);
    party.replies("50 02 00 03");
    assert_eq!(party.completes("70 02 00 03"), 0);
    assert!(party.session.is_empty());
}

#[test]
fn v5_mqtt_2_2_1_5_answers_bear_the_identifier_of_the_publish() {
    let mut party = Party::new(V5);
    assert_eq!(party.handles("32 06 00 01 61 00 0a 00"), ["40 02 00 0a"]);
    assert_eq!(party.handles("34 06 00 01 61 00 0b 00"), ["50 02 00 0b"]);
    assert_eq!(party.replies("62 02 00 0b"), "70 02 00 0b");
}

#[test]
fn v5_mqtt_2_2_1_6_suback_and_unsuback_bear_the_identifier_of_the_request() {
    let granted = [ReasonCode::GRANTED_QOS_1];
    let suback = SubAck::new(id(0x10), (&granted).into());
    assert_eq!(encoded(V5, suback), "90 04 00 10 00 01");
    let success = [ReasonCode::SUCCESS];
    let unsuback = Packet::UnsubAck(SubAck::new(id(0x11), (&success).into()));
    assert_eq!(encoded(V5, unsuback), "b0 04 00 11 00 00");
    let mut party = Party::new(V5);
    assert!(party.is_unknown("90 04 00 10 00 01"));
    assert!(party.is_unknown("b0 04 00 11 00 00"));
}

#[test]
fn v5_mqtt_3_1_2_4_a_clean_start_begins_with_nothing() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.session = Session::new();
    let resumed = party.session.connack(Agreed::new(V5), false);
    assert_eq!(resumed, Ok(Resumption::New));
    assert_eq!(party.sent(), NONE);
}

#[test]
fn v5_mqtt_3_1_2_23_the_session_is_kept_after_the_connection() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.handles("34 06 00 01 61 00 07 00");
    party.session.disconnected();
    // How long is for the caller to say; nothing in the session ends it.
    party.session.expire(Duration::MAX);
    assert_eq!(party.in_flight(), [1]);
    assert_eq!(party.session.received().collect::<Vec<_>>(), [id(7)]);
}

#[test]
fn v5_mqtt_3_1_2_25_a_message_too_large_for_the_client_counts_as_sent() {
    let mut party = Party::new(V5);
    let agreed = Agreed {
        send_maximum: 1,
        ..Agreed::new(V5)
    };
    party.session.connected(agreed);
    party.encoder = Encoder::new(V5).with_max_packet_size(20);
    party.queue(QoS::AtLeastOnce, b"a message of more than twenty bytes");
    party.queue(QoS::AtLeastOnce, b"x");
    let mut wire = Vec::new();
    let next = party.session.transmit(party.now).unwrap();
    assert!(party.encoder.encode(next.packet(), &mut wire).is_err());
    assert!(wire.is_empty());
    assert!(next.discard().is_some());
    // Neither identifier nor quota is spent.
    assert_eq!(party.session.send_quota(), 1);
    assert_eq!(party.sent(), ["32 07 00 01 61 00 01 00 78"]);
}

#[test]
fn v5_mqtt_3_2_2_5_a_client_drops_what_the_server_has_lost() {
    let mut party = Party::new(V5);
    party.publish(QoS::AtLeastOnce);
    party.handles("34 06 00 01 61 00 07 00");
    party.session.disconnected();
    let resumed = party.session.connack(Agreed::new(V5), false);
    assert_eq!(resumed, Ok(Resumption::Lost));
    assert_eq!(party.sent(), NONE);
    assert_eq!(party.in_flight(), [0; 0]);
    assert_eq!(party.session.received().count(), 0);
    let (message, why) = party.session.dropped().unwrap();
    assert_eq!((message.payload(), why), (&b"x"[..], Dropped::SessionLost));
    assert!(party.session.dropped().is_none());
}

#[test]
fn v5_mqtt_3_3_1_1_a_re_delivery_has_dup() {
    let mut party = Party::new(V5);
    party.queue(QoS::AtLeastOnce, b"");
    assert_eq!(party.sent(), ["32 06 00 01 61 00 01 00"]);
    party.reconnect();
    assert_eq!(party.sent(), ["3a 06 00 01 61 00 01 00"]);
}

#[test]
fn v5_mqtt_3_3_4_1_a_publish_is_answered_by_its_qos() {
    let mut party = Party::new(V5);
    assert_eq!(party.handles("30 04 00 01 61 00"), NONE);
    assert_eq!(party.handles("32 06 00 01 61 00 01 00"), ["40 02 00 01"]);
    assert_eq!(party.handles("34 06 00 01 61 00 01 00"), ["50 02 00 01"]);
}

#[test]
fn v5_mqtt_3_8_4_2_suback_has_the_identifier_of_its_subscribe() {
    let mut party = Party::new(V5);
    assert_eq!(party.request(Request::Subscribe), 1);
    assert_eq!(party.request(Request::Subscribe), 2);
    assert!(party.is_unknown("90 04 00 09 00 00"));
    for suback in ["90 04 00 01 00 00", "90 04 00 02 00 00"] {
        let answered = party.receive(suback).0;
        assert!(
            matches!(answered, Some(Incoming::Answer(Outcome::Answered { .. }))),
            "{answered:?}"
        );
        assert!(party.is_unknown(suback));
    }
    let filters = [TopicFilter::literal("a")];
    let unsubscribe = Unsubscribe::new(id(party.request(Request::Unsubscribe)), (&filters).into());
    assert_eq!(encoded(V5, unsubscribe), "a2 06 00 03 00 00 01 61");
}

#[test]
fn v5_mqtt_3_10_4_3_what_is_in_flight_is_completed_after_an_unsubscribe() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    assert_eq!(party.replies("50 02 00 01"), "62 02 00 01");
    party.completes("70 02 00 01");
}

#[test]
fn v5_mqtt_4_1_0_1_no_state_is_dropped_while_connected() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.handles("34 06 00 01 61 00 07 00");
    let before = party.session.clone();
    party.now = Duration::from_secs(1 << 40);
    assert_eq!(party.sent(), NONE);
    party.session.expire(party.now);
    assert_eq!(party.session, before);
}

#[test]
fn v5_mqtt_4_3_1_1_qos_0_is_sent_once_and_forgotten() {
    let mut party = Party::new(V5);
    assert_eq!(party.publish(QoS::AtMostOnce), ["30 05 00 01 61 00 78"]);
    assert!(party.session.is_empty());
}

#[test]
fn v5_mqtt_4_3_2_1_each_message_of_qos_1_has_an_identifier_of_its_own() {
    let mut party = Party::new(V5);
    party.publish(QoS::AtLeastOnce);
    party.publish(QoS::AtLeastOnce);
    assert_eq!(party.in_flight(), [1, 2]);
    party.completes("40 02 00 01");
    party.publish(QoS::AtLeastOnce);
    assert_eq!(party.in_flight(), [2, 3]);
}

#[test]
fn v5_mqtt_4_3_2_2_qos_1_is_sent_without_dup() {
    let mut party = Party::new(V5);
    assert_eq!(
        party.publish(QoS::AtLeastOnce),
        ["32 07 00 01 61 00 01 00 78"]
    );
}

#[test]
fn v5_mqtt_4_3_2_3_qos_1_is_unacknowledged_until_its_puback() {
    for (puback, reason) in [("40 02 00 01", 0), ("40 03 00 01 87", 0x87)] {
        let mut party = Party::new(V5);
        party.publish(QoS::AtLeastOnce);
        assert!(party.is_unknown("40 02 00 02"));
        assert_eq!(party.in_flight(), [1]);
        assert_eq!(party.completes(puback), reason);
        assert!(party.session.is_empty());
    }
}

#[test]
fn v5_mqtt_4_3_2_4_puback_bears_the_identifier_once_the_message_is_taken() {
    let mut party = Party::new(V5);
    assert!(party.takes("32 06 00 01 61 00 01 00"));
    assert_eq!(party.sent(), NONE);
    party.acknowledge_all();
    assert_eq!(party.sent(), ["40 02 00 01"]);
}

#[test]
fn v5_mqtt_4_3_2_5_after_puback_an_identifier_is_new_whatever_its_dup() {
    let mut party = Party::new(V5);
    assert_eq!(party.handles("32 06 00 01 61 00 01 00"), ["40 02 00 01"]);
    assert_eq!(party.handles("3a 06 00 01 61 00 01 00"), ["40 02 00 01"]);
}

#[test]
fn v5_mqtt_4_3_3_1_each_message_of_qos_2_has_an_identifier_of_its_own() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.publish(QoS::ExactlyOnce);
    party.replies("50 02 00 01");
    assert_eq!(party.in_flight(), [1, 2]);
    assert_eq!(party.completes("50 03 00 02 80"), 0x80);
    assert_eq!(party.in_flight(), [1]);
    party.completes("70 02 00 01");
    assert!(party.session.is_empty());
}

#[test]
fn v5_mqtt_4_3_3_2_qos_2_is_sent_without_dup() {
    let mut party = Party::new(V5);
    assert_eq!(
        party.publish(QoS::ExactlyOnce),
        ["34 07 00 01 61 00 01 00 78"]
    );
}

#[test]
fn v5_mqtt_4_3_3_3_a_publish_of_qos_2_is_unacknowledged_until_its_pubrec() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.reconnect();
    assert_eq!(party.sent(), ["3c 07 00 01 61 00 01 00 78"]);
}

#[test]
fn v5_mqtt_4_3_3_4_a_pubrec_below_80_is_answered_by_pubrel() {
    for (pubrec, reason) in [("50 02 00 01", 0), ("50 03 00 01 10", 0x10)] {
        let mut party = Party::new(V5);
        party.publish(QoS::ExactlyOnce);
        assert_eq!(party.replies(pubrec), "62 02 00 01");
        assert_eq!(party.completes("70 02 00 01"), reason);
    }
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    assert_eq!(party.completes("50 03 00 01 87"), 0x87);
    assert_eq!(party.replies("50 02 00 09"), "62 03 00 09 92");
}

#[test]
fn v5_mqtt_4_3_3_5_a_pubrel_is_unacknowledged_until_its_pubcomp() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.replies("50 02 00 01");
    party.reconnect();
    assert_eq!(party.sent(), ["62 02 00 01"]);
    party.completes("70 02 00 01");
    party.reconnect();
    assert_eq!(party.sent(), NONE);
}

#[test]
fn v5_mqtt_4_3_3_6_a_publish_is_not_sent_again_after_its_pubrel() {
    let mut party = Party::new(V5);
    party.publish(QoS::ExactlyOnce);
    party.replies("50 02 00 01");
    for _ in 0..3 {
        party.reconnect();
        assert_eq!(party.sent(), ["62 02 00 01"]);
    }
}

#[test]
fn v5_mqtt_4_3_3_7_a_message_does_not_expire_once_it_was_sent() {
    let mut party = Party::new(V5);
    let message = Message::from(&Publish {
        message_expiry_interval: Some(2),
        ..Publish::new(A, b"x")
    });
    let terms = message.terms(QoS::ExactlyOnce, party.now);
    party.session.publish(message, terms, party.now).unwrap();
    assert_eq!(party.sent(), ["34 0c 00 01 61 00 01 05 02 00 00 00 02 78"]);
    party.now += Duration::from_secs(5);
    party.session.expire(party.now);
    party.reconnect();
    // It has no time left, and is sent all the same.
    assert_eq!(party.sent(), ["3c 0c 00 01 61 00 01 05 02 00 00 00 00 78"]);
}

#[test]
fn v5_mqtt_4_3_3_8_pubrec_bears_the_identifier_once_the_message_is_taken() {
    let mut party = Party::new(V5);
    assert!(party.takes("34 06 00 01 61 00 01 00"));
    assert_eq!(party.sent(), NONE);
    party.acknowledge_all();
    assert_eq!(party.sent(), ["50 02 00 01"]);
}

#[test]
fn v5_mqtt_4_3_3_9_after_a_refusal_an_identifier_is_new() {
    let mut party = Party::new(V5);
    assert!(party.takes("34 06 00 01 61 00 01 00"));
    let receipt = party.receipts.pop().unwrap();
    assert!(party.session.refuse(receipt, ReasonCode::NOT_AUTHORIZED));
    assert_eq!(party.sent(), ["50 03 00 01 87"]);
    assert_eq!(party.handles("34 06 00 01 61 00 01 00"), ["50 02 00 01"]);
}

#[test]
fn v5_mqtt_4_3_3_10_a_repeat_has_its_pubrec_and_no_delivery() {
    let mut party = Party::new(V5);
    party.handles("34 06 00 01 61 00 01 00");
    assert_eq!(party.replies("3c 06 00 01 61 00 01 00"), "50 02 00 01");
    party.reconnect();
    assert_eq!(party.replies("3c 06 00 01 61 00 01 00"), "50 02 00 01");
    party.restart();
    assert_eq!(party.replies("3c 06 00 01 61 00 01 00"), "50 02 00 01");
}

#[test]
fn v5_mqtt_4_3_3_11_a_pubrel_has_its_pubcomp() {
    let mut party = Party::new(V5);
    party.handles("34 06 00 01 61 00 01 00");
    assert_eq!(party.replies("62 02 00 01"), "70 02 00 01");
    assert_eq!(party.replies("62 02 00 09"), "70 03 00 09 92");
}

#[test]
fn v5_mqtt_4_3_3_12_after_pubcomp_an_identifier_is_new() {
    let mut party = Party::new(V5);
    party.handles("34 06 00 01 61 00 01 00");
    party.replies("62 02 00 01");
    assert_eq!(party.handles("34 06 00 01 61 00 01 00"), ["50 02 00 01"]);
}

#[test]
fn v5_mqtt_4_3_3_13_an_exchange_goes_on_though_its_message_has_expired() {
    let mut party = Party::new(V5);
    // Two seconds to live, and nobody looks at it before they are over.
    party.handles("34 0b 00 01 61 00 01 05 02 00 00 00 02");
    party.now += Duration::from_secs(5);
    party.session.expire(party.now);
    assert_eq!(party.replies("62 02 00 01"), "70 02 00 01");
}

#[test]
fn v5_mqtt_4_4_0_1_what_is_unacknowledged_is_sent_again_on_a_new_connection_alone() {
    let mut party = Party::new(V5);
    party.queue(QoS::AtLeastOnce, b"");
    party.queue(QoS::ExactlyOnce, b"");
    party.sent();
    party.replies("50 02 00 02");
    party.now += Duration::from_secs(3_600);
    assert_eq!(party.sent(), NONE);
    party.reconnect();
    assert_eq!(party.sent(), ["62 02 00 02", "3a 06 00 01 61 00 01 00"]);
}

#[test]
fn v5_mqtt_4_4_0_2_what_was_refused_is_not_sent_again() {
    let mut party = Party::new(V5);
    party.publish(QoS::AtLeastOnce);
    party.publish(QoS::ExactlyOnce);
    assert_eq!(party.completes("40 03 00 01 87"), 0x87);
    assert_eq!(party.completes("50 03 00 02 97"), 0x97);
    party.reconnect();
    assert_eq!(party.sent(), NONE);
}

#[test]
fn v5_mqtt_4_5_0_2_a_client_acknowledges_what_it_never_asked_for() {
    let mut party = Party::new(V5);
    assert_eq!(party.handles("32 07 00 02 7a 7a 00 03 00"), ["40 02 00 03"]);
}

#[test]
fn v5_mqtt_4_6_0_1_re_sends_go_in_the_order_of_the_first_sending() {
    re_sends_are_in_order(V5, ["3a 06 00 01 61", "3c 06 00 01 61"], " 00");
}

#[test]
fn v5_mqtt_4_6_0_2_pubacks_go_in_the_order_of_the_publishes() {
    let mut party = Party::new(V5);
    for packet_id in ["07", "03", "09"] {
        assert!(party.takes(&format!("32 06 00 01 61 00 {packet_id} 00")));
    }
    answers_are_in_order(party, ["40 02 00 07", "40 02 00 03", "40 02 00 09"]);
}

#[test]
fn v5_mqtt_4_6_0_3_pubrecs_go_in_the_order_of_the_publishes() {
    let mut party = Party::new(V5);
    for packet_id in ["07", "03", "09"] {
        assert!(party.takes(&format!("34 06 00 01 61 00 {packet_id} 00")));
    }
    answers_are_in_order(party, ["50 02 00 07", "50 02 00 03", "50 02 00 09"]);
}

#[test]
fn v5_mqtt_4_6_0_4_pubrels_go_in_the_order_of_the_pubrecs() {
    pubrels_are_in_order(V5);
}

/// Of the connection's statements, those that a session keeps: no more than
/// the peer takes, and nothing but PUBLISHes of QoS 1 and 2 is held back.
#[test]
fn v5_mqtt_3_3_4_7_the_receive_maximum_holds_back_publishes_alone() {
    let mut party = Party::with(Session::new().with_max_in_flight(NonZeroU16::MAX), V5);
    party.session.connected(Agreed {
        send_maximum: 2,
        ..Agreed::new(V5)
    });
    party.queue(QoS::AtLeastOnce, b"");
    party.queue(QoS::ExactlyOnce, b"");
    party.queue(QoS::AtLeastOnce, b"");
    party.queue(QoS::AtMostOnce, b"");
    let both = ["32 06 00 01 61 00 01 00", "34 06 00 01 61 00 02 00"];
    let sent = party.sent();
    assert_eq!(sent[..2], both);
    assert_eq!(sent[2..], ["30 04 00 01 61 00"]);
    assert_eq!(party.request(Request::Subscribe), 3);
    assert_eq!(party.replies("50 02 00 02"), "62 02 00 02");
    assert_eq!(party.sent(), NONE);
    party.completes("40 02 00 01");
    assert_eq!(party.sent(), ["32 06 00 01 61 00 04 00"]);
    party.completes("70 02 00 02");
    assert_eq!(party.session.send_quota(), 1);
}
