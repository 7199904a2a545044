//! What the broker keeps on disk, in one file of one directory.
//!
//! `redb` keeps it: pure Rust with nothing behind it but the file, one writer, transactions that a
//! crash leaves whole or out, a format that is documented and stable, and a checksum on each page.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use redb::{Builder, Database, ReadableTable, TableDefinition, WriteTransaction};

use super::core::{Changes, ClientChange, LogChange, Stored, StoredClient};
use super::file_error::FileError;

/// Milliseconds since 1970 at which the clock of the broker began, and of that clock the last one
/// at which the broker was there.
const TIMES: TableDefinition<&str, u64> = TableDefinition::new("times 1");
const CLIENTS: TableDefinition<&str, &[u8]> = TableDefinition::new("clients 1");
/// By client and filter.
const SUBSCRIPTIONS: TableDefinition<(&str, &[u8]), &[u8]> =
    TableDefinition::new("subscriptions 1");
/// Pieces of a client's log in their order.
const LOGS: TableDefinition<(&str, u64), &[u8]> = TableDefinition::new("logs 1");
/// By topic.
const RETAINED: TableDefinition<&[u8], &[u8]> = TableDefinition::new("retained 1");

const FILE: &str = "broker.redb";

/// Bytes of the file that are kept in memory: it is read once, at the start.
const CACHE: usize = 8 << 20;

/// What the library says is wrong.
struct Failure(String);

impl<E: Into<redb::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into().to_string())
    }
}

type Result<T, E = Failure> = std::result::Result<T, E>;

/// The file, open. Nobody else can open it meanwhile.
pub struct Store {
    database: Database,
    path: PathBuf,
    /// Of the next piece of a log.
    piece: u64,
    /// When the clock began.
    born: Duration,
}

impl Store {
    /// Opens the store in this directory, or makes it, and reads all that it holds.
    ///
    /// # Errors
    /// It cannot be read or written, is in use, or is damaged; names the file.
    pub fn open(directory: &Path) -> Result<(Self, Stored), FileError> {
        let path = directory.join(FILE);
        let failed = |message: String| FileError::new(&path, message);
        fs::create_dir_all(directory).map_err(|error| failed(error.to_string()))?;
        // Of a file that is not as it was left the library asserts things, beside returning errors.
        match catch_unwind(AssertUnwindSafe(|| read(&path))) {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(Failure(message))) => Err(failed(message)),
            Err(_) => Err(failed("the file is damaged".into())),
        }
    }

    /// The time by the broker's clock, which goes on while nobody runs.
    pub fn now(&self, stored: &Stored) -> Duration {
        // One that was set back stands still.
        since_1970().saturating_sub(self.born).max(stored.alive)
    }

    /// Keeps all of this, or nothing. Once it returns, it is on disk.
    ///
    /// # Errors
    /// Nothing more can be kept: nothing more may be acknowledged.
    pub fn keep(&mut self, changes: &Changes) -> Result<(), FileError> {
        self.commit(changes)
            .map_err(|Failure(message)| self.failed(message))
    }

    /// An error of this store.
    pub fn failed(&self, message: impl Into<String>) -> FileError {
        FileError::new(&self.path, message)
    }

    fn commit(&mut self, changes: &Changes) -> Result<()> {
        let transaction = self.database.begin_write()?;
        for id in &changes.ended {
            remove_client(&transaction, id)?;
        }
        for client in &changes.clients {
            keep_client(&transaction, client, self.piece)?;
        }
        self.piece += 1;
        if !changes.retained.is_empty() {
            let mut retained = transaction.open_table(RETAINED)?;
            for (topic, message) in &changes.retained {
                let topic = topic.as_name().as_bytes();
                match message {
                    Some(message) => retained.insert(topic, message.as_slice())?,
                    None => retained.remove(topic)?,
                };
            }
        }
        transaction
            .open_table(TIMES)?
            .insert("alive", milliseconds(changes.alive))?;
        transaction.commit()?;
        Ok(())
    }
}

