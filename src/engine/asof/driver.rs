//! Drives the merge: left rows as they come, right rows as far as they are needed, and a second pass for left rows that came out of order.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::{ArrayRef, RecordBatchOptions, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::StreamExt;
use tokio::sync::mpsc::Sender;

use super::exec::in_turn;
use super::merge::{Nearest, Run, match_run};
use super::window::{Order, Sought, Window};
use crate::error::Error;

/// What is asked of the two sides.
pub struct Wanted {
    pub nearest: Nearest,
    /// How the left side's bound compares with the right side's.
    pub bound: Option<Operator>,
    pub left: Sought,
    pub right: Sought,
    pub schema: SchemaRef,
}

pub struct Driver {
    pub wanted: Wanted,
    pub left_order: Option<LexOrdering>,
    pub right: Arc<dyn ExecutionPlan>,
    pub context: Arc<TaskContext>,
}

/// Whoever asked for the rows has gone: no error, only an end.
struct Gone;

type Output = Sender<Result<RecordBatch>>;

impl Driver {
    pub async fn run(self, left: SendableRecordBatchStream, output: Output) -> Result<()> {
        let left_schema = left.schema();
        let Some((rest, left)) = self.pass(left, &output, true).await? else { return Ok(()) };
        let rest = futures::stream::once(async move { Ok(rest) }).chain(left);
        let rest = self.sorted(Box::pin(RecordBatchStreamAdapter::new(left_schema, rest)))?;
        self.pass(rest, &output, false).await?;
        Ok(())
    }

    /// Merges left rows for as long as they are in order; gives back those that are not, from the first one on.
    async fn pass(
        &self,
        mut left: SendableRecordBatchStream,
        output: &Output,
        may_stop: bool,
    ) -> Result<Option<(RecordBatch, SendableRecordBatchStream)>> {
        // an operator that deals rows out to partitions can be executed once
        let plan = if may_stop { self.right.clone() } else { reset_plan_states(self.right.clone())? };
        let mut right = Right::new(in_turn(&plan, &self.context), &self.wanted);
        let mut before: Option<Window> = None;
        while let Some(batch) = left.next().await.transpose()? {
            if batch.num_rows() == 0 {
                continue;
            }
            let window = Window::of(batch, &self.wanted.left)?;
            match window.first_out_of_order(before.as_ref())? {
                None => {
                    if right.match_all(&window, output).await?.is_err() {
                        return Ok(None);
                    }
                    before = Some(window);
                }
                Some(row) if may_stop => {
                    let batch = &window.batch;
                    if row > 0 {
                        let ordered = Window::of(batch.slice(0, row), &self.wanted.left)?;
                        if right.match_all(&ordered, output).await?.is_err() {
                            return Ok(None);
                        }
                    }
                    return Ok(Some((batch.slice(row, batch.num_rows() - row), left)));
                }
                Some(_) => return Err(Error::internal("the left side of an as-of join was sorted and is out of order").into()),
            }
        }
        Ok(None)
    }

    fn sorted(&self, rest: SendableRecordBatchStream) -> Result<SendableRecordBatchStream> {
        let ordering = self.left_order.clone().ok_or_else(|| Error::internal("an as-of join without an order"))?;
        let schema = rest.schema();
        let once: Arc<dyn PartitionStream> = Arc::new(Once { schema: schema.clone(), stream: Mutex::new(Some(rest)) });
        let input = StreamingTableExec::try_new(schema, vec![once], None, vec![], false, None)?;
        SortExec::new(ordering, Arc::new(input)).execute(0, self.context.clone())
    }
}

/// The right side, a window of which is held.
struct Right<'a> {
    stream: SendableRecordBatchStream,
    wanted: &'a Wanted,
    window: Option<Window>,
    /// How keys of the window compare with those of the left rows at hand.
    order: Option<Order>,
    /// The run of the window that is being looked at.
    run: usize,
    /// How many of its rows were passed.
    passed: usize,
    is_over: bool,
}

impl<'a> Right<'a> {
    fn new(stream: SendableRecordBatchStream, wanted: &'a Wanted) -> Self {
        Self { stream, wanted, window: None, order: None, run: 0, passed: 0, is_over: false }
    }

    /// Matches every row of a left window and sends the joined rows.
    async fn match_all(&mut self, left: &Window, output: &Output) -> Result<Result<(), Gone>> {
        self.order = None;
        let mut joined = Joined { wanted: self.wanted, left, first: 0, found: Vec::with_capacity(left.time.len()) };
        for run in 0..left.n_runs() {
            let range = left.run(run);
            let mut next = range.start;
            while next < range.end {
                match self.stand_at(left, next)? {
                    Stand::Elsewhere => {
                        joined.found.extend(std::iter::repeat_n(None, range.end - next));
                        next = range.end;
                    }
                    // what was found is in the window that is left behind
                    Stand::NeedsNext => {
                        if joined.flush(self.window.as_ref(), output).await?.is_err() {
                            return Ok(Err(Gone));
                        }
                        self.advance(0).await?;
                    }
                    Stand::Here => {
                        let n = self.match_here(left, next..range.end, &mut joined.found);
                        next += n;
                        if next < range.end {
                            let kept = self.rows_to_keep();
                            if joined.flush(self.window.as_ref(), output).await?.is_err() {
                                return Ok(Err(Gone));
                            }
                            self.advance(kept).await?;
                        }
                    }
                }
            }
        }
        joined.flush(self.window.as_ref(), output).await
    }

