//! What is measured, generated alike each time, so that everyone works on the same bytes.

mod dice;
pub mod packets;
pub mod topics;
