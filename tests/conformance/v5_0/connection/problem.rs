//! Reason Strings and User Properties, which go when there is no room for
//! them, and where nobody wants them.

use puremqtt::{
    Ack, AckProperties, Auth, AuthProperties, CallError, ConnAckProperties, ConnectProperties,
    Disconnect, DisconnectProperties, List, Packet, Publish, PublishProperties, ReasonCode,
    Session, SubAck, UserProperty,
};

use super::new_server;
use super::{CLIENT, CONNACK, CONNACK_20, CONNECT, CONNECT_20, LIMITS, client, connect};
use crate::check::id;
use crate::parties::{A, Client, NONE, Server};

/// A hundred bytes.
const LONG: &str = concat!(
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
);
static LONG_PAIR: [UserProperty; 1] = [UserProperty {
    name: "k",
    value: LONG,
}];
static PAIR: [UserProperty; 1] = [UserProperty {
    name: "k",
    value: "v",
}];
static X: AckProperties = AckProperties {
    reason_string: Some("x"),
    user_properties: List::EMPTY,
};
static LONG_X: AckProperties = AckProperties {
    reason_string: Some(LONG),
    user_properties: List::EMPTY,
};

static PAIRS: AckProperties = AckProperties {
    reason_string: None,
    user_properties: List::new(&PAIR),
};
static LONG_PAIRS: AckProperties = AckProperties {
    reason_string: None,
    user_properties: List::new(&LONG_PAIR),
};

