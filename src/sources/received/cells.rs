//! Columns of a file as typed arrays. A cell that cannot be read sets its row aside, with the line, the column and the reason; a column of a
//! type that cannot be read at all is an error, and so is one whose days could be read in two ways.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone};
use datafusion::arrow::array::timezone::Tz;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, PrimitiveArray, StringArray, TimestampMicrosecondArray, new_null_array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Date32Type, Float64Type, TimeUnit, TimestampMicrosecondType};

use super::Received;
use crate::error::{Error, Result};
use crate::sources::Rejection;
use crate::sources::day::{Days, Order, Shown};
use crate::sources::days::Range;
use crate::sources::number::{self, Separator};
use crate::time::KnowledgeTime;

/// Reads cells, and notes the rows of those that cannot be read.
pub struct Cells<'a> {
    received: &'a Received,
    /// The command whose help says what each column holds.
    command: &'static str,
    /// The order of day and month of each column of days, by its place, where its cells have one.
    orders: HashMap<usize, Order>,
    /// What separates decimals, where the columns show it.
    decimals: Option<Separator>,
    /// Rows that cannot be taken; each has a rejection.
    pub is_rejected: Vec<bool>,
    pub rejections: Vec<Rejection>,
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Texts that stand for no value.
const MISSING: [&str; 9] = ["", "NaN", "nan", "NA", "null", "NULL", ".", "#N/A", "N/A"];
/// And where a number or a day is expected: what programs and publishers write.
const NO_FIGURE: [&str; 9] = ["n/a", "<NA>", "None", "none", "NaT", "ND", "-", "--", "N.A."];

/// What a cell of text holds, `None` where it stands for no value.
pub fn filled(cell: &str) -> Option<&str> {
    Some(cell.trim()).filter(|cell| !MISSING.contains(cell))
}

/// As [`filled`], of a number or a day.
fn filled_figure(cell: &str) -> Option<&str> {
    filled(cell).filter(|cell| !NO_FIGURE.contains(cell))
}

impl<'a> Cells<'a> {
    pub fn of(received: &'a Received, command: &'static str) -> Self {
        let is_rejected = vec![false; received.n_rows];
        let mut cells = Self { received, command, orders: HashMap::new(), decimals: None, is_rejected, rejections: Vec::new() };
        for &row in &received.ragged {
            cells.reject(row, None, "the row has another number of cells than the header".to_string());
        }
        cells
    }

    /// Sets a row aside, unless it is.
    pub fn reject(&mut self, row: usize, column: Option<&str>, reason: String) {
        if !std::mem::replace(&mut self.is_rejected[row], true) {
            self.rejections.push(self.received.rejection(row, column, reason));
        }
    }

    fn array(&self, place: Option<usize>) -> Option<&ArrayRef> {
        place.map(|at| &self.received.columns[at].1)
    }

    fn cast(&self, array: &ArrayRef, kind: &DataType, name: &str) -> Result<ArrayRef> {
        cast(array, kind).map_err(|_| {
            Error::source(format!("the column `{name}` has the type {}, which cannot be read", array.data_type()))
                .hint(format!("`{} --help` says what each column holds", self.command))
        })
    }

    /// A column of text; a missing column is all NULL, here and below.
    ///
    /// # Errors
    /// The column holds no text, here and below.
    pub fn text(&self, place: Option<usize>, name: &str) -> Result<StringArray> {
        let Some(array) = self.array(place) else { return Ok(new_null_array(&DataType::Utf8, self.received.n_rows).as_string().clone()) };
        let text = self.cast(array, &DataType::Utf8, name)?;
        let text = text.as_string::<i32>();
        let is_plain = |cell: &str| filled(cell).is_some_and(|filled| filled.len() == cell.len());
        // a series stands in row after row
        let mut last = None;
        let mut is_same_or_plain = |cell| last.replace(cell) == Some(cell) || is_plain(cell);
        if text.iter().all(|cell| cell.is_none_or(&mut is_same_or_plain)) {
            return Ok(text.clone());
        }
        Ok(text.iter().map(|cell| cell.and_then(filled)).collect())
    }

