use super::aliases::Aliases;
use crate::packet::{
    Body, Connect, DecodeError, DecodeErrorKind, Fault, Packet, PacketType, Publish, Role, Version,
};
use crate::wire::header::{self, FixedHeader};

/// Bytes of one direction of a connection into packets.
///
/// The caller owns the bytes: it passes what it has, gets the first packet and
/// its length, and drops that many bytes when it is done with the packet, which
/// borrows from them. Decoding allocates nothing but what a Topic Alias stands
/// for. A decoder serves one connection; a new connection needs a new one.
///
/// ```
/// use puremqtt::{Decoder, Packet, Version};
///
/// let mut decoder = Decoder::new(Version::V3_1_1);
/// let mut input: &[u8] = b"\x30\x04\x00\x01ax\xc0\x00\xd0";
/// while let Some((packet, used)) = decoder.decode(input)? {
///     match packet {
///         Packet::Publish(publish) => assert_eq!(publish.payload, b"x"),
///         other => assert_eq!(other, Packet::PingReq),
///     }
///     input = &input[used..];
/// }
/// assert_eq!(decoder.needed(input), 1);
/// # Ok::<(), puremqtt::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    rules: Rules,
    aliases: Aliases,
    failed: Option<DecodeError>,
}

/// What is let in.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// `None` until a CONNECT tells.
    version: Option<Version>,
    /// Who sends the bytes, where that is known.
    sender: Option<Role>,
    observing: bool,
    max_packet_size: u32,
    max_connect_size: u32,
    minimal_lengths: bool,
    refuse_discouraged: bool,
}

/// The largest packet there is: a fixed header of 5 bytes and 268,435,455 more.
const LARGEST_PACKET: u32 = 268_435_460;

impl Decoder {
    /// Reads packets of `version` from either role; Topic Aliases are resolved
    /// once [`with_topic_alias_maximum`](Self::with_topic_alias_maximum) lets
    /// them in.
    pub const fn new(version: Version) -> Self {
        Self::with(Some(version), None)
    }

    /// A client's: reads what a server of `version` sends.
    pub const fn client(version: Version) -> Self {
        Self::with(Some(version), Some(Role::Server))
    }

    /// A server's: reads what a client sends. The version is the CONNECT's;
    /// until one came nothing else is let in, and that below
    /// [a limit of its own](Self::with_max_connect_size).
    pub const fn server() -> Self {
        Self::with(None, Some(Role::Client))
    }

    /// A bystander's: reads either direction and leaves Topic Aliases as they
    /// came, so a PUBLISH may have an empty topic and an alias nobody knows.
    /// The version is that of each CONNECT; for the direction without one
    /// [`set_version`](Self::set_version) tells it.
    #[doc(alias = "sniffer")]
    pub const fn observer() -> Self {
        let mut decoder = Self::with(None, None);
        decoder.rules.observing = true;
        decoder
    }

    const fn with(version: Option<Version>, sender: Option<Role>) -> Self {
        let rules = Rules {
            version,
            sender,
            observing: false,
            max_packet_size: LARGEST_PACKET,
            max_connect_size: 100_000,
            minimal_lengths: false,
            refuse_discouraged: false,
        };
        Self {
            rules,
            aliases: Aliases::new(),
            failed: None,
        }
    }

    /// Lets in packets of at most `bytes`, their fixed header included, judged
    /// as soon as that is there; without it as large as MQTT can say.
    #[must_use]
    pub const fn with_max_packet_size(mut self, bytes: u32) -> Self {
        self.set_max_packet_size(bytes);
        self
    }

    /// Lets a server's decoder read a CONNECT of at most `bytes`; without it
    /// 100,000. The general limit holds as well.
    #[must_use]
    pub const fn with_max_connect_size(mut self, bytes: u32) -> Self {
        self.rules.max_connect_size = bytes;
        self
    }

