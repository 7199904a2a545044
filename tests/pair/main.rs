//! A client and a server, joined in memory under a clock that is a number.
//!
//! Every byte goes through encoders and decoders, in pieces of any size. The
//! network delays bytes and is cut; processes restart, with or without what
//! they have saved; applications acknowledge late, out of order, or refuse. A
//! ledger notes what an onlooker sees, and in the end the laws are checked:
//!
//! - a message comes back to who published it exactly once;
//! - QoS 1 arrives at least once, QoS 2 exactly once, QoS 0 at most once;
//! - first deliveries keep the order of each topic and QoS;
//! - no quota and no identifier is left in use;
//! - a session that was saved is the same when it is restored.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unreachable,
    reason = "a test may panic"
)]

mod cuts;
mod failures;
mod ledger;
mod limits;
mod line;
mod schedules;
mod side;
mod time;
mod wire;
mod world;
