//! A line of JSON in, a line of JSON out.

use std::io::{BufRead, Write};

use puremqtt::Version;
use serde_json::{Map, Value};

use crate::stream::Failure;
use crate::text;

/// Answers each line before the next is read.
pub fn answer(
    mut input: impl BufRead,
    mut output: impl Write,
    answer: fn(&[u8]) -> Value,
) -> Result<(), Failure> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line).map_err(Failure::Read)? > 0 {
        writeln!(output, "{}", answer(line.trim_ascii_end()))
            .and_then(|()| output.flush())
            .map_err(Failure::Write)?;
        line.clear();
    }
    Ok(())
}

/// A line that was read; keys that nobody asks for do not matter.
pub struct Request(Map<String, Value>);

impl Request {
    pub fn read(line: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(line)
            .map(Self)
            .map_err(|error| format!("not a JSON object: {error}"))
    }

    /// A string; `None` when there is no such key.
    pub fn text(&self, key: &str) -> Result<Option<&str>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(format!("{key:?} is not a string but {other}")),
        }
    }

    pub fn version(&self) -> Result<Option<Version>, String> {
        self.text("version")?.map(text::version).transpose()
    }
}
