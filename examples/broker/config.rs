//! What the broker is told to do: by flags, and by a file in the syntax of `mosquitto.conf`.
//!
//! A flag goes before the file. Three things differ from mosquitto:
//!
//! - A listener without an address listens on that of `--bind`, or on 127.0.0.1; not on all.
//! - `max_topic_alias` is for all listeners, and so is everything that `per_listener_settings`
//!   would divide.
//! - What the broker does not do is an error and not passed over.

mod file;
mod flags;

use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::Parser;

use super::file_error::FileError;
use file::File;
use flags::Flags;

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// At least one.
    pub listeners: Vec<Listener>,
    /// Whether clients without a user name may connect.
    pub allow_anonymous: bool,
    pub password_file: Option<PathBuf>,
    pub acl_file: Option<PathBuf>,
    /// How many QoS 1 and 2 messages a client may have on their way to the broker.
    pub receive_maximum: NonZeroU16,
    /// How many Topic Aliases a client may use.
    pub topic_alias_maximum: u16,
    /// The longest packet that is taken, in bytes; `None`: any.
    pub max_packet_size: Option<u32>,
    /// The longest payload that is taken, in bytes; `None`: any.
    pub message_size_limit: Option<u32>,
    /// How many QoS 1 and 2 messages the broker has on their way to a client.
    pub max_inflight: NonZeroU16,
    /// How many messages wait for a client; `None`: as many as there are.
    pub max_queued: Option<usize>,
    /// The longest Keep Alive, in seconds; a client that asks for more is told this one.
    pub max_keep_alive: u16,
    /// Of a topic or filter; `None`: any number.
    pub max_topic_levels: Option<usize>,
    pub retain_available: bool,
    /// Whether a client may come without an identifier and be given one.
    pub allow_zero_length_client_id: bool,
    /// What an identifier begins with that the broker makes.
    pub auto_id_prefix: String,
    /// Whether QoS 0 messages wait for a client that is away.
    pub queue_qos0_messages: bool,
    /// Whether a message is delivered with the QoS of the subscription, be it higher.
    pub upgrade_outgoing_qos: bool,
    pub set_tcp_nodelay: bool,
    /// Where sessions and retained messages are kept; `None`: nowhere.
    pub store: Option<PathBuf>,
    /// Whether each packet is logged.
    pub verbose: bool,
}

/// Where clients come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// A host name or an IP address.
    pub address: String,
    /// 0: any that is free.
    pub port: u16,
    pub websocket: bool,
    /// What a listener for WebSockets serves to browsers.
    pub http_dir: Option<PathBuf>,
    pub tls: Option<Tls>,
}

/// The files of a listener with TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Whose certificates clients may have.
    pub authorities: Option<PathBuf>,
    /// Whether clients need one; `authorities` then is there.
    pub require_certificate: bool,
}

/// Why there is no configuration. `--help` and `--version` come this way, too.
#[derive(Debug)]
pub enum ConfigError {
    Flags(clap::Error),
    File(FileError),
}

const PORT: u16 = 1883;

impl Config {
    /// `arguments` begins with the name of the program.
    pub fn from_arguments<A>(arguments: impl IntoIterator<Item = A>) -> Result<Self, ConfigError>
    where
        A: Into<OsString> + Clone,
    {
        let flags = Flags::try_parse_from(arguments).map_err(ConfigError::Flags)?;
        let file = match &flags.config {
            Some(path) => File::read(path).map_err(ConfigError::File)?,
            None => File::default(),
        };
        Ok(flags.over(file))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listeners: vec![Listener::new("127.0.0.1", PORT)],
            allow_anonymous: true,
            password_file: None,
            acl_file: None,
            receive_maximum: TWENTY,
            topic_alias_maximum: 10,
            max_packet_size: None,
            message_size_limit: None,
            max_inflight: TWENTY,
            max_queued: Some(1000),
            max_keep_alive: u16::MAX,
            max_topic_levels: None,
            retain_available: true,
            allow_zero_length_client_id: true,
            auto_id_prefix: "auto-".into(),
            queue_qos0_messages: false,
            upgrade_outgoing_qos: false,
            set_tcp_nodelay: false,
            store: None,
            verbose: false,
        }
    }
}

/// mosquitto's own number of messages in flight, either way.
const TWENTY: NonZeroU16 = NonZeroU16::MIN.saturating_add(19);

impl Listener {
    pub fn new(address: &str, port: u16) -> Self {
        Self {
            address: address.into(),
            port,
            websocket: false,
            http_dir: None,
            tls: None,
        }
    }
}

/// `mqtt://127.0.0.1:1883`
impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match (self.websocket, self.tls.is_some()) {
            (false, false) => "mqtt",
            (false, true) => "mqtts",
            (true, false) => "ws",
            (true, true) => "wss",
        };
        if self.address.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.address, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.address, self.port)
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flags(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests;
