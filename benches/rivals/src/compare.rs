//! Tables of all that take part.

use crate::callgrind::{self, SCALE};
use crate::case::{Group, OURS, Run, groups};
use crate::index::{Maker, building as cost_of_building};
use crate::meter::Sample;
use crate::{limits, others, ours};

/// What one took, for one packet, message, match or topic.
pub struct Time {
    pub who: &'static str,
    pub nanoseconds: f64,
    pub allocations: f64,
}

/// Runs all whom `wanted` names, in turns.
pub fn time(group: &Group, wanted: impl Fn(&str) -> bool) -> Vec<Time> {
    let each = |total: f64| total / group.units as f64;
    let cases = group.cases.iter().filter(|case| wanted(case.who));
    let (who, mut runs): (Vec<_>, Vec<_>) = cases.map(|case| (case.who, case.prepare())).unzip();
    let fastest = in_turns(&mut runs).into_iter();
    who.into_iter()
        .zip(fastest)
        .map(|(who, fastest)| Time {
            who,
            nanoseconds: each(fastest.nanoseconds),
            allocations: each(fastest.allocations as f64),
        })
        .collect()
}

/// The fastest of 41 rounds of each, when two have warmed up; allocations are
/// those of the last.
pub fn in_turns(runs: &mut [Run]) -> Vec<Sample> {
    let mut round = || runs.iter_mut().map(|run| run()).collect::<Vec<_>>();
    round();
    round();
    let mut fastest = round();
    for _ in 1..41 {
        for (fastest, sample) in fastest.iter_mut().zip(round()) {
            fastest.nanoseconds = fastest.nanoseconds.min(sample.nanoseconds);
            fastest.allocations = sample.allocations;
        }
    }
    fastest
}

fn selected(scale: usize, words: &[&str]) -> impl Iterator<Item = Group> {
    let has_word = |group: &Group, wanted| group.name.split(' ').any(|word| word == wanted);
    let has_all = |group: &Group| words.iter().all(|wanted| has_word(group, *wanted));
    let found: Vec<_> = groups(scale).into_iter().filter(has_all).collect();
    assert!(
        !found.is_empty(),
        "nothing has the words {words:?} in its name"
    );
    found.into_iter()
}

/// Prints how much longer or shorter the others take.
pub fn times(words: &[&str]) {
    for group in selected(1, words) {
        let times = time(&group, |_| true);
        let ours = times.iter().find(|time| time.who == OURS);
        let ours = ours.map_or(f64::NAN, |ours| ours.nanoseconds);
        println!("\n{}, a {}", group.name, group.unit);
        println!(
            "{:24}{:>9}{:>11}{:>10}{:>9}",
            "", "x ours", "ns", "allocs", "GiB/s"
        );
        for time in &times {
            let ns = time.nanoseconds;
            print!(
                "{:24}{:9.2}{ns:11.1}{:10.2}",
                time.who,
                ns / ours,
                time.allocations
            );
            if group.bytes > 0 {
                let bytes = group.bytes as f64 / group.units as f64;
                print!("{:9.2}", bytes / ns * 1e9 / f64::from(1 << 30));
            }
            println!();
        }
    }
}

/// Prints how many more or fewer instructions the others take.
pub fn instructions(words: &[&str]) {
    if !callgrind::is_installed() {
        println!("valgrind is not installed: no instructions are counted");
        return;
    }
    for group in selected(SCALE, words) {
        // To build indexes of a million filters takes minutes under valgrind.
        if group.name.ends_with("000000") {
            continue;
        }
        println!("\n{}, a {}", group.name, group.unit);
        println!(
            "{:24}{:>9}{:>14}{:>14}",
            "", "x ours", "instructions", "without libc"
        );
        let mut ours = f64::NAN;
        for case in &group.cases {
            let counts = callgrind::count(&group, case.who);
            if case.who == OURS {
                ours = counts.all;
            }
            let (all, own) = (counts.all, counts.own);
            println!("{:24}{:9.2}{all:14.1}{own:14.1}", case.who, all / ours);
        }
    }
}

/// All indexes of subscriptions.
pub fn makers() -> Vec<Maker> {
    let mut makers = vec![
        Maker::of::<ours::topics::Tree>(OURS),
        Maker::of::<limits::topics::Trie>("limit, flat trie"),
    ];
    makers.extend(others::makers());
    makers
}

/// Prints what it costs to build indexes, and to keep them.
pub fn building(count: usize) {
    for kind in ["exact", "plus10", "hash1"] {
        let costs = cost_of_building(&makers(), kind, count);
        let ours = &costs[0];
        println!(
            "\nT4 build {kind} {count}, a filter, fan-out {:.2}",
            ours.fan_out
        );
        println!(
            "{:24}{:>9}{:>9}{:>9}{:>9}",
            "", "x ours", "ns", "x ours", "bytes"
        );
        for cost in &costs {
            let (ns, bytes) = (cost.nanoseconds, cost.bytes);
            let (slower, larger) = (ns / ours.nanoseconds, bytes / ours.bytes);
            println!("{:24}{slower:9.2}{ns:9.0}{larger:9.2}{bytes:9.1}", cost.who);
        }
    }
}
