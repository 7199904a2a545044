//! Streams of packets, put together byte by byte from the tables of the standards.

use super::dice::Dice;

pub const TOPIC: &str = "area/10/sensor/5000/temperature";

pub struct Workload {
    pub number: &'static str,
    pub name: &'static str,
    pub is_5: bool,
    pub packets: usize,
    pub bytes: Vec<u8>,
}

/// A stream of one packet again and again, each with an identifier of its own.
fn repeated(
    (number, name): (&'static str, &'static str),
    is_5: bool,
    packets: usize,
    mut write: impl FnMut(&mut Vec<u8>, u16),
) -> Workload {
    let mut bytes = Vec::new();
    for n in 0..packets {
        write(&mut bytes, (n % 65_535 + 1) as u16);
    }
    Workload {
        number,
        name,
        is_5,
        packets,
        bytes,
    }
}

/// PUBLISH of 3.1.1, QoS 0, with a payload of 16 bytes: 51 bytes in all.
pub fn small_publish(packets: usize) -> Workload {
    let publish = Body::default().text(TOPIC).raw(&[b'x'; 16]);
    repeated(("W1", "small PUBLISH"), false, packets, |out, _| {
        publish.write(0x30, out);
    })
}

/// PUBLISH of 3.1.1, QoS 1, with a payload of 256 bytes: 294 bytes in all.
pub fn acknowledged_publish(packets: usize) -> Workload {
    repeated(("W2", "PUBLISH of QoS 1"), false, packets, |out, id| {
        let body = Body::default().text(TOPIC).u16(id).raw(&[b'x'; 256]);
        body.write(0x32, out);
    })
}

/// PUBLISH of 3.1.1, QoS 0, with a payload of `size` bytes.
pub fn large_publish(name: &'static str, size: usize, packets: usize) -> Workload {
    let publish = Body::default().text(TOPIC).raw(&vec![b'x'; size]);
    repeated(("W3", name), false, packets, |out, _| {
        publish.write(0x30, out);
    })
}

/// What one client of 3.1.1 says and hears in a short session: CONNECT,
/// SUBSCRIBE, a hundred PUBLISHes (half of them QoS 0, three tenths QoS 1) with
/// what acknowledges them, PINGREQ, DISCONNECT.
pub fn mixed_traffic(sessions: usize) -> Workload {
    let mut dice = Dice(0x1234_5678_9abc);
    let mut stream = Stream::default();
    for _ in 0..sessions {
        let connect = Body::default()
            .text("MQTT")
            .raw(&[4, CONNECT_FLAGS])
            .u16(60)
            .text("client-0123456789");
        stream.push(
            0x10,
            &credentials(connect.text("area/10/status").text("offline")),
        );

        let subscribe = [
            ("area/+/sensor/+/temperature", 1),
            ("area/10/#", 0),
            ("cmd/client-0123456789/+", 2),
            ("broadcast/all", 1),
        ]
        .into_iter()
        .fold(Body::default().u16(1), |body, (filter, qos)| {
            body.text(filter).raw(&[qos])
        });
        stream.push(0x82, &subscribe);

        for n in 0..100 {
            exchange(&mut stream, &mut dice, n);
        }
        stream.push(0xc0, &Body::default());
        stream.push(0xe0, &Body::default());
    }
    Workload {
        number: "W4",
        name: "mixed traffic",
        is_5: false,
        packets: stream.packets,
        bytes: stream.bytes,
    }
}

/// One PUBLISH of [`mixed_traffic`] and its acknowledgements.
fn exchange(stream: &mut Stream, dice: &mut Dice, n: u16) {
    let (area, sensor) = (dice.below(100), dice.below(10_000));
    let what = ["temperature", "humidity", "p", "battery/level"][dice.below(4)];
    let size = [12, 40, 90, 200, 500][dice.below(5)];
    let topic = Body::default().text(&format!("area/{area}/sensor/{sensor}/{what}"));
    let payload = vec![b'p'; size];
    let (first, topic, acks): (u8, Body, &[u8]) = match n % 10 {
        0..=4 => (0x30, topic, &[]),
        5..=7 => (0x32, topic.u16(n + 10), &[0x40]),
        _ => (0x34, topic.u16(n + 10), &[0x50, 0x62, 0x70]),
    };
    stream.push(first, &topic.raw(&payload));
    for &ack in acks {
        stream.push(ack, &Body::default().u16(n + 10));
    }
}

