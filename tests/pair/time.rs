//! Keep Alive, deadlines, slow networks and messages that expire.

use std::time::Duration;

use puremqtt::{Cause, Dropped, ProtocolErrorKind, QoS, ReasonCode, Role, Version};

use crate::ledger::{Draft, Fate};
use crate::side::{Habit, Side};
use crate::world::{Opening, World};

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];
const NEVER: Duration = Duration::from_secs(1_000_000);

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn connected(version: Version, keep_alive: u16) -> World {
    let mut world = World::new();
    let opening = world.opening(version);
    world.connect(Opening {
        keep_alive,
        ..opening
    });
    world.run();
    world
}

/// The error that this side has closed with.
fn error(side: &Side) -> Option<ProtocolErrorKind> {
    match side.ends.last()?.cause {
        Cause::Protocol(error) => Some(error.kind()),
        _ => None,
    }
}

#[test]
fn an_idle_connection_is_kept_alive_by_a_ping_in_each_interval() {
    for version in VERSIONS {
        let mut world = connected(version, 10);
        let (up, down) = (world.up.written, world.down.written);
        world.wait(seconds(105.0));
        assert!(world.client.is_open() && world.server.is_open());
        assert_eq!((world.up.written - up, world.down.written - down), (20, 20));
        world.finish();
    }
}

#[test]
fn who_sends_something_else_in_time_sends_no_ping() {
    let mut world = connected(Version::V3_1_1, 10);
    for _ in 0..20 {
        let before = world.up.written;
        world.publish(Role::Client, Draft::new(QoS::AtMostOnce, 2));
        world.wait(seconds(9.0));
        assert_eq!(world.up.written - before, 6, "a PUBLISH and nothing else");
    }
    world.finish();
}

#[test]
fn without_keep_alive_nothing_is_sent_and_nothing_times_out() {
    let mut world = connected(Version::V5, 0);
    let up = world.up.written;
    world.wait(NEVER);
    assert!(world.client.is_open() && world.server.is_open());
    assert_eq!(world.up.written, up);
}

#[test]
fn a_server_gives_a_silent_client_up_after_one_and_a_half_intervals() {
    for version in VERSIONS {
        let mut world = connected(version, 10);
        world.up.delay = NEVER;
        world.wait(seconds(14.9));
        assert!(world.server.is_open());
        world.wait(seconds(0.1));
        assert_eq!(
            error(&world.server),
            Some(ProtocolErrorKind::KeepAliveTimeout)
        );
        let farewell = world.server.ends[0].closed.farewell;
        assert_eq!(farewell.is_some(), version == Version::V5);
        world.cut();
        world.up.delay = Duration::ZERO;
        world.connect(Opening::new(version));
        world.finish();
    }
}

#[test]
fn a_client_gives_a_server_up_whose_pingresp_takes_an_interval() {
    for version in VERSIONS {
        let mut world = connected(version, 10);
        world.publish(Role::Server, Draft::new(QoS::ExactlyOnce, 0));
        world.down.delay = NEVER;
        world.wait(seconds(19.9));
        assert!(world.client.is_open());
        world.wait(seconds(0.1));
        assert_eq!(
            error(&world.client),
            Some(ProtocolErrorKind::PingRespTimeout)
        );
        world.cut();
        world.down.delay = Duration::ZERO;
        world.connect(Opening::new(version));
        world.finish();
    }
}

#[test]
fn a_client_waits_30_seconds_for_the_connack_and_a_server_10_for_the_connect() {
    let mut world = World::new();
    world.up.delay = NEVER;
    world.publish(Role::Client, Draft::new(QoS::AtLeastOnce, 0));
    world.connect(Opening::new(Version::V5));
    world.wait(seconds(9.9));
    assert!(world.server.line.is_some());
    // The client is not told before its own deadline: the network is slow.
    world.down.delay = NEVER;
    world.wait(seconds(0.1));
    assert_eq!(
        error(&world.server),
        Some(ProtocolErrorKind::ConnectTimeout)
    );
    world
        .client
        .close(Cause::Lost, &mut world.server.sent, world.now);
    world.up.delay = Duration::ZERO;
    world.connect(Opening::new(Version::V5));
    world.wait(seconds(29.9));
    assert!(world.client.line.is_some());
    world.wait(seconds(0.1));
    assert_eq!(
        error(&world.client),
        Some(ProtocolErrorKind::ConnAckTimeout)
    );
}

#[test]
fn on_a_slow_network_all_arrives_in_its_order() {
    for version in VERSIONS {
        let mut world = connected(version, 2).with_habit(Habit::LastFirst);
        (world.up.delay, world.down.delay) = (seconds(0.7), seconds(1.1));
        for number in 0..30 {
            for from in [Role::Client, Role::Server] {
                let qos = QoS::from_u8(number % 3).unwrap();
                world.publish(from, Draft::new(qos, usize::from(number / 3 % 3)));
            }
            world.wait(seconds(0.3));
        }
        world.finish();
        assert!(world.client.ends.is_empty() && world.server.ends.is_empty());
    }
}

#[test]
fn a_message_expires_while_it_waits_and_never_once_it_is_sent() {
    let mut world = connected(Version::V5, 0);
    world.server.habit = Habit::WhenTold;
    let mortal = Draft {
        expiry: Some(5),
        ..Draft::new(QoS::ExactlyOnce, 0)
    };
    world.publish(Role::Client, mortal);
    world.run();
    world.cut();
    world.publish(Role::Client, mortal);
    world.publish(
        Role::Client,
        Draft {
            expiry: Some(7),
            ..mortal
        },
    );
    world.wait(seconds(6.0));
    world.connect(world.opening(Version::V5));
    world.finish();
    let fates = world
        .client
        .sent
        .entries
        .iter()
        .flat_map(|entry| entry.fates.clone());
    let published = Fate::Published(ReasonCode::SUCCESS);
    let expected = [published, Fate::Dropped(Dropped::Expired), published];
    assert!(fates.eq(expected));
}
