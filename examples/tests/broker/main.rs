//! The broker's rules, from bytes to bytes: every numbered statement that takes a whole broker to
//! show, and what the standard leaves open. No IO, and a clock that the test moves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod bad_inputs;
mod limits;
mod opening;
mod properties;
mod retained;
mod routing;
mod sessions;
mod shared;
mod subscribing;
mod turns;
mod versions;
mod wills;
mod wire;
mod world;
