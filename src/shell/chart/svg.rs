//! Draws a chart as SVG, for a report: thin grid, names beside the lines that they belong to, colours that the colour-blind tell apart.
//! Pure: text out.

use std::fmt::Write;

use super::data::{Chart, Horizontal};
use super::drawing::{self, Axis, Drawing, Mark, Place, Room, Shape};
use super::layout::{self, Frame, HEIGHT, WIDTH};
use super::request::Kind;

/// Okabe and Ito's colours without the yellow, which is none on white, and those of Tol that differ from them.
pub const COLOURS: [&str; 12] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#882255", "#332288", "#999933", "#44aa99", "#777777", "#aa1144"];
/// Twice the colours need no second look where the second half is dashed.
const DASHES: [&str; 2] = ["", " stroke-dasharray=\"6 3\""];

const FONT: &str = "Ubuntu, 'Helvetica Neue', Arial, sans-serif";
const INK: &str = "#222222";
const FAINT: &str = "#666666";
const GRID: &str = "#e4e4e4";

/// Pixels across in which points are told apart.
const DOTS: usize = 800;

pub fn colour(series: usize) -> &'static str {
    COLOURS[series % COLOURS.len()]
}

/// The picture as a file of its own.
pub fn draw(chart: &Chart) -> String {
    let (drawing, frame) = layout(chart);
    svg(chart, &drawing, &frame)
}

/// The drawing at the size of a page, and where it lies on it.
pub fn layout(chart: &Chart) -> (Drawing, Frame) {
    let height = if chart.lies() { layout::lying_height(chart) } else { HEIGHT };
    let across = if matches!(chart.horizontal, Horizontal::Numbers) || chart.lies() { 7 } else { 10 };
    let drawing = drawing::draw(chart, Room { dots: DOTS, across, up: 8, cells: None });
    let frame = Frame::of(chart, &drawing, height);
    (drawing, frame)
}

/// A drawing as the text of a file.
pub fn svg(chart: &Chart, drawing: &Drawing, frame: &Frame) -> String {
    let mut page = Page { text: String::new(), frame };
    let height = frame.height;
    page.line(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"{FONT}\" font-size=\"13\" fill=\"{INK}\">"
    ));
    page.line(&format!("<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>"));
    page.words(16.0, 28.0, "start", " font-size=\"18\"", &layout::cut(&chart.title, WIDTH - 32.0, 18.0));
    page.axes(chart, drawing);
    for (at, mark) in drawing.marks.iter().enumerate() {
        page.mark(chart, at, mark);
    }
    page.legend(chart, drawing);
    page.foot(chart);
    page.text.push_str("</svg>\n");
    page.text
}

struct Page<'a> {
    text: String,
    frame: &'a Frame,
}

