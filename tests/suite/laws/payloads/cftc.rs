//! Reports of the CFTC: the rows of the fixtures, a week each, their positions multiplied so that they still add up.

use std::path::Path;
use std::sync::LazyLock;

use chrono::Days;
use contango::time::IngestTime;

use super::story::{Story, shown};
use super::{Dice, Payloads};
use crate::laws::lakes::FIRST_WEEK;
use crate::support::day;

/// A file of a fixture: its header, and the newest row of each market.
struct Report {
    hint: Option<&'static str>,
    /// Rows of a combined report are a contract off, and a larger multiple of them would be set aside.
    most: u64,
    header: Vec<String>,
    markets: Vec<Vec<String>>,
}

static REPORTS: LazyLock<Vec<Report>> = LazyLock::new(|| {
    let files = [
        ("tff_futures_only", "FinFutYY.txt", None, 5),
        ("tff_combined", "FinComYY.txt", None, 2),
        ("disaggregated_futures_only", "f_year.txt", None, 5),
        ("legacy_futures_only", "annual.txt", Some("futures_only"), 5),
    ];
    files.into_iter().map(|(folder, file, hint, most)| report(folder, file, hint, most)).collect()
});

fn report(folder: &str, file: &str, hint: Option<&'static str>, most: u64) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cftc").join(folder).join(file);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).has_headers(false).from_path(path).expect("a fixture");
    let mut rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_string).collect::<Vec<_>>());
    let header = rows.next().expect("a header");
    let mut markets: Vec<Vec<String>> = Vec::new();
    for row in rows {
        if markets.iter().all(|known| known[3] != row[3]) {
            markets.push(row);
        }
    }
    Report { hint, most, header, markets }
}

pub fn draw(dice: &mut Dice, story: &Story, at: IngestTime) -> Payloads {
    let n = 1 + dice.below(2);
    (0..n)
        .filter_map(|_| {
            let report = &REPORTS[dice.below(REPORTS.len())];
            let weeks: Vec<_> = (0..6).map(|week| day(FIRST_WEEK) + Days::new(7 * week)).collect();
            let weeks = shown(dice, weeks.into_iter(), at);
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(&report.header).expect("memory takes it");
            for week in weeks.iter().rev() {
                for (n, market) in report.markets.iter().enumerate() {
                    if !story.roll((n, week)).is_multiple_of(7) {
                        let times = 1 + story.whole(&format!("{}{}", market[3], report.header.len()), *week, at) % report.most;
                        writer.write_record(of_week(report, market, *week, times, dice.one_in(6))).expect("memory takes it");
                    }
                }
            }
            let bytes = writer.into_inner().expect("memory takes it");
            (bytes.iter().filter(|byte| **byte == b'\n').count() > 1).then_some((report.hint, bytes))
        })
        .collect()
}

fn of_week(report: &Report, market: &[String], week: chrono::NaiveDate, times: u64, is_renamed: bool) -> Vec<String> {
    let cell = |(name, value): (&String, &String)| {
        let name = name.to_lowercase().replace([' ', '-'], "_");
        if name.contains("yymmdd") {
            return week.format("%y%m%d").to_string();
        }
        if name.contains("report_date") || name.contains("yyyy_mm_dd") || name.contains("mm_dd_yyyy") {
            return week.to_string();
        }
        if is_renamed && name.contains("market_and_exchange") {
            return format!("RENAMED {value}");
        }
        if name.starts_with("change") {
            return String::new();
        }
        let is_count = !name.starts_with("pct") && !name.starts_with('%') && (name.contains("positions") || name.contains("open_interest"));
        match value.parse::<i64>() {
            Ok(count) if is_count => (count * times as i64).to_string(),
            _ => value.clone(),
        }
    };
    report.header.iter().zip(market).map(cell).collect()
}
