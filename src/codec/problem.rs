//! Reason String and User Properties, which a packet goes without where the peer has no room for
//! them, or has not asked for them.

use crate::packet::{Ack, Auth, ConnAck, Disconnect, List, Packet, SubAck};

/// True for a packet that can go without them.
///
/// [5.0/MQTT-3.2.2-19] [5.0/MQTT-3.2.2-20] [5.0/MQTT-3.14.2-3] [5.0/MQTT-3.14.2-4]
pub(super) const fn can_go_without(packet: &Packet<'_>) -> bool {
    is_answer(packet) || matches!(packet, Packet::ConnAck(_) | Packet::Disconnect(_))
}

/// [5.0/MQTT-3.1.2-29] True for a packet that has them only if the client wants them.
pub(super) const fn is_answer(packet: &Packet<'_>) -> bool {
    matches!(
        packet,
        Packet::PubAck(_)
            | Packet::PubRec(_)
            | Packet::PubRel(_)
            | Packet::PubComp(_)
            | Packet::SubAck(_)
            | Packet::UnsubAck(_)
            | Packet::Auth(_)
    )
}

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Without {
    UserProperties,
    Both,
}

/// Calls `then` with a packet that goes without; one that has none of them as it is.
///
/// [5.0/MQTT-3.4.2-2] [5.0/MQTT-3.4.2-3] [5.0/MQTT-3.5.2-2] [5.0/MQTT-3.5.2-3]
/// [5.0/MQTT-3.6.2-2] [5.0/MQTT-3.6.2-3] [5.0/MQTT-3.7.2-2] [5.0/MQTT-3.7.2-3]
/// [5.0/MQTT-3.9.2-1] [5.0/MQTT-3.9.2-2] [5.0/MQTT-3.11.2-1] [5.0/MQTT-3.11.2-2]
/// [5.0/MQTT-3.15.2-2] [5.0/MQTT-3.15.2-3]
#[cold]
pub(super) fn without<R>(
    packet: &Packet<'_>,
    what: Without,
    then: impl FnOnce(&Packet<'_>) -> R,
) -> R {
    macro_rules! bare {
        ($packet:ident, $body:ident { .. } = $of:expr) => {{
            let mut properties = $of.properties.read();
            properties.user_properties = List::EMPTY;
            if what == Without::Both {
                properties.reason_string = None;
            }
            then(&Packet::$packet($body {
                properties: (&properties).into(),
                ..*$of
            }))
        }};
    }
    match packet {
        Packet::ConnAck(connack) => bare!(ConnAck, ConnAck { .. } = connack),
        Packet::PubAck(ack) => bare!(PubAck, Ack { .. } = ack),
        Packet::PubRec(ack) => bare!(PubRec, Ack { .. } = ack),
        Packet::PubRel(ack) => bare!(PubRel, Ack { .. } = ack),
        Packet::PubComp(ack) => bare!(PubComp, Ack { .. } = ack),
        Packet::SubAck(suback) => bare!(SubAck, SubAck { .. } = suback),
        Packet::UnsubAck(suback) => bare!(UnsubAck, SubAck { .. } = suback),
        Packet::Disconnect(disconnect) => bare!(Disconnect, Disconnect { .. } = disconnect),
        Packet::Auth(auth) => bare!(Auth, Auth { .. } = auth),
        other => then(other),
    }
}
