//! Trading calendars: which days are trade dates, when the session of each begins and ends, and business days around them. Pure; the
//! calendars themselves stand in `config/calendars.toml`.
//!
//! A trade date's session begins on the evening of the day before, at the hour of the opening, and ends at the hour of the close. The trading
//! of a holiday belongs to the session of the next trade date, so that session begins on the evening before the holiday. Where trading goes on
//! within the hour of a close, what comes then belongs to the next trade date, whose session begins that afternoon.
//!
//! Hours have changed: each era has its own, and one of which nothing is attested has the latest of them.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use super::closures::{is_last_monday, is_nth, is_weekend};
use super::{KnowledgeTime, Shift};

/// The trading days of a group of products.
#[derive(Debug, Clone)]
pub struct ExchangeCalendar {
    name: String,
    /// `None`: every day of the week is a trade date and its session the UTC day.
    hours: Option<Hours>,
    /// Hours of earlier times, in order of their last trade dates.
    eras: Vec<Era>,
    closed: BTreeSet<NaiveDate>,
}

/// The hours of an earlier time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Era {
    /// The last trade date of it.
    pub until: NaiveDate,
    pub open: NaiveTime,
    pub close: NaiveTime,
    /// Nobody attests them: the close is the latest that may have been.
    pub is_assumed: bool,
}

/// Hours of a calendar, in the exchange's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub zone: Tz,
    /// Of the evening before the trade date.
    pub open: NaiveTime,
    pub close: NaiveTime,
    /// Of the next trade date's morning: when volume and open interest are published.
    pub figures: NaiveTime,
}

/// Trading that goes on within this time of a close belongs to the next trade date.
const PAUSE: TimeDelta = TimeDelta::hours(1);
/// When volume and open interest are assumed to come out where nothing is known of the exchange: the next day, UTC.
const FIGURES_UTC: NaiveTime = match NaiveTime::from_hms_opt(12, 45, 0) {
    Some(time) => time,
    None => panic!("a time of day"),
};

