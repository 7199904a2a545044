use crate::codec::Encoder;
use crate::packet::{
    ConnAck, DecodeError, DecodeErrorKind, Disconnect, EncodeError, Packet, PacketType, ReasonCode,
    Role, Version,
};
use crate::protocol_error::ProtocolError;
use crate::wire::output::Output;

/// Why a connection ends. Errors and reasons convert into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The network connection is gone, or the transport has failed: nobody is
    /// there to read a farewell.
    #[error("the connection is lost")]
    Lost,
    /// This side wants to end it.
    #[error("{0}")]
    Reason(ReasonCode),
    /// The peer has sent what is no MQTT.
    #[error(transparent)]
    Decode(DecodeError),
    /// The peer has broken a rule, or was silent for too long.
    #[error(transparent)]
    Protocol(ProtocolError),
    /// This side could not say what it must: the peer takes no packet that
    /// large, say. It leaves without a word.
    #[error(transparent)]
    Encode(EncodeError),
}

impl From<ReasonCode> for Cause {
    fn from(reason: ReasonCode) -> Self {
        Self::Reason(reason)
    }
}

impl From<DecodeError> for Cause {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<ProtocolError> for Cause {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl From<EncodeError> for Cause {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl Cause {
    /// What MQTT 5 calls it; `None` where there is nothing to say or nobody to say it to.
    const fn reason(self) -> Option<ReasonCode> {
        match self {
            Self::Lost | Self::Encode(_) => None,
            Self::Reason(reason) => Some(reason),
            Self::Decode(error) => Some(error.reason()),
            Self::Protocol(error) => Some(error.reason()),
        }
    }
}

/// The last packet of a connection, and the version that it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    packet: Packet<'static>,
    version: Version,
    max_packet_size: u32,
}

impl Farewell {
    /// A DISCONNECT, or from a server that has not accepted a CONNACK.
    pub const fn packet(&self) -> Packet<'static> {
        self.packet
    }

    /// The version the peer speaks, or where it was never agreed on, the
    /// oldest.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Appends it to `output`, with an encoder of its own.
    ///
    /// # Errors
    /// The output has no room for it, or the peer takes no packet of so few
    /// bytes: nothing is written, and the connection is closed all the same.
    pub fn encode(&self, output: &mut (impl Output + ?Sized)) -> Result<(), EncodeError> {
        Encoder::new(self.version)
            .with_max_packet_size(self.max_packet_size)
            .encode(self.packet, output)
    }
}

/// Who says farewell, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speaker {
    pub(super) role: Role,
    pub(super) version: Version,
    pub(super) max_packet_size: u32,
    pub(super) stage: Stage,
}

/// How far the connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// A server without CONNECT.
    Unknown,
    /// A server that has not answered the CONNECT.
    Undecided,
    /// A client from its CONNECT on, a server from its CONNACK on.
    Speaking,
    /// One side has said farewell.
    Silent,
}

impl Speaker {
    /// The table of farewells.
    ///
    /// | | 3.1, 3.1.1 | 5 |
    /// | --- | --- | --- |
    /// | client | DISCONNECT for a normal end, or nothing: it would delete the will | DISCONNECT with a code of a client's |
    /// | server without CONNECT | CONNACK 1 to an unsupported level, or nothing | CONNACK to what is CONNECT of MQTT 5 |
    /// | server before CONNACK | CONNACK if it has such a code and the CONNECT is well-formed | CONNACK |
    /// | server | nothing | DISCONNECT with a code of a server's |
    pub(super) fn farewell(self, cause: Cause) -> Option<Farewell> {
        // [3.1.1/MQTT-4.8.0-2] [5.0/MQTT-4.13.1-1] [5.0/MQTT-4.13.2-1] Whatever is said, or is not:
        // the connection is over by now.
        let reason = cause.reason()?;
        let packet = match (self.stage, self.version, self.role) {
            (Stage::Silent, _, _) => return None,
            (Stage::Unknown, _, _) => return self.to_unknown(cause),
            (Stage::Undecided, Version::V5, _) => refuse(connack_code(reason)),
            (Stage::Undecided, _, _) => refuse(self.return_code(cause)?),
            // [5.0/MQTT-4.12.1-2]
            // [5.0/MQTT-3.14.0-1] DISCONNECT only from here on.
            (Stage::Speaking, Version::V5, role) => disconnect(disconnect_code(reason, role)),
            (Stage::Speaking, _, Role::Client) if reason == ReasonCode::NORMAL_DISCONNECTION => {
                disconnect(reason)
            }
            (Stage::Speaking, _, _) => return None,
        };
        Some(self.saying(packet, self.version))
    }

