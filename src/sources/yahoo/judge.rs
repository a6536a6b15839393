//! Which days and events of an answer are taken, and why others are not: bars of sessions that were not over, the price of the moment that
//! is put behind the bars, days without a price, and figures that cannot be right.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveTime};
use serde::Serialize;

use super::body::{Bar, Chart, Event, EventKind};
use super::printed::Splits;
use crate::config::Instrument;
use crate::error::{Error, Result};
use crate::sources::Rejection;
use crate::time::release_dates::ReleaseDates;
use crate::time::{IngestTime, Release};

/// What the parts of an answer are judged by.
pub(super) struct Judge<'a> {
    pub chart: &'a Chart,
    pub instrument: &'a Instrument,
    /// Counted from the UTC day on which a session ends.
    pub rule: &'a ReleaseDates,
    pub observed_at: IngestTime,
    /// End of the time asked for, in seconds, where the address says it.
    pub until: Option<i64>,
}

/// A bar or an event, with its day and release.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dated<T> {
    pub day: NaiveDate,
    pub release: Release,
    pub what: T,
}

#[derive(Debug, Default)]
pub(super) struct Judged {
    pub bars: Vec<Dated<Bar>>,
    pub events: Vec<Dated<Event>>,
    pub rejections: Vec<Rejection>,
    /// Bars that stand in the answer twice.
    pub repeats: usize,
    /// Days on which the provider has no price.
    pub n_blank: usize,
    /// Bars of sessions that were not over, and prices of the moment.
    pub n_unfinished: usize,
    /// Events that are not out yet.
    pub n_future: usize,
}

