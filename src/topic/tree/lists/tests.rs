use super::*;
use std::format;

/// Where indexes leave no bits to the hash, all that stand in a row are candidates.
const NO_TAGS: u32 = u32::MAX - 1;

fn add(lists: &mut Lists<u32, ()>, filter: &str, key: u32) {
    let filter = TopicFilter::new(filter).unwrap();
    lists.add(lists.places.find(filter), filter, key, ());
}

fn place(lists: &Lists<u32, ()>, filter: &str) -> PlaceId {
    lists
        .places
        .find(TopicFilter::new(filter).unwrap())
        .unwrap()
}

#[test]
fn subscriptions_are_told_apart_by_key_and_number_though_their_hashes_meet() {
    let mut lists = Lists::new(Seed::new(1));
    lists.by_key.rebuild(200, NO_TAGS, core::iter::empty());
    for number in 0..20 {
        for key in 0..10 {
            add(&mut lists, &format!("{key}/{number}"), key);
        }
    }
    for key in 0..10 {
        for number in 0..20 {
            let entry = lists.of_key(&key, number).unwrap();
            let found = lists.places.filter(lists.entries[entry].place);
            assert_eq!(found.as_str(), format!("{key}/{number}"));
        }
        assert_eq!(lists.of_key(&key, 20), None);
    }
    assert_eq!(lists.of_key(&10, 0), None);
}

#[test]
fn members_of_crowds_are_told_apart_by_place_and_key_though_their_hashes_meet() {
    let mut lists = Lists::new(Seed::new(1));
    lists.in_crowd.rebuild(100, NO_TAGS, core::iter::empty());
    for (filter, keys) in [("a", 0..30), ("+", 10..40)] {
        keys.for_each(|key| add(&mut lists, filter, key));
    }
    for (filter, keys) in [("a", 0..30), ("+", 10..40)] {
        let place = place(&lists, filter);
        for key in 0..50 {
            let found = lists.find(place, &key).map(|entry| &lists.entries[entry]);
            let found = found.map(|entry| (entry.place, entry.key));
            assert_eq!(found, keys.contains(&key).then_some((place, key)));
        }
    }
}

#[test]
fn a_crowd_has_more_than_16_and_then_more_than_4() {
    let mut lists = Lists::new(Seed::new(1));
    let mut crowded = |key: Option<u32>| {
        match key {
            Some(key) => add(&mut lists, "a", key),
            None => {
                lists.take(0);
            }
        }
        (lists.entries.len(), lists.crowds.len() == 1)
    };
    for key in 0..20 {
        let count = wide(key) + 1;
        assert_eq!(crowded(Some(key)), (count, count > 16));
    }
    for count in (1..20).rev() {
        assert_eq!(crowded(None), (count, count > 4));
    }
}

#[test]
fn a_table_of_keys_shrinks_with_them() {
    let mut lists = Lists::new(Seed::new(1));
    (0..1_000).for_each(|key| add(&mut lists, "a", key));
    let tables = |lists: &Lists<u32, ()>| (lists.by_key.memory(), lists.in_crowd.memory());
    let before = tables(&lists);
    // From the middle, so that others are renamed.
    for _ in 0..900 {
        lists.take(50);
        lists.tidy();
    }
    let after = tables(&lists);
    assert!(
        after.0 < before.0 / 2 && after.1 < before.1 / 2,
        "{after:?} of {before:?}"
    );
    let place = place(&lists, "a");
    let left = (0..1_000).filter(|key| {
        let found = lists.find(place, key);
        assert_eq!(found, lists.of_key(key, 0), "{key}");
        found.is_some()
    });
    assert_eq!(left.count(), 100);
}

#[test]
fn a_member_of_two_crowds_has_two_hashes() {
    let mut lists = Lists::new(Seed::new(1));
    add(&mut lists, "a", 1);
    add(&mut lists, "b", 1);
    let hash = |filter| lists.crowd_hash(place(&lists, filter), &1);
    assert_ne!(hash("a"), hash("b"));
}
