//! A server that keeps to a script: what it sends, and byte by byte what it expects.
//!
//! Written from the tables of the standards, and not with the crate's own encoder: so it judges
//! that, and its code is not counted among the client's.

use core::time::Duration;

use puremqtt::{Publish, QoS, ReasonCode};

use crate::client::Reading;
use crate::network::{Lost, Network};

/// What happens next.
pub enum Step {
    /// The server sends these bytes.
    Server(&'static [u8]),
    /// The client sends these bytes, and no others.
    Client(&'static [u8]),
    /// The application is given a message.
    Message(&'static [u8]),
    /// It is told that the server has a reading.
    Published(Reading, ReasonCode),
    /// It publishes.
    Publish(QoS, Reading),
    /// Time passes, in seconds.
    Wait(u64),
    /// It ends the connection.
    Disconnect,
    /// The connection is lost.
    Cut,
    /// The server has done something wrong, which is called so.
    Fault(ReasonCode),
}

/// The script, and how far it is.
pub struct Script {
    steps: &'static [Step],
    /// How many bytes of the first step have passed.
    passed: usize,
    pub now: Duration,
}

impl Script {
    pub fn new(steps: &'static [Step]) -> Self {
        Self {
            steps,
            passed: 0,
            now: Duration::ZERO,
        }
    }

    /// How many steps are left.
    pub fn left(&self) -> usize {
        self.steps.len()
    }

    /// What the application does now.
    pub fn action(&mut self) -> Option<&'static Step> {
        let action = self.steps.first()?;
        match action {
            Step::Publish(..) | Step::Disconnect => {}
            Step::Wait(seconds) => self.now += Duration::from_secs(*seconds),
            _ => return None,
        }
        self.next();
        Some(action)
    }

    pub fn message(&mut self, publish: &Publish<'_>) {
        let Some(Step::Message(payload)) = self.steps.first() else {
            panic!(
                "{} steps before the end: a message nobody expects",
                self.left()
            );
        };
        assert_eq!(
            (publish.topic.as_bytes(), publish.payload),
            (&b"pump/3/set"[..], *payload)
        );
        self.next();
    }

    pub fn published(&mut self, reading: Reading, reason: ReasonCode) {
        let Some(Step::Published(expected, how)) = self.steps.first() else {
            panic!(
                "{} steps before the end: an answer nobody expects",
                self.left()
            );
        };
        assert_eq!((&reading, reason), (expected, *how));
        self.next();
    }

    /// A connection ends, and not because it is lost.
    pub fn fault(&mut self, reason: Option<ReasonCode>) {
        let Some(Step::Fault(expected)) = self.steps.first() else {
            panic!(
                "{} steps before the end: a fault nobody expects",
                self.left()
            );
        };
        assert_eq!(reason, Some(*expected));
        self.next();
    }

    fn next(&mut self) {
        self.steps = &self.steps[1..];
        self.passed = 0;
    }

    /// So much of `bytes` has passed.
    fn pass(&mut self, count: usize, bytes: &[u8]) -> usize {
        self.passed += count;
        if self.passed == bytes.len() {
            self.next();
        }
        count
    }
}

impl Network for Script {
    /// No more than seven bytes at once: packets arrive in pieces.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Lost> {
        match self.steps.first() {
            Some(Step::Server(bytes)) => {
                let rest = &bytes[self.passed..];
                let count = rest.len().min(buffer.len()).min(7);
                buffer[..count].copy_from_slice(&rest[..count]);
                Ok(self.pass(count, bytes))
            }
            Some(Step::Cut) => {
                self.next();
                Err(Lost)
            }
            _ => Ok(0),
        }
    }

    /// No more than five.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Lost> {
        let Some(Step::Client(expected)) = self.steps.first() else {
            panic!(
                "{} steps before the end: nobody expects {bytes:02x?}",
                self.left()
            );
        };
        let rest = &expected[self.passed..];
        let count = bytes.len().min(rest.len()).min(5);
        assert_eq!(
            bytes[..count],
            rest[..count],
            "{} steps before the end",
            self.left()
        );
        Ok(self.pass(count, expected))
    }
}
