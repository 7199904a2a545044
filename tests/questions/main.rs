//! What people ask of an MQTT library, each with a test whose name is the answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

mod link;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use puremqtt::{
    Cause, ClientConnection, Connect, Dropped, Event, Limits, Message, Outgoing, Publish, QoS,
    QueueLimits, ReasonCode, Receipt, Record, Resumption, ServerConnection, Session, Terms,
    TopicName, Version, WhenFull,
};

use link::{Link, NOW};

const T: TopicName = TopicName::literal("t");
const BOTH: [Version; 2] = [Version::V3_1_1, Version::V5];

fn terms(qos: QoS) -> Terms {
    Terms {
        qos,
        ..Terms::default()
    }
}

fn message(payload: &str) -> Message {
    Message::new(T, payload)
}

fn connected(version: Version) -> Link<Message> {
    Link::new(version, Session::new(), None, Message::publish)
}

/// The receipts of what the server hears.
fn receipts(link: &mut Link<Message>) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    link.up(|_, event| match event {
        Event::Message(_, receipt) => receipts.extend(receipt),
        other => panic!("{other:?}"),
    });
    receipts
}

// When is a message acknowledged? Before or after my code has seen it?

#[test]
fn nothing_is_acknowledged_before_the_application_says_that_it_is_processed() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut link = connected(Version::V5);
        link.client.publish(message("x"), terms(qos), NOW).unwrap();
        let receipt = receipts(&mut link).remove(0);
        assert!(link.server.transmit(NOW).is_none() && link.down.is_empty());
        assert!(link.server.acknowledge(receipt));
        assert!(link.server.transmit(NOW).is_some());
    }
}

// Can I acknowledge from another task, without a lock around the client?

#[test]
fn a_receipt_travels_to_a_thread_of_its_own_and_comes_back() {
    let mut link = connected(Version::V5);
    for payload in ["1", "2", "3"] {
        link.client
            .publish(message(payload), terms(QoS::ExactlyOnce), NOW)
            .unwrap();
    }
    let (jobs, work) = mpsc::channel::<(Message, Receipt)>();
    let (finished, done) = mpsc::channel();
    let worker = thread::spawn(move || {
        for (message, receipt) in work {
            let number: u32 = std::str::from_utf8(message.payload())
                .unwrap()
                .parse()
                .unwrap();
            finished.send((number, receipt)).unwrap();
        }
    });
    link.up(|_, event| {
        let Event::Message(publish, Some(receipt)) = event else {
            panic!("{event:?}")
        };
        jobs.send((Message::from(&publish), receipt)).unwrap();
    });
    drop(jobs);
    worker.join().unwrap();
    let sum: u32 = done
        .into_iter()
        .map(|(number, receipt)| {
            assert!(link.server.acknowledge(receipt));
            number
        })
        .sum();
    assert_eq!(sum, 6);
    let mut released = 0;
    link.down(|_, event| released += u32::from(matches!(event, Event::Released { .. })));
    assert_eq!(released, 3);
}

#[test]
fn connections_sessions_and_receipts_are_send() {
    fn is_send<T: Send>() {}
    is_send::<Receipt>();
    is_send::<ClientConnection>();
    is_send::<ServerConnection>();
    is_send::<Session>();
}

// Must acknowledgements be in order? What if the tasks finish otherwise?

#[test]
fn tasks_finish_in_any_order_and_answers_go_out_in_the_order_of_arrival() {
    let mut link = connected(Version::V3_1_1);
    for payload in ["1", "2", "3"] {
        link.client
            .publish(message(payload), terms(QoS::AtLeastOnce), NOW)
            .unwrap();
    }
    for receipt in receipts(&mut link).into_iter().rev() {
        assert!(link.server.acknowledge(receipt));
    }
    let mut order = Vec::new();
    link.down(|_, event| match event {
        Event::Published { message, .. } => order.push(message.unwrap()),
        other => panic!("{other:?}"),
    });
    assert_eq!(order, ["1", "2", "3"].map(message));
}

#[test]
fn a_receipt_that_got_lost_can_be_had_again() {
    let mut link = connected(Version::V5);
    link.client
        .publish(message("x"), terms(QoS::ExactlyOnce), NOW)
        .unwrap();
    let id = receipts(&mut link).remove(0).packet_id();
    let receipt = link.server.session().unwrap().receipt(id).unwrap();
    assert!(link.server.acknowledge(receipt));
}

// The connection broke while my task was at work. What becomes of its receipt?

#[test]
fn a_receipt_of_qos_2_outlives_the_connection_and_one_of_qos_1_is_stale() {
    let mut link = connected(Version::V3_1_1);
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        link.client.publish(message("x"), terms(qos), NOW).unwrap();
    }
    let [once, exactly]: [Receipt; 2] = receipts(&mut link).try_into().unwrap();
    let client = link.client.close(Cause::Lost).session;
    let server = link.server.close(Cause::Lost).session;
    let mut link = Link::new(Version::V3_1_1, client, server, Message::publish);
    assert!(!link.server.acknowledge(once));
    assert!(link.server.acknowledge(exactly));
    // The message of QoS 1 comes again, the one of QoS 2 does not.
    assert_eq!(receipts(&mut link).len(), 1);
}