    /// Whether cells of a column may say a time of day.
    pub fn may_be_timed(&self, place: Option<usize>) -> bool {
        self.array(place).is_some_and(|array| matches!(array.data_type(), DataType::Utf8 | DataType::Timestamp(..)))
    }

    /// Finds out whether the day or the month stands first in these columns, from all of their cells together; a column that shows nothing
    /// follows the others of the file. `said` is what the user says, which decides for all.
    ///
    /// # Errors
    /// A column shows both orders, or can be read in both and nobody says which is meant.
    pub fn settle_order(&mut self, columns: &[(Option<usize>, &str)], said: Option<Order>) -> Result<()> {
        let mut undecided = Vec::new();
        for (place, name) in columns.iter().filter_map(|(place, name)| Some(((*place)?, *name))) {
            if let Some(order) = said {
                self.orders.insert(place, order);
                continue;
            }
            let Some(text) = self.texts(place, name)? else { continue };
            let mut shown: [Option<usize>; 2] = [None, None];
            let mut open = None;
            for (row, cell) in text.as_string::<i32>().iter().enumerate() {
                match Order::shown(cell.unwrap_or_default().trim()) {
                    Shown::Only(order) => _ = shown[order as usize].get_or_insert(row),
                    Shown::Either => _ = open.get_or_insert(row),
                    Shown::Nothing => {}
                }
            }
            let cell = |row: usize| text.as_string::<i32>().value(row).trim().to_string();
            match (shown, open) {
                ([Some(first), Some(second)], _) => {
                    let (a, b) = (self.received.line(first), self.received.line(second));
                    return Err(Error::source(format!(
                        "the day stands first on line {a} (`{}`), and the month on line {b} (`{}`)",
                        cell(first),
                        cell(second)
                    ))
                    .in_column(name)
                    .hint("write days as 2024-03-08, or say with `--dates day-first` or `--dates month-first` which lines are right"));
                }
                ([Some(_), None], _) => _ = self.orders.insert(place, Order::DayFirst),
                ([None, Some(_)], _) => _ = self.orders.insert(place, Order::MonthFirst),
                ([None, None], Some(row)) => undecided.push((place, name, cell(row))),
                ([None, None], None) => {}
            }
        }
        let mut known: Vec<Order> = self.orders.values().copied().collect();
        known.dedup();
        for (place, name, cell) in undecided {
            let [order] = known[..] else {
                return Err(Error::source(format!("`{cell}` and all other days of the column can be read in two ways"))
                    .in_column(name)
                    .hint("say which is meant: `--dates day-first` or `--dates month-first`"));
            };
            self.orders.insert(place, order);
        }
        Ok(())
    }

    /// Finds out what separates decimals in these columns of numbers, for those that do not show it themselves.
    ///
    /// # Errors
    /// As [`Cells::text`].
    pub fn settle_decimals(&mut self, columns: &[(Option<usize>, &str)]) -> Result<()> {
        let mut shown = Vec::new();
        for (place, name) in columns.iter().filter_map(|(place, name)| Some(((*place)?, *name))) {
            let text = self.texts(place, name)?;
            shown.extend(text.and_then(|text| decimals_of(text.as_string::<i32>())));
        }
        shown.dedup();
        self.decimals = if let [one] = shown[..] { Some(one) } else { None };
        Ok(())
    }

