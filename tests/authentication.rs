//! Enhanced authentication (4.12) as a table: at each step, what becomes of an
//! AUTH of either code, and what each side may send.
#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test may panic"
)]

#[path = "common/parties.rs"]
mod parties;

use parties::{Client, NONE, OPEN, Server, data};
use puremqtt::{
    AuthProperties, CallError, ConnAckProperties, Connect, ConnectProperties, Disconnect, Limits,
    ReasonCode, Session,
};

/// AUTH of the method "M": Success, Continue authentication, Re-authenticate.
const AUTH_00: &str = "f0 06 00 04 15 00 01 4d";
const AUTH_18: &str = "f0 06 18 04 15 00 01 4d";
const AUTH_19: &str = "f0 06 19 04 15 00 01 4d";
const CODES: [(&str, &str); 3] = [
    (AUTH_00, "AUTH 00"),
    (AUTH_18, "AUTH 18"),
    (AUTH_19, "AUTH 19"),
];

const CONNECT: &str = "10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 61";
const CONNECT_M: &str = "10 12 00 04 4d 51 54 54 05 02 00 00 04 15 00 01 4d 00 01 61";
const CONNACK: &str = "20 03 00 00 00";
const CONNACK_M: &str = "20 07 00 00 04 15 00 01 4d";

/// What is answered to what comes out of turn, before and after the CONNACK.
const REFUSED: &str = "20 03 00 82 00";
const DISCONNECTED: &str = "e0 01 82";

use CallError::{NoAuthenticationMethod, NotOpen, NotOurTurn};
type Call = Result<(), CallError>;

/// The steps of a server.
#[derive(Clone, Copy, Debug)]
enum Served {
    /// A CONNECT without method awaits a decision.
    Plain,
    PlainOpen,
    /// A CONNECT with the method awaits a decision.
    Named,
    Challenged,
    Answered,
    Open,
    /// The client has begun a re-authentication.
    Again,
    AgainChallenged,
    AgainAnswered,
    /// It has succeeded.
    AgainOpen,
}

fn server_at(step: Served) -> Server {
    let (connect, steps) = match step {
        Served::Plain => (CONNECT, 0),
        Served::PlainOpen => (CONNECT, 3),
        Served::Named => (CONNECT_M, 0),
        Served::Challenged => (CONNECT_M, 1),
        Served::Answered => (CONNECT_M, 2),
        Served::Open => (CONNECT_M, 3),
        Served::Again => (CONNECT_M, 4),
        Served::AgainChallenged => (CONNECT_M, 5),
        Served::AgainAnswered => (CONNECT_M, 6),
        Served::AgainOpen => (CONNECT_M, 7),
    };
    let mut server = Server::new(Limits::default());
    assert_eq!(server.receives(connect), ["CONNECT a"]);
    for n in 1..=steps {
        match n {
            _ if connect == CONNECT && n < 3 => {}
            1 | 5 => assert_eq!(server.challenges(AuthProperties::default()), Ok(())),
            2 | 6 => assert_eq!(server.receives(AUTH_18), ["AUTH 18"]),
            3 => server.accepts(),
            4 => assert_eq!(server.receives(AUTH_19), ["AUTH 19"]),
            _ => assert_eq!(server.is_content(AuthProperties::default()), Ok(())),
        }
    }
    let _ = server.sent();
    server
}

