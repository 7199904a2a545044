//! The options about the connection, which `publish` and `subscribe` have in common.

use std::path::PathBuf;
use std::process;

use puremqtt::{OwnedTopicName, QoS, TopicName, Version};

use super::arguments::{Arguments, Stop};
use super::properties::Properties;

/// Where to connect, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub host: String,
    pub port: u16,
    pub version: Version,
    /// Empty: the broker is to choose one.
    pub client_id: String,
    /// Clean Start; before MQTT 5, Clean Session.
    pub clean_start: bool,
    /// Seconds; MQTT 5 alone.
    pub session_expiry_interval: u32,
    /// Seconds.
    pub keep_alive: u16,
    pub user_name: Option<String>,
    pub password: Option<Vec<u8>>,
    pub will: Option<Will>,
    pub tls: Option<Tls>,
    pub websocket: bool,
    /// None before MQTT 5.
    pub properties: Properties,
    pub debug: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will {
    pub topic: OwnedTopicName,
    pub payload: Vec<u8>,
    pub qos: QoS,
    pub retain: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub authorities: PathBuf,
    /// The client's own, and its key.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Whether the name in the server's certificate does not matter.
    pub insecure: bool,
}

/// The lines of `--help` about these options.
pub const HELP: &str = " -h HOST   the broker's; localhost if not given
 -p PORT   1883 if not given, 8883 with TLS; with --ws 8080 and 8081
 -V VERSION  31, 311 or 5, also mqttv31, mqttv311 and mqttv5; 311 if not given, 5 with -D or -x
 -i ID     client identifier; if not given, the broker's choice
 -I PREFIX client identifier: PREFIX and the number of the process
 -c        keep the session; needs -i
 -x SECONDS  how long the session is kept after the connection, -1 for ever (MQTT 5);
           if not given, for ever with -c and not at all without
 -k SECONDS  keep alive, 5 to 65535; 60 if not given
 -u NAME   user name
 -P PASSWORD
 -D COMMAND PROPERTY VALUE  a property of MQTT 5, as mosquitto_pub(1) lists them;
           COMMAND is connect, publish, subscribe, unsubscribe, disconnect or will;
           a user-property has a name and a value
 -d        print the packets
 --will-topic TOPIC --will-payload PAYLOAD --will-qos QOS --will-retain
 --cafile FILE  connect with TLS to a server whose certificate one of these signed
 --cert FILE --key FILE  the client's own certificate and its key
 --insecure  take a certificate that bears another host's name
 --ws      connect with WebSocket
 --help
";

/// The options as far as they were read.
#[derive(Debug, Default)]
pub struct Options {
    host: Option<String>,
    port: Option<u16>,
    version: Option<Version>,
    client_id: Option<String>,
    prefix: Option<String>,
    keep_session: bool,
    session_expiry_interval: Option<u32>,
    keep_alive: Option<u16>,
    user_name: Option<String>,
    password: Option<Vec<u8>>,
    will_topic: Option<OwnedTopicName>,
    will_payload: Option<Vec<u8>>,
    will_qos: Option<QoS>,
    will_retain: bool,
    authorities: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    insecure: bool,
    websocket: bool,
    properties: Properties,
    debug: bool,
}

