//! What must hold of a row, and what should hold of the file. Pure.
//!
//! A row whose positions of all crop years are missing, negative or do not add up is rejected: they are one statement, and which of them is wrong
//! is not known. Nothing else takes a row along. Figures of single crop years are kept as they are printed, since the CFTC does print negative
//! residuals of them; a count of traders below zero is none. What the report prints twice (`Change_in_*`, `Pct_*`) is checked against what
//! follows from the positions. All of these are counted for one warning each, with the first example.
//! What makes the file as a whole unreadable (an unreadable day, two scopes) is an error.

use chrono::NaiveDate;

use super::day;
use super::header::{Cell, Header};
use super::report::{CONCENTRATIONS, CONTRACT_CODE, DATE, Layout, Measure, OPEN_INTEREST, Report, SCOPE, Scope, Side};
use super::rows::{DECIMAL_DOT, DOT, EMPTY, Rows, known};
use crate::error::{Error, Result};
use crate::memory;
use crate::sources::Rejection;

/// How far sums may be apart where each figure was rounded by itself: consolidated markets (code ending in `+`), whose micro contracts are
/// scaled, and the combined report, whose options are weighted by their delta. Everywhere else sums are exact.
const ROUNDING: i64 = 4;

/// Percentages are printed with one decimal, cut to three before they are rounded, so that one can be off by a little more than half.
const PERCENT_ROUNDING: f64 = 0.0501;

/// Reports further apart than so many days have another between them, which the file does not hold or which was rejected.
const REPORT_INTERVAL: i32 = 10;

/// Share of rows (one in so many) that add up but for rounding, from which on a file cannot be futures only.
const ROUNDED_SHARE: usize = 50;

/// Cells that were compared with what follows from others, and the first that differs.
#[derive(Debug, Default)]
pub struct Comparison {
    cells: usize,
    first: Option<String>,
}

impl Comparison {
    fn differs(&mut self, example: impl FnOnce() -> String) {
        self.cells += 1;
        if self.first.is_none() {
            self.first = Some(example());
        }
    }
}

/// What was found while rows were read.
#[derive(Debug, Default)]
pub struct Findings {
    /// Data rows seen, taken or not.
    pub rows_read: usize,
    pub rejections: Vec<Rejection>,
    pub repeats: usize,
    /// What the rows say of their scope; a legacy text file says nothing.
    pub scope: Option<Scope>,
    percents: Comparison,
    changes: Comparison,
    crop_years: Comparison,
    /// Counts of traders and shares of the largest that are missing or cannot be.
    others: Comparison,
    /// Rejected rows that would have passed with the tolerance of rounded figures.
    nearly: usize,
}

impl Findings {
    /// `scope`: what is known of the rows' scope before they are read.
    pub fn new(scope: Option<Scope>) -> Self {
        Self { scope, ..Self::default() }
    }
    fn tolerance(&self, code: &str) -> i64 {
        if code.ends_with('+') || self.scope == Some(Scope::Combined) { ROUNDING } else { 0 }
    }
    /// Whether so many rows add up but for rounding that the file is a combined one, whatever it was taken for.
    pub fn looks_combined(&self) -> bool {
        self.nearly > 4 && self.nearly * ROUNDED_SHARE > self.rows_read
    }

    /// Judges the row that was just read, and takes it out of `rows` where it cannot stay.
    ///
    /// # Errors
    /// The report date cannot be read, or the row has another scope than those before.
    pub fn row(&mut self, rows: &mut Rows, header: &Header) -> Result<()> {
        self.rows_read += 1;
        let row = rows.len() - 1;
        let printed = rows.text(row, DATE);
        let Some(day) = day::parse(printed.as_bytes()) else {
            return Err(unfit_text("a date", printed, header, DATE, rows.lines[row]));
        };
        rows.set_last_day(day);
        self.scope_of(rows, row, header)?;
        if let Err(Fault { column, reason, nearly }) = judge(rows, row, self.tolerance(rows.code(row))) {
            self.nearly += usize::from(nearly);
            memory::demand_room();
            self.rejections.push(Rejection { line: rows.lines[row], column, reason, raw: rows.raw(row) });
            rows.pop();
            return Ok(());
        }
        self.tell_of_suspects(rows, row);
        self.compare_percents(rows, row);
        Ok(())
    }

