//! A line of `tests/vectors/*.jsonl`, read strictly: a key that the format does
//! not have, or a value of another kind, is an error in the file.

use std::path::Path;

use puremqtt::{Role, Version};
use serde_json::{Map, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Accept,
    Reject,
    Incomplete,
}

/// The numbered statements that a vector is about.
#[derive(Clone, Debug)]
pub(crate) enum Statements {
    NotTold,
    /// The rule has no number.
    Unnumbered,
    /// The most exact one first.
    Numbers(Vec<String>),
}

/// What the receiver has said or learnt before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) first_packet: bool,
    pub(crate) maximum_packet_size: Option<u32>,
    pub(crate) topic_alias_maximum: Option<u16>,
    pub(crate) topic_aliases: Vec<(u16, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Vector {
    /// Without its ending.
    pub(crate) file: String,
    pub(crate) name: String,
    pub(crate) version: Version,
    /// `None` where either may.
    pub(crate) sender: Option<Role>,
    pub(crate) given: Given,
    pub(crate) bytes: Vec<u8>,
    pub(crate) verdict: Verdict,
    pub(crate) may_reject: bool,
    pub(crate) reason: Option<String>,
    other_reasons: Vec<String>,
    pub(crate) statements: Statements,
    pub(crate) offset: Option<usize>,
    pub(crate) bad_input: Option<u64>,
    pub(crate) rule: String,
    pub(crate) meaning: Option<Value>,
    /// How the packet is written; `None` where nobody may send it.
    pub(crate) canonical: Option<Vec<u8>>,
    pub(crate) provenance: String,
}

impl Vector {
    pub(crate) fn names(&self, statement: &str) -> bool {
        match &self.statements {
            Statements::Numbers(numbers) => numbers.iter().any(|number| number == statement),
            Statements::NotTold | Statements::Unnumbered => false,
        }
    }

    pub(crate) fn reasons(&self) -> impl Iterator<Item = &String> {
        self.reason.iter().chain(&self.other_reasons)
    }

    pub(crate) fn version_name(&self) -> &'static str {
        match self.version {
            Version::V3_1 => "3.1",
            Version::V3_1_1 => "3.1.1",
            Version::V5 => "5.0",
        }
    }

    fn of(file: &str, mut row: Row) -> Self {
        let vector = Self {
            file: file.to_owned(),
            name: row.text("name"),
            version: match row.text("version").as_str() {
                "3.1" => Version::V3_1,
                "3.1.1" => Version::V3_1_1,
                "5.0" => Version::V5,
                other => panic!("{other} is no version"),
            },
            sender: match row.text("sender").as_str() {
                "client" => Some(Role::Client),
                "server" => Some(Role::Server),
                "either" => None,
                other => panic!("{other} is no sender"),
            },
            given: row.given(),
            bytes: from_hex(&row.text("bytes")),
            verdict: match row.text("verdict").as_str() {
                "accept" => Verdict::Accept,
                "reject" => Verdict::Reject,
                "incomplete" => Verdict::Incomplete,
                other => panic!("{other} is no verdict"),
            },
            may_reject: row.flag("may_reject"),
            reason: row.text_if_any("reason"),
            other_reasons: row.texts("other_reasons"),
            statements: row.statements(),
            offset: row.number("offset").map(|offset| offset as usize),
            bad_input: row.number("bad_input"),
            rule: row.text("rule"),
            meaning: row.0.remove("meaning"),
            canonical: row.text_if_any("canonical").map(|text| from_hex(&text)),
            provenance: row.text("provenance"),
        };
        assert!(row.0.is_empty(), "{}: {:?}", vector.name, row.0);
        vector.is_consistent();
        vector
    }

    fn is_consistent(&self) {
        let (name, accepted) = (&self.name, self.verdict == Verdict::Accept);
        assert_eq!(self.meaning.is_some(), accepted, "{name}");
        assert!(accepted || self.canonical.is_none(), "{name}");
        assert!(accepted || !self.may_reject, "{name}");
        let is_refused = self.verdict == Verdict::Reject;
        assert_eq!(self.reason.is_some(), is_refused, "{name}");
        assert!(is_refused || self.offset.is_none(), "{name}");
        // Before MQTT 5 a server can say by CONNACK that it does not know the level, and nothing else.
        let of_5 = self.version == Version::V5;
        for reason in self.reasons() {
            let is_code = reason.len() == 4 && reason.starts_with("0x8");
            let is_code = is_code || (reason.len() == 4 && reason.starts_with("0x9"));
            let is_older = reason == "close" || reason == "0x01";
            assert!(if of_5 { is_code } else { is_older }, "{name}: {reason}");
        }
    }
}

/// All rows of all files, in the order of their names and lines.
pub(crate) fn read_all() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let entries = std::fs::read_dir(folder).expect("the folder of the vectors");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    paths.sort();
    let mut rows = Vec::new();
    for path in paths {
        let file = path.file_stem().expect("a name").to_string_lossy();
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        for (at, line) in text.lines().enumerate() {
            let row = match serde_json::from_str(line) {
                Ok(Value::Object(row)) => Row(row),
                other => panic!("{file}, line {}: {other:?}", at + 1),
            };
            rows.push(Vector::of(&file, row));
        }
    }
    rows
}

/// What of a line is not read yet.
struct Row(Map<String, Value>);

impl Row {
    fn text(&mut self, key: &str) -> String {
        self.text_if_any(key)
            .unwrap_or_else(|| panic!("no {key:?} beside {:?}", self.0))
    }

    fn text_if_any(&mut self, key: &str) -> Option<String> {
        self.0.remove(key).map(|value| string(&value))
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        self.0
            .remove(key)
            .map(|value| strings(&value))
            .unwrap_or_default()
    }

    fn flag(&mut self, key: &str) -> bool {
        match self.0.remove(key) {
            None => false,
            Some(Value::Bool(true)) => true,
            Some(other) => panic!("{key:?} is {other}: it is true or left out"),
        }
    }

    fn number(&mut self, key: &str) -> Option<u64> {
        self.0.remove(key).map(|value| integer(&value))
    }

    fn statements(&mut self) -> Statements {
        match self.0.remove("statements") {
            None => Statements::NotTold,
            Some(Value::Null) => Statements::Unnumbered,
            Some(value) => {
                let numbers = strings(&value);
                assert!(!numbers.is_empty(), "an empty list says nothing");
                Statements::Numbers(numbers)
            }
        }
    }

    fn given(&mut self) -> Given {
        let mut row = match self.0.remove("given") {
            None => return Given::default(),
            Some(Value::Object(given)) => Self(given),
            Some(other) => panic!("{other} is not an object"),
        };
        let aliases = row.0.remove("topic_aliases").unwrap_or_default();
        let aliases = aliases.as_object().into_iter().flatten();
        let given = Given {
            first_packet: row.flag("first_packet"),
            maximum_packet_size: row.number("maximum_packet_size").map(|size| size as u32),
            topic_alias_maximum: row.number("topic_alias_maximum").map(|most| most as u16),
            topic_aliases: aliases
                .map(|(alias, topic)| (alias.parse().expect("an alias"), string(topic)))
                .collect(),
        };
        assert!(row.0.is_empty(), "{:?}", row.0);
        given
    }
}

fn string(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => panic!("{other} is not a string"),
    }
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().map(string).collect(),
        other => panic!("{other} is not a list"),
    }
}

fn integer(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is not a number"))
}

fn from_hex(text: &str) -> Vec<u8> {
    assert!(text.len() % 2 == 0, "{text}");
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let pair = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("two hexadecimal digits")
        })
        .collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
