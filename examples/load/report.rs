//! What was measured.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

/// Latencies, in buckets of microseconds, so many for each power of two: wrong by 2 % at the most.
#[derive(Clone, Debug)]
pub struct Latencies {
    buckets: Vec<u64>,
    count: u64,
    longest: Duration,
}

/// Buckets of a power of two.
const PARTS: usize = 32;

const BUCKETS: usize = PARTS * 40;

impl Default for Latencies {
    fn default() -> Self {
        Self {
            buckets: vec![0; BUCKETS],
            count: 0,
            longest: Duration::ZERO,
        }
    }
}

impl Latencies {
    pub fn add(&mut self, latency: Duration) {
        let bucket = (microseconds(latency).max(1.0).log2() * PARTS as f64) as usize;
        if let Some(count) = self.buckets.get_mut(bucket.min(BUCKETS - 1)) {
            *count += 1;
        }
        self.count += 1;
        self.longest = self.longest.max(latency);
    }

    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.count += other.count;
        self.longest = self.longest.max(other.longest);
    }

    /// In microseconds.
    pub fn percentile(&self, percent: f64) -> f64 {
        let wanted = (self.count as f64 * percent / 100.0).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return upper(bucket);
            }
        }
        0.0
    }

    /// A line for each power of two that occurs.
    pub fn histogram(&self) -> String {
        let rows: Vec<u64> = self
            .buckets
            .chunks(PARTS)
            .map(|parts| parts.iter().sum())
            .collect();
        let most = rows.iter().copied().max().unwrap_or(0).max(1);
        let mut text = String::new();
        for (power, count) in rows.iter().enumerate().filter(|(_, count)| **count > 0) {
            let bar = "#".repeat((count * 50 / most) as usize);
            let _ = writeln!(text, "{:>10} us {count:>10} {bar}", 1_u64 << power);
        }
        text
    }
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The end of a bucket, in microseconds.
fn upper(bucket: usize) -> f64 {
    ((bucket + 1) as f64 / PARTS as f64).exp2()
}

/// The figures of one run.
#[derive(Debug)]
pub struct Report {
    pub time: Duration,
    pub published: u64,
    pub received: u64,
    /// Processor time of the broker in that time.
    pub cpu: Option<Duration>,
    pub latencies: Latencies,
}

impl Report {
    pub fn line(&self) -> String {
        let seconds = self.time.as_secs_f64();
        let mut text = format!(
            "{:.0} msg/s out, {:.0} msg/s in, latency us p50 {:.0} p90 {:.0} p99 {:.0} p99.9 {:.0} max {:.0}",
            self.published as f64 / seconds,
            self.received as f64 / seconds,
            self.latencies.percentile(50.0),
            self.latencies.percentile(90.0),
            self.latencies.percentile(99.0),
            self.latencies.percentile(99.9),
            microseconds(self.latencies.longest),
        );
        if let Some(cpu) = self.cpu {
            let each = microseconds(cpu) / self.received.max(1) as f64;
            let _ = write!(text, ", broker {each:.2} us of processor a message");
        }
        text
    }
}

/// Processor time that a process has used so far, from `/proc`.
pub fn processor_time(pid: u32) -> Option<Duration> {
    // In nanoseconds, of all threads that are there.
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let path = thread.ok()?.path().join("schedstat");
        let text = fs::read_to_string(path).ok()?;
        nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanoseconds))
}
