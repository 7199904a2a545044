//! What ends a subscriber from outside.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep_until};

pub struct Stop {
    deadline: Option<Instant>,
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The time of `-W` is over.
    Time,
    /// SIGINT or SIGTERM.
    Signal,
}

impl Stop {
    pub fn new(timeout: Option<Duration>) -> Self {
        Self {
            deadline: timeout.map(|timeout| Instant::now() + timeout),
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    /// Dropped in between, it has lost nothing.
    pub async fn wait(&mut self) -> Why {
        tokio::select! {
            () = time(self.deadline) => Why::Time,
            () = arrival(&mut self.interrupt) => Why::Signal,
            () = arrival(&mut self.terminate) => Why::Signal,
        }
    }
}

async fn time(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

async fn arrival(signal: &mut Option<Signal>) {
    if let Some(signal) = signal {
        signal.recv().await;
    } else {
        std::future::pending().await
    }
}
