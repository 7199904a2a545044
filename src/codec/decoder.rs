use super::aliases::Aliases;
use super::frequent::Frequent;
use super::rules::Rules;
use crate::packet::{DecodeError, Packet, Role, Version};

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
    /// Follows from `rules`, and lets nothing through once `failed` is set.
    frequent: Frequent,
    aliases: Aliases,
    failed: Option<DecodeError>,
}

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
    /// The version is the CONNECT's; for the direction without one
    /// [`set_version`](Self::set_version) tells it.
    #[doc(alias = "sniffer")]
    pub const fn observer() -> Self {
        let mut decoder = Self::with(None, None);
        decoder.rules.observing = true;
        decoder
    }

    const fn with(version: Option<Version>, sender: Option<Role>) -> Self {
        let rules = Rules::new(version, sender);
        Self {
            frequent: Frequent::of(&rules),
            rules,
            aliases: Aliases::new(),
            failed: None,
        }
    }

    /// To be called after each change of the rules.
    const fn rules_changed(&mut self) {
        if self.failed.is_none() {
            self.frequent = Frequent::of(&self.rules);
        }
    }

    /// Says who sends the bytes, for an observer that knows: what that role may
    /// not send is refused.
    #[must_use]
    pub const fn with_sender(mut self, sender: Role) -> Self {
        self.rules.set_sender(sender);
        self
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
        self.rules_changed();
        self
    }

    /// Refuses text with control characters (U+0001 to U+001F, U+007F to
    /// U+009F) or Unicode non-characters, which the standard discourages (1.5.3
    /// in 3.1.1, 1.5.4 in 5).
    #[must_use]
    pub const fn refuse_discouraged_characters(mut self) -> Self {
        self.rules.refuse_discouraged = true;
        self.rules_changed();
        self
    }

    /// The version in use, `None` before a CONNECT told it.
    pub const fn version(&self) -> Option<Version> {
        self.rules.version()
    }

    /// Tells the version, in place of a CONNECT; one that comes after all has to
    /// be of this version, but to a server, where that is the connection's affair.
    pub const fn set_version(&mut self, version: Version) {
        self.rules.set_version(version);
        self.rules_changed();
    }

    /// As [`with_max_packet_size`](Self::with_max_packet_size), for a limit
    /// that is agreed later.
    pub const fn set_max_packet_size(&mut self, bytes: u32) {
        self.rules.max_packet_size = bytes;
        self.rules_changed();
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
            .map(|(_, header)| header.packet_len)
            .filter(|&len| len <= input.len()))
    }

    /// How many bytes more than `input` the next packet needs at the least; 0
    /// when it is there or refused.
    pub fn needed(&self, input: &[u8]) -> usize {
        if self.failed.is_some() {
            return 0;
        }
        match self.rules.header(input) {
            Ok(Some((_, header))) => header.packet_len.saturating_sub(input.len()),
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
    #[inline(always)]
    pub fn decode<'a>(
        &'a mut self,
        input: &'a [u8],
    ) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
        if let Some((publish, used)) = self.frequent.publish(input) {
            return Ok(Some((Packet::Publish(publish), used)));
        }
        if let Some(packet) = self.frequent.ack(input) {
            return Ok(Some((packet, 4)));
        }
        // As a loop ends that takes all packets there are.
        if input.is_empty() && self.failed.is_none() {
            return Ok(None);
        }
        self.decode_closely(input)
    }

    #[inline(never)]
    fn decode_closely<'a>(
        &'a mut self,
        input: &'a [u8],
    ) -> Result<Option<(Packet<'a>, usize)>, DecodeError> {
        if self.frequent.is_torn(input) {
            return Ok(None);
        }
        let Self {
            rules,
            frequent,
            aliases,
            failed,
        } = self;
        if let Some(error) = *failed {
            return Err(error);
        }
        let version = rules.version();
        let decoded = rules.decode(aliases, input);
        match &decoded {
            // A CONNECT has told it.
            Ok(_) if rules.version() != version => *frequent = Frequent::of(rules),
            Ok(_) => {}
            Err(error) => {
                *failed = Some(*error);
                *frequent = Frequent::NONE;
            }
        }
        decoded
    }
}
