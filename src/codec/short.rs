//! A short way out for the packets that make up nearly all traffic. It takes only what can be
//! written at the first look; all else goes the long way, which finds out what it is.

use super::packet_len;
use crate::packet::{Packet, PacketId, Publish, Version};
use crate::wire::output::Output;
use crate::wire::sink::{Put, Sink};
use crate::wire::varint;

/// What goes the short way, by the rules of an encoder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Short {
    /// The largest Remaining Length of a packet that is surely not too large.
    limit: u32,
    acks: bool,
    /// The bits of its first byte with which a PUBLISH of 3.1 or 3.1.1 goes the long way.
    not_in_3: u8,
    /// The same of MQTT 5.
    not_in_5: u8,
}

impl Short {
    /// `judged` are the bits of a PUBLISH's first byte that may be refused.
    pub(super) const fn of(version: Version, max_packet_size: u32, judged: u8) -> Self {
        // The fixed header has at most five bytes.
        let limit = max_packet_size.saturating_sub(5);
        let (not_in_3, not_in_5) = if version.is_5() {
            (u8::MAX, judged)
        } else {
            (judged, u8::MAX)
        };
        Self {
            limit: if limit < varint::MAX {
                limit
            } else {
                varint::MAX
            },
            acks: max_packet_size >= 4,
            not_in_3,
            not_in_5,
        }
    }

    /// Writes an acknowledgement, or a PUBLISH of 3.1 or 3.1.1.
    #[inline(always)]
    pub(super) fn encode(
        &self,
        packet: &Packet<'_>,
        output: &mut (impl Output + ?Sized),
    ) -> Option<()> {
        if let Packet::Publish(publish) = packet {
            return self.publish_3(publish, output);
        }
        let ack = packet.as_short_ack()?;
        if !self.acks || !output.reserve(ack.len()) {
            return None;
        }
        output.put(&ack);
        Some(())
    }

    #[inline(always)]
    fn publish_3(&self, publish: &Publish<'_>, output: &mut (impl Output + ?Sized)) -> Option<()> {
        let first = publish.first_byte();
        if first & self.not_in_3 != 0 || !publish.is_bare() {
            return None;
        }
        let head = Head::of(publish, None, self.limit)?;
        if !output.reserve(head.packet_len) {
            return None;
        }
        head.put(first, publish, output);
        if let Some(packet_id) = head.packet_id {
            output.put(&packet_id.get().to_be_bytes());
        }
        output.put(publish.payload);
        Some(())
    }

    /// Writes a PUBLISH of MQTT 5 whose properties are absent, or still those that it was read
    /// with.
    #[inline]
    pub(super) fn publish_5(
        &self,
        publish: &Publish<'_>,
        output: &mut (impl Output + ?Sized),
    ) -> Option<()> {
        let first = publish.first_byte();
        if first & self.not_in_5 != 0 {
            return None;
        }
        let block = publish.block_as_read()?;
        let block_len = u16::try_from(block.len()).ok()?;
        let head = Head::of(publish, Some(block_len), self.limit)?;
        if !output.reserve(head.packet_len) {
            return None;
        }
        let mut sink = Put::new(output);
        sink.byte(first);
        sink.varint(head.remaining_length);
        sink.u16(head.topic_len);
        sink.put(publish.topic.as_bytes());
        if let Some(packet_id) = head.packet_id {
            sink.u16(packet_id.get());
        }
        sink.varint(block_len.into());
        sink.put(block);
        sink.put(publish.payload);
        sink.flush();
        Some(())
    }
}

/// The lengths in a PUBLISH, and what stands about its topic.
struct Head {
    remaining_length: u32,
    topic_len: u16,
    packet_id: Option<PacketId>,
    packet_len: usize,
}

impl Head {
    /// `None` where there is no topic, or more than `limit` lets through.
    #[inline(always)]
    fn of(publish: &Publish<'_>, block_len: Option<u16>, limit: u32) -> Option<Self> {
        let topic = publish.topic.as_bytes();
        let topic_len = u16::try_from(topic.len()).ok()?;
        let packet_id = publish.delivery.packet_id();
        let id_len = if packet_id.is_some() { 2 } else { 0 };
        let properties = match block_len.map(u32::from) {
            Some(len) => varint_len(len).saturating_add(len),
            None => 0,
        };
        // None of these sums saturates.
        let before_payload = u32::from(topic_len)
            .saturating_add(properties)
            .saturating_add(id_len)
            .saturating_add(2);
        let payload_len = u32::try_from(publish.payload.len()).ok()?;
        let remaining_length = u64::from(payload_len).saturating_add(before_payload.into());
        if topic_len == 0 || remaining_length > limit.into() {
            return None;
        }
        let remaining_length = u32::try_from(remaining_length).ok()?;
        Some(Self {
            remaining_length,
            topic_len,
            packet_id,
            packet_len: packet_len(remaining_length),
        })
    }

    /// Puts all up to the topic.
    #[inline(always)]
    fn put(&self, first: u8, publish: &Publish<'_>, output: &mut (impl Output + ?Sized)) {
        let [a, b, c, d] = varint::bytes(self.remaining_length);
        let [high, low] = self.topic_len.to_be_bytes();
        match varint::len(self.remaining_length) {
            1 => output.put(&[first, a, high, low]),
            2 => output.put(&[first, a, b, high, low]),
            3 => output.put(&[first, a, b, c, high, low]),
            _ => output.put(&[first, a, b, c, d, high, low]),
        }
        output.put(publish.topic.as_bytes());
    }
}

/// Bytes of the length of a property block.
#[inline(always)]
const fn varint_len(block_len: u32) -> u32 {
    match block_len {
        0..=127 => 1,
        128..=16_383 => 2,
        _ => 3,
    }
}
