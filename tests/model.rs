//! Every run of a sender and a receiver, joined by two ordered channels that
//! may be cut at any moment, either side of which may start anew from what it
//! has saved.
//!
//! What is explored are the crate's own types. Beside them a ledger keeps what
//! an onlooker sees, and the properties are said of the ledger. Faults are
//! planted between the types and the channels: each has to be found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::num::NonZeroU16;
use std::time::Instant;

use puremqtt::delivery::{Mark, Outcome, Receiver, Sender, Slot};
use puremqtt::{
    Ack, Delivery, Outgoing, Packet, PacketId, Publish, QoS, ReasonCode, TopicName, Version,
};
use stateright::{Checker, HasDiscoveries, Model, Property};

const Q1: QoS = QoS::AtLeastOnce;
const Q2: QoS = QoS::ExactlyOnce;

type Out = Sender<u8, [Slot<u8>; 4]>;
type In = Receiver<[Mark; 8]>;

/// What runs, and what is wrong with it.
#[derive(Clone)]
struct Exchange {
    /// A sender that has used up most identifiers, so that messages get 65,535, 4 and 1.
    sender: Out,
    messages: Vec<QoS>,
    window: u16,
    version: Version,
    /// Whether the application may refuse a message, once.
    refuses: bool,
    fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    NoDuplicateCheck,
    FreedOnPubRec,
    PublishAfterPubRel,
    ResumedPubRelsUncounted,
    PubRelsInIdOrder,
    OpenIdInSave,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    sender: Out,
    receiver: In,
    up: Vec<Wire>,
    down: Vec<Wire>,
    /// What the application holds: identifier and message.
    open: Vec<(PacketId, u8)>,
    ledger: Ledger,
}

/// A packet on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Wire {
    Publish(Delivery, u8),
    PubAck(PacketId, ReasonCode),
    PubRec(PacketId, ReasonCode),
    PubRel(PacketId, ReasonCode),
    PubComp(PacketId, ReasonCode),
}

/// What an onlooker knows; index is the message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Ledger {
    id: [Option<PacketId>; 3],
    sent: [bool; 3],
    pubrel_sent: [bool; 3],
    /// Given back to the sender's application.
    done: [u8; 3],
    /// Handed to the receiver's application, and taken or refused by it. Two stands for more.
    events: [u8; 3],
    taken: [u8; 3],
    refused: [bool; 3],
    /// Messages in the order of their first events.
    first: Vec<u8>,
    /// PUBLISHes without PUBACK, PUBCOMP or PUBREC >= 0x80: sent on this
    /// connection, or released.
    unfinished: [bool; 3],
    /// PUBRECs in the order they came in.
    pubrecs: Vec<PacketId>,
    /// How many of them have their PUBREL on this connection.
    pubrels: usize,
    /// Whether the receiver lost what it held open.
    receiver_restarted: bool,
    broken: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Transmit,
    Answer,
    Up,
    Down,
    Redeem(PacketId),
    Refuse(PacketId),
    Cut,
    RestartSender,
    RestartReceiver,
}

impl Wire {
    fn of(packet: &Packet<'_>) -> Self {
        match packet {
            Packet::Publish(publish) => Self::Publish(publish.delivery, publish.payload[0]),
            Packet::PubAck(ack) => Self::PubAck(ack.packet_id, ack.reason),
            Packet::PubRec(ack) => Self::PubRec(ack.packet_id, ack.reason),
            Packet::PubRel(ack) => Self::PubRel(ack.packet_id, ack.reason),
            Packet::PubComp(ack) => Self::PubComp(ack.packet_id, ack.reason),
            other => panic!("{other}"),
        }
    }

