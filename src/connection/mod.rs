//! Floor 4: the two sides of one network connection, and what they have agreed on.

#[cfg(feature = "alloc")]
mod authentication;
#[cfg(feature = "alloc")]
mod call_error;
#[cfg(feature = "alloc")]
mod cause;
#[cfg(feature = "alloc")]
mod client;
#[cfg(feature = "alloc")]
mod event;
#[cfg(feature = "alloc")]
mod exchange;
#[cfg(feature = "alloc")]
mod judge;
mod keep_alive;
mod limits;
#[cfg(feature = "alloc")]
mod news;
#[cfg(feature = "alloc")]
mod requests;
#[cfg(feature = "alloc")]
mod response;
#[cfg(feature = "alloc")]
mod server;
#[cfg(feature = "alloc")]
mod will;

#[cfg(feature = "alloc")]
pub use call_error::CallError;
#[cfg(feature = "alloc")]
pub use cause::{Cause, Farewell};
#[cfg(feature = "alloc")]
pub use client::{ClientClosed, ClientConnection};
#[cfg(feature = "alloc")]
pub use event::{Event, Received, Refusal};
pub use keep_alive::{Due, KeepAlive};
pub use limits::Limits;
#[cfg(feature = "alloc")]
pub use response::Response;
#[cfg(feature = "alloc")]
pub use server::{ServerClosed, ServerConnection, Unaccepted};
#[cfg(feature = "alloc")]
pub use will::DueWill;
