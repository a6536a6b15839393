//! IBGE's tables of consumer prices through SIDRA: IPCA, IPCA-15 and INPC, whole and by group.
//!
//! - **Where**: `apisidra.ibge.gov.br`, without a key: a table, its variables, months and categories in the path of the address.
//! - **What a payload looks like**: a list of records whose first one names the columns, and values as text:
//!   `[{"V": "Valor", "D2C": "Variável (Código)", "D3C": "Mês (Código)", …}, {"V": "0.26", "D2C": "63", "D3C": "202608", …}]`.
//!   `...`, `..` and `X` are missing figures and become NULL; `-` is a true zero. Asked for months that are not published it answers with
//!   the first record alone; asked for too much, with status 400 and a sentence.
//! - **When it becomes known**: by the rule of the series, later than the release of any month: IBGE's calendar gives the true day, and no
//!   table of it is here.
//! - **Revisions**: none for consumer prices.

mod code;
mod plan;
pub mod sample;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use self::code::codes;
use super::day::Days;
use super::frame::Rows;
use super::records::{self, Records};
use super::{Answer, Download, Parsed, Payload, Request, Source, number};
use crate::config::{Config, Series};
use crate::error::{Error, Result};
use crate::tables::{MACRO_SERIES, Table};
use crate::time::{KnowledgeTime, Release};

const NAME: &str = "ibge_sidra";

/// IBGE.
pub struct IbgeSidra;

impl Source for IbgeSidra {
    fn name(&self) -> &'static str {
        NAME
    }
    fn doc(&self) -> &'static str {
        "IBGE SIDRA: consumer prices in Brazil (IPCA, IPCA-15, INPC), whole and by group"
    }
    fn tables(&self) -> &'static [&'static Table] {
        static TABLES: std::sync::LazyLock<[&Table; 1]> = std::sync::LazyLock::new(|| [&MACRO_SERIES]);
        &*TABLES
    }
    fn stamps(&self, _: &'static Table) -> bool {
        false
    }
    fn parse(&self, payload: &Payload, config: &Config) -> Result<Parsed> {
        parse(payload, config).map_err(|error| error.in_source(NAME).in_file(payload.name.as_str()))
    }
    fn plan(&self, request: &Request, today: NaiveDate, config: &Config) -> Result<Vec<Download>> {
        plan::plan(request, today, config)
    }
    fn judge(&self, status: u16, body: &[u8]) -> Option<Answer> {
        match status {
            200 => {
                let has_header_alone = records::from_json(body, "").is_ok_and(|records| records.rows.len() <= 1);
                has_header_alone.then(|| Answer::Nothing("none of these months is published".to_string()))
            }
            400 => {
                let said: String = String::from_utf8_lossy(body).trim().chars().take(200).collect();
                Some(Answer::Refused(format!("refuses: {said}")))
            }
            _ => None,
        }
    }
}

/// Which columns of a payload hold what, by the names that its first record gives them.
struct Columns {
    value: usize,
    level: Option<usize>,
    variable: usize,
    month: usize,
    category: Option<usize>,
}

fn parse(payload: &Payload, config: &Config) -> Result<Parsed> {
    let records = records::from_json(&payload.bytes, "")?;
    let columns = Columns::of(&records)?;
    let tables = hinted_tables(payload.hint.as_deref(), config)?;
    let mut known: HashMap<(&str, &str), Vec<&Series>> = HashMap::new();
    for series in config.series_of(NAME) {
        for code in codes(series)?.iter().filter(|code| tables.is_empty() || tables.contains(&code.table)) {
            known.entry((code.variable, code.category.map_or("", |(_, category)| category))).or_default().push(series);
        }
    }
    let mut parsed = Parsed { rows_read: records.rows.len().saturating_sub(1), ..Parsed::default() };
    let mut rows = Rows::new(&MACRO_SERIES);
    let mut seen: HashMap<(&str, NaiveDate), Option<f64>> = HashMap::new();
    let mut undescribed: BTreeMap<(String, String), usize> = BTreeMap::new();
    for record in records.rows.iter().skip(1) {
        let text = |column: usize| record.cell(column).written().unwrap_or_default();
        let category = columns.category.map_or("", text);
        let Some(series) = known.get(&(text(columns.variable), category)) else {
            *undescribed.entry((text(columns.variable).to_string(), category.to_string())).or_default() += 1;
            continue;
        };
        let [series] = series.as_slice() else {
            return Err(Error::source(format!(
                "variable {} is in several tables, and the file does not say of which it is",
                text(columns.variable)
            ))
            .hint("name a series of the file with `--series`"));
        };
        let row = columns.level.filter(|level| text(*level) != "1").map_or_else(
            || figure(text(columns.month), text(columns.value), series, payload),
            |level| Err(("NC", format!("expected the country, level `1`, found `{}`", text(level)))),
        );
        let (as_of, value, release) = match row {
            Ok(row) => row,
            Err((column, reason)) => {
                parsed.rejections.push(record.rejection(Some(column), reason));
                continue;
            }
        };
        match seen.insert((series.id.as_str(), as_of), value) {
            None => rows.text("source", NAME).text("series_id", series.id.as_str()).day("as_of", as_of).float("value", value).end(release),
            Some(first) if first == value => parsed.repeats_within += 1,
            Some(first) => {
                seen.insert((series.id.as_str(), as_of), first);
                parsed.rejections.push(record.rejection(Some("V"), "another record has another figure of the same month".to_string()));
            }
        }
    }
    let days = seen.keys().map(|(_, day)| *day);
    let span = days.clone().min().zip(days.max()).map_or("without rows".to_string(), |(first, last)| format!("{first}..{last}"));
    let table = match tables.as_slice() {
        [table] => Some(*table),
        _ => None,
    };
    parsed.kind = format!("SIDRA{} {span}", table.map(|table| format!(" table {table}")).unwrap_or_default());
    parsed.shelf = table.map(str::to_string);
    if !undescribed.is_empty() {
        let n: usize = undescribed.values().sum();
        if n == parsed.rows_read {
            return Err(Error::source("no record is of a series that is described, or of the table that was named").hint(
                "config/series.toml describes series by table, variable, classification and category; a file of yours can add some",
            ));
        }
        let shown: Vec<String> = undescribed.keys().take(3).map(|(variable, category)| format!("`{variable}/{category}`")).collect();
        let described = format!("{n} records are of no described series ({}, …): left in the raw file", shown.join(", "));
        parsed.warnings.push(described);
    }
    parsed.batches = vec![(&MACRO_SERIES, rows.finish()?)];
    Ok(parsed)
}

