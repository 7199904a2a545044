//! Statements about topics: sections 4.7 and 4.8.2, matching and unsubscribing.

use puremqtt::{Match, SubscriptionTree, TopicError, TopicErrorKind, TopicFilter, TopicName};

fn name(text: &str) -> TopicName<'_> {
    TopicName::new(text).unwrap()
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).unwrap()
}

fn matches(text: &str, topic: &str) -> bool {
    let as_v5 = filter(text).matches(name(topic));
    let mut tree = SubscriptionTree::new();
    tree.insert(filter(text), (), ());
    assert_eq!(
        tree.matches(name(topic)).count() == 1,
        as_v5,
        "{text} {topic}"
    );
    as_v5
}

/// The error of a name that is refused, and the statements it names.
fn refused_name(text: &str) -> (TopicErrorKind, Option<&'static str>, &'static str) {
    statements(TopicName::new(text).unwrap_err())
}

/// The same for a filter, which MQTT 3.1.1 refuses too.
fn refused_filter(text: &str) -> (TopicErrorKind, Option<&'static str>, &'static str) {
    let error = TopicFilter::new(text).unwrap_err();
    assert_eq!(TopicFilter::unshared(text), Err(error), "{text}");
    statements(error)
}

fn statements(error: TopicError) -> (TopicErrorKind, Option<&'static str>, &'static str) {
    (error.kind(), error.statement_v3_1_1(), error.statement_v5())
}