fn pairs<'a>(pairs: &'a [UserProperty<'a>]) -> AckProperties<'a> {
    AckProperties {
        reason_string: None,
        user_properties: pairs.into(),
    }
}

/// What a server sends to a client with this CONNECT.
fn by_a_server(connect: &str, packet: Packet<'_>) -> Vec<String> {
    let mut server = Server::open(LIMITS, connect);
    assert_eq!(server.says(packet), Ok(()));
    server.sent()
}

/// What a client sends to a server with this CONNACK.
fn by_a_client(connack: &str, packet: Packet<'_>) -> Vec<String> {
    let mut client = Client::open(&CLIENT, connack);
    assert_eq!(client.says(packet), Ok(()));
    client.sent()
}

/// Where the peer takes 20 bytes, and where it takes all.
fn goes(long: Packet<'_>, bare: &str, short: Packet<'_>, whole: &str) {
    assert_eq!(by_a_server(CONNECT_20, long), [bare]);
    assert_eq!(by_a_server(CONNECT_20, short), [whole]);
    assert_eq!(by_a_server(CONNECT, short), [whole]);
    let long = by_a_server(CONNECT, long);
    assert_eq!(long[0].split(' ').filter(|&byte| byte == "78").count(), 100);
}

/// As [`goes`], of either role.
fn goes_from_both(long: Packet<'_>, bare: &str, short: Packet<'_>, whole: &str) {
    goes(long, bare, short, whole);
    assert_eq!(by_a_client(CONNACK_20, long), [bare]);
    assert_eq!(by_a_client(CONNACK_20, short), [whole]);
    assert_eq!(by_a_client(CONNACK, short), [whole]);
}

/// An acknowledgement of 1.
fn ack<'a>(reason: u8, properties: &'a AckProperties<'a>) -> Ack<'a> {
    Ack {
        reason: ReasonCode::from_u8(reason),
        properties: properties.into(),
        ..Ack::new(id(1))
    }
}

#[test]
fn v5_0_mqtt_3_1_2_29_problem_information_is_for_who_wants_it() {
    let refuses = "10 10 00 04 4d 51 54 54 05 02 00 00 02 17 00 00 01 61";
    let both = AckProperties {
        reason_string: Some("x"),
        user_properties: (&PAIR).into(),
    };
    let codes = [ReasonCode::NOT_AUTHORIZED];
    let suback = SubAck {
        properties: (&both).into(),
        ..SubAck::new(id(1), (&codes).into())
    };
    let auth = AuthProperties {
        authentication_method: Some("M"),
        reason_string: Some("x"),
        user_properties: (&PAIR).into(),
        ..AuthProperties::default()
    };
    for (packet, bare) in [
        (Packet::PubAck(ack(0x87, &both)), "40 03 00 01 87"),
        (Packet::PubRec(ack(0x87, &both)), "50 03 00 01 87"),
        (Packet::PubRel(ack(0x92, &both)), "62 03 00 01 92"),
        (Packet::PubComp(ack(0x92, &both)), "70 03 00 01 92"),
        (Packet::SubAck(suback), "90 04 00 01 00 87"),
        (Packet::UnsubAck(suback), "b0 04 00 01 00 87"),
        (
            Packet::Auth(Auth::new(ReasonCode::CONTINUE_AUTHENTICATION, &auth)),
            "f0 06 18 04 15 00 01 4d",
        ),
    ] {
        assert_eq!(by_a_server(refuses, packet), [bare]);
        // Absent is as good as 1.
        for wants in [CONNECT, &connect("17 01")] {
            let sent = by_a_server(wants, packet);
            let properties = "1f 00 01 78 26 00 01 6b 00 01 76";
            assert!(sent[0].contains(properties), "{sent:?}");
        }
    }
    // PUBLISH, CONNACK and DISCONNECT have them all the same.
    let mut server = new_server();
    server.receives(refuses);
    let properties = ConnAckProperties {
        reason_string: Some("x"),
        ..ConnAckProperties::default()
    };
    let accepted = server.accepts_with(Session::new(), false, properties);
    assert_eq!(accepted, Ok(()));
    assert_eq!(server.sent(), ["20 07 00 00 04 1f 00 01 78"]);
    let properties = PublishProperties {
        user_properties: (&PAIR).into(),
        ..PublishProperties::default()
    };
    let publish = Publish {
        properties: (&properties).into(),
        ..Publish::new(A, b"")
    };
    let wire = "30 0b 00 01 61 07 26 00 01 6b 00 01 76";
    assert_eq!(by_a_server(refuses, publish.into()), [wire]);
    let properties = DisconnectProperties {
        reason_string: Some("x"),
        ..DisconnectProperties::default()
    };
    let disconnect = Disconnect {
        properties: (&properties).into(),
        ..Disconnect::new(ReasonCode::SERVER_BUSY)
    };
    assert_eq!(server.disconnects(disconnect), Ok(()));
    assert_eq!(server.sent(), ["e0 06 89 04 1f 00 01 78"]);
}

#[test]
fn v5_0_mqtt_3_1_2_29_a_client_that_wants_none_takes_none() {
    let none = ConnectProperties {
        request_problem_information: Some(false),
        authentication_method: Some("M"),
        ..ConnectProperties::default()
    };
    let connack = "20 07 00 00 04 15 00 01 4d";
    for wire in [
        "40 08 00 01 87 04 1f 00 01 78",
        "50 08 00 01 87 04 1f 00 01 78",
        "62 08 00 01 92 04 1f 00 01 78",
        "70 08 00 01 92 04 1f 00 01 78",
        "90 08 00 01 04 1f 00 01 78 87",
        "b0 08 00 01 04 1f 00 01 78 87",
        "40 0b 00 01 00 07 26 00 01 6b 00 01 76",
        "90 0b 00 01 07 26 00 01 6b 00 01 76 00",
        "f0 0a 18 08 15 00 01 4d 1f 00 01 78",
    ] {
        let mut receiver = Client::open(&client(&none), connack);
        assert_eq!(receiver.receives(wire), NONE);
        assert_eq!(receiver.broken(), Some("5.0/MQTT-3.1.2-29"), "{wire}");
        assert_eq!(receiver.farewell(), Some("e0 01 82"), "{wire}");
    }
    for (wire, event) in [
        ("30 0b 00 01 61 07 26 00 01 6b 00 01 76", "message a "),
        ("e0 06 89 04 1f 00 01 78", "DISCONNECT 89"),
    ] {
        let mut receiver = Client::open(&client(&none), connack);
        assert_eq!(receiver.receives(wire), [event]);
    }
}

#[test]
fn v5_0_mqtt_3_2_2_19_a_reason_string_that_does_not_fit_is_left_out_of_connack() {
    for (reason_string, connack) in [
        (LONG, "20 03 00 87 00"),
        ("x", "20 07 00 87 04 1f 00 01 78"),
    ] {
        let properties = ConnAckProperties {
            reason_string: Some(reason_string),
            ..ConnAckProperties::default()
        };
        let mut server = new_server();
        server.receives(CONNECT_20);
        let refused = server.rejects(ReasonCode::NOT_AUTHORIZED, properties);
        assert_eq!(refused, Ok(()));
        assert_eq!(server.sent(), [connack]);
    }
}

#[test]
fn v5_0_mqtt_3_2_2_20_user_properties_that_do_not_fit_are_left_out_of_connack() {
    for (pair, connack) in [
        (&LONG_PAIR, CONNACK),
        (&PAIR, "20 0a 00 00 07 26 00 01 6b 00 01 76"),
    ] {
        let properties = ConnAckProperties {
            user_properties: pair.into(),
            ..ConnAckProperties::default()
        };
        let mut server = new_server();
        server.receives(CONNECT_20);
        let accepted = server.accepts_with(Session::new(), false, properties);
        assert_eq!(accepted, Ok(()));
        assert_eq!(server.sent(), [connack]);
    }
}

/// An acknowledgement with a Reason String of a hundred bytes, and of one.
fn goes_without_reason_string(packet: fn(Ack<'static>) -> Packet<'static>, first: &str, code: u8) {
    goes_from_both(
        packet(ack(code, &LONG_X)),
        &format!("{first} 03 00 01 {code:02x}"),
        packet(ack(code, &X)),
        &format!("{first} 08 00 01 {code:02x} 04 1f 00 01 78"),
    );
}

/// An acknowledgement with a User Property of a hundred bytes, and of one.
fn goes_without_user_properties(packet: fn(Ack<'static>) -> Packet<'static>, first: &str) {
    goes_from_both(
        packet(ack(0, &LONG_PAIRS)),
        &format!("{first} 02 00 01"),
        packet(ack(0, &PAIRS)),
        &format!("{first} 0b 00 01 00 07 26 00 01 6b 00 01 76"),
    );
}

#[test]
fn v5_0_mqtt_3_4_2_2_a_reason_string_that_does_not_fit_is_left_out_of_puback() {
    goes_without_reason_string(Packet::PubAck, "40", 0x10);
}

#[test]
fn v5_0_mqtt_3_4_2_3_user_properties_that_do_not_fit_are_left_out_of_puback() {
    goes_without_user_properties(Packet::PubAck, "40");
}

#[test]
fn v5_0_mqtt_3_5_2_2_a_reason_string_that_does_not_fit_is_left_out_of_pubrec() {
    goes_without_reason_string(Packet::PubRec, "50", 0x10);
}

#[test]
fn v5_0_mqtt_3_5_2_3_user_properties_that_do_not_fit_are_left_out_of_pubrec() {
    goes_without_user_properties(Packet::PubRec, "50");
}

#[test]
fn v5_0_mqtt_3_6_2_2_a_reason_string_that_does_not_fit_is_left_out_of_pubrel() {
    goes_without_reason_string(Packet::PubRel, "62", 0x92);
}

#[test]
fn v5_0_mqtt_3_6_2_3_user_properties_that_do_not_fit_are_left_out_of_pubrel() {
    goes_without_user_properties(Packet::PubRel, "62");
}

#[test]
fn v5_0_mqtt_3_7_2_2_a_reason_string_that_does_not_fit_is_left_out_of_pubcomp() {
    goes_without_reason_string(Packet::PubComp, "70", 0x92);
}

#[test]
fn v5_0_mqtt_3_7_2_3_user_properties_that_do_not_fit_are_left_out_of_pubcomp() {
    goes_without_user_properties(Packet::PubComp, "70");
}

/// The answer to a request for one filter, asked for by the connection.
fn answers(connect: &str, request: &str, code: u8, properties: &AckProperties<'_>) -> Vec<String> {
    let mut server = Server::open(LIMITS, connect);
    let events = server.receives(request);
    let codes = [ReasonCode::from_u8(code)];
    let answer = SubAck {
        properties: properties.into(),
        ..SubAck::new(id(1), (&codes).into())
    };
    let packet = match events[0].as_str() {
        "SUBSCRIBE 1" => server.connection().suback(answer),
        _ => server.connection().unsuback(answer),
    };
    assert_eq!(server.says(packet.unwrap()), Ok(()));
    let again = server.connection().suback(answer);
    assert_eq!(again, Err(CallError::UnknownRequest(id(1))));
    server.sent()
}

const SUBSCRIBE: &str = "82 07 00 01 00 00 01 61 00";
const UNSUBSCRIBE: &str = "a2 06 00 01 00 00 01 61";

#[test]
fn v5_0_mqtt_3_9_2_1_a_reason_string_that_does_not_fit_is_left_out_of_suback() {
    let answers = |connect, properties| answers(connect, SUBSCRIBE, 0x80, properties);
    assert_eq!(answers(CONNECT_20, &LONG_X), ["90 04 00 01 00 80"]);
    let whole = "90 08 00 01 04 1f 00 01 78 80";
    assert_eq!(answers(CONNECT_20, &X), [whole]);
    assert_eq!(answers(CONNECT, &X), [whole]);
}

#[test]
fn v5_0_mqtt_3_9_2_2_user_properties_that_do_not_fit_are_left_out_of_suback() {
    let answers = |connect, pair| answers(connect, SUBSCRIBE, 0x00, &pairs(pair));
    assert_eq!(answers(CONNECT_20, &LONG_PAIR), ["90 04 00 01 00 00"]);
    let whole = "90 0b 00 01 07 26 00 01 6b 00 01 76 00";
    assert_eq!(answers(CONNECT_20, &PAIR), [whole]);
    assert_eq!(answers(CONNECT, &PAIR), [whole]);
}

#[test]
fn v5_0_mqtt_3_11_2_1_a_reason_string_that_does_not_fit_is_left_out_of_unsuback() {
    let answers = |connect, properties| answers(connect, UNSUBSCRIBE, 0x80, properties);
    assert_eq!(answers(CONNECT_20, &LONG_X), ["b0 04 00 01 00 80"]);
    let whole = "b0 08 00 01 04 1f 00 01 78 80";
    assert_eq!(answers(CONNECT_20, &X), [whole]);
    assert_eq!(answers(CONNECT, &X), [whole]);
}

#[test]
fn v5_0_mqtt_3_11_2_2_user_properties_that_do_not_fit_are_left_out_of_unsuback() {
    let answers = |connect, pair| answers(connect, UNSUBSCRIBE, 0x00, &pairs(pair));
    assert_eq!(answers(CONNECT_20, &LONG_PAIR), ["b0 04 00 01 00 00"]);
    let whole = "b0 0b 00 01 07 26 00 01 6b 00 01 76 00";
    assert_eq!(answers(CONNECT_20, &PAIR), [whole]);
    assert_eq!(answers(CONNECT, &PAIR), [whole]);
}

/// A DISCONNECT of the application's, by way of either connection.
fn disconnects(connect: &str, connack: &str, packet: Disconnect<'_>, wire: &str) {
    let mut server = Server::open(LIMITS, connect);
    assert_eq!(server.disconnects(packet), Ok(()));
    assert_eq!(server.sent(), [wire]);
    let mut client = Client::open(&CLIENT, connack);
    assert_eq!(client.disconnects(packet), Ok(()));
    assert_eq!(client.sent(), [wire]);
}

#[test]
fn v5_0_mqtt_3_14_2_3_a_reason_string_that_does_not_fit_is_left_out_of_disconnect() {
    let whole = "e0 06 82 04 1f 00 01 78";
    for (text, wire) in [(LONG, "e0 01 82"), ("x", whole)] {
        let properties = DisconnectProperties {
            reason_string: Some(text),
            ..DisconnectProperties::default()
        };
        let packet = Disconnect {
            properties: (&properties).into(),
            ..Disconnect::new(ReasonCode::PROTOCOL_ERROR)
        };
        disconnects(CONNECT_20, CONNACK_20, packet, wire);
        if text == "x" {
            disconnects(CONNECT, CONNACK, packet, wire);
        }
    }
}

#[test]
fn v5_0_mqtt_3_14_2_4_user_properties_that_do_not_fit_are_left_out_of_disconnect() {
    let whole = "e0 09 00 07 26 00 01 6b 00 01 76";
    for (pair, wire) in [(&LONG_PAIR, "e0 00"), (&PAIR, whole)] {
        let properties = DisconnectProperties {
            user_properties: pair.into(),
            ..DisconnectProperties::default()
        };
        let packet = Disconnect {
            properties: (&properties).into(),
            ..Disconnect::default()
        };
        disconnects(CONNECT_20, CONNACK_20, packet, wire);
        if wire == whole {
            disconnects(CONNECT, CONNACK, packet, wire);
        }
    }
}

/// A challenge, and the answer to one, where the peer takes `maximum` bytes.
fn authenticates(properties: AuthProperties<'_>, wire: &str) {
    let mut server = new_server();
    server.receives(&connect("15 00 01 4d 27 00 00 00 14"));
    assert_eq!(server.challenges(properties), Ok(()));
    assert_eq!(server.sent(), [wire]);
    let method = ConnectProperties {
        authentication_method: Some("M"),
        ..ConnectProperties::default()
    };
    let connack = "20 0c 00 00 09 27 00 00 00 14 15 00 01 4d";
    let mut client = Client::open(&client(&method), connack);
    assert_eq!(client.reauthenticates(properties), Ok(()));
    assert_eq!(client.sent(), [wire.replace(" 18 ", " 19 ")]);
    assert_eq!(client.receives("f0 06 18 04 15 00 01 4d"), ["AUTH 18"]);
    assert_eq!(client.authenticates(properties), Ok(()));
    assert_eq!(client.sent(), [wire]);
}

#[test]
fn v5_0_mqtt_3_15_2_2_a_reason_string_that_does_not_fit_is_left_out_of_auth() {
    for (text, wire) in [
        (LONG, "f0 06 18 04 15 00 01 4d"),
        ("x", "f0 0a 18 08 15 00 01 4d 1f 00 01 78"),
    ] {
        let properties = AuthProperties {
            reason_string: Some(text),
            ..AuthProperties::default()
        };
        authenticates(properties, wire);
    }
}

#[test]
fn v5_0_mqtt_3_15_2_3_user_properties_that_do_not_fit_are_left_out_of_auth() {
    for (pair, wire) in [
        (&LONG_PAIR, "f0 06 18 04 15 00 01 4d"),
        (&PAIR, "f0 0d 18 0b 15 00 01 4d 26 00 01 6b 00 01 76"),
    ] {
        let properties = AuthProperties {
            user_properties: pair.into(),
            ..AuthProperties::default()
        };
        authenticates(properties, wire);
    }
}

#[test]
fn what_is_left_out_first_are_the_user_properties() {
    let both = AckProperties {
        reason_string: Some("x"),
        user_properties: (&LONG_PAIR).into(),
    };
    let packet = Packet::PubAck(ack(0x87, &both));
    let sent = by_a_server(CONNECT_20, packet);
    assert_eq!(sent, ["40 08 00 01 87 04 1f 00 01 78"]);
}
