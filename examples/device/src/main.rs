//! A client on a Cortex-M3 without a heap, and a server that keeps to a script.
//!
//! `cargo run --release` runs it in QEMU, where it ends with a failure when a byte, a message or
//! their order is not what [`talk`] says.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod client;
mod network;
mod script;
mod talk;

use core::mem::size_of;

use board::hprintln;
use client::{Client, Event, Fault, Session};
use cortex_m_rt::entry;
use network::Input;
use puremqtt::{ReasonCode, Version};
use script::{Script, Step};

const INPUT: usize = 128;
const OUTPUT: usize = 128;

#[entry]
fn main() -> ! {
    for (version, steps) in [(Version::V3_1_1, talk::V3_1_1), (Version::V5, talk::V5)] {
        let mut script = Script::new(steps);
        let mut session = Session::new();
        while script.left() > 0 {
            match connection(version, &mut session, &mut script) {
                Ok(()) | Err(Fault::Lost) => {}
                Err(fault) => script.fault(fault.reason()),
            }
        }
        hprintln!(
            "MQTT level {}: all of {} steps",
            version.level(),
            steps.len()
        );
    }
    hprintln!("stack, at the most         {:6} bytes", board::stack_used());
    hprintln!("  of it: buffers           {:6}", INPUT + OUTPUT);
    hprintln!("         Session           {:6}", size_of::<Session>());
    hprintln!("         Client            {:6}", size_of::<Client<'_>>());
    hprintln!("         Input             {:6}", size_of::<Input<'_>>());
    board::succeed()
}

/// One network connection.
fn connection(version: Version, session: &mut Session, network: &mut Script) -> Result<(), Fault> {
    let (mut received, mut unsent) = ([0; INPUT], [0; OUTPUT]);
    let mut input = Input::new(version, &mut received);
    let mut client = Client::connect(version, session, INPUT, &mut unsent, network.now)?;
    let ended = talk(&mut client, &mut input, network);
    if let Err(fault) = &ended {
        if let Some(reason) = fault.reason() {
            client.disconnect(reason)?;
            client.transmit(network, network.now)?;
        }
    }
    ended
}

/// Until the application has enough of it, or something is wrong.
fn talk(client: &mut Client<'_>, input: &mut Input<'_>, network: &mut Script) -> Result<(), Fault> {
    loop {
        client.transmit(network, network.now)?;
        input.read(network)?;
        while client.is_ready() {
            let Some(packet) = input.packet()? else { break };
            match client.receive(packet, network.now)? {
                Some(Event::Message(publish)) => network.message(&publish),
                Some(Event::Published(reading, reason)) => network.published(reading, reason),
                None => {}
            }
        }
        while let Some(action) = network.action() {
            match action {
                Step::Publish(qos, reading) => assert!(client.publish(*reading, *qos)),
                Step::Disconnect => {
                    client.disconnect(ReasonCode::NORMAL_DISCONNECTION)?;
                    return client.transmit(network, network.now);
                }
                _ => {}
            }
        }
    }
}
