//! From the rows of an answer to a batch: each row judged, dated by the rule of its series, and put in the order of the table. Pure.
//!
//! The server answers a window that lies after its newest figure with that figure, so rows outside the window that was asked for are left
//! out, and told. A figure of a day that had not come when it was read is believed only of a series that is decided ahead.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use chrono_tz::America::Sao_Paulo;

use super::body::{Body, Content, Row};
use super::{Sgs, code};
use crate::config::{Dated, Frequency, Series};
use crate::error::{Error, Result};
use crate::sources::day::Days;
use crate::sources::frame::Rows;
use crate::sources::grid::Window;
use crate::sources::{Parsed, Payload, Rejection};
use crate::time::business::BusinessCalendar;
use crate::time::release_rule::{AshWednesday, ReleaseDay, ReleaseRule};
use crate::time::{IngestTime, Release};

/// A row whose cells were understood.
#[derive(Debug, Clone, Copy)]
struct Observation {
    day: NaiveDate,
    /// NULL where the source says that there is none.
    value: Option<f64>,
    /// Where the row stands in the body.
    place: usize,
}

/// # Errors
/// The body describes a day after it was observed, or no row of it fits the series.
pub(super) fn parse(source: &Sgs, series: &Series, window: Option<Window>, body: Body, payload: &Payload) -> Result<Parsed> {
    let mut rejections = Vec::new();
    let mut read = Vec::with_capacity(body.rows.len());
    for (place, row) in body.rows.iter().enumerate() {
        match judged(row, place, &body, series) {
            Ok(observation) => read.push(observation),
            Err((column, reason)) => rejections.push(rejection(row, column, reason)),
        }
    }
    ensure_of_series(series, &read, &rejections)?;
    let asked = |observation: &Observation| window.is_none_or(|window| window.contains(observation.day));
    let outside = read.iter().filter(|observation| !asked(observation)).count();
    read.retain(asked);
    read.sort_by_key(|observation| observation.day);
    let (taken, repeats_within) = once_a_day(read, |observation, reason| {
        rejections.push(rejection(&body.rows[observation.place], Some("data"), reason));
    });
    rejections.sort_by_key(|rejection| rejection.line);
    ensure_past(series, &taken, payload.observed_at)?;
    let warning = |window| {
        let rows = if outside == 1 { "1 row lies".to_string() } else { format!("{outside} rows lie") };
        format!("{rows} outside the days asked for ({window}), and left out")
    };
    Ok(Parsed {
        kind: kind(series, &taken),
        rows_read: body.rows.len(),
        batches: if taken.is_empty() { Vec::new() } else { vec![(source.tables[0], batch(source, series, &taken)?)] },
        rejections,
        repeats_within,
        warnings: window.filter(|_| outside > 0).map(warning).into_iter().collect(),
        shelf: Some(code(series).to_string()),
        revises: Some(series.revises),
        ..Parsed::default()
    })
}

/// A body does not say which series it is of, and a figure under a wrong name is worse than none: its days must be those of the series.
fn ensure_of_series(series: &Series, read: &[Observation], rejections: &[Rejection]) -> Result<()> {
    let misdated: Vec<&Rejection> = rejections.iter().filter(|rejection| rejection.column.as_deref() == Some("data")).collect();
    let refused = |line: Option<u64>, why: &str| {
        let error = Error::source(format!("the body is not that of series {}: {why}", code(series)));
        let error = line.into_iter().fold(error, Error::at_row);
        Err(error.hint("it may be that of another series: name it with `--series`"))
    };
    if let Some(first) = misdated.first().filter(|_| misdated.len() > read.len()) {
        return refused(Some(first.line), &first.reason);
    }
    if let Some(first) = rejections.first().filter(|_| read.is_empty()) {
        return refused(Some(first.line), &first.reason);
    }
    let is_monthly = read.len() >= FEW && read.iter().all(|observation| observation.day.day() == 1);
    if series.frequency == Frequency::Daily && is_monthly {
        return refused(None, "every figure is of the first day of a month, and the series is daily");
    }
    Ok(())
}

/// Fewer figures than these may all be of first days by chance.
const FEW: usize = 3;

fn judged(row: &Row, place: usize, body: &Body, series: &Series) -> Result<Observation, (Option<&'static str>, String)> {
    let Content::Figure(figure) = &row.content else {
        return Err((None, "no observation: it needs the texts `data` and `valor`".to_string()));
    };
    let day = day(&figure.data, series).map_err(|reason| (Some("data"), reason))?;
    if let Some(text) = figure.datafim.as_deref().filter(|text| !text.is_empty()) {
        let end = DAYS.read(text).map_err(|reason| (Some("datafim"), reason))?;
        if end < day {
            return Err((Some("datafim"), format!("the period ends on {end}, before the {day} on which it begins")));
        }
    }
    let value = figure.value(body.separator).map_err(|reason| (Some("valor"), reason))?;
    Ok(Observation { day, value, place })
}

