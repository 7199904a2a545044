//! A table of `statements/`, row by row.

use super::sources::{Sources, Test};

/// One file: what it is called, and how its tests are found.
pub(super) struct Book {
    pub(super) title: &'static str,
    /// Stands before a number to say of which standard it is.
    pub(super) prefix: &'static str,
    pub(super) text: &'static str,
    pub(super) bearing: Bearing,
}

/// How a test says which row it is of.
#[derive(Clone, Copy)]
pub(super) enum Bearing {
    /// Its name begins with this and the number.
    Number(&'static str),
    /// The row names it.
    Named,
}

/// What was read of one line of a table.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Row {
    prefix: &'static str,
    /// Whether tests bear its number.
    is_borne: bool,
    cells: Vec<(&'static str, &'static str)>,
}

impl Book {
    /// All rows of all its tables.
    pub(super) fn rows(&self) -> Vec<Row> {
        let mut columns = Vec::new();
        let mut rows = Vec::new();
        for line in self.text.lines() {
            let Some(cells) = cells(line) else {
                columns.clear();
                continue;
            };
            match (columns.is_empty(), cells[0]) {
                (true, _) => columns = cells,
                (false, "---") => {}
                (false, _) => {
                    assert_eq!(cells.len(), columns.len(), "{line}");
                    let cells = columns.iter().copied().zip(cells).collect();
                    rows.push(Row {
                        prefix: self.prefix,
                        is_borne: matches!(self.bearing, Bearing::Number(_)),
                        cells,
                    });
                }
            }
        }
        rows
    }

    /// The row that the name of a test says it is of; there need not be such a row.
    pub(super) fn number_of(&self, test: &Test) -> Option<String> {
        let Bearing::Number(start) = self.bearing else {
            return None;
        };
        let parts: Vec<_> = test.function().strip_prefix(start)?.split('_').collect();
        Some(match (start, &parts[..]) {
            ("row_", [row, ..]) => format!("row-{row}"),
            (_, [a, b, c, number, ..]) => format!("{}MQTT-{a}.{b}.{c}-{number}", self.prefix),
            _ => format!("{}{}", self.prefix, test.function()),
        })
    }
}

impl Book {
    /// The name of a test without what says of which row it is.
    pub(super) fn without_number(&self, id: &str) -> String {
        let Bearing::Number(start) = self.bearing else {
            return id.to_owned();
        };
        let Some((modules, rest)) = id.split_once(start) else {
            return id.to_owned();
        };
        let numbers = if start == "row_" { 1 } else { 4 };
        let rest = rest.splitn(numbers + 1, '_').last().unwrap_or(rest);
        format!("{modules}{rest}")
    }
}

/// The cells of a line, if it is one of a table.
fn cells(line: &'static str) -> Option<Vec<&'static str>> {
    let line = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(line.split('|').map(str::trim).collect())
}

impl Row {
    fn get(&self, column: &str) -> Option<&'static str> {
        let cell = self.cells.iter().find(|(name, _)| *name == column);
        cell.map(|(_, cell)| *cell)
    }

    fn must_have(&self, column: &str) -> &'static str {
        self.get(column)
            .unwrap_or_else(|| panic!("no column {column:?}"))
    }

    /// `MQTT-3.1.2-3`
    pub(super) fn number(&self) -> &'static str {
        self.must_have("number")
    }

    /// `5.0/MQTT-3.1.2-3`
    pub(super) fn name(&self) -> String {
        format!("{}{}", self.prefix, self.number())
    }

    pub(super) fn layer(&self) -> &'static str {
        self.must_have("layer")
    }

    /// The file that keeps the rule.
    pub(super) fn enforced(&self) -> &'static str {
        self.must_have("enforced in")
    }

    /// Why no test of the crate can show it. One of the examples may all the same.
    pub(super) fn outside(&self) -> Option<&'static str> {
        self.get("why it is not the crate's")
    }

    /// Whether it is neither the crate's nor the broker's.
    pub(super) fn is_of_others(&self) -> bool {
        matches!(self.layer(), "transport" | "application")
    }

    pub(super) fn is_filled(&self) -> bool {
        self.cells.iter().all(|(_, cell)| !cell.is_empty())
    }

    /// Whether code names it where it is enforced. What has no number, and what the crate does
    /// not enforce, need not be named.
    pub(super) fn is_named_in(&self, code: &str) -> bool {
        let number = self.number();
        if !number.starts_with("MQTT-") || self.is_of_others() {
            return true;
        }
        code.match_indices(number).any(|(at, _)| {
            let before = &code[..at];
            let goes_on = code[at + number.len()..].starts_with(|next: char| next.is_ascii_digit());
            !goes_on && (!before.ends_with('/') || before.ends_with(self.prefix))
        })
    }

    /// The tests that the row itself names.
    pub(super) fn named_tests(&self) -> impl Iterator<Item = &'static str> {
        let named = self.get("tests").into_iter();
        named.flat_map(|tests| tests.split(", "))
    }

    /// All tests of it.
    pub(super) fn tests<'s>(&self, sources: &'s Sources) -> Vec<&'s Test> {
        if self.is_borne {
            return sources.bearing(&self.name());
        }
        let named = self.named_tests().filter_map(|test| sources.test(test));
        named.collect()
    }
}
