//! What an onlooker knows of the messages of one direction, and the laws that
//! hold for them in the end.

use std::collections::BTreeMap;
use std::time::Duration;

use puremqtt::{Dropped, Message, Publish, QoS, ReasonCode, Session, TopicName};

pub(crate) const TOPICS: [TopicName<'static>; 3] = [
    TopicName::literal("area/1"),
    TopicName::literal("area/2"),
    TopicName::literal("t"),
];

const NOT_FOUND: ReasonCode = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;

/// How a message came back to who published it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// Of QoS 0: it was sent.
    Sent,
    Published(ReasonCode),
    Dropped(Dropped),
    /// `publish` would not have it.
    HandedBack,
    /// The other side takes no such packet.
    Discarded,
    /// It went with a session that was lost.
    Forgotten,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) qos: QoS,
    topic: TopicName<'static>,
    pub(crate) fates: Vec<Fate>,
    /// It was under way when the other side forgot the session: QoS 2 then
    /// means no more than QoS 1.
    shaky: bool,
    /// How often the other side's application was told of it, has processed
    /// it, has refused it.
    pub(crate) events: u32,
    pub(crate) processed: u32,
    pub(crate) refused: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) entries: Vec<Entry>,
    /// Messages in the order of the first time that they were heard of.
    order: Vec<usize>,
}

/// A message to be published.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    pub(crate) qos: QoS,
    /// Which of the [`TOPICS`].
    pub(crate) topic: usize,
    /// Bytes of the payload, of which the first is the number of the message.
    pub(crate) size: usize,
    pub(crate) retain: bool,
    /// Seconds.
    pub(crate) expiry: Option<u32>,
}

impl Draft {
    pub(crate) const fn new(qos: QoS, topic: usize) -> Self {
        Self {
            qos,
            topic,
            size: 1,
            retain: false,
            expiry: None,
        }
    }
}

/// The number that a payload begins with.
fn number(payload: &[u8]) -> usize {
    usize::from(payload[0])
}

impl Ledger {
    /// A message of the next number.
    pub(crate) fn write(&mut self, draft: Draft) -> Message {
        let number = u8::try_from(self.entries.len()).unwrap();
        let mut payload = vec![number; draft.size.max(1)];
        payload[0] = number;
        self.entries.push(Entry {
            qos: draft.qos,
            topic: TOPICS[draft.topic],
            fates: Vec::new(),
            shaky: false,
            events: 0,
            processed: 0,
            refused: 0,
        });
        Message::from(&Publish {
            retain: draft.retain,
            message_expiry_interval: draft.expiry,
            ..Publish::new(TOPICS[draft.topic], &payload)
        })
    }

    pub(crate) fn comes_back(&mut self, message: &Message, fate: Fate) {
        self.entries[number(message.payload())].fates.push(fate);
    }

    /// The other side's application hears of a message.
    pub(crate) fn is_heard_of(&mut self, publish: &Publish<'_>) -> usize {
        let number = number(publish.payload);
        let entry = &mut self.entries[number];
        assert_eq!(entry.topic, publish.topic, "a topic is resolved");
        assert!(
            publish
                .payload
                .iter()
                .all(|&byte| usize::from(byte) == number)
        );
        if entry.events == 0 {
            self.order.push(number);
        }
        entry.events += 1;
        number
    }

    /// The sender's side has lost its session, and with it what is in there.
    pub(crate) fn sender_forgets(&mut self) {
        for entry in self
            .entries
            .iter_mut()
            .filter(|entry| entry.fates.is_empty())
        {
            entry.fates.push(Fate::Forgotten);
        }
    }

    /// The receiver's side has lost its session.
    pub(crate) fn receiver_forgets(&mut self) {
        for entry in self
            .entries
            .iter_mut()
            .filter(|entry| entry.fates.is_empty())
        {
            entry.shaky = true;
        }
    }

    /// All laws, once nothing moves any more; `session` is the sender's.
    pub(crate) fn check(&self, session: Option<&Session>) {
        let kept = session.map(numbers).unwrap_or_default();
        for (number, entry) in self.entries.iter().enumerate() {
            let places = entry.fates.len() + kept.get(&number).copied().unwrap_or(0);
            assert_eq!(places, 1, "message {number} is at one place: {entry:?}");
            entry.check(number);
        }
        self.check_order();
    }

    /// [MQTT-4.6.0-1] First deliveries keep the order of each topic and QoS.
    fn check_order(&self) {
        let mut last = BTreeMap::new();
        for &number in &self.order {
            let entry = &self.entries[number];
            let line = (entry.topic.as_bytes(), entry.qos.as_u8());
            let before = last.insert(line, number);
            assert!(before < Some(number), "order: {:?}", self.order);
        }
    }
}

impl Entry {
    fn check(&self, number: usize) {
        let message = format!("message {number}: {self:?}");
        match self.qos {
            QoS::AtMostOnce => assert!(self.processed <= 1, "{message}"),
            QoS::AtLeastOnce => {}
            QoS::ExactlyOnce => assert!(self.processed <= 1 || self.shaky, "{message}"),
        }
        match self.fates.first() {
            Some(Fate::Published(reason)) if reason.is_error() && *reason != NOT_FOUND => {
                assert!(self.refused > 0, "{message}");
            }
            // Who refuses a message in 3.1.1 says that he has taken it; and a PUBREL
            // may come to who has finished before.
            Some(Fate::Published(_)) => assert!(self.processed + self.refused > 0, "{message}"),
            Some(Fate::HandedBack | Fate::Dropped(Dropped::Expired | Dropped::QueueFull)) => {
                assert_eq!(self.events, 0, "{message}");
            }
            Some(Fate::Sent) => assert_eq!(self.qos, QoS::AtMostOnce, "{message}"),
            Some(Fate::Dropped(_) | Fate::Discarded | Fate::Forgotten) | None => {}
        }
    }
}

/// How often each message is in a session.
fn numbers(session: &Session) -> BTreeMap<usize, usize> {
    let in_flight = session.entries().filter_map(|entry| entry.message);
    let mut numbers = BTreeMap::new();
    for message in session.pending_messages().chain(in_flight) {
        *numbers.entry(number(message.payload())).or_default() += 1;
    }
    numbers
}

/// What a session was saved to, restored. Nothing in it may have expired.
pub(crate) fn restored(session: &Session, now: Duration) -> Session {
    let save = |session: &Session| {
        let mut saved = Vec::new();
        session.save(now, Message::publish, &mut saved).unwrap();
        saved
    };
    let build = |publish: &Publish<'_>| (Message::from(publish), 1);
    let saved = save(session);
    let restored = Session::new().restored(&saved, now, Duration::ZERO, build);
    let restored = restored.unwrap();
    assert_eq!(
        save(&restored),
        saved,
        "a save of what was restored is the save"
    );
    restored
}
