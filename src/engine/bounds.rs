//! What a statement may take: memory and time. A statement that takes more ends with a sentence, and so does one in which a reader of foreign
//! bytes gives up; the session goes on.
//!
//! Operators that know what they hold (sorts, aggregates, joins) ask the pool, which makes them spill; the rest is found by looking at what
//! the process has taken. Looking needs a statement that waits now and then: planning and executing run in tasks of their own for that
//! ([`super::interrupt`]), and what was given up ends at its next pause.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::Result as DataResult;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use datafusion::physical_plan::EmptyRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use futures::{Stream, StreamExt};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::fault;
use crate::error::{Error, Result};
use crate::guard::{self, Panicked};
use crate::memory;

/// How often is looked.
const EVERY: Duration = Duration::from_millis(20);
/// What was stopped ends at its next pause, and a large piece of work has none.
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(10);
/// Batches that are computed ahead of who takes them.
const AHEAD: usize = 2;

/// What a session was told; `None` is what the process may take, and any time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bounds {
    pub timeout: Option<Duration>,
    pub memory: Option<u64>,
}

impl Bounds {
    /// Memory that may be taken in all.
    pub fn memory(self) -> u64 {
        self.memory.unwrap_or_else(memory::limit)
    }
    /// Starts to watch a statement.
    pub fn watch(self) -> Watch {
        Watch { deadline: self.timeout.and_then(|time| Some((Instant::now().checked_add(time)?, time))), memory: self.memory() }
    }
}

/// The pool of the operators: what they hold is about two thirds of what their work takes.
pub fn pool(memory: u64) -> Arc<dyn MemoryPool> {
    Arc::new(FairSpillPool::new(usize::try_from(memory / 3 * 2).unwrap_or(usize::MAX)))
}

/// Reads a span of time as a user types it: `30s`, `5 minutes`; `0` and `none` are none.
///
/// # Errors
/// It is no span of time.
pub fn parse_timeout(text: &str) -> Result<Option<Duration>> {
    let unreadable = || Error::query(format!("`{text}` is no span of time")).hint("write '30s', '5min' or '1h'; 'none' sets no limit");
    let text = text.trim();
    if text == "0" || text.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| unreadable())?;
    let seconds = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "ms" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "second" | "seconds" => 1.0,
        "min" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3_600.0,
        _ => return Err(unreadable()),
    };
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(Duration::ZERO) => Ok(None),
        Ok(time) => Ok(Some(time)),
        Err(_) => Err(unreadable()),
    }
}

/// A span of time as it is shown.
pub fn shown_timeout(time: Duration) -> String {
    match (time.as_millis() % 1_000, time.as_secs()) {
        (0, seconds) if seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        (0, seconds) if seconds % 60 == 0 => format!("{}min", seconds / 60),
        (0, seconds) => format!("{seconds}s"),
        _ => format!("{}ms", time.as_millis()),
    }
}

/// One statement's bounds from its start on.
#[derive(Debug, Clone, Copy)]
pub struct Watch {
    deadline: Option<(Instant, Duration)>,
    memory: u64,
}

impl Watch {
    /// # Errors
    /// The statement has taken what it may.
    fn look(self) -> Result<()> {
        if let Some((deadline, time)) = self.deadline
            && Instant::now() >= deadline
        {
            return Err(Error::query(format!("stopped after {}, the time limit", shown_timeout(time)))
                .hint("ask for less, or give it more time: `SET contango.timeout = '10min'`, or 'none'"));
        }
        if memory::taken() > self.memory { Err(too_much(Some(self.memory))) } else { Ok(()) }
    }

    /// Waits a little where a statement that was stopped has not yet given back what it took.
    pub async fn room(self) {
        let mut ticks = ticks();
        for _ in 0..GIVEN_BACK_WITHIN.as_millis() / EVERY.as_millis() {
            ticks.tick().await;
            if memory::taken() <= self.memory {
                return;
            }
        }
    }

    /// Waits for work, within the bounds.
    ///
    /// # Errors
    /// The work's own, or it took more than it may, or something in it gave up.
    pub async fn over<T>(self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = std::pin::pin!(guard::caught_in(work));
        let mut ticks = ticks();
        loop {
            tokio::select! {
                biased;
                end = &mut work => return end.unwrap_or_else(|panicked| Err(gave_up(panicked))),
                _ = ticks.tick() => self.look()?,
            }
        }
    }

