//! The other crates, each in the form that suits it best.

pub mod decode;
pub mod encode;
pub mod exchange;
pub mod packets;
pub mod pieces;
pub mod topics;

pub use topics::makers;
