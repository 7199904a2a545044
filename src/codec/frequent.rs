//! A short way for the packets that make up nearly all traffic. It takes only what is whole and
//! right at the first look; all else goes the long way, which finds out what it is.

use super::rules::Rules;
use crate::packet::{Ack, Body, Packet, PacketId, Publish, Version, publish::Head};
use crate::wire::{header, to_usize};

/// Which packets may go the short way, by the rules of a decoder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frequent {
    /// A PUBLISH of 3.1 or 3.1.1.
    publishes: bool,
    /// PUBACK, PUBREC, PUBREL and PUBCOMP of Remaining Length 2: in MQTT 5 the short form.
    acks: bool,
    minimal_lengths: bool,
    max_packet_size: u32,
}

impl Frequent {
    /// None may.
    pub(super) const NONE: Self = Self {
        publishes: false,
        acks: false,
        minimal_lengths: true,
        max_packet_size: 0,
    };

    pub(super) const fn of(rules: &Rules) -> Self {
        let Some(version) = rules.version() else {
            return Self::NONE;
        };
        Self {
            publishes: !version.is_5() && !rules.refuse_discouraged,
            acks: rules.max_packet_size >= 4,
            minimal_lengths: rules.minimal_lengths,
            max_packet_size: rules.max_packet_size,
        }
    }

    /// The packet that `input` begins with and its length, if the short way suffices.
    #[inline(always)]
    pub(super) fn decode<'a>(&self, input: &'a [u8]) -> Option<(Packet<'a>, usize)> {
        let (&first, rest) = input.split_first()?;
        match first >> 4 {
            3 if self.publishes => self.publish(first, rest, input),
            4..=7 if self.acks => ack(input),
            _ => None,
        }
    }

    #[inline(always)]
    fn publish<'a>(&self, first: u8, rest: &[u8], input: &'a [u8]) -> Option<(Packet<'a>, usize)> {
        Publish::judge_flags(first).ok()?;
        let header = header::read(rest).ok().flatten()?;
        if header.packet_len > to_usize(self.max_packet_size)
            || (self.minimal_lengths && !header.is_minimal())
        {
            return None;
        }
        let body = input.get(header.len..header.packet_len)?;
        let mut body = Body::new(body, header.packet_len);
        // 3.1 and 3.1.1 have the same PUBLISH.
        let head = Head::decode(first, &mut body, Version::V3_1_1).ok()?;
        let publish = Publish {
            delivery: head.delivery,
            retain: head.retain,
            ..Publish::new(head.topic, body.bytes())
        };
        Some((Packet::Publish(publish), header.packet_len))
    }
}

#[inline(always)]
fn ack(input: &[u8]) -> Option<(Packet<'_>, usize)> {
    let [first, 2, high, low, ..] = *input else {
        return None;
    };
    let ack = Ack::new(PacketId::new(u16::from_be_bytes([high, low]))?);
    let packet = match first {
        0x40 => Packet::PubAck(ack),
        0x50 => Packet::PubRec(ack),
        0x62 => Packet::PubRel(ack),
        0x70 => Packet::PubComp(ack),
        _ => return None,
    };
    Some((packet, 4))
}