    /// The rows of a statement, computed beside who takes them, within the bounds.
    pub fn over_rows(self, mut rows: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let schema = rows.schema();
        let mut builder = RecordBatchReceiverStream::builder(schema, AHEAD);
        let sender = builder.tx();
        builder.spawn(async move {
            while let Some(batch) = rows.next().await {
                let is_last = batch.is_err();
                // nobody takes them any more: the statement was stopped
                if sender.send(batch).await.is_err() || is_last {
                    break;
                }
            }
            Ok(())
        });
        Box::pin(Watched { rows: builder.build(), watch: self, ticks: ticks() })
    }
}

fn ticks() -> Interval {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// What is said of a statement that takes more memory than it may.
pub fn too_much(memory: Option<u64>) -> Error {
    let may = memory.map(|memory| format!(" ({})", memory::shown(memory))).unwrap_or_default();
    Error::query(format!("the statement takes more memory than it may{may}"))
        .hint("ask for fewer rows or columns, or give it more: `SET contango.memory_limit = '8GiB'`, or `--memory-limit`")
}

fn gave_up(panicked: Panicked) -> Error {
    panicked.into_error(|said| {
        Error::query(format!("the engine gave up at this statement: {said}"))
            .hint("if it reads a file, the file is damaged; if not, report the statement with these words")
    })
}

struct Watched {
    rows: SendableRecordBatchStream,
    watch: Watch,
    ticks: Interval,
}

impl Watched {
    /// Ends the statement: what it runs is dropped.
    fn end(&mut self, error: Error) -> Poll<Option<DataResult<RecordBatch>>> {
        self.rows = Box::pin(EmptyRecordBatchStream::new(self.rows.schema()));
        Poll::Ready(Some(Err(error.into())))
    }
}

impl Stream for Watched {
    type Item = DataResult<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = match guard::caught(|| self.rows.poll_next_unpin(context)) {
            Ok(polled) => polled,
            Err(panicked) => return self.end(gave_up(panicked)),
        };
        match polled {
            Poll::Ready(Some(Ok(batch))) => match self.watch.look() {
                Ok(()) => Poll::Ready(Some(Ok(batch))),
                Err(error) => self.end(error),
            },
            Poll::Ready(Some(Err(error))) => self.end(fault::explain(error)),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                while self.ticks.poll_tick(context).is_ready() {
                    if let Err(error) = self.watch.look() {
                        return self.end(error);
                    }
                }
                Poll::Pending
            }
        }
    }
}

impl RecordBatchStream for Watched {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_time_is_written_with_its_unit() {
        for (text, seconds) in [("30s", 30.0), ("1.5 min", 90.0), ("2 hours", 7_200.0), ("250ms", 0.25)] {
            assert_eq!(parse_timeout(text).expect("a span"), Some(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["0", "none", "None", "0s"] {
            assert_eq!(parse_timeout(text).expect("none"), None, "{text}");
        }
        for text in ["", "30", "-1s", "s", "1 fortnight", "1e400s"] {
            assert!(parse_timeout(text).is_err(), "{text}");
        }
        let shown = ["30s", "90s", "5min", "2h", "250ms"].map(|text| parse_timeout(text).expect("a span").map(shown_timeout));
        assert_eq!(shown.map(Option::unwrap_or_default), ["30s", "90s", "5min", "2h", "250ms"]);
    }

    #[tokio::test]
    async fn work_that_does_not_end_is_stopped() {
        let bounds = Bounds { timeout: Some(Duration::from_millis(30)), memory: None };
        let error = bounds.watch().over(std::future::pending::<Result<()>>()).await.expect_err("stopped");
        assert!(error.message().contains("stopped after 30ms"), "{error}");
        let gave_up = Bounds::default().watch().over(async { panic!("a reader gives up") }).await;
        let error: Error = Result::<()>::expect_err(gave_up, "a panic");
        assert!(error.message().contains("a reader gives up"), "{error}");
    }
}
