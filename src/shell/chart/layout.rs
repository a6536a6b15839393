//! Where things lie on the page of a picture in a file, in pixels. Pure.
//!
//! How wide a text is can only be guessed without its font; the guess is a little too wide, so that nothing touches.

use super::data::{Chart, Horizontal};
use super::drawing::{self, Drawing, Shape};

pub const WIDTH: f64 = 960.0;
pub const HEIGHT: f64 = 500.0;

/// Pixels between the names of two series.
const LINE: f64 = 18.0;

/// The plot's edges on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub height: f64,
    /// Where the names of the series begin.
    pub legend: f64,
}

/// The name of a series beside the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub series: usize,
    pub name: String,
    pub y: f64,
    /// Where its line ends, if it was moved away from there.
    pub from: Option<f64>,
}

/// A page that has room for every bar.
pub fn lying_height(chart: &Chart) -> f64 {
    let n = match &chart.horizontal {
        Horizontal::Words { words, .. } => words.len(),
        _ => 1,
    };
    let bar = if chart.series.len() > 1 { 14.0 } else { 24.0 };
    (n * drawing::parts(chart.series.len())) as f64 * bar + 140.0
}

impl Frame {
    pub fn of(chart: &Chart, drawing: &Drawing, height: f64) -> Self {
        let widest = |labels: &mut dyn Iterator<Item = &str>| labels.map(|label| width(label, 13.0)).fold(0.0, f64::max);
        let left = (widest(&mut drawing.left.ticks.iter().map(|tick| tick.label.as_str())) + 28.0).clamp(48.0, 260.0);
        let scale = drawing.right.as_ref().map_or(0.0, |axis| widest(&mut axis.ticks.iter().map(|tick| tick.label.as_str())) + 16.0);
        let names = match chart.series.len() {
            1 => 0.0,
            _ => widest(&mut names(chart).iter().map(String::as_str)).min(220.0) + 50.0,
        };
        let right = WIDTH - 28.0 - scale - names;
        Self { left, right, top: 68.0, bottom: height - 86.0, height, legend: right + scale + 18.0 }
    }
    pub fn width(&self) -> f64 {
        self.right - self.left
    }
    pub fn x(&self, across: f64) -> f64 {
        self.left + across * self.width()
    }
    pub fn y(&self, up: f64) -> f64 {
        self.bottom - up * (self.bottom - self.top)
    }

    /// The names of the series: beside the ends of their lines, moved apart where they would touch; else from the top down.
    pub fn legend(&self, chart: &Chart, drawing: &Drawing) -> Vec<Entry> {
        let names = names(chart);
        let end = |shape: &Shape| match shape {
            Shape::Lines(runs) => runs.iter().flatten().next_back().map(|place| self.y(place.up)),
            Shape::Dots(_) | Shape::Bars { .. } => None,
        };
        let mut entries: Vec<Entry> = Vec::new();
        for (series, mark) in drawing.marks.iter().enumerate() {
            let from = end(&mark.shape);
            let y = from.unwrap_or(self.top + 8.0 + series as f64 * LINE);
            entries.push(Entry { series, name: cut(&names[series], WIDTH - self.legend - 30.0, 13.0), y, from });
        }
        entries.sort_by(|a, b| a.y.total_cmp(&b.y));
        spread(&mut entries, self.top, self.bottom);
        for entry in &mut entries {
            // A leader is drawn only where the name is not beside its line, and never across a scale.
            entry.from = entry.from.filter(|from| (from - entry.y).abs() > 3.0 && drawing.right.is_none());
        }
        entries
    }
}

/// Moves entries that are in order apart, within the edges where that is possible.
fn spread(entries: &mut [Entry], top: f64, bottom: f64) {
    let mut least = top;
    for entry in entries.iter_mut() {
        entry.y = entry.y.max(least);
        least = entry.y + LINE;
    }
    let mut most = bottom.max(top + LINE * (entries.len() as f64 - 1.0));
    for entry in entries.iter_mut().rev() {
        entry.y = entry.y.min(most);
        most = entry.y - LINE;
    }
}

fn names(chart: &Chart) -> Vec<String> {
    chart.series.iter().map(|series| format!("{}{}", series.name, if series.is_right { " (right)" } else { "" })).collect()
}

/// How wide a text is at most, in a common sans-serif font.
pub fn width(text: &str, size: f64) -> f64 {
    let one = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | 'I' | '(' | ')' => 0.32,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
        c if c.is_ascii_uppercase() => 0.70,
        c if c.is_ascii() => 0.57,
        _ => 1.0,
    };
    text.chars().map(one).sum::<f64>() * size
}

/// Text that is at most so wide.
pub fn cut(text: &str, room: f64, size: f64) -> String {
    if width(text, size) <= room {
        return text.to_string();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if width(&short, size) + size > room {
            short.pop();
            break;
        }
    }
    short + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread_out(ys: &[f64]) -> Vec<f64> {
        let entry = |(series, y): (usize, &f64)| Entry { series, name: String::new(), y: *y, from: None };
        let mut entries: Vec<Entry> = ys.iter().enumerate().map(entry).collect();
        spread(&mut entries, 0.0, 100.0);
        entries.into_iter().map(|entry| entry.y).collect()
    }

    #[test]
    fn names_are_moved_apart_and_stay_inside() {
        assert_eq!(spread_out(&[10.0, 50.0]), [10.0, 50.0]);
        assert_eq!(spread_out(&[10.0, 12.0]), [10.0, 28.0]);
        assert_eq!(spread_out(&[98.0, 99.0, 100.0]), [64.0, 82.0, 100.0]);
    }

    #[test]
    fn text_is_cut_with_a_mark() {
        assert_eq!(cut("net", 100.0, 13.0), "net");
        assert_eq!(cut("leveraged_funds", 60.0, 13.0), "levera…");
    }
}
