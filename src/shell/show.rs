//! Queries that a dot command runs on the person's behalf and whose rows are its answer.
//!
//! They go the way of any statement, so that the clock, the mode and Ctrl-C hold for them; `.echo` tells them. They are not remembered: the
//! last result is the person's own.

use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;

use super::Shell;
use super::output::Output;
use super::printer::Printer;
use super::progress::Progress;
use crate::engine::{self, Answer, StatementText};
use crate::error::Error;
use crate::script::{Sink, Stop};

/// What becomes of texts that are too long for the terminal, in the rows that a dot command shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// They go on in the next line: to be read.
    Wrapped,
    /// One line a row: to be skimmed.
    Cut,
}

impl Shell {
    /// How wide the next result may be, where it is fitted to something.
    pub(super) fn width(&self) -> Option<usize> {
        self.output.width()
    }

    /// Tells the SQL that is about to run, if that is wanted.
    pub(super) fn echo(&self, sql: &str) {
        if self.telling.echo {
            self.messages.line(&format!("{sql};"));
        }
    }

    /// Runs a query and prints its rows; says whether there were any: without, nothing is printed.
    pub(super) async fn show(&mut self, sql: &str, texts: Texts) -> Result<bool, Stop> {
        self.echo(sql);
        let answer = self.session.run(sql).await.map_err(|error| without_place(&error))?;
        let Answer::Rows { schema, mut stream, notes, work, for_person } = answer else { return Ok(false) };
        let first = async {
            loop {
                match stream.next().await.transpose() {
                    Ok(Some(batch)) if batch.num_rows() == 0 => {}
                    other => return other,
                }
            }
        };
        let first = Progress::of(work.clone(), !self.messages.is_quiet()).during(first).await;
        let Some(first) = first.map_err(engine::explain)? else {
            self.messages.notes(&notes);
            return Ok(false);
        };
        let rows = futures::stream::once(async { Ok(first) }).chain(stream);
        let stream = Box::pin(RecordBatchStreamAdapter::new(schema.clone(), rows));
        let fitted = Fitted::to(&mut self.output, texts);
        let mut printer = Printer::new(&mut *fitted.output, self.messages, self.telling);
        let statement = StatementText { text: sql.to_string(), line: 1, character: 1 };
        printer.take(&mut self.session, &statement, Answer::Rows { schema, stream, notes, work, for_person }).await?;
        Ok(true)
    }
}

/// An output that cuts or wraps texts for one result, also one that Ctrl-C ends.
struct Fitted<'a> {
    output: &'a mut Output,
    before: bool,
}

impl<'a> Fitted<'a> {
    fn to(output: &'a mut Output, texts: Texts) -> Self {
        let before = std::mem::replace(&mut output.layout_mut().wraps, texts == Texts::Wrapped);
        Self { output, before }
    }
}

impl Drop for Fitted<'_> {
    fn drop(&mut self) {
        self.output.layout_mut().wraps = self.before;
    }
}

/// The place of an error in a statement that a dot command made says nothing to the person.
pub fn without_place(error: &Error) -> Error {
    let plain = Error::usage(error.message());
    match error.hint_text() {
        Some(hint) => plain.hint(hint),
        None => plain,
    }
}
