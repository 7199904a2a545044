//! Arguments one after the other, and what is said when they are wrong.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use lexopt::{Arg, Parser};
use puremqtt::QoS;

/// Why the program does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    Help,
    Wrong(String),
}

/// A command line that is read from left to right.
#[derive(Debug)]
pub struct Arguments {
    parser: Parser,
    /// The option that was read last, as it was written: `-t` or `--will-topic`.
    option: String,
}

impl Arguments {
    /// Without the name of the program.
    pub fn new<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self {
            parser: Parser::from_args(arguments),
            option: String::new(),
        }
    }

    /// Goes to the next option.
    pub fn advance(&mut self) -> Result<Option<&str>, Stop> {
        self.option = match self.parser.next() {
            Ok(Some(Arg::Short(letter))) => format!("-{letter}"),
            Ok(Some(Arg::Long(name))) => format!("--{name}"),
            Ok(Some(Arg::Value(value))) => return Err(unknown(&value.to_string_lossy())),
            Ok(None) => return Ok(None),
            Err(error) => return Err(Stop::wrong(error)),
        };
        Ok(Some(&self.option))
    }

    /// What follows the option, whatever it looks like.
    pub fn value(&mut self, what: &str) -> Result<OsString, Stop> {
        let option = &self.option;
        self.parser
            .value()
            .map_err(|_| Stop::wrong(format!("{option} argument given but no {what} specified.")))
    }

    pub fn text(&mut self, what: &str) -> Result<String, Stop> {
        let option = self.option.clone();
        let value = self.value(what)?;
        value
            .into_string()
            .map_err(|_| Stop::wrong(format!("{option}: the {what} is not UTF-8.")))
    }

    pub fn path(&mut self, what: &str) -> Result<PathBuf, Stop> {
        self.value(what).map(PathBuf::from)
    }

    /// A number of which `fits` is true.
    pub fn number<N: FromStr>(&mut self, what: &str, fits: fn(&N) -> bool) -> Result<N, Stop> {
        let text = self.text(what)?;
        let number = text.parse().ok().filter(fits);
        number.ok_or_else(|| Stop::wrong(format!("Invalid {what} given: {text}")))
    }

    pub fn qos(&mut self, what: &str) -> Result<QoS, Stop> {
        let text = self.text(what)?;
        let qos = text.parse().ok().and_then(QoS::from_u8);
        qos.ok_or_else(|| Stop::wrong(format!("Invalid {what} given: {text}")))
    }

    /// The option that was read last is none.
    pub fn unknown(&self) -> Stop {
        unknown(&self.option)
    }
}

fn unknown(option: &str) -> Stop {
    Stop::wrong(format!("Unknown option '{option}'."))
}

impl Stop {
    pub fn wrong(message: impl Display) -> Self {
        Self::Wrong(message.to_string())
    }

    /// Prints help to standard output, or what is wrong to standard error. The status is 0 or, as
    /// mosquitto's, 1.
    pub fn report(&self, program: &str, help: &str) -> ExitCode {
        match self {
            Self::Help => {
                print!("{help}");
                ExitCode::SUCCESS
            }
            Self::Wrong(message) => {
                eprintln!("Error: {message}\n\nUse '{program} --help' to see usage.");
                ExitCode::FAILURE
            }
        }
    }
}
