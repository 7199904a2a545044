use super::sender::{Core, Sender, most_messages};
use super::slots::{Slot, Slots, State};
use crate::packet::{PacketId, QoS, ReasonCode};

/// What a sender keeps of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry<M> {
    /// Its identifier.
    pub packet_id: PacketId,
    /// How far it is.
    pub exchange: Exchange,
    /// The message; `None` only for a released one of which the identifier
    /// alone is known.
    pub message: Option<M>,
}

/// How far an exchange is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// QoS 1: the PUBLISH awaits its PUBACK.
    AtLeastOnce,
    /// QoS 2: the PUBLISH awaits its PUBREC.
    ExactlyOnce,
    /// QoS 2: the PUBREC came, with this reason; PUBREL awaits its PUBCOMP.
    Released(ReasonCode),
}

impl<M, S: Slots<M>> Sender<M, S> {
    /// What is in flight: first the released exchanges in the order of their
    /// PUBRECs, then the others in the order of their first sending. Messages
    /// that were never sent are none of them.
    pub fn entries(&self) -> impl Iterator<Item = Entry<&M>> + '_ {
        let released = self.walk(self.core.released.first());
        released
            .chain(self.walk(self.core.outbound.first()))
            .filter_map(Entry::of)
    }

    /// The exchange that has this identifier.
    pub fn entry(&self, id: PacketId) -> Option<Entry<&M>> {
        let slot = self.core.places.find(self.slots.slots(), id)?;
        Entry::of((id, slot))
    }

    /// Takes up an exchange of an earlier life. In the order of the calls
    /// they are sent again; what [`entries`](Self::entries) yields is in the
    /// right one.
    ///
    /// # Errors
    /// Gives the entry back, and nothing has changed: there is a connection,
    /// a message that was never sent waits already, the identifier is in use,
    /// no place is left, or the message of an unreleased one is missing.
    pub fn restore(&mut self, entry: Entry<M>) -> Result<(), Entry<M>> {
        let waits = self.core.connected || self.has_pending();
        let full = self.core.messages >= most_messages::<M, S>(&self.slots);
        let whole = matches!(entry.exchange, Exchange::Released(_)) || entry.message.is_some();
        if waits || full || !whole {
            return Err(entry);
        }
        if !self.core.places.claim(&mut self.slots, entry.packet_id) {
            return Err(entry);
        }
        self.core.restore(self.slots.slots_mut(), entry);
        Ok(())
    }

    /// The PUBREC of an exchange of an earlier life, which
    /// [`restore`](Self::restore) has taken up as unreleased; `false` when
    /// there is none.
    pub fn restore_released(&mut self, id: PacketId, reason: ReasonCode) -> bool {
        let slots = self.slots.slots_mut();
        let state = self.core.places.find(slots, id).map(|slot| slot.state);
        match state {
            Some(State::Published {
                qos: QoS::ExactlyOnce,
                ..
            }) if !self.core.connected => {
                self.core.unlink(slots, id);
                self.core.release(slots, id, reason, false);
                self.core.occupied = self.core.occupied.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    /// Ends an exchange without a packet and frees its identifier; gives back
    /// what is known of its message. For a log that says it is over: on a
    /// session that goes on, the peer may still know the identifier.
    pub fn forget(&mut self, id: PacketId) -> Option<Entry<M>> {
        let slots = self.slots.slots_mut();
        let state = self.core.places.find(slots, id)?.state;
        let exchange = Exchange::of(state)?;
        let message = match state {
            State::Published { sent, .. } => {
                self.core.vacate(sent);
                self.core.finish(slots, id)
            }
            _ => {
                self.core.vacate(true);
                self.core.complete(slots, id)
            }
        };
        Some(Entry {
            packet_id: id,
            exchange,
            message,
        })
    }

    /// The peer has lost the session (Session Present 0 in MQTT 5): ends every
    /// exchange and yields what was in flight, in the order of
    /// [`entries`](Self::entries). Messages that were never sent stay.
    ///
    /// Dropping the iterator ends the rest as well.
    pub fn clear(&mut self) -> impl Iterator<Item = Entry<M>> + '_ {
        Clear(self)
    }

    fn has_pending(&self) -> bool {
        self.walk(self.core.unsent)
            .any(|(_, slot)| matches!(slot.state, State::Pending(_)))
    }
}

struct Clear<'s, M, S: Slots<M>>(&'s mut Sender<M, S>);

impl<M, S: Slots<M>> Iterator for Clear<'_, M, S> {
    type Item = Entry<M>;

    fn next(&mut self) -> Option<Entry<M>> {
        let core = &self.0.core;
        let id = core.released.first().or(core.outbound.first())?;
        // The outbound ones that were never sent are behind all the others.
        self.0.forget(id)
    }
}

impl<M, S: Slots<M>> Drop for Clear<'_, M, S> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

impl Core {
    fn restore<M>(&mut self, slots: &mut [Slot<M>], entry: Entry<M>) {
        let id = entry.packet_id;
        let published = |qos| State::Published { qos, sent: false };
        let state = match entry.exchange {
            Exchange::AtLeastOnce => published(QoS::AtLeastOnce),
            Exchange::ExactlyOnce | Exchange::Released(_) => published(QoS::ExactlyOnce),
        };
        self.take(slots, id, state, entry.message);
        if self.unsent.is_none() {
            self.unsent = Some(id);
        }
        if let Exchange::Released(reason) = entry.exchange {
            self.unlink(slots, id);
            self.release(slots, id, reason, false);
            self.occupied = self.occupied.saturating_add(1);
        }
    }

    /// Gives back the quota of an exchange that is over, if it had taken any.
    #[inline(always)]
    pub(super) const fn vacate(&mut self, occupied: bool) {
        if occupied {
            self.occupied = self.occupied.saturating_sub(1);
        }
    }
}

impl<'s, M> Entry<&'s M> {
    fn of((packet_id, slot): (PacketId, &'s Slot<M>)) -> Option<Self> {
        Some(Self {
            packet_id,
            exchange: Exchange::of(slot.state)?,
            message: slot.message.as_ref(),
        })
    }
}

impl Exchange {
    const fn of(state: State) -> Option<Self> {
        match state {
            State::Published {
                qos: QoS::ExactlyOnce,
                ..
            } => Some(Self::ExactlyOnce),
            State::Published { .. } => Some(Self::AtLeastOnce),
            State::Released { reason, .. } => Some(Self::Released(reason)),
            State::Free | State::Pending(_) | State::Requested(_) => None,
        }
    }
}
