//! Why a program ends, in words and as an exit status.

use std::fmt;
use std::io;

use puremqtt::{
    CallError, Cause, DecodeError, Dropped, EncodeError, ProtocolError, ReasonCode, Refusal,
    Version,
};

/// Why a client has not done what it was to do.
#[derive(Debug)]
pub enum Failure {
    /// No connection came about.
    Unreachable(String),
    /// A file, or standard input or output.
    File(String, io::Error),
    Tls(io::Error),
    /// The sentence, and the code in the version's own numbers.
    Refused(String, u8),
    /// The broker has sent a DISCONNECT.
    Disconnected(ReasonCode),
    /// The network connection broke.
    Lost(Option<io::Error>),
    /// The broker has broken a rule.
    Peer(Cause),
    Encode(EncodeError),
    Call(CallError),
    Dropped(Dropped),
    /// The broker wants a conversation about who this is.
    Authentication,
}

impl Failure {
    /// In MQTT 5 the reason speaks for itself, and perhaps the broker too.
    pub fn refused(refusal: &Refusal<'_>, version: Version) -> Self {
        let reason = refusal.connack.reason;
        let said = refusal.connack.properties.reason_string();
        let sentence = match (version, said) {
            (Version::V5, Some(said)) => format!("{reason} ({said})"),
            (Version::V5, None) => reason.to_string(),
            (Version::V3_1 | Version::V3_1_1, _) => refusal.to_string(),
        };
        let code = match version {
            Version::V5 => reason.as_u8(),
            Version::V3_1 | Version::V3_1_1 => reason.return_code().unwrap_or(1),
        };
        Self::Refused(sentence, code)
    }

    /// What the connection is to be closed with.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Peer(cause) => *cause,
            Self::Lost(_) | Self::Tls(_) => Cause::Lost,
            Self::Encode(error) => (*error).into(),
            Self::Authentication => ReasonCode::NOT_AUTHORIZED.into(),
            _ => ReasonCode::NORMAL_DISCONNECTION.into(),
        }
    }

    /// True when nobody reads the output any more.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::File(_, error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// As mosquitto_pub and mosquitto_sub have it: 1 to 5 for a refusal before MQTT 5 and the
    /// reason code in it; else 1 unless there is a special one.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Refused(_, code) => *code,
            Self::Peer(_) => 2,
            Self::Disconnected(_) => 4,
            Self::Lost(_) => 7,
            Self::Tls(_) => 8,
            _ => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "Unable to connect ({why})."),
            Self::File(name, error) => write!(f, "Error: {name}: {error}"),
            Self::Tls(error) => write!(f, "Error: A TLS error occurred: {error}"),
            Self::Refused(sentence, _) => write!(f, "Connection error: {sentence}"),
            Self::Disconnected(reason) => {
                write!(f, "Error: The broker has ended the connection: {reason}.")
            }
            Self::Lost(None) => f.write_str("Error: The connection was lost."),
            Self::Lost(Some(error)) => write!(f, "Error: The connection was lost: {error}"),
            Self::Peer(cause) => write!(f, "Error: The broker has broken a rule: {cause}"),
            Self::Encode(error) => write!(f, "Error: {error}"),
            Self::Call(error) => write!(f, "Error: {error}"),
            Self::Dropped(Dropped::NotSupported) => {
                f.write_str("Error: The broker takes no messages of this QoS.")
            }
            Self::Dropped(why) => write!(f, "Error: A message was not sent: {why:?}"),
            Self::Authentication => f.write_str("Error: The broker wants further authentication."),
        }
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::Peer(error.into())
    }
}

impl From<ProtocolError> for Failure {
    fn from(error: ProtocolError) -> Self {
        Self::Peer(error.into())
    }
}

impl From<EncodeError> for Failure {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}
