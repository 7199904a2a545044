//! What broke other implementations, as far as topics show it. The rows are
//! numbered as in the table of bad inputs that all tests of that name share. What
//! is hostile by its size has to come to an end, which quadratic work would not.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use puremqtt::{
    Exhausted, Match, OwnedTopicFilter, SubscriptionTree, TopicErrorKind, TopicFilter, TopicName,
    TopicTree,
};

fn name(text: &str) -> TopicName<'_> {
    TopicName::new(text).unwrap()
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).unwrap()
}

fn count(tree: &SubscriptionTree<u32, ()>, topic: &str) -> usize {
    tree.matches(name(topic))
        .picking(|group| group.members().next())
        .count()
}

#[test]
fn row_24_what_may_go_into_a_pattern() {
    for text in ["+", "#", "a/b", "a+", "#a", "", "$SYS", "a\0"] {
        assert!(!TopicName::is_safe_level(text), "{text}");
    }
    assert!(TopicName::is_safe_level("client-7"));
}

#[test]
fn row_26_a_topic_of_65535_slashes() {
    let text = "/".repeat(65_535);
    let topic = name(&text);
    // A topic of slashes.
    assert_eq!(topic.levels().count(), 65_536);
    assert!(filter(&text).matches(topic));
    assert!(filter("#").matches(topic));
    assert!(filter("+/+/#").matches(topic));
    assert!(!filter("+/+").matches(topic));
    assert!(filter(&text).is_subset_of(filter("/#")));
    assert!(filter(&text).overlaps(filter("+/#")));

    let mut tree = SubscriptionTree::new();
    let all_plus = "+/".repeat(32_767) + "+";
    for text in [
        &text,
        &all_plus,
        &(all_plus[..65_532].to_string() + "#"),
        "#",
        "+/#",
        "/",
        "//",
    ] {
        tree.insert(filter(text), 1, ());
    }
    assert_eq!(count(&tree, &text), 4);
    // As many levels as there are `+`.
    assert_eq!(count(&tree, &"/".repeat(32_767)), 4);

    let mut retained = TopicTree::new();
    retained.insert(topic, 1);
    retained.insert(name(&text[1..]), 2);
    assert_eq!(retained.matching(filter("#")).count(), 2);
    assert_eq!(retained.matching(filter(&text)).count(), 1);
    assert_eq!(
        retained
            .matching(filter(&("+".to_string() + &text[1..])))
            .count(),
        1
    );
    assert_eq!(retained.remove(topic), Some(1));
    drop((tree, retained));
}

/// All filters of this many levels, each `+` or a name.
fn all_masks(levels: u32) -> Vec<OwnedTopicFilter> {
    let mask = |bits: u32| {
        let levels: Vec<_> = (0..levels)
            .map(|at| if bits >> at & 1 == 1 { "+" } else { "a" })
            .collect();
        OwnedTopicFilter::try_from(levels.join("/").as_str()).unwrap()
    };
    (0..1 << levels).map(mask).collect()
}

#[test]
fn row_27_overlapping_wildcards_are_bounded_by_a_budget() {
    let mut tree = SubscriptionTree::new();
    for (key, filter) in (0u32..).zip(all_masks(14)) {
        tree.insert(filter.as_filter(), key, ());
    }
    let topic = ["a"; 14].join("/");
    // 14 levels of two ways each.
    assert_eq!(count(&tree, &topic), 1 << 14);
    // A topic that none matches, found out at the last level.
    assert_eq!(count(&tree, &(topic.clone() + "/b")), 0);
    let mut found = tree.matches_within(name(&topic), 1000);
    assert!(found.by_ref().take_while(Result::is_ok).count() < 1000);
    assert!(found.next().is_none());
    let last = tree.matches_within(name(&topic), 1000).last().unwrap();
    assert_eq!(last.unwrap_err(), Exhausted);
    assert!(
        tree.matches_within(name(&topic), 1 << 15)
            .all(|found| found.is_ok())
    );
}

#[test]
fn row_27_deep_wildcards_against_deep_topics() {
    let mut tree = SubscriptionTree::new();
    let texts: Vec<String> = (1..200).map(|levels| vec!["+"; levels].join("/")).collect();
    for (key, text) in (0u32..).zip(&texts) {
        tree.insert(filter(text), key, ());
        tree.insert(filter(&(text.clone() + "/#")), key, ());
    }
    // Filters of + on deep topics.
    for levels in [1usize, 31, 32, 33, 34, 100, 199, 60_000] {
        let plain = usize::from(levels < 200);
        assert_eq!(
            count(&tree, &vec!["a"; levels.min(32_000)].join("/")),
            plain + levels.min(199)
        );
    }
    assert!(
        tree.matches_within(name(&"a/".repeat(30_000)), 100)
            .any(|found| found.is_err())
    );
}

