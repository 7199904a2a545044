//! MQTT 3.1, 3.1.1 and 5 without IO.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        reason = "a test may panic"
    )
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod codec;
mod packet;
mod topic;
mod wire;

pub use codec::{Decoder, Encoder};
pub use packet::{
    Ack, AckProperties, Auth, AuthProperties, AuthenticationData, ConnAck, ConnAckProperties,
    Connect, ConnectProperties, DecodeError, DecodeErrorKind, Delivery, Disconnect,
    DisconnectProperties, EncodeError, Field, Item, List, ListIter, Packet, PacketId, PacketType,
    PayloadFormat, Properties, PropertyId, PropertyStruct, Publish, PublishProperties, QoS,
    ReasonCode, RetainHandling, Role, SubAck, Subscribe, SubscribeProperties, Subscription,
    SubscriptionIdentifier, SubscriptionOptions, Unsubscribe, UnsubscribeProperties, UserProperty,
    Version, Will,
};
pub use topic::{Levels, TopicError, TopicErrorKind, TopicFilter, TopicName};
pub use wire::output::{Output, SliceOutput};
