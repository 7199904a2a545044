//! The vectors that the project publishes: every row of every file holds, says
//! where it comes from, and is counted right.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

#[allow(dead_code, reason = "shared with other tests, which use all of it")]
#[path = "conformance/check.rs"]
mod check;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use check::{Statements, Vector, Verdict, corpus};
use serde_json::Value;

#[test]
fn every_row_holds() {
    for row in corpus() {
        row.holds();
    }
}

#[test]
fn no_two_rows_have_one_name() {
    let mut names = HashSet::new();
    for row in corpus() {
        assert!(names.insert(&row.name), "{} stands twice", row.name);
    }
}

#[test]
fn a_packet_from_one_sender_has_one_verdict() {
    let mut verdicts = HashMap::new();
    for row in corpus() {
        let packet = (row.version_name(), row.sender, &row.bytes);
        let packet = (packet, format!("{:?}", row.given));
        let verdict = (row.verdict, row.reasons().next(), &row.meaning);
        let first = verdicts.entry(packet).or_insert(verdict);
        assert_eq!(*first, verdict, "{}", row.name);
    }
}

#[test]
fn every_statement_is_one_of_the_standard() {
    for row in corpus() {
        let Statements::Numbers(numbers) = &row.statements else {
            continue;
        };
        let statements = match row.version_name() {
            "3.1.1" => include_str!("conformance/statements/mqtt-3.1.1.md"),
            "5.0" => include_str!("conformance/statements/mqtt-5.0.md"),
            other => panic!("{}: {other} has no numbers", row.name),
        };
        for number in numbers {
            let stands = statements.contains(&format!("\n| {number} |"));
            assert!(stands, "{}: there is no {number}", row.name);
        }
    }
}

#[test]
fn every_row_comes_from_the_standard_a_table_or_a_capture() {
    for row in corpus() {
        let standard = format!("standard {}", row.version_name());
        let told = &row.provenance;
        let is_known = told.starts_with(&standard) || told.starts_with("table: ");
        assert!(is_known || is_captured(row), "{}: {told}", row.name);
    }
}

/// "capture: PEER, FILE at byte N, read by READER": that the bytes stand there.
fn is_captured(row: &Vector) -> bool {
    let Some(place) = row.provenance.strip_prefix("capture: ") else {
        return false;
    };
    let place = place.split(", ").find(|part| part.contains(" at byte "));
    let (file, at) = place.unwrap().split_once(" at byte ").unwrap();
    let captured = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    captured[at.parse().unwrap()..].starts_with(&row.bytes)
}

#[test]
fn a_row_that_is_wrong_does_not_hold() {
    let mut tried = BTreeMap::new();
    for row in corpus().iter().step_by(7) {
        for (what, wrong) in bent(row) {
            let held = catch_unwind(AssertUnwindSafe(|| wrong.holds()));
            assert!(held.is_err(), "{} with another {what} holds", row.name);
            *tried.entry(what).or_insert(0) += 1;
        }
    }
    assert_eq!(tried.len(), 6, "{tried:?}");
    assert!(tried.values().all(|&times| times > 10), "{tried:?}");
}

/// The row, with one thing changed in each.
fn bent(row: &Vector) -> Vec<(&'static str, Vector)> {
    let mut bent = vec![];
    let mut but = |what, change: &dyn Fn(&mut Vector)| {
        let mut row = row.clone();
        change(&mut row);
        bent.push((what, row));
    };
    but("verdict", &|row| {
        row.verdict = match row.verdict {
            Verdict::Reject | Verdict::Incomplete => Verdict::Accept,
            Verdict::Accept => Verdict::Reject,
        }
    });
    // Type 0 is no packet in any version.
    if row.verdict != Verdict::Reject {
        but("byte", &|row| row.bytes[0] = 0);
    }
    if let (Some(reason), "5.0") = (&row.reason, row.version_name()) {
        let other = if reason == "0x9f" { "0x80" } else { "0x9f" };
        let is_certain = row.reasons().count() == 1;
        if is_certain {
            but("reason", &|row| row.reason = Some(other.to_owned()));
        }
    }
    if let (Verdict::Reject, Statements::Numbers(_)) = (row.verdict, &row.statements) {
        let none = "MQTT-9.9.9-9".to_owned();
        but("statement", &|row| {
            row.statements = Statements::Numbers(vec![none.clone()])
        });
    }
    if let Some(Value::Object(fields)) = &row.meaning {
        for key in fields.keys() {
            but("meaning", &|row| {
                row.meaning.as_mut().unwrap()[key] = Value::Null
            });
        }
    }
    if let Some(canonical) = &row.canonical {
        let longer = [canonical.as_slice(), &[0]].concat();
        but("canonical", &|row| row.canonical = Some(longer.clone()));
    }
    bent
}

#[test]
fn the_readme_of_the_vectors_counts_them_right() {
    let readme = read("tests/vectors/README.md");
    let mut files = BTreeMap::<&str, [usize; 3]>::new();
    for row in corpus() {
        files.entry(&row.file).or_default()[row.verdict as usize] += 1;
    }
    for (file, counts) in &files {
        let [accept, reject, incomplete] = counts;
        let row = format!("| `{file}.jsonl` | {accept} | {reject} | {incomplete} |");
        assert!(readme.contains(&row), "the README lacks {row}");
    }
    let told = readme.lines().filter(|line| line.contains(".jsonl` | "));
    assert_eq!(told.count(), files.len(), "a file that is not there");
    for version in ["3.1", "3.1.1", "5.0"] {
        let rows = corpus().iter();
        let number = rows.filter(|row| row.version_name() == version).count();
        let told = format!("{} of {version}", grouped(number));
        assert!(readme.contains(&told), "the README lacks {told:?}");
    }
}

#[test]
fn the_readme_of_the_project_counts_them_right() {
    let told = format!("{} packets", grouped(corpus().len()));
    assert!(
        read("README.md").contains(&told),
        "the README lacks {told:?}"
    );
}

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(path).unwrap()
}

/// 1234 as "1,234".
fn grouped(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", number / 1000, number % 1000),
    }
}
