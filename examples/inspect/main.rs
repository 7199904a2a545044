//! Decodes the bytes that one side of an MQTT connection sent, and prints a line a packet.
//!
//! ```sh
//! cargo run --example inspect                          # a bundled capture
//! cargo run --example inspect -- FILE                  # a file that starts with a CONNECT
//! cargo run --example inspect -- --version 3.1.1 FILE  # one without a CONNECT: a server's
//! cargo run --example inspect -- --json FILE           # a JSON object a packet
//! printf '\020\015\0\4MQTT\4\2\0\074\0\1a\300\0' | cargo run -q --example inspect -- -
//! ```
//!
//! The last one prints
//!
//! ```text
//! CONNECT (3.1.1, 'a', c1, k60)
//! PINGREQ
//! ```
//!
//! Packets are printed as they arrive. Bytes that are no MQTT, or end within a packet, are a message
//! on standard error with the offset in the stream, and exit status 1; what cannot be opened, and
//! any other wrong use, is 2.
//!
//! The JSON has the standard's names in snake case, and bytes as hex: a password, too, which the
//! plain lines leave out. A field that is not there has no key.
//!
//! # Answering lines
//!
//! Two modes answer each line of JSON with one line of JSON, in order and at once, so that a test
//! suite in any language can ask. The exit status says nothing about the verdicts.
//!
//! `--lines` decodes one packet and encodes it again. `role` may say who sent it, `"client"` or
//! `"server"`, to have it judged as that role's. A line knows nothing of the others: a topic alias
//! above 0 is let in as it is, whatever it stands for.
//!
//! ```text
//! {"version":"5","hex":"C0 00"}
//! {"ok":true,"len":2,"packet":{"type":"PINGREQ"},"encoded":"c000"}
//! {"version":"5","hex":"c0"}
//! {"ok":false,"incomplete":true,"need":1}
//! {"version":"5","hex":"c001ff"}
//! {"ok":false,"error":"PINGREQ: bytes follow the last field (at byte 2)","statement":null,"reason":129,"offset":2}
//! {"version":"5","hex":"c000","role":"server"}
//! {"ok":false,"error":"PINGREQ: servers do not send this packet (at byte 0)","statement":null,"reason":130,"offset":0}
//! ```
//!
//! `--topics` matches a filter with a topic, or checks one of them. `version` may say by which
//! rules; `$share/` is special in 5, which is the default, alone.
//!
//! ```text
//! {"filter":"$share/g/a/#","topic":"a/b"}
//! {"match":true}
//! {"version":"3.1.1","filter":"$share/g/a/#","topic":"a/b"}
//! {"match":false}
//! {"topic":"a/+"}
//! {"valid":false,"error":"a topic name has no wildcards (at byte 2)"}
//! ```

mod json;
mod lines;
mod object;
mod properties;
mod stream;
mod text;
mod topics;
mod verdict;

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use puremqtt::{Decoder, Version};
use stream::Failure;

/// Decodes the bytes that one side of an MQTT connection sent, and prints a line a packet.
#[derive(Parser)]
#[command(name = "inspect")]
struct Arguments {
    /// What to read, `-` being standard input; without it a bundled capture, or standard input for
    /// --lines and --topics
    file: Option<PathBuf>,

    /// The version of the protocol, where no CONNECT tells it
    #[arg(long, value_name = "3.1|3.1.1|5", value_parser = text::version)]
    version: Option<Version>,

    /// Print a JSON object a packet, passwords included
    #[arg(long)]
    json: bool,

    /// Answer lines such as {"version":"5","hex":"c000"}
    #[arg(long, conflicts_with_all = ["version", "json"])]
    lines: bool,

    /// Answer lines such as {"filter":"a/#","topic":"a/b"}
    #[arg(long, conflicts_with_all = ["version", "json", "lines"])]
    topics: bool,
}

/// What an MQTT 5 client sent from its CONNECT to its DISCONNECT.
const CAPTURE: &[u8] = include_bytes!("../../tests/captures/5/mqttjs-properties.client.bin");

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let input = match open(&arguments) {
        Ok(input) => input,
        Err(message) => return fail(2, &message),
    };
    match run(&arguments, input) {
        Ok(()) => ExitCode::SUCCESS,
        // As `| head` does, which has seen enough.
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => fail(1, &failure.to_string()),
    }
}

fn open(arguments: &Arguments) -> Result<Box<dyn Read>, String> {
    let answering = arguments.lines || arguments.topics;
    match arguments.file.as_deref() {
        None if !answering => Ok(Box::new(CAPTURE)),
        Some(path) if path != Path::new("-") => match File::open(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(format!("{}: {error}", path.display())),
        },
        _ => Ok(Box::new(io::stdin().lock())),
    }
}

fn run(arguments: &Arguments, input: Box<dyn Read>) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    if arguments.lines {
        return lines::answer(BufReader::new(input), output, verdict::of);
    }
    if arguments.topics {
        return lines::answer(BufReader::new(input), output, topics::answer);
    }
    let mut decoder = Decoder::observer();
    if let Some(version) = arguments.version {
        decoder.set_version(version);
    }
    stream::decode(input, decoder, |packet, version| {
        if arguments.json {
            writeln!(output, "{}", json::packet(packet, version))
        } else {
            writeln!(output, "{packet}")
        }
    })
}

fn fail(status: u8, message: &str) -> ExitCode {
    eprintln!("inspect: {message}");
    ExitCode::from(status)
}
