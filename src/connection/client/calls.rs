//! A client's side of a connection: what the application asks for, what goes
//! out, and the end.

use core::time::Duration;

use super::{ClientClosed, ClientConnection, State};
use crate::connection::cause::{Cause, Speaker, Stage};
use crate::connection::keep_alive::Due;
use crate::connection::{CallError, Limits, Response, judge};
use crate::delivery::{Outgoing, Receipt, Request};
use crate::packet::{
    Auth, AuthProperties, Disconnect, Foreign, List, Packet, PacketId, PacketType, Properties, QoS,
    ReasonCode, Role, Subscribe, SubscribeProperties, Subscription, Unsubscribe, Version,
};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind as Kind};
use crate::session::{Dropped, Session, Terms, Transmit};
use crate::topic::TopicFilter;

impl<M> ClientConnection<M> {
    /// Queues a message in the session, for [`transmit`](Self::transmit) to
    /// yield; before the CONNACK, too, at QoS 1 and 2.
    ///
    /// # Errors
    /// Gives the message back, and nothing has changed: as
    /// [`Session::publish`], or the connection has ended, or the server takes
    /// no message of this QoS [5.0/MQTT-3.2.2-11].
    #[inline]
    pub fn publish(&mut self, message: M, terms: Terms, now: Duration) -> Result<(), M> {
        match self.state {
            State::Open if terms.qos <= self.server.maximum_qos => {}
            State::Opening(_) => {}
            _ => return Err(message),
        }
        self.session.publish(message, terms, now)
    }

    /// The message is processed: its PUBACK or PUBREC goes out by
    /// [`transmit`](Self::transmit), in the order of arrival (4.6). `false`:
    /// the receipt is stale, and nothing happens.
    #[inline]
    pub fn acknowledge(&mut self, receipt: Receipt) -> bool {
        self.session.acknowledge(receipt)
    }

    /// The message is not wanted, and MQTT 5 says so. 3.1 and 3.1.1 cannot, and
    /// acknowledge it; who would rather not [`close`](Self::close)s. `false`:
    /// the receipt is stale, and nothing happens.
    pub fn refuse(&mut self, receipt: Receipt, reason: ReasonCode) -> bool {
        self.session.refuse(receipt, reason)
    }

