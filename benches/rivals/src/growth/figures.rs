//! What is drawn.

use std::rc::Rc;

use plot::Picture;

use super::{Figure, Line, Measure};
use crate::case::{Case, Exchange, Group, OURS, find};
use crate::ours;
use crate::workloads::packets::{self, Workload};

/// Everything that is drawn, to be run by name.
pub fn groups() -> impl Iterator<Item = Group> {
    let lines = figures().into_iter().flat_map(|figure| figure.lines);
    lines.flat_map(|line| line.points).map(|point| point.1)
}

pub fn figures() -> Vec<Figure> {
    vec![
        subscriptions(),
        subscriptions_by_time(),
        fan_out(),
        window(),
        payload(),
        properties(),
    ]
}

fn group(name: String, units: usize, case: Case) -> Group {
    Group {
        name: format!("growth {name}"),
        unit: "one",
        units,
        bytes: 0,
        cases: vec![case],
    }
}

fn line(name: &'static str, sizes: &[usize], group: impl Fn(usize) -> Group) -> Line {
    let points = sizes.iter().map(|size| (*size, group(*size)));
    Line {
        name,
        who: OURS,
        points: points.collect(),
    }
}

fn subscriptions() -> Figure {
    let set = |name, kind: &'static str| {
        line(name, &[100, 1000, 10_000, 100_000], |count| {
            let case = ours::topics::find(kind, count, 1000);
            group(format!("find {kind} {count}"), 1000, case)
        })
    };
    Figure {
        picture: Picture {
            name: "subscriptions",
            title: "Finding the subscribers of a topic",
            size: "subscriptions",
            cost: "instructions",
            decimals: 0,
        },
        measure: Measure::All,
        lines: vec![
            set("exact filters", "exact"),
            set("a tenth with +", "plus10"),
            set("also 1 % with #", "hash1"),
        ],
    }
}

fn subscriptions_by_time() -> Figure {
    let index = |name, who| Line {
        who,
        ..line(name, &[100, 1000, 10_000, 100_000, 1_000_000], |count| {
            find("plus10", count, 10_000)
        })
    };
    let mut lines = vec![index(OURS, OURS)];
    if cfg!(feature = "rivals") {
        lines.push(index("mqtt-topic-engine", "mqtt-topic-engine"));
        lines.push(index("rmqtt", "rmqtt"));
    }
    Figure {
        picture: Picture {
            name: "subscriptions-time",
            title: "Finding the subscribers of a topic, a tenth of the filters with +",
            size: "subscriptions",
            cost: "times the first",
            decimals: 2,
        },
        measure: Measure::Time,
        lines,
    }
}

fn fan_out() -> Figure {
    let of = |name, filter: &'static str| {
        line(name, &[1, 10, 100, 1000, 10_000], |subscribers| {
            let case = ours::topics::find_many(filter, subscribers as u32, 100);
            group(format!("find {subscribers} of {filter}"), 100, case)
        })
    };
    Figure {
        picture: Picture {
            name: "fan-out",
            title: "Visiting all subscribers of a topic",
            size: "subscribers",
            cost: "instructions",
            decimals: 0,
        },
        measure: Measure::All,
        lines: vec![
            of("of its own filter", packets::TOPIC),
            of("of a filter with +", "area/+/sensor/+/temperature"),
        ],
    }
}

fn window() -> Figure {
    let of = |name, qos| {
        line(name, &[1, 10, 100, 1000, 10_000], |window| {
            let exchange = Exchange {
                qos,
                window,
                messages: 10_000,
            };
            let case = ours::exchange::cases(exchange, true).swap_remove(0);
            group(format!("exchange QoS {qos} window {window}"), 10_000, case)
        })
    };
    Figure {
        picture: Picture {
            name: "window",
            title: "One message of QoS 1 or 2 between two sessions, over the wire",
            size: "messages in flight",
            cost: "instructions",
            decimals: 0,
        },
        measure: Measure::All,
        lines: vec![of("QoS 1", 1), of("QoS 2", 2)],
    }
}

/// The two are of the same packets.
fn both_ways(sizes: &[usize], what: &str, workload: impl Fn(usize) -> Workload) -> Vec<Line> {
    let (mut decode, mut encode) = (Vec::new(), Vec::new());
    for &size in sizes {
        let workload = Rc::new(workload(size));
        let units = workload.packets;
        let case = ours::codec::decode(&workload);
        decode.push((size, group(format!("decode {what} {size}"), units, case)));
        let case = ours::codec::encode(&workload);
        encode.push((size, group(format!("encode {what} {size}"), units, case)));
    }
    vec![
        Line {
            name: "decode",
            who: OURS,
            points: decode,
        },
        Line {
            name: "encode",
            who: OURS,
            points: encode,
        },
    ]
}

fn payload() -> Figure {
    let sizes = [16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];
    Figure {
        picture: Picture {
            name: "payload",
            title: "A PUBLISH of QoS 0, without copying",
            size: "bytes of payload",
            cost: "instructions",
            decimals: 0,
        },
        measure: Measure::Own,
        lines: both_ways(&sizes, "payload", |size| {
            packets::large_publish("PUBLISH", size, 20)
        }),
    }
}

fn properties() -> Figure {
    let sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500];
    Figure {
        picture: Picture {
            name: "properties",
            title: "A PUBLISH of MQTT 5 with User Properties of 24 bytes, without copying",
            size: "User Properties",
            cost: "instructions",
            decimals: 0,
        },
        measure: Measure::Own,
        lines: both_ways(&sizes, "properties", |count| {
            packets::publish_with_user_properties(count, 100)
        }),
    }
}
