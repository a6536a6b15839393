//! The one drawing model: a chart with a size. Axes with ticks, and marks whose places run from 0 to 1 across and upward.
//!
//! The terminal and the SVG draw the same marks; they differ in what a mark is made of. Pure.

use super::data::{Chart, Horizontal, Point, Series};
use super::instants;
use super::reduce::reduce;
use super::request::Kind;
use super::scale::{Scale, Tick};

/// How much there is to draw on.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Places across that can be told apart: what is denser is reduced to its extremes.
    pub dots: usize,
    /// Ticks that fit across and upward.
    pub across: usize,
    pub up: usize,
    /// Characters across and upward, where it is characters that are drawn: bars then begin at one.
    pub cells: Option<(usize, usize)>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axis {
    pub name: String,
    pub ticks: Vec<Tick>,
    /// Where zero lies, if strictly inside.
    pub zero: Option<f64>,
}

/// A place in the frame and the point that lies there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub across: f64,
    pub up: f64,
    pub point: Point,
}

/// From the lower left corner to the upper right one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    pub left: f64,
    pub right: f64,
    pub low: f64,
    pub high: f64,
    pub point: Point,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Lines without gaps; one of a single place is a dot.
    Lines(Vec<Vec<Place>>),
    Dots(Vec<Place>),
    /// Bars that stand, or that lie.
    Bars {
        blocks: Vec<Block>,
        lie: bool,
    },
}

/// A series as drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub name: String,
    pub is_right: bool,
    pub shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    pub bottom: Axis,
    pub left: Axis,
    pub right: Option<Axis>,
    pub marks: Vec<Mark>,
}

/// Gives a chart a size.
pub fn draw(chart: &Chart, room: Room) -> Drawing {
    if chart.lies() { lying(chart, room) } else { upright(chart, room) }
}

fn upright(chart: &Chart, room: Room) -> Drawing {
    let has_bars = matches!(chart.kind, Kind::Bar | Kind::Hist);
    let across = across(chart, has_bars);
    let upward = |is_right: bool| {
        let values =
            chart.series.iter().filter(|series| series.is_right == is_right).flat_map(|series| &series.points).map(|point| point.y);
        let scale = Scale::over(values);
        match room.cells {
            _ if !has_bars => scale.with_margin(),
            Some((_, rows)) => with_zero(chart, is_right).with_zero_between(rows),
            None => with_zero(chart, is_right),
        }
    };
    let left = upward(false);
    let right = chart.right_name.is_some().then(|| upward(true));
    let axis = |name: &str, scale: Scale| Axis {
        name: name.to_string(),
        ticks: scale.ticks(room.up, chart.kind == Kind::Hist),
        zero: scale.crosses_zero().then(|| scale.place(0.0)),
    };
    let n = chart.series.len();
    let mark = |(at, series): (usize, &Series)| {
        let scale = if series.is_right { right.unwrap_or(left) } else { left };
        let place = |point: &Point| Place { across: across.place(point.x), up: scale.place(point.y), point: *point };
        let shape = match chart.kind {
            Kind::Line => Shape::Lines(runs(&series.points).map(|run| reduce(run.iter().map(place), room.dots)).collect()),
            Kind::Scatter => Shape::Dots(series.points.iter().filter(|point| point.y.is_finite()).map(place).collect()),
            Kind::Bar | Kind::Hist => Shape::Bars {
                blocks: series
                    .points
                    .iter()
                    .filter(|point| point.y.is_finite())
                    .map(|point| bar(point, chart, across, scale, (at, n)))
                    .collect(),
                lie: false,
            },
        };
        Mark { name: series.name.clone(), is_right: series.is_right, shape }
    };
    Drawing {
        bottom: Axis { name: chart.x_name.clone(), ticks: x_ticks(chart, across, room.across), zero: None },
        left: axis(&chart.y_name, left),
        right: right.map(|scale| axis(chart.right_name.as_deref().unwrap_or_default(), scale)),
        marks: chart.series.iter().enumerate().map(mark).collect(),
    }
}

