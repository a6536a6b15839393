//! Draws a chart with characters: title, legend, axes, and the marks on a canvas of Braille and blocks. Pure: text out.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::canvas::{Canvas, DOTS, Ink};
use super::data::Chart;
use super::drawing::{self, Axis, Block, Drawing, Mark, Place, Room, Shape};
use super::request::Kind;
use super::scale::Tick;

/// How a series is known without its colour.
const GLYPHS: [char; 12] = ['●', '■', '▲', '◆', '○', '□', '△', '◇', '✚', '✖', '★', '▼'];
const FILLS: [char; 4] = ['█', '▓', '▒', '░'];

/// Dots of a scatter that are still drawn as glyphs.
const MOST_GLYPHS: usize = 300;

/// Characters of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub columns: usize,
    pub rows: usize,
}

/// The picture in lines, each ended.
pub fn draw(chart: &Chart, size: Size, has_colour: bool) -> String {
    let columns = size.columns.max(20);
    let legend = legend(chart, columns, has_colour);
    let around = 1 + legend.len() + 1 + 3 + usize::from(chart.clock.is_some());
    let rows = match chart.lies() {
        true => lying_rows(chart),
        false => size.rows.saturating_sub(around).clamp(5, (columns / 3).max(8)),
    };
    let mut lines = vec![ink(&cut(&chart.title, columns), Ink::Bold, has_colour)];
    lines.extend(legend);
    lines.extend(plot(chart, columns, rows, has_colour));
    lines.extend(chart.clock.iter().map(|clock| ink(&cut(&format!("known at {clock}"), columns), Ink::Faint, has_colour)));
    lines.into_iter().map(|line| line + "\n").collect()
}

/// A row for each bar, and one between groups.
fn lying_rows(chart: &Chart) -> usize {
    let n_words = match &chart.horizontal {
        super::data::Horizontal::Words { words, .. } => words.len(),
        _ => 1,
    };
    n_words * drawing::parts(chart.series.len())
}