/// A cell that cannot be read: its column and why.
type Unfit = (&'static str, String);

/// The first day of a month; consumer prices have been measured since 1979.
const MONTHS: Days = Days::iso(1900, 2150);

/// A month and its figure.
fn figure(month: &str, value: &str, series: &Series, payload: &Payload) -> Result<(NaiveDate, Option<f64>, Release), Unfit> {
    let written = month.get(..4).zip(month.get(4..6)).filter(|_| month.len() == 6);
    let day = written.and_then(|(year, month)| MONTHS.read(&format!("{year}-{month}-01")).ok());
    let as_of = day.ok_or_else(|| ("D3C", format!("`{month}` is no month such as 202608")))?;
    let value = match value {
        "..." | ".." | "X" => None,
        "-" => Some(0.0),
        written => Some(number::decimal(written.as_bytes()).ok_or_else(|| ("V", format!("`{written}` is no number")))?),
    };
    let begins = KnowledgeTime::from_local(as_of.and_time(chrono::NaiveTime::MIN), chrono_tz::America::Sao_Paulo);
    if begins > payload.observed_at.as_knowledge() {
        return Err(("D3C", format!("{month} had not begun when the answer is said to have been observed")));
    }
    let release = series.released_by_rule(as_of).ok_or_else(|| ("D3C", format!("no release is described for `{}`", series.id)))?;
    Ok((as_of, value, release))
}

/// The tables that the payload can be of: the one whose number it was given as, or those that publish the series; none where nothing is said.
fn hinted_tables<'h>(hint: Option<&'h str>, config: &'h Config) -> Result<Vec<&'h str>> {
    let Some(hint) = hint else { return Ok(Vec::new()) };
    if hint.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(vec![hint]);
    }
    match config.series_of(NAME).find(|series| series.id.eq_ignore_ascii_case(hint)) {
        Some(series) => Ok(codes(series)?.into_iter().map(|code| code.table).collect()),
        None => {
            Err(Error::usage(format!("a file cannot be given as `{hint}`"))
                .hint("`--series` takes the number of a table, or a series of it"))
        }
    }
}

impl Columns {
    /// # Errors
    /// The first record names no columns, or lacks one.
    fn of(records: &Records) -> Result<Self> {
        let header =
            records.rows.first().ok_or_else(|| Error::source("the answer holds no record at all").hint("ask for it with `/h/y`"))?;
        let labels: Vec<&str> = (0..records.names.len()).map(|column| header.cell(column).written().unwrap_or_default()).collect();
        let label = |wanted: &str| labels.iter().position(|label| *label == wanted);
        let need = |wanted: &str| {
            label(wanted).ok_or_else(|| {
                Error::source(format!("no column is called `{wanted}` by the first record"))
                    .hint("is it an answer of SIDRA, with its header (`/h/y`)?")
            })
        };
        let value = records.column("V").filter(|column| labels[*column] == "Valor");
        let codes = ["Variável (Código)", "Mês (Código)", "Brasil (Código)", "Nível Territorial (Código)", "Unidade de Medida (Código)"];
        let others: Vec<usize> = (0..labels.len()).filter(|c| labels[*c].ends_with("(Código)") && !codes.contains(&labels[*c])).collect();
        if others.len() > 1 {
            let found: Vec<&str> = others.iter().map(|column| labels[*column]).collect();
            return Err(Error::source(format!("the answer is by several classifications: {}", found.join(", "))).hint("ask for one alone"));
        }
        Ok(Self {
            value: value.map_or_else(|| need("Valor"), Ok)?,
            level: label("Nível Territorial (Código)"),
            variable: need("Variável (Código)")?,
            month: need("Mês (Código)")?,
            category: others.first().copied(),
        })
    }
}
