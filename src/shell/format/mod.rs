//! `FORMATS`: every way to print rows. One file per format, one line here.
//!
//! A format turns batches into bytes and knows nothing of where they go. Text formats print instants as UTC without a needless fraction.
//! Adding one: implement [`Format`] and [`ResultWriter`] in a new file and name it in [`FORMATS`].

use std::io::{self, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

mod arrow_file;
mod cells;
mod csv;
mod json;
mod markdown;
mod ndjson;
mod parquet;
mod table;
mod tsv;

/// How much room there is, for formats that are drawn for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// Columns of the terminal; `None` where the output is no terminal and nothing may be cut.
    pub width: Option<usize>,
    /// Rows to show of a longer result, first and last ones; `None` for all.
    pub max_rows: Option<usize>,
    pub colour: bool,
    /// Whether a text that is too long goes on in the next line instead of being cut: for short lists that are to be read.
    pub wraps: bool,
}

/// A way to print results.
pub trait Format: Sync {
    /// Name for `--format` and `.mode`.
    fn name(&self) -> &'static str;
    /// Endings of file names that mean this format where `--format` is not given.
    fn extensions(&self) -> &'static [&'static str];
    /// Whether the bytes are no text, so that a terminal must not get them and one file holds one result.
    fn is_binary(&self) -> bool {
        false
    }
    /// Starts one result.
    ///
    /// # Errors
    /// The output cannot be written.
    fn begin<'a>(&self, schema: &SchemaRef, out: &'a mut (dyn Write + Send), layout: Layout) -> io::Result<Box<dyn ResultWriter + 'a>>;
}

/// Takes the batches of one result.
pub trait ResultWriter {
    /// # Errors
    /// The output cannot be written, or a value cannot be printed.
    fn write(&mut self, batch: &RecordBatch) -> io::Result<()>;
    /// Writes what is left: a footer, a closing bracket.
    ///
    /// # Errors
    /// The output cannot be written.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Every format; the first is the default.
pub static FORMATS: &[&dyn Format] =
    &[&table::Table, &csv::Csv, &tsv::Tsv, &json::Json, &ndjson::NdJson, &markdown::Markdown, &parquet::Parquet, &arrow_file::ArrowFile];

/// The format of this name.
pub fn find(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

/// The format that a file's ending stands for.
pub fn of_extension(extension: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.extensions().contains(&extension))
}

/// The rows of a batch as texts; NULL is an empty one.
///
/// # Errors
/// A value that has no text.
pub fn texts(batch: &RecordBatch) -> Result<Vec<Vec<String>>, ArrowError> {
    let columns = cells::Columns::new(batch.columns(), cells::Instants::Spaced)?;
    let printers = columns.printers()?;
    let row = |row| printers.iter().map(|printer| Ok(printer.text(row)?.unwrap_or_default())).collect();
    (0..batch.num_rows()).map(row).collect()
}

/// Keeps an I/O error what it is, so that a closed pipe is still known as one.
fn io_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_are_unique() {
        for (index, format) in FORMATS.iter().enumerate() {
            for other in &FORMATS[index + 1..] {
                assert_ne!(format.name(), other.name());
                assert!(format.extensions().iter().all(|e| !other.extensions().contains(e)));
            }
        }
    }
}
