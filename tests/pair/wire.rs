//! One direction of a network connection: bytes that arrive late, in pieces,
//! or not at all.

use std::collections::VecDeque;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Pipe {
    /// When each byte arrives.
    bytes: VecDeque<(Duration, u8)>,
    pub(crate) delay: Duration,
    /// Bytes written since the connection began.
    pub(crate) written: usize,
    /// So many bytes arrive, and then the connection is cut.
    pub(crate) cut_after: Option<usize>,
    /// The writer has closed: behind these bytes there is an end.
    closed: bool,
}

impl Pipe {
    /// A new connection over the same network.
    pub(crate) fn renew(&mut self) {
        *self = Self {
            delay: self.delay,
            ..Self::default()
        };
    }

    pub(crate) fn write(&mut self, now: Duration, bytes: &[u8]) {
        for &byte in bytes {
            if self.cut_after.is_none_or(|cut| self.written < cut) {
                self.bytes.push_back((now + self.delay, byte));
            }
            self.written += 1;
        }
    }

    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// At most so many bytes of those that have arrived.
    pub(crate) fn read(&mut self, now: Duration, most: usize) -> Vec<u8> {
        let arrived = |&&(at, _): &&(Duration, u8)| at <= now;
        let count = self.bytes.iter().take(most).take_while(arrived).count();
        self.bytes.drain(..count).map(|(_, byte)| byte).collect()
    }

    pub(crate) fn next_arrival(&self) -> Option<Duration> {
        self.bytes.front().map(|&(at, _)| at)
    }

    /// Whether all that arrives of it has arrived, and more was written.
    pub(crate) fn is_cut(&self) -> bool {
        self.bytes.is_empty() && self.cut_after.is_some_and(|cut| self.written >= cut)
    }

    pub(crate) fn is_at_its_end(&self) -> bool {
        self.bytes.is_empty() && self.closed
    }
}
