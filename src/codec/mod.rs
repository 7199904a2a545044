//! Floor 2: bytes to packets and back, with what one direction of a connection
//! remembers: the version, size limits, topic aliases.

mod aliases;
#[cfg(feature = "alloc")]
mod assigned;
mod decoder;
mod encoder;
mod frequent;
mod problem;
mod rules;

pub use decoder::Decoder;
pub use encoder::Encoder;
