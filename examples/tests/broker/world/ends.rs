//! How a broker ends: in order, or in a crash after which it comes back from its store.

#![allow(dead_code, reason = "another test uses the rest")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use puremqtt_examples::broker::config::Config;
use puremqtt_examples::broker::core::Broker;
use puremqtt_examples::broker::store::Store;
use uuid::Uuid;

use super::{Inner, World};

/// A directory, and the store in it; gone with the world.
pub(super) struct Disk {
    config: Config,
    directory: PathBuf,
    store: Option<Store>,
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.store = None;
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A directory that is not there yet.
pub(crate) fn new_directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(Uuid::new_v4().to_string())
}

fn open(config: &Config, directory: &Path, now: Duration) -> (Broker, Store) {
    let (store, stored) = Store::open(directory).unwrap();
    let mut broker = Broker::new(config.clone(), None, None, now);
    broker.restore(&stored, now).unwrap();
    (broker, store)
}

impl World {
    /// Whose broker has a store.
    pub(crate) fn stored(config: Config) -> Self {
        let directory = new_directory();
        let (broker, store) = open(&config, &directory, Duration::ZERO);
        Self(Rc::new(RefCell::new(Inner {
            broker,
            now: Duration::ZERO,
            ends: Vec::new(),
            disk: Some(Disk {
                config,
                directory,
                store: Some(store),
            }),
        })))
    }

    /// The broker is gone without a word, and back after so many seconds.
    pub(crate) fn crashes(&self, seconds: impl Into<f64>) {
        self.crashes_with(seconds, |_| {});
    }

    /// And has other settings.
    pub(crate) fn crashes_with(&self, seconds: impl Into<f64>, change: impl FnOnce(&mut Config)) {
        let mut inner = self.0.borrow_mut();
        let Inner {
            broker,
            now,
            ends,
            disk,
        } = &mut *inner;
        let disk = disk.as_mut().expect("a broker with a store");
        disk.store = None;
        for end in ends {
            end.link = None;
        }
        *now += Duration::from_secs_f64(seconds.into());
        change(&mut disk.config);
        let (restored, store) = open(&disk.config, &disk.directory, *now);
        (*broker, disk.store) = (restored, Some(store));
        inner.settles();
    }

    pub(crate) fn shuts_down(&self) {
        let mut inner = self.0.borrow_mut();
        let now = inner.now;
        inner.broker.shut_down(now);
        inner.settles();
    }

    /// Where the store is.
    pub(crate) fn store_file(&self) -> PathBuf {
        let inner = self.0.borrow();
        let disk = inner.disk.as_ref().expect("a broker with a store");
        disk.directory.join("broker.redb")
    }

    /// Bytes that the store takes for the log of one client.
    pub(crate) fn log_length(&self, client_id: &str) -> usize {
        let mut inner = self.0.borrow_mut();
        let disk = inner.disk.as_mut().expect("a broker with a store");
        disk.store = None;
        let (store, stored) = Store::open(&disk.directory).unwrap();
        disk.store = Some(store);
        let client = stored.clients.iter().find(|client| client.id == client_id);
        client.map_or(0, |client| client.log.len())
    }
}

impl Inner {
    /// What a server does before anything is sent.
    pub(super) fn stores(&mut self) {
        if self.broker.must_store() {
            self.stores_all();
        }
    }

    /// What it does from time to time.
    pub(super) fn ticks(&mut self) {
        self.settles();
        self.stores_all();
    }

    fn stores_all(&mut self) {
        let store = self.disk.as_mut().and_then(|disk| disk.store.as_mut());
        if let (Some(store), Some(changes)) = (store, self.broker.changes(self.now)) {
            store.keep(&changes).unwrap();
        }
    }
}
