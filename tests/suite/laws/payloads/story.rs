//! What providers published when: figures and their revisions, drawn by hash, so that any payload can ask what was shown at its moment.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{Days, NaiveDate};
use contango::time::IngestTime;

use super::Dice;
use crate::laws::lakes::FIRST_WEEK;
use crate::support::day;

const DAY: i64 = 86_400_000_000;

/// Everything that one provider ever publishes in one lake.
pub struct Story(u64);

impl Story {
    pub fn of(salt: u64) -> Self {
        Self(salt)
    }

    /// A number that is the same for the same things.
    pub fn roll(&self, of: impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.0, of).hash(&mut hasher);
        hasher.finish()
    }

    /// How often a figure of a day had been revised by then.
    fn revisions(&self, of: &str, day: NaiveDate, at: IngestTime) -> u64 {
        let n = self.roll((of, day, "revisions")) % 4;
        let since = |revision: u64| day + Days::new(2 + self.roll((of, day, "since", revision)) % 40);
        (1..=n.saturating_sub(1)).filter(|revision| since(*revision) <= date(at)).count() as u64
    }

    /// What was shown of a figure of a day: from 1 to 40, or that there is none.
    pub fn figure(&self, of: &str, day: NaiveDate, at: IngestTime) -> Option<u64> {
        let roll = self.roll((of, day, "figure", self.revisions(of, day, at)));
        (!roll.is_multiple_of(11)).then_some(1 + roll % 40)
    }

    /// As [`Self::figure`] of a provider that always has one.
    pub fn whole(&self, of: &str, day: NaiveDate, at: IngestTime) -> u64 {
        1 + self.roll((of, day, "figure", self.revisions(of, day, at))) % 40
    }
}

pub fn date(at: IngestTime) -> NaiveDate {
    at.date()
}

/// When something was downloaded: in the first weeks, now and then long after, at an hour of some meaning.
pub fn moment(dice: &mut Dice) -> IngestTime {
    let first = crate::support::instant(&format!("{FIRST_WEEK} 00:00:00Z")).micros();
    let days = if dice.one_in(6) { 250 } else { 3 + dice.below(60) } as i64;
    let hour = *dice.of(&[0, 9 * 60 + 30, 12 * 60 + 30, 20 * 60 + 29, 20 * 60 + 30, 22 * 60, 23 * 60 + 59]);
    IngestTime::from_micros(first + days * DAY + hour * 60_000_000 + dice.below(3) as i64)
}

/// The days among these that a payload of a moment shows: up to the day before it, a part of them, some left out.
pub fn shown(dice: &mut Dice, days: impl Iterator<Item = NaiveDate>, at: IngestTime) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> = days.filter(|day| *day < date(at)).collect();
    if dice.one_in(3) {
        days.drain(..dice.below(days.len().max(1)));
    }
    if dice.one_in(3) {
        days.retain(|_| !dice.one_in(4));
    }
    days
}

/// The first of a run of weekdays.
pub fn weekdays(n: usize) -> impl Iterator<Item = NaiveDate> {
    use chrono::{Datelike, Weekday};
    day(FIRST_WEEK).iter_days().filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)).take(n)
}

pub fn months(from: &str, n: u32) -> impl Iterator<Item = NaiveDate> {
    let first = day(from);
    (0..n).map(move |month| first + chrono::Months::new(month))
}

/// Eighths as a decimal number.
pub fn eighths(n: u64) -> String {
    format!("{}", n as f64 / 8.0)
}
