//! One connection of a client over a transport: what is due goes out while it waits for packets.

use std::io;
use std::num::NonZeroU16;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use puremqtt::{
    Cause, ClientConnection, Decoder, Disconnect, DisconnectProperties, Encoder, Event, Message,
    Packet, PacketId, QoS, Received, Session, SubscribeProperties, Subscription, Version,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, sleep_until, timeout};

use super::connect;
use super::connection::Connection;
use super::failure::Failure;
use super::transport::Transport;

/// Bytes that wait to be written before more is encoded.
const OUTBOX: usize = 64 * 1024;

/// So long the last bytes may take.
const GRACE: Duration = Duration::from_secs(2);

pub struct Link {
    pub connection: ClientConnection,
    /// Goes with every PUBLISH.
    pub topic_alias: Option<NonZeroU16>,
    reader: ReadHalf<Box<dyn Transport>>,
    writer: WriteHalf<Box<dyn Transport>>,
    decoder: Decoder,
    encoder: Encoder,
    inbox: BytesMut,
    outbox: BytesMut,
    is_flushed: bool,
    /// The origin of the session's time.
    began: Instant,
    /// Under what name packets are printed, if they are.
    prints_as: Option<String>,
}

/// What [`Link::step`] has waited for.
pub enum Step {
    /// A packet is there: to be [`receive`](Link::receive)d.
    Packet(Bytes),
    /// Some of what is due is written.
    Written,
}

impl Link {
    /// The CONNECT waits to be written.
    ///
    /// # Errors
    /// No packet can say what the options say.
    pub fn new(
        options: &Connection,
        transport: Box<dyn Transport>,
        session: Session,
        began: Instant,
    ) -> Result<Self, Failure> {
        let (reader, writer) = tokio::io::split(transport);
        let name = match options.client_id.as_str() {
            "" => "(null)",
            id => id,
        };
        connect::lend(options, |connect| {
            let mut link = Self {
                connection: ClientConnection::new(session, connect, began.elapsed()),
                topic_alias: None,
                reader,
                writer,
                decoder: Decoder::client(options.version),
                encoder: Encoder::client(options.version),
                inbox: BytesMut::new(),
                outbox: BytesMut::new(),
                is_flushed: true,
                began,
                prints_as: options.debug.then(|| name.to_owned()),
            };
            link.send((*connect).into())?;
            Ok(link)
        })
    }

    /// On the session's clock.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Waits for a packet, or until something is written. Dropped in between, it has lost nothing.
    ///
    /// # Errors
    /// The connection is over, and to be [`close`](Self::close)d.
    pub async fn step(&mut self) -> Result<Step, Failure> {
        loop {
            if let Some(len) = self.decoder.frame_len(&self.inbox)? {
                return Ok(Step::Packet(self.inbox.split_to(len).freeze()));
            }
            self.encode_due()?;
            let deadline = self.connection.deadline();
            tokio::select! {
                read = self.reader.read_buf(&mut self.inbox) => match read {
                    Ok(0) => return Err(Failure::Lost(None)),
                    Ok(_) => {}
                    Err(error) => return Err(Failure::Lost(Some(error))),
                },
                written = write(&mut self.writer, &mut self.outbox), if !self.is_flushed => {
                    self.is_flushed = written.map_err(|error| Failure::Lost(Some(error)))?;
                    return Ok(Step::Written);
                }
                () = until(self.began, deadline) => {
                    let due = self.connection.poll(self.began.elapsed());
                    // Silence is no offence: a broker that says nothing may be out of reach.
                    let silent = |error| io::Error::new(io::ErrorKind::TimedOut, error);
                    let due = due.map_err(|error| Failure::Lost(Some(silent(error))))?;
                    if let Some(ping) = due {
                        self.send(ping.into())?;
                    }
                }
            }
        }
    }

    /// True when the next [`step`](Self::step) has a packet at once.
    pub fn has_packet(&self) -> bool {
        !matches!(self.decoder.frame_len(&self.inbox), Ok(None))
    }

