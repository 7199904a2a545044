//! How sessions and retained messages stand in a store: as packets of MQTT and as logs of the
//! crate. Every time in them is in seconds of the broker's clock, so that nothing has to be
//! rewritten as time goes by.

use std::num::NonZeroU16;
use std::time::Duration;

use puremqtt::{
    Connect, ConnectProperties, Decoder, Encoder, List, Message, Packet, Properties, Publish,
    PublishProperties, QoS, Record, Session, Subscribe, SubscribeProperties, Subscription,
    TopicFilter, UserProperty, Version, Will,
};

use super::client::{Client, Queued};
use super::routing::Granted;

/// The header of a client that is there: its CONNECT, as far as it matters later.
pub(super) fn there(id: &str, connect: &Connect<'_>) -> Option<Vec<u8>> {
    let properties = ConnectProperties {
        session_expiry_interval: connect.properties.session_expiry_interval(),
        ..ConnectProperties::default()
    };
    let connect = Connect {
        client_id: id,
        clean_start: false,
        password: None,
        properties: (&properties).into(),
        ..*connect
    };
    header(true, connect)
}

/// The header of one that is away: intervals have become times.
pub(super) fn away(client: &Client, version: Version) -> Option<Vec<u8>> {
    let will = client.will.as_ref().map(|(when, will)| {
        let publish = will.message.publish();
        Will {
            qos: will.qos,
            retain: publish.retain,
            delay_interval: Some(seconds(*when)),
            message_expiry_interval: publish.message_expiry_interval,
            properties: publish.properties,
            ..Will::new(publish.topic, publish.payload)
        }
    });
    let expires = client.expires.map_or(u32::MAX, seconds);
    let properties = ConnectProperties {
        session_expiry_interval: (version == Version::V5).then_some(expires),
        ..ConnectProperties::default()
    };
    let connect = Connect {
        version,
        client_id: &client.id,
        will,
        user_name: client.user_name.as_deref(),
        properties: (&properties).into(),
        ..Connect::default()
    };
    header(false, connect)
}

fn header(is_there: bool, connect: Connect<'_>) -> Option<Vec<u8>> {
    let mut bytes = vec![u8::from(is_there)];
    let encoder = &mut Encoder::new(connect.version);
    encoder.encode(connect, &mut bytes).ok()?;
    Some(bytes)
}

