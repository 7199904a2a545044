//! Packets as the tests write and read them.

use puremqtt::{Decoder, Packet, Publish, QoS, Version};

/// `a=x`, `a=x qos1 retain`.
pub(crate) fn describe(publish: &Publish<'_>) -> String {
    let payload = String::from_utf8_lossy(publish.payload);
    let qos = match publish.delivery.qos() {
        QoS::AtMostOnce => "",
        QoS::AtLeastOnce => " qos1",
        QoS::ExactlyOnce => " qos2",
    };
    let retain = if publish.retain { " retain" } else { "" };
    format!("{}={payload}{qos}{retain}", publish.topic)
}

/// `"30 02"` as bytes.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let byte = |byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits");
    hex.split_whitespace().map(byte).collect()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.iter().map(|byte| format!("{byte:02x}"));
    bytes.collect::<Vec<_>>().join(" ")
}

/// The version of a CONNECT; of everything else 3.1.1.
pub(crate) fn version_of(wire: &[u8]) -> Version {
    match Decoder::server().decode(wire) {
        Ok(Some((Packet::Connect(connect), _))) => connect.version,
        _ => Version::V3_1_1,
    }
}

/// The packets of a stream, which ends behind one.
pub(crate) fn frames(mut stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (mut length, mut at) = (0, 1);
        loop {
            let byte = usize::from(*stream.get(at)?);
            length |= (byte & 0x7f) << (7 * (at - 1));
            at += 1;
            if byte < 0x80 {
                break;
            }
        }
        let (frame, rest) = stream.split_at(at + length);
        stream = rest;
        Some(frame)
    })
}
