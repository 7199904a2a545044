//! The table of properties by packet, cell by cell (2.2.2.2): what is read.

use puremqtt::{DecodeError, DecodeErrorKind, Decoder, Packet, PropertyId, ReasonCode, Version};

use crate::check::{
    MALFORMED, PROTOCOL_ERROR, decode, encodes, hex, is_published_as_a_packet, length, packet,
    vectors_of,
};

/// A packet with a property block: first byte, what stands before the block
/// and behind it, and the properties it may have.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    first: u8,
    before: &'static str,
    after: &'static str,
    pub(crate) properties: &'static [u8],
}

pub(crate) const PLACES: [Place; 14] = [
    Place {
        name: "CONNECT",
        first: 0x10,
        before: "00 04 4d 51 54 54 05 02 00 00",
        after: "00 01 61",
        properties: &[0x11, 0x15, 0x16, 0x17, 0x19, 0x21, 0x22, 0x26, 0x27],
    },
    Place {
        name: "Will",
        first: 0x10,
        before: "00 04 4d 51 54 54 05 06 00 00 00 00 01 61",
        after: "00 01 61 00 00",
        properties: &[0x01, 0x02, 0x03, 0x08, 0x09, 0x18, 0x26],
    },
    Place {
        name: "CONNACK",
        first: 0x20,
        before: "00 00",
        after: "",
        properties: &[
            0x11, 0x12, 0x13, 0x15, 0x16, 0x1a, 0x1c, 0x1f, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27,
            0x28, 0x29, 0x2a,
        ],
    },
    Place {
        name: "PUBLISH",
        first: 0x30,
        before: "00 01 61",
        after: "",
        properties: &[0x01, 0x02, 0x03, 0x08, 0x09, 0x0b, 0x23, 0x26],
    },
    Place {
        name: "PUBACK",
        first: 0x40,
        before: "00 01 00",
        after: "",
        properties: &[0x1f, 0x26],
    },
    Place {
        name: "PUBREC",
        first: 0x50,
        before: "00 01 00",
        after: "",
        properties: &[0x1f, 0x26],
    },
    Place {
        name: "PUBREL",
        first: 0x62,
        before: "00 01 00",
        after: "",
        properties: &[0x1f, 0x26],
    },
    Place {
        name: "PUBCOMP",
        first: 0x70,
        before: "00 01 00",
        after: "",
        properties: &[0x1f, 0x26],
    },
    Place {
        name: "SUBSCRIBE",
        first: 0x82,
        before: "00 01",
        after: "00 01 61 00",
        properties: &[0x0b, 0x26],
    },
    Place {
        name: "SUBACK",
        first: 0x90,
        before: "00 01",
        after: "00",
        properties: &[0x1f, 0x26],
    },
    Place {
        name: "UNSUBSCRIBE",
        first: 0xa2,
        before: "00 01",
        after: "00 01 61",
        properties: &[0x26],
    },
    Place {
        name: "UNSUBACK",
        first: 0xb0,
        before: "00 01",
        after: "00",
        properties: &[0x1f, 0x26],
    },
    Place {
        name: "DISCONNECT",
        first: 0xe0,
        before: "00",
        after: "",
        properties: &[0x11, 0x1c, 0x1f, 0x26],
    },
    Place {
        name: "AUTH",
        first: 0xf0,
        before: "18",
        after: "",
        properties: &[0x15, 0x16, 0x1f, 0x26],
    },
];

impl Place {
    pub(crate) fn wire(&self, block: &[u8]) -> Vec<u8> {
        let body = [
            hex(self.before),
            length(block.len()),
            block.to_vec(),
            hex(self.after),
        ];
        packet(self.first, &body.concat())
    }

    fn repeats(&self, id: u8) -> bool {
        id == 0x26 || (id == 0x0b && self.name == "PUBLISH")
    }

    /// What has to stand beside a property so that the packet is complete.
    pub(crate) fn beside(&self, id: u8) -> Vec<u8> {
        let needs_method = id == 0x16 || self.name == "AUTH";
        if needs_method && id != 0x15 {
            hex("15 00 01 4d")
        } else {
            Vec::new()
        }
    }

    pub(crate) fn decode(&self, block: &[u8]) -> Result<Packet<'static>, DecodeError> {
        // An observer leaves an alias in its place.
        let mut decoder = Decoder::observer();
        decoder.set_version(Version::V5);
        decode(decoder, self.wire(block))
    }
}

/// A value of a property's type, `None` where no property has the identifier.
fn value(id: u8) -> Option<&'static str> {
    Some(match id {
        0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28 | 0x29 | 0x2a => "01",
        0x13 | 0x21 | 0x22 | 0x23 => "00 01",
        0x02 | 0x11 | 0x18 | 0x27 => "00 00 00 01",
        0x0b => "01",
        0x03 | 0x08 | 0x12 | 0x15 | 0x1a | 0x1c | 0x1f => "00 01 61",
        0x09 | 0x16 => "00 01 ff",
        0x26 => "00 01 6b 00 01 76",
        _ => return None,
    })
}

pub(crate) fn property(id: u8) -> Vec<u8> {
    [vec![id], hex(value(id).unwrap_or("00 01 61"))].concat()
}

