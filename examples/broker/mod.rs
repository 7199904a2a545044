//! A broker on the crate: [`core`] is all of it that does no IO, [`server`] the rest.

pub mod acl;
pub mod config;
pub mod core;
pub mod file_error;
pub mod http;
pub mod log;
pub mod password;
pub mod server;
pub mod store;
pub mod tls;
