//! FRED-MD and FRED-QD, the panels of monthly and quarterly series of the Federal Reserve Bank of St. Louis: one vintage a file, a column per
//! series, and under the header a row of transformation codes, which are not taken.
//!
//! A file says of its vintage only the month, and that in its name alone (2024-02.csv). The files come out in the last days of a month, so a
//! figure counts as known when the month ends, which is marked `lagged`. An empty cell between two figures says that there is none; before the
//! first and after the last it says nothing.

use datafusion::arrow::array::{Array, BooleanArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;

use super::hint::{Hint, days};
use super::rows::{Listed, Rows};
use super::table::ensure_begun;
use super::{COMMAND, known_at_end_of};
use crate::error::{Error, Result};
use crate::sources::day::Days;
use crate::sources::received::Received;
use crate::sources::received::cells::{Cells, days_since_1970, filled};
use crate::time::{Availability, IngestTime};

/// The source of these vintages, where the user names no other.
pub const SOURCE: &str = "fred_md";
/// And of the quarterly panel.
pub const QUARTERLY_SOURCE: &str = "fred_qd";

/// Whether a file is such a panel.
pub fn is_file(received: &Received) -> bool {
    received.columns.first().is_some_and(|(heading, _)| heading.eq_ignore_ascii_case("sasdate"))
}

/// Reads a file, and says which of the two panels it is.
///
/// # Errors
/// Neither its name nor the user says the month of the vintage, or that lies after the file was seen.
pub fn read(received: &mut Received, name: &str, hint: &Hint, observed_at: IngestTime) -> Result<(Rows, &'static str)> {
    let (first, last) = match hint.vintage_days() {
        Some(said) => said,
        None => month_in(name)
            .and_then(|month| days(&month))
            .and_then(|(first, last)| Some((days_since_1970(first)?, days_since_1970(last)?)))
            .ok_or_else(|| {
                Error::source(format!("neither the file nor its name `{name}` says which month's vintage it is"))
                    .hint("say it with --vintage 2024-02")
            })?,
    };
    ensure_begun(first, observed_at)?;
    let known_at = known_at_end_of(last);
    let source = drop_codes(received)?;
    let mut cells = Cells::of(received, COMMAND);
    let as_of = cells.days(Some(0), "sasdate", Days::american(1900, 2100))?;
    let mut seen = std::collections::HashSet::new();
    for row in 0..received.n_rows {
        if as_of.is_null(row) {
            cells.reject(row, Some("sasdate"), "the row has no day".to_string());
        } else if !seen.insert(as_of.value(row)) {
            cells.reject(row, Some("sasdate"), "the file has another row of this day".to_string());
        }
    }
    let mut series: Vec<(&str, _)> = Vec::new();
    for (at, (heading, _)) in received.columns.iter().enumerate().skip(1).filter(|(_, (heading, _))| !heading.is_empty()) {
        if series.iter().any(|(other, _)| other == heading) {
            return Err(Error::source(format!("two columns are called `{heading}`")).hint("rename or drop one of them"));
        }
        series.push((heading, cells.numbers(Some(at), heading, false)?));
    }
    let mut listed = Listed::default();
    for (heading, values) in &series {
        let mut rows: Vec<usize> = (0..received.n_rows).filter(|row| !cells.is_rejected[*row]).collect();
        rows.sort_by_key(|row| as_of.value(*row));
        let is_figure = |row: &usize| values.is_valid(*row);
        let (Some(begin), Some(end)) = (rows.iter().position(is_figure), rows.iter().rposition(is_figure)) else { continue };
        for row in &rows[begin..=end] {
            listed.push(heading, as_of.value(*row), values.is_valid(*row).then(|| values.value(*row)), known_at);
        }
    }
    let Cells { rejections, .. } = cells;
    Ok((listed.into_rows(Availability::Lagged, rejections, Vec::new()), source))
}

/// Drops the rows of codes and those that are empty.
fn drop_codes(received: &mut Received) -> Result<&'static str> {
    let internal = |e| Error::internal(format!("cannot read the rows of a panel: {e}"));
    let texts =
        received.columns.iter().map(|(_, column)| cast(column, &DataType::Utf8)).collect::<Result<Vec<_>, _>>().map_err(internal)?;
    let text = |column: usize, row: usize| {
        let column = datafusion::arrow::array::AsArray::as_string::<i32>(&texts[column]);
        column.is_valid(row).then(|| column.value(row)).and_then(filled)
    };
    let is = |row: usize, word: &str| text(0, row).is_some_and(|cell| cell.to_ascii_lowercase().starts_with(word));
    let is_quarterly = (0..received.n_rows).any(|row| is(row, "factors"));
    let is_empty = |row: usize| (0..texts.len()).all(|column| text(column, row).is_none());
    let keep = (0..received.n_rows).map(|row| Some(!is(row, "factors") && !is(row, "transform") && !is_empty(row)));
    received.keep(&keep.collect::<BooleanArray>())?;
    Ok(if is_quarterly { QUARTERLY_SOURCE } else { SOURCE })
}

/// The month in a file's name, as 2024-02: from `2024-02.csv`, `FRED-MD_2024m2.csv`, `fred_md_2024_02.csv.gz`.
fn month_in(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let starts = (0..bytes.len()).filter(|at| (*at == 0 || !is_digit(at - 1)) && (*at..at + 4).all(is_digit) && !is_digit(at + 4));
    let mut found = starts.filter_map(|at| {
        let year = &name[at..at + 4];
        let digits = at + 4 + usize::from(matches!(bytes.get(at + 4), Some(b'-' | b'_' | b'm' | b'M')));
        let end = (digits..bytes.len()).find(|at| !is_digit(*at)).unwrap_or(bytes.len());
        let month: u32 = name.get(digits..end).filter(|month| (1..=2).contains(&month.len()))?.parse().ok()?;
        let is_apart = digits > at + 4;
        (is_apart && (1..=12).contains(&month)).then(|| format!("{year}-{month:02}"))
    });
    found.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_is_found_in_a_name() {
        for (name, expected) in [
            ("2024-02.csv", Some("2024-02")),
            ("2024-02.csv.gz", Some("2024-02")),
            ("FRED-MD_2024m2.csv", Some("2024-02")),
            ("fred_md_2014_11.csv", Some("2014-11")),
            ("current.csv", None),
            ("2024-13.csv", None),
            ("202402.csv", None),
            ("1234567-02.csv", None),
            ("2024-021.csv", None),
        ] {
            assert_eq!(month_in(name).as_deref(), expected, "{name}");
        }
    }
}
