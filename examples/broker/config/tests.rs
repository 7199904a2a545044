#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

use std::path::Path;

use super::*;

/// By the text of a file and by flags.
fn config(text: &str, flags: &[&str]) -> Config {
    let file = File::parse(Path::new("broker.conf"), text).unwrap();
    let flags = Flags::try_parse_from([&["broker"], flags].concat());
    flags.unwrap_or_else(|error| panic!("{error}")).over(file)
}

fn fault(text: &str) -> String {
    let error = File::parse(Path::new("broker.conf"), text).unwrap_err();
    error.to_string()
}

fn listeners(text: &str, flags: &[&str]) -> Vec<String> {
    let listeners = config(text, flags).listeners;
    listeners.iter().map(Listener::to_string).collect()
}

#[test]
fn without_file_and_flags_the_broker_listens_to_this_machine_alone() {
    let config = config("", &[]);
    assert_eq!(config, Config::default());
    assert_eq!(config.listeners, [Listener::new("127.0.0.1", 1883)]);
    assert!(config.allow_anonymous);
}

#[test]
fn every_flag_has_its_place() {
    let flags = "--password-file p --acl-file a --no-anonymous --receive-maximum 3
        --topic-alias-maximum 4 --max-packet-size 500 --max-inflight 6 --max-queued 7
        --max-keep-alive 80 --max-topic-levels 9 --store s -v";
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let expected = Config {
        allow_anonymous: false,
        password_file: Some("p".into()),
        acl_file: Some("a".into()),
        receive_maximum: NonZeroU16::new(3).unwrap(),
        topic_alias_maximum: 4,
        max_packet_size: Some(500),
        max_inflight: NonZeroU16::new(6).unwrap(),
        max_queued: Some(7),
        max_keep_alive: 80,
        max_topic_levels: Some(9),
        store: Some("s".into()),
        verbose: true,
        ..Config::default()
    };
    assert_eq!(config("", &flags), expected);
}

#[test]
fn every_directive_has_its_place() {
    let text = "
# for all
allow_anonymous true
password_file conf/pass words
acl_file conf/acl
max_inflight_messages 6
max_queued_messages 7
max_packet_size 500
message_size_limit 400
max_keepalive 80
max_topic_alias 4
retain_available false
allow_zero_length_clientid false
auto_id_prefix gate-
queue_qos0_messages true
upgrade_outgoing_qos true
set_tcp_nodelay true
persistence true
persistence_location var/store
port 1884
bind_address ::1

listener 8883 0.0.0.0
certfile c.pem
keyfile k.pem
cafile ca.pem
require_certificate true

listener 8080
protocol websockets
http_dir www
";
    let first = Listener::new("::1", 1884);
    let tls = Listener {
        tls: Some(Tls {
            certificate: "c.pem".into(),
            key: "k.pem".into(),
            authorities: Some("ca.pem".into()),
            require_certificate: true,
        }),
        ..Listener::new("0.0.0.0", 8883)
    };
    let websocket = Listener {
        websocket: true,
        http_dir: Some("www".into()),
        ..Listener::new("127.0.0.1", 8080)
    };
    let expected = Config {
        listeners: vec![first, tls, websocket],
        allow_anonymous: true,
        password_file: Some("conf/pass words".into()),
        acl_file: Some("conf/acl".into()),
        // Told to clients as mosquitto 2.0.11 does.
        receive_maximum: NonZeroU16::new(6).unwrap(),
        topic_alias_maximum: 4,
        max_packet_size: Some(500),
        message_size_limit: Some(400),
        max_inflight: NonZeroU16::new(6).unwrap(),
        max_queued: Some(7),
        max_keep_alive: 80,
        max_topic_levels: None,
        retain_available: false,
        allow_zero_length_client_id: false,
        auto_id_prefix: "gate-".into(),
        queue_qos0_messages: true,
        upgrade_outgoing_qos: true,
        set_tcp_nodelay: true,
        store: Some("var/store".into()),
        verbose: false,
    };
    assert_eq!(config(text, &[]), expected);
}

#[test]
fn listeners_of_the_file_take_the_place_of_the_usual_one() {
    assert_eq!(listeners("", &[]), ["mqtt://127.0.0.1:1883"]);
    assert_eq!(listeners("listener 1 h", &[]), ["mqtt://h:1"]);
    assert_eq!(
        listeners("listener 1 h\nport 2", &[]),
        ["mqtt://127.0.0.1:2", "mqtt://h:1"]
    );
    assert_eq!(
        listeners("listener 1 h\nlistener 2 ::1", &["--port", "0"]),
        ["mqtt://127.0.0.1:0", "mqtt://h:1", "mqtt://[::1]:2"]
    );
}

#[test]
fn websockets_and_tls_come_besides_the_usual_listener() {
    let flags = "--ws-port 80 --tls-port 8883 --cert c --key k --bind ::";
    let flags: Vec<&str> = flags.split(' ').collect();
    assert_eq!(
        listeners("", &flags),
        ["mqtt://[::]:1883", "ws://[::]:80", "mqtts://[::]:8883"]
    );
    let text = "listener 443\nprotocol websockets\ncertfile c\nkeyfile k";
    assert_eq!(listeners(text, &[]), ["wss://127.0.0.1:443"]);
}