// Can I say no to a message?

#[test]
fn in_mqtt_5_a_publish_is_refused_with_a_reason() {
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let mut link = connected(Version::V5);
        link.client.publish(message("x"), terms(qos), NOW).unwrap();
        let receipt = receipts(&mut link).remove(0);
        assert!(link.server.refuse(receipt, ReasonCode::NOT_AUTHORIZED));
        let mut reasons = Vec::new();
        link.down(|_, event| match event {
            Event::Published {
                reason, message, ..
            } => reasons.push((reason, message.is_some())),
            other => panic!("{other:?}"),
        });
        assert_eq!(reasons, [(ReasonCode::NOT_AUTHORIZED, true)]);
    }
}

#[test]
fn in_3_1_1_a_publish_is_acknowledged_all_the_same_or_the_connection_closed() {
    let mut link = connected(Version::V3_1_1);
    link.client
        .publish(message("x"), terms(QoS::AtLeastOnce), NOW)
        .unwrap();
    let receipt = receipts(&mut link).remove(0);
    assert!(link.server.refuse(receipt, ReasonCode::NOT_AUTHORIZED));
    let mut published = 0;
    link.down(|_, event| published += u32::from(matches!(event, Event::Published { .. })));
    assert_eq!(published, 1);

    link.client
        .publish(message("y"), terms(QoS::AtLeastOnce), NOW)
        .unwrap();
    drop(receipts(&mut link));
    let closed = link.server.close(ReasonCode::NOT_AUTHORIZED);
    assert_eq!(closed.farewell, None, "3.1.1 has no word for it either");
}

// How do I know that a publish has arrived?

#[test]
fn a_publish_is_complete_when_its_message_comes_back_with_the_channel_in_it() {
    type Awaited = (Message, mpsc::Sender<ReasonCode>);
    fn compose((message, _): &Awaited) -> Publish<'_> {
        message.publish()
    }
    for (version, qos) in [
        (Version::V3_1_1, QoS::AtLeastOnce),
        (Version::V5, QoS::ExactlyOnce),
    ] {
        let mut link: Link<Awaited> = Link::new(version, Session::new(), None, compose);
        let (completes, complete) = mpsc::channel();
        link.client
            .publish((message("x"), completes), terms(qos), NOW)
            .unwrap();
        for _ in 0..2 {
            assert!(complete.try_recv().is_err());
            link.up(|server, event| {
                if let Event::Message(_, Some(receipt)) = event {
                    assert!(server.acknowledge(receipt));
                }
            });
            link.down(|_, event| {
                if let Event::Published {
                    message, reason, ..
                } = event
                {
                    message.unwrap().1.send(reason).unwrap();
                }
            });
            if qos == QoS::AtLeastOnce {
                break;
            }
        }
        assert_eq!(complete.try_recv(), Ok(ReasonCode::SUCCESS));
    }
}

#[test]
fn a_publish_of_qos_0_is_complete_when_it_is_sent() {
    let mut link = connected(Version::V5);
    link.client
        .publish(message("x"), terms(QoS::AtMostOnce), NOW)
        .unwrap();
    let next = link.client.transmit(NOW).unwrap();
    assert_eq!(next.sent(), Some(message("x")));
}

// What happens to my messages when the connection breaks?

