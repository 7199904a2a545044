use core::fmt;

use super::{FilterFault, Levels, TopicError, TopicErrorKind, TopicName};
use crate::wire::text;

const SHARE: &[u8] = b"$share/";

/// A Topic Filter: what a subscription asks for (sections 4.7 and 4.8.2).
///
/// 1 to 65,535 bytes of UTF-8 without U+0000, with `+` in place of any level
/// and `#` in place of all that follow, checked once. Two filters are equal
/// when their text is, and both or neither are shared.
///
/// MQTT 5 reads `$share/NAME/FILTER` as a shared subscription: use
/// [`new`](Self::new). To MQTT 3.1.1 it is a filter like any other: use
/// [`unshared`](Self::unshared).
///
/// ```
/// use puremqtt::TopicFilter;
///
/// const ALL: TopicFilter = TopicFilter::literal("area/+/temperature/#");
/// assert!(ALL.has_wildcards());
///
/// let filter = TopicFilter::new("$share/workers/jobs/#")?;
/// assert_eq!(filter.share_name(), Some("workers"));
/// assert_eq!(filter.without_share(), TopicFilter::new("jobs/#")?);
/// # Ok::<(), puremqtt::TopicError>(())
/// ```
///
/// An ill-formed literal does not compile:
///
/// ```compile_fail
/// # use puremqtt::TopicFilter;
/// const WRONG: TopicFilter = TopicFilter::literal("area/#/temperature");
/// # let _ = WRONG;
/// ```
#[doc(alias = "wildcard")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter<'a> {
    bytes: &'a [u8],
    /// Where the filter within the share begins; 0 when not shared.
    inner: usize,
}

impl<'a> TopicFilter<'a> {
    /// Checks a text against the rules of MQTT 5, in which `$share/` is special.
    ///
    /// # Errors
    /// The text is empty, longer than 65,535 bytes or has U+0000; a wildcard is
    /// not alone in its level; `#` is not in the last level; or a share has no
    /// name, a wildcard in its name, or no filter.
    pub const fn new(text: &'a str) -> Result<Self, TopicError> {
        match check(text.as_bytes(), true) {
            Ok(inner) => Ok(Self {
                bytes: text.as_bytes(),
                inner,
            }),
            Err(error) => Err(error),
        }
    }

    /// Checks a text against the rules of MQTT 3.1.1, in which `$share/` is not special.
    ///
    /// # Errors
    /// As [`new`](Self::new), without those about shares.
    pub const fn unshared(text: &'a str) -> Result<Self, TopicError> {
        match check(text.as_bytes(), false) {
            Ok(inner) => Ok(Self {
                bytes: text.as_bytes(),
                inner,
            }),
            Err(error) => Err(error),
        }
    }

    /// A literal, checked by the compiler when it initialises a `const` or `static`.
    ///
    /// # Panics
    /// Outside of a `const`, when [`new`](Self::new) gives an error.
    #[expect(clippy::panic, reason = "in a const this is an error of the compiler")]
    pub const fn literal(text: &'static str) -> TopicFilter<'static> {
        match TopicFilter::new(text) {
            Ok(filter) => filter,
            Err(_) => panic!("not a topic filter"),
        }
    }

    /// The filter of a packet, `bytes` being at most 65,535. `sharing` is MQTT 5's rule.
    #[inline]
    pub(crate) fn from_wire(bytes: &'a [u8], sharing: bool) -> Result<Self, FilterFault> {
        if text::is_plain(bytes) && !bytes.is_empty() && !(sharing && bytes.starts_with(SHARE)) {
            return Ok(Self { bytes, inner: 0 });
        }
        let inner = check_closely(bytes, sharing)?;
        Ok(Self { bytes, inner })
    }

    /// Bytes that were a Topic Filter before, under the same rule about sharing.
    #[inline]
    pub(crate) const fn from_checked(bytes: &'a [u8], sharing: bool) -> Self {
        let inner = match share_end(bytes, sharing) {
            Ok(inner) => inner,
            Err(_) => 0,
        };
        Self { bytes, inner }
    }

    /// What [`as_bytes`](Self::as_bytes) and the offset of [`pattern`](Self::pattern) were before.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) const fn from_parts(bytes: &'a [u8], inner: usize) -> Self {
        Self { bytes, inner }
    }