#[test]
fn row_27_retained_topics_are_found_within_a_budget() {
    let mut retained = TopicTree::new();
    for at in 0..20_000u32 {
        retained.insert(name(&format!("a/{at}/b/{}", at % 7)), at);
        retained.insert(name(&format!("$x{at}/b")), at);
    }
    // +/+/+/# over many topics.
    assert_eq!(retained.matching(filter("+/+/+/#")).count(), 20_000);
    assert_eq!(retained.matching(filter("+/+/+/3")).count(), 20_000 / 7);
    assert_eq!(retained.matching(filter("a/+/c/#")).count(), 0);
    for text in ["#", "+/+/+/#", "a/+/c/#", "+/nowhere/+/+"] {
        let found = retained.matching_within(filter(text), 500);
        let (items, steps) = found.fold((0, 0), |(ok, all), one| {
            (ok + usize::from(one.is_ok()), all + 1)
        });
        assert!(items <= 500 && steps <= 501, "{text}");
    }
    let last = retained.matching_within(filter("#"), 500).last().unwrap();
    assert_eq!(last.unwrap_err(), Exhausted);
    // One that is exact costs one look-up.
    assert!(
        retained
            .matching_within(filter("a/5/b/5"), 1)
            .all(|found| found.is_ok())
    );
}

#[test]
fn row_28_the_dollar_rule_both_ways() {
    let mut tree = SubscriptionTree::new();
    for (key, text) in (0u32..).zip([
        "#",
        "+/uptime",
        "$SYS/#",
        "$SYS/+",
        "$share/g/#",
        "$x",
        "+",
        "$share/g/+/#",
    ]) {
        tree.insert(filter(text), key, ());
    }
    assert_eq!(count(&tree, "$SYS/uptime"), 2);
    assert_eq!(count(&tree, "$SYS"), 1);
    assert_eq!(count(&tree, "$x"), 1);
    assert_eq!(count(&tree, "$"), 0);
    assert_eq!(count(&tree, "a/uptime"), 4);
    // `#` next to `$SYS/#` loses neither, nor does removing it.
    tree.remove(filter("#"), &0);
    assert_eq!(count(&tree, "$SYS/uptime"), 2);

    let mut retained = TopicTree::new();
    for text in ["$SYS/uptime", "$x", "$", "a", "a/$x", "/$x"] {
        retained.insert(name(text), ());
    }
    assert_eq!(retained.matching(filter("#")).count(), 3);
    assert_eq!(retained.matching(filter("+")).count(), 1);
    assert_eq!(retained.matching(filter("+/+")).count(), 2);
    assert_eq!(retained.matching(filter("$SYS/#")).count(), 1);
    assert_eq!(retained.matching(filter("$x/#")).count(), 1);
    assert_eq!(retained.matching(filter("+/uptime")).count(), 0);
}

#[test]
fn row_29_an_empty_topic_is_refused() {
    assert_eq!(
        TopicName::new("").unwrap_err().kind(),
        TopicErrorKind::Empty
    );
    assert_eq!(
        TopicFilter::new("").unwrap_err().kind(),
        TopicErrorKind::Empty
    );
}

#[test]
fn row_30_ill_formed_names_and_filters() {
    for text in ["+", "#", "a+", "a#", "#/a", "a/#/b", "+a", "a\0", "\0"] {
        assert!(TopicName::new(text).is_err(), "{text}");
    }
    for text in ["a+", "a#", "#/a", "a/#/b", "+a", "a\0", "++", "##"] {
        assert!(TopicFilter::new(text).is_err(), "{text}");
        assert!(TopicFilter::unshared(text).is_err(), "{text}");
    }
    // Non-characters and control characters "should not" be there, and may.
    for text in [
        "\u{ffff}",
        "\u{fffe}",
        "\u{1}",
        "\u{7f}",
        "\u{fdd0}",
        "\u{1ffff}",
        "\u{feff}",
    ] {
        assert!(filter(text).matches(name(text)));
    }
}

#[test]
fn row_31_the_edges_of_share() {
    for text in [
        "$share/",
        "$share/g",
        "$share/g/",
        "$share//t",
        "$share/+/t",
        "$share/g#/t",
    ] {
        assert!(TopicFilter::new(text).is_err(), "{text}");
        let plain = TopicFilter::unshared(text);
        assert_eq!(plain.is_ok(), !text.contains('#'), "{text}");
    }
    let mut tree = SubscriptionTree::new();
    for (key, text) in (0u32..).zip([
        "$share",
        "$SHARE/g/t",
        "$shared/g/t",
        "$share/g//a",
        "$share/g/$SYS/#",
    ]) {
        tree.insert(filter(text), key, ());
    }
    assert_eq!(count(&tree, "$share"), 1);
    assert_eq!(count(&tree, "$SHARE/g/t"), 1);
    assert_eq!(count(&tree, "$shared/g/t"), 1);
    assert_eq!(count(&tree, "/a"), 1);
    assert_eq!(count(&tree, "a"), 0);
    assert_eq!(count(&tree, "$SYS/x"), 1);
    // A publish to the text of a share reaches none of its members.
    assert_eq!(count(&tree, "$share/g//a"), 0);
    // What an MQTT 3.1.1 client subscribed to, it does.
    tree.insert(TopicFilter::unshared("$share/g/+").unwrap(), 9, ());
    assert_eq!(count(&tree, "$share/g/a"), 1);
}

