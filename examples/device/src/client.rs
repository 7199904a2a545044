//! An MQTT client without a heap, to copy: publishes readings and takes messages, at any QoS.
//!
//! [`Session`] survives a connection, [`Client`] dies with it; all of both is in arrays.

use core::num::{NonZeroU16, NonZeroU32};
use core::time::Duration;

use puremqtt::delivery::{Mark, Receiver, Sender, Slot};
use puremqtt::{
    ConnAck, Connect, ConnectProperties, DecodeError, Disconnect, Due, EncodeError, Encoder,
    KeepAlive, Limits, List, Outgoing, Output, Packet, Properties, ProtocolError, Publish, QoS,
    ReasonCode, Request, SliceOutput, SubAck, Subscribe, Subscription, TopicFilter, TopicName,
    Version,
};

use crate::network::{Lost, Network};

const MEASURED: TopicName = TopicName::literal("pump/3/measured");
const SETTINGS: TopicFilter = TopicFilter::literal("pump/3/set");
const WANTED: [Subscription; 1] = [Subscription::new(SETTINGS, QoS::ExactlyOnce)];
const KEEP_ALIVE_SECONDS: u16 = 60;

/// Messages in flight, in either direction. One place of the sender's is for the SUBSCRIBE.
const IN_FLIGHT: u16 = 4;
/// PUBACK and the like with a reason code.
const LONGEST_REPLY: usize = 5;

/// What is measured, as text.
pub type Reading = [u8; 4];

/// Both halves of QoS 1 and 2: what is sent again when a connection was lost.
pub struct Session {
    sender: Sender<Reading, [Slot<Reading>; IN_FLIGHT as usize]>,
    receiver: Receiver<[Mark; IN_FLIGHT as usize]>,
    /// Whether a server may have this session.
    established: bool,
}

impl Session {
    pub fn new() -> Self {
        Self {
            sender: Sender::new([Slot::EMPTY; IN_FLIGHT as usize]),
            receiver: Receiver::new([Mark::EMPTY; IN_FLIGHT as usize]),
            established: false,
        }
    }
}

/// The client for the time of one network connection.
pub struct Client<'b> {
    session: &'b mut Session,
    encoder: Encoder,
    output: SliceOutput<'b>,
    keep_alive: KeepAlive,
}

/// What is news to the application.
pub enum Event<'p> {
    /// A message; each comes once.
    Message(Publish<'p>),
    /// The server has a reading of QoS 1 or 2, or in MQTT 5 has refused it.
    Published(Reading, ReasonCode),
}

/// Why a connection has ended.
pub enum Fault {
    Lost,
    /// The server does not answer.
    Silent,
    /// It said so by CONNACK, SUBACK or DISCONNECT.
    Refused(#[expect(dead_code, reason = "for whoever has a log")] ReasonCode),
    /// It has sent what is no MQTT, or is larger than the buffer.
    Decode(DecodeError),
    /// It has broken a rule of QoS 1 and 2.
    Protocol(ProtocolError),
    /// It has sent something before its CONNACK, or a second CONNACK.
    OutOfTurn,
    /// It takes no such packet, or there is no room for one.
    Encode,
}

impl<'b> Client<'b> {
    /// Begins with a CONNECT. The largest packet that comes in has `input` bytes; the largest that
    /// goes out is as large as `output`.
    pub fn connect(
        version: Version,
        session: &'b mut Session,
        input: usize,
        output: &'b mut [u8],
        now: Duration,
    ) -> Result<Self, Fault> {
        let properties = ConnectProperties {
            session_expiry_interval: Some(3_600),
            receive_maximum: NonZeroU16::new(IN_FLIGHT),
            maximum_packet_size: u32::try_from(input).ok().and_then(NonZeroU32::new),
            ..ConnectProperties::default()
        };
        let is_5 = version == Version::V5;
        let connect = Connect {
            version,
            client_id: "pump-3",
            // With a session that only the server knows, MQTT 5 does not let a client go on.
            // In 3.1.1 the session would end with the connection.
            clean_start: is_5 && !session.established,
            keep_alive: KEEP_ALIVE_SECONDS,
            properties: if is_5 {
                (&properties).into()
            } else {
                Properties::NONE
            },
            ..Connect::default()
        };
        let mut client = Self {
            session,
            encoder: Encoder::client(version),
            output: SliceOutput::new(output),
            keep_alive: KeepAlive::client(KEEP_ALIVE_SECONDS, now),
        };
        client.session.sender.disconnected();
        client.encoder.encode(connect, &mut client.output)?;
        Ok(client)
    }

    /// Whether [`receive`](Self::receive) can be called: an answer would find room.
    pub fn is_ready(&self) -> bool {
        self.output.room() >= LONGEST_REPLY
    }