    /// Counts figures that cannot be right and take no row along.
    fn tell_of_suspects(&mut self, rows: &Rows, row: usize) {
        let (layout, integers, line) = (&rows.layout, rows.integers(row), rows.lines[row]);
        for group in 1..layout.groups() {
            let start = layout.position(group, 0);
            let positions = &integers[start..start + layout.figures()];
            if positions.iter().all(|value| *value == EMPTY) {
                continue;
            }
            if let Err(Fault { column, reason, .. }) = judge_positions(layout, group, positions, self.tolerance(rows.code(row))) {
                self.crop_years.differs(|| format!("line {line}, `{}`: {reason}", column.unwrap_or_default()));
            }
        }
        let start = layout.traders(0, 0);
        for (at, count) in integers[start..].iter().enumerate().filter(|(_, count)| known(**count).is_some_and(|count| count < 0)) {
            let (group, figure) = (at / layout.trader_figures(), at % layout.trader_figures());
            self.others.differs(|| format!("line {line}, `{}`: {count} traders", layout.spelling(Measure::Traders, group, figure)));
        }
        for index in (0..CONCENTRATIONS).filter(|index| rows.decimals(row)[*index] == DECIMAL_DOT) {
            self.others.differs(|| format!("line {line}, `{}` is missing (`.`)", layout.concentration_spelling(0, index)));
        }
    }

    fn scope_of(&mut self, rows: &Rows, row: usize, header: &Header) -> Result<()> {
        let printed = rows.text(row, SCOPE);
        if printed.is_empty() && rows.layout.report == Report::Legacy {
            return Ok(());
        }
        let Some(scope) = Scope::from_cell(printed) else {
            return Err(unfit_text("`FutOnly` or `Combined`", printed, header, SCOPE, rows.lines[row]));
        };
        match self.scope.replace(scope) {
            Some(before) if before != scope && self.rows_read == 1 => {
                Err(Error::source(format!("the file says that it is {scope}, it was given as {before}"))
                    .hint("leave the scope to the file"))
            }
            Some(before) if before != scope => {
                Err(Error::source(format!("the row is {scope}, the rows before it are {before}")).at_row(rows.lines[row]))
            }
            _ => Ok(()),
        }
    }

    fn compare_percents(&mut self, rows: &Rows, row: usize) {
        let layout = &rows.layout;
        let (integers, decimals) = (rows.integers(row), rows.decimals(row));
        let rounding = 100.0 * self.tolerance(rows.code(row)) as f64;
        for group in 0..layout.groups() {
            let start = layout.position(group, 0);
            let positions = &integers[start..start + layout.figures()];
            let start = layout.percent(group, 0);
            let percents = &decimals[start..start + layout.figures()];
            let whole = positions[OPEN_INTEREST] as f64;
            if positions[OPEN_INTEREST] <= 0 {
                continue;
            }
            let allowed = PERCENT_ROUNDING * whole + rounding;
            for (figure, (&part, &percent)) in positions.iter().zip(percents).enumerate() {
                let difference = (percent * whole - 100.0 * part as f64).abs();
                if difference > allowed && percent.is_finite() {
                    self.percents.differs(|| {
                        let column = layout.spelling(Measure::Percent, group, figure);
                        let computed = 100.0 * part as f64 / whole;
                        format!("line {}, `{column}` is {percent} where the positions give {computed:.1}", rows.lines[row])
                    });
                }
            }
        }
    }

    /// Puts the rows into the order of contract and day, drops those that stand in the file twice, and compares each report's changes with
    /// the report before it.
    pub fn settle(&mut self, rows: &Rows) -> Vec<u32> {
        let mut order: Vec<u32> = (0..u32::try_from(rows.len()).expect("a payload has fewer rows than bytes")).collect();
        order.sort_by_cached_key(|&row| (rows.code(row as usize), rows.days[row as usize]));
        let mut kept: Vec<u32> = Vec::with_capacity(order.len());
        for row in order {
            let at = row as usize;
            let Some(&before) = kept.last().filter(|b| rows.code(**b as usize) == rows.code(at)) else {
                kept.push(row);
                continue;
            };
            let before = before as usize;
            if rows.days[before] != rows.days[at] {
                if rows.days[at] - rows.days[before] <= REPORT_INTERVAL {
                    self.compare_changes(rows, before, at);
                }
                kept.push(row);
            } else if same_values(rows, before, at) {
                self.repeats += 1;
            } else {
                memory::demand_room();
                let (code, date, line) = (rows.code(at), day::date(rows.days[at]), rows.lines[before]);
                self.rejections.push(Rejection {
                    line: rows.lines[at],
                    column: None,
                    reason: format!("contract `{code}` on {date} stands on line {line} with other figures"),
                    raw: rows.raw(at),
                });
            }
        }
        self.rejections.sort_by_key(|rejection| rejection.line);
        kept
    }

