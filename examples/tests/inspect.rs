//! Runs the example as a process. `cargo test` builds it first; with `--test inspect` it is as old
//! as the last `cargo build --example inspect`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use serde_json::{Value, json};

/// A CONNECT of 3.1.1 with Clean Session, Keep Alive 60 and the Client Identifier "a".
const CONNECT: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
const PINGREQ: &[u8] = b"\xc0\x00";

struct Done {
    status: Option<i32>,
    output: String,
    errors: String,
}

fn start(arguments: &[&str]) -> Child {
    // The test is target/PROFILE/deps/inspect-HASH.
    let mut program = std::env::current_exe().unwrap();
    program.pop();
    program.pop();
    program.push("examples");
    program.push(format!("inspect{EXE_SUFFIX}"));
    Command::new(&program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

fn run(arguments: &[&str], input: &[u8]) -> Done {
    let mut child = start(arguments);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may end, or wait for its output to be read, before it has read everything.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let done = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Done {
        status: done.status.code(),
        output: String::from_utf8(done.stdout).unwrap(),
        errors: String::from_utf8(done.stderr).unwrap(),
    }
}

/// The answers to lines, in order. The wording of errors is free: "?" stands for any.
fn ask(mode: &str, questions: &[String]) -> Vec<Value> {
    let done = run(&[mode], questions.join("\n").as_bytes());
    assert_eq!((done.status, done.errors.as_str()), (Some(0), ""));
    let answers = done.output.lines().map(|line| {
        let mut answer: Value = serde_json::from_str(line).unwrap();
        for key in ["error", "encode_error"] {
            if let Some(text @ Value::String(_)) = answer.get_mut(key) {
                *text = json!("?");
            }
        }
        answer
    });
    answers.collect()
}

fn assert_answers(mode: &str, cases: &[(&str, Value)]) {
    let questions: Vec<String> = cases.iter().map(|(line, _)| (*line).to_owned()).collect();
    let answers = ask(mode, &questions);
    assert_eq!(answers.len(), cases.len());
    for (answer, (question, expected)) in answers.iter().zip(cases) {
        assert_eq!(answer, expected, "{question}");
    }
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

// --- A stream ---

#[test]
fn without_a_file_the_bundled_capture_is_printed() {
    let done = run(&[], b"");
    assert_eq!((done.status, done.errors.as_str()), (Some(0), ""));
    let lines: Vec<&str> = done.output.lines().collect();
    assert!(lines.len() > 5, "{lines:?}");
    assert!(lines[0].starts_with("CONNECT (5, "), "{lines:?}");
    assert!(
        lines[lines.len() - 1].starts_with("DISCONNECT"),
        "{lines:?}"
    );
    assert!(
        !done.output.contains("swordfish"),
        "the password is printed"
    );
}

#[test]
fn a_file_is_read_as_the_version_of_its_connect() {
    let path = file("whole.bin", &[CONNECT, PINGREQ].concat());
    let done = run(&[path.to_str().unwrap()], b"");
    assert_eq!(done.output, "CONNECT (3.1.1, 'a', c1, k60)\nPINGREQ\n");
    assert_eq!(done.status, Some(0));
}

#[test]
fn the_json_of_a_publish_has_every_property() {
    let publish = b"\x3b\x38\x00\x03a/b\x00\x0a\x2f\
        \x01\x01\
        \x02\x00\x00\x00\x3c\
        \x03\x00\x04text\
        \x08\x00\x03r/s\
        \x09\x00\x02\x00\xff\
        \x0b\x80\x01\
        \x0b\x01\
        \x23\x00\x07\
        \x26\x00\x01k\x00\x01v\
        \x26\x00\x01k\x00\x01w\
        !";
    let done = run(&["--json", "--version", "5", "-"], publish);
    assert_eq!((done.status, done.errors.as_str()), (Some(0), ""));
    let expected = json!({
        "type": "PUBLISH",
        "dup": true,
        "qos": 1,
        "retain": true,
        "topic_name": "a/b",
        "packet_identifier": 10,
        "properties": {
            "payload_format_indicator": 1,
            "message_expiry_interval": 60,
            "content_type": "text",
            "response_topic": "r/s",
            "correlation_data": "00ff",
            "subscription_identifier": [128, 1],
            "topic_alias": 7,
            "user_property": [["k", "v"], ["k", "w"]],
        },
        "payload": "21",
    });
    assert_eq!(done.output.lines().count(), 1);
    assert_eq!(
        serde_json::from_str::<Value>(&done.output).unwrap(),
        expected
    );
}

/// A process that is talked to while it runs.
struct Talk {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Talk {
    fn start(arguments: &[&str]) -> Self {
        let mut child = start(arguments);
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            stdin,
            stdout,
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.stdin.write_all(bytes).unwrap();
        self.stdin.flush().unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    fn end(mut self) -> Option<i32> {
        drop(self.stdin);
        self.child.wait().unwrap().code()
    }
}

#[test]
fn a_packet_is_printed_as_soon_as_it_is_there() {
    let mut talk = Talk::start(&["-"]);
    for piece in CONNECT.chunks(4) {
        talk.write(piece);
    }
    talk.write(&PINGREQ[..1]);
    assert_eq!(talk.line(), "CONNECT (3.1.1, 'a', c1, k60)\n");
    talk.write(&PINGREQ[1..]);
    assert_eq!(talk.line(), "PINGREQ\n");
    assert_eq!(talk.end(), Some(0));
}

#[test]
fn packets_larger_than_a_chunk_are_put_together() {
    // 3 + 200,000 bytes: c3 9a 0c.
    let mut publish = b"\x30\xc3\x9a\x0c\x00\x01a".to_vec();
    publish.resize(publish.len() + 200_000, b'x');
    let done = run(
        &["--version", "3.1.1", "-"],
        &[&publish, PINGREQ, &publish].concat(),
    );
    assert_eq!(done.status, Some(0));
    let starts: Vec<_> = done.output.lines().map(|line| &line[..7]).collect();
    assert_eq!(starts, ["PUBLISH", "PINGREQ", "PUBLISH"]);
    assert!(done.output.contains("200000 bytes"), "{}", done.output);
}

#[test]
fn a_truncated_file_is_a_failure_with_the_offset() {
    let path = file("truncated.bin", &[CONNECT, b"\x30\x05\x00"].concat());
    let done = run(&[path.to_str().unwrap()], b"");
    assert_eq!(done.status, Some(1));
    assert_eq!(done.output.lines().count(), 1);
    // The PUBLISH begins at byte 15 and has 7 bytes, of which 3 are there.
    for word in ["byte 15", "incomplete", "3 bytes", "4 are missing"] {
        assert!(done.errors.contains(word), "{word}: {}", done.errors);
    }
}

#[test]
fn a_malformed_packet_is_a_failure_with_the_offset() {
    // The Packet Identifier of the PUBACK, at byte 17, is 0.
    let done = run(&["-"], &[CONNECT, b"\x40\x02\x00\x00", PINGREQ].concat());
    assert_eq!(done.status, Some(1));
    assert_eq!(done.output.lines().count(), 1);
    assert!(done.errors.contains("byte 17"), "{}", done.errors);
    assert!(
        done.errors.contains("3.1.1/MQTT-2.3.1-6"),
        "{}",
        done.errors
    );
}

#[test]
fn without_a_connect_the_version_has_to_be_told() {
    let unknown = run(&["-"], PINGREQ);
    assert_eq!(unknown.status, Some(1));
    assert!(unknown.errors.contains("--version"), "{}", unknown.errors);
    for version in ["3.1", "3.1.1", "5"] {
        let known = run(&["--version", version, "-"], PINGREQ);
        assert_eq!(
            (known.status, known.output.as_str()),
            (Some(0), "PINGREQ\n")
        );
    }
}

#[test]
fn wrong_use_has_a_status_of_its_own() {
    for arguments in [
        &["--version", "4", "-"][..],
        &["--lines", "--json"],
        &["--lines", "--topics"],
        &["--nothing"],
        &["no such file"],
    ] {
        let done = run(arguments, b"");
        assert_eq!(done.status, Some(2), "{arguments:?}");
        assert!(!done.errors.is_empty(), "{arguments:?}");
    }
}

// --- Lines ---

/// Version, bytes and meaning of every type of packet.
fn packets() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "3.1",
            "100f 00064d5149736470 03 02 0000 000161",
            json!({"type": "CONNECT", "protocol_name": "MQIsdp", "protocol_version": 3,
                "clean_session": true, "keep_alive": 0, "client_identifier": "a"}),
        ),
        (
            "3.1.1",
            "101b 00044d515454 04 ee 003c 000161 000174 0002676f 000175 0002ff00",
            json!({"type": "CONNECT", "protocol_name": "MQTT", "protocol_version": 4,
                "clean_session": true, "keep_alive": 60, "client_identifier": "a",
                "will": {"will_topic": "t", "will_payload": "676f", "will_qos": 1, "will_retain": true},
                "user_name": "u", "password": "ff00"}),
        ),
        (
            "5",
            "1034 00044d515454 05 44 0000 11 1100000078 1700 1901 21000a 2700000fa0 000161 \
             0b 1800000005 0101 03000174 000174 0000 0002ff00",
            json!({"type": "CONNECT", "protocol_name": "MQTT", "protocol_version": 5,
                "clean_start": false, "keep_alive": 0, "client_identifier": "a",
                "will": {
                    "will_properties": {"will_delay_interval": 5, "payload_format_indicator": 1,
                        "content_type": "t"},
                    "will_topic": "t", "will_payload": "", "will_qos": 0, "will_retain": false},
                "password": "ff00",
                "properties": {"session_expiry_interval": 120, "request_problem_information": 0,
                    "request_response_information": 1, "receive_maximum": 10,
                    "maximum_packet_size": 4000}}),
        ),
        (
            "3.1.1",
            "20020005",
            json!({"type": "CONNACK", "session_present": false, "return_code": 5}),
        ),
        (
            "5",
            "2003000000",
            json!({"type": "CONNACK", "session_present": false, "reason_code": 0}),
        ),
        (
            "5",
            "203d 01 00 3a 1100000078 12000178 130032 1500014d 160002abcd 1a000172 1c000173 \
             220004 2400 2500 27000007d0 2800 2900 2a00 1f000177 26000161000162",
            json!({"type": "CONNACK", "session_present": true, "reason_code": 0, "properties": {
                "session_expiry_interval": 120, "assigned_client_identifier": "x",
                "server_keep_alive": 50, "authentication_method": "M",
                "authentication_data": "abcd", "response_information": "r",
                "server_reference": "s", "topic_alias_maximum": 4, "maximum_qos": 0,
                "retain_available": 0, "maximum_packet_size": 2000,
                "wildcard_subscription_available": 0, "subscription_identifier_available": 0,
                "shared_subscription_available": 0, "reason_string": "w",
                "user_property": [["a", "b"]]}}),
        ),
        (
            "3.1.1",
            "300400016178",
            json!({"type": "PUBLISH", "dup": false, "qos": 0, "retain": false, "topic_name": "a",
                "payload": "78"}),
        ),
        (
            "5",
            "320700016100010078",
            json!({"type": "PUBLISH", "dup": false, "qos": 1, "retain": false, "topic_name": "a",
                "packet_identifier": 1, "payload": "78"}),
        ),
        (
            "3.1.1",
            "40020001",
            json!({"type": "PUBACK", "packet_identifier": 1}),
        ),
        (
            "5",
            "4003000110",
            json!({"type": "PUBACK", "packet_identifier": 1, "reason_code": 16}),
        ),
        (
            "5",
            "5008 0001 91 04 1f000177",
            json!({"type": "PUBREC", "packet_identifier": 1, "reason_code": 145,
                "properties": {"reason_string": "w"}}),
        ),
        (
            "3.1",
            "6a020001",
            json!({"type": "PUBREL", "packet_identifier": 1, "dup": true}),
        ),
        (
            "5",
            "62020001",
            json!({"type": "PUBREL", "packet_identifier": 1, "reason_code": 0}),
        ),
        (
            "5",
            "7003000192",
            json!({"type": "PUBCOMP", "packet_identifier": 1, "reason_code": 146}),
        ),
        (
            "3.1",
            "8a06000100016101",
            json!({"type": "SUBSCRIBE", "packet_identifier": 1, "dup": true,
                "subscriptions": [{"topic_filter": "a", "qos": 1}]}),
        ),
        (
            "3.1.1",
            "820d 0001 00082473686172652f2f 01",
            json!({"type": "SUBSCRIBE", "packet_identifier": 1,
                "subscriptions": [{"topic_filter": "$share//", "qos": 1}]}),
        ),
        (
            "5",
            "820e 0001 03 0b8001 000161 2d 000162 00",
            json!({"type": "SUBSCRIBE", "packet_identifier": 1,
                "properties": {"subscription_identifier": 128},
                "subscriptions": [
                    {"topic_filter": "a", "qos": 1, "no_local": true, "retain_as_published": true,
                        "retain_handling": 2},
                    {"topic_filter": "b", "qos": 0, "no_local": false, "retain_as_published": false,
                        "retain_handling": 0}]}),
        ),
        (
            "3.1.1",
            "900400010280",
            json!({"type": "SUBACK", "packet_identifier": 1, "return_codes": [2, 128]}),
        ),
        (
            "5",
            "90050001000187",
            json!({"type": "SUBACK", "packet_identifier": 1, "reason_codes": [1, 135]}),
        ),
        (
            "3.1.1",
            "a2050001000161",
            json!({"type": "UNSUBSCRIBE", "packet_identifier": 1, "topic_filters": ["a"]}),
        ),
        (
            "5",
            "a20d 0001 07 26000161000162 000161",
            json!({"type": "UNSUBSCRIBE", "packet_identifier": 1,
                "properties": {"user_property": [["a", "b"]]}, "topic_filters": ["a"]}),
        ),
        (
            "3.1.1",
            "b0020001",
            json!({"type": "UNSUBACK", "packet_identifier": 1}),
        ),
        (
            "5",
            "b0050001000011",
            json!({"type": "UNSUBACK", "packet_identifier": 1, "reason_codes": [0, 17]}),
        ),
        ("3.1", "c000", json!({"type": "PINGREQ"})),
        ("5", "D0 00", json!({"type": "PINGRESP"})),
        ("3.1.1", "e000", json!({"type": "DISCONNECT"})),
        ("5", "e000", json!({"type": "DISCONNECT", "reason_code": 0})),
        (
            "5",
            "e007 04 05 1100000000",
            json!({"type": "DISCONNECT", "reason_code": 4,
                "properties": {"session_expiry_interval": 0}}),
        ),
        (
            "5",
            "f00a 18 08 1500014d 16000164",
            json!({"type": "AUTH", "reason_code": 24,
                "properties": {"authentication_method": "M", "authentication_data": "64"}}),
        ),
    ]
}

#[test]
fn every_type_of_packet_is_shown_and_encoded_again() {
    let packets = packets();
    let questions: Vec<String> = packets
        .iter()
        .map(|(version, hex, _)| json!({"version": version, "hex": hex}).to_string())
        .collect();
    let answers = ask("--lines", &questions);
    assert_eq!(answers.len(), packets.len());
    for (answer, (version, hex, packet)) in answers.iter().zip(&packets) {
        let hex = hex.replace(' ', "").to_lowercase();
        let len = hex.len() / 2;
        let expected = json!({"ok": true, "len": len, "packet": packet, "encoded": hex});
        assert_eq!(answer, &expected, "{version} {hex}");
    }
}

#[test]
fn each_line_has_a_verdict_in_order() {
    let no_question =
        json!({"ok": false, "error": "?", "statement": null, "reason": null, "offset": null});
    assert_answers(
        "--lines",
        &[
            // Bytes after the packet are not looked at.
            (
                r#"{"version":"5","hex":"C0 00 ff"}"#,
                json!({"ok": true, "len": 2, "packet": {"type": "PINGREQ"}, "encoded": "c000"}),
            ),
            (
                r#"{"version":"5","hex":""}"#,
                json!({"ok": false, "incomplete": true, "need": 2}),
            ),
            (
                r#"{"version":"5","hex":"c0"}"#,
                json!({"ok": false, "incomplete": true, "need": 1}),
            ),
            (
                r#"{"version":"5","hex":"300500"}"#,
                json!({"ok": false, "incomplete": true, "need": 4}),
            ),
            // Bytes in a packet that has no fields.
            (
                r#"{"version":"5","hex":"c001ff"}"#,
                json!({"ok": false, "error": "?", "statement": null, "reason": 0x81, "offset": 2}),
            ),
            (
                r#"{"version":"5","hex":"8007000100000161 01"}"#,
                json!({"ok": false, "error": "?", "statement": "5.0/MQTT-3.8.1-1", "reason": 0x81,
                    "offset": 0}),
            ),
            (
                r#"{"version":"3.1.1","hex":"3204000161 00"}"#,
                json!({"ok": false, "error": "?", "statement": null, "reason": 0x81, "offset": 5}),
            ),
            // A CONNECT of another version.
            (
                r#"{"version":"5","hex":"100d00044d51545404020000000161"}"#,
                json!({"ok": false, "error": "?", "statement": "5.0/MQTT-3.1.2-2", "reason": 0x84,
                    "offset": 8}),
            ),
            (
                r#"{"version":"5","role":"client","hex":"100d00044d51545404020000000161"}"#,
                json!({"ok": false, "error": "?", "statement": "5.0/MQTT-3.1.2-2", "reason": 0x84,
                    "offset": 8}),
            ),
            // Decoded and never encoded: Bad authentication method in a DISCONNECT.
            (
                r#"{"version":"5","hex":"e0018c"}"#,
                json!({"ok": true, "len": 3, "packet": {"type": "DISCONNECT", "reason_code": 140},
                    "encoded": null, "encode_error": "?"}),
            ),
            // A shorter form says the same.
            (
                r#"{"version":"5","hex":"400400010000"}"#,
                json!({"ok": true, "len": 6,
                    "packet": {"type": "PUBACK", "packet_identifier": 1, "reason_code": 0},
                    "encoded": "40020001"}),
            ),
            (r#"{"version":"5","hex":"c00"}"#, no_question.clone()),
            (r#"{"version":"5","hex":"c0zz"}"#, no_question.clone()),
            (r#"{"version":"4","hex":"c000"}"#, no_question.clone()),
            (r#"{"version":5,"hex":"c000"}"#, no_question.clone()),
            (
                r#"{"version":"5","role":"broker","hex":"c000"}"#,
                no_question.clone(),
            ),
            (r#"{"hex":"c000"}"#, no_question.clone()),
            (r#"{"version":"5"}"#, no_question.clone()),
            (r#"{"version":"5","hex":"c000""#, no_question.clone()),
            (r#"["5","c000"]"#, no_question.clone()),
            ("", no_question),
            (
                r#"{"version":"5","hex":"d000"}"#,
                json!({"ok": true, "len": 2, "packet": {"type": "PINGRESP"}, "encoded": "d000"}),
            ),
        ],
    );
}

#[test]
fn a_role_has_rules_of_its_own() {
    let wrong = json!({"ok": false, "error": "?", "statement": null, "reason": 0x82, "offset": 0});
    let ping = json!({"ok": true, "len": 2, "packet": {"type": "PINGREQ"}, "encoded": "c000"});
    let numbered = json!({"ok": true, "len": 8, "packet": {"type": "PUBLISH", "dup": false,
        "qos": 0, "retain": false, "topic_name": "a",
        "properties": {"subscription_identifier": [1]}, "payload": ""},
        "encoded": "3006000161020b01"});
    assert_answers(
        "--lines",
        &[
            (r#"{"version":"5","role":"client","hex":"c000"}"#, ping),
            (
                r#"{"version":"5","role":"server","hex":"c000"}"#,
                wrong.clone(),
            ),
            (
                r#"{"version":"5","role":"client","hex":"d000"}"#,
                wrong.clone(),
            ),
            (r#"{"version":"3.1.1","role":"server","hex":"e000"}"#, wrong),
            (
                r#"{"version":"5","hex":"3006000161020b01"}"#,
                numbered.clone(),
            ),
            (
                r#"{"version":"5","role":"server","hex":"3006000161020b01"}"#,
                numbered,
            ),
        ],
    );
    let from_client = r#"{"version":"5","role":"client","hex":"3006000161020b01"}"#;
    let answers = ask("--lines", &[from_client.to_owned()]);
    assert_eq!(answers[0]["statement"], "5.0/MQTT-3.3.4-6");
    assert_eq!(answers[0]["reason"], 0x82);
}

#[test]
fn a_topic_alias_is_kept_as_it_is() {
    for role in [json!(null), json!("client"), json!("server")] {
        let question = |alias: &str| {
            json!({"version": "5", "role": role, "hex": format!("3006000003 23{alias}")})
                .to_string()
        };
        let answers = ask(
            "--lines",
            &[question("0005"), question("ffff"), question("0000")],
        );
        assert_eq!(answers[0]["packet"]["topic_name"], "");
        assert_eq!(
            answers[0]["packet"]["properties"],
            json!({"topic_alias": 5})
        );
        assert_eq!(answers[0]["encoded"], "3006000003230005");
        assert_eq!(
            answers[1]["packet"]["properties"],
            json!({"topic_alias": 65_535})
        );
        assert_eq!(answers[2]["reason"], 0x94);
        assert_eq!(answers[2]["statement"], "5.0/MQTT-3.3.2-8");
    }
}

#[test]
fn topics_are_matched_and_checked_line_by_line() {
    let (yes, no) = (json!({"match": true}), json!({"match": false}));
    let valid = json!({"valid": true, "error": null});
    let invalid = json!({"valid": false, "error": "?"});
    let error = json!({"error": "?"});
    assert_answers(
        "--topics",
        &[
            (r#"{"filter":"a/+/c","topic":"a/b/c"}"#, yes.clone()),
            (r#"{"filter":"a/+","topic":"a"}"#, no.clone()),
            (r#"{"filter":"a/#","topic":"a"}"#, yes.clone()),
            (r##"{"filter":"#","topic":"$SYS/x"}"##, no.clone()),
            (r#"{"filter":"$share/g/a/#","topic":"a/b"}"#, yes),
            (
                r#"{"version":"5","filter":"$share/g/a/#","topic":"$share/g/a/b"}"#,
                no.clone(),
            ),
            (
                r#"{"version":"3.1.1","filter":"$share/g/a/#","topic":"a/b"}"#,
                no,
            ),
            (r#"{"filter":"+a","topic":"a"}"#, error.clone()),
            (r#"{"filter":"a","topic":"+"}"#, error.clone()),
            (r#"{"filter":"a/+/#"}"#, valid.clone()),
            (r#"{"filter":"a/#/b"}"#, invalid.clone()),
            (r#"{"filter":"$share/g"}"#, invalid.clone()),
            (r#"{"version":"3.1","filter":"$share/g"}"#, valid.clone()),
            (r#"{"topic":"a/b"}"#, valid),
            (r#"{"topic":"a/+"}"#, invalid.clone()),
            (r#"{"topic":""}"#, invalid.clone()),
            (r#"{"topic":"a\u0000"}"#, invalid),
            ("{}", error.clone()),
            (r#"{"filter":1}"#, error.clone()),
            (r#"{"version":"6","filter":"a"}"#, error.clone()),
            ("a/b", error),
        ],
    );
}

#[test]
fn a_line_is_answered_before_the_next_is_written() {
    let mut lines = Talk::start(&["--lines"]);
    for hex in ["c000", "d000"] {
        lines.write(format!("{}\n", json!({"version": "5", "hex": hex})).as_bytes());
        let answer: Value = serde_json::from_str(&lines.line()).unwrap();
        assert_eq!(answer["encoded"], hex);
    }
    assert_eq!(lines.end(), Some(0));
}
