use core::{
    fmt,
    num::{NonZeroU16, NonZeroU32},
};

use super::property::{Block, PropertySet};
use super::value::{self, Encode, Value};
use super::{AuthenticationData, EncodeError, List, PropertyId, QoS, UserProperty, Version};
use super::{PayloadFormat, SubscriptionIdentifier};
use crate::topic::TopicName;
use crate::wire::sink::Sink;

/// The properties of a packet (MQTT 5, 2.2.2): still in the bytes they were
/// read from, or a struct lent by the caller.
///
/// What comes from the wire was validated when the packet was decoded.
/// [`read`](Properties::read) gives all of it as the struct `P`, a getter finds
/// one; nothing is allocated. Equality is by meaning, whichever form they have.
///
/// Bind the struct before lending it:
///
/// ```
/// use puremqtt::{Publish, PublishProperties, TopicName};
///
/// let properties = PublishProperties { content_type: Some("text/plain"), ..Default::default() };
/// let publish = Publish { properties: (&properties).into(), ..Publish::new(TopicName::literal("a"), b"x") };
/// assert_eq!(publish.properties.content_type(), Some("text/plain"));
/// ```
pub struct Properties<'a, P> {
    repr: Repr<'a, P>,
}

enum Repr<'a, P> {
    Wire { block: &'a [u8], seen: PropertySet },
    Lent(&'a P),
}

impl<'a, P> Properties<'a, P> {
    /// None.
    pub const NONE: Self = Self {
        repr: Repr::Wire {
            block: &[],
            seen: PropertySet::EMPTY,
        },
    };

    /// Properties lent by the caller.
    pub const fn new(properties: &'a P) -> Self {
        Self {
            repr: Repr::Lent(properties),
        }
    }

    /// A checked block.
    #[inline(always)]
    pub(crate) const fn wire(block: &'a [u8], seen: PropertySet) -> Self {
        Self {
            repr: Repr::Wire { block, seen },
        }
    }

    /// True for an empty block, as [`NONE`](Self::NONE).
    #[inline(always)]
    pub(crate) const fn is_none(&self) -> bool {
        matches!(self.repr, Repr::Wire { block: [], .. })
    }

    /// The block and what is in it, unless lent.
    #[inline(always)]
    pub(crate) const fn as_wire(&self) -> Option<(&'a [u8], PropertySet)> {
        match self.repr {
            Repr::Wire { block, seen } => Some((block, seen)),
            Repr::Lent(_) => None,
        }
    }
}

impl<'a, P: PropertyStruct<'a>> Properties<'a, P> {
    /// All of them, in one pass.
    pub fn read(self) -> P {
        match self.repr {
            Repr::Wire { block, .. } => P::read(block),
            Repr::Lent(properties) => *properties,
        }
    }

    /// True when there are none.
    pub fn is_empty(self) -> bool {
        match self.repr {
            Repr::Wire { seen, .. } => !seen.intersects(P::ALL),
            Repr::Lent(properties) => properties.is_empty(),
        }
    }

    /// True when the property is there; always false for one that `P` does not have.
    pub fn contains(self, id: PropertyId) -> bool {
        match self.repr {
            Repr::Wire { seen, .. } => P::ALL.contains(id) && seen.contains(id),
            Repr::Lent(properties) => properties.contains(id),
        }
    }
}

impl<'a, P: PropertyStruct<'a>> Encode for Properties<'a, P> {
    /// Bytes from the wire as they are.
    #[inline]
    fn encode<S: Sink>(&self, _: Version, sink: &mut S) -> Result<(), EncodeError> {
        match self.repr {
            Repr::Wire { block, .. } => {
                sink.put(block);
                Ok(())
            }
            Repr::Lent(properties) => properties.write(sink),
        }
    }
}

impl<P> Clone for Properties<'_, P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Properties<'_, P> {}

impl<P> Clone for Repr<'_, P> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Repr<'_, P> {}

impl<P> Default for Properties<'_, P> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<'a, P> From<&'a P> for Properties<'a, P> {
    fn from(properties: &'a P) -> Self {
        Self::new(properties)
    }
}

impl<'a, P: PropertyStruct<'a>> PartialEq for Properties<'a, P> {
    fn eq(&self, other: &Self) -> bool {
        self.read() == other.read()
    }
}

impl<'a, P: PropertyStruct<'a>> Eq for Properties<'a, P> {}

