//! QoS 1 and 2 by rumqttc's `MqttState` and by mqtt-protocol-core's connections.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use mqtt_protocol_core::mqtt;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::GenericEvent;
use mqtt_protocol_core::mqtt::connection::role::{Client, Server};
use mqtt_protocol_core::mqtt::packet::{GenericPacket, GenericPacketTrait, Qos, v3_1_1};
use rumqttc::mqttbytes::v4::{Packet, Publish};
use rumqttc::{MqttState, QoS, Request};

use crate::case::{Case, Exchange};
use crate::meter::measure;
use crate::workloads::packets::TOPIC;

pub fn cases(exchange: Exchange, wire: bool) -> Vec<Case> {
    let mut cases = vec![Case::new("rumqttc", move || {
        Box::new(move || {
            let mut pair = States::new(exchange, wire);
            let (delivered, sample) = measure(|| pair.exchange(exchange));
            assert_eq!(delivered, exchange.messages);
            sample
        })
    })];
    if wire {
        cases.push(Case::new("mqtt-protocol-core", move || {
            Box::new(move || {
                let mut pair = Connections::new();
                let (received, sample) = measure(|| pair.exchange(exchange));
                // PUBLISH and PUBACK, or PUBLISH, PUBREC, PUBREL and PUBCOMP.
                assert_eq!(received, exchange.messages * usize::from(exchange.qos) * 2);
                sample
            })
        }));
    }
    cases
}

struct States {
    sender: MqttState,
    receiver: MqttState,
    /// The packets go through here where they go over the wire.
    wire: Option<BytesMut>,
    payload: Bytes,
}

impl States {
    fn new(exchange: Exchange, wire: bool) -> Self {
        Self {
            sender: MqttState::new(exchange.window as u16, false),
            receiver: MqttState::new(exchange.window as u16, false),
            wire: wire.then(|| BytesMut::with_capacity(1 << 16)),
            payload: Bytes::from(vec![b'x'; 16]),
        }
    }

    fn exchange(&mut self, exchange: Exchange) -> usize {
        let qos = if exchange.qos == 1 {
            QoS::AtLeastOnce
        } else {
            QoS::ExactlyOnce
        };
        let mut up = Vec::with_capacity(exchange.window);
        let mut down = Vec::with_capacity(exchange.window);
        let mut delivered = 0;
        for _ in 0..exchange.messages / exchange.window {
            for _ in 0..exchange.window {
                let publish = Publish::from_bytes(TOPIC, qos, self.payload.clone());
                let packet = self
                    .sender
                    .handle_outgoing_packet(Request::Publish(publish));
                up.push(packet.unwrap().unwrap());
                self.sender.events.clear();
            }
            while !up.is_empty() {
                for packet in up.drain(..) {
                    let packet = transport(&mut self.wire, packet);
                    down.extend(self.receiver.handle_incoming_packet(packet).unwrap());
                    black_box(&self.receiver.events);
                    self.receiver.events.clear();
                }
                for packet in down.drain(..) {
                    let packet = transport(&mut self.wire, packet);
                    match self.sender.handle_incoming_packet(packet).unwrap() {
                        Some(reply) => up.push(reply),
                        None => delivered += 1,
                    }
                    self.sender.events.clear();
                }
            }
        }
        delivered
    }
}

#[inline(always)]
fn transport(wire: &mut Option<BytesMut>, packet: Packet) -> Packet {
    let Some(bytes) = wire else { return packet };
    packet.write(bytes, 1 << 20).unwrap();
    Packet::read(bytes, 1 << 20).unwrap()
}

struct Connections {
    client: mqtt::Connection<Client>,
    server: mqtt::Connection<Server>,
    up: Vec<u8>,
    down: Vec<u8>,
}

/// Sends what is to be sent, and counts packets that came.
fn handle(events: Vec<GenericEvent<u16>>, output: &mut Vec<u8>) -> usize {
    let mut received = 0;
    for event in events {
        match event {
            GenericEvent::RequestSendPacket { packet, .. } => {
                output.extend_from_slice(&packet.to_continuous_buffer());
            }
            GenericEvent::NotifyPacketReceived(packet) => {
                black_box(&packet);
                received += 1;
            }
            GenericEvent::NotifyError(error) => panic!("{error:?}"),
            _ => {}
        }
    }
    received
}

impl Connections {
    fn new() -> Self {
        let mut pair = Self {
            client: mqtt::Connection::new(mqtt::Version::V3_1_1),
            server: mqtt::Connection::new(mqtt::Version::V3_1_1),
            up: Vec::new(),
            down: Vec::new(),
        };
        pair.client.set_auto_pub_response(true);
        pair.server.set_auto_pub_response(true);
        let connect = v3_1_1::Connect::builder()
            .client_id("c")
            .unwrap()
            .clean_session(true);
        handle(
            pair.client.send(connect.build().unwrap().into()),
            &mut pair.up,
        );
        pair.transport();
        let accepted = mqtt::result_code::ConnectReturnCode::Accepted;
        let connack = v3_1_1::Connack::builder()
            .session_present(false)
            .return_code(accepted);
        handle(
            pair.server.send(connack.build().unwrap().into()),
            &mut pair.down,
        );
        pair.transport();
        pair
    }

    /// Carries bytes up and down until there are none.
    fn transport(&mut self) -> usize {
        let mut received = 0;
        while !self.up.is_empty() || !self.down.is_empty() {
            let up = std::mem::take(&mut self.up);
            let mut input = Cursor::new(&up[..]);
            while (input.position() as usize) < up.len() {
                received += handle(self.server.recv(&mut input), &mut self.down);
            }
            self.up = up;
            self.up.clear();
            let down = std::mem::take(&mut self.down);
            let mut input = Cursor::new(&down[..]);
            while (input.position() as usize) < down.len() {
                received += handle(self.client.recv(&mut input), &mut self.up);
            }
            self.down = down;
            self.down.clear();
        }
        received
    }

    fn exchange(&mut self, exchange: Exchange) -> usize {
        let qos = if exchange.qos == 1 {
            Qos::AtLeastOnce
        } else {
            Qos::ExactlyOnce
        };
        let mut received = 0;
        for _ in 0..exchange.messages / exchange.window {
            for _ in 0..exchange.window {
                let id = self.client.acquire_packet_id().unwrap();
                let publish = v3_1_1::Publish::builder()
                    .topic_name(TOPIC)
                    .unwrap()
                    .qos(qos)
                    .packet_id(id)
                    .payload(&[b'x'; 16][..])
                    .build()
                    .unwrap();
                let packet: GenericPacket<u16> = publish.into();
                received += handle(self.client.send(packet), &mut self.up);
            }
            received += self.transport();
        }
        received
    }
}