    /// A SUBSCRIBE to be encoded and sent now, answered by
    /// [`Event::Subscribed`](crate::Event::Subscribed). Each connection that
    /// ends without the answer, or comes back to a server that has lost the
    /// session, has to subscribe anew.
    ///
    /// # Errors
    /// The connection is not open, 16 requests await an answer, or the server
    /// has announced that it does not take such a subscription. Nothing has
    /// changed.
    pub fn subscribe<'s>(
        &mut self,
        subscriptions: impl Into<List<'s, Subscription<'s>>>,
        now: Duration,
    ) -> Result<Subscribe<'s>, CallError> {
        self.subscribe_with(subscriptions, Properties::NONE, now)
    }

    /// As [`subscribe`](Self::subscribe), with the properties of MQTT 5.
    ///
    /// # Errors
    /// As there.
    pub fn subscribe_with<'s>(
        &mut self,
        subscriptions: impl Into<List<'s, Subscription<'s>>>,
        properties: impl Into<Properties<'s, SubscribeProperties<'s>>>,
        now: Duration,
    ) -> Result<Subscribe<'s>, CallError> {
        let (subscriptions, properties) = (subscriptions.into(), properties.into());
        let identified = properties.subscription_identifier().is_some();
        let filters = subscriptions.iter().map(|subscription| subscription.filter);
        if let Some(kind) = judge::subscription(&self.server, filters, identified) {
            return Err(CallError::NotSupported(kind.reason()));
        }
        let packet_id = self.request(Request::Subscribe, subscriptions.len(), now)?;
        Ok(Subscribe {
            properties,
            ..Subscribe::new(packet_id, subscriptions)
        })
    }

    /// An UNSUBSCRIBE to be encoded and sent now, answered by
    /// [`Event::Unsubscribed`](crate::Event::Unsubscribed).
    ///
    /// # Errors
    /// The connection is not open, or 16 requests await an answer. Nothing has
    /// changed.
    pub fn unsubscribe<'s>(
        &mut self,
        filters: impl Into<List<'s, TopicFilter<'s>>>,
        now: Duration,
    ) -> Result<Unsubscribe<'s>, CallError> {
        let filters = filters.into();
        let packet_id = self.request(Request::Unsubscribe, filters.len(), now)?;
        Ok(Unsubscribe::new(packet_id, filters))
    }

    fn request(
        &mut self,
        request: Request,
        filters: usize,
        now: Duration,
    ) -> Result<PacketId, CallError> {
        self.must_be_open()?;
        let id = self
            .session
            .reserve(request)
            .ok_or(CallError::TooManyRequests)?;
        self.requests.insert(id, request, judge::count(filters));
        self.keep_alive.sent(now);
        Ok(id)
    }

    /// Takes back a request that could not be encoded; `false` when there is
    /// none with this identifier.
    pub fn release(&mut self, packet_id: PacketId) -> bool {
        self.requests.remove(packet_id);
        self.session.release(packet_id)
    }

    /// The answer to a step of enhanced authentication: an AUTH to be encoded
    /// and sent now, with these properties and the method of the CONNECT.
    ///
    /// # Errors
    /// It is not this side's turn, or the CONNECT named no method. Nothing has
    /// changed.
    pub fn authenticate<'b, 'p>(
        &'p mut self,
        properties: &'b mut AuthProperties<'p>,
        now: Duration,
    ) -> Result<Auth<'b>, CallError> {
        self.must_not_have_ended()?;
        let reason = self.authentication.go_on(properties)?;
        if let State::Opening(deadline) = &mut self.state {
            *deadline = now.saturating_add(self.connack_timeout);
        }
        self.keep_alive.sent(now);
        Ok(Auth::new(reason, properties))
    }

    /// Begins a re-authentication (4.12.1): an AUTH to be encoded and sent
    /// now. Other packets flow meanwhile; its success is an
    /// [`Event::Auth`](crate::Event::Auth) with Success.
    ///
    /// # Errors
    /// The connection is not open, an exchange is under way, or the CONNECT
    /// named no method. Nothing has changed.
    pub fn reauthenticate<'b, 'p>(
        &'p mut self,
        properties: &'b mut AuthProperties<'p>,
        now: Duration,
    ) -> Result<Auth<'b>, CallError> {
        self.must_be_open()?;
        // [5.0/MQTT-4.12.1-1]
        let reason = self.authentication.restart(properties)?;
        self.keep_alive.sent(now);
        Ok(Auth::new(reason, properties))
    }

    /// What is due next, as [`Session::transmit`]: answers in their order, what
    /// is sent again, then pending messages as far as the server takes them.
    /// Nothing before the CONNACK or after the end.
    ///
    /// A message above the server's Maximum QoS is not sent and awaits
    /// [`dropped`](Self::dropped). What the encoder refuses for its size, or
    /// because the server keeps no retained messages, is to be
    /// [`discard`](Transmit::discard)ed.
    #[inline(always)]
    pub fn transmit(&mut self, now: Duration) -> Option<Transmit<'_, M>> {
        if self.state != State::Open {
            return None;
        }
        if self.server.maximum_qos < QoS::ExactlyOnce {
            self.drop_unsupported(now);
        }
        self.session
            .transmit_noting(now, self.keep_alive.last_sent())
    }

    /// Limits are new on every connection: what waited may be above them.
    #[cold]
    fn drop_unsupported(&mut self, now: Duration) {
        while let Some(next) = self.session.transmit(now) {
            match next.outgoing() {
                Outgoing::Message { delivery, .. } if delivery.qos() > self.server.maximum_qos => {}
                _ => break,
            }
            if let Some(message) = next.discard() {
                self.session.drop_message(message, Dropped::NotSupported);
            }
        }
    }

    /// As [`Session::dropped`].
    pub fn dropped(&mut self) -> Option<(M, Dropped)> {
        self.session.dropped()
    }

    /// As [`Session::withdraw`].
    pub fn withdraw(&mut self, wanted: impl FnMut(&M) -> bool) -> Option<M> {
        self.session.withdraw(wanted)
    }

    /// When to [`poll`](Self::poll) at the latest; `None`: no need to.
    pub fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Opening(deadline) => Some(deadline),
            State::Open => self.keep_alive.deadline(),
            State::Ended | State::Failed(_) => None,
        }
    }

    /// What is due by now: a PINGREQ, to be encoded and sent, or nothing.
    ///
    /// # Errors
    /// The CONNACK or a PINGRESP did not come in time: the connection is over,
    /// and to be [`close`](Self::close)d with the error.
    pub fn poll(&mut self, now: Duration) -> Result<Option<Response>, ProtocolError> {
        let (kind, packet_type) = match self.state {
            State::Opening(deadline) if deadline <= now => {
                (Kind::ConnAckTimeout, PacketType::ConnAck)
            }
            State::Open => match self.keep_alive.poll(now) {
                Some(Due::Ping) => return Ok(Some(Response::PING_REQ)),
                Some(Due::Timeout) => (Kind::PingRespTimeout, PacketType::PingResp),
                None => return Ok(None),
            },
            State::Opening(_) | State::Ended => return Ok(None),
            State::Failed(error) => return Err(error),
        };
        let error = ProtocolError::new(kind, packet_type, self.version).from_role(Role::Server);
        self.state = State::Failed(error);
        Err(error)
    }

    /// Ends the connection with a DISCONNECT of the caller's own, to be encoded
    /// and sent before the network connection is closed; nothing follows it.
    /// [`close`](Self::close) gives the session back, and without this a
    /// DISCONNECT that says the usual.
    ///
    /// # Errors
    /// The connection has ended, the packet has what only servers send or what
    /// the version cannot say, or a Session Expiry Interval where the CONNECT
    /// had 0 (3.14.2.2.2). Nothing has changed.
    pub fn disconnect<'d>(
        &mut self,
        disconnect: Disconnect<'d>,
    ) -> Result<Disconnect<'d>, CallError> {
        self.must_not_have_ended()?;
        if self.version != Version::V5 && disconnect != Disconnect::default() {
            return Err(CallError::NotInVersion);
        }
        match Packet::Disconnect(disconnect).foreign_to(Role::Client) {
            Some(Foreign::Property(id)) => return Err(CallError::PropertyOfOtherRole(id)),
            Some(Foreign::Reason(reason)) => return Err(CallError::ReasonCodeOfOtherRole(reason)),
            None => {}
        }
        if let Some(seconds) = disconnect.properties.session_expiry_interval() {
            if seconds > 0 && self.asked_expiry == 0 {
                return Err(CallError::SessionExpiryRaised);
            }
            self.session_expiry = seconds;
        }
        // [3.1.1/MQTT-3.14.4-1] [3.1.1/MQTT-3.14.4-2] [5.0/MQTT-3.14.4-1] [5.0/MQTT-3.14.4-2]
        self.state = State::Ended;
        Ok(disconnect)
    }

    /// The end, and why: an error, a reason, or [`Cause::Lost`]. With
    /// [`ReasonCode::NORMAL_DISCONNECTION`] the server discards the will.
    pub fn close(self, cause: impl Into<Cause>) -> ClientClosed<M> {
        let stage = match self.state {
            State::Opening(_) | State::Open | State::Failed(_) => Stage::Speaking,
            State::Ended => Stage::Silent,
        };
        let speaker = Speaker {
            role: Role::Client,
            version: self.version,
            max_packet_size: self.server.packet_size(),
            stage,
        };
        let mut session = self.session;
        let unanswered = session.requests().collect();
        session.disconnected();
        ClientClosed {
            session,
            farewell: speaker.farewell(cause.into()),
            unanswered,
        }
    }

    /// True from the CONNACK to the end.
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// For looking at, and to save.
    pub const fn session(&self) -> &Session<M> {
        &self.session
    }

    /// What this client takes, as its CONNECT said.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What the server takes, as its CONNACK said.
    pub const fn server_limits(&self) -> &Limits {
        &self.server
    }

    /// Seconds that the server keeps the session after this connection;
    /// `u32::MAX`: for ever.
    pub const fn session_expiry_interval(&self) -> u32 {
        self.session_expiry
    }

    fn must_be_open(&self) -> Result<(), CallError> {
        match self.state {
            State::Open => Ok(()),
            _ => Err(CallError::NotOpen),
        }
    }

    fn must_not_have_ended(&self) -> Result<(), CallError> {
        match self.state {
            State::Opening(_) | State::Open => Ok(()),
            State::Ended | State::Failed(_) => Err(CallError::NotOpen),
        }
    }
}
