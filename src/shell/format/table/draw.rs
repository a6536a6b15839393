//! Draws the lines of a table whose columns and widths are chosen. It cuts what does not fit, but for numbers and instants.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::Row;
use super::fit::{self, Column, Shown};

/// What lines are drawn with.
pub struct Lines {
    horizontal: &'static str,
    vertical: &'static str,
    top: [&'static str; 3],
    middle: [&'static str; 3],
    bottom: [&'static str; 3],
}

pub static BOX: Lines =
    Lines { horizontal: "─", vertical: "│", top: ["┌", "┬", "┐"], middle: ["├", "┼", "┤"], bottom: ["└", "┴", "┘"] };

pub static ASCII: Lines = Lines { horizontal: "-", vertical: "|", top: ["+"; 3], middle: ["+"; 3], bottom: ["+"; 3] };

/// The shown columns and how to draw lines of them.
pub struct Drawing {
    pub columns: Vec<Column>,
    pub shown: Vec<Shown>,
    pub lines: &'static Lines,
    pub null: String,
    pub colour: bool,
}

impl Drawing {
    /// The names of the columns that are not shown.
    pub fn missing(&self) -> Vec<&str> {
        let is_shown = |at| self.shown.iter().any(|shown| matches!(shown, Shown::Column { index, .. } if *index == at));
        self.columns.iter().enumerate().filter(|(at, _)| !is_shown(*at)).map(|(_, column)| column.name.as_str()).collect()
    }

    pub fn header(&self, out: &mut dyn Write) -> io::Result<()> {
        self.rule(out, self.lines.top)?;
        let texts = self.shown.iter().map(|shown| match shown {
            Shown::Column { index, width } => {
                let column = &self.columns[*index];
                padded(&fit::cut(&column.name, *width), *width, column.is_number)
            }
            Shown::Elision => "…".to_string(),
        });
        self.line(out, &texts.collect::<Vec<_>>())?;
        self.rule(out, self.lines.middle)
    }

    pub fn row(&self, out: &mut dyn Write, row: &Row) -> io::Result<()> {
        let height = row.iter().flatten().map(Vec::len).max().unwrap_or(1);
        for line in 0..height {
            let texts = self.shown.iter().map(|shown| match shown {
                Shown::Column { index, width } => self.cell(&self.columns[*index], row[*index].as_deref(), line, *width),
                Shown::Elision => "…".to_string(),
            });
            self.line(out, &texts.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// One line of a value, as wide as its column.
    fn cell(&self, column: &Column, value: Option<&[String]>, line: usize, width: usize) -> String {
        match value.map(|lines| lines.get(line)) {
            None if line == 0 => self.dimmed(&padded(&fit::cut(&self.null, width), width, column.is_number)),
            None | Some(None) => " ".repeat(width),
            Some(Some(text)) if column.is_whole => padded(text, width, column.is_number),
            Some(Some(text)) => padded(&fit::cut(text, width), width, column.is_number),
        }
    }

    /// Where rows are not shown.
    pub fn gap(&self, out: &mut dyn Write, hidden: usize) -> io::Result<()> {
        let inner = self.shown.iter().map(|shown| shown.width() + 3).sum::<usize>().saturating_sub(3);
        let text = fit::cut(&format!("… {hidden} more {}", if hidden == 1 { "row" } else { "rows" }), inner);
        self.line(out, &[self.dimmed(&padded(&text, inner, false))])
    }

    pub fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        self.rule(out, self.lines.bottom)
    }

    fn rule(&self, out: &mut dyn Write, [left, middle, right]: [&str; 3]) -> io::Result<()> {
        let parts: Vec<String> = self.shown.iter().map(|shown| self.lines.horizontal.repeat(shown.width() + 2)).collect();
        writeln!(out, "{left}{}{right}", parts.join(middle))
    }

    fn line(&self, out: &mut dyn Write, texts: &[String]) -> io::Result<()> {
        let bar = self.lines.vertical;
        writeln!(out, "{bar} {} {bar}", texts.join(&format!(" {bar} ")))
    }

    fn dimmed(&self, text: &str) -> String {
        if self.colour { format!("\x1b[2m{text}\x1b[0m") } else { text.to_string() }
    }
}

fn padded(text: &str, width: usize, right: bool) -> String {
    let space = " ".repeat(width.saturating_sub(text.width()));
    if right { format!("{space}{text}") } else { format!("{text}{space}") }
}
