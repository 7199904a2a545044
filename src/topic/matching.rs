//! Which topics a filter matches, and how filters relate (section 4.7).

use super::{TopicFilter, TopicName};

impl TopicFilter<'_> {
    /// True when the filter matches the topic. A shared subscription matches by
    /// the filter within it.
    ///
    /// ```
    /// use puremqtt::{TopicFilter, TopicName};
    ///
    /// const SPORT: TopicFilter = TopicFilter::literal("sport/#");
    /// assert!(SPORT.matches(TopicName::literal("sport/tennis")));
    /// assert!(SPORT.matches(TopicName::literal("sport")));
    /// assert!(!TopicFilter::literal("#").matches(TopicName::literal("$SYS/uptime")));
    /// ```
    pub fn matches(self, topic: TopicName<'_>) -> bool {
        // [MQTT-3.3.2-3] [MQTT-4.7.3-4] Byte by byte, as they are.
        let (mut filter, mut topic) = (self.pattern(), topic.as_bytes());
        // [MQTT-4.7.2-1] A wildcard in the first level does not match a leading `$`.
        if let ([b'+' | b'#', ..], [b'$', ..]) = (filter, topic) {
            return false;
        }
        loop {
            (filter, topic) = skip_common(filter, topic);
            match (filter, topic) {
                ([], []) | ([b'#', ..] | b"/#", []) => return true,
                ([b'#', ..], _) => return true,
                ([b'+', rest @ ..], _) => {
                    filter = rest;
                    topic = skip_level(topic);
                }
                _ => return false,
            }
        }
    }

    /// True when every topic that this filter matches is matched by `other` too:
    /// "may a client subscribe to this, when it may read that?"
    ///
    /// Shared subscriptions count by the filter within them. `#` does not cover
    /// `$SYS/#` [MQTT-4.7.2-1].
    ///
    /// ```
    /// use puremqtt::TopicFilter;
    ///
    /// const ALLOWED: TopicFilter = TopicFilter::literal("home/+/light/#");
    /// assert!(TopicFilter::literal("home/7/light/on").is_subset_of(ALLOWED));
    /// assert!(!TopicFilter::literal("home/#").is_subset_of(ALLOWED));
    /// ```
    pub fn is_subset_of(self, other: TopicFilter<'_>) -> bool {
        if starts_with_wildcard(other.pattern()) && self.is_reserved() {
            return false;
        }
        let (mut inner, mut outer) = (Some(spelt_out(self)), Some(other.pattern()));
        loop {
            let ((mine, rest), (others, outer_rest)) = match (inner, outer) {
                (_, Some(b"#")) | (None, None) => return true,
                (None, Some(_)) | (Some(_), None) => return false,
                (Some(inner), Some(outer)) => (split_level(inner), split_level(outer)),
            };
            if mine == b"#" || (others != b"+" && others != mine) {
                return false;
            }
            (inner, outer) = (rest, outer_rest);
        }
    }

    /// True when some topic is matched by both filters.
    ///
    /// ```
    /// use puremqtt::TopicFilter;
    ///
    /// const LEFT: TopicFilter = TopicFilter::literal("a/+");
    /// assert!(LEFT.overlaps(TopicFilter::literal("+/b")));
    /// assert!(!LEFT.overlaps(TopicFilter::literal("+/b/c")));
    /// ```
    pub fn overlaps(self, other: TopicFilter<'_>) -> bool {
        let (left, right) = (spelt_out(self), spelt_out(other));
        if (starts_with_wildcard(left) && other.is_reserved())
            || (starts_with_wildcard(right) && self.is_reserved())
        {
            return false;
        }
        let (mut left, mut right) = (Some(left), Some(right));
        loop {
            let ((mine, left_rest), (others, right_rest)) = match (left, right) {
                (Some(b"#"), _) | (_, Some(b"#")) | (None, None) => return true,
                (None, Some(_)) | (Some(_), None) => return false,
                (Some(left), Some(right)) => (split_level(left), split_level(right)),
            };
            if mine != b"+" && others != b"+" && mine != others {
                return false;
            }
            (left, right) = (left_rest, right_rest);
        }
    }
}

