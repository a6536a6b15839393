//! Fewer points for the same picture: of what falls into one column of dots the first, the lowest, the highest and the last stay. Pure.
//!
//! No spike is lost and none is made: every point that is drawn is one of the data.

use super::drawing::Place;

/// Reduces places that are in order across to what `columns` of dots can show.
pub fn reduce(places: impl Iterator<Item = Place>, columns: usize) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::new();
    let mut column: Vec<Place> = Vec::new();
    let mut at = None;
    for place in places {
        let here = (place.across * columns as f64).floor();
        if at != Some(here) {
            extremes(&mut column, &mut kept);
            at = Some(here);
        }
        column.push(place);
    }
    extremes(&mut column, &mut kept);
    kept
}

fn extremes(column: &mut Vec<Place>, kept: &mut Vec<Place>) {
    let by_height = |a: &usize, b: &usize| column[*a].up.total_cmp(&column[*b].up);
    let all = || 0..column.len();
    if let (Some(lowest), Some(highest)) = (all().min_by(by_height), all().max_by(by_height)) {
        let mut stay = vec![0, lowest, highest, column.len() - 1];
        stay.sort_unstable();
        stay.dedup();
        kept.extend(stay.into_iter().map(|index| column[index]));
    }
    column.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::chart::data::Point;

    fn places(values: &[f64]) -> Vec<Place> {
        let n = values.len() as f64;
        let place = |(at, up): (usize, &f64)| Place { across: at as f64 / n, up: *up, point: Point { x: at as f64, y: *up } };
        values.iter().enumerate().map(place).collect()
    }

    #[test]
    fn spikes_stay() {
        let mut values = vec![0.5; 100_000];
        values[54_321] = 1.0;
        values[54_322] = 0.0;
        let kept = reduce(places(&values).into_iter(), 100);
        assert!(kept.len() <= 400);
        assert!(kept.iter().any(|place| place.up == 1.0) && kept.iter().any(|place| place.up == 0.0));
        assert!(kept.is_sorted_by(|a, b| a.point.x < b.point.x));
    }

    #[test]
    fn few_points_all_stay() {
        assert_eq!(reduce(places(&[3.0, 1.0, 2.0]).into_iter(), 100).len(), 3);
        assert!(reduce(std::iter::empty(), 10).is_empty());
    }
}
