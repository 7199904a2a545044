//! What the broker counts, and publishes under `$SYS/broker/`.

use std::time::Duration;

use puremqtt::{Publish, TopicName};

use super::Broker;

/// How often they are published.
const INTERVAL: Duration = Duration::from_secs(10);

pub(super) struct Figures {
    pub(super) connected: u64,
    pub(super) routed: u64,
    pub(super) published_in: u64,
    pub(super) published_out: u64,
    pub(super) dropped: u64,
    /// Copies that were given to a client's queue.
    pub(super) copies: u64,
    packets_in: u64,
    packets_out: u64,
    bytes_in: u64,
    bytes_out: u64,
    began: Duration,
    next: Duration,
}

impl Figures {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            connected: 0,
            routed: 0,
            published_in: 0,
            published_out: 0,
            dropped: 0,
            copies: 0,
            packets_in: 0,
            packets_out: 0,
            bytes_in: 0,
            bytes_out: 0,
            began: now,
            next: now,
        }
    }

    pub(super) fn received(&mut self, bytes: usize) {
        self.packets_in += 1;
        self.bytes_in += bytes as u64;
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.packets_out += 1;
        self.bytes_out += bytes as u64;
    }

    /// What was done for clients, in steps of about the same size.
    pub(super) fn work(&self) -> u64 {
        self.packets_in + self.copies
    }

    pub(super) fn deadline(&self) -> Duration {
        self.next
    }
}

impl Broker {
    /// Publishes them, retained, when it is time.
    pub(super) fn publish_figures(&mut self, now: Duration) {
        if now < self.figures.next {
            return;
        }
        self.figures.next = now.saturating_add(INTERVAL);
        self.expire_retained(now);
        let figures = &self.figures;
        let uptime = now.saturating_sub(figures.began).as_secs();
        let rows = [
            (
                "$SYS/broker/version",
                format!("puremqtt {}", env!("CARGO_PKG_VERSION")),
            ),
            ("$SYS/broker/uptime", format!("{uptime} seconds")),
            (
                "$SYS/broker/clients/connected",
                figures.connected.to_string(),
            ),
            ("$SYS/broker/clients/total", self.clients.len().to_string()),
            (
                "$SYS/broker/subscriptions/count",
                self.subscriptions.len().to_string(),
            ),
            (
                "$SYS/broker/retained messages/count",
                self.retained.len().to_string(),
            ),
            (
                "$SYS/broker/messages/received",
                figures.packets_in.to_string(),
            ),
            ("$SYS/broker/messages/sent", figures.packets_out.to_string()),
            (
                "$SYS/broker/publish/messages/received",
                figures.published_in.to_string(),
            ),
            (
                "$SYS/broker/publish/messages/sent",
                figures.published_out.to_string(),
            ),
            (
                "$SYS/broker/publish/messages/dropped",
                figures.dropped.to_string(),
            ),
            ("$SYS/broker/bytes/received", figures.bytes_in.to_string()),
            ("$SYS/broker/bytes/sent", figures.bytes_out.to_string()),
        ];
        for (topic, value) in rows {
            let publish = Publish {
                retain: true,
                ..Publish::new(TopicName::literal(topic), value.as_bytes())
            };
            self.route(&publish, None, None, now);
        }
    }
}