impl TopicName<'_> {
    /// True when `text` can be put in place of one level of a topic or filter
    /// and stays that: it is not empty, has none of `/`, `+`, `#` and U+0000, and does
    /// not start with `$`.
    ///
    /// Ask before a client identifier or user name goes into a pattern of an
    /// access control list: a client that calls itself `+` is to see its own
    /// topics, not everybody's.
    ///
    /// ```
    /// use puremqtt::TopicName;
    ///
    /// assert!(TopicName::is_safe_level("sensor-7"));
    /// assert!(!TopicName::is_safe_level("+"));
    /// assert!(!TopicName::is_safe_level("a/b"));
    /// ```
    #[doc(alias = "acl")]
    pub fn is_safe_level(text: &str) -> bool {
        !text.is_empty()
            && !text.starts_with('$')
            && !text
                .bytes()
                .any(|byte| matches!(byte, b'/' | b'+' | b'#' | 0))
    }
}

/// Drops what both begin with. A topic has no wildcards, so neither has that.
#[inline]
fn skip_common<'f, 't>(mut filter: &'f [u8], mut topic: &'t [u8]) -> (&'f [u8], &'t [u8]) {
    while let (Some((left, filter_rest)), Some((right, topic_rest))) = (
        filter.split_first_chunk::<8>(),
        topic.split_first_chunk::<8>(),
    ) {
        if left != right {
            break;
        }
        (filter, topic) = (filter_rest, topic_rest);
    }
    while let ([left, filter_rest @ ..], [right, topic_rest @ ..]) = (filter, topic) {
        if left != right {
            break;
        }
        (filter, topic) = (filter_rest, topic_rest);
    }
    (filter, topic)
}

/// The topic from the end of its first level on.
#[inline]
fn skip_level(mut topic: &[u8]) -> &[u8] {
    while let Some((chunk, rest)) = topic.split_first_chunk::<8>() {
        let found = slashes(u64::from_le_bytes(*chunk));
        if found != 0 {
            // The lowest bit is right, and it is the first byte.
            let at = found.trailing_zeros() / 8;
            return usize::try_from(at)
                .ok()
                .and_then(|at| topic.get(at..))
                .unwrap_or_default();
        }
        topic = rest;
    }
    while let [byte, rest @ ..] = topic {
        if *byte == b'/' {
            break;
        }
        topic = rest;
    }
    topic
}

/// The top bit of the first byte that is `/`, and perhaps of later ones.
#[inline]
fn slashes(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let zeros = word ^ 0x2f2f_2f2f_2f2f_2f2f;
    zeros.wrapping_sub(ONES) & !zeros & TOPS
}

/// The pattern, where a `#` that can never match its parent says so: no topic
/// is empty, so `#` and `/#` match what `+/#` and `/+/#` match.
fn spelt_out<'a>(filter: TopicFilter<'a>) -> &'a [u8] {
    match filter.pattern() {
        b"#" => b"+/#",
        b"/#" => b"/+/#",
        pattern => pattern,
    }
}

fn starts_with_wildcard(filter: &[u8]) -> bool {
    matches!(filter, [b'+' | b'#', ..])
}