#[test]
fn row_32_the_same_filter_again_and_the_other_kind() {
    let mut tree = SubscriptionTree::new();
    assert_eq!(tree.insert(filter("a/b"), 1, 'x'), None);
    assert_eq!(tree.insert(filter("a/b"), 1, 'y'), Some('x'));
    assert_eq!(tree.insert(filter("$share/g/a/b"), 1, 'z'), None);
    assert_eq!(tree.len(), 2);
    assert_eq!(tree.remove(filter("$share/h/a/b"), &1), None);
    assert_eq!(tree.remove(filter("$share/g/a/b"), &1), Some('z'));
    assert_eq!(tree.remove(filter("$share/g/a/b"), &1), None);
    assert_eq!(tree.get(filter("a/b"), &1), Some(&'y'));
}

#[test]
fn row_32_20000_filters_of_one_client() {
    let texts: Vec<String> = (0..20_000)
        .map(|at| format!("{}/+/{at}", at % 100))
        .collect();
    // 20,000 filters.
    let mut tree = SubscriptionTree::new();
    for round in 0..3 {
        for text in &texts {
            assert_eq!(tree.insert(filter(text), 7, round).is_some(), round > 0);
        }
    }
    for text in texts.iter().step_by(2) {
        assert_eq!(tree.remove(filter(text), &7), Some(2));
    }
    assert_eq!(tree.of_key(&7).count(), 10_000);
    assert_eq!(tree.remove_key(&7), 10_000);
    assert!(tree.is_empty());
}

#[test]
fn row_32_20000_clients_of_one_filter_and_of_one_share() {
    // 20,000 clients.
    let mut tree = SubscriptionTree::new();
    for key in 0..20_000 {
        tree.insert(filter("a/b"), key, ());
        tree.insert(filter("$share/g/a/b"), key, ());
        tree.insert(filter(&format!("$share/{key}/a/b")), key, ());
    }
    assert_eq!(count(&tree, "a/b"), 20_000 + 1 + 20_000);
    for key in (0..20_000).rev() {
        assert_eq!(tree.remove_key(&key), 3);
    }
    assert!(tree.is_empty());
}

#[test]
fn row_32_300_clients_of_the_same_300_filters() {
    let texts: Vec<String> = (0..300).map(|at| format!("a/{at}")).collect();
    // Many clients of many filters.
    let mut tree = SubscriptionTree::new();
    for key in 0..300u32 {
        for text in &texts {
            tree.insert(filter(text), key, ());
        }
    }
    assert_eq!(tree.len(), 90_000);
    for text in &texts {
        for key in 0..300 {
            assert_eq!(tree.remove(filter(text), &key), Some(()));
        }
    }
    assert!(tree.is_empty());
}

#[test]
fn row_33_is_this_filter_inside_what_is_allowed() {
    for (inner, outer, expected) in [
        ("a/b", "a/+", true),
        ("a/b", "a/#", true),
        ("a", "a/#", true),
        ("a/#", "a/#", true),
        ("a/#", "a/+", false),
        ("a/+", "a/b", false),
        ("a/+/c", "a/#", true),
        ("#", "a/#", false),
        ("$SYS/#", "#", false),
        ("$SYS/uptime", "+/uptime", false),
        ("$SYS/uptime", "$SYS/#", true),
        ("$share/g/a/b", "a/#", true),
        ("$share/g/$SYS/x", "#", false),
        ("+/#", "#", true),
        ("#", "+/#", true),
    ] {
        assert_eq!(
            filter(inner).is_subset_of(filter(outer)),
            expected,
            "{inner} in {outer}"
        );
    }
}

#[test]
fn row_34_overlapping_filters_are_all_found() {
    let mut tree = SubscriptionTree::new();
    for text in [
        "house/+/room",
        "house/+/room/+",
        "house/#",
        "+/+/room",
        "#",
        "house/a/room",
    ] {
        tree.insert(filter(text), 1, ());
        tree.insert(filter(text), 2, ());
    }
    assert_eq!(count(&tree, "house/a/room"), 10);
    assert_eq!(count(&tree, "house/a/room/b"), 6);
    // Subscribing again forgets nothing.
    tree.insert(filter("#"), 1, ());
    assert_eq!(count(&tree, "house/a/room"), 10);

    let found = tree.matches(name("house/a/room"));
    let mut found: Vec<_> = found.picking(|_| None).collect();
    let shares: Vec<_> = SubscriptionTree::by_key(&mut found)
        .map(|one| (*one[0].0, one.len()))
        .collect();
    assert_eq!(shares, [(1, 5), (2, 5)]);
}

#[test]
fn row_34_a_client_in_a_share_and_out_of_it_has_two_copies() {
    let mut tree = SubscriptionTree::new();
    tree.insert(filter("$share/g/a"), 1, ());
    tree.insert(filter("a"), 1, ());
    let found: Vec<_> = tree.matches(name("a")).collect();
    assert_eq!(found.len(), 2);
    assert!(matches!(found[0], Match::Subscriber { key: 1, .. }));
    assert!(matches!(found[1], Match::Group(group) if group.share_name() == "g"));
}
