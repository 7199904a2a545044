use core::fmt;

use super::{Levels, NameFault, TopicError, TopicErrorKind};
use crate::wire::text;

/// A Topic Name: what a message is published to (section 4.7).
///
/// 1 to 65,535 bytes of UTF-8 without U+0000, `+` and `#`, checked once. Names
/// are compared byte for byte. The one empty `TopicName` is that of a PUBLISH
/// that bears a Topic Alias alone, as an observing decoder shows it.
///
/// ```
/// use puremqtt::TopicName;
///
/// const TEMPERATURE: TopicName = TopicName::literal("area/10/temperature");
///
/// let topic = TopicName::new("area/10/temperature")?;
/// assert_eq!(topic, TEMPERATURE);
/// assert_eq!(topic.levels().next(), Some("area"));
/// assert!(TopicName::new("area/+/temperature").is_err());
/// # Ok::<(), puremqtt::TopicError>(())
/// ```
///
/// An ill-formed literal does not compile:
///
/// ```compile_fail
/// # use puremqtt::TopicName;
/// const WRONG: TopicName = TopicName::literal("area/#");
/// # let _ = WRONG;
/// ```
#[doc(alias = "topic")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(&'a [u8]);

impl<'a> TopicName<'a> {
    /// The longest a topic can be, in bytes of UTF-8.
    pub const MAX_LENGTH: usize = 65_535;

    /// Stands where a PUBLISH has a Topic Alias and no topic.
    pub(crate) const EMPTY: TopicName<'static> = TopicName(b"");

    /// Checks a text against the rules of section 4.7.
    ///
    /// # Errors
    /// The text is empty, longer than 65,535 bytes, or has U+0000, `+` or `#`.
    pub const fn new(text: &'a str) -> Result<Self, TopicError> {
        match check(text.as_bytes()) {
            Ok(()) => Ok(Self(text.as_bytes())),
            Err(error) => Err(error),
        }
    }

    /// A literal, checked by the compiler when it initialises a `const` or `static`.
    ///
    /// # Panics
    /// Outside of a `const`, when [`new`](Self::new) gives an error.
    #[expect(clippy::panic, reason = "in a const this is an error of the compiler")]
    pub const fn literal(text: &'static str) -> TopicName<'static> {
        match TopicName::new(text) {
            Ok(name) => name,
            Err(_) => panic!("not a topic name"),
        }
    }

    /// The topic of a packet, `bytes` being at most 65,535.
    #[inline(always)]
    pub(crate) fn from_wire(bytes: &'a [u8]) -> Result<Self, NameFault> {
        if text::is_plain(bytes) && !bytes.is_empty() {
            return Ok(Self(bytes));
        }
        check_closely(bytes)?;
        Ok(Self(bytes))
    }

    /// Bytes that were a Topic Name before.
    #[inline]
    pub(crate) const fn from_checked(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The whole text.
    pub const fn as_str(self) -> &'a str {
        text::as_str(self.0)
    }

    /// The whole text as bytes of UTF-8.
    #[inline]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The length as it stands on the wire: no topic is longer than two bytes can say.
    #[inline(always)]
    pub(crate) const fn wire_len(self) -> u16 {
        let [low, high, ..] = self.0.len().to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    /// What stands between the `/`, empty levels included.
    pub fn levels(self) -> Levels<'a> {
        Levels::new(self.as_str())
    }

    /// True when the topic starts with `$`: no filter that starts with a
    /// wildcard matches it, and applications do not publish to it (section 4.7.2).
    #[inline]
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, [b'$', ..])
    }

    /// True for the topic of a PUBLISH that bears a Topic Alias alone.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

#[cold]
fn check_closely(bytes: &[u8]) -> Result<(), NameFault> {
    text::check_closely(bytes)?;
    Ok(check(bytes)?)
}

