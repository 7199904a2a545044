//! A client and a server, the network between them and the time.

use std::time::Duration;

use puremqtt::{
    Cause, Connect, ConnectProperties, Limits, Message, Role, Session, Subscription, TopicFilter,
    Version, Will,
};

use crate::ledger::Draft;
use crate::line::Line;
use crate::side::{Habit, Side};
use crate::wire::Pipe;

pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) client: Side,
    pub(crate) server: Side,
    /// From the client to the server.
    pub(crate) up: Pipe,
    pub(crate) down: Pipe,
    /// Whether what is on its way back still arrives when the connection is cut.
    pub(crate) cut_is_noticed_late: bool,
}

/// How a client connects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) version: Version,
    pub(crate) clean_start: bool,
    pub(crate) keep_alive: u16,
    pub(crate) will: Option<Will<'static>>,
}

impl Opening {
    pub(crate) const fn new(version: Version) -> Self {
        Self {
            version,
            clean_start: false,
            keep_alive: 0,
            will: None,
        }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let mut server = Side::new(Role::Server);
        server.kept = None;
        Self {
            now: Duration::ZERO,
            client: Side::new(Role::Client),
            server,
            up: Pipe::default(),
            down: Pipe::default(),
            cut_is_noticed_late: false,
        }
    }

    pub(crate) fn with_limits(client: Limits, server: Limits) -> Self {
        let mut world = Self::new();
        world.client.limits = client;
        world.server.limits = server;
        world
    }

    pub(crate) fn with_habit(mut self, habit: Habit) -> Self {
        self.client.habit = habit;
        self.server.habit = habit;
        self
    }

    /// As a client opens that wants to go on with its session. In MQTT 5 it
    /// asks for a new one until it has one: a session that comes of a CONNECT
    /// whose CONNACK is lost is not known to it [5.0/MQTT-3.2.2-4].
    pub(crate) fn opening(&self, version: Version) -> Opening {
        Opening {
            clean_start: version == Version::V5 && self.client.resumptions.is_empty(),
            ..Opening::new(version)
        }
    }

    /// A new network connection, and CONNECT on its way.
    pub(crate) fn connect(&mut self, opening: Opening) {
        self.up.renew();
        self.down.renew();
        self.connect_again(opening);
    }

    /// As [`connect`](Self::connect), with the faults that the network has.
    pub(crate) fn connect_again(&mut self, opening: Opening) {
        let limits = self.client.limits;
        let properties = ConnectProperties {
            session_expiry_interval: Some(u32::MAX),
            receive_maximum: Some(limits.receive_maximum),
            maximum_packet_size: limits.maximum_packet_size,
            topic_alias_maximum: Some(limits.topic_alias_maximum),
            ..ConnectProperties::default()
        };
        let connect = Connect {
            version: opening.version,
            client_id: "a",
            clean_start: opening.clean_start,
            keep_alive: opening.keep_alive,
            will: opening.will,
            properties: match opening.version {
                Version::V5 => (&properties).into(),
                _ => Default::default(),
            },
            ..Connect::default()
        };
        self.server.listens(opening.version, self.now);
        self.client.calls(&connect, self.now);
        self.carry();
    }

    pub(crate) fn publish(&mut self, from: Role, draft: Draft) {
        let now = self.now;
        self.side(from).publish(draft, now);
    }