/// PUBLISH of 5, QoS 1, with six properties and a payload of 64 bytes.
pub fn publish_with_properties(packets: usize) -> Workload {
    let properties = Body::default()
        .raw(&[0x02])
        .u32(3600)
        .raw(&[0x03])
        .text("application/json")
        .raw(&[0x08])
        .text("reply/client-0123456789")
        .raw(&[0x09])
        .binary(&[7; 16])
        .user("trace-id", "4bf92f3577b34da6a3ce929d0e0e4736")
        .user("tenant", "acme");
    repeated(
        ("W5", "PUBLISH with 6 properties"),
        true,
        packets,
        |out, id| {
            let body = Body::default().text(TOPIC).u16(id).block(&properties);
            body.raw(&[b'x'; 64]).write(0x32, out);
        },
    )
}

/// PUBLISH of 5, QoS 1, with `count` User Properties and a payload of 64 bytes.
pub fn publish_with_user_properties(count: usize, packets: usize) -> Workload {
    let properties = (0..count).fold(Body::default(), |block, n| {
        block.user(&format!("name-{n:04}"), &format!("value-{n:04}"))
    });
    repeated(("W5", "PUBLISH"), true, packets, |out, id| {
        let body = Body::default().text(TOPIC).u16(id).block(&properties);
        body.raw(&[b'x'; 64]).write(0x32, out);
    })
}

/// CONNECT of 5 with ten properties, and a will with seven.
pub fn connect_with_properties(packets: usize) -> Workload {
    let properties = Body::default()
        .raw(&[0x11])
        .u32(7200)
        .raw(&[0x21])
        .u16(100)
        .raw(&[0x27])
        .u32(1_000_000)
        .raw(&[0x22])
        .u16(16)
        .raw(&[0x19, 1, 0x17, 1])
        .user("sdk", "rust")
        .user("version", "1.2.3")
        .raw(&[0x15])
        .text("SCRAM-SHA-1")
        .raw(&[0x16])
        .binary(b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    let will = Body::default()
        .raw(&[0x18])
        .u32(30)
        .raw(&[0x01, 1, 0x02])
        .u32(600)
        .raw(&[0x03])
        .text("text/plain")
        .raw(&[0x08])
        .text("reply/will")
        .raw(&[0x09])
        .binary(&[9; 8])
        .user("reason", "lost");
    let connect = Body::default()
        .text("MQTT")
        .raw(&[5, CONNECT_FLAGS])
        .u16(60)
        .block(&properties)
        .text("client-0123456789")
        .block(&will)
        .text("area/10/status")
        .text("offline");
    let connect = credentials(connect);
    repeated(
        ("W5", "CONNECT with properties and will"),
        true,
        packets,
        |out, _| connect.write(0x10, out),
    )
}

/// User name, password, a will of QoS 1, Clean Session.
const CONNECT_FLAGS: u8 = 0b1100_1110;

fn credentials(connect: Body) -> Body {
    connect.text("user-name").text("pass-word")
}

#[derive(Default)]
struct Stream {
    bytes: Vec<u8>,
    packets: usize,
}

impl Stream {
    fn push(&mut self, first: u8, body: &Body) {
        body.write(first, &mut self.bytes);
        self.packets += 1;
    }
}

/// What stands behind a fixed header.
#[derive(Default)]
struct Body(Vec<u8>);

impl Body {
    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn u16(self, value: u16) -> Self {
        self.raw(&value.to_be_bytes())
    }

    fn u32(self, value: u32) -> Self {
        self.raw(&value.to_be_bytes())
    }

    fn binary(self, bytes: &[u8]) -> Self {
        self.u16(bytes.len() as u16).raw(bytes)
    }

    fn text(self, text: &str) -> Self {
        self.binary(text.as_bytes())
    }

    fn user(self, name: &str, value: &str) -> Self {
        self.raw(&[0x26]).text(name).text(value)
    }

    fn block(mut self, block: &Self) -> Self {
        variable_byte_integer(block.0.len(), &mut self.0);
        self.raw(&block.0)
    }

    fn write(&self, first: u8, out: &mut Vec<u8>) {
        out.push(first);
        variable_byte_integer(self.0.len(), out);
        out.extend_from_slice(&self.0);
    }
}

fn variable_byte_integer(mut value: usize, out: &mut Vec<u8>) {
    while value > 127 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
