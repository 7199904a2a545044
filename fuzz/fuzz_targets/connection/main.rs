//! One side of a connection, to which anything happens in any order: packets
//! of any kind, calls that fit the moment or do not, time that jumps.
//!
//! - Nothing panics, and an error leaves the session as it was.
//! - After the end nothing comes in and nothing goes out.
//! - Before its deadline nothing is due.
//! - Each message is at one place: in the session, or given back once.
//! - What the connection says can be encoded.
//! - The session can be saved and restored at any moment.
//! - Memory: what is held is below 4 KiB, 512 bytes for each call and twice the
//!   bytes of the packets; no call takes more beside it while it runs.
#![no_main]

mod calls;
mod input;
mod line;
mod memory;
mod packets;
mod side;

use libfuzzer_sys::fuzz_target;
use puremqtt::ReasonCode;

use crate::input::Input;
use crate::side::Side;

fuzz_target!(|input: &[u8]| {
    let mut input = Input(input);
    let mut side = Side::new(&mut input);
    while !input.0.is_empty() {
        match input.byte() % 16 {
            0..=4 => side.receives_small(&mut input),
            5 => side.receives_bytes(&mut input),
            6 | 7 => side.publishes(&mut input),
            8 | 9 => {
                let how = input.byte();
                side.transmits(how);
            }
            10 => {
                let (at, how) = (input.byte(), input.byte());
                side.redeems(at, (how & 1 != 0).then(|| ReasonCode::from_u8(how)));
            }
            11 => side.requests(&mut input),
            12 => {
                side.now = input.time(side.now);
                side.polls();
            }
            13 => side.comes_again(&mut input),
            14 if input.byte() & 1 == 0 => side.leaves(&mut input),
            14 => side.authenticates(&mut input),
            _ => side.accepts(&mut input),
        }
        side.check();
    }
    side.comes_again(&mut Input(&[]));
    side.check();
});
