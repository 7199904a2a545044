//! A client over TCP, as fast as it goes.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use puremqtt::{
    ClientConnection, Connect, ConnectProperties, Decoder, Encoder, Event, Message, Outgoing,
    Publish, QoS, Session, Subscription, TopicFilter, Version,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::Instant;

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Bytes that are gathered before they are written.
const BATCH: usize = 64 * 1024;

pub struct Link {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    connection: ClientConnection<Message>,
    decoder: Decoder,
    encoder: Encoder,
    inbox: BytesMut,
    outbox: BytesMut,
    began: Instant,
    is_subscribed: bool,
    is_open: bool,
}

impl Link {
    /// Connects, and waits for the CONNACK. `kept`: the session outlives the connection.
    pub async fn open(
        host: &str,
        port: u16,
        id: &str,
        version: Version,
        kept: bool,
    ) -> Result<Self> {
        let is_5 = version == Version::V5;
        let properties = ConnectProperties {
            session_expiry_interval: (kept && is_5).then_some(60),
            ..ConnectProperties::default()
        };
        let connect = Connect {
            version,
            client_id: id,
            clean_start: !kept || is_5,
            keep_alive: 60,
            properties: (&properties).into(),
            ..Connect::default()
        };
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let mut link = Self {
            reader,
            writer,
            connection: ClientConnection::new(Session::new(), &connect, Duration::ZERO),
            decoder: Decoder::client(version),
            encoder: Encoder::client(version),
            inbox: BytesMut::with_capacity(BATCH),
            outbox: BytesMut::with_capacity(BATCH),
            began: Instant::now(),
            is_subscribed: false,
            is_open: false,
        };
        link.connection
            .configure(&mut link.decoder, &mut link.encoder);
        link.encoder.encode(connect, &mut link.outbox)?;
        while !link.is_open {
            link.write().await?;
            link.read(&mut |_| {}).await?;
        }
        Ok(link)
    }

    pub async fn subscribe(&mut self, filter: TopicFilter<'_>, qos: QoS) -> Result<()> {
        let wanted = [Subscription::new(filter, qos)];
        let subscribe = self.connection.subscribe(&wanted, self.began.elapsed())?;
        self.encoder.encode(subscribe, &mut self.outbox)?;
        while !self.is_subscribed {
            self.write().await?;
            self.read(&mut |_| {}).await?;
        }
        Ok(())
    }

    /// Queues a message; false when there is no room for it.
    pub fn publish(&mut self, message: Message, qos: QoS) -> bool {
        let now = self.began.elapsed();
        let terms = message.terms(qos, now);
        self.connection.publish(message, terms, now).is_ok()
    }

    /// Writes all that is due.
    pub async fn write(&mut self) -> Result<()> {
        loop {
            let now = self.began.elapsed();
            if let Some(ping) = self.connection.poll(now)? {
                self.encoder.encode(ping, &mut self.outbox)?;
            }
            while self.outbox.len() < BATCH {
                let Some(next) = self.connection.transmit(now) else {
                    break;
                };
                match next.outgoing() {
                    Outgoing::Reply(reply) => self.encoder.encode(reply, &mut self.outbox)?,
                    Outgoing::Message {
                        delivery, message, ..
                    } => self.encoder.encode(
                        Publish {
                            delivery,
                            ..message.publish()
                        },
                        &mut self.outbox,
                    )?,
                }
                next.sent();
            }
            if self.outbox.is_empty() {
                return Ok(());
            }
            self.writer.write_all_buf(&mut self.outbox).await?;
        }
    }

    /// Waits for something to come in, and takes all of it. It may be given up and begun anew.
    pub async fn read(&mut self, on_message: &mut (dyn FnMut(&[u8]) + Send)) -> Result<()> {
        self.inbox.reserve(BATCH);
        if self.reader.read_buf(&mut self.inbox).await? == 0 {
            return Err("the broker has closed the connection".into());
        }
        let now = self.began.elapsed();
        while let Some((packet, used)) = self.decoder.decode(&self.inbox)? {
            let received = self.connection.receive(packet, now)?;
            match received.event {
                Some(Event::Message(publish, receipt)) => {
                    on_message(publish.payload);
                    if let Some(receipt) = receipt {
                        self.connection.acknowledge(receipt);
                    }
                }
                Some(Event::Connected { .. }) => self.is_open = true,
                Some(Event::Refused(refusal)) => return Err(refusal.to_string().into()),
                Some(Event::Subscribed(_)) => self.is_subscribed = true,
                _ => {}
            }
            if let Some(reply) = received.reply {
                self.encoder.encode(reply, &mut self.outbox)?;
            }
            self.inbox.advance(used);
            self.connection
                .configure(&mut self.decoder, &mut self.encoder);
        }
        Ok(())
    }

    /// Waits until time has come, or something came in.
    pub async fn read_until(&mut self, when: Instant) -> Result<()> {
        let mut nothing = |_: &[u8]| {};
        tokio::select! {
            read = self.read(&mut nothing) => read,
            () = tokio::time::sleep_until(when) => Ok(()),
        }
    }
}
