//! Frames over tokio: cut anywhere, judged on their fixed header, and nothing behind an error.
#![cfg(feature = "tokio-codec")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use puremqtt::{
    Cause, Connect, DecodeErrorKind, Decoder, EncodeError, Encoder, FrameCodec, FrameError,
    Message, Packet, Publish, TopicName, Version,
};
use tokio::io::{AsyncWriteExt, duplex};
use tokio_util::codec::{Decoder as _, Encoder as _, Framed};

const CONNECT: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
const PUBLISH: &[u8] = b"\x30\x06\x00\x03a/bx";
const PINGREQ: &[u8] = b"\xc0\x00";
const DISCONNECT: &[u8] = b"\xe0\x00";

/// Takes all frames that are there, and decodes each before the next, as a server does.
fn frames(codec: &mut FrameCodec, input: &mut BytesMut) -> Result<Vec<Bytes>, FrameError> {
    let mut frames = Vec::new();
    while let Some(frame) = codec.decode(input)? {
        let (_, used) = codec.decoder.decode(&frame)?.unwrap();
        assert_eq!(used, frame.len());
        frames.push(frame);
    }
    Ok(frames)
}

fn kind(error: &FrameError) -> DecodeErrorKind {
    match error {
        FrameError::Decode(error) => error.kind(),
        other => panic!("{other:?}"),
    }
}

/// A server with a client of 3.1.1 behind it.
fn after_connect() -> FrameCodec {
    let mut codec = FrameCodec::server();
    assert_eq!(frames(&mut codec, &mut CONNECT.into()).unwrap(), [CONNECT]);
    codec
}

#[test]
fn a_stream_cut_at_any_byte_gives_the_same_frames() {
    let sent = [CONNECT, PUBLISH, PINGREQ, DISCONNECT];
    let stream = sent.concat();
    for cut in 0..=stream.len() {
        let mut codec = FrameCodec::server();
        let mut input = BytesMut::from(&stream[..cut]);
        let mut got = frames(&mut codec, &mut input).unwrap();
        input.extend_from_slice(&stream[cut..]);
        got.extend(frames(&mut codec, &mut input).unwrap());
        assert_eq!(got, sent, "cut at {cut}");
        assert!(input.is_empty());
    }
}

#[test]
fn a_stream_that_comes_byte_by_byte_gives_each_frame_with_its_last_byte() {
    let sent = [CONNECT, PUBLISH, PINGREQ, DISCONNECT];
    let (mut codec, mut input) = (FrameCodec::server(), BytesMut::new());
    for frame in sent {
        for (index, byte) in frame.iter().enumerate() {
            input.extend_from_slice(&[*byte]);
            let got = frames(&mut codec, &mut input).unwrap();
            let is_last = index + 1 == frame.len();
            assert_eq!(got, if is_last { vec![frame] } else { vec![] });
        }
    }
}

#[test]
fn a_frame_is_not_copied() {
    let mut input = BytesMut::from(PUBLISH);
    let before = input.as_ptr();
    let frame = FrameCodec::client(Version::V3_1_1).decode(&mut input);
    assert_eq!(frame.unwrap().unwrap().as_ptr(), before);
}

#[test]
fn a_frame_above_the_limit_is_refused_on_its_fixed_header() {
    let decoder = Decoder::client(Version::V5).with_max_packet_size(100);
    let mut codec = FrameCodec::new(decoder, Encoder::client(Version::V5));
    let mut input = BytesMut::from(&b"\x30\x62"[..]); // 100 bytes in all
    assert!(codec.decode(&mut input).unwrap().is_none());

    let error = codec.decode(&mut b"\x30\x63"[..].into()).unwrap_err();
    let expected = DecodeErrorKind::PacketTooLarge {
        size: 101,
        maximum: 100,
    };
    assert_eq!(kind(&error), expected);
}

#[test]
fn nothing_is_reserved_for_what_a_frame_promises() {
    let mut codec = FrameCodec::client(Version::V5);
    let mut input = BytesMut::from(&b"\x30\xff\xff\xff\x7f"[..]); // 268,435,460 bytes in all
    assert!(codec.decode(&mut input).unwrap().is_none());
    assert!(input.capacity() < 1024);
}

