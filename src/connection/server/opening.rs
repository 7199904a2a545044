//! From the CONNECT to its answer.

use alloc::boxed::Box;
use core::{fmt, time::Duration};

use super::{ServerConnection, State};
use crate::connection::authentication::Authentication;
use crate::connection::cause::connack_code;
use crate::connection::event::{Event, Received};
use crate::connection::exchange::session_expiry;
use crate::connection::keep_alive::KeepAlive;
use crate::connection::news::News;
use crate::connection::{CallError, DueWill, Limits, judge};
use crate::packet::{
    Auth, AuthProperties, ConnAck, ConnAckProperties, Connect, Packet, PacketType, ReasonCode,
    Role, Version,
};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind as Kind};
use crate::session::{Agreed, Session};

/// A session that [`accept`](ServerConnection::accept) gives back, and why.
#[derive(Debug)]
pub struct Unaccepted<M> {
    /// As it was handed in.
    pub session: Session<M>,
    /// What does not fit.
    pub error: CallError,
}

impl<M> fmt::Display for Unaccepted<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<M: fmt::Debug> core::error::Error for Unaccepted<M> {}

impl<M> ServerConnection<M> {
    /// Lets the client in, with its session: a CONNACK to be encoded and sent,
    /// and then [`configure`](Self::configure) to be called. What waits in the
    /// session is sent thereafter.
    ///
    /// `session_present`: the session is one that was stored, and whose
    /// subscriptions hold. `properties` are the application's; the connection
    /// adds what its limits announce and the Authentication Method, and leaves
    /// out Response Information that was not asked for. A `server_keep_alive`
    /// and a `session_expiry_interval` there hold in place of the client's.
    ///
    /// Should the CONNACK be larger than the client takes, even without Reason
    /// String and User Properties, [`close`](Self::close) with the error.
    ///
    /// # Errors
    /// Gives the session back, and nothing has changed: no CONNECT awaits a
    /// decision; a challenge awaits its answer; `session_present` after Clean Start [MQTT-3.2.2-2]; a client
    /// of MQTT 5 without an identifier is not assigned one [MQTT-3.2.2-16].
    #[expect(clippy::result_large_err, reason = "the session is not to be lost")]
    pub fn accept<'b, 'p>(
        &'p mut self,
        mut session: Session<M>,
        session_present: bool,
        properties: &'b mut ConnAckProperties<'p>,
        now: Duration,
    ) -> Result<ConnAck<'b>, Unaccepted<M>> {
        let is_5 = self.version == Version::V5;
        let error = if self.state != State::Undecided {
            Some(CallError::NothingToDecide)
        } else if self.authentication.awaits_peer() {
            Some(CallError::NotOurTurn)
        } else if session_present && self.clean_start {
            // [3.1.1/MQTT-3.2.2-1] [5.0/MQTT-3.2.2-2]
            Some(CallError::SessionPresentAfterCleanStart)
        } else if is_5 && !self.has_client_id && properties.assigned_client_identifier.is_none() {
            Some(CallError::NoClientIdentifier)
        } else {
            None
        };
        if let Some(error) = error {
            return Err(Unaccepted { session, error });
        }
        let receive_maximum = if is_5 {
            self.limits.receive_maximum.get()
        } else {
            u16::MAX
        };
        session.connected(Agreed {
            version: self.version,
            send_maximum: self.client.receive_maximum.get(),
            receive_maximum,
        });
        self.session = Some(session);
        self.state = State::Open;
        self.news = News::ALL;
        self.authentication.over();

