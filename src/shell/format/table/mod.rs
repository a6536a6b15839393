//! A table drawn with boxes, fitted to the terminal: long texts are cut, middle columns left out, and of a long result the first and last
//! rows shown. Where the output is no terminal nothing is cut. Numbers stand on the right and are never cut. The footer counts the rows.

use std::collections::VecDeque;
use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use unicode_width::UnicodeWidthStr;

use super::cells::{Columns, Instants};
use super::{Format, Layout, ResultWriter, io_error};

mod fit;

use fit::{Column, Shown};

pub struct Table;

impl Format for Table {
    fn name(&self) -> &'static str {
        "table"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["txt"]
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let columns = schema.fields().iter().map(|field| Column::new(&clean(field.name()), field.data_type())).collect();
        Ok(Box::new(Writer { out, layout, columns, head: Vec::new(), tail: VecDeque::new(), rows: 0 }))
    }
}

/// A value as lines of text; `None` is NULL.
type Cell = Option<Vec<String>>;
type Row = Vec<Cell>;

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    layout: Layout,
    columns: Vec<Column>,
    head: Vec<Row>,
    /// The newest rows behind the head, as many as are shown.
    tail: VecDeque<Row>,
    rows: usize,
}

impl Writer<'_> {
    fn keep(&mut self, mut row: Row) {
        if self.layout.wraps {
            // In a list that a command made nothing is nothing, and no value.
            row.iter_mut().filter(|cell| cell.is_none()).for_each(|cell| *cell = Some(vec![String::new()]));
        }
        self.rows += 1;
        let Some(limit) = self.layout.max_rows else {
            self.head.push(row);
            return;
        };
        let first = limit.div_ceil(2);
        if self.head.len() < first {
            self.head.push(row);
            return;
        }
        // One row more than fits is kept, so that `… 1 more row` never takes the place of that row.
        if self.tail.len() > limit - first {
            self.tail.pop_front();
        }
        self.tail.push_back(row);
    }
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let columns = Columns::new(batch.columns(), Instants::Spaced).map_err(io_error)?;
        let printers = columns.printers().map_err(io_error)?;
        for row in 0..batch.num_rows() {
            let cells = printers.iter().map(|printer| Ok(printer.text(row).map_err(io_error)?.map(|text| lines(&text))));
            let cells: Row = cells.collect::<io::Result<_>>()?;
            self.keep(cells);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let mut hidden = self.rows - self.head.len() - self.tail.len();
        if let Some(limit) = self.layout.max_rows
            && hidden > 0
            && self.head.len() + self.tail.len() > limit
        {
            self.tail.pop_front();
            hidden += 1;
        }
        for row in self.head.iter().chain(&self.tail) {
            for (column, cell) in self.columns.iter_mut().zip(row) {
                column.widen(cell.as_deref());
            }
        }
        if self.layout.wraps {
            self.columns.iter_mut().for_each(Column::keep_words);
        }
        let shown = fit::fit(&self.columns, self.layout.width);
        if self.layout.wraps {
            for row in self.head.iter_mut().chain(&mut self.tail) {
                for shown in &shown {
                    let Shown::Column { index, width } = *shown else { continue };
                    if let Some(lines) = &mut row[index] {
                        *lines = lines.iter().flat_map(|line| fit::wrap(line, width)).collect();
                    }
                }
            }
        }
        let drawing = Drawing { columns: &self.columns, shown: &shown, colour: self.layout.colour };
        let Self { out, head, tail, rows, .. } = *self;
        drawing.rule(out, "┌", "┬", "┐")?;
        drawing.header(out)?;
        drawing.rule(out, "├", "┼", "┤")?;
        for row in &head {
            drawing.row(out, row)?;
        }
        if hidden > 0 {
            drawing.gap(out, hidden)?;
        }
        for row in &tail {
            drawing.row(out, row)?;
        }
        drawing.rule(out, "└", "┴", "┘")?;
        let columns = shown.iter().filter(|s| matches!(s, Shown::Column { .. })).count();
        let elided =
            if columns < drawing.columns.len() { format!(", {} columns, {columns} shown", drawing.columns.len()) } else { String::new() };
        writeln!(out, "({rows} {}{elided})", if rows == 1 { "row" } else { "rows" })
    }
}

/// The shown columns and how to draw lines of them.
struct Drawing<'a> {
    columns: &'a [Column],
    shown: &'a [Shown],
    colour: bool,
}

impl Drawing<'_> {
    fn rule(&self, out: &mut dyn Write, left: &str, middle: &str, right: &str) -> io::Result<()> {
        let parts: Vec<String> = self.shown.iter().map(|shown| "─".repeat(shown.width() + 2)).collect();
        writeln!(out, "{left}{}{right}", parts.join(middle))
    }

    fn header(&self, out: &mut dyn Write) -> io::Result<()> {
        let texts = self.shown.iter().map(|shown| match shown {
            Shown::Column { index, width } => {
                let column = &self.columns[*index];
                padded(&fit::cut(&column.name, *width), *width, column.is_number)
            }
            Shown::Elision => "…".to_string(),
        });
        let texts: Vec<String> = texts.collect();
        writeln!(out, "│ {} │", texts.join(" │ "))
    }

    fn row(&self, out: &mut dyn Write, row: &Row) -> io::Result<()> {
        let height = row.iter().flatten().map(Vec::len).max().unwrap_or(1);
        for line in 0..height {
            let texts = self.shown.iter().map(|shown| match shown {
                Shown::Column { index, width } => {
                    let is_number = self.columns[*index].is_number;
                    match &row[*index] {
                        None if line == 0 => self.dimmed(&padded("NULL", *width, is_number)),
                        None => " ".repeat(*width),
                        Some(lines) => padded(&lines.get(line).map_or_else(String::new, |text| fit::cut(text, *width)), *width, is_number),
                    }
                }
                Shown::Elision => "…".to_string(),
            });
            let texts: Vec<String> = texts.collect();
            writeln!(out, "│ {} │", texts.join(" │ "))?;
        }
        Ok(())
    }

    fn gap(&self, out: &mut dyn Write, hidden: usize) -> io::Result<()> {
        let inner = self.shown.iter().map(|shown| shown.width() + 3).sum::<usize>().saturating_sub(3);
        let text = fit::cut(&format!("… {hidden} more {}", if hidden == 1 { "row" } else { "rows" }), inner);
        writeln!(out, "│ {} │", self.dimmed(&padded(&text, inner, false)))
    }

    fn dimmed(&self, text: &str) -> String {
        if self.colour { format!("\x1b[2m{text}\x1b[0m") } else { text.to_string() }
    }
}

fn padded(text: &str, width: usize, right: bool) -> String {
    let space = " ".repeat(width.saturating_sub(text.width()));
    if right { format!("{space}{text}") } else { format!("{text}{space}") }
}

fn lines(text: &str) -> Vec<String> {
    if text.is_empty() {
        return vec![String::new()];
    }
    text.lines().map(clean).collect()
}

/// Control characters made visible: a value must not steer the terminal, nor shift the columns.
fn clean(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_string();
    }
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}
