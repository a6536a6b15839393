//! `CHECKS`: every check that travels with the program. Its SQL lies in `sql/checks/`, where its first lines say what it finds, why that matters
//! and what to do.

use std::borrow::Cow;

use super::Severity::{Error, Info, Warning};
use super::{Check, Severity};

/// The tables whose rows are series of one figure, as `meta.observations` shows them.
const SERIES: &[&str] = &["macro_series", "fx_flow", "fiscal_data", "curves", "market_data"];
/// The tables whose figures are revised.
const REVISED: &[&str] = &["macro_series", "fx_flow", "fiscal_data"];
/// The tables of vintages.
const VINTAGES: &[&str] = &[
    "cot",
    "cot_markets",
    "cot_crop_years",
    "futures_ohlcv",
    "futures_statistics",
    "macro_series",
    "fx_flow",
    "fiscal_data",
    "curves",
    "bonds",
    "market_data",
    "market_events",
    "expectations",
];
/// Those whose sources do not stamp them.
const UNSTAMPED: &[&str] =
    &["cot", "cot_markets", "cot_crop_years", "futures_ohlcv", "fx_flow", "fiscal_data", "curves", "bonds", "market_data", "expectations"];
/// The tables that somebody is expected to fill again and again.
const RELEASED: &[&str] = &["cot", "macro_series", "fx_flow", "fiscal_data", "curves", "bonds", "market_data", "expectations"];
/// The tables whose figures have a range.
const RANGED: &[&str] = &[
    "cot",
    "cot_markets",
    "futures_ohlcv",
    "futures_statistics",
    "macro_series",
    "fx_flow",
    "fiscal_data",
    "curves",
    "bonds",
    "market_data",
    "expectations",
];

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
    ("freshness", Warning, RELEASED, "a rule of release of the series or its source"),
    ("gaps", Warning, &["macro_series", "fx_flow", "fiscal_data", "curves", "market_data", "expectations"], "a description of the series"),
    ("cot_gaps", Warning, &["cot"], ""),
    ("duplicates", Error, VINTAGES, ""),
    ("known_too_early", Error, VINTAGES, ""),
    ("vintage_order", Error, UNSTAMPED, ""),
    ("range", Error, RANGED, "of series, that their description says `positive`"),
    ("cot_identities", Error, &["cot"], "every category of the report"),
    ("bars", Error, &["futures_ohlcv", "market_data"], ""),
    ("point_values", Error, &["futures_definitions"], "a root that config/instruments.toml describes"),
    ("curve_tenors", Error, &["curves"], ""),
    ("surveys", Error, &["expectations"], ""),
    ("ipca", Error, &["macro_series"], "bcb_sgs 433, ibge_sidra SIDRA_IPCA_MOM and SIDRA_IPCA_INDEX, any two of them"),
    ("ptax", Error, &["macro_series"], "bcb_ptax, and bcb_sgs 1 or 10813"),
    ("selic", Warning, &["macro_series"], "bcb_sgs 11 and 432"),
    ("outliers", Warning, SERIES, "40 observations of the series"),
    ("stale", Warning, SERIES, "40 observations of the series"),
    ("revisions", Info, REVISED, "30 revisions of the series"),
);
