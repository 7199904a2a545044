//! Refusals, lost subscriptions, requests without an answer, wills, take-over.

use puremqtt::{
    Cause, ConnAckProperties, Connect, Decoder, Disconnect, Encoder, Event, Limits, QoS,
    ReasonCode, Resumption, Role, ServerConnection, TopicName, Version, Will,
};

use crate::ledger::{Draft, Fate};
use crate::line::Line;
use crate::side::Habit;
use crate::world::{Opening, World};

const Q1: QoS = QoS::AtLeastOnce;
const Q2: QoS = QoS::ExactlyOnce;
const WILL: Will = Will::new(TopicName::literal("gone"), b"a");
const NOT_AUTHORIZED: ReasonCode = ReasonCode::NOT_AUTHORIZED;

fn connected(version: Version) -> World {
    let mut world = World::new();
    world.connect(world.opening(version));
    world.run();
    world
}

#[test]
fn a_refused_publish_comes_back_with_the_reason_in_mqtt_5() {
    for from in [Role::Client, Role::Server] {
        let mut world = connected(Version::V5).with_habit(Habit::WhenTold);
        for qos in [Q1, Q2, Q1, Q2] {
            world.publish(from, Draft::new(qos, 0));
        }
        world.run();
        let to = if from == Role::Client {
            Role::Server
        } else {
            Role::Client
        };
        world.redeem(to, 0, Some(NOT_AUTHORIZED));
        world.redeem(to, 0, Some(ReasonCode::QUOTA_EXCEEDED));
        world.finish();
        let fates = world
            .side(from)
            .sent
            .entries
            .iter()
            .flat_map(|entry| entry.fates.clone());
        let reasons = [
            NOT_AUTHORIZED,
            ReasonCode::QUOTA_EXCEEDED,
            ReasonCode::SUCCESS,
            ReasonCode::SUCCESS,
        ];
        assert!(fates.eq(reasons.map(Fate::Published)));
    }
}

#[test]
fn before_mqtt_5_a_refused_publish_is_acknowledged() {
    for version in [Version::V3_1, Version::V3_1_1] {
        let mut world = connected(version).with_habit(Habit::WhenTold);
        for qos in [Q1, Q2] {
            world.publish(Role::Client, Draft::new(qos, 0));
        }
        world.run();
        world.redeem(Role::Server, 0, Some(NOT_AUTHORIZED));
        world.redeem(Role::Server, 0, Some(NOT_AUTHORIZED));
        world.finish();
        for entry in &world.client.sent.entries {
            assert_eq!(entry.fates, [Fate::Published(ReasonCode::SUCCESS)]);
        }
    }
}

#[test]
fn a_refusal_that_was_not_sent_in_mqtt_5_is_an_acknowledgement_in_3_1_1() {
    for reason in [NOT_AUTHORIZED, ReasonCode::NO_MATCHING_SUBSCRIBERS] {
        for redeemed_before_the_cut in [true, false] {
            let mut world = connected(Version::V5).with_habit(Habit::WhenTold);
            world.publish(Role::Client, Draft::new(Q2, 0));
            world.run();
            if redeemed_before_the_cut {
                world.redeem(Role::Server, 0, Some(reason));
                world.cut();
            } else {
                world.cut();
                world.redeem(Role::Server, 0, Some(reason));
            }
            world.connect(Opening::new(Version::V3_1_1));
            world.finish();
            let entry = &world.client.sent.entries[0];
            assert_eq!(entry.fates, [Fate::Published(ReasonCode::SUCCESS)]);
            assert_eq!(entry.events, 1);
        }
    }
}

#[test]
fn a_session_that_the_server_has_lost_has_lost_its_subscriptions() {
    for (version, expected) in [
        (Version::V5, Resumption::Lost),
        (Version::V3_1_1, Resumption::Lost),
        // Which nobody says in 3.1.
        (Version::V3_1, Resumption::Resumed),
    ] {
        let mut world = connected(version);
        assert!(world.subscribe());
        world.run();
        world.cut();
        world.connect(world.opening(version));
        world.run();
        world.cut();
        world.forget(Role::Server);
        world.connect(world.opening(version));
        world.run();
        let resumptions = [Resumption::New, Resumption::Resumed, expected];
        assert_eq!(world.client.resumptions, resumptions);
    }
}

#[test]
fn requests_without_an_answer_end_with_the_connection_and_free_their_places() {
    for version in [Version::V3_1_1, Version::V5] {
        let mut world = connected(version);
        world.server.answers_requests = false;
        for _ in 0..3 {
            let asked = (0..100).take_while(|_| world.subscribe()).count();
            assert_eq!(asked, 16);
            world.publish(Role::Client, Draft::new(Q2, 0));
            world.run();
            world.cut();
            assert_eq!(
                world.client.ends.last().unwrap().closed.unanswered.len(),
                16
            );
            world.connect(world.opening(version));
            world.run();
        }
        world.server.answers_requests = true;
        assert!(world.subscribe());
        world.finish();
    }
}

