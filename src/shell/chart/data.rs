//! What a picture shows, before it has a size: series of points, what the axes are called, what is said around them. Pure.

use std::collections::HashMap;

use super::choose::{Across, Plan};
use super::frame::{Frame, Sort, Values};
use super::instants;
use super::request::Kind;
use super::scale::{self, Scale, Step};
use super::tenors;
use crate::error::{Error, Result};
use crate::tables::TABLES;

/// Series that can still be told apart.
const MOST_SERIES: usize = 12;

/// Names of rows that fit on an axis.
const MOST_WORDS: usize = 40;

/// How much smaller a column must be than the first one to get an axis of its own.
const FACTOR: f64 = 8.0;

/// What goes across.
#[derive(Debug, Clone, PartialEq)]
pub enum Horizontal {
    Numbers,
    Instants {
        is_date: bool,
    },
    /// Points lie at 0, 1, …; tenors are read from left to right, other names from top to bottom.
    Words {
        words: Vec<String>,
        are_tenors: bool,
    },
}

/// A value and where it stands; a `y` that is not finite is a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    /// Whether it is measured on the axis on the right.
    pub is_right: bool,
    pub points: Vec<Point>,
}

/// A picture without a size.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub kind: Kind,
    pub title: String,
    pub x_name: String,
    pub y_name: String,
    pub right_name: Option<String>,
    pub horizontal: Horizontal,
    /// The width of a bar with its share of the gap, where there are bars.
    pub slot: f64,
    pub series: Vec<Series>,
    /// When what is shown was known.
    pub clock: Option<String>,
    /// The statement that gave it.
    pub statement: String,
    pub notes: Vec<String>,
}

impl Chart {
    /// # Errors
    /// There is no number to draw, or a value that has no text.
    pub fn of(frame: &Frame<'_>, plan: Plan) -> Result<Self> {
        let mut notes = plan.notes;
        let keys = Keys::of(frame, &plan.by)?;
        let (horizontal, xs) = across(frame, plan.x)?;
        let rights = rights(frame, &plan.ys)?;
        let mut series = Vec::new();
        let mut n_unreal = 0;
        for (&column, &is_right) in plan.ys.iter().zip(&rights) {
            let first = series.len();
            series.extend(keys.names.iter().map(|key| Series {
                name: series_name(frame.name(column), key, plan.ys.len()),
                is_right,
                points: Vec::new(),
            }));
            for (row, y) in frame.numbers(column)?.iter().enumerate() {
                let (Some(x), Some(key)) = (xs.at(row), keys.rows[row]) else { continue };
                let y = y.unwrap_or(f64::NAN);
                match y {
                    y if y.is_nan() && frame.numbers(column)?[row].is_some() || y.is_infinite() => n_unreal += 1,
                    y => series[first + key].points.push(Point { x, y }),
                }
            }
        }
        if n_unreal > 0 {
            notes.push(format!("{n_unreal} values that are no finite numbers are left out"));
        }
        series.retain(|series| series.points.iter().any(|point| point.y.is_finite()));
        if series.is_empty() {
            return Err(Error::usage("there is no number to draw: every value is NULL"));
        }
        keep_largest(&mut series, &mut notes);
        for one in &mut series {
            one.points.sort_by(|a, b| a.x.total_cmp(&b.x));
            if plan.kind == Kind::Line && !matches!(horizontal, Horizontal::Words { .. }) {
                leave_gaps(&mut one.points);
            }
        }
        let names = |right: bool| {
            let names = plan.ys.iter().zip(&rights).filter(|(_, is_right)| **is_right == right).map(|(&y, _)| frame.name(y));
            names.collect::<Vec<_>>().join(", ")
        };
        let mut chart = Self {
            kind: plan.kind,
            title: String::new(),
            x_name: match plan.x {
                Across::Column(column) => frame.name(column).to_string(),
                Across::Rows => "row".to_string(),
            },
            y_name: names(false),
            right_name: Some(names(true)).filter(|name| !name.is_empty()),
            horizontal,
            slot: 1.0,
            series,
            clock: None,
            statement: String::new(),
            notes,
        };
        let unit = match plan.ys.as_slice() {
            [y] => unit(frame, *y)?,
            _ => None,
        };
        chart.title = title(frame, &chart, (&plan.by, plan.x), unit)?;
        match chart.kind {
            Kind::Hist => chart.count(),
            Kind::Bar => chart.space_bars(),
            Kind::Line | Kind::Scatter => {}
        }
        Ok(chart)
    }

