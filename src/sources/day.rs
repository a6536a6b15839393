//! Days as providers and people write them: text to a day, once, here and nowhere else.
//!
//! A source says in which [`Form`]s it writes days and which years make sense for it ([`Days`]). A year outside of them sets its row aside:
//! the year 24 is what is left of 2024 where two digits are taken for four. Two digits are read in the forms with slashes, points and names of
//! months alone, which people and spreadsheets shorten: they are the one of a hundred years from [`FIRST_OF_TWO_DIGITS`] on, or from the first
//! year of the source where that is later.
//!
//! `04/03/2024` is the 4th of March in most of the world and the 3rd of April in the United States. A provider writes one of them; of a table of
//! anyone's the column decides as a whole, by [`Order::shown`]. Pure.

use chrono::NaiveDate;

/// The first year that two digits can mean.
const FIRST_OF_TWO_DIGITS: i32 = 1950;

/// How a day may be written, a part of one or two digits with a zero before it or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 2024-03-08, 2024/03/08
    YearFirst,
    /// 20240308
    Digits,
    /// 08/03/2024, 08.03.24, 08-03-2024: the order of day and month is said beside it. Between hyphens two digits are no year: 24-03-07 may
    /// begin with it.
    YearLast,
    /// 08-Mar-2024, 8 Mar 24, Mar 8, 2024
    Named,
}

/// Which of day and month stands first where the year stands last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    DayFirst,
    MonthFirst,
}

impl Order {
    /// As an option names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
        }
    }
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::DayFirst, Self::MonthFirst].into_iter().find(|order| order.name() == name)
    }
    /// What a cell shows of its order: a part beyond 12 is no month.
    pub fn shown(text: &str) -> Shown {
        let Some([first, second, year]) = parts(without_time(text)) else { return Shown::Nothing };
        let n = |part: &str| part.parse::<u32>().unwrap_or_default();
        if first.len() > 2 || second.len() > 2 || !is_last_year(text, year) {
            return Shown::Nothing;
        }
        match (n(first), n(second)) {
            (13.., 1..=12) => Shown::Only(Self::DayFirst),
            (1..=12, 13..) => Shown::Only(Self::MonthFirst),
            (first, second) if first == second => Shown::Nothing,
            _ => Shown::Either,
        }
    }
}

/// What a cell shows of the order of day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It can be read in one way alone.
    Only(Order),
    /// It can be read both ways, as two days.
    Either,
    /// Its year stands first, its day and month are the same number, or it is no day.
    Nothing,
}

/// How a source writes days, and the years that make sense for it.
#[derive(Debug, Clone, Copy)]
pub struct Days {
    forms: &'static [Form],
    order: Order,
    first_year: i32,
    last_year: i32,
    /// A day with this year stands for none: FRED's 9999-12-31 is `until now`.
    open_year: Option<i32>,
}

impl Days {
    /// 2024-03-08 alone.
    pub const fn iso(first_year: i32, last_year: i32) -> Self {
        Self { forms: &[Form::YearFirst], order: Order::DayFirst, first_year, last_year, open_year: None }
    }
    /// 08/03/2024 alone.
    pub const fn day_first(first_year: i32, last_year: i32) -> Self {
        Self { forms: &[Form::YearLast], order: Order::DayFirst, first_year, last_year, open_year: None }
    }
    /// 03/08/2024 or 2024-03-08.
    pub const fn american(first_year: i32, last_year: i32) -> Self {
        Self { forms: &[Form::YearFirst, Form::YearLast], order: Order::MonthFirst, first_year, last_year, open_year: None }
    }
    /// Every form, in an order of day and month that is said or found out.
    pub const fn any(first_year: i32, last_year: i32) -> Self {
        let forms = &[Form::YearFirst, Form::Digits, Form::YearLast, Form::Named];
        Self { forms, order: Order::MonthFirst, first_year, last_year, open_year: None }
    }
    pub const fn in_order(self, order: Order) -> Self {
        Self { order, ..self }
    }
    pub const fn open(self, year: i32) -> Self {
        Self { open_year: Some(year), ..self }
    }

    /// The day that a cell says, without a time behind it.
    ///
    /// # Errors
    /// It says none, or one of a year that makes no sense, in words for the row.
    pub fn read(&self, text: &str) -> Result<NaiveDate, String> {
        let text = text.trim();
        let day = self.forms.iter().find_map(|form| self.of(*form, text)).ok_or_else(|| format!("`{text}` is no {}", self.expected()))?;
        self.ensure_sensible(day).map_err(|reason| format!("`{text}`: {reason}"))
    }

