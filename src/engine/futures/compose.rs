//! Batches of the tables as received → columns per contract, every vintage of every figure. Pure.
//!
//! Rows come in order of their keys, so the rows of an instrument lie together: its end is found by leaps, and its columns are copied as
//! slices. Nothing is done per row but what a column with gaps needs.

use std::collections::HashMap;
use std::ops::Range;

use super::contract::{Contract, Directory, Span};
use super::definitions::Instrument;
use super::runs::Run;
use crate::contract::ContractMonth;
use crate::quant::known::Known;
use crate::time::Grade;

/// One contract with all that was known of it. A column that was not [wanted](super::read::Wanted) is empty.
#[derive(Debug, Clone)]
pub struct ContractBars {
    pub contract: Contract,
    /// From when on it was known to be this contract, with these dates; [`NO_INSTANT`](crate::quant::known::NO_INSTANT) where symbol and rules say so.
    pub since: i64,
    /// When something else became known of it; [`i64::MAX`] where that is what is known.
    pub superseded_at: i64,
    pub bars: Bars,
    pub settlement: Figures,
    pub cleared_volume: Figures,
    pub open_interest: Figures,
}

/// Vintages of bars in order of day and `available_at`. A day has those of the session from the first of them on, and those of the UTC day
/// before it: what the newest vintage known at an instant says is what was shown then.
#[derive(Debug, Clone, Default)]
pub struct Bars {
    /// Days since 1970.
    pub day: Vec<i32>,
    /// Microseconds since 1970.
    pub available_at: Vec<i64>,
    /// NaN where there is no price.
    pub open: Vec<f64>,
    pub high: Vec<f64>,
    pub low: Vec<f64>,
    pub close: Vec<f64>,
    /// NaN where it is not known.
    pub volume: Vec<f64>,
    /// Microseconds since 1970; [`NO_INSTANT`](crate::quant::known::NO_INSTANT) where it is not known.
    pub session_start: Vec<i64>,
    pub session_end: Vec<i64>,
    /// Of the session, not of the UTC day.
    pub is_session: Vec<bool>,
    pub grade: Vec<Grade>,
}

/// Vintages of a figure in order of day and `available_at`.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub day: Vec<i32>,
    pub available_at: Vec<i64>,
    /// NaN where the figure was taken back.
    pub value: Vec<f64>,
    pub grade: Vec<Grade>,
}

fn slice<T: Copy>(from: &[T], range: &Range<usize>) -> Vec<T> {
    from.get(range.clone()).map(<[T]>::to_vec).unwrap_or_default()
}

fn extend<T: Copy>(to: &mut Vec<T>, from: &[T], range: &Range<usize>) {
    to.extend_from_slice(from.get(range.clone()).unwrap_or_default());
}

impl ContractBars {
    /// The first day with a bar or a figure.
    pub fn first_day(&self) -> Option<Known<i32>> {
        self.days()
            .filter_map(|(days, instants)| seen(days, instants, *days.first()?))
            .reduce(|a, b| if b.value() < a.value() { b } else { a })
    }

    /// The last day with a bar or a figure.
    pub fn last_day(&self) -> Option<Known<i32>> {
        self.days()
            .filter_map(|(days, instants)| seen(days, instants, *days.last()?))
            .reduce(|a, b| if b.value() > a.value() { b } else { a })
    }

    /// Days and instants of each kind of part.
    fn days(&self) -> impl Iterator<Item = (&[i32], &[i64])> {
        let figures =
            [&self.settlement, &self.cleared_volume, &self.open_interest].map(|of| (of.day.as_slice(), of.available_at.as_slice()));
        std::iter::once((self.bars.day.as_slice(), self.bars.available_at.as_slice())).chain(figures)
    }
}

/// A day, known from its first vintage on.
fn seen(days: &[i32], instants: &[i64], day: i32) -> Option<Known<i32>> {
    let place = days.partition_point(|d| *d < day);
    Some(Known::new(day, *instants.get(place)?))
}

impl Bars {
    fn append(&mut self, other: &Self, range: &Range<usize>) {
        extend(&mut self.day, &other.day, range);
        extend(&mut self.available_at, &other.available_at, range);
        extend(&mut self.open, &other.open, range);
        extend(&mut self.high, &other.high, range);
        extend(&mut self.low, &other.low, range);
        extend(&mut self.close, &other.close, range);
        extend(&mut self.volume, &other.volume, range);
        extend(&mut self.session_start, &other.session_start, range);
        extend(&mut self.session_end, &other.session_end, range);
        extend(&mut self.is_session, &other.is_session, range);
        extend(&mut self.grade, &other.grade, range);
    }

    fn between(&self, range: &Range<usize>) -> Self {
        let mut part = Self::default();
        part.append(self, range);
        part
    }

    /// Both bases of an instrument put together.
    fn preferring(session: Self, utc_day: Self) -> Self {
        if session.day.is_empty() {
            return utc_day;
        }
        if utc_day.day.is_empty() {
            return session;
        }
        let mut all = Self::default();
        let (mut s, mut u) = (0, 0);
        while s < session.day.len() || u < utc_day.day.len() {
            let day = match (session.day.get(s), utc_day.day.get(u)) {
                (Some(a), Some(b)) => *a.min(b),
                (Some(day), None) | (None, Some(day)) => *day,
                (None, None) => break,
            };
            let of_session = s..s + run_of(&session.day[s..], day);
            let of_utc_day = u..u + run_of(&utc_day.day[u..], day);
            let superseded_at = session.available_at.get(of_session.start).filter(|_| !of_session.is_empty());
            let n_before = utc_day.available_at[of_utc_day.clone()].iter().take_while(|at| superseded_at.is_none_or(|s| *at < s)).count();
            all.append(&utc_day, &(u..u + n_before));
            all.append(&session, &of_session);
            (s, u) = (of_session.end, of_utc_day.end);
        }
        all
    }
}

