#[cfg(feature = "alloc")]
use alloc::boxed::Box;

#[cfg(feature = "alloc")]
use super::assigned::{Assigned, Change};
use super::problem::{self, Without};
use super::{packet_len, short::Short};
use crate::packet::{
    Encode, EncodeError, Foreign, Packet, Publish, QoS, Role, Version, encoded_len,
};
#[cfg(feature = "alloc")]
use crate::topic::TopicName;
use crate::wire::output::Output;
use crate::wire::sink::{Notes, Put, Sink};
use crate::wire::to_usize;

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
    maximum_qos: QoS,
    retain_available: bool,
    problem_information: bool,
    /// Follows from the rest.
    pub(super) short: Short,
    /// Where aliases are assigned.
    #[cfg(feature = "alloc")]
    assigned: Option<Box<Assigned>>,
}

impl Encoder {
    /// Writes packets of `version` for either role.
    pub const fn new(version: Version) -> Self {
        Self::with(version, None)
    }

    /// A client's: refuses what only servers send.
    pub const fn client(version: Version) -> Self {
        Self::with(version, Some(Role::Client))
    }

    /// A server's: refuses what only clients send.
    pub const fn server(version: Version) -> Self {
        Self::with(version, Some(Role::Server))
    }

    const fn with(version: Version, role: Option<Role>) -> Self {
        Self {
            version,
            role,
            max_packet_size: u32::MAX,
            topic_alias_maximum: 0,
            maximum_qos: QoS::ExactlyOnce,
            retain_available: true,
            problem_information: true,
            short: Short::of(version, u32::MAX, 0),
            #[cfg(feature = "alloc")]
            assigned: None,
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
    pub fn with_topic_alias_maximum(mut self, maximum: u16) -> Self {
        self.set_topic_alias_maximum(maximum);
        self
    }

    /// Assigns Topic Aliases by itself, in MQTT 5 and below the maximum: a
    /// topic goes out with a new alias once, and from then on the alias stands
    /// for it. Without it, and with 0, aliases are the caller's alone.
    ///
    /// At most `bytes` of topics are kept, and some 50 more for each alias. When
    /// all aliases or bytes are taken, the topic that was not used for longest
    /// gives way. A topic of up to three bytes, one larger than `bytes`, or one
    /// whose packet becomes too large by its first alias is written plainly.
    ///
    /// What was encoded has to reach the peer, and in this order. An alias
    /// counts as set when its packet was written whole.
    ///
    /// A PUBLISH may still bear an alias of the caller's. With a topic, it makes
    /// the alias the caller's for this connection, whatever it stood for before;
    /// with an empty topic, it needs one that is. So ask for aliases to be
    /// assigned before the connection's first PUBLISH.
    ///
    /// ```
    /// use puremqtt::{Encoder, Publish, TopicName, Version};
    ///
    /// let mut encoder = Encoder::new(Version::V5).with_topic_alias_maximum(10).with_automatic_aliases(4096);
    /// let publish = Publish::new(TopicName::literal("area/10/temperature"), b"21.5");
    /// let mut wire = Vec::new();
    /// encoder.encode(publish, &mut wire)?;
    /// assert_eq!(wire, b"\x30\x1d\x00\x13area/10/temperature\x03\x23\x00\x0121.5");
    /// wire.clear();
    /// encoder.encode(publish, &mut wire)?;
    /// assert_eq!(wire, b"\x30\x0a\x00\x00\x03\x23\x00\x0121.5");
    /// # Ok::<(), puremqtt::EncodeError>(())
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn with_automatic_aliases(mut self, bytes: usize) -> Self {
        self.set_automatic_aliases(bytes);
        self
    }

    /// As [`with_max_packet_size`](Self::with_max_packet_size), for a limit
    /// that is agreed later.
    pub const fn set_max_packet_size(&mut self, bytes: u32) {
        self.max_packet_size = bytes;
        self.rules_changed();
    }

    /// Writes PUBLISHes of at most this QoS: a server's Maximum QoS
    /// (3.2.2.3.4); without it 2.
    pub const fn set_maximum_qos(&mut self, qos: QoS) {
        self.maximum_qos = qos;
        self.rules_changed();
    }

    /// Whether PUBLISHes with RETAIN are written: a server's Retain Available
    /// (3.2.2.3.5); without it they are.
    pub const fn set_retain_available(&mut self, available: bool) {
        self.retain_available = available;
        self.rules_changed();
    }

    /// Whether Reason Strings and User Properties are written in other packets
    /// than PUBLISH, CONNACK and DISCONNECT: a client's Request Problem
    /// Information (3.1.2.11.7); without it they are. Otherwise they are left
    /// out.
    pub const fn set_problem_information(&mut self, requested: bool) {
        self.problem_information = requested;
    }

    /// As [`with_topic_alias_maximum`](Self::with_topic_alias_maximum), for a
    /// maximum that is agreed later. Forgets what was assigned, for aliases end
    /// with their connection, and a maximum is told at the start of one.
    pub fn set_topic_alias_maximum(&mut self, maximum: u16) {
        self.topic_alias_maximum = maximum;
        #[cfg(feature = "alloc")]
        if let Some(assigned) = &mut self.assigned {
            assigned.forget();
        }
    }

    /// As [`with_automatic_aliases`](Self::with_automatic_aliases), for later;
    /// forgets what was assigned.
    #[cfg(feature = "alloc")]
    pub fn set_automatic_aliases(&mut self, bytes: usize) {
        self.assigned = (bytes > 0).then(|| Box::new(Assigned::new(bytes)));
        self.rules_changed();
    }

    /// To be called after each change of what the short way depends on.
    const fn rules_changed(&mut self) {
        let mut judged = match self.maximum_qos {
            QoS::AtMostOnce => 0b0110,
            QoS::AtLeastOnce => 0b0100,
            QoS::ExactlyOnce => 0,
        };
        if !self.retain_available {
            judged |= 1;
        }
        #[cfg(feature = "alloc")]
        if self.version.is_5() && self.assigned.is_some() {
            judged = u8::MAX;
        }
        self.short = Short::of(self.version, self.max_packet_size, judged);
    }

    /// The version that is written.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Writes another version from now on.
    pub const fn set_version(&mut self, version: Version) {
        self.version = version;
        self.rules_changed();
    }

    /// Appends a packet to `output`: a [`Packet`], the body of one or what else
    /// becomes one, or a reference, which saves a copy.
    ///
    /// User Properties, and then the Reason String, of a packet that is
    /// above the peer's Maximum Packet Size with them are left out, as the
    /// standard wants it of all packets but PUBLISH, CONNECT and requests
    /// (3.2.2.3.9 and its like).
    ///
    /// # Errors
    /// The packet cannot be said, is beyond a limit, or finds no room. Nothing
    /// was written then, and the encoder goes on as before.
    #[inline]
    pub fn encode<'a>(
        &mut self,
        packet: impl Into<Packet<'a>> + Copy,
        output: &mut (impl Output + ?Sized),
    ) -> Result<(), EncodeError> {
        // What is only looked at here is never copied as a whole.
        if self.short.encode(&packet.into(), output).is_some() {
            return Ok(());
        }
        self.encode_closely(packet.into(), output)
    }

    #[inline(never)]
    pub(super) fn encode_closely(
        &mut self,
        packet: Packet<'_>,
        output: &mut (impl Output + ?Sized),
    ) -> Result<(), EncodeError> {
        let packet = &packet;
        if let Packet::Publish(publish) = packet {
            if self.short.publish_5(publish, output).is_some() {
                return Ok(());
            }
        }
        #[cfg(feature = "alloc")]
        if let (Some(assigned), Packet::Publish(publish)) = (&self.assigned, packet) {
            let (aliased, change) = self.aliased(assigned, publish)?;
            self.write(&aliased.into(), output)?;
            if let Some(assigned) = &mut self.assigned {
                assigned.apply(change, publish.topic.as_bytes());
            }
            return Ok(());
        }
        if self.problem_information || !problem::is_answer(packet) {
            match self.write(packet, output) {
                Err(EncodeError::PacketTooLarge { .. }) if problem::can_go_without(packet) => {}
                written => return written,
            }
        }
        self.spare(packet, |bare| self.write(bare, output))
    }

    /// Tries a packet without what it need not have.
    #[cold]
    fn spare<R>(
        &self,
        packet: &Packet<'_>,
        mut attempt: impl FnMut(&Packet<'_>) -> Result<R, EncodeError>,
    ) -> Result<R, EncodeError> {
        if self.problem_information || !problem::is_answer(packet) {
            match problem::without(packet, Without::UserProperties, &mut attempt) {
                Err(EncodeError::PacketTooLarge { .. }) => {}
                done => return done,
            }
        }
        problem::without(packet, Without::Both, attempt)
    }

    #[inline]
    fn write(
        &self,
        packet: &Packet<'_>,
        output: &mut (impl Output + ?Sized),
    ) -> Result<(), EncodeError> {
        let (remaining_length, notes) = self.remaining_length(packet)?;
        let len = packet_len(remaining_length);
        if !output.reserve(len) {
            let room = output.room();
            return Err(EncodeError::OutputFull { len, room });
        }
        let mut sink = Put::with_notes(output, notes);
        sink.byte(packet.first_byte());
        sink.varint(remaining_length);
        packet.encode(self.version, &mut sink)
    }

    /// The bytes that [`encode`](Self::encode) would append.
    ///
    /// # Errors
    /// As `encode`, but for the room in the output.
    pub fn encoded_len<'a>(&self, packet: impl Into<Packet<'a>>) -> Result<usize, EncodeError> {
        let packet = packet.into();
        #[cfg(feature = "alloc")]
        if let (Some(assigned), Packet::Publish(publish)) = (&self.assigned, &packet) {
            let (aliased, _) = self.aliased(assigned, publish)?;
            return self.whole_len(&aliased.into());
        }
        if self.problem_information || !problem::is_answer(&packet) {
            match self.whole_len(&packet) {
                Err(EncodeError::PacketTooLarge { .. }) if problem::can_go_without(&packet) => {}
                length => return length,
            }
        }
        self.spare(&packet, |bare| self.whole_len(bare))
    }

    fn whole_len(&self, packet: &Packet<'_>) -> Result<usize, EncodeError> {
        let (remaining_length, _) = self.remaining_length(packet)?;
        Ok(packet_len(remaining_length))
    }

    /// A PUBLISH as it is written where aliases are assigned, and what that
    /// does to them.
    #[cfg(feature = "alloc")]
    fn aliased<'a>(
        &self,
        assigned: &Assigned,
        publish: &Publish<'a>,
    ) -> Result<(Publish<'a>, Change), EncodeError> {
        let plain = *publish;
        if !self.version.is_5() {
            return Ok((plain, Change::Nothing));
        }
        if let Some(alias) = plain.topic_alias {
            self.judge_publish(&plain)?;
            return match (plain.topic.is_empty(), assigned.is_claimed(alias)) {
                (true, true) => Ok((plain, Change::Nothing)),
                (true, false) => Err(EncodeError::TopicAliasUnmapped(alias.get())),
                (false, _) => Ok((plain, Change::Claimed(alias))),
            };
        }
        let change = assigned.propose(plain.topic.as_bytes(), self.topic_alias_maximum);
        let aliased = match change {
            Change::Used(alias) => Publish {
                topic: TopicName::EMPTY,
                topic_alias: Some(alias),
                ..plain
            },
            Change::Mapped(alias, _) => Publish {
                topic_alias: Some(alias),
                ..plain
            },
            Change::Nothing | Change::Claimed(_) => plain,
        };
        if matches!(change, Change::Mapped(..)) && self.remaining_length(&aliased.into()).is_err() {
            return Ok((plain, Change::Nothing));
        }
        Ok((aliased, change))
    }

