//! The broker on sockets: a task for each connection, and one for the time.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use super::core::{Broker, LinkNo, Port};
use super::file_error::FileError;
use super::http::Site;
use super::store::Store;

/// Bytes that wait for one slow reader; the rest of its messages wait in its queue.
const OUTBOX: usize = 64 * 1024;

/// Bytes that are read at once, at the least and at the most.
const INBOX: (usize, usize) = (1024, 64 * 1024);

/// So long may pass before the broker looks at its timers again.
const TICK: Duration = Duration::from_millis(250);

/// So long a handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// So long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// How a listener lets connections in.
#[derive(Clone, Default)]
pub struct Door {
    pub nodelay: bool,
    pub websocket: bool,
    /// What a listener for WebSockets has for browsers.
    pub site: Site,
    pub tls: Option<TlsAcceptor>,
}

/// A broker and those who wait for it.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Mutex<Shared>>,
    began: Instant,
    /// What the broker's clock showed then.
    origin: Duration,
    stores: bool,
}

struct Shared {
    broker: Broker,
    store: Option<Store>,
    /// Why nothing more is kept.
    failure: Option<FileError>,
    wakers: HashMap<LinkNo, Arc<Notify>>,
}

impl Server {
    /// `broker` was made at time 0.
    pub fn new(broker: Broker) -> Self {
        Self::with_store(broker, None, Duration::ZERO)
    }

    /// `broker` was made, and restored from the store, at time `now`.
    pub fn with_store(broker: Broker, store: Option<Store>, now: Duration) -> Self {
        Self {
            origin: now,
            stores: store.is_some(),
            shared: Arc::new(Mutex::new(Shared {
                broker,
                store,
                failure: None,
                wakers: HashMap::new(),
            })),
            began: Instant::now(),
        }
    }

    /// Accepts connections for as long as the broker runs.
    pub async fn listen(&self, socket: TcpListener, door: Door) {
        loop {
            match socket.accept().await {
                Ok((stream, peer)) => {
                    let (server, door) = (self.clone(), door.clone());
                    tokio::spawn(async move { server.greet(stream, peer, door).await });
                }
                // Out of file descriptors, say: those that are there go on.
                Err(_) => sleep(TICK).await,
            }
        }
    }

    /// Does what comes before the first packet, within a time.
    async fn greet(&self, stream: TcpStream, peer: SocketAddr, door: Door) -> io::Result<()> {
        stream.set_nodelay(door.nodelay)?;
        match (door.tls, door.websocket) {
            (None, false) => {
                let (reader, writer) = stream.into_split();
                self.serve(reader, writer, peer).await;
            }
            (None, true) => {
                self.serve_browser(stream, peer, &door.site).await?;
            }
            (Some(tls), false) => {
                let stream = timeout(HANDSHAKE, tls.accept(stream)).await??;
                self.serve_whole(stream, peer).await;
            }
            (Some(tls), true) => {
                let stream = timeout(HANDSHAKE, tls.accept(stream)).await??;
                self.serve_browser(stream, peer, &door.site).await?;
            }
        }
        Ok(())
    }

