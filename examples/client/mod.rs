//! What the programs `publish` and `subscribe` share: a command line with the habits of
//! mosquitto_pub and mosquitto_sub, and a connection over TCP, TLS or WebSocket.

pub mod arguments;
pub mod connect;
pub mod connection;
pub mod failure;
pub mod format;
pub mod link;
pub mod progress;
pub mod properties;
pub mod publish;
pub mod subscribe;
pub mod tls;
pub mod transport;
