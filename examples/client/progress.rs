//! How far long work has come, for somebody who watches.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

/// Work that is done sooner is not talked about.
const PATIENCE: Duration = Duration::from_millis(500);

/// A line on standard error, if that is a terminal, written anew now and then.
pub struct Progress {
    watched: bool,
    next: Instant,
    shown: bool,
}

impl Progress {
    /// Without a wish to show it, nothing is.
    pub fn new(wanted: bool) -> Self {
        Self {
            watched: wanted && stderr().is_terminal(),
            next: Instant::now() + PATIENCE,
            shown: false,
        }
    }

    pub fn show(&mut self, line: impl FnOnce() -> String) {
        if self.watched && Instant::now() >= self.next {
            eprint!("\r{}\x1b[K", line());
            self.next = Instant::now() + PATIENCE / 5;
            self.shown = true;
        }
    }
}

/// The line is gone when the work is.
impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