    /// A column as text, where it is one of text.
    fn texts(&self, place: usize, name: &str) -> Result<Option<ArrayRef>> {
        let array = &self.received.columns[place].1;
        let is_text = match array.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
            DataType::Dictionary(_, value) => value.as_ref() == &DataType::Utf8,
            _ => false,
        };
        is_text.then(|| self.cast(array, &DataType::Utf8, name)).transpose()
    }

    /// A column of a primitive type: as it is stored, or read from text; `parse` says why a text is none.
    fn primitive<P: ArrowPrimitiveType>(
        &mut self,
        place: Option<usize>,
        name: &str,
        kind: &DataType,
        parse: impl Fn(&str) -> std::result::Result<P::Native, String>,
    ) -> Result<PrimitiveArray<P>> {
        let Some(place) = place else {
            return Ok(new_null_array(kind, self.received.n_rows).as_primitive::<P>().clone());
        };
        match self.texts(place, name)? {
            Some(text) => Ok(self.parsed(&text, name, parse).with_data_type(kind.clone())),
            None => Ok(self.cast(&self.received.columns[place].1, kind, name)?.as_primitive::<P>().clone()),
        }
    }

    fn parsed<P: ArrowPrimitiveType>(
        &mut self,
        text: &ArrayRef,
        name: &str,
        parse: impl Fn(&str) -> std::result::Result<P::Native, String>,
    ) -> PrimitiveArray<P> {
        let mut values = Vec::with_capacity(text.len());
        for (row, cell) in text.as_string::<i32>().iter().enumerate() {
            let value = match cell.and_then(filled_figure).map(&parse) {
                Some(Err(reason)) => {
                    self.reject(row, Some(name), reason);
                    None
                }
                other => other.and_then(std::result::Result::ok),
            };
            values.push(value);
        }
        PrimitiveArray::<P>::from_iter(values)
    }

    /// A column of days: as they are stored, of text in any form (`2024-03-08`, `20240308`, `3/8/2024` in the order that was settled), or of
    /// instants: at midnight of its zone an instant stands for that day, else for its day in UTC, in text as in Parquet.
    ///
    /// # Errors
    /// As [`Cells::text`].
    pub fn days(&mut self, place: Option<usize>, name: &str, days: Days) -> Result<Date32Array> {
        let read = |text: &str, days: &Days| zoned_day(text, days).unwrap_or_else(|| days.read_timed(text));
        self.days_by(place, name, days, read)
    }

    /// A column of days or of periods by their first day ([`period`]).
    ///
    /// # Errors
    /// As [`Cells::text`].
    pub fn periods(&mut self, place: Option<usize>, name: &str, days: Days) -> Result<Date32Array> {
        self.days_by(place, name, days, period)
    }

    fn days_by(
        &mut self,
        place: Option<usize>,
        name: &str,
        days: Days,
        read: impl Fn(&str, &Days) -> std::result::Result<NaiveDate, String>,
    ) -> Result<Date32Array> {
        let days = place.and_then(|place| self.orders.get(&place)).map_or(days, |order| days.in_order(*order));
        let parse = |text: &str| read(text, &days).and_then(|day| days_since_1970(day).ok_or_else(|| format!("`{text}` is no day")));
        let Some(array) = self.array(place).cloned() else { return self.primitive::<Date32Type>(place, name, &DataType::Date32, parse) };
        let read: Date32Array = match array.data_type().clone() {
            // 20240308
            kind if kind.is_integer() => self.parsed(&self.cast(&array, &DataType::Utf8, name)?, name, parse),
            DataType::Timestamp(_, zone) => {
                let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
                let instants = self.cast(&array, &utc, name)?;
                let zone = zone.and_then(|zone| zone.parse::<Tz>().ok());
                let day = |at: i64| day_of(DateTime::from_timestamp_micros(at)?, zone).and_then(days_since_1970);
                instants.as_primitive::<TimestampMicrosecondType>().iter().map(|at| at.and_then(day)).collect()
            }
            _ => self.primitive::<Date32Type>(place, name, &DataType::Date32, parse)?,
        };
        for row in (0..read.len()).filter(|row| read.is_valid(*row) && !self.is_rejected[*row]).collect::<Vec<_>>() {
            let day = NaiveDate::default().checked_add_signed(Duration::days(i64::from(read.value(row))));
            if let Err(reason) = day.ok_or_else(|| "it is no day".to_string()).and_then(|day| days.ensure_sensible(day)) {
                self.reject(row, Some(name), reason);
            }
        }
        Ok(read)
    }

    /// Sets aside rows of days that the source cannot have; `beside` are days beside `as_of`, which may lie further ahead.
    ///
    /// # Errors
    /// One is on no calendar: nobody writes that, so the file is damaged, and who knows where else.
    pub fn ensure_possible_days(&mut self, days: &Date32Array, name: &str, range: Range, beside: bool) -> Result<()> {
        let is_possible = |day: i32| if beside { range.has_beside(day.into()) } else { range.has(day) };
        for row in (0..days.len()).filter(|row| days.is_valid(*row) && !is_possible(days.value(*row))) {
            let day = days.value(row);
            if NaiveDate::from_epoch_days(day).is_none() {
                return Err(Error::source(format!("day {day} since 1970 is on no calendar"))
                    .at_row(self.received.line(row))
                    .in_column(name)
                    .hint("the file is damaged: download or copy it again"));
            }
            self.reject(row, Some(name), range.reason(day));
        }
        Ok(())
    }

    /// The same of instants.
    pub fn ensure_possible_instants(&mut self, instants: &TimestampMicrosecondArray, name: &str, range: Range) {
        for row in (0..instants.len()).filter(|row| instants.is_valid(*row)) {
            let day = instants.value(row).div_euclid(MICROS_PER_DAY);
            if !range.has_beside(day) {
                self.reject(row, Some(name), range.reason(i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX })));
            }
        }
    }

    /// Instants with their time: a day alone would be its first instant, at which nothing was known of its row. `instead` is the hint where
    /// the column holds days.
    ///
    /// # Errors
    /// As [`Cells::text`], or the column holds days.
    pub fn instants(&mut self, place: Option<usize>, name: &str, instead: &str) -> Result<TimestampMicrosecondArray> {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let kind = self.array(place).map(|array| array.data_type());
        if kind.is_some_and(|kind| kind.is_numeric() || matches!(kind, DataType::Date32 | DataType::Date64)) {
            return Err(Error::source(format!("the column `{name}` holds days or bare numbers, and no instants"))
                .hint(format!("a day does not say when within it a row became known; write 2024-03-08T22:00:00Z, or {instead}")));
        }
        let instant = |text: &str| {
            let read = KnowledgeTime::parse(text).ok().filter(|_| text.parse::<NaiveDate>().is_err()).map(KnowledgeTime::micros);
            read.ok_or_else(|| format!("`{text}` is no instant; write it as 2024-03-08T22:00:00Z"))
        };
        self.primitive::<TimestampMicrosecondType>(place, name, &utc, instant)
    }

    /// A column of numbers, or of whole numbers alone; NaN is missing. Thousands may be separated (`334,921`), and a comma may stand before
    /// decimals where the column shows that it does.
    ///
    /// # Errors
    /// As [`Cells::text`].
    pub fn numbers(&mut self, place: Option<usize>, name: &str, whole: bool) -> Result<Float64Array> {
        let expected = if whole { "whole number" } else { "number; a point separates decimals" };
        let own = match place.map(|place| self.texts(place, name)).transpose()?.flatten() {
            Some(text) => decimals_of(text.as_string::<i32>()),
            None => None,
        };
        let decimals = own.or(self.decimals);
        let parse = |text: &str| {
            let plain = number::scientific(text.as_bytes()).filter(|n| !whole || n.fract() == 0.0);
            let plain = plain.filter(|_| decimals != Some(Separator::Comma) || whole || !text.contains('.'));
            let written = |separator| number::written(text.as_bytes(), separator).filter(|n| !whole || n.fract() == 0.0);
            let read = match decimals {
                // a count has no decimals: what separates can only be thousands
                Some(Separator::Comma) if whole => plain.filter(|_| !text.contains('.')).or_else(|| written(Separator::Comma)),
                _ if whole => plain.or_else(|| written(Separator::Point)).or_else(|| written(Separator::Comma)),
                Some(separator) => plain.or_else(|| written(separator)),
                None => plain,
            };
            read.ok_or_else(|| format!("`{text}` is no {expected}"))
        };
        let numbers = self.primitive::<Float64Type>(place, name, &DataType::Float64, parse)?;
        if whole {
            for row in (0..numbers.len()).filter(|row| numbers.is_valid(*row) && numbers.value(*row).fract() != 0.0) {
                if !numbers.value(row).is_nan() {
                    self.reject(row, Some(name), format!("`{}` is no whole number", numbers.value(row)));
                }
            }
        }
        if numbers.values().iter().all(|value| value.is_finite()) {
            return Ok(numbers);
        }
        for row in (0..numbers.len()).filter(|row| numbers.is_valid(*row) && numbers.value(*row).is_infinite()) {
            self.reject(row, Some(name), format!("`{}` is no {expected}", numbers.value(row)));
        }
        Ok(numbers.iter().map(|value| value.filter(|v| !v.is_nan())).collect())
    }
}

