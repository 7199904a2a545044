//! The syntax of `mosquitto.conf`: a directive a line, its value after a space.
//!
//! What comes after a `listener` and is about listeners is about that one; before the first, it is
//! about the one of `port` and `bind_address`.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use super::super::file_error::{self, FileError};
use super::{Config, Tls};

/// What a file says. The listeners in `config` have no meaning yet.
#[derive(Debug, Default)]
pub struct File {
    pub config: Config,
    /// That of `port` and `bind_address`.
    pub first: Draft,
    pub others: Vec<Draft>,
    allow_anonymous: Option<bool>,
    persistence: bool,
    persistence_location: Option<PathBuf>,
}

/// A listener as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub address: Option<String>,
    pub port: Option<u16>,
    pub websocket: bool,
    pub http_dir: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    authorities: Option<PathBuf>,
    require_certificate: bool,
    /// The line that has said something of it first.
    line: usize,
}

impl File {
    pub fn read(path: &Path) -> Result<Self, FileError> {
        Self::parse(path, &file_error::read(path)?)
    }

    /// `path` is for the errors alone.
    pub fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let mut file = Self::default();
        for (number, line) in file_error::lines(text) {
            let (directive, value) = match line.split_once([' ', '\t']) {
                Some((directive, value)) => (directive, value.trim_start()),
                None => (line, ""),
            };
            file.set(directive, value, number)
                .map_err(|message| FileError::at(path, number, message))?;
        }
        for draft in file.others.iter().chain([&file.first]) {
            draft
                .judge()
                .map_err(|message| FileError::at(path, draft.line, message))?;
        }
        file.conclude();
        Ok(file)
    }

    /// Whether there is a listener of `port` and `bind_address`: there is always one at least.
    pub fn has_first(&self) -> bool {
        self.others.is_empty() || self.first.is_named()
    }

    fn set(&mut self, directive: &str, value: &str, line: usize) -> Result<(), String> {
        let value = Value { directive, value };
        let config = &mut self.config;
        match directive {
            "listener" => self.others.push(listener(value, line)?),
            "allow_anonymous" => self.allow_anonymous = Some(value.flag()?),
            "password_file" => config.password_file = Some(value.path()?),
            "acl_file" => config.acl_file = Some(value.path()?),
            "max_inflight_messages" => {
                let count: u16 = value.number(0, u16::MAX)?;
                config.max_inflight = NonZeroU16::new(count).unwrap_or(NonZeroU16::MAX);
            }
            "max_queued_messages" => {
                let count: usize = value.number(0, usize::MAX)?;
                config.max_queued = (count > 0).then_some(count);
            }
            "max_packet_size" => config.max_packet_size = Some(value.number(20, u32::MAX)?),
            "message_size_limit" => {
                let bytes: u32 = value.number(0, 268_435_455)?;
                config.message_size_limit = (bytes > 0).then_some(bytes);
            }
            "max_keepalive" => config.max_keep_alive = value.number(10, u16::MAX)?,
            "max_topic_alias" => config.topic_alias_maximum = value.number(0, u16::MAX)?,
            "retain_available" => config.retain_available = value.flag()?,
            "allow_zero_length_clientid" => config.allow_zero_length_client_id = value.flag()?,
            "auto_id_prefix" => config.auto_id_prefix = value.text()?.into(),
            "queue_qos0_messages" => config.queue_qos0_messages = value.flag()?,
            "upgrade_outgoing_qos" => config.upgrade_outgoing_qos = value.flag()?,
            "set_tcp_nodelay" => config.set_tcp_nodelay = value.flag()?,
            "persistence" => self.persistence = value.flag()?,
            "persistence_location" => self.persistence_location = Some(value.path()?),
            "port" | "bind_address" => self.first.set(value, line)?,
            _ => self
                .others
                .last_mut()
                .unwrap_or(&mut self.first)
                .set(value, line)?,
        }
        Ok(())
    }

    fn conclude(&mut self) {
        // As in mosquitto: whoever names a listener has to say that it is for everybody.
        let named = !self.others.is_empty() || self.first.is_named();
        self.config.allow_anonymous = self.allow_anonymous.unwrap_or(!named);
        if self.persistence {
            let location = self.persistence_location.take();
            self.config.store = Some(location.unwrap_or_else(|| ".".into()));
        }
    }
}

