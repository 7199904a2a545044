//! `publish` and `subscribe` as they are used, through this repository's own broker.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "common/programs.rs"]
mod programs;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use programs::{guarded_hub, open_hub, publish, publish_from, subscribe, subscribed};

const VERSIONS: [&str; 3] = ["31", "311", "5"];

/// A port where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[test]
fn a_message_arrives_with_its_qos_in_each_version() {
    let hub = open_hub();
    for version in VERSIONS {
        for qos in ["0", "1", "2"] {
            let common = ["-p", &hub.tcp, "-t", "a/b", "-V", version];
            let format = ["-q", "2", "-C", "1", "-F", "%t %q %r %p"];
            let waiting = subscribed(&[&common[..], &format].concat());
            let sent = publish(&[&common[..], &["-m", "21.5", "-q", qos]].concat());
            assert!(sent.is_well(), "{version} {qos}: {sent:?}");
            assert_eq!(waiting.done().output, format!("a/b {qos} 0 21.5\n"));
        }
    }
}

#[test]
fn a_retained_message_waits_for_who_comes_later_until_it_is_deleted() {
    let hub = open_hub();
    let at = ["-p", &hub.tcp, "-t", "a"];
    assert!(publish(&[&at[..], &["-m", "kept", "-r", "-q", "1"]].concat()).is_well());
    let come_later = |wait| subscribe(&[&at[..], &["-C", "1", "-W", wait, "-F", "%r %p"]].concat());
    assert_eq!(come_later("60").output, "1 kept\n");
    assert!(publish(&[&at[..], &["-n", "-r", "-q", "1"]].concat()).is_well());
    assert_eq!(come_later("1").output, "");
}

#[test]
fn a_payload_comes_from_a_line_from_all_of_the_input_or_from_a_file() {
    let hub = open_hub();
    let at = ["-p", &hub.tcp, "-t", "a", "-q", "1"];
    let waiting = subscribed(&[&at[..], &["-C", "5", "-F", "%l<%p>"]].concat());
    assert!(publish_from(b"one\n\ntwo", &[&at[..], &["-l"]].concat()).is_well());
    assert!(publish_from(b"one\ntwo\n", &[&at[..], &["-s"]].concat()).is_well());
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/payload");
    std::fs::write(file, "of a file").unwrap();
    assert!(publish(&[&at[..], &["-f", file]].concat()).is_well());
    assert_eq!(
        waiting.done().output,
        "3<one>\n0<>\n3<two>\n8<one\ntwo\n>\n9<of a file>\n"
    );
}

#[test]
fn thousands_of_lines_arrive_in_their_order() {
    let hub = open_hub();
    let at = ["-p", &hub.tcp, "-t", "a", "-q", "2", "-V", "5"];
    let lines: String = (0..5_000).map(|number| format!("{number}\n")).collect();
    let waiting = subscribed(&[&at[..], &["-C", "5000"]].concat());
    assert!(publish_from(lines.as_bytes(), &[&at[..], &["-l"]].concat()).is_well());
    assert!(waiting.done().output == lines);
}

#[test]
fn properties_travel_with_a_message() {
    let hub = open_hub();
    let at = ["-p", &hub.tcp, "-t", "a", "-V", "5"];
    let waiting = subscribed(&[&at[..], &["-C", "1", "-F", "%C %R %P"]].concat());
    let given = "-D publish content-type text/plain -D publish response-topic r \
                 -D publish user-property unit °C -D publish topic-alias 1 -m x";
    let given: Vec<&str> = given.split_whitespace().collect();
    assert!(publish(&[&at[..], &given].concat()).is_well());
    assert_eq!(waiting.done().output, "text/plain r unit:°C\n");
}

#[test]
fn every_transport_is_a_stream_of_bytes() {
    let hub = open_hub();
    let certificate = hub.certificate.to_str().unwrap();
    let transports: [&[&str]; 3] = [
        &["-p", &hub.websocket, "--ws"],
        &["-p", &hub.tls, "--cafile", certificate],
        &["-p", &hub.secure_websocket, "--ws", "--cafile", certificate],
    ];
    for transport in transports {
        let at = [transport, &["-h", "localhost", "-t", "a", "-q", "1"]].concat();
        let waiting = subscribed(&[&at[..], &["-C", "1"]].concat());
        let large = "21.5 ".repeat(20_000);
        assert!(publish_from(large.as_bytes(), &[&at[..], &["-s"]].concat()).is_well());
        assert!(waiting.done().output.trim_end() == large.trim_end());
    }
}

