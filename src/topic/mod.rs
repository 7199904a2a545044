//! Topic Names and Topic Filters (sections 4.7 and, for MQTT 5, 4.8.2).

mod error;
mod filter;
mod levels;
mod matching;
mod name;
#[cfg(feature = "alloc")]
mod owned;
#[cfg(feature = "alloc")]
mod tree;

pub use error::{TopicError, TopicErrorKind};
pub use filter::TopicFilter;
pub use levels::Levels;
pub use name::TopicName;
#[cfg(feature = "alloc")]
pub use owned::{OwnedTopicFilter, OwnedTopicName};
#[cfg(feature = "alloc")]
pub use tree::{
    Exhausted, Group, Match, Matches, MatchesWithin, Matching, MatchingWithin, Members,
    SubscriptionTree, Subscriptions, TopicTree,
};

pub(crate) use error::{FilterFault, NameFault};
#[cfg(feature = "alloc")]
pub(crate) use tree::Seed;