impl Draft {
    fn set(&mut self, value: Value<'_>, line: usize) -> Result<(), String> {
        match value.directive {
            "port" => self.port = Some(value.number(0, u16::MAX)?),
            "bind_address" => self.address = Some(value.text()?.into()),
            "protocol" => {
                self.websocket = match value.text()? {
                    "mqtt" => false,
                    "websockets" => true,
                    _ => return Err(value.fault("neither mqtt nor websockets")),
                }
            }
            "http_dir" => self.http_dir = Some(value.path()?),
            "certfile" => self.certificate = Some(value.path()?),
            "keyfile" => self.key = Some(value.path()?),
            "cafile" => self.authorities = Some(value.path()?),
            "require_certificate" => self.require_certificate = value.flag()?,
            unknown => return Err(format!("unknown directive {unknown:?}")),
        }
        if self.line == 0 {
            self.line = line;
        }
        Ok(())
    }

    fn is_named(&self) -> bool {
        self.port.is_some() || self.address.is_some()
    }

    /// What no single line is wrong with.
    fn judge(&self) -> Result<(), &'static str> {
        match (&self.certificate, &self.key) {
            (Some(_), None) => return Err("this listener has a certfile and no keyfile"),
            (None, Some(_)) => return Err("this listener has a keyfile and no certfile"),
            (None, None) if self.authorities.is_some() || self.require_certificate => {
                return Err("this listener asks for certificates and has no certfile");
            }
            _ => {}
        }
        if self.require_certificate && self.authorities.is_none() {
            return Err("this listener requires certificates and has no cafile to judge them by");
        }
        if self.http_dir.is_some() && !self.websocket {
            return Err("this listener has an http_dir and is not for websockets");
        }
        Ok(())
    }

    pub fn tls(&self) -> Option<Tls> {
        Some(Tls {
            certificate: self.certificate.clone()?,
            key: self.key.clone()?,
            authorities: self.authorities.clone(),
            require_certificate: self.require_certificate,
        })
    }
}

/// `listener PORT [ADDRESS]`
fn listener(value: Value<'_>, line: usize) -> Result<Draft, String> {
    let mut words = value.text()?.split_ascii_whitespace();
    let port = Value {
        value: words.next().unwrap_or_default(),
        ..value
    };
    let address = words.next().map(str::to_owned);
    if words.next().is_some() {
        return Err(value.fault("more than a port and an address"));
    }
    if address
        .as_ref()
        .is_some_and(|address| address.contains('/'))
    {
        return Err(value.fault("a Unix socket, for which the broker does not listen"));
    }
    Ok(Draft {
        address,
        port: Some(port.number(0, u16::MAX)?),
        line,
        ..Draft::default()
    })
}

/// What stands after a directive.
#[derive(Clone, Copy)]
struct Value<'a> {
    directive: &'a str,
    value: &'a str,
}

impl<'a> Value<'a> {
    fn fault(self, what: &str) -> String {
        format!("{}: {:?} is {what}", self.directive, self.value)
    }

    fn text(self) -> Result<&'a str, String> {
        if self.value.is_empty() {
            return Err(format!("{} has no value", self.directive));
        }
        Ok(self.value)
    }

    /// As it is written: nobody looks whether it is there.
    fn path(self) -> Result<PathBuf, String> {
        self.text().map(PathBuf::from)
    }

    fn flag(self) -> Result<bool, String> {
        match self.text()? {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(self.fault("neither true nor false")),
        }
    }

    fn number<N>(self, least: N, most: N) -> Result<N, String>
    where
        N: std::str::FromStr + PartialOrd + std::fmt::Display + Copy,
    {
        let number = self.text()?.parse().ok();
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.fault(&format!("no number from {least} to {most}")))
    }
}