impl Judge<'_> {
    /// When a bar that starts at `stamp` is known: counted from the UTC day on which its session ends. A session is as long as the answer says
    /// of the current one, and else the whole day of the exchange; the later of what may be is meant.
    fn dated<T>(&self, stamp: i64, what: T) -> Option<Dated<T>> {
        let day = self.chart.day_of_bar(stamp)?;
        let is_of_its_day = self.chart.day(stamp) == Some(day);
        let end = match self.chart.session.filter(|_| is_of_its_day) {
            Some(seconds) => stamp.checked_add(seconds)?,
            None => day.succ_opt()?.and_time(NaiveTime::MIN).and_local_timezone(self.chart.zone).latest()?.timestamp(),
        };
        let ended_on = DateTime::from_timestamp(end - 1, 0)?.date_naive();
        Some(Dated { day, release: self.rule.release(ended_on)?, what })
    }

    fn is_out(&self, release: Release) -> bool {
        release.at.micros() <= self.observed_at.micros()
    }

    /// Whether the instrument has shares that may be split: by our configuration, or by the provider.
    fn has_shares(&self) -> bool {
        self.instrument.kind.has_shares() || ["EQUITY", "ETF", "MUTUALFUND"].contains(&self.chart.instrument_type.as_str())
    }

    /// # Errors
    /// The prices are divided by splits that the answer does not have, since it ends before it was made.
    pub fn ensure_reaches_to_the_present(&self) -> Result<()> {
        let last = self.chart.bars.iter().map(|bar| bar.stamp).max().and_then(|stamp| self.chart.day_of_bar(stamp));
        let made = self.chart.newest_trade.and_then(|stamp| self.chart.day(stamp));
        let hint = "ask for the days up to now, with `events=div,splits,capitalGains`";
        match (last, made) {
            (Some(last), Some(made)) if last < made && self.has_shares() => Err(Error::source(format!(
                "the answer ends on {last} and was made on {made} or later: its prices are divided by splits since then, which it does not have"
            ))
            .hint(hint)),
            (Some(_), None) if self.has_shares() => {
                let what = "the answer does not say when it was made, so it is not known by which splits its prices are divided";
                Err(Error::source(what).in_column("regularMarketTime").hint(hint))
            }
            _ => Ok(()),
        }
    }

    /// Every split of the answer, also one that is not out: the provider may have divided by it.
    pub fn splits(&self) -> Splits {
        let of = |event: &Event| Some((self.chart.day_of_bar(event.stamp)?, event.value));
        Splits::new(self.chart.events.iter().filter(|event| event.kind == EventKind::Split && is_positive(event.value)).filter_map(of))
    }

    /// The day of a split whose first session is not over: until then some prices may be divided by it and others not.
    pub fn unsettled_split(&self) -> Option<NaiveDate> {
        let splits = self.chart.events.iter().filter(|event| event.kind == EventKind::Split);
        splits.filter_map(|event| self.dated(event.stamp, ())).find(|split| !self.is_out(split.release)).map(|split| split.day)
    }

    pub fn judge(&self) -> Judged {
        let mut judged = Judged::default();
        let mut seen: HashMap<NaiveDate, Bar> = HashMap::with_capacity(self.chart.bars.len());
        let last = self.chart.bars.len().saturating_sub(1);
        for (row, bar) in self.chart.bars.iter().enumerate() {
            let is_of_the_moment = row == last && self.chart.newest_trade == Some(bar.stamp);
            if is_of_the_moment || self.until.is_some_and(|until| bar.stamp >= until) {
                judged.n_unfinished += 1;
                continue;
            }
            let mut reject = |column: Option<&str>, reason: String| judged.rejections.push(rejection(row, column, reason, bar));
            let Some(dated) = self.dated(bar.stamp, *bar) else {
                reject(Some("timestamp"), format!("`{}` is no time of a day", bar.stamp));
                continue;
            };
            if !self.is_out(dated.release) {
                judged.n_unfinished += 1;
                continue;
            }
            match self.checked(bar) {
                Ok(None) => judged.n_blank += 1,
                Err((column, reason)) => reject(Some(column), reason),
                Ok(Some(bar)) => match seen.get(&dated.day) {
                    Some(first) if Bar { stamp: bar.stamp, ..*first } == bar => judged.repeats += 1,
                    Some(_) => reject(Some("timestamp"), format!("{} has a bar already", dated.day)),
                    None => {
                        seen.insert(dated.day, bar);
                        judged.bars.push(Dated { what: bar, ..dated });
                    }
                },
            }
        }
        self.judge_events(&mut judged);
        judged
    }

    fn judge_events(&self, judged: &mut Judged) {
        let mut seen: HashMap<(NaiveDate, EventKind), f64> = HashMap::new();
        for (place, event) in self.chart.events.iter().enumerate() {
            let mut reject = |column: &str, reason: String| {
                judged.rejections.push(rejection(place, Some(column), reason, event));
            };
            let Some(dated) = self.dated(event.stamp, *event) else {
                reject("date", format!("`{}` is no time of a day", event.stamp));
                continue;
            };
            if !is_positive(event.value) {
                reject("amount", format!("a {} of {} cannot be", event.kind.name(), event.value));
                continue;
            }
            if !self.is_out(dated.release) {
                judged.n_future += 1;
                continue;
            }
            match seen.insert((dated.day, event.kind), event.value) {
                None => judged.events.push(dated),
                Some(first) if first == event.value => judged.repeats += 1,
                Some(_) => reject("date", format!("{} has a {} already, of another amount", dated.day, event.kind.name())),
            }
        }
    }

    /// The bar with what stands for a missing figure left out; `None` where it has no price at all.
    fn checked(&self, bar: &Bar) -> Result<Option<Bar>, (&'static str, String)> {
        let may_be_negative = self.instrument.may_be_negative;
        // old indices have 0 for an opening that was not recorded
        let price = |price: Option<f64>| price.filter(|price| may_be_negative || *price != 0.0);
        let bar = Bar { open: price(bar.open), high: price(bar.high), low: price(bar.low), close: price(bar.close), ..*bar };
        let prices = [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)];
        if prices.iter().all(|(_, price)| price.is_none()) {
            return Ok(None);
        }
        if let Some((column, price)) =
            prices.iter().find_map(|(column, price)| Some((*column, (*price)?)).filter(|(_, p)| !may_be_negative && *p < 0.0))
        {
            return Err((column, format!("a price of {price} cannot be")));
        }
        if bar.close.is_none() {
            return Err(("close", "the day has prices and no close".to_string()));
        }
        if let (Some(high), Some(low)) = (bar.high, bar.low)
            && high < low
        {
            return Err(("high", format!("the high {high} is below the low {low}")));
        }
        if let Some(volume) = bar.volume.filter(|volume| *volume < 0.0) {
            return Err(("volume", format!("a volume of {volume} cannot be")));
        }
        let volume = bar.volume.filter(|_| self.instrument.kind.has_volume());
        Ok(Some(Bar { volume, ..bar }))
    }
}

fn is_positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

/// The line is the place in the arrays, or among the events; the figures of that place are what was received.
fn rejection(place: usize, column: Option<&str>, reason: String, figures: &impl Serialize) -> Rejection {
    let raw = serde_json::to_string(figures).unwrap_or_default();
    Rejection { line: place as u64 + 1, column: column.map(str::to_string), reason, raw }
}
