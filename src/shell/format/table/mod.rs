//! Tables drawn for the eye, with Unicode boxes or with the ASCII lines that survive any mail, fitted to the terminal: long texts are cut,
//! columns left out that the eye looks for last, and of a long result the first and last rows shown. Where the output is no terminal nothing is cut. Numbers stand
//! on the right and are never cut. The footer counts the rows and names what was left out.
//!
//! A pager gets the rows as they come: widths are then those of the first rows, and a wider number pushes its line out rather than be cut.

use std::collections::VecDeque;
use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::cells::{Columns, Instants, visible};
use super::{Format, Layout, NULL, ResultWriter, io_error};

mod draw;
mod fit;

use draw::{Drawing, Lines};
use fit::{Column, Shown};

/// The default.
pub static BOX: Table = Table { name: "box", extensions: &[], lines: &draw::BOX };
pub static TABLE: Table = Table { name: "table", extensions: &["txt"], lines: &draw::ASCII };

/// A way to draw tables.
pub struct Table {
    name: &'static str,
    extensions: &'static [&'static str],
    lines: &'static Lines,
}

impl Format for Table {
    fn name(&self) -> &'static str {
        self.name
    }
    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }
    /// The line above, the names, and the line below them.
    fn header_lines(&self) -> usize {
        3
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let null = match &layout.null {
            // In a list that a command made nothing is nothing, and no value.
            _ if layout.wraps => String::new(),
            Some(null) => visible(null),
            None => NULL.to_string(),
        };
        let columns = schema.fields().iter().map(|field| Column::new(&visible(field.name()), field.data_type())).collect();
        Ok(Box::new(Writer {
            out,
            layout,
            null,
            lines: self.lines,
            columns,
            head: Vec::new(),
            tail: VecDeque::new(),
            rows: 0,
            drawing: None,
        }))
    }
}

/// A value as lines of text; `None` is NULL.
type Cell = Option<Vec<String>>;
type Row = Vec<Cell>;

/// Rows by which the widths are chosen where rows are drawn as they come.
const SAMPLE: usize = 1_000;

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    layout: Layout,
    null: String,
    lines: &'static Lines,
    columns: Vec<Column>,
    head: Vec<Row>,
    /// The newest rows behind the head, as many as are shown.
    tail: VecDeque<Row>,
    rows: usize,
    /// Once rows are drawn as they come.
    drawing: Option<Drawing>,
}

