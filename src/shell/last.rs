//! What the shell remembers of the statement before: its rows, for `.last`, `.export`, `.chart` and `FROM _`, and how far it has come.
//!
//! A result is as of an instant: under an earlier clock it is refused, on every path, since what was computed from the future would carry it
//! into the past.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt};

use super::printer::{elapsed_text, read_text};
use crate::engine::Work;
use crate::error::{Error, Kind, Result};
use crate::time::KnowledgeTime;

/// Bytes in memory above which a result is not kept.
pub const LARGEST: usize = 256 << 20;

/// The rows of a statement.
#[derive(Debug, Clone)]
pub struct Last {
    pub statement: String,
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
    /// The clock it was computed under; without one, the moment it was computed.
    pub known_at: KnowledgeTime,
    /// Whether a clock was set.
    pub is_clocked: bool,
}

impl Last {
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
    /// Its rows, as a query gives them.
    pub fn stream(&self) -> SendableRecordBatchStream {
        // Nothing here waits for anything: without a pause between batches Ctrl-C would not be seen.
        let batches = futures::stream::iter(self.batches.clone()).then(async |batch| {
            tokio::task::yield_now().await;
            Ok(batch)
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches))
    }
}

/// What is remembered.
#[derive(Debug, Default)]
pub struct Memory {
    /// Whether rows are kept: where nobody can look back they only take room.
    pub keeps_rows: bool,
    last: Kept,
    /// Rows of the last result, whether they were kept or not.
    pub rows: usize,
    /// The text of the last statement that was run, whatever it gave.
    statement: Option<String>,
    /// The statement that runs, or ran last.
    pub running: Option<(Work, Instant)>,
}

#[derive(Debug, Default)]
enum Kept {
    #[default]
    Nothing,
    /// Its output was cut short, or it held too many rows; with the statement that gives it again.
    Dropped {
        statement: String,
        why: &'static str,
        known_at: KnowledgeTime,
        is_clocked: bool,
    },
    Whole(Last),
}

impl Memory {
    /// The last result, as one who stands at `clock` may see it.
    ///
    /// # Errors
    /// There is none, or it knows what is later than the clock.
    pub fn last(&self, clock: Option<KnowledgeTime>) -> Result<&Last> {
        match &self.last {
            Kept::Nothing => Err(Error::usage("there is no last result").hint("run a query first")),
            Kept::Dropped { statement, why, .. } => {
                Err(Error::usage(format!("the last result was not kept: {why}")).hint(format!("run it again: {}", one_line(statement))))
            }
            Kept::Whole(last) => ensure_not_later(last.known_at, clock).map(|()| last),
        }
    }

    /// The last statement that was run.
    ///
    /// # Errors
    /// None was.
    pub fn statement(&self) -> Result<&str> {
        self.statement.as_deref().ok_or_else(|| Error::usage("no statement was run yet").hint("run one first"))
    }

    /// What is said when a person stops the statement that runs: what was done by then.
    pub fn cancelled(&mut self) -> Error {
        match self.running.take() {
            None => Error::cancelled(),
            Some((work, start)) => {
                Error::new(Kind::Cancelled, format!("cancelled after {}{}", elapsed_text(start.elapsed()), read_text(work.read())))
            }
        }
    }

    /// Forgets the last result: it was of another lake.
    pub fn forget(&mut self) {
        (self.last, self.rows) = (Kept::Nothing, 0);
    }

    /// Takes note of a statement that is about to run.
    pub fn begin(&mut self, statement: &str) {
        self.statement = Some(statement.to_string());
        self.running = None;
    }

    /// The query whose result was not kept and the clock that it ran under, for one who can do with running it again; `None` where the
    /// result was kept, or where there is none.
    ///
    /// # Errors
    /// It is later than the clock, or running it again would do more than ask.
    pub fn again(&self, clock: Option<KnowledgeTime>) -> Result<Option<(&str, Option<KnowledgeTime>)>> {
        let Kept::Dropped { statement, known_at, is_clocked, .. } = &self.last else { return Ok(None) };
        ensure_not_later(*known_at, clock)?;
        if !only_asks(statement) {
            return self.last(clock).map(|_| None);
        }
        Ok(Some((statement, if *is_clocked { Some(*known_at) } else { clock })))
    }

    /// Takes what a statement gave; says whether it was kept.
    pub fn keep(&mut self, statement: &str, schema: SchemaRef, recorded: Recorded, known_at: KnowledgeTime, is_clocked: bool) -> bool {
        let statement = statement.to_string();
        self.last = match recorded {
            Recorded::Whole(batches) => Kept::Whole(Last { statement, schema, batches, known_at, is_clocked }),
            Recorded::Cut => Kept::Dropped { statement, why: "its output was cut short", known_at, is_clocked },
            Recorded::TooLarge => Kept::Dropped { statement, why: "it takes more than 256 MiB", known_at, is_clocked },
        };
        matches!(self.last, Kept::Whole(_))
    }
}