    /// A value across as a reader writes it.
    pub fn x_text(&self, x: f64) -> String {
        match &self.horizontal {
            Horizontal::Numbers => scale::figure(x),
            Horizontal::Instants { is_date } => instants::text(x, *is_date),
            Horizontal::Words { words, .. } => words.get(x as usize).cloned().unwrap_or_default(),
        }
    }

    /// Whether bars lie, with their names beside them.
    pub fn lies(&self) -> bool {
        self.kind == Kind::Bar && matches!(self.horizontal, Horizontal::Words { are_tenors: false, .. })
    }

    fn space_bars(&mut self) {
        if let Horizontal::Words { words, .. } = &mut self.horizontal
            && words.len() > MOST_WORDS
        {
            self.notes.push(format!("the first {MOST_WORDS} of {} are drawn; ORDER BY and LIMIT choose them", words.len()));
            words.truncate(MOST_WORDS);
            for series in &mut self.series {
                series.points.retain(|point| point.x < MOST_WORDS as f64);
            }
        }
        let mut xs: Vec<f64> = self.series.iter().flat_map(|series| &series.points).map(|point| point.x).collect();
        xs.sort_by(f64::total_cmp);
        let gaps = xs.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0.0);
        let narrowest = gaps.fold(f64::INFINITY, f64::min);
        let lone = if matches!(self.horizontal, Horizontal::Instants { .. }) { 86_400e6 } else { 1.0 };
        self.slot = if narrowest.is_finite() { narrowest } else { lone };
    }

    /// Counts the values of each series in bins of one round width.
    fn count(&mut self) {
        let mut all: Vec<f64> =
            self.series.iter().flat_map(|series| &series.points).map(|point| point.y).filter(|y| y.is_finite()).collect();
        all.sort_by(f64::total_cmp);
        let scale = Scale::over(all.iter().copied());
        let quartile = |part: usize| all[(all.len() - 1) * part / 4];
        // Freedman and Diaconis: twice the distance of the quartiles over the cube root of how many there are.
        let width = 2.0 * (quartile(3) - quartile(1)) / (all.len() as f64).cbrt();
        // Half as many again, since the round width is the next larger one.
        let wanted = if width > 0.0 { (1.5 * (scale.hi - scale.lo) / width).ceil().clamp(8.0, 60.0) as usize } else { 10 };
        let are_whole = all.iter().all(|value| value.fract() == 0.0);
        let width = Step::over(scale, wanted, are_whole).size();
        for series in &mut self.series {
            let mut bins: HashMap<i64, usize> = HashMap::new();
            for point in series.points.iter().filter(|point| point.y.is_finite()) {
                *bins.entry((point.y / width).floor() as i64).or_default() += 1;
            }
            let centre = |(bin, count): (i64, usize)| Point { x: (bin as f64 + 0.5) * width, y: count as f64 };
            series.points = bins.into_iter().map(centre).collect();
            series.points.sort_by(|a, b| a.x.total_cmp(&b.x));
            series.is_right = false;
        }
        self.slot = width;
        self.x_name = std::mem::take(&mut self.y_name);
        self.y_name = "rows".to_string();
        self.right_name = None;
        self.horizontal = Horizontal::Numbers;
    }
}

/// Steps from which on there is a usual one.
const FEW_STEPS: usize = 6;
/// How many of the steps are no longer than the usual one: weekends and holidays are among them.
const USUAL: f64 = 0.9;
/// How many times as long as the usual step a stretch without points must be to be a gap.
const LONG: f64 = 2.5;

/// Puts a gap where points, which are in order, lie much further apart than they usually do: a line across would say that something was there.
fn leave_gaps(points: &mut Vec<Point>) {
    let mut steps: Vec<f64> = points.windows(2).map(|pair| pair[1].x - pair[0].x).filter(|step| *step > 0.0).collect();
    if steps.len() < FEW_STEPS {
        return;
    }
    steps.sort_by(f64::total_cmp);
    let usual = steps[((steps.len() - 1) as f64 * USUAL) as usize];
    let mut whole = Vec::with_capacity(points.len());
    for point in points.drain(..) {
        if let Some(before) = whole.last().map(|before: &Point| before.x)
            && point.x - before > LONG * usual
        {
            whole.push(Point { x: before.midpoint(point.x), y: f64::NAN });
        }
        whole.push(point);
    }
    *points = whole;
}

