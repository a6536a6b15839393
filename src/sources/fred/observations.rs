//! From the rows of an answer to a batch of `macro_series`: each row judged, dated, and put in the table's order. Pure.
//!
//! The day on which a row's value began to stand is the day of its vintage, with one exception: in an answer to a request that was narrowed
//! (`realtime_start` in the request), a value that already stood on the first day asked for is given that day. It was known by then, and the
//! day is no vintage of it: such a row is an *edge*, dated by the end of the day whatever the series. Of a day that the interface gives where
//! it knows none nothing is believed: the value is known from when we saw it.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::America::New_York;
use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::record_batch::RecordBatch;

use super::body::{BEGINNING, Body, Observation, Row, Shape};
use super::windows::Cover;
use super::{Hint, NAME, SeriesId};
use crate::config::{Config, end_of_day};
use crate::error::{Error, Result};
use crate::sources::day::Days;
use crate::sources::{Parsed, Payload, Rejection, number};
use crate::tables::{MACRO_SERIES, RELEASE_AT, RELEASE_GRADE};
use crate::time::{Availability, KnowledgeTime, Release};

/// A row whose cells were understood.
#[derive(Debug, Clone, Copy)]
struct Vintage {
    date: NaiveDate,
    /// The days on which the value stood, both included.
    from: NaiveDate,
    to: NaiveDate,
    /// NULL where the source says that there is none.
    value: Option<f64>,
    /// Where the row stands in the body.
    place: usize,
}

/// # Errors
/// The answer has a vintage of a day after it was observed.
pub(super) fn parse(hint: &Hint, body: Body, payload: &Payload, config: &Config) -> Result<Parsed> {
    let id = &hint.series;
    let mut rejections = Vec::new();
    let mut read = Vec::with_capacity(body.rows.len());
    for (place, row) in body.rows.iter().enumerate() {
        match judged(row, place) {
            Ok(vintage) => read.push(vintage),
            Err((column, reason)) => rejections.push(rejection(&body, place, column, reason)),
        }
    }
    read.sort_by_key(|vintage| (vintage.date, vintage.from));
    let (taken, repeats_within) = apart(read, |place, reason| rejections.push(rejection(&body, place, Some("realtime_start"), reason)));
    rejections.sort_by_key(|rejection| rejection.line);
    let newest = vintage_days(&taken).max();
    if let Some(newest) = newest.filter(|newest| starts_at(*newest).micros() > payload.observed_at.micros()) {
        return Err(Error::source(format!(
            "the body has a vintage of {newest}, a day after the instant at which it is said to have been observed"
        ))
        .hint("give the time of the download with `--observed-at`"));
    }
    let dated = Dating { id, body: &body, payload, config };
    let covers = Cover::of(id, &body, newest).map(|cover| cover.to_string());
    Ok(Parsed {
        kind: kind(id, &body, &taken),
        rows_read: body.rows.len(),
        batches: if taken.is_empty() { Vec::new() } else { vec![(&MACRO_SERIES, batch(id, &taken, &dated)?)] },
        rejections,
        repeats_within,
        warnings: warnings(id, &body, config),
        shelf: Some(format!("observations/{id}")),
        revises: None,
        covers,
        silent: Vec::new(),
        continues: hint.continues.then(|| end_of_day(body.realtime_start).at),
        corrected: Vec::new(),
    })
}

/// Days on which a value stood: from the provider's beginning of time to its end, `9999-12-31`.
const REALTIME: Days = Days::iso(1776, 2200).open(9999);
/// Days of figures: the oldest series begins in 1598, and projections go ahead.
const PERIODS: Days = Days::iso(1500, 2200);

fn judged(row: &Row, place: usize) -> Result<Vintage, (Option<&'static str>, String)> {
    let Row::Whole(Observation { realtime_start, realtime_end, date, value }) = row else {
        return Err((None, "no observation: it needs the texts `realtime_start`, `realtime_end`, `date` and `value`".to_string()));
    };
    let day = |column: &'static str, text: &str, days: Days| days.read(text).map_err(|reason| (Some(column), reason));
    let (from, to) = (day("realtime_start", realtime_start, REALTIME)?, day("realtime_end", realtime_end, REALTIME)?);
    if to < from {
        return Err((Some("realtime_end"), format!("it stood until {to}, before the {from} from which on it stood")));
    }
    let value = match value.trim() {
        "." => None,
        text => Some(number::decimal(text.as_bytes()).ok_or_else(|| (Some("value"), format!("`{text}` is no number")))?),
    };
    Ok(Vintage { date: day("date", date, PERIODS)?, from, to, value, place })
}

