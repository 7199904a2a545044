use std::hint::black_box;
use std::rc::Rc;

use bytes::Bytes;

use super::packet::{Fault, Publish, header, packet, publish};
use crate::case::Case;
use crate::meter::measure;
use crate::ours::codec::{FLUSH, room};
use crate::workloads::packets::Workload;

/// Workloads of nothing but PUBLISHes of 3.1.1 have a loop of their own.
fn is_publish_alone(workload: &Workload) -> bool {
    matches!(workload.number, "W1" | "W2" | "W3")
}

pub fn decode(workload: &Rc<Workload>) -> Case {
    let workload = workload.clone();
    Case::new("limit, borrowed", move || {
        let workload = workload.clone();
        let publishes = is_publish_alone(&workload);
        Box::new(move || {
            let (packets, sample) = measure(|| {
                if publishes {
                    all(&workload.bytes, |input| {
                        publish(input, false)
                            .map(|(publish, used)| (_ = black_box(&publish), used).1)
                    })
                } else {
                    all(&workload.bytes, |input| {
                        packet(input, workload.is_5)
                            .map(|(packet, used)| (_ = black_box(&packet), used).1)
                    })
                }
            });
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}

#[inline(always)]
fn all(mut rest: &[u8], decode: impl Fn(&[u8]) -> Result<usize, Fault>) -> usize {
    let mut packets = 0;
    while let Ok(used) = decode(rest) {
        packets += 1;
        rest = &rest[used..];
    }
    packets
}

/// A PUBLISH that holds its body: one reference is counted.
struct Own {
    _topic_len: u16,
    _id: u16,
    _flags: u8,
    _body: Bytes,
}

pub fn own(workload: &Rc<Workload>) -> Case {
    let workload = workload.clone();
    Case::new("limit, one reference", move || {
        let workload = workload.clone();
        Box::new(move || {
            let buffer = Bytes::from(workload.bytes.clone());
            let _shared = buffer.clone();
            let (packets, sample) = measure(|| {
                let (mut at, mut packets) = (0, 0);
                while let Ok((publish, used)) = publish(&buffer[at..], false) {
                    let body = used - publish.payload.len() - publish.topic.len();
                    drop(black_box(Own {
                        _topic_len: publish.topic.len() as u16,
                        _id: publish.id,
                        _flags: publish.flags,
                        _body: buffer.slice(at + body..at + used),
                    }));
                    at += used;
                    packets += 1;
                }
                packets
            });
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}

/// Room is made once, then bytes are stored one behind the other.
pub fn encode(workload: &Rc<Workload>) -> Option<Case> {
    if !is_publish_alone(workload) {
        return None;
    }
    let workload = workload.clone();
    Some(Case::new("limit", move || {
        let bytes: &'static [u8] = workload.bytes.clone().leak();
        let mut rest = bytes;
        let mut publishes = Vec::new();
        while let Ok((publish, used)) = publish(rest, false) {
            publishes.push(publish);
            rest = &rest[used..];
        }
        let mut output = Vec::with_capacity(room(&workload));
        write_all(&publishes, &mut output, usize::MAX);
        assert!(output == workload.bytes);
        output = Vec::with_capacity(room(&workload));
        Box::new(move || {
            output.clear();
            measure(|| write_all(&publishes, &mut output, FLUSH)).1
        })
    }))
}

#[inline(always)]
fn write_all(publishes: &[Publish], output: &mut Vec<u8>, flush: usize) {
    for publish in publishes {
        write(publish, output);
        if output.len() > flush {
            black_box(&output[..]);
            output.clear();
        }
    }
    black_box(&output[..]);
}

#[inline(always)]
pub fn write(publish: &Publish, output: &mut Vec<u8>) {
    let &Publish {
        flags,
        id,
        topic,
        payload,
        ..
    } = publish;
    let has_id = flags & 6 != 0;
    let mut len = 2 + topic.len() + 2 * usize::from(has_id) + payload.len();
    output.reserve(len + 5);
    let start = output.len();
    // There is room for a fixed header of five bytes and all that follows.
    unsafe {
        let mut at = output.as_mut_ptr().add(start);
        let mut put = |bytes: &[u8]| {
            at.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            at = at.add(bytes.len());
        };
        put(&[0x30 | flags]);
        while len > 127 {
            put(&[len as u8 | 128]);
            len >>= 7;
        }
        put(&[len as u8]);
        put(&(topic.len() as u16).to_be_bytes());
        put(topic);
        if has_id {
            put(&id.to_be_bytes());
        }
        put(payload);
        let end = at.offset_from_unsigned(output.as_ptr());
        output.set_len(end);
    }
}

/// What any encoder does at least: copies each packet.
pub fn copy(workload: &Rc<Workload>) -> Case {
    let workload = workload.clone();
    Case::new("limit, copy alone", move || {
        let workload = workload.clone();
        let (mut at, mut ranges) = (0, Vec::new());
        while let Ok((header, len)) = header(&workload.bytes[at..]) {
            ranges.push(at..at + header + len);
            at += header + len;
        }
        let mut output = Vec::with_capacity(room(&workload));
        Box::new(move || {
            output.clear();
            measure(|| {
                for range in &ranges {
                    output.extend_from_slice(&workload.bytes[range.clone()]);
                    if output.len() > FLUSH {
                        black_box(&output[..]);
                        output.clear();
                    }
                }
                black_box(&output[..]);
            })
            .1
        })
    })
}
