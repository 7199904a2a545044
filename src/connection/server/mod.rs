//! A server's side of a connection: what comes in.

mod calls;
mod opening;

pub use opening::Unaccepted;

use alloc::boxed::Box;
use core::time::Duration;

use super::authentication::Authentication;
use super::cause::Farewell;
use super::event::{Event, Received};
use super::exchange::{exchange, message};
use super::keep_alive::KeepAlive;
use super::news::News;
use super::requests::Requests;
use super::{CallError, DueWill, Limits, Response, judge};
use crate::codec::{Decoder, Encoder};
use crate::delivery::Request;
use crate::message::Message;
use crate::packet::{
    Auth, Delivery, Disconnect, Packet, PacketId, PacketType, Publish, ReasonCode, Role, Subscribe,
    Unsubscribe, Version,
};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind as Kind};
use crate::session::Session;

/// A server's side of one network connection.
///
/// The first packet is a CONNECT, which the application answers by
/// [`accept`](Self::accept) with a session, fresh or stored, by
/// [`reject`](Self::reject), or in MQTT 5 first by
/// [`challenge`](Self::challenge). From then on the connection owns the
/// session, and gives it back with [`close`](Self::close).
///
/// ```text
/// new ─► no CONNECT ── CONNECT ─► undecided ── accept ─► open ── DISCONNECT ─► ended
///            │                     │     ▲                │                      ▲
///            │              AUTH   └─────┘ challenge      │                      │
///            └────── error of the client, reject, timeout ┴──────────────────────┘
/// ```
///
/// While it [`is_undecided`](Self::is_undecided) what the client has sent
/// behind its CONNECT stays unread: that is lawful, and bounded by what the
/// network holds. After an error or a farewell nothing comes in and nothing
/// goes out.
///
/// ```
/// use core::time::Duration;
/// use puremqtt::{Decoder, Encoder, Event, Limits, ServerConnection, Session, Version};
///
/// let now = Duration::ZERO;
/// let (mut decoder, mut encoder) = (Decoder::server(), Encoder::server(Version::V5));
/// let mut connection: ServerConnection = ServerConnection::new(Limits::default(), now);
/// let input = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a"; // from a client of 3.1.1
/// let Some((packet, _)) = decoder.decode(input)? else { return Ok(()) };
/// let Some(Event::Connect(connect)) = connection.receive(packet, now)?.event else { return Ok(()) };
/// assert_eq!((connect.client_id, connect.keep_alive), ("a", 60));
///
/// let (mut properties, mut output) = (Default::default(), Vec::new());
/// connection.configure(&mut decoder, &mut encoder);
/// let connack = connection.accept(Session::new(), false, &mut properties, now)?;
/// encoder.encode(connack, &mut output)?;
/// connection.configure(&mut decoder, &mut encoder);
/// assert_eq!(output, [0x20, 2, 0, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServerConnection<M = Message> {
    state: State,
    version: Version,
    clean_start: bool,
    response_information: bool,
    problem_information: bool,
    news: News,
    has_client_id: bool,
    /// How long the CONNECT may take, and each AUTH before the CONNACK.
    connect_timeout: Duration,
    /// When an AUTH before the CONNACK is due.
    auth_deadline: Option<Duration>,
    /// Of the client, in seconds.
    asked_keep_alive: u16,
    /// What CONNECT asked for, in seconds.
    asked_expiry: u32,
    /// What holds.
    session_expiry: u32,
    limits: Limits,
    client: Limits,
    keep_alive: KeepAlive,
    /// From the CONNECT on, and due once that is accepted.
    will: Option<Box<DueWill>>,
    authentication: Authentication,
    /// Those of the client, which await an answer of the application's.
    requests: Requests,
    /// From `accept` on.
    session: Option<Session<M>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Until the CONNECT, for which there is a deadline.
    Waiting(Duration),
    Undecided,
    Open,
    Ended,
    /// Before the CONNACK, or after it.
    Failed(ProtocolError, Before),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Connect,
    ConnAck,
    Nothing,
}

