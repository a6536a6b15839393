//! What the provider's server says when it refuses, and what there is to do about it.

use chrono::{DateTime, NaiveDateTime};
use serde::Deserialize;

use crate::error::Error;

/// A refusal as the server words it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    pub case: Option<String>,
    pub message: String,
    /// The first and the last instant that can be asked for, in nanoseconds since 1970, where the server says them.
    pub available: (Option<u64>, Option<u64>),
}

#[derive(Deserialize)]
struct Body {
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Detail {
    Simple(String),
    Business {
        case: Option<String>,
        message: String,
        #[serde(default)]
        payload: Payload,
    },
}

#[derive(Default, Deserialize)]
struct Payload {
    available_start: Option<String>,
    available_end: Option<String>,
}

impl Refusal {
    /// From a response that is no success.
    pub fn of(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(Body { detail: Detail::Simple(message) }) => Self { status, message, ..Self::default() },
            Ok(Body { detail: Detail::Business { case, message, payload } }) => {
                let licensed = if status == 403 { instant_in(&message) } else { None };
                let instant = |text: Option<String>| text.as_deref().and_then(nanos);
                let available = (instant(payload.available_start), instant(payload.available_end).or(licensed));
                Self { status, case, message, available }
            }
            Err(_) => Self { status, message: format!("the server answered with status {status}"), ..Self::default() },
        }
    }

    /// What a window is narrowed to so that it can be had; `None` where nothing of it can, or the server says nothing of it.
    pub fn narrowed(&self, start: u64, end: u64) -> Option<(u64, u64)> {
        if !matches!(self.status, 403 | 422) || self.available == (None, None) {
            return None;
        }
        let (first, last) = self.available;
        let narrow = (start.max(first.unwrap_or(start)), end.min(last.unwrap_or(end)));
        (narrow.0 < narrow.1 && narrow != (start, end)).then_some(narrow)
    }

    /// Whether the same request may succeed later: nothing was sent and nothing billed.
    pub fn is_passing(&self) -> bool {
        self.status == 429 || self.status >= 500
    }

    pub fn into_error(self) -> Error {
        let hint = match self.status {
            400 => "the request makes no sense to the server: check `--parent`, `--schema` and the dates",
            401 => "the API key is wrong or has been revoked: set DATABENTO_API_KEY to one that holds",
            402 => "the account has no credit left: nothing more is asked for; what came before is kept",
            403 => "the account has no licence for this: ask for an earlier `--to`, or get one in the provider's portal",
            422 => "the window is outside what the dataset has: see `--from` and `--to`",
            429 => "the server is asked too often: run the same command again later, it goes on where this one stopped",
            500.. => "the server fails: run the same command again later, it goes on where this one stopped",
            _ => "see the provider's documentation of its errors",
        };
        let case = self.case.map(|case| format!(" ({case})")).unwrap_or_default();
        Error::source(format!("{} {}{case}", self.status, self.message)).in_source("databento").hint(hint)
    }
}

/// An instant as the server writes it, in nanoseconds since 1970.
pub(super) fn nanos(text: &str) -> Option<u64> {
    let at = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)).ok()?;
    u64::try_from(at.timestamp_nanos_opt()?).ok()
}

/// The last instant in a message: that from which on a licence is needed.
fn instant_in(message: &str) -> Option<u64> {
    let is_part = |c: char| c.is_ascii_digit() || "-:.+TZ".contains(c);
    let words: Vec<&str> = message.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()).collect();
    let trimmed = |word: &str| word.trim_end_matches('.').to_string();
    let joined = words.windows(2).map(|pair| format!("{}T{}", pair[0], trimmed(pair[1])));
    let all = words.iter().map(|word| trimmed(word)).chain(joined);
    all.filter_map(|text| {
        let naive = || NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").ok()?.and_utc().timestamp_nanos_opt();
        nanos(&text).or_else(|| u64::try_from(naive()?).ok())
    })
    .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> u64 {
        nanos(text).expect("an instant")
    }

    #[test]
    fn a_window_is_narrowed_to_what_the_server_has() {
        let body = br#"{"detail":{"case":"data_end_after_available_end","message":"too late","status_code":422,"docs":"https://x",
            "payload":{"dataset":"GLBX.MDP3","available_start":"2010-06-06T00:00:00.000000000Z","available_end":"2026-01-29T20:00:00.000000000Z"}}}"#;
        let refusal = Refusal::of(422, body);
        assert_eq!(refusal.case.as_deref(), Some("data_end_after_available_end"));
        let (start, end) = (at("2026-01-01T00:00:00Z"), at("2026-01-29T20:00:00Z"));
        assert_eq!(refusal.narrowed(start, at("2026-02-01T00:00:00Z")), Some((start, end)));
        assert_eq!(refusal.narrowed(start, end), None, "there is nothing to narrow");
        assert_eq!(refusal.narrowed(at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z")), None, "nothing of it can be had");
    }

    #[test]
    fn a_licence_ends_at_the_instant_in_the_message() {
        for written in ["2026-01-28T14:30:00.000000Z", "2026-01-28 14:30:00+00:00", "2026-01-28 14:30:00"] {
            let message = format!("A live data license is required to access GLBX.MDP3 data after {written}.");
            let body = format!(r#"{{"detail":{{"case":"license_not_found_unauthorized","message":"{message}","docs":"https://x"}}}}"#);
            let refusal = Refusal::of(403, body.as_bytes());
            assert_eq!(refusal.available.1, Some(at("2026-01-28T14:30:00Z")), "{written}");
        }
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        for status in [400, 401, 402, 403, 404, 422, 429, 500, 503] {
            let error = Refusal::of(status, br#"{"detail":"No."}"#).into_error();
            assert!(error.message().starts_with(&format!("{status} No.")) && error.hint_text().is_some(), "{error}");
        }
        assert_eq!(Refusal::of(502, b"<html>").message, "the server answered with status 502");
    }
}
