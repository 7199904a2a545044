use core::fmt;

use super::body::Body;
use super::error::{DecodeErrorKind, Fault, Field};
use super::message_properties::{self, HopProperties, MessageBlock};
use super::property::{self, PropertySet};
use super::value::{self, Encode};
use super::{
    ConnectProperties, EncodeError, List, PacketType, Properties, PropertyId, Publish,
    PublishProperties, QoS, Version,
};
use crate::topic::TopicName;
use crate::wire::sink::Sink;

/// CONNECT (3.1): the first packet of a client.
///
/// Printing masks the password.
///
/// ```
/// use puremqtt::{Connect, Encoder, Version};
///
/// let connect = Connect { version: Version::V3_1_1, client_id: "a", clean_start: true, ..Connect::default() };
/// let mut wire = Vec::new();
/// Encoder::new(Version::V3_1_1).encode(connect, &mut wire)?;
/// assert_eq!(wire, b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a");
/// # Ok::<(), puremqtt::EncodeError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Connect<'a> {
    /// Protocol name and level.
    pub version: Version,
    /// Names the session. Empty asks the server for a name, which before MQTT 5
    /// needs `clean_start` and 3.1 does not have.
    pub client_id: &'a str,
    /// Clean Start; before MQTT 5 Clean Session.
    #[doc(alias = "clean_session")]
    pub clean_start: bool,
    /// Seconds in which the client sends at least one packet; 0: no limit.
    pub keep_alive: u16,
    /// What the server publishes when the connection ends without a DISCONNECT.
    pub will: Option<Will<'a>>,
    /// In 3.1 and 3.1.1 a password needs a user name.
    pub user_name: Option<&'a str>,
    /// Any bytes, at most 65,535.
    pub password: Option<&'a [u8]>,
    /// MQTT 5 alone.
    pub properties: Properties<'a, ConnectProperties<'a>>,
}

/// The will of a [`Connect`] (3.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "last will")]
pub struct Will<'a> {
    /// Where it is published.
    pub topic: TopicName<'a>,
    /// What is published; may be empty. At most 65,535 bytes.
    pub payload: &'a [u8],
    /// With which Quality of Service.
    pub qos: QoS,
    /// Whether it becomes the topic's retained message.
    pub retain: bool,
    /// Seconds that the server waits with it (MQTT 5); `None` is 0.
    pub delay_interval: Option<u32>,
    /// Seconds that the message lives once published (MQTT 5); `None`: for ever.
    pub message_expiry_interval: Option<u32>,
    /// What every hop passes on unaltered (MQTT 5).
    pub properties: Properties<'a, PublishProperties<'a>>,
}

impl<'a> Will<'a> {
    /// QoS 0, not retained, without properties.
    pub const fn new(topic: TopicName<'a>, payload: &'a [u8]) -> Self {
        Self {
            topic,
            payload,
            qos: QoS::AtMostOnce,
            retain: false,
            delay_interval: None,
            message_expiry_interval: None,
            properties: Properties::NONE,
        }
    }

    /// The message it becomes, at QoS 0: the delivery is the publisher's to set.
    pub const fn publish(&self) -> Publish<'a> {
        Publish {
            // [3.1.1/MQTT-3.1.2-16] [3.1.1/MQTT-3.1.2-17] [5.0/MQTT-3.1.2-14] [5.0/MQTT-3.1.2-15]
            retain: self.retain,
            message_expiry_interval: self.message_expiry_interval,
            properties: self.properties,
            ..Publish::new(self.topic, self.payload)
        }
    }

    /// True when there is nothing that only MQTT 5 can say.
    fn has_no_properties(&self) -> bool {
        self.delay_interval.is_none()
            && self.message_expiry_interval.is_none()
            && self.properties.is_empty()
    }

    const fn hop(&self) -> HopProperties<'a> {
        HopProperties {
            message_expiry_interval: self.message_expiry_interval,
            will_delay_interval: self.delay_interval,
            subscription_identifiers: List::EMPTY,
            topic_alias: None,
        }
    }
}

