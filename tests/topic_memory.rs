//! What the trees ask of the allocator, counted by one that counts.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use puremqtt::{Match, SubscriptionTree, TopicFilter, TopicName, TopicTree};

struct Counting;

thread_local! {
    /// Bytes held and requests made by this thread: each test is one.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
}

fn count(more: isize) {
    HELD.with(|held| held.set(held.get() + more));
    REQUESTS.with(|requests| requests.set(requests.get() + 1));
}

fn signed(size: usize) -> isize {
    isize::try_from(size).unwrap_or(isize::MAX)
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-signed(layout.size()));
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(signed(size) - signed(layout.size()));
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn held() -> isize {
    HELD.with(Cell::get)
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).unwrap()
}

/// A filter for every number: exact, `+`, `#`, shared; some deep.
fn text(at: u32) -> String {
    match at % 8 {
        0 => format!("area/{at}/+"),
        1 => format!("area/+/{}/#", at % 1000),
        2 => format!("$share/{}/area/{at}", at % 10),
        3 => format!("{}/{at}", ["x"; 40].join("/")),
        4 => format!("{}/+/{at}", ["x"; 40].join("/")),
        _ => format!("area/{at}/sensor/{}", at % 100),
    }
}

#[test]
fn matching_allocates_nothing() {
    let mut tree = SubscriptionTree::new();
    let mut retained = TopicTree::new();
    for at in 0..5_000u32 {
        tree.insert(filter(&text(at)), at % 100, at);
        tree.insert(filter("crowd/#"), at, at);
        if let Ok(topic) = TopicName::new(&text(at)) {
            retained.insert(topic, at);
        }
    }
    let deep = ["x"; 40].join("/") + "/3";
    let requests = REQUESTS.with(Cell::get);
    let mut found = 0;
    for topic in [
        "area/8/sensor",
        "area/2/a",
        "crowd/a",
        "nothing",
        "$SYS/a",
        &deep,
    ] {
        let topic = TopicName::new(topic).unwrap();
        for one in tree.matches(topic) {
            found += match one {
                Match::Subscriber { filter, .. } => black_box(usize::from(filter.matches(topic))),
                Match::Group(group) => group.members().count(),
            };
        }
        found += tree.matches_within(topic, 10).flatten().count();
    }
    for text in ["#", "+/+/#", "area/+/sensor/+", &deep, "nothing/#"] {
        found += retained.matching(filter(text)).count();
        found += retained.matching_within(filter(text), 10).flatten().count();
    }
    assert_eq!(REQUESTS.with(Cell::get), requests);
    assert!(found > 10_000);
}

#[test]
fn memory_is_what_is_held_to_the_byte() {
    let before = held();
    let mut tree = SubscriptionTree::new();
    let mut retained = TopicTree::new();
    assert_eq!(held(), before);
    for at in 0..20_000u32 {
        let text = text(at);
        tree.insert(filter(&text), at % 300, [0u8; 3]);
        if let Ok(topic) = TopicName::new(&text) {
            retained.insert(topic, at);
        }
        if at % 3 == 0 {
            tree.remove_key(&(at % 700));
            retained.retain(|_, value| *value % 17 != 0);
        }
        drop(text);
        if at % 997 == 0 {
            let inline = size_of_val(&tree) + size_of_val(&retained);
            assert_eq!(
                signed(tree.memory() + retained.memory() - inline),
                held() - before
            );
        }
    }
}

#[test]
fn a_million_insertions_and_removals_leave_it_as_small_as_before() {
    let mut tree = SubscriptionTree::new();
    for at in 0..1_000u32 {
        tree.insert(filter(&text(at)), at, ());
    }
    let (before, mut most) = (tree.memory(), 0);
    for round in 1..=10 {
        for at in 0..100_000u32 {
            tree.insert(
                filter(&text(round * 1_000_000 + at)),
                1_000 + at % 5_000,
                (),
            );
            most = most.max(tree.memory());
        }
        if round % 2 == 0 {
            for key in 1_000..6_000 {
                tree.remove_key(&key);
            }
        } else {
            for at in (0..100_000u32).rev() {
                let text = text(round * 1_000_000 + at);
                tree.remove(filter(&text), &(1_000 + at % 5_000));
            }
        }
        assert_eq!(tree.len(), 1_000);
        assert!(
            tree.memory() < before * 2,
            "{} after {before}",
            tree.memory()
        );
    }
    assert!(most > before * 20);
    for at in 0..1_000 {
        tree.remove(filter(&text(at)), &at);
    }
    assert_eq!(tree.memory(), size_of_val(&tree));
}

#[test]
fn a_million_retained_topics_come_and_go() {
    let mut retained = TopicTree::new();
    let topic = |at: u32| format!("area/{}/sensor/{at}", at % 1000);
    for at in 0..1_000 {
        retained.insert(TopicName::new(&topic(at)).unwrap(), at);
    }
    let before = retained.memory();
    for round in 1..=10 {
        for at in 0..100_000 {
            retained.insert(TopicName::new(&topic(round * 1_000_000 + at)).unwrap(), at);
        }
        for at in 0..100_000 {
            let text = topic(round * 1_000_000 + at);
            assert_eq!(retained.remove(TopicName::new(&text).unwrap()), Some(at));
        }
        assert_eq!(retained.len(), 1_000);
        assert!(
            retained.memory() < before * 2,
            "{} after {before}",
            retained.memory()
        );
    }
}

