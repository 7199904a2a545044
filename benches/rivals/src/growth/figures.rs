//! What is drawn.

use std::rc::Rc;

use super::{Curve, Figure, Measure};
use crate::case::{Case, Exchange, Group, OURS, find};
use crate::ours;
use crate::workloads::packets::{self, Workload};

/// Everything that is drawn, to be run by name.
pub fn groups() -> impl Iterator<Item = Group> {
    let curves = figures().into_iter().flat_map(|figure| figure.curves);
    curves.flat_map(|curve| curve.points).map(|point| point.1)
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

fn curve(name: &'static str, sizes: &[usize], group: impl Fn(usize) -> Group) -> Curve {
    let points = sizes.iter().map(|size| (*size, group(*size)));
    Curve {
        name,
        who: OURS,
        points: points.collect(),
    }
}

fn subscriptions() -> Figure {
    let set = |name, kind: &'static str| {
        curve(name, &[100, 1000, 10_000, 100_000], |count| {
            let case = ours::topics::find(kind, count, 1000);
            group(format!("find {kind} {count}"), 1000, case)
        })
    };
    Figure {
        name: "subscriptions",
        title: "Finding the subscribers of a topic",
        size: "subscriptions",
        cost: "instructions",
        measure: Measure::All,
        curves: vec![
            set("exact filters", "exact"),
            set("a tenth with +", "plus10"),
            set("also 1 % with #", "hash1"),
        ],
    }
}

fn subscriptions_by_time() -> Figure {
    let index = |name, who| Curve {
        who,
        ..curve(name, &[100, 1000, 10_000, 100_000, 1_000_000], |count| {
            find("plus10", count, 10_000)
        })
    };
    let mut curves = vec![index(OURS, OURS)];
    if cfg!(feature = "rivals") {
        curves.push(index("mqtt-topic-engine", "mqtt-topic-engine"));
        curves.push(index("rmqtt", "rmqtt"));
    }
    Figure {
        name: "subscriptions-time",
        title: "Finding the subscribers of a topic, a tenth of the filters with +",
        size: "subscriptions",
        cost: "times the first",
        measure: Measure::Time,
        curves,
    }
}

fn fan_out() -> Figure {
    let of = |name, filter: &'static str| {
        curve(name, &[1, 10, 100, 1000, 10_000], |subscribers| {
            let case = ours::topics::find_many(filter, subscribers as u32, 100);
            group(format!("find {subscribers} of {filter}"), 100, case)
        })
    };
    Figure {
        name: "fan-out",
        title: "Visiting all subscribers of a topic",
        size: "subscribers",
        cost: "instructions",
        measure: Measure::All,
        curves: vec![
            of("of its own filter", packets::TOPIC),
            of("of a filter with +", "area/+/sensor/+/temperature"),
        ],
    }
}

fn window() -> Figure {
    let of = |name, qos| {
        curve(name, &[1, 10, 100, 1000, 10_000], |window| {
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
        name: "window",
        title: "One message of QoS 1 or 2 between two sessions, over the wire",
        size: "messages in flight",
        cost: "instructions",
        measure: Measure::All,
        curves: vec![of("QoS 1", 1), of("QoS 2", 2)],
    }
}

/// The two are of the same packets.
fn both_ways(sizes: &[usize], what: &str, workload: impl Fn(usize) -> Workload) -> Vec<Curve> {
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
        Curve {
            name: "decode",
            who: OURS,
            points: decode,
        },
        Curve {
            name: "encode",
            who: OURS,
            points: encode,
        },
    ]
}

fn payload() -> Figure {
    let sizes = [16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];
    Figure {
        name: "payload",
        title: "A PUBLISH of QoS 0, without copying",
        size: "bytes of payload",
        cost: "instructions",
        measure: Measure::Own,
        curves: both_ways(&sizes, "payload", |size| {
            packets::large_publish("PUBLISH", size, 20)
        }),
    }
}

fn properties() -> Figure {
    let sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500];
    Figure {
        name: "properties",
        title: "A PUBLISH of MQTT 5 with User Properties of 24 bytes, without copying",
        size: "User Properties",
        cost: "instructions",
        measure: Measure::Own,
        curves: both_ways(&sizes, "properties", |count| {
            packets::publish_with_user_properties(count, 100)
        }),
    }
}
