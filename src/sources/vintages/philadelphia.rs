//! The real-time data set of the Federal Reserve Bank of Philadelphia: one variable a file, a row per period and a column per vintage, named
//! `ROUTPUT65Q4` or `EMPLOY64M12`.
//!
//! A quarterly vintage holds what could be known in the middle of its quarter, on the 15th of the middle month. Of a monthly one only the
//! month is certain, since figures such as consumer prices come out before or after its middle; it counts as known when the month ends. Both
//! are assumptions and marked `lagged`. Between neighbouring vintages most figures stay: what a vintage leaves as it was is no vintage of it.

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, Float64Array};

use super::rows::{Listed, Rows};
use super::{COMMAND, PERIODS, known_at_end_of};
use crate::error::{Error, Result};
use crate::sources::received::Received;
use crate::sources::received::cells::{Cells, days_since_1970};
use crate::time::{Availability, IngestTime, Shift};

/// The source of these vintages, where the user names no other.
pub const SOURCE: &str = "rtdsm";

/// The first year of a two-digit one: the oldest vintages are of 1965, and of payrolls of 1964.
const OLDEST_YEAR: i32 = 1950;

/// A column of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Vintage<'a> {
    variable: &'a str,
    /// First day of the month whose state it shows.
    month: NaiveDate,
    /// The day that it shows.
    day: NaiveDate,
}

impl<'a> Vintage<'a> {
    /// Reads a heading: the variable, two digits of the year, and the quarter or month.
    fn of(heading: &'a str) -> Option<Self> {
        let (head, number) = heading.rsplit_once(['Q', 'M'])?;
        let is_quarter = heading.as_bytes()[head.len()] == b'Q';
        let (variable, year) = head.split_at_checked(head.len().checked_sub(2)?)?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if variable.is_empty() || !is_number(year) || !is_number(number) || number.len() > 2 {
            return None;
        }
        let (year, number): (i32, u32) = (year.parse().ok()?, number.parse().ok()?);
        let year = OLDEST_YEAR + (year - OLDEST_YEAR).rem_euclid(100);
        if is_quarter {
            let month = NaiveDate::from_ymd_opt(year, (1..=4).contains(&number).then(|| number * 3 - 1)?, 1)?;
            return Some(Self { variable, month, day: month.plus_days(14) });
        }
        let month = NaiveDate::from_ymd_opt(year, number, 1)?;
        Some(Self { variable, month, day: month.plus_months(1).pred_opt()? })
    }
}

/// Whether the columns of a file are the vintages of one variable.
pub fn is_file(received: &Received) -> bool {
    let mut headings = received.columns.iter().map(|(heading, _)| heading.as_str());
    let is_date = headings.next().is_some_and(|heading| heading.eq_ignore_ascii_case("date"));
    let (vintages, all) =
        headings.fold((0, 0), |(vintages, all), heading| (vintages + usize::from(Vintage::of(heading).is_some()), all + 1));
    is_date && vintages > 0 && vintages * 2 > all
}

/// Reads a file.
///
/// # Errors
/// Its columns are vintages of two variables, or one vintage stands in it twice.
pub fn read(received: &Received, observed_at: IngestTime) -> Result<Rows> {
    let (mut vintages, mut unknown) = (Vec::new(), Vec::new());
    for (at, (heading, _)) in received.columns.iter().enumerate().skip(1) {
        match Vintage::of(heading) {
            Some(vintage) => vintages.push((vintage, at)),
            None => unknown.push(format!("`{heading}`")),
        }
    }
    vintages.sort_by_key(|(vintage, _)| vintage.day);
    let variable = vintages.first().map_or("", |(vintage, _)| vintage.variable);
    if let Some((other, _)) = vintages.iter().find(|(vintage, _)| vintage.variable != variable) {
        return Err(Error::source(format!("the columns are vintages of `{variable}` and of `{}`", other.variable))
            .hint("one variable a file, as the Philadelphia Fed publishes them"));
    }
    if let Some(pair) = vintages.windows(2).find(|pair| pair[0].0.day == pair[1].0.day) {
        let heading = |at: usize| received.columns[at].0.as_str();
        return Err(
            Error::source(format!("`{}` and `{}` are the same vintage", heading(pair[0].1), heading(pair[1].1))).hint("drop one of them")
        );
    }
    let mut warnings = Vec::new();
    if !unknown.is_empty() {
        warnings.push(format!("columns that are no vintages, left in the raw file: {}", unknown.join(", ")));
    }
    let is_future =
        |vintage: &Vintage<'_>| days_since_1970(vintage.month).is_none_or(|day| known_at_end_of(day - 1) > observed_at.micros());
    let future = vintages.iter().position(|(vintage, _)| is_future(vintage)).unwrap_or(vintages.len());
    if let Some((_, at)) = vintages.get(future) {
        warnings.push(format!("vintages from `{}` on are left out: the file was seen at {observed_at}", received.columns[*at].0));
        vintages.truncate(future);
    }
    let mut cells = Cells::of(received, COMMAND);
    let as_of = cells.periods(Some(0), "DATE", PERIODS)?;
    let columns: Vec<(i64, Float64Array)> = vintages
        .iter()
        .map(|(vintage, at)| {
            let known_at = days_since_1970(vintage.day).map_or(i64::MAX, known_at_end_of);
            Ok((known_at, cells.numbers(Some(*at), &received.columns[*at].0, false)?))
        })
        .collect::<Result<_>>()?;
    let mut seen = std::collections::HashSet::new();
    for row in 0..received.n_rows {
        if as_of.is_null(row) {
            cells.reject(row, Some("DATE"), "the row has no period".to_string());
        } else if !seen.insert(as_of.value(row)) {
            cells.reject(row, Some("DATE"), "the file has another row of this period".to_string());
        }
    }
    let mut listed = Listed::default();
    for row in (0..received.n_rows).filter(|row| !cells.is_rejected[*row]) {
        // before its first figure an observation does not exist
        let mut last = None;
        for (known_at, values) in &columns {
            let value = values.is_valid(row).then(|| values.value(row));
            if value != last {
                listed.push(variable, as_of.value(row), value, *known_at);
                last = value;
            }
        }
    }
    let Cells { rejections, .. } = cells;
    Ok(listed.into_rows(Availability::Lagged, rejections, warnings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_names_variable_and_day() {
        let shown = |heading| Vintage::of(heading).map(|vintage| format!("{} {}", vintage.variable, vintage.day));
        for (heading, expected) in [
            ("ROUTPUT65Q4", Some("ROUTPUT 1965-11-15")),
            ("ROUTPUT24Q1", Some("ROUTPUT 2024-02-15")),
            ("EMPLOY64M12", Some("EMPLOY 1964-12-31")),
            ("EMPLOY24M2", Some("EMPLOY 2024-02-29")),
            ("M165Q4", Some("M1 1965-11-15")),
            ("NCPROFAT99Q2", Some("NCPROFAT 1999-05-15")),
            ("ROUTPUT65Q5", None),
            ("EMPLOY64M13", None),
            ("EMPLOY64M", None),
            ("65Q4", None),
            ("Q4", None),
            ("ROUTPUTé5Q4", None),
        ] {
            assert_eq!(shown(heading).as_deref(), expected, "{heading}");
        }
    }
}
