//! Senders and receivers beside lists that do the same slowly: in whatever
//! order things happen, and however full the storage is, what is kept, its
//! order and what is due are the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use proptest::prelude::*;
use puremqtt::delivery::{
    Entry, Exchange, Mark, Marks, Outcome, Receiver, Request, Sender, Slot, Slots,
};
use puremqtt::{Ack, Delivery, Outgoing, Packet, PacketId, QoS, ReasonCode, Receipt, Version};

const VERSION: Version = Version::V5;

fn ack(packet_id: PacketId, error: bool) -> Ack<'static> {
    let mut ack = Ack::new(packet_id);
    if error {
        ack.reason = ReasonCode::NOT_AUTHORIZED;
    }
    ack
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Pending,
    Unsent,
    Sent,
    PubRelDue,
    PubRelSent,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Kept {
    id: Option<PacketId>,
    message: u16,
    qos: QoS,
    stage: Stage,
}

/// A sender as lists, the oldest first.
#[derive(Default)]
struct Slow {
    places: usize,
    window: usize,
    released: Vec<Kept>,
    outbound: Vec<Kept>,
    requests: Vec<(PacketId, Request)>,
}

impl Slow {
    fn quota(&self) -> usize {
        let sent = |kept: &&Kept| kept.stage == Stage::Sent;
        let occupied = self.released.len() + self.outbound.iter().filter(sent).count();
        self.window.saturating_sub(occupied)
    }

    /// The one to be sent next.
    fn due(&mut self) -> Option<&mut Kept> {
        let (connected, quota) = (self.window > 0, self.quota());
        let mut released = self.released.iter_mut();
        let pubrel = released.find(|kept| connected && kept.stage == Stage::PubRelDue);
        let mut outbound = self.outbound.iter_mut();
        pubrel.or_else(|| outbound.find(|kept| quota > 0 && kept.stage != Stage::Sent))
    }

    fn entries(&self) -> Vec<(PacketId, u16)> {
        let all = self.released.iter().chain(&self.outbound);
        let known = all.filter(|kept| kept.stage != Stage::Pending);
        known.map(|kept| (kept.id.unwrap(), kept.message)).collect()
    }

    fn release(&mut self, at: usize, due: bool) {
        let later = due
            || self
                .released
                .iter()
                .any(|one| one.stage == Stage::PubRelDue);
        let mut kept = self.outbound.remove(at);
        kept.stage = match later {
            true => Stage::PubRelDue,
            false => Stage::PubRelSent,
        };
        self.released.push(kept);
    }

    fn disconnect(&mut self) {
        self.window = 0;
        self.requests.clear();
        for kept in &mut self.outbound {
            if kept.stage == Stage::Sent {
                kept.stage = Stage::Unsent;
            }
        }
        for kept in &mut self.released {
            kept.stage = Stage::PubRelDue;
        }
    }

    fn position(&self, stages: &[Stage], qos: QoS, pick: u8) -> Option<usize> {
        let fits = |&at: &usize| {
            let kept = self.outbound[at];
            stages.contains(&kept.stage) && kept.qos == qos
        };
        let all = (0..self.outbound.len()).filter(fits).collect::<Vec<_>>();
        (!all.is_empty()).then(|| all[usize::from(pick) % all.len()])
    }
}

