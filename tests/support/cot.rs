//! Made-up positioning: the reports of the standard lake, and how vintages of them are written through the lake's own append.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use contango::config::Config;
use contango::lake::Lake;
use contango::tables::{self, Role, Table};
use contango::time::{Availability, KnowledgeTime};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};

use super::{append, day, instant};

/// One vintage of one category's positions.
#[derive(Debug, Clone, PartialEq)]
pub struct Vintage {
    pub report: &'static str,
    pub scope: &'static str,
    pub code: &'static str,
    pub category: &'static str,
    pub as_of: NaiveDate,
    pub available_at: KnowledgeTime,
    pub availability: Availability,
    pub backcast: bool,
    pub long: i64,
    pub short: i64,
    pub spreading: Option<i64>,
    pub open_interest: i64,
    /// The name printed in the report; it may drift.
    pub market: String,
    /// The source took its figures back: every value is NULL.
    pub missing: bool,
}

const TFF: [&str; 5] = ["asset_manager", "dealer", "leveraged_funds", "nonreportable", "other_reportable"];
const DISAGGREGATED: [&str; 5] = ["managed_money", "nonreportable", "other_reportable", "producer_merchant", "swap_dealer"];
const LEGACY: [&str; 3] = ["commercial", "noncommercial", "nonreportable"];

/// The standard lake: the reports of Tuesdays from 2022-12-06 to 2023-04-25 (the ION outage lies in them), two of winter and summer time,
/// a market that ended, one that no configuration lists, and three revisions.
pub fn standard() -> Vec<Vintage> {
    let config = Config::load(None).expect("the built-in configuration");
    let markets: [(&str, &[&str], &[&str]); 3] = [
        ("tff", &TFF, &["13874A", "13874+", "043602", "132741"]),
        ("disaggregated", &DISAGGREGATED, &["067651", "088691", "999999"]),
        ("legacy", &LEGACY, &["13874A", "067651"]),
    ];
    let mut rows = Vec::new();
    for (report, categories, codes) in markets {
        for (m, code) in codes.iter().enumerate() {
            for week in 0..21i64 {
                // the Eurodollar contract leaves the report early in the window
                if *code == "132741" && week > 5 {
                    continue;
                }
                let as_of = day("2022-12-06") + chrono::Duration::weeks(week);
                let release = config.cot_calendar().release(report, as_of);
                for (c, category) in categories.iter().enumerate() {
                    let (m, c) = (m as i64, c as i64);
                    rows.push(Vintage {
                        report,
                        scope: "futures_only",
                        code,
                        category,
                        as_of,
                        available_at: release.at,
                        availability: release.availability,
                        backcast: week < 4,
                        long: 8 * (100 * (m + 1) + 10 * c + (week * week * (c + 3)) % 37),
                        short: 8 * (90 * (m + 1) + 12 * c + (week * 7 * (c + 1)) % 29),
                        spreading: (*category != "nonreportable").then_some(8 * (week + c)),
                        open_interest: 8 * (1000 * (m + 1) + week * 16),
                        market: format!("MARKET {code}"),
                        missing: false,
                    });
                }
            }
        }
    }
    let combined: Vec<Vintage> = rows
        .iter()
        .filter(|row| row.code == "067651" && row.report == "disaggregated")
        .map(|row| Vintage { scope: "combined", long: row.long + 8, ..row.clone() })
        .collect();
    rows.extend(combined);
    let revised = |code: &str, category: &str, as_of: &str, at: &str, long: i64| {
        let first = rows
            .iter()
            .find(|row| row.code == code && row.category == category && row.as_of == day(as_of))
            .expect("the row that is revised");
        Vintage { available_at: instant(at), availability: Availability::Observed, backcast: false, long, ..first.clone() }
    };
    let revisions = [
        // the newest observation, so a reading; then an old one, so no reading; then the same old one again
        revised("13874A", "leveraged_funds", "2023-01-24", "2023-02-01 12:00:00Z", 4000),
        revised("067651", "managed_money", "2022-12-20", "2023-03-15 09:00:00Z", 8000),
        revised("067651", "managed_money", "2022-12-20", "2023-04-03 09:00:00Z", 8008),
    ];
    rows.extend(revisions);
    rows
}

