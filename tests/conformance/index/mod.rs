//! The index: what the standards ask, where the code answers, and which tests show it.
//!
//! `statements/` has a table for each standard, for what has no number, and for bad inputs. The
//! tests below fail where a row has no test or names no place, and where a test or a comment
//! bears a number that no row has. What they know of tests and code they read from the sources.
//!
//! ```sh
//! cargo test --test conformance index -- --nocapture               # all tables, with results
//! cargo test --test conformance index::bad_inputs -- --nocapture   # one of them
//! ```

mod book;
mod report;
mod results;
mod sources;

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use book::{Bearing, Book};
use sources::Sources;

/// Every book, in the order in which the README counts them.
const BOOKS: [Book; 5] = [
    Book {
        title: "MQTT 3.1.1",
        prefix: "3.1.1/",
        text: include_str!("../statements/mqtt-3.1.1.md"),
        bearing: Bearing::Number("v3_1_1_mqtt_"),
    },
    Book {
        title: "MQTT 5.0",
        prefix: "5.0/",
        text: include_str!("../statements/mqtt-5.0.md"),
        bearing: Bearing::Number("v5_0_mqtt_"),
    },
    Book {
        title: "MQTT 5.0, Protocol Errors without a number",
        prefix: "5.0/",
        text: include_str!("../statements/protocol-errors.md"),
        bearing: Bearing::Named,
    },
    Book {
        title: "MQTT 3.1, which has no numbers",
        prefix: "3.1/",
        text: include_str!("../statements/mqtt-3.1.md"),
        bearing: Bearing::Named,
    },
    Book {
        title: "Bad inputs",
        prefix: "",
        text: include_str!("../statements/bad-inputs.md"),
        bearing: Bearing::Number("row_"),
    },
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every row has a test, unless it says why it cannot; what it names is there.
fn holds(book: &Book) {
    let sources = Sources::read(root());
    let rows = book.rows();
    let mut missing = Vec::new();
    for row in &rows {
        if row.tests(&sources).is_empty() && row.outside().is_none() {
            missing.push(format!("{}: no test", row.name()));
        }
        for test in row.named_tests() {
            if sources.test(test).is_none() {
                missing.push(format!("{}: there is no test {test}", row.name()));
            }
        }
        if row.outside().is_some() != row.is_of_others() {
            missing.push(format!("{}: is it the crate's or not?", row.name()));
        }
        match fs::read_to_string(root().join(row.enforced())) {
            Err(_) => missing.push(format!("{}: no file {}", row.name(), row.enforced())),
            Ok(code) if !row.is_named_in(&code) => {
                missing.push(format!("{}: not named in {}", row.name(), row.enforced()));
            }
            Ok(_) => {}
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    if report::is_seen() {
        report::print(book, &rows, &sources);
    }
}

#[test]
fn mqtt_3_1_1() {
    holds(&BOOKS[0]);
}

#[test]
fn mqtt_5_0() {
    holds(&BOOKS[1]);
}

#[test]
fn protocol_errors_without_a_number() {
    holds(&BOOKS[2]);
}

#[test]
fn mqtt_3_1() {
    holds(&BOOKS[3]);
}

#[test]
fn bad_inputs() {
    holds(&BOOKS[4]);
}

/// As many as the standards have (Appendix B), and as many bad inputs as there are.
#[test]
fn no_row_is_missing_or_there_twice() {
    let counts = BOOKS.map(|book| book.rows().len());
    assert_eq!((counts[0], counts[1], counts[4]), (141, 251, 53));
    let mut names = HashSet::new();
    for row in BOOKS.iter().flat_map(Book::rows) {
        assert!(names.insert(row.name()), "{} is there twice", row.name());
        assert!(row.is_filled(), "{}: an empty cell", row.name());
    }
}

#[test]
fn no_test_bears_a_number_that_no_row_has() {
    let sources = Sources::read(root());
    let names: HashSet<_> = BOOKS.iter().flat_map(Book::rows).collect();
    for test in sources.tests() {
        let known = |book: &Book| {
            let number = book.number_of(test);
            number.is_none_or(|number| names.iter().any(|row| row.name() == number))
        };
        assert!(BOOKS.iter().all(known), "{}: no such number", test.id());
        let bears = BOOKS.iter().any(|book| book.number_of(test).is_some());
        assert!(
            bears || !test.seems_numbered(),
            "{}: a number, but of which version?",
            test.id()
        );
    }
}

/// What was read from the sources of this target is what runs.
#[test]
fn every_test_that_was_found_is_run() {
    let listed: HashSet<_> = results::listed().into_iter().collect();
    for test in Sources::read(root()).tests() {
        let is_here = test.target == "conformance";
        assert!(!is_here || listed.contains(&test.path), "{}", test.id());
    }
}

#[test]
fn no_comment_names_a_number_that_no_row_has() {
    let sources = Sources::read(root());
    let rows: Vec<_> = BOOKS.iter().flat_map(Book::rows).collect();
    let names: HashSet<_> = rows.iter().map(book::Row::name).collect();
    for (file, number) in sources.numbers_in_code() {
        let is_known = match number.contains('/') {
            true => names.contains(&number),
            false => rows.iter().any(|row| row.number() == number),
        };
        assert!(is_known, "{file}: {number} does not exist");
    }
}

#[test]
fn the_readme_has_the_counts() {
    let sources = Sources::read(root());
    let counts = report::counts(&BOOKS, &sources);
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains(&counts), "README.md has to say\n{counts}");
}
