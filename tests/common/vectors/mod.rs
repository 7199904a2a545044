//! The published vectors of `tests/vectors`, and what it means that one holds.
//! The README there has the format.
#![allow(dead_code, reason = "each target needs a part of it")]

mod holds;
mod meaning;
mod row;

use std::collections::HashMap;
use std::sync::OnceLock;

use puremqtt::Version;

pub(crate) use row::{Statements, Vector, Verdict};

/// All rows of all files.
pub(crate) fn corpus() -> &'static [Vector] {
    static CORPUS: OnceLock<Vec<Vector>> = OnceLock::new();
    CORPUS.get_or_init(row::read_all)
}

/// The rows of one packet of one version, whoever sends it and whatever is given.
fn of_the_same_packet(version: Version, bytes: &[u8]) -> impl Iterator<Item = &'static Vector> {
    type Packets = HashMap<(u8, &'static [u8]), Vec<&'static Vector>>;
    static PACKETS: OnceLock<Packets> = OnceLock::new();
    let packets = PACKETS.get_or_init(|| {
        let mut packets = Packets::new();
        for row in corpus() {
            let packet = (row.version.level(), row.bytes.as_slice());
            packets.entry(packet).or_default().push(row);
        }
        packets
    });
    let rows = packets.get(&(version.level(), bytes));
    rows.into_iter().flatten().copied()
}

/// Every vector of this version that names the statement holds, and there is one.
pub(crate) fn vectors(version: Version, statement: &str) {
    each(|row| row.version == version && row.names(statement));
}

/// Every vector of this version and rule holds, and there is one.
pub(crate) fn vectors_of(version: Version, rule: &str) {
    each(|row| row.version == version && row.rule == rule);
}

/// Every vector of this row of the table of bad inputs holds, and there is one.
pub(crate) fn bad_input(number: u64) {
    each(|row| row.bad_input == Some(number));
}

/// The bytes of the vectors of this version and rule, of which there is one at least.
pub(crate) fn bytes_of(version: Version, rule: &str) -> Vec<Vec<u8>> {
    let bytes = bytes_where(|row| row.version == version && row.rule == rule);
    assert!(!bytes.is_empty(), "no vector of {version} on {rule:?}");
    bytes
}

/// The bytes of the vectors of this version that name the statement and keep to it, all of them.
pub(crate) fn accepted<const N: usize>(version: Version, statement: &str) -> [Vec<u8>; N] {
    let bytes = bytes_where(|row| {
        row.version == version && row.names(statement) && row.verdict == Verdict::Accept
    });
    let number = bytes.len();
    let bytes = bytes.try_into();
    bytes.unwrap_or_else(|_| panic!("{number} vectors of {version} keep to {statement}, not {N}"))
}

/// The bytes of the vectors of this version that break the statement, or the rule, of which there
/// is one at least.
pub(crate) fn refused(version: Version, about: &str) -> Vec<Vec<u8>> {
    let bytes = bytes_where(|row| {
        let is_about = row.names(about) || row.rule == about;
        row.version == version && is_about && row.verdict == Verdict::Reject
    });
    assert!(!bytes.is_empty(), "no vector of {version} breaks {about}");
    bytes
}

/// Whether these bytes are published as a packet of this version that somebody
/// may send; `None` where they are not published.
pub(crate) fn is_published_as_a_packet(version: Version, bytes: &[u8]) -> Option<bool> {
    let mut rows = of_the_same_packet(version, bytes).peekable();
    rows.peek()?;
    Some(rows.any(|row| row.verdict == Verdict::Accept))
}

fn bytes_where(is_wanted: impl Fn(&Vector) -> bool) -> Vec<Vec<u8>> {
    let wanted = corpus().iter().filter(|row| is_wanted(row));
    wanted.map(|row| row.bytes.clone()).collect()
}

fn each(is_wanted: impl Fn(&Vector) -> bool) {
    let mut held = 0;
    for row in corpus().iter().filter(|row| is_wanted(row)) {
        row.holds();
        held += 1;
    }
    assert!(held > 0, "there is no such vector");
}
