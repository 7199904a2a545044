//! Who is handled when, and for how long: a flood has its turn, and then others have theirs.

use std::time::Duration;

use super::Broker;
use super::link::{LinkNo, Port};

/// Packets, and copies of messages, that all links with more than their share bring in together
/// before the others are looked at again: many enough for output to be written in large pieces.
const ROUND: u64 = 8_192;

/// What a link may always bring in.
const LEAST: u64 = 16;

/// Where a link stands.
#[derive(Default)]
pub(super) struct Turn {
    /// There is more than its last turn allowed.
    is_behind: bool,
    /// What its last turn has taken beyond that: a single packet may go to many.
    owed: u64,
}

impl Broker {
    /// Handles the packets that `port.input` holds whole, or as many as one turn allows; true if
    /// there may be more. Answers go to its output.
    pub fn receive(&mut self, no: LinkNo, port: &mut Port, now: Duration) -> bool {
        let turn = (ROUND / self.behind.max(1)).max(LEAST);
        let owed = self.links.get(no.0).map_or(0, |link| link.turn.owed);
        let end = (self.figures.work() + turn).saturating_sub(owed);
        let mut is_behind = false;
        while !self.has_ended(no) {
            is_behind = self.figures.work() >= end;
            if is_behind || !self.receive_next(no, port, now) {
                break;
            }
        }
        let owed = match is_behind {
            true => self.figures.work().saturating_sub(end),
            false => 0,
        };
        self.set_turn(no, Turn { is_behind, owed });
        is_behind
    }

    /// The link is about to be forgotten.
    pub(super) fn end_turn(&mut self, no: LinkNo) {
        self.set_turn(no, Turn::default());
    }

    fn set_turn(&mut self, no: LinkNo, turn: Turn) {
        if let Some(link) = self.links.get_mut(no.0) {
            self.behind += u64::from(turn.is_behind);
            self.behind -= u64::from(link.turn.is_behind);
            link.turn = turn;
        }
    }
}
