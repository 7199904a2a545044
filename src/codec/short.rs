//! A short way out for the packets that make up nearly all traffic. It takes only what can be
//! written at the first look; all else goes the long way, which finds out what it is.

use crate::packet::{Delivery, Packet, Publish, Version};
use crate::topic::TopicName;
use crate::wire::output::Output;
use crate::wire::{from_usize, to_usize, varint};

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

    /// Writes an acknowledgement, or a PUBLISH that has nothing that only MQTT 5 can say.
    #[inline(always)]
    pub(super) fn encode(
        &self,
        packet: &Packet<'_>,
        output: &mut (impl Output + ?Sized),
    ) -> Option<()> {
        if let Packet::Publish(publish) = packet {
            if !publish.is_bare() {
                return None;
            }
            return self.bare(
                publish.delivery,
                publish.retain,
                publish.topic,
                publish.payload,
                output,
            );
        }
        let ack = packet.as_short_ack()?;
        if !self.acks || !output.reserve(ack.len()) {
            return None;
        }
        output.put(&ack);
        Some(())
    }

    /// Writes a PUBLISH that consists of these.
    #[inline(always)]
    pub(super) fn bare(
        &self,
        delivery: Delivery,
        retain: bool,
        topic: TopicName<'_>,
        payload: &[u8],
        output: &mut (impl Output + ?Sized),
    ) -> Option<()> {
        let first = delivery.first_byte(retain);
        if first & self.not_in_3 != 0 {
            return self.bare_5(first, delivery, topic, payload, output);
        }
        self.put_head(first, delivery, topic, payload.len(), output)?;
        output.put(payload);
        Some(())
    }

    #[inline(never)]
    fn bare_5(
        &self,
        first: u8,
        delivery: Delivery,
        topic: TopicName<'_>,
        payload: &[u8],
        output: &mut (impl Output + ?Sized),
    ) -> Option<()> {
        if first & self.not_in_5 != 0 {
            return None;
        }
        self.put_head(
            first,
            delivery,
            topic,
            payload.len().wrapping_add(1),
            output,
        )?;
        // No properties.
        output.put(&[0]);
        output.put(payload);
        Some(())
    }

    /// Writes a PUBLISH of MQTT 5 whose properties are still those that it was read with.
    #[inline(never)]
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
        let block_len = u16::try_from(block.len()).ok()?.into();
        // A slice is not longer than `isize::MAX`, and all else is short: nothing wraps.
        let rest = block
            .len()
            .wrapping_add(varint::len(block_len))
            .wrapping_add(publish.payload.len());
        self.put_head(first, publish.delivery, publish.topic, rest, output)?;
        let [a, b, c, _] = varint::bytes(block_len);
        match block_len {
            0..=127 => output.put(&[a]),
            128..=16_383 => output.put(&[a, b]),
            _ => output.put(&[a, b, c]),
        }
        output.put(block);
        output.put(publish.payload);
        Some(())
    }

    /// Makes room for a PUBLISH, and puts all that stands before its properties; `rest` bytes
    /// follow.
    #[inline(always)]
    fn put_head(
        &self,
        first: u8,
        delivery: Delivery,
        topic: TopicName<'_>,
        rest: usize,
        output: &mut (impl Output + ?Sized),
    ) -> Option<()> {
        let bytes = topic.as_bytes();
        let id_len = match delivery {
            Delivery::AtMostOnce => 0,
            Delivery::AtLeastOnce { .. } | Delivery::ExactlyOnce { .. } => 2,
        };
        // No slice is longer than `isize::MAX`, and all but the payload are short: nothing wraps.
        let remaining_length = rest
            .wrapping_add(bytes.len())
            .wrapping_add(id_len)
            .wrapping_add(2);
        if bytes.is_empty() || remaining_length > to_usize(self.limit) {
            return None;
        }
        let [high, low] = topic.wire_len().to_be_bytes();
        let [a, b, ..] = varint::bytes(from_usize(remaining_length));
        match remaining_length {
            0..=127 => begin(&[first, a, high, low], remaining_length, output),
            128..=16_383 => begin(&[first, a, b, high, low], remaining_length, output),
            _ => begin_large(first, remaining_length, [high, low], output),
        }?;
        output.put(bytes);
        if let Some(packet_id) = delivery.packet_id() {
            output.put(&packet_id.get().to_be_bytes());
        }
        Some(())
    }
}

/// Makes room for a whole PUBLISH, and puts its fixed header and the length of its topic.
#[inline(always)]
fn begin<const N: usize>(
    head: &[u8; N],
    remaining_length: usize,
    output: &mut (impl Output + ?Sized),
) -> Option<()> {
    // The length of the topic is in both.
    if !output.reserve(remaining_length.wrapping_add(N).wrapping_sub(2)) {
        return None;
    }
    output.put(head);
    Some(())
}

/// For a Remaining Length of three or four bytes.
#[inline(never)]
fn begin_large(
    first: u8,
    remaining_length: usize,
    [high, low]: [u8; 2],
    output: &mut (impl Output + ?Sized),
) -> Option<()> {
    let [a, b, c, d] = varint::bytes(from_usize(remaining_length));
    match from_usize(remaining_length) {
        0..=2_097_151 => begin(&[first, a, b, c, high, low], remaining_length, output),
        _ => begin(&[first, a, b, c, d, high, low], remaining_length, output),
    }
}
