#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;

fn parse(text: &str) -> Acl {
    Acl::parse(Path::new("acl"), text).unwrap()
}

fn fault(text: &str) -> String {
    let error = Acl::parse(Path::new("acl"), text).unwrap_err();
    error.to_string()
}

fn topic(text: &str) -> TopicName<'_> {
    TopicName::new(text).unwrap()
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).unwrap()
}

/// One list for the rows of the next test: each verdict is mosquitto 2.0.11's.
const LIST: &str = "
topic read pub/#
topic write in/+
user al
topic rw
topic write x y
topic deny d/secret
topic d/#
user bo
topic a/b
user al
topic second
pattern write s/%u/%c
pattern readwrite t/p%u
pattern deny plain/x
pattern plain/#
";

#[test]
fn the_verdicts_on_publishing_are_those_of_mosquitto() {
    let acl = parse(LIST);
    let rows = [
        (None, "pub/x", false),
        (None, "in/x", true),
        (None, "in/x/y", false),
        (None, "s/c/c", false),
        (None, "second", false),
        (None, "plain/y", true),
        (None, "plain/x", false),
        (Some("al"), "pub/x", false),
        (Some("al"), "rw", true),
        (Some("al"), "x y", true),
        (Some("al"), "d/secret", false),
        (Some("al"), "d/other", true),
        (Some("al"), "second", true),
        (Some("al"), "s/al/c", true),
        (Some("al"), "s/al/d", false),
        (Some("al"), "t/pal", true),
        (Some("al"), "plain/y", true),
        (Some("al"), "plain/x", false),
        (Some("bo"), "a/b", true),
        (Some("bo"), "second", false),
        (Some("zz"), "in/x", false),
        (Some("zz"), "s/zz/c", true),
        (Some("zz"), "plain/y", true),
    ];
    for (user_name, name, expected) in rows {
        let rights = acl.rights(user_name, "c");
        let found = rights.may_publish(topic(name));
        assert_eq!(found, expected, "{user_name:?} {name}");
    }
}

#[test]
fn without_a_list_everything_is_allowed() {
    let rights = Rights::all();
    assert!(rights.may_publish(topic("a")));
    assert!(rights.may_receive(topic("$SYS/uptime")));
    assert!(rights.may_subscribe(filter("#")));
}

#[test]
fn an_empty_list_allows_nothing() {
    let rights = parse("# nothing yet\n").rights(Some("al"), "c");
    assert!(!rights.may_publish(topic("a")));
    assert!(!rights.may_receive(topic("a")));
    assert!(!rights.may_subscribe(filter("a")));
}

#[test]
fn read_write_and_readwrite_are_kept_apart() {
    let rights = parse("topic read r\ntopic write w\ntopic readwrite b\ntopic n").rights(None, "c");
    for (name, publish, receive) in [
        ("r", false, true),
        ("w", true, false),
        ("b", true, true),
        ("n", true, true),
        ("other", false, false),
    ] {
        assert_eq!(rights.may_publish(topic(name)), publish, "{name}");
        assert_eq!(rights.may_receive(topic(name)), receive, "{name}");
        assert_eq!(rights.may_subscribe(filter(name)), receive, "{name}");
    }
}

#[test]
fn a_filter_is_subscribed_to_when_it_lies_within_a_readable_one() {
    let rights = parse("topic read home/+/light/#\ntopic write all/#").rights(None, "c");
    for (text, expected) in [
        ("home/7/light/on", true),
        ("home/+/light/#", true),
        ("home/7/light", true),
        ("$share/g/home/+/light/on", true),
        ("home/#", false),
        ("home/+/+/on", false),
        ("#", false),
        ("all/a", false),
    ] {
        assert_eq!(rights.may_subscribe(filter(text)), expected, "{text}");
    }
}

#[test]
fn each_filter_of_a_subscribe_is_decided_on_its_own() {
    let rights = parse("topic read a/#").rights(None, "c");
    let verdicts = ["a/b", "b", "a/+", "#"].map(|text| rights.may_subscribe(filter(text)));
    assert_eq!(verdicts, [true, false, true, false]);
}

#[test]
fn to_read_the_reserved_topics_is_not_to_read_all_nor_the_reverse() {
    let reserved = parse("topic read $SYS/#").rights(None, "c");
    assert!(!reserved.may_subscribe(filter("#")));
    assert!(!reserved.may_subscribe(filter("+/#")));
    assert!(reserved.may_subscribe(filter("$SYS/broker/+")));
    let all = parse("topic read #").rights(None, "c");
    assert!(!all.may_subscribe(filter("$SYS/#")));
    assert!(!all.may_receive(topic("$SYS/uptime")));
    assert!(all.may_subscribe(filter("#")));
}

