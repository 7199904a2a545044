//! The broker on sockets: a task for each connection, and one for the time.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use puremqtt::Rope;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use super::core::{Broker, LinkNo, Port};
use super::file_error::FileError;
use super::http::Site;
use super::store::Store;

/// Bytes that wait for one slow reader; the rest of its messages wait in its queue.
const OUTBOX: usize = 64 * 1024;

/// Bytes that are read at once, at the least and at the most.
const INBOX: (usize, usize) = (1024, 64 * 1024);

/// More room than a quiet connection needs; it is given back once nothing has come or gone for so
/// long.
const ROOMY: (usize, Duration) = (4 * 1024, Duration::from_millis(200));

/// So long may pass before the broker looks at its timers again.
const TICK: Duration = Duration::from_millis(250);

/// Longer than any deadline.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

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
        if door.tls.is_none() && !door.websocket {
            let (reader, writer) = stream.into_split();
            self.serve(reader, writer, peer).await;
            return Ok(());
        }
        // Apart, so that the others need no memory for its many states.
        Box::pin(self.greet_wrapped(stream, peer, door)).await
    }

    async fn greet_wrapped(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        door: Door,
    ) -> io::Result<()> {
        let Some(tls) = door.tls else {
            return self.serve_browser(stream, peer, &door.site).await;
        };
        let stream = timeout(HANDSHAKE, tls.accept(stream)).await??;
        if door.websocket {
            self.serve_browser(stream, peer, &door.site).await
        } else {
            self.serve_whole(stream, peer).await;
            Ok(())
        }
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
        // A WebSocket makes a frame of each piece.
        port.shares = writer.is_write_vectored();
        let mut ahead = INBOX.0;
        let mut is_flushed = true;
        // There is more to be handled, or to be read.
        let mut is_behind = false;
        let mut is_roomy = false;
        let mut alarm = pin!(sleep_until(self.began + NEVER));
        loop {
            let (deadline, has_ended, now) = self.with(|broker, now| {
                broker.transmit(no, &mut port, OUTBOX, now);
                (broker.link_deadline(no), broker.has_ended(no), now)
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
            is_roomy |= ahead.max(port.input.len()).max(port.output.len()) > ROOMY.0;
            let quiet = is_roomy.then(|| now + ROOMY.1);
            if let Some(when) = deadline.into_iter().chain(quiet).min() {
                self.set(alarm.as_mut(), when);
            }
            // Who does not read its answers is not read either.
            let reads = port.output.len() < OUTBOX;
            if port.input.capacity() - port.input.len() < ahead {
                port.input.reserve(ahead);
            }
            // What has come is heard before anybody is found to be silent.
            tokio::select! {
                biased;
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
                () = &mut alarm, if !(reads && is_behind) => {
                    alarm.as_mut().reset(self.began + NEVER);
                    let now = self.with(|broker, now| {
                        broker.poll_link(no, &mut port, now);
                        now
                    });
                    if quiet.is_some_and(|quiet| quiet <= now) {
                        port.shrink();
                        (ahead, is_roomy) = (INBOX.0, false);
                    }
                }
            }
        }
    }

    /// Has the alarm go off by then. It may go off before: a deadline that moves on, as it does
    /// with each packet, costs nothing.
    fn set(&self, alarm: Pin<&mut Sleep>, when: Duration) {
        let when = self.began + when.saturating_sub(self.origin).min(NEVER);
        if when < alarm.deadline() {
            alarm.reset(when);
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

async fn write(writer: &mut (impl AsyncWrite + Unpin), output: &mut Rope) -> io::Result<()> {
    writer.write_all_buf(output).await?;
    writer.flush().await
}
