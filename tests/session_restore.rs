//! Two sessions that exchange messages over bytes, cut at every event; either
//! side may also lose its process, and goes on with what it has saved. In the
//! end everything has arrived, as often as its QoS says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::collections::VecDeque;
use std::slice;
use std::time::Duration;

use puremqtt::delivery::Outcome;
use puremqtt::{
    Agreed, Decoder, Encoder, Incoming, Outgoing, Packet, PacketType, Publish, QoS, Receipt,
    Record, RestoreErrorKind, Session, TopicName, Version,
};

const T: TopicName = TopicName::literal("t");
const NOW: Duration = Duration::ZERO;
const MIX: [QoS; 5] = [
    QoS::ExactlyOnce,
    QoS::AtLeastOnce,
    QoS::ExactlyOnce,
    QoS::AtLeastOnce,
    QoS::ExactlyOnce,
];

/// How a process comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kept {
    /// A whole save, made in the moment of the crash.
    Save,
    /// A log, to which a record is added before the bytes leave. `Done` waits
    /// for the next record, and is lost when there is none.
    Log,
}

/// When the application redeems its receipts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Habit {
    AtOnce,
    /// When nothing else happens any more, the last first.
    HeldBack,
    /// On the next connection, if there is one; those of QoS 1 are stale then.
    Late,
    /// Never: they are lost, until the process is too.
    Never,
}

struct Side {
    session: Session<u8>,
    log: Vec<u8>,
    done: Vec<u8>,
    version: Version,
    decoder: Decoder,
    encoder: Encoder,
    /// Bytes on their way to the other side, a packet each.
    out: VecDeque<Vec<u8>>,
    receipts: Vec<(Receipt, u8)>,
    /// What its application has got, in the order of first events.
    first: Vec<u8>,
    /// How often each message was handled.
    taken: [u32; MIX.len()],
    /// How often each own message was reported as finished.
    finished: [u32; MIX.len()],
}

fn publish(message: &u8) -> Publish<'_> {
    Publish::new(T, slice::from_ref(message))
}

fn build(publish: &Publish<'_>) -> (u8, usize) {
    (publish.payload[0], 1)
}

impl Side {
    fn new(version: Version) -> Self {
        let mut side = Self {
            session: Session::new(),
            log: Vec::new(),
            done: Vec::new(),
            version,
            decoder: Decoder::new(version),
            encoder: Encoder::new(version),
            out: VecDeque::new(),
            receipts: Vec::new(),
            first: Vec::new(),
            taken: [0; MIX.len()],
            finished: [0; MIX.len()],
        };
        side.session.save(NOW, publish, &mut side.log).unwrap();
        for (message, qos) in (0_u8..).zip(MIX) {
            let terms = puremqtt::Terms {
                qos,
                ..Default::default()
            };
            side.session.publish(message, terms, NOW).unwrap();
            let delivery = match qos {
                QoS::ExactlyOnce => puremqtt::Delivery::ExactlyOnce {
                    packet_id: puremqtt::PacketId::new(1).unwrap(),
                    dup: false,
                },
                _ => puremqtt::Delivery::AtLeastOnce {
                    packet_id: puremqtt::PacketId::new(1).unwrap(),
                    dup: false,
                },
            };
            side.write(Record::Pending(Publish {
                delivery,
                ..publish(&message)
            }));
        }
        side
    }

    /// Into the log, behind what could wait.
    fn write(&mut self, record: Record<'_>) {
        self.log.append(&mut self.done);
        record.append_to(&mut self.log).unwrap();
    }

    fn connect(&mut self, maximum: u16) {
        self.session.disconnected();
        self.decoder = Decoder::new(self.version);
        self.out.clear();
        let agreed = Agreed::new(self.version);
        self.session.connected(match self.version {
            Version::V5 => Agreed {
                send_maximum: maximum,
                receive_maximum: maximum,
                ..agreed
            },
            _ => agreed,
        });
    }

    /// The process is gone, and another reads what is left of it.
    fn restart(&mut self, kept: Kept) {
        let mut saved = Vec::new();
        self.session.save(NOW, publish, &mut saved).unwrap();
        self.done.clear();
        let bytes = match kept {
            Kept::Save => &saved,
            Kept::Log => &self.log,
        };
        let fresh = || Session::new().with_max_in_flight(2.try_into().unwrap());
        let restored = fresh().restored(bytes, NOW, NOW, build).unwrap();
        if kept == Kept::Save {
            let mut again = Vec::new();
            restored.save(NOW, publish, &mut again).unwrap();
            assert_eq!(again, saved, "a save of what was restored is the save");
        }
        self.session = restored;
        self.log.clear();
        let mut log = Vec::new();
        self.session.save(NOW, publish, &mut log).unwrap();
        self.log = log;
        self.receipts.clear();
    }

