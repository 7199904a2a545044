//! What the programs `publish` and `subscribe` share: a command line with the habits of
//! mosquitto_pub and mosquitto_sub.

pub mod arguments;
pub mod connection;
pub mod format;
pub mod properties;
pub mod publish;
pub mod subscribe;
