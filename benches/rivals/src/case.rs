//! What can be measured: groups of cases that do the same work on the same bytes.

use std::rc::Rc;

use crate::meter::Sample;
use crate::workloads::packets::{self, Workload};
use crate::{limits, others, ours};

/// The name of ours in every group.
pub const OURS: &str = "puremqtt";

/// One measured run, as often as it is called.
pub type Run = Box<dyn FnMut() -> Sample>;

/// One implementation at work.
pub struct Case {
    pub who: &'static str,
    prepare: Box<dyn Fn() -> Run>,
}

impl Case {
    pub fn new(who: &'static str, prepare: impl Fn() -> Run + 'static) -> Self {
        let prepare = Box::new(prepare);
        Self { who, prepare }
    }

    /// Does what is not measured.
    pub fn prepare(&self) -> Run {
        (self.prepare)()
    }
}

/// Cases to compare.
pub struct Group {
    /// As `W1 decode small PUBLISH`.
    pub name: String,
    /// What a run's figures are divided by.
    pub unit: &'static str,
    pub units: usize,
    /// On the wire, in all; 0 where that says nothing.
    pub bytes: usize,
    pub cases: Vec<Case>,
}

impl Group {
    pub fn case(&self, who: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.who == who)
    }
}

/// All groups. A `scale` of 10 has a tenth of the packets, for callgrind.
pub fn groups(scale: usize) -> Vec<Group> {
    let mut groups = codec(scale);
    groups.extend(exchanges(scale));
    groups.extend(topics(scale));
    groups
}

fn codec(scale: usize) -> Vec<Group> {
    let small = Rc::new(packets::small_publish(10_000 / scale));
    // Few are enough, and none is so few that the way in and out counts.
    let megabyte = Rc::new(packets::large_publish("PUBLISH of 1 MiB", 1 << 20, 8));
    let kilobytes = packets::large_publish("PUBLISH of 64 KiB", 1 << 16, 64);
    let workloads = [
        small.clone(),
        Rc::new(packets::acknowledged_publish(10_000 / scale)),
        Rc::new(kilobytes),
        megabyte.clone(),
        Rc::new(packets::mixed_traffic((20 / scale).max(1))),
        Rc::new(packets::publish_with_properties(5_000 / scale)),
        Rc::new(packets::connect_with_properties(2_000 / scale)),
    ];
    let mut groups: Vec<Group> = workloads.iter().map(decode).collect();
    groups.push(pieces(&small, "small PUBLISH in pieces of 7 bytes", 7));
    groups.push(pieces(
        &small,
        "small PUBLISH in pieces of 1,460 bytes",
        1460,
    ));
    groups.push(pieces(
        &megabyte,
        "PUBLISH of 1 MiB in pieces of 1,460 bytes",
        1460,
    ));
    groups.extend(workloads.iter().map(encode));
    groups.push(shared("PUBLISH of 64 KiB", 1 << 16, 1000 / scale));
    groups.push(shared("PUBLISH of 1 MiB", 1 << 20, 1000 / scale));
    groups.push(own(&small));
    groups
}

fn group(name: String, workload: &Workload, cases: Vec<Case>) -> Group {
    Group {
        name,
        unit: "packet",
        units: workload.packets,
        bytes: workload.bytes.len(),
        cases,
    }
}

fn decode(workload: &Rc<Workload>) -> Group {
    let mut cases = vec![
        ours::codec::decode(workload),
        ours::codec::decode_and_move(workload),
        limits::codec::decode(workload),
    ];
    cases.extend(others::decode::cases(workload));
    let name = format!("{} decode {}", workload.number, workload.name);
    group(name, workload, cases)
}

fn pieces(workload: &Rc<Workload>, name: &str, size: usize) -> Group {
    let mut cases = vec![
        ours::pieces::decode(workload, size),
        limits::pieces::decode(workload, size),
        limits::pieces::append(workload, size),
    ];
    cases.extend(others::pieces::cases(workload, size));
    group(format!("W6 decode {name}"), workload, cases)
}

fn encode(workload: &Rc<Workload>) -> Group {
    let mut cases = vec![ours::codec::encode(workload)];
    cases.extend(ours::codec::encode_composed(workload));
    cases.extend(limits::codec::encode(workload));
    cases.push(limits::codec::copy(workload));
    cases.extend(others::encode::cases(workload));
    group(format!("W7 encode {}", workload.name), workload, cases)
}

fn shared(name: &str, size: usize, units: usize) -> Group {
    Group {
        name: format!("W7 encode {name} without a copy"),
        unit: "packet",
        units,
        bytes: 0,
        cases: vec![ours::shared::encode(size, units)],
    }
}

fn own(workload: &Rc<Workload>) -> Group {
    let mut cases = vec![ours::codec::own(workload), limits::codec::own(workload)];
    cases.extend(others::decode::owning(workload));
    group(
        "W8 decode small PUBLISH to an owned message".into(),
        workload,
        cases,
    )
}

/// Messages in one exchange's run.
pub const MESSAGES: usize = 10_000;

fn exchanges(scale: usize) -> Vec<Group> {
    let mut groups = Vec::new();
    for (number, qos, wire) in [
        ("S1", 1, true),
        ("S2", 2, true),
        ("S3", 1, false),
        ("S3", 2, false),
    ] {
        for window in [1, 100] {
            let exchange = Exchange {
                qos,
                window,
                messages: MESSAGES / scale,
            };
            let mut cases = ours::exchange::cases(exchange, wire);
            cases.push(limits::exchange::case(exchange, wire));
            cases.extend(others::exchange::cases(exchange, wire));
            let over = if wire { "over the wire" } else { "state alone" };
            groups.push(Group {
                name: format!("{number} exchange QoS {qos} {over} window {window}"),
                unit: "message",
                units: exchange.messages,
                bytes: 0,
                cases,
            });
        }
    }
    groups
}

/// Messages of a QoS, with as many in flight as the window has.
#[derive(Clone, Copy)]
pub struct Exchange {
    pub qos: u8,
    pub window: usize,
    pub messages: usize,
}

fn topics(scale: usize) -> Vec<Group> {
    let mut groups = Vec::new();
    for (name, filter) in ours::topics::PAIRS {
        let units = 100_000 / scale;
        let mut cases = vec![
            ours::topics::match_one(filter, units),
            limits::topics::match_one(filter, units),
        ];
        cases.extend(others::topics::match_one(filter, units));
        groups.push(Group {
            name: format!("T1 match one filter {name}"),
            unit: "match",
            units,
            bytes: 0,
            cases,
        });
    }
    for kind in ["exact", "plus10", "hash1"] {
        for count in [10_000, 100_000, 1_000_000] {
            groups.push(find(kind, count, 10_000 / scale));
        }
    }
    groups
}

/// Who wants a topic, among `count` filters.
pub fn find(kind: &'static str, count: usize, units: usize) -> Group {
    let mut cases = vec![
        ours::topics::find(kind, count, units),
        limits::topics::find(kind, count, units),
    ];
    cases.extend(others::topics::find(kind, count, units));
    let number = if kind == "exact" { "T2" } else { "T3" };
    Group {
        name: format!("{number} find {kind} {count}"),
        unit: "topic",
        units,
        bytes: 0,
        cases,
    }
}
