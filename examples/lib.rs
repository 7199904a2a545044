//! What the programs in this folder have in common.

pub mod broker;
pub mod client;
pub mod websocket;