        self.limits.announce(properties);
        // [5.0/MQTT-4.12.0-5] [5.0/MQTT-4.12.0-6]
        properties.authentication_method = self.authentication.method();
        if !self.response_information {
            // [5.0/MQTT-3.1.2-28]
            properties.response_information = None;
        }
        let (mut seconds, mut expiry) = (self.asked_keep_alive, self.asked_expiry);
        if is_5 {
            // [5.0/MQTT-3.2.2-22] Without one of the server's the client's own.
            seconds = properties.server_keep_alive.unwrap_or(seconds);
            expiry = properties.session_expiry_interval.unwrap_or(expiry);
        }
        self.keep_alive = KeepAlive::server(seconds, now);
        self.session_expiry = expiry;
        // [3.1.1/MQTT-3.1.4-4] [5.0/MQTT-3.1.4-5]
        let connack = ConnAck {
            session_present,
            reason: ReasonCode::SUCCESS,
            properties: (&*properties).into(),
        };
        Ok(connack.for_version(self.version))
    }

    /// Does not let the client in: a CONNACK to be encoded and sent before the
    /// network connection is closed. `None`: the version has no code for this, so that it is
    /// closed without a word [3.1.1/MQTT-3.2.2-6]. What the client has sent
    /// behind its CONNECT is dropped.
    ///
    /// `properties` are the application's; Response Information and an
    /// Authentication Method that were not asked for are left out.
    /// [`close`](Self::close) with a reason does the same, but for the
    /// properties.
    ///
    /// # Errors
    /// No CONNECT awaits a decision. Nothing has changed.
    pub fn reject<'b, 'p>(
        &'p mut self,
        reason: ReasonCode,
        properties: &'b mut ConnAckProperties<'p>,
    ) -> Result<Option<ConnAck<'b>>, CallError> {
        if self.state != State::Undecided {
            return Err(CallError::NothingToDecide);
        }
        // [3.1.1/MQTT-3.2.2-5] [5.0/MQTT-3.2.2-7] [5.0/MQTT-4.12.0-4] At any step.
        self.state = State::Ended;
        if properties.authentication_method.is_some() {
            // [5.0/MQTT-4.12.0-6]
            properties.authentication_method = self.authentication.method();
        }
        if !self.response_information {
            // [5.0/MQTT-3.1.2-28]
            properties.response_information = None;
        }
        // [3.1.1/MQTT-3.1.3-9] [5.0/MQTT-3.1.3-8] The identifier may be a reason.
        let reason = connack_code(reason);
        let sayable = self.version == Version::V5 || reason.return_code().is_some();
        let connack = ConnAck {
            session_present: false,
            reason,
            properties: (&*properties).into(),
        };
        Ok(sayable.then(|| connack.for_version(self.version)))
    }

    /// Asks for more (4.12): an AUTH to be encoded and sent, with these properties and the
    /// method of the CONNECT; before the CONNACK, and when the client
    /// authenticates anew.
    ///
    /// # Errors
    /// It is not this side's turn, or the CONNECT named no method. Nothing has
    /// changed.
    pub fn challenge<'b, 'p>(
        &'p mut self,
        properties: &'b mut AuthProperties<'p>,
        now: Duration,
    ) -> Result<Auth<'b>, CallError> {
        if !matches!(self.state, State::Undecided | State::Open) {
            return Err(CallError::NotOpen);
        }
        let reason = self.authentication.go_on(properties)?;
        if self.state == State::Undecided {
            self.auth_deadline = Some(now.saturating_add(self.connect_timeout));
        }
        Ok(Auth::new(reason, properties))
    }

    /// Ends a re-authentication that has succeeded (4.12.1): an AUTH to be
    /// encoded and sent. One that has failed is ended by
    /// [`close`](Self::close); the first authentication by
    /// [`accept`](Self::accept).
    ///
    /// # Errors
    /// The connection is not open, it is not this side's turn, or the CONNECT
    /// named no method. Nothing has changed.
    pub fn authenticated<'b, 'p>(
        &'p mut self,
        properties: &'b mut AuthProperties<'p>,
    ) -> Result<Auth<'b>, CallError> {
        self.must_be_open()?;
        let reason = self.authentication.succeed(properties)?;
        Ok(Auth::new(reason, properties))
    }

    /// True while a CONNECT or an AUTH before the CONNACK awaits the
    /// application: what the client has sent behind it is to stay unread.
    pub fn is_undecided(&self) -> bool {
        self.state == State::Undecided && !self.authentication.awaits_peer()
    }

    #[inline(never)]
    pub(super) fn take_unopened<'a>(
        &mut self,
        packet: &Packet<'a>,
        now: Duration,
    ) -> Result<Received<'a, M>, ProtocolError> {
        let packet_type = packet.packet_type();
        match (self.state, *packet) {
            (State::Waiting(_), Packet::Connect(connect)) => self.connect(connect, now),
            // [3.1.1/MQTT-3.1.0-1] [5.0/MQTT-3.1.0-1]
            (State::Waiting(_), _) => Err(self.error(Kind::ConnectExpected, packet_type)),
            (State::Undecided, packet) => self.take_undecided(packet),
            (State::Failed(error, _), _) => Err(error),
            // [3.1.1/MQTT-3.1.4-5] [5.0/MQTT-3.1.4-6] Not after a refusal, nor a DISCONNECT.
            (State::Ended | State::Open, _) => Ok(Received::NOTHING),
        }
    }

    fn connect<'a>(
        &mut self,
        connect: Connect<'a>,
        now: Duration,
    ) -> Result<Received<'a, M>, ProtocolError> {
        let properties = connect.properties.read();
        self.version = connect.version;
        self.state = State::Undecided;
        self.news = News::ALL;
        self.clean_start = connect.clean_start;
        self.has_client_id = !connect.client_id.is_empty();
        self.response_information = properties.request_response_information.unwrap_or(false);
        self.problem_information = properties.request_problem_information.unwrap_or(true);
        self.asked_keep_alive = connect.keep_alive;
        self.asked_expiry = session_expiry(&connect);
        self.session_expiry = self.asked_expiry;
        self.client = Limits::of_client(&connect);
        // Only then is it known how to say what is wrong with it.
        self.judge_connect(&connect)?;
        self.keep_alive = KeepAlive::server(0, now);
        // [3.1.1/MQTT-3.1.2-8] [3.1.1/MQTT-3.1.2-12] [5.0/MQTT-3.1.2-7]
        self.will = connect.will.map(|will| Box::new(DueWill::of(&will)));
        self.authentication = Authentication::new(properties.authentication_method, Role::Server);
        Ok(Received::event(Event::Connect(connect)))
    }

    fn judge_connect(&self, connect: &Connect<'_>) -> Result<(), ProtocolError> {
        // [3.1.1/MQTT-3.1.3-8]
        let nameless = match connect.version {
            Version::V5 => false,
            Version::V3_1_1 => !connect.clean_start,
            Version::V3_1 => true,
        };
        let kind = if nameless && connect.client_id.is_empty() {
            Kind::EmptyClientIdentifier
        } else {
            let Some(will) = &connect.will else {
                return Ok(());
            };
            if will.qos > self.limits.maximum_qos {
                // [5.0/MQTT-3.2.2-12]
                Kind::QoSNotSupported(will.qos)
            } else if will.retain && !self.limits.retain_available {
                // [5.0/MQTT-3.2.2-13]
                Kind::RetainNotSupported
            } else {
                return Ok(());
            }
        };
        Err(self.error(kind, PacketType::Connect))
    }

    fn take_undecided<'a>(&mut self, packet: Packet<'a>) -> Result<Received<'a, M>, ProtocolError> {
        let packet_type = packet.packet_type();
        match packet {
            Packet::Connect(_) => return Err(self.error(Kind::SecondConnect, packet_type)),
            _ => judge::role(&packet, Role::Client, self.version)?,
        }
        match packet {
            Packet::Auth(auth) => self.take_auth(auth),
            Packet::Disconnect(disconnect) => self.disconnected(disconnect),
            // [5.0/MQTT-3.1.2-30]
            _ if self.authentication.method().is_some() => {
                Err(self.error(Kind::AuthExpected, packet_type))
            }
            _ => Err(self.error(Kind::Undecided, packet_type)),
        }
    }
}
