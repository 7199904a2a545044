//! rumqttd as a broker in the foreground.
//!
//! ```sh
//! rumqttd DIR VERSION PORT PASSWORD_PORT TLS_PORT WEBSOCKET_PORT
//! ```
//!
//! `DIR` has `server.pem` and `server.key`. On `PASSWORD_PORT` "user" has the password "password".

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings, TlsConfig};

fn settings(name: &str, port: u16) -> ServerSettings {
    ServerSettings {
        name: name.into(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        tls: None,
        next_connection_delay_ms: 1,
        connections: ConnectionSettings {
            connection_timeout_ms: 10_000,
            max_payload_size: 1 << 20,
            max_inflight_count: 100,
            auth: None,
            external_auth: None,
            dynamic_filters: true,
        },
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    puremqtt_interop::choose_cryptography();
    let words: Vec<String> = env::args().skip(1).collect();
    let [dir, version, ports @ ..] = words.as_slice() else {
        return Err("DIR VERSION PORT PASSWORD_PORT TLS_PORT WEBSOCKET_PORT".into());
    };
    let ports: Vec<u16> = ports
        .iter()
        .map(|port| port.parse())
        .collect::<Result<_, _>>()?;
    let [plain, password, tls, websocket] = ports[..] else {
        return Err("there are four ports".into());
    };
    let mut with_password = settings("password", password);
    with_password.connections.auth = Some(HashMap::from([("user".into(), "password".into())]));
    let mut with_tls = settings("tls", tls);
    with_tls.tls = Some(TlsConfig::Rustls {
        capath: None,
        certpath: format!("{dir}/server.pem"),
        keypath: format!("{dir}/server.key"),
    });
    let listeners = [settings("plain", plain), with_password, with_tls];
    let listeners: HashMap<String, ServerSettings> = listeners
        .map(|settings| (settings.name.clone(), settings))
        .into();
    // A listener speaks one version; that for WebSocket speaks 3.1.1.
    let five = version == "5";
    let config = Config {
        router: RouterConfig {
            max_connections: 1000,
            max_outgoing_packet_count: 200,
            max_segment_size: 1 << 20,
            max_segment_count: 10,
            ..RouterConfig::default()
        },
        v4: (!five).then(|| listeners.clone()),
        v5: five.then_some(listeners),
        ws: (!five).then(|| HashMap::from([("ws".into(), settings("ws", websocket))])),
        ..Config::default()
    };
    Broker::new(config).start()?;
    Ok(())
}
