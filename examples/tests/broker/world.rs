//! A broker, its clients and a clock, without a network. Packets are in hexadecimal.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use bytes::Buf;
use puremqtt::{
    Ack, Connect, Decoder, Delivery, Encoder, Limits, Packet, PacketId, Publish, QoS, Subscribe,
    Subscription, TopicFilter, TopicName, Version,
};
use puremqtt_examples::broker::acl::Acl;
use puremqtt_examples::broker::config::Config;
use puremqtt_examples::broker::core::{Broker, LinkNo, Port};
use puremqtt_examples::broker::password::Passwords;

use crate::wire::{bytes, describe, frames, text, version_of};

#[path = "world/ends.rs"]
pub(crate) mod ends;

pub(crate) const Q0: QoS = QoS::AtMostOnce;
pub(crate) const Q1: QoS = QoS::AtLeastOnce;
pub(crate) const Q2: QoS = QoS::ExactlyOnce;
pub(crate) const V3_1_1: Version = Version::V3_1_1;
pub(crate) const V5: Version = Version::V5;
/// No packets, or no messages.
pub(crate) const NONE: [&str; 0] = [];

/// Bytes that wait for one slow reader.
const OUTBOX: usize = 64 * 1024;

/// A broker and the time it is. Its clients hold on to it, too.
pub(crate) struct World(Rc<RefCell<Inner>>);

/// One network connection, from the client's end.
pub(crate) struct Peer {
    world: Rc<RefCell<Inner>>,
    at: usize,
}

struct Inner {
    broker: Broker,
    now: Duration,
    ends: Vec<ClientEnd>,
    disk: Option<ends::Disk>,
}

struct ClientEnd {
    /// `None`: the network connection is closed.
    link: Option<LinkNo>,
    port: Port,
    reads: bool,
    inbox: Vec<u8>,
    decoder: Decoder,
    encoder: Encoder,
    last_id: u16,
}

/// What the tests of most rules need: nothing to be told in CONNACK, no limits.
pub(crate) fn plain() -> Config {
    Config {
        receive_maximum: std::num::NonZeroU16::MAX,
        topic_alias_maximum: 0,
        ..Config::default()
    }
}

/// A CONNECT of this client, with Clean Session or Clean Start.
pub(crate) fn connect(version: Version, client_id: &str) -> Connect<'_> {
    Connect {
        version,
        client_id,
        clean_start: true,
        ..Connect::default()
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(plain())
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::guarded(config, None, None)
    }

    /// With a file of passwords and an access control list.
    pub(crate) fn guarded(config: Config, passwords: Option<&str>, acl: Option<&str>) -> Self {
        let path = Path::new("file");
        let passwords = passwords.map(|text| Passwords::parse(path, text).unwrap());
        let acl = acl.map(|text| Acl::parse(path, text).unwrap());
        Self(Rc::new(RefCell::new(Inner {
            broker: Broker::new(config, passwords, acl, Duration::ZERO),
            now: Duration::ZERO,
            ends: Vec::new(),
            disk: None,
        })))
    }

    /// Whose broker offers less than it can.
    pub(crate) fn offering(limits: Limits) -> Self {
        let world = Self::new();
        world.0.borrow_mut().broker.set_limits(limits);
        world
    }

    /// A new network connection, on which this is sent.
    pub(crate) fn opens(&self, hex: &str) -> Peer {
        let peer = self.dials(version_of(&bytes(hex)));
        peer.sends(hex);
        peer
    }

    /// A new network connection.
    pub(crate) fn dials(&self, version: Version) -> Peer {
        let mut inner = self.0.borrow_mut();
        let now = inner.now;
        let link = inner.broker.connected("peer", now);
        inner.ends.push(ClientEnd {
            link: Some(link),
            port: Port::new(),
            reads: true,
            inbox: Vec::new(),
            decoder: Decoder::client(version),
            encoder: Encoder::client(version),
            last_id: 0,
        });
        Peer {
            world: self.0.clone(),
            at: inner.ends.len() - 1,
        }
    }

    /// A client that is let in, and whether there was a session.
    pub(crate) fn connects(&self, connect: Connect<'_>) -> (Peer, bool) {
        let peer = self.dials(connect.version);
        peer.says(connect);
        let connack = peer.takes(0x20);
        assert_eq!(connack[3], 0, "{}", text(&connack));
        (peer, connack[2] == 1)
    }

    /// A client that is let in.
    pub(crate) fn joins(&self, connect: Connect<'_>) -> Peer {
        self.connects(connect).0
    }

    /// A client of 3.1.1 with Clean Session.
    pub(crate) fn v3(&self, client_id: &str) -> Peer {
        self.joins(connect(V3_1_1, client_id))
    }

    /// A client of MQTT 5 with Clean Start and no Session Expiry Interval.
    pub(crate) fn v5(&self, client_id: &str) -> Peer {
        self.joins(connect(V5, client_id))
    }

    /// A client of 3.1.1 whose session is kept.
    pub(crate) fn v3_kept(&self, client_id: &str) -> Peer {
        let connect = connect(V3_1_1, client_id);
        self.joins(Connect {
            clean_start: false,
            ..connect
        })
    }

    /// A client of MQTT 5 whose session is kept for so many seconds.
    pub(crate) fn v5_kept(&self, client_id: &str, seconds: u32) -> Peer {
        self.v5_returns(client_id, seconds).0
    }

    /// The same, and whether there was a session.
    pub(crate) fn v5_returns(&self, client_id: &str, seconds: u32) -> (Peer, bool) {
        let properties = puremqtt::ConnectProperties {
            session_expiry_interval: Some(seconds),
            ..Default::default()
        };
        self.connects(Connect {
            clean_start: false,
            properties: (&properties).into(),
            ..connect(V5, client_id)
        })
    }

    /// It is so many seconds after the beginning: what was due until then has happened.
    pub(crate) fn at(&self, seconds: impl Into<f64>) {
        let until = Duration::from_secs_f64(seconds.into());
        let mut inner = self.0.borrow_mut();
        while let Some(when) = inner.next_deadline().filter(|&when| when <= until) {
            inner.now = inner.now.max(when);
            inner.passes_time();
        }
        inner.now = until;
        inner.ticks();
    }
}

