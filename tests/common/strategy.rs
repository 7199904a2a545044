//! How the property tests draw packets.

use std::num::NonZeroU16;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use puremqtt::{Delivery, PacketId, QoS, RetainHandling, SubscriptionOptions, Version};

use crate::model::{Entry, Filter, Model, Text, Topic, Values, WillModel};
use crate::rules::VERSIONS;

pub(crate) fn versions() -> impl Strategy<Value = Version> {
    prop::sample::select(&VERSIONS[..])
}

/// Packets of any kind.
pub(crate) fn packets() -> impl Strategy<Value = Model> {
    packets_of(any::<u8>())
}

/// Packets of the kinds drawn.
pub(crate) fn packets_of(kinds: impl Strategy<Value = u8>) -> impl Strategy<Value = Model> {
    let numbers = (
        kinds,
        packet_ids(),
        deliveries(),
        any::<(bool, bool)>(),
        any::<(u8, u16)>(),
    );
    let connect = (
        texts(),
        option::of(texts()),
        option::of(binaries()),
        option::of(wills()),
    );
    let rest = (topics(), payloads(), vec(entries(), 0..4), values());
    (numbers, connect, rest).prop_map(
        |(
            (kind, packet_id, delivery, (flag, bare), (code, keep_alive)),
            (client_id, user_name, password, will),
            (topic, payload, entries, values),
        )| Model {
            kind,
            packet_id,
            delivery,
            flag,
            bare,
            code,
            keep_alive,
            client_id,
            user_name,
            password,
            will,
            topic,
            payload,
            entries,
            values,
        },
    )
}

fn packet_ids() -> impl Strategy<Value = PacketId> {
    any::<NonZeroU16>().prop_map(PacketId::from)
}

pub(crate) fn deliveries() -> impl Strategy<Value = Delivery> {
    (qos(), packet_ids(), any::<bool>()).prop_map(|(qos, packet_id, dup)| match qos {
        QoS::AtMostOnce => Delivery::AtMostOnce,
        QoS::AtLeastOnce => Delivery::AtLeastOnce { packet_id, dup },
        QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id, dup },
    })
}

fn qos() -> impl Strategy<Value = QoS> {
    prop::sample::select(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][..])
}

/// Characters of one to four bytes, those that text should not have among them.
fn characters() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..8).prop_map(String::from_iter)
}

fn texts() -> impl Strategy<Value = Text> {
    let long =
        (any::<char>(), 50..500_usize).prop_map(|(one, count)| one.to_string().repeat(count));
    let longest = Just("é".repeat(40_000));
    prop_oneof![80 => characters(), 20 => "[ -~]{0,40}", 10 => long, 1 => longest]
        .prop_map(Text::new)
}

fn topics() -> impl Strategy<Value = Topic> {
    let levels = vec(characters(), 1..5).prop_map(|levels| levels.join("/"));
    prop_oneof![levels, "[$a-z/]{1,30}"].prop_map(Topic::new)
}

fn filters() -> impl Strategy<Value = Filter> {
    let level = prop_oneof![Just("+".to_owned()), Just("#".to_owned()), characters()];
    let levels = vec(level, 1..5).prop_map(|levels| levels.join("/"));
    let shared = "\\$share/[a-z]{0,3}/[a-z/]{0,5}[#+]{0,1}";
    prop_oneof![3 => levels, 1 => shared].prop_map(Filter::new)
}

fn binaries() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        40 => vec(any::<u8>(), 0..40),
        1 => (any::<u8>(), 100..70_000_usize).prop_map(|(byte, count)| vec![byte; count]),
    ]
}

/// Up to a Remaining Length of three bytes.
fn payloads() -> impl Strategy<Value = Vec<u8>> {
    let lengths = prop_oneof![100..300_usize, 16_300..16_500_usize, Just(100_000)];
    prop_oneof![
        8 => vec(any::<u8>(), 0..40),
        2 => (any::<u8>(), lengths).prop_map(|(byte, count)| vec![byte; count]),
    ]
}

fn entries() -> impl Strategy<Value = Entry> {
    let handling = prop::sample::select(
        &[
            RetainHandling::SendAtSubscribe,
            RetainHandling::SendIfNew,
            RetainHandling::DoNotSend,
        ][..],
    );
    let options = (qos(), any::<bool>(), any::<bool>(), handling).prop_map(
        |(qos, no_local, retain_as_published, retain_handling)| SubscriptionOptions {
            qos,
            no_local,
            retain_as_published,
            retain_handling,
        },
    );
    (filters(), options, any::<u8>()).prop_map(|(filter, options, code)| Entry {
        filter,
        options,
        code,
    })
}

fn wills() -> impl Strategy<Value = WillModel> {
    (topics(), binaries(), qos(), any::<bool>(), values()).prop_map(
        |(topic, payload, qos, retain, values)| WillModel {
            topic,
            payload,
            qos,
            retain,
            values,
        },
    )
}

fn values() -> impl Strategy<Value = Values> {
    let present = prop_oneof![2 => any::<u64>(), 1 => Just(0), 1 => Just(u64::MAX)];
    let number = || prop_oneof![any::<u32>(), 0..3_u32, Just(u32::MAX)];
    let lists = (
        vec(number(), 0..5),
        vec(texts(), 0..5),
        vec(binaries(), 0..3),
        vec(number(), 0..4),
        vec((texts(), texts()), 0..4),
    );
    (present, topics(), lists).prop_map(
        |(present, topic, (numbers, texts, binaries, identifiers, pairs))| Values {
            present,
            numbers,
            texts,
            binaries,
            topic,
            identifiers,
            pairs,
        },
    )
}
