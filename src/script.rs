//! Runs a text of several statements through a session, one after the other, up to the first error.
//!
//! Where the rows go is the [`Sink`]'s affair: the command line and the shell print them, a server would send them. This module knows
//! neither terminals nor formats. Its own work is to say where in the text a statement failed, with the line and a caret under the place.

pub mod examples;

use std::future::Future;
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthChar;

use crate::engine::{self, Answer, Session, StatementText};
use crate::error::{Error, Kind};

/// A text of statements.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    /// The file that it was read from, for messages.
    pub file: Option<&'a str>,
    pub text: &'a str,
}

/// Why a run ended early.
#[derive(Debug)]
pub enum Stop {
    Failed {
        error: Error,
        /// The line of the text with a caret under the place, where that is known.
        excerpt: Option<String>,
    },
    /// Nobody reads the output any more (`contango … | head`): no failure.
    OutputClosed,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed { error, excerpt: None }
    }
}

/// Where answers go.
pub trait Sink {
    /// Takes one statement's answer to its end.
    ///
    /// # Errors
    /// The rows could not be computed or not be written.
    fn take(&mut self, session: &mut Session, statement: &StatementText, answer: Answer) -> impl Future<Output = Result<(), Stop>>;
    /// Told after each statement how long it took, output included.
    fn timed(&mut self, statement: &StatementText, elapsed: Duration);
}

/// The statements of a script.
///
/// # Errors
/// A quote or comment is open, with its place.
pub async fn statements(script: Script<'_>) -> Result<Vec<StatementText>, Stop> {
    engine::split(script.text).await.map_err(|error| explain(error, script, None))
}

/// An error about a statement, with its place in the whole text.
pub fn placed(error: Error, script: Script<'_>, statement: &StatementText) -> Stop {
    explain(error, script, Some((statement, 1)))
}

/// Runs every statement of a script.
///
/// # Errors
/// The first statement that fails, with its place in the text; those before it have run.
pub async fn run(session: &mut Session, script: Script<'_>, sink: &mut impl Sink) -> Result<(), Stop> {
    let statements = statements(script).await?;
    for statement in &statements {
        run_statement(session, script, (statement, statements.len()), sink).await?;
    }
    Ok(())
}

/// Runs one statement of a script that has so many.
///
/// # Errors
/// It fails, with its place in the text.
pub async fn run_statement(
    session: &mut Session,
    script: Script<'_>,
    (statement, of): (&StatementText, usize),
    sink: &mut impl Sink,
) -> Result<(), Stop> {
    let start = Instant::now();
    let answer = session.run(&statement.text).await.map_err(|error| explain(error, script, Some((statement, of))))?;
    sink.take(session, statement, answer).await.map_err(|stop| match stop {
        Stop::Failed { error, excerpt: None } => explain(error, script, Some((statement, of))),
        other => other,
    })?;
    sink.timed(statement, start.elapsed());
    Ok(())
}

/// Moves an error's place from the statement to the whole text, and cuts out the line.
fn explain(error: Error, script: Script<'_>, statement: Option<(&StatementText, usize)>) -> Stop {
    let error = match statement {
        Some((statement, _)) => engine::located(error, &statement.text),
        None => error,
    };
    let place = error.place();
    if error.kind() != Kind::Query || place.file.is_some() || place.source.is_some() {
        return Stop::Failed { error, excerpt: None };
    }
    let (row, character) = match (statement, place.row) {
        (None, Some(row)) => (row, place.character),
        (Some((statement, _)), Some(row)) => {
            let column = place.character.map(|c| if row <= 1 { statement.character + c.saturating_sub(1) } else { c });
            (statement.line + row.saturating_sub(1), column)
        }
        // Without a place of its own, an error among several statements is at least that statement's.
        (Some((statement, of)), None) if of > 1 || script.file.is_some() => (statement.line, None),
        _ => return Stop::Failed { error, excerpt: None },
    };
    let excerpt = excerpt(script.text, row, character);
    let error = match character {
        Some(character) => error.at_character(row, character),
        None => error.at_row(row),
    };
    let error = match script.file {
        Some(file) => error.in_file(file),
        None => error,
    };
    Stop::Failed { error, excerpt }
}

/// Characters of a long line that are shown, the caret in their middle.
const SHOWN: usize = 72;

