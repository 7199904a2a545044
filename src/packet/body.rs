//! The body of a packet, read field by field; every read says which field it is for.

use super::PacketId;
use super::error::{DecodeErrorKind, Fault, Field};
use crate::topic::{FilterFault, NameFault, TopicFilter, TopicName};
use crate::wire::text::{self, TextFault, TextFaultKind};
use crate::wire::to_usize;
use crate::wire::varint::{self, Varint};

/// What is left of a packet, or of a block within it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'a> {
    rest: &'a [u8],
    /// Offset, in the packet, of the end of `rest`.
    end: usize,
}

// Much of this is inlined for speed where there is a heap; a device has to save flash.
impl<'a> Body<'a> {
    /// `rest` ends where the packet does, at `end` bytes from its start.
    #[inline(always)]
    pub(crate) const fn new(rest: &'a [u8], end: usize) -> Self {
        Self { rest, end }
    }

    #[inline(always)]
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left, as it stands on the wire.
    #[inline(always)]
    pub(crate) const fn bytes(&self) -> &'a [u8] {
        self.rest
    }

    /// Offset in the packet of some bytes that are left.
    #[cold]
    pub(crate) fn offset_of(&self, part: &[u8]) -> usize {
        let after = part
            .as_ptr()
            .addr()
            .saturating_sub(self.rest.as_ptr().addr());
        self.end
            .saturating_sub(self.rest.len())
            .saturating_add(after)
    }

    /// A fault at the next byte.
    #[cold]
    pub(crate) const fn fault(&self, kind: DecodeErrorKind) -> Fault {
        self.fault_before(kind, 0)
    }

    /// A fault `back` bytes before the next one.
    #[cold]
    pub(crate) const fn fault_before(&self, kind: DecodeErrorKind, back: usize) -> Fault {
        Fault {
            kind,
            offset: self
                .end
                .saturating_sub(self.rest.len())
                .saturating_sub(back),
        }
    }

    #[inline(always)]
    fn take<const N: usize>(&mut self, field: Field) -> Result<[u8; N], Fault> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            return Err(self.fault(DecodeErrorKind::EndsBefore(field)));
        };
        self.rest = rest;
        Ok(*taken)
    }

    #[inline(always)]
    pub(crate) fn byte(&mut self, field: Field) -> Result<u8, Fault> {
        self.take(field).map(|[byte]| byte)
    }

    #[inline(always)]
    pub(crate) fn u16(&mut self, field: Field) -> Result<u16, Fault> {
        self.take(field).map(u16::from_be_bytes)
    }

    #[inline(always)]
    pub(crate) fn u32(&mut self, field: Field) -> Result<u32, Fault> {
        self.take(field).map(u32::from_be_bytes)
    }

    /// A Variable Byte Integer inside a packet, of which only MQTT 5 has any.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn varint(&mut self, field: Field) -> Result<u32, Fault> {
        let (value, used) = match varint::read(self.rest) {
            Varint::Value(value, used) => (value, used),
            Varint::Incomplete => return Err(self.fault(DecodeErrorKind::EndsBefore(field))),
            Varint::TooLong => return Err(self.fault(DecodeErrorKind::IntegerTooLong)),
        };
        // [MQTT-1.5.5-1] The fewest bytes that hold the value.
        if used != varint::len(value) {
            return Err(self.fault(DecodeErrorKind::IntegerNotMinimal));
        }
        self.rest = self.rest.get(used..).unwrap_or_default();
        Ok(value)
    }

    /// Exactly `len` bytes, to be read on their own.
    #[inline(always)]
    pub(crate) fn block(&mut self, len: usize, field: Field) -> Result<Body<'a>, Fault> {
        let Some((block, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.fault(DecodeErrorKind::EndsBefore(field)));
        };
        self.rest = rest;
        Ok(Body {
            rest: block,
            end: self.end.saturating_sub(rest.len()),
        })
    }

    /// A property block with its length in front.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn properties(&mut self) -> Result<Body<'a>, Fault> {
        // [5.0/MQTT-2.2.2-1] The length is there, if only to say 0.
        let len = self.varint(Field::PropertyLength)?;
        self.block(to_usize(len), Field::Properties)
    }

    /// The property block of a will.
    #[inline(always)]
    pub(crate) fn will_properties(&mut self) -> Result<Body<'a>, Fault> {
        let len = self.varint(Field::WillProperties)?;
        self.block(to_usize(len), Field::WillProperties)
    }

    /// Binary data with its length in front (1.5.6).
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn binary(&mut self, field: Field) -> Result<&'a [u8], Fault> {
        let len = self.u16(field)?;
        self.block(usize::from(len), field).map(|block| block.rest)
    }

    /// Text with its length in front (1.5.3 in 3.1.1, 1.5.4 in 5), still as bytes.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn text_bytes(&mut self, field: Field) -> Result<&'a [u8], Fault> {
        let bytes = self.binary(field)?;
        match text::check(bytes) {
            Ok(()) => Ok(bytes),
            Err(fault) => Err(self.text_fault(fault, field, bytes.len())),
        }
    }

    #[inline]
    pub(crate) fn text(&mut self, field: Field) -> Result<&'a str, Fault> {
        self.text_bytes(field).map(text::as_str)
    }

    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn topic_name(&mut self, field: Field) -> Result<TopicName<'a>, Fault> {
        let bytes = self.binary(field)?;
        match TopicName::from_wire(bytes) {
            Ok(name) => Ok(name),
            Err(fault) => Err(self.topic_fault(fault, field, bytes.len())),
        }
    }

    #[inline]
    pub(crate) fn topic_filter(&mut self, sharing: bool) -> Result<TopicFilter<'a>, Fault> {
        let bytes = self.binary(Field::TopicFilter)?;
        match TopicFilter::from_wire(bytes, sharing) {
            Ok(filter) => Ok(filter),
            Err(fault) => Err(self.topic_fault(fault, Field::TopicFilter, bytes.len())),
        }
    }

    #[cfg_attr(feature = "alloc", inline(always))]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, Fault> {
        let id = self.u16(Field::PacketIdentifier)?;
        // [3.1.1/MQTT-2.3.1-1] [5.0/MQTT-2.2.1-3] Never 0.
        match PacketId::new(id) {
            Some(id) => Ok(id),
            None => Err(self.fault_before(DecodeErrorKind::PacketIdZero, 2)),
        }
    }

    /// The packet ends here.
    #[inline(always)]
    pub(crate) fn end(&self) -> Result<(), Fault> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.fault(DecodeErrorKind::TrailingBytes))
        }
    }

    /// A fault within the text of `len` bytes that was just read.
    #[cold]
    fn text_fault(&self, fault: TextFault, field: Field, len: usize) -> Fault {
        let kind = match fault.kind {
            TextFaultKind::NotUtf8 => DecodeErrorKind::NotUtf8(field),
            TextFaultKind::Surrogate => DecodeErrorKind::Surrogate(field),
            TextFaultKind::Nul => DecodeErrorKind::Nul(field),
        };
        self.fault_before(kind, len.saturating_sub(fault.at))
    }

    #[cold]
    fn topic_fault(&self, fault: NameFault, field: Field, len: usize) -> Fault {
        match fault {
            FilterFault::Text(fault) => self.text_fault(fault, field, len),
            FilterFault::Topic(error) => self.fault_before(
                DecodeErrorKind::Topic(field, error.kind()),
                len.saturating_sub(error.at()),
            ),
        }
    }
}
