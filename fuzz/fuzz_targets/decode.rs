//! Any bytes, however they come: the first byte says which decoder reads them,
//! the second how they are cut, the rest is what a peer sends.
#![no_main]

#[path = "../../tests/common/rules.rs"]
mod rules;

use libfuzzer_sys::fuzz_target;
use puremqtt::{DecodeError, Decoder, Packet, Publish, Version};

use crate::rules::{
    VERSIONS, comes_back, crosses_versions, encodes_soundly, line, observer, read_all, read_as,
};

fuzz_target!(|input: &[u8]| {
    let [options, piece, stream @ ..] = input else {
        return;
    };
    let mut whole = decoder(*options);
    let mut pieces = whole.clone();
    let mut asked = whole.clone();
    let mut rest = stream;
    // Each pass of the loop reads a packet three times: from all there is, in
    // pieces of a fixed length, and in the pieces that the decoder asks for.
    while let Some(used) = same_however_it_comes(
        (&mut whole, &mut pieces, &mut asked),
        *options,
        usize::from(*piece).max(1),
        rest,
    ) {
        rest = &rest[used..];
    }
});

/// One of the decoders, with one of the options.
fn decoder(options: u8) -> Decoder {
    // The fourth number leaves an observer to be told the version by a CONNECT.
    let told = VERSIONS.get(usize::from(options & 3)).copied();
    let version = told.unwrap_or_default();
    let decoder = match options >> 2 & 3 {
        0 => Decoder::server(),
        1 => Decoder::client(version),
        2 => Decoder::new(version),
        _ => told.map_or_else(Decoder::observer, observer),
    };
    let decoder = decoder.with_topic_alias_maximum(8);
    match options >> 4 & 7 {
        1 => decoder.refuse_long_lengths(),
        2 => decoder.refuse_discouraged_characters(),
        3 => decoder.with_max_packet_size(64).with_max_connect_size(32),
        4 => decoder.with_topic_alias_maximum(0),
        5 => decoder.with_topic_alias_bytes(16),
        _ => decoder,
    }
}

/// The length of the packet at the start of `input`, if there is one.
fn same_however_it_comes(
    (whole, pieces, asked): (&mut Decoder, &mut Decoder, &mut Decoder),
    options: u8,
    piece: usize,
    input: &[u8],
) -> Option<usize> {
    let version = whole.version();
    let frame_len = whole.frame_len(input);
    let result = whole.decode(input);
    match (frame_len, &result) {
        (Ok(Some(len)), Ok(Some((_, used)))) => assert_eq!(len, *used),
        (Ok(Some(len)), Err(error)) => assert!(error.offset() <= len),
        (Ok(None), Ok(None)) => {}
        (Err(judged), Err(error)) => assert_eq!(judged, *error),
        other => panic!("{other:?}"),
    }
    assert_eq!(in_pieces(pieces, piece, input), result);
    assert_eq!(as_asked_for(asked, input), result);
    match result {
        Ok(Some((packet, used))) => {
            let version = version.unwrap_or_default();
            judge(options, read_as(&packet, version), packet, &input[..used]);
            Some(used)
        }
        Ok(None) => None,
        Err(error) => {
            judge_error(error, input);
            assert_eq!(whole.decode(b"\xc0\x00"), Err(error));
            None
        }
    }
}

type Decoded<'a> = Result<Option<(Packet<'a>, usize)>, DecodeError>;

/// What comes of `input` when it grows by `piece` bytes at a time.
fn in_pieces<'a>(decoder: &'a mut Decoder, piece: usize, input: &'a [u8]) -> Decoded<'a> {
    let mut end = piece.min(input.len());
    while end < input.len() && decoder.frame_len(&input[..end]) == Ok(None) {
        assert_eq!(decoder.decode(&input[..end]), Ok(None));
        end = (end + piece).min(input.len());
    }
    decoder.decode(&input[..end])
}

/// What comes of `input` when it grows by what the decoder needs.
fn as_asked_for<'a>(decoder: &'a mut Decoder, input: &'a [u8]) -> Decoded<'a> {
    let mut end = 0;
    loop {
        let needed = decoder.needed(&input[..end]);
        if needed == 0 || needed > input.len() - end {
            break;
        }
        assert_eq!(decoder.decode(&input[..end]), Ok(None));
        end += needed;
    }
    let all_there = decoder.needed(&input[..end]) == 0;
    let result = decoder.decode(if all_there { &input[..end] } else { input });
    if let Ok(Some((_, used))) = result {
        assert_eq!(used, end);
    }
    result
}

/// A packet prints, reads, crosses versions, and encodes to what it was read from.
fn judge(options: u8, version: Version, packet: Packet<'_>, bytes: &[u8]) {
    line(&packet);
    assert!(!format!("{packet:?}").is_empty());
    read_all(&packet);
    crosses_versions(packet);
    let observing = options >> 2 & 3 == 3;
    match packet {
        // Its alias is resolved, and its bytes are others.
        Packet::Publish(publish) if version == Version::V5 && !observing => {
            assert_eq!(publish.topic_alias, None);
            assert!(!publish.topic.is_empty());
            comes_back(version, packet);
            comes_back(version, without_expiry(publish).into());
        }
        _ => encodes_soundly(version, packet, bytes),
    }
}

fn without_expiry(publish: Publish<'_>) -> Publish<'_> {
    Publish {
        message_expiry_interval: None,
        ..publish
    }
}

fn judge_error(error: DecodeError, input: &[u8]) {
    assert!(error.offset() <= input.len());
    let line = error.to_string();
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(error.statement().is_none_or(|number| line.contains(number)));
    assert!(error.reason().is_error());
}
