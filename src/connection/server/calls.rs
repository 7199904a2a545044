//! A server's side of a connection: what the application asks for, what goes
//! out, and the end.

use core::time::Duration;

use super::{Before, ServerClosed, ServerConnection, State};
use crate::connection::cause::{Cause, Speaker, Stage};
use crate::connection::{CallError, Limits, judge};
use crate::delivery::{Receipt, Request};
use crate::packet::{Disconnect, Foreign, Packet, PacketType, ReasonCode, Role, SubAck, Version};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind as Kind};
use crate::session::{Dropped, Session, Terms, Transmit};

impl<M> ServerConnection<M> {
    /// Queues a message in the session, for [`transmit`](Self::transmit) to
    /// yield.
    ///
    /// # Errors
    /// Gives the message back, and nothing has changed: as
    /// [`Session::publish`], or the connection is not open.
    #[inline]
    pub fn publish(&mut self, message: M, terms: Terms, now: Duration) -> Result<(), M> {
        match (&mut self.session, self.state) {
            (Some(session), State::Open) => session.publish(message, terms, now),
            _ => Err(message),
        }
    }

    /// The message is processed: its PUBACK or PUBREC goes out by
    /// [`transmit`](Self::transmit), in the order of arrival (4.6). `false`:
    /// the receipt is stale, and nothing happens.
    #[inline]
    pub fn acknowledge(&mut self, receipt: Receipt) -> bool {
        self.session
            .as_mut()
            .is_some_and(|session| session.acknowledge(receipt))
    }

    /// The message is not wanted, and MQTT 5 says so. 3.1 and 3.1.1 cannot, and
    /// acknowledge it; who would rather not [`close`](Self::close)s. `false`:
    /// the receipt is stale, and nothing happens.
    pub fn refuse(&mut self, receipt: Receipt, reason: ReasonCode) -> bool {
        self.session
            .as_mut()
            .is_some_and(|session| session.refuse(receipt, reason))
    }