const CLEAN_START: u8 = 1 << 1;
const WILL: u8 = 1 << 2;
const WILL_RETAIN: u8 = 1 << 5;
const PASSWORD: u8 = 1 << 6;
const USER_NAME: u8 = 1 << 7;

const PROPERTIES: PropertySet = PropertySet::EMPTY
    .with(PropertyId::SESSION_EXPIRY_INTERVAL)
    .with(PropertyId::AUTHENTICATION_METHOD)
    .with(PropertyId::AUTHENTICATION_DATA)
    .with(PropertyId::REQUEST_PROBLEM_INFORMATION)
    .with(PropertyId::REQUEST_RESPONSE_INFORMATION)
    .with(PropertyId::RECEIVE_MAXIMUM)
    .with(PropertyId::TOPIC_ALIAS_MAXIMUM)
    .with(PropertyId::USER_PROPERTY)
    .with(PropertyId::MAXIMUM_PACKET_SIZE);

impl<'a> Connect<'a> {
    /// Reads what follows the protocol level, which [`version`] has read.
    pub(crate) fn decode(mut body: Body<'a>, version: Version) -> Result<Self, Fault> {
        let flags = connect_flags(&mut body, version)?;
        let keep_alive = body.u16(Field::KeepAlive)?;
        let properties = match version {
            Version::V5 => connect_properties(&mut body)?,
            Version::V3_1 | Version::V3_1_1 => Properties::NONE,
        };
        // [3.1.1/MQTT-3.1.3-1] [5.0/MQTT-3.1.3-1] In this order.
        // [3.1.1/MQTT-3.1.3-3] [3.1.1/MQTT-3.1.3-4] [5.0/MQTT-3.1.3-3] [5.0/MQTT-3.1.3-4]
        let client_id = body.text(Field::ClientIdentifier)?;
        // [3.1.1/MQTT-3.1.2-9] [3.1.1/MQTT-3.1.2-11] [5.0/MQTT-3.1.2-9]
        let will = if flags & WILL != 0 {
            Some(will(&mut body, flags, version)?)
        } else {
            None
        };
        // In 3.1 the packet may end before a user name or password whose flag is set.
        let is_there = |flag, body: &Body<'_>| {
            flags & flag != 0 && !(version == Version::V3_1 && body.is_empty())
        };
        // [3.1.1/MQTT-3.1.2-19] [3.1.1/MQTT-3.1.3-11] [5.0/MQTT-3.1.2-17] [5.0/MQTT-3.1.3-12]
        let user_name = if is_there(USER_NAME, &body) {
            Some(body.text(Field::UserName)?)
        } else {
            None
        };
        // [3.1.1/MQTT-3.1.2-21] [5.0/MQTT-3.1.2-19]
        let password = if is_there(PASSWORD, &body) {
            Some(body.binary(Field::Password)?)
        } else {
            None
        };
        if !body.is_empty() {
            return Err(body.fault(unflagged(flags)));
        }
        let clean_start = flags & CLEAN_START != 0;
        Ok(Self {
            version,
            client_id,
            clean_start,
            keep_alive,
            will,
            user_name,
            password,
            properties,
        })
    }

    pub(crate) fn for_version(self, version: Version) -> Self {
        if version.is_5() {
            return Self { version, ..self };
        }
        let will = self.will.map(|will| Will {
            qos: will.qos,
            retain: will.retain,
            ..Will::new(will.topic, will.payload)
        });
        Self {
            version,
            will,
            properties: Properties::NONE,
            ..self
        }
    }

    const fn flags(&self) -> u8 {
        let mut flags = 0;
        if self.clean_start {
            flags |= CLEAN_START;
        }
        if let Some(will) = &self.will {
            flags |= WILL | will.qos.as_u8() << 3;
            if will.retain {
                flags |= WILL_RETAIN;
            }
        }
        if self.password.is_some() {
            flags |= PASSWORD;
        }
        if self.user_name.is_some() {
            flags |= USER_NAME;
        }
        flags
    }

    /// What its version cannot say.
    fn judge(&self) -> Result<(), EncodeError> {
        let version = self.version;
        if version.is_5() {
            let properties = &self.properties;
            let has = |id| properties.contains(id);
            if has(PropertyId::AUTHENTICATION_DATA) && !has(PropertyId::AUTHENTICATION_METHOD) {
                return Err(EncodeError::NoAuthenticationMethod);
            }
            return Ok(());
        }
        if !self.properties.is_empty() || self.will.is_some_and(|will| !will.has_no_properties()) {
            return Err(EncodeError::NotInVersion {
                version,
                what: "properties",
            });
        }
        // [3.1.1/MQTT-3.1.2-22] A password needs a user name.
        if self.password.is_some() && self.user_name.is_none() {
            return Err(EncodeError::PasswordWithoutUserName);
        }
        // [3.1.1/MQTT-3.1.3-7] An empty identifier needs Clean Session; 3.1 has none.
        if self.client_id.is_empty() && (version == Version::V3_1 || !self.clean_start) {
            return Err(EncodeError::EmptyClientIdentifier);
        }
        Ok(())
    }
}

