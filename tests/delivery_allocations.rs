//! From publish to completion nothing is allocated, once storage has grown.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use puremqtt::delivery::{Entry, Exchange, Mark, Sender, Slot};
use puremqtt::{
    Agreed, Decoder, Encoder, Incoming, Message, Packet, PacketId, QoS, Session, TopicName, Version,
};

const NOW: Duration = Duration::ZERO;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        let _ = BYTES.try_with(|count| count.set(count.get() + layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

struct Pair {
    sender: Session,
    receiver: Session,
    version: Version,
    up: Vec<u8>,
    down: Vec<u8>,
    message: Message,
}

impl Pair {
    fn new(version: Version) -> Self {
        let mut pair = Self {
            sender: Session::new(),
            receiver: Session::new(),
            version,
            up: Vec::new(),
            down: Vec::new(),
            message: Message::new(TopicName::literal("t"), b"21.5"),
        };
        pair.sender.connected(Agreed::new(version));
        pair.receiver.connected(Agreed::new(version));
        pair
    }

    /// Sends so many messages at once, and brings all to their end.
    fn exchange(&mut self, count: usize, qos: QoS) -> usize {
        for _ in 0..count {
            let terms = self.message.terms(qos, NOW);
            let message = self.message.clone();
            self.sender.publish(message, terms, NOW).unwrap();
        }
        let mut done = 0;
        for _ in 0..4 {
            done += turn(
                &mut self.sender,
                &mut self.receiver,
                &mut self.up,
                &mut self.down,
                self.version,
            );
            done += turn(
                &mut self.receiver,
                &mut self.sender,
                &mut self.down,
                &mut self.up,
                self.version,
            );
        }
        done
    }
}

/// All that `from` has to send reaches `to`, whose replies are put to `back`.
fn turn(
    from: &mut Session,
    to: &mut Session,
    wire: &mut Vec<u8>,
    back: &mut Vec<u8>,
    version: Version,
) -> usize {
    let mut encoder = Encoder::new(version);
    while let Some(next) = from.transmit(NOW) {
        next.encode(&mut encoder, wire).unwrap();
        next.sent();
    }
    let mut decoder = Decoder::new(version);
    let (mut done, mut at) = (0, 0);
    while let Some((packet, used)) = decoder.decode(&wire[at..]).unwrap() {
        let taken = to.receive(&packet).unwrap();
        match taken.incoming {
            Some(Incoming::Message(Some(receipt))) => assert!(to.acknowledge(receipt)),
            Some(Incoming::Answer(_)) if !matches!(packet, Packet::PubRec(_)) => done += 1,
            _ => {}
        }
        if let Some(reply) = taken.reply {
            encoder.encode(reply, back).unwrap();
        }
        at += used;
    }
    wire.clear();
    done
}

#[test]
fn exchanges_allocate_nothing_once_storage_has_grown() {
    for version in [Version::V3_1_1, Version::V5] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut pair = Pair::new(version);
            assert_eq!(pair.exchange(100, qos), 100);
            let before = ALLOCATIONS.with(Cell::get);
            for count in [1, 100, 37, 100, 1] {
                assert_eq!(pair.exchange(count, qos), count);
            }
            assert_eq!(
                ALLOCATIONS.with(Cell::get) - before,
                0,
                "{version}, {qos:?}"
            );
        }
    }
}

#[test]
fn an_idle_session_holds_nothing_and_nothing_is_reserved_for_what_is_announced() {
    let before = BYTES.with(Cell::get);
    let mut session: Session = Session::new();
    session.connected(Agreed::new(Version::V5));
    assert!(session.transmit(NOW).is_none());
    session.disconnected();
    assert_eq!(BYTES.with(Cell::get) - before, 0);
    println!(
        "a session has {} bytes, a slot of a bare identifier {}, a mark {}",
        size_of::<Session>(),
        size_of::<Slot<()>>(),
        size_of::<Mark>()
    );
    println!(
        "a message has {} bytes, its slot in a bare sender {}",
        size_of::<Message>(),
        size_of::<Slot<Message>>()
    );
}

#[test]
fn an_identifier_in_use_is_refused_without_more_storage() {
    let entry = Entry {
        packet_id: PacketId::new(7).unwrap(),
        exchange: Exchange::AtLeastOnce,
        message: Some("m"),
    };
    let mut sender = Sender::new(Vec::<Slot<&str>>::new());
    assert_eq!(sender.restore(entry), Ok(()));
    let before = ALLOCATIONS.with(Cell::get);
    assert_eq!(sender.restore(entry), Err(entry));
    assert_eq!(ALLOCATIONS.with(Cell::get), before);
}
