//! Prices, instants and names as DBN writes them, and as the lake keeps them: fixed-point integers of 1e-9 to the nearest double, nanoseconds
//! to microseconds, texts that end in zeros to strings; what is undefined to `None`.

use std::ffi::c_char;

use chrono::{DateTime, NaiveDate};
use dbn::{FIXED_PRICE_SCALE, UNDEF_PRICE, UNDEF_TIMESTAMP};

pub(super) const NANOS_PER_DAY: u64 = 86_400_000_000_000;
/// Integers up to here are doubles, and their quotient by the scale is rounded once.
const MAX_EXACT: u64 = 1 << 53;

/// The double nearest to a fixed-point price.
pub(super) fn price(fixed: i64) -> Option<f64> {
    (fixed != UNDEF_PRICE).then(|| nearest(fixed))
}

pub(super) fn nearest(fixed: i64) -> f64 {
    if fixed.unsigned_abs() <= MAX_EXACT {
        return fixed as f64 / FIXED_PRICE_SCALE as f64;
    }
    let scale = FIXED_PRICE_SCALE.unsigned_abs();
    let sign = if fixed < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:09}", fixed.unsigned_abs() / scale, fixed.unsigned_abs() % scale);
    text.parse().unwrap_or(f64::NAN)
}

/// Microseconds since 1970; part of one counts as the next, so that nothing is known before its stamp.
pub(super) fn micros(nanos: u64) -> Option<i64> {
    (nanos != UNDEF_TIMESTAMP && nanos <= i64::MAX as u64).then(|| nanos.div_ceil(1_000) as i64)
}

/// Days since 1970 in UTC.
pub(super) fn day_of(nanos: u64) -> i32 {
    (nanos / NANOS_PER_DAY) as i32
}

pub(super) fn date(day: i32) -> NaiveDate {
    NaiveDate::from_epoch_days(day).unwrap_or_default()
}

/// An instant for a person.
pub(super) fn shown(nanos: u64) -> String {
    match i64::try_from(nanos) {
        Ok(nanos) => DateTime::from_timestamp_nanos(nanos).format("%Y-%m-%d %H:%M:%SZ").to_string(),
        Err(_) => "never".to_string(),
    }
}

/// A text of fixed width, up to its first zero; `None` where it is empty. What is no UTF-8 is replaced.
pub(super) fn text(chars: &[c_char]) -> Option<String> {
    let bytes: Vec<u8> = chars.iter().take_while(|c| **c != 0).map(|c| c.to_ne_bytes()[0]).collect();
    let text = String::from_utf8_lossy(&bytes).trim().to_string();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_undefined_is_nothing() {
        assert_eq!(price(UNDEF_PRICE), None);
        assert_eq!(micros(UNDEF_TIMESTAMP), None);
        assert_eq!(text(&[0; 5]), None);
    }

    #[test]
    fn an_instant_is_never_rounded_down() {
        assert_eq!(micros(1_000), Some(1));
        assert_eq!(micros(1_001), Some(2));
    }

    proptest! {
        #[test]
        fn a_price_is_the_double_nearest_to_its_decimals(fixed in prop_oneof![any::<i64>(), -(1i64 << 54)..(1i64 << 54)]) {
            let sign = if fixed < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:09}", fixed.unsigned_abs() / 1_000_000_000, fixed.unsigned_abs() % 1_000_000_000);
            prop_assert_eq!(Some(nearest(fixed)), text.parse::<f64>().ok());
        }
    }
}
