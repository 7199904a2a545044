//! What is measured, in steps.

use plot::{Curve, Picture};
use puremqtt::{Publish, TopicName};

use crate::Result;
use crate::broker::Broker;
use crate::client::Client;

/// How far it goes.
#[derive(Clone, Copy)]
pub struct Scale {
    pub divide: usize,
}

impl Scale {
    fn of(self, steps: &[usize]) -> impl Iterator<Item = usize> {
        steps.iter().map(move |step| (step / self.divide).max(1))
    }

    pub fn connections(self) -> usize {
        self.of(&CONNECTIONS).max().unwrap_or_default()
    }
}

type Measure = fn(Scale) -> Result<Vec<Curve>>;

pub const ALL: [(Picture, Measure); 5] = [
    (
        Picture {
            name: "scale-time",
            title: "Processor time of the broker for a message among idle connections",
            size: "idle connections",
            cost: "us a message",
            decimals: 2,
        },
        among_idle,
    ),
    (
        Picture {
            name: "scale-connections",
            title: "Memory of the broker for a connection",
            size: "connections",
            cost: "bytes each",
            decimals: 0,
        },
        connections,
    ),
    (
        Picture {
            name: "scale-subscriptions",
            title: "Memory of the broker for a subscription",
            size: "subscriptions",
            cost: "bytes each",
            decimals: 0,
        },
        subscriptions,
    ),
    (
        Picture {
            name: "scale-retained",
            title: "Memory of the broker for a retained message",
            size: "retained messages",
            cost: "bytes each",
            decimals: 0,
        },
        retained,
    ),
    (
        Picture {
            name: "scale-fan-out",
            title: "Memory of the broker for messages of 64 KiB to many subscribers",
            size: "subscribers",
            cost: "bytes for each subscriber",
            decimals: 0,
        },
        fan_out,
    ),
];

const CONNECTIONS: [usize; 5] = [500, 1_000, 2_000, 5_000, 10_000];

const IDLE: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// Messages that go from one client to another, by how many are on their way at once.
const MESSAGES: [(&str, usize, usize); 2] = [
    ("one at a time", 1, 20_000),
    ("500 at a time", 500, 200_000),
];

/// Among whom subscriptions are spread.
const CLIENTS: usize = 500;

/// Filters of a packet.
const AT_ONCE: usize = 50;

const SUBSCRIPTIONS: [usize; 7] = [10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];

const RETAINED: [usize; 5] = [5_000, 10_000, 20_000, 50_000, 100_000];

const SUBSCRIBERS: [usize; 5] = [10, 30, 100, 300, 1_000];

const LARGE: usize = 64 * 1024;

/// Messages that are sent while nobody reads: more than fit into the kernel.
const UNREAD: usize = 100;

fn among_idle(scale: Scale) -> Result<Vec<Curve>> {
    let broker = Broker::start()?;
    let mut publisher = Client::connect(broker.address, "publisher")?;
    let mut subscriber = Client::connect(broker.address, "subscriber")?;
    subscriber.subscribe(&["some/topic".into()])?;
    let publish = Publish::new(TopicName::literal("some/topic"), &[0; 64]);
    let mut curves = MESSAGES.map(|(name, ..)| Curve {
        name,
        points: Vec::new(),
    });
    let mut idle = Vec::new();
    for count in scale.of(&IDLE) {
        for number in idle.len()..count {
            idle.push(Client::connect(broker.address, &format!("idle-{number}"))?);
        }
        for (curve, (_, at_once, messages)) in curves.iter_mut().zip(MESSAGES) {
            let before = broker.processor_time()?;
            for _ in 0..messages / at_once {
                publisher.send_times(publish, at_once)?;
                for _ in 0..at_once {
                    subscriber.receive()?;
                }
            }
            let taken = broker.processor_time()? - before;
            let micros = taken.as_secs_f64() * 1e6 / messages as f64;
            curve.points.push((count, micros));
        }
    }
    Ok(curves.into())
}

fn connections(scale: Scale) -> Result<Vec<Curve>> {
    let idle = |client: &mut Client, _: usize| client.settle();
    let busy = |client: &mut Client, number: usize| {
        let topic = format!("own/{number}");
        client.subscribe(std::slice::from_ref(&topic))?;
        client.send(Publish::new(TopicName::new(&topic)?, &[0; LARGE]))?;
        client.receive()
    };
    Ok(vec![
        connections_that("idle", scale, idle)?,
        connections_that("after 64 KiB in and out", scale, busy)?,
    ])
}