/// Bars of named rows lie, from the top down; each row has a part for every series and one between groups.
fn lying(chart: &Chart, room: Room) -> Drawing {
    let Horizontal::Words { words, .. } = &chart.horizontal else { return upright(chart, room) };
    let scale = with_zero(chart, false);
    let scale = room.cells.map_or(scale, |(columns, _)| scale.with_zero_between(columns));
    let (n_rows, n_series) = (words.len() as f64, chart.series.len());
    let parts = parts(n_series) as f64;
    let mark = |(at, series): (usize, &Series)| {
        let block = |point: &Point| {
            let high = 1.0 - (point.x + at as f64 / parts) / n_rows;
            let (zero, end) = (scale.place(0.0), scale.place(point.y));
            Block { left: zero.min(end), right: zero.max(end), low: high - 1.0 / parts / n_rows, high, point: *point }
        };
        let blocks = series.points.iter().filter(|point| point.y.is_finite()).map(block).collect();
        Mark { name: series.name.clone(), is_right: false, shape: Shape::Bars { blocks, lie: true } }
    };
    let middle = n_series as f64 / parts / 2.0;
    let name = |(at, word): (usize, &String)| Tick { at: 1.0 - (at as f64 + middle) / n_rows, label: word.clone(), under: None };
    Drawing {
        bottom: Axis {
            name: chart.y_name.clone(),
            ticks: scale.ticks(room.across, false),
            zero: scale.crosses_zero().then(|| scale.place(0.0)),
        },
        left: Axis { name: chart.x_name.clone(), ticks: words.iter().enumerate().map(name).collect(), zero: None },
        right: None,
        marks: chart.series.iter().enumerate().map(mark).collect(),
    }
}

/// Rows that a name takes where bars lie: one per series, and one between groups.
pub fn parts(n_series: usize) -> usize {
    if n_series > 1 { n_series + 1 } else { 1 }
}

fn with_zero(chart: &Chart, is_right: bool) -> Scale {
    let values = chart.series.iter().filter(|series| series.is_right == is_right || chart.lies()).flat_map(|series| &series.points);
    let finite = values.map(|point| point.y).filter(|y| y.is_finite());
    let (lo, hi) = finite.fold((0.0_f64, 0.0_f64), |(lo, hi), y| (lo.min(y), hi.max(y)));
    Scale { lo, hi }.with_zero()
}

fn across(chart: &Chart, has_bars: bool) -> Scale {
    let side = if has_bars { chart.slot / 2.0 } else { 0.0 };
    if let Horizontal::Words { words, .. } = &chart.horizontal {
        let side = side.max(0.25);
        return Scale { lo: -side, hi: words.len().max(1) as f64 - 1.0 + side };
    }
    let xs = || chart.series.iter().flat_map(|series| &series.points).map(|point| point.x);
    let (lo, hi) = xs().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), x| (lo.min(x), hi.max(x)));
    match (&chart.horizontal, chart.kind) {
        _ if has_bars => Scale::over([lo - side, hi + side].into_iter()),
        // One instant lies in the middle of a day, one day in the middle of a week.
        (Horizontal::Instants { is_date }, _) if lo == hi => {
            let beside = if *is_date { 3.5 * 86_400e6 } else { 43_200e6 };
            Scale { lo: lo - beside, hi: hi + beside }
        }
        (_, Kind::Scatter) => Scale::over(xs()).with_margin(),
        _ => Scale::over(xs()),
    }
}

fn x_ticks(chart: &Chart, scale: Scale, most: usize) -> Vec<Tick> {
    match &chart.horizontal {
        Horizontal::Instants { .. } => instants::ticks(scale, most),
        Horizontal::Numbers => scale.ticks(most, false),
        Horizontal::Words { words, .. } => {
            let every = words.len().div_ceil(most.max(1)).max(1);
            let tick = |(at, word): (usize, &String)| Tick { at: scale.place(at as f64), label: word.clone(), under: None };
            words.iter().enumerate().step_by(every).map(tick).collect()
        }
    }
}

/// Stretches between gaps.
fn runs(points: &[Point]) -> impl Iterator<Item = &[Point]> {
    points.split(|point| !point.y.is_finite()).filter(|run| !run.is_empty())
}

/// A bar of one of `n` series: it has its share of the slot, less a gap.
fn bar(point: &Point, chart: &Chart, across: Scale, up: Scale, (at, n): (usize, usize)) -> Block {
    let gap = if chart.kind == Kind::Hist && n == 1 { 0.0 } else { 0.2 };
    let width = chart.slot * (1.0 - gap) / n as f64;
    let left = point.x - chart.slot * (1.0 - gap) / 2.0 + width * at as f64;
    let (zero, end) = (up.place(0.0), up.place(point.y));
    Block { left: across.place(left), right: across.place(left + width), low: zero.min(end), high: zero.max(end), point: *point }
}
