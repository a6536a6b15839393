//! A stretch of rows of one side of an as-of join, with what is compared of them at hand: keys of one type on both sides, instants as
//! integers, and where each run of a key begins.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, DynComparator, make_comparator};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use datafusion::arrow::compute::{SortOptions, cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;

use crate::engine::changes::changes_of;

/// What is computed of the rows of one side.
#[derive(Debug, Clone)]
pub struct Sought {
    pub keys: Vec<(Arc<dyn PhysicalExpr>, DataType)>,
    pub time: (Arc<dyn PhysicalExpr>, DataType),
    pub bound: Option<(Arc<dyn PhysicalExpr>, DataType)>,
}

pub struct Window {
    pub batch: RecordBatch,
    keys: Vec<ArrayRef>,
    /// Before every other where it is NULL, as rows are sorted: under a NULL there may lie any number.
    pub time: ScalarBuffer<i64>,
    /// What bounds a match, for each row.
    pub bound: Option<ScalarBuffer<i64>>,
    /// Rows that can be matched; `None` where all can.
    matchable: Option<BooleanBuffer>,
    /// First rows of the runs of a key, and the number of rows.
    starts: Vec<usize>,
}

impl Window {
    pub fn of(batch: RecordBatch, sought: &Sought) -> Result<Self> {
        let n = batch.num_rows();
        let value = |expr: &Arc<dyn PhysicalExpr>| expr.evaluate(&batch)?.into_array(n);
        let keys = sought.keys.iter().map(|(expr, kind)| Ok(cast(&value(expr)?, kind)?)).collect::<Result<Vec<_>>>()?;
        let numbers = |(expr, kind): &(Arc<dyn PhysicalExpr>, DataType)| -> Result<_> { Ok(numbers_of(&value(expr)?, kind)?) };
        let (time, no_time) = numbers(&sought.time)?;
        let (bound, no_bound) = sought.bound.as_ref().map(numbers).transpose()?.unzip();
        let of_keys = keys.iter().map(|key| key.logical_nulls());
        let nulls = of_keys.chain([no_time, no_bound.flatten()]).fold(None, |all, own| NullBuffer::union(all.as_ref(), own.as_ref()));
        let mut differ = BooleanBuffer::new_unset(n.saturating_sub(1));
        for key in &keys {
            differ = &differ | &changes_of(key, n.saturating_sub(1))?;
        }
        let starts = std::iter::once(0).chain(differ.set_indices().map(|i| i + 1)).chain([n]).collect();
        Ok(Self { time, bound, batch, keys, matchable: nulls.filter(|nulls| nulls.null_count() > 0).map(NullBuffer::into_inner), starts })
    }

    /// The rows that can be matched alone.
    pub fn matchable(self, sought: &Sought) -> Result<Self> {
        match self.matchable {
            None => Ok(self),
            Some(mask) => Self::of(filter_record_batch(&self.batch, &BooleanArray::new(mask, None))?, sought),
        }
    }

    pub fn is_matchable(&self, row: usize) -> bool {
        self.matchable.as_ref().is_none_or(|matchable| matchable.value(row))
    }
    pub fn n_runs(&self) -> usize {
        self.starts.len() - 1
    }
    pub fn run(&self, run: usize) -> std::ops::Range<usize> {
        self.starts[run]..self.starts[run + 1]
    }

    /// How keys of rows of this window compare with those of another.
    pub fn against(&self, other: &Self) -> Result<Order, ArrowError> {
        let compare = |(own, other): (&ArrayRef, &ArrayRef)| make_comparator(own, other, SortOptions::default());
        Ok(Order(self.keys.iter().zip(&other.keys).map(compare).collect::<Result<_, _>>()?))
    }

    /// The first row that comes before the row above it, in order of keys and time. `before` is the stretch that came before.
    pub fn first_out_of_order(&self, before: Option<&Self>) -> Result<Option<usize>, ArrowError> {
        if let Some(before) = before {
            let last = before.time.len() - 1;
            let order = before.against(self)?.compare(last, 0).then(before.time[last].cmp(&self.time[0]));
            if order == Ordering::Greater {
                return Ok(Some(0));
            }
        }
        let own = self.against(self)?;
        for run in 0..self.n_runs() {
            let range = self.run(run);
            if run > 0 && own.compare(range.start - 1, range.start) == Ordering::Greater {
                return Ok(Some(range.start));
            }
            let times = &self.time[range.clone()];
            if !times.is_sorted()
                && let Some(row) = (range.start + 1..range.end).find(|&row| self.time[row - 1] > self.time[row])
            {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

/// Compares the keys of rows of two windows.
pub struct Order(Vec<DynComparator>);

impl Order {
    pub fn compare(&self, own: usize, other: usize) -> Ordering {
        self.0.iter().map(|compare| compare(own, other)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// Instants or whole numbers as numbers of one kind, in their own order, and which of them are NULL. Of two units the finer one is compared
/// in; what it has no room for lies beyond whatever it has room for.
fn numbers_of(values: &ArrayRef, kind: &DataType) -> Result<(ScalarBuffer<i64>, Option<NullBuffer>), ArrowError> {
    let is_nanos = |kind: &DataType| matches!(kind, DataType::Timestamp(TimeUnit::Nanosecond, _));
    let is_finer = is_nanos(kind) && !is_nanos(values.data_type());
    let own = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let numbers = cast(&cast(values, if is_finer { &own } else { kind })?, &DataType::Int64)?;
    let (numbers, nulls) = (numbers.as_primitive::<Int64Type>(), numbers.logical_nulls().filter(|nulls| nulls.null_count() > 0));
    if !is_finer && nulls.is_none() {
        return Ok((numbers.values().clone(), None));
    }
    let scale = if is_finer { 1_000 } else { 1 };
    let number = |row: usize| match &nulls {
        Some(nulls) if nulls.is_null(row) => i64::MIN,
        _ => numbers.value(row).saturating_mul(scale),
    };
    Ok(((0..numbers.len()).map(number).collect(), nulls))
}