    /// The whole text, share included.
    pub const fn as_str(self) -> &'a str {
        text::as_str(self.bytes)
    }

    /// The whole text, share included, as bytes of UTF-8.
    #[inline]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// What stands between the `/`, share included, empty levels included.
    pub fn levels(self) -> Levels<'a> {
        Levels::new(self.as_str())
    }

    /// True when the filter has `+` or `#`.
    pub fn has_wildcards(self) -> bool {
        self.bytes.iter().any(|byte| matches!(byte, b'+' | b'#'))
    }

    /// True for a shared subscription.
    #[doc(alias = "$share")]
    #[inline]
    pub const fn is_shared(self) -> bool {
        self.inner != 0
    }

    /// The name of the share.
    pub fn share_name(self) -> Option<&'a str> {
        let shared = self.bytes.get(..self.inner)?;
        let name = shared.strip_prefix(SHARE)?.strip_suffix(b"/")?;
        Some(text::as_str(name))
    }

    /// The filter that decides what matches: the one within the share, or all of it.
    pub const fn without_share(self) -> TopicFilter<'a> {
        TopicFilter {
            bytes: self.pattern(),
            inner: 0,
        }
    }

    /// True when topics must start with `$` to match.
    #[inline]
    pub const fn is_reserved(self) -> bool {
        matches!(self.pattern(), [b'$', ..])
    }

    /// The bytes that decide what matches.
    #[inline]
    pub(crate) const fn pattern(self) -> &'a [u8] {
        match self.bytes.split_at_checked(self.inner) {
            Some((_, pattern)) => pattern,
            None => self.bytes,
        }
    }
}

#[inline(never)]
fn check_closely(bytes: &[u8], sharing: bool) -> Result<usize, FilterFault> {
    text::check_closely(bytes)?;
    Ok(check(bytes, sharing)?)
}

/// Gives the offset of the filter within the share, 0 when not shared.
const fn check(bytes: &[u8], sharing: bool) -> Result<usize, TopicError> {
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
    match share_end(bytes, sharing) {
        Ok(inner) => match check_levels(bytes) {
            Ok(()) => Ok(inner),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// The offset after `$share/NAME/`, 0 when not shared.
const fn share_end(bytes: &[u8], sharing: bool) -> Result<usize, TopicError> {
    let mut rest = match bytes {
        [b'$', b's', b'h', b'a', b'r', b'e', b'/', rest @ ..] if sharing => rest,
        _ => return Ok(0),
    };
    // 5 [MQTT-4.8.2-1] The share name has at least one character.
    if let [] | [b'/', ..] = rest {
        return Err(TopicError::new(TopicErrorKind::EmptyShareName, SHARE.len()));
    }
    while let Some((&byte, tail)) = rest.split_first() {
        // 5 [MQTT-4.8.2-2] The share name has no wildcard, and a filter follows it.
        if byte == b'+' || byte == b'#' {
            let at = bytes.len().saturating_sub(rest.len());
            return Err(TopicError::new(TopicErrorKind::WildcardInShareName, at));
        }
        if byte == b'/' && !tail.is_empty() {
            return Ok(bytes.len().saturating_sub(tail.len()));
        }
        rest = tail;
    }
    Err(TopicError::new(
        TopicErrorKind::ShareWithoutFilter,
        bytes.len(),
    ))
}

const fn check_levels(bytes: &[u8]) -> Result<(), TopicError> {
    let mut before = b'/';
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        let alone = before == b'/' && matches!(tail, [] | [b'/', ..]);
        let fault = match byte {
            // [MQTT-4.7.3-2] No U+0000.
            0 => Some(TopicErrorKind::Nul),
            // 3.1.1 [MQTT-4.7.1-2], 5 [MQTT-4.7.1-1] `#` fills the last level.
            b'#' if !alone || !tail.is_empty() => Some(TopicErrorKind::MisplacedHash),
            // 3.1.1 [MQTT-4.7.1-3], 5 [MQTT-4.7.1-2] `+` fills a level.
            b'+' if !alone => Some(TopicErrorKind::MisplacedPlus),
            _ => None,
        };
        if let Some(kind) = fault {
            return Err(TopicError::new(
                kind,
                bytes.len().saturating_sub(rest.len()),
            ));
        }
        before = byte;
        rest = tail;
    }
    Ok(())
}

impl fmt::Debug for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tuple = f.debug_tuple("TopicFilter");
        tuple.field(&self.as_str());
        if self.is_shared() {
            tuple.field(&format_args!("shared"));
        }
        tuple.finish()
    }
}