    fn with<R>(self, take: impl FnOnce(&Packet<'_>) -> R) -> R {
        let ack = |packet_id, reason| Ack {
            reason,
            ..Ack::new(packet_id)
        };
        match self {
            Self::Publish(delivery, message) => {
                let payload = [message];
                let publish = Publish::new(TopicName::literal("t"), &payload);
                take(&Packet::Publish(Publish {
                    delivery,
                    ..publish
                }))
            }
            Self::PubAck(id, reason) => take(&Packet::PubAck(ack(id, reason))),
            Self::PubRec(id, reason) => take(&Packet::PubRec(ack(id, reason))),
            Self::PubRel(id, reason) => take(&Packet::PubRel(ack(id, reason))),
            Self::PubComp(id, reason) => take(&Packet::PubComp(ack(id, reason))),
        }
    }
}

impl Model for Exchange {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let mut state = State {
            sender: self.sender.clone(),
            receiver: Receiver::new([Mark::EMPTY; 8]),
            up: Vec::new(),
            down: Vec::new(),
            open: Vec::new(),
            ledger: Ledger::default(),
        };
        for (message, &qos) in self.messages.iter().enumerate() {
            state.sender.publish(message as u8, qos).unwrap();
        }
        self.connect(&mut state);
        vec![state]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        if state.ledger.broken.is_some() {
            return;
        }
        let mut state = state.clone();
        if state.sender.transmit().is_some() {
            steps.push(Step::Transmit);
        }
        if state.receiver.transmit().is_some() {
            steps.push(Step::Answer);
        }
        if !state.up.is_empty() {
            steps.push(Step::Up);
        }
        if !state.down.is_empty() {
            steps.push(Step::Down);
        }
        for &(id, message) in &state.open {
            steps.push(Step::Redeem(id));
            if self.refuses && !state.ledger.refused[usize::from(message)] {
                steps.push(Step::Refuse(id));
            }
        }
        steps.extend([Step::Cut, Step::RestartSender, Step::RestartReceiver]);
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        let mut state = state.clone();
        self.step(&mut state, step);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no rule is broken on the wire", |_, state: &State| {
                state.ledger.broken.is_none()
            }),
            Property::always("nothing is lost", |_, state: &State| {
                let ledger = &state.ledger;
                (0..3).all(|m| ledger.done[m] == 0 || ledger.taken[m] > 0 || ledger.refused[m])
            }),
            Property::always(
                "nothing of QoS 2 is delivered twice",
                |model: &Self, state: &State| {
                    let ledger = &state.ledger;
                    model.messages.iter().enumerate().all(|(m, &qos)| {
                        // A refused one was not taken; an open one is lost with its process.
                        let events =
                            ledger.receiver_restarted || ledger.refused[m] || ledger.events[m] < 2;
                        qos != Q2 || (ledger.taken[m] < 2 && events)
                    })
                },
            ),
            Property::always("what is done is done once", |_, state: &State| {
                state.ledger.done.iter().all(|&done| done < 2)
            }),
            Property::always("first deliveries are in order", |_, state: &State| {
                state.ledger.first.is_sorted()
            }),
            Property::always(
                "the quota is never exceeded",
                |model: &Self, state: &State| {
                    let unfinished = state.ledger.unfinished.iter().filter(|&&on| on).count();
                    unfinished <= usize::from(model.window)
                },
            ),
            Property::always("every run can finish", |model: &Self, state: &State| {
                model.can_finish(state)
            }),
        ]
    }
}

impl Exchange {
    fn new(messages: &[QoS], window: u16, version: Version) -> Self {
        let mut sender = Sender::new([Slot::<u8>::EMPTY; 4]);
        sender.connected(version, u16::MAX);
        let mut id = 0;
        while id != u16::MAX - 1 {
            sender.publish(0, Q1).unwrap();
            let next = sender.transmit().unwrap();
            let packet_id = next.packet_id();
            id = packet_id.get();
            next.sent();
            let puback = Packet::PubAck(Ack::new(packet_id));
            assert!(sender.receive(&puback).unwrap().delivered().is_some());
        }
        sender.disconnected();
        if version != Version::V5 {
            sender = sender.with_max_in_flight(NonZeroU16::new(window).unwrap());
        }
        Self {
            sender,
            messages: messages.to_vec(),
            window,
            version,
            refuses: false,
            fault: None,
        }
    }