#[test]
fn a_flag_goes_before_the_file() {
    let text =
        "port 1\nbind_address h\nmax_queued_messages 5\nmax_keepalive 20\nallow_anonymous true
        max_inflight_messages 9\npersistence true\nlistener 2\nlistener 3 other";
    let flags = "--port 4 --bind b --max-queued 0 --max-keep-alive 30 --no-anonymous
        --receive-maximum 8 --store s";
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let config = config(text, &flags);
    let names: Vec<String> = config.listeners.iter().map(Listener::to_string).collect();
    assert_eq!(names, ["mqtt://b:4", "mqtt://b:2", "mqtt://other:3"]);
    assert_eq!(config.max_queued, None);
    assert_eq!(config.max_keep_alive, 30);
    assert!(!config.allow_anonymous);
    assert_eq!(config.max_inflight.get(), 9);
    assert_eq!(config.receive_maximum.get(), 8);
    assert_eq!(config.store, Some("s".into()));
}

#[test]
fn whoever_names_a_listener_has_to_allow_the_anonymous() {
    assert!(config("max_keepalive 60", &[]).allow_anonymous);
    for named in ["listener 1883", "port 1883", "bind_address h"] {
        assert!(!config(named, &[]).allow_anonymous, "{named}");
        let allowed = format!("allow_anonymous true\n{named}");
        assert!(config(&allowed, &[]).allow_anonymous, "{named}");
    }
}

#[test]
fn nought_is_no_limit_where_mosquitto_says_so() {
    let text = "max_inflight_messages 0\nmax_queued_messages 0\nmessage_size_limit 0";
    let config = config(text, &[]);
    assert_eq!(config.max_inflight, NonZeroU16::MAX);
    assert_eq!(config.max_queued, None);
    assert_eq!(config.message_size_limit, None);
}

#[test]
fn sessions_are_kept_where_they_are_told_to_be_and_only_then() {
    assert_eq!(config("persistence true", &[]).store, Some(".".into()));
    assert_eq!(config("persistence_location d", &[]).store, None);
    assert_eq!(config("persistence false", &[]).store, None);
}

#[test]
fn a_line_that_is_wrong_is_named() {
    for (text, message) in [
        ("# a\n\nfoo bar", "broker.conf:3: unknown directive \"foo\""),
        (
            "listener 1\nfoo",
            "broker.conf:2: unknown directive \"foo\"",
        ),
        (
            "allow_anonymous",
            "broker.conf:1: allow_anonymous has no value",
        ),
        (
            "allow_anonymous yes",
            "broker.conf:1: allow_anonymous: \"yes\" is neither true nor false",
        ),
        (
            "persistence true # x",
            "broker.conf:1: persistence: \"true # x\" is neither true nor false",
        ),
        (
            "protocol foo",
            "broker.conf:1: protocol: \"foo\" is neither mqtt nor websockets",
        ),
        (
            "port 70000",
            "broker.conf:1: port: \"70000\" is no number from 0 to 65535",
        ),
        ("listener", "broker.conf:1: listener has no value"),
        (
            "listener x",
            "broker.conf:1: listener: \"x\" is no number from 0 to 65535",
        ),
        (
            "listener 1 h x",
            "broker.conf:1: listener: \"1 h x\" is more than a port and an address",
        ),
        (
            "listener 0 /run/s",
            "broker.conf:1: listener: \"0 /run/s\" is a Unix socket, for which the broker does not listen",
        ),
        (
            "max_keepalive 9",
            "broker.conf:1: max_keepalive: \"9\" is no number from 10 to 65535",
        ),
        (
            "max_packet_size 19",
            "broker.conf:1: max_packet_size: \"19\" is no number from 20 to 4294967295",
        ),
        (
            "message_size_limit -1",
            "broker.conf:1: message_size_limit: \"-1\" is no number from 0 to 268435455",
        ),
        (
            "max_topic_alias 65536",
            "broker.conf:1: max_topic_alias: \"65536\" is no number from 0 to 65535",
        ),
        (
            "max_inflight_messages 3x",
            "broker.conf:1: max_inflight_messages: \"3x\" is no number from 0 to 65535",
        ),
        (
            "auto_id_prefix ",
            "broker.conf:1: auto_id_prefix has no value",
        ),
    ] {
        assert_eq!(fault(text), message);
    }
}

#[test]
fn a_listener_that_is_half_described_is_named() {
    for (text, message) in [
        (
            "\ncertfile c",
            "broker.conf:2: this listener has a certfile and no keyfile",
        ),
        (
            "listener 1\nlistener 2\nkeyfile k",
            "broker.conf:2: this listener has a keyfile and no certfile",
        ),
        (
            "listener 1\ncafile c",
            "broker.conf:1: this listener asks for certificates and has no certfile",
        ),
        (
            "listener 1\ncertfile c\nkeyfile k\nrequire_certificate true",
            "broker.conf:1: this listener requires certificates and has no cafile to judge them by",
        ),
        (
            "listener 1\nhttp_dir w",
            "broker.conf:1: this listener has an http_dir and is not for websockets",
        ),
    ] {
        assert_eq!(fault(text), message);
    }
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    for flags in [
        &["--tls-port", "1"][..],
        &["--tls-port", "1", "--cert", "c"],
        &["--cert", "c", "--key", "k"],
        &["--port", "65536"],
        &["--max-keep-alive", "9"],
        &["--max-packet-size", "19"],
        &["--receive-maximum", "0"],
        &["--foo"],
        &["file"],
    ] {
        let error = Config::from_arguments([&["broker"], flags].concat()).unwrap_err();
        let ConfigError::Flags(error) = error else {
            panic!("{error}")
        };
        assert_eq!(error.exit_code(), 2, "{flags:?}");
    }
}

#[test]
fn help_and_version_are_no_failures() {
    for flag in ["--help", "--version"] {
        let Err(ConfigError::Flags(error)) = Config::from_arguments(["broker", flag]) else {
            panic!("{flag}")
        };
        assert_eq!(error.exit_code(), 0, "{flag}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::from_arguments(["broker", "--config", "no/such.conf"]).unwrap_err();
    assert!(error.to_string().starts_with("no/such.conf: "), "{error}");
}
