//! How a question is answered where a session stands, as text that two stands can be compared by.

use std::path::{Path, PathBuf};

use ::futures::TryStreamExt;
use contango::engine::{Answer, Session};
use contango::lake::Lake;
use contango::time::KnowledgeTime;
use datafusion::arrow::record_batch::RecordBatch;

use super::files;
use super::questions::Question;
use crate::support;

/// Rows as text, or the words of an error.
pub type Said = Result<Vec<Vec<String>>, String>;

/// A session in some lake, at a clock or before a future that is not there.
pub struct Stand {
    session: Session,
    clock: Option<KnowledgeTime>,
    /// The file beside the lake, as this stand has it.
    file: PathBuf,
}

impl Stand {
    pub fn with_clock(lake: Lake, clock: KnowledgeTime) -> Self {
        Self { session: support::session_on(lake, nowhere(), Some(clock), None), clock: Some(clock), file: PathBuf::new() }
    }
    pub fn cut(lake: Lake, now: KnowledgeTime) -> Self {
        Self { session: support::session_on(lake, nowhere(), None, Some(now)), clock: None, file: PathBuf::new() }
    }
    pub fn with_file(self, file: PathBuf) -> Self {
        Self { file, ..self }
    }
    pub fn move_to(&mut self, clock: KnowledgeTime) {
        self.clock = Some(clock);
        self.session.set_clock(Some(clock));
    }

    pub async fn rows(&mut self, statement: &str) -> Said {
        if !statement.contains(files::PLACE) {
            return support::rows(&mut self.session, statement).await.map_err(|error| error.to_string());
        }
        let place = self.file.to_string_lossy().into_owned();
        let said = support::rows(&mut self.session, &statement.replace(files::PLACE, &place)).await;
        // where the file lies is no part of what is said
        said.map_err(|error| error.to_string().replace(&place, files::PLACE))
    }

    /// Runs a query and keeps its rows as the last result, as the shell does.
    async fn keep(&mut self, query: &str) -> Result<(), String> {
        let known_at = self.session.clock().unwrap_or_else(|| KnowledgeTime::from_micros(i64::MAX));
        self.session.drop_result();
        let words = |error: contango::error::Error| error.to_string();
        if let Answer::Rows { schema, stream, for_person: false, .. } = self.session.run(query).await.map_err(words)? {
            let batches: Vec<RecordBatch> = stream.try_collect().await.map_err(|error| error.to_string())?;
            self.session.keep_result(&schema, &batches, known_at).map_err(words)?;
        }
        Ok(())
    }

    /// Rows in an order of their own.
    pub async fn sorted(&mut self, statement: &str) -> Said {
        let mut rows = self.rows(statement).await?;
        rows.sort();
        Ok(rows)
    }

    pub async fn ask(&mut self, question: &Question) -> Said {
        let said = self.ask_in_turn(question).await;
        // only what was set: every statement costs a planning state
        for setting in question.before.iter().filter_map(|statement| statement.strip_prefix("SET ")?.split(' ').next()) {
            self.rows(&format!("RESET {setting}")).await?;
        }
        // the next question finds no name that only some stands have
        for (kind, name) in question.elsewhere.iter().chain(&question.before).filter_map(|statement| made(statement)) {
            self.rows(&format!("DROP {kind} IF EXISTS {name}")).await?;
        }
        self.session.drop_result();
        said
    }

    async fn ask_in_turn(&mut self, question: &Question) -> Said {
        if self.clock.is_some() {
            self.session.set_clock(question.other_clock);
        }
        for statement in &question.elsewhere {
            // a view is planned when it is made, and refused where it names an instant later than the other clock
            if self.rows(statement).await.is_err() {
                self.session.set_clock(self.clock);
                self.rows(statement).await?;
            }
        }
        self.session.set_clock(self.clock);
        for statement in &question.before {
            self.rows(statement).await?;
        }
        if let Some(query) = &question.kept {
            self.keep(query).await?;
        }
        if question.is_ordered { self.rows(&question.query).await } else { self.sorted(&question.query).await }
    }
}

/// What a statement makes, and under which name.
fn made(statement: &str) -> Option<(&'static str, &str)> {
    let forms = [("CREATE OR REPLACE VIEW ", "VIEW"), ("CREATE OR REPLACE TABLE ", "TABLE"), ("CREATE EXTERNAL TABLE ", "TABLE")];
    forms.into_iter().find_map(|(words, kind)| Some((kind, statement.strip_prefix(words)?.split(' ').next()?)))
}

/// The lakes lie in memory: there is no folder.
fn nowhere() -> &'static Path {
    Path::new("/nowhere")
}

/// The first rows in which two answers differ.
pub fn difference(left: &Said, right: &Said) -> String {
    match (left, right) {
        (Ok(left), Ok(right)) => {
            let only = |some: &Vec<Vec<String>>, other: &Vec<Vec<String>>| {
                let rows: Vec<String> =
                    some.iter().filter(|row| !other.contains(row)).take(8).map(|row| format!("    {}", row.join(" | "))).collect();
                rows.join("\n")
            };
            format!(
                "  {} rows, of which only here\n{}\n  {} rows, of which only here\n{}",
                left.len(),
                only(left, right),
                right.len(),
                only(right, left)
            )
        }
        _ => format!("  {left:?}\n  {right:?}"),
    }
}