/// Reads protocol name and level, which together name the version; `accepted`
/// is the one that is let in, `None` any.
pub(crate) fn version(body: &mut Body<'_>, accepted: Option<Version>) -> Result<Version, Fault> {
    let name = body.binary(Field::ProtocolName)?;
    if !matches!(name, b"MQTT" | b"MQIsdp") {
        // [3.1.1/MQTT-3.1.2-1] [5.0/MQTT-3.1.2-1]
        return Err(body.fault_before(DecodeErrorKind::UnknownProtocolName, name.len()));
    }
    let level = body.byte(Field::ProtocolLevel)?;
    let version = match (name, level) {
        (b"MQIsdp", 3) => Some(Version::V3_1),
        (b"MQTT", 4) => Some(Version::V3_1_1),
        (b"MQTT", 5) => Some(Version::V5),
        _ => None,
    };
    // [3.1.1/MQTT-3.1.2-2] [5.0/MQTT-3.1.2-2]
    version
        .filter(|&version| accepted.is_none_or(|accepted| accepted == version))
        .ok_or_else(|| body.fault_before(DecodeErrorKind::UnsupportedLevel(level), 1))
}

fn connect_flags(body: &mut Body<'_>, version: Version) -> Result<u8, Fault> {
    let flags = body.byte(Field::ConnectFlags)?;
    let kind = if flags & 1 != 0 {
        // [MQTT-3.1.2-3] Bit 0 is reserved.
        DecodeErrorKind::ReservedConnectFlag
    } else if flags & WILL != 0 && will_qos(flags).is_none() {
        // [3.1.1/MQTT-3.1.2-14] [5.0/MQTT-3.1.2-12] Will QoS is not 3.
        DecodeErrorKind::QoS3(Field::ConnectFlags)
    } else if flags & WILL == 0 && flags & 0b0001_1000 != 0 {
        // [3.1.1/MQTT-3.1.2-13] [5.0/MQTT-3.1.2-11] No Will QoS without a will.
        DecodeErrorKind::WillQoSWithoutWill
    } else if flags & WILL == 0 && flags & WILL_RETAIN != 0 {
        // [3.1.1/MQTT-3.1.2-15] [5.0/MQTT-3.1.2-13] No Will Retain without a will.
        DecodeErrorKind::WillRetainWithoutWill
    } else if !version.is_5() && flags & PASSWORD != 0 && flags & USER_NAME == 0 {
        // [3.1.1/MQTT-3.1.2-22] A password needs a user name.
        DecodeErrorKind::PasswordWithoutUserName
    } else {
        return Ok(flags);
    };
    Err(body.fault_before(kind, 1))
}

const fn will_qos(flags: u8) -> Option<QoS> {
    QoS::from_u8(flags >> 3 & 0b11)
}

/// Bytes are left: those of a field whose flag is not set, as it seems.
const fn unflagged(flags: u8) -> DecodeErrorKind {
    // [3.1.1/MQTT-3.1.2-18] [5.0/MQTT-3.1.2-16] No user name without its flag.
    // [3.1.1/MQTT-3.1.2-20] [5.0/MQTT-3.1.2-18] No password without its flag.
    match (flags & USER_NAME != 0, flags & PASSWORD != 0) {
        (false, false) => DecodeErrorKind::Unflagged(Field::UserName),
        (true, false) => DecodeErrorKind::Unflagged(Field::Password),
        (_, true) => DecodeErrorKind::TrailingBytes,
    }
}

