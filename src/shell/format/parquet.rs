//! A Parquet file: one result, zstd, types as the query gave them.

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;

use super::{Format, Layout, ResultWriter};

pub struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }
    fn extensions(&self) -> &'static [&'static str] {
        &["parquet"]
    }
    fn is_binary(&self) -> bool {
        true
    }
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), _: Layout) -> io::Result<Box<dyn ResultWriter + 'a>> {
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(parquet_error)?;
        Ok(Box::new(Writer { writer }))
    }
}

struct Writer<'a> {
    writer: ArrowWriter<&'a mut (dyn Write + Send)>,
}

impl ResultWriter for Writer<'_> {
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        self.writer.write(batch).map_err(parquet_error)
    }
    fn finish(self: Box<Self>) -> io::Result<()> {
        self.writer.close().map(drop).map_err(parquet_error)
    }
}

fn parquet_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
