//! Puremqtt at work.

pub mod codec;
pub mod exchange;
pub mod pieces;
pub mod shared;
pub mod topics;