    fn compare_changes(&mut self, rows: &Rows, before: usize, row: usize) {
        let layout = &rows.layout;
        let allowed = self.tolerance(rows.code(row));
        let (now, then) = (rows.integers(row), rows.integers(before));
        let start = layout.change(0);
        for figure in 0..layout.figures() {
            let Some(change) = known(now[start + figure]) else { continue };
            let computed = now[figure] - then[figure];
            if (change - computed).abs() > allowed {
                self.changes.differs(|| {
                    let column = layout.spelling(Measure::Change, 0, figure);
                    let (line, date) = (rows.lines[row], day::date(rows.days[before]));
                    format!("line {line}, `{column}` is {change} where the report of {date} in this file gives {computed}")
                });
            }
        }
    }

    /// First and last day of the rows.
    pub fn span(rows: &Rows) -> Option<(NaiveDate, NaiveDate)> {
        let (first, last) = (rows.days.iter().min()?, rows.days.iter().max()?);
        Some((day::date(*first), day::date(*last)))
    }

    /// What a person should know of the comparisons.
    pub fn warnings(&self) -> Vec<String> {
        let kinds = [
            (&self.percents, "cell", "of `Pct_of_OI_*` unlike what the positions give"),
            (&self.changes, "cell", "of `Change_in_*` unlike what the positions give"),
            (&self.crop_years, "crop year", "whose figures cannot all be right, kept as printed"),
            (&self.others, "count", "that cannot be, taken as missing"),
        ];
        let told = kinds.into_iter().filter_map(|(comparison, what, how)| {
            let (first, n) = (comparison.first.as_ref()?, comparison.cells);
            Some(format!("{n} {what}{} {how}; first: {first}", if n == 1 { "" } else { "s" }))
        });
        told.collect()
    }
}

fn unfit_text(expected: &str, found: &str, header: &Header, slot: usize, line: u64) -> Error {
    let is_slot = |cell: &Cell| matches!(cell, Cell::Text(s) if usize::from(*s) == slot);
    match header.cells.iter().position(is_slot) {
        Some(column) => super::delimited::unfit(expected, found, header, column, line),
        None => Error::source(format!("expected {expected}, found nothing")).at_row(line),
    }
}

/// Key and figures are the same; names may differ.
fn same_values(rows: &Rows, a: usize, b: usize) -> bool {
    let bits = |row: usize| rows.decimals(row)[..CONCENTRATIONS].iter().map(|value| value.to_bits());
    rows.integers(a) == rows.integers(b) && bits(a).eq(bits(b))
}

/// Why a row cannot be taken.
struct Fault {
    column: Option<String>,
    reason: String,
    /// The figures are apart by no more than rounding can explain.
    nearly: bool,
}

impl Fault {
    fn new(column: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { column: Some(column.into()), reason: reason.into(), nearly: false }
    }
}

fn judge(rows: &Rows, row: usize, allowed: i64) -> Result<(), Fault> {
    let layout = &rows.layout;
    let integers = rows.integers(row);
    if rows.code(row).is_empty() {
        return Err(Fault::new(layout.text_spelling(CONTRACT_CODE), "the contract code is empty"));
    }
    let start = layout.position(0, 0);
    judge_positions(layout, 0, &integers[start..start + layout.figures()], allowed)
}

fn judge_positions(layout: &Layout, group: usize, positions: &[i64], allowed: i64) -> Result<(), Fault> {
    let name = |figure: usize| layout.spelling(Measure::Positions, group, figure);
    if let Some(figure) = positions.iter().position(|value| *value < 0) {
        let reason = match positions[figure] {
            EMPTY => "the figure is missing".to_string(),
            DOT => "the figure is missing (`.`)".to_string(),
            value => format!("{value} contracts: a position cannot be negative"),
        };
        return Err(Fault::new(name(figure), reason));
    }
    let (mut long, mut short) = (0, 0);
    for category in 0..layout.report.categories().len() {
        let [of_long, of_short, of_spread] = layout.category_sides(category).map(|figure| figure.map_or(0, |f| positions[f]));
        long += of_long + of_spread;
        short += of_short + of_spread;
    }
    for (side, sum) in [(Side::Long, long), (Side::Short, short)] {
        let (total, rest) = (layout.total(side), layout.nonreportable(side));
        let off = sum - positions[total];
        if off.abs() > allowed {
            let reason = format!("the categories and their spreads add up to {sum}, the total is {}", positions[total]);
            return Err(Fault { nearly: off.abs() <= ROUNDING, ..Fault::new(name(total), reason) });
        }
        let all = positions[total] + positions[rest];
        let off = all - positions[OPEN_INTEREST];
        if off.abs() > allowed {
            let reason = format!("reportable and nonreportable add up to {all}, open interest is {}", positions[OPEN_INTEREST]);
            return Err(Fault { nearly: off.abs() <= ROUNDING, ..Fault::new(name(rest), reason) });
        }
    }
    Ok(())
}
