//! A network connection: bytes in, packets to where they belong, bytes out.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use puremqtt::{
    Cause, Decoder, Delivery, Encoder, Event, Output as _, Packet, Publish, ReasonCode, Receipt,
    Received, Record, Rope, ServerConnection, Session, Version,
};

use super::client::{Client, Queued};
use super::logging::end_of;
use super::turns::Turn;
use super::{Broker, ClientNo};
use crate::broker::log::{self, Direction};

/// Which link, by its place: whoever does the IO holds it from
/// [`Broker::connected`] to [`Broker::lost`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkNo(pub(super) usize);

/// A link as the broker sees it.
pub(super) struct Link {
    /// `None` once it is to end.
    pub(super) connection: Option<ServerConnection<Queued>>,
    pub(super) client: Option<ClientNo>,
    pub(super) peer: String,
    /// What is to be sent before the end, when it was not the link's own packet that brought it.
    pub(super) farewell: Vec<u8>,
    /// Whoever does the IO is about to call `transmit`.
    pub(super) is_woken: bool,
    pub(super) turn: Turn,
}

/// A link as whoever does the IO sees it: what came in, and what is to go out.
pub struct Port {
    pub input: BytesMut,
    pub output: Rope,
    /// Whether the output may hold large payloads by reference, in pieces of their own.
    pub shares: bool,
    decoder: Decoder,
    pub(super) encoder: Encoder,
}

/// A packet of this many bytes is shared by its recipients, a smaller one copied once: what one
/// of them keeps waiting keeps the whole read buffer, of 64 KiB or so.
const SHARED_FROM: usize = 16 * 1_024;

/// Bytes of topics that aliases to a client may stand for.
const ALIAS_BYTES: usize = 4_096;

impl Port {
    pub fn new() -> Self {
        Self {
            input: BytesMut::new(),
            output: Rope::new(),
            shares: false,
            decoder: Decoder::server(),
            encoder: Encoder::server(Version::V5).with_automatic_aliases(ALIAS_BYTES),
        }
    }
}

impl Port {
    /// Gives back memory that holds nothing.
    pub fn shrink(&mut self) {
        self.input = BytesMut::from(&*self.input);
        if self.output.is_empty() {
            self.output = Rope::new();
        }
    }
}

impl Default for Port {
    fn default() -> Self {
        Self::new()
    }
}

/// What a packet led to.
type Handled = Result<(), Cause>;

impl Broker {
    /// A new network connection from `peer`.
    pub fn connected(&mut self, peer: impl ToString, now: Duration) -> LinkNo {
        LinkNo(self.links.insert(Link {
            connection: Some(ServerConnection::new(self.limits, now)),
            client: None,
            peer: peer.to_string(),
            farewell: Vec::new(),
            is_woken: false,
            turn: Turn::default(),
        }))
    }

    /// Handles the first packet; false when it is not all there.
    pub(super) fn receive_next(&mut self, no: LinkNo, port: &mut Port, now: Duration) -> bool {
        self.receive_one(no, port, now).unwrap_or_else(|cause| {
            self.end(no, cause, Some(&mut port.output), now);
            false
        })
    }

    fn receive_one(&mut self, no: LinkNo, port: &mut Port, now: Duration) -> Result<bool, Cause> {
        let Port {
            input,
            output,
            decoder,
            encoder,
            ..
        } = port;
        let Some(length) = decoder.frame_len(input)? else {
            return Ok(false);
        };
        let frame = (length >= SHARED_FROM).then(|| input.split_to(length).freeze());
        let bytes = frame.as_deref().unwrap_or(input);
        if let Some((packet, _)) = decoder.decode(bytes)? {
            self.figures.received(length);
            self.handle(no, packet, frame.as_ref(), (encoder, output), now)?;
        }
        if frame.is_none() {
            input.advance(length);
        }
        if let Some(connection) = self.connection(no) {
            connection.configure(decoder, encoder);
        }
        Ok(true)
    }

