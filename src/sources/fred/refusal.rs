//! What the provider's server says when it refuses, and what there is to do about it.

use serde::Deserialize;

use super::SeriesId;
use crate::config::Config;
use crate::error::Error;

/// A refusal as the server words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    pub message: String,
}

#[derive(Deserialize)]
struct Body {
    error_message: String,
}

impl Refusal {
    /// From a response that is no success.
    pub fn of(status: u16, body: &[u8]) -> Self {
        let said = serde_json::from_slice::<Body>(body).ok().map(|body| body.error_message);
        Self { status, message: said.unwrap_or_else(|| "the server says no more".to_string()) }
    }

    /// Whether the same request may succeed later.
    pub fn is_passing(&self) -> bool {
        self.is_too_often() || self.status >= 500
    }
    pub fn is_too_often(&self) -> bool {
        self.status == 429
    }
    fn is_about_the_key(&self) -> bool {
        self.message.contains("api_key") || matches!(self.status, 401 | 403)
    }
    /// Whether the request itself is refused: for a series without vintages, that for its vintage dates is.
    pub fn is_about_the_series(&self) -> bool {
        matches!(self.status, 400 | 404) && !self.is_about_the_key()
    }
    /// Whether nothing was published in the period asked for.
    pub fn has_no_vintages(&self) -> bool {
        self.status == 400 && self.message.contains("No vintage dates exist")
    }
    fn is_unknown_series(&self) -> bool {
        self.is_about_the_series() && self.message.contains("does not exist")
    }

    pub fn into_error(self, id: &SeriesId, config: &Config) -> Error {
        let Self { status, message } = &self;
        let hint = if self.is_unknown_series() {
            let list = "`SELECT series_id, name FROM meta.series_metadata` lists those described here";
            match id.nearest(config) {
                Some(near) => format!("did you mean `{near}`? {list}"),
                None => format!("names are those in the addresses of the provider's pages; {list}"),
            }
        } else if self.is_about_the_key() {
            "the API key is wrong or has been revoked: set FRED_API_KEY to one that holds".to_string()
        } else {
            match status {
                400 => "the request makes no sense to the server: check `--series`, `--from` and `--to`",
                423 => "the key is locked for now: run the same command again later, it goes on where this one stopped",
                429 => "the server is asked too often: run the same command again later, it goes on where this one stopped",
                500.. => "the server fails: run the same command again later, it goes on where this one stopped",
                _ => "see the provider's documentation of its errors",
            }
            .to_string()
        };
        Error::source(format!("{id}: {status} {message}")).in_source(super::NAME).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, id: &str, message: &str) -> String {
        let config = Config::built_in().expect("the built-in configuration");
        let body = format!(r#"{{"error_code":{status},"error_message":"{message}"}}"#);
        Refusal::of(status, body.as_bytes()).into_error(&SeriesId::new(id).expect("a name"), &config).to_string()
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let key = error(400, "GDP", "Bad Request.  The value for variable api_key is not registered.");
        assert!(
            key.contains("400 Bad Request.  The value for variable api_key is not registered.") && key.contains("set FRED_API_KEY"),
            "{key}"
        );
        let unknown = error(400, "PAYMES", "Bad Request.  The series does not exist.");
        assert!(unknown.contains("did you mean `PAYEMS`?"), "{unknown}");
        for (status, said) in
            [(400, "check"), (403, "API key"), (404, "documentation"), (423, "locked"), (429, "too often"), (503, "again later")]
        {
            assert!(error(status, "GDP", "No.").contains(said), "{status}");
        }
        assert_eq!(Refusal::of(502, b"<html>").message, "the server says no more");
    }
}
