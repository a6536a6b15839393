//! The last result, whole, for the commands that cannot do with a part of it: one that was not kept (its pager was left early, or it was too
//! large) is asked again, under the clock that it was asked under.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;

use crate::engine::{self, Answer, Session};
use crate::error::{Error, Result};
use crate::shell::Shell;
use crate::shell::last::{LARGEST, Last, Recorded};
use crate::time::{IngestTime, KnowledgeTime};

/// The rows of the last result, from memory or from its statement.
///
/// # Errors
/// There is none, it is later than the clock, or its statement fails now.
pub async fn last_rows(shell: &mut Shell) -> Result<(SchemaRef, SendableRecordBatchStream)> {
    let again = shell.memory.again(shell.session.clock())?.map(|(statement, clock)| (statement.to_string(), clock));
    let Some((statement, clock)) = again else {
        let last = shell.last()?;
        return Ok((last.schema.clone(), last.stream()));
    };
    shell.messages.note("the last result was not kept: its statement runs again");
    let answer = At::clock(&mut shell.session, clock).session.run(&statement).await?;
    match answer {
        Answer::Rows { schema, stream, .. } => Ok((schema, stream)),
        Answer::Done { .. } => Err(Error::usage("the last statement gave no rows")),
    }
}

/// The last result in memory; one that had to be asked again is kept now.
///
/// # Errors
/// As [`last_rows`], or it is too large.
pub async fn last(shell: &mut Shell) -> Result<&Last> {
    let again = shell.memory.again(shell.session.clock())?.map(|(statement, clock)| (statement.to_string(), clock));
    let Some((statement, clock)) = again else { return shell.last() };
    let known_at = clock.unwrap_or_else(|| IngestTime::now().as_knowledge());
    let (schema, mut stream) = last_rows(shell).await?;
    let (mut batches, mut bytes) = (Vec::<RecordBatch>::new(), 0);
    while let Some(batch) = stream.try_next().await.map_err(engine::explain)? {
        bytes += batch.get_array_memory_size();
        if bytes > LARGEST {
            return Err(Error::usage("the last result takes more than 256 MiB").hint("select fewer columns, or a row per day or week"));
        }
        batches.push(batch);
    }
    shell.session.keep_result(&schema, &batches, known_at)?;
    shell.memory.keep(&statement, schema, Recorded::Whole(batches), known_at, clock.is_some());
    shell.last()
}

/// A session at another clock, which stands where it stood when this is dropped, also in the middle of a statement.
struct At<'a> {
    session: &'a mut Session,
    before: Option<KnowledgeTime>,
}

impl<'a> At<'a> {
    fn clock(session: &'a mut Session, clock: Option<KnowledgeTime>) -> Self {
        let before = session.clock();
        session.set_clock(clock);
        Self { session, before }
    }
}

impl Drop for At<'_> {
    fn drop(&mut self) {
        self.session.set_clock(self.before);
    }
}
