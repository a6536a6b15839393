//! What rustyline asks while a person types, answered from the pure parts: is the input whole, how is it coloured, what could come next.

use std::borrow::Cow;
use std::cell::Cell;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::SearchDirection;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::load::Words;
use super::{complete, files, keys, paint};

pub struct Assistant {
    words: Words,
    /// Where the brackets that match are marked; nowhere once the input is given.
    bracket: Cell<Option<usize>>,
}

impl Assistant {
    pub fn new(words: Words) -> Self {
        Self { words, bracket: Cell::new(None) }
    }
}

impl Helper for Assistant {}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if keys::is_whole(context.input()) { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        if line.len() > paint::MAX_BYTES {
            return Ok((pos, Vec::new()));
        }
        let completion = complete::complete(line, pos, &self.words.get(), &files::list);
        let pair = |candidate: complete::Candidate| Pair { display: candidate.shown, replacement: candidate.inserted };
        Ok((completion.start, completion.candidates.into_iter().map(pair).collect()))
    }
}

/// The rest of an earlier input that begins as this one does.
pub struct Rest {
    text: String,
    /// Its first line: further ones would make the screen jump.
    shown: String,
}

impl Hint for Rest {
    fn display(&self) -> &str {
        &self.shown
    }
    fn completion(&self) -> Option<&str> {
        // what only tells something is never taken over
        (!self.text.is_empty()).then_some(self.text.as_str())
    }
}

/// Stands where a statement goes on, until something is written there.
const UNFINISHED: &str = "… `;` ends the statement";

/// Whether the cursor stands in an empty line of a statement that has begun.
fn is_waiting(line: &str) -> bool {
    line.rsplit_once('\n').is_some_and(|(_, last)| last.trim().is_empty()) && !keys::is_whole(line)
}

impl Hinter for Assistant {
    type Hint = Rest;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<Rest> {
        if line.trim().is_empty() || pos < line.len() || line.len() > paint::MAX_BYTES {
            return None;
        }
        if is_waiting(line) {
            return Some(Rest { text: String::new(), shown: UNFINISHED.to_string() });
        }
        let newest = context.history().len().checked_sub(1)?;
        let start = context.history_index().min(newest);
        let found = context.history().starts_with(line, start, SearchDirection::Reverse).ok().flatten()?;
        let text = found.entry[pos..].to_string();
        let shown = match text.split_once('\n') {
            Some((first, _)) => format!("{first} …"),
            None => text.clone(),
        };
        (!text.is_empty()).then_some(Rest { text, shown })
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Owned(paint::paint(line, self.bracket.get(), &self.words.get()))
    }
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, is_default: bool) -> Cow<'b, str> {
        if is_default { Cow::Owned(paint::paint_prompt(prompt)) } else { Cow::Borrowed(prompt) }
    }
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(paint::paint_hint(hint))
    }
    fn highlight_char(&self, line: &str, pos: usize, kind: CmdKind) -> bool {
        let is_short = line.len() <= paint::MAX_BYTES;
        let is_marked = kind != CmdKind::ForcedRefresh && is_short && paint::is_at_bracket(line, pos);
        self.bracket.set(is_marked.then_some(pos));
        match kind {
            CmdKind::MoveCursor => is_marked,
            CmdKind::Other => is_short,
            CmdKind::ForcedRefresh => false,
        }
    }
}