    /// To a client whose CONNECT could not be read.
    fn to_unknown(self, cause: Cause) -> Option<Farewell> {
        let Cause::Decode(error) = cause else {
            return None;
        };
        match (error.kind(), error.version(), error.packet_type()) {
            // [3.1.1/MQTT-3.1.2-2] [5.0/MQTT-3.1.2-2] In the oldest form, which every client reads.
            (DecodeErrorKind::UnsupportedLevel(_), _, _) => Some(self.saying(
                refuse(ReasonCode::UNSUPPORTED_PROTOCOL_VERSION),
                Version::V3_1_1,
            )),
            // Who does not name the protocol gets no byte of it.
            (DecodeErrorKind::UnknownProtocolName, _, _) => None,
            // [5.0/MQTT-3.1.4-1]
            (_, Some(Version::V5), Some(PacketType::Connect)) => {
                Some(self.saying(refuse(connack_code(error.reason())), Version::V5))
            }
            // [3.1.1/MQTT-3.1.4-1] Without a CONNACK.
            _ => None,
        }
    }

    /// [3.1.1/MQTT-3.2.2-6] One of the five refusals, or no CONNACK.
    fn return_code(self, cause: Cause) -> Option<ReasonCode> {
        let reason = match cause {
            // [3.1.1/MQTT-3.1.4-1] A CONNECT that breaks a rule gets none.
            Cause::Decode(_) => return None,
            _ => cause.reason()?,
        };
        // A server that shuts down is not available.
        let reason = match reason {
            ReasonCode::SERVER_SHUTTING_DOWN => ReasonCode::SERVER_UNAVAILABLE,
            other => other,
        };
        let refuses = reason != ReasonCode::SUCCESS && reason.return_code().is_some();
        refuses.then_some(reason)
    }

    const fn saying(self, packet: Packet<'static>, version: Version) -> Farewell {
        Farewell {
            packet,
            version,
            max_packet_size: self.max_packet_size,
        }
    }
}

fn refuse(reason: ReasonCode) -> Packet<'static> {
    Packet::ConnAck(ConnAck {
        reason,
        ..ConnAck::default()
    })
}

fn disconnect(reason: ReasonCode) -> Packet<'static> {
    Packet::Disconnect(Disconnect::new(reason))
}

/// The nearest refusal that a CONNACK can bear.
pub(super) fn connack_code(reason: ReasonCode) -> ReasonCode {
    match reason {
        ReasonCode::SERVER_SHUTTING_DOWN => ReasonCode::SERVER_UNAVAILABLE,
        _ if reason.is_error() && reason.is_allowed_in(PacketType::ConnAck) => reason,
        _ => ReasonCode::UNSPECIFIED_ERROR,
    }
}

/// The nearest code that a DISCONNECT of this role can bear.
fn disconnect_code(reason: ReasonCode, role: Role) -> ReasonCode {
    let reason = match reason {
        // Table 2-6 gives it to DISCONNECT, 3.14.2.1 does not.
        ReasonCode::BAD_AUTHENTICATION_METHOD => ReasonCode::NOT_AUTHORIZED,
        other => other,
    };
    let foreign = Packet::Disconnect(Disconnect::new(reason)).foreign_to(role);
    if foreign.is_none() && reason.is_allowed_in(PacketType::Disconnect) {
        reason
    } else {
        ReasonCode::UNSPECIFIED_ERROR
    }
}
