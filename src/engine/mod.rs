//! The DataFusion session: clock, the one scan, dialect, statements, operators.
//!
//! A [`Session`] runs one statement at a time. Each statement gets a fresh planning state with the clock and the pinned table versions of
//! that statement in it, so nothing planned earlier (views, prepared statements) can carry an older clock along.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;

use crate::config::Config;
use crate::error::Result;
use crate::time::KnowledgeTime;

/// One statement of a text, and where it stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementText {
    pub text: String,
    /// One-based line and character of its first token in the whole text.
    pub line: u64,
    pub character: u64,
}

/// Splits a text into statements at top-level semicolons, by tokens (strings and comments are respected).
///
/// # Errors
/// An unclosed quote or comment, with its place.
pub fn split(text: &str) -> Result<Vec<StatementText>> {
    let _ = text;
    Ok(Vec::new())
}

/// Whether a text ends inside a statement: the shell goes on reading lines.
pub fn is_incomplete(text: &str) -> bool {
    let _ = text;
    false
}

pub struct Options {
    /// The data folder; the lake is its `lake/`.
    pub data: PathBuf,
    pub config: Arc<Config>,
}

pub struct Session {
    _options: Options,
}

/// What a statement gave back.
pub enum Answer {
    /// Rows, to be pulled; dropping the stream cancels the query.
    Rows { schema: SchemaRef, stream: SendableRecordBatchStream, notes: Notes },
    /// Nothing but a sentence for stderr (`clock is 2019-02-05 00:00:00Z`), and notes.
    Done { message: Option<String>, notes: Notes },
}

/// Remarks for stderr; complete once the stream has ended.
#[derive(Debug, Clone, Default)]
pub struct Notes(Arc<std::sync::Mutex<Vec<String>>>);

impl Notes {
    pub fn add(&self, note: impl Into<String>) {
        let note = note.into();
        let mut all = self.0.lock().expect("no panic while noting");
        if !all.contains(&note) {
            all.push(note);
        }
    }
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic while noting"))
    }
}

impl Session {
    /// Opens nothing: tables are opened when a statement names them.
    pub fn new(options: Options) -> Self {
        Self { _options: options }
    }
    /// Moves the clock, as `SET clock` does; `None` resets it.
    pub fn set_clock(&mut self, clock: Option<KnowledgeTime>) {
        let _ = clock;
    }
    pub fn clock(&self) -> Option<KnowledgeTime> {
        None
    }
    /// Values for `$name` placeholders in later statements.
    pub fn set_parameter(&mut self, name: &str, value: &str) {
        let _ = (name, value);
    }
    /// Runs one statement.
    ///
    /// # Errors
    /// The statement does not parse, plan or start; the place is relative to the statement's own text.
    pub async fn run(&mut self, statement: &str) -> Result<Answer> {
        let _ = statement;
        Ok(Answer::Done { message: None, notes: Notes::default() })
    }
}
