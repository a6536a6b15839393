//! Texts as they stand: what a command tells instead of rows. No mode chooses it.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::{Format, Layout, ResultWriter, io_error, texts};

pub struct Prose;

impl Format for Prose {
    fn name(&self) -> &'static str {
        "prose"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }
    fn begin<'a>(&self, _: &SchemaRef, out: &'a mut (dyn Write + Send), _: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        Ok(Box::new(Writer { out }))
    }
}

struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        for row in texts(batch).map_err(io_error)? {
            writeln!(self.out, "{}", row.join(" "))?;
        }
        Ok(())
    }
    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}
