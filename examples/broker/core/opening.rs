//! CONNECT: who is it, may it, and which session does it get.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use puremqtt::{
    Cause, ConnAckProperties, Connect, Encoder, Limits, PropertyId, QueueLimits, ReasonCode,
    Session, Version,
};
use uuid::Uuid;

use super::client::{Client, Queued};
use super::link::LinkNo;
use super::{Broker, ClientNo};
use crate::broker::acl::Rights;
use crate::broker::log::{self, Direction};

impl Broker {
    /// What every client is told.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            receive_maximum: self.config.receive_maximum,
            maximum_packet_size: self
                .config
                .max_packet_size
                .and_then(|size| size.try_into().ok()),
            topic_alias_maximum: self.config.topic_alias_maximum,
            retain_available: self.config.retain_available,
            ..Limits::default()
        }
    }

    pub(super) fn open(
        &mut self,
        no: LinkNo,
        connect: Connect<'_>,
        encoder: &mut Encoder,
        output: &mut BytesMut,
        now: Duration,
    ) -> Result<(), Cause> {
        self.authenticate(&connect)?;
        let keep_alive = self.keep_alive(&connect)?;
        let assigned = self.assign(&connect)?;
        let id = assigned.as_deref().unwrap_or(connect.client_id);
        let (client, session) = self.client(id, &connect, now)?;
        let (session, session_present) = match session {
            Some(session) => (session, true),
            None => (self.session(), false),
        };
        let mut properties = ConnAckProperties {
            assigned_client_identifier: assigned.as_deref(),
            server_keep_alive: keep_alive,
            ..ConnAckProperties::default()
        };
        if let Some(link) = self.links.get_mut(no.0) {
            link.client = Some(client);
            let peer = link.peer.clone();
            self.log(|| log::connected(peer, id, &connect));
        }
        if let Some(client) = self.clients.get_mut(client.0) {
            client.link = Some(no);
        }
        let name = self.log.is_some().then(|| self.name(no));
        let Some(connection) = self.connection(no) else {
            return Ok(());
        };
        connection.configure_encoder(encoder);
        let connack = connection
            .accept(session, session_present, &mut properties, now)
            .map_err(|_| ReasonCode::UNSPECIFIED_ERROR)?;
        encoder.encode(connack, output)?;
        if let Some(name) = name {
            let packet = connack.into();
            let line = log::packet(Direction::Sending, &name, connect.version, &packet);
            self.log(|| line);
        }
        Ok(())
    }

    /// Who it is. There is no method of enhanced authentication [5.0/MQTT-4.12.0-1].
    fn authenticate(&self, connect: &Connect<'_>) -> Result<(), ReasonCode> {
        if connect
            .properties
            .contains(PropertyId::AUTHENTICATION_METHOD)
        {
            return Err(ReasonCode::BAD_AUTHENTICATION_METHOD);
        }
        match (connect.user_name, &self.passwords) {
            (None, _) if !self.config.allow_anonymous => Err(ReasonCode::NOT_AUTHORIZED),
            (None, _) | (Some(_), None) => Ok(()),
            (Some(name), Some(passwords)) => {
                let password = connect.password.unwrap_or_default();
                let known = passwords.verify(name, password);
                known.then_some(()).ok_or(match connect.version {
                    Version::V5 => ReasonCode::BAD_USER_NAME_OR_PASSWORD,
                    // As mosquitto's clients know it.
                    _ => ReasonCode::NOT_AUTHORIZED,
                })
            }
        }
    }

    /// The Keep Alive that holds in place of the client's, which before MQTT 5 nobody can tell it.
    fn keep_alive(&self, connect: &Connect<'_>) -> Result<Option<u16>, ReasonCode> {
        let most = self.config.max_keep_alive;
        let is_within = (1..=most).contains(&connect.keep_alive);
        if is_within || most == u16::MAX {
            return Ok(None);
        }
        match connect.version {
            Version::V5 => Ok(Some(most)),
            _ => Err(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID),
        }
    }

    /// An identifier for a client that has none.
    fn assign(&self, connect: &Connect<'_>) -> Result<Option<String>, ReasonCode> {
        if !connect.client_id.is_empty() {
            return Ok(None);
        }
        if !self.config.allow_zero_length_client_id {
            return Err(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
        }
        // [5.0/MQTT-3.2.2-16] Nobody else's, and not to be guessed.
        let id = format!("{}{}", self.config.auto_id_prefix, Uuid::new_v4());
        Ok(Some(id))
    }

    /// The place of the client, and its session if it goes on with one.
    fn client(
        &mut self,
        id: &str,
        connect: &Connect<'_>,
        now: Duration,
    ) -> Result<(ClientNo, Option<Session<Queued>>), ReasonCode> {
        let place = self.by_id.get(id).copied();
        if let Some(client) = place.and_then(|no| self.clients.get(no.0)) {
            // Nobody takes over what is somebody else's.
            if client.user_name.as_deref() != connect.user_name {
                return Err(ReasonCode::NOT_AUTHORIZED);
            }
            if let Some(link) = client.link {
                // [3.1.1/MQTT-3.1.4-2] [5.0/MQTT-3.1.4-3]
                self.end(link, ReasonCode::SESSION_TAKEN_OVER.into(), None, now);
            }
        }
        match self.by_id.get(id).copied() {
            Some(no) if connect.clean_start => self.end_session(no, now),
            Some(no) => {
                let session = self.attach(no);
                let rights = self.rights(id, connect);
                if let Some(client) = self.clients.get_mut(no.0) {
                    client.rights = rights;
                }
                return Ok((no, session));
            }
            None => {}
        }
        let id: Arc<str> = id.into();
        let no = ClientNo(self.clients.insert(Client {
            id: id.clone(),
            user_name: connect.user_name.map(Box::from),
            rights: self.rights(&id, connect),
            link: None,
            session: None,
            will: None,
            expires: None,
            retained: VecDeque::new(),
            place: (u64::MAX, 0),
        }));
        self.by_id.insert(id, no);
        Ok((no, None))
    }

    fn rights(&self, id: &str, connect: &Connect<'_>) -> Rights {
        match &self.acl {
            Some(acl) => acl.rights(connect.user_name, id),
            None => Rights::all(),
        }
    }

    fn session(&self) -> Session<Queued> {
        let session = Session::new()
            .with_max_in_flight(self.config.max_inflight)
            .with_queue_limits(QueueLimits {
                messages: self.config.max_queued.unwrap_or(usize::MAX),
                ..QueueLimits::default()
            });
        if self.config.queue_qos0_messages {
            session.keeping_at_most_once()
        } else {
            session
        }
    }
}
