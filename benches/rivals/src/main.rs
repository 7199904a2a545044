//! Puremqtt beside other crates and hand-written limits: the same work on the
//! same bytes, in one process.
//!
//! ```text
//! rivals compare [WORDS]       times in turns, as ratios, and allocations
//! rivals instructions [WORDS]  instructions, by callgrind
//! rivals building [COUNT]      time and memory of subscription indexes
//! rivals targets [NUMBER]      measures all targets; status 1 if one is missed
//! rivals guard check|update FILE  compares instructions of ours with those in a file
//! rivals growth DIRECTORY      curves of cost against size, as tables and pictures
//! rivals list                  what there is
//! ```
//!
//! WORDS select what has them all in its name, as `W1 decode` or `T3 10000`.
//! Times are only worth comparing within one run; instructions repeat.

mod callgrind;
mod case;
mod compare;
mod growth;
mod guard;
mod index;
mod limits;
mod meter;
#[cfg_attr(not(feature = "rivals"), path = "nobody.rs")]
mod others;
mod ours;
mod targets;
mod workloads;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: meter::Counting = meter::Counting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["compare", ref words @ ..] => compare::times(words),
        ["instructions", ref words @ ..] => compare::instructions(words),
        ["building"] => compare::building(100_000),
        ["building", count] => compare::building(count.parse().expect("a number of filters")),
        ["targets", ref numbers @ ..] => return targets::run(numbers),
        ["guard", "check", file] => return guard::check(file),
        ["guard", "update", file] => guard::update(file),
        ["growth", directory] => growth::draw(directory.as_ref()),
        ["list"] => list(),
        // What `callgrind` calls.
        ["run", group, who] => run(group, who),
        _ => {
            eprintln!(
                "rivals compare|instructions|building|targets|guard|growth|list: see main.rs"
            );
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn list() {
    for group in case::groups(1) {
        let names: Vec<_> = group.cases.iter().map(|case| case.who).collect();
        println!("{}: {}", group.name, names.join(", "));
    }
}

/// One case, once, in the size for callgrind.
fn run(group: &str, who: &str) {
    let groups = case::groups(callgrind::SCALE).into_iter();
    let found = groups.chain(growth::groups()).find(|one| one.name == group);
    let found = found.expect("the name of a group");
    found.case(who).expect("who takes part").prepare()();
}
