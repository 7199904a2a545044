use alloc::boxed::Box;

use super::CallError;
use crate::packet::{Auth, AuthProperties, PacketType, ReasonCode, Role, Version};
use crate::protocol_error::{ProtocolError, ProtocolErrorKind as Kind};

/// Enhanced authentication (4.12): the method of the CONNECT, and whose turn
/// it is.
///
/// ```text
///            CONNECT                  AUTH 18 (server)
/// client ──────────────► theirs ◄──────────────────► ours        CONNACK
///                                 AUTH 18 (client)          ─────────────► idle
/// ```
///
/// From idle on a client's AUTH 19 starts over, and the server's AUTH 00 ends it.
#[derive(Clone, Debug, Default)]
pub(super) struct Authentication {
    method: Option<Box<str>>,
    turn: Turn,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    #[default]
    Idle,
    Ours,
    Theirs,
}

impl Authentication {
    /// As a CONNECT starts it.
    pub(super) fn new(method: Option<&str>, role: Role) -> Self {
        let turn = match (method, role) {
            (None, _) => Turn::Idle,
            (Some(_), Role::Client) => Turn::Theirs,
            (Some(_), Role::Server) => Turn::Ours,
        };
        Self {
            method: method.map(Box::from),
            turn,
        }
    }

    pub(super) fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// True while the peer has to take the next step.
    pub(super) fn awaits_peer(&self) -> bool {
        self.turn == Turn::Theirs
    }

    /// CONNACK: the exchange is over.
    pub(super) fn over(&mut self) {
        self.turn = Turn::Idle;
    }

    /// A client starts over.
    pub(super) fn restart<'p>(
        &'p mut self,
        properties: &mut AuthProperties<'p>,
    ) -> Result<ReasonCode, CallError> {
        if self.method.is_none() {
            // [5.0/MQTT-4.12.0-7]
            return Err(CallError::NoAuthenticationMethod);
        }
        if self.turn != Turn::Idle {
            return Err(CallError::NotOurTurn);
        }
        Ok(self.step(ReasonCode::RE_AUTHENTICATE, Turn::Theirs, properties))
    }

    /// This side goes on.
    pub(super) fn go_on<'p>(
        &'p mut self,
        properties: &mut AuthProperties<'p>,
    ) -> Result<ReasonCode, CallError> {
        self.ours()?;
        // [5.0/MQTT-4.12.0-2] [5.0/MQTT-4.12.0-3]
        Ok(self.step(
            ReasonCode::CONTINUE_AUTHENTICATION,
            Turn::Theirs,
            properties,
        ))
    }

    /// A server is content with a re-authentication.
    pub(super) fn succeed<'p>(
        &'p mut self,
        properties: &mut AuthProperties<'p>,
    ) -> Result<ReasonCode, CallError> {
        self.ours()?;
        Ok(self.step(ReasonCode::SUCCESS, Turn::Idle, properties))
    }

    fn ours(&self) -> Result<(), CallError> {
        match (&self.method, self.turn) {
            (None, _) => Err(CallError::NoAuthenticationMethod),
            (_, Turn::Ours) => Ok(()),
            _ => Err(CallError::NotOurTurn),
        }
    }

    /// [5.0/MQTT-4.12.0-5] Every AUTH bears the CONNECT's method.
    fn step<'p>(
        &'p mut self,
        reason: ReasonCode,
        turn: Turn,
        properties: &mut AuthProperties<'p>,
    ) -> ReasonCode {
        self.turn = turn;
        properties.authentication_method = self.method.as_deref();
        reason
    }

    /// Takes an AUTH of the peer, whose role is given.
    pub(super) fn receive(
        &mut self,
        auth: &Auth<'_>,
        sender: Role,
        is_open: bool,
    ) -> Result<(), ProtocolError> {
        let error =
            |kind| Err(ProtocolError::new(kind, PacketType::Auth, Version::V5).from_role(sender));
        let Some(method) = self.method() else {
            return error(Kind::NoAuthenticationMethod);
        };
        if auth.properties.authentication_method() != Some(method) {
            return error(Kind::AuthenticationMethodChanged);
        }
        let turn = match (sender, auth.reason, self.turn) {
            (_, ReasonCode::CONTINUE_AUTHENTICATION, Turn::Theirs) => Turn::Ours,
            (Role::Client, ReasonCode::RE_AUTHENTICATE, Turn::Idle) if is_open => Turn::Ours,
            (Role::Server, ReasonCode::SUCCESS, Turn::Theirs) if is_open => Turn::Idle,
            (_, reason, _) => return error(Kind::UnexpectedAuth(reason)),
        };
        self.turn = turn;
        Ok(())
    }
}
