//! Which columns of a result go where in a picture, where the person did not say. Pure.
//!
//! What is known of the tables of this field decides: `as_of` goes across, tenors are an axis of their own, keys part a long result into
//! series, and of many numbers the one that the table is about is drawn.

use std::collections::HashSet;

use super::frame::{Frame, Sort, Values};
use super::request::{Kind, Request};
use super::tenors;
use crate::error::{Error, Result};

/// Columns that say how a row came here rather than what it says.
const PAPERS: [&str; 6] = ["payload", "ingested_at", "backcast", "availability", "available_at", "revision"];

/// The numbers that tables are about: of many columns the first of these is drawn alone.
const SUBJECTS: [&str; 7] = ["zscore", "net", "close", "settlement", "rate", "value", "price"];

/// Columns that part a long result into series, first those that people look for.
const KEYS: [&str; 8] = ["category", "series_id", "tenor", "root", "curve_id", "symbol", "contract_id", "feature"];

/// Numeric columns that are drawn together without being named.
const MOST_COLUMNS: usize = 4;

/// Days for which a curve is drawn per day, rather than each tenor over the days.
const MOST_CURVES: usize = 6;

/// What goes across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Across {
    Column(usize),
    /// The number of the row.
    Rows,
}

/// Which columns go where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub kind: Kind,
    pub x: Across,
    pub ys: Vec<usize>,
    pub by: Vec<usize>,
    pub notes: Vec<String>,
}

/// Plans a picture of a result that has rows.
///
/// # Errors
/// A column that is named is not there, or there is nothing to draw.
pub fn choose(frame: &Frame<'_>, request: &Request) -> Result<Plan> {
    let chooser = Chooser { frame };
    let find = |names: &[String]| names.iter().map(|name| frame.find(name)).collect::<Result<Vec<usize>>>();
    let (named, by) = (find(&request.columns)?, find(&request.by)?);
    let mut notes = Vec::new();
    let (x, mut ys) = chooser.across(&named, request.kind)?;
    if ys.is_empty() {
        ys = chooser.upward(x, &mut notes);
    }
    if let Some(&column) = ys.iter().find(|&&column| frame.sort(column) != Sort::Number) {
        return Err(Error::usage(format!("`{}` holds no numbers", frame.name(column))).hint(chooser.numbers_hint()));
    }
    if ys.is_empty() {
        return Err(Error::usage("the last result has no column of numbers to draw").hint("select one, or cast a text: value::DOUBLE"));
    }
    let kind = match request.kind {
        Some(kind) => kind,
        None => chooser.kind(x)?,
    };
    let by = match (by.is_empty(), kind, x) {
        (false, ..) => by,
        (true, Kind::Hist, _) | (true, _, Across::Rows) => Vec::new(),
        (true, Kind::Scatter, Across::Column(x)) if frame.sort(x) == Sort::Number => chooser.colours(x)?,
        (true, _, Across::Column(x)) => chooser.key(x, &mut notes)?,
    };
    let x = if kind == Kind::Hist { Across::Rows } else { x };
    Ok(Plan { kind, x, ys, by, notes })
}

struct Chooser<'a> {
    frame: &'a Frame<'a>,
}

