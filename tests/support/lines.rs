//! Rows as lines of an SQL test, so that a file can hold the lake it is about: `# row:` lines, one a vintage, and a `# lake:` line that
//! says how they lie in files. Every value but a grade and `backcast`, which may follow the others, has its place:
//!
//! ```text
//! # lake: 3 payloads, compacted
//! # row: macro_series SOURCE SERIES AS_OF 'AVAILABLE_AT' VALUE
//! # row: cot REPORT SCOPE CODE CATEGORY AS_OF 'AVAILABLE_AT' LONG SHORT SPREADING OPEN_INTEREST 'MARKET'
//! # row: futures_ohlcv DATASET SYMBOL ID AS_OF 'AVAILABLE_AT' BASIS CLOSE VOLUME 'SESSION_END'
//! # row: futures_statistics DATASET SYMBOL ID AS_OF 'AVAILABLE_AT' STAT VALUE FINAL
//! # row: futures_definitions DATASET SYMBOL ID AS_OF 'AVAILABLE_AT' ORIGIN CLASS ASSET MATURITY 'EXPIRATION'
//! ```
//!
//! A row of any table may name its cells instead, those of the key and `as_of` among them: `# row: TABLE 'AVAILABLE_AT' COLUMN=VALUE …`; a value with
//! blanks stands in quotes.

use std::fmt::{Display, Write};

use chrono::NaiveDate;
use contango::tables;
use contango::time::{Availability, KnowledgeTime};

use super::futures::{Of, Row};
use super::macro_series::Print;
use super::plain::Plain;
use super::{Rows, Vintage, day, instant};

/// How rows lie in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub n_payloads: usize,
    pub is_compacted: bool,
}

const ROW: &str = "# row: ";
const LAYOUT: &str = "# lake: ";
const NULL: &str = "NULL";

/// The rows that a file says it is about; `None` where it says nothing of them.
pub fn read(text: &str) -> Option<(Rows, Layout)> {
    let mut rows = Rows::default();
    for line in text.lines().filter_map(|line| line.strip_prefix(ROW)) {
        let mut words = Words::of(line);
        match words.text() {
            table if words.is_instant() => rows.plain.push(plain(table, &mut words)),
            "cot" => rows.cot.push(vintage(&mut words)),
            "macro_series" => rows.macro_series.push(print(&mut words)),
            table if table.starts_with("futures_") => rows.futures.push(future(table, &mut words)),
            table => rows.plain.push(plain(table, &mut words)),
        }
        assert!(words.0.next().is_none(), "`{line}` goes on after its end");
    }
    let layout = text.lines().find_map(|line| line.strip_prefix(LAYOUT)).map(|line| Layout {
        n_payloads: line.split_once(" payloads").and_then(|(n, _)| n.parse().ok()).unwrap_or_else(|| panic!("`{line}` is no layout")),
        is_compacted: line.contains("compacted"),
    });
    (!rows.is_empty()).then(|| (rows, layout.unwrap_or(Layout { n_payloads: 3, is_compacted: false })))
}

/// The lines that [`read`] takes these from.
pub fn write(rows: &Rows, layout: Layout) -> String {
    let compacted = if layout.is_compacted { ", compacted" } else { "" };
    let mut text = format!("{LAYOUT}{} payloads{compacted}\n", layout.n_payloads);
    let cot = rows.cot.iter().map(vintage_line);
    let all = cot.chain(rows.futures.iter().map(future_line)).chain(rows.macro_series.iter().map(print_line));
    let all = all.chain(rows.plain.iter().map(plain_line));
    for line in all {
        writeln!(text, "{ROW}{line}").expect("a string takes all");
    }
    text
}

/// The words of a line; quoted ones may hold blanks.
struct Words(std::vec::IntoIter<String>);

impl Words {
    fn of(line: &str) -> Self {
        let mut words = Vec::new();
        // every second piece stands in quotes
        for (n, piece) in line.split('\'').enumerate() {
            match n % 2 {
                0 => words.extend(piece.split_whitespace().map(str::to_string)),
                _ => words.push(piece.to_string()),
            }
        }
        Self(words.into_iter())
    }
    /// Whether an instant comes next, by which a row begins that names its cells.
    fn is_instant(&self) -> bool {
        self.0.as_slice().first().is_some_and(|word| word.contains(':') && KnowledgeTime::parse(word).is_ok())
    }
    /// Rows hold texts that live as long as the tests do.
    fn text(&mut self) -> &'static str {
        self.0.next().expect("a row has more words than this one").leak()
    }
    fn given(&mut self) -> Option<&'static str> {
        Some(self.text()).filter(|word| *word != NULL)
    }
    fn parsed<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.given().map(|word| word.parse().unwrap_or_else(|_| panic!("`{word}` is not what stands here")))
    }
    fn known(&mut self) -> (NaiveDate, KnowledgeTime) {
        (day(self.text()), instant(self.text()))
    }
    /// What may stand at the end.
    fn provenance(&mut self, usual: Availability) -> (Availability, bool) {
        let (mut availability, mut backcast) = (usual, false);
        for word in self.0.by_ref() {
            match Availability::ALL.into_iter().find(|grade| grade.name() == word) {
                Some(grade) => availability = grade,
                None if word == "backcast" => backcast = true,
                None => panic!("`{word}` is neither a grade nor `backcast`"),
            }
        }
        (availability, backcast)
    }
}

