//! Who may publish and read what, from an access control list as mosquitto has it.
//!
//! ```text
//! # Before the first user: for clients without a user name.
//! topic read weather/#
//! user alice
//! topic home/#
//! topic deny home/safe
//! # For all clients, wherever it stands: %u is the user name, %c the client identifier.
//! pattern write sensors/%u/#
//! ```
//!
//! `topic` and `pattern` take `read`, `write`, `readwrite` or `deny`, without which they mean
//! `readwrite`. What is not granted is refused, and what is denied is refused whatever grants it.
//!
//! Stricter than mosquitto 2.0.11, which
//!
//! - lets everybody subscribe to everything, and judges each message: here a filter has to lie
//!   within one that may be read, and messages are judged all the same;
//! - lets a user's `topic` grant what a `pattern` denies;
//! - puts a name with `/` into a pattern.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use puremqtt::{OwnedTopicFilter, TopicFilter, TopicName};

use super::file_error::{self, FileError};

/// An access control list.
#[derive(Debug, Default)]
pub struct Acl {
    anonymous: Arc<[Rule]>,
    users: HashMap<String, Arc<[Rule]>>,
    patterns: Vec<Pattern>,
}

/// What one client may do.
#[derive(Clone, Debug)]
pub struct Rights {
    /// No list was given.
    all: bool,
    own: Arc<[Rule]>,
    from_patterns: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    access: Access,
    filter: OwnedTopicFilter,
}

#[derive(Clone, Debug)]
struct Pattern {
    access: Access,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    ReadWrite,
    Deny,
}

impl Rights {
    /// Those of every client where there is no list.
    pub fn all() -> Self {
        Self {
            all: true,
            ..Self::none()
        }
    }

    fn none() -> Self {
        Self {
            all: false,
            own: Arc::default(),
            from_patterns: Vec::new(),
        }
    }

    pub fn may_publish(&self, topic: TopicName<'_>) -> bool {
        self.grants(Access::Write, |filter| filter.matches(topic))
    }

    /// Whether a message may be delivered to the client.
    pub fn may_receive(&self, topic: TopicName<'_>) -> bool {
        self.grants(Access::Read, |filter| filter.matches(topic))
    }

    /// Asked for each filter of a SUBSCRIBE. Of a shared subscription the filter within counts.
    ///
    /// A filter of which a part is denied may be subscribed to: those messages are not delivered.
    pub fn may_subscribe(&self, filter: TopicFilter<'_>) -> bool {
        self.grants(Access::Read, |other| filter.is_subset_of(other))
    }

    fn grants(&self, wanted: Access, covers: impl Fn(TopicFilter<'_>) -> bool) -> bool {
        let mut granted = self.all;
        for rule in self.own.iter().chain(&self.from_patterns) {
            if rule.access.allows(wanted) || rule.access == Access::Deny {
                if !covers(rule.filter.as_filter()) {
                    continue;
                }
                if rule.access == Access::Deny {
                    return false;
                }
                granted = true;
            }
        }
        granted
    }
}

impl Acl {
    pub fn read(path: &Path) -> Result<Self, FileError> {
        Self::parse(path, &file_error::read(path)?)
    }

    /// `path` is for the errors alone.
    pub fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let mut anonymous = Vec::new();
        let mut users: HashMap<String, Vec<Rule>> = HashMap::new();
        let mut patterns = Vec::new();
        let mut user = None;
        for (number, line) in file_error::lines(text) {
            match Line::parse(line).map_err(|message| FileError::at(path, number, message))? {
                Line::User(name) => user = Some(name),
                Line::Topic(rule) => match user {
                    Some(name) => users.entry(name.to_owned()).or_default().push(rule),
                    None => anonymous.push(rule),
                },
                Line::Pattern(pattern) => patterns.push(pattern),
            }
        }
        let users = users.into_iter();
        Ok(Self {
            anonymous: anonymous.into(),
            users: users.map(|(name, rules)| (name, rules.into())).collect(),
            patterns,
        })
    }