    /// What follows the fixed header, in bytes, and notes for writing it; judges all there is to judge.
    #[inline]
    fn remaining_length(&self, packet: &Packet<'_>) -> Result<(u32, Notes), EncodeError> {
        self.judge(packet)?;
        let (remaining_length, notes) = encoded_len(packet, self.version)?;
        let len = packet_len(remaining_length);
        // [5.0/MQTT-3.1.2-24] [5.0/MQTT-3.2.2-15]
        if len > to_usize(self.max_packet_size) {
            return Err(EncodeError::PacketTooLarge {
                len,
                maximum: self.max_packet_size,
            });
        }
        Ok((remaining_length, notes))
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
        // [5.0/MQTT-3.2.2-11]
        if publish.delivery.qos() > self.maximum_qos {
            return Err(EncodeError::QoSNotSupported {
                qos: publish.delivery.qos(),
                maximum: self.maximum_qos,
            });
        }
        // [5.0/MQTT-3.2.2-14]
        if publish.retain && !self.retain_available {
            return Err(EncodeError::RetainNotSupported);
        }
        match publish.topic_alias {
            // [5.0/MQTT-3.1.2-26] [5.0/MQTT-3.1.2-27] [5.0/MQTT-3.2.2-17] [5.0/MQTT-3.2.2-18]
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
