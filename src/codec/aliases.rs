//! The topics that a peer's Topic Aliases stand for (MQTT 5, 3.3.2.3.4).

#[cfg(feature = "alloc")]
use alloc::{boxed::Box, vec::Vec};
use core::num::NonZeroU16;

use crate::packet::DecodeErrorKind;
use crate::topic::TopicName;

/// What the aliases of one direction stand for. Without `alloc` there is no
/// room for any, and the maximum stays 0.
#[derive(Clone, Debug)]
pub(crate) struct Aliases {
    /// The highest alias the peer was told it may use.
    maximum: u16,
    /// Bytes that the topics may take together.
    #[cfg(feature = "alloc")]
    limit: usize,
    #[cfg(feature = "alloc")]
    bytes: usize,
    /// By alias less one; grows as aliases come, not as they are allowed.
    #[cfg(feature = "alloc")]
    topics: Vec<Box<[u8]>>,
}

impl Aliases {
    pub(crate) const fn new() -> Self {
        Self {
            maximum: 0,
            #[cfg(feature = "alloc")]
            limit: 1 << 20,
            #[cfg(feature = "alloc")]
            bytes: 0,
            #[cfg(feature = "alloc")]
            topics: Vec::new(),
        }
    }

    #[cfg(feature = "alloc")]
    pub(crate) const fn set_maximum(&mut self, maximum: u16) {
        self.maximum = maximum;
    }

    #[cfg(feature = "alloc")]
    pub(crate) const fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// What an alias stands for: the topic beside it, which is remembered, or
    /// the one that stood beside it before.
    #[cold]
    pub(crate) fn resolve<'a>(
        &'a mut self,
        alias: NonZeroU16,
        topic: TopicName<'a>,
    ) -> Result<TopicName<'a>, DecodeErrorKind> {
        let alias = alias.get();
        // [MQTT-3.3.2-9] [MQTT-3.3.2-11] Not above what was announced.
        if alias > self.maximum {
            return Err(DecodeErrorKind::TopicAliasInvalid {
                alias,
                maximum: self.maximum,
            });
        }
        #[cfg(feature = "alloc")]
        {
            let index = usize::from(alias.saturating_sub(1));
            if topic.is_empty() {
                return self
                    .find(index)
                    .ok_or(DecodeErrorKind::TopicAliasUnmapped(alias));
            }
            // [5.0/MQTT-3.3.2-10] [5.0/MQTT-3.3.2-12] Any up to there.
            self.remember(index, topic)?;
        }
        Ok(topic)
    }

    #[cfg(feature = "alloc")]
    fn find(&self, index: usize) -> Option<TopicName<'_>> {
        self.topics
            .get(index)
            .filter(|topic| !topic.is_empty())
            .map(|topic| TopicName::from_checked(topic))
    }

    #[cfg(feature = "alloc")]
    fn remember(&mut self, index: usize, topic: TopicName<'_>) -> Result<(), DecodeErrorKind> {
        if index >= self.topics.len() {
            self.topics
                .resize_with(index.saturating_add(1), Box::default);
        }
        let Some(place) = self.topics.get_mut(index) else {
            return Ok(());
        };
        let topic = topic.as_bytes();
        if **place == *topic {
            return Ok(());
        }
        let bytes = self
            .bytes
            .saturating_sub(place.len())
            .saturating_add(topic.len());
        if bytes > self.limit {
            return Err(DecodeErrorKind::TopicAliasesTooLarge(self.limit));
        }
        self.bytes = bytes;
        *place = topic.into();
        Ok(())
    }
}