/// Reads a header: whether the client was there, and its CONNECT.
pub(super) fn read_header<R>(
    bytes: &[u8],
    read: impl FnOnce(bool, Connect<'_>) -> Option<R>,
) -> Option<R> {
    let (&is_there, packet) = bytes.split_first()?;
    match Decoder::server().decode(packet) {
        Ok(Some((Packet::Connect(connect), used))) if used == packet.len() && is_there <= 1 => {
            read(is_there == 1, connect)
        }
        _ => None,
    }
}

/// A subscription, and whether retained messages wait for it to be sent.
pub(super) fn subscription(
    filter: TopicFilter<'_>,
    granted: &Granted,
    wants: bool,
) -> Option<Vec<u8>> {
    let Granted {
        options,
        identifier,
    } = *granted;
    let subscriptions = [Subscription { filter, options }];
    let properties = SubscribeProperties {
        subscription_identifier: identifier,
        ..SubscribeProperties::default()
    };
    let mut subscribe = Subscribe::new(NonZeroU16::MIN.into(), (&subscriptions).into());
    subscribe.properties = (&properties).into();
    let mut bytes = vec![u8::from(wants)];
    let encoder = &mut Encoder::new(Version::V5);
    encoder.encode(subscribe, &mut bytes).ok()?;
    Some(bytes)
}

pub(super) fn read_subscription<R>(
    bytes: &[u8],
    read: impl FnOnce(TopicFilter<'_>, Granted, bool) -> Option<R>,
) -> Option<R> {
    let (&wants, packet) = bytes.split_first()?;
    match Decoder::new(Version::V5).decode(packet) {
        Ok(Some((Packet::Subscribe(subscribe), used))) if used == packet.len() && wants <= 1 => {
            let Subscription { filter, options } = subscribe.subscriptions.iter().next()?;
            let identifier = subscribe.properties.subscription_identifier();
            let granted = Granted {
                options,
                identifier,
            };
            read(filter, granted, wants == 1)
        }
        _ => None,
    }
}

/// A snapshot. Messages of QoS 0 that stand in no log do not stand in this one either.
pub(super) fn session(session: &Session<Queued>, keeps_at_most_once: bool) -> Option<Vec<u8>> {
    let mut log = Vec::new();
    // With this for the time, what is left of a message's is when it is over.
    session
        .save(Duration::ZERO, Queued::logged, &mut log)
        .ok()?;
    let fleeting = |queued: &&Queued| queued.qos == QoS::AtMostOnce && !keeps_at_most_once;
    for queued in session.pending_messages().filter(fleeting) {
        Record::Unqueued(queued.logged()).append_to(&mut log).ok()?;
    }
    Some(log)
}

/// A retained message: a log in which it waits.
pub(super) fn retained(message: &Queued) -> Option<Vec<u8>> {
    let mut log = session(&Session::new(), true)?;
    Record::Pending(message.logged()).append_to(&mut log).ok()?;
    Some(log)
}

pub(super) fn read_retained(log: &[u8]) -> Option<Queued> {
    let mut session = Session::new()
        .restored(log, Duration::ZERO, Duration::ZERO, read_message)
        .ok()?;
    session.withdraw(|_| true)
}

/// A message out of a log, and its size while it is pending.
pub(super) fn read_message(publish: &Publish<'_>) -> (Queued, usize) {
    let expires = publish.message_expiry_interval.map(u64::from);
    let qos = publish.delivery.qos();
    let bare = Publish {
        message_expiry_interval: None,
        subscription_identifiers: List::default(),
        ..*publish
    };
    let mut queued = Queued {
        message: Message::from(&bare),
        marked: None,
        retain: publish.retain,
        qos,
        published: qos,
        expires: expires.map(Duration::from_secs),
        identifiers: publish.subscription_identifiers.iter().collect(),
        group: None,
    };
    unmark(&mut queued);
    let size = queued.message.size();
    (queued, size)
}

/// The User Property with which a log says that a message came by a shared subscription: the QoS
/// and RETAIN with which it was published, and the filter. It stands before all others, and there
/// is one without a filter where a client has sent the like.
const MARK: &str = "puremqtt-share";

/// What stands in a log in the place of the message, if it is not the message itself.
pub(super) fn mark(queued: &Queued) -> Option<Message> {
    let publish = queued.message.publish();
    let PublishProperties {
        user_properties, ..
    } = publish.properties.read();
    let is_like = user_properties
        .iter()
        .next()
        .is_some_and(|first| first.name == MARK);
    if queued.group.is_none() && !is_like {
        return None;
    }
    let published = queued.published as u8;
    let retain = u8::from(publish.retain);
    let group = queued.group.as_deref().unwrap_or_default();
    let value = format!("{published}{retain}{group}");
    let mut all = vec![UserProperty::new(MARK, &value)];
    all.extend(user_properties.iter());
    Some(with_user_properties(&publish, &all))
}

fn unmark(queued: &mut Queued) {
    let logged = queued.message.clone();
    let publish = logged.publish();
    let properties = publish.properties.read();
    let mut user_properties = properties.user_properties.iter();
    let Some(first) = user_properties.next().filter(|first| first.name == MARK) else {
        return;
    };
    let mut flags = first.value.bytes().map(|digit| digit.wrapping_sub(b'0'));
    if let Some(published) = flags.next().and_then(QoS::from_u8) {
        queued.published = published;
    }
    let retain = flags.next() == Some(1);
    let group = first.value.get(2..).filter(|group| !group.is_empty());
    queued.group = group.map(Into::into);
    let rest: Vec<_> = user_properties.collect();
    queued.message = with_user_properties(&Publish { retain, ..publish }, &rest);
    queued.marked = Some(Box::new(logged));
}

fn with_user_properties(publish: &Publish<'_>, user_properties: &[UserProperty<'_>]) -> Message {
    let properties = PublishProperties {
        user_properties: user_properties.into(),
        ..publish.properties.read()
    };
    Message::from(&Publish {
        properties: Properties::new(&properties),
        ..*publish
    })
}

/// A time in whole seconds, one that has begun included.
pub(super) fn seconds(time: Duration) -> u32 {
    let begun = u64::from(time.subsec_nanos() > 0);
    // The largest of all stands for a time that never comes.
    u32::try_from(time.as_secs() + begun).map_or(u32::MAX - 1, |seconds| seconds.min(u32::MAX - 1))
}
