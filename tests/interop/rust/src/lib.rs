//! What the agents in Rust share: commands come in as lines, answers go out as lines. See "Agents"
//! in `../README.md`.

use std::env;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How long an answer of the broker may take.
pub const WAIT: Duration = Duration::from_secs(10);

/// Two of the libraries bring two providers of cryptography, and rustls does not choose.
pub fn choose_cryptography() {
    // An error says that there is a choice already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// `HOST PORT VERSION TRANSPORT CAFILE`
#[derive(Clone, Debug)]
pub struct Arguments {
    pub host: String,
    pub port: u16,
    pub version: String,
    pub transport: String,
    pub ca: String,
}

impl Arguments {
    pub fn read() -> Result<Self> {
        choose_cryptography();
        let words: Vec<String> = env::args().skip(1).collect();
        let [host, port, version, transport, ca] =
            <[String; 5]>::try_from(words).map_err(|_| "HOST PORT VERSION TRANSPORT CAFILE")?;
        let port = port.parse()?;
        Ok(Self {
            host,
            port,
            version,
            transport,
            ca,
        })
    }
}

/// The broker has answered, and it was no.
#[derive(Debug)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Refused {}

/// What `connect` asks for.
#[derive(Clone, Debug)]
pub struct Connect {
    pub client_id: String,
    pub clean: bool,
    pub expiry: u32,
    pub login: Option<(String, String)>,
    pub will: Option<Will>,
}

#[derive(Clone, Debug)]
pub struct Will {
    pub topic: String,
    pub payload: String,
    pub qos: u8,
    pub retain: bool,
}

pub trait Agent {
    /// Gives Session Present.
    fn connect(&mut self, wanted: Connect) -> impl Future<Output = Result<bool>>;
    fn subscribe(&mut self, filter: &str, qos: u8) -> impl Future<Output = Result<()>>;
    fn unsubscribe(&mut self, filter: &str) -> impl Future<Output = Result<()>>;
    fn publish(
        &mut self,
        topic: &str,
        payload: &str,
        qos: u8,
        retain: bool,
    ) -> impl Future<Output = Result<()>>;
    fn disconnect(&mut self) -> impl Future<Output = Result<()>>;
}

pub fn message(topic: &str, payload: &[u8], qos: u8, retain: bool) {
    let payload = match payload {
        [] => "-".into(),
        payload => String::from_utf8_lossy(payload),
    };
    println!("message {topic} {payload} {qos} {}", u8::from(retain));
}

/// Until standard input ends.
pub async fn serve(mut agent: impl Agent) -> Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let words: Vec<&str> = line.split_whitespace().collect();
        match perform(&mut agent, &words).await {
            Ok(answer) => println!("{answer}"),
            Err(error) if error.is::<Refused>() => println!("refused {error}"),
            Err(error) => println!("error {error}"),
        }
    }
    Ok(())
}

async fn perform(agent: &mut impl Agent, words: &[&str]) -> Result<String> {
    let done = match *words {
        [
            "connect",
            id,
            clean,
            expiry,
            user,
            password,
            topic,
            payload,
            qos,
            retain,
        ] => {
            let will = (topic != "-").then(|| Will {
                topic: topic.into(),
                payload: payload.into(),
                qos: qos.parse().unwrap_or_default(),
                retain: retain == "1",
            });
            let wanted = Connect {
                client_id: id.into(),
                clean: clean == "1",
                expiry: expiry.parse()?,
                login: (user != "-").then(|| (user.into(), password.into())),
                will,
            };
            let present = agent.connect(wanted).await?;
            return Ok(format!("connected {}", u8::from(present)));
        }
        ["subscribe", filter, qos] => {
            agent.subscribe(filter, qos.parse()?).await?;
            "subscribed"
        }
        ["unsubscribe", filter] => {
            agent.unsubscribe(filter).await?;
            "unsubscribed"
        }
        ["publish", topic, payload, qos, retain] => {
            let payload = if payload == "-" { "" } else { payload };
            agent
                .publish(topic, payload, qos.parse()?, retain == "1")
                .await?;
            "published"
        }
        ["disconnect"] => {
            agent.disconnect().await?;
            "disconnected"
        }
        _ => return Err("unknown command".into()),
    };
    Ok(done.into())
}
