//! What waits in a client's queue becomes bytes.

use std::time::Duration;

use puremqtt::{Outgoing, Packet, Version};

use super::Broker;
use super::link::{LinkNo, Port};
use crate::broker::log::{self, Direction};

impl Broker {
    /// Writes what is due to `port.output`, up to about `limit` bytes in all: a slow reader's
    /// messages stay in its queue.
    pub fn transmit(&mut self, no: LinkNo, port: &mut Port, limit: usize, now: Duration) {
        if let Some(link) = self.links.get_mut(no.0) {
            link.is_woken = false;
            port.output.unsplit(link.farewell.split());
        }
        loop {
            self.transmit_queued(no, port, limit, now);
            if port.output.len() >= limit || !self.refill(no, now) {
                break;
            }
        }
    }

    fn transmit_queued(&mut self, no: LinkNo, port: &mut Port, limit: usize, now: Duration) {
        let version = port.encoder.version();
        let name = self.log.is_some().then(|| self.name(no));
        while port.output.len() < limit {
            let Some(link) = self.links.get_mut(no.0) else {
                return;
            };
            let Some(connection) = &mut link.connection else {
                return;
            };
            let Some(next) = connection.transmit(now) else {
                break;
            };
            let before = port.output.len();
            let mut line = None;
            let mut encode = |packet: Packet<'_>| {
                if let Some(name) = &name {
                    line = Some(log::packet(Direction::Sending, name, version, &packet));
                }
                port.encoder.encode(packet, &mut port.output)
            };
            let is_message = matches!(next.outgoing(), Outgoing::Message { .. });
            let written = match next.outgoing() {
                Outgoing::Reply(reply) => encode(reply.packet()),
                Outgoing::Message {
                    delivery,
                    message_expiry_interval,
                    message,
                } => {
                    let publish = message.publish(delivery, message_expiry_interval);
                    match version {
                        Version::V5 => encode(publish.into()),
                        _ => encode(Packet::from(publish).for_version(version)),
                    }
                }
            };
            match written {
                Ok(()) => {
                    next.sent();
                    self.figures.published_out += u64::from(is_message);
                    self.figures.sent(port.output.len() - before);
                }
                // [5.0/MQTT-3.1.2-25] Larger than the client takes: done with.
                Err(_) => {
                    next.discard();
                    self.figures.dropped += 1;
                }
            }
            if let Some(line) = line {
                self.log(|| line);
            }
        }
        if let Some(connection) = self.connection(no) {
            let mut dropped = 0;
            while connection.dropped().is_some() {
                dropped += 1;
            }
            self.figures.dropped += dropped;
        }
    }
}
