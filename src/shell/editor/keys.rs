//! What Enter does: an input that is whole is run wherever the cursor stands, one that is not gets another line, indented.

use rustyline::history::History;
use rustyline::{
    Cmd, ConditionalEventHandler, Editor, Event, EventContext, EventHandler, Helper, KeyCode, KeyEvent, Modifiers, RepeatCount,
};

use super::lexer::{self, Kind};
use crate::engine::is_incomplete;
use crate::shell::input;

/// Beyond this the quick lexer decides whether an input is whole: the parser's tokenizer would need hundreds of megabytes.
const MAX_EXACT: usize = 1 << 20;
const INDENT: &str = "  ";

/// Enter goes on where a statement is open; Alt-Enter always begins a line.
pub fn bind<H: Helper, I: History>(editor: &mut Editor<H, I>) {
    editor.bind_sequence(KeyEvent(KeyCode::Enter, Modifiers::NONE), EventHandler::Conditional(Box::new(Enter { is_forced: false })));
    editor.bind_sequence(KeyEvent(KeyCode::Enter, Modifiers::ALT), EventHandler::Conditional(Box::new(Enter { is_forced: true })));
}

struct Enter {
    is_forced: bool,
}

impl ConditionalEventHandler for Enter {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let text = context.line();
        let goes_on = self.is_forced || !is_whole(text);
        goes_on.then(|| Cmd::Insert(1, new_line(&text[..context.pos()])))
    }
}

/// Whether an input can be run as it stands.
pub fn is_whole(text: &str) -> bool {
    input::is_command(text) || !(if text.len() > MAX_EXACT { lexer::is_open(text) } else { is_incomplete(text) })
}

/// A line break and the indent of the line after it: a step, and one more for each bracket that is open. It does not look at the line
/// before, so that lines which a program types do not drift to the right; inside a quote nothing is added to what is quoted.
fn new_line(before: &str) -> String {
    let tokens = lexer::tokens(before);
    if tokens.last().is_some_and(|token| !token.is_closed) {
        return "\n".to_string();
    }
    let since = tokens.iter().rposition(|token| token.of(before) == ";").map_or(0, |at| at + 1);
    let statement = &tokens[since..];
    let count = |symbols: [&str; 2]| statement.iter().filter(|t| t.kind == Kind::Symbol && symbols.contains(&t.of(before))).count();
    let depth = count(["(", "["]).saturating_sub(count([")", "]"]));
    let steps = if statement.is_empty() { 0 } else { 1 + depth };
    format!("\n{}", INDENT.repeat(steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_indented_by_what_is_open() {
        assert_eq!(new_line("SELECT a,"), "\n  ");
        assert_eq!(new_line("SELECT f(a, (b"), "\n      ");
        assert_eq!(new_line("SELECT 'a"), "\n");
        assert_eq!(new_line("SELECT 1; "), "\n");
        assert_eq!(new_line(""), "\n");
    }

    #[test]
    fn input_is_whole_with_its_semicolon() {
        assert!(is_whole(".tables"));
        assert!(is_whole("SELECT 1;"));
        assert!(!is_whole("SELECT ';"));
        assert!(!is_whole(&format!("SELECT 1 {}", " ".repeat(MAX_EXACT))));
        assert!(is_whole(&format!("SELECT 1 {};", " ".repeat(MAX_EXACT))));
    }
}
