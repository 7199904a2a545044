//! A subscriber through as many connections as it takes.

use std::io::{self, BufWriter, Stdout, Write};
use std::time::Duration;

use puremqtt::{Cause, Event, Publish, ReasonCode, Session, SubAck, Subscription};
use puremqtt_examples::client::failure::Failure;
use puremqtt_examples::client::link::{Link, Step};
use puremqtt_examples::client::properties::Command;
use puremqtt_examples::client::subscribe::Subscribe;
use puremqtt_examples::client::transport;
use tokio::time::{Instant, sleep};

use crate::stop::{Stop, Why};

/// So long before the next try to connect.
const PAUSE: Duration = Duration::from_secs(1);

pub struct Subscriber<'o> {
    options: &'o Subscribe,
    output: BufWriter<Stdout>,
    /// How many messages are still wanted.
    left: Option<u64>,
}

/// Why it is content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Done,
    Stopped(Why),
}

impl<'o> Subscriber<'o> {
    pub fn new(options: &'o Subscribe) -> Self {
        Self {
            options,
            output: BufWriter::new(io::stdout()),
            left: options.count.map(Into::into),
        }
    }

    /// Connects, and again whenever a connection is lost.
    pub async fn run(&mut self, stop: &mut Stop) -> Result<End, Failure> {
        let began = Instant::now();
        let mut session = Session::new();
        if !self.options.connection.clean_start {
            session = session.known_to_server();
        }
        let mut was_there = false;
        loop {
            let opened = tokio::select! {
                opened = transport::open(&self.options.connection) => opened,
                why = stop.wait() => return Ok(End::Stopped(why)),
            };
            match opened {
                Ok(transport) => {
                    was_there = true;
                    let mut link = Link::new(&self.options.connection, transport, session, began)?;
                    let ended = self.converse(&mut link, stop).await;
                    let cause = match &ended {
                        Ok(_) => ReasonCode::NORMAL_DISCONNECTION.into(),
                        Err(failure) => failure.cause(),
                    };
                    session = link.close(cause).await;
                    if cause != Cause::Lost {
                        return ended;
                    }
                }
                Err(failure) if !was_there => return Err(failure),
                Err(_) => {}
            }
            tokio::select! {
                () = sleep(PAUSE) => {}
                why = stop.wait() => return Ok(End::Stopped(why)),
            }
        }
    }

    /// One connection.
    async fn converse(&mut self, link: &mut Link, stop: &mut Stop) -> Result<End, Failure> {
        let end = loop {
            if !link.has_packet() {
                // Before what was received is acknowledged.
                self.output.flush().map_err(output)?;
            }
            tokio::select! {
                step = link.step() => {
                    let Step::Packet(frame) = step? else { continue };
                    if let Some(end) = self.handle(link, &frame)? {
                        break end;
                    }
                }
                why = stop.wait() => break End::Stopped(why),
            }
        };
        self.output.flush().map_err(output)?;
        let given = &self.options.connection.properties;
        if link.connection.is_open() {
            link.disconnect(&given.disconnect(&given.user(Command::Disconnect)))?;
        }
        Ok(end)
    }

    fn handle(&mut self, link: &mut Link, frame: &[u8]) -> Result<Option<End>, Failure> {
        match link.receive(frame)? {
            Some(Event::Connected { .. }) => self.subscribe(link),
            Some(Event::Refused(refusal)) => {
                let version = self.options.connection.version;
                Err(Failure::refused(&refusal, version))
            }
            Some(Event::Subscribed(suback)) => Ok(self.subscribed(&suback)),
            Some(Event::Message(publish, receipt)) => {
                self.print(&publish).map_err(output)?;
                if let Some(receipt) = receipt {
                    link.connection.acknowledge(receipt);
                }
                self.left = self.left.map(|left| left.saturating_sub(1));
                Ok((self.left == Some(0)).then_some(End::Done))
            }
            Some(Event::Disconnected(disconnect)) => {
                // mosquitto_sub is content with that, too.
                eprintln!("{}", Failure::Disconnected(disconnect.reason));
                Ok(Some(End::Done))
            }
            Some(Event::Auth(_)) => Err(Failure::Authentication),
            _ => Ok(None),
        }
    }

    fn subscribe(&self, link: &mut Link) -> Result<Option<End>, Failure> {
        let filters = self.options.filters.iter();
        let subscriptions: Vec<Subscription<'_>> = filters
            .map(|filter| Subscription::new(filter.as_filter(), self.options.qos))
            .collect();
        let given = &self.options.connection.properties;
        let user = given.user(Command::Subscribe);
        link.subscribe(&subscriptions, &given.subscribe(&user))?;
        Ok(None)
    }

    fn subscribed(&self, suback: &SubAck<'_>) -> Option<End> {
        for (filter, reason) in self.options.filters.iter().zip(suback.reasons) {
            if reason.is_error() {
                let filter = filter.as_filter();
                eprintln!("Warning: Subscription to '{filter}' failed: {reason}.");
            }
        }
        if suback.reasons.iter().all(ReasonCode::is_error) {
            eprintln!("All subscription requests were denied.");
            return Some(End::Done);
        }
        self.options.exit_when_subscribed.then_some(End::Done)
    }

    fn print(&mut self, publish: &Publish<'_>) -> io::Result<()> {
        self.options.output.write(publish, &mut self.output)?;
        if self.options.end_lines {
            self.output.write_all(b"\n")?;
        }
        Ok(())
    }
}

fn output(error: io::Error) -> Failure {
    Failure::File("standard output".into(), error)
}
