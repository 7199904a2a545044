//! Counts how often storage is looked at: in tests alone.

use std::{cell::Cell, vec::Vec};

use super::{Mark, Receiver, Sender, Slot};
use crate::packet::{Ack, Delivery, Packet, PacketId, Publish, QoS, Version};
use crate::topic::TopicName;

std::thread_local! {
    static PROBES: Cell<u64> = const { Cell::new(0) };
}

/// One look at a slot or mark.
pub(super) fn count() {
    PROBES.with(|probes| probes.set(probes.get() + 1));
}

/// Looks that `work` takes.
fn probes(work: impl FnOnce()) -> u64 {
    let before = PROBES.with(Cell::get);
    work();
    PROBES.with(Cell::get) - before
}

/// Windows of which the sender's storage is 16, 1,024 and 65,536 slots.
const WINDOWS: [u16; 3] = [12, 1_008, 65_519];

/// The most looks that any one operation may take.
const FEW: u64 = 20;

fn full_sender(window: u16) -> (Sender<u16, Vec<Slot<u16>>>, Vec<PacketId>) {
    let mut sender = Sender::new(Vec::new());
    sender.connected(Version::V5, window);
    let ids = (0..window).map(|n| send(&mut sender, n)).collect();
    assert!(sender.transmit().is_none());
    (sender, ids)
}

fn send(sender: &mut Sender<u16, Vec<Slot<u16>>>, message: u16) -> PacketId {
    sender.publish(message, QoS::AtLeastOnce).unwrap();
    let next = sender.transmit().unwrap();
    let id = next.packet_id();
    next.sent();
    id
}

/// Acknowledges in the order of `ids` and sends a new message for each; gives
/// the most looks that one such step took.
fn worst(sender: &mut Sender<u16, Vec<Slot<u16>>>, ids: &[PacketId]) -> u64 {
    let step = |&id: &PacketId| {
        probes(|| {
            let progress = sender.receive(&Packet::PubAck(Ack::new(id))).unwrap();
            assert!(progress.delivered().is_some());
            let new = send(sender, 7);
            assert_eq!(sender.send_quota(), 0, "{new}");
        })
    };
    ids.iter().map(step).max().unwrap()
}

#[test]
fn identifiers_cost_the_same_few_looks_in_whatever_order_answers_come() {
    for window in WINDOWS {
        let (_, in_order) = full_sender(window);
        let reversed = in_order.iter().rev().copied().collect::<Vec<_>>();
        let mut random = in_order.clone();
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        for at in (1..random.len()).rev() {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            random.swap(at, (seed % (at as u64 + 1)) as usize);
        }
        for (name, order) in [
            ("in order", &in_order),
            ("reversed", &reversed),
            ("random", &random),
        ] {
            let (mut sender, _) = full_sender(window);
            let worst = worst(&mut sender, order);
            std::println!("{window} in flight, {name}: at most {worst} looks");
            assert!(worst <= FEW, "{window} {name}: {worst}");
        }
        // One is never answered, while the others go round and round.
        let (mut sender, mut ids) = full_sender(window);
        let pinned = ids.remove(0);
        let mut most = 0;
        for _ in 0..200_000_u32.div_ceil(u32::from(window)) {
            for id in &mut ids {
                let looks = probes(|| {
                    let puback = Packet::PubAck(Ack::new(*id));
                    assert!(sender.receive(&puback).unwrap().delivered().is_some());
                    *id = send(&mut sender, 7);
                });
                assert_ne!(*id, pinned);
                most = most.max(looks);
            }
        }
        std::println!("{window} in flight, one pinned: at most {most} looks");
        assert!(most <= FEW, "{window} pinned: {most}");
    }
}

#[test]
fn no_choice_of_identifiers_makes_a_receiver_search_long() {
    for (marks, most) in [(16, 40), (256, 540), (1_024, 160), (65_536, 40)] {
        let mut receiver = Receiver::new(Vec::<Mark>::new());
        receiver.connected(Version::V5, u16::MAX);
        // All into the same buckets, as far as there are such identifiers.
        let ids = (0..marks).flat_map(|bucket| {
            (0..65_536 / marks).filter_map(move |row| PacketId::new((row * marks + bucket) as u16))
        });
        let mut worst = 0;
        let ids = ids.take(marks.min(65_535)).collect::<Vec<_>>();
        for (known, &packet_id) in ids.iter().enumerate() {
            let delivery = Delivery::ExactlyOnce {
                packet_id,
                dup: false,
            };
            let publish = Publish {
                delivery,
                ..Publish::new(TopicName::literal("t"), b"")
            };
            // Now and then everything moves into twice the storage.
            let grows = known.is_power_of_two() && known >= 8;
            let looks = probes(|| {
                assert!(receiver.receive(&publish.into()).unwrap().is_new);
            });
            if !grows {
                worst = worst.max(looks);
            }
        }
        for &packet_id in ids.iter().rev() {
            worst = worst.max(probes(|| {
                let _ = receiver
                    .receive(&Packet::PubRel(Ack::new(packet_id)))
                    .unwrap();
            }));
        }
        std::println!("{marks} identifiers in the fewest buckets: at most {worst} looks");
        assert!(worst <= most, "{marks}: {worst}");
    }
}