#[test]
fn a_server_has_to_be_who_it_is_said_to_be() {
    let hub = open_hub();
    let certificate = hub.certificate.to_str().unwrap();
    let (other, _) = programs::certificate();
    let connect = |host, authorities: &str, more: &[&str]| {
        let common = ["-p", &hub.tls, "-h", host, "--cafile", authorities];
        publish(&[&common[..], &["-t", "a", "-n"], more].concat())
    };
    assert!(connect("localhost", certificate, &[]).is_well());
    let stranger = connect("localhost", other.to_str().unwrap(), &[]);
    assert_eq!(stranger.status, Some(8));
    assert!(stranger.errors.starts_with("Error: A TLS error occurred"));
    // The certificate is for localhost.
    assert_eq!(connect("127.0.0.1", certificate, &[]).status, Some(8));
    assert!(connect("127.0.0.1", certificate, &["--insecure"]).is_well());
    let stranger = connect("127.0.0.1", other.to_str().unwrap(), &["--insecure"]);
    assert_eq!(stranger.status, Some(8));
    assert_eq!(connect("localhost", "/no/file", &[]).status, Some(1));
}

#[test]
fn a_will_is_published_for_who_goes_without_a_word() {
    let hub = open_hub();
    let mortal = |will: &str, more: &[&str]| {
        let at = ["-p", &hub.tcp, "-t", "other", "--will-topic", "gone"];
        subscribed(&[&at[..], &["--will-qos", "1", "--will-payload", will], more].concat())
    };
    let heir = subscribed(&["-p", &hub.tcp, "-t", "gone", "-q", "1", "-C", "1", "-v"]);
    // Says farewell when its time is over.
    assert_eq!(mortal("never", &["-W", "3"]).done().status, Some(27));
    mortal("why", &[]).kill();
    assert_eq!(heir.done().output, "gone why\n");
}

#[test]
fn a_session_that_is_kept_has_what_came_meanwhile() {
    let hub = open_hub();
    for version in ["311", "5"] {
        let at = ["-p", &hub.tcp, "-t", version, "-q", "1", "-V", version];
        let keep = [&at[..], &["-c", "-i", version]].concat();
        assert!(subscribe(&[&keep[..], &["-E"]].concat()).is_well());
        assert!(publish(&[&at[..], &["-m", "meanwhile"]].concat()).is_well());
        let back = subscribe(&[&keep[..], &["-C", "1"]].concat());
        assert_eq!(back.output, "meanwhile\n", "{version}: {back:?}");
    }
}

/// The statuses, and the sentences but for what follows a colon, are those of mosquitto 2.0.11.
#[test]
fn who_is_not_let_in_is_told_so() {
    let hub = guarded_hub();
    let unauthorised = "Connection error: Connection Refused: not authorised.\n";
    let rows = [
        ("31", 5, unauthorised),
        ("311", 5, unauthorised),
        ("5", 135, "Connection error: Not authorized\n"),
    ];
    for (version, status, sentence) in rows {
        let at = ["-p", &hub.tcp, "-t", "ok/a", "-V", version];
        let sent = publish(&[&at[..], &["-n"]].concat());
        let received = subscribe(&at);
        for done in [sent, received] {
            assert_eq!((done.status, &*done.errors), (Some(status), sentence));
        }
        let ann = ["-u", "ann", "-P", "secret", "-n"];
        assert!(publish(&[&at[..], &ann].concat()).is_well());
    }
}

#[test]
fn what_may_not_be_done_is_a_warning() {
    let hub = guarded_hub();
    let ann = ["-p", &hub.tcp, "-u", "ann", "-P", "secret", "-V", "5"];
    for qos in ["1", "2"] {
        let sent = publish(&[&ann[..], &["-t", "no", "-n", "-q", qos]].concat());
        let warning = "Warning: Publish 1 failed: Not authorized.\n";
        assert_eq!((sent.status, &*sent.errors), (Some(0), warning));
    }
    let denied = subscribe(&[&ann[..], &["-t", "no"]].concat());
    assert_eq!(denied.status, Some(0));
    assert!(
        denied
            .errors
            .ends_with("All subscription requests were denied.\n")
    );
}

