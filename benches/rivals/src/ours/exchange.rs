//! QoS 1 and 2, both sides in memory.

use std::hint::black_box;
use std::time::Duration;

use puremqtt::delivery::{Mark, Outcome, Receiver, Sender, Slot};
use puremqtt::{
    Ack, Agreed, Decoder, Encoder, Incoming, Message, Outgoing, Publish, QoS, QueueLimits, Session,
    TopicName, Version,
};

use crate::case::{Case, Exchange, OURS, Run};
use crate::meter::measure;
use crate::workloads::packets;

const TOPIC: TopicName = TopicName::literal(packets::TOPIC);
const PAYLOAD: [u8; 16] = [b'x'; 16];
const NOW: Duration = Duration::ZERO;
const VERSION: Version = Version::V3_1_1;

fn qos(exchange: Exchange) -> QoS {
    match exchange.qos {
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

/// Over the wire with sessions and with the bare halves of an exchange; the
/// state alone with the halves.
pub fn cases(exchange: Exchange, wire: bool) -> Vec<Case> {
    if wire {
        vec![
            Case::new(OURS, move || sessions(exchange)),
            Case::new("puremqtt, bare halves", move || halves(exchange, over_wire)),
        ]
    } else {
        vec![Case::new(OURS, move || halves(exchange, state_alone))]
    }
}

struct Sessions {
    sender: Session,
    receiver: Session,
    message: Message,
    up: Vec<u8>,
    down: Vec<u8>,
}

fn sessions(exchange: Exchange) -> Run {
    let mut pair = Sessions {
        sender: Session::new().with_queue_limits(QueueLimits {
            messages: exchange.window,
            ..QueueLimits::default()
        }),
        receiver: Session::new(),
        message: Message::new(TOPIC, PAYLOAD),
        up: Vec::with_capacity(1 << 16),
        down: Vec::with_capacity(1 << 16),
    };
    pair.sender.connected(Agreed {
        send_maximum: exchange.window as u16,
        ..Agreed::new(VERSION)
    });
    pair.receiver.connected(Agreed::new(VERSION));
    // Its tables grow here, once.
    pair.exchange(Exchange {
        messages: exchange.window,
        ..exchange
    });
    Box::new(move || {
        let (delivered, sample) = measure(|| pair.exchange(exchange));
        assert_eq!(delivered, exchange.messages);
        sample
    })
}

impl Sessions {
    fn exchange(&mut self, exchange: Exchange) -> usize {
        let (mut encoder, mut decoder) = (Encoder::new(VERSION), Decoder::new(VERSION));
        let mut delivered = 0;
        for _ in 0..exchange.messages / exchange.window {
            for _ in 0..exchange.window {
                let terms = self.message.terms(qos(exchange), NOW);
                let message = self.message.clone();
                self.sender.publish(message, terms, NOW).unwrap();
            }
            while let Some(next) = self.sender.transmit(NOW) {
                encoder.encode(next.packet(), &mut self.up).unwrap();
                next.sent();
            }
            while !self.up.is_empty() {
                let mut rest = &self.up[..];
                while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                    let taken = self.receiver.receive(&packet).unwrap();
                    if let Some(Incoming::Message(Some(receipt))) = taken.incoming {
                        self.receiver.acknowledge(receipt);
                    }
                    if let Some(reply) = taken.reply {
                        encoder.encode(reply, &mut self.down).unwrap();
                    }
                    rest = &rest[used..];
                }
                self.up.clear();
                while let Some(next) = self.receiver.transmit(NOW) {
                    encoder.encode(next.packet(), &mut self.down).unwrap();
                    next.sent();
                }
                let mut rest = &self.down[..];
                while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                    let taken = self.sender.receive(&packet).unwrap();
                    if let Some(reply) = taken.reply {
                        encoder.encode(reply, &mut self.up).unwrap();
                    }
                    if let Some(Incoming::Answer(Outcome::Delivered { .. })) = taken.incoming {
                        delivered += 1;
                    }
                    rest = &rest[used..];
                }
                self.down.clear();
            }
        }
        delivered
    }
}

struct Halves {
    sender: Sender<u32, Vec<Slot<u32>>>,
    receiver: Receiver<Vec<Mark>>,
    up: Vec<u8>,
    down: Vec<u8>,
}

fn halves(exchange: Exchange, work: fn(&mut Halves, Exchange) -> usize) -> Run {
    let mut pair = Halves {
        sender: Sender::new(Vec::new()),
        receiver: Receiver::new(Vec::new()),
        up: Vec::with_capacity(1 << 16),
        down: Vec::with_capacity(1 << 16),
    };
    pair.sender.connected(VERSION, exchange.window as u16);
    pair.receiver.connected(VERSION, u16::MAX);
    work(
        &mut pair,
        Exchange {
            messages: exchange.window,
            ..exchange
        },
    );
    Box::new(move || {
        let (delivered, sample) = measure(|| work(&mut pair, exchange));
        assert_eq!(delivered, exchange.messages);
        sample
    })
}

/// What one side says is what the other is told, with no packet around it.
fn state_alone(pair: &mut Halves, exchange: Exchange) -> usize {
    let Halves {
        sender, receiver, ..
    } = pair;
    let qos = qos(exchange);
    let mut delivered = 0;
    for _ in 0..exchange.messages / exchange.window {
        for n in 0..exchange.window {
            sender.publish(n as u32, qos).unwrap();
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
            let progress = if qos == QoS::AtLeastOnce {
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

fn over_wire(pair: &mut Halves, exchange: Exchange) -> usize {
    let (mut encoder, mut decoder) = (Encoder::new(VERSION), Decoder::new(VERSION));
    let mut delivered = 0;
    for _ in 0..exchange.messages / exchange.window {
        for n in 0..exchange.window {
            pair.sender.publish(n as u32, qos(exchange)).unwrap();
        }
        while let Some(next) = pair.sender.transmit() {
            if let Outgoing::Message { delivery, .. } = next.outgoing() {
                let publish = Publish {
                    delivery,
                    ..Publish::new(TOPIC, &PAYLOAD)
                };
                encoder.encode(publish, &mut pair.up).unwrap();
            }
            next.sent();
        }
        while !pair.up.is_empty() {
            let mut rest = &pair.up[..];
            while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                let arrived = pair.receiver.receive(&packet).unwrap();
                if let Some(receipt) = arrived.receipt {
                    pair.receiver.acknowledge(receipt);
                }
                if let Some(reply) = arrived.reply {
                    encoder.encode(reply, &mut pair.down).unwrap();
                }
                rest = &rest[used..];
            }
            pair.up.clear();
            while let Some(answer) = pair.receiver.transmit() {
                encoder.encode(answer.reply(), &mut pair.down).unwrap();
                answer.sent();
            }
            let mut rest = &pair.down[..];
            while let Some((packet, used)) = decoder.decode(rest).unwrap() {
                let progress = pair.sender.receive(&packet).unwrap();
                if let Some(reply) = progress.reply {
                    encoder.encode(reply, &mut pair.up).unwrap();
                }
                delivered += usize::from(progress.delivered().is_some());
                rest = &rest[used..];
            }
            pair.down.clear();
        }
    }
    delivered
}
