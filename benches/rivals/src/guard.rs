//! Instructions of key paths, against those in a file.
//!
//! Counted are the program's own functions: what the C library does in `memcpy`
//! depends on the processor, and how often it is called on nothing but them.

use std::collections::HashMap;
use std::fmt::Write;
use std::process::{Command, ExitCode};

use crate::callgrind::{self, SCALE};
use crate::case::{Group, OURS, groups};

/// More than this is too much, as a factor.
const TOLERANCE: f64 = 1.05;

const KEY_PATHS: [&str; 20] = [
    "W1 decode small PUBLISH",
    "W2 decode PUBLISH of QoS 1",
    "W4 decode mixed traffic",
    "W5 decode PUBLISH with 6 properties",
    "W5 decode CONNECT with properties and will",
    "W6 decode small PUBLISH in pieces of 7 bytes",
    "W7 encode small PUBLISH",
    "W7 encode PUBLISH of QoS 1",
    "W7 encode mixed traffic",
    "W7 encode PUBLISH with 6 properties",
    "W7 encode CONNECT with properties and will",
    "W8 decode small PUBLISH to an owned message",
    "T1 match one filter exact",
    "T1 match one filter plus",
    "T3 find plus10 10000",
    "T3 find hash1 10000",
    "S1 exchange QoS 1 over the wire window 100",
    "S2 exchange QoS 2 over the wire window 100",
    "S3 exchange QoS 1 state alone window 100",
    "S3 exchange QoS 2 state alone window 100",
];

fn key_paths() -> impl Iterator<Item = Group> {
    let mut groups = groups(SCALE);
    KEY_PATHS.into_iter().map(move |name| {
        let at = groups.iter().position(|group| group.name == name);
        groups.swap_remove(at.unwrap_or_else(|| panic!("no group is called {name}")))
    })
}

fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    // Without the hash and the date.
    let number = version.unwrap_or_default();
    let number = number.split(' ').nth(1).unwrap_or("unknown");
    format!("rustc {number}, {}", std::env::consts::ARCH)
}

/// Writes the counts of the present code.
pub fn update(file: &str) {
    let mut text = String::from(
        "# Instructions for one packet (W), topic (T) or message (S), as callgrind counts them in the\n\
         # functions of the program itself, those of the C library left out. `benches/guard` fails when\n\
         # one of them has grown by more than 5 %, and `benches/guard update` writes this file.\n",
    );
    writeln!(text, "compiler: {}", compiler()).expect("text can be written");
    for group in key_paths() {
        let own = callgrind::count(&group, OURS).own;
        println!("{}: {own:.1}", group.name);
        writeln!(text, "{}: {own:.1}", group.name).expect("text can be written");
    }
    std::fs::write(file, text).expect("the file can be written");
}

/// Fails when one has grown.
pub fn check(file: &str) -> ExitCode {
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let noted: HashMap<&str, &str> = lines.filter_map(|line| line.split_once(": ")).collect();
    let mut grown = 0;
    for group in key_paths() {
        let own = callgrind::count(&group, OURS).own;
        let before: f64 = match noted.get(group.name.as_str()).map(|noted| noted.parse()) {
            Some(Ok(before)) => before,
            _ => panic!(
                "{file} has no number for {}: run benches/guard update",
                group.name
            ),
        };
        let change = (own / before - 1.0) * 100.0;
        let has_grown = own > before * TOLERANCE;
        let verdict = if has_grown { "  GROWN" } else { "" };
        println!(
            "{:48}{before:9.1}{own:9.1}{change:+8.1} %{verdict}",
            group.name
        );
        grown += usize::from(has_grown);
    }
    let (then, now) = (noted.get("compiler").copied().unwrap_or("?"), compiler());
    if then != now {
        println!("Counted with {then} before, with {now} now.");
    }
    if grown > 0 {
        println!(
            "{grown} grew by more than 5 %. If that is as it should be: benches/guard update,\n\
             and say why in the commit.",
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
