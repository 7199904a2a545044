//! What is asked of `load`.

use std::time::Duration;

use clap::{Parser, ValueEnum};
use puremqtt::{QoS, Version};

/// Puts load on a broker, and measures what becomes of it.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Options {
    /// Where the broker is.
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    #[arg(long, default_value_t = 1883)]
    pub port: u16,
    /// Clients that publish, each to a topic of its own.
    #[arg(long, default_value_t = 1)]
    pub publishers: usize,
    /// Clients that subscribe, each to all topics: the fan-out.
    #[arg(long, default_value_t = 1)]
    pub subscribers: usize,
    /// Of messages and subscriptions.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    qos: u8,
    /// Bytes of a message, of which eight are the time.
    #[arg(long, default_value_t = 64)]
    pub payload: usize,
    /// Messages of a publisher that are not with every subscriber yet: a closed loop.
    #[arg(long, default_value_t = 500)]
    pub window: u64,
    /// Messages a second of all publishers together, whatever becomes of them: an open loop.
    #[arg(long)]
    pub rate: Option<f64>,
    /// Seconds that are measured, after one that is not.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[arg(short = 'V', long, default_value = "3.1.1")]
    protocol: Protocol,
    /// Sessions of subscribers outlive their connections: a broker that stores sessions has
    /// something to store.
    #[arg(long)]
    pub kept: bool,
    /// The broker's process, whose processor time is looked up (Linux).
    #[arg(long)]
    pub pid: Option<u32>,
    /// Prints one line of figures, for scripts.
    #[arg(long)]
    pub terse: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Protocol {
    #[value(name = "3.1")]
    V3_1,
    #[value(name = "3.1.1")]
    V3_1_1,
    #[value(name = "5")]
    V5,
}

impl Options {
    pub fn qos(&self) -> QoS {
        QoS::from_u8(self.qos).unwrap_or_default()
    }

    pub fn version(&self) -> Version {
        match self.protocol {
            Protocol::V3_1 => Version::V3_1,
            Protocol::V3_1_1 => Version::V3_1_1,
            Protocol::V5 => Version::V5,
        }
    }

    /// A second at the least.
    pub fn time(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds.max(1.0)).unwrap_or(Duration::MAX)
    }
}
