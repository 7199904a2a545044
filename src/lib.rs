//! MQTT 3.1, 3.1.1 and 5 without IO: bytes come in, packets come out.
//!
//! A strict codec that borrows from the bytes it is given, for clients, servers,
//! proxies and bystanders, on anything from a microcontroller without a heap to
//! a broker. No sockets, no clock, no threads, no callbacks; no `unsafe`, and no
//! panic on any input or order of calls.
//!
//! ```
//! use puremqtt::{Decoder, Encoder, Packet, Publish, QoS, TopicFilter, TopicName, Version};
//!
//! const TOPIC: TopicName = TopicName::literal("area/10/sensor/5000/temperature");
//! const WANTED: TopicFilter = TopicFilter::literal("area/10/sensor/+/temperature");
//!
//! let mut wire = Vec::new();
//! Encoder::new(Version::V5).encode(Publish::new(TOPIC, b"21.5"), &mut wire)?;
//!
//! let mut decoder = Decoder::new(Version::V5);
//! let Some((Packet::Publish(publish), used)) = decoder.decode(&wire)? else { return Ok(()) };
//! assert!(WANTED.matches(publish.topic));
//! assert_eq!((publish.payload, publish.delivery.qos(), used), (&b"21.5"[..], QoS::AtMostOnce, wire.len()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Architecture
//!
//! ```text
//!  bytes ─► Decoder::decode ─► Packet<'a> ─► Session::receive ─► application
//!                                                │                  │
//!                                              reply     acknowledge, publish
//!                                                ▼                  ▼
//!  bytes ◄─ Encoder::encode ◄──────────────── Packet<'a> ◄─ Session::transmit
//! ```
//!
//! A module imports only from the floors below it.
//!
//! | floor | module | what is in it |
//! | --- | --- | --- |
//! | 3 | `session` | [`Session`]: both halves of QoS 1 and 2, a bounded queue, save and restore; [`Message`] |
//! | 2 | [`delivery`] | [`Sender`](delivery::Sender), [`Receiver`](delivery::Receiver): the exchanges of QoS 1 and 2, on any storage |
//! | 2 | `codec` | [`Decoder`], [`Encoder`]: version, size limits, Topic Aliases |
//! | 1 | `packet` | [`Packet`], a struct for each kind, [`Properties`], [`ReasonCode`] |
//! | 1 | `topic` | [`TopicName`], [`TopicFilter`], matching, [`SubscriptionTree`], [`TopicTree`] |
//! | 0 | `wire` | text, integers, the fixed header, [`Output`]; knows no packet |
//!
//! **Borrowed.** A [`Packet`] points into the input. Lists and property blocks
//! are checked once, stay in their bytes and are read when asked for:
//! [`List`], [`Properties`]. To build a packet, lend a slice or a struct.
//!
//! **One type for all versions.** What only MQTT 5 has is under `properties`, in
//! a [`ReasonCode`] or in a field whose default means what 3.1.1 means. Encoding
//! refuses what the version cannot say; [`Packet::for_version`] drops it.
//!
//! **Nothing is lost or done twice.** A QoS 1 or 2 PUBLISH comes with a
//! [`Receipt`], redeemed when its message is processed; what is due is pulled
//! with `transmit` and committed when it is sent; a message always comes back
//! to who published it.
//!
//! **Errors** say whose fault it is. The peer's, [`DecodeError`], has the number
//! of the broken statement, the offset and the reason code to answer with; the
//! caller's are [`EncodeError`] and [`TopicError`]. [`ProtocolError`] is the
//! peer's again, in what a packet means and not in how it is written. Incomplete input is no error:
//! `Ok(None)`.
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `std` (default) | `alloc`, and the standard library's side of the dependencies |
//! | `alloc` | `bytes`, `Vec<u8>` as an [`Output`], Topic Aliases, owned topics, the trees, [`Message`], [`Session`] |
//! | `bytes` | `BytesMut` as an [`Output`] |
//! | `arbitrary` | `Arbitrary` for the owned and scalar types |
//!
//! Without features the crate needs neither heap nor operating system.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
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

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod codec;
mod connection;
pub mod delivery;
#[cfg(feature = "alloc")]
mod message;
mod packet;
mod protocol_error;
#[cfg(feature = "alloc")]
mod session;
mod topic;
mod wire;

pub use codec::{Decoder, Encoder};
#[cfg(feature = "alloc")]
pub use connection::{
    CallError, Cause, ClientClosed, ClientConnection, DueWill, Event, Farewell, Limits, Received,
    Refusal, Response, ServerClosed, ServerConnection, Unaccepted,
};
pub use connection::{Due, KeepAlive};
pub use delivery::{Outgoing, Receipt, Reply, Request};
#[cfg(feature = "alloc")]
pub use message::Message;
pub use packet::{
    Ack, AckProperties, Auth, AuthProperties, AuthenticationData, ConnAck, ConnAckProperties,
    Connect, ConnectProperties, DecodeError, DecodeErrorKind, Delivery, Disconnect,
    DisconnectProperties, EncodeError, Field, Item, List, ListIter, Packet, PacketId, PacketType,
    PayloadFormat, Properties, PropertyId, PropertyStruct, Publish, PublishProperties, QoS,
    ReasonCode, RetainHandling, Role, SubAck, Subscribe, SubscribeProperties, Subscription,
    SubscriptionIdentifier, SubscriptionOptions, Unsubscribe, UnsubscribeProperties, UserProperty,
    Version, Will,
};
pub use protocol_error::{ProtocolError, ProtocolErrorKind};
#[cfg(feature = "alloc")]
pub use session::{
    Agreed, Dropped, Incoming, QueueLimits, Record, RestoreError, RestoreErrorKind, Resumption,
    Session, Taken, Terms, Transmit, WhenFull,
};
#[cfg(feature = "alloc")]
pub use topic::{
    Exhausted, Group, Match, Matches, MatchesWithin, Matching, MatchingWithin, Members,
    OwnedTopicFilter, OwnedTopicName, SubscriptionTree, Subscriptions, TopicTree,
};
pub use topic::{Levels, TopicError, TopicErrorKind, TopicFilter, TopicName};
pub use wire::output::{Output, SliceOutput};

#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;