/// The first level, and what follows its `/`.
#[inline]
pub(super) fn split_level(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let length = text.len().wrapping_sub(skip_level(text).len());
    match text.split_at_checked(length) {
        Some((level, [_, rest @ ..])) => (level, Some(rest)),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{string::String, vec, vec::Vec};

    fn matches(filter: &str, topic: &str) -> bool {
        TopicFilter::new(filter)
            .unwrap()
            .matches(TopicName::new(topic).unwrap())
    }

    /// Section 4.7 in other words: level by level, on vectors.
    fn naive(filter: &str, topic: &str) -> bool {
        let filter: Vec<&str> = filter.split('/').collect();
        let topic: Vec<&str> = topic.split('/').collect();
        if topic[0].starts_with('$') && matches!(filter[0], "+" | "#") {
            return false;
        }
        let hash = filter.last() == Some(&"#");
        let fixed = filter.len() - usize::from(hash);
        let length = if hash {
            topic.len() >= fixed
        } else {
            topic.len() == fixed
        };
        length && (0..fixed).all(|at| filter[at] == "+" || filter[at] == topic[at])
    }

    fn texts(levels: &[&str], most: usize) -> Vec<String> {
        let mut all: Vec<String> = levels.iter().map(|level| String::from(*level)).collect();
        let mut from = 0;
        for _ in 1..most {
            let upto = all.len();
            for at in from..upto {
                for level in levels {
                    all.push(all[at].clone() + "/" + level);
                }
            }
            from = upto;
        }
        all
    }

    #[test]
    fn agrees_with_the_naive_matcher_on_all_small_cases() {
        let topics = texts(&["", "a", "ab", "$x"], 4);
        let topics: Vec<_> = topics
            .iter()
            .filter(|text| TopicName::new(text).is_ok())
            .collect();
        let filters = texts(&["", "a", "ab", "$x", "+", "#"], 4);
        for filter in filters.iter().filter(|text| TopicFilter::new(text).is_ok()) {
            for topic in &topics {
                assert_eq!(
                    matches(filter, topic),
                    naive(filter, topic),
                    "{filter} {topic}"
                );
            }
        }
    }

    /// Topics over an alphabet with one level ("z") that no filter names, one
    /// level deeper than any filter: enough to tell any two filters apart.
    #[test]
    fn subset_and_overlap_agree_with_brute_force() {
        let topics = texts(&["", "a", "$x", "z", "$z"], 4);
        let topics: Vec<_> = topics
            .iter()
            .filter_map(|text| TopicName::new(text).ok())
            .collect();
        let filters = texts(&["", "a", "$x", "+", "#"], 3);
        let filters: Vec<_> = filters
            .iter()
            .filter_map(|text| TopicFilter::new(text).ok())
            .collect();
        let sets: Vec<Vec<bool>> = filters
            .iter()
            .map(|filter| topics.iter().map(|topic| filter.matches(*topic)).collect())
            .collect();
        for (left, mine) in filters.iter().zip(&sets) {
            for (right, others) in filters.iter().zip(&sets) {
                let pairs = || mine.iter().zip(others);
                let subset = pairs().all(|(mine, other)| !mine || *other);
                assert_eq!(left.is_subset_of(*right), subset, "{left} in {right}");
                let overlap = pairs().any(|(mine, other)| *mine && *other);
                assert_eq!(left.overlaps(*right), overlap, "{left} and {right}");
            }
        }
    }

    #[test]
    fn filters_overlap_when_one_topic_is_matched_by_both() {
        for (left, right, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/c", false),
            ("a/b", "c/b", false),
            ("a", "a/b", false),
            ("a/+", "a/b", true),
            ("+/x", "a/x", true),
            ("a/+", "+/b", true),
            ("a/+", "+/b/c", false),
            ("a/#", "a", true),
            ("a/#", "+/b/c", true),
            ("a/#", "b/#", false),
            ("#", "/#", true),
            ("#", "$SYS/x", false),
            ("+/x", "$SYS/x", false),
            ("$SYS/#", "$SYS/+", true),
            ("$share/g/a/+", "a/b", true),
        ] {
            let filter = |text| TopicFilter::new(text).unwrap();
            let (left, right) = (filter(left), filter(right));
            assert_eq!(left.overlaps(right), expected, "{left} and {right}");
            assert_eq!(right.overlaps(left), expected, "{right} and {left}");
        }
    }

    #[test]
    fn chunks_do_not_hide_wildcards() {
        assert!(matches(
            "area/10/sensor/+/temperature",
            "area/10/sensor/5000/temperature"
        ));
        assert!(matches(
            "area/+/sensor/+/temperature",
            "area/10/sensor/5000/temperature"
        ));
        assert!(!matches(
            "area/+/sensor/+/humidity",
            "area/10/sensor/5000/temperature"
        ));
        assert!(matches("abcdefgh/#", "abcdefgh"));
        assert!(!matches("abcdefgh/+", "abcdefgh"));
    }

    #[test]
    fn levels_are_split_at_each_slash() {
        let mut rest = Some(&b"a//b/"[..]);
        let mut levels = vec![];
        while let Some(text) = rest {
            let (level, next) = split_level(text);
            levels.push(level);
            rest = next;
        }
        assert_eq!(levels, [&b"a"[..], b"", b"b", b""]);
    }

    #[test]
    fn a_safe_level_is_a_level() {
        for text in ["a", "é", "a b", "a$"] {
            assert!(TopicName::is_safe_level(text), "{text}");
        }
        for text in ["", "/", "+", "#", "a/b", "a+", "$SYS", "a\0"] {
            assert!(!TopicName::is_safe_level(text), "{text}");
        }
    }
}
