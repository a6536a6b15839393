//! Files that ALFRED and FRED give out by hand. ALFRED's has a row per period and a column per series and vintage, `GDPC1_20240425`; FRED's graph
//! (`fredgraph.csv`) has a column per series, and is one vintage, of which it does not say the day.
//!
//! Of a vintage only the day is known: it counts as known at the end of that day in New York, marked `lagged`. What a vintage leaves as it was
//! is no vintage of it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, Float64Array};

use super::hint::Hint;
use super::rows::{Listed, Rows};
use super::table::ensure_begun;
use super::{COMMAND, PERIODS, VINTAGES, known_at_end_of};
use crate::error::{Error, Result};
use crate::sources::received::Received;
use crate::sources::received::cells::{Cells, days_since_1970};
use crate::sources::received::headings::means;
use crate::time::{Availability, IngestTime};

/// The source of these vintages, where the user names no other.
pub const SOURCE: &str = "alfred";

/// A series and the day of its vintage, where a heading names both.
fn vintage_of(heading: &str) -> Option<(&str, NaiveDate)> {
    let (series, day) = heading.rsplit_once('_')?;
    let day = (day.len() == 8).then(|| VINTAGES.read(day).ok()).flatten()?;
    (!series.is_empty()).then_some((series, day))
}

/// Whether the columns of a file are series, or series and vintages.
pub fn is_file(received: &Received) -> bool {
    let mut headings = received.columns.iter().map(|(heading, _)| heading.as_str());
    let Some(first) = headings.next() else { return false };
    let others: Vec<&str> = headings.collect();
    let is_dated = |heading: &&str| vintage_of(heading).is_some();
    let known = super::columns::find;
    match others.as_slice() {
        [] => false,
        _ if others.iter().all(is_dated) => means(first, "observation_date", &["date"]),
        _ => means(first, "observation_date", &[]) && others.iter().all(|heading| known(heading).is_none()),
    }
}

/// Reads a file.
///
/// # Errors
/// A column stands twice, or the vintage of a graph's file is not said.
pub fn read(received: &Received, hint: &Hint, observed_at: IngestTime) -> Result<Rows> {
    let mut series: BTreeMap<&str, Vec<(i32, usize)>> = BTreeMap::new();
    let mut warnings = received.notes.clone();
    for (at, (heading, _)) in received.columns.iter().enumerate().skip(1) {
        let (name, last) = match (vintage_of(heading), hint.vintage_days()) {
            (Some((name, day)), None) => (name, days_since_1970(day).unwrap_or(i32::MAX)),
            (Some(_), Some(_)) => {
                return Err(Error::usage("the file says itself which vintages it holds").hint("leave --vintage out"));
            }
            (None, Some((first, last))) => {
                ensure_begun(first, observed_at)?;
                (heading.as_str(), last)
            }
            (None, None) => {
                return Err(Error::source("the file does not say when its figures were known, and figures of today are revised")
                    .hint("say the day on which it was downloaded with --vintage 2024-05-30; `contango ingest fred` has every vintage"));
            }
        };
        let own = series.entry(name).or_default();
        if own.iter().any(|(day, _)| *day == last) {
            return Err(Error::source(format!("two columns are called `{heading}`")).hint("rename or drop one of them"));
        }
        if known_at_end_of(last - 1) > observed_at.micros() {
            warnings.push(format!("the vintage `{heading}` is left out: the file was seen at {observed_at}"));
            continue;
        }
        own.push((last, at));
    }
    let mut cells = Cells::of(received, COMMAND);
    cells.settle_order(&[(Some(0), "observation_date")], hint.order)?;
    let as_of = cells.periods(Some(0), "observation_date", PERIODS)?;
    let mut seen = std::collections::HashSet::new();
    for row in 0..received.n_rows {
        if as_of.is_null(row) {
            cells.reject(row, Some("observation_date"), "the row has no day".to_string());
        } else if !seen.insert(as_of.value(row)) {
            cells.reject(row, Some("observation_date"), "the file has another row of this day".to_string());
        }
    }
    let mut read: Vec<(&str, Vec<(i64, Float64Array)>)> = Vec::new();
    for (name, mut vintages) in series {
        vintages.sort_unstable();
        let columns =
            vintages.into_iter().map(|(day, at)| Ok((known_at_end_of(day), cells.numbers(Some(at), &received.columns[at].0, false)?)));
        read.push((name, columns.collect::<Result<_>>()?));
    }
    let mut listed = Listed::default();
    for (name, vintages) in &read {
        for row in (0..received.n_rows).filter(|row| !cells.is_rejected[*row]) {
            // before its first figure an observation does not exist
            let mut last = None;
            for (known_at, values) in vintages {
                let value = values.is_valid(row).then(|| values.value(row));
                if value != last {
                    listed.push(name, as_of.value(row), value, *known_at);
                    last = value;
                }
            }
        }
    }
    let Cells { rejections, .. } = cells;
    Ok(listed.into_rows(Availability::Lagged, rejections, warnings))
}

#[cfg(test)]
mod tests {
    use super::vintage_of;

    #[test]
    fn a_heading_names_series_and_vintage() {
        let shown = |heading| vintage_of(heading).map(|(series, day)| format!("{series} {day}"));
        for (heading, expected) in [
            ("GDPC1_20240425", Some("GDPC1 2024-04-25")),
            ("MY_SERIES_19991231", Some("MY_SERIES 1999-12-31")),
            ("GDPC1", None),
            ("GDPC1_2024", None),
            ("GDPC1_20241345", None),
            ("_20240425", None),
        ] {
            assert_eq!(shown(heading).as_deref(), expected, "{heading}");
        }
    }
}
