//! mqtt-endpoint-tokio as an agent: 3.1.1 and MQTT 5.

use std::sync::Arc;

use mqtt_endpoint_tokio::mqtt_ep::packet::{Packet, Qos, SubEntry, SubOpts};
use mqtt_endpoint_tokio::mqtt_ep::transport::connect_helper::{connect_tcp, connect_tcp_tls};
use mqtt_endpoint_tokio::mqtt_ep::transport::{TcpTransport, TlsTransport, WebSocketTransport};
use mqtt_endpoint_tokio::mqtt_ep::{Endpoint, Mode, Version, packet, role};
use puremqtt_interop::{Agent, Arguments, Connect, Refused, Result, WAIT, message, serve};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;

type Client = Endpoint<role::Client>;

/// What the reader tells the agent.
enum Told {
    Connected(bool),
    Refused(String),
    /// A SUBACK, an UNSUBACK, or the last packet of a PUBLISH.
    Acknowledged,
    Lost(String),
}

struct Endpoints {
    arguments: Arguments,
    client: Option<Arc<Client>>,
    told: Option<UnboundedReceiver<Told>>,
}

fn tls(arguments: &Arguments) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&arguments.ca)? {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder().with_root_certificates(roots);
    Ok(Arc::new(config.with_no_client_auth()))
}

async fn attach(client: &Client, arguments: &Arguments) -> Result<()> {
    let address = format!("{}:{}", arguments.host, arguments.port);
    match arguments.transport.as_str() {
        "tls" => {
            let config = Some(tls(arguments)?);
            let stream = connect_tcp_tls(&address, &arguments.host, config, Some(WAIT)).await?;
            client
                .attach(TlsTransport::from_stream(stream), Mode::Client)
                .await?;
        }
        "ws" => {
            // The stream that the library's own helper makes, none of its transports takes.
            let mut request = format!("ws://{address}/mqtt").into_client_request()?;
            let protocol = HeaderValue::from_static("mqtt");
            request
                .headers_mut()
                .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
            let stream = connect_tcp(&address, Some(WAIT)).await?;
            let (stream, _) = client_async(request, stream).await?;
            let transport = WebSocketTransport::from_tcp_client_stream(stream);
            client.attach(transport, Mode::Client).await?;
        }
        _ => {
            let stream = connect_tcp(&address, Some(WAIT)).await?;
            client
                .attach(TcpTransport::from_stream(stream), Mode::Client)
                .await?;
        }
    }
    Ok(())
}

fn qos(level: u8) -> Qos {
    match level {
        0 => Qos::AtMostOnce,
        1 => Qos::AtLeastOnce,
        _ => Qos::ExactlyOnce,
    }
}

fn refused_or(present: bool, code: impl std::fmt::Debug + Copy, number: u8) -> Told {
    match number {
        0 => Told::Connected(present),
        _ => Told::Refused(format!("{code:?}")),
    }
}

async fn read(client: Arc<Client>, told: UnboundedSender<Told>) {
    loop {
        let what = match client.recv().await {
            Ok(Packet::V3_1_1Connack(connack)) => {
                let code = connack.return_code();
                refused_or(connack.session_present(), code, code as u8)
            }
            Ok(Packet::V5_0Connack(connack)) => {
                let code = connack.reason_code();
                refused_or(connack.session_present(), code, code as u8)
            }
            Ok(Packet::V3_1_1Publish(publish)) => {
                let (topic, payload) = (publish.topic_name(), publish.payload().as_slice());
                message(topic, payload, publish.qos() as u8, publish.retain());
                continue;
            }
            Ok(Packet::V5_0Publish(publish)) => {
                let (topic, payload) = (publish.topic_name(), publish.payload().as_slice());
                message(topic, payload, publish.qos() as u8, publish.retain());
                continue;
            }
            Ok(
                Packet::V3_1_1Suback(_)
                | Packet::V5_0Suback(_)
                | Packet::V3_1_1Unsuback(_)
                | Packet::V5_0Unsuback(_)
                | Packet::V3_1_1Puback(_)
                | Packet::V5_0Puback(_)
                | Packet::V3_1_1Pubcomp(_)
                | Packet::V5_0Pubcomp(_),
            ) => Told::Acknowledged,
            Ok(_) => continue,
            Err(error) => {
                let _ = told.send(Told::Lost(error.to_string()));
                return;
            }
        };
        if told.send(what).is_err() {
            return;
        }
    }
}

impl Endpoints {
    fn client(&self) -> Result<&Client> {
        self.client.as_deref().ok_or("not connected".into())
    }

    fn is_5(&self) -> bool {
        self.arguments.version == "5"
    }

    async fn next(&mut self) -> Result<Told> {
        let told = self.told.as_mut().ok_or("not connected")?;
        Ok(timeout(WAIT, told.recv())
            .await?
            .ok_or("the reader has ended")?)
    }

