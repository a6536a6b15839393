//! Markdown tables, row by row: numbers to the right, NULL as `NULL`, or what was chosen for it.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::cells::{Columns, Instants};
use super::{Format, Layout, NULL, ResultWriter, io_error};

pub struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["md"]
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let mut header = String::from("|");
        let mut rule = String::from("|");
        for field in schema.fields() {
            header.push_str(&format!(" {} |", escaped(field.name())));
            rule.push_str(if field.data_type().is_numeric() { " ---: |" } else { " --- |" });
        }
        writeln!(out, "{header}\n{rule}")?;
        let null = escaped(layout.null.as_deref().unwrap_or(NULL));
        Ok(Box::new(Writer { out, null }))
    }
}

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    null: String,
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let columns = Columns::new(batch.columns(), Instants::Spaced).map_err(io_error)?;
        let printers = columns.printers().map_err(io_error)?;
        for row in 0..batch.num_rows() {
            write!(self.out, "|")?;
            for printer in &printers {
                let text = printer.text(row).map_err(io_error)?;
                write!(self.out, " {} |", text.as_deref().map_or_else(|| self.null.clone(), escaped))?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }
    /// A blank line, since two tables without one are read as one.
    fn finish(self: Box<Self>) -> io::Result<()> {
        writeln!(self.out)
    }
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace("\r\n", "<br>").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn bars_and_line_ends_do_not_break_the_table() {
        assert_eq!(escaped("a|b\nc"), "a\\|b<br>c");
    }
}