/// What is left of a [`ServerConnection`].
#[derive(Debug)]
#[must_use = "it holds the session and the will"]
pub struct ServerClosed<M = Message> {
    /// The session that [`accept`](ServerConnection::accept) was given.
    pub session: Option<Session<M>>,
    /// Seconds that the session is to be kept from now on; 0: it has ended,
    /// `u32::MAX`: for ever. Before MQTT 5 one of these two.
    pub session_expiry_interval: u32,
    /// The will, unless the client has taken it back or was not let in.
    pub will: Option<DueWill>,
    /// A CONNACK or DISCONNECT to be sent before the network connection is
    /// closed.
    pub farewell: Option<Farewell>,
}

impl<M> ServerConnection<M> {
    /// A new network connection, with a new decoder and encoder. `limits` are
    /// announced by [`accept`](Self::accept), and enforced.
    pub fn new(limits: Limits, now: Duration) -> Self {
        let connect_timeout = Duration::from_secs(10);
        Self {
            state: State::Waiting(now.saturating_add(connect_timeout)),
            version: Version::V5,
            clean_start: true,
            response_information: false,
            problem_information: true,
            news: News::ALL,
            has_client_id: false,
            connect_timeout,
            auth_deadline: None,
            asked_keep_alive: 0,
            asked_expiry: 0,
            session_expiry: 0,
            limits,
            client: Limits::default(),
            keep_alive: KeepAlive::server(0, now),
            will: None,
            authentication: Authentication::default(),
            requests: Requests::default(),
            session: None,
        }
    }

