//! First releases: of each observation the first vintage that was news about the newest observation when it came.

use super::history::History;
use super::{Transform, Vintage};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstRelease {
    /// The vintage, as its place in the input.
    pub vintage: usize,
    /// Its value, transformed among the values known at its instant.
    pub value: Option<f64>,
}

/// The first releases of a series, by instant. What came at the series' first instant is left out: it was there before the records begin,
/// nobody knows since when.
pub fn first_releases(vintages: &[Vintage], transform: Transform) -> Vec<FirstRelease> {
    let mut order: Vec<usize> = (0..vintages.len()).collect();
    order.sort_by_key(|&i| vintages[i].known_at);
    let mut history = History::default();
    let mut releases = Vec::new();
    let mut newest = None;
    for (n_before, group) in order.chunk_by(|&a, &b| vintages[a].known_at == vintages[b].known_at).enumerate() {
        for &i in group {
            history.learn(vintages[i]);
        }
        let Some(&of_newest) = group.iter().filter(|&&i| vintages[i].value.is_some()).max_by_key(|&&i| vintages[i].as_of) else { continue };
        let as_of = vintages[of_newest].as_of;
        if newest.is_some_and(|known| as_of <= known) {
            continue;
        }
        newest = Some(as_of);
        if n_before == 0 {
            continue;
        }
        let observations = history.observations();
        let place = observations.binary_search_by_key(&as_of, |known| known.as_of).ok();
        let value = place.and_then(|place| transform.at(observations, place)).map(|term| term.value);
        releases.push(FirstRelease { vintage: of_newest, value });
    }
    releases
}

#[cfg(test)]
mod tests {
    use super::*;

    fn released(rows: &[(i64, i64, Option<f64>)], transform: Transform) -> Vec<(i64, i64, Option<f64>)> {
        let vintages: Vec<Vintage> = rows.iter().map(|&(known_at, as_of, value)| Vintage { as_of, known_at, value }).collect();
        let first = first_releases(&vintages, transform);
        first.into_iter().map(|r| (vintages[r.vintage].known_at, vintages[r.vintage].as_of, r.value)).collect()
    }

    #[test]
    fn a_revision_a_late_value_and_the_first_vintage_are_none() {
        let rows = [
            (1, 1, Some(1.0)),
            (1, 2, Some(2.0)),
            (2, 3, Some(3.0)),
            (3, 3, Some(30.0)),
            // two quarters at once: one release
            (4, 4, Some(4.0)),
            (4, 5, Some(5.0)),
            (5, 4, Some(40.0)),
            // announced as missing, then there
            (6, 6, None),
            (7, 6, Some(6.0)),
        ];
        assert_eq!(released(&rows, Transform::Level), [(2, 3, Some(3.0)), (4, 5, Some(5.0)), (7, 6, Some(6.0))]);
    }

    #[test]
    fn a_change_is_taken_among_the_values_of_its_instant() {
        let rows = [(1, 1, Some(1.0)), (2, 1, Some(10.0)), (2, 2, Some(12.0)), (3, 2, Some(15.0)), (3, 3, Some(16.0)), (4, 4, Some(0.0))];
        assert_eq!(released(&rows, Transform::Change), [(2, 2, Some(2.0)), (3, 3, Some(1.0)), (4, 4, Some(-16.0))]);
        assert_eq!(released(&rows, Transform::YearPercentChange), [(2, 2, None), (3, 3, None), (4, 4, None)]);
    }
}
