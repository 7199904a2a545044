//! `-D COMMAND PROPERTY VALUE`: the properties of MQTT 5, under mosquitto's names.

use std::num::{NonZeroU16, NonZeroU32};

use puremqtt::{
    AuthenticationData, ConnectProperties, DisconnectProperties, List, OwnedTopicName,
    PayloadFormat, PublishProperties, SubscribeProperties, SubscriptionIdentifier, TopicName,
    UnsubscribeProperties, UserProperty,
};

use super::arguments::{Arguments, Stop};

/// A packet, or the will in one, that has properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Connect,
    Publish,
    Subscribe,
    Unsubscribe,
    Disconnect,
    Will,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    PayloadFormatIndicator(PayloadFormat),
    MessageExpiryInterval(u32),
    ContentType(String),
    ResponseTopic(OwnedTopicName),
    CorrelationData(Vec<u8>),
    SubscriptionIdentifier(SubscriptionIdentifier),
    SessionExpiryInterval(u32),
    AuthenticationMethod(String),
    AuthenticationData(Vec<u8>),
    RequestProblemInformation(bool),
    RequestResponseInformation(bool),
    WillDelayInterval(u32),
    ReceiveMaximum(NonZeroU16),
    TopicAliasMaximum(u16),
    TopicAlias(NonZeroU16),
    MaximumPacketSize(NonZeroU32),
    User(String, String),
}

/// What was given, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties(Vec<(Command, Property)>);

impl Properties {
    /// Reads what follows `-D`.
    pub fn take(&mut self, arguments: &mut Arguments) -> Result<(), Stop> {
        let mut text = || {
            let message = "--property argument given but not enough arguments specified.";
            arguments.text("property").map_err(|_| Stop::wrong(message))
        };
        let (command, name, value) = (Command::named(&text()?)?, text()?, text()?);
        let allowed = commands(&name)?;
        if !allowed.contains(&command) {
            return Err(Stop::wrong(format!(
                "{name} property not allowed for {} in --property argument.",
                command.name()
            )));
        }
        let property = if name == "user-property" {
            Property::User(value, text()?)
        } else {
            Property::read(&name, value)?
        };
        // Each but one stands at most once (2.2.2.2).
        let kind = std::mem::discriminant(&property);
        let mut present = self.of(command);
        if name != "user-property" && present.any(|other| std::mem::discriminant(other) == kind) {
            return Err(Stop::wrong(format!("{name} was given more than once.")));
        }
        drop(present);
        self.0.push((command, property));
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn of(&self, command: Command) -> impl Iterator<Item = &Property> {
        let given = self.0.iter().filter(move |(other, _)| *other == command);
        given.map(|(_, property)| property)
    }

    /// To be lent to one of the following.
    pub fn user(&self, command: Command) -> Vec<UserProperty<'_>> {
        self.of(command)
            .filter_map(|property| match property {
                Property::User(name, value) => Some(UserProperty { name, value }),
                _ => None,
            })
            .collect()
    }

    /// Of a CONNECT; `-x` goes before a Session Expiry Interval in it.
    pub fn connect<'a>(&'a self, user: &'a [UserProperty<'a>]) -> ConnectProperties<'a> {
        let mut properties = ConnectProperties {
            user_properties: List::from(user),
            ..Default::default()
        };
        for property in self.of(Command::Connect) {
            match property {
                Property::SessionExpiryInterval(seconds) => {
                    properties.session_expiry_interval = Some(*seconds);
                }
                Property::ReceiveMaximum(count) => properties.receive_maximum = Some(*count),
                Property::MaximumPacketSize(bytes) => properties.maximum_packet_size = Some(*bytes),
                Property::TopicAliasMaximum(count) => properties.topic_alias_maximum = Some(*count),
                Property::RequestResponseInformation(asked) => {
                    properties.request_response_information = Some(*asked);
                }
                Property::RequestProblemInformation(asked) => {
                    properties.request_problem_information = Some(*asked);
                }
                Property::AuthenticationMethod(method) => {
                    properties.authentication_method = Some(method);
                }
                Property::AuthenticationData(data) => {
                    properties.authentication_data = Some(AuthenticationData(data));
                }
                _ => {}
            }
        }
        properties
    }

    /// Of a PUBLISH or a will, without what is a field of it.
    pub fn message<'a>(
        &'a self,
        command: Command,
        user: &'a [UserProperty<'a>],
    ) -> PublishProperties<'a> {
        let mut properties = PublishProperties {
            user_properties: List::from(user),
            ..Default::default()
        };
        for property in self.of(command) {
            match property {
                Property::PayloadFormatIndicator(format) => {
                    properties.payload_format_indicator = Some(*format);
                }
                Property::ContentType(text) => properties.content_type = Some(text),
                Property::ResponseTopic(topic) => {
                    properties.response_topic = Some(topic.as_name());
                }
                Property::CorrelationData(data) => properties.correlation_data = Some(data),
                _ => {}
            }
        }
        properties
    }

    pub fn message_expiry_interval(&self, command: Command) -> Option<u32> {
        self.of(command).find_map(|property| match property {
            Property::MessageExpiryInterval(seconds) => Some(*seconds),
            _ => None,
        })
    }

    pub fn topic_alias(&self) -> Option<NonZeroU16> {
        self.of(Command::Publish)
            .find_map(|property| match property {
                Property::TopicAlias(alias) => Some(*alias),
                _ => None,
            })
    }

    pub fn will_delay_interval(&self) -> Option<u32> {
        self.of(Command::Will).find_map(|property| match property {
            Property::WillDelayInterval(seconds) => Some(*seconds),
            _ => None,
        })
    }

    pub fn subscribe<'a>(&'a self, user: &'a [UserProperty<'a>]) -> SubscribeProperties<'a> {
        let mut of = self.of(Command::Subscribe);
        SubscribeProperties {
            subscription_identifier: of.find_map(|property| match property {
                Property::SubscriptionIdentifier(identifier) => Some(*identifier),
                _ => None,
            }),
            user_properties: List::from(user),
        }
    }

    pub fn unsubscribe<'a>(&'a self, user: &'a [UserProperty<'a>]) -> UnsubscribeProperties<'a> {
        UnsubscribeProperties {
            user_properties: List::from(user),
        }
    }

    pub fn disconnect<'a>(&'a self, user: &'a [UserProperty<'a>]) -> DisconnectProperties<'a> {
        let mut of = self.of(Command::Disconnect);
        DisconnectProperties {
            session_expiry_interval: of.find_map(|property| match property {
                Property::SessionExpiryInterval(seconds) => Some(*seconds),
                _ => None,
            }),
            user_properties: List::from(user),
            ..Default::default()
        }
    }
}

