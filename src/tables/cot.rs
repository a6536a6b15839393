//! The tables of the Commitments of Traders.

use super::ColumnType::{Date, Float, Int, Text};
use super::Role::{AsOf, Attribute, Derived, Key, Value};
use super::{Column, Derivation, Table};

const REPORT: Column = Column::new("report", Text, Key, "", "tff, disaggregated or legacy");
const SCOPE: Column = Column::new("scope", Text, Key, "", "futures_only, or combined (futures and the delta equivalent of options)");
const CONTRACT_CODE: Column = Column::new("contract_code", Text, Key, "", "CFTC contract market code, six characters, leading zeros kept");
const COT_ROOT: Column = Column::new(
    "root",
    Text,
    Derived(Derivation::CotRoot),
    "",
    "exchange root of the market, NULL where config/instruments.toml lists none",
);
const MARKET: Column =
    Column::new("market", Text, Attribute, "", "market and exchange name as printed in the report; drifts over the years");
const REPORT_DATE: Column = Column::new("as_of", Date, AsOf, "", "day that the positions describe, usually a Tuesday");
const CATEGORY: Column = Column::new("category", Text, Key, "", "trader category in the report's own words");

pub static COT: Table = Table {
    name: "cot",
    doc: "CFTC Commitments of Traders: one row per report, scope, market, trader category and week",
    partition: &["report", "scope"],
    stamped: false,
    columns: &[
        REPORT_DATE,
        REPORT,
        SCOPE,
        CONTRACT_CODE,
        COT_ROOT,
        MARKET,
        CATEGORY,
        Column::new("long", Int, Value, "contracts", "long positions"),
        Column::new("short", Int, Value, "contracts", "short positions"),
        Column::new(
            "spreading",
            Int,
            Value,
            "contracts",
            "positions both long and short; NULL where the report has no such figure for the category",
        ),
        Column::new("net", Int, Derived(Derivation::Net), "contracts", "long minus short"),
        Column::new("traders_long", Int, Value, "traders", "traders with a long position; NULL where not disclosed"),
        Column::new("traders_short", Int, Value, "traders", "traders with a short position; NULL where not disclosed"),
        Column::new("traders_spreading", Int, Value, "traders", "traders with a spread; NULL where not disclosed"),
        Column::new("open_interest", Int, Value, "contracts", "open interest of the whole market"),
    ],
};

pub static COT_MARKETS: Table = Table {
    name: "cot_markets",
    doc: "CFTC Commitments of Traders: one row per report, scope, market and week, with totals and concentration",
    partition: &["report", "scope"],
    stamped: false,
    columns: &[
        REPORT_DATE,
        REPORT,
        SCOPE,
        CONTRACT_CODE,
        COT_ROOT,
        MARKET,
        Column::new("exchange_code", Text, Attribute, "", "CFTC market code in initials (CBT, CME, NYME, ICUS, ...)"),
        Column::new("region_code", Text, Attribute, "", "CFTC region code"),
        Column::new("commodity_code", Text, Attribute, "", "CFTC commodity code; drifts, never a key"),
        Column::new("subgroup_code", Text, Attribute, "", "CFTC subgroup code; NULL in the legacy report"),
        Column::new("contract_units", Text, Attribute, "", "contract size as printed"),
        Column::new("open_interest", Int, Value, "contracts", "open interest"),
        Column::new("reportable_long", Int, Value, "contracts", "long positions of all reportable traders, spreads included"),
        Column::new("reportable_short", Int, Value, "contracts", "short positions of all reportable traders, spreads included"),
        Column::new("traders_total", Int, Value, "traders", "reportable traders in the market"),
        Column::new("traders_reportable_long", Int, Value, "traders", "reportable traders with a long position"),
        Column::new("traders_reportable_short", Int, Value, "traders", "reportable traders with a short position"),
        Column::new("gross_4_long", Float, Value, "percent of open interest", "long positions of the four largest traders, gross"),
        Column::new("gross_4_short", Float, Value, "percent of open interest", "short positions of the four largest traders, gross"),
        Column::new("gross_8_long", Float, Value, "percent of open interest", "long positions of the eight largest traders, gross"),
        Column::new("gross_8_short", Float, Value, "percent of open interest", "short positions of the eight largest traders, gross"),
        Column::new("net_4_long", Float, Value, "percent of open interest", "long positions of the four largest traders, net"),
        Column::new("net_4_short", Float, Value, "percent of open interest", "short positions of the four largest traders, net"),
        Column::new("net_8_long", Float, Value, "percent of open interest", "long positions of the eight largest traders, net"),
        Column::new("net_8_short", Float, Value, "percent of open interest", "short positions of the eight largest traders, net"),
    ],
};

pub static COT_CROP_YEARS: Table = Table {
    name: "cot_crop_years",
    doc: "the Old and Other crop-year split of the Disaggregated and Legacy reports; a market without a split (nothing in Other) has no rows",
    partition: &["report", "scope"],
    stamped: false,
    columns: &[
        REPORT_DATE,
        REPORT,
        SCOPE,
        CONTRACT_CODE,
        COT_ROOT,
        MARKET,
        Column::new("crop_year", Text, Key, "", "old or other"),
        CATEGORY,
        Column::new("long", Int, Value, "contracts", "long positions"),
        Column::new("short", Int, Value, "contracts", "short positions"),
        Column::new("spreading", Int, Value, "contracts", "positions both long and short within the crop year"),
        Column::new("net", Int, Derived(Derivation::Net), "contracts", "long minus short"),
        Column::new("traders_long", Int, Value, "traders", "traders with a long position; NULL where not disclosed"),
        Column::new("traders_short", Int, Value, "traders", "traders with a short position; NULL where not disclosed"),
        Column::new("traders_spreading", Int, Value, "traders", "traders with a spread; NULL where not disclosed"),
        Column::new("open_interest", Int, Value, "contracts", "open interest of the crop year"),
    ],
};
