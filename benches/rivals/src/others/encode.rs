use std::hint::black_box;
use std::rc::Rc;

use bytes::BytesMut;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::PacketBuilder;
use mqtt_protocol_core::mqtt::packet::GenericPacketTrait;
use rumqttd::protocol::Protocol;
use tokio_util::codec::Encoder;

use super::packets::{
    core, frame_len, mqttbytes3, mqttbytes5, rmqtt3, rmqtt5, rumqttc3, rumqttc5, rumqttd3, rumqttd5,
};
use crate::case::Case;
use crate::meter::measure;
use crate::ours::codec::{FLUSH, room};
use crate::workloads::packets::Workload;

/// All write the packets that they have read themselves.
pub fn cases(workload: &Rc<Workload>) -> Vec<Case> {
    let mut cases = if workload.is_5 {
        vec![
            lent(
                "rumqttc",
                workload,
                |all| every(all, (), |(), at| rumqttc5::read(at)),
                rumqttc5::write,
            ),
            lent(
                "mqttbytes",
                workload,
                |all| every(all, (), |(), at| mqttbytes5::read(at)),
                mqttbytes5::write,
            ),
            given(
                "rumqttd",
                workload,
                |all| every(all, (), |(), at| rumqttd5(at)),
                |packet, output| {
                    rumqttd::protocol::v5::V5.write(packet, output).unwrap();
                },
            ),
            given(
                "rmqtt-codec",
                workload,
                |all| every(all, rmqtt_codec::v5::Codec::new(0, 0), rmqtt5),
                |packet, output| {
                    rmqtt_codec::v5::Codec::new(0, 0)
                        .encode(packet, output)
                        .unwrap()
                },
            ),
        ]
    } else {
        vec![
            mqttrs(workload),
            lent(
                "rumqttc",
                workload,
                |all| every(all, (), |(), at| rumqttc3::read(at)),
                rumqttc3::write,
            ),
            lent(
                "mqttbytes",
                workload,
                |all| every(all, (), |(), at| mqttbytes3::read(at)),
                mqttbytes3::write,
            ),
            given(
                "rumqttd",
                workload,
                |all| every(all, (), |(), at| rumqttd3(at)),
                |packet, output| {
                    rumqttd::protocol::v4::V4.write(packet, output).unwrap();
                },
            ),
            given(
                "rmqtt-codec",
                workload,
                |all| every(all, rmqtt_codec::v3::Codec::new(0), rmqtt3),
                |packet, output| {
                    rmqtt_codec::v3::Codec::new(0)
                        .encode(packet, output)
                        .unwrap()
                },
            ),
        ]
    };
    cases.push(lent(
        "mqtt-protocol-core",
        workload,
        |workload| {
            let mut builder = PacketBuilder::new();
            let mut input = Cursor::new(&workload.bytes[..]);
            std::iter::from_fn(|| core(&mut builder, &mut input, workload.is_5)).collect()
        },
        |packet, output| output.extend_from_slice(&packet.to_continuous_buffer()),
    ));
    cases
}

fn every<S, P>(
    workload: &Workload,
    mut state: S,
    read: impl Fn(&mut S, &mut BytesMut) -> Option<P>,
) -> Vec<P> {
    let mut input = BytesMut::from(&workload.bytes[..]);
    let next = || (!input.is_empty()).then(|| read(&mut state, &mut input).unwrap());
    let packets: Vec<P> = std::iter::from_fn(next).collect();
    assert_eq!(packets.len(), workload.packets);
    packets
}

/// Who writes packets by reference.
fn lent<P: 'static>(
    who: &'static str,
    workload: &Rc<Workload>,
    read: impl Fn(&Workload) -> Vec<P> + 'static,
    write: impl Fn(&P, &mut BytesMut) + Copy + 'static,
) -> Case {
    let workload = workload.clone();
    Case::new(who, move || {
        let packets = read(&workload);
        let mut output = BytesMut::with_capacity(room(&workload));
        Box::new(move || {
            output.clear();
            measure(|| {
                for packet in &packets {
                    write(packet, &mut output);
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

/// Who takes packets, and drops them: they are cloned before.
fn given<P: Clone + 'static>(
    who: &'static str,
    workload: &Rc<Workload>,
    read: impl Fn(&Workload) -> Vec<P> + 'static,
    write: impl Fn(P, &mut BytesMut) + Copy + 'static,
) -> Case {
    let workload = workload.clone();
    Case::new(who, move || {
        let packets = read(&workload);
        let mut output = BytesMut::with_capacity(room(&workload));
        Box::new(move || {
            output.clear();
            let packets = packets.clone();
            measure(|| {
                for packet in packets {
                    write(packet, &mut output);
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

/// It borrows what it read, and writes into slices.
fn mqttrs(workload: &Rc<Workload>) -> Case {
    let workload = workload.clone();
    Case::new("mqttrs", move || {
        let mut rest: &'static [u8] = workload.bytes.clone().leak();
        let mut packets = Vec::new();
        while let Some(len) = frame_len(rest) {
            packets.push(mqttrs::decode_slice(rest).unwrap().unwrap());
            rest = &rest[len..];
        }
        let mut output = vec![0; room(&workload)];
        Box::new(move || {
            measure(|| {
                let mut len = 0;
                for packet in &packets {
                    len += mqttrs::encode_slice(packet, &mut output[len..]).unwrap();
                    if len > FLUSH {
                        black_box(&output[..len]);
                        len = 0;
                    }
                }
                black_box(&output[..len]);
            })
            .1
        })
    })
}