    /// Lets in Topic Aliases from 1 to `maximum`, which is what the peer was
    /// told (3.1.2.11.5, 3.2.2.3.8); without it none.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn with_topic_alias_maximum(mut self, maximum: u16) -> Self {
        self.set_topic_alias_maximum(maximum);
        self
    }

    /// Keeps at most `bytes` of topics for Topic Aliases; without it 1 MiB. A
    /// peer that needs more is refused with Quota exceeded, though it keeps to
    /// the standard: 65,535 bytes for each alias suffice for everyone.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn with_topic_alias_bytes(mut self, bytes: usize) -> Self {
        self.aliases.set_limit(bytes);
        self
    }

    /// Refuses, in 3.1 and 3.1.1 too, a Remaining Length of more bytes than it
    /// needs, which only MQTT 5 forbids [5.0/MQTT-1.5.5-1].
    #[must_use]
    pub const fn refuse_long_lengths(mut self) -> Self {
        self.rules.minimal_lengths = true;
        self
    }

    /// Refuses text with control characters (U+0001 to U+001F, U+007F to
    /// U+009F) or Unicode non-characters, which the standard discourages (1.5.3
    /// in 3.1.1, 1.5.4 in 5).
    #[must_use]
    pub const fn refuse_discouraged_characters(mut self) -> Self {
        self.rules.refuse_discouraged = true;
        self
    }

    /// The version in use, `None` before a CONNECT told it.
    pub const fn version(&self) -> Option<Version> {
        self.rules.version
    }

    /// Tells the version, in place of a CONNECT.
    pub const fn set_version(&mut self, version: Version) {
        self.rules.version = Some(version);
    }

    /// As [`with_max_packet_size`](Self::with_max_packet_size), for a limit
    /// that is agreed later.
    pub const fn set_max_packet_size(&mut self, bytes: u32) {
        self.rules.max_packet_size = bytes;
    }

    /// As [`with_topic_alias_maximum`](Self::with_topic_alias_maximum), for a
    /// maximum that is announced later.
    #[cfg(feature = "alloc")]
    pub const fn set_topic_alias_maximum(&mut self, maximum: u16) {
        self.aliases.set_maximum(maximum);
    }

    /// The length in bytes of the first packet, when all of it is there.
    ///
    /// Looks at the fixed header alone, judges type, flags and size, and keeps
    /// nothing: for callers that keep a whole frame as `Bytes` and then
    /// [`decode`](Self::decode) it.
    ///
    /// # Errors
    /// As `decode`, for what the fixed header shows.
    pub fn frame_len(&self, input: &[u8]) -> Result<Option<usize>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let header = self.rules.header(input)?;
        Ok(header
            .map(|(header, _)| header.packet_len())
            .filter(|&len| len <= input.len()))
    }

    /// How many bytes more than `input` the next packet needs at the least; 0
    /// when it is there or refused.
    pub fn needed(&self, input: &[u8]) -> usize {
        if self.failed.is_some() {
            return 0;
        }
        match self.rules.header(input) {
            Ok(Some((header, _))) => header.packet_len().saturating_sub(input.len()),
            // A fixed header has at least two bytes.
            Ok(None) => 2_usize.saturating_sub(input.len()).max(1),
            Err(_) => 0,
        }
    }

    /// The first packet of `input` and its length in bytes; `None` when it is
    /// not all there.
    ///
    /// Incomplete input costs no more than a look at its fixed header, however
    /// often it is offered.
    ///
    /// # Errors
    /// The bytes are no MQTT, or beyond a limit: nothing after them can be
    /// understood, so a decoder that has failed once goes on failing with the
    /// same error.
    #[inline]
    pub fn decode<'a>(
        &'a mut self,
        input: &'a [u8],
    ) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
        let Self {
            rules,
            aliases,
            failed,
        } = self;
        if let Some(error) = *failed {
            return Err(error);
        }
        let (header, packet_type) = match rules.header(input) {
            Ok(Some(judged)) => judged,
            Ok(None) => return Ok(None),
            Err(error) => return Err(*failed.insert(error)),
        };
        let len = header.packet_len();
        let Some(body) = input.get(header.len..len) else {
            return Ok(None);
        };
        let body = Body::new(body, len);
        // A PUBLISH is built in its place, the others come by way of a call.
        let fault = match (packet_type, rules.version) {
            (PacketType::Publish, Some(version)) => {
                match rules.publish(aliases, header.first, body, version) {
                    Ok(publish) => return Ok(Some((Packet::Publish(publish), len))),
                    Err(fault) => fault,
                }
            }
            _ => match rules.other(packet_type, header.first, body) {
                Ok(packet) => return Ok(Some((packet, len))),
                Err(fault) => fault,
            },
        };
        Err(*failed.insert(rules.error(packet_type, fault)))
    }
}

