//! The US Treasury's daily par yield curves, nominal and real.
//!
//! - **Where**: `home.treasury.gov`, a CSV file or Atom feed per year since 2023, and an archive of the days before. Public domain, no key; a
//!   client that does not look like a browser is turned away, and the server often stalls.
//! - **What a payload looks like**: a line per business day, newest first, a column per maturity:
//!   `Date,"1 Mo","1.5 Month","2 Mo",…,"30 Yr"` and `08/28/2026,4.36,4.35,4.33,…,5.02`; `5 YR` in upper case for the real curve. In the feed
//!   `d:NEW_DATE`, `d:BC_10YEAR`, `d:TC_10YEAR`. Ten to fourteen maturities: they came and went, and a hole stays one.
//! - **What the figures are**: percent a year, bond-equivalent (compounded twice a year), read off a curve through indicative bids of about
//!   15:30 New York. The curve was a quasi-cubic Hermite spline until 2021-12-03 and is a monotone convex one since.
//! - **When it becomes known**: the same evening, mostly by 18:00 New York, but no stamp says so: taken as known at 23:59, `lagged`.
//! - **Revisions**: rare and silent, so what is read late is `backcast`.
//!
//! The way of a payload: `delimited` or `xml` (texts by `tenor` into a `sheet`) → `rates` (days and figures, judged) → `curves`.

mod delimited;
mod plan;
mod rates;
/// A made-up sample in the provider's exact shape.
pub mod sample;
mod sheet;
mod tenor;
mod xml;

use chrono::NaiveDate;

use self::rates::Judged;
use self::sheet::{Curve, Sheet};
use super::frame::Rows;
use super::{Answer, Download, Parsed, Payload, Request, Source};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::tables::{self, Table};

const NAME: &str = "us_treasury";

/// The US Treasury.
pub struct UsTreasury;

impl Source for UsTreasury {
    fn name(&self) -> &'static str {
        NAME
    }
    fn doc(&self) -> &'static str {
        "US Treasury par yield curves: nominal (US_PAR) since 1990, real (US_REAL_PAR) since 2003"
    }
    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: [&Table; 1] = [&tables::CURVES];
        &TABLES
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        parse(payload, config).map_err(|error| error.in_source(NAME).in_file(payload.name.as_str()))
    }
    fn plan(&self, request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        plan::plan(request, today, config)
    }
    fn judge(&self, status: u16, body: &[u8]) -> Option<Answer> {
        judge(status, body)
    }
}

/// A page instead of figures comes with status 200; a feed starts like one.
fn judge(status: u16, body: &[u8]) -> Option<Answer> {
    let start = text_of(body).trim_ascii_start();
    match status {
        200 if is_markup(start) && !is_page(start) => Some(Answer::Body),
        200 if is_markup(start) => Some(Answer::Refused("sends a page instead of yields".to_string())),
        403 => Some(Answer::Refused("turns the request away (403), as it does with some networks".to_string())),
        _ => None,
    }
}

fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let hinted = sheet::hinted(payload.hint.as_deref())?;
    let text = text_of(&payload.bytes);
    let start = text.trim_ascii_start();
    let sheet = match start {
        page if is_page(page) => {
            return Err(Error::source("the file is a page, not figures").hint(
                "the Treasury answers so to an address that it does not know; ask for `…/daily-treasury-rates.csv/2024/all?…&_format=csv`",
            ));
        }
        feed if is_markup(feed) => xml::read(feed, hinted)?,
        _ => delimited::read(text, hinted)?,
    };
    let judged = Judged::of(&sheet);
    if let Some(last) =
        judged.last.filter(|last| last.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros() > payload.observed_at.micros())
    {
        return Err(Error::source(format!("the file describes {last}, a day after the instant at which it is said to have been observed"))
            .hint("give the time of the download with `--observed-at`"));
    }
    Ok(Parsed {
        kind: judged.describe(sheet.curve),
        rows_read: sheet.rows.len(),
        batches: batches(sheet.curve, &judged, config)?,
        warnings: warnings(&sheet, &judged),
        repeats_within: judged.repeats,
        rejections: judged.rejections,
        ..Parsed::default()
    })
}

fn batches(curve: Curve, judged: &Judged, config: &Config) -> Result<Vec<(&'static Table, datafusion::arrow::array::RecordBatch)>> {
    if judged.rates.is_empty() {
        return Ok(Vec::new());
    }
    let rule = config.source(NAME)?.rule.as_ref().ok_or_else(|| {
        Error::config("`sources.us_treasury` has no `release`, so it is not known when a curve is out").hint("see config/sources.toml")
    })?;
    let attested: Vec<_> = curve.attested().iter().map(|(tenor, name)| (*tenor, config.releases().rows(name))).collect();
    let mut rows = Rows::new(&tables::CURVES);
    for rate in &judged.rates {
        let by_rule = rule.release(rate.day).ok_or_else(|| Error::internal(format!("no release of {}", rate.day)))?;
        let tenor = rate.tenor.to_string();
        // parts of the real curve began to be published after the first of their days
        let of_tenor = attested.iter().filter(|(of, _)| of.is_none_or(|of| of == tenor)).filter_map(|(_, rows)| rows.of_period(rate.day));
        let release = of_tenor.chain([by_rule]).max_by_key(|release| release.at).unwrap_or(by_rule);
        rows.text("curve_id", curve.id())
            .text("kind", curve.kind())
            .text("tenor", tenor.as_str())
            .day("as_of", rate.day)
            .float("rate", rate.rate)
            .float("tenor_years", rate.tenor.years())
            .text("unit", "percent")
            .text("compounding", "semiannual")
            .text("day_count", "ACT/ACT")
            .text("method", rates::method(rate.day))
            .end(release);
    }
    Ok(vec![(&tables::CURVES, rows.finish()?)])
}

fn warnings(sheet: &Sheet, judged: &Judged) -> Vec<String> {
    let mut warnings = Vec::new();
    if !sheet.unknown.is_empty() {
        let names: Vec<String> = sheet.unknown.iter().map(|name| format!("`{name}`")).collect();
        warnings.push(format!("{}: no maturity, left in the raw file", names.join(", ")));
    }
    if let [first, more @ ..] = &judged.blank[..] {
        let rest = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        warnings.push(format!("no yield at all on {first}{rest}"));
    }
    warnings
}

/// The bytes behind a byte-order mark.
fn text_of(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn is_markup(start: &[u8]) -> bool {
    start.first() == Some(&b'<')
}

/// Whether markup is a page of HTML, not a feed.
fn is_page(start: &[u8]) -> bool {
    let start = &start[..start.len().min(64)].to_ascii_lowercase();
    start.starts_with(b"<!doctype html") || start.starts_with(b"<html") || start.starts_with(b"<head")
}