impl Inner {
    fn next_deadline(&self) -> Option<Duration> {
        let links = self.ends.iter().filter_map(|end| end.link);
        links
            .filter_map(|link| self.broker.link_deadline(link))
            .chain(self.broker.deadline())
            .min()
    }

    fn passes_time(&mut self) {
        let now = self.now;
        self.broker.poll(now);
        for end in &mut self.ends {
            if let Some(link) = end.link {
                self.broker.poll_link(link, &mut end.port, now);
            }
        }
        self.settles();
    }

    /// Does what is due until nothing is.
    fn settles(&mut self) {
        loop {
            self.stores();
            let woken: Vec<_> = self.broker.woken().collect();
            if woken.is_empty() {
                return;
            }
            for no in woken {
                let now = self.now;
                if let Some(end) = self.ends.iter_mut().find(|end| end.link == Some(no)) {
                    end.serves(&mut self.broker, now);
                }
            }
        }
    }
}

impl ClientEnd {
    /// What the task of a connection does in turn.
    fn serves(&mut self, broker: &mut Broker, now: Duration) {
        let Some(no) = self.link else { return };
        loop {
            broker.transmit(no, &mut self.port, OUTBOX, now);
            if self.port.output.is_empty() || !self.reads {
                break;
            }
            let output = &mut self.port.output;
            self.inbox
                .extend_from_slice(&output.copy_to_bytes(output.len()));
        }
        if broker.has_ended(no) && self.port.output.is_empty() {
            broker.lost(no, now);
            self.link = None;
        }
    }
}

impl Peer {
    /// Bytes go to the broker.
    pub(crate) fn sends(&self, hex: &str) {
        self.sends_bytes(&bytes(hex));
    }

    pub(crate) fn sends_bytes(&self, bytes: &[u8]) {
        let mut inner = self.world.borrow_mut();
        let Inner {
            broker, now, ends, ..
        } = &mut *inner;
        let end = &mut ends[self.at];
        let no = end.link.expect("the connection is open");
        end.port.input.extend_from_slice(bytes);
        while broker.receive(no, &mut end.port, *now) {}
        end.serves(broker, *now);
        inner.settles();
    }

