//! Completion of dot commands: their names, and what each says that it completes to. Pure but for the names of files.

use super::complete::{Candidate, Completion, ListFiles};
use super::vocabulary::{self, Vocabulary};
use crate::shell::commands::Completes;
use crate::shell::input;

/// The candidates at a cursor in a dot command; `None` where the text is none.
pub fn complete(text: &str, cursor: usize, vocabulary: &Vocabulary, files: ListFiles<'_>) -> Option<Completion> {
    if !input::is_command(text) {
        return None;
    }
    let typed = &text[..cursor];
    let dot = typed.find('.')?;
    let command = &typed[dot + 1..];
    let Some((name, argument)) = command.split_once(char::is_whitespace) else {
        let names = vocabulary::command_names().filter(|name| name.starts_with(command));
        return Some(Completion { start: dot, candidates: names.map(|name| Candidate::plain(format!(".{name}"))).collect() });
    };
    let argument = argument.trim_start();
    // words may be phrases, of everything else the last one is written
    let last = argument.rfind(|c: char| c.is_whitespace() || c == ',').map_or(argument, |at| &argument[at + 1..]);
    let plain = |names: Vec<&str>, typed: &str| -> Vec<Candidate> {
        let begins = |name: &&str| name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
        names.into_iter().filter(begins).map(Candidate::plain).collect()
    };
    let (typed, candidates) = match vocabulary::completes(name) {
        Completes::Nothing => (last, Vec::new()),
        Completes::Words(words) => (argument, plain(words.to_vec(), argument)),
        Completes::Names(names) => (last, plain(names(), last)),
        Completes::Tables => (last, plain(vocabulary.tables().collect(), last)),
        Completes::Columns => (last, plain(vocabulary.last.iter().map(String::as_str).collect(), last)),
        Completes::Functions => {
            let own = vocabulary.functions().filter(|(_, known)| known.is_own);
            (last, plain(own.map(|(name, _)| name).collect(), last))
        }
        Completes::Roots => (last, plain(vocabulary.values(&[], "root"), last)),
        Completes::Series => (last, plain(vocabulary.values(&[], "series_id"), last)),
        Completes::Files => (last, files(last).into_iter().map(Candidate::plain).collect()),
    };
    Some(Completion { start: cursor - typed.len(), candidates })
}
