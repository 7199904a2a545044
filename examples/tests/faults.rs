//! The broker is killed again and again while clients publish and subscribe at QoS 1 and 2, and
//! each time starts anew on the same store and port: nothing acknowledged is lost, QoS 2 arrives
//! once, and every topic keeps its order. `cargo test` builds the program first.
//!
//! ```text
//! FAULTS_KILLS=5000 FAULTS_SEED=7 cargo test --release --test faults -- --nocapture
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "common/party.rs"]
mod party;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::env::consts::EXE_SUFFIX;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use party::Party;
use puremqtt::{QoS, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// How often the broker is killed, unless the environment says more.
const KILLS: u64 = 200;

/// All waits that has to, and nothing waits for Nagle's algorithm.
const CONFIG: &str = "max_queued_messages 0\nset_tcp_nodelay true\n";

/// Milliseconds at the most from a start to the next kill, or from the first connection.
const LIFE: u64 = 60;

/// Messages of a publisher that are not acknowledged yet.
const WINDOW: usize = 20;

/// So long may it take until all that was published has come.
const PATIENCE: Duration = Duration::from_secs(60);

const PUBLISHERS: [(&str, Version, QoS); 4] = [
    ("q1/3.1.1", Version::V3_1_1, QoS::AtLeastOnce),
    ("q1/5", Version::V5, QoS::AtLeastOnce),
    ("q2/3.1.1", Version::V3_1_1, QoS::ExactlyOnce),
    ("q2/5", Version::V5, QoS::ExactlyOnce),
];

/// The last one is away until the end.
const SUBSCRIBERS: [(&str, Version); 3] = [
    ("there 3.1.1", Version::V3_1_1),
    ("there 5", Version::V5),
    ("away", Version::V3_1_1),
];

fn program() -> Command {
    // The test is target/PROFILE/deps/faults-HASH.
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("examples");
    path.push(format!("broker{EXE_SUFFIX}"));
    Command::new(path)
}

fn new_directory() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Uuid::new_v4().to_string());
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// The program, on one store and one port.
struct Broker {
    port: u16,
    directory: PathBuf,
    child: Option<Child>,
}

impl Broker {
    fn new() -> Self {
        let directory = new_directory();
        fs::write(directory.join("config"), CONFIG).unwrap();
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self {
            port: free.local_addr().unwrap().port(),
            directory,
            child: None,
        }
    }

    fn starts(&mut self) {
        let said = File::create(self.directory.join("said")).unwrap();
        let child = program()
            .args(["--port", &self.port.to_string()])
            .arg("--config")
            .arg(self.directory.join("config"))
            .arg("--store")
            .arg(&self.directory)
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn();
        self.child = Some(child.unwrap());
    }