#[test]
fn where_nobody_is_there_is_no_connection() {
    let port = nobody();
    for done in [
        publish(&["-p", &port, "-t", "a", "-n"]),
        subscribe(&["-p", &port, "-t", "a"]),
        publish(&["-h", "nobody.invalid", "-t", "a", "-n"]),
    ] {
        assert_eq!(done.status, Some(1));
        assert!(done.errors.starts_with("Unable to connect ("), "{done:?}");
    }
}

/// Takes one connection after the other, says these bytes after the first of each, and hangs up.
fn fake(answers: &'static [&'static [&'static [u8]]]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    thread::spawn(move || {
        for steps in answers {
            let (mut stream, _) = listener.accept().unwrap();
            for step in *steps {
                assert_ne!(stream.read(&mut [0; 1024]).unwrap(), 0);
                stream.write_all(step).unwrap();
            }
        }
    });
    port
}

const CONNACK: &[u8] = b"\x20\x02\x00\x00";

#[test]
fn a_connection_that_breaks_ends_publish_and_is_replaced_by_subscribe() {
    let port = fake(&[&[CONNACK]]);
    let sent = publish(&["-p", &port, "-t", "a", "-m", "x", "-q", "1"]);
    assert_eq!(sent.status, Some(7));
    assert!(sent.errors.starts_with("Error: The connection was lost"));

    const SUBACK_AND_PUBLISH: &[u8] = b"\x90\x03\x00\x01\x00\x30\x07\x00\x01aback";
    let port = fake(&[&[CONNACK], &[CONNACK, SUBACK_AND_PUBLISH]]);
    let received = subscribe(&["-p", &port, "-t", "a", "-C", "1"]);
    assert_eq!(received.output, "back\n", "{received:?}");
}

#[test]
fn a_broker_that_breaks_the_rules_is_left() {
    for port in [fake(&[&[b"\xff\x00"]]), fake(&[&[b"\xd0\x00"]])] {
        let done = subscribe(&["-p", &port, "-t", "a"]);
        assert_eq!(done.status, Some(2), "{done:?}");
        assert!(
            done.errors
                .starts_with("Error: The broker has broken a rule: ")
        );
    }
}

#[test]
fn a_broker_that_says_farewell_is_heard() {
    // Session taken over.
    const FAREWELL: &[u8] = b"\x20\x03\x00\x00\x00\xe0\x02\x8e\x00";
    let sent = publish(&[
        "-p",
        &fake(&[&[FAREWELL]]),
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
        "-V",
        "5",
    ]);
    assert_eq!(sent.status, Some(4));
    assert!(sent.errors.contains("Session taken over"));
    let received = subscribe(&["-p", &fake(&[&[FAREWELL]]), "-t", "a", "-V", "5"]);
    assert_eq!(received.status, Some(0));
    assert!(received.errors.contains("Session taken over"));
}

#[test]
fn debugging_prints_the_packets() {
    let hub = open_hub();
    let at = ["-p", &hub.tcp, "-t", "a", "-i", "me", "-d", "-q", "2", "-n"];
    let lines = [
        "sending CONNECT (3.1.1, 'me', c1, k60)",
        "received CONNACK (s0, 0x00 Success)",
        "sending PUBLISH (d0, q2, r0, m1, 'a', ... (0 bytes))",
        "received PUBREC (m1)",
        "sending PUBREL (m1)",
        "received PUBCOMP (m1)",
        "sending DISCONNECT",
    ];
    let expected: String = lines.map(|line| format!("Client me {line}\n")).concat();
    assert_eq!(publish(&at).errors, expected);
}

#[test]
fn wrong_options_are_told() {
    let wrong = publish(&["-t", "a/#", "-n"]);
    assert_eq!(wrong.status, Some(1));
    assert!(wrong.errors.starts_with("Error: Invalid publish topic"));
    let help = subscribe(&["--help"]);
    assert!(help.is_well() && help.output.contains("Usage: subscribe"));
}
