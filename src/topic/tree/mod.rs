//! Trees of subscriptions and of retained messages.
//!
//! Both are flat: vectors of small records that refer to each other by index,
//! and hash tables of indexes. Nothing is a box in a box, so nothing recurses,
//! not even to be dropped.

mod hash;
mod lists;
mod matches;
mod matching;
mod places;
mod search;
mod store;
mod subscriptions;
mod table;
mod texts;
mod topics;
mod trie;

pub use matches::{Group, Match, Matches, MatchesWithin, Members, Subscriptions};
pub use matching::{Matching, MatchingWithin};
pub use search::Exhausted;
pub use subscriptions::SubscriptionTree;
pub use topics::TopicTree;

pub(crate) use hash::Seed;
