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
//!  bytes ─► Decoder::decode ─► Packet<'a> ─► Connection::receive ─► Event ─► application
//!                                                   │                           │
//!                                                 reply               acknowledge, publish
//!                                                   ▼                           ▼
//!  bytes ◄─ Encoder::encode ◄─── Packet<'a> ◄─ Connection::transmit ◄─────── Session
//! ```
//!
//! A module imports only from the floors below it.
//!
//! | floor | module | what is in it |
//! | --- | --- | --- |
//! | 4 | `connection` | [`ClientConnection`], [`ServerConnection`]: what one network connection has agreed on, [`Limits`], [`KeepAlive`] |
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
//! **One packet in, at most one event and one reply out.** A connection takes
//! packets and time, and gives events; what needs no decision of yours is a
//! reply, all else that is due is pulled. It never reads, writes, sleeps or
//! calls back:
//!
//! ```
//! use core::time::Duration;
//! use puremqtt::*;
//!
//! /// What a client does with bytes that came in; what goes out is appended to `output`.
//! fn on_bytes(
//!     connection: &mut ClientConnection, decoder: &mut Decoder, encoder: &mut Encoder,
//!     mut input: &[u8], output: &mut Vec<u8>, now: Duration,
//! ) -> Result<(), Cause> {
//!     while let Some((packet, used)) = decoder.decode(input)? {
//!         let Received { event, reply } = connection.receive(packet, now)?;
//!         match event {
//!             Some(Event::Connected { .. }) => {
//!                 let wanted = [Subscription::new(TopicFilter::literal("area/#"), QoS::AtLeastOnce)];
//!                 if let Ok(subscribe) = connection.subscribe(&wanted, now) {
//!                     encoder.encode(subscribe, output)?;
//!                 }
//!             }
//!             Some(Event::Message(publish, receipt)) => {
//!                 println!("{}: {:?}", publish.topic, publish.payload);
//!                 if let Some(receipt) = receipt {
//!                     connection.acknowledge(receipt);
//!                 }
//!             }
//!             _ => {}
//!         }
//!         if let Some(reply) = reply {
//!             encoder.encode(reply, output)?;
//!         }
//!         input = &input[used..];
//!         connection.configure(decoder, encoder);
//!     }
//!     while let Some(next) = connection.transmit(now) {
//!         next.encode(encoder, output)?;
//!         next.sent();
//!     }
//!     Ok(())
//! }
//! # let now = Duration::ZERO;
//! # let connect = Connect::default();
//! # let mut connection = ClientConnection::new(Session::new(), &connect, now);
//! # let (mut decoder, mut encoder) = (Decoder::client(Version::V5), Encoder::client(Version::V5));
//! # let mut output = Vec::new();
//! # let input = b"\x20\x03\x00\x00\x00\x32\x07\x00\x01a\x00\x07\x00x";
//! # on_bytes(&mut connection, &mut decoder, &mut encoder, input, &mut output, now).unwrap();
//! # assert_eq!(output, b"\x82\x0c\x00\x01\x00\x00\x06area/#\x01\x40\x02\x00\x07");
//! ```
//!
//! **When it ends**, `close` gives back the session, tells a server which will
//! is due, and has the farewell, if the version and the cause call for one. The
//! [`questions`] have more on acknowledging, reconnecting and storing.
//!
//! **Errors** say whose fault it is. The peer's, [`DecodeError`], has the number
//! of the broken statement, the offset and the reason code to answer with; the
//! caller's are [`EncodeError`], [`TopicError`] and [`CallError`]. [`ProtocolError`] is the
//! peer's again, in what a packet means and not in how it is written. Incomplete input is no error:
//! `Ok(None)`.
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `std` (default) | `alloc`, and the standard library's side of the dependencies |
//! | `alloc` | `bytes`, `Vec<u8>` and [`Rope`] as an [`Output`], Topic Aliases, owned topics, the trees, [`Message`], [`Session`], both connections |
//! | `bytes` | `BytesMut` as an [`Output`] |
//! | `arbitrary` | `Arbitrary` for the owned and scalar types |
//! | `tokio-codec` | `FrameCodec`, for `tokio_util::codec::Framed` |
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
mod integration;
#[cfg(feature = "alloc")]
mod message;
mod packet;
mod protocol_error;
#[cfg(any(doc, doctest))]
#[doc = include_str!("questions.md")]
pub mod questions {}
#[cfg(feature = "alloc")]
mod session;
mod topic;
mod wire;

pub use codec::{Decoder, Encoder};
#[cfg(feature = "alloc")]
pub use connection::{
    CallError, Cause, ClientClosed, ClientConnection, DueWill, Event, Farewell, Received, Refusal,
    Response, ServerClosed, ServerConnection, Unaccepted,
};
pub use connection::{Due, KeepAlive, Limits};
pub use delivery::{Outgoing, Receipt, Reply, Request};
#[cfg(feature = "tokio-codec")]
pub use integration::tokio_codec::{FrameCodec, FrameError};
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
#[cfg(feature = "alloc")]
pub use wire::rope::{Rope, Sharing};

#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;
