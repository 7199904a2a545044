use std::hint::black_box;
use std::rc::Rc;

use puremqtt::{Decoder, Version};

use crate::case::{Case, OURS};
use crate::meter::measure;
use crate::workloads::packets::Workload;

/// Whole packets are decoded where they arrive. What is torn is gathered, and
/// looked at again when as much has come as the decoder said it needs.
pub fn decode(workload: &Rc<Workload>, size: usize) -> Case {
    let workload = workload.clone();
    Case::new(OURS, move || {
        let workload = workload.clone();
        Box::new(move || {
            let mut input = Input {
                decoder: Decoder::new(Version::V3_1_1),
                torn: Vec::with_capacity(8192),
                missing: 0,
            };
            let (packets, sample) = measure(|| {
                let pieces = workload.bytes.chunks(size);
                pieces.map(|piece| input.take(piece)).sum::<usize>()
            });
            assert_eq!(packets, workload.packets);
            sample
        })
    })
}

struct Input {
    decoder: Decoder,
    torn: Vec<u8>,
    /// Bytes that have to come before the decoder can go on with `torn`.
    missing: usize,
}

impl Input {
    /// The packets that `piece` completes.
    fn take(&mut self, mut piece: &[u8]) -> usize {
        let mut packets = 0;
        while self.missing > 0 {
            let Some((missing, rest)) = piece.split_at_checked(self.missing) else {
                self.torn.extend_from_slice(piece);
                self.missing -= piece.len();
                return packets;
            };
            self.torn.extend_from_slice(missing);
            piece = rest;
            self.missing = self.decoder.needed(&self.torn);
            self.torn.reserve(self.missing);
            if let Ok(Some((ref packet, _))) = self.decoder.decode(&self.torn) {
                black_box(packet);
                packets += 1;
                self.torn.clear();
            }
        }
        while let Ok(Some((ref packet, used))) = self.decoder.decode(piece) {
            black_box(packet);
            packets += 1;
            piece = &piece[used..];
        }
        if !piece.is_empty() {
            self.torn.extend_from_slice(piece);
            self.missing = self.decoder.needed(piece);
            self.torn.reserve(self.missing);
        }
        packets
    }
}
