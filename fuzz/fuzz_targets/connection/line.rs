//! A connection of either role.

use std::time::Duration;

use puremqtt::{
    ClientConnection, Packet, ProtocolError, Received, Response, ServerConnection, Session,
    Transmit,
};

#[derive(Clone)]
pub(crate) enum Line {
    Client(ClientConnection<u8>),
    Server(ServerConnection<u8>),
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
    pub(crate) fn session(&self) -> Option<&Session<u8>> {
        match self {
            Self::Client(client) => Some(client.session()),
            Self::Server(server) => server.session(),
        }
    }

    pub(crate) fn receive<'a>(
        &mut self,
        packet: Packet<'a>,
        now: Duration,
    ) -> Result<Received<'a, u8>, ProtocolError> {
        both!(self, connection => connection.receive(packet, now))
    }

    pub(crate) fn transmit(&mut self, now: Duration) -> Option<Transmit<'_, u8>> {
        both!(self, connection => connection.transmit(now))
    }

    pub(crate) fn poll(&mut self, now: Duration) -> Result<Option<Response>, ProtocolError> {
        match self {
            Self::Client(client) => client.poll(now),
            Self::Server(server) => server.poll(now).map(|()| None),
        }
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        both!(self, connection => connection.deadline())
    }

    pub(crate) fn is_open(&self) -> bool {
        both!(self, connection => connection.is_open())
    }
}

pub(crate) use both;