impl fmt::Display for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl AsRef<str> for TopicFilter<'_> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<'a> TryFrom<&'a str> for TopicFilter<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> (TopicErrorKind, usize) {
        let error = TopicFilter::new(text).unwrap_err();
        assert_eq!(
            TopicFilter::from_wire(text.as_bytes(), true),
            Err(FilterFault::Topic(error))
        );
        (error.kind(), error.at())
    }

    #[test]
    fn wildcards_are_accepted_where_they_fill_a_level() {
        for text in [
            "#", "a/#", "/#", "+/#", "+", "+/a", "a/+/b", "+/+", "/+", "/", "é", "$SYS/#",
        ] {
            let filter = TopicFilter::new(text).unwrap();
            assert_eq!(filter.as_str(), text);
            assert!(!filter.is_shared());
            assert_eq!(filter.has_wildcards(), text.contains(['+', '#']), "{text}");
            assert_eq!(TopicFilter::from_wire(text.as_bytes(), true), Ok(filter));
            assert_eq!(TopicFilter::from_checked(text.as_bytes(), true), filter);
        }
    }

    #[test]
    fn each_broken_rule_is_named_with_its_place() {
        use TopicErrorKind::*;
        let rows = [
            ("", Empty, 0),
            ("a#", MisplacedHash, 1),
            ("a/#/b", MisplacedHash, 2),
            ("#/", MisplacedHash, 0),
            ("##", MisplacedHash, 0),
            ("a+", MisplacedPlus, 1),
            ("+a", MisplacedPlus, 0),
            ("a/b+/c", MisplacedPlus, 3),
            ("++", MisplacedPlus, 0),
            ("+#", MisplacedPlus, 0),
            ("$share/", EmptyShareName, 7),
            ("$share//t", EmptyShareName, 7),
            ("$share/g", ShareWithoutFilter, 8),
            ("$share/g/", ShareWithoutFilter, 9),
            ("$share/+/t", WildcardInShareName, 7),
            ("$share/g#/t", WildcardInShareName, 8),
            ("$share/#", WildcardInShareName, 7),
            ("$share/g/a#", MisplacedHash, 10),
        ];
        for (text, kind, at) in rows {
            assert_eq!(broken(text), (kind, at), "{text}");
        }
        assert_eq!(TopicFilter::new("a\0").unwrap_err().kind(), Nul);
        assert_eq!(
            TopicFilter::new(&"x".repeat(65_536)).unwrap_err().kind(),
            TooLong
        );
        assert!(TopicFilter::new(&"x".repeat(65_535)).is_ok());
    }

    #[test]
    fn a_share_is_taken_apart_in_mqtt_5_alone() {
        let text = "$share/g//a/#";
        let filter = TopicFilter::new(text).unwrap();
        assert_eq!(filter.share_name(), Some("g"));
        assert_eq!(filter.without_share().as_str(), "/a/#");
        assert_eq!(TopicFilter::from_wire(text.as_bytes(), true), Ok(filter));
        assert_eq!(TopicFilter::from_checked(text.as_bytes(), true), filter);
        let plain = TopicFilter::unshared(text).unwrap();
        assert_ne!(plain, filter);
        assert_eq!(plain.share_name(), None);
        assert_eq!(plain.without_share(), plain);
        assert_eq!(TopicFilter::from_wire(text.as_bytes(), false), Ok(plain));
        for text in ["$share", "$shared/g/t", "$SHARE/g/t", "share/g/t"] {
            assert!(!TopicFilter::new(text).unwrap().is_shared());
        }
        assert!(TopicFilter::unshared("$share//t").is_ok());
    }

    #[test]
    fn the_filter_within_decides_what_is_reserved() {
        assert!(TopicFilter::literal("$SYS/#").is_reserved());
        assert!(TopicFilter::literal("$share/g/$SYS/#").is_reserved());
        assert!(!TopicFilter::literal("$share/g/#").is_reserved());
    }
}