fn word(value: Option<impl Display>) -> String {
    value.map_or(NULL.into(), |value| value.to_string())
}

fn provenance(availability: Availability, backcast: bool) -> String {
    format!("{}{}", availability.name(), if backcast { " backcast" } else { "" })
}

fn vintage(words: &mut Words) -> Vintage {
    let (report, scope, code, category) = (words.text(), words.text(), words.text(), words.text());
    let (as_of, available_at) = words.known();
    let long = words.parsed();
    let (short, spreading, open_interest) = (words.parsed(), words.parsed(), words.parsed());
    let market = words.text().to_string();
    let (availability, backcast) = words.provenance(Availability::Rule);
    Vintage {
        report,
        scope,
        code,
        category,
        as_of,
        available_at,
        availability,
        backcast,
        missing: long.is_none(),
        long: long.unwrap_or(0),
        short: short.unwrap_or(0),
        spreading,
        open_interest: open_interest.unwrap_or(0),
        market,
    }
}

fn vintage_line(row: &Vintage) -> String {
    let Vintage { report, scope, code, category, as_of, available_at, long, short, spreading, open_interest, market, .. } = row;
    let figures = match row.missing {
        true => [NULL; 4].join(" "),
        false => format!("{long} {short} {} {open_interest}", word(*spreading)),
    };
    let provenance = provenance(row.availability, row.backcast);
    format!("cot {report} {scope} {code} {category} {as_of} '{available_at}' {figures} '{market}' {provenance}")
}

fn future(table: &str, words: &mut Words) -> Row {
    let (dataset, symbol) = (words.text(), words.text());
    let id = words.parsed().expect("a number, 0 where there is none");
    let (as_of, available_at) = words.known();
    let of = match table {
        "futures_ohlcv" => {
            let basis = words.text();
            let (close, volume) = (words.parsed(), words.parsed());
            Of::Bar { basis, close, volume, session_end: instant(words.text()) }
        }
        "futures_statistics" => Of::Figure { stat: words.text(), value: words.parsed(), is_final: words.parsed() },
        "futures_definitions" => Of::Definition {
            origin: words.text(),
            class: words.text(),
            asset: words.text(),
            maturity: words.given(),
            expiration: words.given().map(instant),
        },
        _ => panic!("no row can be written into `{table}`"),
    };
    let (availability, backcast) = words.provenance(Availability::Rule);
    Row { dataset, symbol, id, as_of, available_at, availability, backcast, of }
}

fn future_line(row: &Row) -> String {
    let Row { dataset, symbol, id, as_of, available_at, .. } = row;
    let (table, figures) = match &row.of {
        Of::Bar { basis, close, volume, session_end } => ("ohlcv", format!("{basis} {} {} '{session_end}'", word(*close), word(*volume))),
        Of::Figure { stat, value, is_final } => ("statistics", format!("{stat} {} {}", word(*value), word(*is_final))),
        Of::Definition { origin, class, asset, maturity, expiration } => {
            let expiration = expiration.map_or(NULL.into(), |at| format!("'{at}'"));
            ("definitions", format!("{origin} {class} {asset} {} {expiration}", word(*maturity)))
        }
    };
    let provenance = provenance(row.availability, row.backcast);
    format!("futures_{table} {dataset} {symbol} {id} {as_of} '{available_at}' {figures} {provenance}")
}

fn print(words: &mut Words) -> Print {
    let (source, series_id) = (words.text(), words.text());
    let (as_of, available_at) = words.known();
    let value = words.parsed();
    let (availability, backcast) = words.provenance(Availability::Scheduled);
    Print { source, series_id, as_of, available_at, availability, backcast, value }
}

fn print_line(print: &Print) -> String {
    let Print { source, series_id, as_of, available_at, value, .. } = print;
    let provenance = provenance(print.availability, print.backcast);
    format!("macro_series {source} {series_id} {as_of} '{available_at}' {} {provenance}", word(*value))
}

fn plain(table: &'static str, words: &mut Words) -> Plain {
    assert!(tables::find(table).is_some(), "no row can be written into `{table}`");
    let available_at = instant(words.text());
    let (mut availability, mut backcast, mut cells) = (Availability::Rule, false, Vec::new());
    while let Some(word) = words.0.next() {
        let word: &'static str = word.leak();
        match word.split_once('=') {
            Some((name, "")) => cells.push((name, words.text())),
            Some(cell) => cells.push(cell),
            None if word == "backcast" => backcast = true,
            None => availability = Availability::from_name(word).unwrap_or_else(|| panic!("`{word}` is no cell, grade or `backcast`")),
        }
    }
    Plain { table, available_at, availability, backcast, cells }
}

fn plain_line(row: &Plain) -> String {
    let cells: Vec<String> = row.cells.iter().map(|(name, value)| format!("{name}='{value}'")).collect();
    let provenance = provenance(row.availability, row.backcast);
    format!("{} '{}' {} {provenance}", row.table, row.available_at, cells.join(" "))
}
