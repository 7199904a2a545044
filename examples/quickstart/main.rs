//! A broker and its clients in one program, and what passes between them.
//!
//! ```text
//! cargo run --example quickstart
//! ```
//!
//! Everything goes over TCP on the loopback interface. What is told is checked: the program ends
//! with 1 as soon as something is not as it should be.

mod client;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use client::{Client, check, connect};
use puremqtt::{Connect, Publish, QoS, Resumption, Session, TopicName, Version, Will};
use puremqtt_examples::broker::config::Config;
use puremqtt_examples::broker::core::Broker;
use puremqtt_examples::broker::password::Passwords;
use puremqtt_examples::broker::server::{Door, Server};
use tokio::net::TcpListener;
use tokio::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What `mosquitto_passwd -b passwords ann temperature` has written.
const PASSWORDS: &str = "ann:$7$101$s7DhDE+Pv5nTINPC$10EcXxdwLW+OGLqsklSlARiJ0GiRxeAzmULrqk+\
    wM8dZgiLu9FXrurOyr10P1WOdEFsw3+e27YEdxzP2A/+BLQ==\n";

const SENSORS: [(&str, &str); 8] = [
    ("area/10/sensor/5000/temperature", "21.5"),
    ("area/10/sensor/5000/humidity", "40"),
    ("area/10/sensor/5001/temperature", "22.0"),
    ("area/10/sensor/5001/humidity", "41"),
    ("area/20/sensor/4000/temperature", "18.5"),
    ("area/20/sensor/4000/humidity", "55"),
    ("area/20/sensor/4001/temperature", "19.0"),
    ("area/20/sensor/4001/humidity", "56"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match story().await {
        Ok(()) => {
            println!("\nAll of it was as it should be.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\nError: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn story() -> Result<()> {
    let began = Instant::now();
    let port = start_broker().await?;
    println!("A broker listens on 127.0.0.1:{port}.");

    tell("watcher (MQTT 5) and archive (3.1.1, with a session that stays) subscribe.");
    let open = |name, version, clean| {
        Client::open(name, port, connect(version, clean), Session::new(), began)
    };
    let (mut watcher, _) = open("watcher", Version::V5, true).await?;
    watcher
        .subscribe("area/10/sensor/+/temperature", QoS::ExactlyOnce)
        .await?;
    let (mut archive, resumption) = open("archive", Version::V3_1_1, false).await?;
    check(resumption == Resumption::New, "archive's session is new")?;
    archive
        .subscribe("area/20/sensor/#", QoS::ExactlyOnce)
        .await?;

    tell("station (3.1.1) publishes the readings of eight sensors at QoS 0, 1 and 2.");
    let (mut station, _) = open("station", Version::V3_1_1, true).await?;
    for ((topic, reading), qos) in SENSORS.into_iter().zip(QOS.into_iter().cycle()) {
        station.publish(reading_of(topic, reading), qos).await?;
    }
    expect(&mut watcher, &SENSORS, |topic| {
        topic.starts_with("area/10") && topic.ends_with("/temperature")
    })
    .await?;
    expect(&mut archive, &SENSORS, |topic| topic.starts_with("area/20")).await?;

    tell("archive loses its connection, and misses three readings.");
    let session = archive.cut();
    let missed = [
        ("area/20/sensor/4000/temperature", "18.6"),
        ("area/20/sensor/4000/temperature", "18.7"),
        ("area/20/sensor/4001/temperature", "19.1"),
    ];
    for ((topic, reading), qos) in missed
        .into_iter()
        .zip([QoS::AtLeastOnce, QoS::ExactlyOnce].into_iter().cycle())
    {
        station.publish(reading_of(topic, reading), qos).await?;
    }

    tell("It comes back with its session, and gets each of them once.");
    let request = connect(Version::V3_1_1, false);
    let (mut archive, resumption) = Client::open("archive", port, request, session, began).await?;
    check(
        resumption == Resumption::Resumed,
        "the broker has kept archive's session",
    )?;
    expect(&mut archive, &missed, |_| true).await?;
    check(archive.is_quiet().await?, "archive gets nothing twice")?;

    tell("A retained message waits for whoever subscribes later.");
    let status = Publish {
        retain: true,
        ..reading_of("area/10/status", "open")
    };
    station.publish(status, QoS::AtLeastOnce).await?;
    let (mut visitor, _) = open("visitor", Version::V5, true).await?;
    visitor.subscribe("area/10/#", QoS::AtLeastOnce).await?;
    let kept = visitor.message().await?;
    check(
        kept.retain && kept.text == "open",
        "visitor gets the retained status",
    )?;

    tell("pump (5) has left a will, and its power is cut.");
    let gone = TopicName::literal("area/10/pump/status");
    let will = Will {
        qos: QoS::AtLeastOnce,
        ..Will::new(gone, b"no power")
    };
    let request = Connect {
        will: Some(will),
        ..connect(Version::V5, true)
    };
    let (pump, _) = Client::open("pump", port, request, Session::new(), began).await?;
    let _ = pump.cut();
    let will = visitor.message().await?;
    check(
        will.topic == gone.as_str() && will.text == "no power",
        "visitor gets the will of pump",
    )?;

    tell("mallory does not know the password.");
    let request = Connect {
        password: Some(b"humidity"),
        ..connect(Version::V3_1_1, true)
    };
    match Client::open("mallory", port, request, Session::new(), began).await {
        Ok(_) => return Err("mallory was let in".into()),
        Err(refusal) => {
            println!("{:>9}    {refusal}", "mallory");
            check(
                refusal.to_string() == "Connection Refused: not authorised.",
                "mallory is told so",
            )?;
        }
    }

    tell("Everybody leaves.");
    for client in [watcher, archive, station, visitor] {
        client.leave().await?;
    }
    Ok(())
}

const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// A broker that wants to know who comes, on a port that is free.
async fn start_broker() -> Result<u16> {
    let config = Config {
        allow_anonymous: false,
        ..Config::default()
    };
    let passwords = Passwords::parse(Path::new("passwords"), PASSWORDS)?;
    let server = Server::new(Broker::new(config, Some(passwords), None, Duration::ZERO));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let timer = server.clone();
    tokio::spawn(async move { timer.keep_time().await });
    tokio::spawn(async move { server.listen(listener, Door::default()).await });
    Ok(port)
}

fn reading_of(topic: &'static str, reading: &'static str) -> Publish<'static> {
    Publish::new(TopicName::literal(topic), reading.as_bytes())
}

/// The client gets just those of `readings` that are `wanted`, in their order.
async fn expect(
    client: &mut Client,
    readings: &[(&str, &str)],
    wanted: impl Fn(&str) -> bool,
) -> Result<()> {
    for (topic, reading) in readings.iter().filter(|(topic, _)| wanted(topic)) {
        let message = client.message().await?;
        check(
            message.topic == *topic && message.text == *reading && !message.retain,
            &format!("{topic} {reading} comes next, and not {message:?}"),
        )?;
    }
    Ok(())
}

fn tell(what: &str) {
    println!("\n{what}");
}
