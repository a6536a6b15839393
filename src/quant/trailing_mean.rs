//! The trailing mean of a series that is revised, replayed: what it was at each instant at which something was published.
//!
//! Known at an instant are the newest vintages published by then; the mean at an observation is over it and the `n - 1` observations before
//! it, as known. A publication about one observation stands in the means of up to `n - 1` later ones, so each publication yields every row
//! that uses it.

use std::collections::BTreeMap;

use crate::time::Grade;

/// One vintage: published at `instant`, about `day`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vintage {
    pub instant: i64,
    pub day: i32,
    pub value: Option<f64>,
    pub grade: Grade,
}

/// What was known of one observation from an instant on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Known {
    pub instant: i64,
    pub day: i32,
    pub value: Option<f64>,
    /// Mean over the window's values; NULL where it has none.
    pub mean: Option<f64>,
    /// The vintage (index in the input) of the observation itself that is in force.
    pub vintage: usize,
    /// The worst of all vintages in the window.
    pub grade: Grade,
}

/// Replays one series. `vintages` are sorted by instant; `n` is the window in observations.
pub fn replay(vintages: &[Vintage], n: usize) -> Vec<Known> {
    let mut known: BTreeMap<i32, (Option<f64>, usize)> = BTreeMap::new();
    let mut rows = Vec::new();
    let mut start = 0;
    while start < vintages.len() {
        let instant = vintages[start].instant;
        let end = start + vintages[start..].iter().take_while(|v| v.instant == instant).count();
        for (i, vintage) in vintages.iter().enumerate().take(end).skip(start) {
            known.insert(vintage.day, (vintage.value, i));
        }
        let days = || vintages[start..end].iter().map(|v| v.day);
        let (Some(changed), Some(newest_changed)) = (days().min(), days().max()) else { break };
        let reach = known.range(newest_changed..).nth(n.saturating_sub(1)).map_or(i32::MAX, |(day, _)| *day);
        let mut window: Vec<(i32, Option<f64>, usize)> =
            known.range(..changed).rev().take(n.saturating_sub(1)).map(|(day, (value, i))| (*day, *value, *i)).collect();
        window.reverse();
        let before = window.len();
        window.extend(known.range(changed..=reach).map(|(day, (value, i))| (*day, *value, *i)));
        for at in before..window.len() {
            let (day, value, vintage) = window[at];
            let used = &window[(at + 1).saturating_sub(n)..=at];
            if used.iter().all(|(.., i)| *i < start) {
                continue;
            }
            let values: Vec<f64> = used.iter().filter_map(|(_, value, _)| *value).collect();
            let mean = (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
            let grade = used.iter().map(|(.., i)| vintages[*i].grade).fold(vintages[vintage].grade, Grade::worst);
            rows.push(Known { instant, day, value, mean, vintage, grade });
        }
        start = end;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Availability;

    const GRADES: [Grade; 3] = [
        Grade { availability: Availability::Stamped, backcast: true },
        Grade { availability: Availability::Rule, backcast: false },
        Grade { availability: Availability::Observed, backcast: false },
    ];

    fn vintage(instant: i64, day: i32, value: f64) -> Vintage {
        Vintage { instant, day, value: Some(value), grade: GRADES[0] }
    }

    /// For each instant the whole history again, keeping the rows whose window holds other vintages than before.
    fn naive(vintages: &[Vintage], n: usize) -> Vec<Known> {
        let mut instants: Vec<i64> = vintages.iter().map(|v| v.instant).collect();
        instants.dedup();
        let mut last: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        let mut rows = Vec::new();
        for instant in instants {
            let mut known: BTreeMap<i32, (Option<f64>, usize)> = BTreeMap::new();
            for (i, v) in vintages.iter().enumerate().filter(|(_, v)| v.instant <= instant) {
                known.insert(v.day, (v.value, i));
            }
            let all: Vec<_> = known.into_iter().collect();
            for (at, (day, (value, vintage))) in all.iter().enumerate() {
                let used = &all[(at + 1).saturating_sub(n)..=at];
                let window: Vec<f64> = used.iter().filter_map(|(_, (value, _))| *value).collect();
                let used: Vec<usize> = used.iter().map(|(_, (_, i))| *i).collect();
                let grade = used.iter().map(|i| vintages[*i].grade).reduce(Grade::worst).expect("the observation itself");
                let mean = (!window.is_empty()).then(|| window.iter().sum::<f64>() / window.len() as f64);
                if last.insert(*day, used.clone()) != Some(used) {
                    rows.push(Known { instant, day: *day, value: *value, mean, vintage: *vintage, grade });
                }
            }
        }
        rows
    }

    #[test]
    fn a_revision_changes_the_means_that_it_is_in() {
        let rows = replay(&[vintage(1, 1, 8.0), vintage(2, 2, 16.0), vintage(3, 3, 24.0), vintage(4, 1, 0.0)], 2);
        let last: Vec<(i32, Option<f64>)> = rows.iter().filter(|row| row.instant == 4).map(|row| (row.day, row.mean)).collect();
        assert_eq!(last, [(1, Some(0.0)), (2, Some(8.0))]);
    }

    proptest::proptest! {
        #[test]
        fn a_replay_is_the_history_read_again_at_each_instant(
            raw in proptest::collection::vec((0i64..12, 0i32..15, proptest::option::of(-20i32..20), 0usize..3), 0..60),
            n in 1usize..6,
        ) {
            let mut vintages: Vec<Vintage> =
                raw.into_iter().map(|(instant, day, value, grade)| Vintage { instant, day, value: value.map(|v| f64::from(v) * 8.0), grade: GRADES[grade] }).collect();
            vintages.sort_by_key(|v| (v.instant, v.day));
            vintages.dedup_by_key(|v| (v.instant, v.day));
            proptest::prop_assert_eq!(replay(&vintages, n), naive(&vintages, n));
        }
    }
}