/// The values across, by row.
pub enum Xs<'a> {
    Numbers(&'a [Option<f64>]),
    Places(Vec<Option<f64>>),
    Rows,
}

impl Xs<'_> {
    pub fn at(&self, row: usize) -> Option<f64> {
        match self {
            Self::Numbers(numbers) => numbers[row].filter(|x| x.is_finite()),
            Self::Places(places) => places[row],
            Self::Rows => Some(row as f64 + 1.0),
        }
    }
}

/// What goes across, and its values.
///
/// # Errors
/// A value that has no text.
pub fn across<'a>(frame: &'a Frame<'_>, x: Across) -> Result<(Horizontal, Xs<'a>)> {
    let Across::Column(column) = x else { return Ok((Horizontal::Numbers, Xs::Rows)) };
    Ok(match (frame.values(column)?, frame.sort(column)) {
        (Values::Numbers(numbers), Sort::Instant { is_date }) => (Horizontal::Instants { is_date }, Xs::Numbers(numbers)),
        (Values::Numbers(numbers), _) => (Horizontal::Numbers, Xs::Numbers(numbers)),
        (Values::Words { words, rows }, _) => {
            let mut ordered = words.clone();
            let are_tenors = tenors::sort(&mut ordered);
            let places: HashMap<&str, f64> = ordered.iter().enumerate().map(|(at, word)| (word.as_str(), at as f64)).collect();
            let places = rows.iter().map(|row| row.and_then(|word| places.get(words[word as usize].as_str()).copied())).collect();
            (Horizontal::Words { words: ordered, are_tenors }, Xs::Places(places))
        }
    })
}

/// The series that each row belongs to.
pub struct Keys {
    /// One empty name where nothing parts the rows.
    pub names: Vec<String>,
    pub rows: Vec<Option<usize>>,
}

impl Keys {
    /// # Errors
    /// A value that has no text.
    pub fn of(frame: &Frame<'_>, by: &[usize]) -> Result<Self> {
        if by.is_empty() {
            return Ok(Self { names: vec![String::new()], rows: vec![Some(0); frame.rows()] });
        }
        let columns = by.iter().map(|&column| frame.words(column)).collect::<Result<Vec<_>>>()?;
        let mut names: Vec<String> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut rows = Vec::with_capacity(frame.rows());
        for row in 0..frame.rows() {
            let part = |column: &Values| match column {
                Values::Words { words, rows } => rows[row].map_or("NULL".to_string(), |word| words[word as usize].clone()),
                Values::Numbers(_) => String::new(),
            };
            let name = columns.iter().map(part).collect::<Vec<_>>().join(" ");
            let place = *places.entry(name.clone()).or_insert_with(|| {
                names.push(name);
                names.len() - 1
            });
            rows.push(Some(place));
        }
        let mut ordered = names.clone();
        if tenors::sort(&mut ordered) {
            let places: Vec<Option<usize>> = names.iter().map(|name| ordered.iter().position(|other| other == name)).collect();
            rows = rows.into_iter().map(|row| row.and_then(|row| places[row])).collect();
            names = ordered;
        }
        Ok(Self { names, rows })
    }
}

fn series_name(column: &str, key: &str, n_columns: usize) -> String {
    match (key, n_columns) {
        ("", _) => column.to_string(),
        (key, 1) => key.to_string(),
        (key, _) => format!("{key} {column}"),
    }
}

/// Which columns need an axis of their own on the right: those that would be flat beside the first, or flatten it.
fn rights(frame: &Frame<'_>, ys: &[usize]) -> Result<Vec<bool>> {
    let mut rights = Vec::new();
    let mut first = None;
    for &column in ys {
        let finite = frame.numbers(column)?.iter().flatten().copied().filter(|y| y.is_finite());
        let extent = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), y| (lo.min(y), hi.max(y)));
        rights.push(extent.0 <= extent.1 && differ(*first.get_or_insert(extent), extent));
    }
    Ok(rights)
}

fn differ(a: (f64, f64), b: (f64, f64)) -> bool {
    let size = |(lo, hi): (f64, f64)| lo.abs().max(hi.abs());
    // A column of zeros is a line to compare with.
    if size(b) == 0.0 {
        return false;
    }
    let factor = (size(a) / size(b)).max(size(b) / size(a));
    let both = a.1.max(b.1) - a.0.min(b.0);
    let is_apart = a.1 < b.0 || b.1 < a.0;
    let is_flat = |(lo, hi): (f64, f64)| (hi - lo) * FACTOR < both;
    factor > FACTOR || (is_apart && (is_flat(a) || is_flat(b)))
}