#[test]
fn with_the_session_what_was_in_flight_is_sent_again_with_dup_and_then_what_waited() {
    for version in BOTH {
        let mut link = connected(version);
        link.client
            .publish(message("1"), terms(QoS::AtLeastOnce), NOW)
            .unwrap();
        link.client.transmit(NOW).unwrap().sent();
        let mut session = link.client.close(Cause::Lost).session;
        session
            .publish(message("2"), terms(QoS::AtLeastOnce), NOW)
            .unwrap();
        let server = link.server.close(Cause::Lost).session;
        let mut link = Link::new(version, session, server, Message::publish);
        assert_eq!(link.resumption, Resumption::Resumed);
        let mut heard = Vec::new();
        link.up(|_, event| match event {
            Event::Message(publish, _) => {
                heard.push((Message::from(&publish), publish.delivery.dup()));
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(heard, [(message("1"), true), (message("2"), false)]);
    }
}

#[test]
fn when_the_server_has_lost_the_session_what_was_in_flight_comes_back_in_mqtt_5() {
    for version in BOTH {
        let mut link = connected(version);
        link.client
            .publish(message("1"), terms(QoS::ExactlyOnce), NOW)
            .unwrap();
        link.client.transmit(NOW).unwrap().sent();
        let session = link.client.close(Cause::Lost).session;
        let mut link = Link::new(version, session, None, Message::publish);
        // The subscriptions are lost, too.
        assert_eq!(link.resumption, Resumption::Lost);
        let expected = match version {
            Version::V5 => Some((message("1"), Dropped::SessionLost)),
            // 3.1.1 sends it again, though it may then arrive twice.
            _ => None,
        };
        assert_eq!(link.client.dropped(), expected);
        assert_eq!(link.client.transmit(NOW).is_some(), expected.is_none());
    }
}

#[test]
fn a_session_goes_on_in_another_version() {
    let mut link = connected(Version::V3_1_1);
    link.client
        .publish(message("x"), terms(QoS::ExactlyOnce), NOW)
        .unwrap();
    let receipt = receipts(&mut link).remove(0);
    let client = link.client.close(Cause::Lost).session;
    let server = link.server.close(Cause::Lost).session;
    let mut link = Link::new(Version::V5, client, server, Message::publish);
    assert!(link.server.acknowledge(receipt));
    assert!(
        receipts(&mut link).is_empty(),
        "it is known by its identifier"
    );
    let mut published = Vec::new();
    for _ in 0..2 {
        link.down(|_, event| {
            if let Event::Published { message, .. } = event {
                published.extend(message);
            }
        });
        link.up(|_, _| {});
    }
    assert_eq!(published, [message("x")]);
}

// What do I have to store, and when?

#[test]
fn who_saves_the_session_when_the_process_ends_goes_on_with_it_in_the_next_one() {
    let mut link = connected(Version::V5);
    for payload in ["1", "2"] {
        link.client
            .publish(message(payload), terms(QoS::ExactlyOnce), NOW)
            .unwrap();
    }
    link.client.transmit(NOW).unwrap().sent();
    let mut saved = Vec::new();
    let session = link.client.close(ReasonCode::NORMAL_DISCONNECTION).session;
    session.save(NOW, Message::publish, &mut saved).unwrap();
    drop(session);

    let build = |publish: &Publish<'_>| (Message::from(publish), 1);
    let session = Session::new()
        .restored(&saved, NOW, Duration::from_secs(60), build)
        .unwrap();
    let server = link.server.close(Cause::Lost).session;
    let mut link = Link::new(Version::V5, session, server, Message::publish);
    assert_eq!(receipts(&mut link).len(), 2);
}

#[test]
fn who_writes_a_record_before_each_publish_leaves_loses_nothing_in_a_crash() {
    let mut link = connected(Version::V5);
    let mut log = Vec::new();
    link.client
        .session()
        .save(NOW, Message::publish, &mut log)
        .unwrap();
    link.client
        .publish(message("x"), terms(QoS::ExactlyOnce), NOW)
        .unwrap();
    let next = link.client.transmit(NOW).unwrap();
    if let Outgoing::Message {
        delivery, message, ..
    } = next.outgoing()
    {
        let publish = Publish {
            delivery,
            ..message.publish()
        };
        Record::InFlight(publish).append_to(&mut log).unwrap();
    }
    next.sent();
    drop(link.client);

    let build = |publish: &Publish<'_>| (Message::from(publish), 1);
    let session = Session::new().restored(&log, NOW, NOW, build).unwrap();
    let in_flight: Vec<_> = session
        .entries()
        .filter_map(|entry| entry.message)
        .collect();
    assert_eq!(in_flight, [&message("x")]);
}

// Why does `publish` give me my message back?

#[test]
fn publish_hands_a_message_back_for_which_there_is_no_room() {
    let limits = QueueLimits {
        messages: 1,
        ..QueueLimits::default()
    };
    let session = Session::new().with_queue_limits(limits);
    let mut link = Link::new(Version::V5, session, None, Message::publish);
    link.client
        .publish(message("1"), terms(QoS::AtLeastOnce), NOW)
        .unwrap();
    let back = link
        .client
        .publish(message("2"), terms(QoS::AtLeastOnce), NOW);
    assert_eq!(back, Err(message("2")), "try again when something was sent");
}

#[test]
fn who_would_rather_lose_the_oldest_message_says_so_and_is_told_which() {
    let limits = QueueLimits {
        messages: 1,
        ..QueueLimits::default()
    };
    let session = Session::new()
        .with_queue_limits(limits)
        .with_when_full(WhenFull::DropOldest);
    let mut link = Link::new(Version::V5, session, None, Message::publish);
    for payload in ["1", "2"] {
        link.client
            .publish(message(payload), terms(QoS::AtLeastOnce), NOW)
            .unwrap();
    }
    assert_eq!(
        link.client.dropped(),
        Some((message("1"), Dropped::QueueFull))
    );
}

#[test]
fn publish_hands_a_message_back_that_nobody_could_get() {
    // Of QoS 0, and there is no connection yet.
    let connect = Connect {
        client_id: "a",
        ..Connect::default()
    };
    let mut client: ClientConnection = ClientConnection::new(Session::new(), &connect, NOW);
    let back = client.publish(message("x"), terms(QoS::AtMostOnce), NOW);
    assert_eq!(back, Err(message("x")));
    // Any, and the client is not let in yet.
    let mut server: ServerConnection = ServerConnection::new(Limits::default(), NOW);
    let back = server.publish(message("x"), terms(QoS::AtLeastOnce), NOW);
    assert_eq!(back, Err(message("x")));
}
