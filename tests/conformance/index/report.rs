//! The index as text: for the terminal, and for the README.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::io::Write as _;

use super::book::{Book, Row};
use super::results;
use super::sources::{Sources, Test};

const LAYERS: [&str; 5] = ["codec", "topic", "session", "connection", "broker"];

/// Whether somebody sees what a test prints.
pub(super) fn is_seen() -> bool {
    let asks = |argument: String| argument == "--nocapture" || argument == "--no-capture";
    let wants = |value: String| value != "0";
    env::args().any(asks) || env::var("RUST_TEST_NOCAPTURE").is_ok_and(wants)
}

/// Prints a book: each row with its place, its tests, and how they end.
pub(super) fn print(book: &Book, rows: &[Row], sources: &Sources) {
    let mut text = format!("\n{}\n", book.title);
    for row in rows {
        let tests = row.tests(sources).into_iter();
        let mut entries: Vec<_> = tests.map(|test| entry(book, test)).collect();
        if entries.is_empty() {
            entries.extend(row.outside().map(|why| format!("none     {why}")));
        }
        let place = format!("{:20} {:38}", row.name(), row.enforced());
        let next = format!("\n{:60}", "");
        let _ = writeln!(text, "{place} {}", entries.join(&next));
    }
    let mut ends: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for test in rows.iter().flat_map(|row| row.tests(sources)) {
        ends.entry(results::of(test)).or_default().push(test.id());
    }
    let with = rows.iter().filter(|row| !row.tests(sources).is_empty());
    let _ = write!(text, "{} rows, {} with tests:", rows.len(), with.count());
    for (end, tests) in &ends {
        let _ = write!(text, " {} {end}", tests.len());
    }
    text.push('\n');
    // At once, so that nothing comes in between.
    std::io::stdout().lock().write_all(text.as_bytes()).unwrap();
    ends.remove("ok");
    assert!(ends.is_empty(), "{ends:?}");
}

/// Result and name of a test, the number left out.
fn entry(book: &Book, test: &Test) -> String {
    let name = book.without_number(&test.id());
    format!("{:8} {name}", results::of(test))
}

/// The counts as a table of the README.
pub(super) fn counts(books: &[Book], sources: &Sources) -> String {
    let mut text = format!(
        "| rows | {} | outside | with a test |\n",
        LAYERS.join(" | ")
    );
    text.push_str(&"| --- ".repeat(LAYERS.len() + 3));
    text.push_str("|\n");
    for book in books {
        let rows = book.rows();
        let _ = write!(text, "| {}: {} ", book.title, rows.len());
        for layer in LAYERS {
            let count = rows.iter().filter(|row| row.layer() == layer).count();
            let _ = write!(text, "| {count} ");
        }
        let with = rows.iter().filter(|row| !row.tests(sources).is_empty());
        let outside = rows.iter().filter(|row| row.is_of_others());
        let _ = writeln!(text, "| {} | {} |", outside.count(), with.count());
    }
    text
}
