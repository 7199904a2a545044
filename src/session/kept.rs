use core::time::Duration;

use crate::packet::QoS;

/// What a session has to know of a message that it cannot look into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Terms {
    /// With which Quality of Service it is sent.
    pub qos: QoS,
    /// When it is not worth sending any more, on the session's clock; `None`: never.
    pub expires: Option<Duration>,
    /// Bytes that it counts as while it is pending.
    pub size: usize,
}

/// Why a message ended without a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dropped {
    /// Its time was over before its first sending.
    Expired,
    /// It was the one to go when the queue was full.
    QueueFull,
    /// It was in flight, and the peer has lost the session.
    SessionLost,
    /// It was of QoS 0, and the connection ended before it was sent.
    Disconnected,
    /// The server of a new connection takes no messages of its QoS.
    NotSupported,
}

/// How much may be pending; one more, and the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueLimits {
    /// Messages; 1,000 unless said otherwise.
    pub messages: usize,
    /// Bytes, as [`Terms::size`] counts them; 16 MiB unless said otherwise.
    pub bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            messages: 1_000,
            bytes: 16 << 20,
        }
    }
}

/// What gives way when the queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WhenFull {
    /// Nothing: `publish` hands the new message back.
    #[default]
    HandBack,
    /// The messages that wait longest.
    DropOldest,
    /// The new message.
    DropNewest,
}

/// What a session says of a message in it.
pub(super) struct Kept<'q, M> {
    pub(super) message: &'q M,
    pub(super) qos: QoS,
    pub(super) expires: Option<Duration>,
}

impl<M> Clone for Kept<'_, M> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Kept<'_, M> {}

impl<M> Kept<'_, M> {
    /// Whether its time is over.
    #[inline(always)]
    pub(super) fn is_expired(self, now: Duration) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Seconds it has left, begun ones included.
    #[inline(always)]
    pub(super) fn remaining(self, now: Duration) -> Option<u32> {
        self.expires.map(|expires| remaining(expires, now))
    }
}

fn remaining(expires: Duration, now: Duration) -> u32 {
    let left = expires.saturating_sub(now);
    let begun = u64::from(left.subsec_nanos() > 0);
    u32::try_from(left.as_secs().saturating_add(begun)).unwrap_or(u32::MAX)
}
