//! Publishes messages, with the habits of mosquitto_pub.
//!
//! ```sh
//! cargo run --example publish -- -t area/10/sensor/5000/temperature -m 21.5 -q 1
//! seq 100000 | cargo run --release --example publish -- -t numbers -l -q 1
//! cargo run --example publish -- --help
//! ```

mod source;

use std::io::{IsTerminal, stdin};
use std::process::ExitCode;

use puremqtt::{Event, Message, PacketId, Publish, QoS, QueueLimits, ReasonCode, Session};
use puremqtt_examples::client::failure::Failure;
use puremqtt_examples::client::link::{Link, Step};
use puremqtt_examples::client::progress::Progress;
use puremqtt_examples::client::properties::Command;
use puremqtt_examples::client::{publish, transport};
use source::Source;
use tokio::time::Instant;

/// Messages that wait for their turn before more input is read, and bytes of them.
const AHEAD: (usize, usize) = (1_000, 1024 * 1024);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = match publish::Publish::parse(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(stop) => return stop.report("publish", &publish::help()),
    };
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_status().into()
        }
    }
}

async fn run(options: &publish::Publish) -> Result<(), Failure> {
    let mut source = Source::open(&options.source)?;
    let mut session = Session::new().with_queue_limits(QueueLimits {
        // What waits is counted here: the largest message has to find room.
        bytes: usize::MAX,
        ..Default::default()
    });
    if !options.connection.clean_start {
        session = session.known_to_server();
    }
    let transport = transport::open(&options.connection).await?;
    let mut link = Link::new(&options.connection, transport, session, Instant::now())?;
    link.topic_alias = options.connection.properties.topic_alias();
    let ended = publish_all(&mut link, &mut source, options).await;
    let ended = ended.and_then(|()| {
        let given = &options.connection.properties;
        link.disconnect(&given.disconnect(&given.user(Command::Disconnect)))
    });
    let cause = match &ended {
        Ok(()) => ReasonCode::NORMAL_DISCONNECTION.into(),
        Err(failure) => failure.cause(),
    };
    link.close(cause).await;
    ended
}

/// Until the broker has all that the source has.
async fn publish_all(
    link: &mut Link,
    source: &mut Source,
    options: &publish::Publish,
) -> Result<(), Failure> {
    // Who types the lines sees how far they have come.
    let mut progress = Progress::new(!(source.is_many() && stdin().is_terminal()));
    let mut done = Done::default();
    let mut is_over = false;
    while !(is_over && link.is_idle()) {
        let session = link.connection.session();
        let has_room = session.pending() < AHEAD.0 && session.pending_bytes() < AHEAD.1;
        let takes = link.connection.is_open() && has_room && !is_over;
        tokio::select! {
            step = link.step() => {
                if let Step::Packet(frame) = step? {
                    let event = link.receive(&frame)?;
                    done.answered += u64::from(matches!(event, Some(Event::Published { .. })));
                    handle(event, options)?;
                }
            }
            payload = source.next(), if takes => match payload? {
                Some(payload) => {
                    done.given += 1;
                    done.bytes = payload.len();
                    link.publish(message(options, &payload), options.qos)?;
                }
                None => is_over = true,
            },
        }
        progress.show(|| done.line(source, options.qos, link));
    }
    Ok(())
}

/// How far the work has come.
#[derive(Default)]
struct Done {
    /// Messages.
    given: u64,
    /// Of the last message.
    bytes: usize,
    /// Messages.
    answered: u64,
}

impl Done {
    fn line(&self, source: &Source, qos: QoS, link: &Link) -> String {
        let Self {
            given,
            bytes,
            answered,
        } = *self;
        match (source.is_many(), qos) {
            (true, QoS::AtMostOnce) => format!("{given} messages published"),
            (true, _) => format!("{answered} of {given} messages acknowledged"),
            (false, _) if link.connection.session().pending() > 0 => "sending".into(),
            (false, _) => {
                let written = bytes.saturating_sub(link.unwritten());
                format!("{} of {} KiB sent", written / 1024, bytes / 1024)
            }
        }
    }
}

fn handle(event: Option<Event<'_, Message>>, options: &publish::Publish) -> Result<(), Failure> {
    match event {
        Some(Event::Refused(refusal)) => {
            Err(Failure::refused(&refusal, options.connection.version))
        }
        Some(Event::Disconnected(disconnect)) => Err(Failure::Disconnected(disconnect.reason)),
        Some(Event::Auth(_)) => Err(Failure::Authentication),
        Some(Event::Published {
            packet_id, reason, ..
        }) if reason.is_error() => {
            let number = PacketId::get(packet_id);
            eprintln!("Warning: Publish {number} failed: {reason}.");
            Ok(())
        }
        _ => Ok(()),
    }
}

fn message(options: &publish::Publish, payload: &[u8]) -> Message {
    let given = &options.connection.properties;
    let user = given.user(Command::Publish);
    let properties = given.message(Command::Publish, &user);
    Message::from(&Publish {
        retain: options.retain,
        message_expiry_interval: given.message_expiry_interval(Command::Publish),
        properties: (&properties).into(),
        ..Publish::new(options.topic.as_name(), payload)
    })
}
