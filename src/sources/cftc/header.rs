//! From the header of a payload to the report it carries and the place of every column. Pure; the only reader of column names.
//!
//! The CFTC spells one column in up to four ways (`Noncommercial Positions-Long (Old)`, `noncomm_positions_long_old`; the archive's
//! `Swap__Positions_Short_All`, Socrata's `prod_merc_positions_long_1` for Old, `noncomm_postions_spread_all`). All of them fold to one
//! *canonical* name by a few rules on its words, so no list of aliases has to be kept. Column order never matters.

use std::collections::{HashMap, HashSet};

use super::report::{CONCENTRATIONS, CONTRACT_CODE, DATE, Layout, MARKET, Measure, Report, SCOPE, SUBGROUP_CODE, TEXT_COLUMNS};
use crate::error::{Error, Result};

/// What to do with a column's cells; the number is a slot of [`Layout`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    Skip,
    Text(u16),
    Integer(u16),
    Decimal(u16),
}

/// A header that was understood.
#[derive(Debug)]
pub struct Header {
    pub layout: Layout,
    /// Names as printed, in the order of the file.
    pub names: Vec<String>,
    /// One per name.
    pub cells: Vec<Cell>,
    /// Columns that no report is known to have.
    pub unknown: Vec<String>,
    /// Columns of the report that are absent; only where absence is allowed.
    pub absent: Vec<String>,
}

/// Whether every column must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Delimited text: a missing column is an error.
    Full,
    /// Socrata's JSON leaves out what is NULL: only positions and the key must be there.
    NullsOmitted,
}

/// Columns that carry nothing of their own: repetitions of others and Socrata's bookkeeping.
const IGNORED: &[&str] = &[
    "id",
    "as_of_date_in_form_yymmdd",
    "yyyy_report_week_ww",
    "contract_market_name",
    "commodity",
    "commodity_name",
    "commodity_subgroup_name",
    "commodity_group_name",
    "cftc_contract_market_code_quotes",
    "cftc_market_code_quotes",
    "cftc_commodity_code_quotes",
];

/// The words of a column's name, folded to the one spelling used here.
pub fn canonical(name: &str) -> String {
    let lower = name.to_ascii_lowercase().replace('%', "pct ");
    let mut words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    for word in &mut words {
        *word = match *word {
            "noncommercial" => "noncomm",
            "commercial" => "comm",
            "nonreportable" => "nonrept",
            "total" => "tot",
            "reportable" => "rept",
            "spreading" | "spead" => "spread",
            "postions" => "positions",
            "concentration" => "conc",
            "lt" => "le",
            other => other,
        };
    }
    match words.last_mut() {
        Some(last) if *last == "1" => *last = "old",
        Some(last) if *last == "2" => *last = "other",
        _ => {}
    }
    if words.len() > 1 && words.last() == Some(&"all") {
        words.pop();
    }
    let joined = words.join("_").replace("open_interest_oi", "open_interest");
    match joined.as_str() {
        "cftc_market_code_in_initials" => "cftc_market_code".to_string(),
        "cftc_market_code_in_initials_quotes" => "cftc_market_code_quotes".to_string(),
        "report_date_as_yyyy_mm_dd" | "report_date_as_mm_dd_yyyy" | "as_of_date_in_form_yyyy_mm_dd" | "as_of_date_in_form_mm_dd_yyyy" => {
            "report_date".to_string()
        }
        _ => joined,
    }
}

/// A column that is read.
struct Wanted {
    spelling: String,
    cell: Cell,
    need: Need,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Even where NULLs are omitted.
    Always,
    /// Where the payload has every column.
    Complete,
    /// Some publications of the report have it.
    Never,
}

