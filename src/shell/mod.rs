//! The interactive shell and the ways a result is printed.
//!
//! Three things are kept apart, so that each can grow alone: `repl` (the loop: lines, history, interruption), `commands` (the dot commands,
//! one file each) and `format` with `output` (how rows are drawn and where they go). The command line uses the last of them without the
//! first two. Between them stands [`Shell`]: what a dot command may look at and change.
//!
//! The shell knows nothing that SQL does not: a dot command asks the session.

use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use futures::TryStreamExt;

use crate::engine::{Answer, Session};
use crate::error::{Error, Result, system_words};
use crate::script::{self, Script, Stop};

mod banner;
mod chart;
mod commands;
mod editor;
pub mod format;
mod input;
mod last;
pub mod messages;
pub mod output;
mod pager;
pub mod printer;
mod progress;
pub mod repl;
pub mod saved;
mod show;

pub use commands::Flow;
use input::Piece;
use last::{Last, Memory};
use messages::Messages;
use output::Output;
use printer::{Printer, Telling};

/// Rows of a result that a terminal shows, before `.maxrows` says otherwise.
pub const MAX_ROWS: usize = 40;

/// Files that read each other.
const MAX_READING: usize = 16;

/// A session with a place to print to.
pub struct Shell {
    pub session: Session,
    pub output: Output,
    pub messages: Messages,
    /// What is told of each statement beside its rows.
    pub telling: Telling,
    /// Whether a person is there, who may look back at any result.
    pub is_interactive: bool,
    /// Whether the first error ends a text.
    bails: bool,
    /// Whether something failed and the rest ran all the same.
    pub has_failed: bool,
    /// The statement before, and its rows.
    memory: Memory,
    /// Files that are being read, one from the other.
    reading: usize,
}

impl Shell {
    pub fn new(session: Session, output: Output, messages: Messages) -> Self {
        Self {
            session,
            output,
            messages,
            telling: Telling::default(),
            is_interactive: false,
            bails: true,
            has_failed: false,
            memory: Memory::default(),
            reading: 0,
        }
    }

    /// Rows of the last result; none where there was none.
    pub fn last_rows(&self) -> usize {
        self.memory.rows
    }

    /// The last result.
    ///
    /// # Errors
    /// There is none, or it knows what is later than the clock.
    pub fn last(&self) -> Result<&Last> {
        self.memory.last(self.session.clock())
    }

    /// Takes note of the texts that are about to run: a later one may look back at what an earlier one gave.
    pub fn expect<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        self.memory.keeps_rows |= texts.into_iter().any(|text| input::looks_back(&input::pieces(text)));
    }

    /// Runs statements and dot commands as they stand in a text, up to `.quit`, and to the first error unless `.bail off` was said.
    ///
    /// # Errors
    /// The first statement or command that fails; those before it have run.
    pub async fn run(&mut self, file: Option<&str>, text: &str) -> Result<Flow, Stop> {
        let pieces = input::pieces(text);
        // what a text runs does not make the text forget
        self.memory.keeps_rows |= self.is_interactive || input::looks_back(&pieces);
        for piece in pieces {
            match piece {
                Piece::Statements(text) => self.run_statements(Script { file, text: &text }).await?,
                Piece::Command { line, text } => {
                    let end = commands::run(self, &text).await.map_err(|stop| match (stop, file) {
                        (Stop::Failed { error, excerpt: None }, Some(file)) if error.place().file.is_none() => {
                            Stop::from(error.at_row(line).in_file(file))
                        }
                        (other, _) => other,
                    });
                    match end {
                        Ok(Flow::Leave) => return Ok(Flow::Leave),
                        Ok(Flow::Continue) => {}
                        Err(stop) => self.bear(stop)?,
                    }
                }
            }
        }
        Ok(Flow::Continue)
    }

    async fn run_statements(&mut self, script: Script<'_>) -> Result<(), Stop> {
        let statements = match script::statements(script).await {
            Ok(statements) => statements,
            Err(stop) => return self.bear(stop),
        };
        for statement in &statements {
            self.memory.begin(&statement.text);
            let mut printer = Printer::new(&mut self.output, self.messages, self.telling);
            printer.memory = Some(&mut self.memory);
            let end = script::run_statement(&mut self.session, script, (statement, statements.len()), &mut printer).await;
            end.or_else(|stop| self.bear(stop))?;
        }
        Ok(())
    }

    /// Ends the run with an error, or tells it and goes on.
    fn bear(&mut self, stop: Stop) -> Result<(), Stop> {
        match stop {
            Stop::Failed { error, excerpt } if !self.bails => {
                self.messages.error(&error, excerpt.as_deref());
                self.has_failed = true;
                Ok(())
            }
            other => Err(other),
        }
    }

    /// What is said when a person stops what runs.
    pub fn cancelled(&mut self) -> Error {
        self.memory.cancelled()
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

    /// Runs the text of a file.
    ///
    /// # Errors
    /// The file cannot be read, or as [`Shell::run`].
    pub async fn read(&mut self, file: &Path) -> Result<Flow, Stop> {
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        if self.reading >= MAX_READING {
            return Err(Error::usage(format!("files read each other deeper than {MAX_READING} levels"))
                .hint(format!("does `{}` read itself?", file.display()))
                .into());
        }
        self.reading += 1;
        let end = Box::pin(self.run(Some(&file.display().to_string()), &text)).await;
        self.reading -= 1;
        end
    }
}

/// A script that cannot be read.
pub fn unreadable(file: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::InvalidData => Error::usage(format!("`{}` is no UTF-8 text", file.display())),
        _ => Error::usage(format!("cannot read `{}`: {}", file.display(), system_words(error))),
    }
}