fn keep_largest(series: &mut Vec<Series>, notes: &mut Vec<String>) {
    if series.len() <= MOST_SERIES {
        return;
    }
    let size = |series: &Series| series.points.iter().filter(|p| p.y.is_finite()).fold(0.0_f64, |size, point| size.max(point.y.abs()));
    let mut order: Vec<(usize, f64)> = series.iter().map(size).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    notes.push(format!("the {MOST_SERIES} largest of {} series are drawn; a WHERE chooses others", series.len()));
    let kept: Vec<usize> = order.into_iter().take(MOST_SERIES).map(|(at, _)| at).collect();
    let mut at = 0;
    series.retain(|_| {
        at += 1;
        kept.contains(&(at - 1))
    });
}

/// What a column is measured in: what the result says of all its rows, else what the lake says of every column of this name.
fn unit(frame: &Frame<'_>, column: usize) -> Result<Option<String>> {
    if let Some(said) = frame.columns().find(|&column| frame.name(column) == "unit") {
        return Ok(match (frame.distinct(said, 2)?, frame.words(said)?) {
            (1, Values::Words { words, .. }) => words.into_iter().next().filter(|unit| !unit.is_empty()),
            _ => None,
        });
    }
    let known = TABLES.iter().flat_map(|table| table.columns()).filter(|known| known.name == frame.name(column));
    let units: Vec<&str> = known.map(|known| known.unit).collect();
    Ok(units.first().filter(|unit| !unit.is_empty() && units.iter().all(|other| other == *unit)).map(|unit| (*unit).to_string()))
}

/// What is drawn, of what and in what unit: keys that have one value stand in front, since a picture outlives its statement.
fn title(frame: &Frame<'_>, chart: &Chart, (by, x): (&[usize], Across), unit: Option<String>) -> Result<String> {
    const TOLD: [&str; 7] = ["root", "series_id", "category", "curve_id", "symbol", "feature", "as_of"];
    let mut told = Vec::new();
    for name in TOLD {
        let Some(column) = frame.columns().find(|&column| frame.name(column) == name) else { continue };
        if !by.contains(&column)
            && x != Across::Column(column)
            && frame.distinct(column, 2)? == 1
            && let Values::Words { words, .. } = frame.words(column)?
        {
            told.extend(words.into_iter().next());
        }
    }
    let what = match (&chart.right_name, chart.kind, &chart.horizontal) {
        (_, Kind::Hist, _) => format!("distribution of {}", chart.y_name),
        (Some(right), ..) => format!("{} against {right}", chart.y_name),
        (None, Kind::Scatter, Horizontal::Numbers) => format!("{} against {}", chart.y_name, chart.x_name),
        _ => chart.y_name.clone(),
    };
    let what = unit.map_or(what.clone(), |unit| format!("{what} ({unit})"));
    let rows = chart.lies().then_some(chart.x_name.as_str());
    let by: Vec<&str> = rows.into_iter().chain(by.iter().map(|&column| frame.name(column))).collect();
    let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
    let told = if told.is_empty() { String::new() } else { format!("{}: ", told.join(" ")) };
    Ok(format!("{told}{what}{by}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(xs: &[f64]) -> Vec<f64> {
        let mut points: Vec<Point> = xs.iter().map(|&x| Point { x, y: 1.0 }).collect();
        leave_gaps(&mut points);
        points.into_iter().filter(|point| point.y.is_nan()).map(|point| point.x).collect()
    }

    #[test]
    fn line_ends_where_points_are_missing_for_long() {
        assert_eq!(gaps(&[0.0, 7.0, 14.0, 21.0, 28.0, 35.0, 42.0, 100.0, 107.0]), [71.0]);
        // one week that is missing is no gap, nor are weekends and a long one
        assert!(gaps(&[0.0, 7.0, 14.0, 28.0, 35.0, 42.0, 49.0, 56.0]).is_empty());
        assert!(gaps(&[0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 8.0, 9.0, 10.0, 11.0, 15.0, 16.0, 17.0, 18.0, 21.0]).is_empty());
        // a few points have no usual step
        assert!(gaps(&[0.0, 1.0, 100.0]).is_empty());
    }
}