/// The line `row` (one-based) of a text with a gutter, and a caret under `character`.
fn excerpt(text: &str, row: u64, character: Option<u64>) -> Option<String> {
    let line = text.lines().nth(usize::try_from(row.checked_sub(1)?).ok()?)?;
    let characters: Vec<char> = line.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let caret = character.and_then(|c| usize::try_from(c).ok()).map(|c| c.saturating_sub(1).min(characters.len()));
    let start = caret.unwrap_or(0).saturating_sub(SHOWN / 2).min(characters.len().saturating_sub(SHOWN));
    let end = characters.len().min(start + SHOWN);
    let mut shown: String = characters[start..end].iter().collect();
    // a wide character takes two cells
    let mut before: usize = characters[start..caret.unwrap_or(0)].iter().map(|c| c.width().unwrap_or(0)).sum();
    if start > 0 {
        shown.insert_str(0, "… ");
        before += 2;
    }
    if end < characters.len() {
        shown.push_str(" …");
    }
    let number = row.to_string();
    let gutter = " ".repeat(number.len());
    let mut out = format!("{gutter} |\n{number} | {shown}");
    if caret.is_some() {
        out.push_str(&format!("\n{gutter} | {}^", " ".repeat(before)));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str, line: u64, character: u64) -> StatementText {
        StatementText { text: text.to_string(), line, character }
    }

    fn explained(error: Error, script: Script<'_>, at: Option<(&StatementText, usize)>) -> (String, Option<String>) {
        match explain(error, script, at) {
            Stop::Failed { error, excerpt } => (error.to_string(), excerpt),
            Stop::OutputClosed => unreachable!("explain gives failures"),
        }
    }

    #[test]
    fn place_on_a_statements_first_line_moves_by_its_line_and_character() {
        let script = Script { file: Some("a.sql"), text: "SELECT 1;\n  SELECT x\nFROM t" };
        let second = statement("SELECT x\nFROM t", 2, 3);
        let (message, excerpt) = explained(Error::query("no `x`").at_character(1, 8), script, Some((&second, 2)));
        assert_eq!(message, "a.sql: line 2, column 10: no `x`");
        assert_eq!(excerpt.as_deref(), Some("  |\n2 |   SELECT x\n  |          ^"));
    }

    #[test]
    fn place_on_a_later_line_keeps_its_character() {
        let script = Script { file: None, text: "SELECT 1;\n  SELECT x\nFROM t" };
        let second = statement("SELECT x\nFROM t", 2, 3);
        let (message, excerpt) = explained(Error::query("no `t`").at_character(2, 6), script, Some((&second, 2)));
        assert_eq!(message, "line 3, column 6: no `t`");
        assert_eq!(excerpt.as_deref(), Some("  |\n3 | FROM t\n  |      ^"));
    }

    #[test]
    fn error_without_a_place_names_the_statements_line_where_there_are_several() {
        let script = Script { file: None, text: "SELECT 1;\nSELECT 2" };
        let second = statement("SELECT 2", 2, 1);
        assert_eq!(explained(Error::query("bad"), script, Some((&second, 2))).0, "line 2: bad");
        assert_eq!(explained(Error::query("bad"), script, Some((&second, 1))), ("bad".to_string(), None));
    }

    #[test]
    fn place_in_a_data_file_is_left_alone() {
        let script = Script { file: Some("a.sql"), text: "SELECT 1" };
        let first = statement("SELECT 1", 1, 1);
        let error = Error::lake("broken").in_file("part.parquet").at_row(7);
        assert_eq!(explained(error, script, Some((&first, 1))), ("part.parquet: line 7: broken".to_string(), None));
    }

    #[test]
    fn long_line_is_cut_around_the_caret() {
        let text = format!("{}x{}", "a".repeat(200), "b".repeat(200));
        let shown = excerpt(&text, 1, Some(201)).expect("the line exists");
        let lines: Vec<&str> = shown.lines().collect();
        let caret = lines[2].chars().position(|c| c == '^').expect("a caret");
        assert_eq!(lines[1].chars().nth(caret), Some('x'));
        assert!(lines[1].chars().count() < 140);
    }

    #[test]
    fn caret_stands_under_wide_characters_and_tabs() {
        assert_eq!(excerpt("SELECT '日本',\tx", 1, Some(14)).as_deref(), Some("  |\n1 | SELECT '日本', x\n  |                ^"));
    }

    #[test]
    fn place_behind_the_end_of_the_text_has_no_excerpt() {
        assert_eq!(excerpt("SELECT 1", 9, Some(1)), None);
        assert_eq!(excerpt("SELECT", 1, Some(7)).as_deref(), Some("  |\n1 | SELECT\n  |       ^"));
    }
}
