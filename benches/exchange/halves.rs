//! Between a bare sender and a bare receiver.

use std::hint::black_box;

use puremqtt::delivery::{Mark, Receiver, Sender, Slot};
use puremqtt::{Ack, Decoder, Encoder, Outgoing, Publish, QoS};

use super::workload::{Exchange, PAYLOAD, TOPIC, VERSION};

pub(crate) struct Halves {
    sender: Sender<u32, Vec<Slot<u32>>>,
    receiver: Receiver<Vec<Mark>>,
    up: Vec<u8>,
    down: Vec<u8>,
}

impl Halves {
    pub(crate) fn new(window: usize) -> Self {
        let mut halves = Self {
            sender: Sender::new(Vec::new()),
            receiver: Receiver::new(Vec::new()),
            up: Vec::with_capacity(1 << 16),
            down: Vec::with_capacity(1 << 16),
        };
        halves.sender.connected(VERSION, window as u16);
        halves.receiver.connected(VERSION, u16::MAX);
        halves
    }

    /// What one side says is what the other is told, with no packet around it.
    pub(crate) fn state_alone(&mut self, exchange: Exchange) -> usize {
        let Self {
            sender, receiver, ..
        } = self;
        let mut delivered = 0;
        for _ in 0..exchange.messages / exchange.window {
            for n in 0..exchange.window {
                sender.publish(n as u32, exchange.qos).unwrap();
            }
            while let Some(next) = sender.transmit() {
                if let Outgoing::Message { delivery, .. } = next.outgoing() {
                    let arrived = receiver.receive_publish(black_box(delivery)).unwrap();
                    receiver.acknowledge(arrived.receipt.unwrap());
                }
                next.sent();
            }
            while let Some(answer) = receiver.transmit() {
                let ack = Ack::new(black_box(answer.reply()).packet_id());
                answer.sent();
                let progress = if exchange.qos == QoS::AtLeastOnce {
                    sender.receive_puback(&ack).unwrap()
                } else {
                    let pubrel = sender.receive_pubrec(&ack).unwrap().reply.unwrap();
                    let id = black_box(pubrel).packet_id();
                    let pubcomp = receiver.receive_pubrel(id).unwrap().reply.unwrap();
                    let ack = Ack::new(black_box(pubcomp).packet_id());
                    sender.receive_pubcomp(&ack).unwrap()
                };
                delivered += usize::from(progress.delivered().is_some());
            }
        }
        delivered
    }

    /// Every packet is encoded and decoded.
    pub(crate) fn over_wire(&mut self, exchange: Exchange) -> usize {
        let (mut encoder, mut decoder) = (Encoder::new(VERSION), Decoder::new(VERSION));
        let mut delivered = 0;
        for _ in 0..exchange.messages / exchange.window {
            for n in 0..exchange.window {
                self.sender.publish(n as u32, exchange.qos).unwrap();
            }
            while let Some(next) = self.sender.transmit() {
                if let Outgoing::Message { delivery, .. } = next.outgoing() {
                    let publish = Publish {
                        delivery,
                        ..Publish::new(TOPIC, &PAYLOAD)
                    };
                    encoder.encode(publish, &mut self.up).unwrap();
                }
                next.sent();
            }
            while !self.up.is_empty() {
                let mut rest = &self.up[..];
                while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                    let arrived = self.receiver.receive(&packet).unwrap();
                    if let Some(receipt) = arrived.receipt {
                        self.receiver.acknowledge(receipt);
                    }
                    if let Some(reply) = arrived.reply {
                        encoder.encode(reply, &mut self.down).unwrap();
                    }
                    rest = &rest[used..];
                }
                self.up.clear();
                while let Some(answer) = self.receiver.transmit() {
                    encoder.encode(answer.reply(), &mut self.down).unwrap();
                    answer.sent();
                }
                let mut rest = &self.down[..];
                while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                    let progress = self.sender.receive(&packet).unwrap();
                    if let Some(reply) = progress.reply {
                        encoder.encode(reply, &mut self.up).unwrap();
                    }
                    delivered += usize::from(progress.delivered().is_some());
                    rest = &rest[used..];
                }
                self.down.clear();
            }
        }
        delivered
    }
}