/// Finds the report and the place of each of its columns.
///
/// # Errors
/// The header is of no COT report, or a column of the report is missing or stands in it twice.
pub fn recognise(names: Vec<String>, completeness: Completeness) -> Result<Header> {
    let canonicals: Vec<String> = names.iter().map(|name| canonical(name)).collect();
    let report = recognise_report(&canonicals)?;
    let layout = Layout::new(report);
    let wanted = wanted(&layout);
    let places: HashMap<String, usize> = wanted.iter().enumerate().map(|(i, w)| (canonical(&w.spelling), i)).collect();

    let not_read: HashSet<String> = (1..layout.groups())
        .flat_map(|group| (0..CONCENTRATIONS).map(move |index| (group, index)))
        .map(|(group, index)| canonical(&layout.concentration_spelling(group, index)))
        .collect();

    let mut cells = vec![Cell::Skip; names.len()];
    let mut found: Vec<Option<usize>> = vec![None; wanted.len()];
    let mut unknown = Vec::new();
    for (column, name) in canonicals.iter().enumerate() {
        if let Some(&place) = places.get(name) {
            if let Some(earlier) = found[place] {
                return Err(Error::source(format!("columns `{}` and `{}` say the same", names[earlier].trim(), names[column].trim()))
                    .hint("remove one of them"));
            }
            found[place] = Some(column);
            cells[column] = wanted[place].cell;
        } else if !IGNORED.contains(&name.as_str()) && !not_read.contains(name) && !names[column].starts_with(':') {
            unknown.push(names[column].trim().to_string());
        }
    }

    let mut absent = Vec::new();
    for (place, column) in wanted.iter().zip(&found) {
        if column.is_some() {
            continue;
        }
        match (place.need, completeness) {
            (Need::Never, _) => {}
            (Need::Complete, Completeness::NullsOmitted) => absent.push(place.spelling.clone()),
            (Need::Always, _) | (Need::Complete, Completeness::Full) => return Err(missing(report, &place.spelling, &unknown)),
        }
    }
    Ok(Header { layout, names, cells, unknown, absent })
}

/// The report that most of the categories' position columns belong to: one renamed column does not hide it.
fn recognise_report(canonicals: &[String]) -> Result<Report> {
    let share = |report: Report| {
        let layout = Layout::new(report);
        let own: Vec<String> = (0..report.categories().len())
            .flat_map(|category| layout.category_sides(category))
            .flatten()
            .map(|figure| canonical(&layout.spelling(Measure::Positions, 0, figure)))
            .filter(|name| !name.starts_with("other_rept"))
            .collect();
        let present = own.iter().filter(|name| canonicals.contains(name)).count();
        (present * 100 / own.len(), report)
    };
    let best = Report::ALL.into_iter().map(share).max_by_key(|(percent, _)| *percent);
    match best {
        Some((percent, report)) if percent >= 50 => Ok(report),
        _ if canonicals.iter().any(|name| name.starts_with("cit_positions")) => {
            Err(Error::source("this is the supplemental (index trader) report, which is not read")
                .hint("contango reads the tff, disaggregated and legacy reports"))
        }
        _ => Err(Error::source("this is no commitments of traders report: its header has none of the columns of one")
            .hint("the first line must be the header of a tff, disaggregated or legacy file as the CFTC publishes it")),
    }
}

fn missing(report: Report, spelling: &str, unknown: &[String]) -> Error {
    let error = Error::source(format!("column `{spelling}` of the {report} report is missing"));
    let wanted = canonical(spelling);
    let similar = unknown
        .iter()
        .map(|name| (strsim::normalized_levenshtein(&wanted, &canonical(name)), name))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match similar {
        Some((_, name)) => error.hint(format!("the file has a column `{name}`, which no report has: was it renamed?")),
        None => error.hint("the file must have every column of the report, in any order"),
    }
}

fn wanted(layout: &Layout) -> Vec<Wanted> {
    let slot = |index: usize| u16::try_from(index).expect("a report has some hundred columns");
    let mut all = Vec::new();
    for text in 0..TEXT_COLUMNS {
        let need = match (text, layout.report) {
            (SCOPE | SUBGROUP_CODE, Report::Legacy) => Need::Never,
            (MARKET | CONTRACT_CODE | DATE | SCOPE, _) => Need::Always,
            _ => Need::Complete,
        };
        all.push(Wanted { spelling: layout.text_spelling(text).to_string(), cell: Cell::Text(slot(text)), need });
    }
    for group in 0..layout.groups() {
        for figure in 0..layout.figures() {
            let mut push = |measure, cell, need| {
                all.push(Wanted { spelling: layout.spelling(measure, group, figure), cell, need });
            };
            let positions_need = if group == 0 { Need::Always } else { Need::Complete };
            push(Measure::Positions, Cell::Integer(slot(layout.position(group, figure))), positions_need);
            push(Measure::Percent, Cell::Decimal(slot(layout.percent(group, figure))), Need::Complete);
            if group == 0 {
                push(Measure::Change, Cell::Integer(slot(layout.change(figure))), Need::Complete);
            }
            if figure < layout.trader_figures() {
                push(Measure::Traders, Cell::Integer(slot(layout.traders(group, figure))), Need::Complete);
            }
        }
    }
    for index in 0..CONCENTRATIONS {
        all.push(Wanted { spelling: layout.concentration_spelling(0, index), cell: Cell::Decimal(slot(index)), need: Need::Complete });
    }
    all
}
