//! The connection is cut at every byte, in either direction.

use std::fmt;

use puremqtt::{Cause, Limits, ProtocolErrorKind, QoS, Resumption, Role, Version};

use crate::ledger::Draft;
use crate::side::Habit;
use crate::world::{Opening, World};

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];
const MIX: [QoS; 5] = [
    QoS::ExactlyOnce,
    QoS::AtLeastOnce,
    QoS::AtMostOnce,
    QoS::ExactlyOnce,
    QoS::AtLeastOnce,
];

/// A run of messages both ways.
#[derive(Clone, Copy, Debug)]
struct Run {
    version: Version,
    habit: Habit,
    /// PUBLISHes taken at once.
    window: u16,
    after: After,
}

/// What becomes of the two sides between the connections.
#[derive(Clone, Copy, Debug)]
enum After {
    Nothing,
    Restarts(Role),
    Forgets(Role),
    CleanStart,
    /// The client comes back with these versions, one after the other.
    Versions(Version, Version),
    /// The next connection is cut after so many bytes of the client's.
    Again,
}

/// Where the first connection is cut.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// In what this side sends.
    from: Role,
    /// After so many bytes.
    at: usize,
    /// Whether what is on its way back still arrives.
    late: bool,
}

/// What a failure is to say.
struct ToldOnFailure<T: fmt::Debug>(T);

impl<T: fmt::Debug> Drop for ToldOnFailure<T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{:?}", self.0);
        }
    }
}

impl Run {
    fn world(self) -> World {
        let limits = Limits {
            receive_maximum: self.window.try_into().unwrap(),
            topic_alias_maximum: 2,
            ..Limits::default()
        };
        World::with_limits(limits, limits).with_habit(self.habit)
    }

    fn publish(world: &mut World) {
        for from in [Role::Client, Role::Server] {
            for (topic, qos) in MIX.into_iter().enumerate() {
                world.publish(from, Draft::new(qos, topic % 3));
            }
        }
    }

    /// Connects, publishes and runs until nothing moves any more.
    fn begun(self, cut: Option<Cut>) -> World {
        let mut world = self.world();
        world.publish(Role::Client, Draft::new(QoS::ExactlyOnce, 0));
        if let Some(cut) = cut {
            world.cut_is_noticed_late = cut.late;
            match cut.from {
                Role::Client => world.up.cut_after = Some(cut.at),
                Role::Server => world.down.cut_after = Some(cut.at),
            }
        }
        world.connect_again(world.opening(self.version));
        world.deliver(Role::Server, usize::MAX);
        world.deliver(Role::Client, usize::MAX);
        Self::publish(&mut world);
        world.run();
        world
    }

    /// Cuts at every byte of either direction.
    fn cut_everywhere(self) {
        let mut uncut = self.begun(None);
        uncut.finish();
        for (from, bytes) in [
            (Role::Client, uncut.up.written),
            (Role::Server, uncut.down.written),
        ] {
            for (at, late) in (0..=bytes).flat_map(|at| [(at, false), (at, true)]) {
                self.cut(Cut { from, at, late });
            }
        }
    }

    fn cut(self, cut: Cut) {
        let _told = ToldOnFailure((self, cut));
        let mut world = self.begun(Some(cut));
        if world.client.line.is_some() {
            world.cut();
        }
        let opening = world.opening(self.version);
        match self.after {
            After::Nothing => world.connect(opening),
            After::Restarts(role) => {
                world.restart(role);
                world.connect(opening);
            }
            After::Forgets(role) => {
                world.forget(role);
                self.meet_again(&mut world, role);
            }
            After::CleanStart => world.connect(Opening {
                clean_start: true,
                ..opening
            }),
            After::Versions(second, third) => {
                world.connect(world.opening(second));
                for _ in 0..3 {
                    world.transmit(Role::Client, 1);
                    world.deliver(Role::Server, usize::MAX);
                    world.transmit(Role::Server, 1);
                    world.deliver(Role::Client, usize::MAX);
                }
                Self::publish(&mut world);
                world.transmit(Role::Client, 3);
                world.deliver(Role::Server, 17);
                world.cut();
                world.connect(world.opening(third));
            }
            After::Again => {
                world.down.renew();
                world.up.renew();
                world.up.cut_after = Some(cut.at * 2 / 3);
                world.connect_again(opening);
                world.run();
                if world.client.line.is_some() {
                    world.cut();
                }
                world.connect(world.opening(self.version));
            }
        }
        // The server has a session again to publish in.
        world.deliver(Role::Server, usize::MAX);
        Self::publish(&mut world);
        world.finish();
    }