    /// As [`Days::read`], with a time of day behind it or not.
    ///
    /// # Errors
    /// As [`Days::read`].
    pub fn read_timed(&self, text: &str) -> Result<NaiveDate, String> {
        let text = text.trim();
        self.read(without_time(text)).map_err(|reason| if text == without_time(text) { reason } else { format!("`{text}`: {reason}") })
    }

    /// A day, where its year makes sense.
    ///
    /// # Errors
    /// It does not.
    pub fn ensure_sensible(&self, day: NaiveDate) -> Result<NaiveDate, String> {
        let year = chrono::Datelike::year(&day);
        if (self.first_year..=self.last_year).contains(&year) || self.open_year == Some(year) {
            return Ok(day);
        }
        Err(format!("the year {year} is not between {} and {}", self.first_year, self.last_year))
    }

    /// What is read, for the reason of a row that is set aside.
    pub fn expected(&self) -> &'static str {
        match (self.forms, self.order) {
            ([Form::YearFirst], _) => "day such as 2026-10-02",
            ([Form::YearLast], _) => "day such as 31/12/2026",
            ([Form::YearFirst, Form::YearLast], _) => "day: expected 12/31/2024, 12/31/24 or 2024-12-31",
            _ => "day; write it as 2024-03-08",
        }
    }

    fn of(&self, form: Form, text: &str) -> Option<NaiveDate> {
        match form {
            Form::YearFirst => {
                let [year, month, day] = parts(text)?;
                (year.len() == 4).then(|| date(year.parse().ok()?, month, day)).flatten()
            }
            Form::Digits => {
                let is_one = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
                is_one.then(|| date(text[..4].parse().ok()?, &text[4..6], &text[6..])).flatten()
            }
            Form::YearLast => {
                let [first, second, year] = parts(text).filter(|[.., year]| is_last_year(text, year))?;
                let (day, month) = if self.order == Order::DayFirst { (first, second) } else { (second, first) };
                date(self.year(year)?, month, day)
            }
            Form::Named => self.named(text),
        }
    }

    fn named(&self, text: &str) -> Option<NaiveDate> {
        let mut words = text.split([' ', '-', ',', '/']).filter(|word| !word.is_empty());
        let (first, second, year) = (words.next()?, words.next()?, words.next()?);
        let (day, month) = match month_named(first) {
            Some(month) => (second, month),
            None => (first, month_named(second)?),
        };
        let is_day = (1..=2).contains(&day.len()) && day.bytes().all(|b| b.is_ascii_digit());
        (words.next().is_none() && is_day).then(|| NaiveDate::from_ymd_opt(self.year(year)?, month, day.parse().ok()?)).flatten()
    }

    /// A year of four digits or two.
    fn year(&self, text: &str) -> Option<i32> {
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let year: i32 = text.parse().ok()?;
        let first = self.first_year.max(FIRST_OF_TWO_DIGITS);
        match text.len() {
            4 => Some(year),
            2 => Some(first + (year - first).rem_euclid(100)),
            _ => None,
        }
    }
}

/// Whether the last part of a text may be its year.
fn is_last_year(text: &str, year: &str) -> bool {
    year.len() == 4 || (year.len() == 2 && !without_time(text).contains('-'))
}

/// The text before a time of day, which has a colon, or digits alone behind a T.
fn without_time(text: &str) -> &str {
    let end = match text.find(':') {
        Some(colon) => text[..colon].rfind([' ', 'T']),
        None => text.rfind('T').filter(|at| *at >= 8 && text[at + 1..].starts_with(|c: char| c.is_ascii_digit())),
    };
    end.map_or(text, |end| text[..end].trim_end_matches([' ', ',']))
}

/// Three numbers between equal separators.
fn parts(text: &str) -> Option<[&str; 3]> {
    let separator = text.bytes().find(|b| !b.is_ascii_digit()).filter(|b| matches!(b, b'-' | b'/' | b'.'))?;
    let mut parts = text.split(char::from(separator));
    let found = [parts.next()?, parts.next()?, parts.next()?];
    let is_number = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    (parts.next().is_none() && found.iter().all(is_number)).then_some(found)
}

