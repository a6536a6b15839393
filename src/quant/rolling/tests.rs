//! Rolling windows against windows that are looked at one by one.

use proptest::prelude::*;

use super::*;

/// Mean and sample deviation in two passes. Deviations are taken from a value of the window first, which loses nothing: the sum of far-off
/// values would.
fn slow(window: &[f64]) -> (usize, f64, f64) {
    let values: Vec<f64> = window.iter().copied().filter(|value| !value.is_nan()).collect();
    let n = values.len() as f64;
    let base = values.first().copied().unwrap_or_default();
    let mean = values.iter().map(|x| x - base).sum::<f64>() / n;
    let squares = values.iter().map(|x| (x - base - mean) * (x - base - mean)).sum::<f64>();
    (values.len(), base + mean, (squares / (n - 1.0)).sqrt())
}

/// Looks at every window of so many rows, and at its rows.
fn windows(values: &[f64], size: Option<usize>, mut look: impl FnMut(usize, &Rolling, &[f64])) {
    let mut rolling = Rolling::new(size);
    for (n, value) in values.iter().enumerate() {
        rolling.push(*value);
        look(n, &rolling, &values[(n + 1).saturating_sub(size.unwrap_or(usize::MAX))..=n]);
    }
}

/// That the deviation is what two passes say, to nine digits.
fn assert_close(row: usize, rolling: &Rolling, window: &[f64]) {
    let (n, mean, deviation) = slow(window);
    assert_eq!(rolling.count(), n, "row {row}");
    if n > 0 {
        let given = rolling.mean().expect("a window with a value has a mean");
        let scale = mean.abs().max(if n > 1 { deviation } else { 0.0 });
        assert!((given - mean).abs() <= 1e-9 * scale, "row {row}: mean {given:e}, not {mean:e}");
    }
    if n > 1 {
        let given = rolling.deviation().expect("a window with two values has a deviation");
        assert!((given - deviation).abs() <= 1e-9 * deviation, "row {row}: deviation {given:e}, not {deviation:e}");
    }
}

