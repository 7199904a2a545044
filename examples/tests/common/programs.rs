//! Programs as processes, and a broker for them. `cargo test` builds them first.

use std::env::consts::EXE_SUFFIX;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use puremqtt_examples::broker::acl::Acl;
use puremqtt_examples::broker::config::{Config, Tls};
use puremqtt_examples::broker::core::Broker;
use puremqtt_examples::broker::password::Passwords;
use puremqtt_examples::broker::server::{Door, Server};
use puremqtt_examples::broker::tls;
use tokio::net::TcpListener;

/// A broker with a listener for each kind of transport, for as long as the test runs.
pub struct Hub {
    pub tcp: String,
    pub websocket: String,
    pub tls: String,
    pub secure_websocket: String,
    /// The certificate that both of the latter have signed themselves, for `localhost`.
    pub certificate: PathBuf,
}

/// Lets everybody in, and keeps all that has to wait.
pub fn open_hub() -> Hub {
    let config = Config {
        max_queued: None,
        ..Config::default()
    };
    hub(config, None, None)
}

/// Lets `ann` in, with the password `secret`, to topics below `ok`.
pub fn guarded_hub() -> Hub {
    // What `mosquitto_passwd -b passwords ann secret` has written.
    const PASSWORDS: &str = "ann:$7$101$RXWdBORnCExjVMbj$OGTn3juUP6GRYo1GQXVULA+pa+h2pd/dxiDv0q4o7h\
        gV7DzuZMFlBcoQ52/O88l0byzy/lDqDI9eVpCrWH64RA==\n";
    let config = Config {
        allow_anonymous: false,
        ..Config::default()
    };
    let passwords = Passwords::parse(Path::new("passwords"), PASSWORDS).unwrap();
    let acl = Acl::parse(Path::new("acl"), "user ann\ntopic ok/#\n").unwrap();
    hub(config, Some(passwords), Some(acl))
}

fn hub(config: Config, passwords: Option<Passwords>, acl: Option<Acl>) -> Hub {
    let (certificate, key) = certificate();
    let acceptor = tls::acceptor(&Tls {
        certificate: certificate.clone(),
        key,
        authorities: None,
        require_certificate: false,
    })
    .unwrap();
    let (sender, ports) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let server = Server::new(Broker::new(config, passwords, acl, Duration::ZERO));
            for (websocket, secure) in [(false, false), (true, false), (false, true), (true, true)]
            {
                let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
                sender.send(socket.local_addr().unwrap().port()).unwrap();
                let door = Door {
                    websocket,
                    tls: secure.then(|| acceptor.clone()),
                    ..Door::default()
                };
                let server = server.clone();
                tokio::spawn(async move { server.listen(socket, door).await });
            }
            server.keep_time().await;
        });
    });
    let port = || ports.recv().unwrap().to_string();
    Hub {
        tcp: port(),
        websocket: port(),
        tls: port(),
        secure_websocket: port(),
        certificate,
    }
}

/// A new certificate for `localhost`, and its key, in files.
pub fn certificate() -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let number = uuid::Uuid::new_v4();
    let (certificate, key) = (
        folder.join(format!("{number}.crt")),
        folder.join(format!("{number}.key")),
    );
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

pub fn program(name: &str) -> Command {
    // The test is target/PROFILE/deps/NAME-HASH.
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("examples");
    path.push(format!("{name}{EXE_SUFFIX}"));
    let mut command = Command::new(path);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs `publish`, with this on its standard input.
pub fn publish_from(input: &[u8], arguments: &[&str]) -> Done {
    let mut child = program("publish")
        .args(arguments)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Done::of(child.wait_with_output().unwrap())
}

pub fn publish(arguments: &[&str]) -> Done {
    Done::of(program("publish").args(arguments).output().unwrap())
}

pub fn subscribe(arguments: &[&str]) -> Done {
    Done::of(program("subscribe").args(arguments).output().unwrap())
}

/// `subscribe`, whose subscription is there. It gives up after a minute.
pub fn subscribed(arguments: &[&str]) -> Subscribed {
    let mut child = program("subscribe")
        .args(["-d", "-W", "60"])
        .args(arguments)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let found = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("SUBACK")));
    assert!(found.is_some(), "it has ended without a SUBACK");
    // It may say more.
    thread::spawn(move || lines.for_each(drop));
    Subscribed(child)
}

pub struct Subscribed(Child);

impl Subscribed {
    /// Waits for its end.
    pub fn done(self) -> Done {
        Done::of(self.0.wait_with_output().unwrap())
    }

    /// Ends it without a word.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// What has come of a program.
#[derive(Debug, PartialEq, Eq)]
pub struct Done {
    pub status: Option<i32>,
    pub output: String,
    pub errors: String,
}

impl Done {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            output: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It has done its work without complaint.
    pub fn is_well(&self) -> bool {
        self.status == Some(0) && self.errors.is_empty()
    }
}