    /// Takes a packet of the server.
    pub fn receive<'p>(
        &mut self,
        packet: Packet<'p>,
        now: Duration,
    ) -> Result<Option<Event<'p>>, Fault> {
        self.keep_alive.received(now);
        let Session {
            sender, receiver, ..
        } = &mut *self.session;
        let (event, reply) = match packet {
            Packet::ConnAck(connack) if !sender.is_connected() => {
                return self.connected(&connack, now).map(|()| None);
            }
            _ if !sender.is_connected() => return Err(Fault::OutOfTurn),
            Packet::Publish(publish) => {
                let arrived = receiver.receive(&packet)?;
                if let Some(receipt) = arrived.receipt {
                    // The answer goes out with `transmit`, when the application has the message.
                    receiver.acknowledge(receipt);
                }
                (
                    arrived.is_new.then_some(Event::Message(publish)),
                    arrived.reply,
                )
            }
            Packet::PubRel(_) => (None, receiver.receive(&packet)?.reply),
            Packet::PubAck(_) | Packet::PubRec(_) | Packet::PubComp(_) => {
                let progress = sender.receive(&packet)?;
                let reply = progress.reply;
                let published = progress.delivered();
                (
                    published.map(|(reading, reason)| Event::Published(reading, reason)),
                    reply,
                )
            }
            Packet::SubAck(suback) => {
                let _ = sender.receive(&packet)?;
                granted(&suback)?;
                (None, None)
            }
            Packet::PingResp => (None, None),
            Packet::Disconnect(disconnect) => return Err(Fault::Refused(disconnect.reason)),
            _ => return Err(Fault::OutOfTurn),
        };
        if let Some(reply) = reply {
            self.encoder.encode(reply, &mut self.output)?;
        }
        Ok(event)
    }

    /// The server has let us in, or not.
    fn connected(&mut self, connack: &ConnAck<'_>, now: Duration) -> Result<(), Fault> {
        if connack.reason.is_error() {
            return Err(Fault::Refused(connack.reason));
        }
        let server = Limits::of_server(connack);
        server.configure_encoder(&mut self.encoder);
        if let Some(seconds) = connack.properties.server_keep_alive() {
            self.keep_alive = KeepAlive::client(seconds, now);
        }
        let Session {
            sender,
            receiver,
            established,
        } = &mut *self.session;
        if !connack.session_present {
            // What was in flight is lost, or would be taken for something else.
            drop(sender.clear());
            receiver.clear();
        }
        *established = true;
        let version = self.encoder.version();
        sender.connected(version, server.receive_maximum.get());
        receiver.connected(version, IN_FLIGHT);
        if connack.session_present {
            return Ok(());
        }
        let Some(packet_id) = sender.reserve(Request::Subscribe) else {
            return Ok(());
        };
        let subscribe = Subscribe::new(packet_id, List::new(&WANTED));
        self.encoder.encode(subscribe, &mut self.output)?;
        Ok(())
    }

    /// Publishes a reading; `false`: there is no room for it now.
    pub fn publish(&mut self, reading: Reading, qos: QoS) -> bool {
        let sender = &mut self.session.sender;
        if qos != QoS::AtMostOnce {
            return sender.publish(reading, qos).is_ok();
        }
        let publish = Publish::new(MEASURED, &reading);
        sender.is_connected() && self.encoder.encode(publish, &mut self.output).is_ok()
    }

    /// Says goodbye, or what the server did wrong, for which 3.1.1 has no words.
    pub fn disconnect(&mut self, reason: ReasonCode) -> Result<(), Fault> {
        if reason == ReasonCode::NORMAL_DISCONNECTION || self.encoder.version() == Version::V5 {
            self.encoder
                .encode(Disconnect::new(reason), &mut self.output)?;
        }
        Ok(())
    }

    /// Sends what is due, as far as there is room for it.
    pub fn transmit(&mut self, network: &mut impl Network, now: Duration) -> Result<(), Fault> {
        let Self {
            session,
            encoder,
            output,
            keep_alive,
        } = self;
        while let Some(next) = session.sender.transmit() {
            let encoded = match next.outgoing() {
                Outgoing::Reply(reply) => encoder.encode(reply, output),
                Outgoing::Message {
                    delivery, message, ..
                } => {
                    let publish = Publish {
                        delivery,
                        ..Publish::new(MEASURED, message)
                    };
                    encoder.encode(publish, output)
                }
            };
            match encoded {
                Ok(()) => next.sent(),
                Err(EncodeError::OutputFull { .. }) => break,
                // The server takes no such QoS, say.
                Err(_) => drop(next.discard()),
            }
        }
        while let Some(answer) = session.receiver.transmit() {
            match encoder.encode(answer.reply(), output) {
                Ok(()) => answer.sent(),
                Err(_) => break,
            }
        }
        match keep_alive.poll(now) {
            Some(Due::Ping) => encoder.encode(Packet::PingReq, output)?,
            Some(Due::Timeout) => return Err(Fault::Silent),
            None => {}
        }
        while !output.written().is_empty() {
            let count = network.write(output.written())?;
            if count == 0 {
                break;
            }
            output.consume(count);
            keep_alive.sent(now);
        }
        Ok(())
    }
}

impl Fault {
    /// What a DISCONNECT calls it, if there is anything to say.
    pub fn reason(&self) -> Option<ReasonCode> {
        match self {
            Self::Decode(error) => Some(error.reason()),
            Self::Protocol(error) => Some(error.reason()),
            Self::OutOfTurn => Some(ReasonCode::PROTOCOL_ERROR),
            Self::Lost | Self::Silent | Self::Refused(_) | Self::Encode => None,
        }
    }
}

/// Whether the server gives what was asked for, with whatever QoS.
fn granted(suback: &SubAck<'_>) -> Result<(), Fault> {
    match suback.reasons.iter().find(|reason| reason.is_error()) {
        Some(reason) => Err(Fault::Refused(reason)),
        None => Ok(()),
    }
}

impl From<Lost> for Fault {
    fn from(_: Lost) -> Self {
        Self::Lost
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<ProtocolError> for Fault {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl From<EncodeError> for Fault {
    fn from(_: EncodeError) -> Self {
        Self::Encode
    }
}