#[test]
fn deny_wins_wherever_it_stands() {
    for text in [
        "topic deny home/safe\ntopic home/#",
        "topic home/#\ntopic deny home/safe",
        "topic home/#\npattern deny home/safe",
        "pattern home/#\ntopic deny home/safe",
    ] {
        let rights = parse(text).rights(None, "c");
        assert!(!rights.may_publish(topic("home/safe")), "{text}");
        assert!(!rights.may_receive(topic("home/safe")), "{text}");
        assert!(!rights.may_subscribe(filter("home/safe")), "{text}");
        assert!(rights.may_publish(topic("home/door")), "{text}");
        // What is denied of this one is withheld when it is to be delivered.
        assert!(rights.may_subscribe(filter("home/#")), "{text}");
    }
}

#[test]
fn patterns_are_for_every_client_with_its_own_names() {
    let acl = parse("user al\npattern read u/%u/#\npattern write c/%c\npattern read %u/%c/50%");
    let rights = acl.rights(Some("bo"), "c1");
    assert!(rights.may_subscribe(filter("u/bo/+")));
    assert!(!rights.may_subscribe(filter("u/al/+")));
    assert!(rights.may_publish(topic("c/c1")));
    assert!(rights.may_receive(topic("bo/c1/50%")));
    let nameless = acl.rights(None, "c1");
    assert!(!nameless.may_receive(topic("u//x")));
    assert!(nameless.may_publish(topic("c/c1")));
}

#[test]
fn a_name_that_is_no_safe_level_never_gets_into_a_pattern() {
    let acl = parse("pattern u/%u/#\npattern c/%c\nuser +\ntopic own");
    for name in ["+", "#", "a/b", "a+", "$SYS", ""] {
        let by_user = acl.rights(Some(name), "c");
        for forbidden in ["u/al/x", "u/+/x", "u/a/b/x", "u/+/#"] {
            assert!(
                !by_user.may_subscribe(filter(forbidden)),
                "{name} {forbidden}"
            );
        }
        assert!(!by_user.may_receive(topic("u/al/x")), "{name}");
        assert!(!by_user.may_publish(topic("u/a/b/x")), "{name}");
        assert!(by_user.may_publish(topic("c/c")), "{name}");
        let by_id = acl.rights(Some("al"), name);
        assert!(!by_id.may_receive(topic("c/other")), "{name}");
        assert!(!by_id.may_publish(topic("c/a/b")), "{name}");
        assert!(by_id.may_publish(topic("u/al/x")), "{name}");
    }
    // Its own topics name nobody else's.
    assert!(acl.rights(Some("+"), "c").may_publish(topic("own")));
}

#[test]
fn a_name_cannot_slip_out_of_a_pattern_that_denies() {
    let acl = parse("topic x/#\nuser a/b\ntopic x/#\npattern x/#\npattern deny x/%u/%c");
    assert!(!acl.rights(Some("a"), "c").may_publish(topic("x/a/c")));
    assert!(acl.rights(Some("a"), "c").may_publish(topic("x/a/d")));
    assert!(!acl.rights(Some("a/b"), "c").may_publish(topic("x/a/b/c")));
    assert!(!acl.rights(Some("a"), "+").may_publish(topic("x/a/c")));
    // No user name is none that could be denied.
    assert!(acl.rights(None, "c").may_publish(topic("x/a/c")));
}

#[test]
fn a_name_that_makes_a_filter_too_long_is_not_put_in() {
    let long = "x".repeat(65_530);
    let acl = parse("pattern client/%c/#");
    let name = format!("client/{long}");
    let rights = acl.rights(None, &long);
    assert!(TopicName::new(&name).is_err());
    assert!(!rights.may_subscribe(filter("client/#")));
}

#[test]
fn a_line_that_is_wrong_is_named() {
    for (text, message) in [
        (
            "topic a\nbad x",
            "acl:2: \"bad\" is neither user, topic nor pattern",
        ),
        ("user", "acl:1: a user has no name"),
        ("topic", "acl:1: there is no topic"),
        ("pattern", "acl:1: there is no topic"),
        ("topic read", "acl:1: there is no topic after read"),
        ("topic deny ", "acl:1: there is no topic after deny"),
        (
            "topic foo a",
            "acl:1: \"foo\" is neither read, write, readwrite nor deny",
        ),
        (
            "topic $share/g/a",
            "acl:1: \"$share/g/a\" is a shared subscription: name its topics alone",
        ),
    ] {
        assert_eq!(fault(text), message);
    }
    assert!(fault("topic read a/#/b").starts_with("acl:1: \"a/#/b\" is no topic filter: "));
    assert!(fault("pattern a+").starts_with("acl:1: \"a+\" is no topic filter: "));
}

#[test]
fn tabs_spaces_and_the_line_ends_of_windows_do_not_matter() {
    let acl = parse("user  sp ace \r\n\ttopic\tread\ta b\r\n");
    assert!(acl.rights(Some("sp ace"), "c").may_receive(topic("a b")));
}