impl<'a, P: PropertyStruct<'a>> fmt::Debug for Properties<'a, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read().fmt(f)
    }
}

/// A struct of properties. Sealed: the standard says which there are.
pub trait PropertyStruct<'a>: sealed::Sealed<'a> {}

pub(crate) mod sealed {
    use super::{EncodeError, PropertyId, PropertySet, Sink};

    pub trait Sealed<'a>: Copy + Default + Eq + core::fmt::Debug {
        /// Those the struct has.
        const ALL: PropertySet;

        fn read(block: &'a [u8]) -> Self;
        fn write<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError>;
        fn contains(&self, id: PropertyId) -> bool;
        fn is_empty(&self) -> bool;
    }
}

macro_rules! property_structs {
    ($(
        $(#[$struct_doc:meta])*
        $name:ident { $($(#[$doc:meta])* $field:ident: $id:ident $value:ty,)* }
    )*) => {$(
        $(#[$struct_doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name<'a> {
            $($(#[$doc])* pub $field: Option<$value>,)*
            /// Name and value pairs of the application's own, in their order.
            pub user_properties: List<'a, UserProperty<'a>>,
        }

        impl<'a> sealed::Sealed<'a> for $name<'a> {
            const ALL: PropertySet =
                PropertySet::EMPTY.with(PropertyId::USER_PROPERTY)$(.with(PropertyId::$id))*;

            fn read(block: &'a [u8]) -> Self {
                let mut properties = Self::default();
                for property in Block(block) {
                    match property.id {
                        $(PropertyId::$id => properties.$field = Value::read(property.value),)*
                        PropertyId::USER_PROPERTY => properties.user_properties = List::wire(block, Version::V5),
                        _ => {}
                    }
                }
                properties
            }

            #[inline]
            fn write<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
                $(value::write(sink, PropertyId::$id, self.$field)?;)*
                self.user_properties.write(Version::V5, sink)
            }

            fn contains(&self, id: PropertyId) -> bool {
                match id {
                    $(PropertyId::$id => self.$field.is_some(),)*
                    PropertyId::USER_PROPERTY => !self.user_properties.is_empty(),
                    _ => false,
                }
            }

            fn is_empty(&self) -> bool {
                $(self.$field.is_none() &&)* self.user_properties.is_empty()
            }
        }

        impl<'a> PropertyStruct<'a> for $name<'a> {}

        impl<'a> Properties<'a, $name<'a>> {
            $(
                $(#[$doc])*
                #[doc = ""]
                #[doc = "`None` when it is absent."]
                pub fn $field(self) -> Option<$value> {
                    match self.repr {
                        Repr::Wire { block, seen } => value::find(block, seen, PropertyId::$id),
                        Repr::Lent(properties) => properties.$field,
                    }
                }
            )*

            /// Name and value pairs of the application's own, in their order.
            pub fn user_properties(self) -> List<'a, UserProperty<'a>> {
                match self.repr {
                    Repr::Wire { block, seen } if seen.contains(PropertyId::USER_PROPERTY) => {
                        List::wire(block, Version::V5)
                    }
                    Repr::Wire { .. } => List::EMPTY,
                    Repr::Lent(properties) => properties.user_properties,
                }
            }
        }
    )*};
}

property_structs! {
    /// Properties of a CONNECT (3.1.2.11).
    ConnectProperties {
        /// Seconds the session outlives the connection; absent 0, `u32::MAX` for ever.
        session_expiry_interval: SESSION_EXPIRY_INTERVAL u32,
        /// QoS 1 and 2 PUBLISHes the client takes at once; absent 65,535.
        receive_maximum: RECEIVE_MAXIMUM NonZeroU16,
        /// Bytes of the largest packet the client takes, its fixed header included; absent no limit.
        maximum_packet_size: MAXIMUM_PACKET_SIZE NonZeroU32,
        /// The highest Topic Alias the client takes; absent 0, none.
        topic_alias_maximum: TOPIC_ALIAS_MAXIMUM u16,
        /// Asks for Response Information in the CONNACK; absent false.
        request_response_information: REQUEST_RESPONSE_INFORMATION bool,
        /// Lets the server send Reason Strings and User Properties with more than PUBLISH, CONNACK
        /// and DISCONNECT; absent true.
        request_problem_information: REQUEST_PROBLEM_INFORMATION bool,
        /// The method of enhanced authentication (4.12).
        authentication_method: AUTHENTICATION_METHOD &'a str,
        /// Data of that method; not without it. Masked when printed.
        authentication_data: AUTHENTICATION_DATA AuthenticationData<'a>,
    }

    /// Properties of a CONNACK (3.2.2.3).
    ConnAckProperties {
        /// Seconds the server keeps the session; absent what CONNECT asked for.
        session_expiry_interval: SESSION_EXPIRY_INTERVAL u32,
        /// QoS 1 and 2 PUBLISHes the server takes at once; absent 65,535.
        receive_maximum: RECEIVE_MAXIMUM NonZeroU16,
        /// The highest QoS the server takes, 0 or 1; absent 2.
        maximum_qos: MAXIMUM_QOS QoS,
        /// Whether the server keeps retained messages; absent true.
        retain_available: RETAIN_AVAILABLE bool,
        /// Bytes of the largest packet the server takes, its fixed header included; absent no limit.
        maximum_packet_size: MAXIMUM_PACKET_SIZE NonZeroU32,
        /// The identifier the server gave to a client that came without one.
        assigned_client_identifier: ASSIGNED_CLIENT_IDENTIFIER &'a str,
        /// The highest Topic Alias the server takes; absent 0, none.
        topic_alias_maximum: TOPIC_ALIAS_MAXIMUM u16,
        /// Why, for humans.
        reason_string: REASON_STRING &'a str,
        /// Whether filters may have wildcards; absent true.
        wildcard_subscription_available: WILDCARD_SUBSCRIPTION_AVAILABLE bool,
        /// Whether SUBSCRIBE may have a Subscription Identifier; absent true.
        subscription_identifier_available: SUBSCRIPTION_IDENTIFIER_AVAILABLE bool,
        /// Whether subscriptions may be shared; absent true.
        shared_subscription_available: SHARED_SUBSCRIPTION_AVAILABLE bool,
        /// Seconds of Keep Alive in place of the client's; 0 turns it off.
        server_keep_alive: SERVER_KEEP_ALIVE u16,
        /// What response topics are to be made of.
        response_information: RESPONSE_INFORMATION &'a str,
        /// Another server to use.
        server_reference: SERVER_REFERENCE &'a str,
        /// The method of enhanced authentication, as in CONNECT.
        authentication_method: AUTHENTICATION_METHOD &'a str,
        /// Data of that method; not without it. Masked when printed.
        authentication_data: AUTHENTICATION_DATA AuthenticationData<'a>,
    }

    /// Properties of a PUBLISH or a will that every hop passes on unaltered (3.3.2.3, 3.1.3.2).
    PublishProperties {
        /// Whether the payload is text.
        payload_format_indicator: PAYLOAD_FORMAT_INDICATOR PayloadFormat,
        /// What the payload is, by agreement of the applications.
        content_type: CONTENT_TYPE &'a str,
        /// Where an answer is awaited.
        response_topic: RESPONSE_TOPIC TopicName<'a>,
        /// What an answer has to repeat.
        correlation_data: CORRELATION_DATA &'a [u8],
    }

    /// Properties of PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK (3.4.2.2 and its like).
    AckProperties {
        /// Why, for humans.
        reason_string: REASON_STRING &'a str,
    }

    /// Properties of a SUBSCRIBE (3.8.2.1).
    SubscribeProperties {
        /// A number that comes back with every message of these subscriptions.
        subscription_identifier: SUBSCRIPTION_IDENTIFIER SubscriptionIdentifier,
    }

    /// Properties of an UNSUBSCRIBE (3.10.2.1).
    UnsubscribeProperties {}

    /// Properties of a DISCONNECT (3.14.2.2).
    DisconnectProperties {
        /// Seconds the session outlives the connection, from the client alone; absent as in CONNECT.
        session_expiry_interval: SESSION_EXPIRY_INTERVAL u32,
        /// Why, for humans.
        reason_string: REASON_STRING &'a str,
        /// Another server to use, from the server alone.
        server_reference: SERVER_REFERENCE &'a str,
    }

    /// Properties of an AUTH (3.15.2.2).
    AuthProperties {
        /// The method of enhanced authentication, as in CONNECT; always there.
        authentication_method: AUTHENTICATION_METHOD &'a str,
        /// Data of that method. Masked when printed.
        authentication_data: AUTHENTICATION_DATA AuthenticationData<'a>,
        /// Why, for humans.
        reason_string: REASON_STRING &'a str,
    }
}