fn connections_that(
    name: &'static str,
    scale: Scale,
    act: impl Fn(&mut Client, usize) -> Result<()>,
) -> Result<Curve> {
    let broker = Broker::start()?;
    let before = broker.memory()?;
    let mut clients = Vec::new();
    let mut points = Vec::new();
    for count in scale.of(&CONNECTIONS) {
        for number in clients.len()..count {
            let mut client = Client::connect(broker.address, &format!("client-{number}"))?;
            act(&mut client, number)?;
            clients.push(client);
        }
        points.push((count, (broker.memory()? - before) / count as f64));
    }
    Ok(Curve { name, points })
}

fn subscriptions(scale: Scale) -> Result<Vec<Curve>> {
    // As those of the benches: five levels, each filter another.
    let exact = |number: usize| {
        let (area, sensor) = (number % 100, number / 100);
        format!("area/{area}/sensor/{sensor}/temperature")
    };
    let plus = move |number: usize| match number % 10 {
        0 => format!("area/+/sensor/{number}/temperature"),
        _ => exact(number),
    };
    Ok(vec![
        subscriptions_of("exact filters", scale, exact)?,
        subscriptions_of("a tenth with +", scale, plus)?,
    ])
}

fn subscriptions_of(
    name: &'static str,
    scale: Scale,
    filter: impl Fn(usize) -> String,
) -> Result<Curve> {
    let broker = Broker::start()?;
    let mut clients = (0..CLIENTS)
        .map(|number| Client::connect(broker.address, &format!("client-{number}")))
        .collect::<Result<Vec<_>>>()?;
    let before = broker.memory()?;
    let (mut made, mut points) = (0, Vec::new());
    for count in scale.of(&SUBSCRIPTIONS) {
        let missing: Vec<_> = (made..count).map(&filter).collect();
        let share = missing.len().div_ceil(clients.len());
        for (client, filters) in clients.iter_mut().zip(missing.chunks(share)) {
            // Packets that are long enough have buffers that are.
            for some in filters.chunks(AT_ONCE) {
                client.subscribe(some)?;
            }
        }
        made = count;
        points.push((count, (broker.memory()? - before) / count as f64));
    }
    Ok(Curve { name, points })
}

fn retained(scale: Scale) -> Result<Vec<Curve>> {
    Ok(vec![
        retained_of("payloads of 16 bytes", 16, scale)?,
        retained_of("payloads of 256 bytes", 256, scale)?,
    ])
}

fn retained_of(name: &'static str, payload: usize, scale: Scale) -> Result<Curve> {
    let broker = Broker::start()?;
    let mut client = Client::connect(broker.address, "client")?;
    let before = broker.memory()?;
    let payload = vec![0; payload];
    let (mut made, mut points) = (0, Vec::new());
    for count in scale.of(&RETAINED) {
        for number in made..count {
            let topic = format!("area/{}/sensor/{number}/temperature", number % 100);
            client.send(Publish {
                retain: true,
                ..Publish::new(TopicName::new(&topic)?, &payload)
            })?;
        }
        client.settle()?;
        made = count;
        points.push((count, (broker.memory()? - before) / count as f64));
    }
    Ok(Curve { name, points })
}

fn fan_out(scale: Scale) -> Result<Vec<Curve>> {
    let mut curves = ["one message", "100 messages, unread"].map(|name| Curve {
        name,
        points: Vec::new(),
    });
    for count in scale.of(&SUBSCRIBERS) {
        let peaks = fan_out_to(count)?;
        for (curve, bytes) in curves.iter_mut().zip(peaks) {
            curve.points.push((count, bytes / count as f64));
        }
    }
    Ok(curves.into())
}

/// What one message takes at the peak, and what many take that nobody reads.
fn fan_out_to(count: usize) -> Result<[f64; 2]> {
    let broker = Broker::start()?;
    let mut publisher = Client::connect(broker.address, "publisher")?;
    let mut subscribers = Vec::new();
    for number in 0..count {
        let mut client = Client::connect(broker.address, &format!("subscriber-{number}"))?;
        client.subscribe(&["all".into()])?;
        subscribers.push(client);
    }
    let publish = Publish::new(TopicName::literal("all"), &[0; LARGE]);
    let before = broker.reset_peak()?;
    publisher.send(publish)?;
    for client in &mut subscribers {
        client.receive()?;
    }
    let one = broker.peak()? - before;
    let before = broker.reset_peak()?;
    for _ in 0..UNREAD {
        publisher.send(publish)?;
    }
    publisher.settle()?;
    Ok([one, broker.peak()? - before])
}