const fn check(bytes: &[u8]) -> Result<(), TopicError> {
    // [MQTT-4.7.3-1] At least one character.
    if bytes.is_empty() {
        return Err(TopicError::new(TopicErrorKind::Empty, 0));
    }
    // [MQTT-4.7.3-3] At most 65,535 bytes.
    if bytes.len() > TopicName::MAX_LENGTH {
        return Err(TopicError::new(
            TopicErrorKind::TooLong,
            TopicName::MAX_LENGTH,
        ));
    }
    let mut rest = bytes;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        if may_be_ill_formed(chunk) {
            break;
        }
        rest = tail;
    }
    if let (0..8, Some(last)) = (rest.len(), bytes.last_chunk::<8>()) {
        if !may_be_ill_formed(last) {
            return Ok(());
        }
    }
    while let Some((&byte, tail)) = rest.split_first() {
        let kind = match byte {
            // [MQTT-4.7.3-2] No U+0000.
            0 => TopicErrorKind::Nul,
            // 3.1.1 [MQTT-4.7.1-1], 5 [MQTT-4.7.0-1] No wildcards.
            b'+' | b'#' => TopicErrorKind::WildcardInName,
            _ => {
                rest = tail;
                continue;
            }
        };
        return Err(TopicError::new(
            kind,
            bytes.len().saturating_sub(rest.len()),
        ));
    }
    Ok(())
}

/// True when one of eight bytes is U+0000, `+` or `#`.
const fn may_be_ill_formed(bytes: &[u8; 8]) -> bool {
    let word = u64::from_le_bytes(*bytes);
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let (plus, hash) = (word ^ 0x2b2b_2b2b_2b2b_2b2b, word ^ 0x2323_2323_2323_2323);
    let found = (word.wrapping_sub(ONES) & !word)
        | (plus.wrapping_sub(ONES) & !plus)
        | (hash.wrapping_sub(ONES) & !hash);
    found & TOPS != 0
}

impl fmt::Debug for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TopicName").field(&self.as_str()).finish()
    }
}

impl fmt::Display for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl AsRef<str> for TopicName<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<'a> TryFrom<&'a str> for TopicName<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::text::TextFaultKind;
    use std::string::String;

    fn broken(text: &str) -> (TopicErrorKind, usize) {
        let error = TopicName::new(text).unwrap_err();
        (error.kind(), error.at())
    }

    #[test]
    fn ordinary_names_are_accepted_as_they_are() {
        for text in [
            "a",
            "/",
            "a/b",
            "/a",
            "a/",
            "a//b",
            "$SYS/x",
            "$share/g/t",
            " ",
            "é/\u{ffff}",
        ] {
            let name = TopicName::new(text).unwrap();
            assert_eq!(name.as_str(), text);
            assert_eq!(TopicName::from_wire(text.as_bytes()), Ok(name));
        }
    }

    #[test]
    fn each_broken_rule_is_named_with_its_place() {
        assert_eq!(broken(""), (TopicErrorKind::Empty, 0));
        assert_eq!(broken("a\0b"), (TopicErrorKind::Nul, 1));
        assert_eq!(broken("é/+"), (TopicErrorKind::WildcardInName, 3));
        assert_eq!(broken("a#"), (TopicErrorKind::WildcardInName, 1));
        assert_eq!(
            broken(&"x".repeat(65_536)),
            (TopicErrorKind::TooLong, 65_535)
        );
        assert!(TopicName::new(&"x".repeat(65_535)).is_ok());
    }

    #[test]
    fn bytes_of_the_wire_are_checked_as_text_first() {
        let long: String = "x".repeat(40);
        for (bytes, at) in [(&b"a\xff"[..], 1), (b"\xc0\xaf", 0), (b"ab\xe2\x82", 2)] {
            let Err(NameFault::Text(fault)) = TopicName::from_wire(bytes) else {
                panic!()
            };
            assert_eq!((fault.kind, fault.at), (TextFaultKind::NotUtf8, at));
        }
        let Err(NameFault::Text(fault)) = TopicName::from_wire(b"a\xed\xa0\x80") else {
            panic!()
        };
        assert_eq!((fault.kind, fault.at), (TextFaultKind::Surrogate, 1));
        let Err(NameFault::Text(fault)) = TopicName::from_wire(b"a\0") else {
            panic!()
        };
        assert_eq!((fault.kind, fault.at), (TextFaultKind::Nul, 1));
        let wild = long.clone() + "/+";
        let Err(NameFault::Topic(error)) = TopicName::from_wire(wild.as_bytes()) else {
            panic!()
        };
        assert_eq!(
            (error.kind(), error.at()),
            (TopicErrorKind::WildcardInName, 41)
        );
        let Err(NameFault::Topic(error)) = TopicName::from_wire(b"") else {
            panic!()
        };
        assert_eq!(error.kind(), TopicErrorKind::Empty);
    }

    #[test]
    fn levels_keep_the_empty_ones() {
        let name = TopicName::new("/a//b/").unwrap();
        assert!(name.levels().eq(["", "a", "", "b", ""]));
        assert!(name.levels().rev().eq(["", "b", "", "a", ""]));
    }
}
