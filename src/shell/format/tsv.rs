//! Tab-separated values: a header per result; tab, line end and backslash are written `\t`, `\n`, `\r`, `\\`; NULL is empty, or what was chosen for it.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::cells::{Columns, Instants};
use super::{Format, Layout, ResultWriter, io_error};

pub struct Tsv;

impl Format for Tsv {
    fn name(&self) -> &'static str {
        "tsv"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["tsv", "tab"]
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let header: Vec<String> = schema.fields().iter().map(|field| escaped(field.name())).collect();
        writeln!(out, "{}", header.join("\t"))?;
        Ok(Box::new(Writer { out, null: layout.null.as_deref().map(escaped).unwrap_or_default() }))
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
            for (index, printer) in printers.iter().enumerate() {
                let text = printer.text(row).map_err(io_error)?.map_or_else(|| self.null.clone(), |text| escaped(&text));
                let tab = if index == 0 { "" } else { "\t" };
                write!(self.out, "{tab}{text}")?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }
    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn separators_inside_a_value_are_escaped() {
        assert_eq!(escaped("a\tb\nc\\d"), "a\\tb\\nc\\\\d");
    }
}
