//! What it means that a vector holds: it is read, or refused, as it says, by
//! each decoder that would see it, and written again as it says.

use std::time::Duration;

use puremqtt::{
    DecodeError, Decoder, Encoder, Limits, Packet, Publish, Role, ServerConnection, TopicName,
    Version,
};

use super::meaning::meaning;
use super::of_the_same_packet;
use super::row::{Statements, Vector, Verdict, to_hex};
use crate::check::{packet, server_after_connect};

/// A decoder that would see the packet.
struct Receiver {
    decoder: Decoder,
    knows_sender: bool,
    knows_version: bool,
}

impl Vector {
    /// Whole and cut at every byte.
    pub(crate) fn holds(&self) {
        match self.verdict {
            Verdict::Accept => self.is_accepted(),
            Verdict::Reject => self.is_refused(),
            Verdict::Incomplete => self.is_incomplete(),
        }
    }

    fn is_accepted(&self) {
        let name = &self.name;
        let mut observer = self.observer();
        let packet = self.whole(observer.decode(&self.bytes));
        let said = meaning(&packet, self.version);
        assert_eq!(Some(&said), self.meaning.as_ref(), "{name}");
        self.is_written_as_told(packet);
        for Receiver { mut decoder, .. } in self.receivers() {
            for end in 0..self.bytes.len() {
                let part = decoder.decode(&self.bytes[..end]);
                assert_eq!(part, Ok(None), "{name} up to {end}");
            }
            let read = self.whole(decoder.decode(&self.bytes));
            assert_eq!(read, self.resolved(packet), "{name}");
        }
    }

    /// With the topic that its alias stands for, which then is no one else's affair.
    fn resolved<'a>(&'a self, packet: Packet<'a>) -> Packet<'a> {
        let Packet::Publish(publish) = packet else {
            return packet;
        };
        let is_meant = |(alias, _): &&(u16, String)| {
            publish
                .topic_alias
                .is_some_and(|meant| meant.get() == *alias)
        };
        let given = self.given.topic_aliases.iter().find(is_meant);
        let topic = match given {
            Some((_, topic)) if publish.topic.is_empty() => TopicName::new(topic).unwrap(),
            _ => publish.topic,
        };
        Packet::Publish(Publish {
            topic,
            topic_alias: None,
            ..publish
        })
    }

