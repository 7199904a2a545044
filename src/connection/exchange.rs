//! What both sides make alike of PUBLISH and acknowledgements.

use super::Response;
use super::event::{Event, Received};
use crate::delivery::Arrived;
use crate::packet::{Connect, Packet, Publish, Role, Version};
use crate::protocol_error::ProtocolError;
use crate::session::{Incoming, Session, Taken};

/// A PUBLISH.
#[inline(always)]
pub(super) fn message<'a, M>(
    session: &mut Session<M>,
    publish: Publish<'a>,
    sender: Role,
) -> Result<Received<'a, M>, ProtocolError> {
    let arrived = session
        .arrived(publish.delivery)
        .map_err(|error| error.from_role(sender))?;
    let Arrived { receipt, reply, .. } = arrived;
    Ok(Received {
        event: arrived.is_new.then_some(Event::Message(publish, receipt)),
        reply: reply.map(Response::from),
    })
}

/// Any other packet of an exchange.
#[inline(always)]
pub(super) fn exchange<'a, M>(
    session: &mut Session<M>,
    packet: Packet<'_>,
    sender: Role,
) -> Result<Received<'a, M>, ProtocolError> {
    if let Packet::PubRel(ack) = packet {
        let arrived = session.pubrel(ack.packet_id);
        let Arrived { reply, .. } = arrived.map_err(|error| error.from_role(sender))?;
        return Ok(Received {
            event: None,
            reply: reply.map(Response::from),
        });
    }
    let Taken { incoming, reply } = session
        .receive(&packet)
        .map_err(|error| error.from_role(sender))?;
    let event = match incoming {
        Some(Incoming::Answer(outcome)) => Event::progress(outcome, packet.packet_type()),
        _ => None,
    };
    Ok(Received {
        event,
        reply: reply.map(Response::from),
    })
}

/// For how many seconds the session shall outlive the connection.
pub(super) fn session_expiry(connect: &Connect<'_>) -> u32 {
    match connect.version {
        Version::V5 => connect.properties.session_expiry_interval().unwrap_or(0),
        Version::V3_1 | Version::V3_1_1 if connect.clean_start => 0,
        Version::V3_1 | Version::V3_1_1 => u32::MAX,
    }
}
