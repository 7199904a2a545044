//! Section 4.12: enhanced authentication.

use puremqtt::{
    AuthProperties, CallError, ConnAckProperties, Connect, ConnectProperties, List, QoS,
    ReasonCode, Session, TopicFilter,
};

use super::{CLIENT, CONNACK, CONNECT, client, new_server};
use super::{open_client, open_server};
use crate::parties::{Client, NONE, OPEN, Server, data};

/// With the method "M".
const METHOD: ConnectProperties = ConnectProperties {
    authentication_method: Some("M"),
    session_expiry_interval: None,
    receive_maximum: None,
    maximum_packet_size: None,
    topic_alias_maximum: None,
    request_response_information: None,
    request_problem_information: None,
    authentication_data: None,
    user_properties: List::EMPTY,
};
const CONNECT_M: &str = "10 12 00 04 4d 51 54 54 05 02 00 00 04 15 00 01 4d 00 01 61";
const CONNACK_M: &str = "20 07 00 00 04 15 00 01 4d";

/// AUTH 0x18 of "M" with the data "c" and "r".
const CHALLENGE: &str = "f0 0a 18 08 15 00 01 4d 16 00 01 63";
const RESPONSE: &str = "f0 0a 18 08 15 00 01 4d 16 00 01 72";
/// AUTH 0x00 and 0x19 of "M".
const SUCCESS: &str = "f0 06 00 04 15 00 01 4d";
const AGAIN: &str = "f0 06 19 04 15 00 01 4d";

/// A client that has named the method, before its CONNACK.
fn naming_client() -> Client {
    let mut named = Client::new(&client(&METHOD));
    assert_eq!(named.sent(), [CONNECT_M]);
    named
}

/// A server with such a CONNECT to decide on.
fn undecided_server() -> Server {
    let mut server = new_server();
    assert_eq!(server.receives(CONNECT_M), ["CONNECT a"]);
    server
}

/// Both with the method, after the CONNACK.
fn open_parties() -> (Client, Server) {
    let mut client = naming_client();
    assert_eq!(client.receives(CONNACK_M), ["connected: New"]);
    let mut server = undecided_server();
    server.accepts();
    assert_eq!(server.sent(), [CONNACK_M]);
    (client, server)
}

#[test]
fn v5_0_mqtt_3_1_2_30_before_connack_a_client_with_a_method_sends_auth_and_disconnect_alone() {
    let connect = Connect {
        keep_alive: 10,
        ..client(&METHOD)
    };
    let mut client = Client::new(&connect);
    let _ = client.sent();
    let filter = TopicFilter::literal("a");
    assert_eq!(client.subscribes(filter), Err(CallError::NotOpen));
    assert_eq!(client.unsubscribes(filter), Err(CallError::NotOpen));
    assert!(!client.publishes(QoS::AtMostOnce));
    assert!(client.publishes(QoS::AtLeastOnce));
    client.at(20_000);
    assert_eq!(client.sent(), NONE);
    client.receives(CHALLENGE);
    assert_eq!(client.authenticates(data("r")), Ok(()));
    assert_eq!(client.sent(), [RESPONSE]);
    client.ends(ReasonCode::NORMAL_DISCONNECTION);
    assert_eq!(client.farewell(), Some("e0 00"));

    for wire in [
        "30 05 00 01 61 00 78",
        "c0 00",
        "82 07 00 01 00 00 01 61 00",
    ] {
        let mut server = undecided_server();
        assert_eq!(server.challenges(data("c")), Ok(()));
        assert_eq!(server.sent(), [CHALLENGE]);
        assert_eq!(server.receives(wire), NONE);
        assert_eq!(server.broken(), Some("5.0/MQTT-3.1.2-30"), "{wire}");
        assert_eq!(server.farewell(), Some("20 03 00 82 00"), "{wire}");
        assert_eq!(server.sent(), NONE);
    }
    for (wire, event) in [(RESPONSE, "AUTH 18"), ("e0 00", "DISCONNECT 00")] {
        let mut server = undecided_server();
        assert_eq!(server.challenges(data("c")), Ok(()));
        assert_eq!(server.receives(wire), [event]);
        assert_eq!(server.farewell(), OPEN);
    }
}

#[test]
fn v5_0_mqtt_4_12_0_1_an_unsupported_method_is_refused() {
    let mut server = new_server();
    server.receives("10 12 00 04 4d 51 54 54 05 02 00 00 04 15 00 01 58 00 01 61");
    assert_eq!(server.connection().authentication_method(), Some("X"));
    server.ends(ReasonCode::BAD_AUTHENTICATION_METHOD);
    assert_eq!(server.farewell(), Some("20 03 00 8c 00"));
    let mut server = undecided_server();
    server.ends(ReasonCode::NOT_AUTHORIZED);
    assert_eq!(server.farewell(), Some("20 03 00 87 00"));
}

