//! A sheet of characters to draw on: dots of Braille, blocks in eighths, single glyphs, each in the colour of its series. Pure.

use std::fmt::Write;

/// Dots across and upward in one character.
pub const DOTS: (usize, usize) = (2, 4);

/// Rows of a column of eighths, from the bottom.
const RISING: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Columns of a row of eighths, from the left.
const GROWING: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// What a character is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ink {
    #[default]
    Plain,
    Faint,
    Bold,
    Series(usize),
}

/// 256-colour codes that differ also for the colour-blind, readable on dark and on light.
const COLOURS: [u8; 12] = [32, 208, 35, 175, 172, 74, 131, 98, 143, 37, 245, 161];

impl Ink {
    /// The sequence that begins it.
    pub fn code(self) -> String {
        match self {
            Self::Plain => String::new(),
            Self::Faint => "\x1b[2m".to_string(),
            Self::Bold => "\x1b[1m".to_string(),
            Self::Series(at) => format!("\x1b[38;5;{}m", COLOURS[at % COLOURS.len()]),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell {
    glyph: char,
    dots: u8,
    ink: Ink,
}

const BLANK: Cell = Cell { glyph: ' ', dots: 0, ink: Ink::Plain };

/// The sheet; places are counted from the upper left corner.
pub struct Canvas {
    columns: usize,
    cells: Vec<Cell>,
}

impl Canvas {
    pub fn new(columns: usize, rows: usize) -> Self {
        Self { columns, cells: vec![BLANK; columns * rows] }
    }
    fn rows(&self) -> usize {
        self.cells.len() / self.columns
    }
    fn cell(&mut self, column: usize, row: usize) -> Option<&mut Cell> {
        if column < self.columns { self.cells.get_mut(row * self.columns + column) } else { None }
    }
    /// A glyph over whatever stands there.
    pub fn put(&mut self, column: usize, row: usize, glyph: char, ink: Ink) {
        if let Some(cell) = self.cell(column, row) {
            *cell = Cell { glyph, dots: 0, ink };
        }
    }
    /// Whether nothing stands there.
    pub fn is_blank(&self, column: usize, row: usize) -> bool {
        self.cells.get(row * self.columns + column).is_some_and(|cell| cell.glyph == ' ' && cell.dots == 0)
    }
    /// Text from a column on.
    pub fn write(&mut self, column: usize, row: usize, text: &str, ink: Ink) {
        for (at, glyph) in text.chars().enumerate() {
            self.put(column + at, row, glyph, ink);
        }
    }
    /// A dot, counted in dots.
    pub fn dot(&mut self, x: usize, y: usize, ink: Ink) {
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        if let Some(cell) = self.cell(x / DOTS.0, y / DOTS.1) {
            cell.dots |= BITS[y % DOTS.1][x % DOTS.0];
            cell.glyph = ' ';
            cell.ink = ink;
        }
    }
    /// A straight line of dots.
    pub fn line(&mut self, from: (usize, usize), to: (usize, usize), ink: Ink) {
        let (dx, dy) = (to.0 as f64 - from.0 as f64, to.1 as f64 - from.1 as f64);
        let steps = dx.abs().max(dy.abs()).max(1.0);
        for step in 0..=steps as usize {
            let part = step as f64 / steps;
            self.dot((from.0 as f64 + dx * part).round() as usize, (from.1 as f64 + dy * part).round() as usize, ink);
        }
    }
    /// A standing bar over some columns, between two heights in characters from the bottom; one of them is a whole number.
    pub fn stand(&mut self, columns: std::ops::Range<usize>, low: f64, high: f64, fill: char, ink: Ink) {
        let (top, eighths) = (self.rows(), |part: f64| (part * 8.0).round() as usize);
        for row in 0..top {
            let (floor, ceiling) = ((top - row - 1) as f64, (top - row) as f64);
            let part = (high.min(ceiling) - low.max(floor)).max(0.0);
            let glyph = match eighths(part) {
                0 => continue,
                8 => fill,
                _ if fill != '█' && part < 0.5 => continue,
                _ if fill != '█' => fill,
                n if low <= floor => RISING[n],
                n => {
                    if n >= 3 {
                        '▀'
                    } else {
                        '▔'
                    }
                }
            };
            columns.clone().for_each(|column| self.put(column, row, glyph, ink));
        }
    }
    /// A lying bar in one row, between two places in characters from the left; one of them is a whole number.
    pub fn lie(&mut self, row: usize, left: f64, right: f64, fill: char, ink: Ink) {
        for column in 0..self.columns {
            let part = (right.min(column as f64 + 1.0) - left.max(column as f64)).max(0.0);
            let glyph = match (part * 8.0).round() as usize {
                0 => continue,
                8 => fill,
                _ if fill != '█' && part < 0.5 => continue,
                _ if fill != '█' => fill,
                n if left <= column as f64 => GROWING[n],
                n => {
                    if n >= 3 {
                        '▐'
                    } else {
                        '▕'
                    }
                }
            };
            self.put(column, row, glyph, ink);
        }
    }
    /// Lays another sheet on this one.
    pub fn paste(&mut self, other: &Self, column: usize, row: usize) {
        for (at, cell) in other.cells.iter().enumerate() {
            if let Some(under) = self.cell(column + at % other.columns, row + at / other.columns) {
                *under = *cell;
            }
        }
    }
    /// The lines, without what is blank at their ends.
    pub fn lines(&self, has_colour: bool) -> Vec<String> {
        self.cells.chunks(self.columns).map(|cells| line(cells, has_colour)).collect()
    }
}

fn line(cells: &[Cell], has_colour: bool) -> String {
    let end = cells.iter().rposition(|cell| cell.glyph != ' ' || cell.dots != 0).map_or(0, |last| last + 1);
    let (mut text, mut ink) = (String::new(), Ink::Plain);
    for cell in &cells[..end] {
        let glyph = if cell.dots == 0 { cell.glyph } else { char::from_u32(0x2800 + u32::from(cell.dots)).unwrap_or(' ') };
        if has_colour && cell.ink != ink && glyph != ' ' {
            let reset = if ink == Ink::Plain { "" } else { "\x1b[0m" };
            // A String takes every write.
            let _ = write!(text, "{reset}{}", cell.ink.code());
            ink = cell.ink;
        }
        text.push(glyph);
    }
    if ink != Ink::Plain {
        text.push_str("\x1b[0m");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_made_of_dots() {
        let mut canvas = Canvas::new(4, 2);
        canvas.line((0, 7), (7, 0), Ink::Series(0));
        assert_eq!(canvas.lines(false), ["  ⡠⠊", "⡠⠊"]);
        assert_eq!(canvas.lines(true)[1], "\x1b[38;5;32m⡠⠊\x1b[0m");
    }

    #[test]
    fn bars_end_in_eighths() {
        let mut canvas = Canvas::new(3, 3);
        canvas.stand(0..1, 1.0, 2.5, '█', Ink::Plain);
        canvas.stand(1..2, 0.5, 1.0, '█', Ink::Plain);
        canvas.stand(2..3, 1.0, 1.125, '█', Ink::Plain);
        assert_eq!(canvas.lines(false), ["▄", "█ ▁", " ▀"]);
        let mut canvas = Canvas::new(4, 1);
        canvas.lie(0, 1.0, 2.375, '█', Ink::Plain);
        assert_eq!(canvas.lines(false), [" █▍"]);
    }

    #[test]
    fn nothing_is_drawn_beside_the_sheet() {
        let mut canvas = Canvas::new(2, 1);
        canvas.dot(4, 0, Ink::Plain);
        canvas.put(2, 0, 'x', Ink::Plain);
        canvas.put(0, 1, 'x', Ink::Plain);
        assert_eq!(canvas.lines(true), [""]);
    }
}