    fn handle(
        &mut self,
        no: LinkNo,
        packet: Packet<'_>,
        frame: Option<&Bytes>,
        (encoder, output): (&mut Encoder, &mut Rope),
        now: Duration,
    ) -> Handled {
        self.log_packet(no, Direction::Received, &packet);
        let Some(connection) = self.connection(no) else {
            return Ok(());
        };
        let step = step(&packet, connection.session());
        let Received { event, reply } = connection.receive(packet, now)?;
        if let Some(record) = step.filter(|record| is_taken(record, event.as_ref())) {
            self.note_of(no, record);
        }
        if let Some(reply) = reply {
            self.send(no, reply.packet(), encoder, output)?;
        }
        match event {
            Some(Event::Message(publish, receipt)) => {
                self.take_message(no, publish, receipt, frame, now);
            }
            Some(Event::Connect(connect)) => {
                self.open(no, connect, encoder, output, now)?;
            }
            Some(Event::Subscribe(subscribe)) => {
                self.subscribe(no, subscribe, encoder, output, now)?;
            }
            Some(Event::Unsubscribe(unsubscribe)) => {
                self.unsubscribe(no, unsubscribe, encoder, output)?;
            }
            Some(Event::Disconnected(_)) => {
                self.end(no, ReasonCode::NORMAL_DISCONNECTION.into(), None, now);
            }
            // No method is ever accepted, so that no AUTH comes this far.
            _ => {}
        }
        // An answer may have made room for what waits.
        self.wake(no);
        Ok(())
    }

    /// A PUBLISH: is it allowed, who wants it, and then its answer.
    fn take_message(
        &mut self,
        no: LinkNo,
        publish: Publish<'_>,
        receipt: Option<Receipt>,
        frame: Option<&Bytes>,
        now: Duration,
    ) {
        self.figures.published_in += 1;
        let from = self.client_of(no);
        let client = from.and_then(|from| self.clients.get(from.0));
        let refusal = client.and_then(|client| self.refusal(client, &publish));
        match refusal {
            None => self.route(&publish, frame, from, now),
            Some(_) => {
                let name = self.name(no);
                self.log(|| log::denied(&name, &publish));
            }
        }
        if let (Some(receipt), Some(connection)) = (receipt, self.connection(no)) {
            match refusal {
                None => connection.acknowledge(receipt),
                Some(reason) => connection.refuse(receipt, reason),
            };
            let is_taken = refusal.is_none() || connection.version() != Some(Version::V5);
            if let (Delivery::ExactlyOnce { packet_id, .. }, true) = (publish.delivery, is_taken) {
                self.note_of(no, Record::Received(packet_id));
            }
        }
    }

    /// Why a client may not publish this. Before MQTT 5 it is acknowledged all the same
    /// [3.1.1/MQTT-3.3.5-2].
    pub(super) fn refusal(&self, client: &Client, publish: &Publish<'_>) -> Option<ReasonCode> {
        let config = &self.config;
        let too_large =
            |limit| publish.payload.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        let levels = || publish.topic.levels().count();
        if publish.topic.as_bytes().starts_with(b"$") {
            // The server's own, $SYS first of all.
            Some(ReasonCode::TOPIC_NAME_INVALID)
        } else if !client.rights.may_publish(publish.topic) {
            Some(ReasonCode::NOT_AUTHORIZED)
        } else if config.message_size_limit.is_some_and(too_large) {
            Some(ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR)
        } else if config.max_topic_levels.is_some_and(|most| levels() > most) {
            Some(ReasonCode::TOPIC_NAME_INVALID)
        } else {
            None
        }
    }

    /// When to [`poll_link`](Self::poll_link).
    pub fn link_deadline(&self, no: LinkNo) -> Option<Duration> {
        self.links.get(no.0)?.connection.as_ref()?.deadline()
    }

    /// Ends a link that was silent for too long.
    pub fn poll_link(&mut self, no: LinkNo, port: &mut Port, now: Duration) {
        let polled = self.connection(no).map(|connection| connection.poll(now));
        if let Some(Err(error)) = polled {
            self.end(no, error.into(), Some(&mut port.output), now);
        }
    }

