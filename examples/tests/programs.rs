//! `broker`, `publish` and `subscribe` as programs, as somebody starts them who has read --help.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "common/programs.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod programs;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use std::thread;

use programs::{certificate, program, publish, subscribe, subscribed};
use uuid::Uuid;

/// A new file with this in it.
fn file(content: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Uuid::new_v4().to_string());
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The program `broker`; a test that fails does not leave it behind.
struct Broker {
    child: Child,
    port: String,
}

impl Broker {
    /// With one listener, at any port that is free.
    fn start(options: &[&str]) -> Self {
        let mut child = program("broker").args(options).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let address = line.split_once("Listening on ")?.1.trim_end_matches('.');
            Some(address.rsplit_once(':')?.1.to_owned())
        });
        // It may say more.
        thread::spawn(move || lines.for_each(drop));
        let port = port.unwrap();
        Self { child, port }
    }

    /// With a configuration file of these lines.
    fn configured(lines: &[&str]) -> Self {
        Self::start(&["--config", &file(&lines.join("\n"))])
    }

    fn end(&mut self, signal: &str) -> Option<i32> {
        let number = self.child.id().to_string();
        let killed = Command::new("kill").args(["-s", signal, &number]).status();
        assert!(killed.unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_broker_that_is_asked_to_end_says_farewell_and_ends_in_order() {
    for signal in ["TERM", "INT"] {
        let mut broker = Broker::start(&["--port", "0"]);
        let waiting = subscribed(&["-p", &broker.port, "-t", "a", "-V", "5"]);
        assert_eq!(broker.end(signal), Some(0));
        // [5.0/4.13.2] DISCONNECT with 0x8B, then the connection is closed.
        assert_eq!(waiting.done().status, Some(0), "the subscriber is told");
        // Nobody listens there any more.
        let late = publish(&["-p", &broker.port, "-t", "a", "-n"]);
        assert!(late.errors.starts_with("Unable to connect ("), "{late:?}");
    }
}

/// The status is the code of the CONNACK: in 3.1 and 3.1.1 5, which mosquitto 2.0.11 uses for a wrong
/// password, too; in 5 "Bad User Name or Password", 0x86.
#[test]
fn a_wrong_password_and_an_unknown_user_are_refused() {
    // What `mosquitto_passwd -b -c passwords ann secret` has written.
    const PASSWORDS: &str = "ann:$7$101$k2XKJlPAQdESPDXQ$8EhgHeyHRYrRfvQ8Fow5+Pr7vnCprmbwFRcNkZzc6\
        qVuuv2/jWkTiEPLF6jVuBxOfLGjmJuXhLABSJPT3OUIdg==\n";
    let passwords = format!("password_file {}", file(PASSWORDS));
    let broker = Broker::configured(&["listener 0 127.0.0.1", &passwords]);
    let unauthorised = "Connection error: Connection Refused: not authorised.\n";
    let rows = [
        ("31", 5, unauthorised),
        ("311", 5, unauthorised),
        ("5", 134, "Connection error: Bad User Name or Password\n"),
    ];
    for (version, status, sentence) in rows {
        let at = ["-p", &broker.port, "-t", "a", "-V", version];
        for login in [["-u", "ann", "-P", "wrong"], ["-u", "bob", "-P", "secret"]] {
            let received = subscribe(&[&at[..], &login].concat());
            let sent = publish(&[&at[..], &login, &["-n"]].concat());
            for done in [sent, received] {
                assert_eq!((done.status, &*done.errors), (Some(status), sentence));
            }
        }
        let ann = ["-u", "ann", "-P", "secret", "-n"];
        assert!(publish(&[&at[..], &ann].concat()).is_well());
    }
}

#[test]
fn a_configuration_file_with_a_listener_lets_nobody_in_unless_it_says_so() {
    let broker = Broker::configured(&["listener 0 127.0.0.1"]);
    assert_eq!(
        publish(&["-p", &broker.port, "-t", "a", "-n"]).status,
        Some(5)
    );
}

#[test]
fn a_configuration_file_opens_tls_and_websocket() {
    let (certificate, key) = certificate();
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let (certfile, keyfile) = (format!("certfile {certificate}"), format!("keyfile {key}"));
    let open = ["allow_anonymous true", "listener 0 127.0.0.1"];
    let tls = Broker::configured(&[&open[..], &[&certfile, &keyfile]].concat());
    let websocket = Broker::configured(&[&open[..], &["protocol websockets"]].concat());
    let transports: [&[&str]; 2] = [
        &["-p", &tls.port, "--cafile", certificate],
        &["-p", &websocket.port, "--ws"],
    ];
    for transport in transports {
        let at = [transport, &["-h", "localhost", "-t", "a/b", "-q", "2"]].concat();
        let waiting = subscribed(&[&at[..], &["-C", "1", "-v"]].concat());
        assert!(publish(&[&at[..], &["-m", "21.5"]].concat()).is_well());
        assert_eq!(waiting.done().output, "a/b 21.5\n");
    }
}

#[test]
fn a_message_that_does_not_come_in_time_is_status_27() {
    let broker = Broker::start(&["--port", "0"]);
    let waited = subscribe(&["-p", &broker.port, "-t", "a", "-W", "1"]);
    assert_eq!(waited.status, Some(27));
    assert_eq!((&*waited.output, &*waited.errors), ("", "Timed out\n"));
}