    fn connect(&self, state: &mut State) {
        state.up.clear();
        state.down.clear();
        let mut window = match self.version {
            Version::V5 => self.window,
            Version::V3_1 | Version::V3_1_1 => u16::MAX,
        };
        state.receiver.connected(self.version, window);
        if self.fault == Some(Fault::ResumedPubRelsUncounted) {
            let released = state.sender.entries().filter(is_released).count();
            window = window.saturating_add(released as u16);
            let more = NonZeroU16::new(self.window + released as u16).unwrap();
            state.sender = state.sender.clone().with_max_in_flight(more);
        }
        state.sender.connected(self.version, window);
        // QoS 1 receipts are stale.
        let receiver = &state.receiver;
        state.open.retain(|&(id, _)| receiver.receipt(id).is_some());
        for (message, unfinished) in state.ledger.unfinished.iter_mut().enumerate() {
            let id = state.ledger.id[message];
            *unfinished = *unfinished && state.ledger.pubrecs.iter().any(|&rec| Some(rec) == id);
        }
        state.ledger.pubrels = 0;
        match self.fault {
            Some(Fault::PublishAfterPubRel) => {
                let released: Vec<_> = state.sender.entries().filter(is_released).collect();
                for entry in released {
                    let delivery = Delivery::ExactlyOnce {
                        packet_id: entry.packet_id,
                        dup: true,
                    };
                    state
                        .up
                        .push(Wire::Publish(delivery, *entry.message.unwrap()));
                }
            }
            Some(Fault::PubRelsInIdOrder) => {
                let mut ids = Vec::new();
                while let Some(next) = state.sender.transmit() {
                    let Outgoing::Reply(_) = next.outgoing() else {
                        break;
                    };
                    ids.push(next.packet_id());
                    next.sent();
                }
                ids.sort_unstable();
                for id in ids {
                    self.send_up(state, Wire::PubRel(id, ReasonCode::SUCCESS));
                }
            }
            _ => {}
        }
    }

    fn step(&self, state: &mut State, step: Step) {
        match step {
            Step::Transmit => {
                let Some(next) = state.sender.transmit() else {
                    return;
                };
                let wire = match next.outgoing() {
                    Outgoing::Reply(reply) => Wire::of(&reply.packet()),
                    Outgoing::Message {
                        delivery, message, ..
                    } => Wire::Publish(delivery, *message),
                };
                next.sent();
                self.send_up(state, wire);
            }
            Step::Answer => {
                let Some(answer) = state.receiver.transmit() else {
                    return;
                };
                state.down.push(Wire::of(&answer.reply().packet()));
                answer.sent();
            }
            Step::Up => self.arrive(state),
            Step::Down => self.progress(state),
            Step::Redeem(id) | Step::Refuse(id) => {
                let at = state.open.iter().position(|&(open, _)| open == id).unwrap();
                let (_, message) = state.open.remove(at);
                let message = usize::from(message);
                // `None`: it is stale, as the sender has given the exchange up.
                let receipt = state.receiver.receipt(id);
                if step == Step::Redeem(id) {
                    let redeemed = receipt.map(|receipt| state.receiver.acknowledge(receipt));
                    assert_ne!(redeemed, Some(false));
                    state.ledger.taken[message] = (state.ledger.taken[message] + 1).min(2);
                } else {
                    let reason = ReasonCode::NOT_AUTHORIZED;
                    let redeemed = receipt.map(|receipt| state.receiver.refuse(receipt, reason));
                    assert_ne!(redeemed, Some(false));
                    state.ledger.refused[message] = true;
                }
            }
            Step::Cut => self.connect(state),
            Step::RestartSender => {
                // What is in flight was written before it was sent, and the rest when it came.
                let mut sender = Sender::new([Slot::EMPTY; 4]);
                if self.version != Version::V5 {
                    sender = sender.with_max_in_flight(NonZeroU16::new(self.window).unwrap());
                }
                for entry in state.sender.entries() {
                    let message = entry.message.copied();
                    let entry = puremqtt::delivery::Entry {
                        packet_id: entry.packet_id,
                        exchange: entry.exchange,
                        message,
                    };
                    sender.restore(entry).unwrap();
                }
                for (message, &qos) in self.messages.iter().enumerate() {
                    if !state.ledger.sent[message] {
                        sender.publish(message as u8, qos).unwrap();
                    }
                }
                state.sender = sender;
                self.connect(state);
            }
            Step::RestartReceiver => {
                let mut receiver = Receiver::new([Mark::EMPTY; 8]);
                for id in state.receiver.entries() {
                    assert!(receiver.restore(id));
                }
                if self.fault == Some(Fault::OpenIdInSave) {
                    for (id, _) in &state.open {
                        let receipt = state.receiver.receipt(*id).unwrap();
                        assert!(receipt.qos() == Q1 || receiver.restore(*id));
                    }
                }
                state.receiver = receiver;
                state.open.clear();
                state.ledger.receiver_restarted = true;
                self.connect(state);
            }
        }
    }

