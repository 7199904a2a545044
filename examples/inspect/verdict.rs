//! One packet of hex, decoded and encoded again: what `--lines` answers.

use puremqtt::{DecodeError, Decoder, Encoder, Packet, Role, Version};
use serde_json::Value;

use crate::lines::Request;
use crate::object::Object;
use crate::{json, text};

/// The verdict on the packet that a line asks about.
pub fn of(line: &[u8]) -> Value {
    match Question::read(line) {
        Ok(question) => question.verdict().into(),
        Err(message) => refused(&message, None).into(),
    }
}

struct Question {
    version: Version,
    /// Who sent the bytes, where that is known.
    sender: Option<Role>,
    bytes: Vec<u8>,
}

impl Question {
    fn read(line: &[u8]) -> Result<Self, String> {
        let request = Request::read(line)?;
        let sender = match request.text("role")? {
            None => None,
            Some("client") => Some(Role::Client),
            Some("server") => Some(Role::Server),
            Some(other) => return Err(format!("{other:?} is no role: client or server")),
        };
        Ok(Self {
            version: request.version()?.ok_or("there is no \"version\"")?,
            sender,
            bytes: text::bytes(request.text("hex")?.ok_or("there is no \"hex\"")?)?,
        })
    }

    fn verdict(&self) -> Object {
        let mut decoder = self.decoder();
        let need = decoder.needed(&self.bytes);
        match decoder.decode(&self.bytes) {
            Ok(Some((packet, len))) => accepted(&packet, len, self.version),
            Ok(None) => incomplete(need),
            Err(error) => refused(&error.to_string(), Some(error)),
        }
    }

    /// One that knows no topics, so an alias may stand for any.
    fn decoder(&self) -> Decoder {
        let mut decoder = Decoder::observer();
        decoder.set_version(self.version);
        match self.sender {
            Some(sender) => decoder.with_sender(sender),
            None => decoder,
        }
    }
}

fn accepted(packet: &Packet<'_>, len: usize, version: Version) -> Object {
    let object = Object::new()
        .with("ok", true)
        .with("len", len)
        .with("packet", json::packet(packet, version));
    let mut encoder = Encoder::new(version).with_topic_alias_maximum(u16::MAX);
    let mut bytes = Vec::new();
    match encoder.encode(*packet, &mut bytes) {
        Ok(()) => object.with("encoded", text::hex(&bytes)),
        Err(error) => object
            .with("encoded", Value::Null)
            .with("encode_error", error.to_string()),
    }
}

fn incomplete(need: usize) -> Object {
    Object::new()
        .with("ok", false)
        .with("incomplete", true)
        .with("need", need)
}

fn refused(message: &str, error: Option<DecodeError>) -> Object {
    Object::new()
        .with("ok", false)
        .with("error", message)
        .with("statement", error.and_then(|error| error.statement()))
        .with("reason", error.map(|error| error.reason().as_u8()))
        .with("offset", error.map(|error| error.offset()))
}
