//! The fields of 3.1 and 3.1.1.

use puremqtt::{Ack, Connect, Packet, QoS, ReasonCode, Will};
use rmqtt_codec::types::QoS as TheirQoS;
use rmqtt_codec::v3::{self, SubscribeReturnCode};

pub fn same_fields(ours: &Packet<'_>, theirs: &v3::Packet) {
    use v3::Packet as Their;
    match (ours, theirs) {
        (Packet::Connect(ours), Their::Connect(theirs)) => connect(ours, theirs),
        (Packet::ConnAck(ours), Their::ConnectAck(theirs)) => {
            assert_eq!(ours.session_present, theirs.session_present);
            assert_eq!(ours.reason.return_code(), Some(theirs.return_code.into()));
        }
        (Packet::Publish(ours), Their::Publish(theirs)) => super::same_message(ours, theirs),
        (Packet::PubAck(ours), Their::PublishAck { packet_id })
        | (Packet::PubRec(ours), Their::PublishReceived { packet_id })
        | (Packet::PubRel(ours), Their::PublishRelease { packet_id })
        | (Packet::PubComp(ours), Their::PublishComplete { packet_id }) => {
            assert_eq!(ours.packet_id.get(), packet_id.get());
            assert_eq!(*ours, Ack::new(ours.packet_id));
        }
        (
            Packet::Subscribe(ours),
            Their::Subscribe {
                packet_id,
                topic_filters,
            },
        ) => {
            assert_eq!(ours.packet_id.get(), packet_id.get());
            let ours = ours.subscriptions.iter();
            assert!(
                ours.map(|one| (one.filter.as_str(), one.options.qos))
                    .eq(topic_filters
                        .iter()
                        .map(|(filter, maximum)| (&**filter, qos(*maximum))))
            );
        }
        (Packet::SubAck(ours), Their::SubscribeAck { packet_id, status }) => {
            assert_eq!(ours.packet_id.get(), packet_id.get());
            assert!(
                ours.reasons
                    .iter()
                    .eq(status.iter().map(|status| match status {
                        SubscribeReturnCode::Success(granted) => ReasonCode::granted(qos(*granted)),
                        SubscribeReturnCode::Failure => ReasonCode::UNSPECIFIED_ERROR,
                    }))
            );
        }
        (
            Packet::Unsubscribe(ours),
            Their::Unsubscribe {
                packet_id,
                topic_filters,
            },
        ) => {
            assert_eq!(ours.packet_id.get(), packet_id.get());
            let ours = ours.filters.iter().map(|filter| filter.as_str());
            assert!(ours.eq(topic_filters.iter().map(|filter| &**filter)));
        }
        (Packet::UnsubAck(ours), Their::UnsubscribeAck { packet_id }) => {
            assert_eq!(ours.packet_id.get(), packet_id.get());
        }
        (Packet::PingReq, Their::PingRequest)
        | (Packet::PingResp, Their::PingResponse)
        | (Packet::Disconnect(_), Their::Disconnect) => {}
        _ => panic!("{ours:?} is not {theirs:?}"),
    }
}

fn connect(ours: &Connect<'_>, theirs: &v3::Connect) {
    let v3::Connect {
        protocol,
        clean_session,
        keep_alive,
        last_will,
        client_id,
        username,
        password,
        cert: _,
    } = theirs;
    assert_eq!(ours.version.level(), protocol.level());
    assert_eq!(ours.clean_start, *clean_session);
    assert_eq!(ours.keep_alive, *keep_alive);
    let last_will = last_will.as_ref().map(|will| {
        let topic = puremqtt::TopicName::new(&will.topic).unwrap();
        Will {
            qos: qos(will.qos),
            retain: will.retain,
            ..Will::new(topic, &will.message)
        }
    });
    assert_eq!(ours.will, last_will);
    assert_eq!(ours.client_id, &**client_id);
    assert_eq!(ours.user_name, username.as_deref());
    assert_eq!(ours.password, password.as_deref());
}

fn qos(qos: TheirQoS) -> QoS {
    QoS::from_u8(qos.value()).unwrap()
}