    /// Waits so long for the CONNECT, and for each AUTH that a
    /// [`challenge`](Self::challenge) before the CONNACK asks for; without it
    /// 10 seconds.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        if let State::Waiting(deadline) = &mut self.state {
            let began = deadline.saturating_sub(self.connect_timeout);
            *deadline = began.saturating_add(timeout);
        }
        self.connect_timeout = timeout;
        self
    }

    /// Carries what is agreed into the codec: version, sizes, Topic Aliases,
    /// whether the client wants problem information. To be called after each
    /// event and after [`accept`](Self::accept); where nothing is new it does
    /// nothing.
    pub fn configure(&mut self, decoder: &mut Decoder, encoder: &mut Encoder) {
        self.configure_decoder(decoder);
        self.configure_encoder(encoder);
    }

    /// As [`configure`](Self::configure), for the decoder alone.
    pub fn configure_decoder(&mut self, decoder: &mut Decoder) {
        if !self.news.for_decoder() {
            return;
        }
        if self.limits.maximum_packet_size.is_some() {
            decoder.set_max_packet_size(self.limits.packet_size());
        }
        // The client knows of them by the CONNACK.
        if self.state == State::Open {
            decoder.set_topic_alias_maximum(self.limits.topic_alias_maximum);
        }
    }

    /// As [`configure`](Self::configure), for the encoder alone: while the
    /// CONNECT is in hand, which borrows from the decoder, and before the
    /// CONNACK is encoded.
    pub fn configure_encoder(&mut self, encoder: &mut Encoder) {
        if matches!(self.state, State::Waiting(_)) || !self.news.for_encoder() {
            return;
        }
        encoder.set_version(self.version);
        encoder.set_max_packet_size(self.client.packet_size());
        encoder.set_topic_alias_maximum(self.client.topic_alias_maximum);
        encoder.set_problem_information(self.problem_information);
    }

    /// Takes a packet of the client.
    ///
    /// # Errors
    /// The client has broken a rule. The session is as it was, and the
    /// connection is over: [`close`](Self::close) it with the error. It goes
    /// on failing with the same one.
    ///
    /// But for one: [`Undecided`](Kind::Undecided) says that the CONNECT has
    /// yet to be answered. Nothing has changed, and the packet may be handed
    /// in again.
    #[inline(always)]
    pub fn receive<'a>(
        &mut self,
        packet: Packet<'a>,
        now: Duration,
    ) -> Result<Received<'a, M>, ProtocolError> {
        let received = match (self.state, &mut self.session) {
            (State::Open, Some(_)) => self.take(packet, now),
            _ => {
                // Of a copy: what goes the usual way need not be in memory.
                let unusual = packet;
                self.take_unopened(&unusual, now)
            }
        };
        if let Err(error) = &received {
            self.fail(*error);
        }
        received
    }

    #[cold]
    fn fail(&mut self, error: ProtocolError) {
        let before = match self.state {
            State::Waiting(_) => Before::Connect,
            State::Undecided if error.kind() == Kind::Undecided => return,
            State::Undecided => Before::ConnAck,
            State::Open => Before::Nothing,
            State::Ended | State::Failed(..) => return,
        };
        self.state = State::Failed(error, before);
    }

    #[inline(always)]
    fn take<'a>(
        &mut self,
        packet: Packet<'a>,
        now: Duration,
    ) -> Result<Received<'a, M>, ProtocolError> {
        self.keep_alive.received(now);
        match packet {
            Packet::Publish(publish) => {
                self.judge_publish(&publish)?;
                if let Some(refusal) = self.refuse_clash(publish.delivery)? {
                    return Ok(Received::reply(refusal));
                }
                match &mut self.session {
                    Some(session) => message(session, publish, Role::Client),
                    None => Ok(Received::NOTHING),
                }
            }
            Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubRel(_) | Packet::PubComp(_) => {
                match &mut self.session {
                    Some(session) => exchange(session, packet, Role::Client),
                    None => Ok(Received::NOTHING),
                }
            }
            _ => {
                let unusual = packet;
                self.take_rare(&unusual)
            }
        }
    }

    #[inline(always)]
    fn judge_publish(&self, publish: &Publish<'_>) -> Result<(), ProtocolError> {
        let qos = publish.delivery.qos();
        // [5.0/MQTT-3.3.4-6]
        if publish.foreign_to(Role::Client).is_some() {
            let packet = Packet::Publish(*publish);
            return judge::role(&packet, Role::Client, self.version);
        }
        if qos > self.limits.maximum_qos {
            return Err(self.error(Kind::QoSNotSupported(qos), PacketType::Publish));
        }
        if publish.retain && !self.limits.retain_available {
            return Err(self.error(Kind::RetainNotSupported, PacketType::Publish));
        }
        Ok(())
    }

    /// A PUBLISH with the identifier of a request that awaits its answer.
    #[inline(always)]
    fn refuse_clash(&self, delivery: Delivery) -> Result<Option<Response>, ProtocolError> {
        let clash = |id: &PacketId| self.requests.contains(*id);
        match delivery.packet_id().filter(clash) {
            None => Ok(None),
            Some(_) if self.version == Version::V5 => Ok(Response::clash(delivery)),
            Some(_) => Err(self.error(Kind::PacketIdInUse, PacketType::Publish)),
        }
    }

    #[inline(never)]
    fn take_rare<'a>(&mut self, packet: &Packet<'a>) -> Result<Received<'a, M>, ProtocolError> {
        match *packet {
            // [3.1.1/MQTT-3.1.0-2] [5.0/MQTT-3.1.0-2]
            Packet::Connect(_) => return Err(self.error(Kind::SecondConnect, PacketType::Connect)),
            _ => judge::role(packet, Role::Client, self.version)?,
        }
        match *packet {
            // [3.1.1/MQTT-3.12.4-1] [5.0/MQTT-3.12.4-1]
            Packet::PingReq => Ok(Received::reply(Response::PING_RESP)),
            Packet::Subscribe(subscribe) => self.subscribe(subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(unsubscribe),
            Packet::Disconnect(disconnect) => self.disconnected(disconnect),
            Packet::Auth(auth) => self.take_auth(auth),
            _ => Err(self.error(Kind::WrongDirection(Role::Client), packet.packet_type())),
        }
    }

    fn subscribe<'a>(
        &mut self,
        subscribe: Subscribe<'a>,
    ) -> Result<Received<'a, M>, ProtocolError> {
        let identified = subscribe.properties.subscription_identifier().is_some();
        let subscriptions = subscribe.subscriptions;
        // Before MQTT 5 they were not announced, and a SUBACK can refuse them.
        if self.version == Version::V5 {
            let filters = subscriptions.iter().map(|subscription| subscription.filter);
            if let Some(kind) = judge::subscription(&self.limits, filters, identified) {
                return Err(self.error(kind, PacketType::Subscribe));
            }
        }
        let filters = judge::count(subscriptions.len());
        let refusal = self.request(subscribe.packet_id, Request::Subscribe, filters)?;
        Ok(refusal.map_or(
            Received::event(Event::Subscribe(subscribe)),
            Received::reply,
        ))
    }

    fn unsubscribe<'a>(
        &mut self,
        unsubscribe: Unsubscribe<'a>,
    ) -> Result<Received<'a, M>, ProtocolError> {
        let filters = judge::count(unsubscribe.filters.len());
        let refusal = self.request(unsubscribe.packet_id, Request::Unsubscribe, filters)?;
        Ok(refusal.map_or(
            Received::event(Event::Unsubscribe(unsubscribe)),
            Received::reply,
        ))
    }

    /// Notes a request, or refuses one whose identifier is in use.
    fn request(
        &mut self,
        id: PacketId,
        request: Request,
        filters: u32,
    ) -> Result<Option<Response>, ProtocolError> {
        let taken = |session: &Session<M>| session.is_in_use(id);
        if !self.requests.contains(id) && !self.session.as_ref().is_some_and(taken) {
            self.requests.insert(id, request, filters);
            return Ok(None);
        }
        let refusal = match self.version {
            Version::V5 => Response::in_use(id, request, filters),
            Version::V3_1 | Version::V3_1_1 => None,
        };
        let packet_type = match request {
            Request::Subscribe => PacketType::Subscribe,
            Request::Unsubscribe => PacketType::Unsubscribe,
        };
        refusal
            .map(Some)
            .ok_or_else(|| self.error(Kind::PacketIdInUse, packet_type))
    }

    fn disconnected<'a>(
        &mut self,
        disconnect: Disconnect<'a>,
    ) -> Result<Received<'a, M>, ProtocolError> {
        if let Some(seconds) = disconnect.properties.session_expiry_interval() {
            if seconds > 0 && self.asked_expiry == 0 {
                return Err(self.error(Kind::SessionExpiryRaised, PacketType::Disconnect));
            }
            self.session_expiry = seconds;
        }
        // [3.1.1/MQTT-3.14.4-3] [5.0/MQTT-3.14.4-3] With 0x00 alone it is taken back.
        if disconnect.reason == ReasonCode::NORMAL_DISCONNECTION {
            self.will = None;
        }
        self.state = State::Ended;
        Ok(Received::event(Event::Disconnected(disconnect)))
    }

    fn take_auth<'a>(&mut self, auth: Auth<'a>) -> Result<Received<'a, M>, ProtocolError> {
        let is_open = self.state == State::Open;
        self.authentication.receive(&auth, Role::Client, is_open)?;
        self.auth_deadline = None;
        Ok(Received::event(Event::Auth(auth)))
    }

    #[cold]
    fn error(&self, kind: Kind, packet_type: PacketType) -> ProtocolError {
        ProtocolError::new(kind, packet_type, self.version).from_role(Role::Client)
    }

    fn must_be_open(&self) -> Result<(), CallError> {
        match self.state {
            State::Open => Ok(()),
            _ => Err(CallError::NotOpen),
        }
    }
}
