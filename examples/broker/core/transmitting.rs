//! What waits in a client's queue becomes bytes.

use std::time::Duration;

use puremqtt::{EncodeError, Outgoing, Packet, Transmit, Version};

use super::Broker;
use super::client::Queued;
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
        let name = self.log.is_some().then(|| self.name(no));
        while port.output.len() < limit {
            let connection = self.connection(no);
            let Some(next) = connection.and_then(|connection| connection.transmit(now)) else {
                break;
            };
            let is_message = matches!(next.outgoing(), Outgoing::Message { .. });
            let before = port.output.len();
            let (written, line) = write(&next, port, name.as_deref());
            match written {
                Ok(()) => {
                    next.sent();
                    self.figures.published_out += u64::from(is_message);
                    self.figures.sent(port.output.len() - before);
                    self.log(|| line.unwrap_or_default());
                }
                // [5.0/MQTT-3.1.2-25] Larger than the client takes: done with.
                Err(_) if is_message => {
                    next.discard();
                    self.figures.dropped += 1;
                }
                Err(error) => return self.end(no, error.into(), None, now),
            }
        }
        if let Some(connection) = self.connection(no) {
            let dropped = std::iter::from_fn(|| connection.dropped()).count();
            self.figures.dropped += dropped as u64;
        }
    }
}

/// Encodes a packet, and says what the log is told of it, if there is one.
fn write(
    next: &Transmit<'_, Queued>,
    port: &mut Port,
    name: Option<&str>,
) -> (Result<(), EncodeError>, Option<String>) {
    let version = port.encoder.version();
    let packet = match next.outgoing() {
        Outgoing::Reply(reply) => reply.packet(),
        Outgoing::Message {
            delivery,
            message_expiry_interval,
            message,
        } => {
            let publish = Packet::from(message.publish(delivery, message_expiry_interval));
            match version {
                Version::V5 => publish,
                _ => publish.for_version(version),
            }
        }
    };
    let line = name.map(|name| log::packet(Direction::Sending, name, version, &packet));
    (port.encoder.encode(packet, &mut port.output), line)
}
