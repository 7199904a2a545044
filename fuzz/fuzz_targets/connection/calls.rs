//! What the application asks for, and what goes out.

use puremqtt::{
    AuthProperties, ConnAckProperties, Disconnect, DisconnectProperties, EncodeError, Encoder,
    Outgoing, Packet, Publish, QoS, ReasonCode, Session, SubAck, Subscription, Terms, TopicFilter,
    Version,
};
use std::time::Duration;

use crate::input::Input;
use crate::line::{Line, both};
use crate::side::{Side, publish};

pub(crate) const FILTERS: [TopicFilter; 3] = [
    TopicFilter::literal("a"),
    TopicFilter::literal("a/+"),
    TopicFilter::literal("$share/g/a"),
];

impl Side {
    pub(crate) fn publishes(&mut self, input: &mut Input<'_>) {
        let Ok(message) = u8::try_from(self.back.len()) else {
            return;
        };
        let Some(line) = &mut self.line else { return };
        let terms = Terms {
            qos: input.qos(),
            expires: Some(input.time(self.now)).filter(|time| *time != Duration::ZERO),
            size: 1,
        };
        let (memory, now) = (&mut self.memory, self.now);
        let taken = memory.watch(
            0,
            || both!(line, connection => connection.publish(message, terms, now)),
        );
        assert!(taken.is_err() || !self.ended && self.error.is_none());
        self.back.push(u32::from(taken.is_err()));
        self.note_dropped();
    }

    pub(crate) fn transmits(&mut self, how: u8) {
        let Some(line) = &mut self.line else { return };
        let quota = line.session().map_or(0, Session::send_quota);
        let was_open = line.is_open();
        let (memory, now) = (&mut self.memory, self.now);
        let Some(next) = memory.watch(0, || line.transmit(now)) else {
            self.note_dropped();
            return;
        };
        assert!(was_open && self.error.is_none() && !self.ended);
        let packet = match next.outgoing() {
            Outgoing::Reply(reply) => reply.packet(),
            Outgoing::Message {
                delivery, message, ..
            } => {
                assert!(quota > 0 || delivery.qos() == QoS::AtMostOnce);
                Packet::Publish(Publish {
                    delivery,
                    ..publish(message)
                })
            }
        };
        let written = self.encoder.encode(packet, &mut Vec::new());
        assert!(matches!(
            written,
            Ok(()) | Err(EncodeError::PacketTooLarge { .. })
        ));
        let message = match how % 4 {
            0 => None,
            1 => memory.watch(0, || next.discard()),
            _ => memory.watch(0, || next.sent()),
        };
        message
            .into_iter()
            .for_each(|message| self.comes_back(message));
        self.note_dropped();
    }

    pub(crate) fn redeems(&mut self, at: u8, refusal: Option<ReasonCode>) {
        if self.receipts.is_empty() {
            return;
        }
        let receipt = self.receipts.remove(usize::from(at) % self.receipts.len());
        let Some(line) = &mut self.line else { return };
        let is_open = line
            .session()
            .is_some_and(|session| session.is_open(&receipt));
        let redeemed = match refusal {
            Some(reason) => both!(line, connection => connection.refuse(receipt, reason)),
            None => both!(line, connection => connection.acknowledge(receipt)),
        };
        assert_eq!(redeemed, is_open);
    }

    /// SUBSCRIBE and UNSUBSCRIBE of a client, and the answers of a server.
    pub(crate) fn requests(&mut self, input: &mut Input<'_>) {
        let (how, now) = (input.byte(), self.now);
        let filters = &FILTERS[..usize::from(how % 4).min(3)];
        let memory = &mut self.memory;
        match &mut self.line {
            Some(Line::Client(client)) if filters.is_empty() => {
                let id = input.id();
                let known = self.asked.contains(&id);
                assert_eq!(client.release(id), known);
                self.asked.retain(|&asked| asked != id);
            }
            Some(Line::Client(client)) if how & 4 == 0 => {
                let wanted: Vec<_> = filters
                    .iter()
                    .map(|&filter| Subscription::new(filter, QoS::AtLeastOnce))
                    .collect();
                if let Ok(subscribe) = memory.watch(64, || client.subscribe(&wanted[..], now)) {
                    self.asked.push(subscribe.packet_id);
                    self.says(subscribe);
                }
            }
            Some(Line::Client(client)) => {
                if let Ok(unsubscribe) = memory.watch(64, || client.unsubscribe(filters, now)) {
                    self.asked.push(unsubscribe.packet_id);
                    self.says(unsubscribe);
                }
            }
            Some(Line::Server(server)) => {
                let codes = [ReasonCode::SUCCESS; 3];
                let answer = SubAck::new(input.id(), (&codes[..filters.len()]).into());
                let packet = if how & 4 == 0 {
                    server.suback(answer)
                } else {
                    server.unsuback(answer)
                };
                if let Ok(packet) = packet {
                    self.says(packet);
                }
            }
            None => {}
        }
    }

    pub(crate) fn authenticates(&mut self, input: &mut Input<'_>) {
        let (how, now) = (input.byte(), self.now);
        let mut properties = AuthProperties::default();
        let auth = match &mut self.line {
            Some(Line::Client(client)) => match how & 1 {
                0 => client.authenticate(&mut properties, now),
                _ => client.reauthenticate(&mut properties, now),
            },
            Some(Line::Server(server)) => match how & 1 {
                0 => server.challenge(&mut properties, now),
                _ => server.authenticated(&mut properties),
            },
            None => return,
        };
        if let Ok(auth) = auth {
            let written = Encoder::new(Version::V5).encode(auth, &mut Vec::new());
            assert!(written.is_ok(), "{written:?}");
        }
    }

    /// Ends the connection from this side.
    pub(crate) fn leaves(&mut self, input: &mut Input<'_>) {
        let (how, reason) = (input.byte(), input.reason());
        let properties = DisconnectProperties {
            session_expiry_interval: (how & 1 != 0).then(|| u32::from(how)),
            ..DisconnectProperties::default()
        };
        let mut disconnect = Disconnect::new(reason);
        disconnect.properties = (&properties).into();
        let encoder = &mut self.encoder;
        match &mut self.line {
            Some(Line::Client(client)) => {
                if let Ok(packet) = client.disconnect(disconnect) {
                    self.ended = true;
                    let _ = encoder.encode(packet, &mut Vec::new());
                }
            }
            Some(Line::Server(server)) if how & 2 == 0 => {
                if let Ok(packet) = server.disconnect(disconnect) {
                    self.ended = true;
                    let _ = encoder.encode(packet, &mut Vec::new());
                }
            }
            Some(Line::Server(server)) => {
                let mut properties = ConnAckProperties {
                    response_information: Some("r"),
                    ..ConnAckProperties::default()
                };
                if let Ok(connack) = server.reject(reason, &mut properties) {
                    self.ended = true;
                    connack.into_iter().for_each(|connack| {
                        let written =
                            Encoder::server(self.version).encode(connack, &mut Vec::new());
                        assert!(written.is_ok(), "{written:?}");
                    });
                }
            }
            None => {}
        }
    }

    pub(crate) fn polls(&mut self) {
        let Some(line) = &mut self.line else { return };
        let deadline = line.deadline();
        let is_early = deadline.is_none_or(|deadline| self.now < deadline);
        match line.poll(self.now) {
            Ok(None) => {}
            Ok(Some(ping)) => {
                assert!(!is_early);
                self.says(ping);
            }
            Err(error) => {
                assert!(!is_early || self.error == Some(error));
                self.error = Some(error);
            }
        }
    }
}
