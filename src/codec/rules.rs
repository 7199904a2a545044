//! What a decoder lets in: a packet is judged on its fixed header before a byte of its body is
//! awaited, and on what depends on version and role once it is read.

use super::aliases::Aliases;
use crate::packet::{
    Body, DecodeError, DecodeErrorKind, Fault, Foreign, Packet, PacketType, PropertyId, Publish,
    Role, Version, connect_version,
};
use crate::wire::header::{self, FixedHeader};
use crate::wire::to_usize;

#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// `None` until a CONNECT tells.
    version: Option<Version>,
    /// Who sends the bytes, where that is known.
    sender: Option<Role>,
    /// The types that version and sender let in, as a set of bits.
    expected: u16,
    pub(super) observing: bool,
    pub(super) max_packet_size: u32,
    pub(super) max_connect_size: u32,
    pub(super) minimal_lengths: bool,
    pub(super) refuse_discouraged: bool,
}

/// The largest packet there is: a fixed header of 5 bytes and 268,435,455 more.
const LARGEST_PACKET: u32 = 268_435_460;

impl Rules {
    pub(super) const fn new(version: Option<Version>, sender: Option<Role>) -> Self {
        Self {
            version,
            sender,
            expected: PacketType::expected(version, sender),
            observing: false,
            max_packet_size: LARGEST_PACKET,
            max_connect_size: 100_000,
            minimal_lengths: false,
            refuse_discouraged: false,
        }
    }

    pub(super) const fn version(&self) -> Option<Version> {
        self.version
    }

    pub(super) const fn set_version(&mut self, version: Version) {
        self.version = Some(version);
        self.expected = PacketType::expected(self.version, self.sender);
    }

    pub(super) const fn set_sender(&mut self, sender: Role) {
        self.sender = Some(sender);
        self.expected = PacketType::expected(self.version, self.sender);
    }

