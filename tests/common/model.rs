//! Packets that own what they hold: one model for the property tests and the fuzz targets.

use std::num::{NonZeroU16, NonZeroU32};

use puremqtt::{
    Ack, AckProperties, Auth, AuthProperties, AuthenticationData, ConnAck, ConnAckProperties,
    Connect, ConnectProperties, Decoder, Delivery, Disconnect, DisconnectProperties, List, Packet,
    PacketId, PacketType, PayloadFormat, Properties, PropertyId, Publish, PublishProperties, QoS,
    ReasonCode, SubAck, Subscribe, SubscribeProperties, Subscription, SubscriptionIdentifier,
    SubscriptionOptions, TopicFilter, TopicName, Unsubscribe, UnsubscribeProperties, UserProperty,
    Version, Will,
};

/// Any packet, loosely: [`lend`](Model::lend) takes from it what kind and version can say.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub(crate) struct Model {
    /// The number of the packet type, modulo 15.
    pub(crate) kind: u8,
    pub(crate) packet_id: PacketId,
    pub(crate) delivery: Delivery,
    /// RETAIN, Clean Start, Session Present, DUP of 3.1.
    pub(crate) flag: bool,
    /// Leaves out the topic beside a Topic Alias, and all of an AUTH.
    pub(crate) bare: bool,
    /// Which of the codes that the packet may bear.
    pub(crate) code: u8,
    pub(crate) keep_alive: u16,
    pub(crate) client_id: Text,
    pub(crate) user_name: Option<Text>,
    pub(crate) password: Option<Vec<u8>>,
    pub(crate) will: Option<WillModel>,
    pub(crate) topic: Topic,
    pub(crate) payload: Vec<u8>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) values: Values,
}

#[derive(Clone, Debug)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub(crate) struct WillModel {
    pub(crate) topic: Topic,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) values: Values,
}

/// A filter with its options, or the code that answers it.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub(crate) struct Entry {
    pub(crate) filter: Filter,
    pub(crate) options: SubscriptionOptions,
    pub(crate) code: u8,
}

/// A drawer of values, from which each property takes its own.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub(crate) struct Values {
    /// Which properties are there: a bit for each identifier.
    pub(crate) present: u64,
    pub(crate) numbers: Vec<u32>,
    pub(crate) texts: Vec<Text>,
    pub(crate) binaries: Vec<Vec<u8>>,
    pub(crate) topic: Topic,
    pub(crate) identifiers: Vec<u32>,
    pub(crate) pairs: Vec<(Text, Text)>,
}

/// At most 65,535 bytes without U+0000.
#[derive(Clone, Debug)]
pub(crate) struct Text(String);

/// A well-formed Topic Name.
#[derive(Clone, Debug)]
pub(crate) struct Topic(String);

/// A well-formed Topic Filter, in each version.
#[derive(Clone, Debug)]
pub(crate) struct Filter(String);

impl Text {
    /// What of `raw` can be text.
    pub(crate) fn new(mut raw: String) -> Self {
        raw.retain(|character| character != '\0');
        let mut end = raw.len().min(65_535);
        while !raw.is_char_boundary(end) {
            end -= 1;
        }
        raw.truncate(end);
        Self(raw)
    }
}

impl Topic {
    /// What of `raw` can be a topic, `t` if nothing.
    pub(crate) fn new(raw: String) -> Self {
        let Text(mut topic) = Text::new(raw);
        topic.retain(|character| !matches!(character, '+' | '#'));
        if topic.is_empty() {
            topic.push('t');
        }
        Self(topic)
    }

    fn lend(&self) -> TopicName<'_> {
        TopicName::new(&self.0).expect("a topic name")
    }
}

impl Filter {
    /// What of `raw` can be a filter, `+` if nothing.
    pub(crate) fn new(raw: String) -> Self {
        let Text(text) = Text::new(raw);
        let last = text.split('/').count() - 1;
        let levels = text
            .split('/')
            .enumerate()
            .map(|(index, level)| match level {
                "+" => level.to_owned(),
                "#" if index == last => level.to_owned(),
                _ => level.replace(['+', '#'], ""),
            });
        let mut filter = levels.collect::<Vec<_>>().join("/");
        if filter.is_empty() {
            filter.push('+');
        }
        if TopicFilter::new(&filter).is_err() {
            // Ill-formed as a share, and ordinary without the `$`.
            filter.remove(0);
        }
        Self(filter)
    }

