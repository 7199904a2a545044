//! Decoding and encoding, by time. `benches/rivals` compares with other crates
//! and counts instructions.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a benchmark may panic"
)]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use puremqtt::{Decoder, Encoder, Message, Packet, Version};

#[allow(dead_code, unreachable_pub, reason = "shared with another crate")]
#[path = "rivals/src/workloads/mod.rs"]
mod workloads;

use workloads::packets::{self, Workload};

fn all() -> [Workload; 7] {
    [
        packets::small_publish(1000),
        packets::acknowledged_publish(1000),
        packets::large_publish("PUBLISH of 64 KiB", 1 << 16, 16),
        packets::large_publish("PUBLISH of 1 MiB", 1 << 20, 4),
        packets::mixed_traffic(5),
        packets::publish_with_properties(1000),
        packets::connect_with_properties(500),
    ]
}

fn version(workload: &Workload) -> Version {
    if workload.is_5 {
        Version::V5
    } else {
        Version::V3_1_1
    }
}

/// How many packets are in `input`, each looked at.
fn decode_all(decoder: &mut Decoder, mut input: &[u8]) -> usize {
    let mut packets = 0;
    while let Ok(Some((ref packet, used))) = decoder.decode(input) {
        black_box(packet);
        packets += 1;
        input = &input[used..];
    }
    packets
}

/// W1 to W5, and W3 in packets a second, as its payloads are not looked at.
fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for workload in all() {
        let mut decoder = Decoder::new(version(&workload));
        assert_eq!(decode_all(&mut decoder, &workload.bytes), workload.packets);
        group.throughput(match workload.number {
            "W3" => Throughput::Elements(workload.packets as u64),
            _ => Throughput::Bytes(workload.bytes.len() as u64),
        });
        group.bench_function(workload.name, |bench| {
            bench.iter(|| decode_all(&mut decoder, black_box(&workload.bytes)));
        });
    }
}

/// W6: what is torn is gathered until the decoder has what it needs.
fn pieces(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode pieces");
    let small = packets::small_publish(1000);
    let large = packets::large_publish("PUBLISH of 1 MiB", 1 << 20, 4);
    for (name, workload, size) in [
        ("small PUBLISH in 7 bytes", &small, 7),
        ("small PUBLISH in 1,460 bytes", &small, 1460),
        ("PUBLISH of 1 MiB in 1,460 bytes", &large, 1460),
    ] {
        let mut decoder = Decoder::new(Version::V3_1_1);
        let mut torn = Vec::with_capacity(2 << 20);
        let mut take_all = || {
            let pieces = workload.bytes.chunks(size);
            pieces
                .map(|piece| take(&mut decoder, &mut torn, piece))
                .sum::<usize>()
        };
        assert_eq!(take_all(), workload.packets);
        group.throughput(Throughput::Bytes(workload.bytes.len() as u64));
        group.bench_function(name, |bench| bench.iter(&mut take_all));
    }
}

fn take(decoder: &mut Decoder, torn: &mut Vec<u8>, mut piece: &[u8]) -> usize {
    let mut packets = 0;
    while !torn.is_empty() {
        let needed = decoder.needed(torn);
        let Some((missing, rest)) = piece.split_at_checked(needed) else {
            torn.extend_from_slice(piece);
            return packets;
        };
        torn.extend_from_slice(missing);
        piece = rest;
        let decoded = decode_all(decoder, torn);
        packets += decoded;
        if decoded > 0 {
            torn.clear();
        }
    }
    while let Ok(Some((ref packet, used))) = decoder.decode(piece) {
        black_box(packet);
        packets += 1;
        piece = &piece[used..];
    }
    torn.extend_from_slice(piece);
    packets
}

/// W7: packets that were decoded, into a buffer that is used again.
fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for workload in all() {
        // A packet may borrow from its decoder too, so each has one of its own.
        let mut decoders = vec![Decoder::new(version(&workload)); workload.packets];
        let mut rest = &workload.bytes[..];
        let packets: Vec<Packet> = decoders
            .iter_mut()
            .map(|decoder| {
                let (packet, used) = decoder.decode(rest).unwrap().unwrap();
                rest = &rest[used..];
                packet
            })
            .collect();
        let mut encoder = Encoder::new(version(&workload));
        let mut output = Vec::with_capacity(workload.bytes.len());
        group.throughput(Throughput::Bytes(workload.bytes.len() as u64));
        group.bench_function(workload.name, |bench| {
            bench.iter(|| {
                output.clear();
                for packet in &packets {
                    encoder.encode(*packet, &mut output).unwrap();
                }
                black_box(&output[..]).len()
            });
        });
        assert!(output.is_empty() || output == workload.bytes);
    }
}

/// W8: messages that hold the buffer they were received in.
fn own(criterion: &mut Criterion) {
    let workload = packets::small_publish(1000);
    let buffer = Bytes::from(workload.bytes.clone());
    let _shared = buffer.clone();
    let mut decoder = Decoder::new(Version::V3_1_1);
    let mut group = criterion.benchmark_group("own");
    group.throughput(Throughput::Bytes(workload.bytes.len() as u64));
    group.bench_function(workload.name, |bench| {
        bench.iter(|| {
            let mut rest = &buffer[..];
            while let Ok(Some((Packet::Publish(ref publish), used))) = decoder.decode(rest) {
                drop(black_box(Message::shared(&buffer, publish)));
                rest = &rest[used..];
            }
        });
    });
}

criterion_group!(codec, decode, pieces, encode, own);
criterion_main!(codec);
