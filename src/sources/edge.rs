//! The one edge that every parser runs behind: bytes that come from outside may be anything, and nothing that a reader does with them may end
//! the process, fill the machine, or put a day into the lake that cannot be.
//!
//! A panic of a reader is an error of that file; memory is looked at by the readers as they read ([`crate::memory`]), and where they refuse it
//! is told with the file. Parsers are called through here and from nowhere else (`tests/suite/tidy.rs`); what they give is not judged here
//! but for its days.

use super::days::{self, Range};
use super::{Answer, Download, Parsed, Payload, Source};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::guard::{self, Panicked};
use crate::memory;

/// Parses a payload.
///
/// # Errors
/// The payload is unusable: the source says so, its reader gave up, or there is no room for it.
pub fn parse(source: &dyn Source, payload: &Payload, config: &Config) -> Result<Parsed> {
    memory::ensure_room().map_err(|error| error.in_source(source.name()))?;
    let mut parsed = guard::caught(|| source.parse(payload, config)).unwrap_or_else(|panicked| Err(gave_up(panicked, source)))?;
    days::set_aside(&mut parsed, Range::of(source.name(), payload.observed_at))?;
    Ok(parsed)
}

/// What to ask for after a payload of a paged download.
///
/// # Errors
/// As [`parse`].
pub fn next(source: &dyn Source, download: &Download, payload: &Payload) -> Result<Option<Download>> {
    guard::caught(|| source.next(download, payload)).unwrap_or_else(|panicked| Err(gave_up(panicked, source)))
}

/// What an answer of a server is; one that a reader gives up at is none.
pub fn judge(source: &dyn Source, status: u16, body: &[u8]) -> Option<Answer> {
    let judged = guard::caught(|| source.judge(status, body));
    judged.unwrap_or_else(|panicked| Some(Answer::Refused(format!("sends what cannot be read: {}", gave_up(panicked, source).message()))))
}

fn gave_up(panicked: Panicked, source: &dyn Source) -> Error {
    let error = panicked.into_error(|said| {
        Error::source(format!("its reader gave up: {said}"))
            .hint("it is damaged, or was made to do harm; nothing of it was taken: download it again")
    });
    error.in_source(source.name())
}