    /// The first packet of `input` and its length; `None` when it is not all there.
    #[inline]
    pub(super) fn decode<'a>(
        &mut self,
        aliases: &'a mut Aliases,
        input: &'a [u8],
    ) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
        let Some((packet_type, header)) = self.header(input)? else {
            return Ok(None);
        };
        let (len, first) = (
            header.packet_len,
            input.first().copied().unwrap_or_default(),
        );
        let Some(body) = input.get(header.len..len) else {
            return Ok(None);
        };
        let body = Body::new(body, len);
        let decoded = match (packet_type, self.version) {
            (PacketType::Publish, Some(version)) => self
                .publish(aliases, first, body, version)
                .map(Packet::Publish),
            _ => self.rare(packet_type, first, header.is_minimal(), body),
        };
        match decoded {
            Ok(packet) => Ok(Some((packet, len))),
            Err(fault) => Err(self.error(packet_type, fault)),
        }
    }

    /// Type and lengths of the packet that `input` begins with, judged; `None` when its fixed
    /// header is not all there.
    #[cfg_attr(feature = "alloc", inline(always))]
    pub(super) fn header(
        &self,
        input: &[u8],
    ) -> Result<Option<(PacketType, FixedHeader)>, DecodeError> {
        let Some((&first, rest)) = input.split_first() else {
            return Ok(None);
        };
        let packet_type = match self.first_byte(first) {
            Ok(packet_type) => packet_type,
            Err(kind) => return Err(self.header_error(first, kind, 0)),
        };
        let header = match header::read(rest) {
            Ok(Some(header)) => header,
            Ok(None) => return Ok(None),
            Err(header::LengthTooLong) => {
                return Err(self.header_error(first, DecodeErrorKind::IntegerTooLong, 1));
            }
        };
        match self.length(packet_type, header) {
            Ok(()) => Ok(Some((packet_type, header))),
            Err(kind) => Err(self.header_error(first, kind, 1)),
        }
    }

    /// Type, flags and direction.
    #[inline(always)]
    fn first_byte(&self, first: u8) -> Result<PacketType, DecodeErrorKind> {
        let Some(packet_type) = PacketType::from_first_byte(first) else {
            return Err(DecodeErrorKind::ReservedPacketType);
        };
        let expected = self.expected & packet_type.bit() != 0;
        match packet_type {
            PacketType::Publish if expected => Publish::judge_flags(first).map(|()| packet_type),
            _ if expected && first == packet_type.first_byte() => Ok(packet_type),
            _ => self.unexpected(first, packet_type),
        }
    }

    /// Why a first byte is none that is expected; 3.1's DUP is.
    #[cold]
    fn unexpected(
        &self,
        first: u8,
        packet_type: PacketType,
    ) -> Result<PacketType, DecodeErrorKind> {
        let version = match self.version {
            Some(version) => version,
            None if packet_type == PacketType::Connect => Version::V5,
            // [3.1.1/MQTT-3.1.0-1] [5.0/MQTT-3.1.0-1] CONNECT comes first.
            None if self.awaits_connect() => return Err(DecodeErrorKind::ConnectExpected),
            None => return Err(DecodeErrorKind::VersionUnknown),
        };
        if packet_type == PacketType::Auth && !version.is_5() {
            return Err(DecodeErrorKind::ReservedPacketType);
        }
        // [3.1.1/MQTT-3.14.1-1] [5.0/MQTT-3.14.1-1] [5.0/MQTT-3.15.1-1]
        // [3.1.1/MQTT-2.2.2-2] [5.0/MQTT-2.1.3-1] Reserved flags have their prescribed values.
        if (first ^ packet_type.first_byte()) & !packet_type.free_flags(version) != 0 {
            return Err(DecodeErrorKind::ReservedFlags);
        }
        match self.sender {
            Some(sender) if !packet_type.is_sent_by(sender, version) => {
                Err(DecodeErrorKind::WrongDirection(sender))
            }
            _ => Ok(packet_type),
        }
    }

    /// A server that has not read a CONNECT yet.
    const fn awaits_connect(&self) -> bool {
        self.version.is_none() && matches!(self.sender, Some(Role::Client)) && !self.observing
    }

    /// Sizes.
    #[inline(always)]
    fn length(&self, packet_type: PacketType, header: FixedHeader) -> Result<(), DecodeErrorKind> {
        let size = header.packet_len;
        if size > to_usize(self.max_packet_size) {
            let maximum = self.max_packet_size;
            return Err(DecodeErrorKind::PacketTooLarge { size, maximum });
        }
        // [5.0/MQTT-1.5.5-1] The fewest bytes; 3.x has no such rule.
        if !header.is_minimal() && (self.minimal_lengths || self.version == Some(Version::V5)) {
            return Err(DecodeErrorKind::IntegerNotMinimal);
        }
        match packet_type {
            PacketType::Publish => Ok(()),
            _ if header.remaining_length() <= 2 => Ok(()),
            _ => self.rare_length(packet_type, header),
        }
    }

    #[inline(never)]
    fn rare_length(
        &self,
        packet_type: PacketType,
        header: FixedHeader,
    ) -> Result<(), DecodeErrorKind> {
        let (size, maximum) = (header.packet_len, self.max_connect_size);
        if self.awaits_connect() && size > to_usize(maximum) {
            return Err(DecodeErrorKind::ConnectTooLarge { size, maximum });
        }
        // Bytes that cannot be right are not waited for.
        match packet_type.fixed_length(self.version.unwrap_or_default()) {
            Some(len) if header.remaining_length() > len => Err(DecodeErrorKind::TrailingBytes),
            _ => Ok(()),
        }
    }

    /// A PUBLISH.
    #[inline]
    pub(super) fn publish<'a>(
        &self,
        aliases: &'a mut Aliases,
        first: u8,
        body: Body<'a>,
        version: Version,
    ) -> Result<Publish<'a>, Fault> {
        let mut publish = Publish::decode(first, body, version)?;
        if self.refuse_discouraged {
            judge_text(&Packet::Publish(publish), body)?;
        }
        if version.is_5() {
            if let Some(foreign) = self.sender.and_then(|sender| publish.foreign_to(sender)) {
                let id = PropertyId::SUBSCRIPTION_IDENTIFIER;
                return Err(publish.fault_at(id, body, kind_of(foreign)));
            }
            if let (Some(alias), false) = (publish.topic_alias, self.observing) {
                publish.topic_alias = None;
                match aliases.resolve(alias, publish.topic) {
                    Ok(topic) => publish.topic = topic,
                    Err(kind) => return Err(publish.fault_at(PropertyId::TOPIC_ALIAS, body, kind)),
                }
            }
        }
        Ok(publish)
    }

    /// Any packet but a PUBLISH.
    #[inline]
    pub(super) fn rare<'a>(
        &mut self,
        packet_type: PacketType,
        first: u8,
        minimal: bool,
        mut body: Body<'a>,
    ) -> Result<Packet<'a>, Fault> {
        let version = match (packet_type, self.version) {
            (PacketType::Connect, _) => self.connect_version(&mut body, minimal)?,
            (_, Some(version)) => version,
            (_, None) => return Err(body.fault(DecodeErrorKind::VersionUnknown)),
        };
        let packet = Packet::decode(packet_type, first, body, version)?;
        if self.refuse_discouraged {
            judge_text(&packet, body)?;
        }
        match self.sender.and_then(|sender| packet.foreign_to(sender)) {
            Some(foreign) => Err(body.fault(kind_of(foreign))),
            None => Ok(packet),
        }
    }

    /// A CONNECT is read by its own protocol level, and the first one tells the version. A later
    /// one of another version is for a server's connection to refuse, and refused here elsewhere.
    fn connect_version(&mut self, body: &mut Body<'_>, minimal: bool) -> Result<Version, Fault> {
        let serving = self.sender == Some(Role::Client) && !self.observing;
        let accepted = self.version.filter(|_| !serving);
        let version = connect_version(body, accepted)?;
        if self.version.is_none() {
            self.set_version(version);
        }
        // [5.0/MQTT-1.5.5-1] Only now is it known that the rule holds.
        if version.is_5() && !minimal {
            return Err(Fault {
                kind: DecodeErrorKind::IntegerNotMinimal,
                offset: 1,
            });
        }
        Ok(version)
    }

    #[cold]
    #[inline(never)]
    fn header_error(&self, first: u8, kind: DecodeErrorKind, offset: usize) -> DecodeError {
        DecodeError {
            kind,
            packet_type: PacketType::from_first_byte(first),
            version: self.version,
            sender: self.sender,
            offset,
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn error(&self, packet_type: PacketType, fault: Fault) -> DecodeError {
        DecodeError {
            kind: fault.kind,
            packet_type: Some(packet_type),
            version: self.version,
            sender: self.sender,
            offset: fault.offset,
        }
    }
}

/// `body` holds the packet's text.
#[cold]
fn judge_text(packet: &Packet<'_>, body: Body<'_>) -> Result<(), Fault> {
    match packet.discouraged_text() {
        Some((field, text)) => Err(Fault {
            kind: DecodeErrorKind::DiscouragedCharacter(field),
            offset: body.offset_of(text.as_bytes()),
        }),
        None => Ok(()),
    }
}

const fn kind_of(foreign: Foreign) -> DecodeErrorKind {
    match foreign {
        Foreign::Property(id) => DecodeErrorKind::PropertyOfOtherRole(id),
        Foreign::Reason(reason) => DecodeErrorKind::ReasonCodeOfOtherRole(reason),
    }
}
