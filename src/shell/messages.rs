//! Everything that is not data: notes, warnings and errors, on stderr, in colour only where a person reads them.

use std::io::{self, IsTerminal, Write};

use crate::engine::Notes;
use crate::error::{Error, system_words};
use crate::script::Stop;

/// Whether stdout is read by a person who has not switched colours off.
pub fn is_colour_wanted() -> bool {
    io::stdout().is_terminal() && is_colour_allowed()
}

fn is_colour_allowed() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && is_terminal_capable()
}

/// Whether the terminal understands more than plain text.
pub fn is_terminal_capable() -> bool {
    std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
}

/// A line of prose on stdout, for a command whose data it is.
///
/// # Errors
/// Nobody reads stdout any more, or it cannot be written.
pub fn say(text: &str) -> Result<(), Stop> {
    writeln!(io::stdout().lock(), "{text}").map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Stop::OutputClosed,
        _ => Error::usage(format!("cannot write to stdout: {}", system_words(&error))).into(),
    })
}

/// Writes messages to stderr; a closed stderr is no reason to fail.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    is_quiet: bool,
    has_colour: bool,
}

impl Messages {
    /// With `is_quiet` only errors are told.
    pub fn new(is_quiet: bool) -> Self {
        Self { is_quiet, has_colour: io::stderr().is_terminal() && is_colour_allowed() }
    }

    /// Whether all but errors is silenced.
    pub fn is_quiet(self) -> bool {
        self.is_quiet
    }

    pub fn note(&self, text: &str) {
        if !self.is_quiet {
            self.tell("note", "\x1b[36m", text);
        }
    }

    /// What a statement remarked.
    pub fn notes(&self, notes: &Notes) {
        for note in notes.take() {
            self.note(&note);
        }
    }

    pub fn warn(&self, text: &str) {
        if !self.is_quiet {
            self.tell("warning", "\x1b[33m", text);
        }
    }

    /// A line as it stands, unless all but errors is silenced.
    pub fn line(&self, text: &str) {
        if !self.is_quiet {
            self.write(text);
        }
    }

    /// An error: what and where, the place in the text, what to do.
    pub fn error(&self, error: &Error, excerpt: Option<&str>) {
        let text = error.to_string();
        let hint = error.hint_text().map(|hint| format!("\nhint: {hint}"));
        let what = hint.as_deref().and_then(|hint| text.strip_suffix(hint)).unwrap_or(&text);
        self.tell("error", "\x1b[1;31m", what);
        if let Some(excerpt) = excerpt {
            self.write(excerpt);
        }
        if let Some(hint) = error.hint_text() {
            self.tell("hint", "\x1b[32m", hint);
        }
    }

    fn tell(&self, label: &str, colour: &str, text: &str) {
        let text = &visible(text);
        if self.has_colour {
            self.write(&format!("{colour}{label}:\x1b[0m {text}"));
        } else {
            self.write(&format!("{label}: {text}"));
        }
    }

    fn write(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let told = writeln!(stderr, "{text}");
        drop(told);
    }
}

/// A message may quote what stands in a file: control characters must not reach the terminal.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' && c != '\t' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
