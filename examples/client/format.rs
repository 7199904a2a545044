//! How `subscribe` prints a message: its payload, or what `-v` and `-F` say.

use std::io::{self, Write};

use puremqtt::{PacketId, PayloadFormat, Publish};

use super::arguments::Stop;

/// The lines of `--help` about `-F`.
pub const HELP: &str = " -F FORMAT print each message so:
           %t topic, %p payload, %x and %X payload in hex, %l its length,
           %q QoS, %r retained or not, %m packet identifier, %% a percent sign;
           of MQTT 5: %C content type, %D correlation data, %E message expiry interval,
           %F payload format indicator, %P user properties, %R response topic,
           %S subscription identifiers;
           \\n \\t \\r \\0 \\a \\e \\v \\\\ as in C
";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    Payload,
    /// The topic before it; `(null)` stands for an empty payload, as mosquitto_sub has it.
    Verbose,
    Format(Format),
}

/// A format that was taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format(Vec<Piece>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Literal(char),
    Topic,
    Payload,
    PayloadInHex,
    PayloadInUpperHex,
    Length,
    QoS,
    Retain,
    PacketId,
    ContentType,
    CorrelationData,
    MessageExpiryInterval,
    PayloadFormatIndicator,
    UserProperties,
    ResponseTopic,
    SubscriptionIdentifiers,
}

impl Format {
    pub fn parse(text: &str) -> Result<Self, Stop> {
        let mut pieces = Vec::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            pieces.push(match letter {
                '%' => match letters.next() {
                    None => return Err(Stop::wrong("Incomplete format specifier.")),
                    Some(letter) => specifier(letter).ok_or_else(|| {
                        Stop::wrong(format!("Invalid format specifier '{letter}'."))
                    })?,
                },
                '\\' => match letters.next() {
                    None => return Err(Stop::wrong("Incomplete escape specifier.")),
                    Some(letter) => escape(letter).map(Piece::Literal).ok_or_else(|| {
                        Stop::wrong(format!("Invalid escape specifier '{letter}'."))
                    })?,
                },
                letter => Piece::Literal(letter),
            });
        }
        Ok(Self(pieces))
    }
}

impl Output {
    /// Without the end of the line.
    pub fn write(&self, publish: &Publish<'_>, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Payload => out.write_all(publish.payload),
            Self::Verbose if publish.payload.is_empty() => write!(out, "{} (null)", publish.topic),
            Self::Verbose => {
                write!(out, "{} ", publish.topic)?;
                out.write_all(publish.payload)
            }
            Self::Format(Format(pieces)) => pieces
                .iter()
                .try_for_each(|piece| piece.write(publish, out)),
        }
    }
}

fn specifier(letter: char) -> Option<Piece> {
    Some(match letter {
        '%' => Piece::Literal('%'),
        't' => Piece::Topic,
        'p' => Piece::Payload,
        'x' => Piece::PayloadInHex,
        'X' => Piece::PayloadInUpperHex,
        'l' => Piece::Length,
        'q' => Piece::QoS,
        'r' => Piece::Retain,
        'm' => Piece::PacketId,
        'C' => Piece::ContentType,
        'D' => Piece::CorrelationData,
        'E' => Piece::MessageExpiryInterval,
        'F' => Piece::PayloadFormatIndicator,
        'P' => Piece::UserProperties,
        'R' => Piece::ResponseTopic,
        'S' => Piece::SubscriptionIdentifiers,
        _ => return None,
    })
}

fn escape(letter: char) -> Option<char> {
    Some(match letter {
        '\\' => '\\',
        '0' => '\0',
        'a' => '\x07',
        'e' => '\x1b',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        _ => return None,
    })
}

impl Piece {
    fn write(self, publish: &Publish<'_>, out: &mut impl Write) -> io::Result<()> {
        let properties = publish.properties;
        let payload = publish.payload;
        match self {
            Self::Literal(letter) => write!(out, "{letter}"),
            Self::Topic => write!(out, "{}", publish.topic),
            Self::Payload => out.write_all(payload),
            Self::PayloadInHex => payload
                .iter()
                .try_for_each(|byte| write!(out, "{byte:02x}")),
            Self::PayloadInUpperHex => payload
                .iter()
                .try_for_each(|byte| write!(out, "{byte:02X}")),
            Self::Length => write!(out, "{}", payload.len()),
            Self::QoS => write!(out, "{}", publish.delivery.qos().as_u8()),
            Self::Retain => write!(out, "{}", u8::from(publish.retain)),
            Self::PacketId => {
                let id = publish.delivery.packet_id().map_or(0, PacketId::get);
                write!(out, "{id}")
            }
            Self::ContentType => write!(out, "{}", properties.content_type().unwrap_or_default()),
            Self::CorrelationData => {
                out.write_all(properties.correlation_data().unwrap_or_default())
            }
            Self::MessageExpiryInterval => maybe(out, publish.message_expiry_interval),
            Self::PayloadFormatIndicator => {
                let format = properties.payload_format_indicator();
                maybe(out, format.map(PayloadFormat::as_u8))
            }
            Self::UserProperties => separated(
                out,
                properties
                    .user_properties()
                    .iter()
                    .map(|pair| format!("{}:{}", pair.name, pair.value)),
            ),
            Self::ResponseTopic => maybe(out, properties.response_topic()),
            Self::SubscriptionIdentifiers => separated(
                out,
                publish.subscription_identifiers.iter().map(|one| one.get()),
            ),
        }
    }
}

fn maybe(out: &mut impl Write, value: Option<impl std::fmt::Display>) -> io::Result<()> {
    match value {
        Some(value) => write!(out, "{value}"),
        None => Ok(()),
    }
}

fn separated(
    out: &mut impl Write,
    values: impl Iterator<Item = impl std::fmt::Display>,
) -> io::Result<()> {
    for (index, value) in values.enumerate() {
        let space = if index == 0 { "" } else { " " };
        write!(out, "{space}{value}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
