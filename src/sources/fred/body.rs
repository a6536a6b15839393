//! From bytes to the provider's answer, told apart by the keys of its JSON. What the rows mean is decided elsewhere; here is refused, as a
//! whole, what is no answer at all, another endpoint's, a refusal that was saved, or figures that were computed by the provider.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The first day that the interface knows: a request from here on is narrowed at no side.
pub(super) const BEGINNING: chrono::NaiveDate = chrono::NaiveDate::from_ymd_opt(1776, 7, 4).expect("a day");

/// The answer to `series/observations`.
#[derive(Debug)]
pub(super) struct Body<'a> {
    pub realtime_start: chrono::NaiveDate,
    pub realtime_end: chrono::NaiveDate,
    pub shape: Shape,
    /// Observations of the whole answer, of which this is a page.
    pub count: u64,
    pub offset: u64,
    pub limit: u64,
    pub rows: Vec<Row<'a>>,
}

/// The forms of the answer that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One row per value and the days on which it stood.
    ByRealtimePeriod,
    /// The first value of each period alone.
    InitialRelease,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Row<'a> {
    Whole(#[serde(borrow)] Observation<'a>),
    Other(serde_json::Value),
}

/// A row with everything that it needs, each a text.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Observation<'a> {
    #[serde(borrow)]
    pub realtime_start: Cow<'a, str>,
    #[serde(borrow)]
    pub realtime_end: Cow<'a, str>,
    #[serde(borrow)]
    pub date: Cow<'a, str>,
    #[serde(borrow)]
    pub value: Cow<'a, str>,
}

/// Every key by which answers are told apart.
#[derive(Deserialize)]
struct Answer<'a> {
    error_code: Option<u16>,
    error_message: Option<String>,
    realtime_start: Option<String>,
    realtime_end: Option<String>,
    units: Option<String>,
    output_type: Option<u8>,
    count: Option<u64>,
    offset: Option<u64>,
    limit: Option<u64>,
    #[serde(borrow)]
    observations: Option<Vec<Row<'a>>>,
    vintage_dates: Option<serde::de::IgnoredAny>,
    seriess: Option<serde::de::IgnoredAny>,
    releases: Option<serde::de::IgnoredAny>,
    release_dates: Option<serde::de::IgnoredAny>,
}

impl<'a> Body<'a> {
    /// # Errors
    /// As the file says.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match text.trim_ascii_start().first() {
            Some(b'{') => {}
            Some(b'<') => {
                return Err(Error::source("the body is XML, or a page").hint("ask for JSON: add `file_type=json` to the request"));
            }
            _ => return Err(Error::source("no answer of FRED: it is no JSON object").hint(OBSERVATIONS)),
        }
        let answer: Answer = crate::sources::json::read(text)
            .map_err(|e| Error::source(format!("the JSON is damaged or cut off: {e}")).hint("download or copy the file again"))?;
        answer.into_body()
    }
}

const OBSERVATIONS: &str = "the answers to `series/observations` are taken, with `file_type=json`";

impl<'a> Answer<'a> {
    fn into_body(self) -> Result<Body<'a>> {
        if let Some(code) = self.error_code {
            let said = self.error_message.unwrap_or_default();
            return Err(Error::source(format!("the file holds a refusal, {code} {said}")).hint("ask again for what it refuses"));
        }
        let others = [
            (self.vintage_dates.is_some(), "series/vintagedates"),
            (self.seriess.is_some(), "series"),
            (self.releases.is_some(), "series/release"),
            (self.release_dates.is_some(), "release/dates"),
        ];
        let Some(rows) = self.observations else {
            let of = others.iter().find(|(is, _)| *is).map_or("no answer of FRED that is known".to_string(), |(_, endpoint)| {
                format!("an answer to `{endpoint}`, which holds no observations")
            });
            return Err(Error::source(of).hint(OBSERVATIONS));
        };
        let shape = match self.output_type {
            Some(1) => Shape::ByRealtimePeriod,
            Some(4) => Shape::InitialRelease,
            Some(other) => {
                return Err(Error::source(format!("observations by vintage date (`output_type` {other}) are not taken"))
                    .hint("ask with `output_type=1`: the same vintages, by the days on which they stood"));
            }
            None => return Err(Error::source("the body has no `output_type`").hint(OBSERVATIONS)),
        };
        if let Some(units) = self.units.filter(|units| units != "lin") {
            return Err(Error::source(format!("the figures were transformed by the provider (`units` {units})"))
                .hint("ask with `units=lin`: changes are computed here, inside one vintage"));
        }
        let day = |name: &str, text: Option<String>| {
            let day = text.as_deref().and_then(|text| text.parse().ok());
            day.ok_or_else(|| Error::source(format!("the body has no date in `{name}`")).hint(OBSERVATIONS))
        };
        let n_rows = rows.len() as u64;
        let offset = self.offset.unwrap_or_default();
        Ok(Body {
            realtime_start: day("realtime_start", self.realtime_start)?,
            realtime_end: day("realtime_end", self.realtime_end)?,
            shape,
            count: self.count.unwrap_or(offset + n_rows),
            offset,
            limit: self.limit.unwrap_or(n_rows),
            rows,
        })
    }
}

impl Row<'_> {
    /// The row as received, with the spaces between left out.
    pub fn text(&self) -> String {
        match self {
            Self::Whole(observation) => serde_json::to_string(observation).unwrap_or_default(),
            Self::Other(value) => value.to_string(),
        }
    }
}