/// Days as the Banco Central writes them; its oldest series are of the first years of the last century.
const DAYS: Days = Days::day_first(1900, 2150);

/// The day of a figure: the first of its period where the series is not daily, which some answers write as `MM/yyyy`.
fn day(text: &str, series: &Series) -> Result<NaiveDate, String> {
    let text = text.trim();
    let is_month = text.bytes().filter(|b| *b == b'/').count() == 1 && series.frequency != Frequency::Daily;
    let day = match is_month {
        true => DAYS.read(&format!("01/{text}")).map_err(|_| format!("`{text}` is no date dd/MM/yyyy or MM/yyyy"))?,
        false => DAYS.read(text)?,
    };
    if series.frequency == Frequency::Daily {
        return Ok(day);
    }
    if series.dated == Dated::Start && day.day() != 1 {
        return Err(format!("{day} is not the first day of a month, by which figures of a {} series are dated", series.frequency.name()));
    }
    Ok(day)
}

/// The figures whose day no other has, and how many stand there twice.
fn once_a_day(sorted: Vec<Observation>, mut reject: impl FnMut(&Observation, String)) -> (Vec<Observation>, usize) {
    let mut taken: Vec<Observation> = Vec::with_capacity(sorted.len());
    let mut n_repeats = 0;
    for observation in sorted {
        match taken.last().filter(|last| last.day == observation.day) {
            Some(last) if last.value == observation.value => n_repeats += 1,
            Some(_) => reject(&observation, format!("another figure of {} stands before it", observation.day)),
            None => taken.push(observation),
        }
    }
    (taken, n_repeats)
}

fn ensure_past(series: &Series, taken: &[Observation], observed_at: IngestTime) -> Result<()> {
    let read_on = DateTime::from_timestamp_micros(observed_at.micros()).unwrap_or_default().with_timezone(&Sao_Paulo).date_naive();
    match taken.last().filter(|last| last.day > read_on && !series.decided_ahead) {
        Some(last) => Err(Error::source(format!(
            "the body has a figure of {}, a day after the {read_on} on which it is said to have been observed",
            last.day
        ))
        .hint("give the time of the download with `--observed-at`")),
        None => Ok(()),
    }
}

fn batch(source: &Sgs, series: &Series, taken: &[Observation]) -> Result<datafusion::arrow::record_batch::RecordBatch> {
    let mut rows = Rows::new(source.tables[0]);
    for observation in taken {
        rows.text("source", source.name)
            .text("series_id", series.id.as_str())
            .day("as_of", observation.day)
            .float("value", observation.value)
            .end(released(series, observation.day)?);
    }
    rows.finish()
}

/// When the figure of a day was out: by the rule of the series, else by the latest of the assumptions for this provider.
fn released(series: &Series, day: NaiveDate) -> Result<Release> {
    let released = series.period_end(day).and_then(|end| match &series.rule {
        Some(dates) => dates.release(end),
        None => assumed(series.frequency).release(end),
    });
    released.ok_or_else(|| Error::internal(format!("series {} has no release for {day}", series.id)))
}

/// For a series that a user described without a rule: two business days after a day, 45 days after a longer period.
fn assumed(frequency: Frequency) -> ReleaseRule {
    ReleaseRule {
        day: if frequency == Frequency::Daily { ReleaseDay::BusinessDays(2) } else { ReleaseDay::Days(45) },
        calendar: BusinessCalendar::Brazil,
        time: NaiveTime::from_hms_opt(23, 59, 0).unwrap_or(NaiveTime::MIN),
        zone: Sao_Paulo,
        is_assumed: true,
        ash_wednesday: AshWednesday::Usual,
    }
}

fn rejection(row: &Row, column: Option<&'static str>, reason: String) -> Rejection {
    crate::memory::demand_room();
    Rejection { line: row.line, column: column.map(str::to_string), reason, raw: row.text() }
}

/// What the answer is, for the summary: `SGS 433 1980-01-01..2026-10-01`, `SGS 13961 (FX_TOTAL_NET) …`.
fn kind(series: &Series, taken: &[Observation]) -> String {
    let name = label(series);
    match (taken.first(), taken.last()) {
        (Some(first), Some(last)) => format!("{name} {}..{}", first.day, last.day),
        _ => format!("{name} without figures"),
    }
}

/// A series for people: `SGS 432`, `SGS 13961 (FX_TOTAL_NET)`.
pub(super) fn label(series: &Series) -> String {
    match &series.code {
        Some(code) => format!("SGS {code} ({})", series.id),
        None => format!("SGS {}", series.id),
    }
}