impl ExchangeCalendar {
    /// `closed`: days without a trade date beside weekends and the yearly holidays.
    pub fn new(name: impl Into<String>, hours: Hours, mut eras: Vec<Era>, closed: impl IntoIterator<Item = NaiveDate>) -> Self {
        eras.sort_by_key(|era| era.until);
        Self { name: name.into(), hours: Some(hours), eras, closed: closed.into_iter().collect() }
    }
    /// Every day of the week is a trade date and its session the UTC day: what is assumed of a market that configuration does not know.
    pub fn every_day() -> Self {
        Self { name: "every day".into(), hours: None, eras: Vec::new(), closed: BTreeSet::new() }
    }
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Whether the calendar is an exchange's, so that its instants are known by rule and not assumed.
    pub fn is_known(&self) -> bool {
        self.hours.is_some()
    }
    /// Whether the hours of a trade date are attested, so that its instants are known by rule and not assumed.
    pub fn is_known_on(&self, trade_date: NaiveDate) -> bool {
        self.is_known() && !self.era(trade_date).is_some_and(|era| era.is_assumed)
    }
    fn era(&self, trade_date: NaiveDate) -> Option<&Era> {
        self.eras.iter().find(|era| trade_date <= era.until)
    }
    /// The hours of a trade date.
    fn hours_on(&self, trade_date: NaiveDate) -> Option<Hours> {
        let hours = self.hours?;
        Some(self.era(trade_date).map_or(hours, |era| Hours { open: era.open, close: era.close, ..hours }))
    }
    pub fn is_trade_date(&self, day: NaiveDate) -> bool {
        self.hours.is_none() || !(is_weekend(day) || is_exchange_holiday(day) || self.closed.contains(&day))
    }
    /// `day` where it is a trade date, else the next one.
    pub fn trade_date_from(&self, day: NaiveDate) -> NaiveDate {
        day.iter_days().find(|day| self.is_trade_date(*day)).unwrap_or(day)
    }
    /// The `n`-th trade date after `day` (before it where `n` is negative); `day` itself need not be one. 0 gives [`Self::trade_date_from`].
    pub fn offset(&self, day: NaiveDate, n: i32) -> NaiveDate {
        let mut at = if n == 0 { self.trade_date_from(day) } else { day };
        for _ in 0..n.unsigned_abs() {
            let step = |from: NaiveDate| if n > 0 { from.succ_opt() } else { from.pred_opt() };
            let Some(mut next) = step(at) else { return at };
            while !self.is_trade_date(next) {
                let Some(further) = step(next) else { return at };
                next = further;
            }
            at = next;
        }
        at
    }
    /// The trade date whose session an instant belongs to; in the pause between two sessions the next one.
    pub fn trade_date_of(&self, instant: KnowledgeTime) -> NaiveDate {
        let instant = DateTime::from_timestamp_micros(instant.micros()).unwrap_or_default();
        let Some(zone) = self.hours.map(|hours| hours.zone) else { return instant.date_naive() };
        let local = instant.with_timezone(&zone);
        let day = local.date_naive();
        let Some(hours) = self.hours_on(day) else { return day };
        self.trade_date_from(if local.time() >= hours.close { day.succ_opt().unwrap_or(day) } else { day })
    }
    /// Start (inclusive) and end (exclusive) of the session of a trade date. It starts on the evening after the trade date before it, or of the
    /// Sunday: trading on a holiday without a trade date of its own is in it. A day that is no trade date has the session that it is traded in.
    pub fn session(&self, day: NaiveDate) -> (KnowledgeTime, KnowledgeTime) {
        let trade_date = self.trade_date_from(day);
        let Some(hours) = self.hours_on(trade_date) else {
            const DAY: i64 = 86_400_000_000;
            let start = trade_date.signed_duration_since(NaiveDate::default()).num_days() * DAY;
            return (KnowledgeTime::from_micros(start), KnowledgeTime::from_micros(start + DAY));
        };
        // back over holidays, not over the weekend, in which nothing is traded
        let mut first = trade_date;
        while let Some(before) = first.pred_opt().filter(|day| !is_weekend(*day) && !self.is_trade_date(*day)) {
            first = before;
        }
        let before = self.offset(trade_date, -1);
        // trading that goes on in the afternoon of the trade date before is of this one
        let goes_on = self.hours_on(before).is_some_and(|of_then| hours.open < of_then.close + PAUSE && hours.open >= of_then.close);
        let evening = if goes_on { before } else { first.pred_opt().unwrap_or(first) };
        (known(at(hours.zone, evening, hours.open)), known(at(hours.zone, trade_date, hours.close)))
    }
    /// When volume and open interest of a trade date are published, by rule: the next trade date's morning.
    pub fn next_morning(&self, day: NaiveDate) -> KnowledgeTime {
        let next = self.offset(self.trade_date_from(day), 1);
        known(match self.hours {
            Some(hours) => at(hours.zone, next, hours.figures),
            None => next.and_time(FIGURES_UTC).and_utc(),
        })
    }
}

fn known(at: DateTime<Utc>) -> KnowledgeTime {
    KnowledgeTime::from_micros(at.timestamp_micros())
}

/// The instant of a local time; of an hour that comes twice the later one, which shows less. No exchange opens or closes in an hour that
/// does not exist.
fn at(zone: Tz, day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let local = day.and_time(time);
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(_, at) => at.to_utc(),
        LocalResult::None => local.and_utc(),
    }
}

/// Juneteenth has no trade date from this year on.
const JUNETEENTH_FROM: i32 = 2022;
/// Martin Luther King's day has none from this year on.
const KING_FROM: i32 = 1998;

/// The days on which the exchanges of the United States have no trade date: the holidays of their clearing houses.
pub(super) fn is_exchange_holiday(day: NaiveDate) -> bool {
    let year = day.year();
    match day.month() {
        1 if is_nth(day, Weekday::Mon, 3) => year >= KING_FROM,
        2 if is_nth(day, Weekday::Mon, 3) => true,
        5 if is_last_monday(day) => true,
        9 if is_nth(day, Weekday::Mon, 1) => true,
        11 if is_nth(day, Weekday::Thu, 4) => true,
        3 | 4 if day == good_friday(year) => true,
        _ => is_fixed_holiday(day),
    }
}