fn noise(n: usize) -> f64 {
    ((n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1u64 << 24) as f64
}

/// Values of all sizes, that stay for a while or jump, and holes.
fn jumpy() -> impl Strategy<Value = Vec<f64>> {
    let level = prop_oneof![Just(0.0), Just(1e9), Just(-1e6), Just(1e-6), -100.0f64..100.0];
    let noise = prop_oneof![Just(0.0), Just(1e-3), Just(1.0), Just(1e4)];
    let stretch = (level, noise, prop::collection::vec(prop::option::weighted(0.9, -1.0f64..1.0), 1..25));
    let values = |(level, noise, parts): (f64, f64, Vec<Option<f64>>)| -> Vec<f64> {
        parts.into_iter().map(|part| part.map_or(f64::NAN, |part| level + noise * part)).collect()
    };
    prop::collection::vec(stretch.prop_map(values), 1..8).prop_map(|stretches| stretches.concat())
}

proptest! {
    #[test]
    fn is_what_two_passes_say(values in jumpy(), size in prop::option::of(1usize..30)) {
        windows(&values, size, assert_close);
    }

    #[test]
    fn eighths_are_exact(
        eighths in prop::collection::vec(prop::option::weighted(0.9, -800i32..800), 1..200),
        size in prop::option::of(1usize..20),
    ) {
        let values: Vec<f64> = eighths.iter().map(|x| x.map_or(f64::NAN, |x| f64::from(x) / 8.0)).collect();
        windows(&values, size, |_, rolling, window| {
            let there: Vec<f64> = window.iter().copied().filter(|value| !value.is_nan()).collect();
            let (n, sum) = (there.len() as f64, there.iter().sum::<f64>());
            let spread = n * there.iter().map(|x| x * x).sum::<f64>() - sum * sum;
            assert_eq!(rolling.mean(), (n > 0.0).then(|| sum / n));
            assert_eq!(rolling.deviation(), (n > 1.0).then(|| (spread / (n * (n - 1.0))).sqrt()));
        });
    }

    #[test]
    fn rank_counts_values_that_are_not_above(values in jumpy(), size in 1usize..30) {
        windows(&values, Some(size), |_, rolling, window| {
            let newest = window[window.len() - 1];
            let there: Vec<f64> = window.iter().copied().filter(|value| !value.is_nan()).collect();
            let share = there.iter().filter(|value| **value <= newest).count() as f64 / there.len() as f64;
            assert_eq!(rolling.percentile_rank(), (!newest.is_nan()).then_some(share));
        });
    }

    /// The general window knows its length from row to row only.
    #[test]
    fn a_window_that_is_told_what_to_forget_has_the_same_bits(values in jumpy(), size in 1usize..30) {
        let mut told = Rolling::new(None);
        windows(&values, Some(size), |_, rolling, window| {
            if told.rows().len() == size {
                told.forget();
            }
            told.push(window[window.len() - 1]);
            let bits = |rolling: &Rolling| [rolling.mean(), rolling.deviation(), rolling.zscore()].map(|x| x.map(f64::to_bits));
            assert_eq!(bits(&told), bits(rolling));
        });
    }
}

#[test]
fn a_million_rows_far_from_zero_do_not_drift() {
    let values: Vec<f64> = (0..1_000_000).map(|n| 1e9 + noise(n) + n as f64 * 1e-3).collect();
    windows(&values, Some(252), |row, rolling, window| {
        if row % 997 == 0 {
            assert_close(row, rolling, window);
        }
    });
}

#[test]
fn a_million_rows_in_one_window_do_not_drift() {
    let values: Vec<f64> = (0..1_000_000).map(|n| 1e9 + noise(n)).collect();
    windows(&values, None, |row, rolling, window| {
        if row % 99_991 == 0 {
            assert_close(row, rolling, window);
        }
    });
}

#[test]
fn a_jump_of_level_costs_no_digits() {
    // sums from the old level would keep nothing of the noise
    let values: Vec<f64> = (0..2_000).map(|n| if n < 700 { noise(n) } else { 1e9 + noise(n) }).collect();
    windows(&values, Some(252), assert_close);
}

#[test]
fn values_that_shrink_by_and_by_keep_their_digits() {
    let values: Vec<f64> = (0..200).map(|n| 1e12 * 10f64.powi(-n / 4) * (1.0 + noise(n as usize))).collect();
    windows(&values, Some(5), assert_close);
}

#[test]
fn a_spike_leaves_nothing_behind() {
    let values: Vec<f64> = (0..60).map(|n| if n == 20 { 1e15 } else { f64::from(n % 5) }).collect();
    windows(&values, Some(10), |row, rolling, window| {
        if !window.contains(&1e15) {
            assert_close(row, rolling, window);
        }
    });
}

#[test]
fn equal_values_have_no_deviation_and_no_score() {
    let mut rolling = Rolling::new(Some(3));
    for value in [5e9, 0.1, 0.1, 0.1] {
        rolling.push(value);
    }
    assert_eq!((rolling.mean(), rolling.deviation(), rolling.zscore()), (Some(0.1), Some(0.0), None));
    rolling.push(f64::NAN);
    assert_eq!((rolling.count(), rolling.zscore(), rolling.percentile_rank()), (2, None, None));
}

#[test]
fn a_window_with_an_infinite_value_has_no_moments_and_the_next_one_does() {
    let mut rolling = Rolling::new(Some(3));
    let mut given = Vec::new();
    for value in [1.0, f64::INFINITY, 2.0, 3.0, 5.0] {
        rolling.push(value);
        given.push((rolling.mean(), rolling.zscore().is_some(), rolling.percentile_rank()));
    }
    let third = 1.0 / 3.0;
    let expected = [
        (Some(1.0), false, Some(1.0)),
        (None, false, Some(1.0)),
        (None, false, Some(2.0 * third)),
        (None, false, Some(2.0 * third)),
        (Some(10.0 / 3.0), true, Some(1.0)),
    ];
    assert_eq!(given, expected);
}

#[test]
fn values_whose_squares_overflow_are_gone_when_they_leave() {
    let mut rolling = Rolling::new(Some(3));
    for value in [1e200, 1.0, 2.0] {
        rolling.push(value);
    }
    assert_eq!((rolling.deviation(), rolling.zscore()), (None, None));
    rolling.push(3.0);
    assert_eq!((rolling.mean(), rolling.deviation()), (Some(2.0), Some(1.0)));
}