/// A step; which of 00, 18 and 19 it takes, and how it ends otherwise; whether
/// it may send 18, and 00.
const SERVER: [(Served, [bool; 3], &str, Call, Call); 10] = {
    use Served::{
        Again, AgainAnswered, AgainChallenged, AgainOpen, Answered, Challenged, Named, Open, Plain,
        PlainOpen,
    };
    const NEITHER: [bool; 3] = [false; 3];
    const ANSWER: [bool; 3] = [false, true, false];
    const ANEW: [bool; 3] = [false, false, true];
    const NO_METHOD: Call = Err(NoAuthenticationMethod);
    const NO_TURN: Call = Err(NotOurTurn);
    const EARLY: Call = Err(NotOpen);
    [
        (Plain, NEITHER, REFUSED, NO_METHOD, EARLY),
        (PlainOpen, NEITHER, DISCONNECTED, NO_METHOD, NO_METHOD),
        (Named, NEITHER, REFUSED, Ok(()), EARLY),
        (Challenged, ANSWER, REFUSED, NO_TURN, EARLY),
        (Answered, NEITHER, REFUSED, Ok(()), EARLY),
        (Open, ANEW, DISCONNECTED, NO_TURN, NO_TURN),
        (Again, NEITHER, DISCONNECTED, Ok(()), Ok(())),
        (AgainChallenged, ANSWER, DISCONNECTED, NO_TURN, NO_TURN),
        (AgainAnswered, NEITHER, DISCONNECTED, Ok(()), Ok(())),
        (AgainOpen, ANEW, DISCONNECTED, NO_TURN, NO_TURN),
    ]
};

#[test]
fn what_a_server_makes_of_auth_at_each_step() {
    for (step, takes, farewell, _, _) in SERVER {
        for ((wire, event), taken) in CODES.into_iter().zip(takes) {
            let mut server = server_at(step);
            let events = server.receives_at_once(wire);
            if taken {
                assert_eq!(events, [event], "{step:?}");
                assert_eq!(server.farewell(), OPEN, "{step:?}: {wire}");
            } else {
                assert_eq!(events, NONE, "{step:?}");
                assert_eq!(server.farewell(), Some(farewell), "{step:?}: {wire}");
            }
        }
    }
}

#[test]
fn what_a_server_may_send_at_each_step() {
    for (step, _, _, challenge, success) in SERVER {
        let mut server = server_at(step);
        assert_eq!(
            server.challenges(AuthProperties::default()),
            challenge,
            "{step:?}"
        );
        assert_eq!(server.sent(), sent(challenge, AUTH_18));
        let mut server = server_at(step);
        assert_eq!(
            server.is_content(AuthProperties::default()),
            success,
            "{step:?}"
        );
        assert_eq!(server.sent(), sent(success, AUTH_00));
    }
}

fn sent(call: Call, wire: &str) -> Vec<&str> {
    call.map_or(vec![], |()| vec![wire])
}

/// The steps of a client.
#[derive(Clone, Copy, Debug)]
enum Asked {
    /// A CONNECT without method is sent.
    Plain,
    PlainOpen,
    /// A CONNECT with the method is sent.
    Named,
    Challenged,
    Answered,
    Open,
    /// A re-authentication has begun.
    Again,
    AgainChallenged,
    AgainAnswered,
    /// It has succeeded.
    AgainOpen,
}

fn client_at(step: Asked) -> Client {
    let method = ConnectProperties {
        authentication_method: Some("M"),
        ..ConnectProperties::default()
    };
    let plain = Connect {
        client_id: "a",
        clean_start: true,
        ..Connect::default()
    };
    let naming = Connect {
        properties: (&method).into(),
        ..plain
    };
    let nothing = AuthProperties::default();
    let (connect, connack, steps) = match step {
        Asked::Plain => (&plain, CONNACK, 0),
        Asked::PlainOpen => (&plain, CONNACK, 3),
        Asked::Named => (&naming, CONNACK_M, 0),
        Asked::Challenged => (&naming, CONNACK_M, 1),
        Asked::Answered => (&naming, CONNACK_M, 2),
        Asked::Open => (&naming, CONNACK_M, 3),
        Asked::Again => (&naming, CONNACK_M, 4),
        Asked::AgainChallenged => (&naming, CONNACK_M, 5),
        Asked::AgainAnswered => (&naming, CONNACK_M, 6),
        Asked::AgainOpen => (&naming, CONNACK_M, 7),
    };
    let mut client = Client::new(connect);
    for n in 1..=steps {
        match n {
            _ if connack == CONNACK && n < 3 => {}
            1 | 5 => assert_eq!(client.receives(AUTH_18), ["AUTH 18"]),
            2 | 6 => assert_eq!(client.authenticates(nothing), Ok(())),
            3 => assert_eq!(client.receives(connack), ["connected: New"]),
            4 => assert_eq!(client.reauthenticates(nothing), Ok(())),
            _ => assert_eq!(client.receives(AUTH_00), ["AUTH 00"]),
        }
    }
    let _ = client.sent();
    client
}

