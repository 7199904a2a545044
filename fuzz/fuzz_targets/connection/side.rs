//! The connection, its codec and an application that keeps count.

use std::slice;
use std::time::Duration;

use puremqtt::{
    Cause, ClientConnection, ConnAckProperties, Connect, ConnectProperties, Decoder, EncodeError,
    Encoder, Event, Packet, PacketId, ProtocolError, ProtocolErrorKind, Publish, Receipt,
    ServerConnection, Session, TopicName, Version,
};

use crate::input::{Input, limits};
use crate::line::{Line, both};
use crate::memory::Memory;

pub(crate) const T: TopicName = TopicName::literal("t");
pub(crate) const METHOD: &str = "m";

pub(crate) fn publish(message: &u8) -> Publish<'_> {
    Publish::new(T, slice::from_ref(message))
}

pub(crate) struct Side {
    pub(crate) line: Option<Line>,
    pub(crate) decoder: Decoder,
    pub(crate) encoder: Encoder,
    pub(crate) version: Version,
    pub(crate) now: Duration,
    pub(crate) receipts: Vec<Receipt>,
    /// How often each message came back.
    pub(crate) back: Vec<u32>,
    pub(crate) asked: Vec<PacketId>,
    /// The error or the end of this connection.
    pub(crate) error: Option<ProtocolError>,
    pub(crate) ended: bool,
    pub(crate) memory: Memory,
}

impl Side {
    pub(crate) fn new(input: &mut Input<'_>) -> Self {
        let is_client = input.byte() & 1 == 0;
        let mut side = Self {
            line: None,
            decoder: Decoder::server(),
            encoder: Encoder::server(Version::V5),
            version: Version::V5,
            now: Duration::ZERO,
            receipts: Vec::new(),
            back: Vec::new(),
            asked: Vec::new(),
            error: None,
            ended: false,
            memory: Memory::default(),
        };
        side.opens(is_client.then(Session::new), input);
        side
    }

    /// A new connection: of a client with this session, or of a server.
    pub(crate) fn opens(&mut self, session: Option<Session<u8>>, input: &mut Input<'_>) {
        let (how, what) = (input.byte(), input.byte());
        self.version =
            [Version::V3_1, Version::V3_1_1, Version::V5, Version::V5][usize::from(how & 3)];
        (self.error, self.ended) = (None, false);
        self.asked.clear();
        let limits = limits(what);
        let properties = ConnectProperties {
            session_expiry_interval: (how & 4 != 0).then_some(u32::MAX),
            receive_maximum: Some(limits.receive_maximum),
            maximum_packet_size: limits.maximum_packet_size,
            topic_alias_maximum: Some(limits.topic_alias_maximum),
            request_problem_information: (how & 8 != 0).then_some(false),
            request_response_information: (how & 16 != 0).then_some(true),
            authentication_method: (how & 32 != 0).then_some(METHOD),
            ..ConnectProperties::default()
        };
        let mut connect = Connect {
            version: self.version,
            client_id: "a",
            clean_start: how & 64 != 0,
            keep_alive: u16::from(how >> 7) * 10,
            ..Connect::default()
        };
        if self.version == Version::V5 {
            connect.properties = (&properties).into();
        }
        let (now, version) = (self.now, self.version);
        self.line = Some(self.memory.watch(64, || match session {
            Some(session) => Line::Client(ClientConnection::new(session, &connect, now)),
            None => Line::Server(ServerConnection::new(limits, now)),
        }));
        (self.decoder, self.encoder) = match &self.line {
            Some(Line::Client(_)) => (Decoder::client(version), Encoder::client(version)),
            _ => (Decoder::server(), Encoder::server(version)),
        };
        self.configure();
    }

    pub(crate) fn configure(&mut self) {
        if let Some(line) = &mut self.line {
            both!(line, connection => connection.configure(&mut self.decoder, &mut self.encoder));
        }
    }