#[test]
fn every_property_in_every_packet() {
    vectors_of(Version::V5, "every property in every packet");
    vectors_of(Version::V5, "every property twice");
    assert_eq!((0..=u8::MAX).filter_map(value).count(), 27);
    for place in PLACES {
        for id in 0..=u8::MAX {
            let name = format!("{} with {id:#04x}", place.name);
            let once = [property(id), place.beside(id)].concat();
            let decoded = place.decode(&once);
            let is_allowed = place.properties.contains(&id);
            let published = is_published_as_a_packet(Version::V5, &place.wire(&once));
            assert_eq!(published.unwrap_or(is_allowed), is_allowed, "{name}");
            assert!(published.is_some() || value(id).is_none(), "{name}");
            if !is_allowed {
                let error = decoded.unwrap_err();
                assert_eq!(error.reason(), MALFORMED, "{name}: {error}");
                continue;
            }
            let Ok(packet) = decoded else {
                panic!("{name}: {decoded:?}");
            };
            encodes(Version::V5, packet, place.wire(&once));
            let behind = [place.beside(id), property(id)].concat();
            assert!(place.decode(&behind).is_ok(), "{name}");
            let twice = [property(id), once].concat();
            let published = is_published_as_a_packet(Version::V5, &place.wire(&twice));
            assert_eq!(published, Some(place.repeats(id)), "{name} twice");
            match place.decode(&twice) {
                Ok(packet) => {
                    assert!(place.repeats(id), "{name} twice");
                    encodes(Version::V5, packet, place.wire(&twice));
                }
                Err(error) => {
                    assert!(!place.repeats(id), "{name} twice");
                    assert_eq!(
                        error.kind(),
                        DecodeErrorKind::DuplicateProperty(property_id(id)),
                        "{name}"
                    );
                    assert_eq!(error.reason(), PROTOCOL_ERROR);
                }
            }
        }
    }
}

/// The identifiers by their names.
fn property_id(id: u8) -> PropertyId {
    let all = [
        PropertyId::PAYLOAD_FORMAT_INDICATOR,
        PropertyId::MESSAGE_EXPIRY_INTERVAL,
        PropertyId::CONTENT_TYPE,
        PropertyId::RESPONSE_TOPIC,
        PropertyId::CORRELATION_DATA,
        PropertyId::SUBSCRIPTION_IDENTIFIER,
        PropertyId::SESSION_EXPIRY_INTERVAL,
        PropertyId::ASSIGNED_CLIENT_IDENTIFIER,
        PropertyId::SERVER_KEEP_ALIVE,
        PropertyId::AUTHENTICATION_METHOD,
        PropertyId::AUTHENTICATION_DATA,
        PropertyId::REQUEST_PROBLEM_INFORMATION,
        PropertyId::WILL_DELAY_INTERVAL,
        PropertyId::REQUEST_RESPONSE_INFORMATION,
        PropertyId::RESPONSE_INFORMATION,
        PropertyId::SERVER_REFERENCE,
        PropertyId::REASON_STRING,
        PropertyId::RECEIVE_MAXIMUM,
        PropertyId::TOPIC_ALIAS_MAXIMUM,
        PropertyId::TOPIC_ALIAS,
        PropertyId::MAXIMUM_QOS,
        PropertyId::RETAIN_AVAILABLE,
        PropertyId::USER_PROPERTY,
        PropertyId::MAXIMUM_PACKET_SIZE,
        PropertyId::WILDCARD_SUBSCRIPTION_AVAILABLE,
        PropertyId::SUBSCRIPTION_IDENTIFIER_AVAILABLE,
        PropertyId::SHARED_SUBSCRIPTION_AVAILABLE,
    ];
    all.into_iter()
        .find(|known| known.as_u8() == id)
        .expect("a property")
}

#[test]
fn every_property_cut_short_is_malformed() {
    for place in PLACES {
        for &id in place.properties {
            let whole = property(id);
            for end in 1..whole.len() {
                let block = [place.beside(id), whole[..end].to_vec()].concat();
                let error = place.decode(&block).unwrap_err();
                assert_eq!(
                    error.reason(),
                    MALFORMED,
                    "{} {id:#04x}: {error}",
                    place.name
                );
            }
        }
    }
}

#[test]
fn every_value_of_every_small_property() {
    vectors_of(Version::V5, "every value of every small property");
    for place in PLACES {
        for &id in place.properties {
            let (values, forbidden): (Vec<String>, &[&str]) = match id {
                // 0 or 1.
                0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28 | 0x29 | 0x2a => {
                    let values = (0..=u8::MAX).map(|value| format!("{value:02x}"));
                    (values.collect(), &[])
                }
                0x13 | 0x22 => (vec!["00 00".into(), "ff ff".into()], &[]),
                0x21 | 0x23 => (vec!["00 00".into(), "ff ff".into()], &["00 00"]),
                0x02 | 0x11 | 0x18 => (vec!["00 00 00 00".into(), "ff ff ff ff".into()], &[]),
                0x27 => (
                    vec!["00 00 00 00".into(), "ff ff ff ff".into()],
                    &["00 00 00 00"],
                ),
                0x0b => (vec!["00".into(), "ff ff ff 7f".into()], &["00"]),
                _ => continue,
            };
            let is_flag = values.len() == 256;
            for value in values {
                let is_forbidden = if is_flag {
                    !matches!(value.as_str(), "00" | "01")
                } else {
                    forbidden.contains(&value.as_str())
                };
                let block = hex(&format!("{id:02x} {value}"));
                let published = is_published_as_a_packet(Version::V5, &place.wire(&block));
                assert!(
                    published != Some(is_forbidden),
                    "{} {id:#04x} {value}",
                    place.name
                );
                match place.decode(&block) {
                    Ok(packet) => {
                        assert!(!is_forbidden, "{} {id:#04x} {value}", place.name);
                        encodes(Version::V5, packet, place.wire(&block));
                    }
                    Err(error) => {
                        assert!(is_forbidden, "{} {id:#04x} {value}", place.name);
                        // Topic Alias 0 has a code of its own.
                        let reason = match id {
                            0x23 => ReasonCode::TOPIC_ALIAS_INVALID,
                            _ => PROTOCOL_ERROR,
                        };
                        assert_eq!(error.reason(), reason);
                    }
                }
            }
        }
    }
}
