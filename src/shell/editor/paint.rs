//! The colours of a text that is being written. Pure: the text with escape sequences in it, of the same width on the screen.
//!
//! Control characters that were pasted are left out: the terminal would obey them, and the editor counts them as nothing anyway.

use super::lexer::{Kind, Token, tokens};
use super::vocabulary::{self, Vocabulary};
use super::words;
use crate::shell::input;

/// Beyond this a text is not coloured: each key would have it read again.
pub const MAX_BYTES: usize = 64 << 10;

const RESET: &str = "\x1b[0m";
const KEYWORD: &str = "\x1b[34m";
const FUNCTION: &str = "\x1b[35m";
const TABLE: &str = "\x1b[36m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[33m";
const COMMENT: &str = "\x1b[90m";
const OPEN: &str = "\x1b[1;31m";
const BRACKET: &str = "\x1b[1;7m";
const CLOCK: &str = "\x1b[1;33m";

/// The text in colours. `cursor` marks the brackets that match there, where it is given.
pub fn paint(text: &str, cursor: Option<usize>, vocabulary: &Vocabulary) -> String {
    if text.len() > MAX_BYTES {
        return visible(text);
    }
    let mut painted = String::with_capacity(text.len() * 2);
    let begins = if input::is_command(text) { paint_command(text, &mut painted) } else { 0 };
    let mut at = begins;
    let all = tokens(text);
    let marked = cursor.and_then(|cursor| brackets(text, &all, cursor));
    for (index, token) in all.iter().enumerate().filter(|(_, token)| token.start >= begins) {
        painted.push_str(&visible(&text[at..token.start]));
        at = token.end;
        let shown = visible(token.of(text));
        let is_marked = marked.is_some_and(|(one, other)| index == one || index == other);
        match if is_marked { BRACKET } else { colour(text, &all, index, vocabulary) } {
            "" => painted.push_str(&shown),
            // the quote that is open is what to look at
            OPEN => {
                let mark = if token.kind == Kind::Comment { 2 } else { 1 };
                let (quote, rest) = shown.split_at_checked(mark).unwrap_or((&shown, ""));
                let colour = if token.kind == Kind::Comment { COMMENT } else { TEXT };
                painted.push_str(&format!("{OPEN}{quote}{RESET}{colour}{rest}{RESET}"));
            }
            colour => painted.push_str(&format!("{colour}{shown}{RESET}")),
        }
    }
    painted.push_str(&visible(&text[at..]));
    painted
}

/// The command's name; what follows is coloured as a statement would be.
fn paint_command(text: &str, painted: &mut String) -> usize {
    let start = text.len() - text.trim_start().len();
    let end = text[start..].find(char::is_whitespace).map_or(text.len(), |at| start + at);
    let name = text[start + 1..end].trim_end_matches(';');
    let is_known = vocabulary::command(name).is_some() || vocabulary::command_names().any(|known| known.starts_with(name));
    let colour = if is_known { KEYWORD } else { OPEN };
    painted.push_str(&format!("{}{colour}{}{RESET}", &text[..start], visible(&text[start..end])));
    end
}

fn colour(text: &str, all: &[Token], index: usize, vocabulary: &Vocabulary) -> &'static str {
    let token = all[index];
    if !token.is_closed {
        return OPEN;
    }
    match token.kind {
        Kind::Text => TEXT,
        Kind::Number | Kind::Parameter => NUMBER,
        Kind::Comment => COMMENT,
        Kind::Symbol => "",
        Kind::Word | Kind::Quoted => {
            let is = |at: Option<usize>, symbol: &str| at.and_then(|at| all.get(at)).is_some_and(|token| token.of(text) == symbol);
            let word = token.of(text);
            let owner = index.checked_sub(2).map(|at| all[at].of(text)).filter(|_| is(index.checked_sub(1), "."));
            match owner {
                Some(schema) if vocabulary.is_table(&format!("{schema}.{word}")) => TABLE,
                Some(_) => "",
                None if is(Some(index + 1), "(") && vocabulary.function(word).is_some() => FUNCTION,
                None if token.kind == Kind::Word && words::is_keyword(word) => KEYWORD,
                None if vocabulary.is_table(word.trim_matches('"')) => TABLE,
                None => "",
            }
        }
    }
}

