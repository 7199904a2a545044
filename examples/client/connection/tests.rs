#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::*;

fn read(line: &str) -> Result<Connection, Stop> {
    let mut arguments = Arguments::new(line.split_whitespace());
    let mut options = Options::default();
    while let Some(option) = arguments.advance()?.map(str::to_owned) {
        if !options.take(&option, &mut arguments)? {
            return Err(arguments.unknown());
        }
    }
    options.finish()
}

fn parse(line: &str) -> Connection {
    read(line).unwrap()
}

fn fault(line: &str) -> String {
    match read(line) {
        Err(Stop::Wrong(message)) => message,
        other => format!("{other:?}"),
    }
}

#[test]
fn without_options_a_client_connects_as_mosquitto_pub_does() {
    let expected = Connection {
        host: "localhost".into(),
        port: 1883,
        version: Version::V3_1_1,
        client_id: String::new(),
        clean_start: true,
        session_expiry_interval: 0,
        keep_alive: 60,
        user_name: None,
        password: None,
        will: None,
        tls: None,
        websocket: false,
        properties: Properties::default(),
        debug: false,
    };
    assert_eq!(parse(""), expected);
}

#[test]
fn every_option_has_its_place() {
    let connection = parse(
        "-h h -p 1 -V 5 -i id -c -x 9 -k 7 -u me -P secret -d --ws --cafile a --cert b --key c
         --insecure --will-topic w --will-payload x --will-qos 2 --will-retain",
    );
    let expected = Connection {
        host: "h".into(),
        port: 1,
        version: Version::V5,
        client_id: "id".into(),
        clean_start: false,
        session_expiry_interval: 9,
        keep_alive: 7,
        user_name: Some("me".into()),
        password: Some(b"secret".into()),
        will: Some(Will {
            topic: TopicName::literal("w").into(),
            payload: b"x".into(),
            qos: QoS::ExactlyOnce,
            retain: true,
        }),
        tls: Some(Tls {
            authorities: "a".into(),
            certificate: Some(("b".into(), "c".into())),
            insecure: true,
        }),
        websocket: true,
        properties: Properties::default(),
        debug: true,
    };
    assert_eq!(connection, expected);
}

#[test]
fn versions_have_two_names() {
    for (name, version) in [
        ("31", Version::V3_1),
        ("mqttv31", Version::V3_1),
        ("311", Version::V3_1_1),
        ("mqttv311", Version::V3_1_1),
        ("5", Version::V5),
        ("mqttv5", Version::V5),
    ] {
        assert_eq!(parse(&format!("-V {name}")).version, version, "{name}");
    }
}

#[test]
fn the_port_follows_from_the_transport() {
    assert_eq!(parse("--cafile a").port, 8883);
    assert_eq!(parse("--ws").port, 8080);
    assert_eq!(parse("--ws --cafile a").port, 8081);
    assert_eq!(parse("--cafile a -p 1").port, 1);
}

#[test]
fn the_identifier_is_given_made_or_left_to_the_broker() {
    assert_eq!(parse("-i one").client_id, "one");
    let pid = process::id();
    assert_eq!(parse("-I gate-").client_id, format!("gate-{pid}"));
    assert_eq!(parse("-V 5").client_id, "");
    assert_eq!(parse("-V 31").client_id, format!("puremqtt-{pid}"));
    assert_eq!(parse("-c -I gate-").client_id, format!("gate-{pid}"));
}

#[test]
fn a_session_that_is_kept_is_kept_for_ever_if_nothing_else_is_said() {
    for (line, clean_start, interval) in [
        ("", true, 0),
        ("-c -i a", false, u32::MAX),
        ("-x 5", true, 5),
        ("-c -i a -x 0", false, 0),
        ("-x -1", true, u32::MAX),
        ("-x ∞", true, u32::MAX),
        ("-x 4294967295", true, u32::MAX),
    ] {
        let connection = parse(line);
        let found = (connection.clean_start, connection.session_expiry_interval);
        assert_eq!(found, (clean_start, interval), "{line}");
    }
}

#[test]
fn what_only_mqtt_5_has_asks_for_it() {
    assert_eq!(parse("-x 5").version, Version::V5);
    assert_eq!(parse("-D connect receive-maximum 5").version, Version::V5);
    for version in ["31", "311"] {
        let message = "-D and -x are for MQTT 5 alone.";
        assert_eq!(fault(&format!("-x 5 -V {version}")), message);
        assert_eq!(
            fault(&format!("-V {version} -D publish content-type a")),
            message
        );
    }
}

#[test]
fn a_password_alone_is_for_mqtt_5() {
    assert_eq!(parse("-V 5 -P x").password, Some(b"x".into()));
    assert_eq!(fault("-P x"), "A password needs a username before MQTT 5.");
}

#[test]
fn options_are_refused_in_mosquittos_words() {
    for (line, message) in [
        ("-h", "-h argument given but no host specified."),
        ("-p 0", "Invalid port given: 0"),
        ("-p 70000", "Invalid port given: 70000"),
        ("-V 4", "Invalid protocol version argument given."),
        ("-i a -I b", "-i and -I argument cannot be used together."),
        (
            "-c",
            "You must provide a client id if you are using the -c option.",
        ),
        (
            "-k 4",
            "Invalid keepalive given, it must be between 5 and 65535 inclusive.",
        ),
        (
            "-k 65536",
            "Invalid keepalive given, it must be between 5 and 65535 inclusive.",
        ),
        (
            "-x",
            "-x argument given but no session expiry interval specified.",
        ),
        ("-x -2", "session-expiry-interval out of range."),
        ("-x 4294967296", "session-expiry-interval out of range."),
        (
            "--will-payload x",
            "Will payload given, but no will topic given.",
        ),
        (
            "--will-retain",
            "Will retain given, but no will topic given.",
        ),
        ("--will-qos 1", "Will QoS given, but no will topic given."),
        ("--will-topic w --will-qos 9", "Invalid will QoS given: 9"),
        (
            "--will-topic #",
            "Invalid will topic '#', does it contain '+' or '#'?",
        ),
        (
            "--cafile a --cert x",
            "Both certfile and keyfile must be provided if one of them is set.",
        ),
        (
            "--key x",
            "Both certfile and keyfile must be provided if one of them is set.",
        ),
        ("--insecure", "--cert, --key and --insecure need --cafile."),
        ("--foo", "Unknown option '--foo'."),
        ("foo", "Unknown option 'foo'."),
    ] {
        assert_eq!(fault(line), message, "{line}");
    }
}

#[test]
fn an_empty_identifier_is_refused_where_the_version_has_none() {
    let empty = |more: &[&str]| {
        let mut options = Options::default();
        let mut arguments = Arguments::new([&["-i", ""], more].concat());
        while let Some(option) = arguments.advance()?.map(str::to_owned) {
            options.take(&option, &mut arguments)?;
        }
        options.finish()
    };
    assert_eq!(empty(&[]).unwrap().client_id, "");
    for more in [&["-c"][..], &["-V", "31"]] {
        assert_eq!(empty(more), Err(Stop::wrong("Invalid id: it is empty.")));
    }
}

#[test]
fn help_stops_everything_else() {
    assert_eq!(read("-h h --help --foo"), Err(Stop::Help));
}
