//! A client's side of a connection: what comes in.

mod calls;

use alloc::vec::Vec;
use core::time::Duration;

use super::authentication::Authentication;
use super::cause::Farewell;
use super::event::{Event, Received, Refusal};
use super::exchange::{exchange, message, session_expiry};
use super::keep_alive::KeepAlive;
use super::news::News;
use super::requests::Requests;
use super::{Limits, judge};
use crate::codec::{Decoder, Encoder};
use crate::delivery::Request;
use crate::message::Message;
use crate::packet::{
    Auth, ConnAck, Connect, Packet, PacketId, PropertyId, ReasonCode, Role, SubAck, Version,
};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind as Kind};
use crate::session::{Agreed, Session};

/// A client's side of one network connection.
///
/// It owns the session while it lasts and gives it back with
/// [`close`](Self::close). What the server sends goes in by
/// [`receive`](Self::receive), each packet once; what is due goes out by
/// [`transmit`](Self::transmit) and, on time, by [`poll`](Self::poll).
///
/// ```text
/// new ─► opening ── CONNACK ─► open ── disconnect, DISCONNECT ─► ended
///           │                   │                                  ▲
///           └────── refusal, error of the server, timeout ─────────┘
/// ```
///
/// Nothing goes out before the CONNACK but the CONNECT, AUTH and DISCONNECT.
/// After an error or a farewell nothing comes in and nothing goes out.
///
/// ```
/// use core::time::Duration;
/// use puremqtt::{ClientConnection, Connect, Decoder, Encoder, Event, Session, Version};
///
/// let now = Duration::ZERO;
/// let connect = Connect { client_id: "a", keep_alive: 30, ..Connect::default() };
/// let (mut decoder, mut encoder) = (Decoder::client(Version::V5), Encoder::client(Version::V5));
/// let mut connection: ClientConnection = ClientConnection::new(Session::new(), &connect, now);
/// connection.configure(&mut decoder, &mut encoder);
/// let mut output = Vec::new();
/// encoder.encode(connect, &mut output)?;
///
/// let input = b"\x20\x06\x00\x00\x03\x21\x00\x0a"; // the server takes ten messages at once
/// let Some((packet, _)) = decoder.decode(input)? else { return Ok(()) };
/// let received = connection.receive(packet, now)?;
/// assert!(matches!(received.event, Some(Event::Connected { .. })));
/// assert_eq!(connection.session().send_quota(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientConnection<M = Message> {
    session: Session<M>,
    state: State,
    version: Version,
    clean_start: bool,
    response_information: bool,
    problem_information: bool,
    news: News,
    /// What CONNECT asked for, in seconds.
    asked_expiry: u32,
    /// What holds.
    session_expiry: u32,
    limits: Limits,
    server: Limits,
    keep_alive: KeepAlive,
    /// That of the CONNECT, in seconds.
    asked_keep_alive: u16,
    connack_timeout: Duration,
    authentication: Authentication,
    requests: Requests,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Until the CONNACK, for which there is a deadline.
    Opening(Duration),
    Open,
    Ended,
    Failed(ProtocolError),
}

/// What is left of a [`ClientConnection`].
#[derive(Debug)]
#[must_use = "it holds the session"]
pub struct ClientClosed<M = Message> {
    /// The session, for the next connection.
    pub session: Session<M>,
    /// A DISCONNECT to be sent before the network connection is closed.
    pub farewell: Option<Farewell>,
    /// Requests that will have no answer: whether the server has carried them
    /// out is not known.
    pub unanswered: Vec<(PacketId, Request)>,
}

impl<M> ClientConnection<M> {
    /// `connect` is sent now, on a new network connection and with a new
    /// decoder and encoder. What its properties say this client takes is
    /// enforced.
    ///
    /// With [`clean_start`](Connect::clean_start) the session is begun anew
    /// when the server has let the client in: what was in flight is given up.
    /// Set it until the first [`Event::Connected`] of a session: should a
    /// CONNACK be lost on its way, the server has a session that this client
    /// knows nothing of, which in MQTT 5 it may not go on with.
    pub fn new(session: Session<M>, connect: &Connect<'_>, now: Duration) -> Self {
        let properties = connect.properties.read();
        let asked_expiry = session_expiry(connect);
        let connack_timeout = Duration::from_secs(30);
        Self {
            session,
            state: State::Opening(now.saturating_add(connack_timeout)),
            version: connect.version,
            clean_start: connect.clean_start,
            response_information: properties.request_response_information.unwrap_or(false),
            problem_information: properties.request_problem_information.unwrap_or(true),
            news: News::ALL,
            asked_expiry,
            session_expiry: asked_expiry,
            limits: Limits::of_client(connect),
            server: Limits::default(),
            keep_alive: KeepAlive::client(0, now),
            asked_keep_alive: connect.keep_alive,
            connack_timeout,
            authentication: Authentication::new(properties.authentication_method, Role::Client),
            requests: Requests::default(),
        }
    }

