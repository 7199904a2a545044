use alloc::collections::BTreeMap;

use crate::delivery::Request;
use crate::packet::PacketId;

/// SUBSCRIBEs and UNSUBSCRIBEs without an answer, and how many filters each has.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(BTreeMap<PacketId, (Request, u32)>);

impl Requests {
    pub(super) fn insert(&mut self, id: PacketId, request: Request, filters: u32) {
        self.0.insert(id, (request, filters));
    }

    pub(super) fn contains(&self, id: PacketId) -> bool {
        self.0.contains_key(&id)
    }

    /// How many filters it has.
    pub(super) fn filters(&self, id: PacketId, request: Request) -> Option<u32> {
        let &(asked, filters) = self.0.get(&id)?;
        (asked == request).then_some(filters)
    }

    pub(super) fn remove(&mut self, id: PacketId) {
        self.0.remove(&id);
    }
}
