//! Yield curves, a row per day and tenor, and the bonds that are quoted one by one.

use super::ColumnType::{Date, Float, Text};
use super::Role::{AsOf, Attribute, Key, Value};
use super::{Column, Table};

/// The curves that sources feed, by `curve_id`: each source takes its own from here.
pub const US_PAR: &str = "US_PAR";
pub const US_REAL_PAR: &str = "US_REAL_PAR";
pub const BR_TESOURO_PREFIXADO: &str = "BR_TESOURO_PREFIXADO";
pub const BR_TESOURO_IPCA: &str = "BR_TESOURO_IPCA";
pub const BR_DI: &str = "BR_DI";
/// All of them.
pub const CURVE_IDS: [&str; 5] = [US_PAR, US_REAL_PAR, BR_TESOURO_PREFIXADO, BR_TESOURO_IPCA, BR_DI];

pub static CURVES: Table = Table {
    name: "curves",
    doc: "yield curves: one row per curve, day and tenor",
    partition: &[],
    stamped: false,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "the day of the curve"),
        Column::new("curve_id", Text, Key, "", "the curve: US_PAR, US_REAL_PAR, BR_DI, …"),
        Column::new("kind", Text, Key, "", "par, zero, real, breakeven or di"),
        Column::new(
            "tenor",
            Text,
            Key,
            "",
            "term to maturity (3M, 10Y), or the day of maturity where the curve is one of contracts or bonds",
        ),
        Column::new("tenor_years", Float, Attribute, "years", "the term as a number, by the day count of the curve"),
        Column::new("rate", Float, Value, "percent a year", "the yield"),
        Column::new("unit", Text, Attribute, "", "unit of `rate`"),
        Column::new("compounding", Text, Attribute, "", "semiannual (bond-equivalent), annual or continuous"),
        Column::new("day_count", Text, Attribute, "", "ACT/ACT, or BUS/252 over Brazilian business days"),
        Column::new("method", Text, Attribute, "", "how the source derives the curve, where it says so"),
    ],
};

pub static BONDS: Table = Table {
    name: "bonds",
    doc: "government bonds quoted one by one: yields and prices of Tesouro Direto",
    partition: &[],
    stamped: false,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "the day of the quote"),
        Column::new("bond", Text, Key, "", "kind of bond as the source writes it: Tesouro Prefixado"),
        Column::new("maturity", Date, Key, "", "day of maturity"),
        Column::new(
            "bid_yield",
            Float,
            Value,
            "percent a year",
            "yield at which an investor buys (taxa de compra), over 252 business days; that of `ask_price`",
        ),
        Column::new("ask_yield", Float, Value, "percent a year", "yield at which an investor sells (taxa de venda); that of `bid_price`"),
        Column::new("bid_price", Float, Value, "reais", "price that an investor gets (PU de venda), settled on the next business day"),
        Column::new("ask_price", Float, Value, "reais", "price that an investor pays (PU de compra), settled on the next business day"),
        Column::new("base_price", Float, Value, "reais", "price of the day itself (PU base), at the yield at which an investor sells"),
    ],
};