/// How a connection with a will ends, and whether the will is due.
fn will_after(version: Version, end: impl FnOnce(&mut World)) -> bool {
    let mut world = World::new();
    let opening = world.opening(version);
    world.connect(Opening {
        will: Some(WILL),
        ..opening
    });
    world.run();
    end(&mut world);
    world.run();
    assert!(world.client.line.is_none() && world.server.line.is_none());
    let will = world.server.ends[0].closed.will.take();
    if let Some(will) = &will {
        assert_eq!(will.message.topic(), WILL.topic);
        assert_eq!(will.message.payload(), WILL.payload);
    }
    will.is_some()
}

#[test]
fn a_normal_disconnect_takes_the_will_back_and_every_other_end_leaves_it_due() {
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        let close = |role, reason: ReasonCode| {
            will_after(version, |world| world.close(role, reason.into()))
        };
        assert!(!close(Role::Client, ReasonCode::NORMAL_DISCONNECTION));
        assert!(close(
            Role::Client,
            ReasonCode::DISCONNECT_WITH_WILL_MESSAGE
        ));
        assert!(close(Role::Client, ReasonCode::UNSPECIFIED_ERROR));
        assert!(close(Role::Server, ReasonCode::NORMAL_DISCONNECTION));
        assert!(close(Role::Server, ReasonCode::SERVER_SHUTTING_DOWN));
        assert!(will_after(version, World::cut));
    }
}

#[test]
fn a_client_may_say_its_own_disconnect_and_nothing_follows() {
    for (reason, is_due) in [
        (ReasonCode::NORMAL_DISCONNECTION, false),
        (ReasonCode::DISCONNECT_WITH_WILL_MESSAGE, true),
    ] {
        let due = will_after(Version::V5, |world| {
            world.publish(Role::Client, Draft::new(Q1, 0));
            let Some(Line::Client(client)) = &mut world.client.line else {
                panic!("it is connected");
            };
            let packet = client.disconnect(Disconnect::new(reason)).unwrap();
            let output = &mut world.client.output;
            world.client.encoder.encode(packet, output).unwrap();
            world.carry();
            assert!(!world.transmit(Role::Client, usize::MAX));
            world.close(Role::Client, Cause::Reason(ReasonCode::UNSPECIFIED_ERROR));
            assert!(world.client.ends[0].closed.farewell.is_none());
        });
        assert_eq!(due, is_due);
    }
}

#[test]
fn a_session_that_expires_at_once_is_gone_with_its_connection() {
    let mut world = World::new();
    // Before MQTT 5 that is what Clean Session means.
    world.connect(Opening {
        clean_start: true,
        ..Opening::new(Version::V3_1_1)
    });
    world.run();
    world.server.habit = Habit::WhenTold;
    world.publish(Role::Client, Draft::new(Q2, 0));
    world.publish(Role::Server, Draft::new(Q2, 0));
    world.run();
    world.cut();
    assert!(world.server.kept.is_none());
    world.connect(Opening {
        clean_start: true,
        ..Opening::new(Version::V3_1_1)
    });
    world.run();
    assert_eq!(world.client.resumptions, [Resumption::New; 2]);
    let lost = Fate::Dropped(puremqtt::Dropped::SessionLost);
    assert_eq!(world.client.sent.entries[0].fates, [lost]);
    world.finish();
}

#[test]
fn a_second_connection_takes_the_session_over_and_loses_nothing() {
    for version in [Version::V3_1_1, Version::V5] {
        let mut world = connected(version).with_habit(Habit::WhenTold);
        for from in [Role::Client, Role::Server] {
            for qos in [Q2, Q1] {
                world.publish(from, Draft::new(qos, 0));
            }
        }
        world.transmit(Role::Client, 1);
        world.transmit(Role::Server, 1);
        world.deliver(Role::Server, usize::MAX);

        // The client comes by another way, while the first one seems to hold.
        let connect = Connect {
            version,
            client_id: "a",
            ..Connect::default()
        };
        let mut second: ServerConnection = ServerConnection::new(Limits::default(), world.now);
        let (mut decoder, mut wire) = (Decoder::server(), Vec::new());
        Encoder::client(version).encode(connect, &mut wire).unwrap();
        let (packet, _) = decoder.decode(&wire).unwrap().unwrap();
        let received = second.receive(packet, world.now).unwrap();
        assert!(matches!(received.event, Some(Event::Connect(_))));

        world.close(Role::Server, ReasonCode::SESSION_TAKEN_OVER.into());
        let says_so = world.server.ends[0].closed.farewell.is_some();
        assert_eq!(says_so, version == Version::V5);
        let session = world.server.kept.take().unwrap();
        let mut properties = ConnAckProperties::default();
        let connack = second
            .accept(session, true, &mut properties, world.now)
            .unwrap();
        assert!(connack.session_present);
        let closed = second.close(Cause::Lost);
        world.server.kept = closed.session;

        world.run();
        world.connect(Opening::new(version));
        world.finish();
    }
}