    async fn serve_browser<S>(&self, stream: S, peer: SocketAddr, site: &Site) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if let Some(stream) = site.open(stream).await? {
            self.serve_whole(stream, peer).await;
        }
        Ok(())
    }

    async fn serve_whole(&self, stream: impl AsyncRead + AsyncWrite, peer: SocketAddr) {
        let (reader, writer) = split(stream);
        self.serve(reader, writer, peer).await;
    }

    /// Serves one connection to its end.
    pub async fn serve(
        &self,
        reader: impl AsyncRead + Unpin,
        writer: impl AsyncWrite + Unpin,
        peer: SocketAddr,
    ) {
        let wake = Arc::new(Notify::new());
        let no = {
            let now = self.now();
            let mut shared = self.lock();
            let no = shared.broker.connected(peer, now);
            shared.wakers.insert(no, wake.clone());
            no
        };
        // However it ended, it is over.
        let _ = self.carry(no, &wake, reader, writer).await;
        // From then on the number may be another's.
        self.lock().wakers.remove(&no);
        self.with(|broker, now| broker.lost(no, now));
    }

    async fn carry(
        &self,
        no: LinkNo,
        wake: &Notify,
        mut reader: impl AsyncRead + Unpin,
        mut writer: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let mut port = Port::new();
        let mut ahead = INBOX.0;
        let mut is_flushed = true;
        // There is more to be handled, or to be read.
        let mut is_behind = false;
        loop {
            let (deadline, has_ended) = self.with(|broker, now| {
                broker.transmit(no, &mut port, OUTBOX, now);
                (broker.link_deadline(no), broker.has_ended(no))
            });
            if self.stores && self.must_store() {
                // Who else has read something shares the transaction.
                yield_now().await;
                self.store(false).map_err(io::Error::other)?;
            }
            is_flushed &= port.output.is_empty();
            if has_ended {
                // A peer that does not read its farewell does not stay for that.
                timeout(FAREWELL, write(&mut writer, &mut port.output)).await??;
                return timeout(FAREWELL, writer.shutdown()).await?;
            }
            // Who does not read its answers is not read either.
            let reads = port.output.len() < OUTBOX;
            if port.input.capacity() - port.input.len() < ahead {
                port.input.reserve(ahead);
            }
            tokio::select! {
                written = write(&mut writer, &mut port.output), if !is_flushed => {
                    written?;
                    is_flushed = true;
                }
                // Others have their turn before its next one.
                () = yield_now(), if reads && is_behind => {
                    is_behind = self.with(|broker, now| broker.receive(no, &mut port, now));
                }
                read = reader.read_buf(&mut port.input), if reads && !is_behind => {
                    let read = read?;
                    if read == 0 {
                        return Ok(());
                    }
                    let is_full = read >= ahead;
                    ahead = if is_full { ahead * 2 } else { ahead / 2 };
                    ahead = ahead.clamp(INBOX.0, INBOX.1);
                    let has_more = self.with(|broker, now| broker.receive(no, &mut port, now));
                    is_behind = has_more || is_full;
                }
                () = wake.notified() => {}
                () = until(self.began, deadline.map(|when| when.saturating_sub(self.origin))) => {
                    self.with(|broker, now| broker.poll_link(no, &mut port, now));
                }
            }
        }
    }

    /// Looks at the time for as long as the broker runs: until nothing can be stored any more.
    pub async fn keep_time(&self) -> FileError {
        loop {
            let deadline = self.with(|broker, now| {
                broker.poll(now);
                broker.deadline().map(|when| when.saturating_sub(now))
            });
            if let Err(failure) = self.store(true) {
                return failure;
            }
            sleep(deadline.unwrap_or(TICK).min(TICK)).await;
        }
    }

    /// Ends all connections, and waits until they are gone, but not for long.
    pub async fn shut_down(&self) {
        self.with(Broker::shut_down);
        for _ in 0..20 {
            if self.lock().wakers.is_empty() {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        // What was not acknowledged may be lost.
        let _ = self.store(true);
    }

    /// Stores what has changed: all of it, or only if something waits to be sent.
    ///
    /// # Errors
    /// It could not be stored, now or before: nothing may be sent that depends on it.
    fn store(&self, all: bool) -> Result<(), FileError> {
        let now = self.now();
        let mut shared = self.lock();
        let Shared {
            broker,
            store: Some(store),
            failure,
            ..
        } = &mut *shared
        else {
            return Ok(());
        };
        *failure = match failure.take() {
            None if all || broker.must_store() => {
                let changes = broker.changes(now);
                changes.and_then(|changes| store.keep(&changes).err())
            }
            before => before,
        };
        failure.clone().map_or(Ok(()), Err)
    }

    /// Whether something waits to be stored, or could not be.
    fn must_store(&self) -> bool {
        let shared = self.lock();
        shared.failure.is_some() || shared.broker.must_store()
    }

    /// The time by the broker's clock.
    fn now(&self) -> Duration {
        self.origin.saturating_add(self.began.elapsed())
    }

    /// Does something with the broker, and wakes those whom it concerns.
    fn with<R>(&self, act: impl FnOnce(&mut Broker, Duration) -> R) -> R {
        let now = self.now();
        let mut shared = self.lock();
        let Shared { broker, wakers, .. } = &mut *shared;
        let result = act(broker, now);
        for no in broker.woken() {
            if let Some(waker) = wakers.get(&no) {
                waker.notify_one();
            }
        }
        result
    }

    /// A task that has panicked has left the broker between two packets at the worst.
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    output: &mut bytes::BytesMut,
) -> io::Result<()> {
    writer.write_all_buf(output).await?;
    writer.flush().await
}

async fn until(began: Instant, deadline: Option<Duration>) {
    match deadline.and_then(|deadline| began.checked_add(deadline)) {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}
