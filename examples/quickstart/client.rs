//! A client over TCP that prints a line a packet, and waits for one thing at a time.

use std::time::Duration;

use bytes::{Buf, BytesMut};
use puremqtt::{
    ClientConnection, Connect, Decoder, Disconnect, Encoder, Event, Message, Outgoing, Packet,
    Publish, QoS, Resumption, Session, Subscription, TopicFilter, Version,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::Result;

/// So long anything may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Client {
    name: &'static str,
    stream: TcpStream,
    connection: ClientConnection,
    decoder: Decoder,
    encoder: Encoder,
    inbox: BytesMut,
    outbox: BytesMut,
    began: Instant,
    version: Version,
    /// What came in and was not asked for yet.
    messages: Vec<Received>,
}

/// A message as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub topic: String,
    pub text: String,
    pub qos: QoS,
    pub retain: bool,
}

/// What a packet brought, as far as the story goes.
enum Step {
    Connected(Resumption),
    Refused(String),
    Subscribed,
    Published,
    Other,
}

impl Client {
    /// Connects. The session is new, or that of an earlier connection; `began` is its clock.
    ///
    /// A refusal is an error with its reason in words.
    pub async fn open(
        name: &'static str,
        port: u16,
        connect: Connect<'_>,
        session: Session,
        began: Instant,
    ) -> Result<(Self, Resumption)> {
        let connect = Connect {
            client_id: name,
            ..connect
        };
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let mut client = Self {
            name,
            stream,
            connection: ClientConnection::new(session, &connect, began.elapsed()),
            decoder: Decoder::client(connect.version),
            encoder: Encoder::client(connect.version),
            inbox: BytesMut::new(),
            outbox: BytesMut::new(),
            began,
            version: connect.version,
            messages: Vec::new(),
        };
        client
            .connection
            .configure(&mut client.decoder, &mut client.encoder);
        client.send(connect)?;
        loop {
            match client.step().await? {
                Step::Connected(resumption) => return Ok((client, resumption)),
                Step::Refused(reason) => return Err(reason.into()),
                _ => {}
            }
        }
    }

    pub async fn subscribe(&mut self, filter: &'static str, qos: QoS) -> Result<()> {
        let wanted = [Subscription::new(TopicFilter::new(filter)?, qos)];
        let now = self.began.elapsed();
        let subscribe = self.connection.subscribe(&wanted, now)?;
        self.send(subscribe)?;
        while !matches!(self.step().await?, Step::Subscribed) {}
        Ok(())
    }

    /// Publishes, and waits until the broker has it.
    pub async fn publish(&mut self, publish: Publish<'_>, qos: QoS) -> Result<()> {
        let now = self.began.elapsed();
        let message = Message::from(&publish);
        let terms = message.terms(qos, now);
        self.connection
            .publish(message, terms, now)
            .map_err(|_| "the queue is full")?;
        self.flush().await?;
        while qos > QoS::AtMostOnce && !matches!(self.step().await?, Step::Published) {}
        Ok(())
    }

    /// The next message, acknowledged.
    pub async fn message(&mut self) -> Result<Received> {
        while self.messages.is_empty() {
            self.step().await?;
        }
        Ok(self.messages.remove(0))
    }

    /// True when nothing else comes in for a while.
    pub async fn is_quiet(&mut self) -> Result<bool> {
        while let Ok(step) = timeout(Duration::from_millis(200), self.read()).await {
            step?;
            self.flush().await?;
        }
        Ok(self.messages.is_empty())
    }

    /// Goes with a DISCONNECT.
    pub async fn leave(mut self) -> Result<()> {
        let disconnect = self.connection.disconnect(Disconnect::default())?;
        self.send(disconnect)?;
        self.flush().await
    }

    /// Drops the network connection as a power cut would, and keeps the session.
    pub fn cut(self) -> Session {
        println!("{:>9} ✂", self.name);
        self.connection.close(puremqtt::Cause::Lost).session
    }

    /// Sends what is due, and takes the next packet.
    async fn step(&mut self) -> Result<Step> {
        self.flush().await?;
        let step = timeout(PATIENCE, self.read()).await;
        let step = step.map_err(|_| format!("{}: nothing came in {PATIENCE:?}", self.name))??;
        self.flush().await?;
        Ok(step)
    }

    async fn read(&mut self) -> Result<Step> {
        loop {
            if let Some((packet, used)) = self.decoder.decode(&self.inbox)? {
                println!("{:>9} ◄─ {packet}", self.name);
                let received = self.connection.receive(packet, self.began.elapsed())?;
                let step = match received.event {
                    Some(Event::Connected { resumption, .. }) => Step::Connected(resumption),
                    Some(Event::Refused(refusal)) => Step::Refused(refusal.to_string()),
                    Some(Event::Subscribed(_)) => Step::Subscribed,
                    Some(Event::Published { reason, .. }) if !reason.is_error() => Step::Published,
                    Some(Event::Message(publish, receipt)) => {
                        self.messages.push(Received::from(&publish));
                        if let Some(receipt) = receipt {
                            self.connection.acknowledge(receipt);
                        }
                        Step::Other
                    }
                    _ => Step::Other,
                };
                if let Some(reply) = received.reply {
                    println!("{:>9} ─► {}", self.name, reply.packet());
                    self.encoder.encode(reply, &mut self.outbox)?;
                }
                self.inbox.advance(used);
                self.connection
                    .configure(&mut self.decoder, &mut self.encoder);
                return Ok(step);
            }
            if self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Err(format!("{}: the broker has closed the connection", self.name).into());
            }
        }
    }

    /// Sends what is due.
    async fn flush(&mut self) -> Result<()> {
        while let Some(next) = self.connection.transmit(self.began.elapsed()) {
            let packet = match next.outgoing() {
                Outgoing::Reply(reply) => reply.packet(),
                Outgoing::Message {
                    delivery,
                    message_expiry_interval,
                    message,
                } => Packet::from(Publish {
                    delivery,
                    message_expiry_interval,
                    ..message.publish()
                }),
            };
            let packet = packet.for_version(self.version);
            println!("{:>9} ─► {packet}", self.name);
            self.encoder.encode(packet, &mut self.outbox)?;
            next.sent();
        }
        self.stream.write_all_buf(&mut self.outbox).await?;
        Ok(())
    }

    fn send<'p>(&mut self, packet: impl Into<Packet<'p>>) -> Result<()> {
        let packet = packet.into();
        println!("{:>9} ─► {packet}", self.name);
        Ok(self.encoder.encode(packet, &mut self.outbox)?)
    }
}

impl From<&Publish<'_>> for Received {
    fn from(publish: &Publish<'_>) -> Self {
        Self {
            topic: publish.topic.to_string(),
            text: String::from_utf8_lossy(publish.payload).into_owned(),
            qos: publish.delivery.qos(),
            retain: publish.retain,
        }
    }
}

/// A CONNECT of ann's, whose password is good.
pub fn connect(version: Version, clean_start: bool) -> Connect<'static> {
    Connect {
        version,
        clean_start,
        keep_alive: 30,
        user_name: Some("ann"),
        password: Some(b"temperature"),
        ..Connect::default()
    }
}

/// For a story that has taken another turn.
pub fn check(holds: bool, what: &str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(format!("it is not true that {what}").into())
    }
}
