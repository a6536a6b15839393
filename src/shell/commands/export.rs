//! `.export`: the last result, whole, into a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;

use super::{Command, Completes, Flow, file_of};
use crate::config::closest;
use crate::engine::{Answer, Session};
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::shell::Shell;
use crate::shell::format::FORMATS;
use crate::shell::output::{Output, format_of};
use crate::time::KnowledgeTime;

pub struct Export;

#[async_trait(?Send)]
impl Command for Export {
    fn name(&self) -> &'static str {
        "export"
    }
    fn argument(&self) -> &'static str {
        "FILE"
    }
    fn doc(&self) -> &'static str {
        "the last result, every row of it, to a file by its ending: csv, tsv, json, ndjson, parquet, arrow, xlsx, md, html, sql, txt"
    }
    fn completes(&self) -> Completes {
        Completes::Files
    }
    async fn run(&self, shell: &mut Shell, argument: &str) -> std::result::Result<Flow, Stop> {
        if argument.is_empty() {
            return Err(Error::usage("`.export` needs a file").hint("write `.export FILE.csv`").into());
        }
        let file = file_of(argument);
        let Some(format) = format_of(&file) else { return Err(unknown_ending(argument).into()) };
        shell.session.ensure_outside(&file)?;
        let (schema, stream) = last_rows(shell).await?;
        let mut output = Output::file(format, &file, shell.messages)?;
        *output.layout_mut() = shell.output.layout_mut().clone();
        let rows = Arc::new(AtomicUsize::new(0));
        let counted = {
            let rows = Arc::clone(&rows);
            stream.inspect_ok(move |batch| {
                rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
            })
        };
        output.rows(schema.clone(), Box::pin(RecordBatchStreamAdapter::new(schema, counted)), &|| ()).await?;
        output.finish()?;
        let rows = rows.load(Ordering::Relaxed);
        shell.messages.note(&format!("{rows} {} in `{}`", if rows == 1 { "row" } else { "rows" }, file.display()));
        Ok(Flow::Continue)
    }
}

/// The last result; one that was too large to keep is asked again, as it was.
async fn last_rows(shell: &mut Shell) -> Result<(SchemaRef, SendableRecordBatchStream)> {
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

fn unknown_ending(file: &str) -> Error {
    let endings: Vec<&str> = FORMATS.iter().flat_map(|format| format.extensions()).copied().collect();
    let ending = file.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    Error::usage(format!("the ending of `{file}` is that of no format")).hint(match closest(ending, endings.iter().copied()) {
        Some(near) => format!("did you mean `.{near}`?"),
        None => format!("one of {}", endings.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_an_ending_of_every_format_that_has_one() {
        for format in FORMATS.iter().filter(|format| !format.extensions().is_empty()) {
            assert!(format.extensions().iter().any(|ending| Export.doc().contains(ending)), "{} is missing", format.name());
        }
    }

    #[test]
    fn slip_in_the_ending_is_answered_with_the_nearest() {
        assert_eq!(unknown_ending("a.parqet").hint_text(), Some("did you mean `.parquet`?"));
        assert!(unknown_ending("a").hint_text().is_some_and(|hint| hint.starts_with("one of txt, csv")));
    }
}
