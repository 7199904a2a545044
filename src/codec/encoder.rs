use crate::packet::{Encode, EncodeError, Foreign, Packet, Publish, Role, Version, encoded_len};
use crate::wire::output::Output;
use crate::wire::sink::{Put, Sink};
use crate::wire::{to_usize, varint};

/// Packets into bytes of one direction of a connection.
///
/// Strict: what the version cannot say is an error, not dropped
/// ([`Packet::for_version`] drops it). The shortest form is written.
///
/// ```
/// use puremqtt::{Encoder, Publish, TopicName, Version};
///
/// let mut wire = Vec::new();
/// let mut encoder = Encoder::new(Version::V5);
/// encoder.encode(Publish::new(TopicName::literal("a"), b"x"), &mut wire)?;
/// assert_eq!(wire, b"\x30\x05\x00\x01a\x00x");
/// # Ok::<(), puremqtt::EncodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder {
    version: Version,
    role: Option<Role>,
    max_packet_size: u32,
    topic_alias_maximum: u16,
}

impl Encoder {
    /// Writes packets of `version` for either role.
    pub const fn new(version: Version) -> Self {
        Self {
            version,
            role: None,
            max_packet_size: u32::MAX,
            topic_alias_maximum: 0,
        }
    }

    /// A client's: refuses what only servers send.
    pub const fn client(version: Version) -> Self {
        Self {
            role: Some(Role::Client),
            ..Self::new(version)
        }
    }

    /// A server's: refuses what only clients send.
    pub const fn server(version: Version) -> Self {
        Self {
            role: Some(Role::Server),
            ..Self::new(version)
        }
    }

    /// Writes packets of at most `bytes`, their fixed header included: the
    /// peer's Maximum Packet Size (3.1.2.11.4, 3.2.2.3.6); without it as large
    /// as MQTT can say.
    #[must_use]
    pub const fn with_max_packet_size(mut self, bytes: u32) -> Self {
        self.set_max_packet_size(bytes);
        self
    }

    /// Writes Topic Aliases from 1 to `maximum`: the peer's Topic Alias Maximum
    /// (3.1.2.11.5, 3.2.2.3.8); without it none.
    #[must_use]
    pub const fn with_topic_alias_maximum(mut self, maximum: u16) -> Self {
        self.set_topic_alias_maximum(maximum);
        self
    }

    /// As [`with_max_packet_size`](Self::with_max_packet_size), for a limit
    /// that is agreed later.
    pub const fn set_max_packet_size(&mut self, bytes: u32) {
        self.max_packet_size = bytes;
    }

    /// As [`with_topic_alias_maximum`](Self::with_topic_alias_maximum), for a
    /// maximum that is agreed later.
    pub const fn set_topic_alias_maximum(&mut self, maximum: u16) {
        self.topic_alias_maximum = maximum;
    }

    /// The version that is written.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Writes another version from now on.
    pub const fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Appends a packet to `output`.
    ///
    /// # Errors
    /// The packet cannot be said, is beyond a limit, or finds no room. Nothing
    /// was written then, and the encoder goes on as before.
    #[inline]
    pub fn encode<'a>(
        &mut self,
        packet: impl Into<Packet<'a>>,
        output: &mut (impl Output + ?Sized),
    ) -> Result<(), EncodeError> {
        let packet = packet.into();
        if let Some(short) = packet.as_short_ack() {
            return self.encode_short(short, output);
        }
        let remaining_length = self.remaining_length(&packet)?;
        let len = packet_len(remaining_length);
        let room = output.room();
        if len > room {
            return Err(EncodeError::OutputFull { len, room });
        }
        output.reserve(len);
        let mut sink = Put(output);
        sink.byte(packet.first_byte());
        sink.varint(remaining_length);
        packet.encode(self.version, &mut sink)
    }

    /// Appends an acknowledgement that is written whole already.
    #[inline(always)]
    fn encode_short(
        &self,
        short: [u8; 4],
        output: &mut (impl Output + ?Sized),
    ) -> Result<(), EncodeError> {
        let (len, room) = (short.len(), output.room());
        if len > to_usize(self.max_packet_size) {
            let maximum = self.max_packet_size;
            return Err(EncodeError::PacketTooLarge { len, maximum });
        }
        if len > room {
            return Err(EncodeError::OutputFull { len, room });
        }
        output.put(&short);
        Ok(())
    }

    /// The bytes that [`encode`](Self::encode) would append.
    ///
    /// # Errors
    /// As `encode`, but for the room in the output.
    pub fn encoded_len<'a>(&self, packet: impl Into<Packet<'a>>) -> Result<usize, EncodeError> {
        self.remaining_length(&packet.into()).map(packet_len)
    }

    /// What follows the fixed header, in bytes; judges all there is to judge.
    #[inline]
    fn remaining_length(&self, packet: &Packet<'_>) -> Result<u32, EncodeError> {
        self.judge(packet)?;
        let remaining_length = encoded_len(packet, self.version)?;
        let len = packet_len(remaining_length);
        if len > to_usize(self.max_packet_size) {
            return Err(EncodeError::PacketTooLarge {
                len,
                maximum: self.max_packet_size,
            });
        }
        Ok(remaining_length)
    }

    /// What depends on the role and on what was agreed.
    #[inline]
    fn judge(&self, packet: &Packet<'_>) -> Result<(), EncodeError> {
        if let Packet::Publish(publish) = packet {
            return self.judge_publish(publish);
        }
        let Some(role) = self.role else { return Ok(()) };
        let packet_type = packet.packet_type();
        if !packet_type.is_sent_by(role, self.version) {
            return Err(EncodeError::WrongDirection { role, packet_type });
        }
        packet
            .foreign_to(role)
            .map_or(Ok(()), |foreign| Err(refusal(role, foreign)))
    }

    #[inline]
    fn judge_publish(&self, publish: &Publish<'_>) -> Result<(), EncodeError> {
        if let Some(role) = self.role {
            if let Some(foreign) = publish.foreign_to(role) {
                return Err(refusal(role, foreign));
            }
        }
        match publish.topic_alias {
            // [5.0/MQTT-3.3.2-9] [5.0/MQTT-3.3.2-11] Not above what the peer announced.
            Some(alias) if alias.get() > self.topic_alias_maximum => {
                Err(EncodeError::TopicAliasInvalid {
                    alias: alias.get(),
                    maximum: self.topic_alias_maximum,
                })
            }
            _ => Ok(()),
        }
    }
}

#[cold]
const fn refusal(role: Role, foreign: Foreign) -> EncodeError {
    match foreign {
        Foreign::Property(property) => EncodeError::PropertyOfOtherRole { role, property },
        Foreign::Reason(reason) => EncodeError::ReasonCodeOfOtherRole { role, reason },
    }
}

/// Bytes of a packet with its fixed header.
#[inline(always)]
const fn packet_len(remaining_length: u32) -> usize {
    to_usize(remaining_length)
        .saturating_add(varint::len(remaining_length))
        .saturating_add(1)
}
