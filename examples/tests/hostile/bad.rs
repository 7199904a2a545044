//! Those who mean ill, each on one connection.

use std::net::SocketAddr;
use std::time::Duration;

use puremqtt::{
    Delivery, PacketId, Publish, QoS, ReasonCode, Subscribe, Subscription, TopicFilter, TopicName,
    Version,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, interval, timeout_at};

use crate::wire::{Heard, connect, encode};
use crate::{PATIENCE, SILENCE};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Says nothing.
    Silent,
    /// Says a byte a second.
    Slow,
    /// Says what is no MQTT, at once or behind its CONNECT.
    Garbage,
    /// Announces 256 MB.
    Promising,
    /// Leaves more messages of QoS 2 half done than it may.
    Greedy,
    /// Publishes as fast as it can.
    Flooding,
    /// Subscribes to `#` a thousand times, and reads all that this brings.
    Insisting,
    /// Subscribes to a flood, and never reads.
    Deaf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By the broker.
    Closed,
    /// Of its own will.
    Left,
    /// Not when it should have.
    Overdue,
}

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) kind: Kind,
    pub(crate) ended: Ended,
    /// Since it came.
    pub(crate) after: Duration,
    /// The code in the broker's last word.
    pub(crate) told: Option<u8>,
    pub(crate) expected: Option<u8>,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Silent,
        Self::Slow,
        Self::Garbage,
        Self::Promising,
        Self::Greedy,
        Self::Flooding,
        Self::Insisting,
        Self::Deaf,
    ];
}

struct Bad {
    number: usize,
    stream: TcpStream,
    heard: Heard,
}

/// One of them, with what became of it. Until `end` it does what it does; that the broker closes,
/// it waits for a while longer.
pub(crate) async fn run(
    number: usize,
    mqtt: SocketAddr,
    websocket: SocketAddr,
    end: Instant,
) -> Outcome {
    let kind = Kind::ALL[number % Kind::ALL.len()];
    let number = number / Kind::ALL.len();
    let is_open_minded = matches!(kind, Kind::Silent | Kind::Slow) && number % 2 == 1;
    let address = if is_open_minded { websocket } else { mqtt };
    let began = Instant::now();
    let socket = TcpSocket::new_v4().unwrap();
    if kind == Kind::Deaf {
        // The system is not to read in its place.
        socket.set_recv_buffer_size(4 * 1024).unwrap();
    }
    let mut bad = Bad {
        number,
        stream: socket.connect(address).await.unwrap(),
        heard: Heard::default(),
    };
    let late = end + PATIENCE;
    let (ended, expected) = match kind {
        Kind::Silent => (bad.hears_the_end(late).await, None),
        Kind::Slow if is_open_minded => {
            (bad.says_slowly(b"GET /mqtt HTTP/1.1\r\n", late).await, None)
        }
        Kind::Slow => {
            let connect = connect(Version::V5, "a name that is long enough");
            (bad.says_slowly(&connect, late).await, None)
        }
        Kind::Garbage => bad.talks_garbage(late).await,
        Kind::Promising => bad.promises(late).await,
        Kind::Greedy => bad.is_greedy(late).await,
        Kind::Flooding => (bad.floods(end).await, None),
        Kind::Insisting => (bad.insists(late).await, None),
        Kind::Deaf => (bad.is_deaf(end, late).await, None),
    };
    Outcome {
        kind,
        ended,
        after: began.elapsed(),
        told: bad.heard.told,
        expected: expected.map(u8::from),
    }
}

impl Bad {
    async fn says(&mut self, bytes: &[u8]) {
        // An end shows in what it hears.
        let _ = self.stream.write_all(bytes).await;
    }

    async fn connects(&mut self, version: Version, role: &str) {
        let connect = connect(version, &format!("{role}-{}", self.number));
        self.says(&connect).await;
    }