impl Page<'_> {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }
    fn words(&mut self, x: f64, y: f64, anchor: &str, more: &str, text: &str) {
        let text = escape(text);
        self.line(&format!("<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\"{more}>{text}</text>", round(x), round(y)));
    }
    fn rule(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(round);
        self.line(&format!("<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>"));
    }

    fn axes(&mut self, chart: &Chart, drawing: &Drawing) {
        let frame = self.frame;
        let faint = format!(" fill=\"{FAINT}\"");
        self.words(frame.left.min(16.0), frame.top - 12.0, "start", &faint, &layout::cut(&drawing.left.name, frame.width() / 2.0, 13.0));
        for tick in &drawing.left.ticks {
            let y = frame.y(tick.at);
            if !chart.lies() {
                self.rule((frame.left, y), (frame.right, y), GRID, 1.0);
            }
            let label = layout::cut(&tick.label, frame.left - 24.0, 13.0);
            self.words(frame.left - 8.0, y + 4.5, "end", "", &label);
        }
        if let Some(right) = &drawing.right {
            self.words(
                frame.right,
                frame.top - 12.0,
                "end",
                &faint,
                &layout::cut(&format!("{} (right)", right.name), frame.width() / 2.0, 13.0),
            );
            for tick in &right.ticks {
                let y = frame.y(tick.at);
                self.rule((frame.right, y), (frame.right + 4.0, y), FAINT, 1.0);
                self.words(frame.right + 8.0, y + 4.5, "start", "", &tick.label);
            }
        }
        self.bottom(&drawing.bottom, chart.lies());
        let edge = if chart.lies() { drawing.bottom.zero.map_or(frame.left, |zero| frame.x(zero)) } else { frame.left };
        if chart.lies() {
            self.rule((edge, frame.top), (edge, frame.bottom), FAINT, 1.0);
        } else {
            self.rule((frame.left, frame.bottom), (frame.right, frame.bottom), FAINT, 1.0);
        }
        if let Some(zero) = drawing.left.zero.filter(|_| !chart.lies()) {
            self.rule((frame.left, frame.y(zero)), (frame.right, frame.y(zero)), FAINT, 1.0);
        }
    }

    fn bottom(&mut self, axis: &Axis, has_grid: bool) {
        let frame = self.frame;
        let room = frame.width() / axis.ticks.len().max(1) as f64;
        let mut free = f64::NEG_INFINITY;
        let name_at = if axis.ticks.iter().any(|tick| tick.under.is_some()) { 54.0 } else { 40.0 };
        for (at, tick) in axis.ticks.iter().enumerate() {
            let x = frame.x(tick.at);
            match has_grid {
                true => self.rule((x, frame.top), (x, frame.bottom), GRID, 1.0),
                false => self.rule((x, frame.bottom), (x, frame.bottom + 5.0), FAINT, 1.0),
            }
            self.words(x, frame.bottom + 20.0, "middle", "", &layout::cut(&tick.label, room - 4.0, 13.0));
            let Some(under) = &tick.under else { continue };
            let width = layout::width(under, 13.0) + 8.0;
            // The larger unit that has begun before the first tick gives way to the one that begins after it.
            let next = axis.ticks[at + 1..].iter().find(|tick| tick.under.is_some());
            let gives_way = free == f64::NEG_INFINITY && next.is_some_and(|next| frame.x(next.at) < x + width);
            if x >= free && !gives_way {
                self.words(x, frame.bottom + 36.0, "middle", &format!(" fill=\"{FAINT}\""), under);
                free = x + width;
            }
        }
        self.words(
            frame.right,
            frame.bottom + name_at,
            "end",
            &format!(" fill=\"{FAINT}\""),
            &layout::cut(&axis.name, frame.width(), 13.0),
        );
    }

    fn mark(&mut self, chart: &Chart, at: usize, mark: &Mark) {
        let (frame, colour) = (self.frame, colour(at));
        let dash = DASHES[usize::from(at >= 6)];
        match &mark.shape {
            Shape::Lines(runs) => {
                let mut path = String::new();
                let mut lone: Vec<&Place> = Vec::new();
                for run in runs {
                    if let [only] = run.as_slice() {
                        lone.push(only);
                        continue;
                    }
                    for (index, place) in run.iter().enumerate() {
                        let letter = if index == 0 { 'M' } else { 'L' };
                        // A String takes every write.
                        let _ = write!(path, "{letter}{} {}", round(frame.x(place.across)), round(frame.y(place.up)));
                    }
                }
                self.line(&format!(
                    "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-linejoin=\"round\"{dash}/>"
                ));
                let curve = runs.iter().map(Vec::len).sum::<usize>() <= 40;
                let all: Vec<&Place> = runs.iter().flatten().collect();
                let dots = if curve { all } else { lone };
                dots.into_iter().for_each(|place| self.dot(place, colour, 2.4, 1.0));
            }
            Shape::Dots(places) => {
                let opacity = if places.len() > 500 { 0.5 } else { 0.8 };
                places.iter().for_each(|place| self.dot(place, colour, 3.0, opacity));
            }
            Shape::Bars { blocks, lie } => {
                let inset = if *lie && chart.series.len() == 1 { 0.12 } else { 0.0 };
                let seam = if chart.kind == Kind::Hist { " stroke=\"#ffffff\" stroke-width=\"0.8\"" } else { "" };
                for block in blocks {
                    let (x, right) = (frame.x(block.left), frame.x(block.right));
                    let (y, low) = (frame.y(block.high), frame.y(block.low));
                    let thin = (low - y) * inset;
                    let [x, y, width, height] = [x, y + thin, right - x, low - y - 2.0 * thin].map(round);
                    self.line(&format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\"{seam}/>"));
                }
            }
        }
    }

    fn dot(&mut self, place: &Place, colour: &str, radius: f64, opacity: f64) {
        let (x, y) = (round(self.frame.x(place.across)), round(self.frame.y(place.up)));
        let opacity = if opacity < 1.0 { format!(" fill-opacity=\"{opacity}\"") } else { String::new() };
        self.line(&format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{colour}\"{opacity}/>"));
    }

    fn legend(&mut self, chart: &Chart, drawing: &Drawing) {
        if chart.series.len() < 2 {
            return;
        }
        for entry in self.frame.legend(chart, drawing) {
            let colour = colour(entry.series);
            let dash = DASHES[usize::from(entry.series >= 6)];
            let x = self.frame.legend;
            if let Some(from) = entry.from {
                self.rule((self.frame.right + 2.0, from), (x - 2.0, entry.y), "#c8c8c8", 0.8);
            }
            match drawing.marks[entry.series].shape {
                Shape::Lines(_) => self.line(&format!(
                    "<line x1=\"{}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"{colour}\" stroke-width=\"2.4\"{dash}/>",
                    round(x),
                    round(x + 16.0),
                    y = round(entry.y)
                )),
                Shape::Dots(_) => {
                    self.line(&format!("<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{colour}\"/>", round(x + 8.0), round(entry.y)))
                }
                Shape::Bars { .. } => self.line(&format!(
                    "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>",
                    round(x + 2.0),
                    round(entry.y - 6.0)
                )),
            }
            self.words(x + 22.0, entry.y + 4.5, "start", "", &entry.name);
        }
    }

    /// When it was known, and the statement: a picture outlives its session.
    fn foot(&mut self, chart: &Chart) {
        let known = chart.clock.as_ref().map(|clock| format!("known at {clock}"));
        let y = self.frame.height - 12.0;
        let room = WIDTH - 32.0 - known.as_deref().map_or(0.0, |known| layout::width(known, 11.0) + 16.0);
        let statement = layout::cut(&chart.statement, room, 11.0);
        self.words(16.0, y, "start", &format!(" font-size=\"11\" fill=\"{FAINT}\""), &statement);
        if let Some(known) = known {
            self.words(WIDTH - 16.0, y, "end", " font-size=\"11\"", &known);
        }
    }
}

/// A place on the page: less than a tenth of a pixel is seen by nobody, and what lies beside every page is at its corner.
pub fn round(value: f64) -> f64 {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded.abs() < 1e5 { rounded } else { 0.0 }
}

/// Text as it may stand in XML.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no way to write most of them, and U+FFFE and U+FFFF are no characters of it.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