    pub(crate) fn says<'a>(&self, packet: impl Into<Packet<'a>> + Copy) {
        let mut wire = Vec::new();
        let encoded = self.end(|end| end.encoder.encode(packet, &mut wire));
        encoded.expect("a packet of the client's version");
        self.sends_bytes(&wire);
    }

    /// All packets that came since anybody asked.
    pub(crate) fn gets(&self) -> Vec<String> {
        let inbox = self.end(|end| std::mem::take(&mut end.inbox));
        frames(&inbox).map(text).collect()
    }

    /// All messages that came, and nothing else did but answers to this: each is acknowledged.
    /// `a=x`, `a=x qos1 retain`.
    pub(crate) fn messages(&self) -> Vec<String> {
        let mut messages = Vec::new();
        loop {
            let inbox = self.end(|end| std::mem::take(&mut end.inbox));
            if inbox.is_empty() {
                return messages;
            }
            for frame in frames(&inbox) {
                self.takes_message(frame, &mut messages);
            }
        }
    }

    fn takes_message(&self, frame: &[u8], messages: &mut Vec<String>) {
        let mut answer = Vec::new();
        self.end(|end| {
            let (packet, _) = end.decoder.decode(frame).unwrap().unwrap();
            let reply = match packet {
                Packet::Publish(publish) => {
                    messages.push(describe(&publish));
                    match publish.delivery {
                        Delivery::AtMostOnce => return,
                        Delivery::AtLeastOnce { packet_id, .. } => {
                            Packet::PubAck(Ack::new(packet_id))
                        }
                        Delivery::ExactlyOnce { packet_id, .. } => {
                            Packet::PubRec(Ack::new(packet_id))
                        }
                    }
                }
                Packet::PubRel(ack) => Packet::PubComp(Ack::new(ack.packet_id)),
                other => panic!("{other} is no message"),
            };
            end.encoder.encode(reply, &mut answer).unwrap();
        });
        if !answer.is_empty() {
            self.sends_bytes(&answer);
        }
    }

    /// The first packet with this first byte, which has to be there; the others stay.
    pub(crate) fn takes(&self, first: u8) -> Vec<u8> {
        self.end(|end| {
            let inbox = std::mem::take(&mut end.inbox);
            let mut taken = None;
            for frame in frames(&inbox) {
                if taken.is_none() && frame[0] == first {
                    taken = Some(frame.to_vec());
                } else {
                    end.inbox.extend(frame);
                }
            }
            taken.unwrap_or_else(|| panic!("no {first:02x} in {}", text(&inbox)))
        })
    }

    /// Subscribes, which is granted.
    pub(crate) fn subscribes(&self, filter: &str, qos: QoS) {
        let filter = TopicFilter::new(filter).unwrap();
        self.subscribes_as(Subscription::new(filter, qos));
    }

    pub(crate) fn subscribes_as(&self, subscription: Subscription<'_>) {
        let subscriptions = [subscription];
        self.says(Subscribe::new(self.next_id(), (&subscriptions[..]).into()));
        let suback = self.takes(0x90);
        let granted = suback.last().copied();
        assert_eq!(granted, Some(subscription.options.qos as u8), "{suback:?}");
    }

    /// Publishes to the end of the exchange.
    pub(crate) fn publishes(&self, topic: &str, payload: &str, qos: QoS) {
        let topic = TopicName::new(topic).unwrap();
        self.publishes_this(Publish::new(topic, payload.as_bytes()), qos);
    }

    /// Publishes what becomes the topic's retained message.
    pub(crate) fn retains(&self, topic: &str, payload: &str, qos: QoS) {
        let topic = TopicName::new(topic).unwrap();
        let publish = Publish {
            retain: true,
            ..Publish::new(topic, payload.as_bytes())
        };
        self.publishes_this(publish, qos);
    }

    pub(crate) fn publishes_this(&self, publish: Publish<'_>, qos: QoS) {
        let packet_id = self.next_id();
        let delivery = match qos {
            Q0 => Delivery::AtMostOnce,
            Q1 => Delivery::AtLeastOnce {
                packet_id,
                dup: false,
            },
            Q2 => Delivery::ExactlyOnce {
                packet_id,
                dup: false,
            },
        };
        self.says(Publish {
            delivery,
            ..publish
        });
        match qos {
            Q0 => {}
            Q1 => drop(self.takes(0x40)),
            Q2 => {
                self.takes(0x50);
                self.says(Packet::PubRel(Ack::new(packet_id)));
                self.takes(0x70);
            }
        }
    }

    fn next_id(&self) -> PacketId {
        self.end(|end| {
            end.last_id += 1;
            PacketId::new(end.last_id).unwrap()
        })
    }

    /// The network connection breaks.
    pub(crate) fn drops(&self) {
        let mut inner = self.world.borrow_mut();
        let now = inner.now;
        let no = inner.ends[self.at].link.take();
        inner.broker.lost(no.expect("the connection is open"), now);
        inner.settles();
    }

    /// A DISCONNECT, upon which the broker closes.
    pub(crate) fn leaves(&self) {
        self.sends("e0 00");
        assert!(self.is_closed());
    }

    /// Reads nothing from now on, or all again.
    pub(crate) fn reads(&self, reads: bool) {
        self.end(|end| end.reads = reads);
        let mut inner = self.world.borrow_mut();
        let Inner {
            broker, now, ends, ..
        } = &mut *inner;
        ends[self.at].serves(broker, *now);
        inner.settles();
    }

    /// Bytes that wait to be read.
    pub(crate) fn outbox(&self) -> usize {
        self.end(|end| end.port.output.len())
    }

    /// Whether the broker has closed the network connection.
    pub(crate) fn is_closed(&self) -> bool {
        self.end(|end| end.link.is_none())
    }

    fn end<R>(&self, act: impl FnOnce(&mut ClientEnd) -> R) -> R {
        act(&mut self.world.borrow_mut().ends[self.at])
    }
}
