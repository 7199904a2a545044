//! One side: a connection or the session between two of them, its codec, and
//! an application that notes what it hears of.

use std::time::Duration;

use puremqtt::{
    Cause, ConnAckProperties, Connect, Decoder, EncodeError, Encoder, Event, Limits, PacketId,
    ReasonCode, Receipt, Resumption, Role, ServerConnection, Session, SubAck, Version,
};

use crate::ledger::{Draft, Fate, Ledger, restored};
use crate::line::{Closed, Line};

/// When an application redeems its receipts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Habit {
    AtOnce,
    /// When nothing else happens any more, the last first.
    LastFirst,
    /// On the next connection, if there is one; those of QoS 1 are stale then.
    OnTheNextConnection,
    /// When the test says so.
    WhenTold,
}

/// How a connection ended, and what it left to say.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) cause: Cause,
    pub(crate) closed: Closed,
}

pub(crate) struct Side {
    role: Role,
    pub(crate) limits: Limits,
    pub(crate) habit: Habit,
    /// Whether a server answers SUBSCRIBE and UNSUBSCRIBE.
    pub(crate) answers_requests: bool,
    pub(crate) line: Option<Line>,
    /// The session, while there is no connection.
    pub(crate) kept: Option<Session>,
    version: Version,
    decoder: Decoder,
    pub(crate) encoder: Encoder,
    input: Vec<u8>,
    /// Written, and not on the network yet.
    pub(crate) output: Vec<u8>,
    pub(crate) sent: Ledger,
    /// With the connection that they came by.
    pub(crate) receipts: Vec<(Receipt, usize, usize)>,
    connections: usize,
    /// Requests that await an answer.
    pub(crate) asked: Vec<PacketId>,
    pub(crate) resumptions: Vec<Resumption>,
    pub(crate) ends: Vec<End>,
}

/// What a server's application does upon an event.
enum Call {
    Accept { clean_start: bool },
    SubAck(PacketId, usize),
    UnsubAck(PacketId, usize),
}

