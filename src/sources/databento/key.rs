//! The API key: from the environment or a file that is kept out of version control. It never prints.

use std::fmt;
use std::path::Path;

use crate::error::{Error, Result, system_words};

const VARIABLE: &str = "DATABENTO_API_KEY";
/// Read from the working directory where the variable is not set: lines of `KEY=VALUE`.
const FILE: &str = "config/databento.env";
const LENGTH: usize = 32;

/// A key of the provider's shape.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key of this machine.
    ///
    /// # Errors
    /// There is none, or it has not the shape of one.
    pub fn load() -> Result<Self> {
        if let Ok(key) = std::env::var(VARIABLE) {
            return Self::new(&key).map_err(|e| e.in_file(format!("${VARIABLE}")));
        }
        match std::fs::read_to_string(Path::new(FILE)) {
            Ok(text) => match Self::in_lines(&text) {
                Some(key) => Self::new(key).map_err(|e| e.in_file(FILE)),
                None => Err(Error::config(format!("no line sets `{VARIABLE}`")).in_file(FILE).hint(format!("write `{VARIABLE}=db-…`"))),
            },
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::config("there is no API key for Databento")
                .hint(format!("set `{VARIABLE}`, or write `{VARIABLE}=db-…` into `{FILE}`; files need none: `--file`, `--dir`"))),
            Err(e) => Err(Error::config(format!("cannot be read: {}", system_words(&e))).in_file(FILE)),
        }
    }

    /// # Errors
    /// It is not 32 characters of ASCII.
    pub fn new(key: &str) -> Result<Self> {
        let key = key.trim();
        if key.len() == LENGTH && key.is_ascii() {
            return Ok(Self(key.to_string()));
        }
        Err(Error::config(format!("an API key of Databento has {LENGTH} characters, this one {}", key.chars().count()))
            .hint("copy it again from the provider's portal"))
    }

    fn in_lines(text: &str) -> Option<&str> {
        let pairs = text.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(|line| line.split_once('='));
        pairs
            .map(|(name, value)| (name.trim().trim_start_matches("export "), value))
            .find_map(|(name, value)| (name.trim() == VARIABLE).then(|| value.trim().trim_matches(['"', '\''])))
    }

    /// The key itself, for a request.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("db-***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "db-made-up-key-of-32-characters!";

    #[test]
    fn a_key_never_prints() {
        let key = ApiKey::new(KEY).expect("of the right length");
        assert_eq!((format!("{key}"), format!("{key:?}")), ("db-***".to_string(), "db-***".to_string()));
        let error = ApiKey::new("db-too-short").expect_err("too short");
        assert!(!error.to_string().contains("too-short"), "{error}");
    }

    #[test]
    fn a_file_sets_it_in_a_line() {
        for text in [format!("# mine\nOTHER=1\nDATABENTO_API_KEY={KEY}\n"), format!("export DATABENTO_API_KEY = \"{KEY}\"")] {
            assert_eq!(ApiKey::in_lines(&text), Some(KEY), "{text}");
        }
        assert_eq!(ApiKey::in_lines("#DATABENTO_API_KEY=x\n"), None);
    }
}
