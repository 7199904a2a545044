//! What a broker has to keep, as plain values: whoever does the IO stores them, and sends nothing
//! before that.
//!
//! A session is a log of the crate's. While it goes on, records are added to its end; a log that
//! has grown far beyond what is alive in it is replaced by a snapshot.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use puremqtt::{Dropped, OwnedTopicFilter, OwnedTopicName, Publish, QoS, Record, Version};

use super::client::Queued;
use super::link::LinkNo;
use super::stored;
use super::{Broker, ClientNo};

/// What has changed since somebody asked. It belongs together, and is stored in this order.
#[derive(Debug)]
pub struct Changes {
    /// Clients of whose sessions nothing is kept any more.
    pub ended: Vec<Arc<str>>,
    pub clients: Vec<ClientChange>,
    /// Retained messages by topic; `None`: there is none any more.
    pub retained: Vec<(OwnedTopicName, Option<Vec<u8>>)>,
    /// The broker was there at this time.
    pub alive: Duration,
}

/// What has changed of one client's session.
#[derive(Debug)]
pub struct ClientChange {
    pub id: Arc<str>,
    pub header: Option<Vec<u8>>,
    /// `None`: it has unsubscribed.
    pub subscriptions: Vec<(OwnedTopicFilter, Option<Vec<u8>>)>,
    pub log: LogChange,
}

/// What becomes of a client's log.
#[derive(Debug)]
pub enum LogChange {
    /// This is added to its end; perhaps nothing.
    Append(Vec<u8>),
    /// This takes its place.
    Snapshot(Vec<u8>),
}

/// What is to be handed out.
#[derive(Default)]
pub(super) struct Keeping {
    /// Something that is sent depends on it.
    is_urgent: bool,
    changed: Vec<ClientNo>,
    ended: Vec<Arc<str>>,
    retained: Vec<(OwnedTopicName, Option<Vec<u8>>)>,
    /// When something was last handed out.
    alive: Duration,
}

/// A client whose session is kept, and what of it was not handed out yet.
#[derive(Default)]
pub(super) struct Kept {
    is_changed: bool,
    /// Of its last connection.
    pub(super) version: Version,
    header: Option<Vec<u8>>,
    subscriptions: BTreeSet<OwnedTopicFilter>,
    records: Vec<u8>,
    /// Bytes of the log that was handed out, `None`: there is none.
    logged: Option<usize>,
    /// Bytes that it may have.
    may_have: usize,
}

/// So much time may pass before the broker says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A log of so many bytes is short enough.
const SHORT: usize = 64 * 1024;

/// A log of so many times the length of its last snapshot is too long.
const FACTOR: usize = 4;

impl Broker {
    /// From now on notes what has changed. Sessions that end with their connections are not kept.
    pub fn keep_changes(&mut self) {
        self.keeping = Some(Keeping::default());
    }

    /// Whether there are changes that have to be stored before any more output is sent. Others
    /// may wait: without them an exchange is brought to its end once more.
    pub fn must_store(&self) -> bool {
        self.keeping
            .as_ref()
            .is_some_and(|keeping| keeping.is_urgent)
    }

    /// What has changed; `None`: nothing, for no long time.
    pub fn changes(&mut self, now: Duration) -> Option<Changes> {
        let keeping = self.keeping.as_mut()?;
        let Keeping {
            changed,
            ended,
            retained,
            alive,
            ..
        } = std::mem::take(keeping);
        let nothing = changed.is_empty() && ended.is_empty() && retained.is_empty();
        if nothing && now < alive.saturating_add(HEARTBEAT) {
            keeping.alive = alive;
            return None;
        }
        keeping.alive = now;
        let clients = changed.into_iter().filter_map(|no| self.change(no));
        Some(Changes {
            clients: clients.collect(),
            ended,
            retained,
            alive: now,
        })
    }

    /// Hands out what has changed of one client.
    fn change(&mut self, no: ClientNo) -> Option<ClientChange> {
        // Else a message could be missing in a snapshot whose end is noted behind it.
        self.drain(no);
        let log = self.log_change(no)?;
        let client = self.clients.get_mut(no.0)?;
        let kept = client.kept.as_deref_mut()?;
        kept.is_changed = false;
        let header = kept.header.take();
        let subscriptions = std::mem::take(&mut kept.subscriptions);
        let granted = |filter: OwnedTopicFilter| {
            let granted = self.subscriptions.get(filter.as_filter(), &no);
            let wants = client.retained.contains(filter.as_filter());
            let row = granted
                .and_then(|granted| stored::subscription(filter.as_filter(), granted, wants));
            (filter, row)
        };
        Some(ClientChange {
            id: client.id.clone(),
            header,
            subscriptions: subscriptions.into_iter().map(granted).collect(),
            log,
        })
    }

