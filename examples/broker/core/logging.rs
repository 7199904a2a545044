//! What the log says.

use std::sync::Arc;

use puremqtt::{Cause, Packet, ProtocolErrorKind, ReasonCode, Version};

use super::Broker;
use super::link::LinkNo;
use crate::broker::log::{self, Direction, End};

impl Broker {
    pub(super) fn log(&mut self, line: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            log(&line());
        }
    }

    pub(super) fn log_packet(&mut self, no: LinkNo, direction: Direction, packet: &Packet<'_>) {
        if self.log.is_none() {
            return;
        }
        let name = self.name(no);
        let known = self
            .connection(no)
            .and_then(|connection| connection.version());
        let version = known.unwrap_or(Version::V3_1_1);
        self.log(|| log::packet(direction, &name, version, packet));
    }

    /// The identifier of the client, or where it comes from before there is one.
    pub(super) fn name(&self, no: LinkNo) -> Arc<str> {
        let client = self
            .client_of(no)
            .and_then(|client| self.clients.get(client.0));
        match (client, self.links.get(no.0)) {
            (Some(client), _) => client.id.clone(),
            (None, Some(link)) => link.peer.as_str().into(),
            (None, None) => "".into(),
        }
    }
}

/// What the log calls it.
pub(super) fn end_of(cause: Cause) -> End {
    match cause {
        Cause::Lost => End::Closed,
        Cause::Reason(ReasonCode::NORMAL_DISCONNECTION) => End::Disconnected,
        Cause::Reason(ReasonCode::SESSION_TAKEN_OVER) => End::TakenOver,
        Cause::Reason(ReasonCode::NOT_AUTHORIZED | ReasonCode::BAD_USER_NAME_OR_PASSWORD) => {
            End::NotAuthorised
        }
        Cause::Reason(_) => End::Closed,
        Cause::Decode(error) if error.reason() == ReasonCode::PACKET_TOO_LARGE => {
            End::OversizePacket
        }
        Cause::Decode(_) => End::MalformedPacket,
        Cause::Protocol(error) => match error.kind() {
            ProtocolErrorKind::KeepAliveTimeout | ProtocolErrorKind::ConnectTimeout => {
                End::TimedOut
            }
            _ => End::ProtocolError,
        },
        Cause::Encode(_) => End::OversizePacket,
    }
}