fn plot(chart: &Chart, columns: usize, rows: usize, has_colour: bool) -> Vec<String> {
    let room = |columns: usize| Room {
        dots: columns * DOTS.0,
        across: (columns / 9).max(2),
        up: (rows / 3).clamp(2, 8),
        cells: Some((columns, rows)),
    };
    // How wide the labels upward are decides what is left; the ticks upward do not depend on that.
    let trial = drawing::draw(chart, room(columns));
    let width = |axis: &Axis| axis.ticks.iter().map(|tick| clean(&tick.label).width()).max().unwrap_or(0).min(columns / 3);
    let (left, right) = (width(&trial.left), trial.right.as_ref().map_or(0, |axis| width(axis) + 2));
    let inner = columns.saturating_sub(left + 2 + right).max(8);
    let drawing = drawing::draw(chart, room(inner));
    let mut canvas = Canvas::new(inner, rows);
    let frame = Frame { left: left + 2, columns: inner, rows, is_lying: chart.lies(), has_bars: is_bars(chart) };
    if let (Some(zero), false) = (drawing.left.zero, frame.has_bars) {
        (0..inner).for_each(|column| canvas.put(column, frame.row(zero), '┈', Ink::Faint));
    }
    for (at, mark) in drawing.marks.iter().enumerate() {
        frame.mark(&mut canvas, (at, drawing.marks.len()), mark, has_colour);
    }
    let mut sheet = Canvas::new((left + 2 + inner + right).max(columns), rows + 5);
    frame.names(&mut sheet, &drawing);
    frame.upward(&mut sheet, &drawing);
    frame.across(&mut sheet, &drawing.bottom);
    sheet.paste(&canvas, frame.left, 1);
    let mut lines = sheet.lines(has_colour);
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

fn is_bars(chart: &Chart) -> bool {
    matches!(chart.kind, Kind::Bar | Kind::Hist)
}

/// Where the plot lies on the sheet: `left` columns from its left edge, below one row of names.
struct Frame {
    left: usize,
    columns: usize,
    rows: usize,
    is_lying: bool,
    has_bars: bool,
}

impl Frame {
    /// The row of the plot at a height.
    fn row(&self, up: f64) -> usize {
        let row: f64 = match (self.is_lying, self.has_bars) {
            (true, _) => ((1.0 - up) * self.rows as f64).floor(),
            // Of a row of whole characters the upper edge is the height.
            (false, true) => ((1.0 - up) * self.rows as f64 - 0.5).round(),
            (false, false) => (self.dot_row(up) / DOTS.1) as f64,
        };
        row.clamp(0.0, self.rows as f64 - 1.0) as usize
    }
    fn dot_row(&self, up: f64) -> usize {
        on((1.0 - up) * (self.rows * DOTS.1 - 1) as f64, self.rows * DOTS.1)
    }
    fn column(&self, across: f64) -> usize {
        match self.has_bars {
            true => (across * self.columns as f64 - 0.5).round().clamp(0.0, self.columns as f64 - 1.0) as usize,
            false => self.dot_column(across) / DOTS.0,
        }
    }
    fn dot_column(&self, across: f64) -> usize {
        on(across * (self.columns * DOTS.0 - 1) as f64, self.columns * DOTS.0)
    }

    fn names(&self, sheet: &mut Canvas, drawing: &Drawing) {
        let end = self.left + self.columns + 1;
        let room = if drawing.right.is_some() { end / 2 } else { end };
        sheet.write(0, 0, &cut(&drawing.left.name, room), Ink::Faint);
        if let Some(right) = &drawing.right {
            let name = cut(&right.name, room);
            sheet.write(end.saturating_sub(name.width()), 0, &name, Ink::Faint);
        }
    }

    fn upward(&self, sheet: &mut Canvas, drawing: &Drawing) {
        let sides = [(Some(&drawing.left), false), (drawing.right.as_ref(), true)];
        for (axis, is_right) in sides.into_iter().filter_map(|(axis, is_right)| axis.map(|axis| (axis, is_right))) {
            let edge = if is_right { self.left + self.columns } else { self.left - 1 };
            (1..=self.rows).for_each(|row| sheet.put(edge, row, '│', Ink::Faint));
            for tick in &axis.ticks {
                let (row, label) = (1 + self.row(tick.at), cut(&tick.label, self.left.saturating_sub(2).max(8)));
                if !self.is_lying {
                    sheet.put(edge, row, if is_right { '├' } else { '┤' }, Ink::Faint);
                }
                let start = if is_right { edge + 2 } else { (self.left - 2).saturating_sub(label.width()) };
                sheet.write(start, row, &label, Ink::Plain);
            }
        }
    }

    fn across(&self, sheet: &mut Canvas, axis: &Axis) {
        let row = self.rows + 1;
        sheet.put(self.left - 1, row, '└', Ink::Faint);
        (0..self.columns).for_each(|column| sheet.put(self.left + column, row, '─', Ink::Faint));
        let mut has_under = false;
        let placed = place_labels(
            &axis.ticks,
            |tick| self.left + self.column(tick.at),
            |tick| Some(tick.label.as_str()),
            (0, self.left + self.columns),
        );
        for (tick, start, label) in placed {
            sheet.put(self.left + self.column(tick.at), row, '┬', Ink::Faint);
            sheet.write(start, row + 1, &label, Ink::Plain);
        }
        // The larger unit that has begun before the first tick gives way to the one that begins after it.
        let mut larger: Vec<&Tick> = axis.ticks.iter().filter(|tick| tick.under.is_some()).collect();
        let width = |tick: &Tick| tick.under.as_deref().map_or(0, |under| under.width() + 1);
        if let [first, second, ..] = larger.as_slice()
            && self.column(second.at) < self.column(first.at) + width(first)
        {
            larger.remove(0);
        }
        let larger: Vec<Tick> = larger.into_iter().cloned().collect();
        let under =
            place_labels(&larger, |tick| self.left + self.column(tick.at), |tick| tick.under.as_deref(), (0, self.left + self.columns));
        for (_, start, label) in under {
            has_under = true;
            sheet.write(start, row + 2, &label, Ink::Faint);
        }
        let name = cut(&axis.name, self.columns);
        let start = self.left + self.columns - name.width();
        let is_free = (start.saturating_sub(2)..start + name.width()).all(|column| sheet.is_blank(column, row + 2));
        sheet.write(start, row + if has_under && !is_free { 3 } else { 2 }, &name, Ink::Faint);
    }

    fn mark(&self, canvas: &mut Canvas, (at, n): (usize, usize), mark: &Mark, has_colour: bool) {
        let ink = Ink::Series(at);
        let glyph = GLYPHS[at % GLYPHS.len()];
        match &mark.shape {
            Shape::Lines(runs) => {
                runs.iter().for_each(|run| self.run(canvas, run, ink));
                let n_points: usize = runs.iter().map(Vec::len).sum();
                if n_points <= self.columns / 5 {
                    // So few that each is told: a curve is its tenors.
                    runs.iter().flatten().for_each(|place| canvas.put(self.column(place.across), self.row(place.up), glyph, ink));
                } else if n > 1 {
                    self.glyphs(canvas, runs, (at, n), has_colour);
                }
            }
            Shape::Dots(places) => {
                let are_glyphs = n > 1 && (!has_colour || places.len() * n <= MOST_GLYPHS);
                for place in places {
                    match are_glyphs {
                        true => canvas.put(self.column(place.across), self.row(place.up), glyph, ink),
                        false => canvas.dot(self.dot_column(place.across), self.dot_row(place.up), ink),
                    }
                }
            }
            Shape::Bars { blocks, lie } => {
                let fill = if has_colour { FILLS[0] } else { fill(at) };
                blocks.iter().for_each(|block| self.block(canvas, block, *lie, fill, ink));
            }
        }
    }

    fn run(&self, canvas: &mut Canvas, run: &[Place], ink: Ink) {
        let dot = |place: &Place| (self.dot_column(place.across), self.dot_row(place.up));
        run.windows(2).for_each(|pair| canvas.line(dot(&pair[0]), dot(&pair[1]), ink));
        if let [lone] = run {
            canvas.put(self.column(lone.across), self.row(lone.up), '•', ink);
        }
    }

    /// The series' glyph at the end of its line, and along it where there is no colour to follow.
    fn glyphs(&self, canvas: &mut Canvas, runs: &[Vec<Place>], (at, n): (usize, usize), has_colour: bool) {
        let places = || runs.iter().flatten();
        let mut chosen: Vec<&Place> = places().next_back().into_iter().collect();
        if !has_colour {
            let between = (self.columns / 5).max(6);
            let mut next = between * (at + 1) / (n + 1);
            for place in places() {
                if self.column(place.across) >= next {
                    chosen.push(place);
                    next = self.column(place.across) + between;
                }
            }
        }
        for place in chosen {
            canvas.put(self.column(place.across), self.row(place.up), GLYPHS[at % GLYPHS.len()], Ink::Series(at));
        }
    }

    fn block(&self, canvas: &mut Canvas, block: &Block, lie: bool, fill: char, ink: Ink) {
        let (columns, rows) = (self.columns as f64, self.rows as f64);
        if lie {
            let row = on((1.0 - block.high) * rows, self.rows);
            canvas.lie(row, block.left * columns, block.right * columns, fill, ink);
        } else {
            let first = on(block.left * columns, self.columns);
            let last = on(block.right * columns, self.columns + 1).max(first + 1);
            canvas.stand(first..last, block.low * rows, block.high * rows, fill, ink);
        }
    }
}

/// The nearest of `n` places: what lies beside the sheet, as the largest floats may, is at its edge.
fn on(place: f64, n: usize) -> usize {
    place.round().clamp(0.0, n as f64 - 1.0) as usize
}

/// Labels centred under their ticks, without those that would touch the one before.
fn place_labels<'a>(
    ticks: &'a [Tick],
    column: impl Fn(&Tick) -> usize,
    label: impl Fn(&'a Tick) -> Option<&'a str>,
    (start, end): (usize, usize),
) -> Vec<(&'a Tick, usize, String)> {
    let mut placed: Vec<(&Tick, usize, String)> = Vec::new();
    let mut free = start;
    let room = (end - start) / ticks.len().max(1);
    for tick in ticks {
        let text = cut(label(tick).unwrap_or_default(), room.max(12));
        let width = text.width();
        let at = column(tick).saturating_sub(width / 2).min(end.saturating_sub(width)).max(start);
        if at >= free && width > 0 {
            free = at + width + 1;
            placed.push((tick, at, text));
        }
    }
    placed
}

fn fill(at: usize) -> char {
    FILLS.get(at).copied().unwrap_or(GLYPHS[at % GLYPHS.len()])
}

/// The names of the series, with what they are drawn with, in as many lines as they take; none where the title says it all.
fn legend(chart: &Chart, columns: usize, has_colour: bool) -> Vec<String> {
    if chart.series.len() < 2 {
        return Vec::new();
    }
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for (at, series) in chart.series.iter().enumerate() {
        let glyph = match is_bars(chart) {
            true if has_colour => FILLS[0],
            true => fill(at),
            false => GLYPHS[at % GLYPHS.len()],
        };
        let name = cut(&format!("{}{}", series.name, if series.is_right { " (right)" } else { "" }), columns - 4);
        let width = name.width() + 4;
        if used > 0 && used + width - 2 > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push_str("  ");
        }
        line.push_str(&format!("{} {name}", ink(&glyph.to_string(), Ink::Series(at), has_colour)));
        used += width;
    }
    lines.push(line);
    lines
}

fn ink(text: &str, ink: Ink, has_colour: bool) -> String {
    if has_colour { format!("{}{text}\x1b[0m", ink.code()) } else { text.to_string() }
}

/// Text of the data must not steer the terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Text of at most so many columns.
fn cut(text: &str, columns: usize) -> String {
    let text = clean(text);
    if text.width() <= columns {
        return text;
    }
    let (mut short, mut used) = (String::new(), 0);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > columns {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
}
