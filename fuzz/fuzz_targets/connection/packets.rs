//! What the peer sends.

use puremqtt::{
    Ack, Auth, AuthProperties, ConnAck, ConnAckProperties, Connect, Decoder, Delivery, Disconnect,
    Encoder, Packet, Publish, QoS, ReasonCode, SubAck, Subscribe, Subscription, Unsubscribe,
    Version, Will,
};

use crate::calls::FILTERS;
use crate::input::{Input, limits};
use crate::line::{Line, both};
use crate::side::{METHOD, Side, T, publish};

impl Side {
    /// A packet whose few bytes decide what it is.
    pub(crate) fn receives_small(&mut self, input: &mut Input<'_>) {
        let (how, id) = (input.byte(), input.id());
        let mut ack = Ack::new(id);
        if how & 0x80 != 0 && self.version == Version::V5 {
            ack.reason = input.reason();
        }
        let qos = input.qos();
        let delivery = match qos {
            QoS::AtMostOnce => Delivery::AtMostOnce,
            QoS::AtLeastOnce => Delivery::AtLeastOnce {
                packet_id: id,
                dup: how & 0x40 != 0,
            },
            QoS::ExactlyOnce => Delivery::ExactlyOnce {
                packet_id: id,
                dup: how & 0x40 != 0,
            },
        };
        let codes = [ReasonCode::SUCCESS; 3];
        let codes = &codes[..usize::from(input.byte() % 4).min(3)];
        let answer = SubAck::new(id, codes.into());
        let filters = &FILTERS[..1 + usize::from(how >> 6 & 1)];
        let wanted: Vec<_> = filters.iter().map(|&f| Subscription::new(f, qos)).collect();
        let mut connack = ConnAck {
            session_present: how & 0x40 != 0,
            ..ConnAck::default()
        };
        connack.reason = ack.reason;
        let properties = ConnAckProperties {
            receive_maximum: Some(limits(how).receive_maximum),
            maximum_qos: Some(QoS::AtLeastOnce).filter(|_| how & 0x20 != 0),
            server_keep_alive: (how & 0x10 != 0).then_some(3),
            authentication_method: (how & 0x80 != 0).then_some(METHOD),
            ..ConnAckProperties::default()
        };
        if self.version == Version::V5 && qos == QoS::AtMostOnce {
            connack.properties = (&properties).into();
        }
        let auth_properties = AuthProperties {
            authentication_method: Some(METHOD),
            ..AuthProperties::default()
        };
        let packet = match how % 16 {
            0 | 1 => Packet::Publish(Publish {
                delivery,
                ..publish(&how)
            }),
            2 => Packet::PubAck(ack),
            3 => Packet::PubRec(ack),
            4 => Packet::PubRel(ack),
            5 => Packet::PubComp(ack),
            6 => Packet::SubAck(answer),
            7 => Packet::UnsubAck(answer),
            8 => Packet::Subscribe(Subscribe::new(id, (&wanted[..]).into())),
            9 => Packet::Unsubscribe(Unsubscribe::new(id, filters.into())),
            10 | 11 => Packet::ConnAck(connack),
            12 => Packet::Connect(Connect {
                version: self.version,
                client_id: "a",
                clean_start: how & 0x40 != 0,
                keep_alive: u16::from(how >> 4),
                will: (how & 0x20 != 0).then(|| Will {
                    qos,
                    ..Will::new(T, b"w")
                }),
                ..Connect::default()
            }),
            13 => Packet::Auth(Auth::new(ack.reason, &auth_properties)),
            14 if how & 0x40 == 0 => Packet::PingReq,
            14 => Packet::PingResp,
            _ => Packet::Disconnect(Disconnect::new(ack.reason)),
        };
        // As a decoder yields it, which checks what is in it.
        let mut bytes = Vec::new();
        if Encoder::new(self.version)
            .encode(packet, &mut bytes)
            .is_err()
        {
            return;
        }
        let mut decoder = Decoder::new(self.version);
        if let Ok(Some((packet, used))) = decoder.decode(&bytes) {
            self.receives(packet, used, input);
        }
    }

    /// Packets as bytes, to the decoder of the connection or another one.
    pub(crate) fn receives_bytes(&mut self, input: &mut Input<'_>) {
        let how = input.byte();
        let all = input.0;
        let mut decoder = match how % 3 {
            0 => Decoder::new(self.version),
            1 => Decoder::observer(),
            _ => self.decoder.clone(),
        };
        match decoder.decode(all) {
            Ok(Some((packet, used))) => {
                input.0 = &all[used..];
                self.receives(packet, used, &mut Input(&all[used..]));
            }
            Ok(None) => {}
            Err(error) => {
                let Some(line) = self.line.clone() else {
                    return;
                };
                let farewell = both!(line, connection => connection.close(error).farewell);
                if let Some(farewell) = farewell {
                    let _ = farewell.encode(&mut Vec::new());
                }
            }
        }
    }
}