/// A holiday on a Sunday is kept on the Monday, one on a Saturday on the Friday; New Year's never on the Friday, which is the last day of a year.
fn is_fixed_holiday(day: NaiveDate) -> bool {
    let is_holiday = |at: NaiveDate| match (at.month(), at.day()) {
        (1, 1) | (7, 4) | (12, 25) => true,
        (6, 19) => at.year() >= JUNETEENTH_FROM,
        _ => false,
    };
    let neighbour = match day.weekday() {
        Weekday::Mon => day.pred_opt(),
        Weekday::Fri => day.succ_opt().filter(|saturday| saturday.ordinal() > 1),
        _ => None,
    };
    is_holiday(day) || neighbour.is_some_and(is_holiday)
}

fn good_friday(year: i32) -> NaiveDate {
    easter(year).plus_days(-2)
}

/// Easter Sunday, by the Gregorian computus (the anonymous algorithm of 1876).
pub(super) fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    NaiveDate::from_ymd_opt(year, month.unsigned_abs(), day.unsigned_abs()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chicago() -> ExchangeCalendar {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).expect("a time");
        let hours = Hours { zone: Tz::America__Chicago, open: time(17, 0), close: time(16, 0), figures: time(6, 45) };
        ExchangeCalendar::new("CME", hours, Vec::new(), [])
    }
    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }
    fn instant(text: &str) -> KnowledgeTime {
        KnowledgeTime::parse(text).expect("an instant")
    }
    fn session(trade_date: &str) -> [String; 2] {
        let (start, end) = chicago().session(day(trade_date));
        [start.to_string(), end.to_string()]
    }

    #[test]
    fn the_holidays_of_three_years() {
        let of_year = |year: i32| {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).expect("a date");
            let days = first.iter_days().take_while(move |day| day.year() == year);
            days.filter(|day| is_exchange_holiday(*day) && !is_weekend(*day)).map(|day| day.format("%m-%d").to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of_year(2021), ["01-01", "01-18", "02-15", "04-02", "05-31", "07-05", "09-06", "11-25", "12-24"]);
        assert_eq!(of_year(2022), ["01-17", "02-21", "04-15", "05-30", "06-20", "07-04", "09-05", "11-24", "12-26"]);
        assert_eq!(of_year(2024), ["01-01", "01-15", "02-19", "03-29", "05-27", "06-19", "07-04", "09-02", "11-28", "12-25"]);
    }

    #[test]
    fn good_fridays() {
        for text in ["2008-03-21", "2016-03-25", "2018-03-30", "2019-04-19", "2020-04-10", "2023-04-07", "2026-04-03", "2038-04-23"] {
            assert_eq!(good_friday(day(text).year()), day(text));
        }
    }

    #[test]
    fn a_session_begins_on_the_evening_before_in_summer_and_in_winter() {
        assert_eq!(session("2024-01-10"), ["2024-01-09 23:00:00Z", "2024-01-10 22:00:00Z"]);
        assert_eq!(session("2024-07-10"), ["2024-07-09 22:00:00Z", "2024-07-10 21:00:00Z"]);
        assert_eq!(session("2024-07-08"), ["2024-07-07 22:00:00Z", "2024-07-08 21:00:00Z"], "a Monday's on Sunday evening");
        // clocks went forward on Sunday 10 March, back on Sunday 3 November
        assert_eq!(session("2024-03-11"), ["2024-03-10 22:00:00Z", "2024-03-11 21:00:00Z"]);
        assert_eq!(session("2024-11-04"), ["2024-11-03 23:00:00Z", "2024-11-04 22:00:00Z"]);
    }

    #[test]
    fn the_trading_of_a_holiday_belongs_to_the_next_trade_date() {
        for (holiday, next) in [("2006-01-16", "2006-01-17"), ("2026-01-19", "2026-01-20")] {
            assert!(!chicago().is_trade_date(day(holiday)));
            let (start, end) = chicago().session(day(next));
            let noon = instant(&format!("{holiday} 12:00 America/Chicago"));
            assert!(start <= noon && noon < end);
            assert_eq!(chicago().trade_date_of(noon), day(next));
            assert_eq!(start, instant(&format!("{} 17:00 America/Chicago", day(holiday).pred_opt().expect("a day"))));
        }
        assert_eq!(session("2024-11-29")[0], "2024-11-27 23:00:00Z", "Thanksgiving belongs to the Friday");
    }

    #[test]
    fn a_day_without_a_trade_date_has_the_session_that_it_is_traded_in() {
        assert_eq!(session("2024-11-28"), session("2024-11-29"), "Thanksgiving");
        assert_eq!(session("2024-12-01"), session("2024-12-02"), "a Sunday");
        assert_eq!(chicago().next_morning(day("2024-11-28")), chicago().next_morning(day("2024-11-29")));
    }

    #[test]
    fn each_era_has_its_hours() {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).expect("a time");
        let era = |until, open, close, is_assumed| Era { until: day(until), open, close, is_assumed };
        let hours = Hours { zone: Tz::America__Chicago, open: time(17, 0), close: time(16, 0), figures: time(6, 45) };
        let eras = vec![
            era("2015-09-18", time(17, 0), time(16, 15), false),
            era("2012-11-16", time(15, 30), time(15, 15), false),
            era("2003-09-26", time(17, 0), time(16, 15), true),
        ];
        let calendar = ExchangeCalendar::new("CME equity index", hours, eras, []);
        let end = |trade_date| calendar.session(day(trade_date)).1.to_string();
        assert_eq!(end("2015-09-21"), "2015-09-21 21:00:00Z");
        assert_eq!(end("2015-09-18"), "2015-09-18 21:15:00Z");
        assert_eq!(end("2012-11-16"), "2012-11-16 21:15:00Z");
        let trade_date = |at: &str| calendar.trade_date_of(instant(at)).to_string();
        assert_eq!(trade_date("2012-11-15 15:10 America/Chicago"), "2012-11-15");
        assert_eq!(trade_date("2012-11-15 15:45 America/Chicago"), "2012-11-16", "after the halt it is the next trade date");
        assert_eq!(trade_date("2012-11-09 15:45 America/Chicago"), "2012-11-12", "of a Friday the Monday");
        assert_eq!(trade_date("2014-11-14 16:10 America/Chicago"), "2014-11-14");
        let friday = calendar.session(day("2012-11-12")).0;
        assert_eq!(friday, instant("2012-11-09 15:30 America/Chicago"));
        assert_eq!(
            calendar.session(day("2012-11-19")).0,
            instant("2012-11-18 17:00 America/Chicago"),
            "the new hours begin on their evening"
        );
        assert!(!calendar.is_known_on(day("2003-09-26")) && calendar.is_known_on(day("2003-09-29")));
    }

    #[test]
    fn every_instant_has_the_trade_date_of_its_session() {
        let calendar = chicago();
        let mut trade_date = day("2024-02-28");
        while trade_date < day("2024-12-31") {
            let (start, end) = calendar.session(trade_date);
            let next = calendar.offset(trade_date, 1);
            for (micros, expected) in [(start.micros(), trade_date), (end.micros() - 1, trade_date), (end.micros(), next)] {
                assert_eq!(calendar.trade_date_of(KnowledgeTime::from_micros(micros)), expected);
            }
            assert!(calendar.session(next).0 > end);
            trade_date = next;
        }
    }

    #[test]
    fn trade_dates_are_counted_from_any_day() {
        let calendar = chicago();
        assert_eq!(calendar.offset(day("2024-07-06"), 0), day("2024-07-08"));
        assert_eq!(calendar.offset(day("2024-07-06"), 1), day("2024-07-08"));
        assert_eq!(calendar.offset(day("2024-07-03"), 1), day("2024-07-05"));
        assert_eq!(calendar.offset(day("2024-07-05"), -1), day("2024-07-03"));
        assert_eq!(calendar.offset(day("2024-07-06"), -2), day("2024-07-03"));
        assert_eq!(calendar.next_morning(day("2024-07-03")).to_string(), "2024-07-05 11:45:00Z");
    }

    #[test]
    fn without_a_calendar_every_day_is_a_trade_date() {
        let calendar = ExchangeCalendar::every_day();
        let saturday = day("2024-07-06");
        assert!(calendar.is_trade_date(saturday));
        let (start, end) = calendar.session(saturday);
        assert_eq!((start.to_string(), end.to_string()), ("2024-07-06 00:00:00Z".into(), "2024-07-07 00:00:00Z".into()));
        assert_eq!(calendar.trade_date_of(start), saturday);
        assert_eq!(calendar.next_morning(saturday).to_string(), "2024-07-07 12:45:00Z");
    }
}