impl Writer<'_> {
    fn keep(&mut self, row: Row) -> io::Result<()> {
        self.rows += 1;
        if let Some(drawing) = &self.drawing {
            return drawing.row(self.out, &row);
        }
        let Some(limit) = self.layout.max_rows else {
            self.head.push(row);
            if self.layout.streams && self.head.len() >= SAMPLE {
                self.begin()?;
            }
            return Ok(());
        };
        let first = limit.div_ceil(2);
        if self.head.len() < first {
            self.head.push(row);
            return Ok(());
        }
        // One row more than fits is kept, so that `… 1 more row` never takes the place of that row.
        if self.tail.len() > limit - first {
            self.tail.pop_front();
        }
        self.tail.push_back(row);
        Ok(())
    }

    /// Chooses the widths by the rows at hand, and draws the header and the first of them.
    fn begin(&mut self) -> io::Result<()> {
        for row in self.head.iter().chain(&self.tail) {
            for (column, cell) in self.columns.iter_mut().zip(row) {
                match cell {
                    Some(lines) => column.widen(lines),
                    None => column.widen(std::slice::from_ref(&self.null)),
                }
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
        let columns = std::mem::take(&mut self.columns);
        let drawing = Drawing { columns, shown, lines: self.lines, null: std::mem::take(&mut self.null), colour: self.layout.colour };
        drawing.header(self.out)?;
        for row in self.head.drain(..) {
            drawing.row(self.out, &row)?;
        }
        self.drawing = Some(drawing);
        Ok(())
    }
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let columns = Columns::new(batch.columns(), self.layout.zone.map_or(Instants::Spaced, Instants::Local)).map_err(io_error)?;
        let printers = columns.printers().map_err(io_error)?;
        let are_parted: Vec<bool> = batch.columns().iter().map(|column| self.layout.thousands && column.data_type().is_numeric()).collect();
        for row in 0..batch.num_rows() {
            let cells = printers.iter().zip(&are_parted).map(|(printer, is_parted)| {
                let text = printer.text(row).map_err(io_error)?;
                Ok(text.map(|text| if *is_parted { vec![parted(&text)] } else { lines(&text) }))
            });
            let cells: Row = cells.collect::<io::Result<_>>()?;
            self.keep(cells)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let mut hidden = if self.drawing.is_some() { 0 } else { self.rows - self.head.len() - self.tail.len() };
        if let Some(limit) = self.layout.max_rows
            && hidden > 0
            && self.head.len() + self.tail.len() > limit
        {
            self.tail.pop_front();
            hidden += 1;
        }
        if self.drawing.is_none() {
            self.begin()?;
        }
        let Self { out, tail, rows, layout, drawing, .. } = *self;
        let Some(drawing) = drawing else { return Ok(()) };
        if hidden > 0 {
            drawing.gap(out, hidden)?;
        }
        for row in &tail {
            drawing.row(out, row)?;
        }
        drawing.end(out)?;
        for line in footer(rows, hidden, &drawing, layout.width) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

/// Lines that the names of columns which were left out may take.
const MAX_NAME_LINES: usize = 3;

/// How many rows there are, and what of the result is not seen.
fn footer(rows: usize, hidden: usize, drawing: &Drawing, width: Option<usize>) -> Vec<String> {
    let mut count = format!("({rows} {}", if rows == 1 { "row" } else { "rows" });
    if hidden > 0 {
        count.push_str(&format!(", {} shown", rows - hidden));
    }
    let missing = drawing.missing();
    if missing.is_empty() {
        return vec![count + ")"];
    }
    let columns = drawing.columns.len();
    count.push_str(&format!("; {columns} columns, {} shown)", columns - missing.len()));
    let mut lines = fit::wrap(&count, width.unwrap_or(usize::MAX));
    let named = fit::wrap(&format!("not shown: {}", missing.join(", ")), width.unwrap_or(usize::MAX));
    let is_long = named.len() > MAX_NAME_LINES;
    lines.extend(named.into_iter().take(MAX_NAME_LINES));
    if is_long && let Some(last) = lines.last_mut() {
        *last = fit::cut(&format!("{last} …"), width.unwrap_or(usize::MAX));
    }
    lines
}

/// A number with its digits in threes, up to the point.
fn parted(number: &str) -> String {
    let start = number.find(|c: char| c.is_ascii_digit()).unwrap_or(number.len());
    let end = number[start..].find(|c: char| !c.is_ascii_digit()).map_or(number.len(), |at| start + at);
    let digits = end - start;
    let mut out = number[..start].to_string();
    for (at, digit) in number[start..end].chars().enumerate() {
        if at > 0 && (digits - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + &number[end..]
}

fn lines(text: &str) -> Vec<String> {
    if text.is_empty() {
        return vec![String::new()];
    }
    text.lines().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::super::tests::drawn;
    use super::*;

    fn numbered(n: i64) -> RecordBatch {
        let columns: [(&str, ArrayRef); 2] = [
            ("n", Arc::new((0..n).collect::<Int64Array>())),
            ("name", Arc::new((0..n).map(|i| (i % 3 > 0).then(|| format!("row {i}"))).collect::<StringArray>())),
        ];
        RecordBatch::try_from_iter(columns).expect("equal lengths")
    }

    #[test]
    fn ascii_lines_hold_the_same_table() {
        assert_eq!(
            drawn(&TABLE, &numbered(2), Layout::default()),
            "+---+-------+\n| n | name  |\n+---+-------+\n| 0 | NULL  |\n| 1 | row 1 |\n+---+-------+\n(2 rows)\n"
        );
    }

    #[test]
    fn footer_names_what_is_left_out() {
        let columns: Vec<(String, ArrayRef)> =
            (0..20).map(|i| (format!("column_{i}"), Arc::new(Int64Array::from(vec![i])) as ArrayRef)).collect();
        let batch = RecordBatch::try_from_iter(columns).expect("equal lengths");
        let text = drawn(&BOX, &batch, Layout { width: Some(80), ..Layout::default() });
        let footer: Vec<&str> = text.lines().skip_while(|line| !line.starts_with('(')).collect();
        assert_eq!(footer[0], "(1 row; 20 columns, 6 shown)");
        assert_eq!(footer[1], "not shown: column_6, column_7, column_8, column_9, column_10, column_11,");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let rows = drawn(&BOX, &numbered(50), Layout { max_rows: Some(4), ..Layout::default() });
        assert!(rows.ends_with("(50 rows, 4 shown)\n"), "{rows}");
    }

    #[test]
    fn digits_are_parted_up_to_the_point() {
        let cases = [
            ("1", "1"),
            ("1234", "1,234"),
            ("-1234567.1234", "-1,234,567.1234"),
            ("1e300", "1e300"),
            ("NaN", "NaN"),
            ("123456", "123,456"),
        ];
        for (number, shown) in cases {
            assert_eq!(parted(number), shown);
        }
    }

    #[test]
    fn null_is_drawn_as_chosen() {
        let text = drawn(&BOX, &numbered(1), Layout { null: Some("·".to_string()), ..Layout::default() });
        assert!(text.contains("│ 0 │ ·    │"), "{text}");
    }

    #[test]
    fn rows_that_stream_are_all_drawn_and_a_wider_number_is_not_cut() {
        let text = drawn(&BOX, &numbered(1_200), Layout { streams: true, width: Some(80), ..Layout::default() });
        assert_eq!(text.lines().count(), 1_205);
        assert!(text.contains("│ 1199 │"), "{text}");
        assert!(text.ends_with("(1200 rows)\n"));
    }
}
