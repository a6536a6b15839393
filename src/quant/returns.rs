//! Returns of a price from row to row, and what they come to in a year. A missing value is NaN; so is a result that there is none of.

/// ln(x / x of `n` rows before). There is none where either is missing, infinite, 0 or below.
pub fn log_returns(prices: &[f64], n: usize) -> Vec<f64> {
    against(prices, n, |now, before| if now > 0.0 && before > 0.0 { (now / before).ln() } else { f64::NAN })
}

/// x / x of `n` rows before - 1. There is none where either is missing or infinite, or the earlier one is 0 or below: of a base that is not
/// positive no share can be said. The later price may be anything: 20 that fall to -40 have lost three times the price.
pub fn simple_returns(prices: &[f64], n: usize) -> Vec<f64> {
    against(prices, n, |now, before| if before > 0.0 { now / before - 1.0 } else { f64::NAN })
}

fn against(prices: &[f64], n: usize, of: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let change = |row: usize| {
        let before = row.checked_sub(n).map_or(f64::NAN, |earlier| prices[earlier]);
        Some(of(prices[row], before)).filter(|change| change.is_finite() && before.is_finite()).unwrap_or(f64::NAN)
    };
    (0..prices.len()).map(change).collect()
}

/// (1 + r)^periods - 1, exact for small r too. `None` for a loss of more than everything, for periods that are not positive, and where the
/// result is no finite number.
pub fn annualized(r: f64, periods: f64) -> Option<f64> {
    let yearly = (periods * r.ln_1p()).exp_m1();
    (r >= -1.0 && periods > 0.0 && yearly.is_finite()).then_some(yearly)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// NaN compared as any other value.
    fn bits(values: &[f64]) -> Vec<Option<u64>> {
        values.iter().map(|value| (!value.is_nan()).then(|| value.to_bits())).collect()
    }

    const NONE: f64 = f64::NAN;

    #[test]
    fn of_a_price_that_is_not_positive_there_is_no_logarithm() {
        let prices = [8.0, 16.0, 0.0, 4.0, -4.0, 2.0, NONE, 2.0, f64::INFINITY, 2.0];
        assert_eq!(bits(&log_returns(&prices, 1)), bits(&[NONE, 2f64.ln(), NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE]));
        assert_eq!(bits(&simple_returns(&prices, 1)), bits(&[NONE, 1.0, -1.0, NONE, -2.0, NONE, NONE, NONE, NONE, NONE]));
        assert_eq!(bits(&simple_returns(&prices, 5)), bits(&[NONE, NONE, NONE, NONE, NONE, -0.75, NONE, NONE, NONE, NONE]));
        assert!(log_returns(&[], 1).is_empty());
        assert_eq!(bits(&log_returns(&[1.0, 2.0], 9)), bits(&[NONE, NONE]));
    }

    #[test]
    fn a_year_of_percents() {
        let close = |given: Option<f64>, expected: f64| given.is_some_and(|given| (given - expected).abs() < 1e-15);
        assert!(close(annualized(0.01, 12.0), 0.126_825_030_131_969_72));
        assert!(close(annualized(1e-12, 252.0), 252e-12 + 31_626.0e-24));
        assert_eq!((annualized(0.0, 12.0), annualized(-1.0, 12.0)), (Some(0.0), Some(-1.0)));
        assert_eq!((annualized(-1.5, 2.0), annualized(0.1, 0.0), annualized(0.1, -1.0)), (None, None, None));
        assert_eq!((annualized(9.0, 1e6), annualized(f64::NAN, 12.0), annualized(f64::INFINITY, 12.0)), (None, None, None));
    }

    proptest! {
        #[test]
        fn logarithms_add_up_and_shares_compound(prices in prop::collection::vec(0.01f64..1e6, 2..50), n in 1usize..5) {
            let (logs, shares) = (log_returns(&prices, 1), simple_returns(&prices, 1));
            let (long_logs, long_shares) = (log_returns(&prices, n), simple_returns(&prices, n));
            for row in n..prices.len() {
                let sum: f64 = logs[row + 1 - n..=row].iter().sum();
                let product: f64 = shares[row + 1 - n..=row].iter().map(|share| 1.0 + share).product();
                prop_assert!((long_logs[row] - sum).abs() < 1e-9);
                prop_assert!((long_shares[row] + 1.0 - product).abs() < 1e-9 * product);
            }
        }

        #[test]
        fn a_year_is_its_periods_one_after_the_other(r in -0.5f64..0.5, periods in 1i32..60) {
            let slow = (1.0 + r).powi(periods) - 1.0;
            let fast = annualized(r, f64::from(periods)).expect("a finite year");
            prop_assert!((fast - slow).abs() <= 1e-11 * (1.0 + slow.abs()), "{fast} {slow}");
        }
    }
}
