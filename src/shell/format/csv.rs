//! CSV after RFC 4180: a header per result, quotes where they are needed, NULL as nothing at all (an empty text is `""`).

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::cells::{Columns, Instants};
use super::{Format, Layout, ResultWriter, io_error};

pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), _: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let header: Vec<String> = schema.fields().iter().map(|field| quoted(Some(field.name()))).collect();
        writeln!(out, "{}", header.join(","))?;
        Ok(Box::new(Writer { out }))
    }
}

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let columns = Columns::new(batch.columns(), Instants::Spaced).map_err(io_error)?;
        let printers = columns.printers().map_err(io_error)?;
        for row in 0..batch.num_rows() {
            for (index, printer) in printers.iter().enumerate() {
                let text = printer.text(row).map_err(io_error)?;
                let text = match (text, printers.len()) {
                    // A line without anything in it would be skipped by most readers.
                    (None, 1) => quoted(Some("")),
                    (text, _) => quoted(text.as_deref()),
                };
                let comma = if index == 0 { "" } else { "," };
                write!(self.out, "{comma}{text}")?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }
    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

fn quoted(text: Option<&str>) -> String {
    match text {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains([',', '"', '\n', '\r']) => format!("\"{}\"", text.replace('"', "\"\"")),
        Some(text) => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn text_is_quoted_only_where_it_must_be() {
        assert_eq!(quoted(Some("a b")), "a b");
        assert_eq!(quoted(Some("a,b")), "\"a,b\"");
        assert_eq!(quoted(Some("say \"hi\"\n")), "\"say \"\"hi\"\"\n\"");
        assert_eq!(quoted(Some("")), "\"\"");
        assert_eq!(quoted(None), "");
    }
}