/// The vintages whose days do not overlap with those of an earlier one of the same period, and how many stand there twice.
fn apart(sorted: Vec<Vintage>, mut reject: impl FnMut(usize, String)) -> (Vec<Vintage>, usize) {
    let mut taken: Vec<Vintage> = Vec::with_capacity(sorted.len());
    let mut n_repeats = 0;
    for vintage in sorted {
        match taken.last().filter(|last| last.date == vintage.date && vintage.from <= last.to) {
            Some(last) if (last.from, last.to, last.value) == (vintage.from, vintage.to, vintage.value) => n_repeats += 1,
            Some(last) => {
                let (since, until) = (last.from, last.to);
                reject(vintage.place, format!("another value of {} stood from {since} to {until}", vintage.date));
            }
            None => taken.push(vintage),
        }
    }
    (taken, n_repeats)
}

fn rejection(body: &Body, place: usize, column: Option<&'static str>, reason: String) -> Rejection {
    crate::memory::demand_room();
    Rejection { line: place as u64 + 1, column: column.map(str::to_string), reason, raw: body.rows[place].text() }
}

/// How vintages of one answer are dated.
struct Dating<'a> {
    id: &'a SeriesId,
    body: &'a Body<'a>,
    payload: &'a Payload,
    config: &'a Config,
}

impl Dating<'_> {
    fn release(&self, vintage: &Vintage) -> Release {
        if vintage.from <= BEGINNING {
            return Release { at: self.payload.observed_at.as_knowledge(), availability: Availability::Observed };
        }
        if vintage.from == self.body.realtime_start {
            return end_of_day(vintage.from);
        }
        self.config.series(NAME, self.id.as_str()).map_or_else(|| end_of_day(vintage.from), |series| series.release(vintage.from))
    }
}

/// The days on which something was published, as far as they are known.
fn vintage_days(vintages: &[Vintage]) -> impl Iterator<Item = NaiveDate> {
    vintages.iter().map(|vintage| vintage.from).filter(|day| *day > BEGINNING)
}

fn starts_at(day: NaiveDate) -> KnowledgeTime {
    KnowledgeTime::from_local(day.and_time(NaiveTime::MIN), New_York)
}

fn batch(id: &SeriesId, vintages: &[Vintage], dating: &Dating) -> Result<RecordBatch> {
    let releases: Vec<Release> = vintages.iter().map(|vintage| dating.release(vintage)).collect();
    let schema = MACRO_SERIES.parsed_schema();
    let column = |name: &str| -> Option<ArrayRef> {
        Some(match name {
            "as_of" => Arc::new(vintages.iter().map(|vintage| Some(vintage.date.to_epoch_days())).collect::<Date32Array>()),
            "source" => Arc::new(StringArray::new_repeated(NAME, vintages.len())),
            "series_id" => Arc::new(StringArray::new_repeated(id.as_str(), vintages.len())),
            "value" => Arc::new(vintages.iter().map(|vintage| vintage.value).collect::<Float64Array>()),
            RELEASE_AT => Arc::new(
                TimestampMicrosecondArray::from_iter_values(releases.iter().map(|release| release.at.micros())).with_timezone("UTC"),
            ),
            RELEASE_GRADE => Arc::new(StringArray::from_iter_values(releases.iter().map(|release| release.availability.name()))),
            _ => return None,
        })
    };
    let columns = schema.fields().iter().map(|field| {
        let missing = || Error::internal(format!("the fred source has no column `{}` for table `{}`", field.name(), MACRO_SERIES.name));
        column(field.name()).ok_or_else(missing)
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(schema, columns).map_err(|error| Error::internal(format!("table `{}`: {error}", MACRO_SERIES.name)))
}

/// What the answer is, for the summary: `GDP 1946-01-01..2024-07-01, vintages 1992-12-22..2024-12-19`.
fn kind(id: &SeriesId, body: &Body, taken: &[Vintage]) -> String {
    let (Some(first), Some(last)) = (taken.first(), taken.last()) else { return format!("{id} without observations") };
    let known = match (vintage_days(taken).min(), vintage_days(taken).max()) {
        (Some(oldest), Some(newest)) if body.shape == Shape::InitialRelease => format!("first releases {oldest}..{newest}"),
        (Some(oldest), Some(newest)) if oldest == newest => format!("as known by {newest}"),
        (Some(oldest), Some(newest)) => format!("vintages {oldest}..{newest}"),
        _ => "of unknown vintage".to_string(),
    };
    let end = body.offset + body.rows.len() as u64;
    let page = if body.offset > 0 || end < body.count { format!(", rows {}..{end} of {}", body.offset, body.count) } else { String::new() };
    format!("{id} {}..{}, {known}{page}", first.date, last.date)
}

fn warnings(id: &SeriesId, body: &Body, config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    if config.series(NAME, id.as_str()).is_none() {
        let meant = id.nearest(config).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
        warnings.push(format!(
            "configuration does not describe `{id}`{meant}: its unit is not known, and vintages are taken as known at the end of their day"
        ));
    }
    let n_rows = body.rows.len() as u64;
    if n_rows < body.limit && body.offset + n_rows < body.count {
        warnings.push(format!(
            "the body has {n_rows} rows and says that there are {}: it is cut, or its figures were aggregated by the provider (`frequency`)",
            body.count
        ));
    }
    warnings
}