    /// The rights of one client; ask once a connection.
    ///
    /// A name that is no safe level of a topic never gets into a pattern. Where that pattern
    /// grants, it does not grant then; where it denies, nobody can tell what it was to deny, and
    /// the client may do nothing.
    pub fn rights(&self, user_name: Option<&str>, client_id: &str) -> Rights {
        let own = match user_name {
            None => Some(&self.anonymous),
            Some(name) => self.users.get(name),
        };
        let mut from_patterns = Vec::new();
        for pattern in &self.patterns {
            match pattern.fill(user_name, client_id) {
                Filled::Rule(rule) => from_patterns.push(rule),
                Filled::Unsafe if pattern.access == Access::Deny => return Rights::none(),
                Filled::Unsafe | Filled::Nobody => {}
            }
        }
        Rights {
            all: false,
            own: own.cloned().unwrap_or_default(),
            from_patterns,
        }
    }
}

enum Filled {
    Rule(Rule),
    /// It is about clients with a user name, and this one has none.
    Nobody,
    Unsafe,
}

impl Pattern {
    fn fill(&self, user_name: Option<&str>, client_id: &str) -> Filled {
        let mut text = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            text.push_str(before);
            let (name, after) = match (after.strip_prefix('u'), after.strip_prefix('c')) {
                (Some(after), _) => match user_name {
                    Some(name) => (name, after),
                    None => return Filled::Nobody,
                },
                (_, Some(after)) => (client_id, after),
                (None, None) => {
                    text.push('%');
                    rest = after;
                    continue;
                }
            };
            if !TopicName::is_safe_level(name) {
                return Filled::Unsafe;
            }
            text.push_str(name);
            rest = after;
        }
        text.push_str(rest);
        // A name can make the filter too long, and no more.
        match TopicFilter::new(&text) {
            Ok(filter) => Filled::Rule(Rule {
                access: self.access,
                filter: filter.into(),
            }),
            Err(_) => Filled::Unsafe,
        }
    }
}

enum Line<'a> {
    User(&'a str),
    Topic(Rule),
    Pattern(Pattern),
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Result<Self, String> {
        let (keyword, rest) = first_word(line);
        match keyword {
            "user" if rest.is_empty() => Err("a user has no name".into()),
            "user" => Ok(Self::User(rest)),
            "topic" | "pattern" => {
                let (access, text) = access(rest)?;
                let filter = TopicFilter::new(text)
                    .map_err(|error| format!("{text:?} is no topic filter: {error}"))?;
                if filter.is_shared() {
                    return Err(format!(
                        "{text:?} is a shared subscription: name its topics alone"
                    ));
                }
                if keyword == "topic" {
                    let filter = filter.into();
                    return Ok(Self::Topic(Rule { access, filter }));
                }
                let text = text.to_owned();
                Ok(Self::Pattern(Pattern { access, text }))
            }
            other => Err(format!("{other:?} is neither user, topic nor pattern")),
        }
    }
}

/// What stands before the filter, and the filter. Without the first, spaces in a filter would be
/// taken for a slip of the pen.
fn access(text: &str) -> Result<(Access, &str), String> {
    let (word, filter) = first_word(text);
    let access = match word {
        "read" => Access::Read,
        "write" => Access::Write,
        "readwrite" => Access::ReadWrite,
        "deny" => Access::Deny,
        "" => return Err("there is no topic".into()),
        _ if filter.is_empty() => return Ok((Access::ReadWrite, word)),
        other => {
            return Err(format!(
                "{other:?} is neither read, write, readwrite nor deny"
            ));
        }
    };
    if filter.is_empty() {
        return Err(format!("there is no topic after {word}"));
    }
    Ok((access, filter))
}

fn first_word(text: &str) -> (&str, &str) {
    match text.split_once([' ', '\t']) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

impl Access {
    fn allows(self, wanted: Self) -> bool {
        self == wanted || self == Self::ReadWrite
    }
}

#[cfg(test)]
mod tests;
