//! A broker for MQTT 3.1, 3.1.1 and 5.
//!
//! ```text
//! cargo run --release --example broker -- --port 1883 -v
//! ```

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use puremqtt_examples::broker::acl::Acl;
use puremqtt_examples::broker::config::{Config, ConfigError};
use puremqtt_examples::broker::core::Broker;
use puremqtt_examples::broker::http::Site;
use puremqtt_examples::broker::log;
use puremqtt_examples::broker::password::Passwords;
use puremqtt_examples::broker::server::{Door, Server};
use puremqtt_examples::broker::store::Store;
use puremqtt_examples::broker::tls;
use tokio::net::{TcpListener, TcpSocket, lookup_host};

/// Connections that may wait to be accepted. The system drops one more without a word, and a peer
/// that says nothing itself would wait for ever.
const BACKLOG: u32 = 4096;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let config = match Config::from_arguments(std::env::args_os()) {
        Ok(config) => config,
        Err(ConfigError::Flags(error)) => error.exit(),
        Err(ConfigError::File(error)) => {
            eprintln!("Error: {error}");
            return ExitCode::FAILURE;
        }
    };
    match run(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<()> {
    let passwords = config.password_file.as_deref().map(Passwords::read);
    let acl = config.acl_file.as_deref().map(Acl::read);
    let store = config.store.as_deref().map(Store::open).transpose()?;
    let now = store
        .as_ref()
        .map_or(Duration::ZERO, |(store, stored)| store.now(stored));
    let mut broker = Broker::new(
        config.clone(),
        passwords.transpose()?,
        acl.transpose()?,
        now,
    );
    if config.verbose {
        broker.log_to(log::print);
    }
    if let Some((store, stored)) = &store {
        broker
            .restore(stored, now)
            .map_err(|damaged| store.failed(damaged.to_string()))?;
    }
    let server = Server::with_store(broker, store.map(|(store, _)| store), now);
    for listener in &config.listeners {
        let socket = listen(&listener.address, listener.port).await?;
        log::print(&format!("Listening on {}.", socket.local_addr()?));
        let door = Door {
            nodelay: config.set_tcp_nodelay,
            websocket: listener.websocket,
            site: Site::new(listener.http_dir.clone()),
            tls: listener.tls.as_ref().map(tls::acceptor).transpose()?,
        };
        let server = server.clone();
        tokio::spawn(async move { server.listen(socket, door).await });
    }
    tokio::select! {
        failure = server.keep_time() => Err(failure.into()),
        () = asked_to_end() => {
            server.shut_down().await;
            Ok(())
        }
    }
}

/// On the first address that a name stands for and that can be had.
async fn listen(name: &str, port: u16) -> io::Result<TcpListener> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in lookup_host((name, port)).await? {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        match socket.bind(address).and_then(|()| socket.listen(BACKLOG)) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// SIGINT or SIGTERM.
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        // Without one there is still the other.
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