/// A tree of filters of client 0, and what it holds after those of client 1 have come and gone.
fn before_and_after(stay: &[String], go: &[String]) -> (usize, usize) {
    let nothing = held();
    let mut tree = SubscriptionTree::with_seed(1);
    for text in stay {
        tree.insert(filter(text), 0, ());
    }
    let before = tree.memory();
    for text in go {
        tree.insert(filter(text), 1, ());
    }
    assert!(tree.memory() > before);
    let counted = tree.memory() - size_of_val(&tree);
    assert_eq!(signed(counted), held() - nothing);
    assert_eq!(tree.remove_key(&1), go.len());
    assert!(
        tree.iter()
            .map(|(filter, ..)| filter)
            .eq(stay.iter().map(|text| filter(text)))
    );
    (before, tree.memory())
}

fn filters(count: u32, text: impl Fn(u32) -> String) -> Vec<String> {
    (0..count).map(text).collect()
}

/// Three numbers of a digit each.
fn digits(at: u32) -> String {
    format!("{}/{}/{}", at / 100, at / 10 % 10, at % 10)
}

#[test]
fn what_went_is_given_back_to_the_byte() {
    let wild = filters(100, |at| format!("area/{at}/+"));
    let shares = filters(100, |at| format!("$share/{at}/a/+"));
    for (what, stay, go) in [
        (
            "filters without wildcards",
            &wild,
            filters(400, |at| format!("area/{at}/x")),
        ),
        (
            "filters at the same node as others",
            &wild,
            filters(400, |at| format!("$share/{at:03}/area/0/+")),
        ),
        (
            "nodes of few filters",
            &shares,
            filters(20, |at| format!("{at}/{}/+", ["x"; 20].join("/"))),
        ),
        (
            "levels of few nodes",
            &filters(300, |at| digits(at) + "/+"),
            filters(400, |at| format!("level-{at}/+")),
        ),
    ] {
        let (before, after) = before_and_after(stay, &go);
        assert_eq!(after, before, "{what}");
    }
}

/// What else they leave is room for so many more.
#[test]
fn the_text_of_a_few_long_filters_is_given_back() {
    let stay = filters(300, |at| format!("area/{at}/+"));
    let long = |at| format!("{at}{}/+", "x".repeat(1_000));
    let (before, after) = before_and_after(&stay, &filters(20, long));
    assert!(after < before + 20_000 / 2, "{after} after {before}");
    let exact = |at| format!("{at}{}", "x".repeat(1_000));
    let (before, after) = before_and_after(&stay, &filters(20, exact));
    assert!(after < before + 20_000 / 2, "{after} after {before}");
}

#[test]
fn what_topics_went_is_given_back_to_the_byte() {
    for (what, stay, go) in [
        (
            "nodes",
            filters(10, |at| format!("area/{at}")),
            filters(400, |at| format!("area/{at}/x")),
        ),
        (
            "levels of few nodes",
            filters(300, digits),
            filters(400, |at| format!("level-{at}")),
        ),
    ] {
        let mut retained = TopicTree::with_seed(1);
        for text in &stay {
            retained.insert(TopicName::new(text).unwrap(), true);
        }
        let before = retained.memory();
        for text in &go {
            retained.insert(TopicName::new(text).unwrap(), false);
        }
        assert!(retained.memory() > before);
        retained.retain(|_, stays| *stays);
        assert_eq!(retained.memory(), before, "{what}");
        let all: Vec<_> = retained
            .iter()
            .map(|(name, _)| name.as_str().to_owned())
            .collect();
        assert_eq!(all, stay);
    }
}

#[test]
fn the_last_to_go_takes_all_memory_along() {
    let mut tree = SubscriptionTree::new();
    tree.insert(filter("a/+"), 1, ());
    tree.insert(filter("a/b"), 2, ());
    tree.remove(filter("a/+"), &1);
    assert!(tree.memory() > size_of_val(&tree));
    tree.remove(filter("a/b"), &2);
    assert_eq!(tree.memory(), size_of_val(&tree));

    let mut retained = TopicTree::new();
    let (one, other) = (TopicName::literal("a"), TopicName::literal("b"));
    retained.insert(one, ());
    retained.insert(other, ());
    retained.remove(one);
    assert!(retained.memory() > size_of_val(&retained));
    retained.remove(other);
    assert_eq!(retained.memory(), size_of_val(&retained));
}

#[test]
fn a_filter_that_thousands_leave_keeps_little() {
    let mut tree = SubscriptionTree::new();
    for key in 0..10 {
        tree.insert(filter("a/+"), key, ());
    }
    let before = tree.memory();
    for key in 10..2_000 {
        tree.insert(filter("a/+"), key, ());
    }
    for key in 10..2_000 {
        tree.remove(filter("a/+"), &key);
    }
    assert!(
        tree.memory() < before + 1_024,
        "{} after {before}",
        tree.memory()
    );
}

#[test]
fn removing_a_few_of_many_builds_nothing_anew() {
    let mut tree = SubscriptionTree::new();
    let mut retained = TopicTree::new();
    let texts = filters(500, text);
    for (key, text) in (0_u32..).zip(&texts) {
        tree.insert(filter(text), key, ());
        if let Ok(topic) = TopicName::new(text) {
            retained.insert(topic, ());
        }
    }
    let (all, requests) = (retained.len(), REQUESTS.with(Cell::get));
    for (key, text) in (0_u32..).zip(&texts).step_by(10) {
        assert_eq!(tree.remove(filter(text), &key), Some(()));
        if let Ok(topic) = TopicName::new(text) {
            retained.remove(topic);
        }
    }
    assert!(tree.len() == 450 && retained.len() < all);
    // What is noted of vacant places grows now and then.
    assert!(REQUESTS.with(Cell::get) - requests < 50);
}