    /// Moves to the run of the key of a left row, as far as the window goes.
    fn stand_at(&mut self, left: &Window, row: usize) -> Result<Stand> {
        let used_up = if self.is_over { Stand::Elsewhere } else { Stand::NeedsNext };
        let Some(window) = &self.window else { return Ok(used_up) };
        let order = match &self.order {
            Some(order) => order,
            None => self.order.insert(window.against(left)?),
        };
        while self.run < window.n_runs() {
            match order.compare(window.run(self.run).start, row) {
                Ordering::Less => {
                    self.run += 1;
                    self.passed = 0;
                }
                Ordering::Equal => return Ok(Stand::Here),
                Ordering::Greater => return Ok(Stand::Elsewhere),
            }
        }
        Ok(used_up)
    }

    /// Matches left rows of the key of the run; gives back how many the window sufficed for.
    fn match_here(&mut self, left: &Window, rows: std::ops::Range<usize>, found: &mut Vec<Option<u32>>) -> usize {
        let Some(window) = &self.window else { return 0 };
        let range = window.run(self.run);
        let is_whole = self.is_over || self.run + 1 < window.n_runs();
        let run = Run { time: &window.time[range.clone()], is_whole };
        let (n_before, first) = (found.len(), range.start as u32);
        let n = match_run(self.wanted.nearest, &left.time[rows.clone()], run, &mut self.passed, found);
        for (place, row) in found[n_before..].iter_mut().zip(rows) {
            *place = place.filter(|_| left.is_matchable(row)).map(|place| first + place);
        }
        n
    }

    /// How many rows at the end of the window may still be matched.
    fn rows_to_keep(&self) -> usize {
        let Some(window) = &self.window else { return 0 };
        let n = window.run(self.run).len();
        if self.wanted.nearest.looks_back() { n - self.passed.saturating_sub(1) } else { n - self.passed }
    }

    /// The next window, which begins with the last rows of this one.
    async fn advance(&mut self, kept: usize) -> Result<()> {
        let kept_rows = self.window.as_ref().filter(|_| kept > 0).map(|w| w.batch.slice(w.batch.num_rows() - kept, kept));
        loop {
            let Some(batch) = self.stream.next().await.transpose()? else {
                self.is_over = true;
                return Ok(());
            };
            let new = Window::of(batch, &self.wanted.right)?.matchable(&self.wanted.right)?;
            if new.time.is_empty() {
                continue;
            }
            // an order is declared by whoever made the file; a wrong one would match rows of the future
            if new.first_out_of_order(self.window.as_ref())?.is_some() {
                return Err(Error::query("the right side of an ASOF JOIN is not in the order that it was declared in")
                    .hint("`WITH ORDER` of an external table says how its file is sorted; without it the rows are sorted here")
                    .into());
            }
            self.order = None;
            // of the rows that were passed the last one is kept by those who look back
            self.passed = if kept > 0 && self.wanted.nearest.looks_back() { self.passed.min(1) } else { 0 };
            self.run = 0;
            self.window = Some(match &kept_rows {
                Some(kept) => Window::of(concat_batches(&kept.schema(), [kept, &new.batch])?, &self.wanted.right)?,
                None => new,
            });
            return Ok(());
        }
    }
}

/// Where the right side stands for a left row.
enum Stand {
    /// At the run of its key.
    Here,
    /// Behind it: there is no such key.
    Elsewhere,
    /// Before it, and the window is used up.
    NeedsNext,
}

/// Left rows with the places of their matches in the right window.
struct Joined<'a> {
    wanted: &'a Wanted,
    left: &'a Window,
    /// The first left row that was not sent.
    first: usize,
    found: Vec<Option<u32>>,
}

impl Joined<'_> {
    /// Sends the rows found so far.
    async fn flush(&mut self, right: Option<&Window>, output: &Output) -> Result<Result<(), Gone>> {
        if self.found.is_empty() {
            return Ok(Ok(()));
        }
        let n = self.found.len();
        let left = self.left.batch.slice(self.first, n);
        if let (Some(op), Some(right)) = (self.wanted.bound, right) {
            self.drop_stale(op, right);
        }
        let places: UInt32Array = self.found.drain(..).collect();
        let n_left = left.num_columns();
        let of_right = |column: usize| -> Result<ArrayRef> {
            Ok(match right {
                Some(right) => take(right.batch.column(column - n_left), &places, None)?,
                None => datafusion::arrow::array::new_null_array(self.wanted.schema.field(column).data_type(), n),
            })
        };
        let right_columns = (n_left..self.wanted.schema.fields().len()).map(of_right).collect::<Result<Vec<_>>>()?;
        let columns = left.columns().iter().cloned().chain(right_columns).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(n));
        let batch = RecordBatch::try_new_with_options(self.wanted.schema.clone(), columns, &options)?;
        self.first += n;
        Ok(output.send(Ok(batch)).await.map_err(|_| Gone))
    }

    /// A match beyond the bound is none.
    fn drop_stale(&mut self, op: Operator, right: &Window) {
        let (Some(own), Some(other)) = (&self.left.bound, &right.bound) else { return };
        for (n, place) in self.found.iter_mut().enumerate() {
            *place = place.filter(|place| {
                let (own, other) = (own[self.first + n], other[*place as usize]);
                match op {
                    Operator::Lt => own < other,
                    Operator::LtEq => own <= other,
                    Operator::Gt => own > other,
                    _ => own >= other,
                }
            });
        }
    }
}

/// A stream as the input of an operator, once.
struct Once {
    schema: SchemaRef,
    stream: Mutex<Option<SendableRecordBatchStream>>,
}

impl std::fmt::Debug for Once {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the left rows that were out of order")
    }
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }
    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let stream = self.stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let empty = || Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::empty())) as SendableRecordBatchStream;
        stream.unwrap_or_else(empty)
    }
}
