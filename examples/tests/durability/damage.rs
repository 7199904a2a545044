//! A store that is not as it was left: an error that names it, or a state that once was.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use puremqtt_examples::broker::core::{Broker, Changes, Stored};
use puremqtt_examples::broker::store::Store;

use crate::world::{Q1, World, ends::new_directory, plain};

/// A store with sessions, subscriptions and retained messages, as a crash has left it.
fn file() -> (Vec<u8>, Stored) {
    let (path, bytes) = left_behind();
    let directory = path.parent().unwrap();
    fs::create_dir_all(directory).unwrap();
    fs::write(&path, &bytes).unwrap();
    let (store, stored) = Store::open(directory).unwrap();
    drop(store);
    fs::remove_dir_all(directory).unwrap();
    (bytes, stored)
}

fn left_behind() -> (PathBuf, Vec<u8>) {
    let world = World::stored(plain());
    for name in ["a", "b", "c"] {
        let away = world.v5_kept(name, 100);
        away.subscribes("#", Q1);
        away.leaves();
    }
    let publisher = world.v3("publisher");
    for number in 0..20 {
        publisher.retains(&format!("t/{number}"), &"x".repeat(200), Q1);
    }
    let path = world.store_file();
    let bytes = fs::read(&path).unwrap();
    (path, bytes)
}

/// Opens a store of these bytes, and restores a broker from it.
fn open(directory: &Path, bytes: &[u8]) -> Result<Stored, String> {
    fs::create_dir_all(directory).unwrap();
    fs::write(directory.join("broker.redb"), bytes).unwrap();
    let (store, stored) = Store::open(directory).map_err(|error| error.to_string())?;
    let mut broker = Broker::new(plain(), None, None, Duration::ZERO);
    broker
        .restore(&stored, Duration::ZERO)
        .map_err(|damaged| store.failed(damaged.to_string()).to_string())?;
    Ok(stored)
}

/// What happens to what was stored.
type Damage = fn(&mut Stored);

fn messages(stored: &Stored) -> usize {
    stored.retained.len()
}

#[test]
fn a_file_that_was_cut_or_altered_is_an_error_that_names_it_or_what_it_was() {
    let (bytes, whole) = file();
    let directory = new_directory();
    let name = directory.join("broker.redb").display().to_string();
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    let written: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let (mut errors, mut taken) = (0, 0);
    for round in 0..200 {
        let mut damaged = bytes.clone();
        match round % 4 {
            0 => damaged.truncate(1 + random(bytes.len() - 1)),
            1 => damaged[random(320)] ^= 1 << random(8),
            _ => damaged[written[random(written.len())]] ^= 1 << random(8),
        }
        match open(&directory, &damaged) {
            Ok(stored) => {
                taken += 1;
                // One transaction less at the most, and of that nothing.
                assert!(messages(&whole) - messages(&stored) <= 1, "round {round}");
                assert!(stored.clients.len() == 3, "round {round}");
                for message in &stored.retained {
                    assert!(whole.retained.contains(message), "round {round}");
                }
            }
            Err(error) => {
                errors += 1;
                assert!(error.starts_with(&name), "{error}");
            }
        }
    }
    fs::remove_dir_all(&directory).unwrap();
    println!("{errors} errors, {taken} taken as they were");
    assert!(errors > 20 && taken > 20, "{errors} errors, {taken} taken");
}

#[test]
fn a_file_that_is_none_is_an_error_that_names_it() {
    let directory = new_directory();
    for content in [&b"no database at all"[..], &[b'x'; 10_000]] {
        let error = open(&directory, content).unwrap_err();
        assert!(error.contains("broker.redb: "), "{error}");
    }
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn a_store_that_is_in_use_is_an_error_that_names_it() {
    let directory = new_directory();
    let _open = Store::open(&directory).unwrap();
    let error = Store::open(&directory).err().unwrap().to_string();
    assert!(error.contains("broker.redb: "), "{error}");
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn what_is_whole_for_the_database_and_wrong_for_the_broker_is_an_error_that_says_whose() {
    let (_, whole) = file();
    let restored = |change: Damage| {
        let mut stored = whole.clone();
        change(&mut stored);
        let mut broker = Broker::new(plain(), None, None, Duration::ZERO);
        broker
            .restore(&stored, Duration::ZERO)
            .map_err(|damaged| damaged.to_string())
    };
    assert_eq!(restored(|_| {}), Ok(()));
    let rows: [(Damage, &str); 6] = [
        (
            |stored| stored.clients[0].header.clear(),
            "the session of \"a\": its header was altered",
        ),
        (
            |stored| stored.clients[1].header = stored.clients[0].header.clone(),
            "the session of \"b\": its header was altered",
        ),
        (
            |stored| stored.clients[2].subscriptions[0].truncate(5),
            "the session of \"c\": a subscription was altered",
        ),
        (
            |stored| *stored.clients[0].log.last_mut().unwrap() ^= 1,
            "the session of \"a\": a record was altered",
        ),
        (
            |stored| stored.clients[0].log.truncate(20),
            "the session of \"a\": the last record is cut off",
        ),
        (
            |stored| stored.retained[7][20] ^= 1,
            "a retained message was altered",
        ),
    ];
    for (change, expected) in rows {
        let error = restored(change).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn the_clock_of_a_store_goes_on_and_never_back() {
    let directory = new_directory();
    let (mut store, stored) = Store::open(&directory).unwrap();
    let hour = Duration::from_secs(3600);
    assert!(store.now(&stored) < hour);
    let changes = Changes {
        ended: Vec::new(),
        clients: Vec::new(),
        retained: Vec::new(),
        alive: hour,
    };
    store.keep(&changes).unwrap();
    drop(store);
    let (store, stored) = Store::open(&directory).unwrap();
    // As if the system's clock had been set back by an hour.
    assert_eq!((stored.alive, store.now(&stored)), (hour, hour));
    fs::remove_dir_all(&directory).unwrap();
}