    async fn acknowledged(&mut self) -> Result<()> {
        match self.next().await? {
            Told::Acknowledged => Ok(()),
            Told::Lost(why) => Err(why.into()),
            _ => Err("a second CONNACK".into()),
        }
    }
}

/// The builders of both versions look alike and have no type in common.
macro_rules! connect {
    ($version:ident, $wanted:ident, $clean:ident) => {{
        let mut builder = packet::$version::Connect::builder()
            .client_id(&$wanted.client_id)?
            .$clean($wanted.clean)
            .keep_alive(30);
        if let Some((user, password)) = &$wanted.login {
            builder = builder.user_name(user)?.password(password.as_str())?;
        }
        if let Some(will) = &$wanted.will {
            let payload = will.payload.as_str();
            builder = builder.will_message(&will.topic, payload, qos(will.qos), will.retain)?;
        }
        builder
    }};
}

macro_rules! publish {
    ($version:ident, $id:ident, $topic:ident, $payload:ident, $level:ident, $retain:ident) => {{
        let mut builder = packet::$version::Publish::builder()
            .topic_name($topic)?
            .qos(qos($level))
            .retain($retain)
            .payload($payload.as_bytes().to_vec());
        if let Some(id) = $id {
            builder = builder.packet_id(id);
        }
        builder.build()?
    }};
}

impl Agent for Endpoints {
    async fn connect(&mut self, wanted: Connect) -> Result<bool> {
        let version = if self.is_5() {
            Version::V5_0
        } else {
            Version::V3_1_1
        };
        let client = Arc::new(Client::new(version));
        client.set_auto_pub_response(true).await?;
        attach(&client, &self.arguments).await?;
        if self.is_5() {
            let expiry = packet::SessionExpiryInterval::new(wanted.expiry)?;
            let builder = connect!(v5_0, wanted, clean_start);
            let properties = vec![packet::Property::SessionExpiryInterval(expiry)];
            client.send(builder.props(properties).build()?).await?;
        } else {
            let builder = connect!(v3_1_1, wanted, clean_session);
            client.send(builder.build()?).await?;
        }
        let (tell, told) = unbounded_channel();
        tokio::spawn(read(client.clone(), tell));
        self.client = Some(client);
        self.told = Some(told);
        match self.next().await? {
            Told::Connected(present) => Ok(present),
            Told::Refused(code) => Err(Refused(code).into()),
            Told::Lost(why) => Err(why.into()),
            Told::Acknowledged => Err("an answer before CONNACK".into()),
        }
    }

    async fn subscribe(&mut self, filter: &str, level: u8) -> Result<()> {
        let id = self.client()?.acquire_packet_id().await?;
        let entries = vec![SubEntry::new(filter, SubOpts::new().set_qos(qos(level)))?];
        if self.is_5() {
            let builder = packet::v5_0::Subscribe::builder();
            let packet = builder.packet_id(id).entries(entries).build()?;
            self.client()?.send(packet).await?;
        } else {
            let builder = packet::v3_1_1::Subscribe::builder();
            let packet = builder.packet_id(id).entries(entries).build()?;
            self.client()?.send(packet).await?;
        }
        self.acknowledged().await
    }

    async fn unsubscribe(&mut self, filter: &str) -> Result<()> {
        let id = self.client()?.acquire_packet_id().await?;
        if self.is_5() {
            let builder = packet::v5_0::Unsubscribe::builder();
            let packet = builder.packet_id(id).entries(vec![filter])?.build()?;
            self.client()?.send(packet).await?;
        } else {
            let builder = packet::v3_1_1::Unsubscribe::builder();
            let packet = builder.packet_id(id).entries(vec![filter])?.build()?;
            self.client()?.send(packet).await?;
        }
        self.acknowledged().await
    }

    async fn publish(&mut self, topic: &str, payload: &str, level: u8, retain: bool) -> Result<()> {
        let client = self.client()?;
        let id = match level {
            0 => None,
            _ => Some(client.acquire_packet_id().await?),
        };
        if self.is_5() {
            client
                .send(publish!(v5_0, id, topic, payload, level, retain))
                .await?;
        } else {
            client
                .send(publish!(v3_1_1, id, topic, payload, level, retain))
                .await?;
        }
        match id {
            None => Ok(()),
            Some(_) => self.acknowledged().await,
        }
    }

    async fn disconnect(&mut self) -> Result<()> {
        let client = self.client()?;
        if self.is_5() {
            client
                .send(packet::v5_0::Disconnect::builder().build()?)
                .await?;
        } else {
            client
                .send(packet::v3_1_1::Disconnect::builder().build()?)
                .await?;
        }
        client.close().await?;
        self.client = None;
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::read()?;
    serve(Endpoints {
        arguments,
        client: None,
        told: None,
    })
    .await
}
