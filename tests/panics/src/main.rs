//! Takes the address of every public function of puremqtt, so that each is compiled without a
//! caller that would be known: whatever arguments it has, and in whatever order it is called.
//!
//! `check` writes the list of them, from the crate's documentation.
#![allow(
    unused_imports,
    reason = "not every set of features implements all of these"
)]

use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::hint::black_box;
use std::num::NonZero;

#[cfg(feature = "arbitrary")]
use arbitrary::Arbitrary;

use bytes::{Buf, Bytes, BytesMut};
#[cfg(feature = "tokio-codec")]
use tokio_util::codec::{Decoder, Encoder};

/// What a generic `H: Hasher` is.
#[derive(Default)]
pub struct Sum(u64);

impl std::hash::Hasher for Sum {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(5) ^ u64::from(byte);
        }
    }
}

fn keep(function: *const ()) {
    black_box(function);
}

fn run<T>(items: impl Iterator<Item = T>) {
    items.for_each(drop);
}

include!(env!("PUREMQTT_FUNCTIONS"));

fn main() {
    keep_all();
}