    fn log_change(&mut self, no: ClientNo) -> Option<LogChange> {
        let client = self.clients.get_mut(no.0)?;
        let link = client.link.and_then(|link| self.links.get(link.0));
        let connection = link.and_then(|link| link.connection.as_ref());
        let session = connection.map_or(client.session.as_ref(), |connection| connection.session());
        let kept = client.kept.as_deref_mut().filter(|kept| kept.is_changed)?;
        let records = std::mem::take(&mut kept.records);
        if let Some(logged) = &mut kept.logged {
            *logged += records.len();
            if *logged <= kept.may_have {
                return Some(LogChange::Append(records));
            }
        }
        let snapshot = stored::session(session?, self.config.queue_qos0_messages)?;
        kept.logged = Some(snapshot.len());
        kept.may_have = snapshot.len().saturating_mul(FACTOR).max(SHORT);
        Some(LogChange::Snapshot(snapshot))
    }

    /// From here on the client's session is kept.
    pub(super) fn keep(&mut self, no: ClientNo, version: Version, header: Option<Vec<u8>>) {
        let client = self.clients.get_mut(no.0);
        if let (Some(keeping), Some(client)) = (&mut self.keeping, client) {
            let kept = client.kept.get_or_insert_default();
            kept.version = version;
            kept.header = header;
            keeping.changed(no, kept, true);
        }
    }

    /// From here on it is not.
    pub(super) fn keep_no_more(&mut self, no: ClientNo) {
        let client = self.clients.get_mut(no.0);
        let Some(client) = client.filter(|client| client.kept.is_some()) else {
            return;
        };
        client.kept = None;
        if let Some(keeping) = &mut self.keeping {
            keeping.ended.push(client.id.clone());
            keeping.is_urgent = true;
        }
    }

    /// The client has another subscription, or one less.
    pub(super) fn note_subscription(&mut self, no: ClientNo, filter: OwnedTopicFilter) {
        let client = self.clients.get_mut(no.0);
        let kept = client.and_then(|client| client.kept.as_deref_mut());
        if let (Some(kept), Some(keeping)) = (kept, &mut self.keeping) {
            keeping.subscription(no, kept, filter);
            keeping.is_urgent = true;
        }
    }

    pub(super) fn is_kept(&self, no: ClientNo) -> bool {
        let is_kept = |no: ClientNo| self.clients.get(no.0).is_some_and(|it| it.kept.is_some());
        self.keeping.is_some() && is_kept(no)
    }

    /// Adds a record to the log of a client, if it is kept.
    pub(super) fn note(&mut self, no: ClientNo, record: Record<'_>) {
        let client = self.clients.get_mut(no.0);
        let kept = client.and_then(|client| client.kept.as_deref_mut());
        if let (Some(kept), Some(keeping)) = (kept, &mut self.keeping) {
            // What is too large for a packet with what is added to it lives in memory alone.
            let _ = record.append_to(&mut kept.records);
            keeping.changed(no, kept, !matches!(record, Record::Done(_)));
        }
    }

    /// The same for the client of a link.
    pub(super) fn note_of(&mut self, no: LinkNo, record: Record<'_>) {
        let client = self.keeping.as_ref().and(self.client_of(no));
        if let Some(client) = client {
            self.note(client, record);
        }
    }

    /// Whether a message stands in logs: one of QoS 0 does only where it waits for who is away.
    fn is_logged(&self, qos: QoS) -> bool {
        qos != QoS::AtMostOnce || self.config.queue_qos0_messages
    }

    /// A message was queued, or is not any more.
    pub(super) fn note_queued<'a>(
        &mut self,
        no: ClientNo,
        queued: &'a Queued,
        record: impl FnOnce(Publish<'a>) -> Record<'a>,
    ) {
        if self.is_logged(queued.qos) && self.is_kept(no) {
            self.note(no, record(queued.logged()));
        }
    }

    /// Forgets messages that have ended without a packet.
    pub(super) fn drain(&mut self, no: ClientNo) {
        while let Some((queued, why)) = self.next_dropped(no) {
            self.figures.dropped += 1;
            if why != Dropped::SessionLost {
                self.note_queued(no, &queued, Record::Unqueued);
            }
        }
    }

    fn next_dropped(&mut self, no: ClientNo) -> Option<(Queued, Dropped)> {
        let client = self.clients.get_mut(no.0)?;
        match (client.link, &mut client.session) {
            (Some(link), _) => self.connection(link)?.dropped(),
            (None, session) => session.as_mut()?.dropped(),
        }
    }
}

impl Keeping {
    fn changed(&mut self, no: ClientNo, kept: &mut Kept, is_urgent: bool) {
        self.is_urgent |= is_urgent;
        if !std::mem::replace(&mut kept.is_changed, true) {
            self.changed.push(no);
        }
    }

    /// A subscription is not what it was, or what it has asked for is sent.
    pub(super) fn subscription(&mut self, no: ClientNo, kept: &mut Kept, filter: OwnedTopicFilter) {
        kept.subscriptions.insert(filter);
        self.changed(no, kept, false);
    }

    /// A topic has another retained message, or none any more.
    pub(super) fn retain(&mut self, topic: OwnedTopicName, message: Option<Vec<u8>>) {
        self.retained.push((topic, message));
        self.is_urgent = true;
    }
}