fn step<S: Slots<u16>>(sender: &mut Sender<u16, S>, slow: &mut Slow, n: u16, op: u8, pick: u8) {
    let sent = [Stage::Sent, Stage::Unsent];
    match op % 13 {
        op @ 0..=2 => {
            let qos = [QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(op % 2)];
            if sender.publish(n, qos).is_ok() {
                let (id, message, stage) = (None, n, Stage::Pending);
                slow.outbound.push(Kept {
                    id,
                    message,
                    qos,
                    stage,
                });
            }
        }
        3..=5 => {
            if let Some(next) = sender.transmit() {
                let kept = slow.due().unwrap();
                kept.id = Some(next.packet_id());
                kept.stage = match kept.stage {
                    Stage::PubRelDue => Stage::PubRelSent,
                    _ => Stage::Sent,
                };
                next.sent();
            }
        }
        6 => {
            let discarded = sender.transmit().and_then(|next| next.discard());
            let Some(message) = discarded else { return };
            let at = slow.outbound.iter().position(|one| one.message == message);
            let kept = slow.outbound[at.unwrap()];
            if kept.stage == Stage::Unsent && kept.qos == QoS::ExactlyOnce {
                slow.release(at.unwrap(), true);
                slow.released.last_mut().unwrap().message = u16::MAX;
            } else {
                slow.outbound.remove(at.unwrap());
            }
        }
        7 => {
            if let Some(at) = slow.position(&sent, QoS::AtLeastOnce, pick) {
                let kept = slow.outbound.remove(at);
                let progress = sender.receive_puback(&ack(kept.id.unwrap(), false));
                assert_eq!(progress.unwrap().delivered().unwrap().0, kept.message);
            }
        }
        op @ (8 | 9) => {
            let refused = op == 9 && pick % 2 == 0;
            if let Some(at) = slow.position(&sent, QoS::ExactlyOnce, pick) {
                let id = slow.outbound[at].id.unwrap();
                let progress = sender.receive_pubrec(&ack(id, refused)).unwrap();
                if refused {
                    slow.outbound.remove(at);
                } else {
                    slow.release(at, false);
                    let at_once = slow.released.last().unwrap().stage == Stage::PubRelSent;
                    assert_eq!(progress.reply.is_some(), at_once);
                }
            } else if !slow.released.is_empty() {
                let at = usize::from(pick) % slow.released.len();
                let id = slow.released.remove(at).id.unwrap();
                let progress = sender.receive_pubcomp(&ack(id, false)).unwrap();
                assert!(matches!(
                    progress.outcome,
                    Some(Outcome::Delivered { packet_id, .. }) if packet_id == id
                ));
            }
        }
        10 => match sender.reserve(Request::Subscribe) {
            Some(id) => slow.requests.push((id, Request::Subscribe)),
            None => assert!(sender.requests().count() > 0 || sender.in_flight() < 2),
        },
        11 => {
            if !slow.requests.is_empty() {
                let (id, _) = slow
                    .requests
                    .remove(usize::from(pick) % slow.requests.len());
                assert!(sender.release(id));
            }
        }
        _ => {
            sender.disconnected();
            slow.disconnect();
            if pick % 3 == 0 {
                restore(sender, slow, n, pick);
            }
            sender.connected(VERSION, 1 + u16::from(pick % 5));
            slow.window = slow.places.min(1 + usize::from(pick % 5));
        }
    }
}

/// An exchange that nobody here began, with an identifier that is hard to place.
fn restore<S: Slots<u16>>(sender: &mut Sender<u16, S>, slow: &mut Slow, n: u16, pick: u8) {
    let packet_id = PacketId::new(u16::from(pick) * 8 + 1).unwrap();
    let is_released = pick % 2 == 0;
    let entry = Entry {
        packet_id,
        exchange: match is_released {
            true => Exchange::Released(ReasonCode::SUCCESS),
            false => Exchange::ExactlyOnce,
        },
        message: Some(n),
    };
    if sender.restore(entry).is_ok() {
        let (id, message, qos, stage) = (Some(packet_id), n, QoS::ExactlyOnce, Stage::Unsent);
        slow.outbound.push(Kept {
            id,
            message,
            qos,
            stage,
        });
        if is_released {
            slow.release(slow.outbound.len() - 1, true);
        }
    }
}