    fn lend(&self, version: Version) -> TopicFilter<'_> {
        match version {
            Version::V5 => TopicFilter::new(&self.0),
            Version::V3_1 | Version::V3_1_1 => TopicFilter::unshared(&self.0),
        }
        .expect("a topic filter")
    }
}

#[cfg(feature = "arbitrary")]
macro_rules! arbitrary_from_string {
    ($($text:ident)*) => {$(
        impl<'a> arbitrary::Arbitrary<'a> for $text {
            fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                u.arbitrary().map(Self::new)
            }
        }
    )*};
}

#[cfg(feature = "arbitrary")]
arbitrary_from_string! { Text Topic Filter }

impl Model {
    /// The kind that `version` has; without AUTH, 3.x gives a DISCONNECT in its place.
    fn packet_type(&self, version: Version) -> PacketType {
        let number = if version == Version::V5 {
            self.kind % 15
        } else {
            self.kind % 14
        };
        PacketType::from_first_byte((number + 1) << 4).expect("fifteen types")
    }

    /// Shows `f` the packet as `version` has it.
    pub(crate) fn lend<R>(&self, version: Version, f: impl FnOnce(Packet<'_>) -> R) -> R {
        let packet_type = self.packet_type(version);
        let pairs = self.values.pairs();
        let user_properties = List::new(&pairs);
        match packet_type {
            PacketType::Connect => self.lend_connect(version, user_properties, f),
            PacketType::ConnAck => {
                let properties = self.values.connack(user_properties);
                let reason = self.reason(packet_type, version);
                f(Packet::ConnAck(ConnAck {
                    session_present: self.flag
                        && version != Version::V3_1
                        && reason == ReasonCode::SUCCESS,
                    reason,
                    properties: in_v5(version, &properties),
                }))
            }
            PacketType::Publish => self.lend_publish(version, user_properties, f),
            PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => {
                let properties = self.values.ack(user_properties);
                let ack = Ack {
                    packet_id: self.packet_id,
                    reason: self.reason(packet_type, version),
                    properties: in_v5(version, &properties),
                    dup: self.flag && version == Version::V3_1 && packet_type == PacketType::PubRel,
                };
                f(match packet_type {
                    PacketType::PubAck => Packet::PubAck(ack),
                    PacketType::PubRec => Packet::PubRec(ack),
                    PacketType::PubRel => Packet::PubRel(ack),
                    _ => Packet::PubComp(ack),
                })
            }
            PacketType::Subscribe => {
                let properties = self.values.subscribe(user_properties);
                let subscriptions = self.subscriptions(version);
                f(Packet::Subscribe(Subscribe {
                    packet_id: self.packet_id,
                    subscriptions: List::new(&subscriptions),
                    properties: in_v5(version, &properties),
                    dup: self.flag && version == Version::V3_1,
                }))
            }
            PacketType::Unsubscribe => {
                let properties = UnsubscribeProperties { user_properties };
                let subscriptions = self.subscriptions(version);
                let filters: Vec<_> = subscriptions.iter().map(|one| one.filter).collect();
                f(Packet::Unsubscribe(Unsubscribe {
                    packet_id: self.packet_id,
                    filters: List::new(&filters),
                    properties: in_v5(version, &properties),
                    dup: self.flag && version == Version::V3_1,
                }))
            }
            PacketType::SubAck | PacketType::UnsubAck => {
                let properties = self.values.ack(user_properties);
                let reasons = self.reasons(packet_type, version);
                let suback = SubAck {
                    packet_id: self.packet_id,
                    reasons: List::new(&reasons),
                    properties: in_v5(version, &properties),
                };
                f(match packet_type {
                    PacketType::SubAck => Packet::SubAck(suback),
                    _ => Packet::UnsubAck(suback),
                })
            }
            PacketType::PingReq => f(Packet::PingReq),
            PacketType::PingResp => f(Packet::PingResp),
            PacketType::Disconnect => {
                let properties = self.values.disconnect(user_properties);
                f(Packet::Disconnect(Disconnect {
                    reason: self.reason(packet_type, version),
                    properties: in_v5(version, &properties),
                }))
            }
            PacketType::Auth if self.bare => f(Packet::Auth(Auth::default())),
            PacketType::Auth => {
                let properties = self.values.auth(user_properties);
                let reason = self.reason(packet_type, version);
                f(Packet::Auth(Auth::new(reason, &properties)))
            }
        }
    }

    fn lend_connect<'a, R>(
        &'a self,
        version: Version,
        user_properties: List<'a, UserProperty<'a>>,
        f: impl FnOnce(Packet<'_>) -> R,
    ) -> R {
        let v5 = version == Version::V5;
        let properties = self.values.connect(user_properties);
        let will_values = self.will.as_ref().map_or(&self.values, |will| &will.values);
        let will_pairs = will_values.pairs();
        let will_properties = will_values.message(List::new(&will_pairs));
        let number = |id| will_values.number(id).filter(|_| v5);
        let will = self.will.as_ref().map(|will| Will {
            topic: will.topic.lend(),
            payload: short(&will.payload),
            qos: will.qos,
            retain: will.retain,
            delay_interval: number(PropertyId::WILL_DELAY_INTERVAL),
            message_expiry_interval: number(PropertyId::MESSAGE_EXPIRY_INTERVAL),
            properties: in_v5(version, &will_properties),
        });
        // Before MQTT 5 an empty identifier needs Clean Session, in 3.1 there is none.
        let nameless = self.client_id.0.is_empty();
        let user_name = self.user_name.as_ref().map(|Text(name)| name.as_str());
        f(Packet::Connect(Connect {
            version,
            client_id: if nameless && version == Version::V3_1 {
                "c"
            } else {
                &self.client_id.0
            },
            clean_start: self.flag || (nameless && !v5),
            keep_alive: self.keep_alive,
            will,
            user_name,
            password: self
                .password
                .as_deref()
                .map(short)
                .filter(|_| v5 || user_name.is_some()),
            properties: in_v5(version, &properties),
        }))
    }

    fn lend_publish<'a, R>(
        &'a self,
        version: Version,
        user_properties: List<'a, UserProperty<'a>>,
        f: impl FnOnce(Packet<'_>) -> R,
    ) -> R {
        let publish = Publish {
            delivery: self.delivery,
            retain: self.flag,
            ..Publish::new(self.topic.lend(), &self.payload)
        };
        if version != Version::V5 {
            return f(Packet::Publish(publish));
        }
        let properties = self.values.message(user_properties);
        let identifiers = self.values.identifiers();
        let topic_alias = self.values.non_zero_u16(PropertyId::TOPIC_ALIAS);
        // The empty topic is to be had from a packet alone.
        let mut observer = Decoder::observer();
        observer.set_version(Version::V5);
        let aliased = observer
            .decode(b"\x30\x06\x00\x00\x03\x23\x00\x01")
            .expect("MQTT");
        let topic = match aliased {
            Some((Packet::Publish(nameless), _)) if self.bare && topic_alias.is_some() => {
                nameless.topic
            }
            _ => publish.topic,
        };
        f(Packet::Publish(Publish {
            topic,
            message_expiry_interval: self.values.number(PropertyId::MESSAGE_EXPIRY_INTERVAL),
            subscription_identifiers: List::new(&identifiers),
            topic_alias,
            properties: Properties::new(&properties),
            ..publish
        }))
    }

    fn subscriptions<'a>(&'a self, version: Version) -> Vec<Subscription<'a>> {
        const ANY: TopicFilter = TopicFilter::literal("#");
        if self.entries.is_empty() {
            return vec![Subscription::new(ANY, QoS::AtMostOnce)];
        }
        let subscription = |entry: &'a Entry| {
            let filter = entry.filter.lend(version);
            let options = match version {
                Version::V5 => SubscriptionOptions {
                    no_local: entry.options.no_local && !filter.is_shared(),
                    ..entry.options
                },
                Version::V3_1 | Version::V3_1_1 => SubscriptionOptions::new(entry.options.qos),
            };
            Subscription { filter, options }
        };
        self.entries.iter().map(subscription).collect()
    }

    fn reason(&self, packet_type: PacketType, version: Version) -> ReasonCode {
        let codes = codes(packet_type, version);
        codes[usize::from(self.code) % codes.len()]
    }

    fn reasons(&self, packet_type: PacketType, version: Version) -> Vec<ReasonCode> {
        if packet_type == PacketType::UnsubAck && version != Version::V5 {
            return Vec::new();
        }
        let codes = codes(packet_type, version);
        let chosen = self.entries.iter().map(|entry| entry.code);
        std::iter::once(self.code)
            .chain(chosen)
            .map(|code| codes[usize::from(code) % codes.len()])
            .collect()
    }
}