/// A step; which of 00, 18 and 19 it takes; whether it may send 18, and 19.
const CLIENT: [(Asked, [bool; 3], Call, Call); 10] = {
    use Asked::{
        Again, AgainAnswered, AgainChallenged, AgainOpen, Answered, Challenged, Named, Open, Plain,
        PlainOpen,
    };
    const NEITHER: [bool; 3] = [false; 3];
    const CHALLENGE: [bool; 3] = [false, true, false];
    const EITHER: [bool; 3] = [true, true, false];
    const NO_METHOD: Call = Err(NoAuthenticationMethod);
    const NO_TURN: Call = Err(NotOurTurn);
    const EARLY: Call = Err(NotOpen);
    [
        (Plain, NEITHER, NO_METHOD, EARLY),
        (PlainOpen, NEITHER, NO_METHOD, NO_METHOD),
        (Named, CHALLENGE, NO_TURN, EARLY),
        (Challenged, NEITHER, Ok(()), EARLY),
        (Answered, CHALLENGE, NO_TURN, EARLY),
        (Open, NEITHER, NO_TURN, Ok(())),
        (Again, EITHER, NO_TURN, NO_TURN),
        (AgainChallenged, NEITHER, Ok(()), NO_TURN),
        (AgainAnswered, EITHER, NO_TURN, NO_TURN),
        (AgainOpen, NEITHER, NO_TURN, Ok(())),
    ]
};

#[test]
fn what_a_client_makes_of_auth_at_each_step() {
    for (step, takes, _, _) in CLIENT {
        for ((wire, event), taken) in CODES.into_iter().zip(takes) {
            let mut client = client_at(step);
            let events = client.receives(wire);
            if taken {
                assert_eq!(events, [event], "{step:?}");
                assert_eq!(client.farewell(), OPEN, "{step:?}: {wire}");
            } else {
                assert_eq!(events, NONE, "{step:?}");
                assert_eq!(client.farewell(), Some(DISCONNECTED), "{step:?}: {wire}");
            }
        }
    }
}

#[test]
fn what_a_client_may_send_at_each_step() {
    for (step, _, answer, anew) in CLIENT {
        let mut client = client_at(step);
        assert_eq!(
            client.authenticates(AuthProperties::default()),
            answer,
            "{step:?}"
        );
        assert_eq!(client.sent(), sent(answer, AUTH_18));
        let mut client = client_at(step);
        assert_eq!(
            client.reauthenticates(AuthProperties::default()),
            anew,
            "{step:?}"
        );
        assert_eq!(client.sent(), sent(anew, AUTH_19));
    }
}

