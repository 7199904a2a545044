use core::time::Duration;

use crate::packet::Role;

/// The Keep Alive of one side of a connection (3.1.2.10): when a client has to
/// send something, and when the other side counts as gone.
///
/// A client counts from its last packet sent, a server from the last one
/// received. Any time is taken, in any order: a clock that jumps moves the
/// deadline, and breaks nothing.
///
/// ```
/// use core::time::Duration;
/// use puremqtt::{Due, KeepAlive};
///
/// let at = Duration::from_secs;
/// let mut keep_alive = KeepAlive::client(10, at(0));
/// keep_alive.sent(at(6));
/// assert_eq!(keep_alive.poll(at(15)), None);
/// assert_eq!(keep_alive.poll(at(16)), Some(Due::Ping)); // counts as sent
/// keep_alive.received(at(17)); // PINGRESP
/// assert_eq!(keep_alive.deadline(), Some(at(26)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeepAlive {
    /// How long the side that counts may wait; `None`: for ever.
    interval: Option<Duration>,
    role: Role,
    /// The last packet, sent by a client or received by a server.
    last: Duration,
    /// When a client has sent a PINGREQ and heard nothing since.
    asked: Option<Duration>,
}

/// What a [`KeepAlive`] calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
    /// A client has to send PINGREQ, and is taken to do so.
    Ping,
    /// The other side is gone: a server's client was silent for one and a half
    /// times the interval, a client's PINGREQ had no answer for an interval.
    Timeout,
}

impl KeepAlive {
    /// A client's, in seconds; 0: no pings and no timeout. `now` is when it
    /// sent its last packet.
    pub fn client(seconds: u16, now: Duration) -> Self {
        Self::new(Role::Client, u64::from(seconds).saturating_mul(1_000), now)
    }

    /// A server's, in seconds; 0: no timeout. `now` is when the last packet
    /// came in.
    pub fn server(seconds: u16, now: Duration) -> Self {
        Self::new(Role::Server, u64::from(seconds).saturating_mul(1_500), now)
    }

    /// The same client with another interval, in seconds.
    #[cfg(feature = "alloc")]
    pub(super) fn every(&self, seconds: u16) -> Self {
        Self::client(seconds, self.last)
    }

    /// Where a client notes when it sends.
    #[cfg(feature = "alloc")]
    pub(super) const fn last_sent(&mut self) -> &mut Duration {
        &mut self.last
    }

    const fn new(role: Role, milliseconds: u64, now: Duration) -> Self {
        let interval = match milliseconds {
            0 => None,
            some => Some(Duration::from_millis(some)),
        };
        Self {
            interval,
            role,
            last: now,
            asked: None,
        }
    }

    /// A packet is sent.
    #[inline]
    pub const fn sent(&mut self, now: Duration) {
        if matches!(self.role, Role::Client) {
            self.last = now;
        }
    }

    /// A packet has come in: whichever it is, the other side is there.
    #[inline]
    pub const fn received(&mut self, now: Duration) {
        match self.role {
            Role::Client => self.asked = None,
            Role::Server => self.last = now,
        }
    }

    /// When to [`poll`](Self::poll); `None`: never, the Keep Alive is 0.
    pub fn deadline(&self) -> Option<Duration> {
        let interval = self.interval?;
        let next = self.last.saturating_add(interval);
        Some(match self.asked {
            Some(asked) => next.min(asked.saturating_add(interval)),
            None => next,
        })
    }

    /// What is due; earlier than the deadline nothing is.
    pub fn poll(&mut self, now: Duration) -> Option<Due> {
        let interval = self.interval?;
        let is_over = |since: Duration| since.saturating_add(interval) <= now;
        match self.role {
            // [3.1.1/MQTT-3.1.2-24] [5.0/MQTT-3.1.2-22]
            Role::Server => is_over(self.last).then_some(Due::Timeout),
            Role::Client if self.asked.is_some_and(is_over) => Some(Due::Timeout),
            // [3.1.1/MQTT-3.1.2-23] [5.0/MQTT-3.1.2-20]
            Role::Client => is_over(self.last).then(|| {
                self.last = now;
                self.asked = self.asked.or(Some(now));
                Due::Ping
            }),
        }
    }
}
