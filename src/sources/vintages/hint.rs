//! What the user says of a file of vintages where its content does not: `source=bench;series=GDP;vintage=2024-02`, as it is kept beside the
//! raw file, so that a rebuild reads the file as it was read the first time.

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::sources::day::Order;
use crate::sources::received::cells::days_since_1970;

/// What is said of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    /// Whose vintages these are: the column `source` of the table.
    pub source: Option<String>,
    /// The series of a file that names none.
    pub series: Option<String>,
    /// The day or month of a file that is one vintage and does not say which.
    pub vintage: Option<String>,
    /// The order of day and month in days that can be read in two.
    pub order: Option<Order>,
}

impl Hint {
    /// # Errors
    /// A name or a vintage that is none.
    pub fn new(source: Option<String>, series: Option<String>, vintage: Option<String>, order: Option<Order>) -> Result<Self> {
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        if let Some(name) = source.as_deref().filter(|name| !is_name(name)) {
            return Err(Error::usage(format!("`{name}` is no name of a source")).hint("letters, digits, `_`, `-` and `.`"));
        }
        if let Some(name) = series.as_deref().filter(|name| name.is_empty() || name.trim() != *name || name.contains([';', '\n'])) {
            return Err(Error::usage(format!("`{name}` is no name of a series")).hint("any text without `;`"));
        }
        if let Some(text) = vintage.as_deref().filter(|text| last_day(text).is_none()) {
            return Err(Error::usage(format!("`{text}` is no vintage")).hint("a day or a month: 2024-02-15 or 2024-02"));
        }
        Ok(Self { source, series, vintage, order })
    }

    /// As it is kept; `None` where nothing is said.
    pub fn text(&self) -> Option<String> {
        let text = Option::as_deref;
        let said = [
            ("source", text(&self.source)),
            ("series", text(&self.series)),
            ("vintage", text(&self.vintage)),
            ("dates", self.order.map(Order::name)),
        ];
        let said: Vec<String> = said.iter().filter_map(|(key, value)| Some(format!("{key}={}", (*value)?))).collect();
        (!said.is_empty()).then(|| said.join(";"))
    }

    /// Reads it back.
    ///
    /// # Errors
    /// It says something else.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let (mut source, mut series, mut vintage, mut order) = (None, None, None, None);
        for part in text.iter().flat_map(|text| text.split(';')) {
            match part.split_once('=') {
                Some(("source", value)) => source = Some(value.to_string()),
                Some(("series", value)) => series = Some(value.to_string()),
                Some(("vintage", value)) => vintage = Some(value.to_string()),
                Some(("dates", value)) if Order::from_name(value).is_some() => order = Order::from_name(value),
                _ => {
                    return Err(
                        Error::usage(format!("`{part}` says nothing of a file of vintages")).hint("source=, series=, vintage= or dates=")
                    );
                }
            }
        }
        Self::new(source, series, vintage, order)
    }

    /// The last day of the vintage that was said, since 1970, and its first.
    pub fn vintage_days(&self) -> Option<(i32, i32)> {
        let (first, last) = days(self.vintage.as_deref()?)?;
        Some((days_since_1970(first)?, days_since_1970(last)?))
    }
}

fn last_day(text: &str) -> Option<NaiveDate> {
    days(text).map(|(_, last)| last)
}

/// First and last day of 2024-02 or 2024-02-15.
pub fn days(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return (text.len() == 10).then_some((day, day));
    }
    let first = format!("{text}-01").parse::<NaiveDate>().ok().filter(|_| text.len() == 7)?;
    Some((first, first.checked_add_months(chrono::Months::new(1))?.pred_opt()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_reads_back() {
        let some = |text: &str| Some(text.to_string());
        for hint in [
            Hint::default(),
            Hint { source: some("bench"), ..Hint::default() },
            Hint { source: some("my-own.2"), series: some("GDP, real=1"), vintage: some("2024-02"), order: Some(Order::DayFirst) },
        ] {
            assert_eq!(Hint::parse(hint.text().as_deref()).ok(), Some(hint));
        }
        for wrong in
            ["bench", "source=", "source=a/b", "vintage=2024", "vintage=2024-13", "vintage=2024-2", "series=", "mood=1", "dates=", ""]
        {
            assert!(Hint::parse(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_month_lasts_to_its_end() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(days("2024-02"), Some((day("2024-02-01"), day("2024-02-29"))));
        assert_eq!(days("2024-02-15"), Some((day("2024-02-15"), day("2024-02-15"))));
    }
}
