//! The calendar of a publisher as it could be read at an instant: what had come out, what had been announced, and what the rules expected.
//! Pure; put together from the rows of `config/releases/` and the rules of the series that are named to be of them.

use chrono::{Datelike, Months, NaiveDate};

use super::{Config, Frequency, Releases};
use crate::time::attested::{Attested, Precision};
use crate::time::cot::{EVIDENCE_OVERDUE, EVIDENCE_RULE};
use crate::time::release_dates::ReleaseDates;
use crate::time::release_rule::ReleaseDay;
use crate::time::{Availability, KnowledgeTime, Shift};

/// One period of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The last day of the period.
    pub as_of: NaiveDate,
    /// `None`: overdue, or never published.
    pub released_at: Option<KnowledgeTime>,
    pub released: bool,
    pub availability: Availability,
    pub evidence: &'static str,
    pub announced_on: Option<NaiveDate>,
    pub note: Option<String>,
    pub release: String,
    pub period: String,
}

/// How the periods of a release follow each other.
#[derive(Debug, Clone, Copy)]
enum Pace {
    /// Weeks that end on the day of the week of this one.
    Weeks(NaiveDate),
    Months(u32),
}

/// The releases of a publisher, each in order of its periods; through `weeks_ahead` after `clock`.
pub fn of_publisher(config: &Config, publisher: &str, clock: KnowledgeTime, weeks_ahead: u32) -> Vec<Entry> {
    let Some(zone) = Releases::publisher(publisher).map(|publisher| publisher.zone) else { return Vec::new() };
    let now = chrono::DateTime::from_timestamp_micros(clock.micros()).unwrap_or_default().with_timezone(&zone);
    let today = now.date_naive();
    let horizon = KnowledgeTime::from_micros(clock.micros().saturating_add(i64::from(weeks_ahead) * 7 * 86_400_000_000));
    let mut entries = Vec::new();
    for (release, rows) in config.releases().of_publisher(publisher) {
        let reader = Reader { clock, horizon, today, release };
        let ruled = rule_of(config, &format!("{publisher}/{release}"));
        let mut shown: Vec<&Attested> = Vec::new();
        let mut of_release: Vec<Entry> = Vec::new();
        if let Some((dates, pace)) = ruled {
            let first = rows.iter().filter(|row| !row.periods.is_open()).map(|row| row.periods.last).min();
            let last = rows.iter().map(|row| row.periods.last).max();
            for period_end in first.into_iter().flat_map(|first| periods(pace, first)) {
                let rows = if Some(period_end) <= last { rows } else { &[] };
                let row = rows.iter().map(AsRef::as_ref).filter(|row| !row.periods.is_open() && row.periods.contains(period_end));
                let row = row.max_by_key(|row| row.at);
                shown.extend(row);
                match reader.entry(period_end, row, dates) {
                    Some(entry) => of_release.push(entry),
                    None => break,
                }
            }
        }
        let others = rows.iter().map(AsRef::as_ref).filter(|row| !shown.iter().any(|other| std::ptr::eq(*other, *row)));
        of_release.extend(others.filter(|row| reader.can_read(row)).map(|row| reader.attested(row.periods.last, row)));
        of_release.sort_by_key(|entry| (entry.as_of, entry.released_at));
        entries.extend(of_release);
    }
    entries
}

/// The first series or source that is of a release, as its rule tells the periods.
fn rule_of<'a>(config: &'a Config, name: &str) -> Option<(&'a ReleaseDates, Pace)> {
    let series = config.series.iter().find(|series| series.releases.first().is_some_and(|first| first == name))?;
    let dates = series.rule.as_ref()?;
    let pace = match (series.frequency, dates.newest_rule().day) {
        (Frequency::Daily, ReleaseDay::Weekday(_)) => Pace::Weeks(NaiveDate::from_ymd_opt(2024, 1, 5)?),
        (Frequency::Daily, _) => return None,
        (Frequency::Weekly, _) => Pace::Weeks(NaiveDate::from_ymd_opt(2024, 1, 6)?),
        (Frequency::Monthly, _) => Pace::Months(1),
        (Frequency::Quarterly, _) => Pace::Months(3),
        (Frequency::Annual, _) => Pace::Months(12),
    };
    Some((dates, pace))
}

/// Period ends from that of `first` on.
fn periods(pace: Pace, first: NaiveDate) -> Box<dyn Iterator<Item = NaiveDate>> {
    match pace {
        Pace::Weeks(like) => {
            let back = (7 + i64::from(first.weekday().num_days_from_monday()) - i64::from(like.weekday().num_days_from_monday())) % 7;
            let start = first.plus_days(-back);
            Box::new(start.iter_weeks())
        }
        Pace::Months(length) => {
            let month = first.with_day(1).unwrap_or(first);
            Box::new((0u32..).map_while(move |n| month.checked_add_months(Months::new(n * length + 1))?.pred_opt()))
        }
    }
}

