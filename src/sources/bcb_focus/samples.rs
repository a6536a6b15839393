//! Which answers a row is computed from, where the file does not say it: dumps of the provider's answers that were made without
//! `baseCalculo` hold two rows per forecast, and nothing in a row says which is of the last 30 days and which of the last 5 business days.
//!
//! Who answered in the last 5 business days answered in the last 30 days, so the row with more respondents is that of 30 days (on every row
//! where both are published with their base the longer has at least as many). Two rows that are equal are both. A row that stands alone, or
//! two with as many respondents and other figures, cannot be told apart and are set aside: a guess would be a figure nobody published.

use std::collections::HashMap;

use super::rows::Row;

/// Why a row's sample cannot be known.
pub(super) const ALONE: &str = "the file has no `baseCalculo`, and the row stands alone: it may be of the last 30 days or of 5";
pub(super) const ALIKE: &str = "the file has no `baseCalculo`, and another row has as many respondents and other figures";
pub(super) const MANY: &str = "the file has no `baseCalculo`, and more than two rows are of this forecast";

/// The sample of each row, or why it has none.
pub(super) fn told_apart(rows: &[Row]) -> Vec<Result<&'static str, &'static str>> {
    let mut groups: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        groups.entry(row.forecast()).or_default().push(at);
    }
    let mut samples = vec![Err(ALONE); rows.len()];
    for group in groups.values() {
        match *group.as_slice() {
            [_] => {}
            [first, second] => {
                let (a, b) = (&rows[first], &rows[second]);
                match a.respondents.cmp(&b.respondents) {
                    std::cmp::Ordering::Greater => (samples[first], samples[second]) = (Ok("30d"), Ok("5d")),
                    std::cmp::Ordering::Less => (samples[first], samples[second]) = (Ok("5d"), Ok("30d")),
                    std::cmp::Ordering::Equal if a.statistics == b.statistics => (samples[first], samples[second]) = (Ok("30d"), Ok("5d")),
                    std::cmp::Ordering::Equal => (samples[first], samples[second]) = (Err(ALIKE), Err(ALIKE)),
                }
            }
            _ => group.iter().for_each(|at| samples[*at] = Err(MANY)),
        }
    }
    samples
}
