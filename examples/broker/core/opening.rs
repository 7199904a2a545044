//! CONNECT: who is it, may it, and which session does it get.

use std::sync::Arc;
use std::time::Duration;

use puremqtt::{
    Cause, ConnAckProperties, Connect, Encoder, PropertyId, QueueLimits, ReasonCode, Rope,
    ServerConnection, Session, Version,
};
use uuid::Uuid;

use super::client::{Client, Queued};
use super::link::LinkNo;
use super::wishes::Wishes;
use super::{Broker, ClientNo, stored};
use crate::broker::acl::Rights;
use crate::broker::log::{self, Direction};

/// Bytes of the largest packet of all.
const LARGEST_PACKET: u32 = 268_435_460;

/// Bytes that a queue holds beside the largest message.
const SLACK: usize = 16 << 20;

impl Broker {
    pub(super) fn open(
        &mut self,
        no: LinkNo,
        connect: Connect<'_>,
        encoder: &mut Encoder,
        output: &mut Rope,
        now: Duration,
    ) -> Result<(), Cause> {
        // [5.0/MQTT-3.1.4-2] More than the codec asks.
        self.authenticate(&connect)?;
        let keep_alive = self.keep_alive(&connect)?;
        let assigned = self.assign(&connect)?;
        let id = assigned.as_deref().unwrap_or(connect.client_id);
        let (client, session) = self.client(id, &connect, now)?;
        self.tie(no, client);
        let peer = self.links.get(no.0).map(|link| link.peer.clone());
        self.log(|| log::connected(peer.unwrap_or_default(), id, &connect));

        let session_present = session.is_some();
        // [5.0/MQTT-3.1.2-6] Who has no session begins one, and
        // [3.1.1/MQTT-3.2.2-3] [5.0/MQTT-3.2.2-3] is told so.
        let session = session.unwrap_or_else(|| self.session());
        let mut properties = ConnAckProperties {
            assigned_client_identifier: assigned.as_deref(),
            server_keep_alive: keep_alive,
            ..ConnAckProperties::default()
        };
        let is_logged = self.log.is_some();
        // [5.0/MQTT-4.1.0-2] Else it ends with the connection.
        let outlives =
            |connection: &mut ServerConnection<Queued>| connection.session_expiry_interval() > 0;
        if self.connection(no).is_some_and(outlives) {
            self.keep(client, connect.version, stored::there(id, &connect));
        } else {
            self.keep_no_more(client);
        }
        let Some(connection) = self.connection(no) else {
            return Ok(());
        };
        connection.configure_encoder(encoder);
        let connack = connection
            .accept(session, session_present, &mut properties, now)
            .map_err(|_| ReasonCode::UNSPECIFIED_ERROR)?;
        let before = output.len();
        encoder.encode(connack, output)?;
        let line = is_logged
            .then(|| log::packet(Direction::Sending, id, connect.version, &connack.into()));
        self.figures.sent(output.len() - before);
        self.log(|| line.unwrap_or_default());
        Ok(())
    }

    /// From here on the link is the client's.
    fn tie(&mut self, no: LinkNo, client_no: ClientNo) {
        if let (Some(link), Some(client)) =
            (self.links.get_mut(no.0), self.clients.get_mut(client_no.0))
        {
            link.client = Some(client_no);
            client.link = Some(no);
            self.figures.connected += 1;
        }
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
        // [3.1.1/MQTT-3.1.3-5] [5.0/MQTT-3.1.3-5] Every other one is as good as any.
        if !connect.client_id.is_empty() {
            return Ok(None);
        }
        if !self.config.allow_zero_length_client_id {
            return Err(ReasonCode::CLIENT_IDENTIFIER_NOT_VALID);
        }
        // [3.1.1/MQTT-3.1.3-6] [5.0/MQTT-3.1.3-6] From here on it counts as the client's own, which
        // [5.0/MQTT-3.1.3-7] the CONNACK tells.
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
        // [3.1.1/MQTT-3.1.3-2] [5.0/MQTT-3.1.3-2] By the identifier alone.
        self.take_over(id, connect, now)?;
        match self.by_id.get(id).copied() {
            // [3.1.1/MQTT-3.1.4-3] [5.0/MQTT-3.1.4-4]
            Some(no) if connect.clean_start => self.end_session(no, now),
            // [5.0/MQTT-3.1.2-5]
            Some(no) => return Ok((no, self.attach(no))),
            None => {}
        }
        Ok((self.add_client(id, connect.user_name), None))
    }

    /// A client that nobody knew.
    pub(super) fn add_client(&mut self, id: &str, user_name: Option<&str>) -> ClientNo {
        let id: Arc<str> = id.into();
        let no = ClientNo(self.clients.insert(Client {
            id: id.clone(),
            user_name: user_name.map(Box::from),
            rights: match &self.acl {
                Some(acl) => acl.rights(user_name, &id),
                None => Rights::all(),
            },
            link: None,
            kept: None,
            session: None,
            will: None,
            expires: None,
            retained: Wishes::default(),
            place: (u64::MAX, 0),
            turn: 0,
        }));
        self.by_id.insert(id, no);
        no
    }

    /// Ends the connection that the client has, unless it is somebody else's.
    fn take_over(
        &mut self,
        id: &str,
        connect: &Connect<'_>,
        now: Duration,
    ) -> Result<(), ReasonCode> {
        let no = self.by_id.get(id);
        let Some(client) = no.and_then(|no| self.clients.get(no.0)) else {
            return Ok(());
        };
        if client.user_name.as_deref() != connect.user_name {
            return Err(ReasonCode::NOT_AUTHORIZED);
        }
        if let Some(link) = client.link {
            // [3.1.1/MQTT-3.1.4-2] [5.0/MQTT-3.1.4-3]
            self.end(link, ReasonCode::SESSION_TAKEN_OVER.into(), None, now);
        }
        Ok(())
    }

    /// A new one. Its queue takes the largest message there is, with others around it.
    pub(super) fn session(&self) -> Session<Queued> {
        let largest = self.config.max_packet_size.unwrap_or(LARGEST_PACKET);
        let session = Session::new()
            .with_max_in_flight(self.config.max_inflight)
            .with_queue_limits(QueueLimits {
                messages: self.config.max_queued.unwrap_or(usize::MAX),
                bytes: usize::try_from(largest)
                    .map_or(usize::MAX, |largest| largest.saturating_add(SLACK)),
            });
        if self.config.queue_qos0_messages {
            session.keeping_at_most_once()
        } else {
            session
        }
    }
}