    /// True once nothing more is to be received: what the output holds is to be sent, and the
    /// network connection to be closed.
    pub fn has_ended(&self, no: LinkNo) -> bool {
        self.links
            .get(no.0)
            .is_none_or(|link| link.connection.is_none())
    }

    /// The network connection is closed, whoever closed it. The number may soon be another's.
    pub fn lost(&mut self, no: LinkNo, now: Duration) {
        self.end(no, Cause::Lost, None, now);
        self.end_turn(no);
        self.links.try_remove(no.0);
    }

    /// Ends all links; those of MQTT 5 are told.
    pub fn shut_down(&mut self, now: Duration) {
        let all: Vec<_> = self.links.iter().map(|(no, _)| LinkNo(no)).collect();
        for no in all {
            self.end(no, ReasonCode::SERVER_SHUTTING_DOWN.into(), None, now);
        }
    }

    /// Ends a link: the session goes back to its client, the will is due. The farewell goes to
    /// `output`, or out with the next [`transmit`](Self::transmit).
    pub(super) fn end(
        &mut self,
        no: LinkNo,
        cause: Cause,
        output: Option<&mut Rope>,
        now: Duration,
    ) {
        let Some(link) = self.links.get_mut(no.0) else {
            return;
        };
        let Some(connection) = link.connection.take() else {
            return;
        };
        let closed = connection.close(cause);
        if let Some(farewell) = &closed.farewell {
            let mut bytes = Vec::new();
            // A client that takes no packet of four bytes gets none.
            if farewell.encode(&mut bytes).is_ok() {
                self.figures.sent(bytes.len());
                match output {
                    Some(output) => output.put(&bytes),
                    None => link.farewell = bytes,
                }
            }
        }
        let client = link.client.take();
        // Even if it waits for a peer that does not read.
        link.is_woken = false;
        self.wake(no);
        if self.log.is_some() {
            let client = client.and_then(|client| self.clients.get(client.0));
            let id = client.map(|client| client.id.clone());
            self.log(|| log::ended(id.as_deref(), end_of(cause)));
        }
        if let Some(client) = client {
            self.figures.connected -= 1;
            self.detach(client, closed, now);
        }
    }

    pub(super) fn client_of(&self, no: LinkNo) -> Option<ClientNo> {
        self.links.get(no.0)?.client
    }

    pub(super) fn connection(&mut self, no: LinkNo) -> Option<&mut ServerConnection<Queued>> {
        self.links.get_mut(no.0)?.connection.as_mut()
    }

    pub(super) fn wake(&mut self, no: LinkNo) {
        let link = self.links.get_mut(no.0).filter(|link| !link.is_woken);
        if let Some(link) = link {
            link.is_woken = true;
            self.woken.push(no);
        }
    }

    /// Encodes a packet that is due at once.
    pub(super) fn send(
        &mut self,
        no: LinkNo,
        packet: Packet<'_>,
        encoder: &mut Encoder,
        output: &mut Rope,
    ) -> Handled {
        let before = output.len();
        encoder.encode(packet, output)?;
        self.figures.sent(output.len() - before);
        self.log_packet(no, Direction::Sending, &packet);
        Ok(())
    }
}

/// The step that an acknowledgement of the client's would be in its log.
fn step(packet: &Packet<'_>, session: Option<&Session<Queued>>) -> Option<Record<'static>> {
    Some(match packet {
        Packet::PubAck(ack) | Packet::PubComp(ack) => Record::Done(ack.packet_id),
        // [5.0/MQTT-4.4.0-2]
        Packet::PubRec(ack) if ack.reason.is_error() => Record::Done(ack.packet_id),
        Packet::PubRec(ack) => Record::Released(ack.packet_id, ack.reason),
        Packet::PubRel(ack) if session?.is_in_use(ack.packet_id) => {
            Record::Forgotten(ack.packet_id)
        }
        _ => return None,
    })
}

/// Whether it was one, and not the answer to nothing.
fn is_taken(step: &Record<'_>, event: Option<&Event<'_, Queued>>) -> bool {
    match step {
        Record::Forgotten(_) => true,
        _ => matches!(
            event,
            Some(Event::Published { .. } | Event::Released { .. })
        ),
    }
}
