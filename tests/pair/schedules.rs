//! Anything in any order, until everything has to come to its end.

use std::time::Duration;

use proptest::prelude::*;
use puremqtt::{Cause, Limits, ProtocolErrorKind as Kind, QoS, ReasonCode, Role, Version};

use crate::ledger::Draft;
use crate::side::Habit;
use crate::world::{Opening, World};

#[derive(Clone, Debug)]
enum Step {
    Publish(Role, Draft),
    /// So many packets.
    Transmit(Role, usize),
    /// So many bytes.
    Deliver(Role, usize),
    Redeem(Role, usize, Option<ReasonCode>),
    Subscribe,
    /// Milliseconds.
    Wait(u64),
    Cut {
        late: bool,
    },
    Close(Role, ReasonCode),
    Restart(Role),
    Connect(Version, u16, Limits, Limits),
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

fn version() -> impl Strategy<Value = Version> {
    prop_oneof![
        1 => Just(Version::V3_1),
        2 => Just(Version::V3_1_1),
        3 => Just(Version::V5)
    ]
}

fn draft() -> impl Strategy<Value = Draft> {
    let size = prop_oneof![9 => 1..20_usize, 1 => Just(100)];
    let expiry = prop_oneof![4 => Just(None), 1 => (1..20_u32).prop_map(Some)];
    (0..3_u8, 0..3_usize, size, prop::bool::weighted(0.1), expiry).prop_map(
        |(qos, topic, size, retain, expiry)| Draft {
            qos: QoS::from_u8(qos).unwrap(),
            topic,
            size,
            retain,
            expiry,
        },
    )
}

fn limits() -> impl Strategy<Value = Limits> {
    let receive_maximum = prop::sample::select(vec![1, 2, 5, 65_535_u16]);
    let packet_size = prop_oneof![5 => Just(None), 1 => Just(Some(70_u32))];
    let qos = prop_oneof![1 => 0..2_u8, 5 => Just(2)];
    (
        receive_maximum,
        packet_size,
        0..3_u16,
        qos,
        prop::bool::weighted(0.8),
    )
        .prop_map(
            |(receive_maximum, packet_size, topic_alias_maximum, qos, retain_available)| Limits {
                receive_maximum: receive_maximum.try_into().unwrap(),
                maximum_packet_size: packet_size.and_then(|bytes| bytes.try_into().ok()),
                topic_alias_maximum,
                maximum_qos: QoS::from_u8(qos).unwrap(),
                retain_available,
                ..Limits::default()
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    let refusal = prop_oneof![
        3 => Just(None),
        1 => prop::sample::select(vec![
            Some(ReasonCode::NOT_AUTHORIZED),
            Some(ReasonCode::NO_MATCHING_SUBSCRIBERS),
        ])
    ];
    let farewell = prop::sample::select(vec![
        ReasonCode::NORMAL_DISCONNECTION,
        ReasonCode::DISCONNECT_WITH_WILL_MESSAGE,
        ReasonCode::UNSPECIFIED_ERROR,
    ]);
    prop_oneof![
        20 => (role(), draft()).prop_map(|(role, draft)| Step::Publish(role, draft)),
        20 => (role(), 1..4_usize).prop_map(|(role, most)| Step::Transmit(role, most)),
        30 => (role(), 1..80_usize).prop_map(|(role, most)| Step::Deliver(role, most)),
        15 => (role(), any::<usize>(), refusal)
            .prop_map(|(role, at, refusal)| Step::Redeem(role, at, refusal)),
        3 => Just(Step::Subscribe),
        3 => (0..4_000_u64).prop_map(Step::Wait),
        2 => any::<bool>().prop_map(|late| Step::Cut { late }),
        1 => (role(), farewell).prop_map(|(role, reason)| Step::Close(role, reason)),
        1 => role().prop_map(Step::Restart),
        6 => (version(), 0..4_u16, limits(), limits())
            .prop_map(|(version, keep_alive, client, server)| {
                Step::Connect(version, keep_alive, client, server)
            }),
    ]
}

fn take(world: &mut World, step: Step) {
    match step {
        Step::Publish(role, draft) => world.publish(role, draft),
        Step::Transmit(role, most) => _ = world.transmit(role, most),
        Step::Deliver(role, most) => _ = world.deliver(role, most),
        Step::Redeem(role, at, refusal) => {
            let receipts = world.side(role).receipts.len();
            if receipts > 0 {
                world.redeem(role, at % receipts, refusal);
            }
        }
        Step::Subscribe => _ = world.subscribe(),
        Step::Wait(milliseconds) => world.wait(Duration::from_millis(milliseconds)),
        Step::Cut { late } => {
            world.cut_is_noticed_late = late;
            world.cut();
        }
        Step::Close(role, reason) => world.close(role, reason.into()),
        Step::Restart(role) => {
            world.cut();
            world.restart(role);
        }
        Step::Connect(version, keep_alive, client, server) => {
            if world.client.line.is_some() {
                return;
            }
            world.cut();
            world.client.limits = client;
            world.server.limits = server;
            let opening = world.opening(version);
            world.connect(Opening {
                keep_alive,
                ..opening
            });
        }
    }
}

/// Nobody has broken a rule, but for those that 3.1 and 3.1.1 have no way to tell.
fn check_ends(world: &World) {
    for end in world.client.ends.iter().chain(&world.server.ends) {
        let lawful = match end.cause {
            Cause::Lost | Cause::Reason(_) => true,
            Cause::Protocol(error) => match error.kind() {
                Kind::ConnectTimeout
                | Kind::ConnAckTimeout
                | Kind::KeepAliveTimeout
                | Kind::PingRespTimeout => true,
                Kind::QoSNotSupported(_) | Kind::RetainNotSupported => {
                    error.version() != Version::V5
                }
                _ => false,
            },
            Cause::Decode(error) => {
                error.reason() == ReasonCode::PACKET_TOO_LARGE
                    && error.version() != Some(Version::V5)
            }
            Cause::Encode(_) => false,
        };
        assert!(lawful, "{end:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn whatever_happens_all_comes_to_its_end(
        steps in prop::collection::vec(step(), 1..120),
        last in version(),
        delays in (0..500_u64, 0..500_u64),
    ) {
        let mut world = World::new().with_habit(Habit::WhenTold);
        world.up.delay = Duration::from_millis(delays.0);
        world.down.delay = Duration::from_millis(delays.1);
        for step in steps {
            take(&mut world, step);
        }
        world.cut();
        world.client.limits = Limits::default();
        world.server.limits = Limits::default();
        world.connect(world.opening(last));
        world.finish();
        check_ends(&world);
    }
}