fn date(year: i32, month: &str, day: &str) -> Option<NaiveDate> {
    let is_short = |part: &str| (1..=2).contains(&part.len());
    NaiveDate::from_ymd_opt(
        year,
        Some(month).filter(|part| is_short(part))?.parse().ok()?,
        Some(day).filter(|part| is_short(part))?.parse().ok()?,
    )
}

/// The month of an English name or its first three letters.
fn month_named(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    let at = NAMES.iter().position(|name| *name == word || name[..3] == word || (word == "sept" && *name == "september"))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANY: Days = Days::any(1850, 2150);

    fn read(days: Days, text: &str) -> Option<String> {
        days.read_timed(text).ok().map(|day| day.to_string())
    }

    #[test]
    fn one_day_is_read_in_every_form_that_is_in_use() {
        for text in [
            "2024-03-08",
            "2024/03/08",
            "2024-3-8",
            "20240308",
            "03/08/2024",
            "3/8/2024",
            "3/8/24",
            "03-08-2024",
            "03.08.2024",
            "08-Mar-2024",
            "8 Mar 24",
            "Mar 8, 2024",
            "March 8 2024",
            "8/MAR/2024",
            "2024-03-08T17:00:00Z",
            "2024-03-08 17:00:00",
            "20240308 17:00",
            "2024-03-08T170000",
            "3/8/2024 5:00 PM",
            "Mar 8, 2024 17:00",
            " 2024-03-08 ",
        ] {
            assert_eq!(read(ANY, text).as_deref(), Some("2024-03-08"), "{text}");
        }
        let first = ANY.in_order(Order::DayFirst);
        for text in ["08/03/2024", "8.3.24", "08-03-2024", "2024-03-08", "8/3/24 17:00"] {
            assert_eq!(read(first, text).as_deref(), Some("2024-03-08"), "{text}");
        }
        for text in [
            "",
            "soon",
            "2024",
            "2024-03",
            "13/13/2024",
            "2024-02-30",
            "1/2/024",
            "+1/2/2024",
            "1/2/2024/3",
            "24-01-15",
            "240115",
            "0024-01-15",
            "9999-01-01",
            "2024-03-08x",
            "2024-03/08",
            "8 Mar",
            "Mar 2024",
            "8 Foo 2024",
            "é/1/2024",
            "2024-Q1",
        ] {
            assert_eq!(read(ANY, text), None, "{text}");
        }
    }

    #[test]
    fn two_digits_are_a_year_of_the_source() {
        let year = |days: Days, text: &str| read(days, text).map(|day| day[..4].to_string());
        for (text, expected) in [("1/2/49", "2049"), ("1/2/50", "1950"), ("1/2/99", "1999"), ("1/2/00", "2000"), ("1/2/24", "2024")] {
            assert_eq!(year(ANY, text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(year(Days::american(1990, 2089), "1/2/90").as_deref(), Some("1990"));
        assert_eq!(year(Days::american(1990, 2089), "12/31/89").as_deref(), Some("2089"));
        assert_eq!(Days::day_first(1990, 2040).read("01/01/89"), Err("`01/01/89`: the year 2089 is not between 1990 and 2040".to_string()));
        assert_eq!(Days::iso(1776, 2200).read("0024-01-15"), Err("`0024-01-15`: the year 24 is not between 1776 and 2200".to_string()));
        assert!(Days::iso(1776, 2200).open(9999).read("9999-12-31").is_ok());
    }

    #[test]
    fn a_part_beyond_twelve_tells_the_order() {
        assert_eq!(Order::shown("13/03/2024"), Shown::Only(Order::DayFirst));
        assert_eq!(Order::shown("3/13/24 10:00"), Shown::Only(Order::MonthFirst));
        assert_eq!(Order::shown("04.03.2024"), Shown::Either);
        for text in ["2024-03-04", "03/03/2024", "20240304", "4 Mar 2024", "soon", ""] {
            assert_eq!(Order::shown(text), Shown::Nothing, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(days in -40_000_i64..60_000) {
            let day = NaiveDate::default() + chrono::Duration::days(days);
            for form in ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y", "%d-%b-%Y", "%B %-d, %Y", "%Y-%m-%dT%H:%M:%S"] {
                let text = day.and_time(chrono::NaiveTime::MIN).format(form).to_string();
                prop_assert_eq!(ANY.read_timed(&text), Ok(day), "{}", text);
            }
        }
        #[test]
        fn nothing_panics(text in ".{0,20}") {
            let _ = (ANY.read_timed(&text), Order::shown(&text));
        }
    }
}
