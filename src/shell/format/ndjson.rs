//! Newline-delimited JSON: one object per row, nothing held back.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::json::Objects;
use super::{Format, Layout, ResultWriter, io_error};

pub struct NdJson;

impl Format for NdJson {
    fn name(&self) -> &'static str {
        "ndjson"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["ndjson", "jsonl"]
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
        Objects::new(batch).map_err(io_error)?.write(self.out, || "", "\n")
    }
    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}