fn senders_agree<S: Slots<u16>>(slots: S, ops: &[(u8, u8)]) {
    let (mut sender, mut slow) = (Sender::new(slots), Slow::default());
    sender.connected(VERSION, u16::MAX);
    slow.places = usize::from(sender.send_quota());
    slow.window = slow.places;
    for (n, &(op, pick)) in ops.iter().enumerate() {
        step(&mut sender, &mut slow, n as u16, op, pick);
        let entries = sender.entries();
        let entries = entries.map(|one| (one.packet_id, one.message.copied().unwrap_or(u16::MAX)));
        assert_eq!(entries.collect::<Vec<_>>(), slow.entries());
        assert!(sender.requests().eq(slow.requests.iter().copied()));
        let kept = slow.released.len() + slow.outbound.len();
        assert_eq!(usize::from(sender.in_flight()), kept);
        assert_eq!(usize::from(sender.send_quota()), slow.quota());
        let due = slow.due().copied();
        let next = sender.transmit();
        assert_eq!(next.is_some(), due.is_some());
        if let (Some(next), Some(due)) = (next, due) {
            match next.outgoing() {
                Outgoing::Reply(reply) => assert_eq!(Some(reply.packet_id()), due.id),
                Outgoing::Message { message, .. } => assert_eq!(*message, due.message),
            }
            let pending = due.stage == Stage::Pending;
            assert!(pending || Some(next.packet_id()) == due.id);
            let taken = slow.entries().into_iter().map(|(id, _)| id);
            let mut taken = taken.chain(slow.requests.iter().map(|&(id, _)| id));
            assert!(!pending || taken.all(|id| id != next.packet_id()));
        }
    }
}

/// A receiver as lists, the oldest first: identifiers with the receipts that
/// are not redeemed.
#[derive(Default)]
struct SlowReceiver {
    queue: Vec<(PacketId, QoS, Option<Receipt>)>,
    aside: Vec<(PacketId, Option<Receipt>)>,
}

impl SlowReceiver {
    fn qos(&self, id: PacketId) -> Option<QoS> {
        let queued = self.queue.iter().find(|one| one.0 == id);
        let aside = self.aside.iter().any(|one| one.0 == id);
        let queued = queued.map(|one| one.1);
        queued.or(aside.then_some(QoS::ExactlyOnce))
    }

    /// A PUBLISH of one that is aside: whether it is answered at once.
    fn repeat(&mut self, id: PacketId) -> bool {
        let Some(at) = self.aside.iter().position(|one| one.0 == id) else {
            return false;
        };
        if self.queue.is_empty() && self.aside[at].1.is_none() {
            return true;
        }
        let (_, receipt) = self.aside.remove(at);
        self.queue.push((id, QoS::ExactlyOnce, receipt));
        false
    }

    fn disconnect(&mut self) {
        let stays = |one: &(PacketId, QoS, _)| one.1 == QoS::ExactlyOnce;
        let queue = self.queue.drain(..).filter(stays);
        self.aside.extend(queue.map(|one| (one.0, one.2)));
    }

    fn redeem(&mut self, pick: u8) -> Option<Receipt> {
        let queue = self.queue.iter_mut().map(|one| &mut one.2);
        let all = queue.chain(self.aside.iter_mut().map(|one| &mut one.1));
        let mut open = all.filter(|one| one.is_some()).collect::<Vec<_>>();
        let count = open.len().max(1);
        open.get_mut(usize::from(pick) % count)?.take()
    }

    fn held(&self) -> Vec<PacketId> {
        let queue = self.queue.iter().filter(|one| one.1 == QoS::ExactlyOnce);
        let queue = queue.map(|one| (one.0, one.2.is_none()));
        let aside = self.aside.iter().map(|one| (one.0, one.1.is_none()));
        let mut held = queue.chain(aside).filter(|one| one.1).collect::<Vec<_>>();
        held.sort_unstable();
        held.into_iter().map(|one| one.0).collect()
    }
}

