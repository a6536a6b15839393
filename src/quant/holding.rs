//! Which of a root's contracts is held on each day. Contracts stand in order of expiration and are named by their places.
//!
//! Every rule is causal: the contract of a day follows from what stood before it or was known by its decision, so that a later day never
//! changes an earlier one. No rule goes back to an earlier expiration than the one held, and none holds a contract before its first day.

use super::known::{Known, NO_INSTANT};

/// A contract of no place.
pub const NONE: u32 = u32::MAX;

/// The contract of each day, and when that could be decided where figures decide it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding {
    /// [`NONE`] on days without one.
    pub contract: Vec<u32>,
    /// The latest instant of the figures compared; [`NO_INSTANT`] where the calendar or a table decides.
    pub decided_at: Vec<i64>,
    /// When the last days were known of all the contracts that were looked at up to the day: what is held stands on every choice before it.
    pub since: Vec<i64>,
}

impl Holding {
    fn push(&mut self, contract: Option<usize>, decided_at: i64, since: i64) {
        self.contract.push(contract.map_or(NONE, |contract| contract as u32));
        self.decided_at.push(decided_at);
        self.since.push(since.max(self.since.last().copied().unwrap_or(NO_INSTANT)));
    }
}

/// A contract that is rolled by the calendar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dated {
    /// First day with a price.
    pub first_day: i32,
    /// The day from which on the next contract is held.
    pub next_from: Known<i32>,
}

/// The first contract that has begun and is not yet rolled out of.
pub fn by_calendar(days: &[i32], contracts: &[Dated]) -> Holding {
    let mut holding = Holding::default();
    let mut held = 0;
    for &day in days {
        let found = (held..contracts.len()).find(|&i| contracts[i].first_day <= day && day < *contracts[i].next_from.value());
        let looked_at = &contracts[held..found.map_or(contracts.len(), |found| found + 1)];
        let since = looked_at.iter().filter(|c| c.first_day <= day).map(|c| c.next_from.at()).max();
        held = found.unwrap_or(held);
        holding.push(found, NO_INSTANT, since.unwrap_or(NO_INSTANT));
    }
    holding
}

/// A contract that is chosen by its volume or open interest.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    /// First day with a price.
    pub first_day: i32,
    /// Last day on which it may be held.
    pub last_day: Known<i32>,
    /// Vintages of the figure, in order of day and instant; NaN where it was taken back.
    pub day: &'a [i32],
    pub available_at: &'a [i64],
    pub value: &'a [f64],
}