    /// Puts a packet on the wire, under the eyes of the onlooker.
    fn send_up(&self, state: &mut State, wire: Wire) {
        let ledger = &mut state.ledger;
        match wire {
            Wire::Publish(delivery, message) => {
                let (m, id) = (usize::from(message), delivery.packet_id());
                let used = (0..3).any(|o| o != m && ledger.id[o] == id && ledger.done[o] == 0);
                if used {
                    ledger.broken = Some("an identifier in use is given to another message");
                }
                if ledger.sent[m] && ledger.id[m] != id {
                    ledger.broken = Some("a message is sent again with another identifier");
                }
                if delivery.dup() != ledger.sent[m] {
                    ledger.broken = Some("DUP is not what it should be");
                }
                if ledger.pubrel_sent[m] {
                    ledger.broken = Some("PUBLISH after PUBREL");
                }
                ledger.id[m] = id;
                ledger.sent[m] = true;
                ledger.unfinished[m] = true;
            }
            Wire::PubRel(id, _) => {
                for m in 0..3 {
                    ledger.pubrel_sent[m] |= ledger.id[m] == Some(id) && ledger.done[m] == 0;
                }
                match ledger.pubrecs.iter().position(|&rec| rec == id) {
                    // Repeats are free, the first ones are in order.
                    Some(at) if at > ledger.pubrels => {
                        ledger.broken = Some("PUBRELs are not in the order of the PUBRECs");
                    }
                    Some(at) => ledger.pubrels = ledger.pubrels.max(at + 1),
                    None => {}
                }
            }
            other => panic!("{other:?}"),
        }
        state.up.push(wire);
    }

    /// The first packet of the upward channel reaches the receiver.
    fn arrive(&self, state: &mut State) {
        let wire = state.up.remove(0);
        let arrived = match wire.with(|packet| state.receiver.receive(packet)) {
            Ok(arrived) => arrived,
            Err(_) => {
                state.ledger.broken = Some("the receiver finds fault with the sender");
                return;
            }
        };
        if let Some(reply) = arrived.reply {
            state.down.push(Wire::of(&reply.packet()));
        }
        let Wire::Publish(delivery, message) = wire else {
            return;
        };
        let (ledger, m) = (&mut state.ledger, usize::from(message));
        let repeated = !arrived.is_new && self.fault == Some(Fault::NoDuplicateCheck);
        if arrived.is_new || repeated {
            ledger.events[m] = (ledger.events[m] + 1).min(2);
            if ledger.events[m] == 1 {
                ledger.first.push(message);
            }
        }
        if arrived.receipt.is_some() {
            state.open.push((delivery.packet_id().unwrap(), message));
        }
    }

    /// The first packet of the downward channel reaches the sender.
    fn progress(&self, state: &mut State) {
        let wire = state.down.remove(0);
        let progress = match wire.with(|packet| state.sender.receive(packet)) {
            Ok(progress) => progress,
            Err(_) => {
                state.ledger.broken = Some("the sender finds fault with the receiver");
                return;
            }
        };
        let reply = progress.reply;
        match progress.outcome {
            Some(Outcome::Delivered {
                packet_id, message, ..
            }) => self.done(state, packet_id, message.unwrap()),
            Some(Outcome::Released { packet_id }) => {
                state.ledger.pubrecs.push(packet_id);
                let ledger = &mut state.ledger;
                let own = |&m: &usize| ledger.id[m] == Some(packet_id) && ledger.done[m] == 0;
                if let Some(m) = (0..3).find(own) {
                    ledger.unfinished[m] = true;
                }
            }
            _ => {}
        }
        if let Some(reply) = reply {
            self.send_up(state, Wire::of(&reply.packet()));
        }
        if let (Some(Fault::FreedOnPubRec), Wire::PubRec(id, _)) = (self.fault, wire) {
            let pubcomp = Packet::PubComp(Ack::new(id));
            if let Some((message, _)) = state.sender.receive(&pubcomp).unwrap().delivered() {
                self.done(state, id, message);
            }
        }
    }

    fn done(&self, state: &mut State, id: PacketId, message: u8) {
        let (ledger, m) = (&mut state.ledger, usize::from(message));
        ledger.done[m] = (ledger.done[m] + 1).min(2);
        ledger.unfinished[m] = false;
        if let Some(at) = ledger.pubrecs.iter().position(|&rec| rec == id) {
            ledger.pubrecs.remove(at);
            if at < ledger.pubrels {
                ledger.pubrels -= 1;
            }
        }
    }

