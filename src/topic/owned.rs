use alloc::boxed::Box;
use core::fmt;

use super::{TopicError, TopicFilter, TopicName};

/// A [`TopicName`] that owns its text, in one allocation of its length.
///
/// ```
/// use puremqtt::{OwnedTopicName, TopicName};
///
/// let kept: OwnedTopicName = TopicName::new("area/10/temperature")?.into();
/// assert_eq!(kept.as_name().as_str(), "area/10/temperature");
/// # Ok::<(), puremqtt::TopicError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnedTopicName(Box<[u8]>);

/// A [`TopicFilter`] that owns its text, in one allocation of its length.
///
/// ```
/// use puremqtt::{OwnedTopicFilter, TopicFilter};
///
/// let kept: OwnedTopicFilter = TopicFilter::new("$share/workers/jobs/#")?.into();
/// assert_eq!(kept.as_filter().share_name(), Some("workers"));
/// # Ok::<(), puremqtt::TopicError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnedTopicFilter {
    bytes: Box<[u8]>,
    shared: bool,
}

impl OwnedTopicName {
    /// The borrowed form.
    pub fn as_name(&self) -> TopicName<'_> {
        TopicName::from_checked(&self.0)
    }
}

impl OwnedTopicFilter {
    /// The borrowed form.
    pub fn as_filter(&self) -> TopicFilter<'_> {
        TopicFilter::from_checked(&self.bytes, self.shared)
    }
}

impl From<TopicName<'_>> for OwnedTopicName {
    fn from(name: TopicName<'_>) -> Self {
        Self(name.as_bytes().into())
    }
}

impl From<TopicFilter<'_>> for OwnedTopicFilter {
    fn from(filter: TopicFilter<'_>) -> Self {
        Self {
            bytes: filter.as_bytes().into(),
            shared: filter.is_shared(),
        }
    }
}

impl<'a> From<&'a OwnedTopicName> for TopicName<'a> {
    fn from(name: &'a OwnedTopicName) -> Self {
        name.as_name()
    }
}

impl<'a> From<&'a OwnedTopicFilter> for TopicFilter<'a> {
    fn from(filter: &'a OwnedTopicFilter) -> Self {
        filter.as_filter()
    }
}

impl TryFrom<&str> for OwnedTopicName {
    type Error = TopicError;

    fn try_from(text: &str) -> Result<Self, TopicError> {
        TopicName::new(text).map(Self::from)
    }
}

impl TryFrom<&str> for OwnedTopicFilter {
    type Error = TopicError;

    fn try_from(text: &str) -> Result<Self, TopicError> {
        TopicFilter::new(text).map(Self::from)
    }
}

impl fmt::Debug for OwnedTopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_name().fmt(f)
    }
}

impl fmt::Debug for OwnedTopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_filter().fmt(f)
    }
}

impl fmt::Display for OwnedTopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_name().fmt(f)
    }
}

impl fmt::Display for OwnedTopicFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_filter().fmt(f)
    }
}

impl AsRef<str> for OwnedTopicName {
    fn as_ref(&self) -> &str {
        self.as_name().as_str()
    }
}

impl AsRef<str> for OwnedTopicFilter {
    fn as_ref(&self) -> &str {
        self.as_filter().as_str()
    }
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for OwnedTopicName {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let name = TopicName::new(u.arbitrary()?);
        name.map(Self::from)
            .map_err(|_| arbitrary::Error::IncorrectFormat)
    }
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for OwnedTopicFilter {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let filter = TopicFilter::new(u.arbitrary()?);
        filter
            .map(Self::from)
            .map_err(|_| arbitrary::Error::IncorrectFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn owned_and_borrowed_forms_are_the_same() {
        let name = TopicName::new("a/é").unwrap();
        let kept = OwnedTopicName::from(name);
        assert_eq!(kept.as_name(), name);
        assert_eq!(kept.to_string(), "a/é");
        for filter in [
            TopicFilter::new("$share/g/a/+").unwrap(),
            TopicFilter::unshared("$share/g/a/+").unwrap(),
        ] {
            assert_eq!(OwnedTopicFilter::from(filter).as_filter(), filter);
        }
    }
}
