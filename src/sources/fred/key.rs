//! The API key: from the environment or a file that is kept out of version control. It travels in the address, so addresses are never shown
//! before it is taken out of them; it never prints.

use std::fmt;

use crate::error::{Error, Result};
use crate::sources::secret::{self, Places};

const PLACES: Places = Places { provider: "FRED", variable: "FRED_API_KEY", file: "config/fred.env", example: "…" };
const LENGTH: usize = 32;
const MASK: &str = "***";

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
    /// It is not 32 lower-case letters and digits.
    pub fn new(key: &str) -> Result<Self> {
        let key = key.trim();
        if key.len() == LENGTH && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
            return Ok(Self(key.to_string()));
        }
        Err(Error::config(format!("an API key of FRED is {LENGTH} lower-case letters and digits, and this is none"))
            .hint("copy it again from the provider's site, from the page of your account"))
    }

    /// The key itself, for a request.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// An error of others, in which the key may stand, without it.
    pub(super) fn masked_error(&self, error: Error) -> Error {
        secret::masked_error(error, &self.0)
    }

    /// A text of others, in which the key may stand, without it.
    pub(super) fn masked_in(&self, text: &str) -> String {
        secret::masked(text, &self.0)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdefghijklmnopqrstuv";

    #[test]
    fn a_key_never_prints() {
        let key = ApiKey::new(KEY).expect("of the right shape");
        assert_eq!((format!("{key}"), format!("{key:?}")), (MASK.to_string(), MASK.to_string()));
        assert_eq!(key.masked_in(&format!("http://h/?api_key={KEY}&x=1")), "http://h/?api_key=***&x=1");
        for wrong in ["too-short", "0123456789ABCDEFGHIJKLMNOPQRSTUV", ""] {
            let error = ApiKey::new(wrong).expect_err("no key");
            assert!(wrong.is_empty() || !error.to_string().contains(wrong), "{error}");
        }
    }
}
