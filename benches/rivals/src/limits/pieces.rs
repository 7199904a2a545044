use std::hint::black_box;
use std::rc::Rc;

use super::packet::{Fault, header, publish};
use crate::case::Case;
use crate::meter::measure;
use crate::workloads::packets::Workload;

/// A torn packet is copied once, and its length found out once.
pub fn decode(workload: &Rc<Workload>, size: usize) -> Case {
    let workload = workload.clone();
    Case::new("limit, borrowed", move || {
        let workload = workload.clone();
        Box::new(move || {
            let mut torn = Torn {
                bytes: Vec::with_capacity(8192),
                len: None,
            };
            let (packets, sample) = measure(|| {
                let pieces = workload.bytes.chunks(size);
                pieces.map(|piece| torn.take(piece)).sum::<usize>()
            });
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}

/// What no decoder that is handed pieces can do without: puts them together.
pub fn append(workload: &Rc<Workload>, size: usize) -> Case {
    let workload = workload.clone();
    Case::new("limit, copy alone", move || {
        let workload = workload.clone();
        let whole = workload.bytes.len() / workload.packets;
        Box::new(move || {
            let mut gathered = Vec::with_capacity(whole + size);
            measure(|| {
                for piece in workload.bytes.chunks(size) {
                    gathered.extend_from_slice(piece);
                    if gathered.len() >= whole {
                        black_box(&gathered[..]);
                        gathered.clear();
                    }
                }
            })
            .1
        })
    })
}

struct Torn {
    bytes: Vec<u8>,
    /// Of the whole packet, once it is known.
    len: Option<usize>,
}

impl Torn {
    #[inline(always)]
    fn take(&mut self, mut piece: &[u8]) -> usize {
        let mut packets = 0;
        while !self.bytes.is_empty() && !piece.is_empty() {
            let needed = self.len.map_or(1, |len| len - self.bytes.len());
            let (taken, rest) = piece.split_at(needed.min(piece.len()));
            self.bytes.extend_from_slice(taken);
            piece = rest;
            match self.len {
                None => self.know_len(),
                Some(len) if len == self.bytes.len() => {
                    packets += usize::from(is_publish(&self.bytes));
                    self.bytes.clear();
                }
                Some(_) => {}
            }
        }
        loop {
            match publish(piece, false) {
                Ok((publish, used)) => {
                    black_box(&publish);
                    packets += 1;
                    piece = &piece[used..];
                }
                Err(Fault::Malformed) => panic!("the workload is sound"),
                Err(Fault::Incomplete) => break,
            }
        }
        if !piece.is_empty() {
            self.bytes.extend_from_slice(piece);
            self.know_len();
        }
        packets
    }

    fn know_len(&mut self) {
        self.len = header(&self.bytes).ok().map(|(header, len)| header + len);
        if let Some(len) = self.len {
            self.bytes.reserve(len - self.bytes.len());
        }
    }
}

fn is_publish(bytes: &[u8]) -> bool {
    publish(bytes, false).is_ok_and(|publish| (_ = black_box(&publish), true).1)
}
