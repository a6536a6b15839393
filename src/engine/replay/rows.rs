//! The rows of a replay on their way into a batch.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Builder, Int64Array, StringBuilder, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::Result;

use super::call::{Call, Measure};
use crate::quant::replay::{Replay, measure};

pub struct Rows {
    call: Arc<Call>,
    schema: SchemaRef,
    series_id: StringBuilder,
    known_at: Vec<i64>,
    as_of: Vec<i64>,
    value: Float64Builder,
    n: Vec<i64>,
    /// The figures of the measure, in the order of their columns.
    figures: [Float64Builder; 3],
    available_at: Vec<i64>,
}

impl Rows {
    pub fn new(call: Arc<Call>, schema: SchemaRef) -> Self {
        Self {
            call,
            schema,
            series_id: StringBuilder::new(),
            known_at: Vec::new(),
            as_of: Vec::new(),
            value: Float64Builder::new(),
            n: Vec::new(),
            figures: Default::default(),
            available_at: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.as_of.len()
    }

    /// Adds what is known at an instant, at which the replay stands.
    pub fn push(&mut self, series_id: &str, instant: i64, replay: &Replay) {
        let window = replay.terms();
        if self.call.measure == Measure::Panel {
            for term in window {
                self.begin(series_id, instant, term.as_of, term.value);
                self.available_at.push(term.known_at);
            }
            return;
        }
        let Some(newest) = window.last() else { return };
        self.begin(series_id, instant, newest.as_of, newest.value);
        self.n.push(window.len() as i64);
        let is_enough = window.len() >= self.call.min_periods;
        let figures = match self.call.measure {
            Measure::ZScore => {
                let spread = measure::spread(window);
                [Some(spread.mean), spread.std, measure::zscore(window, spread).filter(|_| is_enough)]
            }
            Measure::Mean => [Some(measure::spread(window).mean).filter(|_| is_enough), None, None],
            Measure::Deviation => [measure::spread(window).std.filter(|_| is_enough), None, None],
            Measure::PercentileRank => [measure::percentile_rank(window).filter(|_| is_enough), None, None],
            Measure::GrowthOfYear => {
                let (earlier, growth) = measure::growth_of_a_year(replay.observations(), newest.as_of);
                [earlier, growth, None]
            }
            Measure::Panel | Measure::FirstRelease => [None; 3],
        };
        for (column, figure) in self.figures.iter_mut().zip(figures) {
            column.append_option(figure);
        }
    }

    fn begin(&mut self, series_id: &str, instant: i64, as_of: i64, value: f64) {
        self.series_id.append_value(series_id);
        self.known_at.push(instant);
        self.as_of.push(as_of);
        self.value.append_value(value);
    }

    /// The rows so far, which are then forgotten.
    pub fn take(&mut self) -> Result<RecordBatch> {
        let instants = |micros: Vec<i64>| Arc::new(TimestampMicrosecondArray::from(micros));
        let n: ArrayRef = Arc::new(Int64Array::from(std::mem::take(&mut self.n)));
        let [first, second, third] = &mut self.figures;
        let mut figures = [first, second, third].map(|column| Arc::new(column.finish()) as ArrayRef).into_iter();
        let own: Vec<ArrayRef> = match self.call.measure {
            Measure::ZScore => {
                let mut columns: Vec<ArrayRef> = figures.collect();
                columns.insert(2, n);
                columns
            }
            Measure::Mean | Measure::Deviation | Measure::PercentileRank => [n].into_iter().chain(figures.next()).collect(),
            Measure::GrowthOfYear => figures.take(2).collect(),
            Measure::Panel => vec![instants(std::mem::take(&mut self.available_at))],
            Measure::FirstRelease => Vec::new(),
        };
        let known_at = instants(std::mem::take(&mut self.known_at));
        let as_of = instants(std::mem::take(&mut self.as_of));
        let shared: [ArrayRef; 4] = [Arc::new(self.series_id.finish()), known_at, as_of, Arc::new(self.value.finish())];
        let columns = shared.into_iter().chain(own).zip(self.schema.fields());
        // dates and instants are held as microseconds and become what their columns are
        let columns = columns.map(|(column, field)| Ok(cast(&column, field.data_type())?)).collect::<Result<_>>()?;
        Ok(RecordBatch::try_new(self.schema.clone(), columns)?)
    }
}