    /// Sends one packet, if one is due.
    fn sends(&mut self) -> bool {
        let Some(next) = self.session.transmit(NOW) else {
            return false;
        };
        let mut record = None;
        let mut message = 0;
        let packet = match next.outgoing() {
            Outgoing::Reply(reply) => reply.packet(),
            Outgoing::Message {
                delivery,
                message: m,
                ..
            } => {
                message = *m;
                if !delivery.dup() {
                    record = Some(delivery);
                }
                Packet::Publish(Publish {
                    delivery,
                    ..publish(m)
                })
            }
        };
        let mut wire = Vec::new();
        self.encoder.encode(packet, &mut wire).unwrap();
        assert_eq!(next.sent(), None);
        if let Some(delivery) = record {
            self.write(Record::InFlight(Publish {
                delivery,
                ..publish(&message)
            }));
        }
        self.out.push_back(wire);
        true
    }

    /// Takes one packet of the other side.
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
                if !self.first.contains(&message) {
                    self.first.push(message);
                }
                self.receipts.push((receipt.unwrap(), message));
            }
            Some(Incoming::Answer(Outcome::Delivered {
                packet_id, message, ..
            })) => {
                self.finished[usize::from(message.unwrap())] += 1;
                Record::Done(packet_id).append_to(&mut self.done).unwrap();
            }
            Some(Incoming::Answer(Outcome::Released { packet_id })) => {
                self.write(Record::Released(packet_id, Default::default()));
            }
            _ => {}
        }
        if let Some(reply) = taken
            .reply
            .filter(|reply| reply.packet_type() == PacketType::PubComp)
        {
            self.write(Record::Forgotten(reply.packet_id()));
        }
        if let Some(reply) = taken.reply {
            let mut wire = Vec::new();
            self.encoder.encode(reply, &mut wire).unwrap();
            self.out.push_back(wire);
        }
    }

    /// Handles one message; what it does and the record are one step.
    fn redeems(&mut self, last: bool) -> bool {
        let Some((receipt, message)) = (if last {
            self.receipts.pop()
        } else {
            (!self.receipts.is_empty()).then(|| self.receipts.remove(0))
        }) else {
            return false;
        };
        let (id, qos) = (receipt.packet_id(), receipt.qos());
        let redeemed = self.session.acknowledge(receipt);
        if redeemed && qos == QoS::ExactlyOnce {
            self.write(Record::Received(id));
        }
        // At QoS 1 it was handled, though nobody will know.
        if redeemed || qos == QoS::AtLeastOnce {
            self.taken[usize::from(message)] += 1;
        }
        true
    }
}

struct World {
    sides: [Side; 2],
    kept: Kept,
    habit: Habit,
    window: u16,
    events: usize,
    connections: usize,
}

impl World {
    fn new(version: Version, kept: Kept, habit: Habit, window: u16) -> Self {
        let mut world = Self {
            sides: [Side::new(version), Side::new(version)],
            kept,
            habit,
            window,
            events: 0,
            connections: 0,
        };
        world.fail(&[]);
        world
    }

    /// The connection is lost, with it these processes, and a new one is there.
    fn fail(&mut self, restarts: &[usize]) {
        for &side in restarts {
            self.sides[side].restart(self.kept);
        }
        for side in &mut self.sides {
            side.connect(self.window);
        }
        self.connections += 1;
    }

    /// One event; `false` when nothing is left to happen.
    fn step(&mut self) -> bool {
        self.events += 1;
        let redeems = match self.habit {
            Habit::AtOnce => true,
            Habit::Late => self.connections > 1,
            Habit::HeldBack | Habit::Never => false,
        };
        for at in 0..2 {
            let [a, b] = &mut self.sides;
            let (side, other) = if at == 0 { (a, b) } else { (b, a) };
            if redeems && side.redeems(false) || side.sends() {
                return true;
            }
            if let Some(wire) = other.out.pop_front() {
                side.receives(&wire);
                return true;
            }
        }
        if self.habit == Habit::Never {
            return false;
        }
        self.sides.iter_mut().any(|side| side.redeems(true))
    }

