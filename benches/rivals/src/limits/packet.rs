//! A decoder for 3.1.1 and 5, of what the workloads have, that borrows.

use super::scan::is_plain;

pub enum Fault {
    Incomplete,
    Malformed,
}
use Fault::{Incomplete, Malformed};

/// Property blocks are checked and stay bytes.
#[allow(dead_code, reason = "who is measured reads no more than it needs")]
pub enum Packet<'a> {
    Publish(Publish<'a>),
    Connect(Connect<'a>),
    Subscribe(u16, &'a [u8]),
    Ack(u8, u16),
    Empty(u8),
}

#[allow(dead_code, reason = "as above")]
#[derive(Clone, Copy)]
pub struct Publish<'a> {
    pub flags: u8,
    pub id: u16,
    pub topic: &'a [u8],
    pub properties: &'a [u8],
    pub payload: &'a [u8],
}

#[allow(dead_code, reason = "as above")]
pub struct Connect<'a> {
    flags: u8,
    keep_alive: u16,
    properties: &'a [u8],
    client_id: &'a [u8],
    /// Will, user name, password.
    rest: &'a [u8],
}

/// Lengths of the fixed header and of what follows.
#[inline(always)]
pub fn header(input: &[u8]) -> Result<(usize, usize), Fault> {
    match input {
        [_, len @ 0..=127, ..] => Ok((2, usize::from(*len))),
        _ => long_header(input),
    }
}

#[inline(never)]
fn long_header(input: &[u8]) -> Result<(usize, usize), Fault> {
    let mut len = 0;
    for n in 0..4 {
        let byte = *input.get(n + 1).ok_or(Incomplete)?;
        len |= usize::from(byte & 127) << (7 * n);
        if byte < 128 {
            return Ok((n + 2, len));
        }
    }
    Err(Malformed)
}

#[inline(always)]
fn body(input: &[u8]) -> Result<(&[u8], usize), Fault> {
    let (header, len) = header(input)?;
    let body = input.get(header..header + len).ok_or(Incomplete)?;
    Ok((body, header + len))
}

/// A PUBLISH, and how long it is.
#[inline(always)]
pub fn publish(input: &[u8], is_5: bool) -> Result<(Publish<'_>, usize), Fault> {
    let (body, used) = body(input)?;
    let flags = input[0] & 15;
    // QoS 3, and DUP at QoS 0.
    if flags & 6 == 6 || flags & 14 == 8 {
        return Err(Malformed);
    }
    let mut body = Reader(body);
    let topic = body.binary()?;
    let id = if flags & 6 == 0 { 0 } else { body.nonzero()? };
    if topic.is_empty() || !is_topic(topic) {
        return Err(Malformed);
    }
    let properties = if is_5 { body.properties(PUBLISH)? } else { &[] };
    let payload = body.0;
    Ok((
        Publish {
            flags,
            id,
            topic,
            properties,
            payload,
        },
        used,
    ))
}

/// Any packet, and how long it is.
#[inline(always)]
pub fn packet(input: &[u8], is_5: bool) -> Result<(Packet<'_>, usize), Fault> {
    if input.first().ok_or(Incomplete)? >> 4 == 3 {
        let (publish, used) = publish(input, is_5)?;
        return Ok((Packet::Publish(publish), used));
    }
    other(input, is_5)
}

#[inline(never)]
fn other(input: &[u8], is_5: bool) -> Result<(Packet<'_>, usize), Fault> {
    let (body, used) = body(input)?;
    let mut body = Reader(body);
    let packet = match input[0] {
        kind @ (0x40 | 0x50 | 0x62 | 0x70) => Packet::Ack(kind, body.nonzero()?),
        kind @ (0xc0 | 0xd0 | 0xe0) => Packet::Empty(kind),
        0x82 => {
            let id = body.nonzero()?;
            let filters = body.0;
            if filters.is_empty() {
                return Err(Malformed);
            }
            while !body.0.is_empty() {
                if !is_filter(body.binary()?) || body.byte()? > 2 {
                    return Err(Malformed);
                }
            }
            Packet::Subscribe(id, filters)
        }
        0x10 => Packet::Connect(connect(&mut body, is_5)?),
        _ => return Err(Malformed),
    };
    if body.0.is_empty() {
        Ok((packet, used))
    } else {
        Err(Malformed)
    }
}

fn connect<'a>(body: &mut Reader<'a>, is_5: bool) -> Result<Connect<'a>, Fault> {
    let level = if is_5 { 5 } else { 4 };
    if body.take(7)? != [0, 4, b'M', b'Q', b'T', b'T', level] {
        return Err(Malformed);
    }
    let flags = body.byte()?;
    let has_will = flags & 4 != 0;
    if flags & 1 != 0 || flags & 24 == 24 || (!has_will && flags & 56 != 0) {
        return Err(Malformed);
    }
    let keep_alive = body.u16()?;
    let properties = if is_5 { body.properties(CONNECT)? } else { &[] };
    let client_id = body.text()?;
    let rest = body.0;
    if has_will {
        if is_5 {
            body.properties(WILL)?;
        }
        let topic = body.binary()?;
        if topic.is_empty() || !is_topic(topic) {
            return Err(Malformed);
        }
        body.binary()?;
    }
    if flags & 128 != 0 {
        body.text()?;
    }
    if flags & 64 != 0 {
        body.binary()?;
    }
    Ok(Connect {
        flags,
        keep_alive,
        properties,
        client_id,
        rest,
    })
}

