//! What survives when the broker ends without a word: its core and its store, without processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "durability/damage.rs"]
mod damage;
#[path = "common/party.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod party;
#[path = "durability/sessions.rs"]
mod sessions;
#[path = "durability/steps.rs"]
mod steps;
#[path = "durability/times.rs"]
mod times;
#[path = "broker/wire.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod wire;
#[path = "broker/world.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod world;
