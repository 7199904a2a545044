//! Measures what the broker needs: memory for connections, subscriptions, retained messages and
//! one message for many, and time for a message among idle connections.
//!
//! ```text
//! cargo build --release --example broker
//! cargo run --release --example scale            prints tables
//! cargo run --release --example scale -- docs    writes them there, and a picture each
//! ```
//!
//! The broker is a process of its own, as it is without settings, and its memory is what Linux says
//! it is. The kernel's own, for sockets, comes on top.

mod broker;
mod client;
mod measures;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use measures::Scale;

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Measures what the broker needs memory and time for.
#[derive(Parser)]
struct Options {
    /// Where pictures and scale.md go; without it, tables are printed
    directory: Option<PathBuf>,
    /// Measure so many times less: a trial run
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    divide: u32,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let scale = Scale {
        divide: options.divide as usize,
    };
    allow_descriptors(scale.connections() + 100)?;
    let mut tables = String::from(
        "# Scale\n\nWritten by `scale docs`: see [README.md](README.md) for the command and the pictures.\n",
    );
    for (picture, measure) in measures::ALL {
        eprintln!("{}", picture.title);
        let curves = measure(scale)?;
        match &options.directory {
            Some(directory) => picture.write(&curves, directory, &mut tables)?,
            None => print!("{}", picture.table(&curves)),
        }
    }
    if let Some(directory) = &options.directory {
        std::fs::write(directory.join("scale.md"), tables)?;
    }
    Ok(())
}

/// One for each connection, here and in the broker, which inherits the limit.
fn allow_descriptors(wanted: usize) -> Result<()> {
    let limit = rlimit::increase_nofile_limit(wanted as u64)?;
    if limit < wanted as u64 {
        return Err(format!(
            "{wanted} file descriptors are needed, and the hard limit is {limit}: see `ulimit -Hn`"
        )
        .into());
    }
    Ok(())
}
