//! The API key: from the environment or a file that is kept out of version control. It never prints.

use std::fmt;

use crate::error::{Error, Result};
use crate::sources::secret::{self, Places};

const PLACES: Places = Places { provider: "Databento", variable: "DATABENTO_API_KEY", file: "config/databento.env", example: "db-…" };
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
        let (key, place) = PLACES.find()?;
        Self::new(&key).map_err(|e| e.in_file(place))
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

    /// An error of others, in which the key may stand, without it.
    pub(super) fn masked_error(&self, error: Error) -> Error {
        secret::masked_error(error, &self.0)
    }

    /// A text of others, in which the key may stand, without it.
    pub(super) fn masked_in(&self, text: &str) -> String {
        secret::masked(text, &self.0)
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
}