    /// One side knows nothing of the session any more.
    fn meet_again(self, world: &mut World, stranger: Role) {
        let opening = world.opening(self.version);
        let fresh = Opening {
            clean_start: true,
            ..opening
        };
        match (stranger, self.version) {
            (Role::Server, _) => {
                let known = !world.client.resumptions.is_empty();
                world.connect(opening);
                world.deliver(Role::Server, usize::MAX);
                world.deliver(Role::Client, usize::MAX);
                let expected = if known {
                    Resumption::Lost
                } else {
                    Resumption::New
                };
                assert_eq!(world.client.resumptions.last(), Some(&expected));
            }
            // [5.0/MQTT-3.2.2-4] A client cannot go on with what it does not know.
            (Role::Client, Version::V5) if world.server.kept.is_some() => {
                world.connect(Opening::new(Version::V5));
                world.run();
                let cause = world.client.ends.last().unwrap().cause;
                let Cause::Protocol(error) = cause else {
                    panic!("{cause:?}")
                };
                assert_eq!(error.kind(), ProtocolErrorKind::UnknownSession);
                world.connect(fresh);
            }
            (Role::Client, _) => world.connect(fresh),
        }
    }
}

const RUN: Run = Run {
    version: Version::V5,
    habit: Habit::AtOnce,
    window: 2,
    after: After::Nothing,
};

#[test]
fn with_both_sessions_kept_nothing_is_lost_or_doubled() {
    for version in VERSIONS {
        Run { version, ..RUN }.cut_everywhere();
    }
}

#[test]
fn nor_with_a_receive_maximum_of_1() {
    for habit in [Habit::AtOnce, Habit::OnTheNextConnection] {
        Run {
            window: 1,
            habit,
            ..RUN
        }
        .cut_everywhere();
    }
}

#[test]
fn nor_when_receipts_are_redeemed_out_of_order() {
    for version in [Version::V3_1_1, Version::V5] {
        let habit = Habit::LastFirst;
        Run {
            version,
            habit,
            window: 5,
            ..RUN
        }
        .cut_everywhere();
    }
}

#[test]
fn nor_when_receipts_are_redeemed_on_the_next_connection() {
    for version in [Version::V3_1_1, Version::V5] {
        let habit = Habit::OnTheNextConnection;
        Run {
            version,
            habit,
            window: 5,
            ..RUN
        }
        .cut_everywhere();
    }
}

#[test]
fn nor_when_a_process_restarts_from_what_it_has_saved() {
    for role in [Role::Client, Role::Server] {
        let after = After::Restarts(role);
        Run { after, ..RUN }.cut_everywhere();
        Run {
            after,
            habit: Habit::LastFirst,
            ..RUN
        }
        .cut_everywhere();
    }
}

#[test]
fn nor_when_the_next_connection_is_cut_too() {
    for version in VERSIONS {
        Run {
            version,
            after: After::Again,
            ..RUN
        }
        .cut_everywhere();
    }
}

#[test]
fn nor_when_the_client_comes_back_with_another_version() {
    let (v3, v5) = (Version::V3_1_1, Version::V5);
    for (version, second, third) in [(v3, v5, v3), (v5, v3, v5)] {
        let after = After::Versions(second, third);
        Run {
            version,
            after,
            ..RUN
        }
        .cut_everywhere();
        Run {
            version,
            after,
            habit: Habit::OnTheNextConnection,
            ..RUN
        }
        .cut_everywhere();
    }
}

#[test]
fn when_the_server_has_lost_the_session_the_client_gets_back_what_was_in_flight_or_sends_it_again()
{
    // 3.1 does not say so, and a client cannot know.
    for version in [Version::V3_1_1, Version::V5] {
        let after = After::Forgets(Role::Server);
        Run {
            version,
            after,
            ..RUN
        }
        .cut_everywhere();
        Run {
            version,
            after,
            habit: Habit::OnTheNextConnection,
            ..RUN
        }
        .cut_everywhere();
    }
}

#[test]
fn a_client_that_has_lost_the_session_begins_anew() {
    for version in VERSIONS {
        Run {
            version,
            after: After::Forgets(Role::Client),
            ..RUN
        }
        .cut_everywhere();
    }
}

#[test]
fn a_clean_start_gives_back_what_was_in_flight() {
    for version in VERSIONS {
        Run {
            version,
            after: After::CleanStart,
            ..RUN
        }
        .cut_everywhere();
    }
}