/// Both against each other, with the bytes that one sends and the other takes.
#[test]
fn a_whole_exchange_and_a_second_one() {
    let method = ConnectProperties {
        authentication_method: Some("M"),
        ..ConnectProperties::default()
    };
    let connect = Connect {
        client_id: "a",
        clean_start: true,
        properties: (&method).into(),
        ..Connect::default()
    };
    let mut client = Client::new(&connect);
    let mut server = Server::new(Limits::default());
    assert_eq!(server.receives(&client.sent().join(" ")), ["CONNECT a"]);
    for _ in 0..3 {
        assert_eq!(server.challenges(data("c")), Ok(()));
        assert_eq!(client.receives(&server.sent().join(" ")), ["AUTH 18"]);
        assert_eq!(client.authenticates(data("r")), Ok(()));
        assert_eq!(server.receives(&client.sent().join(" ")), ["AUTH 18"]);
    }
    server.accepts();
    assert_eq!(
        client.receives(&server.sent().join(" ")),
        ["connected: New"]
    );
    for _ in 0..2 {
        assert_eq!(client.reauthenticates(data("i")), Ok(()));
        assert_eq!(server.receives(&client.sent().join(" ")), ["AUTH 19"]);
        assert_eq!(server.challenges(data("c")), Ok(()));
        assert_eq!(client.receives(&server.sent().join(" ")), ["AUTH 18"]);
        assert_eq!(client.authenticates(data("r")), Ok(()));
        assert_eq!(server.receives(&client.sent().join(" ")), ["AUTH 18"]);
        assert_eq!(server.is_content(data("s")), Ok(()));
        let success = "f0 0a 00 08 15 00 01 4d 16 00 01 73";
        assert_eq!(server.sent(), [success]);
        assert_eq!(client.receives(success), ["AUTH 00"]);
    }
}

#[test]
fn after_the_end_nothing_is_taken_and_nothing_sent() {
    let (mut client, mut server) = (client_at(Asked::Again), server_at(Served::Again));
    let busy = Disconnect::new(ReasonCode::UNSPECIFIED_ERROR);
    assert_eq!(client.disconnects(busy), Ok(()));
    assert_eq!(server.disconnects(busy), Ok(()));
    let nothing = AuthProperties::default();
    assert_eq!(client.receives(AUTH_18), NONE);
    assert_eq!(server.receives(AUTH_18), NONE);
    assert_eq!(client.authenticates(nothing), Err(NotOpen));
    assert_eq!(client.reauthenticates(nothing), Err(NotOpen));
    assert_eq!(server.challenges(nothing), Err(NotOpen));
    assert_eq!(server.is_content(nothing), Err(NotOpen));
    assert_eq!(
        (client.sent(), server.sent()),
        (vec!["e0 01 80".into()], vec!["e0 01 80".into()])
    );
}

#[test]
fn a_client_waits_for_the_connack_anew_after_each_step() {
    let mut client = client_at(Asked::Named);
    client.at(29_999);
    assert_eq!(client.receives(AUTH_18), ["AUTH 18"]);
    client.at(59_000);
    assert_eq!(client.authenticates(AuthProperties::default()), Ok(()));
    client.at(88_999);
    assert_eq!(client.farewell(), OPEN);
    client.at(89_000);
    assert_eq!(client.farewell(), Some("e0 01 80"));
}

#[test]
fn a_server_waits_ten_seconds_for_each_answer_before_the_connack() {
    let mut server = server_at(Served::Named);
    server.at(60_000);
    // As long as it is the server's turn the time is its own.
    assert_eq!(server.farewell(), OPEN);
    assert_eq!(server.challenges(AuthProperties::default()), Ok(()));
    server.at(69_999);
    assert_eq!(server.receives(AUTH_18), ["AUTH 18"]);
    server.at(80_000);
    assert_eq!(server.challenges(AuthProperties::default()), Ok(()));
    let _ = server.sent();
    server.at(89_999);
    assert_eq!(server.farewell(), OPEN);
    server.at(90_000);
    assert_eq!(server.farewell(), Some("20 03 00 80 00"));
}

#[test]
fn a_server_does_not_accept_before_its_challenge_is_answered() {
    let mut server = server_at(Served::Challenged);
    let early = server.accepts_with(Session::new(), false, ConnAckProperties::default());
    assert_eq!(early, Err(NotOurTurn));
    assert_eq!(server.receives(AUTH_18), ["AUTH 18"]);
    server.accepts();
    assert_eq!(server.sent(), [CONNACK_M]);
}
