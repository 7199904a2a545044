//! Two sessions exchange messages while the input decides what happens next:
//! packets are delayed, connections cut, processes restarted, receipts held
//! back, redeemed out of order, too late or not at all. In the end everything
//! has arrived, as often as its QoS says. Then the peer turns hostile: no
//! packet panics, and an error changes nothing.
#![no_main]

use std::collections::VecDeque;
use std::slice;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use puremqtt::delivery::{Outcome, Request};
use puremqtt::{
    Agreed, Decoder, Encoder, Incoming, Outgoing, Packet, Publish, QoS, ReasonCode, Receipt,
    Session, TopicName, Version,
};

const T: TopicName = TopicName::literal("t");
const NOW: Duration = Duration::ZERO;

struct Side {
    session: Session<u8>,
    decoder: Decoder,
    encoder: Encoder,
    version: Version,
    maximum: u16,
    out: VecDeque<Vec<u8>>,
    receipts: Vec<(Receipt, u8)>,
    /// Own messages: QoS, whether given back, whether withdrawn.
    sent: Vec<(QoS, u32, bool)>,
    /// The other's: how often handled, whether refused.
    taken: Vec<(u32, bool)>,
    first: Vec<u8>,
    requests: Vec<puremqtt::PacketId>,
}

fn publish(message: &u8) -> Publish<'_> {
    Publish::new(T, slice::from_ref(message))
}

impl Side {
    fn new(version: Version, maximum: u16) -> Self {
        Self {
            session: Session::new(),
            decoder: Decoder::new(version),
            encoder: Encoder::new(version),
            version,
            maximum,
            out: VecDeque::new(),
            receipts: Vec::new(),
            sent: Vec::new(),
            taken: vec![(0, false); 256],
            first: Vec::new(),
            requests: Vec::new(),
        }
    }

    fn connect(&mut self) {
        self.session.disconnected();
        while self.session.dropped().is_some() {}
        self.decoder = Decoder::new(self.version);
        self.out.clear();
        self.requests.clear();
        let agreed = Agreed::new(self.version);
        self.session.connected(match self.version {
            Version::V5 => Agreed {
                send_maximum: self.maximum,
                receive_maximum: self.maximum,
                ..agreed
            },
            _ => agreed,
        });
    }

    fn restart(&mut self) {
        let mut saved = Vec::new();
        self.session.save(NOW, publish, &mut saved).unwrap();
        let build = |publish: &Publish<'_>| (publish.payload[0], 1);
        self.session = Session::new().restored(&saved, NOW, NOW, build).unwrap();
        let mut again = Vec::new();
        self.session.save(NOW, publish, &mut again).unwrap();
        assert_eq!(saved, again);
        self.receipts.clear();
    }

    fn publish(&mut self, qos: QoS) {
        let Ok(message) = u8::try_from(self.sent.len()) else {
            return;
        };
        if self.sent.len() >= 200 {
            return;
        }
        let terms = puremqtt::Terms {
            qos,
            ..Default::default()
        };
        if self.session.publish(message, terms, NOW).is_ok() {
            self.sent.push((qos, 0, false));
        }
    }

    fn sends(&mut self, commit: bool) -> bool {
        let before = self.session.clone();
        let quota = self.session.send_quota();
        let Some(next) = self.session.transmit(NOW) else {
            return false;
        };
        let packet = match next.outgoing() {
            Outgoing::Reply(reply) => reply.packet(),
            Outgoing::Message {
                delivery, message, ..
            } => {
                assert!(quota > 0 || delivery.qos() == QoS::AtMostOnce);
                Packet::Publish(Publish {
                    delivery,
                    ..publish(message)
                })
            }
        };
        let mut wire = Vec::new();
        self.encoder.encode(packet, &mut wire).unwrap();
        if commit {
            if let Some(message) = next.sent() {
                self.sent[usize::from(message)].1 += 1;
            }
            self.out.push_back(wire);
        } else {
            drop(next);
            // Storage may have grown; nothing else has changed.
            assert_eq!(self.session.in_flight(), before.in_flight());
            assert_eq!(self.session.send_quota(), before.send_quota());
            assert!(self.session.entries().eq(before.entries()));
            assert!(
                self.session
                    .pending_messages()
                    .eq(before.pending_messages())
            );
        }
        true
    }

    fn receives(&mut self, wire: &[u8]) {
        let mut decoder = self.decoder.clone();
        let (packet, _) = decoder.decode(wire).unwrap().unwrap();
        let taken = self.session.receive(&packet).unwrap();
        match taken.incoming {
            Some(Incoming::Message(receipt)) => {
                let Packet::Publish(publish) = packet else {
                    panic!("{packet}");
                };
                let message = publish.payload[0];
                match receipt {
                    Some(receipt) => {
                        if !self.first.contains(&message) {
                            self.first.push(message);
                        }
                        self.receipts.push((receipt, message));
                    }
                    None => self.taken[usize::from(message)].0 += 1,
                }
            }
            Some(Incoming::Answer(Outcome::Delivered { message, .. })) => {
                self.sent[usize::from(message.unwrap())].1 += 1;
            }
            _ => {}
        }
        if let Some(reply) = taken.reply {
            let mut wire = Vec::new();
            self.encoder.encode(reply, &mut wire).unwrap();
            self.out.push_back(wire);
        }
    }