/// The contract with the largest figure known by the decision on each day (`decide_by`): each contract's newest figure of an earlier day. Ties
/// go to the earlier expiration; where the largest is of an earlier expiration than the one held, nothing changes. A contract past its last
/// day is left for the best of those after it, or for the first of them where no figure is known; before any figure is known nothing is held.
pub fn by_figure(days: &[i32], decide_by: &[i64], contracts: &[Measured<'_>]) -> Holding {
    let mut holding = Holding::default();
    let mut held: Option<usize> = None;
    let mut cursors: Vec<usize> = vec![0; contracts.len()];
    // where nothing from here on has begun, the search of a day ends
    let mut begins: Vec<i32> = contracts.iter().map(|c| c.first_day).collect();
    for i in (1..begins.len()).rev() {
        begins[i - 1] = begins[i - 1].min(begins[i]);
    }
    let mut ended = 0;
    for (&day, &by) in days.iter().zip(decide_by) {
        let mut since = NO_INSTANT;
        while let Some(contract) = contracts.get(ended).filter(|contract| *contract.last_day.value() < day) {
            since = since.max(contract.last_day.at());
            ended += 1;
        }
        let (mut largest, mut largest_ahead): (Best, Best) = (None, None);
        let mut successor = None;
        let mut decided_at = NO_INSTANT;
        let is_ahead = |i: usize| held.is_none_or(|held| i >= held);
        for i in ended..contracts.len() {
            if begins[i] > day {
                break;
            }
            let contract = &contracts[i];
            if contract.first_day > day {
                continue;
            }
            since = since.max(contract.last_day.at());
            if *contract.last_day.value() < day {
                continue;
            }
            successor = successor.or(Some(i).filter(|i| is_ahead(*i)));
            let Some(at) = known_before(contract, &mut cursors[i], day, by) else { continue };
            decided_at = decided_at.max(contract.available_at[at]);
            let take = |best: &mut Best| {
                if best.is_none_or(|(_, value)| contract.value[at] > value) {
                    *best = Some((i, contract.value[at]));
                }
            };
            take(&mut largest);
            if is_ahead(i) {
                take(&mut largest_ahead);
            }
        }
        let stays = held.filter(|held| *contracts[*held].last_day.value() >= day);
        let chosen = match (stays, held) {
            (Some(held), _) => largest.map(|(best, _)| best.max(held)).or(Some(held)),
            (None, Some(_)) => largest_ahead.map(|(best, _)| best).or(successor),
            (None, None) => largest.map(|(best, _)| best),
        };
        held = chosen.or(held);
        holding.push(chosen, decided_at, since);
    }
    holding
}

/// A contract and its figure.
type Best = Option<(usize, f64)>;

/// The newest figure of a day before `day` that was known by then. `cursor` only moves on, since days do.
fn known_before(contract: &Measured<'_>, cursor: &mut usize, day: i32, by: i64) -> Option<usize> {
    while contract.day.get(*cursor).is_some_and(|d| *d < day) {
        *cursor += 1;
    }
    let is_known = |at: usize| contract.available_at[at] <= by;
    let mut at = *cursor;
    while at > 0 {
        // the last vintage of the day that was known by then says whether the figure stood
        let of_day = contract.day[at - 1];
        let mut standing = None;
        while at > 0 && contract.day[at - 1] == of_day {
            at -= 1;
            standing = standing.or(Some(at).filter(|at| is_known(*at)));
        }
        if let Some(at) = standing.filter(|at| !contract.value[*at].is_nan()) {
            return Some(at);
        }
    }
    None
}

/// As a table says: `rolls` in order of their days, each with the contract held from that day on; `first` before the first of them.
pub fn by_schedule(days: &[i32], first: Option<usize>, rolls: &[(i32, usize)]) -> Holding {
    let mut holding = Holding::default();
    let mut next = 0;
    let mut held = first;
    for &day in days {
        while let Some((_, contract)) = rolls.get(next).filter(|(from, _)| *from <= day) {
            held = Some(*contract);
            next += 1;
        }
        holding.push(held, NO_INSTANT, NO_INSTANT);
    }
    holding
}

/// The contract `rank` places after the one held, among those that have begun; like the held one it never goes back.
pub fn ranked(days: &[i32], holding: &Holding, first_days: &[i32], rank: usize) -> Holding {
    if rank == 0 {
        return holding.clone();
    }
    let mut after = Holding::default();
    let mut last = 0;
    for (place, &day) in days.iter().enumerate() {
        let held = holding.contract[place];
        let later = (held != NONE).then(|| (held as usize + 1..first_days.len()).filter(|&i| first_days[i] <= day).nth(rank - 1)).flatten();
        let kept = later.map(|later| later.max(last));
        last = kept.unwrap_or(last);
        after.push(kept, holding.decided_at[place], holding.since[place]);
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: [i32; 6] = [1, 2, 3, 4, 5, 6];

    #[test]
    fn the_calendar_rolls_from_its_day_on_and_never_holds_what_has_not_begun() {
        let dated = |first_day, next_from, at| Dated { first_day, next_from: Known::new(next_from, at) };
        let held = by_calendar(&DAYS, &[dated(1, 3, 7), dated(4, 5, 9), dated(2, 6, 8)]);
        // on day 3 the second has not begun: the third is held, and the second no more
        assert_eq!(held.contract, [0, 0, 2, 2, 2, NONE]);
        assert_eq!(held.since, [7, 7, 8, 8, 8, 8], "a contract that has not begun was passed for that alone");
    }

    fn measured<'a>(first_day: i32, last_day: i32, figures: &'a [Figure], columns: &'a mut (Vec<i32>, Vec<i64>, Vec<f64>)) -> Measured<'a> {
        *columns = (figures.iter().map(|f| f.0).collect(), figures.iter().map(|f| f.1).collect(), figures.iter().map(|f| f.2).collect());
        Measured {
            first_day,
            last_day: Known::new(last_day, i64::from(last_day)),
            day: &columns.0,
            available_at: &columns.1,
            value: &columns.2,
        }
    }

    /// Day, instant, value.
    type Figure = (i32, i64, f64);

    /// First day, last day and figures of each contract; decided at ten times the day.
    fn chosen(contracts: &[(i32, i32, &[Figure])]) -> Holding {
        let mut columns = vec![Default::default(); contracts.len()];
        let measured: Vec<_> = contracts.iter().zip(&mut columns).map(|((a, b, figures), c)| measured(*a, *b, figures, c)).collect();
        by_figure(&DAYS, &DAYS.map(|day| i64::from(day) * 10), &measured)
    }

    #[test]
    fn the_largest_figure_of_an_earlier_day_is_held_and_never_left_for_an_earlier_expiration() {
        let front: &[(i32, i64, f64)] = &[(1, 15, 9.0), (2, 25, 5.0), (3, 35, 9.0), (4, 45, 9.0)];
        let back: &[(i32, i64, f64)] = &[(1, 15, 1.0), (2, 25, 6.0), (3, 35, 1.0), (4, 45, 1.0)];
        let held = chosen(&[(1, 99, front), (1, 99, back)]);
        assert_eq!(held.contract, [NONE, 0, 1, 1, 1, 1]);
        assert_eq!(held.decided_at, [NO_INSTANT, 15, 25, 35, 45, 45]);
    }

    #[test]
    fn a_third_contract_is_not_rolled_to_while_one_behind_has_more() {
        let figure = |value| [(1, 15, value), (2, 25, value)];
        let [a, b, c] = [
            [(1, 15, 5.0), (2, 25, 9.0), (3, 35, 1.0)],
            [(1, 15, 6.0), (2, 25, 2.0), (3, 35, 1.0)],
            [(1, 15, 1.0), (2, 25, 3.0), (3, 35, 3.0)],
        ];
        assert_eq!(chosen(&[(1, 99, &a), (1, 99, &b), (1, 99, &c)]).contract, [NONE, 1, 1, 2, 2, 2]);
        assert_eq!(chosen(&[(1, 99, &figure(1.0)), (1, 99, &figure(2.0))]).contract, [NONE, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn ties_go_to_the_earlier_and_a_figure_that_comes_late_decides_late() {
        let late: &[(i32, i64, f64)] = &[(1, 31, 7.0)];
        assert_eq!(chosen(&[(1, 99, &[(1, 15, 5.0)]), (1, 99, &[(1, 15, 5.0)]), (1, 99, late)]).contract, [NONE, 0, 0, 2, 2, 2]);
    }

    #[test]
    fn a_figure_is_as_it_was_known_by_the_decision() {
        // said 9, corrected to 1 at 35, taken back at 55: then the day before counts
        let revised: &[(i32, i64, f64)] = &[(1, 15, 4.0), (2, 25, 9.0), (2, 35, 1.0), (2, 55, f64::NAN)];
        let held = chosen(&[(1, 99, &[(1, 15, 5.0)]), (1, 99, revised)]);
        assert_eq!(held.contract, [NONE, 0, 1, 1, 1, 1]);
        let front = chosen(&[(1, 99, revised), (1, 99, &[(1, 15, 3.0)])]);
        assert_eq!(front.contract, [NONE, 0, 0, 1, 1, 1]);
        assert_eq!(front.decided_at[3..], [35, 35, 15], "what is behind the held contract is compared as well");
    }

    #[test]
    fn a_contract_is_left_after_its_last_day_also_without_figures() {
        let held = chosen(&[(1, 3, &[(1, 15, 5.0)]), (4, 99, &[])]);
        assert_eq!((held.contract, held.since), (vec![NONE, 0, 0, 1, 1, 1], vec![3, 3, 3, 99, 99, 99]));
        assert_eq!(chosen(&[(1, 3, &[(1, 15, 5.0)])]).contract, [NONE, 0, 0, NONE, NONE, NONE]);
    }

    #[test]
    fn a_table_is_followed_to_the_day() {
        assert_eq!(by_schedule(&DAYS, Some(0), &[(3, 1), (5, 2)]).contract, [0, 0, 1, 1, 2, 2]);
    }

    #[test]
    fn a_rank_counts_what_has_begun_and_never_goes_back() {
        let held = Holding { contract: vec![0, 0, 0, 1, 1, NONE], decided_at: vec![NO_INSTANT; 6], since: vec![NO_INSTANT; 6] };
        // the third contract begins on day 3, between the held one and the fourth
        assert_eq!(ranked(&DAYS, &held, &[1, 1, 3, 1], 2).contract, [3, 3, 3, 3, 3, NONE]);
        assert_eq!(ranked(&DAYS, &held, &[1, 1, 3, 1], 0), held);
    }
}