    /// Lets everything come to its end, and looks at it.
    fn finish(&mut self, case: &str) {
        while self.step() {}
        if self.habit == Habit::Never {
            self.habit = Habit::AtOnce;
            self.fail(&[0, 1]);
            while self.step() {}
        }
        for side in &self.sides {
            assert!(side.session.is_empty(), "{case}: {:?}", side.session);
            assert!(
                side.first.iter().copied().eq(0..MIX.len() as u8),
                "{case}: {:?}",
                side.first
            );
            for (message, qos) in MIX.iter().enumerate() {
                let (taken, finished) = (side.taken[message], side.finished[message]);
                match qos {
                    QoS::ExactlyOnce => assert_eq!(taken, 1, "{case}: {message}"),
                    _ => assert!(taken >= 1, "{case}: {message}"),
                }
                assert!(finished >= 1, "{case}: {message}");
                if self.kept == Kept::Save {
                    assert_eq!(finished, 1, "{case}: {message}");
                }
            }
        }
    }
}

/// Runs with the given failures: (event, which sides restart).
fn run(
    version: Version,
    kept: Kept,
    habit: Habit,
    window: u16,
    failures: &[(usize, &[usize])],
) -> usize {
    let mut world = World::new(version, kept, habit, window);
    for &(event, restarts) in failures {
        while world.events < event && world.step() {}
        world.fail(restarts);
    }
    let case = format!("{version}, {kept:?}, {habit:?}, window {window}, {failures:?}");
    world.finish(&case);
    world.events
}

const RESTARTS: [&[usize]; 4] = [&[], &[0], &[1], &[0, 1]];

#[test]
fn row_53_an_exchange_that_is_cut_at_any_event_comes_to_its_end() {
    let mut runs = 0;
    for version in [Version::V3_1_1, Version::V5] {
        for kept in [Kept::Save, Kept::Log] {
            for habit in [Habit::AtOnce, Habit::HeldBack, Habit::Late, Habit::Never] {
                for window in [1, 2, 5] {
                    let events = run(version, kept, habit, window, &[]);
                    for event in 0..events {
                        for restarts in RESTARTS {
                            run(version, kept, habit, window, &[(event, restarts)]);
                            runs += 1;
                        }
                    }
                }
            }
        }
    }
    println!("{runs} runs");
}

#[test]
fn row_53_an_exchange_that_is_cut_twice_comes_to_its_end() {
    let mut runs = 0;
    for version in [Version::V3_1_1, Version::V5] {
        for kept in [Kept::Save, Kept::Log] {
            for habit in [Habit::AtOnce, Habit::HeldBack, Habit::Late] {
                let events = run(version, kept, habit, 2, &[]);
                for first in (0..events).step_by(2) {
                    for second in first..(first + 24).min(events + 8) {
                        for restarts in RESTARTS {
                            let failures = [(first, restarts), (second, &[1][..])];
                            run(version, kept, habit, 2, &failures);
                            let failures = [(first, &[0][..]), (second, restarts)];
                            run(version, kept, habit, 2, &failures);
                            runs += 2;
                        }
                    }
                }
            }
        }
    }
    println!("{runs} runs");
}

/// A log in which there is one of each.
fn log() -> (Vec<u8>, Vec<usize>) {
    let id = |id| puremqtt::PacketId::new(id).unwrap();
    let delivered = |packet_id| puremqtt::Delivery::ExactlyOnce {
        packet_id: id(packet_id),
        dup: false,
    };
    let message = |packet_id, payload| Publish {
        delivery: delivered(packet_id),
        message_expiry_interval: Some(60),
        ..Publish::new(T, payload)
    };
    let mut log = Vec::new();
    Session::<u8>::new().save(NOW, publish, &mut log).unwrap();
    let mut ends = vec![log.len()];
    for record in [
        Record::Pending(message(1, b"\x01")),
        Record::Pending(message(1, b"\x02")),
        Record::Pending(Publish::new(T, b"\x03")),
        Record::InFlight(message(7, b"\x01")),
        Record::InFlight(message(9, b"\x04")),
        Record::Released(id(7), puremqtt::ReasonCode::NO_MATCHING_SUBSCRIBERS),
        Record::Received(id(3)),
        Record::Received(id(4)),
        Record::Forgotten(id(3)),
        Record::Done(id(9)),
        Record::Unqueued(Publish::new(T, b"\x03")),
        Record::InFlight(message(17, b"\x05")),
    ] {
        record.append_to(&mut log).unwrap();
        ends.push(log.len());
    }
    (log, ends)
}