/// The bracket at the cursor or right before it, and its partner, as places among the tokens.
fn brackets(text: &str, all: &[Token], cursor: usize) -> Option<(usize, usize)> {
    let at = |place: usize| all.iter().position(|token| token.start == place && token.kind == Kind::Symbol && token.end == place + 1);
    let is_bracket = |index: &usize| matches!(all[*index].of(text), "(" | ")" | "[" | "]");
    let here = at(cursor).filter(is_bracket);
    let index = here.or_else(|| at(cursor.checked_sub(1)?).filter(is_bracket))?;
    let bracket = all[index].of(text);
    let (partner, is_forward) = match bracket {
        "(" => (")", true),
        "[" => ("]", true),
        ")" => ("(", false),
        _ => ("[", false),
    };
    let mut depth = 0_usize;
    let mut closes = |other: &usize| {
        match all[*other].of(text) {
            word if word == bracket => depth += 1,
            word if word == partner => depth -= 1,
            _ => {}
        }
        depth == 0
    };
    let found = if is_forward { (index..all.len()).find(&mut closes) } else { (0..=index).rev().find(&mut closes) };
    found.map(|other| (index, other))
}

/// Whether the cursor stands at a bracket, or right behind one.
pub fn is_at_bracket(text: &str, cursor: usize) -> bool {
    let is_bracket = |byte: Option<&u8>| byte.is_some_and(|byte| b"()[]".contains(byte));
    is_bracket(text.as_bytes().get(cursor)) || cursor.checked_sub(1).is_some_and(|before| is_bracket(text.as_bytes().get(before)))
}

/// The prompt, with the clock in sight.
pub fn paint_prompt(prompt: &str) -> String {
    match prompt.split_once('@').and_then(|(name, clock)| Some((name, clock.strip_suffix("> ")?))) {
        Some((name, clock)) => format!("{name}{CLOCK}@{clock}{RESET}> "),
        None => prompt.to_string(),
    }
}

/// What the editor proposes.
pub fn paint_hint(hint: &str) -> String {
    format!("{COMMENT}{hint}{RESET}")
}

/// Without what a terminal would obey.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The colours of a text in angle brackets of their own, by name.
    fn painted(text: &str, cursor: Option<usize>) -> String {
        let names = [
            (KEYWORD, "k"),
            (FUNCTION, "f"),
            (TABLE, "t"),
            (TEXT, "s"),
            (NUMBER, "n"),
            (COMMENT, "c"),
            (OPEN, "o"),
            (BRACKET, "b"),
            (RESET, "/"),
        ];
        let painted = paint(text, cursor, &Vocabulary::built_in());
        names.iter().fold(painted, |painted, (code, name)| painted.replace(code, &format!("<{name}>")))
    }

    #[test]
    fn each_kind_has_its_colour() {
        assert_eq!(
            painted("select zscore(net), 1 from cot c -- why", None),
            "<k>select</> <f>zscore</>(net), <n>1</> <k>from</> <t>cot</> c <c>-- why</>"
        );
        assert_eq!(painted("SELECT c.date, $x WHERE root = 'ES'", None), "<k>SELECT</> c.date, <n>$x</> <k>WHERE</> root = <s>'ES'</>");
        assert_eq!(painted(".tables cot", None), "<k>.tables</> <t>cot</>");
        assert_eq!(painted(".tabels", None), "<o>.tabels</>");
    }

    #[test]
    fn open_quote_stands_out() {
        assert_eq!(painted("SELECT 'ab", None), "<k>SELECT</> <o>'</><s>ab</>");
        assert_eq!(painted("/* ab", None), "<o>/*</><c> ab</>");
    }

    #[test]
    fn brackets_match_outside_of_strings() {
        assert_eq!(painted("f((a), ')')", Some(1)), "f<b>(</>(a), <s>')'</><b>)</>");
        assert_eq!(painted("f((a), ')')", Some(11)), "f<b>(</>(a), <s>')'</><b>)</>");
        assert_eq!(painted("f(a", Some(2)), "f(a");
        assert!(is_at_bracket("f(a", 2) && is_at_bracket("f(a", 1) && !is_at_bracket("f(a", 3));
    }

    #[test]
    fn what_a_terminal_would_obey_is_left_out() {
        assert_eq!(painted("a\x1b[2J\x07b", None), "a[<n>2J</>b");
        assert_eq!(paint(&"\x07x".repeat(MAX_BYTES), None, &Vocabulary::built_in()), "x".repeat(MAX_BYTES));
    }

    #[test]
    fn clock_of_the_prompt_is_painted() {
        assert_eq!(paint_prompt("contango> "), "contango> ");
        assert_eq!(paint_prompt("contango @2019-02-04 00:00Z> "), format!("contango {CLOCK}@2019-02-04 00:00Z{RESET}> "));
    }
}