#[test]
fn before_a_connect_a_server_lets_nothing_else_in() {
    let error = FrameCodec::server()
        .decode(&mut PUBLISH.into())
        .unwrap_err();
    assert_eq!(kind(&error), DecodeErrorKind::ConnectExpected);
    let large = &b"\x10\xa0\x8d\x06"[..]; // 100,004 bytes in all
    let error = FrameCodec::server().decode(&mut large.into()).unwrap_err();
    assert!(matches!(
        kind(&error),
        DecodeErrorKind::ConnectTooLarge { .. }
    ));
}

#[test]
fn an_error_stays_whatever_comes_in_later() {
    let mut codec = after_connect();
    codec.decoder.set_max_packet_size(8);
    let error = codec.decode(&mut b"\x30\x07"[..].into()).unwrap_err();
    codec.decoder.set_max_packet_size(1_000);
    let later = codec.decode(&mut PINGREQ.into()).unwrap_err();
    assert_eq!(kind(&later), kind(&error));
}

#[test]
fn what_was_whole_before_an_error_still_comes_out() {
    let mut codec = after_connect();
    let mut input = BytesMut::from(&[PINGREQ, b"\xff\x00"].concat()[..]);
    assert_eq!(codec.decode(&mut input).unwrap().unwrap(), PINGREQ);
    let error = codec.decode(&mut input).unwrap_err();
    assert_eq!(kind(&error), DecodeErrorKind::ReservedPacketType);
}

#[test]
fn a_packet_is_written_whole_or_not_at_all() {
    let mut codec = FrameCodec::client(Version::V3_1_1);
    let mut output = BytesMut::new();
    let publish = Publish::new(TopicName::literal("a/b"), b"x");
    codec.encode(publish.into(), &mut output).unwrap();
    assert_eq!(output, PUBLISH);

    codec.encoder.set_max_packet_size(7);
    let error = codec.encode(publish.into(), &mut output).unwrap_err();
    assert!(matches!(
        error,
        FrameError::Encode(EncodeError::PacketTooLarge { .. })
    ));
    assert_eq!(output, PUBLISH);
}

#[tokio::test]
async fn a_transport_is_read_and_written_through_framed() {
    let (near, far) = duplex(7); // smaller than a frame
    let mut client = Framed::new(near, FrameCodec::client(Version::V5));
    let mut server = Framed::new(far, FrameCodec::server());
    let publish = Publish::new(TopicName::literal("a/b"), b"x");
    let sending = async {
        client.send(Connect::default().into()).await.unwrap();
        client.send(publish.into()).await.unwrap();
        client.close().await.unwrap();
    };
    let receiving = async {
        let mut messages = Vec::new();
        while let Some(frame) = server.next().await {
            let frame = frame.unwrap();
            let (packet, _) = server.codec_mut().decoder.decode(&frame).unwrap().unwrap();
            if let Packet::Publish(publish) = packet {
                messages.push(Message::shared(&frame, &publish));
            }
        }
        messages
    };
    let ((), messages) = tokio::join!(sending, receiving);
    assert_eq!(messages, [Message::from(&publish)]);
}

#[tokio::test]
async fn a_transport_that_ends_amid_a_frame_is_lost() {
    let (mut peer, transport) = duplex(1024);
    let mut server = Framed::new(transport, FrameCodec::server());
    peer.write_all(&CONNECT[..5]).await.unwrap();
    drop(peer);
    let error = server.next().await.unwrap().unwrap_err();
    assert!(matches!(error, FrameError::Io(_)));
    assert_eq!(Cause::from(error), Cause::Lost);
}

#[test]
fn an_error_says_why_to_close() {
    let mut codec = FrameCodec::client(Version::V5);
    let error = codec.decode(&mut b"\x00\x00"[..].into()).unwrap_err();
    let FrameError::Decode(inner) = &error else {
        panic!("{error:?}")
    };
    let expected = Cause::Decode(*inner);
    assert_eq!(error.to_string(), inner.to_string());
    assert_eq!(Cause::from(error), expected);

    let error = FrameError::from(io::Error::from(io::ErrorKind::ConnectionReset));
    assert_eq!(Cause::from(error), Cause::Lost);
}