#[test]
fn a_log_is_restored_step_by_step() {
    let (log, _) = log();
    let session = Session::new().restored(&log, NOW, NOW, build).unwrap();
    let entries = session.entries();
    let entries = entries.map(|entry| (entry.packet_id.get(), entry.message.copied()));
    assert_eq!(entries.collect::<Vec<_>>(), [(7, Some(1)), (17, Some(5))]);
    assert_eq!(session.pending_messages().collect::<Vec<_>>(), [&2]);
    let received = session.received().map(|id| id.get());
    assert_eq!(received.collect::<Vec<_>>(), [4]);
}

#[test]
fn a_truncated_log_is_an_error_that_names_the_longest_whole_prefix() {
    let (log, ends) = log();
    for len in 1..log.len() {
        let restored = Session::new().restored(&log[..len], NOW, NOW, build);
        if ends.contains(&len) {
            assert!(restored.is_ok(), "{len}");
            continue;
        }
        let error = restored.unwrap_err();
        assert_eq!(error.kind(), RestoreErrorKind::Truncated, "{len}");
        let whole = ends.iter().copied().filter(|&end| end <= len).max();
        assert_eq!(error.whole_len(), whole.unwrap_or(0), "{len}");
        let prefix = &log[..error.whole_len()];
        assert!(Session::new().restored(prefix, NOW, NOW, build).is_ok());
    }
}

#[test]
fn an_altered_log_is_an_error_or_a_whole_prefix() {
    let (log, ends) = log();
    for at in 0..log.len() {
        for bit in 0..8 {
            let mut altered = log.clone();
            altered[at] ^= 1 << bit;
            let error = Session::new()
                .restored(&altered, NOW, NOW, build)
                .unwrap_err();
            // Everything before the record that was hit is good.
            let whole = ends.iter().copied().filter(|&end| end <= at).max();
            assert_eq!(
                error.whole_len(),
                whole.unwrap_or(0),
                "byte {at}, bit {bit}: {error}"
            );
            let prefix = &altered[..error.whole_len()];
            assert!(Session::new().restored(prefix, NOW, NOW, build).is_ok());
        }
    }
}

#[test]
fn a_log_that_contradicts_itself_is_an_error() {
    let (whole, _) = log();
    let contradictions = [
        // In use; pending messages that are none.
        Record::InFlight(Publish {
            delivery: puremqtt::Delivery::AtLeastOnce {
                packet_id: puremqtt::PacketId::new(17).unwrap(),
                dup: false,
            },
            ..Publish::new(T, b"\x09")
        }),
        Record::Unqueued(Publish::new(T, b"\x09")),
        Record::Released(puremqtt::PacketId::new(7).unwrap(), Default::default()),
    ];
    for record in contradictions {
        let mut log = whole.clone();
        record.append_to(&mut log).unwrap();
        let error = Session::new().restored(&log, NOW, NOW, build).unwrap_err();
        assert_eq!(error.kind(), RestoreErrorKind::Contradiction, "{record:?}");
        assert_eq!(error.whole_len(), whole.len());
    }
}

#[test]
fn time_goes_on_while_nobody_runs() {
    let (log, _) = log();
    let second = Duration::from_secs(1);
    let down = 59 * second;
    let mut session = Session::new()
        .restored(&log, 1_000 * second, down, build)
        .unwrap();
    assert_eq!(session.dropped(), None);
    session.connected(Agreed::new(Version::V5));
    session.transmit(1_000 * second).unwrap().sent(); // the PUBREL
    let again = session.transmit(1_000 * second).unwrap();
    match again.outgoing() {
        Outgoing::Message {
            delivery,
            message_expiry_interval,
            message,
        } => {
            assert!(delivery.dup());
            assert_eq!((message_expiry_interval, *message), (Some(1), 5));
        }
        other => panic!("{other:?}"),
    }
    // A second later the pending one is gone, and what is in flight is not.
    let mut session = Session::new()
        .restored(&log, NOW, 60 * second, build)
        .unwrap();
    assert_eq!(session.dropped(), Some((2, puremqtt::Dropped::Expired)));
    assert_eq!((session.pending(), session.in_flight()), (0, 2));
}

#[test]
fn nothing_and_something_else_are_told_apart() {
    let empty = Session::new().restored(b"", NOW, NOW, build).unwrap();
    assert!(empty.is_empty());
    let error = Session::new()
        .restored(b"MQL\x02", NOW, NOW, build)
        .unwrap_err();
    assert_eq!(error.kind(), RestoreErrorKind::NoSession);
    assert_eq!(error.to_string(), "this is no saved session (at byte 0)");
}