/// Keys of subscribers, a `$share/` group counting as one.
fn found(tree: &SubscriptionTree<&'static str, ()>, topic: &str) -> Vec<&'static str> {
    let found = tree.matches(name(topic));
    let mut keys: Vec<_> = found
        .map(|found| match found {
            Match::Subscriber { key, .. } => *key,
            Match::Group(group) => *group.members().next().unwrap().0,
        })
        .collect();
    keys.sort();
    keys
}

fn tree(filters: &[&'static str]) -> SubscriptionTree<&'static str, ()> {
    let mut tree = SubscriptionTree::new();
    for text in filters {
        assert_eq!(tree.insert(filter(text), *text, ()), None);
    }
    tree
}

fn wildcards_are_not_in_names(statements: (Option<&'static str>, &'static str)) {
    for text in ["a/+", "a/#", "+", "#", "a+b", "a#", "+a", "#/a", "a/#/b"] {
        let (kind, v3, v5) = refused_name(text);
        assert_eq!(
            (kind, (v3, v5)),
            (TopicErrorKind::WildcardInName, statements),
            "{text}"
        );
    }
    for text in ["a/+", "a/#", "+", "#"] {
        assert!(TopicFilter::new(text).is_ok());
        assert!(TopicFilter::unshared(text).is_ok());
    }
}

#[test]
fn v3_1_1_mqtt_4_7_1_1_wildcards_may_be_in_filters_never_in_names() {
    wildcards_are_not_in_names((Some("3.1.1/MQTT-4.7.1-1"), "5.0/MQTT-4.7.0-1"));
}

#[test]
fn v5_0_mqtt_4_7_0_1_wildcards_may_be_in_filters_never_in_names() {
    wildcards_are_not_in_names((Some("3.1.1/MQTT-4.7.1-1"), "5.0/MQTT-4.7.0-1"));
}

#[test]
fn v3_1_1_mqtt_3_3_2_2_the_topic_of_a_publish_has_no_wildcards() {
    // Whatever is published is a `TopicName`; the bytes on the wire are the codec's tests.
    for text in ["a/+", "#", "a#"] {
        assert_eq!(refused_name(text).0, TopicErrorKind::WildcardInName);
    }
}

#[test]
fn v5_0_mqtt_3_3_2_2_the_topic_of_a_publish_has_no_wildcards() {
    for text in ["a/+", "#", "a#"] {
        assert_eq!(refused_name(text).0, TopicErrorKind::WildcardInName);
    }
}

fn hash_is_last(statements: (Option<&'static str>, &'static str)) {
    for text in ["#", "a/#", "/#", "+/#", "//#", "sport/tennis/#"] {
        assert!(TopicFilter::new(text).is_ok(), "{text}");
        assert!(TopicFilter::unshared(text).is_ok(), "{text}");
    }
    for text in ["a#", "a/#/b", "#/", "##", "a/b#", "#a", "a/#b"] {
        let (kind, v3, v5) = refused_filter(text);
        assert_eq!(
            (kind, (v3, v5)),
            (TopicErrorKind::MisplacedHash, statements),
            "{text}"
        );
    }
    for topic in [
        "sport",
        "sport/",
        "sport/tennis",
        "sport/tennis/player1/ranking",
    ] {
        assert!(matches("sport/#", topic), "{topic}");
    }
    for topic in ["sports", "Sport", "/sport", "spor"] {
        assert!(!matches("sport/#", topic), "{topic}");
    }
}

#[test]
fn v3_1_1_mqtt_4_7_1_2_hash_stands_alone_in_the_last_level() {
    hash_is_last((Some("3.1.1/MQTT-4.7.1-2"), "5.0/MQTT-4.7.1-1"));
}

#[test]
fn v5_0_mqtt_4_7_1_1_hash_stands_alone_in_the_last_level() {
    hash_is_last((Some("3.1.1/MQTT-4.7.1-2"), "5.0/MQTT-4.7.1-1"));
}

fn plus_fills_a_level(statements: (Option<&'static str>, &'static str)) {
    for text in ["+", "+/a", "a/+/b", "+/+", "/+", "a/+", "+/tennis/#"] {
        assert!(TopicFilter::new(text).is_ok(), "{text}");
    }
    for text in ["a+", "+a", "a/b+/c", "++", "a/+b", "sport+"] {
        let (kind, v3, v5) = refused_filter(text);
        assert_eq!(
            (kind, (v3, v5)),
            (TopicErrorKind::MisplacedPlus, statements),
            "{text}"
        );
    }
    for (filter, topic, expected) in [
        ("a/+", "a/", true),
        ("a/+", "a/b", true),
        ("a/+", "a", false),
        ("a/+", "a/b/c", false),
        ("+", "/a", false),
        ("/+", "/a", true),
        ("+/+", "/a", true),
        // The examples of section 4.7.1.3.
        ("sport/tennis/+", "sport/tennis/player1", true),
        ("sport/tennis/+", "sport/tennis/player2", true),
        ("sport/tennis/+", "sport/tennis/player1/ranking", false),
        ("sport/+", "sport", false),
        ("sport/+", "sport/", true),
        ("+/+", "/finance", true),
        ("/+", "/finance", true),
        ("+", "/finance", false),
    ] {
        assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
    }
}

#[test]
fn v3_1_1_mqtt_4_7_1_3_plus_fills_a_level() {
    plus_fills_a_level((Some("3.1.1/MQTT-4.7.1-3"), "5.0/MQTT-4.7.1-2"));
}

#[test]
fn v5_0_mqtt_4_7_1_2_plus_fills_a_level() {
    plus_fills_a_level((Some("3.1.1/MQTT-4.7.1-3"), "5.0/MQTT-4.7.1-2"));
}

fn wildcards_do_not_match_a_leading_dollar() {
    for (filter, topic, expected) in [
        ("#", "$SYS/x", false),
        ("#", "$", false),
        ("+/x", "$SYS/x", false),
        ("+/+", "$SYS/x", false),
        ("+/#", "$SYS", false),
        ("+", "$SYS", false),
        ("$SYS/#", "$SYS/x", true),
        ("$SYS/#", "$SYS", true),
        ("$SYS/+", "$SYS/x", true),
        ("$SYS/monitor/+", "$SYS/monitor/Clients", true),
        ("+/monitor/Clients", "$SYS/monitor/Clients", false),
        ("a/+", "a/$x", true),
        ("a/#", "a/$x/b", true),
        ("#", "a/$SYS", true),
        ("#", "/$SYS", true),
    ] {
        assert_eq!(matches(filter, topic), expected, "{filter} {topic}");
    }
}

#[test]
fn v3_1_1_mqtt_4_7_2_1_a_wildcard_does_not_match_a_leading_dollar() {
    wildcards_do_not_match_a_leading_dollar();
}

#[test]
fn v5_0_mqtt_4_7_2_1_a_wildcard_does_not_match_a_leading_dollar() {
    wildcards_do_not_match_a_leading_dollar();
    assert!(!matches("$share/g/#", "$SYS/x"));
    assert!(!matches("$share/g/+/x", "$SYS/x"));
    assert!(matches("$share/g/$SYS/#", "$SYS/x"));
    assert!(matches("$share/g/$SYS/#", "$SYS"));
}

fn one_character_at_least(statements: (Option<&'static str>, &'static str)) {
    for (kind, v3, v5) in [refused_name(""), refused_filter("")] {
        assert_eq!((kind, (v3, v5)), (TopicErrorKind::Empty, statements));
    }
    for text in ["/", "a", " "] {
        assert!(matches(text, text));
    }
}

#[test]
fn v3_1_1_mqtt_4_7_3_1_names_and_filters_have_a_character() {
    one_character_at_least((Some("3.1.1/MQTT-4.7.3-1"), "5.0/MQTT-4.7.3-1"));
}

#[test]
fn v5_0_mqtt_4_7_3_1_names_and_filters_have_a_character() {
    one_character_at_least((Some("3.1.1/MQTT-4.7.3-1"), "5.0/MQTT-4.7.3-1"));
}

fn no_null_character(statements: (Option<&'static str>, &'static str)) {
    for text in ["a\0b", "\0", "a/\0"] {
        for (kind, v3, v5) in [refused_name(text), refused_filter(text)] {
            assert_eq!((kind, (v3, v5)), (TopicErrorKind::Nul, statements));
        }
    }
}

#[test]
fn v3_1_1_mqtt_4_7_3_2_names_and_filters_have_no_null_character() {
    no_null_character((Some("3.1.1/MQTT-4.7.3-2"), "5.0/MQTT-4.7.3-2"));
}

#[test]
fn v5_0_mqtt_4_7_3_2_names_and_filters_have_no_null_character() {
    no_null_character((Some("3.1.1/MQTT-4.7.3-2"), "5.0/MQTT-4.7.3-2"));
}

fn at_most_65535_bytes(statements: (Option<&'static str>, &'static str)) {
    let most = "é".repeat(32_767) + "x";
    assert_eq!(most.len(), 65_535);
    assert!(matches(&most, &most));
    let more = most + "x";
    for (kind, v3, v5) in [refused_name(&more), refused_filter(&more)] {
        assert_eq!((kind, (v3, v5)), (TopicErrorKind::TooLong, statements));
    }
}

#[test]
fn v3_1_1_mqtt_4_7_3_3_names_and_filters_have_at_most_65535_bytes() {
    at_most_65535_bytes((Some("3.1.1/MQTT-4.7.3-3"), "5.0/MQTT-4.7.3-3"));
}

#[test]
fn v5_0_mqtt_4_7_3_3_names_and_filters_have_at_most_65535_bytes() {
    at_most_65535_bytes((Some("3.1.1/MQTT-4.7.3-3"), "5.0/MQTT-4.7.3-3"));
}

fn nothing_is_normalised() {
    for (filter, topic) in [
        ("\u{e9}", "e\u{301}"),
        ("A", "a"),
        ("/a", "a"),
        ("a", "/a"),
        ("a/", "a"),
        ("a//b", "a/b"),
        ("a/b", "a//b"),
        ("a b", "ab"),
        ("a/../b", "b"),
        ("%61", "a"),
        ("\u{ff41}", "a"),
    ] {
        assert!(!matches(filter, topic), "{filter} {topic}");
        assert!(matches(filter, filter), "{filter}");
    }
    assert!(matches("a/+/b", "a//b"));
    assert!(matches("+", "\u{fffd}"));
}

#[test]
fn v3_1_1_mqtt_4_7_3_4_matching_does_not_normalise() {
    nothing_is_normalised();
}

#[test]
fn v5_0_mqtt_4_7_3_4_matching_does_not_normalise() {
    nothing_is_normalised();
}

#[test]
fn v3_1_1_mqtt_3_3_2_3_a_publish_goes_to_filters_that_match() {
    let tree = tree(&["a/+", "a/#", "b"]);
    assert_eq!(found(&tree, "a/1"), ["a/#", "a/+"]);
    assert_eq!(found(&tree, "b"), ["b"]);
    assert_eq!(found(&tree, "c"), [""; 0]);
}

#[test]
fn v5_0_mqtt_3_3_2_3_a_publish_goes_to_filters_that_match() {
    let tree = tree(&["a/+", "a/#", "$share/g/a/1", "b"]);
    assert_eq!(found(&tree, "a/1"), ["$share/g/a/1", "a/#", "a/+"]);
    assert_eq!(found(&tree, "$share/g/a/1"), [""; 0]);
}

#[test]
fn v3_1_1_mqtt_3_10_4_1_unsubscribing_compares_character_by_character() {
    let mut tree = SubscriptionTree::new();
    for text in ["a/+", "a/b"] {
        tree.insert(filter(text), "ann", text);
    }
    assert_eq!(tree.remove(filter("a/#"), &"ann"), None);
    assert_eq!(tree.remove(filter("A/+"), &"ann"), None);
    assert_eq!(tree.remove(filter("a/+"), &"bob"), None);
    assert_eq!(tree.len(), 2);
    assert_eq!(tree.remove(filter("a/+"), &"ann"), Some("a/+"));
    assert_eq!(tree.remove(filter("a/+"), &"ann"), None);
    assert_eq!(tree.get(filter("a/b"), &"ann"), Some(&"a/b"));
}

#[test]
fn v5_0_mqtt_3_10_4_1_unsubscribing_compares_character_by_character() {
    let mut tree = SubscriptionTree::new();
    for text in ["a/+", "a/b", "$share/g/a/b", "$share/h/a/b"] {
        tree.insert(filter(text), "ann", text);
    }
    assert_eq!(tree.remove(filter("a/#"), &"ann"), None);
    assert_eq!(tree.remove(filter("A/+"), &"ann"), None);
    assert_eq!(tree.remove(filter("$share/g/a/+"), &"ann"), None);
    assert_eq!(
        tree.remove(filter("$share/g/a/b"), &"ann"),
        Some("$share/g/a/b")
    );
    assert_eq!(tree.get(filter("a/b"), &"ann"), Some(&"a/b"));
    assert_eq!(
        tree.get(filter("$share/h/a/b"), &"ann"),
        Some(&"$share/h/a/b")
    );
    assert_eq!(tree.remove(filter("a/b"), &"ann"), Some("a/b"));
    assert_eq!(tree.len(), 2);
    // The same text is another filter when MQTT 3.1.1 reads it.
    let plain = TopicFilter::unshared("$share/h/a/b").unwrap();
    assert_eq!(tree.remove(plain, &"ann"), None);
}

#[test]
fn v5_0_mqtt_4_8_2_1_a_share_has_a_name() {
    assert_eq!(filter("$share/g/t").share_name(), Some("g"));
    for text in ["$share//t", "$share/"] {
        let error = TopicFilter::new(text).unwrap_err();
        assert_eq!(error.kind(), TopicErrorKind::EmptyShareName);
        assert_eq!(error.statement_v5(), "5.0/MQTT-4.8.2-1");
        assert_eq!(error.statement_v3_1_1(), None);
        assert!(TopicFilter::unshared(text).is_ok());
    }
    for text in [
        "$share",
        "$shared/g/t",
        "$Share/g/t",
        "$SHARE/g/t",
        "/$share/g/t",
    ] {
        assert!(!filter(text).is_shared(), "{text}");
    }
}

#[test]
fn v5_0_mqtt_4_8_2_2_a_share_name_has_no_wildcards_and_a_filter_follows() {
    for text in [
        "$share/g+/t",
        "$share/#/t",
        "$share/+/t",
        "$share/g",
        "$share/g/",
        "$share/#",
    ] {
        assert_eq!(
            TopicFilter::new(text).unwrap_err().statement_v5(),
            "5.0/MQTT-4.8.2-2",
            "{text}"
        );
    }
    for (text, name, inner) in [
        ("$share/g//t", "g", "/t"),
        ("$share/g/#", "g", "#"),
        ("$share/g//", "g", "/"),
        ("$share/$share/$share/g/t", "$share", "$share/g/t"),
        // The example of section 4.8.2.
        (
            "$share/consumer1/sport/tennis/+",
            "consumer1",
            "sport/tennis/+",
        ),
    ] {
        assert_eq!(filter(text).share_name(), Some(name));
        assert_eq!(filter(text).without_share().as_str(), inner);
        assert!(!filter(text).without_share().is_shared());
    }
}
