//! A table of identifiers at the sender, a bit for each at the receiver.

use std::hint::black_box;

use bytes::Bytes;

use super::codec::write;
use super::packet::{Packet, Publish, packet};
use crate::case::{Case, Exchange};
use crate::meter::measure;
use crate::workloads::packets::TOPIC;

pub fn case(exchange: Exchange, wire: bool) -> Case {
    Case::new("limit", move || {
        let mut pair = Pair {
            slots: vec![
                Slot {
                    state: 0,
                    _payload: None
                };
                exchange.window + 1
            ],
            free: (1..=exchange.window as u16).rev().collect(),
            seen: vec![0; 1024],
            payload: Bytes::from(vec![b'x'; 16]),
            up: Vec::with_capacity(1 << 16),
            down: Vec::with_capacity(1 << 16),
        };
        Box::new(move || {
            let (delivered, sample) = measure(|| {
                if wire {
                    pair.over_wire(exchange)
                } else {
                    pair.state_alone(exchange)
                }
            });
            assert_eq!(delivered, exchange.messages);
            sample
        })
    })
}

#[derive(Clone)]
struct Slot {
    /// 0: free; 1: sent; 2: released.
    state: u8,
    _payload: Option<Bytes>,
}

struct Pair {
    slots: Vec<Slot>,
    free: Vec<u16>,
    /// A bit for each identifier of QoS 2.
    seen: Vec<u64>,
    payload: Bytes,
    up: Vec<u8>,
    down: Vec<u8>,
}

impl Pair {
    #[inline(always)]
    fn publish(&mut self) -> u16 {
        let id = self.free.pop().unwrap();
        self.slots[usize::from(id)] = Slot {
            state: 1,
            _payload: Some(self.payload.clone()),
        };
        id
    }

    /// Returns whether the identifier was new.
    #[inline(always)]
    fn see(&mut self, id: u16) -> bool {
        let word = &mut self.seen[usize::from(id / 64)];
        let bit = 1 << (id % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    #[inline(always)]
    fn forget(&mut self, id: u16) {
        self.seen[usize::from(id / 64)] &= !(1 << (id % 64));
    }

    #[inline(always)]
    fn release(&mut self, id: u16) {
        let slot = &mut self.slots[usize::from(id)];
        assert!(slot.state == 1);
        *slot = Slot {
            state: 2,
            _payload: None,
        };
    }

    #[inline(always)]
    fn finish(&mut self, id: u16, qos: u8) {
        let slot = &mut self.slots[usize::from(id)];
        assert!(slot.state == qos);
        *slot = Slot {
            state: 0,
            _payload: None,
        };
        self.free.push(id);
    }

    fn state_alone(&mut self, exchange: Exchange) -> usize {
        let mut ids = vec![0; exchange.window];
        let mut delivered = 0;
        for _ in 0..exchange.messages / exchange.window {
            for id in &mut ids {
                *id = self.publish();
            }
            for &id in black_box(&ids) {
                if exchange.qos == 2 {
                    assert!(self.see(id));
                    self.release(id);
                    self.forget(id);
                }
                self.finish(id, exchange.qos);
                delivered += 1;
            }
        }
        delivered
    }

    fn over_wire(&mut self, exchange: Exchange) -> usize {
        let mut delivered = 0;
        for _ in 0..exchange.messages / exchange.window {
            for _ in 0..exchange.window {
                let id = self.publish();
                let publish = Publish {
                    flags: exchange.qos << 1,
                    id,
                    topic: TOPIC.as_bytes(),
                    properties: &[],
                    payload: &self.payload,
                };
                write(&publish, &mut self.up);
            }
            while !self.up.is_empty() {
                self.receive(exchange.qos);
                delivered += self.answered(exchange.qos);
            }
        }
        delivered
    }

    /// What the receiver does with what came up.
    #[inline(always)]
    fn receive(&mut self, qos: u8) {
        let up = std::mem::take(&mut self.up);
        let mut rest = &up[..];
        while let Ok((packet, used)) = packet(rest, false) {
            rest = &rest[used..];
            let (ack, id) = match packet {
                Packet::Publish(publish) if qos == 1 => (0x40, black_box(publish).id),
                Packet::Publish(publish) => {
                    self.see(publish.id);
                    (0x50, black_box(publish).id)
                }
                Packet::Ack(0x62, id) => {
                    self.forget(id);
                    (0x70, id)
                }
                _ => panic!("nothing else goes up"),
            };
            let [high, low] = id.to_be_bytes();
            self.down.extend_from_slice(&[ack, 2, high, low]);
        }
        self.up = up;
        self.up.clear();
    }

    /// What the sender does with the answers.
    #[inline(always)]
    fn answered(&mut self, qos: u8) -> usize {
        let mut delivered = 0;
        let down = std::mem::take(&mut self.down);
        let mut rest = &down[..];
        while let Ok((packet, used)) = packet(rest, false) {
            rest = &rest[used..];
            match packet {
                Packet::Ack(0x50, id) => {
                    self.release(id);
                    let [high, low] = id.to_be_bytes();
                    self.up.extend_from_slice(&[0x62, 2, high, low]);
                }
                Packet::Ack(0x40 | 0x70, id) => {
                    self.finish(id, qos);
                    delivered += 1;
                }
                _ => panic!("nothing else comes down"),
            }
        }
        self.down = down;
        self.down.clear();
        delivered
    }
}
