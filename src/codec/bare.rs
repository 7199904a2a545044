//! A PUBLISH by its parts: most of what a session sends, without a packet around it.

use super::encoder::Encoder;
use crate::packet::{Delivery, EncodeError, Publish};
use crate::topic::TopicName;
use crate::wire::output::Output;

impl Encoder {
    /// As [`encode`](Self::encode) of a PUBLISH that consists of these.
    #[inline(always)]
    pub(crate) fn encode_bare(
        &mut self,
        delivery: Delivery,
        retain: bool,
        topic: TopicName<'_>,
        payload: &[u8],
        output: &mut (impl Output + ?Sized),
    ) -> Result<(), EncodeError> {
        match self.short.bare(delivery, retain, topic, payload, output) {
            Some(()) => Ok(()),
            None => self.encode_bare_closely(delivery, retain, topic, payload, output),
        }
    }

    /// Not in the way of the usual.
    #[cold]
    fn encode_bare_closely(
        &mut self,
        delivery: Delivery,
        retain: bool,
        topic: TopicName<'_>,
        payload: &[u8],
        output: &mut (impl Output + ?Sized),
    ) -> Result<(), EncodeError> {
        let publish = Publish {
            delivery,
            retain,
            ..Publish::new(topic, payload)
        };
        self.encode_closely(publish.into(), output)
    }
}
