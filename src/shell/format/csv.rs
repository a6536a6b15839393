//! CSV after RFC 4180: a header per result, quotes where they are needed, NULL as nothing at all, or as what was chosen for it. A text that reads
//! like NULL is quoted (an empty one is `""`).

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
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let header: Vec<String> = schema.fields().iter().map(|field| quoted(field.name(), "")).collect();
        writeln!(out, "{}", header.join(","))?;
        Ok(Box::new(Writer { out, null: layout.null.unwrap_or_default() }))
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
                let text = printer.text(row).map_err(io_error)?;
                let text = match (text, printers.len()) {
                    // A line without anything in it would be skipped by most readers.
                    (None, 1) if self.null.is_empty() => quoted("", ""),
                    (None, _) if self.null.is_empty() => String::new(),
                    // Its own reading is given, so that only separators in it are quoted.
                    (None, _) => quoted(&self.null, ""),
                    (Some(text), _) => quoted(&text, &self.null),
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

fn quoted(text: &str, null: &str) -> String {
    if text.is_empty() || text == null || text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn text_is_quoted_only_where_it_must_be() {
        assert_eq!(quoted("a b", ""), "a b");
        assert_eq!(quoted("a,b", ""), "\"a,b\"");
        assert_eq!(quoted("say \"hi\"\n", ""), "\"say \"\"hi\"\"\n\"");
        assert_eq!(quoted("", ""), "\"\"");
    }

    #[test]
    fn text_that_reads_like_null_is_quoted() {
        assert_eq!(quoted("NA", "NA"), "\"NA\"");
        assert_eq!(quoted("NA", ""), "NA");
    }
}