    /// Takes a packet, and encodes the reply that it calls for.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn receive<'a>(
        &'a mut self,
        frame: &'a [u8],
    ) -> Result<Option<Event<'a, Message>>, Failure> {
        let Some((packet, _)) = self.decoder.decode(frame)? else {
            return Ok(None);
        };
        if let Some(name) = &mut self.prints_as {
            if let Packet::ConnAck(connack) = &packet {
                let assigned = connack.properties.assigned_client_identifier();
                *name = assigned.map_or(name.clone(), str::to_owned);
            }
            eprintln!("Client {name} received {packet}");
        }
        let Received { event, reply } = self.connection.receive(packet, self.began.elapsed())?;
        if let Some(reply) = reply {
            print(&self.prints_as, &reply.packet());
            self.encoder.encode(reply, &mut self.outbox)?;
            self.is_flushed = false;
        }
        Ok(event)
    }

    /// Queues a message.
    ///
    /// # Errors
    /// The broker takes no such message, or the queue no more.
    pub fn publish(&mut self, message: Message, qos: QoS) -> Result<(), Failure> {
        let terms = message.terms(qos, self.now());
        let refused = |_| Failure::Dropped(puremqtt::Dropped::NotSupported);
        let now = self.now();
        self.connection
            .publish(message, terms, now)
            .map_err(refused)
    }

    pub fn subscribe(
        &mut self,
        subscriptions: &[Subscription<'_>],
        properties: &SubscribeProperties<'_>,
    ) -> Result<PacketId, Failure> {
        let now = self.now();
        let subscribe = match self.encoder.version() {
            Version::V5 => self
                .connection
                .subscribe_with(subscriptions, properties, now),
            Version::V3_1 | Version::V3_1_1 => self.connection.subscribe(subscriptions, now),
        }?;
        self.send(subscribe.into())?;
        Ok(subscribe.packet_id)
    }

    /// Says farewell in the application's own words, after all that is due and before
    /// [`close`](Self::close).
    pub fn disconnect(&mut self, properties: &DisconnectProperties<'_>) -> Result<(), Failure> {
        self.encode_due()?;
        let disconnect = match self.encoder.version() {
            Version::V5 => Disconnect {
                properties: properties.into(),
                ..Disconnect::default()
            },
            Version::V3_1 | Version::V3_1_1 => Disconnect::default(),
        };
        let disconnect = self.connection.disconnect(disconnect)?;
        self.send(disconnect.into())
    }

    /// Ends the connection, and gives the session back.
    pub async fn close(mut self, cause: Cause) -> Session {
        let closed = self.connection.close(cause);
        if let Some(farewell) = closed.farewell {
            print(&self.prints_as, &farewell.packet());
            // Who cannot hear it will see the connection end.
            let _ = farewell.encode(&mut self.outbox);
        }
        if cause != Cause::Lost {
            let ending = async {
                self.writer.write_all_buf(&mut self.outbox).await?;
                self.writer.shutdown().await
            };
            let _ = timeout(GRACE, ending).await;
        }
        closed.session
    }

    /// Bytes that are encoded and not written.
    pub fn unwritten(&self) -> usize {
        self.outbox.len()
    }

    /// True when nothing waits for anything.
    pub fn is_idle(&self) -> bool {
        self.is_flushed && self.connection.session().is_empty()
    }

    fn encode_due(&mut self) -> Result<(), Failure> {
        // Each packet may have told what the broker takes.
        self.connection
            .configure(&mut self.decoder, &mut self.encoder);
        while self.outbox.len() < OUTBOX {
            let Some(next) = self.connection.transmit(self.began.elapsed()) else {
                break;
            };
            let mut packet = next.packet();
            if let Packet::Publish(publish) = &mut packet {
                publish.topic_alias = self.topic_alias;
            }
            print(&self.prints_as, &packet);
            self.encoder.encode(packet, &mut self.outbox)?;
            self.is_flushed = false;
            next.sent();
        }
        match self.connection.dropped() {
            Some((_, why)) => Err(Failure::Dropped(why)),
            None => Ok(()),
        }
    }

    fn send(&mut self, packet: Packet<'_>) -> Result<(), Failure> {
        self.connection
            .configure(&mut self.decoder, &mut self.encoder);
        print(&self.prints_as, &packet);
        self.encoder.encode(packet, &mut self.outbox)?;
        self.is_flushed = false;
        Ok(())
    }
}

/// Writes some of `outbox`; true when all of it is on its way.
async fn write(
    writer: &mut WriteHalf<Box<dyn Transport>>,
    outbox: &mut BytesMut,
) -> io::Result<bool> {
    if outbox.has_remaining() {
        writer.write_buf(&mut outbox.take(OUTBOX)).await?;
    }
    if outbox.has_remaining() {
        return Ok(false);
    }
    writer.flush().await?;
    Ok(true)
}

async fn until(began: Instant, deadline: Option<Duration>) {
    match deadline.and_then(|deadline| began.checked_add(deadline)) {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}

fn print(name: &Option<String>, packet: &Packet<'_>) {
    if let Some(name) = name {
        eprintln!("Client {name} sending {packet}");
    }
}