impl Rules {
    #[inline(always)]
    fn publish<'a>(
        &self,
        aliases: &'a mut Aliases,
        first: u8,
        body: Body<'a>,
        version: Version,
    ) -> Result<Publish<'a>, Fault> {
        let mut publish = Publish::decode(first, body, version)?;
        if self.refuse_discouraged {
            judge_text(&Packet::Publish(publish))?;
        }
        if version.is_5() {
            // [MQTT-3.3.4-6] Subscription Identifiers come from servers.
            if self.sender == Some(Role::Client) && !publish.subscription_identifiers.is_empty() {
                return Err(body.fault(DecodeErrorKind::SubscriptionIdentifierFromClient));
            }
            if let (Some(alias), false) = (publish.topic_alias, self.observing) {
                publish.topic_alias = None;
                match aliases.resolve(alias, publish.topic) {
                    Ok(topic) => publish.topic = topic,
                    Err(kind) => return Err(body.fault(kind)),
                }
            }
        }
        Ok(publish)
    }

    /// Any packet but a PUBLISH.
    #[inline(never)]
    fn other<'a>(
        &mut self,
        packet_type: PacketType,
        first: u8,
        body: Body<'a>,
    ) -> Result<Packet<'a>, Fault> {
        let packet = match (packet_type, self.version) {
            (PacketType::Connect, _) => self.connect(body)?,
            (_, Some(version)) => Packet::decode(packet_type, first, body, version)?,
            (_, None) => return Err(body.fault(DecodeErrorKind::VersionUnknown)),
        };
        if self.refuse_discouraged {
            judge_text(&packet)?;
        }
        Ok(packet)
    }

    /// A CONNECT is read by its own protocol level. A server and an observer
    /// take any, the others their own; a version once told stays.
    fn connect<'a>(&mut self, body: Body<'a>) -> Result<Packet<'a>, Fault> {
        let free = self.observing || self.sender == Some(Role::Client);
        let accepted = if free { None } else { self.version };
        let mut version = None;
        let connect = Connect::decode(body, accepted, &mut version);
        if self.version.is_none() || self.observing {
            self.version = version.or(self.version);
        }
        connect.map(Packet::Connect)
    }

    /// The fixed header, judged; `None` when it is not all there.
    #[inline(always)]
    fn header(&self, input: &[u8]) -> Result<Option<(FixedHeader, PacketType)>, DecodeError> {
        let Some(&first) = input.first() else {
            return Ok(None);
        };
        let packet_type = match self.first_byte(first) {
            Ok(packet_type) => packet_type,
            Err(kind) => return Err(self.header_error(first, kind, 0)),
        };
        let header = match header::read(input) {
            Ok(Some(header)) => header,
            Ok(None) => return Ok(None),
            Err(header::LengthTooLong) => {
                return Err(self.header_error(first, DecodeErrorKind::IntegerTooLong, 1));
            }
        };
        match self.length(header) {
            Ok(()) => Ok(Some((header, packet_type))),
            Err(kind) => Err(self.header_error(first, kind, 1)),
        }
    }

    /// Type, flags and direction.
    #[inline(always)]
    fn first_byte(&self, first: u8) -> Result<PacketType, DecodeErrorKind> {
        let packet_type =
            PacketType::from_first_byte(first).ok_or(DecodeErrorKind::ReservedPacketType)?;
        if matches!(packet_type, PacketType::Publish) && self.version.is_some() {
            return Ok(packet_type);
        }
        self.first_byte_closely(first, packet_type)
    }

    #[inline(never)]
    fn first_byte_closely(
        &self,
        first: u8,
        packet_type: PacketType,
    ) -> Result<PacketType, DecodeErrorKind> {
        if self.version.is_none() && packet_type != PacketType::Connect {
            // [3.1.1/MQTT-3.1.0-1] [5.0/MQTT-3.1.0-1] CONNECT comes first.
            let server = self.sender == Some(Role::Client);
            return Err(if server {
                DecodeErrorKind::ConnectExpected
            } else {
                DecodeErrorKind::VersionUnknown
            });
        }
        let version = self.version.unwrap_or_default();
        if packet_type == PacketType::Auth && !version.is_5() {
            return Err(DecodeErrorKind::ReservedPacketType);
        }
        // [3.1.1/MQTT-2.2.2-2] [5.0/MQTT-2.1.3-1] Reserved flags have their prescribed values.
        if (first ^ packet_type.first_byte()) & !packet_type.free_flags(version) != 0 {
            return Err(DecodeErrorKind::ReservedFlags);
        }
        let may_send = match self.sender {
            Some(Role::Client) => packet_type.is_from_client(version),
            Some(Role::Server) => packet_type.is_from_server(version),
            None => true,
        };
        if may_send {
            Ok(packet_type)
        } else {
            Err(DecodeErrorKind::WrongDirection)
        }
    }

    /// Sizes, before a byte of the body is awaited.
    #[inline(always)]
    fn length(&self, header: FixedHeader) -> Result<(), DecodeErrorKind> {
        // [5.0/MQTT-1.5.5-1] The fewest bytes; 3.x has no such rule.
        let minimal = self.minimal_lengths || self.version == Some(Version::V5);
        if minimal && !header.is_minimal() {
            return Err(DecodeErrorKind::IntegerNotMinimal);
        }
        let size = header.packet_len();
        let before_connect = self.version.is_none() && self.sender == Some(Role::Client);
        let maximum = if before_connect {
            self.max_packet_size.min(self.max_connect_size)
        } else {
            self.max_packet_size
        };
        if size > crate::wire::to_usize(maximum) {
            return Err(DecodeErrorKind::PacketTooLarge { size, maximum });
        }
        Ok(())
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
    fn error(&self, packet_type: PacketType, fault: Fault) -> DecodeError {
        DecodeError {
            kind: fault.kind,
            packet_type: Some(packet_type),
            version: self.version,
            sender: self.sender,
            offset: fault.offset,
        }
    }
}

#[cold]
fn judge_text(packet: &Packet<'_>) -> Result<(), Fault> {
    match packet.discouraged_text() {
        Some(field) => Err(Fault {
            kind: DecodeErrorKind::DiscouragedCharacter(field),
            offset: 0,
        }),
        None => Ok(()),
    }
}
