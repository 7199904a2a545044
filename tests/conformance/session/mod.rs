//! The statements on identifiers, QoS, re-delivery and order, of both
//! versions, from bytes to bytes: a session with its codec on one side, the
//! wire on the other. Statements of which a part is the broker's or the
//! connection's are tested here for the rest.

mod v3_1_1;
mod v5_0;
mod v5_0_exchanges;

use std::time::Duration;

use puremqtt::delivery::{Outcome, Request};
use puremqtt::{
    Agreed, CallError, Decoder, Encoder, Incoming, Message, PacketId, Publish, QoS, ReasonCode,
    Receipt, Session, SubAck, TopicName, Version,
};

use crate::parties::Server;

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

/// The answer of a server to a request for one filter, in bytes.
fn answer(server: &mut Server, request: Request, packet_id: u16, code: ReasonCode) -> String {
    let codes = [code];
    let answer = SubAck::new(id(packet_id), (&codes).into());
    let connection = server.connection();
    let packet = match request {
        Request::Subscribe => connection.suback(answer),
        Request::Unsubscribe => connection.unsuback(answer),
    };
    assert_eq!(server.says(packet.unwrap()), Ok(()));
    server.sent().concat()
}

/// No request of this kind awaits an answer with this identifier.
fn has_no_answer(server: &mut Server, request: Request, packet_id: u16) {
    let codes = [ReasonCode::SUCCESS];
    let answer = SubAck::new(id(packet_id), (&codes).into());
    let connection = server.connection();
    let packet = match request {
        Request::Subscribe => connection.suback(answer),
        Request::Unsubscribe => connection.unsuback(answer),
    };
    assert_eq!(packet, Err(CallError::UnknownRequest(id(packet_id))));
}