    /// Waits so long for the CONNACK, and anew after each step of enhanced
    /// authentication; without it 30 seconds.
    #[must_use]
    pub fn with_connack_timeout(mut self, timeout: Duration) -> Self {
        if let State::Opening(deadline) = &mut self.state {
            let began = deadline.saturating_sub(self.connack_timeout);
            *deadline = began.saturating_add(timeout);
        }
        self.connack_timeout = timeout;
        self
    }

    /// Carries what is agreed into the codec: version, sizes, Topic Aliases,
    /// what the server takes. To be called before the CONNECT is encoded and
    /// after each event; where nothing is new it does nothing.
    pub fn configure(&mut self, decoder: &mut Decoder, encoder: &mut Encoder) {
        self.configure_decoder(decoder);
        self.configure_encoder(encoder);
    }

    /// As [`configure`](Self::configure), for the decoder alone.
    pub fn configure_decoder(&mut self, decoder: &mut Decoder) {
        if !self.news.for_decoder() {
            return;
        }
        decoder.set_version(self.version);
        self.limits.configure_decoder(decoder);
    }

    /// As [`configure`](Self::configure), for the encoder alone: while an event
    /// is in hand, which borrows from the decoder.
    pub fn configure_encoder(&mut self, encoder: &mut Encoder) {
        if !self.news.for_encoder() {
            return;
        }
        encoder.set_version(self.version);
        self.server.configure_encoder(encoder);
    }

