//! How each of them reads a packet and writes one.

use bytes::BytesMut;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{PacketBuildResult, PacketBuilder, PacketData};
use mqtt_protocol_core::mqtt::packet::{GenericPacket, v3_1_1, v5_0};
use rumqttd::protocol::Protocol;
use tokio_util::codec::Decoder;

/// Packets up to this size are let in.
pub const LIMIT: usize = 64 << 20;

/// Some do not say how long a packet was: its fixed header does.
pub fn frame_len(input: &[u8]) -> Option<usize> {
    let (mut len, mut shift) = (0, 0);
    for (at, &byte) in input.iter().enumerate().skip(1) {
        len |= usize::from(byte & 127) << shift;
        shift += 7;
        if byte < 128 {
            return Some(at + 1 + len).filter(|len| *len <= input.len());
        }
    }
    None
}

pub mod rumqttc3 {
    use super::{BytesMut, LIMIT};
    pub use rumqttc::mqttbytes::v4::Packet;

    pub fn read(input: &mut BytesMut) -> Option<Packet> {
        Packet::read(input, LIMIT).ok()
    }

    pub fn write(packet: &Packet, output: &mut BytesMut) {
        packet.write(output, LIMIT).unwrap();
    }
}

pub mod rumqttc5 {
    use super::{BytesMut, LIMIT};
    pub use rumqttc::v5::mqttbytes::v5::Packet;

    pub fn read(input: &mut BytesMut) -> Option<Packet> {
        Packet::read(input, Some(LIMIT as u32)).ok()
    }

    pub fn write(packet: &Packet, output: &mut BytesMut) {
        packet.write(output, None).unwrap();
    }
}

pub mod mqttbytes3 {
    use super::{BytesMut, LIMIT};
    use mqttbytes::v4;
    pub use mqttbytes::v4::Packet;

    pub fn read(input: &mut BytesMut) -> Option<Packet> {
        v4::read(input, LIMIT).ok()
    }

    pub fn write(packet: &Packet, output: &mut BytesMut) {
        let written = match packet {
            Packet::Publish(packet) => packet.write(output),
            Packet::PubAck(packet) => packet.write(output),
            Packet::PubRec(packet) => packet.write(output),
            Packet::PubRel(packet) => packet.write(output),
            Packet::PubComp(packet) => packet.write(output),
            Packet::Connect(packet) => packet.write(output),
            Packet::Subscribe(packet) => packet.write(output),
            Packet::PingReq => v4::PingReq.write(output),
            Packet::Disconnect => v4::Disconnect.write(output),
            _ => panic!("no workload has it"),
        };
        written.unwrap();
    }
}

pub mod mqttbytes5 {
    use super::{BytesMut, LIMIT};
    use mqttbytes::v5;
    pub use mqttbytes::v5::Packet;

    pub fn read(input: &mut BytesMut) -> Option<Packet> {
        v5::read(input, LIMIT).ok()
    }

    pub fn write(packet: &Packet, output: &mut BytesMut) {
        let written = match packet {
            Packet::Publish(packet) => packet.write(output),
            Packet::Connect(packet) => packet.write(output),
            _ => panic!("no workload has it"),
        };
        written.unwrap();
    }
}

pub fn rumqttd3(input: &mut BytesMut) -> Option<rumqttd::protocol::Packet> {
    rumqttd::protocol::v4::V4.read_mut(input, LIMIT).ok()
}

pub fn rumqttd5(input: &mut BytesMut) -> Option<rumqttd::protocol::Packet> {
    rumqttd::protocol::v5::V5.read_mut(input, LIMIT).ok()
}

pub fn rmqtt3(
    codec: &mut rmqtt_codec::v3::Codec,
    input: &mut BytesMut,
) -> Option<rmqtt_codec::v3::Packet> {
    codec.decode(input).unwrap().map(|decoded| decoded.0)
}

pub fn rmqtt5(
    codec: &mut rmqtt_codec::v5::Codec,
    input: &mut BytesMut,
) -> Option<rmqtt_codec::v5::Packet> {
    codec.decode(input).unwrap().map(|decoded| decoded.0)
}

/// Of mqtt-protocol-core, which gathers pieces by itself.
pub fn core(
    builder: &mut PacketBuilder,
    input: &mut Cursor<&[u8]>,
    is_5: bool,
) -> Option<GenericPacket<u16>> {
    let raw = match builder.feed(input) {
        PacketBuildResult::Complete(raw) => raw,
        PacketBuildResult::Incomplete => return None,
        PacketBuildResult::Error(error) => panic!("{error:?}"),
    };
    let flags = raw.flags();
    if let PacketData::Publish(body) = &raw.data {
        let body = body.clone();
        return Some(if is_5 {
            v5_0::Publish::parse(flags, body).unwrap().0.into()
        } else {
            v3_1_1::Publish::parse(flags, body).unwrap().0.into()
        });
    }
    Some(match (raw.packet_type(), is_5) {
        (1, true) => raw.parse_exact(v5_0::Connect::parse).unwrap().into(),
        (1, false) => raw.parse_exact(v3_1_1::Connect::parse).unwrap().into(),
        (4, _) => raw.parse_exact(v3_1_1::Puback::parse).unwrap().into(),
        (5, _) => raw.parse_exact(v3_1_1::Pubrec::parse).unwrap().into(),
        (6, _) => raw.parse_exact(v3_1_1::Pubrel::parse).unwrap().into(),
        (7, _) => raw.parse_exact(v3_1_1::Pubcomp::parse).unwrap().into(),
        (8, _) => raw.parse_exact(v3_1_1::Subscribe::parse).unwrap().into(),
        (12, _) => raw.parse_exact(v3_1_1::Pingreq::parse).unwrap().into(),
        (14, _) => raw.parse_exact(v3_1_1::Disconnect::parse).unwrap().into(),
        _ => panic!("no workload has it"),
    })
}
