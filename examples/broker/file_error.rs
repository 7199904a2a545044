//! What is wrong with a file, and in which line.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Prints as `FILE:LINE: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    path: PathBuf,
    /// Counted from 1; `None` when the file as a whole is at fault.
    line: Option<usize>,
    message: String,
}

impl FileError {
    pub fn new(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: None,
            message: message.into(),
        }
    }

    pub fn at(path: &Path, line: usize, message: impl Into<String>) -> Self {
        Self {
            line: Some(line),
            ..Self::new(path, message)
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for FileError {}

/// The text of a file.
pub fn read(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(|error| FileError::new(path, error.to_string()))
}

/// The lines that say something, with their numbers from 1: a `#` makes a comment of the line that
/// it begins.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .map(str::trim)
        .enumerate()
        .map(|(index, line)| (index.saturating_add(1), line))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_file_and_line() {
        let path = Path::new("conf/acl");
        let error = FileError::at(path, 12, "no such thing");
        assert_eq!(error.to_string(), "conf/acl:12: no such thing");
        assert!(
            read(path)
                .unwrap_err()
                .to_string()
                .starts_with("conf/acl: ")
        );
    }

    #[test]
    fn comments_and_empty_lines_are_counted_and_passed_over() {
        let text = "# a\n\nport 1\r\n  # b\n\t bind_address # c \n";
        let expected = [(3, "port 1"), (5, "bind_address # c")];
        assert!(lines(text).eq(expected));
    }
}