    /// Reads until the broker has closed the connection.
    async fn hears_the_end(&mut self, end: Instant) -> Ended {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match timeout_at(end, self.stream.read(&mut buffer)).await {
                Err(_) => return Ended::Overdue,
                Ok(Ok(0) | Err(_)) => return Ended::Closed,
                Ok(Ok(count)) => self.heard.hear(&buffer[..count]),
            }
        }
    }

    async fn says_slowly(&mut self, bytes: &[u8], end: Instant) -> Ended {
        for byte in bytes {
            self.says(&[*byte]).await;
            let second = Instant::now() + Duration::from_secs(1);
            if self.hears_the_end(second.min(end)).await == Ended::Closed {
                return Ended::Closed;
            }
        }
        Ended::Overdue
    }

    async fn talks_garbage(&mut self, end: Instant) -> (Ended, Option<ReasonCode>) {
        let noise: Vec<u8> = (0..1_000_u32)
            .map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let expected = match self.number % 4 {
            0 => {
                self.says(&noise).await;
                None
            }
            1 => {
                self.says(b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n").await;
                None
            }
            2 => {
                self.connects(Version::V3_1_1, "garbage").await;
                // A reserved type.
                self.says(&[&[0x0f], &noise[..]].concat()).await;
                None
            }
            _ => {
                self.connects(Version::V5, "garbage").await;
                self.says(&[&[0x0f], &noise[..]].concat()).await;
                Some(ReasonCode::MALFORMED_PACKET)
            }
        };
        (self.hears_the_end(end).await, expected)
    }

    async fn promises(&mut self, end: Instant) -> (Ended, Option<ReasonCode>) {
        let expected = match self.number % 3 {
            0 => {
                self.says(b"\x10\xff\xff\xff\x7f\0\x04MQTT\x05").await;
                None
            }
            1 => {
                self.connects(Version::V3_1_1, "promising").await;
                self.says(b"\x30\xff\xff\xff\x7f\0\x01a").await;
                None
            }
            _ => {
                self.connects(Version::V5, "promising").await;
                self.says(b"\x30\xff\xff\xff\x7f\0\x01a").await;
                Some(ReasonCode::PACKET_TOO_LARGE)
            }
        };
        (self.hears_the_end(end).await, expected)
    }

    /// One more than the broker's Receive Maximum of 20.
    async fn is_greedy(&mut self, end: Instant) -> (Ended, Option<ReasonCode>) {
        let mut bytes = connect(Version::V5, &format!("greedy-{}", self.number));
        for id in 1..=21 {
            let packet_id = PacketId::new(id).unwrap();
            let dup = false;
            let publish = Publish {
                delivery: Delivery::ExactlyOnce { packet_id, dup },
                ..Publish::new(TopicName::literal("greedy"), b"more")
            };
            bytes.extend(encode(Version::V5, publish));
        }
        self.says(&bytes).await;
        let expected = ReasonCode::RECEIVE_MAXIMUM_EXCEEDED;
        (self.hears_the_end(end).await, Some(expected))
    }

    /// To those who are deaf, and to those who insist.
    async fn floods(&mut self, end: Instant) -> Ended {
        self.connects(Version::V5, "flooding").await;
        let topic = format!("flood/{}", self.number);
        let topic = TopicName::new(&topic).unwrap();
        let long = encode(Version::V5, Publish::new(topic, &[b'x'; 2_000]));
        let short = encode(Version::V5, Publish::new(TopicName::literal("noise"), b"x"));
        let flood = [long.repeat(16), short.repeat(1_000)].concat();
        loop {
            match timeout_at(end, self.stream.write_all(&flood)).await {
                Err(_) => return Ended::Left,
                Ok(Err(_)) => return Ended::Closed,
                Ok(Ok(())) => {}
            }
        }
    }

    /// Some ask for much in a single packet, too.
    async fn insists(&mut self, end: Instant) -> Ended {
        self.connects(Version::V5, "insisting").await;
        let mut packets = 1_000;
        if self.number % 25 == 1 {
            self.says(&many_filters()).await;
            packets += 1;
        }
        let wanted = [Subscription::new(
            TopicFilter::literal("#"),
            QoS::ExactlyOnce,
        )];
        let mut ticks = interval(Duration::from_millis(10));
        for id in 1..=1_000 {
            let subscribe = Subscribe::new(PacketId::new(id).unwrap(), (&wanted).into());
            self.says(&encode(Version::V5, subscribe)).await;
            if self.hears_the_end(ticks.tick().await).await == Ended::Closed {
                return Ended::Closed;
            }
        }
        while self.heard.subacks < packets {
            // To be kept alive.
            self.says(b"\xc0\x00").await;
            let second = Instant::now() + Duration::from_secs(1);
            match self.hears_the_end(second).await {
                Ended::Closed => return Ended::Closed,
                _ if Instant::now() > end => return Ended::Overdue,
                _ => {}
            }
        }
        Ended::Left
    }

    /// Half of them send on, to be kept alive; but who does not read is not read.
    async fn is_deaf(&mut self, end: Instant, late: Instant) -> Ended {
        self.connects(Version::V5, "deaf").await;
        let wanted = [Subscription::new(
            TopicFilter::literal("flood/#"),
            QoS::AtMostOnce,
        )];
        let subscribe = Subscribe::new(PacketId::new(1).unwrap(), (&wanted).into());
        self.says(&encode(Version::V5, subscribe)).await;
        let pings = self.number % 2 == 1;
        let silence = if pings { end } else { Instant::now() + SILENCE };
        let mut ticks = interval(Duration::from_secs(1));
        while Instant::now() < silence {
            ticks.tick().await;
            if pings && self.stream.write_all(b"\xc0\x00").await.is_err() {
                return Ended::Closed;
            }
        }
        self.hears_the_end(late).await
    }
}

/// A SUBSCRIBE with 40,000 of them.
fn many_filters() -> Vec<u8> {
    let names: Vec<_> = (0..40_000).map(|number| format!("many/{number}")).collect();
    let wanted: Vec<_> = names
        .iter()
        .map(|name| Subscription::new(TopicFilter::new(name).unwrap(), QoS::AtMostOnce))
        .collect();
    let packet_id = PacketId::new(1_001).unwrap();
    encode(Version::V5, Subscribe::new(packet_id, (&wanted[..]).into()))
}
