//! Floor 3: what survives a connection.

mod events;
mod kept;
mod pending;
mod queue;
mod receive;
mod record;
mod renew;
mod restore;
mod state;
mod transmit;

pub use events::{Incoming, Resumption, Taken};
pub use kept::{Dropped, QueueLimits, Terms, WhenFull};
pub use record::Record;
pub use restore::{RestoreError, RestoreErrorKind};
pub use state::{Agreed, Session};
pub use transmit::Transmit;
