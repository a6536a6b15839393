//! Contracts spliced into one series: the gap at each roll, and levels adjusted by the gaps.
//!
//! The gap of a roll is taken where both contracts have a price of one kind: on the roll's own day or the day before it, else on the nearest
//! earlier day, at most [`SEARCH`] days back. A roll without a gap adjusts nothing, and no return is given over it.

use std::borrow::Cow;

use super::holding::{Holding, NONE};
use super::known::NO_INSTANT;

/// Days before the usual one on which a gap is looked for.
pub const SEARCH: usize = 5;

/// Prices of a contract by day, as known. Days are strictly increasing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quotes<'a> {
    pub day: Cow<'a, [i32]>,
    /// NaN where there is none; empty where the contract has no close at all.
    pub close: Cow<'a, [f64]>,
    pub close_at: Cow<'a, [i64]>,
    /// Likewise.
    pub settlement: Cow<'a, [f64]>,
    pub settlement_at: Cow<'a, [i64]>,
}

/// Which price of a day counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceKind {
    Settlement,
    Close,
    /// The settlement where it is known, else the close. The two prices of a gap are always of one kind.
    Auto,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    pub value: f64,
    pub available_at: i64,
    pub is_settlement: bool,
}

impl Quotes<'_> {
    fn settlement_of(&self, at: usize) -> Option<Price> {
        let value = self.settlement.get(at).copied().filter(|value| !value.is_nan())?;
        Some(Price { value, available_at: self.settlement_at[at], is_settlement: true })
    }
    fn close_of(&self, at: usize) -> Option<Price> {
        let value = self.close.get(at).copied().filter(|value| !value.is_nan())?;
        Some(Price { value, available_at: self.close_at[at], is_settlement: false })
    }
    /// The price at a place.
    pub fn price(&self, at: usize, kind: PriceKind) -> Option<Price> {
        match kind {
            PriceKind::Settlement => self.settlement_of(at),
            PriceKind::Close => self.close_of(at),
            PriceKind::Auto => self.settlement_of(at).or_else(|| self.close_of(at)),
        }
    }
    /// The place of a day.
    pub fn place(&self, day: i32) -> Option<usize> {
        self.day.binary_search(&day).ok()
    }
}

/// On which day both prices of a gap are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapDay {
    /// The first day of the incoming contract.
    On,
    /// The last day of the outgoing one.
    Before,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjust {
    Ratio,
    Additive,
    Unadjusted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The newest contract has its own prices.
    Back,
    /// The oldest contract has: what was said of a day is never changed.
    Forward,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub price: PriceKind,
    pub gap: GapDay,
    pub adjust: Adjust,
    pub direction: Direction,
}

/// The prices of both contracts on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    pub day: i32,
    pub out: Price,
    pub into: Price,
}

/// A change of contract.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roll {
    /// First day of the incoming contract.
    pub day: i32,
    pub from: u32,
    pub to: u32,
    pub gap: Option<Gap>,
    /// [`NO_INSTANT`] where no figure decides.
    pub decided_at: i64,
    /// When the last days of the contracts were known, by which the roll was made on this day.
    pub since: i64,
    /// When both contracts had a day on which they are held: there is no roll before.
    pub seen_at: i64,
}

impl Roll {
    /// When all that the roll stands on was known.
    pub fn available_at(&self) -> i64 {
        let of_gap = self.gap.map_or(NO_INSTANT, |gap| gap.out.available_at.max(gap.into.available_at));
        of_gap.max(self.decided_at).max(self.since).max(self.seen_at)
    }
}

/// A day of the series: one on which the held contract has a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    pub day: i32,
    pub contract: u32,
    pub price: Price,
    /// What the contract's own prices are multiplied by (ratio) or what is added to them.
    pub adjustment: f64,
    /// The contract is another than that of the row before.
    pub rolled: bool,
    /// Return of what was held since the row before, over a roll by way of its gap; NaN where that cannot be said.
    pub held_return: f64,
    /// When all that the row used was known.
    pub available_at: i64,
}

/// A price that has no ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoRatio {
    pub contract: u32,
    pub day: i32,
    pub price: f64,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    pub rows: Vec<Row>,
    pub rolls: Vec<Roll>,
}

