//! One line per value, `column = value`, and a blank line between rows: for rows with many columns.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use unicode_width::UnicodeWidthStr;

use super::cells::{Columns, Instants, visible};
use super::{Format, Layout, NULL, ResultWriter, io_error};

pub struct Line;

impl Format for Line {
    fn name(&self) -> &'static str {
        "line"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let names: Vec<String> = schema.fields().iter().map(|field| visible(field.name())).collect();
        let width = names.iter().map(|name| name.width()).max().unwrap_or(0);
        let names = names.into_iter().map(|name| format!("{}{name}", " ".repeat(width - name.width()))).collect();
        let null = layout.null.unwrap_or_else(|| NULL.to_string());
        Ok(Box::new(Writer { out, names, width, null, is_first: true }))
    }
}

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    /// Names, padded to the widest.
    names: Vec<String>,
    width: usize,
    null: String,
    is_first: bool,
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let columns = Columns::new(batch.columns(), Instants::Spaced).map_err(io_error)?;
        let printers = columns.printers().map_err(io_error)?;
        // The lines of a value stand under its first.
        let under = format!("\n{}", " ".repeat(self.width + 3));
        for row in 0..batch.num_rows() {
            if !std::mem::take(&mut self.is_first) {
                writeln!(self.out)?;
            }
            for (name, printer) in self.names.iter().zip(&printers) {
                let text = match printer.text(row).map_err(io_error)? {
                    Some(text) => text.lines().map(visible).collect::<Vec<_>>().join(&under),
                    None => self.null.clone(),
                };
                writeln!(self.out, "{}", format!("{name} = {text}").trim_end())?;
            }
        }
        Ok(())
    }
    /// A blank line, as between rows, so that the next result is not read as one of them.
    fn finish(self: Box<Self>) -> io::Result<()> {
        if self.is_first { writeln!(self.out, "(0 rows)") } else { writeln!(self.out) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drawn, sample};
    use super::*;

    #[test]
    fn names_stand_on_the_right_and_lines_of_a_value_under_each_other() {
        assert_eq!(
            drawn(&Line, &sample(), Layout::default()),
            "   n = 1\ntext = a 'quoted' <b> &\n       and a line\n  at = 2023-01-27 20:30:00Z\n\n   n = NULL\ntext =\n  at = NULL\n\n"
        );
        assert_eq!(drawn(&Line, &sample().slice(0, 0), Layout::default()), "(0 rows)\n");
    }
}
