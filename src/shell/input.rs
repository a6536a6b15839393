//! Cuts a text into runs of statements and dot commands. Pure.
//!
//! A line that begins with `.` is a dot command, unless a statement is still open there; so is a word of other shells that no statement
//! begins with (`exit`, `\d cot`).

use std::borrow::Cow;

use crate::engine::{LAST_RESULT, is_incomplete};

#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// One statement or more, behind as many empty lines as the text has before them, so that places are those of the whole text.
    Statements(String),
    Command {
        /// One-based line of the whole text.
        line: u64,
        text: String,
    },
}

pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open = String::new();
    let mut has_content = false;
    for (index, line) in text.lines().enumerate() {
        if is_command(line) && !(has_content && is_incomplete(&open)) {
            if has_content {
                pieces.push(Piece::Statements(std::mem::take(&mut open)));
            }
            has_content = false;
            open = "\n".repeat(index + 1);
            pieces.push(Piece::Command { line: index as u64 + 1, text: line.trim().to_string() });
            continue;
        }
        has_content |= !line.trim().is_empty();
        open.push_str(line);
        open.push('\n');
    }
    if has_content {
        pieces.push(Piece::Statements(open));
    }
    pieces
}

/// Whether something in the text may look back at a result: a dot command, or a statement that names it.
pub fn looks_back(pieces: &[Piece]) -> bool {
    let names_it = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == LAST_RESULT);
    pieces.iter().any(|piece| match piece {
        Piece::Statements(text) => names_it(text),
        Piece::Command { .. } => true,
    })
}

/// Whether a line that opens an input is a dot command, in our spelling or in another shell's.
pub fn is_command(line: &str) -> bool {
    line.trim_start().starts_with('.') || in_our_words(line).is_some()
}

/// What people of other shells type, and the command that does it here; `*` stands for what follows.
const HABITS: [(&str, &str, &str); 21] = [
    ("exit", "", ".quit"),
    ("quit", "", ".quit"),
    ("help", "", ".help"),
    ("?", "", ".help"),
    ("\\?", "", ".help"),
    ("\\h", "*", ".manual"),
    ("\\q", "", ".quit"),
    ("\\d", "", ".tables"),
    ("\\d", "*", ".schema"),
    ("\\dt", "*", ".tables"),
    ("\\dv", "*", ".tables"),
    ("\\df", "*", ".functions"),
    ("\\i", "*", ".read"),
    ("\\e", "", ".edit"),
    ("\\!", "*", ".shell"),
    ("\\cd", "*", ".cd"),
    ("\\echo", "*", ".print"),
    ("\\o", "*", ".output"),
    ("\\timing", "", ".timer on"),
    ("\\timing", "*", ".timer"),
    ("\\x", "", ".mode line"),
];

/// A line of another shell as our command; `None` where it is none.
pub fn in_our_words(line: &str) -> Option<Cow<'static, str>> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    // `\d+` shows more, `\dt+` too: ours show all they have
    let word = if word.starts_with('\\') { word.trim_end_matches('+').to_string() } else { word.to_lowercase() };
    let rest = rest.trim();
    let (_, takes, command) = HABITS.iter().find(|(habit, takes, _)| *habit == word && (*takes == "*" || rest.is_empty()))?;
    Some(if *takes == "*" && !rest.is_empty() { Cow::Owned(format!("{command} {rest}")) } else { Cow::Borrowed(*command) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_between_statements() {
        let pieces = pieces("SELECT 1;\n.mode csv\n\nSELECT 2;\n");
        assert_eq!(
            pieces,
            [
                Piece::Statements("SELECT 1;\n".to_string()),
                Piece::Command { line: 2, text: ".mode csv".to_string() },
                Piece::Statements("\n\n\nSELECT 2;\n".to_string()),
            ]
        );
    }

    #[test]
    fn line_with_a_dot_inside_a_statement_belongs_to_it() {
        assert_eq!(pieces("SELECT 1\n.5;\n"), [Piece::Statements("SELECT 1\n.5;\n".to_string())]);
    }

    #[test]
    fn only_some_texts_look_back() {
        assert!(looks_back(&pieces("SELECT 1;\nFROM _;")));
        assert!(looks_back(&pieces("SELECT 1;\n.last")));
        assert!(!looks_back(&pieces("SELECT a_b, _c FROM t;")));
    }

    #[test]
    fn words_of_other_shells_are_ours() {
        let ours = |line: &str| in_our_words(line).map(Cow::into_owned);
        assert_eq!(ours("exit"), Some(".quit".to_string()));
        assert_eq!(ours(" QUIT ; "), Some(".quit".to_string()));
        assert_eq!(ours("\\d"), Some(".tables".to_string()));
        assert_eq!(ours("\\d+ cot"), Some(".schema cot".to_string()));
        assert_eq!(ours("\\dt"), Some(".tables".to_string()));
        assert_eq!(ours("\\timing off"), Some(".timer off".to_string()));
        assert_eq!(ours("help me"), None);
        assert_eq!(ours("\\copy t to 'a'"), None);
        assert_eq!(pieces("SELECT 1\nexit\n;"), [Piece::Statements("SELECT 1\nexit\n;\n".to_string())]);
        assert_eq!(pieces("exit"), [Piece::Command { line: 1, text: "exit".to_string() }]);
    }

    #[test]
    fn nothing_has_no_pieces() {
        assert_eq!(pieces(" \n\n"), []);
    }
}
