//! What the two sides tell each other that they take.

use puremqtt::{Cause, Dropped, Limits, ProtocolErrorKind, QoS, ReasonCode, Role, Version};

use crate::ledger::{Draft, Fate};
use crate::side::Habit;
use crate::world::{Opening, World};

const Q0: QoS = QoS::AtMostOnce;
const Q1: QoS = QoS::AtLeastOnce;
const Q2: QoS = QoS::ExactlyOnce;
const BOTH: [Role; 2] = [Role::Client, Role::Server];

fn connected(version: Version, client: Limits, server: Limits) -> World {
    let mut world = World::with_limits(client, server);
    world.connect(world.opening(version));
    world.run();
    assert!(world.client.is_open() && world.server.is_open());
    world
}

fn taking(receive_maximum: u16) -> Limits {
    Limits {
        receive_maximum: receive_maximum.try_into().unwrap(),
        ..Limits::default()
    }
}

fn of_at_most(bytes: u32) -> Limits {
    Limits {
        maximum_packet_size: bytes.try_into().ok(),
        ..Limits::default()
    }
}

/// How the client's messages came back, in the order of their publishing.
fn fates(world: &World) -> Vec<Fate> {
    let entries = &world.client.sent.entries;
    entries
        .iter()
        .flat_map(|entry| entry.fates.clone())
        .collect()
}