    /// The one packet that these bytes are.
    fn whole<'a>(&self, decoded: Result<Option<(Packet<'a>, usize)>, DecodeError>) -> Packet<'a> {
        match decoded {
            Ok(Some((packet, used))) => {
                assert_eq!(used, self.bytes.len(), "{}: {packet:?}", self.name);
                packet
            }
            other => panic!("{}: {other:?}", self.name),
        }
    }

    fn is_written_as_told(&self, packet: Packet<'_>) {
        let name = &self.name;
        let aliases = |encoder: Encoder| encoder.with_topic_alias_maximum(u16::MAX);
        let mut writers = vec![aliases(Encoder::new(self.version))];
        if self.sender != Some(Role::Server) {
            writers.push(aliases(Encoder::client(self.version)));
        }
        if self.sender != Some(Role::Client) {
            writers.push(aliases(Encoder::server(self.version)));
        }
        for mut writer in writers {
            let mut output = Vec::new();
            let written = writer.encode(packet, &mut output);
            match &self.canonical {
                Some(canonical) => {
                    assert_eq!(written, Ok(()), "{name}");
                    assert_eq!(to_hex(&output), to_hex(canonical), "{name}");
                    assert_eq!(writer.encoded_len(packet), Ok(output.len()), "{name}");
                    let mut again = self.observer();
                    let read = again.decode(&output);
                    assert_eq!(read, Ok(Some((packet, output.len()))), "{name}");
                }
                None => {
                    assert!(written.is_err(), "{name} is written as {output:02x?}");
                    assert!(
                        output.is_empty(),
                        "{name}: nothing is written with an error"
                    );
                }
            }
        }
        self.is_not_written_by_the_other(packet);
    }

    /// Where the other role is refused with these bytes, its encoder does not write them.
    fn is_not_written_by_the_other(&self, packet: Packet<'_>) {
        let mut encoder = match self.sender {
            Some(Role::Client) => Encoder::server(self.version),
            Some(Role::Server) => Encoder::client(self.version),
            None => return,
        };
        if self.is_from_the_other(Verdict::Reject) {
            let written = encoder.encode(packet, &mut Vec::new());
            assert!(written.is_err(), "{}", self.name);
        }
    }

    fn is_refused(&self) {
        let name = &self.name;
        for mut receiver in self.receivers() {
            for end in 0..self.bytes.len() {
                // The first bytes may be enough to know.
                let mut gradual = receiver.decoder.clone();
                let part = gradual.decode(&self.bytes[..end]);
                assert!(matches!(part, Ok(None) | Err(_)), "{name} up to {end}");
            }
            let error = match receiver.decoder.decode(&self.bytes) {
                Err(error) => error,
                Ok(other) => panic!("{name} is taken for {other:?}"),
            };
            self.is_the_fault(&error, &receiver);
            let next = receiver.decoder.decode(&[0xc0, 0x00]);
            assert_eq!(
                next,
                Err(error),
                "{name}: a decoder that failed stays failed"
            );
        }
        if self.is_connect() {
            self.is_answered();
        }
    }

    /// Reason, statement and place are those of the row.
    fn is_the_fault(&self, error: &DecodeError, receiver: &Receiver) {
        let name = &self.name;
        let is_early = error.version().is_none() && !receiver.knows_version;
        assert!(is_early || error.version() == Some(self.version), "{name}");
        if self.version == Version::V5 {
            let reason = format!("{:#04x}", error.reason().as_u8());
            assert!(
                self.reasons().any(|told| *told == reason),
                "{name}: {error}"
            );
        }
        let told = error.statement().and_then(|told| told.split_once('/'));
        match &self.statements {
            Statements::NotTold => {}
            // Some numbers bind one role.
            _ if !receiver.knows_sender && self.sender.is_some() && self.is_of_both_roles() => {}
            // Where no version is known, the error has the number of 5.
            _ if is_early && !self.given.first_packet && self.version != Version::V5 => {}
            Statements::Unnumbered => assert_eq!(told, None, "{name}: {error}"),
            Statements::Numbers(numbers) => {
                let (version, number) = told.unwrap_or_else(|| panic!("{name}: {error}"));
                assert!(is_early || version == self.version_name(), "{name}");
                assert_eq!(number, numbers[0], "{name}: {error}");
            }
        }
        if let Some(offset) = self.offset {
            assert_eq!(error.offset(), offset, "{name}: {error}");
        }
    }

    /// What a server says to a client that begins so.
    fn is_answered(&self) {
        let mut server = Decoder::server();
        let Err(error) = server.decode(&self.bytes) else {
            panic!("{} opens a connection", self.name);
        };
        let connection: ServerConnection = ServerConnection::new(Limits::default(), Duration::ZERO);
        let farewell = connection.close(error).farewell;
        let mut answer = Vec::new();
        if let Some(farewell) = farewell {
            assert!(farewell.encode(&mut answer).is_ok());
        }
        let code = format!("{:#04x}", answer.get(3).copied().unwrap_or_default());
        match (self.version, self.reason.as_deref()) {
            // Which version the client would understand is not known.
            (Version::V5, _) if error.version().is_none() => {}
            (Version::V5, _) => assert!(self.reasons().any(|told| *told == code), "{}", self.name),
            (_, Some("close")) => assert!(answer.is_empty(), "{}: {answer:02x?}", self.name),
            (_, told) => assert_eq!((told, answer.len()), (Some(&*code), 4), "{}", self.name),
        }
    }

    fn is_incomplete(&self) {
        for Receiver { mut decoder, .. } in self.receivers() {
            for end in 0..=self.bytes.len() {
                let part = decoder.decode(&self.bytes[..end]);
                assert_eq!(part, Ok(None), "{} up to {end}", self.name);
                assert!(decoder.needed(&self.bytes[..end]) > 0, "{}", self.name);
            }
        }
    }

    fn receivers(&self) -> Vec<Receiver> {
        let receiver = |decoder, knows_sender, knows_version| Receiver {
            decoder: self.told(decoder),
            knows_sender,
            knows_version,
        };
        if self.given.first_packet {
            return vec![receiver(Decoder::server(), true, false)];
        }
        let mut receivers = Vec::new();
        if self.is_connect() {
            receivers.push(receiver(Decoder::server(), true, false));
        }
        if self.sender != Some(Role::Server) {
            receivers.push(receiver(server_after_connect(self.version), true, true));
        }
        if self.sender != Some(Role::Client) {
            receivers.push(receiver(Decoder::client(self.version), true, true));
        }
        // Where the sender decides, who does not know it takes what either may send.
        let the_sender_decides =
            self.verdict == Verdict::Reject && self.is_from_the_other(Verdict::Accept);
        if !the_sender_decides {
            receivers.push(receiver(Decoder::new(self.version), false, true));
        }
        receivers
    }

    /// From a client.
    fn is_connect(&self) -> bool {
        self.bytes[0] >> 4 == 1 && self.sender == Some(Role::Client)
    }

    /// Whether the packet has this verdict when the other role sends it.
    fn is_from_the_other(&self, verdict: Verdict) -> bool {
        of_the_same_packet(self.version, &self.bytes).any(|row| {
            row.sender.is_some()
                && row.sender != self.sender
                && row.verdict == verdict
                && row.given == self.given
        })
    }

    /// PUBLISH to PUBCOMP, DISCONNECT and AUTH.
    fn is_of_both_roles(&self) -> bool {
        matches!(self.bytes[0] >> 4, 3..=7 | 14 | 15)
    }

    /// With what the row gives.
    fn told(&self, decoder: Decoder) -> Decoder {
        let mut decoder = decoder;
        if let Some(maximum) = self.given.topic_alias_maximum {
            decoder.set_topic_alias_maximum(maximum);
        }
        for (alias, topic) in &self.given.topic_aliases {
            let (length, alias) = ((topic.len() as u16).to_be_bytes(), alias.to_be_bytes());
            let body = [&length[..], topic.as_bytes(), &[3, 0x23], &alias].concat();
            let publish = packet(0x30, &body);
            assert!(matches!(decoder.decode(&publish), Ok(Some(_))));
        }
        if let Some(maximum) = self.given.maximum_packet_size {
            decoder.set_max_packet_size(maximum);
        }
        decoder
    }

    /// Leaves Topic Aliases as they came.
    fn observer(&self) -> Decoder {
        let mut observer = Decoder::observer();
        observer.set_version(self.version);
        observer
    }
}