    pub(crate) fn says<'a>(&mut self, packet: impl Into<Packet<'a>> + Copy) {
        match self.encoder.encode(packet, &mut Vec::new()) {
            Ok(()) | Err(EncodeError::PacketTooLarge { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn comes_back(&mut self, message: u8) {
        self.back[usize::from(message)] += 1;
    }

    pub(crate) fn note_dropped(&mut self) {
        let Some(line) = &mut self.line else { return };
        while let Some((message, _)) = both!(line, connection => connection.dropped()) {
            self.back[usize::from(message)] += 1;
        }
    }

    pub(crate) fn receives(&mut self, packet: Packet<'_>, bytes: usize, input: &mut Input<'_>) {
        let Some(line) = &mut self.line else { return };
        let before = line.session().cloned();
        let (memory, now) = (&mut self.memory, self.now);
        let received = match memory.watch(bytes, || line.receive(packet, now)) {
            Ok(received) => received,
            Err(error) => {
                assert_eq!(line.session(), before.as_ref(), "an error changes nothing");
                if error.kind() != ProtocolErrorKind::Undecided {
                    assert!(self.error.is_none_or(|first| first == error));
                    self.error = Some(error);
                }
                return;
            }
        };
        assert!(self.error.is_none(), "an error stays");
        if self.ended {
            assert!(received.event.is_none() && received.reply.is_none());
        }
        self.configure();
        if let Some(reply) = received.reply {
            self.says(reply);
        }
        match received.event {
            Some(Event::Message(_, receipt)) => self.receipts.extend(receipt),
            Some(Event::Published { message, .. }) => {
                message
                    .into_iter()
                    .for_each(|message| self.comes_back(message));
            }
            Some(Event::Refused(refusal)) => {
                self.ended = true;
                let _ = refusal.to_string();
            }
            Some(Event::Disconnected(_)) => self.ended = true,
            Some(Event::Subscribed(answer) | Event::Unsubscribed(answer)) => {
                assert!(self.asked.contains(&answer.packet_id));
                self.asked.retain(|&id| id != answer.packet_id);
            }
            Some(Event::Connect(connect)) => {
                self.version = connect.version;
                if input.byte() & 7 != 0 {
                    self.accepts(input);
                }
            }
            _ => {}
        }
        self.note_dropped();
    }

    pub(crate) fn accepts(&mut self, input: &mut Input<'_>) {
        let how = input.byte();
        let Some(Line::Server(server)) = &mut self.line else {
            return;
        };
        let mut properties = ConnAckProperties {
            assigned_client_identifier: (how & 1 != 0).then_some("b"),
            server_keep_alive: (how & 2 != 0).then_some(10),
            session_expiry_interval: (how & 4 != 0).then_some(9),
            response_information: (how & 8 != 0).then_some("r"),
            ..ConnAckProperties::default()
        };
        let (memory, now) = (&mut self.memory, self.now);
        let session = Session::new();
        let connack = memory.watch(0, || {
            server.accept(session, how & 16 != 0, &mut properties, now)
        });
        if let Ok(connack) = connack {
            let mut encoder = Encoder::server(self.version);
            let written = encoder.encode(connack, &mut Vec::new());
            assert!(written.is_ok(), "{written:?}");
        }
        self.configure();
    }

    /// Closes, restarts perhaps, and connects once more.
    pub(crate) fn comes_again(&mut self, input: &mut Input<'_>) {
        let (how, reason) = (input.byte(), input.reason());
        let Some(line) = self.line.take() else { return };
        let cause = match (how & 3, self.error) {
            (0, Some(error)) => Cause::Protocol(error),
            (1, _) => Cause::Reason(reason),
            _ => Cause::Lost,
        };
        let (memory, mut farewell) = (&mut self.memory, None);
        let is_client = matches!(line, Line::Client(_));
        let session = match line {
            Line::Client(client) => {
                let closed = memory.watch(64, || client.close(cause));
                let asked: Vec<_> = closed.unanswered.iter().map(|&(id, _)| id).collect();
                assert_eq!(asked, self.asked);
                farewell = closed.farewell;
                memory.watch(0, || drop(closed.unanswered));
                Some(closed.session)
            }
            Line::Server(server) => {
                let closed = memory.watch(64, || server.close(cause));
                farewell = farewell.or(closed.farewell);
                memory.watch(0, || drop(closed.will));
                closed.session
            }
        };
        if let Some(farewell) = farewell {
            match farewell.encode(&mut Vec::new()) {
                Ok(()) | Err(EncodeError::PacketTooLarge { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let session = session.map(|session| self.keeps(session, how & 8 != 0));
        match session {
            Some(session) if is_client => self.opens(Some(session), input),
            session => {
                // A server may have lost the session.
                if let Some(session) = session {
                    for message in in_session(&session) {
                        self.comes_back(message);
                    }
                    self.memory.watch(0, || drop(session));
                }
                self.opens(is_client.then(Session::new), input);
            }
        }
    }

    /// What the session is after `restart`, and in any case could be.
    pub(crate) fn keeps(&mut self, mut session: Session<u8>, restart: bool) -> Session<u8> {
        let now = self.now;
        self.memory.watch(0, || session.expire(now));
        while let Some((message, _)) = session.dropped() {
            self.comes_back(message);
        }
        let mut saved = Vec::new();
        session.save(now, publish, &mut saved).unwrap();
        let build = |publish: &Publish<'_>| (publish.payload[0], 1);
        let restore = || {
            Session::new()
                .restored(&saved, now, Duration::ZERO, build)
                .unwrap()
        };
        if !restart {
            let mut again = Vec::new();
            restore().save(now, publish, &mut again).unwrap();
            assert_eq!(saved, again);
            return session;
        }
        self.memory.watch(0, || drop(session));
        self.memory.watch(2 * saved.len(), restore)
    }

    pub(crate) fn check(&self) {
        let mut back = self.back.clone();
        if let Some(session) = self.line.as_ref().and_then(Line::session) {
            for message in in_session(session) {
                back[usize::from(message)] += 1;
            }
        }
        assert!(back.iter().all(|&places| places == 1), "{back:?}");
    }
}

pub(crate) fn in_session(session: &Session<u8>) -> Vec<u8> {
    let in_flight = session.entries().filter_map(|entry| entry.message);
    session
        .pending_messages()
        .chain(in_flight)
        .copied()
        .collect()
}