fn protocol_error(cause: Cause) -> ProtocolErrorKind {
    match cause {
        Cause::Protocol(error) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_more_publishes_are_unfinished_than_the_other_side_takes() {
    for (client, server) in [(1, 1), (1, 3), (3, 1), (2, 65_535)] {
        let mut world = connected(Version::V5, taking(client), taking(server));
        world.client.habit = Habit::WhenTold;
        world.server.habit = Habit::WhenTold;
        for from in BOTH {
            for topic in 0..12 {
                world.publish(from, Draft::new([Q2, Q1][topic % 2], topic % 3));
            }
        }
        world.run();
        assert_eq!(world.server.receipts.len(), usize::from(server.min(12)));
        assert_eq!(world.client.receipts.len(), usize::from(client.min(12)));
        world.finish();
    }
}

#[test]
fn qos_0_waits_for_no_quota() {
    let mut world = connected(Version::V5, taking(1), taking(1));
    world.server.habit = Habit::WhenTold;
    for qos in [Q1, Q1, Q0] {
        world.publish(Role::Client, Draft::new(qos, 0));
    }
    world.run();
    assert_eq!(world.client.sent.entries[2].processed, 1);
    assert_eq!(world.server.receipts.len(), 1, "the second of QoS 1 waits");
    world.finish();
}

#[test]
fn what_was_open_before_does_not_count_against_a_smaller_receive_maximum() {
    for refused in [false, true] {
        let mut world = connected(Version::V3_1_1, taking(2), taking(2));
        world.client.habit = Habit::WhenTold;
        world.server.habit = Habit::WhenTold;
        for from in BOTH {
            for topic in 0..20 {
                world.publish(from, Draft::new([Q2, Q2, Q1][topic % 3], topic % 3));
            }
        }
        world.run();
        assert_eq!(world.server.receipts.len(), 20);
        if refused {
            world.redeem(Role::Server, 0, Some(ReasonCode::NOT_AUTHORIZED));
        }
        world.cut();
        world.connect(world.opening(Version::V5));
        world.finish();
    }
}

#[test]
fn a_message_larger_than_the_other_side_takes_comes_back_and_holds_up_nothing() {
    for qos in [Q0, Q1, Q2] {
        let mut world = connected(Version::V5, of_at_most(60), of_at_most(60));
        for from in BOTH {
            for size in [10, 100, 20] {
                world.publish(
                    from,
                    Draft {
                        size,
                        ..Draft::new(qos, 0)
                    },
                );
            }
        }
        world.finish();
        let done = if qos == Q0 {
            Fate::Sent
        } else {
            Fate::Published(ReasonCode::SUCCESS)
        };
        assert_eq!(fates(&world), [done, Fate::Discarded, done]);
    }
}

#[test]
fn a_message_that_was_sent_and_became_too_large_is_given_up_with_its_identifier() {
    let mut world = connected(Version::V5, Limits::default(), Limits::default());
    world.server.habit = Habit::WhenTold;
    for qos in [Q2, Q1, Q2] {
        world.publish(
            Role::Client,
            Draft {
                size: 100,
                ..Draft::new(qos, 0)
            },
        );
    }
    world.run();
    world.cut();
    world.server.limits = of_at_most(60);
    world.connect(world.opening(Version::V5));
    world.publish(Role::Client, Draft::new(Q2, 0));
    world.finish();
    assert_eq!(fates(&world)[..3], [Fate::Discarded; 3]);
    assert_eq!(
        world.client.sent.entries[3].processed, 1,
        "its identifier is new"
    );
}

#[test]
fn topic_aliases_are_assigned_within_the_maximum_and_save_bytes() {
    let written = |topic_alias_maximum| {
        let limits = Limits {
            topic_alias_maximum,
            ..Limits::default()
        };
        let mut world = connected(Version::V5, limits, limits);
        for number in 0..60 {
            for from in BOTH {
                world.publish(from, Draft::new([Q0, Q1, Q2][number % 3], number % 2));
            }
        }
        world.finish();
        (world.up.written, world.down.written)
    };
    let [none, one, two] = [0, 1, 2].map(written);
    // A topic of 6 bytes gives way to an alias of 3, but for the first of each.
    let saved = |messages: usize, first: usize| messages * (6 - 3) - first * 6;
    assert_eq!(none.0 - two.0, saved(60, 2));
    assert!(one.0 > two.0 && one.1 > two.1 && none.1 > two.1);
}

#[test]
fn aliases_are_new_with_every_connection() {
    let limits = Limits {
        topic_alias_maximum: 2,
        ..Limits::default()
    };
    let mut world = connected(Version::V5, limits, limits);
    for version in [Version::V5, Version::V3_1_1, Version::V5] {
        for from in BOTH {
            for topic in [0, 0, 1, 1] {
                world.publish(from, Draft::new(Q1, topic));
            }
        }
        world.transmit(Role::Client, 3);
        world.deliver(Role::Server, 40);
        world.cut();
        world.connect(world.opening(version));
    }
    world.finish();
}

#[test]
fn above_the_maximum_qos_a_message_comes_back_and_is_not_sent() {
    let server = Limits {
        maximum_qos: Q1,
        ..Limits::default()
    };
    let mut world = World::with_limits(Limits::default(), server);
    // The server has not said so yet.
    world.publish(Role::Client, Draft::new(Q2, 0));
    world.publish(Role::Client, Draft::new(Q1, 0));
    world.connect(world.opening(Version::V5));
    world.run();
    world.publish(Role::Client, Draft::new(Q2, 0));
    world.publish(Role::Server, Draft::new(Q2, 0));
    world.finish();
    assert_eq!(
        fates(&world),
        [
            Fate::Dropped(Dropped::NotSupported),
            Fate::Published(ReasonCode::SUCCESS),
            Fate::HandedBack,
        ]
    );
    assert_eq!(
        world.server.sent.entries[0].processed, 1,
        "it binds the client alone"
    );
}

#[test]
fn a_maximum_qos_that_fell_gives_up_what_was_in_flight() {
    let mut world = connected(Version::V5, Limits::default(), Limits::default());
    world.server.habit = Habit::WhenTold;
    for qos in [Q2, Q1, Q2] {
        world.publish(Role::Client, Draft::new(qos, 0));
    }
    world.run();
    world.redeem(Role::Server, 0, None);
    world.cut();
    world.server.limits.maximum_qos = Q1;
    world.connect(world.opening(Version::V5));
    world.finish();
    let given_up = Fate::Dropped(Dropped::NotSupported);
    let published = Fate::Published(ReasonCode::SUCCESS);
    assert_eq!(fates(&world), [given_up, published, given_up]);
}

#[test]
fn before_mqtt_5_a_server_that_takes_no_such_message_can_but_close() {
    let refusals = [
        (Q2, false, ProtocolErrorKind::QoSNotSupported(Q2)),
        (Q1, true, ProtocolErrorKind::RetainNotSupported),
    ];
    for (qos, retain, kind) in refusals {
        let server = Limits {
            maximum_qos: Q1,
            retain_available: false,
            ..Limits::default()
        };
        let mut world = connected(Version::V3_1_1, Limits::default(), server);
        world.publish(
            Role::Client,
            Draft {
                retain,
                ..Draft::new(qos, 0)
            },
        );
        world.run();
        assert_eq!(protocol_error(world.server.ends[0].cause), kind);
        assert_eq!(world.client.ends.len(), 1);
        // It comes again and again, until the server takes it.
        world.server.limits = Limits::default();
        world.connect(Opening::new(Version::V3_1_1));
        world.finish();
    }
}

#[test]
fn without_retained_messages_one_with_retain_comes_back() {
    let server = Limits {
        retain_available: false,
        ..Limits::default()
    };
    let mut world = connected(Version::V5, Limits::default(), server);
    for qos in [Q0, Q1, Q2] {
        world.publish(
            Role::Client,
            Draft {
                retain: true,
                ..Draft::new(qos, 0)
            },
        );
        world.publish(
            Role::Server,
            Draft {
                retain: true,
                ..Draft::new(qos, 0)
            },
        );
    }
    world.publish(Role::Client, Draft::new(Q1, 0));
    world.finish();
    let published = Fate::Published(ReasonCode::SUCCESS);
    assert_eq!(fates(&world)[..3], [Fate::Discarded; 3]);
    assert_eq!(fates(&world)[3], published);
}

#[test]
fn a_packet_larger_than_announced_ends_the_connection() {
    let mut world = connected(Version::V3_1_1, Limits::default(), of_at_most(60));
    world.publish(
        Role::Client,
        Draft {
            size: 100,
            ..Draft::new(Q1, 0)
        },
    );
    world.run();
    let Cause::Decode(error) = world.server.ends[0].cause else {
        panic!("{:?}", world.server.ends);
    };
    assert_eq!(error.reason(), ReasonCode::PACKET_TOO_LARGE);
}
