//! What the crate aims at, and whether it gets there.
//!
//! Instructions and ratios come from measuring the best crates there are and
//! hand-written limits (`limits`): the aims lie near the limits.

use std::collections::HashMap;
use std::process::ExitCode;

use crate::callgrind::{self, SCALE};
use crate::case::{Group, OURS, groups};
use crate::compare::{Time, makers, time};
use crate::index;

enum Aim {
    /// Instructions for one, at most.
    Instructions(f64),
    /// At most so many times the instructions of another group's.
    Times(f64, &'static str, &'static str),
    /// By another way of ours at most so many times the instructions of this one.
    TimesOurs(f64, &'static str),
    /// Shown beside it, not judged.
    Shown(&'static str),
    /// At least so many times as fast as the fastest of these.
    Faster(f64, &'static [&'static str]),
    /// Allocates nothing.
    NoAllocation,
    /// At most so many allocations.
    Allocations(f64),
}
use Aim::{Allocations, Faster, Instructions, NoAllocation, Shown, Times, TimesOurs};

const DECODE_W1: &str = "W1 decode small PUBLISH";
const DECODE_W2: &str = "W2 decode PUBLISH of QoS 1";
const DECODE_1_MIB: &str = "W6 decode PUBLISH of 1 MiB in pieces of 1,460 bytes";
const ENCODE_64_KIB: &str = "W7 encode PUBLISH of 64 KiB";
const COPY: &str = "limit, copy alone";
const INDEXES: &[&str] = &["mqtt-topic-engine", "rmqtt"];

const TARGETS: &[(&str, &[Aim])] = &[
    (
        DECODE_W1,
        &[Instructions(120.0), Faster(6.0, &["mqttrs"]), NoAllocation],
    ),
    (
        DECODE_W2,
        &[Instructions(170.0), Faster(5.0, &["mqttrs"]), NoAllocation],
    ),
    // No byte of the payload is copied: size makes no difference.
    (
        "W3 decode PUBLISH of 64 KiB",
        &[Times(1.2, DECODE_W2, OURS), NoAllocation],
    ),
    (
        "W3 decode PUBLISH of 1 MiB",
        &[Times(1.2, DECODE_W2, OURS), NoAllocation],
    ),
    (
        "W4 decode mixed traffic",
        &[Instructions(190.0), Faster(1.8, &["mqttrs"]), NoAllocation],
    ),
    (
        "W5 decode PUBLISH with 6 properties",
        &[
            Instructions(1000.0),
            Faster(6.0, &["rmqtt-codec"]),
            NoAllocation,
        ],
    ),
    (
        "W5 decode CONNECT with properties and will",
        &[
            Instructions(2100.0),
            Faster(6.0, &["rmqtt-codec"]),
            NoAllocation,
        ],
    ),
    (
        "W6 decode small PUBLISH in pieces of 7 bytes",
        &[Instructions(750.0), Faster(2.0, &["mqttrs"])],
    ),
    (
        "W6 decode small PUBLISH in pieces of 1,460 bytes",
        &[Times(1.2, DECODE_W1, OURS), Faster(5.0, &["mqttrs"])],
    ),
    // Each byte is copied once: to copy it twice would take twice as much.
    (
        DECODE_1_MIB,
        &[Times(1.5, DECODE_1_MIB, COPY), Allocations(1.0)],
    ),
    (
        "W7 encode small PUBLISH",
        &[
            Instructions(90.0),
            Faster(2.2, &["mqttbytes"]),
            NoAllocation,
        ],
    ),
    (
        "W7 encode PUBLISH of QoS 1",
        &[
            Instructions(125.0),
            Faster(1.3, &["mqttbytes"]),
            NoAllocation,
        ],
    ),
    (
        "W7 encode mixed traffic",
        &[
            Instructions(90.0),
            Faster(1.5, &["mqttbytes"]),
            NoAllocation,
        ],
    ),
    (
        "W7 encode PUBLISH with 6 properties",
        &[Instructions(250.0), NoAllocation],
    ),
    (
        "W7 encode CONNECT with properties and will",
        &[Instructions(450.0), NoAllocation],
    ),
    (
        ENCODE_64_KIB,
        &[Times(1.02, ENCODE_64_KIB, COPY), NoAllocation],
    ),
    (
        "W7 encode PUBLISH of 64 KiB without a copy",
        &[Instructions(150.0), NoAllocation],
    ),
    (
        "W7 encode PUBLISH of 1 MiB without a copy",
        &[Instructions(150.0), NoAllocation],
    ),
    (
        "W8 decode small PUBLISH to an owned message",
        &[Instructions(210.0), Faster(1.5, &["rumqttd"]), NoAllocation],
    ),
    ("T1 match one filter exact", &[Instructions(200.0)]),
    ("T1 match one filter plus", &[Instructions(400.0)]),
    ("T2 find exact 10000", &[Faster(5.0, INDEXES), NoAllocation]),
    (
        "T2 find exact 100000",
        &[Faster(5.0, INDEXES), NoAllocation],
    ),
    (
        "T2 find exact 1000000",
        &[Faster(5.0, INDEXES), NoAllocation],
    ),
    (
        "T3 find plus10 10000",
        &[Instructions(2100.0), Faster(3.0, INDEXES), NoAllocation],
    ),
    (
        "T3 find plus10 100000",
        &[Faster(4.0, INDEXES), NoAllocation],
    ),
    (
        "T3 find plus10 1000000",
        &[Faster(2.8, INDEXES), NoAllocation],
    ),
    (
        "T3 find hash1 10000",
        &[Instructions(2100.0), Faster(3.0, INDEXES), NoAllocation],
    ),
    (
        "T3 find hash1 100000",
        &[Faster(4.0, INDEXES), NoAllocation],
    ),
    (
        "T3 find hash1 1000000",
        &[Faster(2.8, INDEXES), NoAllocation],
    ),
    ("S1 exchange QoS 1 over the wire window 1", EXCHANGE_1),
    ("S1 exchange QoS 1 over the wire window 100", EXCHANGE_1),
    ("S2 exchange QoS 2 over the wire window 1", EXCHANGE_2),
    ("S2 exchange QoS 2 over the wire window 100", EXCHANGE_2),
    (
        "S3 exchange QoS 1 state alone window 1",
        &[Instructions(200.0)],
    ),
    (
        "S3 exchange QoS 1 state alone window 100",
        &[Instructions(200.0)],
    ),
    (
        "S3 exchange QoS 2 state alone window 1",
        &[Instructions(250.0)],
    ),
    (
        "S3 exchange QoS 2 state alone window 100",
        &[Instructions(250.0)],
    ),
];

const HALVES: &str = "puremqtt, bare halves";
const CONNECTIONS: &str = "puremqtt, connections";

const EXCHANGE_1: &[Aim] = &[
    Instructions(450.0),
    Shown(HALVES),
    TimesOurs(1.5, CONNECTIONS),
    Faster(12.0, &["rumqttc"]),
    Faster(20.0, &["mqtt-protocol-core"]),
    NoAllocation,
];
const EXCHANGE_2: &[Aim] = &[
    Instructions(620.0),
    Shown(HALVES),
    TimesOurs(1.5, CONNECTIONS),
    Faster(12.0, &["rumqttc"]),
    Faster(22.0, &["mqtt-protocol-core"]),
    NoAllocation,
];

/// T4: bytes of a filter, and how many times as fast they are built.
const BYTES_OF_A_FILTER: f64 = 64.0;
const BUILT_FASTER: f64 = 3.0;

/// Measures those whose names begin with one of `numbers`, or all; the status
/// says whether all are met.
pub fn run(numbers: &[&str]) -> ExitCode {
    let is_wanted =
        |name: &str| numbers.is_empty() || numbers.iter().any(|number| name.starts_with(number));
    let mut judge = Judge::default();
    if !judge.counts.is_installed {
        println!(
            "valgrind is not installed: instructions are not counted, ratios alone are judged"
        );
    }
    for (name, aims) in TARGETS.iter().filter(|target| is_wanted(target.0)) {
        judge.group(name, aims);
    }
    if is_wanted("T4") {
        for (kind, count) in [
            ("exact", 100_000),
            ("plus10", 100_000),
            ("plus10", 1_000_000),
        ] {
            judge.building(kind, count);
        }
    }
    let Judge {
        met,
        missed,
        not_counted,
        ..
    } = judge;
    println!("{met} met, {missed} missed, {not_counted} not counted");
    if missed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[derive(Default)]
struct Judge {
    counts: Counts,
    met: usize,
    missed: usize,
    not_counted: usize,
}

impl Judge {
    fn group(&mut self, name: &str, aims: &[Aim]) {
        let group = groups(1).into_iter().find(|group| group.name == name);
        let Some(group) = group else {
            println!("{name}: nothing does it: MISSED");
            self.missed += 1;
            return;
        };
        let times = timed(&group, aims);
        for aim in aims {
            match *aim {
                Instructions(at_most) => {
                    let reached = self.counts.of(name, OURS);
                    self.at_most(name, reached, at_most, "instructions");
                }
                Times(factor, group, who) => {
                    let reached = self.counts.of(name, OURS);
                    let at_most = self
                        .counts
                        .of(group, who)
                        .map_or(0.0, |other| other * factor);
                    let of = if group == name { who } else { group };
                    let unit = format!("instructions ({factor} x {of})");
                    self.at_most(name, reached, at_most, &unit);
                }
                TimesOurs(factor, who) => {
                    let reached = self.counts.of(name, who);
                    let ours = self.counts.of(name, OURS);
                    let at_most = ours.map_or(0.0, |ours| ours * factor);
                    let unit = format!("instructions by {who} ({factor} x {OURS})");
                    self.at_most(name, reached, at_most, &unit);
                }
                Shown(who) => {
                    if let Some(reached) = self.counts.of(name, who) {
                        println!("{name}: {} instructions by {who}", short(reached));
                    }
                }
                Faster(at_least, rivals) => self.faster(name, &times, at_least, rivals),
                NoAllocation | Allocations(_) => {
                    let at_most = if let Allocations(at_most) = aim {
                        *at_most
                    } else {
                        0.0
                    };
                    let reached = find(&times, OURS).map(|ours| ours.allocations);
                    self.at_most(name, reached, at_most, "allocations");
                }
            }
        }
    }

    fn faster(&mut self, name: &str, times: &[Time], at_least: f64, rivals: &[&str]) {
        let rivals = rivals.iter().filter_map(|rival| find(times, rival));
        let fastest = rivals.min_by(|left, right| left.nanoseconds.total_cmp(&right.nanoseconds));
        let (Some(ours), Some(rival)) = (find(times, OURS), fastest) else {
            println!("{name}: no rival was built: not measured");
            self.not_counted += 1;
            return;
        };
        let reached = rival.nanoseconds / ours.nanoseconds;
        let who = rival.who;
        let verdict = self.verdict(reached >= at_least);
        println!("{name}: {reached:.1} x as fast as {who}, target {at_least}: {verdict}");
    }

    fn building(&mut self, kind: &str, count: usize) {
        let name = format!("T4 build {kind} {count}");
        let costs = index::building(&makers(), kind, count);
        let ours = costs.iter().find(|cost| cost.who == OURS);
        self.at_most(
            &name,
            ours.map(|ours| ours.bytes),
            BYTES_OF_A_FILTER,
            "bytes a filter",
        );
        let times: Vec<_> = costs
            .iter()
            .map(|cost| Time {
                who: cost.who,
                nanoseconds: cost.nanoseconds,
                allocations: 0.0,
            })
            .collect();
        self.faster(&name, &times, BUILT_FASTER, INDEXES);
    }

    fn at_most(&mut self, name: &str, reached: Option<f64>, at_most: f64, unit: &str) {
        let Some(reached) = reached else {
            self.not_counted += 1;
            return;
        };
        let verdict = self.verdict(reached <= at_most);
        println!(
            "{name}: {} {unit}, target {}: {verdict}",
            short(reached),
            short(at_most)
        );
    }

    fn verdict(&mut self, is_met: bool) -> &'static str {
        if is_met {
            self.met += 1;
            "met"
        } else {
            self.missed += 1;
            "MISSED"
        }
    }
}

fn short(number: f64) -> String {
    if number < 10.0 && number.fract() != 0.0 {
        format!("{number:.2}")
    } else {
        format!("{number:.0}")
    }
}

fn find<'t>(times: &'t [Time], who: &str) -> Option<&'t Time> {
    times.iter().find(|time| time.who == who)
}

/// Times of ours and of the rivals that it is to be compared with.
fn timed(group: &Group, aims: &[Aim]) -> Vec<Time> {
    let is_rival = |who: &str| {
        aims.iter()
            .any(|aim| matches!(aim, Faster(_, rivals) if rivals.contains(&who)))
    };
    let is_timed = |aim: &Aim| matches!(aim, Faster(..) | NoAllocation | Allocations(_));
    if aims.iter().any(is_timed) {
        time(group, |who| who == OURS || is_rival(who))
    } else {
        Vec::new()
    }
}

/// Instructions, counted when they are asked for, and once.
struct Counts {
    is_installed: bool,
    known: HashMap<(String, String), f64>,
    groups: Vec<Group>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            is_installed: callgrind::is_installed(),
            known: HashMap::new(),
            groups: groups(SCALE),
        }
    }
}

impl Counts {
    fn of(&mut self, name: &str, who: &str) -> Option<f64> {
        if !self.is_installed {
            return None;
        }
        let key = (name.to_owned(), who.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        let group = self.groups.iter().find(|group| group.name == name)?;
        let all = callgrind::count(group, who).all;
        self.known.insert(key, all);
        Some(all)
    }
}