fn ensure_not_later(known_at: KnowledgeTime, clock: Option<KnowledgeTime>) -> Result<()> {
    match clock {
        Some(clock) if clock < known_at => {
            Err(Error::query(format!("the last result is as known at {known_at}, later than the clock, {clock}"))
                .hint("run its statement again under this clock"))
        }
        _ => Ok(()),
    }
}

/// Whether a statement is a query by its first word; one that writes must not run a second time.
fn only_asks(statement: &str) -> bool {
    let mut text = statement.trim_start();
    loop {
        let rest = match text {
            comment if comment.starts_with("--") => comment.split_once('\n').map_or("", |(_, rest)| rest),
            comment if comment.starts_with("/*") => comment.split_once("*/").map_or("", |(_, rest)| rest),
            bracket if bracket.starts_with('(') => &bracket[1..],
            _ => break,
        };
        text = rest.trim_start();
    }
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_lowercase();
    ["select", "with", "from", "values", "pivot", "unpivot"].contains(&word.as_str())
}

/// A statement on one line, its beginning if it is long.
fn one_line(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What came through a recorded stream.
#[derive(Debug)]
pub enum Recorded {
    Whole(Vec<RecordBatch>),
    /// The stream was dropped before its end.
    Cut,
    TooLarge,
}

/// Remembers the batches of a stream that somebody else reads.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Recording>>);

#[derive(Debug, Default)]
struct Recording {
    batches: Vec<RecordBatch>,
    bytes: usize,
    has_ended: bool,
}

impl Recorder {
    pub fn over(&self, stream: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let schema = stream.schema();
        let (recorder, at_end) = (self.clone(), self.clone());
        let recorded = stream.inspect_ok(move |batch| recorder.take(batch));
        let end = futures::stream::poll_fn(move |_| {
            at_end.recording().has_ended = true;
            std::task::Poll::Ready(None)
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, futures::StreamExt::chain(recorded, end)))
    }

    pub fn recorded(self) -> Recorded {
        let mut recording = self.recording();
        match (recording.bytes > LARGEST, recording.has_ended) {
            (true, _) => Recorded::TooLarge,
            (false, false) => Recorded::Cut,
            (false, true) => Recorded::Whole(std::mem::take(&mut recording.batches)),
        }
    }

    fn take(&self, batch: &RecordBatch) {
        let mut recording = self.recording();
        recording.bytes += batch.get_array_memory_size();
        if recording.bytes > LARGEST {
            recording.batches.clear();
        } else {
            recording.batches.push(batch.clone());
        }
    }

    fn recording(&self) -> std::sync::MutexGuard<'_, Recording> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> SchemaRef {
        SchemaRef::new(datafusion::arrow::datatypes::Schema::empty())
    }

    fn at(text: &str) -> KnowledgeTime {
        KnowledgeTime::parse(text).expect("an instant")
    }

    #[test]
    fn result_is_refused_under_an_earlier_clock_on_every_path() {
        let mut memory = Memory::default();
        memory.keep("SELECT 1", schema(), Recorded::Whole(Vec::new()), at("2023-02-01"), true);
        assert!(memory.last(None).is_ok() && memory.last(Some(at("2023-02-01"))).is_ok());
        let error = memory.last(Some(at("2023-01-31"))).expect_err("later than the clock");
        assert!(error.to_string().starts_with("the last result is as known at 2023-02-01 00:00:00Z, later than the clock"), "{error}");
        memory.keep("SELECT 1", schema(), Recorded::TooLarge, at("2023-02-01"), true);
        assert!(memory.again(Some(at("2023-01-31"))).is_err());
        assert_eq!(memory.again(Some(at("2023-03-01"))).ok(), Some(Some(("SELECT 1", Some(at("2023-02-01"))))));
    }

    #[test]
    fn statement_that_writes_is_not_run_again() {
        let mut memory = Memory::default();
        memory.keep("INSERT INTO t SELECT 1", schema(), Recorded::Cut, at("2023-02-01"), false);
        assert!(memory.again(None).is_err());
        for (statement, is_query) in
            [("SELECT 1", true), ("-- why\n /* what */ (WITH a AS (SELECT 1) FROM a)", true), ("COPY t TO 'a.csv'", false), ("", false)]
        {
            assert_eq!(only_asks(statement), is_query, "{statement}");
        }
    }
}
