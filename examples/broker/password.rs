//! User names and passwords from a file that `mosquitto_passwd` has made.
//!
//! A line is `NAME:$7$ITERATIONS$SALT$HASH`, the hash being PBKDF2 with HMAC-SHA-512, or, as older
//! ones wrote, `NAME:$6$SALT$HASH`, the hash being SHA-512 of password and salt. Salt and hash are
//! in Base64.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use pbkdf2::pbkdf2_hmac;
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

use super::file_error::{self, FileError};

/// Who may log in, and with which password.
#[derive(Debug, Default)]
pub struct Passwords(HashMap<String, Entry>);

#[derive(Debug)]
struct Entry {
    salt: Vec<u8>,
    /// Of PBKDF2; `None` for a plain SHA-512.
    iterations: Option<u32>,
    hash: Vec<u8>,
}

const HASH_LENGTH: usize = 64;

impl Passwords {
    pub fn read(path: &Path) -> Result<Self, FileError> {
        Self::parse(path, &file_error::read(path)?)
    }

    /// `path` is for the errors alone.
    pub fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let mut users = HashMap::new();
        for (number, line) in file_error::lines(text) {
            let fault = |message: String| FileError::at(path, number, message);
            let (name, secret) = line
                .split_once(':')
                .ok_or_else(|| fault("there is no ':' between user name and password".into()))?;
            let entry = Entry::parse(secret).map_err(|message| fault(message.into()))?;
            if users.insert(name.to_owned(), entry).is_some() {
                return Err(fault(format!("{name:?} is here for the second time")));
            }
        }
        Ok(Self(users))
    }

    /// A name that nobody has costs the time of one with a wrong password.
    pub fn verify(&self, user_name: &str, password: &[u8]) -> bool {
        match self.0.get(user_name) {
            Some(entry) => entry.verify(password),
            None => {
                Entry::decoy().verify(password);
                false
            }
        }
    }
}

impl Entry {
    fn parse(secret: &str) -> Result<Self, &'static str> {
        let parts: Vec<&str> = secret.split('$').collect();
        let (iterations, salt, hash) = match *parts {
            ["", "7", iterations, salt, hash] => {
                let iterations = iterations.parse().ok().filter(|&count| count > 0);
                let iterations =
                    iterations.ok_or("the number of iterations is not one from 1 on")?;
                (Some(iterations), salt, hash)
            }
            ["", "6", salt, hash] => (None, salt, hash),
            ["", "6" | "7", ..] => return Err("the password has not the parts it should have"),
            ["", kind, _, ..] if !kind.is_empty() => {
                return Err(
                    "the password is hashed in a way that is not known: neither $6$ nor $7$",
                );
            }
            _ => return Err("the password is not hashed: mosquitto_passwd -U does that"),
        };
        let hash = decode(hash).ok_or("the hash is not Base64")?;
        if hash.len() != HASH_LENGTH {
            return Err("the hash has not 64 bytes");
        }
        Ok(Self {
            salt: decode(salt).ok_or("the salt is not Base64")?,
            iterations,
            hash,
        })
    }

    /// What no password fits, with the usual cost.
    fn decoy() -> Self {
        Self {
            salt: vec![0; 12],
            iterations: Some(101),
            hash: Vec::new(),
        }
    }

    fn verify(&self, password: &[u8]) -> bool {
        let mut hash = [0; HASH_LENGTH];
        match self.iterations {
            Some(iterations) => {
                pbkdf2_hmac::<Sha512>(password, &self.salt, iterations, &mut hash);
            }
            None => {
                let digest = Sha512::new()
                    .chain_update(password)
                    .chain_update(&self.salt);
                hash = digest.finalize().into();
            }
        }
        hash.ct_eq(&self.hash).into()
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    /// Made by mosquitto_passwd 2.0.11:
    ///
    /// ```sh
    /// mosquitto_passwd -b -c passwords alice 'correct horse'
    /// mosquitto_passwd -b passwords bob 'pässwörd:with#signs'
    /// mosquitto_passwd -H sha512 -b passwords carol old
    /// mosquitto_passwd -H sha512 -b passwords dave ''
    /// ```
    const PASSWORDS: &str = include_str!("fixtures/passwords");

    fn parse(text: &str) -> Result<Passwords, FileError> {
        Passwords::parse(Path::new("pw"), text)
    }

    fn fault(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn what_mosquitto_passwd_wrote_is_verified() {
        let passwords = parse(PASSWORDS).unwrap();
        assert!(passwords.verify("alice", b"correct horse"));
        assert!(passwords.verify("bob", "pässwörd:with#signs".as_bytes()));
        assert!(passwords.verify("carol", b"old"));
        assert!(passwords.verify("dave", b""));
    }

    #[test]
    fn a_wrong_password_is_refused() {
        let passwords = parse(PASSWORDS).unwrap();
        for wrong in [
            &b""[..],
            b"correct hors",
            b"correct horse ",
            b"Correct horse",
            b"old",
        ] {
            assert!(!passwords.verify("alice", wrong), "{wrong:?}");
        }
        assert!(!passwords.verify("carol", b""));
        assert!(!passwords.verify("dave", b"\0"));
    }

    #[test]
    fn nobody_logs_in_under_a_name_that_is_not_there() {
        let passwords = parse(PASSWORDS).unwrap();
        for name in ["", "Alice", "alice ", "erin"] {
            assert!(!passwords.verify(name, b"correct horse"), "{name:?}");
            assert!(!passwords.verify(name, b""), "{name:?}");
        }
        assert!(!Passwords::default().verify("alice", b""));
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let alice = PASSWORDS.lines().next().unwrap();
        let rows = [
            (
                "# users\nalice",
                "pw:2: there is no ':' between user name and password",
            ),
            (
                "a:b",
                "pw:1: the password is not hashed: mosquitto_passwd -U does that",
            ),
            (
                "a:",
                "pw:1: the password is not hashed: mosquitto_passwd -U does that",
            ),
            (
                "a:$2$aa$bb",
                "pw:1: the password is hashed in a way that is not known: neither $6$ nor $7$",
            ),
            (
                "a:$7$aa$bb",
                "pw:1: the password has not the parts it should have",
            ),
            (
                "a:$6$AA==$AA==$AA==",
                "pw:1: the password has not the parts it should have",
            ),
            (
                "a:$7$0$AA==$AA==",
                "pw:1: the number of iterations is not one from 1 on",
            ),
            (
                "a:$7$x$AA==$AA==",
                "pw:1: the number of iterations is not one from 1 on",
            ),
            ("a:$7$1$AA==$A", "pw:1: the hash is not Base64"),
            ("a:$7$1$AA==$AA==", "pw:1: the hash has not 64 bytes"),
        ];
        for (text, message) in rows {
            assert_eq!(fault(text), message);
        }
        assert_eq!(
            fault(&format!("{alice}\n{alice}")),
            "pw:2: \"alice\" is here for the second time"
        );
        let (before, hash) = alice.rsplit_once('$').unwrap();
        let (before, _) = before.rsplit_once('$').unwrap();
        assert_eq!(
            fault(&format!("{before}$!${hash}")),
            "pw:1: the salt is not Base64"
        );
    }

    #[test]
    fn a_file_may_have_comments_and_the_line_ends_of_windows() {
        let text = format!("# users\r\n\r\n{}", PASSWORDS.replace('\n', "\r\n"));
        assert!(parse(&text).unwrap().verify("alice", b"correct horse"));
    }
}