impl Side {
    pub(crate) fn new(role: Role) -> Self {
        Self {
            role,
            limits: Limits::default(),
            habit: Habit::AtOnce,
            answers_requests: true,
            line: None,
            kept: Some(Session::new()),
            version: Version::V5,
            decoder: Decoder::server(),
            encoder: Encoder::server(Version::V5),
            input: Vec::new(),
            output: Vec::new(),
            sent: Ledger::default(),
            receipts: Vec::new(),
            connections: 0,
            asked: Vec::new(),
            resumptions: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// A client says CONNECT.
    pub(crate) fn calls(&mut self, connect: &Connect<'_>, now: Duration) {
        self.starts(connect.version);
        let session = self.kept.take().unwrap();
        let connection = puremqtt::ClientConnection::new(session, connect, now);
        self.decoder = Decoder::client(connect.version);
        self.encoder = Encoder::client(connect.version).with_automatic_aliases(4_096);
        let mut line = Line::Client(Box::new(connection));
        line.configure(&mut self.decoder, &mut self.encoder);
        self.encoder.encode(*connect, &mut self.output).unwrap();
        self.line = Some(line);
    }

    /// A server has a new network connection.
    pub(crate) fn listens(&mut self, version: Version, now: Duration) {
        self.starts(version);
        let connection = ServerConnection::new(self.limits, now);
        self.decoder = Decoder::server();
        self.encoder = Encoder::server(version).with_automatic_aliases(4_096);
        self.line = Some(Line::Server(Box::new(connection)));
    }

    fn starts(&mut self, version: Version) {
        assert!(self.line.is_none());
        self.version = version;
        self.input.clear();
        self.output.clear();
        self.connections += 1;
    }

    pub(crate) fn session(&self) -> Option<&Session> {
        let line = self.line.as_ref().and_then(Line::session);
        line.or(self.kept.as_ref())
    }

    pub(crate) fn is_open(&self) -> bool {
        self.line.as_ref().is_some_and(Line::is_open)
    }

    pub(crate) fn publish(&mut self, draft: Draft, now: Duration) {
        let message = self.sent.write(draft);
        let terms = message.terms(draft.qos, now);
        let handed_back = match (&mut self.line, &mut self.kept) {
            (_, Some(session)) => session.publish(message, terms, now),
            (Some(line), None) => line.publish(message, terms, now),
            // A server keeps nothing for a client without a session.
            (None, None) => Err(message),
        };
        if let Err(message) = handed_back {
            self.sent.comes_back(&message, Fate::HandedBack);
        }
        self.note_dropped();
    }

    /// Writes at most so many packets of those that are due; `false`: none was.
    pub(crate) fn transmits(&mut self, most: usize, now: Duration) -> bool {
        let before = self.output.len();
        let Some(line) = &mut self.line else {
            return false;
        };
        let mut moved = false;
        for _ in 0..most {
            let Some(next) = line.transmit(now) else {
                break;
            };
            moved = true;
            let packet = next.packet().for_version(self.version);
            match self.encoder.encode(packet, &mut self.output) {
                Ok(()) => {
                    if let Some(message) = next.sent() {
                        self.sent.comes_back(&message, Fate::Sent);
                    }
                }
                Err(EncodeError::PacketTooLarge { .. } | EncodeError::RetainNotSupported) => {
                    let message = next.discard().unwrap();
                    self.sent.comes_back(&message, Fate::Discarded);
                }
                Err(other) => panic!("{other}"),
            }
        }
        self.note_dropped();
        moved || self.output.len() > before
    }

    fn note_dropped(&mut self) {
        let Self {
            line, kept, sent, ..
        } = self;
        let mut dropped = || match (&mut *line, &mut *kept) {
            (Some(line), _) => line.dropped(),
            (None, Some(session)) => session.dropped(),
            (None, None) => None,
        };
        while let Some((message, why)) = dropped() {
            sent.comes_back(&message, Fate::Dropped(why));
        }
    }

    /// Takes bytes of the other side, whose messages are in `theirs`.
    pub(crate) fn reads(&mut self, bytes: &[u8], theirs: &mut Ledger, now: Duration) {
        self.input.extend_from_slice(bytes);
        let input = std::mem::take(&mut self.input);
        let mut at = 0;
        loop {
            if self.line.as_ref().is_none_or(Line::is_undecided) {
                break;
            }
            match self.takes(&input[at..], theirs, now) {
                Ok(Some((used, is_over))) => {
                    at += used;
                    if is_over {
                        self.close(Cause::Lost, theirs, now);
                    }
                }
                Ok(None) => break,
                Err(cause) => self.close(cause, theirs, now),
            }
        }
        if self.line.is_some() {
            self.input = input[at..].to_vec();
        }
    }

    /// Takes one packet: its length, and whether it was the last one.
    fn takes(
        &mut self,
        input: &[u8],
        theirs: &mut Ledger,
        now: Duration,
    ) -> Result<Option<(usize, bool)>, Cause> {
        let Some(line) = &mut self.line else {
            return Ok(None);
        };
        let Some((packet, used)) = self.decoder.decode(input)? else {
            return Ok(None);
        };
        let received = line.receive(packet, now)?;
        if let Some(reply) = received.reply {
            self.encoder.encode(reply, &mut self.output)?;
        }
        let (mut call, mut is_over) = (None, false);
        match received.event {
            Some(Event::Connect(connect)) => {
                let clean_start = connect.clean_start;
                call = Some(Call::Accept { clean_start });
            }
            Some(Event::Message(publish, receipt)) => {
                let number = theirs.is_heard_of(&publish);
                match receipt {
                    Some(receipt) => self.receipts.push((receipt, number, self.connections)),
                    None => theirs.entries[number].processed += 1,
                }
            }
            Some(Event::Published {
                message, reason, ..
            }) => {
                // Without one it came back before, and only its PUBREL was left.
                if let Some(message) = message {
                    self.sent.comes_back(&message, Fate::Published(reason));
                }
            }
            Some(Event::Connected { resumption, .. }) => self.resumptions.push(resumption),
            Some(Event::Subscribe(subscribe)) => {
                let filters = subscribe.subscriptions.len();
                call = Some(Call::SubAck(subscribe.packet_id, filters));
            }
            Some(Event::Unsubscribe(unsubscribe)) => {
                let filters = unsubscribe.filters.len();
                call = Some(Call::UnsubAck(unsubscribe.packet_id, filters));
            }
            Some(Event::Subscribed(answer) | Event::Unsubscribed(answer)) => {
                let asked = self.asked.len();
                self.asked.retain(|&id| id != answer.packet_id);
                assert_eq!(self.asked.len() + 1, asked, "an answer for a request");
            }
            Some(Event::Refused(_) | Event::Disconnected(_)) => is_over = true,
            Some(Event::Released { .. } | Event::Unknown { .. }) | None => {}
            Some(other) => panic!("{other:?}"),
        }
        line.configure(&mut self.decoder, &mut self.encoder);
        if let Some(call) = call {
            self.answers(&call, theirs, now)?;
        }
        self.note_dropped();
        Ok(Some((used, is_over)))
    }

    fn answers(&mut self, call: &Call, theirs: &mut Ledger, now: Duration) -> Result<(), Cause> {
        let granted = [ReasonCode::SUCCESS; 8];
        let Some(Line::Server(server)) = &mut self.line else {
            panic!("a server's event");
        };
        match *call {
            Call::Accept { clean_start } => {
                if clean_start && self.kept.take().is_some() {
                    self.sent.sender_forgets();
                    theirs.receiver_forgets();
                }
                let present = self.kept.is_some();
                let session = self.kept.take().unwrap_or_default();
                let mut properties = ConnAckProperties::default();
                let connack = server
                    .accept(session, present, &mut properties, now)
                    .unwrap();
                self.encoder.encode(connack, &mut self.output)?;
                server.configure(&mut self.decoder, &mut self.encoder);
            }
            Call::SubAck(id, filters) if self.answers_requests => {
                let answer = SubAck::new(id, (&granted[..filters]).into());
                let suback = server.suback(answer).unwrap();
                self.encoder.encode(suback, &mut self.output)?;
            }
            Call::UnsubAck(id, filters) if self.answers_requests => {
                let answer = SubAck::new(id, (&granted[..filters]).into());
                let unsuback = server.unsuback(answer).unwrap();
                self.encoder.encode(unsuback, &mut self.output)?;
            }
            Call::SubAck(..) | Call::UnsubAck(..) => {}
        }
        Ok(())
    }

    /// Redeems the receipt at this place, refusing the message for a reason.
    pub(crate) fn redeems(&mut self, at: usize, refusal: Option<ReasonCode>, theirs: &mut Ledger) {
        let (receipt, number, _) = self.receipts.remove(at);
        let entry = &mut theirs.entries[number];
        let is_open = self
            .session()
            .is_some_and(|session| session.is_open(&receipt));
        let redeemed = match (&mut self.line, &mut self.kept, refusal) {
            (_, Some(session), None) => session.acknowledge(receipt),
            (_, Some(session), Some(reason)) => session.refuse(receipt, reason),
            (Some(line), None, None) => line.acknowledge(receipt),
            (Some(line), None, Some(reason)) => line.refuse(receipt, reason),
            (None, None, _) => false,
        };
        assert_eq!(
            redeemed, is_open,
            "an open receipt is redeemed, a stale one is not"
        );
        match refusal {
            Some(_) if redeemed => entry.refused += 1,
            _ => entry.processed += 1,
        }
    }

    /// Redeems what the habit says; `false`: nothing.
    pub(crate) fn works(&mut self, is_quiet: bool, theirs: &mut Ledger) -> bool {
        let at = match self.habit {
            Habit::AtOnce => Some(0),
            Habit::LastFirst if is_quiet => self.receipts.len().checked_sub(1),
            Habit::OnTheNextConnection => self
                .receipts
                .iter()
                .position(|&(_, _, by)| by < self.connections),
            Habit::LastFirst | Habit::WhenTold => None,
        };
        match at.filter(|&at| at < self.receipts.len()) {
            Some(at) => {
                self.redeems(at, None, theirs);
                true
            }
            None => false,
        }
    }

    /// What is due by now.
    pub(crate) fn polls(&mut self, theirs: &mut Ledger, now: Duration) {
        let Some(line) = &mut self.line else { return };
        match line.poll(now) {
            Ok(Some(ping)) => self.encoder.encode(ping, &mut self.output).unwrap(),
            Ok(None) => {}
            Err(error) => self.close(error.into(), theirs, now),
        }
    }

    /// Ends the connection, with a farewell if there is one to say.
    pub(crate) fn close(&mut self, cause: Cause, theirs: &mut Ledger, now: Duration) {
        let Some(line) = self.line.take() else { return };
        let mut closed = line.close(cause);
        if let Some(farewell) = closed.farewell {
            farewell.encode(&mut self.output).unwrap();
        }
        let unanswered: Vec<_> = closed.unanswered.iter().map(|&(id, _)| id).collect();
        assert_eq!(std::mem::take(&mut self.asked), unanswered);
        let accepted = closed.session.is_some();
        self.kept = closed.session.take().or(self.kept.take());
        self.note_dropped();
        if let Some(session) = &self.kept {
            let mut session = session.clone();
            session.expire(now);
            restored(&session, now);
        }
        if self.role == Role::Server && accepted && closed.expiry == 0 {
            self.forgets(theirs);
        }
        self.ends.push(End { cause, closed });
    }

    /// The process is gone, and another goes on with what it has saved.
    pub(crate) fn restarts(&mut self, now: Duration) {
        assert!(self.line.is_none());
        if let Some(session) = &mut self.kept {
            session.expire(now);
        }
        self.note_dropped();
        self.kept = self.kept.take().map(|session| restored(&session, now));
        self.receipts.clear();
    }

    /// The process is gone, and it has saved nothing.
    pub(crate) fn forgets(&mut self, theirs: &mut Ledger) {
        assert!(self.line.is_none());
        self.kept = (self.role == Role::Client).then(Session::new);
        self.receipts.clear();
        self.sent.sender_forgets();
        theirs.receiver_forgets();
    }
}