impl Chooser<'_> {
    fn is_instant(&self, column: usize) -> bool {
        matches!(self.frame.sort(column), Sort::Instant { .. })
    }
    fn named(&self, name: &str) -> Option<usize> {
        self.frame.columns().find(|&column| self.frame.name(column) == name)
    }
    fn is_paper(&self, column: usize) -> bool {
        PAPERS.contains(&self.frame.name(column))
    }
    fn varies(&self, column: usize) -> Result<bool> {
        Ok(self.frame.distinct(column, 2)? > 1)
    }
    /// Numbers that are values and no names.
    fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        let is_name = |name: &str| name == "id" || name.ends_with("_id") || name == "tenor_years";
        let is_value =
            move |&column: &usize| self.frame.sort(column) == Sort::Number && !self.is_paper(column) && !is_name(self.frame.name(column));
        self.frame.columns().filter(is_value)
    }
    fn numbers_hint(&self) -> String {
        let names: Vec<&str> = self.numbers().map(|column| self.frame.name(column)).collect();
        if names.is_empty() { "cast a text: value::DOUBLE".to_string() } else { format!("numbers are in {}", names.join(", ")) }
    }

    /// What goes across, and what upward where it was named.
    fn across(&self, named: &[usize], kind: Option<Kind>) -> Result<(Across, Vec<usize>)> {
        let is_number = |column: usize| self.frame.sort(column) == Sort::Number;
        match (kind, named) {
            (Some(Kind::Hist), named) => Ok((Across::Rows, named.to_vec())),
            (Some(Kind::Scatter), [x, ys @ ..]) if !ys.is_empty() => Ok((Across::Column(*x), ys.to_vec())),
            (Some(Kind::Scatter), []) => {
                let mut numbers = self.numbers();
                match (numbers.next(), numbers.next()) {
                    (Some(x), Some(y)) => Ok((Across::Column(x), vec![y])),
                    _ => Ok((self.unnamed()?, Vec::new())),
                }
            }
            (_, []) => Ok((self.unnamed()?, Vec::new())),
            (_, [x, ys @ ..]) if !is_number(*x) || self.frame.name(*x) == "tenor_years" => Ok((Across::Column(*x), ys.to_vec())),
            // Numbers alone are drawn over time where the result has one: a line through one against the other says little.
            (_, [x, ys @ ..]) => match self.unnamed()? {
                Across::Column(time) if self.is_instant(time) || ys.is_empty() && time != *x => Ok((Across::Column(time), named.to_vec())),
                _ if ys.is_empty() => Ok((Across::Rows, named.to_vec())),
                _ => Ok((Across::Column(*x), ys.to_vec())),
            },
        }
    }

    fn unnamed(&self) -> Result<Across> {
        let frame = self.frame;
        let tenor = ["tenor_years", "tenor"].into_iter().filter_map(|name| self.named(name)).next();
        let times: Vec<usize> = {
            let all = || frame.columns().filter(|&column| self.is_instant(column));
            let first = self.named("as_of").filter(|&column| self.is_instant(column));
            let others = all().filter(|&column| Some(column) != first && !self.is_paper(column));
            first.into_iter().chain(others).chain(self.named("available_at").filter(|&column| self.is_instant(column))).collect()
        };
        if let Some(tenor) = tenor
            && self.varies(tenor)?
        {
            let tenors = frame.distinct(tenor, 100)?;
            let days = times.first().map_or(Ok(1), |&time| frame.distinct(time, MOST_CURVES + 1))?;
            if days <= MOST_CURVES && days < tenors {
                return Ok(Across::Column(tenor));
            }
        }
        for &time in &times {
            if self.varies(time)? {
                return Ok(Across::Column(time));
            }
        }
        let mut words = Vec::new();
        for column in self.words() {
            if self.varies(column)? {
                words.push((frame.distinct(column, usize::MAX)?, column));
            }
        }
        let has_several_numbers = self.numbers().nth(1).is_some();
        // The column that names the rows: the one with the most names.
        let name = words
            .iter()
            .rev()
            .max_by_key(|(distinct, _)| *distinct)
            .filter(|(distinct, _)| !has_several_numbers || *distinct == frame.rows() || (*distinct <= 40 && words.len() > 1));
        Ok(match (name, self.numbers().next()) {
            (Some((_, column)), _) => Across::Column(*column),
            (None, Some(first)) if has_several_numbers => Across::Column(first),
            _ => times.first().filter(|_| frame.rows() == 1).map_or(Across::Rows, |&time| Across::Column(time)),
        })
    }

    fn upward(&self, x: Across, notes: &mut Vec<String>) -> Vec<usize> {
        let numbers: Vec<usize> = self.numbers().filter(|&column| x != Across::Column(column)).collect();
        if numbers.len() <= MOST_COLUMNS {
            return numbers;
        }
        let subject = SUBJECTS.iter().filter_map(|name| self.named(name)).find(|column| numbers.contains(column));
        let subject = subject.unwrap_or(numbers[0]);
        notes.push(format!("of {} columns of numbers `{}` is drawn; name the ones you want", numbers.len(), self.frame.name(subject)));
        vec![subject]
    }

    fn kind(&self, x: Across) -> Result<Kind> {
        let Across::Column(column) = x else { return Ok(Kind::Line) };
        Ok(match self.frame.values(column)? {
            Values::Words { words, .. } if tenors::sort(&mut words.clone()) => Kind::Line,
            Values::Words { .. } => Kind::Bar,
            Values::Numbers(numbers) if self.frame.sort(column) == Sort::Number => {
                let known: Vec<f64> = numbers.iter().flatten().copied().collect();
                if known.is_sorted() || self.frame.name(column) == "tenor_years" { Kind::Line } else { Kind::Scatter }
            }
            Values::Numbers(_) => Kind::Line,
        })
    }

    /// Columns of words, first those that people look for.
    fn words(&self) -> Vec<usize> {
        let is_word = |&column: &usize| self.frame.sort(column) == Sort::Word && !self.is_paper(column);
        let mut words: Vec<usize> = self.frame.columns().filter(is_word).collect();
        let rank = |column: &usize| KEYS.iter().position(|key| *key == self.frame.name(*column)).unwrap_or(KEYS.len());
        words.sort_by_key(rank);
        words
    }

    /// The columns of words that tell the rows of one `x` apart: one if one will do, else two, else all.
    fn key(&self, x: usize, notes: &mut Vec<String>) -> Result<Vec<usize>> {
        if self.is_unique(x, &[])? {
            return Ok(Vec::new());
        }
        let mut keys = Vec::new();
        let days = self.frame.columns().filter(|&column| self.is_instant(column) && !self.is_paper(column));
        let is_tenor = |column: usize| self.frame.name(column).starts_with("tenor");
        for column in self.words().into_iter().chain(days) {
            if column != x && !(is_tenor(x) && is_tenor(column)) && self.varies(column)? {
                keys.push(column);
            }
        }
        let pairs = keys.iter().enumerate().flat_map(|(at, &first)| keys[at + 1..].iter().map(move |&second| vec![first, second]));
        let candidates: Vec<Vec<usize>> = keys.iter().map(|&key| vec![key]).chain(pairs).chain([keys.clone()]).collect();
        for candidate in candidates {
            if !candidate.is_empty() && self.is_unique(x, &candidate)? {
                return Ok(candidate);
            }
        }
        notes.push(format!("there are several rows of one `{}`: `by COLUMN` tells them apart", self.frame.name(x)));
        Ok(keys.into_iter().filter(|&key| self.frame.sort(key) == Sort::Word).take(1).collect())
    }

    /// The one column of few words that colours the dots of a scatter.
    fn colours(&self, x: usize) -> Result<Vec<usize>> {
        for column in self.words() {
            let distinct = self.frame.distinct(column, 13)?;
            if column != x && (2..=12).contains(&distinct) {
                return Ok(vec![column]);
            }
        }
        Ok(Vec::new())
    }

    fn is_unique(&self, x: usize, key: &[usize]) -> Result<bool> {
        let columns = [x].iter().chain(key).map(|&column| self.frame.values(column)).collect::<Result<Vec<_>>>()?;
        let mut seen = HashSet::new();
        Ok((0..self.frame.rows()).all(|row| {
            let cell = |values: &&Values| match values {
                Values::Numbers(numbers) => numbers[row].map(f64::to_bits),
                Values::Words { rows, .. } => rows[row].map(u64::from),
            };
            seen.insert(columns.iter().map(cell).collect::<Vec<_>>())
        }))
    }
}