/// What separates the decimals of a column in which commas stand: one before other than three digits, or behind a point, is no separator of
/// thousands. `None` where there is no comma, where all could be either, and where some are the one and some the other.
fn decimals_of(column: &StringArray) -> Option<Separator> {
    let (mut comma, mut point) = (false, false);
    for cell in column.iter().flatten().filter(|cell| cell.contains(',')) {
        let (first, last) = (cell.find(',').unwrap_or_default(), cell.rfind(',').unwrap_or_default());
        match cell.rfind('.') {
            Some(at) if at > last => point = true,
            Some(_) => comma = true,
            None if first != last => point = true,
            None => comma |= cell[last + 1..].bytes().take_while(u8::is_ascii_digit).count() != 3,
        }
    }
    match (comma, point) {
        (true, false) => Some(Separator::Comma),
        (false, true) => Some(Separator::Point),
        _ => None,
    }
}

/// Days since 1970.
pub fn days_since_1970(date: NaiveDate) -> Option<i32> {
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

/// The day that an instant stands for: at midnight of its zone that day, else its day in UTC.
fn day_of(at: DateTime<chrono::Utc>, zone: Option<impl TimeZone>) -> Option<NaiveDate> {
    let local = zone.map_or(at.naive_utc(), |zone| at.with_timezone(&zone).naive_local());
    Some(if local.time() == NaiveTime::MIN { local.date() } else { at.date_naive() })
}

/// As [`day_of`], of a text with an offset behind its time: `2024-03-07T18:00:00-06:00`, `2023-10-17 05:00+0000`. `None`: it has none.
fn zoned_day(text: &str, days: &Days) -> Option<std::result::Result<NaiveDate, String>> {
    let colon = text.find(':')?;
    let start = text[..colon].rfind([' ', 'T'])?;
    let (time, offset) = match text[colon..].rfind(['+', '-', 'Z', 'z']).map(|at| colon + at) {
        Some(at) if text[at..].eq_ignore_ascii_case("z") => (&text[start + 1..at], 0),
        Some(at) => {
            let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
            let minutes = |text: &str| text.parse::<i64>().ok();
            let minutes = match digits.len() {
                2 => minutes(&digits)? * 60,
                4 => minutes(digits.get(..2)?)? * 60 + minutes(digits.get(2..)?)?,
                _ => return None,
            };
            (&text[start + 1..at], if text[at..].starts_with('-') { -minutes } else { minutes })
        }
        None => return None,
    };
    let time = time.trim();
    let time = NaiveTime::parse_from_str(time, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(time, "%H:%M")).ok()?;
    let in_utc = |day: NaiveDate| {
        let at = day.and_time(time).checked_sub_signed(Duration::minutes(offset)).ok_or_else(|| format!("`{text}` is no instant"))?;
        Ok(if time == NaiveTime::MIN { day } else { at.date() })
    };
    Some(days.read(&text[..start]).and_then(in_utc))
}

/// The first day of the period that a cell names: 2024:Q1, 2024Q1, 2024-Q1, 2024:03, 2024-03, 2024M3; else its day.
fn period(text: &str, days: &Days) -> std::result::Result<NaiveDate, String> {
    match first_of_period(text) {
        Some(first) => days.ensure_sensible(first).map_err(|reason| format!("`{text}`: {reason}")),
        None => days
            .read_timed(text)
            .map_err(|reason| reason.replace(days.expected(), "day or period; write it as 2024-03-08, 2024-03 or 2024:Q1")),
    }
}

fn first_of_period(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_at_checked(4)?;
    let rest = rest.strip_prefix([':', '-']).unwrap_or(rest);
    let number = |text: &str, most: u32| text.parse().ok().filter(|n| (1..=most).contains(n) && text.bytes().all(|b| b.is_ascii_digit()));
    let month = match rest.as_bytes() {
        [b'Q' | b'q', quarter] if quarter.is_ascii_digit() => number(&rest[1..], 4).map(|quarter| quarter * 3 - 2),
        [b'M' | b'm', _] | [b'M' | b'm', _, _] => number(&rest[1..], 12),
        [_, _] => number(rest, 12),
        _ => return None,
    };
    let year = Some(year).filter(|year| year.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    NaiveDate::from_ymd_opt(year, month?, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(column: ArrayRef) -> Received {
        Received {
            n_rows: column.len(),
            columns: vec![("available_at".to_string(), column)],
            lines: None,
            raw: None,
            ragged: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn days_and_numbers_are_no_instants() {
        let days: ArrayRef = std::sync::Arc::new(Date32Array::from(vec![19_789]));
        let seconds: ArrayRef = std::sync::Arc::new(datafusion::arrow::array::Int64Array::from(vec![1_709_935_200]));
        for column in [days, seconds] {
            let received = received(column);
            let error = Cells::of(&received, "x").instants(Some(0), "available_at", "leave the column out").expect_err("no instants");
            assert!(error.message().contains("`available_at` holds days or bare numbers"), "{}", error.message());
        }
    }

    #[test]
    fn a_period_is_its_first_day_however_it_is_written() {
        let first = |text: &str| period(text, &Days::any(1850, 2150)).ok().map(|day| day.to_string());
        for text in ["2024:Q3", "2024Q3", "2024-q3", "2024:07", "2024-07", "2024M7", "2024M07", "2024-07-01", "7/1/2024", "20240701"] {
            assert_eq!(first(text).as_deref(), Some("2024-07-01"), "{text}");
        }
        for text in ["2024:Q5", "2024:13", "2024:00", "2024M", "202é", "", "Q3", "2024-7", "+024-07", "soon", "0024-07"] {
            assert_eq!(first(text), None, "{text}");
        }
    }

    #[test]
    fn text_is_trimmed_and_may_be_missing() {
        let text: ArrayRef = std::sync::Arc::new(StringArray::from(vec![Some("GDP"), Some("GDP"), Some(" GDP "), Some("."), None]));
        let received = received(text);
        let cells = Cells::of(&received, "x");
        let read = cells.text(Some(0), "series_id").expect("text");
        assert_eq!(read.iter().collect::<Vec<_>>(), [Some("GDP"), Some("GDP"), Some("GDP"), None, None]);
    }

    fn of_text(cells: &[&str]) -> Received {
        received(std::sync::Arc::new(StringArray::from(cells.to_vec())))
    }

    fn days_of(received: &Received, said: Option<Order>) -> Result<Vec<String>> {
        let mut cells = Cells::of(received, "x");
        cells.settle_order(&[(Some(0), "as_of")], said)?;
        let days = cells.days(Some(0), "as_of", Days::any(1850, 2150))?;
        Ok((0..days.len())
            .filter(|row| days.is_valid(*row) && !cells.is_rejected[*row])
            .map(|row| days.value_as_date(row).expect("a day").to_string())
            .collect())
    }

    #[test]
    fn a_column_is_read_in_one_order_or_not_at_all() {
        let european = of_text(&["04/03/2024", "05/03/2024", "13/03/2024", ""]);
        assert_eq!(days_of(&european, None).expect("read"), ["2024-03-04", "2024-03-05", "2024-03-13"]);
        let american = of_text(&["3/7/24", "3/13/24"]);
        assert_eq!(days_of(&american, None).expect("read"), ["2024-03-07", "2024-03-13"]);
        let open = of_text(&["04/03/2024", "05/03/2024"]);
        let error = days_of(&open, None).expect_err("two readings");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("--dates day-first")), "{error}");
        assert_eq!(days_of(&open, Some(Order::DayFirst)).expect("said"), ["2024-03-04", "2024-03-05"]);
        assert_eq!(days_of(&open, Some(Order::MonthFirst)).expect("said"), ["2024-04-03", "2024-05-03"]);
        let both = of_text(&["13/03/2024", "03/14/2024"]);
        assert!(days_of(&both, None).expect_err("both orders").message().contains("the day stands first on line 1"));
        assert_eq!(days_of(&of_text(&["03/03/2024"]), None).expect("the same both ways"), ["2024-03-03"]);
    }

    #[test]
    fn an_instant_is_of_one_day_in_text_and_in_parquet() {
        let cases = [
            ("2024-03-07T18:00:00-06:00", "2024-03-08"),
            ("2024-03-08T23:30:00-05:00", "2024-03-09"),
            ("2023-10-17T05:00:00+0000", "2023-10-17"),
            ("2024-03-08 00:00:00+09:00", "2024-03-08"),
            ("2024-03-07T23:00:00Z", "2024-03-07"),
            ("2024-03-07 17:00", "2024-03-07"),
        ];
        for (text, expected) in cases {
            assert_eq!(days_of(&of_text(&[text]), None).expect("read"), [expected], "{text}");
            let Ok(at) =
                DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%#z").or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%#z"))
            else {
                continue;
            };
            let zone = at.offset().to_string();
            let stored = TimestampMicrosecondArray::from(vec![at.timestamp_micros()]).with_timezone(zone.as_str());
            assert_eq!(days_of(&received(std::sync::Arc::new(stored)), None).expect("read"), [expected], "{text} in Parquet");
        }
    }

    #[test]
    fn a_year_that_makes_no_sense_sets_its_row_aside_however_it_is_stored() {
        let of_year_24 = days_since_1970(NaiveDate::from_ymd_opt(24, 3, 8).expect("a day"));
        let stored: ArrayRef = std::sync::Arc::new(Date32Array::from(vec![of_year_24, Some(i32::MAX), Some(19_789)]));
        assert_eq!(days_of(&received(stored), None).expect("read"), ["2024-03-07"]);
        assert!(days_of(&of_text(&["0024-03-08"]), None).expect("read").is_empty());
    }

    #[test]
    fn numbers_of_a_column_are_read_in_one_way() {
        let read = |cells: &[&str], whole| {
            let received = of_text(cells);
            let mut cells = Cells::of(&received, "x");
            let numbers = cells.numbers(Some(0), "close", whole).expect("numbers");
            let n_rejected = cells.rejections.len();
            (numbers.iter().collect::<Vec<_>>(), n_rejected)
        };
        assert_eq!(read(&["334,921", "1,000,000", "12", "-"], true), (vec![Some(334_921.0), Some(1e6), Some(12.0), None], 0));
        assert_eq!(read(&["1.234", "12.5"], true), (vec![Some(1234.0), None], 1));
        assert_eq!(read(&["5,164.25", "5,165", "99.5"], false), (vec![Some(5164.25), Some(5165.0), Some(99.5)], 0));
        assert_eq!(read(&["132,50", "1.132,50", "133"], false), (vec![Some(132.5), Some(1132.5), Some(133.0)], 0));
        assert_eq!(read(&["5,164", "5,165"], false), (vec![None, None], 2), "thousands, or three decimals");
        assert_eq!(read(&["ND", "None", "n/a", "<NA>", "1e-3"], false), (vec![None, None, None, None, Some(0.001)], 0));
    }
}
