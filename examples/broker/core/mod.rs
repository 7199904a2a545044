//! What makes a broker of the crate, without IO: connections are numbers, time is an argument.
//!
//! ```text
//! bytes ─► receive ─► link ─► route ─► queue of each client ─► transmit ─► bytes
//!                      │                 ▲
//!                   subscribe ─► retained│wills, $SYS
//! ```
//!
//! Whoever does the IO calls `receive` with what came in, `transmit` for those that
//! [`woken`](Broker::woken) names, `poll` on time, and ends a link that `has_ended`. Who stores
//! what [`changes`](Broker::changes) tells, before it sends anything, can
//! [`restore`](Broker::restore) it.

mod changes;
mod client;
mod figures;
mod link;
mod logging;
mod opening;
mod restoring;
mod retained;
mod routing;
mod sessions;
mod sharing;
mod stored;
mod subscribing;
mod transmitting;
mod turns;
mod wishes;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use puremqtt::{Limits, SubscriptionTree, TopicTree};
use slab::Slab;

use super::acl::Acl;
use super::config::Config;
use super::password::Passwords;
use changes::Keeping;
pub use changes::{Changes, ClientChange, LogChange};
use client::Client;
use figures::Figures;
use link::Link;
pub use link::{LinkNo, Port};
pub use restoring::{Damaged, Stored, StoredClient};
use retained::Retained;
use routing::{Granted, Recipient};
use sessions::Timer;

/// Takes the lines of the log.
type Log = Box<dyn FnMut(&str) + Send>;

/// Which client, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct ClientNo(usize);

/// All that a broker knows.
pub struct Broker {
    config: Config,
    /// What new clients are told.
    limits: Limits,
    passwords: Option<Passwords>,
    acl: Option<Acl>,
    links: Slab<Link>,
    clients: Slab<Client>,
    by_id: HashMap<Arc<str>, ClientNo>,
    subscriptions: SubscriptionTree<ClientNo, Granted>,
    retained: TopicTree<Retained>,
    /// When a will is due or a session ends.
    timers: BTreeSet<(Duration, Timer)>,
    woken: Vec<LinkNo>,
    /// Links with more than their turn allowed.
    behind: u64,
    figures: Figures,
    /// How many turns there were in shared subscriptions.
    turns: u64,
    /// Kept from one message to the next, for its memory.
    recipients: Vec<Recipient>,
    /// What is to be stored; `None`: nothing is.
    keeping: Option<Keeping>,
    log: Option<Log>,
}

impl Broker {
    pub fn new(
        config: Config,
        passwords: Option<Passwords>,
        acl: Option<Acl>,
        now: Duration,
    ) -> Self {
        Self {
            limits: limits(&config),
            config,
            passwords,
            acl,
            links: Slab::new(),
            clients: Slab::new(),
            by_id: HashMap::new(),
            subscriptions: SubscriptionTree::new(),
            retained: TopicTree::new(),
            timers: BTreeSet::new(),
            woken: Vec::new(),
            behind: 0,
            figures: Figures::new(now),
            turns: 0,
            recipients: Vec::new(),
            keeping: None,
            log: None,
        }
    }

    /// What clients are told from now on, in place of what the settings say: a broker may offer
    /// less than it can.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Has each packet logged.
    pub fn log_to(&mut self, log: impl FnMut(&str) + Send + 'static) {
        self.log = Some(Box::new(log));
    }

    /// Those that have something to send or are to end, each once.
    pub fn woken(&mut self) -> impl Iterator<Item = LinkNo> + '_ {
        self.woken.drain(..)
    }

    /// When to [`poll`](Self::poll); what has to do with one link is
    /// [`link_deadline`](Self::link_deadline)'s.
    pub fn deadline(&self) -> Option<Duration> {
        let timer = self.timers.first().map(|(when, _)| *when);
        timer.into_iter().chain([self.figures.deadline()]).min()
    }

    /// Publishes wills and figures and ends sessions whose time has come.
    pub fn poll(&mut self, now: Duration) {
        while let Some(&(when, timer)) = self.timers.first() {
            if when > now {
                break;
            }
            self.timers.pop_first();
            self.expire(timer, now);
        }
        self.publish_figures(now);
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        receive_maximum: config.receive_maximum,
        maximum_packet_size: config.max_packet_size.and_then(|size| size.try_into().ok()),
        topic_alias_maximum: config.topic_alias_maximum,
        retain_available: config.retain_available,
        ..Limits::default()
    }
}