struct Reader<'a> {
    clock: KnowledgeTime,
    horizon: KnowledgeTime,
    today: NaiveDate,
    release: &'a str,
}

impl Reader<'_> {
    /// Whether a row could be read: its figure was out, or its date announced.
    fn can_read(&self, row: &Attested) -> bool {
        row.at.is_some_and(|at| at <= self.clock) || row.announced_on.is_some_and(|announced| announced <= self.today)
    }

    /// A period as it stood; `None` where it is too far ahead.
    fn entry(&self, period_end: NaiveDate, row: Option<&Attested>, dates: &ReleaseDates) -> Option<Entry> {
        if let Some(row) = row.filter(|row| self.can_read(row)) {
            return (row.at.is_none_or(|at| at <= self.horizon)).then(|| self.attested(period_end, row));
        }
        let rule = dates.rule(period_end);
        let yesterday = self.today.pred_opt().unwrap_or(self.today);
        let expected = rule.instant(rule.day_as_known(period_end, yesterday)?);
        if expected > self.horizon {
            return None;
        }
        let has_come = expected <= self.clock;
        // what is attested and not read yet has not come out
        let overdue = has_come && row.is_some();
        Some(Entry {
            as_of: period_end,
            released_at: (!overdue).then_some(expected),
            released: has_come && !overdue,
            availability: rule.release(period_end).map_or(Availability::Lagged, |release| release.availability),
            evidence: if overdue { EVIDENCE_OVERDUE } else { EVIDENCE_RULE },
            announced_on: None,
            note: Some(rule.to_string()).filter(|_| !overdue),
            release: self.release.to_string(),
            period: period_end.to_string(),
        })
    }

    fn attested(&self, period_end: NaiveDate, row: &Attested) -> Entry {
        let is_never = row.precision == Precision::Never;
        Entry {
            as_of: period_end,
            released_at: row.at,
            released: row.at.is_some_and(|at| at <= self.clock),
            availability: row.availability(),
            evidence: row.evidence.name(),
            announced_on: row.announced_on,
            note: Some(if is_never { format!("never published: {}", row.source) } else { row.source.clone() }),
            release: self.release.to_string(),
            period: row.period.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(publisher: &str, release: &str, clock: &str, as_of: &str) -> Option<(String, &'static str, bool)> {
        let config = Config::built_in().expect("the built-in files are valid");
        let entries = of_publisher(&config, publisher, KnowledgeTime::parse(clock).expect("an instant"), 8);
        let entry = entries.into_iter().find(|entry| entry.release == release && entry.as_of.to_string() == as_of)?;
        Some((entry.released_at.map_or("none".into(), |at| at.to_string()), entry.evidence, entry.released))
    }

    #[test]
    fn a_strike_is_seen_as_it_was_seen() {
        let held = |clock| shown("bcb", "focus", clock, "2022-05-06").expect("a week");
        assert_eq!(held("2022-05-07"), ("2022-05-09 12:00:00Z".into(), "rule", false), "nobody knew");
        assert_eq!(held("2022-05-10"), ("none".into(), "overdue", false));
        assert_eq!(held("2022-07-06"), ("none".into(), "overdue", false), "still the fifth in Brasília");
        assert_eq!(held("2022-07-06 03:00:00Z"), ("2022-07-08 11:30:00Z".into(), "press", false), "announced");
        assert_eq!(held("2022-07-08 11:30:00Z"), ("2022-07-08 11:30:00Z".into(), "press", true));
    }

    #[test]
    fn what_is_not_attested_stands_at_its_rule() {
        let may = shown("ibge", "ipca", "2024-05-01", "2024-04-30").expect("a month");
        assert_eq!(may, ("2024-05-13 12:00:00Z".into(), "rule", false), "from a Sunday");
        assert_eq!(shown("ibge", "ipca", "2024-05-01", "2024-12-31"), None, "too far ahead");
        assert_eq!(shown("ibge", "ipca", "2018-06-01", "2017-12-31").expect("a month").1, "dataset");
    }

    #[test]
    fn a_figure_that_was_never_published_says_so() {
        assert_eq!(shown("bls", "cpi", "2025-11-20", "2025-10-31").expect("a month").1, "overdue");
        assert_eq!(shown("bls", "cpi", "2026-01-20", "2025-10-31").expect("a month"), ("none".into(), "press", false));
    }
}
