//! The interactive shell and the ways a result is printed.
//!
//! Three things are kept apart, so that each can grow alone: `repl` (the loop: lines, history, interruption), `commands` (the dot commands,
//! one file each) and `format` with `output` (how rows are drawn and where they go). The command line uses the last of them without the
//! first two. Between them stands [`Shell`]: what a dot command may look at and change.
//!
//! The shell knows nothing that SQL does not: a dot command asks the session.

use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt};

use crate::engine::{self, Answer, Session, StatementText};
use crate::error::{Error, Result, system_words};
use crate::script::{self, Script, Sink, Stop};

mod commands;
pub mod format;
mod input;
mod last;
pub mod messages;
pub mod output;
pub mod printer;
mod progress;
pub mod repl;

use commands::Flow;
use input::Piece;
use last::{Last, Memory};
use messages::Messages;
use output::Output;
use printer::{Printer, Telling};

/// Rows of a result that a terminal shows, before `.maxrows` says otherwise.
pub const MAX_ROWS: usize = 40;

/// What becomes of texts that are too long for the terminal, in the rows that a dot command shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Texts {
    /// They go on in the next line: to be read.
    Wrapped,
    /// One line a row: to be skimmed.
    Cut,
}

/// A session with a place to print to.
pub struct Shell {
    pub session: Session,
    pub output: Output,
    pub messages: Messages,
    /// What is told of each statement beside its rows.
    pub telling: Telling,
    /// The statement before, and its rows.
    memory: Memory,
}

impl Shell {
    pub fn new(session: Session, output: Output, messages: Messages) -> Self {
        Self { session, output, messages, telling: Telling::default(), memory: Memory::default() }
    }

    /// The last result.
    ///
    /// # Errors
    /// There is none, or it knows what is later than the clock.
    pub fn last(&self) -> Result<&Last> {
        self.memory.last(self.session.clock())
    }

    /// Runs statements and dot commands as they stand in a text, up to the first error or `.quit`.
    ///
    /// # Errors
    /// The first statement or command that fails; those before it have run.
    pub async fn run(&mut self, file: Option<&str>, text: &str) -> Result<Flow, Stop> {
        for piece in input::pieces(text) {
            match piece {
                Piece::Statements(text) => {
                    let mut printer = Printer::new(&mut self.output, self.messages, self.telling);
                    printer.memory = Some(&mut self.memory);
                    script::run(&mut self.session, Script { file, text: &text }, &mut printer).await?;
                }
                Piece::Command { line, text } => {
                    let flow = commands::run(self, &text).await.map_err(|stop| match (stop, file) {
                        (Stop::Failed { error, excerpt: None }, Some(file)) if error.place().file.is_none() => {
                            Stop::from(error.at_row(line).in_file(file))
                        }
                        (other, _) => other,
                    })?;
                    if flow == Flow::Leave {
                        return Ok(Flow::Leave);
                    }
                }
            }
        }
        Ok(Flow::Continue)
    }

    /// Columns of the terminal, where results are fitted to one.
    fn width(&mut self) -> Option<usize> {
        self.output.layout_mut().width
    }

    /// The rows of a query that a dot command asks on the person's behalf, as texts; NULL is an empty one.
    async fn ask(&mut self, sql: &str) -> Result<Vec<Vec<String>>> {
        let Answer::Rows { stream, .. } = self.session.run(sql).await? else { return Ok(Vec::new()) };
        let batches: Vec<RecordBatch> = stream.try_collect().await?;
        let mut rows = Vec::new();
        for batch in batches {
            rows.extend(format::texts(&batch).map_err(|error| Error::internal(format!("cannot print what `{sql}` gave: {error}")))?);
        }
        Ok(rows)
    }

    /// Runs a query on the person's behalf and prints its rows; says whether there were any: without, nothing is printed. The last result
    /// stays what it was.
    async fn show(&mut self, sql: &str, texts: Texts) -> Result<bool, Stop> {
        if self.telling.echo {
            self.messages.line(&format!("{sql};"));
        }
        let answer = self.session.run(sql).await.map_err(|error| without_place(&error))?;
        let Answer::Rows { schema, mut stream, notes, work } = answer else { return Ok(false) };
        let mut first = stream.next().await.transpose().map_err(engine::explain)?;
        while first.as_ref().is_some_and(|batch| batch.num_rows() == 0) {
            first = stream.next().await.transpose().map_err(engine::explain)?;
        }
        let Some(first) = first else {
            self.messages.notes(&notes);
            return Ok(false);
        };
        let rows = futures::stream::once(async { Ok(first) }).chain(stream);
        let stream = Box::pin(RecordBatchStreamAdapter::new(schema.clone(), rows));
        let wraps = std::mem::replace(&mut self.output.layout_mut().wraps, texts == Texts::Wrapped);
        let mut printer = Printer::new(&mut self.output, self.messages, self.telling);
        let statement = StatementText { text: sql.to_string(), line: 1, character: 1 };
        let end = printer.take(&mut self.session, &statement, Answer::Rows { schema, stream, notes, work }).await;
        self.output.layout_mut().wraps = wraps;
        end.map(|()| true)
    }

    /// Runs the text of a file.
    ///
    /// # Errors
    /// The file cannot be read, or as [`Shell::run`].
    pub async fn read(&mut self, file: &Path) -> Result<Flow, Stop> {
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        // A file may read itself: the future is boxed, and the stack is the limit that the operating system sets.
        Box::pin(self.run(Some(&file.display().to_string()), &text)).await
    }
}

/// The place of an error in a statement that a dot command made says nothing to the person.
fn without_place(error: &Error) -> Error {
    let plain = Error::usage(error.message());
    match error.hint_text() {
        Some(hint) => plain.hint(hint),
        None => plain,
    }
}

/// A script that cannot be read.
pub fn unreadable(file: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::InvalidData => Error::usage(format!("`{}` is no UTF-8 text", file.display())),
        _ => Error::usage(format!("cannot read `{}`: {}", file.display(), system_words(error))),
    }
}
