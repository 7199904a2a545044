//! The broker as a process.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::QUEUED;

pub(crate) struct Broker {
    process: Child,
    pub(crate) mqtt: SocketAddr,
    pub(crate) websocket: SocketAddr,
}

impl Broker {
    /// With settings that have an answer to all that is to come; the rest as it is by default.
    pub(crate) fn start() -> Self {
        // The test is target/PROFILE/deps/hostile-HASH.
        let mut program = std::env::current_exe().unwrap();
        program.pop();
        program.pop();
        program.push("examples");
        program.push(format!("broker{EXE_SUFFIX}"));
        // What is kept for those who do not read: so many messages of the flood each.
        let queued = format!("--max-queued {QUEUED}");
        let settings = "--port 0 --ws-port 0 --max-packet-size 1048576 --max-keep-alive 10";
        let mut process = Command::new(program)
            .args(settings.split(' ').chain(queued.split(' ')))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut next = || {
            let line = lines.next().unwrap().unwrap();
            let (_, address) = line.rsplit_once(' ').unwrap();
            address.trim_end_matches('.').parse().unwrap()
        };
        let (mqtt, websocket) = (next(), next());
        // It has to be able to go on writing there.
        thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            mqtt,
            websocket,
        }
    }

    /// The most memory it ever had, in MiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = line
            .unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap();
        kib / 1024
    }

    /// How many file descriptors it has open.
    pub(crate) fn descriptors(&self) -> usize {
        let path = format!("/proc/{}/fd", self.process.id());
        fs::read_dir(path).unwrap().count()
    }

    /// The same, once it is no more than `most` or the time is over.
    pub(crate) fn descriptors_after(&self, time: Duration, most: usize) -> usize {
        let end = Instant::now() + time;
        loop {
            let open = self.descriptors();
            if open <= most || Instant::now() >= end {
                return open;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
