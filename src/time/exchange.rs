//! Trading calendars: which days are trade dates, when the session of each begins and ends, and business days around them. Pure; the
//! calendars themselves stand in `config/calendars.toml`.

use chrono::NaiveDate;

use super::KnowledgeTime;

/// The trading days of a group of products.
#[derive(Debug, Clone)]
pub struct ExchangeCalendar;

impl ExchangeCalendar {
    /// Every day of the week is a trade date and its session the UTC day: what is assumed of a market that configuration does not know.
    pub fn every_day() -> Self {
        Self
    }
    pub fn name(&self) -> &str {
        ""
    }
    pub fn is_trade_date(&self, _day: NaiveDate) -> bool {
        true
    }
    /// `day` where it is a trade date, else the next one.
    pub fn trade_date_from(&self, day: NaiveDate) -> NaiveDate {
        day
    }
    /// The `n`-th trade date after `day` (before it where `n` is negative); `day` itself need not be one. 0 gives [`Self::trade_date_from`].
    pub fn offset(&self, day: NaiveDate, _n: i32) -> NaiveDate {
        day
    }
    /// The trade date whose session an instant belongs to; in the pause between two sessions the next one.
    pub fn trade_date_of(&self, _instant: KnowledgeTime) -> NaiveDate {
        NaiveDate::default()
    }
    /// Start (inclusive) and end (exclusive) of the session of a trade date. It starts where the session of the trade date before it could
    /// have ended: on the evening before a holiday that has no trade date of its own.
    pub fn session(&self, _trade_date: NaiveDate) -> (KnowledgeTime, KnowledgeTime) {
        (KnowledgeTime::from_micros(0), KnowledgeTime::from_micros(0))
    }
    /// When volume and open interest of a trade date are published, by rule: the next trade date's morning (06:45 Chicago at CME).
    pub fn next_morning(&self, _trade_date: NaiveDate) -> KnowledgeTime {
        KnowledgeTime::from_micros(0)
    }
}
