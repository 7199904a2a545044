//! A short way for the packets that make up nearly all traffic. It takes only what is whole and
//! right at the first look; all else goes the long way, which finds out what it is.

use super::rules::Rules;
use crate::packet::{Ack, Body, Packet, PacketId, Publish, Version, publish::Head};
use crate::wire::header::{self, FixedHeader};
use crate::wire::to_usize;

/// Which packets may go the short way, by the rules of a decoder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frequent {
    /// The first bytes, as a set of bits, with which a PUBLISH of 3.1 or 3.1.1 may.
    publishes: u64,
    /// PUBACK, PUBREC, PUBREL and PUBCOMP of Remaining Length 2: in MQTT 5 the short form.
    acks: bool,
    max_packet_size: u32,
}

/// The first bytes that a PUBLISH can have: QoS 0 without DUP, QoS 1 and QoS 2.
const PUBLISHES: u64 = 1 << 0x30
    | 1 << 0x31
    | 1 << 0x32
    | 1 << 0x33
    | 1 << 0x34
    | 1 << 0x35
    | 1 << 0x3a
    | 1 << 0x3b
    | 1 << 0x3c
    | 1 << 0x3d;

impl Frequent {
    /// None may.
    pub(super) const NONE: Self = Self {
        publishes: 0,
        acks: false,
        max_packet_size: 0,
    };

    pub(super) const fn of(rules: &Rules) -> Self {
        let Some(version) = rules.version() else {
            return Self::NONE;
        };
        let publishes = !(version.is_5() || rules.refuse_discouraged || rules.minimal_lengths);
        Self {
            publishes: if publishes { PUBLISHES } else { 0 },
            acks: rules.max_packet_size >= 4,
            max_packet_size: rules.max_packet_size,
        }
    }

    /// The PUBLISH that `input` begins with and its length, if the short way suffices.
    #[inline(always)]
    pub(super) fn publish<'a>(&self, input: &'a [u8]) -> Option<(Publish<'a>, usize)> {
        let (first, header) = self.publish_header(input)?;
        let body = input.get(header.len..header.packet_len)?;
        let mut body = Body::new(body, header.packet_len);
        // 3.1 and 3.1.1 have the same PUBLISH.
        let head = Head::decode(first, &mut body, Version::V3_1_1).ok()?;
        let publish = Publish {
            delivery: head.delivery,
            retain: head.retain,
            ..Publish::new(head.topic, body.bytes())
        };
        Some((publish, header.packet_len))
    }

    /// First byte and lengths of a PUBLISH, when they are right.
    #[inline(always)]
    fn publish_header(&self, input: &[u8]) -> Option<(u8, FixedHeader)> {
        let (&first, rest) = input.split_first()?;
        let bit = 1_u64.checked_shl(first.into())?;
        if self.publishes & bit == 0 {
            return None;
        }
        let header = header::read(rest).ok().flatten()?;
        (header.packet_len <= to_usize(self.max_packet_size)).then_some((first, header))
    }

    /// The acknowledgement that `input` begins with, four bytes long, if the short way suffices.
    #[inline(always)]
    pub(super) fn ack<'a>(&self, input: &[u8]) -> Option<Packet<'a>> {
        let [first, 2, high, low, ..] = *input else {
            return None;
        };
        if !self.acks {
            return None;
        }
        let ack = Ack::new(PacketId::new(u16::from_be_bytes([high, low]))?);
        match first {
            0x40 => Some(Packet::PubAck(ack)),
            0x50 => Some(Packet::PubRec(ack)),
            0x62 => Some(Packet::PubRel(ack)),
            0x70 => Some(Packet::PubComp(ack)),
            _ => None,
        }
    }

    /// True when `input` is nothing but the beginning of a PUBLISH.
    #[inline]
    pub(super) fn is_torn(&self, input: &[u8]) -> bool {
        let header = self.publish_header(input);
        header.is_some_and(|(_, header)| input.len() < header.packet_len)
    }
}
