//! The loop: reads a line or several, runs them, and goes on whatever happened.
//!
//! Ctrl-C clears the line at the prompt and cancels the query while one runs; Ctrl-D leaves. An error is told and never ends the loop.

use std::path::{Path, PathBuf};

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Editor, Helper};

use super::commands::Flow;
use super::{Shell, input};
use crate::engine::is_incomplete;
use crate::error::{Error, Result};
use crate::script::Stop;
use crate::time::KnowledgeTime;

/// Lines of history that are kept.
const HISTORY: usize = 10_000;

/// Reads from the terminal until the person leaves.
///
/// # Errors
/// The terminal cannot be read, or nobody reads the output any more.
pub async fn run(shell: &mut Shell) -> Result<(), Stop> {
    let history = history_file();
    let mut editor = editor(history.as_deref())?;
    shell.messages.line("contango: `.help` lists the commands; a statement ends with `;`; Ctrl-D leaves");
    loop {
        let line = match editor.readline(&prompt(shell.session.clock())) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Error::usage(format!("cannot read from the terminal: {error}")).into()),
        };
        if line.trim().is_empty() {
            continue;
        }
        let is_remembered = editor.add_history_entry(line.trim_end());
        if let (Ok(true), Some(history)) = (is_remembered, &history) {
            remember(&mut editor, history, shell);
        }
        match interruptible(shell, &line).await {
            Ok(Flow::Continue) => {}
            Ok(Flow::Leave) => break,
            Err(Stop::OutputClosed) => return Err(Stop::OutputClosed),
            Err(Stop::Failed { error, excerpt }) => shell.messages.error(&error, excerpt.as_deref()),
        }
    }
    Ok(())
}

/// Runs an input; Ctrl-C drops it where it stands, and with it the query's stream.
async fn interruptible(shell: &mut Shell, text: &str) -> Result<Flow, Stop> {
    shell.output.refit();
    let end = tokio::select! {
        end = shell.run(None, text) => Some(end),
        _ = tokio::signal::ctrl_c() => None,
    };
    end.unwrap_or_else(|| Err(shell.cancelled().into()))
}

/// The clock is part of the prompt: what it hides must not be forgotten.
fn prompt(clock: Option<KnowledgeTime>) -> String {
    match clock {
        None => "contango> ".to_string(),
        Some(clock) => {
            let instant = clock.to_string();
            format!("contango @{}> ", instant.replace(":00Z", "Z"))
        }
    }
}

/// `$XDG_STATE_HOME/contango/history`, by default under `~/.local/state`.
fn history_file() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("contango").join("history"))
}

fn editor(history: Option<&Path>) -> Result<Editor<Statements, FileHistory>> {
    let terminal = |error: ReadlineError| Error::usage(format!("cannot use the terminal: {error}"));
    let config = Config::builder().max_history_size(HISTORY).map_err(terminal)?.history_ignore_space(true).build();
    let mut editor = Editor::with_config(config).map_err(terminal)?;
    editor.set_helper(Some(Statements));
    if let Some(history) = history.filter(|history| history.exists()) {
        editor.load_history(history).map_err(|error| Error::usage(format!("cannot read the history `{}`: {error}", history.display())))?;
    }
    Ok(editor)
}

/// Appends to the history file; without it the shell works as well, so it only says so.
fn remember(editor: &mut Editor<Statements, FileHistory>, history: &Path, shell: &Shell) {
    let folder = history.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(ReadlineError::from);
    if let Err(error) = folder.and_then(|()| editor.append_history(history)) {
        shell.messages.warn(&format!("the history `{}` cannot be written: {error}", history.display()));
    }
}

/// Tells rustyline when an input is whole; it neither completes, hints nor colours.
struct Statements;

impl Helper for Statements {}

impl Highlighter for Statements {}

impl Completer for Statements {
    type Candidate = String;
}

impl Hinter for Statements {
    type Hint = String;
}

impl Validator for Statements {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let is_open = !input::is_command(text) && is_incomplete(text);
        Ok(if is_open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompt_shows_the_clock_without_needless_seconds() {
        assert_eq!(prompt(None), "contango> ");
        let clock = |text: &str| prompt(Some(KnowledgeTime::parse(text).expect("an instant")));
        assert_eq!(clock("2019-02-04"), "contango @2019-02-04 00:00Z> ");
        assert_eq!(clock("2019-02-04 20:30:01Z"), "contango @2019-02-04 20:30:01Z> ");
    }
}
