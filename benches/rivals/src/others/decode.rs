use std::hint::black_box;
use std::rc::Rc;

use bytes::BytesMut;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::PacketBuilder;

use super::packets::{
    core, frame_len, mqttbytes3, mqttbytes5, rmqtt3, rmqtt5, rumqttc3, rumqttc5, rumqttd3, rumqttd5,
};
use crate::case::Case;
use crate::meter::measure;
use crate::workloads::packets::Workload;

pub fn cases(workload: &Rc<Workload>) -> Vec<Case> {
    let mut cases = if workload.is_5 {
        vec![
            taking(
                "rumqttc",
                workload,
                || (),
                |(), input| seen(rumqttc5::read(input)),
            ),
            taking(
                "mqttbytes",
                workload,
                || (),
                |(), input| seen(mqttbytes5::read(input)),
            ),
            taking(
                "rumqttd",
                workload,
                || (),
                |(), input| seen(rumqttd5(input)),
            ),
            taking(
                "rmqtt-codec",
                workload,
                || rmqtt_codec::v5::Codec::new(0, 0),
                |codec, input| seen(rmqtt5(codec, input)),
            ),
        ]
    } else {
        vec![
            borrowing(workload),
            taking(
                "rumqttc",
                workload,
                || (),
                |(), input| seen(rumqttc3::read(input)),
            ),
            taking(
                "mqttbytes",
                workload,
                || (),
                |(), input| seen(mqttbytes3::read(input)),
            ),
            taking(
                "rumqttd",
                workload,
                || (),
                |(), input| seen(rumqttd3(input)),
            ),
            taking(
                "rmqtt-codec",
                workload,
                || rmqtt_codec::v3::Codec::new(0),
                |codec, input| seen(rmqtt3(codec, input)),
            ),
        ]
    };
    cases.push(building(workload));
    cases
}

/// Whose packets own what they hold, or share it with the buffer.
pub fn owning(workload: &Rc<Workload>) -> Vec<Case> {
    let mut cases = cases(workload);
    cases.retain(|case| case.who != "mqttrs");
    cases
}

#[inline(always)]
fn seen<P>(packet: Option<P>) -> bool {
    packet.is_some_and(|packet| (_ = black_box(&packet), true).1)
}

/// Who takes packets off the front of a `BytesMut`.
fn taking<S: 'static>(
    who: &'static str,
    workload: &Rc<Workload>,
    state: impl Fn() -> S + Copy + 'static,
    step: impl Fn(&mut S, &mut BytesMut) -> bool + Copy + 'static,
) -> Case {
    let workload = workload.clone();
    Case::new(who, move || {
        let workload = workload.clone();
        Box::new(move || {
            // A buffer that bytes are received in has room behind them; who reserves
            // a little after each packet must not have to copy all of it.
            let mut input = BytesMut::with_capacity(workload.bytes.len() + 64);
            input.extend_from_slice(&workload.bytes);
            let mut state = state();
            let (packets, sample) = measure(|| {
                let mut packets = 0;
                while !input.is_empty() && step(&mut state, &mut input) {
                    packets += 1;
                }
                packets
            });
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}

/// mqttrs, whose packets borrow.
fn borrowing(workload: &Rc<Workload>) -> Case {
    let workload = workload.clone();
    Case::new("mqttrs", move || {
        let workload = workload.clone();
        Box::new(move || {
            let (packets, sample) = measure(|| {
                let mut rest = &workload.bytes[..];
                let mut packets = 0;
                while let Some(len) = frame_len(rest) {
                    let packet = mqttrs::decode_slice(rest).unwrap();
                    black_box(&packet);
                    rest = &rest[len..];
                    packets += 1;
                }
                packets
            });
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}

/// mqtt-protocol-core.
fn building(workload: &Rc<Workload>) -> Case {
    let workload = workload.clone();
    Case::new("mqtt-protocol-core", move || {
        let workload = workload.clone();
        Box::new(move || {
            let mut builder = PacketBuilder::new();
            let mut input = Cursor::new(&workload.bytes[..]);
            let (packets, sample) = measure(|| {
                let mut packets = 0;
                while seen(core(&mut builder, &mut input, workload.is_5)) {
                    packets += 1;
                }
                packets
            });
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}
