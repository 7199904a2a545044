//! Our decoder beside that of `rmqtt-codec`, on the same bytes: the same verdict and the same
//! fields, or a difference that a statement of the standard decides, which `statements` names.
//!
//! The first byte says the version, the rest is what a peer sends.
#![no_main]

mod statements;
mod v3;
mod v5;

use libfuzzer_sys::fuzz_target;
use puremqtt::{DecodeError, Decoder, Packet, Version};
use rmqtt_codec::MqttPacket;
use rmqtt_codec::types::Publish;
use tokio_util::bytes::BytesMut;
use tokio_util::codec::Decoder as _;

const VERSIONS: [Version; 3] = [Version::V3_1, Version::V3_1_1, Version::V5];

fuzz_target!(|input: &[u8]| {
    let Some((&version, mut rest)) = input.split_first() else {
        return;
    };
    let version = VERSIONS[usize::from(version) % VERSIONS.len()];
    while let Some(used) = same(version, rest) {
        rest = &rest[used..];
    }
});

/// The length of the packet at the start of `input`, where both decoders let it pass.
fn same(version: Version, input: &[u8]) -> Option<usize> {
    let mut ours = Decoder::observer();
    ours.set_version(version);
    let judged_early = ours.frame_len(input).is_err();
    match (ours.decode(input), theirs(version, input)) {
        (Ok(Some((packet, used))), Their::Packet(their_packet, their_used)) => {
            assert_eq!(used, their_used);
            same_fields(&packet, &their_packet);
            return Some(used);
        }
        (Ok(None), Their::Incomplete) | (Err(_), Their::Error(_)) => {}
        // A verdict that the fixed header decides is ours before the body is there.
        (Err(_), Their::Incomplete) if judged_early => {}
        (Err(error), Their::Packet(packet, _)) => we_are_right(&error, &packet),
        (Ok(Some((packet, _))), Their::Error(error)) => they_are_wrong(version, &packet, &error),
        (ours, theirs) => panic!("{version}: we say {ours:?}, they {theirs:?}"),
    }
    None
}

#[derive(Debug)]
enum Their {
    Packet(MqttPacket, usize),
    Incomplete,
    Error(rmqtt_codec::error::DecodeError),
}

fn theirs(version: Version, input: &[u8]) -> Their {
    let mut codec = match version {
        Version::V3_1 | Version::V3_1_1 => rmqtt_codec::MqttCodec::V3(Default::default()),
        Version::V5 => rmqtt_codec::MqttCodec::V5(Default::default()),
    };
    let mut bytes = BytesMut::from(input);
    match codec.decode(&mut bytes) {
        Ok(Some((packet, _))) => Their::Packet(packet, input.len() - bytes.len()),
        Ok(None) => Their::Incomplete,
        Err(error) => Their::Error(error),
    }
}

fn same_fields(ours: &Packet<'_>, theirs: &MqttPacket) {
    match theirs {
        MqttPacket::V3(theirs) => v3::same_fields(ours, theirs),
        MqttPacket::V5(theirs) => v5::same_fields(ours, theirs),
        MqttPacket::Version(_) => unreachable!("nobody asked for it"),
    }
}

/// What a PUBLISH says in every version.
fn same_message(ours: &puremqtt::Publish<'_>, theirs: &Publish) {
    assert_eq!(ours.delivery.dup(), theirs.dup);
    assert_eq!(ours.delivery.qos().as_u8(), theirs.qos.value());
    let packet_id = ours.delivery.packet_id().map(|id| id.get());
    assert_eq!(packet_id, theirs.packet_id.map(|id| id.get()));
    assert_eq!(ours.retain, theirs.retain);
    assert_eq!(ours.topic.as_str(), &*theirs.topic);
    assert_eq!(ours.payload, theirs.payload);
}

fn we_are_right(error: &DecodeError, packet: &MqttPacket) {
    let Some(statement) = statements::why_refused(error) else {
        panic!("we alone refuse, nobody knows why: {error}: {packet:?}");
    };
    // What our error says is what the table says.
    assert!(
        error.statement().is_none_or(|ours| ours == statement),
        "{error}: {statement}"
    );
}

fn they_are_wrong(version: Version, packet: &Packet<'_>, error: &rmqtt_codec::error::DecodeError) {
    assert!(
        statements::why_let_pass(version, packet).is_some(),
        "{version}: they alone refuse, nobody knows why: {error}: {packet:?}"
    );
}