/// Splices the contracts as they are held on each of `days`, which are strictly increasing.
///
/// # Errors
/// A price that is not positive, where levels are adjusted by ratios.
pub fn splice(days: &[i32], holding: &Holding, contracts: &[Quotes<'_>], terms: Terms) -> Result<Series, NoRatio> {
    let rolls = rolls(days, holding, contracts, terms);
    let factors = factors(&rolls, terms)?;
    let known = Known::of(&rolls, terms);
    let mut rows: Vec<Row> = Vec::with_capacity(days.len());
    let mut cursors = vec![0; contracts.len()];
    let (mut n_rolls, mut n_rolls_before) = (0, 0);
    for ((&day, &contract), &since) in days.iter().zip(&holding.contract).zip(&holding.since) {
        while rolls.get(n_rolls).is_some_and(|roll| roll.day <= day) {
            n_rolls += 1;
        }
        if contract == NONE {
            continue;
        }
        let quotes = &contracts[contract as usize];
        let cursor = &mut cursors[contract as usize];
        if quotes.day.get(*cursor).is_none_or(|at| *at < day) {
            *cursor += quotes.day[*cursor..].partition_point(|at| *at < day);
        }
        let Some(price) = quotes.day.get(*cursor).filter(|at| **at == day).and_then(|_| quotes.price(*cursor, terms.price)) else {
            continue;
        };
        if terms.adjust == Adjust::Ratio && price.value <= 0.0 {
            return Err(NoRatio { contract, day, price: price.value });
        }
        let before = rows.last();
        let passed = &rolls[n_rolls_before..n_rolls];
        let held_return = before.map_or(f64::NAN, |before| held_return(before.price.value, price.value, passed));
        let own = price.available_at.max(before.map_or(NO_INSTANT, |before| before.price.available_at));
        let rolled = before.is_some_and(|before| before.contract != contract);
        let over_rolls = passed.iter().filter(|_| before.is_some()).map(Roll::available_at).max().unwrap_or(NO_INSTANT);
        let available_at = own.max(over_rolls).max(known.at(n_rolls)).max(since);
        rows.push(Row { day, contract, price, adjustment: factors[n_rolls], rolled, held_return, available_at });
        n_rolls_before = n_rolls;
    }
    Ok(Series { rows, rolls })
}

fn held_return(before: f64, now: f64, rolls: &[Roll]) -> f64 {
    let mut ratio = 1.0;
    for roll in rolls {
        match roll.gap {
            Some(gap) if gap.out.value > 0.0 && gap.into.value > 0.0 => ratio *= gap.out.value / gap.into.value,
            _ => return f64::NAN,
        }
    }
    if before > 0.0 && now > 0.0 { now * ratio / before - 1.0 } else { f64::NAN }
}

fn rolls(days: &[i32], holding: &Holding, contracts: &[Quotes<'_>], terms: Terms) -> Vec<Roll> {
    let begun = begun(days, contracts);
    let mut rolls = Vec::new();
    let (mut held, mut held_since) = (NONE, i64::MAX);
    for (at, &contract) in holding.contract.iter().enumerate() {
        if contract == held {
            held_since = held_since.min(begun[at]);
        }
        if contract == NONE || contract == held {
            continue;
        }
        if held != NONE {
            let until = if terms.gap == GapDay::On { at + 1 } else { at };
            let mut searched = days[until.saturating_sub(SEARCH + 1)..until].iter().rev();
            let (out, into) = (&contracts[held as usize], &contracts[contract as usize]);
            let gap = searched.find_map(|day| gap(*day, out, into, terms.price));
            let (decided_at, since) = (holding.decided_at[at], holding.since[at]);
            rolls.push(Roll { day: days[at], from: held, to: contract, gap, decided_at, since, seen_at: begun[at].max(held_since) });
        }
        (held, held_since) = (contract, begun[at]);
    }
    rolls
}

/// When the first price of each day was known, of whichever contract.
fn begun(days: &[i32], contracts: &[Quotes<'_>]) -> Vec<i64> {
    let mut begun = vec![i64::MAX; days.len()];
    for own in contracts {
        let mut place = 0;
        for (at, day) in own.day.iter().enumerate() {
            place += days[place..].partition_point(|other| other < day);
            let prices = [own.close_of(at), own.settlement_of(at)];
            if let (Some(begun), Some(first)) = (begun.get_mut(place), prices.iter().flatten().map(|price| price.available_at).min()) {
                *begun = first.min(*begun);
            }
        }
    }
    // of a day without a price nothing was known that dates it
    begun.iter_mut().filter(|at| **at == i64::MAX).for_each(|at| *at = NO_INSTANT);
    begun
}

fn gap(day: i32, out: &Quotes<'_>, into: &Quotes<'_>, kind: PriceKind) -> Option<Gap> {
    let (o, i) = (out.place(day)?, into.place(day)?);
    let pair = |out: Option<Price>, into: Option<Price>| Some(Gap { day, out: out?, into: into? });
    let settled = || pair(out.settlement_of(o), into.settlement_of(i));
    let closed = || pair(out.close_of(o), into.close_of(i));
    match kind {
        PriceKind::Settlement => settled(),
        PriceKind::Close => closed(),
        PriceKind::Auto => settled().or_else(closed),
    }
}

/// What prices are adjusted by after so many rolls: the product of the ratios, or the sum of the differences, of the gaps between there and
/// the contract that keeps its own prices.
fn factors(rolls: &[Roll], terms: Terms) -> Result<Vec<f64>, NoRatio> {
    let neutral = if terms.adjust == Adjust::Ratio { 1.0 } else { 0.0 };
    let mut factors = vec![neutral; rolls.len() + 1];
    let step = |factor: f64, roll: &Roll| -> Result<f64, NoRatio> {
        let Some(gap) = roll.gap else { return Ok(factor) };
        let (out, into) = (gap.out.value, gap.into.value);
        match (terms.adjust, terms.direction) {
            (Adjust::Unadjusted, _) => Ok(factor),
            (Adjust::Additive, Direction::Back) => Ok(factor + (into - out)),
            (Adjust::Additive, Direction::Forward) => Ok(factor + (out - into)),
            (Adjust::Ratio, _) if out <= 0.0 => Err(NoRatio { contract: roll.from, day: gap.day, price: out }),
            (Adjust::Ratio, _) if into <= 0.0 => Err(NoRatio { contract: roll.to, day: gap.day, price: into }),
            (Adjust::Ratio, Direction::Back) => Ok(factor * (into / out)),
            (Adjust::Ratio, Direction::Forward) => Ok(factor * (out / into)),
        }
    };
    match terms.direction {
        Direction::Back => {
            for at in (0..rolls.len()).rev() {
                factors[at] = step(factors[at + 1], &rolls[at])?;
            }
        }
        Direction::Forward => {
            for at in 0..rolls.len() {
                factors[at + 1] = step(factors[at], &rolls[at])?;
            }
        }
    }
    Ok(factors)
}

/// When the rolls that a row stands on were known, by the number of rolls before it.
struct Known(Vec<i64>);

impl Known {
    fn of(rolls: &[Roll], terms: Terms) -> Self {
        let mut known = vec![NO_INSTANT; rolls.len() + 1];
        // which contract is held stands on every decision so far
        for at in 0..rolls.len() {
            known[at + 1] = known[at].max(rolls[at].decided_at);
        }
        if terms.adjust == Adjust::Unadjusted {
            return Self(known);
        }
        let mut gaps = NO_INSTANT;
        match terms.direction {
            Direction::Forward => {
                for at in 0..rolls.len() {
                    gaps = gaps.max(rolls[at].available_at());
                    known[at + 1] = known[at + 1].max(gaps);
                }
            }
            Direction::Back => {
                for at in (0..rolls.len()).rev() {
                    gaps = gaps.max(rolls[at].available_at());
                    known[at] = known[at].max(gaps);
                }
            }
        }
        Self(known)
    }
    fn at(&self, n_rolls: usize) -> i64 {
        self.0[n_rolls]
    }
}

/// A level adjusted by a row's `adjustment`.
pub fn adjusted(level: f64, adjustment: f64, adjust: Adjust) -> f64 {
    if adjust == Adjust::Ratio { level * adjustment } else { level + adjustment }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotes(rows: &[(i32, f64)]) -> Quotes<'static> {
        Quotes {
            day: rows.iter().map(|r| r.0).collect(),
            close: rows.iter().map(|r| r.1).collect(),
            close_at: rows.iter().map(|r| i64::from(r.0) * 10).collect(),
            ..Quotes::default()
        }
    }

    fn contracts() -> [Quotes<'static>; 2] {
        [quotes(&[(1, 100.0), (2, 110.0), (3, 120.0)]), quotes(&[(2, 220.0), (3, 180.0), (4, 198.0)])]
    }

    /// Held: the first contract on days 1 and 2, the second on days 3 and 4.
    fn spliced(contracts: &[Quotes<'_>], gap: GapDay, adjust: Adjust, direction: Direction) -> Result<Series, NoRatio> {
        let holding = Holding { contract: vec![0, 0, 1, 1], decided_at: vec![NO_INSTANT, 5, 25, 25], since: vec![NO_INSTANT; 4] };
        splice(&[1, 2, 3, 4], &holding, contracts, Terms { price: PriceKind::Auto, gap, adjust, direction })
    }

    fn levels(series: &Series, adjust: Adjust) -> Vec<f64> {
        series.rows.iter().map(|row| adjusted(row.price.value, row.adjustment, adjust)).collect()
    }

    #[test]
    fn levels_are_adjusted_by_the_gap_of_the_first_incoming_or_the_last_outgoing_day() {
        let ratio = |gap, direction| levels(&spliced(&contracts(), gap, Adjust::Ratio, direction).expect("positive prices"), Adjust::Ratio);
        let additive = |gap, direction| levels(&spliced(&contracts(), gap, Adjust::Additive, direction).expect("prices"), Adjust::Additive);
        assert_eq!(ratio(GapDay::On, Direction::Back), [150.0, 165.0, 180.0, 198.0]);
        assert_eq!(ratio(GapDay::Before, Direction::Back), [200.0, 220.0, 180.0, 198.0]);
        assert_eq!(ratio(GapDay::Before, Direction::Forward), [100.0, 110.0, 90.0, 99.0]);
        assert_eq!(additive(GapDay::On, Direction::Back), [160.0, 170.0, 180.0, 198.0]);
        assert_eq!(additive(GapDay::On, Direction::Forward), [100.0, 110.0, 120.0, 138.0]);
    }

    #[test]
    fn the_return_of_what_was_held_is_the_same_however_levels_are_adjusted() {
        for (gap, over_the_roll) in [(GapDay::On, 120.0 / 110.0 - 1.0), (GapDay::Before, 180.0 / 220.0 - 1.0)] {
            for adjust in [Adjust::Ratio, Adjust::Additive, Adjust::Unadjusted] {
                for direction in [Direction::Back, Direction::Forward] {
                    let series = spliced(&contracts(), gap, adjust, direction).expect("positive prices");
                    let returns: Vec<f64> = series.rows.iter().map(|row| row.held_return).collect();
                    assert!(returns[0].is_nan());
                    for (found, expected) in returns[1..].iter().zip([0.1, over_the_roll, 0.1]) {
                        assert!((found - expected).abs() < 1e-12, "{returns:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_gap_is_searched_for_where_one_of_the_contracts_has_no_price() {
        let mut own = contracts();
        own[0] = quotes(&[(1, 100.0), (2, 110.0)]);
        let series = spliced(&own, GapDay::On, Adjust::Ratio, Direction::Back).expect("positive prices");
        assert_eq!(series.rolls[0].gap.map(|gap| gap.day), Some(2));
        assert_eq!(levels(&series, Adjust::Ratio), [200.0, 220.0, 180.0, 198.0]);
        own[1] = quotes(&[(3, 180.0), (4, 198.0)]);
        let series = spliced(&own, GapDay::On, Adjust::Ratio, Direction::Back).expect("positive prices");
        assert_eq!(series.rolls[0].gap, None);
        assert_eq!(levels(&series, Adjust::Ratio), [100.0, 110.0, 180.0, 198.0]);
        assert!(series.rows[2].held_return.is_nan() && series.rows[2].rolled);
    }

    #[test]
    fn the_prices_of_a_gap_are_of_one_kind() {
        let mut own = contracts();
        own[1].settlement = vec![221.0, f64::NAN, 199.0].into();
        own[1].settlement_at = vec![21, 31, 41].into();
        let series = spliced(&own, GapDay::On, Adjust::Ratio, Direction::Back).expect("positive prices");
        let gap = series.rolls[0].gap.expect("both closes are known");
        assert_eq!((gap.out.value, gap.into.value, gap.into.is_settlement), (120.0, 180.0, false));
        assert!(series.rows[3].price.is_settlement);
    }

    #[test]
    fn a_row_is_known_when_all_that_it_used_was() {
        let known = |adjust, direction| {
            let series = spliced(&contracts(), GapDay::On, adjust, direction).expect("positive prices");
            series.rows.iter().map(|row| row.available_at).collect::<Vec<_>>()
        };
        assert_eq!(known(Adjust::Unadjusted, Direction::Back), [10, 20, 30, 40]);
        assert_eq!(known(Adjust::Ratio, Direction::Back), [30, 30, 30, 40]);
        assert_eq!(known(Adjust::Ratio, Direction::Forward), [10, 20, 30, 40]);
    }

    #[test]
    fn a_row_is_not_known_before_the_last_days_that_chose_its_contract() {
        let holding = Holding { contract: vec![0, 0, 1, 1], decided_at: vec![NO_INSTANT; 4], since: vec![15, 15, 35, 35] };
        let terms = Terms { price: PriceKind::Auto, gap: GapDay::On, adjust: Adjust::Unadjusted, direction: Direction::Back };
        let series = splice(&[1, 2, 3, 4], &holding, &contracts(), terms).expect("positive prices");
        assert_eq!(series.rows.iter().map(|row| row.available_at).collect::<Vec<_>>(), [15, 20, 35, 40]);
        assert_eq!(series.rolls[0].available_at(), 35);
    }

    #[test]
    fn a_price_that_is_not_positive_has_no_ratio() {
        let own = [quotes(&[(1, 100.0), (2, -37.63), (3, 10.0)]), contracts()[1].clone()];
        let error = spliced(&own, GapDay::On, Adjust::Ratio, Direction::Back).expect_err("a negative price");
        assert_eq!((error.contract, error.day, error.price), (0, 2, -37.63));
        let series = spliced(&own, GapDay::On, Adjust::Additive, Direction::Back).expect("differences exist");
        assert!(series.rows[1].held_return.is_nan());
    }
}
