//! The flags, and how they go before a file.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::Parser;
use clap::value_parser;

use super::file::{Draft, File};
use super::{Config, Listener, PORT, Tls};

/// An MQTT broker for 3.1, 3.1.1 and 5.
#[derive(Parser)]
#[command(name = "broker", version)]
pub struct Flags {
    /// Listen for plain MQTT here, 0 being any free port [default: 1883, unless FILE has listeners]
    #[arg(long)]
    port: Option<u16>,

    /// The address of all listeners for which FILE has none [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,

    /// Listen for WebSockets, besides
    #[arg(long, value_name = "PORT")]
    ws_port: Option<u16>,

    /// Listen for TLS, besides
    #[arg(long, value_name = "PORT", requires_all = ["cert", "key"])]
    tls_port: Option<u16>,

    /// The server's certificate and those that lead to it, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_port")]
    cert: Option<PathBuf>,

    /// The private key of --cert, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_port")]
    key: Option<PathBuf>,

    /// User names and passwords, as mosquitto_passwd writes them
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Who may publish and read what, as mosquitto has it
    #[arg(long, value_name = "FILE")]
    acl_file: Option<PathBuf>,

    /// Refuse clients without a user name
    #[arg(long)]
    no_anonymous: bool,

    /// QoS 1 and 2 messages on their way from a client [default: as --max-inflight]
    #[arg(long, value_name = "COUNT")]
    receive_maximum: Option<NonZeroU16>,

    /// Topic Aliases that a client may use [default: 10]
    #[arg(long, value_name = "COUNT")]
    topic_alias_maximum: Option<u16>,

    /// The longest packet to take [default: any]
    #[arg(long, value_name = "BYTES", value_parser = value_parser!(u32).range(20..))]
    max_packet_size: Option<u32>,

    /// QoS 1 and 2 messages on their way to a client [default: 20]
    #[arg(long, value_name = "COUNT")]
    max_inflight: Option<NonZeroU16>,

    /// Messages that wait for a client, 0 being any number [default: 1000]
    #[arg(long, value_name = "COUNT")]
    max_queued: Option<usize>,

    /// The longest Keep Alive that a client may have [default: 65535]
    #[arg(long, value_name = "SECONDS", value_parser = value_parser!(u16).range(10..))]
    max_keep_alive: Option<u16>,

    /// Levels that a topic or filter may have [default: any number]
    #[arg(long, value_name = "COUNT")]
    max_topic_levels: Option<usize>,

    /// Keep sessions and retained messages in this folder
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,

    /// Read settings in the syntax of mosquitto.conf; flags go before them
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Log each packet
    #[arg(short)]
    verbose: bool,
}

impl Flags {
    pub fn over(self, file: File) -> Config {
        let listeners = self.listeners(&file);
        let mut config = file.config;
        config.listeners = listeners;
        config.allow_anonymous &= !self.no_anonymous;
        config.password_file = self.password_file.or(config.password_file);
        config.acl_file = self.acl_file.or(config.acl_file);
        // As mosquitto does, the Receive Maximum that a client is told is what it is sent at most.
        config.max_inflight = self.max_inflight.unwrap_or(config.max_inflight);
        config.receive_maximum = self.receive_maximum.unwrap_or(config.max_inflight);
        set(&mut config.topic_alias_maximum, self.topic_alias_maximum);
        config.max_packet_size = self.max_packet_size.or(config.max_packet_size);
        let queued = self.max_queued.map(|count| (count > 0).then_some(count));
        set(&mut config.max_queued, queued);
        set(&mut config.max_keep_alive, self.max_keep_alive);
        config.max_topic_levels = self.max_topic_levels;
        config.store = self.store.or(config.store);
        config.verbose = self.verbose;
        config
    }

    fn listeners(&self, file: &File) -> Vec<Listener> {
        let bind = self.bind.as_deref().unwrap_or("127.0.0.1");
        let mut listeners = Vec::new();
        if self.port.is_some() || file.has_first() {
            let mut first = file.first.clone();
            first.address = self.bind.clone().or(first.address);
            first.port = self.port.or(first.port);
            listeners.push(first.listener(bind));
        }
        listeners.extend(file.others.iter().map(|draft| draft.listener(bind)));
        listeners.extend(self.ws_port.map(|port| Listener {
            websocket: true,
            ..Listener::new(bind, port)
        }));
        if let (Some(port), Some(certificate), Some(key)) = (self.tls_port, &self.cert, &self.key) {
            let tls = Tls {
                certificate: certificate.clone(),
                key: key.clone(),
                authorities: None,
                require_certificate: false,
            };
            listeners.push(Listener {
                tls: Some(tls),
                ..Listener::new(bind, port)
            });
        }
        listeners
    }
}

impl Draft {
    fn listener(&self, bind: &str) -> Listener {
        Listener {
            websocket: self.websocket,
            http_dir: self.http_dir.clone(),
            tls: self.tls(),
            ..Listener::new(
                self.address.as_deref().unwrap_or(bind),
                self.port.unwrap_or(PORT),
            )
        }
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
