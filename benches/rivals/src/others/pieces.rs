use std::hint::black_box;
use std::rc::Rc;

use bytes::BytesMut;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::PacketBuilder;

use super::packets::{core, frame_len, mqttbytes3, rmqtt3, rumqttc3, rumqttd3};
use crate::case::Case;
use crate::meter::measure;
use crate::workloads::packets::Workload;

/// All read 3.1.1 here.
pub fn cases(workload: &Rc<Workload>, size: usize) -> Vec<Case> {
    vec![
        case(
            "mqttrs",
            workload,
            size,
            || Vec::with_capacity(8192),
            mqttrs,
        ),
        gathering(
            "rumqttc",
            workload,
            size,
            || (),
            |(), input| rumqttc3::read(input),
        ),
        gathering(
            "mqttbytes",
            workload,
            size,
            || (),
            |(), input| mqttbytes3::read(input),
        ),
        gathering(
            "rumqttd",
            workload,
            size,
            || (),
            |(), input| rumqttd3(input),
        ),
        gathering(
            "rmqtt-codec",
            workload,
            size,
            || rmqtt_codec::v3::Codec::new(0),
            rmqtt3,
        ),
        case(
            "mqtt-protocol-core",
            workload,
            size,
            PacketBuilder::new,
            |builder, piece| {
                let mut input = Cursor::new(piece);
                let mut packets = 0;
                while let Some(packet) = core(builder, &mut input, false) {
                    black_box(&packet);
                    packets += 1;
                }
                packets
            },
        ),
    ]
}

/// `take` says how many packets a piece completes.
fn case<S: 'static>(
    who: &'static str,
    workload: &Rc<Workload>,
    size: usize,
    state: impl Fn() -> S + Copy + 'static,
    take: impl Fn(&mut S, &[u8]) -> usize + Copy + 'static,
) -> Case {
    let workload = workload.clone();
    Case::new(who, move || {
        let workload = workload.clone();
        Box::new(move || {
            let mut state = state();
            let (packets, sample) = measure(|| {
                let pieces = workload.bytes.chunks(size);
                pieces.map(|piece| take(&mut state, piece)).sum::<usize>()
            });
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}

/// Who takes packets off the front of a `BytesMut`, to which pieces are appended.
fn gathering<S: 'static, P>(
    who: &'static str,
    workload: &Rc<Workload>,
    size: usize,
    state: impl Fn() -> S + Copy + 'static,
    read: impl Fn(&mut S, &mut BytesMut) -> Option<P> + Copy + 'static,
) -> Case {
    let state = move || (state(), BytesMut::with_capacity(8192));
    case(
        who,
        workload,
        size,
        state,
        move |(state, gathered), piece| {
            gathered.extend_from_slice(piece);
            let mut packets = 0;
            while let Some(packet) = read(state, gathered) {
                black_box(&packet);
                packets += 1;
            }
            packets
        },
    )
}

/// It reads slices: the caller gathers, and removes what was read.
fn mqttrs(gathered: &mut Vec<u8>, piece: &[u8]) -> usize {
    gathered.extend_from_slice(piece);
    let (mut at, mut packets) = (0, 0);
    while let Some(packet) = mqttrs::decode_slice(&gathered[at..]).unwrap() {
        black_box(&packet);
        at += frame_len(&gathered[at..]).unwrap();
        packets += 1;
    }
    gathered.drain(..at);
    packets
}
