//! rumqttc as an agent: its `v4` speaks 3.1.1, its `v5` MQTT 5.

use std::fs;
use std::time::Duration;

use puremqtt_interop::{Agent, Arguments, Connect, Refused, Result, WAIT, message, serve};
use rumqttc::{TlsConfiguration, Transport};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// What the loop tells the agent.
enum Told {
    Connected(bool),
    Refused(String),
    /// A SUBACK, an UNSUBACK, or the last packet of a PUBLISH.
    Acknowledged,
    Lost(String),
}

fn transport(arguments: &Arguments) -> Result<Transport> {
    Ok(match arguments.transport.as_str() {
        "tls" => Transport::Tls(TlsConfiguration::Simple {
            ca: fs::read(&arguments.ca)?,
            alpn: None,
            client_auth: None,
        }),
        "ws" => Transport::Ws,
        _ => Transport::Tcp,
    })
}

/// For WebSocket the library wants a URL.
fn host(arguments: &Arguments) -> String {
    match arguments.transport.as_str() {
        "ws" => format!("ws://{}:{}/mqtt", arguments.host, arguments.port),
        _ => arguments.host.clone(),
    }
}

async fn next(told: &mut Option<UnboundedReceiver<Told>>) -> Result<Told> {
    let told = told.as_mut().ok_or("not connected")?;
    Ok(timeout(WAIT, told.recv())
        .await?
        .ok_or("the loop has ended")?)
}

async fn acknowledged(told: &mut Option<UnboundedReceiver<Told>>) -> Result<()> {
    match next(told).await? {
        Told::Acknowledged => Ok(()),
        Told::Lost(why) => Err(why.into()),
        _ => Err("a second CONNACK".into()),
    }
}

/// The two halves of the library look alike and have no type in common.
macro_rules! agent {
    ($name:ident, $library:path, $packet:path, $qos:path, $options:expr, $topic:expr) => {
        mod $name {
            use super::*;
            use packets::Packet;
            use $library::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions};
            use $packet as packets;
            use $qos as QoS;

            pub struct Client {
                arguments: Arguments,
                client: Option<AsyncClient>,
                told: Option<UnboundedReceiver<Told>>,
                turning: Option<JoinHandle<()>>,
            }

            pub fn new(arguments: Arguments) -> Client {
                Client {
                    arguments,
                    client: None,
                    told: None,
                    turning: None,
                }
            }

            fn qos(level: u8) -> QoS {
                match level {
                    0 => QoS::AtMostOnce,
                    1 => QoS::AtLeastOnce,
                    _ => QoS::ExactlyOnce,
                }
            }

            async fn turn(mut events: EventLoop, told: UnboundedSender<Told>) {
                loop {
                    let event = match events.poll().await {
                        Ok(Event::Incoming(packet)) => match packet {
                            Packet::ConnAck(connack) => Told::Connected(connack.session_present),
                            Packet::Publish(publish) => {
                                let topic = $topic(&publish);
                                message(
                                    &topic,
                                    &publish.payload,
                                    publish.qos as u8,
                                    publish.retain,
                                );
                                continue;
                            }
                            Packet::SubAck(_) | Packet::UnsubAck(_) => Told::Acknowledged,
                            Packet::PubAck(_) | Packet::PubComp(_) => Told::Acknowledged,
                            _ => continue,
                        },
                        Ok(Event::Outgoing(rumqttc::Outgoing::Publish(0))) => Told::Acknowledged,
                        Ok(Event::Outgoing(rumqttc::Outgoing::Disconnect)) => Told::Acknowledged,
                        Ok(Event::Outgoing(_)) => continue,
                        Err(ConnectionError::ConnectionRefused(code)) => {
                            let _ = told.send(Told::Refused(format!("{code:?}")));
                            return;
                        }
                        Err(error) => {
                            let _ = told.send(Told::Lost(error.to_string()));
                            return;
                        }
                    };
                    if told.send(event).is_err() {
                        return;
                    }
                }
            }

            impl Client {
                fn client(&self) -> Result<&AsyncClient> {
                    self.client.as_ref().ok_or("not connected".into())
                }
            }

            impl Agent for Client {
                async fn connect(&mut self, wanted: Connect) -> Result<bool> {
                    let host = host(&self.arguments);
                    let mut options =
                        MqttOptions::new(&wanted.client_id, host, self.arguments.port);
                    options.set_transport(transport(&self.arguments)?);
                    options.set_keep_alive(Duration::from_secs(30));
                    if let Some((user, password)) = &wanted.login {
                        options.set_credentials(user, password);
                    }
                    $options(&mut options, &wanted);
                    let (client, events) = AsyncClient::new(options, 100);
                    let (tell, told) = unbounded_channel();
                    self.client = Some(client);
                    self.told = Some(told);
                    self.turning = Some(tokio::spawn(turn(events, tell)));
                    match next(&mut self.told).await? {
                        Told::Connected(present) => Ok(present),
                        Told::Refused(code) => Err(Refused(code).into()),
                        Told::Lost(why) => Err(why.into()),
                        Told::Acknowledged => Err("an answer before CONNACK".into()),
                    }
                }

                async fn subscribe(&mut self, filter: &str, level: u8) -> Result<()> {
                    self.client()?.subscribe(filter, qos(level)).await?;
                    acknowledged(&mut self.told).await
                }

                async fn unsubscribe(&mut self, filter: &str) -> Result<()> {
                    self.client()?.unsubscribe(filter).await?;
                    acknowledged(&mut self.told).await
                }

                async fn publish(
                    &mut self,
                    topic: &str,
                    payload: &str,
                    level: u8,
                    retain: bool,
                ) -> Result<()> {
                    let payload = payload.as_bytes().to_vec();
                    self.client()?
                        .publish(topic, qos(level), retain, payload)
                        .await?;
                    acknowledged(&mut self.told).await
                }

                async fn disconnect(&mut self) -> Result<()> {
                    self.client()?.disconnect().await?;
                    acknowledged(&mut self.told).await?;
                    if let Some(turning) = self.turning.take() {
                        // The socket is closed when the loop is gone.
                        let _ = timeout(Duration::from_millis(100), turning).await;
                    }
                    self.client = None;
                    Ok(())
                }
            }
        }
    };
}

agent!(
    v4,
    rumqttc,
    rumqttc::mqttbytes::v4,
    rumqttc::mqttbytes::QoS,
    |options: &mut MqttOptions, wanted: &Connect| {
        options.set_clean_session(wanted.clean);
        if let Some(will) = &wanted.will {
            let (topic, payload) = (&will.topic, will.payload.as_bytes());
            options.set_last_will(packets::LastWill::new(
                topic,
                payload,
                qos(will.qos),
                will.retain,
            ));
        }
    },
    |publish: &packets::Publish| publish.topic.clone()
);

agent!(
    v5,
    rumqttc::v5,
    rumqttc::v5::mqttbytes::v5,
    rumqttc::v5::mqttbytes::QoS,
    |options: &mut MqttOptions, wanted: &Connect| {
        options.set_clean_start(wanted.clean);
        options.set_session_expiry_interval(Some(wanted.expiry));
        if let Some(will) = &wanted.will {
            let (topic, payload) = (&will.topic, will.payload.as_bytes());
            let made = packets::LastWill::new(topic, payload, qos(will.qos), will.retain, None);
            options.set_last_will(made);
        }
    },
    |publish: &packets::Publish| String::from_utf8_lossy(&publish.topic).into_owned()
);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::read()?;
    match arguments.version.as_str() {
        "5" => serve(v5::new(arguments)).await,
        _ => serve(v4::new(arguments)).await,
    }
}
