//! The queue beside lists, with whatever may be done to it in any order.

use alloc::vec::Vec;

use super::*;

struct Model {
    queue: Queue<u32>,
    queued: Vec<(Link, u32, QoS)>,
    held: Vec<(Link, u32)>,
    next: u32,
}

impl Model {
    fn step(&mut self, dice: u32) {
        let which = dice >> 8;
        match dice % 9 {
            0 if which % 8 == 0 => self.hold(),
            0..=2 => self.push(which),
            3 | 4 => self.dequeue(which),
            5 => self.remove(which),
            _ => self.take(which),
        }
        self.check();
    }

    fn terms(&mut self, qos: QoS) -> Terms {
        self.next = self.next.wrapping_add(1);
        Terms {
            qos,
            size: 3,
            expires: None,
        }
    }

    fn push(&mut self, which: u32) {
        let qos = QoS::from_u8((which % 3) as u8).unwrap();
        let terms = self.terms(qos);
        self.queue.push(self.next, terms);
        let link = self.queue.links().last().unwrap();
        self.queued.push((link, self.next, qos));
    }

    fn hold(&mut self) {
        let terms = self.terms(QoS::AtLeastOnce);
        let link = self.queue.hold(self.next, terms);
        self.held.push((link, self.next));
    }

    /// Mostly the first, as it is in practice.
    fn chosen(which: u32, len: usize) -> Option<usize> {
        let any = which as usize / 4;
        let at = if which % 4 == 0 { any } else { 0 };
        at.checked_rem(len)
    }

    fn dequeue(&mut self, which: u32) {
        if let Some(at) = Self::chosen(which, self.queued.len()) {
            let (link, message, _) = self.queued.remove(at);
            self.queue.dequeue(link);
            self.held.push((link, message));
        }
    }

    fn remove(&mut self, which: u32) {
        if let Some(at) = Self::chosen(which, self.queued.len()) {
            let (link, message, _) = self.queued.remove(at);
            assert_eq!(self.queue.remove(link), Some(message));
        }
    }

    fn take(&mut self, which: u32) {
        if let Some(at) = Self::chosen(which, self.held.len()) {
            let (link, message) = self.held.remove(at);
            assert_eq!(self.queue.take(link), Some(message));
        }
    }

    fn check(&self) {
        let expected = self.queued.iter().map(|&(link, ..)| link);
        assert!(self.queue.links().eq(expected));
        assert_eq!(self.queue.len(), self.queued.len());
        assert_eq!(self.queue.bytes(), 3 * self.queued.len());
        let first = self.queued.first().map_or(Link::NONE, |&(link, ..)| link);
        assert_eq!(self.queue.first(), first);
        let at_most_once = self.queued.iter().find(|one| one.2 == QoS::AtMostOnce);
        let first = at_most_once.map_or(Link::NONE, |&(link, ..)| link);
        assert_eq!(self.queue.first_at_most_once(), first);
        for &(link, message, _) in &self.queued {
            assert_eq!(*self.queue.get(link).unwrap().message, message);
        }
        for &(link, message) in &self.held {
            assert_eq!(*self.queue.get(link).unwrap().message, message);
        }
    }
}

#[test]
fn messages_keep_their_order_whichever_leaves_first() {
    let mut model = Model {
        queue: Queue::new(),
        queued: Vec::new(),
        held: Vec::new(),
        next: 0,
    };
    let (mut seed, mut most) = (0x2545_f491_u32, 0);
    for _ in 0..30_000 {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        model.step(seed);
        most = most.max(model.queued.len() + model.held.len());
    }
    // Places are used again.
    assert_eq!(model.queue.nodes.len(), most);
}
