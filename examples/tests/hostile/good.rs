//! Those who mean well: pairs of a publisher and a subscriber, and newcomers.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use puremqtt::{
    ClientConnection, Connect, Decoder, Encoder, Event, Message, Outgoing, Publish, QoS, Session,
    Subscription, TopicFilter, TopicName, Version,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, timeout_at};

use crate::PATIENCE;

/// How often each publishes.
const INTERVAL: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    /// From one end to the other.
    pub(crate) slowest: Duration,
    pub(crate) newcomers: u64,
    /// From the first byte of TCP to the CONNACK.
    pub(crate) slowest_newcomer: Duration,
}

pub(crate) async fn run(address: SocketAddr, pairs: usize, time: Duration) -> Figures {
    let mut all = JoinSet::new();
    for number in 0..pairs {
        all.spawn(pair(address, number, time));
    }
    let newcomers = newcomers(address, time);
    let (pairs, mut figures) = tokio::join!(all.join_all(), newcomers);
    for (sent, received, slowest) in pairs {
        figures.sent += sent;
        figures.received += received;
        figures.slowest = figures.slowest.max(slowest);
    }
    figures
}

/// How many were sent and received, and the time of the slowest.
async fn pair(address: SocketAddr, number: usize, time: Duration) -> (u64, u64, Duration) {
    let qos = if number % 2 == 1 {
        QoS::ExactlyOnce
    } else {
        QoS::AtLeastOnce
    };
    let topic = format!("good/{number}");
    let began = Instant::now();
    let mut subscriber = Client::open(address, &format!("s{number}")).await;
    subscriber.subscribe(&topic, qos).await;
    let mut publisher = Client::open(address, &format!("p{number}")).await;
    let mut ticks = interval(INTERVAL);
    let (mut sent, mut received, mut slowest) = (0_u64, 0, Duration::ZERO);
    loop {
        let is_over = Instant::now() >= began + time;
        if is_over && received == sent || began.elapsed() >= time + PATIENCE {
            break;
        }
        tokio::select! {
            _ = ticks.tick(), if !is_over => {
                let message = Message::new(TopicName::new(&topic).unwrap(), sent.to_le_bytes());
                let now = publisher.now();
                let terms = message.terms(qos, now);
                publisher.connection.publish(message, terms, now).unwrap();
                publisher.stamps.push(Instant::now());
                sent += 1;
                publisher.write().await;
            }
            () = publisher.read() => publisher.write().await,
            () = subscriber.read() => {
                for payload in std::mem::take(&mut subscriber.messages) {
                    // Nothing is lost and nothing comes twice or out of turn.
                    assert_eq!(payload, received.to_le_bytes(), "{topic}");
                    let stamp = publisher.stamps[usize::try_from(received).unwrap()];
                    slowest = slowest.max(stamp.elapsed());
                    received += 1;
                }
                subscriber.write().await;
            }
            () = sleep(INTERVAL / 10) => {}
        }
    }
    (sent, received, slowest)
}

/// One a second.
async fn newcomers(address: SocketAddr, time: Duration) -> Figures {
    let mut figures = Figures::default();
    let mut ticks = interval(Duration::from_secs(1));
    let end = Instant::now() + time;
    while Instant::now() < end {
        ticks.tick().await;
        let began = Instant::now();
        Client::open(address, "newcomer").await;
        figures.newcomers += 1;
        figures.slowest_newcomer = figures.slowest_newcomer.max(began.elapsed());
    }
    figures
}

struct Client {
    stream: TcpStream,
    connection: ClientConnection,
    decoder: Decoder,
    encoder: Encoder,
    inbox: BytesMut,
    outbox: BytesMut,
    began: Instant,
    is_open: bool,
    is_subscribed: bool,
    messages: Vec<Vec<u8>>,
    /// When each of its own was published.
    stamps: Vec<Instant>,
}

impl Client {
    /// Connects, and waits for the CONNACK.
    async fn open(address: SocketAddr, client_id: &str) -> Self {
        let connect = Connect {
            client_id,
            clean_start: true,
            keep_alive: 10,
            ..Connect::default()
        };
        let mut client = Self {
            stream: TcpStream::connect(address).await.unwrap(),
            connection: ClientConnection::new(Session::new(), &connect, Duration::ZERO),
            decoder: Decoder::client(Version::V5),
            encoder: Encoder::client(Version::V5),
            inbox: BytesMut::new(),
            outbox: BytesMut::new(),
            began: Instant::now(),
            is_open: false,
            is_subscribed: false,
            messages: Vec::new(),
            stamps: Vec::new(),
        };
        client.configure();
        client.encoder.encode(connect, &mut client.outbox).unwrap();
        client.write().await;
        let patience = Instant::now() + PATIENCE;
        while !client.is_open {
            timeout_at(patience, client.read()).await.unwrap();
        }
        client
    }

    async fn subscribe(&mut self, filter: &str, qos: QoS) {
        let wanted = [Subscription::new(TopicFilter::new(filter).unwrap(), qos)];
        let now = self.now();
        let subscribe = self.connection.subscribe(&wanted, now).unwrap();
        self.encoder.encode(subscribe, &mut self.outbox).unwrap();
        self.write().await;
        let patience = Instant::now() + PATIENCE;
        while !self.is_subscribed {
            timeout_at(patience, self.read()).await.unwrap();
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn configure(&mut self) {
        self.connection
            .configure(&mut self.decoder, &mut self.encoder);
    }

    /// Writes all that is due.
    async fn write(&mut self) {
        let now = self.now();
        if let Some(ping) = self.connection.poll(now).unwrap() {
            self.encoder.encode(ping, &mut self.outbox).unwrap();
        }
        while let Some(next) = self.connection.transmit(now) {
            let output = &mut self.outbox;
            let encoded = match next.outgoing() {
                Outgoing::Reply(reply) => self.encoder.encode(reply, output),
                Outgoing::Message {
                    delivery, message, ..
                } => self.encoder.encode(
                    Publish {
                        delivery,
                        ..message.publish()
                    },
                    output,
                ),
            };
            encoded.unwrap();
            next.sent();
        }
        self.stream.write_all_buf(&mut self.outbox).await.unwrap();
    }

    /// Reads what is there, once there is something.
    async fn read(&mut self) {
        let count = self.stream.read_buf(&mut self.inbox).await.unwrap();
        assert_ne!(
            count, 0,
            "the broker has closed a connection that did nothing wrong"
        );
        let now = self.now();
        loop {
            let used = match self.decoder.decode(&self.inbox).unwrap() {
                None => return,
                Some((packet, used)) => {
                    let received = self.connection.receive(packet, now).unwrap();
                    match received.event {
                        Some(Event::Connected { .. }) => self.is_open = true,
                        Some(Event::Subscribed { .. }) => self.is_subscribed = true,
                        Some(Event::Message(publish, receipt)) => {
                            self.messages.push(publish.payload.to_vec());
                            receipt.map(|receipt| self.connection.acknowledge(receipt));
                        }
                        Some(Event::Published { reason, .. }) => assert!(!reason.is_error()),
                        Some(Event::Released { .. }) => {}
                        Some(other) => panic!("{other:?}"),
                        None => {}
                    }
                    if let Some(reply) = received.reply {
                        let encoded = self.encoder.encode(reply.packet(), &mut self.outbox);
                        encoded.unwrap();
                    }
                    used
                }
            };
            self.inbox.advance(used);
            self.configure();
        }
    }
}