#[test]
fn v5_0_mqtt_4_12_0_2_a_server_that_asks_for_more_sends_18() {
    let mut server = undecided_server();
    assert_eq!(server.challenges(data("c")), Ok(()));
    assert_eq!(server.sent(), [CHALLENGE]);
    // A client takes no 0x19.
    let mut client = naming_client();
    assert_eq!(client.receives(AGAIN), NONE);
    assert_eq!(client.broken(), Some("5.0/MQTT-4.12.0-2"));
    assert_eq!(client.farewell(), Some("e0 01 82"));
    let (mut client, _) = open_parties();
    assert_eq!(client.receives(AGAIN), NONE);
    assert_eq!(client.farewell(), Some("e0 01 82"));
}

#[test]
fn v5_0_mqtt_4_12_0_3_a_client_that_answers_sends_18() {
    let mut client = naming_client();
    assert_eq!(client.receives(CHALLENGE), ["AUTH 18"]);
    assert_eq!(client.authenticates(data("r")), Ok(()));
    assert_eq!(client.sent(), [RESPONSE]);
    // A server takes no 0x00.
    let mut server = undecided_server();
    assert_eq!(server.challenges(data("c")), Ok(()));
    assert_eq!(server.receives(SUCCESS), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-4.12.0-3"));
    assert_eq!(server.farewell(), Some("20 03 00 82 00"));
    let (_, mut server) = open_parties();
    assert_eq!(server.receives(SUCCESS), NONE);
    assert_eq!(server.farewell(), Some("e0 01 82"));
}

#[test]
fn v5_0_mqtt_4_12_0_4_a_server_may_refuse_at_any_step() {
    for rounds in 0..3 {
        let mut server = undecided_server();
        for _ in 0..rounds {
            assert_eq!(server.challenges(data("c")), Ok(()));
            assert_eq!(server.sent(), [CHALLENGE]);
            assert_eq!(server.receives(RESPONSE), ["AUTH 18"]);
        }
        server.ends(ReasonCode::NOT_AUTHORIZED);
        assert_eq!(server.farewell(), Some("20 03 00 87 00"));
    }
    // Also where the client has yet to answer.
    let mut server = undecided_server();
    assert_eq!(server.challenges(data("c")), Ok(()));
    let _ = server.sent();
    let refused = server.rejects(ReasonCode::NOT_AUTHORIZED, ConnAckProperties::default());
    assert_eq!(refused, Ok(()));
    assert_eq!(server.sent(), ["20 03 00 87 00"]);
    // To the client it is a refusal like any other.
    let mut client = naming_client();
    client.receives(CHALLENGE);
    assert_eq!(
        client.receives("20 03 00 87 00"),
        ["Connection Refused: not authorised."]
    );
}

#[test]
fn v5_0_mqtt_4_12_0_5_there_is_one_method() {
    let other = "f0 06 18 04 15 00 01 4e";
    let mut client = naming_client();
    assert_eq!(client.receives(other), NONE);
    assert_eq!(client.broken(), Some("5.0/MQTT-4.12.0-5"));
    assert_eq!(client.farewell(), Some("e0 01 82"));
    let mut server = undecided_server();
    assert_eq!(server.challenges(data("c")), Ok(()));
    assert_eq!(server.receives(other), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-4.12.0-5"));
    assert_eq!(server.farewell(), Some("20 03 00 82 00"));
    // A CONNACK that lets the client in repeats it.
    for connack in [CONNACK, "20 07 00 00 04 15 00 01 4e"] {
        let mut client = naming_client();
        assert_eq!(client.receives(connack), NONE);
        assert_eq!(client.broken(), Some("5.0/MQTT-4.12.0-5"), "{connack}");
        assert_eq!(client.farewell(), Some("e0 01 82"));
    }
    // Whatever the application says, its own side keeps to it.
    let wrong = AuthProperties {
        authentication_method: Some("N"),
        ..data("c")
    };
    let mut server = undecided_server();
    assert_eq!(server.challenges(wrong), Ok(()));
    assert_eq!(server.sent(), [CHALLENGE]);
    assert_eq!(server.receives("f0 06 18 04 15 00 01 4d"), ["AUTH 18"]);
    let wrong = ConnAckProperties {
        authentication_method: Some("N"),
        ..ConnAckProperties::default()
    };
    let accepted = server.accepts_with(Session::new(), false, wrong);
    assert_eq!(accepted, Ok(()));
    assert_eq!(server.sent(), [CONNACK_M]);
}

#[test]
fn v5_0_mqtt_4_12_0_6_without_a_method_a_server_sends_none() {
    let mut client = Client::new(&CLIENT);
    assert_eq!(client.receives("f0 06 18 04 15 00 01 4d"), NONE);
    assert_eq!(client.broken(), Some("5.0/MQTT-4.12.0-6"));
    assert_eq!(client.farewell(), Some("e0 01 82"));
    let mut client = open_client();
    assert_eq!(client.receives("f0 06 18 04 15 00 01 4d"), NONE);
    assert_eq!(client.farewell(), Some("e0 01 82"));
    let mut client = Client::new(&CLIENT);
    assert_eq!(client.receives(CONNACK_M), NONE);
    assert_eq!(client.broken(), Some("5.0/MQTT-4.12.0-6"));
    assert_eq!(client.farewell(), Some("e0 01 82"));

    let mut server = new_server();
    server.receives(CONNECT);
    let none = Err(CallError::NoAuthenticationMethod);
    assert_eq!(server.challenges(data("c")), none);
    let method = ConnAckProperties {
        authentication_method: Some("M"),
        ..ConnAckProperties::default()
    };
    let accepted = server.accepts_with(Session::new(), false, method);
    assert_eq!(accepted, Ok(()));
    assert_eq!(server.sent(), [CONNACK]);
    assert_eq!(server.challenges(data("c")), none);
    assert_eq!(server.is_content(data("c")), none);
    assert_eq!(server.sent(), NONE);
    // Nor in a refusal.
    let mut server = new_server();
    server.receives(CONNECT);
    let refused = server.rejects(ReasonCode::NOT_AUTHORIZED, method);
    assert_eq!(refused, Ok(()));
    assert_eq!(server.sent(), ["20 03 00 87 00"]);
}

#[test]
fn v5_0_mqtt_4_12_0_7_without_a_method_a_client_sends_no_auth() {
    let mut client = open_client();
    let none = Err(CallError::NoAuthenticationMethod);
    assert_eq!(client.reauthenticates(data("r")), none);
    assert_eq!(client.authenticates(data("r")), none);
    assert_eq!(client.sent(), NONE);
    let mut server = open_server();
    assert_eq!(server.receives("f0 06 19 04 15 00 01 4d"), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-4.12.0-7"));
    assert_eq!(server.farewell(), Some("e0 01 82"));
    let mut server = new_server();
    server.receives(CONNECT);
    server.receives_at_once("f0 06 18 04 15 00 01 4d");
    assert_eq!(server.broken(), Some("5.0/MQTT-4.12.0-7"));
    assert_eq!(server.farewell(), Some("20 03 00 82 00"));
}

#[test]
fn v5_0_mqtt_4_12_1_1_a_re_authentication_has_19_and_the_method_of_the_connect() {
    let (mut client, mut server) = open_parties();
    assert_eq!(client.reauthenticates(AuthProperties::default()), Ok(()));
    assert_eq!(client.sent(), [AGAIN]);
    assert_eq!(server.receives(AGAIN), ["AUTH 19"]);
    assert_eq!(server.challenges(data("c")), Ok(()));
    assert_eq!(server.sent(), [CHALLENGE]);
    // Other packets flow meanwhile.
    assert_eq!(
        server.receives("30 05 00 01 61 00 78 c0 00"),
        ["message a x"]
    );
    assert_eq!(server.sent(), ["d0 00"]);
    assert!(client.publishes(QoS::AtMostOnce));
    assert_eq!(client.sent(), ["30 05 00 01 61 00 78"]);
    assert_eq!(client.receives(CHALLENGE), ["AUTH 18"]);
    assert_eq!(client.authenticates(data("r")), Ok(()));
    assert_eq!(client.sent(), [RESPONSE]);
    assert_eq!(server.receives(RESPONSE), ["AUTH 18"]);
    assert_eq!(server.is_content(AuthProperties::default()), Ok(()));
    assert_eq!(server.sent(), [SUCCESS]);
    assert_eq!(client.receives(SUCCESS), ["AUTH 00"]);
    // And once more.
    assert_eq!(client.reauthenticates(AuthProperties::default()), Ok(()));

    let (_, mut server) = open_parties();
    assert_eq!(server.receives("f0 06 19 04 15 00 01 4e"), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-4.12.0-5"));
    assert_eq!(server.farewell(), Some("e0 01 82"));
    // Before the CONNACK it is none.
    let mut server = undecided_server();
    assert_eq!(server.challenges(data("c")), Ok(()));
    assert_eq!(server.receives(AGAIN), NONE);
    assert_eq!(server.broken(), Some("5.0/MQTT-4.12.1-1"));
    assert_eq!(server.farewell(), Some("20 03 00 82 00"));
    let mut client = naming_client();
    let early = client.reauthenticates(AuthProperties::default());
    assert_eq!(early, Err(CallError::NotOpen));
}

#[test]
fn v5_0_mqtt_4_12_1_2_a_re_authentication_that_fails_ends_the_connection() {
    let (_, mut server) = open_parties();
    assert_eq!(server.receives(AGAIN), ["AUTH 19"]);
    server.ends(ReasonCode::NOT_AUTHORIZED);
    assert_eq!(server.farewell(), Some("e0 01 87"));
    // 0x87 is a server's: a client has other words.
    for (reason, farewell) in [
        (ReasonCode::NOT_AUTHORIZED, "e0 01 80"),
        (ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR, "e0 01 83"),
    ] {
        let (mut client, _) = open_parties();
        assert_eq!(client.reauthenticates(AuthProperties::default()), Ok(()));
        assert_eq!(client.receives(CHALLENGE), ["AUTH 18"]);
        client.ends(reason);
        assert_eq!(client.farewell(), Some(farewell));
    }
}
