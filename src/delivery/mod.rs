//! The two halves of QoS 1 and 2 (section 4.3), as plain state on storage of
//! the caller's choice.
//!
//! [`Sender`] numbers messages, keeps them until the peer has answered and
//! says what is to be sent again; [`Receiver`] remembers which identifiers
//! came in and whose turn it is to be answered. Neither knows a connection, a
//! clock or a heap: [`Session`](crate::Session) joins them for programs that
//! have one, a device takes them as they are.
//!
//! ```
//! use puremqtt::delivery::{Mark, Receiver, Sender, Slot};
//! use puremqtt::{Outgoing, Packet, Publish, QoS, TopicName, Version};
//!
//! let mut sender = Sender::new([Slot::<[u8; 4]>::EMPTY; 8]);
//! let mut receiver = Receiver::new([Mark::EMPTY; 8]);
//! sender.connected(Version::V3_1_1, u16::MAX);
//! receiver.connected(Version::V3_1_1, u16::MAX);
//!
//! sender.publish(*b"21.5", QoS::AtLeastOnce).map_err(|_| "no place")?;
//! let next = sender.transmit().ok_or("one is due")?;
//! let Outgoing::Message { delivery, message, .. } = next.outgoing() else { panic!() };
//! let publish = Publish { delivery, ..Publish::new(TopicName::literal("t"), message) };
//! // Encoded, written, read and decoded, it reaches the other side:
//! let arrived = receiver.receive(&publish.into())?;
//! next.sent();
//!
//! let receipt = arrived.receipt.ok_or("it is new")?;
//! receiver.acknowledge(receipt); // once the message is processed
//! let answer = receiver.transmit().ok_or("a PUBACK is due")?;
//! let puback: Packet = answer.reply().into();
//! answer.sent();
//!
//! let progress = sender.receive(&puback)?;
//! assert_eq!(progress.delivered().map(|(message, _)| message), Some(*b"21.5"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod arrival;
mod circle;
mod entries;
mod growth;
mod marks;
mod places;
#[cfg(all(test, feature = "alloc"))]
mod probes;
mod progress;
mod receipt;
mod receiver;
mod reply;
mod sender;
mod slots;
mod table;
mod transmit;

pub use answer::{Answer, Arrived};
pub use entries::{Entry, Exchange};
pub use marks::{Mark, Marks};
pub use progress::{Outcome, Progress};
pub use receipt::Receipt;
pub use receiver::Receiver;
pub use reply::Reply;
pub use sender::{Request, Sender};
pub use slots::{Slot, Slots};
pub use transmit::{Outgoing, Transmit};

#[cfg(feature = "alloc")]
pub(crate) use answer::DueAnswer;
#[cfg(feature = "alloc")]
pub(crate) use sender::Turn;
#[cfg(feature = "alloc")]
pub(crate) use transmit::{Next, first_delivery, released};