    pub(crate) fn side(&mut self, role: Role) -> &mut Side {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    /// A client asks for a subscription; `false`: it may not at the moment.
    pub(crate) fn subscribe(&mut self) -> bool {
        let filter = TopicFilter::literal("area/+");
        let wanted = [Subscription::new(filter, puremqtt::QoS::ExactlyOnce); 2];
        let Some(Line::Client(client)) = &mut self.client.line else {
            return false;
        };
        let Ok(subscribe) = client.subscribe(&wanted, self.now) else {
            return false;
        };
        self.client.asked.push(subscribe.packet_id);
        let output = &mut self.client.output;
        self.client.encoder.encode(subscribe, output).unwrap();
        self.carry();
        true
    }

    /// What was written is on its way; a side that has left closes.
    pub(crate) fn carry(&mut self) {
        self.up
            .write(self.now, &std::mem::take(&mut self.client.output));
        self.down
            .write(self.now, &std::mem::take(&mut self.server.output));
        if self.client.line.is_none() {
            self.up.close();
        }
        if self.server.line.is_none() {
            self.down.close();
        }
    }

    /// Writes what is due, at most so many packets; `false`: nothing was.
    pub(crate) fn transmit(&mut self, from: Role, most: usize) -> bool {
        let now = self.now;
        let moved = self.side(from).transmits(most, now);
        self.carry();
        moved
    }

    /// Hands at most so many bytes over; `false`: none has arrived.
    pub(crate) fn deliver(&mut self, to: Role, most: usize) -> bool {
        let moved = self.hand_over(to, most);
        if self.up.is_cut() || self.down.is_cut() {
            self.cut();
        }
        moved
    }

    fn hand_over(&mut self, to: Role, most: usize) -> bool {
        let Self {
            now,
            client,
            server,
            up,
            down,
            ..
        } = self;
        let (reader, writer, pipe) = match to {
            Role::Server => (server, client, up),
            Role::Client => (client, server, down),
        };
        let bytes = pipe.read(*now, most);
        reader.reads(&bytes, &mut writer.sent, *now);
        if pipe.is_at_its_end() {
            reader.close(Cause::Lost, &mut writer.sent, *now);
        }
        self.carry();
        !bytes.is_empty()
    }

    pub(crate) fn redeem(&mut self, of: Role, at: usize, refusal: Option<puremqtt::ReasonCode>) {
        let Self { client, server, .. } = self;
        match of {
            Role::Client => client.redeems(at, refusal, &mut server.sent),
            Role::Server => server.redeems(at, refusal, &mut client.sent),
        }
    }

    /// Both sides learn that the connection is gone.
    pub(crate) fn cut(&mut self) {
        if self.cut_is_noticed_late {
            let arrives = |world: &mut Self, to| world.hand_over(to, usize::MAX);
            while arrives(self, Role::Client) || arrives(self, Role::Server) {}
        }
        let Self {
            now,
            client,
            server,
            ..
        } = self;
        client.close(Cause::Lost, &mut server.sent, *now);
        server.close(Cause::Lost, &mut client.sent, *now);
        self.up.renew();
        self.down.renew();
    }

    /// This side ends the connection.
    pub(crate) fn close(&mut self, role: Role, cause: Cause) {
        let Self {
            now,
            client,
            server,
            ..
        } = self;
        match role {
            Role::Client => client.close(cause, &mut server.sent, *now),
            Role::Server => server.close(cause, &mut client.sent, *now),
        }
        self.carry();
    }

    pub(crate) fn forget(&mut self, role: Role) {
        let Self { client, server, .. } = self;
        match role {
            Role::Client => client.forgets(&mut server.sent),
            Role::Server => server.forgets(&mut client.sent),
        }
    }

    pub(crate) fn restart(&mut self, role: Role) {
        let now = self.now;
        self.side(role).restarts(now);
    }

    /// Until nothing moves any more, in no time but that of the network.
    pub(crate) fn run(&mut self) {
        loop {
            let mut moved = false;
            for role in [Role::Client, Role::Server] {
                moved |= self.transmit(role, usize::MAX);
                moved |= self.deliver(role, usize::MAX);
            }
            if moved || self.work(false) {
                continue;
            }
            if let Some(next) = self.next_arrival() {
                self.now = next;
            } else if !self.work(true) {
                break;
            }
        }
    }

    fn work(&mut self, is_quiet: bool) -> bool {
        let Self { client, server, .. } = self;
        let moved = client.works(is_quiet, &mut server.sent);
        server.works(is_quiet, &mut client.sent) || moved
    }

    fn next_arrival(&self) -> Option<Duration> {
        self.up
            .next_arrival()
            .into_iter()
            .chain(self.down.next_arrival())
            .min()
    }

    /// Time passes, and what is due in it happens.
    pub(crate) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let deadlines = [&self.client, &self.server]
                .map(|side| side.line.as_ref().and_then(Line::deadline));
            let next = deadlines
                .into_iter()
                .flatten()
                .chain(self.next_arrival())
                .min();
            self.now = next.unwrap_or(end).clamp(self.now, end);
            let Self {
                now,
                client,
                server,
                ..
            } = self;
            client.polls(&mut server.sent, *now);
            server.polls(&mut client.sent, *now);
            self.carry();
            for role in [Role::Client, Role::Server] {
                self.transmit(role, usize::MAX);
                self.deliver(role, usize::MAX);
            }
            self.work(false);
            if self.now == end {
                break;
            }
        }
    }

    /// Everything comes to its end over a connection that holds, and all laws are kept.
    pub(crate) fn finish(&mut self) {
        for side in [&mut self.client, &mut self.server] {
            if side.habit != Habit::LastFirst {
                side.habit = Habit::AtOnce;
            }
        }
        self.run();
        assert!(
            self.client.is_open() && self.server.is_open(),
            "the connection holds: {:?} {:?}",
            self.client.ends.last(),
            self.server.ends.last()
        );
        for (side, other) in [(&self.client, &self.server), (&self.server, &self.client)] {
            let session = side.session().unwrap();
            side.sent.check(Some(session));
            assert!(session.is_empty(), "all is finished: {session:?}");
            assert_eq!(session.received().count(), 0);
            assert!(side.asked.is_empty() || !other.answers_requests);
            let maximum = side.line.as_ref().unwrap().send_maximum();
            assert_eq!(
                session.send_quota(),
                full_quota(maximum),
                "no quota has leaked"
            );
        }
    }
}

/// What a new session may send at once.
fn full_quota(send_maximum: u16) -> u16 {
    let mut session = Session::<Message>::new();
    session.connected(puremqtt::Agreed {
        send_maximum,
        ..puremqtt::Agreed::new(Version::V5)
    });
    session.send_quota()
}
