use alloc::vec::Vec;

use super::restore::RestoreErrorKind;
use crate::codec::{Decoder, Encoder};
use crate::delivery::first_delivery;
use crate::packet::{Ack, EncodeError, Packet, PacketId, Publish, QoS, ReasonCode, Version};

/// One step of a session as it stands in a log: a byte that says what it is,
/// a packet of MQTT 5, and a checksum.
///
/// [`Session::save`](crate::Session::save) writes a log that is as short as
/// can be; [`append_to`](Self::append_to) adds a step to it, and what comes
/// out is a log again. What has to be written before which bytes leave:
///
/// | before this is sent | write | or after a crash |
/// | --- | --- | --- |
/// | a PUBLISH of QoS 1 or 2, the first time | [`InFlight`](Self::InFlight) | its identifier is given to another message, which the peer takes for a repeat |
/// | PUBREL | [`Released`](Self::Released) | the PUBLISH is sent again, and delivered twice |
/// | PUBREC below 0x80, and best together with what was done with the message | [`Received`](Self::Received) | the peer's repeat is delivered twice |
/// | PUBCOMP | [`Forgotten`](Self::Forgotten) | the peer's next message with the identifier is taken for a repeat |
///
/// [`Done`](Self::Done) may wait, at most until the next
/// [`InFlight`](Self::InFlight): without it the exchange is brought to its end
/// once more. [`Pending`](Self::Pending) and
/// [`Unqueued`](Self::Unqueued) are for those who keep what was never sent.
/// Nothing is written for an open PUBLISH: its message comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// A message waits to be sent, with the QoS of the PUBLISH; its
    /// identifier means nothing.
    Pending(Publish<'a>),
    /// A message of QoS 1 or 2 has got its identifier. The oldest pending one
    /// of QoS 1 and 2 is no longer pending, if it is the same.
    InFlight(Publish<'a>),
    /// The peer has taken a message of QoS 2, with this reason.
    Released(PacketId, ReasonCode),
    /// The exchange of a message of ours is over.
    Done(PacketId),
    /// The oldest pending message of its QoS 0, or of QoS 1 and 2, is no
    /// longer pending: it was of QoS 0 and sent, or was dropped.
    Unqueued(Publish<'a>),
    /// A message of the peer's, of QoS 2, is taken.
    Received(PacketId),
    /// The exchange of a message of the peer's is over.
    Forgotten(PacketId),
}

const PENDING: u8 = 1;
const IN_FLIGHT: u8 = 2;
const RELEASED: u8 = 3;
const RECEIVED: u8 = 4;
const DONE: u8 = 5;

/// What a log begins with; the last byte is the number of the format.
pub(super) const HEADER: &[u8] = b"MQL\x01";

impl<'a> Record<'a> {
    /// Appends the record to a log, which begins with what
    /// [`Session::save`](crate::Session::save) writes.
    ///
    /// # Errors
    /// The PUBLISH is such as no packet can bear. Nothing was appended.
    pub fn append_to(&self, log: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (tag, packet) = self.tagged();
        let at = log.len();
        log.push(tag);
        if let Err(error) = Encoder::new(Version::V5).encode(packet, log) {
            log.truncate(at);
            return Err(error);
        }
        let checksum = checksum(log.get(at..).unwrap_or_default());
        log.extend_from_slice(&checksum.to_be_bytes());
        Ok(())
    }

    fn tagged(&self) -> (u8, Packet<'a>) {
        match *self {
            Self::Pending(publish) => (PENDING, pending(publish)),
            Self::InFlight(publish) => (IN_FLIGHT, bare(publish)),
            Self::Released(id, reason) => {
                let mut ack = Ack::new(id);
                ack.reason = reason;
                (RELEASED, Packet::PubRec(ack))
            }
            Self::Done(id) => (DONE, Packet::PubComp(Ack::new(id))),
            Self::Unqueued(publish) => (DONE, pending(publish)),
            Self::Received(id) => (RECEIVED, Packet::PubRec(Ack::new(id))),
            Self::Forgotten(id) => (DONE, Packet::PubRel(Ack::new(id))),
        }
    }

    fn from_tagged(tag: u8, packet: Packet<'a>) -> Option<Self> {
        Some(match (tag, packet) {
            (PENDING, Packet::Publish(publish)) => Self::Pending(publish),
            (IN_FLIGHT, Packet::Publish(publish)) if publish.delivery.qos() != QoS::AtMostOnce => {
                Self::InFlight(publish)
            }
            (RELEASED, Packet::PubRec(ack)) if !ack.reason.is_error() => {
                Self::Released(ack.packet_id, ack.reason)
            }
            (RECEIVED, Packet::PubRec(ack)) if !ack.reason.is_error() => {
                Self::Received(ack.packet_id)
            }
            (DONE, Packet::PubComp(ack)) => Self::Done(ack.packet_id),
            (DONE, Packet::PubRel(ack)) => Self::Forgotten(ack.packet_id),
            (DONE, Packet::Publish(publish)) => Self::Unqueued(publish),
            _ => return None,
        })
    }

    /// The first record of a log behind its header, and its length.
    pub(super) fn read(
        log: &'a [u8],
        decoder: &'a mut Decoder,
    ) -> Result<(Self, usize), RestoreErrorKind> {
        let (&tag, rest) = log.split_first().ok_or(RestoreErrorKind::Truncated)?;
        if !(PENDING..=DONE).contains(&tag) {
            return Err(RestoreErrorKind::Altered);
        }
        let (packet, used) = match decoder.decode(rest) {
            Ok(Some(decoded)) => decoded,
            Ok(None) => return Err(RestoreErrorKind::Truncated),
            Err(_) => return Err(RestoreErrorKind::Altered),
        };
        let end = used.saturating_add(1);
        let sum = log
            .get(end..)
            .and_then(<[u8]>::first_chunk)
            .ok_or(RestoreErrorKind::Truncated)?;
        if u32::from_be_bytes(*sum) != checksum(log.get(..end).unwrap_or_default()) {
            return Err(RestoreErrorKind::Altered);
        }
        match Self::from_tagged(tag, packet) {
            Some(record) => Ok((record, end.saturating_add(sum.len()))),
            None => Err(RestoreErrorKind::Altered),
        }
    }
}

/// What the log keeps of a PUBLISH: no alias, which is its connection's.
const fn bare(publish: Publish<'_>) -> Packet<'_> {
    Packet::Publish(Publish {
        topic_alias: None,
        ..publish
    })
}

fn pending(publish: Publish<'_>) -> Packet<'_> {
    let qos = publish.delivery.qos();
    bare(Publish {
        delivery: first_delivery(qos, PacketId::new(1)),
        ..publish
    })
}

/// CRC-32 as of Ethernet, four bits at a time.
fn checksum(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 0 {
                crc >> 1
            } else {
                (crc >> 1) ^ POLYNOMIAL
            };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_crc_32() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum(b""), 0);
    }
}