fn run_of(days: &[i32], day: i32) -> usize {
    days.iter().take_while(|d| **d == day).count()
}

impl Figures {
    fn between(&self, range: &Range<usize>) -> Self {
        Self {
            day: slice(&self.day, range),
            available_at: slice(&self.available_at, range),
            value: slice(&self.value, range),
            grade: slice(&self.grade, range),
        }
    }
}

/// What was read of one instrument.
#[derive(Default)]
struct Parts {
    session: Bars,
    utc_day: Bars,
    settlement: Figures,
    cleared_volume: Figures,
    open_interest: Figures,
}

/// Puts runs of bars (labelled by basis) and of figures (labelled by stat) together, in order of root, then expiration. What is no outright
/// contract is left out, as is what `keep` does not want; with the past come contracts as they were known before.
pub fn compose(
    bars: Vec<Run<Bars>>,
    figures: Vec<Run<Figures>>,
    directory: &Directory,
    with_past: bool,
    keep: impl Fn(&Contract) -> bool,
) -> Vec<ContractBars> {
    let mut parts: HashMap<Instrument, Parts> = HashMap::new();
    for run in bars {
        let own = parts.entry(run.instrument).or_default();
        if run.label == "session" { own.session = run.columns } else { own.utc_day = run.columns }
    }
    for run in figures {
        let own = parts.entry(run.instrument).or_default();
        match run.label.as_str() {
            "settlement" => own.settlement = run.columns,
            "cleared_volume" => own.cleared_volume = run.columns,
            "open_interest" => own.open_interest = run.columns,
            // a stat that a later version wrote
            _ => {}
        }
    }
    let mut all: Vec<ContractBars> =
        parts.into_iter().flat_map(|(instrument, own)| split(&instrument, own, directory, with_past)).collect();
    all.retain(|bars| keep(&bars.contract));
    all.sort_by(|a, b| order(&a.contract).cmp(&order(&b.contract)).then(a.since.cmp(&b.since)));
    all
}

/// Root, expiration or the end of the month (unknown ones last), and what tells the rest apart.
pub fn order(contract: &Contract) -> (&str, bool, Option<chrono::NaiveDate>, &str, &str, &str, Option<i64>) {
    let Contract { root, contract_id, dataset, symbol, instrument_id, .. } = contract;
    let end = contract.expiration.or(contract.month.map(ContractMonth::last_day));
    (root, end.is_none(), end, contract_id, dataset, symbol, *instrument_id)
}

/// One instrument as the contracts that it was.
fn split(instrument: &Instrument, own: Parts, directory: &Directory, with_past: bool) -> Vec<ContractBars> {
    let Parts { session, utc_day, settlement, cleared_volume, open_interest } = own;
    let bars = Bars::preferring(session, utc_day);
    let columns = [&bars.day, &settlement.day, &cleared_volume.day, &open_interest.day];
    let ends = columns.iter().flat_map(|days| days.first().into_iter().chain(days.last()));
    let (Some(&first), Some(&last)) = (ends.clone().min(), ends.max()) else { return Vec::new() };
    let mut spans = directory.history(instrument, &[first, last]);
    if spans.iter().any(|span| (span.first_day, span.last_day) != (i32::MIN, last)) {
        let mut days: Vec<i32> = columns.into_iter().flatten().copied().collect();
        days.sort_unstable();
        days.dedup();
        spans = directory.history(instrument, &days);
    }
    spans.retain(|span| with_past || span.superseded_at == i64::MAX);
    let is_whole = |span: &Span| (span.first_day, span.last_day) == (i32::MIN, last);
    let mut all = Vec::with_capacity(spans.len());
    if spans.len() == 1 && is_whole(&spans[0]) {
        let Span { contract, since, superseded_at, .. } = spans.swap_remove(0);
        all.extend(contract.map(|contract| ContractBars {
            contract,
            since,
            superseded_at,
            bars,
            settlement,
            cleared_volume,
            open_interest,
        }));
        return all;
    }
    for Span { first_day, last_day, contract, since, superseded_at } in spans {
        let range = |days: &[i32]| days.partition_point(|d| *d < first_day)..days.partition_point(|d| *d <= last_day);
        all.extend(contract.map(|contract| ContractBars {
            contract,
            since,
            superseded_at,
            bars: bars.between(&range(&bars.day)),
            settlement: settlement.between(&range(&settlement.day)),
            cleared_volume: cleared_volume.between(&range(&cleared_volume.day)),
            open_interest: open_interest.between(&range(&open_interest.day)),
        }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(is_session: bool, vintages: &[(i32, i64)]) -> Bars {
        Bars {
            day: vintages.iter().map(|(day, _)| *day).collect(),
            available_at: vintages.iter().map(|(_, at)| *at).collect(),
            is_session: vec![is_session; vintages.len()],
            ..Bars::default()
        }
    }

    #[test]
    fn a_day_has_the_session_from_its_first_sight_on() {
        let session = bars(true, &[(1, 10), (3, 35), (3, 36)]);
        let utc_day = bars(false, &[(1, 12), (2, 20), (3, 30), (3, 35)]);
        let both = Bars::preferring(session, utc_day);
        let found: Vec<(i32, i64, bool)> = (0..both.day.len()).map(|i| (both.day[i], both.available_at[i], both.is_session[i])).collect();
        assert_eq!(found, [(1, 10, true), (2, 20, false), (3, 30, false), (3, 35, true), (3, 36, true)]);
    }
}