fn connect_properties<'a>(
    body: &mut Body<'a>,
) -> Result<Properties<'a, ConnectProperties<'a>>, Fault> {
    let block = body.properties()?;
    let seen = property::check(
        block,
        PROPERTIES,
        PropertySet::EMPTY.with(PropertyId::USER_PROPERTY),
    )?;
    property::needs_method(block, seen)?;
    Ok(Properties::wire(block.bytes(), seen))
}

fn will<'a>(body: &mut Body<'a>, flags: u8, version: Version) -> Result<Will<'a>, Fault> {
    let (block, seen) = match version {
        Version::V5 => {
            message_properties::check(body.will_properties()?, message_properties::IN_WILL)?
        }
        Version::V3_1 | Version::V3_1_1 => (&[][..], PropertySet::EMPTY),
    };
    // [3.1.1/MQTT-3.1.3-10] [5.0/MQTT-3.1.3-11]
    let topic = body.topic_name(Field::WillTopic)?;
    let payload = body.binary(Field::WillPayload)?;
    let hop = HopProperties::read(block, seen);
    Ok(Will {
        topic,
        payload,
        qos: will_qos(flags).unwrap_or_default(),
        retain: flags & WILL_RETAIN != 0,
        delay_interval: hop.will_delay_interval,
        message_expiry_interval: hop.message_expiry_interval,
        properties: Properties::wire(block, seen),
    })
}

impl Encode for Connect<'_> {
    fn encode<S: Sink>(&self, version: Version, sink: &mut S) -> Result<(), EncodeError> {
        if S::JUDGES {
            if self.version != version {
                return Err(EncodeError::VersionMismatch {
                    connect: self.version,
                    encoder: version,
                });
            }
            self.judge()?;
        }
        sink.put(match version {
            Version::V3_1 => b"\0\x06MQIsdp",
            Version::V3_1_1 | Version::V5 => b"\0\x04MQTT",
        });
        let [high, low] = self.keep_alive.to_be_bytes();
        sink.put(&[version.level(), self.flags(), high, low]);
        if version.is_5() {
            value::block(&self.properties, sink)?;
        }
        value::text(sink, self.client_id, Field::ClientIdentifier)?;
        if let Some(will) = &self.will {
            if version.is_5() {
                let block = MessageBlock::new(will.hop(), will.properties, sink);
                value::block(&block, sink)?;
            }
            value::topic_name(sink, will.topic, Field::WillTopic)?;
            value::binary(sink, will.payload, Field::WillPayload)?;
        }
        if let Some(user_name) = self.user_name {
            value::text(sink, user_name, Field::UserName)?;
        }
        if let Some(password) = self.password {
            value::binary(sink, password, Field::Password)?;
        }
        Ok(())
    }
}

/// `CONNECT (3.1.1, 'pump-3', c1, k60, will 'status' q1 r0, user 'jo', password ***)`
impl fmt::Display for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}, '{}', c{}, k{}",
            PacketType::Connect,
            self.version,
            self.client_id.escape_debug(),
            u8::from(self.clean_start),
            self.keep_alive,
        )?;
        if let Some(will) = &self.will {
            let topic = will.topic.as_str().escape_debug();
            write!(
                f,
                ", will '{topic}' q{} r{}",
                will.qos.as_u8(),
                u8::from(will.retain)
            )?;
        }
        if let Some(user_name) = self.user_name {
            write!(f, ", user '{}'", user_name.escape_debug())?;
        }
        if self.password.is_some() {
            f.write_str(", password ***")?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Connect<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("version", &self.version)
            .field("client_id", &self.client_id)
            .field("clean_start", &self.clean_start)
            .field("keep_alive", &self.keep_alive)
            .field("will", &self.will)
            .field("user_name", &self.user_name)
            .field("password", &self.password.map(|_| "***"))
            .field("properties", &self.properties)
            .finish()
    }
}