    /// The answer to a SUBSCRIBE, to be encoded and sent: a code for each of
    /// its filters, in their order. For a client of 3.1.1 every refusal
    /// becomes 0x80, and for one of 3.1 Granted QoS 0.
    ///
    /// # Errors
    /// The connection is not open, no SUBSCRIBE with this identifier awaits an
    /// answer, or it has another number of filters. Nothing has changed.
    pub fn suback<'r>(&mut self, suback: SubAck<'r>) -> Result<Packet<'r>, CallError> {
        self.answer(&suback, Request::Subscribe)?;
        Ok(Packet::SubAck(suback).for_version(self.version))
    }

    /// The answer to an UNSUBSCRIBE, to be encoded and sent: a code for each
    /// of its filters, in their order. Before MQTT 5 they are not sent, and
    /// may be left out.
    ///
    /// # Errors
    /// The connection is not open, no UNSUBSCRIBE with this identifier awaits
    /// an answer, or it has another number of filters. Nothing has changed.
    pub fn unsuback<'r>(&mut self, unsuback: SubAck<'r>) -> Result<Packet<'r>, CallError> {
        self.answer(&unsuback, Request::Unsubscribe)?;
        Ok(Packet::UnsubAck(unsuback).for_version(self.version))
    }

    fn answer(&mut self, answer: &SubAck<'_>, request: Request) -> Result<(), CallError> {
        self.must_be_open()?;
        let id = answer.packet_id;
        let filters = self
            .requests
            .filters(id, request)
            .ok_or(CallError::UnknownRequest(id))?;
        let codes = judge::count(answer.reasons.len());
        let none_needed =
            request == Request::Unsubscribe && self.version != Version::V5 && codes == 0;
        if codes != filters && !none_needed {
            return Err(CallError::CodeCount { filters, codes });
        }
        // [3.1.1/MQTT-2.3.1-7] [5.0/MQTT-2.2.1-6] [3.1.1/MQTT-3.8.4-2] [5.0/MQTT-3.8.4-2]
        self.requests.remove(id);
        Ok(())
    }

    /// What is due next, as [`Session::transmit`]: answers in their order, what
    /// is sent again, then pending messages as far as the client takes them.
    /// Nothing before [`accept`](Self::accept) or after the end.
    ///
    /// A message that the encoder refuses because the client takes no packet
    /// that large is to be [`discard`](Transmit::discard)ed, and then counts
    /// as sent [5.0/MQTT-3.1.2-25].
    #[inline(always)]
    pub fn transmit(&mut self, now: Duration) -> Option<Transmit<'_, M>> {
        match (&mut self.session, self.state) {
            (Some(session), State::Open) => session.transmit(now),
            _ => None,
        }
    }

    /// As [`Session::dropped`].
    pub fn dropped(&mut self) -> Option<(M, Dropped)> {
        self.session.as_mut()?.dropped()
    }

    /// As [`Session::withdraw`].
    pub fn withdraw(&mut self, wanted: impl FnMut(&M) -> bool) -> Option<M> {
        self.session.as_mut()?.withdraw(wanted)
    }

    /// When to [`poll`](Self::poll) at the latest; `None`: no need to.
    pub fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Waiting(deadline) => Some(deadline),
            State::Undecided => self.auth_deadline,
            State::Open => self.keep_alive.deadline(),
            State::Ended | State::Failed(..) => None,
        }
    }

    /// Looks at the time.
    ///
    /// # Errors
    /// The CONNECT or an AUTH before the CONNACK did not come in time, or
    /// nothing did for one and a half times the Keep Alive: the connection is over, and to be
    /// [`close`](Self::close)d with the error.
    pub fn poll(&mut self, now: Duration) -> Result<(), ProtocolError> {
        let (kind, packet_type) = match self.state {
            State::Waiting(deadline) if deadline <= now => {
                (Kind::ConnectTimeout, PacketType::Connect)
            }
            State::Undecided if self.auth_deadline.is_some_and(|deadline| deadline <= now) => {
                (Kind::AuthTimeout, PacketType::Auth)
            }
            State::Open if self.keep_alive.poll(now).is_some() => {
                (Kind::KeepAliveTimeout, PacketType::PingReq)
            }
            State::Failed(error, _) => return Err(error),
            _ => return Ok(()),
        };
        let error = self.error(kind, packet_type);
        self.fail(error);
        Err(error)
    }

    /// Ends the connection with a DISCONNECT of the caller's own (MQTT 5), to
    /// be encoded and sent before the network connection is closed; nothing
    /// follows it. [`close`](Self::close) gives the session back, and without
    /// this a DISCONNECT that says the usual.
    ///
    /// # Errors
    /// The connection is not open (before the CONNACK there is
    /// [`reject`](Self::reject)), the packet has what only clients send, or
    /// the version has no such packet. Nothing has changed.
    pub fn disconnect<'d>(
        &mut self,
        disconnect: Disconnect<'d>,
    ) -> Result<Disconnect<'d>, CallError> {
        // [5.0/MQTT-3.14.0-1]
        self.must_be_open()?;
        if self.version != Version::V5 {
            return Err(CallError::NotInVersion);
        }
        // [5.0/MQTT-3.14.2-2]
        match Packet::Disconnect(disconnect).foreign_to(Role::Server) {
            Some(Foreign::Property(id)) => return Err(CallError::PropertyOfOtherRole(id)),
            Some(Foreign::Reason(reason)) => return Err(CallError::ReasonCodeOfOtherRole(reason)),
            None => {}
        }
        self.state = State::Ended;
        Ok(disconnect)
    }

    /// The end, and why: an error, a reason, or [`Cause::Lost`]. Whatever it
    /// is, the will is due unless the client has taken it back.
    pub fn close(self, cause: impl Into<Cause>) -> ServerClosed<M> {
        let (stage, was_open) = match self.state {
            State::Waiting(_) | State::Failed(_, Before::Connect) => (Stage::Unknown, false),
            State::Undecided | State::Failed(_, Before::ConnAck) => (Stage::Undecided, false),
            State::Open | State::Failed(_, Before::Nothing) => (Stage::Speaking, true),
            State::Ended => (Stage::Silent, self.session.is_some()),
        };
        let speaker = Speaker {
            role: Role::Server,
            version: self.version,
            max_packet_size: self.client.packet_size(),
            stage,
        };
        let will = self.will.filter(|_| was_open);
        let mut session = self.session;
        if let Some(session) = &mut session {
            session.disconnected();
        }
        ServerClosed {
            session,
            session_expiry_interval: self.session_expiry,
            will: will.map(|will| will.within(self.session_expiry)),
            farewell: speaker.farewell(cause.into()),
        }
    }

    /// True from [`accept`](Self::accept) to the end.
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// The version, once a CONNECT has told it.
    pub fn version(&self) -> Option<Version> {
        let known = !matches!(
            self.state,
            State::Waiting(_) | State::Failed(_, Before::Connect)
        );
        known.then_some(self.version)
    }

    /// For looking at, and to save; `None` before [`accept`](Self::accept).
    pub const fn session(&self) -> Option<&Session<M>> {
        self.session.as_ref()
    }

    /// What this server takes.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What the client takes, as its CONNECT said.
    pub const fn client_limits(&self) -> &Limits {
        &self.client
    }

    /// Seconds that the session is to be kept after this connection;
    /// `u32::MAX`: for ever.
    pub const fn session_expiry_interval(&self) -> u32 {
        self.session_expiry
    }

    /// The method of enhanced authentication that the CONNECT named.
    pub fn authentication_method(&self) -> Option<&str> {
        self.authentication.method()
    }
}
