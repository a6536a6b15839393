//! An Arrow IPC file (Feather version 2): one result.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::writer::FileWriter;

use super::{Format, Layout, ResultWriter, io_error};

pub struct ArrowFile;

impl Format for ArrowFile {
    fn name(&self) -> &'static str {
        "arrow"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["arrow", "feather", "ipc"]
    }
    fn is_binary(&self) -> bool {
        true
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), _: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let writer = FileWriter::try_new(out, schema).map_err(io_error)?;
        Ok(Box::new(Writer { writer }))
    }
}

struct Writer<'a> {
    writer: FileWriter<&'a mut (dyn Write + Send)>,
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        self.writer.write(batch).map_err(io_error)
    }
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.writer.finish().map_err(io_error)
    }
}