impl Options {
    /// Takes the option that was read last; false when it is none of these.
    pub fn take(&mut self, option: &str, arguments: &mut Arguments) -> Result<bool, Stop> {
        match option {
            "--help" => return Err(Stop::Help),
            "-h" => self.host = Some(arguments.text("host")?),
            "-p" => self.port = Some(arguments.number("port", |&port| port > 0)?),
            "-V" => self.version = Some(version(&arguments.text("version")?)?),
            "-i" => self.client_id = Some(arguments.text("id")?),
            "-I" => self.prefix = Some(arguments.text("id prefix")?),
            "-c" => self.keep_session = true,
            "-x" => {
                let text = arguments.text("session expiry interval")?;
                self.session_expiry_interval = Some(expiry(&text)?);
            }
            "-k" => self.keep_alive = Some(keep_alive(arguments)?),
            "-u" => self.user_name = Some(arguments.text("username")?),
            "-P" => self.password = Some(bytes(arguments, "password")?),
            "-D" | "--property" => self.properties.take(arguments)?,
            "-d" | "--debug" => self.debug = true,
            "--will-topic" => self.will_topic = Some(will_topic(&arguments.text("will topic")?)?),
            "--will-payload" => self.will_payload = Some(bytes(arguments, "will payload")?),
            "--will-qos" => self.will_qos = Some(arguments.qos("will QoS")?),
            "--will-retain" => self.will_retain = true,
            "--cafile" => self.authorities = Some(arguments.path("file")?),
            "--cert" => self.certificate = Some(arguments.path("file")?),
            "--key" => self.key = Some(arguments.path("file")?),
            "--insecure" => self.insecure = true,
            "--ws" => self.websocket = true,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// All options have been read.
    pub fn finish(mut self) -> Result<Connection, Stop> {
        let version = self.judge_version()?;
        let will = self.will()?;
        let tls = self.tls()?;
        let port = self.port.unwrap_or(match (self.websocket, &tls) {
            (false, None) => 1883,
            (false, Some(_)) => 8883,
            (true, None) => 8080,
            (true, Some(_)) => 8081,
        });
        let lasting = if self.keep_session { u32::MAX } else { 0 };
        // [3.1.1/MQTT-3.1.2-22] A password needs a user name.
        if self.password.is_some() && self.user_name.is_none() && version != Version::V5 {
            return Err(Stop::wrong("A password needs a username before MQTT 5."));
        }
        Ok(Connection {
            client_id: self.client_id(version)?,
            host: self.host.unwrap_or_else(|| "localhost".into()),
            port,
            version,
            clean_start: !self.keep_session,
            session_expiry_interval: self.session_expiry_interval.unwrap_or(lasting),
            keep_alive: self.keep_alive.unwrap_or(60),
            user_name: self.user_name,
            password: self.password,
            will,
            tls,
            websocket: self.websocket,
            properties: self.properties,
            debug: self.debug,
        })
    }

    fn judge_version(&self) -> Result<Version, Stop> {
        let asks_for_5 = !self.properties.is_empty() || self.session_expiry_interval.is_some();
        match self.version {
            Some(version) if asks_for_5 && version != Version::V5 => {
                Err(Stop::wrong("-D and -x are for MQTT 5 alone."))
            }
            Some(version) => Ok(version),
            None if asks_for_5 => Ok(Version::V5),
            None => Ok(Version::V3_1_1),
        }
    }

    fn client_id(&mut self, version: Version) -> Result<String, Stop> {
        let id = match (self.client_id.take(), self.prefix.take()) {
            (Some(_), Some(_)) => {
                return Err(Stop::wrong("-i and -I argument cannot be used together."));
            }
            (Some(id), None) => id,
            (None, Some(prefix)) => format!("{prefix}{}", process::id()),
            (None, None) if self.keep_session => {
                let message = "You must provide a client id if you are using the -c option.";
                return Err(Stop::wrong(message));
            }
            // MQTT 3.1 has no empty identifier.
            (None, None) if version == Version::V3_1 => format!("puremqtt-{}", process::id()),
            (None, None) => String::new(),
        };
        // [3.1.1/MQTT-3.1.3-7] An empty identifier needs Clean Session.
        if id.is_empty() && (self.keep_session || version == Version::V3_1) {
            return Err(Stop::wrong("Invalid id: it is empty."));
        }
        Ok(id)
    }

    fn will(&mut self) -> Result<Option<Will>, Stop> {
        let Some(topic) = self.will_topic.take() else {
            let given = [
                ("payload", self.will_payload.is_some()),
                ("QoS", self.will_qos.is_some()),
                ("retain", self.will_retain),
            ];
            return match given.iter().find(|(_, given)| *given) {
                None => Ok(None),
                Some((what, _)) => Err(Stop::wrong(format!(
                    "Will {what} given, but no will topic given."
                ))),
            };
        };
        Ok(Some(Will {
            topic,
            payload: self.will_payload.take().unwrap_or_default(),
            qos: self.will_qos.unwrap_or_default(),
            retain: self.will_retain,
        }))
    }

    fn tls(&mut self) -> Result<Option<Tls>, Stop> {
        let certificate = match (self.certificate.take(), self.key.take()) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((certificate, key)),
            _ => {
                let message = "Both certfile and keyfile must be provided if one of them is set.";
                return Err(Stop::wrong(message));
            }
        };
        match self.authorities.take() {
            Some(authorities) => Ok(Some(Tls {
                authorities,
                certificate,
                insecure: self.insecure,
            })),
            None if certificate.is_some() || self.insecure => {
                Err(Stop::wrong("--cert, --key and --insecure need --cafile."))
            }
            None => Ok(None),
        }
    }
}

fn version(text: &str) -> Result<Version, Stop> {
    match text {
        "31" | "mqttv31" => Ok(Version::V3_1),
        "311" | "mqttv311" => Ok(Version::V3_1_1),
        "5" | "mqttv5" => Ok(Version::V5),
        _ => Err(Stop::wrong("Invalid protocol version argument given.")),
    }
}

fn expiry(text: &str) -> Result<u32, Stop> {
    match text {
        "-1" | "∞" => Ok(u32::MAX),
        _ => text
            .parse()
            .map_err(|_| Stop::wrong("session-expiry-interval out of range.")),
    }
}

fn keep_alive(arguments: &mut Arguments) -> Result<u16, Stop> {
    let text = arguments.text("keepalive")?;
    let seconds = text.parse().ok().filter(|&seconds| seconds >= 5);
    seconds.ok_or_else(|| {
        Stop::wrong("Invalid keepalive given, it must be between 5 and 65535 inclusive.")
    })
}

fn will_topic(text: &str) -> Result<OwnedTopicName, Stop> {
    TopicName::new(text).map(OwnedTopicName::from).map_err(|_| {
        Stop::wrong(format!(
            "Invalid will topic '{text}', does it contain '+' or '#'?"
        ))
    })
}

fn bytes(arguments: &mut Arguments, what: &str) -> Result<Vec<u8>, Stop> {
    arguments
        .value(what)
        .map(|value| value.into_encoded_bytes())
}

#[cfg(test)]
mod tests;
