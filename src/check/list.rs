//! `CHECKS`: every check that travels with the program. Its SQL lies in `sql/checks/`, where its first lines say what it finds, why that matters
//! and what to do.

use std::borrow::Cow;

use super::Severity::{Error, Info, Warning};
use super::{Check, Severity};

/// The tables whose rows are series of one figure, as `meta.observations` shows them.
const SERIES: &[&str] = &["macro_series"];

const fn check(name: &'static str, severity: Severity, tables: &'static [&'static str], needs: &'static str, text: &'static str) -> Check {
    Check { name: Cow::Borrowed(name), severity, tables, needs, text: Cow::Borrowed(text), file: None }
}

macro_rules! checks {
    ($(($name:literal, $severity:expr, $tables:expr, $needs:literal)),* $(,)?) => {
        &[$(check($name, $severity, $tables, $needs, include_str!(concat!("../../sql/checks/", $name, ".sql")))),*]
    };
}

/// Every check, in the order in which they run: name, worst severity, tables, and what it needs beside them.
pub static CHECKS: &[Check] = checks!(
    ("freshness", Warning, &["cot", "macro_series"], "a rule of release for the series or its source"),
    ("gaps", Warning, SERIES, "a description of the series"),
    ("cot_gaps", Warning, &["cot"], ""),
    ("duplicates", Error, &["cot", "cot_markets", "cot_crop_years", "futures_ohlcv", "futures_statistics", "macro_series"], ""),
    ("known_too_early", Error, &["cot", "cot_markets", "cot_crop_years", "futures_ohlcv", "futures_statistics", "macro_series"], ""),
    ("vintage_order", Error, &["cot", "cot_markets", "cot_crop_years", "futures_ohlcv"], ""),
    ("range", Error, &["cot", "cot_markets", "futures_ohlcv", "futures_statistics", "macro_series"], "for series, `positive` in their description"),
    ("cot_identities", Error, &["cot"], "all categories of the report"),
    ("bars", Error, &["futures_ohlcv"], ""),
    ("outliers", Warning, SERIES, "40 observations of the series"),
    ("stale", Warning, SERIES, "40 observations of the series"),
    ("revisions", Info, SERIES, "30 revisions of the series"),
);