    /// SIGKILL, which it cannot see coming.
    fn is_killed(&mut self) {
        let mut child = self.child.take().unwrap();
        if let Some(status) = child.try_wait().unwrap() {
            let said = fs::read_to_string(self.directory.join("said"));
            panic!("the broker has ended by itself, {status}: {said:?}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// What all clients know.
struct Shared {
    began: Instant,
    port: u16,
    /// No more is published.
    is_over: Cell<bool>,
    /// So many connections there were.
    connections: Cell<u64>,
}

/// One client, and what it has published.
struct Client {
    party: Party,
    publishes: Option<(&'static str, QoS)>,
    published: usize,
}

type Clients = Vec<Rc<RefCell<Client>>>;

impl Client {
    fn publisher(topic: &'static str, version: Version, qos: QoS) -> Self {
        Self {
            party: Party::new(topic, version, None),
            publishes: Some((topic, qos)),
            published: 0,
        }
    }

    fn subscriber(name: &str, version: Version) -> Self {
        Self {
            party: Party::new(name, version, Some(("#", QoS::ExactlyOnce))),
            publishes: None,
            published: 0,
        }
    }

    fn speaks(&mut self, shared: &Shared) -> Vec<u8> {
        let now = shared.began.elapsed();
        if let (Some((topic, qos)), false) = (self.publishes, shared.is_over.get()) {
            while self.published - self.party.acknowledged.len() < WINDOW {
                let payload = self.published.to_string();
                assert!(self.party.publishes(topic, &payload, qos, now));
                self.published += 1;
            }
        }
        self.party.speaks(now);
        std::mem::take(&mut self.party.output)
    }
}

/// Connects again and again.
async fn lives(client: Rc<RefCell<Client>>, shared: Rc<Shared>) {
    loop {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", shared.port)).await {
            let _ = stream.set_nodelay(true);
            client.borrow_mut().party.dials(shared.began.elapsed());
            shared.connections.set(shared.connections.get() + 1);
            let _ = converses(&client, &shared, &mut stream).await;
            client.borrow_mut().party.is_cut();
        }
        sleep(Duration::from_millis(2)).await;
    }
}

async fn converses(
    client: &RefCell<Client>,
    shared: &Shared,
    stream: &mut TcpStream,
) -> std::io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    loop {
        let said = client.borrow_mut().speaks(shared);
        stream.write_all(&said).await?;
        let length = match timeout(Duration::from_millis(20), stream.read(&mut buffer)).await {
            Ok(Ok(0)) => return Ok(()),
            Ok(length) => length?,
            Err(_) => 0,
        };
        let party = &mut client.borrow_mut().party;
        party.input.extend_from_slice(&buffer[..length]);
        party.listens(shared.began.elapsed());
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}, but not in {PATIENCE:?}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_qos_2_arrives_once_however_often_the_broker_is_killed() {
    let kills = number("FAULTS_KILLS").unwrap_or(KILLS);
    let seed = number("FAULTS_SEED").unwrap_or_else(|| u64::from(std::process::id()) + 1);
    println!("{kills} kills, seed {seed}");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, torments(kills, seed));
}

fn number(variable: &str) -> Option<u64> {
    Some(std::env::var(variable).ok()?.parse().unwrap())
}

async fn torments(kills: u64, mut seed: u64) {
    let mut broker = Broker::new();
    broker.starts();
    let shared = Rc::new(Shared {
        began: Instant::now(),
        port: broker.port,
        is_over: Cell::new(false),
        connections: Cell::new(0),
    });
    let share = |client| Rc::new(RefCell::new(client));
    let live = |client: &Rc<RefCell<Client>>| spawn_local(lives(client.clone(), shared.clone()));
    let subscribers = SUBSCRIBERS.map(|(name, version)| share(Client::subscriber(name, version)));
    let mut tasks: Vec<_> = subscribers.iter().map(live).collect();
    let is_subscribed = |client: &Rc<RefCell<Client>>| client.borrow().party.is_subscribed;
    until("all subscribe", || subscribers.iter().all(is_subscribed)).await;
    // It goes, and its session stays.
    let [.., away] = &subscribers;
    tasks.pop().unwrap().abort();
    sleep(Duration::from_millis(20)).await;
    away.borrow_mut().party.is_cut();

    let publishers =
        PUBLISHERS.map(|(topic, version, qos)| share(Client::publisher(topic, version, qos)));
    tasks.extend(publishers.iter().map(live));
    for _ in 0..kills {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let random = seed >> 33;
        // Most lives are long enough for somebody to come in; the others end in the start.
        let before = shared.connections.get();
        if !random.is_multiple_of(4) {
            until("somebody connects", || shared.connections.get() > before).await;
        }
        sleep(Duration::from_millis((random >> 2) % LIFE)).await;
        broker.is_killed();
        broker.starts();
    }
    shared.is_over.set(true);
    tasks.push(live(away));
    let is_acknowledged = |client: &Rc<RefCell<Client>>| {
        let client = client.borrow();
        client.party.acknowledged.len() == client.published
    };
    until("all is acknowledged", || {
        publishers.iter().all(is_acknowledged)
    })
    .await;
    let published: usize = publishers
        .iter()
        .map(|client| client.borrow().published)
        .sum();
    let has_all =
        |client: &Rc<RefCell<Client>>| distinct(&client.borrow().party.received) == published;
    until("all arrives", || subscribers.iter().all(has_all)).await;
    // Should something come twice, it would come by now.
    sleep(Duration::from_millis(200)).await;
    for task in tasks {
        task.abort();
    }
    broker.is_killed();
    judge(&publishers.into(), &subscribers.into(), &shared);
}

fn distinct(received: &[String]) -> usize {
    received
        .iter()
        .collect::<std::collections::BTreeSet<_>>()
        .len()
}

/// What has come against what was sent.
fn judge(publishers: &Clients, subscribers: &Clients, shared: &Shared) {
    let seconds = shared.began.elapsed().as_secs();
    println!("{seconds} s, {} connections", shared.connections.get());
    for subscriber in subscribers {
        let subscriber = subscriber.borrow();
        let by_topic = by_topic(&subscriber.party.received);
        for publisher in publishers {
            let publisher = publisher.borrow();
            let (topic, qos) = publisher.publishes.unwrap();
            let numbers = &by_topic[topic];
            let mut first: Vec<usize> = Vec::new();
            for &number in numbers {
                // Each comes behind those before it, or again.
                if first.last().is_none_or(|&last| last < number) {
                    first.push(number);
                } else {
                    assert!(number < first.len(), "{topic}: {number} comes too late");
                }
            }
            let repeats = numbers.len() - first.len();
            println!(
                "{topic}: {} published, {} acknowledged, {} received, {repeats} of them again",
                publisher.published,
                publisher.party.acknowledged.len(),
                numbers.len(),
            );
            assert!(publisher.published > 0, "{topic}: nothing was published");
            assert!(first.iter().copied().eq(0..publisher.published), "{topic}");
            if qos == QoS::ExactlyOnce {
                assert_eq!(repeats, 0, "{topic}");
            }
        }
    }
}

fn by_topic(received: &[String]) -> BTreeMap<&str, Vec<usize>> {
    let mut by_topic: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for line in received {
        let (topic, number) = line.split_once('=').unwrap();
        by_topic
            .entry(topic)
            .or_default()
            .push(number.parse().unwrap());
    }
    by_topic
}

#[test]
fn a_broker_whose_store_is_damaged_says_so_and_ends() {
    let directory = new_directory();
    let file = directory.join("broker.redb");
    fs::write(&file, "no store").unwrap();
    let done = program()
        .args(["--port", "0", "--store"])
        .arg(&directory)
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(1));
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(
        said.starts_with(&format!("Error: {}: ", file.display())),
        "{said}"
    );
    fs::remove_dir_all(&directory).unwrap();
}
