//! What was stored comes back: everybody is away, and time has gone by.

use std::fmt;
use std::time::Duration;

use puremqtt::{Connect, DueWill, Message, QoS, Version};

use super::{Broker, ClientNo, stored};

/// What a store holds, as [`Changes`](super::Changes) have told it.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    pub clients: Vec<StoredClient>,
    pub retained: Vec<Vec<u8>>,
    /// The last time of which it is known that the broker was there.
    pub alive: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct StoredClient {
    pub id: String,
    pub header: Vec<u8>,
    pub subscriptions: Vec<Vec<u8>>,
    pub log: Vec<u8>,
}

/// What was stored is not what comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged(String);

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Damaged {}

impl Broker {
    /// Takes up what was stored, and from now on notes what changes. `now` is of the same clock
    /// as before: what was due in between happens now.
    ///
    /// # Errors
    /// Something was altered. The broker is of no use.
    pub fn restore(&mut self, stored: &Stored, now: Duration) -> Result<(), Damaged> {
        self.keep_changes();
        for message in &stored.retained {
            self.restore_retained(message, now)
                .ok_or_else(|| Damaged("a retained message was altered".into()))?;
        }
        for client in &stored.clients {
            self.restore_client(client, stored.alive.min(now), now)?;
        }
        self.poll(now);
        Ok(())
    }

    fn restore_client(
        &mut self,
        client: &StoredClient,
        alive: Duration,
        now: Duration,
    ) -> Result<(), Damaged> {
        let damaged = |what: &str| Damaged(format!("the session of {:?}: {what}", client.id));
        let no = stored::read_header(&client.header, |was_there, connect| {
            (connect.client_id == client.id)
                .then(|| self.restore_header(was_there.then_some(alive), &connect))
        });
        let no = no.ok_or_else(|| damaged("its header was altered"))?;
        let session = self
            .session()
            .restored(&client.log, now, now, stored::read_message);
        let mut session = session.map_err(|error| damaged(&error.to_string()))?;
        if !self.config.queue_qos0_messages {
            while session
                .withdraw(|queued| queued.qos == QoS::AtMostOnce)
                .is_some()
            {}
        }
        if let Some(client) = self.clients.get_mut(no.0) {
            client.session = Some(session);
        }
        for subscription in &client.subscriptions {
            self.restore_subscription(no, subscription)
                .ok_or_else(|| damaged("a subscription was altered"))?;
        }
        self.note_away(no);
        Ok(())
    }

    /// `lost`: when its connection was, if that did not come to an end.
    fn restore_header(&mut self, lost: Option<Duration>, connect: &Connect<'_>) -> ClientNo {
        let no = self.add_client(connect.client_id, connect.user_name);
        let seconds = |seconds| Duration::from_secs(u64::from(seconds));
        let expiry = match connect.version {
            Version::V5 => connect.properties.session_expiry_interval().unwrap_or(0),
            _ => u32::MAX,
        };
        let since = lost.unwrap_or_default();
        if expiry != u32::MAX {
            self.set_expiry(no, since.saturating_add(seconds(expiry)));
        }
        if let Some(will) = &connect.will {
            let delay = will.delay_interval.unwrap_or(0).min(expiry);
            let due = DueWill {
                message: Message::from(&will.publish()),
                qos: will.qos,
                delay_interval: delay,
            };
            self.set_will(no, since.saturating_add(seconds(delay)), due);
        }
        self.keep(no, connect.version, None);
        no
    }

    fn restore_subscription(&mut self, no: ClientNo, stored: &[u8]) -> Option<()> {
        stored::read_subscription(stored, |filter, granted, wants| {
            self.subscriptions.insert(filter, no, granted);
            if wants {
                self.want_retained(no, filter, granted.options, granted.identifier);
            }
            Some(())
        })
    }
}
