//! Reads vintages series by series: batches that are sorted by series go in, one series at a time comes out.

use std::collections::VecDeque;

use datafusion::arrow::array::{Array, ArrayRef, Int64Array, cast::AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::cmp::distinct;
use datafusion::arrow::datatypes::{DataType, Int64Type, SchemaRef, TimeUnit};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::cast::{as_float64_array, as_string_array};
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;

use crate::quant::replay::Vintage;

/// Every vintage of one series.
pub struct Series {
    pub source: Option<String>,
    pub id: String,
    pub vintages: Vec<Vintage>,
    /// The rows that the vintages were read from, in the same order.
    pub rows: Vec<RecordBatch>,
}

pub struct SeriesReader {
    input: SendableRecordBatchStream,
    columns: Places,
    batch: Option<Read>,
    /// The series that is being put together.
    open: Option<Series>,
}

/// Where the columns stand in the input.
#[derive(Clone, Copy)]
struct Places {
    source: Option<usize>,
    series_id: usize,
    as_of: usize,
    value: usize,
    available_at: usize,
}

/// A batch, and the rows of it that were not yet taken.
struct Read {
    batch: RecordBatch,
    as_of: Int64Array,
    known_at: Int64Array,
    start: usize,
    /// One past the last row of each run of one series.
    ends: VecDeque<usize>,
}

impl SeriesReader {
    pub fn new(input: SendableRecordBatchStream) -> Result<Self> {
        let columns = Places::of(&input.schema())?;
        Ok(Self { input, columns, batch: None, open: None })
    }

    /// The next series; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Series>> {
        loop {
            while let Some(read) = &mut self.batch {
                let Some(end) = read.ends.pop_front() else {
                    self.batch = None;
                    break;
                };
                let run = read.take(self.columns, end)?;
                match &mut self.open {
                    Some(open) if open.id == run.id && open.source == run.source => {
                        open.vintages.extend(run.vintages);
                        open.rows.extend(run.rows);
                    }
                    open => {
                        if let Some(done) = open.replace(run) {
                            return Ok(Some(done));
                        }
                    }
                }
            }
            match self.input.try_next().await? {
                Some(batch) if batch.num_rows() > 0 => self.batch = Some(Read::new(batch, self.columns)?),
                Some(_) => {}
                None => return Ok(self.open.take()),
            }
        }
    }
}

impl Places {
    fn of(schema: &SchemaRef) -> Result<Self> {
        Ok(Self {
            source: schema.index_of("source").ok(),
            series_id: schema.index_of("series_id")?,
            as_of: schema.index_of("as_of")?,
            value: schema.index_of("value")?,
            available_at: schema.index_of("available_at")?,
        })
    }
}

impl Read {
    fn new(batch: RecordBatch, columns: Places) -> Result<Self> {
        let n = batch.num_rows();
        let mut differs = distinct(&batch.column(columns.series_id).slice(0, n - 1), &batch.column(columns.series_id).slice(1, n - 1))?;
        if let Some(source) = columns.source {
            let column = batch.column(source);
            let of_source = distinct(&column.slice(0, n - 1), &column.slice(1, n - 1))?;
            differs = datafusion::arrow::compute::or(&differs, &of_source)?;
        }
        let ends = differs.values().set_indices().map(|i| i + 1).chain([n]).collect();
        let (as_of, known_at) = (micros(batch.column(columns.as_of))?, micros(batch.column(columns.available_at))?);
        Ok(Self { batch, as_of, known_at, start: 0, ends })
    }

    /// The rows up to `end`, which are of one series.
    fn take(&mut self, columns: Places, end: usize) -> Result<Series> {
        let start = std::mem::replace(&mut self.start, end);
        let rows = self.batch.slice(start, end - start);
        let values = as_float64_array(self.batch.column(columns.value))?;
        let vintage = |i: usize| Vintage {
            as_of: self.as_of.value(i),
            known_at: self.known_at.value(i),
            value: values.is_valid(i).then(|| values.value(i)),
        };
        let text = |column: usize| -> Result<String> {
            Ok(as_string_array(&cast(&rows.column(column).slice(0, 1), &DataType::Utf8)?)?.value(0).to_string())
        };
        Ok(Series {
            source: columns.source.map(text).transpose()?,
            id: text(columns.series_id)?,
            vintages: (start..end).map(vintage).collect(),
            rows: vec![rows],
        })
    }
}

/// Dates and instants as microseconds since 1970.
fn micros(column: &ArrayRef) -> Result<Int64Array> {
    let instants = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    Ok(cast(&instants, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}
