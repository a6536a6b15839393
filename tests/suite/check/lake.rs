//! Small lakes for checks: rows written as lines of text, whatever the table, and the checks run over them.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use contango::check::{self, CHECKS};
use contango::config::Config;
use contango::engine::{Options, Session};
use contango::lake::Lake;
use contango::tables::{self, ColumnType};
use contango::time::KnowledgeTime;
use contango::time::business::BusinessCalendar;
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use tempfile::TempDir;

use crate::support::{append, day, instant};

/// Series of a made-up source, one of each kind.
pub const SERIES: &str = "
[series.mine]
DAILY = { name = \"a daily rate\", unit = \"percent\", frequency = \"daily\", dated = \"end\", revises = false, calendar = \"BR\", release = { business_days = 1, time = \"09:00\", zone = \"America/Sao_Paulo\" } }
TARGET = { name = \"a policy rate\", unit = \"percent\", frequency = \"daily\", dated = \"end\", revises = false, administered = true, decided_ahead = true }
WEEKLY = { name = \"claims\", unit = \"persons\", frequency = \"weekly\", dated = \"end\", revises = false }
MONTHLY = { name = \"payrolls\", unit = \"persons\", frequency = \"monthly\", dated = \"start\", revises = true, positive = true, release = { month = 1, day = 15, time = \"09:00\", zone = \"America/Sao_Paulo\", calendar = \"BR\" } }
QUARTERLY = { name = \"output\", unit = \"index\", frequency = \"quarterly\", dated = \"start\", revises = true }
ENDED = { name = \"a rate of old\", unit = \"percent\", frequency = \"daily\", dated = \"end\", revises = false, last_date = 2024-03-04, release = { days = 1, time = \"09:00\", zone = \"UTC\" } }
FLAG = { name = \"recessions\", unit = \"0 or 1\", frequency = \"monthly\", dated = \"start\", revises = true }
";

/// A lake of a few lines a table: names of columns in the first, then values separated by `|`, nothing for NULL. What is not given is usual.
pub struct Lines {
    folder: TempDir,
    tables: Vec<&'static str>,
}

impl Lines {
    pub async fn new(written: &[(&'static str, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = Lake::new(folder.path()).expect("a lake");
        for (part, (table, text)) in written.iter().enumerate() {
            let table = tables::get(table);
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let names: Vec<&str> = lines.next().expect("names of columns").split('|').map(str::trim).collect();
            let mut rows: Vec<Vec<&str>> = lines.map(|line| line.split('|').map(str::trim).collect()).collect();
            assert!(rows.iter().all(|row| row.len() == names.len()), "{text}");
            let place = |name: &str| names.iter().position(|known| *known == name);
            let order: Vec<usize> = table.sort_columns().into_iter().filter_map(place).collect();
            rows.sort_by_key(|row| order.iter().map(|at| row[*at].to_string()).collect::<Vec<_>>());
            append(&lake, table, part, rows.len(), |name| {
                let from = if name == "ingested_at" { place(name).or(place("available_at")) } else { place(name) };
                let cells: Vec<Option<&str>> = match (from, name) {
                    (Some(at), _) => rows.iter().map(|row| Some(row[at]).filter(|cell| !cell.is_empty())).collect(),
                    (None, "availability") => vec![Some("rule"); rows.len()],
                    (None, "backcast") => vec![Some("false"); rows.len()],
                    (None, "payload") => vec![Some("0"); rows.len()],
                    // keys are never NULL
                    (None, "detail" | "sample" | "variant") => vec![Some(""); rows.len()],
                    (None, "instrument_id") => vec![Some("0"); rows.len()],
                    (None, _) => return None,
                };
                Some(array(table.column(name).expect("a column").kind, &cells))
            })
            .await;
        }
        Self { folder, tables: written.iter().map(|(table, _)| *table).collect() }
    }

    pub fn session(&self, now: &str) -> Session {
        let config = Arc::new(Config::with_overlay("mine.toml", SERIES).expect("it makes sense"));
        Session::new(Options { data: self.folder.path().to_path_buf(), config, now: Some(instant(now)) }).expect("a session")
    }

    /// What every check finds: `check severity key as_of`, in order.
    pub async fn found(&self, now: &str) -> Vec<String> {
        found(&self.session(now), &self.tables).await.into_iter().map(|(line, _)| line).collect()
    }

    /// What is found and what is said of it, of the only finding.
    pub async fn said(&self, now: &str) -> String {
        let mut found = found(&self.session(now), &self.tables).await;
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0).1
    }
}

/// What the checks of these tables find; a check of others has nothing to look at.
async fn found(session: &Session, tables: &[&str]) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for check in CHECKS.iter().filter(|check| tables.iter().any(|table| check.is_about(table))) {
        let outcome = check::run(session, check, None).await;
        for finding in outcome.findings.unwrap_or_else(|stop| panic!("{}: {stop:?}", check.name)) {
            assert!(finding.severity >= check.severity, "`{}` finds worse than it says", check.name);
            assert!(check.tables.contains(&finding.table.as_str()), "`{}` finds something in `{}`", check.name, finding.table);
            let as_of = finding.as_of.and_then(|days| NaiveDate::default().checked_add_signed(chrono::Duration::days(days.into())));
            let as_of = as_of.map(|day| day.to_string()).unwrap_or_default();
            lines.push((format!("{} {} {} {as_of}", check.name, finding.severity.name(), finding.key), finding.what));
        }
    }
    lines
}

fn array(kind: ColumnType, cells: &[Option<&str>]) -> ArrayRef {
    fn parsed<T: std::str::FromStr>(cell: &Option<&str>) -> Option<T> {
        cell.map(|cell| cell.parse().unwrap_or_else(|_| panic!("`{cell}` is not of its column's type")))
    }
    let days = |cell: &Option<&str>| cell.map(|cell| day(cell).signed_duration_since(NaiveDate::default()).num_days() as i32);
    match kind {
        ColumnType::Text => Arc::new(cells.iter().copied().collect::<StringArray>()),
        ColumnType::Date => Arc::new(cells.iter().map(days).collect::<Date32Array>()),
        ColumnType::Int => Arc::new(cells.iter().map(parsed).collect::<Int64Array>()),
        ColumnType::Float => Arc::new(cells.iter().map(parsed).collect::<Float64Array>()),
        ColumnType::Bool => Arc::new(cells.iter().map(parsed).collect::<BooleanArray>()),
        ColumnType::Instant => {
            let micros = cells.iter().map(|cell| cell.map(|cell| instant(cell).micros()));
            Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
        }
    }
}

/// The business days of a calendar from a day on.
pub fn days(calendar: BusinessCalendar, from: &str, n: usize) -> Vec<NaiveDate> {
    day(from).iter_days().filter(|day| calendar.is_business_day(*day)).take(n).collect()
}

/// The first days of months from one on.
pub fn months(from: &str, n: u32) -> Vec<NaiveDate> {
    (0..n).map(|month| day(from) + chrono::Months::new(month)).collect()
}

/// A figure that moves a little, on day number `i`.
pub fn moving(i: usize) -> f64 {
    [0.0, 0.03, 0.01, 0.04, -0.02, 0.02, -0.01][i % 7] + 0.001 * (i as f64)
}

/// Lines of a table of series: each value known at noon of the day after its own, or `lag` days after.
pub fn series(source: &str, id: &str, values: &[(NaiveDate, f64)], lag: u64) -> String {
    let lines = values.iter().map(|(day, value)| format!("{source}|{id}|{day}|{value}|{}\n", noon(*day + Days::new(lag))));
    format!("source|series_id|as_of|value|available_at\n{}", lines.collect::<String>())
}

pub fn noon(day: NaiveDate) -> KnowledgeTime {
    instant(&format!("{day} 12:00:00Z"))
}
