//! When each Commitments of Traders report became public, and what a reader of the calendar could expect at some instant. Pure: built by
//! `config` from `config/cot.toml` and `config/releases/cftc.csv`.
//!
//! ```text
//! Mon    Tue     Wed    Thu    Fri            Mon
//!        as_of   └── closures here ──┘ 15:30  └ each closure moves the release here and on, a business day at a time
//! ```
//!
//! In order: an exception of that week, else the era of the report (before it was weekly), else the rule; and never before the report was
//! first published. [`CotCalendar::release`] answers with hindsight, for `available_at`; [`CotCalendar::listing`] only with what its clock
//! knew, so an exceptional date is not shown before it was announced.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Weekday};
use chrono_tz::America::New_York;

use super::closures::{Closures, is_statutory_holiday, is_weekend};
use super::evidence::Evidence;
use super::{Availability, KnowledgeTime, Release, Shift};

/// Evidence of a date that follows from the rule.
pub const EVIDENCE_RULE: &str = "rule";
/// Evidence of a date that follows from an era in which the report was not weekly.
pub const EVIDENCE_ERA: &str = "era";
/// Evidence of a report whose date by the rule has passed without it.
pub const EVIDENCE_OVERDUE: &str = "overdue";

/// The first report that the history of the CFTC has.
const FIRST_REPORT: NaiveDate = match NaiveDate::from_ymd_opt(1986, 1, 15) {
    Some(day) => day,
    None => panic!("a day of the calendar"),
};
/// The Monday of the first week with a report of its own; before, one described the middle and one the end of a month.
const FIRST_WEEK: NaiveDate = match NaiveDate::from_ymd_opt(1992, 10, 5) {
    Some(monday) => monday,
    None => panic!("a day of the calendar"),
};
/// The report that there was before the others.
const LEGACY: &str = "legacy";
/// Time of day in New York at which reports are released.
pub const RELEASE_TIME: NaiveTime = match NaiveTime::from_hms_opt(15, 30, 0) {
    Some(time) => time,
    None => panic!("a time of day"),
};
/// All that has happened is known.
const HINDSIGHT: NaiveDate = NaiveDate::MAX;

/// A week whose report did not come out by the rule, or whose date by the rule is attested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseException {
    pub as_of: NaiveDate,
    pub published_on: NaiveDate,
    /// Time of day in New York; the end of the day where only the day is attested.
    pub time: NaiveTime,
    pub evidence: Evidence,
    /// The day from which the date could be known; `None`: not before the report itself.
    pub announced_on: Option<NaiveDate>,
    pub note: String,
}

/// A report that did not exist before `date`, `time` in New York.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    pub report: String,
    pub date: NaiveDate,
    pub time: NaiveTime,
}

/// A stretch of time in which a report was not weekly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Era {
    pub report: String,
    /// Days described before this one.
    pub until: NaiveDate,
    pub lag: Lag,
    pub time: NaiveTime,
}

/// How long after the day described a report was published, at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// So many calendar days and then so many business days later.
    Days { calendar: u32, business: u32 },
    /// On this day of the next month, or the first business day after it.
    NextMonth { day: u32 },
}

/// One week of the calendar as a reader saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarRow {
    pub as_of: NaiveDate,
    /// When the report came out or, while it has not, when it was expected; `None` where it is overdue.
    pub released_at: Option<KnowledgeTime>,
    pub released: bool,
    pub availability: Availability,
    /// [`Evidence::name`], [`EVIDENCE_RULE`] or [`EVIDENCE_OVERDUE`].
    pub evidence: &'static str,
    pub announced_on: Option<NaiveDate>,
    pub note: Option<String>,
}

/// Everything the calendar rests on, as read from the configuration.
#[derive(Debug, Clone, Default)]
pub struct CotCalendarParts {
    pub closures: Closures,
    /// A later exception of one week replaces an earlier one.
    pub exceptions: Vec<ReleaseException>,
    pub monday_reports: Vec<NaiveDate>,
    pub floors: Vec<Floor>,
    /// In order of `until`.
    pub eras: Vec<Era>,
    pub corrections: Vec<Correction>,
}

/// A report whose figures were corrected after it had come out. Files carry the later figures alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    pub as_of: NaiveDate,
    pub date: NaiveDate,
    pub time: NaiveTime,
    pub note: String,
}

/// The release calendar of the Commitments of Traders.
#[derive(Debug, Clone, Default)]
pub struct CotCalendar {
    closures: Closures,
    /// By the Monday of the week that the report describes.
    exceptions: BTreeMap<NaiveDate, ReleaseException>,
    monday_reports: BTreeSet<NaiveDate>,
    floors: Vec<Floor>,
    eras: Vec<Era>,
    corrections: Vec<Correction>,
}