/// The codes that such a packet bears.
fn codes(packet_type: PacketType, version: Version) -> Vec<ReasonCode> {
    let all = (0..=u8::MAX).map(ReasonCode::from_u8);
    match (packet_type, version) {
        (_, Version::V5) => all
            .filter(|code| code.is_allowed_in(packet_type))
            // Read in a DISCONNECT, never written.
            .filter(|&code| {
                packet_type != PacketType::Disconnect
                    || code != ReasonCode::BAD_AUTHENTICATION_METHOD
            })
            .collect(),
        (PacketType::ConnAck, _) => (0..6).filter_map(ReasonCode::from_return_code).collect(),
        (PacketType::SubAck, Version::V3_1) => all.take(3).collect(),
        (PacketType::SubAck, _) => all.take(3).chain([ReasonCode::UNSPECIFIED_ERROR]).collect(),
        _ => vec![ReasonCode::SUCCESS],
    }
}

fn in_v5<P>(version: Version, properties: &P) -> Properties<'_, P> {
    match version {
        Version::V5 => Properties::new(properties),
        Version::V3_1 | Version::V3_1_1 => Properties::NONE,
    }
}

/// As much as binary data can be.
fn short(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(65_535)]
}

impl Values {
    fn pairs(&self) -> Vec<UserProperty<'_>> {
        self.pairs
            .iter()
            .map(|(Text(name), Text(value))| UserProperty::new(name, value))
            .collect()
    }

    fn identifiers(&self) -> Vec<SubscriptionIdentifier> {
        self.identifiers
            .iter()
            .map(|&number| identifier(number))
            .collect()
    }

    fn has(&self, id: PropertyId) -> bool {
        self.present >> id.as_u8() & 1 == 1
    }

    fn number(&self, id: PropertyId) -> Option<u32> {
        let number = pick(&self.numbers, id).copied();
        self.has(id)
            .then(|| number.unwrap_or(u32::from(id.as_u8())))
    }

    fn u16(&self, id: PropertyId) -> Option<u16> {
        self.number(id).map(|number| number as u16)
    }

    fn non_zero_u16(&self, id: PropertyId) -> Option<NonZeroU16> {
        self.u16(id)
            .map(|number| NonZeroU16::new(number).unwrap_or(NonZeroU16::MAX))
    }

    fn non_zero_u32(&self, id: PropertyId) -> Option<NonZeroU32> {
        self.number(id)
            .map(|number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX))
    }

    fn flag(&self, id: PropertyId) -> Option<bool> {
        self.number(id).map(|number| number % 2 == 1)
    }

    fn text(&self, id: PropertyId) -> Option<&str> {
        let text = pick(&self.texts, id).map_or("", |Text(text)| text.as_str());
        self.has(id).then_some(text)
    }

    fn binary(&self, id: PropertyId) -> Option<&[u8]> {
        let binary = pick(&self.binaries, id).map_or(&[][..], Vec::as_slice);
        self.has(id).then_some(short(binary))
    }

    /// Authentication Data does not stand without Authentication Method.
    fn authentication_data(&self) -> Option<AuthenticationData<'_>> {
        self.binary(PropertyId::AUTHENTICATION_DATA)
            .filter(|_| self.has(PropertyId::AUTHENTICATION_METHOD))
            .map(AuthenticationData)
    }

    fn connect<'a>(&'a self, user_properties: List<'a, UserProperty<'a>>) -> ConnectProperties<'a> {
        ConnectProperties {
            session_expiry_interval: self.number(PropertyId::SESSION_EXPIRY_INTERVAL),
            receive_maximum: self.non_zero_u16(PropertyId::RECEIVE_MAXIMUM),
            maximum_packet_size: self.non_zero_u32(PropertyId::MAXIMUM_PACKET_SIZE),
            topic_alias_maximum: self.u16(PropertyId::TOPIC_ALIAS_MAXIMUM),
            request_response_information: self.flag(PropertyId::REQUEST_RESPONSE_INFORMATION),
            request_problem_information: self.flag(PropertyId::REQUEST_PROBLEM_INFORMATION),
            authentication_method: self.text(PropertyId::AUTHENTICATION_METHOD),
            authentication_data: self.authentication_data(),
            user_properties,
        }
    }

    fn connack<'a>(&'a self, user_properties: List<'a, UserProperty<'a>>) -> ConnAckProperties<'a> {
        let maximum_qos = self.flag(PropertyId::MAXIMUM_QOS);
        ConnAckProperties {
            session_expiry_interval: self.number(PropertyId::SESSION_EXPIRY_INTERVAL),
            receive_maximum: self.non_zero_u16(PropertyId::RECEIVE_MAXIMUM),
            maximum_qos: maximum_qos.map(u8::from).and_then(QoS::from_u8),
            retain_available: self.flag(PropertyId::RETAIN_AVAILABLE),
            maximum_packet_size: self.non_zero_u32(PropertyId::MAXIMUM_PACKET_SIZE),
            assigned_client_identifier: self.text(PropertyId::ASSIGNED_CLIENT_IDENTIFIER),
            topic_alias_maximum: self.u16(PropertyId::TOPIC_ALIAS_MAXIMUM),
            reason_string: self.text(PropertyId::REASON_STRING),
            wildcard_subscription_available: self.flag(PropertyId::WILDCARD_SUBSCRIPTION_AVAILABLE),
            subscription_identifier_available: self
                .flag(PropertyId::SUBSCRIPTION_IDENTIFIER_AVAILABLE),
            shared_subscription_available: self.flag(PropertyId::SHARED_SUBSCRIPTION_AVAILABLE),
            server_keep_alive: self.u16(PropertyId::SERVER_KEEP_ALIVE),
            response_information: self.text(PropertyId::RESPONSE_INFORMATION),
            server_reference: self.text(PropertyId::SERVER_REFERENCE),
            authentication_method: self.text(PropertyId::AUTHENTICATION_METHOD),
            authentication_data: self.authentication_data(),
            user_properties,
        }
    }

    fn message<'a>(&'a self, user_properties: List<'a, UserProperty<'a>>) -> PublishProperties<'a> {
        let utf8 = self.flag(PropertyId::PAYLOAD_FORMAT_INDICATOR);
        PublishProperties {
            payload_format_indicator: utf8.map(|utf8| match utf8 {
                true => PayloadFormat::Utf8,
                false => PayloadFormat::Unspecified,
            }),
            content_type: self.text(PropertyId::CONTENT_TYPE),
            response_topic: self
                .has(PropertyId::RESPONSE_TOPIC)
                .then(|| self.topic.lend()),
            correlation_data: self.binary(PropertyId::CORRELATION_DATA),
            user_properties,
        }
    }

    fn ack<'a>(&'a self, user_properties: List<'a, UserProperty<'a>>) -> AckProperties<'a> {
        AckProperties {
            reason_string: self.text(PropertyId::REASON_STRING),
            user_properties,
        }
    }

    fn subscribe<'a>(
        &'a self,
        user_properties: List<'a, UserProperty<'a>>,
    ) -> SubscribeProperties<'a> {
        SubscribeProperties {
            subscription_identifier: self
                .number(PropertyId::SUBSCRIPTION_IDENTIFIER)
                .map(identifier),
            user_properties,
        }
    }

    fn disconnect<'a>(
        &'a self,
        user_properties: List<'a, UserProperty<'a>>,
    ) -> DisconnectProperties<'a> {
        DisconnectProperties {
            session_expiry_interval: self.number(PropertyId::SESSION_EXPIRY_INTERVAL),
            reason_string: self.text(PropertyId::REASON_STRING),
            server_reference: self.text(PropertyId::SERVER_REFERENCE),
            user_properties,
        }
    }

    fn auth<'a>(&'a self, user_properties: List<'a, UserProperty<'a>>) -> AuthProperties<'a> {
        AuthProperties {
            // Always there.
            authentication_method: self.text(PropertyId::AUTHENTICATION_METHOD).or(Some("")),
            authentication_data: self
                .binary(PropertyId::AUTHENTICATION_DATA)
                .map(AuthenticationData),
            reason_string: self.text(PropertyId::REASON_STRING),
            user_properties,
        }
    }
}

fn identifier(number: u32) -> SubscriptionIdentifier {
    let number = number % SubscriptionIdentifier::MAX + 1;
    SubscriptionIdentifier::new(number).expect("1 to the maximum")
}

/// One of the values, by and large another for each property.
fn pick<T>(values: &[T], id: PropertyId) -> Option<&T> {
    values.get(usize::from(id.as_u8()).checked_rem(values.len())?)
}