/// The vintages that were known by an instant.
pub fn cut(rows: &[Vintage], at: KnowledgeTime) -> Vec<Vintage> {
    rows.iter().filter(|row| row.available_at <= at).cloned().collect()
}

/// Writes vintages into an empty lake on any store.
pub async fn write_into(lake: &Lake, rows: &[Vintage], n_payloads: usize) {
    for part in 0..n_payloads {
        let mine: Vec<Vintage> = rows.iter().enumerate().filter(|(i, _)| i % n_payloads == part).map(|(_, row)| row.clone()).collect();
        for table in [tables::get("cot"), tables::get("cot_markets")] {
            append_to(lake, table, &mine, part).await;
        }
    }
}

async fn append_to(lake: &Lake, table: &'static Table, rows: &[Vintage], part: usize) {
    // one row per market and instant in cot_markets, as the first category gives it
    let mut seen = BTreeMap::new();
    let mut sorted: Vec<&Vintage> = match table.name {
        "cot" => rows.iter().collect(),
        _ => {
            for row in rows.iter().filter(|row| [TFF[0], DISAGGREGATED[0], LEGACY[0]].contains(&row.category)) {
                seen.entry((row.report, row.scope, row.code, row.as_of, row.available_at)).or_insert(row);
            }
            seen.into_values().collect()
        }
    };
    let category = |row: &Vintage| if table.name == "cot" { row.category } else { "" };
    sorted.sort_by_key(|row| (row.report, row.scope, row.code, category(row), row.as_of, row.available_at));
    let role = |name: &str| table.column(name).map_or(Role::System, |column| column.role);
    append(lake, table, part, sorted.len(), |name| Some(values(name, role(name), &sorted))).await;
}

fn values(name: &str, role: Role, rows: &[&Vintage]) -> ArrayRef {
    let text = |value: &dyn Fn(&Vintage) -> String| Arc::new(rows.iter().map(|row| Some(value(row))).collect::<StringArray>()) as ArrayRef;
    let int = |value: &dyn Fn(&Vintage) -> Option<i64>| {
        Arc::new(rows.iter().map(|row| value(row).filter(|_| !row.missing)).collect::<Int64Array>()) as ArrayRef
    };
    match name {
        "as_of" => Arc::new(
            rows.iter().map(|row| Some(row.as_of.signed_duration_since(NaiveDate::default()).num_days() as i32)).collect::<Date32Array>(),
        ),
        "report" => text(&|row| row.report.into()),
        "scope" => text(&|row| row.scope.into()),
        "contract_code" => text(&|row| row.code.into()),
        "market" => text(&|row| row.market.clone()),
        "category" => text(&|row| row.category.into()),
        "long" => int(&|row| Some(row.long)),
        "short" => int(&|row| Some(row.short)),
        "spreading" => int(&|row| row.spreading),
        "open_interest" => int(&|row| Some(row.open_interest)),
        "traders_long" | "traders_total" => int(&|row| Some(row.long / 8)),
        "available_at" => {
            Arc::new(rows.iter().map(|row| Some(row.available_at.micros())).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
        "availability" => text(&|row| row.availability.name().into()),
        "backcast" => Arc::new(rows.iter().map(|row| Some(row.backcast)).collect::<BooleanArray>()),
        "ingested_at" => {
            Arc::new(rows.iter().map(|row| Some(row.available_at.micros())).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
        "payload" => text(&|_| "0".repeat(64)),
        _ if role == Role::Attribute => Arc::new(rows.iter().map(|_| None::<String>).collect::<StringArray>()),
        _ if name.starts_with("gross") || name.starts_with("net") => Arc::new(rows.iter().map(|_| None::<f64>).collect::<Float64Array>()),
        _ => int(&|_| None),
    }
}