impl CotCalendar {
    pub fn new(parts: CotCalendarParts) -> Self {
        let mut eras = parts.eras;
        eras.sort_by_key(|era| era.until);
        Self {
            closures: parts.closures,
            exceptions: parts.exceptions.into_iter().map(|exception| (release_week(exception.as_of), exception)).collect(),
            monday_reports: parts.monday_reports.into_iter().collect(),
            floors: parts.floors,
            eras,
            corrections: parts.corrections,
        }
    }

    /// When the report (`tff`, `disaggregated` or `legacy`) that describes `as_of` became public.
    pub fn release(&self, report: &str, as_of: NaiveDate) -> Release {
        let release = if let Some(exception) = self.exceptions.get(&release_week(as_of)) {
            exception.release()
        } else if let Some(era) = self.eras.iter().find(|era| era.report == report && as_of < era.until) {
            Release { at: self.at_end_of_lag(as_of, era), availability: Availability::Lagged }
        } else {
            Release { at: self.by_rule(as_of), availability: Availability::Rule }
        };
        match self.floors.iter().find(|floor| floor.report == report).map(Floor::at) {
            Some(floor) if release.at < floor => Release { at: floor, availability: Availability::Lagged },
            _ => release,
        }
    }

    /// When the figures of the report that describes `as_of` were corrected; `None` where nobody says that they were.
    pub fn corrected(&self, as_of: NaiveDate) -> Option<KnowledgeTime> {
        let found = self.corrections.iter().find(|correction| correction.as_of == as_of);
        found.map(|correction| in_new_york(correction.date, correction.time))
    }

    /// When the rule alone, without exceptions, eras and floors, releases the report that describes `as_of`.
    pub fn by_rule(&self, as_of: NaiveDate) -> KnowledgeTime {
        self.expected_by_rule(as_of, HINDSIGHT)
    }

    /// The calendar since 1986 as it could be read at `clock`, through `weeks_ahead` weeks after it, one row per report day.
    ///
    /// A past row shows what happened, a coming one what was expected then. It is the calendar of the publication: a report that began later
    /// (see [`CotCalendar::release`]) brought its earlier weeks with it.
    pub fn listing(&self, clock: KnowledgeTime, weeks_ahead: u32) -> Vec<CalendarRow> {
        let today = local_date(clock);
        let last = release_week(today).checked_add_days(Days::new(7 * u64::from(weeks_ahead))).unwrap_or(NaiveDate::MAX);
        let of_months = halves_of_months().take_while(|day| *day <= last).map(|as_of| self.of_month(as_of, clock));
        let weekly = FIRST_WEEK.iter_weeks().take_while(|monday| *monday <= last).map(|monday| self.listed(monday, clock, today));
        of_months.chain(weekly).collect()
    }

    fn of_month(&self, as_of: NaiveDate, clock: KnowledgeTime) -> CalendarRow {
        let release = self.release(LEGACY, as_of);
        CalendarRow {
            as_of,
            released_at: Some(release.at),
            released: release.at <= clock,
            availability: release.availability,
            evidence: EVIDENCE_ERA,
            announced_on: None,
            note: None,
        }
    }

    fn listed(&self, monday: NaiveDate, clock: KnowledgeTime, today: NaiveDate) -> CalendarRow {
        let exception = self.exceptions.get(&monday);
        let tuesday = monday.plus_days(1);
        // before it was weekly the report had no rule that could be looked ahead by
        let of_era = self.eras.iter().any(|era| era.report == LEGACY && tuesday < era.until);
        let happened = match exception {
            Some(exception) => exception.release(),
            None => self.release(LEGACY, tuesday),
        };
        let (happened, grade) = (happened.at, happened.availability);
        let released = happened <= clock;
        let as_of =
            if self.monday_reports.contains(&monday) && (released || is_statutory_holiday(tuesday, today)) { monday } else { tuesday };
        let announced = exception.filter(|exception| released || exception.announced_on.is_some_and(|day| local_midnight(day) <= clock));
        if let Some(exception) = announced {
            return CalendarRow {
                as_of,
                released_at: Some(happened),
                released,
                availability: exception.evidence.availability(),
                evidence: exception.evidence.name(),
                announced_on: exception.announced_on,
                note: self.corrected_note(as_of, clock, Some(exception.note.clone()).filter(|note| !note.is_empty())),
            };
        }
        let expected = if released || of_era { happened } else { self.expected_by_rule(tuesday, today) };
        let overdue = !released && expected <= clock;
        CalendarRow {
            as_of,
            released_at: (!overdue).then_some(expected),
            released,
            availability: if of_era { grade } else { Availability::Rule },
            evidence: if overdue {
                EVIDENCE_OVERDUE
            } else if of_era {
                EVIDENCE_ERA
            } else {
                EVIDENCE_RULE
            },
            announced_on: None,
            note: self.corrected_note(as_of, clock, self.closure_note(monday, if released { HINDSIGHT } else { today })),
        }
    }

