//! Between two whole sessions, every packet encoded and decoded.

use std::time::Duration;

use puremqtt::delivery::Outcome;
use puremqtt::{Agreed, Decoder, Encoder, Incoming, Message, QueueLimits, Session};

use super::workload::{Exchange, PAYLOAD, TOPIC, VERSION};

const NOW: Duration = Duration::ZERO;

pub(crate) struct Sessions {
    sender: Session,
    receiver: Session,
    message: Message,
    up: Vec<u8>,
    down: Vec<u8>,
}

impl Sessions {
    pub(crate) fn new(window: usize) -> Self {
        let mut sessions = Self {
            sender: Session::new().with_queue_limits(QueueLimits {
                messages: window,
                ..QueueLimits::default()
            }),
            receiver: Session::new(),
            message: Message::new(TOPIC, PAYLOAD),
            up: Vec::with_capacity(1 << 16),
            down: Vec::with_capacity(1 << 16),
        };
        sessions.sender.connected(Agreed {
            send_maximum: window as u16,
            ..Agreed::new(VERSION)
        });
        sessions.receiver.connected(Agreed::new(VERSION));
        sessions
    }

    pub(crate) fn over_wire(&mut self, exchange: Exchange) -> usize {
        let (mut encoder, mut decoder) = (Encoder::new(VERSION), Decoder::new(VERSION));
        let mut delivered = 0;
        for _ in 0..exchange.messages / exchange.window {
            for _ in 0..exchange.window {
                let terms = self.message.terms(exchange.qos, NOW);
                let message = self.message.clone();
                self.sender.publish(message, terms, NOW).unwrap();
            }
            while let Some(next) = self.sender.transmit(NOW) {
                next.encode(&mut encoder, &mut self.up).unwrap();
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
                    next.encode(&mut encoder, &mut self.down).unwrap();
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