    fn redeems(&mut self, at: usize, refuse: bool) -> bool {
        if self.receipts.is_empty() {
            return false;
        }
        let (receipt, message) = self.receipts.remove(at % self.receipts.len());
        if !self.session.is_open(&receipt) {
            // Of an earlier connection: it was handled, and nobody will know.
            assert_eq!(receipt.qos(), QoS::AtLeastOnce);
            assert!(!self.session.acknowledge(receipt));
            self.taken[usize::from(message)].0 += 1;
            return true;
        }
        if refuse && self.version == Version::V5 {
            assert!(self.session.refuse(receipt, ReasonCode::NOT_AUTHORIZED));
            self.taken[usize::from(message)].1 = true;
        } else {
            assert!(self.session.acknowledge(receipt));
            self.taken[usize::from(message)].0 += 1;
        }
        true
    }
}

fn step(sides: &mut [Side; 2], at: usize, op: u8, argument: u8) -> bool {
    let [a, b] = sides;
    let (side, other) = if at == 0 { (a, b) } else { (b, a) };
    match op {
        0 => side.publish(QoS::AtMostOnce),
        1 => side.publish(QoS::AtLeastOnce),
        2 | 3 => side.publish(QoS::ExactlyOnce),
        4 | 5 => return side.sends(true),
        6 => return side.sends(false),
        7 | 8 => match other.out.pop_front() {
            Some(wire) => side.receives(&wire),
            None => return false,
        },
        9 => return side.redeems(0, false),
        10 => return side.redeems(usize::from(argument), false),
        11 => return side.redeems(usize::from(argument), true),
        12 => sides.iter_mut().for_each(Side::connect),
        13 => {
            side.restart();
            sides.iter_mut().for_each(Side::connect);
        }
        14 => {
            let wanted = |message: &u8| message % 4 == argument % 4;
            if let Some(message) = side.session.withdraw(wanted) {
                side.sent[usize::from(message)].2 = true;
            }
        }
        _ => {
            if let Some(id) = side.session.reserve(Request::Subscribe) {
                assert!(!side.requests.contains(&id));
                assert!(side.session.entries().all(|entry| entry.packet_id != id));
                side.requests.push(id);
            } else if let Some(id) = side.requests.pop() {
                assert!(side.session.release(id));
            }
        }
    }
    true
}

fuzz_target!(|input: &[u8]| {
    let Some((&[config, hostile], ops)) = input.split_first_chunk::<2>() else {
        return;
    };
    let version = if config & 1 == 0 {
        Version::V5
    } else {
        Version::V3_1_1
    };
    let maximum = 1 + u16::from(config >> 1 & 7);
    let mut sides = [Side::new(version, maximum), Side::new(version, maximum)];
    sides.iter_mut().for_each(Side::connect);
    for op in ops.chunks(2) {
        let argument = op.get(1).copied().unwrap_or(0);
        step(&mut sides, usize::from(op[0] >> 7), op[0] & 15, argument);
    }
    // Receipts that nobody has any more come again with a new process.
    sides.iter_mut().for_each(Side::restart);
    sides.iter_mut().for_each(Side::connect);
    let quiet =
        |sides: &mut [Side; 2]| (0..2).any(|at| [9, 4, 7].iter().any(|&op| step(sides, at, op, 0)));
    while quiet(&mut sides) {}
    for at in 0..2 {
        let (side, other) = (&sides[at], &sides[1 - at]);
        assert!(side.session.is_empty(), "{:?}", side.session);
        assert!(other.first.is_sorted(), "{:?}", other.first);
        for (message, &(qos, finished, withdrawn)) in side.sent.iter().enumerate() {
            let (taken, refused) = other.taken[message];
            match qos {
                // It may be lost with a connection, and is not repeated.
                QoS::AtMostOnce => assert!(taken <= 1 && finished <= 1),
                _ if withdrawn => assert_eq!((taken, finished), (0, 0)),
                QoS::AtLeastOnce => assert!((taken > 0 || refused) && finished == 1),
                QoS::ExactlyOnce => {
                    assert!(taken == 1 || refused && taken == 0, "{message}: {taken}");
                    assert_eq!(finished, 1);
                }
            }
        }
    }

    // Whatever the peer now sends.
    let side = &mut sides[usize::from(hostile & 1)];
    for _ in 0..usize::from(hostile >> 6) {
        side.publish(QoS::ExactlyOnce);
        side.publish(QoS::AtLeastOnce);
    }
    let mut decoder = Decoder::new(version);
    let mut rest = ops;
    while let Ok(Some((packet, used))) = decoder.decode(rest) {
        while side.sends(true) {}
        let before = side.session.clone();
        match side.session.receive(&packet) {
            Ok(taken) => {
                if let Some(Incoming::Message(Some(receipt))) = taken.incoming {
                    if hostile & 2 == 0 {
                        assert!(side.session.acknowledge(receipt));
                    }
                }
            }
            Err(_) => assert_eq!(side.session, before, "an error changes nothing"),
        }
        rest = &rest[used..];
    }
    let mut saved = Vec::new();
    side.session.save(NOW, publish, &mut saved).unwrap();
    let build = |publish: &Publish<'_>| (publish.payload.first().copied().unwrap_or(0), 1);
    let cut = usize::from(hostile).min(saved.len());
    if let Err(error) = Session::<u8>::new().restored(&saved[..cut], NOW, NOW, build) {
        let whole = &saved[..error.whole_len()];
        assert!(
            Session::<u8>::new()
                .restored(whole, NOW, NOW, build)
                .is_ok()
        );
    }
    let _ = Session::<u8>::new().restored(ops, NOW, NOW, build);
});
