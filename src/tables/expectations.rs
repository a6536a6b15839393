//! Surveys of expectations: one row per survey day, indicator, horizon and statistic.

use super::ColumnType::{Date, Float, Int, Text};
use super::Role::{AsOf, Attribute, Key, Value};
use super::{Column, Table};

pub static EXPECTATIONS: Table = Table {
    name: "expectations",
    doc: "expectations of the market: statistics of a survey by indicator and horizon",
    partition: &["survey"],
    stamped: false,
    columns: &[
        Column::new("as_of", Date, AsOf, "", "the day of the survey"),
        Column::new(
            "survey",
            Text,
            Key,
            "",
            "annual, monthly, quarterly, selic, inflation_12m, inflation_24m; of the five best with top5_ before it",
        ),
        Column::new("indicator", Text, Key, "", "what is expected, as the source writes it: IPCA, Câmbio, PIB Total"),
        Column::new("detail", Text, Key, "", "part of the indicator (Saldo, Exportações); empty where there is none"),
        Column::new(
            "horizon",
            Text,
            Key,
            "",
            "the period: 2026, 2026-10, 2026-Q3; 2026-R5 for the fifth meeting of the year; 12m or 24m ahead",
        ),
        Column::new(
            "sample",
            Text,
            Key,
            "",
            "answers of the last 30 days (30d) or of the last 5 business days (5d); empty where there is no choice",
        ),
        Column::new(
            "variant",
            Text,
            Key,
            "",
            "smoothed or unsmoothed; short, medium or long of the five best; empty where there is no choice",
        ),
        Column::new("statistic", Text, Key, "", "median, mean, std, min, max or coefficient_of_variation"),
        Column::new("value", Float, Value, "see `unit`", "the figure"),
        Column::new("respondents", Int, Value, "institutions", "how many answered; NULL where the source does not say"),
        Column::new("unit", Text, Attribute, "", "unit of `value`; NULL where it is not known"),
    ],
};
