//! A connection of either role: the calls that both have.

use std::time::Duration;

use puremqtt::delivery::Request;
use puremqtt::{
    Cause, ClientConnection, Decoder, Dropped, DueWill, Encoder, Farewell, Message, Packet,
    PacketId, ProtocolError, ReasonCode, Receipt, Received, Response, ServerConnection, Session,
    Terms, Transmit,
};

pub(crate) enum Line {
    Client(Box<ClientConnection>),
    Server(Box<ServerConnection>),
}

/// What is left of a connection.
#[derive(Debug)]
pub(crate) struct Closed {
    /// A server that has accepted nobody has none.
    pub(crate) session: Option<Session>,
    pub(crate) farewell: Option<Farewell>,
    /// A client's.
    pub(crate) unanswered: Vec<(PacketId, Request)>,
    /// A server's.
    pub(crate) will: Option<DueWill>,
    /// Seconds that the session outlives the connection.
    pub(crate) expiry: u32,
}

macro_rules! both {
    ($line:expr, $connection:ident => $call:expr) => {
        match $line {
            Line::Client($connection) => $call,
            Line::Server($connection) => $call,
        }
    };
}

impl Line {
    pub(crate) fn configure(&mut self, decoder: &mut Decoder, encoder: &mut Encoder) {
        both!(self, connection => connection.configure(decoder, encoder));
    }

    pub(crate) fn receive<'a>(
        &mut self,
        packet: Packet<'a>,
        now: Duration,
    ) -> Result<Received<'a, Message>, ProtocolError> {
        both!(self, connection => connection.receive(packet, now))
    }

    pub(crate) fn publish(
        &mut self,
        message: Message,
        terms: Terms,
        now: Duration,
    ) -> Result<(), Message> {
        both!(self, connection => connection.publish(message, terms, now))
    }

    pub(crate) fn transmit(&mut self, now: Duration) -> Option<Transmit<'_, Message>> {
        both!(self, connection => connection.transmit(now))
    }

    pub(crate) fn dropped(&mut self) -> Option<(Message, Dropped)> {
        both!(self, connection => connection.dropped())
    }

    pub(crate) fn acknowledge(&mut self, receipt: Receipt) -> bool {
        both!(self, connection => connection.acknowledge(receipt))
    }

    pub(crate) fn refuse(&mut self, receipt: Receipt, reason: ReasonCode) -> bool {
        both!(self, connection => connection.refuse(receipt, reason))
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        both!(self, connection => connection.deadline())
    }

    /// A PINGREQ of a client that is due.
    pub(crate) fn poll(&mut self, now: Duration) -> Result<Option<Response>, ProtocolError> {
        match self {
            Self::Client(client) => client.poll(now),
            Self::Server(server) => server.poll(now).map(|()| None),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        both!(self, connection => connection.is_open())
    }

    /// Whether what comes in has to wait for the application.
    pub(crate) fn is_undecided(&self) -> bool {
        matches!(self, Self::Server(server) if server.is_undecided())
    }

    pub(crate) fn session(&self) -> Option<&Session> {
        match self {
            Self::Client(client) => Some(client.session()),
            Self::Server(server) => server.session(),
        }
    }

    /// How many PUBLISHes of QoS 1 and 2 the other side takes at once.
    pub(crate) fn send_maximum(&self) -> u16 {
        match self {
            Self::Client(client) => client.server_limits().receive_maximum.get(),
            Self::Server(server) => server.client_limits().receive_maximum.get(),
        }
    }

    pub(crate) fn close(self, cause: Cause) -> Closed {
        match self {
            Self::Client(client) => {
                let expiry = client.session_expiry_interval();
                let closed = client.close(cause);
                Closed {
                    session: Some(closed.session),
                    farewell: closed.farewell,
                    unanswered: closed.unanswered,
                    will: None,
                    expiry,
                }
            }
            Self::Server(server) => {
                let closed = server.close(cause);
                Closed {
                    session: closed.session,
                    farewell: closed.farewell,
                    unanswered: Vec::new(),
                    will: closed.will,
                    expiry: closed.session_expiry_interval,
                }
            }
        }
    }
}
