//! Where payloads come from: one from the command line or a file, or many from standard input.

use std::fs;
use std::io::{self, BufRead, Read};
use std::thread;

use puremqtt_examples::client::failure::Failure;
use puremqtt_examples::client::publish;
use tokio::sync::mpsc::{self, Receiver};

/// Lines that are read ahead.
const AHEAD: usize = 64;

pub enum Source {
    One(Option<Vec<u8>>),
    Lines(Receiver<io::Result<Vec<u8>>>),
}

impl Source {
    /// Reads what is one message at once.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(options: &publish::Source) -> Result<Self, Failure> {
        let payload = match options {
            publish::Source::Argument(payload) => payload.clone(),
            publish::Source::File(path) => {
                fs::read(path).map_err(|error| Failure::File(path.display().to_string(), error))?
            }
            publish::Source::Input => {
                let mut payload = Vec::new();
                io::stdin().read_to_end(&mut payload).map_err(input)?;
                payload
            }
            publish::Source::Nothing => Vec::new(),
            publish::Source::Lines => return Ok(Self::Lines(lines())),
        };
        Ok(Self::One(Some(payload)))
    }

    /// The next payload; `None` when there are no more. Dropped in between, it has lost nothing.
    ///
    /// # Errors
    /// Standard input cannot be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::One(payload) => Ok(payload.take()),
            Self::Lines(lines) => lines.recv().await.transpose().map_err(input),
        }
    }

    pub fn is_many(&self) -> bool {
        matches!(self, Self::Lines(_))
    }
}

fn input(error: io::Error) -> Failure {
    Failure::File("standard input".into(), error)
}

/// A thread of its own can wait for input.
fn lines() -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    thread::spawn(move || {
        for line in io::stdin().lock().split(b'\n') {
            let is_last = line.is_err();
            if sender.blocking_send(line).is_err() || is_last {
                break;
            }
        }
    });
    receiver
}
