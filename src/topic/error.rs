use crate::wire::text::TextFault;

/// Why a text is not a Topic Name or Topic Filter, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} (at byte {at})")]
pub struct TopicError {
    kind: TopicErrorKind,
    at: usize,
}

/// The rule of section 4.7 or 4.8.2 that a text breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TopicErrorKind {
    /// No character at all.
    #[error("a topic has at least one character")]
    Empty,
    /// More than [`MAX_LENGTH`](crate::TopicName::MAX_LENGTH) bytes.
    #[error("a topic has at most 65,535 bytes")]
    TooLong,
    /// The null character.
    #[error("a topic has no U+0000")]
    Nul,
    /// `+` or `#` in a Topic Name.
    #[error("a topic name has no wildcards")]
    WildcardInName,
    /// `#` that is not alone in its level, or not in the last level.
    #[error("`#` stands alone in the last level of a filter")]
    MisplacedHash,
    /// `+` that is not alone in its level.
    #[error("`+` stands alone in its level of a filter")]
    MisplacedPlus,
    /// `$share//...`
    #[error("a share name has at least one character")]
    EmptyShareName,
    /// `+` or `#` in the share name.
    #[error("a share name has no wildcards")]
    WildcardInShareName,
    /// `$share/NAME` or `$share/NAME/`.
    #[error("a shared subscription has a filter after its share name")]
    ShareWithoutFilter,
}

impl TopicError {
    pub(crate) const fn new(kind: TopicErrorKind, at: usize) -> Self {
        Self { kind, at }
    }

    /// The rule that is broken.
    pub const fn kind(self) -> TopicErrorKind {
        self.kind
    }

    /// Index of the offending byte, or of where one is missing.
    pub const fn at(self) -> usize {
        self.at
    }

    /// The numbered statement of MQTT 3.1.1, where it has one: sharing is MQTT 5's.
    pub const fn statement_v3_1_1(self) -> Option<&'static str> {
        Some(match self.kind {
            TopicErrorKind::Empty => "3.1.1/MQTT-4.7.3-1",
            TopicErrorKind::Nul => "3.1.1/MQTT-4.7.3-2",
            TopicErrorKind::TooLong => "3.1.1/MQTT-4.7.3-3",
            TopicErrorKind::WildcardInName => "3.1.1/MQTT-4.7.1-1",
            TopicErrorKind::MisplacedHash => "3.1.1/MQTT-4.7.1-2",
            TopicErrorKind::MisplacedPlus => "3.1.1/MQTT-4.7.1-3",
            TopicErrorKind::EmptyShareName
            | TopicErrorKind::WildcardInShareName
            | TopicErrorKind::ShareWithoutFilter => return None,
        })
    }

    /// The numbered statement of MQTT 5.
    pub const fn statement_v5(self) -> &'static str {
        match self.kind {
            TopicErrorKind::Empty => "5.0/MQTT-4.7.3-1",
            TopicErrorKind::Nul => "5.0/MQTT-4.7.3-2",
            TopicErrorKind::TooLong => "5.0/MQTT-4.7.3-3",
            TopicErrorKind::WildcardInName => "5.0/MQTT-4.7.0-1",
            TopicErrorKind::MisplacedHash => "5.0/MQTT-4.7.1-1",
            TopicErrorKind::MisplacedPlus => "5.0/MQTT-4.7.1-2",
            TopicErrorKind::EmptyShareName => "5.0/MQTT-4.8.2-1",
            TopicErrorKind::WildcardInShareName | TopicErrorKind::ShareWithoutFilter => {
                "5.0/MQTT-4.8.2-2"
            }
        }
    }
}

/// Why bytes from the wire are not a Topic Name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameFault {
    Text(TextFault),
    Topic(TopicError),
}

/// Why bytes from the wire are not a Topic Filter.
pub(crate) type FilterFault = NameFault;

impl From<TextFault> for NameFault {
    fn from(fault: TextFault) -> Self {
        Self::Text(fault)
    }
}

impl From<TopicError> for NameFault {
    fn from(error: TopicError) -> Self {
        Self::Topic(error)
    }
}