impl Command {
    const ALL: [Self; 6] = [
        Self::Connect,
        Self::Publish,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Disconnect,
        Self::Will,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Publish => "publish",
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Disconnect => "disconnect",
            Self::Will => "will",
        }
    }

    fn named(name: &str) -> Result<Self, Stop> {
        let command = Self::ALL.into_iter().find(|command| command.name() == name);
        command.ok_or_else(|| Stop::wrong("Invalid command given in --property argument."))
    }
}

/// Which may bear it (table 2-4).
fn commands(name: &str) -> Result<&'static [Command], Stop> {
    use Command::*;
    Ok(match name {
        "content-type"
        | "correlation-data"
        | "message-expiry-interval"
        | "payload-format-indicator"
        | "response-topic" => &[Publish, Will],
        "topic-alias" => &[Publish],
        "will-delay-interval" => &[Will],
        "subscription-identifier" => &[Subscribe],
        "session-expiry-interval" => &[Connect, Disconnect],
        "authentication-data"
        | "authentication-method"
        | "maximum-packet-size"
        | "receive-maximum"
        | "request-problem-information"
        | "request-response-information"
        | "topic-alias-maximum" => &[Connect],
        "user-property" => &Command::ALL,
        _ => {
            let message = "Invalid property name given in --property argument.";
            return Err(Stop::wrong(message));
        }
    })
}

impl Property {
    /// `None` when the value is not one of this property.
    fn parse(name: &str, value: &str) -> Option<Self> {
        let format = || value.parse().ok().and_then(PayloadFormat::from_u8);
        let identifier = || value.parse().ok().and_then(SubscriptionIdentifier::new);
        Some(match name {
            "payload-format-indicator" => Self::PayloadFormatIndicator(format()?),
            "message-expiry-interval" => Self::MessageExpiryInterval(value.parse().ok()?),
            "content-type" => Self::ContentType(value.into()),
            "response-topic" => Self::ResponseTopic(TopicName::new(value).ok()?.into()),
            "correlation-data" => Self::CorrelationData(value.into()),
            "subscription-identifier" => Self::SubscriptionIdentifier(identifier()?),
            "session-expiry-interval" => Self::SessionExpiryInterval(value.parse().ok()?),
            "authentication-method" => Self::AuthenticationMethod(value.into()),
            "authentication-data" => Self::AuthenticationData(value.into()),
            "request-problem-information" => Self::RequestProblemInformation(flag(value)?),
            "request-response-information" => Self::RequestResponseInformation(flag(value)?),
            "will-delay-interval" => Self::WillDelayInterval(value.parse().ok()?),
            "receive-maximum" => Self::ReceiveMaximum(value.parse().ok()?),
            "topic-alias-maximum" => Self::TopicAliasMaximum(value.parse().ok()?),
            "topic-alias" => Self::TopicAlias(value.parse().ok()?),
            "maximum-packet-size" => Self::MaximumPacketSize(value.parse().ok()?),
            _ => return None,
        })
    }

    fn read(name: &str, value: String) -> Result<Self, Stop> {
        Self::parse(name, &value)
            .ok_or_else(|| Stop::wrong(format!("Property value '{value}' is invalid for {name}.")))
    }
}

fn flag(value: &str) -> Option<bool> {
    match value {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