fn receives<S: Marks>(receiver: &mut Receiver<S>, slow: &mut SlowReceiver, op: u8, pick: u8) {
    // Many are in the same bucket.
    let id = PacketId::new(1 + u16::from(pick) * 4 / 3).unwrap();
    let known = slow.qos(id);
    match op % 9 {
        op @ 0..=3 => {
            let new = [QoS::ExactlyOnce, QoS::AtLeastOnce][usize::from(op % 2)];
            let (qos, dup) = (known.unwrap_or(new), known.is_some());
            let delivery = match qos {
                QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id: id, dup },
                _ => Delivery::AtLeastOnce { packet_id: id, dup },
            };
            let Ok(arrived) = receiver.receive_publish(delivery) else {
                return assert_eq!(known, None);
            };
            assert_eq!(arrived.is_new, known.is_none());
            assert_eq!(arrived.reply.is_some(), slow.repeat(id));
            if arrived.is_new {
                slow.queue.push((id, qos, arrived.receipt));
            }
        }
        4 | 5 => {
            if let Some(receipt) = slow.redeem(pick) {
                assert!(receiver.acknowledge(receipt));
            }
        }
        6 => {
            if let Some(answer) = receiver.transmit() {
                let (id, qos, _) = slow.queue.remove(0);
                assert_eq!(answer.reply().packet_id(), id);
                answer.sent();
                if qos == QoS::ExactlyOnce {
                    slow.aside.push((id, None));
                }
            }
        }
        7 if known != Some(QoS::AtLeastOnce) => {
            let reply = receiver.receive_pubrel(id).unwrap().reply.unwrap();
            assert_eq!(reply.reason() == ReasonCode::SUCCESS, known.is_some());
            slow.queue.retain(|one| one.0 != id);
            slow.aside.retain(|one| one.0 != id);
        }
        _ if pick % 3 == 0 => {
            receiver.connected(VERSION, u16::MAX);
            slow.disconnect();
        }
        _ => {
            let restored = receiver.restore(id);
            assert!(!restored || known.is_none());
            slow.aside.extend(restored.then_some((id, None)));
        }
    }
}

fn receivers_agree<S: Marks>(marks: S, ids: u8, ops: &[(u8, u8)]) {
    let (mut receiver, mut slow) = (Receiver::new(marks), SlowReceiver::default());
    receiver.connected(VERSION, u16::MAX);
    for &(op, pick) in ops {
        receives(&mut receiver, &mut slow, op, pick % ids);
        let due = slow.queue.first().is_some_and(|one| one.2.is_none());
        assert_eq!(receiver.transmit().is_some(), due);
        let mut entries = receiver.entries().collect::<Vec<_>>();
        entries.sort_unstable();
        assert_eq!(entries, slow.held());
        for id in (1..=u16::from(ids) * 4 / 3).filter_map(PacketId::new) {
            assert_eq!(receiver.is_in_use(id), slow.qos(id).is_some(), "{id}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_sender_keeps_the_order_of_lists(ops in prop::collection::vec(any::<(u8, u8)>(), 0..120)) {
        senders_agree([Slot::EMPTY; 1], &ops);
        senders_agree([Slot::EMPTY; 2], &ops);
        senders_agree([Slot::EMPTY; 4], &ops);
        senders_agree([Slot::EMPTY; 9], &ops);
        senders_agree(&mut [Slot::EMPTY; 6][..], &ops);
        senders_agree(Vec::new(), &ops);
    }

    #[test]
    fn a_receiver_keeps_the_order_of_lists(ops in prop::collection::vec(any::<(u8, u8)>(), 0..120)) {
        receivers_agree([Mark::EMPTY; 1], 2, &ops);
        receivers_agree([Mark::EMPTY; 2], 3, &ops);
        receivers_agree([Mark::EMPTY; 3], 5, &ops);
        receivers_agree([Mark::EMPTY; 8], 12, &ops);
        receivers_agree(&mut [Mark::EMPTY; 5][..], 7, &ops);
        receivers_agree(Vec::new(), 40, &ops);
    }
}

#[test]
fn packets_of_others_change_nothing() {
    let mut sender = Sender::new([Slot::<u16>::EMPTY; 4]);
    let mut receiver = Receiver::new([Mark::EMPTY; 4]);
    let before = (sender.clone(), receiver.clone());
    assert!(sender.receive(&Packet::PingReq).unwrap().outcome.is_none());
    assert!(!receiver.receive(&Packet::PingReq).unwrap().is_new);
    assert_eq!(before, (sender, receiver));
}
