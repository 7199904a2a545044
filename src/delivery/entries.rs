use super::marks::{Marks, State as Received};
use super::places;
use super::receiver::Receiver;
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
        let Core {
            places, messages, ..
        } = &self.core;
        let messages = places.messages(self.slots.slots(), *messages);
        messages.filter_map(Entry::of)
    }

    /// The exchange that has this identifier.
    pub fn entry(&self, id: PacketId) -> Option<Entry<&M>> {
        let slot = places::find(self.slots.slots(), id)?;
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
        let was = places::state(slots, id);
        let waits = was == State::Unsent(QoS::ExactlyOnce) && !self.core.connected;
        if waits {
            self.core.release_later(slots, id, was, reason);
        }
        waits
    }

    /// Ends an exchange without a packet and frees its identifier; gives back
    /// what is known of its message. For a log that says it is over: on a
    /// session that goes on, the peer may still know the identifier.
    pub fn forget(&mut self, id: PacketId) -> Option<Entry<M>> {
        let slots = self.slots.slots_mut();
        let state = places::state(slots, id);
        let exchange = Exchange::of(state)?;
        let message = self.core.finish_any(slots, id, state);
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
        let Core {
            places, messages, ..
        } = &self.core;
        let mut messages = places.messages(self.slots.slots(), *messages);
        messages.any(|(_, slot)| matches!(slot.state, State::Pending(_)))
    }
}

struct Clear<'s, M, S: Slots<M>>(&'s mut Sender<M, S>);

impl<M, S: Slots<M>> Iterator for Clear<'_, M, S> {
    type Item = Entry<M>;

    fn next(&mut self) -> Option<Entry<M>> {
        let core = &self.0.core;
        let id = core.places.first_message(self.0.slots.slots())?.id?;
        // Those that were never sent are behind all the others.
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
        let state = State::Unsent(match entry.exchange {
            Exchange::AtLeastOnce => QoS::AtLeastOnce,
            Exchange::ExactlyOnce | Exchange::Released(_) => QoS::ExactlyOnce,
        });
        self.take(slots, state, entry.message);
        if let Exchange::Released(reason) = entry.exchange {
            self.release_later(slots, id, state, reason);
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
            State::Unsent(QoS::ExactlyOnce) | State::Published(QoS::ExactlyOnce) => {
                Some(Self::ExactlyOnce)
            }
            State::Unsent(_) | State::Published(_) => Some(Self::AtLeastOnce),
            State::Unreleased(reason) | State::Released(reason) => Some(Self::Released(reason)),
            State::Free | State::Pending(_) | State::Requested(_) => None,
        }
    }
}

impl<S: Marks> Receiver<S> {
    /// The identifiers that a save has to hold: those of QoS 2 whose receipts
    /// are redeemed. An open one is none of them: after a restart the peer
    /// repeats its PUBLISH, and the message is delivered again rather than never.
    pub fn entries(&self) -> impl Iterator<Item = PacketId> + '_ {
        self.marks.marks().iter().filter_map(|mark| {
            let kept = match mark.state {
                Received::PubRecDue(reason)
                | Received::Held(reason)
                | Received::HeldBefore(reason) => !reason.is_error(),
                Received::Free
                | Received::Open(_)
                | Received::OpenBefore(_)
                | Received::PubAckDue(_) => false,
            };
            mark.id.filter(|_| kept)
        })
    }

    /// Takes up an identifier of an earlier life; `false` when it is known or
    /// there is no room for it.
    pub fn restore(&mut self, id: PacketId) -> bool {
        if self.core.table.find(self.marks.marks(), id).is_some() {
            return false;
        }
        let held = Received::HeldBefore(ReasonCode::SUCCESS);
        let core = &mut self.core;
        let is_restored = core
            .table
            .insert_aside(&mut self.marks, id, held, core.serial);
        if is_restored {
            core.restored(self.marks.marks().len());
        }
        is_restored
    }

    /// Forgets an identifier without an answer; `false` when it is unknown.
    pub fn forget(&mut self, id: PacketId) -> bool {
        let marks = self.marks.marks_mut();
        match self.core.table.find(marks, id) {
            Some(link) => {
                self.core.forget(marks, link);
                true
            }
            None => false,
        }
    }
}
