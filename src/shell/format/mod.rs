//! `FORMATS`: every way to print rows. One file per format, one line here.
//!
//! A format turns batches into bytes and knows nothing of where they go. Text formats print instants as UTC without a needless fraction.
//! Adding one: implement [`Format`] and [`ResultWriter`] in a new file and name it in [`FORMATS`].

use std::io::{self, Write};

use chrono_tz::Tz;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

use crate::time::KnowledgeTime;

mod arrow_file;
mod cells;
mod csv;
mod html;
pub mod insert;
mod json;
mod line;
mod markdown;
mod ndjson;
mod parquet;
mod picture;
pub mod prose;
mod table;
mod tsv;
mod xlsx;

/// How much room there is, for formats that are drawn for the eye.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// Columns of the terminal; `None` where the output is no terminal and nothing may be cut.
    pub width: Option<usize>,
    /// Rows to show of a longer result, first and last ones; `None` for all.
    pub max_rows: Option<usize>,
    pub colour: bool,
    /// Whether a text that is too long goes on in the next line instead of being cut: for short lists that are to be read.
    pub wraps: bool,
    /// Whether a table's widths are those of its first rows, so that it can be read before its last row is known.
    pub streams: bool,
    /// Whether the bytes go to a file, which must be able to stand alone.
    pub is_file: bool,
    /// What is written for NULL; `None` for what the format has of its own.
    pub null: Option<String>,
    /// Whether tables part the digits of numbers.
    pub thousands: bool,
    /// In which tables show instants; UTC where none is set.
    pub zone: Option<Tz>,
    /// The table that INSERT statements are made for.
    pub table: Option<String>,
    /// What the rows answer, for formats that say it beside them.
    pub asked: Asked,
}

/// The question of a result: what a picture or a workbook says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    pub statement: String,
    /// The clock that it was asked under, if one was set.
    pub clock: Option<KnowledgeTime>,
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
    /// Lines at the top that say what the columns are, which a pager keeps in sight.
    fn header_lines(&self) -> usize {
        0
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
pub static FORMATS: &[&dyn Format] = &[
    &table::BOX,
    &table::TABLE,
    &csv::Csv,
    &tsv::Tsv,
    &json::Json,
    &ndjson::NdJson,
    &markdown::Markdown,
    &line::Line,
    &html::Html,
    &insert::Insert,
    &parquet::Parquet,
    &arrow_file::ArrowFile,
    &xlsx::Xlsx,
    &picture::SVG,
    &picture::PNG,
];

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

/// What tables for the eye write for NULL, where nothing else was said.
const NULL: &str = "NULL";

/// Keeps an I/O error what it is, so that a closed pipe is still known as one.
fn io_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};

    use super::*;

    /// A number, a text that needs quoting everywhere, and an instant; and a row of what is not there.
    pub fn sample() -> RecordBatch {
        let at = TimestampMicrosecondArray::from(vec![Some(1_674_851_400_000_000), None]).with_timezone("UTC");
        let columns: [(&str, ArrayRef); 3] = [
            ("n", Arc::new(Int64Array::from(vec![Some(1), None]))),
            ("text", Arc::new(StringArray::from(vec!["a 'quoted' <b> &\nand a line", ""]))),
            ("at", Arc::new(at)),
        ];
        RecordBatch::try_from_iter(columns).expect("equal lengths")
    }

    /// What a format makes of a batch.
    pub fn drawn(format: &dyn Format, batch: &RecordBatch, layout: Layout) -> String {
        let mut out = Vec::new();
        let mut writer = format.begin(&batch.schema(), &mut out, layout).expect("a vector takes all");
        writer.write(batch).expect("a vector takes all");
        writer.finish().expect("a vector takes all");
        String::from_utf8(out).expect("text")
    }

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
