//! Every numbered statement of the standards that packets alone can show, and the tables beside them.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

mod check;
mod closes;
mod codes;
mod connection_errors;
mod fixed_header;
mod index;
mod lent_properties;
#[path = "../common/parties.rs"]
mod parties;
mod properties;
mod protocol_errors;
mod session;
mod topic;
mod v3_1;
mod v3_1_1;
mod v5_0;
