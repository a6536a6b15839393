//! When the figures of one series are out: what is attested of each period, else the rule of its time. Pure; put together by `config`.

use std::fmt;

use chrono::{NaiveDate, NaiveTime};

use super::attested::Rows;
use super::release_rule::{ReleaseDay, ReleaseRule};
use super::{KnowledgeTime, Release, Shift};

/// The time of day from which a figure of the same day may be out.
const MIDDAY: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(time) => time,
    None => panic!("a time of day"),
};

/// Rows and rules of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseDates {
    rows: Rows,
    /// Each with the first period end that it holds for, the newest first; the last holds for all before.
    rules: Vec<(NaiveDate, ReleaseRule)>,
}

impl ReleaseDates {
    /// `rule` holds for periods that end on `since` or later, `earlier` for those before.
    pub fn new(rule: ReleaseRule, since: Option<NaiveDate>, earlier: Option<ReleaseRule>, rows: Rows) -> Self {
        let mut rules = vec![(since.unwrap_or(NaiveDate::MIN), rule)];
        rules.extend(earlier.map(|rule| (NaiveDate::MIN, rule)));
        Self { rows, rules }
    }

    /// The rule of the time in which a period ends.
    pub fn rule(&self, period_end: NaiveDate) -> &ReleaseRule {
        let of_then = self.rules.iter().find(|(since, _)| *since <= period_end);
        &of_then.unwrap_or(&self.rules[self.rules.len() - 1]).1
    }
    /// The rule of our time.
    pub fn newest_rule(&self) -> &ReleaseRule {
        &self.rules[0].1
    }
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// When the figure of a period that ends on `period_end` was out.
    pub fn release(&self, period_end: NaiveDate) -> Option<Release> {
        self.rows.of_period(period_end).or_else(|| self.rule(period_end).release(period_end))
    }

    /// When it was expected by what could be known on a day: holidays that were law, and dates that had been announced.
    pub fn due(&self, period_end: NaiveDate, known_on: NaiveDate) -> Option<KnowledgeTime> {
        match self.rows.of_period_as_known(period_end, known_on) {
            Some(release) => Some(release.at),
            None => self.rule(period_end).day_as_known(period_end, known_on).map(|day| self.rule(period_end).instant(day)),
        }
    }

    /// The first instant at which it is worth asking for: where the day is not known, the shortest lag that any release of the series had,
    /// and without any attested half of what the rule allows. Nothing is dated by it.
    pub fn earliest(&self, period_end: NaiveDate, known_on: NaiveDate) -> Option<KnowledgeTime> {
        let (due, rule) = (self.due(period_end, known_on)?, self.rule(period_end));
        if !rule.is_assumed || self.rows.of_period_as_known(period_end, known_on).is_some() {
            return Some(due);
        }
        let whole = rule.day_as_known(period_end, known_on)?.signed_duration_since(period_end).num_days();
        let lag = self.rows.shortest_lag().unwrap_or(if is_of_days(rule) { 0 } else { whole / 2 });
        let day = period_end.plus_days(lag);
        let time = if lag == 0 { MIDDAY } else { NaiveTime::MIN };
        Some(due.min(KnowledgeTime::from_local(day.and_time(time), rule.zone)))
    }
}

/// Whether the rule counts single days, as those of daily figures do.
fn is_of_days(rule: &ReleaseRule) -> bool {
    matches!(rule.day, ReleaseDay::BusinessDays(_) | ReleaseDay::Days(0..=2))
}

/// The rule of our time, and how many releases are attested.
impl fmt::Display for ReleaseDates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.newest_rule().fmt(f)?;
        match self.rows.iter().count() {
            0 => Ok(()),
            n => write!(f, ", {n} attested"),
        }
    }
}