    /// A note with the correction of the report's figures, from the moment of it on.
    fn corrected_note(&self, as_of: NaiveDate, clock: KnowledgeTime, note: Option<String>) -> Option<String> {
        let known =
            self.corrections.iter().find(|correction| correction.as_of == as_of && in_new_york(correction.date, correction.time) <= clock);
        let Some(correction) = known else { return note };
        let corrected = format!("figures corrected on {}: {}", correction.date, correction.note);
        Some(note.map_or(corrected.clone(), |note| format!("{note}; {corrected}")))
    }

    fn expected_by_rule(&self, as_of: NaiveDate, known_on: NaiveDate) -> KnowledgeTime {
        let week = release_week(as_of);
        let closed = self.closed_days(week, known_on).count();
        let friday = week.plus_days(4);
        let closed = u32::try_from(closed).expect("at most three days");
        in_new_york(self.closures.business_days_after(friday, closed, known_on), RELEASE_TIME)
    }

    /// The closures that move the release of the week: those on its Wednesday, Thursday and Friday.
    fn closed_days(&self, week: NaiveDate, known_on: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        (2..5).map(move |day| week.plus_days(day)).filter(move |day| self.closures.is_closed(*day, known_on))
    }

    fn closure_note(&self, week: NaiveDate, known_on: NaiveDate) -> Option<String> {
        let days: Vec<String> = self.closed_days(week, known_on).map(|day| day.to_string()).collect();
        (!days.is_empty()).then(|| format!("federal closure on {}", days.join(", ")))
    }

    fn at_end_of_lag(&self, as_of: NaiveDate, era: &Era) -> KnowledgeTime {
        let day = match era.lag {
            Lag::Days { calendar, business } => self.closures.business_days_after(as_of.plus_days(calendar.into()), business, HINDSIGHT),
            Lag::NextMonth { day } => {
                let first = as_of.with_day(1).unwrap_or(as_of).plus_months(1);
                self.closures.business_day_from(first.plus_days(i64::from(day.saturating_sub(1))), HINDSIGHT)
            }
        };
        in_new_york(day, era.time)
    }
}

/// The days that the reports of 1986 to September 1992 describe: the middle and the end of each month, or the weekday before.
fn halves_of_months() -> impl Iterator<Item = NaiveDate> {
    let weekday = |day: NaiveDate| std::iter::successors(Some(day), NaiveDate::pred_opt).find(|day| !is_weekend(*day)).unwrap_or(day);
    let ends = FIRST_REPORT.iter_days().take_while(|day| *day < FIRST_WEEK);
    ends.filter(|day| day.day() == 15 || day.succ_opt().is_some_and(|next| next.day() == 1)).map(weekday)
}

impl ReleaseException {
    fn release(&self) -> Release {
        Release { at: in_new_york(self.published_on, self.time), availability: self.evidence.availability() }
    }
}

impl Floor {
    fn at(&self) -> KnowledgeTime {
        in_new_york(self.date, self.time)
    }
}

/// The Monday of the week on whose Friday the report is due. Positions taken on a Friday or later cannot be published that Friday.
fn release_week(as_of: NaiveDate) -> NaiveDate {
    let from_monday = i64::from(as_of.weekday().num_days_from_monday());
    let monday = as_of.plus_days(-from_monday);
    if from_monday >= i64::from(Weekday::Fri.num_days_from_monday()) { monday.plus_days(7) } else { monday }
}

fn in_new_york(date: NaiveDate, time: NaiveTime) -> KnowledgeTime {
    KnowledgeTime::from_local(date.and_time(time), New_York)
}

fn local_midnight(date: NaiveDate) -> KnowledgeTime {
    in_new_york(date, NaiveTime::MIN)
}

/// The day on a calendar in New York.
fn local_date(clock: KnowledgeTime) -> NaiveDate {
    DateTime::from_timestamp_micros(clock.micros()).unwrap_or(DateTime::UNIX_EPOCH).with_timezone(&New_York).date_naive()
}