fn remove_client(transaction: &WriteTransaction, id: &str) -> Result<()> {
    transaction.open_table(CLIENTS)?.remove(id)?;
    // No text goes on with NUL: this is the next one there could be.
    let next = format!("{id}\0");
    let none: &[u8] = &[];
    let mut subscriptions = transaction.open_table(SUBSCRIPTIONS)?;
    subscriptions.retain_in((id, none)..(next.as_str(), none), |_, _| false)?;
    remove_log(transaction, id)
}

fn remove_log(transaction: &WriteTransaction, id: &str) -> Result<()> {
    let mut logs = transaction.open_table(LOGS)?;
    logs.retain_in((id, 0)..=(id, u64::MAX), |_, _| false)?;
    Ok(())
}

fn keep_client(transaction: &WriteTransaction, client: &ClientChange, piece: u64) -> Result<()> {
    let id: &str = &client.id;
    if let Some(header) = &client.header {
        let mut clients = transaction.open_table(CLIENTS)?;
        clients.insert(id, header.as_slice())?;
    }
    if !client.subscriptions.is_empty() {
        let mut subscriptions = transaction.open_table(SUBSCRIPTIONS)?;
        for (filter, granted) in &client.subscriptions {
            let key = (id, filter.as_filter().as_bytes());
            match granted {
                Some(granted) => subscriptions.insert(key, granted.as_slice())?,
                None => subscriptions.remove(key)?,
            };
        }
    }
    let log = match &client.log {
        LogChange::Append(records) if records.is_empty() => return Ok(()),
        LogChange::Append(records) => records,
        LogChange::Snapshot(log) => {
            remove_log(transaction, id)?;
            log
        }
    };
    let mut logs = transaction.open_table(LOGS)?;
    logs.insert((id, piece), log.as_slice())?;
    Ok(())
}

fn read(path: &Path) -> Result<(Store, Stored)> {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder.create_with_file_format_v3(true);
    let mut database = builder.create(path)?;
    if !database.check_integrity()? {
        return Err(Failure("the file was altered".into()));
    }
    let transaction = database.begin_write()?;
    let born = {
        let mut times = transaction.open_table(TIMES)?;
        let known = times.get("born")?.map(|born| born.value());
        let born = known.unwrap_or(milliseconds(since_1970()));
        times.insert("born", born)?;
        born
    };
    let mut stored = Stored {
        clients: read_clients(&transaction)?,
        retained: Vec::new(),
        alive: Duration::ZERO,
    };
    for row in transaction.open_table(RETAINED)?.iter()? {
        stored.retained.push(row?.1.value().to_vec());
    }
    if let Some(alive) = transaction.open_table(TIMES)?.get("alive")? {
        stored.alive = Duration::from_millis(alive.value());
    }
    let mut piece = 0;
    for row in transaction.open_table(LOGS)?.iter()? {
        piece = piece.max(row?.0.value().1 + 1);
    }
    transaction.commit()?;
    let store = Store {
        database,
        path: path.into(),
        piece,
        born: Duration::from_millis(born),
    };
    Ok((store, stored))
}

fn read_clients(transaction: &WriteTransaction) -> Result<Vec<StoredClient>> {
    let mut clients = BTreeMap::new();
    for row in transaction.open_table(CLIENTS)?.iter()? {
        let (id, header) = row?;
        let client = StoredClient {
            id: id.value().into(),
            header: header.value().to_vec(),
            ..StoredClient::default()
        };
        clients.insert(id.value().to_owned(), client);
    }
    let stray = || Failure("something belongs to no client".into());
    for row in transaction.open_table(SUBSCRIPTIONS)?.iter()? {
        let (key, subscription) = row?;
        let client = clients.get_mut(key.value().0).ok_or_else(stray)?;
        client.subscriptions.push(subscription.value().to_vec());
    }
    for row in transaction.open_table(LOGS)?.iter()? {
        let (key, piece) = row?;
        let client = clients.get_mut(key.value().0).ok_or_else(stray)?;
        client.log.extend_from_slice(piece.value());
    }
    Ok(clients.into_values().collect())
}

fn since_1970() -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
