//! The broker as a process, with its memory and its processor time.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::Result;

pub struct Broker {
    process: Child,
    pub address: SocketAddr,
}

/// Longer than the broker waits before it gives memory back.
const QUIET: Duration = Duration::from_millis(1500);

impl Broker {
    /// The program `broker` that lies beside this one.
    pub fn start() -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name(format!("broker{EXE_SUFFIX}"));
        let mut process = Command::new(&program)
            .args(["--port", "0"])
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let mut lines = BufReader::new(process.stderr.take().ok_or("no messages")?).lines();
        let line = lines.next().ok_or("the broker has ended")??;
        // It has to be able to go on writing there.
        thread::spawn(move || lines.for_each(drop));
        let (_, address) = line.rsplit_once(' ').ok_or("the broker names no address")?;
        Ok(Self {
            process,
            address: address.trim_end_matches('.').parse()?,
        })
    }

    /// Bytes of memory that it has now, once it has done what there was to do, and has given back
    /// what quiet connections do not need.
    pub fn memory(&self) -> Result<f64> {
        let mut before = self.status("RssAnon")?;
        loop {
            thread::sleep(QUIET);
            let now = self.status("RssAnon")?;
            if now == before {
                return Ok(now);
            }
            before = now;
        }
    }

    /// Forgets how much it once had, and says how much it has, the program itself included.
    pub fn reset_peak(&self) -> Result<f64> {
        fs::write(self.path("clear_refs"), "5")?;
        self.peak()
    }

    /// Bytes of memory that it has had at most, the program itself included.
    pub fn peak(&self) -> Result<f64> {
        self.status("VmHWM")
    }

    /// How long it has run on a processor: it has one thread for all that is measured.
    pub fn processor_time(&self) -> Result<Duration> {
        let line = fs::read_to_string(self.path("schedstat"))?;
        let nanoseconds = line.split(' ').next().unwrap_or_default();
        Ok(Duration::from_nanos(nanoseconds.parse()?))
    }

    fn status(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(self.path("status"))?;
        let found = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = found.and_then(|rest| rest.trim_start_matches(':').trim().strip_suffix(" kB"));
        let kib: f64 = kib.ok_or("Linux says nothing of the memory")?.parse()?;
        Ok(kib * 1024.0)
    }

    fn path(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.process.id())
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
