//! What waits in a client's queue becomes bytes.

use std::time::Duration;

use puremqtt::{
    Delivery, EncodeError, Outgoing, Output as _, Packet, Publish, QoS, ReasonCode, Record,
    Transmit, Version,
};

use super::client::Queued;
use super::link::{LinkNo, Port};
use super::{Broker, ClientNo};
use crate::broker::log::{self, Direction};

impl Broker {
    /// Writes what is due to `port.output`, up to about `limit` bytes in all: a slow reader's
    /// messages stay in its queue.
    pub fn transmit(&mut self, no: LinkNo, port: &mut Port, limit: usize, now: Duration) {
        if let Some(link) = self.links.get_mut(no.0) {
            link.is_woken = false;
            port.output.put(&std::mem::take(&mut link.farewell));
        }
        loop {
            self.transmit_queued(no, port, limit, now);
            if port.output.len() >= limit || !self.refill(no, now) {
                break;
            }
        }
        // Whoever has a full output comes again by itself.
        if let Some(link) = self.links.get_mut(no.0) {
            link.is_woken = link.connection.is_some() && port.output.len() >= limit;
        }
    }

    fn transmit_queued(&mut self, no: LinkNo, port: &mut Port, limit: usize, now: Duration) {
        let name = self.log.is_some().then(|| self.name(no));
        let client = self.client_of(no);
        let is_kept = client.is_some_and(|client| self.is_kept(client));
        while port.output.len() < limit {
            let connection = self.connection(no);
            let Some(next) = connection.and_then(|connection| connection.transmit(now)) else {
                break;
            };
            let delivery = match next.outgoing() {
                Outgoing::Message { delivery, .. } => Some(delivery),
                Outgoing::Reply(_) => None,
            };
            let begun = is_kept.then(|| begun(&next)).flatten();
            let before = port.output.len();
            let (written, line) = write(&next, port, name.as_deref());
            match written {
                Ok(()) => {
                    let sent = next.sent();
                    self.note_sent(client, begun, sent);
                    self.figures.published_out += u64::from(delivery.is_some());
                    self.figures.sent(port.output.len() - before);
                    self.log(|| line.unwrap_or_default());
                }
                // [5.0/MQTT-3.1.2-25] A message larger than the client takes is done with.
                Err(error) => match delivery {
                    Some(delivery) => {
                        let discarded = next.discard();
                        self.note_discarded(client, delivery, discarded);
                        self.figures.dropped += 1;
                    }
                    None => return self.end(no, error.into(), None, now),
                },
            }
        }
        if let Some(client) = client {
            self.drain(client);
        }
    }

    /// A packet was written: a message that has got its identifier, or one of QoS 0.
    fn note_sent(
        &mut self,
        client: Option<ClientNo>,
        begun: Option<(Queued, Delivery)>,
        sent: Option<Queued>,
    ) {
        let Some(client) = client.filter(|client| self.is_kept(*client)) else {
            return;
        };
        // Messages before it may be over, and are to go first.
        self.drain(client);
        if let Some((queued, delivery)) = begun {
            let publish = Publish {
                delivery,
                ..queued.logged()
            };
            self.note(client, Record::InFlight(publish));
        }
        if let Some(queued) = sent {
            self.note_queued(client, &queued, Record::Unqueued);
        }
    }

    /// A message was too large: one that was never sent, or one of an earlier connection.
    fn note_discarded(
        &mut self,
        client: Option<ClientNo>,
        delivery: Delivery,
        discarded: Option<Queued>,
    ) {
        let (Some(client), Some(queued)) = (client, discarded) else {
            return;
        };
        self.drain(client);
        match delivery {
            Delivery::AtLeastOnce {
                packet_id,
                dup: true,
            } => self.note(client, Record::Done(packet_id)),
            Delivery::ExactlyOnce {
                packet_id,
                dup: true,
            } => self.note(client, Record::Released(packet_id, ReasonCode::SUCCESS)),
            _ => self.note_queued(client, &queued, Record::Unqueued),
        }
    }
}

/// The message that gets its identifier when this is sent, if it is one.
fn begun(next: &Transmit<'_, Queued>) -> Option<(Queued, Delivery)> {
    match next.outgoing() {
        Outgoing::Message {
            delivery, message, ..
        } if delivery.qos() != QoS::AtMostOnce && !delivery.dup() => {
            Some((message.clone(), delivery))
        }
        _ => None,
    }
}

/// Encodes a packet, and says what the log is told of it, if there is one.
fn write(
    next: &Transmit<'_, Queued>,
    port: &mut Port,
    name: Option<&str>,
) -> (Result<(), EncodeError>, Option<String>) {
    let version = port.encoder.version();
    let mut shared = None;
    let packet = match next.outgoing() {
        Outgoing::Reply(reply) => reply.packet(),
        Outgoing::Message {
            delivery,
            message_expiry_interval,
            message,
        } => {
            shared = Some(&message.message).filter(|_| port.shares);
            let publish = Packet::from(message.publish(delivery, message_expiry_interval));
            match version {
                Version::V5 => publish,
                _ => publish.for_version(version),
            }
        }
    };
    let line = name.map(|name| log::packet(Direction::Sending, name, version, &packet));
    let Port {
        encoder, output, ..
    } = port;
    let written = match shared {
        Some(message) => encoder.encode(packet, &mut output.sharing_message(message)),
        None => encoder.encode(packet, output),
    };
    (written, line)
}