#[inline(always)]
fn is_topic(text: &[u8]) -> bool {
    is_plain(text) || is_unusual_topic(text)
}

#[cold]
fn is_unusual_topic(text: &[u8]) -> bool {
    let is_special = |byte: &u8| matches!(byte, 0 | b'+' | b'#');
    std::str::from_utf8(text).is_ok() && !text.iter().any(is_special)
}

/// `#` is a level, and the last one; `+` is a level.
fn is_filter(text: &[u8]) -> bool {
    let is_text = std::str::from_utf8(text).is_ok() && !text.is_empty() && !text.contains(&0);
    let is_wildcard = |byte: &u8| matches!(byte, b'+' | b'#');
    let mut levels = text.split(|byte| *byte == b'/').rev();
    let allowed = |level: &[u8], last: bool| match level {
        b"+" => true,
        b"#" => last,
        other => !other.iter().any(is_wildcard),
    };
    is_text
        && levels.next().is_some_and(|last| allowed(last, true))
        && levels.all(|level| allowed(level, false))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    #[inline(always)]
    fn take(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*taken)
    }

    #[inline(always)]
    fn byte(&mut self) -> Result<u8, Fault> {
        self.array::<1>().map(|[byte]| byte)
    }

    #[inline(always)]
    fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    #[inline(always)]
    fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    #[inline(always)]
    fn nonzero(&mut self) -> Result<u16, Fault> {
        self.u16()
            .and_then(|id| if id == 0 { Err(Malformed) } else { Ok(id) })
    }

    #[inline(always)]
    fn binary(&mut self) -> Result<&'a [u8], Fault> {
        let len = self.u16()?;
        self.take(usize::from(len))
    }

    #[inline(always)]
    fn text(&mut self) -> Result<&'a [u8], Fault> {
        let text = self.binary()?;
        let is_text = || std::str::from_utf8(text).is_ok() && !text.contains(&0);
        if is_plain(text) || is_text() {
            Ok(text)
        } else {
            Err(Malformed)
        }
    }

    #[inline(always)]
    fn variable(&mut self) -> Result<usize, Fault> {
        let mut value = 0;
        for n in 0..4 {
            let byte = self.byte()?;
            value |= usize::from(byte & 127) << (7 * n);
            if byte < 128 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// A block of those that `allowed` has a bit for, each at most once.
    #[inline(always)]
    fn properties(&mut self, allowed: u64) -> Result<&'a [u8], Fault> {
        const USER: u8 = 0x26;
        let len = self.variable()?;
        let block = self.take(len)?;
        let mut left = allowed;
        let mut block_left = Reader(block);
        while !block_left.0.is_empty() {
            let id = block_left.byte()?;
            if id > 63 || left >> id & 1 == 0 {
                return Err(Malformed);
            }
            if id != USER {
                left &= !(1 << id);
            }
            block_left.property(id)?;
        }
        Ok(block)
    }

    #[inline(always)]
    fn property(&mut self, id: u8) -> Result<(), Fault> {
        let allowed = match id {
            0x26 => {
                self.text()?;
                self.text()?;
                true
            }
            0x03 | 0x15 => {
                self.text()?;
                true
            }
            0x08 => is_topic(self.binary()?),
            0x09 | 0x16 => {
                self.binary()?;
                true
            }
            0x02 | 0x11 | 0x18 => {
                self.u32()?;
                true
            }
            0x27 => self.u32()? != 0,
            0x21 | 0x23 => self.u16()? != 0,
            0x22 => {
                self.u16()?;
                true
            }
            0x0b => self.variable()? != 0,
            _ => self.byte()? <= 1,
        };
        if allowed { Ok(()) } else { Err(Malformed) }
    }
}

const PUBLISH: u64 = bits(&[0x01, 0x02, 0x03, 0x08, 0x09, 0x0b, 0x23, 0x26]);
const CONNECT: u64 = bits(&[0x11, 0x15, 0x16, 0x17, 0x19, 0x21, 0x22, 0x26, 0x27]);
const WILL: u64 = bits(&[0x01, 0x02, 0x03, 0x08, 0x09, 0x18, 0x26]);

const fn bits(ids: &[u8]) -> u64 {
    let (mut bits, mut n) = (0, 0);
    while n < ids.len() {
        bits |= 1 << ids[n];
        n += 1;
    }
    bits
}
