//! The line editor: what a person types becomes an input. It colours, hints, completes and remembers, and runs nothing.
//!
//! Keys come in through rustyline, which asks [`Assistant`] about the text of the moment. The answers are pure functions of that text and of
//! a [`vocabulary`](vocabulary::Vocabulary): `lexer` → `paint`, `lexer` → `statement` → `complete`. `load` fills the vocabulary between the
//! keys; nothing here ever waits for a query.

mod assistant;
mod command;
mod complete;
mod files;
mod history;
mod keys;
mod lexer;
mod load;
mod paint;
mod statement;
mod vocabulary;
mod words;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use rustyline::config::BellStyle;
use rustyline::error::ReadlineError;
use rustyline::{Behavior, ColorMode, CompletionType, Config, Editor};

use super::messages::{self, Messages};
use crate::engine::Session;
use crate::error::{Error, Result, system_words};
use assistant::Assistant;
use history::Statements;
use load::Loader;

/// A list of candidates up to this length is shown without a question.
const MAX_LISTED: usize = 200;

pub struct LineEditor {
    editor: Editor<Assistant, Statements>,
    loader: Loader,
    history: Option<PathBuf>,
    messages: Messages,
}

/// What the person did at the prompt.
pub enum Typed {
    Input(String),
    /// Ctrl-C: what was written is dropped.
    Cleared,
    /// Ctrl-D.
    Left,
}

impl LineEditor {
    /// An editor over the terminal, with the history of earlier sessions; without it the shell works as well, so that is only told.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn open(messages: Messages) -> Result<Self> {
        let has_colour = messages::is_colour_wanted();
        // stdout holds data alone: where it leads elsewhere, prompt and keys are the terminal's
        let behaviour = if io::stdout().is_terminal() { Behavior::Stdio } else { Behavior::PreferTerm };
        let config = Config::builder()
            .behavior(behaviour)
            .bell_style(BellStyle::None)
            .color_mode(if has_colour { ColorMode::Enabled } else { ColorMode::Disabled })
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .completion_prompt_limit(MAX_LISTED)
            .build();
        let loader = Loader::new();
        let mut statements = Statements::default();
        let history = history_file();
        if let Some(path) = history.as_deref().filter(|path| path.exists())
            && let Err(error) = statements.load_file(path)
        {
            messages.warn(&format!("the history `{}` cannot be read: {}", path.display(), system_words(&error)));
        }
        let mut editor =
            Editor::with_history(config, statements).map_err(|error| Error::usage(format!("cannot use the terminal: {error}")))?;
        editor.set_helper(Some(Assistant::new(loader.words())));
        keys::bind(&mut editor);
        Ok(Self { editor, loader, history, messages })
    }

    /// Reads one input. Beside it the vocabulary is brought up to what the session knows; `last` are the columns of its last result.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub fn read(&mut self, prompt: &str, session: &Session, last: Vec<String>) -> Result<Typed> {
        self.loader.resume(session, last);
        match self.editor.readline(prompt) {
            Ok(text) => Ok(Typed::Input(text)),
            Err(ReadlineError::Interrupted) => Ok(Typed::Cleared),
            Err(ReadlineError::Eof) => Ok(Typed::Left),
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                self.messages.warn("what was typed is no UTF-8 text and is dropped");
                Ok(Typed::Cleared)
            }
            Err(error) => Err(Error::usage(format!("cannot read from the terminal: {error}"))),
        }
    }

    /// Takes note of an input that is about to run: it has the machine for itself, and stands in the history, also of later sessions.
    pub fn give(&mut self, input: &str) {
        self.loader.pause();
        let input = input.trim_end();
        if !self.editor.history_mut().remember(input) {
            return;
        }
        if let Some(path) = &self.history
            && let Err(error) = history::append(path, input)
        {
            self.messages.warn(&format!("the history `{}` cannot be written: {}", path.display(), system_words(&error)));
            // once is enough
            self.history = None;
        }
    }
}

/// `$XDG_STATE_HOME/contango/history`, by default under `~/.local/state`.
fn history_file() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("contango").join("history"))
}
