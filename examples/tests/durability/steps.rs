//! A crash between any two calls: two clients on the crate, and each place once.

use std::time::Duration;

use bytes::Buf;
use puremqtt::{QoS, Version};
use puremqtt_examples::broker::core::{Broker, LinkNo, Port};
use puremqtt_examples::broker::store::Store;

use crate::party::Party;
use crate::world::{Q1, Q2, V3_1_1, V5, ends::new_directory, plain};

const NOW: Duration = Duration::ZERO;

/// So many messages are published.
const COUNT: usize = 3;

/// One broker after the other on one store, and who is connected.
struct Lives {
    directory: std::path::PathBuf,
    /// Gone for a moment in a crash: nobody else opens the file then.
    store: Option<Store>,
    broker: Broker,
    parties: [Party; 2],
    links: [Option<(LinkNo, Port)>; 2],
    /// Calls that were made.
    calls: usize,
    crashes_at: usize,
}

impl Lives {
    fn new(version: Version, qos: QoS, crashes_at: usize) -> Self {
        let directory = new_directory();
        let (broker, store) = open(&directory);
        let publisher = Party::new("publisher", version, None);
        let subscriber = Party::new("subscriber", version, Some(("a", qos)));
        Self {
            directory,
            store: Some(store),
            broker,
            parties: [subscriber, publisher],
            links: [None, None],
            calls: 0,
            crashes_at,
        }
    }

    /// The broker crashes before this call if it is the one.
    fn crashes(&mut self) -> bool {
        let crashes = self.calls == self.crashes_at;
        self.calls += 1;
        if crashes {
            self.store = None;
            let (broker, store) = open(&self.directory);
            (self.broker, self.store) = (broker, Some(store));
            self.links = [None, None];
            self.parties.iter_mut().for_each(Party::is_cut);
        }
        crashes
    }

    /// What the task of a connection does in turn; whether something happened.
    fn turn(&mut self, at: usize) -> bool {
        if !self.parties[at].is_connected() {
            let link = self.broker.connected("peer", NOW);
            self.links[at] = Some((link, Port::new()));
            self.parties[at].dials(NOW);
        }
        self.parties[at].speaks(NOW);
        let said = std::mem::take(&mut self.parties[at].output);
        if self.crashes() {
            return true;
        }
        let (no, port) = self.links[at].as_mut().unwrap();
        port.input.extend_from_slice(&said);
        while self.broker.receive(*no, port, NOW) {}
        if self.crashes() {
            return true;
        }
        let (no, port) = self.links[at].as_mut().unwrap();
        self.broker.transmit(*no, port, usize::MAX, NOW);
        assert!(!self.broker.has_ended(*no));
        if self.crashes() {
            return true;
        }
        if self.broker.must_store() {
            let changes = self.broker.changes(NOW).unwrap();
            self.store.as_mut().unwrap().keep(&changes).unwrap();
        }
        if self.crashes() {
            return true;
        }
        let (_, port) = self.links[at].as_mut().unwrap();
        let answered = port.output.copy_to_bytes(port.output.len());
        let party = &mut self.parties[at];
        party.input.extend_from_slice(&answered);
        party.listens(NOW);
        !said.is_empty() || !answered.is_empty()
    }

    /// Everybody does what there is to do.
    fn settles(&mut self) {
        // Not evaluated lazily: each has its turn.
        while (0..self.parties.len()).fold(false, |moved, at| self.turn(at) | moved) {}
    }

    fn run(&mut self, qos: QoS) {
        // Nobody publishes before somebody listens.
        while !self.parties[0].is_subscribed {
            self.turn(0);
        }
        for number in 0..COUNT {
            let payload = number.to_string();
            assert!(self.parties[1].publishes("a", &payload, qos, NOW));
            self.turn(1);
        }
        self.settles();
    }
}

impl Drop for Lives {
    fn drop(&mut self) {
        self.store = None;
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn open(directory: &std::path::Path) -> (Broker, Store) {
    let (store, stored) = Store::open(directory).unwrap();
    let mut broker = Broker::new(plain(), None, None, NOW);
    broker.restore(&stored, NOW).unwrap();
    (broker, store)
}

/// Runs once without a crash and once with one before each call; says what has come each time.
fn with_every_crash(version: Version, qos: QoS, check: impl Fn(&[String], &str)) {
    let mut crashes_at = 0;
    loop {
        let mut lives = Lives::new(version, qos, crashes_at);
        lives.run(qos);
        let [subscriber, publisher] = &lives.parties;
        let row = format!("{version:?} {qos:?}, a crash before call {crashes_at}");
        assert_eq!(publisher.acknowledged.len(), COUNT, "{row}");
        check(&subscriber.received, &row);
        if lives.calls <= crashes_at {
            assert!(crashes_at > 20, "only {crashes_at} places for a crash");
            return;
        }
        crashes_at += 1;
    }
}

#[test]
fn at_qos_2_every_message_comes_once_and_in_order_whenever_the_broker_crashes() {
    for version in [V3_1_1, V5] {
        with_every_crash(version, Q2, |received, row| {
            assert_eq!(received, ["a=0", "a=1", "a=2"], "{row}");
        });
    }
}

#[test]
fn at_qos_1_every_message_comes_and_first_ones_in_order_whenever_the_broker_crashes() {
    for version in [V3_1_1, V5] {
        with_every_crash(version, Q1, |received, row| {
            let mut first: Vec<&str> = Vec::new();
            for message in received {
                if !first.contains(&message.as_str()) {
                    first.push(message);
                }
            }
            assert_eq!(first, ["a=0", "a=1", "a=2"], "{row}: {received:?}");
        });
    }
}