    /// Takes a packet of the server.
    ///
    /// # Errors
    /// The server has broken a rule. The session is as it was, and the
    /// connection is over: [`close`](Self::close) it with the error. It goes
    /// on failing with the same one.
    #[inline(always)]
    pub fn receive<'a>(
        &mut self,
        packet: Packet<'a>,
        now: Duration,
    ) -> Result<Received<'a, M>, ProtocolError> {
        let received = match self.state {
            State::Open => self.take(packet, now),
            _ => {
                // Of a copy: what goes the usual way need not be in memory.
                let unusual = packet;
                self.take_unopened(&unusual, now)
            }
        };
        if let Err(error) = &received {
            // [3.1.1/MQTT-4.8.0-1]
            self.state = State::Failed(*error);
        }
        received
    }

    #[inline(always)]
    fn take<'a>(
        &mut self,
        packet: Packet<'a>,
        now: Duration,
    ) -> Result<Received<'a, M>, ProtocolError> {
        self.keep_alive.received(now);
        match packet {
            Packet::Publish(publish) => message(&mut self.session, publish, Role::Server),
            Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) => {
                if !self.problem_information {
                    let unusual = packet;
                    self.judge_problem_information(&unusual)?;
                }
                exchange(&mut self.session, packet, Role::Server)
            }
            _ => {
                let unusual = packet;
                self.take_rare(&unusual)
            }
        }
    }

    #[inline(never)]
    fn take_rare<'a>(&mut self, packet: &Packet<'a>) -> Result<Received<'a, M>, ProtocolError> {
        self.judge(packet)?;
        match *packet {
            Packet::PingResp => Ok(Received::NOTHING),
            Packet::SubAck(suback) => self.answered(*packet, suback, Request::Subscribe),
            Packet::UnsubAck(unsuback) => self.answered(*packet, unsuback, Request::Unsubscribe),
            Packet::Auth(auth) => self.take_auth(auth, true),
            Packet::Disconnect(disconnect) => {
                self.state = State::Ended;
                Ok(Received::event(Event::Disconnected(disconnect)))
            }
            // [5.0/MQTT-3.2.0-2]
            Packet::ConnAck(_) => Err(self.error(Kind::SecondConnAck, packet)),
            _ => Err(self.error(Kind::WrongDirection(Role::Server), packet)),
        }
    }

    #[inline(never)]
    fn take_unopened<'a>(
        &mut self,
        packet: &Packet<'a>,
        now: Duration,
    ) -> Result<Received<'a, M>, ProtocolError> {
        match self.state {
            State::Opening(_) => {}
            State::Failed(error) => return Err(error),
            // It crossed the farewell.
            State::Open | State::Ended => return Ok(Received::NOTHING),
        }
        self.judge(packet)?;
        match *packet {
            Packet::ConnAck(connack) if connack.reason == ReasonCode::SUCCESS => self.open(connack),
            Packet::ConnAck(connack) => {
                self.state = State::Ended;
                Ok(Received::event(Event::Refused(Refusal { connack })))
            }
            Packet::Auth(auth) => {
                self.state = State::Opening(now.saturating_add(self.connack_timeout));
                self.take_auth(auth, false)
            }
            // [3.1.1/MQTT-3.2.0-1] [5.0/MQTT-3.2.0-1]
            _ => Err(self.error(Kind::ConnAckExpected, packet)),
        }
    }

    /// A CONNACK that lets the client in.
    fn open<'a>(&mut self, connack: ConnAck<'a>) -> Result<Received<'a, M>, ProtocolError> {
        let packet = Packet::ConnAck(connack);
        let properties = connack.properties.read();
        if connack.session_present && self.clean_start {
            return Err(self.error(Kind::SessionPresentAfterCleanStart, &packet));
        }
        // [5.0/MQTT-4.12.0-5] [5.0/MQTT-4.12.0-6]
        match (
            properties.authentication_method,
            self.authentication.method(),
        ) {
            (Some(_), None) => return Err(self.error(Kind::NoAuthenticationMethod, &packet)),
            (theirs, ours) if theirs != ours => {
                return Err(self.error(Kind::AuthenticationMethodChanged, &packet));
            }
            _ => {}
        }
        // [5.0/MQTT-3.1.2-28]
        if properties.response_information.is_some() && !self.response_information {
            let id = PropertyId::RESPONSE_INFORMATION;
            return Err(self.error(Kind::PropertyNotRequested(id), &packet));
        }
        let server = Limits::of_server(&connack);
        let receive_maximum = match self.version {
            Version::V5 => self.limits.receive_maximum.get(),
            Version::V3_1 | Version::V3_1_1 => u16::MAX,
        };
        let agreed = Agreed {
            version: self.version,
            send_maximum: server.receive_maximum.get(),
            receive_maximum,
        };
        if self.clean_start {
            // [3.1.1/MQTT-3.1.2-6] [5.0/MQTT-3.1.2-4] Nothing of an old session goes on.
            self.session.renew();
        }
        let resumption = self
            .session
            .connack(agreed, connack.session_present)
            .map_err(|error| error.from_role(Role::Server))?;
        self.server = server;
        self.session_expiry = properties
            .session_expiry_interval
            .unwrap_or(self.asked_expiry);
        // [5.0/MQTT-3.1.2-21] [5.0/MQTT-3.2.2-21]
        let seconds = properties
            .server_keep_alive
            .unwrap_or(self.asked_keep_alive);
        self.keep_alive = self.keep_alive.every(seconds);
        self.authentication.over();
        self.state = State::Open;
        self.news = News::ALL;
        Ok(Received::event(Event::Connected {
            connack,
            resumption,
        }))
    }

    fn answered<'a>(
        &mut self,
        packet: Packet<'a>,
        answer: SubAck<'a>,
        request: Request,
    ) -> Result<Received<'a, M>, ProtocolError> {
        let id = answer.packet_id;
        let has_codes = request == Request::Subscribe || self.version == Version::V5;
        if let Some(filters) = self.requests.filters(id, request).filter(|_| has_codes) {
            let codes = judge::count(answer.reasons.len());
            if codes != filters {
                return Err(self.error(Kind::CodeCount { filters, codes }, &packet));
            }
        }
        let received = exchange(&mut self.session, packet, Role::Server)?;
        if received.event.is_some() {
            return Ok(received);
        }
        self.requests.remove(id);
        Ok(Received::event(match request {
            Request::Subscribe => Event::Subscribed(answer),
            Request::Unsubscribe => Event::Unsubscribed(answer),
        }))
    }

    fn take_auth<'a>(
        &mut self,
        auth: Auth<'a>,
        is_open: bool,
    ) -> Result<Received<'a, M>, ProtocolError> {
        self.authentication.receive(&auth, Role::Server, is_open)?;
        Ok(Received::event(Event::Auth(auth)))
    }

    fn judge(&self, packet: &Packet<'_>) -> Result<(), ProtocolError> {
        judge::role(packet, Role::Server, self.version)?;
        if !self.problem_information {
            self.judge_problem_information(packet)?;
        }
        Ok(())
    }

    /// [5.0/MQTT-3.1.2-29] Only PUBLISH, CONNACK and DISCONNECT have them.
    #[cold]
    fn judge_problem_information(&self, packet: &Packet<'_>) -> Result<(), ProtocolError> {
        match judge::problem_information(packet) {
            Some(id) => Err(self.error(Kind::PropertyNotRequested(id), packet)),
            None => Ok(()),
        }
    }

    #[cold]
    fn error(&self, kind: Kind, packet: &Packet<'_>) -> ProtocolError {
        ProtocolError::new(kind, packet.packet_type(), self.version).from_role(Role::Server)
    }
}
