use std::hint::black_box;
use std::rc::Rc;

use bytes::Bytes;
use puremqtt::{Decoder, Encoder, Message, Packet, Publish, Version};

use crate::case::{Case, OURS};
use crate::meter::measure;
use crate::workloads::packets::Workload;

/// What is sent is taken out of the buffer when this much is in it.
pub const FLUSH: usize = 16 << 10;

const fn version(workload: &Workload) -> Version {
    if workload.is_5 {
        Version::V5
    } else {
        Version::V3_1_1
    }
}

/// Room for all that comes before a flush, so that the buffer never grows.
pub fn room(workload: &Workload) -> usize {
    FLUSH + 2 * workload.bytes.len() / workload.packets + 1024
}

/// The packet is looked at where the decoder has put it, as a `match` on the
/// result does.
pub fn decode(workload: &Rc<Workload>) -> Case {
    decoding(OURS, workload, |mut rest, decoder| {
        let mut packets = 0;
        while let Ok(Some((ref packet, used))) = decoder.decode(rest) {
            black_box(packet);
            packets += 1;
            rest = &rest[used..];
        }
        packets
    })
}

/// The packet is moved into a variable, which costs a copy where it has to be
/// in memory, as here.
pub fn decode_and_move(workload: &Rc<Workload>) -> Case {
    decoding("puremqtt, moved", workload, |mut rest, decoder| {
        let mut packets = 0;
        while let Some((packet, used)) = decoder.decode(rest).unwrap() {
            black_box(&packet);
            packets += 1;
            rest = &rest[used..];
        }
        packets
    })
}

fn decoding(
    who: &'static str,
    workload: &Rc<Workload>,
    all: impl Fn(&[u8], &mut Decoder) -> usize + Copy + 'static,
) -> Case {
    let workload = workload.clone();
    Case::new(who, move || {
        let workload = workload.clone();
        Box::new(move || {
            let mut decoder = Decoder::new(version(&workload));
            let (packets, sample) = measure(|| all(&workload.bytes, &mut decoder));
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}

/// Packets as they were decoded, so that property blocks are written as they came.
pub fn encode(workload: &Rc<Workload>) -> Case {
    let workload = workload.clone();
    Case::new(OURS, move || {
        let packets = decoded(&workload);
        let mut encoder = Encoder::new(version(&workload));
        let mut output = Vec::with_capacity(room(&workload));
        for packet in &packets {
            encoder.encode(packet, &mut output).unwrap();
        }
        assert!(output == workload.bytes);
        output = Vec::with_capacity(room(&workload));
        Box::new(move || {
            output.clear();
            measure(|| {
                for packet in &packets {
                    encoder.encode(packet, &mut output).unwrap();
                    if output.len() > FLUSH {
                        black_box(&output[..]);
                        output.clear();
                    }
                }
                black_box(&output[..]);
            })
            .1
        })
    })
}

/// PUBLISHes that the caller puts together, properties of structs included.
pub fn encode_composed(workload: &Rc<Workload>) -> Option<Case> {
    let publishes = |workload: &Workload| -> Option<Vec<Publish<'static>>> {
        let packets = decoded(workload).into_iter();
        packets
            .map(|packet| match packet {
                Packet::Publish(publish) => Some(publish),
                _ => None,
            })
            .collect()
    };
    if workload.number == "W4" || workload.name.starts_with("CONNECT") {
        return None;
    }
    let workload = workload.clone();
    Some(Case::new("puremqtt, composed", move || {
        let publishes = publishes(&workload).unwrap();
        let properties: Vec<_> = publishes
            .iter()
            .map(|publish| publish.properties.read())
            .collect();
        let mut encoder = Encoder::new(version(&workload));
        let mut output = Vec::with_capacity(room(&workload));
        let is_5 = workload.is_5;
        Box::new(move || {
            output.clear();
            measure(|| {
                for (publish, properties) in publishes.iter().zip(&properties) {
                    let mut composed = Publish {
                        delivery: publish.delivery,
                        ..Publish::new(publish.topic, publish.payload)
                    };
                    if is_5 {
                        composed.message_expiry_interval = publish.message_expiry_interval;
                        composed.properties = properties.into();
                    }
                    encoder.encode(composed, &mut output).unwrap();
                    if output.len() > FLUSH {
                        black_box(&output[..]);
                        output.clear();
                    }
                }
                black_box(&output[..]);
            })
            .1
        })
    }))
}

/// A message that holds its frame, and lets go of it again.
pub fn own(workload: &Rc<Workload>) -> Case {
    let workload = workload.clone();
    Case::new(OURS, move || {
        let workload = workload.clone();
        Box::new(move || {
            // Shared from the start, as a buffer is that bytes are received in.
            let buffer = Bytes::from(workload.bytes.clone());
            let _shared = buffer.clone();
            let mut decoder = Decoder::new(version(&workload));
            let (packets, sample) = measure(|| {
                let mut rest = &buffer[..];
                let mut packets = 0;
                while let Ok(Some((Packet::Publish(ref publish), used))) = decoder.decode(rest) {
                    drop(black_box(Message::shared(&buffer, publish)));
                    packets += 1;
                    rest = &rest[used..];
                }
                packets
            });
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}

/// A packet borrows from its decoder too, so each has one of its own, for ever.
fn decoded(workload: &Workload) -> Vec<Packet<'static>> {
    let decoders = vec![Decoder::new(version(workload)); workload.packets].leak();
    let mut rest: &'static [u8] = workload.bytes.clone().leak();
    let decode = |decoder: &'static mut Decoder| {
        let (packet, used) = decoder.decode(rest).unwrap().unwrap();
        rest = &rest[used..];
        packet
    };
    decoders.iter_mut().map(decode).collect()
}
