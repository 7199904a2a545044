use super::kept::Dropped;
use super::state::Session;

impl<M> Session<M> {
    /// Begins anew, as Clean Start asks for (3.1.2.4): what was in flight
    /// awaits [`dropped`](Self::dropped), identifiers of the peer are
    /// forgotten. Pending messages stay, which are none of the session's state
    /// (4.1).
    pub fn renew(&mut self) {
        self.receiver.clear();
        self.drop_in_flight();
        self.established = false;
    }

    /// What was in flight can no more arrive.
    pub(super) fn drop_in_flight(&mut self) {
        let lost = self.sender.clear().filter_map(|entry| entry.message);
        let lost = lost.filter_map(|link| self.queue.take(link));
        self.dropped
            .extend(lost.map(|message| (message, Dropped::SessionLost)));
    }

    /// Reports a message that ends without a packet.
    pub(crate) fn drop_message(&mut self, message: M, why: Dropped) {
        self.dropped.push_back((message, why));
    }
}