    /// Whether, left alone from here on, everything comes to its end.
    fn can_finish(&self, state: &State) -> bool {
        let mut state = state.clone();
        let finished = |state: &State| {
            state
                .ledger
                .done
                .iter()
                .take(self.messages.len())
                .all(|&done| done > 0)
                && state.sender.in_flight() == 0
                && state.receiver.is_empty()
        };
        // One more connection, if this one leads nowhere.
        for _ in 0..2 {
            for _ in 0..100 {
                if finished(&state) || state.ledger.broken.is_some() {
                    return true;
                }
                let mut steps = Vec::new();
                self.actions(&state, &mut steps);
                let quiet = |step: &Step| !matches!(step, Step::Refuse(_));
                match steps.into_iter().find(quiet) {
                    Some(Step::Cut) | None => break,
                    Some(step) => self.step(&mut state, step),
                }
            }
            self.connect(&mut state);
        }
        finished(&state)
    }
}

fn is_released(entry: &puremqtt::delivery::Entry<&u8>) -> bool {
    matches!(entry.exchange, puremqtt::delivery::Exchange::Released(_))
}

/// Explores everything and finds nothing.
fn holds(model: Exchange) -> usize {
    let (name, began) = (format!("{:?}", model.messages), Instant::now());
    let (version, window, refuses) = (model.version, model.window, model.refuses);
    let checker = model.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let states = checker.unique_state_count();
    println!(
        "MQTT {version}, window {window}, {name}{}: {states} states, {} steps, {:.1} s",
        if refuses { ", refusing" } else { "" },
        checker.state_count(),
        began.elapsed().as_secs_f32()
    );
    states
}

/// What the fault breaks.
fn finds(fault: Fault, messages: &[QoS], window: u16, property: &'static str) {
    for version in [Version::V3_1_1, Version::V5] {
        let model = Exchange {
            fault: Some(fault),
            ..Exchange::new(messages, window, version)
        };
        let checker = model
            .checker()
            .finish_when(HasDiscoveries::AllOf([property].into()))
            .spawn_bfs()
            .join();
        let found = checker.discoveries();
        let path = found.get(property).map(|path| path.clone().into_actions());
        println!("MQTT {version}, {fault:?}: {path:?}");
        assert!(path.is_some(), "{fault:?} breaks {:?}", found.keys());
    }
}

const MIXES: [&[QoS]; 4] = [&[Q2, Q1, Q2], &[Q1, Q2, Q2], &[Q2, Q2, Q1], &[Q1, Q1, Q2]];

#[test]
fn every_run_of_two_messages_is_right() {
    for version in [Version::V3_1_1, Version::V5] {
        for messages in [&[Q1, Q2][..], &[Q2, Q1], &[Q2, Q2], &[Q1, Q1]] {
            for window in [1, 2] {
                holds(Exchange::new(messages, window, version));
            }
        }
    }
}

#[test]
fn every_run_in_which_messages_may_be_refused_is_right() {
    for messages in [&[Q1, Q2][..], &[Q2, Q2]] {
        holds(Exchange {
            refuses: true,
            ..Exchange::new(messages, 2, Version::V5)
        });
    }
}

#[test]
fn every_run_of_three_messages_is_right() {
    for version in [Version::V3_1_1, Version::V5] {
        for messages in MIXES {
            for window in [1, 2] {
                holds(Exchange::new(messages, window, version));
            }
        }
    }
}

#[test]
fn a_receiver_without_duplicate_check_is_found() {
    let property = "nothing of QoS 2 is delivered twice";
    finds(Fault::NoDuplicateCheck, &[Q2], 1, property);
}

#[test]
fn an_identifier_freed_on_pubrec_is_found() {
    finds(Fault::FreedOnPubRec, &[Q2, Q2], 1, "every run can finish");
}

#[test]
fn a_publish_resent_after_its_pubrel_is_found() {
    let property = "nothing of QoS 2 is delivered twice";
    finds(Fault::PublishAfterPubRel, &[Q2], 1, property);
}

#[test]
fn a_quota_restored_by_resumed_pubrels_is_found() {
    let property = "the quota is never exceeded";
    finds(Fault::ResumedPubRelsUncounted, &[Q2, Q2], 1, property);
}

#[test]
fn pubrels_resent_in_the_order_of_identifiers_are_found() {
    let property = "no rule is broken on the wire";
    finds(Fault::PubRelsInIdOrder, &[Q2, Q2], 2, property);
}

#[test]
fn an_open_identifier_in_a_save_is_found() {
    finds(Fault::OpenIdInSave, &[Q2], 1, "nothing is lost");
}
